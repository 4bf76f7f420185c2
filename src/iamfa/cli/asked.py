"""One request as `iamfa can` is asked it: who, with which credential; and the answer with AWS's own rules added.

What each kind of credential carries: `evaluate/credential.py` for IAM users; for other requesters AWS's page
reference_policies_condition-keys (`aws:PrincipalArn`, `aws:PrincipalType`, `aws:MultiFactorAuthPresent`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from iamfa.errors import RequestError
from iamfa.evaluate.credential import CREDENTIALS, context_of
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.principal import Principal, PrincipalKind
from iamfa.evaluate.request import Request
from iamfa.evaluate.verdict import Explanation, Verdict
from iamfa.platform import Assumptions

Context = Mapping[str, str | Sequence[str]]

_PRESENT = "aws:MultiFactorAuthPresent"
_AGE = "aws:MultiFactorAuthAge"
_ROLE_MFA = "role-session-mfa"
_SESSION_TOKEN = "sts:getsessiontoken"
_FEDERATION_TOKEN = "sts:getfederationtoken"
_FROM_LONG_TERM = {
    _SESSION_TOKEN: "session-credentials-cannot-get-session-token",
    _FEDERATION_TOKEN: "get-federation-token-needs-long-term-credentials",
}
"""What only long-term credentials call, and AWS's rules that refuse it to others."""
_LEFT_TO_TOKENS = frozenset(
    {"sts:assumerole", "sts:tagsession", "sts:setsourceidentity", "sts:setcontext", "sts:getcalleridentity"}
)
"""What session tokens call of STS: AssumeRole with all that goes along with it, and GetCallerIdentity."""

_USUAL: Mapping[PrincipalKind, tuple[str, ...]] = {
    PrincipalKind.USER: ("long-term-key", "token", "token-mfa", "console", "console-mfa"),
    PrincipalKind.ROLE: ("role", "federated"),
    PrincipalKind.SESSION: ("role", "federated"),
    PrincipalKind.FEDERATED_USER: ("federated",),
    PrincipalKind.ROOT: ("long-term-key", "token", "token-mfa", "console", "console-mfa"),
    PrincipalKind.SERVICE: ("service",),
}
"""The kinds of credential that each requester may hold, the one that is taken unless told first."""

_TYPES: Mapping[PrincipalKind, str] = {
    PrincipalKind.ROLE: "AssumedRole",
    PrincipalKind.SESSION: "AssumedRole",
    PrincipalKind.FEDERATED_USER: "FederatedUser",
    PrincipalKind.ROOT: "Account",
}


def credential_of(principal: Principal, kind: str | None) -> str | None:
    """The kind of credential that *principal* shows: *kind*, or the usual one; None for those that show none.

    Raises RequestError for one that such a requester does not hold.
    """
    usual = _USUAL.get(principal.kind, ())
    if kind is None:
        return usual[0] if usual else None
    if kind not in usual:
        raise RequestError(
            f"`{principal.text}` does not hold `{kind}`", hint="one of " + ", ".join(usual) if usual else None
        )
    return kind


def request_by(
    principal: Principal, credential: str | None, action: str, resource: str, context: Context, assumptions: Assumptions
) -> Request:
    """The request that AWS would see; *context* adds to or replaces what the credential carries.

    Raises RequestError for an action, resource or context that no request has.
    """
    if principal.kind is PrincipalKind.USER and credential is not None:
        return Request.by_user(str(principal.text), action, resource, credential=credential, context=context)
    values, unspecified = _carried(principal, credential, assumptions)
    given = {key.lower() for key in context}
    merged = {key: value for key, value in values.items() if key.lower() not in given} | dict(context)
    return Request(action, resource, principal=principal, context=merged, unspecified=frozenset(unspecified - given))


