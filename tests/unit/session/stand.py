"""What stands in for a terminal and a watcher where sessions are made: answers, and what was asked and told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.terminal.people import Person

from iamfa.cli.sessions import connector
from iamfa.device.defaults import Defaults
from iamfa.device.inventory import OwnDevice
from iamfa.secret import Secret
from iamfa.session.cache import Cache
from iamfa.session.codes import Question, code_in
from iamfa.session.ledger import Ledger
from iamfa.session.means import Means
from iamfa.session.profiles import AwsFiles
from iamfa.session.wanted import Wanted, wanted
from iamfa.session.watched import Notice


@dataclass
class Answers:
    """A person who answers with these, one after the other; an answer may be a function, called then."""

    answers: list[str | Callable[[], str]]
    again: bool = True
    here: bool = False
    words: str = "the stand-in"
    questions: list[Question] = field(default_factory=list)

    def code(self, question: Question) -> Secret:
        self.questions.append(question)
        answer = self.answers.pop(0)
        return code_in(answer if isinstance(answer, str) else answer(), self.words)

    @property
    def complaints(self) -> list[str]:
        return [str(each.complaint) for each in self.questions if each.complaint is not None]


@dataclass
class Watched:
    """Notes what is told, and waits no moment."""

    told: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    waits: list[tuple[float, str]] = field(default_factory=list)
    others_for: list[float] = field(default_factory=list)

    def tell(self, notice: Notice) -> None:
        self.told.append(str(notice))

    def explain(self, command: str) -> None:
        self.commands.append(command)

    def others(self, seconds: float) -> None:
        self.others_for.append(seconds)

    def wait(self, seconds: float, why: Notice) -> None:
        self.waits.append((seconds, str(why)))


@dataclass
class Stand:
    """Everything that a session's making takes, around one person."""

    person: Person
    answers: Answers
    watched: Watched = field(default_factory=Watched)
    asks: bool = True
    number: int | None = None
    """Which device is chosen; None where nobody can choose."""
    off: timedelta = timedelta(0)
    """By how much this machine's clock is ahead."""

    def now(self) -> datetime:
        return datetime.now(UTC) + self.off

    def wanted(self, profile: str | None = None, **options: Any) -> Wanted:
        return wanted(AwsFiles.read({}, self.person.home), {}, profile, **options)

    def means(self, asked_for: Wanted) -> Means:
        def choose(devices: Sequence[OwnDevice], question: Question) -> OwnDevice:
            assert self.number is not None
            return devices[self.number]

        return Means(
            cache=Cache(self.person.cache, now=self.now),
            ledger=Ledger(self.person.cache),
            defaults=Defaults(self.person.home / "state"),
            connect=connector(asked_for),
            source=self.answers,
            watcher=self.watched,
            now=self.now,
            choose=None if self.number is None else choose,
            asks=self.asks,
        )


def stand(person: Person, *answers: str | Callable[[], str], **more: Any) -> Stand:
    kinds = {name: more.pop(name) for name in ("again", "here") if name in more}
    return Stand(person, Answers([*answers], **kinds), **more)


@contextmanager
def as_a_file(path: Path) -> Iterator[None]:
    """A file stands where a folder should be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("in the way")
    yield
    path.unlink()
