"""The enforcement spares somebody: by a tag, a path, an ARN, an address, or calls that a service forwards.

AWS's pages reference_policies_condition-keys and access_forward_access_sessions (`aws:ViaAWSService`).
"""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Severity, Witness
from iamfa.advise.rule import Rule
from iamfa.advise.ways_out import WayOut, ways_out
from iamfa.advise.wording import spared_in_words


def _find(case: Case) -> Iterator[Finding]:
    seen: set[frozenset[str]] = set()
    for way in sorted(ways_out(case), key=lambda w: len(w.escapes)):
        sets = frozenset(_words(way))
        if not any(known <= sets for known in seen):
            seen.add(sets)
            yield _finding(case, way)


def _words(way: WayOut) -> tuple[str, ...]:
    return tuple(dict.fromkeys(spared_in_words(e.condition, e.value, holds=e.holds) for e in way.escapes))


def _finding(case: Case, way: WayOut) -> Finding:
    shown = next((e for e in way.escapes if e.statement in case.policy.statements), way.escapes[0])
    own = shown.statement in case.policy.statements
    return RULE.found(
        Severity.NOTE,
        "exempt from MFA: "
        + ", and at once ".join(spared_in_words(e.condition, e.value, holds=e.holds) for e in way.escapes),
        params={
            "conditions": [
                {
                    "key": e.condition.key.text,
                    "operator": e.condition.operator.text,
                    "values": [v.text for v in e.condition.values],
                }
                for e in way.escapes
            ]
        },
        statement=shown.statement if own else None,
        span=shown.condition.span if own else None,
        reason="grants without MFA where this holds"
        if shown.holds
        else "the Deny does not bear where this does not hold",
        witness=Witness(way.request, way.credential),
    )


RULE = Rule(
    "exempt-by-condition",
    "note",
    "the enforcement has exempted principals or calls (tag, path, ARN, address, aws:ViaAWSService): which",
    _find,
)
