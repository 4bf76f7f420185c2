"""A home of one's own, and a sandbox for those who make sessions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.terminal.people import Person, person
from tests.unit.session.examples import Place, furnished

import iamfa


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A home in which alice's session is kept."""
    return furnished(tmp_path)


@pytest.fixture(scope="module")
def box() -> Iterator[iamfa.Sandbox]:
    """A sandbox, started where somebody asks for it."""
    with iamfa.Sandbox(services=False) as found:
        yield found


@pytest.fixture
def alice(box: iamfa.Sandbox, tmp_path: Path) -> Person:
    """A user with one device, who may do everything."""
    return person(box, tmp_path / "home")
