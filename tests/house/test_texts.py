"""What lies in the project is anybody's: no machine's path, no index's address; and it is text that opens anywhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

# Spelled in pieces, so that this file passes its own check.
OF_ONE_MACHINE = re.compile(
    r"(?<![\w.*}])/(?:wo" + r"rk|ro" + r"ot)/"
    r"|(?<![\w.*}])/(?:ho" + r"me|Us" + r"ers)/\w+/"
    r"|\.\./sha" + r"red"
    r"|/sim" + r"ple/"
    r"|(?<!no-emit-)index-" + r"url"
    r"|pythonho" + r"sted"
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "see /wo" + "rk/main/x",
        '"/ro' + 'ot/.venv"',
        "/ho" + "me/alice/x",
        "--extra-index-" + "url https://x/sim" + "ple/",
    ],
)
def test_a_path_of_one_machine_is_found(text: str) -> None:
    assert OF_ONE_MACHINE.search(text)


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:s3:::bucket/work/*",
        "arn:aws:s3:::bucket/home/alice/*",
        "pip-compile --no-emit-index-url",
        "arn:aws:iam::*:user/root/${aws:username}",
    ],
)
def test_the_path_of_a_resource_is_left_alone(text: str) -> None:
    assert not OF_ONE_MACHINE.search(text)


def test_no_file_names_a_path_of_one_machine(root: Path, project_files: list[Path]) -> None:
    found = {}
    for path in project_files:
        # Some inputs of the tests are bytes on purpose; what can be read of them is looked at all the same.
        match = OF_ONE_MACHINE.search(path.read_text(encoding="utf-8", errors="replace"))
        if match:
            found[str(path.relative_to(root))] = match[0]
    assert not found


def test_every_source_is_plain_utf_8_with_unix_line_ends(root: Path, project_files: list[Path]) -> None:
    found = []
    for path in project_files:
        if path.suffix in {".py", ".md", ".toml", ".txt", ".in"}:
            data = path.read_bytes()
            data.decode("utf-8")
            if b"\r" in data or (data and not data.endswith(b"\n")):
                found.append(str(path.relative_to(root)))
    assert not found
