"""How much of a file can be looked at: more than any policy that AWS would store, and no more than a second or two.

A judge that gave up halfway would have to say so of every verdict; it says so once, and gives none.
"""

from __future__ import annotations

from typing import Final

from iamfa.advise.case import Case
from iamfa.errors import JudgementError

CHARACTERS: Final = 131_072
"""A policy of more text is not judged; AWS's own largest managed policy has about 73,000 characters."""

QUESTIONS: Final = 60_000
"""Actions times resources that may be told apart, weighted by the number of statements each question meets."""


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
    statements = len(case.policy.statements) + sum(len(d.statements) for d in case.others)
    questions = len(case.actions) * (len(case.named_resources) + 8) * (statements + 50) // 50
    if questions > QUESTIONS:
        raise JudgementError(
            f"the policy tells {len(case.actions):,} actions and {len(case.named_resources):,} resources apart in "
            f"{statements:,} statements, which is more than can be looked at",
            hint="split it: judge the statements that ask for MFA in a file of their own, the rest by `--with`",
        )
