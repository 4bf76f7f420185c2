"""What breaks the model's constraints is named as AWS names it, all at once."""

from __future__ import annotations

import re
import time
import unicodedata
from random import Random
from typing import Any

import pytest
from tests.unit.sandbox import random_values

from iamfa.sandbox import constraints, model
from iamfa.sandbox.api_error import ApiError

SERIAL = "arn:aws:iam::123456789012:mfa/phone"


def refused(service: str, operation: str, **parameters: Any) -> ApiError:
    """The refusal of parameters that break a constraint."""
    found = model.operation(service, operation)
    assert found is not None
    with pytest.raises(ApiError) as error:
        constraints.check(found, parameters)
    return error.value


def message(operation: str, **parameters: Any) -> str:
    """IAM's or STS's message about parameters that break a constraint."""
    error = refused("iam" if model.operation("iam", operation) else "sts", operation, **parameters)
    assert (error.code, error.status) == ("ValidationError", 400)
    return error.message


def accepted(service: str, operation: str, **parameters: Any) -> bool:
    found = model.operation(service, operation)
    assert found is not None
    constraints.check(found, parameters)
    return True


@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        (
            "CreateVirtualMFADevice",
            {"VirtualMFADeviceName": "a b"},
            "Value 'a b' at 'virtualMFADeviceName' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\w+=,.@-]+",
        ),
        (
            "GetSessionToken",
            {"TokenCode": "123"},
            "Value '123' at 'tokenCode' failed to satisfy constraint: "
            "Member must have length greater than or equal to 6",
        ),
        (
            "GetSessionToken",
            {"DurationSeconds": 129601},
            "Value '129601' at 'durationSeconds' failed to satisfy constraint: "
            "Member must have value less than or equal to 129600",
        ),
        (
            "GetSessionToken",
            {"DurationSeconds": 899},
            "Value '899' at 'durationSeconds' failed to satisfy constraint: "
            "Member must have value greater than or equal to 900",
        ),
        (
            "UpdateAccessKey",
            {"AccessKeyId": "A" * 20, "Status": "Off"},
            "Value 'Off' at 'status' failed to satisfy constraint: "
            "Member must satisfy enum value set: [Active, Inactive, Expired]",
        ),
        ("CreateUser", {}, "Value null at 'userName' failed to satisfy constraint: Member must not be null"),
        (
            "CreateUser",
            {"UserName": "u" * 65},
            f"Value '{'u' * 65}' at 'userName' failed to satisfy constraint: "
            "Member must have length less than or equal to 64",
        ),
        (
            "CreateUser",
            {"UserName": "a", "Tags": [{"Key": "k", "Value": "v"}, {"Key": "k"}]},
            "Value null at 'tags.2.member.value' failed to satisfy constraint: Member must not be null",
        ),
        (
            "UntagUser",
            {"UserName": "a", "TagKeys": ["fine", ""]},
            "Value '[fine, ]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: "
            "[Member must have length less than or equal to 128, Member must have length greater than or equal to 1, "
            r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+]",
        ),
        (
            "ChangePassword",
            {"OldPassword": "", "NewPassword": "n"},
            "Value at 'oldPassword' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+; "
            "Value at 'oldPassword' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (
            "ChangePassword",
            {"OldPassword": "o"},
            "Value at 'newPassword' failed to satisfy constraint: Member must not be null",
        ),
    ],
)
def test_a_violation_reads_as_aws_writes_it(operation: str, parameters: dict[str, Any], expected: str) -> None:
    count = expected.count("failed to satisfy")
    assert message(operation, **parameters) == f"{count} validation error{'s' * (count > 1)} detected: {expected}"


def test_every_violation_is_named_at_once() -> None:
    found = message("EnableMFADevice", UserName="", SerialNumber=SERIAL, AuthenticationCode1="12a")
    assert found.replace("failed to satisfy constraint: Member must", "must") == (
        "5 validation errors detected: "
        r"Value '' at 'userName' must satisfy regular expression pattern: [\w+=,.@-]+; "
        "Value '' at 'userName' must have length greater than or equal to 1; "
        r"Value '12a' at 'authenticationCode1' must satisfy regular expression pattern: [\d]+; "
        "Value '12a' at 'authenticationCode1' must have length greater than or equal to 6; "
        "Value null at 'authenticationCode2' must not be null"
    )


