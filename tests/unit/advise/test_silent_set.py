"""Well-made policies are left in peace: no error, no warning; and no note that is not true of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from iamfa.advise.case import CheckOptions
from iamfa.advise.check import check
from iamfa.advise.finding import Report, Severity
from iamfa.policy.document import Kind
from iamfa.policy.policy import Policy

WELL_MADE = sorted((Path(__file__).parents[2] / "data" / "well-made").glob("*.jsonc"))
KINDS = {
    **dict.fromkeys((p.stem for p in WELL_MADE if p.stem.startswith("scp-")), Kind.SCP),
    **dict.fromkeys((p.stem for p in WELL_MADE if "trust-" in p.stem), Kind.TRUST),
    "role-with-session-tags": Kind.ROLE,
    "boundary-with-mfa": Kind.BOUNDARY,
}
"""What those are attached as that are not an identity's."""

PARTITIONS = {"govcloud": "aws-us-gov", "china": "aws-cn", "two-partitions": "aws-us-gov", "any-partition": "aws-iso"}
"""By the beginning of the name: the partition for which those are written that are not for the commercial one."""

CLASSES = {
    "administrator-access": "other",
    "aws-deny-all": "other",
    "ec2-full-access": "other",
    "iam-audit-root-user-credentials": "other",
    "iam-self-manage-service-specific-credentials": "other",
    "iam-user-ssh-keys": "other",
    "sso-master-account-administrator": "other",
    "role-with-session-tags": "other",
    "scp-regions": "other",
    "trust-role-without-mfa": "other",
    "trust-session-named-as-the-user": "other",
    "grant-with-mfa-or-from-the-office": "forces-by-grant",
    "china-trust-with-mfa": "protects-a-set",
    "production-only-with-fresh-mfa-by-null": "protects-a-set",
    "scp-protects-a-set-for-users": "protects-a-set",
    "trust-users-with-mfa-and-saml": "protects-a-set",
    "iam-full-access": "other",
    "iam-read-only-access": "other",
    "iam-user-change-password": "other",
    "power-user-access": "other",
    "sign-in-local-development": "other",
    "everything-only-with-mfa": "forces-by-grant",
    "everything-only-with-fresh-mfa": "forces-by-grant",
    "full-s3-except-production": "protects-a-set",
    "terminate-instances-only-with-mfa": "protects-a-set",
    "terminate-instances-denied-without-mfa": "protects-a-set",
    "trust-with-mfa": "protects-a-set",
    "self-service-grant": "self-service",
}
"""The class of each; those not named force by Deny."""


def test_the_set_is_there() -> None:
    assert len(WELL_MADE) >= 72


@cache
def judged(path: Path) -> Report:
    """What is said of it when told what it is attached as."""
    kind = KINDS.get(path.stem)
    return check(Policy.load(path, kind=kind), options=CheckOptions(as_kind=kind, catalogue_age_days=0))


@pytest.mark.parametrize("path", WELL_MADE, ids=lambda path: path.stem)
def test_a_well_made_policy_has_no_error_and_no_warning(path: Path) -> None:
    report = judged(path)
    assert [str(f) for f in report.findings if f.severity is not Severity.NOTE] == []
    assert report.file_class == CLASSES.get(path.stem, "forces-by-deny")


def partition_of(path: Path) -> str | None:
    return next((partition for start, partition in PARTITIONS.items() if path.stem.startswith(start)), None)


def some(paths: list[Path]) -> list[Any]:
    """Each fourth, and those for which another partition is told; the others in the long run."""
    return [
        pytest.param(path, marks=[pytest.mark.soak] if place % 4 and partition_of(path) is None else [])
        for place, path in enumerate(paths)
    ]


@pytest.mark.parametrize("path", some(WELL_MADE), ids=lambda path: path.stem)
def test_it_has_none_either_in_the_partition_that_it_is_for(path: Path) -> None:
    kind = KINDS.get(path.stem)
    options = CheckOptions(as_kind=kind, partition=partition_of(path) or "aws")
    report = check(Policy.load(path, kind=kind), options=options)
    assert report.worst() in (None, Severity.NOTE)


EXEMPTING = {
    "exempt-by-address": ["requests from `198.51.100.0/24` or `2001:db8:1234::/48`"],
    "exempt-by-address-and-tag-at-once": ["requests from `198.51.100.0/24`, and at once whoever bears the tag"],
    "exempt-by-arn": ["users with the ARN `arn:aws:iam::123456789012:user/ci` or"],
    "exempt-by-name": ["users named `svc-*`"],
    "exempt-by-path": ["users under the path `/service/`"],
    "govcloud-exempt-by-path": ["users under the path `/service/`"],
    "china-exempt-by-path": ["users under the path `/service/`"],
    "exempt-by-tag": ["whoever bears the tag `mfa-exempt` = `true`"],
    "exempt-by-tag-guarded": ["whoever bears the tag `mfa-exempt` = `true`"],
    "only-tagged-humans": ["whoever does not bear the tag `kind` = `human`"],
    "exempt-forwarded-calls": ["calls that an AWS service forwards (`aws:ViaAWSService`)"],
    "aws-knowledge-centre-deny": ["calls that an AWS service forwards (`aws:ViaAWSService`)"],
    "exempt-by-three-conditions": ["calls that", "requests from `198.51.100.0/24`", "users under the path `/service/`"],
    "grant-with-mfa-or-from-the-office": ["requests from `198.51.100.0/24`, and at once users under the path"],
    "scp-for-tagged-principals": ["whoever does not bear the tag `mfa-required` = `true`"],
    "scp-for-users-but-break-glass": ["users under the path `/break-glass/`"],
    "scp-with-an-exempting-tag": ["whoever bears the tag `mfa-exempt` = `true`"],
}  # fmt: skip
"""Whom those exempt that exempt somebody; all others nobody."""


@pytest.mark.parametrize("path", WELL_MADE, ids=lambda path: path.stem)
def test_whom_it_exempts_is_noted_and_nobody_else(path: Path) -> None:
    found = sorted(
        f.message.removeprefix("exempt from MFA: ") for f in judged(path).findings if f.rule == "exempt-by-condition"
    )
    expected = EXEMPTING.get(path.stem, [])
    assert len(found) == len(expected)
    assert all(message.startswith(words) for message, words in zip(found, expected, strict=True))


@pytest.mark.parametrize("path", some([p for p in WELL_MADE if p.stem not in KINDS]), ids=lambda path: path.stem)
def test_it_stays_silent_when_told_what_it_is(path: Path) -> None:
    report = check(Policy.load(path), options=CheckOptions(as_kind=Kind.IDENTITY, catalogue_age_days=0))
    assert report.worst() in (None, Severity.NOTE)


def test_administrator_access_is_silent_altogether() -> None:
    (path,) = [p for p in WELL_MADE if p.stem == "administrator-access"]
    report = check(Policy.load(path))
    assert report.findings == ()
    assert report.flows == ()
    assert report.attacks == ()
