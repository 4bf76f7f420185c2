"""What the short way takes from the AWS files is what the SDK takes, and what the whole program takes."""

from __future__ import annotations

from pathlib import Path

import botocore.session
import pytest
from botocore.exceptions import BotoCoreError
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.session.examples import KEY_ID, ROLE, Place, furnished

from iamfa.errors import IamfaError
from iamfa.session import cached
from iamfa.session.profiles import AwsFiles
from iamfa.session.wanted import wanted

KEYS_OF = st.integers(1, 9).map(lambda n: f"aws_access_key_id = AKIA{n}\naws_secret_access_key = s{n}\n")
ROLE_OF = st.sampled_from(["base", "work", "default"]).map(lambda name: f"role_arn = {ROLE}\nsource_profile = {name}\n")
BESIDE = st.sampled_from(["", "region = us-east-1\n", "# comment\n\n", "mfa_serial=GAHT12345678\n", "s3 =\n  a = b\n"])
ODD = (
    "aws_access_key_id = AKIAODD", "AWS_ACCESS_KEY_ID = AKIAUPPER", "aws_access_key_id: AKIACOLON", "  indented = x",
    "aws_access_key_id = AKIAODD # c", "aws_access_key_id", "aws_access_key_id =\n  AKIANESTED", "\tregion = x",
    " # indented comment", "\u3000aws_access_key_id = AKIAWIDE", "aws_session_token = t", "credential_process = x",
    "aws_secret_access_key = y", "[profile work]", "[work]", "=", "\x0caws_access_key_id = AKIAFEED", "a=b\r",
    "source_profile = base", "[work] x", "[[work]]", "]", '[profile "work"]', "[ profile work]", "[profile  work]",
    "[profile]", "[services work]", "[Work]", "\x1faws_access_key_id = AKIAUNIT", "role_arn =", "region = é",
    "endpoint_url = http://c", "endpoint_url = http://c/", "endpoint_url =", "services = x", "include_profile = base",
    "ignore_configured_endpoint_urls = true", "role_session_name = me", "role_session_name =  me # c",
    "external_id = a%b", "external_id = x y", "external_id = 'q'", "duration_seconds = 900", "duration_seconds = x",
    "source_profile = work", "mfa_process = x",
)  # fmt: skip


@st.composite
def written(draw: st.DrawFn, headers: tuple[str, ...], bodies: st.SearchStrategy[str]) -> str:
    """An AWS file: some sections, mostly plain, and now and then a line in it that is not."""
    lines: list[str] = []
    for header in draw(st.permutations(headers))[: draw(st.sampled_from([3, 3, 2, 1, 0]))]:
        body = draw(bodies)
        lines += f"[{header}]\n{draw(BESIDE)}{body}{draw(BESIDE)}".splitlines()
    for _ in range(draw(st.sampled_from([0, 0, 0, 1]))):
        lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(ODD)))
    return draw(st.sampled_from(["\n", "\n", "\r\n"])).join([*lines, ""])


NOTHING = st.just("")
CONFIGS = written(("default", "profile work", "profile base"), st.one_of(NOTHING, NOTHING, ROLE_OF, KEYS_OF))
CREDENTIALS_FILES = written(("default", "work", "base"), st.one_of(KEYS_OF, KEYS_OF, NOTHING))


def sdk(config: Path, credentials: Path, profile: str) -> tuple[str, list[str]]:
    """The id of the key and the roles that botocore comes to for a profile."""
    roles = []
    while True:
        one = botocore.session.Session(profile=profile)
        one.set_config_variable("config_file", str(config))
        one.set_config_variable("credentials_file", str(credentials))
        scoped = one.get_scoped_config()
        if "role_arn" not in scoped:
            found = one.get_credentials()
            assert found is not None and found.token is None
            return found.access_key, roles[::-1]
        roles.append(scoped["role_arn"])
        profile = scoped["source_profile"]


@given(CONFIGS, CREDENTIALS_FILES, st.sampled_from(["work", "work", "default"]))
def test_whatever_is_written_the_key_is_the_one_that_the_sdk_takes(
    tmp_path_factory: pytest.TempPathFactory, config: str, credentials: str, profile: str
) -> None:
    home = tmp_path_factory.getbasetemp() / "read by both"
    home.mkdir(exist_ok=True)
    place = Place(home)
    place.write(config, credentials)
    try:
        key_id, endpoint, roles = cached._asked_for({"--profile": profile}, place.environ)
    except (cached._UnsureError, KeyError):
        return
    assert endpoint in ("", "http://c", "http://c/")
    try:
        found = sdk(home / ".aws" / "config", home / ".aws" / "credentials", profile)
    except BotoCoreError:
        return  # botocore refuses the file as a whole; nothing is given out for another key than the one written
    assert found == (key_id, [role for role, _, _ in roles])


def test_the_two_readers_meet_in_the_plain_case(tmp_path: Path) -> None:
    place = furnished(tmp_path)
    paths = tmp_path / ".aws" / "config", tmp_path / ".aws" / "credentials"
    assert sdk(*paths, "work") == (KEY_ID, [])
    assert cached._asked_for({"--profile": "work"}, place.environ) == (KEY_ID, "", [])


ENVIRON = st.fixed_dictionaries(
    {},
    optional={
        "AWS_PROFILE": st.sampled_from(["work", "base", ""]),
        "AWS_DEFAULT_PROFILE": st.sampled_from(["work", "base", ""]),
        "AWS_ACCESS_KEY_ID": st.just("AKIAENVIRON"),
        "AWS_ENDPOINT_URL": st.sampled_from(["http://a", ""]),
        "AWS_ENDPOINT_URL_STS": st.sampled_from(["http://b", ""]),
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": st.sampled_from(["true", "false", ""]),
    },
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "--profile": st.sampled_from(["work", "base", "default"]),
        "--endpoint-url": st.sampled_from(["http://d", "http://d/"]),
    },
)


@given(CONFIGS, CREDENTIALS_FILES, OPTIONS, st.one_of(st.just({}), ENVIRON))
def test_whatever_is_asked_for_the_session_is_the_one_that_the_whole_program_gives_out(
    tmp_path_factory: pytest.TempPathFactory,
    config: str,
    credentials: str,
    options: dict[str, str],
    environ: dict[str, str],
) -> None:
    home = tmp_path_factory.getbasetemp() / "read by both"
    home.mkdir(exist_ok=True)
    place = Place(home)
    place.write(config, credentials)
    environ = place.environ | environ
    try:
        key_id, endpoint, roles = cached._asked_for(options, environ)
    except (cached._UnsureError, KeyError, ValueError):
        return
    name = cached.session_key(endpoint, "aws", "123456789012", "alice", *cached.carried(roles))
    files = AwsFiles.read(environ, home)
    try:
        found = wanted(files, environ, options.get("--profile"), endpoint_url=options.get("--endpoint-url"))
    except IamfaError as error:
        raise AssertionError("the whole program refuses what the short way takes") from error
    assert (found.keys.key_id, found.key("aws", "123456789012", "alice")) == (key_id, name)
