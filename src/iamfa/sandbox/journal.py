"""What happened: one event for each call, in the form of CloudTrail's records, with what was decided and why.

The form is that of AWS's page cloudtrail-event-reference-record-contents; the member `iamfa` is ours. Secrets, seeds,
codes and passwords never stand in an event.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from iamfa.evaluate.verdict import MISSING_WORDS
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.caller import Caller, iso, mfa_context
from iamfa.sandbox.work import Work

Event = dict[str, Any]

_SECRET = frozenset(
    {"AuthenticationCode1", "AuthenticationCode2", "TokenCode", "Password", "OldPassword", "NewPassword"}
)
_HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
"""CloudTrail's own words for what it does not show."""
_KEPT = 1000


class Journal:
    """The latest calls, and whoever wants each as it comes. A record is written when somebody looks at it."""

    def __init__(self, kept: int = _KEPT) -> None:
        self._records: deque[Record] = deque(maxlen=kept)
        self.listeners: list[Callable[[Event], None]] = []

    def add(self, record: Record) -> None:
        """Keep a call, and tell the listeners."""
        self._records.append(record)
        for listener in self.listeners:
            listener(record.event())

    def clear(self) -> None:
        """Forget all calls."""
        self._records.clear()

    @property
    def events(self) -> list[Event]:
        """The records of the latest calls, the last one last."""
        return [record.event() for record in self._records]


@dataclass(frozen=True, slots=True)
class Record:
    """One call, as far as it came."""

    work: Work | None
    """None where nobody could be told to have called."""
    service: str
    operation: str | None
    parameters: Mapping[str, Any]
    now: datetime
    request_id: str
    error: ApiError | None

    def event(self) -> Event:
        """The call in the form of CloudTrail's records."""
        work = self.work
        event: Event = {
            "eventVersion": "1.11",
            "eventTime": iso(self.now),
            "eventSource": f"{self.service}.amazonaws.com",
            "eventName": self.operation,
            "requestParameters": _shown(self.parameters),
            "requestID": self.request_id,
        }
        if work is not None:
            event["userIdentity"] = identity_of(work)
            event["awsRegion"] = work.transport.region
            event["sourceIPAddress"] = work.transport.source_ip
            event["userAgent"] = work.transport.user_agent
            event["recipientAccountId"] = work.account.number
        if self.error is not None:
            event["errorCode"] = self.error.code
            event["errorMessage"] = self.error.message
        event["iamfa"] = _decided(work) if work is not None else {"decision": None, "decisions": []}
        return event


def identity_of(work: Work) -> Event:
    """The caller as CloudTrail's `userIdentity` tells him."""
    caller = work.caller
    found: Event = {
        "type": "Root" if caller.is_root else _TYPES.get(caller.principal.kind.value, "IAMUser"),
        "principalId": caller.user_id,
        "arn": caller.arn,
        "accountId": caller.account.number,
        "accessKeyId": _key_id(caller),
    }
    if caller.user is not None:
        found["userName"] = caller.user.name
    if caller.session is not None:
        present = mfa_context(caller, work.state, work.now).get("aws:MultiFactorAuthPresent", "false")
        issued = iso(caller.session.issued)
        found["sessionContext"] = {"attributes": {"creationDate": issued, "mfaAuthenticated": present}}
    return found


_TYPES = {"user": "IAMUser", "assumed-role": "AssumedRole", "federated-user": "FederatedUser"}


def _key_id(caller: Caller) -> str:
    if caller.session is not None:
        return caller.session.key_id
    return caller.key.id if caller.key is not None else ""


def _decided(work: Work) -> Event:
    """What was decided, by which statement of which policy, with which credential."""
    decisions = []
    for verdict, sources in work.verdicts:
        entry: Event = {
            "decision": verdict.decision,
            "action": verdict.request.action,
            "resource": verdict.request.resource,
        }
        deciding = verdict.deciding if verdict.decision != "implicit_deny" else ()
        if deciding:
            reason = deciding[0]
            source = sources.get(reason.policy)
            entry["statement"] = {"index": reason.statement.index, "sid": reason.statement.sid, "effect": reason.effect}
            entry["policy"] = reason.policy if source is None else (source.arn or f"{source.holder}: {source.name}")
        if verdict.decision == "implicit_deny" and verdict.missing is not None:
            entry["why"] = f"{MISSING_WORDS[verdict.missing]} allows it"
        if verdict.platform is not None:
            entry["platform"] = verdict.platform
        decisions.append(entry)
    return {
        "credential": work.caller.kind,
        "mfa": mfa_context(work.caller, work.state, work.now).get("aws:MultiFactorAuthPresent"),
        "decision": decisions[-1]["decision"] if decisions else None,
        "decisions": decisions,
        "platform": work.platform,
    }


def _shown(parameters: Mapping[str, Any]) -> Event:
    """The parameters with CloudTrail's small first letters, secrets left out."""
    return {name[:1].lower() + name[1:]: _HIDDEN if name in _SECRET else _plain(v) for name, v in parameters.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return f"({len(value)} bytes)"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
