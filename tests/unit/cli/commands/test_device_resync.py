"""AWS is told where a device's clock stands."""

from __future__ import annotations

from pathlib import Path

from tests.unit.cli.commands.conftest import Life

MFA_ONLY = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"},
  {"Effect": "Deny", "Action": "iam:ResyncMFADevice", "Resource": "*",
   "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]}"""


def test_a_device_whose_clock_is_off_is_brought_into_step(alice: Life) -> None:
    token = alice.who.device(serial="GAHT12345678")
    alice.sit(*[lambda: alice.who.code(token, steps=20)])
    assert alice.login("--token-code", alice.who.code(token, steps=20)).code == 4
    alice.sit(lambda: alice.who.code(token, steps=20), lambda: alice.who.code(token, steps=21))
    found = alice.device("resync", token, "--explain")
    assert found.code == 0, found.err
    assert "is in step with AWS" in found.out
    assert "--authentication-code1 CODE --authentication-code2 CODE --profile default" in found.err
    alice.sit(lambda: alice.who.code(token, steps=22))
    assert alice.login().code == 0


def test_it_answers_programs(alice: Life) -> None:
    serial = alice.who.device("phone")
    alice.sit(alice.code(steps=3), alice.code(steps=4))
    assert alice.device("resync", "phone", "--format", "json").json == {"version": 1, "resynced": serial}


def test_slips_are_told_before_aws_is_asked(alice: Life) -> None:
    alice.who.device("phone")
    alice.sit("12345")
    short = alice.device("resync", "phone")
    assert short.code == 3
    assert "a code has 6 digits" in short.err
    alice.sit("123456", "123456")
    same = alice.device("resync", "phone")
    assert same.code == 3
    assert "the two codes are the same" in same.err
    assert alice.calls("ResyncMFADevice") == []
    alice.sit("123456", "654321")
    wrong = alice.device("resync", "phone")
    assert wrong.code == 4
    assert "type two codes in a row" in wrong.err
    alice.sit(None)
    closed = alice.device("resync", "phone")
    assert closed.code == 2
    assert "the terminal was closed" in closed.err


def test_a_fido_key_has_no_clock_and_nobody_no_terminal(alice: Life) -> None:
    alice.who.key_of_fido("blue")
    alice.who.device("phone")
    alice.sit()
    fido = alice.device("resync", "blue")
    assert fido.code == 2
    assert "has no clock" in fido.err
    alice.leave()
    nobody = alice.device("resync", "phone")
    assert nobody.code == 2
    assert "there is no terminal to type a code on" in nobody.err
    assert "help: run it in a terminal" in nobody.err


def test_where_it_takes_mfa_a_session_with_another_device_does_it(alice: Life) -> None:
    for name in ("phone", "tablet"):
        alice.who.device(name)
    alice.policy(MFA_ONLY)
    alice.sit(alice.code(steps=3), alice.code(steps=4))
    refused = alice.device("resync", "phone")
    assert refused.code == 4
    assert "in a session with a code it is allowed: `iamfa login`" in refused.err
    alice.sit(alice.code("tablet"))
    assert alice.login("--device", "tablet").code == 0
    alice.sit(alice.code(steps=3), alice.code(steps=4))
    assert alice.device("resync", "phone").code == 0


def test_under_the_repaired_policy_the_key_alone_does_it(alice: Life) -> None:
    alice.policy(Path("story-3-repaired.jsonc"))
    alice.who.device("phone")
    alice.sit(alice.code(steps=3), alice.code(steps=4))
    assert alice.device("resync", "phone").code == 0
    assert alice.calls("GetSessionToken") == []
