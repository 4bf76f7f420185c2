"""What was called and what AWS answered, without a secret, and without the account's number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_SECRET: Final = {"AuthenticationCode1", "AuthenticationCode2", "TokenCode", "Password", "OldPassword", "NewPassword"}
_LONGEST: Final = 2048
"""Characters of one value that are kept."""


class Evidence:
    """The calls of some clients, in order: `{"call", "by", "parameters", "answer"}`.

    An answer is `ok`, or code, status and message of the refusal. *masks* are texts and what is written in their
    place, the account's number above all.
    """

    def __init__(self, masks: Mapping[str, str]) -> None:
        self.calls: list[dict[str, Any]] = []
        self._masks = dict(masks)

    def watch(self, client: Any, by: str) -> None:
        """Keep every call of this client; *by* says whose it is."""
        service = client.meta.service_model.service_name

        def asked(params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
            context["iamfa-contract"] = self._shown(params)

        def answered(http_response: Any, parsed: Mapping[str, Any], model: Any, context: Any, **_: Any) -> None:
            error = parsed.get("Error") if http_response.status_code >= 300 else None
            answer: Any = "ok"
            if error is not None:
                found = {"code": error.get("Code", ""), "message": error.get("Message", "")}
                answer = {"status": http_response.status_code, **self._shown(found)}
            call = {"call": f"{service}:{model.name}", "by": by, "parameters": context.get("iamfa-contract", {})}
            self.calls.append({**call, "answer": answer})

        client.meta.events.register(f"before-parameter-build.{service}", asked)
        client.meta.events.register(f"after-call.{service}", answered)

    def note(self, text: str) -> None:
        """Say between two calls what they do not show, e.g. of which step a code was."""
        self.calls.append({"note": self.masked(text)})

    def masked(self, text: str) -> str:
        """The text without what is nobody's business."""
        for secret, shown in self._masks.items():
            text = text.replace(secret, shown)
        return text

    def _shown(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._value(name, value) for name, value in parameters.items()}

    def _value(self, name: str, value: Any) -> Any:
        if name in _SECRET:
            return "***"
        if name == "AccessKeyId":
            return f"{str(value)[:4]}…"
        if isinstance(value, Mapping):
            return self._shown(value)
        if isinstance(value, list | tuple):
            return [self._value("", each) for each in value]
        return self.masked(value[:_LONGEST]) if isinstance(value, str) else value
