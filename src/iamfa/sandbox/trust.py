"""Whom a role's trust policy names: that they exist, and that a namesake made later is somebody else.

AWS's page reference_policies_elements_principal: when a trust policy is saved, the ARN of a user or role "transforms to
the … unique principal ID", and is shown as the ARN again for as long as its owner is there. Here text and identifiers
are kept side by side. Whether accounts outside of the sandbox exist, and who is in them, nobody can know: such an
account as a whole may be named, its users and roles may not. Services and identity providers are not looked up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Final

from iamfa.account.entities import Account, Role, Tags, User
from iamfa.arn import Arn, is_account_id
from iamfa.policy.document import Document, Kind, PrincipalValue, Statement, Value
from iamfa.policy.policy import Policy
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.live import State
from iamfa.sandbox.policy_documents import trust_document
from iamfa.sandbox.refusals import malformed_policy

_ENTITIES: Final = ("user", "role")


def checked_trust(state: State, partition: str, text: str) -> tuple[str, Tags]:
    """A trust policy that is to be saved, and the identifiers of whom it names by ARN.

    Raises MalformedPolicyDocument, for a principal that is not there as well, and LimitExceeded.
    """
    trust_document(text, partition)
    named: dict[str, str] = {}
    for principal in _aws_principals(_parsed(text)):
        value = principal.value.text
        found = _identifier(state, partition, value)
        if found is not None:
            named[value] = found
    return text, tuple(named.items())


def trusted_document(role: Role) -> Document:
    """The trust policy with identifiers in place of the ARNs that it was saved with: what requests are decided by."""
    document = _parsed(role.trust).document
    return replace(
        document, statements=tuple(_bound(statement, dict(role.trusted)) for statement in document.statements)
    )


def shown_trust(state: State, role: Role) -> str:
    """The text of the trust policy as AWS shows it: ARNs as they are now, identifiers for those who are gone."""
    if not role.trusted:
        return role.trust
    identifiers = dict(role.trusted)
    text = role.trust
    if not identifiers:
        return text
    for principal in reversed(list(_aws_principals(_parsed(role.trust)))):
        arn = principal.value.text
        identifier = identifiers.get(arn)
        if identifier is not None:
            shown = _arn_of(state, arn, identifier) or identifier
            if shown != arn:
                span = principal.value.span
                text = f'{text[: span.start]}"{shown}"{text[span.end :]}'
    return text


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Policy:
    return Policy.parse(text, kind=Kind.TRUST)


def _aws_principals(policy: Policy) -> Iterator[PrincipalValue]:
    elements = (statement.principal for statement in policy.statements)
    yield from (value for element in elements if element for value in element.values if value.type == "AWS")


def _bound(statement: Statement, identifiers: dict[str, str]) -> Statement:
    element = statement.principal
    if element is None or not identifiers:
        return statement
    values = tuple(
        PrincipalValue(value.type, Value(identifiers.get(value.value.text, value.value.text)))
        if value.type == "AWS"
        else value
        for value in element.values
    )
    return replace(statement, principal=replace(element, values=values))


def _identifier(state: State, partition: str, value: str) -> str | None:
    """The unique identifier of the user or role with this ARN; None for what needs none. Raises ApiError."""
    if value == "*" or is_account_id(value):
        return None
    if not value.startswith("arn:"):
        if not any(entity.id == value for account in state.accounts.values() for entity in _entities(account)):
            raise _invalid(value, "no user or role has this identifier")
        return None
    arn = Arn.parse(value)
    if arn.partition != partition:
        raise _invalid(value, f"the role is in the partition `{partition}`")
    if arn.resource == "root":
        return None
    account = state.accounts.get(arn.account)
    if account is None:
        raise _invalid(
            value,
            f"the sandbox has no account `{arn.account}`, so nobody knows who is in it: name the account as a whole",
        )
    seen = account.visible()
    if arn.kind in _ENTITIES:
        found = next((entity for entity in _entities(seen) if entity.arn == value), None)
        if found is None:
            raise _invalid(value, "there is nobody with this ARN; a path is a part of it")
        return found.id
    if arn.kind == "assumed-role" and arn.resource.split("/")[1] not in seen.roles:
        raise _invalid(value, "there is no such role")
    return None


def _invalid(value: str, hint: str) -> ApiError:
    refused = malformed_policy(f'Invalid principal in policy: "AWS":"{value}"')
    refused.hint = hint
    return refused


def _arn_of(state: State, arn: str, identifier: str) -> str | None:
    """The present ARN of the user or role with this identifier; None where he is gone."""
    account = state.accounts.get(Arn.parse(arn).account)
    if account is None:
        return None
    return next((entity.arn for entity in _entities(account.visible()) if entity.id == identifier), None)


def _entities(account: Account) -> Iterator[User | Role]:
    yield from account.users.values()
    yield from account.roles.values()
