"""`audit --format csv`: a row for each user, as RFC 4180 writes it; what a spreadsheet would take for a formula is no
formula any more."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from iamfa.audit.values import UserAudit
from iamfa.report.audited import Audited, danger
from iamfa.report.paper import printable

COLUMNS: Final = (
    "account", "user", "arn", "danger", "enforced", "exempt_actions", "shown_by", "spared_by", "declared_reason",
    "declared_owner", "declared_expires", "enrolled", "devices", "leaked", "reaches", "refused_call", "lifted",
    "lifters", "has_key", "has_password", "policies", "reason", "not_read",
)  # fmt: skip
"""The header. Columns are only ever added, at the end."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""With these a spreadsheet begins a formula (OWASP, CSV Injection)."""


def audit_csv(audited: Iterable[Audited]) -> str:
    """All users of all accounts."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for each in audited:
        for user in each.report.users:
            told = dict(_cells(each.report.account, user))
            writer.writerow([guarded(told[column]) for column in COLUMNS])
    return written.getvalue()


def guarded(cell: str) -> str:
    """The cell as text: an apostrophe stands before what would be a formula, and no control character is in it."""
    shown = printable(cell)
    return f"'{shown}" if cell.startswith(_FORMULA) else shown


def _cells(account: str, user: UserAudit) -> Iterator[tuple[str, str]]:
    enforced, enrolled, lifted = user.enforced, user.enrolled, user.lifted
    witness, declared, refusal = enforced.witness, enforced.declared, enrolled.refusal
    yield "account", account
    yield "user", user.name
    yield "arn", user.arn
    yield "danger", danger(user)
    yield "enforced", enforced.answer
    yield "exempt_actions", " ".join(enforced.exempt)
    yield (
        "shown_by",
        "" if witness is None else f"{witness.request.action} {witness.request.resource} {witness.credential}",
    )
    yield "spared_by", " ".join(dict.fromkeys(each.key for each in enforced.spared_by))
    yield "declared_reason", "" if declared is None else declared.reason
    yield "declared_owner", "" if declared is None else declared.owner
    yield "declared_expires", "" if declared is None or declared.expires is None else declared.expires.isoformat()
    yield "enrolled", enrolled.answer
    yield "devices", " ".join(enrolled.devices)
    yield "leaked", enrolled.leaked or ""
    yield "reaches", " ".join(enrolled.reaches)
    yield "refused_call", "" if refusal is None else refusal.call.call
    yield "lifted", lifted.answer
    yield "lifters", " ".join(each.user for each in lifted.principals)
    yield "has_key", _TRUTH[user.has_key]
    yield "has_password", _TRUTH[user.has_password]
    yield "policies", user.policies
    yield "reason", "; ".join(each for each in (enforced.reason, enrolled.reason, lifted.reason) if each is not None)
    yield "not_read", " ".join(dict.fromkeys((*enforced.not_read, *enrolled.not_read, *lifted.not_read)))


_TRUTH: Final[Mapping[bool | None, str]] = {True: "true", False: "false", None: "unknown"}
