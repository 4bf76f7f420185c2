"""A policy and its text."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamfa.errors import PolicyError
from iamfa.policy.document import Kind
from iamfa.policy.forms import read_documents
from iamfa.policy.policy import Policy

TEXT = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}]} // end\n'
)
DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}]}


def test_a_policy_is_loaded_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "p.jsonc"
    file.write_text("\ufeff" + TEXT, "utf-8")
    policy = Policy.load(file, kind=Kind.USER)
    assert policy.path == str(file)
    assert policy.kind is Kind.USER
    assert policy.source.bom
    assert len(policy.comments) == 1


def test_a_file_that_is_missing_is_a_policy_error(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="there is no such file"):
        Policy.load(tmp_path / "none.json")


def test_a_python_value_is_read_as_its_json() -> None:
    policy = Policy.from_document(DOCUMENT, name="batch")
    assert policy.document == Policy.parse(TEXT).document
    assert policy.name == "batch"
    assert policy.source.text[policy.statements[0].effect_span.start :].startswith('"Allow"')


@pytest.mark.parametrize("value", [{"a": {1}}, {"Statement": object()}, {(1, 2): 3}, {"a": float("nan")}])
def test_a_python_value_that_is_no_json_is_a_policy_error(value: object) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy.from_document(value)
    assert caught.value.faults


def test_a_python_value_that_holds_itself_is_a_policy_error() -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(PolicyError, match="no JSON value"):
        Policy.from_document(value)


def test_an_edited_text_keeps_path_kind_name_and_mark() -> None:
    policy = Policy.parse("\ufeff" + TEXT, kind=Kind.GROUP, path="p", name="n")
    edited = policy.with_text(policy.source.text.replace("GetUser", "ListUsers"))
    assert (edited.kind, edited.path, edited.name) == (Kind.GROUP, "p", "n")
    assert edited.source.bom
    assert edited.statements[0].action.values[0].text == "iam:ListUsers"
    with pytest.raises(PolicyError):
        policy.with_text(policy.source.text.replace("Allow", "allow"))


def test_an_edited_text_may_begin_with_a_new_comment() -> None:
    policy = Policy.parse(TEXT)
    assert policy.with_text("// first\n" + TEXT).document == policy.document


def test_a_policy_inside_a_dump_is_edited_in_the_text_of_the_dump() -> None:
    dump = '{"PolicyVersion": {"VersionId": "v1", "Document": ' + TEXT.split(" //")[0] + "}}"
    (found,) = read_documents(dump)
    assert found.policy is not None
    edited = found.policy.with_text(dump.replace("GetUser", "ListUsers"))
    assert edited.statements[0].action.values[0].text == "iam:ListUsers"
    assert edited.text.startswith('{"Version"')
    with pytest.raises(LookupError):
        found.policy.with_text("[]" + " " * 80)
