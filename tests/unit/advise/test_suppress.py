"""`// iamfa: ignore[rule-id] reason` silences one finding there; one without a reason, or of no use, is reported."""

from __future__ import annotations

import pytest
from tests.unit.advise.judged import judge_text

from iamfa.advise.finding import Report

NAME, PATH = "device-name-tied-to-user", "user-path-not-matched"

TEXT = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Create",
      "Effect": "Allow",
      "Action": "iam:CreateVirtualMFADevice",
      @above@
      "Resource": "arn:aws:iam::*:mfa/${aws:username}"@on@
    },
    {
      "Effect": "Allow",
      "Action": ["iam:EnableMFADevice", "iam:ListMFADevices"],
      "Resource": "arn:aws:iam::*:user/${aws:username}"@path@
    }
  ]
}
"""


def report(above: str = "// nothing", on: str = "", path: str = "", **more: object) -> Report:
    return judge_text(TEXT.replace("@above@", above).replace("@on@", on).replace("@path@", path), None, **more)


def said(found: Report) -> set[str]:
    return {f.rule for f in found.findings}


def silenced(found: Report) -> list[str]:
    return [f.rule for f in found.suppressed]


def test_without_a_comment_both_are_said() -> None:
    found = report()
    assert {NAME, PATH} <= said(found)
    assert found.suppressed == ()
    assert found.faults == ()


@pytest.mark.parametrize(
    "comment",
    [
        f"// iamfa: ignore[{NAME}] we name devices so",
        f"//iamfa: ignore[{NAME}]: we name devices so",
        f"/* iamfa: ignore[{NAME}] we name devices so */",
        f"/* iamfa: ignore[ {NAME} ] we name devices so\n   and have for years */",
        f"// iamfa: ignore[{NAME}] we name devices so\n      // and have for years",
        f"// long ago\n      // iamfa: ignore[{NAME}] we name devices so\n      /* really */ // yes",
        f"/*\n  iamfa: ignore[{NAME}] we name devices so\n*/",
    ],
)
def test_a_comment_with_a_reason_above_the_line_silences_the_finding(comment: str) -> None:
    found = report(above=comment)
    assert silenced(found) == [NAME]
    assert NAME not in said(found)
    assert PATH in said(found)
    assert found.faults == ()


@pytest.mark.parametrize("comment", [f" // iamfa: ignore[{NAME}] reason", f" /* iamfa: ignore[{NAME}] reason */"])
def test_a_comment_with_a_reason_on_the_line_silences_the_finding(comment: str) -> None:
    found = report(on=comment)
    assert silenced(found) == [NAME]
    assert found.faults == ()


def test_a_comment_behind_something_on_the_line_before_is_that_line_s_own() -> None:
    found = report(above=f'"Sid2": "x", // iamfa: ignore[{NAME}] reason'.replace('"Sid2": "x",', ""))
    assert silenced(found) == [NAME]
    text = TEXT.replace("@above@", "").replace("@on@", "").replace("@path@", "")
    behind = text.replace('"iam:CreateVirtualMFADevice",', f'"iam:CreateVirtualMFADevice", // iamfa: ignore[{NAME}] no')
    found = judge_text(behind)
    assert NAME in said(found)
    assert [f.message for f in found.faults] == [f"ignoring `{NAME}` silences nothing here"]


def test_an_empty_line_ends_what_stands_above() -> None:
    found = report(above=f"// iamfa: ignore[{NAME}] reason\n\n")
    assert NAME in said(found)
    assert len(found.faults) == 1


@pytest.mark.parametrize("reason", ["", "   ", ":", " : "])
def test_a_comment_without_a_reason_silences_nothing_and_is_reported(reason: str) -> None:
    found = report(above=f"// iamfa: ignore[{NAME}]{reason}")
    assert NAME in said(found)
    (fault,) = found.faults
    assert (fault.line, fault.column) == (8, 7)
    assert fault.message == f"ignoring `{NAME}` needs a reason"
    assert fault.hint == "write it behind the bracket"


def test_a_block_comment_without_a_reason_is_reported_too() -> None:
    assert [f.message for f in report(above=f"/* iamfa: ignore[{NAME}] */").faults] == [
        f"ignoring `{NAME}` needs a reason"
    ]


def test_an_unused_comment_is_reported() -> None:
    found = report(path=f" // iamfa: ignore[{NAME}] reason")
    assert NAME in said(found)
    (fault,) = found.faults
    assert fault.line == 14
    assert fault.message == f"ignoring `{NAME}` silences nothing here"
    assert fault.hint is not None


def test_a_second_comment_for_the_same_finding_is_unused() -> None:
    found = report(above=f"// iamfa: ignore[{NAME}] one", on=f" // iamfa: ignore[{NAME}] two")
    assert silenced(found) == [NAME]
    assert len(found.faults) == 1


def test_a_rule_that_does_not_exist_is_reported() -> None:
    (fault,) = report(above="// iamfa: ignore[device-name] reason").faults
    assert fault.message == "`device-name` is no rule"
    assert fault.hint == "`iamfa rules` lists them"


@pytest.mark.parametrize("behind", ["", " device-name", "[]  reason", "[ , ] reason", "[device-name-tied reason"])
def test_a_comment_that_names_no_rule_is_reported(behind: str) -> None:
    (fault,) = report(above=f"// iamfa: ignore{behind}").faults
    assert fault.message == "the comment names no rule"
    assert fault.hint == "write `// iamfa: ignore[rule-id] reason`"


def test_several_rules_in_one_comment_each_count() -> None:
    text = TEXT.replace("      @above@\n", "").replace("@on@", "").replace("@path@", "").replace("\n", " ")
    found = judge_text(f"// iamfa: ignore[{NAME}, {PATH}] one line for all\n{text}")
    assert set(silenced(found)) >= {NAME, PATH}
    assert not {NAME, PATH} & said(found)
    assert found.faults == ()
    half = report(above=f"// iamfa: ignore[{NAME},{PATH}] reason")
    assert silenced(half) == [NAME]
    assert [f.message for f in half.faults] == [f"ignoring `{PATH}` silences nothing here"]


def test_several_faults_come_in_the_order_of_the_text() -> None:
    found = report(
        above="// iamfa: ignore[zzz] reason", on=f" // iamfa: ignore[{PATH}] reason", path=" // iamfa: ignore"
    )
    assert [f.line for f in found.faults] == sorted(f.line for f in found.faults)
    assert len(found.faults) == 3


def test_a_comment_for_a_rule_that_was_not_asked_is_not_called_unused() -> None:
    assert report(above=f"// iamfa: ignore[{NAME}] reason", ignore=frozenset({NAME})).faults == ()
    assert report(above=f"// iamfa: ignore[{NAME}] reason", select=frozenset({PATH})).faults == ()


def test_a_finding_about_the_whole_file_is_silenced_on_the_first_line() -> None:
    resources = ", ".join(f'"arn:aws:s3:::bucket/{number:060}"' for number in range(100))
    text = f"""// iamfa: ignore[policy-too-large] split next week
{{"Version": "2012-10-17", "Statement": [{{"Effect": "Deny", "Action": "s3:GetObject", "Resource": [{resources}],
  "Condition": {{"BoolIfExists": {{"aws:MultiFactorAuthPresent": "false"}}}}}}]}}"""
    assert silenced(judge_text(text)) == ["policy-too-large"]


def test_words_that_are_no_such_comment_are_let_be() -> None:
    assert report(above="// iamfa is nice, ignore this").faults == ()
