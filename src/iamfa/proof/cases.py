"""The cases of a claim: each kind of credential, and each way in which policy variables have a value or none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice, product

from iamfa.evaluate.credential import CREDENTIALS
from iamfa.evaluate.principal import Principal, PrincipalKind
from iamfa.proof.situation import ABSENT, FIRST_LETTER, Domain, Situation, domains_of, fixed, user_domains
from iamfa.proof.statements import Clause

MOST_VARIABLES = 6
"""With more policy variables that may lack a value there are too many cases."""

ANY_USER = Principal.parse("arn:aws:iam::123456789012:user/some-user")
"""Stands for a user of any name, path and account, where no policy names principals."""


class TooManyCases(Exception):
    """The claim falls into more cases than are looked at; the message says why."""


def user_cases(
    credentials: Iterable[str],
    variables: Iterable[str],
    *,
    user: Principal | None,
    has_boundary: bool,
    partition: str | None = None,
    given: Iterable[tuple[str, str | None]] = (),
) -> Iterator[Situation]:
    """A user's direct requests with each of these kinds of credential; *variables* are the keys of policy variables."""
    for credential in credentials:
        domains = user_domains(credential, user, partition)
        told = {key: ABSENT if value is None else fixed(value) for key, value in given}
        domains = {**told, **domains}
        yield from _with_variables(user or ANY_USER, credential, domains, variables, has_boundary)


def free_cases(principal: Principal | None, variables: Iterable[str]) -> Iterator[Situation]:
    """Any request of this requester (None: of nobody in particular): every key is free, within its kind."""
    yield from _with_variables(principal, None, {}, variables, False)


def closed_cases(
    principal: Principal | None, credentials: Iterable[str], variables: Iterable[str]
) -> Iterator[Situation]:
    """Requests with contexts as AWS makes them, of this requester (None: any), with each kind of credential of his."""
    for credential in credentials:
        kind = _REQUESTERS[credential]
        if principal is not None and _LIKE.get(principal.kind, principal.kind) is not kind:
            continue
        domains = domains_of(credential, kind)
        if principal is not None and principal.kind is PrincipalKind.USER:
            domains |= {
                "aws:username": fixed(str(principal.name)),
                "aws:principalaccount": fixed(str(principal.account)),
                "aws:principalarn": fixed(str(principal.text)),
            }
        yield from _with_variables(principal, credential, domains, variables, False)
    if principal is not None and principal.kind in (
        PrincipalKind.ANONYMOUS,
        PrincipalKind.ROOT,
        PrincipalKind.PROVIDER,
    ):
        # The table of credentials has no row for these: nothing is said of what their requests carry.
        yield from _with_variables(principal, None, {}, variables, False)


_REQUESTERS: Mapping[str, PrincipalKind] = {
    **{row.kind: PrincipalKind.USER for row in CREDENTIALS.values() if row.by_user},
    "role": PrincipalKind.SESSION,
    "federated": PrincipalKind.FEDERATED_USER,
    "service": PrincipalKind.SERVICE,
}
"""Who holds each kind of credential."""
_WITHOUT_A_ROW = frozenset({PrincipalKind.ANONYMOUS, PrincipalKind.ROOT, PrincipalKind.PROVIDER})
_LIKE = {PrincipalKind.ROLE: PrincipalKind.SESSION}


def guesses(situation: Situation, clauses: Iterable[Clause]) -> Iterator[Situation]:
    """The same case with values of policy variables that the policies' texts suggest: for finding a request only."""
    listed = dict.fromkeys(
        piece
        for clause in clauses
        for values in (
            *([clause.statement.resource.values] if clause.statement.resource is not None else ()),
            *(condition.values for condition in clause.statement.conditions),
        )
        for value in values
        for piece in value.text.replace("*", "x").replace("?", "x").replace(":", "/").split("/")
        if piece and "$" not in piece
    )
    for key in situation.letters:
        for value in islice(listed, _MOST_GUESSES):
            yield replace(
                situation,
                domains={**situation.domains, key: fixed(value)},
                letters={other: letter for other, letter in situation.letters.items() if other != key},
            )


_MOST_GUESSES = 30


def by_value(situation: Situation, clauses: Iterable[Clause]) -> Iterator[Situation]:
    """The same case split by what the variables' values are: each text that a condition lists for one, or another."""
    split = [situation]
    for key in situation.letters:
        listed = dict.fromkeys(
            value.text
            for clause in clauses
            for condition in clause.statement.conditions
            if condition.key.text.lower() == key
            for value in condition.values
            if value.text and not set(value.text) & set("*?$")
        )
        if listed and len(split) * (len(listed) + 1) <= _MOST_SPLIT:
            split = [each for case in split for each in _split(case, key, tuple(listed))]
    yield from split


_MOST_SPLIT = 64


def _split(situation: Situation, key: str, listed: tuple[str, ...]) -> Iterator[Situation]:
    letters = {other: letter for other, letter in situation.letters.items() if other != key}
    for value in listed:
        yield replace(situation, domains={**situation.domains, key: fixed(value)}, letters=letters)
    domain = replace(situation.domain(key), excluded=listed)
    yield replace(situation, domains={**situation.domains, key: domain})


def _with_variables(
    principal: Principal | None,
    credential: str | None,
    domains: Mapping[str, Domain],
    variables: Iterable[str],
    has_boundary: bool,
) -> Iterator[Situation]:
    bare = Situation(principal, credential, domains, {}, has_boundary)
    keys = sorted(key for key in variables if bare.domain(key).value is None)
    choices = [_valued(bare.domain(key)) for key in keys]
    if sum(len(choice) > 1 for choice in choices) > MOST_VARIABLES:
        raise TooManyCases(f"more than {MOST_VARIABLES} policy variables may or may not have a value")
    letters = {key: chr(FIRST_LETTER + i) for i, key in enumerate(keys)}
    for chosen in product(*choices):
        valued = dict(zip(keys, chosen, strict=True))
        named = {key: letters[key] for key in keys if valued[key]}
        yield Situation(principal, credential, domains, valued, has_boundary, named)


def _valued(domain: Domain) -> tuple[bool, ...]:
    if domain.certain:
        return (True,)
    return (True, False) if domain.single else (False,)
