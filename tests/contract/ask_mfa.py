"""Questions about MFA in sessions, and about AWS's own rule for a user's own devices."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.contract.context import AGE, KEYS, PRESENT, Condition, answers, asking, mfa_of
from tests.contract.question import Found, Unsettled, require
from tests.contract.stage import Stage, attempt
from tests.contract.values import Credentials, Device, Person, Refusal, allow, deny, policy

_RULE = "please ensure that you are authenticated with an MFA device that is enabled for this user"
_MFA = {name: KEYS[name] for name in ("mfa-absent", "mfa-true", "mfa-false", "age-there")}
_DEVICES = [f"iam:{each}MFADevice" for each in ("CreateVirtual", "DeleteVirtual", "Enable", "Deactivate", "Resync")]


def _by_the_rule(found: Refusal | None) -> bool:
    """Whether AWS's own rule refused; a refusal by something else leaves the question open."""
    return found is not None and found.code == "AccessDenied" and _RULE in found.message


def _enabling(stage: Stage, person: Person) -> Refusal | None:
    """How a second device of the caller's own is refused with his key and right codes."""
    device = stage.device()
    iam = stage.client("iam", person)
    codes = stage.pair(device, person)
    return attempt(iam.enable_mfa_device, UserName=person.name, SerialNumber=device.serial, **codes)


def platform(stage: Stage) -> Found:
    """A user with a device enables a second with his key alone."""
    person = stage.user(allow(_DEVICES))
    stage.enable(person)
    found = _enabling(stage, person)
    if found is None:
        return "2022-11"
    if _by_the_rule(found):
        return "2023-04"
    raise Unsettled(f"refused by something else: {found.code}: {found.message}")


def rule_order(stage: Stage) -> Found:
    """The same where a policy denies it explicitly: which of the two speaks?"""
    person = stage.user(allow(_DEVICES))
    stage.enable(person)
    require(_by_the_rule(_enabling(stage, person)), "without the Deny the rule refuses")
    stage.permit(person, allow(_DEVICES), deny("iam:EnableMFADevice"))
    found = _enabling(stage, person)
    if _by_the_rule(found):
        return "before-policy"
    if found is not None and "is not authorized to perform: iam:EnableMFADevice" in found.message:
        return "after-policy"
    raise Unsettled(f"neither of the two refuses: {found}")


def rule_reach(stage: Stage) -> Found:
    """The calls that the rule does not name, with a key alone, by a user who has a device."""
    person = stage.user(allow(_DEVICES))
    device = stage.enable(person)
    iam = stage.client("iam", person)
    stage.settle()
    name = stage.name("device")
    found = {"CreateVirtualMFADevice": attempt(iam.create_virtual_mfa_device, VirtualMFADeviceName=name)}
    serial = stage.arn("mfa", name) if found["CreateVirtualMFADevice"] is None else stage.device().serial
    found["DeleteVirtualMFADevice"] = attempt(iam.delete_virtual_mfa_device, SerialNumber=serial)
    codes = stage.pair(device, person)
    parameters = {"UserName": person.name, "SerialNumber": device.serial, **codes}
    found["ResyncMFADevice"] = attempt(iam.resync_mfa_device, **parameters)
    return {call: _word(refused) for call, refused in found.items()}


def _word(refused: Refusal | None) -> str:
    return "allowed" if refused is None else "refused by the rule" if _by_the_rule(refused) else refused.code


def rule_after_removal(stage: Stage) -> Found:
    """A session of a device that was then deactivated, used to disable the device that is left."""
    person = stage.user(allow(_DEVICES))
    first, second = stage.enable(person), stage.enable(person)
    session = stage.session(person, first)
    stage.iam.deactivate_mfa_device(UserName=person.name, SerialNumber=first.serial)
    iam = stage.client("iam", session)
    return _word(attempt(iam.deactivate_mfa_device, UserName=person.name, SerialNumber=second.serial))


