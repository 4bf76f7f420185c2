"""Somebody who sits at a terminal, in the test's own process: what he answers, and what he sees."""

from __future__ import annotations

from collections.abc import Callable

Answer = str | None | type[BaseException] | Callable[[], str | None]
"""What is typed; None closes the terminal, an error is raised (Ctrl-C), what can be called looks at a device first."""


class Sitting:
    """A terminal whose questions are answered one after the other, and no more of them than there are answers."""

    def __init__(self, *answers: Answer, size: tuple[int, int] = (80, 24)) -> None:
        self.answers = list(answers)
        self.size = size
        self.shown = ""
        self.questions: list[str] = []
        self.closed = 0

    def write(self, text: str) -> None:
        self.shown += text

    def read_hidden(self, prompt: str) -> str | None:
        return self._asked(prompt)

    def read_line(self, prompt: str) -> str | None:
        return self._asked(prompt)

    def close(self) -> None:
        self.closed += 1

    @property
    def words(self) -> str:
        """What was shown, however the lines break."""
        return " ".join(self.shown.split())

    def _asked(self, prompt: str) -> str | None:
        self.shown += prompt
        self.questions.append(prompt)
        assert self.answers, f"nobody expected the question `{prompt}`; before it:\n{self.shown}"
        answer = self.answers.pop(0)
        if isinstance(answer, type):
            raise answer
        found = answer() if callable(answer) else answer
        self.shown += "\n"
        return found
