"""Inline policies of users, groups and roles: what is the same for all three."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar
from urllib.parse import quote

from iamfa.account.entities import Group, Role, User
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.paging import page
from iamfa.sandbox.policy_documents import inline_document
from iamfa.sandbox.work import Parameters, Result

Holder = TypeVar("Holder", User, Group, Role)


def with_inline(holder: Holder, parameters: Parameters) -> Holder:
    """The holder with the inline policy of a Put…Policy, new or in place of the one of that name.

    Raises MalformedPolicyDocument or LimitExceeded.
    """
    name = parameters["PolicyName"]
    text = inline_document(parameters["PolicyDocument"], name, holder)
    return replace(holder, inline={**holder.inline, name: text})


def without_inline(holder: Holder, name: str) -> Holder:
    """The holder without this inline policy. Raises NoSuchEntity."""
    _text(holder, name)
    return replace(holder, inline={key: text for key, text in holder.inline.items() if key != name})


def inline_policy(holder: User | Group | Role, name: str) -> Result:
    """The answer of Get…Policy, the document URL-encoded. Raises NoSuchEntity."""
    owner = f"{type(holder).__name__}Name"
    return {owner: holder.name, "PolicyName": name, "PolicyDocument": quote(_text(holder, name), safe="")}


def inline_names(holder: User | Group | Role, parameters: Parameters) -> Result:
    """The answer of List…Policies: names, in pages."""
    found, rest = page(holder.inline, parameters, str)
    return {"PolicyNames": found, **rest}


def _text(holder: User | Group | Role, name: str) -> str:
    text = holder.inline.get(name)
    if text is None:
        raise ApiError(
            "NoSuchEntity", f"The {type(holder).__name__.lower()} policy with name {name} cannot be found.", 404
        )
    return text
