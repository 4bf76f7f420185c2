"""What IAM takes as a policy, and its words for what it does not take."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.sandbox.direct import START

from iamfa.account.entities import Role
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.policy_documents import inline_document, managed_document, trust_document

ROLE = Role("admin", "/", "AROA", "arn:aws:iam::123456789012:role/admin", START, "{}")
ALLOW = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
SYNTAX = "Syntax errors in policy."


def text(*statements: Any, **members: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **members})


def refusal(document: str, *, trust: bool = False, partition: str = "aws") -> ApiError:
    with pytest.raises(ApiError) as raised:
        (trust_document if trust else managed_document)(document, partition)
    return raised.value


def without(statement: dict[str, Any], *names: str, **more: Any) -> dict[str, Any]:
    return {**{name: value for name, value in statement.items() if name not in names}, **more}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("{", SYNTAX),
        ("[" * 100_000, SYNTAX),
        ("[]", SYNTAX),
        (json.dumps(ALLOW), SYNTAX),
        (f"/* why */ {text(ALLOW)}", SYNTAX),
        (f" {text(ALLOW)}", "JSON strings must not have leading spaces"),
        (text(ALLOW, Statements=[]), SYNTAX),
        (text("Allow"), SYNTAX),
        (text(), SYNTAX),
        (text(without(ALLOW, Principal="*")), "Policy document should not specify a principal."),
        (text(without(ALLOW, NotPrincipal="*")), "Policy document should not specify a principal."),
        (text(without(ALLOW, "Action")), "Policy statement must contain actions."),
        (text(without(ALLOW, "Resource")), "Policy statement must contain resources."),
        (text(without(ALLOW, "Effect")), SYNTAX),
        (text(without(ALLOW, Effect="allow")), "The policy failed legacy parsing"),
        (
            text(without(ALLOW, Action="GetObject")),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (
            text(without(ALLOW, "Action", NotAction=["*", "GetObject"])),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (
            text(without(ALLOW, Resource=["arn:aws:s3:::*", "bucket"])),
            'Resource bucket must be in ARN format or "*".',
        ),
        (
            text(without(ALLOW, Resource="arn:amazon:s3:::bucket")),
            'Partition "amazon" is not valid for resource "arn:amazon:s3:::bucket".',
        ),
        (
            text(without(ALLOW, Resource="arn:${AWS::Partition}:s3:::bucket")),
            'Partition "${AWS::Partition}" is not valid for resource "arn:${AWS::Partition}:s3:::bucket".',
        ),
        (
            text(without(ALLOW, Resource="arn:aws-cn:s3:::bucket")),
            'Partition "aws-cn" is not valid for resource "arn:aws-cn:s3:::bucket".',
        ),
        (
            text(without(ALLOW, Resource="arn:aws:iam:us-east-1:123456789012:user/bob")),
            "IAM resource arn:aws:iam:us-east-1:123456789012:user/bob cannot contain region information.",
        ),
        (
            text(without(ALLOW, "Resource", NotResource="arn:aws:iam::123456789012:bob")),
            'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, '
            "instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, "
            "access-report/.",
        ),
        (text(without(ALLOW, Resource="arn:aws:S3:::bucket")), SYNTAX),
        (text(without(ALLOW, Condition={"Boolean": {"aws:SecureTransport": "true"}})), SYNTAX),
        (
            text(without(ALLOW, Sid="My policy")),
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
            "[0-9A-Za-z]*",
        ),
        (
            text(without(ALLOW, Sid="A"), without(ALLOW, Sid="A")),
            "Statement IDs (SID) in a single policy must be unique.",
        ),
        (json.dumps({"Statement": [ALLOW]}), "A managed policy must have a version string"),
        (text(ALLOW, Version="2008-10-17"), "Policy document must be version 2012-10-17 or greater."),
    ],
)
def test_a_document_that_is_no_managed_policy_is_refused_in_awss_words(document: str, words: str) -> None:
    error = refusal(document)
    assert (error.code, error.status, error.message) == ("MalformedPolicyDocument", 400, words)


def test_what_iamfa_finds_wrong_is_told_to_whoever_runs_the_sandbox() -> None:
    error = refusal(text(without(ALLOW, Effect="Maybe")))
    assert error.hint is not None and "Maybe" in error.hint


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (without(TRUST, Resource="*"), "Has prohibited field Resource"),
        (without(TRUST, NotResource="*"), "Has prohibited field NotResource"),
        (without(TRUST, "Principal"), "Missing required field Principal"),
        (without(TRUST, Action="s3:*"), "AssumeRole policy may only specify STS AssumeRole actions."),
        (without(TRUST, Principal={"AWS": ["123456789012", "bob"]}), 'Invalid principal in policy: "AWS":"bob"'),
        (without(TRUST, Principal="*"), SYNTAX),
        (without(TRUST, "Effect"), SYNTAX),
    ],
)
def test_a_document_that_is_no_trust_policy_is_refused_in_awss_words(statement: dict[str, Any], words: str) -> None:
    error = refusal(text(statement), trust=True)
    assert (error.code, error.status, error.message) == ("MalformedPolicyDocument", 400, words)


def test_a_trust_policy_is_kept_as_it_came() -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": TRUST}, indent=3)
    assert trust_document(document, "aws") == document
    older = json.dumps({"Statement": TRUST})
    assert trust_document(older, "aws") == older


def test_arns_of_the_accounts_own_partition_and_of_all_partitions_are_taken() -> None:
    for resource in ("arn:aws-cn:s3:::bucket", "arn:*:s3:::bucket", "arn:aws*:s3:::bucket"):
        document = text(without(ALLOW, Resource=resource))
        assert managed_document(document, "aws-cn") == document


def padded(size: int, document: str, *, letter: str = "x") -> str:
    """The document with a Sid that makes it as large as this."""
    grown = json.loads(document)
    grown["Statement"][0]["Sid"] = ""
    empty = json.dumps(grown, separators=(",", ":"))
    grown["Statement"][0]["Sid"] = letter * (size - len(empty))
    return json.dumps(grown, indent=4)


def test_a_managed_policy_may_have_6144_characters_without_white_space() -> None:
    fitting = padded(6144, text(ALLOW))
    assert managed_document(fitting, "aws") == fitting
    error = refusal(padded(6145, text(ALLOW)))
    assert (error.code, error.status, error.message) == (
        "LimitExceeded",
        409,
        "Cannot exceed quota for PolicySize: 6144",
    )


def test_a_trust_policy_may_have_2048_characters() -> None:
    fitting = padded(2048, text(TRUST))
    assert trust_document(fitting, "aws") == fitting
    error = refusal(padded(2049, text(TRUST)), trust=True)
    assert (error.code, error.message) == ("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048")


def test_all_inline_policies_of_a_role_share_10240_characters() -> None:
    held = Role("admin", "/", "AROA", ROLE.arn, START, "{}", inline={"a": padded(5000, text(ALLOW))})
    fitting = padded(5240, text(ALLOW))
    assert inline_document(fitting, "b", held) == fitting
    larger = padded(5241, text(ALLOW))
    with pytest.raises(ApiError, match="Maximum policy size of 10240 bytes exceeded for role admin"):
        inline_document(larger, "b", held)
    assert inline_document(larger, "a", held) == larger


def test_an_inline_policy_may_be_of_the_older_version() -> None:
    for document in (json.dumps({"Statement": [ALLOW]}), text(ALLOW, Version="2008-10-17")):
        assert inline_document(document, "a", ROLE) == document


ENTRIES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from(
        ["*", "", "arn", "arn:", "arn:aws", "arn:aws:iam::1:x", "s3:*", "sts:AssumeRole", "Allow", "${x", "\t"]
    ),
)
VALUES = st.recursive(
    ENTRIES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["AWS", "Bool", ""]), inner)
)
ELEMENTS = st.sampled_from(
    ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "Condition"]
)
STATEMENTS = st.dictionaries(ELEMENTS, VALUES, max_size=5) | VALUES
DOCUMENTS = st.fixed_dictionaries(
    {"Statement": STATEMENTS | st.lists(STATEMENTS, max_size=2)}, optional={"Version": VALUES}
)


@given(DOCUMENTS, st.booleans())
def test_whatever_comes_is_taken_or_refused(document: dict[str, Any], trust: bool) -> None:
    written = json.dumps(document)
    try:
        assert (trust_document if trust else managed_document)(written, "aws") == written
    except ApiError as error:
        assert (error.code, error.status) == ("MalformedPolicyDocument", 400)
