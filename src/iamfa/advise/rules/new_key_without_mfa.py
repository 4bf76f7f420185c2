"""A key alone can mint a second key."""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.actions import CREATE_KEY
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding
from iamfa.advise.own_credentials import own_credential_findings
from iamfa.advise.rule import Rule

_WHAT = "a key alone can mint a second key"


def _find(case: Case) -> Iterator[Finding]:
    yield from own_credential_findings(RULE, case, (CREATE_KEY,), _WHAT)


RULE = Rule(
    "new-key-without-mfa",
    "warning where granted, note where only exempt",
    _WHAT,
    _find,
)
