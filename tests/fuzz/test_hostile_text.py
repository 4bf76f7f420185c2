"""Whatever the input is, the answer is a policy or a fault with its place, soon and without much memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamfa import files
from iamfa.errors import PolicyError
from iamfa.policy.forms import read_documents
from iamfa.policy.policy import Policy

GOOD = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "A",
                "Effect": "Deny",
                "NotAction": ["iam:GetUser", "sts:*"],
                "Resource": ["arn:aws:iam::*:user/${aws:username}", "*"],
                "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": False}, "Null": {"aws:x": ["true"]}},
            }
        ],
    },
    indent=1,
)
# fmt: off
WORDS = [
    "Version", "Id", "Statement", "Sid", "Effect", "Action", "NotAction", "Resource", "NotResource",
    "Principal", "NotPrincipal", "Condition", "AWS", "Bool", "Null", "aws:x", "effect", "PolicyVersion",
    "Document", "PolicyDocument", "UserDetailList", "UserPolicyList", "Policies", "Policy", "Role",
]
# fmt: on
DENSE = [
    '{"Effect":1},',
    "[],",
    '"",',
    "1,",
    '{"Effect":"Allow","Action":"*","Resource":"*"},',
    '{"Sid":"A","Effect":"Allow"},',
    "// x\n",
    "/**/",
    " ",
    "\r",
    '"\\u0041",',
    '"${",',
    '{"a":{"a":{"a":1}}},',
]
JSON_LIKE = st.text("{}[]\",:\\/*ue0123456789.-+ \n\r\ttrfalsn'#$&Statement\ufeff\ud800😀", max_size=80)
SECONDS = 4.0
"""Of processor time; these tests run without their lines being followed (tests/conftest.py)."""
MEGABYTES = 300


def judged(text: str) -> None:
    """Either a policy comes back, or faults that stand in the text."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    started = time.process_time()
    try:
        Policy.parse(text)
    except PolicyError as error:
        assert time.process_time() - started < SECONDS
        assert error.faults
        for fault in error.faults:
            assert 1 <= fault.line <= len(lines)
            assert 1 <= fault.column <= len(lines[fault.line - 1]) + 1
            assert fault.message
    started = time.process_time()
    documents = read_documents(text)
    assert time.process_time() - started < SECONDS
    for found in documents:
        assert (found.policy is None) == bool(found.faults)


@given(st.binary(max_size=200))
def test_random_bytes(data: bytes) -> None:
    try:
        text = files.decode(data)
    except PolicyError as error:
        assert error.faults[0].line >= 1
        return
    judged(text)


@given(JSON_LIKE)
def test_random_pieces_of_json(text: str) -> None:
    judged(text)


@given(st.integers(0, len(GOOD)))
def test_a_policy_cut_off_anywhere(end: int) -> None:
    judged(GOOD[:end])


@given(st.integers(0, len(GOOD)), st.integers(0, 12), JSON_LIKE)
def test_a_policy_with_a_piece_replaced(start: int, length: int, piece: str) -> None:
    judged(GOOD[:start] + piece + GOOD[start + length :])


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.sampled_from(["*", "Allow", "iam:*", "arn:aws:s3:::b", "${", ""]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(WORDS),
                inner,
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
def test_the_words_of_policies_in_any_arrangement(value: object) -> None:
    judged(json.dumps(value))


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"Statement":[', "[{", '{"Condition":{', "/*", "//", '"', "\\"])
def test_nesting_a_hundred_thousand_deep(opening: str) -> None:
    judged(opening * (100_000 if len(opening) < 9 else 60_000))


@pytest.mark.parametrize(
    "number", ["9" * 900_000, "-" + "9" * 900_000 + "." + "9" * 90_000, "1e" + "9" * 900_000, "0" * 900_000]
)
def test_huge_numbers(number: str) -> None:
    judged(
        '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericEquals":{"a:b":'
        + number
        + "}}}]}"
    )


@pytest.mark.parametrize("unit", DENSE)
def test_large_lists_below_the_limit(unit: str) -> None:
    judged("[" + unit * (980_000 // len(unit)) + "1]")


@pytest.mark.parametrize(
    ("head", "unit", "tail"),
    [
        ("Action", '"iam:Get????????*x*y*z",', ""),
        ("Action", '"",', ""),
        ("Resource", '"arn:aws:s3:::${aws:username}${",', ""),
        ("Resource", '"arn:aws:s3:::' + "*?" * 40 + '",', ""),
        ("Strange", '"x",', ""),
        ("Sid", '"x",', ""),
    ],
)
def test_large_elements_below_the_limit(head: str, unit: str, tail: str) -> None:
    values = unit * (900_000 // len(unit))
    judged(
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","'
        + head
        + '":['
        + values
        + "]}}"
    )


@pytest.mark.parametrize("unit", ['"x%d":1,', '"Strng%d":{},'])
def test_many_names_that_nobody_knows(unit: str) -> None:
    members = "".join(unit % number for number in range(60_000))
    judged("{" + members + "}")
    judged('{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{' + members + "}}}")


PROGRAM = """
import resource, sys, time
from iamfa.errors import PolicyError
from iamfa.policy.forms import read_documents
from iamfa.policy.policy import Policy
unit, head = sys.argv[1], sys.argv[2]
text = head + unit * (10_000_000 // len(unit))
started = time.process_time()
try:
    Policy.parse(text)
except PolicyError as error:
    assert error.faults[0].line >= 1
assert time.process_time() - started < float(sys.argv[3]), time.process_time() - started
started = time.process_time()
for found in read_documents(text):
    assert found.faults
assert time.process_time() - started < float(sys.argv[3]), time.process_time() - started
try:
    # Where there is one: what `getrusage` tells holds the memory of the process that this one was forked from.
    (most,) = (line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
except OSError:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(int(most) // 1024)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the program measures its memory as Unix systems do")
@pytest.mark.parametrize(
    ("head", "unit"),
    [
        ("", "["),
        ("", "\n"),
        ("", '{"Effect":"Allow","Action":"*"},'),
        ('{"Policies": [', "["),
        ('{"Policies": [', "[],"),
        ('{"Policies": [', '"ab",'),
        ('{"Policies": [', '{"Arn":"a"},'),
        ('{"Policies": [', "\n"),
    ],
)
def test_ten_megabytes_are_answered_soon_and_without_much_memory(unit: str, head: str) -> None:
    source = Path(files.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, unit, head, str(SECONDS)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(source)},
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < MEGABYTES
