"""Back, by the journal: each policy says again what it said, to the letter. Ids and dates of versions may be others."""

from __future__ import annotations

from collections.abc import Callable

from iamfa.audit import moving
from iamfa.audit.journal import Begun, Journal
from iamfa.audit.live import ChangedSinceError, Found, Live, just_changed, number_of
from iamfa.audit.plan_places import MOST_VERSIONS
from iamfa.audit.plan_values import Step, digest
from iamfa.errors import InputError

Tell = Callable[[Step, str], None]


class NoRoomError(InputError):
    """A version cannot be written again, since others have taken its place."""


def undo(journal: Journal, live: Live, *, tell: Tell) -> int:
    """Take back what was applied, the last step first; gives how many steps those were.

    Raises `ChangedSinceError`, before anything is done, where somebody has changed one of the policies since, and says
    what to do by hand. Raises `NotShownError` and `AwsError` as calls end.
    """
    begun = journal.begun()[::-1]
    changed = [each for each in begun if not _is_ours(each, live)]
    if changed:
        names = ", ".join(str(each.step.spot) for each in changed)
        raise ChangedSinceError(
            f"somebody else has changed {names} since; nothing was undone",
            hint="; ".join(_by_hand(each, journal) for each in changed),
        )
    for each in begun:
        for said in _back(each, live, journal):
            tell(each.step, said)
        journal.undone(each.step)
    return len(begun)


def _is_ours(begun: Begun, live: Live) -> bool:
    """Whether the policy says what was written, or still or again what was there."""
    if begun.step.spot.becomes is not None:
        at, _ = moving.stage(begun.step, live)
        return at is not None and (
            moving.lowest(begun.called) > moving.NOTHING_MADE or moving.is_free(begun.step, live)
        )
    try:
        shown = digest(live.found(begun.step.spot).text)
    except ChangedSinceError:
        return False
    return shown in (digest(begun.step.after), digest(begun.found.text))


def _by_hand(begun: Begun, journal: Journal) -> str:
    commands = "; ".join(begun.step.undo_words())
    return f"the text before stands in `{journal.path}` (step {begun.step.number}): {commands}"


def _back(begun: Begun, live: Live, journal: Journal) -> list[str]:
    step, before = begun.step, begun.found
    if step.spot.becomes is not None:
        return [_moved_back(begun, live, journal)]
    now = live.found(step.spot)
    if step.spot.kind == "managed":
        return _managed_back(begun, now, live, journal)
    if now.text == before.text:
        return ["says what it said"]
    journal.undoing(step, step.spot.changing.removeprefix("iam:"))
    live.write(step.spot, before.text, expected=now.text)
    return ["says again what it said"]


def _moved_back(begun: Begun, live: Live, journal: Journal) -> str:
    step = begun.step
    at, _ = moving.stage(step, live)
    if at is None:
        raise just_changed(step.spot)
    down_to = moving.lowest(begun.called)
    moving.go_back(step, live, at, down_to, begun.found.text, lambda operation: journal.undoing(step, operation))
    return "says again what it said" if at == moving.MOVED else "says what it said"


def _managed_back(begun: Begun, now: Found, live: Live, journal: Journal) -> list[str]:
    step, before, arn = begun.step, begun.found, begun.step.spot.arn
    said = ["says what it said"]
    if digest(now.text) == digest(step.after):
        said = [_default_back(begun, now, live, journal)]
        now = live.found(step.spot)
    for version in now.versions:
        if (
            version != now.default
            and version not in before.versions
            and digest(live.version(arn, version)) == digest(step.after)
        ):
            journal.undoing(step, "DeletePolicyVersion")
            live.delete_version(arn, version)
    lost = begun.deleted
    if lost is not None:
        left = live.found(step.spot)
        if all(live.version(arn, version) != lost.text for version in left.versions):
            if len(left.versions) >= MOST_VERSIONS:
                raise NoRoomError(
                    f"{step.spot} has {MOST_VERSIONS} versions, and the one that was deleted ({lost.id}) finds no room",
                    hint=f"delete one that nobody needs and undo again; its text stands in `{journal.path}`",
                )
            journal.undoing(step, "CreatePolicyVersion")
            live.keep_version(arn, lost.text)
            said.append(f"has the text of {lost.id} again, under a new number")
    return said


def _default_back(begun: Begun, now: Found, live: Live, journal: Journal) -> str:
    """Put the former text in force: the version that has it, else a new one."""
    step, before = begun.step, begun.found
    spot, arn = step.spot, step.spot.arn
    same = (v for v in sorted(now.versions, key=number_of) if live.version(arn, v) == before.text)
    version = before.default if before.default in now.versions else None
    if version is None or live.version(arn, version) != before.text:
        version = next(same, None)
    if version is None:
        journal.undoing(step, "CreatePolicyVersion")
        live.write(spot, before.text, expected=now.text)
        return "says again what it said, in a new version"
    journal.undoing(step, "SetDefaultPolicyVersion")
    live.settle(
        spot, "SetDefaultPolicyVersion", {"PolicyArn": arn, "VersionId": version},
        wanted=digest(before.text), expected=digest(now.text),
    )  # fmt: skip
    return f"says again what it said: {version} is in force"
