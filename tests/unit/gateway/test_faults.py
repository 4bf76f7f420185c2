"""AWS's errors as ours, by their codes and texts."""

from __future__ import annotations

import pytest

from iamfa.gateway.faults import (
    AccessDeniedError,
    AwsError,
    CodeError,
    CredentialsError,
    ThrottledError,
    fault_of,
)


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("AccessDenied", "User: x is not authorized to perform: y", AccessDeniedError),
        ("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ", CodeError),
        ("AccessDenied", "MultiFactorAuthentication failed, unable to validate MFA code.  ", CodeError),
        ("AccessDenied", "Cannot call GetSessionToken with session credentials", CredentialsError),
        ("ExpiredTokenException", "", CredentialsError),
        ("RequestLimitExceeded", "", ThrottledError),
        ("TooManyRequestsException", "AWS Organizations can't complete your request", ThrottledError),
        ("SomethingNew", "what nobody has seen yet", AwsError),
        ("", "", AwsError),
    ],
)
def test_an_error_is_told_apart_by_its_code_and_its_text(code: str, message: str, kind: type[AwsError]) -> None:
    error = fault_of(code, message, operation="sts:GetSessionToken", status=403)
    assert type(error) is kind
    assert (error.code, error.words, error.status) == (code, message.strip(), 403)
    assert error.message.startswith("sts:GetSessionToken: ")


def test_a_denial_that_says_nothing_of_who_and_what_has_no_parts() -> None:
    error = fault_of("AccessDenied", "Access Denied", operation="s3:ListBuckets")
    assert isinstance(error, AccessDeniedError)
    assert error.denial is None
