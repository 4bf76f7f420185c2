"""Who makes a request, and how closely an entry of a Principal element names him."""

from __future__ import annotations

import pytest

from iamfa.errors import RequestError
from iamfa.evaluate.principal import ANONYMOUS, Naming, Principal, PrincipalKind, naming

ACCOUNT = "111122223333"
USER = f"arn:aws:iam::{ACCOUNT}:user/alice"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/one"
FEDERATED = f"arn:aws:sts::{ACCOUNT}:federated-user/alice"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
SAML = f"arn:aws:iam::{ACCOUNT}:saml-provider/corp"
EC2 = "ec2.amazonaws.com"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (USER, PrincipalKind.USER),
        (ROLE, PrincipalKind.ROLE),
        (SESSION, PrincipalKind.SESSION),
        (FEDERATED, PrincipalKind.FEDERATED_USER),
        (ROOT, PrincipalKind.ROOT),
        (SAML, PrincipalKind.PROVIDER),
        (f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.example.com/x", PrincipalKind.PROVIDER),
        ("cognito-identity.amazonaws.com", PrincipalKind.PROVIDER),
        ("login.example.com", PrincipalKind.PROVIDER),
        (EC2, PrincipalKind.SERVICE),
        ("ec2.amazonaws.com.cn", PrincipalKind.SERVICE),
        ("x.aws.internal", PrincipalKind.SERVICE),
        (None, PrincipalKind.ANONYMOUS),
    ],
)
def test_every_form_of_requester_is_told_apart(text: str | None, kind: PrincipalKind) -> None:
    assert Principal.parse(text).kind is kind


def test_a_user_with_a_path_keeps_it_apart_from_his_name() -> None:
    user = Principal.parse(f"arn:aws-cn:iam::{ACCOUNT}:user/division/team/Bob")
    assert (user.name, user.path, user.account, user.partition) == ("Bob", "/division/team/", ACCOUNT, "aws-cn")
    assert Principal.parse(USER).path == "/"


def test_a_session_knows_its_role_and_its_own_name() -> None:
    session = Principal.parse(SESSION)
    assert (session.role_name, session.session_name) == ("app", "one")
    assert Principal.parse(f"arn:aws:iam::{ACCOUNT}:role/path/app").role_name == "app"


@pytest.mark.parametrize(
    "text",
    [
        "", "*", "alice", "arn:aws:iam", "arn::iam::111122223333:user/alice", f"arn:aws:iam::{ACCOUNT}:user/",
        f"arn:aws:iam::{ACCOUNT}:user/al*", f"arn:aws:iam::{ACCOUNT}:user/a b", "arn:aws:iam::1:user/alice",
        f"arn:aws:iam::{ACCOUNT}:group/g", f"arn:aws:sts::{ACCOUNT}:assumed-role/app",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/a/b/c", "arn:aws:s3:::bucket", "https://login.example.com",
        f"arn:aws:sts::{ACCOUNT}:user/alice", "１１１１２２２２３３３３",
        "arn:aws:iam::１１１１２２２２３３３３:user/a",
    ],
)  # fmt: skip
def test_what_is_nobody_who_can_make_a_request_is_refused(text: str) -> None:
    with pytest.raises(RequestError):
        Principal.parse(text)


def test_a_service_linked_role_is_known_by_its_path_and_its_session_by_the_reserved_name() -> None:
    linked = Principal.parse(f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX")
    assert linked.service_linked
    assert Principal.parse(f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForX/one").service_linked
    for other in (USER, ROLE, SESSION, f"arn:aws:iam::{ACCOUNT}:role/AWSServiceRoleForX"):
        assert not Principal.parse(other).service_linked


def test_only_principals_of_an_account_have_identity_based_policies() -> None:
    assert all(Principal.parse(text).has_identity_policies for text in (USER, ROLE, SESSION, FEDERATED, ROOT))
    assert not any(Principal.parse(text).has_identity_policies for text in (EC2, SAML, "login.example.com", None))


NOT, WHOLE_ACCOUNT, LIMITED, DIRECT = Naming
OTHER_USER = f"arn:aws:iam::{ACCOUNT}:user/bob"


@pytest.mark.parametrize(
    ("requester", "type_", "value", "expected"),
    [
        # Everyone
        (USER, "*", "*", DIRECT),
        (None, "AWS", "*", DIRECT),
        (EC2, "*", "*", DIRECT),
        (SAML, "Federated", "*", DIRECT),
        (USER, "Federated", "*", NOT),
        (EC2, "Service", "*", DIRECT),
        (USER, "Service", "*", NOT),
        # The account
        (USER, "AWS", ACCOUNT, WHOLE_ACCOUNT),
        (USER, "AWS", ROOT, WHOLE_ACCOUNT),
        (ROOT, "AWS", ROOT, WHOLE_ACCOUNT),
        (USER, "AWS", "444455556666", NOT),
        (USER, "AWS", f"arn:aws-cn:iam::{ACCOUNT}:root", NOT),
        # Himself
        (USER, "AWS", USER, DIRECT),
        (USER, "AWS", OTHER_USER, NOT),
        (USER, "AWS", f"arn:aws:iam::{ACCOUNT}:user/path/alice", NOT),
        (SESSION, "AWS", SESSION, DIRECT),
        (FEDERATED, "AWS", FEDERATED, DIRECT),
        # What is behind him
        (ROLE, "AWS", ROLE, LIMITED),
        (SESSION, "AWS", ROLE, LIMITED),
        (SESSION, "AWS", f"arn:aws:iam::{ACCOUNT}:role/path/app", LIMITED),
        (SESSION, "AWS", f"arn:aws:iam::{ACCOUNT}:role/other", NOT),
        (FEDERATED, "AWS", USER, LIMITED),
        (FEDERATED, "AWS", OTHER_USER, None),
        (ROLE, "AWS", SESSION, None),
        (ROLE, "AWS", f"arn:aws:sts::{ACCOUNT}:assumed-role/other/one", NOT),
        # Other types
        (EC2, "Service", EC2, DIRECT),
        (EC2, "Service", "s3.amazonaws.com", NOT),
        (USER, "Service", EC2, NOT),
        (SAML, "Federated", SAML, DIRECT),
        (SAML, "Federated", "login.example.com", NOT),
        (USER, "CanonicalUser", "79a59df900b949e5", None),
        (EC2, "CanonicalUser", "79a59df900b949e5", NOT),
        (EC2, "AWS", ACCOUNT, NOT),
        (None, "AWS", ACCOUNT, NOT),
    ],
)
def test_an_entry_names_the_requester_as_closely_as_the_page_says(
    requester: str | None, type_: str, value: str, expected: Naming | None
) -> None:
    assert naming(type_, value, Principal.parse(requester), None) is expected


@pytest.mark.parametrize(
    ("requester", "user_id", "expected"),
    [
        (USER, "AIDAEXAMPLE", DIRECT),
        (USER, "AIDAOTHER", NOT),
        (USER, None, None),
        (ROOT, None, NOT),
        (SESSION, "AIDAEXAMPLE:one", LIMITED),
        (ROLE, "AIDAEXAMPLE:one", LIMITED),
        (USER, "AIDAEXAMPLE:one", NOT),
    ],
)
def test_a_unique_identifier_is_compared_with_the_user_id_of_the_request(
    requester: str, user_id: str | None, expected: Naming | None
) -> None:
    assert naming("AWS", "AIDAEXAMPLE", Principal.parse(requester), user_id) is expected


def test_the_anonymous_caller_is_always_the_same() -> None:
    assert Principal.parse(None) is ANONYMOUS
