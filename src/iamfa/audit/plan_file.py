"""A plan as a file that people review, version 1, both ways. Read again it is believed in nothing that can be tested.

What a step would call follows from its place alone. So the worst that a changed file can do is what its steps show: the
texts of customers' policies in the account that it names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

from iamfa.account.details import time_in
from iamfa.account.documents import time_out
from iamfa.account.entities import PolicyVersion
from iamfa.arn import Arn, ArnError, is_account_id
from iamfa.audit.plan_values import STEP_KINDS, Actor, Effect, LeftOut, Mended, Plan, Spot, Step, digest
from iamfa.errors import IamfaError, InputError, PolicyError
from iamfa.evaluate.credential import CREDENTIALS
from iamfa.files import read_text, write_text
from iamfa.policy.edit import diff
from iamfa.policy.policy import Policy

VERSION: Final = 1
KIND: Final = "iamfa-plan"
_HINT: Final = "make it anew: `iamfa plan … --output FILE`"
_VERSION_ID = re.compile(r"v[1-9][0-9]*")
_NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)

T = TypeVar("T")
Json = dict[str, Any]


class PlanFileError(InputError):
    """A file is no plan, or contradicts itself."""


def write(plan: Plan, path: str | Path) -> None:
    """Write a plan that only its owner may read, whole or not at all: policies tell how an account is guarded."""
    write_text(path, plan_text(plan), mode=0o600)


def plan_text(plan: Plan) -> str:
    """The text of the file."""
    return json.dumps(plan_json(plan), indent=1, ensure_ascii=True) + "\n"


def name_of(plan: Plan) -> str:
    """What a journal calls the plan that it belongs to: a digest of all that it says."""
    return sha256(plan_text(plan).encode()).hexdigest()


def plan_json(plan: Plan) -> Json:
    """The plan as a JSON value; `docs/formats.md` tells the shape."""
    return {
        "version": VERSION,
        "kind": KIND,
        "account": plan.account,
        "partition": plan.partition,
        "taken_at": time_out(plan.taken_at),
        "operator": _actor_out(plan.operator),
        "may_lose": list(plan.may_lose),
        "even_managed": plan.even_managed,
        "steps": [_step_out(step) for step in plan.steps],
        "left_out": [_left_out_out(each) for each in plan.left_out],
        "notes": list(plan.notes),
        "not_read": list(plan.not_read),
    }


def _actor_out(actor: Actor) -> Json:
    return {"arn": actor.arn, "credential": actor.credential}


def _step_out(step: Step) -> Json:
    spot = step.spot
    return {
        "number": step.number,
        "kind": spot.kind,
        "policy": spot.policy,
        "holder": spot.holder,
        "arn": spot.arn,
        # Only where it is one: plans without have the digest that they always had.
        **({} if spot.becomes is None else {"becomes": spot.becomes}),
        "canary": step.canary,
        "mends": [{"rule": each.rule, "message": each.message} for each in step.mends],
        "expects": {"default_version": step.default_version, "digest": digest(step.before)},
        "before": step.before,
        "after": step.after,
        "after_digest": digest(step.after),
        "diff": diff(step.before, step.after, spot.policy),
        "deletes_version": None if step.deletes is None else _version_out(step.deletes),
        "users": list(step.users),
        "roles": list(step.roles),
        "boundary_of": list(step.boundary_of),
        "effects": [
            {
                "set": each.set,
                "users": list(each.users),
                "newly_permits": list(each.newly_permits),
                "newly_refuses": list(each.newly_refuses),
                "gains": list(each.gains),
            }
            for each in step.effects
        ],
        "proof": step.proof,
        "notes": list(step.notes),
        "can_undo": [_actor_out(each) for each in step.can_undo],
        "undo_by_hand": list(step.undo_words()),
    }


def _version_out(version: PolicyVersion) -> Json:
    return {"id": version.id, "document": version.text, "created": time_out(version.created)}


def _left_out_out(each: LeftOut) -> Json:
    return {
        "policy": each.policy,
        "held_by": each.held_by,
        "arn": each.arn,
        "reason": each.reason,
        "advice": each.advice,
        "rules": list(each.rules),
        "users": list(each.users),
        "before": each.before,
        "after": each.after,
        "diff": None if each.before is None or each.after is None else diff(each.before, each.after, each.policy),
    }


# Read again ----------------------------------------------------------------------------------------------------------


def read(path: str | Path) -> Plan:
    """The plan in a file. Raises `PlanFileError` for whatever is none or contradicts itself."""
    try:
        text = read_text(path)
        return plan_in(json.loads(text))
    except PlanFileError as error:
        raise PlanFileError(f"`{path}`: {error.message}", hint=error.hint) from error
    except PolicyError as error:
        raise PlanFileError(error.message, hint=error.hint or _HINT) from error
    except (ValueError, RecursionError) as error:
        raise PlanFileError(f"`{path}` is no JSON: {error}", hint=_HINT) from error


def plan_in(value: object) -> Plan:
    """The plan that a JSON value holds; what it does not know is left aside."""
    found = _Part("$", value)
    if found.get("kind", str) != KIND or found.get("version", int) != VERSION:
        _refuse(f"this is no plan of version {VERSION}")
    account = found.get("account", str)
    if not is_account_id(account):
        _refuse("`$.account` is no number of an account")
    try:
        taken_at: datetime = time_in(found.get("taken_at", str))
    except IamfaError as error:
        _refuse(f"`$.taken_at`: {error.message}")
    partition = found.get("partition", str)
    steps = tuple(_step_in(part, account, partition) for part in found.parts("steps"))
    if [step.number for step in steps] != list(range(1, len(steps) + 1)):
        _refuse("the steps are not numbered from 1 on, one after the other")
    return Plan(
        account,
        partition,
        taken_at,
        _actor_in(found.part("operator"), account),
        steps,
        tuple(map(_left_out_in, found.parts("left_out"))),
        found.texts("notes"),
        found.texts("not_read"),
        found.texts("may_lose"),
        found.get("even_managed", bool),
    )


class _Part:
    """An object of the file, and where it stands."""

    def __init__(self, place: str, value: object) -> None:
        self.place = place
        if not isinstance(value, Mapping):
            _refuse(f"`{place}` is no object")
        self._value: Mapping[str, object] = value

    def get(self, name: str, kind: type[T]) -> T:
        found = self._value.get(name)
        if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
            _refuse(f"`{self.place}.{name}` is missing, or no {kind.__name__}")
        return found

    def maybe(self, name: str, kind: type[T]) -> T | None:
        return None if self._value.get(name) is None else self.get(name, kind)

    def texts(self, name: str) -> tuple[str, ...]:
        found = self.get(name, list)
        if not all(isinstance(each, str) for each in found):
            _refuse(f"`{self.place}.{name}` holds something else than texts")
        return tuple(found)

    def part(self, name: str) -> _Part:
        return _Part(f"{self.place}.{name}", self._value.get(name))

    def parts(self, name: str) -> tuple[_Part, ...]:
        found: Sequence[object] = self.get(name, list)
        return tuple(_Part(f"{self.place}.{name}[{i}]", each) for i, each in enumerate(found))


def _refuse(message: str) -> NoReturn:
    raise PlanFileError(message, hint=_HINT)


def _actor_in(part: _Part, account: str) -> Actor:
    arn, credential = part.get("arn", str), part.get("credential", str)
    if credential not in CREDENTIALS:
        _refuse(f"`{part.place}.credential` is no kind of credential")
    _of_account(part, arn, account)
    return Actor(arn, credential)


def _of_account(part: _Part, text: str, account: str) -> Arn:
    try:
        arn = Arn.parse(text)
    except ArnError as error:
        _refuse(f"`{part.place}.arn`: {error.message}")
    if arn.service != "iam" or arn.account != account:
        _refuse(f"`{part.place}.arn` is nothing of IAM in the account `{account}`: `{text}`")
    return arn


def _spot_in(part: _Part, account: str, partition: str) -> Spot:
    kind, policy, holder, text = (
        part.get("kind", str), part.get("policy", str), part.maybe("holder", str), part.get("arn", str),
    )  # fmt: skip
    if kind not in STEP_KINDS:
        _refuse(f"`{part.place}.kind` is none of {', '.join(STEP_KINDS)}")
    if (kind == "managed") is not (holder is None):
        _refuse(f"`{part.place}.holder` does not fit to `{kind}`")
    for name in (policy, *((holder,) if holder is not None else ())):
        if not _NAME.fullmatch(name):
            _refuse(f"`{part.place}`: `{name}` is no name of IAM")
    arn = _of_account(part, text, account)
    resource = "policy" if kind == "managed" else kind.partition("-")[0]
    begin, end = f"arn:{partition}:iam::{account}:{resource}/", f"/{policy if holder is None else holder}"
    if not text.startswith(begin) or not text.endswith(end) or "*" in text or "?" in text:
        _refuse(f"`{part.place}.arn` is not where the step says that it works: `{arn}`")
    becomes = part.maybe("becomes", str)
    root, _, name = (becomes or "").partition("/")
    fits = root == f"arn:{partition}:iam::{account}:policy" and _NAME.fullmatch(name) is not None
    if kind.endswith("-to-managed") is not (becomes is not None) or (becomes is not None and not fits):
        _refuse(f"`{part.place}.becomes` does not fit to `{kind}`")
    return Spot(kind, policy, text, holder, becomes)  # type: ignore[arg-type]  # one of the kinds, as was asked above


def _step_in(part: _Part, account: str, partition: str) -> Step:
    spot = _spot_in(part, account, partition)
    before, after = part.get("before", str), part.get("after", str)
    for name, text in (("before", before), ("after", after)):
        _policy(part, name, text)
    if digest(before) != part.part("expects").get("digest", str) or digest(after) != part.get("after_digest", str):
        _refuse(f"`{part.place}`: a text is not the one that its digest was made of")
    if digest(before) == digest(after):
        _refuse(f"`{part.place}` changes nothing")
    default = part.part("expects").maybe("default_version", str)
    deletes = None if part.maybe("deletes_version", dict) is None else _version_in(part.part("deletes_version"))
    ids = [each for each in (default, None if deletes is None else deletes.id) if each is not None]
    if not all(map(_VERSION_ID.fullmatch, ids)) or (spot.kind == "managed") is not (default is not None):
        _refuse(f"`{part.place}`: the versions do not fit to `{spot.kind}`")
    if deletes is not None and (default is None or deletes.id == default):
        _refuse(f"`{part.place}` would delete the version in force")
    return Step(
        part.get("number", int),
        spot,
        tuple(Mended(each.get("rule", str), each.get("message", str)) for each in part.parts("mends")),
        before,
        after,
        part.texts("users"),
        part.get("proof", str),
        tuple(_actor_in(each, account) for each in part.parts("can_undo")),
        part.texts("roles"),
        part.texts("boundary_of"),
        tuple(map(_effect_in, part.parts("effects"))),
        part.texts("notes"),
        part.get("canary", bool),
        default,
        deletes,
    )


def _policy(part: _Part, name: str, text: str) -> None:
    try:
        Policy.parse(text)
    except PolicyError as error:
        _refuse(f"`{part.place}.{name}` is no policy: {error.message}")


def _version_in(part: _Part) -> PolicyVersion:
    document = part.get("document", str)
    try:
        return PolicyVersion(part.get("id", str), document, time_in(part.get("created", str)))
    except PlanFileError:
        raise
    except IamfaError as error:
        _refuse(f"`{part.place}.created`: {error.message}")


def _effect_in(part: _Part) -> Effect:
    names: Callable[[str], tuple[str, ...]] = part.texts
    return Effect(part.get("set", str), names("users"), names("newly_permits"), names("newly_refuses"), names("gains"))


def _left_out_in(part: _Part) -> LeftOut:
    return LeftOut(
        part.get("policy", str),
        part.maybe("held_by", str),
        part.maybe("arn", str),
        part.get("reason", str),
        part.maybe("advice", str),
        part.texts("rules"),
        part.texts("users"),
        part.maybe("before", str),
        part.maybe("after", str),
    )
