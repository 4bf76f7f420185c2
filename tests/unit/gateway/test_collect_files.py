"""Accounts from saved files: what is in them, what is missing, and what is wrong with them and where."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.agreement.populated import populate
from tests.agreement.signed_calls import Wire
from tests.unit.gateway.collecting import as_told, caller_of, collected

from iamfa.account import snapshot
from iamfa.account.details import SnapshotError
from iamfa.account.documents import plain_times
from iamfa.account.not_read import PARTS
from iamfa.gateway.collect_files import Saved, from_path
from iamfa.sandbox.embedded import Sandbox

NUMBER = "123456789012"
ARN = f"arn:aws:iam::{NUMBER}"
MADE = "2026-03-01T12:00:00Z"
GRANT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """An account with a bit of everything."""
    with Sandbox(seed=5, services=False) as running:
        with Wire(running.endpoint_url) as wire:
            populate(running, wire)
        yield running


@pytest.fixture(scope="module")
def answers(box: Sandbox) -> dict[str, Any]:
    """What the AWS CLI prints, by the command."""
    caller = caller_of(box)

    def printed(operation: str, **parameters: Any) -> Any:
        return json.loads(json.dumps(plain_times(caller.call("iam", operation, **parameters))))

    report = caller.call("iam", "GetCredentialReport")
    return {
        "details": printed("GetAccountAuthorizationDetails"),
        "virtual": printed("ListVirtualMFADevices"),
        "devices": [printed("ListMFADevices", UserName=name) for name in ("bob", "caller")],
        "keys": [printed("ListAccessKeys", UserName=name) for name in ("administrator", "bob", "caller")],
        "policy": printed("GetAccountPasswordPolicy"),
        "aliases": printed("ListAccountAliases"),
        "summary": printed("GetAccountSummary"),
        "roles": printed("ListRoles"),
        "passwords": [printed("GetLoginProfile", UserName=name) for name in ("bob", "caller")],
        "report": {
            "Content": base64.b64encode(report["Content"]).decode(),
            "ReportFormat": "text/csv",
            "GeneratedTime": report["GeneratedTime"].isoformat(),
        },
        "csv": report["Content"].decode(),
    }


def put(folder: Path, **files: Any) -> Path:
    """JSON files, or the text that is given, by names that end in `.json` unless told."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in files.items():
        path = folder / (name if "." in name else f"{name}.json")
        path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return folder


def user(name: str, account: str = NUMBER, **more: Any) -> dict[str, Any]:
    return {"UserName": name, "Arn": f"arn:aws:iam::{account}:user/{name}", "CreateDate": MADE, **more}


def details(*users: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"UserDetailList": list(users), **more}


def parts(saved: Saved) -> set[str]:
    """What of the whole of the one account was not read."""
    (found,) = saved.accounts
    return {each.part for each in found.not_read if not each.about}


def refusal(path: Path) -> str:
    with pytest.raises(SnapshotError) as error:
        from_path(path)
    assert str(path) in error.value.message
    assert error.value.hint
    return error.value.message


def test_a_folder_of_all_answers_tells_what_a_collection_tells(
    box: Sandbox, answers: dict[str, Any], tmp_path: Path
) -> None:
    csv = {"credential-report.csv": answers["csv"]}
    lists = {"list-mfa-devices": answers["devices"], "virtual-mfa-devices": answers["virtual"]}
    files = {name: answers[name] for name in ("keys", "policy", "aliases", "summary", "roles", "passwords")}
    put(tmp_path, **{NUMBER: answers["details"]}, **lists, **files, **csv)
    saved = from_path(tmp_path)
    assert saved.refused == ()
    assert parts(saved) == {"organization", "inactive_access_keys"}
    (found,) = saved.accounts
    assert as_told(found.snapshot) == as_told(box.snapshot())
    assert as_told(found.snapshot) == as_told(collected(box).snapshot)
    assert (found.calls, dict(found.operations)) == (0, {})
    assert snapshot.read(found.snapshot)[2] == [str(each) for each in found.not_read]


def test_a_bare_answer_says_all_that_it_does_not_hold(answers: dict[str, Any], tmp_path: Path) -> None:
    path = put(tmp_path, x=answers["details"]) / "x.json"
    saved = from_path(path)
    assert parts(saved) == set(PARTS) - {"authorization_details", "policies", "inactive_access_keys"}
    (found,) = saved.accounts
    assert found.source == str(path)
    assert found.account.users["bob"].boundary == f"{ARN}:policy/p/shared"
    taken = datetime.fromisoformat(found.snapshot["taken_at"])
    assert abs((taken - datetime.now(UTC)).total_seconds()) < 600


