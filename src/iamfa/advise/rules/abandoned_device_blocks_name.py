"""An interrupted enrolment leaves a device whose name only an administrator can free.

AWS's page troubleshoot ("delete an existing virtual device") and id_credentials_mfa.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.actions import CREATE, DELETE
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Severity
from iamfa.advise.rule import Rule
from iamfa.advise.wording import granting_entry


def _find(case: Case) -> Iterator[Finding]:
    if not case.forces and case.file_class != "self-service":
        return
    works = {(f.credential, f.device) for f in case.flows if f.flow == "enrol-first-device" and f.result == "works"}
    for flow in case.flows:
        if (
            flow.flow == "retry-abandoned-enrolment"
            and flow.credential == "long-term-key"
            and flow.result in ("blocked", "not_decided")
            and (flow.credential, flow.device) in works
        ):
            place = granting_entry(case.policy.statements, CREATE)
            statement, value = place if place else (None, None)
            yield RULE.found(
                Severity.NOTE,
                f"an interrupted enrolment leaves a device whose name only an administrator can free: {DELETE} is "
                "refused without MFA",
                params={"call": DELETE},
                statement=statement,
                span=value.span if value is not None else None,
                reason="creates the device before it is enabled",
                trace=flow.trace,
                notes=("another name works at once; letting a key delete devices has a price, too",),
            )
            return


RULE = Rule(
    "abandoned-device-blocks-name",
    "note",
    "an interrupted attempt leaves a device whose name only an administrator can free",
    _find,
)
