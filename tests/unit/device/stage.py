"""A sandbox for the tests of devices: users under a policy, what each can call, and whose devices there are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from iamfa.device.own_user import OwnUser, own_user
from iamfa.gateway.aws import Aws
from iamfa.gateway.ports import Credentials
from iamfa.otp import code_of, step_of
from iamfa.sandbox.embedded import ADMINISTRATOR, Sandbox
from iamfa.sandbox.faults import Fault
from iamfa.secret import Secret

POLICIES = Path(__file__).parents[2] / "data" / "policies"
ACCOUNT = "123456789012"
ARN = f"arn:aws:iam::{ACCOUNT}"
NOTHING = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}'
EVERYTHING = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


class Stage:
    """A running sandbox and its users, each with an access key."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.admin = self.calls(ADMINISTRATOR)
        self._names = 0

    def calls(self, who: str | Credentials) -> Aws:
        """What a user, or whoever has these credentials, can call."""
        if isinstance(who, str):
            found = self.box.environment_of(who)
            who = Credentials(found["AWS_ACCESS_KEY_ID"], Secret(found["AWS_SECRET_ACCESS_KEY"]))
        return Aws(who, region=self.box.region, endpoint_url=self.box.endpoint_url, attempts=1)

    def user(self, policy: str | Path = EVERYTHING, *, name: str | None = None, path: str = "/") -> OwnUser:
        """A new user under this policy, a text or the name of a file of `tests/data/policies`."""
        self._names += 1
        name = name or f"alice{self._names}"
        text = policy if isinstance(policy, str) else (POLICIES / policy).read_text(encoding="utf-8")
        compact = json.dumps(json.loads(text), separators=(",", ":"))
        self.admin.call("iam", "CreateUser", UserName=name, Path=path)
        self.admin.call("iam", "PutUserPolicy", UserName=name, PolicyName="own", PolicyDocument=compact)
        self.admin.call("iam", "CreateAccessKey", UserName=name)
        return own_user(self.calls(name))

    def enrolled(self, user: OwnUser, name: str) -> str:
        """The serial of a new device of a user, enabled by the administrator; its next codes are unused."""
        device = self.admin.create_virtual_mfa_device(name)
        step = step_of(self.box.clock.now())
        self.admin.enable_mfa_device(
            user.name, device.serial, code_of(device.seed, step), code_of(device.seed, step + 1)
        )
        self.box.clock.advance(60)
        return device.serial

    def with_code(self, user: OwnUser, serial: str) -> Aws:
        """What the user can call in a session with the present code of a device."""
        session = self.calls(user.name).get_session_token(serial=serial, code=self.box.code(serial))
        self.box.clock.advance(30)
        return self.calls(session)

    def called(self, *operations: str) -> list[dict[str, Any]]:
        """The calls of these operations so far."""
        return [each for each in self.box.events if each["eventName"] in operations]

    def devices(self) -> dict[str, str | None]:
        """The serials of all devices of the account, and whose each is."""
        return self.box.call(lambda state: {each.serial: each.user for each in state.account.devices.values()})

    def fault(self, text: str) -> None:
        """Let something go wrong, e.g. `iam:EnableMFADevice=lost*1`."""
        self.box.faults.faults.append(Fault.parse(text))


class Late(Aws):
    """Calls that are so long on their way that the clock goes on meanwhile."""

    def __init__(self, stage: Stage, user: OwnUser, seconds: float) -> None:
        self._stage, self._user, self._seconds = stage, user, seconds

    def call(self, service: str, operation: str, **parameters: Any) -> Any:
        if operation == "EnableMFADevice":
            self._stage.box.clock.advance(self._seconds)
        return self._stage.calls(self._user.name).call(service, operation, **parameters)
