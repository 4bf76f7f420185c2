"""What making a session takes from outside: the cache, the way out, where codes come from, who watches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from iamfa.device.defaults import Defaults
from iamfa.device.inventory import OwnDevice
from iamfa.gateway.ports import Credentials, Devices, Sts
from iamfa.session.cache import Cache
from iamfa.session.codes import CodeSource, Question
from iamfa.session.ledger import Ledger
from iamfa.session.watched import Watcher


class WayOut(Sts, Devices, Protocol):
    """The calls with one set of credentials, and the other side's clock."""

    @property
    def answered_at(self) -> datetime | None:
        """What the other side's clock showed at its last answer."""


Connect = Callable[[Credentials, str], WayOut]
"""The calls with these credentials to a service, `sts` or `iam`."""

Choose = Callable[[Sequence[OwnDevice], Question], OwnDevice]
"""Lets the user choose one of several devices."""


@dataclass(frozen=True, slots=True)
class Means:
    """The seams of a session's making; nothing here reads a clock, a file or a terminal by itself."""

    cache: Cache
    ledger: Ledger
    defaults: Defaults
    connect: Connect
    source: CodeSource
    watcher: Watcher
    now: Callable[[], datetime]
    choose: Choose | None = None
    """None where nobody can be asked."""
    asks: bool = True
    """Whether a code can be had at all: at a terminal, from a program, or handed over."""
