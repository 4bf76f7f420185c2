"""Organizations: the organization itself, its root and its units, and what all of its operations share.

AWS's pages: the API_… pages of the Organizations API Reference of the same names, quotas from orgs_reference_limits,
resources from list_awsorganizations of the Service Authorization Reference. Texts of errors are those of the API
Reference, unless a real one was seen. There are no delegated administrators: only the management account may call
anything but DescribeOrganization. The service-linked role that AWS makes with an organization is not made, the
permission for it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from iamfa.account.entities import Tags
from iamfa.account.organization import ControlKind, ControlPolicy, Member, Organization, Unit
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.authorise import authorise
from iamfa.sandbox.paging import page
from iamfa.sandbox.targets import asked_tags, tag_keys
from iamfa.sandbox.work import Handler, Parameters, Result, Row, Target, Work

T = TypeVar("T")
Asked = Callable[[Work, Organization, Parameters], Iterable[Target]]

KINDS: Mapping[str, ControlKind] = {
    "SERVICE_CONTROL_POLICY": "SERVICE_CONTROL_POLICY",
    "RESOURCE_CONTROL_POLICY": "RESOURCE_CONTROL_POLICY",
}
"""The kinds of policy that the sandbox has: those that decide about permissions."""
FULL_ACCESS: Mapping[ControlKind, str] = {
    "SERVICE_CONTROL_POLICY": "p-FullAWSAccess",
    "RESOURCE_CONTROL_POLICY": "p-RCPFullAWSAccess",
}
"""What AWS attaches to everything when a kind is enabled."""
_FULL_ACCESS_TEXTS = {
    "p-FullAWSAccess": ("FullAWSAccess", "Allows access to every operation", ""),
    "p-RCPFullAWSAccess": ("RCPFullAWSAccess", "Allows access to every resource", '\n      "Principal": "*",'),
}
_MOST_UNITS = 2000
_DEEPEST_UNIT = 5
_MOST_TAGS = 50
_LARGEST_PAGE = 20


# What the operations share -------------------------------------------------------------------------------------------


def row(name: str, handler: Handler, asked: Asked) -> Row:
    """An operation of the management account. Refusals are `AccessDeniedException` here, with status 400."""

    def handle(work: Work, parameters: Parameters) -> Result | None:
        organization = organization_of(work)
        if work.account.number != organization.management_account:
            raise refused("AccessDeniedException", "You don't have permissions to access this resource.")
        ask(work, name, asked(work, organization, parameters))
        return handler(work, parameters)

    return Row(name, handle, None)


def ask(work: Work, name: str, targets: Iterable[Target]) -> None:
    """Ask the policies for these targets. Raises Organizations' AccessDeniedException."""
    for target in targets:
        try:
            authorise(work, f"organizations:{name}", target)
        except ApiError as error:
            if error.code != "AccessDenied":
                raise
            raise refused("AccessDeniedException", error.message) from error


