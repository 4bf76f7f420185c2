"""Whole decisions of the reference evaluator, on the examples and rules of AWS's evaluation pages."""

from __future__ import annotations

from typing import Any

import pytest
from tests.reference import decide

ACCOUNT, OTHER = "111122223333", "444455556666"
USER = f"arn:aws:iam::{ACCOUNT}:user/division/exampleuser"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/path/examplerole"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/examplerole/examplesession"
FEDERATED = f"arn:aws:sts::{ACCOUNT}:federated-user/exampleuser"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
OBJECT = "arn:aws:s3:::b/k"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234"
TARGET = f"arn:aws:iam::{ACCOUNT}:role/target"


def policy(effect: str = "Allow", **statement: Any) -> dict[str, Any]:
    resource = {} if "NotResource" in statement or statement.get("Resource", "*") is None else {"Resource": "*"}
    action = {} if "NotAction" in statement else {"Action": "*"}
    whole = {"Effect": effect, **action, **resource, **statement}
    return {"Version": "2012-10-17", "Statement": [{k: v for k, v in whole.items() if v is not None}]}


ANY, DENY, NOTHING = policy(), policy("Deny"), policy(Action="ec2:RunInstances")
RCP_FULL = policy(Principal="*")


def grant(*principals: str, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return policy(effect, Principal={"AWS": list(principals)}, **more)


def verdict(
    principal: str | None, action: str = "s3:GetObject", resource: str = OBJECT, context: Any = None, **line: Any
) -> str:
    request = {"principal": principal, "action": action, "resource": resource, "context": context or {}}
    return decide({"request": request, "resource_account": ACCOUNT, **line})


def test_nothing_is_allowed_by_default_and_a_deny_beats_every_allow() -> None:
    assert verdict(USER) == "implicit_deny"
    assert verdict(USER, identity_policies=[NOTHING, ANY]) == "allowed"
    assert verdict(USER, identity_policies=[ANY, DENY]) == "explicit_deny"
    assert verdict(USER, identity_policies=[ANY], boundary=DENY) == "explicit_deny"
    assert verdict(USER, identity_policies=[ANY], scps=[[ANY, DENY]]) == "explicit_deny"
    assert verdict(USER, identity_policies=[ANY], rcps=[[policy("Deny", Principal="*")]]) == "explicit_deny"
    assert verdict(USER, identity_policies=[ANY], resource_policy=grant(USER, effect="Deny")) == "explicit_deny"
    assert verdict(SESSION, identity_policies=[ANY], session_policies=[DENY]) == "explicit_deny"


def test_carlos_may_save_to_his_own_bucket_and_not_to_the_logs() -> None:
    carlos = f"arn:aws:iam::{ACCOUNT}:user/carlossalazar"
    own = ["arn:aws:s3:::amzn-s3-demo-bucket-carlossalazar/*", "arn:aws:s3:::amzn-s3-demo-bucket-carlossalazar"]
    his = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "s3:*", "Resource": own},
            {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::*log*"},
        ],
    }
    lines: dict[str, Any] = {"identity_policies": [his], "resource_policy": grant(carlos, Action="s3:*", Resource=own)}
    assert verdict(carlos, "s3:PutObject", own[1] + "/f", **lines) == "allowed"
    assert verdict(carlos, "s3:PutObject", own[1] + "-logs/f", **lines) == "explicit_deny"


def test_shirleys_boundary_limits_and_grants_nothing() -> None:
    boundary = policy(Action=["s3:*", "cloudwatch:*", "ec2:*"])
    create: dict[str, Any] = {"action": "iam:CreateUser", "resource": f"arn:aws:iam::{ACCOUNT}:user/new"}
    assert verdict(USER, **create, identity_policies=[policy(Action="iam:CreateUser")], boundary=boundary) == (
        "implicit_deny"
    )
    assert verdict(USER, boundary=boundary) == "implicit_deny"
    assert verdict(USER, identity_policies=[ANY], boundary=boundary) == "allowed"


