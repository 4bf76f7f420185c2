"""Which controls of published standards a finding bears on.

As AWS's page "Security Hub CSPM controls for IAM" (securityhub/latest/userguide/iam-controls.html) has them in October
2025: the control, and under "Related requirements" those of CIS and NIST that it stands for. Named are the controls
that look at the same matter; a finding may say more than its control asks, and an account without findings has not
passed any of them. Not every control of Security Hub belongs to the Foundational Security Best Practices: IAM.9, IAM.19
and IAM.22 do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from iamfa.audit.values import AuditFinding

FSBP: Final = "AWS Foundational Security Best Practices"
SECURITY_HUB: Final = "AWS Security Hub"
CIS: Final = "CIS AWS Foundations Benchmark 3.0.0"
NIST: Final = "NIST SP 800-53 Rev. 5"


@dataclass(frozen=True, slots=True, order=True)
class Control:
    """One control of a standard."""

    standard: str
    id: str
    """As the standard writes it: `IAM.5`, `1.10`, `IA-2(1)`."""

    def __str__(self) -> str:
        return f"{self.standard} {self.id}"


_IA_2 = (Control(NIST, "IA-2(1)"), Control(NIST, "IA-2(2)"))
_MFA_OF_USERS = (Control(SECURITY_HUB, "IAM.19"), *_IA_2)
_MFA_OF_CONSOLE_USERS = (Control(FSBP, "IAM.5"), Control(CIS, "1.10"), *_MFA_OF_USERS)
_MFA_OF_ROOT = (
    Control(FSBP, "IAM.6"), Control(SECURITY_HUB, "IAM.9"), Control(CIS, "1.5"), Control(CIS, "1.6"), *_IA_2,
)  # fmt: skip

CONTROLS: Final[Mapping[str, tuple[Control, ...]]] = MappingProxyType(
    {
        "exposed-now": _MFA_OF_USERS,
        "locked-out": _MFA_OF_USERS,
        "user-cannot-enrol": _MFA_OF_USERS,
        "user-not-enforced": _IA_2,
        "exempt-undeclared": _IA_2,
        "root-without-device": _MFA_OF_ROOT,
        "root-not-decided": _MFA_OF_ROOT,
        "root-has-keys": (Control(FSBP, "IAM.4"), Control(CIS, "1.4")),
        "key-is-old": (Control(FSBP, "IAM.3"), Control(CIS, "1.14")),
        "key-is-unused": (Control(SECURITY_HUB, "IAM.22"), Control(CIS, "1.12")),
    }
)
"""By the id of the finding; for a password that leaks `controls_of` names those of console users."""


def controls_of(finding: AuditFinding) -> tuple[Control, ...]:
    """The controls on which a finding bears."""
    if finding.id == "exposed-now" and finding.params.get("leaked") == "password":
        return _MFA_OF_CONSOLE_USERS
    return CONTROLS.get(finding.id, ())
