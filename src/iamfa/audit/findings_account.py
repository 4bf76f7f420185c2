"""Findings about what lies about in the account: root, roles, devices, keys, AWS's own alarms, what was not read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from iamfa.account.credential_report import root_has_password, time_of
from iamfa.account.entities import ROOT_USER, Account
from iamfa.account.organization import Organization
from iamfa.advise.finding import Severity
from iamfa.audit.hangs_on import weakening
from iamfa.audit.holdings import Holdings
from iamfa.audit.roles import Roles
from iamfa.audit.unread import Unread
from iamfa.audit.values import AuditFinding, RootAudit, UserAudit
from iamfa.audit.wording import people

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

KEY_IS_OLD = timedelta(days=90)
"""As CIS Amazon Web Services Foundations 1.14 has it."""
UNUSED = timedelta(days=45)
"""As CIS 1.12 has it."""
ROOT_LATELY = timedelta(days=30)
RULE_OF_2023 = datetime(2023, 4, 21, tzinfo=UTC)
"""Since then a key alone enables no second device (bulletin AWS-2023-001)."""
_QUARANTINE = "AWSCompromisedKeyQuarantine"


def root_of(account: Account, organization: Organization | None, holdings: Holdings) -> RootAudit:
    """The root user, as far as the data tells."""
    row = holdings.report.get(ROOT_USER, {})
    used = [
        time_of(row.get(c, ""))
        for c in ("password_last_used", "access_key_1_last_used_date", "access_key_2_last_used_date")
    ]
    used += [key.last_used for key in holdings.keys.get(ROOT_USER, ())]
    told = holdings.has_password(ROOT_USER)
    if told is None and organization is not None:
        told = root_has_password(account, organization)
    return RootAudit(
        tuple(sorted(device.kind for device in holdings.devices.get(ROOT_USER, ()))),
        _known(holdings.has_device(ROOT_USER), "mfa_active", row),
        _known(holdings.has_key(ROOT_USER), "access_key_1_active", row),
        told,
        max((moment for moment in used if moment is not None), default=None),
    )


def _known(found: bool | None, column: str, row: Mapping[str, str]) -> bool | None:
    """Of the root user no list tells that there is nothing: the credential report does."""
    return None if found is False and column not in row else found


def findings_of_root(root: RootAudit, partition: str, now: datetime) -> Iterator[AuditFinding]:
    """By partition: China has no root user, in GovCloud root has no sign-in and no MFA (GovCloud User Guide)."""
    if partition == "aws-cn":
        return
    if root.has_keys:
        yield AuditFinding(
            "root-has-keys", ERROR, "the root user has an active access key, which no policy of the account limits",
            ("root",), {}, hint="delete it: sign in as root, Security credentials",
        )  # fmt: skip
    if partition != "aws-us-gov" and root.has_password is not False:
        if root.has_device is False:
            yield AuditFinding(
                "root-without-device", ERROR, "the root user has no MFA device",
                ("root",), {}, hint="sign in as root and add two, or let the organization take root's credentials away",
            )  # fmt: skip
        elif root.has_device is None:
            yield AuditFinding(
                "root-not-decided", WARNING, "whether the root user has an MFA device was not read",
                ("root",), {}, hint="read the credential report", not_read=("credential_report",),
            )  # fmt: skip
    if root.last_used is not None and now - root.last_used < ROOT_LATELY:
        yield AuditFinding(
            "root-used-lately", WARNING, f"the root user was used on {root.last_used:%Y-%m-%d}",
            ("root",), {"last_used": root.last_used.isoformat()},
            hint="work with users or roles, and keep root for what only root can do",
        )  # fmt: skip


def findings_of_roles(roles: Roles, users: Sequence[UserAudit]) -> Iterator[AuditFinding]:
    """Roles that are open without MFA, worst where a user who is forced gets out of it that way."""
    forced = {user.name for user in users if user.enforced.answer in ("denied", "not-granted")}
    for each in roles.open:
        around = tuple(name for name in each.users if name in forced)
        behind = "everything" if each.administers else ", ".join(each.grants) or "nothing that was read"
        params = {"role": each.role.arn, "grants": each.grants}
        if around:
            yield AuditFinding(
                "exempt-assume-role", ERROR,
                f"{people(around)}, of whom MFA is demanded, can assume the role `{each.role.name}` without it; "
                f"behind it lies {behind}",
                around, params, witness=each.witness,
                hint="demand MFA in the role's trust policy: `Bool aws:MultiFactorAuthPresent true`",
            )  # fmt: skip
        yield AuditFinding(
            "role-without-mfa", ERROR if each.administers else WARNING,
            f"{people(each.users)} can assume the role `{each.role.name}` without MFA; behind it lies {behind}",
            each.users, params, witness=each.witness,
            hint="demand MFA in the role's trust policy: `Bool aws:MultiFactorAuthPresent true`",
        )  # fmt: skip
    for name in roles.undecided:
        yield AuditFinding(
            "role-not-decided", NOTE, f"whether users can assume the role `{name}` without MFA was not shown",
            (name,), {"role": name}, hint="`iamfa prove` asks about one user",
        )  # fmt: skip
    for words in roles.unreadable:
        yield AuditFinding(
            "role-not-decided", WARNING, f"the trust policy of the role {words}", (), {}, hint="look at its text"
        )


def findings_of_devices(account: Account, holdings: Holdings) -> Iterator[AuditFinding]:
    """Devices that belong to nobody, and second ones from before a key alone was stopped."""
    spare = sorted(device.serial for device in account.devices.values() if device.user is None)
    if spare:
        yield AuditFinding(
            "unassigned-device", NOTE,
            f"{people(spare)}: enabled for nobody. Who holds the seed of one can enable it for a user without a device",
            tuple(spare), {"count": len(spare)}, hint="delete what an interrupted attempt left: `iamfa device clean`",
        )  # fmt: skip
    for user, devices in sorted(holdings.devices.items()):
        dated = sorted((d.enabled, d.serial) for d in devices if d.enabled is not None)
        for enabled, serial in dated[1:]:
            if enabled < RULE_OF_2023:
                yield AuditFinding(
                    "device-to-look-at", NOTE,
                    f"`{serial}` of `{user}` was enabled on {enabled:%Y-%m-%d} beside another: until 2023-04-21 an "
                    "access key alone could do that",
                    (user,), {"serial": serial, "enabled": enabled.isoformat()},
                    hint="ask the user whether it is his",
                )  # fmt: skip


def findings_of_keys(account: Account, now: datetime) -> Iterator[AuditFinding]:
    """Active keys by age and last use."""
    active = sorted((k for k in account.access_keys.values() if k.status == "Active"), key=lambda k: (k.user, k.id))
    old = [key for key in active if now - key.created > KEY_IS_OLD]
    unused = [key for key in active if now - (key.last_used or key.created) > UNUSED]
    if old:
        names = tuple(dict.fromkeys(key.user for key in old))
        oldest = min(key.created for key in old)
        yield AuditFinding(
            "key-is-old", NOTE,
            f"{people(names)}: {len(old)} active access keys are older than {KEY_IS_OLD.days} days, "
            f"the oldest of {oldest:%Y-%m-%d}",
            names, {"keys": tuple(key.id for key in old)}, hint="replace them, or let roles take their place",
        )  # fmt: skip
    if unused:
        names = tuple(dict.fromkeys(key.user for key in unused))
        yield AuditFinding(
            "key-is-unused", WARNING,
            f"{people(names)}: {len(unused)} active access keys were not used for {UNUSED.days} days",
            names, {"keys": tuple(key.id for key in unused)}, hint="make them inactive, then delete them",
        )  # fmt: skip


def findings_of_quarantine(account: Account) -> Iterator[AuditFinding]:
    """AWS attaches these where it found a key in public."""
    for user in sorted(account.users.values(), key=lambda user: user.name):
        policies = [arn for arn in user.attached if arn.rpartition("/")[2].startswith(_QUARANTINE)]
        if policies:
            yield AuditFinding(
                "key-in-quarantine", ERROR,
                f"AWS has found an access key of `{user.name}` in public, and attached "
                f"`{policies[0].rpartition('/')[2]}`",
                (user.name,), {"policies": tuple(policies)},
                hint="delete the key, look at CloudTrail for what it did, then detach the policy",
            )  # fmt: skip


def findings_of_unread(unread: Unread) -> Iterator[AuditFinding]:
    """What was not read is never clean; a note where no answer hangs on it."""
    matters = set(weakening(unread.entries))
    for entry in unread.entries:
        yield AuditFinding(
            "not-read", WARNING if entry in matters else NOTE, f"not read: {entry}", (), {"entry": entry},
            hint="grant the audit what it asks, and audit again", not_read=(entry,),
        )  # fmt: skip
