"""A first enrolment is denied to every kind of device that the file grants, or granted where AWS never looks."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import (
    ANY_DEVICE,
    CREATE,
    ENABLE,
    EVERYTHING_WITH_MFA,
    LIST,
    OWN_USER,
    PRESENT,
    RESYNC,
    WITH,
    WITHOUT,
    Doc,
    allow,
    deny,
    forcing,
    grants,
    mended,
    severities,
    silent,
    the,
    underlined,
    walked,
)

from iamfa.policy.document import Kind

RULE = "cannot-enrol"


@pytest.mark.parametrize(
    ("statements", "call", "word"),
    [
        ([*grants(), forcing(but=(CREATE, ENABLE), Sid="Block")], CREATE, "NotAction"),
        ([*grants(), forcing(but=(ENABLE,), Sid="Block")], ENABLE, "NotAction"),
        ([forcing(but=(ENABLE,), Sid="Block"), *grants()], ENABLE, "NotAction"),
        ([grants()[0], forcing(but=(ENABLE,), Sid="Block")], ENABLE, "NotAction"),
        ([allow("iam:*MFADevice*"), forcing(but=(CREATE, ENABLE), Sid="Block")], CREATE, "NotAction"),
        ([allow("*"), forcing(but=(CREATE, ENABLE), Sid="Block")], CREATE, "NotAction"),
        ([*grants(), deny("*", Sid="Block")], CREATE, "Action"),
        ([*grants(), deny([CREATE, ENABLE], condition=None, Sid="Block")], CREATE, "Action"),
        ([*grants(), deny("iam:Enable*", OWN_USER, None, Sid="Block")], ENABLE, "Action"),
        ([*grants(), EVERYTHING_WITH_MFA, deny("IAM:enablemfadevice", Sid="Block")], ENABLE, "Action"),
        (
            [*grants(), forcing(condition={"Null": {"aws:MultiFactorAuthAge": "true"}}, but=(ENABLE,), Sid="Block")],
            ENABLE,
            "NotAction",
        ),
    ],
)
def test_a_first_enrolment_that_is_denied_is_found(statements: list[Doc], call: str, word: str) -> None:
    report = walked(*statements)
    finding = the(report, RULE, "error")
    assert finding.message == f"nobody can enrol a first device: {call} is denied without MFA, and MFA needs a device"
    assert finding.params == {"call": call}
    assert finding.statement_sid == "Block"
    assert underlined(report, finding) == f'"{word}"'
    refused = [c for c in finding.trace if c.outcome == "refused"]
    assert call in {c.call for c in refused}
    if word == "NotAction":
        after = mended(report, finding)
        assert ("works", "virtual-any-name") in {
            (f.result, f.device) for f in after.flows if f.flow == "enrol-first-device"
        } or len(statements) == 2
    else:
        assert finding.repair is None


def test_the_missing_calls_are_put_into_a_list_or_make_a_list() -> None:
    for exempt in ("iam:ListMFADevices", ["iam:ListMFADevices"]):
        report = walked(*grants(), forcing(NotAction=exempt))
        after = mended(report, the(report, RULE)).policy
        assert [v.text for v in after.statements[-1].action.values] == [LIST, CREATE, ENABLE]
    report = walked(*grants(), forcing(NotAction=CREATE))
    after = mended(report, the(report, RULE)).policy
    assert [v.text for v in after.statements[-1].action.values] == [CREATE, ENABLE]


@pytest.mark.parametrize(
    "resource",
    [ANY_DEVICE, [ANY_DEVICE, "arn:aws:iam::*:u2f/*"], "arn:aws:iam::123456789012:mfa/*", "arn:aws-cn:iam::*:mfa/*"],
)
def test_enable_granted_on_devices_only_is_granted_nowhere(resource: Any) -> None:
    enable = allow([ENABLE, RESYNC], resource, Sid="OnDevices")
    report = walked(allow(CREATE, ANY_DEVICE), enable, forcing())
    finding = the(report, RULE, "error")
    assert "AWS asks for it on the user" in finding.message
    assert finding.statement_sid == "OnDevices"
    assert "mfa/" in underlined(report, finding)
    after = mended(report, finding)
    granted = [v.text for s in after.policy.statements for v in (s.resource.values if s.resource else ())]
    assert any(text.endswith(":user/${aws:username}") for text in granted)


@pytest.mark.parametrize(
    "statements",
    [
        [*grants(), forcing()],
        [*grants(), forcing(but=(CREATE,))],
        [forcing(but=(CREATE, ENABLE))],
        [deny("*")],
        [allow(LIST, OWN_USER), forcing(but=(CREATE, ENABLE))],
        [allow(CREATE, ANY_DEVICE), forcing()],
        [allow(ENABLE, OWN_USER), forcing()],
        grants(),
        [*grants(), EVERYTHING_WITH_MFA],
        [allow(CREATE, ANY_DEVICE), allow(ENABLE, [ANY_DEVICE, OWN_USER]), forcing()],
        [allow(CREATE, ANY_DEVICE), allow(ENABLE, ANY_DEVICE), allow("iam:*", OWN_USER), forcing()],
        [allow(["iam:*"], ANY_DEVICE), forcing()],
        [allow("*"), deny("ec2:TerminateInstances")],
        [allow("*")],
    ],
)
def test_it_is_silent_where_an_enrolment_works_or_is_not_decided_here(statements: list[Doc]) -> None:
    assert silent(walked(*statements), RULE)


def test_a_grant_for_security_keys_alone_is_so_on_purpose() -> None:
    fido = allow(ENABLE, OWN_USER, {"StringEquals": {"iam:RegisterSecurityKey": ["Create", "Activate"]}})
    report = walked(fido, forcing(but=(CREATE,)))
    assert ("works", "fido") in {(f.result, f.device) for f in report.flows if f.flow == "enrol-first-device"}
    assert silent(report, RULE)


def test_security_keys_that_are_denied_too_are_found() -> None:
    fido = allow(ENABLE, OWN_USER, {"StringEquals": {"iam:RegisterSecurityKey": ["Create", "Activate"]}})
    assert the(walked(fido, forcing(but=(ENABLE,))), RULE).params == {"call": ENABLE}


def test_what_another_policy_denies_is_said_without_a_place_here() -> None:
    report = walked(*grants(), EVERYTHING_WITH_MFA, beside=[forcing(but=(CREATE, ENABLE))])
    finding = the(report, RULE, "error")
    assert finding.statement_index is None
    assert finding.repair is None


def test_what_another_policy_grants_counts() -> None:
    only_on_devices = [allow(CREATE, ANY_DEVICE), allow(ENABLE, ANY_DEVICE), forcing()]
    assert silent(walked(*only_on_devices, beside=[allow(ENABLE, OWN_USER)]), RULE)


@pytest.mark.parametrize("kind", [Kind.BOUNDARY, Kind.SESSION, Kind.GROUP])
def test_it_is_found_whatever_the_file_is_attached_as(kind: Kind) -> None:
    report = walked(allow("*"), forcing(but=(CREATE, ENABLE)), kind=kind)
    mended(report, the(report, RULE, "error"))


def test_a_repair_does_not_hide_that_mfa_is_not_enforced() -> None:
    report = walked(*grants(), forcing(condition={"Bool": {PRESENT: "false"}}, but=(CREATE, ENABLE)))
    assert ("error", "mfa-not-enforced") in severities(report)


def test_enrolling_with_the_key_while_the_console_is_kept_out_works() -> None:
    """The key carries no value, so a Deny of `false` alone bears on the console only."""
    console = deny([CREATE, ENABLE], condition={"Bool": {PRESENT: "false"}})
    assert silent(walked(*grants(), forcing(), console), RULE)


def test_a_self_service_grant_that_needs_mfa_for_enabling_is_no_deny() -> None:
    assert silent(walked(allow(CREATE, ANY_DEVICE), allow(ENABLE, OWN_USER, WITH)), RULE)


TAGGED = {**WITHOUT, "StringNotEquals": {"aws:PrincipalTag/enrolment": "open"}}


@pytest.mark.parametrize(
    "condition",
    [
        TAGGED,
        {**WITHOUT, "NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "198.51.100.0/24"]}},
        {**WITHOUT, "StringNotLike": {"aws:PrincipalTag/enrolment": "open-*"}},
    ],
)
def test_it_is_silent_where_strangers_alone_are_kept_from_enrolling(condition: dict[str, object]) -> None:
    assert silent(walked(*grants(), forcing(), deny([CREATE, ENABLE], "*", condition)), RULE)
    assert silent(walked(forcing(), deny([CREATE, ENABLE], "*", condition), kind=Kind.SCP), RULE)


def test_a_narrowing_deny_excuses_no_other_one() -> None:
    assert the(walked(*grants(), forcing(but=(ENABLE,)), deny([CREATE, ENABLE], "*", TAGGED)), RULE, "error")
    assert the(walked(*grants(), forcing(), deny([ENABLE]), deny([CREATE], "*", TAGGED)), RULE, "error")


def test_a_time_that_has_come_for_everybody_is_no_excuse() -> None:
    over = {**WITHOUT, "DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}
    assert the(walked(*grants(), forcing(), deny([CREATE, ENABLE], "*", over)), RULE, "error")
