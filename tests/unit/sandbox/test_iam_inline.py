"""Inline policies of users and groups; those of roles share their code."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest
from tests.unit.sandbox.direct import ADMINISTRATOR, NUMBER, START, Direct

from iamfa.account.entities import Role
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.inline_policies import inline_names, inline_policy, with_inline, without_inline

DOCUMENT = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}]}'
OTHER = DOCUMENT.replace("ListUsers", "ListGroups")


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
def test_an_inline_policy_is_put_read_replaced_listed_and_deleted(box: Direct, kind: str) -> None:
    whose = owner(kind)
    for name in ("second", "first"):
        box.call(f"Put{kind}Policy", PolicyName=name, PolicyDocument=DOCUMENT, **whose)
    box.call(f"Put{kind}Policy", PolicyName="first", PolicyDocument=OTHER, **whose)
    found = box.call(f"Get{kind}Policy", PolicyName="first", **whose)
    assert found == {**whose, "PolicyName": "first", "PolicyDocument": found["PolicyDocument"]}
    assert found["PolicyDocument"].startswith("%7B%22Version%22%3A%20%222012-10-17%22")
    assert unquote(found["PolicyDocument"]) == OTHER
    page = box.call(f"List{kind}Policies", MaxItems=1, **whose)
    assert page["PolicyNames"] == ["first"] and page["IsTruncated"]
    rest = box.call(f"List{kind}Policies", Marker=page["Marker"], **whose)
    assert rest == {"PolicyNames": ["second"], "IsTruncated": False}
    box.call(f"Delete{kind}Policy", PolicyName="first", **whose)
    assert box.call(f"List{kind}Policies", **whose)["PolicyNames"] == ["second"]


@pytest.mark.parametrize("kind", ["User", "Group"])
def test_a_policy_that_is_not_there_is_not_found(box: Direct, kind: str) -> None:
    for operation in ("Get", "Delete"):
        expected = ("NoSuchEntity", 404, f"The {kind.lower()} policy with name p cannot be found.")
        assert refusal(box, f"{operation}{kind}Policy", PolicyName="p", **owner(kind)) == expected


@pytest.mark.parametrize("kind", ["User", "Group"])
@pytest.mark.parametrize("operation", ["PutXPolicy", "GetXPolicy", "DeleteXPolicy", "ListXPolicies"])
def test_a_holder_that_is_not_there_is_not_found_before_anything_else(box: Direct, kind: str, operation: str) -> None:
    parameters = {f"{kind}Name": "nobody"}
    if operation != "ListXPolicies":
        parameters["PolicyName"] = "p"
    if operation == "PutXPolicy":
        parameters["PolicyDocument"] = "no policy"
    expected = ("NoSuchEntity", 404, f"The {kind.lower()} with name nobody cannot be found.")
    assert refusal(box, operation.replace("X", kind), **parameters) == expected


@pytest.mark.parametrize("kind", ["User", "Group"])
def test_an_invalid_document_is_refused_and_nothing_changes(box: Direct, kind: str) -> None:
    box.call(f"Put{kind}Policy", PolicyName="p", PolicyDocument=DOCUMENT, **owner(kind))
    document = DOCUMENT.replace('"Resource"', '"Principal"')
    expected = ("MalformedPolicyDocument", 400, "Policy document should not specify a principal.")
    assert refusal(box, f"Put{kind}Policy", PolicyName="p", PolicyDocument=document, **owner(kind)) == expected
    found = box.call(f"Get{kind}Policy", PolicyName="p", **owner(kind))
    assert unquote(found["PolicyDocument"]) == DOCUMENT


@pytest.mark.parametrize(("kind", "name", "most"), [("User", "alice", 2048), ("Group", "developers", 5120)])
def test_all_inline_policies_of_one_holder_share_a_quota(box: Direct, kind: str, name: str, most: int) -> None:
    padding = [f"s3:{'x' * 90}{i}" for i in range(12)]
    document = json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": padding, "Resource": "*"}}, indent=8
    )
    for i in range(most // 1280):
        box.call(f"Put{kind}Policy", PolicyName=f"p{i}", PolicyDocument=document, **owner(kind))
    expected = ("LimitExceeded", 409, f"Maximum policy size of {most} bytes exceeded for {kind.lower()} {name}")
    assert refusal(box, f"Put{kind}Policy", PolicyName="more", PolicyDocument=document, **owner(kind)) == expected
    box.call(f"Put{kind}Policy", PolicyName="p0", PolicyDocument=document, **owner(kind))


def test_what_is_put_counts_at_the_next_call(box: Direct) -> None:
    assert refusal(box, "ListUsers", by="alice")[0] == "AccessDenied"
    box.call("PutUserPolicy", UserName="alice", PolicyName="p", PolicyDocument=DOCUMENT)
    assert box.call("ListUsers", by="alice")["Users"]
    box.call("PutGroupPolicy", GroupName="developers", PolicyName="p", PolicyDocument=OTHER)
    assert refusal(box, "ListGroups", by="alice")[0] == "AccessDenied"
    box.call("AddUserToGroup", GroupName="developers", UserName="alice")
    assert box.call("ListGroups", by="alice")["Groups"]


@pytest.mark.parametrize("kind", ["User", "Group"])
@pytest.mark.parametrize("operation", ["PutXPolicy", "GetXPolicy", "DeleteXPolicy", "ListXPolicies"])
def test_permission_is_asked_for_the_holder_with_its_path(box: Direct, kind: str, operation: str) -> None:
    name = operation.replace("X", kind)
    holder = f"{kind.lower()}/eu/{owner(kind)[f'{kind}Name']}"
    box.user("fits", allow(f"iam:{name}", f"arn:aws:iam::{NUMBER}:{holder}"))
    box.user("fails", allow(f"iam:{name}", f"arn:aws:iam::{NUMBER}:{holder.replace('/eu/', '/')}"))
    box.call(f"Put{kind}Policy", PolicyName="p", PolicyDocument=DOCUMENT, **owner(kind))
    parameters = owner(kind)
    if operation != "ListXPolicies":
        parameters["PolicyName"] = "p"
    if operation == "PutXPolicy":
        parameters["PolicyDocument"] = DOCUMENT
    assert refusal(box, name, by="fails", **parameters)[0] == "AccessDenied"
    box.call(name, by="fits", **parameters)


def test_policies_are_put_and_deleted_only_on_users_with_the_boundary_that_is_asked_for(box: Direct) -> None:
    bounded = {"StringEquals": {"iam:PermissionsBoundary": ADMINISTRATOR}}
    box.user("delegate", allow("iam:*UserPolicy", "*", **bounded))
    put = {"UserName": "alice", "PolicyName": "p", "PolicyDocument": DOCUMENT}
    assert refusal(box, "PutUserPolicy", by="delegate", **put)[0] == "AccessDenied"
    box.call("PutUserPermissionsBoundary", UserName="alice", PermissionsBoundary=ADMINISTRATOR)
    box.call("PutUserPolicy", by="delegate", **put)
    box.call("DeleteUserPolicy", by="delegate", UserName="alice", PolicyName="p")


def test_a_role_holds_inline_policies_as_users_do() -> None:
    role = Role("admin", "/", "AROA", f"arn:aws:iam::{NUMBER}:role/admin", START, "{}")
    role = with_inline(role, {"PolicyName": "p", "PolicyDocument": DOCUMENT})
    assert inline_policy(role, "p")["RoleName"] == "admin"
    assert inline_names(role, {}) == {"PolicyNames": ["p"], "IsTruncated": False}
    role = without_inline(role, "p")
    with pytest.raises(ApiError, match="The role policy with name p cannot be found"):
        inline_policy(role, "p")
