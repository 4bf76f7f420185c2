"""One name for each way in which policies can tell device names apart."""

from __future__ import annotations

from string import ascii_letters, digits

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from tests.unit.lifecycle.worlds import DEVICES, allow, deny, policy_of

from iamfa.errors import PolicyError
from iamfa.lifecycle.names import ON_DEVICES, READABLE, device_names, left_quotient
from iamfa.lifecycle.subject import Subject
from iamfa.lifecycle.world import Ask, World
from iamfa.platform import Assumptions
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Kind
from iamfa.policy.glob import Glob, matcher, tokens_of
from iamfa.policy.policy import Policy

ALICE = Subject.of("alice")
PREFIX = ALICE.device_prefix
CREATE = "iam:CreateVirtualMFADevice"


def names_of(*policies: Policy, **more: Policy) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    found = device_names(Bundle(policies, **more), ALICE)
    assert found is not None
    return found.own, found.free, found.literal


def test_where_no_policy_tells_names_apart_two_names_stand_for_all() -> None:
    assert names_of(policy_of(allow("iam:*"))) == ("alice", ("googleAuthentication",), ())
    assert names_of(policy_of(allow(CREATE, DEVICES))) == ("alice", ("googleAuthentication",), ())


def test_the_own_name_is_a_class_by_itself() -> None:
    policy = policy_of(allow(CREATE, "arn:aws:iam::*:mfa/${aws:username}"))
    assert names_of(policy) == ("alice", ("googleAuthentication",), ())


def test_a_pattern_and_a_name_that_is_written_out_have_representatives() -> None:
    policy = policy_of(allow(CREATE, ["arn:aws:iam::*:mfa/${aws:username}-*", "arn:aws:iam::*:mfa/spare"]))
    assert names_of(policy) == ("alice", ("googleAuthentication", "alice-phone", "spare"), ("spare",))


def test_entries_of_every_layer_count_and_only_where_the_action_is_taken_in() -> None:
    identity = policy_of(
        allow("iam:EnableMFADevice", "arn:aws:iam::*:mfa/unasked"),
        {"Effect": "Deny", "NotAction": list(ON_DEVICES), "Resource": "arn:aws:iam::*:mfa/excepted"},
        {"Effect": "Deny", "NotAction": CREATE, "NotResource": "arn:aws:iam::*:mfa/deleted"},
    )
    boundary = policy_of(allow("iam:create*", "arn:aws:iam::*:mfa/bounded"))
    assert names_of(identity, boundary=boundary)[1] == ("googleAuthentication", "bounded", "deleted")


def test_policies_without_resources_tell_no_names_apart() -> None:
    trust = Policy.from_document(
        {"Statement": {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}},
        kind=Kind.TRUST,
    )
    assert names_of(resource=trust) == ("alice", ("googleAuthentication",), ())


def test_variables_take_their_values_from_the_context_and_their_defaults() -> None:
    policy = policy_of(
        allow(CREATE, "arn:aws:iam::*:mfa/${aws:PrincipalTag/team}-?"),
        allow(CREATE, "arn:aws:iam::*:mfa/${aws:PrincipalTag/floor, 'ground'}"),
    )
    found = device_names(Bundle([policy]), ALICE, context={"aws:PrincipalTag/team": "red"})
    assert found is not None and found.free == ("googleAuthentication", "ground", "red-a")
    untold = device_names(Bundle([policy]), ALICE)
    assert untold is not None and untold.free == ("googleAuthentication", "ground")


def test_the_names_for_another_user_are_those_of_his_requests() -> None:
    policy = policy_of(allow(CREATE, "arn:aws:iam::*:mfa/${aws:username}"))
    found = device_names(Bundle([policy]), ALICE, user=ALICE.neighbour_arn)
    assert found is not None and (found.own, found.free) == ("neighbour", ("googleAuthentication",))
    assert found.all == ("googleAuthentication", "neighbour")


def test_a_user_who_is_named_like_a_device_is_no_free_name() -> None:
    subject = Subject.of(READABLE[0])
    found = device_names(Bundle([policy_of(allow("iam:*"))]), subject)
    assert found is not None and (found.own, found.free) == (READABLE[0], (READABLE[1],))


def test_names_of_a_path_other_partitions_and_accounts_are_no_names_of_devices_here() -> None:
    policy = policy_of(
        allow(
            CREATE,
            [
                "arn:aws:iam::*:mfa/${aws:username}/*",
                "arn:aws-cn:iam::*:mfa/china",
                "arn:aws:iam::999999999999:mfa/x",
                "arn:aws:iam::*:user/${aws:username}",
                "arn:aws:iam::*:mfa/?*",
            ],
        )
    )
    assert names_of(policy) == ("alice", ("googleAuthentication",), ())


