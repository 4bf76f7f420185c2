"""Entries of which it cannot be known whether they name somebody do so on both sides of a comparison, or on neither."""

from __future__ import annotations

from typing import Any

import pytest

from iamfa.evaluate.principal import Principal
from iamfa.policy.bundle import Bundle
from iamfa.policy.policy import Policy
from iamfa.proof.compare import compare
from iamfa.proof.principals import MOST_SETTLINGS, settlings

ALICE, BOB = "arn:aws:iam::123456789012:user/alice", "arn:aws:iam::123456789012:user/bob"
SESSION = "arn:aws:sts::123456789012:assumed-role/x/me"


def bucket(*principals: Any, effect: str = "Allow", negated: bool = False, **more: Any) -> list[dict[str, Any]]:
    """A statement on a bucket's objects."""
    name = "NotPrincipal" if negated else "Principal"
    who = "*" if principals == ("*",) else {"AWS": list(principals)}
    return [{"Effect": effect, name: who, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", **more}]


def relation(a: list[dict[str, Any]], b: list[dict[str, Any]]) -> str:
    """How two policies of a bucket relate, in both worlds."""
    first, second = (
        Bundle(resource=Policy.from_document({"Version": "2012-10-17", "Statement": each})) for each in (a, b)
    )
    change = compare(first, second)
    assert change.closed_relation == change.relation
    return change.relation


MFA = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (bucket(ALICE), bucket(ALICE), "equivalent"),
        (bucket(ALICE, BOB), [*bucket(BOB), *bucket(ALICE)], "equivalent"),
        (bucket(ALICE), bucket(ALICE, BOB), "a_less"),
        (bucket(ALICE), bucket(BOB), "incomparable"),
        (bucket(ALICE), bucket(ALICE, **MFA), "b_less"),
        (bucket(SESSION), bucket(SESSION), "equivalent"),
        (bucket(SESSION), bucket("arn:aws:iam::123456789012:role/x"), "a_less"),
        ([*bucket("*"), *bucket(ALICE, effect="Deny")], bucket("*"), "a_less"),
        ([*bucket("*"), *bucket(ALICE, effect="Deny")], [*bucket(ALICE, effect="Deny"), *bucket("*")], "equivalent"),
    ],
)
def test_policies_that_name_users_and_sessions_are_told_apart(
    a: list[dict[str, Any]], b: list[dict[str, Any]], expected: str
) -> None:
    assert relation(a, b) == expected


def settled(who: str | None, *entries: str) -> list[set[str]]:
    """The ways in which a bucket's entries may name him, as values."""
    document = Policy.from_document({"Version": "2012-10-17", "Statement": bucket(*entries)}).document
    found = settlings(None if who is None else Principal.parse(who), [[document]])
    return [{value for _, value in way} for way in found]


def test_of_the_users_at_most_one_is_behind_a_session() -> None:
    session = "arn:aws:sts::123456789012:federated-user/somebody"
    assert settled(session, ALICE, BOB) == [set(), {ALICE}, {BOB}]
    assert settled(ALICE, ALICE, BOB) == [set()]
    assert settled(None, ALICE) == [set()]


def test_too_many_ways_settle_nothing() -> None:
    session = "arn:aws:sts::123456789012:federated-user/somebody"
    assert settled(session, *(f"{ALICE}{i}" for i in range(MOST_SETTLINGS))) == []
