"""No key, token, seed or code anywhere but in the cache and where it was asked for.

Everything is looked at that others could see: command lines and environments of every process while the question
stands there, what wrapped programs were given, all output, all files.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.terminal.conftest import Start
from tests.terminal.people import Person
from tests.terminal.typist import Typist

RECORDER = """#!{python}
import json, os, sys
with open({log!r}, "a") as log:
    log.write(json.dumps(sys.argv) + chr(10))
os.environ["PATH"] = {path!r}
os.execvp({name!r}, [{name!r}, *sys.argv[1:]])
"""


class Secrets:
    """What must not be seen, by what it is."""

    def __init__(self, alice: Person) -> None:
        self.alice = alice
        self.codes: list[str] = []

    def code(self, steps: int) -> str:
        self.codes.append(self.alice.code(steps=steps))
        return self.codes[-1]

    @property
    def all(self) -> dict[str, str]:
        alice = self.alice
        seeds = alice.box.call(
            lambda state: {each.serial: each.seed for each in state.account.devices.values() if each.user == alice.name}
        )
        found = {f"seed of {serial}": seed.reveal() for serial, seed in seeds.items() if seed is not None}
        found |= {f"code {number}": code for number, code in enumerate(self.codes)}
        found["secret access key"] = alice.keys["aws_secret_access_key"]
        return {**found, **self.of_sessions}

    @property
    def of_sessions(self) -> dict[str, str]:
        every = self.alice.box.call(
            lambda state: [each for each in state.sessions.values() if each.user == self.alice.name or each.role]
        )
        found = {}
        for each in every:
            found[f"secret of {each.key_id}"] = each.secret.reveal()
            found[f"token of {each.key_id}"] = each.token.reveal()
        return found

    def none_in(self, text: str, where: str, allowed: frozenset[str] = frozenset()) -> None:
        seen = [what for what, secret in self.all.items() if secret in text and secret not in allowed]
        assert not seen, f"{seen} in {where}"


def processes() -> Iterator[tuple[str, str]]:
    """Command lines and environments of everything that runs here, but for the test's own."""
    for each in Path("/proc").iterdir():
        if each.name.isdigit() and int(each.name) != os.getpid():
            for name in ("cmdline", "environ"):
                try:
                    yield f"{each}/{name}", (each / name).read_bytes().decode("utf-8", "replace")
                except OSError:
                    continue


@pytest.fixture
def recorded(tmp_path: Path) -> tuple[str, Path]:
    """A PATH on which programs write down what they are given, and the file in which."""
    folder, log = tmp_path / "bin", tmp_path / "recorded"
    folder.mkdir()
    log.write_text("")
    for name in ("aws", "ykman", "xdg-open", "env", "sh", "cat", "true"):
        program = folder / name
        program.write_text(RECORDER.format(python=sys.executable, log=str(log), path=os.environ["PATH"], name=name))
        program.chmod(0o700)
    return f"{folder}{os.pathsep}{os.environ['PATH']}", log


def test_secrets_are_nowhere_but_in_the_cache(
    alice: Person, at: Start, tmp_path: Path, recorded: tuple[str, Path]
) -> None:
    path, log = recorded
    alice.profile("reader", role_arn=alice.role(f"{alice.name}-reader"), source_profile="default")
    secrets = Secrets(alice)
    outputs: list[tuple[str, str]] = []

    def run(
        *arguments: str, code: int | None = None, expected: int = 0, gives: bool = False, **settings: object
    ) -> str:
        out = tmp_path / f"out-{len(outputs)}"
        typist: Typist = at(alice, *arguments, streams={1: out, **settings.pop("streams", {})}, more={"PATH": path})
        if code is not None:
            typist.expect("MFA code of phone")
            for where, text in processes():
                secrets.none_in(text, where)
            typist.type(secrets.code(code))
        assert typist.end() == expected, typist.screen
        secrets.none_in(typist.written, f"the terminal of {arguments}")
        if not gives:
            secrets.none_in(out.read_text(), f"the output of {arguments}")
        outputs.append((" ".join(arguments), typist.written))
        text = out.read_text()
        out.unlink()
        return text

    run("login", "--explain", "--verbose", code=-1)
    run("login", "--profile", "reader", "--explain", "--format", "json")
    run("status")
    run("status", "--format", "json")
    given = run("credential-process", gives=True)
    assert any(secret in given for secret in secrets.of_sessions.values())
    assert secrets.alice.keys["aws_secret_access_key"] not in given
    run("credential-process", "--profile", "reader", "--explain", gives=True)
    assert run("exec", "--", "true") == ""
    assert "export AWS_SESSION_TOKEN" in run("env", "--shell", "sh", gives=True)
    run("env", "--unset", "--shell", "sh")
    link = run("console", "--profile", "reader", gives=True)
    secrets.none_in(link, "the console's address")
    given_code = tmp_path / "given"
    given_code.write_text(secrets.code(0))
    run("login", "--renew", "--token-code", "-", "--verbose", streams={0: given_code})
    given_code.unlink()

    # What fails, fails as silently: refused, out of reach, a defect with its traceback.
    run("login", "--renew", "--profile", "nobody", expected=3)
    run("login", "--renew", "--device", "nobody", expected=2)
    run("login", "--renew", "--endpoint-url", "http://127.0.0.1:1", "--verbose", expected=4)
    run("logout", "--all", "--verbose")
    run("login", code=1)

    long_term = frozenset({alice.keys["aws_secret_access_key"]})
    for file in [each for each in tmp_path.rglob("*") if each.is_file()]:
        text = file.read_bytes().decode("utf-8", "replace")
        if file == alice.home / ".aws" / "credentials":
            secrets.none_in(text, str(file), long_term)
        elif file == alice.cache / "sessions.json":
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            secrets.none_in(text, str(file), frozenset(secrets.of_sessions.values()))
        elif file == log:
            assert [Path(json.loads(line)[0]).name for line in text.splitlines()] == ["true"]
            secrets.none_in(text, "a command line")
        else:
            secrets.none_in(text, str(file))
    assert stat.S_IMODE(alice.cache.stat().st_mode) == 0o700


def test_a_traceback_shows_no_secret(alice: Person, at: Start, tmp_path: Path) -> None:
    """A defect, in the midst of what holds every secret there is."""
    secrets = Secrets(alice)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        "import iamfa.session.cache as cache\n"
        "def broken(kept):\n"
        "    raise ZeroDivisionError(repr(kept))\n"
        "cache._entry = broken\n"
    )
    path = os.pathsep.join([str(broken), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    for verbose in ([], ["--verbose"]):
        login = at(alice, sys.executable, "-m", "iamfa", "login", *verbose, program=True, more={"PYTHONPATH": path})
        login.expect("MFA code of phone")
        login.type(secrets.code(0 if verbose else -1))
        assert login.end() in (1, 5)
        assert "ZeroDivisionError" in login.words
        secrets.none_in(login.written, "the traceback")
