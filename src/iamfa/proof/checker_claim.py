"""What a certificate claims, read strictly: the claim, the documents, and the cases that it has to cover.

The shapes are those of docs/formats.md, "The certificate of a proof". Whatever is not exactly of that shape is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, cast

from iamfa.arn import is_account_id
from iamfa.errors import IamfaError, PolicyError, RequestError
from iamfa.evaluate.credential import CREDENTIALS, WITHOUT_MFA
from iamfa.evaluate.principal import Principal, PrincipalKind
from iamfa.policy.bundle import Bundle, document_of
from iamfa.policy.document import Document, Kind
from iamfa.policy.glob import ascii_lower
from iamfa.policy.operators import parse_operator
from iamfa.policy.policy import Policy
from iamfa.policy.variables import Template
from iamfa.proof.checker_case import Case
from iamfa.proof.checker_formula import Formula, action_is, allowed_by, both, permits_more, resource_is

SOME_USER: Final = "arn:aws:iam::123456789012:user/some-user"
"""Stands for every user of every account."""

_UNCONTROLLED: Final = ("sts:GetCallerIdentity", "sts:GetSessionToken")
"""What no policy controls (id_credentials_sts-comparison, id_credentials_temp_control-access_getsessiontoken)."""

_MOST_DOCUMENTS: Final = 200
_MOST_VALUED: Final = 10
"""Of keys whose presence is told apart; each doubles the cases."""


class CertificateError(IamfaError):
    """A certificate does not prove what it claims, or cannot be checked; nothing follows from it."""


@dataclass(frozen=True, slots=True)
class Question:
    """A claim made ready: its words, the cases it needs, and the formula that each must refute."""

    id: str
    words: str
    cases: tuple[Case, ...]
    """Without `valued`."""
    documents: tuple[Document, ...]
    a: Bundle
    b: Bundle | None
    before: tuple[Formula, ...] = ()
    """What is asked of action and resource before any policy."""

    def formula(self, case: Case) -> Formula:
        """What no request may satisfy."""
        if self.b is None:
            return both(*self.before, allowed_by(self.a, case))
        return permits_more(self.a.identity[0], self.b.identity[0], "identity[0]", case)

    def variables(self) -> frozenset[str]:
        """The keys that stand in the documents as variables."""
        found: set[str] = set()
        for document in self.documents:
            if not document.variables:
                continue
            for statement in document.statements:
                if statement.resource is not None:
                    for value in statement.resource.values:
                        found |= Template.of_resource(value.text, variables=True).keys
                for condition in statement.conditions:
                    if parse_operator(condition.operator.text).operator.variables:
                        for value in condition.values:
                            found |= Template.parse(value.text, variables=True).keys
        return frozenset(found)


def fields(value: object, where: str, needed: Iterable[str], others: Iterable[str] = ()) -> Mapping[str, object]:
    """The value as an object that has the needed fields, and none but these and the others."""
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise CertificateError(f"`{where}` is no object", hint="see `The certificate of a proof` in docs/formats.md")
    found = cast("Mapping[str, object]", value)
    for name in needed:
        if name not in found:
            raise CertificateError(f"`{where}` has no field `{name}`")
    known = {*needed, *others}
    for name in found:
        if name not in known:
            raise CertificateError(
                f"`{where}` has an unknown field `{shown(name)}`", hint=f"it has {', '.join(sorted(known))}"
            )
    return found


def shown(value: object) -> str:
    """A value of the certificate for a message, however large or deep it is."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return f"a {type(value).__name__}"
    return value if len(value) <= _MOST_SHOWN else f"{value[:_MOST_SHOWN]}…"


_MOST_SHOWN: Final = 80


def items(value: object, where: str) -> Sequence[object]:
    """The value as a list."""
    if not isinstance(value, list | tuple):
        raise CertificateError(f"`{where}` is no list")
    return value


def _texts(value: object, where: str) -> tuple[str, ...]:
    found = items(value, where)
    for number, text in enumerate(found):
        if not isinstance(text, str) or not text:
            raise CertificateError(f"`{where}[{number}]` is no text")
    return cast("tuple[str, ...]", tuple(found))


def question_of(claim: object, a: object, b: object) -> Question:
    """Read a claim and its documents; raises CertificateError."""
    name = fields(claim, "claim", ("id",), _CLAIM_FIELDS)["id"]
    reader = _READERS.get(name) if isinstance(name, str) else None
    if reader is None:
        raise CertificateError(
            f"`claim.id` is no claim: `{shown(name)}`", hint=f"it is one of {', '.join(sorted(_READERS))}"
        )
    return reader(claim, a, b)


