"""Drops what no flow needs: single actions, and statements that hold nothing else; every other byte stays.

Only what takes rights away is ever done: an action out of an Allow, or out of the list that a Deny exempts. What users
work with besides (other services, own keys and passwords) is no flow and is left alone, and so is what the console's
page of one's own credentials reads (comfort), but for `iam:ListUsers`, which that page does not need. Whoever takes a
device away deletes it, too: that grant goes with the flows that take one away.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import get_args

from iamfa.advise import actions as act
from iamfa.advise.case import Case
from iamfa.advise.changes import edits_between
from iamfa.advise.check import report_of
from iamfa.advise.difference import difference
from iamfa.advise.finding import Report, Severity
from iamfa.advise.options import CheckOptions
from iamfa.advise.repair import Dropped, RepairResult
from iamfa.advise.repair_proof import prove_change
from iamfa.advise.situation import MFA_KEYS, asks_for_mfa
from iamfa.arn import PARTITIONS
from iamfa.errors import EditError, IamfaError, PolicyError
from iamfa.evaluate.match import action_matches
from iamfa.lifecycle.attacks import walk_attacks
from iamfa.lifecycle.flows import walk_flows
from iamfa.lifecycle.result import FlowName
from iamfa.lifecycle.subject import Subject
from iamfa.lifecycle.world import World
from iamfa.policy.document import Statement, Value
from iamfa.policy.edit import apply, remove_statement, remove_value
from iamfa.policy.policy import Policy

FLOWS: tuple[str, ...] = get_args(FlowName)
"""The flows that may be chosen."""

_COMFORT = act.COMFORT - {act.LIST_USERS}
_OTHER_CREDENTIALS = re.compile(
    r"iam:\w*(?:AccessKey|LoginProfile|SSHPublicKey|SigningCertificate|ServiceSpecificCredential)\w*", re.IGNORECASE
)
_FLOW_RANKS = ("blocked", "not_decided", "depends", "works")
_ATTACK_RANKS = ("succeeds", "depends", "not_decided", "stopped")

_Place = tuple[Statement, str]
"""A statement without its list and place, which change while others go, and an action's text."""


def minimise(
    policy: Policy, *, options: CheckOptions | None = None, flows: Iterable[str] | None = None
) -> RepairResult:
    """Drop what none of the chosen *flows* needs (all where it is None), and tell what is dropped and why.

    Nothing is dropped that would make a flow or an attack worse, for users with a path and in each partition that the
    file names, or that would bring a new error or warning. That nothing but the dropped actions is newly refused, and
    nothing newly permitted, is proved for all requests, or nothing is dropped. Raises IamfaError for a flow that does
    not exist, JudgementError as `check` does.
    """
    options = options or CheckOptions()
    chosen = frozenset(FLOWS if flows is None else flows)
    unknown = sorted(chosen - set(FLOWS))
    if unknown:
        raise IamfaError(f"`{unknown[0]}` is no flow", hint="one of " + ", ".join(FLOWS))
    first = Case(policy, options)
    before = report_of(first)
    case, report = first, before
    dropped: list[Dropped] = []
    refused: str | None = None
    if first.concerns_devices:
        baseline = _walked(first, chosen)
        labels = {_rest(statement): statement.label for statement in reversed(policy.statements)}
        passed_over: set[_Place] = set()
        while (place := _next(case, chosen, passed_over)) is not None:
            statement, value = place
            passed_over.add(_key(statement, value))
            after = _without(case, statement, value)
            if after is None or _worse(baseline, _walked(after, chosen)):
                continue
            judged = report_of(after)
            permits, refuses = difference(case, after)
            if judged.file_class != report.file_class or _louder(judged, report) or permits:
                continue
            whole = len(after.policy.statements) < len(case.policy.statements)
            dropped.append(Dropped(labels[_rest(statement)], value.text, whole, _why(statement, value, bool(refuses))))
            case, report = after, judged
    proof = None
    if dropped:
        actions = tuple(dict.fromkeys(each.action for each in dropped))
        proof = prove_change(policy.document, case.policy.document, (), actions)
        if not proof.holds:
            refused = f"what leaving out {', '.join(actions)} changes could not be proved"
            case, report, dropped = first, before, []
    return RepairResult(
        policy=policy,
        text=case.policy.source.text,
        edits=edits_between(policy.source.text, case.policy.source.text),
        applied=(),
        newly_permits=(),
        newly_refuses=difference(first, case)[1] if dropped else (),
        introduced=tuple(f for f in report.findings if dropped and all(f.rule != b.rule for b in before.findings)),
        remaining=report.findings,
        refused=refused,
        proof=proof,
        dropped=tuple(dropped),
    )


