"""Sandboxes full of random things, for what must hold of every one."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.unit.sandbox.uploads import CERTIFICATE, PUBLIC_KEY

from iamfa.account.entities import (
    ROOT_USER,
    AccessKey,
    Device,
    Group,
    InstanceProfile,
    LoginProfile,
    ManagedPolicy,
    PasswordPolicy,
    PolicyVersion,
    Role,
    User,
)
from iamfa.account.organization import ControlKind, ControlPolicy, Creation, Member, Organization, Unit
from iamfa.evaluate.credential import CredentialKind
from iamfa.sandbox.live import LiveAccount, Session, State, add_account, fresh_state
from iamfa.sandbox.other_credentials import OtherCredential
from iamfa.secret import Secret

START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def random_state(seed: int) -> State:
    """A sandbox, the same one for the same number."""
    chance = random.Random(seed)
    state = fresh_state("123456789012", system=lambda: START, seed=seed)
    _fill(state, state.account, chance)
    if chance.random() < 0.5:
        _fill(state, add_account(state, "210987654321", "aws"), chance)
    if chance.random() < 0.5:
        state.organization = _organization(state, chance)
    if chance.random() < 0.5:
        state.clock.advance(chance.uniform(-1e6, 1e6))
    if chance.random() < 0.3:
        state.clock.set(_moment(chance), still=True)
    state.lag.seconds = chance.choice((0.0, 2.5))
    state.settings.policy_arns_in_denials = chance.random() < 0.5
    state.settings.services = chance.random() < 0.5
    if chance.random() < 0.5:
        state.settings.assumptions = state.settings.assumptions.with_value("totp-window", chance.choice("012"))
    for _ in range(chance.randrange(3)):
        _session(state, chance)
    return state


def text(chance: random.Random) -> str:
    """A policy's text in one of the forms in which people and programs write them, some of them odd."""
    value: dict[str, Any] = {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "é", "Effect": "Allow", "Action": "iam:*", "Resource": "*"}],
    }
    return chance.choice(
        (
            json.dumps(value),
            json.dumps(value, indent=2),
            json.dumps(value, indent=4, ensure_ascii=False),
            " \t" + json.dumps(value) + "\n",
            '{"Version": "2012-10-17", "Statement": [], "Statement": [{"Effect": "Allow"}]}',
            '{"Statement": {"Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": 1.50e2}}}}',
            '{"Statement": {"Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": -0}}}}',
            "%7B%22not%22: really encoded",
            '["a list"]',
            "{ // with a comment\n}",
            '{"half": "\\ud800"}',
            "[" * 500 + "]" * 500,
        )
    )


def _moment(chance: random.Random) -> datetime:
    return START - timedelta(microseconds=chance.randrange(10**14))


def _maybe(chance: random.Random, value: Any) -> Any:
    return value if chance.random() < 0.5 else None


def _tags(chance: random.Random) -> tuple[tuple[str, str], ...]:
    return tuple((f"key{i}", chance.choice(("", "value"))) for i in range(chance.randrange(3)))