def _without_mfa(claim: object, a: object, b: object) -> Question:
    found = fields(claim, "claim", ("id", "outside", "plus_everything"), ("user",))
    outside = _action_patterns(found["outside"], "claim.outside")
    more = found["plus_everything"]
    if not isinstance(more, bool):
        raise CertificateError("`claim.plus_everything` is neither true nor false")
    bundle = _bundle(a, "a")
    if more:
        bundle = bundle.plus(Policy.from_document(_EVERYTHING, kind=Kind.IDENTITY))
    _no_second(b)
    user, any_user = _user(found.get("user"), bundle)
    who = "any IAM user" if any_user else f"the user `{user.text}`"
    beyond = f"outside {_listed(outside)}" if outside else "at all"
    given = " even with everything else allowed to him" if more else ""
    words = (
        f"no request by {who} without MFA (with an access key alone, a session token or a console session) for an "
        f"action {beyond} is allowed by the policies given{given}; {_BESIDE}"
    )
    before = (action_is(_UNCONTROLLED, holds=False), action_is(outside, holds=False))
    cases = tuple(Case(user, kind, any_user) for kind in WITHOUT_MFA)
    return Question("without-mfa", words, cases, _documents(bundle), bundle, None, before)


def _never(claim: object, a: object, b: object) -> Question:
    found = fields(claim, "claim", ("id", "actions", "resources", "credentials"), ("user",))
    actions = _action_patterns(found["actions"], "claim.actions")
    for text in actions:
        if ascii_lower(text) in map(ascii_lower, _UNCONTROLLED):
            raise CertificateError(f"`{text}` is allowed whatever the policies say", hint="no policy controls it")
    listed = found["resources"]
    resources = None if listed is None else _texts(listed, "claim.resources")
    kinds = _texts(found["credentials"], "claim.credentials")
    for kind in kinds:
        if kind not in CREDENTIALS or not CREDENTIALS[kind].by_user:
            raise CertificateError(f"`{kind}` in `claim.credentials` is no kind of credential of a user")
    if not actions or not kinds or len(set(kinds)) < len(kinds) or resources == ():
        raise CertificateError("the claim names no action, no resource or no credential, or one credential twice")
    bundle = _bundle(a, "a")
    _no_second(b)
    user, any_user = _user(found.get("user"), bundle)
    who = "any IAM user" if any_user else f"the user `{user.text}`"
    on = "" if resources is None else f" on {_listed(resources)}"
    words = (
        f"no request by {who} with {', '.join(CREDENTIALS[kind].words for kind in kinds)} for {_listed(actions)}{on} "
        f"is allowed by the policies given; {_BESIDE}"
    )
    before: list[Formula] = [action_is(_UNCONTROLLED, holds=False), action_is(actions, holds=True)]
    if resources is not None:
        before.append(resource_is(resources, holds=True))
    cases = tuple(Case(user, kind, any_user) for kind in kinds)
    return Question("never", words, cases, _documents(bundle), bundle, None, tuple(before))


def _implies(claim: object, a: object, b: object) -> Question:
    kind = fields(claim, "claim", ("id", "kind"))["kind"]
    if kind != "identity":
        raise CertificateError(f"`claim.kind` cannot be checked: `{shown(kind)}`", hint="only `identity` is")
    first, second = (_single_document(each, where) for each, where in ((a, "a"), (b, "b")))
    words = "whatever the first document permits the second permits too, each judged by itself"
    return Question(
        "implies", words, (Case(None, None),), (*_documents(first), *_documents(second)), first, second
    )  # fmt: skip


_BESIDE: Final = f"{' and '.join(_UNCONTROLLED)}, which no policy controls, are not covered"
_READERS: Final = {"without-mfa": _without_mfa, "never": _never, "implies": _implies}
_CLAIM_FIELDS: Final = ("outside", "plus_everything", "user", "actions", "resources", "credentials", "kind")
_EVERYTHING: Final = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(f"`{text}`" for text in texts)


def _action_patterns(value: object, where: str) -> tuple[str, ...]:
    found = _texts(value, where)
    for number, text in enumerate(found):
        if text != "*" and text.count(":") != 1:
            raise CertificateError(f"`{where}[{number}]` is no action: `{text}`", hint="write it as `service:Name`")
    return found


def _no_second(b: object) -> None:
    if b is not None:
        raise CertificateError("`b` stands only where the claim compares two documents")


