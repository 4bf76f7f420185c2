"""For which service, and for how many days, a credential for one service is asked, as far as policies tell them apart.

AWS sends the service with every call that makes, changes or takes away such a credential, and the days with the call
that makes one, where the caller names some (page reference_policies_iam-condition-keys,
`iam:ServiceSpecificCredentialServiceName` and `iam:ServiceSpecificCredentialAgeDays`). A caller must name a service
and need not name days (API_CreateServiceSpecificCredential).
"""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.lifecycle.compared import looked_at, told_apart
from iamfa.lifecycle.moves import NOTHING_MORE, Sent
from iamfa.lifecycle.world import World
from iamfa.policy.bundle import Bundle

CREATE_FOR_SERVICE = "iam:CreateServiceSpecificCredential"
RESET_FOR_SERVICE = "iam:ResetServiceSpecificCredential"

SERVICE = "iam:ServiceSpecificCredentialServiceName"
DAYS = "iam:ServiceSpecificCredentialAgeDays"

_WITH_PASSWORD = ("codecommit.amazonaws.com", "cassandra.amazonaws.com")
"""Services that take a user name and a password, which never expires."""
_WITH_API_KEY = (
    "bedrock.amazonaws.com", "aws-external-anthropic.amazonaws.com", "cloudwatch.amazonaws.com", "logs.amazonaws.com",
)  # fmt: skip
"""Services that take long-term API keys, for which alone days are valid (id_credentials_api_keys_for_aws_services)."""
SERVICES = _WITH_PASSWORD + _WITH_API_KEY
"""Every service that AWS's pages name."""

_LEGAL_DAYS = range(1, 36_601)

_MOST = 5
"""Of numbers that the policies compare days with no more are looked at: each is tried for each service, in sessions of
each age."""


def sent_with(world: World, action: str) -> tuple[Sent, ...]:
    """What a call sends besides what every call does, once for each service and number of days told apart.

    What the world's context tells is sent as it was told. Days that policies look at in another way than by comparing
    numbers, or with too many numbers, are left open.
    """
    if action not in (CREATE_FOR_SERVICE, RESET_FOR_SERVICE):
        return (NOTHING_MORE,)
    told = {key.lower(): value for key, value in world.context.items()}
    named: tuple[Sent, ...] = (NOTHING_MORE,)
    if action == CREATE_FOR_SERVICE and DAYS.lower() not in told:
        named = (NOTHING_MORE, *_days(world.bundle))
    if SERVICE.lower() in told:
        return (NOTHING_MORE,) if told[SERVICE.lower()] in _WITH_PASSWORD else named
    return tuple(
        Sent(((SERVICE, service), *each.context), each.unspecified)
        for service in _services(world.bundle, by_days=len(named) > 1)
        for each in (named if service in _WITH_API_KEY else (NOTHING_MORE,))
    )


def _services(bundle: Bundle, *, by_days: bool) -> tuple[str, ...]:
    """All of them where a policy asks for the service; otherwise one of each kind that may have days or none."""
    if looked_at(bundle, SERVICE.lower()):
        return SERVICES
    return (_WITH_PASSWORD[0], _WITH_API_KEY[0]) if by_days else _WITH_PASSWORD[:1]


def _days(bundle: Bundle) -> Iterator[Sent]:
    """Numbers of days that stand for all that a caller may name; none where no policy asks for them."""
    if not looked_at(bundle, DAYS.lower()):
        return
    found = told_apart(bundle, DAYS.lower(), _LEGAL_DAYS, most=_MOST)
    if found is None:
        yield Sent(unspecified=frozenset({DAYS.lower()}))
    else:
        for number in found or _LEGAL_DAYS[:1]:
            yield Sent(((DAYS, str(number)),))
