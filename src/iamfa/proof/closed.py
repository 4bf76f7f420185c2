"""The closed world: the actions of the catalogue, on resources of their types, with the keys that they carry.

What the open world answers holds for actions that AWS has not invented yet. The closed world says whether it matters
today, and gives witnesses that somebody could send. Actions that every statement treats alike are looked at once; only
where one of them passes on some resource whatever are its own types and keys looked up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from iamfa.policy import catalogue
from iamfa.policy.glob import Token, Wild, ascii_lower
from iamfa.policy.keys import find_key
from iamfa.proof.formula import ACTION, FALSE, RESOURCE, TRUE, And, Formula, Literal, all_of, one_of
from iamfa.proof.pattern import Pattern, Within
from iamfa.proof.search import Closed, Outcome, Preferences, Stuck, Witness, search
from iamfa.proof.situation import ABSENT, Situation
from iamfa.proof.statements import Clause, text_literal
from iamfa.proof.texts import fits

ANY_RESOURCE = (Pattern(("*",)),)
"""The resource of an action without resource-level permissions is just `*`."""


_MOST_STRANGE = 12
"""So many requests on resources that nobody would name are passed over for one that is understood at once."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Actions of the catalogue that every statement at hand treats alike."""

    actions: tuple[str, ...]
    """In AWS's spelling, with prefix."""


def groups(clauses: Sequence[Clause], patterns: Iterable[Pattern]) -> tuple[Alike, ...]:
    """All actions that some Allow takes in, grouped by what takes them in; *patterns* tell apart as statements do."""
    owners: dict[Pattern, set[int]] = {}
    for owner, entries in enumerate([*(clause.actions for clause in clauses), *((pattern,) for pattern in patterns)]):
        for entry in entries:
            owners.setdefault(entry, set()).add(owner)
    of_service: dict[str, list[Pattern]] = {}
    for entry in owners:
        of_service.setdefault(_head(entry).partition(":")[0] if ":" in _head(entry) else "", []).append(entry)
    found: dict[frozenset[int], list[str]] = {}
    for service in _services(clauses):
        always, named = frozenset[int](), dict[str, frozenset[int]]()
        wild: list[tuple[frozenset[int], Callable[[str], bool]]] = []
        anywhere = (entry for entry in of_service.get("", ()) if f"{service}:".startswith(_head(entry)))
        for entry in (*of_service.get(service, ()), *anywhere):
            if entry.tokens in ((Wild.STAR,), (service + ":", Wild.STAR)):
                always |= owners[entry]
            elif entry.text is not None:
                named[entry.text] = frozenset(owners[entry])
            else:
                wild.append((frozenset(owners[entry]), fits(entry)))
        for action, lower in _actions(service):
            taken = always | named[lower] if lower in named else always
            for those, test in wild:
                if not those <= taken and test(lower):
                    taken |= those
            found.setdefault(taken, []).append(action)
    return tuple(Alike(tuple(sorted(actions, key=_by_fame))) for actions in found.values())


def _head(pattern: Pattern) -> str:
    """What every action that fits begins with."""
    first = pattern.tokens[0] if pattern.tokens else ""
    return first if isinstance(first, str) else ""


def _by_fame(action: str) -> int:
    """Actions with which a witness is understood at once come first, the others as they stand."""
    return _WELL_KNOWN.get(action, len(_WELL_KNOWN))


def _services(clauses: Sequence[Clause]) -> tuple[str, ...]:
    """The services that some Allow reaches, in order."""
    named: dict[str, None] = {}
    for clause in clauses:
        if clause.denies:
            continue
        for value in clause.statement.action.values:
            prefix, colon, _ = value.text.partition(":")
            if clause.statement.action.negated or not colon or "*" in prefix or "?" in prefix:
                return tuple(sorted(catalogue.services()))
            named[ascii_lower(prefix)] = None
    return tuple(named)


@lru_cache(maxsize=1024)
def _actions(service: str) -> tuple[tuple[str, str], ...]:
    """Each action in AWS's spelling and in lower case."""
    spelled = (f"{service}:{name}" for name in catalogue.actions(service))
    return tuple((action, ascii_lower(action)) for action in spelled)


