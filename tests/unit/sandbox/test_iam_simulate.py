"""The policy simulator: decisions with their statements, what is missing, and whose policies decide."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.sandbox.direct import NUMBER, START, Direct
from tests.unit.sandbox.simulations import (
    ARN,
    BUCKET,
    GRANT,
    OBJECT,
    all_but,
    custom,
    managed,
    of,
    organization,
    policy,
    refusal,
    text,
)

from iamfa.account.entities import Group, Role
from iamfa.sandbox.api_error import ApiError


@pytest.mark.parametrize(
    ("policies", "decision", "matched"),
    [
        ([text()], "allowed", ["PolicyInputList.1"]),
        ([text(action="ec2:*")], "implicitDeny", []),
        ([text(action="ec2:*"), text(), text("Deny")], "explicitDeny", ["PolicyInputList.3"]),
        ([text(), text(resource=f"{BUCKET}/*")], "allowed", ["PolicyInputList.1", "PolicyInputList.2"]),
    ],
)
def test_custom_policies_decide_and_the_deciding_statements_are_told(
    policies: list[str], decision: str, matched: list[str]
) -> None:
    found = custom(*policies, ResourceArns=[OBJECT])
    assert found["EvalDecision"] == decision
    assert [each["SourcePolicyId"] for each in found["MatchedStatements"]] == matched
    assert found["EvalActionName"] == "s3:GetObject"


def test_places_of_statements_are_those_of_awss_own_sample() -> None:
    # The sample of the AWS CLI's page on simulate-custom-policy: columns 38 and 167.
    document = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*",'
        '"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}'
    )
    entry = {
        "ContextKeyName": "aws:CurrentTime",
        "ContextKeyValues": ["2019-04-25T11:00:00Z"],
        "ContextKeyType": "date",
    }
    found = custom(document, ActionNames=["dynamodb:CreateBackup"], ContextEntries=[entry])
    assert found == {
        "EvalActionName": "dynamodb:CreateBackup",
        "EvalResourceName": "*",
        "EvalDecision": "allowed",
        "MatchedStatements": [
            {
                "SourcePolicyId": "PolicyInputList.1",
                "SourcePolicyType": "IAM Policy",
                "StartPosition": {"Line": 1, "Column": 38},
                "EndPosition": {"Line": 1, "Column": 167},
            }
        ],
        "MissingContextValues": [],
    }


def test_lines_are_counted_as_in_awss_sample_of_several_lines() -> None:
    document = '{\n  "Version":"2012-10-17",\n  "Statement":{\n    "Effect":"Allow",\n    "Action":"s3:PutObject",\n'
    document += f'    "Resource":"{BUCKET}"\n  }}\n}}'
    (matched,) = custom(document, ActionNames=["s3:PutObject"], ResourceArns=[BUCKET])["MatchedStatements"]
    assert (matched["StartPosition"], matched["EndPosition"]) == ({"Line": 3, "Column": 16}, {"Line": 7, "Column": 4})


MFA = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}


def test_a_key_that_is_not_given_is_missing_and_fulfils_no_condition() -> None:
    found = custom(text(**MFA), ResourceArns=[OBJECT])
    assert (found["EvalDecision"], found["MissingContextValues"]) == ("implicitDeny", ["aws:MultiFactorAuthPresent"])
    assert found["ResourceSpecificResults"][0]["MissingContextValues"] == ["aws:MultiFactorAuthPresent"]


def test_a_key_that_is_given_in_other_letters_is_not_missing() -> None:
    entry = {"ContextKeyName": "AWS:multifactorauthpresent", "ContextKeyValues": ["true"], "ContextKeyType": "boolean"}
    found = custom(text(**MFA), ContextEntries=[entry])
    assert (found["EvalDecision"], found["MissingContextValues"]) == ("allowed", [])


def test_a_deny_if_exists_fits_where_the_key_is_missing() -> None:
    deny = text("Deny", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})
    found = custom(text(), deny)
    assert (found["EvalDecision"], found["MissingContextValues"]) == ("explicitDeny", ["aws:MultiFactorAuthPresent"])


def test_variables_without_a_value_are_missing_and_those_of_other_actions_are_not() -> None:
    other = text(action="ec2:*", Condition={"Bool": {"aws:SecureTransport": "true"}})
    own = text(
        resource=f"{BUCKET}/${{aws:UserName}}/${{aws:PrincipalTag/team, 'none'}}/*",
        Condition={"StringEquals": {"s3:prefix": "${aws:SourceIp}"}},
    )
    found = custom(other, own, ResourceArns=[OBJECT, BUCKET])
    assert found["MissingContextValues"] == ["aws:UserName", "s3:prefix", "aws:SourceIp"]


def test_several_resources_make_one_result_with_the_strictest_decision() -> None:
    found = custom(
        text(resource=f"{BUCKET}/*"),
        text("Deny", resource=f"{BUCKET}/secret"),
        ResourceArns=[OBJECT, f"{BUCKET}/secret", "arn:aws:s3:::other/key"],
    )
    assert found["EvalDecision"] == "explicitDeny"
    assert [each["SourcePolicyId"] for each in found["MatchedStatements"]] == ["PolicyInputList.2"]
    assert found["EvalResourceName"] == "arn:${Partition}:s3:::${BucketName}/${ObjectName}"
    assert found["EvalDecisionDetails"] == {}
    decisions = [each["EvalResourceDecision"] for each in found["ResourceSpecificResults"]]
    assert decisions == ["allowed", "explicitDeny", "implicitDeny"]


def test_an_action_without_a_form_of_arn_has_a_star_as_its_resource() -> None:
    for action in ("s3:ListAllMyBuckets", "nobody:Knows"):
        assert custom(text(action="*"), ActionNames=[action], ResourceArns=[OBJECT])["EvalResourceName"] == "*"


def test_results_come_in_pages_of_actions() -> None:
    actions = [f"s3:Get{letter}" for letter in "ABCDE"]
    found: list[str] = []
    marker: dict[str, Any] = {}
    while True:
        page = Direct().call(
            "SimulateCustomPolicy", PolicyInputList=[text()], ActionNames=actions, MaxItems=2, **marker
        )
        found += [each["EvalActionName"] for each in page["EvaluationResults"]]
        if not page["IsTruncated"]:
            break
        marker = {"Marker": page["Marker"]}
    assert found == actions


def test_a_boundary_that_is_given_stands_over_the_policies() -> None:
    found = custom(text(), PermissionsBoundaryPolicyInputList=[text(action="ec2:*")], ResourceArns=[OBJECT])
    assert found["EvalDecision"] == "implicitDeny"
    assert found["MatchedStatements"] == []
    told = {"AllowedByPermissionsBoundary": False}
    assert found["PermissionsBoundaryDecisionDetail"] == told
    assert found["ResourceSpecificResults"][0]["PermissionsBoundaryDecisionDetail"] == told
    assert custom(text(), PermissionsBoundaryPolicyInputList=[text()])["PermissionsBoundaryDecisionDetail"] == {
        "AllowedByPermissionsBoundary": True
    }


def test_levels_of_service_control_policies_must_all_allow_and_show_no_statement() -> None:
    everything = text(action="*")
    levels = [{"ServiceControlPolicyInputList": [everything]}, {"ServiceControlPolicyInputList": [text("Deny")]}]
    found = custom(everything, OrderedOrganizationPolicyInputList=levels, ResourceArns=[OBJECT])
    assert found["EvalDecision"] == "explicitDeny"
    assert found["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": False}
    assert found["MatchedStatements"] == []
    assert "EvalDecisionDetails" not in found
    found = custom(everything, OrderedOrganizationPolicyInputList=levels[:1])
    assert (found["EvalDecision"], found["OrganizationsDecisionDetail"]) == (
        "allowed",
        {"AllowedByOrganizations": True},
    )


def test_a_users_own_policies_and_those_of_his_groups_are_simulated() -> None:
    box = Direct()
    box.account.groups["team"] = Group("team", "/", "AGPA1", f"{ARN}:group/team", START, {"in": text()})
    alice = box.user("alice", policy(action="ec2:*"), attached=(managed(box, "Own", policy()),))
    box.account.users["alice"] = replace(alice, groups=("team",))
    found = of(box, "user/alice")
    assert [each["SourcePolicyId"] for each in found["MatchedStatements"]] == ["Own", "group_team_in"]
    found = of(box, "user/alice", ActionNames=["ec2:RunInstances"], PolicyInputList=[text(action="ec2:*")])
    assert [each["SourcePolicyId"] for each in found["MatchedStatements"]] == ["user_alice_p0", "PolicyInputList.1"]


def test_groups_and_roles_are_simulated_too() -> None:
    box = Direct()
    box.account.groups["team"] = Group("team", "/", "AGPA1", f"{ARN}:group/team", START, {"in": text()})
    box.account.roles["job"] = Role("job", "/", "AROA1", f"{ARN}:role/job", START, "{}", inline={"in": text()})
    assert of(box, "group/team")["MatchedStatements"][0]["SourcePolicyId"] == "group_team_in"
    assert of(box, "role/job")["MatchedStatements"][0]["SourcePolicyId"] == "role_job_in"


def test_the_callers_name_is_filled_in_and_may_be_another_users() -> None:
    box = Direct()
    own = policy(action="iam:*", resource=f"{ARN}:user/${{aws:username}}")
    box.user("alice", own)
    box.user("bob")
    asked = {"ActionNames": ["iam:GetUser"], "ResourceArns": [f"{ARN}:user/bob"]}
    assert of(box, "user/alice", **asked)["EvalDecision"] == "implicitDeny"
    found = of(box, "user/alice", CallerArn=f"{ARN}:user/bob", **asked)
    assert (found["EvalDecision"], found["MissingContextValues"]) == ("allowed", [])
    entry = {"ContextKeyName": "aws:UserName", "ContextKeyValues": ["bob"], "ContextKeyType": "string"}
    assert of(box, "user/alice", ContextEntries=[entry], **asked)["EvalDecision"] == "allowed"


def test_the_permissions_boundary_bears_unless_another_is_given_or_it_is_left_out() -> None:
    box = Direct()
    alice = box.user("alice", policy())
    box.account.users["alice"] = replace(alice, boundary=managed(box, "Edge", policy(action="ec2:*")))
    assert of(box, "user/alice")["EvalDecision"] == "implicitDeny"
    assert of(box, "user/alice", PermissionsBoundaryPolicyInputList=[text()])["EvalDecision"] == "allowed"
    found = of(box, "user/alice", PolicyExclusionList=[{"PolicyType": "permission-boundary"}])
    assert found["EvalDecision"] == "allowed"
    assert "PermissionsBoundaryDecisionDetail" not in found


def test_service_control_policies_above_the_account_bear_unless_left_out() -> None:
    box = Direct()
    box.user("alice", policy())
    key = {"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}}
    box.state.organization = organization(policy(action="*"), policy(action="iam:*"))
    assert of(box, "user/alice", ResourceArns=[OBJECT])["EvalDecision"] == "implicitDeny"
    box.state.organization = organization(policy(action="*"), all_but("s3:GetObject", **key))
    assert of(box, "user/alice", ResourceArns=[OBJECT])["EvalDecision"] == "allowed"
    box.state.organization = organization(policy(action="*"), policy(action="*"))
    found = of(box, "user/alice")
    assert found["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": True}
    box.state.organization = organization(policy(action="*"), all_but("s3:GetObject"))
    found = of(box, "user/alice")
    assert (found["EvalDecision"], found["MissingContextValues"]) == ("explicitDeny", [])
    found = of(box, "user/alice", PolicyExclusionList=[{"PolicyType": "scp"}, {"PolicyType": "rcp"}])
    assert found["EvalDecision"] == "allowed"
    assert "OrganizationsDecisionDetail" not in found


def test_no_service_control_policy_bears_on_service_linked_roles_or_where_the_kind_is_off() -> None:
    box = Direct()
    box.user("alice", policy())
    path = "/aws-service-role/ops.apigateway.amazonaws.com/"
    arn = f"{ARN}:role{path}AWSServiceRoleForAPIGateway"
    box.account.roles["AWSServiceRoleForAPIGateway"] = Role(
        "AWSServiceRoleForAPIGateway", path, "AROA1", arn, START, "{}", inline={"in": text()}
    )
    box.state.organization = organization(all_but("s3:*"), all_but("s3:*"))
    assert of(box, arn.removeprefix(f"{ARN}:"))["EvalDecision"] == "allowed"
    box.state.organization = replace(box.state.organization, enabled=())
    assert of(box, "user/alice")["EvalDecision"] == "allowed"


def test_a_resources_policy_grants_to_a_caller_of_the_same_account() -> None:
    found = custom(
        text(action="ec2:*"),
        ActionNames=["s3:PutObject"],
        ResourceArns=[OBJECT],
        ResourcePolicy=GRANT,
        CallerArn=f"{ARN}:user/alice",
    )
    assert found["EvalDecision"] == "allowed"
    assert found["EvalDecisionDetails"] == {}
    assert found["MatchedStatements"][0]["SourcePolicyId"] == "ResourcePolicy"
    assert found["MatchedStatements"][0]["SourcePolicyType"] == "Resource Policy"


def test_across_accounts_each_kind_of_policy_is_told_as_in_awss_sample() -> None:
    box = Direct()
    box.user("alice")
    found = of(
        box,
        "user/alice",
        ActionNames=["s3:PutObject"],
        ResourceArns=[OBJECT],
        ResourceOwner="arn:aws:iam::999999999999:root",
        PermissionsBoundaryPolicyInputList=[text(action="iam:*")],
        ResourcePolicy=GRANT,
    )
    told = {
        "IAM Policy": "implicitDeny",
        "Resource Policy": "allowed",
        "Permissions Boundary Policy": "implicitDeny",
    }
    assert (found["EvalDecision"], found["EvalDecisionDetails"]) == ("implicitDeny", told)
    assert found["MatchedStatements"] == []
    (specific,) = found["ResourceSpecificResults"]
    assert specific["EvalDecisionDetails"] == told
    assert [each["SourcePolicyId"] for each in specific["MatchedStatements"]] == ["ResourcePolicy"]
    denied = of(
        box,
        "user/alice",
        ActionNames=["s3:PutObject"],
        ResourceArns=[OBJECT],
        ResourceOwner="arn:aws:iam::999999999999:root",
        PolicyInputList=[text("Deny")],
        ResourcePolicy=GRANT,
    )
    assert denied["EvalDecisionDetails"] == {"IAM Policy": "explicitDeny", "Resource Policy": "allowed"}


def test_roles_and_keys_whose_policy_nobody_gives_leave_the_decision_to_identity_based_policies() -> None:
    box = Direct()
    box.user("alice", policy(action=["sts:AssumeRole", "kms:Decrypt"]))
    key = f"arn:aws:kms:us-east-1:{NUMBER}:key/1"
    for action, resource in (("sts:AssumeRole", f"{ARN}:role/job"), ("kms:Decrypt", key)):
        found = of(box, "user/alice", ActionNames=[action], ResourceArns=[resource])
        assert found["EvalDecision"] == "allowed"
        assert [each["SourcePolicyId"] for each in found["MatchedStatements"]] == ["user_alice_p0"]
        found = of(box, "user/administrator", ActionNames=[action], PolicyExclusionList=[{"PolicyType": "aws-managed"}])
        assert found["EvalDecision"] == "implicitDeny"


def test_what_nobody_can_know_is_an_error_and_never_allowed() -> None:
    unknown = json.dumps(
        {"Statement": {"Effect": "Allow", "Principal": {"CanonicalUser": "a" * 64}, "Action": "*", "Resource": "*"}}
    )
    error = refusal(
        "SimulateCustomPolicy",
        PolicyInputList=[text(action="ec2:*")],
        ActionNames=["s3:GetObject"],
        ResourcePolicy=unknown,
        CallerArn=f"{ARN}:user/alice",
    )
    assert (error.code, error.status) == ("PolicyEvaluation", 500)


def test_a_policy_that_is_gone_or_none_is_an_error_and_never_passed_over() -> None:
    box = Direct()
    alice = box.user("alice", attached=(f"{ARN}:policy/Gone",))
    for source in (
        alice,
        replace(alice, attached=(), boundary=f"{ARN}:policy/Gone"),
        replace(alice, attached=(), inline={"none": "{}"}),
    ):
        box.account.users["alice"] = source
        error = refusal("SimulatePrincipalPolicy", box, PolicySourceArn=alice.arn, ActionNames=["s3:GetObject"])
        assert (error.code, error.status) == ("PolicyEvaluation", 500)


def test_the_keys_that_policies_name_are_told_for_each_policy() -> None:
    one = text(
        resource=["arn:aws:dynamodb:us-east-2:123456789012:table/${aws:username}", "arn:aws:s3:::${AWS:UserName}"],
        Condition={"DateGreaterThan": {"aws:CurrentTime": "2015-08-16T12:00:00Z"}},
    )
    two = text(Condition={"StringEquals": {"ec2:InstanceType": "${aws:userid}", "aws:CurrentTime": "x"}})
    found = Direct().call("GetContextKeysForCustomPolicy", PolicyInputList=[one, two])
    assert found == {
        "ContextKeyNames": ["aws:username", "aws:CurrentTime", "ec2:InstanceType", "aws:userid", "aws:CurrentTime"]
    }
    box = Direct()
    box.user("alice", json.loads(one))
    found = box.call("GetContextKeysForPrincipalPolicy", PolicySourceArn=f"{ARN}:user/alice", PolicyInputList=[two])
    assert found["ContextKeyNames"][:3] == ["aws:username", "aws:CurrentTime", "ec2:InstanceType"]


def test_in_the_old_version_a_variable_names_no_key() -> None:
    old = json.dumps({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::${aws:username}"}})
    assert Direct().call("GetContextKeysForCustomPolicy", PolicyInputList=[old]) == {"ContextKeyNames": []}


@pytest.mark.parametrize("operation", ["SimulatePrincipalPolicy", "GetContextKeysForPrincipalPolicy"])
def test_who_may_ask_about_himself_may_not_ask_about_others(operation: str) -> None:
    box = Direct()
    box.user("alice", policy(action=f"iam:{operation}", resource=f"{ARN}:user/${{aws:username}}"))
    parameters: dict[str, Any] = {"ActionNames": ["s3:GetObject"]} if operation == "SimulatePrincipalPolicy" else {}
    assert box.call(operation, by="alice", PolicySourceArn=f"{ARN}:user/alice", **parameters)
    with pytest.raises(ApiError, match="not authorized to perform"):
        box.call(operation, by="alice", PolicySourceArn=f"{ARN}:user/administrator", **parameters)


@pytest.mark.parametrize("operation", ["SimulatePrincipalPolicy", "GetContextKeysForPrincipalPolicy"])
def test_permission_to_ask_about_somebody_may_hang_on_his_tags(operation: str) -> None:
    box = Direct()
    for name in ("red", "blue"):
        box.account.users[name] = replace(box.user(name), tags=(("team", name),))
    red = {"StringEquals": {"aws:ResourceTag/team": "red", "iam:ResourceTag/team": "red"}}
    statement = {"Effect": "Allow", "Action": f"iam:{operation}", "Resource": "*", "Condition": red}
    box.user("alice", {"Version": "2012-10-17", "Statement": statement})
    parameters: dict[str, Any] = {"ActionNames": ["s3:GetObject"]} if operation == "SimulatePrincipalPolicy" else {}
    assert box.call(operation, by="alice", PolicySourceArn=f"{ARN}:user/red", **parameters)
    for other in ("blue", "nobody"):
        with pytest.raises(ApiError, match="not authorized to perform"):
            box.call(operation, by="alice", PolicySourceArn=f"{ARN}:user/{other}", **parameters)


@pytest.mark.parametrize("operation", ["SimulateCustomPolicy", "GetContextKeysForCustomPolicy"])
def test_custom_policies_take_permission_on_everything(operation: str) -> None:
    box = Direct()
    box.user("alice", policy(action=f"iam:{operation}"))
    box.user("bob", policy(action=f"iam:{operation}", resource=f"{ARN}:user/*"))
    parameters: dict[str, Any] = {"PolicyInputList": [text()]}
    if operation == "SimulateCustomPolicy":
        parameters["ActionNames"] = ["s3:GetObject"]
    assert box.call(operation, by="alice", **parameters)
    with pytest.raises(ApiError, match="not authorized to perform"):
        box.call(operation, by="bob", **parameters)
