"""From the tree of a text to a typed document, or to every fault that its grammar has, each with its place.

AWS's pages: reference_policies_grammar and reference_policies_elements_* of the IAM User Guide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, cast

from iamfa.errors import Fault, UnknownOperatorError
from iamfa.policy import grammar, operator_values
from iamfa.policy.document import (
    Condition,
    Document,
    Effect,
    Element,
    Kind,
    PrincipalElement,
    PrincipalValue,
    Span,
    Statement,
    Value,
    Version,
)
from iamfa.policy.grammar import Objection, shown
from iamfa.policy.operators import Family, ParsedOperator, parse_operator
from iamfa.policy.reader import Array, Member, Node, Object, Scalar
from iamfa.policy.source import Source

_TRUST_ACTIONS: Final = ("sts:assumerole", "sts:tagsession", "sts:setsourceidentity", "sts:setcontext")
_SERVICES_WITHOUT_RESOURCE: Final = ("ecr:",)
"""Services whose resource policies stand without Resource, as in Amazon ECR's page repository-policy-examples."""


class Parsed(NamedTuple):
    """What became of a text."""

    document: Document | None
    """The document; None when there are faults."""
    kind: Kind
    """As given, or guessed."""
    faults: tuple[Fault, ...]
    """Everything that is wrong, in the order of the text."""
    remarks: tuple[Fault, ...]
    """What is legal and probably not meant, in the order of the text."""


def parse_document(root: Node, source: Source, kind: Kind | None = None) -> Parsed:
    """Turn a policy, a bare statement or a list of bare statements into a document."""
    return _Parser(source, kind or guess_kind(root)).parse(root)


def guess_kind(root: Node) -> Kind:
    """What a document is attached as, where nobody says: a Principal makes it a resource or a trust policy."""
    statements = list(_statement_objects(root))
    if not any(member.key.text in ("Principal", "NotPrincipal") for each in statements for member in each.members):
        return Kind.IDENTITY
    actions = [
        action
        for each in statements
        for member in each.members
        if member.key.text in ("Action", "NotAction")
        for action in _strings(member.value)
    ]
    if actions and all(action.lower().startswith(_TRUST_ACTIONS) for action in actions):
        return Kind.TRUST
    return Kind.RESOURCE


def is_policy_like(node: Node) -> bool:
    """Whether an object or list is meant as a policy or as statements, valid or not."""
    if isinstance(node, Array):
        return any(is_statement_like(item) for item in node.items)
    if not isinstance(node, Object):
        return False
    for member in node.members:
        if member.key.text.lower() == "statement" and isinstance(member.value, Array | Object):
            return True
        if member.key.text == "Version" and isinstance(member.value, Scalar) and member.value.text in grammar.VERSIONS:
            return True
    return is_statement_like(node)


def is_statement_like(node: Node) -> bool:
    """Whether an object is meant as a statement: it has an Effect or an action, and another element of one."""
    if not isinstance(node, Object):
        return False
    keys = {member.key.text for member in node.members}
    return bool(keys & {"Effect", "Action", "NotAction"}) and len(keys & set(grammar.STATEMENT_KEYS)) >= 2


