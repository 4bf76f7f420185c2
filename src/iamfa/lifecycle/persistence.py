"""What a session with MFA in other hands leaves behind: a device, a key, or a user without the policies that force MFA.

AWS's rule of 2023 asks for a device of whoever enables one, and the session has shown one. What narrows the attack is a
Deny by the age of the code: so it is walked with sessions of every age that the policies tell apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from iamfa.evaluate.credential import WITH_MFA
from iamfa.lifecycle import moves
from iamfa.lifecycle.ages import Aged, by_age
from iamfa.lifecycle.machine import Problem, Solution, solve
from iamfa.lifecycle.moves import Move
from iamfa.lifecycle.names import names_under
from iamfa.lifecycle.outcome import Tried, attack_result, best_of, best_tried, incomplete
from iamfa.lifecycle.result import AttackResult
from iamfa.lifecycle.service_credentials import CREATE_FOR_SERVICE, RESET_FOR_SERVICE, sent_with
from iamfa.lifecycle.starts import enabled_device, other_name
from iamfa.lifecycle.state import Actor, State, state_of
from iamfa.lifecycle.theft import names_for, thief
from iamfa.lifecycle.world import World
from iamfa.policy.document import Effect

LASTING = (
    "iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:UploadSSHPublicKey",
    "iam:UploadSigningCertificate", CREATE_FOR_SERVICE, RESET_FOR_SERVICE,
)  # fmt: skip
"""What gives whoever calls it a credential of a user that outlives the session; AWS authorises each on the user
(Service Authorization Reference, IAM)."""

_TOO_MANY = "the policies tell too many names apart to try one of each kind"
_SESSIONS = {"token-mfa": "a session token", "console-mfa": "a console session"}


def stolen_mfa_session(world: World) -> AttackResult:
    """Whoever holds a session with MFA enables a device of his own for the user, or takes a credential that lasts.

    It depends on the age where sessions of some ages are refused and those of others are not.
    """
    aged = by_age(world)
    tried = [
        [Tried(words, _persisting(each.world, credential)) for credential, words in _SESSIONS.items()] for each in aged
    ]
    if len(aged) == 1:
        return _or_another_call(attack_result("stolen-mfa-session", tried[0]))
    variants = [
        replace(run[0][1], words=f"{words}, {_window(run)}")
        for place, words in enumerate(_SESSIONS.values())
        for run in _runs([(each, found[place]) for each, found in zip(aged, tried, strict=True)])
    ]
    result = _or_another_call(attack_result("stolen-mfa-session", variants))
    at_best = [(each, best_tried(found)) for each, found in zip(aged, tried, strict=True)]
    if all(best.outcome == result.result for _, best in at_best):
        return result
    window = " or ".join(_window(run) for run in _runs(at_best) if run[0][1].outcome == result.result)
    otherwise = {best.outcome for _, best in at_best} - {result.result}
    window += ", at other ages it is " + ("refused" if otherwise == {"stopped"} else "not decided here")
    if result.result == "succeeds":
        return replace(result, result="depends", detail=window)
    return replace(result, detail=f"{window}; {result.detail}" if result.detail else window)


def _or_another_call(result: AttackResult) -> AttackResult:
    """Several calls do the same, and the result shows one of them."""
    if result.result != "not_decided" or result.detail is None or result.detail == _TOO_MANY:
        return result
    return replace(result, detail=f"{result.detail}, or another call that does the same")


def _persisting(world: World, credential: str) -> Solution:
    user = world.subject.user_arn
    others, all_users = _resources(world, "user", LASTING)
    users = dict.fromkeys((user, *others))
    takes = tuple(moves.calling(action, *users, sending=sent_with(world, action)) for action in LASTING)
    steps: tuple[Move, ...] = (moves.create, moves.enable, *takes)
    if credential == "console-mfa":
        steps = (*steps, moves.register_fido)
    device = enabled_device(world, "virtual-any-name", name=other_name(world))
    start = state_of((device,), (credential,))
    found = solve(Problem(world, thief(world), start, steps, _persists, more_may_be_granted=True))
    return found if all_users and names_for(world, user)[1] else incomplete(found, _TOO_MANY)


def _persists(state: State) -> bool:
    return bool(state.done) or any(device.seed_with is Actor.THIEF for device in state.owned_by(Actor.USER))


def _runs(tried: Sequence[tuple[Aged, Tried]]) -> Iterator[list[tuple[Aged, Tried]]]:
    """The ages of one outcome that follow each other."""
    for _, run in groupby(tried, key=lambda pair: pair[1].outcome):
        yield list(run)


def _window(run: Sequence[tuple[Aged, Tried]]) -> str:
    return f"{run[0][0].seconds} to {run[-1][0].seconds} seconds after the code"


# Lifting the enforcement


_Enforcement = tuple[str, Effect]
"""The kind of a policy, as labels begin with it, and what its statements do."""

_ORGANIZATION = "a policy of the organization"
_ANOTHER_ACCOUNT = "210987654321"
"""The organization's policies are those of its management account."""

