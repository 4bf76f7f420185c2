"""Who makes a request to the sandbox, and the context that AWS makes of him.

What each kind of credential carries is the table of `evaluate/credential.py`; AWS's page
reference_policies_condition-keys of the IAM User Guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from iamfa.account.entities import ROOT_USER, AccessKey, Role, User
from iamfa.arn import Arn, assumed_role_arn
from iamfa.evaluate.credential import CREDENTIALS, CredentialKind
from iamfa.evaluate.principal import Principal, PrincipalKind
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.live import LiveAccount, Session, State


@dataclass(frozen=True, slots=True)
class Caller:
    """One requester, as his credentials tell him."""

    account: LiveAccount
    principal: Principal
    arn: str
    user_id: str
    """`aws:userid`: a user's unique identifier, `AROA…:SESSION`, `ACCOUNT:NAME`, or the account's number."""
    kind: CredentialKind
    holder: User | Role | None
    """Whose policies bear: the user's (also of one who federated) or the role's; None for the root user."""
    session: Session | None = None
    key: AccessKey | None = None

    @property
    def is_root(self) -> bool:
        """Whether this is the root user."""
        return self.principal.kind is PrincipalKind.ROOT

    @property
    def user(self) -> User | None:
        """The IAM user that calls, with whatever credentials; None for roles, federated users and the root user."""
        return self.holder if isinstance(self.holder, User) and self.principal.kind is PrincipalKind.USER else None

    @property
    def with_mfa(self) -> bool:
        """Whether the credentials were obtained with a device's code."""
        return CREDENTIALS[self.kind].mfa_present == "true"


@dataclass(frozen=True, slots=True)
class Transport:
    """What of a request's context comes from how it was sent."""

    source_ip: str = "127.0.0.1"
    user_agent: str = ""
    region: str = "us-east-1"


def caller_with_key(state: State, account: LiveAccount, key: AccessKey) -> Caller:
    """Who calls with a long-term key. Raises `ApiError` where its user is gone."""
    if key.user == ROOT_USER:
        arn = account.root_arn
        return Caller(account, Principal.parse(arn), arn, account.number, "long-term-key", None, key=key)
    user = account.users.visible.get(key.user)
    if user is None:
        raise invalid_token()
    return Caller(account, Principal.parse(user.arn), user.arn, user.id, "long-term-key", user, key=key)


def caller_with_session(state: State, session: Session) -> Caller:
    """Who calls with temporary credentials. Raises `ApiError` where the user or the role is gone."""
    account = state.accounts[session.account]
    if session.role is not None:
        role = account.roles.visible.get(session.role)
        if role is None or role.id != session.role_id or session.name is None:
            raise invalid_token()
        arn = str(assumed_role_arn(role.name, session.name, account.number, partition=account.partition))
        return Caller(account, Principal.parse(arn), arn, f"{role.id}:{session.name}", session.kind, role, session)
    if session.user == ROOT_USER and session.kind != "federated":
        arn = account.root_arn
        return Caller(account, Principal.parse(arn), arn, account.number, session.kind, None, session)
    user = _root_as_user(account, session) if session.user == ROOT_USER else _user_of(account, session)
    if session.kind == "federated":
        arn = str(Arn(account.partition, "sts", "", account.number, f"federated-user/{session.name}"))
        identifier = f"{account.number}:{session.name}"
        return Caller(account, Principal.parse(arn), arn, identifier, session.kind, user, session)
    return Caller(account, Principal.parse(user.arn), user.arn, user.id, session.kind, user, session)


def _user_of(account: LiveAccount, session: Session) -> User:
    """The user of a session: he may have another name by now, and his old name may be another user's."""
    users = account.users.visible
    user = users.get(session.user or "")
    if user is None or user.id != session.user_id:
        user = next((each for each in users.values() if each.id == session.user_id), None)
    if user is None:
        raise invalid_token()
    return user


def _root_as_user(account: LiveAccount, session: Session) -> User:
    """The root user where he federated: nothing but the session's own policies limits what may be done for him."""
    return User("root", "/", account.number, account.root_arn, session.issued, inline={"root": _EVERYTHING})


