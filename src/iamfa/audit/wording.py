"""Words that several findings use."""

from __future__ import annotations

from collections.abc import Sequence

from iamfa.evaluate.credential import CREDENTIALS

_MOST = 3


def people(names: Sequence[str], count: int | None = None) -> str:
    """A few names, and how many more there are."""
    total = len(names) if count is None else count
    shown = ", ".join(f"`{name}`" for name in names[:_MOST])
    more = total - min(len(names), _MOST)
    return f"{shown} and {more} more" if more > 0 else shown


def kinds_in_words(kinds: Sequence[str]) -> str:
    """Kinds of credential in words."""
    return " or ".join(CREDENTIALS[kind].words for kind in kinds)
