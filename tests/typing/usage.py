"""The public face as somebody who uses it would write it. `mypy --strict` reads this file, and a test runs it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import assert_type

import iamfa

ALICE = "arn:aws:iam::123456789012:user/alice"
PHONE = "arn:aws:iam::123456789012:mfa/phone"

OUTDATED = """
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "OwnDevices",
      "Effect": "Allow",
      "Action": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "iam:ResyncMFADevice"],
      "Resource": ["arn:aws:iam::*:mfa/${aws:username}", "arn:aws:iam::*:user/${aws:username}"]
    },
    {
      "Sid": "NothingElseWithoutMFA",
      "Effect": "Deny",
      // What a user without a device needs to enrol one.
      "NotAction": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "iam:ResyncMFADevice"],
      "Resource": "*",
      "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    }
  ]
}
"""


def read_a_policy() -> iamfa.Policy:
    """A policy comes from a text or a file; what is wrong with it comes as one error that knows every place."""
    try:
        iamfa.Policy.load("no-such-file.json")
    except iamfa.PolicyError as error:
        assert_type(error.message, str)
        assert_type(error.hint, str | None)
        assert [(fault.line, fault.column) for fault in error.faults] == [(1, 1)]
    else:
        raise AssertionError("a file that is not there was read")
    policy = iamfa.Policy.parse(OUTDATED)
    assert_type(policy, iamfa.Policy)
    return policy


def decide_requests(policy: iamfa.Policy) -> None:
    """One request with exactly the context that is given, and one with the context that AWS would make."""
    bundle = iamfa.Bundle(identity=[policy])
    request = iamfa.Request(
        "iam:CreateVirtualMFADevice",
        PHONE,
        principal=ALICE,
        context={"aws:username": "alice", "aws:TagKeys": ["team", "floor"]},
    )
    verdict = iamfa.decide(request, bundle)
    assert verdict.decision == "implicit_deny"
    assert "OwnDevices" in str(verdict)
    assert {reason.effect for reason in verdict.reasons} == {"Allow", "Deny"}
    assert not any(reason.matched for reason in verdict.reasons if reason.effect == "Allow")

    decider = iamfa.Decider(bundle)
    own = iamfa.Request.by_user(ALICE, "iam:CreateVirtualMFADevice", PHONE.replace("phone", "alice"))
    other = iamfa.Request.by_user(ALICE, "iam:CreateUser", ALICE, credential="token")
    assert decider.decide(own).decision == "allowed"
    assert decider.decide(other).decision == "explicit_deny"


def decide_with_every_kind_of_policy(policy: iamfa.Policy) -> None:
    """Everything that may bear on a principal has a place of its own."""
    everything = iamfa.Policy.parse(
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
    )
    bundle = iamfa.Bundle(
        identity=[policy, everything],
        boundary=everything,
        scps=[[everything], [everything]],
        rcps=None,
        session=[everything],
        resource=None,
        resource_account="123456789012",
    )
    request = iamfa.Request.by_user(ALICE, "iam:ListUsers", "*", credential="token-mfa")
    assert iamfa.decide(request, bundle).decision == "allowed"


def check_and_repair(policy: iamfa.Policy) -> None:
    """What is wrong with a policy, and the smallest repair."""
    report = iamfa.check(policy)
    assert report.file_class == "forces-by-deny"
    assert "device-name-tied-to-user" in [finding.rule for finding in report.findings]
    assert {flow.result for flow in report.flows} >= {"works", "blocked"}
    assert all(attack.attack for attack in report.attacks)

    repaired = iamfa.repair(policy)
    assert_type(repaired.text, str)
    assert "mfa/*" in repaired.text
    assert "// What a user without a device needs" in repaired.text
    assert [edit.text for edit in repaired.edits]
    assert [str(each) for each in repaired.newly_permits]
    assert not list(repaired.newly_refuses)
    assert "device-name-tied-to-user" not in [
        finding.rule for finding in iamfa.check(iamfa.Policy.parse(repaired.text)).findings
    ]


def prove_and_compare(policy: iamfa.Policy) -> None:
    """A claim about every request there may be, and what two policies permit differently."""
    bundle = iamfa.Bundle(identity=[policy])
    exempt = ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "iam:ResyncMFADevice"]
    answer = iamfa.prove(iamfa.questions.without_mfa(outside=exempt, plus_everything=True), bundle)
    assert isinstance(answer, iamfa.Proved)
    assert_type(answer.statement, str)
    assert answer.certificate.as_json()["version"] == 1

    answer = iamfa.prove(iamfa.questions.without_mfa(outside=exempt[1:]), bundle)
    assert isinstance(answer, iamfa.Refuted)
    assert_type(answer.witness, iamfa.Request)
    assert answer.witness.action == "iam:CreateVirtualMFADevice"
    assert iamfa.decide(answer.witness, bundle).allowed
    assert answer.credential == "long-term-key"

    answer = iamfa.prove(iamfa.questions.never(["s3:*"], credentials=["token"]), bundle)
    assert not isinstance(answer, iamfa.Refuted | iamfa.Unknown)

    change = iamfa.compare(bundle, iamfa.Bundle(identity=[iamfa.Policy.parse(OUTDATED.replace("iam:Resync", "iam:X"))]))
    assert change.relation == "incomparable"
    assert_type(change.only_a.only, iamfa.Request | None)


def play_in_a_sandbox(policy: iamfa.Policy) -> None:
    """A local IAM and STS with an administrator and a user under the policy; it goes when the block ends."""
    with iamfa.Sandbox(policy=policy, seed=1, assumptions={"totp-window": "1"}, services=False) as box:
        assert_type(box, iamfa.Sandbox)
        assert_type(box.endpoint_url, str)
        assert_type(box.environment, dict[str, str])
        assert_type(box.environment_of("own-user"), dict[str, str])
        assert set(box.client_settings()) == {
            "endpoint_url", "region_name", "aws_access_key_id", "aws_secret_access_key",
        }  # fmt: skip
        noon = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
        assert_type(box.clock.set(noon, still=True), datetime)
        assert box.clock.advance(30) == noon + timedelta(seconds=30)
        assert_type(box.call(lambda state: len(state.account.users)), int)
        assert box.events == []
    try:
        box.code("phone")
    except iamfa.IamfaError as error:
        assert "`phone`" in error.message
    else:
        raise AssertionError("a device that is not there has a code")


def use_everything() -> None:
    """Run what this file shows."""
    assert_type(iamfa.__version__, str)
    policy = read_a_policy()
    decide_requests(policy)
    decide_with_every_kind_of_policy(policy)
    check_and_repair(policy)
    prove_and_compare(policy)
    play_in_a_sandbox(policy)
