"""One line of `can --batch` or `match --batch` in, one out: the shapes are those of docs/formats.md.

Lines are plain JSON values; whatever is wrong with one becomes its own `error` answer, and the others go on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from iamfa.errors import IamfaError, PolicyError
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.match import action_matches, resource_matches
from iamfa.evaluate.request import ContextValue, Request
from iamfa.evaluate.verdict import Reason, Verdict
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Kind
from iamfa.policy.glob import matcher
from iamfa.policy.operators import compile_condition
from iamfa.policy.policy import Policy
from iamfa.policy.variables import Template

Line = Any
"""A JSON value; whether it is an object of the agreed shape is looked at here."""


class LineError(IamfaError):
    """A line of a batch is not of the agreed shape."""


def decide_line(line: Line, deciders: dict[str, Decider] | None = None) -> dict[str, Any]:
    """Answer one line of `can --batch`; a bad one answers `"decision": "error"`.

    *deciders* is a memory that the caller keeps between lines: equal policies are then compiled once.
    """
    answer: dict[str, Any] = {"id": line.get("id")} if isinstance(line, Mapping) else {"id": None}
    try:
        request = request_of(_object(line, "request"))
        verdict = _decider(line, deciders).decide(request)
        reasons = [reason_json(r) for r in verdict.reasons if r.matched is not False or _stopped(r, verdict)]
    except IamfaError as error:
        answer |= {"decision": "error", "reasons": [], "error": _error_json(error)}
    else:
        answer |= {"decision": verdict.decision, "reasons": reasons}
        if verdict.assumption is not None:
            answer["assumption"] = verdict.assumption
    if isinstance(line, Mapping) and line.get("expected") is not None:
        answer["met"] = answer["decision"] == line["expected"]
    return answer


def match_line(line: Line) -> dict[str, Any]:
    """Answer one line of `match --batch`: a single comparison, `{"id", "matches"}`.

    Raises nothing: a bad line, or one that AWS's documentation does not decide, has `"matches": null` and an error.
    """
    answer: dict[str, Any] = {"id": line.get("id")} if isinstance(line, Mapping) else {"id": None}
    try:
        matches = _matches(line)
    except IamfaError as error:
        return {**answer, "matches": None, "error": _error_json(error)}
    if matches is None:
        return {**answer, "matches": None, "error": {"message": "AWS does not document what this comparison gives"}}
    return {**answer, "matches": matches}


def request_of(data: Mapping[str, Any]) -> Request:
    """Read the `request` of a line; raises an IamfaError that says what is wrong with it."""
    unknown = set(data) - {"principal", "action", "resource", "context"}
    if unknown:
        raise LineError(f"the request has an unknown field `{min(unknown)}`")
    context = data.get("context") or {}
    if not isinstance(context, Mapping):
        raise LineError("`context` of the request is no object")
    principal = data.get("principal")
    if principal is not None and not isinstance(principal, str):
        raise LineError("`principal` of the request is neither a text nor null")
    return Request(data.get("action", ""), data.get("resource", ""), principal=principal, context=context)


def bundle_of(data: Mapping[str, Any]) -> Bundle:
    """Read the policy fields of a line, or of a bundle file; raises PolicyError for an invalid document."""
    account = data.get("resource_account")
    if account is not None and not (isinstance(account, str) and len(account) == 12 and account.isdigit()):
        raise LineError("`resource_account` is not 12 digits", hint='write it as a text, e.g. "123456789012"')
    action = data["request"].get("action", "") if isinstance(data.get("request"), Mapping) else ""
    trust = isinstance(action, str) and action.lower().startswith("sts:")
    kind = Kind.TRUST if trust else Kind.RESOURCE
    resource = data.get("resource_policy")
    return Bundle(
        identity=_policies(data, "identity_policies", Kind.IDENTITY) or (),
        boundary=_policy(data.get("boundary"), "boundary", Kind.BOUNDARY),
        scps=_levels(data, "scps", Kind.SCP),
        rcps=_levels(data, "rcps", Kind.RCP),
        session=_policies(data, "session_policies", Kind.SESSION),
        resource=_policy(_everyone_spelled_out(resource) if trust else resource, "resource_policy", kind),
        resource_account=account,
    )


def reason_json(reason: Reason) -> dict[str, Any]:
    """A reason in the agreed shape."""
    detail = f": {reason.detail}" if reason.detail else ""
    return {
        "policy": reason.policy,
        "statement": {"index": reason.statement.index, "sid": reason.statement.sid},
        "effect": reason.effect,
        "matched": reason.matched,
        "why": f"{reason.why.value}{detail}",
    }


def _stopped(reason: Reason, verdict: Verdict) -> bool:
    """Whether a statement that does not fit tells why nothing allows the request."""
    return verdict.decision == "implicit_deny" and reason.effect == "Allow"


_POLICY_FIELDS = (
    "identity_policies", "boundary", "scps", "rcps", "session_policies", "resource_policy", "resource_account",
)  # fmt: skip


def _decider(line: Line, deciders: dict[str, Decider] | None) -> Decider:
    if deciders is None:
        return Decider(bundle_of(line))
    trust = str(_object(line, "request").get("action", "")).lower().startswith("sts:")
    key = json.dumps([trust, *(line.get(name) for name in _POLICY_FIELDS)], sort_keys=False)
    found = deciders.get(key)
    if found is None:
        if len(deciders) >= 1000:
            deciders.clear()
        found = deciders[key] = Decider(bundle_of(line))
    return found


def _object(line: Line, name: str) -> Mapping[str, Any]:
    value = line.get(name) if isinstance(line, Mapping) else None
    if not isinstance(value, Mapping):
        raise LineError(f"the line has no object `{name}`")
    return value


def _policy(value: Any, where: str, kind: Kind) -> Policy | None:
    if value is None:
        return None
    try:
        return Policy.from_document(value, kind=kind)
    except PolicyError as error:
        raise PolicyError(f"`{where}` is no valid policy: {error.message}", error.faults) from error


def _everyone_spelled_out(document: Any) -> Any:
    """A trust policy with `"Principal": "*"` written as `{"AWS": "*"}`: the two mean the same.

    AWS's policy checks want the second form when a trust policy is saved; a decision need not insist.
    """
    if not isinstance(document, dict):
        return document
    statements = document.get("Statement")
    listed = statements if isinstance(statements, list) else [statements]
    changed = [
        {**s, "Principal": {"AWS": "*"}} if isinstance(s, dict) and s.get("Principal") == "*" else s for s in listed
    ]
    return {**document, "Statement": changed if isinstance(statements, list) else changed[0]}


def _policies(data: Mapping[str, Any], field: str, kind: Kind) -> tuple[Policy, ...] | None:
    value = data.get(field)
    if value is None:
        return None
    if not isinstance(value, list):
        raise LineError(f"`{field}` is no list")
    found = (_policy(item, f"{field}[{i}]", kind) for i, item in enumerate(value))
    return tuple(_there(p, field) for p in found)


def _levels(data: Mapping[str, Any], field: str, kind: Kind) -> tuple[tuple[Policy, ...], ...] | None:
    value = data.get(field)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(level, list) for level in value):
        raise LineError(f"`{field}` is no list of lists", hint="one list of policies for each level, the root first")
    return tuple(
        tuple(_there(_policy(item, f"{field}[{n}][{i}]", kind), field) for i, item in enumerate(level))
        for n, level in enumerate(value)
    )


def _there(policy: Policy | None, field: str) -> Policy:
    if policy is None:
        raise LineError(f"`{field}` holds null where a policy belongs")
    return policy


def _error_json(error: IamfaError) -> dict[str, Any]:
    shape: dict[str, Any] = {"message": error.message, "hint": error.hint}
    if isinstance(error, PolicyError):
        shape["faults"] = [
            {"line": f.line, "column": f.column, "message": f.message, "hint": f.hint} for f in error.faults
        ]
    return shape


def _matches(line: Line) -> bool | None:
    if not isinstance(line, Mapping):
        raise LineError("the line is no object")
    told = line.get("context") or {}
    if not isinstance(told, Mapping):
        raise LineError("`context` of the line is no object")
    context = {k.lower(): _context_value(v) for k, v in told.items()}
    if "kind" in line:
        return _matches_pattern(line, context)
    operator, key, values = line.get("operator"), line.get("key"), line.get("policy_values")
    if isinstance(values, (str, bool, int, float)):
        values = [values]
    if not isinstance(operator, str) or not isinstance(key, str) or not isinstance(values, list):
        raise LineError("the line needs `operator`, `key` and `policy_values`")
    qualifier = line.get("qualifier")
    name = f"{qualifier}:{operator}" if qualifier else operator
    if line.get("if_exists"):
        name += "IfExists"
    test = compile_condition(name, key, [_scalar(v) for v in values], variables=True)
    keys: dict[str, ContextValue] = {k: v for k, v in context.items() if k != key.lower()}
    asked = line.get("request_values")
    if asked is not None:
        asked = [asked] if isinstance(asked, (str, bool, int, float)) else asked
        if not isinstance(asked, list):
            raise LineError("`request_values` is no list")
        texts = tuple(_scalar(v) for v in asked)
        keys[key.lower()] = texts[0] if len(texts) == 1 and not qualifier else texts
    return test(keys)


def _matches_pattern(line: Line, context: Mapping[str, ContextValue]) -> bool:
    kind, pattern, value = line.get("kind"), line.get("pattern"), line.get("value")
    if not isinstance(pattern, str) or not isinstance(value, str):
        raise LineError("the line needs `pattern` and `value`")
    if kind == "action":
        return action_matches(pattern, value)
    if kind == "resource":
        return resource_matches(pattern, value, context)
    if kind != "string":
        raise LineError(f"`{kind}` is no kind of comparison", hint="`action`, `resource` or `string`")
    template = Template.parse(pattern, variables=True)
    tokens = template.resolve(lambda k: v if isinstance(v := context.get(k), str) else None)
    return tokens is not None and matcher(tokens)(value)


def _context_value(value: Any) -> ContextValue:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(_scalar(v) for v in value)
    return _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    raise LineError(f"{value!r} is neither a text, a number nor a boolean")
