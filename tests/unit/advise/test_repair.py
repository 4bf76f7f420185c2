"""The smallest repair: what it writes, keeps, newly permits and refuses, and when it is not made."""

from __future__ import annotations

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
    OWN_DEVICE,
    OWN_USER,
    PRESENT,
    Doc,
    allow,
    deny,
    forcing,
    grants,
    options,
    policy,
)

import iamfa.advise.repair as room
from iamfa.advise.changes import edits_between
from iamfa.advise.check import check
from iamfa.advise.finding import Severity
from iamfa.advise.repair import RepairResult, repair
from iamfa.errors import EditError
from iamfa.policy.document import Kind
from iamfa.policy.edit import apply
from iamfa.policy.policy import Policy
from iamfa.policy.size import size

FOLDER = Path(__file__).parents[2] / "data" / "policies"
STORY_2 = FOLDER / "story-2-required-only.json"
STORY_3 = FOLDER / "story-3-repaired.jsonc"


def repaired(*statements: Doc, version: str | None = "2012-10-17", **more: object) -> RepairResult:
    kind = more.pop("kind", None)
    assert kind is None or isinstance(kind, Kind)
    asked = {name: more.pop(name) for name in ("rules", "hardened") if name in more}
    return repair(
        policy(*statements, version=version, kind=kind),
        options=options(kind=kind, **more),
        **asked,  # type: ignore[arg-type] # as named
    )


def mended(result: RepairResult) -> list[str]:
    return [f.rule for f in result.applied]


def judged(text: str) -> set[tuple[str, str]]:
    return {(f.severity.value, f.rule) for f in check(Policy.parse(text), options=options()).findings}


# The story ------------------------------------------------------------------------------------------------------------


def test_of_the_second_policy_line_16_changes_and_every_other_byte_stays() -> None:
    loaded = Policy.load(STORY_2)
    result = repair(loaded, options=options())
    before, after = STORY_2.read_bytes().splitlines(keepends=True), result.text.encode().splitlines(keepends=True)
    assert len(before) == len(after)
    assert [n for n, (old, new) in enumerate(zip(before, after, strict=True), start=1) if old != new] == [16]
    assert after[15] == before[15].replace(b"mfa/${aws:username}", b"mfa/*")
    assert result.changes
    assert mended(result) == ["device-name-tied-to-user"]
    assert apply(loaded.source.text, result.edits) == result.text
    (edit,) = result.edits
    assert (loaded.source.text[edit.start : edit.end], edit.text) == ("${aws:username}", "*")


def test_what_that_newly_permits_is_said() -> None:
    result = repair(Policy.load(STORY_2), options=options())
    assert result.newly_permits == (
        "iam:CreateVirtualMFADevice on devices under any other name, with or without MFA",
        "iam:DeleteVirtualMFADevice on devices under any other name, with or without MFA",
    )
    assert result.newly_refuses == ()


def test_the_finding_that_it_introduces_is_said() -> None:
    result = repair(Policy.load(STORY_2), options=options())
    assert [(f.severity.value, f.rule) for f in result.introduced] == [("warning", "delete-devices-without-mfa")]
    assert {f.rule for f in result.remaining if f.severity is Severity.WARNING} == {
        "deactivate-without-mfa", "delete-devices-without-mfa",
    }  # fmt: skip
    assert result.refused is None


def test_hardened_demands_mfa_for_what_a_key_alone_could_destroy() -> None:
    result = repair(Policy.load(STORY_2), options=options(), hardened=True)
    assert mended(result)[0] == "device-name-tied-to-user"
    assert set(mended(result)[1:]) == {"delete-devices-without-mfa", "deactivate-without-mfa"}
    assert not {severity for severity, _ in judged(result.text)} & {"error", "warning"}
    assert "iam:DeactivateMFADevice on the own user, without MFA" in result.newly_refuses
    assert "iam:DeactivateMFADevice, without MFA, where something grants it" in result.newly_refuses
    assert "iam:DeleteVirtualMFADevice on the device under the own name, without MFA" in result.newly_refuses
    assert "iam:DeleteVirtualMFADevice on devices under any other name, with MFA" in result.newly_permits
    assert [f.rule for f in result.introduced] == ["abandoned-device-blocks-name"]


