"""A narrowed first enrolment is looked at as somebody sees it who may enrol; every other file as it is."""

from __future__ import annotations

from tests.unit.advise.judged import CREATE, ENABLE, WITHOUT, case_of, deny, forcing, grants

from iamfa.advise.narrowed import let_enrol

TAGGED = {**WITHOUT, "StringNotEquals": {"aws:PrincipalTag/enrolment": ["open", "today"]}}


def test_who_may_enrol_has_the_tag() -> None:
    case = case_of(*grants(), forcing(), deny([CREATE, ENABLE], "*", TAGGED))
    assert "aws:principaltag/enrolment" not in case.context
    assert let_enrol(case).context["aws:principaltag/enrolment"] == "open"
    blocked = [f.result for f in case.flows if f.flow == "enrol-first-device"]
    works = [f.result for f in let_enrol(case).flows if f.flow == "enrol-first-device"]
    assert set(blocked) == {"blocked"}
    assert set(works) == {"works"}


def test_who_may_enrol_is_in_the_network() -> None:
    elsewhere = {**WITHOUT, "NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    case = case_of(*grants(), forcing(), deny(ENABLE, "*", elsewhere))
    assert let_enrol(case).context["aws:sourceip"] == "192.0.2.0"


def test_a_file_that_narrows_nothing_is_the_same_case() -> None:
    case = case_of(*grants(), forcing(), deny("s3:*", "*", TAGGED))
    assert let_enrol(case) is case
