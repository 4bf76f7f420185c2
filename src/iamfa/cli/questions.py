"""The questions of `iamfa new`, one for each wish: asked on a terminal only, and only where no option answers them.

Whoever presses enter gets the default. What contradicts the answers before is not offered.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import click

from iamfa.advise.wishes import CHOICES, Wishes, contradictions, resolved, well_formed
from iamfa.errors import IamfaError

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """One wish, how it is asked for, and when it is worth asking."""

    wish: str
    words: str
    read: Callable[[str], Any] | None = None
    """Reads what is typed; None: one of the wish's choices, or yes and no."""
    sensible: Callable[[Wishes], bool] = lambda wishes: True


def someone_answers() -> bool:
    """Whether there is a terminal on which questions can be asked and answered."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def ask(questions: tuple[Question, ...], told: Mapping[str, Any]) -> Told:
    """What was told, and the answers to all that was not."""
    answers = {name: value for name, value in told.items() if value is not None}
    for question in questions:
        wishes = resolved(answers)
        if question.wish in answers or not question.sensible(wishes):
            continue
        answers[question.wish] = _answer(question, getattr(wishes, question.wish), answers)
    return answers


def _answer(question: Question, default: Any, told: Told) -> Any:
    if question.wish in CHOICES and question.read is None:
        offered = list(_offered(question.wish, told))
        if len(offered) == 1:
            return offered[0]
        return click.prompt(
            question.words, type=click.Choice(offered), default=default if default in offered else offered[0], err=True
        )
    if question.read is None:
        return click.confirm(question.words, default=default, err=True)
    needed = question.wish == "networks"
    return click.prompt(
        question.words, default=None if needed else _shown(default), value_proc=_reader(question, told), err=True
    )


def _reader(question: Question, told: Told) -> Callable[[Any], Any]:
    """What reads an answer, or the default where nobody typed anything; what is no value is asked for again."""

    def value_of(typed: Any) -> Any:
        assert question.read is not None
        value = question.read(str(typed))
        try:
            well_formed(resolved({**told, question.wish: value}))
        except IamfaError as error:
            raise click.UsageError(error.message) from error
        return value

    return value_of


def _offered(wish: str, told: Told) -> Iterator[str]:
    """The choices that contradict nothing that was answered before; details are asked for afterwards."""
    for choice in CHOICES[wish]:
        details = {"networks": ("192.0.2.0/24",)} if choice == "network" else {}
        if not list(contradictions(resolved({**details, **told, wish: choice}))):
            yield choice


def _shown(default: Any) -> str:
    """A default as one would type it."""
    if default is None or default == ():
        return "no"
    if isinstance(default, frozenset):
        return ",".join(choice for choice in CHOICES["devices"] if choice in default)
    return str(default)
