"""Devices as people live with them: enrolled, broken off, lost, replaced, at a terminal and without one."""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import sys
import termios
from dataclasses import replace
from pathlib import Path

import pytest
from tests.terminal.conftest import Start
from tests.terminal.people import Person, person
from tests.terminal.typist import Typist

import iamfa
from iamfa.device.qr import QrCode
from iamfa.otp import provisioning_uri
from iamfa.policy.policy import Policy
from iamfa.policy.render import render
from iamfa.sandbox.live import State

POLICIES = Path(__file__).parents[1] / "data" / "policies"
OUTDATED, REPAIRED, PAGE = "story-1-outdated.json", "story-3-repaired.jsonc", "aws-p1.json"
NO_LISTING = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"},
  {"Effect": "Deny", "Action": "iam:ListMFADevices", "Resource": "*"}]}"""


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    """The folder of XDG_RUNTIME_DIR."""
    found = tmp_path / "memory"
    found.mkdir(mode=0o700)
    return found


@pytest.fixture
def bob(box: iamfa.Sandbox, tmp_path: Path) -> Person:
    """A user without devices, in an account that has none: their names are the account's."""

    def forget(state: State) -> None:
        state.account.devices.clear()
        state.account.used_codes.clear()

    box.call(forget)
    return person(box, tmp_path / "bob", devices=(), path="/")


def under(who: Person, policy: str) -> None:
    """Put him under a policy: a file of the data, or a text."""
    found = Policy.parse(policy) if policy.startswith("{") else Policy.load(POLICIES / policy)
    document = render(found.document)

    def put(state: State) -> None:
        users = state.account.users
        users[who.name] = replace(users[who.name], inline={"own": document})

    who.box.call(put)


def enlarged(typist: Typist, lines: int = 50) -> Typist:
    """With more lines, which are looked at when the QR code is to be drawn."""
    fcntl.ioctl(typist._slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, 80, 0, 0))
    return typist


def devices(who: Person) -> dict[str, str | None]:
    """The names of the account's devices, and whose they are."""
    return who.box.call(lambda s: {d.serial.rpartition("/")[2]: d.user for d in s.account.devices.values()})


def enabling(who: Person, serial: str) -> int:
    """How often AWS was asked to enable a device."""
    asked = [event["requestParameters"] for event in who.box.events if event["eventName"] == "EnableMFADevice"]
    return sum(serial in (each or {}).values() for each in asked)


def test_the_story_under_the_repaired_policy(bob: Person, at: Start) -> None:
    under(bob, REPAIRED)
    name = "googleAuthentication"
    add = enlarged(at(bob, "device", "add", name))
    add.expect("Scan this with your app")
    add.expect(f"The code that the app shows for {name}:")
    assert not add.echoes
    seed = bob.box.call(lambda state: state.account.devices[bob.serial(name)].seed)
    assert seed is not None
    expected = QrCode.of(iamfa.secret.Secret(provisioning_uri(seed, name, bob.account)))
    shown = add.written.replace("\x1b[97;40m", "").replace("\x1b[0m", "").replace("\r", "")
    assert "\n".join(line.reveal() for line in expected.lines()) in shown

    add.type(wrong := bob.wrong(device=name))
    add.expect("this is no code of the new device")
    add.expect("AWS was not asked")
    add.expect(f"The code that the app shows for {name}:")
    assert enabling(bob, bob.serial(name)) == 0
    add.type(right := bob.code(name))
    assert add.end() == 0, add.screen
    assert f"{name} is enrolled: {bob.serial(name)}" in add.words
    assert add.is_as_before
    assert not {wrong, right, seed.reveal()} & set(add.written.split())

    listed = at(bob, "device", "list", columns=60, more={"NO_COLOR": "1"})
    assert listed.end() == 0
    assert f"✓ {name}: virtual, since" in listed.words
    assert all(len(line) <= 60 for line in listed.screen.splitlines())

    login = at(bob, "login")
    login.expect(f"MFA code of {name}")
    login.type(bob.code(name, steps=1))
    assert login.end() == 0, login.screen


def test_the_outdated_policy_is_explained_and_ones_own_name_works(bob: Person, at: Start) -> None:
    under(bob, OUTDATED)
    add = at(bob, "device", "add", "googleAuthentication")
    add.expect("no identity-based policy allows it")
    add.expect(f"name it `{bob.name}`")
    add.expect(f"Go on with the name {bob.name}?")
    add.type("y")
    add.expect(f"The code that the app shows for {bob.name}:")
    add.type(bob.code(bob.serial(bob.name)))
    assert add.end() == 0, add.screen


