"""An account is touched only when it was named and confirmed, and is left as it was found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.contract.clean_up import CleanUpError, clean_up
from tests.contract.rented import PROFILE, entities, live_in, rented
from tests.contract.stage import PREFIX, Stage, attempt, refusal
from tests.contract.values import Credentials, allow
from tests.contract.venue import ACCOUNT, LiveVenue, SandboxVenue, VenueRefused, venue_of
from tests.contract.venue import PROFILE as PROFILE_VARIABLE

import iamfa
from iamfa.otp import STEP_SECONDS


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[iamfa.Sandbox]:
    with rented(monkeypatch, tmp_path) as found:
        yield found


def test_without_a_named_profile_it_is_a_fresh_sandbox() -> None:
    for environment in ({}, {PROFILE_VARIABLE: "", ACCOUNT: "123456789012"}):
        venue = venue_of(environment)
        assert isinstance(venue, SandboxVenue) and not venue.live
        assert venue.client("iam").get_paginator("list_virtual_mfa_devices").paginate().build_full_result() == {
            "VirtualMFADevices": []
        }
        venue.close()


@pytest.mark.parametrize("account", ["", "12345678901", "1234567890123", "12345678901a", "１２３４５６７８９０１２"])
def test_a_profile_whose_account_is_not_confirmed_is_refused(box: iamfa.Sandbox, account: str) -> None:
    with pytest.raises(VenueRefused, match="the account is not confirmed"):
        venue_of({PROFILE_VARIABLE: PROFILE, ACCOUNT: account})
    assert not box.events, "nothing was called"


def test_a_profile_of_another_account_is_refused_before_anything_is_made(box: iamfa.Sandbox) -> None:
    with pytest.raises(VenueRefused, match="leads to another account") as raised:
        venue_of({PROFILE_VARIABLE: PROFILE, ACCOUNT: "210987654321"})
    assert "123456789012" not in str(raised.value), "the number of the account that was not meant is not shown"
    assert [event["eventName"] for event in _events(box)] == ["GetCallerIdentity"]


def _events(box: iamfa.Sandbox) -> list[dict[str, Any]]:
    return [dict(event) for event in box.events]


def test_a_profile_that_is_not_there_is_refused(box: iamfa.Sandbox) -> None:
    with pytest.raises(VenueRefused, match="does not lead to an account"):
        venue_of({PROFILE_VARIABLE: "elsewhere", ACCOUNT: "123456789012"})


def test_a_confirmed_profile_is_taken(box: iamfa.Sandbox) -> None:
    venue = venue_of({PROFILE_VARIABLE: PROFILE, ACCOUNT: "123456789012"})
    assert isinstance(venue, LiveVenue) and venue.live
    with pytest.raises(VenueRefused, match="no API to sign in"):
        venue.sign_in("alice", "password")


def test_time_is_that_of_the_account_not_of_this_machine(box: iamfa.Sandbox) -> None:
    behind = box.clock.now
    box.clock.advance(3600)
    early = behind()
    venue = LiveVenue(PROFILE, "123456789012", now=lambda: early.replace(year=early.year - 1), sleep=lambda _: None)
    assert abs((venue.now() - box.clock.now()).total_seconds()) < 2


def test_everything_that_was_made_goes_even_when_a_test_fails(box: iamfa.Sandbox) -> None:
    before = entities(box)
    with pytest.raises(ZeroDivisionError), Stage(live_in(box)) as stage:
        user = stage.user(allow("sts:*", Bool={"aws:SecureTransport": "true"}), *[allow("iam:GetUser")] * 40)
        stage.permit(user, allow("iam:GetUser"))
        stage.enable(user)
        stage.device()
        stage.iam.create_login_profile(UserName=user.name, Password="Correct-Horse-1")
        role = stage.role(None, allow("iam:GetUser"))
        assert entities(box) > before and role.name in entities(box)
        raise ZeroDivisionError
    assert entities(box) == before


def test_nothing_else_goes(box: iamfa.Sandbox) -> None:
    venue = live_in(box)
    iam = venue.client("iam")
    iam.create_user(UserName="iamfa")
    iam.create_user(UserName="a-" + PREFIX)
    iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")
    before = entities(box)
    with Stage(venue) as stage:
        stage.user()
    assert entities(box) == before


def test_what_cannot_be_removed_is_named_and_keeps_nothing_else_from_going(box: iamfa.Sandbox) -> None:
    stage = Stage(live_in(box))
    stuck, user = stage.user(), stage.user()
    stage.iam.create_group(GroupName="team")
    stage.iam.add_user_to_group(GroupName="team", UserName=stuck.name)
    with pytest.raises(CleanUpError) as raised:
        stage.close()
    assert stuck.arn in raised.value.message and user.arn not in raised.value.message
    assert user.name not in entities(box)


def test_what_cannot_be_looked_for_is_an_error_too(box: iamfa.Sandbox) -> None:
    with SandboxOwner(box) as powerless, pytest.raises(CleanUpError, match=r"ListUsers.*ListVirtualMFADevices"):
        clean_up(powerless, PREFIX)


class SandboxOwner:
    """A client of a user without permissions."""

    def __init__(self, box: iamfa.Sandbox) -> None:
        self._stage = Stage(live_in(box))

    def __enter__(self) -> Any:
        return self._stage.client("iam", self._stage.user())

    def __exit__(self, *_: object) -> None:
        self._stage.close()


def test_in_an_account_callers_wait_until_changes_are_seen(box: iamfa.Sandbox) -> None:
    with Stage(live_in(box)) as stage:
        user = stage.user(allow("iam:GetUser"))
        before = box.clock.now()
        iam = stage.client("iam", user)
        iam.get_user()
        waited = (box.clock.now() - before).total_seconds()
        iam.get_user()
        assert stage.venue.settling - 1 <= waited <= stage.venue.settling
        assert (box.clock.now() - before).total_seconds() == waited, "once for each change"


def test_codes_are_of_steps_that_have_begun_and_no_code_is_spent_twice(box: iamfa.Sandbox) -> None:
    with Stage(live_in(box)) as stage:
        user = stage.user()
        first, second = stage.enable(user), stage.enable(user)
        begun = box.clock.now()
        for device in (first, second, first):
            stage.session(user, device)
        passed = (box.clock.now() - begun).total_seconds()
        assert 2 * STEP_SECONDS < passed < 5 * STEP_SECONDS


def test_a_call_that_is_not_refused_fails_the_test(box: iamfa.Sandbox) -> None:
    with Stage(SandboxVenue()) as stage:
        sts = stage.client("sts")
        assert attempt(sts.get_caller_identity) is None
        with pytest.raises(pytest.fail.Exception, match="is not refused"):
            refusal(sts.get_caller_identity)


def test_a_root_user_does_not_hold_the_contract(box: iamfa.Sandbox, tmp_path: Path) -> None:
    class Root(LiveVenue):
        def client(self, service: str, credentials: Credentials | None = None) -> Any:
            return Answering({"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:root"})

    with pytest.raises(VenueRefused, match="root user"):
        Root(PROFILE, "123456789012")


class Answering:
    """A client that answers who calls; a sandbox makes no root user's key."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self._answer = answer

    def get_caller_identity(self) -> dict[str, Any]:
        return self._answer


def test_an_error_of_the_administrator_is_not_swallowed(box: iamfa.Sandbox) -> None:
    with Stage(live_in(box)) as stage, pytest.raises(ClientError, match="EntityAlreadyExists"):
        stage.user(name=stage.user().name)
