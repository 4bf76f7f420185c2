"""Certificates for tests: a prover of a few lines that takes everything apart, and changes that spoil a certificate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from random import Random
from typing import Any

from iamfa.proof.checker import _Path
from iamfa.proof.checker_case import Case
from iamfa.proof.checker_claim import combinations, question_of
from iamfa.proof.checker_formula import Formula, Or
from iamfa.proof.checker_leaves import possible

Json = dict[str, Any]
SOME_USER = "arn:aws:iam::123456789012:user/some-user"
WITHOUT_MFA = ("long-term-key", "token", "console")
EVERYTHING: Json = {"Effect": "Allow", "Action": "*", "Resource": "*"}


class NoProof(Exception):
    """The tree cannot be closed, or not with the patience that there is."""


def policy(*statements: Json, version: str = "2012-10-17") -> Json:
    """A document."""
    return {"Version": version, "Statement": list(statements)}


def certificate(claim: Json, a: Json, cases: Sequence[Json], b: Json | None = None) -> Json:
    """A certificate of its parts."""
    return {"version": 1, "claim": claim, "a": a, **({} if b is None else {"b": b}), "cases": list(cases)}


def without_mfa(tree: Json, a: Json, *outside: str, plus: bool = True, valued: Json | None = None) -> Json:
    """A certificate of `without-mfa` that has one tree for all cases."""
    return certificate(
        {"id": "without-mfa", "outside": list(outside), "plus_everything": plus},
        a,
        [
            {"principal": SOME_USER, "credential": kind, "valued": valued or {}, "tree": deepcopy(tree)}
            for kind in WITHOUT_MFA
        ],
    )


def closed(variable: str) -> Json:
    """A leaf."""
    return {"closed": variable}


def split(label: str, **parts: Json) -> Json:
    """A node; names of parts are written with `_` for the brackets' sake: `condition_0`."""
    names = {name: name.replace("condition_", "condition[") + "]" * name.startswith("condition_") for name in parts}
    return {"split": label, "parts": {names[name]: node for name, node in parts.items()}}


def proved(claim: Json, a: Json, b: Json | None = None, *, patience: int = 3_000) -> Json:
    """A certificate, if splitting everything finds one; raises NoProof."""
    question = question_of(claim, a, b)
    keys = question.variables()
    cases = []
    for case in question.cases:
        for each in sorted(combinations(case, keys)):
            valued = Case(case.principal, case.credential, case.any_user, dict(each))
            cases.append(
                {
                    "principal": None if case.principal is None else case.principal.text,
                    "credential": case.credential,
                    "valued": dict(each),
                    "tree": _Prover(valued, patience).tree(_Path().entering(question.formula(valued))),
                }
            )
    return certificate(claim, a, cases, b)


class _Prover:
    def __init__(self, case: Case, patience: int) -> None:
        self.case = case
        self.patience = patience

    def tree(self, path: _Path) -> Json:
        self.patience -= 1
        if self.patience < 0:
            raise NoProof
        if path.refuted:
            return closed("action")
        for variable in sorted({each.variable for each in path.literals}):
            if not possible(variable, [each for each in path.literals if each.variable == variable], self.case):
                return closed(variable)
        if not path.open:
            raise NoProof
        chosen = min(path.open, key=lambda each: len(each.parts))
        rest = path.without(chosen)
        return {
            "split": chosen.label,
            "parts": {name: self.tree(rest.entering(part)) for name, part in chosen.parts},
        }


def formulas(claim: Json, a: Json, b: Json | None = None) -> Iterator[tuple[Case, Formula]]:
    """What each case of a claim has to refute."""
    question = question_of(claim, a, b)
    for case in question.cases:
        for each in sorted(combinations(case, question.variables())):
            valued = Case(case.principal, case.credential, case.any_user, dict(each))
            yield valued, question.formula(valued)


def random_tree(path: _Path, random: Random, *, honest: float = 0.9) -> Json:
    """A tree of some shape that splits what can be split, and closes what it likes."""
    variables = sorted({each.variable for each in path.literals}) or ["action"]
    if path.open and random.random() < honest:
        chosen: Or = random.choice(path.open)
        rest = path.without(chosen)
        parts = {name: random_tree(rest.entering(part), random, honest=honest) for name, part in chosen.parts}
        if random.random() > 0.97:
            parts.pop(random.choice(sorted(parts)))
        return {"split": chosen.label, "parts": parts}
    return closed(random.choice(variables))


def mutated(value: Any, random: Random) -> Any:
    """A copy of JSON with one thing changed: dropped, doubled, exchanged, or of another type."""
    value = deepcopy(value)
    places = list(_places(value))
    container, name = random.choice(places)
    change = random.randrange(6)
    old = container[name]
    others = [other[at] for other, at in places]
    if change == 0:
        del container[name]
    elif change == 1:
        container[name] = deepcopy(random.choice(others))
    elif change == 2:
        container[name] = random.choice([None, True, False, 1, "", "x", [], {}, "action", "resource"])
    elif change == 3 and isinstance(container, list):
        container.insert(name, deepcopy(old))
    elif change == 4 and isinstance(old, str):
        container[name] = random.choice([old + "x", old[1:], old.upper(), "*"])
    elif isinstance(container, dict):
        container[str(random.choice(["extra", "closed", "split", "parts", "action"]))] = deepcopy(old)
    else:
        container.append(deepcopy(old))
    return value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield value, name
            yield from _places(inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield value, number
            yield from _places(inner)
