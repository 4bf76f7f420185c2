"""Files as other programs write them: from a folder, with forward slashes, percent-encoded where it is a URI."""

from __future__ import annotations

import os
import sys

import pytest

from iamfa.report.place import place_from, uri_from

FOLDER = os.path.abspath("folder")


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("a.json", "a.json"),
        (os.path.join(".", "b", "..", "a.json"), "a.json"),
        (os.path.join("b", "a.json"), "b/a.json"),
        (os.path.join(FOLDER, "b", "a.json"), "b/a.json"),
        (os.path.join("..", "folder", "a.json"), "a.json"),
    ],
)
def test_what_lies_below_the_folder_is_named_from_there(path: str, place: str) -> None:
    assert place_from(FOLDER, path) == place
    assert uri_from(FOLDER, path) == place


@pytest.mark.parametrize("path", [os.path.join("..", "a.json"), os.path.abspath("a.json")])
def test_what_lies_elsewhere_is_named_whole(path: str) -> None:
    whole = os.path.abspath("a.json").replace(os.sep, "/")
    assert place_from(FOLDER, path) == whole
    assert uri_from(FOLDER, path) == "file://" + ("" if whole.startswith("/") else "/") + whole


def test_without_a_folder_a_path_stays_what_it_is() -> None:
    assert place_from("", os.path.join(".", "b", "a.json")) == "b/a.json"
    assert place_from("", os.path.join("..", "a.json")) == "../a.json"


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b.json", "a%20b.json"),
        ("100%.json", "100%25.json"),
        ("a#b?c.json", "a%23b%3Fc.json"),
        ("a:b.json", "a%3Ab.json"),
        ("ä.json", "%C3%A4.json"),
        ("[x]'\".json", "%5Bx%5D%27%22.json"),
    ],
)
def test_a_uri_is_percent_encoded(path: str, uri: str) -> None:
    assert uri_from(FOLDER, path) == uri


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are text there, not bytes")
def test_a_name_that_is_no_utf_8_keeps_its_bytes() -> None:
    assert uri_from(FOLDER, os.fsdecode(b"\xff.json")) == "%FF.json"
