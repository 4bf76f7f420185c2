"""Small policies out of a small vocabulary, pools of values that are enough for it, and ways to vary a policy.

The pools hold a value for every way in which the vocabulary can tell values apart. Its patterns have at most two
characters besides wildcards (after a fixed beginning, for resources), so that what a longer text fits is seen from
its first and last characters and from its being shorter than two: all texts up to three characters over the
vocabulary's letters and one that is in none of its words are enough, and of those one for each column of answers is
kept by `Space`. Lists of values are told apart by which kinds of elements they hold, so that all sets of such
elements are enough.
"""

from __future__ import annotations

import copy
from functools import cache
from itertools import combinations, product
from random import Random
from typing import Any

from tests.properties.small_space import Given
from tests.reference.matching import action_fits, resource_fits
from tests.reference.operators import condition_holds, read_operator

Json = dict[str, Any]

ACTIONS = ("s3:a", "s3:b", "s3:ab", "sqs:a", "S3:A", "s3:*", "*", "s3:a*", "s3:?", "sqs:*", "s3:*b")
_BUCKET = "arn:aws:s3:::"
PLAIN_RESOURCES = ("*", *(_BUCKET + each for each in ("a", "b", "a*", "?", "*/x", "b*", "*")), "arn:*:s3:::a")
TEMPLATES = tuple(
    _BUCKET + each
    for each in ("a/${aws:username}", "${aws:PrincipalTag/t}", "${aws:PrincipalTag/t, 'a'}", "${aws:username}*")
)

TEXTS = ("a", "A", "b", "a*", "*", "?", "b*")
_SET = ("ForAllValues:", "ForAnyValue:")
_COMPARED = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
_STRINGS = tuple(
    f"String{each}" for each in ("Equals", "NotEquals", "Like", "NotLike", "EqualsIgnoreCase", "NotEqualsIgnoreCase")
)
_ARNS = ("arn:aws:s3:::a", "arn:aws:*:::a", "arn:aws:s3:::*", "arn:*:s3:*:*:a?", "arn:aws:s?:::a*")
_TAG, _NAME = "aws:PrincipalTag/t", "aws:username"

CONDITIONS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    (_TAG, _STRINGS, TEXTS),
    (_TAG, _STRINGS, TEXTS),
    ("aws:TagKeys", tuple(q + s for q in _SET for s in _STRINGS if "Like" not in s), ("a", "A", "b")),
    ("aws:TagKeys", tuple(q + s for q in _SET for s in ("StringLike", "StringNotLike")), ("a*", "b*", "?")),
    ("aws:TagKeys", ("StringEquals", "StringNotLike"), ("a", "A", "b")),
    ("aws:MultiFactorAuthPresent", ("Bool",), ("true", "false")),
    ("aws:MultiFactorAuthAge", tuple(f"Numeric{each}" for each in _COMPARED), ("10", "10.0", "20", "010")),
    ("aws:SourceIp", ("IpAddress", "NotIpAddress"), ("10.0.0.0/8", "10.0.0.0/9", "10.1.2.3", "2001:db8::/32")),
    ("aws:SourceArn", ("ArnLike", "ArnNotLike", "ArnEquals", "ArnNotEquals"), _ARNS),
    ("aws:CurrentTime", tuple(f"Date{e}" for e in _COMPARED), ("2020-01-01T00:00:00Z", "1577836800", "2021-01-01")),
    ("app:Blob", ("BinaryEquals",), ("YQ==", "Yg==")),
    (_NAME, ("StringEquals", "StringNotEquals"), ("a", "b", "bz")),
    (_NAME, ("StringLike", "StringNotLike"), ("a", "b*", "*")),
)
TIED: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    (_NAME, ("StringEquals", "StringNotEquals"), ("${aws:PrincipalTag/t}", "a${aws:PrincipalTag/t, 'b'}")),
)
"""Conditions that tie two keys together."""


def _texts(letters: str, most: int) -> list[str]:
    return ["".join(each) for length in range(1, most + 1) for each in product(letters, repeat=length)]


