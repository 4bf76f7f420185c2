"""Is the user forced to use MFA? Every answer, and that it is made his own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from tests.unit.audit.accounts import (
    BUCKETS,
    ENROLMENT,
    EVERYTHING,
    FORCE,
    NUMBER,
    ROOT,
    SELF,
    WITHOUT_MFA,
    Builder,
    Json,
    sparing,
    text,
)

from iamfa.audit.values import Exemption
from iamfa.policy import catalogue

ONLY_WITH_MFA: Json = {**EVERYTHING, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}


def test_a_deny_that_bears_on_the_user_holds_whatever_else_is_attached() -> None:
    box = Builder()
    group = box.group("people", box.policy("force", SELF, FORCE))
    box.user("alice", box.policy("all", EVERYTHING), groups=[group])
    found = box.one("alice").enforced
    assert (found.answer, found.kinds) == ("denied", ("long-term-key", "token"))
    assert found.exempt == tuple(sorted(ENROLMENT))
    assert [str(place) for place in found.by] == ["`Force` of `force` (group/people)"]


def test_a_user_without_such_a_policy_is_shown_with_a_request_of_his_own() -> None:
    box = Builder()
    box.user("alice", inline={"home": text({**BUCKETS, "Resource": "arn:aws:s3:::home/${aws:username}/*"})}, path="/a/")
    found = box.one("alice").enforced
    assert found.answer == "not-enforced"
    assert found.witness is not None
    assert found.witness.request.principal.text == f"{ROOT}:user/a/alice"
    assert found.witness.request.resource.startswith("arn:aws:s3:::home/alice/")
    assert found.witness.credential == "long-term-key"


def test_a_deny_that_keys_pass_is_told_by_kind_of_credential() -> None:
    box = Builder()
    deny = {**FORCE, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}
    arn = box.policy("force", SELF, EVERYTHING, deny)
    box.user("with-key", arn)
    box.user("with-password", arn, key=False, password=True)
    assert box.one("with-key").enforced.answer == "not-enforced"
    assert box.one("with-password").enforced.answer == "denied"


def test_what_is_granted_with_mfa_only_is_the_weaker_answer() -> None:
    box = Builder()
    box.user("alice", box.policy("grant", SELF, ONLY_WITH_MFA))
    found = box.one("alice").enforced
    assert (found.answer, found.not_read) == ("not-granted", ("resource policies",))
    assert found.exempt == ("iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices")


def test_a_role_that_may_be_assumed_without_mfa_is_left_to_its_trust_policy() -> None:
    box = Builder()
    box.user("alice", box.policy("grant", ONLY_WITH_MFA, {**EVERYTHING, "Action": "sts:AssumeRole"}))
    found = box.one("alice").enforced
    assert found.answer == "not-granted"
    assert "sts:AssumeRole" in found.exempt


@pytest.mark.parametrize(
    ("condition", "user"),
    [
        ({"StringNotEquals": {"aws:PrincipalTag/mfa": "exempt"}}, {"tags": (("MFA", "exempt"),)}),
        ({"ArnNotLike": {"aws:PrincipalArn": f"{ROOT}:user/glass/*"}}, {"path": "/glass/"}),
        ({"StringNotLike": {"aws:username": "spared*"}}, {}),
    ],
)
def test_a_condition_that_spares_the_user_is_named(condition: Json, user: Json) -> None:
    box = Builder()
    arn = box.policy("force", SELF, EVERYTHING, sparing(condition))
    box.user("spared-one", arn, **user)
    box.user("usual", arn)
    report = {each.name: each.enforced for each in box.audited().users}
    assert report["usual"].answer == "denied"
    found = report["spared-one"]
    assert (found.answer, [each.key for each in found.spared_by]) == (
        "exempt-undeclared",
        [key for keys in condition.values() for key in keys],
    )
    assert found.spared_by[0].place is not None
    assert found.witness is not None


def test_an_exception_that_is_declared_and_valid_is_told_with_its_entry() -> None:
    box = Builder()
    box.user("glass", box.policy("all", EVERYTHING))
    entry = Exemption("glass", "break glass", "security", date(2026, 3, 1), "key in a safe")
    found = box.one("glass", exceptions=[entry]).enforced
    assert (found.answer, found.declared) == ("exempt-declared", entry)
    late = Exemption(f"{ROOT}:user/glass", "break glass", "security", date(2026, 2, 28), "key in a safe")
    assert box.one("glass", exceptions=[late]).enforced.answer == "not-enforced"


def test_a_user_without_grants_has_no_permissions() -> None:
    box = Builder()
    box.user("nothing")
    box.user("denied-everything", box.policy("none", EVERYTHING, {**EVERYTHING, "Effect": "Deny"}))
    box.user("bounded", box.policy("all", EVERYTHING), boundary=box.policy("only-denies", FORCE))
    assert {user.enforced.answer for user in box.audited().users} == {"no-permissions"}


def test_a_policy_that_cannot_be_read_leaves_open_what_no_deny_decides() -> None:
    box = Builder()
    force = box.policy("force", FORCE)
    box.user("alice", box.policy("broken", raw='{"Statement": 1}'), "arn:aws:iam::aws:policy/Gone", inline={"odd": "{"})
    box.user("forced", force, "arn:aws:iam::aws:policy/Gone")
    unknown, forced = (box.one(name) for name in ("alice", "forced"))
    assert unknown.enforced.answer == "unknown"
    assert (
        unknown.enforced.reason is not None and "Gone" in unknown.enforced.reason and "odd" in unknown.enforced.reason
    )
    assert unknown.enrolled.answer == "unknown"
    assert forced.enforced.answer == "denied"


def test_a_boundary_that_is_not_there_leaves_everything_open() -> None:
    box = Builder()
    box.user("alice", box.policy("all", EVERYTHING), boundary=f"{ROOT}:policy/gone")
    found = box.one("alice").enforced
    assert found.answer == "unknown" and found.reason is not None and found.reason.startswith("the boundary")


def test_an_operator_that_nobody_knows_makes_a_policy_unreadable() -> None:
    box = Builder()
    box.user("alice", box.policy("odd", {**EVERYTHING, "Condition": {"StringEqualz": {"aws:username": "a"}}}))
    assert box.one("alice").enforced.answer == "unknown"


def test_what_was_not_read_is_no_clean_answer() -> None:
    box = Builder()
    box.user("alice", box.policy("all", EVERYTHING))
    assert box.one("alice", "organization: AccessDenied").enforced.not_read == ("organization",)
    assert box.one("alice", "authorization_details: truncated").enforced.answer == "unknown"
    assert box.one("alice", "policies[user/alice/odd]: no policy").enforced.answer == "unknown"
    assert box.one("alice", "policies[user/bob/odd]: no policy").enforced.answer == "not-enforced"
    assert box.one("alice", "something went wrong").enforced.answer == "unknown"


def test_a_boundary_forces_by_its_denies_and_not_by_its_silence() -> None:
    box = Builder()
    everything = box.policy("all", EVERYTHING)
    box.user("by-deny", everything, boundary=box.policy("b1", EVERYTHING, FORCE))
    box.user("by-silence", everything, boundary=box.policy("b2", SELF, ONLY_WITH_MFA))
    assert box.one("by-deny").enforced.answer == "denied"
    assert box.one("by-silence").enforced.answer == "not-granted"


def test_a_service_control_policy_forces_whoever_is_below_it() -> None:
    box = Builder()
    box.controlled(FORCE)
    box.user("alice", box.policy("all", EVERYTHING))
    found = box.one("alice")
    assert found.enforced.answer == "denied"
    assert [place.holder for place in found.enforced.by] == ["r-1", NUMBER]
    assert found.lifted.answer == "nobody"


def test_a_control_policy_that_is_none_is_told_beside_the_witness() -> None:
    box = Builder()
    box.controlled(raw='{"Statement": []')
    box.user("alice", box.policy("all", EVERYTHING))
    found = box.one("alice").enforced
    assert found.answer in ("no-permissions", "not-enforced")


def test_an_address_that_is_spared_is_told_with_the_witness() -> None:
    box = Builder()
    box.user("alice", box.policy("force", BUCKETS, sparing({"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}})))
    found = box.one("alice").enforced
    assert (found.answer, found.reason) == ("not-enforced", "the request carries `aws:SourceIp`")


def test_two_denies_leave_what_both_leave() -> None:
    box = Builder()
    other = {**FORCE, "NotAction": [ENROLMENT[0], "s3:*"], "Sid": "Other"}
    box.user("alice", box.policy("one", EVERYTHING, FORCE), box.policy("two", other))
    assert box.one("alice").enforced.exempt == (ENROLMENT[0],)


def test_a_witness_that_holds_for_others_only_is_not_carried_over() -> None:
    """Of two with the same policies one is denied what the other is granted: by his name in a Resource."""
    box = Builder()
    home = {**BUCKETS, "Resource": "arn:aws:s3:::home/${aws:username}/*"}
    bobs = {**BUCKETS, "Effect": "Deny", "Resource": "arn:aws:s3:::home/bob/*"}
    arn = box.policy("homes", home, bobs)
    own, enrolling = box.policy("own", home, bobs, BUCKETS), box.policy("enrolling", SELF)
    for name in ("alice", "bob"):
        box.user(name, arn)
        box.user(f"{name}-enrols", arn, enrolling)
    assert box.one("alice").enforced.answer == "not-enforced"
    assert box.one("bob").enforced.answer == "no-permissions"
    other = Builder()
    for name, arns in (("bob", (own,)), ("alice", (own, enrolling))):
        other.account.policies = box.account.policies
        other.user(name, *arns)
    found = other.one("bob").enforced
    assert found.answer == "not-enforced" and found.witness is not None
    assert found.witness.request.resource.startswith("arn:aws:s3:::data/")
    other.user("bob", arn, enrolling)
    assert other.one("bob").enforced.answer == "not-granted"


def test_what_is_on_nobodys_arn_cannot_be_sent() -> None:
    box = Builder()
    box.user("alice", box.policy("own", {**BUCKETS, "Action": "iam:PutUserPolicy", "Resource": SELF["Resource"][1]}))
    arn = next(iter(box.account.policies))
    box.user("deep", arn, path="/team/")
    usual, odd = box.one("alice"), box.one("deep")
    assert usual.enforced.witness is not None and usual.enforced.witness.request.resource == f"{ROOT}:user/alice"
    assert odd.enforced.witness is not None and not odd.enforced.witness.can_be_sent
    assert odd.enrolled.answer == "cannot-enrol"


def test_an_exemption_of_which_the_first_actions_are_denied_is_found_by_the_proof() -> None:
    first = list(catalogue.matching("ec2:*")[:10])
    box = Builder()
    deny = {**FORCE, "NotAction": ["ec2:*", ENROLMENT[0]]}
    box.user("alice", box.policy("force", EVERYTHING, deny, {**EVERYTHING, "Effect": "Deny", "Action": first}))
    found = box.one("alice").enforced
    assert (found.answer, found.exempt) == ("denied", ("ec2:*", ENROLMENT[0]))


def test_resources_that_a_deny_spares_are_not_forced() -> None:
    box = Builder()
    deny = {key: value for key, value in FORCE.items() if key != "Resource"}
    box.user("alice", box.policy("force", BUCKETS, {**deny, "NotResource": "arn:aws:s3:::data/*"}))
    assert box.one("alice").enforced.answer == "not-enforced"


def test_more_variables_than_the_prover_looks_at_are_unknown() -> None:
    keys = ("SourceIdentity", "referer", "SourceVpc", "SourceVpce", "VpcSourceIp", "SourceArn", "SourceAccount", "Rest")
    home = "/".join(f"${{aws:{key}}}" for key in keys)
    box = Builder()
    box.user("alice", box.policy("odd", SELF, {**BUCKETS, "Resource": f"arn:aws:s3:::home/{home}/*"}))
    found = box.one("alice").enforced
    assert (found.answer, found.reason is not None) == ("unknown", True)


def test_a_user_whose_path_holds_a_wildcard_is_forced_or_not_decided() -> None:
    box = Builder()
    box.user("open", box.policy("all", EVERYTHING), path="/a*/")
    box.user("forced", box.policy("force", SELF, FORCE), path="/a*/")
    box.role("admin", {"Principal": {"AWS": f"{ROOT}:root"}}, EVERYTHING)
    answers = {user.name: user for user in box.audited().users}
    assert (answers["open"].enforced.answer, answers["open"].enrolled.answer) == ("unknown", "unknown")
    assert (answers["forced"].enforced.answer, answers["forced"].lifted.answer) == ("denied", "unknown")


def test_a_group_that_is_not_there_leaves_it_open() -> None:
    box = Builder()
    box.user("alice", groups=["gone"])
    assert box.one("alice").enforced.reason == "the group `gone` is not there"


def test_a_condition_on_an_identifier_that_was_not_read_is_open() -> None:
    box = Builder()
    spared = sparing({"StringNotEquals": {"aws:userid": "AIDA0000000000000000"}})
    box.user("spared", box.policy("force", SELF, EVERYTHING, spared))
    assert box.one("spared").enforced.answer == "exempt-undeclared"
    box.account.users = {"spared": replace(box.account.users["spared"], id="")}
    assert box.one("spared").enforced.answer == "not-enforced"


def test_a_user_may_be_called_as_the_one_who_is_tried() -> None:
    box = Builder()
    arn = box.policy("force", SELF, FORCE, EVERYTHING)
    box.user("anybody-of-the-set", arn)
    assert box.one("anybody-of-the-set").enforced.answer == "denied"


def test_tags_in_resources_are_filled_in_for_each_user() -> None:
    box = Builder()
    team = {**BUCKETS, "Resource": "arn:aws:s3:::${aws:PrincipalTag/team}/*"}
    deny = {**FORCE, "Condition": {**WITHOUT_MFA, "StringEquals": {"aws:SourceIdentity": "${aws:PrincipalTag/team}"}}}
    arn = box.policy("teams", team, deny)
    box.user("blue", arn, tags=(("Team", "blue"),))
    box.user("none", arn)
    found = box.one("blue").enforced
    assert found.answer == "not-enforced" and found.witness is not None
    assert found.witness.request.resource.startswith("arn:aws:s3:::blue/")
    assert box.one("none").enforced.answer in ("no-permissions", "not-granted")
