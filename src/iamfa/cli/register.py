"""The register of exceptions: entries of `[[audit.exceptions]]` in the settings, or of a TOML file of its own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from iamfa.audit.values import Exemption
from iamfa.errors import InputError

_TEXTS: Final = ("principal", "reason", "owner", "compensating_control")
_KEYS: Final = (*_TEXTS, "expires", "break_glass")


class RegisterError(InputError):
    """A file is no register of exceptions."""


def exemptions_in(value: object) -> tuple[Exemption, ...]:
    """The entries of a list of tables. Raises ValueError with what is expected."""
    if not isinstance(value, list):
        raise ValueError("a list of tables, [[audit.exceptions]]")
    return tuple(_exemption(each, number) for number, each in enumerate(value, 1))


def register_of(path: str) -> tuple[Exemption, ...]:
    """The entries of a file with `[[exceptions]]` or `[[audit.exceptions]]`.

    Raises `RegisterError` where it cannot be read, is no TOML, or an entry is none.
    """
    try:
        found: dict[str, Any] = tomllib.loads(Path(path).read_bytes().decode("utf-8"))
    except OSError as error:
        raise RegisterError(f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RegisterError(f"`{path}` is no TOML: {error}") from error
    inner = found.get("audit")
    table = inner if isinstance(inner, dict) else found
    if "exceptions" not in table:
        raise RegisterError(f"`{path}` holds no [[exceptions]]", hint="an empty register is `exceptions = []`")
    try:
        return exemptions_in(table["exceptions"])
    except ValueError as error:
        raise RegisterError(f"`{path}` is no register of exceptions", hint=f"`exceptions` is {error}") from error


def _exemption(value: object, number: int) -> Exemption:
    if not isinstance(value, dict):
        raise ValueError("a list of tables, [[audit.exceptions]]")
    told: dict[str, object] = {name.replace("-", "_"): each for name, each in value.items()}
    unknown = next((name for name in value if name.replace("-", "_") not in _KEYS), None)
    if unknown is not None:
        raise ValueError(f"a list of tables with {', '.join(_KEYS)}, and entry {number} has `{unknown}`")
    texts = {name: _text(told, name, number) for name in _TEXTS}
    if not texts["principal"]:
        raise ValueError(f"a list of tables with a `principal` each, and entry {number} has none")
    break_glass = told.get("break_glass", False)
    if not isinstance(break_glass, bool):
        raise ValueError(f"a list of tables, and `break_glass` of entry {number} is neither true nor false")
    return Exemption(**texts, expires=_day(told, number), break_glass=break_glass)


def _text(told: Mapping[str, object], name: str, number: int) -> str:
    value = told.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f"a list of tables, and `{name}` of entry {number} is no text")
    return value.strip()


def _day(told: Mapping[str, object], number: int) -> date | None:
    value = told.get("expires")
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"a list of tables, and `expires` of entry {number} is no day, e.g. 2026-12-31") from None
