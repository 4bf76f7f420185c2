"""What each part of a policy is there for, as people read it: the judgement first, then the part, then the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from iamfa.advise.explained import MAIN_FLOWS, Explained, ExplainedStatement, Explanation
from iamfa.advise.finding import Severity
from iamfa.report.calls_text import credential_words
from iamfa.report.check_text import fault_lines
from iamfa.report.explained_file import WORDS, ExplainedFile, counted_words, place_of
from iamfa.report.flows_text import RESULTS
from iamfa.report.paper import Line, Paper, Piece, Style, line, printable

_STYLES: Mapping[str, Style] = {
    "required": "good",
    "optional": "note",
    "not_needed": "dim",
    "harmful": "error",
    "not_decided": "warning",
}
_CAN_GO = ("not_needed", "harmful")
_MOST_LINES = 4
"""More lines than this are told by the first and the last."""
_JUDGEMENT = 13
"""The width of the first column."""


def explained_lines(
    paper: Paper,
    file: ExplainedFile,
    *,
    failing: Severity = Severity.WARNING,
    quiet: bool = False,
    verbose: bool = False,
) -> Iterator[Line]:
    """Everything about one policy; with *quiet* what fails alone, with *verbose* every flow that changes."""
    if file.explanation is None:
        yield from fault_lines(paper, file.path, file.source, file.faults, file.name)
    elif quiet:
        for each in file.explanation.all:
            if each.severity is not None and each.severity.rank <= failing.rank:
                yield from _lines(paper, file.explanation, [each], indent="", verbose=False)
    else:
        yield from _heading(paper, file, file.explanation)
        for statement in file.explanation.statements:
            yield from _statement_lines(paper, file.explanation, statement, verbose=verbose)
        yield from _summary(paper, file.explanation)


def _heading(paper: Paper, file: ExplainedFile, explanation: Explanation) -> Iterator[Line]:
    name = f" ({file.name})" if file.name else ""
    words, bracket, how = paper.say(explanation.class_words).partition(" (")
    pieces = [Piece(printable(f"{file.path}{name}"), "strong"), Piece(f": {words}"), Piece(bracket + how, "dim")]
    yield from paper.wrapped(pieces, hanging="  ")
    if explanation.walked:
        said = paper.say("each part was left out and the flows walked; main flows: {flows}")
        text = said.format(flows=", ".join(MAIN_FLOWS))
    else:
        text = paper.say("each part was left out and the verdicts compared; no flow is walked for such a file")
    yield from paper.paragraph(text, indent="  ", hanging="    ", style="dim")
    yield line()


def _statement_lines(
    paper: Paper, explanation: Explanation, statement: ExplainedStatement, *, verbose: bool
) -> Iterator[Line]:
    yield from _lines(paper, explanation, [statement.whole], indent="", verbose=verbose)
    entries = [entry for entry in statement.entries if not entry.part.stands_for_statement]
    for alike in _alike(entries) if not verbose else [[entry] for entry in entries]:
        yield from _lines(paper, explanation, alike, indent="  ", verbose=verbose)
    yield line()


def _alike(entries: Sequence[Explained]) -> list[list[Explained]]:
    """The entries of one element of which the same is said, together."""
    found: dict[tuple[object, ...], list[Explained]] = {}
    for entry in entries:
        rules = tuple(note.rule for note in entry.notes) if entry.judgement in _CAN_GO else ()
        name = entry.part.element.name if entry.part.element is not None else ""
        found.setdefault((name, entry.judgement, entry.reason, rules), []).append(entry)
    return list(found.values())


def _lines(
    paper: Paper, explanation: Explanation, alike: Sequence[Explained], *, indent: str, verbose: bool
) -> Iterator[Line]:
    """One or several parts of which the same is said."""
    first = alike[0]
    word = paper.say(WORDS[first.judgement])
    lead = [Piece(word, _STYLES[first.judgement]), Piece("\N{NO-BREAK SPACE}" * (_JUDGEMENT - len(word)))]
    names = ", ".join(_name(each) for each in alike)
    pieces = [*lead, Piece(printable(names), "strong")]
    pieces.append(Piece(f" ({_where(paper, explanation, alike)})", "dim"))
    pieces.append(Piece(f": {printable(paper.say(first.reason))}"))
    hanging = indent + " " * _JUDGEMENT
    for each in paper.wrapped(pieces, indent=indent, hanging=hanging):
        yield tuple(Piece(p.text.replace("\N{NO-BREAK SPACE}", " "), p.style) for p in each)
    yield from _note_lines(paper, first, hanging, whole=first.part.element is None)
    if verbose:
        yield from _change_lines(paper, first, hanging)


def _name(explained: Explained) -> str:
    value = explained.part.value
    return explained.part.statement.label if value is None else value.text


def _where(paper: Paper, explanation: Explanation, alike: Sequence[Explained]) -> str:
    """`Allow, line 5`; of an entry that a Deny spares `exempt, line 34`."""
    part = alike[0].part
    policy = explanation.policy
    lines = sorted({policy.source.position(place_of(policy, each).start)[0] for each in alike})
    if len(lines) == 1:
        place = f"{paper.say('line')} {lines[0]}"
    elif len(lines) > _MOST_LINES or lines[-1] - lines[0] == len(lines) - 1:
        place = f"{paper.say('lines')} {lines[0]}-{lines[-1]}"
    else:
        place = f"{paper.say('lines')} {', '.join(map(str, lines))}"
    if part.element is None:
        return f"{part.statement.effect}, {place}"
    if part.element.negated:
        return f"{paper.say('exempt') if part.statement.effect == 'Deny' else part.element.name}, {place}"
    return place


def _note_lines(paper: Paper, explained: Explained, hanging: str, *, whole: bool) -> Iterator[Line]:
    """What the judge notes of a part that can go."""
    if explained.judgement not in _CAN_GO:
        return
    for note in explained.notes:
        pieces = [Piece(f"note[{note.rule}]", "note"), Piece(f" {paper.say('goes with it')}")]
        if whole:
            pieces.append(Piece(f": {printable(paper.say(note.message))}"))
        yield from paper.wrapped(pieces, indent=hanging, hanging=hanging + "  ")


def _change_lines(paper: Paper, explained: Explained, hanging: str) -> Iterator[Line]:
    """Every flow that ends differently; the kinds of device of one credential in one line."""
    arrow = paper.sign("→")
    found: dict[tuple[str, str, str, str, bool], list[str]] = {}
    for change in (*explained.effects.flows_lost, *explained.effects.flows_won):
        before, after = change.before, change.after
        key = (before.flow, before.credential, before.result, after.result, change.with_path)
        found.setdefault(key, []).extend([before.device] if before.device is not None else [])
    for (flow, credential, was, now, with_path), devices in found.items():
        who = [credential_words(paper, credential), *devices, *([paper.say("users with a path")] if with_path else [])]
        then = paper.say(RESULTS[now] if now != was else "hangs on more")
        words = f"{flow} ({', '.join(who)}): {paper.say(RESULTS[was])} {arrow} {then}"
        yield from paper.wrapped([Piece(words, "dim")], indent=hanging, hanging=hanging + "  ")


def _summary(paper: Paper, explanation: Explanation) -> Iterator[Line]:
    wholes = [statement.whole for statement in explanation.statements]
    entries = [entry for statement in explanation.statements for entry in statement.entries]
    said = [f"{paper.say('statements')}: {counted_words(wholes)}"]
    said.append(f"{paper.say('entries')}: {counted_words(entries)}")
    for each in said:
        yield line(each)
    yield line()
