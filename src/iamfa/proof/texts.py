"""A text that fits one pattern of each of these groups and none of those: the leaves of a proof about texts.

What is cheap is tried first: listed texts, examples of patterns, a pattern that one of the forbidden ones repeats. Only
what that leaves open is decided by walking the states of the patterns together (`shortest`), pattern by pattern of the
smallest group. The answer is exact, or Unknown where the limit of states is hit.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from iamfa.policy.glob import Token, Wild, matcher
from iamfa.proof.alphabet import Alphabet
from iamfa.proof.automaton import Automaton
from iamfa.proof.language import STATES, Answer, Empty, Found, Unknown
from iamfa.proof.pattern import Pattern, Within
from iamfa.proof.shortest import Budget, OutOfStates, Walk

Group = Sequence[Pattern]


def find_text(
    groups: Sequence[Group],
    outside: Sequence[Pattern],
    *,
    alphabet: Alphabet,
    letters: str = "",
    prefer: Sequence[str] = (),
    limit: int = STATES,
) -> Answer:
    """Find a text of at least one character that fits a pattern of each group, and none of *outside*.

    *letters* are characters that stand for an unknown text each (the value of a policy variable). The text is read as
    one pattern of one group spells it, letters included; the other groups take a letter for any text, and any text for
    their own letters, *outside* a letter for itself only: so Empty holds whatever the texts are. *prefer* are tried
    first, in their order.
    """
    if any(pattern.is_everything for pattern in outside) or any(not group for group in groups):
        return Empty()
    asked = [_distinct(group) for group in groups if not any(pattern.is_everything for pattern in group)]
    never = _distinct(outside)
    suits = _suiting(asked, never, alphabet, letters)
    for word in prefer:
        if suits(word):
            return Found(word)
    if not asked:
        fresh = next((word for word in ("x", "another") if suits(word)), None)
        return Found(fresh) if fresh else _walk([], never, alphabet, "", limit)
    spelling = [group for group in asked if any(_letters_of(pattern, letters) for pattern in group)]
    pivot = min(spelling or asked, key=_effort)
    others = [[_widened(pattern, letters) for pattern in group] for group in asked if group is not pivot]
    # Where another group holds a letter, it may stand for this very text.
    lettered = any(group is not pivot for group in spelling)
    wild = []
    for pattern in pivot:
        if pattern.text is None or _letters_of(pattern, letters):
            wild.append(pattern)
        elif suits(pattern.text):
            return Found(pattern.text)
        elif lettered:
            wild.append(pattern)
    repeated = frozenset(never)
    open_ones = [pattern for pattern in wild if pattern not in repeated]
    for pattern in open_ones:
        example = next((word for word in _examples(pattern) if suits(word)), None)
        if example is not None:
            return Found(example)
    unknown: Unknown | None = None
    begun = [_Begun(group) for group in (*others, never)] if open_ones else []
    for pattern in open_ones:
        spelled = _letters_of(pattern, letters)
        # A letter may be any text: then beginnings tell nothing.
        *near, refused = [*others, never] if spelled else [each.near(pattern) for each in begun]
        if not all(near):
            continue
        answer = _walk([[pattern], *near], refused, alphabet, spelled, limit)
        if isinstance(answer, Found):
            return answer
        if isinstance(answer, Unknown):
            unknown = answer
    return unknown or Empty()


def _letters_of(pattern: Pattern, letters: str) -> str:
    """The letters that the pattern spells."""
    return "".join(letter for letter in letters if any(isinstance(t, str) and letter in t for t in pattern.tokens))


def _widened(pattern: Pattern, letters: str) -> Pattern:
    """The pattern with `*` for each letter: it fits all that the pattern fits, whatever the letters stand for."""
    if not _letters_of(pattern, letters):
        return pattern
    tokens: list[Token | Within] = []
    for token in pattern.tokens:
        if isinstance(token, str):
            for character in token:
                tokens.append(Wild.STAR if character in letters else character)
        else:
            tokens.append(token)
    return Pattern(tuple(tokens), pattern.ignores_case)


def _effort(group: Group) -> tuple[bool, int, int]:
    """How much it takes to go through the patterns; where all may begin with anything, every other one is near."""
    return not any(map(_head, group)), sum(pattern.text is None for pattern in group), len(group)


def fits(pattern: Pattern) -> Callable[[str], bool]:
    """Whether a text fits the pattern."""
    return _matcher(pattern)


@lru_cache(maxsize=4096)
def _matcher(pattern: Pattern) -> Callable[[str], bool]:
    plain = [token for token in pattern.tokens if not isinstance(token, Within)]
    if len(plain) == len(pattern.tokens):
        if pattern.ignores_case:
            folded = matcher(token.lower() if isinstance(token, str) else token for token in plain)
            return lambda word: folded(word.lower())
        return matcher(plain)
    # Between the literal colons of such a pattern nothing crosses one, but for a last `*`.
    pieces = _between_colons(pattern)
    tests = [matcher(piece) for piece in pieces]
    last_crosses = Wild.STAR in pattern.tokens or Wild.ANY in pattern.tokens

    def test(word: str) -> bool:
        parts = word.split(":", len(tests) - 1) if last_crosses else word.split(":")
        return len(parts) == len(tests) and all(one(part) for one, part in zip(tests, parts, strict=True))

    return test


def _between_colons(pattern: Pattern) -> list[list[str | Wild]]:
    """The pieces between the literal colons, up to the first piece that crosses them."""
    pieces: list[list[str | Wild]] = [[]]
    crossing = False
    for token in pattern.tokens:
        if isinstance(token, Wild):
            crossing = True
            pieces[-1].append(token)
        elif isinstance(token, Within):
            pieces[-1].append(Wild.STAR if token is Within.STAR else Wild.ANY)
        elif crossing:
            pieces[-1].append(token)
        else:
            first, *rest = token.split(":")
            pieces[-1].append(first)
            pieces.extend([text] for text in rest)
    return pieces


def _distinct(group: Group) -> list[Pattern]:
    return list(dict.fromkeys(group))


def _suiting(
    groups: Sequence[Group], never: Sequence[Pattern], alphabet: Alphabet, letters: str
) -> Callable[[str], bool]:
    """Whether a text is one that is looked for; a letter is read as any other character, which claims no more."""
    allowed = frozenset(alphabet.characters) | frozenset(letters)
    listed = [(frozenset(p.text for p in group if p.text is not None), _Begun(_wild(group))) for group in groups]
    refused, refusing = frozenset(p.text for p in never if p.text is not None), _Begun(_wild(never))

    def suits(word: str) -> bool:
        if not word or word in refused or not allowed.issuperset(word):
            return False
        if any(word not in texts and not begun.fit(word) for texts, begun in listed):
            return False
        return not refusing.fit(word)

    return suits


def _wild(group: Group) -> list[Pattern]:
    return [pattern for pattern in group if pattern.text is None]


class _Begun:
    """Patterns by what every text that fits them begins with, so that of thousands only few are asked."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._by_head: dict[str, list[Pattern]] = {}
        for pattern in patterns:
            self._by_head.setdefault(_head(pattern), []).append(pattern)
        self._lengths = sorted({len(head) for head in self._by_head})
        self._heads = sorted(self._by_head)

    def _shorter(self, text: str) -> Iterator[Pattern]:
        """Those whose beginning the text has."""
        for length in self._lengths:
            if length > len(text):
                return
            yield from self._by_head.get(text[:length], ())

    def fit(self, word: str) -> bool:
        """Whether the word fits one of them."""
        return any(_matcher(pattern)(word) for pattern in self._shorter(word))

    def near(self, pattern: Pattern) -> list[Pattern]:
        """Those that a text may fit beside this pattern, as far as their beginnings tell."""
        head = _head(pattern)
        found = list(self._shorter(head))
        for place in range(bisect_right(self._heads, head), len(self._heads)):
            if not self._heads[place].startswith(head):
                break
            found += self._by_head[self._heads[place]]
        return found


