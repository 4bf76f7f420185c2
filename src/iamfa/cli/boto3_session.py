"""`iamfa.boto3_session`: boto3 with a session that renews itself. Here, since it may have to ask at the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iamfa.cli.common import Asked
from iamfa.cli.sessions import Here
from iamfa.gateway.aws import refreshing_session
from iamfa.gateway.ports import Credentials
from iamfa.session.obtain import obtain
from iamfa.session.profiles import ENVIRONMENT

if TYPE_CHECKING:
    import boto3


def boto3_session(
    profile: str | None = None,
    *,
    region: str | None = None,
    endpoint_url: str | None = None,
    device: str | None = None,
    duration: int | None = None,
    max_age: int | None = None,
    code_command: str | None = None,
) -> boto3.Session:
    """A `boto3.Session` with MFA for a profile of the AWS config, as `iamfa login` gets it.

    A session that is kept is taken without a question. When it nears its end the next one is obtained: a code is asked
    for on the terminal of the process, or comes of *code_command* or the profile's `mfa_process`; in a process that
    has neither, the call of boto3 that needs it raises. *duration* and *max_age* are seconds, *device* a name or a
    serial. *endpoint_url* is where sessions are obtained; clients get theirs from the profile or the environment.

    Raises, at the first call that needs credentials: `ProfileError` for a profile without a long-term key,
    `NobodyCanAskError`, `AwsError`; all of them `iamfa.IamfaError`.
    """
    asked = Asked(profile=profile, region=region, endpoint_url=endpoint_url, quiet=True)
    options: dict[str, Any] = {
        "device": device,
        "duration": duration,
        "max_age": max_age,
        "code_command": code_command,
    }

    def here() -> Here:
        """Anew each time: what a terminal is held open for ends with the asking."""
        return Here(asked, asked.console(), caller="a Python program")

    wanted = here().wanted(options)

    def refresh() -> Credentials:
        with here().means(wanted, options) as means:
            return obtain(wanted, means).kept.credentials

    profile = wanted.profile if wanted.profile != ENVIRONMENT else None
    return refreshing_session(refresh, profile=profile, region=wanted.region_told)
