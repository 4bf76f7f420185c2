"""What `check` says of one policy, as people like to read it: the finding, the line underlined, the reason in place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from iamfa.advise.finding import Finding, Report, Severity
from iamfa.errors import Fault
from iamfa.policy.document import Span
from iamfa.policy.source import Source
from iamfa.report.calls_text import credential_words, trace_lines
from iamfa.report.excerpt import excerpt, headline, place
from iamfa.report.flows_text import attack_lines, flow_lines
from iamfa.report.judged import Judged, counted
from iamfa.report.paper import Line, Paper, Piece, Style, line, printable

_MOST_FAULTS = 20
_LONGEST = 400
"""Of a text no more is underlined, however long it is."""


def judged_lines(
    paper: Paper, judged: Judged, *, failing: Severity = Severity.WARNING, quiet: bool = False, verbose: bool = False
) -> Iterator[Line]:
    """Everything about one policy; with *quiet* faults and what fails alone, with *verbose* every trace and excerpt."""
    if judged.report is None:
        yield from fault_lines(paper, judged.path, judged.source, judged.faults, judged.name)
    elif quiet:
        for finding in judged.report.findings:
            if finding.severity.rank <= failing.rank:
                yield from finding_lines(paper, finding, judged)
    else:
        yield from single_spaced(_report_lines(paper, judged, judged.report, verbose=verbose))


def _report_lines(paper: Paper, judged: Judged, report: Report, *, verbose: bool) -> Iterator[Line]:
    yield from _heading(paper, judged)
    for finding in report.findings:
        if finding.severity is not Severity.NOTE or verbose:
            yield from finding_lines(paper, finding, judged)
        else:
            yield from note_line(paper, finding, report.policy.source)
    for remark in judged.remarks:
        yield from _remark_line(paper, remark)
    yield from flow_lines(paper, report.flows)
    yield from attack_lines(paper, report.attacks, verbose=verbose)
    yield line()


def single_spaced(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines without a second empty one behind an empty one."""
    empty = False
    for each in lines:
        if each or not empty:
            yield each
        empty = not each


def _heading(paper: Paper, judged: Judged) -> Iterator[Line]:
    assert judged.report is not None
    name = f" ({judged.name})" if judged.name else ""
    words, bracket, how = paper.say(judged.report.class_words).partition(" (")
    pieces = [Piece(printable(f"{judged.path}{name}"), "strong"), Piece(f": {words}"), Piece(bracket + how, "dim")]
    yield from paper.wrapped(pieces, hanging="  ")
    if judged.report.exempt:
        exempt = paper.say("passes without MFA: {actions}").format(actions=", ".join(judged.report.exempt))
        yield from paper.paragraph(exempt, indent="  ", hanging="    ", style="dim")
    yield line()


def finding_lines(paper: Paper, finding: Finding, judged: Judged) -> Iterator[Line]:
    """A finding in full, an empty line behind it."""
    assert judged.report is not None
    source = judged.report.policy.source
    style: Style = finding.severity.value
    yield from headline(style, finding.rule, paper.say(finding.message), paper)
    gutter = " "
    if finding.span is not None:
        reason = paper.say(finding.reason) if finding.reason else None
        yield from excerpt(paper, source, finding.span, reason, style, name=judged.name)
        gutter = " " * len(str(source.position(finding.span.start)[0]))
        yield (Piece(f"{gutter} |", "dim"),)
    lead = f"{gutter} = "
    hanging = " " * (len(lead) + 2)

    def sentence(kind: str, text: str) -> Iterator[Line]:
        pieces = [Piece("= ", "dim"), Piece(f"{paper.say(kind)}: ", "strong"), Piece(printable(text))]
        return paper.wrapped(pieces, indent=gutter + " ", hanging=hanging)

    for note in finding.notes:
        yield from sentence("note", paper.say(note))
    if finding.assumption is not None:
        yield from sentence("assumption", finding.assumption)
    if finding.witness is not None and not finding.trace:
        request = finding.witness.request
        shown = paper.say("{call} on {resource} with {credential}").format(
            call=request.action,
            resource=request.resource,
            credential=credential_words(paper, finding.witness.credential),
        )
        yield from sentence("shown by", shown)
    if finding.repair is not None:
        yield from sentence("repair", paper.say(finding.repair.title))
        command = _fix_command(finding, judged.path)
        if command is not None:
            yield line(hanging + command)
    if finding.trace:
        yield (Piece(lead, "dim"), Piece(f"{paper.say('calls')}:", "strong"))
        yield from trace_lines(paper, finding.trace, " " * len(lead))
    yield line()


