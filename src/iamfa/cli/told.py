"""What stands behind an option, read: lists with commas, assumptions, and names that are spelled alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click

from iamfa.platform import Assumptions


def names(values: Sequence[str]) -> tuple[str, ...] | None:
    """The names in values that are lists with commas; None where the option was not given."""
    if not values:
        return None
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


def close_to(name: str, known: Iterable[str]) -> str:
    """`; did you mean …?`, where something is spelled like it."""
    from difflib import get_close_matches

    close = get_close_matches(name, sorted(known), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(f'`{each}`' for each in close)}?" if close else ""


def assumptions_from(pairs: Sequence[str], platform: str | None) -> Assumptions:
    """The assumptions that were named; raises for one that is not `ID=VALUE`, or not known."""
    chosen: dict[str, str] = {}
    for pair in pairs:
        id_, equals, value = pair.partition("=")
        if not equals:
            raise click.UsageError(f"`{pair}` is no assumption: write ID=VALUE", click.get_current_context())
        chosen[id_.strip()] = value.strip()
    if platform is not None:
        chosen["platform"] = platform
    return Assumptions(chosen)
