"""Is there a string that lies in all of these globs and in none of those? Exact, with the string where there is one.

Globs are IAM's: `*` fits any run of characters, none included, `?` exactly one, all else itself
(reference_policies_elements_resource of the IAM User Guide). The question is answered by walking the states of all
globs together, and no state is visited twice; so it always ends, and it says so where it ends without an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from iamfa.policy.glob import Glob
from iamfa.proof.alphabet import ACTION_NAME, ARN_TAIL, DEVICE_NAME, USER_NAME, Alphabet
from iamfa.proof.automaton import Automaton
from iamfa.proof.shortest import Budget, OutOfStates, Walk

__all__ = [
    "ACTION_NAME",
    "ARN_TAIL",
    "DEVICE_NAME",
    "STATES",
    "USER_NAME",
    "Alphabet",
    "Answer",
    "Class",
    "Empty",
    "Found",
    "Unknown",
    "covers",
    "find",
    "representatives",
]

STATES = 100_000
"""How many states a question may make before it is answered by Unknown: one or two seconds of work at most."""


@dataclass(frozen=True, slots=True)
class Found:
    """There is such a string."""

    witness: str
    """The shortest one, and of those the first in the alphabet's order; where that took too many states, any."""


@dataclass(frozen=True, slots=True)
class Empty:
    """There is no such string: every state that could lead to one was visited."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing was found and nothing excluded."""

    reason: str
    """Why, lower-case."""

    def __str__(self) -> str:
        return self.reason


Answer = Found | Empty | Unknown


@dataclass(frozen=True, slots=True)
class Class:
    """All strings that fit the same globs, by one of them: what holds for it, as far as globs tell, holds for all."""

    witness: str
    member_of: frozenset[int]
    """Which globs fit, by their index."""


def find(
    inside: Sequence[Glob],
    outside: Sequence[Glob],
    *,
    alphabet: Alphabet,
    min_length: int = 0,
    max_length: int | None = None,
    case_insensitive: bool = False,
    limit: int = STATES,
) -> Answer:
    """Find a string of the alphabet that lies in every glob of `inside` and in none of `outside`.

    Lengths are in characters, both ends included (a name has `min_length=1`); without globs inside every string of
    the alphabet counts. A glob with a literal that the alphabet does not have fits nothing. `case_insensitive`
    compares A-Z as a-z (actions). Unknown is answered only when the limit of states is hit.
    """
    automaton = Automaton([*inside, *outside], alphabet, case_insensitive=case_insensitive)
    first = range(len(inside))
    second = range(len(inside), len(inside) + len(outside))
    return _answer(automaton, first, second, min_length, max_length, (Budget(limit), Budget(limit)))


def covers(
    outside: Sequence[Glob],
    inside: Glob,
    *,
    alphabet: Alphabet,
    min_length: int = 0,
    max_length: int | None = None,
    case_insensitive: bool = False,
    limit: int = STATES,
) -> bool | None:
    """Whether every string of `inside` lies in one of `outside`; None where the limit of states leaves it open."""
    answer = find(
        [inside],
        outside,
        alphabet=alphabet,
        min_length=min_length,
        max_length=max_length,
        case_insensitive=case_insensitive,
        limit=limit,
    )
    return None if isinstance(answer, Unknown) else isinstance(answer, Empty)


def representatives(
    globs: Sequence[Glob],
    *,
    alphabet: Alphabet,
    min_length: int = 0,
    max_length: int | None = None,
    prefer: Sequence[str] = (),
    case_insensitive: bool = False,
    limit: int = STATES,
) -> list[Class] | Unknown:
    """One string for each way in which strings of the alphabet can lie in some of the globs and not in the others.

    The classes are a partition of all strings within the lengths: none is missing and none is empty. Witnesses are
    taken from `prefer` where one fits (those that are no legal string are passed over). The limit is for all
    classes together; when it is hit the answer is Unknown, never a part of the classes.
    """
    automaton = Automaton(globs, alphabet, case_insensitive=case_insensitive)
    budgets = (Budget(limit), Budget(limit))
    known = [
        (word, automaton.signs(word))
        for word in prefer
        if min_length <= len(word)
        and (max_length is None or len(word) <= max_length)
        and all(character in alphabet for character in word)
    ]
    classes: list[Class] = []
    # Depth first over the globs: what each asks for, and the known strings that have it. A string decides its own
    # side of the next glob for nothing; only the other side is searched, and searched only once.
    pending: list[tuple[tuple[int, ...], tuple[int, ...], list[tuple[str, int]]]] = [((), (), known)]
    while pending:
        inside, outside, known = pending.pop()
        if not known:
            answer = _answer(automaton, inside, outside, min_length, max_length, budgets)
            if isinstance(answer, Unknown):
                return answer
            if isinstance(answer, Empty):
                continue
            known = [(answer.witness, automaton.signs(answer.witness))]
        following = len(inside) + len(outside)
        if following == len(globs) or (inside and automaton.literal_only[inside[-1]]):
            word, signs = known[0]
            classes.append(Class(word, frozenset(i for i, accept in enumerate(automaton.accept) if signs & accept)))
            continue
        accept = automaton.accept[following]
        pending.append((inside, (*outside, following), [each for each in known if not each[1] & accept]))
        pending.append(((*inside, following), outside, [each for each in known if each[1] & accept]))
    return classes


def _answer(
    automaton: Automaton,
    inside: Sequence[int],
    outside: Sequence[int],
    min_length: int,
    max_length: int | None,
    budgets: tuple[Budget, Budget],
) -> Answer:
    """Walk level by level; out of states, walk straight ahead with the second budget, which can only find."""
    reduced = automaton.reduced(inside, outside)
    if reduced is None:
        return Empty()
    inner, outer = reduced
    walk = Walk(automaton, [(glob,) for glob in inner], outer, min_length=min_length, max_length=max_length)
    try:
        word = walk.shortest(budgets[0])
    except OutOfStates:
        try:
            word = walk.straight(budgets[1])
        except OutOfStates:
            return Unknown(f"more than {budgets[0].limit} states of {len(automaton.accept)} patterns would be needed")
    return Empty() if word is None else Found(word)