def _fix_command(finding: Finding, path: str) -> str | None:
    """The command that makes the repair; None where the policy is in no file."""
    if path == "-":
        return None
    from shlex import quote

    rule = "" if finding.severity is Severity.ERROR else f"--rule {finding.rule} "
    return f"iamfa fix {rule}{quote(path)}"


def note_line(paper: Paper, finding: Finding, source: Source) -> Iterator[Line]:
    """A finding in one line, wrapped only where the paper is narrower."""
    where = f" ({paper.say('line')} {source.position(finding.span.start)[0]})" if finding.span else ""
    pieces = [Piece(f"{finding.severity.value}[{finding.rule}]", finding.severity.value)]
    pieces.append(Piece(f": {printable(paper.say(finding.message))}{where}"))
    yield from paper.wrapped(pieces, hanging="  ")


def _remark_line(paper: Paper, remark: Fault) -> Iterator[Line]:
    hint = f"; {paper.say(remark.hint)}" if remark.hint else ""
    pieces = [Piece("remark", "note"), Piece(f": {printable(paper.say(remark.message) + hint)}")]
    pieces.append(Piece(f" ({paper.say('line')} {remark.line})"))
    yield from paper.wrapped(pieces, hanging="  ")


def fault_lines(
    paper: Paper, path: str, source: Source, faults: Sequence[Fault], name: str | None = None
) -> Iterator[Line]:
    """What is wrong with a text that is no policy: each fault with its line underlined, an empty line behind it."""
    for fault in faults[:_MOST_FAULTS]:
        yield from headline("error", "", paper.say(fault.message), paper)
        if source.text and fault.line <= source.line_count:
            start = min(source.offset(fault.line, fault.column), len(source.text))
            yield from excerpt(paper, source, Span(start, start + _word(source, start)), None, "error", name=name)
        else:
            yield (Piece(" "), Piece("--> ", "dim"), Piece(place(path, name, fault.line, fault.column)))
        if fault.hint:
            yield from paper.wrapped(
                [
                    Piece("= ", "dim"),
                    Piece(f"{paper.say('help')}: ", "strong"),
                    Piece(printable(paper.say(fault.hint))),
                ],
                indent="  ",
                hanging="    ",
            )
        yield line()
    if len(faults) > _MOST_FAULTS:
        more = paper.say("and {count} more faults (--format json lists them)")
        yield line(more.format(count=len(faults) - _MOST_FAULTS))
        yield line()


def _word(source: Source, start: int) -> int:
    """How much of the text to underline: a quoted text or a word whole, otherwise one character."""
    text = source.text
    last = min(len(text), start + _LONGEST)
    if text[start : start + 1] == '"':
        end = start + 1
        while end < last and text[end] not in '"\r\n':
            end += 2 if text[end] == "\\" else 1
        return min(end + 1, last) - start
    end = start
    while end < last and (text[end].isalnum() or text[end] in "-_."):
        end += 1
    return max(end - start, 1)


def summary_lines(paper: Paper, judged: Sequence[Judged]) -> Iterator[Line]:
    """How many findings there are, in how many policies."""
    reports = [each.report for each in judged if each.report is not None]
    counts = counted(finding for report in reports for finding in report.findings)
    parts = [_number(paper, count, severity.value) for severity, count in counts.items() if count]
    invalid = sum(each.report is None for each in judged)
    silenced = sum(len(report.suppressed) for report in reports)
    pieces: list[Piece] = []
    if reports:
        words = ", ".join(parts) if parts else paper.say("nothing found")
        pieces.append(Piece(words, _worst_style(counts)))
        pieces.append(Piece(f" {paper.say('in')} {_number(paper, len(reports), 'policy', 'policies')}"))
    if invalid:
        pieces.append(Piece("; " if pieces else ""))
        pieces.append(Piece(_number(paper, invalid, "invalid policy", "invalid policies"), "error"))
    if silenced:
        pieces.append(Piece(f"; {_number(paper, silenced, 'finding is silenced', 'findings are silenced')}"))
    known = sum(len(each.known) for each in judged)
    if known:
        pieces.append(Piece(f"; {_number(paper, known, 'finding is in the baseline', 'findings are in the baseline')}"))
    yield from paper.wrapped(pieces)


def _worst_style(counts: object) -> Style:
    assert isinstance(counts, dict)
    return next((severity.value for severity, count in counts.items() if count), "good")


def _number(paper: Paper, count: int, one: str, many: str | None = None) -> str:
    return f"{count} {paper.say(one if count == 1 else many or one + 's')}"


def list_lines(paper: Paper, sentences: Iterable[str], style: Style = "plain") -> Iterator[Line]:
    """Sentences, one to a line."""
    for sentence in sentences:
        yield from paper.wrapped(
            [Piece(f"{paper.sign('·')} "), Piece(printable(sentence), style)], indent="  ", hanging="    "
        )
