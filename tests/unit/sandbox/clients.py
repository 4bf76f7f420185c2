"""Clients of botocore whose requests are answered in process: signed and parsed as on the wire, without sockets."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from tests.unit.sandbox.direct import Direct

from iamfa import clock
from iamfa.account.entities import AccessKey
from iamfa.sandbox.dispatch import Dispatcher
from iamfa.sandbox.faults import Faults
from iamfa.sandbox.journal import Journal
from iamfa.sandbox.live import Session, State
from iamfa.sandbox.messages import HttpRequest, HttpResponse
from iamfa.sandbox.services import answer_other_service
from iamfa.sandbox.time import SandboxClock

SDK = botocore.session.Session()
"""One for all: it keeps the service models that it has read."""


class _Body(io.BytesIO):
    def stream(self, amount: int = 65536, **_: Any) -> Iterator[bytes]:
        while data := self.read(amount):
            yield data


class Answering:
    """The parts of a running sandbox, with the dispatcher on top."""

    def __init__(self, box: Direct) -> None:
        box.state.clock = SandboxClock(clock.now)
        self.box = box
        self.journal = Journal()
        self.faults = Faults([], None)
        self._clients: dict[tuple[str, str, str], Any] = {}
        self.dispatcher = Dispatcher(self, answer_other_service)

    @property
    def state(self) -> State:
        return self.box.state

    def answer(self, method: str, url: str, headers: dict[str, str] | None = None, body: bytes = b"") -> HttpResponse:
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        given = {"host": parts.netloc} | {name.lower(): value for name, value in (headers or {}).items()}
        return self.dispatcher.answer(HttpRequest(method, target, given, body, "127.0.0.1"))

    def client(
        self, service: str, who: str | AccessKey | Session = "administrator", *, host: str = "127.0.0.1:4444"
    ) -> Any:
        """A client with the first key of a user, or with a key or a session."""
        caller = who
        if isinstance(caller, str):
            caller = next(key for key in self.box.account.access_keys.values() if key.user == caller)
        identifier = caller.key_id if isinstance(caller, Session) else caller.id
        assert caller.secret is not None
        known = (service, f"{identifier}{caller.secret.reveal()}", host)
        if known not in self._clients:
            self._clients[known] = self._new_client(service, caller, identifier, caller.secret.reveal(), host)
        return self._clients[known]

    def _new_client(self, service: str, who: AccessKey | Session, identifier: str, secret: str, host: str) -> Any:
        client = SDK.create_client(
            service,
            region_name="us-east-1",
            endpoint_url=f"http://{host}",
            aws_access_key_id=identifier,
            aws_secret_access_key=secret,
            aws_session_token=who.token.reveal() if isinstance(who, Session) else None,
            # Without being told, botocore presigns URLs of S3 with Version 2.
            config=Config(retries={"total_max_attempts": 1}, signature_version="v4" if service != "s3" else "s3v4"),
        )
        client.meta.events.register("before-send", self._send)
        return client

    def _send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        body = request.body or b""
        body = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else body.read()
        headers = {
            name: value.decode() if isinstance(value, bytes) else str(value) for name, value in request.headers.items()
        }
        found = self.answer(request.method, request.url, headers, body)
        data = b"" if request.method == "HEAD" else found.body
        told = {**dict(found.headers), "Content-Length": str(len(found.body))}
        return AWSResponse(request.url, found.status, told, _Body(data))
