"""What a leaked key, a stolen password and a neighbour come to."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.lifecycle.worlds import (
    AWS_PAGES,
    DEVICES,
    OWN,
    STORY,
    allow,
    attack,
    chosen,
    deny,
    loaded,
    short,
    world_of,
)

from iamfa.lifecycle import world as world_module
from iamfa.lifecycle.attacks import BROADLY_ALLOWED, LONGER_NAME, ORDINARY, walk_attacks
from iamfa.lifecycle.result import AttackResult
from iamfa.lifecycle.subject import Subject

KEY = "long-term-key"
CREATE = ["iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice"]
WITHOUT_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}


def variants(found: AttackResult) -> dict[str, tuple[str, list[str]]]:
    return {v.device: (v.result, short(v.trace)) for v in found.variants}


@pytest.mark.parametrize("name", [*STORY, *AWS_PAGES])
def test_every_attack_is_walked_once_and_always_alike(name: str) -> None:
    found = walk_attacks(loaded(name))
    assert [a.attack for a in found] == [
        "leaked-key-of-fresh-user", "leaked-key-of-enrolled-user", "stolen-password", "neighbour", "stolen-mfa-session",
        "guess-the-code", "reset-window", "two-keys", "foreign-seed", "lift-enforcement",
    ]  # fmt: skip
    assert found == walk_attacks(loaded(name))
    assert walk_attacks(loaded(name), only=["two-keys"]) == tuple(a for a in found if a.attack == "two-keys")


@pytest.mark.parametrize("name", [*STORY, "aws-p1.json", "aws-p2.json", "aws-p3.json"])
def test_the_key_of_a_fresh_user_reaches_an_mfa_session_in_three_calls(name: str) -> None:
    found = attack(loaded(name), "leaked-key-of-fresh-user")
    assert (found.result, short(found.trace)) == (
        "succeeds", [f"Create[{KEY}]", f"Enable[{KEY}]", f"Session[{KEY}]"],
    )  # fmt: skip
    assert found.refused is None


def test_where_nobody_can_enrol_the_thief_cannot_either() -> None:
    world = loaded("aws-p4.json")
    for name in ("leaked-key-of-fresh-user", "leaked-key-of-enrolled-user", "stolen-password"):
        found = attack(world, name)
        assert found.result == "stopped"
        assert found.refused is not None and found.refused.by is not None
        assert found.refused.by.statement_sid == "BlockAllExceptListedIfNoMFA"


@pytest.mark.parametrize("name", ["aws-p5a.json", "aws-p5b.json"])
def test_a_file_that_grants_nothing_does_not_decide_about_a_fresh_user(name: str) -> None:
    found = attack(loaded(name), "leaked-key-of-fresh-user")
    assert (found.result, short(found.trace)) == (
        "not_decided", [f"Create[{KEY}]?", f"Enable[{KEY}]?", f"Session[{KEY}]"],
    )  # fmt: skip
    assert found.detail == "only if another file grants iam:CreateVirtualMFADevice, iam:EnableMFADevice"


def test_before_2023_a_key_alone_replaced_the_device_of_an_enrolled_user() -> None:
    found = attack(loaded("story-2-required-only.json", platform="2022-11"), "leaked-key-of-enrolled-user")
    three = [f"Create[{KEY}]", f"Enable[{KEY}]", f"Session[{KEY}]"]
    assert found.result == "succeeds"
    assert variants(found) == {
        "a device under the own name": ("succeeds", [f"Deactivate[{KEY}]", f"Delete[{KEY}]", *three]),
        "a device under another name": ("succeeds", three),
        "a hardware token": ("succeeds", three),
        "a FIDO device": ("succeeds", three),
    }
    assert short(found.trace) == three
    assert found.trace[0].resource.endswith(":mfa/own-user")


@pytest.mark.parametrize("name", [*STORY, "aws-p1.json", "aws-p2.json", "aws-p3.json"])
def test_since_2023_aws_itself_stops_the_key_of_an_enrolled_user(name: str) -> None:
    found = attack(loaded(name), "leaked-key-of-enrolled-user")
    assert found.result == "stopped"
    assert {v.result for v in found.variants} == {"stopped"}
    by_aws = [v for v in found.variants if v.trace[-1].by and v.trace[-1].by.platform]
    assert len(by_aws) >= 3
    assert all(v.trace[-1].by.platform == "own-device-needs-existing-mfa" for v in by_aws if v.trace[-1].by)


def test_the_rule_that_stops_the_attack_on_the_story_s_policy_is_named() -> None:
    found = attack(loaded("story-2-required-only.json"), "leaked-key-of-enrolled-user")
    assert found.refused is not None and found.refused.by is not None
    assert found.refused.by.platform == "own-device-needs-existing-mfa"


def test_a_device_whose_name_is_the_only_one_that_can_be_created_is_found() -> None:
    world = world_of(
        allow(CREATE, "arn:aws:iam::*:mfa/the-phone"),
        allow(["iam:EnableMFADevice", "iam:DeactivateMFADevice"], OWN),
    )
    before = type(world)(
        world.bundle, world.subject, world.assumptions.with_value("platform", "2022-11"), world.context
    )
    found = variants(attack(before, "leaked-key-of-enrolled-user"))
    assert found["a device under another name"] == (
        "succeeds", [f"Create[{KEY}]", f"Enable[{KEY}]", f"Session[{KEY}]"],
    )  # fmt: skip
    guarded = world_of(
        allow("iam:CreateVirtualMFADevice", "arn:aws:iam::*:mfa/the-phone"),
        allow(["iam:EnableMFADevice", "iam:DeactivateMFADevice"], OWN),
        deny("iam:DeleteVirtualMFADevice"),
        assumptions=before.assumptions,
    )
    assert attack(guarded, "leaked-key-of-enrolled-user").result == "succeeds"


def test_of_many_names_that_are_denied_one_of_each_kind_is_tried() -> None:
    listed = [f"arn:aws:iam::*:mfa/name-{number}" for number in range(40)]
    world = world_of(
        allow(CREATE, DEVICES), allow("iam:EnableMFADevice", OWN), deny("iam:CreateVirtualMFADevice", listed)
    )
    names = world.names()
    assert names is not None and len(names.free) == 41
    assert world.told_apart(world.subject.user_arn, names.free) == ("googleAuthentication", "name-0")
    assert world.told_apart(world.subject.user_arn, names.free, each=2) == ("googleAuthentication", "name-0", "name-1")
    assert attack(world, "leaked-key-of-fresh-user").result == "succeeds"


@pytest.mark.parametrize("name", [*STORY, "aws-p1.json", "aws-p2.json", "aws-p3.json"])
def test_a_stolen_password_of_a_fresh_user_reaches_a_console_session_with_mfa(name: str) -> None:
    found = attack(loaded(name), "stolen-password")
    assert (found.result, short(found.trace)) == (
        "succeeds", ["SignIn[console]", "Create[console]", "Enable[console]", "SignIn[console-mfa]"],
    )  # fmt: skip


def test_where_no_virtual_device_can_be_created_a_passkey_does_for_the_thief_with_the_password() -> None:
    world = world_of(allow("iam:EnableMFADevice", OWN), deny("iam:CreateVirtualMFADevice"))
    found = attack(world, "stolen-password")
    assert (found.result, short(found.trace)) == (
        "succeeds", ["SignIn[console]", "Enable[console]", "Enable[console]", "SignIn[console-mfa]"],
    )  # fmt: skip
    assert attack(world, "leaked-key-of-fresh-user").result == "stopped"


def test_demanding_mfa_for_enabling_closes_the_path() -> None:
    world = world_of(
        allow(CREATE, DEVICES), allow("iam:EnableMFADevice", OWN), deny("iam:EnableMFADevice", Condition=WITHOUT_MFA)
    )
    for name in ("leaked-key-of-fresh-user", "leaked-key-of-enrolled-user", "stolen-password"):
        assert attack(world, name).result == "stopped"


def test_an_address_that_nobody_told_leaves_the_attack_dependent_on_it() -> None:
    elsewhere = {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    world = world_of(
        allow(CREATE, DEVICES), allow("iam:EnableMFADevice", OWN), deny("iam:EnableMFADevice", Condition=elsewhere)
    )
    found = attack(world, "leaked-key-of-fresh-user")
    assert (found.result, found.assumption) == ("depends", None)
    assert found.detail == "hangs on `aws:SourceIp`, whose value was not told"


def test_what_is_granted_with_mfa_only_may_be_granted_without_by_another_file() -> None:
    world = world_of(allow("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}))
    for name in ("leaked-key-of-fresh-user", "stolen-password"):
        found = attack(world, name)
        assert found.result == "not_decided"
        assert found.detail == "only if another file grants iam:CreateVirtualMFADevice, iam:EnableMFADevice"
    assert attack(world, "leaked-key-of-enrolled-user").result == "stopped"


# The neighbour


def test_a_neighbour_cannot_touch_the_user_s_devices_but_with_a_grant_from_elsewhere() -> None:
    found = attack(loaded("aws-p1.json"), "neighbour")
    assert found.result == "not_decided"
    assert found.detail == f"only if another file grants it: {BROADLY_ALLOWED}"
    assert variants(found) == {
        ORDINARY: ("stopped", [f"Deactivate[{KEY}]!"]),
        LONGER_NAME: ("stopped", [f"Deactivate[{KEY}]!"]),
        BROADLY_ALLOWED: ("succeeds", [f"Create[{KEY}]", f"Enable[{KEY}]"]),
    }


def test_a_neighbour_is_stopped_where_even_a_broad_grant_does_not_help() -> None:
    found = attack(loaded("aws-p4.json"), "neighbour")
    assert found.result == "stopped"
    assert {v.result for v in found.variants} == {"stopped"}


def test_a_grant_on_every_user_lets_any_neighbour_take_the_device_away() -> None:
    found = attack(world_of(allow("iam:DeactivateMFADevice", "arn:aws:iam::*:user/*")), "neighbour")
    assert (found.result, short(found.trace)) == ("succeeds", [f"Deactivate[{KEY}]"])
    assert found.trace[0].resource == "arn:aws:iam::123456789012:user/own-user"
    assert found.detail is None


def test_a_pattern_that_only_ends_in_a_star_reaches_users_with_longer_names() -> None:
    world = world_of(allow("iam:*", "arn:aws:iam::*:user/${aws:username}*"))
    found = attack(world, "neighbour")
    assert found.result == "succeeds"
    assert variants(found)[ORDINARY][0] == "stopped"
    assert variants(found)[LONGER_NAME] == ("succeeds", [f"Deactivate[{KEY}]"])
    assert found.trace[0].resource == world.subject.neighbour_with_prefix


def test_aws_s_rule_of_2023_does_not_protect_from_others() -> None:
    world = world_of(allow("iam:*"))
    assert attack(world, "neighbour").result == "succeeds"
    assert attack(world, "leaked-key-of-enrolled-user").result == "stopped"


# Names that cannot be counted


def test_without_one_name_of_each_kind_only_a_success_is_certain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world_module, "device_names", lambda *_, **__: None)
    found = attack(loaded("story-3-repaired.jsonc"), "leaked-key-of-fresh-user")
    assert found.result == "succeeds"
    for name in ("leaked-key-of-enrolled-user", "neighbour"):
        other = attack(loaded("aws-p4.json"), name)
        assert other.result == "not_decided"
        assert other.detail is not None and "too many device names" in other.detail


# More denies, more grants

ACTIONS = st.sampled_from(["iam:*", "iam:*MFADevice", "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "s3:*", "*"])
RESOURCES = st.sampled_from(
    ["*", DEVICES, OWN, "arn:aws:iam::*:mfa/${aws:username}", "arn:aws:iam::*:user/*", "arn:aws:iam::*:mfa/a*"]
)
CONDITIONS = st.sampled_from(
    [{}, {"Condition": WITHOUT_MFA}, {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]
)
ALLOWS = st.builds(lambda a, r, more: allow(a, r, **more), ACTIONS, RESOURCES, CONDITIONS)
DENIES = st.builds(lambda a, r, more: deny(a, r, **more), ACTIONS, RESOURCES, CONDITIONS)
RANK = {"stopped": 0, "not_decided": 1, "depends": 2, "succeeds": 3}


def ranks(statements: list[dict[str, Any]], platform: str) -> list[int]:
    world = world_of(*statements, subject=Subject.of("alice"), assumptions=chosen(platform=platform))
    return [RANK[found.result] for found in walk_attacks(world)]


@pytest.mark.broad
@given(st.lists(ALLOWS | DENIES, min_size=1, max_size=4), ALLOWS, DENIES, st.sampled_from(["2022-11", "2023-04"]))
def test_a_further_deny_never_helps_the_thief_and_aws_s_rule_never_either(
    statements: list[dict[str, Any]], more: dict[str, Any], less: dict[str, Any], platform: str
) -> None:
    under = {each: ranks(statements, each) for each in ("2022-11", "2023-04")}
    before = under[platform]
    assert all(now <= then for now, then in zip(under["2023-04"], under["2022-11"], strict=True))
    assert all(with_deny <= rank for with_deny, rank in zip(ranks([*statements, less], platform), before, strict=True))
    after = ranks([*statements, more], platform)
    assert all(rank == RANK["succeeds"] for rank, did in zip(after, before, strict=True) if did == RANK["succeeds"])