def test_too_many_tags_are_shown_and_refused() -> None:
    tags = [{"Key": f"k{index}", "Value": ""} for index in range(51)]
    found = message("TagUser", UserName="a", Tags=tags)
    assert found.startswith("1 validation error detected: Value '[{key=k0, value=}, {key=k1, value=}, ")
    assert found.endswith("]' at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50")


def test_a_value_of_any_length_is_repeated_only_up_to_a_bound() -> None:
    found = message("CreateUser", UserName="u" * 100_000)
    assert "...' at 'userName'" in found and len(found) < 5_000


def test_a_list_of_secrets_and_maps_is_judged_without_repeating_a_secret() -> None:
    raw = {
        "metadata": {"protocol": "query", "apiVersion": "1"},
        "operations": {"Do": {"name": "Do", "input": {"shape": "In"}}},
        "shapes": {
            "In": {
                "type": "structure",
                "members": {"Keys": {"shape": "Keys"}, "Pairs": {"shape": "Pairs"}, "Boxes": {"shape": "Boxes"}},
            },
            "Keys": {"type": "list", "member": {"shape": "Secret"}},
            "Pairs": {"type": "map", "key": {"shape": "Key"}, "value": {"shape": "Key"}, "max": 1},
            "Boxes": {"type": "list", "member": {"shape": "Box"}, "max": 1},
            "Box": {"type": "structure", "members": {"Inner": {"shape": "Secret"}}},
            "Secret": {"type": "string", "sensitive": True, "max": 3},
            "Key": {"type": "string", "min": 2},
        },
    }
    found = model.compiled("x", raw, "Do")
    assert found is not None and found.input_shape is not None
    values = {"Keys": ["ok", "hunter2"], "Pairs": {"a": "bb", "cc": "d"}, "Boxes": [{"Inner": "no"}, {"Inner": "no"}]}
    assert [(each.path, each.shown) for each in constraints.violations(found.input_shape, values)] == [
        ("keys", ""),
        ("pairs.key", " 'a'"),
        ("pairs.cc.member", " 'd'"),
        ("pairs", " '{a=bb, cc=d}'"),
        ("boxes", ""),
    ]


def test_a_union_has_exactly_one_member() -> None:
    found = message(
        "SimulatePrincipalPolicy",
        PolicySourceArn="arn:aws:iam::123456789012:user/a",
        ActionNames=["iam:GetUser"],
        PolicyExclusionList=[{"PolicyArn": SERIAL}, {}],
    )
    assert found == (
        "1 validation error detected: Value '{}' at 'policyExclusionList.2.member' failed to satisfy constraint: "
        "Member must have exactly one member set"
    )


@pytest.mark.parametrize(
    ("name", "fits"),
    [("alice", True), ("a+=,.@-_9", True), ("é", False), ("a\n", False), ("٣", False), ("a b", False), ("ａ", False)],
)
def test_a_word_character_is_ascii_and_the_whole_value_counts(name: str, fits: bool) -> None:
    assert (constraints.matcher(r"[\w+=,.@-]+")(name) is not None) == fits


