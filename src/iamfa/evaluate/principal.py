"""Who makes a request, and how closely an entry of a Principal element names him.

Forms: AWS's page reference_policies_elements_principal of the IAM User Guide.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

from iamfa.errors import RequestError


class PrincipalKind(Enum):
    """What makes the request; it decides which layers of policies bear on it."""

    USER = "user"
    ROLE = "role"
    """Some session of a role, its name unknown."""
    SESSION = "assumed-role"
    FEDERATED_USER = "federated-user"
    ROOT = "root"
    SERVICE = "service"
    PROVIDER = "provider"
    ANONYMOUS = "anonymous"


class Naming(IntEnum):
    """How closely a Principal entry names the requester; a closer one is limited by fewer layers.

    AWS's page reference_policies_evaluation-logic_policy-eval-denyallow, "Resource-based policies".
    """

    NOT = 0
    ACCOUNT = 1
    """The whole account is named: in the same account this only delegates to identity-based policies."""
    LIMITED = 2
    """The role of a session (or the user who federated) is named: boundary and session policies still limit."""
    DIRECT = 3
    """The requester himself is named, or everyone: no other policy needs to allow."""


@dataclass(frozen=True, slots=True)
class Named:
    """How closely a whole Principal element names the requester, as far as that can be known."""

    surely: Naming
    """At least so closely."""
    possibly: Naming
    """At most so closely; the same where everything is known."""


@dataclass(frozen=True, slots=True)
class Principal:
    """One requester, taken apart once; `Principal.parse` reads the forms of AWS."""

    text: str | None
    """The ARN, service name or provider as given; None is an anonymous caller."""
    kind: PrincipalKind
    account: str | None = None
    """The 12 digits of the account that the requester belongs to, where he belongs to one."""
    partition: str = "aws"
    role_name: str | None = None
    """For a role and its sessions: the role's friendly name."""
    session_name: str | None = None
    name: str | None = None
    """For users and federated users: the friendly name."""
    path: str = "/"

    @classmethod
    def parse(cls, text: str | None) -> Principal:
        """Take an ARN, a service name such as `ec2.amazonaws.com`, a provider or None (anonymous) apart.

        Raises RequestError for anything else, a wildcard above all: a request has one requester.
        """
        if text is None:
            return ANONYMOUS
        if not text or "*" in text or "?" in text or text.split() != [text]:
            raise RequestError(f"`{text}` is no principal", hint="give the ARN of a user, a role or a session")
        if not text.startswith("arn:"):
            return _bare(text)
        parts = text.split(":", 5)
        if len(parts) != 6 or not parts[1]:
            raise RequestError(f"`{text}` is no ARN of a principal", hint="an ARN has six parts between colons")
        _, partition, service, _region, account, resource = parts
        kind, _, rest = resource.partition("/")
        if service == "iam" and kind in ("saml-provider", "oidc-provider") and rest:
            return cls(text, PrincipalKind.PROVIDER, None, partition, name=rest)
        if not (len(account) == 12 and account.isascii() and account.isdigit()):
            raise RequestError(f"`{text}` names no account", hint="the fifth part of the ARN is 12 digits")
        if service == "iam" and resource == "root":
            return cls(text, PrincipalKind.ROOT, account, partition)
        head, _, last = rest.rpartition("/")
        if service == "iam" and kind in ("user", "role") and last:
            path = f"/{head}/" if head else "/"
            if kind == "user":
                return cls(text, PrincipalKind.USER, account, partition, name=last, path=path)
            return cls(text, PrincipalKind.ROLE, account, partition, role_name=last, path=path)
        if service == "sts" and kind == "assumed-role" and head and last and "/" not in head:
            return cls(text, PrincipalKind.SESSION, account, partition, role_name=head, session_name=last)
        if service == "sts" and kind == "federated-user" and rest:
            return cls(text, PrincipalKind.FEDERATED_USER, account, partition, name=rest)
        raise RequestError(
            f"`{text}` is no principal that can make a request",
            hint="a user, a role, an assumed-role session, a federated user, root, or a provider",
        )

    @property
    def service_linked(self) -> bool:
        """Whether this is a service-linked role, which neither SCPs nor RCPs restrict.

        A session's ARN leaves the role's path out, but these roles all bear a reserved name.
        """
        if self.kind is PrincipalKind.ROLE:
            return self.path.startswith("/aws-service-role/")
        return self.kind is PrincipalKind.SESSION and bool(self.role_name) and _is_service_linked_name(self.role_name)

    @property
    def has_identity_policies(self) -> bool:
        """Whether identity-based policies bear on this kind of requester at all."""
        return self.kind in _WITH_IDENTITY


