"""What a repair newly permits and newly refuses, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iamfa.advise.actions import UNHEARD_OF
from iamfa.advise.case import Case
from iamfa.advise.sessions import role_beside, under_scp
from iamfa.advise.targets import Target
from iamfa.advise.wording import listed
from iamfa.evaluate.credential import CREDENTIALS
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Kind

_KINDS = tuple(row.kind for row in CREDENTIALS.values() if row.by_user)
_PATHED = "own-user-with-path"
_WHAT = {
    "own-user": "the own user",
    _PATHED: "the own user, if he has a path",
    "other-user": "other users",
    "longer-name": "users whose names begin with the own",
    "own-device": "the device under the own name",
    "free-device": "devices under any other name",
}
_EVERYTHING = "everything that no list names"

_Change = tuple[str, Target, frozenset[str], frozenset[str]]
"""An action, a target, the kinds of credential that gain it and those that lose it."""


def difference(before: Case, after: Case) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is permitted after and not before, and the other way round, in words.

    First by the policies that were read, told for each of the own things and those of others; then what changes only
    where something else grants it, in one sentence for each set of kinds of credential.
    """
    read = _changes(before, after, before.alone, after.alone)
    elsewhere = _changes(before, after, before.everything, after.everything)
    told = {(action, target.arn) for action, target, _, _ in read}
    elsewhere = [each for each in elsewhere if (each[0], each[1].arn) not in told]
    permits, refuses = (
        (*_sentences(((a, t, c[side]) for a, t, *c in read), detailed=True),
         *_sentences(((a, t, c[side]) for a, t, *c in elsewhere), detailed=False))
        for side in (0, 1)
    )  # fmt: skip
    gained, lost = _of_roles(before, after)
    return (*permits, *gained), (*refuses, *lost)


def _of_roles(before: Case, after: Case) -> tuple[list[str], list[str]]:
    """What a service control policy lets sessions of roles do after and not before, and the other way round."""
    if before.kind is not Kind.SCP:
        return [], []
    bearer = role_beside(before.subject)
    permits, refuses = [], []
    old, new = (under_scp(case.policy.document, case.options.assumptions) for case in (before, after))
    for action in dict.fromkeys((*before.actions, *after.actions)):
        for target in before.targets(action):
            for present in bearer.present:
                request = bearer.request(action, target.arn, present, before.context)
                was, now = (decider.decide(request).decision == "allowed" for decider in (old, new))
                if now and not was:
                    permits.append(action)
                elif was and not now:
                    refuses.append(action)
    return _by_roles(permits), _by_roles(refuses)


def _by_roles(actions: list[str]) -> list[str]:
    if not actions:
        return []
    what = _EVERYTHING if UNHEARD_OF in actions else listed(list(dict.fromkeys(actions)))
    return [f"{what}, by sessions of roles and federated sessions, where something grants it"]


def changed_actions(before: Case, after: Case) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The actions of which something is permitted after and not before, and the other way round."""
    changes = (
        *_changes(before, after, before.alone, after.alone),
        *_changes(before, after, before.everything, after.everything),
    )
    gained, lost = (tuple(dict.fromkeys(each[0] for each in changes if each[side])) for side in (2, 3))
    return gained, lost


def _changes(before: Case, after: Case, old: Bundle, new: Bundle) -> list[_Change]:
    found: list[_Change] = []
    for action in dict.fromkeys((*before.actions, *after.actions)):
        changes: list[_Change] = []
        for target in _targets(before, action):
            user = target.arn if target.what == _PATHED else before.subject.user_arn
            was = {k for k in _KINDS if before.verdict(old, action, target.arn, k, user=user).decision == "allowed"}
            now = {k for k in _KINDS if after.verdict(new, action, target.arn, k, user=user).decision == "allowed"}
            if was != now:
                changes.append((action, target, frozenset(now - was), frozenset(was - now)))
        if any(target.what == "own-user" for _, target, _, _ in changes):
            changes = [each for each in changes if each[1].what != _PATHED]
        # An example that the file names says nothing more where the same holds of the own or of others'.
        found += [each for each in changes if each[1].what in _WHAT] or changes
    return found


def _targets(case: Case, action: str) -> Iterator[Target]:
    """The targets on which the action is tried, and the own user as one who has a path."""
    targets = case.targets(action)
    yield from targets
    if any(target.what == "own-user" for target in targets):
        yield Target(case.subject_with_path.user_arn, _PATHED)


def _sentences(changes: Iterable[tuple[str, Target, frozenset[str]]], *, detailed: bool) -> list[str]:
    by_kinds: dict[frozenset[str], list[tuple[str, Target]]] = {}
    for action, target, kinds in changes:
        if kinds:
            by_kinds.setdefault(kinds, []).append((action, target))
    sentences: list[str] = []
    for kinds, entries in by_kinds.items():
        ending = f", {_how(kinds)}" + ("" if detailed else ", where something grants it")
        if any(action == UNHEARD_OF for action, _ in entries):
            sentences.append(_EVERYTHING + ending)
            continue
        own = [(a, t) for a, t in entries if detailed and t.what in _WHAT]
        sentences += [f"{action} on {_WHAT[target.what]}{ending}" for action, target in own]
        others = list(dict.fromkeys(action for action, target in entries if (action, target) not in own))
        if others:
            sentences.append(listed(others) + ending)
    return sentences


def _how(kinds: frozenset[str]) -> str:
    if kinds == frozenset(_KINDS):
        return "with or without MFA"
    for words, present in (("with MFA", True), ("without MFA", False)):
        if kinds == {k for k in _KINDS if (CREDENTIALS[k].mfa_present == "true") is present}:
            return words
    return "with " + " or ".join(CREDENTIALS[k].words for k in _KINDS if k in kinds)
