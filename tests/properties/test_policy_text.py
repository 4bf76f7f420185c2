"""What holds for every policy text: reading, rendering, counting and editing agree with each other."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from iamfa.policy import edit
from iamfa.policy.document import Document, Kind
from iamfa.policy.edit import apply
from iamfa.policy.policy import Policy
from iamfa.policy.reader import Array, Node, Object, read
from iamfa.policy.render import render, render_minimal
from iamfa.policy.size import size
from iamfa.policy.source import Source

LETTERS = "abcXYZ019"
NAMES = st.text(LETTERS, min_size=1, max_size=5)
TEXTS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=8).filter(lambda text: "${" not in text)
ACTIONS = st.one_of(st.just("*"), st.builds("{}:{}".format, NAMES, st.text(LETTERS + "*?", min_size=1, max_size=6)))
RESOURCES = st.one_of(st.just("*"), st.builds("arn:aws:s3:::{}".format, NAMES))
VALUES = st.one_of(TEXTS, st.booleans(), st.integers(), st.just("${aws:username}"))
CONDITIONS = st.dictionaries(
    st.sampled_from(["StringEquals", "StringNotLikeIfExists", "ForAnyValue:ArnLike"]),
    st.dictionaries(st.builds("aws:{}".format, NAMES), st.one_of(VALUES, st.lists(VALUES, max_size=3)), max_size=3),
    max_size=3,
).filter(lambda blocks: all(len({key.lower() for key in block}) == len(block) for block in blocks.values()))


def one_or_list(values: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.one_of(values, st.lists(values, min_size=1, max_size=4))


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {
        "Effect": draw(st.sampled_from(["Allow", "Deny"])),
        draw(st.sampled_from(["Action", "NotAction"])): draw(one_or_list(ACTIONS)),
        draw(st.sampled_from(["Resource", "NotResource"])): draw(one_or_list(RESOURCES)),
    }
    if draw(st.booleans()):
        found["Condition"] = draw(CONDITIONS)
    keys = draw(st.permutations(list(found)))
    return {key: found[key] for key in keys}


@st.composite
def policies(draw: st.DrawFn) -> Any:
    body = draw(st.lists(statements(), min_size=1, max_size=4))
    for index, statement in enumerate(body):
        if draw(st.booleans()):
            statement["Sid"] = f"S{index}"
    form = draw(st.sampled_from(["policy", "old", "bare"]))
    if form == "bare":
        return body
    versions = {"policy": "2012-10-17", "old": "2008-10-17"}
    policy = {"Version": versions[form], "Statement": body[0] if len(body) == 1 else body}
    return policy if draw(st.booleans()) else {"Statement": policy["Statement"]}


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A policy written as somebody might write it: any layout, comments, trailing commas, escapes, a mark."""
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    gap = st.sampled_from(["", " ", "  ", "\t", end, end + "    ", f" // note{end}", "/* note, */", f"/*{end}*/"])

    def written(value: Any) -> str:
        if isinstance(value, dict):
            parts = [f"{written(key)}{draw(gap)}:{draw(gap)}{written(inner)}" for key, inner in value.items()]
            return "{" + joined(parts) + "}"
        if isinstance(value, list):
            return "[" + joined([written(inner) for inner in value]) + "]"
        return json.dumps(value, ensure_ascii=draw(st.booleans()))

    def joined(parts: list[str]) -> str:
        if not parts:
            return draw(gap)
        inner = ",".join(f"{draw(gap)}{part}{draw(gap)}" for part in parts)
        return inner + ("," + draw(gap) if draw(st.integers(0, 5)) == 0 else "")

    mark = "\ufeff" if draw(st.integers(0, 5)) == 0 else ""
    return mark + draw(gap) + written(draw(policies())) + draw(gap)


def without_places(node: Node) -> Any:
    """A tree as the values of the json module, duplicates kept."""
    if isinstance(node, Array):
        return [without_places(item) for item in node.items]
    if isinstance(node, Object):
        return {member.key.text: without_places(member.value) for member in node.members}
    return node.text if node.type == "string" else json.loads(node.text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_our_reader_reads_what_the_json_module_writes(value: Any) -> None:
    for ascii_only in (True, False):
        text = json.dumps(value, ensure_ascii=ascii_only)
        assert without_places(read(Source(text)).root) == value


@given(texts())
def test_every_span_covers_what_it_names(text: str) -> None:
    policy = Policy.parse(text)
    source = policy.source.text
    for statement in policy.statements:
        assert source[statement.span.start] == "{"
        assert source[statement.span.end - 1] == "}"
        assert json.loads(source[statement.effect_span.start : statement.effect_span.end]) == statement.effect
        for element in (statement.action, statement.resource):
            assert element is not None
            for value in element.values:
                assert json.loads(source[value.span.start : value.span.end]) == value.text
        for condition in statement.conditions:
            assert json.loads(source[condition.key.span.start : condition.key.span.end]) == condition.key.text
            line, column = policy.source.position(condition.key.span.start)
            assert policy.source.line_text(line)[column - 1] == '"'


@given(texts())
def test_what_is_rendered_reads_back_as_the_same_document(text: str) -> None:
    document = Policy.parse(text).document
    rendered = render(document)
    assert Policy.parse(rendered).document == document
    assert render(Policy.parse(rendered).document) == rendered
    assert Policy.parse(render_minimal(document)).document == document
    assert size(render_minimal(document), Kind.USER) == len(render_minimal(document)) == size(document, Kind.USER)


@given(policies())
def test_a_python_value_and_its_text_are_the_same_policy(value: Any) -> None:
    assert Policy.from_document(value).document == Policy.parse(json.dumps(value)).document


@given(texts())
def test_layout_does_not_change_the_size_in_iam(text: str) -> None:
    policy = Policy.parse(text)
    with_more = policy.source.text.replace("[", "[ \n/* more */ ", 1)
    assert size(policy, Kind.USER) == size(text, Kind.USER)
    if '"[' not in with_more and "[" in policy.source.text.split('"')[0]:
        assert size(with_more, Kind.USER) == size(text, Kind.USER)


@given(st.text(), st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.text(max_size=3)), max_size=5))
def test_every_character_outside_an_edit_is_kept(text: str, wanted: list[tuple[int, int, str]]) -> None:
    edits: list[edit.Edit] = []
    at = 0
    for skip, length, new in wanted:
        start = min(at + skip, len(text))
        end = min(start + length, len(text))
        edits.append(edit.Edit(start, end, new))
        at = end
    after = apply(text, reversed(edits)) if all(e.start < e.end for e in edits) else apply(text, edits)
    cursor = done = 0
    for each in edits:
        kept = text[done : each.start]
        assert after[cursor : cursor + len(kept)] == kept
        cursor += len(kept)
        assert after[cursor : cursor + len(each.text)] == each.text
        cursor += len(each.text)
        done = each.end
    assert after[cursor:] == text[done:]


