"""A composed policy as Terraform: the data source that people use for policies, and what saves it.

In a text of HCL `${` and `%{` begin a template; `$${` and `%%{` are the characters themselves (Terraform's page
"Strings and Templates"). So IAM's variables arrive at AWS as they are meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from iamfa.advise.compose import Composition
from iamfa.advise.composing import ComposedDocument
from iamfa.advise.wishes import Wishes
from iamfa.policy.commented import comment_lines
from iamfa.policy.document import Condition, Kind, Statement

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def terraform(composition: Composition) -> str:
    """All composed documents, each as a data source and the resources that save and attach it."""
    blocks = [
        "\n".join(lines)
        for document in composition.composed.documents
        for lines in (
            _data(document),
            *_saved(document, composition.wishes),
        )
    ]
    return "\n\n".join(blocks) + "\n"


def quoted(text: str) -> str:
    """A text as HCL, taken literally."""
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return '"' + text.replace("${", "$${").replace("%{", "%%{") + '"'


def label_of(name: str) -> str:
    """A name in the way of Terraform's labels: `ForceMFA` becomes `force_mfa`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    label = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    return label if label[:1].isalpha() else f"policy_{label}".rstrip("_")


def _data(document: ComposedDocument) -> Iterator[str]:
    yield from comment_lines(f"{document.name}: {document.purpose}", "#")
    yield f'data "aws_iam_policy_document" "{label_of(document.name)}" {{'
    for index, commented in enumerate(document.statements):
        if index:
            yield ""
        yield from comment_lines(commented.comment, "  #")
        yield from _statement(commented.statement)
    yield "}"


def _statement(statement: Statement) -> Iterator[str]:
    assert statement.resource is not None
    yield "  statement {"
    if statement.sid is not None:
        yield f"    sid    = {quoted(statement.sid)}"
    yield f"    effect = {quoted(statement.effect)}"
    for name, element in (("actions", statement.action), ("resources", statement.resource)):
        yield ""
        yield from _list(f"not_{name}" if element.negated else name, (v.text for v in element.values))
    for condition in statement.conditions:
        yield ""
        yield from _condition(condition)
    yield "  }"


def _condition(condition: Condition) -> Iterator[str]:
    yield "    condition {"
    yield f"      test     = {quoted(condition.operator.text)}"
    yield f"      variable = {quoted(condition.key.text)}"
    yield f"      values   = [{', '.join(quoted(v.text) for v in condition.values)}]"
    yield "    }"


def _list(name: str, texts: Iterable[str]) -> Iterator[str]:
    values = [quoted(text) for text in texts]
    if len(values) == 1:
        yield f"    {name} = [{values[0]}]"
        return
    yield f"    {name} = ["
    yield from (f"      {value}," for value in values)
    yield "    ]"


def _saved(document: ComposedDocument, wishes: Wishes) -> Iterator[list[str]]:
    label = label_of(document.name)
    name, text = quoted(document.name), f"data.aws_iam_policy_document.{label}.json"
    purpose = quoted(document.purpose)
    if document.kind is Kind.SCP:
        yield _block(f'variable "{label}_targets"', {
            "description": quoted("Accounts, organizational units or roots that the policy is attached to."),
            "type": "set(string)", "default": "[]",
        })  # fmt: skip
        yield _block(f'resource "aws_organizations_policy" "{label}"', {
            "name": name, "description": purpose, "type": quoted("SERVICE_CONTROL_POLICY"), "content": text,
        })  # fmt: skip
        yield _block(f'resource "aws_organizations_policy_attachment" "{label}"', {
            "for_each": f"var.{label}_targets", "policy_id": f"aws_organizations_policy.{label}.id",
            "target_id": "each.value",
        })  # fmt: skip
    elif document.kind is Kind.GROUP:
        group = quoted(str(wishes.group))
        yield _block(f'resource "aws_iam_group_policy" "{label}"', {"name": name, "group": group, "policy": text})
    elif document.kind is Kind.USER:
        yield _block(f'variable "{label}_user"', {
            "description": quoted("The user that the policy is for."), "type": "string",
        })  # fmt: skip
        user = f"var.{label}_user"
        yield _block(f'resource "aws_iam_user_policy" "{label}"', {"name": name, "user": user, "policy": text})
    else:
        yield _block(f'resource "aws_iam_policy" "{label}"', {"name": name, "description": purpose, "policy": text})
        if wishes.group is not None:
            yield _block(f'resource "aws_iam_group_policy_attachment" "{label}"', {
                "group": quoted(wishes.group), "policy_arn": f"aws_iam_policy.{label}.arn",
            })  # fmt: skip


def _block(head: str, members: Mapping[str, str]) -> list[str]:
    wide = max(len(name) for name in members)
    return [f"{head} {{", *(f"  {name.ljust(wide)} = {value}" for name, value in members.items()), "}"]
