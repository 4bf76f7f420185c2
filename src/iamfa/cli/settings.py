"""Settings from `iamfa.toml` or `[tool.iamfa]` of pyproject.toml, found from the working folder upward.

Keys mirror options, and an option on the command line goes before. The first folder that has settings is taken, and
there `iamfa.toml` before pyproject.toml.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from iamfa.cli.common import SEVERITIES
from iamfa.errors import IamfaError


class SettingsError(IamfaError):
    """A file of settings cannot be read, or holds a key or value that means nothing."""


@dataclass(frozen=True, slots=True)
class _Key:
    option: str
    """The parameter whose default it gives."""
    read: Callable[[object], object]
    """Gives the option's value; raises ValueError with what is expected."""


def _one_of(*choices: str) -> Callable[[object], object]:
    def read(value: object) -> object:
        if value not in choices:
            raise ValueError("one of " + ", ".join(choices))
        return value

    return read


def _text(value: object) -> object:
    if not isinstance(value, str) or not value:
        raise ValueError("a text")
    return value


def _names(value: object) -> object:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("a list of texts")
    return [",".join(names)]


def _pairs(value: object) -> object:
    if not isinstance(value, dict) or not all(isinstance(each, str | int) for each in value.values()):
        raise ValueError('a table, e.g. { totp-window = "1" }')
    return [f"{name}={each}" for name, each in value.items()]


def _exceptions(value: object) -> object:
    from iamfa.cli.register import exemptions_in

    return exemptions_in(value)


_AUDIT_KEYS: Final[Mapping[str, _Key]] = {
    "select": _Key("select", _names),
    "ignore": _Key("ignore", _names),
    "fail-on": _Key("fail_on", _one_of(*SEVERITIES)),
    "exceptions": _Key("exceptions", _exceptions),
}
"""Of the table `audit`, which is for that command alone."""


def _audit(value: object) -> object:
    if not isinstance(value, dict):
        raise ValueError("a table")
    return _read(value, _AUDIT_KEYS)


_KEYS: Final[Mapping[str, _Key]] = {
    "select": _Key("select", _names),
    "ignore": _Key("ignore", _names),
    "fail-on": _Key("fail_on", _one_of(*SEVERITIES)),
    "assume": _Key("assume", _pairs),
    "expect-exempt": _Key("expect_exempt", _names),
    "partition": _Key("partition", _text),
    "platform": _Key("platform", _text),
    "audit": _Key("audit", _audit),
}


def defaults_below(folder: Path) -> dict[str, Any]:
    """The defaults of options by their parameters' names, from the settings that hold for *folder*.

    Raises SettingsError for a file that is no TOML, an unknown key, or a value of the wrong form.
    """
    for place in (folder, *folder.parents):
        for name, table in (("iamfa.toml", ()), ("pyproject.toml", ("tool", "iamfa"))):
            found = _table(place / name, table)
            if found is not None:
                return _defaults(place / name, found)
    return {}


def _table(path: Path, names: tuple[str, ...]) -> Mapping[str, object] | None:
    """The table of settings in a file; None where there is none."""
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        raise SettingsError(f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}") from error
    if names and b"iamfa" not in data:
        return None
    import tomllib

    try:
        value: object = tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"`{path}` is no TOML: {error}") from error
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    if value is None:
        return None
    if not isinstance(value, dict):
        raise SettingsError(f"`{'.'.join(names)}` in `{path}` is no table")
    return value


def _defaults(path: Path, table: Mapping[str, object]) -> dict[str, Any]:
    try:
        return _read(table, _KEYS)
    except _UnknownKeyError as error:
        raise SettingsError(f"`{error.key}` in `{path}` is no setting", hint=error.hint) from error
    except _ValueOfKeyError as error:
        raise SettingsError(f"the value of `{error.key}` in `{path}` is none", hint=error.hint) from error


class _KeyedError(Exception):
    """Something is wrong with one key."""

    def __init__(self, key: str, hint: str) -> None:
        super().__init__(key)
        self.key = key
        self.hint = hint

    def below(self, key: str) -> _KeyedError:
        """The same, as it is called from one table further up."""
        return type(self)(f"{key}.{self.key}", self.hint)


class _UnknownKeyError(_KeyedError):
    """A key means nothing."""


class _ValueOfKeyError(_KeyedError):
    """A value has another form."""


def _read(table: Mapping[str, object], keys: Mapping[str, _Key]) -> dict[str, Any]:
    """The values of the keys by the parameters whose defaults they are."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        key = keys.get(name)
        if key is None:
            raise _UnknownKeyError(name, "one of " + ", ".join(keys))
        try:
            found[key.option] = key.read(value)
        except _KeyedError as error:
            raise error.below(name) from error
        except ValueError as error:
            raise _ValueOfKeyError(name, f"it is {error}") from error
    return found
