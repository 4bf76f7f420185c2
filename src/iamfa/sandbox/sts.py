"""The operations of STS. AWS's pages: the API_… pages of the STS API Reference of the same names."""

from __future__ import annotations

from iamfa.sandbox.work import Parameters, Result, Row, Work


def _get_caller_identity(work: Work, parameters: Parameters) -> Result:
    caller = work.caller
    return {"UserId": caller.user_id, "Account": caller.account.number, "Arn": caller.arn}


OPERATIONS = (Row("GetCallerIdentity", _get_caller_identity, None),)
"""GetCallerIdentity asks no policy: none can deny it (id_credentials_sts-comparison)."""
