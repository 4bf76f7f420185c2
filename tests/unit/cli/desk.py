"""Where somebody sits who has sessions: a home, an environment, a terminal with answers or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.terminal.people import Person
from tests.unit.cli.conftest import Outcome, Run

from iamfa.cli import sessions
from iamfa.cli import terminal as terminals

Answer = str | None | Callable[[], str]


@dataclass
class Seat:
    """A terminal on which somebody gives these answers: None closes it; what was shown is kept, no answer in it."""

    answers: list[Answer]
    shown: str = ""
    hidden: list[str] = field(default_factory=list)
    size: tuple[int, int] = (80, 24)
    closed: bool = False

    def write(self, text: str) -> None:
        self.shown += text

    def read_hidden(self, prompt: str) -> str | None:
        self.hidden.append(prompt)
        return self._answer(prompt)

    def read_line(self, prompt: str) -> str | None:
        return self._answer(prompt)

    def _answer(self, prompt: str) -> str | None:
        self.shown += prompt + "\n"
        answer = self.answers.pop(0)
        return answer() if callable(answer) else answer

    def close(self) -> None:
        self.closed = True


class Desk:
    """One person, and commands that run inside the test's process as he types them."""

    def __init__(self, who: Person, run: Run, patch: pytest.MonkeyPatch) -> None:
        self.who = who
        self._run = run
        self._patch = patch
        self.seat: Seat | None = None

    @property
    def home(self) -> Path:
        return self.who.home

    def run(self, *arguments: object, answers: list[Answer] | None = None, **settings: Any) -> Outcome:
        """A command; without *answers* there is no terminal."""
        self.seat = None if answers is None else Seat(answers)
        for module in (sessions, terminals):
            self._patch.setattr(module, "open_terminal", lambda: self.seat)
        found = self._run(*arguments, **settings)
        assert self.seat is None or not self.seat.answers
        return found

    def logged_in(self, *arguments: object) -> Outcome:
        found = self.run("login", *arguments, answers=[self.who.code])
        assert found.code == 0, found.err
        return found

    @property
    def kept(self) -> dict[str, Any]:
        """The one session that is kept."""
        (found,) = self.who.sessions().values()
        return dict(found)


def seated(who: Person, run: Run, patch: pytest.MonkeyPatch, names: Iterator[str]) -> Desk:
    """Nobody's settings but those of his home."""
    for name in [each for each in names if each.startswith(("AWS_", "XDG_", "IAMFA_"))]:
        patch.delenv(name)
    for name, value in who.environment.items():
        patch.setenv(name, value)
    return Desk(who, run, patch)
