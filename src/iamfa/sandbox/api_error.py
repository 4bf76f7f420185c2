"""An error that the sandbox answers with, in AWS's form: code, status, message."""

from __future__ import annotations

from collections.abc import Mapping

from iamfa.errors import IamfaError


class ApiError(IamfaError):
    """What AWS answers instead of a result; `str()` is AWS's message."""

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        *,
        hint: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        fields: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        """AWS's code, e.g. `NoSuchEntity`."""
        self.status = status
        """The HTTP status."""
        self.headers = headers
        self.fields = dict(fields or {})
        """Further elements of the error's body."""
