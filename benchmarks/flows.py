"""The flows of a user walked on the story's policies: a fresh world each time, the policy already read.

`walk_flows` walks all flows at once; those of the story, enrol-first-device and get-session, are among them.
"""

from __future__ import annotations

from functools import partial
from importlib import resources

from benchmarks.measure import Row, medians, seconds_of
from iamfa import Bundle, Policy, check
from iamfa.lifecycle.flows import walk_flows
from iamfa.lifecycle.subject import subject_for
from iamfa.lifecycle.world import World

TURNS = 15
AIM = "20 ms for the two, 100 ms for all"
POLICIES = ("1-official-2022.json", "2-required-only.json", "3-repaired.jsonc")


def walk(policy: Policy) -> None:
    """Walk every flow, with nothing kept from an earlier walk."""
    walk_flows(World(Bundle([policy]), subject_for(policy)))


def rows() -> list[Row]:
    """The rows of the table."""
    folder = resources.files("iamfa.cli.story")
    policies = [Policy.parse((folder / name).read_text(encoding="utf-8")) for name in POLICIES]
    walked = medians(seconds_of(*(partial(walk, policy) for policy in policies), turns=TURNS))
    judged = medians(seconds_of(*(partial(check, policy) for policy in policies), turns=5))
    return [
        *(
            Row(
                f"all flows of {name}",
                f"{seconds * 1e3:.1f} ms",
                AIM,
                seconds < 0.02,
            )
            for name, seconds in zip(POLICIES, walked, strict=True)
        ),
        *(
            Row(f"iamfa.check of {name}, in the library", f"{seconds * 1e3:.0f} ms")
            for name, seconds in zip(POLICIES, judged, strict=True)
        ),
    ]
