"""An action that the catalogue does not hold."""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.case import Case
from iamfa.advise.catalogued import severity
from iamfa.advise.finding import Finding, Severity
from iamfa.advise.rule import Rule
from iamfa.advise.wording import listed
from iamfa.policy import catalogue
from iamfa.policy.retired import is_retired_action


def _find(case: Case) -> Iterator[Finding]:
    for statement in case.policy.statements:
        for value in statement.action.values:
            prefix, colon, _ = value.text.partition(":")
            if not colon or "*" in prefix or "?" in prefix:
                continue
            if not catalogue.has_service(prefix):
                what = f"`{prefix}` is no service that the catalogue holds"
            elif "*" in value.text or "?" in value.text or catalogue.find_action(value.text) is not None:
                continue
            else:
                what = f"`{value.text}` is no action that the catalogue holds"
            close = catalogue.close_names(value.text.replace("*", ""))
            yield RULE.found(
                Severity.NOTE if is_retired_action(value.text) else severity(case),
                what,
                params={"action": value.text, "close": list(close)},
                statement=statement,
                span=value.span,
                reason=f"did you mean {listed(close)}?" if close else "has no effect, or is newer than the catalogue",
            )


RULE = Rule("unknown-action", "warning, note for what AWS retired", "an action that is in no catalogue", _find)
