from __future__ import annotations

import pickle
from dataclasses import dataclass

import pytest

from iamfa.secret import Secret


@dataclass
class Key:
    secret: Secret


def test_a_secret_shows_itself_nowhere() -> None:
    secret = Secret("hunter2")
    shown = (repr(secret), str(secret), f"{secret}", f"{secret!r:>20}", repr(Key(secret)), repr([secret]))
    assert not any("hunter2" in each for each in shown)
    assert secret.reveal() == "hunter2"
    assert not hasattr(secret, "__dict__")


def test_a_guess_is_right_or_wrong_whatever_stands_in_it() -> None:
    assert Secret("pässword").matches("pässword")
    assert not any(Secret("pässword").matches(guess) for guess in ("", "pässwor", "password", "\udcff"))


def test_equal_secrets_are_one_key_of_a_table_and_no_text_equals_them() -> None:
    assert {Secret("a"): 1}[Secret("a")] == 1
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"


def test_a_secret_is_not_pickled() -> None:
    with pytest.raises(TypeError, match="reveal"):
        pickle.dumps(Secret("hunter2"))
