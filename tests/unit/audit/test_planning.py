"""The plan that repairs an account: what it changes, for whom, in which order, and what it leaves out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from tests.unit.audit.repairing import (
    ADMINISTRATES,
    BOOL,
    NOW,
    OUTDATED,
    REQUIRED_ONLY,
    SECOND,
    account_of,
    allow,
    managed,
    of,
    operator,
    remembered_repairs,
    user,
    with_inline,
    with_policy,
)

from iamfa.account.entities import Account, Device, Group, LoginProfile, Role, Tags
from iamfa.audit.plan_values import Actor, LeftOut, Plan, PlanOptions, Step
from iamfa.audit.planning import plan
from iamfa.errors import InputError, JudgementError
from iamfa.gateway.faults import AccessDeniedError
from iamfa.sandbox.embedded import ADMINISTRATOR

FREE = REQUIRED_ONLY.replace("mfa/${aws:username}", "mfa/*")


@pytest.fixture(scope="module", autouse=True)
def _remembered() -> Iterator[None]:
    with remembered_repairs():
        yield


@cache
def account() -> Account:
    return account_of()


@cache
def usual() -> Plan:
    return planned()


def planned(found: Account | None = None, *, by: Actor | None = None, **options: Any) -> Plan:
    asked = PlanOptions(catalogue_age_days=1, **options)
    return plan(found or account(), operator=by or operator(), now=NOW, options=asked)


def step_of(found: Plan, policy: str) -> Step:
    return next(step for step in found.steps if step.spot.policy == policy)


def left_out(found: Plan, policy: str) -> LeftOut:
    assert policy not in {step.spot.policy for step in found.steps}
    return next(each for each in found.left_out if each.policy == policy)


def bare(*users: Any, policies: Any = (), groups: Any = (), roles: Any = ()) -> Account:
    """Two administrators, and these."""
    base = account()
    kept = {name: base.users[name] for name in (ADMINISTRATOR, SECOND)}
    return replace(
        base,
        users=kept | {each.name: each for each in users},
        groups={each.name: each for each in groups},
        roles={each.name: each for each in roles},
        policies={ADMINISTRATES: base.policies[ADMINISTRATES]} | {each.arn: each for each in policies},
    )


@cache
def small() -> Account:
    return bare(user("eve", inline={"own": OUTDATED}))


def role(name: str, **more: Any) -> Role:
    return Role(name, "/", f"AROA{name.upper()}", of(name, "role"), NOW, allow("sts:AssumeRole"), **more)


def test_every_place_of_the_outdated_policy_becomes_a_step_and_nothing_else() -> None:
    found = usual()
    assert {(step.spot.policy, step.spot.held_by) for step in found.steps} == {
        ("Force", None),
        ("Bound", None),
        ("own", "user/carol"),
    }
    assert not found.left_out
    assert [step.number for step in found.steps] == [1, 2, 3]
    assert "`Bound` says the same in 2 places" in found.notes[0]
    assert found.touches == ("alice", "bob", "carol", "dan")


def test_a_step_changes_one_value_and_tells_what_that_does_to_whom() -> None:
    step = step_of(usual(), "Force")
    assert step.after == OUTDATED.replace("mfa/${aws:username}", "mfa/*", 1)
    assert step.users == ("alice", "bob")
    assert {user for effect in step.effects for user in effect.users} == {"alice", "bob"}
    alice, bob = sorted(step.effects, key=lambda effect: effect.users)
    assert "iam:CreateVirtualMFADevice on devices under any other name" in alice.newly_permits[0]
    assert alice.gains[0] == "enrol-first-device with long-term-key"
    assert "Create" not in str(bob), "his other policy grants it already"
    assert not bob.gains
    assert not any(effect.newly_refuses for effect in step.effects)
    assert "newly permits nothing but iam:CreateVirtualMFADevice" in step.proof
    assert step.can_undo == (operator(), Actor(of(SECOND), "long-term-key"))
    assert step.undo_words()[0] == (
        f"aws iam set-default-policy-version --policy-arn {of('Force', 'policy')} --version-id v1"
    )


def test_users_with_other_policies_besides_are_told_apart() -> None:
    sets = {effect.set: effect.users for effect in step_of(usual(), "Force").effects}
    assert sorted(sets.values()) == [("alice",), ("bob",)]


def test_what_reaches_the_fewest_comes_first_and_is_the_canary() -> None:
    found = usual()
    assert [len(step.users) for step in found.steps] == [1, 1, 2]
    assert [step.canary for step in found.steps] == [True, False, False]


@pytest.mark.parametrize("name", ["alice", "user/alice", "devs", "group/devs"])
def test_what_reaches_the_named_canary_comes_first(name: str) -> None:
    assert planned(canary=name).steps[0].spot.policy == "Force"


def test_a_canary_that_is_not_there_is_told() -> None:
    with pytest.raises(InputError, match="the canary `nobody` is no user or group"):
        planned(canary="nobody")


def test_a_single_step_is_no_canary_and_one_that_reaches_nobody_comes_last() -> None:
    found = planned(bare(user("eve", inline={"own": OUTDATED}), policies=[managed("Unused", OUTDATED)]))
    assert [step.spot.policy for step in found.steps] == ["own", "Unused"]
    assert step_of(found, "Unused").notes[-1] == "nobody has it"
    assert not planned(bare(policies=[managed("Unused", OUTDATED)])).steps[0].canary


def test_an_inline_policy_of_a_group_reaches_its_members() -> None:
    group = Group("ops", "/", "AGPAOPS", of("ops", "group"), NOW, inline={"force": OUTDATED})
    (step,) = planned(bare(user("eve", groups=("ops",)), groups=[group])).steps
    assert (step.spot.kind, step.spot.held_by, step.users) == ("group-inline", "group/ops", ("eve",))
    assert "put-group-policy --group-name ops" in step.undo_words()[0]
    assert step.restoring == ("iam:PutGroupPolicy",)


# What is left out -----------------------------------------------------------------------------------------------------


def test_who_would_lose_what_works_stops_the_step_unless_the_flow_may_go() -> None:
    """The repair denies to the key alone what it could do, which is what it is for."""
    found = bare(user("eve", attached=(of("Bool", "policy"), ADMINISTRATES)), policies=[managed("Bool", BOOL)])
    with_mfa = operator("token-mfa")
    refused = left_out(planned(found, by=with_mfa), "Bool")
    assert "`eve` would lose what works now: " in refused.reason
    assert "--lose FLOW" in str(refused.advice)
    assert refused.after is not None and "BoolIfExists" in refused.after
    flows = tuple({each.split(" with ")[0] for each in refused.reason.partition("now: ")[2].split(", ")})
    step = step_of(planned(found, by=with_mfa, lose=flows), "Bool")
    assert step.effects[0].newly_refuses


def test_an_operator_about_to_lock_himself_out_is_refused() -> None:
    """He calls with a key alone, and his group shall demand MFA of keys too."""
    found = with_policy(bare(policies=[managed("Bool", BOOL)]), managed("Bool", BOOL), ADMINISTRATOR)
    every = tuple(str(each) for each in _flows())
    refused = left_out(planned(found, lose=every), "Bool")
    assert refused.reason.startswith(f"the operator (`{of(ADMINISTRATOR)}` with `long-term-key`) could not undo it")
    assert "iam:GetPolicy" in refused.reason
    assert planned(found, by=operator("token-mfa"), lose=every).steps


def test_nobody_besides_the_operator_is_refused_and_somebody_may_be_named() -> None:
    alone = replace(small(), access_keys={})
    assert "nobody besides the operator" in left_out(planned(alone), "own").reason
    root = Actor(small().root_arn, "long-term-key")
    assert step_of(planned(alone, second=root), "own").can_undo[1] == root
    powerless = Actor(of("eve"), "token-mfa")
    assert "nobody besides the operator" in left_out(planned(small(), second=powerless), "own").reason
    with pytest.raises(InputError, match="is no user or role of the account"):
        planned(small(), second=Actor(of("nobody"), "long-term-key"))


def test_the_second_person_counts_with_the_credential_that_he_has() -> None:
    base = replace(small(), access_keys={}, login_profiles={SECOND: LoginProfile(SECOND, NOW)})
    assert step_of(planned(base), "own").can_undo[1].credential == "console"
    phone = Device("arn:aws:iam::123456789012:mfa/phone", "virtual", SECOND, NOW, NOW)
    assert step_of(planned(replace(base, devices={phone.serial: phone})), "own").can_undo[1].credential == "console-mfa"
    both = replace(small(), devices={phone.serial: phone})
    assert step_of(planned(both), "own").can_undo[1].credential == "token-mfa"
    fido = replace(phone, kind="fido")
    assert step_of(planned(replace(both, devices={"f": fido})), "own").can_undo[1].credential == "long-term-key"


def test_a_role_can_operate_and_be_second() -> None:
    found = replace(small(), roles={"ops": role("ops", attached=(ADMINISTRATES,), tags=(("team", "ops"),))})
    ops = Actor(of("ops", "role"), "role")
    assert step_of(planned(found, by=ops), "own").can_undo[0] == ops
    assert step_of(planned(found, second=ops), "own").can_undo[1] == ops


def test_what_hangs_on_something_untold_is_no_power_to_undo() -> None:
    there = {
        "Effect": "Allow",
        "Action": "*",
        "Resource": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [there]})
    found = replace(small(), users={**small().users, "fay": user("fay", inline={"near": text})})
    refused = left_out(planned(found, by=Actor(of("fay"), "long-term-key")), "own")
    assert "hangs on what nobody told" in refused.reason


def test_five_versions_leave_no_room_unless_the_oldest_may_go() -> None:
    full = managed("Full", *[allow("s3:ListAllMyBuckets")] * 4, OUTDATED)
    found = with_policy(bare(user("eve")), full, "eve")
    refused = left_out(planned(found), "Full")
    assert "5 versions" in refused.reason
    assert "--allow-version-loss" in str(refused.advice)
    step = step_of(planned(found, allow_version_loss=True), "Full")
    assert step.deletes == full.versions[0]
    assert step.restoring == ("iam:SetDefaultPolicyVersion", "iam:DeletePolicyVersion", "iam:CreatePolicyVersion")


def test_the_version_in_force_is_never_the_one_that_goes() -> None:
    full = managed("Full", OUTDATED, *[allow("s3:ListAllMyBuckets")] * 4)
    found = with_policy(bare(user("eve")), replace(full, default="v1"), "eve")
    deletes = step_of(planned(found, allow_version_loss=True), "Full").deletes
    assert deletes is not None
    assert deletes.id == "v2"


@pytest.mark.parametrize(
    ("sign", "tool"),
    [
        ({"tags": (("aws:cloudformation:stack-name", "base"),)}, "CloudFormation"),
        ({"tags": (("managed-by", "terraform"),)}, "Terraform"),
        ({"tags": (("Terraform", "true"),)}, "Terraform"),
        ({"description": "Managed by OpenTofu"}, "Terraform"),
        ({"name": "force-20230102030405060700000001"}, "Terraform"),
        ({"name": "base-ForceMfa-1A2B3C4D5E6F"}, "CloudFormation"),
    ],
)
def test_what_another_tool_keeps_is_to_be_changed_there(sign: dict[str, Any], tool: str) -> None:
    name = str(sign.pop("name", "Force"))
    found = with_policy(bare(user("eve")), managed(name, OUTDATED, **sign), "eve")
    refused = left_out(planned(found), name)
    assert refused.reason.startswith(f"{tool} seems to keep it")
    assert refused.after is not None
    made = planned(found, even_managed=True)
    assert made.steps
    assert made.even_managed


def test_tags_that_no_list_tells_are_asked_for_where_a_policy_is_to_be_changed() -> None:
    asked: list[str] = []

    def tags_of(arn: str) -> Tags:
        asked.append(arn)
        if arn == of("Bound", "policy"):
            raise AccessDeniedError("AccessDenied", "no", operation="iam:GetPolicy")
        return (("managed-by", "terraform"),)

    found = plan(account(), operator=operator(), now=NOW, tags_of=tags_of)
    assert asked == [of("Bound", "policy"), of("Force", "policy")]
    assert left_out(found, "Bound").reason.startswith("its tags cannot be read: iam:GetPolicy")
    assert left_out(found, "Force").reason.startswith("Terraform seems to keep it")


def test_tags_of_a_user_say_nothing_of_his_inline_policy() -> None:
    found = bare(user("eve", inline={"own": OUTDATED}, tags=(("managed-by", "terraform"),)))
    assert planned(found).steps


def test_awss_own_policy_is_never_touched_and_the_advice_says_what_to_attach() -> None:
    awss = replace(managed("Force_MFA", OUTDATED), arn="arn:aws:iam::aws:policy/Force_MFA")
    refused = left_out(planned(with_policy(bare(user("eve")), awss, "eve")), "Force_MFA")
    assert "AWS manages it" in refused.reason
    assert "attach it, and detach this one" in str(refused.advice)
    assert not planned(bare(policies=[awss])).left_out


def test_an_inline_policy_that_grows_beyond_its_quota_becomes_a_managed_one() -> None:
    # The holder's other policy fills the quota but for a few characters, and the repair adds eight.
    filler = json.loads(allow("s3:ListAllMyBuckets"))
    group = Group("ops", "/", "AGPAOPS", of("ops", "group"), NOW, inline={"bool": BOOL})
    found = bare(user("eve", groups=("ops",)), groups=[group])
    every = tuple(_flows())
    assert planned(found, by=operator("token-mfa"), lose=every).steps
    from iamfa.policy.document import Kind
    from iamfa.policy.size import size

    room = 5120 - size(BOOL, Kind.GROUP) - size(json.dumps(filler), Kind.GROUP) - 2
    filler["Statement"][0]["Sid"] = "x" * (room - len('"Sid":"",'))
    full = replace(group, inline={"bool": BOOL, "filler": json.dumps(filler)})
    crowded = planned(bare(user("eve", groups=("ops",)), groups=[full]), by=operator("token-mfa"), lose=every)
    assert step_of(crowded, "bool").spot.becomes == of("bool", "policy")
    assert "may have 5,120 together: it becomes a managed policy" in step_of(crowded, "bool").notes[0]


def test_a_policy_in_both_uses_is_judged_as_both() -> None:
    both = managed("Both", OUTDATED)
    found = with_policy(bare(user("eve", boundary=both.arn, attached=(ADMINISTRATES,)), user("fay")), both, "fay")
    step = step_of(planned(found), "Both")
    assert step.boundary_of == ("user/eve",)
    assert any("both uses were judged" in note for note in step.notes)


def test_roles_are_told_of_and_none_may_lose_anything() -> None:
    deployer = role("deployer", attached=(of("Force", "policy"),), boundary=of("Force", "policy"))
    found = replace(account(), roles={"deployer": deployer})
    step = step_of(planned(found), "Force")
    assert step.roles == ("deployer",)
    assert step.boundary_of == ("role/deployer",)
    assert "nothing is refused to them anew" in " ".join(step.notes)
    strict = managed("Bool", BOOL)
    lost = bare(roles=[role("deployer", attached=(strict.arn,))], policies=[strict])
    assert "reaches roles (deployer)" in left_out(planned(lost, by=operator("token-mfa")), "Bool").reason


def test_errors_that_no_repair_mends_are_not_passed_over() -> None:
    strict = managed("Bool", BOOL)
    found = bare(user("eve", boundary=strict.arn, attached=(ADMINISTRATES,)), policies=[strict])
    refused = left_out(planned(found), "Bool")
    assert refused.rules == ("mfa-not-enforced",)
    assert "the repair of mfa-not-enforced would change more than it says" in refused.reason
    assert (refused.before, refused.after) == (None, None)


def test_what_is_no_policy_or_cannot_be_judged_is_told() -> None:
    odd = allow("s3:*").replace('"Resource": "*"', '"Resource": "*", "Condition": {"StringLikes": {"aws:x": "y"}}')
    found = planned(with_inline(bare(user("eve")), "eve", none="{", odd=odd))
    assert "it is no valid policy" in left_out(found, "none").reason
    assert left_out(found, "odd").reason


def test_a_user_whose_other_policies_cannot_be_read_is_not_guessed_about() -> None:
    found = bare(user("eve", inline={"own": OUTDATED}, attached=(of("Gone", "policy"),)))
    assert "not all that reaches `eve` can be judged" in left_out(planned(found), "own").reason


def test_many_users_are_named_in_short() -> None:
    strict = managed("Bool", BOOL)
    found = bare(*(user(f"u{i}", attached=(strict.arn, ADMINISTRATES)) for i in range(5)), policies=[strict])
    refused = left_out(planned(found, by=operator("token-mfa")), "Bool")
    assert refused.reason.startswith("`u0`, `u1`, `u2` and 2 more would lose")


def test_names_that_a_policy_writes_out_are_asked_one_by_one() -> None:
    mine = json.loads(allow("iam:EnableMFADevice"))
    mine["Statement"][0]["Resource"] = [of("eve"), "arn:aws:iam::123456789012:mfa/*"]
    some = managed("Some", json.dumps(mine))
    people = [user(name, attached=(of("Force", "policy"), some.arn)) for name in ("eve", "fay")]
    (step,) = planned(bare(*people, policies=[managed("Force", OUTDATED), some])).steps
    assert sorted(effect.users for effect in step.effects) == [("eve",), ("fay",)]


# What was not read ----------------------------------------------------------------------------------------------------


def test_without_all_users_and_policies_there_is_no_plan() -> None:
    with pytest.raises(JudgementError, match="were not read wholly"):
        plan(account(), not_read=["authorization_details: AccessDenied"], operator=operator(), now=NOW)


def test_what_bears_on_no_plan_stands_in_it_all_the_same() -> None:
    entries = ["alias: AccessDenied", "organization: AccessDenied"]
    found = plan(account(), not_read=entries, operator=operator(), now=NOW)
    assert found.steps
    assert found.not_read == tuple(entries)
    assert "organization were not read" in found.notes[-1]


def test_an_operator_who_is_not_there_is_told() -> None:
    with pytest.raises(InputError, match="is no user or role of the account"):
        planned(by=Actor(of("nobody"), "long-term-key"))


# Asked for ------------------------------------------------------------------------------------------------------------


def test_rules_can_be_chosen_and_warnings_repaired_too() -> None:
    assert not planned(small(), rules=("mfa-not-enforced",)).steps
    assert planned(small(), rules=("device-name-tied-to-user",)).steps
    assert planned(small(), hardened=True).steps


def test_the_plan_of_what_was_repaired_is_empty() -> None:
    found = bare(user("eve", inline={"own": FREE}))
    assert planned(found) == Plan("123456789012", "aws", NOW, operator())


def _flows() -> tuple[str, ...]:
    from typing import get_args

    from iamfa.lifecycle.result import FlowName

    return get_args(FlowName)
