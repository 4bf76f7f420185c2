"""What can be asked about all requests at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from iamfa.errors import RequestError
from iamfa.evaluate.credential import CREDENTIALS, WITHOUT_MFA
from iamfa.evaluate.principal import Principal, PrincipalKind

APART_FROM = ("sts:GetCallerIdentity", "sts:GetSessionToken")
"""Actions that no policy controls: no claim speaks of them (docs/semantics.md, section 13)."""

_USER_KINDS = tuple(row.kind for row in CREDENTIALS.values() if row.by_user)


@dataclass(frozen=True, slots=True)
class Question:
    """Whether some request of a user, out of these, is ever allowed: the claim is that none is."""

    id: str
    """`without-mfa` or `never`."""
    credentials: tuple[str, ...]
    """The kinds of credential that are looked at."""
    actions: tuple[str, ...] | None = None
    """Patterns of actions that are asked about; None: all but those of *outside*."""
    outside: tuple[str, ...] = ()
    """Patterns of actions that are not asked about."""
    resources: tuple[str, ...] | None = None
    """Patterns of resources that are asked about; None: all."""
    user: Principal | None = None
    """The user; None: any user of any account."""
    partition: str | None = None
    """The partition of the users who are meant; None: any."""
    plus_everything: bool = False
    """Whether a policy that allows everything is assumed beside the others."""
    given: tuple[tuple[str, str | None], ...] = ()
    """Keys of the context (lower case) whose values are told, None: absent; no certificate speaks of these."""

    @property
    def words(self) -> str:
        """The claim in words."""
        if self.id == "without-mfa":
            what = "no request" + (f" outside {', '.join(self.outside)}" if self.outside else "")
            ending = " passes without MFA"
            ending += ", whatever else is attached to the user" if self.plus_everything else ", with the policies read"
        else:
            what = "no request for " + ", ".join(self.actions or ("any action",))
            if self.resources is not None:
                what += " on " + ", ".join(self.resources)
            ending = " is allowed"
        who = f"`{self.user.text}`" if self.user is not None else "an IAM user"
        who += f" of the partition `{self.partition}`" if self.partition is not None else ""
        kinds = " or ".join(CREDENTIALS[kind].words for kind in self.credentials)
        return f"{what} made by {who} with {kinds}{ending}"


def without_mfa(
    *,
    outside: Sequence[str] = (),
    plus_everything: bool = False,
    user: str | None = None,
    partition: str | None = None,
) -> Question:
    """Does nothing outside these actions pass without MFA?

    *outside* are patterns of actions as in a policy (E, what is exempt). With *plus_everything* the answer holds
    whatever else is attached. *user* is the ARN of one user; otherwise any user is meant, of one *partition* such as
    `aws-cn` where it is told. Raises RequestError for an ARN that is no user's.
    """
    return Question("without-mfa", WITHOUT_MFA, None, tuple(outside), None, _user(user), partition, plus_everything)


def never(
    actions: Sequence[str],
    resources: Sequence[str] | None = None,
    *,
    credentials: Sequence[str] = _USER_KINDS,
    user: str | None = None,
    plus_everything: bool = False,
) -> Question:
    """Is none of these actions ever allowed (on these resources)? Refuted, the witness says how somebody can.

    *actions* and *resources* are patterns as in a policy, *credentials* kinds that an IAM user holds. Raises
    RequestError for a kind that no user holds, or an ARN that is no user's.
    """
    unknown = [kind for kind in credentials if kind not in _USER_KINDS]
    if unknown:
        raise RequestError(f"no IAM user holds `{unknown[0]}`", hint="one of " + ", ".join(_USER_KINDS))
    asked = None if resources is None else tuple(resources)
    return Question("never", tuple(credentials), tuple(actions), (), asked, _user(user), None, plus_everything)


def _user(arn: str | None) -> Principal | None:
    if arn is None:
        return None
    found = Principal.parse(arn)
    if found.kind is not PrincipalKind.USER:
        raise RequestError(f"`{arn}` is no IAM user", hint="give an ARN such as `arn:aws:iam::123456789012:user/alice`")
    return found
