"""A session with MFA in other hands, and the enforcement lifted with one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.lifecycle.test_attacks import variants
from tests.unit.lifecycle.worlds import (
    AWS_PAGES,
    POLICIES,
    STORY,
    allow,
    attack,
    deny,
    loaded,
    policy_of,
    short,
    world_of,
)

from iamfa.lifecycle import persistence
from iamfa.lifecycle.subject import Subject
from iamfa.lifecycle.world import World
from iamfa.policy.bundle import Bundle

STOLEN, LIFT = "stolen-mfa-session", "lift-enforcement"
WITHOUT_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
P1: list[dict[str, Any]] = json.loads((POLICIES / "aws-p1.json").read_text(encoding="utf-8"))["Statement"]


def older_than(seconds: str, operator: str = "NumericGreaterThan") -> dict[str, Any]:
    return {operator: {"aws:MultiFactorAuthAge": seconds}}


@pytest.mark.parametrize("name", [*STORY, "aws-p1.json", "aws-p2.json", "aws-p3.json"])
def test_a_stolen_session_with_mfa_enables_a_second_device(name: str) -> None:
    found = attack(loaded(name), STOLEN)
    assert (found.result, found.detail) == ("succeeds", None)
    assert set(variants(found)) == {"a session token", "a console session"}


def test_a_new_key_is_as_lasting_as_a_device() -> None:
    found = attack(world_of(allow("iam:CreateAccessKey")), STOLEN)
    assert (found.result, short(found.trace)) == ("succeeds", ["iam:CreateAccessKey[token-mfa]"])


def test_a_session_in_the_console_registers_a_passkey() -> None:
    fido = {"Null": {"iam:RegisterSecurityKey": "false"}}
    found = attack(world_of(allow("iam:EnableMFADevice", Condition=fido)), STOLEN)
    assert (found.result, short(found.trace)) == ("succeeds", ["Enable[console-mfa]", "Enable[console-mfa]"])
    assert variants(found)["a session token"][0] == "not_decided"


def test_what_no_file_grants_another_may() -> None:
    found = attack(loaded("aws-p5b.json"), STOLEN)
    assert (found.result, found.detail) == (
        "not_decided", "only if another file grants iam:CreateAccessKey, or another call that does the same",
    )  # fmt: skip


def test_a_deny_by_age_narrows_the_attack_to_young_sessions_and_says_how_young() -> None:
    found = attack(world_of(*P1, deny("iam:*", Condition=older_than("300"))), STOLEN)
    assert (found.result, found.detail) == ("depends", "0 to 300 seconds after the code, at other ages it is refused")
    assert found.assumption is None
    assert {words: result for words, (result, _) in variants(found).items()} == {
        "a session token, 0 to 300 seconds after the code": "succeeds",
        "a session token, 301 to 129600 seconds after the code": "stopped",
        "a console session, 0 to 300 seconds after the code": "succeeds",
        "a console session, 301 to 129600 seconds after the code": "stopped",
    }


def test_a_deny_by_age_that_forgets_a_way_does_not_stop_older_sessions() -> None:
    named = ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:CreateAccessKey"]
    found = attack(world_of(*P1, deny(named, Condition=older_than("300"))), STOLEN)
    assert (found.result, found.detail) == (
        "depends", "0 to 300 seconds after the code, at other ages it is not decided here",
    )  # fmt: skip
    broad = attack(world_of(allow("*"), deny(named, Condition=older_than("300"))), STOLEN)
    assert broad.result == "succeeds"
    own = deny("iam:*", "arn:aws:iam::*:user/${aws:username}", Condition=older_than("300"))
    others = attack(world_of(allow("*"), own), STOLEN)
    assert others.result == "succeeds", "a key of another user lasts as well"


def test_what_is_granted_to_no_age_is_not_decided_within_the_window() -> None:
    found = attack(world_of(allow("s3:*"), deny("iam:*", Condition=older_than("60.5"))), STOLEN)
    assert found.result == "not_decided"
    assert found.detail is not None and found.detail.startswith(
        "0 to 60 seconds after the code, at other ages it is refused"
    )


def test_a_deny_at_every_age_stops_it() -> None:
    assert attack(world_of(allow("*"), deny("iam:*")), STOLEN).result == "stopped"
    both = (deny("iam:*", Condition=older_than("300")), deny("iam:*", Condition=older_than("301", "NumericLessThan")))
    assert attack(world_of(allow("*"), *both), STOLEN).result == "stopped"
    gap = (deny("iam:*", Condition=older_than("300")), deny("iam:*", Condition=older_than("300", "NumericLessThan")))
    one = attack(world_of(allow("*"), *gap), STOLEN)
    assert (one.result, one.detail) == ("depends", "300 to 300 seconds after the code, at other ages it is refused")


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:MultiFactorAuthAge": "300"}},
        {"NumericGreaterThan": {"aws:MultiFactorAuthAge": [str(number) for number in range(100)]}},
        {"StringNotLike": {"aws:userid": "${aws:MultiFactorAuthAge}"}},
    ],
)
def test_ages_that_are_not_simply_compared_stay_open(condition: dict[str, Any]) -> None:
    found = attack(world_of(allow("*"), deny("iam:*", Condition=condition)), STOLEN)
    assert found.result == "depends"
    assert found.detail is not None and "hangs on" in found.detail


def test_that_an_age_is_there_is_no_comparison_of_ages() -> None:
    present = deny("iam:*", Condition={"Null": {"aws:MultiFactorAuthAge": "false"}})
    found = attack(world_of(allow("*"), present), STOLEN)
    assert found.result == "stopped"
    assert set(variants(found)) == {"a session token", "a console session"}


def test_an_age_that_was_told_is_the_session_s() -> None:
    old = deny("iam:*", Condition=older_than("300"))
    for age, result in (("200", "succeeds"), ("400", "stopped")):
        told = world_of(allow("*"), old, context={"aws:MultiFactorAuthAge": age})
        assert attack(told, STOLEN).result == result


def test_a_bound_that_no_session_reaches_and_one_that_is_no_number_change_nothing() -> None:
    for bound in ("129600", "1e400000000", "1000000000000"):
        assert attack(world_of(allow("*"), deny("iam:*", Condition=older_than(bound))), STOLEN).result == "succeeds"
    for bound in ("-1", "-1e9"):
        assert attack(world_of(allow("*"), deny("iam:*", Condition=older_than(bound))), STOLEN).result == "stopped"


# Lifting the enforcement


@pytest.mark.parametrize("name", [*STORY, *AWS_PAGES])
def test_who_can_lift_the_enforcement_is_not_decided_without_evidence(name: str) -> None:
    found = attack(loaded(name), LIFT)
    assert (found.result, found.detail) == (
        "not_decided", "only if another file grants iam:DetachUserPolicy, or another call that does the same",
    )  # fmt: skip
    assert set(variants(found)) == {"a policy of the user", "a policy of a group", "a managed policy"}


@pytest.mark.parametrize(
    ("action", "resource", "way"),
    [
        ("iam:DetachUserPolicy", "arn:aws:iam::*:user/${aws:username}", "a policy of the user"),
        ("iam:PutUserPolicy", "*", "a policy of the user"),
        ("iam:RemoveUserFromGroup", "arn:aws:iam::*:group/staff/*", "a policy of a group"),
        ("iam:DeleteGroupPolicy", "*", "a policy of a group"),
        ("iam:SetDefaultPolicyVersion", "arn:aws:iam::*:policy/team/Force-MFA", "a managed policy"),
        ("iam:CreatePolicyVersion", "*", "a managed policy"),
    ],
)
def test_one_granted_call_is_evidence_of_the_way_in_which_it_lifts(action: str, resource: str, way: str) -> None:
    found = attack(world_of(deny("*", Condition=WITHOUT_MFA), allow(action, resource)), LIFT)
    assert found.result == "succeeds"
    assert [words for words, (result, _) in variants(found).items() if result == "succeeds"] == [way]
    assert [call.call for call in found.trace] == [action]


def test_every_call_must_be_guarded_for_every_name() -> None:
    everything = [
        "iam:DetachUserPolicy", "iam:DeleteUserPolicy", "iam:PutUserPolicy", "iam:DetachGroupPolicy",
        "iam:DeleteGroupPolicy", "iam:PutGroupPolicy", "iam:RemoveUserFromGroup", "iam:CreatePolicyVersion",
        "iam:SetDefaultPolicyVersion",
    ]  # fmt: skip
    force = deny("*", Condition=WITHOUT_MFA)
    assert attack(world_of(force, allow("*"), deny(everything)), LIFT).result == "stopped"
    for action in everything:
        rest = [each for each in everything if each != action]
        assert attack(world_of(force, allow("*"), deny(rest)), LIFT).result == "succeeds", action
    named = deny(everything, ["arn:aws:iam::*:user/*", "arn:aws:iam::*:group/*", "arn:aws:iam::*:policy/F*"])
    assert attack(world_of(force, allow("*"), named), LIFT).result == "succeeds", "the policy may have another name"


def test_what_is_granted_with_mfa_only_is_lifted_by_another_grant_and_not_by_detaching() -> None:
    with_mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    for action, result in (("iam:DetachUserPolicy", "not_decided"), ("iam:AttachUserPolicy", "succeeds")):
        found = attack(world_of(allow(["s3:*", action], Condition=with_mfa)), LIFT)
        assert found.result == result
        assert set(variants(found)) == {
            "another policy for the user", "another policy for a group", "a managed policy",
        }  # fmt: skip
    forced = world_of(deny("*", Condition=WITHOUT_MFA), allow("iam:AttachUserPolicy", Condition=with_mfa))
    assert attack(forced, LIFT).result == "not_decided", "no grant lifts a Deny"


def test_a_boundary_that_forces_mfa_is_lifted_as_a_boundary() -> None:
    boundary = policy_of(allow("*"), deny("*", Condition=WITHOUT_MFA))
    found = attack(World(Bundle([policy_of(allow("iam:Delete*"))], boundary=boundary), Subject.of("alice")), LIFT)
    assert set(variants(found)) == {"a permissions boundary", "a managed policy"}
    assert [call.call for call in found.trace] == ["iam:DeleteUserPermissionsBoundary"]


def test_a_service_control_policy_is_lifted_in_the_organization() -> None:
    scp = policy_of(allow("*"), deny("*", Condition=WITHOUT_MFA))
    world = World(Bundle([policy_of(allow("iam:*"))], scps=[[scp]]), Subject.of("alice"))
    found = attack(world, LIFT)
    assert found.result == "not_decided"
    assert set(variants(found)) == {"a policy of the organization"}
    guarded = World(Bundle([policy_of(allow("*"))], scps=[[scp, policy_of(deny("organizations:*"))]]), Subject.of("a"))
    assert attack(guarded, LIFT).result == "stopped"


def test_without_one_name_of_each_kind_lifting_is_not_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persistence, "names_under", lambda *_, **__: None)
    found = attack(world_of(deny("*")), LIFT)
    assert found.result == "not_decided"
    assert found.detail is not None and "too many names" in found.detail
    assert attack(world_of(deny("*")), STOLEN).result == "not_decided"
