"""What a simulation is given: policies, context entries, ARNs and exclusions, and what of it is refused."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.sandbox.direct import NUMBER, Direct
from tests.unit.sandbox.simulations import (
    ARN,
    CUSTOM,
    GRANT,
    custom,
    managed,
    of,
    policy,
    refusal,
    text,
)


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
        ({"CallerArn": f"{ARN}:user/al*ce"}, "does not clearly define entity type and name."),
        ({"CallerArn": f"{ARN}:user/a b/alice"}, "does not clearly define entity type and name."),
        ({"CallerArn": f"{ARN}:user/{'/' * 1900} "}, "does not clearly define entity type and name."),
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
