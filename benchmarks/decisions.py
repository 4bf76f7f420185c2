"""Decisions a second, over 10,000 distinct requests made from the 18 sample decisions.

Each request has a user, a device and an object of its own, so that no answer can be remembered; the deciders keep what
belongs to a policy and an action, nothing that belongs to a request. Reasons are not looked at. The decisions are
compared with those that the sample expects, before anything is measured.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measure import Row, medians, ratio, seconds_of
from iamfa import Bundle, Decider, Policy, Request

COUNT = 10_000
TURNS = 15
DATA = Path(__file__).parent / "data"
EXPECTED = {"Allowed": "allowed", "ExplicitlyDenied": "explicit_deny", "ImplicitlyDenied": "implicit_deny"}
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}

Made = tuple[dict[str, Any], str]
"""What a request is made of, and the decision that is expected."""


def requests_of(with_admin: bool) -> list[Made]:
    """Half of the requests: distinct ones, the nine of the sample over and over under other names."""
    samples = json.loads((DATA / "sample-decisions.json").read_text(encoding="utf-8"))["requests"]
    found: list[Made] = []
    for number in range(COUNT // 2):
        sample = samples[number % len(samples)]
        user = f"alice-{number}"
        resource = sample["resource"].replace("alice", user).replace("phone-2", f"phone-{number}")
        if resource.startswith("arn:aws:s3:::"):
            resource += f"-{number}"
        context = {"aws:username": user}
        if sample["mfa"] is not None:
            context["aws:MultiFactorAuthPresent"] = sample["mfa"]
        made = {
            "action": sample["action"],
            "resource": resource,
            "principal": f"arn:aws:iam::123456789012:user/{user}",
            "context": context,
        }
        expected = sample.get("expect_with_admin", sample["expect"]) if with_admin else sample["expect"]
        found.append((made, EXPECTED[expected]))
    return found


def rows() -> list[Row]:
    """The rows of the table."""
    policy = Policy.load(DATA / "aws-p1.json")
    sets = [Bundle([policy]), Bundle([policy, Policy.from_document(EVERYTHING)])]
    deciders = [Decider(bundle) for bundle in sets]
    made = [requests_of(with_admin=False), requests_of(with_admin=True)]
    prepared = [[Request(**each) for each, _ in half] for half in made]
    distinct = len({(place, repr(request)) for place, half in enumerate(prepared) for request in half})
    right = sum(
        decider.decide(request).decision == expected
        for decider, half, requests in zip(deciders, made, prepared, strict=True)
        for (_, expected), request in zip(half, requests, strict=True)
    )
    pattern = re.compile(r"arn:aws:iam::[0-9]*:(user|mfa)/.*")
    resources = [request.resource for half in prepared for request in half]
    users = [(each["principal"], each["action"], each["resource"]) for half in made for each, _ in half]

    def decide() -> None:
        for decider, requests in zip(deciders, prepared, strict=True):
            for request in requests:
                decider.decide(request)

    def construct_and_decide() -> None:
        for decider, half in zip(deciders, made, strict=True):
            for each, _ in half:
                decider.decide(Request(**each))

    def compile_and_decide() -> None:
        for bundle, requests in zip(sets, prepared, strict=True):
            decider = Decider(bundle)
            for request in requests:
                decider.decide(request)

    def explain() -> None:
        for decider, requests in zip(deciders, prepared, strict=True):
            for request in requests[:250]:
                decider.decide(request).reasons  # noqa: B018 - looking at the reasons is what computes them

    def as_aws_makes_them() -> None:
        for user, action, resource in users[:2000]:
            deciders[0].decide(Request.by_user(user, action, resource))

    def match() -> None:
        fullmatch: Callable[[str], object] = pattern.fullmatch
        for resource in resources:
            fullmatch(resource)

    turns = seconds_of(decide, match, construct_and_decide, compile_and_decide, explain, as_aws_makes_them, turns=TURNS)
    decided, matched, constructed, compiled, explained, untold = medians(turns)
    rate = COUNT / decided
    return [
        Row("distinct requests to one of the two sets", f"{distinct:,}", f"{COUNT:,}", distinct == COUNT),
        Row("  decided as the sample expects", f"{right:,}", f"{COUNT:,}", right == COUNT),
        Row("decisions, requests prepared beforehand", f"{rate:,.0f}/s", "600,000/s, at least 300,000", rate >= 6e5),
        Row("  the same, deciders compiled anew as well", f"{COUNT / compiled:,.0f}/s"),
        Row("  the same, requests constructed as well", f"{COUNT / constructed:,.0f}/s"),
        Row("  the same, every reason looked at", f"{500 / explained:,.0f}/s"),
        Row("  by_user: constructed, some values not told", f"{2000 / untold:,.0f}/s"),
        Row("one compiled re.fullmatch for each request", f"{COUNT / matched:,.0f}/s"),
        Row("a decision in units of one re.fullmatch", f"{ratio(turns, 0, 1):.1f}"),
    ]
