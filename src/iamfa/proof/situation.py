"""Who asks, with which kind of credential, and what the keys of the context may be: one case of a proof.

A claim about all requests is proved case by case. In each case the requester's kind and credential are fixed, and with
them the keys that AWS makes from them (reference_policies_condition-keys): MFA present, its age and the time of issue
only occur together as they do there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from iamfa.evaluate.credential import CREDENTIALS
from iamfa.evaluate.principal import Principal, PrincipalKind
from iamfa.policy import catalogue
from iamfa.policy.glob import tokens_of
from iamfa.policy.keys import find_key
from iamfa.policy.operators import Family
from iamfa.proof.pattern import Pattern, arn_pattern

FIRST_LETTER = 0xE000
"""Letters that stand for the value of a policy variable are of Unicode's private use area."""


@dataclass(frozen=True, slots=True)
class Domain:
    """What the values of one key may be."""

    absent: bool = True
    single: bool = True
    several: bool = True
    value: str | None = None
    """The only value, where it is known."""
    forms: tuple[Pattern, ...] = ()
    """Patterns of which every value fits one; none: any text."""
    kind: Family | None = None
    """What every value can be read as: a number, a date; None: anything."""
    excluded: tuple[str, ...] = ()
    """Texts that are no value."""
    empty: bool = True
    """Whether the empty text counts as a value, which AWS calls a null dataset in one place and compares in others."""

    @property
    def certain(self) -> bool:
        """Whether the key always has one value, known or not."""
        return self.single and not self.absent and not self.several


FREE = Domain()
ABSENT = Domain(single=False, several=False)
ONE = Domain(absent=False, several=False)
OPTIONAL = Domain(several=False)
_NUMBER = Domain(absent=False, several=False, kind=Family.NUMERIC)
_DATE = Domain(absent=False, several=False, kind=Family.DATE)
_BOOLEAN = Domain(absent=False, several=False, forms=(Pattern(("true",)), Pattern(("false",))))


def fixed(value: str) -> Domain:
    """The key has this value."""
    return Domain(absent=False, several=False, value=value)


@dataclass(frozen=True)
class Situation:
    """One case: the requester, the domains of the keys, and which policy variables have a value."""

    principal: Principal | None
    credential: str | None
    domains: Mapping[str, Domain]
    """By key in lower case; any other key carries what its table says: one text, or any number where it is
    multivalued or in no table."""
    valued: Mapping[str, bool] = field(default_factory=dict)
    """For keys that stand in policy variables: whether they have exactly one value."""
    has_boundary: bool = False
    """Whether a permissions boundary is set: a NotPrincipal then denies him always."""
    letters: Mapping[str, str] = field(default_factory=dict)
    """The letter of each variable with a value that is not known."""
    odd_values: bool = True
    """Whether keys may carry what AWS's pages disagree about: the empty text, and what is no ARN where a key is one."""
    settled: frozenset[tuple[str, str]] | None = None
    """The entries of Principal elements that are taken to name the requester, where that cannot be known; the other
    such entries are taken not to. None: nothing is settled, and each statement may go either way."""

    def domain(self, key: str) -> Domain:
        """What the values of a key (lower case) may be."""
        found = self.domains.get(key)
        if found is None:
            found = _by_table(key)
        if not self.odd_values:
            found = replace(found, empty=False)
        if key not in self.valued:
            return found
        if self.valued[key]:
            return replace(found, absent=False, several=False)
        return replace(found, single=False, value=None)

    def lookup(self, key: str) -> str | None:
        """What a policy variable is filled with: its value, its letter, or nothing."""
        if not self.valued.get(key, True):
            return None
        known = self.domain(key).value
        return known if known is not None else self.letters.get(key)


def _by_table(key: str) -> Domain:
    info = find_key(key) or catalogue.find_condition_key(key)
    if info is None:
        return FREE
    return FREE if info.multivalued else OPTIONAL


def _arn_forms(text: str) -> tuple[Pattern, ...]:
    found = arn_pattern(tokens_of(text))
    return (found,) if found is not None else ()


_FORMS = {
    PrincipalKind.USER: _arn_forms("arn:*:iam::*:user/*"),
    PrincipalKind.SESSION: _arn_forms("arn:*:iam::*:role/*"),
    PrincipalKind.FEDERATED_USER: _arn_forms("arn:*:sts::*:federated-user/*"),
}
"""What `aws:PrincipalArn` looks like for each kind of requester; for a session it is the role's ARN."""


def user_domains(credential: str, user: Principal | None, partition: str | None = None) -> dict[str, Domain]:
    """The keys of a user's direct request with this kind of credential.

    *user* None: any user of any account, of this *partition* where one is told.
    """
    domains = domains_of(credential, PrincipalKind.USER)
    domains["aws:viaawsservice"] = fixed("false")
    domains["aws:securetransport"] = fixed("true")
    if partition is not None:
        forms = _arn_forms(f"arn:{partition}:iam::*:user/*")
        domains["aws:principalarn"] = replace(domains["aws:principalarn"], forms=forms)
    if user is not None:
        domains["aws:username"] = fixed(str(user.name))
        domains["aws:principalaccount"] = fixed(str(user.account))
        domains["aws:principalarn"] = fixed(str(user.text))
    return domains


def domains_of(credential: str, kind: PrincipalKind) -> dict[str, Domain]:
    """The keys of a request that such a requester makes, or that is made for him, with this kind of credential."""
    row = CREDENTIALS[credential]
    return {
        "aws:multifactorauthpresent": ABSENT if row.mfa_present is None else fixed(row.mfa_present),
        "aws:multifactorauthage": _NUMBER if row.mfa_age else ABSENT,
        "aws:tokenissuetime": _DATE if row.temporary else ABSENT,
        "aws:principaltype": ABSENT if row.principal_type is None else fixed(row.principal_type),
        "aws:principalisawsservice": fixed("true" if kind is PrincipalKind.SERVICE else "false"),
        "aws:viaawsservice": _BOOLEAN,
        "aws:securetransport": _BOOLEAN,
        "aws:userid": ONE,
        "aws:username": ONE if row.by_user else ABSENT,
        "aws:principalaccount": ABSENT if kind is PrincipalKind.SERVICE else ONE,
        "aws:principalarn": (
            ABSENT if kind is PrincipalKind.SERVICE else Domain(absent=False, several=False, forms=_FORMS.get(kind, ()))
        ),
    }
