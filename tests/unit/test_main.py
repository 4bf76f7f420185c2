"""`python -m iamfa` is the command, and importing its module is not."""

from __future__ import annotations

import runpy
import sys

import pytest

import iamfa


def test_running_the_package_runs_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["iamfa", "--version"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("iamfa", run_name="__main__")
    assert ended.value.code in (0, None)
    assert iamfa.__version__ in capsys.readouterr().out


def test_importing_the_module_runs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_module("iamfa", run_name="iamfa.__main__")
    assert capsys.readouterr().out == ""
