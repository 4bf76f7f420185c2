"""Well-made policies are left in peace: no error, no warning; and no note that is not true of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamfa.advise.case import CheckOptions
from iamfa.advise.check import check
from iamfa.advise.finding import Severity
from iamfa.policy.document import Kind
from iamfa.policy.policy import Policy

WELL_MADE = sorted((Path(__file__).parents[2] / "data" / "well-made").glob("*.jsonc"))
KINDS = {"scp-for-users": Kind.SCP, "trust-with-mfa": Kind.TRUST}

CLASSES = {
    "administrator-access": "other",
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
    assert len(WELL_MADE) >= 34


@pytest.mark.parametrize("path", WELL_MADE, ids=lambda path: path.stem)
def test_a_well_made_policy_has_no_error_and_no_warning(path: Path) -> None:
    kind = KINDS.get(path.stem)
    report = check(Policy.load(path, kind=kind), options=CheckOptions(as_kind=kind, catalogue_age_days=0))
    assert [str(f) for f in report.findings if f.severity is not Severity.NOTE] == []
    assert report.file_class == CLASSES.get(path.stem, "forces-by-deny")


@pytest.mark.parametrize("path", [p for p in WELL_MADE if p.stem not in KINDS], ids=lambda path: path.stem)
def test_it_stays_silent_when_told_what_it_is(path: Path) -> None:
    report = check(Policy.load(path), options=CheckOptions(as_kind=Kind.IDENTITY, catalogue_age_days=0))
    assert report.worst() in (None, Severity.NOTE)


def test_administrator_access_is_silent_altogether() -> None:
    (path,) = [p for p in WELL_MADE if p.stem == "administrator-access"]
    report = check(Policy.load(path))
    assert report.findings == ()
    assert report.flows == ()
    assert report.attacks == ()
