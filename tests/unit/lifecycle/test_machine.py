"""AWS's own rules and the policies, on one attempt and on a way to a goal."""

from __future__ import annotations

import pytest
from tests.unit.lifecycle.worlds import DEVICES, OWN, allow, chosen, deny, policy_of, short, world_of

from iamfa.lifecycle import moves
from iamfa.lifecycle.machine import Problem, Ruling, Solution, rule, solve
from iamfa.lifecycle.moves import Move, Person
from iamfa.lifecycle.result import AttackResult, Call, FlowResult
from iamfa.lifecycle.state import Actor, Device, State, state_of
from iamfa.lifecycle.subject import Subject
from iamfa.lifecycle.world import Ask, World
from iamfa.platform import RULES, Assumptions
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Kind
from iamfa.policy.policy import Policy

ALICE = Subject.of("alice")
MINE = Device(ALICE.device_arn("phone"), "virtual", Actor.USER, Actor.USER)
ALLOWED = world_of(allow("*"), subject=ALICE)


def alice(actor: Actor = Actor.USER, *names: str) -> Person:
    return Person(actor, Actor.USER, ALICE.user_arn, Actor.USER, ALICE.user_arn, names)


def problem(world: World, start: State, *steps: Move, goal: str = "token-mfa") -> Problem:
    return Problem(world, alice(Actor.USER, "phone"), start, steps, lambda state: goal in state.credentials)


def judged(world: World, state: State, move: Move, assumptions: Assumptions | None = None) -> Ruling:
    asked = (assumptions or world.assumptions).__getitem__
    (attempt,) = move(state, alice(), ALICE, asked)
    return rule(problem(world, state), state, attempt, asked)


def refused(platform: str | None, ruling: Ruling) -> bool:
    return ruling.refused and ruling.platform == platform


# AWS's own rules


@pytest.mark.parametrize("move", [moves.list_devices, moves.deactivate, moves.change_password])
def test_a_token_without_mfa_cannot_call_iam(move: Move) -> None:
    state = state_of((MINE,), ("token",))
    assert refused("token-without-mfa-cannot-call-iam", judged(ALLOWED, state, move))


def test_a_token_without_mfa_can_call_other_services() -> None:
    assert not judged(ALLOWED, state_of((), ("token",)), moves.work).refused


@pytest.mark.parametrize("credential", ["token", "token-mfa", "console", "console-mfa"])
def test_only_long_term_credentials_get_a_session_token(credential: str) -> None:
    state = state_of((MINE,), (credential,))
    for move in (moves.session_with_code, moves.session_without_code):
        if not (move is moves.session_without_code and credential == "token"):
            ruling = judged(ALLOWED, state, move)
            assert refused("session-credentials-cannot-get-session-token", ruling)
    assert not judged(ALLOWED, state_of((MINE,), ("long-term-key",)), moves.session_with_code).refused


def test_a_fido_device_cannot_be_shown_to_sts() -> None:
    fido = Device("arn:aws:iam::123456789012:u2f/user/alice/key", "fido", Actor.USER, Actor.USER)
    state = state_of((fido,), ("long-term-key",))
    assert refused("fido-cannot-be-used-with-sts", judged(ALLOWED, state, moves.session_with_code))
    assert not judged(ALLOWED, state, moves.session_without_code).refused


@pytest.mark.parametrize(("credential", "stopped"), [("long-term-key", True), ("console", True), ("token-mfa", False)])
def test_who_has_a_device_disables_it_with_mfa_only(credential: str, stopped: bool) -> None:
    ruling = judged(ALLOWED, state_of((MINE,), (credential,)), moves.deactivate)
    assert ruling.refused is stopped
    assert ruling.platform == ("own-device-needs-existing-mfa" if stopped else None)
    assert not judged(ALLOWED, state_of((MINE,), (credential,)), moves.deactivate, chosen(platform="2022-11")).refused


def test_a_first_device_is_enabled_without_mfa_and_the_rule_names_no_resync() -> None:
    spare = Device(MINE.serial, "virtual", None, Actor.USER)
    assert not judged(ALLOWED, state_of((spare,), ("long-term-key",)), moves.enable).refused
    drifted = Device(MINE.serial, "virtual", Actor.USER, Actor.USER, in_sync=False)
    assert not judged(ALLOWED, state_of((drifted,), ("long-term-key",)), moves.resync).refused