def test_not_action_and_not_resource_spare_every_entry_of_their_lists() -> None:
    payroll = ["arn:aws:s3:::HRBucket/Payroll", "arn:aws:s3:::HRBucket/Payroll/*"]
    deny = policy("Deny", Action="s3:*", NotResource=payroll)
    for resource, expected in ((payroll[0], "allowed"), (payroll[0] + "/x", "allowed"), (OBJECT, "explicit_deny")):
        assert verdict(USER, resource=resource, identity_policies=[ANY, deny]) == expected
    not_action = policy("Deny", NotAction=["s3:Get*", "iam:*"])
    assert verdict(USER, identity_policies=[ANY, not_action]) == "allowed"
    assert verdict(USER, "s3:PutObject", identity_policies=[ANY, not_action]) == "explicit_deny"


def test_an_action_without_resource_is_fitted_by_a_star_or_a_not_resource_without_one() -> None:
    listing: dict[str, Any] = {"action": "iam:ListUsers", "resource": "*"}
    assert verdict(USER, **listing, identity_policies=[policy(Resource="arn:aws:iam::*:user/*")]) == "implicit_deny"
    assert verdict(USER, **listing, identity_policies=[policy(NotResource=[OBJECT])]) == "allowed"
    assert verdict(USER, **listing, identity_policies=[policy(NotResource=[OBJECT, "*"])]) == "implicit_deny"


@pytest.mark.parametrize(
    ("principal", "named", "expected"),
    [
        (USER, USER, "allowed"),
        (USER, "*", "allowed"),
        (USER, ROOT, "implicit_deny"),
        (USER, ACCOUNT, "implicit_deny"),
        (USER, f"arn:aws:iam::{ACCOUNT}:user/exampleuser", "implicit_deny"),
        (USER, f"arn:aws-cn:iam::{ACCOUNT}:root", "implicit_deny"),
        (ROLE, ROLE, "implicit_deny"),
        (ROLE, "*", "allowed"),
        (ROLE, SESSION, "unknown"),
        (ROLE, SESSION.replace("examplerole", "otherrole"), "implicit_deny"),
        (SESSION, SESSION, "allowed"),
        (SESSION, ROLE, "implicit_deny"),
        (SESSION, SESSION + "2", "implicit_deny"),
        (FEDERATED, FEDERATED, "allowed"),
        (FEDERATED, "*", "allowed"),
        (FEDERATED, USER, "implicit_deny"),
    ],
)
def test_who_is_named_decides_whether_boundary_and_session_policy_limit_a_grant(
    principal: str, named: str, expected: str
) -> None:
    limits: dict[str, Any] = {"boundary": NOTHING, "session_policies": [NOTHING] if principal != USER else None}
    assert verdict(principal, resource_policy=grant(named), **limits) == expected


@pytest.mark.parametrize("principal", [ROLE, SESSION])
def test_a_grant_to_the_role_needs_no_identity_policy_but_boundary_and_session_policy(principal: str) -> None:
    to_role = grant(ROLE)
    assert verdict(principal, resource_policy=to_role) == "allowed"
    assert verdict(principal, resource_policy=to_role, boundary=ANY, session_policies=[NOTHING, ANY]) == "allowed"
    assert verdict(principal, resource_policy=to_role, boundary=NOTHING) == "implicit_deny"
    assert verdict(principal, resource_policy=to_role, session_policies=[NOTHING]) == "implicit_deny"
    assert verdict(principal, resource_policy=to_role, session_policies=[]) == "implicit_deny"


def test_a_grant_to_the_account_delegates() -> None:
    for named in (ROOT, ACCOUNT):
        assert verdict(USER, resource_policy=grant(named)) == "implicit_deny"
        assert verdict(USER, resource_policy=grant(named), identity_policies=[ANY]) == "allowed"


def test_session_policies_are_a_union_that_limits_the_role() -> None:
    one, other = policy(Action="s3:GetObject"), policy(Action="s3:PutObject")
    assert verdict(SESSION, identity_policies=[ANY], session_policies=[one, other]) == "allowed"
    assert verdict(SESSION, "s3:ListBucket", identity_policies=[ANY], session_policies=[one, other]) == "implicit_deny"
    assert verdict(SESSION, identity_policies=[ANY]) == "allowed"
    assert verdict(SESSION, session_policies=[ANY]) == "implicit_deny"


