"""The forms in which people have policies in files: alone, as bare statements, in answers of the AWS CLI, in dumps.

Answers: `aws iam get-policy-version`, `get-user-policy`, `get-group-policy`, `get-role-policy`, `get-role`,
`list-roles`, `get-account-authorization-details`, `aws organizations describe-policy`, and those that hold one text
under `Policy` (`aws s3api get-bucket-policy`, `aws kms get-key-policy`). A document in them is an object, or a text
that may be URL-encoded as RFC 3986 says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from iamfa.errors import Fault, PolicyError
from iamfa.policy.document import Kind
from iamfa.policy.parse import is_policy_like
from iamfa.policy.policy import Policy
from iamfa.policy.reader import LIMIT, Array, Node, Object, Reading, Scalar, read, too_large
from iamfa.policy.source import Source


@dataclass(frozen=True, slots=True)
class FoundDocument:
    """One policy document of a file: the policy, or what is wrong with it."""

    name: str | None
    """Its name inside a dump, e.g. `user/alice/inline/ForceMFA`; None where the file holds one."""
    kind: Kind | None
    """What it is attached as; None where the text could not be read."""
    policy: Policy | None
    """None when there are faults."""
    faults: tuple[Fault, ...] = ()
    """Everything that is wrong; positions are the file's, or the document's own where it is embedded as text."""
    embedded_as_text: bool = False
    """Whether the policy has a text of its own, apart from the file's: then edits cannot be written in place."""
    looks_like_policy: bool = True
    """False for a text that cannot be read and shows no sign of being a policy: a search of folders passes it over."""


_Value: TypeAlias = object
"""A node of our reader, or, of a dump that is too large for it, a value of the json module."""


class _Embedded(NamedTuple):
    name: str | None
    kind: Kind | None
    value: _Value


_SIGNS = re.compile(r"[\"'](?:Statement|Effect|NotAction|PolicyDocument)[\"']")
_DUMP = re.compile(r'"(?:UserDetailList|GroupDetailList|RoleDetailList|Policies|Roles|authorization_details)"\s*:')
_DETAILS: Final = (
    ("UserDetailList", "UserName", "UserPolicyList", Kind.USER),
    ("GroupDetailList", "GroupName", "GroupPolicyList", Kind.GROUP),
    ("RoleDetailList", "RoleName", "RolePolicyList", Kind.ROLE),
)
_OWNERS: Final = (("UserName", Kind.USER), ("GroupName", Kind.GROUP), ("RoleName", Kind.ROLE))
_ORGANIZATION_TYPES: Final = {"SERVICE_CONTROL_POLICY": Kind.SCP, "RESOURCE_CONTROL_POLICY": Kind.RCP}
_CHARACTERS_FOR_A_BRACKET: Final = 8
"""A dump has more of them; fewer are a text made to fill the memory."""


def read_documents(text: str, path: str | None = None, *, kind: Kind | None = None) -> list[FoundDocument]:
    """The policy documents that a file's text holds, in the order of the text; none where it is no policy at all.

    `kind` says what they are attached as, where somebody knows; a trust policy inside an answer stays one. Nothing is
    raised: a text that cannot be read is one document with its fault.
    """
    source = Source(text, path)
    if len(source.text) > LIMIT:
        return _read_large(source, kind)
    try:
        reading = read(source)
    except PolicyError as error:
        return [_unreadable(source, error.faults)]
    root = reading.root
    if is_policy_like(root):
        return [_in_place(_Embedded(None, kind, root), root, reading, source)]
    return [_document(_as(kind, each), reading, source) for each in _embedded(root)]


def _read_large(source: Source, kind: Kind | None) -> list[FoundDocument]:
    """A dump beyond the limit of our reader goes through the json module; its documents get texts of their own."""
    text = source.text
    brackets = text.count("{") + text.count("[")
    if not _DUMP.search(text) or brackets * _CHARACTERS_FOR_A_BRACKET > len(text):
        return [_unreadable(source, (too_large(source),))]
    try:
        root = json.loads(text)
    except json.JSONDecodeError as error:
        return [_unreadable(source, (source.fault(error.pos, f"the dump is no JSON: {error.msg.lower()}"),))]
    except (ValueError, RecursionError) as error:
        return [_unreadable(source, (Fault(1, 1, f"the dump is no JSON: {error}"),))]
    return [_document(_as(kind, each), None, source) for each in _embedded(root)]


def _unreadable(source: Source, faults: tuple[Fault, ...]) -> FoundDocument:
    return FoundDocument(None, None, None, faults, looks_like_policy=_SIGNS.search(source.text) is not None)


def _as(kind: Kind | None, embedded: _Embedded) -> _Embedded:
    return embedded if kind is None or embedded.kind is Kind.TRUST else embedded._replace(kind=kind)


# Where documents stand -----------------------------------------------------------------------------------------------


