"""What a file that forces by Deny enforces, proved for all requests: nothing outside E passes without MFA.

The class and E are found by evaluation (`case`); here the prover says of the same file whether they hold for every
action, resource and context, whatever else is attached. Asked of every user first; where a condition spares somebody,
of the user and the situation that are judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from iamfa.advise.actions import UNHEARD_OF
from iamfa.advise.case import Case
from iamfa.advise.claims import exempt_patterns
from iamfa.advise.situation import is_free
from iamfa.evaluate.principal import Principal
from iamfa.policy.glob import ascii_lower
from iamfa.proof.answer import Answer, Proved, Refuted, prove
from iamfa.proof.question import Question


@dataclass(frozen=True, slots=True)
class Enforcement:
    """What was shown of a file that forces by Deny."""

    holds: Literal["everybody", "situation", "no", "unknown"]
    """Of every request; of every request in the situation that is judged; not even there; not decided."""
    answer: Answer
    """The last answer: for `no` with the request that passes."""
    also: tuple[str, ...] = ()
    """Actions that the file names, and that pass under conditions of their own, such as a FIDO enrolment."""


def enforcement_of(case: Case) -> Enforcement | None:
    """Ask the prover; None for a file that does not force by Deny, for no kind of credential, or spares resources.

    What passes on resources that a Deny spares is in E already, for actions that nobody can list.
    """
    if case.file_class != "forces-by-deny" or not case.held_kinds or UNHEARD_OF in case.exempt:
        return None
    exempt = exempt_patterns(case)
    question = Question("without-mfa", case.held_kinds, None, exempt, partition=case.options.partition)
    assumptions = case.options.assumptions
    answer = prove(question, case.everything, assumptions=assumptions, realistic=False)
    if isinstance(answer, Proved):
        return Enforcement("everybody", answer)
    user = Principal.parse(case.subject.user_arn)
    judged = replace(question, user=user, partition=None, given=tuple(_given(case)))
    also: list[str] = []
    while True:
        asked = replace(judged, outside=(*exempt, *also))
        answer = prove(asked, case.everything, assumptions=assumptions)
        if isinstance(answer, Refuted) and _is_named(case, answer.witness.action) and len(also) < _MOST_ALSO:
            also.append(answer.witness.action)
            continue
        break
    if isinstance(answer, Proved):
        return Enforcement("situation", answer, tuple(also))
    return Enforcement("no" if isinstance(answer, Refuted) else "unknown", answer, tuple(also))


_MOST_ALSO = 40


def _is_named(case: Case, action: str) -> bool:
    """Whether a statement of the file names the action: then it is exempt on purpose, under conditions of its own."""
    named = (v.text.lower() for s in case.policy.document.statements for v in s.action.values)
    return action.lower() in named


def _given(case: Case) -> Iterator[tuple[str, str | None]]:
    """The keys of the situation that is judged; those that it gives no value are absent."""
    told = {ascii_lower(key): value for key, value in case.context.items()}
    yield from told.items()
    for document in (case.policy.document, *case.others):
        for statement in document.statements:
            for key in dict.fromkeys(c.key.text.lower() for c in statement.conditions):
                if is_free(key) and key not in told:
                    yield key, None
