"""Whom a trust policy names: that they are there, and that namesakes are somebody else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest
from tests.unit.sandbox.direct import NUMBER, START, Direct

from iamfa.account.entities import User
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.live import add_account
from iamfa.sandbox.trust import shown_trust, trusted_document

OTHER = "999999999999"
ALICE = f"arn:aws:iam::{NUMBER}:user/team/alice"


@pytest.fixture
def box() -> Direct:
    found = Direct()
    found.user("alice", path="/team/")
    other = add_account(found.state, OTHER, "aws")
    other.users["eve"] = User("eve", "/", "AIDAEVE0000000000", f"arn:aws:iam::{OTHER}:user/eve", START)
    return found


def trust(*principals: str, kind: str = "AWS") -> str:
    values: Any = principals[0] if len(principals) == 1 else list(principals)
    condition = {"ArnNotEquals": {"aws:PrincipalArn": ALICE}}
    statement = {"Effect": "Allow", "Principal": {kind: values}, "Action": "sts:AssumeRole", "Condition": condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def create(box: Direct, text: str, name: str = "reader") -> None:
    box.call("CreateRole", RoleName=name, AssumeRolePolicyDocument=text)


def shown(box: Direct, name: str = "reader") -> str:
    return unquote(box.call("GetRole", RoleName=name)["Role"]["AssumeRolePolicyDocument"])


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        NUMBER,
        "555555555555",
        "arn:aws:iam::555555555555:root",
        ALICE,
        f"arn:aws:iam::{OTHER}:user/eve",
        "AIDAEVE0000000000",
        f"arn:aws:sts::{NUMBER}:federated-user/Bob",
    ],
)
def test_whoever_is_there_may_be_trusted(box: Direct, principal: str) -> None:
    create(box, trust(principal))
    assert shown(box) == trust(principal)


@pytest.mark.parametrize(
    "principal",
    [
        f"arn:aws:iam::{NUMBER}:user/alice",
        f"arn:aws:iam::{NUMBER}:user/team/Alice",
        f"arn:aws:iam::{NUMBER}:role/nowhere",
        f"arn:aws:iam::{OTHER}:user/alice",
        "arn:aws:iam::555555555555:user/vendor",
        "AIDANOBODY0000000",
        f"arn:aws:sts::{NUMBER}:assumed-role/nowhere/session",
        f"arn:aws-cn:iam::{NUMBER}:root",
    ],
)
def test_whoever_is_not_there_cannot_be_trusted(box: Direct, principal: str) -> None:
    with pytest.raises(ApiError) as caught:
        create(box, trust(ALICE, principal))
    assert (caught.value.code, caught.value.status) == ("MalformedPolicyDocument", 400)
    assert caught.value.message == f'Invalid principal in policy: "AWS":"{principal}"'
    assert caught.value.hint


def test_services_and_providers_are_not_looked_up(box: Direct) -> None:
    create(box, trust("ec2.amazonaws.com", kind="Service"), "service")
    provider = f"arn:aws:iam::{NUMBER}:saml-provider/idp"
    create(box, trust(provider, kind="Federated").replace("AssumeRole", "AssumeRoleWithSAML"), "provider")
    assert box.account.roles["service"].trusted == box.account.roles["provider"].trusted == ()


def test_roles_and_their_sessions_may_be_trusted(box: Direct) -> None:
    create(box, trust(NUMBER))
    create(
        box,
        trust(f"arn:aws:iam::{NUMBER}:role/reader", f"arn:aws:sts::{NUMBER}:assumed-role/reader/me"),
        "second",
    )
    values = trusted_document(box.account.roles["second"]).statements[0].principal
    assert values is not None
    assert [value.value.text for value in values.values] == [
        box.account.roles["reader"].id,
        f"arn:aws:sts::{NUMBER}:assumed-role/reader/me",
    ]


def test_a_policy_is_decided_by_identifiers_and_shown_by_arns(box: Direct) -> None:
    create(box, trust(ALICE))
    role = box.account.roles["reader"]
    alice = box.account.users["alice"]
    assert role.trusted == ((ALICE, alice.id),)
    principal = trusted_document(role).statements[0].principal
    assert principal is not None
    assert principal.values[0].value.text == alice.id
    renamed = f"arn:aws:iam::{NUMBER}:user/team/alicia"
    box.call("UpdateUser", UserName="alice", NewUserName="alicia")
    assert shown(box) == trust(ALICE).replace(f'"AWS": "{ALICE}"', f'"AWS": "{renamed}"'), "the condition stays"


def test_somebody_who_is_gone_is_shown_by_his_identifier(box: Direct) -> None:
    create(box, trust(ALICE))
    former = box.account.users["alice"]
    box.account.users["alice"] = replace(former, id="AIDAANOTHER000000")
    assert shown(box) == trust(ALICE).replace(f'"AWS": "{ALICE}"', f'"AWS": "{former.id}"')
    with pytest.raises(ApiError) as caught:
        box.call("UpdateAssumeRolePolicy", RoleName="reader", PolicyDocument=shown(box))
    assert caught.value.message == f'Invalid principal in policy: "AWS":"{former.id}"'
    box.call("UpdateAssumeRolePolicy", RoleName="reader", PolicyDocument=trust(ALICE))
    assert box.account.roles["reader"].trusted == ((ALICE, "AIDAANOTHER000000"),)


def test_somebody_of_an_account_that_is_gone_is_shown_by_his_identifier(box: Direct) -> None:
    create(box, trust(f"arn:aws:iam::{OTHER}:user/eve"))
    role = box.account.roles["reader"]
    del box.state.accounts[OTHER]
    assert '"AWS": "AIDAEVE0000000000"' in shown_trust(box.state, role)


def test_a_trust_policy_that_came_with_a_snapshot_is_shown_as_it_is(box: Direct) -> None:
    create(box, trust(ALICE))
    box.account.roles["reader"] = replace(box.account.roles["reader"], trust="{}", trusted=())
    assert shown(box) == "{}"
