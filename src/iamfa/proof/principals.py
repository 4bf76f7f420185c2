"""The requesters whom the Principal elements of policies tell apart: one of each kind is enough.

AWS's page reference_policies_elements_principal: entries are compared whole, so that beside those whom they name only
their accounts, their roles and everybody else matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from math import prod

from iamfa.errors import RequestError
from iamfa.evaluate.principal import Principal, naming
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


def settlings(who: Principal | None, documents: Iterable[Iterable[Document]]) -> Iterator[frozenset[tuple[str, str]]]:
    """The ways in which the entries of which it cannot be known may name him: each for all statements alike.

    Of the ARNs at most one names him, of the unique identifiers and the canonical ones likewise: a session has one
    user, a role one session of it at a time. Where there are too many ways nothing comes, and nothing is settled.
    """
    kinds: dict[str, list[frozenset[tuple[str, str]]]] = {}
    for type_, value in _entries(documents):
        if who is not None and naming(type_, value, who, None) is None:
            kind = type_ if type_ != "AWS" else value.partition(":")[0] if ":" in value else "id"
            kinds.setdefault(kind, [frozenset()]).append(frozenset({(type_, value)}))
    if prod(len(ways) for ways in kinds.values()) <= MOST_SETTLINGS:
        for chosen in product(*kinds.values()):
            yield frozenset[tuple[str, str]]().union(*chosen)


MOST_SETTLINGS = 64
"""In so many ways entries may name a requester of whom it cannot be known."""


def _entries(documents: Iterable[Iterable[Document]]) -> Iterable[tuple[str, str]]:
    """The entries of all Principal elements, each once."""
    statements = (statement for each in documents for document in each for statement in document.statements)
    elements = (statement.principal for statement in statements if statement.principal is not None)
    return dict.fromkeys((entry.type, entry.value.text) for element in elements for entry in element.values)


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
