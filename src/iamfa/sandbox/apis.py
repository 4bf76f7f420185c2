"""The operations that the sandbox has, by service. What is not here is answered with 501, never made up."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from iamfa.sandbox.work import Row

_ROOMS: Mapping[str, tuple[str, ...]] = {
    "iam": (
        "iam_users",
        "iam_groups",
        "iam_policies",
        "iam_inline",
        "iam_attachments",
        "iam_devices",
        "iam_other_credentials",
        "iam_passwords",
        "iam_account",
        "iam_details",
        "iam_report",
        "iam_simulate",
        "iam_roles",
        "iam_role_policies",
        "iam_instance_profiles",
        "iam_providers",
    ),
    "sts": ("sts", "sts_roles"),
    "organizations": ("organizations", "organization_accounts", "organization_policies"),
}
"""The files that hold each service's rows, imported when the service is first called."""


@cache
def rows_of(service: str) -> Mapping[str, Row]:
    """The operations of a service by AWS's names; none for a service that is not the sandbox's own."""
    found: dict[str, Row] = {}
    for room in _ROOMS.get(service, ()):
        for row in import_module(f"iamfa.sandbox.{room}").OPERATIONS:
            if row.name in found:
                raise AssertionError(f"{service} has {row.name} twice")
            found[row.name] = row
    return found


def is_own(service: str) -> bool:
    """Whether the sandbox itself implements this service."""
    return service in _ROOMS
