"""The flows and attacks against a walker without skill: no wrong `works`, no wrong `stopped`, and none withheld."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from tests.properties.plans import (
    AGES,
    ALICE,
    CONSOLE_MFA,
    LIFTS,
    LIFTS_BOUNDARY,
    LIFTS_EITHER,
    LIFTS_GRANT,
    PAIRS,
    TOKEN_MFA,
    Calls,
    against,
    attempts,
    lifting,
    persists,
    plans,
    two_keys,
)
from tests.properties.slow_walk import Walker
from tests.unit.lifecycle.worlds import AWS_PAGES, POLICIES, STORY

from iamfa.lifecycle.attacks import walk_attacks
from iamfa.lifecycle.flows import walk_flows
from iamfa.lifecycle.world import World
from iamfa.platform import Assumptions
from iamfa.policy.bundle import Bundle
from iamfa.policy.policy import Policy

# Policies


def statement(effect: str, actions: dict[str, Any], resource: Any, condition: Any) -> dict[str, Any]:
    return {"Effect": effect, **actions, **resource, **({"Condition": condition} if condition else {})}


DEVICE_ACTIONS = [
    "iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice", "iam:EnableMFADevice", "iam:DeactivateMFADevice",
    "iam:ResyncMFADevice", "iam:ListMFADevices", "iam:ChangePassword", "sts:GetSessionToken",
]  # fmt: skip
OTHER_ACTIONS = [
    "iam:CreateAccessKey", "iam:*LoginProfile", "iam:DetachUserPolicy", "iam:RemoveUserFromGroup",
    "iam:CreatePolicyVersion", "sts:AssumeRole", "signin:*", "iam:*", "iam:*MFADevice", "*", "s3:*",
    "iam:*ServiceSpecificCredential", "iam:CreateServiceSpecificCredential",
]  # fmt: skip
LISTS = st.lists(st.sampled_from(DEVICE_ACTIONS), min_size=1, max_size=7, unique=True)
ACTIONS = st.one_of(
    st.builds(lambda found: {"Action": found}, LISTS),
    st.builds(lambda found: {"Action": found}, st.sampled_from(OTHER_ACTIONS)),
    st.just({"Action": [*DEVICE_ACTIONS]}),
    st.just({"Action": "*"}),
    st.builds(lambda found: {"NotAction": found}, LISTS),
)
PATTERNS = [
    "*", "arn:aws:iam::*:mfa/*", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::*:mfa/${aws:username}",
    "arn:aws:iam::*:mfa/${aws:username}-*", "arn:aws:iam::*:mfa/phone", "arn:aws:iam::*:user/*",
    "arn:aws:iam::*:user/${aws:username}*", "arn:aws:iam::*:role/*", "arn:aws:iam::*:policy/ForceMFA",
]  # fmt: skip
BOTH = ["arn:aws:iam::*:mfa/*", "arn:aws:iam::*:user/${aws:username}"]
RESOURCES = st.one_of(
    st.builds(lambda found: {"Resource": found}, st.sampled_from(PATTERNS)),
    st.just({"Resource": "*"}),
    st.just({"Resource": BOTH}),
    st.builds(lambda found: {"NotResource": found}, st.sampled_from(PATTERNS[1:])),
)
WITHOUT_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
CONDITIONS = st.one_of(
    st.none(),
    st.just(WITHOUT_MFA),
    st.sampled_from([
        {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        {"Bool": {"aws:MultiFactorAuthPresent": "false"}},
        {"Null": {"aws:MultiFactorAuthAge": "true"}},
        {"NumericGreaterThan": {"aws:MultiFactorAuthAge": "300"}},
        {"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "900"}},
        {"NumericLessThan": {"aws:MultiFactorAuthAge": "301"}},
        {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
        {"Null": {"iam:RegisterSecurityKey": "true"}},
        {"StringEquals": {"iam:ServiceSpecificCredentialServiceName": "bedrock.amazonaws.com"}},
        {"StringNotEquals": {"iam:ServiceSpecificCredentialServiceName": "bedrock.amazonaws.com"}},
        {"Null": {"iam:ServiceSpecificCredentialServiceName": "true"}},
        {"NumericLessThanEquals": {"iam:ServiceSpecificCredentialAgeDays": "90"}},
        {"Null": {"iam:ServiceSpecificCredentialAgeDays": "true"}},
    ]),
)  # fmt: skip
STATEMENTS = st.builds(statement, st.sampled_from(["Allow", "Allow", "Deny"]), ACTIONS, RESOURCES, CONDITIONS)
PAGES: list[dict[str, Any]] = [
    {element: value for element, value in each.items() if element != "Sid"}
    for name in ("story-1-outdated.json", "story-2-required-only.json", "aws-p1.json", "aws-p4.json")
    for each in json.loads((POLICIES / name).read_text(encoding="utf-8"))["Statement"]
]
POLICY = st.lists(st.one_of(STATEMENTS, st.sampled_from(PAGES)), min_size=1, max_size=5)
NAMED = st.fixed_dictionaries(
    {"platform": st.sampled_from(["2023-04", "2023-04", "2022-11"])},
    optional={
        "deny-get-session-token": st.just("honoured"),
        "assumerole-code-counts-for-caller": st.sampled_from(["no", "yes"]),
        "code-guessing-limited": st.sampled_from(["no", "yes"]),
    },
)


@dataclass(frozen=True)
class Case:
    """The world as the machine has it, and the walker's."""

    world: World
    walker: Walker


def case_of(statements: list[dict[str, Any]], named: dict[str, str], boundary: Any = None) -> Case:
    policy = Policy.from_document({"Version": "2012-10-17", "Statement": statements})
    limit = Policy.from_document({"Version": "2012-10-17", "Statement": boundary}) if boundary else None
    bundle, assumptions = Bundle([policy], boundary=limit), Assumptions(named)
    return Case(World(bundle, ALICE, assumptions), Walker(bundle, ALICE, assumptions))


