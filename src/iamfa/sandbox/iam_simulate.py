"""IAM's policy simulator: SimulatePrincipalPolicy, SimulateCustomPolicy, and the context keys that policies name.

AWS's pages: the API_… pages of the same names, API_EvaluationResult (one result for each action, resources apart),
access_policies_testing-policies. How its answers differ from enforcement is told in `simulation`. AWS is known to
leave a role's trust policy aside that is given as ResourcePolicy; here that is refused, since AWS's pages say that it
is not supported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from iamfa.account.bearing import Source, identity_policies, managed, parsed
from iamfa.account.entities import Account, Group, Role, User
from iamfa.arn import Arn
from iamfa.errors import IamfaError
from iamfa.evaluate.principal import Principal, PrincipalKind
from iamfa.policy.catalogue import find_action, resource_formats
from iamfa.policy.document import Kind
from iamfa.policy.glob import matcher, tokens_of
from iamfa.policy.policy import Policy
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.paging import page
from iamfa.sandbox.refusals import no_such
from iamfa.sandbox.simulation import (
    Outcome,
    Simulated,
    Simulation,
    context_keys,
    named_policies,
    strictest,
)
from iamfa.sandbox.simulation_input import (
    Exclusions,
    actions_in,
    boundary_in,
    context_in,
    entity_arn,
    invalid_input,
    levels_in,
    owner_in,
    policies_in,
    policy_in,
    resources_in,
    simulated_principal,
)
from iamfa.sandbox.targets import anything, held_tags
from iamfa.sandbox.work import Parameters, Result, Row, Target, Work

Entity = User | Group | Role
Levels = tuple[tuple[Policy, ...], ...] | None

_ANYTHING: Final = ["*"]


def _simulate_custom(work: Work, parameters: Parameters) -> Result:
    caller = None if parameters.get("CallerArn") is None else entity_arn(parameters["CallerArn"])
    if parameters.get("ResourcePolicy") is not None and caller is None:
        raise invalid_input("You must include a CallerArn when you include a ResourcePolicy.")
    identity = policies_in(parameters, "PolicyInputList", Kind.IDENTITY)
    return _simulated(work, parameters, caller, identity, boundary_in(parameters), levels_in(parameters))


def _simulate_principal(work: Work, parameters: Parameters) -> Result:
    source = entity_arn(parameters["PolicySourceArn"])
    entity = _entity(work.seen, source)
    caller = entity_arn(parameters["CallerArn"]) if parameters.get("CallerArn") is not None else source
    left_out = Exclusions(parameters.get("PolicyExclusionList") or ())
    attached = [each for each in _attached(work.seen, entity) if left_out.keeps(each[0])]
    identity = [*named_policies(attached), *policies_in(parameters, "PolicyInputList", Kind.IDENTITY)]
    boundary = boundary_in(parameters)
    if boundary is None and not isinstance(entity, Group) and "permission-boundary" not in left_out.types:
        boundary = _boundary(work.seen, entity)
    scps = None if "scp" in left_out.types else _levels_above(work, entity)
    return _simulated(work, parameters, caller, identity, boundary, scps)


def _simulated(
    work: Work,
    parameters: Parameters,
    caller: Arn | None,
    identity: Sequence[tuple[str, Policy]],
    boundary: Policy | None,
    scps: Levels,
) -> Result:
    """The answer of both simulations: one result for each action of the page."""
    actions, resources, owner = actions_in(parameters), resources_in(parameters), owner_in(parameters)
    account = work.account
    principal = simulated_principal(caller, account.number, account.partition)
    resource = _resource_policy(parameters, principal, caller, resources)
    policies = Simulated(tuple(identity), boundary, scps, resource, owner)
    context = {**_known_keys(work, caller), **context_in(parameters)}
    number = principal.account or account.number
    assumptions = work.state.settings.assumptions
    simulation = Simulation(policies, principal, _last_of_each(context), assumptions, account=number)
    named = [(f"{index:06}", action) for index, action in enumerate(actions)]
    found, rest = page(named, parameters, lambda each: each[0])
    return {"EvaluationResults": [_result(simulation, action, resources) for _, action in found], **rest}


def _resource_policy(
    parameters: Parameters, principal: Principal, caller: Arn | None, resources: Iterable[str]
) -> Policy | None:
    """The resource's policy, where one may be given: for users as callers, and not on roles."""
    text = parameters.get("ResourcePolicy")
    if text is None:
        return None
    if principal.kind is not PrincipalKind.USER or (caller is not None and caller.kind != "user"):
        raise invalid_input("A ResourcePolicy can be simulated for an IAM user as the caller only.")
    if any(":iam::" in each and ":role/" in each for each in resources):
        raise invalid_input("Simulation of resource-based policies isn't supported for IAM roles.")
    return policy_in(text, Kind.RESOURCE, "ResourcePolicy")


