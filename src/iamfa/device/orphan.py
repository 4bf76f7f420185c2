"""What an attempt left behind: a virtual device that is nobody's, and blocks its name until it is deleted.

AWS's own example policies let nobody but an administrator delete it (page troubleshoot, "I am not authorized to
perform iam:DeleteVirtualMFADevice").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from iamfa.device.denied import Denied, denied_of
from iamfa.device.journal import Journal
from iamfa.device.problems import deletion_command
from iamfa.gateway.faults import AccessDeniedError, AwsError, NotThereError
from iamfa.gateway.ports import Devices

OrphanEnd = Literal["deleted", "gone", "enabled", "left", "unknown"]


@dataclass(frozen=True, slots=True)
class Orphan:
    """What became of a device that was created here and not enabled, as far as was known."""

    serial: str
    end: OrphanEnd
    """`gone`: it was not there any more; `enabled`: it is assigned, so that it stays; `left`: it blocks its name;
    `unknown`: AWS's answer to its creation never came."""
    denied: Denied | None = None
    """Which policy forbids its deletion, where one does."""
    error: AwsError | None = None
    """Why it is left."""

    @property
    def administrator_command(self) -> str:
        """With which an administrator deletes what is left."""
        return deletion_command(self.serial)

    def __str__(self) -> str:
        return f"`{self.serial}` {_WORDS[self.end].format(why=self.denied or self.error)}"


_WORDS: Final[dict[OrphanEnd, str]] = {
    "deleted": "was begun, and is deleted again",
    "gone": "was begun, and is gone already",
    "enabled": "is enabled, and stays",
    "left": "was begun and is left behind, which blocks its name: {why}",
    "unknown": "may have been created, AWS's answer never came; if it was, it blocks its name",
}


def delete_orphan(devices: Devices, journal: Journal, serial: str) -> Orphan:
    """Delete a device of the own journal, and strike it out where it is an orphan no more. Raises no `AwsError`.

    One that is assigned AWS does not delete.
    """
    try:
        devices.delete_virtual_mfa_device(serial)
        found = Orphan(serial, "deleted")
    except NotThereError:
        found = Orphan(serial, "gone")
    except AwsError as error:
        if error.code != "DeleteConflict":
            denied = denied_of(error, serial) if isinstance(error, AccessDeniedError) else None
            return Orphan(serial, "left", denied, error)
        found = Orphan(serial, "enabled")
    journal.forget(serial)
    return found
