"""What sessions need besides the calls: AWS's clock, tokens of sign-in, a session of boto3 that renews itself."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from tests.terminal.people import Person, person

import iamfa
from iamfa.gateway.aws import Aws, refreshing_session, signin_token
from iamfa.gateway.faults import AccessDeniedError, AwsError, UnreachableError
from iamfa.gateway.ports import Credentials
from iamfa.sandbox.messages import HttpRequest, HttpResponse
from iamfa.sandbox.server import Server
from iamfa.secret import Secret

SESSION = Credentials("ASIAEXAMPLE", Secret("se/cret"), Secret("to+ken"), datetime(2030, 1, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def box() -> Iterator[iamfa.Sandbox]:
    with iamfa.Sandbox(services=False) as found:
        yield found


@pytest.fixture
def alice(box: iamfa.Sandbox, tmp_path: Path) -> Person:
    return person(box, tmp_path / "home", statements=({"Effect": "Allow", "Action": "s3:*", "Resource": "*"},))


def aws(who: Person) -> Aws:
    keys = who.keys
    credentials = Credentials(keys["aws_access_key_id"], Secret(keys["aws_secret_access_key"]))
    return Aws(credentials, region=who.box.region, endpoint_url=who.box.endpoint_url, attempts=1)


def test_the_other_sides_clock_is_seen_in_answers_and_refusals(alice: Person) -> None:
    found = aws(alice)
    assert found.answered_at is None
    found.get_caller_identity()
    assert found.answered_at is not None
    assert abs(found.answered_at - alice.box.clock.now()) < timedelta(seconds=5)
    refused = aws(alice)
    with pytest.raises(AccessDeniedError):
        refused.list_mfa_devices("somebody-else")
    assert refused.answered_at is not None


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 01 Jan 2026 00:00:00 -0000"])
def test_a_date_that_says_nothing_is_no_clock(alice: Person, date: str) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse(403, b"<ErrorResponse/>", (("Date", date),))

    with Server(answer) as server:
        found = Aws(SESSION, region="us-east-1", endpoint_url=server.endpoint_url, attempts=1)
        with pytest.raises(AwsError):
            found.get_caller_identity()
    assert found.answered_at is None


Answer = Callable[[HttpRequest], HttpResponse]


def test_a_token_is_asked_for_in_the_body_so_that_no_address_holds_a_secret() -> None:
    seen: list[HttpRequest] = []

    def answer(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse(200, b'{"SigninToken": "word"}')

    with Server(answer) as server:
        assert signin_token(SESSION, server.endpoint_url + "/").reveal() == "word"
    (request,) = seen
    assert (request.method, request.target) == ("POST", "/federation")
    form = parse_qs(request.body.decode())
    assert form["Action"] == ["getSigninToken"]
    assert json.loads(form["Session"][0]) == {
        "sessionId": "ASIAEXAMPLE",
        "sessionKey": "se/cret",
        "sessionToken": "to+ken",
    }


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (400, b"the credentials have ended\n", "400: the credentials have ended"),
        (200, b"<html>", "200: no token came"),
        (200, b"[]", "200: no token came"),
        (500, b"x" * 5000, "500: " + "x" * 300),
    ],
)
def test_a_refusal_is_told_in_its_own_words(status: int, body: bytes, words: str) -> None:
    with Server(lambda request: HttpResponse(status, body)) as server, pytest.raises(AwsError) as told:
        signin_token(SESSION, server.endpoint_url)
    assert told.value.message == f"signin:getSigninToken: {words}"
    assert told.value.status == status


def test_where_nobody_answers_no_secret_is_in_the_traceback() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(UnreachableError) as told:
            signin_token(SESSION, f"http://127.0.0.1:{closed.getsockname()[1]}")
    assert told.value.__cause__ is None
    assert told.value.__suppress_context__
    assert "se/cret" not in str(told.value)


@pytest.mark.parametrize("endpoint", ["http://signin.example.com", "signin.example.com", "ftp://x"])
def test_no_secret_goes_over_the_network_in_the_clear(endpoint: str) -> None:
    with pytest.raises(AwsError, match="in the clear"):
        signin_token(SESSION, endpoint)


def test_a_certificate_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises((AwsError, OSError)):
        signin_token(SESSION, "https://127.0.0.1:1", ca_bundle=str(tmp_path / "no.pem"))


def test_boto3_takes_what_it_is_given_and_asks_again_before_the_end(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("boto3")
    for name, value in alice.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(alice.home / ".aws" / "config"))
    given: list[Credentials] = []
    lasts = [timedelta(minutes=5), timedelta(hours=1)]

    def refresh() -> Credentials:
        found = aws(alice).get_session_token(seconds=900)
        expires = datetime.now(UTC) + lasts[min(len(given), 1)]
        given.append(Credentials(found.key_id, found.secret, found.token, expires))
        return given[-1]

    session = refreshing_session(refresh, profile="default", region=None)
    assert not given
    sts = session.client("sts")
    assert sts.meta.endpoint_url == alice.box.endpoint_url
    for _ in range(3):
        assert sts.get_caller_identity()["Arn"].endswith(f"user/{alice.name}")
    assert len(given) == 2
    sts.close()


def test_keys_that_do_not_end_are_no_session() -> None:
    pytest.importorskip("boto3")
    session = refreshing_session(lambda: Credentials("AKIA", Secret("x")), profile=None, region="us-east-1")
    with pytest.raises(AwsError, match="no credentials of a session"):
        session.get_credentials().get_frozen_credentials()


def test_without_boto3_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(AwsError) as told:
        refreshing_session(lambda: SESSION, profile=None, region=None)
    assert told.value.hint == "pip install 'iamfa[boto3]'"
