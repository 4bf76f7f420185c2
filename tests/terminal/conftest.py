"""A sandbox that several people share, each with a home of his own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.terminal.people import Person, person
from tests.terminal.typist import Typist

import iamfa


@pytest.fixture(scope="module")
def box() -> Iterator[iamfa.Sandbox]:
    with iamfa.Sandbox(services=False) as found:
        yield found


@pytest.fixture
def alice(box: iamfa.Sandbox, tmp_path: Path) -> Person:
    """A user with one device, who may do everything."""
    return person(box, tmp_path / "home")


Start = Callable[..., Typist]


@pytest.fixture
def at(request: pytest.FixtureRequest) -> Iterator[Start]:
    """Lets a person type a command: `at(alice, "login")`; it is gone at the test's end."""
    open_ones: list[Typist] = []

    def start(who: Person, *arguments: object, **settings: Any) -> Typist:
        environment = {**who.environment, **settings.pop("more", {})}
        found = Typist(*arguments, environment=environment, folder=who.home, **settings)
        open_ones.append(found)
        return found

    yield start
    for each in open_ones:
        each.__exit__()
