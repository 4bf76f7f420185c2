"""By what a finding is known again after the file has been edited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from iamfa.advise.finding import Finding

_LENGTH: Final = 32
_SUGGESTED: Final = frozenset({"close"})
"""Parameters that come from a catalogue which grows, and not from the policy."""


def fingerprint(finding: Finding, document: str | None = None) -> str:
    """A name for *finding* that stays when lines move, values are laid out anew or a message is worded better.

    It is made of the rule, the statement (its Sid; without one its index), the values that the message names, and
    *document*, the policy's name inside a dump; 32 hexadecimal digits. Numbers are left out: a size or a count changes
    with every edit and is still the same matter; so are names that are spelled alike. Two findings of one file may
    share a fingerprint; whoever compares counts.
    """
    import json
    from hashlib import sha256

    statement = finding.statement_sid if finding.statement_sid is not None else finding.statement_index
    params = {name: value for name, value in finding.params.items() if name not in _SUGGESTED}
    identity = [finding.rule, document, statement, _plain(params)]
    return sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:_LENGTH]


def _plain(value: object) -> object:
    """A parameter without its measures, and without the order in which a file lists things."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int | float):
        return None
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, Iterable):
        return sorted((_plain(each) for each in value), key=repr)
    return str(value)
