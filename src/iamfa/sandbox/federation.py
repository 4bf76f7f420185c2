"""The sign-in endpoint `/federation`: temporary credentials for a token, a token for a way into the console.

AWS's page: id_roles_providers_enable-console-custom-url of the IAM User Guide. Its refusals are pages for people; here
they are a line of text. There is no console behind it: whoever signs in is sent on to where he wanted to go.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qs, urlsplit

from iamfa.sandbox.live import Session, State
from iamfa.sandbox.messages import HttpRequest, HttpResponse

PATH: Final = "/federation"

VALID: Final = timedelta(minutes=15)
"""How long the address with a sign-in token may be opened."""
_KINDS: Final = ("role", "federated")
"""Sessions that may enter the console so: those of AssumeRole and GetFederationToken. A session of GetSessionToken may
not (id_credentials_sts-comparison)."""
_SHORTEST, _LONGEST = 900, 43_200
_DESTINATION: Final = re.compile(r"https?://[\x21-\x7e]+")


class _RefusedError(Exception):
    """The answer is 400 with these words."""


def answer(state: State, request: HttpRequest) -> HttpResponse:
    """Answer `Action=getSigninToken` and `Action=login`, asked with GET or POST."""
    try:
        asked = _parameters(request)
        action = _ACTIONS.get(asked.get("Action", ""))
        if action is None:
            raise _RefusedError("Action is getSigninToken or login")
        return action(state, asked)
    except _RefusedError as error:
        return HttpResponse(400, f"{error}\n".encode(), (("Content-Type", "text/plain"),))


def _parameters(request: HttpRequest) -> dict[str, str]:
    query = urlsplit(request.target).query
    if request.method == "POST":
        query = request.body.decode("ascii", "replace")
    elif request.method != "GET":
        raise _RefusedError("it is asked with GET or POST")
    try:
        found = parse_qs(query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=8)
    except ValueError as error:
        raise _RefusedError("the parameters are no form") from error
    repeated = [name for name, values in found.items() if len(values) > 1]
    if repeated:
        raise _RefusedError(f"{repeated[0]} is given more than once")
    return {name: values[0] for name, values in found.items()}


def _signin_token(state: State, asked: dict[str, str]) -> HttpResponse:
    session = _session_of(state, asked.get("Session", ""))
    if session.kind not in _KINDS:
        raise _RefusedError("only sessions of a role or of a federated user may enter the console")
    duration = asked.get("SessionDuration")
    if duration is not None:
        if not duration.isascii() or not duration.isdigit() or not _SHORTEST <= int(duration) <= _LONGEST:
            raise _RefusedError(f"SessionDuration is {_SHORTEST} to {_LONGEST} seconds")
        if session.kind != "role":
            raise _RefusedError("SessionDuration is not taken with GetFederationToken")
    token = state.ids.word(120)
    now = state.clock.now()
    for old in [each for each, (_, made) in state.signin_tokens.items() if now - made > VALID]:
        del state.signin_tokens[old]
    state.signin_tokens[token] = (session.key_id, now)
    return HttpResponse(200, json.dumps({"SigninToken": token}).encode(), (("Content-Type", "application/json"),))


def _session_of(state: State, text: str) -> Session:
    """The session whose credentials these are."""
    try:
        told = json.loads(text)
        key_id, secret, token = (str(told[name]) for name in ("sessionId", "sessionKey", "sessionToken"))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _RefusedError("Session is JSON with sessionId, sessionKey and sessionToken") from error
    session = state.sessions.get(key_id)
    right = session is not None and session.secret.matches(secret) and session.token.matches(token)
    if session is None or not right or session.expires <= state.clock.now():
        raise _RefusedError("the credentials are nobody's, or have ended")
    return session


def _login(state: State, asked: dict[str, str]) -> HttpResponse:
    destination = asked.get("Destination", "")
    if not _DESTINATION.fullmatch(destination):
        raise _RefusedError("Destination is the address of a console page")
    key_id, made = state.signin_tokens.get(asked.get("SigninToken", ""), ("", None))
    session = state.sessions.get(key_id)
    now = state.clock.now()
    if made is None or now - made > VALID or session is None or session.expires <= now:
        raise _RefusedError("the sign-in token is nobody's, or has ended")
    return HttpResponse(302, b"", (("Location", destination),))


_ACTIONS: Final[dict[str, Callable[[State, dict[str, str]], HttpResponse]]] = {
    "getSigninToken": _signin_token,
    "login": _login,
}
