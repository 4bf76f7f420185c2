"""People of a sandbox who look after their devices: each in a home of his own, at a terminal or without one."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.terminal.people import Person, person
from tests.unit.cli.conftest import Outcome, Run
from tests.unit.cli.sitting import Answer, Sitting
from tests.unit.device.test_yubikey import PROGRAM

import iamfa as face
from iamfa.cli import sessions
from iamfa.cli import terminal as terminals
from iamfa.policy.policy import Policy
from iamfa.policy.render import render
from iamfa.sandbox.faults import Fault
from iamfa.sandbox.live import State

POLICIES = Path(__file__).parents[3] / "data" / "policies"


@pytest.fixture(scope="module")
def box() -> Iterator[face.Sandbox]:
    with face.Sandbox(services=False) as found:
        yield found


class Life:
    """A user at home."""

    def __init__(self, who: Person, run: Run, patch: pytest.MonkeyPatch) -> None:
        self.who = who
        self._run = run
        self._patch = patch

    def sit(self, *answers: Answer, size: tuple[int, int] = (80, 24)) -> Sitting:
        """Sit down at a terminal."""
        found = Sitting(*answers, size=size)
        self._patch.setattr(sessions, "open_terminal", lambda: found)
        self._patch.setattr(terminals, "open_terminal", lambda: found)
        return found

    def leave(self) -> None:
        """No terminal any more."""
        self._patch.setattr(sessions, "open_terminal", lambda: None)
        self._patch.setattr(terminals, "open_terminal", lambda: None)

    def device(self, *arguments: object, **settings: object) -> Outcome:
        """Run `iamfa device …`; nothing in it may need an answer that nobody has, or leave one."""
        return self._run("device", *arguments, **settings)

    def login(self, *arguments: object) -> Outcome:
        return self._run("login", *arguments)

    def seed_code(self, name: str, steps: int = 0) -> str:
        """What a device shows, also one that is nobody's yet."""
        return self.who.code(self.who.serial(name), steps=steps)

    def code(self, name: str = "phone", steps: int = 0) -> Answer:
        """The same, looked at when it is asked for."""
        return lambda: self.seed_code(name, steps)

    def seed(self, name: str) -> str:
        """What nobody shall see."""
        seed = self.who.box.call(lambda state: state.account.devices[self.who.serial(name)].seed)
        assert seed is not None
        return seed.reveal()

    def serials(self, *, mine: bool = True) -> set[str]:
        """The names of his devices, or of those that are nobody's."""
        owner = self.who.name if mine else None
        return self.who.box.call(
            lambda state: {
                each.serial.rpartition("/")[2] for each in state.account.devices.values() if each.user == owner
            }
        )

    def policy(self, text: str | Path) -> None:
        """Put him under another policy: a file of the data, or a text."""
        found = Policy.load(POLICIES / text) if isinstance(text, Path) else Policy.parse(text)
        document = render(found.document)

        def put(state: State) -> None:
            users = state.account.users
            users[self.who.name] = replace(users[self.who.name], inline={"own": document})

        self.who.box.call(put)

    def calls(self, *names: str) -> list[str]:
        """Those of these operations that he called, with his key and in sessions."""
        end = f"/{self.who.name}"
        return [
            str(each["eventName"])
            for each in self.who.box.events
            if str(each.get("userIdentity", {}).get("arn", "")).endswith(end) and each["eventName"] in names
        ]

    def fault(self, text: str) -> None:
        """Let something go wrong, e.g. `iam:EnableMFADevice=lost*1`."""
        self.who.box.faults.faults.append(Fault.parse(text))

    def written(self) -> str:
        """Everything in his home and in the folder for temporary files."""
        files = [each for each in self.who.home.rglob("*") if each.is_file()]
        return "\n".join(each.read_text(errors="replace") for each in files)


def _forget_devices(state: State) -> None:
    state.account.devices.clear()
    state.account.used_codes.clear()


@pytest.fixture
def alice(box: face.Sandbox, iamfa: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Life:
    """A user without devices who may do everything."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "XDG_", "IAMFA_"))]:
        monkeypatch.delenv(name)
    # Names of devices are the account's: nobody has any yet.
    box.call(_forget_devices)
    box.faults.faults.clear()
    found = person(box, tmp_path / "home", devices=(), path="/")
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    life = Life(found, iamfa, monkeypatch)
    life.leave()
    return life


@pytest.fixture
def ykman(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alice: Life) -> Path:
    """A `ykman` on the PATH that keeps its accounts in a file, and shows codes of the sandbox's time."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "ykman"
    shown = 'print("123456")'
    assert shown in PROGRAM
    now = "import pyotp, time; print(pyotp.TOTP(key['accounts'][hits[0]]['seed']).now())"
    program.write_text(PROGRAM.replace(shown, now))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder / "key.json"


def accounts(key: Path) -> dict[str, object]:
    """What the YubiKey of `ykman` holds."""
    found: dict[str, object] = json.loads(key.read_text())["accounts"] if key.exists() else {}
    return found