_WITH_IDENTITY = frozenset(
    {PrincipalKind.USER, PrincipalKind.ROLE, PrincipalKind.SESSION, PrincipalKind.FEDERATED_USER, PrincipalKind.ROOT}
)

ANONYMOUS = Principal(None, PrincipalKind.ANONYMOUS)

_WELL_KNOWN_PROVIDERS = frozenset(
    {"cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com"}
)


def _bare(text: str) -> Principal:
    if text in _WELL_KNOWN_PROVIDERS:
        return Principal(text, PrincipalKind.PROVIDER, name=text)
    if text.endswith((".amazonaws.com", ".amazonaws.com.cn", ".aws.internal", ".amazon.com")):
        return Principal(text, PrincipalKind.SERVICE, name=text)
    if "." in text and "/" not in text and ":" not in text:
        return Principal(text, PrincipalKind.PROVIDER, name=text)
    raise RequestError(f"`{text}` is no principal", hint="give an ARN, or a service such as `ec2.amazonaws.com`")


def _is_service_linked_name(role_name: str | None) -> bool:
    return bool(role_name) and str(role_name).startswith("AWSServiceRoleFor")


def naming(type_: str, value: str, principal: Principal, user_id: str | None) -> Naming | None:
    """Tell how closely the entry *value* of type *type_* names *principal*; None where that cannot be known.

    *user_id* is the request's `aws:userid`, where it carries one: entries may hold a unique identifier.
    """
    kind = principal.kind
    if value == "*":
        if type_ in ("*", "AWS"):
            return Naming.DIRECT
        if type_ == "Federated":
            return Naming.DIRECT if kind is PrincipalKind.PROVIDER else Naming.NOT
        return Naming.DIRECT if type_ == "Service" and kind is PrincipalKind.SERVICE else Naming.NOT
    if kind is PrincipalKind.ANONYMOUS:
        return Naming.NOT
    if type_ == "Service":
        return Naming.DIRECT if kind is PrincipalKind.SERVICE and value == principal.text else Naming.NOT
    if type_ == "Federated":
        return Naming.DIRECT if kind is PrincipalKind.PROVIDER and value == principal.text else Naming.NOT
    if type_ == "CanonicalUser":
        return None if principal.account else Naming.NOT
    return _naming_aws(value, principal, user_id)


def _naming_aws(value: str, principal: Principal, user_id: str | None) -> Naming | None:
    if principal.account is None:
        return Naming.NOT
    if value == principal.account:
        return Naming.ACCOUNT
    if not value.startswith("arn:"):
        return _naming_unique_id(value, principal, user_id)
    if value == f"arn:{principal.partition}:iam::{principal.account}:root":
        return Naming.ACCOUNT
    if value == principal.text:
        return Naming.LIMITED if principal.kind is PrincipalKind.ROLE else Naming.DIRECT
    prefix = f"arn:{principal.partition}:iam::{principal.account}:"
    if principal.kind is PrincipalKind.SESSION and value.startswith(prefix + "role/"):
        return Naming.LIMITED if value.rpartition("/")[2] == principal.role_name else Naming.NOT
    if principal.kind is PrincipalKind.FEDERATED_USER and value.startswith(prefix + "user/"):
        return Naming.LIMITED if value.rpartition("/")[2] == principal.name else None
    sessions = f"arn:{principal.partition}:sts::{principal.account}:assumed-role/{principal.role_name}/"
    if principal.kind is PrincipalKind.ROLE and value.startswith(sessions):
        return None
    return Naming.NOT


def _naming_unique_id(value: str, principal: Principal, user_id: str | None) -> Naming | None:
    if value.isdigit():
        return Naming.NOT
    if user_id is None:
        return None if principal.kind is not PrincipalKind.ROOT else Naming.NOT
    if value == user_id:
        return Naming.DIRECT
    if principal.kind in (PrincipalKind.SESSION, PrincipalKind.ROLE) and user_id.startswith(value + ":"):
        return Naming.LIMITED
    return Naming.NOT
