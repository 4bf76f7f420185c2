"""The register of exceptions: what an entry holds, and what is none, by its number and its field."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from iamfa.audit.values import Exemption
from iamfa.cli.register import RegisterError, exemptions_in, register_of

WHOLE = """
[[exceptions]]
principal = "arn:aws:iam::123456789012:user/emergency"
reason = " works when nothing else does "
owner = "security"
expires = 2026-12-31
compensating-control = "a safe"
break_glass = true
"""


@pytest.mark.parametrize("text", [WHOLE, WHOLE.replace("[[exceptions]]", "[[audit.exceptions]]")])
def test_an_entry_is_read_with_all_that_it_tells(tmp_path: Path, text: str) -> None:
    (tmp_path / "register.toml").write_text(text)
    assert register_of(str(tmp_path / "register.toml")) == (
        Exemption(
            "arn:aws:iam::123456789012:user/emergency",
            "works when nothing else does",
            "security",
            date(2026, 12, 31),
            "a safe",
            break_glass=True,
        ),
    )


@pytest.mark.parametrize("day", ["2026-12-31", "2026-12-31T12:00:00Z", '"2026-12-31"'])
def test_the_last_day_may_be_a_day_a_time_or_a_text(tmp_path: Path, day: str) -> None:
    (tmp_path / "register.toml").write_text(f'[[exceptions]]\nprincipal = "alice"\nexpires = {day}\n')
    (entry,) = register_of(str(tmp_path / "register.toml"))
    assert entry.expires == date(2026, 12, 31)
    assert entry.missing == ("reason", "owner", "compensating_control")


def test_an_empty_register_says_that_it_is_one(tmp_path: Path) -> None:
    (tmp_path / "register.toml").write_text("exceptions = []")
    assert register_of(str(tmp_path / "register.toml")) == ()


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ({}, "a list of tables, [[audit.exceptions]]"),
        (["alice"], "a list of tables, [[audit.exceptions]]"),
        ([{"principal": "a"}, {"reason": "b"}], "a `principal` each, and entry 2 has none"),
        ([{"principal": "a", "expiry": "b"}], "break_glass, and entry 1 has `expiry`"),
        ([{"principal": 3}], "`principal` of entry 1 is no text"),
        ([{"principal": "a", "expires": "soon"}], "`expires` of entry 1 is no day"),
        ([{"principal": "a", "break_glass": "yes"}], "`break_glass` of entry 1 is neither true nor false"),
    ],
)
def test_what_is_no_entry_is_refused_by_its_number(entries: object, expected: str) -> None:
    with pytest.raises(ValueError) as caught:
        exemptions_in(entries)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (b"exceptions = [", "is no TOML", None),
        (b"\xff", "is no TOML", None),
        (b"x = 1", "holds no [[exceptions]]", "an empty register is `exceptions = []`"),
        (b"exceptions = 3", "is no register of exceptions", "`exceptions` is a list of tables, [[audit.exceptions]]"),
    ],
)
def test_a_file_that_is_no_register_is_refused(tmp_path: Path, text: bytes, message: str, hint: str | None) -> None:
    path = tmp_path / "register.toml"
    path.write_bytes(text)
    with pytest.raises(RegisterError) as caught:
        register_of(str(path))
    assert message in caught.value.message
    assert caught.value.hint == hint


def test_a_register_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match=r"none.toml` cannot be read: no such file"):
        register_of(str(tmp_path / "none.toml"))
