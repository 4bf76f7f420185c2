"""All layers together. The case files hold the rules of AWS's pages one by one; here is what they cannot say."""

from __future__ import annotations

from typing import Any

import pytest

from iamfa.errors import UnknownOperatorError
from iamfa.evaluate import decide as room
from iamfa.evaluate.decide import Decider, decide
from iamfa.evaluate.request import Request
from iamfa.platform import Assumptions
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Condition, Document, Element, Kind, Statement, Value
from iamfa.policy.policy import Policy

ACCOUNT = "111122223333"
OTHER = "444455556666"
USER = f"arn:aws:iam::{ACCOUNT}:user/alice"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/one"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
LINKED = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234"
OBJECT = "arn:aws:s3:::bucket/key"


def policy(effect: str = "Allow", action: str = "*", *, kind: Kind = Kind.IDENTITY, **more: Any) -> Policy:
    statement: dict[str, Any] = {"Effect": effect, "Action": action, "Resource": "*", **more}
    if kind is Kind.TRUST:
        del statement["Resource"]
    return Policy.from_document({"Version": "2012-10-17", "Statement": [statement]}, kind=kind)


def on_resource(effect: str, *entries: str, action: str = "*", kind: Kind = Kind.RESOURCE, **more: Any) -> Policy:
    return policy(effect, action, kind=kind, Principal={"AWS": list(entries)}, **more)


ALLOW = policy()
DENY = policy("Deny")
UNKNOWN = {"Condition": {"Null": {"aws:x": "perhaps"}}}
"""A condition of which AWS does not say what it gives."""


def decision(
    bundle: Bundle,
    action: str = "s3:GetObject",
    resource: str = OBJECT,
    *,
    principal: str | None = USER,
    **context: str,
) -> str:
    named = {name.replace("_", ":", 1): value for name, value in context.items()}
    return decide(Request(action, resource, principal=principal, context=named), bundle).decision


def test_nothing_is_allowed_by_nothing() -> None:
    assert decision(Bundle()) == "implicit_deny"
    assert decision(Bundle([ALLOW])) == "allowed"
    assert decision(Bundle([ALLOW, DENY])) == "explicit_deny"


def test_a_document_serves_as_well_as_a_policy() -> None:
    assert decision(Bundle([ALLOW.document])) == "allowed"


def test_a_decider_is_asked_again_and_again_and_keeps_nothing_of_a_request() -> None:
    decider = Decider(Bundle([policy(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})]))
    with_mfa = Request("s3:GetObject", OBJECT, principal=USER, context={"aws:MultiFactorAuthPresent": "true"})
    without = Request("s3:GetObject", OBJECT, principal=USER)
    decisions = [decider.decide(each).decision for each in (with_mfa, without, with_mfa, without)]
    assert decisions == ["allowed", "implicit_deny"] * 2


def test_programs_of_many_actions_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_PROGRAM_LIMIT", 3)
    decider = Decider(Bundle([policy(action="s3:Get*")]))
    for number in range(10):
        assert decider.decide(Request(f"s3:Get{number}", OBJECT, principal=USER)).allowed
        assert not decider.decide(Request(f"s3:Put{number}", OBJECT, principal=USER)).allowed
    assert len(decider._programs) <= 3


def test_a_condition_operator_that_is_not_in_the_table_is_an_error_before_any_request() -> None:
    star = Element("Action", (Value("*"),))
    condition = Condition(Value("StringMatches"), Value("aws:x"), (Value("y"),))
    document = Document((Statement(0, "Allow", star, Element("Resource", (Value("*"),)), conditions=(condition,)),))
    with pytest.raises(UnknownOperatorError, match="StringMatches"):
        Decider(Bundle([document]))


# What is not known


def test_an_unknown_allow_is_unknown_and_an_unknown_deny_allows_nothing() -> None:
    assert decision(Bundle([policy(**UNKNOWN)])) == "unknown"
    assert decision(Bundle([ALLOW, policy(**UNKNOWN)])) == "allowed"
    assert decision(Bundle([ALLOW, policy("Deny", **UNKNOWN)])) == "unknown"
    assert decision(Bundle([policy("Deny", **UNKNOWN)])) == "implicit_deny"
    assert decision(Bundle([policy(**UNKNOWN), DENY])) == "explicit_deny"


def test_an_unknown_layer_is_unknown_unless_another_one_fails() -> None:
    open_scp = policy(kind=Kind.SCP, **UNKNOWN)
    assert decision(Bundle([ALLOW], scps=[[open_scp]])) == "unknown"
    assert decision(Bundle([ALLOW], scps=[[open_scp], []])) == "implicit_deny"
    assert decision(Bundle([ALLOW], boundary=policy(**UNKNOWN))) == "unknown"
    assert decision(Bundle([ALLOW], boundary=policy(**UNKNOWN), session=[])) == "implicit_deny"
    assert decision(Bundle([], boundary=policy(**UNKNOWN))) == "implicit_deny"


