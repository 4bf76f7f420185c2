"""What is called not needed can be left out, and what is required breaks what it says: asked of the judge anew."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import SOAK
from tests.properties.test_repair import CONDITIONS, OPTIONS, PRESENT, texts

from iamfa.advise.check import check
from iamfa.advise.explain import explain
from iamfa.advise.explained import MAIN_FLOWS, Explained, Explanation
from iamfa.advise.finding import Report, Severity
from iamfa.advise.options import ALLOW_ALL, bundle_of
from iamfa.advise.parts import Part, without
from iamfa.advise.passing import Passing
from iamfa.advise.situation import bearing_context, ordinary_context
from iamfa.advise.walks import ATTACKS_WORST_FIRST, compared
from iamfa.evaluate.credential import CREDENTIALS, carried
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.request import Request
from iamfa.lifecycle.flows import walk_flows
from iamfa.lifecycle.subject import subject_for
from iamfa.lifecycle.world import World
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Document, Kind
from iamfa.policy.policy import Policy

ACTIONS = (
    "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:DeactivateMFADevice", "iam:ListMFADevices",
    "iam:ResyncMFADevice", "iam:DeleteVirtualMFADevice", "iam:ListUsers", "iam:*MFADevice*", "iam:Create*", "s3:*",
    "sts:GetSessionToken", "iam:ChangePassword", "iam:AttachUserPolicy",
    "sts:AssumeRole", "signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token", "iam:CreateAccessKey",
)  # fmt: skip
RESOURCES = (
    "*", "arn:aws:iam::*:mfa/*", "arn:aws:iam::*:mfa/${aws:username}", "arn:aws:iam::*:user/${aws:username}",
    "arn:aws:iam::*:user/*/${aws:username}", "arn:aws:iam::123456789012:role/deploy", "arn:aws:iam::*:role/*",
)  # fmt: skip
# One example has a policy explained and judged anew several times, a second of work.
few = settings() if SOAK else settings(max_examples=settings().max_examples // 3)
FLOWS_WORST_FIRST = ("blocked", "not_decided", "depends", "works")


def left_out(policy: Policy, explained: Explained) -> Report | None:
    """What the judge says of the policy without the part; None where nothing is left."""
    after = without(policy, explained.part)
    return check(after, options=OPTIONS) if after.statements else None


def bad(report: Report) -> Counter[str]:
    return Counter(f.rule for f in report.findings if f.severity is not Severity.NOTE)


def drawn(data: st.DataObject, explanation: Explanation, *judgements: str) -> Explained | None:
    fitting = [e for e in explanation.all if e.judgement in judgements]
    return data.draw(st.sampled_from(fitting)) if fitting else None


@st.composite
def small(draw: st.DrawFn) -> str:
    """A few grants and one or two Denies, whose lists need not fit each other."""
    some = st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=3, unique=True)
    resources = st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2, unique=True)
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": draw(some), "Resource": draw(resources)} for _ in range(draw(st.integers(1, 2)))
    ]
    for _ in range(draw(st.integers(0, 2))):
        element = draw(st.sampled_from(["NotAction", "NotAction", "Action"]))
        condition = draw(st.sampled_from([*CONDITIONS, {"BoolIfExists": {PRESENT: "false"}}]))
        statements.append({"Effect": "Deny", element: draw(some), "Resource": "*", "Condition": condition})
    return json.dumps({"Version": "2012-10-17", "Statement": draw(st.permutations(statements))}, indent=1)


@few
@given(text=small(), data=st.data())
def test_what_is_not_needed_can_go_and_what_is_required_breaks_what_it_says(text: str, data: st.DataObject) -> None:
    _hold(text, data)


@pytest.mark.soak
@given(text=texts(), data=st.data())
def test_so_it_is_with_well_made_policies_into_which_holes_were_put(text: str, data: st.DataObject) -> None:
    _hold(text, data)


def _hold(text: str, data: st.DataObject) -> None:
    policy = Policy.parse(text)
    explanation = explain(policy, options=OPTIONS)
    unneeded = drawn(data, explanation, "not_needed")
    if unneeded is not None:
        _can_be_left_out(policy, unneeded)
    needed = drawn(data, explanation, "required", "optional")
    if needed is not None:
        _breaks_what_it_says(policy, needed)


def _can_be_left_out(policy: Policy, part: Explained) -> None:
    after = left_out(policy, part)
    if after is None:
        return
    before = check(policy, options=OPTIONS)
    assert not bad(after) - bad(before)
    if not before.flows or not after.flows:
        return
    for was, now in zip(before.flows, after.flows, strict=True):
        assert FLOWS_WORST_FIRST.index(now.result) >= FLOWS_WORST_FIRST.index(was.result)
        if not part.part.widens and (was.result, now.result) == ("not_decided", "not_decided"):
            assert now.detail == was.detail
    for attack, then in zip(before.attacks, after.attacks, strict=True):
        with_it, without_it = compared(attack, then)
        assert ATTACKS_WORST_FIRST.index(without_it) >= ATTACKS_WORST_FIRST.index(with_it)


def _breaks_what_it_says(policy: Policy, part: Explained) -> None:
    effects = part.effects
    lost = {c.before.flow for c in effects.flows_lost}
    if part.judgement == "optional":
        assert not lost & {*MAIN_FLOWS}
    after = without(policy, part.part).document
    walked = flows(policy.document, after) if any(not c.with_path for c in effects.flows_lost) else set()
    for change in effects.flows_lost:
        row = (change.before.flow, change.before.credential, change.before.device, change.after.result)
        assert change.with_path or row in walked
    if part.judgement == "required" and not lost & {*MAIN_FLOWS}:
        assert effects.passes or effects.unprotected or effects.attacks_opened or effects.findings_new
    for passing in effects.passes[:3]:
        # With the part it is refused and without it passes, in one of the situations that say what it bears on.
        assert any(
            passes(after, request) and not passes_everywhere(policy.document, request)
            for request in requests(policy.document, part.part, passing)
        )


def flows(whole: Document, after: Document) -> set[tuple[str, str, str | None, str]]:
    """The flows under the policy without the part, walked by the user and in the situation of the whole."""
    subject = subject_for([whole])
    world = World(bundle_of(Kind.IDENTITY, after, (), subject.account), subject, context=ordinary_context([whole]))
    return {(f.flow, f.credential, f.device, f.result) for f in walk_flows(world)}


def requests(whole: Document, part: Part, passing: Passing) -> Iterator[Request]:
    contexts = (
        ordinary_context([whole]),
        ordinary_context([whole], of_the_request=True),
        bearing_context(part.statement, variables=whole.variables),
    )
    for context in contexts:
        told = carried(context, passing.credential)
        if CREDENTIALS[passing.credential].mfa_age:
            told["aws:multifactorauthage"] = "1000000000" if passing.stale else "5"
        yield Request.by_user(
            subject_for([whole]).user_arn, passing.action, passing.resource, credential=passing.credential, context=told
        )


def passes_everywhere(document: Document, request: Request) -> bool:
    """Whether the request passes both by the policy alone and where everything is granted elsewhere."""
    return all(
        Decider(Bundle([document, *others])).decide(request).decision in ("allowed", "unknown")
        for others in ([], [ALLOW_ALL])
    )


def passes(document: Document, request: Request) -> bool:
    """Whether the request passes, by the policy alone or where everything is granted elsewhere as well."""
    return any(
        Decider(Bundle([document, *others])).decide(request).decision in ("allowed", "unknown")
        for others in ([], [ALLOW_ALL])
    )
