"""Sessions of GetSessionToken and AssumeRole: what they take, how they are refused, what they can and cannot call.

AWS's pages: API_GetSessionToken and API_AssumeRole of the STS API Reference, id_credentials_sts-comparison and
id_credentials_temp_control-access_disable-perms. The texts about MFA were seen in public error reports; one
of them ends with a blank, which is not held against AWS here.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.contract.stage import Stage, refusal
from tests.contract.values import Person, allow, deny

WRONG_CODE = "MultiFactorAuthentication failed with invalid MFA one time pass code."
WRONG_DEVICE = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and "
    "associated with this user."
)
HALF = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
ONLY_A_SANDBOX_ADVANCES = "its clock would have to be moved by more than a quarter of an hour"


@pytest.fixture(scope="module")
def alice(stage: Stage) -> Person:
    """A user who may read IAM."""
    return stage.user(allow(["iam:GetUser", "iam:ListMFADevices"]))


def denied(stage: Stage, person: Person, message: str, **parameters: Any) -> None:
    """GetSessionToken is refused in these words."""
    found = refusal(stage.client("sts", person).get_session_token, **parameters)
    assert (found.code, found.status, found.message.strip()) == ("AccessDenied", 403, message)


def test_a_wrong_code_is_refused(stage: Stage, alice: Person) -> None:
    device = stage.enable(alice)
    denied(stage, alice, WRONG_CODE, SerialNumber=device.serial, TokenCode="000000")
    stage.session(alice, device)


def test_a_used_code_is_refused(stage: Stage) -> None:
    user = stage.user()
    device = stage.enable(user)
    code = stage.next_code(device)
    stage.client("sts", user).get_session_token(SerialNumber=device.serial, TokenCode=code)
    denied(stage, user, WRONG_CODE, SerialNumber=device.serial, TokenCode=code)


def test_a_foreign_serial_is_refused_with_its_own_code_too(stage: Stage, alice: Person) -> None:
    foreign = stage.enable(stage.user())
    denied(stage, alice, WRONG_DEVICE, SerialNumber=foreign.serial, TokenCode="000000")
    denied(stage, alice, WRONG_DEVICE, SerialNumber=foreign.serial, TokenCode=stage.next_code(foreign))


def test_a_serial_of_nothing_and_the_arn_of_the_user_are_refused(stage: Stage, alice: Person) -> None:
    denied(stage, alice, WRONG_DEVICE, SerialNumber=stage.arn("mfa", stage.name("never")), TokenCode="123456")
    denied(stage, alice, WRONG_DEVICE, SerialNumber=alice.arn, TokenCode="123456")


def test_a_serial_without_a_code_is_refused(stage: Stage, alice: Person) -> None:
    device = stage.enable(alice)
    denied(stage, alice, HALF, SerialNumber=device.serial)
    denied(stage, alice, HALF, TokenCode=stage.next_code(device))


@pytest.mark.parametrize("code", ["12345", "1234567", "12345a"])
def test_a_code_has_six_digits(stage: Stage, alice: Person, code: str) -> None:
    parameters = {"SerialNumber": stage.arn("mfa", "x"), "TokenCode": code}
    found = refusal(stage.client("sts", alice).get_session_token, **parameters)
    assert (found.code, found.status) == ("ValidationError", 400)
    assert "at 'tokenCode' failed to satisfy constraint: Member must" in found.message


@pytest.mark.parametrize("seconds", [899, 129_601])
def test_a_session_lasts_from_a_quarter_of_an_hour_to_a_day_and_a_half(
    stage: Stage, alice: Person, seconds: int
) -> None:
    found = refusal(stage.client("sts", alice).get_session_token, DurationSeconds=seconds)
    assert (found.code, found.status) == ("ValidationError", 400)


@pytest.mark.parametrize(("asked", "given"), [({}, 43_200), ({"DurationSeconds": 900}, 900)], ids=str)
def test_a_session_ends_when_it_says(stage: Stage, alice: Person, asked: dict[str, int], given: int) -> None:
    sts = stage.client("sts", alice)
    stage.settle()
    begun = stage.venue.now()
    ends = sts.get_session_token(**asked)["Credentials"]["Expiration"]
    assert abs((ends - begun).total_seconds() - given) < 5


def test_credentials_of_sessions_begin_with_asia_and_no_two_are_the_same(stage: Stage, alice: Person) -> None:
    first, second = stage.session(alice), stage.session(alice)
    assert alice.key.key_id[:4] == "AKIA"
    assert (first.key_id[:4], second.key_id[:4]) == ("ASIA", "ASIA")
    assert first.key_id != second.key_id and first.secret != second.secret and first.token != second.token


@pytest.mark.sandbox_only(ONLY_A_SANDBOX_ADVANCES)
def test_a_session_is_of_no_use_when_it_is_over(stage: Stage) -> None:
    user = stage.user()
    device = stage.enable(user)
    sts = stage.client("sts", stage.session(user, device, DurationSeconds=900))
    stage.venue.wait(890)
    sts.get_caller_identity()
    stage.venue.wait(11)
    found = refusal(sts.get_caller_identity)
    assert (found.code, found.status) == ("ExpiredToken", 403)


def test_a_session_is_its_user(stage: Stage, alice: Person) -> None:
    for session in (stage.session(alice), stage.session(alice, stage.enable(alice))):
        found = stage.client("sts", session).get_caller_identity()
        assert (found["Arn"], found["UserId"], found["Account"]) == (alice.arn, alice.id, stage.account)


@pytest.mark.parametrize("operation", ["get_session_token", "get_federation_token"])
def test_a_session_makes_no_further_session(stage: Stage, alice: Person, operation: str) -> None:
    parameters = {"Name": "guest"} if operation == "get_federation_token" else {}
    name = "".join(part.capitalize() for part in operation.split("_"))
    for session in (stage.session(alice), stage.session(alice, stage.enable(alice))):
        found = refusal(getattr(stage.client("sts", session), operation), **parameters)
        assert (found.code, found.status) == ("AccessDenied", 403)
        assert found.message == f"Cannot call {name} with session credentials"


def test_a_session_without_mfa_cannot_call_iam(stage: Stage, alice: Person) -> None:
    found = refusal(stage.client("iam", stage.session(alice)).get_user)
    assert (found.code, found.status) == ("InvalidClientTokenId", 403)
    assert found.message.startswith("The security token included in the request is invalid")


def test_a_session_with_mfa_calls_iam(stage: Stage, alice: Person) -> None:
    session = stage.session(alice, stage.enable(alice))
    assert stage.client("iam", session).get_user()["User"]["Arn"] == alice.arn


def test_a_session_is_worth_nothing_without_its_token(stage: Stage, alice: Person) -> None:
    session = stage.session(alice)
    bare = type(session)(session.key_id, session.secret)
    found = refusal(stage.new_client("sts", bare).get_caller_identity)
    assert (found.code, found.status) == ("InvalidClientTokenId", 403)


def test_get_session_token_takes_no_permission(stage: Stage) -> None:
    stage.session(stage.user())


def test_no_policy_denies_get_caller_identity(stage: Stage) -> None:
    user = stage.user(deny("*"))
    assert stage.client("sts", user).get_caller_identity()["Arn"] == user.arn


def test_a_session_is_judged_by_the_policies_of_the_present(stage: Stage) -> None:
    user = stage.user()
    iam = stage.client("iam", stage.session(user, stage.enable(user)))
    assert refusal(iam.get_user).code == "AccessDenied"
    stage.permit(user, allow("iam:GetUser"))
    assert iam.get_user()["User"]["Arn"] == user.arn
    stage.permit(user, allow("iam:GetUser"), deny("iam:GetUser"))
    assert refusal(iam.get_user).code == "AccessDenied"


def test_devices_are_listed_of_the_caller_who_names_nobody(stage: Stage) -> None:
    user, other = stage.user(allow("iam:ListMFADevices")), stage.user()
    device = stage.enable(user)
    stage.enable(other)
    for credentials in (user, stage.session(user, device)):
        [found] = stage.client("iam", credentials).list_mfa_devices()["MFADevices"]
        assert (found["UserName"], found["SerialNumber"]) == (user.name, device.serial)


def test_a_role_is_assumed_by_who_is_allowed_to_with_every_kind_of_credential(stage: Stage) -> None:
    role = stage.role(Description="of the contract")
    user, stranger = stage.user(allow("sts:AssumeRole", role.arn)), stage.user()
    assert refusal(stage.assume, caller=stranger, role=role).code == "AccessDenied"
    for caller in (user, stage.session(user), stage.session(user, stage.enable(user))):
        session = stage.assume(caller, role, "mine")
        found = stage.client("sts", session).get_caller_identity()
        assert found["UserId"] == f"{role.id}:mine"
        expected = f"arn:{stage.partition}:sts::{stage.account}:assumed-role/{role.name}/mine"
        assert (session.key_id[:4], found["Arn"]) == ("ASIA", expected)


def test_a_role_lasts_as_long_as_it_is_set_to_and_an_hour_in_a_chain(stage: Stage) -> None:
    role = stage.role(None, MaxSessionDuration=7200)
    target = stage.arn("role", f"{stage.prefix}*")
    user = stage.user(allow("sts:AssumeRole", target))
    first = stage.role(None, allow("sts:AssumeRole", role.arn))
    stage.assume(user, role, DurationSeconds=7200)
    for seconds in (899, 7201, 43_201):
        found = refusal(stage.assume, caller=user, role=role, DurationSeconds=seconds)
        assert (found.code, found.status) == ("ValidationError", 400)
    session = stage.assume(user, first)
    stage.assume(session, role, DurationSeconds=3600)
    found = refusal(stage.assume, caller=session, role=role, DurationSeconds=3601)
    assert (found.code, found.status) == ("ValidationError", 400)


def test_a_wrong_code_is_refused_with_assume_role_too(stage: Stage) -> None:
    role = stage.role()
    user = stage.user(allow("sts:AssumeRole", role.arn))
    device = stage.enable(user)
    for parameters, message in (
        ({"SerialNumber": device.serial, "TokenCode": "000000"}, WRONG_CODE),
        ({"SerialNumber": stage.arn("mfa", stage.name("never")), "TokenCode": "000000"}, WRONG_DEVICE),
        ({"SerialNumber": device.serial}, HALF),
    ):
        found = refusal(stage.assume, caller=user, role=role, **parameters)
        assert (found.code, found.status, found.message.strip()) == ("AccessDenied", 403, message)
