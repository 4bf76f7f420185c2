"""The policy simulator: decisions with their statements, what is missing, and whose policies decide."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.sandbox.direct import NUMBER, START, Direct

from iamfa.account.entities import Group, ManagedPolicy, PolicyVersion, Role
from iamfa.account.organization import ControlPolicy, Member, Organization
from iamfa.sandbox.api_error import ApiError

ARN = f"arn:aws:iam::{NUMBER}"
BUCKET = "arn:aws:s3:::bucket"
OBJECT = f"{BUCKET}/key"


def policy(effect: str = "Allow", action: Any = "s3:*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": {"Effect": effect, "Action": action, "Resource": resource, **more}}


def text(*args: Any, **more: Any) -> str:
    return json.dumps(policy(*args, **more))


def managed(box: Direct, name: str, document: dict[str, Any]) -> str:
    arn = f"{ARN}:policy/{name}"
    version = PolicyVersion("v1", json.dumps(document), START)
    box.account.policies[arn] = ManagedPolicy(arn, name, "/", "ANPA1", START, START, (version,), "v1")
    return arn


def custom(*policies: str, **parameters: Any) -> Any:
    """The one result of a custom simulation."""
    parameters.setdefault("ActionNames", ["s3:GetObject"])
    (found,) = Direct().call("SimulateCustomPolicy", PolicyInputList=list(policies), **parameters)["EvaluationResults"]
    return found


def of(box: Direct, source: str, **parameters: Any) -> Any:
    """The one result of the simulation of somebody's policies."""
    parameters.setdefault("ActionNames", ["s3:GetObject"])
    found = box.call("SimulatePrincipalPolicy", PolicySourceArn=f"{ARN}:{source}", **parameters)
    (result,) = found["EvaluationResults"]
    return result


def all_but(action: str, **more: Any) -> dict[str, Any]:
    """A policy that allows everything but one action."""
    statements = [policy(action="*")["Statement"], policy("Deny", action, **more)["Statement"]]
    return {"Version": "2012-10-17", "Statement": statements}


def refusal(operation: str, box: Direct | None = None, **parameters: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        (box or Direct()).call(operation, **parameters)
    return caught.value


def organization(*levels: dict[str, Any]) -> Organization:
    """An organization whose root has the one policy, and the account the other."""
    members = {number: Member(number, "name", "a@example.com", "r-1", START) for number in (NUMBER, "999999999999")}
    policies = {
        f"p-{i}": ControlPolicy(f"p-{i}", "name", "SERVICE_CONTROL_POLICY", json.dumps(each))
        for i, each in enumerate(levels)
    }
    attached = {"r-1": ("p-0",), NUMBER: ("p-1",)}
    return Organization("o-1", "999999999999", "r-1", members, {}, policies, attached, ("SERVICE_CONTROL_POLICY",))


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


@pytest.mark.parametrize(
    ("left_out", "names"),
    [
        ({"PolicyType": "inline"}, ["Own", "AdministratorAccess"]),
        ({"PolicyType": "user-managed"}, ["user_alice_p0", "AdministratorAccess"]),
        ({"PolicyType": "aws-managed"}, ["user_alice_p0", "Own"]),
        ({"PolicyArn": f"{ARN}:policy/O?n"}, ["user_alice_p0", "AdministratorAccess"]),
        ({"PolicyArn": "arn:aws:iam::aws:policy/Admin*"}, ["user_alice_p0", "Own"]),
        ({"PolicyArn": f"{ARN}:policy/Other"}, ["user_alice_p0", "Own", "AdministratorAccess"]),
        (
            {"InlinePolicyIdentifier": {"PolicyName": "p0", "AttachmentType": "user", "AttachmentName": "alice"}},
            ["Own", "AdministratorAccess"],
        ),
        (
            {"InlinePolicyIdentifier": {"PolicyName": "p0", "AttachmentType": "group", "AttachmentName": "alice"}},
            ["user_alice_p0", "Own", "AdministratorAccess"],
        ),
    ],
)
def test_policies_are_left_out_by_type_arn_or_name(left_out: dict[str, Any], names: list[str]) -> None:
    box = Direct()
    own = managed(box, "Own", policy())
    box.user("alice", policy(), attached=(own, "arn:aws:iam::aws:policy/AdministratorAccess"))
    found = of(box, "user/alice", PolicyExclusionList=[left_out])
    assert [each["SourcePolicyId"] for each in found["MatchedStatements"]] == names


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"PolicyType": "scp", "PolicyArn": f"{ARN}:policy/Own"},
        {"PolicyArn": "no ARN, but long enough"},
        {"PolicyArn": f"{ARN}:policy/*n*"},
        {"PolicyArn": "arn:aws:iam::*:policy/Own"},
        {"PolicyArn": f"{ARN}:user/alice-in-chains"},
    ],
)
def test_a_malformed_identifier_of_policies_is_refused(wrong: dict[str, Any]) -> None:
    source = f"{ARN}:user/administrator"
    error = refusal(
        "SimulatePrincipalPolicy", PolicySourceArn=source, ActionNames=["s3:GetObject"], PolicyExclusionList=[wrong]
    )
    assert error.status == 400
    assert error.code == ("InvalidInput" if len(wrong) == 1 else "ValidationError")