def test_the_comment_of_the_third_policy_survives() -> None:
    text = STORY_3.read_text(encoding="utf-8")
    assert repair(Policy.load(STORY_3), options=options()).text == text
    hardened = repair(Policy.load(STORY_3), options=options(), hardened=True)
    assert hardened.changes
    assert "// any device name" in hardened.text
    dropped = [line for line in text.splitlines() if line not in hardened.text.splitlines()]
    assert dropped == []
    assert len(text.splitlines()) - len(hardened.text.splitlines()) == 2


def test_the_first_policy_needs_one_word_too() -> None:
    result = repair(Policy.load(FOLDER / "story-1-outdated.json"), options=options())
    assert mended(result) == ["device-name-tied-to-user"]
    assert len(result.edits) == 1
    assert result.introduced == ()


def test_the_deny_of_the_knowledge_centre_is_made_to_bear_on_keys() -> None:
    result = repair(Policy.load(FOLDER / "aws-p5a.json"), options=options())
    assert mended(result) == ["mfa-not-enforced"]
    assert result.newly_refuses == (
        "everything that no list names, with an access key alone, where something grants it",
    )
    assert not {severity for severity, _ in judged(result.text)} & {"error", "warning"}


# Which findings -------------------------------------------------------------------------------------------------------


def test_errors_only_unless_more_is_asked() -> None:
    statements = (*grants(create=OWN_DEVICE), forcing("s3:GetObject"))
    assert mended(repaired(*statements)) == ["device-name-tied-to-user"]
    assert sorted(mended(repaired(*statements, hardened=True))) == ["device-name-tied-to-user", "exempt-too-broad"]


def test_rules_choose_whatever_their_severity() -> None:
    statements = (*grants(create=OWN_DEVICE), forcing("s3:GetObject"))
    assert mended(repaired(*statements, rules=["exempt-too-broad"])) == ["exempt-too-broad"]
    only_path = repaired(*statements, rules=["user-path-not-matched"])
    assert mended(only_path) == ["user-path-not-matched"]
    assert only_path.newly_permits == tuple(
        f"{action} on the own user, if he has a path, with or without MFA"
        for action in (ENABLE, LIST, "iam:ResyncMFADevice")
    )
    assert not repaired(*statements, rules=[]).changes


def test_where_nothing_is_wrong_nothing_changes() -> None:
    result = repaired(*grants(), forcing())
    assert not result.changes
    assert (result.edits, result.applied, result.newly_permits, result.newly_refuses) == ((), (), (), ())
    assert result.introduced == ()
    assert result.refused is None
    assert result.text == result.policy.source.text


def test_several_errors_are_mended_one_after_another() -> None:
    result = repaired(
        *grants(create=OWN_DEVICE),
        forcing("iam:CreateUser", "iam:AttachUserPolicy", condition={"Bool": {PRESENT: "false"}}),
    )
    assert set(mended(result)) == {"device-name-tied-to-user", "mfa-not-enforced", "exempt-takes-over"}
    assert not [f for f in result.remaining if f.severity is Severity.ERROR]
    assert len(result.edits) == 3


def test_a_silenced_finding_is_not_mended() -> None:
    comment = "// iamfa: ignore[device-name-tied-to-user] on purpose\n"
    line = '      "Resource": "arn:aws:iam::*:mfa/'
    text = policy(*grants(create=OWN_DEVICE), forcing()).text.replace(line, comment + line)
    assert comment in text
    result = repair(Policy.parse(text), options=options())
    assert not result.changes


