"""A lost device, with another one at hand and with none."""

from __future__ import annotations

import pytest
from tests.unit.lifecycle.worlds import DEVICES, OWN, allow, chosen, deny, flow, loaded, short, world_of

from iamfa.lifecycle.lost import HELPDESK
from iamfa.lifecycle.world import World

KEY = "long-term-key"
REPLACE, ONLY = "replace-lost-device", "lost-only-device"
WITHOUT_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
SELF_SERVICE = (
    allow("iam:CreateVirtualMFADevice", DEVICES),
    allow(["iam:EnableMFADevice", "iam:DeactivateMFADevice"], OWN),
)


@pytest.mark.parametrize("name", ["story-3-repaired.jsonc", "aws-p1.json", "aws-p2.json", "aws-p3.json"])
def test_the_lost_device_is_deactivated_in_a_session_with_the_other_and_a_new_one_enabled(name: str) -> None:
    by_key = flow(loaded(name), REPLACE, KEY, "virtual-any-name")
    assert (by_key.result, short(by_key.trace)) == (
        "works", [f"Session[{KEY}]", "Deactivate[token-mfa]", "Create[token-mfa]", "Enable[token-mfa]"],
    )  # fmt: skip
    in_console = flow(loaded(name), REPLACE, "console-mfa", "fido")
    assert (in_console.result, short(in_console.trace)) == (
        "works", ["Deactivate[console-mfa]", "Enable[console-mfa]", "Enable[console-mfa]"],
    )  # fmt: skip


def test_under_the_own_name_the_lost_device_must_be_deleted_first() -> None:
    found = flow(loaded("story-1-outdated.json"), REPLACE, KEY, "virtual-own-name")
    assert "Delete[token-mfa]" in short(found.trace) and found.result == "works"
    without = world_of(*SELF_SERVICE)
    assert flow(without, REPLACE, KEY, "virtual-any-name").result == "works"
    own = flow(without, REPLACE, KEY, "virtual-own-name")
    assert (own.result, own.detail) == ("not_decided", "only if another file grants iam:DeleteVirtualMFADevice")
    guarded = world_of(*SELF_SERVICE, deny("iam:DeleteVirtualMFADevice"))
    assert flow(guarded, REPLACE, KEY, "virtual-own-name").result == "blocked"
    console = flow(guarded, REPLACE, "console-mfa", "virtual-own-name")
    assert (console.result, console.assumption) == ("depends", "console-deletes-unassigned")


def test_who_may_not_deactivate_cannot_replace_and_the_lost_device_is_named() -> None:
    world = world_of(*SELF_SERVICE, deny("iam:DeactivateMFADevice"))
    for device in ("virtual-any-name", "virtual-own-name", "hardware"):
        found = flow(world, REPLACE, KEY, device)
        assert found.result == "blocked"
        assert found.refused is not None and found.refused.call == "iam:DeactivateMFADevice"


@pytest.mark.parametrize("device", ["virtual-any-name", "hardware", "fido"])
def test_after_the_helpdesk_the_user_signs_in_without_a_device_and_enrols_again(device: str) -> None:
    found = flow(loaded("aws-p3.json"), ONLY, "console", device)
    assert (found.result, found.detail) == ("works", HELPDESK)
    assert short(found.trace)[0] == "SignIn[console]" and short(found.trace)[-1] == "SignIn[console-mfa]"


def test_nobody_is_taken_to_delete_what_the_lost_device_leaves() -> None:
    found = flow(loaded("aws-p1.json"), ONLY, "console", "virtual-own-name")
    assert (found.result, found.assumption) == ("depends", "console-deletes-unassigned")
    for value, result in (("yes", "works"), ("no", "blocked")):
        assumed = loaded("aws-p1.json", console_deletes_unassigned=value)
        assert flow(assumed, ONLY, "console", "virtual-own-name").result == result
    assert flow(loaded("story-3-repaired.jsonc"), ONLY, "console", "virtual-own-name").result == "works"


def test_where_enrolling_needs_mfa_the_only_device_cannot_be_replaced_by_the_user() -> None:
    world = world_of(*SELF_SERVICE, deny("iam:EnableMFADevice", Condition=WITHOUT_MFA))
    for device in ("virtual-any-name", "hardware", "fido"):
        found = flow(world, ONLY, "console", device)
        assert found.result == "blocked" and found.detail is None
        assert flow(world, REPLACE, "console-mfa", device).result == "works", "with another device at hand he can"


def test_a_file_that_grants_nothing_decides_neither() -> None:
    world: World = world_of(allow("s3:*"), assumptions=chosen(platform="2022-11"))
    for name, credential in ((REPLACE, KEY), (ONLY, "console")):
        assert flow(world, name, credential, "hardware").result == "not_decided"
