"""AWS's AccessDenied wording, said and read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from iamfa.evaluate.decide import decide
from iamfa.evaluate.denial import Denial, DenialError, message, parse
from iamfa.evaluate.request import Request
from iamfa.evaluate.verdict import Verdict
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Kind
from iamfa.policy.policy import Policy

JOHN = "arn:aws:iam::123456789012:user/John"
GROUP = "arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:*"
ACTION = "codedeploy:ListDeployments"


def policy(effect: str, action: str = "*", *, kind: Kind = Kind.IDENTITY, **more: Any) -> Policy:
    statement: dict[str, Any] = {"Effect": effect, "Action": action, "Resource": "*", **more}
    if kind is Kind.TRUST:
        del statement["Resource"]
    return Policy.from_document({"Version": "2012-10-17", "Statement": [statement]}, kind=kind)


ALLOW = policy("Allow")
DENY = policy("Deny")
EVERYONE = {"Principal": "*"}


def verdict_of(bundle: Bundle, *, action: str = ACTION, resource: str = GROUP, user: str | None = JOHN) -> Verdict:
    context: Mapping[str, str] = {"aws:username": "John"}
    return decide(Request(action, resource, principal=user, context=context), bundle)


def test_the_users_own_message_is_the_one_that_people_report_of_a_freely_named_device() -> None:
    own = policy("Allow", "iam:CreateVirtualMFADevice", Resource="arn:aws:iam::*:mfa/${aws:username}")
    device = "arn:aws:iam::123456789012:mfa/aaa"
    said = message(verdict_of(Bundle([own]), action="iam:CreateVirtualMFADevice", resource=device))
    assert said == (
        f"User: {JOHN} is not authorized to perform: iam:CreateVirtualMFADevice on resource: {device} "
        "because no identity-based policy allows the iam:CreateVirtualMFADevice action"
    )


EXPLICIT = {
    "identity": (Bundle([ALLOW, DENY]), "an identity-based policy"),
    "boundary": (Bundle([ALLOW], boundary=DENY), "a permissions boundary"),
    "session": (Bundle([ALLOW], session=[DENY]), "a session policy"),
    "scp": (Bundle([ALLOW], scps=[[ALLOW, policy("Deny", kind=Kind.SCP)]]), "a service control policy"),
    "rcp": (
        Bundle(
            [ALLOW],
            rcps=[[policy("Allow", kind=Kind.RCP, **EVERYONE), policy("Deny", "sqs:*", kind=Kind.RCP, **EVERYONE)]],
        ),
        "a resource control policy",
    ),
    "resource": (
        Bundle([ALLOW], resource=policy("Deny", kind=Kind.RESOURCE, **EVERYONE)),
        "a resource-based policy",
    ),
}


@pytest.mark.parametrize("layer", EXPLICIT)
def test_an_explicit_deny_names_the_kind_of_policy(layer: str) -> None:
    bundle, words = EXPLICIT[layer]
    action = "sqs:SendMessage" if layer == "rcp" else ACTION
    said = message(verdict_of(bundle, action=action))
    assert said == (
        f"User: {JOHN} is not authorized to perform: {action} on resource: {GROUP} with an explicit deny in {words}"
    )
    assert parse(said) == Denial(JOHN, action, GROUP, "explicit", layer)


IMPLICIT = {
    "identity": (Bundle([policy("Allow", "s3:*")]), "identity-based policy"),
    "boundary": (Bundle([ALLOW], boundary=policy("Allow", "s3:*")), "permissions boundary"),
    "session": (Bundle([ALLOW], session=[policy("Allow", "s3:*")]), "session policy"),
    "scp": (Bundle([ALLOW], scps=[[policy("Allow", "s3:*", kind=Kind.SCP)]]), "service control policy"),
    "resource": (
        Bundle([ALLOW], resource=policy("Allow", "s3:*", kind=Kind.RESOURCE, **EVERYONE), resource_account="1" * 12),
        "resource-based policy",
    ),
}


@pytest.mark.parametrize("layer", IMPLICIT)
def test_an_implicit_deny_names_the_kind_of_policy_that_is_wanting(layer: str) -> None:
    bundle, words = IMPLICIT[layer]
    said = message(verdict_of(bundle))
    assert said.endswith(f" on resource: {GROUP} because no {words} allows the {ACTION} action")
    assert parse(said) == Denial(JOHN, ACTION, GROUP, "implicit", layer)


def test_the_policy_of_a_role_is_called_its_trust_policy() -> None:
    role = "arn:aws:iam::123456789012:role/HR"
    nobody = policy("Allow", "sts:AssumeRole", kind=Kind.TRUST, Principal={"AWS": "210987654321"})
    implicit = message(verdict_of(Bundle([ALLOW], resource=nobody), action="sts:AssumeRole", resource=role))
    assert implicit.endswith("because no role trust policy allows the sts:AssumeRole action")
    deny = policy("Deny", "sts:AssumeRole", kind=Kind.TRUST, Principal={"AWS": "*"})
    explicit = message(verdict_of(Bundle([ALLOW], resource=deny), action="sts:AssumeRole", resource=role))
    assert explicit.endswith("with an explicit deny in the role trust policy")
    assert (parse(implicit).layer, parse(explicit).layer) == ("trust", "trust")


def test_of_several_policies_that_deny_one_is_named() -> None:
    said = message(verdict_of(Bundle([DENY], boundary=DENY, session=[DENY])))
    assert said.endswith("with an explicit deny in an identity-based policy")


def test_a_caller_without_credentials_is_anonymous() -> None:
    said = message(verdict_of(Bundle(resource=policy("Deny", kind=Kind.RESOURCE, **EVERYONE)), user=None))
    assert parse(said).principal == "anonymous"


def test_the_form_of_2026_names_the_policy() -> None:
    arn = "arn:aws:iam::123456789012:policy/HRAccessPolicy"
    said = message(verdict_of(Bundle([ALLOW, DENY])), policy_arn=arn)
    assert said.endswith(f" with an explicit deny in an identity-based policy: {arn}")
    assert parse(said) == Denial(JOHN, ACTION, GROUP, "explicit", "identity", arn)


def test_where_no_policy_denies_explicitly_none_can_be_named() -> None:
    with pytest.raises(DenialError, match="none is named") as caught:
        message(verdict_of(Bundle()), policy_arn="arn:aws:iam::123456789012:policy/p")
    assert caught.value.hint == "leave policy_arn out"


def test_only_a_refusal_has_a_message() -> None:
    untold = policy("Deny", Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})
    request = Request.by_user(JOHN, ACTION, GROUP)
    for bundle, decision in ((Bundle([ALLOW]), "allowed"), (Bundle([ALLOW, untold]), "unknown")):
        verdict = decide(request, bundle)
        assert verdict.decision == decision
        with pytest.raises(DenialError, match=decision):
            message(verdict)


# Texts of AWS's page troubleshoot_access-denied and of messages that people have reported.
HEAD = f"User: {JOHN} is not authorized to perform: codecommit:ListRepositories"
AS_PUBLISHED: Mapping[str, Denial] = {
    f"{HEAD}\nbecause no service control policy allows the codecommit:ListRepositories action": Denial(
        JOHN, "codecommit:ListRepositories", None, "implicit", "scp"
    ),
    f"{HEAD}\nwith an explicit deny in a service control policy: "
    "arn:aws:organizations::777788889999:policy/o-exampleorgid/service_control_policy/p-examplepolicyid123": Denial(
        JOHN, "codecommit:ListRepositories", None, "explicit", "scp",
        "arn:aws:organizations::777788889999:policy/o-exampleorgid/service_control_policy/p-examplepolicyid123",
    ),
    f"{HEAD}\nbecause no VPC endpoint policy allows the codecommit:ListRepositories action": Denial(
        JOHN, "codecommit:ListRepositories", None, "implicit", "vpc-endpoint"
    ),
    f"User: {JOHN} is not authorized to perform: codedeploy:ListDeployments\non resource: {GROUP}\n"
    "with an explicit deny in a VPC endpoint policy": Denial(JOHN, ACTION, GROUP, "explicit", "vpc-endpoint"),
    f"User: {JOHN} is not authorized to perform: sts:AssumeRole\n"
    "with an explicit deny in the role trust policy": Denial(JOHN, "sts:AssumeRole", None, "explicit", "trust"),
    # The oldest form still stands on the page troubleshoot.
    "User: arn:aws:iam::123456789012:user/Diego is not authorized to perform: iam:DeleteVirtualMFADevice on resource: "
    "arn:aws:iam::123456789012:mfa/Diego with an explicit deny": Denial(
        "arn:aws:iam::123456789012:user/Diego", "iam:DeleteVirtualMFADevice", "arn:aws:iam::123456789012:mfa/Diego",
        "explicit",
    ),
    "User: arn:aws:iam::123456789012:user/mateojackson is not authorized to perform: widgets:GetWidget on resource: "
    "my-example-widget": Denial(
        "arn:aws:iam::123456789012:user/mateojackson", "widgets:GetWidget", "my-example-widget", "unspecified"
    ),
    "An error occurred (AccessDenied) when calling the DeactivateMFADevice operation: User: "
    "arn:aws:iam::123456789012:root is not authorized to perform: iam:DeactivateMFADevice on resource: * with an "
    "explicit deny in a service control policy": Denial(
        "arn:aws:iam::123456789012:root", "iam:DeactivateMFADevice", "*", "explicit", "scp"
    ),
    f"User: {JOHN} is not authorized to perform: s3:ListAllMyBuckets": Denial(
        JOHN, "s3:ListAllMyBuckets", None, "unspecified"
    ),
    f"User: {JOHN} is not authorized to perform: iam:ListUsers because no identity-based policy allows the "
    "iam:ListUsers action. Go to https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1"
    "#/authorization-details/abc-123 for complete details, or call the GetRequestAuthorizationDetails API with the "
    "following authorization id: abc-123": Denial(
        JOHN, "iam:ListUsers", None, "implicit", "identity", None, "abc-123"
    ),
    # S3's own, of its page troubleshoot-403-errors.
    f"User: {JOHN} is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::b/object-name\"\n"
    "because no permissions boundary allows the s3:GetObject action": Denial(
        JOHN, "s3:GetObject", "arn:aws:s3:::b/object-name", "implicit", "boundary"
    ),
    f"User: {JOHN} is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::b/object-name\"\n"
    "with an explicit deny in a resource control policy, with policy ARN: "
    "arn:aws:organizations::777788889999:policy/o-exampleorgid/resource_control_policy/p-examplepolicyid": Denial(
        JOHN, "s3:GetObject", "arn:aws:s3:::b/object-name", "explicit", "rcp",
        "arn:aws:organizations::777788889999:policy/o-exampleorgid/resource_control_policy/p-examplepolicyid",
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", AS_PUBLISHED)
def test_every_form_that_aws_has_used_is_read(text: str) -> None:
    assert parse(text) == AS_PUBLISHED[text]


def test_a_resource_may_hold_the_words_of_a_cause() -> None:
    key = "arn:aws:s3:::bucket/because no session policy allows the s3:GetObject action"
    head = f"User: {JOHN} is not authorized to perform: s3:GetObject on resource: {key}"
    assert parse(f"{head} with an explicit deny in a session policy").resource == key
    other = "arn:aws:s3:::bucket/with an explicit deny in a folder"
    assert parse(head.replace(key, other)) == Denial(JOHN, "s3:GetObject", other, "unspecified")
    third = "arn:aws:s3:::bucket/because no reason"
    assert parse(head.replace(key, third)) == Denial(JOHN, "s3:GetObject", third, "unspecified")


def test_words_that_only_look_like_a_pointer_to_details_stay_with_the_resource() -> None:
    key = "arn:aws:s3:::bucket/read this. Go to https://example.com"
    said = f"User: {JOHN} is not authorized to perform: s3:GetObject on resource: {key}"
    assert parse(said).resource == key


def test_an_explicit_deny_with_an_unheard_of_layer_is_no_known_cause() -> None:
    head = f"User: {JOHN} is not authorized to perform: s3:GetObject "
    for tail in ("with an explicit deny in a moon policy", "with an explicit deny in a session policy of mine"):
        with pytest.raises(DenialError, match="neither a resource nor a cause"):
            parse(head + tail)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The security token included in the request is invalid",
        "User: ",
        "User:  is not authorized to perform: s3:GetObject",
        f"User: {JOHN} is not authorized",
        f"User: {JOHN} is not authorized to perform: ",
        f"User: {JOHN} is not authorized to perform:  on resource: *",
    ],
)
def test_other_texts_are_no_denials(text: str) -> None:
    with pytest.raises(DenialError):
        parse(text)
