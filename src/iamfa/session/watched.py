"""What a session's making tells whoever watches: sentences, commands that do the same, and waiting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence with its values apart, so that it can be said in another language; `str()` says it in English."""

    text: str
    """With `{name}` where a value stands."""
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text.format_map(self.values)


class Watcher(Protocol):
    """Whoever watches: a terminal, a test, nobody."""

    def tell(self, notice: Notice) -> None:
        """Something that the user should know happened."""

    def explain(self, command: str) -> None:
        """The AWS CLI command that does what is done next; it holds no secret, `CODE` stands for the code."""

    def others(self, seconds: float) -> None:
        """Another process has been asking for so many seconds, and this one waits for what it gets."""

    def wait(self, seconds: float, why: Notice) -> None:
        """Wait so long, and let it be seen; an interrupt ends it."""


class Silent:
    """Nobody watches; waiting is *sleep*."""

    def __init__(self, sleep: _Sleep) -> None:
        self._sleep = sleep

    def tell(self, notice: Notice) -> None:
        """Nobody hears it."""

    def explain(self, command: str) -> None:
        """Nobody learns from it."""

    def others(self, seconds: float) -> None:
        """Nobody wonders."""

    def wait(self, seconds: float, why: Notice) -> None:
        """Wait."""
        self._sleep(seconds)


class _Sleep(Protocol):
    def __call__(self, seconds: float, /) -> object: ...
