"""The few calls of other services that are known, read from requests as they come."""

from __future__ import annotations

import pytest

from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.messages import HttpRequest
from iamfa.sandbox.s3_answers import _check_policy, _objects
from iamfa.sandbox.service_calls import read_plain
from iamfa.sandbox.service_errors import in_words_of, reply_of

EC2 = "Version=2016-11-15&Action="


def request(method: str = "POST", target: str = "/", body: bytes = b"", **headers: str) -> HttpRequest:
    return HttpRequest(method, target, headers, body, "127.0.0.1")


def refused(service: str, asked: HttpRequest) -> ApiError:
    with pytest.raises(ApiError) as caught:
        read_plain(service, asked, "us-east-1", "id")
    return caught.value


def test_describing_is_asked_on_everything_with_the_region() -> None:
    call = read_plain("ec2", request(body=f"{EC2}DescribeKeyPairs".encode()), "eu-west-1", "id")
    assert (call.action, call.context) == ("ec2:DescribeKeyPairs", {"ec2:Region": "eu-west-1"})
    assert call.answer is not None
    assert b"<keySet/>" in call.answer
    assert read_plain("ec2", request("GET", f"/?{EC2}DescribeRegions"), "eu-west-1", "id").answer is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"Action=DescribeInstances&Version=2010-01-01", "InvalidAction"),
        (EC2.encode() + b"Nonsense", "NotImplemented"),
        (EC2.encode() + b"a:b", "NotImplemented"),
        (EC2.encode() + b"StopInstances", "NotImplemented"),
        (EC2.encode() + b"DescribeInstanceAttribute", "NotImplemented"),
        (EC2.encode() + b"DescribeInstances&DryRun=true", "NotImplemented"),
        (b"Action=a&Action=b", "InvalidParameterCombination"),
        (b"Action=%ff", "MalformedQueryString"),
        (b"\xff", "MalformedQueryString"),
    ],
)
def test_what_ec2_would_not_take_or_is_not_decided_is_refused(body: bytes, code: str) -> None:
    assert refused("ec2", request(body=body)).code == code


def test_other_targets_paths_and_versions_are_501() -> None:
    assert "CreateKey of kms" in refused("kms", request(**{"x-amz-target": "TrentService.CreateKey"})).message
    assert refused("kms", request()).status == 501
    assert refused("lambda", request("POST", "/2015-03-31/functions")).status == 501
    assert refused("sns", request(body=b"Action=ListTopics&Version=2000-01-01")).status == 501
    assert refused("sns", request(body=b"Action=Publish&Version=2010-03-31")).status == 501


def test_a_key_that_reads_like_a_reason_stays_inside_the_quotes() -> None:
    key = "arn:aws:s3:::abc/x because no y"
    text = f"User: a is not authorized to perform: s3:GetObject on resource: {key} because no p allows the b action"
    found = in_words_of("s3", ApiError("AccessDenied", text, 403))
    assert found.message.endswith(f'on resource: "{key}" because no p allows the b action')
    plain = in_words_of("s3", ApiError("AccessDenied", "User: a is not … on resource: b", 403))
    assert plain.message.endswith("on resource: b")


def test_refusals_of_a_query_service_say_whose_fault_it_is() -> None:
    assert b"<Type>Receiver</Type>" in reply_of("sns", ApiError("NotImplemented", "", 501), "id").body
    assert reply_of("s3", ApiError("AccessDenied", "", 403), "id", without_body=True).body == b""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<Delete>",
        b"<!DOCTYPE x><Delete/>",
        b"<Delete/>",
        b"<Delete><Object/></Delete>",
        b"<Delete><Object><Key>a</Key><ETag>b</ETag></Object></Delete>",
        b"<Delete><Other/></Delete>",
        b"<Delete>" + b"<Object><Key>a</Key></Object>" * 1001 + b"</Delete>",
    ],
)
def test_a_list_of_objects_to_delete_that_is_not_understood_is_refused(body: bytes) -> None:
    with pytest.raises(ApiError) as caught:
        _objects(body)
    assert caught.value.code == "MalformedXML"


def test_objects_to_delete_are_read_with_namespace_version_and_quiet() -> None:
    body = (
        b'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a</Key><VersionId>1</VersionId></Object>'
    )
    assert _objects(body + b"<Quiet>true</Quiet></Delete>") == ([("a", "1")], True)


def test_a_policy_for_everyone_under_a_condition_is_taken() -> None:
    _check_policy(
        b'{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", '
        b'"Resource": "arn:aws:s3:::abc/*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}}}'
    )
