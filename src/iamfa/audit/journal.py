"""What was done to an account, written down before each call: lines of JSON, on the disk before AWS is asked.

The first line holds the plan. A line that a killed process left half written belongs to a call that was never made.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from iamfa.account.documents import time_out
from iamfa.account.entities import PolicyVersion
from iamfa.audit.live import Found
from iamfa.audit.plan_file import PlanFileError, name_of, plan_in, plan_json
from iamfa.audit.plan_values import Plan, Step
from iamfa.errors import InputError, PolicyError
from iamfa.files import read_text

VERSION: Final = 1
Json = dict[str, Any]


class JournalError(InputError):
    """A file is no journal, or not that of the plan."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A step for which some call was written down, and which was not undone."""

    step: Step
    found: Found
    """How the policy was before the first call."""
    deleted: PolicyVersion | None
    """The version that was to go first."""
    called: frozenset[str] = frozenset()
    """The calls that were written down, e.g. `CreatePolicy`; each may have been made."""


class Journal:
    """One open journal. `opened` gives it, and nobody else of this program has it meanwhile."""

    def __init__(self, path: Path, plan: Plan, lines: list[Json], handle: int, now: Callable[[], datetime]) -> None:
        self.path = path
        self.plan = plan
        self._lines = lines
        self._handle = handle
        self._now = now

    def calling(self, step: Step, operation: str, found: Found, deleted: PolicyVersion | None = None) -> None:
        """Note a call that is made next, and what it finds."""
        self._note(
            "calling",
            step,
            operation=f"iam:{operation}",
            found={"text": found.text, "default": found.default, "versions": list(found.versions)},
            deleted=None if deleted is None else {"id": deleted.id, "text": deleted.text},
        )

    def done(self, step: Step) -> None:
        """Note that a step is made."""
        self._note("done", step)

    def probed(self, step: Step, said: str) -> None:
        """Note what became of the canary."""
        self._note("probed", step, said=said)

    def undoing(self, step: Step, operation: str) -> None:
        """Note a call that takes something back."""
        self._note("undoing", step, operation=f"iam:{operation}")

    def undone(self, step: Step) -> None:
        """Note that a step is taken back."""
        self._note("undone", step)

    def was_probed(self, step: Step) -> bool:
        """Whether the canary was looked at since the step was made."""
        events = [each["event"] for each in self._lines if each.get("step") == step.number]
        return "probed" in events[len(events) - events[::-1].index("undone") if "undone" in events else 0 :]

    def begun(self) -> tuple[Begun, ...]:
        """The steps that something was done for and that were not undone, in their order."""
        found: dict[int, Begun] = {}
        steps = {step.number: step for step in self.plan.steps}
        for said in self._lines:
            step = steps.get(said.get("step", 0))
            if step is None:
                continue
            if said["event"] == "undone":
                found.pop(step.number, None)
            elif said["event"] == "calling":
                here = said["found"]
                gone = said.get("deleted")
                first = found.get(step.number) or Begun(
                    step, Found(here["text"], here["default"], tuple(here["versions"])), None
                )
                if gone is not None and first.deleted is None:
                    first = replace(first, deleted=PolicyVersion(gone["id"], gone["text"], self.plan.taken_at))
                called = str(said.get("operation", "")).removeprefix("iam:")
                found[step.number] = replace(first, called=first.called | {called})
        return tuple(found[number] for number in sorted(found))

    def _note(self, event: str, step: Step, **more: object) -> None:
        self._write({"event": event, "step": step.number, "at": time_out(self._now()), **more})

    def _write(self, said: Json) -> None:
        data = (json.dumps(said) + "\n").encode()
        while data:
            data = data[os.write(self._handle, data) :]
        os.fsync(self._handle)
        self._lines.append(said)


@contextmanager
def opened(path: Path, plan: Plan | None, now: Callable[[], datetime]) -> Iterator[Journal]:
    """The journal at a path, made for *plan* where there is none; None: the one that is there.

    Only its owner may read it, since it holds texts of policies. Raises `JournalError` where it is another plan's, none
    at all, missing, or held by another process.
    """
    import filelock

    if plan is None and not path.exists():
        raise JournalError(f"`{path}`: there is no such journal", hint="nothing was applied from here")
    try:
        with filelock.FileLock(f"{path}.lock", timeout=0, mode=0o600):
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                yield _open(path, handle, plan, now)
            finally:
                os.close(handle)
    except filelock.Timeout:
        raise JournalError(f"`{path}` is in use: another process applies or undoes this plan") from None


def _open(path: Path, handle: int, plan: Plan | None, now: Callable[[], datetime]) -> Journal:
    lines, whole, torn = _read(path)
    if not lines:
        if plan is None or not (torn.startswith(BEGINNING) or BEGINNING.startswith(torn)):
            raise JournalError(f"`{path}` is no journal", hint="name the journal, or the plan that was applied")
        os.ftruncate(handle, 0)
        found = Journal(path, plan, lines, handle, now)
        found._write({"version": VERSION, "event": "plan", "name": name_of(plan), "plan": plan_json(plan)})
        _sync_folder(path)
        return found
    try:
        held = plan_in(lines[0]["plan"])
    except PlanFileError as error:
        raise JournalError(f"`{path}`: {error.message}", hint=error.hint) from error
    if plan is not None and name_of(plan) != lines[0]["name"]:
        raise JournalError(
            f"`{path}` is the journal of another plan",
            hint=f"undo that one (`iamfa undo {path}`), or name another journal: --journal FILE",
        )
    # What a killed process left half written.
    os.ftruncate(handle, whole)
    return Journal(path, held, lines, handle, now)


BEGINNING: Final = '{"version": 1, "event": "plan", '
"""What every journal begins with."""


def _read(path: Path) -> tuple[list[Json], int, str]:
    """The whole lines, how many bytes they take, and what stands behind them."""
    try:
        text = read_text(path)
    except PolicyError as error:
        hint = error.hint or "give the journal that `iamfa apply` named, or the plan itself"
        raise JournalError(error.message, hint=hint) from error
    whole, _, torn = text.rpartition("\n")
    kept = f"{whole}\n" if whole else ""
    lines: list[Json] = []
    for number, line in enumerate(kept.splitlines(), 1):
        try:
            said = json.loads(line)
        except ValueError:
            said = None
        if not isinstance(said, dict) or not _is_line(said, first=number == 1):
            raise JournalError(f"`{path}`, line {number}: this is no line of a journal")
        lines.append(said)
    return lines, len(kept.encode()), torn


def _is_line(said: Mapping[str, Any], *, first: bool) -> bool:
    if first:
        return said.get("event") == "plan" and said.get("version") == VERSION and isinstance(said.get("name"), str)
    if said.get("event") != "calling":
        return isinstance(said.get("event"), str)
    found, gone = said.get("found"), said.get("deleted")
    return (
        isinstance(found, dict)
        and isinstance(found.get("text"), str)
        and isinstance(found.get("versions"), list)
        and isinstance(found.get("default"), str | None)
        and (gone is None or (isinstance(gone, dict) and all(isinstance(gone.get(k), str) for k in ("id", "text"))))
    )


def _sync_folder(path: Path) -> None:
    """Put the new name on the disk too, where the system lets folders be opened."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
