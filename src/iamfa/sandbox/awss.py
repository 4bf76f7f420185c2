"""AWS's own managed policies, as far as the sandbox has them: those that people attach to users of small accounts.

The documents are AWS's, from the pages of the AWS Managed Policy Reference. A policy that is not here does not exist in
the sandbox: to attach it is an error, never a silent nothing.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any

from iamfa.account.entities import ManagedPolicy, PolicyVersion


def awss_policies(partition: str) -> list[ManagedPolicy]:
    """The policies, with the ARNs of the partition."""
    return [_policy(row, partition) for row in _rows()]


@cache
def _rows() -> list[dict[str, Any]]:
    text = resources.files("iamfa.sandbox").joinpath("awss_policies.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)["policies"]
    return found


def _policy(row: dict[str, Any], partition: str) -> ManagedPolicy:
    created, updated = (datetime.fromisoformat(row[name]).astimezone(UTC) for name in ("created", "updated"))
    text = json.dumps(row["document"], indent=4)
    arn = f"arn:{partition}:iam::aws:policy{row['path']}{row['name']}"
    version = PolicyVersion(f"v{row['version']}", text, updated)
    return ManagedPolicy(
        arn, row["name"], row["path"], row["id"], created, updated, (version,), version.id, row["version"],
        row.get("description"),
    )  # fmt: skip
