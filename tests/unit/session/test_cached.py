"""The short way: it answers what the whole program would, or nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from platformdirs.macos import MacOS
from platformdirs.unix import Unix
from tests.unit.session.examples import ALICE, CONFIG, CREDENTIALS, KEY_ID, NOON, ROLE, Place, named, session

from iamfa.session import cached

MODES = pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
WORK = ("--profile", "work")
KEYS = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n"


def test_a_kept_session_is_given_out_in_the_form_of_the_sdks(place: Place) -> None:
    text = place.answer(*WORK)
    kept = session()
    assert kept.credentials.token is not None
    assert text is not None and json.loads(text) == {
        "Version": 1,
        "AccessKeyId": kept.credentials.key_id,
        "SecretAccessKey": kept.credentials.secret.reveal(),
        "SessionToken": kept.credentials.token.reveal(),
        "Expiration": "2026-06-02T00:00:00Z",
    }


def test_the_environment_names_the_profile_where_no_option_does(place: Place) -> None:
    assert place.answer() is None  # the profile default has no key
    assert place.answer(AWS_PROFILE="work") == place.answer(AWS_DEFAULT_PROFILE="work") == place.answer(*WORK)
    assert place.answer("--profile=work", AWS_PROFILE="other") == place.answer(*WORK)
    assert place.answer(AWS_PROFILE="work", AWS_DEFAULT_PROFILE="other") is None
    assert place.answer(AWS_PROFILE="") is None
    place.write(credentials=CREDENTIALS.replace("work", "default"))
    assert place.answer() is not None
    assert place.answer(AWS_ACCESS_KEY_ID="AKIA2", AWS_SECRET_ACCESS_KEY="x") is None


@pytest.mark.parametrize(
    "more",
    [
        ("--verbose",),
        ("--profile", "work"),
        ("--max-age", "soon"),
        ("--max-age", "-1"),
        ("--max-age",),
        ("--max-age="),
        ("--endpoint-url", "localhost:1"),
        ("work",),
        ("--",),
    ],
    ids=str,
)
def test_options_that_are_not_plain_are_left_to_the_program(place: Place, more: tuple[str, ...]) -> None:
    assert place.answer(*WORK) is not None
    assert place.answer(*WORK, *more) is None


def test_a_code_that_was_given_too_long_ago_is_none(place: Place) -> None:
    place.now = NOON + timedelta(hours=1)
    assert place.answer(*WORK, "--max-age", "3600") == place.answer("--max-age=4000", *WORK) == place.answer(*WORK)
    assert place.answer(*WORK, "--max-age", "3599") is None
    place.cache.keep(session(mfa_at=None))
    assert place.answer(*WORK) is not None
    assert place.answer(*WORK, "--max-age", "999999999") is None


def test_a_session_is_given_out_until_a_margin_before_its_end(place: Place) -> None:
    place.now = NOON + timedelta(hours=12, seconds=-cached.MARGIN_SECONDS - 1)
    assert place.answer(*WORK) is not None
    place.now += timedelta(seconds=1)
    assert place.answer(*WORK) is None


def test_a_clock_that_was_set_back_leaves_it_to_the_program(place: Place) -> None:
    place.now = NOON - timedelta(minutes=4)
    assert place.answer(*WORK) is not None
    place.now = NOON - timedelta(minutes=6)
    assert place.answer(*WORK) is None


def test_each_endpoint_has_its_own_sessions_and_the_nearest_word_decides(place: Place) -> None:
    url = "http://127.0.0.1:4566"
    place.cache.remember_owner(url, KEY_ID, ALICE)
    place.cache.keep(session(number=2, endpoint=url))
    theirs = place.answer(*WORK, "--endpoint-url", url + "/")
    assert theirs is not None and theirs != place.answer(*WORK)
    assert place.answer(*WORK, AWS_ENDPOINT_URL=url) == place.answer(*WORK, AWS_ENDPOINT_URL_STS=url) == theirs
    assert place.answer(*WORK, AWS_ENDPOINT_URL="http://other", AWS_ENDPOINT_URL_STS=url) == theirs
    assert place.answer(*WORK, "--endpoint-url", url, AWS_ENDPOINT_URL="http://other") == theirs
    assert place.answer(*WORK, AWS_ENDPOINT_URL="http://other") is None
    assert place.answer(*WORK, AWS_ENDPOINT_URL="") is None
    assert place.answer(*WORK, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true") is None
    place.write(config=CONFIG + f"endpoint_url = {url}\n")
    assert place.answer(*WORK) == theirs
    place.write(config=CONFIG + "services = local\n")
    assert place.answer(*WORK) is None


def test_roles_are_followed_down_to_the_key(place: Place) -> None:
    chain = (
        f"[profile top]\nrole_arn = {ROLE}2\nsource_profile = middle\nrole_session_name = me\n"
        f"[profile middle]\nrole_arn = {ROLE}1\nsource_profile = work\nexternal_id = x-1\nduration_seconds = 900\n"
    )
    place.write(config=CONFIG + chain)
    key = named(*cached.carried([(f"{ROLE}1", "", "x-1"), (f"{ROLE}2", "me", "")]))
    assert place.answer("--profile", "top") is None
    place.cache.keep(session(key, number=7))
    found = place.answer("--profile", "top")
    assert found is not None and session(number=7).credentials.key_id in found
    assert place.answer("--profile", "middle") is None


@pytest.mark.parametrize(
    "config",
    [
        f"[profile role]\nrole_arn = {ROLE}\nsource_profile = role\n",
        f"[profile role]\nrole_arn = {ROLE}\nsource_profile = b\n"
        f"[profile b]\nrole_arn = {ROLE}\nsource_profile = role\n",
        f"[profile role]\nrole_arn = {ROLE}\nsource_profile = nobody\n",
        f"[profile role]\nrole_arn = {ROLE}\n",
        f"[profile role]\nrole_arn = {ROLE}\ncredential_source = Environment\n",
        f"[profile role]\nrole_arn = {ROLE}\nsource_profile = work\nduration_seconds = long\n",
        f"[profile role]\nrole_arn = {ROLE}\nsource_profile = work\nendpoint_url = http://127.0.0.1:1\n",
        f"[profile role]\nrole_arn = {ROLE}\nsource_profile = work\n{KEYS}",
        "[profile role]\nsource_profile = work\n",
    ],
)
def test_a_chain_that_is_not_plain_is_left_to_the_program(place: Place, config: str) -> None:
    place.cache.keep(session(named(*cached.carried([(ROLE, "", "")]))))
    place.write(config=f"[profile role]\nrole_arn = {ROLE}\nsource_profile = work\n")
    assert place.answer("--profile", "role") is not None
    place.write(config=config)
    assert place.answer("--profile", "role") is None


@pytest.mark.parametrize(
    "config",
    [
        CONFIG + "s3 =\n  max_concurrent_requests = 20\n\n  # more\n  addressing_style = path\n",
        CONFIG.replace("\n", "\r\n"),
        "# 会社のプロファイル\n; and more\n" + CONFIG,
        CONFIG + "cli_pager =\n",
        CONFIG + "[sso-session x]\nsso_region = us-east-1\n[services y]\nsts =\n  endpoint_url = http://other\n",
        None,
    ],
)
def test_what_is_plain_or_beside_the_point_is_read(place: Place, config: str | None) -> None:
    (place.home / ".aws" / "config").unlink()
    place.write(config=config)
    assert place.answer(*WORK) is not None


@pytest.mark.parametrize(
    ("config", "credentials"),
    [
        ("\ufeff" + CONFIG, CREDENTIALS),
        (CONFIG, "\ufeff" + CREDENTIALS),
        (CONFIG.replace("\n", "\r"), CREDENTIALS),
        (CONFIG, "[work]\n" + CREDENTIALS),
        (CONFIG, CREDENTIALS + "aws_access_key_id = AKIAOTHER\n"),
        (CONFIG + KEYS, CREDENTIALS),
        (CONFIG, CREDENTIALS.replace("_id = ", "_id : ")),
        (CONFIG, CREDENTIALS.replace("aws_access", "AWS_access")),
        (CONFIG, CREDENTIALS.replace(KEY_ID, f'"{KEY_ID}"')),
        (CONFIG, CREDENTIALS.replace(KEY_ID, f"{KEY_ID} # mine")),
        (CONFIG, CREDENTIALS.replace(KEY_ID, "")),
        (CONFIG, CREDENTIALS.replace("wJalrXUtnFEMI", "")),
        (CONFIG, CREDENTIALS.replace("aws_secret", " aws_secret")),
        (CONFIG, CREDENTIALS.replace("[work]", "[work] # mine")),
        (CONFIG, CREDENTIALS.replace("[work]", "[ work ]")),
        (CONFIG, CREDENTIALS.replace("[work]", "[profile work]\n[work]")),
        (CONFIG, "aws_access_key_id = AKIA\n" + CREDENTIALS),
        (CONFIG, CREDENTIALS + "what is this\n"),
        (CONFIG, CREDENTIALS + "aws_session_token = t\n"),
        (CONFIG + "credential_process = iamfa credential-process --profile work\n", CREDENTIALS),
        (CONFIG + "sso_session = x\n", CREDENTIALS),
        (CONFIG + "[work]\n", CREDENTIALS),
        (CONFIG.replace("profile work", 'profile "work"'), CREDENTIALS),
        (CONFIG + "endpoint_url =\n  http://other\n", CREDENTIALS),
        (CONFIG + "[profile é]\n", CREDENTIALS),
        (CONFIG, None),
        (CONFIG + KEYS.splitlines()[0] + "\n", f"[work]\n{KEYS.splitlines()[1]}\n"),
        (CONFIG, "\udcff" + CREDENTIALS),
    ],
)
def test_files_that_readers_take_in_different_ways_are_left_to_the_program(
    place: Place, config: str, credentials: str | None
) -> None:
    (place.home / ".aws" / "credentials").unlink()
    place.write(config, credentials)
    assert place.answer(*WORK) is None


def test_the_default_profile_may_be_written_in_two_ways_but_not_in_both(place: Place) -> None:
    for headers, found in ((["default"], True), (["profile default"], True), (["default", "profile default"], False)):
        (place.home / ".aws" / "credentials").unlink(missing_ok=True)
        place.write("".join(f"[{header}]\n" for header in headers) + KEYS, None)
        assert (place.answer() is not None) is found


def test_the_files_are_where_the_environment_says(place: Place) -> None:
    elsewhere = place.home / "elsewhere"
    (place.home / ".aws" / "credentials").rename(elsewhere)
    assert place.answer(*WORK) is None
    assert place.answer(*WORK, AWS_SHARED_CREDENTIALS_FILE=str(elsewhere)) is not None
    assert place.answer(*WORK, AWS_SHARED_CREDENTIALS_FILE="~/elsewhere") is not None
    for path in ("~other/elsewhere", "$HOME/elsewhere", ""):
        assert place.answer(*WORK, AWS_SHARED_CREDENTIALS_FILE=path) is None
    assert place.answer(*WORK, AWS_SHARED_CREDENTIALS_FILE=str(elsewhere), HOME="", USERPROFILE="") is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
def test_a_pipe_in_place_of_a_file_is_left_for_the_program_to_read(place: Place) -> None:
    os.mkfifo(place.home / "pipe")
    assert place.answer(*WORK, AWS_CONFIG_FILE=str(place.home / "pipe")) is None


def test_the_command_gives_out_what_is_kept_and_hands_the_rest_on(place: Place) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | place.environ
    # The program itself looks at the clock, so the session must not have ended by it.
    place.now = datetime.now(UTC)
    place.cache.keep(replace(session(), credentials=replace(session().credentials, expires=place.now + timedelta(1))))
    command = [sys.executable, "-m", "iamfa", "credential-process"]
    found = subprocess.run([*command, *WORK], env=environ, capture_output=True, text=True, timeout=60)
    assert (found.returncode, found.stdout, found.stderr) == (0, f"{place.answer(*WORK)}\n", "")
    other = subprocess.run([*command, "--profile", "nobody"], env=environ, capture_output=True, text=True, timeout=60)
    assert other.returncode != 0 and other.stdout == "" and other.stderr


# The file of sessions.


@MODES
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_file_that_others_may_touch_is_not_trusted(place: Place, mode: int) -> None:
    (place.home / "cache" / "sessions.json").chmod(mode)
    assert place.answer(*WORK) is None
    assert "others may" in (place.cache.warning() or "")


@MODES
def test_a_folder_that_others_may_write_into_is_not_trusted(place: Place) -> None:
    (place.home / "cache").chmod(0o770)
    assert place.answer(*WORK) is None
    (place.home / "cache").chmod(0o755)
    assert place.answer(*WORK) is not None


@MODES
def test_what_belongs_to_another_user_is_not_trusted(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert place.answer(*WORK) is None
    assert "another user" in (place.cache.warning() or "")


@MODES
def test_links_are_not_followed(place: Place) -> None:
    folder = place.home / "cache"
    folder.rename(place.home / "real")
    folder.symlink_to(place.home / "real")
    assert place.answer(*WORK) is None
    assert "symbolic link" in (place.cache.warning() or "")
    folder.unlink()
    (place.home / "real").rename(folder)
    assert place.answer(*WORK) is not None
    (folder / "sessions.json").rename(folder / "other.json")
    (folder / "sessions.json").symlink_to(folder / "other.json")
    assert place.answer(*WORK) is None
    assert "cannot be read" in (place.cache.warning() or "")


@pytest.mark.parametrize(
    "text",
    ["", " ", "[]", "{}", '{"version": 2}', '{"version": 1}', '{"version": 1} x', "{", "\x00", "[" * 100_000, "7"],
)
def test_a_damaged_or_foreign_file_counts_as_none(place: Place, text: str) -> None:
    (place.home / "cache" / "sessions.json").write_text(text)
    assert place.answer(*WORK) is None
    if text != '{"version": 1}':
        assert "is not used" in (place.cache.warning() or "")


def test_a_file_too_large_or_none_at_all_counts_as_none(place: Place) -> None:
    path = place.home / "cache" / "sessions.json"
    path.write_bytes(path.read_bytes() + b" " * 5_000_000)
    assert "too large" in (place.cache.warning() or "")
    path.unlink()
    path.mkdir()
    assert place.answer(*WORK) is None and "not" in (place.cache.warning() or "")
    path.rmdir()
    assert place.answer(*WORK) is None and place.cache.warning() is None
    path.parent.rename(place.home / "gone")
    assert place.answer(*WORK) is None and place.cache.warning() is None
    path.parent.write_text("")
    assert place.answer(*WORK) is None and "not a folder" in (place.cache.warning() or "")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("secret", None), ("secret", 'x", "y'), ("token", ""), ("token", "a\nb"), ("key_id", ["x"]), ("expires", "é"),
        ("expires_at", "2026"), ("expires_at", None), ("obtained_at", None), ("mfa_epoch", "x"),
    ],
)  # fmt: skip
def test_an_entry_that_is_not_as_it_was_written_is_never_given_out(place: Place, field: str, value: object) -> None:
    path = place.home / "cache" / "sessions.json"
    document = json.loads(path.read_text())
    document["sessions"][named()][field] = value
    path.write_text(json.dumps(document))
    assert place.answer(*WORK, "--max-age", "60") is None


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(), st.lists))
def test_the_decoder_decodes_as_json_does(value: Any) -> None:
    text = json.dumps({"version": value})
    assert cached._parsed(text) == json.loads(text)


@given(st.text(alphabet='{}[]:,"\\u01 e-+.\nntrfalsN', max_size=12))
def test_the_decoder_takes_no_text_that_json_refuses(text: str) -> None:
    for each in ("{" + text, text):
        try:
            found = cached._parsed(each)
        except ValueError:
            continue
        assert found == json.loads(each)


def test_without_its_part_in_c_json_decodes(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    found = place.answer(*WORK)
    monkeypatch.setitem(sys.modules, "_json", None)
    assert place.answer(*WORK) == found is not None


@given(st.lists(st.text(), min_size=4, max_size=6), st.lists(st.text(), min_size=4, max_size=6))
def test_different_sessions_have_different_names(one: list[str], other: list[str]) -> None:
    one[0], other[0] = one[0].rstrip("/"), other[0].rstrip("/")
    same = cached.session_key(*one) == cached.session_key(*other)  # type: ignore[call-arg]  # four at least
    assert same == (one == other)


# The place.


@pytest.mark.parametrize("cache_home", [None, "/caches", "relative", ""])
@pytest.mark.parametrize("home", ["/people/alice", "/", "/people/alice/"])
def test_the_place_is_the_one_of_platformdirs(
    monkeypatch: pytest.MonkeyPatch, home: str, cache_home: str | None
) -> None:
    environ = {"HOME": home} | ({} if cache_home is None else {"XDG_CACHE_HOME": cache_home})
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert cached.folder(environ, "linux") == Unix("iamfa").user_cache_dir
    assert cached.folder(environ, "darwin") == MacOS("iamfa").user_cache_dir


@pytest.mark.skipif(os.name == "nt", reason="Windows knows the place from elsewhere than the environment")
def test_the_place_on_windows_and_where_there_is_none() -> None:
    assert cached.folder({"LOCALAPPDATA": "/local"}, "win32") == "/local/iamfa/iamfa/Cache"
    assert cached.folder({}, "win32") == cached.folder({}, "linux") == cached.folder({"HOME": "x"}, "darwin") == ""
    assert cached.folder({"IAMFA_CACHE_DIR": "/here", "HOME": "/people/alice"}) == "/here"
    assert cached.folder({"IAMFA_CACHE_DIR": "here", "HOME": "/people/alice"}) == ""
    assert cached.read("", "sessions.json") == (None, None)


def test_the_place_here_is_the_one_of_platformdirs() -> None:
    assert cached.folder(dict(os.environ) | {"IAMFA_CACHE_DIR": ""}) == str(platformdirs.user_cache_path("iamfa"))
