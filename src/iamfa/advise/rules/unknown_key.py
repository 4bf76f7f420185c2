"""A condition key that neither the table of global keys nor the catalogue holds."""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.case import Case
from iamfa.advise.catalogued import severity
from iamfa.advise.finding import Finding, Severity
from iamfa.advise.rule import Rule
from iamfa.advise.wording import listed
from iamfa.policy import catalogue, keys
from iamfa.policy.retired import is_retired_key


def _find(case: Case) -> Iterator[Finding]:
    for statement in case.policy.statements:
        for condition in statement.conditions:
            name = condition.key.text
            if is_known(name):
                continue
            close = keys.close_keys(name)
            yield RULE.found(
                Severity.NOTE if is_retired_key(name) else severity(case),
                f"`{name}` is no condition key that is known",
                params={"key": name, "close": list(close)},
                statement=statement,
                span=condition.key.span,
                reason=f"did you mean {listed(close)}?" if close else "a request never carries it, as far as is known",
            )


def is_known(name: str) -> bool:
    """Whether AWS documents the key, or it is one of an identity provider's, whose names are free."""
    return (
        keys.find_key(name) is not None
        or keys.names_identity_provider(name)
        or catalogue.find_condition_key(name) is not None
    )


RULE = Rule("unknown-key", "warning, note when the catalogue is old", "a condition key that is in no catalogue", _find)
