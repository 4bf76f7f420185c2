"""The flows of a user walked on the story's policies: a fresh world each time, the policy already read.

The two of the story, enrol-first-device and get-session, by themselves; then all; then all attacks.
"""

from __future__ import annotations

from functools import partial
from importlib import resources

from benchmarks.measure import Row, medians, seconds_of
from iamfa import Bundle, Policy, check
from iamfa.lifecycle.attacks import walk_attacks
from iamfa.lifecycle.flows import walk_flows
from iamfa.lifecycle.subject import subject_for
from iamfa.lifecycle.world import World

TURNS = 15
POLICIES = ("1-official-2022.json", "2-required-only.json", "3-repaired.jsonc")


def world_of(policy: Policy) -> World:
    """A world with nothing kept from an earlier walk."""
    return World(Bundle([policy]), subject_for(policy))


def walk_two(policy: Policy) -> None:
    """Walk the flows of the story."""
    walk_flows(world_of(policy), only=("enrol-first-device", "get-session"))


def walk(policy: Policy) -> None:
    """Walk every flow."""
    walk_flows(world_of(policy))


def attack(policy: Policy) -> None:
    """Walk every attack."""
    walk_attacks(world_of(policy))


def rows() -> list[Row]:
    """The rows of the table."""
    folder = resources.files("iamfa.cli.story")
    policies = [Policy.parse((folder / name).read_text(encoding="utf-8")) for name in POLICIES]
    jobs = {
        "the story's two flows under {name}": (walk_two, 0.02, "20 ms"),
        "all flows of {name}": (walk, 0.1, "100 ms"),
        "all attacks on {name}": (attack, None, ""),
        "iamfa.check of {name}, in the library": (check, None, ""),
    }
    found: list[Row] = []
    for what, (job, most, aim) in jobs.items():
        medians_of_each = medians(seconds_of(*(partial(job, policy) for policy in policies), turns=TURNS))
        for name, seconds in zip(POLICIES, medians_of_each, strict=True):
            reached = None if most is None else seconds < most
            found.append(Row(what.format(name=name), f"{seconds * 1e3:.1f} ms", aim, reached))
    return found
