"""The verdict on one `can --batch` line, and one `match --batch` comparison.

reference_policies_evaluation-logic_policy-eval-denyallow, -cross-account, _policy-eval-basics,
access_policies_boundaries, access_policies ("Session policies", "Policies and the root user"),
orgs_manage_policies_scps_evaluation, orgs_manage_policies_rcps.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.reference.documents import Kind, PrincipalEntry, Statement, condition_value, need, statements_of
from tests.reference.matching import Context, InvalidLine, action_fits, expand, fits, resource_fits
from tests.reference.operators import condition_holds, read_operator
from tests.reference.principals import (
    Caller,
    Grant,
    World,
    grant_of,
    is_excepted,
    is_service_linked,
    read_caller,
    worlds_of,
)

# fmt: off
RCP_SERVICES = frozenset(
    (
        "appstream", "dsql", "clouddirectory", "cloudfront", "cloudsearch", "logs", "networkmonitor",
        "cognito-identity", "cognito-idp", "comprehend", "comprehendmedical", "firehose", "dynamodb", "dax",
        "autoscaling", "ecr", "ecr-public", "gamelift", "inspector-scan", "kendra", "kinesisvideo", "memorydb",
        "aoss", "personalize", "polly", "s3", "swf", "sqs", "textract", "timestream-influxdb", "transcribe",
        "translate", "workspaces", "appconfig", "autoscaling-plans", "budgets", "servicediscovery", "cloudtrail-data",
        "codeartifact", "codebuild", "codecommit", "codepipeline", "compute-optimizer", "cost-optimization-hub",
        "events", "fms", "fis", "health", "rolesanywhere", "kms", "opensearch", "pricing", "pca-connector-ad",
        "resource-groups", "secretsmanager", "sts", "signin", "support", "transfer", "notifications", "wafv2", "xray",
    )
)
# fmt: on
"""orgs_manage_policies_rcps, "List of AWS services that support RCPs", by their prefixes."""


class Line(NamedTuple):
    caller: Caller
    action: str
    resource: str
    context: Context
    identity: list[Statement]
    boundary: list[Statement] | None
    session: list[Statement] | None
    """Of all session policies together: they form a union."""
    scps: list[list[Statement]]
    """By level; none where the caller is not subject to any."""
    rcps: list[list[Statement]]
    resource_policy: list[Statement]
    must_be_granted_by_resource: bool
    is_cross_account: bool
    is_cross_partition: bool


def decide(line: Any) -> str:
    """The decision on one whole input line of `can --batch`.

    "allowed", "explicit_deny" or "implicit_deny"; "error" for a line or a document that is not valid; "unknown"
    where something that the line does not tell decides whether it is allowed or denied.
    """
    try:
        read = read_line(line)
    except InvalidLine:
        return "error"
    # API_GetCallerIdentity: no permissions are required, and an explicit deny does not stop it.
    if read.action.lower() == "sts:getcalleridentity" and read.caller.kind != "anonymous":
        return "allowed"
    entries = [
        entry
        for statement in read.resource_policy
        for entry in [*(statement.principals or []), *(statement.not_principals or [])]
    ]
    decisions = [evaluate(read, world) for world in worlds_of(entries, read.caller)]
    is_always_or_never_allowed = len({decision == "allowed" for decision in decisions}) == 1
    return decisions[0] if is_always_or_never_allowed else "unknown"


def evaluate(line: Line, world: World) -> str:
    everything = [line.identity, line.boundary or [], line.session or [], *line.scps, *line.rcps]
    grants = grants_of(line, world, "Allow")
    if any(applies(statement, line) and statement.effect == "Deny" for part in everything for statement in part):
        return "explicit_deny"  # "If the enforcement code finds even one explicit deny ..."
    if grants_of(line, world, "Deny"):
        return "explicit_deny"
    if not all(allows(level, line) for level in [*line.scps, *line.rcps]):
        return "implicit_deny"  # "an explicit Allow statement at every level"
    if line.is_cross_partition:
        return "implicit_deny"  # "only within a single partition" (cross-account-resource-access)

    caller = line.caller
    if not caller.is_in_an_account:
        # Anonymous callers, services and identity providers have no policies of their own.
        return "allowed" if grants else "implicit_deny"
    passes_boundary = line.boundary is None or allows(line.boundary, line)
    passes_session = line.session is None or allows(line.session, line)
    if caller.kind == "federated" and line.session is None:
        passes_session = False  # getfederationtoken: without a passed policy the credentials have no permissions
    has_permission = caller.kind == "root" or allows(line.identity, line)  # the root user "has full access"
    by_identity = has_permission and passes_boundary and passes_session

    if line.is_cross_account:
        return "allowed" if by_identity and grants else "implicit_deny"
    if "direct" in grants or ("limited" in grants and passes_boundary and passes_session):
        return "allowed"
    if line.must_be_granted_by_resource and not grants:
        return "implicit_deny"  # trust policies and key policies "must explicitly allow access for principals"
    return "allowed" if by_identity else "implicit_deny"


def allows(statements: list[Statement], line: Line) -> bool:
    return any(statement.effect == "Allow" and applies(statement, line) for statement in statements)


def grants_of(line: Line, world: World, effect: str) -> set[Grant]:
    """How the statements of *effect* in the resource policy mean the caller; empty where none applies to him."""
    grants: set[Grant] = set()
    for statement in line.resource_policy:
        if statement.effect != effect or not applies(statement, line):
            continue
        for entry in statement.principals or []:
            grant = grant_of(entry, line.caller, world)
            if grant is not None:
                grants.add(grant)
        # "will always deny any IAM principal that has a permissions boundary policy attached, regardless of the
        # values specified in the NotPrincipal element" (elements_notprincipal, access_policies_boundaries)
        listed = statement.not_principals
        if listed and (line.boundary is not None or not is_excepted(listed, line.caller, world)):
            grants.add("direct")
    return grants


def applies(statement: Statement, line: Line) -> bool:
    """Whether action, resource and every condition of the statement fit. A list that is empty makes the statement
    one that "does not affect the policy" (access-analyzer checks, "Empty array ...")."""
    if statement.actions is not None:
        action_matches = any(action_fits(entry, line.action) for entry in statement.actions)
    else:
        entries = statement.not_actions or []
        action_matches = bool(entries) and not any(action_fits(entry, line.action) for entry in entries)

    def resource_matches_one(entries: list[str]) -> bool:
        return any(resource_fits(one, line.resource, line.context, variables=statement.variables) for one in entries)

    if statement.resources is not None:
        resource_matches = resource_matches_one(statement.resources)
    elif statement.not_resources is not None:
        resource_matches = bool(statement.not_resources) and not resource_matches_one(statement.not_resources)
    else:
        resource_matches = True  # a trust policy: the role itself
    return (
        action_matches
        and resource_matches
        and all(
            condition_holds(operator, values, line.context.get(key), line.context, statement.variables)
            for operator, key, values in statement.conditions
        )
    )


def read_context(value: Any) -> Context:
    """Key names in lower case: they are case-insensitive (elements_condition)."""
    need(isinstance(value, dict), "the context must be an object")
    context: dict[str, str | list[str]] = {}
    for key, values in value.items():
        need(key.lower() not in context, f"the context has `{key}` twice")
        is_list = isinstance(values, list) and all(isinstance(one, str) for one in values)
        need(is_list or isinstance(values, str), f"the value of `{key}` must be a string or a list of strings")
        context[key.lower()] = values
    return context


def read_documents(value: Any, kind: Kind) -> list[Statement]:
    need(isinstance(value, list), f"{kind} policies must be a list")
    return [statement for document in value for statement in statements_of(document, kind)]


def read_levels(value: Any, kind: Kind) -> list[list[Statement]]:
    need(value is None or isinstance(value, list), f"{kind}s must be a list of levels or null")
    return [read_documents(level, kind) for level in value or []]


def read_line(line: Any) -> Line:
    need(isinstance(line, dict), "a line must be an object")
    request = line.get("request")
    need(isinstance(request, dict) and "principal" in request, "a line must have a request with a principal")
    caller = read_caller(request["principal"])
    action, resource = request.get("action"), request.get("resource")
    need(isinstance(action, str) and isinstance(resource, str), "a request must have an action and a resource")
    service, colon, name = action.partition(":")
    need(bool(service and colon and name) and not any(one in action for one in "*? "), f"invalid action `{action}`")
    need(":" not in name, f"invalid action `{action}`")
    fields = resource.split(":", 5)
    is_arn = len(fields) == 6 and fields[0] == "arn"
    need(resource == "*" or is_arn, f"`{resource}` is neither an ARN nor `*`")
    context = read_context(request.get("context", {}))

    lowered = action.lower()
    is_role = is_arn and fields[2] == "iam" and fields[5].startswith("role/")
    is_trust = lowered.startswith("sts:assumerole") or (
        is_role and lowered in ("sts:tagsession", "sts:setsourceidentity")
    )
    is_key = service.lower() == "kms" and is_arn and fields[2] == "kms" and fields[5].startswith("key/")
    resource_policy = line.get("resource_policy")
    if is_key and isinstance(resource_policy, dict):
        resource_policy = without_ineffective_statements(resource_policy)

    identity = read_documents(line.get("identity_policies") or [], "identity")
    boundary = line.get("boundary")
    session = line.get("session_policies")
    scps = read_levels(line.get("scps"), "scp")
    rcps = read_levels(line.get("rcps"), "rcp")
    resource_account = line.get("resource_account")
    need(resource_account is None or isinstance(resource_account, str), "resource_account must be text or null")
    if resource_account is None and is_arn and len(fields[4]) == 12 and fields[4].isdecimal():
        resource_account = fields[4]

    if is_service_linked(caller, context):
        scps, rcps = [], []  # neither affects service-linked roles (orgs_manage_policies_scps, _rcps)
    if not caller.is_in_an_account:
        scps = []  # "SCPs affect only IAM users and roles", and the root user
    is_assuming_service_linked = caller.kind == "service" and is_role and "/aws-service-role/" in fields[5]
    if service.lower() not in RCP_SERVICES or lowered == "kms:retiregrant" or is_assuming_service_linked:
        rcps = []
    return Line(
        caller=caller,
        action=action,
        resource=resource,
        context=context,
        identity=identity,
        boundary=None if boundary is None else statements_of(boundary, "boundary"),
        session=None if session is None else read_documents(session, "session"),
        scps=scps,
        rcps=rcps,
        resource_policy=[]
        if resource_policy is None
        else statements_of(resource_policy, "trust" if is_trust else "resource"),
        must_be_granted_by_resource=is_trust or is_key,
        is_cross_account=caller.is_in_an_account and resource_account not in (None, caller.account),
        is_cross_partition=caller.is_in_an_account and is_arn and fields[1] != caller.partition,
    )


def without_ineffective_statements(document: dict[str, Any]) -> dict[str, Any]:
    """A key policy's statement without Action or without Resource "has no effect" (key-policy-overview)."""
    statements = document.get("Statement")
    if not isinstance(statements, list):
        return document
    effective = [
        one
        for one in statements
        if not isinstance(one, dict)
        or (("Action" in one or "NotAction" in one) and ("Resource" in one or "NotResource" in one))
    ]
    return {**document, "Statement": effective} if effective else document


