"""Whether a caller may assume a role: his own policies and the role's trust policy, each with the MFA that it sees.

AWS's pages: API_AssumeRole, id_credentials_mfa_configure-api-require, id_session-tags and
id_credentials_temp_control-access_monitor. In the trust policy MFA is present where a code was given with the call or
the caller's own session has it; for the caller's own policies the code counts only under the assumption
`assumerole-code-counts-for-caller`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from iamfa.account.bearing import Source
from iamfa.account.entities import Role
from iamfa.arn import Arn, is_account_id
from iamfa.errors import IamfaError
from iamfa.evaluate.decide import Decider, permits
from iamfa.evaluate.request import Request
from iamfa.evaluate.verdict import Verdict
from iamfa.policy.document import Document, Statement
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.authorise import bearing_of, request_of
from iamfa.sandbox.refusals import validation_error
from iamfa.sandbox.targets import held_tags
from iamfa.sandbox.trust import trusted_document
from iamfa.sandbox.work import Context, Work

_WITH_CODE: Final[Mapping[str, str]] = {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "0"}
_NOBODY: Final = Document((), "2012-10-17")
_ELSEWHERE: Final = "000000000000"
"""The number of no account."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The role that a call asks for; whether it is there the caller is never told."""

    arn: str
    account: str
    """The number of its account."""
    role: Role | None


def wanted_role(work: Work, text: str) -> Wanted:
    """The role with this ARN in any account of the sandbox. Raises ValidationError for what is no ARN of a role.

    Both texts were seen in public error reports, and that an ARN which lacks a part is refused like a role that is not
    there.
    """
    if not text.startswith("arn:"):
        raise validation_error(f"{text} is invalid")
    try:
        arn = Arn.parse(text)
    except IamfaError:
        return Wanted(text, work.account.number, None)
    if arn.service != "iam" or arn.kind != "role" or not arn.name or not is_account_id(arn.account):
        raise validation_error("Request ARN is invalid")
    account = work.state.accounts.get(arn.account)
    role = account.roles.visible.get(arn.name) if account is not None else None
    return Wanted(text, arn.account, role if role is not None and role.arn == text else None)


def decide_assume(
    work: Work, wanted: Wanted, action: str, keys: Context, *, code: bool, on_both_sides: bool = False
) -> tuple[Verdict, Mapping[str, Source]]:
    """Decide `sts:AssumeRole`, or one of the actions that go along with it, on the role.

    *keys* are those of the call, *code* tells whether a device's code was given with it. A role that is not there
    trusts nobody. *on_both_sides* asks the caller's own policies even where the trust policy names him.
    """
    keys = {**(held_tags(wanted.role) if wanted.role is not None else {}), **keys}
    proof = _WITH_CODE if code else {}
    own = proof if work.state.settings.assumptions["assumerole-code-counts-for-caller"] == "yes" else {}
    try:
        trust = _NOBODY
        if wanted.role is not None:
            trust = resolved(trusted_document(wanted.role), request_of(work, action, wanted.arn, {**keys, **proof}))
    except IamfaError as error:
        raise _unreadable(error) from error
    request = request_of(work, action, wanted.arn, {**keys, **own})
    # Across accounts the caller's own policies must always allow: what is asked on both sides is asked like that.
    verdict, sources = _decide(work, request, trust, wanted.account, _ELSEWHERE if on_both_sides else wanted.account)
    return verdict, {**sources, "resource": Source("trust policy", f"role/{wanted.arn.rpartition('/')[2]}")}


def _decide(
    work: Work, request: Request, trust: Document, account: str, resource_account: str
) -> tuple[Verdict, Mapping[str, Source]]:
    """Decide by the caller's policies, the trust policy, and the resource control policies above *account*."""
    bearing = bearing_of(work.state, work.caller, resource_account=account)
    try:
        bundle = replace(bearing.texts.bundle(), resource=trust, resource_account=resource_account)
        decider = Decider(bundle, assumptions=work.state.settings.assumptions)
    except IamfaError as error:
        raise _unreadable(error) from error
    return decider.decide(request), bearing.sources


def _unreadable(error: IamfaError) -> ApiError:
    message = f"a policy of the caller or the role cannot be read: {error.message}"
    return ApiError("InternalFailure", message, 500, hint=error.hint)


def resolved(trust: Document, request: Request) -> Document:
    """The trust policy as this request meets it: the statements whose conditions hold, without their conditions.

    Where AWS's answer is not known, an Allow goes and a Deny stays.
    """
    kept = []
    for statement in trust.statements:
        holds = permits([Document((_conditions_of(statement),), trust.version)], request)
        if holds or (holds is None and statement.effect == "Deny"):
            kept.append(replace(statement, conditions=()))
    return replace(trust, statements=tuple(kept))


def _conditions_of(statement: Statement) -> Statement:
    """The statement as one that allows anybody: what is left to ask are its action and its conditions."""
    return replace(statement, effect="Allow", principal=None)
