"""A walk played on a sandbox: its people, devices and credentials set up, then call after call, with real codes.

What the sandbox cannot be asked is not passed over: `why_not` says of which call, and why.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.agreement.signed_calls import Answer, Key, Wire
from tests.agreement.walked import Walk
from tests.unit.sandbox.uploads import CERTIFICATE, PUBLIC_KEY

from iamfa import Sandbox
from iamfa.account.entities import AccessKey, Device, LoginProfile, ManagedPolicy, PolicyVersion, User
from iamfa.arn import iam_arn
from iamfa.evaluate.credential import CREDENTIALS
from iamfa.lifecycle import moves
from iamfa.lifecycle.machine import Ruling
from iamfa.lifecycle.result import Call
from iamfa.lifecycle.service_credentials import CREATE_FOR_SERVICE, DAYS, RESET_FOR_SERVICE, SERVICE, SERVICES
from iamfa.lifecycle.state import Actor
from iamfa.lifecycle.state import Device as Walked
from iamfa.lifecycle.state import State as Moment
from iamfa.lifecycle.world import AGE, FRESH_AGE
from iamfa.otp import code_of, step_of
from iamfa.policy.bundle import EVERYTHING, PolicyLike, document_of
from iamfa.policy.render import render
from iamfa.sandbox.live import LiveAccount, State, add_account
from iamfa.sandbox.other_credentials import OtherCredential
from iamfa.sandbox.sessions import issue
from iamfa.secret import Secret

PASSWORD = "correct-Horse-7-battery"
OWN_DEVICE = "own-device-needs-existing-mfa"
OFF = 40
"""Steps by which the clock of a device is off that is out of sync: far beyond what AWS accepts."""

NOT_THERE = {
    "organizations:DetachPolicy": "the organization is another account's",
    "organizations:UpdatePolicy": "the organization is another account's",
    "signin:AuthorizeOAuth2Access": "the sandbox has no `aws login`",
    "signin:CreateOAuth2Token": "the sandbox has no `aws login`",
    moves.UNHEARD_OF: "it stands for whatever the user works on, which is no call",
}
"""Calls of traces that the sandbox cannot be asked, by name."""
CONSOLE_FIDO = "iam:EnableMFADevice of a FIDO device"
CONSOLE_FIDO_REASON = "no API call enrols a FIDO device: enrolment is the console's"

LIFTING: dict[str, dict[str, Any]] = {
    "iam:CreateAccessKey": {},
    "iam:CreateLoginProfile": {"Password": PASSWORD},
    "iam:UpdateLoginProfile": {"Password": PASSWORD},
    "iam:UploadSSHPublicKey": {"SSHPublicKeyBody": PUBLIC_KEY},
    "iam:UploadSigningCertificate": {"CertificateBody": CERTIFICATE},
    CREATE_FOR_SERVICE: {"ServiceName": "<service>"},
    RESET_FOR_SERVICE: {"ServiceSpecificCredentialId": "<credential for the service>"},
    "iam:DetachUserPolicy": {"PolicyArn": "<policy>"},
    "iam:DeleteUserPolicy": {"PolicyName": "given-0"},
    "iam:PutUserPolicy": {"PolicyName": "given-0", "PolicyDocument": render(EVERYTHING)},
    "iam:AttachUserPolicy": {"PolicyArn": "<policy>"},
    "iam:DeleteUserPermissionsBoundary": {},
    "iam:PutUserPermissionsBoundary": {"PermissionsBoundary": "<policy>"},
    "iam:DetachGroupPolicy": {"PolicyArn": "<policy>"},
    "iam:DeleteGroupPolicy": {"PolicyName": "given-0"},
    "iam:PutGroupPolicy": {"PolicyName": "given-0", "PolicyDocument": render(EVERYTHING)},
    "iam:AttachGroupPolicy": {"PolicyArn": "<policy>"},
    "iam:RemoveUserFromGroup": {"UserName": "<user>"},
    "iam:AddUserToGroup": {"UserName": "<user>"},
    "iam:CreatePolicyVersion": {"PolicyDocument": render(EVERYTHING), "SetAsDefault": True},
    "iam:SetDefaultPolicyVersion": {"VersionId": "v1"},
}
"""Parameters of the calls by which attackers make themselves at home, apart from whom or what they are about. What
they are about stands for many things and need not be there: permission is what is compared."""


def why_not(walk: Walk) -> dict[str, str]:
    """The calls of a walk that cannot be played, with the reasons."""
    found = {call.call: NOT_THERE[call.call] for call in walk.trace if call.call in NOT_THERE}
    if any(_is_fido_enrolment(ruling) for ruling in walk.rulings):
        found[CONSOLE_FIDO] = CONSOLE_FIDO_REASON
    return found


def _is_fido_enrolment(ruling: Ruling) -> bool:
    return any(key == "iam:RegisterSecurityKey" for key, _ in ruling.attempt.context)


class Stage:
    """A walk's people, devices and credentials in a sandbox of its own account."""

    def __init__(self, box: Sandbox, wire: Wire, walk: Walk) -> None:
        self.box, self.wire, self.walk = box, wire, walk
        self.world, self.subject = walk.problem.world, walk.problem.world.subject
        self.age = str(next((v for k, v in self.world.context.items() if k.lower() == AGE), FRESH_AGE))
        self.arns = self._people()
        self.off = {d.serial for d in walk.problem.start.devices if not d.in_sync}
        self.used: Counter[str] = Counter()
        box.call(self._set_up)
        self.keys = self._credentials()

    def _people(self) -> dict[Actor, str]:
        """Whom the walk means by each actor; the thief is nobody of the account."""
        found = {Actor.USER: self.subject.user_arn, Actor.NEIGHBOUR: self.subject.neighbour_arn}
        for person in (self.walk.problem.person, *(r.attempt.by for r in self.walk.rulings if r.attempt.by)):
            found |= {person.identity: person.principal, person.target: person.target_arn}
        return found

    # The account

    def _set_up(self, state: State) -> None:
        number = self.subject.account
        state.accounts.clear()
        state.sessions.clear()
        state.organization, state.main = None, number
        account = add_account(state, number, self.subject.partition)
        state.settings.assumptions = self.walk.assumptions
        bundle, now = self.world.bundle, state.clock.now()
        boundary = None
        if bundle.boundary is not None:
            boundary = self._managed(account, "boundary", bundle.boundary, now)
        attached = tuple(self._managed(account, f"given-{i}", policy, now) for i, policy in enumerate(bundle.identity))
        everybody = {self.subject.user_arn, self.subject.neighbour_arn, self.subject.neighbour_with_prefix}
        for arn in sorted(everybody | set(self.arns.values())):
            path, _, name = arn.partition(":user/")[2].rpartition("/")
            path = f"/{path}/" if path else "/"
            account.users[name] = User(
                name, path, state.ids.unique("AIDA"), arn, now, attached=attached, boundary=boundary
            )
            key = AccessKey(state.ids.access_key(), name, "Active", now, Secret(state.ids.secret_key()))
            account.access_keys[key.id] = key
            account.login_profiles[name] = LoginProfile(name, now, False, now, Secret(PASSWORD))
            for service in SERVICES:
                id_ = state.ids.access_key("ACCA")
                held = OtherCredential(id_, "service", name, "Active", now, service, name, Secret("-"))
                account.other_credentials[id_] = held
        for device in self.walk.problem.start.devices:
            self._put(state, account, device)

    def _managed(self, account: LiveAccount, name: str, policy: PolicyLike, now: Any) -> str:
        arn = str(iam_arn("policy", name, account.number, partition=account.partition))
        versions = (PolicyVersion("v1", render(document_of(policy)), now),)
        account.policies[arn] = ManagedPolicy(arn, name, "/", f"ANPA{name}", now, now, versions, "v1")
        return arn

    def _put(self, state: State, account: LiveAccount, device: Walked) -> None:
        """A device as the walk has it, with a seed of its own."""
        owner = None if device.owner is None else _name(self.arns[device.owner])
        now, seed = state.clock.now(), None if device.kind == "fido" else Secret(state.ids.seed())
        held = Device(device.serial, device.kind, owner, None if owner is None else now, now, seed=seed)
        account.devices[device.serial] = held

    def _credentials(self) -> dict[tuple[str, str], Key]:
        """By the user's ARN and the kind: what the walk begins with."""
        person, start = self.walk.problem.person, self.walk.problem.start
        found = {(person.principal, kind): self._obtain(person.principal, kind) for kind in start.credentials}
        for other in {r.attempt.by.principal for r in self.walk.rulings if r.attempt.by and r.attempt.by.another}:
            found |= {(other, kind): self._obtain(other, kind) for kind in start.of_another}
        return found

    def _obtain(self, user: str, kind: str) -> Key:
        """A credential: as its user gets it where his devices let him, otherwise made as AWS would have."""
        name = _name(user)
        if kind == "long-term-key":
            held = next(each for each in self._account().access_keys.values() if each.user == name)
            assert held.secret is not None
            return Key(held.id, held.secret.reveal())
        own = [each for each in self._account().devices.values() if each.user == name]
        usable = [each for each in own if each.seed is not None and each.serial not in self.off]
        if kind == "console" and not own:
            return self._sign_in(user, None)
        if kind == "console-mfa" and usable:
            return self._sign_in(user, usable[0].serial)
        if kind in ("token", "token-mfa") and (kind == "token" or usable):
            key = self._obtain(user, "long-term-key")
            shown = self._shown(usable[0].serial if kind == "token-mfa" else None)
            answer = self.wire.call("sts", "GetSessionToken", key, shown)
            if answer.status == 200:
                return answer.key()
            # A Deny that is honoured: the session is older than the policy.

        def made(state: State) -> Key:
            given = state.clock.now() if CREDENTIALS[kind].mfa_age else None
            about = {"user": name, "user_id": state.account.users[name].id, "code_given": given}
            session = issue(state, state.account, kind, 3600, **about)  # type: ignore[arg-type]  # a kind by its name
            return Key(session.key_id, session.secret.reveal(), session.token.reveal())

        return self.box.call(made)

    def _sign_in(self, user: str, serial: str | None) -> Key:
        more: dict[str, str] = {}
        if serial is not None:
            fido = self._account().devices[serial].kind == "fido"
            more = {"security_key": serial} if fido else {"mfa_code": self._code(serial), "serial": serial}
        session = self.box.sign_in(_name(user), PASSWORD, **more)
        return Key(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])

    def _account(self) -> LiveAccount:
        return self.box.state.account

    # Codes

    def _code(self, serial: str, back: int = 0) -> str:
        """The code that a device shows now, or *back* steps ago; time goes on first, so that it is a new one."""
        if not back:
            self.box.clock.advance(90)
        seed = self._account().devices[serial].seed
        assert seed is not None, serial
        off = OFF if serial in self.off else 0
        return code_of(seed, step_of(self.box.clock.now()) + off - back)

    def _shown(self, serial: str | None) -> dict[str, str]:
        if serial is None:
            return {}
        fido = self._account().devices[serial].kind == "fido"
        return {"SerialNumber": serial, "TokenCode": "000000" if fido else self._code(serial)}

    def _pair(self, serial: str) -> dict[str, str]:
        second = self._code(serial)
        return {"AuthenticationCode1": self._code(serial, 1), "AuthenticationCode2": second}

    # Calls

    def play(self) -> list[tuple[Call, Answer]]:
        """Make every call of the walk up to the first that cannot be made (`why_not`).

        What is refused for want of a grant is then made with that grant.
        """
        played: list[tuple[Call, Answer]] = []
        moment = self.walk.problem.start
        for call, ruling in zip(self.walk.trace, self.walk.rulings, strict=True):
            if call.call in NOT_THERE or _is_fido_enrolment(ruling):
                return played
            # What stands whatever else is granted is told in place of the want of a grant: that is given here.
            behind = ruling.platform == OWN_DEVICE and ruling.verdict is not None and not ruling.verdict.allowed
            self._grant(ruling, render(EVERYTHING) if behind else None)
            played.append((call, self._play(moment, ruling)))
            if call.outcome == "refused" and ruling.mendable:
                self._grant(ruling, render(EVERYTHING))
                granted = self._play(moment, ruling)
                self._grant(ruling, None)
                if not granted.refused:
                    moment = ruling.attempt.after
                elif call is not self.walk.trace[-1]:
                    return played  # the grant is wanting elsewhere, e.g. in a role's trust policy
            moment = ruling.attempt.after
        return played

    def _grant(self, ruling: Ruling, text: str | None) -> None:
        """Give whoever calls one policy more, or take it away again."""
        name = _name((ruling.attempt.by or self.walk.problem.person).principal)

        def put(state: State) -> None:
            users = state.account.users
            users[name] = replace(users[name], inline={} if text is None else {"more": text})

        self.box.call(put)

    def _play(self, moment: Moment, ruling: Ruling) -> Answer:
        attempt, person = ruling.attempt, ruling.attempt.by or self.walk.problem.person
        self.box.call(self._stand_still)
        if attempt.action == moves.SIGN_IN:
            key = self._sign_in(person.principal, attempt.device.serial if attempt.device else None)
            self.keys[person.principal, attempt.credential] = key
            return Answer(200, None, None, "")
        key = self.keys[person.principal, attempt.credential]
        service, operation = attempt.action.split(":")
        parameters = self._parameters(moment, ruling)
        self.box.call(self._stand_still)
        answer = self.wire.call(service, operation, key, parameters)
        if operation == "GetSessionToken" and answer.status == 200:
            kind = "token" if attempt.device is None else "token-mfa"
            self.keys[person.principal, kind] = answer.key()
        return answer

    def _stand_still(self, state: State) -> None:
        """Keep every session with MFA as old as the walk takes it to be."""
        given = state.clock.now() - timedelta(seconds=int(self.age))
        for key, session in state.sessions.items():
            if session.code_given is not None:
                state.sessions[key] = replace(session, code_given=given)

    def _parameters(self, moment: Moment, ruling: Ruling) -> dict[str, Any]:
        attempt = ruling.attempt
        action, resource = attempt.action, attempt.resource
        if action == moves.CREATE:
            return self._creation(moment, attempt.resource)
        if action == moves.DELETE:
            return {"SerialNumber": resource}
        if action == moves.SESSION_TOKEN:
            return self._shown(attempt.device.serial if attempt.device else None)
        if action == moves.ASSUME_ROLE:
            shown = self._shown(attempt.device.serial if attempt.device else None)
            return {"RoleArn": resource, "RoleSessionName": "one", **shown}
        if action == moves.CHANGE_PASSWORD:
            return {"OldPassword": PASSWORD, "NewPassword": PASSWORD + "-2"}
        if action in (moves.ENABLE, moves.DEACTIVATE, moves.RESYNC):
            serial = _changed(moment, attempt.after)
            codes = {} if action == moves.DEACTIVATE else self._pair(serial)
            return {"UserName": _name(resource), "SerialNumber": serial, **codes}
        if action == moves.LIST:
            return {"UserName": _name(resource)}
        known = {"<policy>": next(iter(self._account().policies)), "<user>": self.subject.name}
        if action in (CREATE_FOR_SERVICE, RESET_FOR_SERVICE):
            known |= self._for_a_service(attempt)
        more = {k: known.get(v, v) if isinstance(v, str) else v for k, v in LIFTING[action].items()}
        if DAYS in dict(attempt.context):
            more["CredentialAgeDays"] = int(dict(attempt.context)[DAYS])
        if ":policy/" in resource:
            return {"PolicyArn": resource, **more}
        kind = "UserName" if ":user/" in resource else "GroupName"
        return {**more, kind: _name(resource)}

    def _for_a_service(self, attempt: moves.Attempt) -> dict[str, str]:
        """The service that the walk chose, and a credential for it: the user's, or where he has none the subject's."""
        service = dict(attempt.context)[SERVICE]
        held = {each.user: each.id for each in self._account().other_credentials.values() if each.text == service}
        id_ = held.get(_name(attempt.resource), held[self.subject.name])
        return {"<service>": service, "<credential for the service>": id_}

    def _creation(self, moment: Moment, serial: str) -> dict[str, Any]:
        """The console deletes what is unassigned before it makes a device, if the assumption holds."""
        if moment.named(serial) is not None:
            self.box.call(lambda state: state.account.devices.pop(serial, None))
        path, _, name = serial.partition(":mfa/")[2].rpartition("/")
        return {"VirtualMFADeviceName": name, "Path": f"/{path}/" if path else "/"}


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _changed(before: Moment, after: Moment) -> str:
    """The serial of the device that a call is about."""
    (serial,) = {device.serial for device in before.devices ^ after.devices}
    return serial