def _examples(pattern: Pattern) -> Iterator[str]:
    for star in ("", "x", "another"):
        yield pattern.example(star, "x")


@lru_cache(maxsize=4096)
def _head(pattern: Pattern) -> str:
    """What every text that fits begins with."""
    first = pattern.tokens[0] if pattern.tokens else ""
    return first if isinstance(first, str) and not pattern.ignores_case else ""


def _walk(groups: Sequence[Group], never: Sequence[Pattern], alphabet: Alphabet, letters: str, limit: int) -> Answer:
    """Ask the automaton of all these patterns."""
    patterns = [pattern for group in groups for pattern in group]
    indices: list[range] = []
    start = 0
    for group in groups:
        indices.append(range(start, start + len(group)))
        start += len(group)
    automaton = Automaton(
        [*patterns, *never], alphabet, case_insensitive=False, letters=letters, wide=range(1, len(patterns))
    )
    only = [group[0] for group in indices if len(group) == 1]
    reduced = automaton.reduced(only, range(len(patterns), len(patterns) + len(never)))
    if reduced is None:
        return Empty()
    inner, outer = reduced
    several = [[glob for glob in group if automaton.possible[glob]] for group in indices if len(group) > 1]
    if not all(several):
        return Empty()
    walk = Walk(automaton, [*((glob,) for glob in inner), *several], outer, min_length=1, max_length=None)
    budgets = Budget(limit), Budget(limit)
    try:
        word = walk.shortest(budgets[0])
    except OutOfStates:
        try:
            word = walk.straight(budgets[1])
        except OutOfStates:
            return Unknown(f"more than {limit:,} states of {len(patterns) + len(never)} patterns would be needed")
    return Empty() if word is None else Found(word)
