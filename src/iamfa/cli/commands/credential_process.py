"""`iamfa credential-process`: what an SDK runs to get credentials. A session that is kept is answered before this."""

from __future__ import annotations

import json
from typing import Any

from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.sessions import Here, caller_name, session_options
from iamfa.errors import IamfaError
from iamfa.session.obtain import obtain


@command(name="credential-process", aws=True, formats=("text", "json"))
@session_options
def COMMAND(asked: Asked, console: Console, /, explain: bool, **options: Any) -> None:
    """Print a session as the AWS CLI and SDKs take it from `credential_process`.

    `iamfa setup` writes the line into the AWS config. Where no session is kept, the code is asked for on the terminal
    itself, once for all programs that wait; without a terminal it fails at once with the command to run.
    """
    here = Here(asked, console, caller=caller_name(), explaining=explain)
    wanted = here.wanted(options)
    with here.means(wanted, options) as means:
        credentials = obtain(wanted, means).kept.credentials
    if credentials.token is None or credentials.expires is None:
        raise IamfaError("these are no credentials of a session")
    answer = {
        "Version": 1,
        "AccessKeyId": credentials.key_id,
        "SecretAccessKey": credentials.secret.reveal(),
        "SessionToken": credentials.token.reveal(),
        "Expiration": f"{credentials.expires:%Y-%m-%dT%H:%M:%SZ}",
    }
    console.write(json.dumps(answer) + "\n")
