"""A session at the terminal: one question, asked on the terminal itself."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path

from tests.terminal.conftest import Start
from tests.terminal.people import EVERYTHING, Person, person

import iamfa
from iamfa.account.entities import ROOT_USER, AccessKey
from iamfa.sandbox.live import State
from iamfa.secret import Secret


def _root_key(state: State) -> AccessKey:
    key = AccessKey(state.ids.access_key(), ROOT_USER, "Active", state.clock.now(), Secret(state.ids.secret_key()))
    state.account.access_keys[key.id] = key
    return key


def test_one_device_is_one_question_on_the_terminal_itself(alice: Person, at: Start, tmp_path: Path) -> None:
    out, err = tmp_path / "out", tmp_path / "err"
    login = at(alice, "login", streams={1: out, 2: err})
    login.expect(f"MFA code of phone ({alice.name} in account {alice.account}):")
    assert not login.echoes
    code = alice.code()
    login.type(code)
    assert login.end() == 0, login.screen
    assert code not in login.written
    assert "******" in login.screen
    assert "a new session" in out.read_text()
    assert login.is_as_before
    (kept,) = alice.sessions().values()
    assert kept["serial"] == alice.serial("phone")

    again = at(alice, "login")
    assert again.end() == 0
    assert "a session that was kept" in again.words
    assert "MFA code" not in again.written
    assert len(alice.calls("GetSessionToken")) == 1


def test_of_several_devices_one_is_chosen_and_remembered(alice: Person, at: Start) -> None:
    alice.device("tablet")
    token = alice.device(serial="GAHT12345678")
    alice.key_of_fido()
    login = at(alice, "login")
    login.expect("has 3 devices that give codes:")
    login.expect("Which one?")
    login.type("7")
    login.expect("Which one?")
    number = next(line.split(")")[0].strip() for line in login.screen.splitlines() if "tablet" in line)
    login.type(number)
    login.expect("MFA code of tablet")
    login.type(alice.code("tablet"))
    assert login.end() == 0, login.screen

    again = at(alice, "login", "--renew")
    again.expect("MFA code of tablet")
    assert "Which one" not in again.screen
    again.type(alice.code("tablet", steps=1))
    assert again.end() == 0, again.screen

    named = at(alice, "login", "--renew", "--device", "phone")
    named.expect("MFA code of phone")
    named.type(alice.code("phone"))
    assert named.end() == 0, named.screen

    by_serial = at(alice, "login", "--renew", "--device", token)
    by_serial.expect(f"MFA code of {token}")
    by_serial.type(alice.code(token))
    assert by_serial.end() == 0, by_serial.screen


def test_whoever_has_a_fido_key_only_is_told_what_to_do(box: iamfa.Sandbox, tmp_path: Path, at: Start) -> None:
    bob = person(box, tmp_path / "bob", devices=())
    serial = bob.key_of_fido()
    for arguments in ((), ("--device", "key"), ("--device", serial)):
        login = at(bob, "login", *arguments)
        assert login.end() == 2
        assert "aws login" in login.words
        assert "iamfa device add NAME" in login.words


def test_whoever_has_no_device_is_told_how_to_enrol_one(box: iamfa.Sandbox, tmp_path: Path, at: Start) -> None:
    bob = person(box, tmp_path / "bob", devices=())
    login = at(bob, "login")
    assert login.end() == 2
    assert f"the user `{bob.name}` of the account {bob.account} has no MFA device" in login.words
    assert "iamfa device add NAME --profile default" in login.words
    misspelled = at(bob, "login", "--device", "fone")
    assert misspelled.end() == 2
    assert "has no device `fone`" in misspelled.words


def test_a_stale_serial_is_healed_with_the_same_code(alice: Person, at: Start) -> None:
    alice.profile("stale", mfa_serial=alice.serial("phone"), source_profile="default")
    alice.rename("phone", "googleAuthentication")
    login = at(alice, "login", "--profile", "stale")
    login.expect("MFA code of phone")
    login.type(alice.code("googleAuthentication"))
    login.expect(f"the device `{alice.serial('phone')}` is not yours any more")
    login.expect(f"`{alice.serial('googleAuthentication')}` is taken instead")
    login.expect("Write this? [y/N]")
    login.type("y")
    assert login.end() == 0, login.screen
    assert login.written.count("MFA code") == 1
    assert f"mfa_serial = {alice.serial('googleAuthentication')}" in (alice.home / ".aws" / "config").read_text()


def test_a_device_that_was_deleted_meanwhile_is_no_riddle(alice: Person, at: Start) -> None:
    login = at(alice, "login")
    login.expect("MFA code of phone")
    code = alice.code()
    alice.lose("phone")
    login.type(code)
    assert login.end() == 4
    assert f"AWS does not know `{alice.serial('phone')}` as a device of this user" in login.words
    assert "iamfa device list" in login.words


def test_where_listing_is_denied_it_is_said_what_to_do(box: iamfa.Sandbox, tmp_path: Path, at: Start) -> None:
    denied = {"Effect": "Deny", "Action": "iam:ListMFADevices", "Resource": "*"}
    bob = person(box, tmp_path / "bob", statements=(EVERYTHING, denied), path="/")
    login = at(bob, "login")
    assert login.end() == 2
    assert "cannot be listed" in login.words
    assert f"--device arn:aws:iam::{bob.account}:mfa/NAME" in login.words
    named = at(bob, "login", "--device", "phone")
    named.expect("MFA code of phone")
    named.type(bob.code())
    assert named.end() == 0, named.screen


def test_a_session_that_has_ended_is_asked_for_anew(alice: Person, at: Start) -> None:
    first = at(alice, "login")
    first.expect("MFA code")
    first.type(alice.code())
    assert first.end() == 0
    path = alice.cache / "sessions.json"
    document = json.loads(path.read_text())
    (entry,) = document["sessions"].values()
    entry["expires_at"] = int(time.time()) - 5
    path.write_text(json.dumps(document))
    again = at(alice, "login")
    again.expect("MFA code")
    again.type(alice.code(steps=1))
    assert again.end() == 0, again.screen


def test_without_network_it_is_said_where_to_look(alice: Person, at: Start) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        login = at(alice, "login", "--endpoint-url", f"http://127.0.0.1:{closed.getsockname()[1]}")
        assert login.end() == 4
    assert "look at the network" in login.words
    assert "MFA code" not in login.written


def test_profiles_that_lead_to_no_session_say_what_to_do_instead(alice: Person, at: Start) -> None:
    alice.profile("portal", sso_start_url="https://example.com/start", sso_account_id="1", endpoint_url=None)
    alice.profile("temporary", aws_access_key_id="ASIAEXAMPLE", aws_secret_access_key="x", aws_session_token="y")
    alice.profile("empty")
    alice.profile("other", credential_process="/usr/bin/other-program give")
    alice.profile("work", credential_process="iamfa credential-process --profile default")
    told = {
        "nobody": "there is no profile `nobody`",
        "portal": "signs in by sso",
        "temporary": "AWS gives no session for a session",
        "empty": "aws configure --profile empty",
        "other": "gets its credentials from another program",
    }
    for profile, words in told.items():
        login = at(alice, "login", "--profile", profile)
        assert (login.end(), words in login.words) == (3, True), login.screen
    login = at(alice, "login", "--profile", "work")
    login.expect("MFA code of phone")
    login.type(alice.code())
    assert login.end() == 0, login.screen


def test_keys_of_root_and_of_roles_are_told_from_a_users(alice: Person, at: Start) -> None:
    root = alice.box.call(lambda state: _root_key(state))
    login = at(
        alice,
        "login",
        more={
            "AWS_ACCESS_KEY_ID": root.id,
            "AWS_SECRET_ACCESS_KEY": root.secret.reveal(),
            "AWS_ENDPOINT_URL": alice.box.endpoint_url,
        },
    )
    assert login.end() == 3
    assert "the root user" in login.words
    assert "sign in as root" in login.words


def test_a_narrow_terminal_without_colours_shows_the_whole_question(alice: Person, at: Start) -> None:
    login = at(alice, "login", columns=40, more={"NO_COLOR": "1", "TERM": "dumb"})
    login.expect("MFA code of phone")
    login.type(alice.wrong())
    login.expect("AWS refused the code of `phone`")
    login.type(alice.code())
    assert login.end() == 0
    assert "\x1b" not in login.written
