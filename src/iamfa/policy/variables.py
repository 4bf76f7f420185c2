"""Policy variables: `${aws:username}`, defaults, and the characters that `${*}`, `${?}` and `${$}` stand for.

AWS's pages: reference_policies_variables and access-analyzer-reference-policy-checks of the IAM User Guide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from iamfa.arn import pattern_fields
from iamfa.policy.glob import Token, Wild, fits_texts, matcher, normalised, tokens_of

Context = Mapping[str, str | tuple[str, ...]]
"""The keys of a request in lower case; a tuple is a multivalued key, an empty one a key without a value."""

Lookup = Callable[[str], str | None]
"""The value of a lower-cased key, or None where it is absent or multivalued (such keys cannot be variables)."""

_SPECIAL = frozenset(("${*}", "${?}", "${$}"))


@dataclass(frozen=True, slots=True)
class Variable:
    """A place that is filled with the request's value of a key."""

    key: str
    """The key's name in lower case, since AWS compares names without regard to case."""
    default: str | None = None
    """What stands for the value when the key has none; data, so that a `*` in it is a literal."""


Part = str | Wild | Variable
"""A piece of a template: literal text, a wildcard or a variable."""


@dataclass(frozen=True, slots=True)
class Template:
    """A value of a policy with its variables not yet filled in."""

    parts: tuple[Part, ...]
    """Literal texts merged, none empty; wildcards as in `glob.normalised`, as far as no variable stands between."""
    malformed: tuple[str, ...] = ()
    """What is wrong with a `${`, in words; its text stays literal, and no verdict may rest on such a value."""
    misplaced: tuple[str, ...] = ()
    """Keys of variables before the fifth colon of an ARN, where AWS does not substitute: their text stays literal."""

    @classmethod
    def parse(cls, text: str, *, variables: bool, wildcards: bool = True) -> Template:
        """The template that a text spells.

        `variables` is False under Version 2008-10-17 or without a Version: then `${...}` is plain text, `${*}` too,
        while `*` and `?` stay wildcards. `wildcards` is False for the operators that compare literally.
        """
        if not variables or "${" not in text:
            return cls(tokens_of(text) if wildcards else normalised((text,)))
        parts: list[Part] = []
        faults: list[str] = []
        position = 0
        while True:
            start = text.find("${", position)
            if start < 0:
                break
            _add_text(parts, text[position:start], wildcards)
            part, position, fault = _variable_at(text, start)
            parts.append(part)
            if fault:
                faults.append(fault)
        _add_text(parts, text[position:], wildcards)
        return cls(_merged(parts), tuple(faults))

    @classmethod
    def of_resource(cls, text: str, *, variables: bool) -> Template:
        """The template of an entry of Resource or NotResource.

        "You can't use a variable to replace parts of the ARN before the fifth colon" (reference_policies_variables):
        there a variable stays literal text, which no real ARN has, so that the entry matches nothing.
        """
        if not variables or "${" not in text:
            return cls.parse(text, variables=False)
        fields = pattern_fields(text)
        cut = len(text) - len(fields[5]) if len(fields) == 6 else len(text)
        head = cls.parse(text[:cut], variables=True)
        tail = cls.parse(text[cut:], variables=True)
        literal_head = tokens_of(text[:cut])
        misplaced = tuple(part.key for part in head.parts if isinstance(part, Variable))
        return cls(_merged((*literal_head, *tail.parts)), head.malformed + tail.malformed, misplaced)

    @property
    def keys(self) -> frozenset[str]:
        """The lower-cased keys of its variables."""
        return frozenset(part.key for part in self.parts if isinstance(part, Variable))

    @property
    def has_variables(self) -> bool:
        """Whether what it matches depends on the request."""
        return any(isinstance(part, Variable) for part in self.parts)

    def resolve(self, lookup: Lookup) -> tuple[Token, ...] | None:
        """The pattern with each variable filled in, or None where one has neither a value nor a default.

        Values are data: a `*` in one is that character and no wildcard. An entry that resolves to None matches
        nothing (reference_policies_variables, "Policy variables with no value").
        """
        tokens: list[Token] = []
        for part in self.parts:
            if not isinstance(part, Variable):
                tokens.append(part)
                continue
            value = lookup(part.key)
            if value is None:
                value = part.default
            if value is None:
                return None
            tokens.append(value)
        return normalised(tokens)


def lookup_in(context: Context) -> Lookup:
    """The values that variables take from a request: those of its single-valued keys."""

    def lookup(key: str) -> str | None:
        value = context.get(key)
        return value if isinstance(value, str) else None

    return lookup


