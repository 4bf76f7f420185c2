"""What an audit's findings are called, known again by, narrowed to, and which controls they bear on."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.audit.reports import report, user

from iamfa.advise.finding import Severity
from iamfa.advise.rules import rule_ids
from iamfa.audit import controls
from iamfa.audit.controls import CONTROLS, Control, controls_of
from iamfa.audit.fingerprint import audit_fingerprint
from iamfa.audit.hangs_on import weakening
from iamfa.audit.narrowed import about_users, with_findings
from iamfa.audit.rules import AUDIT_RULES
from iamfa.audit.values import AuditFinding, Place, PolicyReach

FINDING = AuditFinding(
    "exposed-now",
    Severity.ERROR,
    "a message",
    ("alice", "bob"),
    {"leaked": "key"},
    Place("ForceMfa", "group/developers", "arn:aws:iam::123456789012:policy/ForceMfa", 1, "Deny"),
)


def test_every_id_that_an_audit_gives_is_in_the_table_and_no_other() -> None:
    room = Path(controls.__file__).parent
    text = "".join(path.read_text(encoding="utf-8") for path in room.glob("*.py") if path.name != "rules.py")
    given = {name for name in re.findall(r'"([a-z]+(?:-[a-z]+)+)"', text) if name in AUDIT_RULES}
    found = set(re.findall(r'AuditFinding\(\s*"([a-z-]+)"', text)) | {"locked-out", "user-cannot-enrol"}
    assert found == set(AUDIT_RULES)
    assert given == set(AUDIT_RULES)


def test_every_control_is_one_of_a_finding_that_there_is() -> None:
    assert set(CONTROLS) <= {*AUDIT_RULES, *rule_ids()}


def test_a_password_alone_bears_on_the_controls_for_the_console_too() -> None:
    by_key = controls_of(FINDING)
    by_password = controls_of(replace(FINDING, params={"leaked": "password"}))
    assert Control(controls.FSBP, "IAM.5") in by_password
    assert Control(controls.CIS, "1.10") in by_password
    assert set(by_key) < set(by_password)
    assert str(by_key[0]) == "AWS Security Hub IAM.19"
    assert controls_of(replace(FINDING, id="keys-only")) == ()


@pytest.mark.parametrize(
    "other",
    [
        replace(FINDING, reaches=("alice",)),
        replace(FINDING, id="locked-out"),
        replace(FINDING, place=None),
        replace(FINDING, place=replace(FINDING.place, statement_sid="Other")),  # type: ignore[type-var]  # it has one
        replace(FINDING, params={"role": "arn:aws:iam::123456789012:role/deployer"}),
    ],
)
def test_another_matter_has_another_fingerprint(other: AuditFinding) -> None:
    assert audit_fingerprint(other, "123456789012") != audit_fingerprint(FINDING, "123456789012")


def test_the_same_matter_is_known_again_however_it_is_worded() -> None:
    moved = replace(FINDING, place=replace(FINDING.place, statement_index=4))  # type: ignore[type-var]  # it has one
    worded = replace(moved, message="other words", reaches=("bob", "alice"), severity=Severity.NOTE)
    assert audit_fingerprint(worded, "123456789012") == audit_fingerprint(FINDING, "123456789012")
    assert audit_fingerprint(FINDING, "210987654321") != audit_fingerprint(FINDING, "123456789012")


def test_a_report_about_some_users_has_what_bears_on_them() -> None:
    unread = AuditFinding("not-read", Severity.WARNING, "not read: organization")
    other = AuditFinding("keys-only", Severity.NOTE, "", ("carol",))
    policies = (PolicyReach("A", None, None, ("alice", "carol")), PolicyReach("B", None, None, ("carol",)))
    whole = report(user("alice"), user("carol"), findings=(FINDING, other, unread), policies=policies)
    found = about_users(whole, ("alice",))
    assert [each.name for each in found.users] == ["alice"]
    assert found.findings == (FINDING, unread)
    assert found.policies == policies[:1]


def test_findings_are_selected_and_ignored_by_their_ids() -> None:
    whole = report(findings=(FINDING, replace(FINDING, id="keys-only"), replace(FINDING, id="not-read")))
    assert [
        each.id for each in with_findings(whole, select=("keys-only", "not-read"), ignore=("not-read",)).findings
    ] == ["keys-only"]
    assert with_findings(whole) == whole


def test_only_some_parts_weaken_answers_and_one_without_a_name_does() -> None:
    entries = ("alias: refused", "inactive_access_keys: not asked", "organization: refused", "the disk was full")
    assert weakening(entries) == entries[2:]


def test_a_statement_is_named_by_its_sid_else_by_its_number_and_with_who_has_it() -> None:
    assert FINDING.place is not None
    assert str(FINDING.place) == "`Deny` of `ForceMfa` (group/developers)"
    assert str(Place("ForceMfa", "", None, 1)) == "`statement 2` of `ForceMfa`"
