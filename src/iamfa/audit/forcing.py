"""Whether layers force MFA: by Deny, whatever else is attached; or because nothing that was read grants without.

Proved for any user who has them (`iamfa.proof`, no user named), kinds of credential apart. A boundary counts here by
its Denies alone and a resource control policy not at all, since the policy of a resource that names the user grants
past the one, and the other bears on the account's own resources only; service control policies count whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from iamfa.account.entities import Account
from iamfa.advise import actions as act
from iamfa.advise.situation import asks_for_mfa, takes_in
from iamfa.advise.targets import actions_in, targets_of
from iamfa.audit.keys import is_personal
from iamfa.audit.layers import Filled, Layers, Piece, in_order
from iamfa.evaluate.credential import WITH_MFA, WITHOUT_MFA
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.match import action_matches
from iamfa.evaluate.request import Request
from iamfa.lifecycle.subject import Subject
from iamfa.platform import Assumptions
from iamfa.policy.bundle import EVERYTHING
from iamfa.policy.variables import Template
from iamfa.proof.answer import Proved, Refuted, prove
from iamfa.proof.question import Question

SELF_SERVICE = tuple(sorted(act.ENROLMENT_NEEDS))
"""What a user may be granted without MFA where MFA is forced by grant: to enrol, and to look at his own credentials."""

EVERY_KIND = (*WITH_MFA, *WITHOUT_MFA)
"""The kinds of credential that a user can hold at all."""
_LEFT_TO_OTHERS = {
    "sts:AssumeRole": ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"), "kms:Decrypt": ("kms:*",),
}  # fmt: skip
"""What a policy of the resource decides as well, by an example."""
_MOST_TURNS = 40
_MOST_EXAMPLES = 6
_ANYBODY = "anybody-of-the-set"
"""Stands for the user in requests that are only tried."""


@dataclass(frozen=True, slots=True)
class Denied:
    """Whether every request outside E is denied whatever else is attached."""

    holds: bool
    exempt: tuple[str, ...] = ()
    undecided: str | None = None
    """Why neither was shown."""


@dataclass(frozen=True, slots=True)
class Found:
    """A request that passes, as anybody would make it."""

    action: str
    resource: str
    credential: str
    context: tuple[tuple[str, str | tuple[str, ...]], ...]
    name: str
    """The user's name in it."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What the policies that were read grant without MFA."""

    answer: str
    """`nothing` (outside E), `something`, `never` (no request of any kind passes), `undecided`."""
    exempt: tuple[str, ...] = ()
    found: Found | None = None
    reason: str | None = None


