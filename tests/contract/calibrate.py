"""`make calibrate`: asks AWS, or a sandbox, what AWS's documentation leaves open, and writes down what it said.

docs/how-to-calibrate.md tells what happens in the account. The answers go to `IAMFA_CALIBRATION_FILE` (by default
`calibration.jsonl`), one JSON line each, added to what is there; the table compares them with what iamfa takes AWS to
do: the default of the assumption, or what the sandbox answers to the same calls.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.contract.clean_up import CleanUpError, clean_up
from tests.contract.open_questions import QUESTIONS
from tests.contract.question import Answer, Found, Question, answer
from tests.contract.stage import PREFIX, Stage
from tests.contract.venue import PROFILE, SandboxVenue, Venue, VenueRefused, venue_of

FILE: Final = "IAMFA_CALIBRATION_FILE"
SAME, DIFFERENT, USAGE, REFUSED, UNSETTLED, INTERRUPTED = 0, 1, 2, 4, 5, 130
"""Exit codes, as the program's own are; the worst of what applies."""

Write = Callable[[str], object]


def main(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    write: Write = sys.stdout.write,
    *,
    venue: Callable[[Mapping[str, str]], Venue] = venue_of,
) -> int:
    """Ask, write down and compare; gives the exit code. Every sentence goes to *write*."""
    asked = _parser().parse_args(arguments)
    questions = [each for each in QUESTIONS if not asked.question or each.id in asked.question]
    path = Path(environment.get(FILE) or "calibration.jsonl")
    try:
        place = venue(environment)
    except VenueRefused as error:
        write(f"error: {error.message}\n" + (f"hint: {error.hint}\n" if error.hint else ""))
        return USAGE
    try:
        if asked.clean_up:
            clean_up(place.client("iam"), PREFIX)
            write(f"nothing whose name begins with `{PREFIX}` is left\n")
            return SAME
        answers = _ask(questions, place, path, write)
    except CleanUpError as error:
        write(f"error: {error.message}\nhint: {error.hint}\n")
        return REFUSED
    except KeyboardInterrupt:
        write(f"\ninterrupted; answers so far are in {path}, and what was made is removed\n")
        return INTERRUPTED
    return _compare(answers, write)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.contract.calibrate", description=__doc__)
    parser.add_argument("question", nargs="*", metavar="QUESTION", type=_known, help="ask these only")
    parser.add_argument("--clean-up", action="store_true", help=f"ask nothing; remove all that begins with {PREFIX}")
    return parser


def _known(text: str) -> str:
    known = [each.id for each in QUESTIONS]
    if text not in known:
        raise argparse.ArgumentTypeError(f"`{text}` is no question; one of {', '.join(known)}")
    return text


def _ask(questions: Sequence[Question], place: Venue, path: Path, write: Write) -> list[Answer]:
    """Each answer is written when it is there: what an interrupted run found out is kept."""
    answers = []
    with Stage(place) as stage:
        if stage.live:
            write(f"asking {len(questions)} questions at {stage.endpoint}; names begin with `{stage.prefix}`\n")
        else:
            write(f"asking a sandbox: {PROFILE} names no account\n")
        for number, question in enumerate(questions, 1):
            if stage.live:
                write(f"{number}/{len(questions)} {question.id}: {question.asks}\n")
            found = answer(question, stage)
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(found.record(), ensure_ascii=False) + "\n")
            answers.append(found)
    write(f"answers are in {path}\n\n")
    return answers


def taken(question: Question) -> Found | None:
    """What iamfa takes AWS to answer: what a sandbox with the default assumptions does."""
    with Stage(SandboxVenue()) as stage:
        return answer(question, stage).found


def _compare(answers: Sequence[Answer], write: Write) -> int:
    rows = [("question", "answer", "iamfa takes it to be")]
    details: list[str] = []
    codes = {SAME}
    for each in answers:
        expected = taken(each.question)
        if each.found is None:
            rows.append((each.question.id, "not settled", _short(expected)))
            details.append(f"{each.question.id}: {each.unsettled}\n")
            codes.add(UNSETTLED)
            continue
        differing = _differences(each.found, expected)
        rows.append((each.question.id, _short(each.found), _verdict(each.found, expected, differing)))
        if differing:
            codes.add(DIFFERENT)
        if not isinstance(each.found, str):
            details += [f"{each.question.id}, {case}\n  answer: {a}\n  iamfa:  {b}\n" for case, a, b in differing]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        write("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() + "\n")
    if details:
        write("\n" + "".join(details))
    return max(codes)


def _differences(found: Found, expected: Found | None) -> list[tuple[str, str, str]]:
    """Case, answer and what iamfa takes it to be, where they are not the same."""
    answered, assumed = _cases(found), _cases(expected)
    cases = dict.fromkeys((*answered, *assumed))
    rows = [(case, answered.get(case, "–"), assumed.get(case, "–")) for case in cases]
    return [row for row in rows if row[1] != row[2]]


def _cases(found: Found | None) -> Mapping[str, str]:
    return {} if found is None else {"": found} if isinstance(found, str) else found


def _verdict(found: Found, expected: Found | None, differing: Sequence[object]) -> str:
    if not differing:
        return "the same"
    return f"{len(differing)} of them otherwise" if not isinstance(found, str) else _short(expected)


def _short(found: Found | None) -> str:
    return "not settled" if found is None else found if isinstance(found, str) else f"{len(found)} cases"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