def test_a_federated_user_without_session_policy_has_only_what_names_him() -> None:
    carol = f"arn:aws:sts::{ACCOUNT}:federated-user/Carol"
    assert verdict(carol, identity_policies=[ANY]) == "implicit_deny"
    assert verdict(carol, identity_policies=[ANY], session_policies=[ANY]) == "allowed"
    assert verdict(carol, session_policies=[ANY]) == "implicit_deny"
    assert verdict(carol, identity_policies=[ANY], resource_policy=grant(carol)) == "allowed"
    assert verdict(FEDERATED, resource_policy=grant(USER)) == "implicit_deny"
    assert verdict(FEDERATED, resource_policy=grant(USER), session_policies=[ANY]) == "allowed"


def test_every_level_of_scps_must_allow() -> None:
    assert verdict(USER, identity_policies=[ANY], scps=[[ANY], [NOTHING, ANY], [ANY]]) == "allowed"
    assert verdict(USER, identity_policies=[ANY], scps=[[ANY], [NOTHING], [ANY]]) == "implicit_deny"
    assert verdict(USER, identity_policies=[ANY], scps=[[ANY], [], [ANY]]) == "implicit_deny"
    assert verdict(USER, scps=[[ANY]]) == "implicit_deny"
    assert verdict(USER, resource_policy=grant(USER), scps=[[NOTHING]]) == "implicit_deny"


def test_rcps_bind_the_services_of_their_list_and_everybody_who_calls() -> None:
    deny = policy("Deny", Principal="*")
    assert verdict(USER, identity_policies=[ANY], rcps=[[RCP_FULL], [RCP_FULL]]) == "allowed"
    assert verdict(USER, identity_policies=[ANY], rcps=[[RCP_FULL], []]) == "implicit_deny"
    for principal in (ROOT, None, "sns.amazonaws.com", f"arn:aws:iam::{OTHER}:user/x"):
        assert verdict(principal, rcps=[[RCP_FULL, deny]], resource_policy=grant("*")) == "explicit_deny"
    start: dict[str, Any] = {
        "action": "ec2:StartInstances",
        "resource": f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-1",
    }
    assert verdict(USER, **start, identity_policies=[ANY], rcps=[[RCP_FULL, deny]]) == "allowed"
    retire: dict[str, Any] = {"action": "kms:RetireGrant", "resource": KEY, "resource_policy": grant(USER)}
    assert verdict(USER, **retire, rcps=[[RCP_FULL, deny]]) == "allowed"


def test_service_linked_roles_are_bound_by_neither_scps_nor_rcps() -> None:
    linked = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForX/x"
    bound: dict[str, Any] = {"identity_policies": [ANY], "scps": [[DENY]], "rcps": [[policy("Deny", Principal="*")]]}
    assert verdict(linked, **bound) == "allowed"
    assert verdict(session, **bound, context={"aws:PrincipalArn": linked}) == "allowed"
    assert verdict(session, **bound) == "explicit_deny"
    assert verdict(SESSION, **bound, context={"aws:PrincipalArn": linked}) == "explicit_deny"
    assume: dict[str, Any] = {"action": "sts:AssumeRole", "resource": linked, "rcps": bound["rcps"]}
    trust = policy(Principal={"Service": "x.amazonaws.com"}, Action="sts:AssumeRole", Resource=None)
    assert verdict("x.amazonaws.com", **assume, resource_policy=trust) == "allowed"


def test_the_root_user_needs_no_policy_but_obeys_scps_rcps_and_denies() -> None:
    assert verdict(ROOT) == "allowed"
    assert verdict(ROOT, scps=[[NOTHING]]) == "implicit_deny"
    assert verdict(ROOT, scps=[[ANY, DENY]]) == "explicit_deny"
    assert verdict(ROOT, resource_policy=grant(ACCOUNT, effect="Deny")) == "explicit_deny"
    assert verdict(ROOT, "kms:Decrypt", KEY, resource_policy=grant(USER)) == "implicit_deny"
    assert verdict(ROOT, "kms:Decrypt", KEY, resource_policy=grant(ACCOUNT)) == "allowed"