# What may go ---------------------------------------------------------------------------------------------------------


def _next(case: Case, chosen: frozenset[str], passed_over: set[_Place]) -> tuple[Statement, Value] | None:
    return next((c for c in _candidates(case, chosen) if _key(*c) not in passed_over), None)


def _key(statement: Statement, value: Value) -> _Place:
    return _rest(statement), value.text


def _rest(statement: Statement) -> Statement:
    return replace(statement, index=0, action=replace(statement.action, values=()))


def _candidates(case: Case, chosen: frozenset[str]) -> Iterator[tuple[Statement, Value]]:
    """Actions written out in full that an Allow grants, or that a Deny which asks for MFA exempts."""
    for statement in case.policy.statements:
        granted = statement.effect == "Allow" and not statement.action.negated
        exempt = statement.effect == "Deny" and statement.action.negated and asks_for_mfa(statement)
        # What a grant does in another situation is not walked, so it stays.
        usual = all(c.key.text.lower() in MFA_KEYS for c in statement.conditions)
        for value in statement.action.values if (granted and usual) or exempt else ():
            if (
                "*" not in value.text
                and "?" not in value.text
                and not _is_kept(case, value.text, chosen, exempt=exempt)
            ):
                yield statement, value


def _is_kept(case: Case, action: str, chosen: frozenset[str], *, exempt: bool) -> bool:
    if any(action_matches(comfort, action) for comfort in _COMFORT):
        return True
    if exempt:
        return any(action_matches(pattern, action) for pattern in case.options.expect_exempt or ())
    if action_matches(act.DELETE, action) and chosen & {"remove-device", "replace-lost-device"}:
        return True
    return not action.lower().startswith(("iam:", "sts:")) or _OTHER_CREDENTIALS.fullmatch(action) is not None


def _without(case: Case, statement: Statement, value: Value) -> Case | None:
    """The case without this entry, and without its statement where nothing is left of it."""
    policy = case.policy
    try:
        if len(statement.action.values) > 1:
            edits = remove_value(policy, value)
        elif statement.effect == "Allow":
            edits = remove_statement(policy, statement)
        else:
            return None
        return Case(policy.with_text(apply(policy.source.text, edits)), case.options)
    except (EditError, PolicyError):
        return None


# Whether it is needed ------------------------------------------------------------------------------------------------

_Walked = Mapping[tuple[str, ...], int]


def _walked(case: Case, chosen: frozenset[str]) -> _Walked:
    """How well each chosen flow goes and how well each attack is met, for everybody whom the file may be meant for."""
    found: dict[tuple[str, ...], int] = {}
    for subject in _subjects(case):
        world = World(case.alone, subject, case.options.assumptions, case.context)
        for flow in walk_flows(world):
            if flow.flow in chosen:
                key = (subject.user_arn, flow.flow, flow.credential, flow.device or "")
                found[key] = _FLOW_RANKS.index(flow.result)
        for attack in walk_attacks(world):
            found[subject.user_arn, attack.attack] = _ATTACK_RANKS.index(attack.result)
            for variant in attack.variants:
                found[subject.user_arn, attack.attack, variant.device] = _ATTACK_RANKS.index(variant.result)
    return found


def _subjects(case: Case) -> Iterator[Subject]:
    """The subject, the same with a path, and both in each further partition that the file names."""
    text = case.policy.text
    named = [p for p in PARTITIONS if f'"arn:{p}:' in text and p != case.subject.partition]
    for partition in (case.subject.partition, *named):
        for path in ("/", case.subject_with_path.path):
            yield Subject.of(case.subject.name, account=case.subject.account, partition=partition, path=path)


def _worse(before: _Walked, after: _Walked) -> bool:
    return any(after.get(key, 0) < rank for key, rank in before.items())


def _louder(after: Report, before: Report) -> bool:
    """Whether a rule finds more errors or warnings than before."""
    are, were = (
        Counter(f.rule for f in report.findings if f.severity is not Severity.NOTE) for report in (after, before)
    )
    return any(count > were[rule] for rule, count in are.items())


def _why(statement: Statement, value: Value, refuses: bool) -> str:
    if not refuses:
        return "leaving it out changes no verdict"
    if statement.effect == "Deny":
        return "no chosen flow calls it without MFA"
    if action_matches(value.text, act.LIST_USERS):
        return "no flow needs it, and it shows everybody's names"
    return "no chosen flow needs it"
