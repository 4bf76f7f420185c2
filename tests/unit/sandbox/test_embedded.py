"""The sandbox as a program starts it: its settings, its life, its time, and what may be asked of it when."""

from __future__ import annotations

import json
import re
import stat
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from iamfa.account.details import SnapshotError
from iamfa.account.entities import Device
from iamfa.errors import IamfaError, PolicyError
from iamfa.gateway.aws import Aws
from iamfa.gateway.faults import AccessDeniedError, AwsError, CodeError, ThrottledError, UnreachableError
from iamfa.gateway.ports import Credentials
from iamfa.otp import code_at
from iamfa.platform import Assumptions
from iamfa.policy.policy import Policy
from iamfa.sandbox.embedded import ADMINISTRATOR, OWN_USER, Sandbox
from iamfa.sandbox.live import State
from iamfa.sandbox.server import ServerStateError
from iamfa.secret import Secret

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SELF_SERVICE = """{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice"], "Resource": "*"},
  {"Sid": "NoTags", "Effect": "Deny", "Action": "iam:Tag*", "Resource": "*"}]}"""


def aws(box: Sandbox, user: str = ADMINISTRATOR) -> Aws:
    """The calls of a user with his key."""
    found = box.environment_of(user)
    key = Credentials(found["AWS_ACCESS_KEY_ID"], Secret(found["AWS_SECRET_ACCESS_KEY"]))
    return Aws(key, region=found["AWS_REGION"], endpoint_url=found["AWS_ENDPOINT_URL"], attempts=1)


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    """One sandbox that tests only look at, or add to."""
    with Sandbox(policy=SELF_SERVICE, seed=7, services=False) as box:
        yield box


def test_a_sandbox_begins_with_an_administrator_who_may_do_everything(shared: Sandbox) -> None:
    found = shared.environment
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", found["AWS_ENDPOINT_URL"])
    assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"] == "us-east-1"
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", found["AWS_ACCESS_KEY_ID"])
    assert len(found["AWS_SECRET_ACCESS_KEY"]) == 40
    assert aws(shared).get_caller_identity().arn == "arn:aws:iam::123456789012:user/administrator"
    users = aws(shared).call("iam", "ListUsers")["Users"]
    assert [user["UserName"] for user in users] == [ADMINISTRATOR, OWN_USER]


def test_the_settings_of_a_client_are_those_of_the_environment(shared: Sandbox) -> None:
    environment = shared.environment_of(OWN_USER)
    assert shared.client_settings(OWN_USER) == {
        "endpoint_url": shared.endpoint_url,
        "region_name": "us-east-1",
        "aws_access_key_id": environment["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": environment["AWS_SECRET_ACCESS_KEY"],
    }
    assert shared.client_settings() != shared.client_settings(OWN_USER)


def test_the_policy_bears_on_the_own_user_alone(shared: Sandbox) -> None:
    device = aws(shared, OWN_USER).create_virtual_mfa_device("policy")
    with pytest.raises(AccessDeniedError, match="explicit deny"):
        aws(shared, OWN_USER).call("iam", "TagUser", UserName=OWN_USER, Tags=[{"Key": "k", "Value": "v"}])
    aws(shared).delete_virtual_mfa_device(device.serial)


def test_a_user_without_a_usable_key_has_no_environment(shared: Sandbox) -> None:
    aws(shared).call("iam", "CreateUser", UserName="keyless")
    for user in ("keyless", "nobody"):
        with pytest.raises(IamfaError, match=f"`{user}` has no active access key whose secret is known") as error:
            shared.environment_of(user)
        assert error.value.hint


def test_the_code_of_a_device_is_asked_for_by_its_serial_or_its_name(shared: Sandbox) -> None:
    device = aws(shared).create_virtual_mfa_device("by-name")
    shared.clock.set(NOON, still=True)
    assert shared.code(device.serial) == shared.code("by-name") == code_at(device.seed, NOON)


def test_a_device_without_a_code_is_told_apart_from_one_that_is_not_there(shared: Sandbox) -> None:
    device = aws(shared).create_virtual_mfa_device("here")
    with pytest.raises(IamfaError, match="there is no device `gone`") as error:
        shared.code("gone")
    assert device.serial in str(error.value.hint)
    key = "arn:aws:iam::123456789012:u2f/user/own-user/key-ABC"
    shared.call(partial(_add_device, Device(key, "fido", OWN_USER)))
    with pytest.raises(IamfaError, match="gives no codes here"):
        shared.code(key)
    shared.call(lambda state: state.account.devices.pop(key))
    with Sandbox() as empty, pytest.raises(IamfaError) as error:
        empty.code("phone")
    assert error.value.hint == "devices: there is none"


def test_two_devices_of_one_name_are_told_apart_by_their_serials(shared: Sandbox) -> None:
    serials = [f"arn:aws:iam::123456789012:mfa/{path}/twin" for path in ("a", "b")]
    for serial in serials:
        device = Device(serial, "virtual", seed=Secret("A" * 32))
        shared.call(partial(_add_device, device))
    with pytest.raises(IamfaError, match="there is no device `twin`"):
        shared.code("twin")
    assert shared.code(serials[0]).isdigit()


def _add_device(device: Device, state: State) -> None:
    state.account.devices[device.serial] = device


def test_the_clock_advances_stands_still_and_goes_on() -> None:
    with Sandbox() as box:
        assert box.clock.set(NOON, still=True) == box.clock.now() == NOON
        assert box.clock.advance(90) == box.clock.now() == NOON + timedelta(seconds=90)
        box.clock.set(NOON)
        assert NOON < box.clock.now() < NOON + timedelta(minutes=1)
        box.clock.advance(-86_400)
        assert box.clock.now() < NOON


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 3, 1), "has no zone"),  # noqa: DTZ001 - that it has none is what is tested
        (datetime(1969, 12, 31, tzinfo=UTC), "into the year 1969"),
        (datetime(9999, 1, 1, tzinfo=UTC), "into the year 9999"),
    ],
)
def test_the_clock_is_not_set_to_what_is_no_time_for_it(moment: datetime, words: str) -> None:
    with pytest.raises(IamfaError, match=words):
        Sandbox().clock.set(moment)


