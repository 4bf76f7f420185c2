"""SARIF 2.1.0: valid by its schema, with places, fingerprints, repairs and traces as code scanning takes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest
from tests.conftest import unfollowed
from tests.unit.advise.judged import judge_text

from iamfa.advise.check import check
from iamfa.advise.finding import Finding, Repair, Report, Severity
from iamfa.advise.options import CheckOptions
from iamfa.advise.rules import RULES, page
from iamfa.errors import Fault
from iamfa.lifecycle.result import Call, RefusedBy
from iamfa.policy.document import Kind, Span
from iamfa.policy.edit import Edit, apply
from iamfa.policy.policy import Policy
from iamfa.policy.source import Source
from iamfa.report.judged import Judged
from iamfa.report.sarif_v1 import FINGERPRINT, Run, sarif_json

ROOT = Path(__file__).parents[3]
PAGES = tuple((rule, page(rule.id)) for rule in RULES)
RUN = Run("1.2.3", PAGES, "/repository", 1)
TEXT = """{"Version": "2012-10-17", "Statement": [{"Sid": "S", "Effect": "Allow", "Action": "s3:Get*",
 "Resource": "*"}, {"Effect": "Deny", "Action": "s3:Put*", "Resource": "*"}]}"""
POLICY = Policy.parse(TEXT, path="p.json")
AT = TEXT.index('"s3:Get*"')
FINDING = Finding(
    "unknown-action", Severity.WARNING, "`${aws:username}` is wrong", {"action": "s3:Get*"}, Span(AT, AT + 9), "reason",
    0, "S", notes=("more words",), repair=Repair("mend it", (Edit(AT, AT + 9, '"s3:GetObject"'),)),
)  # fmt: skip
REPORT = Report(POLICY, "other", "other (decided)", (FINDING,), (), ())
JUDGED = Judged("p.json", POLICY.source, None, REPORT)


@pytest.fixture(scope="session")
def valid() -> Callable[[Any], Any]:
    """Raises for what the schema of SARIF 2.1.0 refuses."""
    schema = ROOT / "tests" / "data" / "sarif" / "sarif-2.1.0-rtm.5.json"
    found: Callable[[Any], Any] = fastjsonschema.compile(
        json.loads(schema.read_text(encoding="utf-8")), use_default=False
    )
    return found


def log(*judged: Judged, run: Run = RUN) -> Any:
    return json.loads(json.dumps(sarif_json(judged, run)))


def results(*judged: Judged, run: Run = RUN) -> Any:
    return log(*judged, run=run)["runs"][0]["results"]


def of(finding: Finding, **more: Any) -> Judged:
    return replace(JUDGED, report=replace(REPORT, findings=(finding,)), **more)


@cache
def the_story() -> tuple[Judged, ...]:
    """The policies of the story and of AWS's pages, judged."""
    found = [(path, Policy.load(path)) for path in sorted((ROOT / "tests" / "data" / "policies").iterdir())]
    return tuple(Judged(str(path), policy.source, None, unfollowed(check)(policy)) for path, policy in found)


def test_a_result_has_rule_level_message_place_fingerprint_and_fix() -> None:
    place = {
        "artifactLocation": {"uri": "p.json"},
        "region": {"startLine": 1, "startColumn": 83, "endLine": 1, "endColumn": 92},
    }
    (result,) = results(JUDGED)
    assert result.pop("partialFingerprints").keys() == {FINGERPRINT}
    assert result == {
        "ruleId": "unknown-action",
        "ruleIndex": [rule.id for rule in RULES].index("unknown-action"),
        "level": "warning",
        "message": {"text": "`${aws:username}` is wrong\nmore words"},
        "locations": [{"physicalLocation": place}],
        "fixes": [
            {
                "description": {"text": "mend it"},
                "artifactChanges": [
                    {
                        "artifactLocation": {"uri": "p.json"},
                        "replacements": [
                            {"deletedRegion": place["region"], "insertedContent": {"text": '"s3:GetObject"'}}
                        ],
                    }
                ],
            }
        ],
        "properties": {
            "statement": {"index": 0, "sid": "S"},
            "params": {"action": "s3:Get*"},
            "assumption": None,
        },
    }


