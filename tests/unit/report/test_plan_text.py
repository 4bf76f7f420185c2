"""A plan as text: all that a step does, and what is left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from iamfa.account.entities import PolicyVersion
from iamfa.audit.plan_values import Actor, Effect, LeftOut, Mended, Plan, Spot, Step
from iamfa.report.paper import Paper, plain
from iamfa.report.plan_text import plan_lines

NOW = datetime(2026, 11, 1, tzinfo=UTC)
OPERATOR = Actor("arn:aws:iam::123456789012:user/ops", "token-mfa")
BEFORE, AFTER = '{"Statement": [\n"a"\n]}', '{"Statement": [\n"b"\n]}'
STEP = Step(
    1,
    Spot("managed", "Force", "arn:aws:iam::123456789012:policy/Force"),
    (Mended("mfa-not-enforced", "a key alone passes"),),
    BEFORE,
    AFTER,
    tuple(f"u{number}" for number in range(1200)),
    "it newly permits nothing",
    (OPERATOR,),
    ("deployer",),
    ("role/deployer",),
    (Effect("set-1", ("u0",), ("p1", "p2", "p3", "p4"), ("r1",), ()),),
    ("a note",),
    True,
    "v5",
    PolicyVersion("v1", BEFORE, NOW),
)
LEFT = LeftOut("Old", "user/eve", None, "no room", "make room", ("mfa-not-enforced",), ("eve",), BEFORE, AFTER)


def shown(plan: Plan, *, verbose: bool = False) -> str:
    return plain(plan_lines(Paper(200), plan, verbose=verbose))


def test_a_step_tells_whom_it_reaches_what_it_does_and_who_can_undo_it() -> None:
    text = shown(Plan("123456789012", "aws", NOW, OPERATOR, (STEP,), (LEFT,), ("a word",), ("alias: no",)))
    assert "account 123456789012: 1 step, 1,200 users reached" in text
    assert "1. `Force` (managed) (canary: the others wait for it)" in text
    assert "reaches: 1,200 users: u0, u1, u2, u3, u4, u5, u6, u7 and 1,192 more; 1 role: deployer" in text
    assert "as the boundary of role/deployer" in text
    assert "newly permits: p1; p2; p3; 1 more (--verbose) [1 user: u0]" in text
    assert "newly refuses: r1" in text
    assert "deletes: version v1, which is kept in the plan" in text
    assert "note: a note" in text
    assert '-"a"\n+"b"' in text
    assert "✗ `Old` of `user/eve`: no room\n    make room" in text
    assert "not read: alias: no" in text
    assert text.count('+"b"') == 1


def test_all_is_told_where_all_is_asked() -> None:
    text = shown(Plan("123456789012", "aws", NOW, OPERATOR, (STEP,), (LEFT,)), verbose=True)
    assert "p1; p2; p3; p4 [" in text
    assert text.count('+"b"') == 2, "what is left out is shown as well"


def test_nobody_and_no_advice_are_told_plainly() -> None:
    bare = replace(STEP, users=(), roles=(), boundary_of=(), effects=(), notes=(), deletes=None, canary=False)
    text = shown(Plan("123456789012", "aws", NOW, OPERATOR, (bare,), (replace(LEFT, advice=None),)))
    assert "reaches: no user\n" in text
    assert "make room" not in text
    assert "canary" not in text


def test_a_text_in_one_line_is_laid_out_for_reading_and_no_json_is_shown_as_it_is() -> None:
    from iamfa.report.plan_text import _diff

    assert _diff('{"a": ["b", "c"]}', '{"a": ["b", "d"]}', "p").splitlines()[-5:] == [
        '     "b",',
        '-    "c"',
        '+    "d"',
        "   ]",
        " }",
    ]
    assert _diff("{", "[", "p").splitlines()[3] == "-{"