def test_cross_account_access_needs_both_sides() -> None:
    demo = "arn:aws:iam::111111111111:role/Demo"
    bucket = "arn:aws:s3:::amzn-s3-demo-bucket-production/f"
    his = policy(Action="s3:*Object*", Resource="arn:aws:s3:::amzn-s3-demo-bucket-production/*")
    logs = policy("Deny", Action="s3:*", Resource=["arn:aws:s3:::*log*", "arn:aws:s3:::*log*/*"])
    whole: dict[str, Any] = {"resource_account": "222222222222", "identity_policies": [his, logs]}
    put = ("s3:PutObject", bucket)
    assert verdict(demo, *put, **whole, resource_policy=grant(demo, Action="s3:PutObject*")) == "allowed"
    assert verdict(demo, *put, **whole) == "implicit_deny"
    assert verdict(demo, *put, **whole, resource_policy=grant("*")) == "allowed"
    assert verdict(demo, *put, **whole, resource_policy=grant("111111111111")) == "allowed"
    assert verdict(demo, *put, **whole, resource_policy=grant(ACCOUNT)) == "implicit_deny"
    assert verdict(demo, *put, **{**whole, "identity_policies": []}, resource_policy=grant(demo)) == "implicit_deny"
    assert verdict(demo, *put, **whole, boundary=NOTHING, resource_policy=grant(demo)) == "implicit_deny"
    log = bucket.replace("production", "production-logs")
    assert verdict(demo, "s3:PutObject", log, **whole, resource_policy=grant(demo)) == "explicit_deny"


def test_user1_without_a_policy_gets_nothing_from_a_grant_to_his_account_and_the_root_user_all_of_it() -> None:
    lines: dict[str, Any] = {"resource_account": OTHER, "resource_policy": grant(ROOT, Action="s3:*")}
    assert verdict(USER, **lines, identity_policies=[policy(Action=["s3:Get*", "s3:List*"])]) == "allowed"
    assert verdict(USER, "s3:DeleteObject", **lines, identity_policies=[policy(Action="s3:Get*")]) == "implicit_deny"
    assert verdict(USER, **lines) == "implicit_deny"
    assert verdict(ROOT, **lines) == "allowed"
    assert verdict(ROOT, resource_account=OTHER) == "implicit_deny"


def test_without_a_resource_account_the_account_of_the_arn_counts() -> None:
    topic = f"arn:aws:sns:us-east-1:{OTHER}:t"
    lines: dict[str, Any] = {"identity_policies": [ANY], "resource_account": None}
    assert verdict(USER, "sns:Publish", topic, **lines) == "implicit_deny"
    assert verdict(USER, "sns:Publish", topic.replace(OTHER, ACCOUNT), **lines) == "allowed"
    assert verdict(USER, **lines) == "allowed"


def test_nothing_is_granted_across_partitions() -> None:
    lines: dict[str, Any] = {"identity_policies": [ANY], "resource_policy": grant("*")}
    assert verdict(USER, resource="arn:aws-cn:s3:::b/k", resource_account=OTHER, **lines) == "implicit_deny"
    assert verdict(USER, resource=OBJECT, resource_account=OTHER, **lines) == "allowed"


def test_a_role_can_be_assumed_only_by_whom_its_trust_policy_names() -> None:
    def assume(principal: str, *named: str, **line: Any) -> str:
        trust = grant(*named, Action="sts:AssumeRole", Resource=None) if named else None
        return verdict(principal, "sts:AssumeRole", TARGET, resource_policy=trust, **line)

    assert assume(USER, identity_policies=[ANY]) == "implicit_deny"
    assert assume(USER, USER) == "allowed"
    assert assume(USER, ROOT) == "implicit_deny"
    assert assume(USER, ROOT, identity_policies=[ANY]) == "allowed"
    assert assume(USER, OTHER, identity_policies=[ANY]) == "implicit_deny"
    foreign = f"arn:aws:iam::{OTHER}:user/x"
    assert assume(foreign, foreign) == "implicit_deny"
    assert assume(foreign, OTHER, identity_policies=[ANY]) == "allowed"
    tagged = grant(USER, Action=["sts:AssumeRole", "sts:TagSession"], Resource=None)
    assert verdict(USER, "sts:TagSession", TARGET, resource_policy=tagged) == "allowed"