@pytest.mark.parametrize("seconds", [1e18, float("inf"), float("nan"), 9e10 * 30])
def test_the_clock_is_not_moved_out_of_the_calendar(seconds: float) -> None:
    with pytest.raises(IamfaError, match="cannot be moved"):
        Sandbox().clock.advance(seconds)


def test_what_is_made_up_is_the_same_with_the_same_seed() -> None:
    def made_up(seed: int | None) -> list[Any]:
        with Sandbox(seed=seed) as box:
            device = aws(box).create_virtual_mfa_device("phone")
            user = aws(box).call("iam", "CreateUser", UserName="alice")["User"]["UserId"]
            key = aws(box).call("iam", "CreateAccessKey", UserName="alice")["AccessKey"]["SecretAccessKey"]
            own = box.client_settings()
            return [own["aws_access_key_id"], own["aws_secret_access_key"], device.seed.reveal(), user, key]

    once, again, other, unseeded = made_up(1), made_up(1), made_up(2), made_up(None)
    assert once == again
    assert not set(once) & set(other)
    assert not set(once) & set(unseeded)


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")]
)
def test_the_region_tells_the_partition(region: str, partition: str) -> None:
    with Sandbox(region=region, account="210987654321") as box:
        assert box.environment["AWS_REGION"] == region
        assert aws(box).get_caller_identity().arn == f"arn:{partition}:iam::210987654321:user/administrator"
        assert aws(box).create_virtual_mfa_device("phone").serial == f"arn:{partition}:iam::210987654321:mfa/phone"


def test_settings_that_mean_nothing_are_refused() -> None:
    for account in ("", "12345678901", "12345678901x", "１２３４５６７８９０１２"):
        with pytest.raises(IamfaError, match="is no number of an account"):
            Sandbox(account=account)
    for region in ("", "us east 1", "Virginia", "us-east-1/.."):
        with pytest.raises(IamfaError, match="is no Region"):
            Sandbox(region=region)
    with pytest.raises(IamfaError, match="no-such-assumption"):
        Sandbox(assumptions={"no-such-assumption": "yes"})
    with pytest.raises(IamfaError):
        Sandbox(faults=["iam:CreateUser"])
    with pytest.raises(IamfaError, match="loopback"):
        Sandbox(host="0.0.0.0").start()


