"""The flows that lead on from the user: to a role, and to the command line from a session in the console.

Which role is meant nobody tells. A flow that works for one that the policies name is told of that one. Whether a role
lets the user in is written in its trust policy, which AWS asks besides the user's own
(access_policies-cross-account-resource-access); unless it was read these flows are not decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from iamfa.arn import is_account_id, pattern_fields
from iamfa.evaluate.match import action_matches
from iamfa.lifecycle import moves
from iamfa.lifecycle.machine import Problem, Solution, solve
from iamfa.lifecycle.moves import Move
from iamfa.lifecycle.outcome import easiest, flow_result
from iamfa.lifecycle.result import DeviceKind, FlowName, FlowResult
from iamfa.lifecycle.starts import enabled_device, the_user
from iamfa.lifecycle.state import State, state_of
from iamfa.lifecycle.world import Ask, World
from iamfa.policy.bundle import document_of
from iamfa.policy.document import Statement
from iamfa.policy.glob import matcher, tokens_of

AUTHORIZE = "signin:AuthorizeOAuth2Access"
CREATE_TOKEN = "signin:CreateOAuth2Token"
"""What `aws login` calls, from CLI 2.32 on: the managed policy SignInLocalDevelopmentAccess grants these two
(AWS Sign-In User Guide, command-line-sign-in)."""

TRUST = "nothing that was read refuses it; the role's trust policy must name the account or the user"
TRUST_OR_GRANT = "only if another file grants sts:AssumeRole, or the role's trust policy names the user"

_MOST = 10
"""Of the resources that the policies name no more are tried."""


def cli_with_passkey(world: World, clients: Sequence[str] | None = None) -> Iterator[FlowResult]:
    """`aws login` from a session in the console that a passkey was shown for: STS takes no passkey, this way does.

    Taken to be asked with what the console's session carries; CloudTrail shows MFA in the session that results.
    """
    start = state_of((enabled_device(world, "fido"),), ("console-mfa",))

    def walked(client: str) -> FlowResult:
        steps = (moves.calling(AUTHORIZE, client), moves.calling(CREATE_TOKEN, client))
        problem = Problem(world, the_user(world), start, steps, lambda state: state.done >= {AUTHORIZE, CREATE_TOKEN})
        return flow_result("cli-with-passkey", "console-mfa", "fido", solve(problem))

    yield easiest(walked(client) for client in clients or clients_meant(world))


def clients_meant(world: World, of: Statement | None = None) -> tuple[str, ...]:
    """The clients of `aws login` that the policies may mean, or of a statement those that it names."""
    subject = world.subject
    usual = f"arn:{subject.partition}:signin:us-east-1:{subject.account}:oauth2/public-client/"
    found = (
        _named(world, action, usual + end, of)
        for action in (AUTHORIZE, CREATE_TOKEN)
        for end in ("localhost", "remote")
    )
    return tuple(dict.fromkeys(client for clients in found for client in clients))


def assume_role_with_code(world: World, roles: Sequence[str] | None = None) -> Iterator[FlowResult]:
    """AssumeRole with a long-term key, serial and code, as the AWS CLI does for `role_arn` and `mfa_serial`."""
    kinds: tuple[DeviceKind, ...] = ("virtual-any-name", "hardware", "fido")
    for kind in kinds:
        start = state_of((enabled_device(world, kind),), ("long-term-key",))
        yield _nearest(
            _assumed(world, FlowResult("assume-role-with-code", "long-term-key", kind, "blocked", ()), start, role)
            for role in roles or roles_meant(world)
        )


def assume_role_from_mfa_session(world: World, roles: Sequence[str] | None = None) -> Iterator[FlowResult]:
    """AssumeRole, or switching the role in the console, in a session that has shown a device."""
    for credential in ("token-mfa", "console-mfa"):
        start = state_of((enabled_device(world, "virtual-any-name"),), (credential,))
        yield _nearest(
            _assumed(world, FlowResult("assume-role-from-mfa-session", credential, None, "blocked", ()), start, role)
            for role in roles or roles_meant(world)
        )


def roles_meant(world: World, of: Statement | None = None) -> tuple[str, ...]:
    """The roles that the policies may mean, or of a statement those that it names."""
    subject = world.subject
    usual = f"arn:{subject.partition}:iam::{subject.account}:role/some-role"
    return _named(world, moves.ASSUME_ROLE, usual, of)


@dataclass(frozen=True, slots=True)
class Onward:
    """A flow to something that may be named: how it is walked to some of them, and which may be meant."""

    walk: Callable[[World, Sequence[str]], Iterator[FlowResult]]
    meant: Callable[[World, Statement | None], tuple[str, ...]]


ONWARD: Mapping[FlowName, Onward] = {
    "cli-with-passkey": Onward(cli_with_passkey, clients_meant),
    "assume-role-with-code": Onward(assume_role_with_code, roles_meant),
    "assume-role-from-mfa-session": Onward(assume_role_from_mfa_session, roles_meant),
}


def _nearest(results: Iterable[FlowResult]) -> FlowResult:
    """The best; of those that hang on a role's trust policy the one for which nothing else is wanting."""
    return easiest(sorted(results, key=lambda result: result.detail == TRUST_OR_GRANT))


