"""An organization: its units, accounts, tags, and who may ask for them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError
from tests.unit.sandbox.clients import Answering
from tests.unit.sandbox.direct import NUMBER, START, Direct
from tests.unit.sandbox.organization_box import OrganizationBox

from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.saved import load, save


@pytest.fixture
def box() -> OrganizationBox:
    return OrganizationBox()


def refusal(box: OrganizationBox, operation: str, **parameters: object) -> tuple[str, str]:
    with pytest.raises(ApiError) as caught:
        box.ask(operation, **parameters)
    assert caught.value.status == 400
    return caught.value.code, caught.value.fields.get("Reason", "")


def test_without_an_organization_everything_says_so() -> None:
    box = Direct()
    for operation in ("DescribeOrganization", "ListRoots", "ListAccounts"):
        with pytest.raises(ApiError, match="Your account is not a member of an organization") as caught:
            box.call(operation, service="organizations")
        assert caught.value.code == "AWSOrganizationsNotInUseException"


def test_the_caller_of_create_organization_becomes_the_management_account(box: OrganizationBox) -> None:
    found = box.ask("DescribeOrganization")["Organization"]
    assert found["MasterAccountId"] == NUMBER
    assert found["MasterAccountArn"] == f"arn:aws:organizations::{NUMBER}:account/{found['Id']}/{NUMBER}"
    [root] = box.ask("ListRoots")["Roots"]
    assert root["PolicyTypes"] == [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]
    assert refusal(box, "CreateOrganization") == ("AlreadyInOrganizationException", "")


def test_a_sandbox_holds_one_organization_with_all_features() -> None:
    box = Direct()
    with pytest.raises(ApiError) as caught:
        box.call("CreateOrganization", service="organizations", FeatureSet="CONSOLIDATED_BILLING")
    assert caught.value.status == 501
    organized = OrganizationBox()
    organized.state.accounts["999988887777"] = organized.state.accounts[NUMBER]
    other = Direct()
    other.state.organization = organized.state.organization
    other.account.number = "999988887777"
    with pytest.raises(ApiError, match="one organization") as caught:
        other.call("CreateOrganization", service="organizations")
    assert caught.value.status == 501


def test_create_organization_takes_the_permission_for_its_service_linked_role() -> None:
    box = Direct()
    allowed = {"Effect": "Allow", "Action": "organizations:*", "Resource": "*"}
    box.user("founder", {"Version": "2012-10-17", "Statement": [allowed]})
    with pytest.raises(ApiError, match="iam:CreateServiceLinkedRole") as caught:
        box.call("CreateOrganization", by="founder", service="organizations")
    assert caught.value.code == "AccessDeniedForDependencyException"


def test_permission_is_asked_on_the_thing_that_is_named(box: OrganizationBox) -> None:
    unit = box.unit()
    organization = box.state.organization
    assert organization is not None
    arn = f"arn:aws:organizations::{NUMBER}:ou/{organization.id}/{unit}"
    statement = {"Effect": "Allow", "Action": "organizations:DescribeOrganizationalUnit", "Resource": arn}
    box.user("reader", {"Version": "2012-10-17", "Statement": [statement]})
    found = box.ask("DescribeOrganizationalUnit", by="reader", OrganizationalUnitId=unit)
    assert found["OrganizationalUnit"]["Arn"] == arn
    assert found["OrganizationalUnit"]["Path"] == f"{organization.id}/{box.root}/{unit}/"
    other = box.unit("other")
    with pytest.raises(ApiError, match="is not authorized to perform: organizations:Desc") as caught:
        box.ask("DescribeOrganizationalUnit", by="reader", OrganizationalUnitId=other)
    assert (caught.value.code, caught.value.status) == ("AccessDeniedException", 400)


def test_tags_of_a_resource_count_for_permission(box: OrganizationBox) -> None:
    tagged = {"StringEquals": {"aws:ResourceTag/team": "blue"}}
    statement = {"Effect": "Allow", "Action": "organizations:Delete*", "Resource": "*", "Condition": tagged}
    box.user("blue", {"Version": "2012-10-17", "Statement": [statement]})
    unit = box.unit()
    with pytest.raises(ApiError, match="not authorized"):
        box.ask("DeleteOrganizationalUnit", by="blue", OrganizationalUnitId=unit)
    box.ask("TagResource", ResourceId=unit, Tags=[{"Key": "team", "Value": "blue"}])
    box.ask("DeleteOrganizationalUnit", by="blue", OrganizationalUnitId=unit)


def test_units_are_made_renamed_listed_and_deleted(box: OrganizationBox) -> None:
    unit = box.unit("people")
    assert refusal(box, "CreateOrganizationalUnit", ParentId=box.root, Name="people")[0] == (
        "DuplicateOrganizationalUnitException"
    )
    inner = box.unit("people", parent=unit)
    box.ask("UpdateOrganizationalUnit", OrganizationalUnitId=unit, Name="humans")
    [listed] = box.ask("ListOrganizationalUnitsForParent", ParentId=box.root)["OrganizationalUnits"]
    assert listed["Name"] == "humans"
    assert box.ask("ListParents", ChildId=inner)["Parents"] == [{"Id": unit, "Type": "ORGANIZATIONAL_UNIT"}]
    assert box.ask("ListParents", ChildId=unit)["Parents"] == [{"Id": box.root, "Type": "ROOT"}]
    children = box.ask("ListChildren", ParentId=unit, ChildType="ORGANIZATIONAL_UNIT")["Children"]
    assert children == [{"Id": inner, "Type": "ORGANIZATIONAL_UNIT"}]
    assert refusal(box, "DeleteOrganizationalUnit", OrganizationalUnitId=unit)[0] == (
        "OrganizationalUnitNotEmptyException"
    )
    box.ask("DeleteOrganizationalUnit", OrganizationalUnitId=inner)
    box.ask("DeleteOrganizationalUnit", OrganizationalUnitId=unit)
    assert refusal(box, "DescribeOrganizationalUnit", OrganizationalUnitId=unit)[0] == (
        "OrganizationalUnitNotFoundException"
    )
    assert refusal(box, "ListAccountsForParent", ParentId=unit)[0] == "ParentNotFoundException"
    assert refusal(box, "ListParents", ChildId=unit)[0] == "ChildNotFoundException"


def test_units_nest_five_deep(box: OrganizationBox, monkeypatch: pytest.MonkeyPatch) -> None:
    parent = box.root
    for _ in range(5):
        parent = box.unit("level", parent=parent)
    found = refusal(box, "CreateOrganizationalUnit", ParentId=parent, Name="level")
    assert found == ("ConstraintViolationException", "OU_DEPTH_LIMIT_EXCEEDED")
    monkeypatch.setattr("iamfa.sandbox.organizations._MOST_UNITS", 5)
    found = refusal(box, "CreateOrganizationalUnit", ParentId=box.root, Name="one more")
    assert found == ("ConstraintViolationException", "OU_NUMBER_LIMIT_EXCEEDED")


def test_a_new_account_is_real_and_reached_by_its_role(box: OrganizationBox) -> None:
    number = box.member("member")
    account = box.state.accounts[number]
    role = account.roles["OrganizationAccountAccessRole"]
    assert json.loads(role.trust)["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{NUMBER}:root"}
    assert role.attached == ("arn:aws:iam::aws:policy/AdministratorAccess",)
    assert box.call("ListUsers", by=box.caller_in(number))["Users"][0]["UserName"] == "alice"
    found = box.ask("DescribeAccount", AccountId=number)["Account"]
    assert (found["Status"], found["JoinedMethod"]) == ("ACTIVE", "CREATED")
    numbers = {each["Id"] for each in box.ask("ListAccounts")["Accounts"]}
    assert numbers == {NUMBER, number}
    assert box.member("other", RoleName="Access") != number
    assert "Access" in box.state.accounts[max(box.state.accounts, key=list(box.state.accounts).index)].roles


def test_creating_an_account_fails_for_an_address_that_is_taken(box: OrganizationBox) -> None:
    box.member("member")
    status = box.ask("CreateAccount", AccountName="again", Email="Member@example.com")["CreateAccountStatus"]
    assert status["State"] == "IN_PROGRESS"
    found = box.ask("DescribeCreateAccountStatus", CreateAccountRequestId=status["Id"])["CreateAccountStatus"]
    assert (found["State"], found["FailureReason"]) == ("FAILED", "EMAIL_ALREADY_EXISTS")
    assert refusal(box, "DescribeCreateAccountStatus", CreateAccountRequestId="car-00000000")[0] == (
        "CreateAccountStatusNotFoundException"
    )


def test_an_organization_has_ten_accounts_at_most(box: OrganizationBox) -> None:
    for n in range(9):
        box.member(f"member{n}")
    found = refusal(box, "CreateAccount", AccountName="eleven", Email="eleven@example.com")
    assert found == ("ConstraintViolationException", "ACCOUNT_NUMBER_LIMIT_EXCEEDED")


def test_a_number_that_is_taken_is_not_given_again(box: OrganizationBox, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter([NUMBER, "210987654321"])
    monkeypatch.setattr(box.state.ids, "account", lambda: next(numbers))
    assert box.member() == "210987654321"


def test_accounts_move_between_units(box: OrganizationBox) -> None:
    number, unit = box.member(), box.unit()
    box.ask("MoveAccount", AccountId=number, SourceParentId=box.root, DestinationParentId=unit)
    assert [each["Id"] for each in box.ask("ListAccountsForParent", ParentId=unit)["Accounts"]] == [number]
    assert box.ask("ListChildren", ParentId=unit, ChildType="ACCOUNT")["Children"][0]["Id"] == number
    missing = f"{unit[:-1]}-"[:-1] + ("a" if unit[-1] != "a" else "b")
    for source, destination, code in (
        (box.root, unit, "SourceParentNotFoundException"),
        (missing, unit, "SourceParentNotFoundException"),
        (unit, missing, "DestinationParentNotFoundException"),
        (unit, unit, "DuplicateAccountException"),
    ):
        found = refusal(box, "MoveAccount", AccountId=number, SourceParentId=source, DestinationParentId=destination)
        assert found[0] == code
    assert refusal(box, "DescribeAccount", AccountId="000000000000")[0] == "AccountNotFoundException"


def test_a_member_may_describe_the_organization_and_nothing_else(box: OrganizationBox) -> None:
    caller = box.caller_in(box.member())
    assert box.ask("DescribeOrganization", by=caller)["Organization"]["MasterAccountId"] == NUMBER
    for operation in ("ListRoots", "ListAccounts"):
        with pytest.raises(ApiError, match="You don't have permissions to access this resource") as caught:
            box.ask(operation, by=caller)
        assert caught.value.code == "AccessDeniedException"


def test_a_fault_of_the_sandbox_is_no_refusal(box: OrganizationBox) -> None:
    box.user("broken", attached=("arn:aws:iam::aws:policy/NotThere",))
    with pytest.raises(ApiError) as caught:
        box.ask("ListRoots", by="broken")
    assert caught.value.code == "InternalFailure"


def test_tags_are_added_changed_listed_and_removed(box: OrganizationBox) -> None:
    unit = box.ask(
        "CreateOrganizationalUnit", ParentId=box.root, Name="people", Tags=[{"Key": "team", "Value": "blue"}]
    )["OrganizationalUnit"]["Id"]
    box.ask("TagResource", ResourceId=unit, Tags=[{"Key": "team", "Value": "red"}, {"Key": "cost", "Value": "1"}])
    box.ask("UntagResource", ResourceId=unit, TagKeys=["cost"])
    assert box.ask("ListTagsForResource", ResourceId=unit)["Tags"] == [{"Key": "team", "Value": "red"}]
    twice = [{"Key": "a", "Value": ""}, {"Key": "a", "Value": ""}]
    assert refusal(box, "TagResource", ResourceId=unit, Tags=twice)[1] == "DUPLICATE_TAG_KEY"
    reserved = [{"Key": "AWS:x", "Value": ""}]
    assert refusal(box, "TagResource", ResourceId=unit, Tags=reserved)[1] == "INVALID_SYSTEM_TAGS_PARAMETER"
    many = [{"Key": f"k{n}", "Value": ""} for n in range(50)]
    assert refusal(box, "TagResource", ResourceId=unit, Tags=many)[1] == "MAX_TAG_LIMIT_EXCEEDED"
    for gone in ("p-FullAWSAccess", "p-abcdefgh"):
        assert refusal(box, "ListTagsForResource", ResourceId=gone)[0] == "TargetNotFoundException"


def test_lists_come_in_pages(box: OrganizationBox) -> None:
    units = sorted(box.unit(f"unit{n}") for n in range(5))
    found: list[str] = []
    token: dict[str, str] = {}
    for _ in range(3):
        part = box.ask("ListOrganizationalUnitsForParent", ParentId=box.root, MaxResults=2, **token)
        found += [each["Id"] for each in part["OrganizationalUnits"]]
        token = {"NextToken": part["NextToken"]} if part["NextToken"] is not None else {}
    assert found == units
    assert token == {}
    assert refusal(box, "ListAccounts", NextToken="nonsense") == ("InvalidInputException", "INVALID_PAGINATION_TOKEN")


def test_a_client_of_the_sdk_understands_answers_and_refusals() -> None:
    client = Answering(Direct()).client("organizations")
    with pytest.raises(client.exceptions.AWSOrganizationsNotInUseException):
        client.list_accounts()
    client.create_organization(FeatureSet="ALL")
    status = client.create_account(AccountName="member", Email="member@example.com")["CreateAccountStatus"]
    [member] = [
        each
        for page in client.get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 1})
        for each in page["Accounts"]
        if each["Name"] == "member"
    ]
    found = client.describe_create_account_status(CreateAccountRequestId=status["Id"])["CreateAccountStatus"]
    assert found["AccountId"] == member["Id"]
    assert member["JoinedTimestamp"] == found["RequestedTimestamp"]
    with pytest.raises(client.exceptions.ConstraintViolationException) as caught:
        client.detach_policy(PolicyId="p-FullAWSAccess", TargetId=member["Id"])
    assert caught.value.response["Reason"] == "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"


def test_an_organization_is_saved_and_loaded_whole(box: OrganizationBox) -> None:
    unit = box.unit()
    box.ask("TagResource", ResourceId=unit, Tags=[{"Key": "team", "Value": "blue"}])
    number = box.member()
    box.ask("CreateAccount", AccountName="again", Email="member@example.com")
    box.ask("MoveAccount", AccountId=number, SourceParentId=box.root, DestinationParentId=unit)
    loaded = load(json.loads(json.dumps(save(box.state))), lambda: START, None)
    assert loaded.organization == box.state.organization
    assert loaded.accounts.keys() == box.state.accounts.keys()


def test_credentials_that_are_nobodys_are_refused_in_the_words_of_a_json_service() -> None:
    answering = Answering(Direct())
    unknown = replace(answering.box.key("administrator"), id="AKIAUNKNOWNUNKNOWN00")
    with pytest.raises(ClientError, match="The security token included in the request is invalid") as caught:
        answering.client("organizations", unknown).list_accounts()
    assert caught.value.response["Error"]["Code"] == "UnrecognizedClientException"


def test_an_organization_is_deleted_when_nobody_else_is_in_it() -> None:
    box = OrganizationBox()
    box.unit()
    assert box.ask("ListAWSServiceAccessForOrganization")["EnabledServicePrincipals"] == []
    box.ask("DeleteOrganization")
    assert refusal(box, "DescribeOrganization")[0] == "AWSOrganizationsNotInUseException"
    box.ask("CreateOrganization", FeatureSet="ALL")
    box.member()
    assert refusal(box, "DeleteOrganization")[0] == "OrganizationNotEmptyException"