def test_a_policy_comes_as_a_text_a_file_or_itself(tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text(SELF_SERVICE, encoding="utf-8")
    commented = ("// why\n" + SELF_SERVICE, "/* why */" + SELF_SERVICE)
    arn = "arn:aws:iam::123456789012:policy/own-user-policy"
    texts = {
        Sandbox(policy=policy).call(lambda state: state.account.policies[arn].text)
        for policy in (SELF_SERVICE, *commented, str(file), file, Policy.parse(SELF_SERVICE))
    }
    assert len(texts) == 1
    for broken in ("{", tmp_path / "no-such-file.json"):
        with pytest.raises(PolicyError):
            Sandbox(policy=broken)


def test_assumptions_denials_faults_lag_and_throttle_are_set_from_the_start() -> None:
    fault = ["iam:CreateGroup=failure*1"]
    for assumptions in ({"totp-window": "2"}, Assumptions({"totp-window": "2"})):
        box = Sandbox(assumptions=assumptions, policy_arns_in_denials=True, services=False, lag=3, faults=fault)
        settings = box.call(lambda state: state.settings)
        assert (settings.assumptions["totp-window"], settings.policy_arns_in_denials, settings.services) == (
            "2", True, False,
        )  # fmt: skip
        assert box.call(lambda state: state.lag.seconds) == 3
    with Sandbox(faults=fault, policy=SELF_SERVICE, policy_arns_in_denials=True) as running:
        with pytest.raises(AwsError, match="ServiceFailure") as failed:
            aws(running).call("iam", "CreateGroup", GroupName="g")
        assert failed.value.status == 500
        assert aws(running).call("iam", "CreateGroup", GroupName="g")["Group"]["GroupName"] == "g"
        with pytest.raises(AccessDeniedError, match="policy/own-user-policy"):
            aws(running, OWN_USER).call("iam", "TagUser", UserName=OWN_USER, Tags=[{"Key": "k", "Value": "v"}])
    with Sandbox(throttle=1.0) as busy, pytest.raises(ThrottledError):
        for _ in range(9):
            aws(busy).get_caller_identity()


def test_what_was_saved_is_there_again_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "saved.json"
    with Sandbox(seed=1) as box:
        device = aws(box).create_virtual_mfa_device("phone")
        settings = box.client_settings()
        box.save(file)
        aws(box).call("iam", "CreateUser", UserName="after")
        box.load(file)
        with pytest.raises(AwsError, match="NoSuchEntity"):
            aws(box).call("iam", "GetUser", UserName="after")
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with Sandbox(load=file) as again:
        assert again.client_settings() == {**settings, "endpoint_url": again.endpoint_url}
        assert again.code("phone") == code_at(device.seed, again.clock.now())


def test_settings_that_are_given_stand_above_those_that_were_saved(tmp_path: Path) -> None:
    file = tmp_path / "saved.json"
    Sandbox(assumptions={"totp-window": "0"}, lag=2).save(file)
    saved = Sandbox(load=file)
    assert saved.call(lambda state: (state.settings.assumptions["totp-window"], state.lag.seconds)) == ("0", 2)
    given = Sandbox(load=file, assumptions={"totp-window": "2"}, lag=5, services=False, policy=SELF_SERVICE)
    assert given.call(lambda state: (state.settings.assumptions["totp-window"], state.lag.seconds)) == ("2", 5)
    assert given.call(lambda state: [*state.account.users]) == [ADMINISTRATOR, OWN_USER]
    given.save(file)
    before = given.call(lambda state: (state.account.users[OWN_USER], {*state.account.access_keys}))
    again = Sandbox(load=file, policy=SELF_SERVICE)
    assert again.call(lambda state: (state.account.users[OWN_USER], {*state.account.access_keys})) == before


def test_around_the_snapshot_of_a_real_account_there_is_an_administrator_to_sign_with(tmp_path: Path) -> None:
    snapshot = Sandbox(policy=SELF_SERVICE).snapshot()
    del snapshot["sandbox"]
    file = tmp_path / "account.json"
    file.write_text(json.dumps(snapshot), encoding="utf-8")
    with Sandbox(load=file) as box:
        keys = aws(box).call("iam", "ListAccessKeys", UserName=ADMINISTRATOR)["AccessKeyMetadata"]
        assert len(keys) == 2
        with pytest.raises(IamfaError, match="`own-user` has no active access key"):
            box.environment_of(OWN_USER)


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, '{"version": 2}', "{}"])
def test_a_file_that_is_no_snapshot_changes_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "broken.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SnapshotError, match=re.escape(str(file))):
        Sandbox(load=file)
    box = Sandbox(seed=1)
    before = box.snapshot()["sandbox"]
    with pytest.raises(SnapshotError, match=re.escape(str(file))):
        box.load(file)
    assert box.snapshot()["sandbox"] == before


def test_a_reset_goes_back_to_the_beginning(tmp_path: Path) -> None:
    file = tmp_path / "saved.json"
    with Sandbox(seed=1, policy=SELF_SERVICE) as box:
        settings = box.client_settings(OWN_USER)
        aws(box).call("iam", "CreateUser", UserName="alice")
        box.save(file)
        assert [event["eventName"] for event in box.events] == ["CreateUser"]
        box.reset()
        assert box.events == []
        assert box.call(lambda state: [*state.account.users]) == [ADMINISTRATOR, OWN_USER]
        assert box.client_settings(OWN_USER) == settings
    loaded = Sandbox(load=file)
    loaded.call(lambda state: state.account.users.clear())
    loaded.reset()
    assert "alice" in loaded.call(lambda state: [*state.account.users])


