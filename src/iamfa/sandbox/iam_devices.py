"""IAM's operations on MFA devices.

AWS's pages: the API_… pages of the IAM API Reference of the same names, id_credentials_mfa (eight devices for a user;
what becomes of a deactivated one), the Service Authorization Reference (enabling, deactivating and resyncing ask for
the *user*, creating and deleting for the *device*), and the bulletin AWS-2023-001. Texts of errors are not documented:
those of `EntityAlreadyExists` on creation and `InvalidAuthenticationCode` were seen; the others are worded like them.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from iamfa.account.details import tags_out
from iamfa.account.entities import ROOT_USER, Account, Device
from iamfa.arn import mfa_arn
from iamfa.otp import provisioning_uri
from iamfa.platform import RULES
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.authorise import authorise
from iamfa.sandbox.codes import enable_with, forget, resync_with
from iamfa.sandbox.iam_users import shown_owner, user_of, user_out
from iamfa.sandbox.paging import page
from iamfa.sandbox.refusals import delete_conflict, limit_exceeded, validation_error
from iamfa.sandbox.tags import merged_tags, new_tags, without_tags
from iamfa.sandbox.targets import anything, device_named, new, own_name, user_named, with_tags
from iamfa.sandbox.work import Parameters, Result, Row, Target, Work
from iamfa.secret import Secret

MOST_DEVICES: Final = 8
"""Devices of one user, of any kinds together; the root user may have as many (page id_credentials_mfa)."""
_MOST_VIRTUAL: Final = 5000
"""Virtual devices of an account, assigned or not: as many as users (page reference_iam-quotas)."""
_LONGEST_SERIAL: Final = 256
_OWN_DEVICE_RULE: Final = "own-device-needs-existing-mfa"
_BY_USER = user_named()


def _create_virtual_mfa_device(work: Work, parameters: Parameters) -> Result:
    account = work.account
    name, path = parameters["VirtualMFADeviceName"], parameters.get("Path", "/")
    serial = str(mfa_arn(name, account.number, path=path, partition=account.partition))
    if len(serial) > _LONGEST_SERIAL:
        rule = f"Member must have length less than or equal to {_LONGEST_SERIAL}"
        shown = f"Value '{serial}' at 'serialNumber' failed to satisfy constraint: {rule}"
        raise validation_error(f"1 validation error detected: {shown}")
    tags = new_tags(parameters.get("Tags"))
    if serial in account.devices:
        raise ApiError("EntityAlreadyExists", "MFADevice entity at the same path and name already exists.", 409)
    if sum(device.kind == "virtual" for device in account.devices.values()) >= _MOST_VIRTUAL:
        raise limit_exceeded("VirtualMFADevicesPerAccount", _MOST_VIRTUAL)
    seed = Secret(work.state.ids.seed())
    account.devices[serial] = Device(serial, "virtual", created=work.now, tags=tags, seed=seed)
    shown_device = {
        "SerialNumber": serial,
        "Base32StringSeed": seed.reveal().encode(),
        "QRCodePNG": qr_code(provisioning_uri(seed, name, account.alias or account.number)),
        "Tags": tags_out(tags) or None,
    }
    return {"VirtualMFADevice": shown_device}


def qr_code(text: str) -> bytes:
    """The QR code of a text as a PNG."""
    # Not at the top: it loads an HTTP client, which would make a start a tenth longer.
    import segno

    # One mask instead of the best of eight: any reader reads it, and it is made in a third of the time.
    found = io.BytesIO()
    segno.make_qr(text, error="l", mask=0, boost_error=False).save(found, kind="png", scale=4, border=4)
    return found.getvalue()


def _delete_virtual_mfa_device(work: Work, parameters: Parameters) -> None:
    device = _virtual(work.account, parameters["SerialNumber"])
    if device.user is not None:
        raise delete_conflict("MFA VirtualDevice in use. Must deactivate first.")
    del work.account.devices[device.serial]
    forget(work.account, device.serial, seed_too=True)


def _enable_mfa_device(work: Work, parameters: Parameters) -> None:
    _ask_for_own_device(work, parameters, "iam:EnableMFADevice")
    account = work.account
    user = user_of(account, parameters["UserName"])
    device = account.devices.get(parameters["SerialNumber"])
    if device is None:
        raise no_such_device(parameters["SerialNumber"])
    if device.user is not None:
        raise ApiError("EntityAlreadyExists", f"MFADevice with serial number {device.serial} is already assigned.", 409)
    if len(devices_of(account, user.name)) >= MOST_DEVICES:
        raise limit_exceeded("MFADevicesPerUser", MOST_DEVICES)
    if not enable_with(account, device, _codes(parameters), work.now, work.state.settings.assumptions, user.name):
        raise _invalid_code()
    account.devices[device.serial] = replace(device, user=user.name, enabled=work.now)


def _deactivate_mfa_device(work: Work, parameters: Parameters) -> None:
    """A virtual device remains, unassigned; a hardware token can be enabled again, as AWS keeps its seed; a FIDO key
    goes.
    """
    _ask_for_own_device(work, parameters, "iam:DeactivateMFADevice")
    account = work.account
    device = _device_of(account, user_of(account, asked_name(work, parameters)).name, parameters["SerialNumber"])
    if device.kind == "fido":
        del account.devices[device.serial]
    else:
        account.devices[device.serial] = replace(device, user=None, enabled=None)
    forget(account, device.serial, seed_too=False)


def _ask_for_own_device(work: Work, parameters: Parameters, action: str) -> None:
    """Ask the policies, and AWS's own rule before or after them (assumption `own-device-rule-order`)."""
    name = parameters.get("UserName") or own_name(work)
    before = work.state.settings.assumptions["own-device-rule-order"] == "before-policy"
    if before:
        _require_existing_device(work, name)
    for target in _BY_USER(work, parameters):
        authorise(work, action, target)
    if not before:
        _require_existing_device(work, name)


