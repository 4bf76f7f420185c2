"""What AWS puts into a request, found out by asking: conditions that let a call pass tell what they were held against.

One role can be assumed by anybody in the account whose own policies allow it. Each statement of a caller allows it
under one name of the session, so that one policy asks as many questions as it has statements, and any credential that
may call AssumeRole can be asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tests.contract.stage import Stage, attempt
from tests.contract.values import Credentials, Person, Role, Statement, allow

Condition = Mapping[str, Mapping[str, str]]

PRESENT: Final = "aws:MultiFactorAuthPresent"
AGE: Final = "aws:MultiFactorAuthAge"

KEYS: Final[Mapping[str, Condition]] = {
    "mfa-absent": {"Null": {PRESENT: "true"}},
    "mfa-true": {"Bool": {PRESENT: "true"}},
    "mfa-false": {"Bool": {PRESENT: "false"}},
    "age-there": {"Null": {AGE: "false"}},
    "age-hour": {"NumericLessThan": {AGE: "3600"}},
    "issued-there": {"Null": {"aws:TokenIssueTime": "false"}},
    "username-there": {"Null": {"aws:username": "false"}},
    "type-user": {"StringEquals": {"aws:PrincipalType": "User"}},
    "type-assumed-role": {"StringEquals": {"aws:PrincipalType": "AssumedRole"}},
}
"""The keys of the table of credential kinds, each by the question that tells it."""


def asking(role: Role, conditions: Mapping[str, Condition]) -> list[Statement]:
    """The statements that allow a role under the name of each condition, when it holds."""
    return [
        allow("sts:AssumeRole", role.arn, **_joined(condition, {"StringEquals": {"sts:RoleSessionName": name}}))
        for name, condition in conditions.items()
    ]


def answers(
    stage: Stage, caller: Credentials | Person, role: Role, names: Mapping[str, Any], **parameters: Any
) -> set[str]:
    """Those of the names under which the caller could assume the role; a refusal is AccessDenied and nothing else."""
    held = set()
    for name in names:
        found = attempt(stage.client("sts", caller).assume_role, RoleArn=role.arn, RoleSessionName=name, **parameters)
        assert found is None or found.code == "AccessDenied", found
        if found is None:
            held.add(name)
    return held


def mfa_of(found: set[str]) -> str:
    """`absent`, `true` or `false`, of the answers to `KEYS`, and `, age` where there is one; `none of these` if so."""
    values = sorted(name.removeprefix("mfa-") for name in found if name.startswith("mfa-"))
    return (" and ".join(values) or "none of these") + (", age" if "age-there" in found else "")


def _joined(*conditions: Condition) -> dict[str, dict[str, str]]:
    joined: dict[str, dict[str, str]] = {}
    for condition in conditions:
        for operator, keys in condition.items():
            joined.setdefault(operator, {}).update(keys)
    return joined
