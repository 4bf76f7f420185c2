"""The snapshot of an account: written, read, and what is refused with its place."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from iamfa.account import snapshot
from iamfa.account.details import SnapshotError
from iamfa.account.entities import (
    ROOT_USER,
    AccessKey,
    Account,
    Device,
    LoginProfile,
    ManagedPolicy,
    PasswordPolicy,
    PolicyVersion,
    User,
)
from iamfa.account.organization import ControlPolicy, Member, Organization, Unit

NUMBER = "123456789012"
ARN = f"arn:aws:iam::{NUMBER}"
MADE = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 12, 0, 0, 500, tzinfo=UTC)
GRANT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
TEXT = json.dumps(GRANT, indent=2)


def managed(arn: str, name: str) -> ManagedPolicy:
    return ManagedPolicy(arn, name, "/", "ANPA1", MADE, MADE, (PolicyVersion("v3", TEXT, MADE),), "v3", 5, None, ())


def account() -> Account:
    """A small account with a user who has a bit of everything."""
    own, used, unused = (f"{ARN}:policy/Own", "arn:aws:iam::aws:policy/Used", "arn:aws:iam::aws:policy/Unused")
    alice = User("alice", "/", "AIDA1", f"{ARN}:user/alice", MADE, inline={"in": TEXT}, attached=(used,))
    return Account(
        NUMBER,
        created=MADE,
        alias="acme",
        users={"alice": alice},
        policies={arn: managed(arn, arn.rpartition("/")[2]) for arn in (own, used, unused)},
        devices={
            f"{ARN}:mfa/phone": Device(f"{ARN}:mfa/phone", "virtual", "alice", MADE, MADE, (("k", "v"),)),
            "GAHT1": Device("GAHT1", "hardware", ROOT_USER, certifications={"FIDO": "L1"}),
            "loose": Device("loose", "virtual"),
        },
        access_keys={"AKIA1": AccessKey("AKIA1", "alice", "Active", MADE, None, LATER, "us-east-1", "iam")},
        login_profiles={"alice": LoginProfile("alice", MADE, True, LATER)},
        password_policy=PasswordPolicy(14, max_age_days=90, hard_expiry=False),
    )


def written() -> Any:
    return json.loads(json.dumps(snapshot.write(account(), organization(), LATER, not_read=["roles: AccessDenied"])))


def organization() -> Organization:
    return Organization(
        "o-1",
        "999999999999",
        "r-1",
        {
            NUMBER: Member(NUMBER, "name", "a@example.com", "ou-1", MADE),
            "999999999999": Member("999999999999", "main", "b@example.com", "r-1", MADE, invited=True),
        },
        {"ou-1": Unit("ou-1", "unit", "r-1")},
        {"p-1": ControlPolicy("p-1", "Full", "SERVICE_CONTROL_POLICY", TEXT, "words", True)},
        {"r-1": ("p-1",)},
        ("SERVICE_CONTROL_POLICY",),
    )


def test_what_was_written_reads_as_it_was() -> None:
    found, above, not_read = snapshot.read(written())
    expected = account()
    expected.policies = {arn: each for arn, each in expected.policies.items() if not arn.endswith("Unused")}
    for name in vars(expected):
        assert getattr(found, name) == getattr(expected, name), name
    assert above == organization()
    assert not_read == ["roles: AccessDenied"]


def test_it_holds_awss_names_and_policies_as_objects() -> None:
    found = written()
    assert (found["version"], found["account"], found["partition"]) == (1, NUMBER, "aws")
    assert found["taken_at"] == "2026-03-02T12:00:00.000500Z"
    (user,) = found["authorization_details"]["UserDetailList"]
    assert user["UserPolicyList"] == [{"PolicyName": "in", "PolicyDocument": GRANT}]
    assert user["CreateDate"] == "2026-03-01T12:00:00Z"
    assert found["mfa_devices"][0] == {
        "SerialNumber": "GAHT1",
        "UserName": "<root_account>",
        "kind": "hardware",
        "EnableDate": None,
        "CreateDate": None,
        "Tags": [],
        "Certifications": {"FIDO": "L1"},
    }
    assert found["mfa_devices"][2]["UserName"] is None
    assert found["access_keys"][0]["AccessKeyLastUsed"]["ServiceName"] == "iam"
    assert found["password_policy"]["MinimumPasswordLength"] == 14
    assert [row["user"] for row in found["credential_report"]] == ["<root_account>", "alice"]
    assert [policy["PolicyName"] for policy in found["authorization_details"]["Policies"]] == ["Own", "Used"]


def test_the_accounts_own_report_is_kept_where_one_was_read() -> None:
    found = snapshot.write(account(), None, LATER, report=[{"user": "alice", "mfa_active": "true"}])
    assert found["credential_report"] == [{"user": "alice", "mfa_active": "true"}]


def test_no_secret_stands_in_a_snapshot() -> None:
    assert "sandbox" not in written()


def test_when_a_password_was_used_is_taken_from_the_report_where_the_user_does_not_say() -> None:
    value = written()
    value["credential_report"] = [{"user": "alice", "password_last_used": "2026-03-02T12:00:00+00:00"}]
    assert snapshot.read(value)[0].users["alice"].password_last_used == LATER.replace(microsecond=0)


def test_documents_may_be_encoded_texts_as_aws_sends_them() -> None:
    value = written()
    (user,) = value["authorization_details"]["UserDetailList"]
    user["UserPolicyList"][0]["PolicyDocument"] = quote(TEXT, safe="")
    assert snapshot.read(value)[0].users["alice"].inline["in"] == TEXT


def test_the_least_of_a_snapshot_is_enough_and_unknown_fields_are_left_alone() -> None:
    found, above, not_read = snapshot.read(
        {"version": 1, "account": NUMBER, "authorization_details": {"Shoes": 7}, "weather": [None, 1.5]}
    )
    assert (found.number, found.partition, found.users, above, not_read) == (NUMBER, "aws", {}, None, [])


def test_instance_profiles_are_read_from_their_roles_too() -> None:
    value = written()
    profile = {"InstanceProfileName": "job", "Arn": f"{ARN}:instance-profile/job", "CreateDate": "2026-03-01T12:00:00Z"}
    role: dict[str, Any] = {"RoleName": "job", "Arn": f"{ARN}:role/job", "CreateDate": "2026-03-01T12:00:00Z"}
    role |= {"AssumeRolePolicyDocument": GRANT}
    roles = [{**role, "InstanceProfileList": [{**profile, "Roles": [role]}]}]
    value["authorization_details"]["RoleDetailList"] = roles
    assert snapshot.read(value)[0].instance_profiles["job"].roles == ("job",)


def put(value: Any, place: str, new: Any) -> None:
    """Put a value at a place such as `mfa_devices.0.kind`; `...` takes it out."""
    *way, last = [int(part) if part.isdecimal() and len(part) < 4 else part for part in place.split(".")]
    for part in way:
        value = value[part]
    if new is ...:
        del value[last]
    else:
        value[last] = new


USER = "authorization_details.UserDetailList.0"
POLICY = "authorization_details.Policies.0"
DEEP: list[Any] = []
for _ in range(5000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("place", "new", "message"),
    [
        ("version", 2, "`$` has another `version`"),
        ("version", True, "`$` has another `version`"),
        ("version", 1.0, "`$` has another `version`"),
        ("version", ..., "`$` has no `version`"),
        ("account", "12", "`$.account` is `12`, and an account's number has twelve digits"),
        ("account", ..., "`$` has no `account`"),
        ("account", None, "`$` has null as its `account`"),
        ("partition", "aws-moon", "`$.partition` is `aws-moon`"),
        ("partition", "aws-cn", "in this account it would be `arn:aws-cn:iam::"),
        ("taken_at", "today", "`$.taken_at` is `today`, which is no time"),
        ("taken_at", "0001-01-01T00:00:00Z", "no account has seen that year"),
        ("alias", "", "`$.alias` is an empty text, and must be a text"),
        ("authorization_details", [], "`$.authorization_details` is a list, and must be an object"),
        (USER, "alice", "`$.authorization_details.UserDetailList[0]` is a text, and must be an object"),
        (f"{USER}.UserName", 7, "UserDetailList[0].UserName` is a number, and must be a text"),
        (f"{USER}.UserId", 7, "UserDetailList[0].UserId` is a number, and must be a text"),
        (f"{USER}.UserName", "al*ce", "is named as IAM lets nobody name it"),
        (f"{USER}.Path", "team", "is named as IAM lets nobody name it"),
        (f"{USER}.Path", "/team/", "in this account it would be"),
        (f"{USER}.Arn", "alice", "UserDetailList[0].Arn` is no ARN"),
        (f"{USER}.UserPolicyList.0.PolicyDocument", 5, "and must be a policy: an object, or the text of one"),
        (f"{USER}.GroupList", {}, "GroupList` is an object, and must be a list"),
        (f"{USER}.GroupList", ["ghosts"], "the user `alice` is in the group `ghosts`, which is not there"),
        (f"{POLICY}.DefaultVersionId", "v9", "Policies[0]`: the policy"),
        (f"{POLICY}.PolicyVersionList", [], "has no version"),
        (f"{POLICY}.PolicyVersionList.0.VersionId", "three", "`three` is no version of a policy"),
        ("mfa_devices.0.kind", "wooden", "`$.mfa_devices[0].kind` is `wooden`, and must be one of `virtual`"),
        ("mfa_devices.0.kind", 1, "`$.mfa_devices[0].kind` is a number, and must be one of"),
        ("mfa_devices.0.UserName", "ghost", "the MFA device `GAHT1` belongs to the user `ghost`, who is not there"),
        ("mfa_devices.1.SerialNumber", "GAHT1", "`$.mfa_devices[1]` is a second `GAHT1`"),
        ("mfa_devices.0.Certifications", [], "Certifications` is a list, and must be an object"),
        ("access_keys.0.UserName", "ghost", "the access key `AKIA1` belongs to"),
        ("login_profiles.0.PasswordResetRequired", "no", "is a text, and must be true or false"),
        ("password_policy.MaxPasswordAge", True, "MaxPasswordAge` is a flag, and must be a whole number"),
        ("password_policy.MaxPasswordAge", 2**70, "is a number that is too large"),
        ("password_policy.MaxPasswordAge", float("inf"), "is no number"),
        ("organization.MasterAccountId", "111111111111", "which is not among its accounts"),
        ("organization.Accounts.0.ParentId", "ou-9", "has no way from the account `123456789012` to the root"),
        ("organization.OrganizationalUnits.0.ParentId", "ou-1", "`ou-1` leads nowhere"),
        ("organization.Attachments", {"r-1": ["p-9"]}, "has `p-9` at `r-1`, and there is no such policy"),
        ("weather", DEEP, "is nested more than 100 deep"),
        ("weather", "\ud800", "holds half a character"),
        ("weather", {1: 2}, "has a key that is no text"),
        ("weather", b"", "is of the type `bytes`, which JSON has not"),
        ("authorization_details.RoleDetailList", [{"RoleName": "job"}], "RoleDetailList[0]` has no `Arn`"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(place: str, new: Any, message: str) -> None:
    value = written()
    put(value, place, new)
    with pytest.raises(SnapshotError) as caught:
        snapshot.read(value)
    assert message in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("value", [None, [], "text", 1, True])
def test_what_is_no_object_is_no_snapshot(value: Any) -> None:
    with pytest.raises(SnapshotError, match=r"`\$` is no object"):
        snapshot.read(value)


def test_a_role_of_an_instance_profile_must_be_there() -> None:
    value = written()
    value["instance_profiles"] = [
        {
            "InstanceProfileName": "job",
            "Arn": f"{ARN}:instance-profile/job",
            "CreateDate": "2026-03-01T12:00:00Z",
            "Roles": [{"RoleName": "ghost"}],
        }
    ]
    with pytest.raises(SnapshotError, match="has the role `ghost`, which is not there"):
        snapshot.read(value)


def test_a_role_that_says_whom_it_trusts_has_a_trust_policy() -> None:
    value = written()
    role = {
        "RoleName": "job",
        "Arn": f"{ARN}:role/job",
        "CreateDate": "2026-03-01T12:00:00Z",
        "AssumeRolePolicyDocument": {"Statement": 7},
        "TrustedPrincipals": [{"Arn": f"{ARN}:user/alice", "Id": "AIDA1"}],
    }
    value["authorization_details"]["RoleDetailList"] = [role]
    with pytest.raises(SnapshotError, match="the trust policy of the role `job` is none"):
        snapshot.read(value)


def test_a_snapshot_that_is_read_is_left_as_it_was() -> None:
    value = written()
    before = deepcopy(value)
    snapshot.read(value)
    assert value == before