def _require_existing_device(work: Work, name: str) -> None:
    """AWS-2023-001: a user who has a device enables and disables his own only with MFA; others' are not concerned.

    Whether a device that was removed after the session began still counts, AWS does not say: here the session counts.
    """
    caller = work.caller
    if work.state.settings.assumptions["platform"] == "2022-11" or caller.user is None or caller.with_mfa:
        return
    if caller.user.name == name and devices_of(work.account, name):
        work.platform = _OWN_DEVICE_RULE
        raise ApiError("AccessDenied", RULES[_OWN_DEVICE_RULE].message or "", 403)


def _resync_mfa_device(work: Work, parameters: Parameters) -> None:
    account = work.account
    user = user_of(account, parameters["UserName"])
    device = _device_of(account, user.name, parameters["SerialNumber"])
    if not resync_with(account, device, _codes(parameters), work.now, work.state.settings.assumptions, user.name):
        raise _invalid_code()


def _list_mfa_devices(work: Work, parameters: Parameters) -> Result:
    owner = _owner(work, parameters)
    found, rest = page(devices_of(work.seen, owner), parameters, lambda device: device.serial)
    shown = [
        {"UserName": shown_owner(work.seen, owner), "SerialNumber": each.serial, "EnableDate": each.enabled}
        for each in found
    ]
    return {"MFADevices": shown, **rest}


def _get_mfa_device(work: Work, parameters: Parameters) -> Result:
    """Only FIDO keys are known to it: "we only accept FIDO security key ARNs" (API_GetMFADevice)."""
    owner, serial = _owner(work, parameters), parameters["SerialNumber"]
    device = work.seen.devices.get(serial)
    if device is None or device.user != owner or device.kind != "fido":
        raise no_such_device(serial)
    return {
        "UserName": shown_owner(work.seen, owner),
        "SerialNumber": serial,
        "EnableDate": device.enabled,
        "Certifications": dict(device.certifications),
    }


def _list_virtual_mfa_devices(work: Work, parameters: Parameters) -> Result:
    status = parameters.get("AssignmentStatus", "Any")
    devices = (
        device
        for device in work.seen.devices.values()
        if device.kind == "virtual" and (status == "Any" or (device.user is not None) == (status == "Assigned"))
    )
    found, rest = page(devices, parameters, lambda device: device.serial)
    shown = [
        {"SerialNumber": each.serial, "User": _holder(work.seen, each), "EnableDate": each.enabled} for each in found
    ]
    return {"VirtualMFADevices": shown, **rest}