class _Parser:
    """Walks the tree once and gathers what is wrong; nothing stops it but the end."""

    def __init__(self, source: Source, kind: Kind) -> None:
        self.source = source
        self.kind = kind
        self.faults: list[tuple[int, Objection]] = []
        self.remarks: list[tuple[int, Objection]] = []
        self.variables = True
        self.sids: dict[str, int] = {}

    def parse(self, root: Node) -> Parsed:
        document = self.policy(root)
        faults = self.placed(self.faults)
        return Parsed(None if faults else document, self.kind, faults, self.placed(self.remarks))

    def placed(self, found: list[tuple[int, Objection]]) -> tuple[Fault, ...]:
        found.sort(key=lambda each: each[0])
        return tuple(self.source.fault(offset, message, hint) for offset, (message, hint) in found)

    def fault(self, at: Node | int, message: str, hint: str | None = None) -> None:
        self.faults.append((at if isinstance(at, int) else at.start, Objection(message, hint)))

    def remark(self, at: Node, message: str, hint: str | None = None) -> None:
        self.remarks.append((at.start, Objection(message, hint)))

    def object_to(self, at: Node, objection: Objection | None) -> None:
        if objection is not None:
            self.faults.append((at.start, objection))

    # The document ------------------------------------------------------------------------------------------------

    def policy(self, root: Node) -> Document | None:
        if isinstance(root, Array):
            self.remark(
                root,
                "this is a list of statements without a policy around it",
                "it is read as if Version were 2012-10-17",
            )
            return self.bare(root)
        if not isinstance(root, Object):
            self.fault(
                root, f"a policy is an object, not {_a(root)}", 'write `{"Version": "2012-10-17", "Statement": […]}`'
            )
            return None
        keys = {member.key.text for member in root.members}
        if "Statement" not in keys and is_statement_like(root):
            self.remark(
                root, "this is a statement without a policy around it", "it is read as if Version were 2012-10-17"
            )
            return self.bare(root)
        elements = self.members(root, grammar.POLICY_KEYS, "a policy")
        version = self.version(root, elements.get("Version"))
        policy_id = self.policy_id(elements.get("Id"))
        statements = self.statements(root, elements.get("Statement"))
        member = elements.get("Version")
        return Document(
            statements,
            version,
            member is not None,
            Span(member.key.start, member.value.end) if member else None,
            policy_id,
            Span(root.start, root.end),
        )

    def bare(self, root: Node) -> Document:
        """Statements as people keep them in files of their own; where they end up decides on their Version."""
        return Document(self.statement_list(root), "2012-10-17", span=Span(root.start, root.end))

    def version(self, root: Object, member: Member | None) -> Version:
        if member is None:
            self.variables = False
            if self.kind in grammar.ORGANIZATION_KINDS:
                self.fault(root, f"{_NAMES[self.kind]} must have a Version", 'write `"Version": "2012-10-17"`')
            return "2008-10-17"
        value = member.value
        text = value.text if isinstance(value, Scalar) else ""
        if not isinstance(value, Scalar) or value.type != "string":
            self.fault(value, f"Version is a text, not {_a(value)}", 'write `"2012-10-17"`')
        elif text not in grammar.VERSIONS:
            self.fault(value, f"`{shown(text)}` is no Version", "write `2012-10-17` (or `2008-10-17`)")
        elif text == "2008-10-17" and self.kind in grammar.ORGANIZATION_KINDS:
            self.fault(value, f"{_NAMES[self.kind]} must have Version 2012-10-17", "write `2012-10-17`")
        self.variables = text != "2008-10-17"
        return "2008-10-17" if text == "2008-10-17" else "2012-10-17"

    def policy_id(self, member: Member | None) -> str | None:
        if member is None:
            return None
        if self.kind not in (Kind.RESOURCE, Kind.TRUST):
            self.fault(member.key, f"{_NAMES[self.kind]} has no Id", "remove it: only resource policies have one")
        value = self.text(member.value, "Id")
        if value is None:
            return None
        self.characters(member.value, value.text)
        return value.text

    def statements(self, root: Object, member: Member | None) -> tuple[Statement, ...]:
        if member is None:
            self.fault(root, "the policy has no Statement", 'write `"Statement": [{"Effect": …, "Action": …}]`')
            return ()
        return self.statement_list(member.value)

    def statement_list(self, node: Node) -> tuple[Statement, ...]:
        items = node.items if isinstance(node, Array) else (node,)
        if not items:
            self.fault(node, "the list of statements is empty", "a policy has at least one statement")
        found = [self.statement(index, item) for index, item in enumerate(items)]
        return tuple(statement for statement in found if statement is not None)

    # A statement -------------------------------------------------------------------------------------------------

    def statement(self, index: int, node: Node) -> Statement | None:
        if not isinstance(node, Object):
            self.fault(node, f"a statement is an object, not {_a(node)}", 'write `{"Effect": …, "Action": …}`')
            return None
        elements = self.members(node, grammar.STATEMENT_KEYS, "a statement")
        sid = self.sid(elements.get("Sid"))
        effect = self.effect(node, elements.get("Effect"))
        principal = self.principal(node, elements, effect)
        action = self.action(node, elements, effect)
        resource = self.resource(node, elements, action)
        conditions = self.conditions(elements.get("Condition"))
        if self.kind is Kind.RCP:
            self.rcp_statement(node, elements, effect, action, resource)
        if effect is None or action is None:
            return None
        return Statement(
            index,
            effect,
            action,
            resource,
            principal,
            conditions,
            sid,
            Span(node.start, node.end),
            _span(elements["Effect"].value),
        )

    def members(self, node: Object, known: tuple[str, ...], where: str) -> dict[str, Member]:
        """The members by key; unknown and repeated keys are faults."""
        found: dict[str, Member] = {}
        for member in node.members:
            name = member.key.text
            if name not in known:
                close = grammar.close_name(name, known)
                self.fault(
                    member.key,
                    f"`{shown(name)}` is no element of {where}",
                    f"did you mean `{close}`?" if close and close not in found else f"it has {', '.join(known)}",
                )
                if close and close.lower() == name.lower():
                    # Only the letters' case is wrong: what it holds is judged too, and it is not missing.
                    found.setdefault(close, Member(member.key._replace(text=close), member.value))
            elif name in found:
                line, _ = self.source.position(found[name].key.start)
                self.fault(member.key, f"`{name}` stands here a second time", f"the first is in line {line}")
            else:
                found[name] = member
        return found

    def sid(self, member: Member | None) -> str | None:
        if member is None:
            return None
        value = self.text(member.value, "Sid")
        if value is None:
            return None
        text = value.text
        self.characters(member.value, text)
        self.object_to(member.value, grammar.sid_objection(text, self.kind))
        if text:
            if text in self.sids:
                self.fault(
                    member.value,
                    f"the Sid `{shown(text)}` stands in this policy twice",
                    f"the first is in line {self.sids[text]}",
                )
            self.sids.setdefault(text, self.source.position(member.value.start)[0])
        return text

    def effect(self, node: Object, member: Member | None) -> Effect | None:
        if member is None:
            self.fault(node, "the statement has no Effect", 'write `"Effect": "Allow"` or `"Deny"`')
            return None
        value = self.text(member.value, "Effect")
        if value is None:
            return None
        if value.text not in grammar.EFFECTS:
            close = grammar.close_name(value.text, grammar.EFFECTS)
            self.fault(
                member.value,
                f"`{shown(value.text)}` is no Effect",
                f"did you mean `{close}`?" if close else "write `Allow` or `Deny`",
            )
            return None
        return cast(Effect, value.text)

    def one_of(self, node: Object, elements: dict[str, Member], name: str) -> Member | None:
        """The element or its Not- form, of which a statement has one at most."""
        positive, negative = elements.get(name), elements.get(f"Not{name}")
        if positive and negative:
            later = max(positive, negative, key=lambda each: each.key.start)
            self.fault(later.key, f"{name} and Not{name} stand in one statement", "keep one of them")
        return positive or negative

    def action(self, node: Object, elements: dict[str, Member], effect: str | None) -> Element | None:
        member = self.one_of(node, elements, "Action")
        if member is None:
            self.fault(node, "the statement has no Action", "add an Action or NotAction")
            return None
        for item, text in self.texts(member):
            objection = grammar.action_objection(text, self.kind, effect)
            if objection is None and self.kind is Kind.TRUST and not text.lower().startswith(("sts:", "*")):
                objection = Objection(
                    f"a trust policy cannot grant `{shown(text)}`", "it grants `sts:AssumeRole` and its like"
                )
            self.object_to(item, objection)
        return _element(member)

    def resource(self, node: Object, elements: dict[str, Member], action: Element | None) -> Element | None:
        member = self.one_of(node, elements, "Resource")
        if self.kind is Kind.TRUST:
            for name in ("Resource", "NotResource"):
                if name in elements:
                    self.fault(
                        elements[name].key, f"a trust policy has no {name}", "remove it: it means the role itself"
                    )
            return None
        if member is None:
            if not self.resource_may_be_missing(action):
                self.fault(node, "the statement has no Resource", "add a Resource or NotResource")
            return None
        for item, text in self.texts(member):
            objection = grammar.resource_objection(text, self.kind)
            self.object_to(item, objection or (grammar.variable_objection(text) if self.variables else None))
            if objection is None and text.startswith("arn:") and len(grammar.arn_parts(text)) < 6:
                self.remark(item, f"the ARN `{shown(text)}` is incomplete", "AWS fills the missing parts with `*`")
        return _element(member)

    def resource_may_be_missing(self, action: Element | None) -> bool:
        return (
            self.kind is Kind.RESOURCE
            and action is not None
            and bool(action.values)
            and all(value.text.lower().startswith(_SERVICES_WITHOUT_RESOURCE) for value in action.values)
        )

    def texts(self, member: Member) -> Iterator[tuple[Node, str]]:
        """The entries of Action, NotAction, Resource or NotResource that are texts; the others are faults."""
        items = _items(member.value)
        if not items:
            self.fault(member.value, f"{member.key.text} is empty", "list at least one entry, or remove the statement")
        prefix = "an entry of " if isinstance(member.value, Array) else ""
        for item in items:
            value = self.text(item, member.key.text, prefix)
            if value is not None:
                self.characters(item, value.text)
                yield item, value.text

    # Principals --------------------------------------------------------------------------------------------------

    def principal(self, node: Object, elements: dict[str, Member], effect: str | None) -> PrincipalElement | None:
        member = self.one_of(node, elements, "Principal")
        if self.kind not in grammar.PRINCIPAL_KINDS:
            for name in ("Principal", "NotPrincipal"):
                if name in elements:
                    self.fault(
                        elements[name].key,
                        f"{_NAMES[self.kind]} has no {name}",
                        "use a condition on `aws:PrincipalArn`"
                        if self.kind is Kind.SCP
                        else "it holds for whomever it is attached to; is this a resource or trust policy?",
                    )
            return None
        if member is None:
            self.fault(node, "the statement has no Principal", 'write e.g. `"Principal": {"AWS": "123456789012"}`')
            return None
        name = member.key.text
        if name == "NotPrincipal":
            if self.kind is not Kind.RESOURCE:
                self.fault(member.key, f"{_NAMES[self.kind]} has no NotPrincipal", "use Principal and a condition")
            elif effect == "Allow":
                self.fault(member.key, "NotPrincipal stands with Allow", "NotPrincipal is supported with Deny only")
        values = tuple(self.principal_values(member))
        if self.kind is Kind.RCP and any(value.value.text != "*" for value in values):
            self.fault(member.value, "the Principal of a resource control policy is `*`", "use a condition instead")
        return PrincipalElement(name, values, Span(member.key.start, member.value.end))

    def principal_values(self, member: Member) -> Iterator[PrincipalValue]:
        node = member.value
        if isinstance(node, Scalar) and node.type == "string" and node.text == "*":
            if self.kind is Kind.TRUST:
                self.fault(node, '`"Principal": "*"` is not supported in a trust policy', 'write `{"AWS": "*"}`')
            yield PrincipalValue("*", Value("*", _span(node)))
            return
        if not isinstance(node, Object):
            self.fault(
                node,
                f'{member.key.text} is `"*"` or an object, not {_a(node)}',
                'write e.g. `{"AWS": "arn:aws:iam::123456789012:root"}`',
            )
            return
        if not node.members:
            self.fault(node, f"{member.key.text} is empty", "name at least one principal")
        for type_, entry in self.members(node, grammar.PRINCIPAL_TYPES, "a Principal").items():
            items = _items(entry.value)
            if not items:
                self.fault(entry.value, f"the list of `{type_}` principals is empty", "name at least one principal")
            for item in items:
                value = self.text(item, type_, "an entry of ")
                if value is not None:
                    self.characters(item, value.text)
                    self.object_to(item, grammar.principal_objection(type_, value.text, self.kind))
                    yield PrincipalValue(type_, value)

    def rcp_statement(
        self,
        node: Object,
        elements: dict[str, Member],
        effect: str | None,
        action: Element | None,
        resource: Element | None,
    ) -> None:
        """A resource control policy denies; the one that allows is AWS's own RCPFullAWSAccess."""
        if "NotAction" in elements:
            self.fault(elements["NotAction"].key, "a resource control policy has no NotAction", "list the actions")
        if effect != "Allow":
            return
        full = all(
            element is not None and not element.negated and [value.text for value in element.values] == ["*"]
            for element in (action, resource)
        )
        if not full or "Condition" in elements:
            self.fault(
                elements["Effect"].value,
                "a resource control policy only denies",
                "AWS's RCPFullAWSAccess alone allows: all actions on all resources, without a condition",
            )

    # Conditions --------------------------------------------------------------------------------------------------

    def conditions(self, member: Member | None) -> tuple[Condition, ...]:
        if member is None:
            return ()
        node = member.value
        if not isinstance(node, Object):
            self.fault(
                node, f"Condition is an object, not {_a(node)}", 'write `{"Bool": {"aws:SecureTransport": "true"}}`'
            )
            return ()
        if not node.members:
            self.remark(node, "the Condition is empty and restricts nothing", "remove it")
        found: list[Condition] = []
        operators: dict[str, Scalar] = {}
        for operator_member in node.members:
            name = operator_member.key
            if name.text in operators:
                line, _ = self.source.position(operators[name.text].start)
                self.fault(
                    name,
                    f"the operator `{shown(name.text)}` stands in this Condition twice",
                    f"put both keys under the one in line {line}",
                )
            operators.setdefault(name.text, name)
            found.extend(self.operator_block(operator_member))
        return tuple(found)

    def operator_block(self, member: Member) -> Iterator[Condition]:
        operator: ParsedOperator | None = None
        try:
            operator = parse_operator(member.key.text)
        except UnknownOperatorError as error:
            self.fault(member.key, error.message, error.hint)
        node = member.value
        if not isinstance(node, Object):
            self.fault(
                node,
                f"a condition operator holds an object of keys, not {_a(node)}",
                'write e.g. `{"aws:username": "alice"}`',
            )
            return
        if not node.members:
            self.remark(node, f"`{shown(member.key.text)}` compares nothing", "remove it")
        keys: dict[str, Scalar] = {}
        for entry in node.members:
            name = entry.key.text
            self.characters(entry.key, name)
            self.object_to(entry.key, grammar.condition_key_objection(name))
            if name.lower() in keys:
                line, _ = self.source.position(keys[name.lower()].start)
                self.fault(
                    entry.key,
                    f"the condition key `{shown(name)}` stands under this operator twice",
                    f"the first is in line {line}; names of keys do not differ by case",
                )
            keys.setdefault(name.lower(), entry.key)
            yield Condition(
                Value(member.key.text, _span(member.key)),
                Value(name, _span(entry.key)),
                tuple(self.condition_values(entry, operator)),
                Span(entry.key.start, entry.value.end),
            )

    def condition_values(self, member: Member, operator: ParsedOperator | None) -> Iterator[Value]:
        items = _items(member.value)
        if not items:
            self.remark(
                member.value,
                f"there is no value for the condition key `{shown(member.key.text)}`",
                "give one, or use `Null`",
            )
        for item in items:
            if not isinstance(item, Scalar) or item.type == "null":
                self.fault(item, f"a condition's value is a text, number, true or false, not {_a(item)}")
                continue
            self.characters(item, item.text)
            if operator is not None:
                self.condition_value(item, operator)
            yield Value(item.text, _span(item))

    def condition_value(self, item: Scalar, operator: ParsedOperator) -> None:
        """AWS refuses addresses that are none; of other values that their operator cannot read it only warns."""
        family = operator.operator.family
        if operator.operator.variables:
            if self.variables:
                self.object_to(item, grammar.variable_objection(item.text))
        elif family is Family.IP:
            if operator_values.network(item.text) is None:
                self.fault(item, f"`{shown(item.text)}` is no address or range", "write e.g. `203.0.113.0/24`")
        elif _READERS[family](item.text) is None:
            self.remark(
                item, f"`{operator.operator.name}` cannot read `{shown(item.text)}`", f"it takes {_TAKES[family]}"
            )

    # Strings -----------------------------------------------------------------------------------------------------

    def text(self, node: Node, name: str, prefix: str = "") -> Value | None:
        if isinstance(node, Scalar) and node.type == "string":
            return Value(node.text, _span(node))
        self.fault(
            node,
            f"{prefix}{name} is a text, not {_a(node)}",
            "put it into quotation marks" if isinstance(node, Scalar) and node.type != "null" else None,
        )
        return None

    def characters(self, node: Node, text: str) -> None:
        """What every string of a policy must and should keep to."""
        if self.kind is not Kind.RESOURCE:
            self.object_to(node, grammar.character_objection(text))
        form = grammar.terraform_form(text)
        if form is not None:
            self.remark(
                node,
                f"`{shown(form)}` is Terraform's way to write a variable, and literal text for AWS"
                if form[0] == "&"
                else f"`{shown(form)}` is Terraform's escape: AWS reads the first `$` literally",
                "in a JSON policy write `${aws:username}`",
            )


