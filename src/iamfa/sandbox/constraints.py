"""Whether parameters keep the model's constraints, and AWS's message when they do not: every violation at once.

The wording is that of real answers of IAM and STS (`1 validation error detected: Value 'a b' at 'userName' failed to
satisfy constraint: …`): the pattern before the lengths, `Value at` for secrets, the constraints of a simple list's
entries together as `Member must satisfy constraint: […]`, structures in lists as `tags.1.member.key`. The order among
members is the model's; AWS documents none. Lengths count code points. How AWS prints a list of structures in a message
is not documented; here it is `[{key=a, value=b}]`.

Organizations answers `InvalidInputException` with a `Reason` (API_AttachPolicy.html, Errors), the first violation only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.model import ModelError, Operation, Shape

_LONGEST_ECHO: Final = 4096
"""Characters of a value that a message repeats."""
_LONGEST_MATCH: Final = 4096
"""Characters that a pattern of several parts is tried on where the model gives no greatest length."""

_REASONS: Final = {
    "INPUT_REQUIRED": "You must include a value for all required parameters.",
    "INVALID_ENUM": "You specified an invalid value.",
    "INVALID_LIST_MEMBER": "You provided a list to a parameter that contains at least one invalid value.",
    "INVALID_PATTERN": "You provided a value that does not match the required pattern.",
    "MAX_LENGTH_EXCEEDED": "You provided a string parameter that is longer than allowed.",
    "MAX_VALUE_EXCEEDED": "You provided a numeric parameter that has a larger value than allowed.",
    "MIN_LENGTH_EXCEEDED": "You provided a string parameter that is shorter than allowed.",
    "MIN_VALUE_EXCEEDED": "You provided a numeric parameter that has a smaller value than allowed.",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One constraint that one value does not keep."""

    path: str
    """Where the value stands, as AWS writes it: `tags.1.member.key`."""
    shown: str
    """The value as AWS repeats it: ` 'a b'`, ` null`, or nothing for a secret."""
    constraint: str
    """What it must be: `Member must not be null`."""
    reason: str
    """The `Reason` that Organizations gives."""

    def __str__(self) -> str:
        return f"Value{self.shown} at '{self.path}' failed to satisfy constraint: {self.constraint}"


def check(operation: Operation, parameters: Mapping[str, Any]) -> None:
    """Raises ApiError, in the form of the operation's service, when the parameters break any constraint."""
    if operation.input_shape is None:
        return
    found = violations(operation.input_shape, parameters)
    if not found:
        return
    plural = "error" if len(found) == 1 else "errors"
    text = f"{len(found)} validation {plural} detected: {'; '.join(map(str, found))}"
    if operation.service.protocol == "query":
        raise ApiError("ValidationError", text)
    reason = found[0].reason
    raise ApiError("InvalidInputException", _REASONS[reason], hint=text, fields={"Reason": reason})


def violations(shape: Shape, parameters: Mapping[str, Any]) -> list[Violation]:
    """Every violation, in the model's order; values have the types of their shapes already."""
    found: list[Violation] = []
    _structure(shape, parameters, "", found)
    return found


def _structure(shape: Shape, value: Mapping[str, Any], path: str, found: list[Violation]) -> None:
    if shape.union and len(value) != 1:
        found.append(Violation(path, _shown(shape, value), "Member must have exactly one member set", "INPUT_REQUIRED"))
    for name, member in shape.members.items():
        below = f"{path}.{_lowered(name)}" if path else _lowered(name)
        given = value.get(name)
        if given is not None:
            _value(member, given, below, found)
        elif name in shape.required:
            found.append(
                Violation(below, "" if member.sensitive else " null", "Member must not be null", "INPUT_REQUIRED")
            )


def _value(shape: Shape, value: Any, path: str, found: list[Violation]) -> None:
    match shape.kind:
        case "structure":
            _structure(shape, value, path, found)
            return
        case "list":
            _entries(shape, value, path, found)
            rules = _broken(shape, len(value))
        case "map":
            for key, each in value.items():
                _value(shape.members["key"], key, f"{path}.key", found)
                _value(shape.members["value"], each, f"{path}.{key}.member", found)
            rules = _broken(shape, len(value))
        case "string":
            rules = _broken_text(shape, value)
        case "integer" | "long":
            rules = _broken(shape, value)
        case _:
            return
    if rules:
        shown = _shown(shape, value)
        found.extend(Violation(path, shown, constraint, reason) for constraint, reason in rules)


