"""A key alone can set the own console password."""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.actions import CREATE_LOGIN, UPDATE_LOGIN
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding
from iamfa.advise.own_credentials import own_credential_findings
from iamfa.advise.rule import Rule

_WHAT = "a key alone can set the own console password"


def _find(case: Case) -> Iterator[Finding]:
    yield from own_credential_findings(
        RULE,
        case,
        (
            CREATE_LOGIN,
            UPDATE_LOGIN,
        ),
        _WHAT,
    )


RULE = Rule(
    "login-profile-without-mfa",
    "warning where granted, note where only exempt",
    _WHAT,
    _find,
)