def _known_keys(work: Work, caller: Arn | None) -> dict[str, str | list[str]]:
    """The keys that the simulator fills in itself (access_policies_testing-policies); none without a caller."""
    if caller is None:
        return {}
    account = work.state.accounts.get(caller.account)
    seen = account.visible() if account is not None else None
    type_ = {"user": "User", "role": "AssumedRole"}.get(caller.kind)
    found: dict[str, str | list[str]] = {"aws:PrincipalAccount": caller.account}
    if type_ is not None:
        found |= {"aws:PrincipalType": type_, "aws:Type": type_}
    if caller.kind == "user":
        found["aws:username"] = caller.name
        user = seen.users.get(caller.name) if seen is not None else None
        if user is not None:
            found |= {"aws:userid": user.id, "aws:PrincipalId": user.id}
    organization = work.state.organization_of(caller.account)
    if organization is not None:
        found["aws:PrincipalOrgID"] = organization.id
        found["aws:PrincipalOrgMasterAccountId"] = organization.management_account
        found["aws:PrincipalOrgPaths"] = [organization.path_of(caller.account)]
    return found


def _last_of_each(context: dict[str, str | list[str]]) -> dict[str, str | list[str]]:
    """The context with what the caller gives in place of what the simulator fills in, whatever the case of letters."""
    found = {key.lower(): (key, value) for key, value in context.items()}
    return dict(found.values())


def _result(simulation: Simulation, action: str, resources: list[str]) -> dict[str, Any]:
    """One action: the strictest of its decisions, and each resource's own."""
    for resource in resources:
        if not simulation.resource_policy_fits(action, resource):
            raise invalid_input(f"The ResourcePolicy is not applicable to the resource {resource}.")
    outcomes = [simulation.ask(action, resource) for resource in resources]
    decision = strictest(outcome.decision for outcome in outcomes)
    decided = [outcome for outcome in outcomes if outcome.decision == decision != "implicitDeny"]
    found: dict[str, Any] = {
        "EvalActionName": action,
        "EvalResourceName": "*" if resources == _ANYTHING else _template(action, resources[0]),
        "EvalDecision": decision,
        "MatchedStatements": _once(statement for outcome in decided for statement in outcome.matched),
        "MissingContextValues": _once(key for outcome in outcomes for key in outcome.missing),
        **_layers(outcomes),
    }
    ended = any(outcome.organization is False for outcome in outcomes)
    if not ended and (simulation.cross or resources != _ANYTHING):
        kinds = [outcome.by_kind for outcome in outcomes if outcome.by_kind is not None]
        found["EvalDecisionDetails"] = {
            kind: strictest(each[kind] for each in kinds) for kind in (kinds[0] if kinds else ())
        }
    if outcomes[0].organization is not None:
        found["OrganizationsDecisionDetail"] = {
            "AllowedByOrganizations": all(outcome.organization for outcome in outcomes)
        }
    if resources != _ANYTHING:
        found["ResourceSpecificResults"] = [_specific(outcome) for outcome in outcomes]
    return found