class ClosedWorld:
    """The catalogue as some statements see it; asked once for each case of a claim."""

    def __init__(self, clauses: Sequence[Clause], patterns: Iterable[Pattern] = ()) -> None:
        """*clauses* are all statements of the formulas, *patterns* the other patterns in which actions stand there."""
        self._clauses = clauses
        self._patterns = tuple(patterns)
        self._keys = frozenset(c.key for clause in clauses for c in clause.compiled.conditions)
        self._kinds: dict[Alike, tuple[str, ...]] = {}

    @cached_property
    def _groups(self) -> tuple[Alike, ...]:
        return groups(self._clauses, self._patterns)

    def search(self, formula: Formula, situation: Situation, *, possible: bool) -> Outcome:
        """Find a request of the closed world that satisfies the formula, or show that there is none."""
        stuck: Stuck | None = None
        strange: list[Witness] = []
        for group in self._groups:
            if isinstance(search(about(group.actions[0], formula), situation, possible=possible), Closed):
                continue
            if group not in self._kinds:
                self._kinds[group] = self._kinds_of(group, situation)
            for action in self._kinds[group]:
                case = carrying(action, situation, self._hanging(situation))
                likely = Preferences(resources=tuple(_likely_resources(action, self._clauses, case)))
                found = _search_for(action, on_its_resources(action, formula), case, possible, likely)
                if isinstance(found, Witness):
                    if found.resource == "*" or found.resource in likely.resources:
                        return found
                    strange.append(found)
                    if len(strange) == _MOST_STRANGE:
                        return strange[0]
                if isinstance(found, Stuck):
                    stuck = found
        return strange[0] if strange else stuck or Closed({})

    def _hanging(self, situation: Situation) -> frozenset[str]:
        """The keys that some actions' requests carry and others' do not."""
        keys = self._keys | frozenset(situation.valued)
        return frozenset(key for key in keys if key not in situation.domains and not _is_of_every_request(key))

    def _kinds_of(self, group: Alike, situation: Situation) -> tuple[str, ...]:
        """One action for each kind of resources and keys; forms that meet nothing which a statement names are alike.

        It does not matter in which case this is asked: policy variables stand behind the service of an ARN.
        """
        patterns = dict.fromkeys(
            p for c in self._clauses for p in c.resource_patterns(situation) if not p.is_everything
        )
        services = {_service_of(pattern) for pattern in patterns}
        hanging = self._hanging(situation)
        found: dict[object, str] = {}
        for action in group.actions:
            forms = _MEETING_NOTHING
            if services:
                forms = frozenset(form if _meets(form, services) else None for form in resource_forms(action))
            carried = frozenset(key for key in hanging if _stem(key) in carried_stems(action)) if hanging else None
            found.setdefault((forms, carried), action)
        return tuple(found.values())


_MEETING_NOTHING: frozenset[Pattern | None] = frozenset({None})
"""The forms of any action's resources, as far as statements without patterns of resources tell them apart."""


def _meets(form: Pattern, services: Collection[str | None]) -> bool:
    """Whether the form may have a text in common with a pattern of one of these services; None is of any."""
    return None in services or _service_of(form) in (None, *services)


@lru_cache(maxsize=4096)
def _service_of(pattern: Pattern) -> str | None:
    """The third part of the ARNs that fit, where it is the same for all."""
    text = ""
    for token in pattern.tokens:
        if isinstance(token, Wild):  # it crosses colons
            return None
        text += token if isinstance(token, str) else token.value
        if text.count(":") - text.count("[^:]") > 2:
            break
    fields = text.replace("[^:]*", "?").replace("[^:]", "?").split(":")
    return fields[2] if len(fields) > 3 and "?" not in fields[2] else None


def _likely_resources(action: str, clauses: Iterable[Clause], situation: Situation) -> Iterator[str]:
    """Resources as somebody would name them, of the action's types and of the policies' patterns.

    A policy variable has its letter there, which stands for its value.
    """
    details = catalogue.find_action(action)
    formats = catalogue.resource_formats(details.service) if details is not None else {}
    for clause in clauses:
        for value in clause.statement.resource.values if clause.statement.resource is not None else ():
            text = _VARIABLE.sub(lambda found: situation.lookup(ascii_lower(found[1])) or found[0], value.text)
            fields = text.split(":", 5)
            if len(fields) == 6 and "$" not in text:
                filled = [f if "*" not in f else f.replace("*", usual) for f, usual in zip(fields, _USUAL, strict=True)]
                yield ":".join(filled).replace("?", "x")
    for need in details.resources if details is not None else ():
        if need.name in formats:
            yield _example(formats[need.name].arn)


_VARIABLE = re.compile(r"\$\{([\w:/.-]+)\}")
_USUAL = ("arn", "aws", "service", "eu-central-1", "123456789012", "example")
_PLACES = {"Partition": "aws", "Account": "123456789012", "Region": "eu-central-1"}


