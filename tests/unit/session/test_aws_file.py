"""The files of the SDKs: read as botocore reads them, edited without touching what an edit does not name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.configloader import load_config, raw_config_parse
from botocore.exceptions import ConfigParseError

from iamfa.errors import InputError
from iamfa.session.aws_file import AwsFile, locked, section_name, write

CONFIG = """\
# the company's
[default]
region = eu-west-1   \n\
s3 =
    addressing_style = path
    # a comment inside
    max_bandwidth=10MB/s

[profile work] ; the main one
Region=us-east-1 # Virginia
MFA_Serial : arn:aws:iam::123456789012:mfa/alice
percent = 100%%d %(x)s
color = #fff
long = first
  second

  third

[profile "two words"]
  region = ap-northeast-1
  output = json
[services local]
sts =
  endpoint_url = http://127.0.0.1:4566
[sso-session corp]
sso_region = us-east-1
[preview]
x = 1"""


def file_of(folder: Path, text: str) -> AwsFile:
    path = folder / "config"
    path.write_bytes(text.encode())
    return AwsFile.read(path)


def plain(file: AwsFile) -> dict[str, dict[str, Any]]:
    return {
        section.name: {
            key: value if isinstance(value, str) else dict(value) for key, value in file.values(section).items()
        }
        for section in file.sections
    }


READABLE = [
    "",
    "\n\n# nothing\n; at all\n",
    CONFIG,
    CONFIG.replace("\n", "\r\n"),
    "[DEFAULT]\nregion = r\noutput = json\n[a]\noutput = text\n[b]\n[DEFAULT]\nmore = 1\n",
    "[a]\n  x = 1\n y = 2\n  z = 3\n",
    "[a]\n[a b] ] rest\nk=\n\n  x = 1\n",
    "[profile]\nx=1\n[profile a b]\nx=1\n[profiles q]\nx=1\n[profile 'unclosed]\nx=1\n",
    "[profile a]\nx = 1\n[profile 'a']\ny = 2\n[default]\nz=1\n[profile default]\nz = 2\n",
]


@pytest.mark.parametrize("text", READABLE)
def test_what_is_read_is_what_botocore_reads(tmp_path: Path, text: str) -> None:
    file = file_of(tmp_path, text)
    assert plain(file) == raw_config_parse(str(file.path))
    loaded = load_config(str(file.path))
    for kind, key in (("profile", "profiles"), ("services", "services"), ("sso-session", "sso_sessions")):
        assert {name: section.name for name, section in file.named(kind).items()}.keys() == loaded[key].keys()
        for name, section in file.named(kind).items():
            assert plain(file)[section.name] == loaded[key][name]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("\ufeff[default]\n", 1, "byte-order mark"),
        ("region = x\n", 1, "before any section"),
        ("[a]\n\n[a]\n", 3, "`[a]` is there twice"),
        ("[a]\nk = 1\n\nK = 2\n", 4, "`k` is set twice, first on line 2"),
        ("[a]\nno value\n", 2, "no section, no setting and no comment"),
        ("[a]\n= value\n", 2, "no section, no setting and no comment"),
        ("[a]\r\ns3 =\r\n  no value\r\n", 2, "a line below `s3` is no setting"),
    ],
)
def test_what_botocore_refuses_is_refused_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = tmp_path / "config"
    path.write_bytes(text.encode())
    with pytest.raises(ConfigParseError):
        raw_config_parse(str(path))
    with pytest.raises(InputError) as caught:
        AwsFile.read(path)
    assert str(caught.value).startswith(f"`{path}`:{line}: ") and words in str(caught.value) and caught.value.hint


def test_a_secret_on_a_line_by_itself_is_not_in_the_message(tmp_path: Path) -> None:
    secret = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00"
    for text in (f"[a]\n{secret}\n", f"[a]\n{secret}=1\n{secret}=1\n", f"{secret}\n", f"[{secret}]\n[{secret}]\n"):
        path = tmp_path / "credentials"
        path.write_text(text)
        with pytest.raises(InputError) as caught:
            AwsFile.read(path)
        assert secret.lower() not in str(caught.value).lower()


def test_bytes_that_are_no_utf8_are_told_with_path_and_place(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(b"[a]\nk = \xff\n")
    with pytest.raises(ConfigParseError):
        raw_config_parse(str(path))
    with pytest.raises(InputError, match=r"config`:2:5: the byte 0xFF"):
        AwsFile.read(path)


def test_a_file_that_is_missing_or_a_folder_is_empty_as_for_the_sdks(tmp_path: Path) -> None:
    assert AwsFile.read(tmp_path / "none").sections == () == AwsFile.read(tmp_path).sections


def test_the_repr_shows_no_value(tmp_path: Path) -> None:
    file = file_of(tmp_path, "[a]\naws_secret_access_key = hidden\n")
    assert "hidden" not in repr(file) + repr(file.sections)


# Edits ----------------------------------------------------------------------------------------------------------------


def changed(file: AwsFile, edit: Callable[[AwsFile], Any]) -> str:
    return file.edited(edit(file)).text


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_value_is_replaced_and_every_other_byte_stays(tmp_path: Path, newline: str) -> None:
    text = CONFIG.replace("\n", newline)
    file = file_of(tmp_path, text)
    old, new = "arn:aws:iam::123456789012:mfa/alice", "arn:aws:iam::123456789012:mfa/phone"
    assert changed(file, lambda each: each.put("profile work", "mfa_serial", new)) == text.replace(old, new)


def test_a_comment_behind_a_value_moves_to_a_line_of_its_own(tmp_path: Path) -> None:
    file = file_of(tmp_path, CONFIG)
    expected = CONFIG.replace("Region=us-east-1 # Virginia", "# Virginia\nRegion=eu-north-1")
    assert changed(file, lambda each: each.put("profile work", "region", "eu-north-1")) == expected


def test_a_new_key_goes_to_the_end_of_its_section_with_the_section_s_indent(tmp_path: Path) -> None:
    file = file_of(tmp_path, CONFIG)
    assert changed(file, lambda each: each.put('profile "two words"', "role_arn", "r")) == CONFIG.replace(
        "  output = json\n", "  output = json\n  role_arn = r\n"
    )
    assert changed(file, lambda each: each.put("preview", "y", "2")) == CONFIG + "\ny = 2"
    assert changed(file, lambda each: each.put("default", "output", "json")) == CONFIG.replace(
        "max_bandwidth=10MB/s\n", "max_bandwidth=10MB/s\noutput = json\n"
    )


def test_a_key_in_an_empty_section_does_not_swallow_an_indented_header(tmp_path: Path) -> None:
    file = file_of(tmp_path, "[a]\n  [b]\n  x = 1\n")
    after = file.edited(file.put("a", "k", "v"))
    assert plain(after) == {"a": {"k": "v"}, "b": {"x": "1"}}


def test_the_same_value_again_and_an_absent_key_make_no_edit(tmp_path: Path) -> None:
    file = file_of(tmp_path, CONFIG)
    assert file.put("preview", "X", "1") == () == file.remove("preview", "none")


def test_an_empty_value_is_filled(tmp_path: Path) -> None:
    file = file_of(tmp_path, "[a]\nk =\nj=x\n")
    assert changed(file, lambda each: each.put("a", "k", "v")) == "[a]\nk = v\nj=x\n"
    assert changed(file, lambda each: each.put("a", "j", "")) == "[a]\nk =\nj=\n"


def test_a_setting_goes_with_its_lines_and_comments_stay(tmp_path: Path) -> None:
    file = file_of(tmp_path, CONFIG)
    assert changed(file, lambda each: each.remove("default", "s3")) == CONFIG.replace(
        "s3 =\n    addressing_style = path\n", ""
    ).replace("    max_bandwidth=10MB/s\n", "")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("text", ["", "[a]\nk = 1", "[a]\nk = 1\n"])
def test_a_section_is_added_at_the_end_and_goes_again_without_a_trace(tmp_path: Path, text: str, newline: str) -> None:
    text = text.replace("\n", newline)
    file = file_of(tmp_path, text)
    added = file.edited(file.add_section("profile new", {"region": "r", "output": "json"}))
    assert added.text.startswith(text) and plain(added)["profile new"] == {"region": "r", "output": "json"}
    assert ("\r\n" in added.text) == ("\r\n" in text)
    gone = added.edited(added.remove_section("profile new"))
    assert gone.text in (text, text + newline)


def test_edits_of_one_text_go_together(tmp_path: Path) -> None:
    file = file_of(tmp_path, "[a]\nk = 1")
    edits = (*file.put("a", "x", "2"), *file.put("a", "y", "3"), *file.add_section("b", {"z": "4"}))
    assert plain(file.edited(edits)) == {"a": {"k": "1", "x": "2", "y": "3"}, "b": {"z": "4"}}


def test_what_cannot_be_edited_is_refused(tmp_path: Path) -> None:
    file = file_of(tmp_path, CONFIG)
    with pytest.raises(InputError, match=r":3: there is a section `\[default\]`|there is a section"):
        file.add_section("default", {})
    with pytest.raises(InputError, match=r"has no section `\[none\]`"):
        file.put("none", "k", "v")
    with pytest.raises(InputError, match=r":14: `long` is written over several lines"):
        file.put("profile work", "long", "v")


@pytest.mark.parametrize("value", [" x", "x ", "a\nb", "a\rb", "a\u2028b", "a #b", "a\t;b", "# a", "a\x00"])
def test_a_value_that_some_sdk_would_read_as_something_else_is_not_written(tmp_path: Path, value: str) -> None:
    with pytest.raises(InputError, match="the value for `k` cannot be written"):
        file_of(tmp_path, CONFIG).put("default", "k", value)


def test_a_profile_s_section_is_read_back_under_its_name(tmp_path: Path) -> None:
    names = ("default", "work", "two words", "a.b_c@d%e+f=g:h,i/j~k-l")
    file = file_of(tmp_path, "".join(f"[{section_name(name)}]\n" for name in names))
    assert tuple(file.named("profile")) == names == tuple(load_config(str(file.path))["profiles"])


@pytest.mark.parametrize("name", ["", "a]b", "a  b", " a", 'a"b', "a'b", "a\nb", "a#b", "a\\b"])
def test_a_name_that_cannot_be_written_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="cannot be a profile's name"):
        section_name(name)


# On the disk ----------------------------------------------------------------------------------------------------------


def test_a_folder_that_cannot_be_made_is_told_with_the_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "config"
    with pytest.raises(InputError, match=r"file/config` cannot be written: "), locked(path):
        pass
    with pytest.raises(InputError, match=r"file/config` cannot be written: "):
        write(AwsFile(path, ""))


def test_what_fails_while_a_file_is_held_lets_it_go(tmp_path: Path) -> None:
    path = tmp_path / "config"
    with pytest.raises(KeyError), locked(path):
        raise KeyError
    with locked(path):
        write(AwsFile(path, "[a]\n"))
    assert path.read_text() == "[a]\n"