def _assumed(world: World, flow: FlowResult, start: State, role: str) -> FlowResult:
    """The flow for one role. What no policy that was read grants, the role's trust policy may, by naming the user."""
    with_code = flow.flow == "assume-role-with-code"
    step: Move = moves.assuming_with_code(role) if with_code else moves.calling(moves.ASSUME_ROLE, role)
    problem = Problem(world, the_user(world), start, (step,), _assumed_role, more_may_be_granted=True)
    found = solve(problem)
    if found.kind == "not_decided" and world.bundle.resource is None:
        found = replace(found, detail=_what_is_wanting(world, flow, found, role))
    return flow_result(flow.flow, flow.credential, flow.device, found)


def _assumed_role(state: State) -> bool:
    return moves.ASSUME_ROLE in state.done


def _what_is_wanting(world: World, flow: FlowResult, found: Solution, role: str) -> str:
    counts = flow.flow == "assume-role-with-code" and (world.assumptions["assumerole-code-counts-for-caller"] == "yes")
    context = moves.CODE_JUST_GIVEN if counts else ()
    ask = Ask(world.subject.user_arn, moves.ASSUME_ROLE, role, flow.credential, context)
    return TRUST if world.if_trusted(ask).decision == "allowed" else TRUST_OR_GRANT


def _named(world: World, action: str, usual: str, of: Statement | None = None) -> tuple[str, ...]:
    """The usual ARN, and one for each entry that grants the action on others, or spares others, a few of them.

    Of one statement: each that it names, however many.
    """
    policies = world.bundle.identity if of is None else ()
    statements = [statement for policy in policies for statement in document_of(policy).statements]
    found = {usual: None} if of is None else {}
    for statement in statements if of is None else [of]:
        if statement.resource is None or statement.resource.negated is not (statement.effect == "Deny"):
            continue
        if any(action_matches(v.text, action) for v in statement.action.values) is statement.action.negated:
            continue
        for value in statement.resource.values:
            example = _example(value.text.replace("${aws:username}", world.subject.name), usual)
            if example is not None and (len(found) < _MOST or of is not None):
                found.setdefault(example)
    return tuple(found)


def _example(pattern: str, usual: str) -> str | None:
    """An ARN of the usual one's partition and type that fits the pattern, part for part the usual one where it fits."""
    fields = pattern_fields(pattern)
    parts = usual.split(":", 5)
    if len(fields) != len(parts):
        return None
    filled = [
        part if matcher(tokens_of(field))(part) else field.replace("*", "x").replace("?", "x")
        for field, part in zip(fields, parts, strict=True)
    ]
    alike = filled[:3] == parts[:3] and filled[5].partition("/")[0] == parts[5].partition("/")[0]
    return ":".join(filled) if alike and is_account_id(filled[4]) else None
