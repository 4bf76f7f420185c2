"""An account collected over HTTP from a sandbox: it is what the sandbox would have saved, or says what is missing."""

from __future__ import annotations

import json
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.agreement.populated import give, organize, populate
from tests.agreement.signed_calls import Wire
from tests.unit.gateway.collecting import Time, as_told, caller_of, collected
from tests.unit.sandbox.random_state import random_state

from iamfa.account import snapshot
from iamfa.account.entities import ROOT_USER, AccessKey, Device, LoginProfile, User
from iamfa.account.not_read import PARTS
from iamfa.account.snapshot_read import organization_in
from iamfa.gateway.collect import collect
from iamfa.gateway.collect_assembled import Collected
from iamfa.gateway.collect_calls import Calls, Progress, Reading
from iamfa.gateway.collect_organization import read_organization
from iamfa.gateway.faults import AccessDeniedError, CredentialsError, UnreachableError
from iamfa.sandbox.embedded import Sandbox
from iamfa.sandbox.faults import Fault
from iamfa.sandbox.live import State, add_account
from iamfa.sandbox.saved import save

ARN = "arn:aws:iam::123456789012"
ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@pytest.fixture(scope="module")
def time() -> Time:
    return Time()


@pytest.fixture(scope="module")
def running(time: Time) -> Iterator[Sandbox]:
    with Sandbox(seed=5, services=False, now=time.now) as box:
        yield box


@pytest.fixture
def box(running: Sandbox) -> Iterator[Sandbox]:
    """An account with nobody but its administrator, and nothing that goes wrong."""
    running.reset()
    yield running
    running.faults.faults.clear()
    running.faults.limit(None)


def deny(box: Sandbox, *actions: str) -> None:
    """A user `caller` who may do everything but this."""
    give(box, [ALLOW, {"Effect": "Deny", "Action": list(actions), "Resource": "*"}])


def add(state: State, *names: str, keys: bool = False, passwords: bool = False, tokens: bool = False) -> None:
    """Users with what is asked for."""
    account, now = state.account, state.clock.now()
    for name in names:
        account.users[name] = User(name, "/", state.ids.unique("AIDA"), f"{ARN}:user/{name}", now)
        if keys or name == "caller":
            key = AccessKey(state.ids.access_key(), name, "Active", now)
            account.access_keys[key.id] = key
        if passwords:
            account.login_profiles[name] = LoginProfile(name, now)
        if tokens:
            account.devices[f"GAHT-{name}"] = Device(f"GAHT-{name}", "hardware", name, now)


def with_caller(box: Sandbox) -> None:
    """A user `caller` who has a key that can be used."""
    client = caller_of(box)
    client.call("iam", "CreateUser", UserName="caller")
    client.call("iam", "CreateAccessKey", UserName="caller")
    give(box, [ALLOW])


def noted(found: Any) -> dict[tuple[str, str], str]:
    """Why what was not read was not."""
    return {(each.part, each.about): each.reason for each in found.not_read}


@pytest.mark.parametrize("seed", range(8))
def test_a_collected_account_is_what_the_sandbox_would_save(box: Sandbox, time: Time, seed: int) -> None:
    state = random_state(seed)
    state.account.report, state.organization = None, None
    state.clock.restore(timedelta(), None)
    for serial, device in state.account.devices.items():
        # AWS knows of whatever is somebody's since when it is.
        state.account.devices[serial] = replace(device, enabled=device.enabled or state.clock.now())
    box.restore(save(state))
    time.wait(state.lag.seconds)
    found = collected(box, time, every_key=True)
    assert as_told(found.snapshot) == as_told(box.snapshot())
    assert {each.part for each in found.not_read} <= {"policies", "mfa_devices", "access_keys"}
    assert all(each.about for each in found.not_read)
    read = snapshot.read(json.loads(json.dumps(found.snapshot)))
    assert read[0].devices == found.account.devices
    assert read[2] == [str(each) for each in found.not_read]


def test_a_populated_account_takes_few_calls_and_nothing_of_it_is_missing(box: Sandbox, time: Time) -> None:
    with Wire(box.endpoint_url) as wire:
        populate(box, wire)
        ids = organize(box, wire)
    told: list[Progress] = []
    found = collected(box, time, tell=told.append)
    assert as_told(found.snapshot) == as_told(box.snapshot())
    assert {each.part for each in found.not_read} == {"inactive_access_keys"}
    assert {each.part for each in told} <= set(PARTS)
    # Bob has a virtual device, a token and a passkey: the count of devices gives the other two away.
    assert {each.kind for each in found.account.devices.values() if each.user == "bob"} == {
        "virtual", "hardware", "fido",
    }  # fmt: skip
    assert (found.operations["iam:ListMFADevices"], found.operations["iam:ListAccessKeys"]) == (1, 3)
    assert "iam:GetLoginProfile" not in found.operations
    assert found.calls == sum(found.operations.values()) == 10 + 1 + 3 + 6
    organization = found.organization
    assert organization is not None
    assert (organization.id, organization.way_to("123456789012")) == (
        ids["organization"], (ids["root"], "123456789012"),
    )  # fmt: skip


