"""The answers of an audit, and what was not read, in words; no word claims more than was read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from iamfa.account.not_read import EVERYTHING, PARTS
from iamfa.audit.unread import RESOURCE_POLICIES
from iamfa.audit.values import Enrolled, Lifted, UserAudit
from iamfa.report.paper import Translator

ENFORCED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "denied": "by Deny",
        "not-granted": "by grant only",
        "not-enforced": "not enforced",
        "exempt-declared": "exempt, declared",
        "exempt-undeclared": "exempt, undeclared",
        "no-permissions": "no permissions",
        "unknown": "unknown",
    }
)
ENROLLED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "enrolled": "a device",
        "not-enrolled": "no device",
        "exposed-now": "exposed now",
        "cannot-enrol": "cannot enrol",
        "locked-out": "locked out",
        "none-needed": "no credentials",
        "unknown": "unknown",
    }
)
LIFTED: Final[Mapping[str, str]] = MappingProxyType(
    {"nobody": "nobody", "somebody": "somebody", "nothing-to-lift": "nothing to lift", "unknown": "unknown"}
)

_MEANS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "authorization_details": "there may be users who are not in the list, and answers about those who are hang on "
        "what else is attached to them",
        "policies": "whoever has such a policy gets no answer that hangs on it",
        "mfa_devices": "who has no device is not known, and nobody is told to be without one for that reason",
        "credential_report": "the root user, and when keys and passwords were used last, were not judged",
        "access_keys": "whoever may have a key counts as having one",
        "login_profiles": "whoever may have a password counts as having one",
        "organization": "a service control policy could force MFA, or stop what is told to pass: what is told to be "
        "enforced is, and the rest may be milder",
        EVERYTHING: "it may bear on every answer",
    }
)
_CHANGES_NOTHING: Final = "no answer about a user hangs on it"


def enrolled_words(enrolled: Enrolled, say: Translator) -> str:
    """What the user has, or what it means that he has nothing."""
    if enrolled.answer == "enrolled" and enrolled.devices:
        counted = Counter(enrolled.devices)
        return ", ".join(f"{count} {say(kind)}" if count > 1 else say(kind) for kind, count in counted.items())
    words = say(ENROLLED[enrolled.answer])
    return f"{words}: {say(enrolled.leaked)}" if enrolled.leaked is not None else words


def lifted_words(lifted: Lifted, say: Translator) -> str:
    """How many can lift it; a dash where there is nothing."""
    if lifted.answer == "nothing-to-lift":
        return "–"
    if lifted.answer != "somebody":
        return say(LIFTED[lifted.answer])
    return say("1 user") if lifted.count == 1 else say("{count} users").format(count=lifted.count)


def hangs(not_read: Sequence[str]) -> bool:
    """Whether an answer hangs on what was not read, apart from policies of resources, which no account tells."""
    return any(part != RESOURCE_POLICIES for part in not_read)


def means(part: str) -> str:
    """What it means for the answers that a part was not read."""
    return _MEANS.get(part, _CHANGES_NOTHING)


def part_words(part: str) -> str:
    """What a part tells."""
    return PARTS.get(part, "something")


def claims(users: Sequence[UserAudit]) -> Iterator[str]:
    """What the answers that were given mean, and what they do not."""
    given = {user.enforced.answer for user in users}
    if "denied" in given:
        yield (
            "`by Deny`: with the policies that were read, no request outside what is exempt, made with this user's own "
            "key, token or console session, passes without MFA, whatever else is attached to him."
        )
    if "not-granted" in given:
        yield (
            "`by grant only`: nothing that was read lets such a request pass; another policy of his, or one of a "
            "resource that names him, would."
        )
    if "no-permissions" in given:
        yield "`no permissions`: nothing that was read grants him anything, and policies of resources were not read."
    if given & {"denied", "not-granted"}:
        yield (
            "Not covered: roles once assumed, federated sessions, the root user, and sts:GetCallerIdentity and "
            "sts:GetSessionToken, which no policy denies."
        )
    if "not-enforced" in given:
        yield "`not enforced`: a request that passes without MFA is shown with the finding."
