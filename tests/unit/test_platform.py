"""AWS's own rules and the assumptions: the closed lists, and a choice among them."""

from __future__ import annotations

import pytest

from iamfa.errors import IamfaError
from iamfa.platform import ASSUMPTIONS, DEFAULTS, RULES, Assumptions

AGREED = {
    "totp-window": ("1", "0", "2"),
    "code-replay": ("per-device", "per-user"),
    "platform": ("2023-04", "2022-11"),
    "own-device-rule-order": ("after-policy", "before-policy"),
    "deny-get-session-token": ("ignored", "honoured"),
    "assumerole-code-counts-for-caller": ("no", "yes"),
    "role-session-mfa": ("false", "true-when-chained"),
    "resource-star-crosses-colons": ("yes", "no"),
    "code-guessing-limited": ("no", "yes"),
    "console-deletes-unassigned": ("yes", "no"),
}


def test_the_assumptions_and_their_values_are_those_agreed_the_default_first() -> None:
    assert {id_: row.values for id_, row in ASSUMPTIONS.items()} == AGREED
    assert dict(DEFAULTS) == {id_: values[0] for id_, values in AGREED.items()}


def test_every_assumption_and_every_rule_says_what_it_is_and_whence() -> None:
    for id_, row in ASSUMPTIONS.items():
        assert row.id == id_
        assert row.about
        assert row.source
        assert not row.settled or row.source.startswith("https://")
    for id_, rule in RULES.items():
        assert rule.id == id_
        assert rule.about
        assert rule.since
        assert rule.source.startswith("https://")


def test_the_rule_of_2023_speaks_in_awss_words() -> None:
    rule = RULES["own-device-needs-existing-mfa"]
    assert rule.since == "2023-04-21"
    assert rule.message == (
        "To complete this action, please ensure that you are authenticated with an MFA device that is enabled for this "
        "user."
    )


def test_a_choice_is_the_defaults_but_for_what_it_names() -> None:
    chosen = Assumptions({"platform": "2022-11"})
    assert chosen["platform"] == "2022-11"
    assert chosen["totp-window"] == "1"
    assert len(chosen) == len(AGREED)
    assert list(chosen) == list(AGREED)


def test_one_value_can_be_changed_at_a_time() -> None:
    chosen = DEFAULTS.with_value("platform", "2022-11").with_value("totp-window", "2")
    assert (chosen["platform"], chosen["totp-window"]) == ("2022-11", "2")
    assert DEFAULTS["platform"] == "2023-04"
    assert chosen.with_value("platform", "2023-04").with_value("totp-window", "1") == DEFAULTS


def test_choices_of_the_same_values_are_the_same() -> None:
    named = Assumptions({"platform": "2023-04"})
    assert named == DEFAULTS
    assert hash(named) == hash(DEFAULTS)
    assert hash(Assumptions({"platform": "2022-11"})) != hash(DEFAULTS)


def test_what_is_settled_by_awss_pages_or_named_is_not_open() -> None:
    opened = {row.id for row in DEFAULTS.open()}
    assert opened == {id_ for id_, row in ASSUMPTIONS.items() if not row.settled}
    assert "platform" not in opened
    assert {row.id for row in Assumptions({"totp-window": "1"}).open()} == opened - {"totp-window"}


@pytest.mark.parametrize(
    ("id_", "value", "hint"), [("weather", "fine", "totp-window"), ("platform", "2021", "2023-04, 2022-11")]
)
def test_what_is_not_in_the_lists_is_refused_with_what_is(id_: str, value: str, hint: str) -> None:
    with pytest.raises(IamfaError) as caught:
        Assumptions({id_: value})
    assert hint in str(caught.value.hint)


def test_an_unknown_assumption_has_no_value() -> None:
    with pytest.raises(KeyError):
        DEFAULTS["weather"]
