"""The table of flows, its list on narrow paper, and the attacks in a line each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iamfa.lifecycle.result import AttackResult, AttackVariant, Call, FlowResult, RefusedBy
from iamfa.report.calls_text import refused_by, trace_lines
from iamfa.report.flows_text import attack_lines, flow_lines
from iamfa.report.paper import Paper, plain

CREATE = Call("iam:CreateVirtualMFADevice", "arn:aws:iam::123456789012:mfa/x", "long-term-key", "ok")
ENABLE = Call("iam:EnableMFADevice", "arn:aws:iam::123456789012:user/own-user", "long-term-key", "ok")


def refused(by: RefusedBy | None, message: str | None = None, *, granted: bool = True) -> Call:
    """The refused call."""
    return replace(CREATE, outcome="refused", by=by, message=message, granted=granted)


BY_STATEMENT = refused(RefusedBy("identity[0]", 0, "Own"), "User: x is not authorized")
BY_DENY = refused(RefusedBy("identity[0]", 1, None), "User: x is not authorized … with an explicit deny in a policy")
BY_AWS = refused(RefusedBy(platform="own-device-needs-existing-mfa"), "To complete this action …")

FLOWS = (
    FlowResult("enrol-first-device", "long-term-key", "virtual-any-name", "blocked", (BY_STATEMENT,)),
    FlowResult("enrol-first-device", "long-term-key", "virtual-own-name", "works", (CREATE, ENABLE)),
    FlowResult("enrol-first-device", "long-term-key", "hardware", "works", (ENABLE,)),
    FlowResult("enrol-first-device", "console", "virtual-any-name", "blocked", (BY_STATEMENT,)),
    FlowResult("enrol-first-device", "console", "fido", "blocked", (BY_DENY,)),
    FlowResult("work-with-mfa", "token-mfa", None, "not_decided", (), None, "somebody must grant it"),
    FlowResult("work-with-mfa", "console-mfa", None, "not_decided", (), None, "somebody must grant it"),
    FlowResult("list-own-devices", "long-term-key", None, "works", (ENABLE,)),
    FlowResult("list-own-devices", "token-mfa", None, "blocked", ()),
    FlowResult(
        "retry-abandoned-enrolment", "console", "virtual-own-name", "depends", (), "console-deletes-unassigned", "if so"
    ),
)


def test_the_table_has_a_row_for_each_credential_and_a_column_for_each_device() -> None:
    assert plain(flow_lines(Paper(80), FLOWS)).splitlines() == [
        "",
        "which flows work               with           any name own name hardware FIDO     ",
        "  enrol-first-device           long-term-key  ✗ [1]    ✓        ✓                 ",
        "                               console        ✗ [1]                      ✗ [2]    ",
        "  work-with-mfa                token-mfa, console-mfa  – [3]",
        "  list-own-devices             long-term-key  ✓",
        "                               token-mfa  ✗ [4]",
        "  retry-abandoned-enrolment    console                 ? [5]                      ",
        "  ✓ works ✗ blocked ? depends – not decided here",
        "  [1] iam:CreateVirtualMFADevice: `Own` does not reach it",
        "  [2] iam:CreateVirtualMFADevice: denied by `statement 2`",
        "  [3] somebody must grant it",
        "  [4] no call leads there",
        "  [5] console-deletes-unassigned: if so",
    ]


def test_narrow_paper_without_signs_has_a_list_that_says_the_same() -> None:
    assert plain(flow_lines(Paper(60, unicode=False), FLOWS)).splitlines()[:12] == [
        "",
        "which flows work",
        "  enrol-first-device",
        "    long-term-key: any name x [1] own name + hardware +",
        "    console: any name x [1] FIDO x [2]",
        "  work-with-mfa",
        "    token-mfa, console-mfa: - [3]",
        "  list-own-devices",
        "    long-term-key: +",
        "    token-mfa: x [4]",
        "  retry-abandoned-enrolment",
        "    console: own name ? [5]",
    ]


def test_without_flows_or_attacks_there_is_nothing() -> None:
    assert plain(flow_lines(Paper(), ())) == ""
    assert plain(attack_lines(Paper(), ())) == ""


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (BY_STATEMENT, "`Own` does not reach it"),
        (BY_DENY, "denied by `statement 2`"),
        (BY_AWS, "AWS's own rule own-device-needs-existing-mfa"),
        (refused(None), "no statement allows it"),
        (refused(None, granted=False), "nothing that was read grants it"),
        (refused(RefusedBy("scp")), "no service control policy allows it"),
        (refused(RefusedBy("boundary[0]")), "no permissions boundary allows it"),
        (refused(RefusedBy(None)), "no policy allows it"),
    ],
)
def test_who_refuses_is_named(call: Call, words: str) -> None:
    assert refused_by(Paper(), call) == words


def test_a_trace_is_numbered_and_its_refusal_in_the_words_of_aws() -> None:
    assert plain(trace_lines(Paper(200), (CREATE, BY_AWS, refused(None)), "  ")).splitlines() == [
        "  1. iam:CreateVirtualMFADevice on arn:aws:iam::123456789012:mfa/x with an access key alone: ok",
        "  2. iam:CreateVirtualMFADevice on arn:aws:iam::123456789012:mfa/x with an access key alone:",
        "     refused: To complete this action … (AWS's own rule own-device-needs-existing-mfa)",
        "  3. iam:CreateVirtualMFADevice on arn:aws:iam::123456789012:mfa/x with an access key alone:",
        "     refused: no statement allows it",
    ]


def test_a_credential_that_is_in_no_table_is_named_as_it_is() -> None:
    assert "with a passport: ok" in plain(trace_lines(Paper(200), (replace(CREATE, credential="a passport"),)))


FRESH = AttackVariant("no device", "succeeds", (CREATE, ENABLE))
BROAD = AttackVariant("a broadly allowed one", "succeeds", (ENABLE,))
TOKEN = AttackVariant("a hardware token", "stopped", (BY_AWS,))
DEVICE = AttackVariant("a device", "succeeds", (CREATE,))
ATTACKS = (
    AttackResult("leaked-key-of-fresh-user", "succeeds", (CREATE, ENABLE), None, (FRESH,)),
    AttackResult("leaked-key-of-enrolled-user", "succeeds", (CREATE,), None, (TOKEN, DEVICE)),
    AttackResult("leaked-key-of-enrolled-user", "stopped", (CREATE, BY_AWS)),
    AttackResult("stolen-password", "depends", (), "console-deletes-unassigned"),
    AttackResult("neighbour", "not_decided", (ENABLE,), None, (BROAD,)),
    AttackResult("neighbour", "stopped", ()),
)


def test_each_attack_is_one_line_that_says_how() -> None:
    assert plain(attack_lines(Paper(120), ATTACKS)).splitlines() == [
        "",
        "who could get in",
        "  leaked-key-of-fresh-user     succeeds: CreateVirtualMFADevice, EnableMFADevice",
        "  leaked-key-of-enrolled-user  succeeds: with a device: CreateVirtualMFADevice",
        "  leaked-key-of-enrolled-user  stopped: iam:CreateVirtualMFADevice is refused, AWS's own rule",
        "                               own-device-needs-existing-mfa",
        "  stolen-password              depends: on the assumption console-deletes-unassigned",
        "  neighbour                    not decided here: it would succeed for a broadly allowed one (EnableMFADevice)",
        "  neighbour                    stopped: no call leads there",
    ]


def test_what_an_attack_hangs_on_is_told_in_its_line() -> None:
    attacks = (
        AttackResult("stolen-mfa-session", "depends", (CREATE,), None, (DEVICE,), "0 to 300 seconds after the code"),
        AttackResult("lift-enforcement", "not_decided", (BY_STATEMENT,), None, (TOKEN,), "only if another file grants"),
        AttackResult("guess-the-code", "stopped", (), None, (TOKEN,), "AWS limits wrong codes, as assumed"),
    )
    assert plain(attack_lines(Paper(120), attacks)).splitlines()[2:] == [
        "  stolen-mfa-session           depends: 0 to 300 seconds after the code",
        "  lift-enforcement             not decided here: only if another file grants",
        "  guess-the-code               stopped: AWS limits wrong codes, as assumed",
    ]


def test_every_variant_s_calls_are_shown_when_asked_for() -> None:
    shown = plain(attack_lines(Paper(120), ATTACKS[1:2], verbose=True)).splitlines()
    assert shown[3:] == [
        "      a hardware token: stopped",
        "        1. iam:CreateVirtualMFADevice on arn:aws:iam::123456789012:mfa/x with an access key alone:",
        "           refused: To complete this action … (AWS's own rule own-device-needs-existing-mfa)",
        "      a device: succeeds",
        "        1. iam:CreateVirtualMFADevice on arn:aws:iam::123456789012:mfa/x with an access key alone: ok",
    ]


def test_narrow_paper_keeps_the_attacks_readable() -> None:
    assert all(len(each) <= 60 for each in plain(attack_lines(Paper(60), ATTACKS)).splitlines())
