"""What holds for every test: how many examples a property is tried on, and which tests are for `make soak` only."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings

SOAK = os.environ.get("IAMFA_SOAK") == "1"

# The quick profile is the same run every time, so that a change is judged by what it changed. The soak profile looks
# for new examples each time, and keeps what it found in .hypothesis.
settings.register_profile("quick", max_examples=60, derandomize=True, deadline=None, print_blob=True)
settings.register_profile(
    "soak",
    max_examples=3000,
    deadline=timedelta(seconds=20),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("soak" if SOAK else "quick")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips what is marked `soak`, and says why, unless the long tests were asked for."""
    if SOAK:
        return
    long_test = pytest.mark.skip(reason="long: run by `make soak` (IAMFA_SOAK=1)")
    for item in items:
        if item.get_closest_marker("soak"):
            item.add_marker(long_test)
