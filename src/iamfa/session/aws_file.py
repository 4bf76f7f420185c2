"""One file of the AWS SDKs, `~/.aws/config` or `~/.aws/credentials`: read as botocore reads it, edited byte by byte.

botocore reads both files by Python's `configparser.RawConfigParser` and nests what is indented below an empty value;
there are no comments behind a value. Writing through `configparser` would lose comments, case and order, so an edit
here is an edit of the text, and what it does not name stays as it stands.
https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from iamfa.errors import InputError, PolicyError
from iamfa.files import read_text, write_text
from iamfa.policy.edit import Edit, Edits, apply

Value: TypeAlias = str | Mapping[str, str]
"""The value of a setting; settings that are nested below it are a mapping."""

_LINE = re.compile(r"([^\r\n]*)(\r\n|\n|\r|\Z)")
_HEADER = re.compile(r"\[(.+)\]")
_DEFAULTS = "DEFAULT"
"""configparser's own section: what stands in it holds for each section that does not say otherwise."""
_TOLD_LENGTH = 32
"""A name that is longer is not told: somebody may have pasted a secret there."""
_COMMENT = re.compile(r"[ \t]+([#;].*)")
_PROFILE_NAME = re.compile(r"[\w.@%+=:,/~-]+(?: [\w.@%+=:,/~-]+)*")


@dataclass(frozen=True, slots=True)
class Setting:
    """A key and its value, with the places of its lines."""

    name: str
    """The key in lower case, as which it is looked up."""
    value: Value = field(repr=False)
    line: int
    """The line of the key, from 1."""
    indent: str
    written: tuple[int, int]
    """Where the value stands on the line of the key."""
    lines: tuple[tuple[int, int], ...]
    """Where the lines of the key and of its value start and end, line ends included; comments between are not its."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section: its header and what is set below it."""

    name: str
    """What stands between the brackets, e.g. `profile work`."""
    line: int
    indent: str
    header: tuple[int, int]
    """Where the header's line starts and ends, line end included."""
    settings: tuple[Setting, ...]
    following: str | None = None
    """How far the next header is indented; None at the end of the file."""

    def find(self, key: str) -> Setting | None:
        """The setting of this name, case aside."""
        return next((setting for setting in self.settings if setting.name == key.lower()), None)