def organization_of(work: Work) -> Organization:
    """The organization that the caller's account is in. Raises AWSOrganizationsNotInUseException."""
    found = work.state.organization_of(work.account.number)
    if found is None:
        raise refused("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
    return found


def change(work: Work, **values: Any) -> Organization:
    """Put the organization with these values in the place of the present one."""
    work.state.organization = found = replace(organization_of(work), **values)
    return found


def refused(code: str, message: str, reason: str | None = None) -> ApiError:
    """An error of Organizations: all of them have status 400."""
    return ApiError(code, message, 400, fields={} if reason is None else {"Reason": reason})


def too_many(reason: str, message: str) -> ApiError:
    """A quota that would be exceeded."""
    return refused("ConstraintViolationException", message, reason)


def kind_of(text: str) -> ControlKind:
    """A kind of policy that the sandbox has. The others, which decide nothing about permissions, it does not."""
    kind = KINDS.get(text)
    if kind is None:
        raise ApiError("NotImplemented", f"The sandbox does not have policies of the type {text}.", 501)
    return kind


def part(items: Iterable[T], parameters: Parameters, name: Callable[[T], str]) -> tuple[list[T], dict[str, Any]]:
    """A page of a list, with the `NextToken` for the next one."""
    asked = {"Marker": parameters.get("NextToken"), "MaxItems": parameters.get("MaxResults", _LARGEST_PAGE)}
    try:
        found, rest = page(items, asked, name)
    except ApiError as error:
        message = "You provided an invalid pagination token."
        raise refused("InvalidInputException", message, "INVALID_PAGINATION_TOKEN") from error
    return found, {"NextToken": rest.get("Marker")}


def arn_of(work: Work, organization: Organization, identifier: str) -> str:
    """The ARN of an account, a unit, the root or a policy, whether it is there or not."""
    policy = organization.policies.get(identifier)
    if policy is not None:
        return organization.policy_arn(policy, work.account.partition)
    kind = {"o": "ou", "r": "root", "p": "policy"}.get(identifier[:1], "account")
    return arn_under(work, organization, kind, identifier)


def arn_under(work: Work, organization: Organization, kind: str, rest: str) -> str:
    """The ARN of a thing of this organization."""
    return (
        f"arn:{work.account.partition}:organizations::{organization.management_account}:{kind}/{organization.id}/{rest}"
    )


def on(*names: str) -> Asked:
    """The things that these parameters name, with their tags."""

    def asked(work: Work, organization: Organization, parameters: Parameters) -> Iterable[Target]:
        for name in names:
            yield target_of(work, organization, parameters[name])

    return asked


def target_of(work: Work, organization: Organization, identifier: str) -> Target:
    """A thing of the organization as a resource."""
    context = tag_keys(organization.tags.get(identifier, ()), "aws:ResourceTag")
    return Target(arn_of(work, organization, identifier), context)


def with_asked_tags(asked: Asked) -> Asked:
    """The same with the tags that a call names."""

    def found(work: Work, organization: Organization, parameters: Parameters) -> Iterable[Target]:
        for target in asked(work, organization, parameters):
            yield Target(target.resource, {**target.context, **asked_tags(parameters)})

    return found


def with_new_tags(asked: Asked, made: Asked) -> Asked:
    """The same for a call that makes something; where it gives it tags, `organizations:TagResource` on that besides.

    Page add-tag of the Organizations User Guide.
    """

    def found(work: Work, organization: Organization, parameters: Parameters) -> Iterable[Target]:
        yield from with_asked_tags(asked)(work, organization, parameters)
        tags = asked_tags(parameters)
        for target in made(work, organization, parameters) if tags else ():
            yield Target(target.resource, tags, "organizations:TagResource")

    return found


def new(kind: str) -> Asked:
    """A thing that the call makes. AWS does not say which id stands in the ARN of what has none yet: here it is `*`."""

    def made(work: Work, organization: Organization, parameters: Parameters) -> Iterable[Target]:
        return (Target(arn_under(work, organization, kind, "*")),)

    return made


def everything(work: Work, organization: Organization, parameters: Parameters) -> Iterable[Target]:
    """An action without resource-level permissions."""
    return (Target("*"),)


def is_parent(organization: Organization, identifier: str) -> bool:
    """Whether this is the root or a unit."""
    return identifier == organization.root or identifier in organization.units


def require_parent(organization: Organization, identifier: str) -> str:
    """The id of the root or a unit. Raises ParentNotFoundException."""
    if not is_parent(organization, identifier):
        raise refused("ParentNotFoundException", "We can't find a root or OU with the ParentId that you specified.")
    return identifier


def is_target(organization: Organization, identifier: str) -> bool:
    """Whether a policy can be attached to this: the root, a unit, an account."""
    return is_parent(organization, identifier) or identifier in organization.members


def retagged(organization: Organization, identifier: str, tags: Sequence[Mapping[str, str]] | None) -> dict[str, Tags]:
    """All tags with these added to those of one thing. Raises the refusals of API_TagResource."""
    keys = [tag["Key"] for tag in tags or ()]
    if len(set(keys)) < len(keys):
        raise refused("InvalidInputException", "You provided a tag key twice.", "DUPLICATE_TAG_KEY")
    if any(key.lower().startswith("aws:") for key in keys):
        message = "You provided a tag key that begins with the reserved prefix aws:."
        raise refused("InvalidInputException", message, "INVALID_SYSTEM_TAGS_PARAMETER")
    held = dict(organization.tags.get(identifier, ()))
    held.update((tag["Key"], tag["Value"]) for tag in tags or ())
    if len(held) > _MOST_TAGS:
        raise too_many("MAX_TAG_LIMIT_EXCEEDED", "You have exceeded the number of tags allowed on this resource.")
    return {**without(organization.tags, identifier), **({identifier: tuple(held.items())} if held else {})}


def attached_by_default(organization: Organization) -> tuple[str, ...]:
    """What a new unit or account has attached from the beginning."""
    return tuple(FULL_ACCESS[kind] for kind in organization.enabled)


def root_out(work: Work, organization: Organization) -> dict[str, Any]:
    """The root as `Root`."""
    kinds = [{"Type": kind, "Status": "ENABLED"} for kind in organization.enabled]
    arn = arn_of(work, organization, organization.root)
    return {"Id": organization.root, "Arn": arn, "Name": "Root", "PolicyTypes": kinds}


# The organization and its root ---------------------------------------------------------------------------------------


def _create_organization(work: Work, parameters: Parameters) -> Result:
    state, account = work.state, work.account
    ask(work, "CreateOrganization", (Target("*"),))
    if state.organization_of(account.number) is not None:
        message = "The AWS account is already a member of an organization."
        raise refused("AlreadyInOrganizationException", message)
    if state.organization is not None:
        raise ApiError("NotImplemented", "The sandbox holds one organization, and there is one.", 501)
    if parameters.get("FeatureSet", "ALL") != "ALL":
        raise ApiError("NotImplemented", "The sandbox has organizations with all features only.", 501)
    _ask_for_linked_role(work)
    ids = state.ids
    root = f"r-{ids.word(4)}"
    # An account of the sandbox has no address: this one is nobody's (RFC 2606).
    own = Member(
        account.number, account.alias or "management", f"{account.number}@example.com", root, work.now, invited=True
    )
    policies = {identifier: _full_access(identifier, kind) for kind, identifier in FULL_ACCESS.items()}
    allowed = (FULL_ACCESS["SERVICE_CONTROL_POLICY"],)
    state.organization = found = Organization(
        f"o-{ids.word(10)}", account.number, root, {own.id: own}, {}, policies,
        {root: allowed, own.id: allowed}, ("SERVICE_CONTROL_POLICY",),
    )  # fmt: skip
    return {"Organization": _out(work, found)}


def _ask_for_linked_role(work: Work) -> None:
    name = "aws-service-role/organizations.amazonaws.com/AWSServiceRoleForOrganizations"
    arn = f"arn:{work.account.partition}:iam::{work.account.number}:role/{name}"
    try:
        context = {"iam:AWSServiceName": "organizations.amazonaws.com"}
        authorise(work, "iam:CreateServiceLinkedRole", Target(arn, context))
    except ApiError as error:
        reason = "ACCESS_DENIED_DURING_CREATE_SERVICE_LINKED_ROLE"
        raise refused("AccessDeniedForDependencyException", error.message, reason) from error


def _full_access(identifier: str, kind: ControlKind) -> ControlPolicy:
    name, description, principal = _FULL_ACCESS_TEXTS[identifier]
    statement = f'{{\n      "Effect": "Allow",{principal}\n      "Action": "*",\n      "Resource": "*"\n    }}'
    text = f'{{\n  "Version": "2012-10-17",\n  "Statement": [\n    {statement}\n  ]\n}}'
    return ControlPolicy(identifier, name, kind, text, description, aws_managed=True)


def _describe_organization(work: Work, parameters: Parameters) -> Result:
    """The one operation that any account of the organization may call."""
    organization = organization_of(work)
    ask(work, "DescribeOrganization", (Target("*"),))
    return {"Organization": _out(work, organization)}


def _out(work: Work, organization: Organization) -> dict[str, Any]:
    number = organization.management_account
    return {
        "Id": organization.id,
        "Arn": f"arn:{work.account.partition}:organizations::{number}:organization/{organization.id}",
        "FeatureSet": "ALL",
        "MasterAccountArn": arn_of(work, organization, number),
        "MasterAccountId": number,
        "MasterAccountEmail": organization.members[number].email,
        # AWS's page API_Organization: "Do not use. This field is deprecated"; what is in force ListRoots tells.
        "AvailablePolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
    }


def _list_roots(work: Work, parameters: Parameters) -> Result:
    return {"Roots": [root_out(work, organization_of(work))]}


# Units ---------------------------------------------------------------------------------------------------------------


def _create_unit(work: Work, parameters: Parameters) -> Result:
    organization = organization_of(work)
    parent, name = require_parent(organization, parameters["ParentId"]), parameters["Name"]
    _require_free(organization, parent, name)
    if len(organization.units) >= _MOST_UNITS:
        raise too_many("OU_NUMBER_LIMIT_EXCEEDED", "You have exceeded the number of OUs in an organization.")
    if len(above(organization, parent)) >= _DEEPEST_UNIT:
        raise too_many("OU_DEPTH_LIMIT_EXCEEDED", "You attempted to create an OU tree that is too many levels deep.")
    unit = Unit(f"ou-{organization.root.removeprefix('r-')}-{work.state.ids.word(8)}", name, parent)
    found = change(
        work,
        units={**organization.units, unit.id: unit},
        attached={**organization.attached, unit.id: attached_by_default(organization)},
        tags=retagged(organization, unit.id, parameters.get("Tags")),
    )
    return {"OrganizationalUnit": _unit_out(work, found, unit)}


def above(organization: Organization, unit: str) -> list[str]:
    """The units from this one up to the root, itself first; none for the root."""
    way = []
    while unit != organization.root:
        way.append(unit)
        unit = organization.units[unit].parent
    return way


def _require_free(organization: Organization, parent: str, name: str, present: str | None = None) -> None:
    for unit in organization.units.values():
        if unit.parent == parent and unit.name == name and unit.id != present:
            raise refused("DuplicateOrganizationalUnitException", "An OU with the same name already exists.")


def _unit_of(work: Work, parameters: Parameters) -> Unit:
    unit = organization_of(work).units.get(parameters["OrganizationalUnitId"])
    if unit is None:
        message = "You specified an organizational unit that doesn't exist."
        raise refused("OrganizationalUnitNotFoundException", message)
    return unit


def _unit_out(work: Work, organization: Organization, unit: Unit) -> dict[str, Any]:
    path = "/".join((organization.id, organization.root, *reversed(above(organization, unit.id)))) + "/"
    return {"Id": unit.id, "Arn": arn_of(work, organization, unit.id), "Name": unit.name, "Path": path}


def _describe_unit(work: Work, parameters: Parameters) -> Result:
    return {"OrganizationalUnit": _unit_out(work, organization_of(work), _unit_of(work, parameters))}


def _update_unit(work: Work, parameters: Parameters) -> Result:
    organization, unit = organization_of(work), _unit_of(work, parameters)
    renamed = replace(unit, name=parameters.get("Name", unit.name))
    _require_free(organization, unit.parent, renamed.name, present=unit.id)
    found = change(work, units={**organization.units, unit.id: renamed})
    return {"OrganizationalUnit": _unit_out(work, found, renamed)}


def _delete_unit(work: Work, parameters: Parameters) -> None:
    organization, unit = organization_of(work), _unit_of(work, parameters)
    parents = [each.parent for each in organization.members.values()]
    if unit.id in (*parents, *(each.parent for each in organization.units.values())):
        message = "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child"
        raise refused("OrganizationalUnitNotEmptyException", f"{message} OUs, and try the operation again.")
    change(
        work,
        units=without(organization.units, unit.id),
        attached=without(organization.attached, unit.id),
        tags=without(organization.tags, unit.id),
    )


def without(table: Mapping[str, T], key: str) -> dict[str, T]:
    """The table without this entry."""
    return {each: value for each, value in table.items() if each != key}


def _list_units(work: Work, parameters: Parameters) -> Result:
    organization = organization_of(work)
    parent = require_parent(organization, parameters["ParentId"])
    units = (unit for unit in organization.units.values() if unit.parent == parent)
    found, rest = part(units, parameters, lambda unit: unit.id)
    return {"OrganizationalUnits": [_unit_out(work, organization, unit) for unit in found], **rest}


_UNIT = on("OrganizationalUnitId")

OPERATIONS = (
    Row("CreateOrganization", _create_organization, None),
    Row("DescribeOrganization", _describe_organization, None),
    row("ListRoots", _list_roots, everything),
    row("CreateOrganizationalUnit", _create_unit, with_new_tags(on("ParentId"), new("ou"))),
    row("DescribeOrganizationalUnit", _describe_unit, _UNIT),
    row("UpdateOrganizationalUnit", _update_unit, _UNIT),
    row("DeleteOrganizationalUnit", _delete_unit, _UNIT),
    row("ListOrganizationalUnitsForParent", _list_units, on("ParentId")),
)
