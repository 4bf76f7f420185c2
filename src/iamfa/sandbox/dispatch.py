"""One request from bytes to bytes: signature, parameters, caller, permission, operation, answer, record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email.utils import format_datetime
from typing import Any

from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.apis import is_own, rows_of
from iamfa.sandbox.authenticate import authenticate
from iamfa.sandbox.authorise import allow
from iamfa.sandbox.caller import Transport, may_call
from iamfa.sandbox.journal import Journal, event_of
from iamfa.sandbox.live import State
from iamfa.sandbox.messages import HttpRequest, HttpResponse
from iamfa.sandbox.signature import Signed, read
from iamfa.sandbox.wire import Call, error, read_call, result
from iamfa.sandbox.work import Work

OtherServices = Callable[[State, Signed, HttpRequest, Journal], HttpResponse]
"""What answers calls of services that are not the sandbox's own."""


class Dispatcher:
    """Answers the requests of one sandbox."""

    def __init__(self, state: State, journal: Journal, others: OtherServices | None = None) -> None:
        self.state = state
        self.journal = journal
        self._others = others

    def answer(self, request: HttpRequest) -> HttpResponse:
        """AWS's answer to a request; every error is one of AWS's."""
        service = "iam"
        try:
            signed = read(request)
            if signed is None:
                raise ApiError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
            service = signed.service
            if not is_own(service):
                if self._others is None:
                    raise not_here(service)
                return self._others(self.state, signed, request, self.journal)
        except ApiError as refused:
            return self._refusal(service, refused, self.state.ids.request())
        return _Attempt(self, service, signed, request).answer()

    def _refusal(self, service: str, refused: ApiError, request_id: str) -> HttpResponse:
        status, body, kind = error(service, refused, request_id)
        return self.reply(status, body, kind, request_id, tuple(refused.headers.items()))

    def reply(
        self, status: int, body: bytes, kind: str, request_id: str, headers: tuple[tuple[str, str], ...] = ()
    ) -> HttpResponse:
        """A response with the headers that AWS's have; `Date` is the sandbox's time."""
        date = format_datetime(self.state.clock.now(), usegmt=True)
        return HttpResponse(
            status, body, (("Content-Type", kind), ("x-amzn-RequestId", request_id), ("Date", date), *headers)
        )


class _Attempt:
    """One call of the sandbox's own services; it remembers how far it came, for the record."""

    def __init__(self, dispatcher: Dispatcher, service: str, signed: Signed, request: HttpRequest) -> None:
        self.dispatcher = dispatcher
        self.state = dispatcher.state
        self.service = service
        self.signed = signed
        self.request = request
        self.request_id = self.state.ids.request()
        self.work: Work | None = None
        self.name: str | None = None
        self.parameters: Mapping[str, Any] = {}

    def answer(self) -> HttpResponse:
        refused: ApiError | None = None
        try:
            call = read_call(
                self.service, self.request.method, self.request.target, self.request.headers, self.request.body
            )
            self.name, self.parameters = call.operation.name, call.parameters
            body, kind = result(call.operation, self._done(call), self.request_id)
            response = self.dispatcher.reply(200, body, kind, self.request_id)
        except ApiError as error_:
            refused = error_
            response = self.dispatcher._refusal(self.service, refused, self.request_id)
        self.dispatcher.journal.add(
            event_of(
                self.work,
                service=self.service,
                operation=self.name,
                parameters=self.parameters,
                now=self.state.clock.now(),
                request_id=self.request_id,
                error=refused,
            )
        )
        return response

    def _done(self, call: Call) -> Mapping[str, Any]:
        caller = authenticate(self.state, self.signed, self.request)
        headers = self.request.headers
        transport = Transport(self.request.client, headers.get("user-agent", ""), self.signed.region)
        self.work = work = Work(self.state, caller, transport, self.state.clock.now())
        may_call(caller, self.service, call.operation.name)
        row = rows_of(self.service).get(call.operation.name)
        if row is None:
            raise not_here(self.service, call.operation.name)
        allow(work, self.service, row, call.parameters)
        return row.handler(work, call.parameters) or {}


def not_here(service: str, operation: str | None = None) -> ApiError:
    """What the sandbox does not have, it says."""
    what = f"the operation {operation} of {service}" if operation is not None else f"the service {service}"
    return ApiError("NotImplemented", f"The sandbox does not have {what}.", 501)
