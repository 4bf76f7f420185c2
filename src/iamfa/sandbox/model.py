"""AWS's own description of IAM, STS and Organizations, as botocore ships it, in frozen types of ours.

The only file of the sandbox that touches botocore, and only its data: importing `botocore.loaders` costs 160 ms (it
drags an HTTP client in), reading the two files that are needed 25 ms. Each operation is compiled when it is first asked
for. A trait that is not understood is refused, so that nothing is read or written in a form that AWS would not use.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import RLock
from types import MappingProxyType
from typing import Any, Final, Literal

from iamfa.errors import IamfaError

SERVICES: Final = ("iam", "sts", "organizations")
"""The services that this protocol layer speaks; loaded one by one, when first asked for."""

Kind = Literal["structure", "list", "map", "string", "integer", "long", "boolean", "blob", "timestamp"]

_PROTOCOLS: Final = frozenset({"query", "json"})
_KINDS: Final = frozenset({"structure", "list", "map", "string", "integer", "long", "boolean", "blob", "timestamp"})
# Of a shape, and of a reference to one: all that bears on the wire is either handled here or not in these sets.
_SHAPE_TRAITS: Final = frozenset(
    {"type", "members", "required", "member", "key", "value", "min", "max", "pattern", "enum", "flattened", "sensitive"}
    | {"union", "documentation", "exception", "error", "fault", "box"}
)
_REFERENCE_TRAITS: Final = frozenset({"shape", "documentation", "deprecated", "deprecatedMessage", "deprecatedSince"})


class ModelError(IamfaError):
    """AWS's service model is not there, or says something that this layer does not understand."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service and how it is spoken to."""

    name: str
    """`iam`, `sts` or `organizations`, as in the scope of a signature."""
    protocol: str
    """`query` (form in, XML out) or `json` (JSON 1.1 both ways)."""
    api_version: str
    """What `Version` of a query request must say: `2010-05-08`."""
    xml_namespace: str
    """Of the answers of a query service; empty for JSON."""
    target_prefix: str
    """What stands before the operation in `X-Amz-Target`; empty for query."""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """The form of a value. Shapes are compared by identity, since one may contain itself (HandshakeResource)."""

    name: str
    """AWS's name of the shape: `virtualMFADeviceName`."""
    kind: Kind
    members: Mapping[str, Shape] = field(repr=False)
    """Of a structure by name, in AWS's order; of a list `member`; of a map `key` and `value`."""
    required: tuple[str, ...] = ()
    """The members that a structure must have."""
    minimum: int | None = None
    """Least length of a string, size of a list or map, or value of a number."""
    maximum: int | None = None
    """Greatest length, size or value."""
    pattern: str | None = None
    """A Java regular expression that the whole string must match."""
    enum: tuple[str, ...] = ()
    """The values that a string may have; empty: any."""
    flattened: bool = False
    """Entries of a list or map follow its name at once, without `member` or `entry` between."""
    sensitive: bool = False
    """The value is a secret: AWS's messages do not repeat it."""
    union: bool = False
    """Exactly one member of the structure is set."""


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One API operation; compared by identity, as each is compiled once."""

    name: str
    service: Service
    input_shape: Shape | None
    """None: it takes no parameters."""
    output_shape: Shape | None
    """None: an answer carries nothing but the request's id."""
    result_wrapper: str
    """The XML element around the result: `CreateUserResult`."""
    errors: Mapping[str, int]
    """The error codes that the model names for it, with their HTTP status."""


