"""Walking again only what a part touches finds what walking everything again finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.advise.judged import CREATE, DELETE, ENABLE, allow, deny, forcing, grants, options, policy

from iamfa.advise.case import Case
from iamfa.advise.omission import Omission
from iamfa.advise.parts import entry_parts, statement_parts
from iamfa.advise.walks import compared, is_closed, is_easier, is_worse
from iamfa.lifecycle.attacks import walk_attacks
from iamfa.lifecycle.flows import walk_flows
from iamfa.lifecycle.result import AttackOutcome, AttackResult, AttackVariant, FlowOutcome, FlowResult
from iamfa.policy.policy import Policy

FOLDER = Path(__file__).parents[2] / "data"
STALE = deny([ENABLE, "iam:CreateAccessKey"], "*", {"NumericGreaterThan": {"aws:MultiFactorAuthAge": "3600"}})
LASTING = allow(["iam:CreateAccessKey", "iam:DetachUserPolicy", "sts:AssumeRole"], "*")
POLICIES = {
    "the story": Policy.load(FOLDER / "policies" / "story-1-outdated.json"),
    "an age": policy(*grants(), LASTING, forcing(), STALE),
    "others": policy(
        *grants(), allow([CREATE, DELETE, ENABLE]), forcing("sts:AssumeRole"), deny("iam:Detach*", "*", None)
    ),
}


@pytest.mark.parametrize("name", POLICIES)
def test_what_is_not_walked_again_ends_the_same_way(name: str) -> None:
    case = Case(POLICIES[name], options())
    for statement in statement_parts(case.policy):
        for part in (statement, *entry_parts(statement.statement)):
            omission = Omission(case, part)
            flows = [(f.flow, f.credential, f.device, f.result, f.detail) for f in omission.walked_flows]
            assert flows == [(f.flow, f.credential, f.device, f.result, f.detail) for f in walk_flows(omission.world)]
            full = walk_attacks(omission.world)
            for before, lazy, eager in zip(case.attacks, omission.walked_attacks, full, strict=True):
                easier = [is_easier(before, after, widens=part.widens) for after in (lazy, eager)]
                assert (easier[0], is_closed(before, lazy)) == (easier[1], is_closed(before, eager)), before.attack


def flow(result: FlowOutcome, detail: str | None = None) -> FlowResult:
    return FlowResult("resync-device", "console", None, result, (), None, detail)


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        (flow("works"), flow("blocked"), True),
        (flow("works"), flow("works"), False),
        (flow("blocked"), flow("not_decided"), False),
        (flow("not_decided", "one grant"), flow("not_decided", "two grants"), True),
        (flow("not_decided", "one grant"), flow("not_decided", "one grant"), False),
        (flow("depends", "a key"), flow("depends", "a setting"), True),
    ],
)
def test_a_flow_is_worse_if_it_ends_worse_or_hangs_on_more(before: FlowResult, after: FlowResult, worse: bool) -> None:
    assert is_worse(before, after) is worse


def lifting(result: AttackOutcome, **ways: AttackOutcome) -> AttackResult:
    variants = tuple(AttackVariant(words, outcome, ()) for words, outcome in ways.items())
    return AttackResult("lift-enforcement", result, (), None, variants)


def test_ways_to_lift_what_is_not_there_any_more_are_not_compared() -> None:
    before, after = lifting("succeeds", user="succeeds"), lifting("not_decided", boundary="not_decided")
    assert compared(before, after) == ("stopped", "stopped")
    assert not is_closed(before, after)
    assert not is_easier(lifting("stopped", user="stopped"), lifting("succeeds", boundary="succeeds"), widens=True)
    assert is_easier(lifting("stopped", user="stopped"), lifting("succeeds", user="succeeds"), widens=True)


def test_a_window_of_ages_that_is_new_is_held_against_the_whole_where_more_passes() -> None:
    def stolen(result: AttackOutcome, **windows: AttackOutcome) -> AttackResult:
        variants = tuple(AttackVariant(words, outcome, ()) for words, outcome in windows.items())
        return AttackResult("stolen-mfa-session", result, (), None, variants)

    before = stolen("depends", an_hour="succeeds", later="stopped")
    after = stolen("depends", two_hours="succeeds", later_still="stopped")
    assert is_easier(before, after, widens=True)
    assert not is_easier(before, after, widens=False)