def matches(line: Any) -> bool:
    """The answer to one `match --batch` line, in either form; `InvalidLine` where there is none."""
    need(isinstance(line, dict), "a line must be an object")
    context = read_context(line.get("context") or {})
    if "kind" in line:
        pattern, value = line.get("pattern"), line.get("value")
        need(isinstance(pattern, str) and isinstance(value, str), "pattern and value must be strings")
        if line["kind"] == "action":
            return action_fits(pattern, value)
        if line["kind"] == "resource":
            return resource_fits(pattern, value, context, variables=True)
        need(line["kind"] == "string", f"unknown kind {line['kind']!r}")
        expanded = expand(pattern, context, variables=True, wildcards=True)
        return expanded is not None and fits(expanded, value)

    operator, qualifier = line.get("operator"), line.get("qualifier")
    need(isinstance(operator, str) and (qualifier is None or isinstance(qualifier, str)), "invalid operator")
    name = read_operator(
        (f"{qualifier}:" if qualifier else "") + operator + ("IfExists" if line.get("if_exists") else "")
    )
    wanted = line.get("policy_values")
    values = [condition_value(one) for one in (wanted if isinstance(wanted, list) else [wanted])]
    given = line.get("request_values")
    given = [given] if isinstance(given, str) else given
    is_list = isinstance(given, list) and all(isinstance(one, str) for one in given)
    need(given is None or is_list, "request values must be strings")
    if qualifier is None and given is not None and len(given) == 1:
        given = given[0]  # "Without a qualifier one request value is a single-valued key."
    return condition_holds(name, values, given, context, True)


__all__ = ["InvalidLine", "PrincipalEntry", "decide", "matches"]