def test_a_version_that_is_missing_and_a_name_that_is_tied_are_both_mended() -> None:
    for version in (None, "2008-10-17"):
        result = repaired(*grants(create=OWN_DEVICE), forcing(), version=version)
        assert not [f for f in result.remaining if f.severity is Severity.ERROR], result.refused
        assert Policy.parse(result.text).document.version == "2012-10-17"
        assert ANY_DEVICE in result.text


# When it is not made --------------------------------------------------------------------------------------------------


def test_a_repair_that_would_add_an_error_is_not_made_and_says_so() -> None:
    result = repaired(*grants(), forcing(NotAction=["iam:*", "sts:GetSessionToken"]))
    assert not result.changes
    assert result.applied == ()
    assert result.refused is not None
    assert result.refused.startswith("the repair of exempt-takes-over would add cannot-enrol: nobody can enrol")
    assert "exempt-takes-over" in {f.rule for f in result.remaining}


def test_a_repair_that_would_burst_the_quota_is_not_made() -> None:
    def filled(length: int) -> tuple[Doc, ...]:
        return (*grants(), allow("s3:ListBucket", "arn:aws:s3:::" + "x" * length), forcing(but=(ENABLE, CREATE)))

    room = 2_048 - size(policy(*filled(0)), Kind.USER)
    assert mended(repaired(*filled(room - 60), kind=Kind.USER)) == ["cannot-enrol"]
    result = repaired(*filled(room), kind=Kind.USER)
    assert not result.changes
    assert result.refused is not None
    assert "would add policy-too-large" in result.refused


def test_a_repair_that_would_bear_on_whoever_showed_mfa_is_not_made() -> None:
    statements = (
        *grants(), forcing(condition={"Bool": {PRESENT: "true"}, "NumericGreaterThan": {AGE: "3600"}})
    )  # fmt: skip
    result = repaired(*statements)
    assert not result.changes
    assert result.refused is not None
    assert "would add mfa-turned-round" in result.refused


def test_a_repair_that_does_not_mend_is_not_made() -> None:
    """The entry goes, and a pattern beside it exempts the action all the same."""
    result = repaired(*grants(), allow(DEACTIVATE, OWN_USER), forcing(DEACTIVATE, "iam:Deactivate*"), hardened=True)
    assert not result.changes
    assert result.refused == "the repair of deactivate-without-mfa does not mend it"


def test_what_could_not_be_mended_before_another_repair_is_mended_after_it() -> None:
    text = (
        '{"Version": "2008-10-17", "Statement": ['
        '{"Effect": "Allow", "Action": ["iam:CreateVirtualMFADevice"], "Resource": "arn:aws:iam::*:mfa/*"}, '
        '{"Effect": "Allow", "Action": ["iam:EnableMFADevice", "iam:ListMFADevices"], '
        '"Resource": "arn:aws:iam::*:user/${aws:username}"}, '
        '{"Effect": "Deny", "NotAction": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice"], "Resource": "*", '
        '"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]}'
    )
    once = repair(Policy.parse(text), options=options())
    assert set(mended(once)) == {"variables-in-old-version", "mfa-turned-round"}
    assert once.refused is None
    assert not repair(once.policy.with_text(once.text), options=options()).changes


def test_one_that_cannot_be_made_does_not_keep_others_from_being_made() -> None:
    result = repaired(*grants(create=OWN_DEVICE), forcing("iam:*", NotAction=["iam:*", "sts:GetSessionToken"]))
    assert mended(result) == ["device-name-tied-to-user"]
    assert result.refused is not None


def test_a_finding_without_a_repair_stays() -> None:
    result = repaired(*grants(), deny("*"))
    assert not result.changes
    assert {f.rule for f in result.remaining} >= {"cannot-enrol"}
    assert result.refused is None


# In words -------------------------------------------------------------------------------------------------------------


def test_what_a_grant_loses_is_said_with_the_kinds_that_lose_it() -> None:
    result = repaired(*grants(), allow("*", "*", {"BoolIfExists": {PRESENT: "true"}}))
    assert result.newly_refuses == ("everything that no list names, with an access key alone",)
    result = repaired(*grants(), allow("*", "*", {"Null": {PRESENT: "false"}}))
    assert result.newly_refuses == (
        "everything that no list names, with a session token obtained without MFA or a console session without MFA",
    )