def test_ctrl_c_under_a_policy_that_forbids_to_delete_and_on_with_a_free_name(bob: Person, at: Start) -> None:
    under(bob, PAGE)
    name = "broken"
    add = enlarged(at(bob, "device", "add", name))
    add.expect("The code that the app shows")
    add.interrupt()
    assert add.end() == 130
    assert f"aws iam delete-virtual-mfa-device --serial-number {bob.serial(name)}" in add.words
    assert add.is_as_before
    assert add.written.rindex("\x1b[?1049l") > add.written.rindex("\x1b[?1049h")

    again = at(bob, "device", "add", name)
    again.expect("cannot be deleted")
    again.expect(f"Go on with the name {name}-2? [y/N]")
    again.type("y")
    again.expect(f"The code that the app shows for {name}-2:")
    again.type(bob.code(bob.serial(f"{name}-2")))
    assert again.end() == 0, again.screen
    assert devices(bob)[f"{name}-2"] == bob.name


def test_a_closed_window_leaves_neither_device_nor_picture(bob: Person, at: Start, memory: Path) -> None:
    name = "closed"
    add = at(bob, "device", "add", name, more={"XDG_RUNTIME_DIR": str(memory)})
    add.expect("The code that the app shows")
    assert len(list(memory.rglob("qr.png"))) == 1
    add.close()
    add.end()
    assert name not in devices(bob)
    assert list(memory.iterdir()) == []


def test_after_a_kill_the_next_attempt_clears_its_own_orphan_away(bob: Person, at: Start, memory: Path) -> None:
    name = "killed"
    add = at(bob, "device", "add", name, more={"XDG_RUNTIME_DIR": str(memory)})
    add.expect("The code that the app shows")
    (left,) = memory.rglob("qr.png")
    assert add.process.pid is not None
    os.kill(add.process.pid, signal.SIGKILL)
    assert add.end() == 128 + signal.SIGKILL
    assert devices(bob)[name] is None

    again = at(bob, "device", "add", name, more={"XDG_RUNTIME_DIR": str(memory)})
    again.expect("The code that the app shows")
    assert not left.exists(), "the picture of the first attempt is gone as well"
    other = at(bob, "device", "add", "other")
    assert other.end() == 2, "one at a time"
    assert "you are adding another device at this moment" in other.words
    again.type(bob.code(bob.serial(name)))
    assert again.end() == 0, again.screen
    assert devices(bob)[name] == bob.name


def test_a_second_device_and_a_replacement(bob: Person, at: Start) -> None:
    first, second = "first", "second"
    bob.device(first)
    add = enlarged(at(bob, "device", "add", second, "--format", "json"))
    add.expect("only in a session")
    add.expect(f"MFA code of {first}")
    add.type(bob.code(bob.serial(first)))
    add.expect(f"The code that the app shows for {second}:")
    add.type(bob.code(bob.serial(second)))
    assert add.end() == 0, add.screen

    swap = at(bob, "device", "replace", first, "third")
    swap.expect("The code that the app shows")
    swap.type(bob.code(bob.serial("third")))
    swap.expect("its next code proves it")
    swap.expect("MFA code of third")
    swap.type(bob.code(bob.serial("third"), steps=1))
    assert swap.end() == 0, swap.screen
    assert {name for name, owner in devices(bob).items() if owner == bob.name} == {second, "third"}


def test_whoever_reads_the_address_sees_its_end_before_the_code_is_typed(bob: Person, at: Start) -> None:
    name = "piped"
    command = f"{sys.executable} -m iamfa device add {name} --uri | (wc -l; echo READ)"
    add = at(bob, "sh", "-c", command, program=True, more={"PYTHONPATH": os.environ.get("PYTHONPATH", "")})
    add.expect("READ")
    add.type(bob.code(bob.serial(name)))
    assert add.end() == 0
    assert f"{name} is enrolled" in add.words


@pytest.mark.parametrize("listing", [True, False])
def test_without_a_terminal_it_is_said_what_to_run_and_nothing_is_created(
    bob: Person, at: Start, tmp_path: Path, listing: bool
) -> None:
    phone, tablet = "phone", "tablet"
    serials = [bob.device(phone), bob.device(tablet)]
    if not listing:
        under(bob, NO_LISTING)
    names = serials if not listing else [phone, tablet]
    before = devices(bob)
    for arguments, words in (
        (("add", "new"), "run it in a terminal"),
        (("resync", names[0]), "run it in a terminal"),
        (("remove", names[0], "--last"), "iamfa login" if not listing else "`--yes` removes it without asking"),
        (("remove", names[0], "--last", "--yes"), "iamfa login"),
        (("replace", names[0]), "iamfa login" if not listing else "run it in a terminal"),
    ):
        out = tmp_path / f"out-{arguments[0]}-{len(arguments)}"
        found = at(bob, "device", *arguments, terminal=False, streams={1: out, 2: out})
        assert found.end() == 2, out.read_text()
        assert f"help: {words}" in out.read_text() or words in out.read_text().partition("help: ")[2]
    assert devices(bob) == before
