"""AWS's own managed policies, as far as the sandbox has them: those that people attach to users of small accounts.

The documents are AWS's, from the pages of the AWS Managed Policy Reference that `awss_policies.json` names at each. A
policy that is not here does not exist in the sandbox: to attach it is an error, never a silent nothing.

The pages show the documents of the partition `aws`. In other partitions AWS writes its own, which name fewer services
and are not published in one place; the sandbox takes those of `aws` there, with the partition in their ARNs exchanged.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any

from iamfa.account.entities import ManagedPolicy, PolicyVersion

_UNIQUE = 17
"""Letters of an identifier after `ANPA`."""


@cache
def awss_policies(partition: str) -> tuple[ManagedPolicy, ...]:
    """The policies, with the ARNs of the partition."""
    text = resources.files("iamfa.sandbox").joinpath("awss_policies.json").read_text(encoding="utf-8")
    return tuple(_policy(row, partition) for row in json.loads(text)["policies"])


def _policy(row: dict[str, Any], partition: str) -> ManagedPolicy:
    created, updated = (datetime.fromisoformat(row[name]).astimezone(UTC) for name in ("created", "updated"))
    text = json.dumps(row["document"], indent=4).replace('"arn:aws:', f'"arn:{partition}:')
    arn = f"arn:{partition}:iam::aws:policy{row['path']}{row['name']}"
    version = PolicyVersion(f"v{row['version']}", text, updated)
    return ManagedPolicy(
        arn,
        row["name"],
        row["path"],
        row.get("id") or _made_up(row["name"]),
        created,
        updated,
        (version,),
        version.id,
        row["version"],
        row.get("description"),
    )


def _made_up(name: str) -> str:
    """An identifier for a policy whose true one is not known; the same one always."""
    return "ANPA" + base64.b32encode(hashlib.sha256(name.encode()).digest()).decode()[:_UNIQUE]
