"""Whose request it is: the key or session that signed it, its state, and its signature.

AWS's pages: reference_sigv-create-signed-request and id_credentials_temp_request of the IAM User Guide.
"""

from __future__ import annotations

from dataclasses import replace

from iamfa.account.entities import AccessKey
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.caller import Caller, caller_with_key, caller_with_session, invalid_token
from iamfa.sandbox.live import LiveAccount, Session, State
from iamfa.sandbox.messages import HttpRequest
from iamfa.sandbox.signature import Signed, verify


def authenticate(state: State, signed: Signed, request: HttpRequest) -> Caller:
    """The caller. Raises AWS's error for a key that is unknown or inactive, a session that ended, a wrong signature.

    The signature's date is held against the system's time, by which clients sign; whether a session has ended is told
    by the sandbox's.
    """
    session = state.sessions.get(signed.access_key_id)
    if session is not None:
        return _by_session(state, session, signed, request)
    account, key = _key_of(state, signed.access_key_id)
    if key.secret is None or key.status != "Active" or signed.session_token is not None:
        raise invalid_token()
    verify(signed, request, key.secret.reveal(), state.clock.system())
    _note_use(account, key, signed, state)
    return caller_with_key(state, account, key)


def _by_session(state: State, session: Session, signed: Signed, request: HttpRequest) -> Caller:
    if signed.session_token is None or not session.token.matches(signed.session_token):
        raise invalid_token()
    if state.clock.now() >= session.expires:
        raise ApiError("ExpiredToken", "The security token included in the request is expired", 403)
    verify(signed, request, session.secret.reveal(), state.clock.system())
    return caller_with_session(state, session)


def _key_of(state: State, identifier: str) -> tuple[LiveAccount, AccessKey]:
    for account in state.accounts.values():
        key = account.access_keys.visible.get(identifier)
        if key is not None:
            return account, key
    raise invalid_token()


def _note_use(account: LiveAccount, key: AccessKey, signed: Signed, state: State) -> None:
    """Keep when a key was last used; AWS's granularity is coarser, so a minute's uses are noted once.

    INVARIANT: it is noted with the newest key. What is seen late must not come back: a key that was switched off, or is
    gone.
    """
    now = state.clock.now().replace(second=0, microsecond=0)
    newest = account.access_keys.get(key.id)
    if newest is None:
        return
    if (newest.last_used, newest.last_used_service, newest.last_used_region) != (now, signed.service, signed.region):
        used = replace(newest, last_used=now, last_used_service=signed.service, last_used_region=signed.region)
        account.access_keys.amend(key.id, used)
