"""Those who are no users: sessions of roles, callers from an identity provider, services; none ever shows a device.

What their requests carry: AWS's pages reference_policies_condition-keys (`aws:MultiFactorAuthPresent` is "not present
for federated identities"), id_credentials_mfa_configure-api-require (a role's credentials "do not include MFA
information") and reference_policies_variables (`aws:username` has a value for IAM users only).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from iamfa.advise.options import ALLOW_ALL
from iamfa.errors import RequestError
from iamfa.evaluate.credential import CredentialKind
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.principal import Principal, PrincipalKind
from iamfa.evaluate.request import Request
from iamfa.lifecycle.subject import Subject
from iamfa.lifecycle.world import FRESH_AGE
from iamfa.platform import Assumptions
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Document, Statement

USER_NAME = "aws:username"
_OF_USERS = frozenset({USER_NAME, "aws:userid", "aws:multifactorauthpresent", "aws:multifactorauthage"})
"""Keys that a situation may hold and that these callers do not take from it."""

_WORDS: Mapping[PrincipalKind, str] = {
    PrincipalKind.ROLE: "the role",
    PrincipalKind.SESSION: "the session of a role",
    PrincipalKind.FEDERATED_USER: "the federated user",
    PrincipalKind.PROVIDER: "callers from the identity provider",
    PrincipalKind.SERVICE: "the service",
}
"""The kinds of caller that are no users, and how messages name them."""

_PRESENT: Mapping[PrincipalKind, tuple[str | None, ...]] = {
    PrincipalKind.ROLE: ("false", None),
    PrincipalKind.SESSION: ("false", None),
    PrincipalKind.FEDERATED_USER: ("false", None),
}
"""What the MFA key may be: "false" after AssumeRole, absent after a federated sign-in; absent for all others."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """One caller who is no user."""

    principal: Principal

    @property
    def words(self) -> str:
        """How messages name him."""
        return f"{_WORDS[self.principal.kind]} `{self.principal.text}`"

    @property
    def is_role(self) -> bool:
        """Whether this is a session of a role."""
        return self.principal.kind in (PrincipalKind.ROLE, PrincipalKind.SESSION)

    @property
    def present(self) -> tuple[str | None, ...]:
        """The values of `aws:MultiFactorAuthPresent` that his requests may carry; None: the key is absent."""
        return _PRESENT.get(self.principal.kind, (None,))

    def credential(self, present: str | None) -> CredentialKind:
        """The kind of credential with which such a request is made."""
        if self.principal.kind is PrincipalKind.SERVICE:
            return "service"
        return "role" if self.is_role and present is not None else "federated"

    def request(
        self,
        action: str,
        resource: str,
        present: str | None,
        context: Mapping[str, str],
        *,
        unspecified: Collection[str] = (),
    ) -> Request:
        """His request with this value of the MFA key; keys of users are left out of the situation *context*.

        Keys in *unspecified* (lower case) may have any value, as far as his own do not decide them.
        """
        own = self._own_keys()
        if present is not None:
            own["aws:multifactorauthpresent"] = present
        if present == "true":
            own["aws:multifactorauthage"] = FRESH_AGE
        left = {key.lower() for key in unspecified} - own.keys() - _OF_USERS
        outer = {k: v for k, v in context.items() if k.lower() not in _OF_USERS | own.keys() | left}
        return Request(action, resource, principal=self.principal, context=outer | own, unspecified=frozenset(left))

    def _own_keys(self) -> dict[str, str]:
        who = self.principal
        keys = {"aws:viaawsservice": "false", "aws:securetransport": "true"}
        if who.kind is PrincipalKind.SERVICE:
            return keys | {"aws:principalisawsservice": "true", "aws:principalservicename": str(who.text)}
        if who.account is None:
            return keys
        keys |= {"aws:principalaccount": who.account, "aws:principalisawsservice": "false"}
        if who.kind is PrincipalKind.FEDERATED_USER:
            user_id = f"{who.account}:{who.name}"
            return keys | {
                "aws:principalarn": str(who.text), "aws:principaltype": "FederatedUser", "aws:userid": user_id,
            }  # fmt: skip
        role = f"arn:{who.partition}:iam::{who.account}:role{who.path}{who.role_name}"
        return keys | {
            "aws:principalarn": role,
            "aws:principaltype": "AssumedRole",
            "aws:userid": f"AROAQXEXAMPLEROLE0001:{who.session_name or 'own-session'}",
        }


def role_beside(subject: Subject) -> Bearer:
    """A role of the subject's account that nothing singles out."""
    return Bearer(Principal.parse(f"arn:{subject.partition}:iam::{subject.account}:role/own-role"))


def roles_named_by(statements: Iterable[Statement], subject: Subject) -> tuple[Bearer, ...]:
    """Roles of the subject's account that conditions on `aws:PrincipalArn` name, wildcards filled in."""
    found: dict[str, None] = {}
    for statement in statements:
        for condition in statement.conditions:
            if condition.key.text.lower() == "aws:principalarn":
                for value in condition.values:
                    name = value.text.partition("role/")[2]
                    if name and "${" not in name:
                        found[name.replace("*", "x").replace("?", "x")] = None
    root = f"arn:{subject.partition}:iam::{subject.account}:role/"
    return tuple(Bearer(Principal.parse(root + name)) for name in found if not name.endswith("/"))


def under_scp(document: Document, assumptions: Assumptions) -> Decider:
    """What a service control policy beside FullAWSAccess leaves to a role that may do everything."""
    return Decider(Bundle((ALLOW_ALL,), scps=[[document, ALLOW_ALL]]), assumptions=assumptions)


def bearer_of(type_: str, text: str) -> Bearer | None:
    """The caller whom an entry of a Principal element names, if it is just one and no user.

    None for accounts, everybody, unique identifiers and canonical users: users may be among these.
    """
    if type_ not in ("AWS", "Federated", "Service") or text == "*":
        return None
    try:
        principal = Principal.parse(text)
    except RequestError:
        return None
    if type_ == "Federated" and principal.kind is not PrincipalKind.PROVIDER:
        principal = Principal(text, PrincipalKind.PROVIDER, name=text)
    return Bearer(principal) if principal.kind in _WORDS else None


def bearers_in(entries: Sequence[tuple[str, str]]) -> tuple[Bearer, ...]:
    """Those of the entries (type and text) that name one caller who is no user, each once."""
    found = (bearer_of(type_, text) for type_, text in entries)
    return tuple(dict.fromkeys(bearer for bearer in found if bearer is not None))
