"""STS without roles: session tokens with and without a device, federation, whose a key is."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.sandbox.direct import ADMINISTRATOR, NUMBER, START, Direct

from iamfa.account.entities import ROOT_USER, AccessKey, Device
from iamfa.otp import code_at
from iamfa.platform import Assumptions
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.apis import rows_of
from iamfa.sandbox.authorise import decide
from iamfa.sandbox.caller import Caller, Transport, caller_with_session, context_of
from iamfa.sandbox.live import Session, add_account
from iamfa.sandbox.sessions import issue
from iamfa.sandbox.work import Work
from iamfa.secret import Secret

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
PHONE = f"arn:aws:iam::{NUMBER}:mfa/phone"
WRONG_CODE = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
WRONG_DEVICE = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid "
    "and associated with this user."
)
HALF = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."


@pytest.fixture
def box() -> Direct:
    found = Direct()
    found.user("alice")
    found.account.devices[PHONE] = Device(PHONE, "virtual", "alice", START, START, seed=Secret(SEED))
    return found


def sts(box: Direct, operation: str, by: Any = "alice", **parameters: Any) -> Any:
    return box.call(operation, by=by, service="sts", **parameters)


def session_of(box: Direct, result: Any) -> Session:
    return box.state.sessions[result["Credentials"]["AccessKeyId"]]


def code(box: Direct) -> str:
    return code_at(Secret(SEED), box.state.clock.now())


def wrong(box: Direct) -> str:
    """A code that is right at no time near."""
    return f"{(int(code(box)) + 1) % 1_000_000:06d}"


def refusal(box: Direct, operation: str, by: Any = "alice", **parameters: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        sts(box, operation, by, **parameters)
    return caught.value


def allowing(*actions: str, resource: str = "*") -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


def denying(*actions: str) -> dict[str, Any]:
    statement = {"Effect": "Deny", "Action": list(actions), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def test_everybody_is_told_who_he_is(box: Direct) -> None:
    user = box.user("bob", denying("sts:*"))
    found = sts(box, "GetCallerIdentity", "bob")
    assert found == {"UserId": user.id, "Account": NUMBER, "Arn": user.arn}


def test_a_session_token_takes_no_permission_and_lasts_twelve_hours(box: Direct) -> None:
    found = sts(box, "GetSessionToken")
    session = session_of(box, found)
    assert session.kind == "token"
    assert found["Credentials"]["AccessKeyId"].startswith("ASIA")
    assert (found["Credentials"]["Expiration"] - START).total_seconds() == 43_200
    assert found["SessionTokenSize"] == len(found["Credentials"]["SessionToken"])


def test_a_session_token_with_a_code_has_mfa(box: Direct) -> None:
    session = session_of(box, sts(box, "GetSessionToken", SerialNumber=PHONE, TokenCode=code(box), DurationSeconds=900))
    assert (session.kind, session.code_given) == ("token-mfa", START)
    assert (session.expires - session.issued).total_seconds() == 900
    assert sts(box, "GetCallerIdentity", session)["Arn"] == box.account.users["alice"].arn


def test_a_code_is_accepted_once(box: Direct) -> None:
    sts(box, "GetSessionToken", SerialNumber=PHONE, TokenCode=code(box))
    refused = refusal(box, "GetSessionToken", SerialNumber=PHONE, TokenCode=code(box))
    assert (refused.code, refused.status, refused.message) == ("AccessDenied", 403, WRONG_CODE)
    box.state.clock.advance(30)
    assert sts(box, "GetSessionToken", SerialNumber=PHONE, TokenCode=code(box))


def test_a_wrong_code_makes_no_session(box: Direct) -> None:
    assert refusal(box, "GetSessionToken", SerialNumber=PHONE, TokenCode=wrong(box)).message == WRONG_CODE
    assert not box.state.sessions


@pytest.mark.parametrize("half", ["SerialNumber", "TokenCode"])
def test_serial_and_code_go_together(box: Direct, half: str) -> None:
    both = {"SerialNumber": PHONE, "TokenCode": code(box)}
    refused = refusal(box, "GetSessionToken", **{half: both[half]})
    assert (refused.code, refused.message) == ("AccessDenied", HALF)


def test_a_serial_that_is_not_there_and_one_of_somebody_else_look_the_same(box: Direct) -> None:
    box.user("bob")
    elsewhere = f"arn:aws:iam::{NUMBER}:mfa/elsewhere"
    for by, serial in (("alice", elsewhere), ("bob", PHONE), ("alice", box.account.users["alice"].arn)):
        refused = refusal(box, "GetSessionToken", by, SerialNumber=serial, TokenCode=code(box))
        assert (refused.code, refused.message) == ("AccessDenied", WRONG_DEVICE)


def test_a_fido_device_gives_sts_no_code(box: Direct) -> None:
    serial = f"arn:aws:iam::{NUMBER}:u2f/user/alice/key-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    box.account.devices[serial] = Device(serial, "fido", "alice", START)
    assert refusal(box, "GetSessionToken", SerialNumber=serial, TokenCode="123456").message == WRONG_DEVICE


def test_a_hardware_token_is_known_by_its_serial_number(box: Direct) -> None:
    box.account.devices["GAHT12345678"] = Device("GAHT12345678", "hardware", "alice", START, seed=Secret(SEED))
    found = sts(box, "GetSessionToken", SerialNumber="GAHT12345678", TokenCode=code(box))
    assert session_of(box, found).kind == "token-mfa"


def test_session_tokens_come_of_long_term_keys_only(box: Direct) -> None:
    session = session_of(box, sts(box, "GetSessionToken"))
    for operation, parameters in (("GetSessionToken", {}), ("GetFederationToken", {"Name": "Bob"})):
        refused = refusal(box, operation, session, **parameters)
        assert refused.message == f"Cannot call {operation} with session credentials"
        assert (refused.code, refused.status) == ("AccessDenied", 403)


def test_console_sessions_get_no_session_token_either(box: Direct) -> None:
    alice = box.account.users["alice"]
    console = issue(box.state, box.account, "console-mfa", 3600, user="alice", user_id=alice.id, code_given=START)
    for operation, parameters in (("GetSessionToken", {}), ("GetFederationToken", {"Name": "Bob"})):
        message = refusal(box, operation, console, **parameters).message
        assert message == f"Cannot call {operation} with session credentials"


@pytest.mark.parametrize("seconds", [899, 129_601])
def test_durations_have_limits(box: Direct, seconds: int) -> None:
    assert refusal(box, "GetSessionToken", DurationSeconds=seconds).code == "ValidationError"


@pytest.mark.parametrize("seconds", [{}, {"DurationSeconds": 129_600}])
def test_sessions_of_the_root_user_last_an_hour_at_most(box: Direct, seconds: dict[str, int]) -> None:
    session = session_of(box, sts(box, "GetSessionToken", ROOT_USER, **seconds))
    assert (session.expires - session.issued).total_seconds() == 3600
    assert sts(box, "GetCallerIdentity", session)["Arn"] == f"arn:aws:iam::{NUMBER}:root"


def test_a_deny_of_get_session_token_has_no_effect_unless_it_is_assumed_to(box: Direct) -> None:
    box.user("bob", denying("sts:GetSessionToken"))
    assert sts(box, "GetSessionToken", "bob")
    box.state.settings.assumptions = Assumptions({"deny-get-session-token": "honoured"})
    refused = refusal(box, "GetSessionToken", "bob")
    assert refused.code == "AccessDenied"
    assert refused.message.endswith("with an explicit deny in an identity-based policy")
    assert sts(box, "GetSessionToken"), "a missing Allow still has none"


def test_a_token_can_be_asked_to_be_large(box: Direct) -> None:
    found = sts(box, "GetSessionToken", MinimumSessionTokenSize=4096)
    assert (found["SessionTokenSize"], found["SessionTokenUtilization"]) == (4096, 100)
    assert session_of(box, found).token.matches(found["Credentials"]["SessionToken"])


def test_a_federated_user_needs_a_permission_on_his_own_name(box: Direct) -> None:
    bob = f"arn:aws:sts::{NUMBER}:federated-user/Bob"
    broker = box.user("broker", allowing("sts:GetFederationToken", resource=bob), allowing("s3:*"))
    refused = refusal(box, "GetFederationToken", "broker", Name="Eve")
    assert f"sts:GetFederationToken on resource: arn:aws:sts::{NUMBER}:federated-user/Eve" in refused.message
    found = sts(box, "GetFederationToken", "broker", Name="Bob")
    assert found["FederatedUser"] == {"FederatedUserId": f"{NUMBER}:Bob", "Arn": bob}
    assert "PackedPolicySize" not in found
    session = session_of(box, found)
    assert (session.kind, session.policies, session.user_id) == ("federated", None, broker.id)
    assert (session.expires - session.issued).total_seconds() == 43_200
    assert sts(box, "GetCallerIdentity", session) == {"UserId": f"{NUMBER}:Bob", "Account": NUMBER, "Arn": bob}


def decided(box: Direct, session: Session, action: str, resource: str = "*") -> bool:
    """What the policies say of a request made with the session."""
    work = Work(box.state, caller_with_session(box.state, session), Transport(), box.state.clock.now())
    return decide(work, action, resource, {})[0].allowed


def test_a_federated_user_may_what_user_and_session_policies_both_allow(box: Direct) -> None:
    box.user("broker", allowing("sts:GetFederationToken", "s3:ListAllMyBuckets", "ec2:DescribeRegions"))
    without = session_of(box, sts(box, "GetFederationToken", "broker", Name="Bob"))
    assert not decided(box, without, "s3:ListAllMyBuckets")
    policy = json.dumps(allowing("s3:*", "iam:*"))
    found = sts(box, "GetFederationToken", "broker", Name="Bob", Policy=policy)
    assert found["PackedPolicySize"] == found["SessionTokenUtilization"] > 0
    session = session_of(box, found)
    assert decided(box, session, "s3:ListAllMyBuckets")
    assert not decided(box, session, "ec2:DescribeRegions")
    assert not decided(box, session, "s3:CreateBucket", "arn:aws:s3:::b")
    by_arn = session_of(box, sts(box, "GetFederationToken", "broker", Name="Bob", PolicyArns=[{"arn": ADMINISTRATOR}]))
    assert decided(box, by_arn, "ec2:DescribeRegions")


def test_a_federated_user_of_the_root_user_is_limited_by_session_policies_alone(box: Direct) -> None:
    policy = json.dumps(allowing("s3:*"))
    session = session_of(box, sts(box, "GetFederationToken", ROOT_USER, Name="Bob", Policy=policy))
    assert (session.expires - session.issued).total_seconds() == 3600
    assert decided(box, session, "s3:ListAllMyBuckets")
    assert not decided(box, session, "ec2:DescribeRegions")
    without = session_of(box, sts(box, "GetFederationToken", ROOT_USER, Name="Bob"))
    assert not decided(box, without, "s3:ListAllMyBuckets")


def test_tags_of_a_federated_user_take_a_permission_of_their_own(box: Direct) -> None:
    tags = [{"Key": "team", "Value": "blue"}]
    box.user("broker", allowing("sts:GetFederationToken"))
    assert "sts:TagSession on resource" in refusal(box, "GetFederationToken", "broker", Name="Bob", Tags=tags).message
    box.user("tagger", allowing("sts:GetFederationToken", "sts:TagSession"))
    session = session_of(box, sts(box, "GetFederationToken", "tagger", Name="Bob", Tags=tags))
    assert session.tags == (("team", "blue"),)


def test_a_federated_user_has_the_tags_of_his_user_and_of_his_session(box: Direct) -> None:
    user = box.user("tagger", allowing("sts:*"))
    box.account.users["tagger"] = replace(user, tags=(("Team", "red"), ("site", "Oslo")))
    found = sts(box, "GetFederationToken", "tagger", Name="Bob", Tags=[{"Key": "team", "Value": "blue"}])
    caller = caller_with_session(box.state, session_of(box, found))
    context = context_of(caller, Transport(), box.state, START)
    tags = {key: value for key, value in context.items() if key.startswith("aws:PrincipalTag/")}
    assert tags == {"aws:PrincipalTag/team": "blue", "aws:PrincipalTag/site": "Oslo"}


def test_any_key_of_the_sandbox_is_known_by_its_account(box: Direct) -> None:
    other = add_account(box.state, "999999999999", "aws")
    other.access_keys["AKIAOTHER0000000AAAA"] = AccessKey("AKIAOTHER0000000AAAA", "eve", "Inactive", START)
    session = session_of(box, sts(box, "GetSessionToken"))
    for key, number in (
        ("AKIAOTHER0000000AAAA", "999999999999"),
        (session.key_id, NUMBER),
        (box.key("alice").id, NUMBER),
    ):
        assert sts(box, "GetAccessKeyInfo", "administrator", AccessKeyId=key) == {"Account": number}
    unknown = refusal(box, "GetAccessKeyInfo", "administrator", AccessKeyId="AKIANOBODY000000AAAA")
    assert (unknown.code, unknown.status) == ("InvalidClientTokenId", 403)
    assert refusal(box, "GetAccessKeyInfo", AccessKeyId=session.key_id).code == "AccessDenied"


def test_what_decided_without_a_policy_is_noted(box: Direct) -> None:
    def noted(operation: str, by: Caller, **parameters: Any) -> str | None:
        work = Work(box.state, by, Transport(), box.state.clock.now())
        with suppress(ApiError):
            rows_of("sts")[operation].handler(work, parameters)
        return work.platform

    alice = box.caller("alice")
    session = session_of(box, sts(box, "GetSessionToken"))
    serial = f"arn:aws:iam::{NUMBER}:u2f/user/alice/key"
    box.account.devices[serial] = Device(serial, "fido", "alice", START)
    assert noted("GetSessionToken", alice) == "get-session-token-needs-no-permission"
    assert noted("GetSessionToken", alice, SerialNumber=PHONE, TokenCode=wrong(box)) is None
    assert noted("GetSessionToken", alice, SerialNumber=serial, TokenCode="123456") == "fido-cannot-be-used-with-sts"
    by_session = caller_with_session(box.state, session)
    assert noted("GetSessionToken", by_session) == "session-credentials-cannot-get-session-token"
    box.state.settings.assumptions = Assumptions({"deny-get-session-token": "honoured"})
    assert noted("GetSessionToken", alice) is None
