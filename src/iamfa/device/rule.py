"""AWS's own rule of April 2023: a user who has a device adds and removes devices only in a session with its code.

The bulletin AWS-2023-001; page id_credentials_mfa of the IAM User Guide. Policies have no say in it.
"""

from __future__ import annotations

from iamfa.device.denied import denied_of
from iamfa.device.inventory import Inventory
from iamfa.device.kinds import FIDO_SIGN_IN
from iamfa.device.problems import NeedsMfaSessionError
from iamfa.gateway.faults import AccessDeniedError


def refused_by_rule(error: AccessDeniedError) -> bool:
    """Whether a refusal is that of the rule, and not of a policy."""
    return denied_of(error).by_own_device_rule


def needs_session(what: str, inventory: Inventory) -> NeedsMfaSessionError:
    """The error for *what*, `add another device` for instance, asked for without a session that has shown a device."""
    usable = inventory.usable
    message = f"{inventory.user} has a device already, and AWS lets him {what} only in a session with the code of one"
    if not usable:
        return NeedsMfaSessionError(
            message,
            hint="FIDO devices give no codes: do it in the console (IAM, your user, Security credentials); or "
            f"{FIDO_SIGN_IN}, and call the AWS CLI with its session",
        )
    names = ", ".join(f"`{each.name}`" for each in usable)
    return NeedsMfaSessionError(
        message,
        hint=f"obtain one with {names}: `iamfa login`",
        serials=tuple(each.serial for each in usable),
    )
