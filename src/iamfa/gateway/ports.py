"""What this program asks of AWS, as interfaces: the real service, a sandbox and a test's stand-in answer alike.

Every method raises `iamfa.gateway.faults.AwsError` where AWS refuses or cannot be reached. Parameters are AWS's, see
the pages of the same names in the IAM and STS API References.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from iamfa.secret import Secret


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request is signed with."""

    key_id: str
    secret: Secret
    token: Secret | None = None
    expires: datetime | None = None
    """When temporary credentials end, in UTC."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the credentials belong to, as GetCallerIdentity tells it."""

    account: str
    arn: str
    user_id: str


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A virtual device as CreateVirtualMFADevice gives it, once."""

    serial: str
    seed: Secret
    qr_png: bytes = field(repr=False)
    """The picture of the QR code, a PNG; whoever has it has the seed."""


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """An MFA device of a user."""

    serial: str
    user: str | None
    """None for a virtual device that is assigned to nobody, or whose user is not told."""
    enabled: datetime | None = None


class Sts(Protocol):
    """What is asked of STS."""

    def get_caller_identity(self) -> Identity:
        """Who the credentials belong to; no policy can deny it."""

    def get_session_token(
        self, *, serial: str | None = None, code: str | None = None, seconds: int | None = None
    ) -> Credentials:
        """A session of the user, with MFA where serial and code are given; 900 to 129600 seconds."""

    def assume_role(
        self,
        role: str,
        name: str,
        *,
        serial: str | None = None,
        code: str | None = None,
        seconds: int | None = None,
        external_id: str | None = None,
    ) -> Credentials:
        """A session of the role with this ARN, under a name that the role's log shows."""


class Devices(Protocol):
    """What is asked of IAM about MFA devices."""

    def create_virtual_mfa_device(self, name: str, *, tags: Mapping[str, str] | None = None) -> NewDevice:
        """A new virtual device, assigned to nobody; its seed is told this once."""

    def enable_mfa_device(self, user: str, serial: str, first: str, second: str) -> None:
        """Assign a device to a user, with two codes in a row, the older one first."""

    def resync_mfa_device(self, user: str, serial: str, first: str, second: str) -> None:
        """Tell AWS where the device's clock stands, with two codes in a row."""

    def deactivate_mfa_device(self, user: str, serial: str) -> None:
        """Take a device away from its user; a virtual one stays, unassigned."""

    def delete_virtual_mfa_device(self, serial: str) -> None:
        """Delete a device that is assigned to nobody."""

    def list_mfa_devices(self, user: str) -> Sequence[ListedDevice]:
        """All devices of a user, from every page."""


class Caller(Protocol):
    """Any operation of any service by AWS's names, for what has no method of its own."""

    def call(self, service: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
        """The answer without its metadata; a parameter that is None is left out."""
