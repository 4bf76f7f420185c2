"""What an audit finds beside the three answers, each shown once and silent where all is well."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.unit.audit.accounts import (
    BUCKETS,
    ENROLMENT,
    EVERYTHING,
    FORCE,
    LONG_AGO,
    NOW,
    NUMBER,
    ROOT,
    SELF,
    Builder,
    Json,
    found,
    sparing,
    text,
)

from iamfa.account.entities import ROOT_USER
from iamfa.advise.finding import Severity
from iamfa.audit import roles
from iamfa.audit.values import Exemption

SILENT = {
    "root-not-decided", "resource-never-authorised", "first-sign-in-deadlock", "unenrolled-user-can-be-claimed",
    "abandoned-device-blocks-name", "exempt-reaches-other-users", "could-leave-iam", "keys-only",
    "stops-non-mfa-clients",
}  # fmt: skip
"""What is told of an account in which all is well."""
ROOT_ROW = {"user": ROOT_USER, "mfa_active": "true", "access_key_1_active": "false", "password_enabled": "true"}


def ids(box: Builder, **more: object) -> set[str]:
    return {finding.id for finding in box.audited(**more).findings}  # type: ignore[arg-type]  # parameters of audit


def test_an_account_in_order_has_notes_only() -> None:
    box = Builder()
    group = box.group("people", box.policy("force", SELF, FORCE), box.policy("data", BUCKETS))
    box.user("alice", groups=[group], devices=["virtual"])
    report = box.audited(report=[ROOT_ROW])
    assert report.worst() in (Severity.NOTE, None), [str(f) for f in report.findings if f.severity is not Severity.NOTE]
    assert {finding.id for finding in report.findings} <= SILENT


def test_users_are_told_of_together_where_they_are_alike() -> None:
    box = Builder()
    arn = box.policy("data", BUCKETS)
    for i in range(5):
        box.user(f"user-{i}", arn)
    (finding,) = found(box.audited(), "user-not-enforced")
    assert finding.severity is Severity.ERROR
    assert finding.reaches == tuple(f"user-{i}" for i in range(5))
    assert str(finding).startswith(
        "`user-0`, `user-1`, `user-2` and 2 more may work without MFA with an access key alone"
    )
    (exposed,) = found(box.audited(), "exposed-now")
    assert exposed.trace and "in 1 call," in exposed.message


def test_who_stands_outside_the_group_that_forces_is_told_which_it_is() -> None:
    box = Builder()
    box.user("in", groups=[box.group("people", box.policy("force", SELF, FORCE))])
    box.user("out", box.policy("data", BUCKETS), key=False)
    (finding,) = found(box.audited(), "user-not-enforced")
    assert (finding.reaches, finding.severity) == (("out",), Severity.WARNING)
    assert finding.hint is not None and "`people`" in finding.hint


def test_locked_out_and_cannot_enrol_are_told_apart() -> None:
    box = Builder()
    box.user("locked", box.policy("force", {**FORCE, "NotAction": ENROLMENT[2:]}, EVERYTHING))
    box.user("nothing")
    report = box.audited()
    assert found(report, "locked-out")[0].reaches == ("locked",)
    (cannot,) = found(report, "user-cannot-enrol")
    assert cannot.reaches == ("nothing",) and "since nothing allows it" in cannot.message


def test_exceptions_are_held_against_the_account() -> None:
    box = Builder()
    arn = box.policy("force", SELF, EVERYTHING, sparing({"StringNotEquals": {"aws:PrincipalTag/mfa": "exempt"}}))
    box.user("glass", arn, tags=(("mfa", "exempt"),))
    box.user("late", arn, tags=(("mfa", "exempt"),))
    box.user("usual", arn)
    whole = ("why", "who", date(2026, 6, 1), "alarm")
    report = box.audited(
        exceptions=[
            Exemption("glass", *whole),
            Exemption("late", "why", "who", date(2026, 1, 1), "alarm"),
            Exemption(f"{ROOT}:user/usual", *whole),
            Exemption("glass", " ", "", None, ""),
            Exemption("gone", *whole),
        ]
    )
    assert [f.reaches for f in found(report, "exempt-undeclared")] == [("late",)]
    assert [f.reaches for f in found(report, "exception-expired")] == [("late",)]
    assert [f.reaches for f in found(report, "exception-not-needed")] == [("usual",)]
    assert [f.params["missing"] for f in found(report, "exception-incomplete")] == [
        ("reason", "owner", "expires", "compensating_control")
    ]
    assert [f.params["principal"] for f in found(report, "exception-names-nobody")] == ["gone"]


def test_what_was_not_decided_is_a_finding() -> None:
    box = Builder()
    box.user("alice", "arn:aws:iam::aws:policy/Gone")
    report = box.audited("mfa_devices: AccessDenied")
    assert found(report, "user-not-decided")[0].reaches == ("alice",)
    assert found(report, "not-read")[0].params == {"entry": "mfa_devices: AccessDenied"}
    assert report.not_read == ("mfa_devices: AccessDenied",)


def test_who_can_lift_is_told_once_for_all_whom_they_free() -> None:
    box = Builder()
    group = box.group("people", box.policy("force", SELF, FORCE))
    box.user("admin", box.policy("all", EVERYTHING), groups=[group])
    box.user("alice", groups=[group])
    box.user("bob", groups=[group])
    messages = [str(f) for f in found(box.audited(), "can-lift-enforcement")]
    assert messages == [
        "`admin` could, in a session with MFA, lift what forces `alice`, `bob`",
        "`admin` could, in a session with MFA, lift what forces themselves",
    ]


def test_programs_that_stop_and_who_could_leave_are_told() -> None:
    box = Builder()
    force = box.policy("force", BUCKETS, FORCE)
    box.user("program", force)
    box.user("person", force, key=False, password=True)
    report = box.audited()
    assert found(report, "stops-non-mfa-clients")[0].reaches == ("program",)
    assert {f.params["kind"]: f.reaches for f in found(report, "could-leave-iam")} == {
        "people": ("person",), "machines": ("program",),
    }  # fmt: skip


# Policies


def test_rules_speak_of_each_policy_with_everybody_whom_it_reaches() -> None:
    box = Builder()
    tied = {**SELF, "Resource": [f"{ROOT}:mfa/${{aws:username}}", f"{ROOT}:user/${{aws:username}}"]}
    group = box.group("people", box.policy("outdated", tied, FORCE))
    for name in ("alice", "bob"):
        box.user(name, groups=[group])
    (finding,) = found(box.audited(), "device-name-tied-to-user")
    assert finding.reaches == ("alice", "bob")
    assert finding.place is not None and finding.place.policy == "outdated"


def test_a_path_that_no_entry_fits_is_a_warning_for_those_who_have_one() -> None:
    box = Builder()
    short = {**SELF, "Resource": [f"{ROOT}:mfa/*", f"{ROOT}:user/${{aws:username}}"]}
    arn = box.policy("force", short, FORCE)
    box.user("plain", arn)
    assert "user-path-not-matched" not in ids(box)
    box.user("deep", arn, path="/team/")
    (finding,) = found(box.audited(), "user-path-not-matched")
    assert (finding.reaches, finding.severity) == (("deep",), Severity.WARNING)


def test_what_another_policy_grants_makes_an_exemption_worse() -> None:
    box = Builder()
    deny = {**FORCE, "NotAction": [*ENROLMENT, "iam:DeactivateMFADevice"]}
    force = box.policy("force", deny)
    box.user("alone", force)
    box.user("admin", force, box.policy("all", EVERYTHING))
    findings = [f for f in box.audited().findings if "beside" in f.params]
    assert findings and all(f.reaches == ("admin",) for f in findings)


def test_a_policy_that_forces_nobody_is_told_with_the_reason() -> None:
    box = Builder()
    box.policy("unattached", FORCE)
    box.group("empty", box.policy("of-empty-group", SELF, FORCE, BUCKETS))
    arn = box.policy("of-role", FORCE, EVERYTHING)
    box.role("r", {"Principal": {"Service": "ec2.amazonaws.com"}}, arns=(arn,))
    reasons = {f.params["policy"]: f.message for f in found(box.audited(), "enforcement-without-effect")}
    assert "attached to nobody" in reasons[f"{ROOT}:policy/unattached"]
    assert "its groups are empty: `empty`" in reasons[f"{ROOT}:policy/of-empty-group"]
    assert "roles only" in reasons[arn]


def test_every_policy_is_listed_with_whom_it_reaches() -> None:
    box = Builder()
    bound = box.policy("bound", EVERYTHING, FORCE)
    box.user(
        "alice", boundary=bound, inline={"own": text(BUCKETS)}, groups=[box.group("g", box.policy("force", FORCE))]
    )
    box.policy("broken", raw='{"Statement": []')
    box.policy("huge", *({**BUCKETS, "Resource": [f"arn:aws:s3:::b{i}-{j}/*" for j in range(40)]} for i in range(9)))
    reach = {each.name: each for each in box.audited().policies}
    assert reach["bound"].attached_to == ("user/alice (boundary)",)
    assert (reach["own"].holder, reach["own"].users) == ("user/alice", ("alice",))
    assert reach["force"].file_class == "forces-by-deny"
    assert reach["broken"].file_class is None and reach["broken"].reason
    assert found(box.audited(), "policy-not-read")[0].params == {"policy": "broken"}


def test_aws_own_policies_are_listed_and_not_blamed() -> None:
    box = Builder()
    box.user("alice", box.awss("Odd", {**SELF, "Resource": f"{ROOT}:mfa/${{aws:username}}"}))
    report = box.audited()
    assert [each.name for each in report.policies] == ["Odd"]
    assert "device-name-tied-to-user" not in {finding.id for finding in report.findings}


# Roles


def trusting(principal: object, **more: object) -> Json:
    return {"Principal": {"AWS": principal}, **more}


def test_a_role_is_open_where_its_trust_demands_no_mfa() -> None:
    box = Builder()
    assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    arn = box.policy("force", SELF, assume, {**FORCE, "NotAction": [*ENROLMENT, "sts:AssumeRole"]})
    box.user("alice", arn)
    box.user("bob", arn)
    box.role("admin", trusting(f"{ROOT}:root"), EVERYTHING)
    box.role("guarded", trusting(f"{ROOT}:root", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}), BUCKETS)
    box.role("service", {"Principal": {"Service": "ec2.amazonaws.com"}}, EVERYTHING)
    box.role(
        "of-bob", trusting(f"{ROOT}:user/bob"), BUCKETS, {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
    )
    report = box.audited()
    assert {f.params["role"]: (f.reaches, f.severity) for f in found(report, "role-without-mfa")} == {
        f"{ROOT}:role/admin": (("alice", "bob"), Severity.ERROR),
        f"{ROOT}:role/of-bob": (("bob",), Severity.WARNING),
    }
    assert {f.reaches for f in found(report, "exempt-assume-role") if f.severity is Severity.ERROR} == {
        ("alice", "bob"), ("bob",),
    }  # fmt: skip
    assert "behind it lies everything" in found(report, "role-without-mfa")[0].message
    assert found(report, "role-without-mfa")[1].params["grants"] == ("all but iam:*", "s3:GetObject")


def test_an_external_id_keeps_nobody_out_and_a_tag_does() -> None:
    box = Builder()
    box.user("alice", box.policy("all", EVERYTHING), tags=(("team", "blue"),))
    box.role("external", trusting(NUMBER, Condition={"StringEquals": {"sts:ExternalId": "x"}}))
    box.role("red", trusting(NUMBER, Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}}))
    assert [f.params["role"] for f in found(box.audited(), "role-without-mfa")] == [f"{ROOT}:role/external"]


def test_roles_that_were_not_decided_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roles, "_MOST_PROOFS", 0)
    box = Builder()
    box.user("alice", box.policy("all", EVERYTHING))
    box.role("external", trusting(NUMBER, Condition={"StringEquals": {"sts:ExternalId": "x"}}))
    box.role("broken", {}, raw="{")
    assert {f.severity for f in found(box.audited(), "role-not-decided")} == {Severity.NOTE, Severity.WARNING}


def test_a_role_whose_policies_are_not_there_is_told_with_what_is() -> None:
    box = Builder()
    box.user("alice", box.policy("all", EVERYTHING))
    box.role("half", trusting(NUMBER), BUCKETS, arns=("arn:aws:iam::aws:policy/Gone",))
    box.role("none", trusting(NUMBER))
    messages = [str(f) for f in found(box.audited(), "role-without-mfa")]
    assert "behind it lies s3:GetObject" in messages[0]
    assert "nothing that was read" in messages[1]


# What lies about


def test_root_is_judged_by_the_partition() -> None:
    box = Builder()
    assert found(box.audited(), "root-not-decided")
    bad = {
        **ROOT_ROW,
        "mfa_active": "false",
        "access_key_1_active": "true",
        "password_last_used": "2026-02-20T00:00:00Z",
    }
    assert {"root-has-keys", "root-without-device", "root-used-lately"} <= ids(box, report=[bad])
    assert not {each for each in ids(box, report=[ROOT_ROW]) if each.startswith("root")}
    china, gov = Builder("aws-cn"), Builder("aws-us-gov")
    assert not {each for each in ids(china, report=[bad]) if each.startswith("root")}
    assert "root-without-device" not in ids(gov, report=[bad])
    box.device(ROOT_USER, "fido")
    report = box.audited("credential_report: AccessDenied", report=[bad])
    assert (report.root.devices, report.root.has_device, report.root.has_keys) == (("fido",), True, None)


def test_a_root_user_that_the_organization_made_needs_no_device() -> None:
    box = Builder()
    box.controlled()
    assert "root-not-decided" not in ids(box)


def test_devices_that_belong_to_nobody_or_may_be_planted_are_told() -> None:
    box = Builder()
    box.user("alice")
    box.device(None)
    box.device("alice", enabled=LONG_AGO - timedelta(days=1))
    second = box.device("alice", enabled=LONG_AGO)
    box.device("alice", enabled=NOW)
    box.device("alice", enabled=None)
    report = box.audited()
    assert found(report, "unassigned-device")[0].params == {"count": 1}
    assert [f.params["serial"] for f in found(report, "device-to-look-at")] == [second]


def test_keys_are_told_by_age_and_last_use() -> None:
    box = Builder()
    box.user("alice", key=False)
    box.key("alice", created=LONG_AGO, last_used=NOW)
    box.key("alice", created=NOW - timedelta(days=60), last_used=None)
    box.key("alice", created=LONG_AGO, last_used=LONG_AGO, status="Inactive")
    report = box.audited()
    assert found(report, "key-is-old")[0].params == {"keys": ("AKIA0000000000000000",)}
    assert found(report, "key-is-unused")[0].params == {"keys": ("AKIA0000000000000001",)}


def test_a_key_that_aws_found_in_public_is_the_worst_news() -> None:
    box = Builder()
    box.user("alice", box.awss("AWSCompromisedKeyQuarantineV3", {**BUCKETS, "Effect": "Deny"}))
    assert found(box.audited(), "key-in-quarantine")[0].reaches == ("alice",)
