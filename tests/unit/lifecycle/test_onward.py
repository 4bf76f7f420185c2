"""From the user on to a role, and from the console to the command line."""

from __future__ import annotations

import pytest
from tests.unit.lifecycle.worlds import AWS_PAGES, STORY, allow, chosen, deny, flow, loaded, policy_of, short, world_of

from iamfa.lifecycle.onward import TRUST, TRUST_OR_GRANT
from iamfa.lifecycle.subject import Subject
from iamfa.lifecycle.world import World
from iamfa.policy.bundle import Bundle
from iamfa.policy.policy import Policy

KEY = "long-term-key"
LOGIN, CODE, SESSION = "cli-with-passkey", "assume-role-with-code", "assume-role-from-mfa-session"
WITHOUT_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
FORCE = deny("*", Condition=WITHOUT_MFA)
OAUTH = "arn:aws:signin:*:*:oauth2/public-client/*"
BOTH = ["signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token"]


def test_the_command_line_takes_a_passkey_by_way_of_the_console_where_both_calls_are_granted() -> None:
    found = flow(world_of(FORCE, allow(BOTH, OAUTH)), LOGIN, "console-mfa", "fido")
    assert (found.result, [call.call for call in found.trace]) == ("works", BOTH)
    assert found.trace[0].resource == "arn:aws:signin:us-east-1:123456789012:oauth2/public-client/localhost"
    for action in BOTH:
        half = flow(world_of(FORCE, allow(action, OAUTH)), LOGIN, "console-mfa", "fido")
        assert half.result == "not_decided"
        assert flow(world_of(allow("*"), deny(action)), LOGIN, "console-mfa", "fido").result == "blocked"


def test_one_region_or_one_kind_of_client_is_enough_for_it() -> None:
    for resource in (
        "arn:aws:signin:eu-west-1:*:oauth2/public-client/*", "arn:aws:signin:*:*:oauth2/public-client/remote",
    ):  # fmt: skip
        found = flow(world_of(allow(BOTH, resource)), LOGIN, "console-mfa", "fido")
        assert found.result == "works", resource
    apart = world_of(
        allow(BOTH[0], "arn:aws:signin:*:*:oauth2/public-client/localhost"),
        allow(BOTH[1], "arn:aws:signin:*:*:oauth2/public-client/remote"),
    )
    assert flow(apart, LOGIN, "console-mfa", "fido").result == "blocked", "both calls are about one client"


@pytest.mark.parametrize("name", [*STORY, *AWS_PAGES])
def test_no_page_of_aws_grants_the_passkey_s_way_and_none_denies_it(name: str) -> None:
    assert flow(loaded(name), LOGIN, "console-mfa", "fido").result == "not_decided"


def test_a_role_is_never_decided_without_its_trust_policy() -> None:
    granted = flow(world_of(allow("*")), SESSION, "token-mfa")
    assert (granted.result, granted.detail) == ("not_decided", TRUST)
    silent = flow(world_of(allow("s3:*")), SESSION, "console-mfa")
    assert (silent.result, silent.detail) == ("not_decided", TRUST_OR_GRANT)
    assert flow(world_of(allow("*"), deny("sts:*")), SESSION, "token-mfa").result == "blocked"


def test_a_trust_policy_that_was_read_decides() -> None:
    for condition, result in (({}, "works"), ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, "works")):
        trust = Policy.from_document({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole",
                **({"Condition": condition} if condition else {}),
            }],
        })  # fmt: skip
        bundle = Bundle([policy_of(FORCE, allow("sts:AssumeRole"))], resource=trust)
        world = World(bundle, Subject.of("alice"))
        assert flow(world, SESSION, "token-mfa").result == result
        with_code = flow(world, CODE, KEY, "hardware")
        assert (with_code.result, with_code.assumption) == ("depends", "assumerole-code-counts-for-caller")


def test_whether_the_code_counts_for_the_caller_s_own_policies_is_an_assumption() -> None:
    world = world_of(FORCE, allow("*"))
    found = flow(world, CODE, KEY, "virtual-any-name")
    assert (found.result, found.assumption) == ("depends", "assumerole-code-counts-for-caller")
    assert short(found.trace) == [f"sts:AssumeRole[{KEY}]!"]
    for value, result in (("no", "blocked"), ("yes", "not_decided")):
        assumed = world_of(FORCE, allow("*"), assumptions=chosen(assumerole_code_counts_for_caller=value))
        each = flow(assumed, CODE, KEY, "virtual-any-name")
        assert each.result == result
        assert each.detail == (TRUST if value == "yes" else None)


def test_an_exempt_role_can_be_assumed_with_a_code_under_either_value() -> None:
    exempt = {"Effect": "Deny", "NotAction": "sts:AssumeRole", "Resource": "*", "Condition": WITHOUT_MFA}
    found = flow(world_of(exempt, allow("sts:AssumeRole")), CODE, KEY, "hardware")
    assert (found.result, found.detail) == ("not_decided", TRUST)


def test_no_code_comes_from_a_fido_device() -> None:
    found = flow(world_of(allow("*")), CODE, KEY, "fido")
    assert found.result == "blocked"
    assert found.refused is not None and found.refused.by is not None
    assert found.refused.by.platform == "fido-cannot-be-used-with-sts"


def test_of_the_roles_that_a_file_names_the_one_counts_that_can_be_assumed() -> None:
    spared = {"Effect": "Deny", "Action": "sts:*", "NotResource": "arn:aws:iam::*:role/for-${aws:username}-*"}
    found = flow(world_of(allow("sts:AssumeRole"), spared, subject=Subject.of("alice")), SESSION, "token-mfa")
    assert (found.result, found.detail) == ("not_decided", TRUST)
    assert found.trace[-1].resource == "arn:aws:iam::123456789012:role/for-alice-x"
    named = [f"arn:aws:iam::123456789012:role/ops-{number}" for number in range(30)]
    other = ["arn:aws-cn:iam::*:role/x", "arn:aws:iam::12*:role/y", "arn:aws:iam::*:user/z", "*", "arn:aws:s3:::b"]
    many = flow(world_of(allow("sts:AssumeRole", [*other, *named])), SESSION, "token-mfa")
    assert (many.result, many.detail) == ("not_decided", TRUST)


def test_a_role_of_another_account_needs_the_grant_and_the_trust() -> None:
    abroad = "arn:aws:iam::210987654321:role/x"
    world = world_of(allow("sts:AssumeRole", abroad), deny("sts:AssumeRole", "arn:aws:iam::123456789012:role/*"))
    found = flow(World(world.bundle, Subject.of("alice")), SESSION, "token-mfa")
    assert (found.result, found.trace[-1].resource) == ("not_decided", abroad)
    none = world_of(allow("s3:*"), deny("sts:AssumeRole", "arn:aws:iam::*:role/*"))
    assert flow(none, SESSION, "token-mfa").result == "blocked"