def test_the_rule_of_2023_is_for_the_own_devices_only() -> None:
    neighbour = Person(Actor.NEIGHBOUR, Actor.NEIGHBOUR, ALICE.neighbour_arn, Actor.USER, ALICE.user_arn)
    state = state_of((MINE,), ("long-term-key",))
    (attempt,) = moves.deactivate(state, neighbour, ALICE, str)
    where = Problem(ALLOWED, neighbour, state, (), lambda _: False)
    assert not rule(where, state, attempt, ALLOWED.assumptions.__getitem__).refused


@pytest.mark.parametrize(
    ("order", "platform"), [("after-policy", None), ("before-policy", "own-device-needs-existing-mfa")]
)
def test_who_refuses_when_both_do_is_an_assumption_that_changes_no_result(order: str, platform: str | None) -> None:
    world = world_of(allow("*"), deny("iam:DeactivateMFADevice"), subject=ALICE)
    state = state_of((MINE,), ("long-term-key",))
    ruling = judged(world, state, moves.deactivate, chosen(own_device_rule_order=order))
    assert refused(platform, ruling)
    found = solve(
        Problem(world, alice(), state, (moves.deactivate,), lambda s: not any(s.owned_by(Actor.USER))),
    )
    assert (found.kind, found.assumption, short(found.trace)) == ("stopped", None, ["Deactivate[long-term-key]!"])


def test_what_aws_refuses_no_grant_from_elsewhere_mends() -> None:
    world = world_of(allow("s3:*"), subject=ALICE)
    ruling = judged(world, state_of((MINE,), ("long-term-key",)), moves.deactivate)
    assert refused("own-device-needs-existing-mfa", ruling) and ruling.granted


def test_signing_in_is_a_matter_of_no_policy() -> None:
    world = world_of(deny("*"), subject=ALICE)
    assert not judged(world, state_of((), password=True), moves.sign_in).refused


# Policies


def test_a_grant_is_wanting_only_where_no_allow_speaks_of_the_action_and_one_could_help() -> None:
    state = state_of((), ("console",))
    silent = judged(world_of(allow("s3:*"), subject=ALICE), state, moves.list_devices)
    assert (silent.refused, silent.granted) == (True, False)
    elsewhere = world_of(allow("iam:List*", "arn:aws:iam::*:user/bob"), subject=ALICE)
    spoken = judged(elsewhere, state, moves.list_devices)
    assert (spoken.refused, spoken.granted) == (True, True)
    all_but = world_of({"Effect": "Allow", "NotAction": "s3:*", "Resource": "arn:aws:s3:::bucket"}, subject=ALICE)
    assert judged(all_but, state, moves.list_devices).granted
    bounded = World(Bundle([policy_of(allow("s3:*"))], boundary=policy_of(allow("s3:*"))), ALICE)
    assert judged(bounded, state, moves.list_devices).granted
    assert not judged(world_of(allow("s3:*"), deny("iam:*"), subject=ALICE), state, moves.work).granted


def listed(world: World) -> Call:
    found = solve(
        Problem(world, alice(), state_of((), ("console",)), (moves.list_devices,), lambda s: moves.LIST in s.done)
    )
    (call,) = found.trace
    return call


def test_a_refusal_names_the_statement_that_denies_or_comes_nearest_to_allowing() -> None:
    denied = listed(world_of(allow("iam:*"), deny("iam:List*", Sid="NoLists"), subject=ALICE))
    assert denied.by is not None
    assert (denied.by.policy, denied.by.statement_index, denied.by.statement_sid) == ("identity[0]", 1, "NoLists")
    assert str(denied.message).endswith("with an explicit deny in an identity-based policy")
    narrow = listed(world_of(allow("s3:*"), allow("iam:*", DEVICES), subject=ALICE))
    assert narrow.by is not None and narrow.by.statement_index == 1
    nothing = listed(world_of(allow("s3:*"), subject=ALICE))
    assert nothing.by is None and not nothing.granted