def test_events_tell_who_called_what_and_what_decided() -> None:
    with Sandbox(policy=SELF_SERVICE, seed=1) as box:
        with pytest.raises(AccessDeniedError):
            aws(box, OWN_USER).call("iam", "TagUser", UserName=OWN_USER, Tags=[{"Key": "k", "Value": "v"}])
        (event,) = box.events
    assert event["userIdentity"]["userName"] == OWN_USER
    assert (event["eventName"], event["errorCode"]) == ("TagUser", "AccessDenied")
    (decision,) = event["iamfa"]["decisions"]
    assert decision["statement"] == {"index": 1, "sid": "NoTags", "effect": "Deny"}
    assert decision["policy"] == "arn:aws:iam::123456789012:policy/own-user-policy"


def test_a_person_signs_in_to_the_console_with_his_password() -> None:
    with Sandbox() as box:
        aws(box).call("iam", "CreateLoginProfile", UserName=ADMINISTRATOR, Password="hunter2-Hunter2")
        found = box.sign_in(ADMINISTRATOR, "hunter2-Hunter2")
        assert json.dumps(found, default=str).count("ASIA") == 1
        with pytest.raises(IamfaError):
            box.sign_in(ADMINISTRATOR, "wrong")


def test_two_sandboxes_know_nothing_of_each_other() -> None:
    with Sandbox(seed=1) as one, Sandbox(seed=2) as other:
        assert one.endpoint_url != other.endpoint_url
        aws(one).call("iam", "CreateUser", UserName="alice")
        assert other.call(lambda state: "alice" in state.account.users) is False
        mixed = Aws(
            Credentials(one.environment["AWS_ACCESS_KEY_ID"], Secret(one.environment["AWS_SECRET_ACCESS_KEY"])),
            region="us-east-1",
            endpoint_url=other.endpoint_url,
        )
        with pytest.raises(AwsError, match="InvalidClientTokenId"):
            mixed.get_caller_identity()


def test_a_sandbox_that_was_not_started_has_a_state_and_no_address(tmp_path: Path) -> None:
    box = Sandbox(seed=1)
    box.save(tmp_path / "early.json")
    box.clock.set(NOON, still=True)
    assert (box.clock.now(), box.events) == (NOON, [])
    with pytest.raises(ServerStateError, match="not been started") as error:
        _ = box.environment
    assert error.value.hint == "call `start()` first"


def test_after_the_end_the_state_can_still_be_looked_at_saved_and_changed(tmp_path: Path) -> None:
    with Sandbox(seed=1) as box:
        client = aws(box)
        device = client.create_virtual_mfa_device("phone")
    with pytest.raises(UnreachableError):
        client.get_caller_identity()
    box.save(tmp_path / "late.json")
    assert Sandbox(load=tmp_path / "late.json").code("phone") == box.code("phone")
    box.clock.advance(3600)
    assert box.code("phone") == code_at(device.seed, box.clock.now())
    assert box.call(lambda state: box.code("phone")) == box.code("phone")
    box.stop()
    with pytest.raises(ServerStateError, match="started before"):
        box.start()


def test_an_error_inside_ends_the_sandbox_and_goes_on_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError), Sandbox() as box:
        _ = 1 // 0
    with pytest.raises(UnreachableError):
        aws(box).get_caller_identity()


def test_what_a_function_raises_comes_back_and_harms_nothing(shared: Sandbox) -> None:
    with pytest.raises(ZeroDivisionError):
        shared.call(lambda _: 1 // 0)
    assert shared.call(lambda state: state.main) == "123456789012"


def test_many_threads_call_at_once(shared: Sandbox) -> None:
    def create(number: int) -> str:
        client = aws(shared)
        client.call("iam", "CreateGroup", GroupName=f"group-{number}")
        assert shared.call(lambda state: f"group-{number}" in state.account.groups)
        return str(client.call("iam", "GetGroup", GroupName=f"group-{number}")["Group"]["GroupId"])

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(create, range(24)))) == 24


def test_a_wrong_code_is_refused_and_a_right_one_makes_a_session() -> None:
    with Sandbox(seed=3) as box:
        client = aws(box)
        device = client.create_virtual_mfa_device("phone")
        with pytest.raises(CodeError):
            client.enable_mfa_device(ADMINISTRATOR, device.serial, "000000", "000000")
        first = box.code("phone")
        box.clock.advance(30)
        client.enable_mfa_device(ADMINISTRATOR, device.serial, first, box.code("phone"))
        box.clock.advance(30)
        session = client.get_session_token(serial=device.serial, code=box.code("phone"))
        assert session.key_id.startswith("ASIA")
