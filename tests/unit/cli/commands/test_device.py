"""The group: what stands before a command's name, and what there is."""

from __future__ import annotations

import click
from tests.unit.cli.commands.conftest import Life

from iamfa.account.entities import ROOT_USER, AccessKey
from iamfa.cli.commands.device import COMMAND
from iamfa.sandbox.live import State
from iamfa.secret import Secret


def _root_key(state: State) -> tuple[str, str]:
    secret = state.ids.secret_key()
    key = AccessKey(state.ids.access_key(), ROOT_USER, "Active", state.clock.now(), Secret(secret))
    state.account.access_keys[key.id] = key
    return key.id, secret


def test_options_hold_before_the_name_of_the_command_as_well(alice: Life) -> None:
    alice.who.profile("work", keys=True)
    assert alice.device("--format", "json", "--profile", "work", "list").json["devices"] == []
    absent = alice.device("--profile", "absent", "list")
    assert absent.code == 3
    assert "absent" in absent.err


def test_a_command_that_is_not_there_is_told_with_those_that_are(alice: Life) -> None:
    found = alice.device("lst")
    assert found.code == 2
    assert "`iamfa device` has no command `lst`: list, add, resync, remove, replace, default" in found.err
    assert alice.device("--lst").code == 2
    assert "Commands:" in alice.device().err


def test_a_shell_completes_the_names() -> None:
    context = click.Context(COMMAND)
    assert isinstance(COMMAND, click.Group)
    assert COMMAND.list_commands(context) == ["list", "add", "resync", "remove", "replace", "default"]
    assert COMMAND.get_command(context, "lst") is None


def test_whoever_is_no_user_has_no_devices(alice: Life) -> None:
    key, secret = alice.who.box.call(_root_key)
    (alice.who.home / ".aws" / "credentials").write_text(
        f"[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n"
    )
    found = alice.device("list")
    assert found.code == 3
    assert "these credentials are those of the root user" in found.err
