"""One case of a proof: who asks with what, and so which values each context key can have.

The table of credentials is the evaluator's (`evaluate.credential`, after AWS's page reference_policies_condition-keys
of the IAM User Guide). A key that AWS does not fix for the case may be absent or have any text; it may have several
values where it is multivalued or nobody knows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from iamfa.evaluate.credential import CREDENTIALS
from iamfa.evaluate.principal import Principal
from iamfa.policy.catalogue import find_condition_key
from iamfa.policy.keys import find_key
from iamfa.policy.operators import Family
from iamfa.policy.variables import Variable
from iamfa.proof.checker_texts import Letter, Pattern, Piece


@dataclass(frozen=True, slots=True)
class Values:
    """What a key may be in a request: absent, one text, or a list of at least one text."""

    absent: bool
    single: bool
    several: bool
    text: str | None = None
    """The one text that it can be; None where it can be any."""
    form: Pattern | None = None
    """What the one text fits."""
    family: Family | None = None
    """What the one text can be read as: a number or a date."""


ABSENT: Final = Values(absent=True, single=False, several=False)
ANY_TEXT: Final = Values(absent=False, single=True, several=False)
ANYTHING: Final = Values(absent=True, single=True, several=True)


_ARN_OF_A_USER: Final[Pattern] = (*"arn:", Piece.STAR_OF_PART, *":iam::", Piece.STAR_OF_PART, *":user/", Piece.STAR)


@dataclass(frozen=True, slots=True)
class Case:
    """A principal, a kind of credential, and which keys have a value that variables can take."""

    principal: Principal | None
    """None where documents are judged by themselves."""
    credential: str | None
    any_user: bool = False
    """Whether the principal stands for every user of every account."""
    valued: Mapping[str, bool] = field(default_factory=dict)
    """For keys in lower case: whether they are there with a single value."""

    def values(self, key: str) -> Values:
        """What the key, in lower case, may be."""
        found = self.without_values().get(key)
        if found is None:
            found = replace(ANYTHING, several=_may_be_several(key))
        valued = self.valued.get(key)
        if valued is None:
            return found
        return replace(found, absent=False, several=False) if valued else replace(found, single=False)

    def can_be_valued(self, key: str) -> frozenset[bool]:
        """Which answers to "has it a single value" are possible before the case chooses one."""
        found = Case(self.principal, self.credential, self.any_user).values(key)
        return frozenset(
            answer for answer, possible in ((True, found.single), (False, found.absent or found.several)) if possible
        )

    def value_of(self, variable: Variable) -> str | Letter | None:
        """What a variable stands for: a text, an unknown value, or nothing.

        A key that is absent or has several values leaves the default (reference_policies_variables).
        """
        found = self.values(variable.key)
        if not found.single:
            return variable.default
        return Letter(variable.key) if found.text is None else found.text

    def without_values(self) -> Mapping[str, Values]:
        """The keys that the principal and the credential decide."""
        if self.credential is None or self.principal is None:
            return MappingProxyType({})
        row = CREDENTIALS[self.credential]
        made = {
            "aws:multifactorauthpresent": ABSENT if row.mfa_present is None else _exactly(row.mfa_present),
            "aws:multifactorauthage": replace(ANY_TEXT, family=Family.NUMERIC) if row.mfa_age else ABSENT,
            "aws:tokenissuetime": replace(ANY_TEXT, family=Family.DATE) if row.temporary else ABSENT,
            "aws:principaltype": ABSENT if row.principal_type is None else _exactly(row.principal_type),
            "aws:principalisawsservice": _exactly("false"),
            "aws:viaawsservice": _exactly("false"),
            "aws:securetransport": _exactly("true"),
            "aws:userid": ANY_TEXT,
        }
        if self.any_user:
            made["aws:username"] = made["aws:principalaccount"] = ANY_TEXT
            made["aws:principalarn"] = replace(ANY_TEXT, form=_ARN_OF_A_USER)
        else:
            made["aws:username"] = _exactly(str(self.principal.name))
            made["aws:principalaccount"] = _exactly(str(self.principal.account))
            made["aws:principalarn"] = _exactly(str(self.principal.text))
        return made


def _exactly(text: str) -> Values:
    return replace(ANY_TEXT, text=text)


def _may_be_several(key: str) -> bool:
    info = find_key(key) or find_condition_key(key)
    return info is None or info.multivalued
