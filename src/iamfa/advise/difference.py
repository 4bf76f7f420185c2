"""What a repair newly permits and newly refuses, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from iamfa.advise.actions import UNHEARD_OF
from iamfa.advise.case import Case
from iamfa.advise.sessions import role_beside, under_scp
from iamfa.advise.targets import Target
from iamfa.advise.wording import listed
from iamfa.arn import PARTITIONS
from iamfa.evaluate.credential import CREDENTIALS
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Kind, Value

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
    roles = _of_roles(before, after)
    more = [[*_by_roles(actions), *_by_partition(before, after, side)] for side, actions in enumerate(roles)]
    if _moves_a_condition(before, after):
        for sentences in more:
            sentences.append("what the conditions let pass or stop whose ARNs are of another partition now")
    return (*permits, *more[0]), (*refuses, *more[1])


def difference_in(before: Case, after: Case, old: Bundle, new: Bundle) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The same for a subject with all that bears on him: *old* with the policy before, *new* with the one after."""
    found = _changes(before, after, old, new)
    permits, refuses = (_sentences(((a, t, c[side]) for a, t, *c in found), detailed=True) for side in (0, 1))
    return tuple(permits), tuple(refuses)


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
    return permits, refuses


def _by_roles(actions: list[str]) -> list[str]:
    if not actions:
        return []
    what = _EVERYTHING if UNHEARD_OF in actions else listed(list(dict.fromkeys(actions)))
    return [f"{what}, by sessions of roles and federated sessions, where something grants it"]


def _in_partitions(before: Case, after: Case) -> Iterator[tuple[str, list[_Change]]]:
    """What changes in other partitions that the texts name: an ARN that moves from one to another."""
    text = before.policy.text + after.policy.text
    for partition in PARTITIONS:
        if partition != before.subject.partition and f"arn:{partition}:" in text:
            old, new = (Case(c.policy, replace(c.options, partition=partition)) for c in (before, after))
            yield (
                partition,
                [
                    *_changes(old, new, old.alone, new.alone),
                    *_changes(old, new, old.everything, new.everything),
                ],
            )


def _by_partition(before: Case, after: Case, side: int) -> Iterator[str]:
    for partition, changes in _in_partitions(before, after):
        actions = list(dict.fromkeys(change[0] for change in changes if change[side + 2]))
        if actions:
            what = _EVERYTHING if UNHEARD_OF in actions else listed(actions)
            yield f"{what}, in the partition {partition}"


def _moves_a_condition(before: Case, after: Case) -> bool:
    """Whether a condition names an ARN of another partition than before, which no sample of users shows."""
    return any(
        _moves(first.values, second.values)
        for one, other in zip(before.policy.statements, after.policy.statements, strict=False)
        for first, second in zip(one.conditions, other.conditions, strict=False)
    )


def _moves(before: Sequence[Value], after: Sequence[Value]) -> bool:
    """Whether an ARN is the same but for its partition."""
    texts = ((old.text, new.text) for old, new in zip(before, after, strict=False) if old != new)
    return any(old.startswith("arn:") and old.split(":")[2:] == new.split(":")[2:] for old, new in texts)


def changed_actions(before: Case, after: Case) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The actions of which something is permitted after and not before, and the other way round."""
    changes = (
        *_changes(before, after, before.alone, after.alone),
        *_changes(before, after, before.everything, after.everything),
        *(change for _, others in _in_partitions(before, after) for change in others),
    )
    roles = _of_roles(before, after)
    if roles[0]:
        # A Deny of a whole service is confined with all that newer catalogues hold of it.
        denies = (s.action for s in before.policy.statements if s.effect == "Deny" and not s.action.negated)
        roles[0].extend(v.text for element in denies for v in element.values)
    if _moves_a_condition(before, after):
        for side in roles:
            side.append(UNHEARD_OF)
    # An entry that moves takes along all that its statement takes in.
    for one, other in zip(before.policy.statements, after.policy.statements, strict=False):
        if (
            one.resource is not None
            and other.resource is not None
            and _moves(one.resource.values, other.resource.values)
        ):
            open_ended = one.action.negated or any(v.text == "*" for v in one.action.values)
            for side in roles:
                side.extend([UNHEARD_OF] if open_ended else [v.text for v in one.action.values])
    gained, lost = (
        tuple(dict.fromkeys((*(each[0] for each in changes if each[side + 2]), *roles[side]))) for side in (0, 1)
    )
    return gained, lost


def _changes(before: Case, after: Case, old: Bundle, new: Bundle) -> list[_Change]:
    found: list[_Change] = []
    for action in dict.fromkeys((*before.actions, *after.actions)):
        changes: list[_Change] = []
        for target in dict.fromkeys((*_targets(before, action), *_targets(after, action))):
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
