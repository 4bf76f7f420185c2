"""`iamfa can` and `iamfa match`: one request, or many line by line."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

CREATE = "iam:CreateVirtualMFADevice"
PHONE = "arn:aws:iam::123456789012:mfa/phone"
ALICE = "arn:aws:iam::123456789012:mfa/alice"
POLICY = ("--policy", "2-required-only.json")


def allow(action: str = "*", **more: object) -> dict[str, object]:
    """A policy of one Allow."""
    statement = {"Effect": "Allow", "Action": action, "Resource": "*", **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def write(path: Path, value: object) -> str:
    """A file that holds the value as JSON; its name."""
    path.write_text(json.dumps(value), encoding="utf-8")
    return path.name


def line(**more: object) -> dict[str, object]:
    """A line of a batch that is allowed."""
    request = {
        "principal": "arn:aws:iam::123456789012:user/alice",
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::b/k",
    }
    return {"id": "1", "request": {**request, "context": {}}, "identity_policies": [allow()], **more}


def lines(*values: object) -> str:
    """JSON lines."""
    return "".join((value if isinstance(value, str) else json.dumps(value)) + "\n" for value in values)


# One by one ----------------------------------------------------------------------------------------------------------


def test_an_allowed_request_ends_with_0_and_names_the_entry(iamfa: Run) -> None:
    found = iamfa("can", CREATE, ALICE, *POLICY, width=120)
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith(f"allowed: {CREATE} on {ALICE}\n")
    assert "as arn:aws:iam::123456789012:user/alice with an access key alone" in found.out
    assert " --> 2-required-only.json:16:20\n" in found.out


def test_a_request_that_nothing_allows_ends_with_1_in_the_words_of_aws(iamfa: Run) -> None:
    found = iamfa("can", CREATE, PHONE, *POLICY, width=200)
    assert found.code == 1
    assert found.out.startswith("denied because nothing allows it: ")
    assert (
        f"AWS says: User: arn:aws:iam::123456789012:user/alice is not authorized to perform: {CREATE} on resource: "
        f"{PHONE} because no identity-based policy allows the {CREATE} action"
    ) in " ".join(found.out.split())
    assert "no entry of Resource fits" in found.out


def test_an_explicit_deny_names_its_statement(iamfa: Run) -> None:
    found = iamfa("can", "s3:GetObject", "arn:aws:s3:::b/k", *POLICY, width=200)
    assert found.code == 1
    assert "denied by an explicit Deny" in found.out
    assert "identity[0] Deny `BlockMostAccessUnlessSignedInWithMFA`" in found.out
    assert "with an explicit deny in an identity-based policy" in found.out


def test_what_is_not_known_ends_with_5_and_says_what_to_tell(iamfa: Run, folder: Path) -> None:
    office = write(folder / "office.json", allow(Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}))
    arguments = ("can", "s3:GetObject", "arn:aws:s3:::b/k", "--policy", office)
    found = iamfa(*arguments)
    assert found.code == 5
    assert "`aws:SourceIp` is not known here" in found.out
    assert "tell what is not known here with --context KEY=VALUE" in found.out
    assert iamfa(*arguments, "--context", "aws:SourceIp=192.0.2.7").code == 0
    assert iamfa(*arguments, "--context", "aws:SourceIp=198.51.100.7").code == 1


def test_several_resources_are_asked_one_after_another_and_the_worst_code_goes_out(iamfa: Run) -> None:
    found = iamfa("can", CREATE, ALICE, PHONE, *POLICY)
    assert found.code == 1
    assert found.out.index("allowed: ") < found.out.index("\n\ndenied because")


def test_the_json_carries_request_reasons_and_what_else_decided(iamfa: Run) -> None:
    found = iamfa("can", CREATE, ALICE, PHONE, *POLICY, "--format", "json")
    assert (found.code, found.json["version"]) == (1, 1)
    first, second = found.json["answers"]
    assert (first["decision"], second["decision"]) == ("allowed", "implicit_deny")
    assert first["request"]["resource"] == ALICE
    assert first["request"]["context"]["aws:username"] == "alice"
    assert "aws:MultiFactorAuthPresent" not in first["request"]["context"]
    assert (first["credential"], first["platform"], first["assumption"]) == ("long-term-key", None, None)
    assert first["reasons"][0] == {
        "policy": "identity[0]",
        "statement": {"index": 0, "sid": "AllowIndividualUserToManageTheirOwnMFA"},
        "effect": "Allow",
        "matched": True,
        "why": "every element fits",
    }


def test_verbose_shows_the_reason_of_every_statement(iamfa: Run) -> None:
    assert "the action is in NotAction" not in iamfa("can", CREATE, ALICE, *POLICY).out
    assert "the action is in NotAction" in iamfa("can", CREATE, ALICE, *POLICY, "--verbose").out


@pytest.mark.parametrize(
    ("credential", "code"), [("long-term-key", 1), ("console", 1), ("token-mfa", 0), ("console-mfa", 0)]
)
def test_the_credential_decides_the_context(iamfa: Run, folder: Path, credential: str, code: int) -> None:
    other = write(folder / "all.json", allow())
    asked = ("can", "s3:GetObject", "arn:aws:s3:::b/k", *POLICY, "--policy", other, "--credential", credential)
    assert iamfa(*asked).code == code


def test_a_key_of_the_context_goes_before_what_the_credential_carries(iamfa: Run, folder: Path) -> None:
    other = write(folder / "all.json", allow())
    asked = ("can", "s3:GetObject", "arn:aws:s3:::b/k", *POLICY, "--policy", other)
    assert iamfa(*asked, "--context", "AWS:multifactorauthpresent=true").code == 0


def test_a_key_twice_or_a_list_is_a_multivalued_key(iamfa: Run, folder: Path) -> None:
    tags = write(folder / "tags.json", allow(Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b", "c"]}}))
    asked = ("can", "s3:GetObject", "arn:aws:s3:::b/k", "--policy", tags, "--format", "json")
    for told, values in (
        (("aws:TagKeys=a", "aws:TagKeys=b"), ["a", "b"]),
        (('aws:TagKeys=["a", "b"]',), ["a", "b"]),
        (("aws:TagKeys=a", 'aws:TagKeys=["b", "c"]'), ["a", "b", "c"]),
        (('aws:TagKeys=["a"]', "aws:TagKeys=b"), ["a", "b"]),
        (("aws:TagKeys=[a",), "[a"),
    ):
        found = iamfa(*asked, *(part for each in told for part in ("--context", each)))
        assert found.json["answers"][0]["request"]["context"]["aws:TagKeys"] == values


def test_a_user_can_be_named_and_is_of_the_resource_s_account_and_partition(iamfa: Run) -> None:
    own = "arn:aws-cn:iam::999999999999:mfa/bob"
    found = iamfa("can", CREATE, own, *POLICY, "--user", "bob", "--format", "json")
    assert found.json["answers"][0]["request"]["principal"] == "arn:aws-cn:iam::999999999999:user/bob"
    found = iamfa("can", "s3:GetObject", "*", *POLICY, "--partition", "aws-us-gov", "--format", "json")
    assert found.json["answers"][0]["request"]["principal"] == "arn:aws-us-gov:iam::123456789012:user/alice"


def test_a_resource_of_another_account_needs_its_own_policy_s_grant(iamfa: Run, folder: Path) -> None:
    grant = write(folder / "grant.json", allow("sqs:SendMessage"))
    principal = ("--principal", "arn:aws:iam::123456789012:user/alice")
    asked = ("can", "sqs:SendMessage", "arn:aws:sqs:eu-west-1:999999999999:q", "--policy", grant, *principal)
    assert iamfa(*asked).code == 1
    named = {"Principal": {"AWS": "arn:aws:iam::123456789012:user/alice"}}
    queue = write(folder / "queue.json", allow("sqs:SendMessage", **named))
    assert iamfa(*asked, "--policy", queue).code == 0


def test_two_policies_of_one_resource_are_invalid_input(iamfa: Run, folder: Path) -> None:
    queue = write(folder / "queue.json", allow("sqs:SendMessage", Principal="*"))
    found = iamfa("can", "sqs:SendMessage", "*", "--policy", queue, "--policy", queue)
    assert found.code == 3
    assert "a second policy with a Principal" in found.err


def test_a_bundle_holds_all_kinds_of_policies(iamfa: Run, folder: Path) -> None:
    bundle = {
        "identity_policies": [allow()],
        "boundary": allow("s3:*"),
        "scps": [[allow()], [allow("s3:GetObject")]],
        "rcps": [[allow(Principal="*")]],
        "session_policies": [allow()],
        "resource_policy": allow("s3:*", Principal="*"),
        "resource_account": "123456789012",
    }
    name = write(folder / "bundle.json", bundle)
    asked = ("can", "s3:GetObject", "arn:aws:s3:::b/k", "--bundle", name)
    found = iamfa(*asked, "--verbose")
    assert found.code == 0
    for label in ("identity[0]", "boundary", "scp[0][0]", "scp[1][0]", "rcp[0][0]", "session[0]", "resource"):
        assert f"\n{label} Allow `statement 1`\n" in found.out
    assert iamfa("can", "s3:PutObject", "arn:aws:s3:::b/k", "--bundle", name).code == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "column 2 of the line"),
        ("[]", "a bundle is an object"),
        ('{"boundary": {}}', "`boundary` is no valid policy"),
        ('{"identity_policies": {}}', "`identity_policies` is no list"),
        ('{"boundary": null, "boundary": null}', "`boundary` stands twice"),
    ],
)
def test_a_bundle_that_is_none_ends_with_3(iamfa: Run, folder: Path, text: str, said: str) -> None:
    (folder / "bundle.json").write_text(text)
    found = iamfa("can", "s3:GetObject", "*", "--bundle", "bundle.json")
    assert (found.code, found.out) == (3, "")
    assert said in found.err


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        (CREATE,),
        (CREATE, PHONE),
        (CREATE, PHONE, *POLICY, "--bundle", "x.json"),
        (CREATE, PHONE, *POLICY, "--user", "bob", "--principal", "arn:aws:iam::123456789012:user/bob"),
        (CREATE, PHONE, *POLICY, "--principal", "bob"),
        (CREATE, PHONE, *POLICY, "--credential", "role"),
        (CREATE, PHONE, *POLICY, "--credential", "nothing"),
        (CREATE, PHONE, *POLICY, "--context", "aws:TagKeys"),
        (CREATE, PHONE, *POLICY, "--context", "=x"),
        (CREATE, PHONE, *POLICY, "--context", "aws:TagKeys=[1]"),
        ("Create", PHONE, *POLICY),
        (CREATE, "", *POLICY),
        (CREATE, PHONE, *POLICY, "--assume", "x"),
        (CREATE, PHONE, *POLICY, "--principal", "accounts.google.com", "--credential", "role"),
        ("--batch", "-", *POLICY),
    ],
)
def test_a_question_that_cannot_be_asked_is_wrong_usage(iamfa: Run, arguments: tuple[str, ...]) -> None:
    found = iamfa("can", *arguments)
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith("error: ")


def test_a_policy_that_is_none_ends_with_3(iamfa: Run, folder: Path) -> None:
    (folder / "bad.json").write_text("{")
    assert iamfa("can", CREATE, PHONE, "--policy", "bad.json").code == 3
    assert iamfa("can", CREATE, PHONE, "--policy", "no-such.json").code == 3


# AWS's own rules -----------------------------------------------------------------------------------------------------


def test_no_policy_controls_get_session_token_and_that_is_said(iamfa: Run) -> None:
    found = iamfa("can", "sts:GetSessionToken", "*", *POLICY, width=200)
    assert found.code == 0
    assert "AWS itself (get-session-token-needs-no-permission)" in found.out
    again = iamfa("can", "sts:GetSessionToken", "*", *POLICY, "--assume", "deny-get-session-token=honoured")
    assert again.code == 1


def test_a_deny_of_get_session_token_that_would_be_honoured_counts_only_where_one_fits(
    iamfa: Run, folder: Path
) -> None:
    other = write(folder / "all.json", allow())
    honoured = ("--assume", "deny-get-session-token=honoured")
    assert iamfa("can", "sts:GetSessionToken", "*", "--policy", other, *honoured).code == 0


@pytest.mark.parametrize("credential", ["token", "token-mfa", "console-mfa"])
def test_a_session_gets_no_session_token(iamfa: Run, credential: str) -> None:
    found = iamfa("can", "sts:GetSessionToken", "*", *POLICY, "--credential", credential, width=200)
    assert found.code == 1
    assert found.out.startswith("refused by AWS itself: ")
    assert "AWS says: Cannot call GetSessionToken with session credentials" in found.out


def test_a_role_s_session_gets_no_session_token_either(iamfa: Run) -> None:
    role = ("--principal", "arn:aws:iam::123456789012:role/admin")
    found = iamfa("can", "sts:GetSessionToken", "*", *POLICY, *role, "--format", "json")
    assert found.json["answers"][0]["platform"] == "session-credentials-cannot-get-session-token"


@pytest.mark.parametrize(("action", "code"), [("iam:ListUsers", 1), ("sts:GetCallerIdentity", 0), ("s3:Get", 0)])
def test_a_token_without_mfa_cannot_call_iam_whatever_the_policies_say(
    iamfa: Run, folder: Path, action: str, code: int
) -> None:
    other = write(folder / "all.json", allow())
    found = iamfa("can", action, "*", "--policy", other, "--credential", "token", width=200)
    assert found.code == code
    assert ("The security token included in the request is invalid" in found.out) is bool(code)


@pytest.mark.parametrize("credential", ["token", "token-mfa"])
def test_a_token_calls_of_sts_nothing_but_assume_role_and_get_caller_identity(
    iamfa: Run, folder: Path, credential: str
) -> None:
    other = write(folder / "all.json", allow())
    found = iamfa("can", "sts:GetAccessKeyInfo", "*", "--policy", other, "--credential", credential, width=200)
    assert found.code == 1
    assert "a session token calls of STS only AssumeRole and GetCallerIdentity" in found.out
    role = "arn:aws:iam::123456789012:role/r"
    for goes_along in ("sts:TagSession", "sts:SetSourceIdentity"):
        found = iamfa("can", goes_along, role, "--policy", other, "--credential", credential, width=200)
        assert "because no role trust policy allows the" in found.out


@pytest.mark.parametrize(
    "who",
    [
        ("--user", "alice", "--credential", "token-mfa"),
        ("--user", "alice", "--credential", "console-mfa"),
        ("--principal", "arn:aws:iam::123456789012:role/admin"),
    ],
)
def test_only_long_term_credentials_get_a_federation_token(iamfa: Run, folder: Path, who: tuple[str, ...]) -> None:
    other = write(folder / "all.json", allow())
    found = iamfa("can", "sts:GetFederationToken", "*", "--policy", other, *who, width=200)
    assert found.code == 1
    assert "AWS says: Cannot call GetFederationToken with session credentials" in found.out
    assert iamfa("can", "sts:GetFederationToken", "*", "--policy", other, "--user", "alice").code == 0


@pytest.mark.parametrize(("value", "code"), [("false", 1), ("true-when-chained", 0)])
def test_a_role_s_session_without_mfa_has_no_age_of_a_code(iamfa: Run, folder: Path, value: str, code: int) -> None:
    dated = write(folder / "dated.json", allow(Condition={"Null": {"aws:MultiFactorAuthAge": "false"}}))
    role = ("--principal", "arn:aws:iam::123456789012:role/admin", "--assume", f"role-session-mfa={value}")
    assert iamfa("can", "s3:GetObject", "arn:aws:s3:::b/k", "--policy", dated, *role).code == code


def test_get_caller_identity_cannot_be_denied(iamfa: Run) -> None:
    found = iamfa("can", "sts:GetCallerIdentity", "*", *POLICY)
    assert found.code == 0
    assert "get-caller-identity-always-allowed" in found.out


# Other requesters ----------------------------------------------------------------------------------------------------


def context(iamfa: Run, *arguments: str) -> dict[str, object]:
    """The context that was asked with."""
    found = iamfa("can", "s3:GetObject", "arn:aws:s3:::b/k", *POLICY, "--format", "json", *arguments)
    request = found.json["answers"][0]["request"]
    assert isinstance(request["context"], dict)
    return dict(request["context"])


def test_a_role_carries_its_arn_and_no_user_name(iamfa: Run) -> None:
    carried = context(iamfa, "--principal", "arn:aws:iam::123456789012:role/x/admin")
    assert carried["aws:PrincipalArn"] == "arn:aws:iam::123456789012:role/x/admin"
    assert carried["aws:PrincipalType"] == "AssumedRole"
    assert carried["aws:MultiFactorAuthPresent"] == "false"
    assert "aws:username" not in carried
    chained = context(
        iamfa, "--principal", "arn:aws:iam::123456789012:role/x/admin", "--assume", "role-session-mfa=true-when-chained"
    )
    assert chained["aws:MultiFactorAuthPresent"] == "true"


def test_the_path_of_a_session_s_role_is_not_known(iamfa: Run) -> None:
    carried = context(iamfa, "--principal", "arn:aws:sts::123456789012:assumed-role/admin/me")
    assert "aws:PrincipalArn" not in carried
    assert context(
        iamfa, "--principal", "arn:aws:sts::123456789012:assumed-role/admin/me", "--credential", "federated"
    ).keys() == carried.keys() - {"aws:MultiFactorAuthPresent"}


def test_root_a_service_a_federated_user_and_a_provider_carry_what_they_can(iamfa: Run) -> None:
    root = context(iamfa, "--principal", "arn:aws:iam::123456789012:root", "--credential", "console-mfa")
    assert (root["aws:PrincipalType"], root["aws:MultiFactorAuthPresent"]) == ("Account", "true")
    service = context(iamfa, "--principal", "ec2.amazonaws.com")
    assert (service["aws:PrincipalIsAWSService"], service["aws:PrincipalServiceName"]) == ("true", "ec2.amazonaws.com")
    assert "aws:PrincipalAccount" not in service
    federated = context(iamfa, "--principal", "arn:aws:sts::123456789012:federated-user/carol")
    assert federated["aws:PrincipalType"] == "FederatedUser"
    assert "aws:MultiFactorAuthPresent" not in federated
    assert "aws:PrincipalType" not in context(iamfa, "--principal", "accounts.google.com")


def test_a_verdict_that_hangs_on_what_role_sessions_carry_is_unknown_and_names_it(iamfa: Run, folder: Path) -> None:
    other = write(folder / "all.json", allow())
    asked = ("can", "s3:GetObject", "arn:aws:s3:::b/k", *POLICY, "--principal", "arn:aws:iam::123456789012:role/admin")
    found = iamfa(*asked, "--policy", other, width=200)
    assert found.code == 5
    assert "it hangs on the assumption role-session-mfa" in found.out
    assert iamfa(*asked, "--policy", other, "--assume", "role-session-mfa=false").code == 1
    assert iamfa(*asked, "--policy", other, "--assume", "role-session-mfa=true-when-chained").code == 0
    denied = iamfa(*asked, "--format", "json")
    assert (denied.code, denied.json["answers"][0]["assumption"]) == (1, "role-session-mfa")
    allowed = iamfa(*asked[:3], "--policy", other, *asked[-2:])
    assert allowed.code == 0


# Line by line --------------------------------------------------------------------------------------------------------


def test_a_batch_answers_line_by_line_in_order(iamfa: Run) -> None:
    found = iamfa("can", "--batch", "-", stdin=lines(line(), line(id="2", identity_policies=[]), "", line(id=3)))
    assert (found.code, found.err) == (0, "")
    assert [(each["id"], each["decision"]) for each in found.lines] == [
        ("1", "allowed"), ("2", "implicit_deny"), (3, "allowed"),
    ]  # fmt: skip
    assert "met" not in found.lines[0]


def test_an_expectation_that_is_not_met_ends_with_1(iamfa: Run, folder: Path) -> None:
    (folder / "batch.jsonl").write_text(lines(line(expected="allowed"), line(expected="explicit_deny")))
    found = iamfa("can", "--batch", "batch.jsonl")
    assert (found.code, [each["met"] for each in found.lines]) == (1, [True, False])
    assert iamfa("can", "--batch", "-", stdin=lines(line(expected="allowed"))).code == 0


@pytest.mark.parametrize(
    "bad",
    [
        "no JSON",
        "[1, 2]",
        "3",
        '{"id": 1}',
        '{"id": 1, "id": 2}',
        "[" * 100_000,
        '{"a":' * 5_000 + "1" + "}" * 5_000,
        "1" * 6_000,
        json.dumps(line(identity_policies=[{"Statement": 3}])),
        json.dumps(line(resource_account="12")),
        json.dumps(line()).replace('"Action": "*"', '"Action": "*", "Action": "s3:*"'),
    ],
    ids=range(11),
)
def test_a_bad_line_is_answered_as_an_error_and_the_rest_goes_on(iamfa: Run, bad: str) -> None:
    found = iamfa("can", "--batch", "-", stdin=lines(line(expected="implicit_deny"), bad, line(id="last")))
    assert (found.code, found.err) == (3, "")
    assert [each["decision"] for each in found.lines] == ["allowed", "error", "allowed"]
    assert found.lines[1]["error"]["message"]


def test_bytes_that_are_no_text_are_a_bad_line_and_a_mark_is_passed_over(iamfa: Run) -> None:
    found = iamfa("can", "--batch", "-", stdin=b"\xef\xbb\xbf" + lines(line()).encode() + b'{"id": "\xff"}\n')
    assert [each["decision"] for each in found.lines] == ["allowed", "error"]
    assert "byte 9 of the line is not UTF-8" in found.lines[1]["error"]["message"]


def test_a_batch_that_is_not_there_ends_with_3(iamfa: Run) -> None:
    found = iamfa("can", "--batch", "no-such.jsonl")
    assert (found.code, found.err) == (3, "error: `no-such.jsonl`: no such file or directory\n")


@pytest.mark.broad
def test_ten_thousand_lines_take_seconds_at_most(iamfa: Run, folder: Path) -> None:
    policy = json.loads((folder / "2-required-only.json").read_text())
    many = lines(*(line(id=number, identity_policies=[policy]) for number in range(10_000)))
    begun = time.process_time()
    found = iamfa("can", "--batch", "-", stdin=many)
    assert time.process_time() - begun < 10
    assert (found.code, len(found.lines)) == (0, 10_000)


def test_single_comparisons_are_answered(iamfa: Run) -> None:
    asked = lines(
        {"id": 1, "kind": "action", "pattern": "iam:*", "value": "iam:ListUsers"},
        {"id": 2, "operator": "StringEquals", "key": "aws:username", "policy_values": ["a"], "request_values": ["b"]},
    )
    found = iamfa("match", "--batch", "-", stdin=asked)
    assert found.code == 0
    assert found.lines == [{"id": 1, "matches": True}, {"id": 2, "matches": False}]


def test_a_bad_comparison_is_answered_as_an_error_and_ends_with_3(iamfa: Run) -> None:
    good = {"id": 1, "kind": "action", "pattern": "iam:*", "value": "iam:ListUsers"}
    found = iamfa("match", "--batch", "-", stdin=lines("{", {"id": 2, "kind": "nothing"}, good))
    assert found.code == 3
    assert [each["matches"] for each in found.lines] == [None, None, True]


def test_a_comparison_that_aws_does_not_document_ends_with_5(iamfa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from iamfa.cli.commands import match

    monkeypatch.setattr(
        match, "match_line", lambda _line: {"id": 1, "matches": None, "error": {"message": "who knows"}}
    )
    assert iamfa("match", "--batch", "-", stdin="{}\n").code == 5


def test_several_policies_may_stand_behind_one_option(iamfa: Run, folder: Path) -> None:
    grant = write(folder / "grant.json", allow("s3:GetObject"))
    found = iamfa(
        "can", "s3:GetObject", "arn:aws:s3:::b/k", *POLICY, grant, "--credential", "console-mfa", "--format", "json"
    )
    (answer,) = found.json["answers"]
    assert answer["decision"] == "allowed"
    assert {reason["policy"] for reason in answer["reasons"]} == {"identity[0]", "identity[1]"}


def test_several_keys_of_the_context_may_stand_behind_one_option(iamfa: Run) -> None:
    found = iamfa("can", "s3:GetObject", "*", *POLICY, "--context", "aws:a=1", "aws:b=2", "--format", "json")
    context = found.json["answers"][0]["request"]["context"]
    assert (context["aws:a"], context["aws:b"]) == ("1", "2")


def test_what_is_neither_an_arn_nor_a_star_is_no_resource(iamfa: Run) -> None:
    found = iamfa("can", "s3:GetObject", "b/k", *POLICY)
    assert found.code == 2
    assert "`b/k` is no resource" in found.err


def test_a_path_before_the_option_makes_what_follows_it_policies_and_one_behind_it_is_judged(
    iamfa: Run, folder: Path
) -> None:
    grant = write(folder / "grant.json", allow("s3:GetObject"))
    before = iamfa("check", "2-required-only.json", "--with", grant, "1-official-2022.json", "--format", "json")
    assert [file["path"] for file in before.json["files"]] == ["2-required-only.json"]
    behind = iamfa("check", "--with", grant, "2-required-only.json", "--format", "json")
    assert [file["path"] for file in behind.json["files"]] == ["2-required-only.json"]
    ended = iamfa("check", "--with", grant, "--format", "json", "--", "2-required-only.json")
    assert [file["path"] for file in ended.json["files"]] == ["2-required-only.json"]
