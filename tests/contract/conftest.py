"""The stage of the contract's tests: a fresh sandbox, unless `IAMFA_LIVE_PROFILE` names an account to try AWS in."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from tests.contract.stage import Stage
from tests.contract.venue import PROFILE, VenueRefused, venue_of


def pytest_configure(config: pytest.Config) -> None:
    """Makes the mark known."""
    config.addinivalue_line("markers", "sandbox_only(reason): cannot be done in a live account, for this reason")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips, in an account, what only a sandbox can do."""
    for item in items:
        mark = item.get_closest_marker("sandbox_only")
        if mark is not None and os.environ.get(PROFILE):
            item.add_marker(pytest.mark.skip(reason=f"not in an account: {mark.args[0]}"))


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """One for a file; whatever its tests make goes when they are done."""
    try:
        venue = venue_of(os.environ)
    except VenueRefused as error:
        pytest.exit(f"{error.message} ({error.hint})", returncode=2)
    with Stage(venue) as found:
        yield found
