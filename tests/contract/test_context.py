"""The MFA keys and their companions by kind of credential, and what the usual conditions make of them.

AWS's pages: reference_policies_condition-keys, reference_policies_variables, id_credentials_mfa_configure-api-require.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping

import pytest
from tests.contract.context import AGE, KEYS, PRESENT, Condition, answers, asking
from tests.contract.stage import Stage, attempt
from tests.contract.values import Credentials, Device, Person, Role, Statement, allow, deny, policy, trusting

PASSWORD = f"Aa1!{secrets.token_urlsafe(24)}"
CONSOLE = pytest.mark.sandbox_only("AWS has no API to sign in to the console")

ALLOWS: Mapping[str, Condition] = {
    "allow-bool-true": {"Bool": {PRESENT: "true"}},
    "allow-bool-if-exists-true": {"BoolIfExists": {PRESENT: "true"}},
    "allow-null-false": {"Null": {PRESENT: "false"}},
}
DENIES: Mapping[str, Condition] = {
    "deny-bool-if-exists-false": {"BoolIfExists": {PRESENT: "false"}},
    "deny-bool-false": {"Bool": {PRESENT: "false"}},
    "deny-null-true": {"Null": {PRESENT: "true"}},
    "deny-age-above-hour": {"NumericGreaterThan": {AGE: "3600"}},
    "deny-age-above-hour-if-exists": {"NumericGreaterThanIfExists": {AGE: "3600"}},
    "deny-not-the-text-true": {"StringNotEquals": {PRESENT: "true"}},
    "deny-for-any-false": {"ForAnyValue:Bool": {PRESENT: "false"}},
    "deny-for-all-false": {"ForAllValues:Bool": {PRESENT: "false"}},
}


class Kinds:
    """One user, asked with each kind of credential that he can get."""

    def __init__(self, stage: Stage, role: Role, *statements: Statement) -> None:
        self.stage, self.role = stage, role
        self.alice: Person = stage.user(*statements)
        stage.iam.create_login_profile(UserName=self.alice.name, Password=PASSWORD)
        self.made: dict[str, Credentials] = {"long-term-key": self.alice.key, "token": stage.session(self.alice)}
        if not stage.live:
            self.made["console"] = stage.venue.sign_in(self.alice.name, PASSWORD)
        self.phone: Device = stage.enable(self.alice)
        self.made["token-mfa"] = stage.session(self.alice, self.phone)
        if not stage.live:
            code = stage.next_code(self.phone)
            self.made["console-mfa"] = stage.venue.sign_in(self.alice.name, PASSWORD, mfa_code=code)

    def held(self, kind: str, names: Mapping[str, object]) -> set[str]:
        """Under which of the names this kind may assume the role."""
        return answers(self.stage, self.made[kind], self.role, names)


@pytest.fixture(scope="module")
def role(stage: Stage) -> Role:
    """Whoever is allowed to may assume it."""
    return stage.role()


@pytest.fixture(scope="module")
def keys(stage: Stage, role: Role) -> Kinds:
    """Asked for the keys of the context."""
    return Kinds(stage, role, *asking(role, KEYS))


@pytest.fixture(scope="module")
def conditions(stage: Stage, role: Role) -> Kinds:
    """Asked for the usual conditions: an Allow by itself, a Deny against a plain Allow."""
    plain = allow("sts:AssumeRole", role.arn, StringLike={"sts:RoleSessionName": "deny-*"})
    denies = [{**each, "Effect": "Deny"} for each in asking(role, DENIES)]
    return Kinds(stage, role, *asking(role, ALLOWS), plain, *denies)


MFA_OF_KIND = [
    ("long-term-key", {"mfa-absent"}),
    ("token", {"mfa-false", "issued-there"}),
    ("token-mfa", {"mfa-true", "age-there", "age-hour", "issued-there"}),
    pytest.param("console", {"mfa-false", "issued-there"}, marks=CONSOLE),
    pytest.param("console-mfa", {"mfa-true", "age-there", "age-hour", "issued-there"}, marks=CONSOLE),
]


@pytest.mark.parametrize(("kind", "expected"), MFA_OF_KIND)
def test_a_users_credentials_carry_mfa_by_their_kind(keys: Kinds, kind: str, expected: set[str]) -> None:
    assert keys.held(kind, KEYS) == expected | {"username-there", "type-user"}


USUAL = [
    ("long-term-key", {"allow-bool-if-exists-true"}, {"deny-bool-false", "deny-age-above-hour", "deny-for-any-false"}),
    ("token", {"allow-null-false"}, {"deny-null-true", "deny-age-above-hour"}),
    ("token-mfa", set(ALLOWS), set(DENIES)),
    pytest.param("console", {"allow-null-false"}, {"deny-null-true", "deny-age-above-hour"}, marks=CONSOLE),
    pytest.param("console-mfa", set(ALLOWS), set(DENIES), marks=CONSOLE),
]


@pytest.mark.parametrize(("kind", "allowing", "not_denying"), USUAL)
def test_the_usual_conditions_let_a_credential_pass_or_not(
    conditions: Kinds, kind: str, allowing: set[str], not_denying: set[str]
) -> None:
    assert conditions.held(kind, {**ALLOWS, **DENIES}) == allowing | not_denying


@pytest.mark.sandbox_only("its clock would have to be moved by an hour")
def test_an_age_grows_with_its_session(stage: Stage, role: Role) -> None:
    old = {"age-above-hour": {"NumericGreaterThan": {AGE: "3600"}}, "age-hour": KEYS["age-hour"]}
    user = stage.user(*asking(role, old))
    session = stage.session(user, stage.enable(user))
    assert answers(stage, session, role, old) == {"age-hour"}
    stage.venue.wait(3599)
    assert answers(stage, session, role, old) == {"age-hour"}
    stage.venue.wait(2)
    assert answers(stage, session, role, old) == {"age-above-hour"}


def test_a_session_of_a_role_carries_no_mfa_whatever_its_caller_showed(stage: Stage, role: Role) -> None:
    asked = stage.role(None, *asking(role, KEYS))
    user = stage.user(allow("sts:AssumeRole", asked.arn))
    phone = stage.enable(user)
    plain = stage.assume(user, asked)
    with_code = stage.assume(user, asked, SerialNumber=phone.serial, TokenCode=stage.next_code(phone))
    for session in (plain, with_code):
        found = answers(stage, session, role, KEYS)
        assert found - {"age-there", "age-hour"} == {"mfa-false", "issued-there", "type-assumed-role"}


def test_a_federated_session_never_says_that_mfa_is_there(stage: Stage) -> None:
    user = stage.user(allow(["sts:GetFederationToken", "s3:ListAllMyBuckets"]))
    sts = stage.client("sts", user)

    def passes(**condition: Mapping[str, str]) -> bool:
        document = json.dumps(policy(allow("s3:ListAllMyBuckets", "*", **condition)))
        made = sts.get_federation_token(Name="guest", Policy=document)["Credentials"]
        return attempt(stage.client("s3", Credentials.of(made)).list_buckets) is None

    assert passes()
    assert not passes(Bool={PRESENT: "true"})
    assert passes(Null={AGE: "true"})
    assert passes(Null={"aws:username": "true"})
    assert passes(Null={"aws:TokenIssueTime": "false"})


def test_a_trust_policy_sees_the_code_of_the_call_and_the_mfa_of_the_callers_session(stage: Stage) -> None:
    guarded = stage.role(trusting(stage.arn_of_account, Bool={PRESENT: "true"}))
    fresh = stage.role(trusting(stage.arn_of_account, NumericLessThan={AGE: "300"}))
    user = stage.user(allow("sts:AssumeRole", [guarded.arn, fresh.arn]))
    phone = stage.enable(user)
    callers: list[tuple[Credentials | Person, Callable[[], dict[str, str]], bool]] = [
        (user, dict, False),
        (stage.session(user), dict, False),
        (user, lambda: {"SerialNumber": phone.serial, "TokenCode": stage.next_code(phone)}, True),
        (stage.session(user, phone), dict, True),
    ]
    for caller, proof, passes in callers:
        for role in (guarded, fresh):
            found = attempt(
                stage.client("sts", caller).assume_role, RoleArn=role.arn, RoleSessionName="contract", **proof()
            )
            assert (found is None) == passes, found
            if found is not None:
                refused = f"is not authorized to perform: sts:AssumeRole on resource: {role.arn}"
                assert (found.code, found.status) == ("AccessDenied", 403) and refused in found.message


def test_a_deny_in_a_trust_policy_fires_without_a_code(stage: Stage) -> None:
    trust = trusting(stage.arn_of_account)
    without = deny("sts:AssumeRole", BoolIfExists={PRESENT: "false"})
    refused = {name: value for name, value in without.items() if name != "Resource"}
    trust["Statement"].append({**refused, "Principal": {"AWS": "*"}})
    role = stage.role(trust)
    user = stage.user(allow("sts:AssumeRole", role.arn))
    phone = stage.enable(user)
    sts = stage.client("sts", user)
    found = attempt(sts.assume_role, RoleArn=role.arn, RoleSessionName="contract")
    assert found is not None and found.code == "AccessDenied"
    stage.assume(user, role, SerialNumber=phone.serial, TokenCode=stage.next_code(phone))
