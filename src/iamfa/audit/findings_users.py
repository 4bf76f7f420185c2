"""Findings that the three answers make: users who are alike stand in one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from iamfa.advise.finding import Severity
from iamfa.audit.values import AuditFinding, Lifter, PolicyReach, UserAudit
from iamfa.audit.wording import kinds_in_words, people

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE


def findings_of_users(users: Sequence[UserAudit], policies: Sequence[PolicyReach]) -> Iterator[AuditFinding]:
    """Everything about single users."""
    for about in (_exposed, _cannot_enrol, _not_enforced, _exempt, _undecided, _lifted, _stopped, _could_leave):
        yield from about(users, policies)


def _alike(
    users: Iterable[UserAudit], key: Callable[[UserAudit], object | None]
) -> Iterator[tuple[UserAudit, tuple[str, ...]]]:
    """Users by what they have in common; those without a key are left out."""
    found: dict[object, list[UserAudit]] = {}
    for user in users:
        common = key(user)
        if common is not None:
            found.setdefault(common, []).append(user)
    for alike in found.values():
        yield alike[0], tuple(user.name for user in alike)


def _exposed(users: Sequence[UserAudit], policies: Sequence[PolicyReach]) -> Iterator[AuditFinding]:
    def key(user: UserAudit) -> object | None:
        enrolled = user.enrolled
        return (enrolled.leaked, user.policies, enrolled.reaches) if enrolled.answer == "exposed-now" else None

    for user, names in _alike(users, key):
        enrolled = user.enrolled
        leaked = "access key" if enrolled.leaked == "key" else "password"
        everything = "everything" if enrolled.reaches == ("*",) else ", ".join(enrolled.reaches) or "what was granted"
        calls = "call" if len(enrolled.trace) == 1 else "calls"
        yield AuditFinding(
            "exposed-now", ERROR,
            f"{people(names)}: the {leaked} alone reaches {everything} in {len(enrolled.trace)} {calls}, "
            "and no device stands before it",
            names, {"leaked": enrolled.leaked, "reaches": enrolled.reaches, "shown_for": user.name},
            trace=enrolled.trace, not_read=enrolled.not_read,
            hint="enrol a device before the key or the password is handed over, or take it away",
        )  # fmt: skip


def _cannot_enrol(users: Sequence[UserAudit], policies: Sequence[PolicyReach]) -> Iterator[AuditFinding]:
    def key(user: UserAudit) -> object | None:
        enrolled = user.enrolled
        return None if enrolled.refusal is None else (enrolled.answer, user.policies, enrolled.refusal.call.call)

    for user, names in _alike(users, key):
        enrolled = user.enrolled
        assert enrolled.refusal is not None
        call, place = enrolled.refusal.call, enrolled.refusal.place
        because = f" by {place}" if place is not None else ", since nothing allows it"
        locked = enrolled.answer == "locked-out"
        ending = "; without a device everything else is refused, too" if locked else ""
        yield AuditFinding(
            "locked-out" if locked else "user-cannot-enrol", ERROR if locked else WARNING,
            f"{people(names)} cannot enrol a device: {call.call} on `{call.resource}` is refused{because}{ending}",
            names, {"call": call.call, "resource": call.resource, "shown_for": user.name}, place, trace=(call,),
            hint="`iamfa check` on the policy tells the repair; until then an administrator must enrol the device",
            not_read=enrolled.not_read,
        )  # fmt: skip


def _not_enforced(users: Sequence[UserAudit], policies: Sequence[PolicyReach]) -> Iterator[AuditFinding]:
    forcing = tuple(p for p in policies if p.file_class in ("forces-by-deny", "forces-by-grant") and p.users)
    groups = sorted({label.partition("/")[2] for p in forcing for label in p.attached_to if label.startswith("group/")})

    def key(user: UserAudit) -> object | None:
        enforced = user.enforced
        usable = user.has_key is not False or user.has_password is not False
        return (user.policies, enforced.kinds, usable) if enforced.answer == "not-enforced" else None

    for user, names in _alike(users, key):
        enforced = user.enforced
        usable = user.has_key is not False or user.has_password is not False
        passes = "" if enforced.witness is None else f", e.g. {enforced.witness.request.action}"
        credential = () if enforced.witness is None else (enforced.witness.credential,)
        hint = "attach a policy that forces MFA: `iamfa new` writes one"
        if groups:
            hint = (
                f"the groups {', '.join(f'`{g}`' for g in groups[:5])} carry a policy that forces MFA: add them there"
            )
        yield AuditFinding(
            "user-not-enforced", ERROR if usable else WARNING,
            f"{people(names)} may work without MFA with {kinds_in_words(credential or enforced.kinds)}{passes}",
            names, {"kinds": enforced.kinds, "shown_for": user.name, "policies": user.policies},
            witness=enforced.witness, hint=hint, not_read=enforced.not_read,
        )  # fmt: skip


def _exempt(users: Sequence[UserAudit], policies: Sequence[PolicyReach]) -> Iterator[AuditFinding]:
    def key(user: UserAudit) -> object | None:
        if user.enforced.answer != "exempt-undeclared":
            return None
        # Who holds the policy is another one for each.
        return (user.policies, tuple((each.key, each.operator, each.values) for each in user.enforced.spared_by))

    for user, names in _alike(users, key):
        enforced = user.enforced
        keys = ", ".join(dict.fromkeys(f"`{each.key}`" for each in enforced.spared_by))
        yield AuditFinding(
            "exempt-undeclared", WARNING,
            f"{people(names)}: a condition on {keys} exempts from MFA, and the register of exceptions does not say why",
            names, {"conditions": tuple(each.key for each in enforced.spared_by), "shown_for": user.name},
            enforced.spared_by[0].place, enforced.witness, hint="declare the exception, or end it",
            not_read=enforced.not_read,
        )  # fmt: skip


def _undecided(users: Sequence[UserAudit], policies: Sequence[PolicyReach]) -> Iterator[AuditFinding]:
    def key(user: UserAudit) -> object | None:
        reasons = tuple(
            (which, answer.reason)
            for which, answer in (("enforced", user.enforced), ("enrolled", user.enrolled), ("lifted", user.lifted))
            if answer.answer == "unknown"
        )
        return reasons or None

    for user, names in _alike(users, key):
        told = {a.reason: None for a in (user.enforced, user.enrolled, user.lifted) if a.answer == "unknown"}
        yield AuditFinding(
            "user-not-decided", WARNING,
            f"{people(names)} could not be judged wholly: {'; '.join(str(reason) for reason in told)}",
            names, {"reasons": tuple(told), "shown_for": user.name}, hint="read what is missing, and audit again",
            not_read=tuple(dict.fromkeys((*user.enforced.not_read, *user.enrolled.not_read))),
        )  # fmt: skip


def _lifted(users: Sequence[UserAudit], policies: Sequence[PolicyReach]) -> Iterator[AuditFinding]:
    """Lifters by whom they can free; that one can free himself alone is told apart."""
    by_lifters: dict[tuple[Lifter, ...], list[UserAudit]] = {}
    themselves: dict[tuple[str, ...], list[str]] = {}
    for user in users:
        if user.lifted.answer != "somebody":
            continue
        own = next((each for each in user.lifted.principals if each.user == user.name), None)
        others = tuple(each for each in user.lifted.principals if each.user != user.name)
        if own is not None and not others:
            themselves.setdefault(own.calls, []).append(user.name)
        else:
            by_lifters.setdefault(user.lifted.principals, []).append(user)
    for lifters, freed in by_lifters.items():
        count = max(user.lifted.count for user in freed)
        names = tuple(user.name for user in freed)
        yield AuditFinding(
            "can-lift-enforcement", NOTE,
            f"{people(tuple(each.user for each in lifters), count)} could, in a session with MFA, "
            f"lift what forces {people(names)}",
            names, {"lifters": tuple(each.user for each in lifters), "count": count, "calls": lifters[0].calls},
            hint="guard the policies by a service control policy: `iamfa new --guard` writes one",
        )  # fmt: skip
    for calls, own_names in themselves.items():
        yield AuditFinding(
            "can-lift-enforcement", NOTE,
            f"{people(tuple(own_names))} could, in a session with MFA, lift what forces themselves",
            tuple(own_names), {"lifters": tuple(own_names), "count": len(own_names), "calls": calls},
            hint="guard the policies by a service control policy: `iamfa new --guard` writes one",
        )  # fmt: skip


def _stopped(users: Sequence[UserAudit], policies: Sequence[PolicyReach]) -> Iterator[AuditFinding]:
    keys_only = [user for user in users if user.has_key and user.has_password is False]
    forced = tuple(user.name for user in keys_only if user.enforced.answer in ("denied", "not-granted"))
    if forced:
        yield AuditFinding(
            "stops-non-mfa-clients", NOTE,
            f"{people(forced)} have an access key and no password, and MFA is forced: programs that show no device "
            "stop. Credentials for CodeCommit and other services were not read",
            forced, {}, hint="give programs roles, and people a device",
        )  # fmt: skip
    if keys_only:
        names = tuple(user.name for user in keys_only)
        yield AuditFinding(
            "keys-only", NOTE, f"{people(names)} have an access key and no password",
            names, {}, hint="what a key does without MFA is told by the answer `enforced` of each",
        )  # fmt: skip


def _could_leave(users: Sequence[UserAudit], policies: Sequence[PolicyReach]) -> Iterator[AuditFinding]:
    rows = (
        ("people", "sign in to the console and have no key: federation (IAM Identity Center) could take their place",
         tuple(u.name for u in users if u.has_password and u.has_key is False)),
        ("machines", "have a key and no password: roles could take their place",
         tuple(u.name for u in users if u.has_key and u.has_password is False)),
    )  # fmt: skip
    for kind, words, names in rows:
        if names:
            yield AuditFinding(
                "could-leave-iam", NOTE, f"{people(names)} {words}", names, {"kind": kind},
                hint="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
            )  # fmt: skip
