"""Whether some text fits what is asked of it: sets of states, character by character, for the checker of proofs.

Nothing here is shared with the languages of the search, so that a mistake there cannot hide here as well. A text is a
word over characters and *letters*: a letter stands for the unknown value of a policy variable, the same value wherever
it stands (AWS's page reference_policies_variables of the IAM User Guide). Whoever asks gets "none" only where there is
none; "perhaps" costs a proof, never its truth.

A pattern is read in one of three ways:

* EXACT, for the one pattern that says where in the text the values stand: its variable takes its letter, everything
  else takes characters only. Every text that fits the pattern can be written so.
* WIDE, for all others that must fit: a letter may be any text for them, and their own variables take any text.
* NARROW, for those that must not fit: only what fits whatever the values are counts as fitting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import Final

from iamfa.errors import IamfaError


class TooManyStates(IamfaError):
    """The question is larger than the checker is prepared to walk; nothing follows from that."""


class Piece(Enum):
    """What a pattern has beside characters and variables."""

    STAR = "any run of characters"
    ONE = "one character"
    STAR_OF_PART = "any run of characters but colons"
    ONE_OF_PART = "one character but a colon"


@dataclass(frozen=True, slots=True)
class Letter:
    """The unknown value of a key, as a piece of a pattern and as a letter of a word."""

    key: str


Symbol = str | Letter
Pattern = tuple[str | Piece | Letter, ...]
"""Single characters, pieces and letters."""

_RUNS: Final = frozenset((Piece.STAR, Piece.STAR_OF_PART))


class Reading(Enum):
    """How a pattern takes letters; see above."""

    EXACT = "exact"
    WIDE = "wide"
    NARROW = "narrow"


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of a text: that one of `inside` fits it, or, where `outside` is given, that none of that fits."""

    inside: tuple[Pattern, ...] = ()
    outside: tuple[Pattern, ...] | None = None
    folded: bool = False
    """Whether the case of letters makes no difference; patterns are in lower case then."""

    @property
    def letters(self) -> frozenset[Letter]:
        """The unknown values that say where they stand in the text, if this demand is the one read exactly."""
        if self.folded or self.outside is not None:
            return frozenset()
        return frozenset(piece for pattern in self.inside for piece in pattern if isinstance(piece, Letter))


Place = tuple[int, int]
"""A pattern of a union and how many of its pieces lie behind."""

States = frozenset[Place]


@dataclass(slots=True)
class _Union:
    """The patterns of one side of a demand as one machine; its states are sets of places."""

    patterns: tuple[Pattern, ...]
    reading: Reading
    folded: bool
    known: dict[tuple[States, Symbol], States] = field(default_factory=dict)

    @property
    def start(self) -> States:
        return self._closed((number, 0) for number in range(len(self.patterns)))

    def accepts(self, states: States) -> bool:
        return any(at == len(self.patterns[number]) for number, at in states)

    def accepts_for_good(self, states: States) -> bool:
        """Whether whatever follows is accepted."""
        return any(
            at == len(self.patterns[number]) - 1 and self.patterns[number][at] is Piece.STAR for number, at in states
        )

    def after(self, states: States, symbol: Symbol) -> States:
        found = self.known.get((states, symbol))
        if found is None:
            found = self._closed(next_ for place in states for next_ in self._steps(place, symbol))
            self.known[states, symbol] = found
        return found

    def _skippable(self, piece: str | Piece | Letter) -> bool:
        return piece in _RUNS or (isinstance(piece, Letter) and self.reading is Reading.WIDE)

    def _closed(self, places: Iterable[Place]) -> States:
        result: set[Place] = set()
        for number, at in places:
            pattern = self.patterns[number]
            result.add((number, at))
            while at < len(pattern) and self._skippable(pattern[at]):
                at += 1
                result.add((number, at))
        return frozenset(result)

    def _steps(self, place: Place, symbol: Symbol) -> Iterator[Place]:
        number, at = place
        pattern = self.patterns[number]
        if isinstance(symbol, Letter) and self.reading is Reading.WIDE:
            # The value may be any text, none included: every place from here on can be reached by one.
            yield from ((number, later) for later in range(at, len(pattern) + 1))
            return
        if at == len(pattern):
            return
        piece = pattern[at]
        if isinstance(symbol, Letter):
            if piece == symbol:
                yield number, at + 1
            elif piece is Piece.STAR and self.reading is Reading.NARROW:
                yield place
            return
        if isinstance(piece, Letter):
            if self.reading is Reading.WIDE:
                yield place
        elif piece is Piece.STAR or (piece is Piece.STAR_OF_PART and symbol != ":"):
            yield place
        elif (
            piece is Piece.ONE
            or (piece is Piece.ONE_OF_PART and symbol != ":")
            or (symbol.lower() if self.folded else symbol) == piece
        ):
            yield number, at + 1


