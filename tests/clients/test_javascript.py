"""The story in another language: AWS's JavaScript SDK on Node, whose signatures, codes and parsers are not ours.

Its packages are in `node_modules` beside the script where somebody ran `npm install` there, and else in the user's
cache, where the test puts them once.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from platformdirs import user_cache_path
from tests.clients.setting import ACCOUNT, bare_environment

import iamfa

HERE = Path(__file__).parent / "javascript"
OLDEST_NODE = 20
UNREACHABLE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "ERR_SOCKET_TIMEOUT")

SERIAL = f"arn:aws:iam::{ACCOUNT}:mfa/googleAuthentication"


def node() -> str:
    """The interpreter, or a reason to skip."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("Node is not installed")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < OLDEST_NODE:
        pytest.skip(f"Node {version} is too old for AWS's SDK: {OLDEST_NODE} is the oldest")
    return found


def installed() -> Path:
    """A folder with the scripts and the packages that they import, or a reason to skip."""
    if (HERE / "node_modules").is_dir():
        return HERE
    wanted = (HERE / "package.json").read_bytes()
    folder = Path(user_cache_path("iamfa", appauthor=False)) / f"javascript-{sha256(wanted).hexdigest()[:16]}"
    if not (folder / "node_modules").is_dir():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm is not installed, and the packages of tests/clients/javascript are not there")
        install(npm, wanted, folder)
    for script in HERE.glob("*.mjs"):
        text, there = script.read_bytes(), folder / script.name
        if not there.is_file() or there.read_bytes() != text:
            there.write_bytes(text)
    return folder


def install(npm: str, wanted: bytes, folder: Path) -> None:
    """Install beside the folder and move it there: whole or not at all, and whoever else does so too."""
    half = folder.with_name(f"{folder.name}.{os.getpid()}")
    half.mkdir(parents=True)
    (half / "package.json").write_bytes(wanted)
    command = [npm, "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(
        [*command, "--fetch-retries=0", "--fetch-timeout=30000"],
        cwd=half, capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    if done.returncode or folder.is_dir():
        shutil.rmtree(half)
    else:
        half.rename(folder)
    if done.returncode and any(each in done.stderr for each in UNREACHABLE):
        pytest.skip("npm's registry cannot be reached, and the packages of tests/clients/javascript are not there")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def seen(box: iamfa.Sandbox, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What the script saw, by its steps."""
    program, folder = node(), installed()
    administrator = box.environment
    environment = {
        **bare_environment(tmp_path_factory.mktemp("home")),
        **box.environment_of("own-user"),
        "ADMIN_KEY_ID": administrator["AWS_ACCESS_KEY_ID"],
        "ADMIN_SECRET": administrator["AWS_SECRET_ACCESS_KEY"],
        "IAMFA_TOKEN": box.token.reveal(),
        "IAMFA_NOW": str(box.clock.now().timestamp()),
    }
    done = subprocess.run(
        [program, "story.mjs"], cwd=folder, env=environment, capture_output=True, text=True, timeout=90
    )
    assert done.returncode == 0, done.stderr
    return {each["step"]: each for each in map(json.loads, done.stdout.splitlines())}


def test_a_device_is_enrolled_with_codes_that_javascript_makes_of_the_seed(seen: dict[str, Any]) -> None:
    assert seen["who"]["arn"] == f"arn:aws:iam::{ACCOUNT}:user/own-user"
    assert seen["device"] == {"step": "device", "serial": SERIAL, "seedLength": 64, "png": "PNG"}
    assert seen["enabled"]["devices"] == [SERIAL]


def test_a_session_with_mfa_opens_what_was_closed(seen: dict[str, Any]) -> None:
    without = seen["buckets without MFA"]
    assert (without["refused"], without["name"], without["status"]) == (True, "AccessDenied", 403)
    assert "explicit deny" in without["message"]
    assert seen["session"] == {"step": "session", "key": "ASIA", "isDate": True, "seconds": 900}
    assert seen["buckets with MFA"]["buckets"] == []


def test_errors_have_awss_names_and_words(seen: dict[str, Any]) -> None:
    nobody = seen["nobody"]
    assert (nobody["name"], nobody["status"], nobody["fault"]) == ("NoSuchEntityException", 404, "client")
    assert nobody["message"] == "The user with name nobody cannot be found."
    assert len(nobody["requestId"]) == 36
    wrong = seen["wrong codes"]
    assert (wrong["name"], wrong["status"]) == ("InvalidAuthenticationCodeException", 403)
    for step in ("a code of another device", "the same code again"):
        assert (seen[step]["name"], seen[step]["status"]) == ("AccessDenied", 403), step
        assert "MultiFactorAuthentication failed" in seen[step]["message"], step


def test_times_numbers_and_pages_are_read_as_they_were_meant(box: iamfa.Sandbox, seen: dict[str, Any]) -> None:
    assert seen["enabled"]["isDate"]
    assert abs(seen["enabled"]["enabled"] - box.clock.now().timestamp()) < 120
    assert seen["pages"] == {"step": "pages", "pages": 2, "names": ["administrator", "own-user"]}
    assert seen["report"]["state"] == "STARTED"
    assert (seen["summary"]["users"], seen["summary"]["devicesInUse"]) == (2, 1)
