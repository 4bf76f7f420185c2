"""Which flows work under the story's policies, AWS's pages, and policies with one thing changed."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.unit.lifecycle.worlds import (
    AWS_PAGES,
    DEVICES,
    OWN,
    STORY,
    allow,
    chosen,
    deny,
    flow,
    loaded,
    policy_of,
    short,
    world_of,
)

from iamfa.evaluate.decide import decide
from iamfa.lifecycle import world as world_module
from iamfa.lifecycle.flows import PASSWORD_SETTING, walk_flows
from iamfa.lifecycle.names import device_names
from iamfa.lifecycle.starts import other_name
from iamfa.lifecycle.subject import Subject
from iamfa.lifecycle.world import World
from iamfa.policy.bundle import Bundle

WITHOUT_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
SELF_SERVICE = (
    allow(["iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice"], DEVICES),
    allow(["iam:EnableMFADevice", "iam:DeactivateMFADevice", "iam:ResyncMFADevice", "iam:ListMFADevices"], OWN),
)

# What is walked


def test_every_flow_is_walked_for_each_credential_that_can_attempt_it_and_each_device() -> None:
    walked = Counter((f.flow, f.credential) for f in walk_flows(loaded("aws-p1.json")))
    assert walked == {
        ("enrol-first-device", "long-term-key"): 3,
        ("enrol-first-device", "console"): 4,
        ("get-session", "long-term-key"): 3,
        ("work-with-mfa", "token-mfa"): 1,
        ("work-with-mfa", "console-mfa"): 1,
        ("enrol-second-device", "long-term-key"): 3,
        ("enrol-second-device", "console-mfa"): 4,
        ("resync-device", "long-term-key"): 2,
        ("resync-device", "console"): 2,
        ("remove-device", "long-term-key"): 4,
        ("remove-device", "console-mfa"): 4,
        ("retry-abandoned-enrolment", "long-term-key"): 2,
        ("retry-abandoned-enrolment", "console"): 2,
        **{("list-own-devices", c): 1 for c in ("long-term-key", "token-mfa", "console", "console-mfa")},
        **{("change-own-password", c): 1 for c in ("long-term-key", "token-mfa", "console", "console-mfa")},
        ("replace-lost-device", "long-term-key"): 3,
        ("replace-lost-device", "console-mfa"): 4,
        ("lost-only-device", "console"): 4,
        ("cli-with-passkey", "console-mfa"): 1,
        ("assume-role-with-code", "long-term-key"): 3,
        ("assume-role-from-mfa-session", "token-mfa"): 1,
        ("assume-role-from-mfa-session", "console-mfa"): 1,
    }


@pytest.mark.parametrize("name", [*STORY, *AWS_PAGES])
def test_every_call_of_a_trace_is_one_that_the_policies_decide_as_told(name: str) -> None:
    world = loaded(name)
    for result in walk_flows(world):
        assert (result.result == "works") is (result.refused is None), result
        for call in result.trace:
            if call.call in ("sts:GetSessionToken", "signin:ConsoleLogin"):
                continue
            request = world.request(world_module.Ask(world.subject.user_arn, call.call, call.resource, call.credential))
            decision = decide(request, world.bundle).decision
            if call.by is not None and call.by.platform is not None:
                assert call.outcome == "refused"
            else:
                assert (decision == "allowed") is (call.outcome == "ok"), call
            if not call.granted:
                assert decision == "implicit_deny"


def test_some_flows_alone_come_to_what_they_come_to_among_all() -> None:
    named = ("get-session", "cli-with-passkey")
    alone = walk_flows(loaded("aws-p1.json"), only=named)
    assert alone == tuple(f for f in walk_flows(loaded("aws-p1.json")) if f.flow in named)


@pytest.mark.parametrize("name", [*STORY, *AWS_PAGES])
def test_walking_twice_finds_the_same(name: str) -> None:
    assert walk_flows(loaded(name)) == walk_flows(loaded(name))


# The first device


@pytest.mark.parametrize("name", STORY[:2])
@pytest.mark.parametrize("credential", ["long-term-key", "console"])
def test_a_device_with_a_free_name_cannot_be_created_under_the_outdated_policies(name: str, credential: str) -> None:
    world = loaded(name)
    blocked = flow(world, "enrol-first-device", credential, "virtual-any-name")
    assert (blocked.result, short(blocked.trace)) == ("blocked", [f"Create[{credential}]!"])
    assert blocked.refused is not None and blocked.refused.by is not None
    assert blocked.refused.by.statement_sid == "AllowIndividualUserToManageTheirOwnMFA"
    assert blocked.refused.message == (
        "User: arn:aws:iam::123456789012:user/own-user is not authorized to perform: iam:CreateVirtualMFADevice on "
        "resource: arn:aws:iam::123456789012:mfa/googleAuthentication because no identity-based policy allows the "
        "iam:CreateVirtualMFADevice action"
    )
    own = flow(world, "enrol-first-device", credential, "virtual-own-name")
    assert (own.result, short(own.trace)) == ("works", [f"Create[{credential}]", f"Enable[{credential}]"])
    assert own.trace[0].resource == "arn:aws:iam::123456789012:mfa/own-user"
    hardware = flow(world, "enrol-first-device", credential, "hardware")
    assert (hardware.result, short(hardware.trace)) == ("works", [f"Enable[{credential}]"])


@pytest.mark.parametrize("name", ["story-3-repaired.jsonc", "aws-p1.json", "aws-p2.json", "aws-p3.json"])
def test_under_the_repaired_policy_and_aws_s_pages_every_device_can_be_enrolled(name: str) -> None:
    walked = [f for f in walk_flows(loaded(name)) if f.flow == "enrol-first-device"]
    assert {f.result for f in walked} == {"works"}
    (fido,) = (f for f in walked if f.device == "fido")
    assert short(fido.trace) == ["Enable[console]", "Enable[console]"]


def test_aws_s_page_for_resync_lets_nobody_enrol() -> None:
    for result in walk_flows(loaded("aws-p4.json")):
        if result.flow == "enrol-first-device":
            assert result.result == "blocked"
            assert result.refused is not None and "explicit deny" in str(result.refused.message)


@pytest.mark.parametrize("name", ["aws-p5a.json", "aws-p5b.json"])
def test_a_file_that_only_denies_does_not_fail_to_enrol(name: str) -> None:
    found = flow(loaded(name), "enrol-first-device", "long-term-key", "virtual-any-name")
    assert (found.result, short(found.trace)) == ("not_decided", ["Create[long-term-key]?", "Enable[long-term-key]?"])
    assert found.detail == "only if another file grants iam:CreateVirtualMFADevice, iam:EnableMFADevice"
    assert found.refused is not None and found.refused.call == "iam:CreateVirtualMFADevice"
    assert found.refused.by is None


def test_the_refusal_that_no_grant_would_mend_is_the_one_that_decides() -> None:
    found = flow(world_of(deny("iam:EnableMFADevice")), "enrol-first-device", "console", "virtual-any-name")
    assert (found.result, short(found.trace)) == ("blocked", ["Create[console]?", "Enable[console]!"])
    assert found.refused is not None and found.refused.call == "iam:EnableMFADevice"


def test_a_deliberate_pattern_of_names_is_not_any_name() -> None:
    world = world_of(
        allow("iam:CreateVirtualMFADevice", "arn:aws:iam::*:mfa/${aws:username}-*"), allow("iam:EnableMFADevice", OWN)
    )
    assert flow(world, "enrol-first-device", "console", "virtual-any-name").result == "blocked"
    assert flow(world, "enrol-first-device", "console", "virtual-own-name").result == "blocked"
    names = world.names()
    assert names is not None
    assert names.free == ("googleAuthentication", "own-user-phone")


def test_one_name_that_is_denied_is_shown_though_all_others_work() -> None:
    world = world_of(*SELF_SERVICE, deny("iam:CreateVirtualMFADevice", "arn:aws:iam::*:mfa/root-account-mfa-device"))
    found = flow(world, "enrol-first-device", "console", "virtual-any-name")
    assert found.result == "blocked"
    assert found.trace[0].resource == "arn:aws:iam::123456789012:mfa/root-account-mfa-device"


def test_a_fido_only_policy_enrols_fido_devices_and_no_others() -> None:
    registering = {"StringEquals": {"iam:RegisterSecurityKey": ["Create", "Activate"]}}
    world = world_of(allow("iam:EnableMFADevice", OWN, Condition=registering))
    assert flow(world, "enrol-first-device", "console", "fido").result == "works"
    assert flow(world, "enrol-first-device", "console", "hardware").result == "blocked"
    assert flow(world, "enrol-first-device", "console", "virtual-any-name").result == "blocked"


def test_a_fido_device_of_unknown_certification_depends_on_it() -> None:
    world = world_of(
        allow("iam:EnableMFADevice", OWN, Condition={"StringEquals": {"iam:RegisterSecurityKey": "Create"}}),
        allow(
            "iam:EnableMFADevice",
            OWN,
            Condition={"StringEquals": {"iam:RegisterSecurityKey": "Activate", "iam:FIDO-certification": "L2"}},
        ),
    )
    found = flow(world, "enrol-first-device", "console", "fido")
    assert (found.result, found.assumption) == ("depends", None)
    assert found.detail == "hangs on `iam:FIDO-certification`, whose value was not told"
    assert short(found.trace) == ["Enable[console]", "Enable[console]!"]
    assert found.refused is not None and found.refused.message is None


def test_names_that_cannot_be_counted_in_time_leave_the_flow_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    def counted(bundle: Bundle, subject: Subject, **more: object) -> None:
        assert device_names(bundle, subject, limit=0) is None

    monkeypatch.setattr(world_module, "device_names", counted)
    world = world_of(allow("iam:CreateVirtualMFADevice", "arn:aws:iam::*:mfa/a*b"), allow("iam:EnableMFADevice", OWN))
    found = flow(world, "enrol-first-device", "console", "virtual-any-name")
    assert (found.result, found.trace) == ("not_decided", ())
    assert found.detail is not None and "too many device names" in found.detail
    assert flow(world, "enrol-first-device", "console", "virtual-own-name").result == "blocked"
    assert other_name(world) == "first-phone"


def test_a_name_that_a_policy_writes_out_is_not_given_to_the_device_that_is_there() -> None:
    world = world_of(*SELF_SERVICE, deny("iam:CreateVirtualMFADevice", "arn:aws:iam::*:mfa/first-phone"))
    assert other_name(world) == "first-phone-2"


# Sessions and work


def test_a_session_can_be_had_with_a_code_and_never_with_fido() -> None:
    world = loaded("story-2-required-only.json")
    for device in ("virtual-any-name", "hardware"):
        found = flow(world, "get-session", "long-term-key", device)
        assert (found.result, short(found.trace)) == ("works", ["Session[long-term-key]"])
    fido = flow(world, "get-session", "long-term-key", "fido")
    assert fido.result == "blocked"
    assert fido.refused is not None and fido.refused.by is not None
    assert fido.refused.by.platform == "fido-cannot-be-used-with-sts"


def test_a_deny_of_get_session_token_counts_only_if_it_is_assumed_to() -> None:
    assert flow(loaded("aws-p1.json"), "get-session", "long-term-key", "hardware").result == "works"
    honoured = loaded("aws-p1.json", deny_get_session_token="honoured")
    blocked = flow(honoured, "get-session", "long-term-key", "hardware")
    assert blocked.result == "blocked"
    assert blocked.refused is not None and blocked.refused.by is not None
    assert blocked.refused.by.statement_sid == "BlockMostAccessUnlessSignedInWithMFA"
    assert (
        flow(
            loaded("aws-p2.json", deny_get_session_token="honoured"), "get-session", "long-term-key", "hardware"
        ).result
        == "works"
    )


def test_a_deny_of_get_session_token_that_hangs_on_an_address_makes_the_session_depend() -> None:
    elsewhere = {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    world = world_of(
        deny("sts:GetSessionToken", Condition=elsewhere), assumptions=chosen(deny_get_session_token="honoured")
    )
    found = flow(world, "get-session", "long-term-key", "hardware")
    assert (found.result, found.detail) == ("depends", "hangs on `aws:SourceIp`, whose value was not told")


def test_what_the_user_works_on_is_granted_elsewhere() -> None:
    found = flow(loaded("aws-p2.json"), "work-with-mfa", "token-mfa")
    assert found.result == "not_decided"
    assert found.detail is not None and found.detail.startswith("nothing denies it once MFA was shown")


def test_work_with_mfa_works_where_it_is_granted_and_not_where_it_is_denied_all_the_same() -> None:
    assert flow(world_of(allow("*")), "work-with-mfa", "console-mfa").result == "works"
    by_grant = allow("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    assert flow(world_of(by_grant), "work-with-mfa", "token-mfa").result == "works"
    turned = deny("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    assert flow(world_of(allow("*"), turned), "work-with-mfa", "token-mfa").result == "blocked"


def test_an_mfa_session_has_just_begun_unless_its_age_is_told() -> None:
    old = deny("*", Condition={"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "3600"}})
    assert flow(world_of(allow("*"), old), "work-with-mfa", "token-mfa").result == "works"
    told = world_of(allow("*"), old, context={"aws:MultiFactorAuthAge": "7200"})
    assert flow(told, "work-with-mfa", "token-mfa").result == "blocked"
    assert flow(told, "list-own-devices", "long-term-key").result == "blocked", "a key has no age, whatever is told"
    claimed = world_of(allow("*"), deny("*", Condition=WITHOUT_MFA), context={"aws:MultiFactorAuthPresent": "true"})
    assert flow(claimed, "list-own-devices", "console").result == "blocked", "MFA is shown, not told"


def test_what_a_boundary_withholds_no_other_file_supplies() -> None:
    boundary = policy_of(allow("iam:*"))
    world = World(Bundle([policy_of(allow("s3:*"))], boundary=boundary), Subject.of("alice"))
    assert flow(world, "work-with-mfa", "token-mfa").result == "blocked"
    assert flow(world, "list-own-devices", "console").result == "not_decided"
    narrow = World(Bundle([policy_of(allow("*"))], boundary=boundary), Subject.of("alice"))
    work = flow(narrow, "work-with-mfa", "token-mfa").refused
    assert work is not None and work.message is not None and "no permissions boundary" in work.message


# Further devices


def test_a_second_device_needs_a_session_with_the_first_since_2023() -> None:
    found = flow(loaded("story-3-repaired.jsonc"), "enrol-second-device", "long-term-key", "virtual-any-name")
    assert (found.result, short(found.trace)) == (
        "works", ["Session[long-term-key]", "Create[token-mfa]", "Enable[token-mfa]"],
    )  # fmt: skip
    before = loaded("story-3-repaired.jsonc", platform="2022-11")
    found = flow(before, "enrol-second-device", "long-term-key", "virtual-any-name")
    assert short(found.trace) == ["Create[long-term-key]", "Enable[long-term-key]"]


def test_a_second_device_of_any_kind_is_enrolled_in_a_console_session_with_mfa() -> None:
    world = loaded("aws-p3.json")
    for device in ("virtual-any-name", "virtual-own-name", "hardware", "fido"):
        found = flow(world, "enrol-second-device", "console-mfa", device)
        assert found.result == "works"
        assert {call.credential for call in found.trace} == {"console-mfa"}


def test_a_device_out_of_sync_gives_no_session_so_resync_must_do_without() -> None:
    for credential in ("long-term-key", "console"):
        found = flow(loaded("aws-p4.json"), "resync-device", credential, "hardware")
        assert (found.result, short(found.trace)) == ("works", [f"Resync[{credential}]"])
    guarded = world_of(*SELF_SERVICE, deny("iam:ResyncMFADevice", Condition=WITHOUT_MFA))
    found = flow(guarded, "resync-device", "long-term-key", "virtual-any-name")
    assert (found.result, short(found.trace)) == ("blocked", ["Resync[long-term-key]!"])


def test_removing_a_device_shows_it_first() -> None:
    world = loaded("story-2-required-only.json")
    for device in ("virtual-any-name", "virtual-own-name", "hardware"):
        found = flow(world, "remove-device", "long-term-key", device)
        assert (found.result, short(found.trace)) == ("works", ["Session[long-term-key]", "Deactivate[token-mfa]"])
    assert flow(world, "remove-device", "console-mfa", "fido").result == "works"


def test_a_key_alone_removes_no_fido_device_since_2023() -> None:
    found = flow(loaded("story-2-required-only.json"), "remove-device", "long-term-key", "fido")
    assert (found.result, short(found.trace)) == ("blocked", ["Deactivate[long-term-key]!"])
    assert found.refused is not None and found.refused.by is not None
    assert found.refused.by.platform == "own-device-needs-existing-mfa"
    assert found.refused.message is not None and found.refused.message.startswith("To complete this action")
    before = loaded("story-2-required-only.json", platform="2022-11")
    assert flow(before, "remove-device", "long-term-key", "fido").result == "works"


# An interrupted enrolment


def test_an_abandoned_device_blocks_its_name_where_it_cannot_be_deleted() -> None:
    for device in ("virtual-any-name", "virtual-own-name"):
        blocked = flow(loaded("aws-p1.json"), "retry-abandoned-enrolment", "long-term-key", device)
        assert (blocked.result, short(blocked.trace)) == ("blocked", ["Delete[long-term-key]!"])
        works = flow(loaded("story-3-repaired.jsonc"), "retry-abandoned-enrolment", "long-term-key", device)
        assert short(works.trace) == ["Delete[long-term-key]", "Create[long-term-key]", "Enable[long-term-key]"]


def test_whether_the_console_clears_an_abandoned_device_away_is_not_settled() -> None:
    found = flow(loaded("aws-p1.json"), "retry-abandoned-enrolment", "console", "virtual-any-name")
    assert (found.result, found.assumption) == ("depends", "console-deletes-unassigned")
    assert short(found.trace) == ["Delete[console]!"]
    assert found.detail is not None
    assert found.detail.endswith("with `yes` it works, with `no` it is refused")
    for value, result in (("yes", "works"), ("no", "blocked")):
        assumed = loaded("aws-p1.json", console_deletes_unassigned=value)
        assert flow(assumed, "retry-abandoned-enrolment", "console", "virtual-any-name").result == result
    other = flow(loaded("story-3-repaired.jsonc"), "retry-abandoned-enrolment", "console", "virtual-any-name")
    assert other.result == "works", "it makes no difference where the user may delete the device himself"


# Passwords and lists


def test_the_account_s_setting_may_grant_what_no_policy_does() -> None:
    found = flow(loaded("aws-p1.json"), "change-own-password", "token-mfa")
    assert (found.result, found.assumption, found.detail) == ("depends", None, PASSWORD_SETTING)
    assert flow(loaded("aws-p1.json"), "change-own-password", "console").result == "blocked"
    assert flow(loaded("aws-p2.json"), "change-own-password", "token-mfa").result == "works"
    elsewhere = world_of(allow("iam:ChangePassword", "arn:aws:iam::*:user/somebody/*"))
    assert flow(elsewhere, "change-own-password", "console").result == "depends"


def test_a_deny_of_changing_the_password_that_hangs_on_an_address_depends_on_it() -> None:
    elsewhere = {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    world = world_of(allow("iam:ChangePassword"), deny("iam:ChangePassword", Condition=elsewhere))
    found = flow(world, "change-own-password", "console")
    assert (found.result, found.detail) == ("depends", "hangs on `aws:SourceIp`, whose value was not told")


@pytest.mark.parametrize("credential", ["long-term-key", "token-mfa", "console", "console-mfa"])
def test_the_own_devices_can_be_listed_under_aws_s_pages(credential: str) -> None:
    assert flow(loaded("aws-p1.json"), "list-own-devices", credential).result == "works"


def test_an_address_that_is_told_settles_what_hangs_on_it() -> None:
    elsewhere = {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    statements = (*SELF_SERVICE, deny("iam:ListMFADevices", Condition=elsewhere))
    assert flow(world_of(*statements), "list-own-devices", "console").result == "depends"
    for address, result in (("192.0.2.9", "works"), ("198.51.100.9", "blocked")):
        told = world_of(*statements, context={"aws:SourceIp": address})
        assert flow(told, "list-own-devices", "console").result == result


def test_what_is_refused_wherever_the_user_is_does_not_depend() -> None:
    elsewhere = {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    here = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    world = world_of(allow("s3:*"), deny("iam:ListMFADevices", Condition=elsewhere), deny("s3:*", Condition=here))
    assert flow(world, "list-own-devices", "console").result == "not_decided"