def test_a_serial_number_has_at_most_256_characters() -> None:
    longest = policy_of(allow(CREATE, "arn:aws:iam::*:mfa/" + "?" * 226 + "*"))
    too_long = policy_of(allow(CREATE, "arn:aws:iam::*:mfa/" + "?" * 227 + "*"))
    assert [len(PREFIX + name) for name in names_of(longest)[1]] == [50, 256]
    assert len(names_of(too_long)[1]) == 1


def test_where_the_limit_is_hit_nothing_is_concluded() -> None:
    policy = policy_of(allow(CREATE, ["arn:aws:iam::*:mfa/a*b", "arn:aws:iam::*:mfa/*c*d"]))
    assert device_names(Bundle([policy]), ALICE, limit=1) is None
    assert device_names(Bundle([policy]), ALICE) is not None


# Exactness

PIECES = st.sampled_from(["*", "?", "a", "b", "alice", "-", "${aws:username}", "phone", "/", ":"])
TAILS = st.lists(PIECES, max_size=5).map("".join)
HEADS = st.sampled_from(
    ["arn:aws:iam::*:mfa/", "arn:aws:iam::123456789012:mfa/", "arn:*:iam::*:mfa/", "arn:aws:iam::*:*", "arn:aws:iam::*"]
)
ENTRIES = st.lists(st.builds(str.__add__, HEADS, TAILS), min_size=1, max_size=3)
NAMES = st.text(alphabet="ab-" + ascii_letters[:3] + digits[:1], min_size=1, max_size=6) | st.sampled_from(
    ["alice", "alice-", "alice-phone", "phone", "googleAuthentication", "aliceb"]
)
STATEMENTS = st.builds(
    lambda effect, action, element, entries: {"Effect": effect, "Action": action, element: entries},
    st.sampled_from(["Allow", "Deny"]),
    st.sampled_from([[CREATE], ["iam:DeleteVirtualMFADevice"], ["iam:*"]]),
    st.sampled_from(["Resource", "NotResource"]),
    ENTRIES,
)


@given(st.lists(STATEMENTS, min_size=1, max_size=4), NAMES, st.sampled_from(["yes", "no"]))
def test_every_name_has_a_representative_with_the_same_verdicts(
    statements: list[dict[str, object]], name: str, crosses: str
) -> None:
    try:
        bundle = Bundle([policy_of(*statements)])
    except PolicyError:
        reject()
    world = World(bundle, ALICE, Assumptions({"resource-star-crosses-colons": crosses}))
    names = world.names()
    assert names is not None

    def verdicts(device: str) -> tuple[str, ...]:
        arn = ALICE.device_arn(device)
        return tuple(world.verdict(Ask(ALICE.user_arn, a, arn, "long-term-key")).decision for a in ON_DEVICES)

    assert names.own == "alice"
    if name != names.own:
        assert verdicts(name) in {verdicts(free) for free in names.free}
    assert names.own not in names.free


@given(st.text(alphabet="ab*?/", max_size=8), st.text(alphabet="ab/", max_size=4), st.text(alphabet="ab", max_size=5))
def test_a_left_quotient_tells_what_may_follow(pattern: str, prefix: str, rest: str) -> None:
    fits = matcher(tokens_of(pattern))
    found = left_quotient(tokens_of(pattern), prefix)
    if any(glob.matches(rest) for glob in found):
        assert fits(prefix + rest)
    elif rest and fits(prefix + rest):
        # Only what every name fits is left out.
        assert fits(prefix + "x") and fits(prefix + "xyz")


@pytest.mark.parametrize(
    ("pattern", "prefix", "rests"),
    [
        ("abc", "ab", ["c"]),
        ("abc", "abc", []),
        ("abc", "x", []),
        ("*", "ab", []),
        ("a*c", "ab", ["*c"]),
        ("*b*c", "ab", ["*b*c", "*c"]),
        ("??c", "ab", ["c"]),
        ("a**c", "a", ["*c"]),
    ],
)
def test_quotients_in_example(pattern: str, prefix: str, rests: list[str]) -> None:
    assert left_quotient(tokens_of(pattern), prefix) == [Glob.parse(rest) for rest in rests]


def test_denials_tell_names_apart_too() -> None:
    policy = policy_of(allow(CREATE, DEVICES), deny(CREATE, "arn:aws:iam::*:mfa/root-*"))
    assert names_of(policy)[1] == ("googleAuthentication", "root-")
