"""Plans applied and undone against a sandbox: whatever comes between, in the end all is made, or all is as it was."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.unit.audit import killed
from tests.unit.audit.repairing import (
    ADMINISTRATES,
    NOW,
    OUTDATED,
    REQUIRED_ONLY,
    account_of,
    allow,
    box_with,
    iam,
    managed,
    of,
    operator,
    put,
    remembered_repairs,
    seed,
    user,
)

from iamfa.account.entities import Account, Group, ManagedPolicy
from iamfa.audit import plan_file
from iamfa.audit.applying import apply, standing
from iamfa.audit.audit import audit
from iamfa.audit.journal import Journal, JournalError, opened
from iamfa.audit.live import ChangedSinceError, Live, NotShownError
from iamfa.audit.plan_values import Plan, PlanOptions, Step
from iamfa.audit.planning import plan
from iamfa.audit.undoing import NoRoomError, undo
from iamfa.gateway.faults import AccessDeniedError, AwsError, ThrottledError, UnreachableError
from iamfa.sandbox.embedded import Sandbox
from iamfa.sandbox.faults import Fault

OLD = allow("s3:ListAllMyBuckets")
OLDS = (OLD, *(allow("s3:ListAllMyBuckets", f"s3:GetBucket{name}") for name in ("Acl", "Policy", "Tagging")))
FULL = sorted([*OLDS, OUTDATED])
MENDED = OUTDATED.replace("mfa/${aws:username}", "mfa/*", 1)


@pytest.fixture(scope="module", autouse=True)
def _remembered() -> Iterator[None]:
    with remembered_repairs():
        yield


@cache
def made() -> Plan:
    """Steps of all three kinds, the last one with a version that has to go."""
    account = account_of()
    extend(account)
    return plan(account, operator=operator(), now=NOW, options=PlanOptions(allow_version_loss=True, canary="carol"))


def extend(account: Account) -> None:
    """A group with an inline policy, and a managed policy with five versions."""
    group = Group("ops", "/", "AGPAOPS", of("ops", "group"), NOW, inline={"force": OUTDATED})
    put(
        account,
        group,
        managed("Full", *OLDS, OUTDATED),
        user("eve", groups=("ops",), attached=(of("Full", "policy"),)),
    )


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with box_with() as box:
        yield box


@pytest.fixture
def box(shared: Sandbox) -> Sandbox:
    """The account as it was."""
    shared.faults.faults.clear()
    shared.call(lambda state: (seed(state.account), extend(state.account)))
    return shared


@pytest.fixture
def at(box: Sandbox, tmp_path: Path) -> At:
    return At(box, tmp_path / "plan.json.journal")


class At:
    """Somebody who applies and undoes."""

    def __init__(self, box: Sandbox, path: Path) -> None:
        self.box = box
        self.path = path
        self.said: list[tuple[str, str]] = []
        self.caller: Any = iam(box)
        self.safe: Callable[[Step], None] = lambda step: None

    @property
    def live(self) -> Live:
        return Live(self.caller, lambda seconds: self.box.clock.advance(seconds) and None)

    def apply(self, found: Plan | None = None, probe: Callable[[Step], str] | None = None) -> int:
        with opened(self.path, found or made(), lambda: NOW) as book:
            return apply(found or made(), self.live, book, still_safe=self.safe, probe=probe, tell=self._tell)

    def undo(self) -> int:
        with opened(self.path, None, lambda: NOW) as book:
            return undo(book, self.live, tell=self._tell)

    def _tell(self, step: Step, words: str) -> None:
        self.said.append((step.spot.policy, words))

    def texts(self) -> dict[str, str]:
        """All that policies say."""

        def found(account: Account) -> dict[str, str]:
            texts = {arn: policy.text for arn, policy in account.policies.items()}
            for holder in (*account.users.values(), *account.groups.values()):
                texts |= {f"{holder.arn}/{name}": text for name, text in holder.inline.items()}
            return texts

        return self.box.call(lambda state: found(state.account))

    def outdated(self) -> set[str]:
        """Whom the audit finds under the outdated policy."""
        found = self.box.call(lambda state: audit(state.account, now=NOW)).findings
        return {name for each in found if each.id == "device-name-tied-to-user" for name in each.reaches}

    def policy(self, name: str) -> ManagedPolicy:
        return self.box.call(lambda state: state.account.policies[of(name, "policy")])

    def fault(self, *texts: str) -> None:
        self.box.faults.faults[:] = [Fault.parse(text) for text in texts]

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]


class Between:
    """The calls of a caller, and something that happens before one of them."""

    def __init__(self, caller: Any, operation: str, happens: Callable[[], object]) -> None:
        self._caller, self._operation, self._happens = caller, operation, happens

    def call(self, service: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
        if operation == self._operation and self._happens is not None:
            happens, self._happens = self._happens, lambda: None
            happens()
        answer: Mapping[str, Any] = self._caller.call(service, operation, **parameters)
        return answer


def test_there_and_back_again(at: At) -> None:
    before, users = at.texts(), at.box.call(lambda state: dict(state.account.users))
    assert at.outdated() == {"alice", "bob", "carol", "dan", "eve"}
    assert at.apply() == len(made().steps) == 5
    after = at.texts()
    assert not at.outdated()
    assert {place for place in before if after[place] != before[place]} == {
        of("Force", "policy"),
        of("Bound", "policy"),
        of("Full", "policy"),
        f"{of('carol')}/own",
        f"{of('ops', 'group')}/force",
    }
    assert after[of("Force", "policy")] == MENDED
    again = plan(at.box.call(lambda state: state.account), operator=operator(), now=NOW)
    assert not again.steps
    assert at.undo() == 5
    assert at.texts() == before
    assert at.box.call(lambda state: dict(state.account.users)) == users
    assert at.policy("Force").default == "v1"
    assert sorted(version.text for version in at.policy("Full").versions) == FULL


def test_a_second_time_nothing_changes_either_way(at: At) -> None:
    at.apply()
    after = at.texts()
    events = len(at.box.events)
    assert at.apply() == 0
    assert at.texts() == after
    assert all(event["eventName"].startswith(("Get", "List")) for event in at.box.events[events:])
    assert {words for _, words in at.said[5:]} == {"is as the plan wants it already"}
    at.undo()
    before = at.texts()
    assert at.undo() == 0
    assert at.texts() == before
    assert at.apply() == 5, "what was undone can be applied again"
    assert at.undo() == 5
    assert at.texts() == before


def test_each_call_is_written_down_before_it_is_made_for_its_owner_alone(at: At) -> None:
    seen: list[int] = []
    at.caller = Between(at.caller, "PutUserPolicy", lambda: seen.extend(line.get("step", 0) for line in at.lines()))
    at.apply()
    assert stat.S_IMODE(at.path.stat().st_mode) == 0o600
    assert seen == [0, 1]
    calls = [(line["step"], line["operation"]) for line in at.lines() if line["event"] == "calling"]
    full = next(step.number for step in made().steps if step.deletes is not None)
    assert (full, "iam:DeletePolicyVersion") in calls
    assert len(calls) == 6
    assert at.lines()[1]["found"]["text"] == REQUIRED_ONLY


# Others in between --------------------------------------------------------------------------------------------------


def changed_by_others(box: Sandbox, name: str, text: str) -> None:
    box.call(lambda state: put(state.account, managed(name, OUTDATED, text)))


def test_a_policy_that_has_changed_since_is_not_touched(at: At) -> None:
    changed_by_others(at.box, "Force", OLD)
    with pytest.raises(ChangedSinceError, match="`Force` has changed since the plan was made"):
        standing(made(), at.live)
    with pytest.raises(ChangedSinceError):
        at.apply()
    assert at.policy("Force").text == OLD


def test_a_policy_changed_between_two_steps_ends_it_there_and_the_rest_is_undone(at: At) -> None:
    before = at.texts()
    at.caller = Between(at.caller, "PutUserPolicy", lambda: changed_by_others(at.box, "Force", OLD))
    with pytest.raises(ChangedSinceError, match="`Force`"):
        at.apply()
    assert at.undo() >= 1
    assert at.texts() == before | {of("Force", "policy"): OLD}


def test_a_policy_changed_in_the_very_moment_is_noticed(at: At) -> None:
    class Late:
        def call(self, service: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
            answer = iam(at.box).call(service, operation, **parameters)
            if operation == "PutUserPolicy":
                carol = user("carol", inline={"own": OLD})
                at.box.call(lambda state: put(state.account, carol))
            return answer

    at.caller = Late()
    with pytest.raises(ChangedSinceError, match="just now"):
        at.apply()


def test_what_others_changed_after_is_not_undone_and_nothing_else_either(at: At) -> None:
    at.apply()
    changed_by_others(at.box, "Force", OLD)
    after = at.texts()
    with pytest.raises(ChangedSinceError, match="somebody else has changed `Force` since") as refused:
        at.undo()
    assert "set-default-policy-version" in str(refused.value.hint)
    assert str(at.path) in str(refused.value.hint)
    assert at.texts() == after


def test_a_holder_who_is_gone_is_told(at: At) -> None:
    at.box.call(lambda state: put(state.account, replace(state.account.users["carol"], inline={})))
    with pytest.raises(ChangedSinceError, match="`own` of `user/carol` is not there any more"):
        at.apply()


def test_a_holder_who_is_gone_after_is_told_too(at: At) -> None:
    at.apply()
    at.box.call(lambda state: put(state.account, replace(state.account.users["carol"], inline={})))
    with pytest.raises(ChangedSinceError, match="nothing was undone"):
        at.undo()


def test_what_somebody_else_made_alike_is_left_to_him(at: At) -> None:
    changed_by_others(at.box, "Force", MENDED)
    assert at.apply() == 4
    at.undo()
    assert at.policy("Force").text == MENDED


def test_versions_that_others_made_leave_no_room(at: At) -> None:
    force = managed("Force", OLD, OLD, OLD, OLD, OUTDATED)
    at.box.call(lambda state: put(state.account, force))
    with pytest.raises(ChangedSinceError, match="`Force` has 5 versions now"):
        at.apply()
    assert at.policy("Force") == force


def test_a_version_that_is_not_the_one_in_the_plan_is_not_deleted(at: At) -> None:
    full = managed("Full", allow("s3:GetObject"), *OLDS[1:], OUTDATED)
    at.box.call(lambda state: put(state.account, full))
    with pytest.raises(ChangedSinceError, match="`Full` has 5 versions now, and none that the plan may delete"):
        at.apply()
    assert at.policy("Full") == full


def test_a_former_version_that_is_gone_is_written_anew(at: At) -> None:
    at.apply()

    def lose(account: Account) -> None:
        policy = account.policies[of("Force", "policy")]
        put(account, replace(policy, versions=policy.versions[1:]))

    at.box.call(lambda state: lose(state.account))
    at.undo()
    assert at.policy("Force").text == OUTDATED
    assert ("Force", "says again what it said, in a new version") in at.said


def test_another_version_with_the_same_text_does_as_well(at: At) -> None:
    at.apply()

    def move(account: Account) -> None:
        policy = account.policies[of("Force", "policy")]
        moved = replace(policy.versions[0], id="v3")
        put(account, replace(policy, versions=(policy.versions[1], moved), newest=3))

    at.box.call(lambda state: move(state.account))
    at.undo()
    assert (at.policy("Force").default, at.policy("Force").text) == ("v3", OUTDATED)


def test_a_deleted_version_that_finds_no_room_is_told_and_the_rest_is_undone(at: At) -> None:
    at.apply()

    def fill(account: Account) -> None:
        policy = account.policies[of("Full", "policy")]
        first = policy.versions[0]
        more = tuple(replace(first, id=f"v{number}", text=allow(f"s3:Get{number}")) for number in (7,))
        put(account, replace(policy, versions=(*policy.versions[:4], *more, policy.versions[4]), newest=7))

    at.box.call(lambda state: fill(state.account))
    with pytest.raises(NoRoomError, match="finds no room"):
        at.undo()
    assert at.policy("Full").text == OUTDATED
    full = at.policy("Full")
    at.box.call(
        lambda state: put(state.account, replace(full, versions=tuple(v for v in full.versions if v.id != "v7")))
    )
    at.undo()
    assert sorted(version.text for version in at.policy("Full").versions) == FULL


# What goes wrong on the way -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "faults",
    [
        ("iam:CreatePolicyVersion=lost*1", "iam:PutUserPolicy=lost*1", "iam:DeletePolicyVersion=lost*1"),
        ("*=throttle*6",),
        ("iam:CreatePolicyVersion=failure*2", "iam:GetPolicy=unavailable*1", "iam:PutGroupPolicy=throttle*3"),
        ("iam:GetPolicyVersion=lost*2",),
    ],
    ids=lambda faults: faults[0],
)
def test_lost_answers_throttling_and_failures_change_nothing_of_the_end(at: At, faults: tuple[str, ...]) -> None:
    before = at.texts()
    at.fault(*faults)
    assert at.apply() == 5
    assert at.policy("Force").text == MENDED
    assert len(at.policy("Force").versions) == 2
    at.fault(*faults, "iam:SetDefaultPolicyVersion=lost*1")
    assert at.undo() == 5
    assert at.texts() == before
    assert len(at.policy("Full").versions) == 5


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("iam:GetUserPolicy=throttle", ThrottledError),
        ("iam:PutUserPolicy=throttle", ThrottledError),
        ("iam:GetUserPolicy=unavailable", AwsError),
        ("iam:PutUserPolicy=failure", NotShownError),
    ],
)
def test_what_does_not_end_is_told(at: At, fault: str, error: type[Exception]) -> None:
    at.fault(fault)
    with pytest.raises(error):
        at.apply()
    at.fault()
    assert at.apply() == 5


def test_a_version_that_cannot_be_deleted_or_written_again_is_told(at: At) -> None:
    at.fault("iam:DeletePolicyVersion=failure")
    with pytest.raises(NotShownError, match="iam:DeletePolicyVersion"):
        at.apply()
    at.fault()
    assert at.apply() >= 1
    at.fault("iam:CreatePolicyVersion=failure")
    with pytest.raises(NotShownError, match="iam:CreatePolicyVersion"):
        at.undo()
    at.fault()
    at.undo()
    assert sorted(version.text for version in at.policy("Full").versions) == FULL


def test_changes_that_are_seen_late_are_waited_for(tmp_path: Path) -> None:
    with box_with(lag=9.0) as box:
        box.call(lambda state: extend(state.account))
        box.clock.advance(60)
        at = At(box, tmp_path / "journal")
        before = at.texts()
        at.fault("iam:CreatePolicyVersion=lost*1")
        assert at.apply() == 5
        assert len(at.policy("Force").versions) == 2
        box.clock.advance(60)
        assert at.undo() == 5
        assert at.texts() == before


def test_a_refusal_ends_it_with_what_is_made_on_record(at: At) -> None:
    at.caller = iam(at.box, "second")
    barred = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Deny", "Action": "iam:CreatePolicyVersion", "Resource": of("Force", "policy")}],
        }
    )
    at.box.call(lambda state: put(state.account, user("second", attached=(ADMINISTRATES,), inline={"barred": barred})))
    before = at.texts()
    with pytest.raises(AccessDeniedError):
        at.apply()
    at.undo()
    assert at.texts() == before


@pytest.mark.parametrize(
    ("what", "number", "when"),
    [
        ("apply", 1, "after"),
        ("apply", 4, "before"),
        ("undo", 3, "after"),
        *(
            pytest.param(what, number, when, marks=pytest.mark.soak)
            for what in ("apply", "undo")
            for number in range(1, 9)
            for when in ("before", "after")
        ),
    ],
)
def test_killed_at_any_call_it_can_be_run_again(at: At, tmp_path: Path, what: str, number: int, when: str) -> None:
    before = at.texts()
    path = tmp_path / "plan.json"
    plan_file.write(made(), path)
    if what == "undo":
        at.apply()
    words = [sys.executable, killed.__file__, what, str(path), str(at.path), str(number), when]
    done = subprocess.run(words, env={**os.environ, **at.box.environment}, capture_output=True, text=True, timeout=60)
    assert done.returncode in (-signal.SIGKILL, 0), done.stderr
    if what == "apply":
        at.apply()
        assert at.policy("Force").text == MENDED
        assert len(at.policy("Full").versions) == 5
    at.undo()
    assert at.texts() == before
    assert at.policy("Force").default == "v1"
    assert len(at.policy("Force").versions) == 1
    assert sorted(version.text for version in at.policy("Full").versions) == FULL


# The canary, and what the caller asks -------------------------------------------------------------------------------


def test_the_canary_is_looked_at_once_after_the_first_step(at: At) -> None:
    looked: list[int] = []

    def probe(step: Step) -> str:
        looked.append(step.number)
        return "the canary is well"

    at.apply(probe=probe)
    at.apply(probe=probe)
    assert looked == [1]
    assert ("own", "the canary is well") in at.said
    at.undo()
    at.apply(probe=probe)
    assert looked == [1, 1], "what was undone is looked at anew"


def test_a_canary_that_is_not_well_ends_it_and_is_looked_at_again(at: At) -> None:
    def ill(step: Step) -> str:
        raise NotShownError("the canary is not well")

    with pytest.raises(NotShownError):
        at.apply(probe=ill)
    assert at.policy("Force").text == OUTDATED
    with pytest.raises(NotShownError):
        at.apply(probe=ill)
    assert at.undo() == 1


def test_a_step_that_is_not_safe_any_more_is_not_made(at: At) -> None:
    def unsafe(step: Step) -> None:
        raise ChangedSinceError("not now")

    at.safe = unsafe
    before = at.texts()
    with pytest.raises(ChangedSinceError):
        at.apply()
    assert at.texts() == before


# The journal --------------------------------------------------------------------------------------------------------


def test_a_line_that_was_half_written_is_left_out(at: At) -> None:
    at.apply()
    with at.path.open("a", encoding="utf-8") as file:
        file.write('{"event": "cal')
    assert at.undo() == 5
    assert at.lines()[-1]["event"] == "undone"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no journal"),
        ('{"event": "cal', "is no journal"),
        ("[]\n", "line 1: this is no line of a journal"),
        ('{"event": "plan", "version": 1, "name": "x", "plan": {}}\n', "is missing"),
        ("\udc80", "is not UTF-8"),
    ],
)
def test_what_is_no_journal_is_refused(text: str, said: str, at: At) -> None:
    at.path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(JournalError, match=said):
        at.undo()


def test_a_file_that_is_something_else_is_not_written_to(at: At) -> None:
    at.path.write_text("my only copy", encoding="utf-8")
    for again in (at.apply, at.undo):
        with pytest.raises(JournalError, match="is no journal"):
            again()
    assert at.path.read_text(encoding="utf-8") == "my only copy"


def test_a_journal_whose_first_line_was_half_written_begins_anew(at: At) -> None:
    at.path.write_text('{"version": 1, "event": "plan", "na', encoding="utf-8")
    assert at.apply() == 5
    assert at.undo() == 5


def test_a_broken_line_in_the_middle_is_told_with_its_number(at: At) -> None:
    at.apply()
    lines = at.path.read_text(encoding="utf-8").splitlines()
    lines[1] = json.dumps({"event": "calling", "step": 1})
    at.path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(JournalError, match="line 2"):
        at.undo()


def test_a_journal_belongs_to_one_plan_and_one_process(at: At) -> None:
    at.apply()
    with pytest.raises(JournalError, match="is the journal of another plan"):
        at.apply(replace(made(), notes=("another",)))
    with opened(at.path, None, lambda: NOW) as book:
        assert isinstance(book, Journal)
        with pytest.raises(JournalError, match="is in use"):
            at.undo()


def test_without_a_journal_there_is_nothing_to_undo(at: At) -> None:
    with pytest.raises(JournalError, match="there is no such journal"):
        at.undo()


def test_steps_of_another_journal_are_passed_over(at: At) -> None:
    at.apply()
    with at.path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"event": "done", "step": 99}) + "\n")
    assert at.undo() == 5


def test_an_unreachable_endpoint_is_told(at: At) -> None:
    class Nowhere:
        def call(self, service: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
            raise UnreachableError("", "no network", operation=f"{service}:{operation}")

    at.caller = Nowhere()
    with pytest.raises(UnreachableError):
        at.apply()
