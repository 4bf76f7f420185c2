"""What flows and attacks are said to ask, against what they ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import get_args

import pytest
from tests.unit.lifecycle.worlds import loaded

from iamfa.evaluate.verdict import Verdict
from iamfa.lifecycle.asked import AFTER_MFA, ASKED, ATTACKS_ASK, FLOWS_ASK
from iamfa.lifecycle.attacks import walk_attacks
from iamfa.lifecycle.flows import walk_flows
from iamfa.lifecycle.result import AttackName, FlowName
from iamfa.lifecycle.world import Ask, World
from iamfa.platform import Assumptions
from iamfa.policy.bundle import Bundle
from iamfa.policy.policy import Policy

FILES = ("story-1-outdated.json", "aws-p1.json", "aws-p2.json", "aws-p4.json", "aws-p5b.json")
OLD = Assumptions({"platform": "2022-11", "deny-get-session-token": "honoured", "code-guessing-limited": "no"})
ONE_STATEMENT = (
    {"Effect": "Allow", "Action": "*", "Resource": "*"},
    {"Effect": "Deny", "Action": "*", "Resource": "*"},
)


@dataclass(frozen=True)
class Overheard(World):
    """A world that remembers which actions it was asked about; names are not told apart by asking."""

    heard: set[str] = field(default_factory=set)

    def verdict(self, ask: Ask) -> Verdict:
        self.heard.add(ask.action)
        return super().verdict(ask)

    def at_most(self, ask: Ask) -> Verdict:
        self.heard.add(ask.action)
        return super().at_most(ask)

    def if_trusted(self, ask: Ask) -> Verdict:
        self.heard.add(ask.action)
        return super().if_trusted(ask)

    def grants(self, action: str) -> bool:
        self.heard.add(action)
        return super().grants(action)

    def told_apart(self, user: str, names: Sequence[str], *, each: int = 1) -> tuple[str, ...]:
        return tuple(names)


def worlds() -> list[World]:
    found = [loaded(name) for name in FILES]
    documents = [Policy.from_document({"Version": "2012-10-17", "Statement": s}).document for s in ONE_STATEMENT]
    for bundle in (Bundle(), *(Bundle([document]) for document in documents)):
        found.append(World(bundle, found[0].subject))
    return [*found, *(World(w.bundle, w.subject, OLD, w.context) for w in found)]


def overheard(world: World) -> Overheard:
    return Overheard(world.bundle, world.subject, world.assumptions, world.context)


@pytest.mark.parametrize("flow", get_args(FlowName))
def test_a_flow_asks_about_nothing_but_what_is_told(flow: FlowName) -> None:
    heard: set[str] = set()
    for world in map(overheard, worlds()):
        assert list(walk_flows(world, only=[flow]))
        heard |= world.heard
    assert heard <= set(FLOWS_ASK[flow])
    assert heard | {"sts:GetSessionToken"} >= set(FLOWS_ASK[flow])
    assert set(FLOWS_ASK[flow]) <= set(ASKED)


@pytest.mark.parametrize("attack", get_args(AttackName))
def test_an_attack_asks_about_nothing_but_what_is_told(attack: AttackName) -> None:
    heard: set[str] = set()
    for world in map(overheard, worlds()):
        assert list(walk_attacks(world, only=[attack]))
        heard |= world.heard
    assert heard <= set(ATTACKS_ASK[attack])


def test_the_attacks_after_mfa_are_attacks() -> None:
    assert set(get_args(AttackName)) > AFTER_MFA
