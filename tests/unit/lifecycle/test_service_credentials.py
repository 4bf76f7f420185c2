"""A stolen session and credentials for one service: the service that AWS sends, and the days that a caller may name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.unit.lifecycle.worlds import allow, deny, world_of

from iamfa.lifecycle.attacks import walk_attacks
from iamfa.lifecycle.moves import NOTHING_MORE
from iamfa.lifecycle.result import AttackResult
from iamfa.lifecycle.service_credentials import (
    CREATE_FOR_SERVICE,
    DAYS,
    RESET_FOR_SERVICE,
    SERVICE,
    SERVICES,
    sent_with,
)
from iamfa.lifecycle.world import World

BOTH = pytest.mark.parametrize("action", [CREATE_FOR_SERVICE, RESET_FOR_SERVICE])
BEDROCK, GIT = "bedrock.amazonaws.com", "codecommit.amazonaws.com"


def stolen(world: World) -> AttackResult:
    (found,) = walk_attacks(world, ("stolen-mfa-session",))
    return found


def granted(action: str, condition: Mapping[str, Any]) -> World:
    """Nothing but this call, under the condition; whatever else lasts is denied."""
    others = {"Effect": "Deny", "NotAction": action, "Resource": "*"}
    return world_of(allow(action, Condition=condition), others)


def denied(action: str, *conditions: Mapping[str, Any]) -> World:
    """Nothing but this call, unless one of the conditions is fulfilled."""
    others = {"Effect": "Deny", "NotAction": action, "Resource": "*"}
    return world_of(allow("*"), others, *(deny(action, Condition=each) for each in conditions))


def sent(world: World, action: str) -> list[tuple[str | None, str | None]]:
    """Service and days of each of the things that may be sent."""
    found = [dict(each.context) for each in sent_with(world, action)]
    return [(each.get(SERVICE), each.get(DAYS)) for each in found]


@BOTH
@pytest.mark.parametrize("service", SERVICES)
def test_a_grant_for_one_service_is_enough(action: str, service: str) -> None:
    found = stolen(granted(action, {"StringEquals": {SERVICE: service}}))
    assert (found.result, [call.call for call in found.trace]) == ("succeeds", [action])


@BOTH
def test_a_grant_for_a_service_that_has_no_such_credentials_is_none(action: str) -> None:
    assert stolen(granted(action, {"StringEquals": {SERVICE: "s3.amazonaws.com"}})).result == "not_decided"


@BOTH
def test_aws_always_sends_the_service(action: str) -> None:
    without = {"Null": {SERVICE: "true"}}
    assert stolen(granted(action, without)).result == "not_decided"
    assert stolen(denied(action, without)).result == "succeeds"
    assert stolen(granted(action, {"Null": {SERVICE: "false"}})).result == "succeeds"
    assert stolen(denied(action, {"Null": {SERVICE: "false"}})).result == "stopped"


@BOTH
def test_a_deny_must_name_every_service(action: str) -> None:
    assert stolen(denied(action, {"StringEquals": {SERVICE: list(SERVICES)}})).result == "stopped"
    for service in SERVICES:
        rest = [each for each in SERVICES if each != service]
        assert stolen(denied(action, {"StringEquals": {SERVICE: rest}})).result == "succeeds", service


def test_a_key_may_be_asked_for_some_days_and_for_ever() -> None:
    at_most = {"NumericLessThanEquals": {DAYS: "90"}}
    assert stolen(granted(CREATE_FOR_SERVICE, at_most)).result == "succeeds"
    assert stolen(granted(CREATE_FOR_SERVICE, {"Null": {DAYS: "true"}})).result == "succeeds"
    assert stolen(granted(CREATE_FOR_SERVICE, {"Null": {DAYS: "false"}})).result == "succeeds"
    assert stolen(denied(CREATE_FOR_SERVICE, {"NumericGreaterThan": {DAYS: "90"}})).result == "succeeds"
    forever = {"Null": {DAYS: "true"}}
    assert stolen(denied(CREATE_FOR_SERVICE, forever, at_most)).result == "succeeds", "91 days"
    any_days = {"NumericGreaterThanEquals": {DAYS: "1"}}
    assert stolen(denied(CREATE_FOR_SERVICE, forever, any_days)).result == "stopped"
    assert stolen(granted(CREATE_FOR_SERVICE, {"NumericLessThan": {DAYS: "1"}})).result == "not_decided"
    assert stolen(granted(CREATE_FOR_SERVICE, {"NumericGreaterThan": {DAYS: "36600"}})).result == "not_decided"


@pytest.mark.parametrize("service", SERVICES)
def test_days_are_named_only_for_services_that_take_keys(service: str) -> None:
    some_days = {"StringEquals": {SERVICE: service}, "NumericLessThan": {DAYS: "90"}}
    takes_keys = service not in (GIT, "cassandra.amazonaws.com")
    result = stolen(granted(CREATE_FOR_SERVICE, some_days)).result
    assert result == ("succeeds" if takes_keys else "not_decided")


def test_a_password_that_is_made_anew_has_no_days() -> None:
    assert stolen(granted(RESET_FOR_SERVICE, {"Null": {DAYS: "true"}})).result == "succeeds"
    assert stolen(granted(RESET_FOR_SERVICE, {"NumericLessThan": {DAYS: "90"}})).result == "not_decided"


@pytest.mark.parametrize(
    "condition",
    [
        {"StringLike": {DAYS: "9*"}},
        {"NumericLessThan": {DAYS: [str(number) for number in range(6)]}},
        {"StringLike": {"aws:userid": "*${iam:ServiceSpecificCredentialAgeDays}"}},
    ],
)
def test_days_that_are_not_simply_compared_stay_open(condition: dict[str, Any]) -> None:
    found = stolen(granted(CREATE_FOR_SERVICE, condition))
    assert found.result == "depends"
    assert found.detail is not None and "hangs on" in found.detail


def test_no_more_is_tried_than_policies_tell_apart() -> None:
    plain = world_of(allow("*"))
    assert sent(plain, CREATE_FOR_SERVICE) == sent(plain, RESET_FOR_SERVICE) == [(GIT, None)]
    assert sent_with(plain, "iam:CreateAccessKey") == (NOTHING_MORE,)
    by_days = world_of(allow("*", Condition={"NumericLessThan": {DAYS.lower(): "30.5"}}))
    days = ("1", "30", "31", "32", "36600")
    assert sent(by_days, CREATE_FOR_SERVICE) == [(GIT, None), (BEDROCK, None), *((BEDROCK, each) for each in days)]
    assert sent(by_days, RESET_FOR_SERVICE) == [(GIT, None)]
    by_presence = world_of(allow("*", Condition={"Null": {DAYS: "false"}}))
    assert sent(by_presence, CREATE_FOR_SERVICE) == [(GIT, None), (BEDROCK, None), (BEDROCK, "1")]
    by_service = world_of(allow("*", "arn:aws:iam::*:user/${iam:ServiceSpecificCredentialServiceName}"))
    assert sent(by_service, RESET_FOR_SERVICE) == [(service, None) for service in SERVICES]


def test_what_was_told_is_sent_as_it_was_told() -> None:
    only = allow(CREATE_FOR_SERVICE, Condition={"StringEquals": {SERVICE: BEDROCK}, "NumericEquals": {DAYS: "7"}})
    for service, days, result in ((BEDROCK, "7", "succeeds"), (BEDROCK, "8", "not_decided"), (GIT, "7", "not_decided")):
        told = world_of(only, context={SERVICE.lower(): service, DAYS: days})
        assert sent(told, CREATE_FOR_SERVICE) == [(None, None)]
        assert stolen(told).result == result
    some_days = allow(CREATE_FOR_SERVICE, Condition={"NumericLessThan": {DAYS: "90"}})
    for service, result in ((BEDROCK, "succeeds"), (GIT, "not_decided")):
        assert stolen(world_of(some_days, context={SERVICE: service})).result == result
