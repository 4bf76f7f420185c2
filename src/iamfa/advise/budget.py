"""How much of a file can be looked at: more than any policy that AWS would store, and no more than a second or two.

A judge that gave up halfway would have to say so of every verdict; it says so once, and gives none.
"""

from __future__ import annotations

from typing import Final

from iamfa.advise.case import Case
from iamfa.errors import JudgementError

CHARACTERS: Final = 131_072
"""A policy of more text is not judged; AWS's own largest managed policy has about 73,000 characters."""

ENTRY: Final = 4_096
"""A longer Action or Resource is not judged; ARNs of IAM have at most 2,048 characters (IAM API Reference)."""

COMPARISONS: Final = 4_000_000
"""Actions that are told apart times the entries with which each of them is compared."""

QUESTIONS: Final = 60_000
"""Actions times resources that may be told apart, weighted by the statements and keys each question meets."""


def must_fit(case: Case) -> None:
    """Raise JudgementError where the file asks for more than can be looked at."""
    size = len(case.policy.text)
    if size > CHARACTERS:
        raise JudgementError(
            f"the policy has {size:,} characters, and no more than {CHARACTERS:,} are judged",
            hint="AWS stores no policy of that size; is this several policies in one file?",
        )
    if not case.mfa_statements:
        return
    everything = [s for document in (case.policy.document, *case.others) for s in document.statements]
    entries = [v.text for s in everything for e in (s.action, s.resource) if e is not None for v in e.values]
    longest = max(map(len, entries))
    if longest > ENTRY:
        raise JudgementError(
            f"an entry of Action or Resource has {longest:,} characters, and no more than {ENTRY:,} are judged",
            hint="no action and no ARN is that long",
        )
    if len(case.actions) * len(entries) > COMPARISONS:
        raise JudgementError(
            f"the policy tells {len(case.actions):,} actions apart by {len(entries):,} entries, which is more than can "
            "be looked at",
            hint="write every entry once, and what a wildcard takes in by the wildcard alone",
        )
    statements = len(everything)
    keys = len({c.key.text.lower() for s in everything for c in s.conditions})
    questions = len(case.actions) * (len(case.named_resources) + 8) * (statements + 50) // 50 * (keys + 200) // 200
    if questions > QUESTIONS:
        raise JudgementError(
            f"the policy tells {len(case.actions):,} actions and {len(case.named_resources):,} resources apart in "
            f"{statements:,} statements with {keys:,} condition keys, which is more than can be looked at",
            hint="split it: judge the statements that ask for MFA in a file of their own, the rest by `--with`",
        )
