"""A sandbox in a program: a local IAM and STS with an administrator, gone when the program leaves it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from iamfa import clock as system_clock
from iamfa.account.details import SnapshotError
from iamfa.account.entities import AccessKey, ManagedPolicy, PolicyVersion, User
from iamfa.arn import iam_arn, is_account_id, partition_of_region, user_arn
from iamfa.errors import IamfaError
from iamfa.files import read_text, write_text
from iamfa.platform import Assumptions
from iamfa.policy.policy import Policy
from iamfa.policy.render import render
from iamfa.sandbox import federation
from iamfa.sandbox.control import PREFIX, Control, code_json
from iamfa.sandbox.dispatch import Dispatcher, OtherCall, Reply
from iamfa.sandbox.faults import Fault, Faults
from iamfa.sandbox.journal import Event, Journal
from iamfa.sandbox.live import State, fresh_state
from iamfa.sandbox.messages import HttpRequest, HttpResponse
from iamfa.sandbox.saved import load, save
from iamfa.sandbox.server import Limits, Server
from iamfa.sandbox.signin import sign_in
from iamfa.sandbox.table import lag_of
from iamfa.secret import Secret

T = TypeVar("T")

ACCOUNT = "123456789012"
REGION = "us-east-1"
ADMINISTRATOR = "administrator"
OWN_USER = "own-user"
"""The user of the story, under the policy that a sandbox is started with."""

_MOST_BYTES = 16 * 1024 * 1024
"""Of a request's body: objects of S3 are larger than calls of IAM."""

_REGION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")


