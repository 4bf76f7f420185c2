"""Questions about names and words: how devices' names are compared, how long a seed is, what errors say literally."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.contract.question import Found, plain, require
from tests.contract.stage import Stage, attempt
from tests.contract.values import Credentials, allow

from iamfa.secret import Secret

_ZEROS = {"AuthenticationCode1": "000000", "AuthenticationCode2": "000000"}
_Calls = Iterator[tuple[str, Callable[..., Any], dict[str, Any]]]


def case_of_names(stage: Stage) -> Found:
    """Two devices whose names differ in case alone."""
    name = stage.name("phone")
    stage.device(name)
    found = attempt(stage.iam.create_virtual_mfa_device, VirtualMFADeviceName=name.replace("phone", "PHONE"))
    if found is None:
        return "two devices"
    require(found.code == "EntityAlreadyExists", "the second is refused because of the first")
    return "one device"


def seed_length(stage: Stage) -> Found:
    """Characters of `Base32StringSeed`."""
    lengths = {len(stage.device().seed.reveal()) for _ in range(3)}
    return " or ".join(str(length) for length in sorted(lengths))


def texts(stage: Stage) -> Found:
    """Status, code and words of refusals, names and numbers replaced."""
    found = {}
    for calls in (_device_texts, _session_texts, _key_texts):
        for situation, call, parameters in calls(stage):
            refused = attempt(call, **parameters)
            shown = "accepted" if refused is None else f"{refused.status} {refused.code}: {refused.message}"
            found[situation] = plain(stage, shown)
    return found


def _device_texts(stage: Stage) -> _Calls:
    iam, user, other = stage.iam, stage.user(), stage.user()
    free, device, never = stage.device(), stage.enable(user), stage.arn("mfa", stage.name("never"))
    here = {"UserName": user.name, "SerialNumber": device.serial}
    elsewhere = {"UserName": other.name, "SerialNumber": device.serial}
    absent = {"UserName": user.name, "SerialNumber": never}
    yield "enable: wrong codes", iam.enable_mfa_device, {**here, "SerialNumber": free.serial, **_ZEROS}
    yield "enable: no such device", iam.enable_mfa_device, {**absent, **_ZEROS}
    nobody = {"UserName": stage.name("nobody"), "SerialNumber": free.serial}
    yield "enable: no such user", iam.enable_mfa_device, {**nobody, **_ZEROS}
    yield "enable: another user's device", iam.enable_mfa_device, {**elsewhere, **stage.pair(device, user)}
    yield "enable: the user's own already", iam.enable_mfa_device, {**here, **stage.pair(device, user)}
    yield "resync: wrong codes", iam.resync_mfa_device, {**here, **_ZEROS}
    yield "resync: another user's device", iam.resync_mfa_device, {**elsewhere, **_ZEROS}
    yield "resync: no such device", iam.resync_mfa_device, {**absent, **_ZEROS}
    yield "deactivate: another user's device", iam.deactivate_mfa_device, elsewhere
    yield "deactivate: nobody's device", iam.deactivate_mfa_device, {**here, "SerialNumber": free.serial}
    yield "deactivate: no such device", iam.deactivate_mfa_device, absent
    yield "delete: assigned device", iam.delete_virtual_mfa_device, {"SerialNumber": device.serial}
    yield "delete: no such device", iam.delete_virtual_mfa_device, {"SerialNumber": never}
    yield "delete: a hardware token's serial", iam.delete_virtual_mfa_device, {"SerialNumber": "GAHT12345678"}
    name = free.serial.rpartition("/")[2]
    yield "create: a name that is taken", iam.create_virtual_mfa_device, {"VirtualMFADeviceName": name}
    yield "create: a name with a blank", iam.create_virtual_mfa_device, {"VirtualMFADeviceName": "a b"}
    yield "create: a name that is too long", iam.create_virtual_mfa_device, {"VirtualMFADeviceName": "a" * 300}
    yield "get: a virtual device", iam.get_mfa_device, here
    yield "list: no such user", iam.list_mfa_devices, {"UserName": nobody["UserName"]}
    yield "tags: no such device", iam.list_mfa_device_tags, {"SerialNumber": never}
    iam.delete_access_key(UserName=user.name, AccessKeyId=user.key.key_id)
    yield "delete: a user with a device", iam.delete_user, {"UserName": user.name}
    for _ in range(7):
        stage.enable(user)
    ninth = {"UserName": user.name, "SerialNumber": free.serial, **stage.pair(free, user)}
    yield "enable: the ninth device", iam.enable_mfa_device, ninth


def _session_texts(stage: Stage) -> _Calls:
    user, foreign = stage.user(allow("iam:GetUser")), stage.enable(stage.user())
    device, sts = stage.enable(user), stage.client("sts", user)
    code = stage.next_code(device)
    held = {"SerialNumber": device.serial, "TokenCode": code}
    with_mfa = Credentials.of(sts.get_session_token(**held)["Credentials"])
    without = stage.session(user)
    yield "session: a used code", sts.get_session_token, held
    yield "session: a wrong code", sts.get_session_token, {**held, "TokenCode": "000000"}
    yield "session: another user's device", sts.get_session_token, {**held, "SerialNumber": foreign.serial}
    yield "session: a serial without a code", sts.get_session_token, {"SerialNumber": device.serial}
    yield "session: a code without a serial", sts.get_session_token, {"TokenCode": "000000"}
    yield "session: five digits", sts.get_session_token, {**held, "TokenCode": "12345"}
    yield "session: too short", sts.get_session_token, {"DurationSeconds": 899}
    yield "session: too long", sts.get_session_token, {"DurationSeconds": 129_601}
    yield "session: by a session with MFA", stage.client("sts", with_mfa).get_session_token, {}
    yield "session: by a session without MFA", stage.client("sts", without).get_session_token, {}
    yield "iam: by a session without MFA", stage.client("iam", without).get_user, {}
    role = stage.role()
    asked = {"RoleArn": role.arn, "RoleSessionName": "contract"}
    yield "role: not allowed", sts.assume_role, asked
    yield "role: no such role", sts.assume_role, {**asked, "RoleArn": stage.arn("role", stage.name("never"))}
    stage.permit(user, allow("sts:AssumeRole", role.arn))
    yield "role: longer than it may last", sts.assume_role, {**asked, "DurationSeconds": 7200}
    chained = {**asked, "DurationSeconds": 3601}
    yield "role: longer than a chain may last", stage.client("sts", without).assume_role, chained


def _key_texts(stage: Stage) -> _Calls:
    user = stage.user()
    key = {"UserName": user.name, "AccessKeyId": user.key.key_id}
    client = stage.client("sts", user)
    wrong = stage.new_client("sts", Credentials(user.key.key_id, Secret("x" * 40)))
    yield "key: wrong secret", wrong.get_caller_identity, {}
    stage.iam.update_access_key(**key, Status="Inactive")
    yield "key: inactive", client.get_caller_identity, {}
    stage.iam.delete_access_key(**key)
    yield "key: deleted", client.get_caller_identity, {}
