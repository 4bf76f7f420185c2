"""Worlds to walk in, and traces in short."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from iamfa.lifecycle.attacks import walk_attacks
from iamfa.lifecycle.flows import walk_flows
from iamfa.lifecycle.result import AttackResult, Call, FlowResult
from iamfa.lifecycle.subject import Subject, subject_for
from iamfa.lifecycle.world import World
from iamfa.platform import Assumptions
from iamfa.policy.bundle import Bundle
from iamfa.policy.policy import Policy

POLICIES = Path(__file__).parents[2] / "data" / "policies"
STORY = ("story-1-outdated.json", "story-2-required-only.json", "story-3-repaired.jsonc")
AWS_PAGES = ("aws-p1.json", "aws-p2.json", "aws-p3.json", "aws-p4.json", "aws-p5a.json", "aws-p5b.json")
OWN = "arn:aws:iam::*:user/${aws:username}"
DEVICES = "arn:aws:iam::*:mfa/*"


def loaded(name: str, **assumed: str) -> World:
    """The world of one of the policies that lie with the tests."""
    policy = Policy.load(POLICIES / name)
    return World(Bundle([policy]), subject_for(policy), chosen(**assumed))


def chosen(**assumed: str) -> Assumptions:
    """Assumptions by their ids with `_` for `-`."""
    return Assumptions({id_.replace("_", "-"): value for id_, value in assumed.items()})


def policy_of(*statements: Mapping[str, Any]) -> Policy:
    """A policy of these statements."""
    return Policy.from_document({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: str | Sequence[str], resource: str | Sequence[str] = "*", **more: Any) -> dict[str, Any]:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def deny(actions: str | Sequence[str], resource: str | Sequence[str] = "*", **more: Any) -> dict[str, Any]:
    """A statement that denies."""
    return {"Effect": "Deny", "Action": actions, "Resource": resource, **more}


def world_of(
    *statements: Mapping[str, Any],
    subject: Subject | None = None,
    context: Mapping[str, str] | None = None,
    assumptions: Assumptions | None = None,
) -> World:
    """The world of one policy with these statements."""
    policy = policy_of(*statements)
    return World(Bundle([policy]), subject or subject_for(policy), assumptions or Assumptions(), dict(context or {}))


def flow(world: World, name: str, credential: str, device: str | None = None) -> FlowResult:
    """One flow of all that are walked; there is exactly one."""
    (found,) = (f for f in walk_flows(world) if (f.flow, f.credential, f.device) == (name, credential, device))
    return found


def attack(world: World, name: str) -> AttackResult:
    """One attack of all that are walked; there is exactly one."""
    (found,) = (a for a in walk_attacks(world) if a.attack == name)
    return found


def short(trace: Sequence[Call]) -> list[str]:
    """`Enable[console]`, with `!` where it is refused and `?` where a grant is wanting."""
    marks = {("ok", True): "", ("refused", True): "!", ("refused", False): "?"}
    return [
        f"{_SHORT.get(call.call, call.call)}[{call.credential}]{marks[call.outcome, call.granted]}" for call in trace
    ]


_SHORT = {
    "iam:CreateVirtualMFADevice": "Create",
    "iam:DeleteVirtualMFADevice": "Delete",
    "iam:EnableMFADevice": "Enable",
    "iam:DeactivateMFADevice": "Deactivate",
    "iam:ResyncMFADevice": "Resync",
    "sts:GetSessionToken": "Session",
    "signin:ConsoleLogin": "SignIn",
}
