"""Creating or enabling a device without MFA is denied whatever else is attached, and nothing here grants it."""

from __future__ import annotations

import pytest
from tests.unit.advise.judged import (
    AGE,
    CREATE,
    ENABLE,
    EVERYTHING_WITH_MFA,
    EXEMPT,
    LIST,
    OWN_USER,
    PRESENT,
    RESYNC,
    WITHOUT,
    Doc,
    allow,
    deny,
    forcing,
    grants,
    judge,
    replayed,
    silent,
    the,
    underlined,
)

from iamfa.policy.document import Kind

RULE = "enrolment-needs-an-administrator"
RESYNC_ONLY = allow([LIST, RESYNC], OWN_USER)


@pytest.mark.parametrize(
    ("statements", "action", "word"),
    [
        ([RESYNC_ONLY, forcing(but=(CREATE, ENABLE), Sid="Block")], CREATE, "NotAction"),
        ([forcing(but=(CREATE, ENABLE), Sid="Block")], CREATE, "NotAction"),
        ([forcing(but=(ENABLE,), Sid="Block"), RESYNC_ONLY], ENABLE, "NotAction"),
        ([forcing(but=(CREATE,), Sid="Block")], CREATE, "NotAction"),
        ([deny("*", Sid="Block")], CREATE, "Action"),
        ([forcing(), deny("iam:Enable*", "*", None, Sid="Block")], ENABLE, "Action"),
        ([forcing(but=(ENABLE,), condition={"Null": {AGE: "true"}}, Sid="Block")], ENABLE, "NotAction"),
        (
            [forcing(but=(ENABLE,), Sid="Block"), forcing(condition={"NumericGreaterThan": {AGE: "3600"}})],
            ENABLE,
            "NotAction",
        ),
    ],
)
def test_it_is_noted_where_nothing_that_was_read_grants_it(statements: list[Doc], action: str, word: str) -> None:
    report = judge(*statements)
    finding = the(report, RULE, "note")
    only_virtual = statements == [forcing(but=(CREATE,), Sid="Block")]
    what = "create a virtual device" if only_virtual else "enrol a first device"
    assert finding.message == f"no user can {what} himself: {action} is denied without MFA whatever else is attached"
    assert finding.params == {"action": action}
    assert finding.reason == f"does not exempt {action}"
    assert finding.statement_sid == "Block"
    assert underlined(report, finding) == f'"{word}"'
    assert finding.repair is None
    assert replayed(report, finding, everything=True) == "explicit_deny"


def test_as_a_service_control_policy_it_is_an_error() -> None:
    report = judge(forcing(but=(CREATE, ENABLE)), kind=Kind.SCP)
    assert the(report, RULE, "error")
    assert the(judge(forcing(but=(CREATE, ENABLE)), kind=Kind.BOUNDARY), RULE, "note")
    assert silent(judge(forcing(), kind=Kind.SCP), RULE)


def test_it_is_silent_where_a_device_under_the_own_name_can_be_created() -> None:
    own_name_only = deny(CREATE, None, None, NotResource="arn:aws:iam::*:mfa/${aws:username}")
    assert silent(judge(allow("*"), forcing(), own_name_only, kind=Kind.SCP), RULE)


def test_two_complementing_denies_deny_together() -> None:
    both = [
        forcing(but=(ENABLE,), condition={"Null": {PRESENT: "true"}}),
        forcing(but=(ENABLE,), condition={"Bool": {PRESENT: "false"}}),
    ]
    assert the(judge(*both), RULE, "note")


@pytest.mark.parametrize(
    "statements",
    [
        [forcing()],
        [*grants(), forcing()],
        [*grants(), forcing(but=(CREATE, ENABLE))],
        [allow("*"), forcing(but=(CREATE, ENABLE))],
        [allow("x:y", "*", NotAction="s3:*"), forcing(but=(CREATE, ENABLE))],
        [forcing(but=(ENABLE,), condition={"Bool": {PRESENT: "false"}})],
        [forcing(but=(ENABLE,), condition={"NumericGreaterThan": {AGE: "3600"}})],
        [RESYNC_ONLY, EVERYTHING_WITH_MFA],
        [deny([CREATE, ENABLE])],
        [deny(list(EXEMPT), condition=None)],
        [RESYNC_ONLY],
    ],
)
def test_it_is_silent_where_some_way_is_left_or_another_rule_speaks(statements: list[Doc]) -> None:
    assert silent(judge(*statements), RULE)


def test_a_grant_by_another_policy_makes_it_the_matter_of_another_rule() -> None:
    assert silent(judge(forcing(but=(CREATE, ENABLE)), beside=grants()), RULE)


def test_it_is_silent_where_strangers_alone_are_kept_from_enrolling() -> None:
    tagged = {**WITHOUT, "StringNotEquals": {"aws:PrincipalTag/enrolment": "open"}}
    assert silent(judge(forcing(), deny([CREATE, ENABLE], "*", tagged), kind=Kind.SCP), RULE)
    assert the(judge(forcing(but=(ENABLE,)), deny([CREATE], "*", tagged), kind=Kind.SCP), RULE, "error")


def test_it_is_silent_where_the_file_is_for_fido_devices_alone_and_these_can_be_enrolled() -> None:
    codes = deny(ENABLE, OWN_USER, {"Null": {"iam:RegisterSecurityKey": "true"}})
    assert silent(judge(forcing(but=(CREATE,)), codes, kind=Kind.SCP), RULE)
    assert the(judge(forcing(but=(CREATE, ENABLE)), codes, kind=Kind.SCP), RULE, "error")
