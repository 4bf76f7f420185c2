"""Families of comparisons that grow: what brings provers to their knees, each with the answer that it has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
Pair = tuple[Json, Json]


def in_one_statement(resources: list[str]) -> Json:
    """All resources in one list."""
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": resources}],
    }


def in_many_statements(resources: list[str]) -> Json:
    """One statement for each resource."""
    statements = [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": [each]} for each in resources]
    return {"Version": "2012-10-17", "Statement": statements}


SPELLINGS: dict[str, Callable[[list[str]], Json]] = {"list": in_one_statement, "statements": in_many_statements}


def one_prefix_lost(n: int, a: str, b: str) -> Pair:
    """n prefixes of buckets, of which the other side lacks the last."""
    buckets = [f"arn:aws:s3:::bucket-{i}/*" for i in range(n)]
    return SPELLINGS[a](buckets), SPELLINGS[b](buckets[:-1])


def covered_by_question_marks(n: int, a: str, b: str) -> Pair:
    """n buckets of one or two digits, and patterns that take in all of them and more."""
    buckets = [f"arn:aws:s3:::bucket-{i}/*" for i in range(n)]
    return SPELLINGS[a](buckets), SPELLINGS[b](["arn:aws:s3:::bucket-?/*", "arn:aws:s3:::bucket-??/*"])


def one_team_lost(n: int, a: str, b: str) -> Pair:
    """n patterns that begin and end with a star, of which the other side lacks the last."""
    teams = [f"arn:aws:s3:::*-team{i}-*/*" for i in range(n)]
    return SPELLINGS[a](teams), SPELLINGS[b](teams[:-1])


FAMILIES: dict[str, tuple[Callable[[int, str, str], Pair], str]] = {
    "one prefix lost": (one_prefix_lost, "b_less"),
    "covered by question marks": (covered_by_question_marks, "a_less"),
    "one team lost": (one_team_lost, "b_less"),
}
"""Each family with its answer."""
