"""The requesters whom the Principal elements of policies tell apart: one of each kind is enough.

AWS's page reference_policies_elements_principal: entries are compared whole, so that beside those whom they name only
their accounts, their roles and everybody else matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iamfa.errors import RequestError
from iamfa.evaluate.principal import Principal
from iamfa.policy.document import Document

_UNNAMED_ACCOUNT = "123456789012"
_ELSEWHERE = (None, "unnamed.amazonaws.com", "unnamed.example.com")
"""Nobody known, a service and a provider that no entry names."""


def principals_for(documents: Iterable[Iterable[Document]]) -> tuple[Principal | None, ...]:
    """Requesters so that every other one is named by the same entries as one of these, and as closely."""
    found: dict[str | None, Principal | None] = {}
    for text in _texts([d for each in documents for d in each]):
        try:
            found.setdefault(text, Principal.parse(text))
        except RequestError:
            continue
    return tuple(found.values())


def _texts(documents: Iterable[Document]) -> Iterator[str | None]:
    entries = [
        entry.value.text
        for document in documents
        for statement in document.statements
        for entry in (statement.principal.values if statement.principal is not None else ())
    ]
    accounts = dict.fromkeys([("aws", _UNNAMED_ACCOUNT)])
    for text in entries:
        fields = text.split(":", 5)
        if text.isdigit() and len(text) == 12:
            accounts[("aws", text)] = None
        elif len(fields) == 6 and len(fields[4]) == 12:
            accounts[(fields[1], fields[4])] = None
    for partition, account in accounts:
        iam, sts = f"arn:{partition}:iam::{account}", f"arn:{partition}:sts::{account}"
        yield f"{iam}:user/some-user-not-named"
        yield f"{sts}:assumed-role/some-role-not-named/some-session"
        yield f"{sts}:federated-user/some-user-not-named"
        yield f"{iam}:root"
    for text in entries:
        yield text
        fields = text.split(":", 5)
        if len(fields) == 6 and fields[5].startswith("role/"):
            role = fields[5].rpartition("/")[2]
            yield f"arn:{fields[1]}:sts::{fields[4]}:assumed-role/{role}/some-session-not-named"
        if len(fields) == 6 and fields[5].startswith("assumed-role/"):
            role = fields[5].split("/")[1]
            yield f"arn:{fields[1]}:sts::{fields[4]}:assumed-role/{role}/some-session-not-named"
        if len(fields) == 6 and fields[5].startswith("user/"):
            yield f"arn:{fields[1]}:sts::{fields[4]}:federated-user/{fields[5].rpartition('/')[2]}"
    yield from _ELSEWHERE
