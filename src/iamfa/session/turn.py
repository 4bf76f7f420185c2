"""Who asks: of all processes that want the same session at once, one.

A lock stands for the question. A process that can ask (it has a terminal, or another source of codes) waits for the
lock, looks into the cache again, and asks only if there is still nothing. A process that cannot ask never holds the
lock for longer than a look: where another one holds it, somebody is asking, and it waits for what comes of it; where
nobody does, nobody will, and it fails at once, so that its caller can say what to run.

The lock is the system's own and goes with its process, so that one who was killed while asking stops nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

from iamfa.errors import IamfaError
from iamfa.session.private_file import acquired

T = TypeVar("T")
PATIENCE_SECONDS: Final = 300
"""So long somebody may take to find the device and type a code."""
_SLICE_SECONDS: Final = 1.0
_PAUSE_SECONDS: Final = 0.2
"""So long a process that cannot ask leaves the lock to those that can, after one that asked let go of it."""


class NobodyCanAskError(IamfaError):
    """There is no session, and no process at hand that could ask for a code; the caller adds the command to run."""


class WaitedInVainError(IamfaError):
    """Another process has been asking for too long."""


@dataclass(frozen=True, slots=True)
class Turn(Generic[T]):
    """The turn of one session; made by `Cache.turn`."""

    folder: Path
    name: str
    find: Callable[[], T | None]
    """Looks into the cache."""

    def take(
        self,
        ask: Callable[[], T],
        *,
        can_ask: bool,
        patience: float = PATIENCE_SECONDS,
        waiting: Callable[[float], None] | None = None,
    ) -> T:
        """What is in the cache, or what *ask* gives; *ask* puts it into the cache before it gives it.

        Whoever waits for another process waits at most *patience* seconds, and *waiting* is told about once a second
        how many of them are left. Raises `NobodyCanAskError`, `WaitedInVainError`, `CacheError` where there can be no
        lock (then the caller asks without), and whatever *ask* raises.
        """
        left, looks = patience, 0
        seconds = min(_SLICE_SECONDS, left) if can_ask else 0
        while True:
            lock = acquired(self.folder, self.name, seconds=seconds)
            if lock is not None:
                with lock:
                    found = self.find()
                    if found is not None:
                        return found
                    if can_ask:
                        return ask()
                looks += 1
                if not seconds or looks > 1:
                    raise NobodyCanAskError("there is no session, and no process that could ask for a code")
                time.sleep(_PAUSE_SECONDS)
            else:
                left -= seconds
                if left <= 0:
                    raise WaitedInVainError(
                        f"another process has been asking for a code for more than {patience:g} seconds",
                        hint="answer it there, or end it",
                    )
                if waiting is not None:
                    waiting(left)
            seconds = min(_SLICE_SECONDS, left)
