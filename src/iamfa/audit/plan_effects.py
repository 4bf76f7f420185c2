"""What a step does to the users whom it reaches: found once for all who have the same policies and are alike otherwise.

Users are alike to these questions if their layers are equal before and after, and their paths too, and if no entry of
Resource writes names of users or devices out; where one does, each is asked for himself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from iamfa.account.entities import Account
from iamfa.account.organization import Organization
from iamfa.advise.case import Case
from iamfa.advise.difference import difference_in
from iamfa.audit.enforced import own_context
from iamfa.audit.forcing import Forcing
from iamfa.audit.layers import Layers, Piece
from iamfa.audit.plan_values import Effect
from iamfa.audit.sets import Member, Reading
from iamfa.evaluate.credential import WITHOUT_MFA
from iamfa.lifecycle.flows import walk_flows
from iamfa.lifecycle.result import FlowResult
from iamfa.lifecycle.subject import Subject
from iamfa.lifecycle.world import World
from iamfa.platform import Assumptions
from iamfa.policy.policy import Policy

_RANK = {"works": 0, "depends": 1, "not_decided": 2, "blocked": 3}
_UNREAD_MAY_GRANT = _RANK["not_decided"]
_NO_NAME = frozenset("*?-_.@+=,/")


@dataclass(frozen=True, slots=True)
class Harm:
    """Why a step must not be made."""

    users: tuple[str, ...]
    lost: tuple[str, ...] = ()
    """Flows that they had, e.g. `enrol-first-device with long-term-key`."""
    freed: bool = False
    """Whether they were forced to use MFA, and would not be any more."""
    unread: tuple[str, ...] = ()
    """Policies that reach them and cannot be judged."""

    def __str__(self) -> str:
        who = _named(self.users)
        if self.unread:
            return f"not all that reaches {who} can be judged: {'; '.join(self.unread)}"
        if self.freed:
            return f"{who} would no longer be forced to use MFA"
        return f"{who} would lose what works now: {', '.join(self.lost)}"


@dataclass
class Effects:
    """Steps of one account weighed one after another."""

    organization: Organization | None
    assumptions: Assumptions
    may_lose: frozenset[str] = frozenset()
    """Names of flows."""
    _walked: dict[object, tuple[FlowResult, ...]] = field(default_factory=dict)
    _forcing: Forcing | None = None
    """What was proved, for all steps."""

    def of(
        self, before: Account, after: Account, users: Sequence[str], old: Policy, new: Policy
    ) -> tuple[tuple[Effect, ...], Harm | None]:
        """The effects for these users, and the first harm; *old* and *new* are the policy that changes."""
        readings = Reading(before, self.organization), Reading(after, self.organization)
        # Of the account it takes its number and partition alone.
        forcing = self._forcing = self._forcing or Forcing(before, self.assumptions)
        found: list[Effect] = []
        for members in _alike(readings, before, after, users):
            names = tuple(member.user.name for member in members)
            effect, harm = self._of_some(members[0], names, readings, after, forcing, old, new)
            if harm is not None:
                return tuple(found), harm
            found.append(effect)
        return tuple(found), None

    def _of_some(
        self,
        member: Member,
        names: tuple[str, ...],
        readings: tuple[Reading, Reading],
        account: Account,
        forcing: Forcing,
        old: Policy,
        new: Policy,
    ) -> tuple[Effect, Harm | None]:
        later = readings[1].member(account.users[member.user.name])
        were, are = readings[0].layers(member), readings[1].layers(later)
        effect = Effect(member.set.name, names)
        if member.set.wanting:
            return effect, Harm(names, unread=member.set.wanting)
        if forcing.denied(were, WITHOUT_MFA).holds and not forcing.denied(are, WITHOUT_MFA).holds:
            return effect, Harm(names, freed=True)
        flows = self._walk(were, member, account), self._walk(are, member, account)
        lost, gained = _compared(*flows)
        lost = [flow for flow in lost if flow.flow not in self.may_lose]
        if lost:
            return effect, Harm(names, tuple(dict.fromkeys(map(_flow_words, lost))))
        subject = subject_of(member, account)
        cases = _OneUsersCase(old, user=subject), _OneUsersCase(new, user=subject)
        permits, refuses = difference_in(*cases, were.bundle(), are.bundle())
        return Effect(member.set.name, names, permits, refuses, tuple(dict.fromkeys(map(_flow_words, gained)))), None

    def _walk(self, layers: Layers, member: Member, account: Account) -> tuple[FlowResult, ...]:
        key = layers, member.user.path, member.user.name if _names_users(layers) else None
        if key not in self._walked:
            world = World(layers.bundle(), subject_of(member, account), self.assumptions, context=own_context(member))
            self._walked[key] = walk_flows(world)
        return self._walked[key]


@dataclass
class _OneUsersCase(Case):
    """A policy judged for a user of the account, not for one that the policy means."""

    user: Subject = field(kw_only=True)

    @property
    def subject(self) -> Subject:
        return self.user


def subject_of(member: Member, account: Account) -> Subject:
    """The user as the walks know him."""
    user = member.user
    return Subject.of(user.name, account=account.number, partition=account.partition, path=user.path)


def _alike(
    readings: tuple[Reading, Reading], before: Account, after: Account, users: Sequence[str]
) -> Iterator[list[Member]]:
    found: dict[object, list[Member]] = {}
    for name in users:
        member, later = readings[0].member(before.users[name]), readings[1].member(after.users[name])
        layers = readings[0].layers(member), readings[1].layers(later)
        alone = name if any(map(_names_users, layers)) else None
        found.setdefault((member.set.name, layers, member.user.path, alone), []).append(member)
    yield from found.values()


def _names_users(layers: Layers) -> bool:
    return any(map(_writes_a_name_out, layers.pieces()))


def _writes_a_name_out(piece: Piece) -> bool:
    """Whether an entry tells users or devices apart by more than that they are called as the user is."""
    resource = piece.statement.resource
    for value in resource.values if resource is not None else ():
        for kind in (":user/", ":mfa/"):
            _, there, name = value.text.partition(kind)
            if there and not _NO_NAME.issuperset(name.replace("${aws:username}", "")):
                return True
    return False


def _compared(
    before: Collection[FlowResult], after: Collection[FlowResult]
) -> tuple[list[FlowResult], list[FlowResult]]:
    """The flows that were had and are worse now, and those that work now and did not.

    What another policy must grant counts as had as long as nothing denies it: that policy may be there and unread.
    """
    are = {(each.flow, each.credential, each.device): each for each in after}
    lost, gained = [], []
    for was in before:
        now = are[was.flow, was.credential, was.device]
        if _RANK[now.result] > _RANK[was.result] and _RANK[was.result] <= _UNREAD_MAY_GRANT:
            lost.append(was)
        elif now.result == "works" and was.result != "works":
            gained.append(now)
    return lost, gained


def _flow_words(flow: FlowResult) -> str:
    return f"{flow.flow} with {flow.credential}"


def _named(users: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in users[:3])
    return shown if len(users) <= 3 else f"{shown} and {len(users) - 3:,} more"
