"""The public face: what is on it exists, says what it is for, and is called like no room."""

from __future__ import annotations

import inspect
import re
import runpy
from pathlib import Path

import pytest

import iamfa

AGREED = {
    "Policy", "PolicyError", "Bundle", "Request", "decide", "Decider", "check", "repair",
    "prove", "questions", "compare", "Proved", "Refuted", "Unknown", "Sandbox",
}  # fmt: skip


def test_the_agreed_names_are_on_the_face() -> None:
    assert set(iamfa.__all__) >= AGREED | {"__version__"}


@pytest.mark.parametrize("name", sorted(AGREED))
def test_a_name_of_the_face_exists_and_says_what_it_is_for(name: str) -> None:
    assert sentences(getattr(iamfa, name))


def sentences(thing: object) -> str:
    """The docstring that was written for a thing (none inherited, none that a dataclass makes up)."""
    text = inspect.getdoc(thing) or ""
    return "" if re.match(r"\w+\(", text) else text


def public_members(thing: object) -> dict[str, object]:
    """The public methods and properties that a class itself defines."""
    members = vars(thing).items() if inspect.isclass(thing) else ()
    return {
        name: member
        for name, member in members
        if not name.startswith("_") and isinstance(member, staticmethod | classmethod | property | type(sentences))
    }


def test_every_public_class_function_and_method_says_what_it_is_for() -> None:
    silent = []
    for name in iamfa.__all__:
        thing = getattr(iamfa, name)
        if callable(thing) and not sentences(thing):
            silent.append(name)
        if inspect.ismodule(thing):
            asked = {n: each for n, each in vars(thing).items() if inspect.isfunction(each) and not n.startswith("_")}
            silent += [f"{name}.{n}" for n, each in asked.items() if not sentences(each)]
        silent += [f"{name}.{member}" for member, each in public_members(thing).items() if not sentences(each)]
    assert not silent


def test_no_name_of_the_face_is_the_name_of_a_room(root: Path) -> None:
    rooms = {path.stem for path in (root / "src" / "iamfa").iterdir() if not path.name.startswith("_")}
    assert {"policy", "evaluate", "errors"} <= rooms
    assert not rooms & set(iamfa.__all__)


def test_the_face_lists_itself_and_refuses_what_it_has_not() -> None:
    assert set(iamfa.__all__) <= set(dir(iamfa))
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = iamfa.no_such_name


def test_the_usage_that_the_types_are_checked_with_also_runs(root: Path) -> None:
    names = runpy.run_path(str(root / "tests" / "typing" / "usage.py"))
    names["use_everything"]()
