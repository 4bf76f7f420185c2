"""What Terraform makes of a composed policy is the policy: read back by a strict reader of HCL."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.wished import Told
from tests.unit.report.composed import WISHED, composed
from tests.unit.report.hcl import Block, Reference, parse, policy_of, text_of

from iamfa.policy.policy import Policy
from iamfa.report.terraform import label_of, quoted, terraform

RICH: Told = {"keys": True, "exempt_tag": ("mfa-exempt", "true"), "exempt_path": "/service/", "guard": True}


def written(told: Told) -> tuple[Block, Any]:
    made = composed(told)
    return parse(terraform(made)), made.composed


@pytest.mark.parametrize("told", [*WISHED, pytest.param(RICH, id="rich")])
def test_the_data_sources_hold_the_documents(told: Told) -> None:
    root, composed = written(told)
    data = root.all("data")
    assert [block.labels[1] for block in data] == [label_of(d.name) for d in composed.documents]
    for block, document in zip(data, composed.documents, strict=True):
        assert Policy.from_document(policy_of(block), kind=document.kind).document == document.document
        statements = block.all("statement")
        assert [" ".join(s.comments) for s in statements] == [" ".join(c.split()) for c in document.comments]


def resources(told: Told) -> dict[str, dict[str, Any]]:
    return {block.labels[0]: block.attributes for block in written(told)[0].all("resource")}


def test_a_managed_policy_is_saved_and_attached_where_a_group_is_named() -> None:
    made = resources({})
    assert list(made) == ["aws_iam_policy"]
    assert made["aws_iam_policy"]["name"] == "ForceMFA"
    assert made["aws_iam_policy"]["policy"] == Reference("data.aws_iam_policy_document.force_mfa.json")
    attached = resources({"group": "staff"})["aws_iam_group_policy_attachment"]
    assert attached == {"group": "staff", "policy_arn": Reference("aws_iam_policy.force_mfa.arn")}


def test_an_inline_policy_names_whom_it_is_for() -> None:
    assert resources({"attach": "group"})["aws_iam_group_policy"]["group"] == "users-with-mfa"
    root, _ = written({"attach": "user"})
    (variable,) = root.all("variable")
    assert variable.labels == ("force_mfa_user",)
    (resource,) = root.all("resource")
    assert resource.attributes["user"] == Reference("var.force_mfa_user")


@pytest.mark.parametrize("told", [{"attach": "scp"}, {"guard": True}], ids=["scp", "guard"])
def test_a_service_control_policy_is_attached_to_what_a_variable_names(told: Told) -> None:
    made = resources(told)
    assert made["aws_organizations_policy"]["type"] == "SERVICE_CONTROL_POLICY"
    assert isinstance(made["aws_organizations_policy"]["content"], Reference)
    assert made["aws_organizations_policy_attachment"]["target_id"] == Reference("each.value")


def test_variables_of_iam_are_no_templates_of_terraform() -> None:
    text = terraform(composed({}))
    assert "user/$${aws:username}" in text
    assert text.count("${aws:username}") == text.count("$${aws:username}")


@pytest.mark.parametrize(
    "text", ["plain", "${aws:username}", "%{if x}", 'a "b"', "back\\slash", "line\nend", "$${", "tab\t", "100 %"]
)
def test_what_is_quoted_is_read_back(text: str) -> None:
    if text != "$${":  # a dollar before a template cannot be told from an escape; no policy holds one
        assert text_of(quoted(text)) == text


@pytest.mark.parametrize(
    ("name", "label"),
    [("ForceMFA", "force_mfa"), ("must-mfa", "must_mfa"), ("A1+b@c", "a1_b_c"), ("2fa", "policy_2fa"), ("@", "policy")],
)
def test_a_label_is_made_of_the_name(name: str, label: str) -> None:
    assert label_of(name) == label