def test_the_way_to_an_account_is_read_with_its_units_and_policies(box: Sandbox, time: Time) -> None:
    with Wire(box.endpoint_url) as wire:
        ids = organize(box, wire)
    # The management account moves below a unit, which has a policy of its own.
    caller_of(box).call(
        "organizations", "MoveAccount",
        AccountId="123456789012", SourceParentId=ids["root"], DestinationParentId=ids["unit"],
    )  # fmt: skip
    organization = collected(box, time).organization
    whole = box.call(lambda state: state.organization)
    assert organization is not None
    assert whole is not None
    assert organization.way_to("123456789012") == whole.way_to("123456789012")
    assert organization.units[ids["unit"]] == whole.units[ids["unit"]]
    assert organization.policies[ids["policy"]].text == whole.policies[ids["policy"]].text
    assert organization.enabled == whole.enabled
    assert {target: organization.attached[target] for target in organization.attached} == {
        target: whole.attached[target] for target in organization.way_to("123456789012")
    }


def test_control_policies_that_a_member_may_not_read_are_unknown_and_not_none(box: Sandbox, time: Time) -> None:
    with Wire(box.endpoint_url) as wire:
        ids = organize(box, wire)

    def be_a_member(state: State) -> None:
        assert state.organization is not None
        add_account(state, "999999999999", "aws")
        own = state.organization.members["123456789012"]
        state.organization = replace(
            state.organization,
            management_account="999999999999",
            members={**state.organization.members, "999999999999": replace(own, id="999999999999")},
        )

    box.call(be_a_member)
    found = collected(box, time)
    reason = noted(found)["organization", ""]
    assert reason.startswith("organizations:ListRoots: AccessDeniedException")
    assert ids["organization"] in reason
    assert "999999999999" in reason
    assert found.organization is None
    assert found.snapshot["organization"] is None


def test_whoever_may_reads_the_way_to_another_account_of_the_organization(box: Sandbox, time: Time) -> None:
    with Wire(box.endpoint_url) as wire:
        ids = organize(box, wire)
    caller = caller_of(box)
    calls = Calls(lambda service: caller, now=time.now, wait=time.wait, tell=lambda progress: None)
    read = Reading(calls, {})
    for _ in range(2):
        # The management account stands below the same unit the second time.
        read_organization(read, ids["member"])
        organization = organization_in(read.value["organization"])
        assert organization is not None
        assert organization.way_to(ids["member"]) == (ids["root"], ids["unit"], ids["member"])
        assert [policy.name for policy in organization.levels(ids["member"], "SERVICE_CONTROL_POLICY")[1]] == [  # type: ignore[index]  # it bears on members
            "FullAWSAccess",
            "held",
        ]
        if organization.members["123456789012"].parent == ids["root"]:
            move = {"SourceParentId": ids["root"], "DestinationParentId": ids["unit"]}
            caller.call("organizations", "MoveAccount", AccountId="123456789012", **move)
    assert organization.members["123456789012"].parent == ids["unit"]


def test_every_refused_call_is_noted_and_the_rest_is_read(box: Sandbox, time: Time) -> None:
    with_caller(box)
    box.call(lambda state: add(state, *"abcdef", keys=True, passwords=True, tokens=True))
    deny(
        box, "iam:GetAccountSummary", "iam:ListVirtualMFADevices", "iam:*CredentialReport", "iam:ListRoles",
        "iam:GetAccountPasswordPolicy", "iam:ListAccountAliases", "iam:ListMFADevices", "iam:ListAccessKeys",
        "iam:GetLoginProfile",
    )  # fmt: skip
    found = collected(box, time, user="caller")
    parts = {each.part for each in found.not_read}
    assert parts == set(PARTS) - {"authorization_details", "policies", "inactive_access_keys", "organization"}
    for part in sorted(parts):
        assert "AccessDenied" in noted(found)[part, ""], part
    assert len(found.account.users) == 8
    assert found.snapshot["credential_report"] == []
    # After three refusals nobody else is asked about.
    assert found.operations["iam:ListAccessKeys"] == found.operations["iam:GetLoginProfile"] == 3
    assert snapshot.read(found.snapshot)[2] == [str(each) for each in found.not_read]


