"""A home of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.session.examples import Place, furnished


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A home in which alice's session is kept."""
    return furnished(tmp_path)
