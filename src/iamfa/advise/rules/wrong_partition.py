"""An ARN of one partition where the account is in another: it names nothing there.

AWS's page reference-arns: no ARN of one partition is valid in another; `arn:*:` fits every partition, and AWS's own
service control policies use it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from iamfa.advise.actions import UNHEARD_OF
from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Repair, Severity
from iamfa.advise.options import ALLOW_ALL, bundle_of
from iamfa.advise.rule import Rule
from iamfa.advise.situation import plain_value, takes_in
from iamfa.advise.targets import actions_in
from iamfa.arn import PARTITIONS, pattern_fields
from iamfa.evaluate.credential import carried
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.match import resource_matches
from iamfa.evaluate.request import Request
from iamfa.lifecycle.subject import Subject
from iamfa.policy.document import Condition, Document, Kind, Statement, Value
from iamfa.policy.edit import replace_value
from iamfa.policy.operators import compile_condition, parse_operator
from iamfa.policy.variables import Template


@dataclass(frozen=True, slots=True)
class _Place:
    """An ARN that names its partition, and where it stands: in a condition, a Principal, or a Resource element."""

    statement: Statement
    value: Value
    condition: Condition | None
    in_principal: bool = False

    @property
    def partition(self) -> str:
        return pattern_fields(self.value.text)[1]

    def moved(self, partition: str) -> str:
        """The text with another partition."""
        return ":".join(("arn", partition, *pattern_fields(self.value.text)[2:]))

    @property
    def takes_wildcards(self) -> bool:
        """Whether `arn:*:` may stand here."""
        if self.condition is not None:
            return parse_operator(self.condition.operator.text).operator.wildcards
        return not self.in_principal


def _find(case: Case) -> Iterator[Finding]:
    places = tuple(_places(case.policy.document))
    named = Counter(place.partition for place in places)
    told = case.options.partition
    if len(named) < 2 if told is None else all(name == told for name in named):
        return
    candidates = [told] if told is not None else [name for name, _ in named.most_common()]
    lost = {name: [p for p in places if p.partition != name and _is_lost(case, p, name)] for name in candidates}
    found = [name for name in candidates if lost[name]]
    if found:
        partition = min(found, key=lambda name: (len(lost[name]), name != case.subject.partition))
        yield _finding(case, places, lost[partition], partition)


def _finding(case: Case, places: Sequence[_Place], lost: Sequence[_Place], partition: str) -> Finding:
    first = lost[0]
    mixed = case.options.partition is None
    more = f" (and {len(lost) - 1} more)" if len(lost) > 1 else ""
    return RULE.found(
        Severity.WARNING,
        f"`{first.value.text}`{more} names nothing in the partition {partition}"
        + (", which the file names elsewhere" if mixed else ""),
        params={"partition": partition, "resources": [p.value.text for p in lost]},
        statement=first.statement,
        span=first.value.span,
        reason=f"is of the partition {first.partition}",
        repair=_repair(places, lost, partition),
    )


def _repair(places: Sequence[_Place], lost: Sequence[_Place], partition: str) -> Repair | None:
    """The right partition; for a file that means to name things in several partitions, `arn:*:`."""
    texts = {p.value.text for p in places}
    for_several = any(p.partition != partition and p.moved(partition) in texts for p in places)
    if for_several and not all(p.takes_wildcards for p in lost):
        return None
    right = "*" if for_several else partition
    edits = tuple(edit for p in lost for edit in replace_value(p.value, p.moved(right)))
    return Repair(f"name the partition {right}" if right != "*" else "name every partition: arn:*:", edits)


def _places(document: Document) -> Iterator[_Place]:
    for statement in document.statements:
        for value in statement.resource.values if statement.resource is not None else ():
            if _names_partition(value):
                yield _Place(statement, value, None)
        for entry in statement.principal.values if statement.principal is not None else ():
            if _names_partition(entry.value):
                yield _Place(statement, entry.value, None, in_principal=True)
        for condition in statement.conditions:
            if parse_operator(condition.operator.text).operator.variables:
                yield from (_Place(statement, v, condition) for v in condition.values if _names_partition(v))


def _names_partition(value: Value) -> bool:
    return value.text.startswith("arn:aws") and pattern_fields(value.text)[1] in PARTITIONS


def _is_lost(case: Case, place: _Place, partition: str) -> bool:
    """Whether in this partition the file does otherwise than if the entry named it."""
    if place.in_principal:
        return _principal_is_lost(place, partition)
    if place.condition is not None:
        return _condition_is_lost(case, place, place.condition, partition)
    return _resource_is_lost(case, place, partition)


def _principal_is_lost(place: _Place, partition: str) -> bool:
    element = place.statement.principal
    assert element is not None
    moved = place.moved(partition)
    account = moved.split(":")[4] if moved.endswith(":root") else None
    return all(entry.value.text not in ("*", moved, account) for entry in element.values)


def _condition_is_lost(case: Case, place: _Place, condition: Condition, partition: str) -> bool:
    key, texts = condition.key.text.lower(), [v.text for v in condition.values]
    moved, variables = place.moved(partition), case.policy.document.variables
    keys = _values(case, moved) | {key: _example(case, moved)}
    now, then = (
        compile_condition(condition.operator.text, key, each, variables=variables)(keys)
        for each in (texts, [*texts, moved])
    )
    return now is not then


def _resource_is_lost(case: Case, place: _Place, partition: str) -> bool:
    element = place.statement.resource
    assert element is not None
    moved = place.moved(partition)
    example, keys = _example(case, moved), _values(case, moved)
    if any(resource_matches(v.text, example, keys) for v in element.values):
        return False
    if case.kind in (Kind.RESOURCE, Kind.TRUST):
        return True
    # Another statement may do the same anyway, such as an Allow of everything.
    wider = replace(element, values=(*element.values, Value(moved)))
    bare = replace(place.statement, conditions=())
    documents = [_with(case.policy.document, each) for each in (bare, replace(bare, resource=wider))]
    subject = Subject.of(case.subject.name, account=case.subject.account, partition=partition, path=case.subject.path)
    for others in (case.others, (*case.others, ALLOW_ALL)):
        now, then = (
            Decider(bundle_of(case.kind, d, others, subject.account), assumptions=case.options.assumptions)
            for d in documents
        )
        for action in _some_actions(place.statement):
            for credential in ("long-term-key", "token-mfa"):
                context = carried(case.context, credential) | keys
                request = Request.by_user(subject.user_arn, action, example, credential=credential, context=context)
                if now.decide(request).decision != then.decide(request).decision:
                    return True
    return False


def _with(document: Document, statement: Statement) -> Document:
    statements = (statement if s.index == statement.index else s for s in document.statements)
    return replace(document, statements=tuple(statements))


def _some_actions(statement: Statement) -> Iterator[str]:
    if statement.action.negated:
        yield UNHEARD_OF
    for value in statement.action.values[:8] if not statement.action.negated else ():
        found = UNHEARD_OF if value.text == "*" else next(iter(actions_in(value.text)), plain_value(value.text))
        if takes_in(statement, found):
            yield found


def _values(case: Case, text: str) -> dict[str, str]:
    """Values of the variables that the text names."""
    names = Template.parse(text, variables=True).keys
    return dict.fromkeys(names, "x") | {"aws:username": case.subject.name}


def _example(case: Case, text: str) -> str:
    """A text that the pattern takes in."""
    tokens = Template.parse(text, variables=case.policy.document.variables).resolve(_values(case, text).get)
    return "".join(t if isinstance(t, str) else "x" for t in tokens or ())


RULE = Rule(
    "wrong-partition",
    "warning",
    "an ARN of another partition than the account's (--partition, or mixed in one file)",
    _find,
)
