"""An operator that makes no sense of the key's values: the condition never does what it seems to.

AWS's pages reference_policies_elements_condition_operators and reference_policies_condition-keys (data types).
"""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.case import Case
from iamfa.advise.catalogued import severity
from iamfa.advise.finding import Finding
from iamfa.advise.rule import Rule
from iamfa.policy import catalogue, keys
from iamfa.policy.operators import Family, ParsedOperator, parse_operator


def _find(case: Case) -> Iterator[Finding]:
    for statement in case.policy.statements:
        for condition in statement.conditions:
            info = keys.find_key(condition.key.text) or catalogue.find_condition_key(condition.key.text)
            if info is None:
                continue
            parsed = parse_operator(condition.operator.text)
            kinds = " or ".join(kind.value for kind in info.types)
            if not info.suits(parsed.operator):
                what, reason = f"{condition.operator.text} compares no {kinds} values", f"its values are {kinds}"
            elif _misses_set_operator(info, parsed):
                what = f"`{condition.key.text}` has several values, and {condition.operator.text} never matches them"
                reason = "ForAnyValue: or ForAllValues: is missing"
            else:
                continue
            yield RULE.found(
                severity(case),
                what,
                params={"key": condition.key.text, "operator": condition.operator.text},
                statement=statement,
                span=condition.span,
                reason=reason,
            )


def _misses_set_operator(info: keys.KeyInfo, parsed: ParsedOperator) -> bool:
    """Whether a key that AWS documents as multivalued is compared without a set operator."""
    plain = parsed.qualifier is None and parsed.operator.family is not Family.NULL
    return plain and info.multivalued and keys.is_global(info.name)


RULE = Rule(
    "wrong-operator-for-key",
    "warning, note when the catalogue is old",
    "an operator that makes no sense of the key's values",
    _find,
)
