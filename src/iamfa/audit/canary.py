"""What the canary is asked to do after the first step: a call that reads, refused without MFA and allowed with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from iamfa.account.bearing import bundle_for
from iamfa.account.entities import User
from iamfa.audit.enforced import own_context
from iamfa.audit.plan_checks import Checker
from iamfa.audit.sets import Reading
from iamfa.errors import InputError, JudgementError
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.request import Request
from iamfa.gateway.faults import AccessDeniedError
from iamfa.gateway.ports import Caller

_PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 14.0)
"""Seconds until a change has reached whoever decides; half a minute in all."""


class CanaryError(JudgementError):
    """The canary can do what he should not, or cannot do what he should."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A call that changes nothing."""

    operation: str
    given: Mapping[str, str]

    def __str__(self) -> str:
        return f"iam:{self.operation}"


def probe_for(checker: Checker, user: User) -> Probe:
    """A call that the policies refuse to the user's key alone and allow in a session with MFA.

    Raises `InputError` where none of the harmless ones is such a call.
    """
    bundle = bundle_for(checker.account, user, checker.organization)
    decider = Decider(bundle, assumptions=checker.assumptions)
    context = own_context(Reading(checker.account, None).member(user))
    for probe, resource in _harmless(user):
        decisions = [
            decider.decide(
                Request.by_user(user.arn, str(probe), resource, credential=credential, context=context)
            ).decision
            for credential in ("long-term-key", "token-mfa")
        ]
        if decisions[0] in ("explicit_deny", "implicit_deny") and decisions[1] == "allowed":
            return probe
    raise InputError(
        f"no harmless call is refused to `{user.name}` without MFA and allowed with it",
        hint="leave --canary-profile out, and try the canary by hand",
    )


def _harmless(user: User) -> Iterator[tuple[Probe, str]]:
    own = {"UserName": user.name}
    for operation in ("ListAccessKeys", "GetLoginProfile", "ListSSHPublicKeys", "ListMFADevices", "GetUser"):
        yield Probe(operation, own), user.arn
    for operation in ("GetAccountSummary", "ListAccountAliases", "ListRoles", "ListPolicies"):
        yield Probe(operation, {}), "*"


def look(probe: Probe, without: Caller, with_mfa: Caller, wait: Callable[[float], None]) -> str:
    """Make the call both ways until both end as they should. Raises `CanaryError` where they do not, and `AwsError`."""
    for pause in (*_PAUSES, None):
        free, let_in = _passes(probe, without), _passes(probe, with_mfa)
        if not free and let_in:
            return f"the canary was refused {probe} without MFA, and allowed it with MFA"
        if pause is not None:
            wait(pause)
    what = f"is allowed {probe} without MFA" if free else f"is refused {probe} in a session with MFA"
    raise CanaryError(f"the canary {what}; the other steps are not made", hint="take the first one back: iamfa undo")


def _passes(probe: Probe, caller: Caller) -> bool:
    try:
        caller.call("iam", probe.operation, **probe.given)
    except AccessDeniedError:
        return False
    return True
