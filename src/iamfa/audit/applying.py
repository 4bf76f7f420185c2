"""A plan made real, step by step: each looked at right before, written down, made, and seen.

What is done is told by the account as it is, not by the journal: so a plan can be applied again after whatever ended
the first try, and a second time it changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from iamfa.audit import moving
from iamfa.audit.journal import Journal
from iamfa.audit.live import ChangedSinceError, Found, Live
from iamfa.audit.plan_places import MOST_VERSIONS
from iamfa.audit.plan_values import Plan, Step, digest

StepState = Literal["pending", "done"]
Tell = Callable[[Step, str], None]


@dataclass(frozen=True, slots=True)
class Standing:
    """A step, and whether it is made already."""

    step: Step
    found: Found
    state: StepState
    stage: int = 0
    """Of an inline policy that becomes a managed one: how far it is on its way."""


def standing(plan: Plan, live: Live) -> tuple[Standing, ...]:
    """How far the plan is made. Raises `ChangedSinceError` for a policy that says neither what it should before nor
    after, before anything is done.
    """
    return tuple(_standing(step, live) for step in plan.steps)


def _standing(step: Step, live: Live) -> Standing:
    if step.spot.becomes is not None:
        return _standing_of_moving(step, live)
    found = live.found(step.spot)
    shown = digest(found.text)
    if shown == digest(step.after):
        return Standing(step, found, "done")
    if shown != digest(step.before):
        raise _changed(str(step.spot))
    return Standing(step, found, "pending")


def _standing_of_moving(step: Step, live: Live) -> Standing:
    at, inline = moving.stage(step, live)
    if at is None:
        raise _changed(f"{step.spot}, or the managed policy `{step.spot.becomes}`,")
    if inline is None:
        return Standing(step, Found(step.before), "done", at)
    return Standing(step, inline, "pending", at)


def _changed(what: str) -> ChangedSinceError:
    return ChangedSinceError(
        f"{what} has changed since the plan was made",
        hint="nothing more was done to it; look at the change, and make the plan anew",
    )


def apply(
    plan: Plan,
    live: Live,
    journal: Journal,
    *,
    still_safe: Callable[[Step], None],
    probe: Callable[[Step], str] | None,
    tell: Tell,
) -> int:
    """Make the steps that are not made yet; gives how many those were.

    *still_safe* raises where a step must not be made on the account as it now is, *probe* where the canary cannot do
    what he should, or can do what he should not. Both end it there: what was made stays, and `undo` takes it back.
    Raises `ChangedSinceError`, `NotShownError` and `AwsError` too.
    """
    made = 0
    for step in plan.steps:
        here = _standing(step, live)
        if here.state == "done":
            tell(step, "is as the plan wants it already")
        else:
            still_safe(step)
            _make(here, live, journal)
            made += 1
            tell(
                step, "is changed" if step.spot.becomes is None else f"is the managed policy `{step.spot.becomes}` now"
            )
        if step.canary and probe is not None and not journal.was_probed(step):
            said = probe(step)
            journal.probed(step, said)
            tell(step, said)
    return made


def _make(here: Standing, live: Live, journal: Journal) -> None:
    step, found = here.step, here.found
    spot = step.spot
    if spot.becomes is not None:
        moving.go_on(step, live, here.stage, lambda operation: journal.calling(step, operation, found))
        journal.done(step)
        return
    if len(found.versions) >= MOST_VERSIONS:
        _make_room(here, live, journal)
    journal.calling(step, spot.changing.removeprefix("iam:"), found)
    live.write(spot, step.after, expected=found.text)
    journal.done(step)


def _make_room(here: Standing, live: Live, journal: Journal) -> None:
    """Delete the version of which the plan keeps the text; after an undo it has another number."""
    step, found, gone = here.step, here.found, here.step.deletes
    arn = step.spot.arn
    others = {version: live.version(arn, version) for version in found.versions if version != found.default}
    same = [] if gone is None else [version for version, text in others.items() if digest(text) == digest(gone.text)]
    if gone is None or not same:
        raise ChangedSinceError(
            f"{step.spot} has {len(found.versions)} versions now, and none that the plan may delete",
            hint="delete one that nobody needs, or make the plan anew with --allow-version-loss",
        )
    version = gone.id if gone.id in same else same[0]
    # With its text as AWS has it, to the letter.
    journal.calling(step, "DeletePolicyVersion", found, replace(gone, id=version, text=others[version]))
    live.delete_version(arn, version)
