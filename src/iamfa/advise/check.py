"""Judges one policy: the case, every rule, the suppressions; the result is a report."""

from __future__ import annotations

from iamfa.advise.budget import must_fit
from iamfa.advise.case import Case
from iamfa.advise.enforcement import enforcement_of
from iamfa.advise.finding import Finding, Report
from iamfa.advise.options import CheckOptions
from iamfa.advise.rules import RULES
from iamfa.advise.situation import free_conditions
from iamfa.advise.suppress import suppressions_of
from iamfa.advise.wording import kinds_in_words, listed
from iamfa.evaluate.credential import WITHOUT_MFA
from iamfa.policy.policy import Policy

_CLASS_WORDS = {
    "forces-by-deny": "forces MFA by Deny, whatever else is attached",
    "forces-by-grant": "forces MFA by grant: it holds only while nothing else grants",
    "protects-a-set": "protects a named set: some actions or resources need MFA",
    "self-service": "self-service grant: device actions are granted, nothing is forced",
    "other": "other: its verdicts do not depend on MFA",
}

_HOW = "decided over the actions it names and one that no catalogue holds, for every kind of credential"

_PROVED = "proved for {kinds}: no other action passes without it, whatever the resource and the context"


def _situation(case: Case) -> str:
    """Which further conditions were taken to hold, where the statements that ask for MFA have any."""
    named = {c.key.text: None for s in case.mfa_statements if case.forces for c in free_conditions(s)}
    return "; for requests that its further conditions name: " + ", ".join(named) if named else ""


def class_words(case: Case) -> str:
    """The class in one line, with the way it was decided."""
    found = enforcement_of(case)
    how = _HOW
    if found is not None and found.holds in ("everybody", "situation"):
        every = len(case.held_kinds) == len(WITHOUT_MFA)
        how = _PROVED.format(kinds="every kind of credential" if every else kinds_in_words(case.held_kinds))
        how += f", but under conditions of their own {listed(found.also)}" if found.also else ""
    return f"{_CLASS_WORDS[case.file_class]} ({how}{_situation(case)})"


def check(policy: Policy, *, options: CheckOptions | None = None) -> Report:
    """Judge *policy*: its class, the findings of every rule, which flows work for whom, and who could get in.

    Findings that a comment `// iamfa: ignore[rule-id] reason` silences are kept apart. What cannot be decided
    counts against the policy and says so. Raises JudgementError for a file too large to be looked at whole.
    """
    options = options or CheckOptions()
    case = Case(policy, options)
    return report_of(case)


def report_of(case: Case, *, walked: bool = True) -> Report:
    """The report of a case that may have been asked already; unless *walked*, without flows and attacks.

    Raises JudgementError as `check` does.
    """
    must_fit(case)
    options = case.options
    asked = {
        r.id: r for r in RULES if (options.select is None or r.id in options.select) and r.id not in options.ignore
    }
    found: list[Finding] = [finding for rule in asked.values() for finding in rule.find(case)]
    found.sort(key=lambda f: (f.severity.rank, f.span.start if f.span else 0))
    kept, silenced, faults = suppressions_of(case.policy, found, asked)
    return Report(
        policy=case.policy,
        file_class=case.file_class,
        class_words=class_words(case),
        findings=kept,
        flows=case.flows if walked else (),
        attacks=case.attacks if walked else (),
        suppressed=silenced,
        faults=faults,
        exempt=tuple(sorted(case.exempt)),
    )
