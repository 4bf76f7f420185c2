"""What each part of a policy is there for: the story's judgement, AWS's pages, and the same in other spellings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from tests.unit.advise.judged import (
    AGE,
    ANY_DEVICE,
    CREATE,
    DEACTIVATE,
    DELETE,
    ENABLE,
    EVERYTHING_WITH_MFA,
    LIST,
    OWN_USER,
    PRESENT,
    RESYNC,
    SESSION,
    WITHOUT,
    Doc,
    allow,
    case_of,
    deny,
    document,
    forcing,
    grants,
    options,
    policy,
)

from iamfa.advise.check import check
from iamfa.advise.effects import AttackChange, Effects, FlowChange
from iamfa.advise.explain import explain
from iamfa.advise.explain_words import reason_of
from iamfa.advise.explained import Explained, Explanation, Judgement
from iamfa.advise.finding import Finding, Severity
from iamfa.advise.options import CheckOptions
from iamfa.advise.parts import Part, document_without, entry_parts, statement_parts, without
from iamfa.errors import JudgementError
from iamfa.lifecycle.result import AttackResult, Call, FlowResult, RefusedBy
from iamfa.platform import Assumptions
from iamfa.policy.document import Document, Kind, Statement
from iamfa.policy.forms import read_documents
from iamfa.policy.policy import Policy

FOLDER = Path(__file__).parents[2] / "data" / "policies"
LIST_USERS, LIST_VIRTUAL, GET_DEVICE = "iam:ListUsers", "iam:ListVirtualMFADevices", "iam:GetMFADevice"
MFA, USER = "arn:aws:iam::*:mfa/${aws:username}", "arn:aws:iam::*:user/${aws:username}"


def explained(*statements: Doc, kind: Kind | None = None, **more: object) -> Explanation:
    return explain(policy(*statements, kind=kind), options=options(kind=kind, **more))


@cache
def loaded(name: str, platform: str = "2023-04") -> Explanation:
    return explain(
        Policy.load(FOLDER / name),
        options=CheckOptions(assumptions=Assumptions({"platform": platform}), catalogue_age_days=0),
    )


def of(explanation: Explanation, index: int) -> Explained:
    return explanation.statements[index].whole


def entries(explanation: Explanation, index: int) -> Mapping[str, str]:
    found = explanation.statements[index].entries
    return {entry.part.value.text: entry.judgement for entry in found if entry.part.value is not None}


def entry(explanation: Explanation, index: int, value: str) -> Explained:
    return next(e for e in explanation.statements[index].entries if str(e.part.value) == value)


# The story ----------------------------------------------------------------------------------------------------------


def test_the_judgement_of_the_story_is_come_to_without_knowing_it() -> None:
    found = loaded("story-1-outdated.json")
    assert [(s.whole.part.statement.sid, s.whole.judgement) for s in found.statements] == [
        ("AllowListActions", "not_needed"),
        ("AllowIndividualUserToManageTheirOwnMFA", "required"),
        ("AllowIndividualUserToDeactivateOnlyTheirOwnMFAOnlyWhenUsingMFA", "optional"),
        ("BlockMostAccessUnlessSignedInWithMFA", "required"),
    ]


def test_of_the_list_actions_it_says_that_they_show_the_names_of_others() -> None:
    for found in (of(loaded("story-1-outdated.json"), 0), entry(loaded("story-1-outdated.json"), 3, LIST_USERS)):
        assert found.reason == "no flow needs it"
        assert ["show everybody's names" in note.message for note in found.notes] == [True]


def test_each_action_of_the_story_is_judged_by_itself() -> None:
    found = loaded("story-1-outdated.json")
    assert entries(found, 0) == {LIST_USERS: "not_needed", LIST_VIRTUAL: "not_needed"}
    assert entries(found, 1) == {
        CREATE: "required", DELETE: "optional", LIST: "optional", ENABLE: "required", RESYNC: "optional",
        MFA: "required", USER: "required",
    }  # fmt: skip
    assert entries(found, 2) == {DEACTIVATE: "optional", MFA: "not_needed", USER: "optional"}
    assert entries(found, 3) == {
        CREATE: "required", ENABLE: "required", LIST: "optional", LIST_USERS: "not_needed", LIST_VIRTUAL: "not_needed",
        RESYNC: "optional",
    }  # fmt: skip


def test_a_grant_that_only_a_new_flow_calls_after_mfa_names_that_flow() -> None:
    """The lost device is deleted, so that its name is free again, by a user who has shown the other one."""
    found = entry(loaded("story-1-outdated.json"), 1, DELETE)
    assert found.reason == "only replace-lost-device breaks without it: nothing else grants it"


def test_a_grant_that_the_deny_makes_useless_says_so() -> None:
    found = explained(*grants(), allow(DELETE, ANY_DEVICE), forcing(), deny(DELETE, "*", None))
    assert of(found, 2).judgement == "not_needed"
    assert of(found, 2).reason == (
        "no flow changes: retry-abandoned-enrolment, replace-lost-device would call it and are refused all the same"
    )


def test_a_grant_and_an_exemption_of_the_same_action_are_required_for_reasons_of_their_own() -> None:
    found = loaded("story-1-outdated.json")
    assert entry(found, 1, ENABLE).reason.endswith(": nothing else grants it")
    assert entry(found, 3, ENABLE).reason.endswith(": the statement then denies it with an access key alone")


def test_the_required_only_policy_exempts_one_action_too_many() -> None:
    found = loaded("story-2-required-only.json")
    assert [s.whole.judgement for s in found.statements] == ["required", "required"]
    assert entries(found, 0)[DEACTIVATE] == "optional"
    assert {v: j for v, j in entries(found, 1).items() if j == "harmful"} == {DEACTIVATE: "harmful"}
    harmful = entry(found, 1, DEACTIVATE)
    assert harmful.severity is Severity.WARNING
    assert harmful.reason.startswith("warning[deactivate-without-mfa] goes without it: ")
    assert harmful.reason.endswith("; no flow is lost")


def test_before_the_rule_of_2023_the_attack_itself_closes() -> None:
    found = loaded("story-2-required-only.json", platform="2022-11")
    assert entry(found, 1, DEACTIVATE).judgement == "harmful"
    opened = {c.before.attack for c in of(found, 0).effects.attacks_closed}
    assert "leaked-key-of-enrolled-user" in opened


def test_the_repaired_policy_has_two_and_one_has_its_price() -> None:
    found = loaded("story-3-repaired.jsonc")
    assert {v: j for v, j in entries(found, 1).items() if j == "harmful"} == {DEACTIVATE: "harmful", DELETE: "harmful"}
    assert entry(found, 1, DELETE).reason.endswith("the price: retry-abandoned-enrolment, lost-only-device")
    assert entries(found, 0)[DELETE] == "optional"


# AWS's pages --------------------------------------------------------------------------------------------------------

PAGES = {
    "aws-p1.json": ["not_needed", "required", "required", "optional", "required"],
    "aws-p2.json": [
        "not_needed", "optional", "not_needed", "not_needed", "not_needed", "not_needed", "required", "required",
        "required",
    ],
    "aws-p3.json": ["not_needed", "required", "required", "required"],
    "aws-p4.json": ["not_needed", "optional", "required"],
    "aws-p5a.json": ["required"],
    "aws-p5b.json": ["required"],
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_the_statements_of_aws_are_judged_and_nothing_in_them_is_harmful(name: str) -> None:
    found = loaded(name)
    assert [s.whole.judgement for s in found.statements] == PAGES[name]
    assert not [e.reason for e in found.all if e.judgement in ("harmful", "not_decided")]


def test_a_deny_alone_decides_no_enrolment_and_its_loss_is_the_loss_of_the_enforcement() -> None:
    found = loaded("aws-p5b.json")
    assert of(found, 0).reason == (
        "the enforcement is lost without it: everything that no list names passes without MFA"
    )
    judged = entries(found, 0)
    assert (judged[CREATE], judged[ENABLE], judged[DELETE], judged[LIST]) == (
        "required", "required", "optional", "optional",
    )  # fmt: skip
    assert entry(found, 0, SESSION).reason == "no flow changes: no policy controls sts:GetSessionToken"


def test_a_broken_deny_is_required_for_what_it_does_stop() -> None:
    reason = of(loaded("aws-p5a.json"), 0).reason
    assert "passes with a session token obtained without MFA, a console session without MFA" in reason


def test_an_action_that_is_exempt_and_granted_nowhere_is_not_needed() -> None:
    found = entry(loaded("aws-p2.json"), 8, GET_DEVICE)
    assert (found.judgement, [n.rule for n in found.notes]) == ("not_needed", ["get-mfa-device-inconsistent"])


@pytest.mark.parametrize(
    "name",
    ["confined-to-oneself", "exempt-by-tag", "second-deny-for-stale-sessions", "fido-only-enrolment", "scp-for-users"],
)
def test_in_a_well_made_policy_nothing_is_harmful_and_every_deny_is_required(name: str) -> None:
    kind = Kind.SCP if name.startswith("scp") else None
    whole = Policy.load(FOLDER.parent / "well-made" / f"{name}.jsonc", kind=kind)
    found = explain(whole, options=options(kind=kind))
    assert not [e.reason for e in found.all if e.judgement in ("harmful", "not_decided")]
    assert {s.whole.judgement for s in found.statements if not s.whole.part.of_allow} == {"required"}


# The same in other spellings ----------------------------------------------------------------------------------------


def test_sids_do_not_matter() -> None:
    text = (FOLDER / "story-1-outdated.json").read_text(encoding="utf-8")
    plain = json.loads(text)
    for number, statement in enumerate(plain["Statement"]):
        statement["Sid"] = f"S{number}"
    renamed = explain(Policy.from_document(plain), options=options())
    for statement in plain["Statement"]:
        del statement["Sid"]
    nameless = explain(Policy.from_document(plain), options=options())
    expected = [e.judgement for e in loaded("story-1-outdated.json").all]
    assert [e.judgement for e in renamed.all] == expected
    assert [e.judgement for e in nameless.all] == expected


def test_a_statement_without_sid_is_named_by_where_it_stands_in_the_whole_policy() -> None:
    elsewhere = "arn:aws:iam::*:user/somebody"
    found = explained(allow(ENABLE, OWN_USER), allow(CREATE, ANY_DEVICE), allow(ENABLE, elsewhere), forcing())
    assert "statement 3 does not let iam:EnableMFADevice reach" in of(found, 0).reason


def test_split_statements_are_judged_like_the_one_that_they_were() -> None:
    found = explained(
        allow(CREATE, ANY_DEVICE), allow(ENABLE, OWN_USER), allow(LIST, OWN_USER), allow(RESYNC, OWN_USER),
        allow(LIST_USERS), forcing(LIST_USERS),
    )  # fmt: skip
    assert [s.whole.judgement for s in found.statements] == [
        "required", "required", "optional", "optional", "not_needed", "required",
    ]  # fmt: skip


def test_a_merged_statement_is_required_for_some_of_what_it_holds() -> None:
    found = explained(allow([CREATE, ENABLE, LIST, LIST_USERS, "s3:GetObject"], "*"), forcing(LIST_USERS))
    assert of(found, 0).judgement == "required"
    assert entries(found, 0) == {
        CREATE: "required", ENABLE: "required", LIST: "optional", LIST_USERS: "not_needed",
        "s3:GetObject": "not_needed",
    }  # fmt: skip


def test_an_action_without_brackets_is_judged_like_its_statement() -> None:
    found = explained(*grants(), allow(LIST_USERS), forcing())
    whole, (only,) = found.statements[2].whole, found.statements[2].entries
    assert only.part.stands_for_statement
    assert (only.judgement, only.reason) == (whole.judgement, whole.reason)


def test_a_wildcard_is_judged_as_one_entry() -> None:
    found = explained(allow(["iam:*VirtualMFADevice", "iam:*MFADevice"], ["arn:aws:iam::*:mfa/*", OWN_USER]), forcing())
    assert entries(found, 0)["iam:*MFADevice"] == "required"


def test_a_warning_that_a_comment_silences_makes_nothing_harmful() -> None:
    text = (FOLDER / "story-3-repaired.jsonc").read_text(encoding="utf-8")
    loud = Policy.parse(text)
    (finding,) = [f for f in check(loud, options=options()).findings if f.rule == "deactivate-without-mfa"]
    assert finding.span is not None
    lines = text.splitlines()
    at = loud.source.position(finding.span.start)[0] - 1
    lines.insert(at, f"// iamfa: ignore[{finding.rule}] the helpdesk asks for it")
    found = explain(Policy.parse("\n".join(lines)), options=options())
    assert [str(e.part.value) for e in found.all if e.judgement == "harmful"] == [DELETE]


def test_a_policy_of_a_dump_is_explained_with_the_places_of_the_dump() -> None:
    inline = document(*grants(), forcing())
    policies = [{"PolicyName": name, "PolicyDocument": inline} for name in ("one", "two")]
    dump = {"UserDetailList": [{"UserName": "alice", "UserPolicyList": policies}]}
    documents = [d for d in read_documents(json.dumps(dump), None) if d.policy is not None]
    alone = [e.judgement for e in explained(*grants(), forcing()).all]
    for each in documents:
        assert each.policy is not None
        found = explain(each.policy, options=options())
        assert [e.judgement for e in found.all] == alone
        assert found.policy is each.policy


# What stands in for what --------------------------------------------------------------------------------------------


def test_of_two_grants_of_the_same_either_can_go_but_not_both() -> None:
    found = explained(
        allow(CREATE, ANY_DEVICE, Sid="One"), allow(CREATE, ANY_DEVICE, Sid="Two"), *grants()[1:], forcing()
    )
    assert [of(found, i).judgement for i in (0, 1)] == ["not_needed", "not_needed"]
    assert of(found, 0).reason == "no flow changes without it; it is needed as soon as `Two` is gone"


def test_of_two_denies_of_the_same_either_can_go_but_not_both() -> None:
    found = explained(*grants(), forcing(Sid="One"), forcing(Sid="Two"))
    assert of(found, 2).judgement == "not_needed"
    assert of(found, 2).reason == "nothing more passes without it; it is needed as soon as `Two` is gone"
    assert entries(found, 2)[CREATE] == "required"


def test_an_entry_that_stands_twice_can_go_once() -> None:
    found = explained(allow([CREATE, CREATE], ANY_DEVICE), *grants()[1:], forcing())
    twice = found.statements[0].entries
    assert [e.judgement for e in twice] == ["not_needed", "not_needed"]
    assert twice[0].reason == f"no flow changes without it; it is needed as soon as `{CREATE}` is gone"


def test_an_entry_that_only_users_with_a_path_need_is_not_called_unneeded() -> None:
    with_path = "arn:aws:iam::*:user/*/${aws:username}"
    found = explained(allow(CREATE, ANY_DEVICE), allow([ENABLE, LIST], [OWN_USER, with_path]), forcing())
    judged = entry(found, 1, with_path)
    assert judged.judgement == "required"
    assert judged.reason.startswith("enrol-first-device of users with a path breaks without it")


ALICE, BOB = "arn:aws:iam::123456789012:user/alice", "arn:aws:iam::123456789012:user/bob"


def test_what_is_granted_to_others_than_the_user_who_was_walked_is_not_called_unneeded() -> None:
    found = explained(allow(CREATE, ANY_DEVICE), allow([ENABLE, LIST], ALICE), allow([ENABLE, LIST], BOB), forcing())
    assert [s.whole.judgement for s in found.statements] == ["required", "required", "not_decided", "required"]
    assert of(found, 2).reason == "it is about others than the user who was walked"
    condition = {"StringEquals": {"aws:username": "bob"}}
    assert of(explained(*grants(), allow(DEACTIVATE, OWN_USER, condition), forcing()), 2).judgement == "not_decided"


def test_what_only_a_main_flow_calls_that_works_for_nobody_is_not_called_unneeded() -> None:
    found = explained(
        allow(CREATE, ANY_DEVICE), allow(ENABLE, "arn:aws:iam::*:user/x/*"), allow(LIST, OWN_USER), forcing()
    )
    assert of(found, 0).judgement == "not_decided"
    assert of(found, 0).reason == "enrol-first-device would call it and works for nobody as it is"


def test_what_is_spared_for_others_than_the_user_who_was_walked_is_not_called_unneeded() -> None:
    spared: Doc = {"Effect": "Deny", "Action": [ENABLE], "NotResource": [ALICE, BOB]}
    found = explained(allow(CREATE, ANY_DEVICE), allow([ENABLE, LIST], [ALICE, BOB]), forcing(), spared)
    assert entries(found, 3) == {ENABLE: "required", ALICE: "required", BOB: "not_decided"}


def test_what_a_deny_for_others_spares_is_not_called_unneeded() -> None:
    roles = forcing(condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}})
    found = explained(*grants(), forcing(), roles)
    assert entries(found, 3)[ENABLE] == "not_decided"


# Denies -------------------------------------------------------------------------------------------------------------


def test_denies_for_different_credentials_are_required_each_for_its_own() -> None:
    found = explained(
        *grants(), forcing(condition={"Bool": {PRESENT: "false"}}), forcing(condition={"Null": {PRESENT: "true"}})
    )
    assert [of(found, i).judgement for i in (2, 3)] == ["required", "required"]
    assert of(found, 3).reason.endswith("passes with an access key alone")


def test_a_deny_that_means_to_force_and_does_not_is_harmful_and_can_be_repaired() -> None:
    never = {"BoolIfExists": {PRESENT: "false"}, "NumericGreaterThan": {AGE: "3600"}}
    found = of(explained(*grants(), forcing(condition=never)), 2)
    assert (found.judgement, found.severity) == ("harmful", Severity.ERROR)
    assert "or repair it: do not ask for the age" in found.reason


def test_a_deny_that_is_turned_round_is_harmful() -> None:
    found = of(explained(*grants(), forcing(condition={"Bool": {PRESENT: "true"}})), 2)
    assert found.judgement == "harmful"
    assert "error[mfa-turned-round] goes without it" in found.reason


def test_a_grant_is_not_harmful_for_what_a_deny_makes_of_it() -> None:
    found = explained(*grants(), deny("*"))
    assert "harmful" not in {of(found, i).judgement for i in (0, 1)}


def test_a_deny_of_stale_sessions_is_required() -> None:
    stale = deny([ENABLE, CREATE], "*", {"NumericGreaterThan": {AGE: "3600"}})
    found = explained(*grants(), forcing(), stale)
    assert of(found, 3).judgement == "required"
    assert of(found, 3).reason.endswith("pass with a session whose code was given long ago")


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (deny("s3:DeleteBucket", "*", None), "its protection is lost without it: s3:DeleteBucket passes with MFA"),
        (
            deny("*", "*", {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
            "its protection is lost without it: everything it names passes with MFA",
        ),
    ],
)
def test_a_deny_that_has_nothing_to_do_with_mfa_is_required_for_what_it_denies(statement: Doc, reason: str) -> None:
    found = of(explained(*grants(), forcing(), statement), 3)
    assert (found.judgement, found.reason) == ("required", reason)


def test_of_a_deny_that_bears_on_nobody_who_was_asked_nothing_is_said() -> None:
    roles = deny("s3:*", "*", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}})
    found = of(explained(*grants(), forcing(), roles), 3)
    assert found.judgement == "not_decided"
    assert found.reason == "it bears on nothing that was asked (its conditions: aws:PrincipalArn)"


def test_the_last_exemption_of_a_list_is_left_out_by_naming_everything() -> None:
    single: Doc = {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*", "Condition": dict(WITHOUT)}
    found = explained(*grants(), single)
    assert entries(found, 2) == {"iam:*": "required"}
    part = next(p for p in entry_parts(policy(*grants(), single).statements[2]))
    text = without(policy(*grants(), single), part)
    assert (text.statements[2].action.name, str(text.statements[2].action.values[0])) == ("Action", "*")


# Other classes ------------------------------------------------------------------------------------------------------


def test_a_grant_with_mfa_is_required_where_it_is_all_there_is() -> None:
    found = explained(EVERYTHING_WITH_MFA)
    assert of(found, 0).judgement == "required"


def test_what_grants_a_protected_set_with_mfa_only_is_required() -> None:
    found = explained(allow("ec2:RunInstances"), allow("ec2:TerminateInstances", "*", {"Bool": {PRESENT: "true"}}))
    assert [s.whole.judgement for s in found.statements] == ["not_decided", "required"]
    assert of(found, 1).reason == "nothing else lets ec2:TerminateInstances pass with MFA only"


def test_of_a_file_that_has_nothing_to_do_with_mfa_nothing_is_said_of_its_grants() -> None:
    found = explained(allow("s3:GetObject"))
    assert (found.walked, of(found, 0).judgement) == (False, "not_decided")
    assert "only its owner knows" in of(found, 0).reason


def test_an_allow_that_names_what_it_spares_protects_that() -> None:
    found = explained({"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"})
    assert entries(found, 0) == {"iam:*": "required", "organizations:*": "required"}
    assert entry(found, 0, "iam:*").reason.startswith("its protection is lost without it: iam:")


def test_a_boundary_is_explained_beside_the_grants_that_it_limits() -> None:
    found = explained(allow("*"), forcing(), kind=Kind.BOUNDARY)
    assert of(found, 1).judgement == "required"


def test_a_trust_policy_is_explained_by_what_it_lets_pass() -> None:
    trust = allow("sts:AssumeRole", "*", {"Bool": {PRESENT: "true"}}, Principal={"AWS": "123456789012"})
    del trust["Resource"]
    found = explained(trust, kind=Kind.TRUST)
    assert of(found, 0).judgement == "required"


def test_what_other_files_grant_is_not_needed_here() -> None:
    found = explained(*grants(), forcing(), beside=grants())
    assert [of(found, i).judgement for i in (0, 1, 2)] == ["not_needed", "not_needed", "required"]


def test_an_assumption_changes_what_an_exemption_is_for() -> None:
    honoured = Assumptions({"deny-get-session-token": "honoured"})
    found = explained(*grants(), forcing(), assumptions=honoured)
    assert entries(found, 2)[SESSION] == "required"


def test_rules_that_are_ignored_make_nothing_harmful() -> None:
    exempt = [*grants(), forcing("s3:GetObject")]
    assert entries(explained(*exempt), 2)["s3:GetObject"] == "harmful"
    assert entries(explained(*exempt, ignore=frozenset({"exempt-too-broad"})), 2)["s3:GetObject"] == "not_needed"


def test_each_of_several_entries_of_which_one_finding_speaks_is_harmful() -> None:
    found = entries(explained(*grants(), forcing("s3:GetObject", "ec2:RunInstances")), 2)
    assert (found["s3:GetObject"], found["ec2:RunInstances"]) == ("harmful", "harmful")


def test_an_attack_alone_makes_harmful_what_opens_it() -> None:
    """A grant on everybody beside the one on oneself: a neighbour enables a device for the user."""
    ignored = frozenset({"exempt-reaches-other-users", "exempt-takes-over"})
    oneself = [OWN_USER, "arn:aws:iam::*:user/*/${aws:username}"]
    found = of(explained(*grants(user=oneself), allow(ENABLE), forcing(), ignore=ignored), 2)
    assert (found.judgement, found.severity, found.harm) == ("harmful", Severity.WARNING, ())
    assert found.reason == "neighbour, two-keys do not succeed without it; no flow is lost"


def test_an_attack_that_begins_with_mfa_makes_nothing_harmful() -> None:
    """Whoever has shown MFA may take keys and lift what forces it, if the owner grants that."""
    lasting = ["iam:CreateAccessKey", "iam:DetachUserPolicy"]
    stale = deny([ENABLE, CREATE], "*", {"NumericGreaterThan": {AGE: "0"}})
    found = of(explained(*grants(), allow(lasting, OWN_USER), forcing(), stale), 2)
    assert found.judgement == "not_needed"
    assert found.reason == "no flow needs it; stolen-mfa-session, lift-enforcement do not succeed without it"


def test_a_deny_that_keeps_a_stolen_session_from_lasting_is_required_where_no_request_was_asked() -> None:
    opened = Effects(attacks_opened=(AttackChange(LIFTED_NOT, LIFTED),))
    assert reason("required", opened) == "without it an attack is easier: lift-enforcement"


ROLE, OTHER_ROLE = "arn:aws:iam::123456789012:role/deploy", "arn:aws:iam::210987654321:role/audit"
ASSUME = "sts:AssumeRole"


def test_a_grant_of_a_role_is_what_the_flows_to_that_role_hang_on() -> None:
    found = explained(*grants(), allow(ASSUME, ROLE), allow(ASSUME, OTHER_ROLE), forcing())
    assert [of(found, i).judgement for i in (2, 3)] == ["optional", "optional"]
    assert of(found, 2).reason == (
        "only assume-role-from-mfa-session hangs on more without it: it works only if another file grants "
        "sts:AssumeRole, or the role's trust policy names the user"
    )


def test_of_two_roles_in_one_grant_each_is_needed_by_itself() -> None:
    found = explained(*grants(), allow(ASSUME, [ROLE, OTHER_ROLE]), forcing())
    assert entries(found, 2) == {ASSUME: "optional", ROLE: "optional", OTHER_ROLE: "optional"}


def test_many_roles_in_one_grant_are_all_asked_about() -> None:
    roles = [f"arn:aws:iam::123456789012:role/number-{i}" for i in range(12)]
    found = explained(*grants(), allow(ASSUME, roles), forcing())
    assert set(entries(found, 2).values()) == {"optional"}


def test_a_grant_of_a_role_to_somebody_else_is_not_called_unneeded() -> None:
    found = explained(*grants(), allow(ASSUME, ROLE, {"StringEquals": {"aws:username": "bob"}}), forcing())
    assert of(found, 2).judgement == "not_decided"


def test_an_exempt_role_is_what_the_flow_with_a_code_hangs_on() -> None:
    found = entry(explained(*grants(), allow(ASSUME, ROLE), forcing(ASSUME)), 3, ASSUME)
    assert found.judgement == "optional"
    assert found.reason.startswith("only assume-role-with-code is uncertain without it: whether a code given to")


def test_a_grant_of_the_way_to_the_command_line_is_needed_call_by_call_and_client_by_client() -> None:
    clients = [f"arn:aws:signin:*:*:oauth2/public-client/{end}" for end in ("localhost", "remote")]
    calls = ["signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token"]
    found = explained(*grants(), allow(calls, clients), forcing())
    assert set(entries(found, 2).values()) == {"optional"}
    half = explained(*grants(), allow(calls[0], clients[0]), forcing())
    assert of(half, 2).judgement == "optional"
    assert of(half, 2).reason == (
        "only cli-with-passkey hangs on more without it: it works only if another file grants "
        "signin:AuthorizeOAuth2Access, signin:CreateOAuth2Token"
    )


def test_a_deny_that_protects_a_set_beside_device_grants_is_required() -> None:
    found = explained(*grants(), deny("ec2:TerminateInstances"))
    assert (found.file_class, of(found, 2).judgement) == ("protects-a-set", "required")


def reason(judgement: Judgement, effects: Effects, *, widens: bool = True) -> str:
    case = case_of(*grants(), forcing())
    part = Part(case.policy.statements[2 if widens else 0])
    return reason_of(case, Explained(part, judgement, "", effects))


LIFTED_NOT, LIFTED = AttackResult("lift-enforcement", "stopped", ()), AttackResult("lift-enforcement", "succeeds", ())
STOPPED, SUCCEEDS = AttackResult("neighbour", "stopped", ()), AttackResult("neighbour", "succeeds", ())


def test_an_attack_that_becomes_easier_is_a_reason() -> None:
    opened = Effects(attacks_opened=(AttackChange(STOPPED, SUCCEEDS),))
    assert reason("required", opened) == "without it an attack is easier: neighbour"
    assert reason("optional", opened, widens=False).startswith("without it other files decide")


def test_a_finding_that_is_new_is_a_reason() -> None:
    new = Effects(findings_new=(Finding("a-rule", Severity.WARNING, "words"),))
    assert reason("required", new) == "without it warning[a-rule]: words"


def test_a_flow_that_a_deny_stopped_is_better_off_without_it() -> None:
    blocked = FlowResult("resync-device", "console", "hardware", "blocked", ())
    won = Effects(flows_won=(FlowChange(blocked, replace(blocked, result="works")),))
    assert reason("not_needed", won) == "nothing more passes without it; resync-device is better off without it"


def test_a_refusal_by_aws_itself_is_named_as_one() -> None:
    call = Call(DEACTIVATE, "*", "console", "refused", RefusedBy(platform="own-device-needs-existing-mfa"))
    works = FlowResult("remove-device", "console", "hardware", "works", ())
    lost = Effects(flows_lost=(FlowChange(works, replace(works, result="blocked", trace=(call,))),))
    assert reason("optional", lost, widens=False) == (
        "only remove-device breaks without it: AWS itself refuses iam:DeactivateMFADevice "
        "(own-device-needs-existing-mfa)"
    )


# The prover's seam --------------------------------------------------------------------------------------------------


def test_a_prover_is_asked_of_statements_without_which_no_flow_changes_and_of_no_others() -> None:
    asked: list[tuple[int, int]] = []

    def changes(before: Document, after: Document) -> bool | None:
        asked.append((len(before.statements), len(after.statements)))
        return False

    found = explain(policy(*grants(), allow(LIST_USERS), forcing()), options=options(), changes_anything=changes)
    assert asked == [(4, 3)]
    assert of(found, 2).changes_verdicts is False
    assert of(found, 2).reason == "it changes no verdict at all"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(True, "no flow needs it; what it decides are requests that no flow makes"), (None, "no flow needs it")],
)
def test_without_a_proof_that_nothing_changes_no_more_is_claimed(answer: bool | None, reason: str) -> None:
    found = explain(
        policy(*grants(), allow(LIST_USERS), forcing()), options=options(), changes_anything=lambda _b, _a: answer
    )
    assert (of(found, 2).judgement, of(found, 2).reason) == ("not_needed", reason)


def test_a_proof_decides_what_the_walks_could_not() -> None:
    roles = deny("s3:*", "*", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}})
    found = explain(policy(*grants(), forcing(), roles), options=options(), changes_anything=lambda _b, _a: False)
    assert (of(found, 3).judgement, of(found, 3).reason) == ("not_needed", "it changes no verdict at all")


def test_a_deny_without_which_another_request_passes_is_not_called_unneeded() -> None:
    statements = [*grants(), forcing(Sid="One"), forcing(Sid="Two")]
    found = explain(policy(*statements), options=options(), changes_anything=lambda _b, _a: True)
    assert of(found, 3).judgement == "not_decided"
    assert of(found, 3).reason == "nothing that was asked passes without it, and other requests do"


# Leaving out --------------------------------------------------------------------------------------------------------


def test_more_entries_than_any_policy_has_are_refused() -> None:
    with pytest.raises(JudgementError, match="too many to leave out one after another"):
        explained(allow([f"s3:A{n}" for n in range(400)]))


def test_without_its_only_statement_a_policy_has_none() -> None:
    one = policy(forcing())
    (part,) = statement_parts(one)
    assert without(one, part).statements == ()


def test_a_document_without_parts_is_the_text_without_them() -> None:
    whole = policy(*grants(), forcing())
    for statement in statement_parts(whole):
        for part in (statement, *entry_parts(statement.statement)):
            left = without(whole, part).document
            assert [_plain(s) for s in document_without(whole.document, [part]).statements] == [
                _plain(s) for s in left.statements
            ]


def _plain(statement: Statement) -> Statement:
    return replace(statement, index=0)


def test_a_statement_without_a_resource_keeps_none() -> None:
    trust = allow(["sts:AssumeRole", "sts:TagSession"], Principal={"AWS": "123456789012"})
    del trust["Resource"]
    whole = policy(trust, kind=Kind.TRUST)
    left = document_without(whole.document, [Part(whole.statements[0], whole.statements[0].action, 0)])
    assert (left.statements[0].resource, [str(v) for v in left.statements[0].action.values]) == (
        None,
        ["sts:TagSession"],
    )


def test_a_document_loses_a_statement_with_the_last_of_its_entries() -> None:
    whole = policy(allow([CREATE, ENABLE]), forcing())
    parts = [Part(whole.statements[0], whole.statements[0].action, n) for n in (0, 1)]
    assert len(document_without(whole.document, parts).statements) == 1