def template_matcher(template: Template) -> Callable[[str, Context], bool]:
    """A function that says whether a value fits the template as a request fills it in.

    A variable without value or default makes it answer False. Nothing is compiled per request where the template
    has no `?`, so this is the form for deciders.
    """
    if not template.has_variables:
        plain = matcher(part for part in template.parts if not isinstance(part, Variable))
        return lambda value, context: plain(value)
    if Wild.ANY in template.parts:

        def matches_slowly(value: str, context: Context) -> bool:
            tokens = template.resolve(lookup_in(context))
            return tokens is not None and matcher(tokens)(value)

        return matches_slowly
    stretches = _stretches(template.parts)
    variables = [part for part in template.parts if isinstance(part, Variable)]
    if len(variables) == 1:
        return _matcher_of_one(stretches, variables[0])
    return _matcher_of_many(stretches)


Stretch = tuple[str | Variable, ...]
"""What stands between two stars, to be joined when the request is known."""


def _stretches(parts: tuple[Part, ...]) -> list[Stretch]:
    stretches: list[list[str | Variable]] = [[]]
    for part in parts:
        if isinstance(part, Wild):
            stretches.append([])
        else:
            stretches[-1].append(part)
    return [tuple(stretch) for stretch in stretches]


def _matcher_of_one(stretches: list[Stretch], variable: Variable) -> Callable[[str, Context], bool]:
    """The common case, `…*…${aws:username}` and the like, without a loop where that is possible."""
    (place,) = (index for index, stretch in enumerate(stretches) if variable in stretch)
    at = stretches[place].index(variable)
    before = "".join(part for part in stretches[place][:at] if isinstance(part, str))
    after = "".join(part for part in stretches[place][at + 1 :] if isinstance(part, str))
    texts = ["".join(part for part in stretch if isinstance(part, str)) for stretch in stretches]
    key, default = variable.key, variable.default

    def filled(context: Context) -> str | None:
        value = context.get(key)
        if not isinstance(value, str):
            value = default
        return None if value is None else before + value + after

    def equals(value: str, context: Context) -> bool:
        return value == filled(context)

    prefix, least = texts[0], len(texts[0])

    def begins_and_ends(value: str, context: Context) -> bool:
        if not value.startswith(prefix):
            return False
        suffix = filled(context)
        return suffix is not None and value.endswith(suffix) and len(value) >= least + len(suffix)

    def in_general(value: str, context: Context) -> bool:
        text = filled(context)
        return text is not None and fits_texts(value, (*texts[:place], text, *texts[place + 1 :]))

    if len(stretches) == 1:
        return equals
    return begins_and_ends if len(stretches) == 2 and place == 1 else in_general


def _matcher_of_many(stretches: list[Stretch]) -> Callable[[str, Context], bool]:
    def matches(value: str, context: Context) -> bool:
        texts: list[str] = []
        for stretch in stretches:
            text = ""
            for part in stretch:
                if isinstance(part, str):
                    text += part
                    continue
                found = context.get(part.key)
                if not isinstance(found, str):
                    found = part.default
                    if found is None:
                        return False
                text += found
            texts.append(text)
        return fits_texts(value, texts)

    return matches


def _add_text(parts: list[Part], text: str, wildcards: bool) -> None:
    parts.extend(tokens_of(text) if wildcards else (text,))


def _merged(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The parts with what stands between two variables normalised."""
    result: list[Part] = []
    run: list[Token] = []
    for part in parts:
        if isinstance(part, Variable):
            result.extend(normalised(run))
            run.clear()
            result.append(part)
        else:
            run.append(part)
    result.extend(normalised(run))
    return tuple(result)


def _variable_at(text: str, start: int) -> tuple[Part, int, str | None]:
    """What begins with the `${` at `start`: the part, where the text goes on, and what is wrong with it.

    Where something is wrong the part is the literal `${`, and reading goes on behind it.
    """
    if text[start : start + 4] in _SPECIAL:
        return text[start + 2], start + 4, None
    body = start + 2
    end = text.find("}", body)
    comma = text.find(",", body)
    if 0 <= comma < end:
        return _variable_with_default(text, start, comma)
    if end < 0:
        return "${", body, "the variable is missing its closing brace"
    name = text[body:end]
    fault = _name_fault(name)
    if fault:
        return "${", body, fault
    return Variable(name.lower()), end + 1, None


def _variable_with_default(text: str, start: int, comma: int) -> tuple[Part, int, str | None]:
    body = start + 2
    fault = _name_fault(text[body:comma])
    if fault:
        return "${", body, fault
    quote = comma + 2
    if text[comma + 1 : quote + 1] != " '":
        return "${", body, "the default value follows a comma and a space, in single quotes"
    close = text.find("'", quote + 1)
    if close < 0 or text[close + 1 : close + 2] != "}":
        return "${", body, "the default value must begin and end with a single quote, before the closing brace"
    default = text[quote + 1 : close]
    if "${" in default:
        return "${", body, "a default value cannot hold another variable"
    return Variable(text[body:comma].lower(), default), close + 2, None


def _name_fault(name: str) -> str | None:
    if not name.strip():
        return "the variable is empty"
    if any(character.isspace() for character in name):
        return f"a space is not supported in the variable name `{name}`"
    if "$" in name or "{" in name:
        return f"`{name}` is no variable name"
    if "*" in name or "?" in name or "'" in name:
        return f"`{name}` is no variable name"
    return None
