"""`python -m iamfa` is the command, and importing its module is not."""

from __future__ import annotations

import subprocess
import sys

import pytest

import iamfa


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)


def test_running_the_package_runs_the_command() -> None:
    found = python("-m", "iamfa", "--version")
    assert (found.returncode, found.stdout) == (0, f"iamfa {iamfa.__version__}\n")


@pytest.mark.parametrize("module", ["iamfa", "iamfa.__main__", "iamfa.cli.main"])
def test_importing_a_module_runs_nothing(module: str) -> None:
    found = python("-c", f"import {module}")
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")