_EVERYTHING = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


def invalid_token() -> ApiError:
    """AWS's answer to credentials that are nobody's."""
    return ApiError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)


def may_call(caller: Caller, service: str, operation: str) -> None:
    """Refuse what temporary credentials of this kind cannot call at all, whatever policies say.

    A session of GetSessionToken without MFA cannot call IAM, and neither can one of GetFederationToken; of STS both
    kinds of token call AssumeRole and GetCallerIdentity only (API_GetSessionToken, API_GetFederationToken). Console
    sessions are free of this (id_credentials_sts-comparison).
    """
    if caller.session is None:
        return
    if service == "iam" and caller.kind in ("token", "federated"):
        raise invalid_token()
    if service == "sts" and caller.kind in ("token", "token-mfa", "federated"):
        allowed = ("GetCallerIdentity",) if caller.kind == "federated" else ("AssumeRole", "GetCallerIdentity")
        if operation not in allowed:
            raise ApiError("AccessDenied", f"Cannot call {operation} with session credentials", 403)


def context_of(caller: Caller, transport: Transport, state: State, now: datetime) -> dict[str, str | list[str]]:
    """The keys that AWS puts into every request of this caller."""
    row = CREDENTIALS[caller.kind]
    account = caller.account
    context: dict[str, str | list[str]] = {
        "aws:CurrentTime": iso(now),
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:SecureTransport": "true",
        "aws:SourceIp": transport.source_ip,
        "aws:RequestedRegion": transport.region,
        "aws:ViaAWSService": "false",
        "aws:PrincipalIsAWSService": "false",
        "aws:PrincipalArn": _principal_arn(caller),
        "aws:PrincipalAccount": account.number,
        "aws:PrincipalType": "Account" if caller.is_root else str(row.principal_type),
        "aws:userid": caller.user_id,
    }
    if transport.user_agent:
        context["aws:UserAgent"] = transport.user_agent
    if caller.user is not None:
        context["aws:username"] = caller.user.name
    session = caller.session
    for key, value in _tags(caller):
        context[f"aws:PrincipalTag/{key}"] = value
    organization = state.organization_of(account.number)
    if organization is not None:
        context["aws:PrincipalOrgID"] = organization.id
        context["aws:PrincipalOrgPaths"] = [organization.path_of(account.number)]
    if session is not None:
        context["aws:TokenIssueTime"] = iso(session.issued)
        if session.source_identity is not None:
            context["aws:SourceIdentity"] = session.source_identity
    context.update(mfa_context(caller, state, now))
    return context


def mfa_context(caller: Caller, state: State, now: datetime) -> Mapping[str, str]:
    """The MFA keys of the caller; a key that AWS leaves out is not there."""
    row = CREDENTIALS[caller.kind]
    session = caller.session
    present = row.mfa_present
    chained = caller.kind == "role" and session is not None and session.from_mfa_session
    if chained and state.settings.assumptions["role-session-mfa"] == "true-when-chained":
        present = "true"
    context = {} if present is None else {"aws:MultiFactorAuthPresent": present}
    if present == "true" and session is not None and session.code_given is not None:
        context["aws:MultiFactorAuthAge"] = str(max(int((now - session.code_given).total_seconds()), 0))
    return context


def iso(moment: datetime) -> str:
    """A time as conditions and records have it: `2026-01-31T12:00:00Z`."""
    return moment.isoformat()[:19] + "Z"


def _principal_arn(caller: Caller) -> str:
    """For a role's session the ARN of the role, with its path."""
    return caller.holder.arn if isinstance(caller.holder, Role) else caller.arn


def _tags(caller: Caller) -> tuple[tuple[str, str], ...]:
    """The tags of the principal: those of his session, and those of its role or user that have other keys.

    Keys differ in case freely, and a federated user has the tags of the user who federated him (id_session-tags).
    """
    own = caller.session.tags if caller.session is not None else ()
    keys = {key.lower() for key, _ in own}
    held = caller.holder.tags if caller.holder is not None else ()
    return (*((key, value) for key, value in held if key.lower() not in keys), *own)
