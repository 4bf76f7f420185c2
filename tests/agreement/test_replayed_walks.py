"""Every trace that `iamfa check` shows ends on a sandbox as it was told: what works works, what is refused is refused.

Played are the flows and attacks for the story's policies, AWS's own pages and policies at random, each from where it
began, with credentials of the kinds that it names and codes of real devices, under every reading of what is open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agreement.replay import CONSOLE_FIDO, NOT_THERE, Stage, why_not
from tests.agreement.signed_calls import Wire
from tests.agreement.walked import Walk, Walked, watched
from tests.properties.test_lifecycle import NAMED, POLICY
from tests.unit.lifecycle.worlds import AWS_PAGES, POLICIES, STORY

from iamfa import Policy, Sandbox
from iamfa.advise.case import Case, CheckOptions
from iamfa.advise.check import report_of
from iamfa.lifecycle import moves
from iamfa.lifecycle.asked import ATTACKS_ASK, FLOWS_ASK
from iamfa.lifecycle.attacks import walk_attacks
from iamfa.lifecycle.flows import walk_flows
from iamfa.lifecycle.result import AttackName, AttackResult, AttackVariant, FlowName, FlowResult
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

FEW = 3
"""Walks of one flow and one attack that are played in the short run."""
FLOWS, ATTACKS = st.sampled_from(sorted(FLOWS_ASK)), st.sampled_from(sorted(ATTACKS_ASK))


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Sandbox, Wire]]:
    with Sandbox(seed=7, services=False) as box, Wire(box.endpoint_url) as wire:
        box.clock.set(START, still=True)
        yield box, wire


def test_the_flows_and_attacks_that_are_played_are_those_of_the_report() -> None:
    case = Case(Policy.load(POLICIES / "aws-p5a.json"), CheckOptions(catalogue_age_days=0))
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


@pytest.mark.parametrize("name", [*STORY, *AWS_PAGES])
def test_what_check_shows_of_a_file_ends_on_a_sandbox_as_it_was_told(running: tuple[Sandbox, Wire], name: str) -> None:
    case = Case(Policy.load(POLICIES / name), CheckOptions(catalogue_age_days=0))
    with watched() as walked:
        flows, attacks = case.flows, case.attacks
    walks = shown(walked, flows, attacks)
    assert playable(walks) == walks
    assert len({walk.trace for walk in walks}) > 20
    for walk in walks:
        check(running, walk)


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