class Forcing:
    """Answers about layers, each found once."""

    def __init__(self, account: Account, assumptions: Assumptions) -> None:
        self._assumptions = assumptions
        self._partition = account.partition
        name = _ANYBODY
        while name in account.users:
            name += "-else"
        self.subject = Subject.of(name, account=account.number, partition=account.partition)
        """A user whom the account does not have."""
        self._denied: dict[tuple[Layers, tuple[str, ...]], Denied] = {}
        self._granted: dict[tuple[Layers, tuple[str, ...]], Granted] = {}
        self._deciders: dict[Layers, Decider] = {}
        self._cores: dict[Layers, Layers] = {}
        self._personal: dict[tuple[Layers, str], bool] = {}
        self._passing: dict[Layers, Found | bool] = {}
        self._requesters: dict[tuple[Filled, frozenset[str], str], Request] = {}
        self._hanging: dict[Layers, frozenset[str]] = {}
        self._suggested: dict[Piece, tuple[tuple[str, str], ...]] = {}
        self.proofs = 0
        """How many proofs were made: the measure of the work."""

    # Whatever else is attached ---------------------------------------------------------------------------------------

    def denied(self, layers: Layers, kinds: tuple[str, ...]) -> Denied:
        """Whether the layers deny everything outside some E without MFA, for these kinds of credential."""
        if layers not in self._cores:
            self._cores[layers] = core_of(layers)
        core = self._cores[layers]
        key = (core, kinds)
        if key not in self._denied:
            self._denied[key] = self._decide_denied(core, kinds)
        return self._denied[key]

    def _decide_denied(self, core: Layers, kinds: tuple[str, ...]) -> Denied:
        decider = Decider(core.bundle().plus(EVERYTHING), assumptions=self._assumptions)
        thing = f"arn:{self._partition}:unheard-of:us-east-1:{self.subject.account}:thing/one"
        for kind in kinds:
            if self._decision(decider, core, act.UNHEARD_OF, thing, kind) not in ("explicit_deny", "implicit_deny"):
                return Denied(False)
        named = list(dict.fromkeys(_named(core)))
        exempt = [entry for entry in named if self._passes(decider, core, entry, kinds)]
        for _ in range(_MOST_TURNS):
            question = Question(
                "without-mfa", kinds, None, tuple(exempt), partition=self._partition, plus_everything=True,
                given=core.filled,
            )  # fmt: skip
            self.proofs += 1
            answer = prove(question, core.bundle(), assumptions=self._assumptions, realistic=False)
            if isinstance(answer, Proved):
                return Denied(True, tuple(sorted(exempt)))
            if not isinstance(answer, Refuted):
                return Denied(False, undecided=answer.reason)
            passing = answer.witness.action
            more = [e for e in named if e not in exempt and action_matches(e, passing)]
            if not more:
                return Denied(False)
            exempt.append(more[0])
        return Denied(False, undecided="too many exemptions to name them")

    def _passes(self, decider: Decider, core: Layers, entry: str, kinds: tuple[str, ...]) -> bool:
        """Whether an action that the entry takes in is not denied to one of the kinds, on a resource that is tried."""
        for action in actions_in(entry)[:_MOST_EXAMPLES] or (entry.replace("*", "x").replace("?", "x"),):
            if ":" not in action:
                return True
            for target in targets_of(action, self.subject, (), unheard=False):
                for kind in kinds:
                    verdict = decider.decide(self.request(core, action, target.arn, kind))
                    # A role's trust policy and a key's policy may grant, and are none of the user's.
                    if verdict.allowed or verdict.decision == "unknown" or verdict.missing == "resource":
                        return True
        return False

    # What was read ---------------------------------------------------------------------------------------------------

    def granted(self, layers: Layers, kinds: tuple[str, ...]) -> Granted:
        """What the layers themselves let pass without MFA, with these kinds of credential."""
        key = (layers, kinds)
        if key not in self._granted:
            self._granted[key] = self._decide_granted(layers, kinds)
        return self._granted[key]

    def decider(self, layers: Layers) -> Decider:
        """The evaluator for the layers."""
        if layers not in self._deciders:
            self._deciders[layers] = Decider(layers.bundle(), assumptions=self._assumptions)
        return self._deciders[layers]

    def _decide_granted(self, layers: Layers, kinds: tuple[str, ...]) -> Granted:
        if self.passing(layers) is False:
            return Granted("never")
        decider = self.decider(layers)
        for action, resource in self.tried(layers):
            if action in act.ENROLMENT_NEEDS:
                continue
            for kind in kinds:
                if self._decision(decider, layers, action, resource, kind) == "allowed":
                    return Granted("something", found=self._found(layers, action, resource, kind))
        return self._proved_granted(layers, kinds)

    def passing(self, layers: Layers) -> Found | bool:
        """Some request that passes, with MFA or without; True where none was found, False where none does."""
        if layers not in self._passing:
            self._passing[layers] = self._decide_passing(layers)
        return self._passing[layers]

    def _decide_passing(self, layers: Layers) -> Found | bool:
        if not any(piece.statement.effect == "Allow" for piece in layers.identity):
            return False
        decider = self.decider(layers)
        for action, resource in self.tried(layers):
            for kind in EVERY_KIND:
                if self._decision(decider, layers, action, resource, kind) == "allowed":
                    return self._found(layers, action, resource, kind)
        self.proofs += 1
        question = Question("never", EVERY_KIND, ("*",), partition=self._partition, given=layers.filled)
        answer = prove(question, layers.bundle(), assumptions=self._assumptions, realistic=False)
        return not isinstance(answer, Proved)

    def _found(self, layers: Layers, action: str, resource: str, kind: str) -> Found:
        context = self.request(layers, action, resource, kind).context
        return Found(action, resource, kind, tuple(sorted(context.items())), self.subject.name)

    def _proved_granted(self, layers: Layers, kinds: tuple[str, ...]) -> Granted:
        bundle, left = layers.bundle(), tuple(sorted(self._left_to_others(layers, kinds)))
        self.proofs += 1
        question = Question(
            "without-mfa", kinds, None, SELF_SERVICE + left, partition=self._partition, given=layers.filled
        )
        answer = prove(question, bundle, assumptions=self._assumptions)
        if isinstance(answer, Proved):
            return Granted("nothing", tuple(sorted((*self._self_service(layers, kinds), *left))))
        if isinstance(answer, Refuted):
            witness = answer.witness
            name = str(witness.principal.name)
            context = tuple(sorted((k, v) for k, v in witness.context.items()))
            return Granted("something", found=Found(witness.action, witness.resource, answer.credential, context, name))
        return Granted("undecided", reason=answer.reason)

    def _left_to_others(self, layers: Layers, kinds: tuple[str, ...]) -> Iterator[str]:
        """What is granted without MFA as far as a role's trust policy or a key's own policy lets it."""
        bundle = layers.bundle()
        for example, patterns in _LEFT_TO_OTHERS.items():
            if any(p.statement.effect == "Allow" and takes_in(p.statement, example) for p in layers.identity):
                self.proofs += 1
                never = Question("never", kinds, patterns, partition=self._partition, given=layers.filled)
                if not isinstance(prove(never, bundle, assumptions=self._assumptions, realistic=False), Proved):
                    yield from patterns

    def _self_service(self, layers: Layers, kinds: tuple[str, ...]) -> Iterator[str]:
        decider = self.decider(layers)
        for action in SELF_SERVICE:
            asked = ((t.arn, k) for t in targets_of(action, self.subject, (), unheard=False) for k in kinds)
            if any(self._decision(decider, layers, action, arn, k) in ("allowed", "unknown") for arn, k in asked):
                yield action

    def tried(self, layers: Layers) -> Iterator[tuple[str, str]]:
        """Requests that the Allow statements of the user's own policies suggest."""
        for piece in layers.identity:
            if piece.statement.effect == "Allow":
                yield from self.tried_of(piece)

    def tried_of(self, piece: Piece) -> tuple[tuple[str, str], ...]:
        """Real requests that an Allow statement may grant, a few of them."""
        found = self._suggested.get(piece)
        if found is None:
            found = self._suggested[piece] = tuple(dict.fromkeys(_suggested_by(piece, self.subject)))
        return found

    def is_for_everybody(self, layers: Layers, found: Found) -> bool:
        """Whether the request passes for all who have the layers: no statement about it hangs on who asks."""
        key = (layers, found.action)
        if key not in self._personal:
            named = keys_named(piece for piece in layers.pieces() if takes_in(piece.statement, found.action))
            self._personal[key] = any(is_personal(name) for name in named)
        return found.name not in found.resource and not self._personal[key]

    # Asking ----------------------------------------------------------------------------------------------------------

    def request(self, layers: Layers, action: str, resource: str, kind: str) -> Request:
        """The request of whoever has the layers; of the keys whose values nobody told those that they hang on."""
        hanging = self._hanging.get(layers)
        if hanging is None:
            hanging = self._hanging[layers] = keys_named(layers.pieces())
        key = (layers.filled, hanging, kind)
        known = self._requesters.get(key)
        if known is None:
            known = self._requesters[key] = self._requester(layers, hanging, kind)
        return known.asking(action, resource)

    def _requester(self, layers: Layers, hanging: frozenset[str], kind: str) -> Request:
        context = {key: value for key, value in layers.filled if value is not None}
        made = Request.by_user(self.subject.user_arn, act.UNHEARD_OF, "*", credential=kind, context=context)
        untold = made.unspecified & hanging
        return Request(made.action, "*", principal=made.principal, context=made.context, unspecified=untold)

    def _decision(self, decider: Decider, layers: Layers, action: str, resource: str, kind: str) -> str:
        return decider.decide(self.request(layers, action, resource, kind)).decision


