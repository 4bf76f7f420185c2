"""Sessions in the credentials file: nothing else is touched, no long-term key is lost, a killed writer harms none."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random
from threading import Thread

import pytest
from botocore.configloader import raw_config_parse
from botocore.credentials import SharedCredentialProvider

from iamfa.errors import InputError
from iamfa.gateway.ports import Credentials
from iamfa.secret import Secret
from iamfa.session.credentials_file import write_session
from iamfa.session.profiles import AwsFiles, ProfileError

WRITING = Path(__file__).with_name("writing_forever.py")
EXPIRES = datetime(2026, 1, 2, 5, 0, 0, tzinfo=timezone(timedelta(hours=2)))
SESSION = Credentials("ASIANEW", Secret("newsecret"), Secret("newtoken=="), EXPIRES)
LONG_TERM = "# keep\n[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = s%%1 ; mine\n"


def files(folder: Path, credentials: str | None, config: str = "") -> AwsFiles:
    (folder / ".aws").mkdir(exist_ok=True)
    (folder / ".aws" / "config").write_text(config)
    if credentials is not None:
        (folder / ".aws" / "credentials").write_bytes(credentials.encode())
    return AwsFiles.read({}, folder)


def read_back(found: AwsFiles, profile: str) -> tuple[str, str, str]:
    keys = SharedCredentialProvider(str(found.credentials.path), profile).load()
    return keys.access_key, keys.secret_key, keys.token


@pytest.mark.parametrize("before", [None, "", LONG_TERM, LONG_TERM.replace("\n", "\r\n"), LONG_TERM.rstrip("\n")])
def test_a_session_is_added_behind_what_is_there(tmp_path: Path, before: str | None) -> None:
    found = files(tmp_path, before)
    write_session(found, "work-mfa", SESSION)
    text = found.credentials.path.read_bytes().decode()
    assert text.startswith(before or "") and read_back(found, "work-mfa") == ("ASIANEW", "newsecret", "newtoken==")
    assert "aws_credential_expiration = 2026-01-02T03:00:00Z" in text
    if before is None:
        assert stat.S_IMODE(found.credentials.path.stat().st_mode) == 0o600


def test_an_earlier_session_is_replaced_in_its_place(tmp_path: Path) -> None:
    before = f"""\
[work-mfa]
# written by iamfa
aws_access_key_id=ASIAOLD
Region = eu-west-1
AWS_SECRET_ACCESS_KEY = oldsecret
aws_security_token = oldtoken
aws_session_token = oldtoken
expiration = 2020-01-01 00:00:00
{LONG_TERM}"""
    found = files(tmp_path, before)
    found.credentials.path.chmod(0o640)
    write_session(found, "work-mfa", SESSION)
    assert (
        found.credentials.path.read_text()
        == f"""\