def _embedded(root: _Value) -> Iterator[_Embedded]:
    """The documents of an answer or dump."""
    details = _get(root, "authorization_details")
    if details is not None:
        yield from _embedded(details)
        return
    yield from _single(root)
    for list_name, owner_key, policies_key, kind in _DETAILS:
        for entity in _objects(_get(root, list_name)):
            owner = f"{kind.value}/{_text(_get(entity, owner_key)) or '?'}"
            if kind is Kind.ROLE:
                yield from _trust(entity, owner)
            for inline in _objects(_get(entity, policies_key)):
                name = f"{owner}/inline/{_text(_get(inline, 'PolicyName')) or '?'}"
                yield from _named(name, kind, _get(inline, "PolicyDocument"))
    for entity in _objects(_get(root, "Roles")):
        yield from _trust(entity, f"role/{_text(_get(entity, 'RoleName')) or '?'}")
    for managed in _objects(_get(root, "Policies")):
        name = f"policy/{_text(_get(managed, 'Arn')) or _text(_get(managed, 'PolicyName')) or '?'}"
        yield from _named(name, Kind.IDENTITY, _default_version(managed))


def _single(root: _Value) -> Iterator[_Embedded]:
    """The document of an answer that holds one."""
    yield from _named(None, None, _get(_get(root, "PolicyVersion"), "Document"))
    document = _get(root, "PolicyDocument")
    if document is not None:
        kind = next((kind for key, kind in _OWNERS if _get(root, key) is not None), None)
        yield from _named(None, kind, document)
    yield from _named(None, Kind.TRUST, _get(_get(root, "Role"), "AssumeRolePolicyDocument"))
    policy = _get(root, "Policy")
    summary = _get(policy, "PolicySummary")
    if summary is not None:
        yield from _named(None, _ORGANIZATION_TYPES.get(_text(_get(summary, "Type")) or ""), _get(policy, "Content"))
    elif _text(policy) is not None:
        yield from _named(None, None, policy)


def _trust(role: _Value, owner: str) -> Iterator[_Embedded]:
    yield from _named(f"{owner}/trust", Kind.TRUST, _get(role, "AssumeRolePolicyDocument"))


def _default_version(managed: _Value) -> _Value:
    """The document of the version in force, of which AWS marks exactly one."""
    wanted = _text(_get(managed, "DefaultVersionId"))
    for version in _objects(_get(managed, "PolicyVersionList")):
        if _is_true(_get(version, "IsDefaultVersion")) or (wanted and _text(_get(version, "VersionId")) == wanted):
            return _get(version, "Document")
    return None


def _named(name: str | None, kind: Kind | None, value: _Value) -> Iterator[_Embedded]:
    if value is not None:
        yield _Embedded(name, kind, value)


# From a value to a policy --------------------------------------------------------------------------------------------


def _document(embedded: _Embedded, reading: Reading | None, source: Source) -> FoundDocument:
    value = embedded.value
    text = _text(value)
    if text is not None:
        return _of_text(embedded, _decoded(text), source)
    if reading is not None and isinstance(value, Scalar | Array | Object):
        return _in_place(embedded, value, reading, source)
    try:
        policy = Policy.from_document(value, kind=embedded.kind, name=embedded.name)
    except PolicyError as error:
        return FoundDocument(embedded.name, embedded.kind, None, error.faults, embedded_as_text=True)
    return FoundDocument(embedded.name, policy.kind, policy, embedded_as_text=True)


def _in_place(embedded: _Embedded, node: Node, reading: Reading, source: Source) -> FoundDocument:
    try:
        policy = Policy.of_reading(reading, source, node=node, kind=embedded.kind, name=embedded.name)
    except PolicyError as error:
        return FoundDocument(embedded.name, embedded.kind, None, error.faults)
    return FoundDocument(embedded.name, policy.kind, policy)


def _of_text(embedded: _Embedded, text: str, source: Source) -> FoundDocument:
    try:
        policy = Policy.parse(text, kind=embedded.kind, path=source.path, name=embedded.name)
    except PolicyError as error:
        return FoundDocument(embedded.name, embedded.kind, None, error.faults, embedded_as_text=True)
    return FoundDocument(embedded.name, policy.kind, policy, embedded_as_text=True)


def _decoded(text: str) -> str:
    """A document's text, its URL encoding taken off where it has one: JSON begins with a bracket, encoded with `%`."""
    if not text.lstrip().startswith("%"):
        return text
    from urllib.parse import unquote

    return unquote(text)


# One view of both kinds of tree --------------------------------------------------------------------------------------


def _get(value: _Value, key: str) -> _Value:
    if isinstance(value, Object):
        return next((member.value for member in value.members if member.key.text == key), None)
    return value.get(key) if isinstance(value, dict) else None


def _objects(value: _Value) -> list[_Value]:
    """The objects of a list; what else stands in it describes nothing."""
    items = value.items if isinstance(value, Array) else value if isinstance(value, list) else ()
    return [item for item in items if isinstance(item, Object | dict)]


def _text(value: _Value) -> str | None:
    if isinstance(value, Scalar):
        return value.text if value.type == "string" else None
    return value if isinstance(value, str) else None


def _is_true(value: _Value) -> bool:
    return value is True or (isinstance(value, Scalar) and value.type == "boolean" and value.text == "true")
