"""The table of an audit and what stands below it: sorted by danger, in columns that fit, claiming what was read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from tests.unit.audit.reports import ARN, report, user

from iamfa.account.not_read import PARTS
from iamfa.advise.finding import Severity
from iamfa.audit.hangs_on import HANGS_ON
from iamfa.audit.since import Since, since
from iamfa.audit.values import AuditFinding, AuditReport, Enforced, Enrolled, Exemption, Lifted, UserAudit, Witnessed
from iamfa.evaluate.request import Request
from iamfa.lifecycle.result import Call
from iamfa.report.audit_since_text import since_lines
from iamfa.report.audit_text import audited_lines, not_read_lines, table_lines
from iamfa.report.audit_words import claims, hangs, means
from iamfa.report.audited import DANGERS, Audited, alike, danger
from iamfa.report.paper import Paper, cells, plain

EVERYBODY = (
    user("zoe", "not-enforced", Enrolled("exposed-now", leaked="password")),
    user("yan", "not-enforced"),
    user("xia", enrolled="locked-out"),
    user("wim", "exempt-undeclared"),
    user("vic", "unknown"),
    user("uma", "not-granted", "not-enrolled"),
    user("tom", "exempt-declared"),
    user("sue", "not-enforced", "none-needed", has_key=False),
    user("ray", "no-permissions", "none-needed"),
)


def text(value: AuditReport, *, width: int = 80, unicode: bool = True, source: str | None = None, **how: bool) -> str:
    return plain(audited_lines(Paper(width, unicode=unicode), Audited(value, source), **how))


def rows(*users: UserAudit, width: int = 80, verbose: bool = False) -> list[str]:
    return plain(table_lines(Paper(width), users, verbose=verbose)).splitlines()


def test_every_danger_stands_where_it_belongs() -> None:
    assert [danger(each) for each in EVERYBODY] == list(DANGERS)
    assert [each.danger for each in alike(reversed(EVERYBODY))] == list(DANGERS)


def test_the_most_dangerous_stand_first_and_who_is_safe_is_counted() -> None:
    found = rows(*EVERYBODY)
    assert [row[2:5] for row in found[1:9]] == ["zoe", "yan", "xia", "wim", "vic", "uma", "tom", "sue"]
    assert [row[0] for row in found[1:9]] == list("✗✗✗!?!··")
    assert found[9] == "✓ safe as far as it was read (ray)"
    assert rows(*EVERYBODY, verbose=True)[9].startswith("✓ ray")


def test_those_who_are_alike_stand_together() -> None:
    several = [user(f"user{number:02}", "not-enforced") for number in range(37)]
    found = rows(*several)
    assert found[1].startswith("✗ 37 users: user00, user01, user02, …  not enforced")
    assert "user36" in "".join(rows(*several, verbose=True))
    assert rows(*(user(name) for name in "abcd"))[0] == "✓ all 4: safe as far as they were read (4 users: a, b, c, …)"
    other = replace(several[0], policies="set-2", name="other")
    assert len(alike([*several, other])) == 2


def test_an_account_without_users_says_so() -> None:
    assert rows() == ["there are no users", ""]
    assert text(report()).endswith("0 users\nnothing to report\n")


@pytest.mark.parametrize("width", [60, 80, 160])
def test_the_table_fits_the_terminal(width: int) -> None:
    long = user(
        "a-user-with-quite-a-long-name-" + "x" * 34, "exempt-undeclared", "exposed-now", Lifted("somebody", (), 4000)
    )
    both = [replace(long, enrolled=replace(long.enrolled, leaked="password")), *EVERYBODY]
    for row in rows(*both, width=width):
        # A name of 64 letters has no place to break at.
        assert cells(row) <= max(width, 2 + 64 + 2 + 50), row
    assert all(cells(row) <= width for row in rows(*EVERYBODY, width=width))


@pytest.mark.parametrize(
    ("enrolled", "words"),
    [
        (Enrolled("enrolled", ("virtual", "virtual", "fido")), "2 virtual, fido"),
        (Enrolled("enrolled"), "a device"),
        (Enrolled("exposed-now", leaked="key"), "exposed now: key"),
        (Enrolled("unknown", not_read=("mfa_devices",)), "unknown *"),
    ],
)
def test_devices_are_told_by_their_kinds(enrolled: Enrolled, words: str) -> None:
    assert f"  {words}  " in rows(user("alice", "not-enforced", enrolled))[1]


@pytest.mark.parametrize(
    ("lifted", "words"),
    [
        (Lifted("nobody"), "nobody"),
        (Lifted("somebody", (), 1), "1 user"),
        (Lifted("somebody", (), 12), "12 users"),
        (Lifted("nothing-to-lift"), "–"),
        (Lifted("unknown", not_read=("authorization_details",)), "unknown *"),
    ],
)
def test_who_can_lift_it_is_counted(lifted: Lifted, words: str) -> None:
    assert rows(user("alice", "not-enforced", lifted=lifted))[1].endswith(f"  {words}")


def test_policies_of_resources_alone_are_no_star() -> None:
    assert hangs(("resource policies", "organization"))
    assert not hangs(("resource policies",))
    found = rows(user("alice", Enforced("not-granted", (), not_read=("resource policies",)), "not-enrolled"))
    assert "by grant only  " in found[1]


def test_an_exception_that_holds_is_told_with_who_answers_for_it() -> None:
    entry = Exemption("alice", "for emergencies", "security", date(2026, 12, 31), "a safe", break_glass=True)
    found = text(
        report(
            user("alice", Enforced("exempt-declared", (), declared=entry)),
            user("bob", Enforced("exempt-declared", (), declared=Exemption("bob"))),
        )
    )
    assert "exempt, declared (break glass)" in found
    assert "  alice: for emergencies, security, until 2026-12-31\n" in found
    assert "  bob: no reason told, no owner told\n" in found


def finding(severity: Severity, **more: object) -> AuditFinding:
    return AuditFinding("exposed-now", severity, "`alice`: the access key alone", ("alice",), **more)  # type: ignore[arg-type]  # by name


def test_findings_stand_below_notes_in_a_line_each_unless_all_is_asked_for() -> None:
    call = Call("iam:CreateUser", "*", "long-term-key", "ok")
    request = Request.by_user(f"{ARN}:user/alice", "iam:CreateUser", "*", credential="long-term-key")
    error = finding(Severity.ERROR, trace=(call,), hint="take it away", not_read=("organization",))
    note = finding(Severity.NOTE, witness=Witnessed(request, "long-term-key"))
    whole = report(user("alice"), findings=(error, note))
    shown = text(whole)
    assert "error[exposed-now]: `alice`: the access key alone\n  = calls:\n      1. iam:CreateUser on * with" in shown
    assert "  = hangs on what was not read: organization\n  = help: take it away\n" in shown
    assert "note[exposed-now]: `alice`: the access key alone\n\n" in shown
    assert "controls" not in shown
    everything = text(whole, verbose=True)
    assert "  = shown by: iam:CreateUser on * with an access key alone\n      aws:username = alice\n" in everything
    assert "AWS Security Hub IAM.19, NIST SP 800-53" in everything
    several = replace(error, reaches=("alice", "bob"))
    assert "  = about: alice, bob\n" in text(report(user("alice"), findings=(several,)), verbose=True)
    assert shown.endswith("1 user: 1 safe as far as it was read\n1 error, 1 note\n")


def test_quietly_only_what_fails_is_told_and_what_answers_hang_on() -> None:
    whole = report(
        user("alice"),
        findings=(finding(Severity.ERROR), finding(Severity.WARNING), finding(Severity.NOTE)),
        not_read=("alias: refused", "organization: refused"),
    )
    found = text(whole, quiet=True)
    assert found.count("[exposed-now]") == 2
    assert "refused" in found
    assert "the name of the account" not in found
    assert plain(audited_lines(Paper(), Audited(whole), failing=Severity.ERROR, quiet=True)).count("[exposed-now]") == 1
    assert text(report(user("alice")), quiet=True) == ""


def test_the_account_is_named_with_its_partition_time_and_file() -> None:
    found = text(report(partition="aws-cn"), source="a\x1b.json")
    assert found.startswith("account 123456789012 (aws-cn), read at 2026-03-01 12:00 UTC, from a\\x1b.json\n")


def test_each_part_that_was_not_read_is_told_with_what_hangs_on_it() -> None:
    entries = Audited(
        report(
            not_read=(*(f"mfa_devices[user/u{n}]: refused" for n in range(5)), "alias: refused", "the disk was full")
        )
    ).not_read
    found = plain(not_read_lines(Paper(), entries))
    assert found.startswith("not read; answers with * hang on it\n  ? the MFA devices of users: ")
    assert "    user/u0, user/u1, user/u2 and 2 more: refused\n" in found
    assert "  ? the name of the account: no answer about a user hangs on it\n    refused\n" in found
    assert "  ? something: it may bear on every answer\n    the disk was full\n" in found
    assert {part for part in (*PARTS, "") if means(part) != means("alias")} == HANGS_ON


def test_the_words_claim_what_was_shown_and_no_more() -> None:
    assert not list(claims([user("alice", "unknown")]))
    (denied, not_covered) = claims([user("alice")])
    assert "with the policies that were read, no request outside what is exempt" in denied
    assert not_covered.startswith("Not covered: roles once assumed, ")
    everything = " ".join(claims(EVERYBODY))
    for answer in ("by Deny", "by grant only", "no permissions", "not enforced"):
        assert f"`{answer}`" in everything


def test_what_is_exempt_is_told_with_those_for_whom_it_is() -> None:
    exempt = Enforced("denied", ("long-term-key",), ("iam:EnableMFADevice", "iam:List*"))
    found = text(
        report(*(user(name, exempt) for name in "abcd"), user("e", Enforced("not-granted", (), ("iam:Get*",))))
    )
    assert "Exempt: iam:EnableMFADevice, iam:List* (4 users: a, b, c, …).\nExempt: iam:Get* (e).\n\n" in found


def test_in_ascii_nothing_else_is_written() -> None:
    assert text(report(*EVERYBODY), unicode=False).isascii()


def test_what_has_changed_is_told_with_those_who_are_alike_together() -> None:
    before = report(
        *(user(f"u{n}", "not-enforced") for n in range(7)), user("left"), findings=(finding(Severity.NOTE),)
    )
    after = report(
        *(user(f"u{n}") for n in range(7)),
        user("came"),
        user("also"),
        findings=(finding(Severity.ERROR, params={"role": "r"}),),
    )
    found = plain(since_lines(Paper(100), since(before, after)))
    assert found == (
        "since 2026-03-01 12:00 UTC\n"
        "  ✓ better: u0, u1, u2, u3, u4 and 2 more: enforced: not enforced → by Deny\n"
        "  new users: also, came\n"
        "  users who are gone: left\n"
        "  new error[exposed-now]: `alice`: the access key alone\n"
        "  gone note[exposed-now]: `alice`: the access key alone\n"
        "\n"
    )


def test_where_nothing_has_changed_that_is_told() -> None:
    nothing = Since(datetime(2026, 1, 1, tzinfo=UTC), (), (), (), (), ())
    assert plain(since_lines(Paper(), nothing)) == "since 2026-01-01 00:00 UTC\n  nothing has changed\n\n"
