"""What the contract's tests hold: throw-away users with a key, roles, and devices with the seed that AWS gave once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from iamfa.secret import Secret

Statement = Mapping[str, Any]
"""One statement of a policy, as it stands in JSON."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key, or the three values of a session."""

    key_id: str
    secret: Secret
    token: Secret | None = None

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> Credentials:
        """Those of an answer: `AccessKey` of IAM or `Credentials` of STS."""
        token = answer.get("SessionToken")
        return cls(answer["AccessKeyId"], Secret(answer["SecretAccessKey"]), Secret(token) if token else None)


@dataclass(frozen=True, slots=True)
class Person:
    """A throw-away user with one access key."""

    name: str
    arn: str
    id: str
    key: Credentials


@dataclass(frozen=True, slots=True)
class Role:
    """A throw-away role."""

    name: str
    arn: str
    id: str


@dataclass(eq=False)
class Device:
    """A virtual device whose seed is held here: its codes are computed, never asked for."""

    serial: str
    seed: Secret
    png: bytes
    owner: str | None = None
    """The name of the user for whom it was last enabled."""
    used: int = -1
    """The newest step of which a code was spent."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """AWS's refusal of a call."""

    code: str
    status: int
    message: str


def policy(*statements: Statement) -> dict[str, Any]:
    """A policy of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: str | list[str], resource: str | list[str] = "*", **condition: Mapping[str, Any]) -> Statement:
    """An Allow; operators of its condition are named: `Bool={"aws:MultiFactorAuthPresent": "true"}`."""
    return _statement("Allow", {"Action": action, "Resource": resource}, condition)


def deny(action: str | list[str], resource: str | list[str] = "*", **condition: Mapping[str, Any]) -> Statement:
    """A Deny, in the same form."""
    return _statement("Deny", {"Action": action, "Resource": resource}, condition)


def _statement(effect: str, about: Mapping[str, Any], condition: Mapping[str, Mapping[str, Any]]) -> Statement:
    return {"Effect": effect, **about, **({"Condition": dict(condition)} if condition else {})}


def trusting(principal: str | Mapping[str, Any], **condition: Mapping[str, Any]) -> dict[str, Any]:
    """A trust policy for an AWS principal, with a condition in the same form."""
    about = {"Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    return policy(_statement("Allow", about, condition))
