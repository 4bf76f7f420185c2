"""Whether some single value meets what several conditions ask of it, each of its operator's family.

String, Arn and Bool ask about texts and are walked as such; numbers, dates, addresses and bytes are tried on values of
every sort, with the evaluator's own operators as the judge. Families that meet on one key are asked together where the
text is one of a few that are listed, and otherwise each by itself, which can only find more possible than there is.
Operators: AWS's page reference_policies_elements_condition_operators of the IAM User Guide.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from iamfa.policy import operator_values as read
from iamfa.policy.operators import Family, Operator, compile_condition
from iamfa.policy.variables import Template
from iamfa.proof.checker_case import Case
from iamfa.proof.checker_formula import pattern_of
from iamfa.proof.checker_texts import UNFOLDABLE, Demand, Letter, Pattern, Piece, some_text
from iamfa.proof.checker_values import TRIED, candidates


@dataclass(frozen=True, slots=True)
class Asked:
    """An operator with its list, of which one value must perhaps be satisfied, or perhaps not."""

    operator: Operator
    values: tuple[str, ...]
    variables: bool
    holds: bool

    @property
    def family(self) -> Family:
        """What the operator compares."""
        return self.operator.family

    def met_by(self, text: str) -> bool:
        """Whether the evaluator says so of this value, or says nothing; not for lists with variables."""
        test = compile_condition(self.operator.name, "value", self.values, variables=False)
        return test({"value": text}) is not (not self.holds)


@dataclass(frozen=True, slots=True)
class ReadsAs:
    """That a value is a number, or a date."""

    family: Family
    values: tuple[str, ...] = ()

    def met_by(self, text: str) -> bool:
        """Whether this value is."""
        return (read.number(text) if self.family is Family.NUMERIC else read.instant(text)) is not None


def some_value(
    asked: Sequence[Asked | ReadsAs], case: Case, form: Sequence[Demand], texts: Iterable[str] | None, *, limit: int
) -> bool:
    """Whether some text perhaps meets everything; only `texts` are tried where they are given. False is sure."""
    tried = [each for each in asked if each.family in TRIED]
    demands = [*form, *(found for each in asked if (found := _demand(each, case)) is not None)]
    if texts is None:
        texts = next((few for demand in demands if (few := _few(demand)) is not None), None)
    if texts is not None:
        return any(
            all(each.met_by(text) for each in tried) and some_text([Demand((tuple(text),)), *demands], limit=limit)
            for text in texts
        )
    for family in sorted({each.family for each in tried}, key=lambda family: family.value):
        alike = [each for each in tried if each.family is family]
        values = candidates(family, (value for each in alike for value in each.values))
        if values is not None and not any(all(each.met_by(text) for each in alike) for text in values):
            return False
    return some_text(demands, limit=limit)


def _few(demand: Demand) -> tuple[str, ...] | None:
    """The only texts that meet a demand, where they can be listed."""
    if demand.folded or demand.outside is not None:
        return None
    texts = []
    for pattern in demand.inside:
        characters = [piece for piece in pattern if isinstance(piece, str)]
        if len(characters) < len(pattern):
            return None
        texts.append("".join(characters))
    return tuple(texts)


def _demand(asked: Asked | ReadsAs, case: Case) -> Demand | None:
    """What a condition on texts asks; None where it asks nothing, or nothing that can be told."""
    family = asked.family
    if isinstance(asked, ReadsAs) or family not in (Family.STRING, Family.ARN, Family.BOOL):
        return None
    if family is Family.BOOL:
        return _bool_demand(asked)
    negated = asked.operator.negated
    templates = [
        Template.parse(value, variables=asked.variables, wildcards=asked.operator.wildcards) for value in asked.values
    ]
    wanted = asked.holds is not negated
    unknown = any(template.malformed for template in templates)
    found = (pattern_of(template, case) for template in templates if not template.malformed)
    patterns = [pattern for pattern in found if pattern is not None]
    if family is Family.ARN:
        return _arn_demand(patterns, negated=negated, wanted=wanted, unknown=unknown)
    if wanted and unknown:
        return None  # unknown satisfies either way
    if not asked.operator.ignores_case:
        return _in(patterns, wanted)
    lowered = [tuple(piece.lower() if isinstance(piece, str) else piece for piece in pattern) for pattern in patterns]
    if any(
        piece in UNFOLDABLE or len(piece) != 1 for pattern in lowered for piece in pattern if isinstance(piece, str)
    ):
        return None
    return _in(lowered, wanted, folded=True)


def _in(patterns: Sequence[Pattern], wanted: bool, *, folded: bool = False) -> Demand:
    return Demand(tuple(patterns), None, folded) if wanted else Demand((), tuple(patterns), folded)


_TRUE: Final[Pattern] = tuple("true")


def _bool_demand(asked: Asked) -> Demand | None:
    """All texts but `true` are alike for Bool."""
    for_true, for_other = (asked.met_by(text) for text in ("true", "other"))
    if for_true and for_other:
        return None
    if not for_true and not for_other:
        return Demand()
    return _in([_TRUE], for_true, folded=True)


_AN_ARN: Final[Pattern] = (*"arn:", *(Piece.STAR_OF_PART, ":") * 4, Piece.STAR)


def _arn_demand(patterns: Sequence[Pattern], *, negated: bool, wanted: bool, unknown: bool) -> Demand | None:
    """Each of the six parts is matched by itself; what is no ARN perhaps satisfies a negated operator, either way."""
    inside: list[Pattern] = []
    for pattern in patterns:
        parts = _six_parts(pattern)
        if any(isinstance(piece, Letter) for part in parts[:5] for piece in part):
            return None  # a value with colons would move the parts
        if len(parts) < 6:
            unknown = unknown or negated or set(pattern) == {Piece.STAR}
        elif _fits_arn(parts[0]):
            inside.append(_joined(parts))
    if not wanted:
        return _in(inside, wanted=False)
    if unknown:
        return None
    return Demand(tuple(inside), (_AN_ARN,)) if negated else Demand(tuple(inside))


def _six_parts(pattern: Pattern) -> list[list[str | Piece | Letter]]:
    parts: list[list[str | Piece | Letter]] = [[]]
    for piece in pattern:
        if piece == ":" and len(parts) < 6:
            parts.append([])
        else:
            parts[-1].append(piece)
    return parts


def _joined(parts: Sequence[Sequence[str | Piece | Letter]]) -> Pattern:
    pieces: list[str | Piece | Letter] = list("arn")
    for part in parts[1:5]:
        pieces.append(":")
        pieces.extend(_WITHIN_A_PART.get(piece, piece) if isinstance(piece, Piece) else piece for piece in part)
    return (*pieces, ":", *parts[5])


_WITHIN_A_PART: Final = {Piece.STAR: Piece.STAR_OF_PART, Piece.ONE: Piece.ONE_OF_PART}


def _fits_arn(part: Sequence[str | Piece | Letter]) -> bool:
    """Whether the first part, which is `arn` in every ARN, fits."""
    return some_text([Demand((tuple(part),)), Demand((tuple("arn"),))], limit=10_000)
