"""Which of the user's own policies blocks which flow, by evaluation, with no more claimed than was read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.device.stage import EVERYTHING, Stage

from iamfa.device.inventory import Inventory, inventory
from iamfa.device.own_user import OwnUser
from iamfa.sandbox.embedded import Sandbox
from iamfa.sandbox.seeding import add_fido_device, add_hardware_device
from iamfa.secret import Secret
from iamfa.session.doctor_checkup import ROWS, Checkup
from iamfa.session.doctor_policies import policy_checkups

FLOWS = [row.id for row in ROWS if row.id.startswith("flow-")]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Sandbox(seed=9, services=False) as box:
        yield Stage(box)


def allow(*actions: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def deny(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Sid": "No", "Effect": "Deny", "Action": list(actions), "Resource": "*", **more}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def looked_at(stage: Stage, user: OwnUser, *, known: bool = True) -> dict[str, Checkup]:
    caller = stage.calls(user.name)
    listed: Inventory = inventory(stage.admin, user)
    return {each.id: each for each in policy_checkups(caller, user, listed.devices if known else None)}


READS = allow("iam:Get*", "iam:List*")
ALL = allow("*")
OWN_NAME = "arn:aws:iam::*:mfa/${aws:username}"
OWN_USER = "arn:aws:iam::*:user/${aws:username}"
WITHOUT_MFA = {"Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}

BLOCKED: tuple[tuple[str, bool, str, tuple[dict[str, Any], ...], str], ...] = (
    ("flow-enrol-first-device", False, "problem", (ALL, deny("iam:CreateVirtualMFADevice")), "the statement `No` in"),
    (
        "flow-enrol-first-device",
        False,
        "warning",
        (
            READS,
            allow("iam:CreateVirtualMFADevice", resource=OWN_NAME),
            allow("iam:EnableMFADevice", resource=OWN_USER),
        ),
        "blocked under every name but the user's own",
    ),
    ("flow-enrol-first-device", False, "problem", (READS,), "no policy of the user allows it"),
    ("flow-enrol-second-device", True, "warning", (ALL, deny("iam:EnableMFADevice")), "`iam:EnableMFADevice`"),
    (
        "flow-work-with-mfa",
        True,
        "problem",
        (ALL, {"Sid": "No", "Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "Resource": "*"}),
        "in a session with MFA is refused, the statement `No`",
    ),
    ("flow-resync-device", True, "warning", (ALL, deny("iam:ResyncMFADevice")), "to resynchronise a device is blocked"),
    ("flow-remove-device", True, "warning", (ALL, deny("iam:DeactivateMFADevice")), "to remove a device is blocked"),
    (
        "flow-list-own-devices",
        True,
        "warning",
        (ALL, deny("iam:ListMFADevices")),
        "the statement `No` in the policy `own`",
    ),
    (
        "flow-list-own-devices",
        True,
        "warning",
        (ALL, deny("iam:ListMFADevices", **WITHOUT_MFA)),
        "is blocked without MFA",
    ),
    ("policies", False, "unknown", (deny("iam:*"),), "no policy of `"),
    ("policies", False, "unknown", (ALL, deny("iam:ListGroupsForUser")), "1 policy was read of"),
)


@pytest.mark.parametrize(("id_", "has_device", "state", "statements", "words"), BLOCKED)
def test_what_blocks_is_named(
    stage: Stage, id_: str, has_device: bool, state: str, statements: tuple[dict[str, Any], ...], words: str
) -> None:
    user = stage.user(policy(*statements))
    if has_device:
        stage.enrolled(user, f"{user.name}-phone")
    found = looked_at(stage, user)[id_]
    assert (found.state, words in found.sentence) == (state, True), found
    assert found.hint


@pytest.mark.parametrize("has_device", [False, True])
def test_whoever_may_everything_is_blocked_by_nothing(stage: Stage, has_device: bool) -> None:
    user = stage.user(EVERYTHING)
    if has_device:
        stage.enrolled(user, f"{user.name}-phone")
    found = looked_at(stage, user)
    assert {each.state for each in found.values()} == {"ok"}
    gone = {"flow-enrol-first-device"} if has_device else {
        "flow-enrol-second-device", "flow-resync-device", "flow-remove-device"
    }  # fmt: skip
    assert set(found) == {*FLOWS, "policies"} - gone
    assert "granted all the same" in found["flow-work-with-mfa"].sentence


def test_a_session_is_obtained_under_every_policy_that_aws_documents(stage: Stage) -> None:
    user = stage.user(policy(READS, deny("s3:*")))
    assert looked_at(stage, user)["flow-get-session"].state == "ok"


def test_what_hangs_on_more_than_is_known_is_not_decided(stage: Stage) -> None:
    elsewhere = {"Condition": {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}
    user = stage.user(policy(ALL, deny("iam:ListMFADevices", **elsewhere)))
    found = looked_at(stage, user)["flow-list-own-devices"]
    assert (found.state, "hangs on `aws:SourceIp`" in found.sentence) == ("unknown", True)


def test_of_policies_that_were_read_in_part_nothing_is_said_to_work(stage: Stage) -> None:
    user = stage.user(policy(ALL, deny("iam:ListGroupsForUser", "iam:ListMFADevices")))
    found = looked_at(stage, user)
    assert "by the policies that could be read" in found["flow-enrol-first-device"].sentence
    assert found["flow-enrol-first-device"].state == "unknown"
    # What denies denies, whatever else there is.
    assert found["flow-list-own-devices"].state == "warning"


def test_a_grant_that_may_stand_in_what_was_not_read_leaves_it_open(stage: Stage) -> None:
    user = stage.user(policy(READS, deny("iam:ListGroupsForUser")))
    found = looked_at(stage, user)["flow-enrol-first-device"]
    assert (found.state, "only if another file grants" in found.sentence) == ("unknown", True)


def test_a_boundary_blocks_as_well(stage: Stage, tmp_path: Path) -> None:
    user = stage.user(EVERYTHING)
    arn = stage.admin.call("iam", "CreatePolicy", PolicyName="fence", PolicyDocument=policy(READS))["Policy"]["Arn"]
    stage.admin.call("iam", "PutUserPermissionsBoundary", UserName=user.name, PermissionsBoundary=arn)
    found = looked_at(stage, user)
    assert "and his permissions boundary" in found["policies"].sentence
    assert "no permissions boundary allows it" in found["flow-enrol-first-device"].sentence
    assert found["flow-enrol-first-device"].place == arn
    assert "aws iam get-policy-version" in str(found["flow-enrol-first-device"].hint)


def test_of_groups_the_policy_is_named(stage: Stage) -> None:
    user = stage.user(EVERYTHING)
    stage.admin.call("iam", "CreateGroup", GroupName="guarded")
    text = policy({"Effect": "Deny", "Action": "iam:CreateVirtualMFADevice", "Resource": "*"})
    stage.admin.call("iam", "PutGroupPolicy", GroupName="guarded", PolicyName="fence", PolicyDocument=text)
    stage.admin.call("iam", "AddUserToGroup", GroupName="guarded", UserName=user.name)
    found = looked_at(stage, user)["flow-enrol-first-device"]
    assert "the statement number 1 in the policy `fence` of the group `guarded` denies it" in found.sentence


@pytest.mark.parametrize("name", ["own", "token"])
def test_what_is_done_with_a_device_is_asked_for_those_that_are_there(stage: Stage, name: str) -> None:
    mine = allow("iam:DeactivateMFADevice", "iam:ResyncMFADevice", resource=OWN_USER)
    user = stage.user(policy(READS, mine))
    if name == "own":
        stage.enrolled(user, user.name)
    else:
        secret = Secret("A" * 32)
        stage.box.call(lambda s: add_hardware_device(s.account, "GAHT12345678", secret, s.clock.now(), user.name))
    found = looked_at(stage, user)
    assert (found["flow-remove-device"].state, found["flow-resync-device"].state) == ("ok", "ok")


def test_whoever_has_fido_devices_alone_is_told_what_he_cannot_do_at_the_terminal(stage: Stage) -> None:
    user = stage.user(EVERYTHING)
    stage.box.call(lambda s: add_fido_device(s.account, s.ids, user.name, "blue", {}, s.clock.now()))
    found = looked_at(stage, user)
    assert {id_: each.state for id_, each in found.items() if each.state != "ok"} == {
        "flow-enrol-second-device": "warning",
        "flow-get-session": "problem",
        "flow-remove-device": "warning",
    }
    assert "fido-cannot-be-used-with-sts" in found["flow-get-session"].sentence
    assert "aws login" in str(found["flow-get-session"].hint)
    assert "in the console" in str(found["flow-remove-device"].hint)
    assert "flow-resync-device" not in found


def test_where_nobody_knows_the_devices_every_flow_is_walked(stage: Stage) -> None:
    found = looked_at(stage, stage.user(EVERYTHING), known=False)
    assert set(found) == {*FLOWS, "policies"}


def test_without_groups_and_policies_nothing_is_allowed(stage: Stage) -> None:
    user = stage.user(EVERYTHING)
    reader = stage.admin
    stage.admin.call("iam", "DeleteUserPolicy", UserName=user.name, PolicyName="own")
    found = {each.id: each for each in policy_checkups(reader, user, ())}
    assert "no policy of the user allows it" in found["flow-list-own-devices"].sentence
    assert found["flow-get-session"].state == "ok"
