"""How rules name things, where an action is exempt or granted, and edits that several rules make."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import (
    AGE,
    ENABLE,
    EXEMPT,
    LIST,
    OWN_USER,
    PRESENT,
    WITH,
    WITHOUT,
    Doc,
    allow,
    deny,
    forcing,
    policy,
)

from iamfa.advise.case import Case
from iamfa.advise.guard import guard, without_entries
from iamfa.advise.wording import (
    add_all,
    asked_with,
    entry_of,
    exempting_entry,
    granting_entry,
    kinds_in_words,
    listed,
)
from iamfa.policy.edit import apply
from iamfa.policy.policy import Policy


def test_kinds_in_words() -> None:
    assert kinds_in_words(["long-term-key", "console"]) == "an access key alone, a console session without MFA"
    assert kinds_in_words([]) == ""


@pytest.mark.parametrize(
    ("names", "shown"),
    [([], ""), (["a"], "a"), (list("abcd"), "a, b, c, d"), (list("abcdef"), "a, b, c, d and 2 more")],
)
def test_many_names_are_counted(names: list[str], shown: str) -> None:
    assert listed(names) == shown


def test_fewer_can_be_shown() -> None:
    assert listed(["a", "b", "c"], most=1) == "a and 2 more"


def test_the_entry_that_takes_an_action_in() -> None:
    (statement,) = policy(allow(["s3:*", "IAM:enable*", ENABLE])).statements
    found = entry_of(statement.action, ENABLE)
    assert found is not None
    assert found.text == "IAM:enable*"
    assert entry_of(statement.action, LIST) is None


def places(*statements: Doc, action: str = ENABLE) -> tuple[Any, Any]:
    made = policy(*statements).statements

    def place(found: Any) -> Any:
        return (found[0].index, found[1].text) if found else None

    return place(exempting_entry(made, action)), place(granting_entry(made, action))


LOCK = deny("x:y", "*", {"StringNotEquals": {"aws:RequestedRegion": "x"}}, NotAction=["iam:*"])


@pytest.mark.parametrize(
    ("statements", "exempting", "granting"),
    [
        ([forcing()], (0, ENABLE), None),
        ([LOCK, forcing()], (1, ENABLE), None),
        ([LOCK], None, None),
        ([deny(ENABLE)], None, None),
        ([forcing(NotAction=["iam:*"])], (0, "iam:*"), None),
        ([forcing(but=(ENABLE,), NotResource=["arn:aws:s3:::b", OWN_USER])], (0, OWN_USER), None),
        ([deny("*", NotResource=["arn:aws:s3:::b", "arn:aws:sqs:*:*:q"])], (0, "arn:aws:s3:::b"), None),
        ([deny("s3:*", NotResource=[OWN_USER])], None, None),
        ([allow(ENABLE), allow("iam:*")], None, (0, ENABLE)),
        ([allow("*", "*", WITH), allow("iam:*")], None, (1, "iam:*")),
        ([allow("*", "*", WITH)], None, (0, "*")),
        ([allow("x:y", NotAction="s3:*")], None, (0, "NotAction")),
        ([allow("x:y", NotAction="iam:*")], None, None),
        ([deny("*"), allow("s3:*")], None, None),
    ],
)
def test_where_an_action_is_exempt_and_where_granted(statements: list[Doc], exempting: Any, granting: Any) -> None:
    assert places(*statements) == (exempting, granting)


def statement_of(made: Policy, **condition: Any) -> tuple[Any, Any]:
    statement = made.statements[0]
    return statement, next(c for c in statement.conditions if c.key.text == PRESENT)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"Bool": {PRESENT: "true"}}, {"BoolIfExists": {PRESENT: "false"}}),
        ({"BoolIfExists": {PRESENT: "true"}}, {"BoolIfExists": {PRESENT: "false"}}),
        ({"Bool": {PRESENT: True}}, {"BoolIfExists": {PRESENT: "false"}}),
        ({"Bool": {PRESENT: ["true"]}}, {"BoolIfExists": {PRESENT: ["false"]}}),
        ({"Bool": {PRESENT: ["true", "false"]}}, {"BoolIfExists": {PRESENT: "false"}}),
        ({"BoolIfExists": {PRESENT: ["true", "false"], "a:b": "x"}}, {"BoolIfExists": {PRESENT: "false", "a:b": "x"}}),
        ({"Bool": {PRESENT: "true", "a:b": "x"}}, {"Bool": {"a:b": "x"}, "BoolIfExists": {PRESENT: "false"}}),
        ({"Null": {PRESENT: "true"}, "BoolIfExists": {"a:b": "x"}}, {"BoolIfExists": {"a:b": "x", PRESENT: "false"}}),
    ],
)
def test_a_condition_is_asked_otherwise_and_others_stay(before: dict[str, Any], after: dict[str, Any]) -> None:
    made = policy(deny("*", "*", before))
    statement, condition = statement_of(made)
    edits = asked_with(made, statement, condition, "BoolIfExists", "false")
    assert made.with_text(apply(made.source.text, edits)).document == policy(deny("*", "*", after)).document


@pytest.mark.parametrize("action", ["s3:Get*", ["s3:Get*"], ["s3:Get*", "s3:Put*"]])
@pytest.mark.parametrize("texts", [["iam:A"], ["iam:A", "iam:B"]])
def test_several_values_are_appended_to_whatever_stands_there(action: Any, texts: list[str]) -> None:
    made = policy(allow(action))
    edits = add_all(made, made.statements[0].action, texts)
    after = made.with_text(apply(made.source.text, edits)).statements[0].action
    before = [action] if isinstance(action, str) else action
    assert [v.text for v in after.values] == [*before, *texts]


def test_entries_leave_every_deny_that_asks_for_mfa_and_no_other() -> None:
    absent = forcing("s3:GetObject", condition={"Null": {AGE: "true"}})
    made = policy(LOCK | {"NotAction": ["S3:getobject", "iam:*"]}, forcing("s3:GetObject", "sqs:*"), absent)
    case = Case(made)
    after = made.with_text(apply(made.source.text, without_entries(case, ["s3:getobject", "SQS:*"])))
    assert [[v.text for v in s.action.values] for s in after.statements] == [
        ["S3:getobject", "iam:*"], list(EXEMPT), list(EXEMPT),
    ]  # fmt: skip
    assert without_entries(case, ["s3:PutObject"]) == ()


def test_an_entry_that_stands_alone_is_not_taken_out() -> None:
    assert without_entries(Case(policy(forcing(NotAction="s3:*"), forcing("s3:*"))), ["s3:*"]) == ()


def test_a_guard_is_offered_for_what_stands_there_by_name() -> None:
    case = Case(policy(forcing("iam:Delete*")))
    found = guard(case, LIST)
    assert found is not None
    assert found.title == f"demand MFA for {LIST}"
    assert guard(case, "iam:DeleteVirtualMFADevice") is None
    assert guard(Case(policy(allow(LIST))), LIST) is None
    assert WITHOUT