def test_a_user_whom_alone_one_may_not_read_is_noted_alone(box: Sandbox, time: Time) -> None:
    with_caller(box)
    box.call(lambda state: add(state, "alice", "bob", keys=True))
    give(box, [ALLOW, {"Effect": "Deny", "Action": "iam:ListAccessKeys", "Resource": f"{ARN}:user/alice"}])
    found = collected(box, time, user="caller")
    assert [about for part, about in noted(found) if part == "access_keys"] == ["user/alice"]
    assert {key.user for key in found.account.access_keys.values()} == {"administrator", "caller", "bob"}


def test_where_the_details_are_refused_the_report_still_names_the_users(box: Sandbox, time: Time) -> None:
    with_caller(box)
    box.call(lambda state: add(state, "alice", keys=True, passwords=True))
    deny(box, "iam:GetAccountAuthorizationDetails")
    found = collected(box, time, user="caller")
    assert "AccessDenied" in noted(found)["authorization_details", ""]
    assert sorted(found.account.users) == ["administrator", "alice", "caller"]
    assert found.account.users["alice"].attached == ()
    assert list(found.account.login_profiles) == ["alice"]
    deny(box, "iam:GetAccountAuthorizationDetails", "iam:*CredentialReport")
    with pytest.raises(AccessDeniedError, match="GetAccountAuthorizationDetails"):
        collected(box, time, user="caller")


def test_a_report_of_somebody_else_is_taken_where_none_may_be_made(box: Sandbox, time: Time) -> None:
    with_caller(box)
    deny(box, "iam:GenerateCredentialReport")
    assert "GenerateCredentialReport" in noted(collected(box, time, user="caller"))["credential_report", ""]
    caller_of(box).call("iam", "GenerateCredentialReport")
    found = collected(box, time, user="caller")
    assert "credential_report" not in {each.part for each in found.not_read}
    assert found.snapshot["credential_report_at"] is not None


def test_users_that_are_younger_than_the_report_are_asked_about_one_by_one(box: Sandbox, time: Time) -> None:
    box.call(lambda state: add(state, "gone"))
    collected(box, time)
    box.call(lambda state: state.account.users.pop("gone"))
    box.call(lambda state: add(state, "young", keys=True, passwords=True, tokens=True))
    found = collected(box, time)
    assert set(noted(found)) >= {("credential_report", "user/young"), ("authorization_details", "user/gone")}
    assert {device.user for device in found.account.devices.values()} == {"young"}
    assert [key.last_used for key in found.account.access_keys.values() if key.user == "young"] == [None]
    assert found.account.login_profiles["young"].created is not None
    assert {"iam:GetLoginProfile", "iam:GetAccessKeyLastUsed"} <= set(found.operations)


def test_the_last_use_of_a_key_that_cannot_be_asked_is_noted(box: Sandbox, time: Time) -> None:
    collected(box, time)
    box.call(lambda state: add(state, "young", keys=True))
    box.faults.faults.append(Fault.parse("iam:GetAccessKeyLastUsed=failure"))
    found = collected(box, time)
    (key,) = (key.id for key in found.account.access_keys.values() if key.user == "young")
    assert "ServiceFailure" in noted(found)["access_keys", f"key/{key}"]


def test_a_user_deleted_meanwhile_is_noted(box: Sandbox, time: Time) -> None:
    box.call(lambda state: add(state, "alice", keys=True, tokens=True))

    def delete(progress: Progress) -> None:
        if progress.part == "authorization_details":
            box.call(lambda state: state.account.users.pop("alice", None))

    found = collected(box, time, tell=delete)
    assert "deleted while" in noted(found)["access_keys", "user/alice"]
    assert "deleted while" in noted(found)["mfa_devices", "user/alice"]
    assert "alice" in found.account.users


def test_what_only_the_root_user_can_list_is_noted(box: Sandbox, time: Time) -> None:
    def give_root(state: State) -> None:
        now = state.clock.now()
        state.account.devices["GAHT00000001"] = Device("GAHT00000001", "hardware", ROOT_USER, now)
        state.account.access_keys["AKIAROOT"] = AccessKey("AKIAROOT", ROOT_USER, "Active", now)

    box.call(give_root)
    found = collected(box, time)
    assert {("mfa_devices", "root"), ("access_keys", "root")} <= set(noted(found))
    phone = f"{ARN}:mfa/root-phone"
    box.call(
        lambda state: state.account.devices.update({phone: Device(phone, "virtual", ROOT_USER, state.clock.now())})
    )
    device = collected(box, time).account.devices[phone]
    assert (device.kind, device.user) == ("virtual", ROOT_USER)