def _entries(shape: Shape, value: Sequence[Any], path: str, found: list[Violation]) -> None:
    """Structures are named one by one; of simple entries AWS says together what each must be."""
    member = shape.members["member"]
    if member.kind in {"structure", "list", "map"}:
        for index, each in enumerate(value, 1):
            _value(member, each, f"{path}.{index}.member", found)
        return
    bad: list[Violation] = []
    for each in value:
        _value(member, each, path, bad)
        if bad:
            together = f"Member must satisfy constraint: [{', '.join(_constraints(member))}]"
            found.append(Violation(path, _shown(shape, value), together, "INVALID_LIST_MEMBER"))
            return


def _broken_text(shape: Shape, value: str) -> list[tuple[str, str]]:
    rules = []
    if shape.enum and value not in shape.enum:
        rules.append((_enum(shape), "INVALID_ENUM"))
    if shape.pattern is not None and not _fits(shape, shape.pattern, value):
        rules.append((_pattern(shape.pattern), "INVALID_PATTERN"))
    return rules + _broken(shape, len(value))


def _broken(shape: Shape, size: int) -> list[tuple[str, str]]:
    """The bounds that a length, a number of entries or a number does not keep."""
    kind = "VALUE" if shape.kind in {"integer", "long"} else "LENGTH"
    rules = []
    if shape.maximum is not None and size > shape.maximum:
        rules.append((_bound(shape, "less", shape.maximum), f"MAX_{kind}_EXCEEDED"))
    if shape.minimum is not None and size < shape.minimum:
        rules.append((_bound(shape, "greater", shape.minimum), f"MIN_{kind}_EXCEEDED"))
    return rules


def _constraints(shape: Shape) -> list[str]:
    """All that a simple entry of a list must keep, kept or not, in AWS's order."""
    return [
        *([_bound(shape, "less", shape.maximum)] if shape.maximum is not None else ()),
        *([_bound(shape, "greater", shape.minimum)] if shape.minimum is not None else ()),
        *([_pattern(shape.pattern)] if shape.pattern is not None else ()),
        *([_enum(shape)] if shape.enum else ()),
    ]


def _bound(shape: Shape, direction: str, bound: int) -> str:
    what = "value" if shape.kind in {"integer", "long"} else "length"
    return f"Member must have {what} {direction} than or equal to {bound}"


def _pattern(pattern: str) -> str:
    return f"Member must satisfy regular expression pattern: {pattern}"


def _enum(shape: Shape) -> str:
    return f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"


def _lowered(name: str) -> str:
    return name[:1].lower() + name[1:]


def _shown(shape: Shape, value: object) -> str:
    """The value as a message repeats it; a secret, or what holds one, is not repeated."""
    text = _java(shape, value)
    return "" if text is None else f" '{text if len(text) <= _LONGEST_ECHO else text[:_LONGEST_ECHO] + '...'}'"


def _java(shape: Shape, value: Any) -> str | None:
    """A value as Java prints it, None when it holds a secret."""
    if shape.sensitive:
        return None
    match shape.kind:
        case "list":
            parts = [_java(shape.members["member"], each) for each in value]
            return None if None in parts else f"[{', '.join(part for part in parts if part is not None)}]"
        case "structure":
            named = [(_lowered(name), _java(shape.members[name], each)) for name, each in value.items()]
            return None if any(text is None for _, text in named) else f"{{{', '.join(f'{n}={t}' for n, t in named)}}}"
        case "map":
            return f"{{{', '.join(f'{key}={each}' for key, each in value.items())}}}"
        case _:
            return str(value)


_PROPERTIES: Final = r"\p{L}\p{Z}\p{N}_"
# Python's `\w` is every letter, every number and `_`; these are the separators (Zs, Zl, Zp), written out.
_AS_PYTHON: Final = r"\w \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_ONE_CLASS: Final = re.compile(r"\^?\(?\[(?:\\.|[^\]\\])+\][*+]\)?\$?")
"""A pattern of one class, which is matched in one pass whatever the value."""


@cache
def matcher(pattern: str) -> Callable[[str], object]:
    r"""Whether a whole value matches one of AWS's patterns, which are Java's: `\w`, `\d`, `\s` mean ASCII there.

    `\u10000-\u10FFFF` (STS's ARNs) is read as Java and Python both read it: `\u1000`, then `0` to `\u10FF`, then `FF`.
    """
    translated = pattern.replace(_PROPERTIES, _AS_PYTHON)
    if r"\p" in translated:
        raise ModelError(f"the pattern `{pattern}` has a property that is not built")
    return re.compile(translated, re.ASCII if translated == pattern else 0).fullmatch


def _fits(shape: Shape, pattern: str, value: str) -> bool:
    """A pattern of several parts is not tried on a value that is too long anyway, lest it take longer than linear time.

    The length is reported then, and the pattern only where the model states no length.
    """
    if len(value) > (shape.maximum or _LONGEST_MATCH) and not _ONE_CLASS.fullmatch(pattern):
        return shape.maximum is not None
    return matcher(pattern)(value) is not None