def test_the_run_tells_the_tool_how_it_ended_and_how_places_are_counted() -> None:
    (run,) = log(JUDGED)["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("iamfa", "1.2.3")
    assert "informationUri" not in driver
    assert run["invocations"] == [{"executionSuccessful": True, "exitCode": 1}]
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["newlineSequences"] == ["\r\n", "\n", "\r"]


def test_every_rule_is_there_with_its_page_whatever_was_found(valid: Callable[[Any], Any]) -> None:
    empty = valid(log())
    rules = empty["runs"][0]["tool"]["driver"]["rules"]
    assert empty["runs"][0]["results"] == []
    assert [rule["id"] for rule in rules] == [*(r.id for r in RULES), "invalid-policy", "no-verdict", "remark"]
    for rule in rules:
        for name in ("shortDescription", "fullDescription"):
            assert 0 < len(rule[name]["text"]) <= 1024
        assert rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
        assert "security" in rule["properties"]["tags"]
    by_id = {rule["id"]: rule for rule in rules}
    named = by_id["device-name-tied-to-user"]
    assert named["help"]["markdown"] == page("device-name-tied-to-user")
    assert named["fullDescription"]["text"].startswith("A virtual MFA device can be created only under a name")
    assert [by_id[each]["defaultConfiguration"]["level"] for each in (
        "device-name-tied-to-user", "exempt-reaches-other-users", "deactivate-without-mfa", "exempt-assume-role",
    )] == ["error", "error", "warning", "note"]  # fmt: skip


def test_a_page_without_a_meaning_is_described_by_its_summary_and_a_long_one_is_cut() -> None:
    rule = RULES[0]
    bare, long = (
        log(run=replace(RUN, rules=((rule, text),)))["runs"][0]["tool"]["driver"]["rules"][0]
        for text in ("# no-page\n", "# long\n\n## What it means\n\n" + "word " * 1000)
    )
    assert bare["fullDescription"]["text"] == rule.summary
    assert len(long["fullDescription"]["text"]) == 1024 and long["fullDescription"]["text"].endswith("…")


def test_the_whole_story_is_valid_by_the_schema(valid: Callable[[Any], Any]) -> None:
    found = valid(log(*the_story(), run=replace(RUN, folder=str(ROOT), compared=True)))
    results = found["runs"][0]["results"]
    assert {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in results} >= {
        "tests/data/policies/story-2-required-only.json"
    }
    assert any("fixes" in each for each in results) and any("codeFlows" in each for each in results)


def test_no_two_findings_of_the_story_share_a_fingerprint() -> None:
    for judged in the_story():
        names = [each["partialFingerprints"][FINGERPRINT] for each in results(judged)]
        assert len(names) == len(set(names)), judged.path


def region_text(text: str, region: dict[str, int]) -> tuple[int, int]:
    """The offsets of a region, counted here by hand."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return (
        starts[region["startLine"] - 1] + region["startColumn"] - 1,
        starts[region["endLine"] - 1] + region["endColumn"] - 1,
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_whoever_makes_the_replacements_gets_what_fix_writes(newline: str, mark: str) -> None:
    text = (ROOT / "tests/data/policies/story-2-required-only.json").read_text(encoding="utf-8")
    text = text.replace("AllowIndividualUserToManageTheirOwnMFA", "Own").replace("\n", "\n/* 💡ä */ ", 1)
    policy = Policy.parse(mark + text.replace("\n", newline))
    report = check(policy)
    plain = policy.source.text
    found = results(Judged("p.json", policy.source, None, report))
    mended = [(f.repair, r["fixes"]) for f, r in zip(report.findings, found, strict=True) if f.repair]
    assert mended
    for repair, (fix,) in mended:
        made = plain
        replacements = fix["artifactChanges"][0]["replacements"]
        for each in reversed(replacements):
            start, end = region_text(plain, each["deletedRegion"])
            made = made[:start] + each["insertedContent"]["text"] + made[end:]
        assert made == apply(plain, repair.edits)


def test_columns_count_code_points_and_a_region_ends_behind_its_last_one() -> None:
    text = '{"Version": "2012-10-17", "Statement": [{"Sid": "A", "Effect": "Allow", /* 💡 */ "Action": "s3:*",\n'
    text += '"Resource": "*"}]}'
    policy = Policy.parse(text)
    at = text.index('"Action"')
    spread = replace(FINDING, span=Span(at, len(text)))
    (result,) = results(Judged("p.json", policy.source, None, replace(REPORT, policy=policy, findings=(spread,))))
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 1, "startColumn": at + 1, "endLine": 2, "endColumn": len('"Resource": "*"}]}') + 1}


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("policies/a b.json", "policies/a%20b.json"),
        ("./p.json", "p.json"),
        ("/repository/p.json", "p.json"),
        ("/elsewhere/p.json", "file:///elsewhere/p.json"),
        ("../p.json", "file:///p.json"),
        ("-", "stdin"),
    ],
)
def test_files_are_told_from_the_folder_of_the_run(path: str, uri: str, valid: Callable[[Any], Any]) -> None:
    (result,) = valid(log(replace(JUDGED, path=path)))["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri}
    assert ("fixes" in result) == (path != "-")


def test_what_stands_in_a_file_as_text_has_no_line_and_no_fix_and_is_named() -> None:
    (result,) = results(replace(JUDGED, name="user/alice/inline/x", in_place=False))
    (location,) = result["locations"]
    assert location["physicalLocation"]["region"] == {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
    assert location["logicalLocations"] == [{"fullyQualifiedName": "user/alice/inline/x"}]
    assert result["message"]["text"].startswith("user/alice/inline/x, line 1 of its text: `${aws:username}`")
    assert "fixes" not in result


def test_a_finding_without_a_place_stands_at_the_beginning() -> None:
    (result,) = results(of(replace(FINDING, span=None)))
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 1


def test_faults_and_remarks_and_what_got_no_verdict_are_results_that_no_tool_overlooks(
    valid: Callable[[Any], Any],
) -> None:
    bad = Judged("bad.json", Source("{\n oops"), None, None, (Fault(2, 2, "bad [x](http://y)", "mend it"),))
    end = Judged("end.json", Source("{\n"), None, None, (Fault(2, 1, "the text ends", None),))
    away = Judged("away.json", Source(""), None, None, (Fault(1, 1, "there is no such file", None),))
    inner = Judged("in.json", Source("abc"), "x", None, (Fault(1, 2, "bad", None),), in_place=False)
    large = Judged("large.json", Source(TEXT), None, None, (Fault(1, 1, "too large", None),), unjudged=True)
    told = replace(JUDGED, report=replace(REPORT, findings=(), faults=(Fault(2, 1, "a remark", "a hint"),)))
    found = valid(log(bad, end, away, inner, large, told))
    assert [
        (
            each["ruleId"], each["level"], each["message"]["text"],
            *each["locations"][0]["physicalLocation"]["region"].values(),
        )
        for each in found["runs"][0]["results"]
    ] == [
        ("invalid-policy", "error", "bad [x] (http://y)\nmend it", 2, 2, 2, 3),
        ("invalid-policy", "error", "the text ends", 2, 1, 2, 1),
        ("invalid-policy", "error", "there is no such file", 1, 1, 1, 1),
        ("invalid-policy", "error", "x, line 1 of its text: bad", 1, 1, 1, 1),
        ("no-verdict", "error", "too large", 1, 1, 1, 2),
        ("remark", "note", "a remark\na hint", 2, 1, 2, 2),
    ]  # fmt: skip
    assert found["runs"][0]["invocations"][0]["executionSuccessful"] is False


def test_a_silenced_finding_is_suppressed_in_the_source_with_its_reason(valid: Callable[[Any], Any]) -> None:
    lines = TEXT.splitlines()
    commented = f"{lines[0]}\n // iamfa: ignore[unknown-action] a new one\n {lines[1].replace('s3:Put*', 's3:Pat')}"
    report = judge_text(commented, None)
    found = valid(log(Judged("p.json", report.policy.source, None, report)))["runs"][0]["results"]
    assert [(each["ruleId"], each["suppressions"]) for each in found if "suppressions" in each] == [
        ("unknown-action", [{"kind": "inSource", "justification": "a new one"}])
    ]


def test_beside_a_baseline_results_are_new_or_unchanged(valid: Callable[[Any], Any]) -> None:
    compared = replace(RUN, compared=True)
    found = valid(log(replace(JUDGED, known=(replace(FINDING, statement_sid="T"),)), run=compared))
    assert [each["baselineState"] for each in found["runs"][0]["results"]] == ["new", "unchanged"]
    assert all("baselineState" not in each for each in results(JUDGED))


def test_control_characters_are_spelled_out() -> None:
    (result,) = results(of(replace(FINDING, message="a\x1b[2Jb\u202ec", notes=())))
    assert result["message"]["text"] == "a\\x1b[2Jb\\u202ec"


CALL = Call("iam:EnableMFADevice", "*", "long-term-key", "ok")


@pytest.mark.parametrize(
    ("kind", "policy", "index", "line"),
    [
        (None, "identity[0]", 1, 2),
        (None, "identity[1]", 1, 1),
        (None, "identity[0]", None, 1),
        (Kind.SCP, "scp[0][0]", 1, 2),
        (Kind.SCP, "identity[0]", 1, 1),
        (Kind.BOUNDARY, "boundary", 1, 2),
        (Kind.SESSION, "session[0]", 1, 2),
    ],
)
def test_a_refused_call_stands_at_the_statement_of_this_policy_that_refuses_it(
    kind: Kind | None, policy: str, index: int | None, line: int
) -> None:
    refused = replace(CALL, outcome="refused", by=RefusedBy(policy, index, None), message="AWS's words")
    judged_as = Policy.parse(TEXT, kind=kind)
    report = replace(REPORT, policy=judged_as, findings=(replace(FINDING, trace=(CALL, refused)),))
    (result,) = results(replace(JUDGED, report=report))
    first, second = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert first["location"]["message"]["text"] == "1. iam:EnableMFADevice on * with an access key alone: ok"
    assert first["location"]["physicalLocation"]["region"]["startColumn"] == 83
    assert second["location"]["message"]["text"].startswith(
        "2. iam:EnableMFADevice on * with an access key alone: refused"
    )
    assert second["location"]["physicalLocation"]["region"]["startLine"] == line


def test_options_that_choose_rules_do_not_choose_what_is_described() -> None:
    report = check(POLICY, options=CheckOptions(select=frozenset({"unknown-action"})))
    assert len(log(replace(JUDGED, report=report))["runs"][0]["tool"]["driver"]["rules"]) == len(RULES) + 3
