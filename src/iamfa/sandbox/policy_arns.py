"""The managed policy that a call names by its ARN.

Since 2024 IAM holds the ARNs of parameters strictly: partition of the account, service `iam`, no Region, a resource of
IAM (AWS told its customers so; it is on no page). `ARN … is not valid.` and `Invalid ARN partition` were seen; which of
the other forms get which of the two is not known.
"""

from __future__ import annotations

from iamfa.account.entities import Account, ManagedPolicy
from iamfa.arn import Arn, ArnError
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.refusals import policy_not_found, validation_error
from iamfa.sandbox.work import Work


def known_arn(account: Account, arn: str) -> str:
    """The ARN, where it has the form of a managed policy's in this partition. Raises InvalidInput, ValidationError."""
    try:
        parts = Arn.parse(arn)
    except ArnError as error:
        raise _not_valid(arn) from error
    if parts.partition != account.partition:
        raise validation_error("Invalid ARN partition")
    if parts.service != "iam" or parts.region or parts.kind != "policy" or not parts.name:
        raise _not_valid(arn)
    return arn


def named_policy(account: Account, arn: str) -> ManagedPolicy:
    """The managed policy with this ARN. Raises NoSuchEntity, or as `known_arn`."""
    found = account.policies.get(known_arn(account, arn))
    if found is None:
        raise policy_not_found(arn)
    return found


def own_policy(work: Work, arn: str, operation: str) -> ManagedPolicy:
    """The customer managed policy with this ARN, to be changed. Raises AccessDenied for AWS's own, and as above.

    No page says what AWS answers there but that its policies cannot be changed (access_policies_managed-vs-inline).
    They belong to an account of AWS's, and nobody there lets others in: so it is taken as AccessDenied.
    """
    found = named_policy(work.account, arn)
    if found.is_awss:
        caller = work.caller.arn
        message = f"User: {caller} is not authorized to perform: iam:{operation} on resource: policy {arn}"
        raise ApiError("AccessDenied", message, 403)
    return found


def _not_valid(arn: str) -> ApiError:
    return ApiError("InvalidInput", f"ARN {arn} is not valid.", 400)
