"""One sandbox for all tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.unit.device.stage import Stage

from iamfa.sandbox.embedded import Sandbox


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Sandbox(seed=7, services=False) as box:
        yield Stage(box)
