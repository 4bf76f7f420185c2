"""IAM's refusals in AWS's words. Which of them AWS documents, and which were seen, is said at each.

Codes and statuses are those of botocore's service model; the texts of IAM are not documented and were seen in public
error reports, unless said otherwise.
"""

from __future__ import annotations

from iamfa.sandbox.api_error import ApiError


def no_such(kind: str, name: str) -> ApiError:
    """`The user with name bob cannot be found.`"""
    return ApiError("NoSuchEntity", f"The {kind} with name {name} cannot be found.", 404)


def no_such_policy(arn: str) -> ApiError:
    """For a managed policy that is to be attached and is not there."""
    return ApiError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404)


def policy_not_found(arn: str) -> ApiError:
    """For a managed policy that is read, changed or detached and is not there."""
    return ApiError("NoSuchEntity", f"Policy {arn} was not found.", 404)


def no_such_key(identifier: str) -> ApiError:
    """For an access key that is not there, or not that user's."""
    return ApiError("NoSuchEntity", f"The Access Key with id {identifier} cannot be found.", 404)


def already_exists(kind: str, name: str) -> ApiError:
    """`User with name bob already exists.`"""
    return ApiError("EntityAlreadyExists", f"{kind} with name {name} already exists.", 409)


def limit_exceeded(quota: str, most: int) -> ApiError:
    """`Cannot exceed quota for AccessKeysPerUser: 2` (page reference_iam-quotas names the numbers)."""
    return ApiError("LimitExceeded", f"Cannot exceed quota for {quota}: {most}", 409)


def delete_conflict(message: str) -> ApiError:
    """For an entity that still has something that must go first."""
    return ApiError("DeleteConflict", message, 409)


def validation_error(message: str) -> ApiError:
    """For parameters that are well formed and do not fit together."""
    return ApiError("ValidationError", message, 400)


def malformed_policy(message: str) -> ApiError:
    """For a document that is no valid policy."""
    return ApiError("MalformedPolicyDocument", message, 400)


def protected_role(name: str) -> ApiError:
    """For a role that only AWS changes: a service-linked one, or one of IAM Identity Center."""
    message = f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
    return ApiError("UnmodifiableEntity", message, 400)
