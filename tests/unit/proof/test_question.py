from __future__ import annotations

import pytest
from tests.unit.proof.sides import USER

from iamfa.errors import RequestError
from iamfa.proof.question import never, without_mfa


def test_a_claim_says_what_it_speaks_of() -> None:
    assert without_mfa(outside=["iam:ListUsers"]).words == (
        "no request outside iam:ListUsers made by an IAM user with an access key alone or a session token obtained "
        "without MFA or a console session without MFA passes without MFA, with the policies read"
    )
    words = never(["s3:*"], ["arn:aws:s3:::b"], credentials=["console"], user=USER).words
    assert (
        words == f"no request for s3:* on arn:aws:s3:::b made by `{USER}` with a console session without MFA is allowed"
    )
    assert "whatever else is attached" in without_mfa(plus_everything=True).words


def test_a_kind_of_credential_that_no_user_holds_is_refused() -> None:
    with pytest.raises(RequestError, match="no IAM user holds `role`"):
        never(["s3:*"], credentials=["role"])


@pytest.mark.parametrize("arn", ["arn:aws:iam::111122223333:role/r", "arn:aws:iam::111122223333:root"])
def test_who_is_no_user_is_refused(arn: str) -> None:
    with pytest.raises(RequestError, match="is no IAM user"):
        without_mfa(user=arn)