GRANT = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": f"{ARN}:user/alice"},
            "Action": ["s3:List*", "s3:Put*"],
            "Resource": f"{BUCKET}/*",
        },
    }
)


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


CUSTOM: dict[str, Any] = {"PolicyInputList": [text()], "ActionNames": ["s3:GetObject"]}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"PolicyInputList": ["{}"]}, "Invalid policy in PolicyInputList.1: Syntax errors in policy."),
        ({"PolicyInputList": [f"{text()} // so"]}, "Invalid policy in PolicyInputList.1: Syntax errors in policy."),
        ({"PolicyInputList": [GRANT]}, "Invalid policy in PolicyInputList.1: "),
        ({"ActionNames": ["s3:*"]}, "Invalid action name: s3:*"),
        ({"ResourceArns": ["bucket"]}, "ResourceNames are not in a valid ARN format: bucket."),
        ({"PermissionsBoundaryPolicyInputList": [text(), text()]}, "Only one permissions boundary policy"),
        ({"ResourcePolicy": GRANT}, "You must include a CallerArn"),
        ({"ResourcePolicy": GRANT, "CallerArn": f"{ARN}:role/job"}, "for an IAM user as the caller only"),
        ({"ResourcePolicy": GRANT, "CallerArn": f"{ARN}:group/team"}, "for an IAM user as the caller only"),
        (
            {"ResourcePolicy": GRANT, "CallerArn": f"{ARN}:user/alice", "ResourceArns": [f"{ARN}:role/job"]},
            "isn't supported for IAM roles",
        ),
        (
            {"ResourcePolicy": GRANT, "CallerArn": f"{ARN}:user/alice", "ResourceArns": ["arn:aws:s3:::other/key"]},
            "The ResourcePolicy is not applicable to the resource arn:aws:s3:::other/key.",
        ),
        ({"ResourceOwner": NUMBER}, f"'{NUMBER}' is not a valid as a Resource Owner."),
        ({"ResourceOwner": f"{ARN}:user/root"}, "is not a valid as a Resource Owner."),
        ({"CallerArn": f"arn:aws:sts::{NUMBER}:assumed-role/job/me"}, "Invalid Entity Arn: arn:aws:sts"),
        ({"CallerArn": "alice"}, "Invalid Entity Arn: alice does not clearly define entity type and name."),
        ({"ResourceHandlingOption": "EC2"}, "Invalid ResourceHandlingOption: EC2."),
        (
            {
                "ResourceHandlingOption": "EC2-VPC-EBS",
                "ResourceArns": ["*", f"arn:aws:ec2:us-east-1:{NUMBER}:instance/*", "arn:aws:ec2:us-east-1::image/*"],
            },
            "The scenario EC2-VPC-EBS needs resources of these types: security-group, network-interface, volume.",
        ),
    ],
)
def test_what_makes_no_simulation_is_refused(parameters: dict[str, Any], message: str) -> None:
    error = refusal("SimulateCustomPolicy", **{**CUSTOM, **parameters})
    assert (error.code, error.status) == ("InvalidInput", 400)
    assert message in error.message


@pytest.mark.parametrize(
    ("type_", "values", "fits"),
    [
        ("string", ["anything"], True),
        ("string", ["one", "two"], False),
        ("stringList", ["one", "two"], True),
        ("stringList", [], True),
        ("numeric", ["1.5"], True),
        ("numeric", ["many"], False),
        ("numeric", ["NaN"], False),
        ("booleanList", ["true", "FALSE"], True),
        ("boolean", ["yes"], False),
        ("ip", ["10.0.0.0/8"], True),
        ("ip", ["2001:db8::1"], True),
        ("ip", ["10.0.0"], False),
        ("binary", ["AAAA"], True),
        ("binary", ["not base64"], False),
        ("date", ["2026-03-01T12:00:00Z"], True),
        ("date", ["1772366400"], True),
        ("dateList", ["yesterday"], False),
    ],
)
def test_the_values_of_context_keys_are_held_against_their_type(type_: str, values: list[str], fits: bool) -> None:
    entry = {"ContextKeyName": "s3:prefix", "ContextKeyType": type_, "ContextKeyValues": values}
    if fits:
        assert custom(text(), ContextEntries=[entry])["EvalDecision"] == "allowed"
    else:
        assert refusal("SimulateCustomPolicy", ContextEntries=[entry], **CUSTOM).code == "InvalidInput"


def test_context_entries_are_whole_and_stand_once() -> None:
    entry = {"ContextKeyName": "s3:prefix", "ContextKeyType": "string", "ContextKeyValues": ["x"]}
    again = {**entry, "ContextKeyName": "S3:Prefix"}
    assert "given twice" in refusal("SimulateCustomPolicy", ContextEntries=[entry, again], **CUSTOM).message
    for name in entry:
        part = {key: value for key, value in entry.items() if key != name}
        assert "needs ContextKeyName" in refusal("SimulateCustomPolicy", ContextEntries=[part], **CUSTOM).message


@pytest.mark.parametrize("source", ["user/nobody", "group/nobody", "role/nobody", "user/path/administrator"])
def test_whoever_is_not_there_cannot_be_simulated(source: str) -> None:
    error = refusal("SimulatePrincipalPolicy", PolicySourceArn=f"{ARN}:{source}", ActionNames=["s3:GetObject"])
    assert (error.code, error.status) == ("NoSuchEntity", 404)


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