@dataclass(frozen=True, slots=True)
class _Asked:
    """A demand made ready."""

    inside: _Union
    outside: _Union | None

    @classmethod
    def of(cls, demand: Demand, reading: Reading) -> _Asked:
        outside = None if demand.outside is None else _Union(demand.outside, Reading.NARROW, demand.folded)
        return cls(_Union(demand.inside, reading, demand.folded), outside)

    @property
    def start(self) -> tuple[States, States]:
        return self.inside.start, frozenset() if self.outside is None else self.outside.start

    def after(self, state: tuple[States, States], symbol: Symbol) -> tuple[States, States] | None:
        """Where a symbol leads; None where the demand can never be met any more."""
        inside = self.inside.after(state[0], symbol)
        if self.outside is None:
            return (inside, state[1]) if inside else None
        outside = self.outside.after(state[1], symbol)
        if not inside and self.outside.accepts_for_good(outside):
            return None
        return inside, outside

    def met(self, state: tuple[States, States]) -> bool:
        if self.inside.accepts(state[0]):
            return True
        return self.outside is not None and not self.outside.accepts(state[1])


def some_text(demands: Sequence[Demand], *, limit: int, alphabet: frozenset[str] | None = None) -> bool:
    """Whether some text perhaps meets all demands; `alphabet` is what it may be written in, all characters if None.

    False is sure. Raises TooManyStates beyond `limit` states.
    """
    symbols = _symbols(demands, alphabet)
    exact = [None, *(number for number, demand in enumerate(demands) if demand.letters)]
    beyond: TooManyStates | None = None
    for number in exact:
        try:
            if not _walk(demands, number, symbols, limit):
                return False
        except TooManyStates as error:
            beyond = error
    if beyond is not None:
        raise beyond
    return True


def _walk(demands: Sequence[Demand], exact: int | None, symbols: tuple[str, ...], limit: int) -> bool:
    asked = [
        _Asked.of(demand, Reading.EXACT if number == exact else Reading.WIDE) for number, demand in enumerate(demands)
    ]
    letters = () if exact is None else tuple(sorted(demands[exact].letters, key=lambda letter: letter.key))
    alphabet: tuple[Symbol, ...] = (*symbols, *letters)
    start = tuple(each.start for each in asked)
    seen = {start}
    waiting = [start]
    while waiting:
        state = waiting.pop()
        if all(each.met(part) for each, part in zip(asked, state, strict=True)):
            return True
        for symbol in alphabet:
            parts: list[tuple[States, States]] = []
            for each, part in zip(asked, state, strict=True):
                after = each.after(part, symbol)
                if after is None:
                    break
                parts.append(after)
            else:
                reached = tuple(parts)
                if reached not in seen:
                    if len(seen) >= limit:
                        raise TooManyStates(
                            f"more than {limit:,} states", hint="the patterns are too many or too entangled"
                        )
                    seen.add(reached)
                    waiting.append(reached)
    return False


_FIRST_FREE: Final = 0xE000
"""Where the search for a character that no pattern mentions begins: AWS's policies cannot spell these."""


def _symbols(demands: Sequence[Demand], alphabet: frozenset[str] | None) -> tuple[str, ...]:
    """Every character that makes a difference, and one that stands for all the others."""
    found = {":"}
    for demand in demands:
        for pattern in (*demand.inside, *(demand.outside or ())):
            for piece in pattern:
                if isinstance(piece, str):
                    found |= _with_case(piece) if demand.folded else {piece}
    if alphabet is not None:
        others = sorted(alphabet - found)
        return (*sorted(alphabet & found), *others[:1])
    return (*sorted(found), next(c for code in range(_FIRST_FREE, 0x110000) if (c := chr(code)) not in found))


def _with_case(character: str) -> set[str]:
    """All characters that are this one in lower case."""
    return {character, *_by_lower_case().get(character, ())}


@cache
def _by_lower_case() -> dict[str, tuple[str, ...]]:
    result: dict[str, list[str]] = {}
    for code in range(0x110000):
        lower = chr(code).lower()
        if lower != chr(code) and len(lower) == 1:
            result.setdefault(lower, []).append(chr(code))
    return {lower: tuple(upper) for lower, upper in result.items()}


UNFOLDABLE: Final = frozenset("\u0307σς")
"""Where the lower case of a text is not that of its characters: `İ` becomes two, that of `Σ` hangs on its place."""
