"""A refusal in AWS's own words, and those words read back, in all the forms that AWS has used.

AWS's pages: troubleshoot_access-denied of the IAM User Guide ("Access denied error message examples"), and for policy
ARNs in messages the security blog's "Enhanced access denied error messages with policy ARNs" (from January 2026).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from iamfa.errors import IamfaError
from iamfa.evaluate.verdict import Verdict

DenialKind = Literal["explicit", "implicit", "unspecified"]
DenialLayer = Literal["identity", "boundary", "scp", "rcp", "session", "resource", "trust", "vpc-endpoint"]


class DenialError(IamfaError):
    """A text is no AccessDenied message, or a verdict has none."""


@dataclass(frozen=True, slots=True)
class Denial:
    """What an AccessDenied message tells."""

    principal: str
    """The ARN after `User:`; `anonymous` for a caller without credentials."""
    action: str
    resource: str | None
    """None where the message leaves it out, as those of some actions do."""
    kind: DenialKind
    """`unspecified` where the message does not say why."""
    layer: DenialLayer | None = None
    """The kind of policy that is named; of several that deny AWS names one."""
    policy_arn: str | None = None
    """Named for managed policies since 2026, within the same account or organization."""
    authorization_id: str | None = None
    """With which `iam:GetRequestAuthorizationDetails` tells more, where the message carries one."""


@dataclass(frozen=True, slots=True)
class _Wording:
    layer: DenialLayer
    implicit: str
    """What follows `because no `."""
    explicit: str
    """What follows `with an explicit deny in `."""


_WORDINGS = (
    _Wording("identity", "identity-based policy", "an identity-based policy"),
    _Wording("boundary", "permissions boundary", "a permissions boundary"),
    _Wording("session", "session policy", "a session policy"),
    _Wording("scp", "service control policy", "a service control policy"),
    _Wording("rcp", "resource control policy", "a resource control policy"),
    _Wording("resource", "resource-based policy", "a resource-based policy"),
    _Wording("trust", "role trust policy", "the role trust policy"),
    _Wording("vpc-endpoint", "VPC endpoint policy", "a VPC endpoint policy"),
)
_BY_LAYER: dict[str, _Wording] = {row.layer: row for row in _WORDINGS}

_TRUST_ACTIONS = frozenset(
    {
        "sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:tagsession",
        "sts:setsourceidentity", "sts:setcontext",
    }
)  # fmt: skip

_USER = "User: "
_NOT_AUTHORIZED = " is not authorized to perform: "
_ON_RESOURCE = "on resource: "
_EXPLICIT = "with an explicit deny"
_IMPLICIT = "because no "
_S3S_ARN = ", with policy ARN"
_MORE = ". Go to https://"
_AUTHORIZATION = "authorization id: "


def message(verdict: Verdict, *, policy_arn: str | None = None) -> str:
    """Say a refusal as AWS says it; with *policy_arn*, the denying policy's, in the form of 2026.

    Raises DenialError for a verdict that is no refusal, and for a *policy_arn* where no policy denies explicitly.
    """
    if verdict.decision not in ("explicit_deny", "implicit_deny"):
        raise DenialError(f"a verdict `{verdict.decision}` has no AccessDenied message")
    request = verdict.request
    words = _wording_of(verdict)
    head = f"{_USER}{request.principal.text or 'anonymous'}{_NOT_AUTHORIZED}{request.action}"
    head = f"{head} {_ON_RESOURCE}{request.resource} "
    if verdict.decision == "explicit_deny":
        tail = f": {policy_arn}" if policy_arn is not None else ""
        return f"{head}{_EXPLICIT} in {words.explicit}{tail}"
    if policy_arn is not None:
        raise DenialError("no policy denies explicitly, so none is named", hint="leave policy_arn out")
    return f"{head}{_IMPLICIT}{words.implicit} allows the {request.action} action"


def parse(text: str) -> Denial:
    """Read an AccessDenied message, with or without what a command or SDK puts before `User:`.

    Understood are: the implicit form, the explicit one without the kind of policy (the oldest), with it, with the
    policy's ARN (2026), the suffix with an authorization id (2026 preview), the bare form without a cause, and S3's
    with the resource in quotes and its own words before the policy's ARN.
    Raises DenialError for anything else.
    """
    _, found, rest = text.strip().partition(_USER)
    principal, authorized, rest = rest.partition(_NOT_AUTHORIZED)
    if not found or not authorized or not principal:
        raise DenialError(
            "this is no AccessDenied message of AWS",
            hint="it begins with `User: ARN is not authorized to perform: ACTION`",
        )
    rest, authorization_id = _without_suffix(rest)
    action, rest = _first_word(rest)
    if not action:
        raise DenialError("the message names no action")
    head, denial_kind, layer, policy_arn = _cause(rest, action)
    if head and not head.startswith(_ON_RESOURCE):
        raise DenialError(f"`{head}` in this message is neither a resource nor a cause that is known")
    resource = _unquoted(head[len(_ON_RESOURCE) :]) or None
    return Denial(principal, action, resource, denial_kind, layer, policy_arn, authorization_id)


def _unquoted(resource: str) -> str:
    """The resource without the quotes that S3 puts around it (page troubleshoot-403-errors of the S3 User Guide)."""
    quoted = len(resource) > 1 and resource[0] == resource[-1] == '"'
    return resource[1:-1] if quoted else resource


def _wording_of(verdict: Verdict) -> _Wording:
    """The layer that the message names: of several that deny the first, of those that fail to allow likewise."""
    if verdict.decision == "implicit_deny":
        layer: str = verdict.missing or "identity"
    else:
        layer = verdict.deciding[0].policy.partition("[")[0]
    if layer == "resource" and verdict.request.action_key in _TRUST_ACTIONS:
        layer = "trust"
    return _BY_LAYER[layer]


def _without_suffix(rest: str) -> tuple[str, str | None]:
    """The message without the pointer to its authorization details, and the id that this names."""
    place = rest.rfind(_MORE)
    if place < 0:
        return rest, None
    _, found, identifier = rest[place:].rpartition(_AUTHORIZATION)
    if not found:
        return rest, None
    return rest[:place], identifier.strip().rstrip(".")


def _first_word(text: str) -> tuple[str, str]:
    """The text up to its first white space, and what follows that."""
    for position, character in enumerate(text):
        if character.isspace():
            return text[:position], text[position + 1 :]
    return text, ""


def _cause(rest: str, action: str) -> tuple[str, DenialKind, DenialLayer | None, str | None]:
    """What stands before the cause, and the cause: kind, layer and policy.

    The last place counts: a resource may hold any words.
    """
    explicit, implicit = rest.rfind(_EXPLICIT), rest.rfind(_IMPLICIT)
    if explicit > implicit:
        found = _explicit_cause(rest[explicit + len(_EXPLICIT) :])
        if found is not None:
            return rest[: max(explicit - 1, 0)], "explicit", *found
    elif implicit >= 0:
        tail = f" allows the {action} action"
        for row in _WORDINGS:
            if rest[implicit + len(_IMPLICIT) :].rstrip(".") == row.implicit + tail:
                return rest[: max(implicit - 1, 0)], "implicit", row.layer, None
    return rest, "unspecified", None, None


def _explicit_cause(tail: str) -> tuple[DenialLayer | None, str | None] | None:
    """Layer and policy from what follows `with an explicit deny`; None where that is no cause."""
    if not tail.rstrip("."):
        return None, None
    for row in _WORDINGS:
        start = f" in {row.explicit}"
        if tail.startswith(start):
            rest = tail[len(start) :].removeprefix(_S3S_ARN)
            if rest.startswith(": arn:"):
                return row.layer, rest[2:]
            if not rest.rstrip("."):
                return row.layer, None
    return None
