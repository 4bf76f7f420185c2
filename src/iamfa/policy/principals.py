"""From the tree of a Principal or NotPrincipal element to its typed entries.

AWS's pages: reference_policies_elements_principal and reference_policies_elements_notprincipal.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.policy import grammar
from iamfa.policy.complaints import KIND_NAMES, Complaints, described, items_of, span_of
from iamfa.policy.document import Kind, PrincipalElement, PrincipalValue, Span, Value
from iamfa.policy.reader import Member, Object, Scalar


def principal_of(member: Member, effect: str | None, complaints: Complaints) -> PrincipalElement:
    """The element, in a kind of policy that has one."""
    name, kind = member.key.text, complaints.kind
    if name == "NotPrincipal":
        if kind is not Kind.RESOURCE:
            complaints.fault(member.key, f"{KIND_NAMES[kind]} has no NotPrincipal", "use Principal and a condition")
        elif effect == "Allow":
            complaints.fault(member.key, "NotPrincipal stands with Allow", "NotPrincipal is supported with Deny only")
    values = tuple(_values(member, complaints))
    if kind is Kind.RCP and any(value.value.text != "*" for value in values):
        complaints.fault(member.value, "the Principal of a resource control policy is `*`", "use a condition instead")
    return PrincipalElement(name, values, Span(member.key.start, member.value.end))


def _values(member: Member, complaints: Complaints) -> Iterator[PrincipalValue]:
    node = member.value
    if isinstance(node, Scalar) and node.type == "string" and node.text == "*":
        if complaints.kind is Kind.TRUST:
            complaints.fault(node, '`"Principal": "*"` is not supported in a trust policy', 'write `{"AWS": "*"}`')
        yield PrincipalValue("*", Value("*", span_of(node)))
        return
    if not isinstance(node, Object):
        complaints.fault(
            node,
            f'{member.key.text} is `"*"` or an object, not {described(node)}',
            'write e.g. `{"AWS": "arn:aws:iam::123456789012:root"}`',
        )
        return
    if not node.members:
        complaints.fault(node, f"{member.key.text} is empty", "name at least one principal")
    for type_, entry in complaints.members(node, grammar.PRINCIPAL_TYPES, "a Principal").items():
        items = items_of(entry.value)
        if not items:
            complaints.fault(entry.value, f"the list of `{type_}` principals is empty", "name at least one principal")
        for item in items:
            value = complaints.text(item, f"a principal of type {type_}")
            if value is not None:
                complaints.object_to(item, grammar.principal_objection(type_, value.text, complaints.kind))
                yield PrincipalValue(type_, value)
