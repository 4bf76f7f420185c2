"""The table of condition keys."""

from __future__ import annotations

import pytest

from iamfa.policy.keys import KEYS, KeyInfo, close_keys, find_key, is_global, names_identity_provider
from iamfa.policy.operators import OPERATORS, Family

MULTIVALUED = {
    "aws:PrincipalOrgPaths", "aws:PrincipalServiceNamesList", "aws:VpceOrgPaths", "aws:ResourceOrgPaths",
    "aws:CalledVia", "aws:TagKeys", "aws:SourceOrgPaths",
}  # fmt: skip


def key(name: str) -> KeyInfo:
    found = find_key(name)
    assert found is not None
    return found


def test_the_global_keys_that_may_have_several_values_are_those_of_the_page() -> None:
    assert {info.name for info in KEYS.values() if info.multivalued and is_global(info.name)} == MULTIVALUED


@pytest.mark.parametrize(
    ("name", "kind", "source"),
    [
        ("aws:MultiFactorAuthPresent", Family.BOOL, "session"),
        ("AWS:multifactorauthage", Family.NUMERIC, "session"),
        ("aws:TokenIssueTime", Family.DATE, "session"),
        ("aws:SourceIp", Family.IP, "network"),
        ("aws:PrincipalArn", Family.ARN, "principal"),
        ("aws:username", Family.STRING, "principal"),
        ("iam:RegisterSecurityKey", Family.STRING, "iam"),
        ("iam:FIDO-certification", Family.STRING, "iam"),
        ("sts:ExternalId", Family.STRING, "sts"),
    ],
)
def test_a_key_is_found_in_any_case_of_letters(name: str, kind: Family, source: str) -> None:
    assert (key(name).types, key(name).source) == ((kind,), source)
    assert find_key(name.upper()) == find_key(name.lower()) == find_key(name)


def test_a_key_with_a_tag_is_found_and_needs_one() -> None:
    assert key("aws:PrincipalTag/Cost Center").name == "aws:PrincipalTag/${TagKey}"
    assert key("AWS:requesttag/x").tagged
    assert key("iam:ResourceTag/x").source == "iam"
    assert not key("aws:username").tagged
    assert find_key("aws:PrincipalTag/") is None
    assert find_key("aws:PrincipalTag") is None


@pytest.mark.parametrize("name", ["aws:MultiFactorAuth", "aws:MFAPresent", "username", "", "aws:", "iam:Nothing"])
def test_what_is_no_key_is_not_found(name: str) -> None:
    assert find_key(name) is None


def test_the_nearest_keys_are_offered() -> None:
    assert close_keys("aws:MultifactorAuthPresents")[0] == "aws:MultiFactorAuthPresent"
    assert "aws:SourceVpce" in close_keys("aws:SourceVpcE2")
    assert close_keys("zzz") == ()


@pytest.mark.parametrize(
    ("name", "suitable", "unsuitable"),
    [
        (
            "aws:MultiFactorAuthPresent",
            ["Bool", "Null", "StringNotEquals"],
            ["NumericEquals", "DateLessThan", "ArnLike"],
        ),
        ("aws:MultiFactorAuthAge", ["NumericGreaterThan", "Null"], ["Bool", "DateGreaterThan", "StringEquals"]),
        ("aws:EpochTime", ["DateLessThan", "NumericLessThan"], ["Bool"]),
        ("aws:CurrentTime", ["DateLessThan"], ["NumericLessThan", "StringEquals"]),
        ("aws:PrincipalArn", ["ArnLike", "StringLike"], ["Bool", "IpAddress"]),
        ("aws:SourceIp", ["IpAddress", "StringEquals"], ["ArnLike", "NumericEquals"]),
        ("aws:username", ["StringLike", "StringNotEqualsIgnoreCase", "ArnLike"], ["Bool", "IpAddress"]),
        ("aws:FederatedProvider", ["StringEquals", "ArnEquals"], ["Bool"]),
    ],
)
def test_an_operator_suits_a_key_or_not(name: str, suitable: list[str], unsuitable: list[str]) -> None:
    assert all(key(name).suits(OPERATORS[operator.lower()]) for operator in suitable)
    assert not any(key(name).suits(OPERATORS[operator.lower()]) for operator in unsuitable)


def test_keys_of_identity_providers_are_told_by_their_domain() -> None:
    assert names_identity_provider("token.actions.githubusercontent.com:sub")
    assert names_identity_provider("oidc.eks.eu-west-1.amazonaws.com/id/ABC:aud")
    assert not names_identity_provider("aws:PrincipalTag/example.com:x")
    assert not names_identity_provider("aws:username")
    assert not names_identity_provider("example.com:")
    assert not names_identity_provider("example.com")


def test_global_keys_are_told_by_their_prefix() -> None:
    assert is_global("AWS:Nothing")
    assert not is_global("iam:PassedToService")
