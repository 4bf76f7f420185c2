"""A composed policy as a CloudFormation template in YAML.

`${aws:username}` stays as it is: CloudFormation fills `${…}` in only within Fn::Sub, which stands nowhere here. Every
text is quoted as in JSON, which is YAML too, so that no `2012-10-17` becomes a date, no `*` an alias and no operator
`Null` nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from iamfa.advise.compose import Composition
from iamfa.advise.composing import ComposedDocument
from iamfa.advise.wishes import Wishes
from iamfa.policy.commented import comment_lines
from iamfa.policy.document import Kind
from iamfa.policy.render import Json, statement_as_json

_Tree: TypeAlias = "str | Sequence[_Tree] | Mapping[str, _Tree] | ComposedDocument"
"""What a template is made of; a document stands for itself, with its comments."""

_TYPES = {
    Kind.IDENTITY: "AWS::IAM::ManagedPolicy",
    Kind.GROUP: "AWS::IAM::Policy",
    Kind.USER: "AWS::IAM::Policy",
    Kind.SCP: "AWS::Organizations::Policy",
}


def cloudformation(composition: Composition) -> str:
    """All composed documents as resources of one template."""
    documents, wishes = composition.composed.documents, composition.wishes
    parameters: dict[str, _Tree] = {}
    resources: dict[str, _Tree] = {}
    for document in documents:
        name = logical_id(document.name)
        parameters.update(_parameters(document, name))
        resources[name] = {"Type": _TYPES[document.kind], "Properties": _properties(document, wishes, name)}
    template: dict[str, _Tree] = {"AWSTemplateFormatVersion": "2010-09-09", "Description": documents[0].purpose}
    if parameters:
        template["Parameters"] = parameters
    template["Resources"] = resources
    head: list[str] = []
    if any(document.kind is not Kind.SCP for document in documents):
        head = [*comment_lines("The policy has a name: the stack needs --capabilities CAPABILITY_NAMED_IAM.", "#")]
    return "\n".join([*head, *_mapping(template, "")]) + "\n"


def logical_id(name: str) -> str:
    """A name as CloudFormation takes it for a resource: letters and digits."""
    return re.sub(r"[^A-Za-z0-9]", "", name) or "Policy"


def _parameters(document: ComposedDocument, name: str) -> dict[str, _Tree]:
    if document.kind is Kind.USER:
        return {f"{name}User": {"Type": "String", "Description": "The user that the policy is for."}}
    if document.kind is Kind.SCP:
        words = "Accounts, organizational units or roots that the policy is attached to."
        return {f"{name}Targets": {"Type": "CommaDelimitedList", "Description": words}}
    return {}


def _properties(document: ComposedDocument, wishes: Wishes, name: str) -> dict[str, _Tree]:
    if document.kind is Kind.SCP:
        return {
            "Name": document.name, "Description": document.purpose, "Type": "SERVICE_CONTROL_POLICY",
            "TargetIds": {"Ref": f"{name}Targets"}, "Content": document,
        }  # fmt: skip
    if document.kind is Kind.USER:
        return {"PolicyName": document.name, "Users": [{"Ref": f"{name}User"}], "PolicyDocument": document}
    groups: dict[str, _Tree] = {} if wishes.group is None else {"Groups": [wishes.group]}
    if document.kind is Kind.GROUP:
        return {"PolicyName": document.name, **groups, "PolicyDocument": document}
    described = {"ManagedPolicyName": document.name, "Description": document.purpose}
    return {**described, **groups, "PolicyDocument": document}


# YAML ----------------------------------------------------------------------------------------------------------------


_WORDS_OF_YAML = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
"""What YAML takes for a value of another kind; the operator `Null` is among them."""


def _mapping(members: Mapping[str, _Tree], indent: str) -> Iterator[str]:
    for key, value in members.items():
        name = key if re.fullmatch(r"\w+", key) and key.lower() not in _WORDS_OF_YAML else json.dumps(key)
        if isinstance(value, str):
            yield f"{indent}{name}: {json.dumps(value)}"
        else:
            yield f"{indent}{name}:"
            yield from _nested(value, indent + "  ")


def _nested(value: _Tree, indent: str) -> Iterator[str]:
    if isinstance(value, ComposedDocument):
        yield f'{indent}Version: "{value.document.version}"'
        yield f"{indent}Statement:"
        for commented in value.statements:
            yield from comment_lines(commented.comment, f"{indent}  #")
            yield from _item(_tree(statement_as_json(commented.statement)), indent + "  ")
    elif isinstance(value, Mapping):
        yield from _mapping(value, indent)
    else:
        for each in value:
            yield from _item(each, indent)


def _item(value: _Tree, indent: str) -> Iterator[str]:
    if isinstance(value, str):
        yield f"{indent}- {json.dumps(value)}"
        return
    lines = list(_nested(value, indent + "  "))
    yield f"{indent}- {lines[0].lstrip()}"
    yield from lines[1:]


def _tree(value: Json) -> _Tree:
    return value
