"""Other services: decided by the policies, refused in each service's own words, answered by moto or as empty."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.unit.sandbox.clients import SDK, Answering
from tests.unit.sandbox.direct import NUMBER, Direct
from tests.unit.sandbox.organization_box import OrganizationBox

from iamfa.account.entities import AccessKey
from iamfa.evaluate.credential import CredentialKind
from iamfa.sandbox import services
from iamfa.sandbox.embedded import Sandbox
from iamfa.sandbox.live import Session, add_account
from iamfa.sandbox.services import forget_services
from iamfa.secret import Secret

WITHOUT_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
ALL_OF_S3 = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
OTHER = "210987654321"


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.fixture
def box() -> Iterator[Answering]:
    found = Answering(Direct())
    yield found
    forget_services(found.state)


@pytest.fixture
def without_moto(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "moto.server", None)


def session(box: Answering, user: str, kind: CredentialKind) -> Session:
    """A session of GetSessionToken."""
    state, ids, now = box.state, box.state.ids, box.state.clock.now()
    found = Session(
        ids.access_key("ASIA"),
        Secret(ids.secret_key()),
        Secret(ids.session_token()),
        NUMBER,
        kind,
        now,
        now + timedelta(hours=1),
        user=user,
        user_id=box.box.account.users[user].id,
        code_given=now if kind == "token-mfa" else None,
    )
    state.sessions[found.key_id] = found
    return found


def refusal(call: Any, **parameters: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response
    return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Message"]


def test_s3_is_denied_with_a_key_and_allowed_with_an_mfa_session(box: Answering) -> None:
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": WITHOUT_MFA}
    box.box.user("alice", policy(ALL_OF_S3, deny))
    code, status, message = refusal(box.client("s3", "alice").list_buckets)
    assert (code, status) == ("AccessDenied", 403)
    assert message == (
        f"User: arn:aws:iam::{NUMBER}:user/alice is not authorized to perform: s3:ListAllMyBuckets with an explicit "
        "deny in an identity-based policy"
    )
    assert refusal(box.client("s3", session(box, "alice", "token")).list_buckets)[0] == "AccessDenied"
    assert box.client("s3", session(box, "alice", "token-mfa")).list_buckets()["Buckets"] == []


def test_the_record_names_operation_caller_and_decision(box: Answering) -> None:
    box.box.user("alice")
    refusal(box.client("s3", "alice").list_buckets)
    [event] = [event if isinstance(event, dict) else event.event() for event in list(box.journal.events)[-1:]]
    assert (event["eventName"], event["errorCode"]) == ("ListBuckets", "AccessDenied")
    assert event["userIdentity"]["userName"] == "alice"
    assert event["iamfa"]["decision"] == "implicit_deny"


def test_a_bucket_and_its_objects_from_beginning_to_end(box: Answering) -> None:
    s3 = box.client("s3")
    for _ in range(2):
        s3.create_bucket(Bucket="first-bucket")
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["first-bucket"]
    assert s3.list_buckets(Prefix="x")["Buckets"] == []
    s3.head_bucket(Bucket="first-bucket")
    s3.put_object(Bucket="first-bucket", Key="a b/%41+é", Body=b"hello")
    assert s3.get_object(Bucket="first-bucket", Key="a b/%41+é")["Body"].read() == b"hello"
    assert s3.head_object(Bucket="first-bucket", Key="a b/%41+é")["ContentLength"] == 5
    s3.copy_object(Bucket="first-bucket", Key="copy", CopySource={"Bucket": "first-bucket", "Key": "a b/%41+é"})
    assert [each["Key"] for each in s3.list_objects_v2(Bucket="first-bucket")["Contents"]] == ["a b/%41+é", "copy"]
    assert [each["Key"] for each in s3.list_objects(Bucket="first-bucket", Prefix="c")["Contents"]] == ["copy"]
    s3.put_bucket_tagging(Bucket="first-bucket", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    assert s3.get_bucket_tagging(Bucket="first-bucket")["TagSet"] == [{"Key": "a", "Value": "b"}]
    upload = s3.create_multipart_upload(Bucket="first-bucket", Key="big")["UploadId"]
    part = s3.upload_part(Bucket="first-bucket", Key="big", UploadId=upload, PartNumber=1, Body=b"part")
    parts = {"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]}
    s3.complete_multipart_upload(Bucket="first-bucket", Key="big", UploadId=upload, MultipartUpload=parts)
    s3.delete_object(Bucket="first-bucket", Key="a b/%41+é")
    keys = [{"Key": "copy"}, {"Key": "big"}]
    assert len(s3.delete_objects(Bucket="first-bucket", Delete={"Objects": keys})["Deleted"]) == 2
    s3.delete_bucket(Bucket="first-bucket")
    assert refusal(s3.list_objects_v2, Bucket="first-bucket")[0] == "NoSuchBucket"


def test_a_bucket_is_found_before_localhost_as_well(box: Answering) -> None:
    s3 = box.client("s3", host="localhost:4444")
    s3.create_bucket(Bucket="virtual-host")
    s3.put_object(Bucket="virtual-host", Key="/x", Body=b"1")
    assert s3.list_objects_v2(Bucket="virtual-host")["Contents"][0]["Key"] == "/x"


def test_permission_is_asked_on_bucket_and_key(box: Answering) -> None:
    box.client("s3").create_bucket(Bucket="shared")
    box.client("s3").put_object(Bucket="shared", Key="alice/x", Body=b"1")
    own = {"Effect": "Allow", "Action": "s3:*Object", "Resource": "arn:aws:s3:::shared/${aws:username}/*"}
    listed = {
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Resource": "arn:aws:s3:::shared",
        "Condition": {"StringLike": {"s3:prefix": "${aws:username}/*"}},
    }
    box.box.user("alice", policy(own, listed))
    s3 = box.client("s3", "alice")
    assert s3.get_object(Bucket="shared", Key="alice/x")["Body"].read() == b"1"
    assert s3.list_objects_v2(Bucket="shared", Prefix="alice/")["KeyCount"] == 1
    code, status, message = refusal(s3.get_object, Bucket="shared", Key="bob/x")
    assert (code, status) == ("AccessDenied", 403)
    assert message.endswith(
        'is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::shared/bob/x" because no '
        "identity-based policy allows the s3:GetObject action"
    )
    assert refusal(s3.list_objects_v2, Bucket="shared")[0] == "AccessDenied"
    assert refusal(s3.get_object, Bucket="shared", Key="alice/missing")[0] == "AccessDenied", "he may not list all"
    assert refusal(box.client("s3").get_object, Bucket="shared", Key="alice/missing")[0] == "NoSuchKey"
    assert refusal(s3.head_object, Bucket="shared", Key="bob/x")[:2] == ("403", 403)
    source = {"Bucket": "shared", "Key": "bob/x"}
    assert refusal(s3.copy_object, Bucket="shared", Key="alice/y", CopySource=source)[0] == "AccessDenied"


def test_deleting_many_objects_decides_each(box: Answering) -> None:
    admin = box.client("s3")
    admin.create_bucket(Bucket="many")
    for key in ("mine/1", "theirs/1"):
        admin.put_object(Bucket="many", Key=key, Body=b"")
    box.box.user("alice", policy({"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::many/m*"}))
    s3 = box.client("s3", "alice")
    keys = [{"Key": "mine/1"}, {"Key": "theirs/1"}]
    for quiet in (False, True):
        found = s3.delete_objects(Bucket="many", Delete={"Objects": keys, "Quiet": quiet})
        assert [each["Key"] for each in found.get("Deleted", [])] == ([] if quiet else ["mine/1"])
        assert [(each["Key"], each["Code"]) for each in found["Errors"]] == [("theirs/1", "AccessDenied")]
    only = s3.delete_objects(Bucket="many", Delete={"Objects": [{"Key": "theirs/1", "VersionId": "v"}]})
    assert only["Errors"][0]["VersionId"] == "v"
    assert [each["Key"] for each in admin.list_objects_v2(Bucket="many")["Contents"]] == ["theirs/1"]


def test_a_bucket_policy_grants_within_the_account_and_denies(box: Answering) -> None:
    admin = box.client("s3")
    admin.create_bucket(Bucket="guarded")
    admin.put_object(Bucket="guarded", Key="x", Body=b"1")
    box.box.user("alice")
    alice = box.client("s3", "alice")
    assert refusal(alice.get_object, Bucket="guarded", Key="x")[0] == "AccessDenied"
    principal = {"AWS": f"arn:aws:iam::{NUMBER}:user/alice"}
    grant = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::guarded/*"}
    admin.put_bucket_policy(Bucket="guarded", Policy=json.dumps(policy(grant)))
    assert alice.get_object(Bucket="guarded", Key="x")["Body"].read() == b"1"
    assert json.loads(admin.get_bucket_policy(Bucket="guarded")["Policy"]) == policy(grant)
    deny = {**grant, "Effect": "Deny", "Principal": "*", "Condition": WITHOUT_MFA}
    admin.put_bucket_policy(Bucket="guarded", Policy=json.dumps(policy(grant, deny)))
    message = refusal(alice.get_object, Bucket="guarded", Key="x")[2]
    assert message.endswith("with an explicit deny in a resource-based policy")
    with_mfa = box.client("s3", session(box, "alice", "token-mfa"))
    assert with_mfa.get_object(Bucket="guarded", Key="x")["Body"].read() == b"1"
    admin.delete_bucket_policy(Bucket="guarded")
    assert refusal(admin.get_bucket_policy, Bucket="guarded")[:2] == ("NoSuchBucketPolicy", 404)
    assert refusal(alice.get_object, Bucket="guarded", Key="x")[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "MalformedPolicy"),
        ("[]", "MalformedPolicy"),
        (json.dumps(policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})), "MalformedPolicy"),
        (json.dumps(policy({**ALL_OF_S3, "Principal": "*"})), "AccessDenied"),
        (json.dumps(policy({**ALL_OF_S3, "Principal": {"AWS": "*"}})), "AccessDenied"),
        (" " * 20481, "PolicyTooLarge"),
    ],
)
def test_a_bucket_policy_that_aws_would_not_take_is_refused(box: Answering, text: str, code: str) -> None:
    s3 = box.client("s3")
    s3.create_bucket(Bucket="guarded")
    assert refusal(s3.put_bucket_policy, Bucket="guarded", Policy=text)[0] == code


def user_elsewhere(box: Answering, number: str) -> AccessKey:
    """An administrator of another account."""
    account = box.state.accounts[number] if number in box.state.accounts else add_account(box.state, number, "aws")
    user = box.box.account.users["administrator"]
    account.users["other"] = replace(user, name="other", arn=f"arn:aws:iam::{number}:user/other")
    ids = box.state.ids
    key = AccessKey(ids.access_key(), "other", "Active", box.state.clock.now(), Secret(ids.secret_key()))
    account.access_keys[key.id] = key
    return key


def test_another_account_needs_the_bucket_policy_and_its_own(box: Answering) -> None:
    admin = box.client("s3")
    admin.create_bucket(Bucket="across")
    admin.put_object(Bucket="across", Key="x", Body=b"1")
    other = box.client("s3", user_elsewhere(box, OTHER))
    assert "no resource-based policy allows" in refusal(other.get_object, Bucket="across", Key="x")[2]
    grant = {
        "Effect": "Allow",
        "Principal": {"AWS": OTHER},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::across/*",
        "Condition": {"StringEquals": {"aws:ResourceAccount": NUMBER, "s3:ResourceAccount": NUMBER}},
    }
    admin.put_bucket_policy(Bucket="across", Policy=json.dumps(policy(grant)))
    assert other.get_object(Bucket="across", Key="x")["Body"].read() == b"1"
    assert refusal(other.create_bucket, Bucket="across")[0] == "BucketAlreadyExists"
    assert other.list_buckets()["Buckets"] == []
    expected = {"Bucket": "across", "Key": "x", "ExpectedBucketOwner": OTHER}
    assert refusal(other.get_object, **expected)[0] == "AccessDenied"


def test_a_resource_control_policy_guards_buckets_of_a_member() -> None:
    organized = OrganizationBox()
    number = organized.member()
    box = Answering(organized)
    member = box.client("s3", user_elsewhere(box, number))
    member.create_bucket(Bucket="of-a-member")
    organized.ask("EnablePolicyType", RootId=organized.root, PolicyType="RESOURCE_CONTROL_POLICY")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    identifier = organized.policy(json.dumps(policy(deny)), kind="RESOURCE_CONTROL_POLICY")
    organized.ask("AttachPolicy", PolicyId=identifier, TargetId=number)
    message = refusal(member.list_objects_v2, Bucket="of-a-member")[2]
    assert message.endswith("with an explicit deny in a resource control policy")
    forget_services(box.state)


def test_a_presigned_url_is_decided_when_it_is_used(box: Answering) -> None:
    admin = box.client("s3")
    admin.create_bucket(Bucket="signed")
    admin.put_object(Bucket="signed", Key="x y", Body=b"1")
    box.box.user("alice")
    for who, status in (("administrator", 200), ("alice", 403)):
        client = box.client("s3", who)
        url = client.generate_presigned_url("get_object", Params={"Bucket": "signed", "Key": "x y"}, ExpiresIn=60)
        found = box.answer("GET", url)
        assert found.status == status, found.body
    assert found.body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code>')


def test_two_sandboxes_of_one_process_do_not_see_each_others_buckets(box: Answering) -> None:
    other = Answering(Direct())
    box.client("s3").create_bucket(Bucket="of-the-first")
    s3 = other.client("s3")
    assert s3.list_buckets()["Buckets"] == []
    assert refusal(s3.list_objects_v2, Bucket="of-the-first")[0] == "NoSuchBucket"
    assert refusal(s3.create_bucket, Bucket="of-the-first")[0] == "BucketAlreadyExists"
    assert box.client("s3").list_buckets()["Buckets"][0]["Name"] == "of-the-first"
    forget_services(other.state)


def test_a_new_sandbox_begins_with_nothing(box: Answering) -> None:
    for _ in range(2):
        fresh = Answering(Direct())
        s3 = fresh.client("s3")
        s3.create_bucket(Bucket="again")
        assert "Contents" not in s3.list_objects_v2(Bucket="again")
        s3.put_object(Bucket="again", Key="x", Body=b"1")
        forget_services(fresh.state)


def test_without_moto_there_are_no_buckets(box: Answering, without_moto: None) -> None:
    s3 = box.client("s3")
    assert s3.list_buckets()["Buckets"] == []
    assert refusal(s3.get_object, Bucket="none", Key="x")[0] == "NoSuchBucket"
    code, status, message = refusal(s3.create_bucket, Bucket="none")
    assert (code, status) == ("NotImplemented", 501)
    assert "pip install 'iamfa[services]'" in message


def test_buckets_stay_undisturbed_when_moto_is_switched_off(box: Answering) -> None:
    s3 = box.client("s3")
    s3.create_bucket(Bucket="off")
    box.state.settings.services = False
    assert refusal(s3.list_objects_v2, Bucket="off")[0] == "NoSuchBucket"


def test_what_cannot_be_decided_is_not_answered(box: Answering) -> None:
    s3 = box.client("s3")
    s3.create_bucket(Bucket="careful")
    for call, parameters in (
        (s3.put_object, {"Key": "x", "ACL": "public-read"}),
        (s3.put_object, {"Key": "x", "Tagging": "a=b"}),
        (s3.put_object, {"Key": "x", "ServerSideEncryption": "aws:kms"}),
        (s3.put_object, {"Key": "x", "GrantRead": "id=1"}),
        (s3.put_bucket_acl, {"ACL": "private"}),
        (s3.put_object_acl, {"Key": "x", "ACL": "private"}),
        (s3.get_object_torrent, {"Key": "x"}),
        (s3.restore_object, {"Key": "x", "RestoreRequest": {"Days": 1}}),
        (s3.put_bucket_versioning, {"VersioningConfiguration": {"MFADelete": "Enabled"}}),
        (s3.list_bucket_metrics_configurations, {}),
    ):
        assert refusal(call, Bucket="careful", **parameters)[:2] == ("NotImplemented", 501), parameters


def test_lists_of_other_services_are_decided_and_empty(box: Answering) -> None:
    box.box.user("nobody")
    denied = "AccessDeniedException"
    for service, call, member, code in (
        ("lambda", "list_functions", "Functions", denied),
        ("dynamodb", "list_tables", "TableNames", denied),
        ("sqs", "list_queues", "QueueUrls", denied),
        ("sns", "list_topics", "Topics", "AccessDenied"),
        ("kms", "list_keys", "Keys", denied),
        ("secretsmanager", "list_secrets", "SecretList", denied),
        ("logs", "describe_log_groups", "logGroups", denied),
    ):
        assert not getattr(box.client(service), call)().get(member), service
        found = refusal(getattr(box.client(service, "nobody"), call))
        assert found[0] == code, service
        assert "is not authorized to perform" in found[2]


@pytest.mark.parametrize(
    ("service", "call", "parameters"),
    [
        ("dynamodb", "describe_table", {"TableName": "abc"}),
        ("lambda", "get_function", {"FunctionName": "abc"}),
        ("sns", "create_topic", {"Name": "abc"}),
    ],
)
def test_other_calls_are_501_in_the_services_form(
    box: Answering, service: str, call: str, parameters: dict[str, Any]
) -> None:
    assert refusal(getattr(box.client(service), call), **parameters)[:2] == ("NotImplemented", 501)


def test_a_service_that_is_not_in_the_table_is_501(box: Answering) -> None:
    code, status, message = refusal(box.client("glue").get_databases)
    assert status == 501
    assert "does not have the service glue" in message or code == "NotImplemented"


def test_ec2_is_decided_and_refused_in_its_own_words(box: Answering, without_moto: None) -> None:
    region = {"StringEquals": {"ec2:Region": "us-east-1"}}
    allow = {"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*", "Condition": region}
    deny = {"Effect": "Deny", "Action": "ec2:*", "Resource": "*", "Condition": WITHOUT_MFA}
    box.box.user("alice", policy(allow, deny))
    code, status, message = refusal(box.client("ec2", "alice").describe_instances)
    assert (code, status) == ("UnauthorizedOperation", 403)
    assert message.startswith("You are not authorized to perform this operation. User: arn:aws:iam::")
    with_mfa = box.client("ec2", session(box, "alice", "token-mfa"))
    assert with_mfa.describe_instances()["Reservations"] == []
    assert with_mfa.describe_volumes()["Volumes"] == []
    code, status, message = refusal(with_mfa.describe_images)
    assert (code, status) == ("NotImplemented", 501)
    assert "iamfa[services]" in message


def test_what_ec2_tells_beyond_empty_lists_is_asked_of_moto(box: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, Any]] = []

    def application(environment: dict[str, Any], start: Any) -> list[bytes]:
        told.append(environment)
        start("200 OK", [("Content-Type", "text/xml"), ("Server", "moto")])
        return [b"<DescribeRegionsResponse/>"]

    monkeypatch.setitem(services._APPLICATIONS, "ec2", application)
    assert box.client("ec2").describe_regions()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert told[0]["HTTP_X_MOTO_ACCOUNT_ID"] == NUMBER
    assert "HTTP_X_AMZ_DATE" not in told[0]


@pytest.mark.soak
def test_ec2_is_answered_by_moto_where_it_is_installed(box: Answering) -> None:
    ec2 = box.client("ec2")
    assert ec2.describe_instances()["Reservations"] == []
    assert "us-east-1" in {each["RegionName"] for each in ec2.describe_regions()["Regions"]}


def test_credentials_that_are_wrong_are_refused_in_the_services_words(box: Answering) -> None:
    key = box.box.key("administrator")
    wrong = replace(key, secret=Secret("x" * 40))
    unknown = replace(key, id="AKIAUNKNOWNUNKNOWN00")
    over = session(box, "administrator", "token")
    box.state.sessions[over.key_id] = replace(over, expires=box.state.clock.now())
    for who, service, call, expected in (
        (wrong, "s3", "list_buckets", ("SignatureDoesNotMatch", 403)),
        (unknown, "s3", "list_buckets", ("InvalidAccessKeyId", 403)),
        (over, "s3", "list_buckets", ("ExpiredToken", 400)),
        (wrong, "ec2", "describe_instances", ("AuthFailure", 401)),
        (unknown, "ec2", "describe_instances", ("AuthFailure", 401)),
        (over, "ec2", "describe_instances", ("RequestExpired", 400)),
        (wrong, "kms", "list_keys", ("InvalidSignatureException", 400)),
        (unknown, "kms", "list_keys", ("UnrecognizedClientException", 400)),
        (over, "kms", "list_keys", ("ExpiredTokenException", 400)),
        (unknown, "sns", "list_topics", ("InvalidClientTokenId", 403)),
    ):
        assert refusal(getattr(box.client(service, who), call))[:2] == expected


def test_what_moto_cannot_do_is_said(box: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    s3 = box.client("s3")
    s3.create_bucket(Bucket="broken")

    def broken(environment: object, start: Any) -> list[bytes]:
        start("500 Internal Server Error", [])
        return [b""]

    monkeypatch.setitem(services._APPLICATIONS, "s3", broken)
    code, status, message = refusal(s3.list_objects_v2, Bucket="broken")
    assert (code, status) == ("NotImplemented", 501)
    assert message == "moto does not answer ListObjectsV2 of s3."


def test_moto_leaves_the_environment_alone() -> None:
    before = dict(os.environ)
    assert services._application("s3") is not None
    assert dict(os.environ) == before


def test_a_sandbox_that_is_reset_or_stopped_leaves_no_buckets() -> None:
    sandbox = Sandbox()
    with sandbox as running:
        s3 = SDK.create_client("s3", **running.client_settings())
        s3.create_bucket(Bucket="until-the-end")
        running.reset()
        s3 = SDK.create_client("s3", **running.client_settings())
        assert s3.list_buckets()["Buckets"] == []
        s3.create_bucket(Bucket="until-the-end")
        assert s3.list_buckets()["Buckets"][0]["Name"] == "until-the-end"
    with Sandbox() as another:
        s3 = SDK.create_client("s3", **another.client_settings())
        s3.create_bucket(Bucket="until-the-end")
        assert "Contents" not in s3.list_objects_v2(Bucket="until-the-end")
    assert sandbox.state.accounts