@pytest.mark.parametrize("form", ["concatenated", "list", "packed", "two files", "marked"])
def test_pages_come_in_several_forms(answers: dict[str, Any], tmp_path: Path, form: str) -> None:
    whole = answers["details"]
    first = {**whole, "UserDetailList": whole["UserDetailList"][:2], "IsTruncated": True, "Marker": "x"}
    second = {"UserDetailList": whole["UserDetailList"][2:], "IsTruncated": False}
    both = json.dumps(first, indent=2) + "\n" + json.dumps(second)
    path = tmp_path / f"{NUMBER}.json"
    if form == "packed":
        path = tmp_path / f"{NUMBER}.json.gz"
        path.write_bytes(gzip.compress(both.encode()))
    elif form == "two files":
        path = put(tmp_path, first=first, second=second)
    else:
        path.write_text({"concatenated": both, "list": json.dumps([first, second]), "marked": f"\ufeff{both}"}[form])
    (found,) = from_path(path).accounts
    assert sorted(found.account.users) == ["administrator", "bare", "bob", "caller"]
    assert "authorization_details" not in {each.part for each in found.not_read}


def test_a_missing_last_page_is_noted(answers: dict[str, Any], tmp_path: Path) -> None:
    cut = {**answers["details"], "IsTruncated": True, "Marker": "x"}
    virtual = {**answers["virtual"], "NextToken": "x"}
    assert {"authorization_details", "mfa_devices"} <= parts(from_path(put(tmp_path, a=cut, b=virtual)))


def test_texts_of_policies_may_be_encoded_or_not(tmp_path: Path) -> None:
    text = json.dumps(GRANT)
    policies = [{"PolicyName": f"p{n}", "PolicyDocument": each} for n, each in enumerate((GRANT, text, quote(text)))]
    (found,) = from_path(put(tmp_path, x=details(user("alice", UserPolicyList=policies)))).accounts
    assert [json.loads(each) for each in found.account.users["alice"].inline.values()] == [GRANT] * 3


def test_the_report_of_the_cli_is_read_and_tells_whose_device_and_key_is_missing(
    answers: dict[str, Any], tmp_path: Path
) -> None:
    keys = answers["keys"][:1]
    files = {"x": answers["details"], "report": answers["report"], "keys": keys, "virtual": {"VirtualMFADevices": []}}
    (found,) = from_path(put(tmp_path, **files)).accounts
    about = {(each.part, each.about) for each in found.not_read}
    assert ("mfa_devices", "user/bob") in about
    assert {("access_keys", f"user/{name}") for name in ("bob", "caller")} <= about
    assert ("access_keys", "") not in about
    assert sorted(found.account.login_profiles) == ["bob", "caller"]
    assert found.snapshot["credential_report_at"] == answers["report"]["GeneratedTime"]


def test_who_is_in_one_file_only_is_noted(answers: dict[str, Any], tmp_path: Path) -> None:
    only = details(user("bob"), user("new", GroupList=["lost"]))
    keys = {"AccessKeyMetadata": [{"AccessKeyId": "A", "UserName": "gone", "Status": "Active", "CreateDate": MADE}]}
    put(tmp_path, x=only, virtual=answers["virtual"], keys=keys, **{"r.csv": answers["csv"].replace("bob", "eve")})
    (found,) = from_path(tmp_path).accounts
    about = {(each.part, each.about) for each in found.not_read}
    assert about >= {
        ("authorization_details", "user/eve"),
        ("authorization_details", "user/new"),
        ("credential_report", "user/new"),
        ("login_profiles", "user/bob"),
        ("access_keys", "user/gone"),
    }
    assert found.account.users["new"].groups == ()


def test_devices_beyond_those_of_the_files_are_noted(answers: dict[str, Any], tmp_path: Path) -> None:
    files = {name: answers[name] for name in ("details", "virtual", "summary")}
    (found,) = from_path(put(tmp_path, **files, **{"r.csv": answers["csv"]})).accounts
    assert any("2 more than were found" in each.reason for each in found.not_read)


