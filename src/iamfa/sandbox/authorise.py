"""Whether a call is allowed: the policies that bear on the caller, decided by the analyser's own engine.

So sandbox and analyser cannot disagree: what the engine takes AWS to do, and on which pages, is in docs/semantics.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from iamfa.account.bearing import Bearing, Source, Texts, bearing_on
from iamfa.account.entities import User
from iamfa.arn import Arn, ArnError
from iamfa.errors import IamfaError
from iamfa.evaluate import denial
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.request import Request
from iamfa.evaluate.verdict import Verdict
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.caller import Caller, context_of
from iamfa.sandbox.live import State
from iamfa.sandbox.work import Context, Parameters, Row, Target, Work

_KEPT_DECIDERS = 2000


def allow(work: Work, service: str, row: Row, parameters: Parameters) -> None:
    """Ask the policies for everything that a call takes."""
    if row.targets is not None:
        for target in row.targets(work, parameters):
            authorise(work, row.action or f"{service}:{row.name}", target)


def authorise(work: Work, action: str, target: Target) -> None:
    """Let a call pass whose caller is allowed this action on this target. Raises AWS's AccessDenied otherwise."""
    require(work, *decide(work, target.action or action, target.resource, target.context))


def require(work: Work, verdict: Verdict, sources: Mapping[str, Source]) -> None:
    """Note a verdict, and raise AWS's AccessDenied unless it allows."""
    work.verdicts.append((verdict, sources))
    if not verdict.allowed:
        raise access_denied(verdict, sources, work.state)


def decide(work: Work, action: str, resource: str, context: Context) -> tuple[Verdict, Mapping[str, Source]]:
    """Decide one request of the caller, with the policies that bear on him."""
    request = request_of(work, action, resource, context)
    bearing = bearing_of(work.state, work.caller)
    return decider_of(work.state, bearing.texts).decide(request), bearing.sources


def request_of(work: Work, action: str, resource: str, context: Context, *, owner: str | None = None) -> Request:
    """The request as AWS sees it: who calls, with what, from where, for what.

    *owner* is the account of the resource, where its ARN does not tell.
    """
    keys = context_of(work.caller, work.transport, work.state, work.now)
    keys.update(_resource_keys(work, resource, owner))
    keys.update(context)
    return Request(action, resource, principal=work.caller.principal, context=keys)


def bearing_of(state: State, caller: Caller, *, resource_account: str | None = None) -> Bearing:
    """The policies that bear on the caller, with their sources.

    The organization is asked about either account: resource control policies bear on callers from outside as well.
    """
    account = caller.account.visible()
    holder = caller.holder
    if holder is None:
        holder = User("root", "/", account.number, caller.arn, state.clock.now())
    session = caller.session.policies if caller.session is not None else None
    try:
        return bearing_on(account, holder, state.organization, session=session, resource_account=resource_account)
    except IamfaError as error:
        raise ApiError("InternalFailure", f"{error.message}: nothing can be decided", 500, hint=error.hint) from error


def decider_of(state: State, texts: Texts) -> Decider:
    """These policies, compiled once."""
    found = state.deciders.get(texts)
    if found is None:
        if len(state.deciders) >= _KEPT_DECIDERS:
            state.deciders.clear()
        try:
            found = Decider(texts.bundle(), assumptions=state.settings.assumptions)
        except IamfaError as error:
            message = f"a policy that bears on the caller cannot be read: {error.message}"
            raise ApiError("InternalFailure", message, 500, hint=error.hint) from error
        state.deciders[texts] = found
    return found


def access_denied(verdict: Verdict, sources: Mapping[str, Source], state: State) -> ApiError:
    """AWS's AccessDenied for a verdict that does not allow; what nobody can know is refused, and says so."""
    if verdict.decision == "unknown":
        asked = f"{verdict.request.action} on resource: {verdict.request.resource}"
        message = f"User: {verdict.request.principal.text} is not authorized to perform: {asked} because the sandbox "
        message += f"does not know what AWS would answer ({verdict.deciding[0] if verdict.deciding else 'no reason'})"
        return ApiError("AccessDenied", message, 403)
    arn = None
    if verdict.decision == "explicit_deny" and state.settings.policy_arns_in_denials:
        source = sources.get(verdict.deciding[0].policy)
        arn = source.arn if source is not None else None
    return ApiError("AccessDenied", denial.message(verdict, policy_arn=arn), 403)


def _resource_keys(work: Work, resource: str, owner: str | None) -> dict[str, str | list[str]]:
    """The keys of the resource that every action has: whose it is."""
    number = owner or work.caller.account.number
    with suppress(ArnError):
        number = Arn.parse(resource).account or number
    keys: dict[str, str | list[str]] = {"aws:ResourceAccount": number}
    organization = work.state.organization_of(number)
    if organization is not None:
        keys["aws:ResourceOrgID"] = organization.id
        keys["aws:ResourceOrgPaths"] = [organization.path_of(number)]
    return keys
