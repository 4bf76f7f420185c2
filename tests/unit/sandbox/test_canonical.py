"""Canonical paths, queries and headers; the paths are those of AWS's Signature Version 4 test suite."""

from __future__ import annotations

import pytest

from iamfa.sandbox.canonical import canonical_headers, canonical_path, canonical_query


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("/", "/"),
        ("//", "/"),
        ("/./", "/"),
        ("/example/..", "/"),
        ("/example1/example2/../..", "/"),
        ("/../../etc", "/etc"),
        ("/./example", "/example"),
        ("//example//", "/example/"),
        ("/example%20space/", "/example%2520space/"),
        ("/-._~0aZ", "/-._~0aZ"),
        ("/%E1%88%B4", "/%25E1%2588%25B4"),
    ],
)
def test_a_path_is_normalised_and_encoded_twice(path: str, canonical: str) -> None:
    assert canonical_path(path, of_s3=False) == canonical


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("/", "/"),
        ("//a/../b//", "//a/../b//"),
        ("/a%20b%2Bc", "/a%20b%2Bc"),
        ("/a(b)+c", "/a%28b%29%2Bc"),
        ("/%7E", "/~"),
        ("/%2fa", "/%2Fa"),
    ],
)
def test_a_path_of_s3_is_left_as_it_is_and_encoded_once(path: str, canonical: str) -> None:
    assert canonical_path(path, of_s3=True) == canonical


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("", ""),
        ("&&", ""),
        ("acl", "acl="),
        ("b=2&a=2&a=1&a&A=9", "A=9&a=&a=1&a=2&b=2"),
        ("a=b=c", "a=b%3Dc"),
        ("a=%7e%2f+%c3%a9", "a=~%2F%20%C3%A9"),
        ("a=%zz", "a=%25zz"),
        ("a-=1&a=2", "a=2&a-=1"),
    ],
)
def test_a_query_is_encoded_anew_and_sorted_by_name_then_value(query: str, canonical: str) -> None:
    assert canonical_query(query) == canonical


def test_the_signature_itself_is_left_out_of_a_query() -> None:
    assert canonical_query("b=1&X-Amz-Signature=f&a", without="X-Amz-Signature") == "a=&b=1"


def test_header_values_are_trimmed_and_their_blanks_run_together() -> None:
    assert canonical_headers(["a", "b"], {"b": ' "x   y" ', "a": "1\t 2", "c": "3"}) == 'a:1 2\nb:"x y"\n'
    with pytest.raises(KeyError):
        canonical_headers(["missing"], {})