class Sandbox:
    """A local IAM and STS that decides every call by the policies, checks every signature and every code.

        with iamfa.Sandbox() as box:
            iam = boto3.client("iam", **box.client_settings())

    *account* is its number, twelve digits. *policy*, a text, a path or a Policy, bears on a user `own-user`. With
    *seed* everything that is made up (ids, keys, seeds of devices) is the same on every run. *load* is the path of a
    snapshot. What AWS does not document is set by *assumptions*. *throttle* is calls per second, *lag* seconds until a
    change is seen, *faults* as `iam:CreateUser=failure*1`. Settings that are given stand above those that were saved.
    It listens on loopback only. Before it is started and after it is stopped, its state can be looked at and changed
    all the same.

    Raises `IamfaError` for a wrong setting and for a port that is taken, `PolicyError` for a policy that is none.
    """

    def __init__(
        self,
        *,
        account: str = ACCOUNT,
        region: str = REGION,
        policy: Policy | str | Path | None = None,
        seed: int | None = None,
        load: str | Path | None = None,
        port: int = 0,
        host: str = "127.0.0.1",
        unsafe_address: bool = False,
        assumptions: Mapping[str, str] | None = None,
        policy_arns_in_denials: bool = False,
        services: bool = True,
        throttle: float | None = None,
        lag: float = 0.0,
        faults: Sequence[str] = (),
        now: Callable[[], datetime] = system_clock.now,
    ) -> None:
        if not is_account_id(account):
            raise IamfaError(f"`{account}` is no number of an account", hint="it has twelve digits")
        if not _REGION.fullmatch(region):
            raise IamfaError(f"`{region}` is no Region", hint="they are called as `us-east-1` is")
        self.region = region
        self._account = account
        self._now = now
        self._seed = seed
        self._policy = _policy(policy)
        self._lag = lag_of(lag)
        # What is given as it would be anyway leaves to what is loaded how it was.
        self._settings: dict[str, Any] = {
            **({"assumptions": _assumptions(assumptions)} if assumptions else {}),
            **({"policy_arns_in_denials": True} if policy_arns_in_denials else {}),
            **({"services": False} if not services else {}),
        }
        self._snapshot = (load, _read_snapshot(load)) if load is not None else None
        self.journal = Journal()
        self.faults = Faults([Fault.parse(text) for text in faults], throttle)
        self.state = self._fresh()
        self.token = Secret(self.state.ids.word(40))
        """The bearer token of the control plane."""
        self._forget_services: Callable[[State], None] = lambda state: None
        self._dispatcher = Dispatcher(self, self._answer_other_service)
        self._control = Control(self, self.token)
        limits = Limits(body_bytes=_MOST_BYTES)
        self._server = Server(self._answer, host=host, port=port, limits=limits, unsafe_address=unsafe_address)

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen; returns when the first request may come."""
        self._server.start()

    def stop(self) -> None:
        """Answer what has begun, and end; buckets and the like end with it."""
        self._server.stop()
        self._forget_services(self.state)

    @property
    def endpoint_url(self) -> str:
        """Where it listens, e.g. `http://127.0.0.1:45321`."""
        return self._server.endpoint_url

    @property
    def environment(self) -> dict[str, str]:
        """What clients of AWS read from the environment: the endpoint, the Region, and the administrator's key."""
        return self.environment_of(ADMINISTRATOR)

    def environment_of(self, user: str) -> dict[str, str]:
        """The same with a key of this user. Raises `IamfaError` where he has none whose secret is known."""
        key = self._inside(lambda: self._key_of(user))
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": key.id,
            "AWS_SECRET_ACCESS_KEY": key.secret.reveal() if key.secret is not None else "",
        }

    def client_settings(self, user: str = ADMINISTRATOR) -> dict[str, str]:
        """The arguments of `boto3.client` and `boto3.resource` for a user of the sandbox."""
        environment = self.environment_of(user)
        return {
            "endpoint_url": environment["AWS_ENDPOINT_URL"],
            "region_name": self.region,
            "aws_access_key_id": environment["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": environment["AWS_SECRET_ACCESS_KEY"],
        }

    def code(self, serial: str) -> str:
        """The present code of a device, by its serial or its name.

        Raises `IamfaError` for a device that is not there or gives no codes.
        """
        return self._inside(lambda: self._code(serial))

    @property
    def clock(self) -> BoxClock:
        """The sandbox's time, for reading, advancing and setting."""
        return BoxClock(self)

    @property
    def events(self) -> list[Event]:
        """What was called and how it was decided, the latest last; in the form of CloudTrail's records."""
        return self._inside(lambda: self.journal.events)

    def sign_in(self, user: str, password: str, **more: str) -> Mapping[str, Any]:
        """Sign in to the console: the credentials of a console session, with or without MFA as it was done."""
        body = {"user": user, "password": password, **more}
        return self._inside(lambda: sign_in(self.state, body))

    def save(self, path: str | Path) -> None:
        """Write everything, secrets included, to a file that only its owner may read; whole or not at all."""
        snapshot = self._inside(self.snapshot)
        write_text(path, json.dumps(snapshot, indent=1) + "\n", mode=0o600)

    def load(self, path: str | Path) -> None:
        """Put what was saved in place of everything. Raises `SnapshotError` for a file that is no snapshot."""
        snapshot = _read_snapshot(path)
        with _named(path):
            self._inside(lambda: self.restore(snapshot))

    def call(self, function: Callable[[State], T]) -> T:
        """Run a function on the sandbox's state between two requests, and give its result."""
        return self._inside(lambda: function(self.state))

    def snapshot(self) -> dict[str, Any]:
        """Everything, as it is saved."""
        return save(self.state)

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Put a snapshot in place of everything."""
        state = self._loaded(snapshot)
        self._forget_services(self.state)
        self.state = state

    def reset(self) -> None:
        """Back to the beginning."""
        self._forget_services(self.state)
        self.state = self._fresh()
        self.journal.clear()

    def _inside(self, function: Callable[[], T]) -> T:
        return self._server.call(function, idle=True)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if request.target.startswith(PREFIX):
            return self._control.answer(request)
        if request.target.partition("?")[0] == federation.PATH:
            return federation.answer(self.state, request)
        return self._dispatcher.answer(request)

    def _answer_other_service(self, call: OtherCall) -> Reply:
        """Loaded with the first call of another service, which most sandboxes never see."""
        from iamfa.sandbox.services import answer_other_service, forget_services

        self._forget_services = forget_services
        return answer_other_service(call)

    def _fresh(self) -> State:
        if self._snapshot is not None:
            with _named(self._snapshot[0]):
                state = self._loaded(self._snapshot[1])
        else:
            partition = partition_of_region(self.region).id
            state = fresh_state(self._account, partition=partition, system=self._now, seed=self._seed)
            _ensure_administrator(state)
        if self._policy is not None:
            _ensure_user(state, OWN_USER, _add_policy(state, self._policy))
        for name, value in self._settings.items():
            setattr(state.settings, name, value)
        # Last, so that those who are there from the beginning are seen from the beginning.
        state.lag.seconds = self._lag or state.lag.seconds
        return state

    def _loaded(self, snapshot: Mapping[str, Any]) -> State:
        """What was saved; around the snapshot of a real account nobody could sign, but for the administrator."""
        state = load(snapshot, self._now, self._seed)
        _ensure_administrator(state)
        return state

    def _key_of(self, user: str) -> AccessKey:
        keys = _usable_keys(self.state, user)
        if not keys:
            message = f"the user `{user}` has no active access key whose secret is known"
            raise IamfaError(message, hint="let the administrator create the user, or a key for him")
        return keys[0]

    def _code(self, serial: str) -> str:
        state = self.state
        devices = state.account.devices
        device = devices.get(serial)
        named = [each for each in devices.values() if each.serial.rpartition("/")[2] == serial]
        if device is None and len(named) == 1:
            device = named[0]
        if device is None:
            known = ", ".join(sorted(devices)) or "there is none"
            raise IamfaError(f"there is no device `{serial}`", hint=f"devices: {known}")
        code = code_json(device, state.clock.now())["code"]
        if code is None:
            raise IamfaError(f"the device `{device.serial}` gives no codes here: its seed is not known")
        return str(code)


class BoxClock:
    """The time of a running sandbox."""

    def __init__(self, box: Sandbox) -> None:
        self._box = box

    def now(self) -> datetime:
        """The sandbox's time, in UTC."""
        return self._box.call(lambda state: state.clock.now())

    def advance(self, seconds: float) -> datetime:
        """Move it by so many seconds: codes change, sessions grow old."""
        return self._box.call(lambda state: state.clock.advance(seconds))

    def set(self, moment: datetime, *, still: bool = False) -> datetime:
        """Set it; it goes on from there, or stands *still*."""
        return self._box.call(lambda state: state.clock.set(moment, still=still))


def _assumptions(chosen: Mapping[str, str]) -> Assumptions:
    return chosen if isinstance(chosen, Assumptions) else Assumptions(chosen)


def _policy(policy: Policy | str | Path | None) -> Policy | None:
    if policy is None or isinstance(policy, Policy):
        return policy
    if isinstance(policy, str) and policy.lstrip().startswith(("{", "//", "/*")):
        return Policy.parse(policy)
    return Policy.load(policy)


def _add_policy(state: State, policy: Policy) -> str:
    """The policy that a sandbox is started with, as a managed one: files are larger than an inline policy may be."""
    account, now = state.account, state.clock.now()
    name = "own-user-policy"
    arn = str(iam_arn("policy", name, account.number, partition=account.partition))
    version = PolicyVersion("v1", render(policy.document), now)
    account.policies[arn] = ManagedPolicy(arn, name, "/", state.ids.unique("ANPA"), now, now, (version,), "v1")
    return arn


def _ensure_administrator(state: State) -> None:
    if ADMINISTRATOR not in state.account.users or not _usable_keys(state, ADMINISTRATOR):
        _ensure_user(state, ADMINISTRATOR, f"arn:{state.account.partition}:iam::aws:policy/AdministratorAccess")


def _ensure_user(state: State, name: str, policy: str) -> None:
    """A user with this policy and a key whose secret is known; who is there already keeps what he has."""
    account, ids, now = state.account, state.ids, state.clock.now()
    arn = str(user_arn(name, account.number, partition=account.partition))
    user = account.users.get(name) or User(name, "/", ids.unique("AIDA"), arn, now)
    if policy not in user.attached:
        account.users[name] = replace(user, attached=(*user.attached, policy))
    if not _usable_keys(state, name):
        key = AccessKey(ids.access_key(), name, "Active", now, Secret(ids.secret_key()))
        account.access_keys[key.id] = key


def _usable_keys(state: State, user: str) -> list[AccessKey]:
    keys = state.account.access_keys.values()
    return [key for key in keys if key.user == user and key.status == "Active" and key.secret is not None]


@contextmanager
def _named(path: str | Path) -> Iterator[None]:
    """Whatever is wrong with a snapshot is said with the name of its file."""
    try:
        yield
    except SnapshotError as error:
        raise SnapshotError(f"`{path}`: {error.message}", hint=error.hint) from error


def _read_snapshot(path: str | Path) -> Mapping[str, Any]:
    try:
        found = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise SnapshotError(f"`{path}` is no snapshot: it is no JSON") from error
    if not isinstance(found, dict):
        raise SnapshotError(f"`{path}` is no snapshot: it is no JSON object")
    return found
