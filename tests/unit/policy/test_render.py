"""A document as text, always in the same way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iamfa.policy.policy import Policy
from iamfa.policy.render import render, render_minimal

TEXT = """{"Statement": {"Resource": ["arn:aws:s3:::b"], "Condition": {"Bool": {"aws:SecureTransport": true}},
"Principal": {"Service": ["a.amazonaws.com", "b.amazonaws.com"], "AWS": ["123456789012"]}, "Action": ["s3:*", "sts:*"],
"Effect": "Deny", "Sid": "é"}, "Id": "x", "Version": "2012-10-17"}"""


def test_elements_come_in_the_order_of_the_grammar_page() -> None:
    assert (
        render(Policy.parse(TEXT).document)
        == """{
  "Version": "2012-10-17",
  "Id": "x",
  "Statement": [
    {
      "Sid": "é",
      "Effect": "Deny",
      "Principal": {
        "Service": [
          "a.amazonaws.com",
          "b.amazonaws.com"
        ],
        "AWS": "123456789012"
      },
      "Action": [
        "s3:*",
        "sts:*"
      ],
      "Resource": "arn:aws:s3:::b",
      "Condition": {
        "Bool": {
          "aws:SecureTransport": "true"
        }
      }
    }
  ]
}
"""
    )


def test_the_minimal_form_has_no_white_space_between_values() -> None:
    text = '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    assert render_minimal(Policy.parse(text).document) == text.replace(" ", "")


@pytest.mark.parametrize(
    "text",
    [
        '{"Effect": "Allow", "Action": "*", "Resource": "*"}',
        '[{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": "*", "Resource": "*"}]',
    ],
)
def test_bare_statements_stay_bare(text: str) -> None:
    assert render_minimal(Policy.parse(text).document) == text.replace(" ", "")


def test_a_document_that_no_text_can_spell_is_refused() -> None:
    document = Policy.parse(TEXT).document
    statement = document.statements[0]
    twice = replace(document, statements=(replace(statement, conditions=statement.conditions * 2),))
    with pytest.raises(ValueError, match="`Bool` compares `aws:SecureTransport` twice"):
        render(twice)
