"""Roles that users can assume without MFA, and what lies behind them: judged by AssumeRole itself, not by spelling.

Who is named in a trust policy is asked for himself; of the others those with the same statements about AssumeRole are
asked once. Where a trust or a policy hangs on more than MFA (an external id, an address, a tag), the prover looks for a
request that passes, whatever it carries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from iamfa.account.bearing import bundle_for, parsed
from iamfa.account.entities import Account, Role
from iamfa.advise.situation import MFA_KEYS
from iamfa.audit.enforced import kinds_of, own_context
from iamfa.audit.holdings import Holdings
from iamfa.audit.keys import is_personal
from iamfa.audit.layers import Layers, Piece
from iamfa.audit.sets import Member, Reading
from iamfa.audit.values import Witnessed
from iamfa.errors import IamfaError
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.match import action_matches
from iamfa.evaluate.principal import Principal
from iamfa.evaluate.request import Request
from iamfa.lifecycle.moves import ASSUME_ROLE, UNHEARD_OF
from iamfa.platform import Assumptions
from iamfa.policy.document import Document, Kind
from iamfa.policy.variables import Template
from iamfa.proof.answer import Proved, Refuted, prove
from iamfa.proof.question import Question

_MOST_GRANTS = 8
_MOST_PROOFS = 400
"""So many proofs are made for roles; what they do not reach is told as undecided."""


@dataclass(frozen=True, slots=True)
class OpenRole:
    """A role that users can assume without MFA."""

    role: Role
    users: tuple[str, ...]
    """Their names."""
    witness: Witnessed
    grants: tuple[str, ...]
    """What the role may do, its broadest entries first."""
    administers: bool
    """Whether it may do whatever it likes."""


@dataclass(frozen=True, slots=True)
class Roles:
    """What was found of the account's roles."""

    open: tuple[OpenRole, ...]
    undecided: tuple[str, ...]
    """Names of roles of which nothing was shown."""
    unreadable: tuple[str, ...]
    """Names of roles whose trust policies cannot be judged, with the reason."""


