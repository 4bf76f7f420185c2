"""Who could lift what forces a user? Asked call by call, on the ARNs at hand."""

from __future__ import annotations

from typing import Any

from tests.unit.audit.accounts import EVERYTHING, FORCE, ROOT, SELF, Builder, Json, text

from iamfa.audit import lifting
from iamfa.audit.values import Lifted


def names(found: Lifted) -> list[str]:
    return [lifter.user for lifter in found.principals]


def allow(action: Any, resource: Any = "*", **more: Any) -> Json:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def test_nobody_lifts_what_no_user_may_change() -> None:
    box = Builder()
    box.user("alice", box.policy("force", SELF, FORCE))
    box.user("idle", box.policy("all", EVERYTHING), key=False)
    assert box.one("alice").lifted == Lifted("nobody")


def test_who_is_not_forced_has_nothing_to_be_lifted() -> None:
    box = Builder()
    box.user("alice", box.policy("all", EVERYTHING))
    assert box.one("alice").lifted.answer == "nothing-to-lift"


def test_administrators_lift_what_forces_everybody() -> None:
    box = Builder()
    group = box.group("people", box.policy("force", SELF, FORCE, versions=2))
    box.user("admin", box.policy("all", EVERYTHING), groups=[group])
    box.user("alice", groups=[group])
    found = box.one("alice").lifted
    assert (found.answer, found.count, names(found)) == ("somebody", 1, ["admin"])
    assert set(found.principals[0].calls) == {
        "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DetachGroupPolicy", "iam:RemoveUserFromGroup",
    }  # fmt: skip
    assert names(box.one("admin").lifted) == ["admin"]


def test_each_way_of_being_attached_is_lifted_by_its_own_calls() -> None:
    box = Builder()
    everything, force = box.policy("all", EVERYTHING), box.policy("force", FORCE)
    box.user("admin", everything)
    box.user("attached", everything, force)
    box.user("inline", everything, inline={"force": text(FORCE)})
    box.user("bounded", everything, boundary=box.policy("bound", EVERYTHING, FORCE))
    box.user("grouped", everything, groups=[box.group("g", inline={"force": text(FORCE)})])
    calls = {
        user.name: set(next(each for each in user.lifted.principals if each.user == "admin").calls)
        for user in box.audited().users
        if user.name != "admin"
    }
    assert calls == {
        "attached": {"iam:CreatePolicyVersion", "iam:DetachUserPolicy"},
        "inline": {"iam:DeleteUserPolicy", "iam:PutUserPolicy"},
        "bounded": {
            "iam:CreatePolicyVersion", "iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary",
        },
        "grouped": {"iam:DeleteGroupPolicy", "iam:PutGroupPolicy", "iam:RemoveUserFromGroup"},
    }  # fmt: skip


def test_of_two_policies_that_force_both_must_be_lifted() -> None:
    box = Builder()
    twice = (box.policy("one", SELF, FORCE), box.policy("two", FORCE))
    box.user("alice", *twice)
    box.user("half", box.policy("half", allow("iam:CreatePolicyVersion", twice[0])))
    assert box.one("alice").lifted.answer == "nobody"
    box.user("whole", box.policy("whole", allow("iam:CreatePolicyVersion", list(twice))))
    assert names(box.one("alice").lifted) == ["whole"]


def test_a_policy_that_is_attached_and_the_boundary_too_must_be_lifted_in_both_places() -> None:
    box = Builder()
    both = box.policy("both", SELF, FORCE)
    box.user("alice", both, boundary=both)
    box.user("half", box.policy("half", allow("iam:DeleteUserPermissionsBoundary")))
    assert box.one("alice").lifted.answer == "nobody"


def test_a_grant_on_oneself_frees_oneself_alone() -> None:
    box = Builder()
    own = allow("iam:DetachUserPolicy", f"{ROOT}:user/${{aws:username}}")
    arn = box.policy("force", FORCE, own)
    for name in ("alice", "bob"):
        box.user(name, arn)
    assert names(box.one("alice").lifted) == ["alice"]


