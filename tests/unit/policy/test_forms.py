"""Policies are found in every form in which people have them in files."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from iamfa.policy.document import Kind
from iamfa.policy.forms import FoundDocument, read_documents
from iamfa.policy.reader import LIMIT

STATEMENTS = [{"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}]
POLICY = {"Version": "2012-10-17", "Statement": STATEMENTS}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
DUMP = {
    "UserDetailList": [
        {"UserName": "alice", "UserPolicyList": [{"PolicyName": "Own", "PolicyDocument": POLICY}]},
        {"UserName": "bob"},
        "noise",
    ],
    "GroupDetailList": [{"GroupName": "staff", "GroupPolicyList": [{"PolicyName": "G", "PolicyDocument": POLICY}]}],
    "RoleDetailList": [
        {
            "RoleName": "r",
            "AssumeRolePolicyDocument": TRUST,
            "RolePolicyList": [{"PolicyName": "R", "PolicyDocument": POLICY}],
        }
    ],
    "Policies": [
        {
            "Arn": "arn:aws:iam::123456789012:policy/M",
            "DefaultVersionId": "v2",
            "PolicyVersionList": [
                {"VersionId": "v1", "IsDefaultVersion": False, "Document": {"Statement": 1}},
                {"VersionId": "v2", "IsDefaultVersion": True, "Document": POLICY},
            ],
        },
        {
            "PolicyName": "ById",
            "DefaultVersionId": "v1",
            "PolicyVersionList": [{"VersionId": "v1", "Document": POLICY}],
        },
        {"Arn": "arn:aws:iam::123456789012:policy/Unread"},
    ],
    "IsTruncated": False,
}
NAMES = [
    ("user/alice/inline/Own", Kind.USER),
    ("group/staff/inline/G", Kind.GROUP),
    ("role/r/trust", Kind.TRUST),
    ("role/r/inline/R", Kind.ROLE),
    ("policy/arn:aws:iam::123456789012:policy/M", Kind.IDENTITY),
    ("policy/ById", Kind.IDENTITY),
]


def one(value: object, kind: Kind | None = None) -> FoundDocument:
    (found,) = read_documents(value if isinstance(value, str) else json.dumps(value), "p.json", kind=kind)
    return found


def test_a_policy_alone_has_no_name_and_is_edited_in_place() -> None:
    found = one(POLICY)
    assert found.policy is not None
    assert (found.name, found.kind, found.faults, found.embedded_as_text) == (None, Kind.IDENTITY, (), False)
    assert found.policy.path == "p.json"


@pytest.mark.parametrize("value", [STATEMENTS[0], STATEMENTS])
def test_bare_statements_are_policies(value: object) -> None:
    assert one(value).policy is not None


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"PolicyVersion": {"Document": POLICY, "VersionId": "v1"}}, Kind.IDENTITY),
        ({"UserName": "a", "PolicyName": "P", "PolicyDocument": POLICY}, Kind.USER),
        ({"GroupName": "a", "PolicyName": "P", "PolicyDocument": POLICY}, Kind.GROUP),
        ({"RoleName": "a", "PolicyName": "P", "PolicyDocument": POLICY}, Kind.ROLE),
        ({"PolicyDocument": POLICY}, Kind.IDENTITY),
        ({"Role": {"RoleName": "r", "AssumeRolePolicyDocument": TRUST}}, Kind.TRUST),
    ],
)
@pytest.mark.parametrize("form", ["object", "text", "encoded"])
def test_an_answer_of_the_cli_holds_its_document_in_any_form(answer: dict[str, object], kind: Kind, form: str) -> None:
    def written(value: object) -> object:
        if isinstance(value, dict) and "Statement" in value:
            text = json.dumps(value)
            return {"object": value, "text": text, "encoded": quote(text, safe="")}[form]
        return {key: written(inner) for key, inner in value.items()} if isinstance(value, dict) else value

    found = one(written(answer))
    assert found.policy is not None
    assert (found.name, found.kind, found.policy.kind) == (None, kind, kind)
    assert found.embedded_as_text is (form != "object")
    if form == "object":
        assert json.loads(found.policy.text)["Version"] == "2012-10-17"
        assert found.policy.root_span.start > 0
    else:
        assert found.policy.root_span.start == 0


@pytest.mark.parametrize(("type_", "kind"), [("SERVICE_CONTROL_POLICY", Kind.SCP), ("OTHER", Kind.IDENTITY)])
def test_an_answer_of_organizations_says_the_kind(type_: str, kind: Kind) -> None:
    found = one({"Policy": {"PolicySummary": {"Type": type_}, "Content": json.dumps(POLICY)}})
    assert found.kind is kind
    assert found.embedded_as_text


def test_a_bucket_policy_is_read_from_the_answer_that_holds_it() -> None:
    bucket = {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}
    assert one({"Policy": json.dumps(bucket)}).kind is Kind.RESOURCE


def test_the_trust_policies_of_all_roles_are_found() -> None:
    found = read_documents(json.dumps({"Roles": [{"RoleName": "a", "AssumeRolePolicyDocument": TRUST}, {}]}))
    assert [(each.name, each.kind) for each in found] == [("role/a/trust", Kind.TRUST)]


@pytest.mark.parametrize("dump", [DUMP, {"version": 1, "authorization_details": DUMP}], ids=["alone", "in a snapshot"])
def test_every_document_of_a_dump_is_found_by_name(dump: object) -> None:
    found = read_documents(json.dumps(dump, indent=2))
    assert [(each.name, each.kind) for each in found] == NAMES
    assert all(each.policy is not None and each.policy.name == each.name for each in found)
    assert not any(each.embedded_as_text for each in found)


def test_a_large_dump_goes_another_way_and_gives_the_same_documents() -> None:
    large = dict(DUMP, Padding=["x" * 1000] * 1001)
    found = read_documents(json.dumps(large))
    assert [(each.name, each.kind) for each in found] == NAMES
    assert all(each.embedded_as_text for each in found)


def test_a_faulty_document_of_a_large_dump_is_reported() -> None:
    large = {
        "Policies": [{"Arn": "a", "PolicyVersionList": [{"IsDefaultVersion": True, "Document": {"Statement": []}}]}]
    }
    (found,) = read_documents(json.dumps(dict(large, Padding="x" * LIMIT)))
    assert found.policy is None
    assert "the list of statements is empty" in [fault.message for fault in found.faults]


def test_the_given_kind_holds_for_all_but_trust_policies() -> None:
    found = read_documents(json.dumps(DUMP), kind=Kind.BOUNDARY)
    assert [each.kind for each in found] == [
        Kind.TRUST if name == "role/r/trust" else Kind.BOUNDARY for name, _ in NAMES
    ]


def test_faults_of_an_embedded_object_are_placed_in_the_file() -> None:
    found = one('{"PolicyVersion":\n{"Document":\n{"Statement": []}}}')
    assert found.policy is None
    assert [(fault.line, fault.column) for fault in found.faults] == [(3, 15)]


def test_faults_of_an_embedded_text_are_placed_in_that_text() -> None:
    found = one({"PolicyVersion": {"Document": quote('{"Statement":\n[]}')}})
    assert found.embedded_as_text
    assert [(fault.line, fault.column) for fault in found.faults] == [(2, 1)]


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "package", "version": "1.0.0"}',
        "[]",
        "[1, 2]",
        "7",
        '"text"',
        '{"Policies": "none"}',
        '{"Role": {}}',
        "{}",
    ],
)
def test_other_json_is_no_policy(text: str) -> None:
    assert read_documents(text) == []


@pytest.mark.parametrize(
    ("text", "looks"), [('{"Statement": [', True), ("{'Effect': 'Allow'}", True), ("{broken", False)]
)
def test_a_text_that_cannot_be_read_says_whether_it_looks_like_a_policy(text: str, looks: bool) -> None:
    (found,) = read_documents(text)
    assert found.policy is None
    assert len(found.faults) == 1
    assert found.looks_like_policy is looks


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("x" * (LIMIT + 1), "is read up to 1,000,000"),
        ('{"Policies": [' + "[]," * LIMIT + "1]}", "is read up to 1,000,000"),
        ('{"Policies": [' + " " * LIMIT, "the dump is no JSON"),
        ('{"Policies": [' + " " * LIMIT + "9" * 5000 + "]}", "the dump is no JSON"),
        ('{"Policies": ' + "[" * 90_000 + " " * LIMIT, "the dump is no JSON"),
    ],
)
def test_a_large_text_that_is_no_dump_is_refused(text: str, part: str) -> None:
    (found,) = read_documents(text)
    assert part in found.faults[0].message
    assert found.policy is None
