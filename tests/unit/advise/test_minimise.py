"""What no flow needs is dropped, and nothing else: no flow and no attack gets worse, and no other byte changes."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import SOAK
from tests.unit.advise.judged import (
    ANY_DEVICE,
    CREATE,
    DEACTIVATE,
    DELETE,
    ENABLE,
    LIST,
    OWN_USER,
    RESYNC,
    SESSION,
    WITH,
    Doc,
    allow,
    document,
    forcing,
    grants,
    options,
)

from iamfa.advise import minimise as room
from iamfa.advise.check import check
from iamfa.advise.finding import Severity
from iamfa.advise.minimise import FLOWS, minimise
from iamfa.advise.repair import RepairResult
from iamfa.advise.repair_proof import RepairProof
from iamfa.errors import IamfaError
from iamfa.policy.edit import apply
from iamfa.policy.policy import Policy

POLICIES = Path(__file__).parents[2] / "data"


def story(name: str) -> Policy:
    return Policy.parse(resources.files("iamfa.cli.story").joinpath(name).read_text(encoding="utf-8"))


def minimised(*statements: Doc, flows: tuple[str, ...] | None = None, **more: Any) -> RepairResult:
    return minimise(Policy.from_document(document(*statements)), options=options(**more), flows=flows)


def dropped(result: RepairResult) -> set[tuple[str, str]]:
    assert result.dropped is not None
    return {(each.statement, each.action) for each in result.dropped}


def test_of_the_outdated_policy_the_list_of_users_goes_and_comfort_stays() -> None:
    policy = story("1-official-2022.json")
    result = minimise(policy, options=options())
    assert dropped(result) == {
        ("AllowListActions", "iam:ListUsers"), ("BlockMostAccessUnlessSignedInWithMFA", "iam:ListUsers"),
    }  # fmt: skip
    assert result.text == policy.source.text.replace('"iam:ListUsers", ', "").replace('        "iam:ListUsers",\n', "")
    assert apply(policy.source.text, result.edits) == result.text
    assert result.newly_permits == ()
    assert result.proof is not None
    assert result.proof.holds
    assert (result.proof.permits, result.proof.refuses) == ((), ("iam:ListUsers",))
    assert result.newly_refuses == ("iam:ListUsers, with or without MFA",)
    first = (result.dropped or ())[0]
    assert str(first) == "iam:ListUsers in AllowListActions: no flow needs it, and it shows everybody's names"
    rules = {finding.rule for finding in result.remaining}
    assert "device-name-tied-to-user" in rules
    assert "shows-whom-to-attack" in {f.rule for f in check(policy).findings}


def test_comments_and_layout_stay() -> None:
    policy = story("3-repaired.jsonc")
    result = minimise(policy, options=options())
    assert dropped(result) == {("BlockMostAccessUnlessSignedInWithMFA", DEACTIVATE)}
    before, after = policy.source.text.splitlines(), result.text.splitlines()
    (gone,) = {line for line in before if before.count(line) > after.count(line)}
    assert gone.strip() == f'"{DEACTIVATE}",'
    assert len(after) == len(before) - 1


@pytest.mark.parametrize("name", ["aws-p2", "aws-p3", "aws-p4"])
def test_of_aws_pages_without_anything_to_spare_nothing_goes(name: str) -> None:
    result = minimise(Policy.load(POLICIES / "policies" / f"{name}.json"), options=options())
    assert result.dropped == ()
    assert not result.changes


def test_a_statement_that_holds_nothing_else_goes_as_a_whole() -> None:
    result = minimised(allow("iam:ListUsers", Sid="Lists"), *grants(), forcing())
    ((only),) = result.dropped or ()
    assert (only.statement, only.whole) == ("Lists", True)
    assert "which holds nothing else" in str(only)
    assert len(json.loads(result.text)["Statement"]) == 3


def test_what_a_flow_needs_stays_and_goes_with_the_flow() -> None:
    statements = [
        *grants(), allow([DEACTIVATE], OWN_USER, WITH, Sid="Remove"), allow(DELETE, ANY_DEVICE, WITH, Sid="Delete"),
        forcing(),
    ]  # fmt: skip
    assert minimised(*statements).dropped == ()
    without = set(FLOWS) - {"remove-device", "replace-lost-device", "lost-only-device"}
    assert dropped(minimised(*statements, flows=tuple(without))) == {("Remove", DEACTIVATE), ("Delete", DELETE)}
    least = minimised(*statements, flows=("enrol-first-device",))
    assert {("ManageOwn", LIST), ("ManageOwn", RESYNC), ("statement 5", LIST)} <= dropped(least)
    assert not {CREATE, ENABLE, SESSION} & {action for _, action in dropped(least)}


def test_other_services_own_credentials_and_wildcards_stay() -> None:
    kept = [
        "s3:GetObject", "iam:List*", "iam:CreateAccessKey", "iam:ListAccessKeys", "iam:GetAccessKeyLastUsed",
        "iam:UploadSSHPublicKey", "iam:GetUser", "iam:ListVirtualMFADevices",
    ]  # fmt: skip
    result = minimised(allow([*kept, "iam:GetAccountSummary"], "*", WITH), *grants(), forcing())
    assert {action for _, action in dropped(result)} == {"iam:GetAccountSummary"}


def test_an_exemption_that_no_flow_needs_goes_unless_it_is_meant() -> None:
    statements = [*grants(), forcing("s3:ListAllMyBuckets", "iam:ListAccountAliases")]
    result = minimised(*statements)
    assert {action for _, action in dropped(result)} == {"s3:ListAllMyBuckets", "iam:ListAccountAliases"}
    assert all(each.why == "no chosen flow calls it without MFA" for each in result.dropped or ())
    meant = minimised(*statements, expect_exempt=("s3:*",))
    assert {action for _, action in dropped(meant)} == {"iam:ListAccountAliases"}


def test_what_is_granted_twice_goes_once() -> None:
    result = minimised(allow(LIST, OWN_USER, Sid="Again"), *grants(), forcing())
    assert dropped(result) == {("Again", LIST)}
    assert [each.why for each in result.dropped or ()] == ["leaving it out changes no verdict"]


def test_a_grant_for_users_with_a_path_stays() -> None:
    pathed = allow([ENABLE, LIST, RESYNC], "arn:aws:iam::*:user/*/${aws:username}", Sid="Pathed")
    assert minimised(pathed, *grants(), forcing()).dropped == ()


def test_a_grant_for_another_partition_stays() -> None:
    china = [
        allow(CREATE, "arn:aws-cn:iam::*:mfa/*", Sid="China"),
        allow([ENABLE, LIST, RESYNC], "arn:aws-cn:iam::*:user/${aws:username}", Sid="ChinaOwn"),
    ]
    assert minimised(*grants(), *china, forcing()).dropped == ()


def test_a_grant_under_a_condition_stays() -> None:
    office = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    assert minimised(allow("iam:ListUsers", "*", office), *grants(), forcing()).dropped == ()


@pytest.mark.parametrize(
    "statements",
    [
        [allow("*")],
        [allow(["iam:ListUsers"], "*", WITH)],
        [forcing()],
    ],
)
def test_of_files_that_say_nothing_about_devices_or_only_deny_nothing_that_matters_goes(statements: list[Doc]) -> None:
    assert minimised(*statements).dropped == ()


def test_a_flow_that_does_not_exist_is_refused() -> None:
    with pytest.raises(IamfaError, match="`fly` is no flow") as caught:
        minimised(*grants(), forcing(), flows=("enrol-first-device", "fly"))
    assert "get-session" in str(caught.value.hint)


@pytest.mark.parametrize(
    "path",
    # A boundary or a service control policy is none of an identity's policies.
    [p for p in sorted((POLICIES / "well-made").glob("*-m*.jsonc")) if not p.stem.startswith(("boundary", "scp"))][
        :: 1 if SOAK else 3
    ],
    ids=lambda path: path.stem,
)
def test_whatever_goes_no_flow_and_no_attack_gets_worse(path: Path) -> None:
    policy = Policy.load(path)
    result = minimise(policy, options=options())
    before, after = (check(p, options=options()) for p in (policy, policy.with_text(result.text)))
    ranks = ("blocked", "succeeds", "not_decided", "depends", "works", "stopped")
    for old, new in zip((*before.flows, *before.attacks), (*after.flows, *after.attacks), strict=True):
        assert ranks.index(new.result) >= ranks.index(old.result)
    assert after.file_class == before.file_class
    assert all(f.severity is Severity.NOTE for f in after.findings)


def test_what_is_not_proved_is_not_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    unproved = RepairProof((), (), unknown="too many states")
    monkeypatch.setattr(room, "prove_change", lambda *_: unproved)
    policy = story("1-official-2022.json")
    result = minimise(policy, options=options())
    assert result.dropped == ()
    assert result.text == policy.source.text
    assert result.refused == "what leaving out iam:ListUsers changes could not be proved"