_NAMES: Final = {
    Kind.IDENTITY: "an identity-based policy",
    Kind.USER: "a user's policy",
    Kind.GROUP: "a group's policy",
    Kind.ROLE: "a role's policy",
    Kind.SESSION: "a session policy",
    Kind.BOUNDARY: "a permissions boundary",
    Kind.RESOURCE: "a resource policy",
    Kind.TRUST: "a trust policy",
    Kind.SCP: "a service control policy",
    Kind.RCP: "a resource control policy",
}
_READERS: Final[dict[Family, Callable[[str], object]]] = {
    Family.NUMERIC: operator_values.number,
    Family.DATE: operator_values.instant,
    Family.BOOL: operator_values.boolean,
    Family.NULL: operator_values.boolean,
    Family.BINARY: operator_values.binary,
}
"""Each answers None for a text that it cannot read."""
_TAKES: Final = {
    Family.NUMERIC: "a number",
    Family.DATE: "a date such as `2026-01-31T12:00:00Z`, or seconds since 1970",
    Family.BOOL: "`true` or `false`",
    Family.NULL: "`true` or `false`",
    Family.BINARY: "text in base64",
}


def _element(member: Member) -> Element:
    """The element with those of its entries that are texts; where others stand there is a fault, and no document."""
    node = member.value
    values = tuple(Value(item.text, _span(item)) for item in _items(node) if isinstance(item, Scalar))
    return Element(
        member.key.text, values, Span(member.key.start, node.end), _span(member.key), isinstance(node, Array)
    )


def _items(node: Node) -> tuple[Node, ...]:
    """The entries of a list; a value where a list may stand is a list of one."""
    return node.items if isinstance(node, Array) else (node,)


def _span(node: Node) -> Span:
    return Span(node.start, node.end)


def _strings(node: Node) -> Iterator[str]:
    return (item.text for item in _items(node) if isinstance(item, Scalar))


def _statement_objects(root: Node) -> Iterator[Object]:
    """The objects that stand where statements stand, of a document that may be faulty."""
    if isinstance(root, Object) and any(member.key.text == "Statement" for member in root.members):
        candidates = [
            item for member in root.members if member.key.text == "Statement" for item in _items(member.value)
        ]
    else:
        candidates = list(_items(root))
    return (node for node in candidates if isinstance(node, Object))


def _a(node: Node) -> str:
    if isinstance(node, Array):
        return "a list"
    if isinstance(node, Object):
        return "an object"
    return {"string": "a text", "number": "a number", "boolean": "true or false", "null": "null"}[node.type]
