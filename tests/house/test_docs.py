"""What the documents tell people to type exists: commands, options, and the files that are linked."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from iamfa.cli.group import GROUP

FENCE = re.compile(r"^[ \t]*```.*?^[ \t]*```[ \t]*$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
STARTS = re.compile(r"(?:^[ \t]*(?:\$ )?|\$\(|-- |[|;] |`)iamfa (?=\S)", re.MULTILINE)
"""Where a command line begins: a line, a substitution, the command of another one, a part of a pipe, a hint."""
ENDS = frozenset("|;&><")


def command_lines(text: str) -> Iterator[str]:
    """What stands behind `iamfa` wherever a document shows how it is called, in blocks and within sentences."""
    blocks = FENCE.findall(text)
    rest = FENCE.sub("", text)
    indented = "\n".join(line for line in rest.splitlines() if line.startswith("    "))
    for block in [*blocks, indented]:
        joined = re.sub(r"\\\n\s*", " ", block)
        yield from (joined[found.end() :].partition("\n")[0] for found in STARTS.finditer(joined))
    for found in INLINE.finditer(rest):
        words = " ".join(found[1].replace("\\|", "|").split())
        yield from (words[start.end() :] for start in STARTS.finditer(words))


def words_of(line: str) -> list[str]:
    """The words of a command line up to where the next one begins; brackets of what may be left out are taken off."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|;&<>()")
    lexer.whitespace_split, lexer.commenters = True, "#"
    found: list[str] = []
    try:
        for word in lexer:
            if set(word) <= ENDS | {"(", ")"}:
                break
            found.append(word.strip("[]`").rstrip(".,:"))
    except ValueError:
        pass  # A quotation that goes on in the next line; what stands before it was read.
    return found


def fault_of(words: list[str]) -> str | None:
    """Which command or option of a command line does not exist; None where all do."""
    command: click.Command = GROUP
    context = click.Context(GROUP, info_name="iamfa", **GROUP.context_settings)
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return None
        if word.startswith("-") and len(word) > 1:
            name = word.partition("=")[0]
            known = [each for each in command.get_params(context) if name in each.opts + each.secondary_opts]
            option = known[0] if known else None
            if option is None:
                return f"`{context.command_path}` has no option `{name}`"
            if isinstance(option, click.Option) and not option.is_flag and "=" not in word and rest:
                rest.pop(0)
        elif isinstance(command, click.Group) and re.fullmatch(r"[a-z][a-z-]*", word):
            found = command.get_command(context, word)
            if found is None:
                return f"`{context.command_path}` has no command `{word}`"
            command, context = found, click.Context(found, info_name=word, parent=context)
    return None


def documents(root: Path) -> list[Path]:
    return [root / "README.md", *sorted((root / "docs").rglob("*.md"))]


def test_every_command_line_in_the_documents_names_commands_and_options_that_exist(root: Path) -> None:
    lines = [(path, line) for path in documents(root) for line in command_lines(path.read_text(encoding="utf-8"))]
    assert len(lines) > 100
    faults = [(path.name, line, fault) for path, line in lines if (fault := fault_of(words_of(line)))]
    assert not faults


def test_every_file_that_a_document_links_to_is_there(root: Path) -> None:
    gone = [
        (path.name, target)
        for path in documents(root)
        for target in LINK.findall(path.read_text(encoding="utf-8"))
        if "://" not in target and not (path.parent / target).exists()
    ]
    assert not gone


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("```\n$ iamfa logn --profile work\n```\n", "`iamfa` has no command `logn`"),
        ("Type `iamfa login --profil work`.", "`iamfa login` has no option `--profil`"),
        ("    iamfa device ad phone\n", "`iamfa device` has no command `ad`"),
        ("`aws-vault exec work -- iamfa exec --no-such -- aws s3 ls`", "`iamfa exec` has no option `--no-such`"),
        ('`eval "$(iamfa env --unst)"`', "`iamfa env` has no option `--unst`"),
        ("| `iamfa login \\| iamfa stats` |", "`iamfa` has no command `stats`"),
    ],
)
def test_a_command_line_that_nobody_can_type_is_found(text: str, fault: str) -> None:
    assert [each for line in command_lines(text) if (each := fault_of(words_of(line)))] == [fault]


@pytest.mark.parametrize(
    "text",
    [
        "```\n$ iamfa exec --profile work -- aws s3 ls --recursive\n```\n",
        "`iamfa fix PATH… [--write]`, `iamfa …`, `iamfa.Sandbox`",
        "    iamfa can s3:GetObject \\\n        'arn:aws:s3:::b/*' --policy a.json\n",
        "```python\nfrom iamfa import check\n```\n",
    ],
)
def test_what_can_be_typed_or_is_no_command_line_is_left_alone(text: str) -> None:
    assert not [each for line in command_lines(text) if (each := fault_of(words_of(line)))]
