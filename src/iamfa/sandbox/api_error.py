"""What the sandbox answers when AWS would refuse: a code, a status and a message in AWS's words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from iamfa.errors import IamfaError

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class ApiError(IamfaError):
    """A refusal as a client of AWS sees it.

    `code` is the error code (`NoSuchEntity`), `status` the HTTP status (500 and above: the service is at fault).
    `fields` are further members of the error (`Reason` of Organizations' InvalidInputException), `headers` further
    headers of the answer. `hint` is for whoever runs the sandbox and is never sent.
    """

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        *,
        hint: str | None = None,
        fields: Mapping[str, str] = _NOTHING,
        headers: Mapping[str, str] = _NOTHING,
    ) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.status = status
        self.fields = fields
        self.headers = headers


class AnswerError(IamfaError):
    """A result does not have the form of its operation's output: a fault of the sandbox, never of the caller."""
