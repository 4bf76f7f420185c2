"""What a session carries besides its permissions: session policies, session tags, and the size of its token.

AWS's pages: API_AssumeRole, API_GetFederationToken, id_session-tags and reference_iam-quotas. A session's policies are
those of the moment it was made: whether AWS follows later changes of a managed one, it does not say.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from iamfa.account.entities import Account, Tags
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.live import Session, State
from iamfa.sandbox.policy_documents import session_document
from iamfa.sandbox.refusals import malformed_policy, validation_error
from iamfa.sandbox.sessions import credentials_out
from iamfa.sandbox.work import Parameters
from iamfa.secret import Secret

_MOST_PLAINTEXT: Final = 2048
_MOST_ARNS: Final = 10
_LARGEST_TOKEN: Final = 4096
"""Bytes of a session token. AWS publishes no limit: this is the most that MinimumSessionTokenSize may ask for."""
_MOST_PACKED: Final = 3584
"""Of these, bytes for policies and tags."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What is asked to go into a session."""

    policies: tuple[str, ...] | None
    """Texts of the session policies; None where none is passed."""
    tags: Tags
    """Those that are passed with the call."""
    packed: int
    """Bytes that they take in the token. AWS's way of packing is not published: here they are compressed by zlib."""


def contents_of(account: Account, parameters: Parameters, inherited: Tags = ()) -> Contents:
    """The session policies and tags that a call passes; managed policies are those of *account*.

    *inherited* are transitive tags of the calling session: they take room as well. Raises ApiError for policies that
    are invalid, too many, too long or not there, and for tags that cannot be.
    """
    tags = session_tags(parameters)
    inline = parameters.get("Policy")
    arns = [str(each.get("arn", "")) for each in parameters.get("PolicyArns") or ()]
    if len(arns) > _MOST_ARNS:
        # AWS's words for this are not known.
        raise validation_error(f"At most {_MOST_ARNS} managed session policies can be passed; {len(arns)} were.")
    if inline is not None and len(inline) > _MOST_PLAINTEXT:
        constraint = f"Member must have length less than or equal to {_MOST_PLAINTEXT}"
        raise validation_error(
            f"1 validation error detected: Value '{inline}' at 'policy' failed to satisfy constraint: {constraint}"
        )
    plain = len(inline or "") + sum(map(len, arns))
    if plain > _MOST_PLAINTEXT:
        raise _too_large(f"The plaintext of the session policies has {plain} characters", _MOST_PLAINTEXT)
    policies = [] if inline is None else [session_document(inline, account.partition)]
    policies += [_managed(account, arn) for arn in arns]
    packed = 0
    if policies or tags or inherited:
        packed = len(zlib.compress(json.dumps([inline, arns, tags, inherited]).encode()))
    if packed > _MOST_PACKED:
        raise _too_large(f"The session policies and session tags have a packed size of {packed} bytes", _MOST_PACKED)
    return Contents(tuple(policies) or None, tags, packed)


def session_tags(parameters: Parameters) -> Tags:
    """The session tags of a call. Raises ApiError for a key given twice, in whatever case, or a reserved one."""
    tags = tuple((tag["Key"], tag["Value"]) for tag in parameters.get("Tags") or ())
    keys = [key.lower() for key, _ in tags]
    if len(set(keys)) < len(keys):
        message = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        raise ApiError("InvalidParameterValue", message, 400)
    for key, _ in tags:
        if key.lower().startswith("aws:"):
            raise ApiError("InvalidParameterValue", f"Tag keys beginning with 'aws:' are reserved: {key}", 400)
    return tags


def sized(state: State, session: Session, parameters: Parameters, packed: int = 0) -> Session:
    """The session with a token as large as what it carries, and no smaller than `MinimumSessionTokenSize`."""
    token = session.token.reveal()
    missing = max(len(token) + packed, parameters.get("MinimumSessionTokenSize") or 0) - len(token)
    if missing > 0:
        middle = len(token) // 2
        text = token[:middle] + state.ids.word(missing) + token[middle:]
        session = replace(session, token=Secret(text))
        state.sessions[session.key_id] = session
    return session


def session_out(session: Session) -> dict[str, Any]:
    """What every answer with credentials holds: they, and the size of the token."""
    size = len(session.token.reveal())
    return {
        "Credentials": credentials_out(session),
        "SessionTokenSize": size,
        "SessionTokenUtilization": utilization(size),
    }


def contents_out(session: Session, contents: Contents) -> Mapping[str, int]:
    """`PackedPolicySize`, which AWS gives where something was passed; it is the share of the token as well."""
    return {"PackedPolicySize": utilization(len(session.token.reveal()))} if contents.packed else {}


def utilization(size: int) -> int:
    """A token's size in per cent of the greatest, rounded up."""
    return -(-size * 100 // _LARGEST_TOKEN)


def _managed(account: Account, arn: str) -> str:
    policy = account.policies.get(arn)
    if policy is None:
        # AWS's words for this are not known.
        raise malformed_policy(f"Policy {arn} does not exist or is not attachable.")
    return policy.text


def _too_large(what: str, most: int) -> ApiError:
    """The pages say that the message names size and limit; its words are not known."""
    return ApiError("PackedPolicyTooLarge", f"{what}, which exceeds the maximum allowed size of {most}.", 400)