def test_a_provider_or_a_service_assumes_a_role_by_the_trust_policy_alone() -> None:
    saml = f"arn:aws:iam::{ACCOUNT}:saml-provider/ADFS"
    federated = policy(Principal={"Federated": [saml, "accounts.google.com"]}, Resource=None)
    services = policy(Principal={"Service": ["ecs.amazonaws.com", "ec2.amazonaws.com"]}, Resource=None)
    by_saml: dict[str, Any] = {"action": "sts:AssumeRoleWithSAML", "resource": TARGET}
    assert verdict(saml, **by_saml, resource_policy=federated, scps=[[DENY]]) == "allowed"
    assert verdict("accounts.google.com", **by_saml, resource_policy=federated) == "allowed"
    assert verdict("www.amazon.com", **by_saml, resource_policy=federated) == "implicit_deny"
    assert verdict("ec2.amazonaws.com", "sts:AssumeRole", TARGET, resource_policy=services) == "allowed"
    assert verdict("lambda.amazonaws.com", "sts:AssumeRole", TARGET, resource_policy=services) == "implicit_deny"
    assert verdict("ec2.amazonaws.com", "sts:AssumeRole", TARGET) == "implicit_deny"


def test_a_key_policy_must_name_the_caller_or_his_account() -> None:
    default = grant(ROOT, Action="kms:*")
    assert verdict(USER, "kms:Decrypt", KEY, identity_policies=[ANY]) == "implicit_deny"
    assert verdict(USER, "kms:Decrypt", KEY, resource_policy=default) == "implicit_deny"
    assert verdict(USER, "kms:Decrypt", KEY, identity_policies=[ANY], resource_policy=default) == "allowed"
    assert verdict(USER, "kms:Decrypt", KEY, resource_policy=grant(USER)) == "allowed"
    assert verdict(USER, "kms:Decrypt", KEY, identity_policies=[ANY], resource_policy=grant(ROLE)) == "implicit_deny"
    assert verdict(ROLE, "kms:Decrypt", KEY, identity_policies=[ANY], resource_policy=grant(ROLE)) == "allowed"
    assert verdict(USER, "kms:ListKeys", "*", identity_policies=[ANY]) == "allowed"


def test_a_key_policy_statement_without_a_resource_has_no_effect() -> None:
    to_user = grant(USER)["Statement"][0]
    without = {key: value for key, value in to_user.items() if key != "Resource"}
    both = {"Version": "2012-10-17", "Statement": [without, grant(ROLE)["Statement"][0]]}
    assert verdict(USER, "kms:Decrypt", KEY, resource_policy=both) == "implicit_deny"
    assert verdict(USER, "kms:Decrypt", KEY, resource_policy={**both, "Statement": [*both["Statement"], to_user]}) == (
        "allowed"
    )
    assert verdict(USER, "kms:Decrypt", KEY, resource_policy={**both, "Statement": [without]}) == "error"
    assert verdict(USER, "kms:Decrypt", KEY, resource_policy={**both, "Statement": without}) == "error"


def test_anonymous_callers_get_what_everybody_gets_and_no_more() -> None:
    assert verdict(None, resource_policy=policy(Principal="*")) == "allowed"
    assert verdict(None, resource_policy=grant("*")) == "allowed"
    assert verdict(None, resource_policy=grant(ROOT, USER), identity_policies=[ANY]) == "implicit_deny"
    assert verdict(None, resource_policy=grant("*"), scps=[[DENY]]) == "allowed"


def not_principal(*listed: str) -> dict[str, Any]:
    allow = policy(Principal="*")["Statement"]
    deny = policy("Deny", NotPrincipal={"AWS": list(listed)})["Statement"]
    return {"Version": "2012-10-17", "Statement": [*allow, *deny]}


@pytest.mark.parametrize(
    ("principal", "listed", "expected"),
    [
        (USER, [USER, ROOT], "allowed"),
        (USER, [USER, ACCOUNT], "allowed"),
        (USER, [ROOT], "explicit_deny"),
        (USER, [USER + "2", ROOT], "explicit_deny"),
        (USER, [USER], "unknown"),
        (SESSION, [SESSION, ROLE, ROOT], "allowed"),
        (SESSION, [SESSION, ROOT], "unknown"),
        (SESSION, [ROLE, ROOT], "explicit_deny"),
        (SESSION, [SESSION + "2", ROLE, ROOT], "explicit_deny"),
        (ROLE, [ROLE, ROOT], "allowed"),
        (ROLE, [SESSION, ROOT], "unknown"),
        (ROOT, [ROOT], "allowed"),
        (ROOT, [USER], "explicit_deny"),
        (FEDERATED, [FEDERATED, ROOT], "allowed"),
        ("sns.amazonaws.com", [ROOT], "explicit_deny"),
        (None, [ROOT], "explicit_deny"),
        (None, ["*"], "allowed"),
    ],
)
def test_a_deny_with_not_principal_spares_whom_it_lists_with_his_account(
    principal: str | None, listed: list[str], expected: str
) -> None:
    assert verdict(principal, resource_policy=not_principal(*listed)) == expected


