"""Patterns of a proof: globs, and what the conditions on ARNs and without regard to case ask besides.

AWS's page reference_policies_elements_condition_operators: in ARNs "each of the six colon-delimited components of the
ARN is checked separately", so that there a wildcard stays between two colons.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from iamfa.policy.glob import Token, Wild, split_at_colons


class Within(Enum):
    """The wildcards that stop at a colon."""

    STAR = "[^:]*"
    ANY = "[^:]"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A set of texts; equal patterns fit the same texts."""

    tokens: tuple[Token | Within, ...]
    ignores_case: bool = False
    """Whether letters are compared without regard to case, as Python's `str.lower` does."""

    @property
    def text(self) -> str | None:
        """The only text that fits, or None where there are several."""
        if self.ignores_case or any(not isinstance(token, str) for token in self.tokens):
            return None
        return "".join(token for token in self.tokens if isinstance(token, str))

    @property
    def is_everything(self) -> bool:
        """Whether every text fits."""
        return self.tokens == (Wild.STAR,)

    def example(self, star: str, single: str) -> str:
        """A text that fits, with this in the place of each `*` and that in the place of each `?`."""
        stars = (Wild.STAR, Within.STAR)
        return "".join(t if isinstance(t, str) else star if t in stars else single for t in self.tokens)


ANY_TEXT_AT_ALL = Pattern((Wild.STAR,))

ARN_FORM = Pattern(("arn:", *(token for _ in range(4) for token in (Within.STAR, ":")), Wild.STAR))
"""What conditions on ARNs take for an ARN: six parts, the first of them `arn`."""

ACTION_FORM = Pattern((Within.ANY, Within.STAR, ":", Within.ANY, Within.STAR))
"""`service:Name`, both with at least one character."""


def arn_pattern(tokens: Iterable[Token]) -> Pattern | None:
    """The pattern of a condition on ARNs, part by part; None without six parts, which fits no ARN."""
    parts = split_at_colons(tokens, 6)
    return within_colons(parts) if len(parts) == 6 else None


def within_colons(parts: Sequence[Sequence[Token]]) -> Pattern:
    """The parts of an ARN joined by colons that no wildcard crosses, but for those of the sixth part."""
    if len(parts) == 1 and tuple(parts[0]) == (Wild.STAR,):
        return ANY_TEXT_AT_ALL
    within = {Wild.STAR: Within.STAR, Wild.ANY: Within.ANY}
    result: list[Token | Within] = []
    for place, part in enumerate(parts):
        if place:
            result.append(":")
        result += part if place == 5 else [t if isinstance(t, str) else within[t] for t in part]
    return Pattern(tuple(result))
