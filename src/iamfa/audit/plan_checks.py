"""Who can still undo a step once it is made: asked of the evaluator for each call, on the ARN that it is made on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from iamfa.account.bearing import Texts, bundle_for
from iamfa.account.entities import Account, Role, Tags, User
from iamfa.account.organization import Organization
from iamfa.audit.enforced import own_context
from iamfa.audit.holdings import Holdings
from iamfa.audit.plan_values import Actor, Spot
from iamfa.audit.sets import Reading
from iamfa.errors import IamfaError, InputError
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.principal import Principal, PrincipalKind
from iamfa.evaluate.request import Request
from iamfa.platform import DEFAULTS, Assumptions
from iamfa.policy.bundle import Bundle

_OPEN = frozenset({"aws:sourceip", "aws:currenttime", "aws:epochtime", "aws:useragent", "aws:userid"})


@dataclass(frozen=True, slots=True)
class Checker:
    """One account at one moment."""

    account: Account
    organization: Organization | None
    assumptions: Assumptions = DEFAULTS

    def after(self, account: Account) -> Checker:
        """The same once something has changed."""
        return replace(self, account=account)

    def refusal(self, actor: Actor, spot: Spot, actions: Iterable[str]) -> str | None:
        """The first of these calls that is not surely allowed to the actor, in words; None where all are."""
        try:
            decider = Decider(self._bundle(actor), assumptions=self.assumptions)
        except IamfaError as error:
            return error.message
        for action in actions:
            for request in self._requests(actor, action, spot):
                verdict = decider.decide(request)
                if verdict.decision != "allowed":
                    said = {"unknown": "hangs on what nobody told"}.get(verdict.decision, "is refused")
                    return f"{action} on `{spot.authorised_on(action)}` {said}"
        return None

    def _bundle(self, actor: Actor) -> Bundle:
        holder = self.holder(actor)
        if holder is None:
            # No policy of the account bears on the root user, and those of the organization do.
            above = Reading(self.account, self.organization)
            return Texts((), None, above.scps, above.rcps).bundle()
        return bundle_for(self.account, holder, self.organization)

    def holder(self, actor: Actor) -> User | Role | None:
        """The user or the role; None for the root user. Raises `InputError` for anybody who is not in the account."""
        if actor.arn == self.account.root_arn:
            return None
        table: tuple[User | Role, ...] = (*self.account.users.values(), *self.account.roles.values())
        found = next((each for each in table if each.arn == actor.arn), None)
        if found is None:
            raise InputError(f"`{actor.arn}` is no user or role of the account `{self.account.number}`")
        return found

    def _requests(self, actor: Actor, action: str, spot: Spot) -> Iterator[Request]:
        arn = spot.authorised_on(action)
        about = self._about(spot) if arn == spot.arn else {}
        if action.startswith(("iam:Attach", "iam:Detach")):
            about["iam:PolicyARN"] = str(spot.becomes)
        holder = self.holder(actor)
        if isinstance(holder, User):
            member = Reading(self.account, None).member(holder)
            context = {**own_context(member), **about}
            yield Request.by_user(actor.arn, action, arn, credential=actor.credential, context=context)
            return
        keys = {
            "aws:PrincipalArn": actor.arn,
            "aws:PrincipalAccount": self.account.number,
            "aws:PrincipalType": "Account" if holder is None else "AssumedRole",
            "aws:PrincipalIsAWSService": "false",
            "aws:ViaAWSService": "false",
            "aws:SecureTransport": "true",
            **about,
        }
        if holder is not None:
            keys |= {f"aws:PrincipalTag/{key}": value for key, value in holder.tags}
        who = Principal.parse(actor.arn)
        # AWS does not say of every session whether the key is there.
        for present in (None, "false"):
            more = {} if present is None or who.kind is PrincipalKind.ROOT else {"aws:MultiFactorAuthPresent": present}
            yield Request(action, arn, principal=who, context={**keys, **more}, unspecified=_OPEN)

    def _about(self, spot: Spot) -> dict[str, str]:
        """What a call carries about what it is made on."""
        tags: Tags = ()
        found: dict[str, str] = {}
        if spot.kind == "managed":
            tags = self.account.policies[spot.arn].tags
        elif spot.word == "User":
            user = self.account.users[str(spot.holder)]
            tags = user.tags
            if user.boundary is not None:
                found["iam:PermissionsBoundary"] = user.boundary
        for key, value in tags:
            found |= {f"aws:ResourceTag/{key}": value, f"iam:ResourceTag/{key}": value}
        return found


def first_refusal(checkers: Iterable[Checker], actor: Actor, spot: Spot, actions: Iterable[str]) -> str | None:
    """The first refusal in any of these moments: an undo may be ended, and begun again, in each."""
    asked = tuple(actions)
    refusals = (checker.refusal(actor, spot, asked) for checker in checkers)
    return next((said for said in refusals if said is not None), None)


def others_who_may_undo(account: Account, holdings: Holdings, operator: Actor) -> Iterator[Actor]:
    """Users besides the operator who hold a credential, each with every kind that he has, the strongest first."""
    for name in sorted(account.users):
        user = account.users[name]
        if user.arn != operator.arn:
            yield from (Actor(user.arn, kind) for kind in kinds_held(holdings, name))


def kinds_held(holdings: Holdings, name: str) -> tuple[str, ...]:
    """With what a user can call, the strongest first; nothing where he is not known to hold a key or a password.

    A session of STS takes a device that shows codes, which FIDO keys do not.
    """
    devices = {device.kind for device in holdings.devices.get(name, ())}
    has_key, has_password = holdings.has_key(name), holdings.has_password(name)
    told = (
        ("token-mfa", has_key and bool(devices - {"fido"})),
        ("console-mfa", has_password and bool(devices)),
        ("long-term-key", has_key),
        ("console", has_password and not devices),
    )
    return tuple(kind for kind, there in told if there)
