"""Commands run inside the test's process, in an empty folder, as if nobody had configured anything."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import unfollowed
from tests.terminal.people import person

from iamfa.advise.check import check
from iamfa.advise.compose import compose
from iamfa.advise.explain import explain
from iamfa.cli.commands import check as check_command
from iamfa.cli.commands import explain as explain_command
from iamfa.cli.commands import fix as fix_command
from iamfa.cli.commands import new as new_command
from iamfa.cli.commands import tour as tour_command
from iamfa.cli.main import run
from iamfa.sandbox.embedded import Sandbox

if TYPE_CHECKING:
    from tests.unit.cli.desk import Desk

STORY = ("1-official-2022.json", "2-required-only.json", "3-repaired.jsonc")


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Outcome]

# Many tests look at how the same few policies are shown: what is frozen, and asked in the same way, is found once.
# Its lines are followed in tests/unit/advise, and those that show it here.
ONCE = {each: cache(unfollowed(each)) for each in (check, compose, explain)}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: the policies of the story and nothing else; commands that only judge remember."""
    place = tmp_path / "work"
    place.mkdir()
    monkeypatch.chdir(place)
    for command in (check_command, explain_command, new_command, tour_command):
        for found, remembered in ONCE.items():
            if getattr(command, found.__name__, None) is found:
                monkeypatch.setattr(command, found.__name__, remembered)
    for repairs in ("repair", "dropping"):
        monkeypatch.setattr(fix_command, repairs, unfollowed(getattr(fix_command, repairs)))
    for name in STORY:
        (place / name).write_bytes(resources.files("iamfa.cli.story").joinpath(name).read_bytes())
    return place


@pytest.fixture
def iamfa(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line; `width` is the terminal's, `stdin` what stands on standard input."""
    for name in ("NO_COLOR", "TERM", "_IAMFA_COMPLETE"):
        monkeypatch.delenv(name, raising=False)

    def start(*arguments: object, stdin: str | bytes = b"", width: int = 80) -> Outcome:
        monkeypatch.setenv("COLUMNS", str(width))
        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        capsys.readouterr()
        code = run([str(each) for each in arguments])
        written = capsys.readouterr()
        return Outcome(code, written.out, written.err)

    return start


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Whoever was started in the background ignores interrupts, and so do all that it starts: not while this holds."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def shared_box() -> Iterator[Sandbox]:
    """A sandbox in which every test has a user of his own."""
    with Sandbox(services=False) as found:
        yield found


@pytest.fixture
def desk(shared_box: Sandbox, iamfa: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Desk:
    """A user with one device, at home."""
    from tests.unit.cli.desk import seated

    return seated(person(shared_box, tmp_path / "home"), iamfa, monkeypatch, iter([*os.environ]))
