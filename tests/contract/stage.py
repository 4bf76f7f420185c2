"""What every test of the contract stands on: an administrator, throw-away users, roles and devices, and time.

Nothing here or in the tests looks into a sandbox, so that they say the same about AWS. What is made has names that
begin with the stage's prefix, and goes at the end, even when a test failed.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError
from tests.contract.clean_up import clean_up
from tests.contract.evidence import Evidence
from tests.contract.values import Credentials, Device, Person, Refusal, Role, Statement, policy, trusting
from tests.contract.venue import Venue

from iamfa.otp import STEP_SECONDS, code_of, step_of
from iamfa.secret import Secret

PREFIX: Final = "iamfa-contract-"
_MOST_INLINE: Final = 2000
"""Characters of a user's inline policy: 2,048 are allowed (page reference_iam-quotas)."""
_READS: Final = ("Get", "List", "Simulate", "Generate")


class Stage:
    """An account to try things in, by calls of its APIs alone."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.live = venue.live
        self.prefix = f"{PREFIX}{secrets.token_hex(4)}-"
        self._count = 0
        self._changed: datetime | None = None
        self._clients: dict[tuple[str, str | None], Any] = {}
        self._opened: list[Any] = []
        self._spent: dict[str | None, int] = {}
        found = venue.client("sts").get_caller_identity()
        self.account: str = found["Account"]
        self.partition: str = found["Arn"].split(":")[1]
        self.arn_of_account = f"arn:{self.partition}:iam::{self.account}:root"
        """Everybody in it, as the principal of a trust policy."""
        masks = {found["Arn"]: "ADMINISTRATOR", self.account: "ACCOUNT"}
        self.evidence = Evidence(masks)
        self.iam = self.client("iam")
        """The administrator's."""
        self.endpoint: str = self.iam.meta.endpoint_url

    def __enter__(self) -> Stage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave; from an account everything goes that was made there. Raises `CleanUpError` for what remains.

        A sandbox goes as a whole.
        """
        try:
            if self.live:
                clean_up(self.iam, self.prefix)
        finally:
            for client in self._opened:
                client.close()
            self.venue.close()

    def name(self, what: str = "x") -> str:
        """A name that nothing has yet."""
        self._count += 1
        return f"{self.prefix}{self._count}-{what}"

    def arn(self, kind: str, name: str) -> str:
        """The ARN of a user, role, policy or device of the account."""
        return f"arn:{self.partition}:iam::{self.account}:{kind}/{name}"

    def client(self, service: str, credentials: Credentials | Person | None = None) -> Any:
        """A client with these credentials; a person's are his key, none are the administrator's."""
        held = credentials.key if isinstance(credentials, Person) else credentials
        key = (service, None if held is None else held.key_id)
        if key not in self._clients:
            self._clients[key] = self.new_client(service, held)
        return self._clients[key]

    def new_client(self, service: str, held: Credentials | None) -> Any:
        """A client that nobody else has, for credentials that are wrong on purpose."""
        client = self.venue.client(service, held)
        self._opened.append(client)
        by = "administrator" if held is None else f"{held.key_id[:4]}…"
        self.evidence.watch(client, by)
        client.meta.events.register(f"after-call.{service}", self._note_change)
        if held is not None:
            client.meta.events.register(f"before-parameter-build.{service}", self._settle_first)
        return client

    def _note_change(self, model: Any, **_: Any) -> None:
        if model.service_model.service_name == "iam" and not model.name.startswith(_READS):
            self._changed = self.venue.now()

    def _settle_first(self, **_: Any) -> None:
        self.settle()

    def settle(self) -> None:
        """Wait until the last change is seen; at once where changes are."""
        if self._changed is not None:
            left = self.venue.settling - (self.venue.now() - self._changed).total_seconds()
            self._changed = None
            if left > 0:
                self.venue.wait(left)

    def user(self, *statements: Statement, name: str | None = None, path: str = "/") -> Person:
        """A new user with an access key, who may do what the statements say."""
        name = name or self.name("user")
        made = self.iam.create_user(UserName=name, Path=path)["User"]
        key = Credentials.of(self.iam.create_access_key(UserName=name)["AccessKey"])
        person = Person(name, made["Arn"], made["UserId"], key)
        if statements:
            self.permit(person, *statements)
        return person

    def permit(self, person: Person, *statements: Statement) -> None:
        """Give a user exactly this policy; one that is too long for him becomes a managed one, once."""
        text = json.dumps(policy(*statements), separators=(",", ":"))
        if len(text) <= _MOST_INLINE:
            self.iam.put_user_policy(UserName=person.name, PolicyName="contract", PolicyDocument=text)
            return
        made = self.iam.create_policy(PolicyName=self.name("policy"), PolicyDocument=text)["Policy"]
        self.iam.attach_user_policy(UserName=person.name, PolicyArn=made["Arn"])

    def role(self, trust: dict[str, Any] | None = None, *statements: Statement, **settings: Any) -> Role:
        """A new role; without a trust policy it trusts the account."""
        document = json.dumps(trust or trusting(self.arn_of_account))
        name = self.name("role")
        made = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, **settings)["Role"]
        if statements:
            text = json.dumps(policy(*statements))
            self.iam.put_role_policy(RoleName=name, PolicyName="contract", PolicyDocument=text)
        return Role(name, made["Arn"], made["RoleId"])

    def device(self, name: str | None = None, *, by: Any = None) -> Device:
        """A new virtual device that is nobody's."""
        client = by if by is not None else self.iam
        made = client.create_virtual_mfa_device(VirtualMFADeviceName=name or self.name("device"))["VirtualMFADevice"]
        return Device(made["SerialNumber"], Secret(made["Base32StringSeed"].decode()), made["QRCodePNG"])

    def enable(self, person: Person, device: Device | None = None, *, by: Any = None) -> Device:
        """Enable a device, or a new one, for a user: by the administrator unless another client is given."""
        device = device if device is not None else self.device()
        client = by if by is not None else self.iam
        client.enable_mfa_device(UserName=person.name, SerialNumber=device.serial, **self.pair(device, person))
        return device

    def step(self, room: float = 10.0) -> int:
        """The present step of codes, with so many seconds of it left; changes have settled."""
        self.settle()
        left = STEP_SECONDS - self.venue.now().timestamp() % STEP_SECONDS
        if left < room:
            self.venue.wait(left + 0.5)
        return step_of(self.venue.now())

    def reach(self, step: int, room: float = 10.0) -> int:
        """Wait until this step has begun; gives the present one."""
        while (present := self.step(room)) < step:
            self.venue.wait(step * STEP_SECONDS - self.venue.now().timestamp() + 0.5)
        return present

    def code(self, device: Device, step: int) -> str:
        """The code of a device in a step, spent or not."""
        return code_of(device.seed, step)

    def next_code(self, device: Device) -> str:
        """A code of the present step that was not spent, neither of this device nor of another of its owner."""
        step = self.reach(1 + max(device.used, self._spent.get(device.owner, -1)))
        self.spend(device, step)
        return self.code(device, step)

    def pair(self, device: Device, person: Person) -> dict[str, str]:
        """Two consecutive unspent codes, the second of the present step, as parameters."""
        device.owner = person.name
        step = self.reach(2 + max(device.used, self._spent.get(device.owner, -1)))
        self.spend(device, step)
        return self.pair_of(device, step)

    def pair_of(self, device: Device, step: int) -> dict[str, str]:
        """The codes of a step and the one before it, as parameters."""
        return {"AuthenticationCode1": self.code(device, step - 1), "AuthenticationCode2": self.code(device, step)}

    def spend(self, device: Device, step: int) -> None:
        """Note that a step's code was given away."""
        device.used = max(device.used, step)
        self._spent[device.owner] = max(step, self._spent.get(device.owner, -1))

    def session(self, person: Person, device: Device | None = None, **parameters: Any) -> Credentials:
        """A session of GetSessionToken by the user's key, with a code of this device or without."""
        if device is not None:
            self.settle()
            parameters = {"SerialNumber": device.serial, "TokenCode": self.next_code(device), **parameters}
        return Credentials.of(self.client("sts", person).get_session_token(**parameters)["Credentials"])

    def assume(
        self, caller: Credentials | Person, role: Role, name: str = "contract", **parameters: Any
    ) -> Credentials:
        """A session of a role. Raises AWS's refusal."""
        answer = self.client("sts", caller).assume_role(RoleArn=role.arn, RoleSessionName=name, **parameters)
        return Credentials.of(answer["Credentials"])


def refusal(call: Callable[..., Any], **parameters: Any) -> Refusal:
    """How a call is refused; that it is not fails the test."""
    found = attempt(call, **parameters)
    if found is None:
        pytest.fail(f"the call is not refused: {call.__name__}", pytrace=True)
    return found


def attempt(call: Callable[..., Any], **parameters: Any) -> Refusal | None:
    """How a call is refused; None where it is not."""
    try:
        call(**parameters)
    except ClientError as error:
        found = error.response
        return Refusal(found["Error"]["Code"], found["ResponseMetadata"]["HTTPStatusCode"], found["Error"]["Message"])
    return None
