"""What is composed is judged, keeps its promises, and is given out only then."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.advise.wished import ALONE, CONTRADICT, Told, covering, pairs, together

from iamfa.advise import compose as composing_room
from iamfa.advise.compose import compose, promises_of
from iamfa.advise.composing import Commented, Composed, ComposedDocument, main_document
from iamfa.advise.finding import Severity
from iamfa.advise.lifting import guard_document
from iamfa.advise.wishes import ContradictionError, wishes_from
from iamfa.errors import JudgementError
from iamfa.policy.document import Element, Kind, Value
from iamfa.policy.policy import Policy


def holds_what_it_says(told: Told) -> None:
    wishes = wishes_from(told)
    made = compose(wishes)
    assert all(promise.holds is True for promise in made.promises)
    main = made.written[0]
    assert main.report.file_class == "forces-by-deny"
    assert main.policy.kind is wishes.kind
    for written in made.written:
        assert Policy.parse(written.policy.source.text, kind=written.composed.kind).document == written.policy.document
        assert not [f for f in written.report.findings if f.severity is Severity.ERROR]
        judged = next(m for m in written.measures if m.attach == ("scp" if written is not main else wishes.attach))
        assert judged.fits
    warned = {f.rule for w in made.written for f in w.report.findings if f.severity is Severity.WARNING}
    assert warned == {f.rule for f, _ in made.asked_for}
    assert warned == ({"delete-devices-without-mfa"} if wishes.deletion == "without-mfa" else set())


# Each takes seconds: a few sets here, all of them in the long run.
COVERING = [pytest.param(names, marks=[pytest.mark.soak] if i % 5 else []) for i, names in enumerate(covering())]
IN_SETS = {name for each in COVERING if not each.marks for name in each.values[0]}


@pytest.mark.parametrize(
    "name",
    # A wish that is composed in one of the sets goes by itself only every second time in a short run.
    [pytest.param(n, marks=[pytest.mark.soak] if i % 2 and n in IN_SETS else []) for i, n in enumerate(ALONE)],
)
def test_each_wish_by_itself_is_composed_and_keeps_its_promises(name: str) -> None:
    holds_what_it_says(ALONE[name])


@pytest.mark.parametrize("names", COVERING, ids=lambda names: " + ".join(names))
def test_every_pair_of_wishes_is_composed_somewhere_and_keeps_its_promises(names: tuple[str, ...]) -> None:
    try:
        holds_what_it_says(together(*names))
    except ContradictionError as error:
        assert "characters, and" in str(error)


@pytest.mark.soak
def test_every_pair_of_wishes_by_itself_keeps_its_promises() -> None:
    for pair in pairs():
        if frozenset(pair) in CONTRADICT:
            continue
        try:
            holds_what_it_says(together(*pair))
        except ContradictionError as error:
            assert "user inline" in pair
            assert "characters, and 2,048 fit" in str(error)


def test_who_wishes_nothing_gets_a_policy_for_each_attachment() -> None:
    made = compose(wishes_from({}))
    assert {m.attach: m.fits for m in made.written[0].measures} == {"user": True, "group": True, "managed": True}
    assert made.asked_for == ()


def test_what_is_too_large_is_refused_with_its_size() -> None:
    told = {"attach": "user", "first_enrolment": "tag", "keys": True}
    with pytest.raises(ContradictionError, match="2,048 fit") as caught:
        compose(wishes_from(told))
    assert caught.value.hint is not None


def test_the_price_of_a_wish_is_named() -> None:
    made = compose(wishes_from({"deletion": "without-mfa"}))
    ((finding, wish),) = made.asked_for
    assert finding.rule == "delete-devices-without-mfa"
    assert wish == "deleting abandoned devices without MFA"


RICH = {
    "keys": True, "first_enrolment": "tag", "session_age": 43_200, "exempt_tag": ("mfa-exempt", "true"),
    "exempt_path": "/service/", "devices": ("virtual", "hardware"), "listing": "virtual", "guard": True,
}  # fmt: skip


def without(document: ComposedDocument, sid: str) -> ComposedDocument:
    kept = [c for c in document.statements if c.statement.sid != sid]
    return replace(
        document,
        statements=tuple(Commented(replace(c.statement, index=i), c.comment) for i, c in enumerate(kept)),
    )


MAIN = main_document(wishes_from(RICH))


@pytest.mark.parametrize("sid", [str(c.statement.sid) for c in MAIN.statements])
def test_no_statement_can_go_without_breaking_a_promise(sid: str) -> None:
    wishes = wishes_from(RICH)
    assert not all(p.holds for p in promises_of(Composed(wishes, without(MAIN, sid)), wishes))


@pytest.mark.parametrize("sid", ["DenyFirstDeviceElsewhere", "DenyDevicesWithCodes"])
def test_no_statement_of_other_wishes_can_go_either(sid: str) -> None:
    wishes = wishes_from({"networks": ("192.0.2.0/24",), "devices": ("fido",)})
    main = main_document(wishes)
    assert all(p.holds for p in promises_of(Composed(wishes, main), wishes))
    assert not all(p.holds for p in promises_of(Composed(wishes, without(main, sid)), wishes))


def test_a_guard_that_lets_an_action_through_breaks_its_promise() -> None:
    wishes = wishes_from({"guard": True})
    main, guard = main_document(wishes), guard_document(wishes)
    first = guard.statements[0]
    loose = replace(first.statement, conditions=())
    stops_roles = replace(guard, statements=(Commented(loose, first.comment), *guard.statements[1:]))
    said = {p.words: p.holds for p in promises_of(Composed(wishes, main, stops_roles), wishes)}
    assert said["the guard leaves roles alone"] is False


def widened(document: ComposedDocument, *more: str) -> ComposedDocument:
    """The same with more actions in the list of the forcing Deny."""
    made = []
    for commented in document.statements:
        statement = commented.statement
        if statement.action.negated:
            values = (*statement.action.values, *(Value(action) for action in more))
            statement = replace(statement, action=Element("NotAction", values))
        made.append(Commented(statement, commented.comment))
    return replace(document, statements=tuple(made))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("iam:CreateUser", "the judge says"),
        ("s3:ListAllMyBuckets", "exempts s3:ListAllMyBuckets, too"),
        ("iam:ListUsers", "exempts iam:ListUsers, too"),
    ],
)
def test_a_policy_with_a_hole_is_not_given_out(more: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composing_room, "main_document", lambda wishes: widened(main_document(wishes), more))
    with pytest.raises(JudgementError, match=words) as caught:
        compose(wishes_from({}))
    assert "defect" in str(caught.value.hint)


def test_a_policy_that_breaks_a_promise_is_not_given_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composing_room, "main_document", lambda w: without(main_document(w), "CreateVirtualDevices"))
    with pytest.raises(JudgementError, match="does not keep its promise: users enrol a virtual device"):
        compose(wishes_from({}))


def test_a_policy_that_forces_nothing_is_not_given_out(monkeypatch: pytest.MonkeyPatch) -> None:
    forcing = "DenyAllExceptListedIfNoMFA"
    monkeypatch.setattr(composing_room, "main_document", lambda wishes: without(main_document(wishes), forcing))
    with pytest.raises(JudgementError, match="is of the class"):
        compose(wishes_from({}))


def test_a_policy_that_is_none_is_not_given_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composing_room, "render_commented", lambda *_, **__: '{"Version": "2012-10-17"}')
    with pytest.raises(JudgementError, match="the composed policy is none"):
        compose(wishes_from({}))
    other = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}'
    monkeypatch.setattr(composing_room, "render_commented", lambda *_, **__: other)
    with pytest.raises(JudgementError, match="read otherwise"):
        compose(wishes_from({}))


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, "enrol before"),
        ({"attach": "scp"}, "grants nothing"),
        ({"first_enrolment": "tag"}, "until somebody takes it away"),
        (ALONE["tag with days"], "after 2027-01-31 no tag"),
        (ALONE["network"], "VPC endpoint"),
        ({"devices": ("virtual",)}, "cannot tell a hardware token"),
        ({"password": "without-mfa"}, "security risk"),
        ({"login_profile": True}, "in its first 3600 seconds set the console password"),
        ({"login_profile": True, "fresh_for": "no"}, "can set the console password"),
        ({"exempt_path": "/x/"}, "can exempt somebody"),
        ({"guard": True}, "name it"),
        ({"partition": "any"}, "not documented"),
    ],
)
def test_what_stays_open_is_said(told: Told, words: str) -> None:
    assert any(words in note for note in compose(wishes_from(told)).notes)


def test_the_guard_is_measured_as_what_it_is() -> None:
    made = compose(wishes_from({"guard": True, "group": "staff"}))
    main, guard = made.written
    assert guard.composed.kind is Kind.SCP
    assert [m.attach for m in guard.measures] == ["scp"]
    assert "scp" not in [m.attach for m in main.measures]
