"""What a baseline records is known; a second one like it, and one that has become worse, are not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from iamfa.advise.baseline import Known, baseline_text, read_baseline, settle
from iamfa.advise.finding import Finding, Severity
from iamfa.errors import BaselineError
from iamfa.policy.document import Span

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE


def finding(severity: Severity = WARNING, place: int = 0) -> Finding:
    return Finding("unknown-action", severity, "words", {"action": "s3:Gett"}, Span(place, place + 1))


def known(severity: Severity = WARNING, path: str = "a.json", document: str | None = None) -> Known:
    return Known.of(finding(severity), path, document)


@pytest.mark.parametrize(
    ("found", "recorded", "new", "left"),
    [
        ([], [], [], []),
        ([WARNING], [], [WARNING], []),
        ([WARNING], [WARNING], [], []),
        ([], [WARNING], [], [WARNING]),
        ([WARNING, WARNING], [WARNING], [WARNING], []),
        ([WARNING], [WARNING, WARNING], [], [WARNING]),
        ([ERROR], [WARNING], [ERROR], [WARNING]),
        ([WARNING], [ERROR], [], []),
        ([NOTE], [ERROR, WARNING], [], [ERROR]),
        ([ERROR, WARNING], [WARNING], [ERROR], []),
        ([WARNING, ERROR], [ERROR], [WARNING], []),
        ([WARNING, ERROR], [WARNING, ERROR], [], []),
        ([ERROR, ERROR], [ERROR, WARNING], [ERROR], [WARNING]),
        ([ERROR, NOTE, WARNING], [WARNING, NOTE], [ERROR], []),
    ],
)
def test_an_entry_answers_for_one_finding_that_is_as_severe_or_milder(
    found: list[Severity], recorded: list[Severity], new: list[Severity], left: list[Severity]
) -> None:
    settled = settle([finding(each, i) for i, each in enumerate(found)], map(known, recorded))
    assert [each.severity for each in settled.new] == new
    assert sorted(e.severity.value for e in settled.left) == sorted(each.value for each in left)
    assert len(settled.new) + len(settled.known) == len(found)


def test_findings_stay_in_their_order() -> None:
    findings = [finding(WARNING, place) for place in (5, 3, 8)]
    settled = settle(findings, [known(), known()])
    assert (settled.known, settled.new) == (tuple(findings[:2]), tuple(findings[2:]))


def test_an_entry_of_another_document_answers_for_nothing() -> None:
    assert settle([finding()], [known(document="user/bob")], "user/alice").new == (finding(),)


def test_what_is_written_is_read_again_in_one_order_however_it_was_found() -> None:
    entries = [known(), known(ERROR, "b.json", "user/bob"), known(NOTE, "b.json", "user/alice"), known(path="ä.json")]
    text = baseline_text(entries)
    assert text == baseline_text(reversed(entries))
    assert sorted(read_baseline(text), key=repr) == sorted(entries, key=repr)
    assert text.isascii() and text.endswith("}\n")
    assert read_baseline("\ufeff" + baseline_text([])) == ()


def test_the_shape_of_the_file_is_frozen() -> None:
    assert json.loads(baseline_text([replace(known(), fingerprint="0" * 32)])) == {
        "version": 1,
        "findings": [
            {
                "path": "a.json",
                "document": None,
                "rule": "unknown-action",
                "severity": "warning",
                "fingerprint": "0" * 32,
                "message": "words",
            }
        ],
    }


def test_fields_of_later_days_are_ignored() -> None:
    value: dict[str, Any] = json.loads(baseline_text([known()]))
    value["written"] = "today"
    value["findings"][0]["note"] = "why"
    assert read_baseline(json.dumps(value)) == (known(),)


ENTRY = json.loads(baseline_text([known()]))["findings"][0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1, column 1"),
        ("{", "line 1, column 2"),
        ("[" * 100_000, "nested too deeply"),
        ("[1" + "0" * 5000 + "]", "no JSON"),
        ("[]", 'no object with "version"'),
        ('{"Statement": []}', 'no object with "version"'),
        ('{"version": 2, "findings": []}', "version 2 is not known"),
        ('{"version": true, "findings": []}', "version true is not known"),
        ('{"version": "1", "findings": []}', 'version "1" is not known'),
        ('{"version": 1}', '"findings" is no list'),
        ('{"version": 1, "findings": [3]}', "finding 1 is no object"),
        (json.dumps({"version": 1, "findings": [ENTRY, {**ENTRY, "path": None}]}), "finding 2 wants path"),
        (json.dumps({"version": 1, "findings": [{**ENTRY, "document": 3}]}), '"document" of finding 1'),
        (json.dumps({"version": 1, "findings": [{**ENTRY, "severity": "fatal"}]}), "`fatal` of finding 1"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, said: str) -> None:
    with pytest.raises(BaselineError) as raised:
        read_baseline(text)
    assert said in raised.value.message