def _example(arn: str) -> str:
    first, *rest = arn.split("${")
    made = [first]
    for text in rest:
        name, _, following = text.partition("}")
        made += [_PLACES.get(name, "example"), following]
    return "".join(made)


_WELL_KNOWN = {
    action: place
    for place, action in enumerate(
        (
            "s3:ListAllMyBuckets", "s3:GetObject", "ec2:DescribeInstances", "iam:ListUsers", "iam:CreateUser",
            "lambda:InvokeFunction", "dynamodb:GetItem", "sts:AssumeRole",
        )
    )
}  # fmt: skip


def about(action: str, formula: Formula) -> Formula:
    """The formula for one action and any resource: what it asks of the action is answered."""
    if isinstance(formula, Literal):
        if formula.variable != ACTION:
            return formula
        return TRUE if formula.holds(ascii_lower(action), "", {}) else FALSE
    parts = ((name, about(action, part)) for name, part in formula.parts)
    return all_of(formula.label, parts) if isinstance(formula, And) else one_of(formula.label, parts)


def _search_for(action: str, formula: Formula, case: Situation, possible: bool, prefer: Preferences) -> Outcome:
    found = search(formula, case, possible=possible, prefer=prefer)
    return replace(found, action=ascii_lower(action)) if isinstance(found, Witness) else found


def on_its_resources(action: str, formula: Formula) -> Formula:
    """The formula for one action on resources of the types on which AWS authorises it."""
    forms = text_literal(RESOURCE, resource_forms(action), must=True)
    return all_of("types", [("resource", forms), ("one", about(action, formula))])


@lru_cache(maxsize=32_768)
def resource_forms(action: str) -> tuple[Pattern, ...]:
    """The forms of the ARNs on which an action is authorised; `*` alone where it has no such types."""
    found = catalogue.find_action(action)
    if found is None or not found.resources:
        return ANY_RESOURCE
    formats = catalogue.resource_formats(found.service)
    forms = tuple(_form(formats[need.name].arn) for need in found.resources if need.name in formats)
    optional = not any(need.required for need in found.resources)
    return (*forms, *ANY_RESOURCE) if optional or not forms else forms


@lru_cache(maxsize=8_192)
def _form(arn: str) -> Pattern:
    """The form of an ARN: what a placeholder may stand for, as far as the parts of an ARN tell.

    Names and paths of IAM are taken to hold no colon: a path may, and nobody's does.
    """
    plain = arn.startswith("arn:${Partition}:iam:")
    tokens: list[Token | Within] = []
    position = 0
    colons = 0
    while position < len(arn):
        start = arn.find("${", position)
        text = arn[position:] if start < 0 else arn[position:start]
        tokens.append(text)
        colons += text.count(":")
        if start < 0:
            break
        position = arn.index("}", start) + 1
        name = arn[start + 2 : position - 1]
        if name == "Account":
            tokens += [Within.ANY] * 12
        elif colons < 5 or plain:
            tokens += [Within.ANY, Within.STAR]
        else:
            tokens += [Wild.ANY, Wild.STAR]
    return Pattern(tuple(token for token in tokens if token != ""))


def carrying(action: str, situation: Situation, keys: Iterable[str]) -> Situation:
    """The case for requests that carry of these keys only those that this action's requests can carry."""
    absent = {key: ABSENT for key in keys if _stem(key) not in carried_stems(action)}
    return replace(situation, domains={**situation.domains, **absent}) if absent else situation


@lru_cache(maxsize=32_768)
def carried_stems(action: str) -> frozenset[str]:
    """The keys that describe an action and its resources, each without the part that customers choose."""
    found = catalogue.find_action(action)
    if found is None:
        return frozenset()
    formats = catalogue.resource_formats(found.service)
    of_resources = (
        key for need in found.resources if need.name in formats for key in formats[need.name].condition_keys
    )
    return frozenset(_stem(key) for key in (*found.condition_keys, *of_resources))


def _stem(key: str) -> str:
    """The name of a key without the part that customers choose, in lower case."""
    lower = key.lower()
    return lower.partition("/")[0] if "/" in lower else lower.partition("${")[0]


def _is_of_every_request(key: str) -> bool:
    """Whether any request may carry the key: a global one that describes neither resource nor tags asked for."""
    info = find_key(key)
    if info is None or not key.startswith("aws:"):
        return info is None and not catalogue.find_condition_key(key)
    return not key.startswith(("aws:resourcetag/", "aws:requesttag/", "aws:tagkeys"))
