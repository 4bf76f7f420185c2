"""Codes that are refused, used before, or none: told apart, and asked for again as long as that helps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.terminal.people import Person
from tests.unit.session.stand import Stand, as_a_file, stand

from iamfa.session.codes import CodeSourceError
from iamfa.session.obtain import Obtained, obtain
from iamfa.session.with_code import CodesRefusedError


def made(at: Stand, **options: object) -> Obtained:
    asked = at.wanted(**options)
    return obtain(asked, at.means(asked))


def test_a_wrong_code_is_asked_for_again_with_the_reason(alice: Person) -> None:
    at = stand(alice, alice.wrong(), alice.code)
    assert made(at).fresh
    assert at.answers.complaints == ["AWS refused the code of `phone`"]
    assert not at.watched.waits


def test_after_three_refusals_it_ends_with_every_likely_reason(alice: Person) -> None:
    alice.device("tablet")
    at = stand(alice, *(alice.wrong(number) for number in range(3)), number=0)
    with pytest.raises(CodesRefusedError) as told:
        made(at)
    assert "AWS refused 3 codes" in told.value.message
    assert told.value.hint == (
        "wait for the next code; look whether it is the code of another device of yours (--device): tablet; look at "
        "the clock of the device itself; if its codes stay refused: `iamfa device resync phone`"
    )


def test_a_used_code_is_waited_out_before_aws_is_asked(alice: Person) -> None:
    code = alice.code()
    made(stand(alice, code))
    at = stand(alice, code, alice.code(steps=1))
    assert made(at, renew=True).fresh
    ((seconds, why),) = at.watched.waits
    assert 0 < seconds <= 30
    assert "AWS takes each code once" in why
    assert alice.codes_tried() == 2


def test_the_same_wrong_code_twice_is_waited_out_too(alice: Person) -> None:
    at = stand(alice, alice.wrong(), alice.wrong(), alice.code)
    made(at)
    assert [why for _, why in at.watched.waits] == ["this code was refused just now"]
    assert alice.codes_tried() == 2


def test_a_used_code_from_a_source_that_has_no_other_ends_at_once(alice: Person) -> None:
    made(stand(alice, code := alice.code()))
    with pytest.raises(CodesRefusedError, match="was used at") as told:
        made(stand(alice, code, again=False), renew=True)
    assert told.value.hint == "wait for the device's next code"
    with pytest.raises(CodesRefusedError, match="AWS refused the code of the device"):
        made(stand(alice, alice.wrong(), again=False), renew=True)


def test_a_hand_slips_several_times_and_a_program_once(alice: Person) -> None:
    at = stand(alice, "12345", "12345", "letters {x}", alice.code)
    assert made(at).fresh
    assert at.answers.complaints[0] == at.answers.complaints[1] == "the stand-in gave 5 digits instead of a code"
    with pytest.raises(CodeSourceError, match="gave something else"):
        made(stand(alice, "rubbish", here=True), renew=True)


def test_whoever_only_slips_is_asked_no_more_in_the_end(alice: Person) -> None:
    at = stand(alice, *["1"] * 8)
    with pytest.raises(CodeSourceError, match="gave 1 digits"):
        made(at)
    assert len(at.answers.questions) == 8
    assert alice.codes_tried() == 0


@pytest.mark.parametrize(("minutes", "way"), [(10, "ahead of"), (-10, "behind")])
def test_a_clock_that_is_off_is_told_and_stops_what_is_made_here(alice: Person, minutes: int, way: str) -> None:
    at = stand(alice, alice.wrong(), here=True, off=timedelta(minutes=minutes))
    with pytest.raises(CodesRefusedError) as told:
        made(at)
    assert str(told.value.hint).startswith("set this machine's clock: it is ")
    assert f" s {way} AWS's" in str(told.value.hint)
    assert len(at.answers.questions) == 1


def test_a_stale_serial_is_healed_with_the_same_code(alice: Person) -> None:
    alice.profile("stale", mfa_serial=alice.serial("old"), source_profile="default")
    at = stand(alice, alice.code)
    asked = at.wanted("stale")
    found = obtain(asked, at.means(asked))
    assert (found.kept.serial, found.healed_from) == (alice.serial("phone"), alice.serial("old"))
    assert len(at.answers.questions) == 1
    assert at.watched.told == [
        f"the device `{alice.serial('old')}` is not yours any more; `{alice.serial('phone')}` is taken instead"
    ]


def test_a_device_that_was_named_is_not_healed_but_the_others_are_told(alice: Person) -> None:
    at = stand(alice, alice.code)
    with pytest.raises(CodesRefusedError) as told:
        made(at, device=alice.serial("old"))
    assert f"AWS does not know `{alice.serial('old')}`" in told.value.message
    assert "iamfa device list" in str(told.value.hint)


def test_a_code_that_cannot_be_noted_serves_all_the_same(alice: Person) -> None:
    with as_a_file(alice.cache):
        at = stand(alice, alice.code)
        found = made(at)
    assert found.fresh
    assert not found.is_kept
    assert len(at.watched.told) == 1
    assert at.watched.told[0].startswith("the session is not kept, and is asked for anew: ")
