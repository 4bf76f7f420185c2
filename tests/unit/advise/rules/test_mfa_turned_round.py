"""An effect, an element or a condition that stands for its opposite: found, shown and turned back."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import (
    AGE,
    CREATE,
    DEACTIVATE,
    ENABLE,
    EVERYTHING_WITH_MFA,
    EXEMPT,
    LIST,
    OWN_USER,
    PRESENT,
    WITH,
    WITHOUT,
    Doc,
    allow,
    deny,
    forcing,
    grants,
    judge,
    mended,
    replayed,
    silent,
    the,
    underlined,
)

from iamfa.policy.document import Kind

RULE = "mfa-turned-round"


@pytest.mark.parametrize(
    "condition",
    [
        {"BoolIfExists": {PRESENT: "true"}},
        {"Bool": {PRESENT: "true"}},
        {"Bool": {PRESENT: True}},
        {"Bool": {"AWS:MULTIFACTORAUTHPRESENT": ["true"]}},
        {"StringEquals": {PRESENT: "true"}},
        {"StringNotEquals": {PRESENT: "false"}},
        {"BoolIfExists": {PRESENT: ["true", "false"]}},
        {"Null": {PRESENT: "false"}},
        {"Null": {AGE: "false"}},
        {"NumericLessThan": {AGE: "3600"}},
        {"NumericLessThanIfExists": {AGE: "3600"}},
        {"Bool": {PRESENT: "true", "aws:ViaAWSService": "false"}},
    ],
    ids=str,
)
def test_a_deny_that_bears_on_whoever_showed_mfa_is_turned_back(condition: dict[str, Any]) -> None:
    report = judge(forcing(condition=condition, Sid="Block"), *grants())
    finding = the(report, RULE, "error")
    assert finding.message.startswith("turned round: ")
    assert finding.statement_sid == "Block"
    assert "ultifactorauth" in underlined(report, finding).lower()
    assert finding.witness is not None
    with_mfa = finding.witness.credential.endswith("-mfa")
    assert replayed(report, finding, everything=True) == ("explicit_deny" if with_mfa else "allowed")
    after = mended(report, finding)
    assert after.file_class == "forces-by-deny"
    assert silent(after, "mfa-not-enforced")


def test_the_message_names_an_action_and_the_reason_who_is_hit() -> None:
    report = judge(forcing(condition={"Bool": {PRESENT: "true"}}), *grants())
    finding = the(report, RULE)
    assert finding.message.endswith("is allowed without MFA and denied with it")
    assert finding.reason == "holds for whoever showed MFA"
    both = the(judge(forcing(condition={"BoolIfExists": {PRESENT: ["false", "true"]}}), *grants()), RULE)
    assert both.message == "turned round: a session with MFA is denied everything outside the list, too"
    assert both.reason == "holds with MFA as well"
    assert both.params == {"action": None}


def test_a_deny_that_became_an_allow() -> None:
    report = judge(*grants(), forcing(Effect="Allow"))
    finding = the(report, RULE, "error")
    assert finding.reason == "holds for whoever did not show MFA"
    assert replayed(report, finding) == "allowed"
    assert finding.repair is not None
    assert finding.repair.title == "deny instead of allowing"
    assert mended(report, finding).file_class == "forces-by-deny"


@pytest.mark.parametrize(
    "condition",
    [
        {"Bool": {PRESENT: "false"}},
        {"BoolIfExists": {PRESENT: "false"}},
        {"Null": {AGE: "true"}},
        {"NumericGreaterThanIfExists": {AGE: "3600"}},
    ],
    ids=str,
)
def test_a_grant_only_without_mfa_is_turned_back(condition: dict[str, Any]) -> None:
    report = judge(allow("ec2:TerminateInstances", condition=condition))
    finding = the(report, RULE, "error")
    assert finding.params == {"action": "ec2:TerminateInstances"}
    assert replayed(report, finding) == "allowed"
    assert mended(report, finding).file_class == "protects-a-set"


@pytest.mark.parametrize("names", [EXEMPT, (CREATE, ENABLE, LIST), [ENABLE.lower(), LIST, "iam:ListUsers"]])
def test_action_where_not_action_is_meant(names: Any) -> None:
    report = judge(*grants(), deny(list(names), Sid="Block"))
    finding = the(report, RULE, "error")
    assert (
        finding.message
        == "turned round: without MFA just what an enrolment needs is denied, and everything else passes"
    )
    assert finding.reason == "`NotAction` was meant: deny everything but these"
    assert underlined(report, finding) == '"Action"'
    assert finding.statement_sid == "Block"


def test_action_becomes_not_action() -> None:
    report = judge(*grants(), deny(list(EXEMPT)))
    finding = the(report, RULE)
    assert replayed(report, finding) == "explicit_deny"
    assert mended(report, finding).file_class == "forces-by-deny"


def test_one_set_of_a_resource_s_policy_turned_round() -> None:
    def bucket(effect: str, condition: dict[str, Any]) -> Doc:
        return deny("s3:GetObject", "arn:aws:s3:::b/*", condition, Principal="*") | {"Effect": effect}

    for effect, condition in (("Deny", {"Bool": {PRESENT: "true"}}), ("Allow", {"BoolIfExists": {PRESENT: "false"}})):
        report = judge(bucket(effect, condition), kind=Kind.RESOURCE)
        mended(report, the(report, RULE, "error"))
    assert silent(judge(bucket("Deny", dict(WITHOUT)), kind=Kind.RESOURCE), RULE)
    assert silent(judge(bucket("Allow", dict(WITH)), kind=Kind.RESOURCE), RULE)


@pytest.mark.parametrize("kind", [Kind.BOUNDARY, Kind.SCP, Kind.SESSION])
def test_it_is_found_in_what_can_only_limit(kind: Kind) -> None:
    report = judge(allow("*"), forcing(condition={"Bool": {PRESENT: "true"}}), kind=kind)
    mended(report, the(report, RULE, "error"))


@pytest.mark.parametrize(
    "statements",
    [
        [*grants(), forcing()],
        [*grants(), forcing(), forcing(condition={"NumericGreaterThan": {AGE: "3600"}})],
        [*grants(), forcing(condition={"Null": {PRESENT: "true"}}), forcing(condition={"Bool": {PRESENT: "false"}})],
        [*grants(), EVERYTHING_WITH_MFA],
        [*grants(), allow(DEACTIVATE, OWN_USER, WITH)],
        [*grants(), deny(DEACTIVATE, OWN_USER)],
        [*grants(), deny([CREATE, ENABLE])],
        [*grants(), deny([CREATE, "s3:PutObject", "iam:CreateUser"])],
        [*grants(), deny([LIST, RESYNC := "iam:ResyncMFADevice", "iam:ListUsers"])],
        [deny("ec2:TerminateInstances")],
        [*grants(), forcing(but=(CREATE, ENABLE))],
        [allow("s3:GetObject", condition={"StringEquals": {"aws:PrincipalTag/x": "y"}})],
        [allow("*")],
    ],
)
def test_well_made_policies_are_left_alone(statements: list[Doc]) -> None:
    assert silent(judge(*statements), RULE)


def test_where_nobody_can_tell_what_was_meant_no_repair_is_made() -> None:
    odd = judge(forcing(condition={"StringLike": {PRESENT: "t*"}}), *grants())
    assert the(odd, RULE).repair is None
