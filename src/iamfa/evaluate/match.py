"""Whether one statement fits one request: compiled once per statement, asked many times.

Every test answers True, False or None: None means that AWS's behaviour is not known, and it never turns into a grant.
Pages: reference_policies_elements_action, _resource, _notresource, _principal, _notprincipal, _condition.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from iamfa.arn import completed_pattern
from iamfa.evaluate.principal import Named, Naming, Principal, PrincipalKind, naming
from iamfa.evaluate.request import ContextValue, Request
from iamfa.policy.document import Condition, Document, Statement
from iamfa.policy.glob import Token, Wild, ascii_lower, lowered, matcher, split_at_colons, tokens_of
from iamfa.policy.operators import compile_condition
from iamfa.policy.variables import Template, Variable, lookup_in, template_matcher

Keys = Mapping[str, ContextValue]
ResourceTest = Callable[[str, Keys], bool]
ConditionTest = Callable[[Keys], bool | None]


@dataclass(frozen=True, slots=True)
class CompiledCondition:
    """One condition with its test and the keys on which it hangs."""

    condition: Condition
    test: ConditionTest
    key: str
    """The key's name in lower case."""
    mentions: frozenset[str]
    """Keys that its values name as variables, in lower case."""
    presence_only: bool
    """Whether only the presence of the key matters (operator Null)."""

    def holds(self, request: Request) -> bool | None:
        """Whether the condition is fulfilled; None where it hangs on something that nobody told."""
        if request.unspecified:
            if self.key in request.unspecified:
                if not self.presence_only:
                    return None
                return self.test({**request.keys, self.key: "present"})
            if self.mentions & request.unspecified:
                return None
        return self.test(request.keys)


class CompiledStatement:
    """One statement of one policy of a bundle, ready to be asked."""

    __slots__ = (
        "_action_patterns", "_named_actions", "_resource_tests", "conditions", "label", "needed_keys", "negated_action",
        "negated_resource", "resource_keys", "resource_test", "statement", "takes_every_resource",
    )  # fmt: skip

    def __init__(self, label: str, statement: Statement, document: Document, *, cross_colons: bool = True) -> None:
        self.label = label
        self.statement = statement
        self.negated_action = statement.action.negated
        entries = [ascii_lower(v.text) for v in statement.action.values]
        self._named_actions = frozenset(text for text in entries if not _is_wild(text))
        self._action_patterns = tuple(_action_test(text) for text in entries if _is_wild(text))
        self.negated_resource = statement.resource is not None and statement.resource.negated
        values = statement.resource.values if statement.resource is not None else ()
        compiled = [_resource_entry(v.text, document.variables, cross_colons) for v in values]
        templates = [template for template, _ in compiled]
        self._resource_tests = tuple(test for _, test in compiled)
        self.resource_keys = frozenset().union(*(t.keys for t in templates)) if templates else frozenset()
        variables = (part for t in templates for part in t.parts if isinstance(part, Variable))
        self.needed_keys = frozenset(v.key for v in variables if v.default is None)
        """Keys without which an entry fits nothing."""
        self.resource_test = _any_of(self._resource_tests) if statement.resource is not None else None
        self.takes_every_resource = any(t.parts == (Wild.STAR,) for t in templates)
        self.conditions = tuple(_condition(c, document.variables) for c in statement.conditions)

    def action_fits(self, action_key: str) -> bool:
        """Whether the Action or NotAction element takes in the action (given in lower case)."""
        fits = action_key in self._named_actions or any(test(action_key) for test in self._action_patterns)
        return fits is not self.negated_action

    def resource_fits(self, request: Request) -> bool | None:
        """Whether Resource or NotResource takes in the request's resource; None where a variable's value is untold."""
        if self.resource_test is None:
            return True
        if self.resource_keys & request.unspecified:
            return self._resource_unspecified(request)
        return self.resource_test(request.resource, request.keys) is not self.negated_resource

    def _resource_unspecified(self, request: Request) -> bool | None:
        assert self.statement.resource is not None
        told = [
            test
            for test, value in zip(self._resource_tests, self.statement.resource.values, strict=True)
            if not Template.of_resource(completed_pattern(value.text), variables=True).keys & request.unspecified
        ]
        if any(test(request.resource, request.keys) for test in told):
            return not self.negated_resource
        return None

    def resource_items(self, request: Request) -> tuple[int, ...]:
        """Which entries of Resource or NotResource fit the request's resource, by position."""
        return tuple(i for i, test in enumerate(self._resource_tests) if test(request.resource, request.keys))

    def action_items(self, action_key: str) -> tuple[int, ...]:
        """Which entries of Action or NotAction fit the action, by position."""
        return tuple(i for i, v in enumerate(self.statement.action.values) if _action_test(v.text)(action_key))

    def names(
        self,
        principal: Principal,
        user_id: str | None,
        *,
        boundary: bool,
        settled: Collection[tuple[str, str]] | None = None,
    ) -> Named:
        """How closely the statement's Principal element takes in the requester; DIRECT where it has none.

        *boundary* tells whether a permissions boundary is set: a NotPrincipal with Deny then always fits
        (AWS's page access_policies_boundaries). *settled* are the entries, as type and value, that are taken to name
        him of those of which it cannot be known; the others are taken not to. None settles nothing.
        """
        element = self.statement.principal
        if element is None:
            return _EVERYBODY
        found = [naming(v.type, v.value.text, principal, user_id) for v in element.values]
        if settled is not None:
            taken = (Naming.DIRECT if (v.type, v.value.text) in settled else Naming.NOT for v in element.values)
            found = [other if name is None else name for name, other in zip(found, taken, strict=True)]
        if element.negated:
            if boundary and self.statement.effect == "Deny" and principal.kind in _WITH_BOUNDARY:
                return _EVERYBODY
            excepted = _excepted(found, principal)
            return Named(Naming.NOT, Naming.DIRECT) if excepted is None else Named(excepted, excepted)
        best = max((n for n in found if n is not None), default=Naming.NOT)
        return Named(best, Naming.DIRECT if None in found else best)


