"""What leaving a part of a policy out changes: flows, attacks, what passes, and what the judge finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Severity
from iamfa.advise.omission import Omission
from iamfa.advise.passing import KINDS, Passing, is_about_the_walked, newly_passing
from iamfa.advise.rules import RULES
from iamfa.advise.suppress import suppressions_of
from iamfa.advise.walks import flows_without, is_closed, is_easier, narrowed
from iamfa.lifecycle.flows import walk_flows
from iamfa.lifecycle.result import AttackResult, FlowResult
from iamfa.lifecycle.world import World

_NOT_ASKED = frozenset({"policy-too-large", "dead-statement"})
"""Rules about the text as a whole: whatever is left out makes it shorter, and what is dead is what is asked here."""


@dataclass(frozen=True, slots=True)
class FlowChange:
    """One flow with the part and without it."""

    before: FlowResult
    after: FlowResult
    with_path: bool = False
    """Whether only users with a path see it."""


@dataclass(frozen=True, slots=True)
class AttackChange:
    """One attack with the part and without it."""

    before: AttackResult
    after: AttackResult


@dataclass(frozen=True, slots=True)
class FindingGone:
    """A finding of the whole policy that is gone without the part, or gone for some of the actions it speaks of."""

    finding: Finding
    actions: frozenset[str]
    """The actions of which it is gone; one empty text where it speaks of none."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What is different without the part."""

    flows_lost: tuple[FlowChange, ...] = ()
    flows_won: tuple[FlowChange, ...] = ()
    attacks_opened: tuple[AttackChange, ...] = ()
    """Attacks that become easier, if only for users with one kind of device."""
    attacks_closed: tuple[AttackChange, ...] = ()
    """Attacks that succeed, or may, with the part and do less without it."""
    passes: tuple[Passing, ...] = ()
    unprotected: tuple[str, ...] = ()
    """Actions of a protected set that are allowed with MFA no more, or without it, too."""
    findings_gone: tuple[FindingGone, ...] = ()
    findings_new: tuple[Finding, ...] = ()
    """Errors and warnings only."""
    bears: bool = True
    """Whether anything was asked, or anybody walked, on whom the part bears at all."""
    requests_lost: int = 0
    """How many of the requests that were asked are allowed with the part alone: of two ways the milder is the one that
    takes less away."""


class Findings:
    """The findings of a case that count, told apart by what they are about."""

    def __init__(self, case: Case) -> None:
        """Run the rules that are asked, but for those about the text as a whole."""
        options = case.options
        asked = [
            rule
            for rule in RULES
            if (options.select is None or rule.id in options.select)
            and rule.id not in options.ignore | _NOT_ASKED
            and case.policy.statements
        ]
        found = [finding for rule in asked for finding in rule.find(case)]
        self.found, _, _ = suppressions_of(case.policy, found, ())

    @cached_property
    def _subjects(self) -> Counter[tuple[str, str, int]]:
        """How often each rule speaks of each action (or of the file) with each severity or a worse one."""
        counts: Counter[tuple[str, str, int]] = Counter()
        for finding in self.found:
            for subject in _subjects(finding):
                for rank in range(finding.severity.rank, len(Severity)):
                    counts[finding.rule, subject, rank] += 1
        return counts

    def beyond(self, other: Findings) -> Iterator[FindingGone]:
        """The findings of which the other has fewer, or none as severe."""
        told = {(f.rule, f.message) for f in other.found}
        more = self._subjects - other._subjects
        # A finding whose very words stay is not the one that goes.
        for finding in sorted(self.found, key=lambda f: (f.rule, f.message) in told):
            keys = {subject: (finding.rule, subject, finding.severity.rank) for subject in _subjects(finding)}
            gone = frozenset(subject for subject, key in keys.items() if more[key] > 0)
            more.subtract(keys[subject] for subject in gone)
            if gone:
                yield FindingGone(finding, gone)


def _subjects(finding: Finding) -> tuple[str, ...]:
    actions = finding.params.get("actions")
    return tuple(str(a) for a in actions) if isinstance(actions, list) and actions else ("",)


@dataclass
class Whole:
    """The policy with all its parts, with which every omission is compared: what was found of it once."""

    case: Case

    @cached_property
    def findings(self) -> Findings:
        """What the judge finds."""
        return Findings(self.case)

    @cached_property
    def world_with_path(self) -> World:
        """The same for a user who has a path."""
        return replace(self.case.world, subject=self.case.subject_with_path)

    @cached_property
    def flows_with_path(self) -> tuple[FlowResult, ...]:
        """The flows of that user."""
        return walk_flows(self.world_with_path)


def effects_of(whole: Whole, omission: Omission) -> Effects:
    """Compare the policy without a part with the whole."""
    case, part = whole.case, omission.part
    flows = _flow_changes(whole, omission)
    attacks = list(zip(case.attacks, omission.walked_attacks, strict=True))
    after = Findings(omission)
    bears, passes = True, tuple[Passing, ...]()
    if part.widens:
        bears, passes = newly_passing(case, part, case.policy.document, omission.policy.document)
    elif omission.changes_walks and not flows:
        bears = is_about_the_walked(case, part)
    return Effects(
        flows_lost=() if part.widens else flows,
        flows_won=flows if part.widens else (),
        attacks_opened=tuple(AttackChange(b, a) for b, a in attacks if is_easier(b, a, widens=part.widens)),
        attacks_closed=tuple(AttackChange(b, a) for b, a in attacks if is_closed(b, a)),
        passes=passes,
        unprotected=_unprotected(case, omission),
        findings_gone=tuple(sorted(whole.findings.beyond(after), key=lambda gone: gone.finding.severity.rank)),
        findings_new=tuple(g.finding for g in after.beyond(whole.findings) if g.finding.severity is not Severity.NOTE),
        bears=bears,
        requests_lost=0 if part.widens else _requests_lost(case, omission),
    )


def _flow_changes(whole: Whole, omission: Omission) -> tuple[FlowChange, ...]:
    """The flows that end differently: of the user without a path, and if nothing changes for him, of one with it."""
    if not omission.changes_walks:
        return ()
    case, part = whole.case, omission.part
    rows = list(zip(case.flows, omission.walked_flows, strict=True))
    if part.widens:
        return tuple(FlowChange(b, a) for b, a in rows if b.result != a.result and a.result != "blocked")
    changes = tuple(FlowChange(*pair) for pair in narrowed(case.world, omission.world, part, rows))
    if changes:
        return changes
    there, here = whole.world_with_path, replace(omission.world, subject=case.subject_with_path)
    rows = list(zip(whole.flows_with_path, flows_without(here, part, whole.flows_with_path), strict=True))
    return tuple(FlowChange(*pair, with_path=True) for pair in narrowed(there, here, part, rows))


def _unprotected(case: Case, omission: Omission) -> tuple[str, ...]:
    """What the whole file lets pass with MFA only, as actions, and the file without the part does not."""
    if case.file_class != "protects-a-set":
        return ()
    before, after = case.sets.protected, omission.sets.protected
    lost = (key for key, kinds in before.items() if not set(kinds) <= set(after.get(key, ())))
    return tuple(dict.fromkeys(action for action, _ in lost))


def _requests_lost(case: Case, omission: Omission) -> int:
    asked = ((a, t.arn, c) for a in case.actions if omission.part.touches(a) for t in case.targets(a) for c in KINDS)
    return sum(case.allowed(*each) and not omission.allowed(*each) for each in asked)
