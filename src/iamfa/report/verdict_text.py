"""A verdict as text: the decision, and each statement that matters with the entry that decided underlined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iamfa.evaluate import denial
from iamfa.evaluate.verdict import Reason, Verdict, Why
from iamfa.platform import ASSUMPTIONS, RULES
from iamfa.policy.document import Element, Span
from iamfa.policy.policy import Policy
from iamfa.report.calls_text import credential_words
from iamfa.report.excerpt import excerpt
from iamfa.report.paper import Line, Paper, Piece, Style, line, printable

_DECISIONS: Mapping[str, tuple[str, Style]] = {
    "allowed": ("allowed", "good"),
    "explicit_deny": ("denied by an explicit Deny", "error"),
    "implicit_deny": ("denied because nothing allows it", "error"),
    "unknown": ("unknown", "warning"),
}
_REFUSED_BY_AWS = "refused by AWS itself"
_FAR_OFF = frozenset({Why.ACTION_NOT_LISTED, Why.ACTION_EXCEPTED, Why.LAYER_NOT_APPLICABLE})


def verdict_lines(
    paper: Paper, verdict: Verdict, policies: Mapping[str, Policy], credential: str | None, *, verbose: bool = False
) -> Iterator[Line]:
    """The answer to one request; *policies* are those of the bundle under the labels that reasons name them by."""
    words, style = _DECISIONS[verdict.decision]
    request = verdict.request
    if verdict.platform and verdict.decision != "allowed":
        words = _REFUSED_BY_AWS
    asked = printable(f"{request.action} on {request.resource}")
    yield from paper.wrapped([Piece(paper.say(words), style), Piece(": "), Piece(asked, "strong")], hanging="  ")
    who = request.principal.text or paper.say("anonymous")
    with_ = f" {paper.say('with')} {credential_words(paper, credential)}" if credential else ""
    yield from paper.paragraph(f"{paper.say('as')} {who}{with_}", indent="  ", hanging="    ", style="dim")
    yield from _causes(paper, verdict)
    for reason in _that_matter(verdict, verbose=verbose):
        yield from reason_lines(paper, reason, policies)


def _causes(paper: Paper, verdict: Verdict) -> Iterator[Line]:
    notes: list[str] = []
    if verdict.platform:
        rule = RULES[verdict.platform]
        notes.append(f"{paper.say('AWS itself')} ({rule.id}): {paper.say(rule.about)}")
        if rule.message and verdict.decision != "allowed":
            notes.append(f"{paper.say('AWS says')}: {rule.message}")
    elif verdict.decision in ("explicit_deny", "implicit_deny"):
        notes.append(f"{paper.say('AWS says')}: {denial.message(verdict)}")
    if verdict.assumption:
        about = paper.say(ASSUMPTIONS[verdict.assumption].about)
        notes.append(f"{paper.say('it hangs on the assumption')} {verdict.assumption}: {about}")
    if verdict.decision == "unknown" and any(r.why is Why.CONDITION_UNKNOWN for r in verdict.reasons):
        notes.append(paper.say("tell what is not known here with --context KEY=VALUE"))
    for note in notes:
        yield from paper.wrapped([Piece("= ", "dim"), Piece(printable(note))], indent="  ", hanging="    ")


def _that_matter(verdict: Verdict, *, verbose: bool) -> tuple[Reason, ...]:
    if verbose:
        return verdict.reasons
    if verdict.decision == "implicit_deny":
        return tuple(
            r
            for r in verdict.reasons
            if r.effect == "Allow" and r.why not in _FAR_OFF and r.policy.partition("[")[0] == verdict.missing
        )
    return verdict.deciding


def reason_lines(paper: Paper, reason: Reason, policies: Mapping[str, Policy]) -> Iterator[Line]:
    """A statement's reason: its name, and the entry that decided underlined in its text."""
    words = paper.say(reason.why.value) + (f": {reason.detail}" if reason.detail else "")
    if reason.matched:
        style: Style = "good" if reason.effect == "Allow" else "error"
    else:
        style = "warning" if reason.matched is None else "note"
    yield line()
    head = [Piece(f"{reason.policy} "), Piece(reason.effect, style), Piece(f" `{printable(reason.statement.label)}`")]
    yield from paper.wrapped(head, hanging="  ")
    policy = policies[reason.policy]
    yield from excerpt(paper, policy.source, span_of(reason), words, style, name=policy.name)


def span_of(reason: Reason) -> Span:
    """What to underline: the entry that decided, else its element, else the statement."""
    statement = reason.statement
    item = reason.item
    if reason.element == "Condition" and item is not None:
        return statement.conditions[item].span
    if reason.element in ("Principal", "NotPrincipal") and statement.principal is not None:
        return statement.principal.span
    element: Element | None = None
    if reason.element in ("Action", "NotAction"):
        element = statement.action
    elif reason.element in ("Resource", "NotResource"):
        element = statement.resource
    if element is None:
        return statement.span
    return element.span if item is None else element.values[item].span