def _specific(outcome: Outcome) -> dict[str, Any]:
    return {
        "EvalResourceName": outcome.resource,
        "EvalResourceDecision": outcome.decision,
        "MatchedStatements": list(outcome.matched),
        "MissingContextValues": list(outcome.missing),
        "EvalDecisionDetails": outcome.by_kind,
        **_layers([outcome]),
    }


def _layers(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    if outcomes[0].boundary is None:
        return {}
    allowed = all(outcome.boundary for outcome in outcomes)
    return {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": allowed}}


def _once(items: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        if item not in found:
            found.append(item)
    return found


def _template(action: str, resource: str) -> str:
    """The form of ARN of the type of resource that the action is simulated on; `*` where the action has none."""
    found = find_action(action)
    formats = resource_formats(found.service) if found is not None else {}
    forms = [formats[need.name].arn for need in (found.resources if found is not None else ()) if need.name in formats]
    fitting = (form for form in forms if matcher(tokens_of(_PLACEHOLDER.sub("?*", form)))(resource))
    return next(fitting, forms[0] if forms else "*")


_PLACEHOLDER: Final = re.compile(r"\$\{[^}]*\}")


def _entity(account: Account, arn: Arn) -> Entity:
    """The user, group or role with this ARN. Raises AWS's NoSuchEntity, also for one of another account."""
    tables: dict[str, Any] = {"user": account.users, "group": account.groups, "role": account.roles}
    found: Entity | None = tables[arn.kind].get(arn.name)
    if found is None or found.arn != str(arn):
        raise no_such(arn.kind, arn.name)
    return found


def _attached(account: Account, entity: Entity) -> list[tuple[Source, str]]:
    try:
        return list(identity_policies(account, entity))
    except IamfaError as error:
        raise ApiError("PolicyEvaluation", f"A policy cannot be evaluated: {error.message}", 500) from error


def _boundary(account: Account, entity: User | Role) -> Policy | None:
    if entity.boundary is None:
        return None
    try:
        return parsed(managed(account, entity.boundary, entity.name)[1])
    except IamfaError as error:
        raise ApiError("PolicyEvaluation", f"A policy cannot be evaluated: {error.message}", 500) from error


def _levels_above(work: Work, entity: Entity) -> Levels:
    """The service control policies above the entity's account; they do not restrict service-linked roles."""
    number = work.account.number
    organization = work.state.organization_of(number)
    if organization is None or entity.path.startswith("/aws-service-role/"):
        return None
    levels = organization.levels(number, "SERVICE_CONTROL_POLICY")
    if levels is None:
        return None
    return tuple(tuple(parsed(policy.text) for policy in level) for level in levels)


def _keys_of_custom(work: Work, parameters: Parameters) -> Result:
    return {"ContextKeyNames": _keys(policies_in(parameters, "PolicyInputList", Kind.IDENTITY))}


def _keys_of_principal(work: Work, parameters: Parameters) -> Result:
    entity = _entity(work.seen, entity_arn(parameters["PolicySourceArn"]))
    attached = named_policies(_attached(work.seen, entity))
    return {"ContextKeyNames": _keys([*attached, *policies_in(parameters, "PolicyInputList", Kind.IDENTITY)])}


def _keys(policies: Iterable[tuple[str, Policy]]) -> list[str]:
    """The keys of each policy in turn, so that one that two policies name stands twice, as in AWS's sample."""
    return [key for _, policy in policies for key in context_keys(policy)]


def _source(work: Work, parameters: Parameters) -> Iterable[Target]:
    """The user, group or role, by his ARN, with his tags."""
    arn, seen = parameters["PolicySourceArn"], work.seen
    tagged: list[User | Role] = [*seen.users.values(), *seen.roles.values()]
    found = next((each for each in tagged if each.arn == arn), None)
    return (Target(arn, held_tags(found) if found is not None else {}),)


OPERATIONS = (
    Row("SimulateCustomPolicy", _simulate_custom, anything),
    Row("SimulatePrincipalPolicy", _simulate_principal, _source),
    Row("GetContextKeysForCustomPolicy", _keys_of_custom, anything),
    Row("GetContextKeysForPrincipalPolicy", _keys_of_principal, _source),
)
