"""An ARN of another partition is warned of where it names nothing that the file needs; the right one is written."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import (
    ANY_DEVICE,
    CREATE,
    ENABLE,
    LIST,
    OWN_USER,
    PRESENT,
    WITH,
    Doc,
    allow,
    deny,
    forcing,
    grants,
    judge,
    mended,
    silent,
    the,
    underlined,
)

from iamfa.policy.document import Kind

RULE = "wrong-partition"
GOV = "aws-us-gov"


def moved(text: str, partition: str = GOV) -> str:
    return text.replace("arn:aws:", f"arn:{partition}:")


GOV_DEVICE, GOV_USER = moved(ANY_DEVICE), moved(OWN_USER)
ANY_PARTITION = [moved(ANY_DEVICE, "*"), moved(OWN_USER, "*")]


@pytest.mark.parametrize(
    ("statements", "count"),
    [
        ([*grants(), forcing()], 2),
        (grants(), 2),
        ([allow(CREATE, "arn:aws-cn:iam::*:mfa/*")], 1),
        ([allow([CREATE], [ANY_DEVICE, "arn:aws-cn:iam::*:mfa/*"])], 2),
        ([allow(CREATE, "arn:aws:iam::123456789012:mfa/*", {"StringEquals": {"aws:ResourceTag/a": "b"}})], 1),
        ([allow(None, OWN_USER, NotAction="iam:Create*")], 1),
        ([allow("*"), deny("iam:*", "arn:aws:iam::*:user/admin", None)], 1),
        ([allow("*"), deny("iam:*", None, None, NotResource=OWN_USER)], 1),
        ([allow("made-up:Thing", "arn:aws:made-up:::x")], 1),
        ([allow("s3:*", "arn:aws:s3:::b/${aws:PrincipalTag/team}/*")], 1),
        ([forcing(condition={"BoolIfExists": {PRESENT: "false"}, "ArnNotLike": {"aws:PrincipalArn": OWN_USER}})], 1),
        ([allow("s3:*", "*", {"StringEquals": {"aws:SourceArn": "arn:aws:s3:::b"}})], 1),
    ],
)
def test_what_names_nothing_in_the_partition_that_is_told_is_found_and_moved(statements: list[Doc], count: int) -> None:
    report = judge(*statements, partition=GOV)
    finding = the(report, RULE, "warning")
    assert f"names nothing in the partition {GOV}" in finding.message
    assert finding.params["partition"] == GOV
    resources = finding.params["resources"]
    assert isinstance(resources, list)
    assert len(resources) == count
    assert underlined(report, finding).startswith('"arn:aws')
    assert finding.reason in ("is of the partition aws", "is of the partition aws-cn")
    after = mended(report, finding, partition=GOV).policy.source.text
    assert f"arn:{GOV}:" in after


def test_of_a_file_that_mixes_them_the_stray_one_is_found() -> None:
    statements = [allow(CREATE, ANY_DEVICE), allow([ENABLE, LIST], GOV_USER), allow(LIST, GOV_DEVICE), forcing()]
    report = judge(*statements)
    finding = the(report, RULE, "warning")
    assert finding.message == f"`{ANY_DEVICE}` names nothing in the partition {GOV}, which the file names elsewhere"
    assert finding.statement_index == 0
    assert "arn:aws:" not in mended(report, finding).policy.source.text


def test_of_as_many_on_both_sides_those_of_the_users_and_devices_stay() -> None:
    report = judge(allow("s3:GetObject", "arn:aws:s3:::b/*"), allow(ENABLE, GOV_USER))
    assert the(report, RULE).params == {"partition": GOV, "resources": ["arn:aws:s3:::b/*"]}


def test_a_file_for_several_partitions_that_forgets_one_place_gets_all_of_them_there() -> None:
    report = judge(allow(CREATE, [ANY_DEVICE, GOV_DEVICE]), allow(ENABLE, OWN_USER), forcing())
    finding = the(report, RULE, "warning")
    assert f"`{OWN_USER}` names nothing in the partition {GOV}" in finding.message
    assert '"arn:*:iam::*:user/${aws:username}"' in mended(report, finding).policy.source.text


def test_an_operator_without_wildcards_takes_no_arn_of_every_partition() -> None:
    source = {"StringEquals": {"aws:SourceArn": "arn:aws:s3:::b"}}
    report = judge(allow(CREATE, [ANY_DEVICE, GOV_DEVICE]), allow("s3:*", "*", source))
    assert the(report, RULE, "warning").repair is None


def trust(principal: Any) -> Doc:
    return {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole", "Condition": dict(WITH)}


def test_a_principal_is_looked_at_and_takes_no_wildcard() -> None:
    root = "arn:aws:iam::123456789012:root"
    report = judge(trust(root), kind=Kind.TRUST, partition=GOV)
    assert moved(root) in mended(report, the(report, RULE, "warning"), partition=GOV).policy.source.text
    assert silent(judge(trust([root, moved(root)]), kind=Kind.TRUST, partition=GOV), RULE)
    assert silent(judge(trust([root, "123456789012"]), kind=Kind.TRUST, partition=GOV), RULE)
    user = "arn:aws:iam::123456789012:user/alice"
    assert the(judge(trust([root, moved(root), user]), kind=Kind.TRUST), RULE, "warning").repair is None
    assert silent(judge(trust([root, moved(root), user, moved(user)]), kind=Kind.TRUST), RULE)


def test_a_resource_s_own_policy_is_looked_at_entry_by_entry() -> None:
    statement = allow("s3:*", "arn:aws:s3:::b/*", Principal="*")
    report = judge(statement, kind=Kind.RESOURCE, partition="aws-cn")
    assert mended(report, the(report, RULE, "warning"), partition="aws-cn")


@pytest.mark.parametrize("kind", [Kind.SCP, Kind.BOUNDARY, Kind.GROUP])
def test_it_is_found_whatever_the_file_is_attached_as(kind: Kind) -> None:
    only = deny("iam:*", "arn:aws:iam::*:user/admin", None)
    assert the(judge(allow("*"), only, kind=kind, partition=GOV), RULE, "warning")


@pytest.mark.parametrize(
    "statements",
    [
        [allow(CREATE, ANY_PARTITION[0]), allow(ENABLE, ANY_PARTITION[1]), forcing()],
        [allow([CREATE, ENABLE], ["arn:aws*:iam::*:mfa/*", "arn:aws*:iam::*:user/${aws:username}"])],
        [allow(CREATE, [ANY_DEVICE, GOV_DEVICE]), allow(ENABLE, [OWN_USER, GOV_USER]), forcing()],
        [allow(CREATE, [ANY_DEVICE, ANY_PARTITION[0]])],
        [allow(CREATE, ANY_DEVICE), allow(CREATE, GOV_DEVICE)],
        [*grants(), allow("*"), forcing()],
        [allow("*", ["*", ANY_DEVICE])],
        [allow("s3:*", "*", {"ArnLike": {"aws:SourceArn": ["arn:aws:s3:::b", "arn:*:s3:::b"]}})],
        [allow("s3:*", "*", {"ArnNotLike": {"aws:SourceArn": ["arn:aws:s3:::b", moved("arn:aws:s3:::b")]}})],
        [*grants(create=GOV_DEVICE, user=GOV_USER), forcing()],
        [forcing()],
    ],
)
def test_it_is_silent_where_nothing_is_lost_in_the_partition_that_is_told(statements: list[Doc]) -> None:
    assert silent(judge(*statements, partition=GOV), RULE)


@pytest.mark.parametrize(
    "statements",
    [
        [*grants(), forcing()],
        [*grants(create=GOV_DEVICE, user=GOV_USER), forcing()],
        [allow(CREATE, [ANY_DEVICE, GOV_DEVICE]), allow(ENABLE, [OWN_USER, GOV_USER]), forcing()],
        [allow(CREATE, ANY_PARTITION[0]), allow(ENABLE, OWN_USER)],
    ],
)
def test_it_is_silent_without_a_partition_told_where_none_is_mixed_in(statements: list[Doc]) -> None:
    assert silent(judge(*statements), RULE)
