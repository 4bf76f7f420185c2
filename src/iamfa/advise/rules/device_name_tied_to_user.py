"""A virtual device under a free name cannot be created: the grant fits only names made from the user's own.

Since 2022-11-16 AWS lets users name their devices freely (document history of the IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.actions import CREATE
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Repair, Severity, Witness
from iamfa.advise.names import NameSet, names_that_work
from iamfa.advise.rule import Rule
from iamfa.lifecycle.result import Call
from iamfa.policy.document import Statement, Value
from iamfa.policy.edit import Edit, replace_value


def _find(case: Case) -> Iterator[Finding]:
    if not (case.is_identity or case.limits_only) or case.file_class not in (
        "forces-by-deny", "forces-by-grant", "self-service", "other", "protects-a-set",
    ):  # fmt: skip
        return
    names = names_that_work(case)
    if names is None or not names.refused:
        return
    culprits = [(s, v) for s in _bearing(case) for v in _device_entries(s)]
    if not culprits:
        return
    statement, value = culprits[0]
    if names.is_pattern:
        yield RULE.found(
            Severity.NOTE,
            _pattern_words(names),
            params={"works": list(names.works), "refused": list(names.refused)},
            statement=statement,
            span=value.span,
            reason=f"a device named `{names.refused[0]}` does not fit",
            notes=(
                "a pattern that only ends in `*` also covers other users' names: `bob-*` covers those of `bob-smith`",
            ),
        )
        return
    yield RULE.found(
        Severity.ERROR,
        f"a virtual device under a free name cannot be created: {_which(case, names)}",
        params={"works": list(names.works), "refused": list(names.refused)},
        statement=statement,
        span=value.span,
        reason=_fits(value),
        witness=Witness(
            case.request(CREATE, names.arn_of(names.refused[0]), names.credential),
            names.credential,
        ),
        trace=_trace(case),
        notes=(
            f"the console asks for a device name; any other than `{names.works[0]}` is refused"
            if names.works
            else "no device name at all fits",
        ),
        repair=_repair(culprits),
    )


def _which(case: Case, names: NameSet) -> str:
    if case.subject.name in names.works:
        return "only one named as the user himself"
    return f"only one named `{names.works[0]}`" if names.works else "no name fits"


def _fits(value: Value) -> str:
    if value.text.lower().endswith(":mfa/${aws:username}"):
        return "fits only a device named exactly as the user"
    return "fits no device name that is free to choose" if "${" in value.text else "fits only this one name"


def _pattern_words(names: NameSet) -> str:
    if not names.works:
        return "virtual devices can be created only under a path, which the console never gives"
    example = next((n for n in names.works if n not in names.refused), names.works[0])
    return f"virtual devices can be created only under some names, like `{example}`"


def _trace(case: Case) -> tuple[Call, ...]:
    for flow in case.flows:
        if flow.flow == "enrol-first-device" and flow.device == "virtual-any-name" and flow.result == "blocked":
            return flow.trace
    return ()


def _bearing(case: Case) -> Iterator[Statement]:
    """The statements that grant creation, or deny it by NotResource."""
    for statement in case.statements_taking_in(CREATE, "Allow"):
        if statement.resource is not None and not statement.resource.negated:
            yield statement
    for statement in case.statements_taking_in(CREATE, "Deny"):
        if statement.resource is not None and statement.resource.negated:
            yield statement


def _device_entries(statement: Statement) -> Iterator[Value]:
    assert statement.resource is not None
    for value in statement.resource.values:
        if ":mfa/" in value.text and not value.text.endswith(":mfa/*"):
            yield value


def _repair(culprits: list[tuple[Statement, Value]]) -> Repair:
    edits: list[Edit] = []
    done: set[int] = set()
    for _statement, value in culprits:
        if value.span.start in done:
            continue
        done.add(value.span.start)
        edits += replace_value(value, value.text[: value.text.index(":mfa/") + 5] + "*")
    return Repair("let a device have any name", tuple(edits))


RULE = Rule(
    "device-name-tied-to-user",
    "error, note for a deliberate pattern",
    "a virtual device under a free name cannot be created: only names made from the user's own fit",
    _find,
)