@pytest.mark.parametrize(
    ("tag", "fits"),
    [("Größe", True), ("中文 ٣", True), ("a\u2003b", True), ("a\tb", False), ("a;b", False), ("☃", False), ("", True)],
)
def test_a_tag_may_have_letters_numbers_and_separators_of_any_script(tag: str, fits: bool) -> None:
    assert (constraints.matcher(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*")(tag) is not None) == fits


@pytest.mark.soak
def test_the_properties_of_tags_are_those_of_unicode() -> None:
    matches = constraints.matcher(r"[\p{L}\p{Z}\p{N}_]")
    wrong = [
        hex(point)
        for point in range(0x110000)
        if (matches(chr(point)) is not None) != (unicodedata.category(chr(point))[0] in "LZN" or point == ord("_"))
    ]
    assert not wrong


def test_a_property_that_is_not_built_is_refused() -> None:
    with pytest.raises(model.ModelError, match="property"):
        constraints.matcher(r"\p{Sc}+")


@pytest.mark.parametrize("service", model.SERVICES)
def test_every_pattern_of_the_model_is_understood(service: str) -> None:
    patterns = set()
    for name in model.operations(service):
        found = model.operation(service, name)
        assert found is not None
        todo = [found.input_shape] if found.input_shape else []
        while todo:
            shape = todo.pop()
            patterns.add(shape.pattern)
            todo.extend(shape.members.values())
    for pattern in patterns - {None}:
        constraints.matcher(pattern)
    assert len(patterns) > 5


@pytest.mark.parametrize(
    ("service", "operation", "name", "value"),
    [
        ("iam", "CreateAccountAlias", "AccountAlias", "a-" * 2_000_000),
        ("iam", "ListUsers", "PathPrefix", "/" + "a" * 4_000_000),
        ("iam", "CreateUser", "Path", "/" * 4_000_000),
        ("iam", "GetPolicyVersion", "VersionId", "v1." + "-" * 4_000_000 + "!"),
        ("organizations", "InviteAccountToOrganization", "Notes", "\n" * 4_000_000),
        ("organizations", "CreateAccount", "Email", "a@" + "." * 1_000_000),
    ],
)
def test_no_value_makes_a_pattern_take_long(service: str, operation: str, name: str, value: str) -> None:
    start = time.process_time()
    refused(service, operation, **{name: value})
    assert time.process_time() - start < 2


def test_a_pattern_that_is_not_tried_on_a_long_value_does_not_pass() -> None:
    found = message("GetPolicyVersion", PolicyArn=SERIAL, VersionId="v1" + "0" * 10_000)
    assert re.search(r"at 'versionId' failed to satisfy constraint: Member must satisfy regular expression", found)


def test_organizations_answers_with_its_own_code_and_a_reason() -> None:
    error = refused("organizations", "AttachPolicy", PolicyId="no", TargetId="123456789012")
    assert (error.code, error.status, error.fields) == ("InvalidInputException", 400, {"Reason": "INVALID_PATTERN"})
    assert error.message == "You provided a value that does not match the required pattern."
    assert error.hint is not None and "at 'policyId'" in error.hint


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({}, "INPUT_REQUIRED"),
        ({"Filter": "ALL"}, "INVALID_ENUM"),
        ({"Filter": "TAG_POLICY", "MaxResults": 0}, "MIN_VALUE_EXCEEDED"),
        ({"Filter": "TAG_POLICY", "MaxResults": 21}, "MAX_VALUE_EXCEEDED"),
        ({"Filter": "TAG_POLICY", "NextToken": "n" * 100_001}, "MAX_LENGTH_EXCEEDED"),
    ],
)
def test_the_reason_says_what_is_wrong(parameters: dict[str, Any], reason: str) -> None:
    assert refused("organizations", "ListPolicies", **parameters).fields == {"Reason": reason}


@pytest.mark.parametrize("service", model.SERVICES)
def test_each_parameter_of_every_operation_is_missed_and_bounded_by_name(service: str) -> None:
    random, looked_at = Random(3), 0
    for name in model.operations(service):
        found = model.operation(service, name)
        assert found is not None
        if found.input_shape is None:
            continue
        given = random_values.structure(random, found.input_shape)
        assert constraints.violations(found.input_shape, given) == []
        for member, shape in found.input_shape.members.items():
            path = member[0].lower() + member[1:]
            broken: list[tuple[dict[str, Any], str]] = []
            if member in found.input_shape.required:
                broken.append(({each: value for each, value in given.items() if each != member}, "must not be null"))
            if shape.maximum is not None and shape.kind == "string":
                broken.append(({**given, member: "a" * (shape.maximum + 1)}, "must have length less than or equal to"))
            if shape.minimum is not None and shape.kind == "integer":
                broken.append(({**given, member: shape.minimum - 1}, "must have value greater than or equal to"))
            for parameters, constraint in broken:
                looked_at += 1
                each = constraints.violations(found.input_shape, parameters)
                assert {one.path for one in each} == {path} and any(constraint in one.constraint for one in each)
    assert looked_at > 20


def test_what_keeps_the_constraints_passes() -> None:
    assert accepted("iam", "CreateUser", UserName="a", Path="/x/", Tags=[{"Key": "Größe", "Value": ""}])
    assert accepted("organizations", "AttachPolicy", PolicyId="p-FullAWSAccess", TargetId="r-ab12")
    assert accepted("sts", "AssumeRole", RoleArn="arn:aws:iam::123456789012:role/r", RoleSessionName="me")
    assert accepted("iam", "GenerateCredentialReport")
