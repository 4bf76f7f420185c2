"""A sandbox that is saved and loaded is the same sandbox; and the snapshot of a real account makes one too."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.sandbox.direct import NUMBER, START, Direct
from tests.unit.sandbox.random_state import random_state

from iamfa.account import entities, organization, snapshot
from iamfa.account.details import SnapshotError
from iamfa.sandbox.live import LiveAccount, Session, Settings, State
from iamfa.sandbox.other_credentials import OtherCredential
from iamfa.sandbox.saved import load, save

seeds = st.integers(0, 2**32)


def system() -> datetime:
    return START


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(value))


@given(seeds)
def test_a_sandbox_that_is_loaded_is_saved_as_it_was(seed: int) -> None:
    value = save(random_state(seed))
    assert through_json(value) == value
    assert save(load(through_json(value), system, seed)) == value


@given(seeds)
def test_every_value_comes_back(seed: int) -> None:
    state = random_state(seed)
    loaded = load(through_json(save(state)), system)
    assert set(loaded.accounts) == set(state.accounts)
    for number, account in state.accounts.items():
        for each in fields(LiveAccount):
            assert getattr(loaded.accounts[number], each.name) == getattr(account, each.name), each.name
    for name in ("main", "organization", "sessions", "settings", "message_key"):
        assert getattr(loaded, name) == getattr(state, name), name
    assert loaded.clock.now() == state.clock.now()
    assert loaded.lag.seconds == state.lag.seconds


def test_no_field_is_forgotten() -> None:
    # Whoever adds a field decides here how it is saved: in `account/snapshot.py` or in `sandbox/saved.py`.
    counted = {
        kind: len(fields(kind))
        for kind in (
            entities.User, entities.Group, entities.Role, entities.InstanceProfile, entities.PolicyVersion,
            entities.ManagedPolicy, entities.Device, entities.AccessKey, entities.LoginProfile,
            entities.PasswordPolicy, organization.Member, organization.Unit, organization.ControlPolicy,
            organization.Creation, organization.Organization, LiveAccount, OtherCredential, Session, Settings, State,
        )
    }  # fmt: skip
    assert list(counted.values()) == [11, 7, 15, 7, 3, 11, 8, 8, 7, 9, 7, 3, 6, 5, 10, 18, 8, 18, 3, 11]


def test_a_clock_goes_on_by_its_offset_and_a_still_one_stands() -> None:
    box = Direct()
    box.state.clock.advance(3600)
    value = save(box.state)
    assert load(value, lambda: START + timedelta(days=1)).clock.now() == START + timedelta(days=1, hours=1)
    box.state.clock.set(START, still=True)
    value = save(box.state)
    assert load(value, lambda: START + timedelta(days=1)).clock.now() == START


def test_keys_and_sessions_still_sign_after_loading() -> None:
    state = random_state(3)
    loaded = load(save(state), system)
    for key in state.account.access_keys.values():
        held = loaded.account.access_keys[key.id].secret
        assert (held is None) == (key.secret is None)
        assert held is None or key.secret is None or held.reveal() == key.secret.reveal()


def test_the_layout_of_a_policy_comes_back_letter_for_letter() -> None:
    box = Direct()
    odd = '{ "Version":"2012-10-17",\t"Statement":[] }'
    box.account.users["administrator"].inline["odd"] = odd  # type: ignore[index]  # read-only by convention only
    value = through_json(save(box.state))
    assert value["sandbox"]["texts"]["user/administrator/inline/odd"] == odd
    assert load(value, system).account.users["administrator"].inline["odd"] == odd


def test_new_identifiers_are_the_same_for_the_same_seed_and_none_that_are_taken() -> None:
    box = Direct()
    value = save(box.state)
    first, again, other = (load(value, system, seed) for seed in (1, 1, 2))
    ids = [each.ids.unique("AIDA") for each in (first, again, other)]
    assert ids[0] == ids[1] != ids[2]
    assert box.account.users["administrator"].id not in ids


def test_the_snapshot_of_a_real_account_makes_a_sandbox_without_secrets() -> None:
    value = snapshot.write(random_state(5).account, None, START)
    loaded = load(through_json(value), system)
    assert loaded.account.users
    assert all(device.seed is None for device in loaded.account.devices.values())
    assert all(key.secret is None for key in loaded.account.access_keys.values())
    assert all(profile.password is None for profile in loaded.account.login_profiles.values())
    assert "arn:aws:iam::aws:policy/AdministratorAccess" in loaded.account.policies
    assert loaded.clock.now() == START


def put(value: Any, place: str, new: Any) -> None:
    *way, last = [int(part) if part.isdecimal() and len(part) < 4 else part for part in place.split("/")]
    for part in way:
        value = value[part]
    value[last] = new


SESSION = {
    "key_id": "ASIA1", "secret": "s", "token": "t", "account": NUMBER, "kind": "role",
    "issued": "2026-03-01T12:00:00Z", "expires": "2026-03-01T12:00:00Z",
}  # fmt: skip


OTHER = {
    "id": "ACCA1", "kind": "service", "user": "administrator", "status": "Active", "created": "2026-03-01T12:00:00Z",
    "text": "codecommit.amazonaws.com",
}  # fmt: skip


@pytest.mark.parametrize(
    ("place", "new", "message"),
    [
        ("version", 2, "`$.sandbox.version` is 2, and 1 is read"),
        ("seeds", {"phone": "A" * 64}, "`$.sandbox.seeds` has a secret for `phone`, which is not in the snapshot"),
        ("seeds", {"phone": "not base32!"}, "is no seed: seeds are base32"),
        ("secret_access_keys", {"AKIA9": "secret"}, "has a secret for `AKIA9`"),
        ("passwords", {"ghost": {"password": "x"}}, "has a secret for `ghost`"),
        ("texts", {"user/ghost/inline/p": "{}"}, "has a text for `user/ghost/inline/p`, which is not in the snapshot"),
        ("texts", {"policy/arn:aws:iam::aws:policy/AdministratorAccess/v1": "{}"}, "says something else than"),
        ("clock", {"offset_seconds": 1e15}, "`$.sandbox.clock` cannot be taken up"),
        ("clock", {"offset_seconds": 1e12}, "`$.sandbox.clock` cannot be taken up"),
        ("clock", {"offset_seconds": 2.3e11}, "`$.sandbox.clock` cannot be taken up"),
        ("clock", {"offset_seconds": "1"}, "offset_seconds` is no number of seconds"),
        ("lag_seconds", -1, "`$.sandbox.lag_seconds` is no delay between 0 and 86400 seconds"),
        ("settings", {"assumptions": {"moon": "full"}}, "`$.sandbox.settings.assumptions` cannot be taken up"),
        ("other_credentials", [{**OTHER, "user": "ghost"}], "other_credentials` has a credential for `ghost`"),
        ("other_credentials", [{**OTHER, "kind": "ssh"}], "other_credentials[0].text` is refused: The public key is"),
        ("other_credentials", [{**OTHER, "kind": "stamp"}], "other_credentials[0].kind` is `stamp`"),
        ("message_key", "secret", "`$.sandbox.message_key` is no key: keys are hexadecimal"),
        ("sessions", [{**SESSION, "account": "999999999999"}], "is `999999999999`, which is not there"),
        ("sessions", [{**SESSION, "kind": "magic"}], "`$.sandbox.sessions[0].kind` is `magic`"),
        ("sessions", [{**SESSION, "tags": [["a"]]}], "tags[0]` has 1 entries, and a tag is a key and a value"),
        ("accounts", [{"account": "1" * 12}], "`$.sandbox.accounts[0]`: `$` has no `version`"),
        (
            "accounts",
            [{"version": 1, "account": NUMBER, "authorization_details": {}}],
            "`$.sandbox.accounts[0]` is a second account",
        ),
    ],
)
def test_what_is_wrong_with_the_secrets_is_named_with_its_place(place: str, new: Any, message: str) -> None:
    value = through_json(save(Direct().state))
    put(value["sandbox"], place, new)
    with pytest.raises(SnapshotError) as caught:
        load(value, system)
    assert message in caught.value.message
    assert caught.value.hint


ODD: list[Any] = [
    None, True, 0, -1, 2**70, 10**5000, 1e308, float("nan"), "", "x", "*", "\ud800", [], {}, [[]], {"a": 1}, {1: 2},
    b"x", "arn:aws:iam::123456789012:user/x", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", -0.5,
]  # fmt: skip


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key in value if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


@given(seeds)
def test_whatever_stands_in_a_file_ends_in_a_sandbox_or_in_a_named_place(seed: int) -> None:
    chance = random.Random(seed)
    value = through_json(save(random_state(seed % 40)))
    for _ in range(chance.choice((1, 1, 3))):
        held, key = chance.choice(list(places(value)))
        if chance.random() < 0.2:
            del held[key]
        elif chance.random() < 0.2 and isinstance(held, list):
            held.append(deepcopy(held[key]))
        else:
            held[key] = chance.choice(ODD)
    try:
        loaded = load(value, system, 1)
    except SnapshotError as error:
        assert "`" in error.message
    else:
        assert save(loaded)["version"] == 1
