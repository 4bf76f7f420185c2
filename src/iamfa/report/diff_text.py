"""What `diff` says: which of two policies permits more, a request for each difference, the statements behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iamfa.report.paper import Line, Paper, Piece, Style, line, printable
from iamfa.report.shown import ShownChange, ShownSide
from iamfa.report.witness_text import explained_lines, request_lines

_WORDS: Mapping[str, tuple[str, Style]] = {
    "equivalent": ("{a} and {b} permit the same", "good"),
    "a_less": ("{a} permits less than {b}", "warning"),
    "b_less": ("{a} permits more than {b}", "warning"),
    "incomparable": ("{a} and {b} each permit what the other does not", "warning"),
    "unknown": ("whether {a} and {b} permit the same is unknown", "warning"),
}
_CLOSED: Mapping[str, str] = {
    "equivalent": "the two permit the same",
    "a_less": "the first permits less",
    "b_less": "the first permits more",
    "incomparable": "each permits what the other does not",
    "unknown": "not known",
}


def change_lines(paper: Paper, shown: ShownChange, *, quiet: bool = False, verbose: bool = False) -> Iterator[Line]:
    """Which permits more, and each difference with its request; with *quiet* nothing of what is equivalent."""
    if quiet and shown.relation == "equivalent":
        return
    words, style = _WORDS[shown.relation]
    said = paper.say(words).format(a=f"`{shown.name_a}`", b=f"`{shown.name_b}`")
    yield from paper.wrapped([Piece(printable(said), style)], hanging="  ")
    yield from _sentence(paper, paper.say("open world: any action, any resource, any value of every key"))
    closed = paper.say(_CLOSED[shown.closed_relation])
    also = f"{paper.say('also')} " if shown.closed_relation == shown.relation != "unknown" else ""
    yield from _sentence(
        paper,
        f"{paper.say('closed world (the actions of today, with contexts as AWS makes them)')}: {also}{closed}",
    )
    for reason in shown.reasons:
        yield from _sentence(paper, f"{paper.say('not known')}: {reason}")
    for words in shown.left_aside:
        yield from _sentence(paper, f"{paper.say('left aside')}: {words}")
    for name, side in ((shown.name_a, shown.only_a), (shown.name_b, shown.only_b)):
        if side is not None:
            yield from _side_lines(paper, name, side, verbose=verbose)


def _side_lines(paper: Paper, name: str, side: ShownSide, *, verbose: bool) -> Iterator[Line]:
    yield line()
    only = paper.say("Only {name} permits, for example:").format(name=f"`{name}`")
    yield from paper.wrapped([Piece(printable(only), "strong")], hanging="  ")
    yield from request_lines(paper, side.request, None, side.explained, verbose=verbose)
    for each in side.explained:
        yield line()
        yield from explained_lines(paper, each, verbose=verbose)


def _sentence(paper: Paper, words: str) -> Iterator[Line]:
    return paper.wrapped([Piece("= ", "dim"), Piece(printable(words))], indent="  ", hanging="    ")
