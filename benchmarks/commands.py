"""Whole commands, from the start of Python to its end, beside a Python that does nothing."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from importlib import resources

from benchmarks.measure import Row, medians, ratio, seconds_of

TURNS = 15


def run(*arguments: str) -> None:
    """Run Python with these arguments, whatever it answers: `check` ends with 1 where there are findings."""
    subprocess.run([sys.executable, *arguments], capture_output=True, check=False)


def rows() -> list[Row]:
    """The rows of the table."""
    with resources.as_file(resources.files("iamfa.cli.story") / "2-required-only.json") as path:
        turns = seconds_of(
            partial(run, "-c", "pass"),
            partial(run, "-m", "iamfa", "check", str(path)),
            partial(run, "-m", "iamfa", "--version"),
            partial(run, "-c", "import iamfa"),
            turns=TURNS,
        )
    bare, check, version, imported = medians(turns)
    return [
        Row("python -c pass", f"{bare * 1e3:.0f} ms"),
        Row("iamfa check 2-required-only.json", f"{check:.3f} s", "0.15 s, at most 0.3 s", check <= 0.15),
        Row("  in units of python -c pass", f"{ratio(turns, 1, 0):.1f}"),
        Row("iamfa --version", f"{version * 1e3:.0f} ms"),
        Row("import iamfa, above python -c pass", f"{(imported - bare) * 1e3:.1f} ms"),
    ]
