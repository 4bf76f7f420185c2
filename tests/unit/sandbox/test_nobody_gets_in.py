"""Nobody gets in who should not: signatures, keys, sessions and codes, end to end over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.sandbox import over_http as http
from tests.unit.sandbox.over_http import Keys

import iamfa

MISMATCH = "SignatureDoesNotMatch"
NOBODYS = "InvalidClientTokenId"
LIST_USERS = http.form("iam", "ListUsers")


@pytest.fixture
def box() -> Iterator[iamfa.Sandbox]:
    with iamfa.Sandbox() as running:
        yield running


def refused(box: iamfa.Sandbox, data: bytes) -> tuple[int, str]:
    answer = http.sent(box, data)
    assert b"<UserName>" not in answer.body
    return answer.status, http.code(answer)


def test_a_right_signature_gets_in_and_a_wrong_or_missing_one_does_not(box: iamfa.Sandbox) -> None:
    root, port = http.administrator(box), http.port_of(box)
    right = http.signed(port, root, LIST_USERS)
    assert http.sent(box, right).status == 200
    assert refused(box, http.signed(port, replace(root, secret=root.secret[::-1]), LIST_USERS)) == (403, MISMATCH)
    assert refused(box, http.signed(port, Keys("AKIAIOSFODNN7EXAMPLE", root.secret), LIST_USERS)) == (403, NOBODYS)
    bare = b"".join(line for line in right.splitlines(keepends=True) if not line.startswith(b"authorization"))
    assert refused(box, bare) == (403, "MissingAuthenticationToken")
    empty = right.replace(right[right.index(b"Signature=") : right.index(b"\r\n\r\n")], b"Signature=")
    assert refused(box, empty) == (400, "IncompleteSignature")


@pytest.mark.parametrize(
    ("signed", "changed"),
    [
        (b"ListUsers", b"ListRoles"),
        (b"us-east-1/iam", b"eu-west-1/iam"),
        (b"us-east-1/iam", b"us-east-1/sts"),
        (b"us-east-1/iam", b"us-east-1/s3"),
        (b"aws4_request", b"aws4_requesT"),
        (b"SignedHeaders=host;x-amz-date", b"SignedHeaders=x-amz-date"),
        (b"SignedHeaders=host;x-amz-date", b"SignedHeaders=host"),
        (b"POST / HTTP", b"POST /x HTTP"),
        (b"POST / HTTP", b"POST /?a=b HTTP"),
        (b"host: 127.0.0.1", b"host: localhost"),
        (b"content-type:", b"x-amz-target: a\r\ncontent-type:"),
    ],
)
def test_what_was_signed_cannot_be_changed(box: iamfa.Sandbox, signed: bytes, changed: bytes) -> None:
    data = http.signed(http.port_of(box), http.administrator(box), LIST_USERS)
    assert data.count(signed) >= 1
    status, _ = refused(box, data.replace(signed, changed))
    assert status in (400, 403, 404)


def test_no_bit_of_a_signature_can_be_changed(box: iamfa.Sandbox) -> None:
    data = http.signed(http.port_of(box), http.administrator(box), LIST_USERS)
    at = data.index(b"Signature=") + len(b"Signature=")
    for i in range(at, at + 64, 7):
        other = b"0" if data[i : i + 1] != b"0" else b"1"
        assert refused(box, data[:i] + other + data[i + 1 :]) == (403, MISMATCH)


def test_the_same_request_again_within_fifteen_minutes_is_taken_as_aws_takes_it(box: iamfa.Sandbox) -> None:
    """A time stamp limits a request, and nothing makes it good for one use (page reference_aws-signing)."""
    data = http.signed(http.port_of(box), http.administrator(box), http.form("iam", "CreateUser", UserName="once"))
    assert http.sent(box, data).status == 200
    again = http.sent(box, data)
    assert (again.status, http.code(again)) == (409, "EntityAlreadyExists")


@pytest.mark.parametrize("minutes", [-16, 16, -60 * 24, 60 * 24 * 365])
def test_a_stale_date_and_one_to_come_are_refused(box: iamfa.Sandbox, minutes: int) -> None:
    then = datetime.now(UTC) + timedelta(minutes=minutes)
    assert refused(box, http.signed(http.port_of(box), http.administrator(box), LIST_USERS, now=then)) == (
        403,
        MISMATCH,
    )


def test_the_day_of_the_scope_is_the_day_of_the_signature(box: iamfa.Sandbox) -> None:
    data = http.signed(http.port_of(box), http.administrator(box), LIST_USERS, date="20200101")
    assert refused(box, data) == (403, MISMATCH)


@pytest.mark.parametrize("date", ["Fri, 31 Dec 9999 23:59:59 -2300", "Mon, 01 Jan 2026 00:00:00 +99999999999999999999"])
def test_a_date_out_of_the_calendar_is_a_wrong_date(box: iamfa.Sandbox, date: str) -> None:
    data = http.signed(http.port_of(box), http.administrator(box), LIST_USERS)
    assert refused(box, data.replace(b"x-amz-date: ", f"date: {date}\r\nx-other: ".encode())) == (
        400,
        "IncompleteSignature",
    )


def test_an_inactive_key_and_a_deleted_one_open_nothing(box: iamfa.Sandbox) -> None:
    root, alice = http.administrator(box), http.person(box, "alice")
    about = {"UserName": "alice", "AccessKeyId": alice.id}
    assert http.called(box, alice, "sts", "GetCallerIdentity").status == 200
    http.called(box, root, "iam", "UpdateAccessKey", Status="Inactive", **about)
    assert http.code(http.called(box, alice, "sts", "GetCallerIdentity")) == NOBODYS
    http.called(box, root, "iam", "UpdateAccessKey", Status="Active", **about)
    assert http.called(box, alice, "iam", "ListUsers").status == 200
    http.called(box, root, "iam", "DeleteAccessKey", **about)
    assert http.code(http.called(box, alice, "iam", "ListUsers")) == NOBODYS


def test_a_session_ends_with_its_user_and_is_not_that_of_a_new_user_with_his_name(box: iamfa.Sandbox) -> None:
    alice = http.person(box, "alice")
    session = http.session_of(http.called(box, alice, "sts", "GetSessionToken"))
    assert http.called(box, session, "sts", "GetCallerIdentity").status == 200
    http.forget_person(box, "alice", alice)
    assert http.code(http.called(box, session, "sts", "GetCallerIdentity")) == NOBODYS
    again = http.person(box, "alice")
    assert http.called(box, again, "sts", "GetCallerIdentity").status == 200
    assert http.code(http.called(box, session, "sts", "GetCallerIdentity")) == NOBODYS
    assert http.code(http.called(box, alice, "sts", "GetCallerIdentity")) == NOBODYS


def test_a_session_needs_its_own_key_secret_and_token_and_its_time(box: iamfa.Sandbox) -> None:
    alice = http.person(box, "alice")
    one, other = (
        http.session_of(http.called(box, alice, "sts", "GetSessionToken", DurationSeconds="900")) for _ in range(2)
    )

    def answered(keys: Keys) -> str:
        return http.code(http.called(box, keys, "sts", "GetCallerIdentity"))

    assert answered(one) == ""
    assert answered(http.without_token(one)) == NOBODYS
    assert answered(replace(one, token=other.token)) == NOBODYS
    assert answered(replace(one, token=f"{one.token}x")) == NOBODYS
    assert answered(replace(one, secret=other.secret)) == MISMATCH
    assert answered(replace(one, id=other.id)) == NOBODYS
    assert answered(replace(alice, token=one.token)) == NOBODYS
    box.clock.advance(899)
    assert answered(one) == ""
    box.clock.advance(2)
    assert answered(one) == "ExpiredToken"


def test_a_session_without_mfa_calls_no_iam_whatever_its_user_may(box: iamfa.Sandbox) -> None:
    session = http.session_of(http.called(box, http.person(box, "alice"), "sts", "GetSessionToken"))
    assert http.code(http.called(box, session, "iam", "ListUsers")) == NOBODYS
    assert http.code(http.called(box, session, "sts", "GetSessionToken")) == "AccessDenied"


@pytest.mark.parametrize(("window", "taken"), [("0", {0}), ("1", {-1, 0, 1}), ("2", {-2, -1, 0, 1, 2})])
def test_a_neighbouring_code_is_taken_within_the_window_alone(window: str, taken: set[int]) -> None:
    moment = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
    with iamfa.Sandbox(assumptions={"totp-window": window}) as box:
        box.clock.set(moment, still=True)
        alice, serial = http.person(box, "alice"), http.enrolled(box, "alice")
        for off in range(-4, 5):
            box.clock.advance(600)
            code = http.shown(box, serial, off)
            answer = http.called(box, alice, "sts", "GetSessionToken", SerialNumber=serial, TokenCode=code)
            assert (http.code(answer) == "") is (off in taken), f"{off} steps off"


@pytest.mark.parametrize(("scope", "second"), [("per-device", ""), ("per-user", "AccessDenied")])
def test_a_code_is_taken_once(scope: str, second: str) -> None:
    with iamfa.Sandbox(assumptions={"code-replay": scope}) as box:
        box.clock.set(datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC), still=True)
        alice, bob = http.person(box, "alice"), http.person(box, "bob")
        serial, of_bob = http.enrolled(box, "alice"), http.enrolled(box, "bob")

        def session(keys: Keys, device: str, code: str) -> str:
            return http.code(http.called(box, keys, "sts", "GetSessionToken", SerialNumber=device, TokenCode=code))

        code = http.shown(box, serial)
        assert session(bob, serial, code) == "AccessDenied"
        assert session(bob, of_bob, code) == "AccessDenied"
        assert session(alice, serial, "000000" if code != "000000" else "111111") == "AccessDenied"
        assert session(alice, serial, code) == ""
        assert session(alice, serial, code) == "AccessDenied"
        assert session(alice, serial, http.shown(box, serial, -1)) == "AccessDenied", "an older one than was used"
        # A second device of alice's, in the step whose code her first one gave already.
        root = http.administrator(box)
        made = http.called(box, root, "iam", "CreateVirtualMFADevice", VirtualMFADeviceName="second")
        other = http.element(made, "SerialNumber")
        box.call(
            lambda state: state.account.devices.__setitem__(other, replace(state.account.devices[other], user="alice"))
        )
        assert session(alice, other, http.shown(box, other)) == second


def test_a_scope_of_s3_runs_no_operation_of_iam(box: iamfa.Sandbox) -> None:
    """S3's rules leave a body unsigned; so what a scope of S3 signs must never be read as a call of IAM."""
    port, root = http.port_of(box), http.administrator(box)
    body = http.form("iam", "CreateUser", UserName="intruder")
    for scope in ("s3", "s3express", "s3-object-lambda", "s3-outposts", "ec2", "nothing", "IAM", "iam "):
        answer = http.sent(box, http.signed(port, root, body, scope=scope))
        assert answer.status != 200 and b"CreateUserResult" not in answer.body, scope
    unsigned = http.signed(port, root, body, scope="s3").replace(
        b"x-amz-content-sha256: ", b"x-amz-content-sha256: UNSIGNED-PAYLOAD\r\nx-was: "
    )
    assert http.sent(box, unsigned).status != 200
    assert box.call(lambda state: set(state.account.users)) == {"administrator"}


