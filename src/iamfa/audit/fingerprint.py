"""By what a finding of an audit is known again in the next one."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Final

from iamfa.audit.values import AuditFinding

_LENGTH: Final = 32


def audit_fingerprint(finding: AuditFinding, account: str) -> str:
    """A name for the finding that stays while it is about the same people and the same policy, however it is worded.

    It is made of the account, the id, whom it reaches and the statement; 32 hexadecimal digits. Whoever comes to it
    makes another one: that a further user is exposed is news.
    """
    place = finding.place
    where = None
    if place is not None:
        statement = place.statement_sid if place.statement_sid is not None else place.statement_index
        where = [place.arn, place.holder, place.policy, statement]
    about = [finding.params.get(name) for name in ("principal", "role", "policy", "serial", "entry")]
    identity = [account, finding.id, sorted(finding.reaches), where, [str(each) for each in about if each is not None]]
    return sha256(json.dumps(identity).encode()).hexdigest()[:_LENGTH]
