from __future__ import annotations

import pytest

from iamfa.policy.glob import tokens_of
from iamfa.proof import search as searching
from iamfa.proof.formula import ACTION, FALSE, RESOURCE, TRUE, Formula, Literal, all_of, is_true, one_of, value_of
from iamfa.proof.pattern import Pattern
from iamfa.proof.search import Closed, Preferences, Search, Stuck, Witness, search
from iamfa.proof.situation import Situation
from iamfa.proof.statements import text_literal

FREE = Situation(None, None, {})


def text(variable: str, *globs: str, must: bool = True) -> Literal:
    return text_literal(variable, tuple(Pattern(tokens_of(glob)) for glob in globs), must=must)


def either(label: str, *parts: Formula) -> Formula:
    return one_of(label, [(str(i), part) for i, part in enumerate(parts)])


def both(*parts: Formula) -> Formula:
    return all_of("both", [(str(i), part) for i, part in enumerate(parts)])


def test_nothing_satisfies_what_is_false() -> None:
    assert search(FALSE, FREE, possible=True) == Closed({"closed": "nothing"})


def test_anything_satisfies_what_is_true() -> None:
    found = search(TRUE, FREE, possible=True)
    assert isinstance(found, Witness)
    assert found.action.count(":") == 1


def test_preferred_values_are_taken_where_they_satisfy() -> None:
    formula = text(ACTION, "s3:*")
    prefer = Preferences(("iam:listusers", "s3:getobject"), ("arn:aws:s3:::mine",))
    found = search(formula, FREE, possible=True, prefer=prefer)
    assert isinstance(found, Witness)
    assert (found.action, found.resource) == ("s3:getobject", "arn:aws:s3:::mine")


def test_a_contradiction_on_one_variable_closes_the_branch_and_says_which() -> None:
    found = search(both(text(RESOURCE, "a*"), text(RESOURCE, "*", must=False)), FREE, possible=True)
    assert found == Closed({"closed": "resource"})


def test_a_split_names_its_parts() -> None:
    formula = both(text(ACTION, "s3:*"), either("or", text(ACTION, "iam:*"), text(ACTION, "ec2:*")))
    found = search(formula, FREE, possible=True)
    assert found == Closed({"split": "or", "parts": {"0": {"closed": "action"}, "1": {"closed": "action"}}})


def many(n: int) -> Formula:
    """As many ors that exclude each other, of which the last cannot hold."""
    return both(*(either(f"or{i}", text(RESOURCE, f"*{i}a*"), text(RESOURCE, f"*{i}b*")) for i in range(n)),
                either("end", text(ACTION, "a:*"), text(ACTION, "b:*")),
                either("other", text(ACTION, "c:*"), text(ACTION, "d:*")))  # fmt: skip


def test_a_search_ends_after_so_many_nodes() -> None:
    found = Search(many(3), FREE, possible=True, nodes=1).run()
    assert found == Stuck("the search made as many nodes as it may")


def test_a_search_ends_before_it_lies_too_deep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "DEEPEST", 1)
    assert search(many(3), FREE, possible=True) == Stuck("more than 1 cases lie inside each other")


def test_a_formula_has_three_values() -> None:
    untold = Literal(ACTION, False, text(ACTION, "*").asks, lambda *_: None)
    yes, no = text(ACTION, "s3:*"), text(ACTION, "iam:*")
    for formula, value in (
        (untold, None), (either("or", untold, yes), True), (either("or", untold, no), None),
        (both(untold, yes), None), (both(untold, no), False),
    ):  # fmt: skip
        assert value_of(formula, "s3:getobject", "*", {}) is value


def test_constants_are_left_out_while_a_formula_is_built() -> None:
    literal = text(ACTION, "s3:*")
    assert is_true(either("or", literal, TRUE))
    assert either("or", literal, FALSE) is literal
    assert both(literal, FALSE) is FALSE
    assert is_true(both(TRUE))
