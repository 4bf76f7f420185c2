"""Comments that silence one finding: `// iamfa: ignore[rule-id] reason`, on its line or above it."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace

from iamfa.advise.finding import Finding, Suppression
from iamfa.errors import Fault
from iamfa.policy.document import Span
from iamfa.policy.policy import Policy

_MARK = "iamfa: ignore"


def suppressions_of(
    policy: Policy, findings: Sequence[Finding], asked: Container[str] | None = None
) -> tuple[tuple[Finding, ...], tuple[Finding, ...], tuple[Fault, ...]]:
    """The findings that stay, those that a comment silences, and what is wrong with the comments themselves.

    A comment without a reason silences nothing; one that silences nothing is reported, unless its rule is not among
    those that were *asked*. Of a dump of several policies only the comments inside this one count.
    """
    from iamfa.advise.rules import rule_ids

    faults: list[Fault] = []
    wanted: list[Suppression] = []
    for span in policy.comments:
        text = policy.source.text[span.start : span.end]
        elsewhere = policy.name is not None and not policy.root_span.start <= span.start < policy.root_span.end
        if _MARK not in text or elsewhere:
            continue
        line, column = policy.source.position(span.start)
        rules, reason = _parsed(text)
        if not rules:
            faults.append(Fault(line, column, "the comment names no rule", "write `// iamfa: ignore[rule-id] reason`"))
        for rule in rules:
            if rule not in rule_ids():
                faults.append(Fault(line, column, f"`{rule}` is no rule", "`iamfa rules` lists them"))
            elif not reason:
                faults.append(Fault(line, column, f"ignoring `{rule}` needs a reason", "write it behind the bracket"))
            else:
                wanted.append(Suppression(rule, reason, line, used=False))
    kept, silenced = [], []
    used: set[int] = set()
    for finding in findings:
        at = _silenced_by(policy, finding, wanted)
        if at is None:
            kept.append(finding)
        else:
            used.add(at)
            silenced.append(replace(finding, silenced=wanted[at].reason))
    for i, suppression in enumerate(wanted):
        if i not in used and (asked is None or suppression.rule in asked):
            hint = "take the comment away, or move it onto or right above the finding's line"
            faults.append(Fault(suppression.line, 1, f"ignoring `{suppression.rule}` silences nothing here", hint))
    return tuple(kept), tuple(silenced), tuple(sorted(faults, key=lambda f: (f.line, f.column)))


def _silenced_by(policy: Policy, finding: Finding, wanted: Sequence[Suppression]) -> int | None:
    if finding.span is None:
        return None
    lines = _lines_of(policy, finding.span)
    for i, suppression in enumerate(wanted):
        if suppression.rule == finding.rule and suppression.line in lines:
            return i
    return None


def _lines_of(policy: Policy, span: Span) -> range:
    """The finding's first line and the lines right above it that hold nothing but comments."""
    line = policy.source.position(span.start)[0]
    first = line
    while first > 1 and _only_comments(policy, first - 1):
        first -= 1
    return range(first, line + 1)


def _only_comments(policy: Policy, line: int) -> bool:
    """Whether a line holds comments, or a part of one, and nothing else."""
    text = policy.source.line_text(line)
    start = policy.source.offset(line, 1)
    rest = "".join(
        character
        for place, character in enumerate(text, start)
        if not any(comment.start <= place < comment.end for comment in policy.comments)
    )
    return bool(text.strip()) and not rest.strip()


def _parsed(text: str) -> tuple[tuple[str, ...], str]:
    """The rules and the reason of a comment."""
    rest = text[text.index(_MARK) + len(_MARK) :].removesuffix("*/")
    if not rest.startswith("["):
        return (), ""
    inside, bracket, reason = rest[1:].partition("]")
    if not bracket:
        return (), ""
    return tuple(name.strip() for name in inside.split(",") if name.strip()), reason.strip(" :\t")
