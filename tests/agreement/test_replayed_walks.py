"""Every trace that `iamfa check` shows ends on a sandbox as it was told: what works works, what is refused is refused.

Played are the flows and attacks for the story's policies, AWS's own pages and policies at random, each from where it
began, with credentials of the kinds that it names and codes of real devices, under every reading of what is open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.agreement.replay import CONSOLE_FIDO, NOT_THERE, Stage, why_not
from tests.agreement.signed_calls import Wire
from tests.agreement.walked import Walk, Walked, watched
from tests.conftest import SOAK
from tests.properties.test_lifecycle import NAMED, POLICY
from tests.unit.lifecycle.worlds import AWS_PAGES, POLICIES, STORY

from iamfa import Policy, Sandbox
from iamfa.advise.case import Case, CheckOptions
from iamfa.advise.check import report_of
from iamfa.lifecycle import moves
from iamfa.lifecycle.asked import ATTACKS_ASK, FLOWS_ASK
from iamfa.lifecycle.attacks import walk_attacks
from iamfa.lifecycle.flows import walk_flows
from iamfa.lifecycle.persistence import LASTING
from iamfa.lifecycle.result import AttackName, AttackResult, AttackVariant, FlowName, FlowResult
from iamfa.lifecycle.service_credentials import CREATE_FOR_SERVICE, DAYS, RESET_FOR_SERVICE, SERVICE, SERVICES
from iamfa.lifecycle.subject import Subject
from iamfa.lifecycle.world import World
from iamfa.platform import Assumptions
from iamfa.policy.bundle import Bundle
from iamfa.sandbox.apis import rows_of

ALICE = Subject.of("alice")
START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
PERMISSION = ("AccessDenied", "InvalidClientTokenId")
CHANGES_NOTHING_TOLD = (moves.CREATE, moves.DELETE, moves.ENABLE, moves.DEACTIVATE, moves.RESYNC, moves.LIST)
"""Calls that must give their result where they are allowed; of the others what they are about need not be there."""
MUST_WORK = (*CHANGES_NOTHING_TOLD, moves.SESSION_TOKEN, moves.CHANGE_PASSWORD, moves.SIGN_IN)

SOME = settings.default.max_examples if SOAK else 30
"""Examples of what is at random."""
FEW = 1
"""How many walks of one flow and one attack are played in the short run."""
FLOWS, ATTACKS = st.sampled_from(sorted(FLOWS_ASK)), st.sampled_from(sorted(ATTACKS_ASK))


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Sandbox, Wire]]:
    with Sandbox(seed=7, services=False) as box, Wire(box.endpoint_url) as wire:
        box.clock.set(START, still=True)
        yield box, wire


def test_the_flows_and_attacks_that_are_played_are_those_of_the_report() -> None:
    options = CheckOptions(catalogue_age_days=0, select=frozenset({"unknown-action"}))
    case = Case(Policy.load(POLICIES / "aws-p5a.json"), options)
    report = report_of(case)
    assert (report.flows, report.attacks) == (case.flows, case.attacks)


def check(running: tuple[Sandbox, Wire], walk: Walk) -> None:
    """Play a walk and hold every call against what was told of it."""
    for call, answer in Stage(*running, walk).play():
        told = (walk.problem.start, walk.trace, call, answer)
        if call.outcome == "ok":
            assert answer.code not in PERMISSION, told
            assert answer.status == 200 or call.call not in MUST_WORK, told
        else:
            assert answer.code in PERMISSION, told
            assert call.message is None or answer.message == call.message, told


def shown(walked: Walked, flows: Sequence[FlowResult], attacks: Sequence[AttackResult]) -> list[Walk]:
    """The walks whose traces are shown, and what else was walked from where one began that depends.

    So what hangs on an assumption is played under each of its values. Each trace that is shown was walked.
    """
    results: list[FlowResult | AttackResult | AttackVariant] = [*flows, *attacks]
    results += [variant for each in attacks for variant in each.variants]
    traces = {each.trace for each in results}
    hanging = {each.trace for each in results if each.result == "depends"}
    assert traces - {walk.trace for walk in walked.walks} <= {()}
    begun = {(walk.problem.start, walk.problem.person) for walk in walked.walks if walk.trace in hanging}
    return [walk for walk in walked.walks if walk.trace in traces or (walk.problem.start, walk.problem.person) in begun]


def playable(walks: list[Walk]) -> list[Walk]:
    """All but those that hang on keys nobody told, such as `aws:SourceIp` or the age of a session found somewhere."""
    for walk in walks:
        assert set(why_not(walk)) <= {*NOT_THERE, CONSOLE_FIDO}
    return [walk for walk in walks if not walk.doubtful and walk.problem.world.age_known]


def test_what_cannot_be_played_is_not_in_the_sandbox() -> None:
    for call in NOT_THERE:
        service, operation = call.split(":")
        assert operation not in rows_of(service) or service == "organizations"


ALIKE = ("aws-p2.json", "aws-p3.json", "aws-p5b.json")
"""Pages so much like others that they are played in the long run only."""
FILES = [pytest.param(n, marks=[pytest.mark.soak] if n in ALIKE else []) for n in (*STORY, *AWS_PAGES)]


@pytest.mark.parametrize("name", FILES)
def test_what_check_shows_of_a_file_ends_on_a_sandbox_as_it_was_told(running: tuple[Sandbox, Wire], name: str) -> None:
    case = Case(Policy.load(POLICIES / name), CheckOptions(catalogue_age_days=0))
    with watched() as walked:
        flows, attacks = case.flows, case.attacks
    walks = shown(walked, flows, attacks)
    assert playable(walks) == walks
    assert len({walk.trace for walk in walks}) > 20
    # A reading that leads to the same calls is played in the long run only.
    once = {(walk.problem.start, walk.problem.person, walk.trace): walk for walk in walks}
    for walk in walks if SOAK else once.values():
        check(running, walk)


@pytest.mark.parametrize("action", LASTING)
def test_a_credential_that_a_stolen_session_leaves_behind_is_left_on_a_sandbox_too(
    running: tuple[Sandbox, Wire], action: str
) -> None:
    """Where several calls do the same, a trace shows the first: so each is played where a policy allows no other."""
    conditions = [{}, {"NumericLessThan": {"aws:MultiFactorAuthAge": "60"}}]
    if action in (CREATE_FOR_SERVICE, RESET_FOR_SERVICE):
        conditions += ({"StringEquals": {SERVICE: service}} for service in SERVICES)
    if action == CREATE_FOR_SERVICE:
        conditions += ({"NumericLessThan": {DAYS: "90"}}, {"Null": {DAYS: "true"}})
    for condition in conditions:
        statement = {"Effect": "Allow", "Action": action, "Resource": ALICE.user_arn, "Condition": condition}
        world = World(Bundle([Policy.from_document({"Version": "2012-10-17", "Statement": [statement]})]), ALICE)
        with watched() as walked:
            attacks = walk_attacks(world, ("stolen-mfa-session",))
        walks = playable(shown(walked, [], attacks))
        assert {(call.call, call.outcome) for walk in walks for call in walk.trace} >= {(action, "ok")}
        for walk in walks:
            check(running, walk)


@pytest.mark.parametrize("action", [CREATE_FOR_SERVICE, RESET_FOR_SERVICE])
def test_no_call_about_a_credential_for_one_service_goes_without_the_service(
    running: tuple[Sandbox, Wire], action: str
) -> None:
    without = {"Effect": "Allow", "Action": action, "Resource": "*", "Condition": {"Null": {SERVICE: "true"}}}
    only = {"Effect": "Deny", "NotAction": action, "Resource": "*"}
    world = World(Bundle([Policy.from_document({"Version": "2012-10-17", "Statement": [without, only]})]), ALICE)
    with watched() as walked:
        attacks = walk_attacks(world, ("stolen-mfa-session",))
    walks = playable(shown(walked, [], attacks))
    assert {(call.call, call.outcome) for walk in walks for call in walk.trace} == {(action, "refused")}
    for walk in walks:
        check(running, walk)


@settings(max_examples=SOME)
@given(statements=POLICY, named=NAMED, flow=FLOWS, attack=ATTACKS)
def test_a_flow_and_an_attack_under_a_policy_at_random_end_on_a_sandbox_as_they_were_told(
    running: tuple[Sandbox, Wire],
    statements: list[dict[str, object]],
    named: dict[str, str],
    flow: FlowName,
    attack: AttackName,
) -> None:
    policy = Policy.from_document({"Version": "2012-10-17", "Statement": statements})
    world = World(Bundle([policy]), ALICE, Assumptions(named))
    with watched() as walked:
        flows, attacks = walk_flows(world, (flow,)), walk_attacks(world, (attack,))
    walks = playable(shown(walked, flows, attacks))
    for walk in walks[:: max(len(walks) // FEW, 1)]:
        check(running, walk)


@pytest.mark.soak
@given(statements=POLICY, named=NAMED)
def test_walks_under_policies_at_random_end_on_a_sandbox_as_they_were_told(
    running: tuple[Sandbox, Wire], statements: list[dict[str, object]], named: dict[str, str]
) -> None:
    policy = Policy.from_document({"Version": "2012-10-17", "Statement": statements})
    world = World(Bundle([policy]), ALICE, Assumptions(named))
    with watched() as walked:
        flows, attacks = walk_flows(world), walk_attacks(world)
    for walk in playable(shown(walked, flows, attacks)):
        check(running, walk)
