"""Temporary credentials: made here for whoever gives them out, STS and the console's sign-in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from iamfa.evaluate.credential import CredentialKind
from iamfa.sandbox.live import LiveAccount, Session, State
from iamfa.secret import Secret

_BETWEEN_CLEANINGS: Final = 1024
"""How many sessions come before those that ended long ago are dropped again."""


def issue(state: State, account: LiveAccount, kind: CredentialKind, seconds: int, **about: Any) -> Session:
    """Make a session of so many seconds from now and keep it, so that requests signed with it are known.

    *about* are further fields of `Session`: `user` and `user_id`, or `role`, `role_id` and `name`; `code_given` where a
    device's code was given; and so on. Raises TypeError for a field that there is not.
    """
    if len(state.sessions) % _BETWEEN_CLEANINGS == 0:
        state.forget_expired()
    now = state.clock.now()
    ids = state.ids
    session = Session(
        ids.access_key("ASIA"),
        Secret(ids.secret_key()),
        Secret(ids.session_token()),
        account.number,
        kind,
        now,
        now + timedelta(seconds=seconds),
        **about,
    )
    state.sessions[session.key_id] = session
    return session


def credentials_out(session: Session) -> dict[str, str | datetime]:
    """A session as the `Credentials` that STS answers."""
    return {
        "AccessKeyId": session.key_id,
        "SecretAccessKey": session.secret.reveal(),
        "SessionToken": session.token.reveal(),
        "Expiration": session.expires,
    }
