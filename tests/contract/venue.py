"""Where the contract is held: a fresh sandbox, or an AWS account that somebody named for it.

Nothing runs against an account by itself: it takes `IAMFA_LIVE_PROFILE`, a profile of the AWS CLI's configuration, and
`IAMFA_LIVE_ACCOUNT`, the number that this profile's account must have.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final, Protocol

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import Loader
from tests.contract.values import Credentials

import iamfa
from iamfa import clock
from iamfa.errors import IamfaError
from iamfa.otp import STEP_SECONDS
from iamfa.secret import Secret

PROFILE: Final = "IAMFA_LIVE_PROFILE"
ACCOUNT: Final = "IAMFA_LIVE_ACCOUNT"
_SETTLING: Final = 15.0
"""Seconds after which a change is taken to be seen everywhere. IAM is "eventually consistent" (page troubleshoot,
Changes that I make are not always immediately visible); it publishes no figure."""


class VenueRefused(IamfaError):
    """The contract cannot be held there, or not by this caller."""


class Venue(Protocol):
    """IAM and STS somewhere, with an administrator and a time."""

    live: bool
    settling: float
    """Seconds until a change is taken to be seen."""

    def client(self, service: str, credentials: Credentials | None = None) -> Any:
        """A client with these credentials, or the administrator's."""

    def now(self) -> datetime:
        """The time that codes go by there."""

    def wait(self, seconds: float) -> None:
        """Let this time pass there."""

    def sign_in(self, user: str, password: str, **more: str) -> Credentials:
        """A console session. Raises `VenueRefused` where no program can sign in."""

    def close(self) -> None:
        """Leave it; what was made there is not looked after here."""


class SandboxVenue:
    """A fresh sandbox whose clock stands still until somebody waits: no test hangs on when it runs."""

    live = False
    settling = 0.0

    def __init__(self, assumptions: Mapping[str, str] | None = None) -> None:
        self.box = iamfa.Sandbox(assumptions=assumptions)
        self.box.start()
        moment = self.box.clock.now()
        into_a_step = timedelta(seconds=moment.timestamp() % STEP_SECONDS - 5)
        self._now = self.box.clock.set(moment - into_a_step, still=True)
        self._administrator = self.box.client_settings()

    def client(self, service: str, credentials: Credentials | None = None) -> Any:
        settings = self._administrator if credentials is None else {**self._administrator, **_given(credentials)}
        return _SDK.client(service, config=Config(**_TOLD, retries={"total_max_attempts": 1}), **settings)

    def now(self) -> datetime:
        return self._now

    def wait(self, seconds: float) -> None:
        self._now = self.box.clock.advance(seconds)

    def sign_in(self, user: str, password: str, **more: str) -> Credentials:
        return Credentials.of(self.box.sign_in(user, password, **more))

    def close(self) -> None:
        self.box.stop()


class LiveVenue:
    """The account of a profile, when its number is the one that was named.

    Raises `VenueRefused` for any other account, for a root user, and for a profile that gives no credentials. *now* and
    *sleep* are the system's unless a test of this class says otherwise.
    """

    live = True
    settling = _SETTLING

    def __init__(
        self,
        profile: str,
        account: str,
        *,
        now: Callable[[], datetime] = clock.now,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        if len(account) != 12 or not (account.isascii() and account.isdigit()):
            hint = f"set {ACCOUNT} to the twelve digits of the account that the profile `{profile}` is meant to reach"
            raise VenueRefused(f"{PROFILE} is set and the account is not confirmed: `{account}`", hint=hint)
        self._system, self._sleep = now, sleep
        try:
            self._session = boto3.Session(botocore_session=_session({"profile": (None, None, profile, None)}))
            answer = self.client("sts").get_caller_identity()
        except (BotoCoreError, ClientError) as error:
            raise VenueRefused(f"the profile `{profile}` does not lead to an account: {error}") from error
        if answer["Account"] != account:
            found = f"the profile `{profile}` leads to another account than {ACCOUNT} says"
            raise VenueRefused(found, hint="nothing was called there but GetCallerIdentity")
        if answer["Arn"].endswith(":root"):
            raise VenueRefused("the contract is not held with a root user", hint="use an administrator's user or role")
        date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        self._ahead = parsedate_to_datetime(date) - now() if date else timedelta()

    def client(self, service: str, credentials: Credentials | None = None) -> Any:
        config = Config(**_TOLD, retries={"mode": "standard", "max_attempts": 5})
        given = {} if credentials is None else _given(credentials)
        region = self._session.region_name or "us-east-1"
        return self._session.client(service, config=config, region_name=region, **given)

    def now(self) -> datetime:
        return self._system() + self._ahead

    def wait(self, seconds: float) -> None:
        self._sleep(seconds)

    def sign_in(self, user: str, password: str, **more: str) -> Credentials:
        raise VenueRefused("AWS has no API to sign in to the console")

    def close(self) -> None:
        """Nothing is held open."""


def venue_of(environment: Mapping[str, str]) -> Venue:
    """The account that the environment names, or a fresh sandbox. Raises `VenueRefused`."""
    profile = environment.get(PROFILE)
    return LiveVenue(profile, environment.get(ACCOUNT, "")) if profile else SandboxVenue()


def _given(credentials: Credentials) -> dict[str, str]:
    token: Secret | None = credentials.token
    return {
        "aws_access_key_id": credentials.key_id,
        "aws_secret_access_key": credentials.secret.reveal(),
        **({"aws_session_token": token.reveal()} if token is not None else {}),
    }


_TOLD: Final[dict[str, Any]] = {"parameter_validation": False}
"""AWS is to judge the parameters, not the SDK."""

_LOADER: Final = Loader()
"""One for all: it keeps the service models that it has read."""


def _session(variables: Mapping[str, Any]) -> Any:
    found = botocore.session.Session(session_vars=dict(variables))
    found.register_component("data_loader", _LOADER)
    return found


_NO_FILE: Final = (None, None, os.devnull, None)
_SDK = boto3.Session(
    botocore_session=_session(
        {"profile": (None, None, None, None), "config_file": _NO_FILE, "credentials_file": _NO_FILE}
    )
)
"""For sandboxes: it reads nobody's configuration."""
