"""Has the user a device, and if he has none, what does that mean? Every answer."""

from __future__ import annotations

from tests.unit.audit.accounts import BUCKETS, ENROLMENT, EVERYTHING, FORCE, ROOT, SELF, Builder, text

from iamfa.lifecycle import moves


def test_devices_are_told_by_their_kinds() -> None:
    box = Builder()
    box.user("alice", devices=["virtual", "fido", "virtual"])
    assert box.one("alice").enrolled.devices == ("fido", "virtual", "virtual")


def test_who_holds_no_credential_needs_no_device() -> None:
    box = Builder()
    box.user("alice", key=False)
    assert box.one("alice").enrolled.answer == "none-needed"


def test_a_key_that_may_enrol_is_enough_for_whoever_has_it() -> None:
    box = Builder()
    arn = box.policy("force", SELF, FORCE, EVERYTHING)
    box.user("alice", arn)
    box.user("bob", arn, path="/team/")
    found = box.one("bob").enrolled
    assert (found.answer, found.leaked, found.reaches) == ("exposed-now", "key", ("*",))
    assert [(call.call, call.resource) for call in found.trace] == [
        (moves.CREATE, f"{ROOT}:mfa/googleAuthentication"),
        (moves.ENABLE, f"{ROOT}:user/team/bob"),
        (moves.SESSION_TOKEN, "*"),
    ]
    assert found.refusal is None


def test_a_key_that_needs_no_mfa_reaches_at_once() -> None:
    box = Builder()
    box.user("alice", box.policy("data", BUCKETS))
    found = box.one("alice").enrolled
    assert (found.answer, [call.call for call in found.trace], found.reaches) == (
        "exposed-now",
        ["s3:GetObject"],
        ("s3:GetObject",),
    )


def test_a_password_alone_signs_in_first() -> None:
    box = Builder()
    rest = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
    box.user("alice", box.policy("rest", rest), key=False, password=True)
    found = box.one("alice").enrolled
    assert (found.leaked, found.trace[0].call) == ("password", moves.SIGN_IN)
    assert found.reaches == ("*",)


def test_a_token_is_obtained_before_it_is_used() -> None:
    box = Builder()
    deny = {**FORCE, "Condition": {"Null": {"aws:TokenIssueTime": "true"}}}
    box.user("alice", box.policy("odd", BUCKETS, deny))
    found = box.one("alice").enrolled
    assert [call.call for call in found.trace] == [moves.SESSION_TOKEN, "s3:GetObject"]


def test_who_cannot_enrol_and_is_denied_the_rest_is_locked_out() -> None:
    box = Builder()
    tied = {**SELF, "Resource": [f"{ROOT}:mfa/other", f"{ROOT}:user/${{aws:username}}"]}
    box.user("with-a-token", box.policy("but-tokens", tied, {**FORCE, "NotAction": ENROLMENT[1:]}, EVERYTHING))
    token = box.one("with-a-token").enrolled
    assert (token.answer, token.reason) == ("cannot-enrol", "a hardware token could be enabled")
    box.user("alice", box.policy("force", tied, {**FORCE, "NotAction": ENROLMENT[2:]}, EVERYTHING))
    found = box.one("alice").enrolled
    assert found.answer == "locked-out"
    assert found.refusal is not None and found.refusal.call.call == moves.CREATE
    assert found.refusal.place is not None and found.refusal.place.statement_sid == "Force"


def test_who_cannot_enrol_and_may_do_nothing_else_cannot_enrol() -> None:
    box = Builder()
    box.user("alice")
    found = box.one("alice").enrolled
    assert (found.answer, found.refusal is not None and found.refusal.place) == ("cannot-enrol", None)


def test_an_enrolment_that_hangs_on_an_address_is_open() -> None:
    box = Builder()
    from_office = {**SELF, "Condition": {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}}
    box.user("alice", box.policy("force", from_office, FORCE))
    found = box.one("alice").enrolled
    assert found.answer == "not-enrolled"
    assert found.reason is not None and "aws:SourceIp" in found.reason


