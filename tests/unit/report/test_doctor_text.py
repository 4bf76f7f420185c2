"""What the doctor says, as people read it and as programs do."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamfa.report.doctor_json_v1 import doctor_json
from iamfa.report.doctor_text import doctor_lines
from iamfa.report.paper import Paper, plain
from iamfa.session.doctor_checkup import ROWS, Checkup

FINE = Checkup("environment-keys", "ok", "the environment holds no access keys", place="nowhere")
WARNED = Checkup("environment-profile", "warning", "two names", "unset one", "AWS_PROFILE")
BAD = Checkup("credentials-file", "problem", "others may read `/home/a\x1b[2J`", "chmod 600 it", "`/home/a`")
OPEN = Checkup("policies", "unknown", "nothing was read")
ALL = (FINE, WARNED, BAD, OPEN)


def test_each_family_has_its_part_and_the_end_its_sum() -> None:
    assert plain(doctor_lines(Paper(), ALL)) == (
        "environment\n"
        "  ✓ the environment holds no access keys\n"
        "  ! two names (environment-profile)\n"
        "      AWS_PROFILE\n"
        "      → unset one\n"
        "\n"
        "files\n"
        "  ✗ others may read `/home/a\\x1b[2J` (credentials-file)\n"
        "      → chmod 600 it\n"
        "\n"
        "policies\n"
        "  ? nothing was read (policies)\n"
        "\n"
        "1 problem, 1 warning, 1 unknown\n"
    )


def test_verbose_tells_ids_and_places_of_what_is_fine_too() -> None:
    text = plain(doctor_lines(Paper(unicode=False), (FINE,), verbose=True))
    assert "+ the environment holds no access keys (environment-keys)\n      nowhere\n" in text
    assert text.endswith("nothing stands in the way\n")


@pytest.mark.parametrize(("found", "lines"), [(ALL, 13), ((FINE,), 0), ((), 0)])
def test_quiet_tells_only_what_is_not_fine(found: tuple[Checkup, ...], lines: int) -> None:
    text = plain(doctor_lines(Paper(), found, quiet=True))
    assert "no access keys" not in text
    assert text.count("\n") == lines


def test_programs_read_every_checkup_and_the_sum() -> None:
    found = doctor_json(ALL, profile="work", offline=True)
    assert {name: value for name, value in found.items() if name != "checkups"} == {
        "version": 1,
        "profile": "work",
        "offline": True,
        "summary": {"ok": 1, "warning": 1, "problem": 1, "unknown": 1},
    }
    assert found["checkups"][1] == {
        "id": "environment-profile",
        "family": "environment",
        "state": "warning",
        "message": "two names",
        "hint": "unset one",
        "place": "AWS_PROFILE",
    }


def test_the_formats_tell_of_each_thing_that_is_looked_at() -> None:
    formats = (Path(__file__).parents[3] / "docs" / "formats.md").read_text(encoding="utf-8")
    for row in ROWS:
        important = "yes" if row.important else ""
        assert f"| `{row.id}` | {row.family} | {row.about} | {important} |".replace("  |", " |") in formats.replace(
            "  |", " |"
        )
