"""An account read over AWS's API into a snapshot, in few calls: ten or so, and some for users whom no list tells of.

AWS's pages: API_GetAccountAuthorizationDetails, API_ListVirtualMFADevices, API_GetCredentialReport and the others of
the same names of the IAM API Reference. The page of GetAccountAuthorizationDetails does not say which of AWS's own
policies it gives: what somebody has and it does not give is asked for by name.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from iamfa.account.credential_report import Row, time_of
from iamfa.account.documents import time_out
from iamfa.account.entities import ROOT_USER
from iamfa.arn import Arn
from iamfa.gateway.collect_assembled import (
    DETAILS,
    Collected,
    add_settings_of_roles,
    assemble,
    empty_snapshot,
    merge_details,
    missing_policies,
    policy_of,
)
from iamfa.gateway.collect_calls import Calls, Progress, Reading, is_end
from iamfa.gateway.collect_kept import Json, KeptAnswers
from iamfa.gateway.collect_organization import read_organization
from iamfa.gateway.collect_people import People, read_keys, read_other_devices, read_passwords, read_virtual
from iamfa.gateway.collect_report import ask_for_report, read_report
from iamfa.gateway.faults import AwsError, NotThereError
from iamfa.gateway.ports import Caller

_LARGEST_PAGE: Final = 1000


def collect(
    caller_for: Callable[[str], Caller],
    *,
    now: Callable[[], datetime],
    wait: Callable[[float], None],
    tell: Callable[[Progress], None],
    state: Path | None = None,
    every_key: bool = False,
) -> Collected:
    """Read the account of the caller.

    *caller_for* gives the calls of a service (`iam`, `sts`, `organizations`), best with the texts of policies as AWS
    sends them. *wait* waits for so many seconds. *state* is a folder for one endpoint, where the answers are kept until
    all is read, so that a second try within some minutes goes on where the first one ended, however it ended.
    *every_key* asks every user for his keys, not only those to whom the credential report gives any.

    What AWS refuses is in `not_read`, and the rest is read. Raises `CredentialsError` and `UnreachableError`, and
    another `AwsError` where not even the names of the users could be read.
    """
    calls = Calls(caller_for, now=now, wait=wait, tell=tell)
    identity = calls.call("sts", "GetCallerIdentity", keep=False)
    account, caller = str(identity["Account"]), str(identity["Arn"])
    calls.kept = KeptAnswers(state, account, caller, now)
    read = Reading(calls, empty_snapshot(account, Arn.parse(caller).partition, time_out(now())))
    try:
        _read_all(read, account, every_key)
        found = assemble(read, calls.made)
    except BaseException:
        # An interrupt too: what was read is not lost.
        calls.kept.save()
        raise
    calls.kept.remove()
    return found


def _read_all(read: Reading, account: str, every_key: bool) -> None:
    refusal = ask_for_report(read)
    counts = _read_summary(read)
    details_refused = _read_details(read, counts)
    devices = read_virtual(read, counts.get("MFADevices"))
    _read_small(read)
    _read_missing_policies(read)
    rows = read_report(read, refusal)
    if details_refused is not None:
        _take_users_of_report(read, rows, details_refused)
    people = People.of(read)
    people.devices.update(devices)
    read_other_devices(read, people)
    read.value["mfa_devices"] = list(people.devices.values())
    read_keys(read, people, every_key=every_key)
    read_passwords(read, people)
    read_organization(read, account)


def _read_summary(read: Reading) -> dict[str, int]:
    """The account's counts; none where they could not be read."""
    with read.reading("account_summary"):
        counts: dict[str, int] = read.calls.call("iam", "GetAccountSummary")["SummaryMap"]
        read.value["account_summary"] = counts
        return counts
    return {}


def _read_details(read: Reading, counts: dict[str, int]) -> AwsError | None:
    """Users, groups, roles and policies; what AWS refuses them with."""
    read.calls.part = "authorization_details"
    total = sum(counts.get(name, 0) for name in ("Users", "Groups", "Roles")) or None
    try:
        pages = read.calls.pages(
            "iam", "GetAccountAuthorizationDetails", *DETAILS[:3], total=total, MaxItems=_LARGEST_PAGE
        )
    except AwsError as error:
        if is_end(error):
            raise
        return error
    merge_details(read, pages)
    with read.reading("roles"):
        roles = read.calls.pages("iam", "ListRoles", MaxItems=_LARGEST_PAGE)
        add_settings_of_roles(read.value, [role for page in roles for role in page["Roles"]])
    return None


def _read_small(read: Reading) -> None:
    """What takes one call and is either there or not."""
    with read.reading("password_policy"):
        try:
            read.value["password_policy"] = read.calls.call("iam", "GetAccountPasswordPolicy")["PasswordPolicy"]
        except NotThereError:
            read.value["password_policy"] = None
    with read.reading("alias"):
        aliases = read.calls.call("iam", "ListAccountAliases")["AccountAliases"]
        read.value["alias"] = aliases[0] if aliases else None


def _read_missing_policies(read: Reading) -> None:
    """The managed policies that somebody has and the details do not hold, each with the version in force."""
    for arn, _ in missing_policies(read.value):
        with read.reading("policies", arn):
            policy = read.calls.call("iam", "GetPolicy", PolicyArn=arn)["Policy"]
            version = read.calls.call("iam", "GetPolicyVersion", PolicyArn=arn, VersionId=policy["DefaultVersionId"])[
                "PolicyVersion"
            ]
            read.value["authorization_details"]["Policies"].append(policy_of(policy, version))


def _take_users_of_report(read: Reading, rows: list[Row] | None, refused: AwsError) -> None:
    """The names of the users from the credential report, where the details are refused. Raises what refused them."""
    users = [
        _user_of(row) for row in (rows or ()) if row["user"] != ROOT_USER and time_of(row.get("user_creation_time", ""))
    ]
    if not users:
        raise refused
    read.value["authorization_details"]["UserDetailList"] = users
    read.note("authorization_details", refused.message)


def _user_of(row: Row) -> Json:
    arn = Arn.parse(row["arn"])
    return {"UserName": row["user"], "Arn": row["arn"], "Path": arn.path, "CreateDate": row["user_creation_time"]}
