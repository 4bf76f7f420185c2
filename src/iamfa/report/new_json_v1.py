"""`new --format json`, version 1: frozen."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from iamfa.advise.compose import Composition, Written
from iamfa.policy.render import as_json
from iamfa.report.pieces_json import Json


def new_json(composition: Composition) -> Json:
    """What was composed, what it promises, and what is left open."""
    return {
        "version": 1,
        "wishes": {name: _plain(value) for name, value in asdict(composition.wishes).items()},
        "documents": [_document(each) for each in composition.written],
        "promises": [
            {"promise": promise.words, "holds": promise.holds, "proved": promise.proved}
            for promise in composition.promises
        ],
        "asked_for": [
            {"rule": f.rule, "severity": f.severity.value, "message": f.message, "wish": wish}
            for f, wish in composition.asked_for
        ],
        "notes": list(composition.notes),
    }


def _document(written: Written) -> Json:
    composed = written.composed
    return {
        "name": composed.name,
        "kind": composed.kind.value,
        "purpose": composed.purpose,
        "class": written.report.file_class,
        "document": as_json(composed.document),
        "text": written.policy.source.text,
        "comments": [{"sid": c.statement.sid, "comment": c.comment} for c in composed.statements],
        "sizes": [
            {"attach": m.attach, "characters": m.characters, "quota": m.quota, "fits": m.fits} for m in written.measures
        ],
    }


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value
