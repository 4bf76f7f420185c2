"""Every known hole, put into each well-made policy in several spellings, is found."""

from __future__ import annotations

import copy
from collections import Counter

import pytest
from tests.conftest import SOAK
from tests.unit.advise import holes_elsewhere, holes_in_denies
from tests.unit.advise.holes import HOLES, Doc, Hole, document_of, forcing, spellings

from iamfa.advise.case import Case, CheckOptions
from iamfa.advise.finding import Finding
from iamfa.advise.rules import RULES
from iamfa.policy.document import Kind
from iamfa.policy.policy import Policy

BASES = (
    "aws-self-manage-mfa", "aws-own-credentials", "aws-own-mfa-only", "govcloud-self-manage", "govcloud-own-mfa-only",
    "govcloud-own-credentials", "china-self-manage", "china-own-mfa-only", "china-own-credentials", "any-partition",
    "exempt-by-tag", "exempt-by-path", "exempt-by-address", "exempt-by-arn", "exempt-by-name",
    "govcloud-exempt-by-path", "china-exempt-by-path", "exempt-by-three-conditions", "exempt-forwarded-calls",
    "second-deny-for-stale-sessions", "age-narrows-new-keys", "confined-to-oneself",
)  # fmt: skip
"""Those that force by a Deny with BoolIfExists and let their users enrol."""

SCPS = (
    "scp-for-users", "scp-not-for-roles", "scp-by-principal-type", "scp-where-there-is-a-user-name",
    "scp-for-users-but-break-glass", "scp-for-tagged-principals",
)  # fmt: skip
TRUSTS = ("trust-with-mfa", "trust-users-with-mfa-and-saml", "trust-session-named-as-the-user")
_BASES = {Kind.SCP: SCPS, Kind.TRUST: TRUSTS}

NOT_APPLICABLE = {
    "confined-to-oneself": {
        "device actions granted on everybody": "its second Deny keeps them to the own user",
        "own user with a star behind": "its second Deny keeps them to the own user",
    },
    "exempt-forwarded-calls": {"forwarded calls that are exempt": "they are already"},
    "exempt-by-three-conditions": {"forwarded calls that are exempt": "they are already"},
}

CASES = [(base, name) for name, hole in sorted(HOLES.items()) for base in _BASES.get(hole.kind or Kind.IDENTITY, BASES)]
"""Every hole in every policy that it can be put into."""

_TURN = {name: i for i, name in enumerate(sorted(HOLES))}


def in_a_short_run(place: int, base: str, name: str) -> bool:
    """Whether a hole is put into a policy in a short run: every sixth of many policies, every third of few."""
    return (place + _TURN[name]) % (6 if base in BASES else 3) == 0


_RULES = {rule.id: rule for rule in RULES}


def findings(doc: Doc, hole: Hole, kind: Kind | None = None) -> list[Finding]:
    kind = kind or hole.kind
    options = CheckOptions(as_kind=kind, partition=hole.partition, catalogue_age_days=0)
    return list(_RULES[hole.rule].find(Case(Policy.from_document(doc, kind=kind), options)))


def with_hole(doc: Doc, hole: Hole) -> Doc:
    changed = copy.deepcopy(doc)
    hole.change(changed)
    return changed


@pytest.mark.parametrize(
    ("number", "base", "name"),
    [(i, *case) for i, case in enumerate(CASES) if SOAK or in_a_short_run(i, *case)],
)
def test_the_hole_is_found(number: int, base: str, name: str) -> None:
    """In one spelling; which one goes round, so that each hole meets each spelling in some policy.

    In some policies but in the long run, which asks all of them in every spelling.
    """
    asked(base, HOLES[name], number)


def test_every_hole_is_looked_for_in_a_short_run_too_and_every_policy_has_some() -> None:
    short = [(base, name) for i, (base, name) in enumerate(CASES) if in_a_short_run(i, base, name)]
    holes, bases = Counter(name for _, name in short), Counter(base for base, _ in short)
    assert holes.keys() == HOLES.keys()
    assert [name for name in holes if HOLES[name].kind is not Kind.TRUST and holes[name] < 2] == []
    assert bases.keys() == {base for base, _ in CASES}
    assert [base for base in BASES if bases[base] < 5] == []


# One stands for all where it is skipped: two thousand skipped tests take seconds.
@pytest.mark.soak
@pytest.mark.parametrize(("base", "name"), CASES if SOAK else CASES[:1])
def test_the_hole_is_found_in_every_spelling(base: str, name: str) -> None:
    asked(base, HOLES[name])


def asked(base: str, hole: Hole, number: int | None = None) -> None:
    reason = NOT_APPLICABLE.get(base, {}).get(hole.name)
    start = document_of(base)
    if hole.mended is not None:
        hole.mended(start)
    before = findings(start, hole)
    spelled = list(spellings(with_hole(start, hole)))
    for spelling, doc in spelled if number is None else [spelled[number % len(spelled)]]:
        found = findings(doc, hole)
        assert worse(found, before) is (reason is None), f"{spelling}, {reason}: {[str(f) for f in found]}"


def worse(found: list[Finding], before: list[Finding]) -> bool:
    """Whether more is found than before, or it is worse, or something else."""
    said = {(f.severity, str(f)) for f in before}
    return any((f.severity, str(f)) not in said for f in found)


OF_THE_DENY = frozenset(
    {
        "mfa-not-enforced", "exempt-takes-over", "exempt-too-broad", "exempt-assume-role", "exempt-by-condition",
        "unknown-action", "unknown-key", "wrong-operator-for-key", "first-sign-in-deadlock",
    }
)  # fmt: skip
"""Rules whose holes lie in the forcing Deny alone, so that they are holes of a boundary or an organization as well."""

OF_GRANTS = ("own user with a star behind", "keys of everybody exempt and granted")
"""Holes of a grant, and neither a boundary nor an organization's policy grants."""


@pytest.mark.parametrize("kind", [Kind.BOUNDARY, Kind.SCP])
@pytest.mark.parametrize("name", sorted(n for n, h in HOLES.items() if h.rule in OF_THE_DENY and n not in OF_GRANTS))
def test_a_hole_of_the_deny_is_found_in_a_boundary_and_in_an_organization_s_policy(name: str, kind: Kind) -> None:
    hole = HOLES[name]
    for base in ("aws-own-mfa-only", "govcloud-self-manage"):
        start = document_of(base)
        if hole.mended is not None:
            hole.mended(start)
        changed = with_hole(start, hole)
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        whole = {**changed, "Statement": [*changed["Statement"], everything]}
        bare = {**changed, "Statement": [forcing(changed) if "NotAction" in str(changed) else changed["Statement"][-1]]}
        for doc in (whole, *([bare] if kind is Kind.SCP else [])):
            assert findings(doc, hole, kind), f"{base}: {doc}"


def test_holes_of_nearly_every_rule_are_known() -> None:
    assert holes_in_denies.__name__ and holes_elsewhere.__name__
    missing = set(_RULES) - {hole.rule for hole in HOLES.values()}
    # The first two are true of nearly all of them; the last is no hole, and has cases of its own.
    assert missing == {"unenrolled-user-can-be-claimed", "abandoned-device-blocks-name", "dead-statement"}
    assert len(HOLES) >= 90
    assert len(CASES) >= 1_500
