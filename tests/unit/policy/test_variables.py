"""Policy variables: where they are one, what they are filled with, and what is wrong with them."""

from __future__ import annotations

import pytest

from iamfa.policy.glob import Wild, matcher
from iamfa.policy.variables import Context, Template, Variable, lookup_in, template_matcher

STAR, ANY = Wild.STAR, Wild.ANY
USER = Variable("aws:username")
CONTEXT: Context = {"aws:username": "alice", "aws:principaltag/team": "a*b", "aws:tagkeys": ("x",), "k:empty": ""}


def parse(text: str) -> Template:
    return Template.parse(text, variables=True)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("plain", ("plain",)),
        ("a*?b", ("a", ANY, STAR, "b")),
        ("${aws:username}", (USER,)),
        ("user/${AWS:UserName}*", ("user/", USER, STAR)),
        ("${aws:username}${aws:username}", (USER, USER)),
        ("${*}${?}${$}", ("*?$",)),
        ("${$}{aws:username}", ("${aws:username}",)),
        ("*${*}*", (STAR, "*", STAR)),
        ("a$b", ("a$b",)),
        ("$ {x}", ("$ {x}",)),
        ("${aws:PrincipalTag/team, 'company-wide'}", (Variable("aws:principaltag/team", "company-wide"),)),
        ("${k:a, ''}", (Variable("k:a", ""),)),
        ("${k:a, 'x*}, y'}", (Variable("k:a", "x*}, y"),)),
        ("${k:a},${k:b}", (Variable("k:a"), ",", Variable("k:b"))),
    ],
)
def test_a_template_reads_as_its_parts(text: str, parts: tuple[object, ...]) -> None:
    template = parse(text)
    assert template.parts == parts
    assert template.malformed == ()
    assert template.has_variables is any(isinstance(part, Variable) for part in parts)


def test_under_the_old_version_variables_are_plain_text_and_wildcards_are_not() -> None:
    template = Template.parse("user/${aws:username}${*}", variables=False)
    assert template.parts == ("user/${aws:username}${", STAR, "}")
    assert not template.has_variables
    assert template_matcher(template)("user/${aws:username}${anything}", CONTEXT)
    assert not template_matcher(template)("user/alice*", CONTEXT)


def test_operators_without_wildcards_take_stars_as_characters() -> None:
    assert Template.parse("a*?", variables=True, wildcards=False).parts == ("a*?",)
    assert Template.parse("*${aws:username}?", variables=True, wildcards=False).parts == ("*", USER, "?")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("${aws:username", "closing brace"),
        ("x${", "closing brace"),
        ("${}", "empty"),
        ("${ }", "empty"),
        ("${aws:user name}", "space"),
        ("${aws:PrincipalTag/cost center, 'x'}", "space"),
        ("${a${aws:username}}", "no variable name"),
        ("${aws:*}", "no variable name"),
        ("${aws:username, company}", "single quotes"),
        ("${aws:username,'x'}", "comma and a space"),
        ("${aws:username, 'x}", "single quote"),
        ("${aws:username, 'x'y}", "single quote"),
        ("${aws:username, '${aws:userid}'}", "another variable"),
        ("${, 'x'}", "empty"),
    ],
)
def test_a_malformed_variable_is_told_and_stays_text(text: str, word: str) -> None:
    template = parse(text)
    assert any(word in fault for fault in template.malformed)


def test_reading_goes_on_behind_a_malformed_variable() -> None:
    template = parse("${/${aws:username}")
    assert template.malformed
    assert template.keys == {"aws:username"}


def test_substituted_values_are_data() -> None:
    template = parse("${aws:PrincipalTag/team}/*")
    tokens = template.resolve(lookup_in(CONTEXT))
    assert tokens == ("a*b/", STAR)
    assert matcher(tokens)("a*b/x")
    assert not matcher(tokens)("axb/x")
    fits = template_matcher(template)
    assert fits("a*b/x", CONTEXT)
    assert not fits("axb/x", CONTEXT)


@pytest.mark.parametrize("text", ["${k:absent}", "x${k:absent}*", "*${aws:tagkeys}?", "${aws:username}${k:absent}"])
def test_a_variable_without_value_matches_nothing(text: str) -> None:
    template = parse(text)
    assert template.resolve(lookup_in(CONTEXT)) is None
    for value in ("", "x", text, "alice"):
        assert not template_matcher(template)(value, CONTEXT)