def test_what_is_too_long_or_has_no_form_is_refused_before_it_is_carried_out(box: iamfa.Sandbox) -> None:
    port, root = http.port_of(box), http.administrator(box)
    for body in (
        b"Action=CreateUser&Version=2010-05-08&UserName=a&UserName=b",
        b"Action=CreateUser&Action=ListUsers&Version=2010-05-08&UserName=a",
        b"Action=CreateUser&Version=2010-05-08&UserName=%zz",
        b"Action=CreateUser&Version=2010-05-08&UserName=a&Unknown=b",
        b"Action=CreateUser&Version=2010-05-08&UserName=\xff",
        b'{"Action": "CreateUser", "UserName": "a"}',
        b"Action=CreateUser&UserName=a",
        b"Action=CreateUser&Version=2010-05-08&UserName=" + b"a" * 9_000_000,
        b"&".join(b"a%d=" % i for i in range(20_000)),
    ):
        answer = http.sent(box, http.signed(port, root, body))
        assert 400 <= answer.status < 500, (body[:80], answer)
    assert box.call(lambda state: set(state.account.users)) == {"administrator"}
    too_long = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n"
    assert http.sent(box, too_long).status == 413


def test_sign_in_tells_nobody_whether_the_user_or_the_password_was_wrong(box: iamfa.Sandbox) -> None:
    http.person(box, "alice")
    root = http.administrator(box)
    http.called(box, root, "iam", "CreateLoginProfile", UserName="alice", Password="Correct-Horse-1")
    right = {"user": "alice", "password": "Correct-Horse-1"}
    assert http.controlled(box, "POST", "sign-in", right, token=None)[0] == 200
    wrong = [
        http.controlled(box, "POST", "sign-in", {**right, **change}, token=None)
        for change in ({"user": "nobody"}, {"password": "no"}, {"user": "administrator"}, {"account": "000000000000"})
    ]
    assert [status for status, _ in wrong] == [403] * 4
    assert len({str(body) for _, body in wrong}) == 1
    for i in range(200):
        assert http.controlled(box, "POST", "sign-in", {**right, "password": str(i)}, token=None) == wrong[0]
    assert http.controlled(box, "POST", "sign-in", right, token=None)[0] == 200, "nobody can lock alice out"