def comments(policy: Policy) -> list[str]:
    return [policy.source.text[span.start : span.end] for span in policy.comments]


def edited(policy: Policy, edits: edit.Edits) -> Policy:
    return policy.with_text(apply(policy.source.text, edits))


@given(texts(), st.data())
def test_a_removed_value_is_gone_and_everything_else_is_there(text: str, data: st.DataObject) -> None:
    policy = Policy.parse(text)
    elements = [
        element
        for statement in policy.statements
        for element in (statement.action, statement.resource)
        if element is not None and len(element.values) > 1
    ]
    if not elements:
        return
    element = data.draw(st.sampled_from(elements))
    index = data.draw(st.integers(0, len(element.values) - 1))
    after = edited(policy, edit.remove_value(policy, element.values[index]))
    left = [value for i, value in enumerate(element.values) if i != index]
    found = [
        list(each.values)
        for statement in after.statements
        for each in (statement.action, statement.resource)
        if each is not None
    ]
    assert left in found
    assert without(policy.document, element.span) == without_value_lists(after.document, policy.document, element.span)


def without(document: Document, span: edit.Edit | Any) -> list[Any]:
    """Everything that a document says but for the values of one element."""
    return [
        (
            each.effect,
            each.sid,
            each.conditions,
            [e.values for e in (each.action, each.resource) if e and e.span != span],
        )
        for each in document.statements
    ]


def without_value_lists(after: Document, before: Document, span: Any) -> list[Any]:
    found = []
    for new, old in zip(after.statements, before.statements, strict=True):
        pairs = zip((new.action, new.resource), (old.action, old.resource), strict=True)
        values = [mine.values for mine, its in pairs if mine and its and its.span != span]
        found.append((new.effect, new.sid, new.conditions, values))
    return found


@given(texts(), st.data())
def test_an_added_value_comes_last_and_comments_stay(text: str, data: st.DataObject) -> None:
    policy = Policy.parse(text)
    statement = data.draw(st.sampled_from(policy.statements))
    after = edited(policy, edit.add_value(policy, statement.action, "new:Action"))
    action = after.statements[statement.index].action
    assert [value.text for value in action.values] == [*(value.text for value in statement.action.values), "new:Action"]
    assert comments(after) == comments(policy)
    others = [each for each in after.statements if each.index != statement.index]
    assert others == [each for each in policy.statements if each.index != statement.index]


@given(texts(), st.data())
def test_an_added_condition_leaves_the_others(text: str, data: st.DataObject) -> None:
    policy = Policy.parse(text)
    statement = data.draw(st.sampled_from(policy.statements))
    operator = data.draw(st.sampled_from(["StringEquals", "BoolIfExists"]))
    after = edited(policy, edit.add_condition(policy, statement, operator, "new:key", ["true"]))
    conditions = after.statements[statement.index].conditions
    assert [each for each in conditions if each.key.text != "new:key"] == list(statement.conditions)
    assert comments(after) == comments(policy)
    (new,) = [each for each in conditions if each.key.text == "new:key"]
    again = edited(after, edit.remove_condition(after, after.statements[statement.index], new))
    assert again.document == policy.document


@given(texts(), st.data())
def test_a_statement_can_be_put_in_and_taken_out_again(text: str, data: st.DataObject) -> None:
    policy = Policy.parse(text)
    index = data.draw(st.integers(0, len(policy.statements)))
    new = Policy.parse('{"Effect": "Deny", "Action": "new:*", "Resource": "*"}').statements[0]
    after = edited(policy, edit.insert_statement(policy, index, new))
    assert [each.action.values[0].text == "new:*" for each in after.statements].index(True) == index
    assert comments(after) == comments(policy)
    again = edited(after, edit.remove_statement(after, after.statements[index]))
    assert again.document == policy.document


@given(texts(), st.data())
def test_an_operator_is_replaced_for_one_key_only(text: str, data: st.DataObject) -> None:
    policy = Policy.parse(text)
    pairs = [(statement, condition) for statement in policy.statements for condition in statement.conditions]
    if not pairs:
        return
    statement, condition = data.draw(st.sampled_from(pairs))
    after = edited(policy, edit.replace_operator(policy, statement, condition, "StringEqualsIgnoreCase"))

    def told(each: Any) -> tuple[str, str, Any]:
        mine = each is condition
        return ("StringEqualsIgnoreCase" if mine else each.operator.text, each.key.text, each.values)

    expected = sorted(map(told, statement.conditions), key=repr)
    found = [(each.operator.text, each.key.text, each.values) for each in after.statements[statement.index].conditions]
    assert sorted(found, key=repr) == expected
