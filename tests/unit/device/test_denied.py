"""What a refusal says, in every form that AWS uses."""

from __future__ import annotations

import pytest
from tests.unit.device.stage import ARN

from iamfa.device.denied import denied_of
from iamfa.gateway.faults import AccessDeniedError

HEAD = f"User: {ARN}:user/alice is not authorized to perform: iam:DeleteVirtualMFADevice"
ON = f" on resource: {ARN}:mfa/phone"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (f"{HEAD}{ON} because no permissions boundary allows the iam:DeleteVirtualMFADevice action",
         "no permissions boundary allows it"),
        (f"{HEAD}{ON} with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o/p",
         "a service control policy denies it explicitly (arn:aws:organizations::1:policy/o/p)"),
        (f"{HEAD}{ON} with an explicit deny", "a policy denies it explicitly"),
        (f"{HEAD}{ON}", "AWS does not say which policy refuses it"),
        ("No.", "AWS does not say which policy refuses it"),
        ("To complete this action, please ensure that you are authenticated with an MFA device that is enabled for "
         "this user.", "AWS demands a session with the code of a device that the user has already"),
    ],
)  # fmt: skip
def test_a_refusal_says_which_kind_of_policy_refused(words: str, why: str) -> None:
    error = AccessDeniedError("AccessDenied", words, operation="iam:DeleteVirtualMFADevice", status=403)
    found = denied_of(error, f"{ARN}:mfa/phone")
    assert str(found) == f"`iam:DeleteVirtualMFADevice` on `{ARN}:mfa/phone` is refused: {why}"
    assert found.remedy
    assert found.by_own_device_rule == ("AWS demands" in why)
    assert ("iamfa login" in found.remedy) == ("explicit" in words or found.by_own_device_rule)


def test_a_refusal_that_names_no_resource_is_told_without_one() -> None:
    found = denied_of(AccessDeniedError("AccessDenied", HEAD, operation="iam:X"))
    assert str(found) == "`iam:DeleteVirtualMFADevice` is refused: AWS does not say which policy refuses it"
    assert found.remedy == "ask an administrator to allow `iam:DeleteVirtualMFADevice`"
