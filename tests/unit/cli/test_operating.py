"""With whose credentials an account is changed, and how the checks know him."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.terminal.people import person
from tests.unit.audit.repairing import NOW, account_of, allow, box_with, iam, of, remembered_repairs
from tests.unit.cli.conftest import Run

from iamfa.account.entities import Account, Role
from iamfa.audit.holdings import Holdings
from iamfa.audit.plan_values import Actor
from iamfa.audit.unread import Unread
from iamfa.cli.operating import actor_of, named_actor
from iamfa.errors import InputError
from iamfa.gateway.ports import Identity

ROLE = Role("ops", "/team/", "AROAOPS", "arn:aws:iam::123456789012:role/team/ops", NOW, allow("sts:AssumeRole"))


@pytest.fixture(scope="module", autouse=True)
def _remembered() -> Iterator[None]:
    with remembered_repairs():
        yield


@pytest.fixture(scope="module")
def account() -> Account:
    return replace(account_of(), roles={"ops": ROLE})


def identity(arn: str, account: str = "123456789012") -> Identity:
    return Identity(account, arn, "AIDA")


def test_a_user_calls_with_his_key_or_in_a_session_with_mfa(account: Account) -> None:
    assert actor_of(identity(of("alice")), account, temporary=False) == Actor(of("alice"), "long-term-key")
    assert actor_of(identity(of("alice")), account, temporary=True) == Actor(of("alice"), "token-mfa")


def test_a_session_of_a_role_stands_for_the_role_with_its_path(account: Account) -> None:
    session = identity("arn:aws:sts::123456789012:assumed-role/ops/me")
    assert actor_of(session, account, temporary=True) == Actor(ROLE.arn, "role")
    for other in (
        identity("arn:aws:sts::123456789012:assumed-role/gone/me"),
        identity("arn:aws:sts::999999999999:assumed-role/ops/me", "999999999999"),
    ):
        with pytest.raises(InputError, match="is no user, role or root user of the account"):
            actor_of(other, account, temporary=True)


def test_the_root_user_is_known(account: Account) -> None:
    root = "arn:aws:iam::123456789012:root"
    assert actor_of(identity(root), account, temporary=False) == Actor(root, "long-term-key")


def test_a_role_and_the_root_user_can_be_named(account: Account) -> None:
    holdings = Holdings.of(account, Unread.of(()), ())
    assert named_actor("ops", account, holdings) == Actor(ROLE.arn, "role")
    assert named_actor(ROLE.arn, account, holdings) == Actor(ROLE.arn, "role")
    assert named_actor("root", account, holdings) == Actor(account.root_arn, "long-term-key")


def test_a_session_in_the_environment_is_used_as_it_is(
    iamfa: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [each for each in os.environ if each.startswith(("AWS_", "XDG_", "IAMFA_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    with box_with() as box:
        who = person(box, tmp_path / "who")
        for name, value in box.environment_of(who.name).items():
            monkeypatch.setenv(name, value)
        found = iam(box, who.name).get_session_token(serial=who.serial("phone"), code=who.code())
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", found.key_id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", found.secret.reveal())
        assert found.token is not None
        monkeypatch.setenv("AWS_SESSION_TOKEN", found.token.reveal())
        planned = iamfa("plan", "live", "--format", "json", "--second", "root")
    assert planned.code == 0, planned.err
    assert planned.json["operator"] == {"arn": of(who.name), "credential": "token-mfa"}
