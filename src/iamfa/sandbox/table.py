"""Where the sandbox keeps entities, with the delay after which a change is seen when IAM's consistency is played.

AWS's page troubleshoot of the IAM User Guide, "Changes that I make are not always immediately visible": IAM is
eventually consistent. What a call writes, it writes onto the newest values; what a call only reads, and what requests
are decided by, may be some seconds old.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from iamfa.errors import IamfaError

V = TypeVar("V")

_LONGEST_LAG: Final = 86_400.0
"""A day; IAM's changes take seconds."""


@dataclass(eq=False)
class Lag:
    """How long a change stays unseen."""

    now: Callable[[], datetime]
    seconds: float = 0.0
    used: bool = False
    """Whether any change ever had to wait; until then all is seen as it is."""


@dataclass(frozen=True, slots=True)
class _Before(Generic[V]):
    """What readers still see of an entry, and until when; None: no entry."""

    value: V | None
    until: datetime


def lag_of(seconds: float) -> float:
    """The seconds of a lag. Raises `IamfaError` for what is no time to wait for."""
    if not 0 <= seconds <= _LONGEST_LAG:
        raise IamfaError(f"a change cannot be seen `{seconds}` seconds late", hint=f"give 0 to {_LONGEST_LAG:.0f}")
    return float(seconds)


class Table(dict[str, V]):
    """Entities by name, ARN or id: the newest values. What readers see is `visible`."""

    def __init__(self, lag: Lag, values: Mapping[str, V] | None = None) -> None:
        super().__init__(values or {})
        self.lag = lag
        self._before: dict[str, list[_Before[V]]] = {}
        """What was before each change that readers do not see yet, the oldest first."""

    def __setitem__(self, key: str, value: V) -> None:
        self._note(key)
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        self._note(key)
        super().__delitem__(key)

    def amend(self, key: str, value: V) -> None:
        """Put in what AWS itself notes of an entity, such as its last use: no change that anybody waits for."""
        super().__setitem__(key, value)

    def _note(self, key: str) -> None:
        if self.lag.seconds <= 0:
            return
        until = self.lag.now() + timedelta(seconds=self.lag.seconds)
        self._before.setdefault(key, []).append(_Before(self.get(key), until))
        self.lag.used = True

    @property
    def visible(self) -> Mapping[str, V]:
        """The entries as readers see them now."""
        if not self._before:
            return self
        now = self.lag.now()
        still = {key: [each for each in held if now < each.until] for key, held in self._before.items()}
        self._before = {key: held for key, held in still.items() if held}
        return _View(self, {key: held[0] for key, held in self._before.items()}) if self._before else self


@dataclass(eq=False, slots=True)
class _View(Mapping[str, V]):
    newest: Table[V]
    before: dict[str, _Before[V]] = field(default_factory=dict)

    def __getitem__(self, key: str) -> V:
        held = self.before.get(key)
        if held is None:
            return self.newest[key]
        if held.value is None:
            raise KeyError(key)
        return held.value

    def __iter__(self) -> Iterator[str]:
        for key in self.newest:
            if key not in self.before or self.before[key].value is not None:
                yield key
        for key, held in self.before.items():
            if held.value is not None and key not in self.newest:
                yield key

    def __len__(self) -> int:
        return sum(1 for _ in self)
