"""A secret that does not show itself: not in a traceback, not in a log, not in `repr`."""

from __future__ import annotations

import hmac


class Secret:
    """A text that only `reveal` gives out; compared in constant time, so that it can be checked against a guess."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself. Whoever asks answers for where it goes."""
        return self._text

    def matches(self, guess: str) -> bool:
        """Whether *guess* is the text; how long it takes does not tell how much of it is right."""
        return hmac.compare_digest(self._text.encode(), guess.encode("utf-8", "surrogatepass"))

    def __eq__(self, other: object) -> bool:
        return self.matches(other._text) if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret is not pickled: write `reveal()` where it may go")