def code_at_assume_role(stage: Stage) -> Found:
    """The caller's own policy allows AssumeRole with MFA only, the trust policy asks for nothing; a code is given."""
    role = stage.role()
    person = stage.user(allow("sts:AssumeRole", role.arn, Bool={PRESENT: "true"}))
    device = stage.enable(person)
    session = stage.session(person, device)
    require(_assumed(stage, session, role.arn) is None, "a session with MFA assumes the role")
    proof = {"SerialNumber": device.serial, "TokenCode": stage.next_code(device)}
    found = _assumed(stage, person, role.arn, **proof)
    if found is not None:
        require(found.code == "AccessDenied" and "not authorized" in found.message, "the refusal is the policy's")
    return "yes" if found is None else "no"


def _assumed(stage: Stage, caller: Credentials | Person, arn: str, **proof: str) -> Refusal | None:
    sts = stage.client("sts", caller)
    return attempt(sts.assume_role, RoleArn=arn, RoleSessionName="contract", **proof)


def chained_role(stage: Stage) -> Found:
    """A role that a session with MFA assumed, asked by another role's name what it carries."""
    found = _role_sessions(stage, ("token-mfa",))["token-mfa"]
    return {"true": "true-when-chained", "false": "false"}.get(found.partition(",")[0], found)


def role_sessions(stage: Stage) -> Found:
    """What sessions of a role carry, by what they were obtained with."""
    return _role_sessions(stage, ("key", "key-and-code", "token", "token-mfa"))


def _role_sessions(stage: Stage, ways: tuple[str, ...]) -> dict[str, str]:
    probe = stage.role()
    role = stage.role(None, *asking(probe, _MFA))
    person = stage.user(allow("sts:AssumeRole", role.arn))
    device: Device = stage.enable(person)
    found = {}
    for way in ways:
        held = stage.session(person, device if way == "token-mfa" else None) if way.startswith("token") else person
        proof = {}
        if way == "key-and-code":
            proof = {"SerialNumber": device.serial, "TokenCode": stage.next_code(device)}
        session = stage.assume(held, role, **proof)
        found[way] = mfa_of(answers(stage, session, probe, _MFA))
    return found


def federated(stage: Stage) -> Found:
    """What a session of GetFederationToken carries, told by session policies: it may call neither IAM nor STS."""
    person = stage.user(allow(["sts:GetFederationToken", "s3:ListAllMyBuckets"]))

    def passes(condition: Condition) -> bool:
        document = json.dumps(policy(allow("s3:ListAllMyBuckets", "*", **condition)))
        sts = stage.client("sts", person)
        made = sts.get_federation_token(Name="contract", Policy=document)["Credentials"]
        return attempt(stage.client("s3", Credentials.of(made)).list_buckets) is None

    require(passes({}), "without a condition the call passes")
    return mfa_of({name for name, condition in _MFA.items() if passes(condition)})


def survival(stage: Stage) -> Found:
    """Sessions with MFA whose key, or whose device, is then gone; MFA must still be seen for `lives`."""
    found = {}
    for gone in ("key inactive", "key deleted", "device deactivated", "device deleted"):
        person = stage.user(allow("iam:GetUser", Bool={PRESENT: "true"}, NumericLessThan={AGE: "3600"}))
        device = stage.enable(person)
        iam = stage.client("iam", stage.session(person, device))
        require(attempt(iam.get_user) is None, "the session is good before")
        _take_away(stage, person, device, gone)
        refused = attempt(iam.get_user)
        found[gone] = "lives" if refused is None else refused.code
    return found


def _take_away(stage: Stage, person: Person, device: Device, gone: str) -> None:
    key: Mapping[str, str] = {"UserName": person.name, "AccessKeyId": person.key.key_id}
    if gone == "key inactive":
        stage.iam.update_access_key(**key, Status="Inactive")
    elif gone == "key deleted":
        stage.iam.delete_access_key(**key)
    else:
        stage.iam.deactivate_mfa_device(UserName=person.name, SerialNumber=device.serial)
        if gone == "device deleted":
            stage.iam.delete_virtual_mfa_device(SerialNumber=device.serial)