def test_devices_that_the_account_counts_and_nobody_finds_are_noted(box: Sandbox, time: Time) -> None:
    box.call(lambda state: add(state, "alice", tokens=True))
    box.call(lambda state: state.account.devices.update(lost=Device("lost", "hardware", "nobody", state.clock.now())))
    assert "1 more than were found" in noted(collected(box, time))["mfa_devices", ""]


def test_a_text_of_which_json_values_would_lose_something_comes_as_it_is(box: Sandbox, time: Time) -> None:
    twice = '{"Version": "2012-10-17", "Statement": [], "Statement": [{"Effect": "Allow"}]}'
    box.call(lambda state: add(state, "alice"))
    box.call(
        lambda state: state.account.users.update(alice=replace(state.account.users["alice"], inline={"odd": twice}))
    )
    found = collected(box, time)
    assert found.account.users["alice"].inline == {"odd": twice}
    assert "this is no policy" in noted(found)["policies", "user/alice/odd"]


class WithoutPolicies:
    """A caller whose details leave out the managed policies, as AWS might of some."""

    def __init__(self, box: Sandbox) -> None:
        self._caller = caller_of(box)

    def call(self, service: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
        found = dict(self._caller.call(service, operation, **parameters))
        return {name: each for name, each in found.items() if name != "Policies"}


def test_policies_that_somebody_has_and_the_details_leave_out_are_asked_for(box: Sandbox, time: Time) -> None:
    client = caller_of(box)
    own = client.call(
        "iam",
        "CreatePolicy",
        PolicyName="own",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [ALLOW]}),
    )["Policy"]["Arn"]
    client.call("iam", "PutUserPermissionsBoundary", UserName="administrator", PermissionsBoundary=own)
    gone = f"{ARN}:policy/gone"
    box.call(lambda state: add(state, "alice"))
    box.call(lambda state: state.account.users.update(alice=replace(state.account.users["alice"], attached=(gone,))))
    caller = WithoutPolicies(box)
    found = collect(lambda service: caller, now=time.now, wait=time.wait, tell=lambda progress: None)
    assert sorted(found.account.policies) == [own, "arn:aws:iam::aws:policy/AdministratorAccess"]
    assert found.account.policies[own].text == box.call(lambda state: state.account.policies[own].text)
    assert "NoSuchEntity" in noted(found)["policies", gone]


@pytest.mark.parametrize("fault", ["iam:*=failure*2", "iam:*=lost*2", "iam:List*=unavailable*3", "*=throttle*4"])
def test_what_goes_wrong_for_a_while_is_tried_again(box: Sandbox, time: Time, fault: str) -> None:
    box.call(lambda state: add(state, "alice", keys=True, passwords=True, tokens=True))
    box.faults.faults.append(Fault.parse(fault))
    found = collected(box, time)
    assert [each.part for each in found.not_read] == []
    assert as_told(found.snapshot) == as_told(box.snapshot())


def test_a_throttled_account_is_read_slowly_and_wholly(box: Sandbox, time: Time) -> None:
    box.call(lambda state: add(state, *"abcdefghij", keys=True))
    box.faults.limit(2)
    began, told = time.now(), list[Progress]()
    found = collected(box, time, tell=told.append)
    assert as_told(found.snapshot) == as_told(box.snapshot())
    assert found.calls < 40
    assert any(each.waits for each in told)
    assert (time.now() - began).total_seconds() < 120


def test_what_keeps_going_wrong_is_noted(box: Sandbox, time: Time) -> None:
    for fault in ("iam:ListRoles=failure", "iam:ListVirtualMFADevices=throttle", "organizations:*=lost"):
        box.faults.faults.append(Fault.parse(fault))
    found = collected(box, time)
    assert {each.part for each in found.not_read} == {"roles", "mfa_devices", "organization"}
    assert "Throttling" in noted(found)["mfa_devices", ""]


def test_a_report_that_is_being_made_is_waited_for(box: Sandbox, time: Time) -> None:
    box.call(lambda state: setattr(state.lag, "seconds", 7.0))
    began = time.now()
    found = collected(box, time)
    assert found.not_read == ()
    assert found.operations["iam:GetCredentialReport"] > 2
    assert (time.now() - began).total_seconds() > 7


