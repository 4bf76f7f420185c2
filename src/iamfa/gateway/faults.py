"""AWS's errors as ours: what happened, in AWS's words, and what to do next. The one place where they are told apart.

Codes: page CommonErrors and the API pages of the IAM and STS API References; texts of STS about codes were seen in
public error reports.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from iamfa.errors import OutsideError
from iamfa.evaluate.denial import Denial, DenialError, parse


class AwsError(OutsideError):
    """AWS refused a call, or could not be reached."""

    def __init__(
        self, code: str, message: str, *, operation: str, status: int | None = None, hint: str | None = None
    ) -> None:
        super().__init__(f"{operation}: {code}: {message}" if code else f"{operation}: {message}", hint=hint)
        self.code = code
        """AWS's code, e.g. `AccessDenied`; empty where AWS was not reached."""
        self.words = message
        """AWS's own message."""
        self.operation = operation
        """`iam:EnableMFADevice`."""
        self.status = status


class UnreachableError(AwsError):
    """No answer came: no network, no such endpoint, or a cut connection. Whether the call was done is not known."""


class AccessDeniedError(AwsError):
    """Policies refuse the call, or one of AWS's own rules."""

    @property
    def denial(self) -> Denial | None:
        """What the message says of who, what and why; None where it says nothing of it."""
        try:
            return parse(self.words)
        except DenialError:
            return None


class CodeError(AwsError):
    """The code of a device was not accepted: wrong, too old, or used before."""


class CredentialsError(AwsError):
    """The credentials are nobody's, ended, or may not make such a call at all."""


class ThrottledError(AwsError):
    """Too many calls; the same one may pass later."""


class NotThereError(AwsError):
    """What the call names does not exist."""


class ConflictError(AwsError):
    """What exists already, or holds something, stands in the way; or a quota."""


@dataclass(frozen=True, slots=True)
class _Kind:
    error: type[AwsError]
    hint: str | None = None


_BY_CODE: Final[dict[str, _Kind]] = {
    "AccessDenied": _Kind(AccessDeniedError),
    "AccessDeniedException": _Kind(AccessDeniedError),
    "InvalidAuthenticationCode": _Kind(CodeError, "two codes in a row are asked for, the older one first"),
    "InvalidClientTokenId": _Kind(
        CredentialsError, "the key is inactive or gone; or this is a session without MFA, which cannot call IAM"
    ),
    "ExpiredToken": _Kind(CredentialsError, "get a new session"),
    "ExpiredTokenException": _Kind(CredentialsError, "get a new session"),
    "SignatureDoesNotMatch": _Kind(CredentialsError, "look at the secret key, and at the clock of this machine"),
    "MissingAuthenticationToken": _Kind(CredentialsError, "sign the request"),
    "Throttling": _Kind(ThrottledError, "wait a little"),
    "ThrottlingException": _Kind(ThrottledError, "wait a little"),
    "RequestLimitExceeded": _Kind(ThrottledError, "wait a little"),
    "TooManyRequestsException": _Kind(ThrottledError, "wait a little"),
    "NoSuchEntity": _Kind(NotThereError),
    "EntityAlreadyExists": _Kind(ConflictError),
    "DeleteConflict": _Kind(ConflictError),
    "LimitExceeded": _Kind(ConflictError),
}
_BY_TEXT: Final[tuple[tuple[str, _Kind], ...]] = (
    (
        "MultiFactorAuthentication failed with invalid MFA one time pass code",
        _Kind(CodeError, "a code is accepted once; wait for the next one, and look at the device's clock"),
    ),
    (
        "MultiFactorAuthentication failed",
        _Kind(CodeError, "the serial must be that of a device of the calling user; FIDO devices give no codes"),
    ),
    ("Cannot call ", _Kind(CredentialsError, "sign with the long-term key instead")),
    (
        "To complete this action, please ensure that you are authenticated with an MFA device",
        _Kind(AccessDeniedError, "make the same call in a session with the code of a device that the user has"),
    ),
    ("User: ", _Kind(AccessDeniedError, "`iamfa can` tells which statement decides")),
)
"""What AccessDenied says, by the beginning of its message."""


def fault_of(code: str, message: str, *, operation: str, status: int | None = None) -> AwsError:
    """The error for what AWS answered."""
    kind = _BY_CODE.get(code, _Kind(AwsError))
    if code == "AccessDenied":
        kind = next((each for text, each in _BY_TEXT if message.startswith(text)), kind)
    return kind.error(code, message.strip(), operation=operation, status=status, hint=kind.hint)
