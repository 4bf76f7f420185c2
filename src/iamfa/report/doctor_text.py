"""What the doctor found, as text: family by family, what is wrong with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from iamfa.report.paper import Line, Paper, Piece, Style, line, printable
from iamfa.session.doctor_checkup import Checkup

_SIGNS: Mapping[str, tuple[str, Style]] = {
    "ok": ("✓", "good"),
    "warning": ("!", "warning"),
    "problem": ("✗", "error"),
    "unknown": ("?", "note"),
}
_HEADS = {
    "environment": "environment",
    "profiles": "profiles",
    "files": "files",
    "sessions": "sessions",
    "clock": "clock",
    "aws": "AWS",
    "policies": "policies",
}
_COUNTED = (("problem", "problem", "problems"), ("warning", "warning", "warnings"), ("unknown", "unknown", "unknown"))


def doctor_lines(
    paper: Paper, checkups: Sequence[Checkup], *, quiet: bool = False, verbose: bool = False
) -> Iterator[Line]:
    """A part for each family, and the sum; *quiet* leaves out what is fine, *verbose* adds ids and places to it."""
    shown = [each for each in checkups if not quiet or each.state != "ok"]
    for family, found in groupby(shown, key=lambda each: each.row.family):
        yield line(paper.say(_HEADS[family]), "strong")
        for each in found:
            yield from _checkup_lines(paper, each, verbose=verbose)
        yield line()
    if checkups and not (quiet and not shown):
        yield from paper.wrapped(_sum(paper, checkups))


def _checkup_lines(paper: Paper, found: Checkup, *, verbose: bool) -> Iterator[Line]:
    sign, style = _SIGNS[found.state]
    fine = found.state == "ok"
    pieces = [Piece(paper.sign(sign), style), Piece(f" {printable(paper.say(found.sentence))}")]
    if verbose or not fine:
        pieces.append(Piece(f" ({found.id})", "dim"))
    yield from paper.wrapped(pieces, indent="  ", hanging="    ")
    if found.place is not None and (verbose or not fine) and found.place.strip("`") not in found.sentence:
        yield from paper.wrapped([Piece(printable(found.place), "dim")], indent="      ", hanging="        ")
    if found.hint is not None:
        lead = Piece(f"{paper.sign('→')} ", "dim")
        words = Piece(printable(paper.say(found.hint)), "dim" if fine else "plain")
        yield from paper.wrapped([lead, words], indent="      ", hanging="        ")


def _sum(paper: Paper, checkups: Sequence[Checkup]) -> list[Piece]:
    counts = {state: sum(1 for each in checkups if each.state == state) for state in _SIGNS}
    told: list[Piece] = []
    for state, one, many in _COUNTED:
        if counts[state]:
            words = paper.say(one if counts[state] == 1 else many)
            told += [Piece(", " if told else ""), Piece(f"{counts[state]} {words}", _SIGNS[state][1])]
    return told or [Piece(paper.say("nothing stands in the way"), "good")]
