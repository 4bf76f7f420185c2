"""What the page of an audit calls each answer, and how it is drawn: tables that the page and its script share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from iamfa.audit.values import UserAudit

Tone = Literal["bad", "open", "warn", "unknown", "locked", "stuck", "info", "wait", "weak", "good", "idle"]
"""How something is drawn: a colour and a pattern, told apart without seeing colours."""


class Answer(NamedTuple):
    """An answer in words."""

    label: str
    tone: Tone
    sentence: str
    """What it claims, and no more."""


ENFORCED: Mapping[str, Answer] = {
    "not-enforced": Answer("not forced", "open", "Some request passes without MFA."),
    "exempt-undeclared": Answer(
        "exempt, undeclared",
        "warn",
        "A condition spares this user from a Deny that forces MFA, and the register of exceptions does not say why.",
    ),
    "unknown": Answer("not decided", "unknown", "This was not shown either way."),
    "exempt-declared": Answer(
        "exempt, declared", "info", "Work without MFA passes, and the register of exceptions holds the reason."
    ),
    "not-granted": Answer(
        "forced while nothing else grants",
        "weak",
        "Nothing that was read grants more without MFA. A further policy could, or a resource policy that names the "
        "user.",
    ),
    "denied": Answer(
        "forced by Deny",
        "good",
        "With the policies read, no request outside the exempt actions that this user's own credentials make passes "
        "without MFA, whatever else is attached. Not covered: roles once assumed.",
    ),
    "no-permissions": Answer("nothing granted", "idle", "No policy that was read grants anything."),
}
ENROLLED: Mapping[str, Answer] = {
    "exposed-now": Answer(
        "exposed now", "bad", "No device stands before what the key or the password reaches on its own."
    ),
    "locked-out": Answer(
        "locked out", "locked", "There is no device, none can be enrolled, and everything else is refused without one."
    ),
    "cannot-enrol": Answer("cannot enrol", "stuck", "There is no device, and the enrolment is refused."),
    "unknown": Answer("not decided", "unknown", "This was not shown either way."),
    "not-enrolled": Answer("no device yet", "wait", "There is no device, and a first one can be enrolled."),
    "enrolled": Answer("has a device", "good", "There is a device. That alone does not force its use."),
    "none-needed": Answer("none needed", "idle", "There is neither an active access key nor a password."),
}
LIFTED: Mapping[str, Answer] = {
    "somebody": Answer(
        "somebody", "warn", "Users may, in a session with MFA, take away what forces this one. Roles and root apart.",
    ),
    "unknown": Answer("not decided", "unknown", "This was not shown either way."),
    "nobody": Answer("no user", "good", "No user may lift it with the policies read. Roles and root apart."),
    "nothing-to-lift": Answer("nothing to lift", "idle", "Nothing forces this user."),
}  # fmt: skip


class Group(NamedTuple):
    """Users who are drawn together."""

    id: str
    label: str
    tone: Tone
    about: str


GROUPS: tuple[Group, ...] = (
    Group("exposed", "exposed now", "bad", "a key or a password alone is enough, and no device stands before it"),
    Group("open", "not forced", "open", "some request passes without MFA"),
    Group("undeclared", "exempt, undeclared", "warn", "a condition spares them, and nobody says why"),
    Group("unknown", "not decided", "unknown", "something was not read, or not shown"),
    Group("locked", "cannot enrol", "stuck", "no device, and none can be enrolled"),
    Group("declared", "exempt, declared", "info", "on purpose, by the register of exceptions"),
    Group("missing", "forced, no device yet", "wait", "they can enrol"),
    Group("granted", "forced while nothing else grants", "weak", "and has a device"),
    Group("denied", "forced by Deny", "good", "whatever else is attached, and has a device"),
    Group("idle", "nothing to protect", "idle", "no credential, or nothing granted"),
)
"""The most dangerous first."""


def group_of(user: UserAudit) -> str:
    """The group in which a user is drawn: the worst that his answers say."""
    enforced, enrolled = user.enforced.answer, user.enrolled.answer
    if enrolled == "exposed-now":
        return "exposed"
    if enrolled == "none-needed":
        return "idle"
    by_enforced = {
        "not-enforced": "open", "exempt-undeclared": "undeclared", "unknown": "unknown", "exempt-declared": "declared",
        "no-permissions": "idle",
    }  # fmt: skip
    if enforced in by_enforced:
        return by_enforced[enforced]
    by_enrolled = {
        "locked-out": "locked", "cannot-enrol": "locked", "unknown": "unknown", "not-enrolled": "missing",
    }  # fmt: skip
    return by_enrolled.get(enrolled) or ("denied" if enforced == "denied" else "granted")


CLASSES: Mapping[str, str] = {
    "forces-by-deny": "forces MFA by Deny",
    "forces-by-grant": "forces MFA by grant",
    "protects-a-set": "protects a named set",
    "self-service": "self-service grant",
    "other": "other",
}
DEVICES: Mapping[str, str] = {"virtual": "virtual", "hardware": "hardware", "fido": "passkey or security key"}
PARTS: Mapping[str, str] = {
    "authorization_details": "users, groups, roles and policies",
    "policies": "policies",
    "roles": "roles",
    "instance_profiles": "instance profiles",
    "mfa_devices": "MFA devices",
    "credential_report": "the credential report",
    "access_keys": "access keys",
    "inactive_access_keys": "inactive access keys",
    "login_profiles": "passwords",
    "password_policy": "the account's password setting",
    "account_summary": "the account's summary",
    "alias": "the account's alias",
    "organization": "the organization's policies",
    "resource policies": "resource policies, which no snapshot holds",
}
"""The parts of a snapshot, in words."""
