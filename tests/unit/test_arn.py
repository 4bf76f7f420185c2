"""ARNs and what is in them."""

from __future__ import annotations

import pytest

from iamfa.arn import (
    PARTITIONS,
    Arn,
    ArnError,
    assumed_role_arn,
    completed_pattern,
    iam_arn,
    is_account_id,
    mfa_arn,
    partition_of_region,
    pattern_fields,
    role_arn,
    root_arn,
    user_arn,
)

ACCOUNT = "123456789012"


@pytest.mark.parametrize(
    ("text", "kind", "path", "name"),
    [
        (f"arn:aws:iam::{ACCOUNT}:user/Bob", "user", "/", "Bob"),
        (f"arn:aws:iam::{ACCOUNT}:user/division/Bob", "user", "/division/", "Bob"),
        (f"arn:aws-cn:iam::{ACCOUNT}:user/a/b/c/Bob", "user", "/a/b/c/", "Bob"),
        (f"arn:aws:iam::{ACCOUNT}:mfa/phone", "mfa", "/", "phone"),
        ("arn:aws:iam::aws:policy/service-role/X", "policy", "/service-role/", "X"),
        (f"arn:aws:iam::{ACCOUNT}:root", "root", "", ""),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/session", "assumed-role", "/Admin/", "session"),
        (f"arn:aws:sts::{ACCOUNT}:federated-user/bob", "federated-user", "/", "bob"),
        ("arn:aws:s3:::bucket/key:with:colons", "bucket", "/", "key:with:colons"),
    ],
)
def test_an_arn_is_read_and_printed(text: str, kind: str, path: str, name: str) -> None:
    arn = Arn.parse(text)
    assert (arn.kind, arn.path, arn.name) == (kind, path, name)
    assert str(arn) == text


def test_the_parts_of_an_arn() -> None:
    arn = Arn.parse("arn:aws-us-gov:sqs:us-gov-west-1:123456789012:queue:x")
    assert arn == Arn("aws-us-gov", "sqs", "us-gov-west-1", ACCOUNT, "queue:x")


@pytest.mark.parametrize(
    "text",
    ["", "*", "arn", "arn:aws:iam", "arn:aws:iam::123456789012", "ARN:aws:iam::1:user/x", "xarn:aws:iam::1:user/x",
     "arn::iam::1:user/x", "arn:aws:::1:user/x", "arn:aws:iam::1:"],
)  # fmt: skip
def test_what_is_no_arn_is_refused(text: str) -> None:
    with pytest.raises(ArnError):
        Arn.parse(text)


def test_arns_are_made() -> None:
    assert str(user_arn("Bob", ACCOUNT)) == f"arn:aws:iam::{ACCOUNT}:user/Bob"
    assert str(user_arn("Bob", ACCOUNT, path="/a/b/")) == f"arn:aws:iam::{ACCOUNT}:user/a/b/Bob"
    assert str(role_arn("R", ACCOUNT, partition="aws-cn")) == f"arn:aws-cn:iam::{ACCOUNT}:role/R"
    assert str(mfa_arn("phone", ACCOUNT)) == f"arn:aws:iam::{ACCOUNT}:mfa/phone"
    assert str(root_arn(ACCOUNT)) == f"arn:aws:iam::{ACCOUNT}:root"
    assert str(assumed_role_arn("R", "s", ACCOUNT)) == f"arn:aws:sts::{ACCOUNT}:assumed-role/R/s"
    assert str(iam_arn("group", "G", ACCOUNT)) == f"arn:aws:iam::{ACCOUNT}:group/G"


@pytest.mark.parametrize("path", ["", "a", "/a", "a/"])
def test_a_path_begins_and_ends_with_a_slash(path: str) -> None:
    with pytest.raises(ArnError) as caught:
        user_arn("Bob", ACCOUNT, path=path)
    assert caught.value.hint is not None


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("us-east-1", "aws"),
        ("eu-central-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("us-isof-south-1", "aws-iso-f"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("eusc-de-east-1", "aws-eusc"),
        ("", "aws"),
    ],
)
def test_a_region_lies_in_one_partition(region: str, partition: str) -> None:
    assert partition_of_region(region) is PARTITIONS[partition]


def test_account_ids_have_twelve_digits() -> None:
    assert is_account_id(ACCOUNT)
    for text in ("", "12345678901", "1234567890123", "12345678901x", "aws", "\N{ARABIC-INDIC DIGIT FIVE}" * 12):
        assert not is_account_id(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("arn:aws:sqs", "arn:aws:sqs:*:*:*"),
        ("arn:aws:iam::123456789012", "arn:aws:iam::123456789012:*"),
        ("arn:aws:iam::1:user/x", "arn:aws:iam::1:user/x"),
        ("arn:aws:s3:::b/x:y", "arn:aws:s3:::b/x:y"),
        ("arn:aws:iam::${aws:PrincipalAccount}", "arn:aws:iam::${aws:PrincipalAccount}:*"),
        ("*", "*"),
        ("user/x", "user/x"),
    ],
)
def test_an_incomplete_arn_is_completed_as_aws_does(text: str, expected: str) -> None:
    assert completed_pattern(text) == expected


def test_colons_inside_variables_do_not_separate() -> None:
    assert pattern_fields("arn:aws:iam::${a:b}:user/${c:d}:e") == ("arn", "aws", "iam", "", "${a:b}", "user/${c:d}:e")
    assert pattern_fields("a:${b:c") == ("a", "${b", "c")
    assert pattern_fields("") == ("",)
