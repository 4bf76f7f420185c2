"""Lists in pages: `MaxItems`, `Marker`, `IsTruncated`, as IAM has them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from iamfa.sandbox.refusals import validation_error
from iamfa.sandbox.work import Parameters

T = TypeVar("T")

_MOST = 100
"""IAM's default for MaxItems."""


def page(items: Iterable[T], parameters: Parameters, name: Callable[[T], str]) -> tuple[list[T], dict[str, Any]]:
    """The part of a list that a call asks for, sorted by *name*, and what its answer says of the rest.

    A marker names the last item that was given, so that pages neither repeat nor lose what stays while others come and
    go. Raises `ApiError` for a marker that is none of ours.
    """
    after = _read_marker(parameters.get("Marker"))
    rest = sorted((item for item in items if after is None or name(item) > after), key=name)
    found = rest[: parameters.get("MaxItems", _MOST)]
    if len(found) == len(rest):
        return found, {"IsTruncated": False}
    return found, {"IsTruncated": True, "Marker": _marker(name(found[-1]))}


def _marker(name: str) -> str:
    return base64.urlsafe_b64encode(b"iamfa:" + name.encode()).decode()


def _read_marker(marker: str | None) -> str | None:
    if marker is None:
        return None
    try:
        found = base64.urlsafe_b64decode(marker.encode()).decode()
    except (binascii.Error, ValueError):
        found = ""
    if not found.startswith("iamfa:"):
        raise validation_error(f"Invalid Marker: {marker}")
    return found.removeprefix("iamfa:")
