"""The ids of what an audit finds, each with a line of words; what is found in a policy's text has `check`'s rules."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

AUDIT_RULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "exposed-now": "a key or password is all it takes: its user has no device, and nothing stops whoever has it",
        "locked-out": "a user without a device may neither work nor enrol one",
        "user-cannot-enrol": "a user cannot enrol a device by himself",
        "user-not-enforced": "a user may work without MFA",
        "exempt-undeclared": "a condition spares a user, and the register of exceptions does not say why",
        "user-not-decided": "an answer about a user could not be given",
        "can-lift-enforcement": "users who could take away what forces MFA",
        "keys-only": "users with an access key and no password",
        "could-leave-iam": "users whom federation or a role could take the place of",
        "stops-non-mfa-clients": "programs that can show no device are stopped by what forces MFA",
        "key-in-quarantine": "AWS has found an access key in public",
        "key-is-old": "active access keys older than 90 days",
        "key-is-unused": "active access keys that were not used for 45 days",
        "root-has-keys": "the root user has an active access key",
        "root-without-device": "the root user has no MFA device",
        "root-not-decided": "whether the root user has an MFA device was not read",
        "root-used-lately": "the root user was used in the last 30 days",
        "exempt-assume-role": "a user who is forced to use MFA gets round it through a role",
        "role-without-mfa": "a role can be assumed without MFA",
        "role-not-decided": "whether a role can be assumed without MFA was not shown",
        "unassigned-device": "virtual devices that belong to nobody",
        "device-to-look-at": "a second device from the time when an access key alone could enable one",
        "enforcement-without-effect": "a policy that forces MFA, and forces nobody",
        "policy-not-read": "a policy that cannot be judged",
        "exception-expired": "an entry of the register of exceptions whose last day has passed",
        "exception-incomplete": "an entry of the register of exceptions that lacks something",
        "exception-not-needed": "an entry of the register of exceptions that nobody needs",
        "exception-names-nobody": "an entry of the register of exceptions for nobody in the account",
        "not-read": "a part of the account that was not read, so that it can be clean or not",
    }
)
