"""The shapes that programs read: every field that was agreed is there, and what comes from outside is escaped."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from iamfa.advise.check import check
from iamfa.advise.finding import Finding, Repair, Report, Severity, Witness
from iamfa.advise.repair import RepairResult, repair
from iamfa.errors import Fault
from iamfa.evaluate.request import Request
from iamfa.evaluate.verdict import Reason, Why
from iamfa.lifecycle.result import AttackResult, AttackVariant, Call, FlowResult, RefusedBy
from iamfa.policy.document import Span
from iamfa.policy.edit import Edit
from iamfa.policy.policy import Policy
from iamfa.policy.source import Source
from iamfa.report.check_json_v1 import check_json
from iamfa.report.check_text import fault_lines, finding_lines, judged_lines, summary_lines
from iamfa.report.fix_text import fixed_lines
from iamfa.report.fixed import Fixed
from iamfa.report.github import annotation_lines
from iamfa.report.judged import Judged
from iamfa.report.paper import Paper, plain
from iamfa.report.pieces_json import plain_json
from iamfa.report.rules_text import page_lines
from iamfa.report.verdict_text import span_of

TEXT = """{"Version": "2012-10-17", "Statement": [{"Sid": "S", "Effect": "Allow", "Action": "s3:Get*",
 "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]}"""
POLICY = Policy.parse(TEXT, path="p.json")
REQUEST = Request("s3:GetObject", "*", principal="arn:aws:iam::123456789012:user/a", context={"aws:TagKeys": ["a"]})
CALL = Call("iam:EnableMFADevice", "*", "token", "refused", RefusedBy("scp[0][0]", 2, None), "AWS's words")
FINDING = Finding(
    "device-name-tied-to-user", Severity.ERROR, "something, that: is wrong 100%", {"kinds": frozenset({"b", "a"})},
    Span(TEXT.index('"s3'), TEXT.index('"s3') + 8), "the reason", 0, "S", Witness(REQUEST, "token"), (CALL,),
    "totp-window", ("more words",), Repair("mend it", (Edit(1, 2, "x"),)),
)  # fmt: skip
REPORT = Report(
    policy=POLICY,
    file_class="self-service",
    class_words="self-service grant (decided)",
    findings=(FINDING,),
    flows=(FlowResult("get-session", "long-term-key", "hardware", "works", (), None, "words"),),
    attacks=(AttackResult("neighbour", "stopped", (), None, (AttackVariant("a device", "stopped", (CALL,)),)),),
    suppressed=(replace(FINDING, span=None),),
    faults=(Fault(2, 1, "a remark", "a hint"),),
    exempt=("iam:ListUsers",),
)
JUDGED = Judged("p.json", POLICY.source, None, REPORT)


def test_the_shape_of_check_is_the_one_that_was_agreed() -> None:
    call = {
        "call": "iam:EnableMFADevice", "resource": "*", "credential": "token", "outcome": "refused",
        "by": {"policy": "scp[0][0]", "statement": {"index": 2, "sid": None}}, "message": "AWS's words",
    }  # fmt: skip
    finding = {
        "rule": "device-name-tied-to-user",
        "severity": "error",
        "message": "something, that: is wrong 100%",
        "params": {"kinds": ["a", "b"]},
        "line": 1,
        "column": 83,
        "statement": {"index": 0, "sid": "S"},
        "witness": {
            "request": {
                "principal": "arn:aws:iam::123456789012:user/a",
                "action": "s3:GetObject",
                "resource": "*",
                "context": {"aws:TagKeys": ["a"]},
            },
            "credential": "token",
        },
        "trace": [call],
        "assumption": "totp-window",
        "repair": {"title": "mend it", "edits": [{"start": 1, "end": 2, "text": "x"}]},
        "notes": ["more words"],
    }
    found = check_json([JUDGED, Judged("bad.json", Source(""), "role/x/trust", None, (Fault(1, 2, "bad", None),))])
    assert json.loads(json.dumps(found)) == {
        "version": 1,
        "files": [
            {
                "path": "p.json",
                "document": None,
                "class": "self-service",
                "valid": True,
                "faults": [],
                "findings": [finding],
                "flows": [
                    {
                        "flow": "get-session", "credential": "long-term-key", "device": "hardware", "result": "works",
                        "assumption": None, "trace": [], "detail": "words",
                    }
                ],
                "attacks": [
                    {
                        "attack": "neighbour", "result": "stopped", "assumption": None, "trace": [],
                        "variants": [{"device": "a device", "result": "stopped", "trace": [call]}], "detail": None,
                    }
                ],
                "exempt": ["iam:ListUsers"],
                "suppressed": [{**finding, "line": None, "column": None}],
                "baseline": [],
                "remarks": [{"line": 2, "column": 1, "message": "a remark", "hint": "a hint"}],
            },
            {
                "path": "bad.json", "document": "role/x/trust", "class": None, "valid": False,
                "faults": [{"line": 1, "column": 2, "message": "bad", "hint": None}],
                "findings": [], "flows": [], "attacks": [], "exempt": [],
                "suppressed": [], "baseline": [], "remarks": [],
            },
        ],
    }  # fmt: skip


def test_a_finding_without_place_witness_and_repair_has_null_there() -> None:
    bare = Finding("cannot-enrol", Severity.NOTE, "words")
    (shape,) = check_json([replace(JUDGED, report=replace(REPORT, findings=(bare,)))])["files"][0]["findings"]
    assert {name for name, value in shape.items() if value is None} == {
        "line", "column", "statement", "witness", "assumption", "repair",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (None, None), (True, True), (3, 3), ("x", "x"), (("a", 1), ["a", 1]), ({"k": {"b", "a"}}, {"k": ["a", "b"]}),
        (Severity.ERROR, "Severity.ERROR"),
    ],
)  # fmt: skip
def test_parameters_are_plain_json(value: object, shape: object) -> None:
    assert plain_json(value) == shape


def test_annotations_escape_what_would_end_them() -> None:
    odd = Judged("a,b:c%\n.json", POLICY.source, None, replace(REPORT, faults=()))
    (found,) = annotation_lines([odd])
    assert found == (
        "::error file=a%2Cb%3Ac%25%0A.json,line=1,col=83,title=device-name-tied-to-user::"
        "something, that: is wrong 100%25%0Amore words"
    )


def test_annotations_tell_faults_documents_and_findings_without_a_place() -> None:
    fault = Fault(3, 4, "bad \x1b", "mend it")
    bad = Judged("d.json", Source(""), "user/alice/inline/x", None, (fault, replace(fault, hint=None)), in_place=False)
    assert list(annotation_lines([bad])) == [
        "::error file=d.json,title=invalid policy::user/alice/inline/x, line 3 of its text: bad \\x1b%0Amend it",
        "::error file=d.json,title=invalid policy::user/alice/inline/x, line 3 of its text: bad \\x1b",
    ]
    nowhere = replace(REPORT, findings=(replace(FINDING, span=None, severity=Severity.NOTE, notes=()),))
    assert list(annotation_lines([replace(JUDGED, report=nowhere)])) == [
        "::notice file=p.json,line=1,col=1,title=device-name-tied-to-user::something, that: is wrong 100%25",
        "::notice file=p.json,line=2,col=1,title=remark::a remark%0Aa hint",
    ]


def test_a_finding_in_full_has_place_reason_notes_repair_and_calls() -> None:
    assert plain(finding_lines(Paper(120), FINDING, JUDGED)).splitlines() == [
        "error[device-name-tied-to-user]: something, that: is wrong 100%",
        " --> p.json:1:83",
        "  |",
        TEXT.splitlines()[0].join(("1 | ", "")),
        "  | " + " " * 82 + "^^^^^^^^ the reason",
        "  |",
        "  = note: more words",
        "  = assumption: totp-window",
        "  = repair: mend it",
        "      iamfa fix p.json",
        "  = calls:",
        "    1. iam:EnableMFADevice on * with a session token obtained without MFA:",
        "       refused: AWS's words (`statement 3` does not reach it)",
        "",
    ]


def test_a_finding_without_a_trace_shows_its_witness_and_a_file_s_name_is_quoted_for_the_shell() -> None:
    warning = replace(FINDING, trace=(), severity=Severity.WARNING, span=None, assumption=None, notes=())
    odd = replace(JUDGED, path="a b.json")
    assert plain(finding_lines(Paper(120), warning, odd)).splitlines() == [
        "warning[device-name-tied-to-user]: something, that: is wrong 100%",
        "  = shown by: s3:GetObject on * with a session token obtained without MFA",
        "  = repair: mend it",
        "      iamfa fix --rule device-name-tied-to-user 'a b.json'",
        "",
    ]


def test_a_note_without_a_place_names_no_line() -> None:
    note = replace(FINDING, span=None, severity=Severity.NOTE)
    shown = plain(judged_lines(Paper(120), replace(JUDGED, report=replace(REPORT, findings=(note,)))))
    assert "\nnote[device-name-tied-to-user]: something, that: is wrong 100%\n" in shown
    assert "\nremark: a remark; a hint (line 2)\n" in shown
    hintless = replace(REPORT, findings=(), exempt=(), faults=(Fault(2, 1, "a remark"),))
    assert "\nremark: a remark (line 2)\n" in plain(judged_lines(Paper(120), replace(JUDGED, report=hintless)))


def test_everything_is_worded_by_the_translator() -> None:
    paper = Paper(200, say=lambda text: f"«{text}»")
    shown = plain(judged_lines(paper, JUDGED)) + plain(summary_lines(paper, [JUDGED]))
    for words in ("something, that: is wrong 100%", "the reason", "repair", "who could get in", "error", "policy"):
        assert f"«{words}»" in shown


def test_a_summary_counts_findings_policies_and_what_is_silenced_or_invalid() -> None:
    bad = Judged("bad.json", Source(""), None, None, (Fault(1, 1, "bad"),))
    two = replace(JUDGED, report=replace(REPORT, findings=(FINDING, FINDING), suppressed=(FINDING, FINDING)))
    assert plain(summary_lines(Paper(), [JUDGED])) == "1 error in 1 policy; 1 finding is silenced\n"
    assert plain(summary_lines(Paper(), [two, two, bad])) == (
        "4 errors in 2 policies; 1 invalid policy; 4 findings are silenced\n"
    )
    assert plain(summary_lines(Paper(), [bad, bad])) == "2 invalid policies\n"


@pytest.mark.parametrize(
    ("text", "column", "underlined"),
    [
        ('{"a": "allow"}', 7, '"allow"'),
        ('{"a": "al\\"low"}', 7, '"al\\"low"'),
        ('{"a": "open', 7, '"open'),
        ('{"a": "' + "x" * 1_000, 7, None),
        ("{true-ish: 1}", 2, "true-ish"),
        ("{]", 2, "]"),
        ("{", 2, ""),
    ],
)
def test_a_fault_underlines_the_text_word_or_character_that_it_stands_at(
    text: str, column: int, underlined: str | None
) -> None:
    lines = plain(fault_lines(Paper(80), "p.json", Source(text, "p.json"), [Fault(1, column, "bad")])).splitlines()
    assert lines[4].startswith("  | " + " " * (column - 1) + "^")
    if underlined is not None:
        assert lines[4].count("^") == max(len(underlined), 1)


def test_a_fault_in_a_text_that_is_not_at_hand_has_its_place_alone() -> None:
    lines = plain(fault_lines(Paper(80), "p.json", Source(""), [Fault(3, 4, "bad")], "user/x")).splitlines()
    assert lines == ["error: bad", " --> p.json (user/x):3:4", ""]


def repaired(**more: object) -> Fixed:
    """The repair of a policy in which nothing is wrong, with other values."""
    result: RepairResult = replace(repair(POLICY), **more)  # type: ignore[arg-type]  # the tests below give fields by name
    return Fixed("p.json", POLICY.source, POLICY.source.text, ((None, result),))


def test_a_repair_that_was_not_made_says_why() -> None:
    fixed = repaired(refused="the repair of a would add b: c")
    assert plain(fixed_lines(Paper(), fixed)) == (
        "p.json: nothing was repaired\n  not done: the repair of a would add b: c\n"
    )


def test_a_long_list_of_what_is_permitted_is_shown_whole_only_when_asked() -> None:
    fixed = repaired(applied=(FINDING,), newly_permits=tuple(f"call {n}" for n in range(15)))
    short, whole = plain(fixed_lines(Paper(), fixed)), plain(fixed_lines(Paper(), fixed, verbose=True))
    assert short.count("· call ") == 12
    assert "    and 3 more (--verbose shows them)\n" in short
    assert whole.count("· call ") == 15
    assert "it newly refuses: nothing\nit introduces: nothing\n" in whole


def test_a_page_is_laid_out_for_the_paper() -> None:
    page = (
        "# a-rule\n\nSome **bold** words\nthat go on.\n\n* one\n  more\n- two\n\n```json\n{\n\t}\n```\n| a | b |\nend"
    )
    assert plain(page_lines(Paper(20), page)).splitlines() == [
        "a-rule", "", "Some bold words that", "go on.", "", "· one more", "· two", "", "    {", "    \\x09}",
        "| a | b |", "end",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("element", "item", "text"),
    [
        ("Action", 0, '"s3:Get*"'),
        ("NotAction", None, '"Action": "s3:Get*"'),
        ("Resource", 0, '"*"'),
        ("Condition", 0, '"aws:SecureTransport": "true"'),
        ("Principal", None, None),
        (None, None, None),
        ("Condition", None, None),
    ],
)
def test_the_entry_that_decided_is_what_is_underlined(element: str | None, item: int | None, text: str | None) -> None:
    statement = POLICY.statements[0]
    span = span_of(Reason("identity[0]", statement, Why.FITS, element, item))
    if text is None:
        assert span == statement.span
    else:
        assert TEXT[span.start : span.end] == text


def test_a_principal_that_decided_is_underlined() -> None:
    text = '{"Statement": {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "s3:*", "Resource": "*"}}'
    statement = Policy.parse(text).statements[0]
    span = span_of(Reason("resource", statement, Why.PRINCIPAL_NOT_NAMED, "Principal"))
    assert text[span.start : span.end].startswith('"Principal"')


def test_what_check_finds_is_what_the_shapes_are_made_of() -> None:
    (file,) = check_json([Judged("p.json", POLICY.source, None, check(POLICY))])["files"]
    assert (file["valid"], file["class"]) == (True, "other")