def _fill(state: State, account: LiveAccount, chance: random.Random) -> None:
    ids, arn = state.ids, f"arn:aws:iam::{account.number}"
    account.alias = _maybe(chance, "alias")
    for i in range(chance.randrange(3)):
        versions = tuple(PolicyVersion(f"v{n}", text(chance), _moment(chance)) for n in (2, 4, 11)[: i + 1])
        policy = ManagedPolicy(
            f"{arn}:policy/team/p{i}", f"p{i}", "/team/", ids.unique("ANPA"), _moment(chance), _moment(chance),
            versions, chance.choice(versions).id, chance.choice((11, 15)), _maybe(chance, "words"), _tags(chance),
        )  # fmt: skip
        account.policies[policy.arn] = policy
    policies = [*account.policies]

    def inline() -> dict[str, str]:
        return {f"inline{i}": text(chance) for i in range(chance.randrange(3))}

    def attached() -> tuple[str, ...]:
        return tuple(chance.sample(policies, chance.randrange(3)))

    for i in range(chance.randrange(3)):
        name = f"group{i}"
        account.groups[name] = Group(
            name, "/", ids.unique("AGPA"), f"{arn}:group/{name}", _moment(chance), inline(), attached()
        )
    for i in range(chance.randrange(4)):
        name = f"user{i}"
        groups = tuple(chance.sample([*account.groups], chance.randrange(len(account.groups) + 1)))
        account.users[name] = User(
            name, "/a/", ids.unique("AIDA"), f"{arn}:user/a/{name}", _moment(chance), _tags(chance), groups, inline(),
            attached(), _maybe(chance, policies[0]), _maybe(chance, _moment(chance)),
        )  # fmt: skip
        if chance.random() < 0.5:
            former = tuple(Secret(f"old {n}") for n in range(chance.randrange(3)))
            account.login_profiles[name] = LoginProfile(
                name,
                _moment(chance),
                chance.random() < 0.5,
                _maybe(chance, _moment(chance)),
                Secret("päss"),
                former,
                _maybe(chance, 7200),
            )
    for i in range(chance.randrange(3)):
        name = f"role{i}"
        account.roles[name] = Role(
            name, "/", ids.unique("AROA"), f"{arn}:role/{name}", _moment(chance), text(chance), _tags(chance), inline(),
            attached(), None, _maybe(chance, "what for"), 7200,
            *chance.choice(((None, None), (_moment(chance), None), (_moment(chance), "eu-1"))),
        )  # fmt: skip
        account.instance_profiles[name] = InstanceProfile(
            name, "/", ids.unique("AIPA"), f"{arn}:instance-profile/{name}", _moment(chance),
            chance.choice(((), (name,))), _tags(chance),
        )  # fmt: skip
    owners = [*account.users, ROOT_USER]
    for user in list(account.users.values())[:1]:
        trust = {"Effect": "Allow", "Principal": {"AWS": user.arn}, "Action": "sts:AssumeRole"}
        account.roles["friend"] = Role(
            "friend", "/", "AROAF", f"{arn}:role/friend", START, json.dumps({"Statement": trust}),
            trusted=((user.arn, user.id),),
        )  # fmt: skip
    for i in range(chance.randrange(4)):
        serial = chance.choice((f"{arn}:mfa/phone{i}", f"GAHT{i:08}"))
        account.devices[serial] = Device(
            serial, chance.choice(("virtual", "hardware", "fido")), _maybe(chance, chance.choice(owners)),
            _maybe(chance, _moment(chance)), _maybe(chance, _moment(chance)), _tags(chance),
            _maybe(chance, Secret(ids.seed())), chance.choice(({}, {"FIDO": "L1"})),
        )  # fmt: skip
        account.used_codes[serial] = chance.randrange(10**8)
        account.drifts[serial] = chance.randrange(-3, 4)
        account.out_of_step.update(_maybe(chance, [serial]) or ())
        key = AccessKey(
            ids.access_key(), chance.choice(owners), chance.choice(("Active", "Inactive", "Expired")), _moment(chance),
            _maybe(chance, Secret(ids.secret_key())), _maybe(chance, _moment(chance)), _maybe(chance, "eu-1"),
            _maybe(chance, "iam"),
        )  # fmt: skip
        account.access_keys[key.id] = key
    for user in account.users:
        kind, text_of_it = chance.choice((("ssh", PUBLIC_KEY), ("certificate", CERTIFICATE), ("service", "a.com")))
        other = OtherCredential(
            ids.unique("A"), kind, user, "Inactive", _moment(chance), text_of_it, _maybe(chance, "name"),
            _maybe(chance, Secret("word")),
        )  # fmt: skip
        account.other_credentials[other.id] = other
    if chance.random() < 0.5:
        account.password_policy = PasswordPolicy(
            14, True, False, True, False, True, _maybe(chance, 90), _maybe(chance, 5), _maybe(chance, True)
        )
    if chance.random() < 0.5:
        account.report = (_moment(chance), "user,mfa_active\nä,true")


def _organization(state: State, chance: random.Random) -> Organization:
    members = {
        number: Member(
            number,
            "name",
            "a@example.com",
            chance.choice(("r-1", "ou-1", "ou-2")),
            _moment(chance),
            chance.choice(("ACTIVE", "SUSPENDED")),
            chance.random() < 0.5,
        )
        for number in ("123456789012", "999999999999")
    }
    units = {"ou-1": Unit("ou-1", "one", "r-1"), "ou-2": Unit("ou-2", "two", "ou-1")}
    policies = {
        "p-1": ControlPolicy("p-1", "one", "SERVICE_CONTROL_POLICY", text(chance), "words", True),
        "p-2": ControlPolicy("p-2", "two", "RESOURCE_CONTROL_POLICY", text(chance)),
    }
    attached = {"r-1": ("p-1", "p-2"), "ou-2": ("p-1",)}
    kinds: tuple[ControlKind, ...] = chance.choice(
        ((), ("SERVICE_CONTROL_POLICY",), ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"))
    )
    tags = {each: _tags(chance) for each in ("ou-1", "p-1")}
    made = {
        "car-1": Creation("car-1", "one", _moment(chance), "999999999999"),
        "car-2": Creation("car-2", "two", _moment(chance), None, "EMAIL_ALREADY_EXISTS"),
    }
    return Organization("o-1", "999999999999", "r-1", members, units, policies, attached, kinds, tags, made)


_KINDS: tuple[CredentialKind, ...] = ("long-term-key", "token", "token-mfa", "console-mfa", "role", "federated")


def _session(state: State, chance: random.Random) -> None:
    ids = state.ids
    session = Session(
        ids.access_key("ASIA"), Secret(ids.secret_key()), Secret(ids.session_token()), state.main,
        chance.choice(_KINDS), _moment(chance), _moment(chance), _maybe(chance, "user0"),
        _maybe(chance, "AIDA1"), _maybe(chance, "role0"), _maybe(chance, "AROA1"), _maybe(chance, "name"),
        _maybe(chance, _moment(chance)), _maybe(chance, (text(chance),)), _tags(chance), ("key0",),
        _maybe(chance, "source"), chance.random() < 0.5,
    )  # fmt: skip
    state.sessions[session.key_id] = session