def test_a_value_that_nobody_told_is_unknown_where_the_decision_hangs_on_it() -> None:
    local = policy(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})
    request = Request.by_user(USER, "s3:GetObject", OBJECT)
    assert decide(request, Bundle([local])).decision == "unknown"
    assert decide(request, Bundle([local, ALLOW])).decision == "allowed"
    assert decide(request, Bundle([local, DENY])).decision == "explicit_deny"


def test_a_grant_to_one_session_is_unknown_for_some_session_of_the_role() -> None:
    assert decision(Bundle(resource=on_resource("Allow", SESSION)), principal=ROLE) == "unknown"
    assert decision(Bundle(resource=on_resource("Allow", SESSION)), principal=SESSION) == "allowed"
    assert decision(Bundle([ALLOW], resource=on_resource("Deny", SESSION)), principal=ROLE) == "unknown"


def test_what_is_known_of_a_list_of_principals_is_used() -> None:
    """The role is named for certain, whether or not the session is."""
    assert decision(Bundle([ALLOW], resource=on_resource("Deny", ROLE, SESSION)), principal=ROLE) == "explicit_deny"
    assert decision(Bundle(resource=on_resource("Allow", ROLE, SESSION)), principal=ROLE) == "allowed"
    stopped = Bundle(boundary=policy(action="iam:*"), resource=on_resource("Allow", ROLE, SESSION))
    assert decision(stopped, principal=ROLE) == "unknown"
    across = Bundle([ALLOW], resource=on_resource("Allow", ACCOUNT, SESSION), resource_account=OTHER)
    assert decision(across, principal=ROLE) == "allowed"


# Layers


@pytest.mark.parametrize("resource_account", [None, ACCOUNT])
def test_a_direct_grant_needs_no_other_policy_in_the_same_account(resource_account: str | None) -> None:
    limits = {"boundary": policy(action="iam:*"), "session": [policy(action="iam:*")]}
    bundle = Bundle(resource=on_resource("Allow", USER), resource_account=resource_account, **limits)  # type: ignore[arg-type] # the two limits are of two types
    assert decision(bundle) == "allowed"
    assert decision(Bundle(resource=on_resource("Allow", USER), scps=[[]])) == "implicit_deny"


def test_a_grant_to_the_role_is_limited_by_boundary_and_session_policies() -> None:
    grant = on_resource("Allow", ROLE)
    assert decision(Bundle(resource=grant), principal=SESSION) == "allowed"
    assert decision(Bundle(resource=grant, boundary=policy(action="iam:*")), principal=SESSION) == "implicit_deny"
    assert decision(Bundle(resource=grant, session=[policy(action="iam:*")]), principal=SESSION) == "implicit_deny"


def test_across_accounts_both_sides_must_allow() -> None:
    grant = on_resource("Allow", USER)
    assert decision(Bundle([ALLOW], resource=grant, resource_account=OTHER)) == "allowed"
    assert decision(Bundle([], resource=grant, resource_account=OTHER)) == "implicit_deny"
    assert decision(Bundle([ALLOW], resource_account=OTHER)) == "implicit_deny"


def test_no_grant_reaches_another_partition() -> None:
    bundle = Bundle([ALLOW], resource=on_resource("Allow", USER), resource_account=OTHER)
    assert decision(bundle, resource="arn:aws-cn:s3:::bucket/key") == "implicit_deny"
    assert decision(bundle, resource="*") == "allowed"


def test_resource_control_policies_reach_listed_services_only() -> None:
    bundle = Bundle([ALLOW], rcps=[[]])
    assert decision(bundle) == "implicit_deny"
    assert decision(bundle, "ec2:RunInstances", "*") == "allowed"
    assert decision(bundle, "kms:CreateKey", "*") == "implicit_deny"
    assert decision(bundle, "kms:RetireGrant", "*") == "allowed"


def test_service_linked_roles_are_free_of_the_organizations_policies() -> None:
    bundle = Bundle([ALLOW], scps=[[]], rcps=[[]])
    assert decision(bundle, principal=LINKED) == "allowed"
    assert decision(bundle, principal=ROLE) == "implicit_deny"


def test_service_control_policies_bind_the_root_user_but_no_service() -> None:
    assert decision(Bundle(), principal=ROOT) == "allowed"
    assert decision(Bundle(scps=[[]]), principal=ROOT) == "implicit_deny"
    for_everyone = policy(kind=Kind.RESOURCE, Principal="*")
    assert decision(Bundle(scps=[[]], resource=for_everyone), principal="ec2.amazonaws.com") == "allowed"
    assert decision(Bundle(resource=for_everyone), principal=None) == "allowed"
    assert decision(Bundle([ALLOW]), principal=None) == "implicit_deny"