def test_a_root_user_with_a_device_that_no_file_has_is_noted(tmp_path: Path) -> None:
    report = f"user,arn,mfa_active,access_key_1_active\n<root_account>,{ARN}:root,true,true\n"
    files = {"x": details(user("alice")), "v": {"VirtualMFADevices": []}, "r.csv": report}
    (found,) = from_path(put(tmp_path, **files)).accounts
    assert {("mfa_devices", "root"), ("access_keys", "root")} <= {(each.part, each.about) for each in found.not_read}


def test_policies_that_are_none_or_not_there_are_noted_and_the_rest_is_read(tmp_path: Path) -> None:
    policy = {
        "Arn": f"{ARN}:policy/odd", "PolicyName": "odd", "CreateDate": MADE, "DefaultVersionId": "v1",
        "PolicyVersionList": [{"VersionId": "v1", "Document": "[]", "CreateDate": MADE}],
    }  # fmt: skip
    missing = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    role = {"RoleName": "r", "Arn": f"{ARN}:role/r", "CreateDate": MADE, "AssumeRolePolicyDocument": "hello"}
    alice = user(
        "alice",
        UserPolicyList=[{"PolicyName": "p", "PolicyDocument": "{"}],
        AttachedManagedPolicies=[{"PolicyArn": missing}],
    )
    path = put(tmp_path, x=details(alice, RoleDetailList=[role], Policies=[policy])) / "x.json"
    (found,) = from_path(path).accounts
    about = {each.about: each.reason for each in found.not_read if each.part == "policies"}
    assert sorted(about) == sorted(["user/alice/p", "role/r", f"{ARN}:policy/odd", missing])
    assert "`user/alice` has it" in about[missing]
    assert about["user/alice/p"].startswith("this is no policy: 1:")


def test_a_saved_sandbox_is_read_without_its_secrets(box: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "box.json"
    box.save(path)
    (found,) = from_path(path).accounts
    assert "sandbox" not in found.snapshot
    assert "SecretAccessKey" not in json.dumps(found.snapshot)
    assert sorted(found.account.users) == ["administrator", "bare", "bob", "caller"]
    assert found.not_read == ()
    found.save(tmp_path / "again.json")
    (again,) = from_path(tmp_path / "again.json").accounts
    assert again.account.users == found.account.users


def test_a_folder_holds_many_accounts_and_each_file_belongs_to_one(answers: dict[str, Any], tmp_path: Path) -> None:
    one, two, three = "111111111111", "222222222222", "333333333333"
    phone = {"VirtualMFADevices": [{"SerialNumber": f"arn:aws:iam::{one}:mfa/p", "User": {"UserName": "alice"}}]}
    put(
        tmp_path,
        **{one: details(user("alice", one)), two: details(user("bob", two)), f"{one}-virtual": phone},
        **{f"{three}-virtual": phone, "virtual": phone},
    )
    put(tmp_path / "empty", **{three: details()})
    put(tmp_path / "empty" / "devices", virtual={"VirtualMFADevices": []})
    saved = from_path(tmp_path)
    assert [each.account.number for each in saved.accounts] == [one, two, three]
    assert [len(each.account.devices) for each in saved.accounts] == [1, 0, 0]
    unassigned = [str(error) for error in saved.refused]
    assert len(unassigned) == 2
    assert all("nothing tells which account" in each for each in unassigned)


def test_what_is_wrong_with_one_file_of_a_folder_does_not_hide_the_others(tmp_path: Path) -> None:
    put(
        tmp_path,
        good=details(user("alice")),
        cut='{"UserDetailList": [',
        mixed=details(user("a", "111111111111"), user("b", "222222222222")),
        nameless=details(),
        **{"222222222222": details({"UserName": "x", "Arn": "arn:aws:iam::222222222222:user/x"}), "notes.txt": "hello"},
    )
    saved = from_path(tmp_path)
    assert [each.account.number for each in saved.accounts] == [NUMBER]
    words = [str(each) for each in saved.refused]
    assert len(words) == 4
    for file, message in {
        "cut.json": "1:21: the file ends in the middle",
        "mixed.json": "more than one account",
        "nameless.json": "nothing in it tells which account it is",
        "222222222222.json": "UserDetailList[0]` has no `CreateDate`",
    }.items():
        assert any(file in each and message in each for each in words), file


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("\n \n", "the file is empty"),
        ('{"UserDetailList": []', "1:22: the file ends in the middle"),
        ('{"UserDetailList": [{"UserName": "al', "the file ends in the middle"),
        ('{"UserDetailList": []}\n\n{"UserDet', "3:2: the file ends in the middle"),
        ("<html>", "1:1: this is no JSON"),
        ('{"a" 1}', "1:6: this is no JSON"),
        ("17", "no JSON object"),
        ("[[]]", "no JSON object"),
        ('{"Buckets": [], "Owner": {}}', "it has `Buckets`, `Owner`"),
        ("{}", "it has nothing"),
        ("[" * 100_000, "no JSON that anything"),
        ('{"version": 2, "account": "123456789012", "authorization_details": {}}', "another `version`"),
        ('{"version": 1, "authorization_details": {}}', "has no `account`"),
        ('{"version": 1, "account": "123456789012", "authorization_details": []}', "must be an object"),
        ('[{"authorization_details": 1}, {"authorization_details": 2}]', "two snapshots"),
        ('{"MFADevices": []}', "not who is in it"),
        ('{"MFADevices": {}}', "`$.MFADevices` is an object, and must be a list"),
        ('{"AccessKeyMetadata": [{"AccessKeyId": "A"}]}', "`$.AccessKeyMetadata[0]` has no `UserName`"),
        ('{"Content": "?", "ReportFormat": "text/csv"}', "not base64"),
        ('{"Content": "aGVsbG8="}', "no credential report"),
        ("user,arn\n", "no credential report"),
        ('{"UserDetailList": {}}', "nothing in it tells"),
        ('{"UserDetailList": [{"UserName": "a", "Arn": "nonsense"}]}', "nothing in it tells"),
    ],
)
def test_a_file_that_is_no_account_is_refused_with_its_place(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content, encoding="utf-8")
    assert message in refusal(path)