_NAMES = {
    "user": "neighbour",
    "group": "everybody",
    "policy": "ForceMFA",
    _ORGANIZATION: "o-exampleorgid/service_control_policy/p-examplepolicy",
}
"""What stands for all where no policy tells names apart."""


@dataclass(frozen=True, slots=True)
class _Way:
    """Calls each of which takes away what forces MFA, where it is attached in one way."""

    words: str
    by: frozenset[_Enforcement]
    """What is lifted so."""
    actions: tuple[str, ...]
    kind: str
    """The type of the resource on which AWS authorises them: `user`, `group`, `policy`, or one of Organizations."""


_BY_DENY: frozenset[_Enforcement] = frozenset({("identity", "Deny")})
_BY_GRANT: frozenset[_Enforcement] = frozenset({("identity", "Allow")})
_BY_BOUNDARY: frozenset[_Enforcement] = frozenset({("boundary", "Deny"), ("boundary", "Allow")})
_BY_ORGANIZATION: frozenset[_Enforcement] = frozenset(
    {("scp", "Deny"), ("scp", "Allow"), ("rcp", "Deny"), ("rcp", "Allow")}
)
_WAYS = (
    _Way(
        "a policy of the user", _BY_DENY, ("iam:DetachUserPolicy", "iam:DeleteUserPolicy", "iam:PutUserPolicy"), "user"
    ),
    _Way(
        "a policy of a group", _BY_DENY,
        ("iam:DetachGroupPolicy", "iam:DeleteGroupPolicy", "iam:PutGroupPolicy", "iam:RemoveUserFromGroup"), "group",
    ),
    _Way("another policy for the user", _BY_GRANT, ("iam:AttachUserPolicy", "iam:PutUserPolicy"), "user"),
    _Way(
        "another policy for a group", _BY_GRANT,
        ("iam:AttachGroupPolicy", "iam:PutGroupPolicy", "iam:AddUserToGroup"), "group",
    ),
    _Way(
        "a permissions boundary", _BY_BOUNDARY,
        ("iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary"), "user",
    ),
    _Way(
        "a managed policy", _BY_DENY | _BY_GRANT | _BY_BOUNDARY,
        ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"), "policy",
    ),
    _Way(
        _ORGANIZATION, _BY_ORGANIZATION, ("organizations:DetachPolicy", "organizations:UpdatePolicy"), _ORGANIZATION
    ),
)  # fmt: skip
LIFTING = tuple(dict.fromkeys(action for way in _WAYS for action in way.actions))
"""Every call by which an enforcement may be lifted."""

_MFA_KEYS = frozenset({"aws:multifactorauthpresent", "aws:multifactorauthage"})


def lift_enforcement(world: World) -> AttackResult:
    """With a session that has shown MFA, one call takes the enforcement away for good, however it is attached.

    A Deny is lifted by taking it away; what is granted with MFA only, by another grant.
    """
    enforced = _enforcing(world)
    ways = [way for way in _WAYS if way.by & enforced]
    return _or_another_call(attack_result("lift-enforcement", [Tried(way.words, _lifting(world, way)) for way in ways]))


def _enforcing(world: World) -> frozenset[_Enforcement]:
    """By which kinds of policy MFA is asked for, and whether by Deny; where by none, what the account may have."""
    found: dict[str, Effect] = {}
    for layer in world.bundle.layers():
        kind = layer.label.partition("[")[0]
        for statement in layer.document.statements:
            if any(condition.key.text.lower() in _MFA_KEYS for condition in statement.conditions):
                found[kind] = "Deny" if found.get(kind) == "Deny" else statement.effect
    known = _BY_DENY | _BY_GRANT | _BY_BOUNDARY | _BY_ORGANIZATION
    return known & frozenset(found.items()) or _BY_DENY | _BY_BOUNDARY


def _lifting(world: World, way: _Way) -> Solution:
    own = way.kind == "user"
    resources, complete = ((world.subject.user_arn,), True) if own else _resources(world, way.kind, way.actions)
    steps = tuple(moves.calling(action, *resources) for action in way.actions)
    start = state_of((), WITH_MFA)
    found = best_of(
        solve(Problem(aged.world, thief(aged.world), start, steps, _called, more_may_be_granted=True))
        for aged in by_age(world)
    )
    return found if complete else incomplete(found, _TOO_MANY)


def _called(state: State) -> bool:
    return bool(state.done)


def _resources(world: World, kind: str, actions: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """ARNs of this type that stand for all, as far as the policies tell them apart, and whether they do."""
    subject = world.subject
    service, account = ("organizations", _ANOTHER_ACCOUNT) if kind == _ORGANIZATION else ("iam", subject.account)
    prefix = f"arn:{subject.partition}:{service}::{account}:{'policy' if kind == _ORGANIZATION else kind}/"
    prefer = _NAMES[kind]
    names = names_under(world.bundle, prefix, actions, user=subject.user_arn, context=world.context, prefer=(prefer,))
    return tuple(prefix + name for name in names or (prefer,)), names is not None
