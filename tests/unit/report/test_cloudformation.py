"""What CloudFormation makes of a composed policy is the policy: the template is read by a YAML library."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from tests.unit.advise.wished import Told
from tests.unit.report.composed import WISHED, composed

from iamfa.policy.policy import Policy
from iamfa.report.cloudformation import cloudformation, logical_id

RICH: Told = {"keys": True, "exempt_tag": ("mfa-exempt", "true"), "exempt_path": "/service/", "guard": True}


def template(told: Told) -> Any:
    return yaml.safe_load(cloudformation(composed(told)))


@pytest.mark.parametrize("told", [*WISHED, pytest.param(RICH, id="rich")])
def test_the_resources_hold_the_documents(told: Told) -> None:
    made = composed(told)
    text = cloudformation(made)
    read = yaml.safe_load(text)
    assert read["AWSTemplateFormatVersion"] == "2010-09-09"
    documents = made.composed.documents
    assert list(read["Resources"]) == [logical_id(d.name) for d in documents]
    for resource, document in zip(read["Resources"].values(), documents, strict=True):
        properties = resource["Properties"]
        content = properties.get("PolicyDocument") or properties["Content"]
        assert Policy.from_document(content, kind=document.kind).document == document.document
    assert text.count("#") >= sum(len(d.statements) for d in documents)


def test_no_text_turns_into_something_else_and_nothing_is_filled_in() -> None:
    text = cloudformation(composed(RICH))
    assert "!" not in text.replace("! ", "")
    assert "Fn::Sub" not in text
    assert '"arn:aws:iam::*:user/${aws:username}"' in text
    read = yaml.safe_load(text)
    document = read["Resources"]["ForceMFA"]["Properties"]["PolicyDocument"]
    assert document["Version"] == "2012-10-17"
    forcing = next(s for s in document["Statement"] if "NotAction" in s)
    assert forcing["Condition"]["BoolIfExists"] == {"aws:MultiFactorAuthPresent": "false"}


@pytest.mark.parametrize(
    ("told", "type_", "some"),
    [
        ({}, "AWS::IAM::ManagedPolicy", {"ManagedPolicyName": "ForceMFA"}),
        ({"group": "staff"}, "AWS::IAM::ManagedPolicy", {"Groups": ["staff"]}),
        ({"attach": "group"}, "AWS::IAM::Policy", {"Groups": ["users-with-mfa"], "PolicyName": "ForceMFA"}),
        ({"attach": "user"}, "AWS::IAM::Policy", {"Users": [{"Ref": "ForceMFAUser"}]}),
        (
            {"attach": "scp"},
            "AWS::Organizations::Policy",
            {"Type": "SERVICE_CONTROL_POLICY", "TargetIds": {"Ref": "ForceMFATargets"}},
        ),
    ],
)
def test_each_attachment_is_a_resource_of_its_type(told: Told, type_: str, some: dict[str, Any]) -> None:
    made = template(told)
    resource = made["Resources"]["ForceMFA"]
    assert resource["Type"] == type_
    assert {name: resource["Properties"][name] for name in some} == some
    refs = {value["Ref"] for value in _refs(resource)}
    assert refs == set(made.get("Parameters", {}))


def _refs(value: Any) -> list[dict[str, str]]:
    if isinstance(value, dict):
        return [value] if set(value) == {"Ref"} else [ref for each in value.values() for ref in _refs(each)]
    return [ref for each in value for ref in _refs(each)] if isinstance(value, list) else []


@pytest.mark.parametrize(("name", "id_"), [("Force-MFA_1", "ForceMFA1"), ("@", "Policy")])
def test_a_logical_id_is_made_of_the_name(name: str, id_: str) -> None:
    assert logical_id(name) == id_
