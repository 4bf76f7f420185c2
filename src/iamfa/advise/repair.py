"""The smallest repair: the edits of findings one after another, all rules run again after each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from iamfa.advise.case import Case
from iamfa.advise.changes import edits_between
from iamfa.advise.check import report_of
from iamfa.advise.difference import changed_actions, difference
from iamfa.advise.finding import Finding, Report, Severity
from iamfa.advise.options import CheckOptions
from iamfa.advise.repair_proof import RepairProof, prove_change
from iamfa.errors import EditError, PolicyError
from iamfa.policy.edit import Edit, apply
from iamfa.policy.policy import Policy

_MOST_ROUNDS = 40


@dataclass(frozen=True, slots=True)
class Dropped:
    """An action that no flow needs, and is taken out of its statement."""

    statement: str
    """How messages name the statement."""
    action: str
    whole: bool
    """Whether the statement goes as well, since it holds nothing else."""
    why: str

    def __str__(self) -> str:
        where = f"{self.statement}, which holds nothing else" if self.whole else self.statement
        return f"{self.action} in {where}: {self.why}"


@dataclass(frozen=True, slots=True)
class RepairResult:
    """What a repair would write, what it does, and what it could not mend."""

    policy: Policy
    """The policy as it was."""
    text: str
    """The whole file's text after the repair; the same as before where nothing is repaired."""
    edits: tuple[Edit, ...]
    """The change as edits of the text before."""
    applied: tuple[Finding, ...]
    """The findings that are mended, in order."""
    newly_permits: tuple[str, ...]
    """What is permitted after the repair and not before, in words: by the policies that were read, or by others."""
    newly_refuses: tuple[str, ...]
    introduced: tuple[Finding, ...]
    """Findings that are there only after the repair; never errors."""
    remaining: tuple[Finding, ...]
    """What the judge still says after the repair."""
    refused: str | None = None
    """Why a repair was not made, e.g. because it would add an error."""
    proof: RepairProof | None = None
    """That the change lies within the actions of `newly_permits` and `newly_refuses`; None without a repair."""
    dropped: tuple[Dropped, ...] | None = None
    """What no flow needs and is left out; None where nobody asked for that."""

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return self.text != self.policy.source.text


def repair(
    policy: Policy,
    *,
    options: CheckOptions | None = None,
    rules: Iterable[str] | None = None,
    hardened: bool = False,
) -> RepairResult:
    """Repair the errors of *policy*; with *hardened* the warnings too, with *rules* only what these rules say.

    After each edit all rules run again, and a repair that adds an error is left out. Everything outside the edits,
    comments and layout too, stays as it is.
    """
    options = options or CheckOptions()
    only = frozenset(rules) if rules is not None else None
    before = Case(policy, options)
    first = report_of(before, walked=False)
    case, report = before, first
    applied: list[Finding] = []
    refused: str | None = None
    passed_over: set[tuple[str, str]] = set()
    for _ in range(_MOST_ROUNDS):
        finding = next((f for f in report.findings if _wanted(f, only, hardened) and _key(f) not in passed_over), None)
        if finding is None:
            break
        after = _after(case, finding)
        if after is None:
            refused = f"the repair of {finding.rule} cannot be written into this text"
            passed_over.add(_key(finding))
            continue
        next_report = report_of(after, walked=False)
        worse = _added_errors(next_report, report)
        if worse or _still(finding, next_report):
            refused = (
                f"the repair of {finding.rule} would add {worse[0].rule}: {worse[0].message}"
                if worse
                else f"the repair of {finding.rule} does not mend it"
            )
            passed_over.add(_key(finding))
            continue
        case, report = after, next_report
        applied.append(finding)
        # What could not be mended before may be mended now.
        passed_over.clear()
        refused = None
    permits, refuses = difference(before, case) if applied else ((), ())
    proof = _proof(before, case) if applied else None
    if proof is not None and not proof.holds:
        return RepairResult(
            policy=policy,
            text=policy.source.text,
            edits=(),
            applied=(),
            newly_permits=(),
            newly_refuses=(),
            introduced=(),
            remaining=first.findings,
            refused=_why_not(applied, proof),
            proof=proof,
        )
    return RepairResult(
        policy=policy,
        text=case.policy.source.text,
        edits=edits_between(policy.source.text, case.policy.source.text),
        applied=tuple(applied),
        newly_permits=permits,
        newly_refuses=refuses,
        introduced=tuple(f for f in report.findings if applied and _is_new(f, first)),
        remaining=report.findings,
        refused=refused,
        proof=proof,
    )


def _proof(before: Case, after: Case) -> RepairProof:
    permits, refuses = changed_actions(before, after)
    return prove_change(before.policy.document, after.policy.document, permits, refuses)


def _why_not(applied: Iterable[Finding], proof: RepairProof) -> str:
    rules = ", ".join(dict.fromkeys(f.rule for f in applied))
    if proof.beyond is not None:
        return f"the repair of {rules} would change more than it says: {proof.beyond.action} on {proof.beyond.resource}"
    return f"what the repair of {rules} changes could not be proved: {proof.unknown}"


def _wanted(finding: Finding, only: frozenset[str] | None, hardened: bool) -> bool:
    if finding.repair is None or not finding.repair.edits:
        return False
    if only is not None:
        return finding.rule in only
    return finding.severity is Severity.ERROR or (hardened and finding.severity is Severity.WARNING)


def _after(case: Case, finding: Finding) -> Case | None:
    assert finding.repair is not None
    try:
        text = apply(case.policy.source.text, finding.repair.edits)
        return Case(case.policy.with_text(text), replace(case.options))
    except (EditError, PolicyError):
        return None


def _key(finding: Finding) -> tuple[str, str]:
    return (finding.rule, repr(finding.params))


def _added_errors(after: Report, before: Report) -> list[Finding]:
    """The errors of rules that find more of them than before."""
    errors = [f for f in after.findings if f.severity is Severity.ERROR]
    were = Counter(f.rule for f in before.findings if f.severity is Severity.ERROR)
    are = Counter(f.rule for f in errors)
    return [f for f in errors if are[f.rule] > were[f.rule]]


def _is_new(finding: Finding, before: Report) -> bool:
    """Whether the report before said nothing of this rule that was as bad."""
    return not any(f.rule == finding.rule and f.severity.rank <= finding.severity.rank for f in before.findings)


def _still(finding: Finding, report: Report) -> bool:
    return any(_key(f) == _key(finding) and f.severity is finding.severity for f in report.findings)