[work-mfa]
# written by iamfa
aws_access_key_id=ASIANEW
Region = eu-west-1
AWS_SECRET_ACCESS_KEY = newsecret
aws_session_token = newtoken==
aws_credential_expiration = 2026-01-02T03:00:00Z
{LONG_TERM}"""
    )
    assert read_back(found, "work-mfa") == ("ASIANEW", "newsecret", "newtoken==")
    assert stat.S_IMODE(found.credentials.path.stat().st_mode) == 0o640
    write_session(found, "work-mfa", replace(SESSION, expires=None))
    assert "expiration" not in found.credentials.path.read_text()


def test_a_profile_without_keys_gets_them(tmp_path: Path) -> None:
    found = files(tmp_path, "[x]\nregion = r\n")
    write_session(found, "x", SESSION)
    assert read_back(found, "x") == ("ASIANEW", "newsecret", "newtoken==")


@pytest.mark.parametrize(
    "keys",
    [
        "aws_access_key_id = AKIAWORK\naws_secret_access_key = s\n",
        "aws_access_key_id = AKIAWORK\naws_secret_access_key = s\naws_session_token = stale\n",
        "aws_access_key_id = other\naws_secret_access_key = s\naws_session_token =\n",
        "\naws_secret_access_key = s\n",
    ],
)
def test_long_term_keys_are_never_overwritten(tmp_path: Path, keys: str) -> None:
    found = files(tmp_path, f"[work]\n{keys}")
    with pytest.raises(ProfileError, match=r"credentials`:[23]: profile `work` has long-term keys"):
        write_session(found, "work", SESSION)
    assert found.credentials.path.read_text() == f"[work]\n{keys}"


def test_keys_that_came_after_the_files_were_read_are_seen(tmp_path: Path) -> None:
    found = files(tmp_path, "")
    found.credentials.path.write_text(LONG_TERM)
    with pytest.raises(ProfileError, match="has long-term keys"):
        write_session(found, "work", SESSION)


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ("role", "profile `role` has a role, which the SDKs would use"),
        ("corp", "profile `corp` has single sign-on"),
        ("process", "profile `process` has a `credential_process`, and credentials in the file would go before it"),
        ("DEFAULT", "would hold for every profile"),
        ("a]b", "cannot be a profile's name"),
    ],
)
def test_a_profile_where_the_sdks_would_not_look_is_refused(tmp_path: Path, profile: str, words: str) -> None:
    found = files(
        tmp_path,
        "",
        "[profile role]\nrole_arn = r\n[profile corp]\nsso_session = s\n[profile process]\ncredential_process = x\n",
    )
    with pytest.raises(InputError, match=words):
        write_session(found, profile, SESSION)
    assert found.credentials.path.read_text() == ""


def test_credentials_of_aws_login_come_after_those_of_the_file(tmp_path: Path) -> None:
    found = files(tmp_path, "", "[profile x]\nlogin_session = arn\n")
    write_session(found, "x", SESSION)
    assert read_back(found, "x")[0] == "ASIANEW"


def test_credentials_without_a_token_are_no_session(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="have no token"):
        write_session(files(tmp_path, ""), "x", replace(SESSION, token=None))


def test_sessions_written_at_once_all_land(tmp_path: Path) -> None:
    found = files(tmp_path, LONG_TERM)
    threads = [Thread(target=write_session, args=(found, f"p{n}", SESSION)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(raw_config_parse(str(found.credentials.path))) == {"work", *(f"p{n}" for n in range(8))}


# Killed ---------------------------------------------------------------------------------------------------------------

MINE = "# mine\n[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = s%%1 ; mine\n\n"
THEIRS = "\n; theirs\n[other]\nx = 100%\n" + "".join(f"# {n}: {'y' * 60}\n" for n in range(200))
CONFIG = "# mine\n[profile work]\n"


def left(folder: Path) -> list[Path]:
    return list(folder.glob(".iamfa-*.tmp"))


def number_of(home: Path) -> int:
    """The number of the last session; both files must be whole, and all else as it was."""
    folder = home / ".aws"
    credentials, config = (folder / "credentials").read_text(), (folder / "config").read_text()
    assert credentials.startswith(MINE) and credentials.endswith(THEIRS)
    assert config.startswith(CONFIG) and config.endswith(THEIRS)
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in ("credentials", "config")} == {0o640}
    session = raw_config_parse(str(folder / "credentials"))["work-mfa"]
    raw_config_parse(str(folder / "config"))
    number = session["aws_secret_access_key"]
    assert session["aws_access_key_id"] == f"ASIA{number}" and session["aws_session_token"].startswith(f"{number}-t")
    return int(number)


def killed_while_writing(home: Path, *, kills: int, seed: int) -> int:
    """Kill so many times, half of them while a new file is there; gives how many left one behind."""
    first = "[work-mfa]\naws_access_key_id = ASIA0\naws_secret_access_key = 0\naws_session_token = 0-t\n"
    folder, random, caught, number = home / ".aws", Random(seed), 0, 0
    files(home, MINE + first + THEIRS, CONFIG + THEIRS)
    for name in ("credentials", "config"):
        (folder / name).chmod(0o640)
    # Its own coverage would be lost with it.
    environment = {**os.environ, "COVERAGE_PROCESS_START": ""}
    with subprocess.Popen(
        [sys.executable, str(WRITING), str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as writing:
        assert writing.stdin is not None and writing.stdout is not None
        for n in range(kills):
            writing.stdin.write(f"{number}\n")
            writing.stdin.flush()
            process = int(writing.stdout.readline())
            patience = time.monotonic() + 30
            time.sleep(random.random() * 0.03)
            if n % 2:
                while not left(folder) and time.monotonic() < patience:
                    pass
                time.sleep(random.choice((0, 0, 0.0005, 0.001)))
            os.kill(process, signal.SIGKILL)
            assert writing.stdout.readline() == "dead\n"
            caught += bool(left(folder))
            for each in left(folder):
                assert stat.S_IMODE(each.stat().st_mode) & 0o007 == 0
                each.unlink()
            now = number_of(home)
            assert now >= number, f"kill {n}: an older session than the one before came back"
            number = now
        writing.stdin.close()
    assert number > 0
    return caught


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows neither forks nor kills like this")
def test_fifteen_kills_leave_whole_files(tmp_path: Path) -> None:
    assert killed_while_writing(tmp_path, kills=15, seed=1) > 0


@pytest.mark.soak
@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows neither forks nor kills like this")
def test_a_thousand_kills_leave_whole_files_a_hundred_of_them_between_open_and_rename(tmp_path: Path) -> None:
    assert killed_while_writing(tmp_path, kills=1000, seed=2) >= 100
