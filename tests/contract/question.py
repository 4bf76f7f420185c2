"""A question that AWS does not answer in its documentation, how it is asked by calls, and the answer as a record."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from tests.contract.stage import PREFIX, Stage

from iamfa.errors import IamfaError
from iamfa.platform import ASSUMPTIONS

Found = str | Mapping[str, str]
"""One word, a value of an assumption where there is one; or a word for each of several cases."""


class Unsettled(IamfaError):
    """What was to be found out cannot be told from AWS's answers: a control did not come out as it must."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question."""

    id: str
    asks: str
    """In words."""
    ask: Callable[[Stage], Found]
    """Finds it out. Raises `Unsettled` where it cannot be told, and lets AWS's unforeseen refusals through."""
    assumption: str | None = None
    """The assumption that the answer is a value of."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one account said, or a sandbox."""

    question: Question
    found: Found | None
    """None where it could not be told."""
    unsettled: str | None
    """Why not."""
    date: str
    """ISO 8601, in UTC."""
    live: bool
    endpoint: str
    """Of IAM: where the calls went."""
    evidence: tuple[Mapping[str, Any], ...]

    def record(self) -> dict[str, Any]:
        """As it is written; readers ignore unknown fields."""
        row = ASSUMPTIONS.get(self.question.assumption or "")
        return {
            "version": 1,
            "question": self.question.id,
            "asks": self.question.asks,
            "assumption": self.question.assumption,
            "assumed": row.default if row is not None else None,
            "answer": self.found if self.found is None or isinstance(self.found, str) else dict(self.found),
            "unsettled": self.unsettled,
            "date": self.date,
            "where": "account" if self.live else "sandbox",
            "endpoint": self.endpoint if self.live else None,
            "evidence": list(self.evidence),
        }


def answer(question: Question, stage: Stage) -> Answer:
    """Ask it there; what AWS refuses unforeseen leaves this question open, and no other."""
    begun = len(stage.evidence.calls)
    found: Found | None = None
    unsettled = None
    try:
        found = question.ask(stage)
    except IamfaError as error:
        unsettled = plain(stage, error.message)
    except (ClientError, BotoCoreError) as error:
        unsettled = plain(stage, str(error))
    evidence = tuple(stage.evidence.calls[begun:])
    date = stage.venue.now().isoformat(timespec="seconds")
    return Answer(question, found, unsettled, date, stage.live, stage.endpoint, evidence)


def plain(stage: Stage, text: str) -> str:
    """A text without what differs from run to run: names and keys that were made, and the account's number."""
    text = re.sub(rf"{PREFIX}[0-9a-f]+-\d+-([\w-]+)", r"<\1>", stage.evidence.masked(text))
    return re.sub(r"\b(AKIA|ASIA|AIDA|AROA)[A-Z0-9]{12,}", r"<\1>", text).strip()


def require(holds: bool, control: str) -> None:
    """A control of an experiment: what must hold for its outcome to mean anything."""
    if not holds:
        raise Unsettled(f"a control failed: {control}")
