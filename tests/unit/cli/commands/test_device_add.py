"""A device is enrolled: whatever way its seed takes, whatever goes wrong, nothing is left behind unsaid."""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.unit.cli.commands.conftest import Life, accounts

from iamfa.account.entities import Device
from iamfa.cli import seeds, sessions
from iamfa.cli.console import Console
from iamfa.cli.devices import Desk
from iamfa.gateway.aws import Aws
from iamfa.secret import Secret
from iamfa.session.ledger import Ledger

OUTDATED, REPAIRED, PAGE = Path("story-1-outdated.json"), Path("story-3-repaired.jsonc"), Path("aws-p1.json")
LARGE = (100, 50)
NO_LISTING = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"},
  {"Effect": "Deny", "Action": "iam:ListMFADevices", "Resource": "*"}]}"""


def _nobodys(device: Device) -> Device:
    return replace(device, user=None, enabled=None)


def deletion(alice: Life, name: str) -> str:
    return f"aws iam delete-virtual-mfa-device --serial-number {alice.who.serial(name)}"


def test_the_first_device_is_enrolled_by_its_qr_code_and_the_next_code_opens_a_session(alice: Life) -> None:
    alice.policy(REPAIRED)
    terminal = alice.sit(alice.code(), size=LARGE)
    found = alice.device("add", "phone", "--explain")
    serial = alice.who.serial("phone")
    assert (found.code, found.out) == (0, f"phone is enrolled: {serial}\n")
    assert "iamfa login --profile default\n" in found.err
    assert alice.serials() == {"phone"}
    begins, ends = terminal.shown.index("\x1b[?1049h"), terminal.shown.index("\x1b[?1049l")
    assert begins < terminal.shown.index("█▄▄▄▄▄▄▄█") < terminal.shown.index("Scan this") < ends, "it leaves no trace"
    assert terminal.closed == 1
    # The codes that enabled it are used up, which is told before AWS is asked.
    ledger, now = Ledger(alice.who.cache), alice.who.box.clock.now()
    assert any(ledger.used(serial, Secret(alice.seed_code("phone", step)), now) for step in (-1, 0))


def test_a_wrong_code_is_told_and_aws_is_not_asked(alice: Life) -> None:
    wrong = "000000"  # not shown within an hour of the sandbox's seeds but with a chance of one in ten thousand
    terminal = alice.sit(wrong, "12345", "c" * 44, alice.code(steps=10), alice.code(), size=LARGE)
    assert alice.device("add", "phone").code == 0
    assert terminal.answers == []
    for words in (
        "this is no code of the new device",
        "a code has 6 digits",
        "a touch of a YubiKey is no code",
        "this is a code of the device, but its clock is",
    ):
        assert words in terminal.words
    assert terminal.shown.count("Scan this") == 5, "the QR code stays in sight"
    assert alice.calls("EnableMFADevice") == ["EnableMFADevice"]


def test_five_wrong_codes_end_it(alice: Life) -> None:
    alice.sit(*["12345"] * 5)
    found = alice.device("add", "phone")
    assert found.code == 3
    assert "error: a code has 6 digits" in found.err
    assert "was begun, and is deleted again" in found.err
    assert alice.calls("EnableMFADevice") == []
    assert alice.serials(mine=False) & {"phone"} == set()


@pytest.mark.parametrize("ending", [KeyboardInterrupt, None])
def test_broken_off_it_deletes_what_was_begun(alice: Life, ending: type[BaseException] | None) -> None:
    terminal = alice.sit(ending, size=LARGE)
    found = alice.device("add", "broken-off")
    assert found.code == (130 if ending is not None else 2)
    assert f"`{alice.who.serial('broken-off')}` was begun, and is deleted again" in " ".join(found.err.split())
    assert "broken-off" not in alice.serials(mine=False)
    assert terminal.shown.endswith("\x1b[?1049l")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_ended_by_a_signal_it_deletes_what_was_begun(alice: Life, number: int) -> None:
    def end() -> str:
        os.kill(os.getpid(), number)
        raise AssertionError("nobody listened")

    before = signal.getsignal(number)
    alice.sit(end)
    assert alice.device("add", "ended").code == 130
    assert "ended" not in alice.serials(mine=False)
    assert signal.getsignal(number) is before


def test_what_may_not_be_deleted_is_said_and_a_free_name_taken(alice: Life) -> None:
    alice.policy(PAGE)
    alice.sit(KeyboardInterrupt)
    found = alice.device("add", "stuck", "--quiet")
    said = " ".join(found.err.split())
    assert found.code == 130
    assert "left behind, which blocks its name: `iam:DeleteVirtualMFADevice` on" in said
    assert f"an administrator frees the name with:\n  {deletion(alice, 'stuck')}\n" in found.err

    terminal = alice.sit("n")
    refused = alice.device("add", "stuck")
    assert refused.code == 2
    assert "an attempt of 20" in terminal.shown
    assert deletion(alice, "stuck") in terminal.shown
    assert "nothing was added" in refused.err

    terminal = alice.sit("y", alice.code("stuck-2"))
    again = alice.device("add", "stuck")
    assert again.code == 0
    assert "Go on with the name stuck-2? [y/N] " in terminal.shown
    assert again.out.startswith("stuck-2 is enrolled")
    assert alice.serials() == {"stuck-2"}


def test_ones_own_orphan_is_cleared_away_by_the_next_attempt(alice: Life) -> None:
    alice.fault("iam:DeleteVirtualMFADevice=failure*3")
    alice.sit(KeyboardInterrupt)
    assert "left behind" in alice.device("add", "phone").err
    assert "phone" in alice.serials(mine=False)
    alice.sit(alice.code())
    assert alice.device("add", "phone").code == 0


def test_somebody_elses_name_is_taken_and_never_deleted(alice: Life) -> None:
    device = alice.who.device("foreign")
    alice.who.box.call(lambda state: state.account.devices.update({device: _nobodys(state.account.devices[device])}))
    alice.sit("y", alice.code("foreign-2"))
    assert alice.device("add", "foreign").code == 0
    assert "foreign" in alice.serials(mine=False)


def test_the_outdated_policy_is_explained_and_ones_own_name_works(alice: Life) -> None:
    alice.policy(OUTDATED)
    terminal = alice.sit("n")
    found = alice.device("add", "googleAuthentication")
    assert found.code == 2
    assert "`iam:CreateVirtualMFADevice` on" in terminal.words
    assert "AWS's own examples did until 2022" in terminal.words
    assert f"name it `{alice.who.name}`: it is worth a try; or ask an administrator" in terminal.words
    assert "nothing was added" in found.err

    alice.sit("y", alice.code(alice.who.name))
    own = alice.device("add", "googleAuthentication")
    assert own.out == f"{alice.who.name} is enrolled: {alice.who.serial(alice.who.name)}\n"


def test_a_name_that_is_taken_is_not_proposed_by_the_explanation_of_a_refusal(alice: Life) -> None:
    alice.policy(OUTDATED)
    device = alice.who.device(alice.who.name)
    alice.who.box.call(lambda state: state.account.devices.update({device: _nobodys(state.account.devices[device])}))
    terminal = alice.sit("y", "y")
    found = alice.device("add", "phone")
    own = alice.who.name
    assert found.code == 4
    assert [each.removeprefix("Go on with the name ") for each in terminal.questions] == [
        f"{own}? [y/N] ", f"{own}-2? [y/N] ",
    ]  # fmt: skip


def test_where_nobody_can_be_asked_a_refusal_is_the_end(alice: Life, ykman: Path) -> None:
    alice.policy(OUTDATED)
    found = alice.device("add", "phone", "--yubikey")
    assert found.code == 4
    assert f"name it `{alice.who.name}`" in found.err
    assert accounts(ykman) == {}


def test_a_refusal_of_the_second_call_is_explained_and_nothing_is_left(alice: Life) -> None:
    alice.policy("""{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"},
      {"Sid": "NoEnabling", "Effect": "Deny", "Action": "iam:EnableMFADevice", "Resource": "*"}]}""")
    alice.sit(alice.code("half"))
    found = alice.device("add", "half")
    assert found.code == 4
    assert "the statement `NoEnabling` in the policy `own`" in found.err
    assert "half" not in alice.serials(mine=False)


def test_a_second_device_asks_for_a_code_of_the_first_one_and_then_shows_its_own(alice: Life) -> None:
    alice.who.device("phone")
    terminal = alice.sit(alice.code(), alice.code("tablet"), size=LARGE)
    found = alice.device("add", "tablet", "--explain")
    assert found.code == 0
    assert [each.splitlines()[-1].split(" (")[0].rstrip(": ") for each in terminal.questions] == [
        "MFA code of phone", "The code that the app shows for tablet",
    ]  # fmt: skip
    assert terminal.shown.index("only in a session") < terminal.shown.index("MFA code of phone")
    assert "--authentication-code2 CODE --profile SESSION" in found.err
    assert "iamfa login --profile default --device tablet" in found.err
    # The session that is kept serves for the third.
    terminal = alice.sit(alice.code("third"))
    assert alice.device("add", "third", "--format", "json").json == {
        "version": 1, "serial": alice.who.serial("third"), "name": "third", "listed": True,
    }  # fmt: skip
    assert len(terminal.questions) == 1


def test_the_name_is_looked_at_before_a_code_is_asked_for(alice: Life) -> None:
    alice.who.device("phone")
    terminal = alice.sit("n")
    taken = alice.device("add", "phone")
    assert taken.code == 2
    assert "you have a device `phone` already" in terminal.shown
    assert "iamfa device replace phone" in terminal.shown
    for name, words in (("my phone", "cannot be the name of a device"), ("x" * 300, "too long")):
        alice.sit()
        illegal = alice.device("add", name)
        assert illegal.code == 2
        assert words in illegal.err
    for number in range(7):
        alice.who.device(f"one-of-many-{number}")
    alice.sit()
    full = alice.device("add", "ninth")
    assert full.code == 4
    assert "has 8 devices, and AWS allows no more" in full.err
    assert alice.calls("CreateVirtualMFADevice", "GetSessionToken") == []


def test_whoever_has_a_fido_key_only_is_told_where_another_device_is_added(alice: Life) -> None:
    alice.who.key_of_fido()
    alice.sit()
    found = alice.device("add", "phone")
    assert found.code == 4
    assert "in the console" in found.err
    assert "`aws login`" in found.err
    assert "iamfa device add" not in found.err, "that is what was tried"
    assert alice.calls("CreateVirtualMFADevice") == []


def test_where_listing_is_denied_the_session_is_asked_for_when_aws_demands_it(alice: Life) -> None:
    alice.policy(NO_LISTING)
    phone = alice.who.device("phone")
    terminal = alice.sit(alice.code("tablet"), alice.code("phone"), size=LARGE)
    found = alice.device("add", "tablet", "--device", phone)
    assert found.code == 0, found.err
    assert len(terminal.questions) == 2
    assert f"--device {alice.who.serial('tablet')}" in found.err, "by its serial, as names are not listed"
    assert "listed" not in found.err
    alice.sit(alice.code("third"))
    assert alice.device("add", "third", "--format", "json").json["listed"] is None


def test_a_code_that_grew_old_while_a_session_was_obtained_is_asked_for_once_more(
    alice: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.policy(NO_LISTING)
    phone = alice.who.device("phone")
    real, late = Desk.now, [timedelta(0)]

    def slowly() -> str:
        late[0] = timedelta(seconds=90)
        return alice.seed_code("phone")

    def at_once() -> str:
        late[0] = timedelta(0)
        return alice.seed_code("tablet")

    monkeypatch.setattr(Desk, "now", lambda self: real(self) + late[0])
    terminal = alice.sit(alice.code("tablet"), slowly, at_once)
    found = alice.device("add", "tablet", "--device", phone)
    assert found.code == 0, found.err
    assert "the session took so long that this code is out of date" in terminal.shown


def test_a_device_that_aws_deleted_meanwhile_is_shown_once_more(alice: Life) -> None:
    def gone() -> str:
        code = alice.seed_code("phone")
        alice.who.lose("phone")
        return code

    terminal = alice.sit(gone, alice.code(), size=LARGE)
    assert alice.device("add", "phone").code == 0
    assert "scan once more" in terminal.words
    assert terminal.shown.count("\x1b[?1049h") == 2


def test_a_lost_answer_is_found_out(alice: Life) -> None:
    alice.fault("iam:EnableMFADevice=lost*1")
    alice.sit(alice.code())
    assert alice.device("add", "phone").code == 0


def test_where_no_answer_comes_it_is_said_that_the_device_may_be_there(alice: Life) -> None:
    def cut() -> str:
        alice.fault("iam:EnableMFADevice=lost*1")
        alice.fault("iam:EnableMFADevice=unavailable")
        alice.fault("iam:ListMFADevices=unavailable")
        return alice.seed_code("phone")

    alice.sit(cut)
    found = alice.device("add", "phone", "--quiet")
    assert found.code == 4
    assert f"`{alice.who.serial('phone')}` is enabled, and stays" in " ".join(found.err.split())
    assert alice.serials() == {"phone"}


def test_a_list_that_lags_behind_is_said(alice: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly() -> str:
        monkeypatch.setattr(Aws, "list_mfa_devices", lambda self, user: [])
        return alice.seed_code("phone")

    alice.sit(slowly)
    found = alice.device("add", "phone")
    assert found.code == 0
    assert "AWS does not list it yet" in found.err


def test_two_at_once_do_not_get_into_each_others_way(alice: Life) -> None:
    def meanwhile() -> str:
        other = alice.device("add", "other")
        assert other.code == 2
        assert "you are adding another device at this moment" in other.err
        return alice.seed_code("phone")

    alice.sit(meanwhile)
    alice.device("add", "phone")
    assert alice.serials() == {"phone"}
    assert "other" not in alice.serials(mine=False)


def test_without_a_terminal_nothing_is_created(alice: Life) -> None:
    for arguments in ((), ("--uri",), ("--png", "-"), ("--png", "qr.png")):
        found = alice.device("add", "phone", *arguments)
        assert found.code == 2
        assert "there is no terminal to type the code of the new device on" in found.err
        assert "help: run it in a terminal" in found.err
    assert alice.calls("CreateVirtualMFADevice") == []


def test_a_home_that_cannot_be_written_is_told_before_anything_is_created(alice: Life) -> None:
    (alice.who.home / ".local").write_text("no folder")
    alice.sit()
    found = alice.device("add", "phone")
    assert found.code == 3
    assert "help: a file stands where a folder should be" in found.err
    assert alice.calls("CreateVirtualMFADevice") == []


def test_a_terminal_too_small_for_it_gets_a_picture_that_is_gone_afterwards(
    alice: Life, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = tmp_path / "memory"
    memory.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(memory))
    seen: list[Path] = []

    def look() -> str:
        (folder,) = memory.iterdir()
        (picture,) = folder.iterdir()
        assert picture.stat().st_mode & 0o777 == 0o600
        assert folder.stat().st_mode & 0o777 == 0o700
        assert picture.read_bytes().startswith(b"\x89PNG")
        seen.append(picture)
        return alice.seed_code("phone")

    terminal = alice.sit(look)
    assert alice.device("add", "phone").code == 0
    assert str(seen[0]) in terminal.words
    assert "needs a terminal of 53 columns and 31 lines" in terminal.words
    assert list(memory.iterdir()) == []

    # What a process left that was killed goes with the next attempt; what others left is none of its business.
    for left in (seen[0], memory / "iamfa-other" / "qr.png"):
        left.parent.mkdir()
        left.write_bytes(b"a seed")
    alice.sit(KeyboardInterrupt)
    assert alice.device("add", "tablet", "--token-code", alice.seed_code("phone", 1)).code == 130
    assert [each.name for each in memory.iterdir()] == ["iamfa-other"]


@pytest.mark.parametrize("setting", ["TERM", "XDG_RUNTIME_DIR"])
def test_a_terminal_that_draws_nothing_gets_a_picture_wherever_there_is_room(
    alice: Life, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(setting, "dumb")
    terminal = alice.sit(alice.code(), size=LARGE if setting == "TERM" else (80, 24))
    assert alice.device("add", "phone").code == 0
    assert "open this picture" in terminal.words
    assert "█" not in terminal.shown


def test_an_encoding_without_blocks_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(sys.stdout), "encoding", "ascii", raising=False)
    assert not seeds._draws()


def test_the_picture_goes_into_a_file_of_ones_own(alice: Life, tmp_path: Path) -> None:
    picture = tmp_path / "qr.png"

    def look() -> str:
        assert picture.stat().st_mode & 0o777 == 0o600
        return alice.seed_code("phone")

    terminal = alice.sit(look)
    assert alice.device("add", "phone", "--png", picture).code == 0
    assert str(picture) in terminal.words
    assert not picture.exists()

    picture.write_text("mine")
    alice.sit()
    there = alice.device("add", "other", "--png", picture)
    assert (there.code, picture.read_text()) == (2, "mine")
    assert "is there already" in there.err
    nowhere = alice.device("add", "other", "--png", tmp_path / "no" / "qr.png")
    assert nowhere.code == 2
    assert "no file can be written into" in nowhere.err
    assert alice.calls("CreateVirtualMFADevice") == ["CreateVirtualMFADevice"]


def test_the_address_alone_is_on_standard_output(alice: Life) -> None:
    alice.sit(alice.code())
    found = alice.device("add", "phone", "--uri")
    assert found.code == 0
    (line,) = found.out.splitlines()
    assert line.startswith("otpauth://totp/Amazon%20Web%20Services:phone%40123456789012?secret=")
    assert "phone is enrolled" in found.err
    assert "secret=" not in found.err


def test_the_picture_alone_is_on_standard_output(alice: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []
    monkeypatch.setattr(Console, "write_bytes", lambda self, data: written.append(data))
    alice.sit(alice.code())
    found = alice.device("add", "phone", "--png", "-")
    assert (found.code, found.out) == (0, "")
    assert written[0].startswith(b"\x89PNG")


def test_the_address_is_written_once_and_where_it_is_void_it_ends(alice: Life) -> None:
    def gone() -> str:
        code = alice.seed_code("phone")
        alice.who.lose("phone")
        return code

    alice.sit(gone)
    found = alice.device("add", "phone", "--uri")
    assert found.code == 2
    assert "the seed is void" in found.err
    assert "phone" not in alice.serials(mine=False)


def test_a_terminal_is_given_no_picture(alice: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda self: True)
    alice.sit()
    found = alice.device("add", "phone", "--png", "-")
    assert found.code == 2
    assert "a terminal shows no picture" in found.err
    assert alice.calls("CreateVirtualMFADevice") == []


def test_what_does_not_go_together_is_refused(alice: Life) -> None:
    for arguments, words in (
        (("--uri", "--png", "x.png"), "--uri and --png exclude each other"),
        (("--uri", "--format", "json"), "standard output is not free for the seed"),
        (("--touch",), "--touch goes with --yubikey"),
        (("--ykman-device", "42"), "--ykman-device goes with --yubikey"),
    ):
        found = alice.device("add", "phone", *arguments)
        assert found.code == 2
        assert words in found.err
    assert alice.calls("CreateVirtualMFADevice") == []


def test_a_yubikey_takes_the_seed_and_gives_the_code_without_anybody_typing(alice: Life, ykman: Path) -> None:
    found = alice.device("add", "key", "--yubikey", "--touch", "--explain")
    serial = alice.who.serial("key")
    assert found.code == 0, found.err
    assert accounts(ykman)[serial]["touch"] is True  # type: ignore[index]  # as the program keeps it
    assert "touch the YubiKey when it blinks" in found.err
    assert f"$ ykman oath accounts add {serial}" in found.err
    assert f"--code-command 'ykman oath accounts code --single {serial}'\n" in found.err
    assert alice.serials() == {"key"}


def test_a_yubikey_is_looked_at_before_anything_is_created(
    alice: Life, ykman: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert alice.device("add", "key", "--yubikey").code == 0
    created = alice.calls("CreateVirtualMFADevice")
    alice.who.lose("key")
    there = alice.device("add", "key", "--yubikey")
    assert there.code == 4
    assert "holds an account" in there.err
    absent = alice.device("add", "other", "--yubikey", "--ykman-device", "41")
    assert absent.code == 4
    assert "Failed connecting to a YubiKey" in absent.err
    monkeypatch.setenv("PATH", "/nowhere")
    missing = alice.device("add", "other", "--yubikey")
    assert missing.code == 4
    assert "`ykman` cannot be started" in missing.err
    assert alice.calls("CreateVirtualMFADevice") == created


def test_an_account_in_the_yubikey_goes_with_the_device_that_was_not_enabled(alice: Life, ykman: Path) -> None:
    alice.fault("iam:EnableMFADevice=failure*3")
    found = alice.device("add", "key", "--yubikey")
    assert found.code == 4
    assert accounts(ykman) == {}
    assert "key" not in alice.serials(mine=False)


def test_a_ykman_that_does_not_answer_is_told(alice: Life, ykman: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "COMMAND_SECONDS", 0.1)
    ykman.with_name("ykman").write_text("#!/bin/sh\nexec sleep 20\n")
    found = alice.device("add", "key", "--yubikey")
    assert found.code == 4
    assert "`ykman`: no answer within 0.1 s" in found.err


def test_a_yubikey_whose_code_does_not_fit_is_told(alice: Life, ykman: Path) -> None:
    program = ykman.with_name("ykman")
    program.write_text(program.read_text().replace(".now()", ".at(0)"))
    found = alice.device("add", "key", "--yubikey")
    assert found.code == 2
    assert "the code of the YubiKey does not fit" in found.err
    assert accounts(ykman) == {}
    assert "key" not in alice.serials(mine=False)


def test_seed_and_codes_are_nowhere_but_where_they_were_asked_for(alice: Life, ykman: Path) -> None:
    alice.who.device("phone")
    told, secrets = "", [alice.seed("phone")]
    alice.sit(alice.code())
    assert alice.login("--explain").code == 0
    ways = {
        "drawn": (LARGE, ()),
        "pictured": ((80, 24), ()),
        "address": (LARGE, ("--uri",)),
        "key": (LARGE, ("--yubikey",)),
    }
    for name, (size, arguments) in ways.items():
        terminal = alice.sit(*([] if name == "key" else [alice.code(name)]), size=size)
        found = alice.device("add", name, "--explain", "--verbose", *arguments)
        assert found.code == 0, found.err
        secrets += [alice.seed(name), *(alice.seed_code(name, step) for step in range(-2, 3))]
        assert (alice.seed(name) in found.out) == (name == "address")
        told += found.err + terminal.shown + ("" if name == "address" else found.out)
    key = ykman.read_text()
    assert alice.seed("key") in key, "it was given on standard input"
    told += json.dumps(json.loads(key)["calls"]) + alice.written()
    assert [each for each in secrets if each in told] == []
