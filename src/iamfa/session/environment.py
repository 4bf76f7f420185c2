"""A session as variables of the environment, and as lines of a shell that set them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from iamfa.errors import IamfaError
from iamfa.session.cache import Kept
from iamfa.session.wanted import Wanted

SHELLS: Final = ("bash", "zsh", "sh", "fish", "powershell", "cmd")

_CREDENTIALS: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
)
TAKEN_AWAY: Final = (*_CREDENTIALS, "AWS_PROFILE", "AWS_DEFAULT_PROFILE")
"""What would win over the session, or would be left of another one (page cli-configure-envvars of the AWS CLI's
User Guide: a profile that is named goes before keys of the environment)."""


def without_credentials(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without anybody's credentials and without a chosen profile."""
    return {name: value for name, value in environ.items() if name.upper() not in TAKEN_AWAY}


def variables(kept: Kept, wanted: Wanted) -> dict[str, str]:
    """The session as the AWS CLI and SDKs read it; Region and endpoint too where the profile or an option gave them.

    `AWS_CREDENTIAL_EXPIRATION` is when it ends, ISO 8601 in UTC, as other tools write it.
    """
    credentials = kept.credentials
    if credentials.token is None or credentials.expires is None:
        raise IamfaError("these are no credentials of a session")
    return {
        **place_variables(wanted),
        "AWS_ACCESS_KEY_ID": credentials.key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret.reveal(),
        "AWS_SESSION_TOKEN": credentials.token.reveal(),
        "AWS_CREDENTIAL_EXPIRATION": f"{credentials.expires:%Y-%m-%dT%H:%M:%SZ}",
    }


def place_variables(wanted: Wanted) -> dict[str, str]:
    """What leads a program to where the session is good: endpoints, Region, certificates, where they are named."""
    found = dict(wanted.named_endpoints)
    if wanted.region_told is not None:
        found |= dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), wanted.region_told)
    if wanted.ca_bundle is not None:
        found["AWS_CA_BUNDLE"] = wanted.ca_bundle
    return found


def shell_of(environ: Mapping[str, str]) -> str | None:
    """The shell by `SHELL`; on Windows, which has none, PowerShell; None for a shell that is not known."""
    name = environ.get("SHELL", "").replace("\\", "/").rpartition("/")[2].removesuffix(".exe")
    if not name:
        return "powershell" if "PSModulePath" in environ or "PSMODULEPATH" in environ else None
    return {"dash": "sh", "ash": "sh", "ksh": "sh", "pwsh": "powershell"}.get(name, name if name in SHELLS else None)


def lines_for(shell: str, values: Mapping[str, str | None]) -> Sequence[str]:
    """Lines that set the variables, and take away those that are None.

    Raises `IamfaError` for a value that the shell cannot be given safely; credentials of AWS have no such.
    """
    return [_line(shell, name, value) for name, value in values.items()]


def _line(shell: str, name: str, value: str | None) -> str:
    if value is not None and any(ord(c) < 32 or ord(c) == 127 for c in value):
        raise IamfaError(f"the value of {name} holds control characters, and is given to no shell")
    match shell:
        case "fish":
            quoted = "" if value is None else value.replace("\\", "\\\\").replace("'", "\\'")
            return f"set -e {name};" if value is None else f"set -gx {name} '{quoted}';"
        case "powershell":
            # To PowerShell the typographer's quotes are quotes too (PowerShell Language Specification 2.3.5.2).
            quoted = "" if value is None else re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", value)
            gone = f"Remove-Item Env:{name} -ErrorAction SilentlyContinue"
            return gone if value is None else f"$Env:{name} = '{quoted}'"
        case "cmd":
            if value is not None and any(c in value for c in '"%!^&|<>'):
                raise IamfaError(f"the value of {name} holds signs that cmd reads as its own; take --shell powershell")
            return f'set "{name}={value or ""}"'
        case _:
            quoted = "" if value is None else value.replace("'", "'\\''")
            return f"unset {name}" if value is None else f"export {name}='{quoted}'"