class AwsFile:
    """A file's text and what it says. Its `repr` shows the path alone: the text may hold secret keys."""

    __slots__ = ("_defaults", "path", "sections", "text")

    def __init__(self, path: Path, text: str) -> None:
        """Raises `InputError`, with path and line, for whatever botocore would refuse to read."""
        self.path = path
        self.text = text
        read = tuple(_Reading(path, text).sections())
        self.sections: tuple[Section, ...] = tuple(section for section in read if section.name != _DEFAULTS)
        self._defaults = tuple(setting for section in read if section.name == _DEFAULTS for setting in section.settings)

    @classmethod
    def read(cls, path: Path) -> AwsFile:
        """The file; one that is missing is empty. Raises `InputError` where it cannot be read."""
        if not path.is_file():
            return cls(path, "")
        try:
            return cls(path, read_text(path))
        except PolicyError as error:
            message = str(error) if str(path) in str(error) else f"`{path}`:{error}"
            raise InputError(message, hint=error.hint) from None

    def __repr__(self) -> str:
        return f"AwsFile({str(self.path)!r})"

    def section(self, name: str) -> Section | None:
        """The section with this between its brackets."""
        return next((section for section in self.sections if section.name == name), None)

    def values(self, section: Section) -> Mapping[str, Value]:
        """What is set in a section, and what `[DEFAULT]` sets for each that does not say otherwise."""
        values = {setting.name: setting.value for setting in section.settings}
        values.update({setting.name: setting.value for setting in self._defaults if setting.name not in values})
        return MappingProxyType(values)

    def named(self, kind: str) -> Mapping[str, Section]:
        """The sections `[kind name]` by name, for kinds `profile`, `sso-session` and `services`.

        `[default]` is a profile without the word. Where two sections name the same profile, the last one holds, whole.
        """
        found: dict[str, Section] = {}
        for section in self.sections:
            if section.name == "default" and kind == "profile":
                found["default"] = section
            elif _kind_of(section.name) == kind and (name := _name_in(section.name)) is not None:
                found[name] = section
        return MappingProxyType(found)

    # Edits -----------------------------------------------------------------------------------------------------------

    def edited(self, edits: Edits) -> AwsFile:
        """The file with these edits made. Raises `InputError` where it could not be read afterwards."""
        return AwsFile(self.path, apply(self.text, edits))

    def put(self, section: str, key: str, value: str) -> Edits:
        """Write one value: over the one that is there, or as a new line at the end of the section.

        A comment behind the old value, which some SDKs know and botocore takes for a part of it, moves to a line of
        its own. Raises `InputError` where there is no such section, where the value is written over several lines,
        or where one line cannot hold the new value.
        """
        self._check_value(key, value)
        place = self._existing(section)
        setting = place.find(key)
        if setting is None:
            return (self._behind(place, f"{_indent_for(place)}{key} = {value}"),)
        if len(setting.lines) > 1:
            raise InputError(
                f"`{self.path}`:{setting.line}: `{setting.name}` is written over several lines",
                hint="write it on one line first",
            )
        start, end = setting.written
        old, line_start = self.text[start:end], setting.lines[0][0]
        space = " " if value and not old and self.text[start - 1] in "=:" else ""
        over = Edit(start, end, f"{space}{value}")
        if comment := _COMMENT.search(old):
            return Edit(line_start, line_start, f"{setting.indent}{comment[1]}{self.newline}"), over
        return (over,) if old != value else ()

    def remove(self, section: str, key: str) -> Edits:
        """Take a setting out, with all lines of its value; comments stay. No edits where it is not set."""
        setting = self._existing(section).find(key)
        return tuple(Edit(start, end, "") for start, end in setting.lines) if setting else ()

    def add_section(self, name: str, settings: Mapping[str, str]) -> Edits:
        """Write a new section at the end. Raises `InputError` where there is one of this name."""
        if present := self.section(name):
            raise InputError(f"`{self.path}`:{present.line}: there is a section `[{name}]` already")
        for key, value in settings.items():
            self._check_value(key, value)
        lines = [f"[{name}]", *(f"{key} = {value}" for key, value in settings.items())]
        end = "" if not self.text or self.text.endswith(("\n", "\r")) else self.newline
        gap = self.newline if self.text else ""
        return (Edit(len(self.text), len(self.text), end + gap + "".join(line + self.newline for line in lines)),)

    def remove_section(self, name: str) -> Edits:
        """Take out a section: its header, its settings, and one empty line before it; comments stay."""
        section = self._existing(name)
        spans = [section.header, *(line for setting in section.settings for line in setting.lines)]
        before = [match for match in _LINE.finditer(self.text, 0, section.header[0]) if match.end() > match.start()]
        if before and not before[-1][1].strip() and before[-1][2]:
            spans.insert(0, before[-1].span())
        return tuple(Edit(start, end, "") for start, end in spans)

    @property
    def newline(self) -> str:
        """How this file ends its lines."""
        first = _LINE.match(self.text)
        return first[2] if first and first[2] else "\n"

    def _existing(self, name: str) -> Section:
        section = self.section(name)
        if section is None:
            raise InputError(f"`{self.path}` has no section `[{name}]`")
        return section

    def _behind(self, section: Section, line: str) -> Edit:
        """A line after the last one of a section that says something."""
        spans = [section.header, *(span for setting in section.settings for span in setting.lines)]
        end = spans[-1][1]
        ended = self.text[end - 1] in "\r\n"
        return Edit(end, end, f"{line}{self.newline}" if ended else f"{self.newline}{line}")

    def _check_value(self, key: str, value: str) -> None:
        """A value is read back as it is written, by botocore and by the SDKs that know comments behind values."""
        if value != value.strip() or len(value.splitlines()) > 1 or _COMMENT.search(f" {value}") or "\x00" in value:
            raise InputError(
                f"the value for `{key}` cannot be written to `{self.path}`: a line end, a space at an end, or a `#` or "
                "`;` after a space would be read as something else"
            )


def section_name(profile: str) -> str:
    """What stands between the brackets for a profile of the config file.

    Raises `InputError` for a name that cannot be written so that every SDK reads it.
    """
    if not _PROFILE_NAME.fullmatch(profile):
        raise InputError(
            f"`{profile}` cannot be a profile's name",
            hint="use letters, digits and any of `_.@%+=:,/~-`, with single spaces between words",
        )
    if profile == "default":
        return profile
    return f'profile "{profile}"' if " " in profile else f"profile {profile}"


def _indent_for(section: Section) -> str:
    """Far enough left to continue no value, far enough right to be continued by nothing."""
    if section.settings:
        return section.settings[-1].indent
    return section.indent if section.following is None else section.following


def _kind_of(section: str) -> str | None:
    """botocore asks how the name starts, so that `[profiles x]` is a profile too."""
    return next((kind for kind in ("profile", "sso-session", "services") if section.startswith(kind)), None)


def _name_in(section: str) -> str | None:
    try:
        parts = shlex.split(section)
    except ValueError:
        return None
    return parts[1] if len(parts) == 2 else None


