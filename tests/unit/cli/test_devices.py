"""What the commands about devices share."""

from __future__ import annotations

import sys
from datetime import timedelta

import pytest
from tests.unit.cli.commands.conftest import Life, alice, box

from iamfa.cli import devices
from iamfa.cli.common import Asked
from iamfa.cli.console import Console
from iamfa.cli.devices import Desk, desk
from iamfa.cli.sessions import Here
from iamfa.errors import IamfaError
from iamfa.secret import Secret
from iamfa.session.codes import GivenCode
from iamfa.session.obtain import Obtained

__all__ = ["alice", "box"]


def here() -> Here:
    return Here(Asked(), Console.here())


def test_a_session_of_another_device_proves_nothing(alice: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("phone", "tablet"):
        alice.who.device(name)
    with desk(here(), {"token_code": alice.seed_code("phone")}) as at:
        at.with_session(device="phone")
        # In the same second, so that it would pass for the new one.
        at.proved(alice.who.serial("tablet"), GivenCode(Secret(alice.seed_code("tablet"))))
        (kept,) = at.means.cache.everything()
        assert kept.serial == alice.who.serial("tablet")
        monkeypatch.setattr(devices, "obtain", lambda *_: Obtained(kept, fresh=False))
        with pytest.raises(IamfaError, match="no session could be obtained with"):
            at.proved(alice.who.serial("phone"), GivenCode(Secret("123456")))


def test_the_time_is_that_of_aws_where_the_clocks_differ(alice: Life) -> None:
    alice.who.box.clock.advance(120)
    with desk(here(), {}) as at:
        assert at.ahead == timedelta(0)
        at.listed()
        assert timedelta(seconds=110) < at.ahead < timedelta(seconds=130)
        assert abs((at.now() - alice.who.box.clock.now()).total_seconds()) < 2
        at.ahead = timedelta(seconds=1)
        assert (at.now() - at.now()).total_seconds() < 0.5
        before = at.ahead
        at.with_key.answered_at = None
        at.look_at_clock(at.with_key)
        assert at.ahead == before
    alice.who.box.clock.advance(-120)


def test_what_is_listed_is_not_asked_for_again(alice: Life) -> None:
    alice.who.device("phone")
    with desk(here(), {"token_code": alice.seed_code("phone")}) as at:
        known = at.listed()
        assert at.listed_anew(known, at.with_key) is known


def test_what_is_no_code_is_not_remembered(alice: Life) -> None:
    with desk(here(), {}) as at:
        at.remember_used("GAHT12345678", "no code", Secret("123 456"))
        assert at.means.ledger.used("GAHT12345678", Secret("123456"), at.now()) is not None


def test_messages_stand_where_the_question_is_asked(
    alice: Life, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = alice.sit()
    with desk(here(), {}) as at:
        at.say_beside_question("in a pipe")
        assert terminal.shown == "in a pipe\n"
        monkeypatch.setattr(type(sys.stderr), "isatty", lambda self: True)
        at.say_beside_question("on the terminal")
        assert isinstance(at, Desk)
    assert capsys.readouterr().err == "on the terminal\n"
    assert terminal.shown == "in a pipe\n"
