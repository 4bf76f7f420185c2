"""The register of exceptions: who is named in it, and which of its entries are findings themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from iamfa.account.entities import Account, User
from iamfa.advise.finding import Severity
from iamfa.audit.values import AuditFinding, Exemption, UserAudit


class Register:
    """Entries by the user whom they name."""

    def __init__(self, entries: Iterable[Exemption], account: Account, now: datetime) -> None:
        self._entries = tuple(entries)
        self._now = now
        self._named: dict[str, list[Exemption]] = {}
        self._unmatched: list[Exemption] = []
        by_arn = {user.arn: user.name for user in account.users.values()}
        for entry in self._entries:
            name = by_arn.get(entry.principal) or (entry.principal if entry.principal in account.users else None)
            if name is None:
                self._unmatched.append(entry)
            else:
                self._named.setdefault(name, []).append(entry)

    def holds_for(self, user: User) -> Exemption | None:
        """The entry that exempts the user today: one that has expired exempts nobody."""
        return next((e for e in self._named.get(user.name, ()) if not e.has_expired(self._now)), None)

    def findings(self, users: Iterable[UserAudit]) -> Iterator[AuditFinding]:
        """Entries that have expired, that lack something, that name nobody, or that nobody needs."""
        exempt = {user.name for user in users if user.enforced.answer in ("exempt-declared", "unknown")}
        for name, entries in sorted(self._named.items()):
            for entry in entries:
                params = {"principal": entry.principal, "owner": entry.owner}
                if entry.has_expired(self._now):
                    yield AuditFinding(
                        "exception-expired", Severity.WARNING,
                        f"the exception of `{name}` has expired on {entry.expires}, and exempts nobody any more",
                        (name,), params | {"expires": str(entry.expires)},
                        hint="renew it with a reason, or end the exemption",
                    )  # fmt: skip
                elif entry.missing:
                    yield AuditFinding(
                        "exception-incomplete", Severity.WARNING,
                        f"the exception of `{name}` tells no {', no '.join(entry.missing)}",
                        (name,), params | {"missing": entry.missing}, hint="fill it in, in the register",
                    )  # fmt: skip
                elif name not in exempt:
                    yield AuditFinding(
                        "exception-not-needed", Severity.NOTE,
                        f"`{name}` is in the register of exceptions, and is exempt from nothing",
                        (name,), params, hint="take the entry out of the register",
                    )  # fmt: skip
        for entry in self._unmatched:
            yield AuditFinding(
                "exception-names-nobody", Severity.WARNING,
                f"the register of exceptions names `{entry.principal}`, and the account has no such user",
                (), {"principal": entry.principal}, hint="give the ARN of a user of the account, or his name",
            )  # fmt: skip
