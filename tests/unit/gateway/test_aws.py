"""Calls through the SDK, against a sandbox: what comes back, and what each refusal is as an error of ours."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from iamfa.errors import IamfaError
from iamfa.gateway.aws import Aws
from iamfa.gateway.faults import (
    AccessDeniedError,
    AwsError,
    CodeError,
    ConflictError,
    CredentialsError,
    NotThereError,
    ThrottledError,
    UnreachableError,
)
from iamfa.gateway.ports import Caller, Credentials, Devices, Sts
from iamfa.otp import code_of, step_of
from iamfa.sandbox.embedded import ADMINISTRATOR, OWN_USER, Sandbox
from iamfa.sandbox.messages import HttpResponse
from iamfa.sandbox.server import Server
from iamfa.secret import Secret

ARN = "arn:aws:iam::123456789012"
POLICY = """{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "*", "Resource": "*"},
  {"Sid": "NothingWithoutMFA", "Effect": "Deny", "NotAction": "iam:*MFADevice*", "Resource": "*",
   "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]}"""
TRUST = f"""{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "sts:AssumeRole",
  "Principal": {{"AWS": "{ARN}:root"}}, "Condition": {{"Bool": {{"aws:MultiFactorAuthPresent": "true"}}}}}}}}"""


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(policy=POLICY, seed=5, services=False) as running:
        yield running


def aws(box: Sandbox, who: str | Credentials = ADMINISTRATOR, **more: Any) -> Aws:
    if isinstance(who, str):
        found = box.environment_of(who)
        who = Credentials(found["AWS_ACCESS_KEY_ID"], Secret(found["AWS_SECRET_ACCESS_KEY"]))
    return Aws(who, region=box.region, endpoint_url=more.pop("endpoint_url", box.endpoint_url), attempts=1, **more)


def enrolled(box: Sandbox, name: str = "phone", user: str = OWN_USER) -> str:
    """The serial of a device of the user."""
    device = aws(box).create_virtual_mfa_device(name, tags={"team": "red"})
    step = step_of(box.clock.now())
    aws(box).enable_mfa_device(user, device.serial, *(code_of(device.seed, each) for each in (step, step + 1)))
    box.clock.advance(60)
    return device.serial


def refused(call: Callable[[], object], kind: type[AwsError]) -> AwsError:
    """The error of a call; it has AWS's words, and its text has no traceback in it."""
    with pytest.raises(kind) as error:
        call()
    assert type(error.value) is kind
    assert isinstance(error.value, IamfaError)
    assert "Traceback" not in str(error.value)
    assert error.value.words in error.value.message
    return error.value


def test_it_is_every_port() -> None:
    calls = Aws(Credentials("AKIA", Secret("s")), region="us-east-1")
    sts: Sts = calls
    devices: Devices = calls
    caller: Caller = calls
    assert [type(each) for each in (sts, devices, caller)] == [Aws] * 3


def test_a_device_lives_from_creation_to_deletion(box: Sandbox) -> None:
    own = aws(box, OWN_USER)
    assert own.get_caller_identity().arn == f"{ARN}:user/own-user"
    device = aws(box).create_virtual_mfa_device("phone", tags={"team": "red"})
    assert (device.serial, len(device.seed.reveal())) == (f"{ARN}:mfa/phone", 64)
    assert device.qr_png.startswith(b"\x89PNG")
    assert own.list_mfa_devices(OWN_USER) == []
    step = step_of(box.clock.now())
    codes = [code_of(device.seed, each) for each in range(step, step + 4)]
    own.enable_mfa_device(OWN_USER, device.serial, codes[0], codes[1])
    (listed,) = own.list_mfa_devices(OWN_USER)
    assert (listed.serial, listed.user) == (device.serial, OWN_USER)
    assert listed.enabled is not None
    box.clock.advance(60)
    own.resync_mfa_device(OWN_USER, device.serial, codes[2], codes[3])
    tags = own.call("iam", "ListMFADeviceTags", SerialNumber=device.serial, Marker=None)["Tags"]
    assert tags == [{"Key": "team", "Value": "red"}]
    aws(box).deactivate_mfa_device(OWN_USER, device.serial)
    aws(box).delete_virtual_mfa_device(device.serial)
    assert "NoSuchEntity" in str(refused(lambda: aws(box).delete_virtual_mfa_device(device.serial), NotThereError))


def test_a_session_with_a_code_passes_where_the_key_alone_does_not(box: Sandbox) -> None:
    serial = enrolled(box)
    own = aws(box, OWN_USER)
    error = refused(lambda: own.call("iam", "ListUsers"), AccessDeniedError)
    assert isinstance(error, AccessDeniedError)
    assert error.denial is not None
    assert (error.denial.action, error.denial.layer) == ("iam:ListUsers", "identity")
    assert (error.operation, error.code, error.status) == ("iam:ListUsers", "AccessDenied", 403)
    assert "iamfa can" in str(error.hint)
    session = own.get_session_token(serial=serial, code=box.code(serial), seconds=900)
    assert session.token is not None
    assert session.expires is not None
    assert "session" not in repr(session).lower().replace("Secret(…)", "")
    assert len(aws(box, session).call("iam", "ListUsers")["Users"]) == 2
    box.clock.advance(901)
    assert refused(aws(box, session).get_caller_identity, CredentialsError).hint == "get a new session"


def test_a_role_is_assumed_with_a_code_only(box: Sandbox) -> None:
    serial = enrolled(box, user=ADMINISTRATOR)
    aws(box).call("iam", "CreateRole", RoleName="deploy", AssumeRolePolicyDocument=TRUST)
    role = f"{ARN}:role/deploy"
    denied = refused(lambda: aws(box).assume_role(role, "ci"), AccessDeniedError)
    assert isinstance(denied, AccessDeniedError)
    session = aws(box).assume_role(role, "ci", serial=serial, code=box.code(serial), seconds=900, external_id="x1")
    assert aws(box, session).get_caller_identity().arn.endswith(":assumed-role/deploy/ci")


def test_wrong_codes_and_foreign_serials_say_what_to_do(box: Sandbox) -> None:
    serial, foreign = enrolled(box), enrolled(box, "other", ADMINISTRATOR)
    own = aws(box, OWN_USER)
    wrong = refused(lambda: own.get_session_token(serial=serial, code="000000"), CodeError)
    assert "a code is accepted once" in str(wrong.hint)
    for name in (foreign, f"{ARN}:mfa/nobodys"):
        error = refused(lambda name=name: own.get_session_token(serial=name, code="000000"), CodeError)  # type: ignore[misc]  # the default binds it
        assert "the serial must be that of a device of the calling user" in str(error.hint)
    device = own.create_virtual_mfa_device("second")
    rule = refused(lambda: own.enable_mfa_device(OWN_USER, device.serial, "000000", "000001"), AccessDeniedError)
    assert "a session with the code of a device" in str(rule.hint)
    error = refused(lambda: aws(box).enable_mfa_device(OWN_USER, device.serial, "000000", "000001"), CodeError)
    assert (error.code, error.hint) == (
        "InvalidAuthenticationCode", "two codes in a row are asked for, the older one first",
    )  # fmt: skip


def test_credentials_that_are_nobodys_are_told_apart_from_wrong_ones(box: Sandbox) -> None:
    nobody = aws(box, Credentials("AKIAIOSFODNN7EXAMPLE", Secret("x")))
    assert "inactive or gone" in str(refused(nobody.get_caller_identity, CredentialsError).hint)
    wrong = aws(box, Credentials(box.environment["AWS_ACCESS_KEY_ID"], Secret("x")))
    assert "secret key" in str(refused(wrong.get_caller_identity, CredentialsError).hint)
    session = aws(box).get_session_token()
    error = refused(lambda: aws(box, session).call("iam", "ListUsers"), CredentialsError)
    assert "a session without MFA" in str(error.hint)


def test_what_stands_in_the_way_is_a_conflict(box: Sandbox) -> None:
    aws(box).create_virtual_mfa_device("phone")
    refused(lambda: aws(box).create_virtual_mfa_device("phone"), ConflictError)
    error = refused(lambda: aws(box).call("iam", "CreateUser", UserName="a b"), AwsError)
    assert error.code == "ValidationError"
    assert error.hint is None


def test_all_pages_of_a_list_are_read(box: Sandbox) -> None:
    serials = [enrolled(box, f"phone-{number}") for number in range(3)]
    calls = _Paged(aws(box, OWN_USER))
    assert [device.serial for device in calls.list_mfa_devices(OWN_USER)] == serials
    assert calls.pages == 3


class _Paged(Aws):
    """AWS may answer with fewer entries than there are at any time: here one a page."""

    def __init__(self, real: Aws) -> None:
        self.real, self.pages = real, 0

    def call(self, service: str, operation: str, **parameters: Any) -> Any:
        self.pages += 1
        return self.real.call(service, operation, MaxItems=1, **parameters)


def test_too_many_calls_are_throttled_and_it_is_said_to_wait(box: Sandbox) -> None:
    box.faults.rate = 1.0
    calls = aws(box)

    def many() -> None:
        for _ in range(9):
            calls.get_caller_identity()

    assert refused(many, ThrottledError).hint == "wait a little"


def test_an_endpoint_that_does_not_answer_leaves_open_whether_the_call_was_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("iamfa.gateway.aws._TIMEOUT_SECONDS", 0.2)
    key = Credentials("AKIA", Secret("s"))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        slow = Aws(key, region="us-east-1", endpoint_url=f"http://127.0.0.1:{port}", attempts=1)
        error = refused(slow.get_caller_identity, UnreachableError)
    assert "timeout" in error.message.lower()
    closed = refused(slow.get_caller_identity, UnreachableError)
    assert (closed.code, closed.status, closed.operation) == ("", None, "sts:GetCallerIdentity")
    assert "whether the call was carried out is not known" in str(closed.hint)


def test_an_endpoint_or_a_region_that_is_none_is_refused_before_anything_is_sent() -> None:
    for settings in ({"region": "us-east-1", "endpoint_url": "no-url"}, {"region": "us east 1"}):
        calls = Aws(Credentials("AKIA", Secret("s")), **settings)  # type: ignore[arg-type]  # told apart by name
        error = refused(calls.get_caller_identity, AwsError)
        assert error.hint == "look at the Region and the endpoint"


def test_a_call_that_misses_a_parameter_is_no_traceback(box: Sandbox) -> None:
    error = refused(lambda: aws(box).call("iam", "CreateUser"), AwsError)
    assert error.message == (
        'iam:CreateUser: Parameter validation failed: Missing required parameter in input: "UserName"'
    )
    assert error.hint == "nothing was sent"


def test_an_endpoint_that_is_not_awss_is_no_traceback() -> None:
    page = b"<html>" + b"<p>welcome" * 99
    with Server(lambda _: HttpResponse(200, page, (("Content-Type", "text/html"),))) as web:
        calls = Aws(Credentials("AKIA", Secret("s")), region="us-east-1", endpoint_url=web.endpoint_url, attempts=1)
        error = refused(calls.get_caller_identity, UnreachableError)
    assert len(error.message) < 400