def _carried(principal: Principal, credential: str | None, assumptions: Assumptions) -> tuple[dict[str, str], set[str]]:
    """The context of a requester who is no IAM user, and the lower-case keys of it that are not known here."""
    unspecified = {key.lower() for key in context_of(_SOME_USER, "long-term-key").unspecified}
    values = {"aws:SecureTransport": "true", "aws:ViaAWSService": "false"}
    values["aws:PrincipalIsAWSService"] = "true" if principal.kind is PrincipalKind.SERVICE else "false"
    if principal.account is not None:
        values["aws:PrincipalAccount"] = principal.account
    if principal.kind in _TYPES:
        values["aws:PrincipalType"] = _TYPES[principal.kind]
    if principal.kind is PrincipalKind.SESSION:
        unspecified.add("aws:principalarn")  # the role's ARN, whose path the session's does not tell
    elif principal.account is not None:
        values["aws:PrincipalArn"] = str(principal.text)
    if principal.kind is PrincipalKind.SERVICE:
        values["aws:PrincipalServiceName"] = str(principal.text)
    if credential is None:
        return values, unspecified
    row = CREDENTIALS[credential]
    if principal.kind is PrincipalKind.FEDERATED_USER:
        unspecified.add(_PRESENT.lower())  # absent or false: AWS's pages do not say
    elif credential == "role":
        values[_PRESENT] = "false" if assumptions[_ROLE_MFA] == "false" else "true"
        if values[_PRESENT] == "true":  # where MFA is not present the age is absent
            unspecified.add(_AGE.lower())
    elif row.mfa_present is not None:
        values[_PRESENT] = row.mfa_present
    if row.mfa_age:
        values[_AGE] = "300"
    if row.temporary:
        unspecified.add("aws:tokenissuetime")
    return values, unspecified


_SOME_USER = Principal.parse("arn:aws:iam::123456789012:user/alice")


def answer(
    decider: Decider, principal: Principal, credential: str | None, action: str, resource: str, context: Context
) -> Verdict:
    """What AWS would answer: AWS's own rules on credentials first, then the policies.

    The rule of 2023 on one's own devices is not asked here: it depends on the devices that a user has. Neither is the
    one that keeps federated users from IAM and STS: it does not hold in the console (API_GetFederationToken). Where the
    verdict hangs on the open assumption on the sessions of roles it names it, and is `unknown` where one of the two
    readings allows.
    """
    request = request_by(principal, credential, action, resource, context, decider.assumptions)
    verdict = decider.decide(request)
    own = _own_rule(verdict, credential, decider.assumptions)
    if own is not None:
        return own
    open_ = {assumption.id: assumption for assumption in decider.assumptions.open()}
    if credential == "role" and _ROLE_MFA in open_:
        other = decider.assumptions.with_value(_ROLE_MFA, open_[_ROLE_MFA].values[1])
        differs = decider.decide(request_by(principal, credential, action, resource, context, other))
        if differs.decision != verdict.decision:
            decision = "unknown" if "allowed" in (differs.decision, verdict.decision) else verdict.decision
            return _told(verdict, replace(verdict.explanation, decision=decision, assumption=_ROLE_MFA))
    return verdict


def _own_rule(verdict: Verdict, credential: str | None, assumptions: Assumptions) -> Verdict | None:
    """The verdict where AWS decides without or before the policies."""
    action = verdict.request.action_key
    if credential is None:
        return None
    by_user = verdict.request.principal.kind in (PrincipalKind.USER, PrincipalKind.ROOT)
    if action in _FROM_LONG_TERM and not (by_user and credential == "long-term-key"):
        return _refused(verdict, _FROM_LONG_TERM[action])
    if action == _SESSION_TOKEN:
        if assumptions["deny-get-session-token"] == "honoured" and verdict.decision in ("explicit_deny", "unknown"):
            return None
        return _told(verdict, Explanation("allowed", (), platform="get-session-token-needs-no-permission"))
    if credential == "token" and action.startswith("iam:"):
        return _refused(verdict, "token-without-mfa-cannot-call-iam")
    if credential in ("token", "token-mfa") and action.startswith("sts:") and action not in _LEFT_TO_TOKENS:
        return _refused(verdict, "token-cannot-call-sts")
    return None


def _refused(verdict: Verdict, rule: str) -> Verdict:
    return _told(verdict, Explanation("implicit_deny", (), platform=rule))


def _told(verdict: Verdict, explanation: Explanation) -> Verdict:
    return Verdict(explanation.decision, verdict.request, lambda _request: explanation)