def _lists(elements: tuple[str, ...]) -> list[Given]:
    found: list[Given] = [None, *elements]
    for size in range(1, len(elements) + 1):
        found += combinations(elements, size)
    return found


def _kept(values: list[str], tests: list[tuple[str, tuple[str, ...]]], most: int) -> list[str]:
    """So many of these texts for each way in which they answer the tests, so that there is another of its kind."""
    columns: dict[object, list[str]] = {}
    for value in values:
        answers = tuple(condition_holds(read_operator(o), list(v), value, {}, True) for o, v in tests)
        columns.setdefault(answers, []).append(value)
    return [value for found in columns.values() for value in found[:most]]


@cache
def pools() -> dict[str, tuple[Given, ...]]:
    """The values of each variable."""
    actions = [f"{service}:{name}" for service in ("s3", "sqs", "q") for name in _texts("abz", 3)]
    names = ("a", "b", "bz", "z", "x")
    spelled = [*_texts("aAbBz", 3), *TEXTS, "A*", "B*"]
    tags = _kept(spelled, [(operator, (text,)) for operator in _STRINGS for text in TEXTS], 2)
    tails = [*_texts("abz", 3), *(each + "/x" for each in ("", "a", "z", "bz"))]
    tails += [f"{head}{name}{tail}" for head in ("", "a/") for name in names for tail in ("", "z")]
    tails += [tail + ":s3:::a" for tail in _texts("abz", 2)]
    others = ["*", "x", "arn:cn:s3:::a", "arn:cn:s3:::b", "arn:aws:sqs:::a", "arn:aws:z:s3:::a"]
    # Under Version 2008-10-17 a variable is literal text.
    others += [entry.replace("*", "") + tail for entry in TEMPLATES for tail in ("", "z", "/x")]
    contexts: list[Any] = [{"aws:username": name} for name in names]
    contexts += [{"aws:principaltag/t": tag} for tag in tags] + [{}]
    asked = [(entry, context) for entry in TEMPLATES for context in contexts] + [(e, {}) for e in PLAIN_RESOURCES]
    columns: dict[object, list[str]] = {}
    for resource in (*(_BUCKET + tail for tail in (*tails, *tags, "")), *others):
        answers = [resource_fits(entry, resource, context, variables=True) for entry, context in asked]
        answers += [resource_fits(entry, resource, {}, variables=False) for entry in TEMPLATES]
        # What is granted to another account ends at the partition.
        answers.append(resource.startswith("arn:aws:"))
        columns.setdefault(tuple(answers), []).append(resource)
    resources = [found[0] for found in columns.values()]
    columns = {}
    for action in actions:
        columns.setdefault(tuple(action_fits(entry, action) for entry in ACTIONS), []).append(action)
    actions = [found[0] for found in columns.values()]
    arns = [
        f"arn:{partition}:{service}:{region}:{account}:{tail}"
        for partition in ("aws", "cn")
        for service in ("s3", "sz", "sqs")
        for region, account in (("", ""), ("z", "z"))
        for tail in ("", "a", "z", "az", "azz", "b:c")
    ]
    return {
        "action": tuple(actions),
        "resource": tuple(resources),
        "aws:principaltag/t": (None, *tags),
        "aws:username": (None, *names),
        "aws:tagkeys": tuple(_lists(("a", "A", "b", "z", "az", "bz", "zz"))),
        "aws:multifactorauthpresent": (None, "true", "false"),
        "aws:multifactorauthage": (None, "9", "10", "15", "20", "21"),
        "aws:sourceip": (None, "10.0.0.1", "10.200.0.1", "10.1.2.3", "192.0.2.1", "2001:db8::1", "2001:db9::1"),
        "aws:sourcearn": (None, *arns, "x"),
        "aws:currenttime": (
            None, "2019-01-01T00:00:00Z", "2020-01-01T00:00:00Z", "2020-06-01", "2021-01-01", "2022-01-01T00:00:00Z",
        ),
        "app:blob": tuple(_lists(("YQ==", "Yg==", "eg=="))),
    }  # fmt: skip


