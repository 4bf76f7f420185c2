"""What each statement and each entry of a policy is there for, found by leaving it out.

Nothing is known of Sids or of AWS's pages here: without the part flows and attacks are walked, the class and E are
found and all rules run again, and the judgement follows from what is different.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

from iamfa.advise.budget import must_fit
from iamfa.advise.case import Case
from iamfa.advise.check import class_words
from iamfa.advise.effects import Effects, FindingGone, Whole, effects_of
from iamfa.advise.explain_words import blocked_flows, reason_of
from iamfa.advise.explained import MAIN_FLOWS, Explained, ExplainedStatement, Explanation, Judgement
from iamfa.advise.finding import Finding, Severity
from iamfa.advise.omission import Omission
from iamfa.advise.options import CheckOptions
from iamfa.advise.parts import Part, entry_parts, statement_parts, without
from iamfa.advise.twins import twins_of
from iamfa.errors import JudgementError
from iamfa.evaluate.credential import WITHOUT_MFA
from iamfa.lifecycle.asked import AFTER_MFA
from iamfa.policy.document import Document
from iamfa.policy.policy import Policy

ChangesAnything = Callable[[Document, Document], bool | None]
"""Whether any verdict at all differs between two documents; None: not known."""

_WHAT_FAILS = frozenset({"cannot-enrol", "device-name-tied-to-user", "user-path-not-matched"})
"""Rules that say what does not work: granting less silences them, and mends nothing."""

MOST_QUESTIONS = 30_000
"""Parts times the actions that are told apart: about twenty seconds, and more than any policy about MFA has."""


def explain(
    policy: Policy, *, options: CheckOptions | None = None, changes_anything: ChangesAnything | None = None
) -> Explanation:
    """Judge every statement of *policy* and every entry by leaving it out.

    *changes_anything* is asked of statements without which no flow changes. Raises JudgementError for a file too large
    to be looked at whole.
    """
    # A policy inside a dump is read again by itself, so that leaving a part out does not read the whole dump again.
    alone = policy if policy.name is None else Policy.parse(policy.text, kind=policy.kind)
    case = Case(alone, options or CheckOptions())
    must_fit(case)
    parts = [(statement, tuple(entry_parts(statement.statement))) for statement in statement_parts(alone)]
    count = sum(1 + len(entries) for _, entries in parts)
    if count * len(case.actions) > MOST_QUESTIONS:
        raise JudgementError(
            f"the policy has {count:,} parts and tells {len(case.actions):,} actions apart, too many to leave out one "
            "after another",
            hint="split it: explain the statements that ask for MFA in a file of their own, the rest by `--with`",
        )
    whole = Whole(case)
    seen = {part: effects_of(whole, Omission(case, part)) for part in _left_out(parts)}
    judged = _Judged(case, seen)
    statements = tuple(_explained(judged, statement, entries, changes_anything) for statement, entries in parts)
    return Explanation(policy, case.file_class, class_words(case), statements, case.concerns_devices)


def _left_out(parts: Iterable[tuple[Part, tuple[Part, ...]]]) -> Iterable[Part]:
    for statement, entries in parts:
        yield statement
        yield from (entry for entry in entries if not entry.stands_for_statement)


@dataclass
class _Judged:
    """What was seen without each part; the judgement of one may hang on what another does."""

    case: Case
    seen: dict[Part, Effects]

    def judgement(self, part: Part) -> tuple[Judgement, tuple[Finding, ...]]:
        """The judgement, with the errors and warnings that make it harmful."""
        effects = self.seen[part]
        if _loses_main_flow(effects) or _weakens(part, effects):
            return "required", ()
        harm = self._harm(part)
        if harm or self._closes(part):
            return "harmful", harm
        if effects.passes or effects.findings_new or (part.widens and effects.attacks_opened):
            return "required", ()
        if effects.flows_lost or effects.attacks_opened:
            return "optional", ()
        if not effects.bears or (not part.widens and not self.case.concerns_devices):
            return "not_decided", ()
        if not part.widens and any(flow in MAIN_FLOWS for flow in blocked_flows(self.case, part)):
            return "not_decided", ()
        return "not_needed", ()

    def _harm(self, part: Part) -> tuple[Finding, ...]:
        """The errors and warnings that go without the part, where no other part can go for them at a lower price."""
        effects = self.seen[part]
        bad = (
            gone
            for gone in effects.findings_gone
            if gone.finding.severity is not Severity.NOTE and (part.widens or gone.finding.rule not in _WHAT_FAILS)
        )
        return tuple(
            gone.finding
            for gone in bad
            if any(_price(effects) <= self._least(partial(_cures, gone=gone, action=a)) for a in gone.actions)
        )

    def _closes(self, part: Part) -> bool:
        effects = self.seen[part]
        # What a session with MFA may do the policy lets pass on purpose, and only its owner knows whether it must.
        closed = (c.before.attack for c in effects.attacks_closed if c.before.attack not in AFTER_MFA)
        return any(_price(effects) <= self._least(partial(_is_closed, attack=attack)) for attack in closed)

    def _least(self, cures: Callable[[Effects], bool]) -> tuple[int, int]:
        """The lowest price at which the omission of any part cures something and loses no main flow."""
        return min(
            _price(e) for p, e in self.seen.items() if cures(e) and not _loses_main_flow(e) and not _weakens(p, e)
        )


def _price(effects: Effects) -> tuple[int, int]:
    """What the omission costs: flows, then requests that were allowed and are not any more."""
    return len({c.before.flow for c in effects.flows_lost}), effects.requests_lost


def _cures(effects: Effects, *, gone: FindingGone, action: str) -> bool:
    return any(
        (g.finding.rule, g.finding.severity) == (gone.finding.rule, gone.finding.severity) and action in g.actions
        for g in effects.findings_gone
    )


def _is_closed(effects: Effects, *, attack: str) -> bool:
    return any(change.before.attack == attack for change in effects.attacks_closed)


def _loses_main_flow(effects: Effects) -> bool:
    return any(change.before.flow in MAIN_FLOWS for change in effects.flows_lost)


def _weakens(part: Part, effects: Effects) -> bool:
    """Whether more passes without MFA, or an attack becomes easier that does not begin with a session with MFA.

    Where less is granted no attack is easier; at most it is no longer decided here, and that is no loss of protection.
    """
    without_mfa = any(p.credential in WITHOUT_MFA for p in effects.passes)
    opened = any(change.before.attack not in AFTER_MFA for change in effects.attacks_opened)
    return without_mfa or bool(effects.unprotected) or (part.widens and opened)


def _explained(
    judged: _Judged, part: Part, entries: tuple[Part, ...], changes_anything: ChangesAnything | None
) -> ExplainedStatement:
    whole = _one(judged, part)
    if changes_anything is not None and whole.judgement in ("not_needed", "not_decided"):
        document = judged.case.policy.document
        changes = changes_anything(document, without(judged.case.policy, part).document)
        judgement = whole.judgement
        if changes is False:
            judgement = "not_needed"
        elif changes and part.widens:
            # Some request passes that the Deny refuses, if none that was asked: only its owner knows what it is worth.
            judgement = "not_decided"
        whole = replace(whole, changes_verdicts=changes, judgement=judgement)
    whole = replace(whole, reason=reason_of(judged.case, whole))
    found = []
    for entry in entries:
        each = replace(whole, part=entry) if entry.stands_for_statement else _one(judged, entry)
        found.append(each if entry.stands_for_statement else replace(each, reason=reason_of(judged.case, each)))
    return ExplainedStatement(whole, tuple(found))


def _one(judged: _Judged, part: Part) -> Explained:
    effects = judged.seen[part]
    judgement, harm = judged.judgement(part)
    notes = tuple(g.finding for g in effects.findings_gone if g.finding.severity is Severity.NOTE)
    twins = twins_of(judged.case, part) if judgement == "not_needed" else ()
    return Explained(part, judgement, "", effects, harm, notes, twins)
