"""What the judge says of the story's policies and of AWS's own pages of today: errors and warnings exactly."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamfa.advise.case import CheckOptions
from iamfa.advise.check import check
from iamfa.advise.finding import Report, Severity
from iamfa.lifecycle.result import AttackResult
from iamfa.platform import Assumptions
from iamfa.policy.policy import Policy

FOLDER = Path(__file__).parents[2] / "data" / "policies"

NAME = "device-name-tied-to-user"
DEACTIVATE, DELETE = "deactivate-without-mfa", "delete-devices-without-mfa"
CLAIMED, PATH = "unenrolled-user-can-be-claimed", "user-path-not-matched"
OTHERS, NEVER = "exempt-reaches-other-users", "resource-never-authorised"
BLOCKS, DEADLOCK = "abandoned-device-blocks-name", "first-sign-in-deadlock"
SHOWS, GET = "shows-whom-to-attack", "get-mfa-device-inconsistent"
ADMIN, BROAD = "enrolment-needs-an-administrator", "exempt-too-broad"

EXPECTED: dict[str, tuple[set[str], set[str], set[str]]] = {
    "story-1-outdated.json": ({NAME}, set(), {SHOWS, BLOCKS, CLAIMED, PATH, OTHERS, NEVER, DEADLOCK}),
    "story-2-required-only.json": ({NAME}, {DEACTIVATE}, {DELETE, CLAIMED, PATH, OTHERS, NEVER}),
    "story-3-repaired.jsonc": (set(), {DEACTIVATE, DELETE}, {CLAIMED, PATH, OTHERS, NEVER}),
    "aws-p1.json": (set(), set(), {SHOWS, GET, BLOCKS, CLAIMED, PATH, OTHERS, DEADLOCK}),
    "aws-p2.json": (set(), set(), {GET, BLOCKS, CLAIMED, PATH, OTHERS, DEADLOCK}),
    "aws-p3.json": (set(), set(), {GET, BLOCKS, CLAIMED, PATH, OTHERS, DEADLOCK}),
    "aws-p4.json": (set(), set(), {ADMIN, PATH, OTHERS, DEADLOCK}),
    "aws-p5a.json": ({"mfa-not-enforced"}, set(), {DELETE, BROAD}),
    "aws-p5b.json": (set(), set(), {DELETE, BROAD}),
}
"""Errors, warnings, and the notes that must be among the notes."""


def judged(name: str, platform: str = "2023-04") -> Report:
    options = CheckOptions(assumptions=Assumptions({"platform": platform}), catalogue_age_days=0)
    return check(Policy.load(FOLDER / name), options=options)


def rules(report: Report, severity: Severity) -> set[str]:
    return {f.rule for f in report.findings if f.severity is severity}


@pytest.mark.parametrize("name", EXPECTED)
def test_errors_and_warnings_are_just_these_and_the_notes_among_the_notes(name: str) -> None:
    report = judged(name)
    errors, warnings, notes = EXPECTED[name]
    assert report.file_class == "forces-by-deny"
    assert rules(report, Severity.ERROR) == errors
    assert rules(report, Severity.WARNING) == warnings
    assert rules(report, Severity.NOTE) >= notes


def test_under_the_broken_deny_of_the_knowledge_centre_an_access_key_alone_passes() -> None:
    (finding,) = [f for f in judged("aws-p5a.json").findings if f.severity is Severity.ERROR]
    assert finding.params["credentials"] == ["long-term-key"]
    assert finding.witness is not None
    assert finding.witness.credential == "long-term-key"


def attack(report: Report, name: str) -> AttackResult:
    (found,) = [a for a in report.attacks if a.attack == name]
    return found


def test_before_2023_04_a_leaked_key_of_an_enrolled_user_reached_an_mfa_session_under_the_second_policy() -> None:
    found = attack(judged("story-2-required-only.json", "2022-11"), "leaked-key-of-enrolled-user")
    assert found.result == "succeeds"
    calls = {v.device: [c.call.partition(":")[2] for c in v.trace] for v in found.variants if v.result == "succeeds"}
    enrol = ["CreateVirtualMFADevice", "EnableMFADevice", "GetSessionToken"]
    assert ["DeactivateMFADevice", "DeleteVirtualMFADevice", *enrol] in calls.values()
    assert enrol in calls.values()


def test_since_2023_04_the_same_is_stopped_and_the_rule_that_stops_it_is_named() -> None:
    found = attack(judged("story-2-required-only.json"), "leaked-key-of-enrolled-user")
    assert found.result == "stopped"
    assert found.refused is not None
    assert found.refused.by is not None
    assert found.refused.by.platform == "own-device-needs-existing-mfa"


@pytest.mark.parametrize("name", EXPECTED)
def test_a_leaked_key_of_a_fresh_user_succeeds_but_where_nobody_can_enrol_or_nothing_is_granted(name: str) -> None:
    other = {"aws-p4.json": "stopped", "aws-p5a.json": "not_decided", "aws-p5b.json": "not_decided"}
    assert attack(judged(name), "leaked-key-of-fresh-user").result == other.get(name, "succeeds")


@pytest.mark.parametrize("name", ["story-1-outdated.json", "story-2-required-only.json"])
def test_under_the_outdated_policies_only_a_device_named_as_the_user_can_be_enrolled(name: str) -> None:
    results = {
        f.device: f.result
        for f in judged(name).flows
        if f.flow == "enrol-first-device" and f.credential == "long-term-key"
    }
    assert results == {"virtual-any-name": "blocked", "virtual-own-name": "works", "hardware": "works"}


@pytest.mark.parametrize("name", ["story-3-repaired.jsonc", "aws-p1.json", "aws-p2.json", "aws-p3.json"])
def test_under_the_repaired_policy_and_aws_s_own_everything_can_be_enrolled_that_the_api_can_enrol(name: str) -> None:
    enrolments = [f for f in judged(name).flows if f.flow == "enrol-first-device"]
    assert {f.result for f in enrolments} == {"works"}
    assert all(f.credential == "console" for f in enrolments if f.device == "fido")
