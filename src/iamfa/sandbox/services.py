"""Answers of AWS's other services: decided by the policies first, then given by moto, where that is installed.

moto (the extra `services`) is asked in process, through its own WSGI application, and never about permission. Its
memory is the process's, not the sandbox's: it is emptied when a sandbox first uses it while no other one has a bucket,
and `s3_answers` keeps apart what two sandboxes of one process make. Its times are the system's, and a snapshot does not
hold what is in it. moto puts a switch of its own into botocore's handlers, which does nothing outside of `mock_aws`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any, Final

from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.authenticate import authenticate
from iamfa.sandbox.authorise import authorise
from iamfa.sandbox.caller import Transport
from iamfa.sandbox.dispatch import OtherCall, Reply
from iamfa.sandbox.live import State
from iamfa.sandbox.s3_answers import LOCK, answer_s3, forget_buckets, has_used_s3
from iamfa.sandbox.service_calls import CONTENT_TYPES, FORMS, read_plain
from iamfa.sandbox.service_errors import in_words_of, reply_of
from iamfa.sandbox.work import Target, Work

_Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_APPLICATIONS: dict[str, _Application] = {}
"""moto's application for each service, made when it is first needed: that of EC2 takes seconds."""
_NOT_FORWARDED: Final = frozenset(
    {"authorization", "host", "content-length", "transfer-encoding", "expect", "connection", "x-amz-date"}
    | {"x-amz-security-token", "x-moto-account-id"}
)
_NOT_RETURNED: Final = frozenset(
    {"content-length", "content-type", "connection", "transfer-encoding", "date", "server", "x-amzn-requestid"}
    | {"access-control-allow-origin", "access-control-allow-methods", "access-control-allow-headers"}
)


def answer_other_service(call: OtherCall) -> Reply:
    """The answer to a call of a service that is not the sandbox's own, its refusals in that service's form.

    Raises `ApiError` with 501 for a service that is not in the table.
    """
    service = call.signed.service
    if service not in FORMS:
        message = f"The sandbox does not have the service {service}; it has {', '.join(sorted(FORMS))}."
        raise ApiError("NotImplemented", message, 501)
    try:
        return _answer(call, service)
    except ApiError as error:
        call.refused = refused = in_words_of(service, error)
        return reply_of(service, refused, call.request_id, without_body=call.request.method == "HEAD")


def forget_services(state: State) -> None:
    """Let go what a sandbox has made in other services: it ends, or begins anew."""
    forget_buckets(state)


def _answer(call: OtherCall, service: str) -> Reply:
    request, state = call.request, call.state
    caller = authenticate(state, call.signed, request)
    transport = Transport(request.client, request.headers.get("user-agent", ""), call.signed.region)
    call.work = work = Work(state, caller, transport, state.clock.now())
    if service == "s3":
        return answer_s3(call, work, _backend(call, "s3"))
    asked = read_plain(service, request, call.signed.region, call.request_id)
    call.name = asked.name
    authorise(work, asked.action, Target("*", asked.context))
    ask = _backend(call, service) if service == "ec2" else None
    if ask is not None:
        return ask(request.method, request.target, request.headers, request.body, caller.account.number)
    if asked.answer is None:
        raise not_installed(f"{asked.name} of {service}")
    return Reply(200, asked.answer, CONTENT_TYPES[FORMS[service]])


def not_installed(what: str) -> ApiError:
    """What only moto can answer, and moto is not there or was switched off."""
    message = f"The sandbox answers {what} with the extra services only: pip install 'iamfa[services]'."
    return ApiError("NotImplemented", message, 501)


Backend = Callable[[str, str, Mapping[str, str], bytes, str], Reply]
"""Method, target, headers, body and the number of the account -> what moto answers."""


def _backend(call: OtherCall, service: str) -> Backend | None:
    """moto for this service; None where it is not installed or not wanted."""
    if not call.state.settings.services:
        return None
    with LOCK:
        application = _application(service)
        if application is None:
            return None
        if not has_used_s3(call.state):
            _send(_application("moto_api"), "POST", "/moto-api/reset", {}, b"")

    def ask(method: str, target: str, headers: Mapping[str, str], body: bytes, account: str) -> Reply:
        sent = {name: value for name, value in headers.items() if name not in _NOT_FORWARDED}
        # moto reads the Region and the service from the scope, and looks at no signature.
        scope = f"{call.signed.date}/{call.signed.region}/{service}/aws4_request"
        sent["authorization"] = f"AWS4-HMAC-SHA256 Credential=AKIA0/{scope}, SignedHeaders=host, Signature=0"
        sent["host"] = f"{service}.amazonaws.com"
        sent["x-moto-account-id"] = account
        with LOCK:
            reply = _send(application, method, target, sent, body)
        if reply.status >= 500:
            raise ApiError("NotImplemented", f"moto does not answer {call.name} of {service}.", 501)
        return reply

    return ask


def _application(service: str) -> Any:
    """moto's WSGI application; None where moto, or what it needs for this service, is not installed."""
    try:
        server = import_module("moto.server")
        if service not in _APPLICATIONS:
            _APPLICATIONS[service] = server.create_backend_app(service)
    except ImportError:
        return None
    return _APPLICATIONS[service]


def _send(application: Any, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
    """One request through WSGI (PEP 3333). The path goes as it is: moto itself decodes it, once."""
    path, _, query = target.partition("?")
    environment: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": headers.get("host", "localhost"),
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environment[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    told: list[Any] = []
    answered = application(environment, lambda status, fields, trace=None: told.extend((status, fields)))
    data = b"".join(answered)
    status, fields = told
    kind = next((value for name, value in fields if name.lower() == "content-type"), "application/xml")
    kept = tuple((name, value) for name, value in fields if name.lower() not in _NOT_RETURNED)
    return Reply(int(status.partition(" ")[0]), data, kind, kept)
