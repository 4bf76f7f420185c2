"""What holds for every file of the SDKs: read as botocore reads it, edits touch nothing else, and can be undone."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from botocore.configloader import load_config, raw_config_parse
from botocore.exceptions import ConfigParseError
from hypothesis import assume, given
from hypothesis import strategies as st

from iamfa.errors import InputError
from iamfa.session.aws_file import AwsFile, Value
from iamfa.session.profiles import AwsFiles
from iamfa.session.steps import NewSection, Plan, SetValue, Step

HEADERS = ["[a]", "[b ]", "[profile x]", "[default]", "[DEFAULT]", '[profile "a b"]', "[services s]", "[profiles q]"]
ASCII = ["k", "K", "j", "=", ":", " ", "  ", "\t", "\n", "\n", "\n  ", "\r\n", "\r", "#", ";", "v", "%", "]", "[", "'"]
OTHERS = ["\xa0", "\x85", "\x1c", "\u2028", "é", "\ufeff", "k = v\n", "s3 =\n  x = y\n"]
PIECES = st.sampled_from([*HEADERS, *ASCII, *OTHERS])
TEXTS = st.builds("".join, st.lists(PIECES, max_size=30))
FILES = st.one_of(TEXTS, TEXTS.map("[a]\n{}".format))

NAMES = st.sampled_from(["default", "profile x", 'profile "a b"', "services s", "other"])
KEYS = st.sampled_from(["region", "Output", "s3", "mfa_serial", "%x"])
INDENTS = st.sampled_from(["", "  ", "\t"])
ASIDES = st.sampled_from(["", "\n", "# a comment\n", "  ; another\n", "\n\n"])
VALUES = st.sampled_from(["", "x", "100%%", "a = b", "#fff", "x # aside", "http://h:1/"])


@st.composite
def well_made(draw: st.DrawFn) -> str:
    """A file with a few sections, each key of which stands once."""
    pieces: list[str] = []
    for name in draw(st.lists(NAMES, unique=True, max_size=4)):
        indent = draw(INDENTS)
        pieces += (draw(ASIDES), draw(INDENTS) if not pieces else "", f"[{name}]\n")
        for key in draw(st.lists(KEYS, unique=True, max_size=4)):
            delimiter = draw(st.sampled_from([" = ", "=", " : "]))
            pieces += (draw(ASIDES), f"{indent}{key}{delimiter}{draw(VALUES)}\n")
            if draw(st.booleans()):
                pieces += (f"{indent}   nested = 1\n", draw(ASIDES), f"{indent}   more = 2\n")
    text = "".join(pieces)
    if draw(st.booleans()):
        text = text.removesuffix("\n")
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def plain(value: Value) -> Any:
    return value if isinstance(value, str) else dict(value)


def by_us(file: AwsFile) -> dict[str, dict[str, Any]]:
    return {section.name: {k: plain(v) for k, v in file.values(section).items()} for section in file.sections}


def by_botocore(text: str) -> dict[str, dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config"
        path.write_bytes(text.encode())
        return raw_config_parse(str(path))  # type: ignore[no-any-return]  # botocore ships no types


@given(FILES)
def test_every_text_is_read_as_botocore_reads_it(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config"
        path.write_bytes(text.encode())
        try:
            expected = raw_config_parse(str(path))
        except ConfigParseError:
            expected = None
        try:
            file = AwsFile.read(path)
        except InputError as error:
            # botocore looks below a value of [DEFAULT] only where a section inherits it.
            assert expected is None or ("[DEFAULT]" in text and "a line below" in str(error)), (text, str(error))
            return
        assert by_us(file) == expected
        loaded = load_config(str(path))
    for kind, key in (("profile", "profiles"), ("services", "services"), ("sso-session", "sso_sessions")):
        assert {n: {k: plain(v) for k, v in file.values(s).items()} for n, s in file.named(kind).items()} == loaded[key]


@given(well_made(), st.data())
def test_an_edit_changes_what_it_names_and_nothing_else(text: str, data: st.DataObject) -> None:
    try:
        file = AwsFile(Path("config"), text)
    except InputError:
        assume(False)
    before = by_us(file)
    what = data.draw(st.sampled_from(["put", "remove", "add", "remove section"]))
    name = data.draw(st.sampled_from([section.name for section in file.sections] or ["none"]))
    key, value = data.draw(KEYS), data.draw(st.sampled_from(["new", "new%s = 1", ""]))
    try:
        if what == "put":
            edits = file.put(name, key, value)
            before.setdefault(name, {})[key.lower()] = value
        elif what == "remove":
            edits = file.remove(name, key)
            before[name].pop(key.lower(), None)
        elif what == "add":
            edits = file.add_section("profile new", {"a": "1", "b": "2"})
            before["profile new"] = {"a": "1", "b": "2"}
        else:
            edits = file.remove_section(name)
            del before[name]
    except InputError as error:
        assert "several lines" in str(error) or name == "none"
        return
    after = file.edited(edits)
    assert by_us(after) == before == by_botocore(after.text)
    for aside in ("# a comment", "; another", "# aside"):
        kept = text.count(aside) - after.text.count(aside)
        assert kept == 0 or (aside == "# aside" and what.startswith("remove"))
    if what == "add":
        assert after.text.startswith(text)


@given(well_made(), st.data())
def test_a_plan_that_is_made_is_taken_back_even_in_a_file_that_went_on_changing(text: str, data: st.DataObject) -> None:
    try:
        file = AwsFile(Path("config"), text)
    except InputError:
        assume(False)
    name = data.draw(st.sampled_from([section.name for section in file.sections] or ["none"]))
    steps: list[Step] = [NewSection("config", "profile new", {"region": "r"})]
    section = file.section(name)
    for key in data.draw(st.lists(KEYS.map(str.lower), unique=True, max_size=3)) if section else ():
        setting = section.find(key) if section else None
        old = setting.value if setting else None
        # What spans lines, or has a comment behind it, is put back by hand.
        if old is None or (isinstance(old, str) and "#" not in old and "\n" not in old):
            steps.append(SetValue("config", name, key, old, data.draw(st.sampled_from(["new", None]))))
    plan = Plan(tuple(steps))
    empty = AwsFile(Path("credentials"), "")
    made = plan.made(AwsFiles(file, empty, {}))
    went_on = made.config.edited(made.config.add_section("later", {"x": "1"}))
    back = plan.undone().made(AwsFiles(went_on, empty, {}))
    assert by_us(back.config) == {**by_us(file), "later": {"x": "1"}}
