"""Plans made real, and taken back: what is done to the SDKs' files is written down first, so that it can be undone."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from difflib import SequenceMatcher
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

from iamfa.errors import InputError, PolicyError
from iamfa.files import read_text, write_text
from iamfa.session.aws_file import AwsFile, locked, write
from iamfa.session.profiles import AwsFiles
from iamfa.session.steps import SECRETS, TEMPORARY, ChangedError, GoneSection, NewSection, Plan, SetValue, Step, Which

_FOLDER = "undo"
_Change: TypeAlias = tuple[Which, AwsFile, AwsFile]
_KINDS: Mapping[str, type[Step]] = {each.__name__: each for each in (SetValue, NewSection, GoneSection)}


def applied(plan: Plan, files: AwsFiles, state: Path, now: datetime) -> AwsFiles:
    """Make a plan's steps on the files as they are now, and write down in the folder *state* how to undo them.

    Two programs at once both land, one after the other. Raises `ChangedError` where a file no longer says what the
    plan expects; then nothing is changed. Of what is written down only the user can read anything, and it holds the
    lines that change, but no secret: temporary keys that a plan takes out are not brought back.
    """
    if not plan.steps:
        return files
    with _both_locked(files.config.path, files.credentials.path):
        before = files.with_files(AwsFile.read(files.config.path), AwsFile.read(files.credentials.path))
        after = plan.made(before)
        pairs: tuple[_Change, ...] = (
            ("config", before.config, after.config),
            ("credentials", before.credentials, after.credentials),
        )
        changed = [(which, old, new) for which, old, new in pairs if old.text != new.text]
        _write_down(plan, changed, state, now)
        for _, _, new in changed:
            write(new)
    return after


def undo(state: Path) -> tuple[Path, ...]:
    """Take back what was applied last; gives the files that were changed.

    A file that still is what was written becomes what it was, to the byte. In one that was changed since, and in one
    that lost temporary keys, the steps are taken back where they still fit. Raises `InputError` where nothing was
    written down, and `ChangedError`, whose hint says what to do by hand, where they do not fit; then nothing is
    changed.
    """
    journals = sorted((state / _FOLDER).glob("*.json"))
    if not journals:
        raise InputError("there is nothing to undo")
    journal = journals[-1]
    said = _read(journal)
    paths = {each["which"]: Path(each["path"]) for each in said["files"]}
    back = Plan(tuple(_step(each) for each in said["steps"])).undone()
    written: list[Path] = []
    with _both_locked(*paths.values()):
        texts: list[tuple[AwsFile, str, bool]] = []
        for each in said["files"]:
            file = AwsFile.read(paths[each["which"]])
            digest = _digest(file.text)
            if digest == each["after"] and each["hunks"] is not None:
                texts.append((file, _reversed(file.text, each["hunks"]), each["existed"]))
            elif digest != each["before"]:
                steps = [step for step in back.steps if step.which == each["which"]]
                texts.append((file, _taken_back(file, steps, journal), True))
        for file, text, stays in texts:
            if stays:
                write(AwsFile(file.path, text))
            else:
                os.unlink(os.path.realpath(file.path))
            written.append(file.path)
    journal.unlink()
    return tuple(written)


def _taken_back(file: AwsFile, steps: list[Step], journal: Path) -> str:
    now = file
    try:
        for step in steps:
            now = step.made(now)
    except InputError as error:
        todo = "; ".join(_by_hand(step) for step in steps)
        raise ChangedError(str(error), hint=f"in `{file.path}`, {todo}; then delete `{journal}`") from error
    return now.text


def _by_hand(step: Step) -> str:
    if isinstance(step, GoneSection):
        return f"remove `[{step.section}]`"
    if isinstance(step, NewSection):
        return f"write `[{step.section}]` again"
    if step.new is None:
        return f"remove `{step.key}` from `[{step.section}]`"
    return f"set `{step.key}` in `[{step.section}]` back to what it was"


@contextmanager
def _both_locked(*paths: Path) -> Iterator[None]:
    """Always in the same order, so that no two wait for each other."""
    if len({os.path.realpath(path) for path in paths}) < len(paths):
        raise InputError(f"`{paths[0]}` is both the config file and the credentials file")
    first, *rest = sorted(paths, key=os.path.realpath)
    with locked(first):
        if not rest:
            yield
            return
        with locked(rest[0]):
            yield


# What is written down -------------------------------------------------------------------------------------------------


def _write_down(plan: Plan, changed: list[_Change], state: Path, now: datetime) -> None:
    folder = state / _FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    number = len(list(folder.glob(f"{stamp}-*.json")))
    steps = [step for step in plan.steps if not _is_of_temporary_keys(step, plan)]
    hidden = {step.which for step in plan.steps if step not in steps}
    said = {
        "version": 1,
        "files": [
            {
                "which": which,
                "path": str(old.path),
                "existed": old.path.exists(),
                "before": _digest(old.text),
                "after": _digest(new.text),
                "hunks": None if which in hidden else _hunks(old.text, new.text),
            }
            for which, old, new in changed
        ],
        "steps": [_as_json(step) for step in steps],
    }
    write_text(folder / f"{stamp}-{number:03}.json", json.dumps(said, ensure_ascii=False, indent=1), mode=0o600)


def _is_of_temporary_keys(step: Step, plan: Plan) -> bool:
    """Whether a step takes out, or puts in, a secret or what goes with it: nothing of that is written down."""
    if not isinstance(step, SetValue):
        return not SECRETS.isdisjoint(key.lower() for key in step.settings)
    place = (step.which, step.section)
    beside = {each.key for each in plan.steps if isinstance(each, SetValue) and (each.which, each.section) == place}
    return not SECRETS.isdisjoint(beside) and (step.key in SECRETS or step.key in TEMPORARY)


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _hunks(old: str, new: str) -> list[list[Any]]:
    """The lines that change: the number of the first one in *new*, what stood there, and what stands there now."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    changes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return [[to, before[a:b], after[to:end]] for kind, a, b, to, end in changes if kind != "equal"]


def _reversed(text: str, hunks: list[list[Any]]) -> str:
    lines = text.splitlines(keepends=True)
    for at, old, new in reversed(hunks):
        lines[at : at + len(new)] = old
    return "".join(lines)


def _as_json(step: Step) -> dict[str, Any]:
    said: dict[str, Any] = {name: getattr(step, name) for name in step.__slots__}
    if not isinstance(step, SetValue):
        said["settings"] = dict(step.settings)
    return {"kind": type(step).__name__, **said}


def _step(said: Mapping[str, Any]) -> Step:
    return _KINDS[said["kind"]](**{key: value for key, value in said.items() if key != "kind"})


def _read(journal: Path) -> Any:
    try:
        said = json.loads(read_text(journal))
    except (PolicyError, ValueError):
        said = None
    if not isinstance(said, dict) or said.get("version") != 1:
        raise InputError(f"`{journal}` cannot be read", hint="undo by hand, and delete it")
    return said
