"""An inline policy that outgrows its quota becomes a managed one, and comes back as it was, to the letter."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from tests.unit.audit import killed
from tests.unit.audit.repairing import (
    ADMINISTRATES,
    BOOL,
    NOW,
    SECOND,
    account_of,
    allow,
    box_with,
    managed,
    of,
    operator,
    put,
    remembered_repairs,
    user,
)
from tests.unit.audit.test_apply import At, Between

from iamfa.account.bearing import bundle_for
from iamfa.account.entities import Account, Group, ManagedPolicy
from iamfa.audit import plan_file
from iamfa.audit.applying import standing
from iamfa.audit.audit import audit
from iamfa.audit.guarding import Guard, UnsafeStepError
from iamfa.audit.live import ChangedSinceError
from iamfa.audit.plan_file import PlanFileError
from iamfa.audit.plan_places import while_undone
from iamfa.audit.plan_values import LeftOut, Plan, PlanOptions
from iamfa.audit.planning import plan
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.request import Request
from iamfa.gateway.faults import AwsError
from iamfa.lifecycle.result import FlowName
from iamfa.policy.document import Kind
from iamfa.policy.size import QUOTAS, size
from iamfa.report.paper import Paper, plain
from iamfa.report.plan_text import plan_lines
from iamfa.sandbox.embedded import ADMINISTRATOR, Sandbox

STRICT, CAMEL = of("strict", "policy"), of("Strict-2", "policy")
EVE = f"{of('eve')}/strict"
OPS = f"{of('ops', 'group')}/Strict"


def filler(kind: Kind, spare: int = 2) -> str:
    """A policy that leaves the holder of the one with `Bool` some characters, where its repair adds more."""
    found = json.loads(allow("s3:ListAllMyBuckets"))
    found["Statement"][0]["Sid"] = ""
    taken = size(BOOL, kind) + size(json.dumps(found), kind)
    found["Statement"][0]["Sid"] = "x" * (QUOTAS[kind].characters - taken - spare)
    return json.dumps(found)


def extend(account: Account) -> None:
    """One user and one group whose inline policies fill their quota."""
    put(
        account,
        user("eve", inline={"strict": BOOL, "filler": filler(Kind.USER)}),
        Group("ops", "/", "AGPAOPS", of("ops", "group"), NOW, inline={"Strict": BOOL, "filler": filler(Kind.GROUP)}),
        user("fay", groups=("ops",)),
    )


@cache
def account() -> Account:
    """The administrators and those two alone."""
    base = account_of()
    kept = {name: base.users[name] for name in (ADMINISTRATOR, SECOND)}
    found = replace(base, users=kept, groups={}, policies={ADMINISTRATES: base.policies[ADMINISTRATES]})
    extend(found)
    return found


def planned(found: Account) -> Plan:
    asked = PlanOptions(lose=get_args(FlowName), catalogue_age_days=1, canary="user/eve")
    return plan(found, operator=operator("token-mfa"), now=NOW, options=asked)


@cache
def made() -> Plan:
    """The user's policy first, then the group's, for which another name is found."""
    return planned(account())


@pytest.fixture(scope="module", autouse=True)
def _remembered() -> Iterator[None]:
    with remembered_repairs():
        yield


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with box_with() as box:
        yield box


@pytest.fixture
def at(shared: Sandbox, tmp_path: Path) -> At:
    """The account as it was."""
    shared.faults.faults.clear()

    def begin(found: Any) -> None:
        for arn in (STRICT, CAMEL):
            found.policies.pop(arn, None)
        extend(found)

    shared.call(lambda state: begin(state.account))
    return At(shared, tmp_path / "plan.json.journal")


def apply(at: At) -> int:
    return at.apply(made())


def holder(at: At, name: str = "eve") -> Any:
    return at.box.call(lambda state: state.account.users[name])


def answers(at: At) -> dict[str, str]:
    """Whether the two are forced to use MFA, as the audit says."""
    found = at.box.call(lambda state: audit(state.account, now=NOW))
    return {each.name: each.enforced.answer for each in found.users if each.name in ("eve", "fay")}


def operations(at: At, event: str) -> list[str]:
    return [line["operation"] for line in at.lines() if line["event"] == event]


# The plan -------------------------------------------------------------------------------------------------------------


def test_an_inline_policy_that_grows_beyond_its_quota_becomes_a_managed_one_of_a_free_name() -> None:
    first, second = made().steps
    assert (first.spot.kind, first.spot.policy, first.spot.becomes) == ("user-inline-to-managed", "strict", STRICT)
    assert (second.spot.kind, second.spot.policy) == ("group-inline-to-managed", "Strict")
    assert second.spot.becomes == CAMEL, "IAM does not tell names apart by case"
    assert (first.users, second.users) == (("eve",), ("fay",))
    assert "BoolIfExists" in first.after
    assert "would have 2,063 characters, and may have 2,048 together: it becomes a managed policy" in first.notes[0]
    assert not any("introduces" in note for note in first.notes)
    assert first.restoring == ("iam:PutUserPolicy", "iam:DetachUserPolicy", "iam:DeletePolicy")
    assert [words.split()[2] for words in second.undo_words()] == [
        "put-group-policy", "detach-group-policy", "delete-policy",
    ]  # fmt: skip
    assert not made().left_out
    shown = plain(plan_lines(Paper(200), made()))
    assert f"becomes: the managed policy `{STRICT}`: made, attached, and then the inline one deleted" in shown


def changed_user(**more: Any) -> Account:
    found = account()
    return replace(found, users={**found.users, "eve": replace(found.users["eve"], **more)})


def with_policies(*texts_of: tuple[str, str]) -> Account:
    found = account()
    more = [managed(name, text) for name, text in texts_of]
    return replace(found, policies={**found.policies, **{each.arn: each for each in more}})


def long(characters: int) -> str:
    """The policy with `Bool`, made long by a name."""
    found = json.loads(BOOL)
    found["Statement"][0]["Sid"] = ""
    found["Statement"][0]["Sid"] = "x" * (characters - size(json.dumps(found), Kind.USER))
    return json.dumps(found)


def test_a_policy_that_alone_becomes_too_long_is_moved_too() -> None:
    full = changed_user(inline={"strict": long(2_048)})
    step = planned(full).steps[0]
    assert (step.spot.becomes, step.users) == (STRICT, ("eve",))
    assert "would have 2,065 characters, and may have 2,048 together" in step.notes[0]
    assert not any("introduces" in note for note in step.notes)


def left_out(found: Plan, policy: str = "strict") -> LeftOut:
    return next(each for each in found.left_out if each.policy == policy)


def test_without_room_for_a_managed_policy_it_is_left_out_with_the_reason() -> None:
    most = [(f"p{number}", allow("s3:ListAllMyBuckets")) for number in range(10)]
    full = with_policies(*most)
    eve = replace(full.users["eve"], attached=tuple(of(name, "policy") for name, _ in most))
    refused = left_out(planned(replace(full, users={**full.users, "eve": eve})))
    assert "may have 2,048 together; `user/eve` has 10 managed policies already" in refused.reason
    assert refused.after is not None
    many = with_policies(*((f"p{number}", allow("s3:ListAllMyBuckets")) for number in range(1500)))
    few = replace(many, groups={}, users={name: many.users[name] for name in (ADMINISTRATOR, SECOND, "eve")})
    assert "the account has 1,500 managed policies already" in left_out(planned(few)).reason


def test_a_text_that_is_too_long_for_a_managed_policy_too_is_left_out() -> None:
    refused = left_out(planned(changed_user(inline={"strict": long(6_200)})))
    assert "as a managed policy it would have" in refused.reason
    assert "and may have 6,144" in refused.reason


def test_a_managed_policy_that_would_be_too_long_is_left_out_as_ever() -> None:
    found = changed_user(inline={}, attached=(of("Long", "policy"),))
    refused = left_out(planned(replace(found, policies={**found.policies, **_by_arn("Long", long(6_200))})), "Long")
    assert "and a managed policy may have 6,144" in refused.reason
    assert refused.advice == "split it in two"


def _by_arn(name: str, text: str) -> dict[str, ManagedPolicy]:
    return {of(name, "policy"): managed(name, text)}


@pytest.mark.parametrize(
    ("action", "place"),
    [("iam:DetachUserPolicy", of("eve")), ("iam:DeletePolicy", STRICT), ("iam:DeleteUserPolicy", of("eve"))],
)
def test_an_operator_who_could_not_make_one_of_the_calls_is_refused(action: str, place: str) -> None:
    deny = {"Effect": "Deny", "Action": action, "Resource": place}
    barred = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    found = account()
    me = replace(found.users[ADMINISTRATOR], inline={"barred": barred})
    barring = replace(found, users={**found.users, ADMINISTRATOR: me})
    assert f"{action} on `{place}` is refused" in left_out(planned(barring)).reason
    guard = Guard(barring, None, operator("token-mfa"), made(), lambda arn: ())
    with pytest.raises(UnsafeStepError, match=f"{action} on `{place}` is refused"):
        guard(made().steps[0])


def test_whoever_may_attach_but_some_policies_is_asked_about_this_one() -> None:
    deny = {
        "Effect": "Deny", "Action": "iam:DetachUserPolicy", "Resource": "*",
        "Condition": {"ArnEquals": {"iam:PolicyARN": STRICT}},
    }  # fmt: skip
    barred = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    found = account()
    other = replace(found.users[SECOND], inline={"barred": barred})
    refused = left_out(planned(replace(found, users={**found.users, SECOND: other})))
    assert refused.reason == "nobody besides the operator could undo it"


def allowed(found: Account) -> set[tuple[str, str]]:
    """What the user may do, with which credentials."""
    eve = found.users["eve"]
    decider = Decider(bundle_for(found, eve))
    actions = ("iam:ListUsers", "s3:ListAllMyBuckets", "iam:ChangePassword", "iam:CreateVirtualMFADevice")
    return {
        (action, credential)
        for action in actions
        for credential in ("long-term-key", "token", "token-mfa", "console", "console-mfa")
        if decider.decide(Request.by_user(eve.arn, action, "*", credential=credential)).decision == "allowed"
    }


def test_halfway_nothing_is_allowed_that_is_not_before_or_after_and_what_is_in_both_is() -> None:
    found = changed_user(attached=(ADMINISTRATES,))
    step = made().steps[0]
    after, halfway = while_undone(found, step.spot, step.after)
    assert list(after.users["eve"].inline) == ["filler"]
    assert halfway.users["eve"].inline.keys() == {"strict", "filler"}
    was, between, later = map(allowed, (found, halfway, after))
    assert was != later
    assert was & later <= between <= was | later
    assert ("s3:ListAllMyBuckets", "long-term-key") in was - later - between, "with `Bool` a key alone passes"


def test_the_guard_asks_of_the_account_as_it_is_then_and_goes_on_from_there() -> None:
    guard = Guard(account(), None, operator("token-mfa"), made(), lambda arn: ())
    for step in made().steps:
        guard(step)
    assert guard.account.users["eve"].attached == (STRICT,)
    assert list(guard.account.groups["ops"].inline) == ["filler"]
    with pytest.raises(ChangedSinceError, match="is not there any more"):
        guard(made().steps[0])


def test_the_file_tells_what_it_becomes_and_is_refused_where_that_does_not_fit() -> None:
    value = plan_file.plan_json(made())
    assert value["steps"][0]["becomes"] == STRICT
    assert plan_file.plan_in(json.loads(json.dumps(value))) == made()
    for wrong in (None, of("strict"), "arn:aws:iam::aws:policy/strict", f"{STRICT}/x", f"{STRICT}*"):
        broken = json.loads(json.dumps(value))
        broken["steps"][0]["becomes"] = wrong
        with pytest.raises(PlanFileError, match=r"`\$.steps\[0\].becomes` does not fit"):
            plan_file.plan_in(broken)
    plain_one = json.loads(json.dumps(value))
    plain_one["steps"][0]["kind"] = "user-inline"
    with pytest.raises(PlanFileError, match="does not fit to `user-inline`"):
        plan_file.plan_in(plain_one)


# There and back -------------------------------------------------------------------------------------------------------


def test_it_is_made_seen_by_the_audit_and_taken_back_to_the_letter(at: At) -> None:
    before, people = at.texts(), (holder(at), holder(at, "fay"))
    assert "not-enforced" in answers(at)["eve"]
    assert apply(at) == 2
    after = at.texts()
    assert EVE not in after and OPS not in after
    assert (after[STRICT], after[CAMEL]) == (made().steps[0].after, made().steps[1].after)
    assert holder(at).attached == (STRICT,)
    assert set(answers(at).values()).isdisjoint({"not-enforced"})
    assert operations(at, "calling") == [
        "iam:CreatePolicy", "iam:AttachUserPolicy", "iam:DeleteUserPolicy",
        "iam:CreatePolicy", "iam:AttachGroupPolicy", "iam:DeleteGroupPolicy",
    ]  # fmt: skip
    assert ("strict", f"is the managed policy `{STRICT}` now") in at.said
    assert {each.state for each in standing(made(), at.live)} == {"done"}
    assert apply(at) == 0
    assert at.undo() == 2
    assert at.texts() == before
    assert (holder(at), holder(at, "fay")) == people
    assert operations(at, "undoing")[:3] == ["iam:PutGroupPolicy", "iam:DetachGroupPolicy", "iam:DeletePolicy"]
    assert at.undo() == 0
    assert apply(at) == 2, "what was undone can be applied again"
    assert at.undo() == 2
    assert at.texts() == before


class Ended(Exception):
    """A process has ended here."""


class Ending:
    """The calls of a caller, up to one that changes something."""

    def __init__(self, caller: Any, left: int, *, after: bool) -> None:
        self._caller, self._left, self._after = caller, left, after

    def call(self, service: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
        self._left -= not operation.startswith(("Get", "List"))
        if self._left == 0 and not self._after:
            raise Ended
        answer: Mapping[str, Any] = self._caller.call(service, operation, **parameters)
        if self._left == 0:
            raise Ended
        return answer


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_ended_at_any_call_it_goes_on_or_back_from_there(at: At, after: bool) -> None:
    before, whole = at.texts(), at.caller
    for way in ("on", "back", "ended back"):
        for number in range(1, 4):
            if way == "ended back":
                apply(at)
            at.caller = Ending(whole, number, after=after)
            with pytest.raises(Ended):
                at.undo() if way == "ended back" else apply(at)
            at.caller = whole
            denied = at.box.call(lambda state: state.account)
            assert "strict" in denied.users["eve"].inline or STRICT in denied.users["eve"].attached
            if way == "on":
                assert apply(at) == (1 if after and number == 3 else 2)
                assert at.texts()[STRICT] == made().steps[0].after
            at.undo()
            assert at.texts() == before


@pytest.mark.parametrize(
    ("what", "number", "when"),
    [
        ("apply", 2, "after"),
        *(
            pytest.param(what, number, when, marks=pytest.mark.soak)
            for what in ("apply", "undo")
            for number in range(1, 7)
            for when in ("before", "after")
        ),
    ],
)
def test_killed_at_any_call_it_can_be_run_again(at: At, tmp_path: Path, what: str, number: int, when: str) -> None:
    before = at.texts()
    path = tmp_path / "plan.json"
    plan_file.write(made(), path)
    if what == "undo":
        apply(at)
    words = [sys.executable, killed.__file__, what, str(path), str(at.path), str(number), when]
    done = subprocess.run(words, env={**os.environ, **at.box.environment}, capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr
    if what == "apply":
        apply(at)
        assert {STRICT, CAMEL} <= at.texts().keys()
    at.undo()
    assert at.texts() == before


def test_lost_answers_throttling_and_lateness_change_nothing_of_the_end(tmp_path: Path) -> None:
    with box_with(lag=9.0) as box:
        box.call(lambda state: extend(state.account))
        box.clock.advance(60)
        at = At(box, tmp_path / "journal")
        before = at.texts()
        at.fault("iam:CreatePolicy=lost*1", "iam:AttachUserPolicy=lost*1", "iam:DeleteGroupPolicy=throttle*2")
        assert apply(at) == 2
        box.clock.advance(60)
        at.fault("iam:PutUserPolicy=lost*1", "iam:DetachUserPolicy=failure*1", "iam:DeletePolicy=lost*1")
        assert at.undo() == 2
        assert at.texts() == before


# Others in between ----------------------------------------------------------------------------------------------------


def change(at: At, *entities: Any) -> None:
    at.box.call(lambda state: put(state.account, *entities))


def test_a_name_that_was_taken_since_is_not_written_to(at: At) -> None:
    change(at, managed("strict", allow("s3:GetObject")))
    before = at.texts()
    with pytest.raises(ChangedSinceError, match=f"or the managed policy `{STRICT}`, has changed since the plan"):
        apply(at)
    assert at.texts() == before


def test_an_inline_policy_that_was_changed_or_deleted_since_is_not_touched(at: At) -> None:
    for inline in ({"strict": allow("s3:GetObject")}, {}):
        change(at, user("eve", inline=inline))
        with pytest.raises(ChangedSinceError, match="`strict` of `user/eve`"):
            apply(at)
        assert holder(at).inline == inline
    at.box.call(lambda state: state.account.users.pop("eve"))  # type: ignore[attr-defined]  # a sandbox's own table
    change(at, managed("strict", made().steps[0].after))
    with pytest.raises(ChangedSinceError):
        apply(at)


@pytest.mark.parametrize("operation", ["AttachUserPolicy", "DeleteUserPolicy"])
def test_what_is_changed_in_the_very_moment_is_noticed(at: At, operation: str) -> None:
    text = allow("s3:GetObject")
    at.caller = Between(at.caller, operation, lambda: change(at, managed("strict", text)))
    with pytest.raises(ChangedSinceError, match="just now"):
        apply(at)
    with pytest.raises(ChangedSinceError, match="nothing was undone"):
        at.undo()
    assert at.texts()[STRICT] == text


def test_what_is_changed_while_it_is_undone_is_noticed_too(at: At) -> None:
    apply(at)
    text = allow("s3:GetObject")
    at.caller = Between(at.caller, "PutGroupPolicy", lambda: change(at, managed("strict", text)))
    with pytest.raises(ChangedSinceError, match="just now"):
        at.undo()
    assert at.texts()[STRICT] == text


def test_what_others_changed_after_stops_the_undo_and_the_way_by_hand_is_told(at: At) -> None:
    apply(at)
    after = at.texts()
    for others in (
        managed("strict", made().steps[0].after, made().steps[0].after),
        user("gus", attached=(STRICT,)),
        user("eve", attached=(STRICT,), inline={"strict": allow("s3:GetObject")}),
        user("eve"),
    ):
        change(at, others)
        with pytest.raises(ChangedSinceError, match="has changed `strict` of `user/eve` since") as refused:
            at.undo()
        assert f"aws iam delete-policy --policy-arn {STRICT}" in str(refused.value.hint)
        change(at, managed("strict", made().steps[0].after), user("gus"))
        change(at, user("eve", attached=(STRICT,), inline={"filler": filler(Kind.USER)}))
        assert at.texts() == after
    assert at.undo() == 2


def test_what_somebody_else_made_alike_is_left_to_him(at: At) -> None:
    alike = managed("strict", made().steps[0].after)
    change(at, alike)
    assert apply(at) == 2
    at.undo()
    assert STRICT in at.texts()
    assert (holder(at).attached, holder(at).inline["strict"]) == ((), BOOL)
    change(at, alike, replace(holder(at), attached=(STRICT,)))
    at.path.unlink()
    apply(at)
    at.undo()
    assert (holder(at).attached, holder(at).inline["strict"]) == ((STRICT,), BOOL)


def test_a_quota_that_was_filled_since_is_told_and_what_was_made_taken_back(at: At) -> None:
    change(at, *(managed(f"p{number}", allow("s3:GetObject")) for number in range(10)))
    change(at, replace(holder(at), attached=tuple(of(f"p{number}", "policy") for number in range(10))))
    before = at.texts()
    with pytest.raises(AwsError, match="iam:AttachUserPolicy"):
        apply(at)
    assert at.undo() == 1
    assert at.texts() == before
