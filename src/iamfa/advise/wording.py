"""How rules name things in their messages, and edits that several rules make."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from iamfa.advise.actions import UNHEARD_OF
from iamfa.advise.situation import asks_for_mfa, takes_in
from iamfa.advise.targets import Exempt
from iamfa.evaluate.credential import CREDENTIALS
from iamfa.evaluate.match import action_matches
from iamfa.policy.document import Condition, Element, Statement, Value
from iamfa.policy.edit import Edit, Edits, add_condition, add_value, remove_condition, replace_value
from iamfa.policy.operators import Family, parse_operator
from iamfa.policy.policy import Policy


def kinds_in_words(kinds: Iterable[str]) -> str:
    """`an access key alone, a console session without MFA`."""
    return ", ".join(CREDENTIALS[kind].words for kind in kinds)


def listed(names: Sequence[str], most: int = 4) -> str:
    """Names one after another, the rest counted."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def entry_of(element: Element, action: str) -> Value | None:
    """The first entry of an Action or NotAction that takes the action in."""
    return next((v for v in element.values if action_matches(v.text, action)), None)


def exempting_entry(statements: Iterable[Statement], action: str) -> tuple[Statement, Value] | None:
    """Where a Deny that asks for MFA exempts the action: by NotAction, otherwise resources of its by NotResource."""
    denies = [s for s in statements if s.effect == "Deny" and asks_for_mfa(s)]
    for statement in denies:
        value = entry_of(statement.action, action) if statement.action.negated else None
        if value is not None:
            return statement, value
    service = f":{action.partition(':')[0].lower()}:"
    for statement in denies:
        if statement.resource is not None and statement.resource.negated and takes_in(statement, action):
            values = statement.resource.values
            return statement, next((v for v in values if service in v.text), values[0])
    return None


def granting_entry(statements: Iterable[Statement], action: str) -> tuple[Statement, Value] | None:
    """Where an Allow takes the action in, by NotAction at that word; one without MFA before one that asks for it."""
    for statement in sorted(statements, key=asks_for_mfa):
        if statement.effect == "Allow" and takes_in(statement, action):
            value = entry_of(statement.action, action)
            return statement, value or Value(statement.action.name, statement.action.key_span)
    return None


def add_all(policy: Policy, element: Element, texts: Sequence[str]) -> tuple[Edit, ...]:
    """Append several values to an element."""
    if element.is_list or len(texts) == 1:
        return tuple(edit for text in texts for edit in add_value(policy, element, text))
    only = element.values[0]
    return (Edit(only.span.start, only.span.end, json.dumps([only.text, *texts])),)


def exempt_in_words(exempt: Exempt) -> str:
    """The action, or what the one that stands for every action means."""
    if exempt.action != UNHEARD_OF:
        return exempt.action
    named = exempt.shown
    return f"everything on `{named.arn}`" if named.what == "named" else "everything that meets a grant's conditions"


def place_of(statements: Sequence[Statement], exempt: Exempt) -> tuple[Statement, Value] | None:
    """The entry that exempts or grants it; for the one that stands for every action that of the resource shown."""
    action = exempt.action
    if action == UNHEARD_OF:
        action = exempt.shown.arn.split(":")[2] + ":Anything"
    return exempting_entry(statements, action) or granting_entry(statements, action)


def asked_with(policy: Policy, statement: Statement, condition: Condition, operator: str, value: str) -> Edits:
    """Let the condition compare its key with another operator and this one value."""
    block = [c for c in statement.conditions if c.operator.text == condition.operator.text]
    same = condition.operator.text == operator
    if same or (len(block) == 1 and all(c.operator.text != operator for c in statement.conditions)):
        one = len(condition.values) == 1
        place = condition.values[0].span if one else condition.span
        text = json.dumps(value) if one else f"{json.dumps(condition.key.text)}: {json.dumps(value)}"
        return (*(() if same else replace_value(condition.operator, operator)), Edit(place.start, place.end, text))
    added = add_condition(policy, statement, operator, condition.key.text, [value])
    return (*added, *remove_condition(policy, statement, condition))


def spared_in_words(condition: Condition, value: str | None, *, holds: bool) -> str:
    """Whom or what this condition spares, by not holding in a Deny or by holding in an Allow without MFA.

    *value* is an example of what the key carries then; None: nothing. E.g. ``users under the path `/service/` ``.
    """
    key, operator = condition.key.text, parse_operator(condition.operator.text).operator
    values = [v.text for v in condition.values]
    lower = key.lower()
    if lower == "aws:viaawsservice":
        forwarded = "calls that an AWS service forwards (`aws:ViaAWSService`)"
        return forwarded if value == "true" else "calls that the user makes himself"
    texts = " or ".join(f"`{text}`" for text in values[:4]) + (" …" if len(values) > 4 else "")
    listed_ones = operator.negated is not holds
    plain = operator.family in _COMPARES
    if plain and lower.startswith("aws:principaltag/"):
        tag = f"the tag `{key.partition('/')[2]}` = {texts}"
        return f"whoever bears {tag}" if listed_ones else f"whoever does not bear {tag}"
    if plain and lower == "aws:principalarn":
        return f"{'users' if listed_ones else 'all users but those'} {_paths_in_words(values)}"
    if plain and lower == "aws:username":
        return f"{'users' if listed_ones else 'all users but those'} named {texts}"
    if lower == "aws:sourceip" and operator.family is Family.IP:
        return f"requests from {'' if listed_ones else 'elsewhere than '}{texts}"
    if operator.family is Family.NULL:
        return f"requests that {'do not carry' if value is None else 'carry'} `{key}`"
    return f"requests that {'' if holds else 'do not '}fulfil `{condition.operator.text}` of `{key}` and {texts}"


_COMPARES = (Family.STRING, Family.ARN)


def _paths_in_words(patterns: Sequence[str]) -> str:
    """Users by their path where a pattern names one and leaves the name open, otherwise by ARN."""
    paths = [p.partition(":user")[2].removesuffix("*") for p in patterns if ":user/" in p and p.endswith("/*")]
    if len(paths) == len(patterns) and all(len(path) > 1 and "*" not in path for path in paths):
        return "under the path " + " or ".join(f"`{path}`" for path in paths)
    return "with the ARN " + " or ".join(f"`{pattern}`" for pattern in patterns)
