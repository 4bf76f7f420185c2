from __future__ import annotations

from typing import Any

from tests.unit.proof.sides import ALL, USER, policy

from iamfa.proof.principals import principals_for


def texts(*principals: Any) -> set[str | None]:
    documents = [policy({**ALL, "Principal": each}).document for each in principals]
    return {None if who is None else who.text for who in principals_for([documents])}


def test_one_of_each_kind_that_nobody_names_is_asked_always() -> None:
    found = texts("*")
    assert None in found
    assert {"unnamed.amazonaws.com", "unnamed.example.com", "arn:aws:iam::123456789012:root"} <= found
    assert "arn:aws:iam::123456789012:user/some-user-not-named" in found


def test_those_who_are_named_are_asked_and_the_others_of_their_account() -> None:
    found = texts({"AWS": USER}, {"AWS": "444455556666"}, {"Service": "ec2.amazonaws.com"})
    assert {USER, "ec2.amazonaws.com", "arn:aws:sts::111122223333:federated-user/alice"} <= found
    for account in ("111122223333", "444455556666"):
        assert f"arn:aws:iam::{account}:user/some-user-not-named" in found


def test_a_session_of_each_role_is_asked() -> None:
    found = texts({"AWS": ["arn:aws:iam::111122223333:role/path/r", "arn:aws:sts::111122223333:assumed-role/q/s"]})
    assert "arn:aws:sts::111122223333:assumed-role/r/some-session-not-named" in found
    assert "arn:aws:sts::111122223333:assumed-role/q/some-session-not-named" in found


def test_what_is_nobody_is_left_out() -> None:
    assert texts({"AWS": "AIDACKCEVSQ6C2EXAMPLE"}) >= {None}
