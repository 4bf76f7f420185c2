"""The key or password of a user without a device reaches a session with MFA in a few calls.

Security bulletin AWS-2023-001 covers only users who have a device already.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.actions import ENABLE
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Severity
from iamfa.advise.rule import Rule
from iamfa.advise.wording import exempting_entry, granting_entry
from iamfa.lifecycle.attacks import walk_attacks
from iamfa.lifecycle.result import AttackName

_CLAIMING: tuple[AttackName, ...] = ("leaked-key-of-fresh-user", "stolen-password")


def _find(case: Case) -> Iterator[Finding]:
    if not case.forces or not case.concerns_devices:
        return
    claimed = [a for a in walk_attacks(case.world, only=_CLAIMING) if a.result == "succeeds"]
    if not claimed:
        return
    attack = claimed[0]
    place = exempting_entry(case.policy.statements, ENABLE) or granting_entry(case.policy.statements, ENABLE)
    statement, value = place if place else (None, None)
    what = "the key" if attack.attack == "leaked-key-of-fresh-user" else "the password"
    yield RULE.found(
        Severity.NOTE,
        f"whoever holds {what} of a user without a device can enrol one of his own and get an MFA session in "
        f"{len(attack.trace)} calls; the owner is locked out",
        params={"attacks": [a.attack for a in claimed], "calls": len(attack.trace)},
        statement=statement,
        span=value.span if value is not None else None,
        reason="a first device needs no MFA",
        trace=attack.trace,
        notes=(
            "narrow the window: enrol before handing the key over, or time-box it by a tag or a network condition",
            "demanding MFA for CreateVirtualMFADevice alone protects nothing: Enable takes any unassigned device",
        ),
    )


RULE = Rule(
    "unenrolled-user-can-be-claimed",
    "note",
    "key or password of a user without a device reaches an MFA session in three calls",
    _find,
)
