"""The ordinary situation: values under which the Denies that ask for MFA bear, others do not, and Allows grant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.unit.advise.judged import AGE, PRESENT, WITH, WITHOUT, Doc, allow, deny, forcing, policy

from iamfa.advise.situation import (
    asks_for_mfa,
    free_conditions,
    is_free,
    mfa_conditions_hold,
    ordinary_context,
    takes_in,
)
from iamfa.evaluate.request import Request
from iamfa.policy.document import Document

USER = "arn:aws:iam::123456789012:user/own-user"


def situation(*statements: Doc, of_the_request: bool = False) -> dict[str, str]:
    return ordinary_context((policy(*statements).document,), of_the_request=of_the_request)


def asked(**further: Mapping[str, Any]) -> Doc:
    return forcing(condition={**WITHOUT, **further})


@pytest.mark.parametrize(
    ("statements", "key", "value"),
    [
        ([forcing()], "aws:sourceip", "203.0.113.77"),
        ([asked(NotIpAddress={"aws:SourceIp": "192.0.2.0/24"})], "aws:sourceip", "203.0.113.77"),
        ([asked(NotIpAddress={"aws:SourceIp": ["203.0.113.0/24"]})], "aws:sourceip", "198.51.100.9"),
        ([asked(IpAddress={"aws:SourceIp": ["192.0.2.0/24"]})], "aws:sourceip", "192.0.2.0"),
        ([asked(IpAddress={"AWS:SOURCEIP": ["2001:db8:1::/48"]})], "aws:sourceip", "2001:db8:1::"),
        ([asked(StringEquals={"aws:PrincipalTag/human": ["yes", "of course"]})], "aws:principaltag/human", "yes"),
        ([asked(StringLike={"aws:PrincipalTag/team": "a-*-?"})], "aws:principaltag/team", "a-x-x"),
        ([asked(StringNotEquals={"aws:PrincipalTag/team": "robots"})], "aws:principaltag/team", None),
        ([asked(StringNotEquals={"aws:PrincipalTag/team": "x"}, Null={"aws:PrincipalTag/team": "false"})],
         "aws:principaltag/team", "another-value"),
        ([asked(Null={"aws:PrincipalTag/team": "true"})], "aws:principaltag/team", None),
        ([asked(Null={"aws:PrincipalTag/team": "false"})], "aws:principaltag/team", "another-value"),
        ([asked(DateGreaterThan={"aws:CurrentTime": "2030-01-01"})], "aws:currenttime", "2100-01-01T00:00:00Z"),
        ([asked(DateLessThan={"aws:CurrentTime": "2000-01-01T00:00:00Z"})], "aws:currenttime", "1990-01-01T00:00:00Z"),
        ([asked(NumericLessThan={"aws:EpochTime": "100"})], "aws:epochtime", "0"),
        ([asked(StringNotEquals={"aws:RequestedRegion": "us-east-1"})], "aws:requestedregion", "another-value"),
        ([asked(ArnLike={"aws:SourceVpcArn": "arn:aws:ec2:*:*:vpc/v"})], "aws:sourcevpcarn", "arn:aws:ec2:x:x:vpc/v"),
        ([asked(StringNotEquals={"aws:SourceVpce": "vpce-1"})], "aws:sourcevpce", None),
    ],
)  # fmt: skip
def test_a_deny_that_asks_for_mfa_bears(statements: list[Doc], key: str, value: str | None) -> None:
    assert situation(*statements).get(key) == value


def test_a_deny_that_does_not_ask_for_mfa_bears_not() -> None:
    lock = deny("*", "*", {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}})
    assert situation(lock)["aws:requestedregion"] == "eu-west-1"
    assert situation(lock, forcing())["aws:requestedregion"] == "eu-west-1"


def test_where_both_is_not_possible_the_demand_for_mfa_comes_first() -> None:
    demand = asked(StringEquals={"aws:RequestedRegion": "us-east-1"})
    lock = deny("*", "*", {"StringEquals": {"aws:RequestedRegion": "us-east-1"}})
    for statements in ([demand, lock], [lock, demand]):
        assert situation(*statements)["aws:requestedregion"] == "us-east-1"


def test_as_far_as_room_is_left_allows_grant() -> None:
    office = allow("*", "*", {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}})
    assert situation(office)["aws:sourceip"] == "198.51.100.0"
    assert situation(office, asked(NotIpAddress={"aws:SourceIp": "198.51.100.0/24"}))["aws:sourceip"] == "203.0.113.77"


def test_no_condition_no_value_beyond_what_aws_always_sends() -> None:
    assert set(situation(allow("*"))) == {
        "aws:sourceip", "aws:currenttime", "aws:epochtime", "aws:useragent", "aws:userid", "aws:requestedregion",
        "aws:tokenissuetime",
    }  # fmt: skip


@pytest.mark.parametrize("key", ["aws:username", "aws:PrincipalArn", "aws:ViaAWSService", PRESENT, AGE])
def test_what_user_and_credential_decide_is_given_no_value(key: str) -> None:
    for of_the_request in (False, True):
        assert key.lower() not in situation(asked(StringEquals={key: "x"}), of_the_request=of_the_request)
    assert not is_free(key.lower())


def test_keys_of_single_requests_have_values_only_where_asked_and_only_those_beside_mfa() -> None:
    tagged = asked(StringEquals={"aws:ResourceTag/env": "prod"})
    elsewhere = allow("s3:ListBucket", "*", {"StringLike": {"s3:prefix": "home/*"}})
    assert "aws:resourcetag/env" not in situation(tagged, elsewhere)
    found = situation(tagged, elsewhere, of_the_request=True)
    assert found["aws:resourcetag/env"] == "prod"
    assert "s3:prefix" not in found


def test_several_documents_are_one_situation() -> None:
    documents: tuple[Document, ...] = tuple(
        policy(statement).document for statement in (allow("*"), asked(StringEquals={"aws:PrincipalTag/a": "b"}))
    )
    assert ordinary_context(documents)["aws:principaltag/a"] == "b"


def test_who_asks_for_mfa() -> None:
    statements = policy(allow("*"), allow("*", "*", WITH), deny("*", "*", {"Null": {AGE.upper(): "true"}})).statements
    assert [asks_for_mfa(s) for s in statements] == [False, True, True]


def test_takes_in_reads_both_elements_in_any_case() -> None:
    positive, negative = policy(allow(["iam:Get*", "S3:LISTBUCKET"]), deny("x:y", NotAction=["iam:*"])).statements
    assert takes_in(positive, "iam:GetUser")
    assert takes_in(positive, "s3:ListBucket")
    assert not takes_in(positive, "iam:ListUsers")
    assert not takes_in(negative, "iam:GetUser")
    assert takes_in(negative, "s3:ListBucket")


def test_free_conditions_are_all_but_the_mfa_keys() -> None:
    (statement,) = policy(asked(StringEquals={"aws:ResourceTag/env": "x"}, Null={AGE: "true"})).statements
    assert [c.key.text for c in free_conditions(statement)] == ["aws:ResourceTag/env"]


@pytest.mark.parametrize(
    ("condition", "holding"),
    [
        (WITHOUT, ["long-term-key", "token", "console"]),
        ({"Bool": {PRESENT: "false"}}, ["token", "console"]),
        (WITH, ["token-mfa", "console-mfa"]),
        ({"Null": {AGE: "true"}}, ["long-term-key", "token", "console"]),
        ({**WITHOUT, "NumericGreaterThan": {AGE: "3600"}}, []),
        ({**WITHOUT, "StringEquals": {"aws:PrincipalTag/a": "never looked at"}}, ["long-term-key", "token", "console"]),
    ],
)  # fmt: skip
def test_whose_mfa_conditions_hold(condition: dict[str, Any], holding: list[str]) -> None:
    (statement,) = policy(deny("*", "*", condition)).statements
    kinds = ("long-term-key", "token", "token-mfa", "console", "console-mfa")
    requests = {c: Request.by_user(USER, "s3:GetObject", "*", credential=c) for c in kinds}
    assert [c for c, request in requests.items() if mfa_conditions_hold(statement, request)] == holding


def test_whom_a_grant_of_everything_spares_is_no_ordinary_case_beside_one_with_mfa() -> None:
    office = allow("*", "*", {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}})
    buckets = allow("s3:*", "*", {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}})
    for statements, address in (
        ([office], "198.51.100.0"),
        ([office, allow("*", "*", WITH)], "203.0.113.77"),
        ([allow(None, "*", {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}, NotAction="iam:*"),
          allow("*", "*", WITH)], "203.0.113.77"),
        ([buckets, allow("*", "*", WITH)], "198.51.100.0"),
    ):  # fmt: skip
        assert ordinary_context([policy(*statements).document])["aws:sourceip"] == address
