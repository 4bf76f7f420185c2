"""Policies as JSON objects in a snapshot: nothing that AWS would see is lost."""

from __future__ import annotations

import json

import pytest

from iamfa.account.details import text_in
from iamfa.account.documents import document_out, keeps_layout


def test_a_plain_policy_becomes_an_object() -> None:
    assert document_out('{"Version":"2012-10-17"}') == {"Version": "2012-10-17"}


@pytest.mark.parametrize(
    "text",
    [
        '{"Action": "a:b", "Action": "c:d"}',
        '{"Statement": {"Sid": "x", "Sid": "y"}}',
        '{"age": 1.50}',
        '{"age": 1e2}',
        '{"age": -0}',
        '{"age": 1234567890123456789}',
        '{"age": NaN}',
        '{"half": "\\ud800"}',
        "{} // a comment",
        "not JSON",
        "",
        '["a list"]',
        "[" * 100_000,
        '{"a":' * 60 + "1" + "}" * 60,
        '{"a":' + "9" * 5000 + "}",
    ],
)
def test_what_an_object_would_say_otherwise_stays_a_text(text: str) -> None:
    assert document_out(text) == text
    assert keeps_layout(text)


@pytest.mark.parametrize("text", ["%7B%7D", " %7B", "%", '\t%{"a": 1}'])
def test_a_text_that_looks_encoded_comes_back_as_it_was(text: str) -> None:
    found = document_out(text)
    assert found != text
    assert text_in(found) == text


@pytest.mark.parametrize("value", [1.5, 7, True, None, [1, {"a": []}], "é", {"b": {}}])
def test_values_that_have_one_form_come_back(value: object) -> None:
    text = json.dumps({"Statement": value}, indent=2)
    assert document_out(text) == {"Statement": value}
    assert keeps_layout(text)


def test_another_layout_is_told_apart() -> None:
    assert not keeps_layout('{"Version":"2012-10-17"}')
    assert not keeps_layout('{\n  "Sid": "\u00e9"\n}')
