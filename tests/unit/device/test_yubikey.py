"""A YubiKey through `ykman`: here a program that keeps its accounts in a file, as the key would."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from iamfa.device.problems import YubiKeyError
from iamfa.device.yubikey import YubiKey
from iamfa.secret import Secret

SEED = Secret("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
PHONE = "arn:aws:iam::123456789012:mfa/phone"
PROGRAM = f"""#!{sys.executable}
import json, sys
from pathlib import Path
state = Path(__file__).with_name("key.json")
key = json.loads(state.read_text()) if state.exists() else {{"accounts": {{}}, "calls": []}}
words = sys.argv[1:]
key["calls"].append(words)
state.write_text(json.dumps(key))
if words[0] == "--device":
    if words[1] != "42":
        sys.exit("ERROR: Failed connecting to a YubiKey with serial: " + words[1])
    words = words[2:]
verb, name = words[2], words[-1]
hits = [n for n in key["accounts"] if n == name] or [n for n in key["accounts"] if name.lower() in n.lower()]
if verb == "add":
    print("Enter a secret key (base32): ", end="", file=sys.stderr)
    seed = sys.stdin.readline().rstrip("\\n")
    if name in key["accounts"]:
        sys.exit("An account called " + name + " already exists on this YubiKey. Overwrite? [y/N]: Aborted! " + seed)
    key["accounts"][name] = {{"seed": seed, "touch": "--touch" in words}}
elif verb == "list":
    print(*key["accounts"], sep="\\n")
elif verb == "delete":
    del key["accounts"][hits[0]]
elif name == "words":
    print("no code")
elif name == "silent":
    sys.exit(7)
elif len(hits) != 1:
    sys.exit("ERROR: No matching account found.")
else:
    print("123456")
state.write_text(json.dumps(key))
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    file = tmp_path / "ykman"
    file.write_text(PROGRAM)
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


def run(arguments: Sequence[str], given: Secret | None) -> tuple[int, str, str]:
    text = given.reveal() if given is not None else ""
    done = subprocess.run(arguments, input=text, capture_output=True, text=True, timeout=20)
    return done.returncode, done.stdout, done.stderr


def state(program: Path) -> dict[str, dict[str, dict[str, object]]]:
    found: dict[str, dict[str, dict[str, object]]] = json.loads(program.with_name("key.json").read_text())
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="the program is a script with a first line")
def test_a_seed_goes_into_the_key_and_codes_come_out_and_it_is_in_no_argument(program: Path) -> None:
    key = YubiKey(run, program=str(program), number="42")
    key.add(PHONE, SEED, touch=True)
    assert state(program)["accounts"] == {PHONE: {"seed": SEED.reveal(), "touch": True}}
    code = key.code(PHONE)
    assert (code.reveal(), repr(code)) == ("123456", "Secret(…)")
    assert key.accounts() == (PHONE,)
    assert state(program)["calls"] == [
        ["--device", "42", "oath", "accounts", "add", "--touch", "--", PHONE],
        ["--device", "42", "oath", "accounts", "code", "--single", "--", PHONE],
        ["--device", "42", "oath", "accounts", "list"],
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="the program is a script with a first line")
def test_what_is_there_is_not_overwritten_and_only_the_very_name_is_deleted(program: Path) -> None:
    key = YubiKey(run, program=str(program))
    key.add(f"{PHONE}-2", SEED)
    assert not key.remove(PHONE), "a part of a name is not the name"
    with pytest.raises(YubiKeyError) as error:
        key.add(f"{PHONE}-2", SEED)
    assert "already exists" in error.value.message
    assert SEED.reveal() not in error.value.message
    assert "ykman oath accounts delete" in str(error.value.hint)
    assert key.remove(f"{PHONE}-2")
    assert key.accounts() == ()


@pytest.mark.skipif(sys.platform == "win32", reason="the program is a script with a first line")
@pytest.mark.parametrize(
    ("account", "words", "hint"),
    [
        ("words", "is no code", "ykman oath accounts code"),
        ("silent", "it ended with 7", "ykman info"),
        ("nothing", "No matching account found", "ykman oath accounts list"),
    ],
)
def test_an_answer_that_is_no_code_is_an_error_with_what_to_do(
    program: Path, account: str, words: str, hint: str
) -> None:
    with pytest.raises(YubiKeyError, match=words) as error:
        YubiKey(run, program=str(program)).code(account)
    assert hint in str(error.value.hint)


def test_a_name_that_no_key_takes_is_refused_before_anything_is_started() -> None:
    with pytest.raises(YubiKeyError, match="has 65 bytes"):
        YubiKey(run, program="never").add("x" * 65, SEED)


def test_a_program_that_is_not_installed_is_named(tmp_path: Path) -> None:
    with pytest.raises(YubiKeyError, match="cannot be started: no such file or directory") as error:
        YubiKey(run, program=str(tmp_path / "ykman")).code(PHONE)
    assert "yubikey-manager" in str(error.value.hint)
    assert error.value.__cause__ is None


@pytest.mark.skipif(sys.platform == "win32", reason="the program is a script with a first line")
def test_whether_an_account_finds_room_is_known_before_it_is_put_in(program: Path) -> None:
    key = YubiKey(run, program=str(program))
    key.require_room(PHONE)
    key.add(PHONE, SEED)
    with pytest.raises(YubiKeyError, match="holds an account") as error:
        key.require_room(PHONE)
    assert "ykman oath accounts delete" in str(error.value.hint)
    with pytest.raises(YubiKeyError, match="a YubiKey takes 64"):
        key.require_room("x" * 65)
