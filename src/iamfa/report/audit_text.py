"""What `audit` says of an account, as people like to read it: who is in danger, why, what was not read, the numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from iamfa.account.not_read import NotRead
from iamfa.advise.finding import Severity
from iamfa.audit.controls import controls_of
from iamfa.audit.hangs_on import HANGS_ON
from iamfa.audit.values import AuditFinding, AuditReport, UserAudit
from iamfa.report.audit_words import ENFORCED, claims, enrolled_words, hangs, lifted_words, means, part_words
from iamfa.report.audited import DANGERS, Alike, Audited, alike, danger, shown_trace
from iamfa.report.calls_text import credential_words, trace_lines
from iamfa.report.excerpt import headline
from iamfa.report.paper import Line, Paper, Piece, Style, cells, line, printable

_SIGNS: Final[Mapping[str, tuple[str, Style]]] = {
    "exposed": ("✗", "error"),
    "open": ("✗", "error"),
    "stuck": ("✗", "error"),
    "spared": ("!", "warning"),
    "unknown": ("?", "note"),
    "waiting": ("!", "warning"),
    "declared": ("·", "plain"),
    "idle": ("·", "plain"),
    "safe": ("✓", "good"),
}
_HEADS: Final = ("who", "forced by", "device", "can lift it")
_NAMED: Final = 3
"""So many of those who are alike are named, unless everything is asked for."""
_GAP: Final = 2


def audited_lines(
    paper: Paper,
    audited: Audited,
    *,
    failing: Severity = Severity.WARNING,
    quiet: bool = False,
    verbose: bool = False,
) -> Iterator[Line]:
    """Everything about one account; with *quiet* what fails alone, with *verbose* every user, note and control."""
    report = audited.report
    findings = [each for each in report.findings if each.id != "not-read"]
    if quiet:
        for finding in findings:
            if finding.severity.rank <= failing.rank:
                yield from finding_lines(paper, finding)
        yield from not_read_lines(paper, [each for each in audited.not_read if each.part in HANGS_ON])
        return
    yield from _heading(paper, audited)
    yield from table_lines(paper, report.users, verbose=verbose)
    yield from _exception_lines(paper, report.users)
    for finding in findings:
        if finding.severity is not Severity.NOTE or verbose:
            yield from finding_lines(paper, finding, verbose=verbose)
    notes = [each for each in findings if each.severity is Severity.NOTE]
    if notes and not verbose:
        for finding in notes:
            pieces = [Piece(f"note[{finding.id}]", "note"), Piece(f": {printable(paper.say(finding.message))}")]
            yield from paper.wrapped(pieces, hanging="  ")
        yield line()
    yield from not_read_lines(paper, audited.not_read)
    yield from _claim_lines(paper, report.users)
    yield from numbers_lines(paper, report)


def _heading(paper: Paper, audited: Audited) -> Iterator[Line]:
    report = audited.report
    where = paper.say("account {account}").format(account=report.account)
    if report.partition != "aws":
        where += f" ({report.partition})"
    rest = paper.say(", read at {time}").format(time=f"{report.taken_at:%Y-%m-%d %H:%M} UTC")
    if audited.source is not None:
        rest += paper.say(", from {file}").format(file=audited.source)
    yield from paper.wrapped([Piece(where, "strong"), Piece(printable(rest))], hanging="  ")
    yield line()


# The table -----------------------------------------------------------------------------------------------------------


def table_lines(paper: Paper, users: Sequence[UserAudit], *, verbose: bool = False) -> Iterator[Line]:
    """Who stands where, the most dangerous first; whoever is safe is counted, unless everything is asked for."""
    groups = alike(users)
    shown = [each for each in groups if verbose or each.danger != "safe"]
    rows = [_cells(paper, each, verbose=verbose) for each in shown]
    if rows:
        heads = tuple(paper.say(head) for head in _HEADS)
        widths = _widths(paper, [heads, *rows])
        yield from _row(paper, ("", "plain"), heads, widths, "dim")
        for group, row in zip(shown, rows, strict=True):
            sign, style = _SIGNS[group.danger]
            yield from _row(paper, (paper.sign(sign), style), row, widths, "plain")
    safe = [user for each in groups if each.danger == "safe" for user in each.users]
    if safe and not verbose:
        sign, style = _SIGNS["safe"]
        told = _who(paper, safe, all_of_them=False)
        count = paper.say("{count} more" if rows else "all {count}").format(count=len(safe))
        words = (
            f"{count}: {paper.say(DANGERS['safe'][len(safe) > 1])}" if len(safe) > 1 else paper.say(DANGERS["safe"][0])
        )
        pieces = [Piece(paper.sign(sign), style), Piece(f" {words} ({told})")]
        yield from paper.wrapped(pieces, hanging="  ")
    if not users:
        yield from paper.paragraph(paper.say("there are no users"))
    yield line()


def _cells(paper: Paper, group: Alike, *, verbose: bool) -> tuple[str, ...]:
    user = group.first
    enforced = paper.say(ENFORCED[user.enforced.answer])
    declared = user.enforced.declared
    if declared is not None and declared.break_glass:
        enforced += f" ({paper.say('break glass')})"
    told = (
        (enforced, user.enforced),
        (enrolled_words(user.enrolled, paper.say), user.enrolled),
        (paper.sign(lifted_words(user.lifted, paper.say)), user.lifted),
    )
    starred = (f"{words} *" if hangs(answer.not_read) else words for words, answer in told)
    return (_who(paper, group.users, all_of_them=verbose), *starred)


def _who(paper: Paper, users: Sequence[UserAudit], *, all_of_them: bool) -> str:
    """`alice`, or `37 users: alice, bob, carol, …`."""
    names = [printable(user.name) for user in users]
    if len(names) == 1:
        return names[0]
    shown = names if all_of_them or len(names) <= _NAMED else [*names[:_NAMED], paper.sign("…")]
    return f"{paper.say('{count} users').format(count=len(names))}: {', '.join(shown)}"


def _widths(paper: Paper, rows: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """As wide as what stands in each column, the first one narrowed until all fit."""
    wanted = [max(cells(row[column]) for row in rows) for column in range(len(_HEADS))]
    room = paper.width - 2 - _GAP * (len(_HEADS) - 1)
    least = (16, 12, 12, 10)
    while sum(wanted) > max(room, sum(least)):
        wanted[max(range(len(wanted)), key=lambda each: wanted[each] - least[each])] -= 1
    return tuple(wanted)


def _row(
    paper: Paper, sign: tuple[str, Style], texts: Sequence[str], widths: Sequence[int], style: Style
) -> Iterator[Line]:
    """A row of the table; what does not fit into its column goes on below."""
    columns = [
        ["".join(piece.text for piece in each) for each in Paper(width, say=paper.say).paragraph(text)] or [""]
        for text, width in zip(texts, widths, strict=True)
    ]
    for number in range(max(map(len, columns))):
        pieces = [Piece(f"{sign[0]:<2}" if number == 0 else "  ", sign[1])]
        for column, width in zip(columns, widths, strict=True):
            text = column[number] if number < len(column) else ""
            pieces.append(Piece(text + " " * (width - cells(text) + _GAP), style))
        pieces[-1] = pieces[-1]._replace(text=pieces[-1].text.rstrip(" "))
        yield tuple(pieces)


def _exception_lines(paper: Paper, users: Sequence[UserAudit]) -> Iterator[Line]:
    """The exceptions that hold, each with who answers for it and until when."""
    declared = [(user.name, user.enforced.declared) for user in users if user.enforced.declared is not None]
    if not declared:
        return
    yield line(paper.say("exceptions that hold"), "strong")
    for name, entry in declared:
        told = [entry.reason or paper.say("no reason told"), entry.owner or paper.say("no owner told")]
        if entry.expires is not None:
            told.append(paper.say("until {day}").format(day=entry.expires))
        yield from paper.paragraph(f"{name}: {', '.join(told)}", indent="  ", hanging="    ")
    yield line()


# Findings ------------------------------------------------------------------------------------------------------------


def finding_lines(paper: Paper, finding: AuditFinding, *, verbose: bool = False) -> Iterator[Line]:
    """A finding in full, an empty line behind it."""
    yield from headline(finding.severity.value, finding.id, paper.say(finding.message), paper)

    def sentence(kind: str, text: str) -> Iterator[Line]:
        pieces = [Piece("= ", "dim"), Piece(f"{paper.say(kind)}: ", "strong"), Piece(printable(text))]
        return paper.wrapped(pieces, indent="  ", hanging="      ")

    if finding.place is not None:
        arn = f", {finding.place.arn}" if finding.place.arn is not None else ""
        yield from sentence("statement", f"{finding.place}{arn}")
    if finding.witness is not None:
        request = finding.witness.request
        shown = paper.say("{call} on {resource} with {credential}").format(
            call=request.action,
            resource=request.resource,
            credential=credential_words(paper, finding.witness.credential),
        )
        yield from sentence("shown by", shown)
        if not finding.witness.can_be_sent:
            yield from sentence("but", paper.say("AWS asks about no such ARN today: nobody is called so"))
        if verbose:
            for key, value in request.context.items():
                yield line(printable(f"      {key} = {value if isinstance(value, str) else ', '.join(value)}"), "dim")
    if finding.trace:
        yield (Piece("  = ", "dim"), Piece(f"{paper.say('calls')}:", "strong"))
        yield from trace_lines(paper, shown_trace(finding), "      ")
    if verbose and len(finding.reaches) > 1:
        yield from sentence("about", ", ".join(finding.reaches))
    if finding.not_read:
        yield from sentence("hangs on what was not read", ", ".join(finding.not_read))
    if finding.hint is not None:
        yield from sentence("help", paper.say(finding.hint))
    if verbose and (controls := controls_of(finding)):
        yield from sentence("controls", ", ".join(map(str, controls)))
    yield line()


# What was not read, and the numbers ----------------------------------------------------------------------------------


def not_read_lines(paper: Paper, entries: Sequence[NotRead]) -> Iterator[Line]:
    """What was not read, part by part, each with what that means for the answers."""
    if not entries:
        return
    star = paper.say("; answers with * hang on it")
    yield (Piece(paper.say("not read"), "strong"), Piece(star, "dim"))
    for part in dict.fromkeys(each.part for each in entries):
        lead = [Piece("? ", "note"), Piece(printable(paper.say(part_words(part))), "strong")]
        yield from paper.wrapped([*lead, Piece(f": {paper.say(means(part))}")], indent="  ", hanging="    ")
        reasons: dict[str, list[str]] = {}
        for each in entries:
            if each.part == part:
                reasons.setdefault(each.reason, []).append(each.about)
        for reason, about in reasons.items():
            whose = [each for each in about if each]
            more = paper.say(" and {count} more").format(count=len(whose) - _NAMED) if len(whose) > _NAMED else ""
            told = f"{', '.join(whose[:_NAMED])}{more}: {reason}" if whose else reason
            yield from paper.paragraph(told, indent="    ", hanging="      ", style="dim")
    yield line()


def _claim_lines(paper: Paper, users: Sequence[UserAudit]) -> Iterator[Line]:
    """What the answers claim, and what is exempt from that."""
    words = [paper.say(sentence) for sentence in claims(users)]
    exempt: dict[tuple[str, ...], list[UserAudit]] = {}
    for user in users:
        if user.enforced.exempt:
            exempt.setdefault(user.enforced.exempt, []).append(user)
    for actions, whose in exempt.items():
        told = paper.say("Exempt: {actions} ({who}).")
        words.append(told.format(actions=", ".join(actions), who=_who(paper, whose, all_of_them=False)))
    for sentence in words:
        yield from paper.paragraph(sentence, hanging="  ", style="dim")
    if words:
        yield line()


def numbers_lines(paper: Paper, report: AuditReport) -> Iterator[Line]:
    """How many users stand where, and how many findings there are."""
    stand = Counter(danger(user) for user in report.users)
    count = len(report.users)
    pieces = [Piece(paper.say("1 user" if count == 1 else "{count} users").format(count=count), "strong")]
    told = [
        (_SIGNS[key][1], f"{stand[key]} {paper.say(words[stand[key] > 1])}")
        for key, words in DANGERS.items()
        if stand[key]
    ]
    pieces += _listed(told, ": ")
    yield from paper.wrapped(pieces, hanging="  ")
    severities = Counter(finding.severity for finding in report.findings)
    found: list[tuple[Style, str]] = []
    for severity in Severity:
        number = severities[severity]
        if number:
            name = paper.say(severity.value if number == 1 else f"{severity.value}s")
            found.append((severity.value, f"{number} {name}"))
    yield from paper.wrapped(_listed(found, "") or [Piece(paper.say("nothing to report"), "good")], hanging="  ")


def _listed(told: Iterable[tuple[Style, str]], lead: str) -> list[Piece]:
    pieces: list[Piece] = []
    for style, words in told:
        pieces += [Piece(", " if pieces else lead), Piece(words, style)]
    return pieces
