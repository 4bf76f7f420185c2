"""Simulations of policies, asked briefly."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.sandbox.direct import NUMBER, START, Direct

from iamfa.account.entities import ManagedPolicy, PolicyVersion
from iamfa.account.organization import ControlPolicy, Member, Organization
from iamfa.sandbox.api_error import ApiError

ARN = f"arn:aws:iam::{NUMBER}"
BUCKET = "arn:aws:s3:::bucket"
OBJECT = f"{BUCKET}/key"


def policy(effect: str = "Allow", action: Any = "s3:*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": {"Effect": effect, "Action": action, "Resource": resource, **more}}


def text(*args: Any, **more: Any) -> str:
    return json.dumps(policy(*args, **more))


def managed(box: Direct, name: str, document: dict[str, Any]) -> str:
    arn = f"{ARN}:policy/{name}"
    version = PolicyVersion("v1", json.dumps(document), START)
    box.account.policies[arn] = ManagedPolicy(arn, name, "/", "ANPA1", START, START, (version,), "v1")
    return arn


def custom(*policies: str, **parameters: Any) -> Any:
    """The one result of a custom simulation."""
    parameters.setdefault("ActionNames", ["s3:GetObject"])
    (found,) = Direct().call("SimulateCustomPolicy", PolicyInputList=list(policies), **parameters)["EvaluationResults"]
    return found


def of(box: Direct, source: str, **parameters: Any) -> Any:
    """The one result of the simulation of somebody's policies."""
    parameters.setdefault("ActionNames", ["s3:GetObject"])
    found = box.call("SimulatePrincipalPolicy", PolicySourceArn=f"{ARN}:{source}", **parameters)
    (result,) = found["EvaluationResults"]
    return result


def all_but(action: str, **more: Any) -> dict[str, Any]:
    """A policy that allows everything but one action."""
    statements = [policy(action="*")["Statement"], policy("Deny", action, **more)["Statement"]]
    return {"Version": "2012-10-17", "Statement": statements}


def refusal(operation: str, box: Direct | None = None, **parameters: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        (box or Direct()).call(operation, **parameters)
    return caught.value


def organization(*levels: dict[str, Any]) -> Organization:
    """An organization whose root has the one policy, and the account the other."""
    members = {number: Member(number, "name", "a@example.com", "r-1", START) for number in (NUMBER, "999999999999")}
    policies = {
        f"p-{i}": ControlPolicy(f"p-{i}", "name", "SERVICE_CONTROL_POLICY", json.dumps(each))
        for i, each in enumerate(levels)
    }
    attached = {"r-1": ("p-0",), NUMBER: ("p-1",)}
    return Organization("o-1", "999999999999", "r-1", members, {}, policies, attached, ("SERVICE_CONTROL_POLICY",))


GRANT = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": f"{ARN}:user/alice"},
            "Action": ["s3:List*", "s3:Put*"],
            "Resource": f"{BUCKET}/*",
        },
    }
)


CUSTOM: dict[str, Any] = {"PolicyInputList": [text()], "ActionNames": ["s3:GetObject"]}
