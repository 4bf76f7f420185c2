"""Which device is meant is remembered, shown, forgotten."""

from __future__ import annotations

from tests.unit.cli.commands.conftest import Life


def test_it_is_set_shown_taken_and_forgotten(alice: Life) -> None:
    for name in ("phone", "tablet"):
        alice.who.device(name)
    nothing = alice.device("default")
    assert nothing.code == 1
    assert "no default is remembered" in nothing.out
    assert alice.device("default", "--format", "json").json == {"version": 1, "default": None}

    chosen = alice.device("default", "tablet", "--format", "json").json
    assert chosen["default"]["serial"] == alice.who.serial("tablet")
    assert chosen["default"]["default"] is True
    assert alice.device("default").out.startswith(f"tablet ({alice.who.serial('tablet')}) is the default of")
    terminal = alice.sit(alice.code("tablet"))
    assert alice.login().code == 0
    assert len(terminal.questions) == 1

    assert alice.device("default", "--forget").out == "forgotten\n"
    assert alice.device("default", "--forget").out == "there was no default\n"
    assert alice.device("default", "--forget", "--format", "json").json == {"version": 1, "default": None}
    assert alice.device("default").code == 1


def test_a_default_that_is_gone_is_forgotten_and_said(alice: Life) -> None:
    alice.who.device("phone")
    assert alice.device("default", "phone").code == 0
    alice.who.lose("phone")
    found = alice.device("default")
    assert found.code == 1
    assert "is gone, and forgotten" in " ".join(found.err.split())


def test_what_cannot_be_the_default_is_refused(alice: Life) -> None:
    alice.who.key_of_fido("blue")
    fido = alice.device("default", "blue")
    assert fido.code == 2
    assert "`blue` cannot be the default" in fido.err
    assert "`aws login`" in fido.err
    absent = alice.device("default", "absent")
    assert absent.code == 2
    assert "you have no device `absent`" in absent.err
    both = alice.device("default", "blue", "--forget")
    assert both.code == 2
    assert "not both" in both.err
