"""The first answer: is the user forced to use MFA? Found for his layers, and made his own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from iamfa.account.bearing import Texts
from iamfa.account.entities import Account
from iamfa.audit.forcing import EVERY_KIND, SELF_SERVICE, Forcing, Found, forces
from iamfa.audit.keys import is_personal
from iamfa.audit.layers import Layers, in_order
from iamfa.audit.register import Register
from iamfa.audit.sets import Member, PolicySet, Reading
from iamfa.audit.unread import RESOURCE_POLICIES, Unread
from iamfa.audit.values import Enforced, Place, SparedBy, Witnessed
from iamfa.evaluate.credential import WITHOUT_MFA
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.principal import Principal
from iamfa.evaluate.request import Request
from iamfa.platform import Assumptions
from iamfa.proof.answer import Proved, Refuted, prove
from iamfa.proof.question import Question

_DIRECT = frozenset(
    {
        "aws:username", "aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:principalisawsservice",
        "aws:viaawsservice", "aws:securetransport", "aws:multifactorauthpresent", "aws:multifactorauthage",
    }
)  # fmt: skip
"""Keys that the user and the kind of credential decide."""


@dataclass
class EnforcedJudge:
    """Answers for the users of one account."""

    account: Account
    reading: Reading
    unread: Unread
    register: Register
    forcing: Forcing
    assumptions: Assumptions
    _deciders: dict[PolicySet, Decider] = field(default_factory=dict)
    _places: dict[object, tuple[Place, ...]] = field(default_factory=dict)

    def answer(self, member: Member, kinds: tuple[str, ...]) -> Enforced:
        """Whether the user is forced, for the kinds of credential that he can have."""
        layers = self.reading.layers(member)
        denied = self.forcing.denied(layers, kinds)
        if denied.holds:
            return self._denied(member, layers, kinds, denied.exempt)
        found = self._open(member, layers, kinds, denied.undecided)
        if found.answer in ("not-enforced", "exempt-undeclared"):
            declared = self.register.holds_for(member.user)
            if declared is not None:
                return replace(found, answer="exempt-declared", declared=declared)
        return found

    def decider(self, member: Member) -> Decider:
        """The evaluator for all texts that reach the user, as they stand."""
        found = self._deciders.get(member.set)
        if found is None:
            reading, held = self.reading, member.set
            scps, rcps = (
                None
                if levels is None
                else tuple(tuple(t for t in level if not reading.faults.get(t)) for level in levels)
                for levels in (reading.scps, reading.rcps)
            )
            bundle = Texts(held.identity, held.boundary, scps, rcps).bundle()
            found = self._deciders[held] = Decider(bundle, assumptions=self.assumptions)
        return found

    def _denied(self, member: Member, layers: Layers, kinds: tuple[str, ...], exempt: tuple[str, ...]) -> Enforced:
        if not self.wanting(member) and self._nothing_passes(member, layers):
            return Enforced("no-permissions", kinds, not_read=(RESOURCE_POLICIES,))
        key = (self.reading.alike(member), member.held, member.boundary)
        if key not in self._places:
            bearing = {piece for piece in layers.pieces() if forces(piece)}
            self._places[key] = tuple(dict.fromkeys(self.reading.places(member, bearing.__contains__)))
        return Enforced("denied", kinds, exempt, by=self._places[key])

    def _open(self, member: Member, layers: Layers, kinds: tuple[str, ...], undecided: str | None) -> Enforced:
        wanting = self.wanting(member)
        if wanting:
            return Enforced("unknown", kinds, reason="; ".join(wanting))
        granted = self.forcing.granted(layers, kinds)
        if granted.answer == "never" or (granted.answer == "nothing" and self._nothing_passes(member, layers)):
            return Enforced("no-permissions", kinds, not_read=(RESOURCE_POLICIES,))
        spared = self._spared(member, layers, kinds)
        missing = self.unread.lacks("organization") or (("organization",) if self.reading.control_faults else ())
        if granted.answer == "nothing" and not spared:
            return Enforced("not-granted", kinds, granted.exempt, not_read=(RESOURCE_POLICIES,))
        witness = self._carried_over(member, granted.found) if granted.found is not None else None
        if witness is None and granted.answer != "nothing":
            if self._nothing_passes(member, layers):
                return Enforced("no-permissions", kinds, not_read=(RESOURCE_POLICIES,))
            alone = self._alone(member, layers, kinds, undecided)
            if alone.answer != "not-enforced":
                return alone
            witness = alone.witness
        if spared:
            return Enforced("exempt-undeclared", kinds, witness=witness, spared_by=spared, not_read=missing)
        return Enforced("not-enforced", kinds, witness=witness, reason=_situation(witness), not_read=missing)

    def wanting(self, member: Member) -> tuple[str, ...]:
        """Policies that reach the user, or may, and were not read."""
        whom = (f"user/{member.user.name}", *(f"group/{group}" for group in member.user.groups))
        lost = self.unread.lacks("authorization_details", "policies", of=whom)
        return (*member.set.wanting, *(f"`{part}` was not read wholly" for part in lost))

    def _spared(self, member: Member, layers: Layers, kinds: tuple[str, ...]) -> tuple[SparedBy, ...]:
        """The conditions without which a Deny would force the user."""
        spared = [each for each in self.reading.spared(member) if forces(each[0])]
        if not spared:
            return ()
        with_them = replace(layers, identity=in_order({*layers.identity, *(bare for _, bare, _ in spared)}))
        if not self.forcing.denied(with_them, kinds).holds:
            return ()
        found: list[SparedBy] = []
        for whole, _, conditions in spared:
            place = self.reading.place(member, whole.__eq__)
            found += (SparedBy(c.key.text, c.operator.text, tuple(v.text for v in c.values), place) for c in conditions)
        return tuple(found)

    # From anybody who has the layers to the user himself -------------------------------------------------------------

    def _carried_over(self, member: Member, found: Found) -> Witnessed | None:
        """The request as the user makes it, where his own policies allow it."""
        told = {k: v for k, v in found.context if k.lower() not in _DIRECT and not is_personal(k.lower())}
        context = {**told, **own_context(member)}
        decider = self.decider(member)
        for resource in carried_resources(found.resource, found.name, member):
            if not self._can_be_asked_for(resource):
                continue
            request = Request.by_user(
                member.user.arn, found.action, resource, credential=found.credential, context=context
            )
            if decider.decide(request).decision == "allowed":
                return Witnessed(request, found.credential)
        return None

    def _can_be_asked_for(self, resource: str) -> bool:
        """Whether a call can be about this ARN: AWS knows whom a name means, and with it the path."""
        for kind, table in (("user", self.account.users), ("group", self.account.groups), ("role", self.account.roles)):
            prefix = f"{self.account.root_arn.removesuffix('root')}{kind}/"
            if resource.startswith(prefix):
                held = table.get(resource.rpartition("/")[2])
                return resource.count("/") == 1 if held is None else held.arn == resource
        return True

    def _nothing_passes(self, member: Member, layers: Layers) -> bool:
        """Whether no request of the user passes at all, with MFA or without."""
        found = self.forcing.passing(layers)
        if found is False:
            return True
        if found is not True and (
            self.forcing.is_for_everybody(layers, found) or self._carried_over(member, found) is not None
        ):
            return False
        question = Question("never", EVERY_KIND, ("*",), user=Principal.parse(member.user.arn), given=layers.filled)
        self.forcing.proofs += 1
        answer = prove(question, layers.bundle(), assumptions=self.assumptions, realistic=False)
        return isinstance(answer, Proved)

    def _alone(self, member: Member, layers: Layers, kinds: tuple[str, ...], undecided: str | None) -> Enforced:
        """The user judged by himself."""
        user = Principal.parse(member.user.arn)
        question = Question("without-mfa", kinds, None, SELF_SERVICE, user=user, given=layers.filled)
        self.forcing.proofs += 1
        answer = prove(question, layers.bundle(), assumptions=self.assumptions)
        if isinstance(answer, Proved):
            return Enforced("not-granted", kinds, SELF_SERVICE, not_read=(RESOURCE_POLICIES,))
        if isinstance(answer, Refuted):
            sendable = self._can_be_asked_for(answer.witness.resource)
            return Enforced("not-enforced", kinds, witness=Witnessed(answer.witness, answer.credential, sendable))
        return Enforced("unknown", kinds, reason=undecided or answer.reason)


def own_context(member: Member) -> dict[str, str]:
    """The keys of the user that a request does not make of his ARN: his identifier and his tags."""
    return {key: value for key, value in member.keys.items() if key not in _DIRECT}


def carried_resources(resource: str, name: str, member: Member) -> tuple[str, ...]:
    """What a resource in anybody's request is in the user's own, the likeliest first."""
    user = member.user
    own = user.arn.removesuffix(f"{user.path}{user.name}") + f"/{name}"
    if resource == own:
        return (user.arn,)
    return tuple(dict.fromkeys((resource.replace(name, user.name), resource)))


def _situation(witness: Witnessed | None) -> str | None:
    """What besides the user and his credential the request hangs on, where it carries more."""
    if witness is None:
        return None
    usual = _DIRECT | {"aws:userid"}
    keys = sorted(k for k in witness.request.context if k.lower() not in usual and not is_personal(k.lower()))
    return "the request carries " + ", ".join(f"`{key}`" for key in keys) if keys else None


def kinds_of(has_key: bool | None, has_password: bool | None) -> tuple[str, ...]:
    """The kinds of credential without MFA that a user can have; of one without any, or of whom it is not known, all."""
    found: list[str] = []
    if has_key is not False:
        found += ["long-term-key", "token"]
    if has_password is not False:
        found.append("console")
    return tuple(found) or tuple(WITHOUT_MFA)
