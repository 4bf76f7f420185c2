"""What an attempt left behind: a virtual device that is nobody's, and blocks its name until it is deleted.

AWS's own example policies let nobody but an administrator delete it (page troubleshoot, "I am not authorized to
perform iam:DeleteVirtualMFADevice").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from iamfa.device.denied import Denied, denied_of
from iamfa.device.journal import Journal
from iamfa.device.problems import deletion_command
from iamfa.gateway.faults import AccessDeniedError, AwsError, ConflictError, NotThereError
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
        match self.end:
            case "deleted":
                return f"`{self.serial}`, which was begun, is deleted again"
            case "gone":
                return f"`{self.serial}`, which was begun, is gone already"
            case "enabled":
                return f"`{self.serial}` is enabled, and stays"
            case "unknown":
                return f"whether `{self.serial}` was created is not known; if it was, it blocks its name"
            case "left":
                why = self.denied if self.denied is not None else self.error
                return f"`{self.serial}` was begun and is left behind, which blocks its name: {why}"


def delete_orphan(devices: Devices, journal: Journal, serial: str) -> Orphan:
    """Delete a device of the own journal, and strike it out where it is an orphan no more. Raises no `AwsError`.

    One that is assigned AWS does not delete. Raises as `iamfa.device.journal.Journal` does.
    """
    try:
        devices.delete_virtual_mfa_device(serial)
        found = Orphan(serial, "deleted")
    except NotThereError:
        found = Orphan(serial, "gone")
    except ConflictError as error:
        if error.code != "DeleteConflict":
            return Orphan(serial, "left", error=error)
        found = Orphan(serial, "enabled")
    except AccessDeniedError as error:
        return Orphan(serial, "left", denied_of(error, serial), error)
    except AwsError as error:
        return Orphan(serial, "left", error=error)
    journal.forget(serial)
    return found
