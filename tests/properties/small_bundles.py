"""Bundles of small policies and claims about them, decided by enumeration.

How the layers go together is written down here once more, on sets of requests: as `tests/reference/evaluator.py` has it
for one (reference_policies_evaluation-logic_policy-eval-denyallow and _cross-account), for an IAM user.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.properties.small_policies import CONDITIONS, Json, Maker, pools
from tests.properties.small_space import ACTION, RESOURCE, Asked, Given, Space, asked
from tests.reference.documents import PrincipalEntry, Statement, principals_of, statements_of
from tests.reference.evaluator import RCP_SERVICES, applies
from tests.reference.matching import action_fits, resource_fits
from tests.reference.principals import World, grant_of, is_excepted, read_caller

from iamfa import Bundle, Policy
from iamfa.evaluate.request import Request

ACCOUNT = "111122223333"
USER = f"arn:aws:iam::{ACCOUNT}:user/a"
OTHER_ACCOUNT = "444455556666"
KINDS: dict[str, tuple[str | None, bool]] = {
    "long-term-key": (None, False),
    "token": ("false", False),
    "console": ("false", False),
    "token-mfa": ("true", True),
    "console-mfa": ("true", True),
}
"""`aws:MultiFactorAuthPresent`, and whether `aws:MultiFactorAuthAge` is there (reference_policies_condition-keys)."""
WITHOUT_MFA = ("long-term-key", "token", "console")
FULL_ACCESS: Json = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
PRINCIPALS: tuple[Any, ...] = (
    "*", {"AWS": USER}, {"AWS": ACCOUNT}, {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, {"AWS": [USER, OTHER_ACCOUNT]},
    {"AWS": f"arn:aws:iam::{ACCOUNT}:user/b"}, {"AWS": OTHER_ACCOUNT}, {"Service": "ec2.amazonaws.com"},
)  # fmt: skip
EXCEPTIONS: tuple[Any, ...] = ({"AWS": [USER, f"arn:aws:iam::{ACCOUNT}:root"]}, {"AWS": OTHER_ACCOUNT})


@dataclass
class Case:
    """A bundle, and what is claimed of it."""

    identity: list[Json]
    boundary: Json | None = None
    session: list[Json] | None = None
    scps: list[list[Json]] | None = None
    rcps: list[list[Json]] | None = None
    resource: Json | None = None
    resource_account: str | None = None
    names_the_user: bool = False
    actions: tuple[str, ...] | None = None
    outside: tuple[str, ...] = ()
    resources: tuple[str, ...] | None = None
    credentials: tuple[str, ...] = WITHOUT_MFA
    plus_everything: bool = False
    _parsed: dict[int, list[Entry]] = field(default_factory=dict, repr=False)

    def bundle(self) -> Bundle:
        def one(found: Json) -> Policy:
            return Policy.from_document(found)

        def levels(found: list[list[Json]] | None) -> list[list[Policy]] | None:
            return None if found is None else [[one(each) for each in level] for level in found]

        return Bundle(
            [one(each) for each in self.identity],
            None if self.boundary is None else one(self.boundary),
            levels(self.scps),
            levels(self.rcps),
            None if self.session is None else [one(each) for each in self.session],
            None if self.resource is None else one(self.resource),
            self.resource_account,
        )

    def entries(self, *documents: Json) -> list[Entry]:
        """The statements of these documents as the reference reads them, each with whom it names."""
        found: list[Entry] = []
        for document in documents:
            if id(document) not in self._parsed:
                self._parsed[id(document)] = _entries(document)
            found += self._parsed[id(document)]
        return found

    def everything(self) -> list[Entry]:
        documents = [*self.identity, *(self.session or [])]
        documents += [each for level in [*(self.scps or []), *(self.rcps or [])] for each in level]
        documents += [each for each in (self.boundary, self.resource) if each is not None]
        return self.entries(*documents)


@dataclass(frozen=True)
class Entry:
    statement: Statement
    principals: tuple[PrincipalEntry, ...] | None = None
    not_principals: tuple[PrincipalEntry, ...] | None = None


def _entries(document: Json) -> list[Entry]:
    found = []
    for block in document["Statement"]:
        bare = {name: value for name, value in block.items() if name not in ("Principal", "NotPrincipal")}
        (statement,) = statements_of({**document, "Statement": [bare]}, "identity")
        named, excepted = (
            tuple(principals_of(block[name], "resource")) if name in block else None
            for name in ("Principal", "NotPrincipal")
        )
        found.append(Entry(statement, named, excepted))
    return found


def allowed(
    case: Case, principal: str, fitting: Callable[[Statement], int], everything: int, rcp: int, same: int
) -> int:
    """The requests that all layers together allow the user, out of *everything*.

    *rcp* are those to which RCPs apply, *same* those whose resource is of the user's partition.
    """
    caller = read_caller(principal)

    def fits(entries: list[Entry], effect: str) -> int:
        total = 0
        for each in entries:
            if each.statement.effect == effect:
                total |= fitting(each.statement)
        return total

    identity = case.entries(*case.identity)
    scps = [case.entries(*level) for level in case.scps or []]
    rcps = [case.entries(*level) for level in case.rcps or []]
    boundary = None if case.boundary is None else case.entries(case.boundary)
    session = None if case.session is None else case.entries(*case.session)
    denied = fits([*identity, *(boundary or []), *(session or []), *(e for level in scps for e in level)], "Deny")
    denied |= fits([each for level in rcps for each in level], "Deny") & rcp
    grants = {"direct": 0, "limited": 0, "account": 0}
    for each in case.entries(case.resource) if case.resource is not None else []:
        kinds = {grant_of(entry, caller, World()) for entry in each.principals or ()} - {None}
        excepted = each.not_principals
        if excepted and (boundary is not None or not is_excepted(list(excepted), caller, World())):
            kinds.add("direct")
        for kind in kinds:
            if each.statement.effect == "Deny":
                denied |= fitting(each.statement)
            else:
                grants[str(kind)] |= fitting(each.statement)
    within = everything
    for layer in (boundary, session):
        within &= everything if layer is None else fits(layer, "Allow")
    by_identity = (everything if case.plus_everything else fits(identity, "Allow")) & within
    if case.resource_account not in (None, caller.account):
        granted = by_identity & (grants["direct"] | grants["limited"] | grants["account"]) & same
    else:
        granted = by_identity | grants["direct"] | (grants["limited"] & within)
    for level in scps:
        granted &= fits(level, "Allow")
    for level in rcps:
        granted &= fits(level, "Allow") | (everything & ~rcp)
    return granted & ~denied


def spaces(case: Case) -> list[tuple[Space, int]]:
    """The requests of each kind of credential, and those that refute the claim."""
    found = []
    for present, aged in sorted({KINDS[kind] for kind in case.credentials}, key=str):
        known: dict[str, tuple[Given, ...]] = dict(pools())
        known["aws:multifactorauthpresent"] = (present,)
        known["aws:multifactorauthage"] = known["aws:multifactorauthage"][1:] if aged else (None,)
        known["aws:username"] = ("a",) if case.names_the_user else known["aws:username"][1:]
        space = Space(
            [each.statement for each in case.everything()],
            known,
            separate={ACTION: _action_classes(case), RESOURCE: _resource_classes(case)},
        )
        rcp = space.slice(ACTION, lambda action: str(action).partition(":")[0] in RCP_SERVICES)
        same = space.slice(RESOURCE, lambda resource: _same_partition(str(resource)))
        bits = allowed(case, USER, space.applying, space.everything, rcp, same)
        wanted = space.slice(ACTION, lambda action: _is_asked(case, str(action), "x"))
        wanted &= space.slice(RESOURCE, lambda resource: _is_asked(case, None, str(resource)))
        found.append((space, bits & wanted))
    return found


def _same_partition(resource: str) -> bool:
    return not resource.startswith("arn:") or resource.startswith("arn:aws:")


def _action_classes(case: Case) -> Callable[[Given], object]:
    return lambda action: (str(action).partition(":")[0] in RCP_SERVICES, _is_asked(case, str(action), None))


def _resource_classes(case: Case) -> Callable[[Given], object]:
    return lambda resource: (_same_partition(str(resource)), _is_asked(case, None, str(resource)))


def _is_asked(case: Case, action: str | None, resource: str | None) -> bool:
    if action is not None:
        if case.actions is not None and not any(action_fits(each, action) for each in case.actions):
            return False
        if any(action_fits(each, action) for each in case.outside):
            return False
    if resource is None or case.resources is None or action is not None:
        return True
    return any(resource_fits(each, resource, {}, variables=False) for each in case.resources)


def asked_of(case: Case) -> Asked | None:
    """A request that refutes the claim, or None."""
    return next((space.first(bits) for space, bits in spaces(case) if bits), None)


def admitted(case: Case, witness: Request, credential: str) -> bool:
    """Whether the reference agrees that this request is one that is asked about, and allowed."""
    request = asked(witness.action, witness.resource, witness.context)
    present, aged = KINDS[credential]
    made = request.context.get("aws:multifactorauthpresent") == present
    made = made and ("aws:multifactorauthage" in request.context) is aged and credential in case.credentials
    if case.resources is not None and not _is_asked(case, None, request.resource):
        return False
    if not made or not _is_asked(case, request.action.lower(), None) or witness.principal.text is None:
        return False

    def fitting(statement: Statement) -> int:
        return int(applies(statement, request))  # type: ignore[arg-type]  # it reads no more than this

    rcp = int(request.action.lower().partition(":")[0] in RCP_SERVICES)
    return allowed(case, witness.principal.text, fitting, 1, rcp, int(_same_partition(request.resource))) == 1


_MFA = tuple(row for row in CONDITIONS if row[0].startswith("aws:MultiFactor"))


class BundleMaker(Maker):
    """Bundles and claims at random; *layers* says which policies bear on the user beside his own."""

    def __init__(self, random: Random, layers: str) -> None:
        super().__init__(random, conditions=(*CONDITIONS, *_MFA, *_MFA, *_MFA))
        self.layers = layers

    def guard(self) -> Json:
        """What forces MFA, or nearly does."""
        condition = self.random.choice(
            (
                {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
                {"Bool": {"aws:MultiFactorAuthPresent": "false"}},
                {"Null": {"aws:MultiFactorAuthAge": "true"}},
                {"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "10"}},
            )
        )
        found: Json = {"Effect": "Deny", "Resource": "*", "Condition": condition}
        exempt = self.some(("s3:a", "s3:a*", "sqs:*", "s3:?"), 2)
        return {**found, **({"NotAction": exempt} if self.random.random() < 0.6 else {"Action": "*"})}

    def document(self, guarded: float = 0.15) -> Json:
        found = self.policy()
        if self.random.random() < guarded:
            found["Statement"].insert(0, self.guard())
        return found

    def _level(self) -> list[Json]:
        return [copy.deepcopy(FULL_ACCESS) if self.random.random() < 0.4 else self.document()]

    def named(self) -> Json:
        """A policy of a resource."""
        found = self.document()
        for each in found["Statement"]:
            if each["Effect"] == "Deny" and self.random.random() < 0.4:
                each["NotPrincipal"] = self.random.choice(EXCEPTIONS)
            else:
                each["Principal"] = self.random.choice(PRINCIPALS)
        return found

    def case(self) -> Case:
        random = self.random
        found = Case([self.document(0.5) for _ in range(random.choice((1, 1, 2)))])
        if self.layers == "limits":
            found.boundary = self.document() if random.random() < 0.7 else None
            found.session = [self.document()] if random.random() < 0.5 or found.boundary is None else None
        if self.layers == "organisation":
            found.scps = [self._level() for _ in range(random.choice((1, 2)))] if random.random() < 0.8 else None
            if random.random() < 0.6 or found.scps is None:
                level = [copy.deepcopy(FULL_ACCESS)] if random.random() < 0.7 else []
                level.append({"Version": "2012-10-17", "Statement": [self.statement("Deny")]})
                for each in (e for document in level for e in document["Statement"]):
                    each["Principal"] = "*"
                found.rcps = [level]
        if self.layers in ("resource", "account"):
            found.names_the_user = True
            found.resource = self.named()
            found.boundary = self.document() if random.random() < 0.3 else None
            found.resource_account = OTHER_ACCOUNT if self.layers == "account" else random.choice((None, ACCOUNT))
        elif random.random() < 0.3:
            found.names_the_user = True
        if random.random() < 0.4:
            found.outside = tuple(self.some(("s3:a", "s3:a*", "sqs:*", "s3:?", "s3:*b"), 3))
        else:
            found.actions = tuple(self.some(("s3:a", "s3:a*", "sqs:*", "*", "s3:*b"), 2))
            if random.random() < 0.5:
                found.resources = tuple(self.some(("arn:aws:s3:::a", "arn:aws:s3:::b*", "arn:aws:s3:::*/x"), 2))
            found.credentials = tuple(random.sample(sorted(KINDS), random.randint(1, 3)))
        found.plus_everything = random.random() < 0.2
        return found


def case_of(maker: BundleMaker, wanted: str) -> Case:
    """A bundle and a claim that is `proved` or `refuted`, mostly not for the reason that nothing is granted at all."""
    while True:
        case = maker.case()
        found = spaces(case)
        if any(bits for _, bits in found) is not (wanted == "refuted"):
            continue
        if wanted == "refuted" or case.plus_everything or maker.random.random() < 0.1:
            return case
        if any(space.any_of([e.statement for e in case.everything()], "Allow") for space, _ in found):
            return case