@dataclass
class RoleJudge:
    """Looks at every role that trusts users of the account."""

    account: Account
    reading: Reading
    holdings: Holdings
    assumptions: Assumptions
    _proofs: int = 0
    _classes: list[tuple[Layers, tuple[str, ...], tuple[Member, ...]]] = field(default_factory=list)
    """Users with the same statements about AssumeRole and the same kinds of credential."""

    def judge(self, members: Sequence[Member]) -> Roles:
        """Every role of the account."""
        by_layers: dict[Layers, list[Member]] = {}
        for member in (each for each in members if each.addressable):
            by_layers.setdefault(self.reading.layers(member), []).append(member)
        classes: dict[Layers, list[Member]] = {}
        for layers, alike in by_layers.items():
            classes.setdefault(layers.where(_touches), []).extend(alike)
        for layers, alike in classes.items():
            by_kinds: dict[tuple[str, ...], list[Member]] = {}
            for member in alike:
                by_kinds.setdefault(self._kinds(member), []).append(member)
            self._classes += ((layers, kinds, tuple(found)) for kinds, found in by_kinds.items())
        found, undecided, unreadable = [], [], []
        for role in sorted(self.account.roles.values(), key=lambda role: role.name):
            fault = self.reading.fault(role.trust, Kind.TRUST)
            if fault is not None:
                unreadable.append(f"`{role.name}`: {fault}")
                continue
            trust = parsed(role.trust, Kind.TRUST).document
            if not _names_users(trust, self.account):
                continue
            users, witness, doubtful = self._users(role, trust)
            if witness is not None:
                grants, administers = self._grants(role)
                found.append(OpenRole(role, tuple(sorted(users)), witness, grants, administers))
            elif doubtful:
                undecided.append(role.name)
        return Roles(tuple(found), tuple(undecided), tuple(unreadable))

    def _users(self, role: Role, trust: Document) -> tuple[list[str], Witnessed | None, bool]:
        users: list[str] = []
        first: Witnessed | None = None
        doubtful = False
        named = {entry.value.text for s in trust.statements for entry in (s.principal.values if s.principal else ())}
        for layers, kinds, members in self._classes:
            alone = any(_hangs_on_the_user(piece) for piece in (*layers.pieces(), *_pieces(trust)))
            apart = [m for m in members if alone or m.user.arn in named or m.user.id in named]
            rest = [] if alone else [m for m in members if m not in apart] if apart else members
            groups = [*([m] for m in apart), *([rest] if rest else [])]
            decider = Decider(
                replace(layers.bundle(), resource=trust, resource_account=self.account.number),
                assumptions=self.assumptions,
            )
            for alike in groups:
                witness, open_question = self._passes(decider, trust, layers, alike[0], role, kinds)
                doubtful = doubtful or open_question
                if witness is not None:
                    first = first or witness
                    users += (m.user.name for m in alike)
        return users, first, doubtful

    def _kinds(self, member: Member) -> tuple[str, ...]:
        """The kinds that the user can have; a token without MFA calls AssumeRole, too (API_GetSessionToken)."""
        name = member.user.name
        return kinds_of(self.holdings.may_have_key(name), self.holdings.has_password(name))

    def _passes(
        self, decider: Decider, trust: Document, layers: Layers, member: Member, role: Role, kinds: tuple[str, ...]
    ) -> tuple[Witnessed | None, bool]:
        """A request of the user that passes without MFA, or whether that stays open."""
        for kind in kinds:
            request = Request.by_user(
                member.user.arn, ASSUME_ROLE, role.arn, credential=kind, context=own_context(member)
            )
            if decider.decide(request).decision == "allowed":
                return Witnessed(request, kind), False
        if not any(_hangs_on_more(piece) for piece in (*layers.pieces(), *_pieces(trust))):
            return None, False
        if self._proofs >= _MOST_PROOFS:
            return None, True
        self._proofs += 1
        question = Question(
            "never",
            kinds,
            (ASSUME_ROLE,),
            (),
            (role.arn,),
            Principal.parse(member.user.arn),
            given=tuple(own_context(member).items()),
        )
        answer = prove(question, decider.bundle, assumptions=self.assumptions, realistic=False)
        if isinstance(answer, Refuted):
            return Witnessed(answer.witness, answer.credential), False
        return None, not isinstance(answer, Proved)

    def _grants(self, role: Role) -> tuple[tuple[str, ...], bool]:
        """What the role's policies allow, the broadest entries first, and whether that is everything."""
        texts = [*role.inline.values()]
        texts += [self.account.policies[arn].text for arn in role.attached if arn in self.account.policies]
        allows = [
            statement
            for text in texts
            if self.reading.fault(text) is None
            for statement in parsed(text).document.statements
            if statement.effect == "Allow"
        ]
        entries = {
            f"all but {value.text}" if statement.action.negated else value.text: None
            for statement in allows
            for value in statement.action.values
        }
        return tuple(sorted(entries, key=_breadth)[:_MOST_GRANTS]), self._may_everything(role)

    def _may_everything(self, role: Role) -> bool:
        """Whether it may do what nobody named, and give itself what it wants."""
        try:
            bundle = bundle_for(self.account, role, self.reading.organization)
            session = f"arn:{self.account.partition}:sts::{self.account.number}:assumed-role/{role.name}/session"
            thing = f"arn:{self.account.partition}:unheard-of:us-east-1:{self.account.number}:thing/one"
            context = {"aws:MultiFactorAuthPresent": "false", "aws:PrincipalType": "AssumedRole"}
            decider = Decider(bundle, assumptions=self.assumptions)
            asked = (
                (UNHEARD_OF, thing),
                ("iam:PutUserPolicy", self.account.root_arn.replace(":root", ":user/anybody")),
            )
            return all(
                decider.decide(Request(action, on, principal=session, context=context)).allowed for action, on in asked
            )
        except IamfaError:
            return False


def _breadth(entry: str) -> tuple[int, str]:
    """The less a pattern spells of an action, the more it takes in."""
    if not entry.strip("*"):
        return 0, entry
    if entry.startswith("all but "):
        return 1, entry
    return (2 if entry.endswith(":*") else 3 if "*" in entry else 4), entry


def _touches(piece: Piece) -> bool:
    action = piece.statement.action
    return any(action_matches(value.text, ASSUME_ROLE) for value in action.values) is not action.negated


def _pieces(document: Document) -> Iterator[Piece]:
    for statement in document.statements:
        yield Piece.of(statement, document)


def _names_users(trust: Document, account: Account) -> bool:
    """Whether the trust policy lets anybody of the account in, as far as its Principal goes."""
    own = (f"arn:{account.partition}:iam::{account.number}:root", account.number, "*")
    prefix = f"arn:{account.partition}:iam::{account.number}:user/"
    for statement in trust.statements:
        if statement.effect != "Allow" or statement.principal is None:
            continue
        for entry in statement.principal.values:
            text = entry.value.text
            if entry.type in ("AWS", "*") and (text in own or text.startswith((prefix, "AIDA"))):
                return True
    return False


def _hangs_on_the_user(piece: Piece) -> bool:
    """Whether something in the statement may tell users apart who have the same layers: a variable, a personal key."""
    resource = piece.statement.resource
    templates = [
        *(Template.of_resource(v.text, variables=piece.variables) for v in (resource.values if resource else ())),
        *(Template.parse(v.text, variables=piece.variables) for c in piece.statement.conditions for v in c.values),
    ]
    personal = any(is_personal(c.key.text.lower()) for c in piece.statement.conditions)
    return personal or any(template.has_variables for template in templates)


def _hangs_on_more(piece: Piece) -> bool:
    """Whether the statement hangs on keys besides MFA that a request may carry or not."""
    return any(c.key.text.lower() not in MFA_KEYS for c in piece.statement.conditions)
