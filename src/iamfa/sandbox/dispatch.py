"""One request from bytes to bytes: signature, parameters, caller, permission, operation, answer, record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from iamfa.sandbox.api_error import AnswerError, ApiError
from iamfa.sandbox.apis import is_own, rows_of
from iamfa.sandbox.authenticate import authenticate
from iamfa.sandbox.authorise import allow
from iamfa.sandbox.caller import Transport, may_call
from iamfa.sandbox.faults import Fault, Faults
from iamfa.sandbox.journal import Journal, Record
from iamfa.sandbox.live import State
from iamfa.sandbox.messages import HttpRequest, HttpResponse
from iamfa.sandbox.signature import Signed, read
from iamfa.sandbox.wire import error as wire_error
from iamfa.sandbox.wire import read_call, result
from iamfa.sandbox.work import Work


class Running(Protocol):
    """The parts of a sandbox that answer calls."""

    @property
    def state(self) -> State:
        """What it holds now; another one after a reset."""

    @property
    def journal(self) -> Journal:
        """What was called."""

    @property
    def faults(self) -> Faults:
        """What is to go wrong."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: by another service with headers of its own."""

    status: int
    body: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(eq=False)
class OtherCall:
    """A call of a service that is not the sandbox's own, as far as its record needs it."""

    request: HttpRequest
    signed: Signed
    state: State
    request_id: str
    work: Work | None = None
    name: str | None = None
    """The operation, once it is known."""
    refused: ApiError | None = None
    """The error that the answer is, if it is one."""


OtherServices = Callable[[OtherCall], Reply]
"""Answers a call of another service, errors of that service's form included; raises `ApiError` where it has none."""


class Dispatcher:
    """Answers the requests of one sandbox."""

    def __init__(self, running: Running, others: OtherServices) -> None:
        self._running = running
        self._others = others

    def answer(self, request: HttpRequest) -> HttpResponse:
        """AWS's answer to a request; every error is one of AWS's."""
        state = self._running.state
        attempt = _Attempt(state, self._running.faults, self._others, request)
        reply, refused = attempt.reply()
        now = state.clock.now()
        self._running.journal.add(
            Record(attempt.work, attempt.service, attempt.name, attempt.parameters, now, attempt.request_id, refused)
        )
        date = _http_date(now.replace(microsecond=0))
        headers = (("Content-Type", reply.content_type), ("x-amzn-RequestId", attempt.request_id), ("Date", date))
        response = HttpResponse(reply.status, reply.body, (*headers, *reply.headers))
        if attempt.fault is not None and attempt.fault.kind == "lost":
            return replace(response, lost=True)
        if attempt.fault is not None:
            return replace(response, delay=attempt.fault.seconds)
        return response


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@lru_cache(maxsize=8)
def _http_date(second: datetime) -> str:
    """`Sat, 31 Jan 2026 12:00:00 GMT` of a second in UTC (RFC 9110, 5.6.7); loading `email` would take 40 ms."""
    day, month = _DAYS[second.weekday()], _MONTHS[second.month - 1]
    return f"{day}, {second.day:02} {month} {second.year:04} {second:%H:%M:%S} GMT"


class _Attempt:
    """One call; it remembers how far it came, for the record."""

    def __init__(self, state: State, faults: Faults, others: OtherServices, request: HttpRequest) -> None:
        self.state = state
        self.service = "iam"
        self.request_id = state.ids.request()
        self.work: Work | None = None
        self.name: str | None = None
        self.parameters: Mapping[str, Any] = {}
        self.fault: Fault | None = None
        self._faults = faults
        self._others = others
        self._request = request

    def reply(self) -> tuple[Reply, ApiError | None]:
        """The answer, and the error that it is, if it is one."""
        try:
            signed = read(self._request)
            if signed is None:
                raise ApiError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
            self.service = signed.service
            if not is_own(signed.service):
                return self._other(signed)
            return self._own(signed), None
        except ApiError as refused:
            status, body, content_type = wire_error(self.service, refused, self.request_id)
            return Reply(status, body, content_type, tuple(refused.headers.items())), refused

    def _own(self, signed: Signed) -> Reply:
        request = self._request
        call = read_call(self.service, request.method, request.target, request.headers, request.body)
        self.name, self.parameters = call.operation.name, call.parameters
        self._suffer()
        caller = authenticate(self.state, signed, request)
        transport = Transport(request.client, request.headers.get("user-agent", ""), signed.region)
        self.work = work = Work(self.state, caller, transport, self.state.clock.now())
        may_call(caller, self.service, call.operation.name)
        row = rows_of(self.service).get(call.operation.name)
        if row is None:
            message = f"The sandbox does not have the operation {call.operation.name} of {self.service}."
            raise ApiError("NotImplemented", message, 501)
        allow(work, self.service, row, call.parameters)
        found = row.handler(work, call.parameters) or {}
        try:
            return Reply(200, *result(call.operation, found, self.request_id))
        except AnswerError as error:
            message = f"The sandbox's own answer to {call.operation.name} is wrong: {error.message}."
            raise ApiError("InternalFailure", message, 500) from error

    def _other(self, signed: Signed) -> tuple[Reply, ApiError | None]:
        call = OtherCall(self._request, signed, self.state, self.request_id)
        self.name = "*"
        self._suffer()
        try:
            return self._others(call), call.refused
        finally:
            self.work, self.name = call.work, call.name

    def _suffer(self) -> None:
        """Let go wrong what is asked for."""
        self.fault = self._faults.take(f"{self.service}:{self.name}", self.state.clock.system())
        refused = self.fault.error() if self.fault is not None else None
        if refused is not None:
            raise refused
