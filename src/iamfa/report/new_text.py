"""What a composed policy promises, what it costs and what it leaves open, in words."""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.compose import Composition, Measure, Written
from iamfa.advise.promises import Promise
from iamfa.report.check_text import list_lines
from iamfa.report.paper import Line, Paper, Piece, Style, line, printable

_SIGNS: dict[bool | None, tuple[str, Style]] = {True: ("✓", "good"), False: ("✗", "error"), None: ("?", "warning")}


def composition_text(composition: Composition) -> str:
    """The policies themselves, with a comment before each statement; a guard stands behind the first."""
    return "\n".join(written.policy.source.text for written in composition.written)


def composition_lines(paper: Paper, composition: Composition) -> Iterator[Line]:
    """The promises, the warnings that were asked for, the sizes, and what is left open."""
    yield line(paper.say("it promises, and each was tried"), "strong")
    for promise in composition.promises:
        yield from _promise(paper, promise)
    if composition.asked_for:
        yield line(paper.say("it brings with it, as was wished for"), "strong")
        warnings = (f"{f.rule} ({wish}): {paper.say(f.message)}" for f, wish in composition.asked_for)
        yield from list_lines(paper, warnings, "warning")
    yield line(paper.say("size as AWS counts it"), "strong")
    for written in composition.written:
        yield from _sizes(paper, written)
    if composition.notes:
        yield line(paper.say("it leaves open"), "strong")
        yield from list_lines(paper, (paper.say(note) for note in composition.notes))


def _promise(paper: Paper, promise: Promise) -> Iterator[Line]:
    sign, style = _SIGNS[promise.holds]
    pieces = [Piece(f"{paper.sign(sign)} ", style), Piece(printable(paper.say(promise.words)))]
    if promise.proved:
        pieces.append(Piece(f" ({paper.say('proved for every request')})", "good"))
    yield from paper.wrapped(pieces, indent="  ", hanging="    ")


def _sizes(paper: Paper, written: Written) -> Iterator[Line]:
    pieces = [Piece(f"{printable(written.composed.name)}:", "plain")]
    for measure in written.measures:
        pieces += [Piece(" "), *_size(paper, measure)]
    yield from paper.wrapped(pieces, indent="  ", hanging="    ")


def _size(paper: Paper, measure: Measure) -> Iterator[Piece]:
    if measure.fits:
        words = paper.say("{count} of {quota} as {attach}")
    else:
        words = paper.say("{count} of {quota} does not fit as {attach}")
    text = words.format(count=f"{measure.characters:,}", quota=f"{measure.quota:,}", attach=measure.attach)
    yield Piece(text + ("" if measure.attach in ("managed", "scp") else ";"), "plain" if measure.fits else "warning")
