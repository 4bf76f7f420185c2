"""The operations of STS apart from roles. AWS's pages: the API_… pages of the STS API Reference of the same names."""

from __future__ import annotations

from typing import Any, Final

from iamfa.account.entities import ROOT_USER
from iamfa.arn import Arn
from iamfa.evaluate.credential import CredentialKind
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.authorise import access_denied, authorise, decide
from iamfa.sandbox.authorization_message import decoded
from iamfa.sandbox.session_contents import contents_of, contents_out, session_out, session_tags, sized
from iamfa.sandbox.sessions import issue
from iamfa.sandbox.sts_mfa import code_given
from iamfa.sandbox.targets import anything, asked_tags
from iamfa.sandbox.work import Parameters, Result, Row, Target, Work

_DEFAULT_SECONDS: Final = 43_200
_ROOT_SECONDS: Final = 3600


def _get_caller_identity(work: Work, parameters: Parameters) -> Result:
    caller = work.caller
    return {"UserId": caller.user_id, "Account": caller.account.number, "Arn": caller.arn}


def _get_session_token(work: Work, parameters: Parameters) -> Result:
    _require_long_term(work, "GetSessionToken")
    if work.state.settings.assumptions["deny-get-session-token"] == "honoured":
        _require_no_deny(work)
    code = code_given(work, parameters)
    kind: CredentialKind = "token" if code is None else "token-mfa"
    session = issue(work.state, work.account, kind, _seconds(work, parameters), **_owner(work), code_given=code)
    work.platform = "get-session-token-needs-no-permission" if not work.verdicts else None
    return session_out(sized(work.state, session, parameters))


def _require_no_deny(work: Work) -> None:
    """What the assumption `deny-get-session-token` says: an explicit Deny has an effect, a missing Allow has none."""
    verdict, sources = decide(work, "sts:GetSessionToken", "*", {})
    work.verdicts.append((verdict, sources))
    if verdict.decision in ("explicit_deny", "unknown"):
        raise access_denied(verdict, sources, work.state)


def _get_federation_token(work: Work, parameters: Parameters) -> Result:
    _require_long_term(work, "GetFederationToken")
    session_tags(parameters)
    account, name = work.account, parameters["Name"]
    arn = str(Arn(account.partition, "sts", "", account.number, f"federated-user/{name}"))
    authorise(work, "sts:GetFederationToken", Target(arn, asked_tags(parameters)))
    if parameters.get("Tags"):
        # On which resource the tags are asked for no page says (list_sts names the action, id_session-tags the need).
        authorise(work, "sts:TagSession", Target(arn, asked_tags(parameters)))
    contents = contents_of(work.seen, parameters)
    session = issue(
        work.state,
        account,
        "federated",
        _seconds(work, parameters),
        **_owner(work),
        name=name,
        policies=contents.policies,
        tags=contents.tags,
    )
    session = sized(work.state, session, parameters, contents.packed)
    return {
        **session_out(session),
        "FederatedUser": {"FederatedUserId": f"{account.number}:{name}", "Arn": arn},
        **contents_out(session, contents),
    }


def _require_long_term(work: Work, operation: str) -> None:
    """Sessions make no sessions but by roles; the message was seen in public error reports."""
    if work.caller.session is not None:
        work.platform = "session-credentials-cannot-get-session-token" if operation == "GetSessionToken" else None
        raise ApiError("AccessDenied", f"Cannot call {operation} with session credentials", 403)


def _owner(work: Work) -> dict[str, Any]:
    """Whose session it is to be."""
    user = work.caller.user
    return {"user": ROOT_USER} if user is None else {"user": user.name, "user_id": user.id}


def _seconds(work: Work, parameters: Parameters) -> int:
    """How long the session is to last: twelve hours unless said otherwise, the root user's never above one."""
    asked: int = parameters.get("DurationSeconds") or _DEFAULT_SECONDS
    return min(asked, _ROOT_SECONDS) if work.caller.is_root else asked


def _get_access_key_info(work: Work, parameters: Parameters) -> Result:
    identifier = parameters["AccessKeyId"]
    session = work.state.sessions.get(identifier)
    if session is not None:
        return {"Account": session.account}
    for account in work.state.accounts.values():
        if identifier in account.access_keys.visible:
            return {"Account": account.number}
    # The page names no error; code and status are those that AWS has for unknown keys (CommonErrors), the words too.
    message = "The X.509 certificate or AWS access key ID you provided doesn't exist in our records."
    raise ApiError("InvalidClientTokenId", message, 403)


def _decode_authorization_message(work: Work, parameters: Parameters) -> Result:
    return {"DecodedMessage": decoded(work.state, parameters["EncodedMessage"])}


OPERATIONS = (
    Row("GetCallerIdentity", _get_caller_identity, None),
    Row("GetSessionToken", _get_session_token, None),
    Row("GetFederationToken", _get_federation_token, None),
    Row("GetAccessKeyInfo", _get_access_key_info, anything),
    Row("DecodeAuthorizationMessage", _decode_authorization_message, anything),
)
"""GetCallerIdentity and GetSessionToken ask no policy (id_credentials_sts-comparison,
id_credentials_temp_control-access_getsessiontoken); GetFederationToken asks only once it is known that a long-term key
calls."""