def agree_on_flows(case: Case, which: Callable[[str], bool]) -> set[str]:
    results = set()
    for found in walk_flows(case.world):
        if not which(found.flow):
            continue
        tried = list(plans(found.flow, found.credential, found.device))
        told = f"{found.flow} {found.credential} {found.device}: {found.result}, {found.detail}"
        works = all(case.walker.always("strict", each) for each in tried)
        if found.flow != "change-own-password" or found.result in ("works", "blocked"):
            assert works is (found.result == "works"), told
        if found.result == "blocked" and found.flow.startswith("assume-role"):
            assert not any(case.walker.ever("generous", each) for each in tried), told
        results.add(f"{found.flow}: {found.result}")
    return results


def expected(case: Case, attack: str, calls: Calls) -> tuple[bool, bool]:
    """Whether the attack succeeds, and whether it is stopped."""
    walker = case.walker
    if attack in ("stolen-mfa-session", "lift-enforcement"):
        aged = [replace(walker, age=age, answers={}) for age in AGES]
        if attack == "lift-enforcement":
            tried = [(each, [lifting(calls)]) for each in aged]
            return (
                any(each.always("strict", plan) for each, some in tried for plan in some),
                not any(each.ever("generous", plan) for each, some in tried for plan in some),
            )
        both = [persists(credential) for credential in (TOKEN_MFA, CONSOLE_MFA)]
        return (
            all(any(each.always("strict", plan) for plan in both) for each in aged),
            not any(each.ever("generous", plan) for each in aged for plan in both),
        )
    if attack in ("neighbour", "two-keys"):
        found = [against(*pair) if attack == "neighbour" else two_keys(pair[1], pair[0]) for pair in PAIRS]
    else:
        found = attempts(attack)
    return any(walker.always("strict", each) for each in found), not any(walker.ever("generous", p) for p in found)


def agree_on_attacks(case: Case, which: Callable[[str], bool], calls: Calls) -> set[str]:
    results = set()
    for found in walk_attacks(case.world):
        if which(found.attack):
            told = f"{found.attack}: {found.result}, {found.detail}"
            succeeds, stopped = expected(case, found.attack, calls)
            assert succeeds is (found.result == "succeeds"), told
            assert stopped is (found.result == "stopped"), told
            results.add(f"{found.attack}: {found.result}")
    return results


def calls_that_lift(statements: list[dict[str, Any]], boundary: Any = None) -> Calls:
    """What lifts an enforcement by Deny, by grant, by a boundary; without any, a Deny or a boundary elsewhere."""
    asking = [each["Effect"] for each in statements if "MultiFactorAuth" in json.dumps(each)]
    in_boundary = "MultiFactorAuth" in json.dumps(boundary)
    found: dict[str, tuple[str, ...]] = {**LIFTS_EITHER}
    if "Deny" in asking or not (asking or in_boundary):
        found.update(LIFTS)
    elif asking:
        found.update(LIFTS_GRANT)
    if in_boundary or not asking:
        found.update(LIFTS_BOUNDARY)
    return found


# The comparison

FLOWS = {
    "enrolment": ("enrol-first-device", "enrol-second-device", "retry-abandoned-enrolment"),
    "sessions": (
        "get-session",
        "work-with-mfa",
        "resync-device",
        "remove-device",
        "list-own-devices",
        "change-own-password",
    ),
    "losses": ("replace-lost-device", "lost-only-device"),
    "onward": ("cli-with-passkey", "assume-role-with-code", "assume-role-from-mfa-session"),
}
ATTACKS = {
    "keys": ("leaked-key-of-fresh-user", "leaked-key-of-enrolled-user", "reset-window", "foreign-seed"),
    "passwords and guesses": ("stolen-password", "guess-the-code"),
    "others": ("neighbour", "two-keys"),
    "sessions": ("stolen-mfa-session", "lift-enforcement"),
}
BOUNDARY = st.one_of(st.none(), st.none(), st.lists(STATEMENTS, min_size=1, max_size=2))


@pytest.mark.parametrize("group", FLOWS)
@given(POLICY, NAMED, BOUNDARY)
def test_a_flow_works_exactly_if_the_slow_walk_gets_there(
    group: str, statements: list[dict[str, Any]], named: dict[str, str], boundary: Any
) -> None:
    for result in agree_on_flows(case_of(statements, named, boundary), FLOWS[group].__contains__):
        event(result)


@pytest.mark.parametrize("group", ATTACKS)
@given(POLICY, NAMED, BOUNDARY)
def test_an_attack_succeeds_or_is_stopped_exactly_if_the_slow_walk_says_so(
    group: str, statements: list[dict[str, Any]], named: dict[str, str], boundary: Any
) -> None:
    case = case_of(statements, named, boundary)
    for result in agree_on_attacks(case, ATTACKS[group].__contains__, calls_that_lift(statements, boundary)):
        event(result)


@pytest.mark.parametrize("platform", ["2022-11", "2023-04"])
@pytest.mark.parametrize("name", [*STORY, *AWS_PAGES])
def test_both_walks_agree_on_the_policies_of_the_story_and_of_aws(name: str, platform: str) -> None:
    text = Policy.load(POLICIES / name)
    bundle, assumptions = Bundle([text]), Assumptions({"platform": platform})
    case = Case(World(bundle, ALICE, assumptions), Walker(bundle, ALICE, assumptions))
    agree_on_flows(case, lambda _: True)
    agree_on_attacks(case, lambda _: True, {**LIFTS, **LIFTS_EITHER})