def test_a_list_that_is_none_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, x={"UserDetailList": [user("alice")], "RoleDetailList": {}}) / "x.json"
    assert "`RoleDetailList` is no list" in refusal(path)


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "cut.json.gz").write_bytes(gzip.compress(b"{}" * 1000)[:-12])
    (tmp_path / "latin.json").write_bytes(b'{"\xe9')
    assert "cut off" in refusal(tmp_path / "cut.json.gz")
    assert "not UTF-8" in refusal(tmp_path / "latin.json")
    assert "No such file" in refusal(tmp_path / "missing.json")


def test_a_file_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iamfa.gateway.collect_recognised._LARGEST", 100)
    (tmp_path / "bomb.json.gz").write_bytes(gzip.compress(b" " * 1000))
    assert "larger than" in refusal(tmp_path / "bomb.json.gz")


def test_a_folder_without_an_account_is_refused(tmp_path: Path) -> None:
    assert "no file of an account" in refusal(tmp_path)
    (tmp_path / "x.json").write_text("[")
    with pytest.raises(SnapshotError, match="ends in the middle"):
        from_path(tmp_path)


def test_an_account_that_is_given_twice_is_refused(box: Sandbox, answers: dict[str, Any], tmp_path: Path) -> None:
    box.save(tmp_path / "box.json")
    put(tmp_path, details=answers["details"])
    with pytest.raises(SnapshotError, match="more than once"):
        from_path(tmp_path)


def test_a_key_whose_last_use_the_report_does_not_tell_is_noted(tmp_path: Path) -> None:
    keys = [{"AccessKeyId": name, "UserName": "alice", "Status": "Inactive", "CreateDate": MADE} for name in "AB"]
    columns = "access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date"
    report = f"user,mfa_active,{columns}\nalice,false,false,N/A,{MADE}\n"
    (found,) = from_path(
        put(tmp_path, x=details(user("alice")), keys={"AccessKeyMetadata": keys}, **{"r.csv": report})
    ).accounts
    assert {each.about for each in found.not_read if each.part == "access_keys"} == {"key/A", "key/B"}


def test_a_password_of_which_the_report_does_not_tell_enough_is_noted(tmp_path: Path) -> None:
    report = "user,mfa_active,password_enabled\nalice,false,true\nbob,false,true\n"
    profile = {"LoginProfile": {"UserName": "bob", "CreateDate": MADE, "PasswordResetRequired": True}}
    (found,) = from_path(
        put(tmp_path, x=details(user("alice"), user("bob")), bob=profile, **{"r.csv": report})
    ).accounts
    assert [each.about for each in found.not_read if each.part == "login_profiles"] == ["user/alice"]
    assert found.account.login_profiles["bob"].reset_required