def _lock_of(path: Path) -> Path:
    """Beside the file itself, so that whoever comes to it by another link waits too."""
    target = Path(os.path.realpath(path))
    return target.parent / f".{target.name}.iamfa-lock"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Nobody else of this program reads, changes and writes the file meanwhile; its folder is made where it is missing.

    Raises `InputError` where another process holds it for half a minute, or where the system does not let it be held.
    """
    import filelock

    beside = _lock_of(path)
    lock = filelock.FileLock(beside, timeout=_PATIENCE_SECONDS, mode=0o600)
    try:
        beside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire()
    except filelock.Timeout:
        raise InputError(f"`{path}` is held by another process", hint="wait for it to end, and try again") from None
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        yield
    finally:
        lock.release()


def write(file: AwsFile) -> None:
    """Put a file on the disk, whole or not at all; it keeps its mode, and a new one is the user's alone.

    Raises `InputError` where the system does not let it be written.
    """
    try:
        write_text(file.path, file.text, mode=None if file.path.exists() else 0o600)
    except OSError as error:
        raise _unwritable(file.path, error) from error


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(f"`{path}` cannot be written: {error.strerror or error}")


_PATIENCE_SECONDS = 30


class _Reading:
    """One pass over the lines, by the rules of `configparser.RawConfigParser`."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._text = text

    def sections(self) -> Iterator[Section]:
        if self._text.startswith("\ufeff"):
            raise self._error(1, "the file starts with a byte-order mark, which the SDKs cannot read", _NO_MARK)
        header: tuple[str, int, str, tuple[int, int]] | None = None
        settings: list[_Open] = []
        seen: set[str] = set()
        keys: dict[tuple[str, str], int] = {}
        indent = 0
        for number, match in enumerate(_LINE.finditer(self._text), start=1):
            line, span = match[1], match.span()
            said = line.strip()
            if said.startswith(("#", ";")):
                continue
            if not said:
                if settings:
                    settings[-1].parts.append("")
                continue
            deep = len(line) - len(line.lstrip())
            if settings and deep > indent:
                settings[-1].parts.append(said)
                settings[-1].lines.append(span)
                continue
            indent = deep
            if head := _HEADER.match(said):
                if header:
                    yield self._section(header, settings, line[:deep])
                header, settings = (head[1], number, line[:deep], span), []
                if head[1] in seen and head[1] != _DEFAULTS:
                    raise self._error(number, f"the section `[{_told(head[1])}]` is there twice", _TWICE)
                seen.add(head[1])
                continue
            if header is None:
                raise self._error(number, "a setting stands before any section", "put it below a `[section]`")
            setting = self._setting(number, line, span)
            if (header[0], setting.name) in keys:
                first = keys[header[0], setting.name]
                raise self._error(number, f"`{_told(setting.name)}` is set twice, first on line {first}", _TWICE)
            keys[header[0], setting.name] = number
            settings.append(setting)
        if header:
            yield self._section(header, settings, None)

    def _setting(self, number: int, line: str, span: tuple[int, int]) -> _Open:
        said = line.strip()
        places = [place for place in (said.find("="), said.find(":")) if place >= 0]
        name = said[: min(places)].rstrip() if places else ""
        if not name:
            raise self._error(number, "this line is no section, no setting and no comment", "write `name = value`")
        value = said[min(places) + 1 :].strip()
        deep = len(line) - len(line.lstrip())
        end = span[0] + deep + len(said)
        return _Open(name.lower(), number, line[:deep], (end - len(value), end), [value], [span])

    def _section(
        self, header: tuple[str, int, str, tuple[int, int]], settings: list[_Open], following: str | None
    ) -> Section:
        name, line, indent, span = header
        done = tuple(
            Setting(each.name, self._value(each), each.line, each.indent, each.written, tuple(each.lines))
            for each in settings
        )
        return Section(name, line, indent, span, done, following)

    def _value(self, setting: _Open) -> Value:
        joined = "\n".join(setting.parts).rstrip()
        if not joined.startswith("\n"):
            return joined
        nested: dict[str, str] = {}
        for line in joined.splitlines():
            if not line.strip():
                continue
            name, equals, value = line.strip().partition("=")
            if not equals:
                told = _told(setting.name)
                raise self._error(setting.line, f"a line below `{told}` is no setting", "write `name = value`")
            nested[name.strip()] = value.strip()
        return MappingProxyType(nested)

    def _error(self, line: int, message: str, hint: str) -> InputError:
        return InputError(f"`{self._path}`:{line}: {message}", hint=hint)


_TWICE = "the SDKs refuse the whole file then: remove one of the two"
_NO_MARK = "save it as UTF-8 without a byte-order mark"


@dataclass(slots=True)
class _Open:
    """A setting whose value may still go on."""

    name: str
    line: int
    indent: str
    written: tuple[int, int]
    parts: list[str]
    lines: list[tuple[int, int]]


def _told(name: str) -> str:
    return name if len(name) <= _TOLD_LENGTH else f"{name[:4]}…"
