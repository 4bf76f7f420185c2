"""What is composed of wishes, once for all tests that write it down: it is frozen, and takes a second."""

from __future__ import annotations

from functools import cache

import pytest
from tests.conftest import unfollowed
from tests.unit.advise.wished import ALONE, Told

from iamfa.advise.compose import Composition, compose
from iamfa.advise.wishes import wishes_from

_SHORT = ("by an administrator", "china", "tag with days", "network", "exempt by path", "group inline", "scp", "guard")

WISHED = [
    pytest.param(told, id=name, marks=[] if name in _SHORT else [pytest.mark.soak]) for name, told in ALONE.items()
]
"""What is written down: wishes whose documents differ in their form, and in the long run all of them."""

_kept = cache(unfollowed(compose))


def composed(told: Told) -> Composition:
    """What is composed for somebody who told this."""
    return _kept(wishes_from(told))
