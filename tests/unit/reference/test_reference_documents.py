"""What is no valid document, or no valid line, gets no decision from the reference evaluator."""

from __future__ import annotations

from typing import Any

import pytest
from tests.reference import decide

ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
TRUST = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
ROLE = "arn:aws:iam::123456789012:role/reader"


def line(**changes: Any) -> dict[str, Any]:
    request = {
        "principal": "arn:aws:iam::123456789012:user/alice",
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::b/k",
        "context": {},
    }
    return {"request": request, **changes}


def document(*statements: Any, **more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements), **more}


def by_identity(*statements: Any, **more: Any) -> str:
    return decide(line(identity_policies=[document(*statements, **more)]))


def by_resource(statement: Any, **more: Any) -> str:
    return decide(line(resource_policy=document(statement, **more)))


def by_trust(statement: Any) -> str:
    request = {"principal": "arn:aws:iam::123456789012:user/alice", "action": "sts:AssumeRole", "resource": ROLE}
    return decide({"request": request, "resource_policy": document(statement)})


def test_one_statement_may_stand_without_a_list_and_values_without_quotation_marks() -> None:
    condition = {"Bool": {"aws:SecureTransport": True}, "NumericLessThan": {"n": 5}}
    policy = {"Version": "2012-10-17", "Statement": {**ALLOW, "Condition": condition}}
    request = {**line()["request"], "context": {"aws:securetransport": "true", "N": "4.5"}}
    assert decide({"request": request, "identity_policies": [policy]}) == "allowed"


@pytest.mark.parametrize(
    "statement",
    [
        "Allow",
        {**ALLOW, "Effect": "allow"},
        {"Action": "*", "Resource": "*"},
        {"Effect": "Allow", "Resource": "*"},
        {"Effect": "Allow", "Action": "*"},
        {**ALLOW, "NotAction": "s3:*"},
        {**ALLOW, "NotResource": "*"},
        {**ALLOW, "Principal": "*"},
        {**ALLOW, "Comment": "x"},
        {**ALLOW, "Sid": "with space"},
        {**ALLOW, "Sid": 1},
        {**ALLOW, "Action": "GetObject"},
        {**ALLOW, "Action": "s*:GetObject"},
        {**ALLOW, "Action": "s3:Get:Object"},
        {**ALLOW, "Action": "s3:${aws:username}"},
        {**ALLOW, "Action": 5},
        {**ALLOW, "Resource": "bucket"},
        {**ALLOW, "Resource": "arn:aws:s3:::${aws:username"},
        {**ALLOW, "Resource": "arn:aws:s3:::b/\u4e00"},
        {**ALLOW, "Condition": []},
        {**ALLOW, "Condition": {"StringEquals": "a"}},
        {**ALLOW, "Condition": {"StringSimilar": {"k": "a"}}},
        {**ALLOW, "Condition": {"NullIfExists": {"k": "true"}}},
        {**ALLOW, "Condition": {"StringEquals": {"k": None}}},
        {**ALLOW, "Condition": {"StringEquals": {"": "a"}}},
        {**ALLOW, "Condition": {"StringEquals": {"k": "a", "K": "b"}}},
        {**ALLOW, "Condition": {"NumericEquals": {"k": float("inf")}}},
        {**ALLOW, "Condition": {"NumericEquals": {"k": "${aws:username}"}}},
        {**ALLOW, "Condition": {"StringEquals": {"k": "${aws:username"}}},
    ],
)
def test_a_statement_that_the_grammar_excludes_is_an_error(statement: Any) -> None:
    assert by_identity(ALLOW) == "allowed"
    assert by_identity(ALLOW, statement) == "error"


@pytest.mark.parametrize(
    "policy",
    [
        [],
        {"Version": "2012-10-17"},
        {"Version": "2012-10-17", "Statement": []},
        {"Version": "2020-01-01", "Statement": [ALLOW]},
        {"Statement": [ALLOW], "Name": "x"},
        {"Statement": [ALLOW], "Id": "only in resource-based policies"},
        {"Statement": [{**ALLOW, "Sid": "A"}, {**ALLOW, "Sid": "A"}]},
    ],
)
def test_a_document_that_the_grammar_excludes_is_an_error(policy: Any) -> None:
    assert decide(line(identity_policies=[policy])) == "error"
    assert decide(line(identity_policies=[document(ALLOW)], boundary=policy)) == "error"


@pytest.mark.parametrize(
    "principal",
    [
        None,
        "alice",
        {"User": "alice"},
        {"AWS": "arn:aws:iam::123456789012:user/*"},
        {"AWS": "arn:aws:iam::123456789012:group/admins"},
        {"AWS": "alice"},
        {"AWS": ""},
        {"AWS": 123456789012},
        {"Service": "*"},
    ],
)
def test_a_principal_of_no_known_form_is_an_error(principal: Any) -> None:
    assert by_resource({**ALLOW, "Principal": principal}) == "error"


def test_a_resource_policy_names_a_principal_and_a_resource() -> None:
    named = {**ALLOW, "Principal": {"AWS": ["123456789012", "AIDACKCEVSQ6C2EXAMPLE"]}}
    assert by_resource(named, Id="an Id is allowed here") == "implicit_deny"
    assert by_resource({**named, "Sid": "spaces may stand here"}) == "implicit_deny"
    assert by_resource(ALLOW) == "error"
    assert by_resource({key: value for key, value in named.items() if key != "Resource"}) == "error"
    assert by_resource({"NotPrincipal": {"AWS": "123456789012"}, **ALLOW}) == "error"
    assert by_resource({"NotPrincipal": {"AWS": "123456789012"}, "Principal": "*", **ALLOW}) == "error"


