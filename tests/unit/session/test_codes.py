"""Codes out of what a source gives, and sources that have none."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from iamfa.secret import Secret
from iamfa.session.codes import CodeFromCommand, CodeSourceError, GivenCode, NoCodes, Question, Ran, code_in

QUESTION = Question("123456789012", "alice", "arn:aws:iam::123456789012:mfa/phone", "phone", "work")


@pytest.mark.parametrize("text", ["123456", " 123456\n", "123 456", "\t12 34 56\r\n"])
def test_blanks_are_left_out_as_apps_show_them(text: str) -> None:
    assert code_in(text, "x").reveal() == "123456"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "gave no code"),
        (" \n", "gave no code"),
        ("12345", "gave 5 digits instead of a code"),
        ("1234567", "gave 7 digits instead of a code"),
        ("hunter2", "gave something else"),
        ("１２３４５６", "gave 6 digits"),
        ("ccccccbcgujhingjrdejhgfnuetrgigvejhhgbkugded", "a YubiKey types when it is touched"),
        ("CCCCCCBCGUJHINGJRDEJHGFNUETRGIGVEJHHGBKUGDED", "a YubiKey types when it is touched"),
    ],
)
def test_what_is_no_code_is_told_apart_and_never_quoted(text: str, words: str) -> None:
    with pytest.raises(CodeSourceError) as told:
        code_in(text, "the source")
    assert told.value.message.startswith("the source gave")
    assert words in told.value.message
    assert not text.strip() or text not in told.value.message + str(told.value.hint)


def test_a_code_that_was_handed_over_is_to_be_had_once() -> None:
    given = GivenCode(Secret("123456"))
    assert given.code(QUESTION).reveal() == "123456"
    assert (given.again, given.here, given.words) == (False, False, "`--token-code`")


def command(ran: Ran) -> CodeFromCommand:
    def run(asked: str | Sequence[str]) -> Ran:
        assert asked == "vault code"
        return ran

    return CodeFromCommand("vault code", run, "`mfa_process` of profile `work`")


def test_the_last_line_of_a_command_is_the_code() -> None:
    source = command(Ran(0, Secret("touch it\n\n654321\n\n"), ""))
    assert source.code(QUESTION).reveal() == "654321"
    assert (source.again, source.here, source.words) == (True, True, "`mfa_process` of profile `work`")


@pytest.mark.parametrize(
    ("ran", "message"),
    [
        (Ran(3, Secret("123456"), "it is\n locked"), "ended with code 3: it is locked"),
        (Ran(1, Secret(""), ""), "ended with code 1"),
        (Ran(0, Secret(""), "no touch"), "gave no code"),
    ],
)
def test_a_command_without_a_code_says_where_it_stands(ran: Ran, message: str) -> None:
    with pytest.raises(CodeSourceError) as told:
        command(ran).code(QUESTION)
    assert told.value.message == f"the command of `mfa_process` of profile `work` {message}"


def test_where_nobody_can_be_asked_the_command_to_run_is_told() -> None:
    nobody = NoCodes("there is no terminal to ask on")
    with pytest.raises(CodeSourceError) as told:
        nobody.code(QUESTION)
    assert "an MFA code of device `phone` is needed, and there is no terminal to ask on" in told.value.message
    assert told.value.hint == "run `iamfa login --profile work` in a terminal"
    assert (nobody.again, nobody.here, nobody.words) == (False, False, "nobody")