class _Model:
    """One service's model, compiled piece by piece. INVARIANT: nothing half compiled leaves the lock."""

    def __init__(self, name: str, raw: Mapping[str, Any]) -> None:
        about = raw["metadata"]
        if about["protocol"] not in _PROTOCOLS:
            raise ModelError(f"the model of `{name}` speaks `{about['protocol']}`, which is not built")
        self._raw = raw
        self._lock = RLock()
        self._shapes: dict[str, Shape] = {}
        self.service = Service(
            name,
            about["protocol"],
            about["apiVersion"],
            about.get("xmlNamespace", ""),
            about.get("targetPrefix", ""),
        )
        self.operations: dict[str, Operation] = {}
        self.names: tuple[str, ...] = tuple(raw["operations"])
        self.errors = MappingProxyType(
            dict(self._error(each) for each, shape in raw["shapes"].items() if shape.get("exception"))
        )

    def operation(self, name: str) -> Operation | None:
        """The operation, compiled once; None when AWS has none of this name."""
        found = self.operations.get(name)
        if found is None and name in self._raw["operations"]:
            with self._lock:
                found = self.operations[name] = self._compile(self._raw["operations"][name])
        return found

    def _compile(self, raw: Mapping[str, Any]) -> Operation:
        name = raw["name"]
        return Operation(
            name,
            self.service,
            self._shape(raw["input"]["shape"]) if "input" in raw else None,
            self._shape(raw["output"]["shape"]) if "output" in raw else None,
            raw.get("output", {}).get("resultWrapper", f"{name}Result"),
            MappingProxyType(dict(self._error(each["shape"]) for each in raw.get("errors", ()))),
        )

    def _error(self, name: str) -> tuple[str, int]:
        """The code and HTTP status of an exception's shape; JSON services state neither: the name, 400 or 500."""
        shape = self._raw["shapes"][name]
        stated = shape.get("error", {})
        return stated.get("code", name), stated.get("httpStatusCode", 500 if shape.get("fault") else 400)

    def _shape(self, name: str) -> Shape:
        known = self._shapes.get(name)
        if known is not None:
            return known
        raw = self._raw["shapes"][name]
        references = dict(raw.get("members", {})) | {
            each: raw[each] for each in ("member", "key", "value") if each in raw
        }
        strange = raw.keys() - _SHAPE_TRAITS
        for each in references.values():
            strange |= each.keys() - _REFERENCE_TRAITS
        if strange or raw["type"] not in _KINDS:
            raise ModelError(f"shape `{name}` ({raw['type']}) has traits that are not built: {sorted(strange)}")
        members: dict[str, Shape] = {}
        shape = self._shapes[name] = Shape(
            name,
            raw["type"],
            MappingProxyType(members),
            tuple(raw.get("required", ())),
            raw.get("min"),
            raw.get("max"),
            raw.get("pattern"),
            tuple(raw.get("enum", ())),
            raw.get("flattened", False),
            raw.get("sensitive", False),
            raw.get("union", False),
        )
        # Filled when the shape is known already, so that a shape may contain itself.
        for each, reference in references.items():
            members[each] = self._shape(reference["shape"])
        return shape


def compiled(name: str, raw: Mapping[str, Any], operation: str) -> Operation | None:
    """An operation out of a model that is at hand, in the form of botocore's service-2.json; raises ModelError."""
    return _Model(name, raw).operation(operation)


def service_named(name: str) -> Service | None:
    """The service of this name, or None when this layer does not speak it."""
    return _model(name).service if name in SERVICES else None


def operation(service: str, name: str) -> Operation | None:
    """The operation of a service, or None when AWS has no such service or operation."""
    return _model(service).operation(name) if service in SERVICES else None


def operations(service: str) -> tuple[str, ...]:
    """The names of all operations of a service, in AWS's order."""
    return _model(service).names if service in SERVICES else ()


def error_status(service: str, code: str) -> int | None:
    """The HTTP status that the model declares for an error code of the service; None where it declares none."""
    return _model(service).errors.get(code) if service in SERVICES else None


@cache
def _model(name: str) -> _Model:
    return _Model(name, read_model(name))


def read_model(name: str, package: str = "botocore") -> dict[str, Any]:
    """The newest model of a service that the installed SDK carries; ModelError when there is none."""
    found = find_spec(package)
    for folder in (found.submodule_search_locations if found else None) or ():
        for version in sorted((Path(folder) / "data" / name).glob("*-*-*"), reverse=True):
            for file, opened in (("service-2.json.gz", gzip.decompress), ("service-2.json", bytes)):
                path = version / file
                if path.is_file():
                    model: dict[str, Any] = json.loads(opened(path.read_bytes()))
                    return model
    raise ModelError(
        f"no model of `{name}` is installed", hint=f"install `{package}`, which carries AWS's service models"
    )
