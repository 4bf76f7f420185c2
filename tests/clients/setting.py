"""What the tests of real clients share: the account of the story, its codes, and an environment without settings."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from botocore.session import Session

import iamfa
from iamfa.otp import STEP_SECONDS, code_of, step_of
from iamfa.secret import Secret

ACCOUNT = "999999999999"
"""The account of the story."""
POLICIES = Path(__file__).parents[1] / "data" / "policies"

TRUST_WITH_MFA = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "sts:AssumeRole",
                "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
            }
        ],
    }
)


def client(box: iamfa.Sandbox, service: str) -> Any:
    """A client of the administrator, for what is not the story's."""
    return Session().create_client(service, **box.client_settings())


def two_codes(box: iamfa.Sandbox, seed: str) -> tuple[str, str]:
    """The codes of the last step and of this one, as an app shows them one after the other."""
    step = step_of(box.clock.now())
    return code_of(Secret(seed), step - 1), code_of(Secret(seed), step)


def next_code(box: iamfa.Sandbox, serial: str) -> str:
    """The code of the next step: each is accepted once."""
    box.clock.advance(STEP_SECONDS)
    return box.code(serial)


def bare_environment(home: Path) -> dict[str, str]:
    """An environment in which nobody's settings for AWS are: no variables, and no home with files in it."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "SYSTEMROOT", "TEMP", "TMPDIR")}
    return {**kept, "HOME": str(home), "USERPROFILE": str(home), "AWS_EC2_METADATA_DISABLED": "true"}
