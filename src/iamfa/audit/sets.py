"""Users by the policies that reach them: who has the same is judged together, as far as nothing tells them apart.

The argument for sharing. A request's verdict hangs on the policies, the action, the resource and the context. Of these
a user brings his policies, and in the context his name, his ARN, his account, his unique identifier and his tags. So:

1. A condition on one of those keys alone is decided for each user by itself, and taken out of the statement: where it
   holds the condition goes, where it does not the statement goes (it can fit none of his requests). What is left
   (`Layers`) hangs on the user through `${aws:username}` and the like, and through whose ARN a Resource names.
   Two users with equal layers have equal texts but for conditions that are decided alike for both.
2. What is proved of layers is proved for *any* user, any name and any path (`iamfa.proof`, no user named): it holds for
   each of them. What is refuted is refuted for a user by a request of his own, which the evaluator allows with his own
   policies; where that request does not carry over to him, he is judged alone.
3. Tags and identifiers that variables in a Resource still name stand in the key (`filled`), and their values go into
   the proof.

Names of users cannot hold `*`, `?` or `$` (the snapshot's reader refuses them), and values of variables are data
anyway. A text that cannot be read, or a policy that is not there, stands in the key by its name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from iamfa.account.bearing import MissingPolicyError, Source, managed, parsed
from iamfa.account.entities import Account, Group, User
from iamfa.account.organization import ControlKind, Organization
from iamfa.audit.keys import TAG, is_personal
from iamfa.audit.layers import Filled, Layers, Level, Piece, in_order
from iamfa.audit.values import Place
from iamfa.errors import IamfaError
from iamfa.policy.document import Condition, Document, Kind, Statement
from iamfa.policy.operators import ConditionTest, compile_condition, parse_operator
from iamfa.policy.variables import Template


@dataclass(frozen=True, slots=True)
class Held:
    """A policy that reaches a user."""

    source: Source
    text: str


@dataclass(frozen=True, slots=True)
class PolicySet:
    """The policies that reach a user, whoever he is."""

    identity: tuple[str, ...]
    """Texts, each once, in order."""
    boundary: str | None
    wanting: tuple[str, ...] = ()
    """Policies that are attached and could not be read, in words."""
    boundary_wanting: bool = False

    @property
    def name(self) -> str:
        """A short name that the texts alone decide."""
        told = repr((self.identity, self.boundary, self.wanting)).encode()
        return "set-" + hashlib.sha256(told).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Member:
    """A user with his policies."""

    user: User
    set: PolicySet
    held: tuple[Held, ...]
    boundary: Held | None
    keys: Mapping[str, str]
    """The keys of the context that he brings, in lower case."""
    addressable: bool = True
    """Whether requests of his can be told: not where his path holds what stands for a wildcard elsewhere."""


@dataclass
class Reading:
    """The policies of an account, each text parsed once."""

    account: Account
    organization: Organization | None
    faults: dict[str, str] = field(default_factory=dict)
    """Texts of policies that cannot be judged, with the reason."""
    _groups: dict[str, tuple[list[Held], list[str]]] = field(default_factory=dict)
    _shared: dict[tuple[object, ...], Layers] = field(default_factory=dict)
    _by_user: dict[str, Layers] = field(default_factory=dict)
    _alike: dict[str, tuple[object, ...]] = field(default_factory=dict)
    _by_set: dict[PolicySet, tuple[list[tuple[str, Kind | None]], frozenset[str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.scps = self._levels("SERVICE_CONTROL_POLICY", Kind.SCP)
        self.rcps = self._levels("RESOURCE_CONTROL_POLICY", Kind.RCP)

    def member(self, user: User) -> Member:
        """A user with all that reaches him."""
        held, wanting = self._of(user)
        for name in user.groups:
            if name not in self._groups:
                group = self.account.groups.get(name)
                self._groups[name] = ([], [f"the group `{name}` is not there"]) if group is None else self._of(group)
            of_group, missing = self._groups[name]
            held, wanting = held + of_group, wanting + missing
        boundary, lost = None, False
        if user.boundary is not None:
            source, text, fault = self._managed(user.boundary, f"user/{user.name}")
            boundary = Held(source, text) if fault is None else None
            lost = fault is not None
            wanting = [*wanting, f"the boundary {fault}"] if fault is not None else wanting
        addressable = not set(user.arn) & set("*?")
        if not addressable:
            wanting = [*wanting, f"no request can be asked about for `{user.arn}`, since its path holds a wildcard"]
        texts = tuple(sorted({each.text for each in held}))
        found = PolicySet(texts, None if boundary is None else boundary.text, tuple(sorted(set(wanting))), lost)
        return Member(user, found, tuple(held), boundary, keys_of(user, self.account), addressable)

    def _of(self, holder: User | Group) -> tuple[list[Held], list[str]]:
        """The policies of a user or of a group alone, and those that cannot be judged, in words."""
        held: list[Held] = []
        wanting: list[str] = []
        label = f"{type(holder).__name__.lower()}/{holder.name}"
        for name, text in holder.inline.items():
            fault = self.fault(text)
            if fault is None:
                held.append(Held(Source(name, label), text))
            else:
                wanting.append(f"`{name}` of `{label}`: {fault}")
        for arn in holder.attached:
            source, text, reason = self._managed(arn, label)
            if reason is None:
                held.append(Held(source, text))
            else:
                wanting.append(reason)
        return held, wanting

    def _managed(self, arn: str, label: str) -> tuple[Source, str, str | None]:
        try:
            source, text = managed(self.account, arn, label)
        except MissingPolicyError as error:
            return Source(arn, label, arn), "", error.message
        fault = self.fault(text)
        return source, text, None if fault is None else f"`{arn}`: {fault}"

    def fault(self, text: str, kind: Kind | None = None) -> str | None:
        """Why a text cannot be judged: it is no policy, or it holds an operator that nobody knows."""
        if text not in self.faults:
            try:
                for statement in parsed(text, kind).document.statements:
                    for condition in statement.conditions:
                        parse_operator(condition.operator.text)
            except IamfaError as error:
                self.faults[text] = error.message
            else:
                self.faults[text] = ""
        return self.faults[text] or None

    def _levels(self, kind: ControlKind, parsed_as: Kind) -> tuple[tuple[str, ...], ...] | None:
        levels = None if self.organization is None else self.organization.levels(self.account.number, kind)
        if levels is None:
            return None
        for policy in (p for level in levels for p in level):
            self.fault(policy.text, parsed_as)
        return tuple(tuple(policy.text for policy in level) for level in levels)

    @property
    def control_faults(self) -> tuple[str, ...]:
        """Policies of the organization that cannot be judged: a level with one of them may deny anything."""
        texts = [text for levels in (self.scps, self.rcps) for level in levels or () for text in level]
        return tuple(dict.fromkeys(self.faults[text] for text in texts if self.faults[text]))

    # Layers ----------------------------------------------------------------------------------------------------------

    def layers(self, member: Member) -> Layers:
        """What bears on the user, his own conditions decided."""
        name = member.user.name
        if name not in self._by_user:
            self._by_user[name] = self._layers(member)
        return self._by_user[name]

    def _layers(self, member: Member) -> Layers:
        if member.set not in self._by_set:
            self._by_set[member.set] = (self._texts(member.set), self._mentioned(member.set))
        texts, named = self._by_set[member.set]
        answers = tuple(tuple(test(member.keys) for test in personal(text, kind).values()) for text, kind in texts)
        filled = tuple(sorted((key, member.keys.get(key)) for key in named))
        key = (member.set, answers, filled)
        self._alike[member.user.name] = key
        if key not in self._shared:
            self._shared[key] = self._made(member, filled)
        return self._shared[key]

    def alike(self, member: Member) -> tuple[object, ...]:
        """What users have in common for whom the same statements of the same policies bear."""
        self.layers(member)
        return self._alike[member.user.name]

    def _texts(self, found: PolicySet) -> list[tuple[str, Kind | None]]:
        texts: list[tuple[str, Kind | None]] = [(text, None) for text in found.identity]
        texts += [(found.boundary, None)] if found.boundary is not None else []
        for levels, kind in ((self.scps, Kind.SCP), (self.rcps, Kind.RCP)):
            texts += [(text, kind) for level in levels or () for text in level if self.fault(text, kind) is None]
        return texts

    def _mentioned(self, found: PolicySet) -> frozenset[str]:
        return frozenset[str]().union(*(mentioned(text, kind) for text, kind in self._texts(found)))

    def _made(self, member: Member, filled: Filled) -> Layers:
        def level(texts: tuple[str, ...], kind: Kind | None = None) -> Level:
            return in_order(
                {p for text in texts if self.fault(text, kind) is None for p in decided(text, kind, member.keys)}
            )

        found = member.set
        boundary: Level | None = None if found.boundary is None else tuple(decided(found.boundary, None, member.keys))
        return Layers(
            level(found.identity),
            boundary,
            None if self.scps is None else tuple(level(texts, Kind.SCP) for texts in self.scps),
            None if self.rcps is None else tuple(level(texts, Kind.RCP) for texts in self.rcps),
            filled,
        )

    def spared(self, member: Member) -> list[tuple[Piece, Piece, tuple[Condition, ...]]]:
        """Statements that bear on others and not on the user: as they stand, without the conditions that spare him, and
        those conditions."""
        found = []
        for text, kind in self._texts(member.set):
            tests, document = personal(text, kind), parsed(text, kind).document
            for statement in document.statements:
                own = {n: c for n, c in enumerate(statement.conditions) if (statement.index, n) in tests}
                sparing = tuple(c for n, c in own.items() if tests[statement.index, n](member.keys) is False)
                if sparing:
                    kept = tuple(c for n, c in enumerate(statement.conditions) if n not in own)
                    bare = Piece.of(replace(statement, conditions=kept), document)
                    found.append((Piece.of(statement, document), bare, sparing))
        return found

    # Places ----------------------------------------------------------------------------------------------------------

    def place(self, member: Member, wanted: Callable[[Piece], bool]) -> Place | None:
        """Where the first statement stands that reaches the user and is *wanted*, his own conditions decided."""
        return next(iter(self.places(member, wanted)), None)

    def places(self, member: Member, wanted: Callable[[Piece], bool]) -> list[Place]:
        """Where all of them stand."""
        found = []
        for held in (*member.held, *((member.boundary,) if member.boundary is not None else ())):
            found += _in_document(held.source, held.text, None, member.keys, wanted)
        for kind, parsed_as in _CONTROLS:
            levels = None if self.organization is None else self.organization.levels(self.account.number, kind)
            if levels is None or self.organization is None:
                continue
            for target, level in zip(self.organization.way_to(self.account.number), levels, strict=True):
                for policy in level:
                    if self.fault(policy.text, parsed_as) is None:
                        arn = self.organization.policy_arn(policy, self.account.partition)
                        source = Source(policy.name, target, arn)
                        found += _in_document(source, policy.text, parsed_as, member.keys, wanted)
        return found


_CONTROLS: tuple[tuple[ControlKind, Kind], ...] = (
    ("SERVICE_CONTROL_POLICY", Kind.SCP), ("RESOURCE_CONTROL_POLICY", Kind.RCP),
)  # fmt: skip


def _in_document(
    source: Source, text: str, kind: Kind | None, keys: Mapping[str, str], wanted: Callable[[Piece], bool]
) -> list[Place]:
    document = parsed(text, kind).document
    found = []
    for statement in document.statements:
        piece = _decided(statement, document, keys, personal(text, kind))
        if (piece is not None and wanted(piece)) or wanted(Piece.of(statement, document)):
            found.append(Place(source.name, source.holder, source.arn, statement.index, statement.sid))
    return found


def keys_of(user: User, account: Account) -> dict[str, str]:
    """The keys of the context that a user brings into each of his requests."""
    found = {"aws:username": user.name, "aws:principalarn": user.arn, "aws:principalaccount": account.number}
    if user.id:
        found["aws:userid"] = user.id
    for key, value in user.tags:
        found[TAG + key.lower()] = value
    return found


_USER_ID = "aws:userid"
Tests = Mapping[tuple[int, int], ConditionTest]
"""By the index of the statement and of the condition in it."""


@lru_cache(maxsize=8192)
def personal(text: str, kind: Kind | None) -> Tests:
    """The conditions of a policy that the user himself decides, with their tests."""
    document = parsed(text, kind).document
    found = {}
    for statement in document.statements:
        for n, condition in enumerate(statement.conditions):
            if is_personal(condition.key.text.lower()) and all(map(is_personal, _variables(condition, document))):
                values = [value.text for value in condition.values]
                test = compile_condition(
                    condition.operator.text, condition.key.text, values, variables=document.variables
                )
                by_id = _USER_ID in (condition.key.text.lower(), *_variables(condition, document))
                found[statement.index, n] = _where_told(test) if by_id else test
    return found


def _where_told(test: ConditionTest) -> ConditionTest:
    """The same, open where the unique identifier was not read: every request carries one."""
    return lambda keys: test(keys) if _USER_ID in keys else None


@lru_cache(maxsize=8192)
def mentioned(text: str, kind: Kind | None) -> frozenset[str]:
    """Tags of the user on which a policy hangs otherwise: in variables, and beside other keys."""
    document, tests = parsed(text, kind).document, personal(text, kind)
    keys: set[str] = set()
    for statement in document.statements:
        for value in statement.resource.values if statement.resource is not None else ():
            keys |= Template.of_resource(value.text, variables=document.variables).keys
        for n, condition in enumerate(statement.conditions):
            if (statement.index, n) not in tests:
                keys |= {condition.key.text.lower(), *_variables(condition, document)}
    return frozenset(key for key in keys if key.startswith(TAG))


def _variables(condition: Condition, document: Document) -> frozenset[str]:
    templates = (Template.parse(v.text, variables=document.variables) for v in condition.values)
    return frozenset[str]().union(*(template.keys for template in templates))


def decided(text: str, kind: Kind | None, keys: Mapping[str, str]) -> list[Piece]:
    """The statements of a policy that can bear on the user, without the conditions that he fulfils anyway."""
    document, tests = parsed(text, kind).document, personal(text, kind)
    if not tests:
        return list(undecided(text, kind))
    found = (_decided(statement, document, keys, tests) for statement in document.statements)
    return [piece for piece in found if piece is not None]


@lru_cache(maxsize=8192)
def undecided(text: str, kind: Kind | None) -> tuple[Piece, ...]:
    """The statements of a policy that bears on everybody alike."""
    document = parsed(text, kind).document
    return tuple(Piece.of(statement, document) for statement in document.statements)


def _decided(statement: Statement, document: Document, keys: Mapping[str, str], tests: Tests) -> Piece | None:
    kept = []
    for n, condition in enumerate(statement.conditions):
        test = tests.get((statement.index, n))
        answer = None if test is None else test(keys)
        if answer is False:
            return None
        if answer is None:
            kept.append(condition)
    return Piece.of(replace(statement, conditions=tuple(kept)), document)
