"""Everything that does not change while a flow is walked: policies, people, assumptions, and verdicts once asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from iamfa.evaluate.credential import CREDENTIALS, carried
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.match import action_matches
from iamfa.evaluate.request import Request
from iamfa.evaluate.verdict import Verdict
from iamfa.lifecycle.names import ON_DEVICES, DeviceNames, device_names
from iamfa.lifecycle.subject import Subject
from iamfa.platform import DEFAULTS, Assumptions
from iamfa.policy.bundle import EVERYTHING, Bundle, document_of
from iamfa.policy.document import Document, PrincipalElement, PrincipalValue, Value

Context = Mapping[str, str | Sequence[str]]

FRESH_AGE = "5"
"""Seconds since the code was given: sessions of the machine have just begun."""

AGE = "aws:multifactorauthage"
"""The key of the age in lower case, as `Ask.unspecified` has it."""

_ASSUME_ROLE = "sts:assumerole"

_BEFORE_POLICIES = ("long-term-key", "console", "token-mfa", "console-mfa")
"""A user's kinds of credential with which AWS asks the policies about IAM's actions at all."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request as a move makes it, apart from what the world adds."""

    principal: str
    action: str
    resource: str
    credential: str
    context: tuple[tuple[str, str], ...] = ()
    unspecified: frozenset[str] = frozenset()
    """Lower-case keys that AWS adds with a value that is not known here."""