def core_of(layers: Layers) -> Layers:
    """What denies whatever else is attached."""
    denies = {p for p in (*layers.identity, *(layers.boundary or ())) if p.statement.effect == "Deny"}
    return Layers(in_order(denies), None, layers.scps, None, layers.filled)


def forces(piece: Piece) -> bool:
    """Whether the statement is a Deny that asks for MFA."""
    return piece.statement.effect == "Deny" and asks_for_mfa(piece.statement)


def _named(core: Layers) -> Iterator[str]:
    """Entries of actions that a Deny's list may exempt."""
    for piece in core.pieces():
        statement = piece.statement
        if statement.effect == "Deny":
            yield from (v.text for v in statement.action.values if statement.action.negated and v.text.strip("*"))


_FIRST_FOR_EVERYTHING = (("s3:ListAllMyBuckets", "*"), ("iam:ListUsers", "*"), ("ec2:DescribeInstances", "*"))


def keys_named(pieces: Iterable[Piece]) -> frozenset[str]:
    """The keys, in lower case, on which a verdict may hang."""
    keys: set[str] = set()
    for piece in pieces:
        statement = piece.statement
        keys |= {condition.key.text.lower() for condition in statement.conditions}
        texts = [value.text for condition in statement.conditions for value in condition.values]
        texts += [value.text for value in statement.resource.values] if statement.resource is not None else []
        for text in texts:
            if piece.variables and "${" in text:
                keys |= Template.parse(text, variables=True).keys
    return frozenset(keys)


def _suggested_by(piece: Piece, subject: Subject) -> Iterator[tuple[str, str]]:
    if piece.statement.action.negated:
        yield from _FIRST_FOR_EVERYTHING
        return
    for value in piece.statement.action.values:
        if not value.text.strip("*"):
            yield from _FIRST_FOR_EVERYTHING
            continue
        for action in actions_in(value.text)[:_MOST_EXAMPLES]:
            for target in targets_of(action, subject, (piece.document,), unheard=False):
                yield action, target.arn
