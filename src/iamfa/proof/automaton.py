"""All patterns of a question as one automaton whose state is one integer.

A pattern with n characters (literal or `?`) has n + 1 positions, one bit each; a `*` lets its position stay where it
is. The patterns lie side by side, so that reading a character moves all of them by a few masks and one shift.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate

from iamfa.policy.glob import Glob, Wild
from iamfa.proof.alphabet import Alphabet, compared, spellings
from iamfa.proof.pattern import Pattern, Within

_Character = str | None | Within
"""What one position reads: this character, any one (None), or any one but a colon."""


class Automaton:
    """Patterns compiled side by side over one alphabet; any of them can be asked to fit, and any not to.

    A *state* has one bit for each position of each glob. Below a position that stays (`*`) all positions of the same
    glob are redundant, since it accepts whatever they accept: they are cleared, so that states that mean the same are
    mostly the same number, and kept in the *floor*, so that two states can be compared by inclusion.

    *letters* are characters that stand for a whole text that is not known, the value of a policy variable. A pattern
    of *wide* takes a letter to be any text whatever; every other one knows only that `*` fits it, and the same letter.
    """

    __slots__ = (
        "_any",
        "_any_within",
        "_apart_from",
        "_begin",
        "_below",
        "_case_insensitive",
        "_covered_by",
        "_letters",
        "_literals",
        "_loops",
        "_loops_within",
        "_narrower",
        "_symbols",
        "_wide",
        "_wider",
        "accept",
        "alphabet",
        "literal_only",
        "possible",
        "segment",
        "sink",
        "start",
    )

    accept: list[int]
    """Per glob: the bit of its last position."""
    start: list[int]
    """Per glob: the bit of its first position."""
    segment: list[int]
    """Per glob: the bits of all its positions."""
    sink: list[int]
    """Per glob: the bit on which it fits whatever follows, 0 where no `*` ends it."""
    possible: list[bool]
    """Per glob: whether the alphabet can spell all its literals; otherwise it fits no word."""
    literal_only: list[bool]
    """Per glob: whether it has no wildcard, and so fits one word at most, or one but for case."""

    def __init__(
        self,
        globs: Sequence[Glob | Pattern],
        alphabet: Alphabet,
        *,
        case_insensitive: bool,
        letters: str = "",
        wide: Collection[int] = (),
    ) -> None:
        self.alphabet = alphabet
        self._case_insensitive = case_insensitive
        self._letters = frozenset(letters)
        self._any = self._any_within = self._loops = self._loops_within = 0
        self._literals: dict[str, int] = {}
        self._below: dict[int, int] = {}
        spelled = {**spellings(alphabet, case_insensitive), **{letter: letter for letter in letters}}

        read = [_positions(glob, case_insensitive) for glob in globs]
        sizes = [len(characters) + 1 for characters, _ in read]
        bases = list(accumulate(sizes, initial=0))[:-1]
        self.start = [1 << base for base in bases]
        self._begin = sum(self.start)
        self.accept = [1 << (base + size - 1) for base, size in zip(bases, sizes, strict=True)]
        self.segment = [(1 << (base + size)) - (1 << base) for base, size in zip(bases, sizes, strict=True)]
        folding = [isinstance(glob, Pattern) and glob.ignores_case for glob in globs]
        self._wide = [self.segment[glob] for glob in wide]
        self.possible = [all(not isinstance(one, str) or one in spelled for one in chars) for chars, _ in read]
        self.literal_only = [
            not stays and not folds and all(isinstance(one, str) for one in characters)
            for (characters, stays), folds in zip(read, folding, strict=True)
        ]
        for base, (characters, stays), folds in zip(bases, read, folding, strict=True):
            for place, character in enumerate(characters, base):
                if character is None:
                    self._any |= 1 << place
                elif isinstance(character, Within):
                    self._any_within |= 1 << place
                else:
                    for same in _same_but_for_case(character, spelled) if folds else character:
                        self._literals[same] = self._literals.get(same, 0) | 1 << place
            for offset, star in stays.items():
                if star is Within.STAR:
                    self._loops_within |= 1 << (base + offset)
                else:
                    self._loops |= 1 << (base + offset)
                    self._below[base + offset] = (1 << (base + offset)) - (1 << base)
        if self._any_within or self._loops_within:
            self._literals.setdefault(":", 0)
        self.sink = [accept & self._loops for accept in self.accept]

        unmentioned = next((one for one in spelled if one not in self._literals), None)
        # One character that no glob mentions stands for all of them; the dictionary is in the alphabet's order.
        self._symbols = [
            (spelling, self._literals.get(one, 0))
            for one, spelling in spelled.items()
            if one in self._literals or one == unmentioned
        ]
        # What each of a pattern's literal characters may be read as: where case is ignored, several.
        ways: list[_Spellings] = [
            partial(_same_but_for_case, spelled=spelled) if folds else _itself for folds in folding
        ]
        self._covered_by = [self._covering(*each, way) for each, way in zip(read, ways, strict=True)]
        self._apart_from = [self._clashing(*each, way) for each, way in zip(read, ways, strict=True)]
        # Of globs that cover each other the earlier counts as the wider.
        self._wider = [
            {other for other in by if other != glob and (other < glob or glob not in self._covered_by[other])}
            for glob, by in enumerate(self._covered_by)
        ]
        self._narrower: list[set[int]] = [set() for _ in globs]
        for glob, wider in enumerate(self._wider):
            for other in wider:
                self._narrower[other].add(glob)

    @property
    def positions(self) -> int:
        """How many bits a state has."""
        return sum(self.segment).bit_length()

    def signs(self, word: str) -> int:
        """The state after a word; a glob fits it where its `accept` bit is set."""
        state = self._begin
        for character in compared(word, self._case_insensitive):
            state, _ = self._settle(self._read(state, character), state, 0)
        return state

    def successors(self, state: int, floor: int) -> Iterator[tuple[int, int, str]]:
        """State, floor and character for each character that makes a difference here, in the alphabet's order."""
        unmoved = self._move(state, 0)
        within = state & (self._any_within | self._loops_within)
        rest_done = False
        for character, literal in self._symbols:
            if character in self._letters or (within and character == ":"):
                yield (*self._settle(self._read(state, character), state, floor), character)
                continue
            hit = state & literal
            if not hit:
                if rest_done:
                    continue
                rest_done = True
            yield (*self._settle(unmoved | hit << 1, state, floor), character)

    def reduced(self, inside: Collection[int], outside: Collection[int]) -> tuple[list[int], list[int]] | None:
        """The globs that matter to "fits all of `inside`, none of `outside`"; None: they show that nothing does."""
        if not all(self.possible[glob] for glob in inside):
            return None
        inside = set(inside)
        outside = {glob for glob in outside if self.possible[glob]}
        if not all(self._apart_from[glob].isdisjoint(inside) for glob in inside):
            return None
        outside -= {other for glob in inside for other in self._apart_from[glob]}
        if not all(self._covered_by[glob].isdisjoint(outside) for glob in inside):
            return None
        narrowest = [glob for glob in inside if self._narrower[glob].isdisjoint(inside)]
        widest = [glob for glob in outside if self._wider[glob].isdisjoint(outside)]
        return narrowest, widest

    def _covering(
        self, characters: Sequence[_Character], stays: Mapping[int, Wild | Within], same: _Spellings
    ) -> frozenset[int]:
        """The globs that fit all that this one fits, as far as reading its wildcards as letters shows it.

        A `?` is taken in by `?` and `*`, a `*` only by `*`: so what is named is sure, and some may be missing.
        """
        state = self._begin
        for offset, character in enumerate([*characters, None]):
            if offset in stays:
                state &= self._loops | (self._loops_within if stays[offset] is Within.STAR else 0)
            if offset < len(characters):
                if isinstance(character, str):
                    moved = -1
                    for each in same(character):
                        moved &= self._read(state, each, narrow=True)
                elif character is None:
                    moved = state & self._loops | (state & self._any) << 1
                else:
                    moved = self._move(state, 0)
                state, _ = self._settle(moved, state, 0)
        return frozenset(glob for glob, accept in enumerate(self.accept) if state & accept)

    def _clashing(self, characters: Sequence[_Character], stays: Collection[int], same: _Spellings) -> frozenset[int]:
        """The globs that fit nothing that this one fits, as far as what stands before its first `*` shows it."""
        if self._letters:
            return frozenset()  # a letter may be any text
        fixed = characters[: min(stays, default=len(characters))]
        state = self._begin
        anywhere = sum(self.segment) - sum(self.accept)
        for character in fixed:
            literal = 0 if isinstance(character, str) else anywhere
            for each in same(character) if isinstance(character, str) else ():
                literal |= self._literals[each]
            state = self._move(state, literal)
        return frozenset(
            glob
            for glob, (segment, accept) in enumerate(zip(self.segment, self.accept, strict=True))
            if not state & (segment if stays else accept)
        )

    def _move(self, state: int, literal: int) -> int:
        """Read a character, no colon and no letter, that stands literally at the positions of `literal`."""
        stays = state & (self._loops | self._loops_within)
        return stays | (state & (self._any | self._any_within | literal)) << 1

    def _read(self, state: int, character: str, *, narrow: bool = False) -> int:
        """Read any one character; a letter as if no pattern took it widely where *narrow*."""
        literal = self._literals.get(character, 0)
        if character in self._letters:
            moved = state & self._loops | (state & literal) << 1
            for segment in () if narrow else self._wide:
                lowest = state & segment & -(state & segment)
                # A text may be whatever stands between here and any later position.
                moved |= segment & ~(lowest - 1) if lowest else 0
            return moved
        if character == ":":
            return state & self._loops | (state & (self._any | literal)) << 1
        return self._move(state, literal)

    def _settle(self, moved: int, before: int, floor: int) -> tuple[int, int]:
        """Move what has become redundant, below positions that stay and were reached just now, to the floor."""
        reached = moved & self._loops & ~before
        while reached:
            highest = reached.bit_length() - 1
            below = self._below[highest]
            moved &= ~below
            reached &= ~(below | 1 << highest)
            floor |= below
        return moved, floor


def _positions(glob: Glob | Pattern, case_insensitive: bool) -> tuple[list[_Character], dict[int, Wild | Within]]:
    """The characters of a pattern and the offsets before which a `*` stands, with the kind of `*`."""
    characters: list[_Character] = []
    stays: dict[int, Wild | Within] = {}
    for token in glob.tokens:
        if token is Wild.STAR or token is Within.STAR:
            # Of two stars in one place the wider one says all.
            stays[len(characters)] = Wild.STAR if Wild.STAR in (token, stays.get(len(characters))) else Within.STAR
        elif token is Wild.ANY:
            characters.append(None)
        elif token is Within.ANY:
            characters.append(Within.ANY)
        elif isinstance(token, str):
            characters.extend(compared(token, case_insensitive))
    return characters, stays


_Spellings = Callable[[str], Sequence[str]]


def _itself(character: str) -> Sequence[str]:
    return (character,)


def _same_but_for_case(character: str, spelled: Collection[str]) -> list[str]:
    """The characters that a comparison without regard to case takes for this one."""
    return [one for one in spelled if one.lower() == character.lower()] or [character]