def test_a_federated_user_without_session_policies_has_no_permissions_of_his_own() -> None:
    federated = f"arn:aws:sts::{ACCOUNT}:federated-user/alice"
    assert decision(Bundle([ALLOW]), principal=federated) == "implicit_deny"
    assert decision(Bundle([ALLOW], session=[ALLOW]), principal=federated) == "allowed"
    assert decision(Bundle([ALLOW], resource=on_resource("Allow", federated)), principal=federated) == "allowed"


def test_a_key_and_a_role_must_be_opened_by_their_own_policy() -> None:
    delegates = on_resource("Allow", ROOT)
    for action, target, kind in (("kms:Decrypt", KEY, Kind.RESOURCE), ("sts:AssumeRole", ROLE, Kind.TRUST)):
        own = on_resource("Allow", ROOT, action=action, kind=kind)
        assert decision(Bundle([ALLOW]), action, target) == "implicit_deny"
        assert decision(Bundle([ALLOW], resource=own), action, target) == "allowed"
        assert decision(Bundle(resource=own), action, target) == "implicit_deny"
        named = on_resource("Allow", USER, action=action, kind=kind)
        assert decision(Bundle(resource=named), action, target) == "allowed"
    assert decision(Bundle([ALLOW], resource=delegates), "kms:Decrypt", "key/1234") == "allowed"
    assert decision(Bundle([ALLOW]), "kms:Decrypt", "key/1234") == "implicit_deny"
    assert decision(Bundle([ALLOW]), "kms:ListKeys", "*") == "allowed"


def test_no_policy_denies_get_caller_identity() -> None:
    verdict = decide(Request("sts:GetCallerIdentity", "*", principal=USER), Bundle([DENY], scps=[[]]))
    assert verdict.decision == "allowed"
    assert verdict.platform == "get-caller-identity-always-allowed"
    assert decision(Bundle(), "sts:GetCallerIdentity", "*", principal=None) == "implicit_deny"


# The layer that is missing


@pytest.mark.parametrize(
    ("bundle", "missing"),
    [
        (Bundle(), "identity"),
        (Bundle([ALLOW], boundary=policy(action="iam:*")), "boundary"),
        (Bundle([ALLOW], session=[]), "session"),
        (Bundle([ALLOW], scps=[[ALLOW], []]), "scp"),
        (Bundle([ALLOW], rcps=[[]], scps=[[]]), "rcp"),
        (Bundle([ALLOW], resource_account=OTHER), "resource"),
        (Bundle([], resource_account=OTHER, resource=on_resource("Allow", USER)), "identity"),
        (Bundle([ALLOW]), None),
        (Bundle([DENY]), None),
    ],
)
def test_a_denial_by_silence_names_the_first_layer_that_is_silent(bundle: Bundle, missing: str | None) -> None:
    assert decide(Request("s3:GetObject", OBJECT, principal=USER), bundle).missing == missing


def test_for_a_key_the_silent_layer_is_its_own_policy() -> None:
    request = Request("kms:Decrypt", KEY, principal=USER)
    assert decide(request, Bundle([ALLOW])).missing == "resource"
    assert decide(request, Bundle(resource=on_resource("Allow", ROOT))).missing == "identity"
    assert decide(Request("s3:GetObject", OBJECT), Bundle([ALLOW])).missing == "resource"


# Assumptions


def test_a_decision_that_hangs_on_a_star_over_colons_says_so() -> None:
    deep = policy(Resource="arn:aws:logs:us-east-1:*:stream")
    request = Request("logs:PutLogEvents", "arn:aws:logs:us-east-1:111122223333:group:stream", principal=USER)
    assert decide(request, Bundle([deep])).assumption == "resource-star-crosses-colons"
    assert decide(request, Bundle([ALLOW])).assumption is None
    each = Decider(Bundle([deep]), assumptions=Assumptions({"resource-star-crosses-colons": "no"}))
    verdict = each.decide(request)
    assert verdict.decision == "implicit_deny"
    assert verdict.assumption == "resource-star-crosses-colons"


# The short way and the long


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ([], "implicit_deny"),
        ([ALLOW], "allowed"),
        ([ALLOW, policy("Deny", Resource="arn:aws:s3:::other")], "allowed"),
        ([ALLOW, policy("Deny", Resource=OBJECT)], "explicit_deny"),
        ([policy(Resource="arn:aws:s3:::other")], "implicit_deny"),
        ([policy(**UNKNOWN), ALLOW], "allowed"),
        ([policy(**UNKNOWN)], "unknown"),
        ([policy("Deny", **UNKNOWN), DENY], "explicit_deny"),
        ([policy("Deny", **UNKNOWN), ALLOW], "unknown"),
    ],
)
def test_both_ways_say_the_same(policies: list[Policy], expected: str) -> None:
    assert decision(Bundle(policies)) == expected
    assert decision(Bundle(policies, scps=[])) == expected