def test_a_boundary_and_a_control_policy_refuse_an_enrolment() -> None:
    box = Builder()
    box.user("alice", box.policy("force", SELF, FORCE), boundary=box.policy("b", BUCKETS))
    found = box.one("alice").enrolled
    assert found.answer == "cannot-enrol" and found.refusal is not None
    box.controlled({"Effect": "Deny", "Action": "iam:EnableMFADevice", "Resource": "*"})
    box.user("bob", box.policy("force", SELF, FORCE))
    bob = box.one("bob").enrolled
    assert bob.refusal is not None and bob.refusal.place is not None and bob.refusal.place.policy == "guard"


def test_a_user_whose_name_an_entry_spells_is_walked_by_himself() -> None:
    box = Builder()
    named = {**SELF, "Resource": [f"{ROOT}:mfa/bob*", f"{ROOT}:user/${{aws:username}}"]}
    arn = box.policy("force", named, {**FORCE, "NotAction": ENROLMENT})
    for name in ("alice", "bob", "phone"):
        box.user(name, arn)
    traces = {user.name: user.enrolled for user in box.audited().users}
    assert {name: found.answer for name, found in traces.items()} == {
        "alice": "exposed-now", "bob": "exposed-now", "phone": "exposed-now",
    }  # fmt: skip
    assert all(call.resource.startswith(f"{ROOT}:mfa/bob") for call in traces["alice"].trace[:1])


def test_devices_after_their_user_are_renamed_in_the_trace() -> None:
    box = Builder()
    tied = {**SELF, "Resource": [f"{ROOT}:mfa/${{aws:username}}", f"{ROOT}:user/${{aws:username}}"]}
    before = {**SELF, "Resource": [f"{ROOT}:mfa/*-${{aws:username}}", f"{ROOT}:user/${{aws:username}}"]}
    for name, statement in (("tied", tied), ("before", before)):
        arn = box.policy(name, statement, FORCE)
        box.user(f"{name}-1", arn)
        box.user(f"{name}-2", arn)
    created = {user.name: user.enrolled.trace[0].resource for user in box.audited().users}
    assert created["tied-2"] == f"{ROOT}:mfa/tied-2"
    assert created["before-2"].endswith("before-2") and created["before-1"].endswith("before-1")


def test_a_refusal_is_told_in_the_users_own_words() -> None:
    box = Builder()
    nobody = {"Effect": "Deny", "Action": "iam:EnableMFADevice", "Resource": "*"}
    arn = box.policy("force", SELF, FORCE, nobody)
    for name in ("alice", "bob"):
        box.user(name, arn)
    for user in box.audited().users:
        refusal = user.enrolled.refusal
        assert refusal is not None and refusal.call.message is not None
        assert refusal.call.resource == user.arn
        assert refusal.call.message.startswith(f"User: {user.arn} ")
        assert refusal.call.by is None


def test_what_was_not_read_is_unknown_unless_the_report_tells() -> None:
    box = Builder()
    box.user("alice", box.policy("data", BUCKETS), key=False)
    lost = ("mfa_devices: AccessDenied", "access_keys: AccessDenied", "login_profiles: AccessDenied")
    assert box.one("alice", *lost).enrolled.answer == "unknown"
    row = {"user": "alice", "mfa_active": "true"}
    found = box.one("alice", lost[0], report=[row]).enrolled
    assert (found.answer, found.devices, found.not_read) == ("enrolled", (), ("mfa_devices",))
    row = {"user": "alice", "mfa_active": "false", "access_key_1_active": "true", "access_key_2_active": "false"}
    assert box.one("alice", *lost, report=[row]).enrolled.answer == "exposed-now"
    row |= {"access_key_1_active": "false", "password_enabled": "true"}
    assert box.one("alice", *lost, report=[row]).has_password is True
    row |= {"password_enabled": "false"}
    assert box.one("alice", *lost, report=[row]).enrolled.answer == "none-needed"
    assert box.one("alice", lost[1]).enrolled.answer == "unknown"
    assert box.one("alice", "mfa_devices[user/bob]: gone").enrolled.answer == "none-needed"
    assert box.one("alice", "inactive_access_keys: not told").has_key is False


def test_what_is_granted_nowhere_is_refused_for_want_of_a_grant() -> None:
    box = Builder()
    box.user("alice", inline={"force": text(FORCE, EVERYTHING | {"Action": "s3:*"})})
    found = box.one("alice").enrolled
    assert found.answer == "locked-out" and found.refusal is not None
    assert found.refusal.call.outcome == "refused"
