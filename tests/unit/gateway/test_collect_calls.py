"""The calls of a collection: their pace, their pages, what is tried again, and what is kept of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.gateway.collecting import Scripted, Time

from iamfa.account.documents import time_out
from iamfa.gateway.collect_calls import Calls, Noted, Progress, Reading
from iamfa.gateway.collect_kept import KEPT, KeptAnswers, name_of_call
from iamfa.gateway.collect_organization import read_organization
from iamfa.gateway.collect_report import ask_for_report, read_report
from iamfa.gateway.faults import AwsError, ThrottledError, UnreachableError, fault_of


def calls_of(caller: Scripted, time: Time, told: list[Progress] | None = None) -> Calls:
    return Calls(lambda service: caller, now=time.now, wait=time.wait, tell=(told if told is not None else []).append)


def error(code: str, status: int = 400, message: str = "words") -> AwsError:
    return fault_of(code, message, operation="iam:ListRoles", status=status)


def test_throttling_slows_all_that_follows_until_calls_pass_again() -> None:
    time, throttled = Time(), error("Throttling")
    caller = Scripted(ListRoles=[throttled] * 5 + [{"Roles": []}])
    calls = calls_of(caller, time)
    calls.call("iam", "ListRoles")
    assert time.waited == [0.5, 1.0, 2.0, 4.0, 8.0]
    assert calls.made["iam:ListRoles"] == 6
    for _ in range(20):
        calls.call("iam", "ListRoles")
    assert time.waited[5] == pytest.approx(8 * 0.7)
    assert len(time.waited) < 5 + 20


def test_what_is_throttled_for_minutes_is_given_up() -> None:
    time = Time()
    with pytest.raises(ThrottledError):
        calls_of(Scripted(ListRoles=[error("Throttling")]), time).call("iam", "ListRoles")
    assert 120 < sum(time.waited) < 300
    assert max(time.waited) == 30


@pytest.mark.parametrize(
    ("fault", "tries"),
    [
        (error("ServiceFailure", 500), 4),
        (UnreachableError("", "no answer", operation="iam:ListRoles"), 4),
        (error("AccessDenied", 403), 1),
        (error("ValidationError"), 1),
    ],
)
def test_only_what_may_pass_later_is_tried_again(fault: AwsError, tries: int) -> None:
    time = Time()
    calls = calls_of(Scripted(ListRoles=[fault]), time)
    with pytest.raises(AwsError):
        calls.call("iam", "ListRoles")
    assert calls.made["iam:ListRoles"] == tries
    assert time.waited == [1.0, 2.0, 4.0][: tries - 1]


def test_pages_are_followed_and_counted() -> None:
    told: list[Progress] = []
    caller = Scripted(ListRoles=[{"Roles": [1, 2], "Marker": "a"}, {"Roles": [], "Marker": "b"}, {"Roles": [3]}])
    found = calls_of(caller, Time(), told).pages("iam", "ListRoles", "Roles", total=3)
    assert [page["Roles"] for page in found] == [[1, 2], [], [3]]
    assert [parameters for _, parameters in caller.calls] == [{}, {"Marker": "a"}, {"Marker": "b"}]
    assert [(each.done, each.total) for each in told] == [(2, 3), (2, 3), (3, 3)]


def test_pages_that_lead_in_a_circle_are_an_error() -> None:
    caller = Scripted(ListRoles=[{"Roles": [], "Marker": "a"}])
    with pytest.raises(AwsError, match="lead back"):
        calls_of(caller, Time()).pages("iam", "ListRoles")


def kept_with(folder: Path, time: Time, *answers: tuple[dict[str, Any], dict[str, Any]]) -> Path:
    """The file of a process that was given these answers to ListRoles."""
    kept = KeptAnswers(folder, "123456789012", "arn:me", time.now)
    for parameters, answer in answers:
        kept.keep(name_of_call("iam", "ListRoles", parameters), answer, page=True)
    (path,) = folder.iterdir()
    return path


def test_a_marker_that_is_taken_no_more_starts_the_list_anew(tmp_path: Path) -> None:
    time = Time()
    kept_with(tmp_path, time, ({}, {"Roles": ["old"], "Marker": "a"}))
    caller = Scripted(ListRoles=[error("ValidationError"), {"Roles": ["new"], "Marker": "b"}, {"Roles": []}])
    calls = calls_of(caller, time)
    calls.kept = KeptAnswers(tmp_path, "123456789012", "arn:me", time.now)
    found = calls.pages("iam", "ListRoles", "Roles")
    assert [page["Roles"] for page in found] == [["new"], []]
    assert [parameters for _, parameters in caller.calls] == [{"Marker": "a"}, {}, {"Marker": "b"}]
    again = calls_of(Scripted(ListRoles=[{"Roles": [], "Marker": "a"}, error("ValidationError")]), time)
    with pytest.raises(AwsError):
        again.pages("iam", "ListRoles", "Roles")


def test_only_the_same_caller_and_whole_files_and_young_answers_count(tmp_path: Path) -> None:
    time, call = Time(), name_of_call("iam", "ListRoles", {})
    path = kept_with(tmp_path, time, ({}, {"Roles": []}))
    whole = path.read_text()

    def found(account: str = "123456789012", caller: str = "arn:me") -> Any:
        return KeptAnswers(tmp_path, account, caller, time.now).find(call)

    assert found() == {"Roles": []}
    assert found(caller="arn:you") is None
    assert found(account="210987654321") is None
    for broken in (whole[:-9], "[]", "", '{"version": 1, "caller": "arn:me", "answers": [[1]]}', "[" * 100_000):
        path.write_text(broken)
        assert found() is None
    for changed in ({"version": 2}, {"caller": "arn:you"}, {"answers": [[call, "no time", {}]]}):
        path.write_text(json.dumps(json.loads(whole) | changed))
        assert found() is None
    path.write_text(whole)
    time.wait(KEPT.total_seconds())
    assert found() is None
    path.write_text(json.dumps(json.loads(whole) | {"answers": [[call, time_out(time.now() + KEPT), {}]]}))
    assert found() is None


def test_a_place_that_cannot_be_written_only_costs_the_keeping(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = KeptAnswers(tmp_path / "file" / "folder", "123456789012", "arn:me", Time().now)
    kept.keep("x", {}, page=True)
    assert kept.find("x") == {}
    kept.remove()


def test_answers_about_single_users_are_written_in_lots(tmp_path: Path) -> None:
    kept = KeptAnswers(tmp_path, "123456789012", "arn:me", Time().now)
    for number in range(49):
        kept.keep(str(number), {}, page=False)
    assert list(tmp_path.iterdir()) == []
    kept.keep("49", {}, page=False)
    assert len(list(tmp_path.iterdir())) == 1


def test_what_is_noted_twice_stands_once_in_one_line() -> None:
    noted = Noted({})
    for _ in range(2):
        noted.note("mfa_devices", "one\n  two" + "x" * 500, "user/alice")
    (entry,) = noted.not_read
    assert entry.reason.startswith("one two")
    assert len(entry.reason) == 300


REPORT = b"user,arn,user_creation_time,mfa_active\n<root_account>,arn,2020-01-01T00:00:00+00:00,TRUE"


def reading(time: Time, **answers: list[Any]) -> Reading:
    return Reading(calls_of(Scripted(**answers), time), {})


def test_a_report_that_expires_meanwhile_is_made_again() -> None:
    states = [error("ReportExpired", 410), error("ReportNotPresent", 410), error("ReportInProgress", 404)]
    read = reading(Time(), GenerateCredentialReport=[{}], GetCredentialReport=[*states, {"Content": REPORT}])
    rows = read_report(read, ask_for_report(read))
    assert rows is not None
    assert read.value["created"] == "2020-01-01T00:00:00Z"
    assert read.calls.made["iam:GenerateCredentialReport"] == 3


def test_a_report_that_never_comes_is_given_up() -> None:
    time = Time()
    read = reading(time, GenerateCredentialReport=[{}], GetCredentialReport=[error("ReportInProgress", 404)])
    assert read_report(read, ask_for_report(read)) is None
    assert "ReportInProgress" in read.not_read[0].reason
    assert 60 < sum(time.waited) < 300


def test_what_is_no_report_is_noted() -> None:
    read = reading(Time(), GetCredentialReport=[{"Content": "hello"}])
    assert read_report(read, None) is None
    assert "no credential report" in read.not_read[0].reason


def test_no_report_is_asked_for_with_credentials_that_ended() -> None:
    read = reading(Time(), GenerateCredentialReport=[error("ExpiredToken", 403)])
    with pytest.raises(AwsError, match="ExpiredToken"):
        ask_for_report(read)


def test_an_organization_that_is_denied_or_odd_is_not_read() -> None:
    read = reading(Time(), DescribeOrganization=[error("AccessDeniedException")])
    read_organization(read, "123456789012")
    assert "AccessDeniedException" in str(read.not_read[0])
    told = {"Organization": {"Id": "o-1", "MasterAccountId": "999999999999"}}
    read = reading(Time(), DescribeOrganization=[told], ListRoots=[{"Roots": []}])
    read_organization(read, "123456789012")
    assert "0 came where there is one" in str(read.not_read[0])
    assert read.not_read[0].part == "organization"
