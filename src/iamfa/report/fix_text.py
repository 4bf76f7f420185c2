"""What `fix` would write, as a diff, and in words what that does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from iamfa.advise.repair import RepairResult
from iamfa.advise.repair_proof import RepairProof
from iamfa.policy.edit import diff
from iamfa.report.check_text import fault_lines, list_lines
from iamfa.report.fixed import Fixed
from iamfa.report.paper import Line, Paper, Piece, Style, line, printable

_MOST = 12
"""So many sentences of one kind are shown unless all are asked for."""


def diff_text(fixed: Fixed) -> str:
    """The change as a unified diff that `patch -p1` and `git apply` take."""
    return diff(fixed.source.text, fixed.text, "stdin" if fixed.path == "-" else fixed.path.lstrip("/"))


def diff_lines(text: str) -> Iterator[Line]:
    """A diff as lines to look at."""
    for each in text.split("\n")[:-1]:
        style: Style = "plain"
        if each.startswith(("+++", "---")):
            style = "strong"
        elif each[:1] in ("+", "-"):
            style = "added" if each[0] == "+" else "removed"
        elif each.startswith("@@"):
            style = "dim"
        yield (Piece(printable(each.rstrip("\r").replace("\t", "    ")), style),)


def fixed_lines(paper: Paper, fixed: Fixed, *, verbose: bool = False) -> Iterator[Line]:
    """What the repair of one file does, and what it does not do."""
    for name, faults in fixed.faults_by_document.items():
        yield from fault_lines(paper, fixed.path, fixed.source, faults, name)
    for name, result in fixed.repairs:
        yield from _repair(paper, fixed.path, name, result, verbose=verbose)
    for name in fixed.embedded:
        words = paper.say("stands in the file as text: save it in a file of its own to repair it")
        yield from _head(paper, fixed.path, name, words, "warning")
    if fixed.written:
        yield from paper.paragraph(f"{paper.say('written')}: {fixed.path}", style="good")


def _repair(paper: Paper, path: str, name: str | None, result: RepairResult, *, verbose: bool) -> Iterator[Line]:
    if result.dropped:
        yield from _head(paper, path, name, paper.say("what no flow needs is dropped"), "strong")
        yield from list_lines(paper, (paper.say(str(each)) for each in result.dropped), "good")
        yield from _sentences(paper, paper.say("it newly refuses"), result.newly_refuses, verbose=verbose)
        if result.proof is not None:
            yield from _proof(paper, result.proof)
    elif not result.applied:
        nothing = paper.say("nothing to repair") if result.dropped is None else paper.say("nothing to drop")
        words = nothing if result.refused is None else paper.say("nothing was repaired")
        yield from _head(paper, path, name, words, "good" if result.refused is None else "warning")
    else:
        yield from _head(paper, path, name, paper.say("the repair mends"), "strong")
        yield from list_lines(paper, dict.fromkeys(f"{f.rule}: {paper.say(f.message)}" for f in result.applied), "good")
        for words, sentences in (
            ("it newly permits", result.newly_permits),
            ("it newly refuses", result.newly_refuses),
            ("it introduces", [f"{f.severity.value}[{f.rule}]: {paper.say(f.message)}" for f in result.introduced]),
        ):
            yield from _sentences(paper, paper.say(words), sentences, verbose=verbose)
        if result.proof is not None:
            yield from _proof(paper, result.proof)
    if result.refused is not None:
        yield from paper.wrapped(
            [Piece(paper.say("not done"), "warning"), Piece(f": {printable(paper.say(result.refused))}")],
            indent="  ",
            hanging="    ",
        )


def _proof(paper: Paper, proof: RepairProof) -> Iterable[Line]:
    return paper.paragraph(f"{paper.say('proved for all requests')}: {_proved(paper, proof)}", hanging="  ")


def _proved(paper: Paper, proof: RepairProof) -> str:
    """What is proved of the change, over all requests."""
    ways = []
    for told, nothing, only in (
        (proof.permits, "none is newly permitted", "those newly permitted are for {actions} and nothing else"),
        (proof.refuses, "none is newly refused", "those newly refused are for {actions} and nothing else"),
    ):
        if told is not None:
            ways.append(paper.say(only).format(actions=", ".join(told)) if told else paper.say(nothing))
    return "; ".join(ways) if ways else paper.say("nothing, since the change reaches actions that no list names")


def _head(paper: Paper, path: str, name: str | None, words: str, style: Style) -> Iterable[Line]:
    where = f"{path} ({name})" if name else path
    return paper.wrapped([Piece(printable(where), "strong"), Piece(": "), Piece(words, style)], hanging="  ")


def _sentences(paper: Paper, words: str, sentences: Sequence[str], *, verbose: bool) -> Iterator[Line]:
    if not sentences:
        yield line(f"{words}: {paper.say('nothing')}")
        return
    yield line(f"{words}:")
    shown = sentences if verbose else sentences[:_MOST]
    yield from list_lines(paper, shown)
    if len(shown) < len(sentences):
        more = paper.say("and {count} more (--verbose shows them)").format(count=len(sentences) - len(shown))
        yield line(f"    {more}", "dim")
