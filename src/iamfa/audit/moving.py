"""An inline policy that its change makes too long for its holder becomes a managed one: made, attached, and then the
inline one deleted.

In this order, so that a Deny stays in force at every moment: from the attaching until the deleting both policies reach
the holder, and what either denies is denied. So nothing is permitted meanwhile that is not permitted before or after,
and what is permitted both before and after is permitted throughout. On the way back too the inline policy comes first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from iamfa.audit.live import ChangedSinceError, Found, Live, just_changed
from iamfa.audit.plan_values import Spot, Step, digest
from iamfa.gateway.faults import NotThereError

NOTHING_MADE: Final = 0
MADE: Final = 1
ATTACHED: Final = 2
MOVED: Final = 3


def stage(step: Step, live: Live) -> tuple[int | None, Found | None]:
    """How far the step is made, and the inline policy as long as it is there; None where it is as no call leaves it."""
    arn = str(step.spot.becomes)
    try:
        inline: Found | None = live.found(step.spot)
    except ChangedSinceError:
        inline = None
    try:
        managed: Found | None = live.managed(arn)
    except NotThereError:
        managed = None
    return _stage(step, inline, managed, attached=managed is not None and _is_attached(step.spot, arn, live)), inline


def _stage(step: Step, inline: Found | None, managed: Found | None, *, attached: bool) -> int | None:
    if inline is not None and digest(inline.text) != digest(step.before):
        return None
    if managed is None:
        return None if inline is None else NOTHING_MADE
    if digest(managed.text) != digest(step.after) or len(managed.versions) > 1:
        return None
    if inline is None:
        return MOVED if attached else None
    return ATTACHED if attached else MADE


def _is_attached(spot: Spot, arn: str, live: Live) -> bool:
    marker: str | None = None
    while True:
        try:
            page = live.read(f"ListAttached{spot.word}Policies", Marker=marker, **{f"{spot.word}Name": spot.holder})
        except NotThereError:
            return False
        if any(each["PolicyArn"] == arn for each in page["AttachedPolicies"]):
            return True
        marker = page.get("Marker") if page.get("IsTruncated") else None
        if marker is None:
            return False


def is_free(step: Step, live: Live) -> bool:
    """Whether nobody but the holder of the inline policy has the managed one, so that it may go."""
    arn = str(step.spot.becomes)
    try:
        policy = live.read("GetPolicy", PolicyArn=arn)["Policy"]
    except NotThereError:
        return True
    ours = int(_is_attached(step.spot, arn, live))
    return policy.get("AttachmentCount", 0) <= ours and not policy.get("PermissionsBoundaryUsageCount")


def lowest(called: frozenset[str]) -> int:
    """How far the way back goes: what others made alike before is left to them."""
    if "CreatePolicy" in called:
        return NOTHING_MADE
    return MADE if called.intersection(("AttachUserPolicy", "AttachGroupPolicy")) else ATTACHED


def go_on(step: Step, live: Live, at: int, note: Callable[[str], None]) -> None:
    """Make the calls that are left; *note* is told of each before."""
    spot, word = step.spot, step.spot.word
    arn, holder = str(spot.becomes), {f"{word}Name": spot.holder}
    calls: tuple[tuple[str, dict[str, Any]], ...] = (
        ("CreatePolicy", {"PolicyName": arn.rpartition("/")[2], "PolicyDocument": step.after}),
        (f"Attach{word}Policy", {**holder, "PolicyArn": arn}),
        (f"Delete{word}Policy", {**holder, "PolicyName": spot.policy}),
    )
    for done, (operation, given) in list(enumerate(calls))[at:]:
        note(operation)
        _settle(step, live, operation, given, done + 1)


def go_back(step: Step, live: Live, at: int, down_to: int, before: str, note: Callable[[str], None]) -> None:
    """Make the calls that take it back, from one stage down to another; *before* is the inline policy to the letter."""
    spot, word = step.spot, step.spot.word
    arn, holder = str(spot.becomes), {f"{word}Name": spot.holder}
    calls: dict[int, tuple[str, dict[str, Any]]] = {
        MOVED: (f"Put{word}Policy", {**holder, "PolicyName": spot.policy, "PolicyDocument": before}),
        ATTACHED: (f"Detach{word}Policy", {**holder, "PolicyArn": arn}),
        MADE: ("DeletePolicy", {"PolicyArn": arn}),
    }
    for done in range(at, down_to, -1):
        operation, given = calls[done]
        note(operation)
        _settle(step, live, operation, given, done - 1)


def _settle(step: Step, live: Live, operation: str, given: dict[str, Any], wanted: int) -> None:
    def shows() -> bool:
        found, _ = stage(step, live)
        if found is None:
            raise just_changed(step.spot)
        return found == wanted

    live.until(step.spot, operation, given, shows)
