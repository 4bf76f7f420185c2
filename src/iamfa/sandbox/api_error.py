"""An error that AWS would answer with: its code, its HTTP status, its words."""

from __future__ import annotations

from iamfa.errors import IamfaError


class ApiError(IamfaError):
    """A refusal in AWS's words; whoever serialises the answer puts `code` and `message` into the body.

    Codes and statuses: AWS's IAM API reference, page "Common Error Types", and the page of each operation.
    """

    def __init__(
        self,
        code: str,
        status: int,
        message: str,
        *,
        hint: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.status = status
        self.headers = headers