def test_a_refusal_names_the_layer_that_fails_to_allow() -> None:
    everything = policy_of(allow("*"))
    silent = listed(World(Bundle([everything], boundary=policy_of(allow("s3:*"))), ALICE))
    assert silent.by is not None
    assert (silent.by.policy, silent.by.statement_index) == ("boundary", None)
    near = listed(World(Bundle([everything], boundary=policy_of(allow("iam:*", DEVICES))), ALICE))
    assert near.by is not None and (near.by.policy, near.by.statement_index) == ("boundary", 0)
    guard = Policy.from_document({"Version": "2012-10-17", "Statement": [allow("s3:*")]}, kind=Kind.SCP)
    controlled = listed(World(Bundle([everything], scps=[[guard]]), ALICE))
    assert controlled.by is not None and controlled.by.policy == "scp"
    assert "no service control policy allows" in str(controlled.message)


def test_aws_s_own_refusals_carry_aws_s_words() -> None:
    found = solve(problem(ALLOWED, state_of((MINE,), ("console",)), moves.session_with_code))
    (call,) = found.trace
    assert call.message == RULES["session-credentials-cannot-get-session-token"].message
    assert call.by is not None and call.by.platform == "session-credentials-cannot-get-session-token"


# Ways


def test_the_trace_ends_with_the_first_refusal_that_stands() -> None:
    world = world_of(allow("iam:CreateVirtualMFADevice", DEVICES), deny("iam:EnableMFADevice"), subject=ALICE)
    start = state_of((), ("long-term-key",))
    found = solve(problem(world, start, moves.session_with_code, moves.create, moves.enable))
    assert (found.kind, short(found.trace)) == ("stopped", ["Create[long-term-key]", "Enable[long-term-key]!"])


def test_where_no_call_leads_to_the_goal_it_is_stopped() -> None:
    assert solve(problem(ALLOWED, state_of((), ("console",)), moves.create)) == Solution(
        "stopped", (), None, "no call leads there"
    )


def test_what_hangs_on_something_that_aws_does_not_document_depends() -> None:
    # Whether a Bool condition takes a variable is said in two ways; the operator table leaves it open.
    odd = deny("iam:ListMFADevices", Condition={"Bool": {"aws:MultiFactorAuthPresent": "${aws:SecureTransport}"}})
    world = world_of(allow("iam:*", OWN), odd, subject=ALICE)
    found = solve(
        Problem(world, alice(), state_of((), ("console",)), (moves.list_devices,), lambda s: moves.LIST in s.done)
    )
    assert (found.kind, found.detail) == ("depends", "hangs on what AWS does not document")


def test_the_context_that_is_told_reaches_every_request() -> None:
    world = world_of(
        allow("iam:*", Condition={"ForAnyValue:StringEquals": {"aws:CalledVia": "x.amazonaws.com"}}), subject=ALICE
    )
    assert not world.verdict(_listing()).allowed
    told = World(world.bundle, ALICE, world.assumptions, {"aws:CalledVia": ["x.amazonaws.com"]})
    assert told.verdict(_listing()).allowed


def _listing() -> Ask:
    return Ask(ALICE.user_arn, moves.LIST, ALICE.user_arn, "console")


# Results


def test_of_refused_calls_the_one_that_no_grant_would_mend_decides() -> None:
    wanting = Call("iam:A", "*", "console", "refused", granted=False)
    standing = Call("iam:B", "*", "console", "refused")
    passing = Call("iam:C", "*", "console", "ok")
    stopped = (passing, wanting, standing)
    assert FlowResult("get-session", "console", None, "blocked", stopped).refused is standing
    assert AttackResult("neighbour", "stopped", stopped).refused is standing
    open_ = (passing, wanting, wanting, passing)
    assert FlowResult("get-session", "console", None, "not_decided", open_).refused is wanting
    assert AttackResult("neighbour", "not_decided", (standing, wanting)).refused is standing
    assert FlowResult("get-session", "console", None, "works", (passing,)).refused is None
    assert AttackResult("neighbour", "succeeds", (passing,)).refused is None
