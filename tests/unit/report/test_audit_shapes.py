"""What programs read of an audit: JSON as `docs/formats.md` has it, CSV without formulas, SARIF by its schema, OCSF."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, get_args

import fastjsonschema
import pytest
from tests.unit.audit.reports import ARN, report, user

from iamfa.account.details import SnapshotError
from iamfa.advise.finding import Severity
from iamfa.advise.rules import RULES, page
from iamfa.audit.rules import AUDIT_RULES
from iamfa.audit.since import since
from iamfa.audit.values import (
    AuditFinding,
    Enforced,
    EnforcedAnswer,
    Enrolled,
    EnrolledAnswer,
    Exemption,
    Lifted,
    LiftedAnswer,
    Lifter,
    Place,
    PolicyReach,
    Refusal,
    SparedBy,
    Witnessed,
)
from iamfa.evaluate.request import Request
from iamfa.lifecycle.result import Call
from iamfa.report.audit_csv import COLUMNS, audit_csv, guarded
from iamfa.report.audit_json_v1 import audit_json
from iamfa.report.audit_ocsf import audit_ocsf
from iamfa.report.audit_sarif import audit_sarif
from iamfa.report.audited import DANGERS, Audited
from iamfa.report.sarif_v1 import Run

ROOT = Path(__file__).parents[3]
PLACE = Place("ForceMfa", "group/developers", f"{ARN}:policy/ForceMfa", 1, "Deny")
INLINE = Place("own", "user/alice", None, 0)
CALL = Call("iam:CreateVirtualMFADevice", f"{ARN}:mfa/phone", "long-term-key", "refused", message="AWS's words")
WITNESS = Witnessed(
    Request.by_user(f"{ARN}:user/=bob", "s3:ListAllMyBuckets", "*", credential="long-term-key"), "long-term-key"
)
ENTRY = Exemption("=bob", "emergencies", "security", date(2026, 12, 31), "a safe")
ALICE = user(
    "alice",
    Enforced("denied", ("console",), ("iam:List*",), by=(PLACE,)),
    Enrolled("locked-out", refusal=Refusal(CALL, PLACE)),
)
BOB = user(
    "=bob",
    Enforced(
        "exempt-declared",
        ("long-term-key",),
        (),
        WITNESS,
        (SparedBy("aws:username", "StringNotEquals", ("a",), INLINE),),
        ENTRY,
        not_read=("organization",),
    ),
    Enrolled("exposed-now", (), None, (CALL,), "key", ("s3:*", "ec2:*"), "a reason"),
    Lifted("somebody", (Lifter("alice", ("iam:DetachUserPolicy",), certain=False),), 1, "another"),
    has_password=None,
)
FINDINGS = (
    AuditFinding(
        "exposed-now",
        Severity.ERROR,
        "see [here](x)\x1b",
        ("=bob",),
        {"leaked": "key"},
        PLACE,
        WITNESS,
        (CALL, replace(CALL, outcome="ok", message=None)),
        "do it",
    ),
    AuditFinding("cannot-enrol", Severity.WARNING, "a policy", ("alice",), place=INLINE),
    AuditFinding("not-read", Severity.NOTE, "not read: alias", not_read=("alias: x",)),
)
WHOLE = report(
    BOB,
    ALICE,
    findings=FINDINGS,
    policies=(PolicyReach("ForceMfa", None, PLACE.arn, ("alice",), ("group/developers",), "forces-by-deny"),),
    not_read=("organization: refused", "the disk was full"),
    root_used=datetime(2026, 2, 1, tzinfo=UTC),
)


def formats_section(title: str) -> str:
    text = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    return text.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_the_json_has_the_shape_that_is_told() -> None:
    found = audit_json(
        [Audited(WHOLE, "a.json", since(report(), WHOLE))], [SnapshotError("no snapshot", hint="give one")]
    )
    assert json.loads(json.dumps(found)) == found
    assert (found["version"], found["faults"]) == (1, [{"message": "no snapshot", "hint": "give one"}])
    (account,) = found["accounts"]
    told = formats_section("`audit --format json`")
    for key in _keys(found):
        assert f'"{key}"' in told, key
    entry = formats_section("Settings")
    assert all(key in entry for key in account["users"][0]["enforced"]["declared"])
    bob, alice = account["users"]
    assert bob["enforced"]["declared"]["expires"] == "2026-12-31"
    assert bob["enforced"]["witness"]["credential"] == "long-term-key"
    assert bob["enforced"]["spared_by"][0]["place"]["statement"] == {"index": 0, "sid": None}
    assert alice["enrolled"]["refusal"]["call"]["message"] == "AWS's words"
    assert [each["part"] for each in account["not_read"]] == ["organization", None]
    assert account["root"]["last_used"] == "2026-02-01T00:00:00Z"
    assert account["since"]["came"] == ["=bob", "alice"]
    assert "since" not in audit_json([Audited(WHOLE)])["accounts"][0]


def _keys(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_keys, value))
    if isinstance(value, dict):
        inner = {
            name: each
            for name, each in value.items()
            if name not in ("params", "context", "trace", "call", "request", "declared", "statement")
        }
        return set(inner) | set().union(*map(_keys, inner.values()), set())
    return set()


def test_every_closed_list_is_told_whole() -> None:
    told = formats_section("`audit --format json`")
    for literal in (EnforcedAnswer, EnrolledAnswer, LiftedAnswer):
        assert all(f"`{each}`" in told for each in get_args(literal))
    assert all(f"`{each}`" in told for each in (*DANGERS, *AUDIT_RULES))
    named = told.partition("and besides:")[2].partition("*")[0]
    assert set(re.findall(r"`([a-z-]+)`", named)) == set(AUDIT_RULES)


def test_the_csv_has_a_row_for_each_user_and_reads_back() -> None:
    found = audit_csv([Audited(WHOLE), Audited(replace(WHOLE, account="210987654321"))])
    assert found.count("\r\n") == found.count("\n") == 5
    head, bob, alice, *others = csv.reader(io.StringIO(found, newline=""))
    assert tuple(head) == COLUMNS
    told = dict(zip(head, bob, strict=True))
    assert (told["user"], told["declared_owner"], told["has_password"]) == ("'=bob", "security", "unknown")
    assert told["shown_by"] == "s3:ListAllMyBuckets * long-term-key"
    assert told["reason"] == "a reason; another"
    assert (told["not_read"], told["lifters"]) == ("organization", "alice")
    assert dict(zip(head, alice, strict=True))["refused_call"] == "iam:CreateVirtualMFADevice"
    assert [row[0] for row in others] == ["210987654321"] * 2


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert guarded(cell)[0] == "'"
    assert guarded(cell).isprintable()
    assert guarded("a=1") == "a=1"


@pytest.fixture(scope="module")
def valid() -> Callable[[Any], Any]:
    schema = ROOT / "tests" / "data" / "sarif" / "sarif-2.1.0-rtm.5.json"
    found: Callable[[Any], Any] = fastjsonschema.compile(
        json.loads(schema.read_text(encoding="utf-8")), use_default=False
    )
    return found


def test_the_sarif_is_valid_and_names_people_and_policies_by_their_arns(
    valid: Callable[[Any], Any], tmp_path: Path
) -> None:
    run = Run("1.2.3", tuple((rule, page(rule.id)) for rule in RULES), str(tmp_path), 5)
    found = audit_sarif([Audited(WHOLE, "accounts/a b.json"), Audited(report(findings=FINDINGS[:1]))], run)
    valid(found)
    (log,) = found["runs"]
    assert log["invocations"] == [{"executionSuccessful": False, "exitCode": 5}]
    rules = [each["id"] for each in log["tool"]["driver"]["rules"]]
    assert len(rules) == len(set(rules))
    results = log["results"]
    assert [rules[each["ruleIndex"]] for each in results] == [each["ruleId"] for each in results]
    exposed, policy, unread, live = results
    (location,) = exposed["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "accounts/a%20b.json"
    assert [each["fullyQualifiedName"] for each in location["logicalLocations"]] == [PLACE.arn, f"{ARN}:user/=bob"]
    assert policy["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "user/alice/own"
    assert "logicalLocations" not in unread["locations"][0]
    assert live["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "account-123456789012"
    assert exposed["message"]["text"] == (
        "see [here] (x)\\x1b\nshown by: s3:ListAllMyBuckets on * with an access key alone\ndo it"
    )
    assert exposed["partialFingerprints"] == live["partialFingerprints"]
    steps = exposed["codeFlows"][0]["threadFlows"][0]["locations"]
    assert ["refused: AWS's words" in each["location"]["message"]["text"] for each in steps] == [True, False]


def test_the_events_are_compliance_findings() -> None:
    exposed, policy, unread = audit_ocsf([Audited(WHOLE)], "1.2.3")
    assert {each["type_uid"] for each in (exposed, policy, unread)} == {200301}
    assert exposed["time"] == 1772366400000
    assert exposed["metadata"]["product"]["version"] == "1.2.3"
    assert exposed["cloud"]["account"]["uid"] == "123456789012"
    assert exposed["resources"] == [{"uid": f"{ARN}:user/=bob", "name": "=bob", "cloud_partition": "aws"}]
    assert (exposed["compliance"]["control"], exposed["compliance"]["status"]) == ("AWS Security Hub IAM.19", "Fail")
    assert (exposed["severity"], exposed["remediation"]) == ("High", {"desc": "do it"})
    assert (policy["compliance"]["standards"], policy["compliance"]["control"]) == (["iamfa"], "iamfa cannot-enrol")
    assert (unread["compliance"]["status_id"], "remediation" in unread) == (2, False)
