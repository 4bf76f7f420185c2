"""Edits change what they are for, and keep layout, comments and line ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iamfa.errors import EditError
from iamfa.policy import edit
from iamfa.policy.document import Element, Span, Statement, Value
from iamfa.policy.edit import Edit, Edits, apply, diff
from iamfa.policy.forms import read_documents
from iamfa.policy.policy import Policy

TEXT = """{
    "Version": "2012-10-17", // current
    "Statement": [
        // who may
        {
            "Sid": "A",
            "Effect": "Allow",
            "Action": [
                "iam:GetUser", // look
                "iam:ListUsers" /* all */
            ],
            "Resource": ["arn:aws:iam::*:user/*", "arn:aws:iam::*:mfa/*"],
            "Condition": {
                "Bool": {"aws:SecureTransport": "true", "aws:ViaAWSService": "false"},
                "IpAddress": {
                    "aws:SourceIp": "203.0.113.0/24"
                }
            }
        },
        {
            "Effect": "Deny",
            "NotAction": "iam:*",
            "Resource": "*"
        }, // last
    ]
}
"""
POLICY = Policy.parse(TEXT)
FIRST, SECOND = POLICY.statements
BOOL, VIA, IP = FIRST.conditions


def resource(statement: Statement) -> Element:
    assert statement.resource is not None
    return statement.resource


def changed(edits: Edits, policy: Policy = POLICY) -> list[str]:
    """The lines that an edit takes out (-) and puts in (+); the result must be a policy."""
    before = policy.source.text
    after = apply(before, edits)
    policy.with_text(after)
    assert [text for text in ("// current", "// who may") if text in before and text not in after] == []
    lines = diff(before, after, "p.json").splitlines()[2:]
    return [line[0] + line[1:].strip() for line in lines if line[0] in "+-"]


# apply ---------------------------------------------------------------------------------------------------------------


def test_edits_are_made_from_left_to_right_whatever_their_order() -> None:
    assert apply("abcdef", [Edit(4, 5, "X"), Edit(0, 1, ""), Edit(2, 2, "-"), Edit(2, 3, "Y")]) == "b-YdXf"


def test_insertions_at_one_place_keep_their_order() -> None:
    assert apply("ab", [Edit(1, 1, "1"), Edit(1, 1, "2")]) == "a12b"


@pytest.mark.parametrize("edits", [[Edit(0, 3, ""), Edit(2, 4, "")], [Edit(1, 3, "x"), Edit(2, 2, "y")]])
def test_overlapping_edits_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(EditError, match="overlap"):
        apply("abcdef", edits)


@pytest.mark.parametrize("wrong", [Edit(-1, 0, ""), Edit(3, 4, ""), Edit(2, 1, "")])
def test_edits_outside_the_text_are_refused(wrong: Edit) -> None:
    with pytest.raises(EditError, match="outside"):
        apply("abc", [wrong])


def test_nothing_to_edit_changes_nothing() -> None:
    assert apply("abc", []) == "abc"


def test_a_diff_says_where_a_line_end_is_missing() -> None:
    assert diff("a\nb", "a\nc\n", "x.json") == (
        "--- a/x.json\n+++ b/x.json\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n"
    )
    assert diff("a\r\nb\r\n", "a\r\nc\r\n", "x").splitlines()[-2:] == ["-b", "+c"]
    assert diff("a", "a", "x") == ""


# values --------------------------------------------------------------------------------------------------------------


def test_a_value_is_replaced_where_it_stands() -> None:
    assert changed(edit.replace_value(resource(SECOND).values[0], "arn:aws:s3:::b")) == [
        '-"Resource": "*"',
        '+"Resource": "arn:aws:s3:::b"',
    ]


def test_what_json_must_escape_is_escaped() -> None:
    value = Value("x", Span(0, 3))
    assert edit.replace_value(value, 'a"\\\n') == (Edit(0, 3, '"a\\"\\\\\\n"'),)


def test_an_element_is_renamed() -> None:
    assert changed(edit.rename_element(SECOND.action, "Action")) == ['-"NotAction": "iam:*",', '+"Action": "iam:*",']


def test_the_effect_is_replaced() -> None:
    assert changed(edit.set_effect(SECOND, "Allow")) == ['-"Effect": "Deny",', '+"Effect": "Allow",']


def test_a_value_is_appended_behind_the_comment_of_the_last() -> None:
    assert changed(edit.add_value(POLICY, FIRST.action, "iam:GetRole")) == [
        '-"iam:ListUsers" /* all */',
        '+"iam:ListUsers", /* all */',
        '+"iam:GetRole"',
    ]


def test_a_value_is_appended_to_a_list_on_one_line() -> None:
    assert changed(edit.add_value(POLICY, resource(FIRST), "arn:aws:s3:::b"))[1] == (
        '+"Resource": ["arn:aws:iam::*:user/*", "arn:aws:iam::*:mfa/*", "arn:aws:s3:::b"],'
    )


def test_a_value_without_a_list_becomes_a_list() -> None:
    assert changed(edit.add_value(POLICY, SECOND.action, "sts:*"))[1] == '+"NotAction": ["iam:*", "sts:*"],'
    assert changed(edit.add_value(POLICY, IP, "::1"))[1] == '+"aws:SourceIp": ["203.0.113.0/24", "::1"]'


def test_a_value_that_makes_the_line_long_breaks_it() -> None:
    long = "arn:aws:iam::*:user/" + "x" * 80
    assert changed(edit.add_value(POLICY, resource(SECOND), long)) == [
        '-"Resource": "*"',
        '+"Resource": [',
        '+"*",',
        f'+"{long}"',
        "+]",
    ]


def test_a_value_goes_with_its_line_and_comment() -> None:
    assert changed(edit.remove_value(POLICY, FIRST.action.values[0])) == ['-"iam:GetUser", // look']


def test_the_last_value_goes_with_the_comma_before_it() -> None:
    assert changed(edit.remove_value(POLICY, FIRST.action.values[1])) == [
        '-"iam:GetUser", // look',
        '-"iam:ListUsers" /* all */',
        '+"iam:GetUser" // look',
    ]


@pytest.mark.parametrize(("index", "left"), [(0, "arn:aws:iam::*:mfa/*"), (1, "arn:aws:iam::*:user/*")])
def test_a_value_goes_from_a_list_on_one_line(index: int, left: str) -> None:
    assert changed(edit.remove_value(POLICY, resource(FIRST).values[index]))[1] == f'+"Resource": ["{left}"],'


def test_the_only_value_cannot_go() -> None:
    with pytest.raises(EditError, match="the only value"):
        edit.remove_value(POLICY, SECOND.action.values[0])
    with pytest.raises(EditError, match="the only value"):
        edit.remove_value(POLICY, Value("x", Span(0, len(TEXT) - 1)))


def test_a_place_that_holds_no_element_is_refused() -> None:
    with pytest.raises(EditError, match="no element"):
        edit.add_value(POLICY, replace(FIRST.action, span=Span(1, 5)), "x")
    with pytest.raises(EditError, match="no object"):
        edit.add_condition(POLICY, replace(FIRST, span=Span(2, 9)), "Bool", "aws:x", ["true"])


# statements ----------------------------------------------------------------------------------------------------------


def test_a_statement_goes_with_its_lines() -> None:
    lines = changed(edit.remove_statement(POLICY, SECOND))
    assert lines == ["-{", '-"Effect": "Deny",', '-"NotAction": "iam:*",', '-"Resource": "*"', "-}, // last"]
    assert len(changed(edit.remove_statement(POLICY, FIRST))) == 15


def test_the_only_statement_cannot_go() -> None:
    single = Policy.parse('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}')
    with pytest.raises(EditError, match="the only statement"):
        edit.remove_statement(single, single.statements[0])


def test_a_statement_is_inserted_at_every_place_in_the_layout_of_the_text() -> None:
    new = Statement(0, "Deny", Element("Action", (Value("s3:*"),)), Element("Resource", (Value("*"),)), sid="New")
    expected = ["+{", '+"Sid": "New",', '+"Effect": "Deny",', '+"Action": "s3:*",', '+"Resource": "*"', "+},"]
    for index in (0, 1, 2, 9):
        edits = edit.insert_statement(POLICY, index, new)
        assert sorted(changed(edits)) == sorted(expected)
        sids = [statement.sid for statement in POLICY.with_text(apply(TEXT, edits)).statements]
        assert sids.index("New") == min(index, 2)
        assert '\n            "Sid": "New",\n' in apply(TEXT, edits)


@pytest.mark.parametrize(
    ("text", "index", "expected"),
    [
        ('{"Statement": {X}}', 0, '{"Statement": [{NEW}, {X}]}'),
        ('{"Statement": {X}}', 1, '{"Statement": [{X}, {NEW}]}'),
        ('{"Statement": [{X}]}', 0, '{"Statement": [{NEW}, {X}]}'),
        ('{"Statement": [{X},]}', 1, '{"Statement": [{X}, {NEW},]}'),
        ("{X}", 1, "[{X}, {NEW}]"),
        ("[{X}]", 1, "[{X}, {NEW}]"),
    ],
)
def test_a_statement_is_inserted_into_every_form(text: str, index: int, expected: str) -> None:
    old, new_text = (
        '"Effect": "Allow", "Action": "*", "Resource": "*"',
        '"Effect": "Deny", "Action": "s3:*", "Resource": "*"',
    )
    policy = Policy.parse(text.replace("X", old))
    new = Statement(0, "Deny", Element("Action", (Value("s3:*"),)), Element("Resource", (Value("*"),)))
    after = apply(policy.source.text, edit.insert_statement(policy, index, new))
    assert after == expected.replace("X", old).replace("NEW", new_text)


def test_a_statement_on_lines_becomes_a_list_on_lines() -> None:
    policy = Policy.parse(
        '{\r\n  "Statement": {\r\n    "Effect": "Allow",\r\n    "Action": "*",\r\n    "Resource": "*"\r\n  }\r\n}'
    )
    new = Statement(0, "Deny", Element("Action", (Value("s3:*"),)), Element("Resource", (Value("*"),)))
    after = apply(policy.source.text, edit.insert_statement(policy, 1, new))
    assert after.endswith(
        '  }, {\r\n    "Effect": "Deny",\r\n    "Action": "s3:*",\r\n    "Resource": "*"\r\n  }]\r\n}'
    )
    assert "\n" not in after.replace("\r\n", "")


# conditions ----------------------------------------------------------------------------------------------------------


def test_a_condition_goes_alone_where_others_stand_under_its_operator() -> None:
    assert changed(edit.remove_condition(POLICY, FIRST, BOOL))[1] == '+"Bool": {"aws:ViaAWSService": "false"},'
    assert changed(edit.remove_condition(POLICY, FIRST, VIA))[1] == '+"Bool": {"aws:SecureTransport": "true"},'


def test_a_condition_goes_with_its_operator() -> None:
    lines = changed(edit.remove_condition(POLICY, FIRST, IP))
    assert lines == [
        '-"Bool": {"aws:SecureTransport": "true", "aws:ViaAWSService": "false"},',
        '-"IpAddress": {',
        '-"aws:SourceIp": "203.0.113.0/24"',
        "-}",
        '+"Bool": {"aws:SecureTransport": "true", "aws:ViaAWSService": "false"}',
    ]


ONE = Policy.parse(
    '{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:x": "true"}}}]}'
)


def test_the_last_condition_goes_with_the_whole_element() -> None:
    statement = ONE.statements[0]
    after = apply(ONE.source.text, edit.remove_condition(ONE, statement, statement.conditions[0]))
    assert after == '{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}'


def test_a_condition_of_another_statement_is_refused() -> None:
    with pytest.raises(EditError, match="does not hold this condition"):
        edit.remove_condition(POLICY, SECOND, BOOL)
    with pytest.raises(EditError, match="does not hold this condition"):
        edit.remove_condition(POLICY, FIRST, replace(BOOL, span=FIRST.effect_span))


@pytest.mark.parametrize(
    ("operator", "key", "values", "expected"),
    [
        ("Bool", "aws:x", ["true"], '"Bool": {"aws:x": "true", "aws:x": "true"}'),
        ("Bool", "aws:y", ["true"], '"Bool": {"aws:x": "true", "aws:y": "true"}'),
        ("Null", "aws:x", ["a", "b"], '"Bool": {"aws:x": "true"}, "Null": {"aws:x": ["a", "b"]}'),
    ],
)
def test_a_condition_is_added_beside_the_others(operator: str, key: str, values: list[str], expected: str) -> None:
    statement = ONE.statements[0]
    if (operator, key) == ("Bool", "aws:x"):
        with pytest.raises(EditError, match="compares `AWS:X` with `Bool` already"):
            edit.add_condition(ONE, statement, operator, "AWS:X", values)
        return
    after = apply(ONE.source.text, edit.add_condition(ONE, statement, operator, key, values))
    assert after == ONE.source.text.replace('"Bool": {"aws:x": "true"}', expected)


def test_a_statement_without_condition_gets_one() -> None:
    assert changed(edit.add_condition(POLICY, SECOND, "BoolIfExists", "aws:MultiFactorAuthPresent", ["false"])) == [
        '-"Resource": "*"',
        '+"Resource": "*",',
        '+"Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}',
    ]


def test_a_long_condition_is_broken_into_lines() -> None:
    lines = changed(edit.add_condition(POLICY, SECOND, "StringLike", "aws:PrincipalArn", ["x" * 50, "y" * 50]))
    assert lines[1:4] == ['+"Resource": "*",', '+"Condition": {', '+"StringLike": {']


def test_a_condition_is_added_to_an_empty_element() -> None:
    policy = Policy.parse('{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {}}')
    after = apply(policy.source.text, edit.add_condition(policy, policy.statements[0], "Bool", "aws:x", ["true"]))
    assert after.endswith('"Condition": {"Bool": {"aws:x": "true"}}}')


def test_an_operator_is_renamed_where_it_has_one_key() -> None:
    statement = ONE.statements[0]
    after = apply(ONE.source.text, edit.replace_operator(ONE, statement, statement.conditions[0], "BoolIfExists"))
    assert after == ONE.source.text.replace('"Bool"', '"BoolIfExists"')


def test_the_other_keys_of_an_operator_keep_it() -> None:
    after = POLICY.with_text(apply(TEXT, edit.replace_operator(POLICY, FIRST, BOOL, "BoolIfExists")))
    found = [(each.operator.text, each.key.text) for each in after.statements[0].conditions]
    assert sorted(found) == [
        ("Bool", "aws:ViaAWSService"),
        ("BoolIfExists", "aws:SecureTransport"),
        ("IpAddress", "aws:SourceIp"),
    ]


def test_an_operator_that_is_there_takes_the_key_in() -> None:
    conditions = '{"Null": {"aws:a": "true"}, "Bool": {"aws:b": "true"}}'
    text = '{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": ' + conditions + "}"
    policy = Policy.parse(text)
    statement = policy.statements[0]
    after = apply(text, edit.replace_operator(policy, statement, statement.conditions[1], "Null"))
    assert after == text.replace(', "Bool": {"aws:b": "true"}', "").replace('"true"}', '"true", "aws:b": "true"}')


# version, dumps, line ends -------------------------------------------------------------------------------------------


def test_the_version_is_replaced_or_inserted() -> None:
    assert changed(edit.set_version(POLICY, "2008-10-17"))[1] == '+"Version": "2008-10-17", // current'
    without = Policy.parse('{\n  "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}\n}')
    assert changed(edit.set_version(without, "2012-10-17"), without) == ['+"Version": "2012-10-17",']
    line = Policy.parse('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}')
    after = apply(line.source.text, edit.set_version(line, "2012-10-17"))
    assert after.startswith('{"Version": "2012-10-17", "Statement"')


@pytest.mark.parametrize(
    "text",
    ['{"Effect": "Allow", "Action": "*", "Resource": "*"}', '[{"Effect": "Allow", "Action": "*", "Resource": "*"}]'],
)
def test_bare_statements_have_no_version(text: str) -> None:
    with pytest.raises(EditError, match="have no Version"):
        edit.set_version(Policy.parse(text), "2012-10-17")


def test_a_policy_is_edited_inside_a_dump() -> None:
    dump = '{"PolicyVersion": {"Document":\n' + TEXT + ', "VersionId": "v1"}}'
    (found,) = read_documents(dump)
    assert found.policy is not None
    after = apply(dump, edit.remove_value(found.policy, found.policy.statements[0].action.values[0]))
    assert after == dump.replace('                "iam:GetUser", // look\n', "")


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_inserted_lines_end_as_the_others(end: str) -> None:
    policy = Policy.parse(TEXT.replace("\n", end))
    for edits in (
        edit.add_value(policy, policy.statements[0].action, "iam:GetRole"),
        edit.add_condition(policy, policy.statements[1], "Bool", "aws:x", ["true"]),
        edit.remove_value(policy, policy.statements[0].action.values[1]),
    ):
        after = apply(policy.source.text, edits)
        assert "\n" not in after.replace(end, "")
        policy.with_text(after)


def test_values_that_share_lines_in_odd_ways_are_removed_cleanly() -> None:
    actions = '["a:a", // one\n "b:b", /* two */ "c:c",\n "d:d" // four\n, "e:e"\n]'
    text = '{"Effect": "Allow", "Resource": "*", "Action": ' + actions + "}"
    policy = Policy.parse(text)
    for index in range(5):
        after = policy.with_text(apply(text, edit.remove_value(policy, policy.statements[0].action.values[index])))
        left = [value.text for value in after.statements[0].action.values]
        assert left == [name for i, name in enumerate(("a:a", "b:b", "c:c", "d:d", "e:e")) if i != index]


def test_a_comment_before_the_next_item_on_the_line_stays_before_it() -> None:
    resources = '["arn:aws:s3:::b",\n"arn:aws:s3:::d",/* d */"arn:aws:s3:::f"]'
    text = '{"Effect": "Allow", "Action": "*", "Resource": ' + resources + "}/* end */"
    policy = Policy.parse(text)
    after = apply(text, edit.remove_value(policy, resource(policy.statements[0]).values[1]))
    assert after == text.replace('"arn:aws:s3:::d",', "")
