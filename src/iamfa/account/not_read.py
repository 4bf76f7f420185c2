"""What of an account could not be read: a closed list of parts, each entry with its reason, as a snapshot holds them.

What was not read never looks like clean: whoever judges asks here what an entry bears on, and an entry that nobody can
tell bears on everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

PARTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "authorization_details": "users, groups and roles, and what is attached to them",
        "policies": "the text of a policy that somebody has, or one that is no policy",
        "roles": "how long sessions of roles may be, and their descriptions",
        "mfa_devices": "the MFA devices of users",
        "credential_report": "when passwords and keys were used last, and the root user's credentials",
        "access_keys": "access keys: their ids, and whether there are any",
        "inactive_access_keys": "inactive access keys that were never used, which the credential report does not tell",
        "login_profiles": "who has a password",
        "password_policy": "what the account asks of passwords, and whether everybody may change his own",
        "account_summary": "the counts that the other parts are held against",
        "alias": "the name of the account",
        "organization": "service control policies and resource control policies",
    }
)
"""The parts of an account that can be missing, and what each tells."""

EVERYTHING: Final = ""
"""The part of an entry that names none of them."""

_ENTRY: Final = re.compile(r"(?P<part>[a-z_]+)(?:\[(?P<about>[^\]\n]*)\])?: (?P<reason>.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class NotRead:
    """One part that was not read, of the whole account or of one holder in it."""

    part: str
    """One of `PARTS`, or `EVERYTHING`."""
    reason: str
    """What AWS or the file said, in one line."""
    about: str = ""
    """Whose part it is, e.g. `user/alice`, `root`, the ARN of a policy; empty: everybody's."""

    def __str__(self) -> str:
        if self.part == EVERYTHING:
            return self.reason
        return f"{self.part}[{self.about}]: {self.reason}" if self.about else f"{self.part}: {self.reason}"

    @classmethod
    def parse(cls, text: str) -> NotRead:
        """Read `PART: REASON` or `PART[ABOUT]: REASON`; any other text is about everything."""
        found = _ENTRY.fullmatch(text)
        if found is None or found["part"] not in PARTS:
            return cls(EVERYTHING, text)
        return cls(found["part"], found["reason"], found["about"] or "")


def bearing_on(entries: Iterable[NotRead], part: str, about: str = "") -> tuple[NotRead, ...]:
    """The entries that weaken what is said of a part.

    They are about everybody, about everything, or about whom *about* names and what he has: `user/alice`, and with it
    `user/alice/POLICY`.
    """
    return tuple(
        each
        for each in entries
        if each.part == EVERYTHING or (each.part == part and (not each.about or not about or _is_of(each, about)))
    )


def _is_of(entry: NotRead, about: str) -> bool:
    return entry.about == about or entry.about.startswith(f"{about}/")
