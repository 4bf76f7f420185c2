"""JSON lines in, JSON lines out, one by one and in order: what is wrong with a line is its own answer."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from iamfa.errors import IamfaError

Answer = dict[str, Any]


class LineUnreadableError(IamfaError):
    """A line is no JSON value that can be answered."""


def answer_lines(
    path: str, answer: Callable[[Any], Answer], unreadable: Callable[[IamfaError], Answer]
) -> Iterator[Answer]:
    """Answer the lines of a file (`-` is standard input), writing each answer out before the next line is read.

    *unreadable* makes the answer to a line that is no JSON. Empty lines are passed over. Raises OSError where the file
    cannot be opened.
    """
    with _opened(path) as file:
        for raw in file:
            if not raw.strip():
                continue
            try:
                found = answer(parse_line(raw))
            except RecursionError:
                found = unreadable(LineUnreadableError("the line is nested too deeply"))
            except LineUnreadableError as error:
                found = unreadable(error)
            sys.stdout.write(json.dumps(found) + "\n")
            sys.stdout.flush()
            yield found


def parse_line(raw: bytes) -> Any:
    """The JSON value of a line; a key that stands twice in an object is refused, for one of the two would be lost.

    Raises LineUnreadableError, or RecursionError for one that is nested too deeply.
    """
    try:
        return json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        raise LineUnreadableError(f"byte {error.start + 1} of the line is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise LineUnreadableError(f"column {error.colno} of the line: {error.msg.lower()}") from error
    except ValueError as error:
        raise LineUnreadableError(f"the line is no JSON: {error}") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise LineUnreadableError(f"`{twice}` stands twice in one object")
    return found


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    if path == "-":
        if sys.stdin is None:
            raise LineUnreadableError("there is no standard input")
        yield sys.stdin.buffer
    else:
        with open(path, "rb") as file:
            yield file
