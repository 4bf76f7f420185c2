"""What each part of a policy is there for, as a table for a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from iamfa.advise.explained import MAIN_FLOWS, Explained, Explanation
from iamfa.report.explained_file import WORDS, ExplainedFile, counted_words, place_of
from iamfa.report.paper import printable

_MARKS = re.compile(r"([\\|*_\[\]<>~&])")
"""What Markdown would read as more than itself, outside code."""


def explain_markdown(files: Iterable[ExplainedFile]) -> str:
    """All files, in the order in which they were explained."""
    return "\n".join(line for file in files for line in _file(file))


def _file(file: ExplainedFile) -> Iterator[str]:
    name = f" ({file.name})" if file.name else ""
    yield f"### What is in {_code(file.path + name)} for"
    yield ""
    if file.explanation is None:
        for fault in file.faults:
            yield f"* line {fault.line}: {_plain(fault.message)}"
        yield ""
        return
    yield from _table(file.explanation)


def _table(explanation: Explanation) -> Iterator[str]:
    yield f"{_plain(explanation.class_words.partition(' (')[0])}. Found by leaving each part out."
    yield ""
    yield "| judgement | part | line | why |"
    yield "|---|---|---|---|"
    for statement in explanation.statements:
        yield _row(explanation, statement.whole, f"**{_code(statement.whole.part.statement.label)}**")
        for entry in statement.entries:
            if not entry.part.stands_for_statement and entry.part.value is not None:
                exempt = " (exempt)" if entry.part.element is not None and entry.part.element.negated else ""
                yield _row(explanation, entry, f"&emsp;{_code(entry.part.value.text)}{exempt}")
    yield ""
    wholes = [statement.whole for statement in explanation.statements]
    walked = f" Main flows: {', '.join(MAIN_FLOWS)}." if explanation.walked else ""
    yield f"{counted_words(wholes)} of {len(wholes)} statements.{walked}"
    yield ""


def _row(explanation: Explanation, explained: Explained, name: str) -> str:
    policy = explanation.policy
    line = policy.source.position(place_of(policy, explained).start)[0]
    word = WORDS[explained.judgement]
    judgement = f"**{word}**" if explained.judgement == "harmful" else word
    gone = explained.notes if explained.judgement in ("not_needed", "harmful") else ()
    whole = explained.part.element is None
    notes = [f"note {n.rule} goes with it" + (f": {n.message}" if whole else "") for n in gone]
    return f"| {judgement} | {name} | {line} | {_plain('; '.join((explained.reason, *notes)))} |"


def _plain(text: str) -> str:
    """The text as Markdown shows it; what stands between backticks is code."""
    pieces = printable(text).split("`")
    if len(pieces) % 2 == 0:
        return _MARKS.sub(r"\\\1", printable(text).replace("`", "'"))
    return "".join(_code(piece) if i % 2 else _MARKS.sub(r"\\\1", piece) for i, piece in enumerate(pieces))


def _code(text: str) -> str:
    """The text as code inside a table: a bar is escaped there too, and backticks are fenced by more of them."""
    shown = printable(text).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    blank = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{blank}{shown}{blank}{fence}"
