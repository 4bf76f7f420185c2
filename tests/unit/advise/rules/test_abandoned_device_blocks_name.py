"""An interrupted attempt leaves a device whose name only an administrator can free."""

from __future__ import annotations

import pytest
from tests.unit.advise.judged import (
    ANY_DEVICE,
    CREATE,
    DELETE,
    ENABLE,
    EVERYTHING_WITH_MFA,
    OWN_USER,
    WITH,
    Doc,
    allow,
    deny,
    forcing,
    grants,
    judge,
    silent,
    the,
    underlined,
)

from iamfa.policy.document import Kind

RULE = "abandoned-device-blocks-name"


@pytest.mark.parametrize(
    "statements",
    [
        [forcing(), *grants()],
        grants(),
        [forcing(DELETE), *grants()],
        [*grants(), allow(DELETE, ANY_DEVICE), forcing()],
        [*grants(), allow(DELETE, ANY_DEVICE, WITH), forcing(DELETE)],
        [*grants(), EVERYTHING_WITH_MFA],
        [*grants(create="*"), deny(DELETE, condition=None), forcing(DELETE)],
    ],
)
def test_it_is_noted_where_the_key_cannot_delete_what_it_created(statements: list[Doc]) -> None:
    report = judge(*statements)
    finding = the(report, RULE, "note")
    assert finding.message.endswith(f"only an administrator can free: {DELETE} is refused without MFA")
    assert finding.params == {"call": DELETE}
    assert finding.statement_sid == "CreateDevices"
    assert underlined(report, finding) == f'"{CREATE}"'
    assert DELETE in {c.call for c in finding.trace if c.outcome == "refused"}
    assert finding.repair is None


@pytest.mark.parametrize(
    "statements",
    [
        [*grants(), allow(DELETE, ANY_DEVICE), forcing(DELETE)],
        [*grants(), allow("iam:*VirtualMFADevice", "*"), forcing("iam:Delete*MFA*")],
        [forcing()],
        [allow(ENABLE, OWN_USER), forcing()],
        [*grants(), forcing(but=(CREATE,))],
        [allow("*")],
        [allow("iam:*"), deny("ec2:TerminateInstances")],
    ],
)
def test_it_is_silent_where_the_key_can_delete_or_nothing_is_created(statements: list[Doc]) -> None:
    assert silent(judge(*statements), RULE)


def test_what_another_policy_grants_counts() -> None:
    assert silent(judge(*grants(), forcing(DELETE), beside=[allow(DELETE, ANY_DEVICE)]), RULE)


@pytest.mark.parametrize("kind", [Kind.BOUNDARY, Kind.SCP])
def test_it_is_noted_in_what_can_only_limit(kind: Kind) -> None:
    assert the(judge(allow("*"), forcing(), kind=kind), RULE)
