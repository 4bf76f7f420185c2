"""What is composed of wishes, once for all tests that write it down: it is frozen, and takes a second."""

from __future__ import annotations

from functools import cache

from tests.unit.advise.wished import Told

from iamfa.advise.compose import Composition, compose
from iamfa.advise.wishes import wishes_from

_kept = cache(compose)


def composed(told: Told) -> Composition:
    """What is composed for somebody who told this."""
    return _kept(wishes_from(told))
