"""Files that narrow the first enrolment by a tag or a network: what they are for those who may enrol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from iamfa.advise.case import Case
from iamfa.advise.situation import ordinary_context


@dataclass
class _Enrolling(Case):
    """The case of a user who has the tag, or is where a first device may be enrolled."""

    @cached_property
    def context(self) -> Mapping[str, str]:
        documents = (self.policy.document, *self.others)
        return ordinary_context(documents, of_the_request=self.of_the_request, enrolling=True)


def let_enrol(case: Case) -> Case:
    """The same case for a user who may enrol now.

    A Deny that narrows the first enrolment keeps strangers from it, and is no reason to say that nobody can.
    """
    spared = _Enrolling(case.policy, case.options, case.of_the_request)
    return case if spared.context == case.context else spared
