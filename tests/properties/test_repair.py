"""A repair keeps every byte outside its edits and adds no error, on well-made policies into which holes were put."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import SOAK

from iamfa.advise.check import check
from iamfa.advise.finding import Finding, Severity
from iamfa.advise.options import CheckOptions
from iamfa.advise.repair import RepairResult, repair
from iamfa.errors import PolicyError
from iamfa.policy.edit import apply
from iamfa.policy.policy import Policy

FOLDER = Path(__file__).parents[1] / "data" / "well-made"
BASES = (
    "aws-self-manage-mfa", "aws-own-credentials", "govcloud-own-mfa-only", "exempt-by-tag", "confined-to-oneself",
    "everything-only-with-mfa", "self-service-grant", "terminate-instances-denied-without-mfa",
    "second-deny-for-stale-sessions", "null-age-deny",
)  # fmt: skip
OPTIONS = CheckOptions(catalogue_age_days=0)

PRESENT, AGE = "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"
CONDITIONS: tuple[dict[str, Any], ...] = (
    {"Bool": {PRESENT: "false"}},
    {"Bool": {PRESENT: "true"}},
    {"Null": {PRESENT: "true"}},
    {"BoolIfExists": {PRESENT: ["true"]}},
    {"BoolIfExists": {PRESENT: "false"}, "NumericGreaterThan": {AGE: "3600"}},
    {"Bool": {PRESENT: "false", "aws:ViaAWSService": "false"}},
    {"StringEquals": {PRESENT: "false"}},
)
ENTRIES = (
    "iam:AttachUserPolicy", "iam:Create*", "s3:GetObject", "iam:DeactivateMFADevice", "iam:DeleteVirtualMFADevice",
    "iam:CreateAccessKey", "sts:AssumeRole", "iam:ListUsers", "iam:ListVirtualMFADevices", "iam:UpdateLoginProfile",
)  # fmt: skip


@cache
def well_made(name: str) -> str:
    text = (FOLDER / f"{name}.jsonc").read_text(encoding="utf-8")
    return text[text.index("\n") + 1 :]


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A well-made policy with some holes, written with other white space and with comments between its lines."""
    document = json.loads(well_made(draw(st.sampled_from(BASES))))
    for statement in document["Statement"]:
        if "Condition" in statement and draw(st.booleans()):
            statement["Condition"] = draw(st.sampled_from(CONDITIONS))
        if "NotAction" in statement:
            entries = draw(st.permutations(statement["NotAction"] + draw(_some(ENTRIES))))
            statement["NotAction"] = entries[: max(1, len(entries) - draw(st.integers(0, 2)))]
        if "mfa/*" in str(statement.get("Resource")) and draw(st.booleans()):
            statement["Resource"] = json.loads(
                json.dumps(statement["Resource"]).replace("mfa/*", "mfa/${aws:username}")
            )
    document["Statement"] = draw(st.permutations(document["Statement"]))
    if draw(st.integers(0, 9)) == 0:
        document["Version"] = "2008-10-17"
    text = json.dumps(document, indent=draw(st.sampled_from([None, 1, 2, 4, "\t"])), ensure_ascii=False)
    lines = text.split("\n")
    for place in sorted(draw(st.sets(st.integers(0, len(lines) - 1), max_size=4)), reverse=True):
        lines.insert(place, draw(st.sampled_from(["// why", "/* a, b */", "", "\t// iamfa is asked"])))
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines) + draw(st.sampled_from(["", "\n", " // end"]))


def _some(entries: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(entries), max_size=3, unique=True)


def errors(findings: tuple[Finding, ...]) -> Counter[str]:
    return Counter(f.rule for f in findings if f.severity is Severity.ERROR)


def comments(policy: Policy) -> Counter[str]:
    return Counter(policy.source.text[c.start : c.end] for c in policy.comments)


def outside(result: RepairResult) -> list[str]:
    """The stretches of the text before that no edit touches."""
    before, kept, place = result.policy.source.text, [], 0
    for edit in sorted(result.edits, key=lambda e: (e.start, e.end)):
        assert edit.start >= place
        kept.append(before[place : edit.start])
        place = edit.end
    return [*kept, before[place:]]


# One example has a policy judged and repaired several times, half a second of work.
few = settings() if SOAK else settings(max_examples=settings().max_examples // 3)


@few
@given(text=texts(), hardened=st.booleans())
def test_a_repair_changes_nothing_outside_its_edits_and_adds_no_error(text: str, hardened: bool) -> None:
    policy = Policy.parse(text)
    before = check(policy, options=OPTIONS)
    result = repair(policy, options=OPTIONS, hardened=hardened)
    assert apply(text, result.edits) == result.text
    rest = result.text
    for piece in outside(result):
        assert piece in rest
        rest = rest[rest.index(piece) + len(piece) :]
    after = check(policy.with_text(result.text), options=OPTIONS)
    assert errors(after.findings) <= errors(before.findings)
    assert errors(result.introduced) == Counter()
    assert bool(result.applied) is result.changes
    assert not comments(policy.with_text(result.text)) - comments(policy)


@few
@given(text=texts())
def test_a_repair_is_done_at_once(text: str) -> None:
    """What a first repair could mend is mended: a second finds nothing more to write."""
    once = repair(Policy.parse(text), options=OPTIONS)
    again = repair(once.policy.with_text(once.text), options=OPTIONS)
    assert not again.changes
    assert again.refused == once.refused or once.refused is None


@given(text=texts(), data=st.data())
def test_the_repair_of_each_finding_alone_is_a_valid_policy_without_it(text: str, data: st.DataObject) -> None:
    policy = Policy.parse(text)
    found = [f for f in check(policy, options=OPTIONS).findings if f.repair is not None and f.repair.edits]
    if not found:
        return
    finding = data.draw(st.sampled_from(found))
    assert finding.repair is not None
    try:
        after = policy.with_text(apply(text, finding.repair.edits))
    except PolicyError as error:  # said with the text that broke
        raise AssertionError(f"{finding.rule}: {apply(text, finding.repair.edits)}") from error
    same = [f for f in check(after, options=OPTIONS).findings if (f.rule, f.params) == (finding.rule, finding.params)]
    assert not [f for f in same if f.severity is finding.severity], finding
