"""Files are read with clear errors and written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from iamfa import files
from iamfa.errors import PolicyError


def reading(path: Path) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        files.read_text(path)
    return caught.value


def test_a_text_is_read_as_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b"\xef\xbb\xbfa\r\nb\rc\n")
    assert files.read_text(file) == "\ufeffa\r\nb\rc\n"


def test_a_missing_file_a_folder_and_a_bad_name_are_told_apart(tmp_path: Path) -> None:
    assert "there is no such file" in str(reading(tmp_path / "none"))
    assert "this is a folder" in str(reading(tmp_path))
    assert "cannot be read" in str(reading(tmp_path / "a\0b"))
    assert "cannot be read" in str(reading(tmp_path / ("x" * 5000)))


@pytest.mark.parametrize(("folder", "message"), [(False, "not permitted"), (True, "this is a folder")])
def test_a_refused_read_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: bool, message: str) -> None:
    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    path = tmp_path if folder else tmp_path / "a.json"
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert message in str(reading(path))


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [
        (b"a\n\xff", 2, 1),
        (b"a\r\nb\rc\xe9d", 3, 2),
        ("é名\n😀".encode() + b"\x80", 2, 2),
        (b"\xef\xbb\xbfa\xff", 1, 2),
        (b"ab\xc3", 1, 3),
    ],
)
def test_the_byte_that_is_not_utf8_is_named(data: bytes, line: int, column: int) -> None:
    with pytest.raises(PolicyError, match="is not UTF-8") as caught:
        files.decode(data, "p")
    assert (caught.value.faults[0].line, caught.value.faults[0].column) == (line, column)
    assert caught.value.path == "p"


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-be"])
def test_utf16_is_recognised(codec: str) -> None:
    data = "{}".encode(codec) if codec == "utf-16" else b"\xfe\xff" + "{}".encode(codec)
    with pytest.raises(PolicyError, match="UTF-16") as caught:
        files.decode(data)
    assert caught.value.hint == "save it as UTF-8"


def test_a_write_keeps_line_ends_and_mode(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b"old")
    file.chmod(0o640)
    files.write_text(file, "new\r\n\ufeffé")
    assert file.read_bytes() == "new\r\n\ufeffé".encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_new_file_is_written_with_an_ordinary_mode(tmp_path: Path) -> None:
    files.write_text(tmp_path / "new.json", "{}")
    assert stat.S_IMODE((tmp_path / "new.json").stat().st_mode) == 0o644


def test_a_link_stays_a_link_and_its_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target = tmp_path / "there" / "a.json"
    target.write_text("old")
    link = tmp_path / "link.json"
    link.symlink_to(target)
    files.write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert sorted(os.listdir(tmp_path)) == ["link.json", "there"]


@pytest.mark.parametrize("stage", ["fsync", "replace", "chmod"])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    file = tmp_path / "a.json"
    file.write_text("old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, stage, fail)
    with pytest.raises(OSError, match="No space left"):
        files.write_text(file, "new")
    assert file.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_text_that_cannot_be_encoded_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        files.write_text(file, "\ud800")
    assert file.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.json"]


def test_an_interrupted_write_whose_temporary_file_is_gone_raises_what_happened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def vanish(source: str, target: object) -> None:
        os.unlink(source)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", vanish)
    with pytest.raises(KeyboardInterrupt):
        files.write_text(tmp_path / "a.json", "x")
    assert os.listdir(tmp_path) == []


def test_what_a_killed_process_left_is_taken_away_a_minute_later_and_nothing_else(tmp_path: Path) -> None:
    old, young = ".iamfa-0123456789abcdef.tmp", ".iamfa-fedcba9876543210.tmp"
    others = {young, ".iamfa-0123.tmp", "iamfa-0123456789abcdef.tmp", ".iamfa-0123456789abcdef.tmp.json", "notes.tmp"}
    for name in (old, *others):
        (tmp_path / name).write_text("secret")
        if name != young:
            os.utime(tmp_path / name, (1, 1))
    folder = tmp_path / ".iamfa-00000000000000aa.tmp"
    folder.mkdir()
    os.utime(folder, (1, 1))
    files.write_text(tmp_path / "a.json", "x")
    assert {each.name for each in tmp_path.iterdir()} == {*others, folder.name, "a.json"}


def test_what_cannot_be_taken_away_stays_and_the_write_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / ".iamfa-0123456789abcdef.tmp"
    left.write_text("secret")
    os.utime(left, (1, 1))

    def refuse(path: str) -> None:
        raise PermissionError(path)

    monkeypatch.setattr(os, "unlink", refuse)
    files.write_text(tmp_path / "a.json", "x")
    assert left.exists() and (tmp_path / "a.json").read_text() == "x"


def test_where_folders_cannot_be_opened_the_write_succeeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "O_DIRECTORY")
    files.write_text(tmp_path / "a.json", "x")
    assert (tmp_path / "a.json").read_text() == "x"


def test_a_search_finds_policy_files_in_order_and_skips_other_folders(tmp_path: Path) -> None:
    for name in (
        "b.json",
        "a.jsonc",
        "c.JSON5",
        "d.txt",
        "sub/e.json",
        ".git/f.json",
        "node_modules/g.json",
        "z/y/h.json",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "broken.json").symlink_to(tmp_path / "nowhere")
    found = [str(path.relative_to(tmp_path)) for path in files.find_policy_files(tmp_path)]
    assert found == ["a.jsonc", "b.json", "c.JSON5", "sub/e.json", "z/y/h.json"]


def test_a_search_leaves_a_loop_of_links(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.json").write_text("{}")
    (tmp_path / "sub" / "up").symlink_to(tmp_path, target_is_directory=True)
    assert [path.name for path in files.find_policy_files(tmp_path)] == ["a.json"]


def test_a_search_in_a_folder_that_cannot_be_read_finds_nothing(tmp_path: Path) -> None:
    assert list(files.find_policy_files(tmp_path / "none")) == []