def _user(text: object, bundle: Bundle) -> tuple[Principal, bool]:
    """The user of a claim, and whether he stands for every user."""
    if text is None:
        if bundle.resource_account is not None:
            raise CertificateError(
                "`a.resource_account` cannot be checked for any user", hint="name the user in `claim.user`"
            )
        return Principal.parse(SOME_USER), True
    try:
        user = Principal.parse(text) if isinstance(text, str) else None
    except RequestError as error:
        raise CertificateError(f"`claim.user` is no user: {error.message}", hint=error.hint) from error
    if user is None or user.kind is not PrincipalKind.USER:
        raise CertificateError("`claim.user` is not the ARN of a user", hint=f"write it like `{SOME_USER}`")
    return user, False


# Documents


_BUNDLE_FIELDS: Final = (
    "identity_policies", "boundary", "scps", "rcps", "session_policies", "resource_policy", "resource_account",
)  # fmt: skip


def _bundle(value: object, where: str) -> Bundle:
    found = fields(value, where, (), _BUNDLE_FIELDS)
    account = found.get("resource_account")
    if account is not None and not (isinstance(account, str) and is_account_id(account)):
        raise CertificateError(f"`{where}.resource_account` is not 12 digits")
    session = _list(found, "session_policies", where, Kind.SESSION)
    bundle = Bundle(
        identity=_list(found, "identity_policies", where, Kind.IDENTITY) or (),
        boundary=_document(found.get("boundary"), f"{where}.boundary", Kind.BOUNDARY),
        scps=_levels(found, "scps", where, Kind.SCP),
        rcps=_levels(found, "rcps", where, Kind.RCP),
        session=session,
        resource=_document(found.get("resource_policy"), f"{where}.resource_policy", None),
        resource_account=account,
    )
    if sum(1 for _ in bundle.layers()) > _MOST_DOCUMENTS:
        raise CertificateError(f"`{where}` has more than {_MOST_DOCUMENTS} documents and cannot be checked")
    return bundle


def _single_document(value: object, where: str) -> Bundle:
    bundle = _bundle(value, where)
    if len(bundle.identity) != 1 or len(tuple(bundle.layers())) != 1 or bundle.resource_account is not None:
        raise CertificateError(f"`{where}` does not hold one identity-based policy and nothing else")
    if bundle.scps is not None or bundle.rcps is not None or bundle.session is not None:
        raise CertificateError(f"`{where}` does not hold one identity-based policy and nothing else")
    return bundle


def _document(value: object, where: str, kind: Kind | None) -> Policy | None:
    """One document; with a kind of None it is a resource's own policy, of a role its trust policy."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise CertificateError(f"`{where}` is no object")
    try:
        found = Policy.from_document(value, kind=kind)
    except PolicyError as error:
        raise CertificateError(f"`{where}` is no valid policy: {error.message}", hint=error.hint) from error
    if kind is None and found.kind not in (Kind.RESOURCE, Kind.TRUST):
        raise CertificateError(f"`{where}` names no Principal, so that it is no policy of a resource")
    return found


def _list(found: Mapping[str, object], name: str, where: str, kind: Kind) -> tuple[Policy, ...] | None:
    value = found.get(name)
    return None if value is None else _several(value, f"{where}.{name}", kind)


def _several(value: object, where: str, kind: Kind) -> tuple[Policy, ...]:
    made = []
    for number, each in enumerate(items(value, where)):
        document = _document(each, f"{where}[{number}]", kind)
        if document is None:
            raise CertificateError(f"`{where}[{number}]` is no object")
        made.append(document)
    return tuple(made)


def _levels(found: Mapping[str, object], name: str, where: str, kind: Kind) -> tuple[tuple[Policy, ...], ...] | None:
    value = found.get(name)
    if value is None:
        return None
    levels = enumerate(items(value, f"{where}.{name}"))
    return tuple(_several(level, f"{where}.{name}[{number}]", kind) for number, level in levels)


def _documents(bundle: Bundle) -> tuple[Document, ...]:
    return tuple(document_of(layer.document) for layer in bundle.layers())


# Cases


def combinations(case: Case, keys: Iterable[str]) -> frozenset[tuple[tuple[str, bool], ...]]:
    """Every way in which these keys can have a value for variables or none, in one case."""
    listed = sorted(keys)
    if sum(len(case.can_be_valued(key)) > 1 for key in listed) > _MOST_VALUED:
        raise CertificateError(
            "the case cannot be checked: more than "
            f"{_MOST_VALUED} variables of the policies may have a value or none", hint="leave out policies"
        )  # fmt: skip
    answers = (sorted(case.can_be_valued(key)) for key in listed)
    return frozenset(tuple(zip(listed, each, strict=True)) for each in product(*answers))