def _holder(account: Account, device: Device) -> Mapping[str, Any] | None:
    """The user of a virtual device, as lists show him; the root user is told by his ARN."""
    if device.user == ROOT_USER:
        root = {"UserId": account.number, "Arn": account.root_arn, "CreateDate": account.created}
        return {**root, "Path": "/", "UserName": shown_owner(account, ROOT_USER)}
    user = account.users.get(device.user or "")
    return None if user is None else user_out(user, tags=False)


def _tag_mfa_device(work: Work, parameters: Parameters) -> None:
    device = _virtual(work.account, parameters["SerialNumber"])
    work.account.devices[device.serial] = replace(device, tags=merged_tags(device.tags, parameters["Tags"]))


def _untag_mfa_device(work: Work, parameters: Parameters) -> None:
    device = _virtual(work.account, parameters["SerialNumber"])
    work.account.devices[device.serial] = replace(device, tags=without_tags(device.tags, parameters["TagKeys"]))


def _list_mfa_device_tags(work: Work, parameters: Parameters) -> Result:
    device = _virtual(work.seen, parameters["SerialNumber"])
    found, rest = page(tags_out(device.tags), parameters, lambda tag: str(tag["Key"]))
    return {"Tags": found, **rest}


def devices_of(account: Account, user: str) -> list[Device]:
    """The devices that are assigned to a user, or to `ROOT_USER`."""
    return [device for device in account.devices.values() if device.user == user]


def asked_name(work: Work, parameters: Parameters) -> str:
    """The name of the user that a call is about: given, or the caller's own, who must be a user then."""
    name: str | None = parameters.get("UserName")
    if name is not None:
        return name
    if work.caller.user is None:
        raise validation_error("Must specify userName when calling with non-User credentials")
    return work.caller.user.name


def no_such_device(serial: str) -> ApiError:
    """For a device that is not there, or is not that user's."""
    kind = "VirtualMFADevice" if ":mfa/" in serial else "MFADevice"
    return ApiError("NoSuchEntity", f"{kind} with serial number {serial} does not exist.", 404)


def _virtual(account: Account, serial: str) -> Device:
    """A virtual device: others are neither deleted nor tagged."""
    device = account.devices.get(serial)
    if device is None or device.kind != "virtual":
        raise no_such_device(serial)
    return device


def _device_of(account: Account, user: str, serial: str) -> Device:
    device = account.devices.get(serial)
    if device is None:
        raise no_such_device(serial)
    if device.user != user:
        raise ApiError("NoSuchEntity", "MFA Device invalid for user.", 404)
    return device


def _owner(work: Work, parameters: Parameters) -> str:
    """Whose devices a call reads; the root user's own where he names nobody."""
    if parameters.get("UserName") is None and work.caller.is_root:
        return ROOT_USER
    return user_of(work.seen, asked_name(work, parameters)).name


def _codes(parameters: Parameters) -> tuple[str, str]:
    return parameters["AuthenticationCode1"], parameters["AuthenticationCode2"]


def _invalid_code() -> ApiError:
    return ApiError("InvalidAuthenticationCode", "Authentication code for device is not valid.", 403)


def _device(work: Work, parameters: Parameters) -> Iterable[Target]:
    """The device of a call; a hardware token has no ARN, so that only `*` reaches it."""
    return device_named(work, parameters) if parameters["SerialNumber"].startswith("arn:") else anything(work, {})


OPERATIONS = (
    Row("CreateVirtualMFADevice", _create_virtual_mfa_device, new("mfa", "VirtualMFADeviceName")),
    Row("DeleteVirtualMFADevice", _delete_virtual_mfa_device, _device),
    Row("EnableMFADevice", _enable_mfa_device, None),
    Row("DeactivateMFADevice", _deactivate_mfa_device, None),
    Row("ResyncMFADevice", _resync_mfa_device, _BY_USER),
    Row("ListMFADevices", _list_mfa_devices, _BY_USER),
    Row("GetMFADevice", _get_mfa_device, _BY_USER),
    Row("ListVirtualMFADevices", _list_virtual_mfa_devices, anything),
    Row("TagMFADevice", _tag_mfa_device, with_tags(_device)),
    Row("UntagMFADevice", _untag_mfa_device, with_tags(_device)),
    Row("ListMFADeviceTags", _list_mfa_device_tags, _device),
)
"""EnableMFADevice and DeactivateMFADevice ask the policies themselves: AWS's own rule stands before or after them."""
