"""Managed policies attached to users and groups; to roles they are attached by the same code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.sandbox.direct import ADMINISTRATOR, NUMBER, START, Direct

from iamfa.account.entities import Role
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.attachments import attached_policies, attached_to, detached_from

DOCUMENT = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}]}'
READ = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
VIEW = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"


@pytest.fixture
def box() -> Direct:
    box = Direct()
    box.user("alice", path="/eu/")
    box.call("CreateGroup", GroupName="developers", Path="/eu/")
    return box


def owner(kind: str) -> dict[str, str]:
    return {"UserName": "alice"} if kind == "User" else {"GroupName": "developers"}


def refusal(box: Direct, operation: str, **parameters: Any) -> tuple[str, int, str]:
    with pytest.raises(ApiError) as raised:
        box.call(operation, **parameters)
    return raised.value.code, raised.value.status, raised.value.message


def allow(action: str, resource: str, **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}
    return {"Version": "2012-10-17", "Statement": statement}


@pytest.mark.parametrize("kind", ["User", "Group"])
def test_a_policy_is_attached_listed_and_detached(box: Direct, kind: str) -> None:
    whose = owner(kind)
    for arn in (VIEW, READ, READ):
        box.call(f"Attach{kind}Policy", PolicyArn=arn, **whose)
    page = box.call(f"ListAttached{kind}Policies", MaxItems=1, **whose)
    assert page["AttachedPolicies"] == [{"PolicyName": "IAMReadOnlyAccess", "PolicyArn": READ}] and page["IsTruncated"]
    rest = box.call(f"ListAttached{kind}Policies", Marker=page["Marker"], **whose)
    assert rest["AttachedPolicies"] == [{"PolicyName": "ViewOnlyAccess", "PolicyArn": VIEW}]
    found = box.call(f"ListAttached{kind}Policies", PathPrefix="/job-function/", **whose)
    assert [each["PolicyArn"] for each in found["AttachedPolicies"]] == [VIEW]
    box.call(f"Detach{kind}Policy", PolicyArn=VIEW, **whose)
    assert refusal(box, f"Detach{kind}Policy", PolicyArn=VIEW, **whose) == (
        "NoSuchEntity",
        404,
        f"Policy {VIEW} was not found.",
    )


@pytest.mark.parametrize("kind", ["User", "Group"])
def test_what_is_named_must_exist(box: Direct, kind: str) -> None:
    missing = "arn:aws:iam::aws:policy/NotInTheSandbox"
    expected = ("NoSuchEntity", 404, f"Policy {missing} does not exist or is not attachable.")
    assert refusal(box, f"Attach{kind}Policy", PolicyArn=missing, **owner(kind)) == expected
    nobody = {f"{kind}Name": "nobody"}
    expected = ("NoSuchEntity", 404, f"The {kind.lower()} with name nobody cannot be found.")
    for operation in ("Attach", "Detach"):
        assert refusal(box, f"{operation}{kind}Policy", PolicyArn=missing, **nobody) == expected
    assert refusal(box, f"ListAttached{kind}Policies", **nobody) == expected


@pytest.mark.parametrize("operation", ["AttachUserPolicy", "DetachUserPolicy"])
def test_the_arn_of_a_policy_must_be_one(box: Direct, operation: str) -> None:
    for arn in ("IAMReadOnlyAccess-of-AWS", "arn:aws:iam::aws:role/IAMReadOnlyAccess"):
        expected = ("InvalidInput", 400, f"ARN {arn} is not valid.")
        assert refusal(box, operation, UserName="alice", PolicyArn=arn) == expected
    expected = ("ValidationError", 400, "Invalid ARN partition")
    assert refusal(box, operation, UserName="alice", PolicyArn=READ.replace("aws:", "aws-cn:", 1)) == expected


@pytest.mark.parametrize("kind", ["User", "Group"])
def test_ten_policies_are_attached_to_one_holder(box: Direct, kind: str) -> None:
    arns = [box.call("CreatePolicy", PolicyName=f"p{i}", PolicyDocument=DOCUMENT)["Policy"]["Arn"] for i in range(11)]
    for arn in arns[:10]:
        box.call(f"Attach{kind}Policy", PolicyArn=arn, **owner(kind))
    expected = ("LimitExceeded", 409, f"Cannot exceed quota for PoliciesPer{kind}: 10")
    assert refusal(box, f"Attach{kind}Policy", PolicyArn=arns[10], **owner(kind)) == expected
    box.call(f"Attach{kind}Policy", PolicyArn=arns[0], **owner(kind))


def test_twenty_policies_are_attached_to_a_role(box: Direct) -> None:
    role = Role("admin", "/", "AROA", f"arn:aws:iam::{NUMBER}:role/admin", START, "{}")
    role = replace(role, attached=tuple(f"arn:aws:iam::{NUMBER}:policy/eu/p{i}" for i in range(19)))
    role = attached_to(box.account, role, READ)
    with pytest.raises(ApiError, match="Cannot exceed quota for PoliciesPerRole: 20"):
        attached_to(box.account, role, VIEW)
    assert len(attached_policies(box.account, role, {"PathPrefix": "/eu/"})["AttachedPolicies"]) == 19
    assert READ not in detached_from(box.account, role, READ).attached


def test_an_attached_policy_counts_at_the_next_call(box: Direct) -> None:
    assert refusal(box, "ListUsers", by="alice")[0] == "AccessDenied"
    box.call("AddUserToGroup", GroupName="developers", UserName="alice")
    box.call("AttachGroupPolicy", GroupName="developers", PolicyArn=READ)
    assert box.call("ListUsers", by="alice")["Users"]
    box.call("DetachGroupPolicy", GroupName="developers", PolicyArn=READ)
    assert refusal(box, "ListUsers", by="alice")[0] == "AccessDenied"


@pytest.mark.parametrize("kind", ["User", "Group"])
@pytest.mark.parametrize("operation", ["Attach", "Detach"])
def test_permission_is_asked_for_the_holder_and_the_policy(box: Direct, kind: str, operation: str) -> None:
    action = f"iam:{operation}{kind}Policy"
    holder = f"arn:aws:iam::{NUMBER}:{kind.lower()}/eu/{owner(kind)[f'{kind}Name']}"
    only = {"ArnEquals": {"iam:PolicyARN": READ}}
    box.user("fits", allow(action, holder, **only))
    box.user("fails", allow(action, holder.replace("/eu/", "/"), **only))
    if operation == "Detach":
        box.call(f"Attach{kind}Policy", PolicyArn=READ, **owner(kind))
    assert refusal(box, f"{operation}{kind}Policy", by="fits", PolicyArn=VIEW, **owner(kind))[0] == "AccessDenied"
    assert refusal(box, f"{operation}{kind}Policy", by="fails", PolicyArn=READ, **owner(kind))[0] == "AccessDenied"
    box.call(f"{operation}{kind}Policy", by="fits", PolicyArn=READ, **owner(kind))


@pytest.mark.parametrize("kind", ["User", "Group"])
def test_to_list_takes_permission_for_the_holder(box: Direct, kind: str) -> None:
    holder = f"arn:aws:iam::{NUMBER}:{kind.lower()}/eu/*"
    box.user("fits", allow(f"iam:ListAttached{kind}Policies", holder))
    box.user("fails", allow(f"iam:ListAttached{kind}Policies", holder.replace("/eu/", "/us/")))
    assert refusal(box, f"ListAttached{kind}Policies", by="fails", **owner(kind))[0] == "AccessDenied"
    assert box.call(f"ListAttached{kind}Policies", by="fits", **owner(kind))["AttachedPolicies"] == []


def test_policies_are_attached_only_to_users_with_the_boundary_that_is_asked_for(box: Direct) -> None:
    bounded = {"StringEquals": {"iam:PermissionsBoundary": READ}}
    box.user("delegate", allow("iam:*tachUserPolicy", "*", **bounded))
    call = {"UserName": "alice", "PolicyArn": ADMINISTRATOR}
    assert refusal(box, "AttachUserPolicy", by="delegate", **call)[0] == "AccessDenied"
    box.call("PutUserPermissionsBoundary", UserName="alice", PermissionsBoundary=READ)
    box.call("AttachUserPolicy", by="delegate", **call)
    box.call("DetachUserPolicy", by="delegate", **call)
