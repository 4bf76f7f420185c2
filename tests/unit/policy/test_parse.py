"""What a text becomes: typed values with their places, and the kind it is guessed to be."""

from __future__ import annotations

import pytest

from iamfa.errors import PolicyError
from iamfa.policy.document import Condition, Kind, PrincipalValue, Span, Value
from iamfa.policy.grammar import close_name
from iamfa.policy.parse import is_policy_like
from iamfa.policy.policy import Policy
from iamfa.policy.reader import read
from iamfa.policy.source import Source

TEXT = """{
  "Version": "2012-10-17",
  "Id": "one",
  "Statement": [
    {
      "Sid": "A",
      "Effect": "Deny",
      "NotPrincipal": {"AWS": ["123456789012", "*"], "Service": "ec2.amazonaws.com"},
      "NotAction": ["s3:*", "sts:*"],
      "NotResource": "arn:aws:s3:::b",
      "Condition": {"Bool": {"aws:SecureTransport": true, "aws:ViaAWSService": "false"}, "Null": {"aws:x": ["true"]}}
    },
    {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": ["*"]}
  ]
}
"""


def at(span: Span | None) -> str:
    assert span is not None
    return TEXT[span.start : span.end]


def test_every_part_of_a_document_knows_its_place() -> None:
    policy = Policy.parse(TEXT, path="p.json", name="n")
    document = policy.document
    first, second = document.statements
    assert (policy.kind, policy.path, policy.name) == (Kind.RESOURCE, "p.json", "n")
    assert policy.text == TEXT.strip()
    assert at(document.version_span) == '"Version": "2012-10-17"'
    assert (document.version, document.version_written, document.id) == ("2012-10-17", True, "one")
    assert at(document.span) == TEXT.strip()
    assert at(first.span).startswith('{\n      "Sid"')
    assert at(first.effect_span) == '"Deny"'
    assert at(first.action.span) == '"NotAction": ["s3:*", "sts:*"]'
    assert at(first.action.key_span) == '"NotAction"'
    assert [at(value.span) for value in first.action.values] == ['"s3:*"', '"sts:*"']
    assert first.action.is_list
    assert first.resource is not None
    assert not first.resource.is_list
    assert at(first.resource.values[0].span) == '"arn:aws:s3:::b"'
    assert first.principal is not None
    assert first.principal.negated
    assert first.principal.values == (
        PrincipalValue("AWS", Value("123456789012")),
        PrincipalValue("AWS", Value("*")),
        PrincipalValue("Service", Value("ec2.amazonaws.com")),
    )
    assert second.principal is not None
    assert second.principal.values == (PrincipalValue("*", Value("*")),)
    assert at(second.principal.span) == '"Principal": "*"'
    assert (first.index, second.index, first.sid, second.sid) == (0, 1, "A", None)


def test_conditions_are_listed_by_operator_and_key() -> None:
    conditions = Policy.parse(TEXT).statements[0].conditions
    assert conditions == (
        Condition(Value("Bool"), Value("aws:SecureTransport"), (Value("true"),)),
        Condition(Value("Bool"), Value("aws:ViaAWSService"), (Value("false"),)),
        Condition(Value("Null"), Value("aws:x"), (Value("true"),)),
    )
    assert at(conditions[0].operator.span) == '"Bool"'
    assert at(conditions[0].key.span) == '"aws:SecureTransport"'
    assert at(conditions[0].values[0].span) == "true"
    assert at(conditions[2].span) == '"aws:x": ["true"]'


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}', Kind.IDENTITY),
        ('{"Effect": "Allow", "Action": "*", "Resource": "*"}', Kind.IDENTITY),
        ('{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}', Kind.RESOURCE),
        (
            '[{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["sts:AssumeRole","sts:TagSession"]},'
            '{"Effect": "Deny", "Principal": {"AWS": "*"}, "NotAction": "STS:SetSourceIdentity"}]',
            Kind.TRUST,
        ),
        (
            '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["sts:AssumeRole","s3:*"],'
            '"Resource": "*"}]}',
            Kind.RESOURCE,
        ),
        (
            '[{"Effect": "Deny", "NotPrincipal": {"AWS": "123456789012"}, "Action": "s3:*", "Resource": "*"}]',
            Kind.RESOURCE,
        ),
    ],
)
def test_the_kind_is_guessed_from_principals_and_actions(text: str, kind: Kind) -> None:
    assert Policy.parse(text).kind is kind


def test_the_kind_of_a_faulty_document_is_guessed_too() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy.parse(
            '{"Statement": [1, {"Effect": "Allow", "Principal": "*", "Action": 5, "Resource": "*"}, {"Effect": 1}]}'
        )
    messages = [fault.message for fault in caught.value.faults]
    assert "the statement has no Principal" in messages
    assert "an identity-based policy has no Principal" not in messages


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('{"Statement": []}', True),
        ('{"statement": {}}', True),
        ('{"Version": "2012-10-17"}', True),
        ('{"Version": "3.2"}', False),
        ('{"Statement": "of account"}', False),
        ('{"Effect": "Allow", "Action": "*"}', True),
        ('{"Effect": "fade"}', False),
        ('{"Sid": "a", "Resource": "*"}', False),
        ('[{"Action": "*", "Resource": "*"}]', True),
        ("[1, []]", False),
        ("{}", False),
        ("7", False),
    ],
)
def test_what_is_meant_as_a_policy_is_told_from_other_json(text: str, answer: bool) -> None:
    assert is_policy_like(read(Source(text)).root) is answer


def test_all_faults_come_at_once_and_in_the_order_of_the_text() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy.parse('{"Statement": [{"Effect": "allow",\n"Action": "x",\n"Resource": "y"}],\n"Version": "z"}')
    assert [(fault.line, fault.column) for fault in caught.value.faults] == [(1, 27), (2, 11), (3, 13), (4, 12)]
    assert str(caught.value) == "1:27: `allow` is no Effect (and 3 more)"
    assert caught.value.hint == "did you mean `Allow`?"


def test_faults_beyond_five_hundred_are_not_listed() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy.parse("[" + '{"Effect": "x", "Action": 1},' * 400 + "]")
    assert len(caught.value.faults) == 501
    assert "there are more faults than these" in [fault.message for fault in caught.value.faults]


def test_the_name_that_was_meant_is_found() -> None:
    names = ("Effect", "Principal", "Resource")
    assert close_name("EFFECT", names) == "Effect"
    assert close_name("Principle", names) == "Principal"
    assert close_name("Zzz", names) is None