def test_a_condition_turned_back_permits_with_mfa_and_refuses_without() -> None:
    result = repaired(*grants(), forcing(condition={"Bool": {PRESENT: "true"}}))
    assert result.newly_permits == ("everything that no list names, with MFA, where something grants it",)
    assert result.newly_refuses == ("everything that no list names, without MFA, where something grants it",)


def test_actions_that_are_taken_out_are_listed_or_counted() -> None:
    many = [f"sqs:{name}" for name in ("SendMessage", "ReceiveMessage", "DeleteMessage", "PurgeQueue", "CreateQueue")]
    result = repaired(*grants(), allow(many), forcing(*many), hardened=True)
    assert result.newly_refuses == (
        "sqs:SendMessage, sqs:ReceiveMessage, sqs:DeleteMessage, sqs:PurgeQueue and 1 more, without MFA",
    )


def test_policies_given_besides_count_for_what_is_permitted() -> None:
    beside = [allow(CREATE, OWN_DEVICE), allow(DELETE, ANY_DEVICE)]
    result = repaired(*grants(create=OWN_DEVICE), forcing(), beside=beside)
    assert result.newly_permits == ("iam:CreateVirtualMFADevice on devices under any other name, with or without MFA",)


def test_a_boundary_is_repaired_as_one() -> None:
    result = repaired(*grants(create=OWN_DEVICE), EVERYTHING_WITH_MFA, kind=Kind.BOUNDARY)
    assert mended(result) == ["device-name-tied-to-user"]
    assert result.newly_permits == ("iam:CreateVirtualMFADevice on devices under any other name, without MFA",)


# Texts ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_ends_stay(newline: str) -> None:
    text = STORY_2.read_text(encoding="utf-8").replace("\n", newline)
    result = repair(Policy.parse(text), options=options())
    assert result.text == text.replace("mfa/${aws:username}", "mfa/*")


def test_a_policy_in_one_line_changes_in_place() -> None:
    text = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:CreateVirtualMFADevice"],"Resource":"arn:aws:iam::*:mfa/${aws:username}"}]}'  # noqa: E501 # in one line on purpose
    result = repair(Policy.parse(text), options=options())
    assert result.text == text.replace("${aws:username}", "*")
    assert len(result.edits) == 1


@pytest.mark.parametrize(
    ("before", "after", "edits"),
    [
        ("", "", []),
        ("a\nb\n", "a\nb\n", []),
        ("a\nb\nc\n", "a\nB\nc\n", [("b", "B")]),
        ("a\nb\nc\n", "a\nc\n", [("b\n", "")]),
        ("a\nc\n", "a\nb\nc\n", [("", "b\n")]),
        ("one two\nsame\nred\n", "one 2\nsame\nblue\n", [("two", "2"), ("red", "blue")]),
        ("aaa", "aa", [("a", "")]),
        ("", "x", [("", "x")]),
    ],
)
def test_the_difference_of_two_texts_is_the_least_of_each_line(
    before: str, after: str, edits: list[tuple[str, str]]
) -> None:
    found = edits_between(before, after)
    assert apply(before, found) == after
    assert [(before[e.start : e.end], e.text) for e in found] == edits


def test_edits_that_cannot_be_written_are_not_made_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(text: str, edits: object) -> str:
        raise EditError("two edits overlap at 1")

    monkeypatch.setattr(room, "apply", refuse)
    result = repaired(*grants(create=OWN_DEVICE), forcing())
    assert not result.changes
    assert result.refused == "the repair of device-name-tied-to-user cannot be written into this text"


def test_the_rounds_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_MOST_ROUNDS", 1)
    result = repaired(*grants(create=OWN_DEVICE), forcing("iam:CreateUser"))
    assert len(result.applied) == 1
    assert {f.rule for f in result.remaining if f.severity is Severity.ERROR}