def test_a_default_stands_in_for_an_absent_value_and_only_then() -> None:
    template = parse("bucket-${aws:PrincipalTag/team, 'wide*'}")
    assert template_matcher(template)("bucket-wide*", {})
    assert not template_matcher(template)("bucket-wider", {})
    assert template_matcher(template)("bucket-red", {"aws:principaltag/team": "red"})
    assert not template_matcher(template)("bucket-wide*", {"aws:principaltag/team": "red"})
    assert template.resolve(lookup_in({})) == ("bucket-wide*",)


def test_a_multivalued_key_cannot_be_a_variable() -> None:
    assert lookup_in(CONTEXT)("aws:tagkeys") is None
    assert not template_matcher(parse("${aws:TagKeys}"))("x", CONTEXT)


def test_an_empty_value_is_a_value() -> None:
    assert parse("a${k:empty}b").resolve(lookup_in(CONTEXT)) == ("ab",)


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::123456789012:user/alice", True),
        ("arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::123456789012:user/alice2", False),
        ("arn:aws:iam::*:user/${aws:username}", "arn:aws-cn:iam::123456789012:user/alice", False),
        ("arn:aws:iam::*:user/*/${aws:username}", "arn:aws:iam::123456789012:user/div/alice", True),
        ("arn:aws:iam::1:user/${aws:username}", "arn:aws:iam::1:user/alice", True),
        ("arn:aws:iam::1:user/${aws:username}", "arn:aws:iam::1:user/bob", False),
        ("arn:aws:sqs:us-east-2:*:${aws:username}-queue", "arn:aws:sqs:us-east-2:1:alice-queue", True),
        ("arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/alice/x", True),
        ("arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/bob/x", False),
        ("arn:aws:s3:::b/${aws:username}/*/?", "arn:aws:s3:::b/alice/x/y", True),
        ("arn:aws:s3:::b/*${aws:username}${aws:username}*", "arn:aws:s3:::b/-alicealice-", True),
        ("arn:aws:s3:::b/*${k:none, 'd'}${aws:username}*", "arn:aws:s3:::b/-dalice-", True),
        ("arn:aws:s3:::ab*${aws:username}", "arn:aws:s3:::ablice", False),
    ],
)
def test_a_resource_is_filled_in(text: str, value: str, expected: bool) -> None:
    template = Template.of_resource(text, variables=True)
    assert template_matcher(template)(value, CONTEXT) is expected
    tokens = template.resolve(lookup_in(CONTEXT))
    assert tokens is not None
    assert matcher(tokens)(value) is expected


def test_a_prefix_and_a_suffix_never_overlap() -> None:
    template = parse("ali*${aws:username}")
    assert not template_matcher(template)("alice", CONTEXT)
    assert template_matcher(template)("alialice", CONTEXT)


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:iam::${aws:PrincipalAccount}:role/x",
        "arn:${aws:partition}:iam::1:role/x",
        "${aws:SourceArn}",
        "arn:aws:s3:${aws:RequestedRegion}",
    ],
)
def test_a_variable_before_the_fifth_colon_of_a_resource_is_not_filled_in(text: str) -> None:
    template = Template.of_resource(text, variables=True)
    assert len(template.misplaced) == 1
    assert not template.has_variables
    context: Context = dict.fromkeys(template.misplaced, "1")
    assert not template_matcher(template)("arn:aws:iam::1:role/x", context)
    assert template_matcher(template)(text, context)


def test_a_resource_part_is_found_behind_colons_that_stand_in_a_variable() -> None:
    template = Template.of_resource("arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}", variables=True)
    assert template.misplaced == ("aws:principalaccount",)
    assert template.keys == {"aws:username"}


def test_a_malformed_variable_is_told_of_a_resource_too() -> None:
    assert Template.of_resource("arn:aws:iam::${:user/x", variables=True).malformed
    assert Template.of_resource("arn:aws:iam::1:user/${x y}", variables=True).malformed
    assert Template.of_resource("arn:aws:iam::1:user/${x y}", variables=False) == Template.parse(
        "arn:aws:iam::1:user/${x y}", variables=False
    )
