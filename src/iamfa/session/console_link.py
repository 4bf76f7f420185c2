"""A link that lets a role's session into the console, and why there is none for other sessions.

AWS's pages: id_roles_providers_enable-console-custom-url and id_credentials_sts-comparison of the IAM User Guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urlsplit

from iamfa.errors import IamfaError
from iamfa.gateway.ports import Credentials
from iamfa.secret import Secret
from iamfa.session.cache import Kept


class NoConsoleLinkError(IamfaError):
    """AWS lets no such session into the console by a link, or nobody knows where the partition's console is."""


@dataclass(frozen=True, slots=True)
class _Place:
    signin: str
    console: str


_PLACES: Final = {
    "aws": _Place("https://signin.aws.amazon.com", "https://console.aws.amazon.com/"),
    "aws-cn": _Place("https://signin.amazonaws.cn", "https://console.amazonaws.cn/"),
    "aws-us-gov": _Place("https://signin.amazonaws-us-gov.com", "https://console.amazonaws-us-gov.com/"),
}
"""Where the console is, by partition; those that no public page names are not guessed."""

_ADDRESS: Final = re.compile(r"https://[!-\[\]-~]+")
ISSUER: Final = "iamfa"


def console_link(
    kept: Kept,
    token_for: Callable[[Credentials, str], Secret],
    *,
    endpoint_url: str | None = None,
    region: str | None = None,
    destination: str | None = None,
) -> Secret:
    """The address that signs in; whoever has it is in, for 15 minutes, so it is a secret.

    *token_for* asks the sign-in endpoint for a token. *destination* is a page of the console, whole or as its path
    (`s3/home`). Raises `NoConsoleLinkError`, and what *token_for* raises.
    """
    if not kept.roles:
        raise NoConsoleLinkError(
            f"the session of `{kept.owner.arn}` is the user's own (GetSessionToken), and AWS lets none of these into "
            "the console by a link",
            hint="sign in at the console with password and MFA device; or name a profile with a role: --profile ROLE",
        )
    place = _PLACES.get(kept.owner.partition)
    if place is None and endpoint_url is None:
        raise NoConsoleLinkError(
            f"no public page tells where the console of the partition `{kept.owner.partition}` signs in",
            hint="name the sign-in endpoint: --endpoint-url URL",
        )
    console = place.console if place is not None else _PLACES["aws"].console
    page = _page(console, destination, region)
    signin = endpoint_url or (place.signin if place is not None else "")
    token = token_for(kept.credentials, signin)
    query = {"Action": "login", "Issuer": ISSUER, "Destination": page, "SigninToken": token.reveal()}
    return Secret(f"{signin.rstrip('/')}/federation?{urlencode(query)}")


def _page(console: str, destination: str | None, region: str | None) -> str:
    """The page to land on; only one of the console itself, so that no token is carried elsewhere."""
    if destination is None:
        return f"{console}console/home" + (f"?region={region}" if region is not None else "")
    if "://" not in destination:
        return console + destination.lstrip("/")
    # A browser takes a backslash for a slash, and passes over a tab: where they stand, it and we read different hosts.
    host = (urlsplit(destination).hostname or "") if _ADDRESS.fullmatch(destination) else ""
    own = urlsplit(console).hostname or ""
    if not (host == own or host.endswith(f".{own}")):
        raise NoConsoleLinkError(
            f"`{destination}` is no page of the console", hint=f"it begins with `{console}`, or is a path below it"
        )
    return destination
