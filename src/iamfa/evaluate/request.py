"""One request as AWS's enforcement sees it: who, what, on which resource, in which context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from iamfa.errors import RequestError
from iamfa.evaluate import credential as credentials
from iamfa.evaluate.principal import Principal, PrincipalKind

ContextValue: TypeAlias = str | tuple[str, ...]
"""A single-valued key's text, or the values of a multivalued key."""


class Request:
    """One request; immutable by convention, everything that is read often is prepared once.

    *context* holds exactly what the request carries: an absent key is absent. All values are texts, a list is a
    multivalued key; names of keys differ in case freely. *unspecified* names keys that AWS puts into such a request
    but whose values are not known here: a condition on one of them is neither fulfilled nor unfulfilled.

    Raises RequestError for an action that is not `service:Name`, an empty resource, or an unreadable principal.
    AWS's page: reference_policies_evaluation-logic_policy-eval-reqcontext of the IAM User Guide.
    """

    __slots__ = ("action", "action_key", "context", "keys", "plain", "principal", "resource", "unspecified")

    def __init__(
        self,
        action: str,
        resource: str,
        *,
        principal: str | Principal | None = None,
        context: Mapping[str, str | Sequence[str]] | None = None,
        unspecified: frozenset[str] = frozenset(),
    ) -> None:
        _demand(action, resource)
        self.action: Final = action
        """As given, e.g. `iam:CreateVirtualMFADevice`."""
        self.action_key: Final = action.lower()
        """The action in lower case: actions differ in case freely."""
        self.resource: Final = resource
        self.principal: Final = principal if isinstance(principal, Principal) else Principal.parse(principal)
        self.context: Final[Mapping[str, ContextValue]] = {
            k: v if isinstance(v, str) else _value(k, v) for k, v in (context or {}).items()
        }
        """The context as given."""
        self.keys: Final[Mapping[str, ContextValue]] = {k.lower(): v for k, v in self.context.items()}
        """The context with its keys in lower case."""
        if len(self.keys) != len(self.context):
            raise RequestError("two keys of the context differ only in case", hint="key names differ in case freely")
        self.unspecified: Final = unspecified
        """Lower-case names of keys that are there with a value that nobody told."""
        self.plain: Final = not unspecified and self.principal.kind in _PLAIN
        """Whether the short way may decide: everything is told, and the requester needs his policies to allow."""

    @classmethod
    def by_user(
        cls,
        user: str,
        action: str,
        resource: str,
        *,
        credential: str = "long-term-key",
        context: Mapping[str, str | Sequence[str]] | None = None,
    ) -> Request:
        """Build the request that AWS would see from the IAM user with the ARN *user* and this kind of credential.

        *credential* is one of `long-term-key`, `token`, `token-mfa`, `console`, `console-mfa` (facts on what each
        carries: AWS's page reference_policies_condition-keys, `aws:MultiFactorAuthPresent`); *context* adds to or
        replaces keys. Keys that AWS always sends but that nobody told, such as `aws:SourceIp`, stay unspecified.
        Raises RequestError for an ARN that is no user's, or an unknown kind of credential.
        """
        principal = Principal.parse(user)
        made = credentials.context_of(principal, credential)
        given = {k.lower() for k in (context or {})}
        merged = {k: v for k, v in made.values.items() if k.lower() not in given} | dict(context or {})
        return cls(
            action,
            resource,
            principal=principal,
            context=merged,
            unspecified=frozenset(k.lower() for k in made.unspecified) - {k.lower() for k in merged},
        )

    def asking(self, action: str, resource: str) -> Request:
        """The same requester in the same context, asking for something else: what is prepared is shared.

        Raises RequestError as the constructor does.
        """
        _demand(action, resource)
        made = Request.__new__(Request)
        for name in ("context", "keys", "plain", "principal", "unspecified"):
            object.__setattr__(made, name, getattr(self, name))
        object.__setattr__(made, "action", action)
        object.__setattr__(made, "action_key", action.lower())
        object.__setattr__(made, "resource", resource)
        return made

    def __eq__(self, other: object) -> bool:
        """Whether the two ask the same thing; the case of actions and keys does not matter."""
        if not isinstance(other, Request):
            return NotImplemented
        return self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash((self.action_key, self.resource, self.principal))

    def __repr__(self) -> str:
        return f"Request({self.action!r}, {self.resource!r}, principal={self.principal.text!r}, context={self.context})"

    def _identity(self) -> tuple[object, ...]:
        return (self.action_key, self.resource, self.principal, self.keys, self.unspecified)


_PLAIN = frozenset({PrincipalKind.USER, PrincipalKind.ROLE, PrincipalKind.SESSION})


def _demand(action: str, resource: str) -> None:
    if not is_action(action):
        raise RequestError(f"`{action}` is no action", hint="write it as `service:Name`, e.g. `iam:ListUsers`")
    if not _is_text(resource):
        raise RequestError("the request names no resource", hint="give an ARN, or `*` where the action has none")


def is_action(text: object) -> bool:
    """Whether *text* is the name of one action: `service:Name` without wildcards."""
    if not isinstance(text, str):
        return False
    service, colon, name = text.partition(":")
    return bool(
        colon
        and service
        and name
        and service.replace("-", "").isalnum()
        and name.replace("-", "").replace("_", "").isalnum()
        and text.isascii()
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _value(key: str, value: Sequence[str]) -> ContextValue:
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise RequestError(
        f"the value of `{key}` in the context is neither a text nor a list of texts",
        hint='write numbers and booleans as texts, e.g. "true"',
    )
