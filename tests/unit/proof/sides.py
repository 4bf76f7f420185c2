"""Policies and bundles in a line."""

from __future__ import annotations

from typing import Any

from iamfa import Bundle, Policy

Json = dict[str, Any]


def statement(effect: str = "Allow", action: Any = "*", resource: Any = "*", **more: Any) -> Json:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def policy(*statements: Json, version: str = "2012-10-17") -> Policy:
    return Policy.from_document({"Version": version, "Statement": list(statements)})


def attached(*statements: Json, **more: Any) -> Bundle:
    return Bundle([policy(*statements)], **more)


def when(operator: str, key: str, *values: str) -> Json:
    return {operator: {key: list(values)}}


USER = "arn:aws:iam::111122223333:user/alice"
ALL = statement()
GUARD = {
    "Effect": "Deny", "NotAction": "iam:ListUsers", "Resource": "*",
    "Condition": when("BoolIfExists", "aws:MultiFactorAuthPresent", "false"),
}  # fmt: skip
