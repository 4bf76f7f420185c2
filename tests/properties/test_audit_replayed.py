"""What an audit shows happens on a sandbox with the same account: requests pass, traces end, who is forced is stopped.

Real calls over the wire, signed with the keys of the account, with codes of the devices that the calls themselves make.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agreement.signed_calls import REFUSALS, Answer, Key, Wire
from tests.properties.small_accounts import NOW, NUMBER, Maker, Small

from iamfa import Sandbox
from iamfa.audit.audit import judge_users
from iamfa.audit.values import UserAudit
from iamfa.lifecycle import moves
from iamfa.otp import code_of, step_of
from iamfa.sandbox.live import State, add_account
from iamfa.secret import Secret

PASSWORD = "correct-Horse-7-battery"
NO_PERMISSION = (*REFUSALS, "InvalidClientTokenId")
EVERYTHING = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
ABOUT: dict[str, dict[str, str]] = {
    "iam:ListUsers": {},
    "iam:AttachUserPolicy": {"UserName": "", "PolicyArn": f"arn:aws:iam::{NUMBER}:policy/p0"},
    "iam:DeleteUserPermissionsBoundary": {"UserName": ""},
    "iam:DeleteUserPolicy": {"UserName": "", "PolicyName": "own"},
    "iam:DetachUserPolicy": {"UserName": "", "PolicyArn": f"arn:aws:iam::{NUMBER}:policy/p0"},
    "iam:DetachGroupPolicy": {"GroupName": "", "PolicyArn": f"arn:aws:iam::{NUMBER}:policy/p0"},
    "iam:RemoveUserFromGroup": {"GroupName": "", "UserName": "alice"},
    "iam:CreatePolicyVersion": {"PolicyArn": "", "PolicyDocument": EVERYTHING},
}
"""Parameters of calls that may be a witness; what is empty names the resource."""


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Sandbox, Wire]]:
    with Sandbox(seed=7) as box, Wire(box.endpoint_url) as wire:
        box.clock.set(NOW, still=True)
        yield box, wire


class Played:
    """An account in the sandbox, and the calls of its users."""

    def __init__(self, box: Sandbox, wire: Wire, small: Small) -> None:
        self.box, self.wire, self.small = box, wire, small
        box.call(self._set_up)
        self.seeds: dict[str, Secret] = {}

    def _set_up(self, state: State) -> None:
        state.accounts.clear()
        state.sessions.clear()
        state.organization, state.main = self.small.organization, NUMBER
        live, account = add_account(state, NUMBER, "aws"), self.small.account
        for table in ("users", "groups", "policies", "roles", "devices", "access_keys", "login_profiles"):
            getattr(live, table).update(getattr(account, table))

    def key(self, user: str) -> Key:
        held = next(each for each in self.small.account.access_keys.values() if each.user == user)
        assert held.secret is not None
        return Key(held.id, held.secret.reveal())

    def signed_in(self, user: str, serial: str | None = None) -> Key:
        more = {} if serial is None else {"mfa_code": self.code(serial), "serial": serial}
        found = self.box.sign_in(user, PASSWORD, **more)
        return Key(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])

    def code(self, serial: str, back: int = 0) -> str:
        if not back:
            self.box.clock.advance(90)
        return code_of(self.seeds[serial], step_of(self.box.clock.now()) - back)

    def asked(self, action: str, resource: str, key: Key) -> Answer | None:
        """A single request as a call; None where the sandbox knows no such call here."""
        if action == "s3:ListAllMyBuckets":
            return self.wire.s3("GET", "/", key)
        if action == "s3:GetObject":
            return self.wire.s3("GET", "/" + resource.rpartition(":::")[2], key)
        if action not in ABOUT:
            return None
        name = resource if ":policy/" in resource else resource.rpartition("/")[2]
        return self.wire.call("iam", action[4:], key, {k: v or name for k, v in ABOUT[action].items()})

    def stolen(self, user: UserAudit) -> Key | None:
        """The trace of somebody who has the key or the password: what he holds in the end; None: no call is like it."""
        held = {"long-term-key": self.key(user.name)} if user.enrolled.leaked == "key" else {}
        serial = ""
        for call in user.enrolled.trace:
            assert call.outcome == "ok"
            if call.call == moves.SIGN_IN:
                held[call.credential] = self.signed_in(user.name, serial or None)
            elif call.call == moves.CREATE:
                name = call.resource.partition(":mfa/")[2]
                answer = self.wire.call(
                    "iam", "CreateVirtualMFADevice", held[call.credential], {"VirtualMFADeviceName": name}
                )
                assert answer.status == 200, (call, answer)
                serial = answer.text("SerialNumber")
                self.seeds[serial] = self.box.call(lambda state, s=serial: state.account.devices[s].seed)
            elif call.call == moves.ENABLE:
                if not serial:
                    return None  # a passkey: no call enrols one
                second = self.code(serial)
                codes = {"AuthenticationCode1": self.code(serial, 1), "AuthenticationCode2": second}
                about: dict[str, Any] = {"UserName": user.name, "SerialNumber": serial, **codes}
                answer = self.wire.call("iam", "EnableMFADevice", held[call.credential], about)
                assert answer.status == 200, (call, answer)
            elif call.call == moves.SESSION_TOKEN:
                shown = {"SerialNumber": serial, "TokenCode": self.code(serial)} if serial else {}
                answer = self.wire.call("sts", "GetSessionToken", held[call.credential], shown)
                assert answer.status == 200, (call, answer)
                held["token-mfa" if serial else "token"] = answer.key()
            else:
                answer_of_it = self.asked(call.call, call.resource, held[call.credential])
                assert answer_of_it is None or answer_of_it.code not in NO_PERMISSION, (call, answer_of_it)
        return held.get("token-mfa") or held.get("console-mfa")


@given(seed=st.integers(0, 10**9))
def test_what_is_shown_happens(running: tuple[Sandbox, Wire], seed: int) -> None:
    small = Maker(Random(seed)).small()
    for user in judge_users(small.account, small.organization, now=NOW).users:
        played = Played(*running, small)
        witness = user.enforced.witness
        if user.enrolled.answer == "exposed-now":
            session = played.stolen(user)
            if session is not None and user.enrolled.reaches == ("*",):
                answer = played.wire.call("iam", "ListUsers", session)
                assert answer.code not in NO_PERMISSION, (user, answer)
        elif witness is not None and witness.can_be_sent and user.has_key and witness.credential == "long-term-key":
            shown = played.asked(witness.request.action, witness.request.resource, played.key(user.name))
            assert shown is None or shown.code not in NO_PERMISSION, (user, shown)
        if user.enforced.answer in ("denied", "no-permissions") and user.has_key:
            answer = played.wire.call("iam", "ListUsers", played.key(user.name))
            assert answer.code in NO_PERMISSION, (user, answer)
