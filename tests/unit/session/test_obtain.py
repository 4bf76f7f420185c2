"""Sessions: kept ones first, then with a code, through roles; one process asks."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.terminal.people import EVERYTHING, Person, person
from tests.unit.session.stand import Stand, as_a_file, stand

import iamfa
from iamfa.errors import IamfaError
from iamfa.gateway.faults import AccessDeniedError, CredentialsError
from iamfa.session.cache import CacheError, Kept, NobodyCanAskError
from iamfa.session.obtain import Obtained, RoleRefusedError, obtain, owner_of, remaining


def made(at: Stand, profile: str | None = None, **options: object) -> Obtained:
    asked = at.wanted(profile, **options)
    return obtain(asked, at.means(asked))


def age(alice: Person, **changes: int) -> None:
    """Change what is kept of every session."""
    path = alice.cache / "sessions.json"
    document = json.loads(path.read_text())
    for entry in document["sessions"].values():
        entry.update(changes)
    path.write_text(json.dumps(document))


def test_one_code_serves_until_the_session_ends(alice: Person) -> None:
    at = stand(alice, alice.code)
    first, second = made(at), made(at)
    assert (first.fresh, second.fresh) == (True, False)
    assert second.kept == replace(first.kept, obtained=second.kept.obtained, mfa_at=second.kept.mfa_at)
    assert at.watched.commands == [
        "aws sts get-caller-identity --profile default",
        f"aws iam list-mfa-devices --user-name {alice.name} --profile default",
        f"aws sts get-session-token --serial-number {alice.serial('phone')} --token-code CODE --profile default",
    ]
    assert len(alice.calls("GetCallerIdentity")) == 1


def test_a_renewal_gives_another_session_even_at_once(alice: Person) -> None:
    first = made(stand(alice, alice.code))
    second = made(stand(alice, alice.code(steps=1)), renew=True)
    assert second.fresh
    assert second.kept.credentials.key_id != first.kept.credentials.key_id


def test_how_long_is_told_to_aws(alice: Person) -> None:
    at = stand(alice, alice.code)
    kept = made(at, seconds=900).kept
    assert 880 <= remaining(kept, datetime.now(UTC)).total_seconds() <= 901
    assert "--duration-seconds 900" in at.watched.commands[-1]
    assert remaining(kept, datetime.now(UTC) + timedelta(days=1)) == timedelta(0)
    endless = replace(kept, credentials=replace(kept.credentials, expires=None))
    with pytest.raises(IamfaError, match="does not say when it ends"):
        remaining(endless, datetime.now(UTC))


def test_a_code_that_is_too_old_is_asked_for_again(alice: Person) -> None:
    made(stand(alice, alice.code))
    assert not made(stand(alice), max_age=600).fresh
    age(alice, mfa_epoch=int(datetime.now(UTC).timestamp()) - 700)
    assert made(stand(alice, alice.code(steps=1)), max_age=600).fresh


def test_two_roles_share_the_users_session(alice: Person) -> None:
    for name in ("one", "two"):
        role = alice.role(f"{alice.name}-{name}")
        alice.profile(name, role_arn=role, source_profile="default", external_id="eleven", duration_seconds=900)
    at = stand(alice, alice.code)
    one, two = made(at, "one"), made(at, "two")
    assert one.kept.roles == (f"arn:aws:iam::{alice.account}:role/{alice.name}-one",)
    assert one.kept.mfa_at is not None
    assert (one.kept.mfa_at.replace(microsecond=0), one.kept.serial) == (two.kept.mfa_at, alice.serial("phone"))
    assert at.watched.commands[-1] == (
        f"aws sts assume-role --role-arn {two.kept.roles[0]} --role-session-name {alice.name} --external-id eleven "
        "--duration-seconds 900 --profile SESSION"
    )
    assert not made(stand(alice, asks=False), "one").fresh


def test_a_role_is_had_of_a_kept_session_though_nobody_can_be_asked(alice: Person) -> None:
    alice.profile("role", role_arn=alice.role(f"{alice.name}-role"), source_profile="default")
    made(stand(alice, alice.code))
    assert made(stand(alice, asks=False), "role").fresh


def test_chained_roles_last_an_hour_and_it_is_said(alice: Person) -> None:
    first = alice.role(f"{alice.name}-first")
    second = alice.role(f"{alice.name}-second", by=first, trust={})
    alice.profile("first", role_arn=first, source_profile="default")
    alice.profile("second", role_arn=second, source_profile="first", duration_seconds=7200)
    at = stand(alice, alice.code)
    kept = made(at, "second").kept
    assert kept.roles == (first, second)
    assert any("lasts an hour instead of 2" in each for each in at.watched.told)
    assert remaining(kept, datetime.now(UTC)) <= timedelta(hours=1)


def test_a_longer_role_is_assumed_with_the_code(alice: Person) -> None:
    role = alice.role(f"{alice.name}-long", longest=14_400)
    alice.profile("long", role_arn=role, source_profile="default", duration_seconds=14_400)
    at = stand(alice, alice.code)
    kept = made(at, "long").kept
    assert remaining(kept, datetime.now(UTC)) > timedelta(hours=3, minutes=58)
    assert "for 4 h the role is assumed with the key and a code" in at.watched.told[0]
    with pytest.raises(NobodyCanAskError):
        made(stand(alice, asks=False), "long", renew=True)


def test_a_longer_role_is_refused_where_nothing_may_be_done_without_a_session(
    box: iamfa.Sandbox, tmp_path: Path
) -> None:
    without = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    allowed = ["iam:ListMFADevices", "sts:GetSessionToken"]
    denied = {"Effect": "Deny", "NotAction": allowed, "Resource": "*", "Condition": without}
    bob = person(box, tmp_path / "bob", statements=(EVERYTHING, denied))
    role = bob.role(f"{bob.name}-long", longest=14_400)
    bob.profile("long", role_arn=role, source_profile="default", duration_seconds=14_400)
    with pytest.raises(AccessDeniedError) as told:
        made(stand(bob, bob.code), "long")
    assert "without the duration the role is assumed from a session" in str(told.value.hint)


def test_a_refused_role_says_which_policies_decide(alice: Person) -> None:
    stranger = f"arn:aws:iam::{alice.account}:user/nobody-there"
    closed = alice.role(f"{alice.name}-closed", by=f"arn:aws:iam::{alice.account}:role/{alice.name}-other")
    first = alice.role(f"{alice.name}-other")
    chained = alice.role(f"{alice.name}-chained", by=first)
    alice.profile("closed", role_arn=closed, source_profile="default")
    alice.profile("first", role_arn=first, source_profile="default")
    alice.profile("chained", role_arn=chained, source_profile="first")
    at = stand(alice, alice.code)
    with pytest.raises(RoleRefusedError) as told:
        made(at, "closed")
    assert f"may not assume `{closed}` (profile `closed`)" in told.value.message
    assert f"the session has MFA, with the device `{alice.serial('phone')}`" in str(told.value.hint)
    with pytest.raises(RoleRefusedError) as told:
        made(at, "chained")
    assert "a trust policy that demands MFA refuses a role that is assumed by another role" in str(told.value.hint)
    assert stranger not in told.value.message


def test_where_nobody_can_be_asked_the_command_is_told_or_a_short_session_serves(alice: Person) -> None:
    with pytest.raises(NobodyCanAskError) as told:
        made(stand(alice, asks=False))
    assert told.value.hint == "run `iamfa login --profile default` in a terminal, and then this again"
    first = made(stand(alice, alice.code))
    soon = int(datetime.now(UTC).timestamp()) + 200
    age(alice, expires_at=soon)
    at = stand(alice, asks=False)
    assert made(at).kept.credentials.key_id == first.kept.credentials.key_id
    assert "run `iamfa login --renew --profile default` in a terminal" in at.watched.told[-1]
    age(alice, expires_at=soon - 170)
    with pytest.raises(NobodyCanAskError):
        made(stand(alice, asks=False))


def test_where_nothing_can_be_kept_a_session_is_had_all_the_same(alice: Person) -> None:
    alice.profile("role", role_arn=alice.role(f"{alice.name}-role"), source_profile="default")
    with as_a_file(alice.cache):
        at = stand(alice, alice.code)
        found = made(at, "role")
        assert (found.fresh, found.is_kept, len(at.watched.told)) == (True, False, 1)
        with pytest.raises(CacheError):
            made(stand(alice, asks=False))


def test_a_session_that_cannot_be_written_down_serves_once_and_it_is_said(alice: Person) -> None:
    (alice.cache / "sessions.json").mkdir(parents=True)
    at = stand(alice, alice.code)
    found = made(at)
    assert (found.fresh, found.is_kept) == (True, False)
    assert at.watched.told[0].startswith("the session is not kept, and is asked for anew: ")


def test_whose_a_key_is_is_asked_once(alice: Person) -> None:
    at = stand(alice)
    asked = at.wanted()
    assert owner_of(asked, at.means(asked)) == owner_of(asked, at.means(asked))
    assert len(alice.calls("GetCallerIdentity")) == 1
    assert at.watched.commands == ["aws sts get-caller-identity --profile default"]


def test_a_key_that_is_nobodys_is_an_error_of_awss(alice: Person) -> None:
    at = stand(alice)
    asked = at.wanted()
    keys = replace(asked.keys, key_id="AKIANOBODYSKEYATALLX")
    with pytest.raises(CredentialsError):
        obtain(replace(asked, keys=keys), at.means(asked))


def test_a_session_that_aws_ended_early_is_no_role(alice: Person) -> None:
    """The sandbox forgets it, as AWS does with the user's sessions when the user goes."""
    alice.profile("role", role_arn=alice.role(f"{alice.name}-role"), source_profile="default")
    key_id = made(stand(alice, alice.code)).kept.credentials.key_id
    alice.box.call(lambda state: state.sessions.pop(key_id))
    with pytest.raises(CredentialsError) as told:
        made(stand(alice), "role")
    assert str(told.value.hint).endswith("get a new one: `iamfa login --renew --profile role`")


def test_whoever_waits_for_another_process_is_told_how_long(alice: Person) -> None:
    kept = made(stand(alice, alice.code)).kept
    at = stand(alice)
    asked = at.wanted()
    means = at.means(asked)
    means.cache.forget([kept.key])
    asking = threading.Event()

    def ask() -> Kept:
        asking.set()
        while not at.watched.others_for:
            time.sleep(0.01)
        means.cache.keep(kept)
        return kept

    turn = means.cache.turn(kept.key, find=lambda: None)
    other = threading.Thread(target=lambda: turn.take(ask, can_ask=True), daemon=True)
    other.start()
    assert asking.wait(5)
    found = obtain(asked, means)
    other.join(5)
    assert not found.fresh
    assert found.kept.credentials.key_id == kept.credentials.key_id
    assert 0 < at.watched.others_for[0] < 5
