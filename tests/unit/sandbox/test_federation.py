"""The sign-in endpoint: a token for a role's session, and a way in for whoever has it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.unit.sandbox.direct import NUMBER, START, Direct

from iamfa.sandbox import federation
from iamfa.sandbox.live import Session
from iamfa.sandbox.messages import HttpRequest, HttpResponse
from iamfa.sandbox.sessions import issue

PAGE = "https://console.aws.amazon.com/s3/home"


@pytest.fixture
def box() -> Direct:
    found = Direct()
    found.state.clock.set(START, still=True)
    return found


def session(box: Direct, kind: Any = "role") -> Session:
    return issue(box.state, box.account, kind, 3600, user="administrator", role="reader", name="tuesday")


def told(found: Session, **changes: str) -> str:
    secrets = {
        "sessionId": found.key_id,
        "sessionKey": found.secret.reveal(),
        "sessionToken": found.token.reveal(),
    }
    return json.dumps({**secrets, **changes})


def ask(box: Direct, method: str = "POST", body: bytes | None = None, **form: str) -> HttpResponse:
    data = urlencode(form) if body is None else body.decode()
    target = federation.PATH if method == "POST" else f"{federation.PATH}?{data}"
    request = HttpRequest(method, target, {}, data.encode() if method == "POST" else b"", "127.0.0.1")
    return federation.answer(box.state, request)


def refusal(box: Direct, **more: Any) -> str:
    answer = ask(box, **more)
    assert answer.status == 400
    return answer.body.decode().strip()


def token(box: Direct, found: Session, **more: str) -> str:
    answer = ask(box, Action="getSigninToken", Session=told(found), **more)
    assert answer.status == 200, answer.body
    return str(json.loads(answer.body)["SigninToken"])


@pytest.mark.parametrize("kind", ["role", "federated"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_session_of_a_role_is_let_in(box: Direct, kind: str, method: str) -> None:
    found = session(box, kind)
    answer = ask(box, method, Action="getSigninToken", Session=told(found))
    word = json.loads(answer.body)["SigninToken"]
    entered = ask(box, method, Action="login", Issuer="x", Destination=PAGE, SigninToken=word)
    assert (entered.status, dict(entered.headers)["Location"]) == (302, PAGE)
    assert box.account.number == NUMBER


@pytest.mark.parametrize("kind", ["token", "token-mfa"])
def test_a_users_session_is_not(box: Direct, kind: str) -> None:
    assert "only sessions of a role" in refusal(box, Action="getSigninToken", Session=told(session(box, kind)))


@pytest.mark.parametrize("name", ["sessionId", "sessionKey", "sessionToken"])
def test_credentials_that_are_not_whole_or_right_are_nobodys(box: Direct, name: str) -> None:
    found = session(box)
    words = refusal(box, Action="getSigninToken", Session=told(found, **{name: "other"}))
    assert words == "the credentials are nobody's, or have ended"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"sessionId": "x"}', "[" * 100_000])
def test_what_is_no_session_is_refused(box: Direct, text: str) -> None:
    assert "Session is JSON" in refusal(box, Action="getSigninToken", Session=text)


def test_a_session_that_has_ended_is_refused_at_both_doors(box: Direct) -> None:
    found = session(box)
    box.state.clock.advance(3000)
    word = token(box, found)
    box.state.clock.advance(700)
    assert "have ended" in refusal(box, Action="getSigninToken", Session=told(found))
    assert "has ended" in refusal(box, Action="login", Destination=PAGE, SigninToken=word)


def test_a_token_serves_a_quarter_of_an_hour(box: Direct) -> None:
    word = token(box, session(box))
    box.state.clock.advance(federation.VALID.total_seconds())
    assert ask(box, Action="login", Destination=PAGE, SigninToken=word).status == 302
    box.state.clock.advance(1)
    assert "has ended" in refusal(box, Action="login", Destination=PAGE, SigninToken=word)
    token(box, session(box))
    assert word not in box.state.signin_tokens
    assert timedelta(minutes=15) == federation.VALID


@pytest.mark.parametrize("seconds", ["899", "43201", "x", "-1", "１０００"])
def test_a_console_session_lasts_as_long_as_aws_permits(box: Direct, seconds: str) -> None:
    found = session(box)
    assert "SessionDuration is 900 to 43200" in refusal(
        box, Action="getSigninToken", Session=told(found), SessionDuration=seconds
    )
    assert token(box, found, SessionDuration="43200")
    federated = session(box, "federated")
    assert "not taken with GetFederationToken" in refusal(
        box, Action="getSigninToken", Session=told(federated), SessionDuration="900"
    )


@pytest.mark.parametrize("page", ["", "/iam", "javascript:alert(1)", "https://x\r\nSet-Cookie: a", "https://"])
def test_nobody_is_sent_to_what_is_no_page(box: Direct, page: str) -> None:
    assert "Destination is" in refusal(box, Action="login", Destination=page, SigninToken="x")


def test_a_token_that_nobody_gave_opens_nothing(box: Direct) -> None:
    assert "the sign-in token is nobody's" in refusal(box, Action="login", Destination=PAGE, SigninToken="x")


def test_what_is_no_request_is_refused(box: Direct) -> None:
    for method, body, words in (
        ("POST", b"", "Action is getSigninToken or login"),
        ("POST", b"Action=other", "Action is getSigninToken or login"),
        ("POST", b"Action", "no form"),
        ("POST", b"&".join(b"a%d=1" % n for n in range(20)), "no form"),
        ("GET", b"Action=login&Action=getSigninToken", "Action is given more than once"),
        ("PUT", b"", "GET or POST"),
    ):
        assert words in refusal(box, method=method, body=body)
