"""How old a stolen session may be, as far as policies tell ages apart."""

from __future__ import annotations

from dataclasses import dataclass

from iamfa.lifecycle.compared import told_apart
from iamfa.lifecycle.world import AGE, World

OLDEST = 129_600
"""The longest that a session of a user lasts, in seconds (GetSessionToken in the STS API Reference)."""

_MOST = 20
"""Of numbers that the policies compare ages with no more are looked at."""


@dataclass(frozen=True, slots=True)
class Aged:
    """The world in which sessions with MFA are so old."""

    seconds: int | None
    """Since the code was given; None where no policy looks at it, or where the age is left open."""
    world: World


def by_age(world: World) -> tuple[Aged, ...]:
    """The world at ages that stand for all that a session can have, in order.

    Where a policy looks at the age in another way than by comparing numbers, or with too many numbers, there is one
    world in which the age is open.
    """
    if any(key.lower() == AGE for key in world.context):
        return (Aged(None, world),)
    ages = told_apart(world.bundle, AGE, range(OLDEST + 1), most=_MOST)
    if ages is None:
        return (Aged(None, world.aged(None)),)
    return tuple(Aged(age, world.aged(str(age))) for age in ages) or (Aged(None, world),)