def test_a_trust_policy_has_neither_a_resource_nor_a_not_principal() -> None:
    assert by_trust(TRUST) == "implicit_deny"
    assert by_trust({**TRUST, "Resource": ROLE}) == "error"
    assert by_trust({"Effect": "Deny", "NotPrincipal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}) == "error"


def test_scps_name_no_principal_and_rcps_everybody() -> None:
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    allow = {"identity_policies": [document(ALLOW)]}
    assert decide(line(**allow, scps=[[document(ALLOW)]], rcps=[[document(everybody)]])) == "allowed"
    assert decide(line(**allow, scps=[[document(everybody)]])) == "error"
    assert decide(line(**allow, rcps=[[document(ALLOW)]])) == "error"
    assert decide(line(**allow, rcps=[[document({**everybody, "Principal": {"AWS": "123456789012"}})]])) == "error"
    not_action = {"Effect": "Deny", "Principal": "*", "NotAction": "s3:*", "Resource": "*"}
    assert decide(line(**allow, rcps=[[document(everybody, not_action)]])) == "error"
    assert decide(line(**allow, scps=document(ALLOW))) == "error"


def test_a_session_policy_has_no_incomplete_arn() -> None:
    whole = document({**ALLOW, "Resource": "arn:aws:s3:::b/*"})
    short = document({**ALLOW, "Resource": "arn:aws:s3"})
    assert decide(line(identity_policies=[short], session_policies=[whole])) == "allowed"
    assert decide(line(identity_policies=[short], session_policies=[short])) == "error"


@pytest.mark.parametrize(
    "change",
    [
        {"principal": "alice"},
        {"principal": "ec2:amazonaws.com"},
        {"principal": ""},
        {"principal": "arn:aws:iam::123456789012:user/*"},
        {"principal": "arn:aws:iam::123456789012:user/"},
        {"principal": "arn:aws:iam::123456789012:group/admins"},
        {"principal": "arn:aws:sts::123456789012:assumed-role/reader"},
        {"principal": "arn:aws:iam::1234:user/alice"},
        {"principal": "arn:aws:iam:user/alice"},
        {"action": "GetObject"},
        {"action": "s3:*"},
        {"action": "s3:Get:Object"},
        {"action": None},
        {"resource": "bucket"},
        {"resource": ""},
        {"context": {"k": True}},
        {"context": {"k": ["a", 1]}},
        {"context": {"k": "a", "K": "a"}},
        {"context": ["k"]},
    ],
)
def test_a_request_that_is_not_possible_is_an_error(change: dict[str, Any]) -> None:
    good = line(identity_policies=[document(ALLOW)])
    assert decide(good) == "allowed"
    assert decide({**good, "request": {**good["request"], **change}}) == "error"


def test_a_line_without_a_request_or_with_lists_missing_is_an_error() -> None:
    assert decide("line") == "error"
    assert decide({}) == "error"
    assert decide({"request": {"action": "s3:GetObject", "resource": "*"}}) == "error"
    assert decide(line(identity_policies=document(ALLOW))) == "error"
    assert decide(line(resource_account=123456789012)) == "error"


@pytest.mark.parametrize("empty", [{"Action": []}, {"Resource": []}, {"Principal": {}}, {"Principal": {"AWS": []}}])
def test_an_empty_list_makes_a_statement_without_effect(empty: dict[str, Any]) -> None:
    assert by_resource({**ALLOW, "Principal": "*"}) == "allowed"
    assert by_resource({**ALLOW, "Principal": "*", **empty}) == "implicit_deny"


def test_an_empty_negated_list_makes_a_statement_without_effect_as_well() -> None:
    assert by_identity({"Effect": "Allow", "NotAction": [], "Resource": "*"}) == "implicit_deny"
    assert by_identity({"Effect": "Allow", "Action": "*", "NotResource": []}) == "implicit_deny"
    assert by_resource({"Effect": "Deny", "NotPrincipal": {}, "Action": "*", "Resource": "*"}) == "implicit_deny"


def test_an_empty_condition_block_holds_and_an_empty_list_of_values_does_not() -> None:
    assert by_identity({**ALLOW, "Condition": {}}) == "allowed"
    assert by_identity({**ALLOW, "Condition": {"StringEquals": {"k": []}}}) == "implicit_deny"
    assert by_identity({**ALLOW, "Condition": {"StringNotEquals": {"k": []}}}) == "allowed"


def test_in_an_old_version_a_variable_is_literal_text() -> None:
    own = {**ALLOW, "Resource": "arn:aws:s3:::b/${aws:username}"}
    for version, expected in (("2012-10-17", "allowed"), ("2008-10-17", "implicit_deny"), (None, "implicit_deny")):
        policy = {"Version": version, "Statement": own} if version else {"Statement": own}
        request = {**line()["request"], "resource": "arn:aws:s3:::b/alice", "context": {"aws:username": "alice"}}
        assert decide({"request": request, "identity_policies": [policy]}) == expected
        request = {**request, "resource": "arn:aws:s3:::b/${aws:username}"}
        literal = "implicit_deny" if version == "2012-10-17" else "allowed"
        assert decide({"request": request, "identity_policies": [policy]}) == literal


def test_in_an_old_version_a_variable_in_a_condition_is_literal_text_as_well() -> None:
    own = {**ALLOW, "Condition": {"StringLike": {"s3:prefix": "home/${aws:username}/*"}}}
    for prefix, new, old in (
        ("home/alice/x", "allowed", "implicit_deny"),
        ("home/${aws:username}/x", "implicit_deny", "allowed"),
    ):
        request = {**line()["request"], "context": {"aws:username": "alice", "s3:prefix": prefix}}
        assert decide({"request": request, "identity_policies": [document(own)]}) == new
        assert decide({"request": request, "identity_policies": [{"Statement": own}]}) == old
