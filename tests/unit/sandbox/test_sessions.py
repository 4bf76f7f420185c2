"""Temporary credentials are kept, unlike one another, and forgotten in the end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.unit.sandbox.direct import START, Direct

from iamfa.sandbox.sessions import credentials_out, issue


def test_a_session_lasts_as_long_as_it_is_told_and_is_known_by_its_key() -> None:
    box = Direct()
    user = box.user("alice")
    session = issue(box.state, box.account, "token-mfa", 900, user="alice", user_id=user.id, code_given=START)
    assert box.state.sessions[session.key_id] is session
    assert session.key_id.startswith("ASIA")
    assert (session.issued, session.expires) == (START, START + timedelta(seconds=900))
    assert box.call("GetCallerIdentity", service="sts", by=session)["Arn"] == user.arn
    assert credentials_out(session) == {
        "AccessKeyId": session.key_id,
        "SecretAccessKey": session.secret.reveal(),
        "SessionToken": session.token.reveal(),
        "Expiration": session.expires,
    }


def test_no_two_sessions_share_anything() -> None:
    box = Direct()
    found = [issue(box.state, box.account, "token", 900, user="administrator") for _ in range(50)]
    for part in ("AccessKeyId", "SecretAccessKey", "SessionToken"):
        assert len({credentials_out(session)[part] for session in found}) == len(found)


def test_sessions_that_ended_long_ago_are_dropped_in_time() -> None:
    box = Direct()
    for _ in range(1024):
        issue(box.state, box.account, "token", 900, user="administrator")
    box.state.clock.advance(900 + 86_401)
    last = issue(box.state, box.account, "token", 900, user="administrator")
    assert list(box.state.sessions) == [last.key_id]


def test_a_field_that_sessions_do_not_have_is_an_error() -> None:
    box = Direct()
    with pytest.raises(TypeError):
        issue(box.state, box.account, "token", 900, colour="red")
