"""Random values of a shape that keep the model's constraints: what an SDK could send and AWS could answer."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from random import Random
from re import _constants as code  # the parser of `re` has no public face
from re import _parser as parser
from typing import Any

from iamfa.sandbox.model import Shape

ANY_TEXT = "aZ09 _-/+=&<>%\"'\n\r\t;.é☃\U0001f600"
SAMPLE_OF_PROPERTIES = "aZéß中 5\u0663_"
DEEPEST = 5


def value(random: Random, shape: Shape, depth: int = 0) -> Any:
    """A value of the shape. Structures and maps that are nested are not empty: the query protocol cannot say so."""
    match shape.kind:
        case "structure":
            return structure(random, shape, depth)
        case "list":
            least = shape.minimum or 0
            return [value(random, shape.members["member"], depth + 1) for _ in range(random.randint(least, least + 2))]
        case "map":
            pairs = range(random.randint(1, 3))
            return {value(random, shape.members["key"]): value(random, shape.members["value"]) for _ in pairs}
        case "string":
            return text(random, shape)
        case "boolean":
            return random.random() < 0.5
        case "integer" | "long":
            least = shape.minimum if shape.minimum is not None else -5
            return random.randint(least, shape.maximum if shape.maximum is not None else least + 1000)
        case "blob":
            return random.randbytes(random.randint(0, 20))
        case _:
            return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=random.randint(-(10**9), 10**9))


def structure(random: Random, shape: Shape, depth: int = 0) -> dict[str, Any]:
    """A structure with what it needs and some of what it may have."""
    names = [name for name in shape.members if name in shape.required or (random.random() < 0.6 and depth < DEEPEST)]
    if shape.union:
        names = [random.choice(list(shape.members))]
    elif not names and depth and shape.members:
        names = list(shape.members)[:1]
    return {name: value(random, shape.members[name], depth + 1) for name in names}


def text(random: Random, shape: Shape) -> str:
    """A text within the bounds, of the pattern or one of the values that are named."""
    if shape.enum:
        return random.choice(shape.enum)
    least = shape.minimum or 0
    most = shape.maximum if shape.maximum is not None else least + 200
    if shape.pattern is None:
        return "".join(random.choice(ANY_TEXT) for _ in range(random.randint(least, min(most, least + 8))))
    # Python's own parser of patterns, and not the sandbox's matcher, says what fits.
    pattern = shape.pattern.replace(r"\p{L}\p{Z}\p{N}_", re.escape(SAMPLE_OF_PROPERTIES))
    tree = parser.parse(pattern)
    while True:
        found = drawn(random, tree, least)
        if least <= len(found) <= most and re.fullmatch(pattern, found, re.ASCII):
            return found


def drawn(random: Random, tree: Any, least: int) -> str:
    """A text out of the parse tree of a pattern."""
    return "".join(piece(random, operator, argument, least) for operator, argument in tree)


def piece(random: Random, operator: Any, argument: Any, least: int) -> str:
    """A text out of one node of the tree."""
    if operator is code.LITERAL:
        return chr(argument)
    if operator is code.ANY:
        return random.choice("a:/-")
    if operator is code.IN:
        return random.choice(members(argument))
    if operator is code.MAX_REPEAT:
        low, high, inner = argument
        low = max(low, least) if high is code.MAXREPEAT or high >= least else low
        high = min(high, low + 3)
        return "".join(drawn(random, inner, 0) for _ in range(random.randint(low, high)))
    if operator is code.SUBPATTERN:
        return drawn(random, argument[3], least)
    if operator is code.BRANCH:
        return drawn(random, random.choice(argument[1]), least)
    assert operator in {code.AT, code.ASSERT_NOT}, operator
    return ""


def members(argument: Any) -> str:
    """The characters that a class stands for, or a fair sample."""
    found = ""
    for operator, each in argument:
        if operator is code.LITERAL:
            found += chr(each)
        elif operator is code.RANGE:
            found += chr(each[0]) + chr(each[1]) + chr((each[0] + each[1]) // 2)
        elif operator is code.CATEGORY:
            found += {code.CATEGORY_WORD: "aZ0_", code.CATEGORY_DIGIT: "0123456789"}.get(each, " x<\n")
        else:
            assert operator is code.NEGATE
            return "ax1-é"
    return found
