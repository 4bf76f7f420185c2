"""`rules --format json`, version 1: frozen."""

from __future__ import annotations

from collections.abc import Iterable

from iamfa.report.pieces_json import Json


def rules_json(rules: Iterable[tuple[str, str, str]], page: str | None = None) -> Json:
    """Id, severities and summary of each rule; with *page* that of the only one."""
    shape: Json = {
        "version": 1,
        "rules": [{"id": rule_id, "severity": severity, "summary": summary} for rule_id, severity, summary in rules],
    }
    return shape if page is None else shape | {"page": page}
