"""What tests of known holes share: the register of holes, ways to change a document, and other spellings of it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iamfa.policy.document import Kind

Doc = dict[str, Any]
Change = Callable[[Doc], None]

FOLDER = Path(__file__).parents[2] / "data" / "well-made"


@dataclass(frozen=True)
class Hole:
    """One known hole: how it is put into a well-made policy, and the rule that must find it."""

    name: str
    rule: str
    change: Change
    kind: Kind | None = None
    """What the policy is judged as."""
    mended: Change | None = None
    """Takes away before what of the hole the policy has already."""
    partition: str | None = None
    """The partition that is told."""


HOLES: dict[str, Hole] = {}


def hole(
    rule: str, *, kind: Kind | None = None, mended: Change | None = None, partition: str | None = None
) -> Callable[[Change], Change]:
    """Register a hole by its name."""

    def register(change: Change) -> Change:
        name = change.__name__.replace("_", " ")
        assert name not in HOLES
        HOLES[name] = Hole(name, rule, change, kind, mended, partition)
        return change

    return register


def document_of(base: str) -> Doc:
    text = (FOLDER / f"{base}.jsonc").read_text(encoding="utf-8")
    found: Doc = json.loads(text[text.index("\n") :])
    return found


# Changing -------------------------------------------------------------------------------------------------------------


def forcing(doc: Doc) -> Doc:
    return next(s for s in doc["Statement"] if "NotAction" in s)


def granting(doc: Doc, action: str) -> Doc:
    return next(s for s in doc["Statement"] if s["Effect"] == "Allow" and action in as_list(s["Action"]))


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def exempt(doc: Doc, *actions: str) -> None:
    forcing(doc)["NotAction"] = [*as_list(forcing(doc)["NotAction"]), *actions]


def drop(doc: Doc, *actions: str) -> None:
    statement = forcing(doc)
    statement["NotAction"] = [a for a in statement["NotAction"] if a not in actions]


def present(doc: Doc, operator: str, value: Any) -> None:
    condition = forcing(doc)["Condition"]
    condition["BoolIfExists"].pop("aws:MultiFactorAuthPresent")
    if not condition["BoolIfExists"]:
        del condition["BoolIfExists"]
    condition.setdefault(operator, {})["aws:MultiFactorAuthPresent"] = value


def sparing(doc: Doc, operator: str, key: str, value: Any) -> None:
    """Add a condition to the forcing Deny."""
    forcing(doc)["Condition"].setdefault(operator, {})[key] = value


def device_resource(doc: Doc, name: str) -> None:
    statement = granting(doc, "iam:CreateVirtualMFADevice")
    entry = as_list(statement["Resource"])[0]
    statement["Resource"] = entry[: entry.index(":mfa/") + 5] + name


def own_user(doc: Doc) -> str:
    """The entry that names the own user, in the partition of the file."""
    entry: str = as_list(granting(doc, "iam:EnableMFADevice")["Resource"])[0]
    return entry


# Spelling -------------------------------------------------------------------------------------------------------------


def spellings(doc: Doc) -> Iterator[tuple[str, Doc]]:
    """The same policy written otherwise."""
    yield "as it stands", doc
    other = copy.deepcopy(doc)
    for number, statement in enumerate(other["Statement"]):
        statement["Sid"] = f"S{number}"
    other["Statement"].reverse()
    yield "other Sids, turned over", other
    other = copy.deepcopy(doc)
    for statement in other["Statement"]:
        statement.pop("Sid", None)
        for element in ("Action", "NotAction", "Resource", "NotResource"):
            if element in statement:
                entries = as_list(statement[element])
                statement[element] = entries[0] if len(entries) == 1 else entries
        for keys in statement.get("Condition", {}).values():
            keys |= {key: as_list(value) for key, value in keys.items()}
    yield "no Sids, single values without a list, conditions in lists", other
    other = copy.deepcopy(doc)
    for statement in other["Statement"]:
        for element in ("Action", "NotAction"):
            if element in statement:
                statement[element] = [entry.swapcase() for entry in as_list(statement[element])]
        for keys in statement.get("Condition", {}).values():
            for key in list(keys):
                head, slash, tag = key.partition("/")
                keys[head.upper() + slash + tag] = keys.pop(key)
    yield "actions and keys in another case", other
    yield "one account", json.loads(json.dumps(doc).replace(":iam::*:", ":iam::123456789012:"))
    if len(doc["Statement"]) == 1:
        yield "a statement without a list", {**doc, "Statement": copy.deepcopy(doc["Statement"][0])}
