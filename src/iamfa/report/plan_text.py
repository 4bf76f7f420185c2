"""A plan, and what becomes of it, as text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from iamfa.audit.plan_values import Effect, LeftOut, Plan, Step
from iamfa.policy.edit import diff
from iamfa.report.fix_text import diff_lines
from iamfa.report.paper import Line, Paper, Piece, line, printable

_MOST = 8


def _diff(before: str, after: str, name: str) -> str:
    """The change of a text; one that is all in a line, as programs write policies, is laid out for reading."""
    if "\n" not in before.strip() and "\n" not in after.strip():
        with suppress(ValueError):
            before, after = _laid_out(before), _laid_out(after)
    return diff(before, after, name)


def _laid_out(text: str) -> str:
    return json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


def plan_lines(paper: Paper, plan: Plan, *, verbose: bool = False) -> Iterator[Line]:
    """The steps in their order, then what is left out and why."""
    count = len(plan.steps)
    head = f"account {plan.account}: {_counted(count, 'step')}, {_counted(len(plan.touches), 'user')} reached"
    yield from paper.paragraph(head, style="strong")
    yield from paper.paragraph(f"made by {plan.operator}", indent="  ", hanging="    ", style="dim")
    for step in plan.steps:
        yield line()
        yield from step_lines(paper, step, verbose=verbose)
    if plan.left_out:
        yield line()
        yield from paper.paragraph("left out", style="strong")
        for each in plan.left_out:
            yield from _left_out(paper, each, verbose=verbose)
    for note in plan.notes:
        yield line()
        yield from paper.paragraph(note, style="note")
    if plan.not_read:
        yield line()
        yield from paper.paragraph("not read: " + "; ".join(plan.not_read), style="warning")


def step_lines(paper: Paper, step: Step, *, verbose: bool = False) -> Iterator[Line]:
    """One step: what it mends, whom it reaches, what it does to them, and its text as a diff."""
    canary = Piece(" (canary: the others wait for it)", "note")
    title = f"{step.number}. {step.spot} ({step.spot.kind})"
    yield from paper.wrapped([Piece(printable(title), "strong"), *((canary,) if step.canary else ())], hanging="   ")
    for mended in step.mends:
        yield from _entry(paper, "mends", f"{mended.rule}: {mended.message}")
    yield from _entry(paper, "reaches", _reach(step))
    for effect in step.effects:
        yield from _effect(paper, effect, verbose=verbose)
    yield from _entry(paper, "proved", step.proof)
    if step.spot.becomes is not None:
        words = f"the managed policy `{step.spot.becomes}`: made, attached, and then the inline one deleted"
        yield from _entry(paper, "becomes", words)
    if step.deletes is not None:
        yield from _entry(paper, "deletes", f"version {step.deletes.id}, which is kept in the plan")
    yield from _entry(paper, "can be undone by", ", ".join(str(each) for each in step.can_undo))
    for note in step.notes:
        yield from _entry(paper, "note", note)
    yield from diff_lines(_diff(step.before, step.after, step.spot.policy))


def _reach(step: Step) -> str:
    parts = [_some(step.users, "user")]
    if step.roles:
        parts.append(_some(step.roles, "role"))
    if step.boundary_of:
        parts.append(f"as the boundary of {', '.join(step.boundary_of[:_MOST])}")
    return "; ".join(parts)


def _effect(paper: Paper, effect: Effect, *, verbose: bool) -> Iterator[Line]:
    most = None if verbose else 3
    who = _some(effect.users, "user")
    for words, sentences in (
        ("newly permits", effect.newly_permits),
        ("newly refuses", effect.newly_refuses),
        ("makes work", effect.gains),
    ):
        if sentences:
            more = "" if most is None or len(sentences) <= most else f"; {len(sentences) - most} more (--verbose)"
            yield from _entry(paper, words, f"{'; '.join(sentences[:most])}{more} [{who}]")


def _left_out(paper: Paper, each: LeftOut, *, verbose: bool) -> Iterator[Line]:
    sign = paper.sign("✗")
    pieces = [Piece(f"{sign} "), Piece(printable(str(each)), "strong"), Piece(f": {printable(each.reason)}")]
    yield from paper.wrapped(pieces, indent="  ", hanging="    ")
    if each.advice is not None:
        yield from paper.paragraph(each.advice, indent="    ", hanging="    ", style="note")
    if verbose and each.before is not None and each.after is not None:
        yield from diff_lines(_diff(each.before, each.after, each.policy))


def _entry(paper: Paper, words: str, text: str) -> Iterable[Line]:
    return paper.wrapped([Piece(f"{words}: ", "dim"), Piece(printable(text))], indent="   ", hanging="     ")


def _some(names: Sequence[str], what: str) -> str:
    if not names:
        return f"no {what}"
    shown = ", ".join(names[:_MOST])
    more = f" and {len(names) - _MOST:,} more" if len(names) > _MOST else ""
    return f"{_counted(len(names), what)}: {shown}{more}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
