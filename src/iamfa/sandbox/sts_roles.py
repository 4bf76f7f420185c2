"""AssumeRole (API_AssumeRole of the STS API Reference): whom a role trusts, with what, and for how long.

In which order AWS judges is not documented. Here a device's code is judged first, for it says who calls before anybody
asks what he may; it is used up even where the policies then refuse. A stranger learns nothing by that:
GetSessionToken, which takes no permission, tells the same of a code. That a role is not there, or is in an account that
is not here, is answered as if it trusted nobody; durations, tags and session policies are judged for those only who may
assume the role.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from iamfa.account.entities import Role, Tags
from iamfa.arn import assumed_role_arn
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.assume import Wanted, decide_assume, wanted_role
from iamfa.sandbox.authorise import require
from iamfa.sandbox.caller import mfa_context
from iamfa.sandbox.refusals import validation_error
from iamfa.sandbox.session_contents import Contents, contents_of, contents_out, session_out, session_tags, sized
from iamfa.sandbox.sessions import issue
from iamfa.sandbox.sts_mfa import code_given
from iamfa.sandbox.targets import asked_tags
from iamfa.sandbox.work import Parameters, Result, Row, Work

_DEFAULT_SECONDS: Final = 3600
_CHAINED_SECONDS: Final = 3600


def _assume_role(work: Work, parameters: Parameters) -> Result:
    if work.caller.is_root:
        raise ApiError("AccessDenied", "Roles may not be assumed by root accounts.", 403)
    if parameters.get("ProvidedContexts"):
        raise ApiError("NotImplemented", "The sandbox does not have the parameter ProvidedContexts of AssumeRole.", 501)
    wanted = wanted_role(work, parameters["RoleArn"])
    code = code_given(work, parameters)
    session_tags(parameters)
    identity = _source_identity(work, parameters)
    inherited = _inherited(work)
    _authorise(work, parameters, wanted, identity, tagged=bool(inherited), code=code is not None)
    role = wanted.role
    assert role is not None, "a role that is not there trusts nobody"
    seconds = _seconds(work, parameters, role)
    account = work.state.accounts[wanted.account]
    contents = contents_of(account.visible(), parameters, inherited)
    transitive = _transitive(parameters, contents, inherited)
    session = issue(
        work.state,
        account,
        "role",
        seconds,
        role=role.name,
        role_id=role.id,
        name=parameters["RoleSessionName"],
        code_given=code if code is not None or work.caller.session is None else work.caller.session.code_given,
        policies=contents.policies,
        tags=(*inherited, *contents.tags),
        transitive=transitive,
        source_identity=identity,
        from_mfa_session=mfa_context(work.caller, work.state, work.now).get("aws:MultiFactorAuthPresent") == "true",
    )
    session = sized(work.state, session, parameters, contents.packed)
    newest = account.roles.get(role.name)
    if newest is not None and newest.id == role.id:
        account.roles.amend(role.name, replace(newest, last_used=work.now, last_used_region=work.transport.region))
    arn = assumed_role_arn(role.name, parameters["RoleSessionName"], account.number, partition=account.partition)
    return {
        **session_out(session),
        "AssumedRoleUser": {"AssumedRoleId": f"{role.id}:{parameters['RoleSessionName']}", "Arn": str(arn)},
        "SourceIdentity": identity,
        **contents_out(session, contents),
    }


def _authorise(
    work: Work, parameters: Parameters, wanted: Wanted, identity: str | None, *, tagged: bool, code: bool
) -> None:
    """Ask for the role, for its tags and for its source identity. Raises AWS's AccessDenied.

    `sts:TagSession` is asked for inherited tags as well, as those know who chain roles from sessions whose tags are
    transitive. For a source identity that goes on to a further role the page
    id_credentials_temp_control-access_monitor asks the permission "in both the permissions policy of the principal who
    is assuming the role and in the role trust policy".
    """
    keys: dict[str, str | list[str]] = {"sts:RoleSessionName": parameters["RoleSessionName"], **asked_tags(parameters)}
    if parameters.get("ExternalId") is not None:
        keys["sts:ExternalId"] = parameters["ExternalId"]
    if parameters.get("TransitiveTagKeys"):
        keys["sts:TransitiveTagKeys"] = list(parameters["TransitiveTagKeys"])
    if identity is not None:
        keys["sts:SourceIdentity"] = identity
    require(work, *decide_assume(work, wanted, "sts:AssumeRole", keys, code=code))
    if tagged or parameters.get("Tags"):
        require(work, *decide_assume(work, wanted, "sts:TagSession", keys, code=code))
    if identity is not None:
        chained = work.caller.kind == "role"
        verdict = decide_assume(work, wanted, "sts:SetSourceIdentity", keys, code=code, on_both_sides=chained)
        require(work, *verdict)


def _source_identity(work: Work, parameters: Parameters) -> str | None:
    """The source identity of the new session: that of the calling one, which nobody can change, or the one passed."""
    asked: str | None = parameters.get("SourceIdentity")
    held = work.caller.session.source_identity if work.caller.session is not None else None
    if held is not None and asked is not None and asked != held:
        # AWS's words for this are not known.
        raise ApiError("AccessDenied", "The source identity of a session cannot be changed by role chaining.", 403)
    return held if held is not None else asked


def _inherited(work: Work) -> Tags:
    """The transitive tags of the calling session."""
    session = work.caller.session
    if session is None:
        return ()
    keys = {key.lower() for key in session.transitive}
    return tuple((key, value) for key, value in session.tags if key.lower() in keys)


def _transitive(parameters: Parameters, contents: Contents, inherited: Tags) -> tuple[str, ...]:
    """The keys of tags that go on to a further role. Raises ApiError for keys that are not passed, or inherited."""
    keys = {key.lower() for key, _ in inherited}
    if any(key.lower() in keys for key, _ in contents.tags):
        # API_AssumeRole: "If you pass a session tag with the same key as an inherited tag, the operation fails."
        message = (
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from "
            "the calling session."
        )
        raise ApiError("InvalidParameterValue", message, 400)
    passed = {key.lower() for key, _ in contents.tags}
    asked = tuple(parameters.get("TransitiveTagKeys") or ())
    if any(key.lower() not in passed for key in asked):
        raise validation_error("The specified transitive tag key must be included in the requested tags.")
    return (*(key for key, _ in inherited), *asked)


def _seconds(work: Work, parameters: Parameters, role: Role) -> int:
    """How long the session is to last. Raises ValidationError for more than the role or the chain allows.

    Every session counts as a link of the chain, those of GetSessionToken as well: so it was seen.
    """
    asked: int = parameters.get("DurationSeconds") or _DEFAULT_SECONDS
    if work.caller.session is not None and asked > _CHAINED_SECONDS:
        limit = "the 1 hour session limit for roles assumed by role chaining."
        raise validation_error(f"The requested DurationSeconds exceeds {limit}")
    if asked > role.max_session:
        raise validation_error("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    return asked


OPERATIONS = (Row("AssumeRole", _assume_role, None),)
"""The handler itself asks: the trust policy is asked with another context than the caller's own policies."""