def test_a_name_that_begins_like_another_reaches_it() -> None:
    box = Builder()
    own = allow("iam:DetachUserPolicy", f"{ROOT}:user/${{aws:username}}*")
    arn = box.policy("force", FORCE, own)
    for name in ("bob", "bobby"):
        box.user(name, arn)
    assert names(box.one("bobby").lifted) == ["bob", "bobby"]
    assert names(box.one("bob").lifted) == ["bob"]


def test_too_many_pairs_of_users_are_not_decided(monkeypatch: Any) -> None:
    monkeypatch.setattr(lifting, "_MOST_PAIRS", 1)
    box = Builder()
    arn = box.policy("force", FORCE, allow("iam:DetachUserPolicy", f"{ROOT}:user/${{aws:username}}*"))
    for name in ("bob", "bobby"):
        box.user(name, arn)
    assert box.one("bobby").lifted.answer == "unknown"


def test_what_is_granted_with_mfa_is_lifted_by_any_further_grant() -> None:
    box = Builder()
    with_mfa = {**EVERYTHING, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
    box.user("alice", box.policy("grant", with_mfa), inline={"more": text(SELF)})
    box.user("by-group", groups=[box.group("g", box.policy("g", with_mfa))], boundary=box.policy("b", EVERYTHING))
    box.user("attacher", box.policy("attach", allow(["iam:AttachUserPolicy", "iam:AttachGroupPolicy"])))
    users = {user.name: user.lifted for user in box.audited().users}
    assert "attacher" in names(users["alice"]) and "attacher" in names(users["by-group"])


def test_a_condition_on_the_tags_of_what_is_changed_is_heeded() -> None:
    box = Builder()
    tagged = {"StringEquals": {"aws:ResourceTag/team": "blue"}}
    force = box.policy("force", SELF, FORCE)
    box.user("admin", box.policy("blue", allow("iam:DetachUserPolicy", Condition=tagged)))
    box.user("blue", force, tags=(("team", "blue"),))
    box.user("red", force, tags=(("team", "red"),))
    assert names(box.one("blue").lifted) == ["admin"]
    assert box.one("red").lifted.answer == "nobody"


def test_who_owns_by_a_tag_what_he_changes_is_asked_for_himself() -> None:
    box = Builder()
    owned = {"StringEquals": {"iam:ResourceTag/owner": "${aws:username}"}}
    arn = box.policy("owners", allow("iam:DetachUserPolicy", Condition=owned))
    for name in ("carol", "dave"):
        box.user(name, arn)
    box.user("alice", box.policy("force", SELF, FORCE), tags=(("owner", "carol"),))
    assert names(box.one("alice").lifted) == ["carol"]


def test_a_condition_that_nobody_told_makes_it_uncertain() -> None:
    box = Builder()
    from_office = {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}
    box.user("admin", box.policy("office", allow("iam:DetachUserPolicy", Condition=from_office)))
    box.user("alice", box.policy("force", SELF, FORCE))
    (lifter,) = box.one("alice").lifted.principals
    assert not lifter.certain


def test_policies_that_were_not_read_may_let_somebody_lift() -> None:
    box = Builder()
    box.user("alice", box.policy("force", SELF, FORCE))
    box.user("odd", "arn:aws:iam::aws:policy/Gone")
    assert box.one("alice").lifted.answer == "unknown"


def test_what_the_organization_forces_no_user_of_the_account_lifts() -> None:
    box = Builder()
    box.controlled(FORCE)
    box.user("admin", box.policy("all", EVERYTHING, FORCE))
    assert box.one("admin").lifted.answer == "nobody"


def test_at_most_twenty_are_named_and_all_are_counted() -> None:
    box = Builder()
    everything = box.policy("all", EVERYTHING)
    for i in range(25):
        box.user(f"admin-{i:02}", everything)
    box.user("alice", box.policy("force", SELF, FORCE))
    found = box.one("alice").lifted
    assert (found.count, len(found.principals)) == (25, 20)