def test_a_deny_with_not_principal_always_denies_a_principal_with_a_boundary() -> None:
    assert verdict(USER, resource_policy=not_principal(USER, ROOT), boundary=ANY) == "explicit_deny"


def test_a_deny_on_what_the_line_does_not_tell_is_unknown_and_never_allowed() -> None:
    def with_deny(principal: str, named: dict[str, str], *identity: Any) -> str:
        deny = policy("Deny", Principal=named)
        return verdict(principal, resource_policy=deny, identity_policies=list(identity), session_policies=[ANY])

    assert with_deny(ROLE, {"AWS": SESSION}, ANY) == "unknown"
    assert with_deny(ROLE, {"AWS": SESSION}) == "implicit_deny"
    assert with_deny(ROLE, {"AWS": SESSION.replace("examplerole", "other")}, ANY) == "allowed"
    assert with_deny(USER, {"CanonicalUser": "79a59df900b949e5"}, ANY) == "unknown"
    assert with_deny(FEDERATED, {"AWS": f"arn:aws:iam::{ACCOUNT}:user/token-app"}, ANY) == "unknown"
    assert with_deny(FEDERATED, {"AWS": USER}, ANY) == "explicit_deny"
    assert with_deny(SESSION, {"AWS": ROLE}, ANY) == "explicit_deny"


def test_a_grant_on_what_the_line_does_not_tell_is_unknown() -> None:
    canonical = policy(Principal={"CanonicalUser": ["79a59df900b949e5", "8"]})
    assert verdict(USER, identity_policies=[ANY], resource_policy=canonical, resource_account=OTHER) == "unknown"
    assert verdict(USER, resource_policy=canonical, resource_account=OTHER) == "implicit_deny"
    assert verdict(None, resource_policy=canonical) == "implicit_deny"
    broker = grant(f"arn:aws:iam::{ACCOUNT}:user/token-app")
    assert verdict(FEDERATED, resource_policy=broker, session_policies=[ANY]) == "unknown"
    assert verdict(FEDERATED, resource_policy=broker) == "implicit_deny"


def test_no_policy_denies_get_caller_identity_to_whom_aws_knows() -> None:
    ask: dict[str, Any] = {"action": "sts:getcalleridentity", "resource": "*"}
    assert verdict(USER, **ask, identity_policies=[DENY], scps=[[DENY]]) == "allowed"
    assert verdict(None, **ask) == "implicit_deny"
    assert verdict(USER, **ask, identity_policies=["no policy"]) == "error"


@pytest.mark.parametrize(
    ("operator", "value", "absent", "false", "true"),
    [
        ("BoolIfExists", "false", "explicit_deny", "explicit_deny", "allowed"),
        ("Bool", "false", "allowed", "explicit_deny", "allowed"),
        ("Null", "true", "explicit_deny", "allowed", "allowed"),
        ("StringNotEquals", "true", "explicit_deny", "explicit_deny", "allowed"),
        ("ForAnyValue:Bool", "false", "allowed", "explicit_deny", "allowed"),
        ("ForAllValues:Bool", "false", "explicit_deny", "explicit_deny", "allowed"),
    ],
)
def test_a_deny_without_mfa_catches_the_kinds_of_credential_that_its_operator_catches(
    operator: str, value: str, absent: str, false: str, true: str
) -> None:
    deny = policy("Deny", Condition={operator: {"aws:MultiFactorAuthPresent": value}})
    for context, expected in (
        (None, absent),
        ({"aws:multifactorauthpresent": "false"}, false),
        ({"aws:MultiFactorAuthPresent": "true"}, true),
    ):
        assert verdict(USER, context=context, identity_policies=[ANY, deny]) == expected