def _excepted(found: list[Naming | None], principal: Principal) -> Naming | None:
    """Whether a NotPrincipal spares the requester: NOT if it does, DIRECT if not, None where AWS leaves it open.

    AWS's page reference_policies_elements_notprincipal: without the account's ARN beside the user's or the role's the
    policy "might deny access to the entire account"; the account alone spares its root user only.
    """
    if principal.kind is PrincipalKind.ROOT and Naming.ACCOUNT in found:
        return Naming.NOT
    if principal.kind is PrincipalKind.SESSION and Naming.DIRECT in found and Naming.LIMITED not in found:
        return None  # "AWS might validate the account first, then the role, and then the assumed-role user"
    if any(n is not None and n > Naming.ACCOUNT for n in found):
        spared = principal.account is None or Naming.ACCOUNT in found
        return Naming.NOT if spared else None
    return None if None in found else Naming.DIRECT


_EVERYBODY = Named(Naming.DIRECT, Naming.DIRECT)

_WITH_BOUNDARY = frozenset(
    {PrincipalKind.USER, PrincipalKind.ROLE, PrincipalKind.SESSION, PrincipalKind.FEDERATED_USER}
)


@lru_cache(maxsize=16_384)
def _action_test(pattern: str) -> Callable[[str], bool]:
    """Kept, because the entries of one policy are asked about again and again; it hangs on nothing but its text."""
    return matcher(lowered(tokens_of(pattern)))


def _is_wild(text: str) -> bool:
    return "*" in text or "?" in text


@lru_cache(maxsize=4096)
def _resource_entry(text: str, variables: bool, cross_colons: bool) -> tuple[Template, ResourceTest]:
    """One entry of Resource and its test, kept: a policy is compiled again with every statement that is tried on it."""
    template = Template.of_resource(completed_pattern(text), variables=variables)
    return template, _resource_test(template, cross_colons)


def _resource_test(template: Template, cross_colons: bool) -> ResourceTest:
    if cross_colons:
        if template.has_variables:
            return template_matcher(template)
        fits = matcher(template.resolve(lookup_in({})) or ())
        return lambda resource, _keys: fits(resource)

    def test(resource: str, keys: Keys) -> bool:
        tokens = template.resolve(lookup_in(keys))
        return tokens is not None and _segment_matcher(tokens)(resource)

    return test


def _any_of(tests: Sequence[ResourceTest]) -> ResourceTest:
    if len(tests) == 1:
        return tests[0]

    def test(resource: str, keys: Keys) -> bool:
        return any(one(resource, keys) for one in tests)

    return test


def _segment_matcher(tokens: Sequence[Token]) -> Callable[[str], bool]:
    """The other reading of `resource-star-crosses-colons`: each of the six parts of an ARN is matched on its own."""
    if tuple(tokens) == (Wild.STAR,):
        return matcher(tokens)
    tests = [matcher(part) for part in split_at_colons(tokens, 6)]

    def test(value: str) -> bool:
        pieces = value.split(":", 5)
        return len(pieces) == len(tests) and all(t(p) for t, p in zip(tests, pieces, strict=True))

    return test


def _condition(condition: Condition, variables: bool) -> CompiledCondition:
    operator, key = condition.operator.text, condition.key.text
    test, mentions = _condition_test(operator, key, tuple(v.text for v in condition.values), variables)
    return CompiledCondition(condition, test, key.lower(), mentions, operator.endswith("Null"))


@lru_cache(maxsize=4096)
def _condition_test(
    operator: str, key: str, values: tuple[str, ...], variables: bool
) -> tuple[ConditionTest, frozenset[str]]:
    """A condition's test and the keys that its values name as variables, kept like the entries of Resource."""
    mentions: frozenset[str] = frozenset()
    if variables:
        mentions = mentions.union(*(Template.parse(text, variables=True).keys for text in values))
    return compile_condition(operator, key, values, variables=variables), mentions


def action_matches(pattern: str, action: str) -> bool:
    """Whether one entry of Action takes in one action; both differ in case freely."""
    return _action_test(pattern)(ascii_lower(action))


def resource_matches(pattern: str, resource: str, keys: Keys) -> bool:
    """Whether one entry of Resource takes in one resource; *keys* gives policy variables their values."""
    _, test = _resource_entry(pattern, True, True)
    return test(resource, keys)