class Maker:
    """Policies at random."""

    def __init__(self, random: Random, *, templates: bool = True, conditions: Any = CONDITIONS) -> None:
        self.random = random
        self._resources = (*PLAIN_RESOURCES, *PLAIN_RESOURCES, *TEMPLATES) if templates else PLAIN_RESOURCES
        self._conditions = conditions

    def some(self, pool: tuple[str, ...], most: int) -> list[str]:
        return self.random.sample(pool, self.random.randint(1, most))

    def condition(self) -> Json:
        found: Json = {}
        for _ in range(self.random.choice((0, 0, 1, 1, 2))):
            key, operators, values = self.random.choice(self._conditions)
            if self.random.random() < 0.12:
                found.setdefault("Null", {})[key] = self.random.choice(("true", "false"))
                continue
            operator = self.random.choice(operators) + ("IfExists" if self.random.random() < 0.25 else "")
            found.setdefault(operator, {})[key] = self.some(values, min(2, len(values)))
        return found

    def statement(self, effect: str | None = None) -> Json:
        found: Json = {"Effect": effect or self.random.choice(("Allow", "Allow", "Deny"))}
        found["NotAction" if self.random.random() < 0.2 else "Action"] = self.some(ACTIONS, 3)
        found["NotResource" if self.random.random() < 0.2 else "Resource"] = self.some(self._resources, 2)
        condition = self.condition()
        if condition:
            found["Condition"] = condition
        return found

    def policy(self) -> Json:
        version = "2008-10-17" if self.random.random() < 0.15 else "2012-10-17"
        statements = [self.statement() for _ in range(self.random.randint(1, 3))]
        if all(each["Effect"] == "Deny" for each in statements) and self.random.random() < 0.8:
            statements.insert(0, {"Effect": "Allow", "Action": "*", "Resource": "*"})
        return {"Version": version, "Statement": statements}

    # Ways to write the same differently

    def rewritten(self, policy: Json) -> Json:
        """The policy, several times varied in ways that keep what it means."""
        found = copy.deepcopy(policy)
        for _ in range(self.random.randint(1, 4)):
            self.random.choice((self._shuffle, self._split, self._split, self._repeat, self._respell, self._useless,
                                self._negate, self._if_exists, self._deny_instead))(found["Statement"])  # fmt: skip
        return found

    def _shuffle(self, statements: list[Json]) -> None:
        self.random.shuffle(statements)
        for each in statements:
            for name in ("Action", "NotAction", "Resource", "NotResource"):
                if isinstance(each.get(name), list):
                    self.random.shuffle(each[name])

    def _split(self, statements: list[Json]) -> None:
        """One statement for each entry of a list."""
        place = self.random.randrange(len(statements))
        whole = statements[place]
        lists = [n for n in ("Action", "Resource") if isinstance(whole.get(n), list) and len(whole[n]) > 1]
        if lists:
            name = self.random.choice(lists)
            statements[place : place + 1] = [{**copy.deepcopy(whole), name: [each]} for each in whole[name]]
        elif whole.get("Condition"):
            operator = self.random.choice(list(whole["Condition"]))
            if "Not" not in operator and operator != "Null" and "ForAll" not in operator:
                key = self.random.choice(list(whole["Condition"][operator]))
                parts = []
                for value in whole["Condition"][operator][key]:
                    part = copy.deepcopy(whole)
                    part["Condition"][operator][key] = [value]
                    parts.append(part)
                statements[place : place + 1] = parts

    def _repeat(self, statements: list[Json]) -> None:
        statements.append(copy.deepcopy(self.random.choice(statements)))

    def _respell(self, statements: list[Json]) -> None:
        each = self.random.choice(statements)
        name = "Action" if "Action" in each else "NotAction"
        if isinstance(each[name], list):
            each[name] = [action.upper() if self.random.random() < 0.5 else action for action in each[name]]
        if "Condition" in each:
            each["Condition"] = {o: {k.upper(): v for k, v in keys.items()} for o, keys in each["Condition"].items()}

    def _useless(self, statements: list[Json]) -> None:
        """A statement that nothing fits: a key that is absent and has a value."""
        key = self.random.choice(("aws:PrincipalTag/t", "aws:SourceIp"))
        never = {"Null": {key: "true"}, "StringLike": {key: "?*"}}
        statements.append({**self.statement(), "Condition": never})

    def _negate(self, statements: list[Json]) -> None:
        """De Morgan: one Deny for two conditions of which one must not hold, and the like."""
        each = self.random.choice(statements)
        for operator, keys in list(each.get("Condition", {}).items()):
            if operator in ("StringNotEquals", "StringNotLike", "NotIpAddress"):
                key = self.random.choice(list(keys))
                values = keys[key]
                if isinstance(values, list) and len(values) == 2:
                    keys[key] = values[:1]
                    # The same operator once more under another of its names.
                    again = operator + "IfExists"
                    each["Condition"].setdefault(again, {})[key] = values[1:]
                    return

    def _if_exists(self, statements: list[Json]) -> None:
        """`StringEquals` says as much as `StringEqualsIfExists` on a key that must be there."""
        each = self.random.choice(statements)
        for operator in list(each.get("Condition", {})):
            if operator in ("StringEquals", "StringLike", "Bool", "NumericLessThan", "IpAddress", "ArnLike"):
                keys = each["Condition"].pop(operator)
                each["Condition"].setdefault("Null", {}).update(dict.fromkeys(keys, "false"))
                each["Condition"].setdefault(operator + "IfExists", {}).update(keys)
                return

    def _deny_instead(self, statements: list[Json]) -> None:
        """The only Allow loses its condition to a Deny of the opposite."""
        allows = [each for each in statements if each["Effect"] == "Allow"]
        opposite = {"StringEquals": "StringNotEquals", "StringLike": "StringNotLike", "IpAddress": "NotIpAddress",
                    "NumericLessThan": "NumericGreaterThanEquals"}  # fmt: skip
        if len(allows) == 1 and len(allows[0].get("Condition", {})) == 1:
            operator, keys = next(iter(allows[0]["Condition"].items()))
            if operator in opposite and len(keys) == 1:
                del allows[0]["Condition"]
                negated = opposite[operator]
                if negated == "NumericGreaterThanEquals":
                    negated += "IfExists"
                statements.append(
                    {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {negated: dict(keys)}}
                )

    # Ways to mean a little more or less

    def wider(self, policy: Json) -> Json:
        """The policy, changed so that it may permit more."""
        return self._changed(policy, "Allow")

    def narrower(self, policy: Json) -> Json:
        """The policy, changed so that it may permit less."""
        return self._changed(policy, "Deny")

    def _changed(self, policy: Json, effect: str) -> Json:
        found = copy.deepcopy(policy)
        statements = found["Statement"]
        mine = [each for each in statements if each["Effect"] == effect]
        others = [each for each in statements if each["Effect"] != effect]
        way = self.random.random()
        if way < 0.3 or not mine:
            statements.insert(self.random.randint(0, len(statements)), self.statement(effect))
        elif way < 0.5 and any("Condition" in each for each in mine):
            del self.random.choice([each for each in mine if "Condition" in each])["Condition"]
        elif way < 0.7:
            each = self.random.choice(mine)
            name = "Action" if "Action" in each else "Resource" if "Resource" in each else None
            if name and isinstance(each[name], list):
                each[name].append(self.random.choice(ACTIONS if name == "Action" else self._resources))
        elif way < 0.85 and others:
            each = self.random.choice(others)
            condition = self.condition()
            each["Condition"] = {**condition, **each.get("Condition", {})}
            if not each["Condition"]:
                del each["Condition"]
        elif others and len(statements) > 1:
            statements.remove(self.random.choice(others))
        return found
