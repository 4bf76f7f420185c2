from __future__ import annotations

import pytest

from iamfa.policy import operator_values as read
from iamfa.policy.operators import Family
from iamfa.proof.samples import UNREADABLE, NotSampled, samples


def test_numbers_lie_on_between_and_beyond_the_points_that_are_named() -> None:
    found = {float(text) for text in samples(Family.NUMERIC, ["1", "2.5"], 0) if text not in UNREADABLE}
    assert found == {0.0, 1.0, 1.75, 2.5, 3.5}


def test_a_class_has_as_many_spellings_as_are_asked_for() -> None:
    found = list(samples(Family.NUMERIC, [], 2))
    assert found == ["1", "1.0", "1.00", *UNREADABLE]


def test_the_fractions_of_seconds_of_dates_are_kept() -> None:
    found = [read.instant(t) for t in samples(Family.DATE, ["2020-01-01T00:00:00.5Z"], 0) if t not in UNREADABLE]
    assert read.instant("2020-01-01T00:00:00.50Z") in found


def test_addresses_lie_in_every_range_of_both_versions() -> None:
    found = list(samples(Family.IP, ["10.0.0.0/31", "2001:db8::/32"], 1))
    assert {"0.0.0.0", "10.0.0.0", "10.0.0.1", "10.0.0.2", "2001:db8::", "2001:db9::"} <= set(found)


def test_binary_values_are_those_listed_and_others() -> None:
    assert set(samples(Family.BINARY, ["YQ==", "not base64"], 0)) >= {"YQ==", "ZnJlc2g="}


@pytest.mark.parametrize("value", ["9" * 61, "0." + "0" * 61 + "1"])
def test_a_number_beyond_all_measure_is_not_sampled(value: str) -> None:
    with pytest.raises(NotSampled, match="too large, too small or too long"):
        list(samples(Family.NUMERIC, [value], 0))


def test_texts_are_no_business_of_samples() -> None:
    with pytest.raises(NotSampled, match="are texts"):
        list(samples(Family.STRING, ["a"], 0))
