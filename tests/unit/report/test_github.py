"""Annotations: one line each, read back as GitHub's runner reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from iamfa.advise.finding import Finding, Report, Severity
from iamfa.errors import Fault
from iamfa.policy.document import Span
from iamfa.policy.forms import read_documents
from iamfa.policy.policy import Policy
from iamfa.policy.source import Source
from iamfa.report.github import annotation_lines
from iamfa.report.judged import Judged

POLICY = Policy.parse('{"Version": "2012-10-17",\n "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}')
AT = POLICY.source.text.index('"*"')
FINDING = Finding("exempt-too-broad", Severity.ERROR, "wrong", span=Span(AT, AT + 3))
JUDGED = Judged("p.json", POLICY.source, None, Report(POLICY, "other", "other", (FINDING,), (), ()))

COMMAND = re.compile(r"::(?P<level>error|warning|notice) (?P<properties>[^:]*)::(?P<message>.*)")


def read_back(*judged: Judged, folder: str = "/repository") -> Iterator[dict[str, Any]]:
    """What the runner makes of the lines: split at the first `::` behind the properties, then unescaped."""
    for line in annotation_lines(judged, folder):
        assert "\n" not in line and "\r" not in line
        match = COMMAND.fullmatch(line)
        assert match is not None, line
        pairs = (each.split("=", 1) for each in match["properties"].split(","))
        found = {name: value.replace("%3A", ":").replace("%2C", ",") for name, value in pairs}
        found = {name: unescaped(value) for name, value in found.items()}
        yield {"level": match["level"], "message": unescaped(match["message"]), **found}


def unescaped(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def of(finding: Finding) -> Judged:
    assert JUDGED.report is not None
    return replace(JUDGED, report=replace(JUDGED.report, findings=(finding,)))


@pytest.mark.parametrize(
    "words",
    [
        "50% off",
        "%0A is no line",
        "a, b: c",
        "first\nsecond",
        "::error file=x::forged",
        "a::b",
        "100%25",
        "ends with %",
    ],
)
def test_every_message_comes_back_as_it_was(words: str) -> None:
    (found,) = read_back(of(replace(FINDING, message=words)))
    assert found["message"] == words
    (found,) = read_back(of(replace(FINDING, notes=(words,))))
    assert found["message"] == f"wrong\n{words}"


@pytest.mark.parametrize(
    "name", ["a,b.json", "a:b.json", "50%.json", "a b's.json", "a%2Cb.json", "a\nb.json", "ä.json"]
)
def test_every_file_name_comes_back_as_it_was(name: str) -> None:
    (found,) = read_back(replace(JUDGED, path=name))
    assert (found["file"], found["line"], found["col"]) == (name, "2", "45")


def test_a_line_that_a_policy_smuggles_in_starts_no_command() -> None:
    words = "a\r\n::set-output name=x::y\x1b"
    (line,) = annotation_lines([of(replace(FINDING, message=words))])
    assert line.endswith("::a\\x0d%0A::set-output name=x::y\\x1b")


@pytest.mark.parametrize(
    ("path", "file"),
    [("./p.json", "p.json"), ("/repository/a/p.json", "a/p.json"), ("/elsewhere/p.json", "/elsewhere/p.json")],
)
def test_files_are_named_from_the_root_of_the_repository(path: str, file: str) -> None:
    (found,) = read_back(replace(JUDGED, path=path))
    assert found["file"] == file


def test_standard_input_is_no_file() -> None:
    (found,) = read_back(replace(JUDGED, path="-"))
    assert found == {"level": "error", "title": "exempt-too-broad", "message": "wrong"}


def test_a_policy_inside_a_dump_is_named_and_stands_where_the_dump_has_it() -> None:
    text = """{"UserDetailList": [{"UserName": "a,b", "UserPolicyList": [{"PolicyName": "x",
      "PolicyDocument": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*",
      "Resource": "*"}}}]}]}"""
    (document,) = read_documents(text, "dump.json")
    assert document.policy is not None
    at = text.index('"Action"')
    report = Report(document.policy, "other", "other", (replace(FINDING, span=Span(at, at + 8)),), (), ())
    (found,) = read_back(Judged("dump.json", document.policy.source, document.name, report))
    assert found["message"] == "user/a,b/inline/x: wrong"
    assert (found["line"], found["col"]) == ("2", str(at - text.index("\n")))


def test_text_inside_a_file_has_no_line() -> None:
    (found,) = read_back(replace(JUDGED, in_place=False, name="user/x"))
    assert set(found) == {"level", "file", "title", "message"}
    assert found["message"] == "user/x, line 2 of its text: wrong"
    (found,) = read_back(replace(JUDGED, in_place=False))
    assert found["message"] == "line 2 of its text: wrong"


def test_a_policy_without_a_verdict_is_not_called_invalid() -> None:
    fault = Fault(1, 1, "too large", "cut it")
    large = Judged("p.json", Source("{}"), None, None, (fault,), unjudged=True)
    assert [each["title"] for each in read_back(large, replace(large, unjudged=False))] == [
        "no verdict",
        "invalid policy",
    ]


def test_a_remark_tells_what_to_do() -> None:
    report = Report(POLICY, "other", "other", (), (), (), faults=(Fault(2, 1, "silences nothing", "take it away"),))
    (found,) = read_back(replace(JUDGED, report=report))
    assert (found["level"], found["message"]) == ("notice", "silences nothing\ntake it away")
