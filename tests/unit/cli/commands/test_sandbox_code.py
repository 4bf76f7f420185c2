"""`iamfa sandbox code DEVICE`: which sandbox is asked, for which device, and what is said where there is none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from iamfa.account.entities import Device
from iamfa.cli.boxes import told
from iamfa.sandbox.embedded import Sandbox
from iamfa.sandbox.live import State
from iamfa.secret import Secret

Run = Callable[..., Any]
ARN = "arn:aws:iam::123456789012"


@pytest.fixture(autouse=True)
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where sandboxes say that they run: none does yet."""
    place = tmp_path / "running"
    monkeypatch.setattr("iamfa.cli.boxes.runtime_folder", lambda: place)
    monkeypatch.delenv("IAMFA_SANDBOX", raising=False)
    return place


@pytest.fixture
def box(running: Path) -> Iterator[Sandbox]:
    """A running sandbox with three devices, one of which gives no codes."""

    def add(state: State) -> None:
        for serial in (f"{ARN}:mfa/phone", f"{ARN}:mfa/a/twin", f"{ARN}:mfa/b/twin"):
            state.account.devices[serial] = Device(serial, "virtual", "administrator", seed=Secret(state.ids.seed()))
        key = f"{ARN}:u2f/user/administrator/key"
        state.account.devices[key] = Device(key, "fido", "administrator")

    with Sandbox(seed=1) as found, told(found, running):
        found.clock.set(found.clock.now(), still=True)
        found.call(add)
        yield found


def test_a_code_is_printed_by_serial_and_by_name(iamfa: Run, box: Sandbox) -> None:
    for device in (f"{ARN}:mfa/phone", "phone"):
        found = iamfa("sandbox", "code", device)
        assert (found.code, found.out, found.err) == (0, f"{box.code('phone')}\n", "")


def test_programs_get_the_code_with_how_long_it_lasts(iamfa: Run, box: Sandbox) -> None:
    found = iamfa("sandbox", "code", "phone", "--format", "json").json
    assert found.pop("seconds_left") in range(1, 31)
    assert found == {
        "version": 1, "serial": f"{ARN}:mfa/phone", "user": "administrator", "code": box.code("phone"),
    }  # fmt: skip


def test_a_device_without_a_code_is_said_in_a_line(iamfa: Run, box: Sandbox) -> None:
    for device, words in (
        ("tablet", "there is no device `tablet`"),
        ("twin", "2 devices are named `twin`"),
        ("key", "the device `key` gives no codes here"),
    ):
        found = iamfa("sandbox", "code", device, width=200)
        assert (found.code, found.out) == (2, "")
        assert words in found.err
        assert device == "key" or f"help: devices: {ARN}:mfa/phone" in found.err


def test_where_no_sandbox_runs_it_is_said_how_one_is_started(iamfa: Run) -> None:
    found = iamfa("sandbox", "code", "phone")
    assert (found.code, found.out) == (2, "")
    assert "no sandbox is running" in found.err and "iamfa sandbox" in found.err


def test_of_several_one_is_named(iamfa: Run, box: Sandbox, running: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(seed=2) as other, told(other, running) as file:
        found = iamfa("sandbox", "code", "phone", width=200)
        assert found.code == 2
        assert "2 sandboxes are running" in found.err and str(file) in found.err
        other.call(lambda state: state.account.devices.update(p=Device("p", "virtual", seed=Secret("A" * 32))))
        assert iamfa("sandbox", "code", "p", "--sandbox", file).out == f"{other.code('p')}\n"
        monkeypatch.setenv("IAMFA_SANDBOX", str(file))
        assert iamfa("sandbox", "code", "p").code == 0


def test_a_sandbox_that_was_killed_is_not_taken_for_a_running_one(iamfa: Run, box: Sandbox, running: Path) -> None:
    (running / "sandbox-2.json").write_text('{"endpoint": "http://127.0.0.1:99999", "token": "t"}', encoding="utf-8")
    (running / "sandbox-1.json").write_text('{"endpoint": "http://127.0.0.1:1", "token": "t"}', encoding="utf-8")
    assert iamfa("sandbox", "code", "phone").code == 0
    found = iamfa("sandbox", "code", "phone", "--sandbox", running / "sandbox-1.json")
    assert (found.code, found.out) == (2, "")
    assert "no sandbox answers at http://127.0.0.1:1" in found.err


@pytest.mark.parametrize("text", ["", "[]", "{}", '"text"', '{"endpoint": "http://127.0.0.1:1"}'])
def test_a_file_that_is_not_a_sandbox_s_is_refused(iamfa: Run, folder: Path, text: str) -> None:
    (folder / "other.json").write_text(text, encoding="utf-8")
    found = iamfa("sandbox", "code", "phone", "--sandbox", "other.json")
    assert (found.code, found.out) == (2, "")
    assert "`other.json` is not the file of a sandbox" in found.err


def test_a_wrong_token_and_a_server_that_is_none_are_said_in_a_line(iamfa: Run, box: Sandbox, folder: Path) -> None:
    for endpoint, words in (
        (box.endpoint_url, "wants its bearer token"),
        ("http://127.0.0.1:99999", "no sandbox answers"),
        ("http://[", "no sandbox answers"),
    ):
        about = {"endpoint": endpoint, "token": "guessed"}
        (folder / "other.json").write_text(json.dumps(about), encoding="utf-8")
        found = iamfa("sandbox", "code", "phone", "--sandbox", "other.json", width=200)
        assert (found.code, found.out) == (2, "")
        assert words in found.err and "Traceback" not in found.err
