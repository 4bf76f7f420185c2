"""The story's account in a sandbox, for clients that are programs of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.clients.setting import ACCOUNT, POLICIES, TRUST_WITH_MFA, client

import iamfa


@pytest.fixture(scope="module")
def box() -> Iterator[iamfa.Sandbox]:
    """The account under the repaired policy: `own-user` may read S3 besides; its clock stands still."""
    policy = POLICIES / "story-3-repaired.jsonc"
    with iamfa.Sandbox(account=ACCOUNT, policy=policy, seed=20221116) as found:
        # Now, since clients look at their own clock to see whether a session has ended.
        found.clock.set(found.clock.now().replace(microsecond=0), still=True)
        iam = client(found, "iam")
        iam.attach_user_policy(UserName="own-user", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
        iam.create_role(RoleName="operator", AssumeRolePolicyDocument=TRUST_WITH_MFA)
        iam.attach_role_policy(RoleName="operator", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
        yield found
