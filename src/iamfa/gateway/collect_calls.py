"""The calls of a collection: counted, slowed down when AWS asks for it, tried again, and page by page.

AWS publishes no numbers for IAM's and Organizations' throttling: the pace is found out. The SDK's own few attempts are
part of each try and are not counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Final

from iamfa.account.documents import plain_times
from iamfa.account.not_read import NotRead
from iamfa.gateway.collect_kept import Json, KeptAnswers, name_of_call
from iamfa.gateway.faults import AwsError, CredentialsError, ThrottledError, UnreachableError
from iamfa.gateway.ports import Caller

_THROTTLED_TRIES: Final = 12
_OTHER_TRIES: Final = 4
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
_SERVER_ERROR: Final = 500
_LONGEST_REASON: Final = 300


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a collection is."""

    part: str
    """One of the parts of `iamfa.account.not_read`."""
    done: int = 0
    """Entities or users so far."""
    total: int | None = None
    """How many there will be, where that is known."""
    waits: float = 0.0
    """Seconds that are waited for now, because AWS asked to be called less often or is not ready."""


class Calls:
    """The calls of one collection."""

    def __init__(
        self,
        caller_for: Callable[[str], Caller],
        *,
        now: Callable[[], datetime],
        wait: Callable[[float], None],
        tell: Callable[[Progress], None],
    ) -> None:
        self._caller_for = caller_for
        self._callers: dict[str, Caller] = {}
        self._wait = wait
        self.now = now
        self.tell = tell
        self.kept = KeptAnswers(None, "", "", now)
        self.made: Counter[str] = Counter()
        """How often each operation was called, by `iam:GetAccountSummary`; what was kept is not called."""
        self.part = ""
        """What is being read, for `tell`."""
        self._pause = 0.0
        """Seconds between two calls; none until AWS throttles."""

    def call(self, service: str, operation: str, *, keep: bool = True, page: bool = False, **parameters: Any) -> Json:
        """The answer, with its times as texts. Raises `AwsError` when trying again is of no use any more."""
        given = {name: value for name, value in parameters.items() if value is not None}
        name = name_of_call(service, operation, given)
        kept = self.kept.find(name) if keep else None
        if kept is not None:
            return kept
        answer: Json = dict(plain_times(self._tried(service, operation, given)))
        if keep:
            self.kept.keep(name, answer, page=page)
        return answer

    def pages(
        self, service: str, operation: str, *members: str, total: int | None = None, **parameters: Any
    ) -> list[Json]:
        """All pages of a list; *members* are the lists in it, for the progress.

        A marker that an earlier process was given may be taken no more: then the list is read from its beginning.
        """
        token = "NextToken" if service == "organizations" else "Marker"
        found: list[Json] = []
        seen: set[str] = set()
        marker: str | None = None
        while True:
            try:
                given: dict[str, Any] = {**parameters, token: marker}
                answer = self.call(service, operation, page=bool(members), **given)
            except AwsError:
                if marker is None or not self.kept.forget_earlier(f"{service}:{operation}"):
                    raise
                found, seen, marker = [], set(), None
                continue
            found.append(answer)
            if members:
                done = sum(len(page.get(member) or ()) for page in found for member in members)
                self.tell(Progress(self.part, done, total))
            marker = answer.get(token) or None
            if marker is None:
                return found
            if marker in seen:
                raise AwsError("", "the pages lead back to one that was read", operation=f"{service}:{operation}")
            seen.add(marker)

    def wait(self, seconds: float) -> None:
        """Wait, and say so."""
        self.tell(Progress(self.part, waits=seconds))
        self._wait(seconds)

    def _tried(self, service: str, operation: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer of the first try that has one.

        A throttled call is tried again later, and all that follow come more slowly, until some pass. A read can be
        repeated freely, so that a lost answer and an error of AWS's own are tried again too.
        """
        throttled = other = 0
        while True:
            if self._pause:
                self.wait(self._pause)
            self.made[f"{service}:{operation}"] += 1
            try:
                answer = self._caller(service).call(service, operation, **given)
            except ThrottledError:
                throttled += 1
                if throttled == _THROTTLED_TRIES:
                    raise
                self._pause = min(max(self._pause * 2, _FIRST_PAUSE), _LONGEST_PAUSE)
            except AwsError as error:
                other += 1
                again = isinstance(error, UnreachableError) or (error.status or 0) >= _SERVER_ERROR
                if not again or other == _OTHER_TRIES:
                    raise
                self.wait(2.0 ** (other - 1))
            else:
                self._pause = self._pause * 0.7 if self._pause > 0.1 else 0.0
                return answer

    def _caller(self, service: str) -> Caller:
        if service not in self._callers:
            self._callers[service] = self._caller_for(service)
        return self._callers[service]


@dataclass
class Noted:
    """A snapshot on its way, and what is missing in it."""

    value: Json
    noted: dict[NotRead, None] = field(default_factory=dict)
    """What is missing, in order and each once."""

    @property
    def not_read(self) -> tuple[NotRead, ...]:
        """What is missing."""
        return tuple(self.noted)

    def note(self, part: str, reason: str, about: str = "") -> None:
        """Note that something was not read."""
        self.noted[NotRead(part, " ".join(reason.split())[:_LONGEST_REASON], about)] = None


class Reading(Noted):
    """The same of an account that is read by calls."""

    def __init__(self, calls: Calls, value: Json) -> None:
        super().__init__(value)
        self.calls = calls

    def reading(self, part: str, about: str = "") -> _Part:
        """Read a part in a `with`: what AWS refuses is noted, and the rest goes on.

        Raises `CredentialsError` and `UnreachableError` of IAM itself: with them nothing goes on.
        """
        return _Part(self, part, about)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part that is being read."""

    read: Reading
    part: str
    about: str

    def __enter__(self) -> None:
        self.read.calls.part = self.part

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, AwsError) or is_end(error):
            return False
        self.read.note(self.part, error.message, self.about)
        return True


def is_end(error: AwsError) -> bool:
    """Whether no other call can be expected to pass after this error."""
    return isinstance(error, CredentialsError | UnreachableError) and not error.operation.startswith("organizations")
