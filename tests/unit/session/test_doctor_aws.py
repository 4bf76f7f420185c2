"""What AWS says of a key and its user's devices, against a sandbox: every case is told apart, with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from tests.unit.device.stage import ARN, EVERYTHING, Stage
from tests.unit.session.houses import KEY_ID, SECRET, Ward, at_sandbox, dial

from iamfa.account.entities import ROOT_USER
from iamfa.device.defaults import Defaults
from iamfa.device.own_user import OwnUser
from iamfa.gateway.faults import fault_of
from iamfa.gateway.ports import Identity
from iamfa.sandbox.embedded import Sandbox
from iamfa.sandbox.seeding import add_fido_device
from iamfa.session import cached
from iamfa.session.cache import Cache, CacheError, Kept
from iamfa.session.doctor_aws import Line
from iamfa.session.doctor_checkup import ROWS

DENIED = EVERYTHING.replace("]}", ', {"Effect": "Deny", "Action": "iam:ListMFADevices", "Resource": "*"}]}')
NEEDS_MFA = EVERYTHING.replace(
    "]}",
    ', {"Effect": "Deny", "Action": "iam:List*", "Resource": "*", '
    '"Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]}',
)
AT_AWS = {row.id for row in ROWS if row.family in ("clock", "aws", "policies")}


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Sandbox(seed=8, services=False) as box:
        yield Stage(box)


@pytest.fixture
def ward(tmp_path: Path, stage: Stage) -> Ward:
    # Devices are enrolled by moving the clock on, and signatures are made by the system's.
    stage.box.clock.set(datetime.now(UTC))
    return Ward.sound(tmp_path)


def enrolled(stage: Stage, user: OwnUser, *names: str) -> list[str]:
    return [stage.enrolled(user, f"{user.name}-{name}") for name in names]


def test_for_a_user_with_a_device_and_every_right_nothing_is_found(ward: Ward, stage: Stage) -> None:
    user = stage.user(EVERYTHING)
    (serial,) = enrolled(stage, user, "phone")
    at_sandbox(ward, stage, user, f"mfa_serial = {serial}\n")
    found = ward.examined(dial)
    assert [each for each in found if each.state != "ok"] == []
    assert {each.id for each in found} >= AT_AWS - {"flow-enrol-first-device"}


def test_nothing_is_asked_where_nobody_may_ask(ward: Ward, stage: Stage) -> None:
    user = stage.user(EVERYTHING)
    before = len(stage.box.events)
    found = at_sandbox(ward, stage, user).examined(None)
    assert AT_AWS.isdisjoint(each.id for each in found)
    assert len(stage.box.events) == before


def test_only_calls_that_change_nothing_are_made(ward: Ward, stage: Stage) -> None:
    user = stage.user(EVERYTHING)
    before = len(stage.box.events)
    at_sandbox(ward, stage, user).examined(dial)
    names = {each["eventName"] for each in stage.box.events[before:]}
    assert {"GetCallerIdentity", "ListMFADevices"} <= names
    assert all(name.startswith(("Get", "List")) for name in names)
    assert not ward.state.exists()


@pytest.mark.parametrize(("seconds", "state"), [(20, "warning"), (-20, "warning"), (100, "problem"), (-400, "problem")])
def test_a_clock_that_is_off_is_found(ward: Ward, stage: Stage, seconds: int, state: str) -> None:
    at_sandbox(ward, stage, stage.user(EVERYTHING))
    ward.clock = lambda: stage.box.clock.now() - timedelta(seconds=seconds)
    assert ward.sick(dial)["clock"].state == state


# The key ----------------------------------------------------------------------------------------------------------


def inactive(stage: Stage, user: OwnUser) -> None:
    key = stage.box.environment_of(user.name)["AWS_ACCESS_KEY_ID"]
    stage.admin.call("iam", "UpdateAccessKey", UserName=user.name, AccessKeyId=key, Status="Inactive")


def test_a_key_that_is_inactive_is_told(ward: Ward, stage: Stage) -> None:
    user = stage.user(EVERYTHING)
    at_sandbox(ward, stage, user)
    inactive(stage, user)
    found = ward.sick(dial)
    assert set(found) == {"key"}
    assert "deleted or made inactive" in found["key"].sentence
    assert "aws configure --profile default" in str(found["key"].hint)


def test_a_key_of_the_environment_is_written_anew_there(ward: Ward, stage: Stage) -> None:
    at_sandbox(ward, stage, stage.user(EVERYTHING))
    ward.environ |= {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}
    found = ward.sick(dial)
    assert "export AWS_ACCESS_KEY_ID=" in str(found["key"].hint)
    assert SECRET not in repr(found)


def test_a_key_of_another_partition_than_the_region_is_told_apart(ward: Ward, stage: Stage) -> None:
    at_sandbox(ward, stage, stage.user(EVERYTHING), "mfa_serial = arn:aws-cn:iam::123456789012:mfa/phone\n")
    ward.credentials(f"[default]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n")
    found = ward.sick(dial)
    assert "lies in another partition" in found["key"].sentence
    assert found["key"].hint == "name a Region of `aws-cn`: --region REGION"


def test_a_wrong_secret_key_is_told_apart_and_not_shown(ward: Ward, stage: Stage) -> None:
    user = stage.user(EVERYTHING)
    at_sandbox(ward, stage, user)
    key = stage.box.environment_of(user.name)["AWS_ACCESS_KEY_ID"]
    ward.credentials(f"[default]\naws_access_key_id = {key}\naws_secret_access_key = {SECRET}\n")
    found = ward.sick(dial)
    assert f"the signature is not that of `{key}`: most likely" in found["key"].sentence
    assert SECRET not in repr(found)


class Refusing:
    """Answers as AWS does to whom it does not take; the sandbox judges signatures by the time of this machine."""

    def __init__(self, ward: Ward, code: str, words: str, *, ahead: float = 0.0) -> None:
        self._error = fault_of(code, words, operation="sts:GetCallerIdentity")
        self.answered_at = ward.now + timedelta(seconds=ahead)

    def get_caller_identity(self) -> Identity:
        raise self._error


@pytest.mark.parametrize(
    ("code", "words", "ahead"),
    [
        ("SignatureDoesNotMatch", "Signature expired: 20260601T115000Z is now earlier than 20260601T115500Z", 0),
        ("SignatureDoesNotMatch", "Signature not yet current: 20260601T121000Z is still later than …", 0),
        ("SignatureDoesNotMatch", "The request signature we calculated does not match", 1000),
        ("RequestExpired", "Request has expired.", 0),
    ],
)
def test_a_signature_that_is_too_old_is_the_clocks_fault(ward: Ward, code: str, words: str, ahead: float) -> None:
    line = cast(Line, Refusing(ward, code, words, ahead=ahead))
    found = ward.sick(lambda wanted: lambda credentials, service: line)
    assert found["key"].sentence == "AWS refuses the signature, as this machine's clock is off"
    assert ("clock" in found) == (ahead > 0)


def test_what_else_aws_says_is_told_in_its_words(ward: Ward, stage: Stage) -> None:
    at_sandbox(ward, stage, stage.user(EVERYTHING))
    stage.fault("sts:GetCallerIdentity=throttle*1")
    assert "Rate exceeded" in ward.sick(dial)["key"].sentence


def test_where_nothing_answers_that_is_all_that_is_told(ward: Ward, stage: Stage) -> None:
    at_sandbox(ward, stage, stage.user(EVERYTHING))
    ward.served_at = "http://127.0.0.1:9"
    found = ward.sick(dial)
    assert set(found) == {"aws-reached"}
    assert "`http://127.0.0.1:9` was not reached" in found["aws-reached"].sentence
    assert found["aws-reached"].row.outside


def test_an_answer_that_is_lost_is_no_answer(ward: Ward, stage: Stage) -> None:
    at_sandbox(ward, stage, stage.user(EVERYTHING))
    stage.fault("sts:GetCallerIdentity=lost*1")
    assert set(ward.sick(dial)) == {"aws-reached"}


def test_a_key_of_the_root_user_is_a_problem(ward: Ward, stage: Stage) -> None:
    user = stage.user(EVERYTHING)
    at_sandbox(ward, stage, user)
    key = stage.box.environment_of(user.name)["AWS_ACCESS_KEY_ID"]

    def give(state: object) -> None:
        keys = stage.box.state.account.access_keys
        keys[key] = replace(keys[key], user=ROOT_USER)

    stage.box.call(give)
    found = ward.sick(dial)
    assert set(found) == {"key-owner"}
    assert "an access key of the root user" in found["key-owner"].sentence
    assert found["key-owner"].place == f"{ARN}:root"


class Federated:
    """Answers as somebody who is no user."""

    answered_at = None

    def get_caller_identity(self) -> Identity:
        return Identity("123456789012", "arn:aws:sts::123456789012:federated-user/guest", "1:guest")


def test_credentials_of_no_user_are_a_problem(ward: Ward) -> None:
    found = ward.sick(lambda wanted: lambda credentials, service: cast(Line, Federated()))
    assert {id_: each.state for id_, each in found.items()} == {"key-owner": "problem", "clock": "unknown"}
    assert "a federated user" in found["key-owner"].sentence


# Devices ----------------------------------------------------------------------------------------------------------


def test_no_device_is_a_problem_with_a_command(ward: Ward, stage: Stage) -> None:
    found = at_sandbox(ward, stage, stage.user(EVERYTHING)).sick(dial)
    assert set(found) == {"devices"}
    assert found["devices"].hint == "iamfa device add NAME --profile default"


def test_a_fido_device_alone_gives_no_session(ward: Ward, stage: Stage) -> None:
    user = stage.user(EVERYTHING)
    at_sandbox(ward, stage, user)
    stage.box.call(lambda s: add_fido_device(s.account, s.ids, user.name, "blue", {}, s.clock.now()))
    found = ward.sick(dial)["devices"]
    assert "none gives codes" in found.sentence
    assert "aws login" in str(found.hint)


def test_of_several_devices_one_should_be_the_default(ward: Ward, stage: Stage) -> None:
    user = stage.user(EVERYTHING)
    serials = enrolled(stage, user, "a", "b")
    at_sandbox(ward, stage, user)
    found = ward.sick(dial)
    assert set(found) == {"devices"}
    assert found["devices"].hint == f"iamfa device default {user.name}-a --profile default"
    Defaults(ward.state).set(user, serials[1])
    assert ward.sick(dial) == {}
    (ward.state / "default-devices.json").write_text("no JSON")
    assert ward.sick(dial)["devices"].state == "warning"


def test_a_device_that_the_profile_names_and_the_user_has_not_is_stale(ward: Ward, stage: Stage) -> None:
    user = stage.user(EVERYTHING)
    enrolled(stage, user, "phone")
    found = at_sandbox(ward, stage, user, f"mfa_serial = {ARN}:mfa/old\n").sick(dial)
    assert {id_: each.state for id_, each in found.items()} == {"profile-device": "warning"}
    assert "iamfa login" in str(found["profile-device"].hint)


def test_a_device_of_another_account_is_a_problem(ward: Ward, stage: Stage) -> None:
    user = stage.user(EVERYTHING)
    enrolled(stage, user, "phone")
    found = at_sandbox(ward, stage, user, "mfa_serial = arn:aws:iam::999999999999:mfa/phone\n").sick(dial)
    assert found["profile-device"].state == "problem"
    assert "a device of the account 999999999999" in found["profile-device"].sentence


@pytest.mark.parametrize(("profile", "state"), [("", "unknown"), (f"mfa_serial = {ARN}:mfa/phone\n", "warning")])
def test_where_listing_is_denied_it_is_told_by_what(ward: Ward, stage: Stage, profile: str, state: str) -> None:
    found = at_sandbox(ward, stage, stage.user(DENIED), profile).sick(dial)
    assert found["device-list"].state == state
    assert "an identity-based policy denies it explicitly" in found["device-list"].sentence
    assert "iam:ListMFADevices" in str(found["device-list"].hint)
    assert "devices" not in found
    assert ("profile-device" in found) == bool(profile)
    assert "flow-list-own-devices" in found


def keep_session(ward: Ward, stage: Stage, user: OwnUser, serial: str) -> None:
    """Get a session with the present code of a device, and keep it."""
    held = stage.calls(user.name).get_session_token(serial=serial, code=stage.box.code(serial))
    endpoint, now = stage.box.endpoint_url, stage.box.clock.now()
    key = cached.session_key(endpoint, "aws", user.account, user.name, "mfa")
    Cache(ward.home / "cache", now=stage.box.clock.now).keep(Kept(held, user, endpoint, now, now, serial, (), key))


def test_a_session_that_is_kept_sees_more(ward: Ward, stage: Stage) -> None:
    user = stage.user(NEEDS_MFA)
    (serial,) = enrolled(stage, user, "phone")
    at_sandbox(ward, stage, user)
    before = ward.sick(dial)
    assert {"device-list", "policies"} <= set(before)
    assert "get a session" in str(before["policies"].hint)
    keep_session(ward, stage, user, serial)
    after = ward.sick(dial)
    assert set(after) == {"flow-list-own-devices"}
    assert "is blocked without MFA" in after["flow-list-own-devices"].sentence


def test_a_session_that_is_denied_what_the_key_may_is_no_hindrance(ward: Ward, stage: Stage) -> None:
    user = stage.user(EVERYTHING)
    (serial,) = enrolled(stage, user, "phone")
    at_sandbox(ward, stage, user)
    keep_session(ward, stage, user, serial)
    without = (
        NEEDS_MFA.replace("BoolIfExists", "Bool")
        .replace('"false"', '"true"')
        .replace('"iam:List*"', '["iam:ListMFADevices", "iam:GetUser"]')
    )
    stage.admin.call("iam", "PutUserPolicy", UserName=user.name, PolicyName="own", PolicyDocument=without)
    found = ward.sick(dial)
    assert {"devices", "device-list"}.isdisjoint(found)
    assert found["policies"].hint == "an administrator sees which policies bear on the user"


def test_a_session_that_aws_takes_no_more_is_told_and_the_key_asked(ward: Ward, stage: Stage) -> None:
    user = stage.user(EVERYTHING)
    (serial,) = enrolled(stage, user, "phone")
    at_sandbox(ward, stage, user)
    keep_session(ward, stage, user, serial)
    stage.box.call(lambda state: state.sessions.clear())
    found = ward.sick(dial)
    assert set(found) == {"session"}
    assert "the session that is kept is refused" in found["session"].sentence
    assert found["session"].hint == "iamfa login --renew --profile default"


def test_where_iam_is_not_reached_that_is_told(ward: Ward, stage: Stage) -> None:
    at_sandbox(ward, stage, stage.user(EVERYTHING))
    ward.served_at = None
    ward.environ |= {"AWS_ENDPOINT_URL_STS": stage.box.endpoint_url, "AWS_ENDPOINT_URL_IAM": "http://127.0.0.1:9"}
    found = ward.sick(dial)
    assert set(found) == {"aws-reached", "environment-endpoints"}
    assert "IAM was not reached" in found["aws-reached"].sentence


def test_a_failure_while_listing_leaves_the_devices_unknown(ward: Ward, stage: Stage) -> None:
    user = stage.user(EVERYTHING)
    at_sandbox(ward, stage, user)
    stage.fault("iam:ListMFADevices=failure*1")
    found = ward.sick(dial)
    assert {id_: each.state for id_, each in found.items()} == {"device-list": "unknown"}


def test_a_journal_that_is_broken_does_not_stop_the_doctor(ward: Ward, stage: Stage) -> None:
    ward.state.mkdir()
    (ward.state / "pending-devices.json").write_text("{}")
    found = at_sandbox(ward, stage, stage.user(DENIED)).sick(dial)
    assert {"state-files", "pending-devices", "device-list"} <= set(found)


class Locked:
    """A keyring that takes everything and gives nothing back."""

    def get_password(self, service: str, name: str, /) -> str | None:
        raise CacheError("the keyring refused: Locked", hint="unlock it")

    def set_password(self, service: str, name: str, secret: str, /) -> None: ...

    def delete_password(self, service: str, name: str, /) -> None: ...


def test_a_keyring_that_is_locked_hides_its_sessions_and_does_not_stop_the_doctor(ward: Ward, stage: Stage) -> None:
    user = stage.user(EVERYTHING)
    enrolled(stage, user, "phone")
    at_sandbox(ward, stage, user)
    ward.options["open_keyring"] = Locked
    endpoint, now = stage.box.endpoint_url, stage.box.clock.now()
    cache = Cache(ward.home / "cache", now=stage.box.clock.now, keyring=Locked())
    held = stage.calls(user.name).get_session_token()
    key = cached.session_key(endpoint, "aws", user.account, user.name, "mfa")
    cache.keep(Kept(held, user, endpoint, now, now, None, (), key))
    found = ward.sick(dial)
    assert {id_: each.state for id_, each in found.items()} == {"session": "unknown"}
    assert "the keyring refused" in found["session"].sentence