def stop_at(part: str, kind: type[BaseException] = KeyboardInterrupt) -> Callable[[Progress], None]:
    """Somebody who has had enough at a part."""

    def tell(progress: Progress) -> None:
        if progress.part == part:
            raise kind

    return tell


def test_after_an_interrupt_what_was_read_is_not_read_again(box: Sandbox, time: Time, tmp_path: Path) -> None:
    box.call(lambda state: add(state, *"abc", keys=True))
    state = tmp_path / "state" / "collect"
    with pytest.raises(KeyboardInterrupt):
        collected(box, time, state=state, tell=stop_at("access_keys"))
    (kept,) = state.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    found = collected(box, time, state=state)
    assert as_told(found.snapshot) == as_told(box.snapshot())
    assert "iam:GetAccountAuthorizationDetails" not in found.operations
    assert found.operations["iam:ListAccessKeys"] == 3
    assert list(state.iterdir()) == []


def test_what_was_kept_is_read_again_after_some_minutes(box: Sandbox, time: Time, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        collected(box, time, state=tmp_path, tell=stop_at("access_keys"))
    later = Time()
    later.wait(sum(time.waited) + 16 * 60)
    assert "iam:GetAccountAuthorizationDetails" in collected(box, later, state=tmp_path).operations


def test_without_a_network_or_credentials_nothing_goes_on_and_what_was_read_stays(
    box: Sandbox, time: Time, tmp_path: Path
) -> None:
    for operation in ("GetAccountAuthorizationDetails", "ListRoles", "ListAccessKeys"):
        box.faults.faults.append(Fault.parse(f"iam:{operation}=lost"))
        with pytest.raises(UnreachableError):
            collected(box, time, state=tmp_path)
        box.faults.faults.clear()
    with_caller(box)

    def take_key(progress: Progress) -> None:
        box.call(lambda state: [state.account.access_keys.pop(key) for key in _keys_of(state, "caller")])

    with pytest.raises(CredentialsError):
        collected(box, time, user="caller", state=tmp_path, tell=take_key)
    assert len(list(tmp_path.iterdir())) == 2
    assert "iam:GetAccountAuthorizationDetails" not in collected(box, time, state=tmp_path).operations


def _keys_of(state: State, user: str) -> list[str]:
    return [key.id for key in state.account.access_keys.values() if key.user == user]


def test_the_number_of_calls_grows_with_the_keys_and_not_with_the_users(box: Sandbox, time: Time) -> None:
    box.call(lambda state: add(state, *(f"idle{n}" for n in range(300)), passwords=True))
    box.call(lambda state: add(state, *(f"busy{n}" for n in range(5)), keys=True))
    found = collected(box, time)
    assert found.calls == 10 + 1 + 5
    assert len(found.account.login_profiles) == 300
    every = collected(box, time, every_key=True)
    assert every.operations["iam:ListAccessKeys"] == 306


def test_a_snapshot_is_saved_for_its_owner_alone(box: Sandbox, time: Time, tmp_path: Path) -> None:
    found = collected(box, time)
    path = tmp_path / "account.json"
    found.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == found.snapshot
    with Sandbox(load=path, services=False) as again:
        assert again.call(lambda state: list(state.account.users)) == ["administrator"]


def test_wherever_it_is_stopped_it_goes_on_and_reads_each_page_once(
    box: Sandbox, time: Time, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iamfa.gateway.collect._LARGEST_PAGE", 3)
    box.call(lambda state: add(state, *"abcdef", keys=True, tokens=True))
    whole = collected(box, time)
    assert whole.operations["iam:GetAccountAuthorizationDetails"] == 3
    operations: Counter[str] = Counter()

    def collected_until(told: int) -> Collected | None:
        """What was collected, unless it is stopped when so much was told."""
        rest = iter(range(told))

        def tell(progress: Progress) -> None:
            if next(rest, None) is None:
                raise KeyboardInterrupt

        before = Counter(str(event["eventName"]) for event in box.events)
        try:
            return collected(box, time, state=tmp_path, tell=tell)
        except KeyboardInterrupt:
            return None
        finally:
            operations.update(Counter(str(event["eventName"]) for event in box.events) - before)

    found = next(each for told in range(50) if (each := collected_until(told)) is not None)
    assert as_told(found.snapshot) == as_told(whole.snapshot) == as_told(box.snapshot())
    assert operations["GetCallerIdentity"] > 10
    for name in ("GetAccountAuthorizationDetails", "ListAccessKeys", "ListMFADevices", "GetAccountSummary"):
        assert operations[name] == whole.operations[f"iam:{name}"], name
