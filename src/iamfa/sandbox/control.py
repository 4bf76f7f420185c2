"""What the sandbox offers beside AWS's own calls, under `/_iamfa/`: codes, the clock, save and load, faults, events.

Whoever starts a sandbox has its bearer token; without it nothing here answers but `sign-in`, which asks for a password
as the console does, and `health`, which tells nothing that a caller does not know.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Protocol

from iamfa.account.entities import Device
from iamfa.errors import IamfaError
from iamfa.otp import STEP_SECONDS, code_of, step_of
from iamfa.platform import ASSUMPTIONS
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.faults import Fault, Faults
from iamfa.sandbox.journal import Journal
from iamfa.sandbox.live import State
from iamfa.sandbox.messages import HttpRequest, HttpResponse
from iamfa.sandbox.signin import sign_in
from iamfa.sandbox.table import lag_of
from iamfa.secret import Secret

PREFIX = "/_iamfa/"

Json = dict[str, Any]


class Controlled(Protocol):
    """What the control plane works on."""

    @property
    def state(self) -> State: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def faults(self) -> Faults: ...
    def snapshot(self) -> Json: ...
    def restore(self, snapshot: Mapping[str, Any]) -> None: ...
    def reset(self) -> None: ...


class Control:
    """Answers the requests of the control plane of one sandbox."""

    def __init__(self, sandbox: Controlled, token: Secret) -> None:
        self._sandbox = sandbox
        self._token = token
        self._routes: dict[tuple[str, str], Callable[[Json], Json]] = {
            ("GET", "codes"): self._codes,
            ("GET", "clock"): self._clock,
            ("POST", "clock"): self._move_clock,
            ("GET", "snapshot"): lambda _: self._sandbox.snapshot(),
            ("POST", "snapshot"): self._restore,
            ("POST", "reset"): self._reset,
            ("GET", "faults"): self._faults,
            ("POST", "faults"): self._set_faults,
            ("GET", "events"): self._events,
            ("GET", "assumptions"): self._assumptions,
        }

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The answer to a request under `/_iamfa/`, always JSON; errors are `{"error", "hint", "code"}`."""
        name = request.target.partition("?")[0].removeprefix(PREFIX)
        try:
            if (request.method, name) == ("GET", "health"):
                return _json(200, {"status": "running", "account": self._sandbox.state.main})
            body = _body(request)
            if (request.method, name) == ("POST", "sign-in"):
                return _json(200, dict(sign_in(self._sandbox.state, body)))
            if not self._is_authorized(request):
                return _error(
                    401, "the control plane wants its bearer token", "it is in the file that was named at the start"
                )
            route = self._routes.get((request.method, name))
            if route is None:
                return _error(404, f"there is no {request.method} {PREFIX}{name}", None)
            return _json(200, route(body))
        except ApiError as error:
            return _error(error.status, error.message, error.hint, error.code)
        except IamfaError as error:
            return _error(400, error.message, error.hint)

    def _is_authorized(self, request: HttpRequest) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self._token.matches(token.strip())

    def _codes(self, body: Json) -> Json:
        """The present codes of all devices with a seed, for people and tests that play the user."""
        state = self._sandbox.state
        now = state.clock.now()
        return {"codes": [code_json(device, now) for device in state.account.devices.values()]}

    def _clock(self, body: Json) -> Json:
        return {"now": self._sandbox.state.clock.now().isoformat()}

    def _move_clock(self, body: Json) -> Json:
        clock = self._sandbox.state.clock
        if ("set" in body) == ("advance" in body):
            raise IamfaError("the clock is either `set` or to `advance`", hint='send {"advance": 30}')
        if "advance" in body:
            clock.advance(_number(body["advance"], "advance"))
        else:
            try:
                moment = datetime.fromisoformat(str(body["set"]))
            except ValueError as error:
                raise IamfaError(f"`{body['set']}` is no time", hint="write `2026-01-31T12:00:00Z`") from error
            clock.set(moment, still=body.get("still") is True)
        return self._clock({})

    def _restore(self, body: Json) -> Json:
        self._sandbox.restore(body)
        return {"account": self._sandbox.state.main}

    def _reset(self, body: Json) -> Json:
        self._sandbox.reset()
        return {"account": self._sandbox.state.main}

    def _faults(self, body: Json) -> Json:
        faults = self._sandbox.faults
        return {
            "faults": [asdict(fault) for fault in faults.faults],
            "throttle": faults.rate,
            "lag": self._sandbox.state.lag.seconds,
        }

    def _set_faults(self, body: Json) -> Json:
        """Each member that is given replaces what was; the others stay."""
        faults = self._sandbox.faults
        texts = body.get("faults", [])
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise IamfaError("`faults` is to be a list of texts", hint='send {"faults": ["iam:CreateUser=failure*1"]}')
        found = [Fault.parse(text) for text in texts]
        lag = None if body.get("lag") is None else lag_of(_number(body["lag"], "lag"))
        rate = None if body.get("throttle") is None else _number(body["throttle"], "throttle")
        if "throttle" in body:
            faults.limit(rate)
        if "faults" in body:
            faults.faults[:] = found
        if lag is not None:
            self._sandbox.state.lag.seconds = lag
        return self._faults({})

    def _events(self, body: Json) -> Json:
        return {"events": self._sandbox.journal.events}

    def _assumptions(self, body: Json) -> Json:
        chosen = self._sandbox.state.settings.assumptions
        return {"assumptions": {identifier: chosen[identifier] for identifier in ASSUMPTIONS}}


def code_json(device: Device, now: datetime) -> Json:
    """What a device shows at *now*; nothing where its seed is not known or it gives no codes."""
    step = step_of(now)
    return {
        "serial": device.serial,
        "user": device.user,
        "code": None if device.seed is None else code_of(device.seed, step),
        "seconds_left": STEP_SECONDS - int(now.timestamp()) % STEP_SECONDS,
    }


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
        raise IamfaError(f"`{name}` is to be a number of seconds, not `{value}`")
    return float(value)


def _body(request: HttpRequest) -> Json:
    if not request.body:
        return {}
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise IamfaError("the body is no JSON") from error
    if not isinstance(found, dict):
        raise IamfaError("the body is to be a JSON object")
    return found


def _json(status: int, value: Json) -> HttpResponse:
    data = json.dumps(value, default=_plain).encode()
    return HttpResponse(status, data, (("Content-Type", "application/json"), ("Cache-Control", "no-store")))


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} is no JSON")


def _error(status: int, message: str, hint: str | None, code: str | None = None) -> HttpResponse:
    return _json(status, {"error": message, "hint": hint, "code": code})