@dataclass(frozen=True)
class World:
    """Policies, the subject, the assumptions, and the values of keys that neither user nor credential decides.

    Verdicts and device names are found once and kept.
    """

    bundle: Bundle
    subject: Subject
    assumptions: Assumptions = DEFAULTS
    context: Context = field(default_factory=dict)
    """Merged into every request; what is not told here stays unspecified or absent."""
    age_known: bool = True
    """Whether a session with MFA has just begun, unless the context tells its age; otherwise the age is open."""

    def verdict(self, ask: Ask) -> Verdict:
        """What the policies that were read say."""
        found = self._verdicts.get(ask)
        if found is None:
            found = self._verdicts[ask] = self._decider.decide(self.request(ask))
        return found

    def at_most(self, ask: Ask) -> Verdict:
        """What the policies would say if another identity-based policy allowed everything.

        A role's trust policy that was not read is taken to name the user, which is the most that one can do.
        """
        found = self._at_most.get(ask)
        if found is None:
            decider = self._generous
            if ask.action.lower() == _ASSUME_ROLE and self.bundle.resource is None:
                decider = self._deciding(trusted_by(self.bundle.plus(EVERYTHING), ask.principal, ask.resource))
            found = self._at_most[ask] = decider.decide(self.request(ask))
        return found

    def if_trusted(self, ask: Ask) -> Verdict:
        """What the policies say of AssumeRole where the role's trust policy names the user's account."""
        account = self.subject.account
        return self._deciding(trusted_by(self.bundle, account, ask.resource)).decide(self.request(ask))

    def _deciding(self, bundle: Bundle) -> Decider:
        return Decider(bundle, assumptions=self.assumptions)

    def aged(self, age: str | None) -> World:
        """The same world in which sessions with MFA are so many seconds old; None: nobody knows how old."""
        return replace(self, context={**self.context, AGE: age}) if age is not None else replace(self, age_known=False)

    def can_be_granted(self, ask: Ask) -> bool:
        """Whether another identity-based policy could make the request allowed, or at least not refused."""
        return self.at_most(ask).decision in ("allowed", "unknown")

    def grants(self, action: str) -> bool:
        """Whether some Allow statement of the identity-based policies takes in the action, on whatever resource."""
        found = self._granted.get(action)
        if found is None:
            found = self._granted[action] = any(
                any(action_matches(value.text, action) for value in statement.action.values)
                is not statement.action.negated
                for policy in self.bundle.identity
                for statement in document_of(policy).statements
                if statement.effect == "Allow"
            )
        return found

    def request(self, ask: Ask) -> Request:
        """The request as AWS sees it."""
        key = (ask.principal, ask.credential, ask.context, ask.unspecified)
        alike = self._alike.get(key)
        if alike is None:
            alike = self._alike[key] = self._requester(ask)
        return alike.asking(ask.action, ask.resource)

    def _requester(self, ask: Ask) -> Request:
        """The request with whatever depends on who asks, and with what."""
        context = carried(self.context, ask.credential)
        open_keys: frozenset[str] = frozenset()
        if CREDENTIALS[ask.credential].mfa_age and all(key.lower() != AGE for key in context):
            context[AGE] = FRESH_AGE
            open_keys = frozenset() if self.age_known else frozenset({AGE})
        context.update(ask.context)
        made = Request.by_user(ask.principal, ask.action, ask.resource, credential=ask.credential, context=context)
        return Request(
            made.action,
            made.resource,
            principal=made.principal,
            context={key: value for key, value in made.context.items() if key not in open_keys},
            unspecified=made.unspecified | open_keys | (ask.unspecified - made.keys.keys()),
        )

    def names(self, user: str | None = None) -> DeviceNames | None:
        """Representatives of all device names, for the requests of the subject or of the user with this ARN."""
        who = user or self.subject.user_arn
        if who not in self._names:
            self._names[who] = device_names(self.bundle, self.subject, user=who, context=self.context)
        return self._names[who]

    def told_apart(self, user: str, names: Sequence[str], *, each: int = 1) -> tuple[str, ...]:
        """Of names with the same verdicts for this user, whatever his credential, the first *each*.

        Two names are not worth the asking: trying both costs less.
        """
        if len(names) <= 2:
            return tuple(names)
        key = (user, tuple(names), each)
        found = self._apart.get(key)
        if found is None:
            found = self._apart[key] = self._tell_apart(user, names, each)
        return found

    def _tell_apart(self, user: str, names: Sequence[str], each: int) -> tuple[str, ...]:
        kept: dict[tuple[object, ...], list[str]] = {}
        for name in names:
            resource = self.subject.device_arn(name)
            asks = (Ask(user, action, resource, kind) for action in ON_DEVICES for kind in _BEFORE_POLICIES)
            kept.setdefault(tuple(self._answer(ask) for ask in asks), []).append(name)
        chosen = {name for alike in kept.values() for name in alike[:each]}
        return tuple(name for name in names if name in chosen)

    def _answer(self, ask: Ask) -> tuple[str, bool]:
        decision = self.verdict(ask).decision
        return decision, decision == "implicit_deny" and self.can_be_granted(ask)

    @cached_property
    def broad(self) -> World:
        """The same world where another file grants everything."""
        return replace(self, bundle=self.bundle.plus(EVERYTHING))

    @cached_property
    def _decider(self) -> Decider:
        return self._deciding(self.bundle)

    @cached_property
    def _generous(self) -> Decider:
        return self._deciding(self.bundle.plus(EVERYTHING))

    @cached_property
    def _verdicts(self) -> dict[Ask, Verdict]:
        return {}

    @cached_property
    def _at_most(self) -> dict[Ask, Verdict]:
        return {}

    @cached_property
    def _granted(self) -> dict[str, bool]:
        return {}

    @cached_property
    def _alike(self) -> dict[object, Request]:
        return {}

    @cached_property
    def _apart(self) -> dict[tuple[str, tuple[str, ...], int], tuple[str, ...]]:
        return {}

    @cached_property
    def _names(self) -> dict[str, DeviceNames | None]:
        return {}


def trusted_by(bundle: Bundle, principal: str, role: str) -> Bundle:
    """The same where the trust policy of the role with this ARN names *principal*, an ARN or an account."""
    named = PrincipalElement("Principal", (PrincipalValue("AWS", Value(principal)),))
    trust = Document((replace(EVERYTHING.statements[0], principal=named),), EVERYTHING.version)
    return replace(bundle, resource=trust, resource_account=role.split(":")[4])
