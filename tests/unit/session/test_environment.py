"""A session as variables, and as lines of every shell."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from iamfa.device.own_user import OwnUser
from iamfa.errors import IamfaError
from iamfa.gateway.ports import Credentials
from iamfa.secret import Secret
from iamfa.session.cache import Kept
from iamfa.session.environment import SHELLS, lines_for, shell_of, variables, without_credentials
from iamfa.session.wanted import Wanted

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CREDENTIALS = Credentials("ASIAEXAMPLE", Secret("sec/ret+"), Secret("to/ken="), NOW)
KEPT = Kept(CREDENTIALS, OwnUser("aws", "1", "alice", "arn"), "", NOW, NOW, None, (), "key")
WANTED = Wanted("work", "work", CREDENTIALS, "us-east-1", {"sts": None, "iam": None, "signin": None})


def test_a_session_is_what_the_sdks_read() -> None:
    assert variables(KEPT, WANTED) == {
        "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "sec/ret+",
        "AWS_SESSION_TOKEN": "to/ken=",
        "AWS_CREDENTIAL_EXPIRATION": "2026-03-01T12:00:00Z",
    }
    endpoints = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    more = replace(WANTED, region_told="eu-west-1", ca_bundle="/own.pem", named_endpoints=endpoints)
    found = variables(KEPT, more)
    assert (found["AWS_REGION"], found["AWS_DEFAULT_REGION"]) == ("eu-west-1", "eu-west-1")
    assert (found["AWS_CA_BUNDLE"], found["AWS_ENDPOINT_URL"]) == ("/own.pem", "http://127.0.0.1:1")


@pytest.mark.parametrize("lacking", ["token", "expires"])
def test_long_term_keys_are_given_to_nobody(lacking: str) -> None:
    broken = replace(KEPT, credentials=replace(CREDENTIALS, **{lacking: None}))
    with pytest.raises(IamfaError, match="no credentials of a session"):
        variables(broken, WANTED)


def test_nobodys_credentials_are_left_in_an_environment() -> None:
    given = {"AWS_PROFILE": "x", "aws_session_token": "y", "AWS_SECURITY_TOKEN": "z", "PATH": "/bin", "AWS_REGION": "r"}
    assert without_credentials(given) == {"PATH": "/bin", "AWS_REGION": "r"}


@pytest.mark.parametrize(
    ("environ", "shell"),
    [
        ({"SHELL": "/bin/bash"}, "bash"),
        ({"SHELL": "/usr/bin/zsh"}, "zsh"),
        ({"SHELL": "/bin/dash"}, "sh"),
        ({"SHELL": "/bin/ksh"}, "sh"),
        ({"SHELL": "C:\\Program Files\\Git\\usr\\bin\\bash.exe"}, "bash"),
        ({"SHELL": "/opt/pwsh"}, "powershell"),
        ({"SHELL": "/usr/bin/fish"}, "fish"),
        ({"SHELL": "/usr/bin/nu"}, None),
        ({"PSModulePath": "C:\\x"}, "powershell"),
        ({}, None),
    ],
)
def test_the_shell_is_known_by_its_name(environ: dict[str, str], shell: str | None) -> None:
    assert shell_of(environ) == shell


@pytest.mark.parametrize(
    ("shell", "sets", "takes"),
    [
        ("bash", "export A='it'\\''s \\ $x'", "unset A"),
        ("zsh", "export A='it'\\''s \\ $x'", "unset A"),
        ("sh", "export A='it'\\''s \\ $x'", "unset A"),
        ("fish", "set -gx A 'it\\'s \\\\ $x';", "set -e A;"),
        ("powershell", "$Env:A = 'it''s \\ $x'", "Remove-Item Env:A -ErrorAction SilentlyContinue"),
        ("cmd", 'set "A=it\'s \\ $x"', 'set "A="'),
    ],
)
def test_every_shell_gets_the_value_as_it_is(shell: str, sets: str, takes: str) -> None:
    assert list(lines_for(shell, {"A": "it's \\ $x"})) == [sets]
    assert list(lines_for(shell, {"A": None})) == [takes]


@pytest.mark.parametrize("value", ["a\nb", "a\x00", "\x1b[0m", "a\x7f"])
@pytest.mark.parametrize("shell", SHELLS)
def test_control_characters_are_given_to_no_shell(shell: str, value: str) -> None:
    with pytest.raises(IamfaError, match="control characters"):
        lines_for(shell, {"A": value})


@pytest.mark.parametrize("value", ["50%", 'a"b', "a&b", "a!b", "a^b", "a|b", "<x>"])
def test_cmd_gets_nothing_that_it_would_take_for_its_own(value: str) -> None:
    with pytest.raises(IamfaError, match="--shell powershell"):
        lines_for("cmd", {"A": value})


def test_powershell_takes_no_typographers_quote_for_the_end() -> None:
    assert list(lines_for("powershell", {"A": "o\u2019brien"})) == ["$Env:A = 'o\u2019\u2019brien'"]
