"""A key and something besides: guesses, a window, another key, an old seed."""

from __future__ import annotations

import pytest
from tests.unit.lifecycle.test_attacks import variants
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
from iamfa.lifecycle.theft import BROADLY_ALLOWED_BOTH

KEY = "long-term-key"
WITHOUT_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
OTHERS = {"Effect": "Deny", "Action": "iam:*", "NotResource": ["arn:aws:iam::*:user/${aws:username}", DEVICES]}


# Guesses


@pytest.mark.parametrize("name", [*STORY, *AWS_PAGES])
def test_whether_codes_can_be_guessed_hangs_on_what_aws_does_not_say(name: str) -> None:
    found = attack(loaded(name), "guess-the-code")
    assert (found.result, found.assumption) == ("depends", "code-guessing-limited")
    assert short(found.trace) == [f"Session[{KEY}]"]
    fido = {words: each for words, (each, _) in variants(found).items() if "FIDO" in words}
    assert set(fido.values()) == {"stopped"}
    unlimited = attack(loaded(name, code_guessing_limited="no"), "guess-the-code")
    assert (unlimited.result, short(unlimited.trace)) == ("succeeds", [f"Session[{KEY}]"])
    limited = attack(loaded(name, code_guessing_limited="yes"), "guess-the-code")
    assert (limited.result, limited.detail) == ("stopped", "AWS limits wrong codes, as assumed")


def test_no_policy_keeps_a_password_from_guessing() -> None:
    world = world_of(deny("*"), assumptions=chosen(code_guessing_limited="no", deny_get_session_token="honoured"))
    found = attack(world, "guess-the-code")
    assert (found.result, short(found.trace)) == ("succeeds", ["SignIn[console-mfa]"])
    assert variants(found)["the key, a virtual device"][0] == "stopped"


# A window


@pytest.mark.parametrize("name", [*STORY, "aws-p1.json", "aws-p2.json", "aws-p3.json"])
def test_while_the_device_is_removed_the_key_alone_enrols(name: str) -> None:
    found = attack(loaded(name), "reset-window")
    assert (found.result, short(found.trace)) == ("succeeds", [f"Create[{KEY}]", f"Enable[{KEY}]", f"Session[{KEY}]"])


def test_the_window_is_shut_where_a_first_device_needs_an_administrator() -> None:
    assert attack(loaded("aws-p4.json"), "reset-window").result == "stopped"
    assert attack(loaded("aws-p5b.json"), "reset-window").result == "not_decided"


def test_what_is_left_under_the_own_name_is_in_the_way_where_no_other_name_can_be_created() -> None:
    found = attack(loaded("story-1-outdated.json"), "reset-window")
    assert variants(found)["a removed device under the own name"][0] != "succeeds"
    with_delete = attack(loaded("story-2-required-only.json"), "reset-window")
    assert variants(with_delete)["a removed device under the own name"] == (
        "succeeds", [f"Delete[{KEY}]", f"Create[{KEY}]", f"Enable[{KEY}]", f"Session[{KEY}]"],
    )  # fmt: skip


# An old seed


def test_who_holds_the_seed_of_an_unassigned_device_needs_no_create() -> None:
    world = world_of(allow("iam:EnableMFADevice", OWN), deny("iam:CreateVirtualMFADevice", Condition=WITHOUT_MFA))
    found = attack(world, "foreign-seed")
    assert (found.result, short(found.trace)) == ("succeeds", [f"Enable[{KEY}]", f"Session[{KEY}]"])
    assert attack(world, "leaked-key-of-fresh-user").result == "stopped"
    guarded = world_of(allow("iam:EnableMFADevice", OWN), deny("iam:EnableMFADevice", Condition=WITHOUT_MFA))
    assert attack(guarded, "foreign-seed").result == "stopped"


def test_a_user_with_a_device_is_protected_from_old_seeds_by_aws_s_rule_alone() -> None:
    now = variants(attack(loaded("aws-p3.json"), "foreign-seed"))
    assert {words: result for words, (result, _) in now.items()} == {
        "no device": "succeeds",
        "a virtual device": "stopped",
        "a hardware token": "stopped",
        "a FIDO device": "stopped",
    }
    before = variants(attack(loaded("aws-p3.json", platform="2022-11"), "foreign-seed"))
    assert {result for result, _ in before.values()} == {"succeeds"}


# Two keys


def test_one_key_removes_the_other_s_device_and_the_other_key_enrols() -> None:
    world = world_of(
        allow("iam:DeactivateMFADevice"), allow("iam:CreateVirtualMFADevice"), allow("iam:EnableMFADevice", OWN)
    )
    found = attack(world, "two-keys")
    assert found.result == "succeeds"
    calls = [f"Create[{KEY}]", f"Deactivate[{KEY}]", f"Enable[{KEY}]", f"Session[{KEY}]"]
    assert sorted(short(found.trace)) == calls
    by = {call.call: call.resource for call in found.trace}
    assert by["iam:DeactivateMFADevice"] == by["iam:EnableMFADevice"]
    assert attack(world, "leaked-key-of-enrolled-user").result == "stopped", "each key alone is stopped"


def test_two_keys_need_a_broad_grant_and_without_evidence_of_one_it_is_not_decided() -> None:
    found = attack(loaded("aws-p1.json"), "two-keys")
    assert (found.result, found.detail) == ("not_decided", f"only if another file grants it: {BROADLY_ALLOWED_BOTH}")
    assert variants(found)["two users with the same policies"][0] == "stopped"
    with_evidence = world_of(
        {"Effect": "Deny", "NotAction": ["iam:*MFADevice"], "Resource": "*", "Condition": WITHOUT_MFA}, allow("*")
    )
    assert attack(with_evidence, "two-keys").result == "succeeds"


def test_a_second_deny_that_spares_the_own_user_alone_stops_two_keys() -> None:
    confined = world_of(allow("*"), OTHERS)
    assert attack(confined, "two-keys").result == "stopped"
    assert attack(confined, "neighbour").result == "stopped"
    assert attack(loaded("aws-p4.json"), "two-keys").result == "stopped"


def test_a_deny_that_spares_longer_names_too_stops_neither() -> None:
    loose = {**OTHERS, "NotResource": ["arn:aws:iam::*:user/${aws:username}*", DEVICES]}
    own_only = (loose, allow(["iam:EnableMFADevice", "iam:DeactivateMFADevice"], OWN))
    for name in ("two-keys", "neighbour"):
        found = attack(world_of(*own_only), name)
        assert found.result == "not_decided", f"{name}: whom another file allows everything reaches the longer name"


def test_without_one_name_of_each_kind_nothing_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world_module, "device_names", lambda *_, **__: None)
    for name in ("two-keys", "reset-window", "stolen-mfa-session"):
        found = attack(world_of(deny("*")), name)
        assert found.result == "not_decided", name
        assert found.detail is not None and "too many" in found.detail
