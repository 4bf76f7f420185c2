"""Matching and comparing against references that are slow, short and written another way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from ipaddress import ip_address, ip_network
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from iamfa.policy import operator_values as read
from iamfa.policy.glob import (
    Glob,
    Token,
    Wild,
    ascii_lower,
    fits_texts,
    matcher,
    matcher_ignoring_case,
    normalised,
    split_at_colons,
    tokens_of,
)
from iamfa.policy.operators import OPERATORS, ParsedOperator, compile_condition, parse_operator
from iamfa.policy.variables import Template, lookup_in, template_matcher

ALPHABET = "ab:/"
PATTERNS = st.text(alphabet=ALPHABET + "*?", max_size=12)
VALUES = st.text(alphabet=ALPHABET + "*?", max_size=14)
TOKENS = st.lists(st.sampled_from([Wild.STAR, Wild.ANY, "a", "b", "ab", ":", ""]), max_size=10)


def fits(tokens: tuple[Token, ...], value: str) -> bool:
    """The definition itself: a star takes nothing, or one character and stays."""
    if not tokens:
        return not value
    first, rest = tokens[0], tokens[1:]
    if first is Wild.STAR:
        return fits(rest, value) or (bool(value) and fits(tokens, value[1:]))
    if first is Wild.ANY:
        return bool(value) and fits(rest, value[1:])
    assert isinstance(first, str)
    return value.startswith(first) and fits(rest, value[len(first) :])


@given(PATTERNS, VALUES)
def test_the_matcher_agrees_with_the_definition(pattern: str, value: str) -> None:
    tokens = tuple(Wild(c) if c in "*?" else c for c in pattern)
    assert matcher(tokens_of(pattern))(value) is fits(tokens, value)


@given(TOKENS, VALUES)
def test_normalising_changes_no_match(tokens: list[Token], value: str) -> None:
    assert matcher(tokens)(value) is fits(tuple(tokens), value)
    assert fits(normalised(tokens), value) is fits(tuple(tokens), value)


@given(TOKENS)
def test_normalising_twice_is_normalising_once(tokens: list[Token]) -> None:
    once = normalised(tokens)
    assert normalised(once) == once
    assert "" not in once
    assert not any(isinstance(a, str) and isinstance(b, str) for a, b in pairwise(once))


@given(st.text(alphabet="aB*?:", max_size=10), st.text(alphabet="aAbB:", max_size=10))
def test_case_counts_for_nothing_in_either_direction(pattern: str, value: str) -> None:
    expected = matcher(tokens_of(pattern.lower()))(value.lower())
    assert matcher_ignoring_case(tokens_of(pattern))(value) is expected
    assert matcher_ignoring_case(tokens_of(pattern.swapcase()))(value.swapcase()) is expected


@given(st.text())
def test_lowering_touches_ascii_letters_only(text: str) -> None:
    low = ascii_lower(text)
    assert len(low) == len(text)
    assert all(new == (old.lower() if old.isascii() else old) for old, new in zip(text, low, strict=True))


@given(st.lists(st.text(alphabet="ab", max_size=3), min_size=1, max_size=5), st.text(alphabet="ab", max_size=12))
def test_texts_with_stars_between_them_are_a_pattern(texts: list[str], value: str) -> None:
    assert fits_texts(value, texts) is matcher(tokens_of("*".join(texts)))(value)


@given(st.lists(st.sampled_from(["a", "$", "{", "}", "${", "*", "?", Wild.STAR, Wild.ANY]), max_size=8))
def test_a_glob_reads_back_from_what_it_prints(tokens: list[Token]) -> None:
    glob = Glob(tuple(tokens))
    template = Template.parse(str(glob), variables=True)
    assert not template.malformed
    assert template.parts == glob.tokens


@given(PATTERNS, VALUES)
def test_piece_by_piece_is_stricter_than_as_a_whole(pattern: str, value: str) -> None:
    parts = split_at_colons(tokens_of(pattern), 3)
    fields = value.split(":", 2)
    by_parts = len(parts) == len(fields) and all(
        matcher(part)(field) for part, field in zip(parts, fields, strict=True)
    )
    assert not by_parts or matcher(tokens_of(pattern))(value)


NAMES = st.text(alphabet="ab*?", min_size=1, max_size=3)


@given(
    st.lists(
        st.sampled_from(["a", "b", "*", "?", "${k:one}", "${k:two}", "${k:none, 'b'}", "${*}", "${?}"]), max_size=7
    ),
    st.dictionaries(st.sampled_from(["k:one", "k:two"]), NAMES),
    st.text(alphabet="ab*?", max_size=10),
)
def test_the_fast_template_agrees_with_the_filled_in_one(
    pieces: list[str], context: dict[str, str], value: str
) -> None:
    template = Template.parse("".join(pieces), variables=True)
    tokens = template.resolve(lookup_in(context))
    expected = tokens is not None and fits(tokens, value)
    assert template_matcher(template)(value, context) is expected


DECIMALS = st.one_of(
    st.integers().map(str),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.from_regex(r"\A[+-]?[0-9]{1,4}(\.[0-9]{1,4})?([eE][+-]?[0-9]{1,3})?\Z"),
)


@given(DECIMALS, DECIMALS)
def test_numbers_are_ordered_as_exact_decimals_are(left: str, right: str) -> None:
    one, other = read.number(left), read.number(right)
    assert one is not None
    assert other is not None
    assert (one < other, one == other) == (Decimal(left) < Decimal(right), Decimal(left) == Decimal(right))


@given(st.text(alphabet="0123456789+-.eE _", max_size=8))
def test_what_is_read_as_a_number_is_one(text: str) -> None:
    if read.number(text) is not None:
        Decimal(text)


OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(
    min_value=datetime(2, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(9998, 12, 31),  # noqa: DTZ001 - hypothesis adds the zone
    timezones=OFFSETS,
    allow_imaginary=False,
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def exact_seconds(moment: datetime) -> Fraction:
    distance = moment - EPOCH
    return Fraction(distance.days * 86_400 + distance.seconds) + Fraction(distance.microseconds, 1_000_000)


@given(TIMES)
def test_a_date_and_its_seconds_since_1970_are_the_same_instant(moment: datetime) -> None:
    seconds = exact_seconds(moment)
    sign, magnitude = ("-" if seconds < 0 else "", abs(seconds))
    whole, rest = divmod(magnitude, 1)
    epoch = f"{sign}{whole:05d}.{int(rest * 1_000_000):06d}"
    assert read.instant(moment.isoformat()) == read.instant(epoch)


@given(TIMES, TIMES)
def test_instants_are_ordered_as_time_is(left: datetime, right: datetime) -> None:
    one, other = read.instant(left.isoformat()), read.instant(right.isoformat())
    assert one is not None
    assert other is not None
    assert (one < other, one == other) == (left < right, left == right)


@given(st.ip_addresses())
def test_addresses_are_read_as_the_standard_library_reads_them(address: object) -> None:
    parsed = ip_address(str(address))
    assert read.address(str(address)) == (parsed.version, int(parsed))


@given(st.ip_addresses(), st.ip_addresses(), st.integers(0, 128))
def test_ranges_hold_what_the_standard_library_says(address: object, base: object, prefix: int) -> None:
    parsed = ip_address(str(base))
    text = f"{base}/{min(prefix, parsed.max_prefixlen)}"
    network, found = read.network(text), read.address(str(address))
    assert network is not None
    assert found is not None
    assert read.in_network(found, network) is (ip_address(str(address)) in ip_network(text, strict=False))


@given(st.text(alphabet="0123456789./:af", max_size=10))
def test_no_text_breaks_a_reader(text: str) -> None:
    for reader in (read.number, read.instant, read.address, read.network, read.binary, read.boolean):
        reader(text)


OPERATOR_NAMES = st.builds(
    ParsedOperator,
    st.sampled_from([row for row in OPERATORS.values() if row.name != "Null"]),
    st.sampled_from([None, "ForAllValues", "ForAnyValue"]),
    st.booleans(),
)
REQUEST_VALUES = st.sampled_from(
    ["a", "b", "ab", "1", "2", "true", "false", "10.0.0.1", "2020", "arn:aws:iam::1:user/a", ""]
)
POLICY_VALUES = st.lists(
    st.sampled_from(["a", "a*", "1", "2.0", "true", "10.0.0.0/8", "2020", "arn:*:iam::*:user/*", "${k:v}", "${bad"]),
    min_size=1,
    max_size=3,
)


def kleene_any(answers: list[bool | None]) -> bool | None:
    return True if True in answers else None if None in answers else False


def kleene_not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


@given(OPERATOR_NAMES)
def test_an_operator_reads_back_from_what_it_prints(parsed: ParsedOperator) -> None:
    assert parse_operator(str(parsed)) == parsed


@given(OPERATOR_NAMES, POLICY_VALUES, st.lists(REQUEST_VALUES, min_size=1, max_size=3), st.booleans())
def test_set_operators_are_made_of_the_single_valued_operator(
    parsed: ParsedOperator, values: list[str], request: list[str], with_variables: bool
) -> None:
    name = parsed.operator.name

    def ask(operator: str, context: dict[str, str | tuple[str, ...]]) -> bool | None:
        return compile_condition(operator, "k:key", values, variables=with_variables)({"k:v": "a", **context})

    singles = [ask(name, {"k:key": value}) for value in request]
    some = ask(f"ForAnyValue:{name}", {"k:key": tuple(request)})
    every = ask(f"ForAllValues:{name}", {"k:key": tuple(request)})
    assert some is kleene_any(singles)
    if any(request):  # only empty texts are no values
        assert every is kleene_not(kleene_any([kleene_not(answer) for answer in singles]))
    assert ask(name, {"k:key": tuple(request)}) is False


@given(OPERATOR_NAMES, POLICY_VALUES)
def test_an_absent_key_and_an_empty_list_are_the_same(parsed: ParsedOperator, values: list[str]) -> None:
    test = compile_condition(str(parsed), "k:key", values, variables=True)
    assert test({}) is test({"k:key": ()}) is parsed.on_absent_key


@given(OPERATOR_NAMES, POLICY_VALUES, REQUEST_VALUES)
def test_a_condition_and_its_negation_never_hold_together(
    parsed: ParsedOperator, values: list[str], value: str
) -> None:
    name = parsed.operator.name
    twin = OPERATORS.get(name.lower().replace("not", "") if parsed.operator.negated else "")
    if twin is None:
        return
    context = {"k:key": value, "k:v": "a"}
    negated = compile_condition(name, "k:key", values, variables=True)(context)
    positive = compile_condition(twin.name, "k:key", values, variables=True)(context)
    assert not (negated and positive)
