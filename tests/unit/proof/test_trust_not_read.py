"""A role's trust policy and a key's policy that were not read may grant: no proof rests on their silence."""

from __future__ import annotations

import pytest

from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Kind
from iamfa.policy.policy import Policy
from iamfa.proof.answer import Proved, Refuted, Unknown, prove
from iamfa.proof.checker import verify
from iamfa.proof.checker_claim import CertificateError
from iamfa.proof.question import never, without_mfa


def forcing(*exempt: str) -> Policy:
    """A policy that denies all but these without MFA."""
    condition = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    statement = {"Effect": "Deny", "NotAction": list(exempt), "Resource": "*", "Condition": condition}
    return Policy.from_document({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize("action", ["sts:AssumeRole", "sts:AssumeRoleWithSAML"])
def test_an_exempt_role_is_not_proved_to_be_out_of_reach_because_its_trust_was_not_read(action: str) -> None:
    bundle = Bundle([forcing("iam:ListMFADevices", action)])
    answer = prove(without_mfa(outside=["iam:ListMFADevices"], plus_everything=True), bundle)
    assert isinstance(answer, Unknown)
    named = prove(without_mfa(outside=["iam:ListMFADevices", action], plus_everything=True), bundle)
    assert isinstance(named, Proved)


def test_a_role_that_the_policy_denies_is_out_of_reach_whatever_its_trust_says() -> None:
    bundle = Bundle([forcing("iam:ListMFADevices")])
    assert isinstance(prove(without_mfa(outside=["iam:ListMFADevices"], plus_everything=True), bundle), Proved)


def test_a_key_is_not_proved_to_be_out_of_reach_because_its_policy_was_not_read() -> None:
    grant = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:*:*:key/*"}
    bundle = Bundle([Policy.from_document({"Version": "2012-10-17", "Statement": [grant]})])
    assert isinstance(prove(never(["kms:*"]), bundle), Unknown)


def test_the_checker_takes_no_silence_for_a_refusal_either() -> None:
    bundle = Bundle([forcing("iam:ListMFADevices", "sts:AssumeRole")])
    named = without_mfa(outside=["iam:ListMFADevices", "sts:AssumeRole"], plus_everything=True)
    proved = prove(named, bundle)
    assert isinstance(proved, Proved)
    certificate = proved.certificate.as_json()
    assert verify(certificate).id == "without-mfa"
    certificate["claim"]["outside"] = ["iam:ListMFADevices"]
    with pytest.raises(CertificateError):
        verify(certificate)


@pytest.mark.parametrize(
    ("resource", "reached"),
    [("arn:aws:sts::*:federated-user/*", True), ("arn:aws:iam::*:role/*", False), ("arn:aws:iam::*:user/*", False)],
)
def test_tags_of_a_role_take_its_trust_policy_and_those_of_a_federated_user_do_not(
    resource: str, reached: bool
) -> None:
    tag = {"Effect": "Allow", "Action": "sts:TagSession", "Resource": resource}
    somebody = {"AWS": "arn:aws:iam::123456789012:user/somebody"}
    trust = {"Effect": "Allow", "Principal": somebody, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    granted, trusting = (
        Policy.from_document({"Version": "2012-10-17", "Statement": [statement]}, kind=kind)
        for statement, kind in ((tag, Kind.IDENTITY), (trust, Kind.TRUST))
    )
    question = never(["sts:TagSession"], user="arn:aws:iam::123456789012:user/alice")
    answer = prove(question, Bundle([granted], resource=trusting))
    if reached:
        assert isinstance(answer, Refuted)
        assert ":federated-user/" in answer.witness.resource
    else:
        assert isinstance(answer, Proved)
        assert verify(answer.certificate.as_json()).id == "never"
