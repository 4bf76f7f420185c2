"""When a call can be made at all, and what it changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from iamfa.lifecycle import moves
from iamfa.lifecycle.moves import Attempt, Move, Person
from iamfa.lifecycle.state import Actor, Device, State, state_of
from iamfa.lifecycle.subject import Subject
from iamfa.platform import DEFAULTS

ALICE = Subject.of("alice")
PHONE = ALICE.device_arn("phone")
TOKEN = Device("GAHT12345678", "hardware", seed_with=Actor.USER)
KEY = ("long-term-key",)


def person(actor: Actor = Actor.USER, *names: str) -> Person:
    return Person(actor, Actor.USER, ALICE.user_arn, Actor.USER, ALICE.user_arn, names)


def neighbour(*names: str) -> Person:
    return Person(Actor.NEIGHBOUR, Actor.NEIGHBOUR, ALICE.neighbour_arn, Actor.USER, ALICE.user_arn, names)


def attempts(
    move: Move, state: State, who: Person | None = None, assumed: Callable[[str], str] = DEFAULTS.__getitem__
) -> list[Attempt]:
    return list(move(state, who or person(), ALICE, assumed))


def virtual(owner: Actor | None = None, seed_with: Actor | None = Actor.USER, *, in_sync: bool = True) -> Device:
    return Device(PHONE, "virtual", owner, seed_with, in_sync)


# Create and delete: authorised on the device


def test_creating_makes_an_unassigned_device_whose_seed_is_with_whoever_created_it() -> None:
    (found,) = attempts(moves.create, state_of((), KEY), person(Actor.THIEF, "phone"))
    assert (found.action, found.resource, found.credential) == ("iam:CreateVirtualMFADevice", PHONE, KEY[0])
    assert found.after.devices == {virtual(None, Actor.THIEF)}


def test_a_name_that_is_taken_cannot_be_created_again() -> None:
    for device in (virtual(Actor.USER), virtual(None, Actor.NEIGHBOUR), virtual(None, None)):
        assert attempts(moves.create, state_of((device,), KEY), person(Actor.USER, "phone")) == []


def test_the_console_clears_an_unassigned_device_away_if_that_is_assumed() -> None:
    left = state_of((virtual(None, None),), ("console",))
    (found,) = attempts(moves.create, left, person(Actor.USER, "phone"))
    assert found.after.devices == {virtual()}
    assert attempts(moves.create, left, person(Actor.USER, "phone"), lambda _: "no") == []
    assigned = state_of((virtual(Actor.NEIGHBOUR),), ("console",))
    assert attempts(moves.create, assigned, person(Actor.USER, "phone")) == []


def test_one_spare_device_is_enough() -> None:
    assert attempts(moves.create, state_of((virtual(),), KEY), person(Actor.USER, "other")) == []
    assert len(attempts(moves.create, state_of((virtual(None, Actor.NEIGHBOUR),), KEY), person(Actor.USER, "b"))) == 1


def test_only_unassigned_virtual_devices_are_deleted() -> None:
    state = state_of((virtual(), TOKEN), KEY)
    (found,) = attempts(moves.delete, state)
    assert (found.resource, found.after.devices) == (PHONE, {TOKEN})
    assert attempts(moves.delete, state_of((virtual(Actor.USER),), KEY)) == []


# Enable, deactivate, resync: authorised on the user


def test_any_unassigned_device_whose_seed_is_at_hand_can_be_enabled() -> None:
    found = attempts(moves.enable, state_of((virtual(), TOKEN), KEY))
    assert {a.resource for a in found} == {ALICE.user_arn}
    assert {d.owner for a in found for d in a.after.devices} == {None, Actor.USER}
    assert len(found) == 2


@pytest.mark.parametrize(
    "device", [virtual(None, Actor.THIEF), virtual(None, None), virtual(Actor.USER), virtual(Actor.NEIGHBOUR)]
)
def test_codes_need_the_seed_and_an_assigned_device_stays_assigned(device: Device) -> None:
    assert attempts(moves.enable, state_of((device,), KEY)) == []


def test_a_neighbour_enables_his_device_for_the_user() -> None:
    (found,) = attempts(moves.enable, state_of((virtual(None, Actor.NEIGHBOUR),), KEY), neighbour())
    assert found.resource == ALICE.user_arn
    assert found.after.devices == {virtual(Actor.USER, Actor.NEIGHBOUR)}


def test_a_virtual_device_stays_unassigned_after_deactivation_and_others_are_gone() -> None:
    (found,) = attempts(moves.deactivate, state_of((virtual(Actor.USER),), KEY), person(Actor.THIEF))
    assert (found.resource, found.after.devices) == (ALICE.user_arn, {virtual()})
    fido = Device("arn:aws:iam::123456789012:u2f/user/alice/key", "fido", Actor.USER, Actor.USER)
    token = Device("GAHT12345678", "hardware", Actor.USER, Actor.USER)
    for device in (fido, token):
        (found,) = attempts(moves.deactivate, state_of((device,), KEY))
        assert not found.after.devices
    assert attempts(moves.deactivate, state_of((virtual(), virtual(Actor.NEIGHBOUR)), KEY)) == []


def test_resync_is_for_own_devices_that_are_out_of_sync() -> None:
    drifted = virtual(Actor.USER, in_sync=False)
    (found,) = attempts(moves.resync, state_of((drifted,), KEY))
    assert (found.resource, found.after.devices) == (ALICE.user_arn, {virtual(Actor.USER)})
    assert attempts(moves.resync, state_of((virtual(Actor.USER),), KEY)) == []
    assert attempts(moves.resync, state_of((drifted,), KEY), person(Actor.THIEF)) == []


# FIDO


def test_fido_devices_are_registered_in_the_console_in_two_calls() -> None:
    (first,) = attempts(moves.register_fido, state_of((), ("console",)))
    assert (first.action, first.context) == ("iam:EnableMFADevice", (("iam:RegisterSecurityKey", "Create"),))
    assert not any(first.after.owned_by(Actor.USER))
    (second,) = attempts(moves.register_fido, first.after)
    assert second.context == (("iam:RegisterSecurityKey", "Activate"),)
    assert "iam:fido-certification" in second.unspecified
    (device,) = second.after.owned_by(Actor.USER)
    assert (device.kind, device.seed_with) == ("fido", Actor.USER)
    assert attempts(moves.register_fido, second.after) == []
    assert attempts(moves.register_fido, state_of((), ("long-term-key", "token-mfa"))) == []


def test_half_a_fido_registration_is_no_device_that_enable_takes() -> None:
    (first,) = attempts(moves.register_fido, state_of((), ("console",)))
    assert attempts(moves.enable, first.after) == []


# Sessions


def test_a_session_with_mfa_needs_a_code_of_an_own_enabled_device() -> None:
    (found,) = attempts(moves.session_with_code, state_of((virtual(Actor.USER),), KEY))
    assert (found.resource, found.after.credentials) == ("*", {"long-term-key", "token-mfa"})
    for device in (virtual(), virtual(Actor.USER, Actor.NEIGHBOUR), virtual(Actor.USER, in_sync=False)):
        assert attempts(moves.session_with_code, state_of((device,), KEY)) == []
    others = virtual(Actor.USER, Actor.NEIGHBOUR)
    assert attempts(moves.session_with_code, state_of((others,), KEY), neighbour()) == []


def test_a_session_without_mfa_needs_no_device() -> None:
    (found,) = attempts(moves.session_without_code, state_of((), KEY))
    assert found.after.credentials == {"long-term-key", "token"}


def test_signing_in_needs_the_password_and_the_device_of_who_has_one() -> None:
    assert attempts(moves.sign_in, state_of(())) == []
    (fresh,) = attempts(moves.sign_in, state_of((), password=True))
    assert fresh.after.credentials == {"console"}
    (shown,) = attempts(moves.sign_in, state_of((virtual(Actor.USER),), password=True))
    assert (shown.credential, shown.after.credentials) == ("console-mfa", {"console-mfa"})
    assert attempts(moves.sign_in, state_of((virtual(Actor.USER),), password=True), person(Actor.THIEF)) == []
    assert attempts(moves.sign_in, state_of((virtual(Actor.USER, in_sync=False),), password=True)) == []


def test_calls_are_tried_first_with_what_has_shown_mfa() -> None:
    found = attempts(moves.list_devices, state_of((), ("token", "console", "long-term-key", "token-mfa")))
    assert [a.credential for a in found] == ["token-mfa", "long-term-key", "console", "token"]
    assert {a.resource for a in found} == {ALICE.user_arn}


def test_what_the_user_works_on_is_a_resource_of_his_account() -> None:
    china = Subject.of("alice", partition="aws-cn", account="111122223333")
    (found,) = moves.work(state_of((), ("token-mfa",)), person(), china, DEFAULTS.__getitem__)
    assert found.resource == "arn:aws-cn:unheard-of:us-east-1:111122223333:thing/one"
    (password,) = attempts(moves.change_password, state_of((), ("console",)))
    assert password.after.done == {"iam:ChangePassword"}


# Guesses, roles, other people's keys


def test_guessing_asks_for_no_seed_and_only_where_wrong_codes_are_not_limited() -> None:
    state = state_of((virtual(Actor.USER, Actor.USER),), KEY)
    thief = person(Actor.THIEF)
    assert attempts(moves.session_with_code, state, thief) == []
    (found,) = attempts(moves.session_with_guess, state, thief)
    assert found.after.credentials == {"long-term-key", "token-mfa"}
    assert attempts(moves.session_with_guess, state, thief, lambda _: "yes") == []


def test_a_password_is_needed_to_guess_at_the_sign_in_and_a_passkey_has_no_code() -> None:
    thief = person(Actor.THIEF)
    (found,) = attempts(moves.sign_in_with_guess, state_of((virtual(Actor.USER),), (), password=True), thief)
    assert (found.action, found.credential) == (moves.SIGN_IN, "console-mfa")
    assert attempts(moves.sign_in_with_guess, state_of((virtual(Actor.USER),), KEY), thief) == []
    fido = Device("arn:aws:iam::123456789012:u2f/user/alice/key", "fido", Actor.USER, Actor.USER)
    assert attempts(moves.sign_in_with_guess, state_of((fido,), (), password=True), thief) == []


def test_a_code_for_a_role_is_seen_by_the_caller_s_policies_only_if_that_is_assumed() -> None:
    move = moves.assuming_with_code("arn:aws:iam::123456789012:role/r")
    state = state_of((virtual(Actor.USER),), KEY)
    (unseen,) = attempts(move, state)
    assert unseen.context == () and unseen.after.done == {"sts:AssumeRole"}
    (seen,) = attempts(move, state, assumed=lambda _: "yes")
    assert dict(seen.context)["aws:MultiFactorAuthPresent"] == "true"
    assert attempts(move, state_of((virtual(Actor.USER, None),), KEY)) == [], "a lost device gives no code"
    assert attempts(move, state_of((virtual(Actor.USER, in_sync=False),), KEY)) == []


def test_a_second_user_s_credentials_are_kept_apart() -> None:
    other = Person(
        Actor.THIEF, Actor.NEIGHBOUR, ALICE.neighbour_arn, Actor.USER, ALICE.user_arn, ("phone",), another=True
    )
    move = moves.signed_by(other, moves.create)
    assert attempts(move, state_of((), KEY)) == [], "the first user's key is not his"
    (found,) = attempts(move, State(credentials=frozenset(), of_another=frozenset(KEY)))
    assert found.by == other
    bare = moves.signed_by(other, moves.session_without_code)
    (session,) = attempts(bare, State(of_another=frozenset(KEY)))
    assert session.after.of_another == {"long-term-key", "token"} and session.after.credentials == frozenset()
