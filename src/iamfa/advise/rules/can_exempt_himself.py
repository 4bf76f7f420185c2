"""The user can get into the set that the enforcement spares, or out of the one that it binds.

`iam:TagUser` and `iam:UntagUser` change `aws:PrincipalTag`; `iam:UpdateUser` changes name and path, and needs the
permission on the old ARN and on the new one (AWS's page API_UpdateUser); who leaves the group that carries the file
leaves the file behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from iamfa.advise.actions import UNHEARD_OF
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Severity, Witness
from iamfa.advise.guard import guard
from iamfa.advise.rule import Rule
from iamfa.advise.ways_out import PRINCIPAL_ARN, TAG, USER_NAME, Escape, WayOut, request_with, ways_out
from iamfa.advise.wording import exempting_entry, granting_entry, listed, spared_in_words
from iamfa.evaluate.credential import WITH_MFA
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.request import Request
from iamfa.lifecycle.result import Call
from iamfa.policy.document import Kind

TAG_USER, UNTAG_USER, UPDATE_USER = "iam:TagUser", "iam:UntagUser", "iam:UpdateUser"
LEAVE_GROUP = "iam:RemoveUserFromGroup"


@dataclass(frozen=True, slots=True)
class _Move:
    """One call by which the user changes what he is."""

    action: str
    resource: str
    context: tuple[tuple[str, str | tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class _Exit:
    """A way into the spared set that consists of calls alone."""

    moves: tuple[_Move, ...]
    what: str
    with_mfa: bool = True
    """Whether it is said, too, where it takes a session with MFA."""


def _find(case: Case) -> Iterator[Finding]:
    exits = tuple(_exits(case))
    if not exits:
        return
    read = Decider(case.alone, assumptions=case.options.assumptions)
    # Where MFA is forced by grant, what something else might grant is no evidence.
    by_deny = case.file_class == "forces-by-deny"
    generous = Decider(case.everything, assumptions=case.options.assumptions) if by_deny else read
    kinds = [kind for kind in case.held_kinds if kind != "token"]  # a token without MFA cannot call IAM
    said: set[tuple[str, ...]] = set()
    for severity, decider, credentials in (
        (Severity.ERROR, generous, kinds),
        (Severity.WARNING, read, list(WITH_MFA)),
    ):
        for way in (each for each in exits if severity is Severity.ERROR or each.with_mfa):
            actions = tuple(dict.fromkeys(move.action for move in way.moves))
            credential = next((c for c in credentials if _passes(case, decider, way.moves, c)), None)
            if credential is not None and actions not in said:
                said.add(actions)
                granted = _passes(case, read, way.moves, credential)
                yield _finding(case, way, actions, severity, credential, granted=granted)


def _exits(case: Case) -> Iterator[_Exit]:
    for way in ways_out(case):
        moves = _moves(case, way)
        if moves:
            what = ", and at once ".join(spared_in_words(e.condition, e.value, holds=e.holds) for e in way.escapes)
            yield _Exit(moves, f"MFA is not asked of {what}")
    may_be = case.kind is Kind.GROUP or (case.kind is Kind.IDENTITY and LEAVE_GROUP in case.exempt)
    if may_be and case.file_class == "forces-by-deny":
        group = f"arn:{case.subject.partition}:iam::{case.subject.account}:group/own-group"
        # Who may do everything has his grants from the group as well; what he could lift is another matter.
        told = case.kind is Kind.GROUP and not case.allowed(UNHEARD_OF, case.targets(UNHEARD_OF)[0].arn, WITH_MFA[0])
        unsaid = "" if case.kind is Kind.GROUP else ", if it is attached to a group"
        what = f"whoever leaves the group leaves the policy behind{unsaid}"
        yield _Exit((_Move(LEAVE_GROUP, group),), what, with_mfa=told)


def _moves(case: Case, way: WayOut) -> tuple[_Move, ...]:
    """The calls that bring about every escape of the way; none where one of them is not the user's to change."""
    moves: dict[_Move, None] = {}
    for escape in way.escapes:
        if escape.key.startswith(TAG):
            moves[_tagging(case, escape)] = None
        elif escape.key in (PRINCIPAL_ARN, USER_NAME):
            moves[_Move(UPDATE_USER, case.subject.user_arn)] = None
            moves[_Move(UPDATE_USER, str(way.request.principal.text))] = None
        else:
            return ()
    return tuple(moves)


def _tagging(case: Case, escape: Escape) -> _Move:
    tag = escape.condition.key.text[len(TAG) :]
    keys: tuple[tuple[str, str | tuple[str, ...]], ...] = (("aws:TagKeys", (tag,)),)
    if escape.value is None:
        return _Move(UNTAG_USER, case.subject.user_arn, keys)
    return _Move(TAG_USER, case.subject.user_arn, (*keys, (f"aws:RequestTag/{tag}", escape.value)))


def _passes(case: Case, decider: Decider, moves: Sequence[_Move], credential: str) -> bool:
    return all(decider.decide(_request(case, move, credential)).decision == "allowed" for move in moves)


def _request(case: Case, move: _Move, credential: str) -> Request:
    usual = request_with(case, move.action, move.resource, credential, {})
    return Request(
        move.action, move.resource, principal=usual.principal, context={**usual.context, **dict(move.context)}
    )


def _finding(
    case: Case, way: _Exit, actions: tuple[str, ...], severity: Severity, credential: str, *, granted: bool
) -> Finding:
    without = severity is Severity.ERROR
    statements = case.policy.statements
    place = (exempting_entry(statements, actions[0]) if without else None) or granting_entry(statements, actions[0])
    statement, value = place if place else (None, None)
    move = way.moves[0]
    return RULE.found(
        severity,
        f"the user can exempt himself {'without' if without else 'with one session with'} MFA, by "
        f"{listed(actions)}{'' if granted else ', where something grants it'}: {way.what}",
        params={"actions": list(actions), "without_mfa": without, "granted": granted},
        statement=statement,
        span=value.span if value is not None else None,
        reason="exempt from MFA" if statement is not None and statement.effect == "Deny" else "granted on himself",
        witness=Witness(_request(case, move, credential), credential),
        trace=tuple(Call(m.action, m.resource, credential, "ok", granted=granted) for m in way.moves),
        notes=() if without else ("afterwards an access key or password alone is enough, for good",),
        repair=guard(case, actions[0]) if without else None,
    )


RULE = Rule(
    "can-exempt-himself",
    "error, warning where it takes MFA",
    "the user can get into the exempted set or out of the enforced one by changing his tags, name, path or group",
    _find,
)
