"""The third answer: which users could, in a session with MFA, take away what forces a user. Roles and root apart.

Asked call by call of the evaluator, on the ARNs of the policies, groups and users at hand. Users with the same
statements about these calls are asked once, where no Resource names them by `${aws:username}`; where one does that
ends in the name, it fits nobody's ARN but their own, and they are asked for themselves. Other forms are asked user by
user as long as that ends, and otherwise the answer is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from iamfa.account.entities import Account
from iamfa.audit.enforced import own_context
from iamfa.audit.forcing import Forcing, forces
from iamfa.audit.keys import is_personal
from iamfa.audit.layers import Layers, Piece, in_order
from iamfa.audit.sets import Held, Member, Reading, decided
from iamfa.audit.unread import Unread
from iamfa.audit.values import Enforced, Lifted, Lifter
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.match import action_matches
from iamfa.evaluate.request import Request
from iamfa.platform import Assumptions
from iamfa.policy.variables import Template, Variable

_VERSIONS = ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion")
_CALLS = (
    *_VERSIONS, "iam:DetachUserPolicy", "iam:DeleteUserPolicy", "iam:PutUserPolicy", "iam:DetachGroupPolicy",
    "iam:DeleteGroupPolicy", "iam:PutGroupPolicy", "iam:RemoveUserFromGroup", "iam:AttachUserPolicy",
    "iam:AttachGroupPolicy", "iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary",
)  # fmt: skip
_MOST_NAMED = 20
_MOST_PAIRS = 200_000
"""So many pairs of users are asked one by one."""


@dataclass(frozen=True, slots=True)
class _Call:
    """A call that would take a policy away, or put another beside it."""

    action: str
    resource: str
    policy: str | None = None
    """What `iam:PolicyARN` holds."""


@dataclass(frozen=True, slots=True)
class _Actors:
    """Users who are alike to the calls that lift."""

    layers: Layers
    members: tuple[Member, ...]
    by_name: bool
    """Whether a statement tells them apart in another way than by the end of a Resource."""
    decider: Decider


@dataclass
class LiftedJudge:
    """Answers for the users of one account."""

    account: Account
    reading: Reading
    unread: Unread
    forcing: Forcing
    assumptions: Assumptions
    wanting: Callable[[Member], tuple[str, ...]]
    """Policies that reach a user, or may, and were not read."""
    _actors: list[_Actors] = field(default_factory=list)
    _of_user: dict[str, _Actors] = field(default_factory=dict)
    _asked: dict[object, str] = field(default_factory=dict)
    _alike: dict[object, tuple[tuple[_Actors, tuple[str, ...], bool], ...]] = field(default_factory=dict)
    _pairs: int = 0
    _unreadable: int = 0

    def know(self, members: Iterable[Member]) -> None:
        """The users who may call anything: those with a key or a password."""
        alike_in_all: dict[Layers, list[Member]] = {}
        for member in members:
            self._unreadable += bool(self.wanting(member))
            if not member.addressable:
                continue
            alike_in_all.setdefault(self.reading.layers(member), []).append(member)
        found: dict[Layers, list[Member]] = {}
        for layers, alike in alike_in_all.items():
            touched = layers.where(_touches)
            if any(piece.statement.effect == "Allow" for piece in touched.identity):
                found.setdefault(touched, []).extend(alike)
        for layers, alike in found.items():
            by_name = any(_names_otherwise(piece) for piece in layers.pieces())
            decider = Decider(layers.bundle(), assumptions=self.assumptions)
            actors = _Actors(layers, tuple(alike), by_name, decider)
            self._actors.append(actors)
            self._of_user |= {member.user.name: actors for member in alike}

    def answer(self, member: Member, enforced: Enforced) -> Lifted:
        """Who can lift what forces the user; *enforced* is the first answer."""
        if enforced.answer not in ("denied", "not-granted"):
            return Lifted("nothing-to-lift")
        forced_from_above = enforced.answer == "denied" and self._from_above(member, enforced)
        if forced_from_above:
            return Lifted(
                "nobody", reason="a policy of the organization forces the user, and no user of the account reaches it"
            )
        ways = self._ways(member, enforced)
        found: list[tuple[_Actors, tuple[str, ...], bool]] = []
        for actors in self._actors:
            if actors.by_name:
                self._pairs += len(actors.members)
                if self._pairs > _MOST_PAIRS:
                    return Lifted("unknown", reason="the policies name too many users in ways that only each shows")
        found += self._others(member, enforced, ways)
        own = self._self(member, enforced, ways)
        return self._told(member, found, own)

    # What there is to lift -------------------------------------------------------------------------------------------

    def _from_above(self, member: Member, enforced: Enforced) -> bool:
        layers = self.reading.layers(member)
        return (
            layers.scps is not None
            and self.forcing.denied(Layers((), None, layers.scps, None, layers.filled), enforced.kinds).holds
        )

    def _ways(self, member: Member, enforced: Enforced) -> tuple[tuple[Held, tuple[_Call, ...]], ...]:
        """The policies that force the user, or that grant him with MFA only, with the calls that change each."""
        held = [*member.held, *((member.boundary,) if member.boundary is not None else ())]
        found = []
        for each in held:
            pieces = decided(each.text, None, member.keys)
            if enforced.answer == "not-granted" or any(forces(piece) for piece in pieces):
                found.append((each, tuple(self._calls(each, member, by_grant=enforced.answer == "not-granted"))))
        return tuple(found)

    def _calls(self, held: Held, member: Member, *, by_grant: bool) -> Iterable[_Call]:
        source, user = held.source, member.user
        arn = source.arn
        if arn is not None and arn.split(":")[4] != "aws":
            yield _Call(_VERSIONS[0], arn)
            if len(self.account.policies[arn].versions) > 1:
                yield _Call(_VERSIONS[1], arn)
        if held is member.boundary:
            if not by_grant:
                yield _Call("iam:DeleteUserPermissionsBoundary", user.arn)
                yield _Call("iam:PutUserPermissionsBoundary", user.arn)
            return
        kind, _, name = source.holder.partition("/")
        group = kind == "group"
        resource = self.account.groups[name].arn if group else user.arn
        word = "Group" if group else "User"
        if by_grant:
            yield _Call(
                f"iam:Attach{word}Policy", resource, f"arn:{self.account.partition}:iam::aws:policy/AdministratorAccess"
            )
        elif arn is not None:
            yield _Call(f"iam:Detach{word}Policy", resource, arn)
        else:
            yield _Call(f"iam:Delete{word}Policy", resource)
        if by_grant or arn is None:
            yield _Call(f"iam:Put{word}Policy", resource)
        if group and not by_grant:
            yield _Call("iam:RemoveUserFromGroup", resource)

    def _lifts(self, member: Member, enforced: Enforced, taken: Sequence[Held]) -> bool:
        """Whether the user is not forced any more without these policies."""
        if enforced.answer == "not-granted":
            return bool(taken)
        if not taken:
            return False
        # By identity: the same policy may be attached, and be the boundary as well.
        left = {held.text for held in member.held if not any(held is each for each in taken)}
        layers = self.reading.layers(member)
        lost = any(each is member.boundary for each in taken)
        boundary = None if member.boundary is None or lost else layers.boundary
        pieces = {piece for text in left for piece in decided(text, None, member.keys)}
        return not self.forcing.denied(
            replace(layers, identity=in_order(pieces), boundary=boundary), enforced.kinds
        ).holds

    # Who may ---------------------------------------------------------------------------------------------------------

    def _others(
        self, member: Member, enforced: Enforced, ways: tuple[tuple[Held, tuple[_Call, ...]], ...]
    ) -> tuple[tuple[_Actors, tuple[str, ...], bool], ...]:
        """Those who lift as others would, with the calls, and whether that is certain; himself among them, if alike."""
        calls = tuple(call for _, each in ways for call in each)
        shared = all(call.resource != member.user.arn for call in calls)
        key = (member.set, self.reading.layers(member), enforced.answer, enforced.kinds, calls)
        if shared and key in self._alike:
            return self._alike[key]
        found = []
        for actors in self._actors:
            if actors.by_name:
                asked = [(replace(actors, members=(m,)), m) for m in actors.members]
            else:
                asked = [(actors, actors.members[0])]
            for some, speaker in asked:
                lifting = self._lifting(member, enforced, ways, some, speaker, himself=False)
                if lifting is not None:
                    found.append((some, *lifting))
        if shared:
            self._alike[key] = tuple(found)
        return tuple(found)

    def _self(
        self, member: Member, enforced: Enforced, ways: tuple[tuple[Held, tuple[_Call, ...]], ...]
    ) -> tuple[tuple[str, ...], bool] | None:
        actors = self._of_user.get(member.user.name)
        return None if actors is None else self._lifting(member, enforced, ways, actors, member, himself=True)

    def _lifting(
        self,
        member: Member,
        enforced: Enforced,
        ways: tuple[tuple[Held, tuple[_Call, ...]], ...],
        actors: _Actors,
        speaker: Member,
        *,
        himself: bool,
    ) -> tuple[tuple[str, ...], bool] | None:
        """The calls with which one actor lifts, and whether that is certain; None where he does not."""
        taken: dict[str, list[Held]] = {"allowed": [], "unknown": []}
        used: list[str] = []
        for held, calls in ways:
            answers = {call.action: self._may(actors, speaker, call, member, himself=himself) for call in calls}
            best = next((a for a in ("allowed", "unknown") if a in answers.values()), None)
            if best is not None:
                taken[best].append(held)
                used += [action for action, answer in answers.items() if answer == best]
        for certain, removed in ((True, taken["allowed"]), (False, taken["allowed"] + taken["unknown"])):
            if removed and self._lifts(member, enforced, removed):
                return tuple(dict.fromkeys(used)), certain
        return None

    def _may(self, actors: _Actors, speaker: Member, call: _Call, member: Member, *, himself: bool) -> str:
        """What the evaluator says of the call; of somebody else whom no name tells apart, under no user's name."""
        user = speaker.user.arn if himself or actors.by_name else self.forcing.subject.user_arn
        context = {"aws:MultiFactorAuthAge": "5", **self._about(call, member)}
        key = (id(actors.decider), call, user, tuple(sorted(context.items())))
        if key not in self._asked:
            own = (
                own_context(speaker)
                if himself or actors.by_name
                else {k: v for k, v in actors.layers.filled if v is not None}
            )
            request = Request.by_user(
                user, call.action, call.resource, credential="token-mfa", context={**own, **context}
            )
            self._asked[key] = actors.decider.decide(request).decision
        return self._asked[key]

    def _about(self, call: _Call, member: Member) -> dict[str, str]:
        """What the call carries about what it is made on."""
        found = {} if call.policy is None else {"iam:PolicyARN": call.policy}
        tags = member.user.tags if call.resource == member.user.arn else ()
        if call.resource in self.account.policies:
            tags = self.account.policies[call.resource].tags
        for key, value in tags:
            found |= {f"aws:ResourceTag/{key}": value, f"iam:ResourceTag/{key}": value}
        return found

    # In words --------------------------------------------------------------------------------------------------------

    def _told(
        self,
        member: Member,
        found: Sequence[tuple[_Actors, tuple[str, ...], bool]],
        own: tuple[tuple[str, ...], bool] | None,
    ) -> Lifted:
        name = member.user.name
        named: list[Lifter] = [] if own is None else [Lifter(name, *own)]
        count = len(named)
        for actors, calls, certain in found:
            himself = self._of_user.get(name) is actors or [m.user.name for m in actors.members] == [name]
            others = [m.user.name for m in actors.members[: _MOST_NAMED + 1] if m.user.name != name]
            count += len(actors.members) - int(himself)
            named += (Lifter(other, calls, certain) for other in others)
        named.sort(key=lambda lifter: lifter.user)
        if count:
            return Lifted("somebody", tuple(named[:_MOST_NAMED]), count)
        missing = self.unread.lacks("authorization_details", "policies")
        if missing or self._unreadable:
            return Lifted("unknown", reason="policies of users who may lift it were not read", not_read=missing)
        return Lifted("nobody")


def _touches(piece: Piece) -> bool:
    action = piece.statement.action
    return any(
        any(action_matches(value.text, asked) for value in action.values) is not action.negated for asked in _CALLS
    )


def _names_otherwise(piece: Piece) -> bool:
    """Whether the statement tells users apart in another way than by an entry of Resource that ends in `/NAME`."""
    for condition in piece.statement.conditions:
        templates = (Template.parse(value.text, variables=piece.variables) for value in condition.values)
        if is_personal(condition.key.text.lower()) or any(map(_names_the_user, templates)):
            return True
    for value in piece.statement.resource.values if piece.statement.resource is not None else ():
        template = Template.of_resource(value.text, variables=piece.variables)
        if not _names_the_user(template):
            continue
        *before, last = template.parts
        ends = isinstance(last, Variable) and last.key == "aws:username"
        if not (ends and before and str(before[-1]).endswith("/")):
            return True
        if any(isinstance(part, Variable) for part in before):
            return True
    return False


def _names_the_user(template: Template) -> bool:
    return any(map(is_personal, template.keys))
