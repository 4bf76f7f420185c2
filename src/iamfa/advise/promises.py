"""What a composed policy promises, in words, and whether it holds: flows that are wanted work, attacks are stopped.

Each promise is walked by the lifecycle machine or asked of the evaluator: with the policy alone, or where it says
"whatever else is attached" with everything allowed elsewhere. That nothing passes without MFA is asked of the prover.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from iamfa.advise import actions as act
from iamfa.advise.composing import (
    KEY_ACTIONS,
    LOGIN_ACTIONS,
    NEEDS_FRESHNESS,
    PASSWORD_RULES,
    SIGN_IN_ACTIONS,
    TAGGING,
    Composed,
    exempt_actions,
)
from iamfa.advise.options import ALLOW_ALL, bundle_of
from iamfa.advise.trial import ACCOUNT, Trial, request_of, user_of
from iamfa.advise.wishes import OPEN, Wishes
from iamfa.evaluate.credential import WITH_MFA, WITHOUT_MFA
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.request import Request
from iamfa.lifecycle.attacks import walk_attacks
from iamfa.lifecycle.result import AttackName, AttackResult
from iamfa.lifecycle.subject import Subject
from iamfa.lifecycle.world import World
from iamfa.policy.document import Kind
from iamfa.proof.answer import Proved, Refuted, prove
from iamfa.proof.question import without_mfa


class Promise(NamedTuple):
    """A promise in words, and whether it holds; None: not decided here."""

    words: str
    holds: bool | None
    proved: bool = False
    """Whether it was shown for every request, and not only tried on some."""


def promises_of(composed: Composed, wishes: Wishes) -> list[Promise]:
    """Everything that the policy promises, each with whether it holds."""
    asked = Trial(composed, wishes)
    return [
        *_forcing(asked),
        *_flows(asked),
        *_grants(asked),
        *_attacks(asked),
        *_first_enrolment(asked),
        *_limits(asked),
        *_exemption(asked),
        *_guard(asked),
    ]


# The enforcement -----------------------------------------------------------------------------------------------------


def _forcing(asked: Trial) -> Iterator[Promise]:
    exempt = exempt_actions(asked.wishes)
    others = [a for a in _TRIED if a not in exempt]
    words = "without MFA nothing passes but " + (", ".join(exempt) or "nothing at all") + ", whatever else is attached"
    words += ", and apart from what no policy controls (sts:GetCallerIdentity, sts:GetSessionToken)"
    if asked.wishes.exempts:
        words += ", of whoever is not exempt"
    yield (
        _proved(words, asked, exempt) if not asked.wishes.exempts else Promise(words, asked.denied(others, WITHOUT_MFA))
    )
    on_user = [a for a in (act.ENABLE, act.RESYNC, act.CHANGE_PASSWORD) if a in exempt]
    if asked.wishes.confined and on_user:
        yield Promise(
            f"without MFA {', '.join(on_user)} reaches no other user, whatever else is attached",
            asked.denied(on_user, WITHOUT_MFA, other=True),
        )


def _proved(words: str, asked: Trial, exempt: Iterable[str]) -> Promise:
    """Asked of the prover: of every user, for every action, resource and context."""
    partition = None if asked.wishes.partition == "any" else asked.wishes.partition
    answer = prove(without_mfa(outside=tuple(exempt), partition=partition), asked.everything)
    if isinstance(answer, Proved):
        return Promise(words, True, proved=True)
    return Promise(words, False if isinstance(answer, Refuted) else None)


_TRIED = (
    act.UNHEARD_OF, act.CREATE, act.ENABLE, act.RESYNC, act.DELETE, act.DEACTIVATE, act.CHANGE_PASSWORD, act.CREATE_KEY,
    act.CREATE_LOGIN, act.UPDATE_LOGIN, act.ASSUME_ROLE, act.FEDERATION_TOKEN, act.LIST_USERS, *TAGGING,
    *act.TAKES_OVER,
)  # fmt: skip


# Flows ---------------------------------------------------------------------------------------------------------------


def _flows(asked: Trial) -> Iterator[Promise]:
    wishes = asked.wishes
    for words, flow, credentials, devices in _wanted(wishes):
        found = [f for f in asked.usual_flows if f.flow == flow and f.credential in credentials]
        found = [f for f in found if not devices or f.device in devices]
        # What users work on must be granted elsewhere; nothing denies it.
        good = ("works", "not_decided") if flow == "work-with-mfa" else ("works",)
        yield Promise(words, bool(found) and all(f.result in good for f in found))
    for words, flow, credentials, devices in _unwanted(wishes):
        found = [f for f in asked.usual_flows if f.flow == flow and f.credential in credentials]
        found = [f for f in found if not devices or f.device in devices]
        yield Promise(words, bool(found) and all(f.result == "blocked" for f in found))


_Row = tuple[str, str, tuple[str, ...], tuple[str, ...]]
"""Words, a flow, the kinds of credential, and the kinds of device (none: whichever)."""

_IN_WORDS = {"virtual": "a virtual device under any name", "hardware": "a hardware token", "fido": "a FIDO device"}


def _devices(wishes: Wishes) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Each wanted kind in words, as the machine calls it, and whether the command line can enrol it."""
    for kind, names in (("virtual", ("virtual-any-name", "virtual-own-name")), ("hardware", ("hardware",))):
        if kind in wishes.devices:
            yield _IN_WORDS[kind], names, True
    if "fido" in wishes.devices:
        yield _IN_WORDS["fido"], ("fido",), False


def _wanted(wishes: Wishes) -> Iterator[_Row]:
    for words, names, by_key in _devices(wishes):
        if wishes.own:
            keys = ("long-term-key", "console") if by_key else ("console",)
            yield f"users enrol {words} as their first", "enrol-first-device", keys, names
            more = ("long-term-key", "console-mfa") if by_key and wishes.codes else ("console-mfa",)
            yield f"users enrol {words} as their second, with MFA", "enrol-second-device", more, names
        if wishes.codes and by_key:
            machine = names[:1]
            yield f"users get a session with a code of {words}", "get-session", ("long-term-key",), machine
        if by_key:
            yield f"users resynchronise {words}", "resync-device", ("long-term-key", "console"), names[:1]
        if wishes.removal and wishes.attach != "scp":
            yield f"users take {words} away with MFA", "remove-device", ("console-mfa",), names
    yield "with MFA users work as everything else allows", "work-with-mfa", ("token-mfa", "console-mfa"), ()
    if wishes.listing != "no":
        all_kinds = ("long-term-key", "token-mfa", "console", "console-mfa")
        yield "users list their own devices", "list-own-devices", all_kinds, ()
    if wishes.password == "without-mfa":
        kinds = ("console", "console-mfa")
        yield "users change their own password, before they have a device, too", "change-own-password", kinds, ()
    elif wishes.password == "with-mfa":
        yield "users change their own password with MFA", "change-own-password", ("token-mfa", "console-mfa"), ()
    if wishes.deletion == "without-mfa":
        kinds = ("long-term-key", "console")
        yield "users begin again where an enrolment broke off", "retry-abandoned-enrolment", kinds, ()


def _unwanted(wishes: Wishes) -> Iterator[_Row]:
    first = ("long-term-key", "console")
    if not wishes.own:
        yield "no user enrols a first device himself", "enrol-first-device", first, ()
    elif not wishes.gives_codes:
        kinds = ("virtual-any-name", "virtual-own-name", "hardware")
        yield "no user enrols a device that gives codes", "enrol-first-device", first, kinds
    elif "fido" not in wishes.devices:
        yield "no user enrols a FIDO device", "enrol-first-device", ("console",), ("fido",)
    if wishes.password != "without-mfa":
        yield "nobody changes a password without MFA", "change-own-password", first, ()


def _grants(asked: Trial) -> Iterator[Promise]:
    """What no flow walks: it is granted to sessions with MFA, and to no other."""
    decider = Decider(asked.alone)
    for words, actions, credentials, without in _granted(asked.wishes):

        def answers(kinds: Iterable[str], actions: Iterable[str] = actions) -> set[str]:
            asks = (request_of(u, a, c, {}, other=False) for u in asked.users for a in actions for c in kinds)
            return {decider.decide(request).decision for request in asks}

        yield Promise(words, answers(credentials) == {"allowed"} and "allowed" not in answers(without))


def _granted(wishes: Wishes) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]]:
    """Words, actions, with which credentials they are granted, and with which they are not."""
    if wishes.attach == "scp":
        return
    if wishes.deletion == "with-mfa":
        yield "users delete unassigned virtual devices with MFA only", (act.DELETE,), WITH_MFA, WITHOUT_MFA
    if wishes.keys:
        yield "users manage their own access keys with MFA only", KEY_ACTIONS, WITH_MFA, WITHOUT_MFA
    if wishes.login_profile:
        yield "users set their own console password with MFA only", LOGIN_ACTIONS, WITH_MFA, WITHOUT_MFA
    if wishes.login:
        yield "`aws login` takes console sessions with MFA only", SIGN_IN_ACTIONS, ("console-mfa",), WITHOUT_MFA
    if wishes.password == "with-mfa":
        yield "users see the rules for passwords with MFA only", (PASSWORD_RULES,), WITH_MFA, WITHOUT_MFA
    if wishes.password == "without-mfa":
        yield "users see the rules for passwords", (PASSWORD_RULES,), (*WITH_MFA, *WITHOUT_MFA), ()
    if wishes.listing == "virtual":
        yield "users list the account's virtual devices", (act.LIST_VIRTUAL,), (*WITH_MFA, *WITHOUT_MFA), ()


# Attacks -------------------------------------------------------------------------------------------------------------


def _attacks(asked: Trial) -> Iterator[Promise]:
    rows: list[tuple[str, AttackName]] = [
        ("a leaked key of a user who has a device reaches no session with MFA", "leaked-key-of-enrolled-user")
    ]
    if not asked.wishes.own or not asked.wishes.gives_codes:
        rows.append(("a leaked key of a user without a device reaches no session with MFA", "leaked-key-of-fresh-user"))
    if not asked.wishes.own:
        rows.append(("a stolen password of a user without a device reaches no session with MFA", "stolen-password"))
    if asked.wishes.confined or not exempt_actions(asked.wishes):
        rows.append(("no neighbour changes a user's devices without MFA", "neighbour"))
    found = asked.attacks(asked.may_enrol, [name for _, name in rows])
    for words, name in rows:
        yield Promise(words, _all_stopped(found, name))


def _all_stopped(found: Iterable[AttackResult], name: str) -> bool:
    results = [a.result for a in found if a.attack == name]
    return bool(results) and all(result == "stopped" for result in results)


def _first_enrolment(asked: Trial) -> Iterator[Promise]:
    wishes = asked.wishes
    if wishes.first_enrolment == "none":
        return
    where = (
        "from other networks"
        if wishes.first_enrolment == "network"
        else f"without the tag {wishes.enrolment_tag}"
        + (", after the day that it names, and with any other day" if wishes.enrolment_days else f" = {OPEN}")
    )
    # What is denied below is denied to every user; one shows the attack.
    one = asked.users[0]
    worlds = (World(asked.alone, one, context=dict(context)) for context in asked.strangers())
    attacks = [a for w in worlds for a in walk_attacks(w, only=("leaked-key-of-fresh-user", "stolen-password"))]
    for words, name in (("key", "leaked-key-of-fresh-user"), ("password", "stolen-password")):
        yield Promise(
            f"{where} a stolen {words} of a user without a device enrols nothing, whatever else is attached",
            _all_stopped(attacks, name),
        )
    calls = [a for a in (act.CREATE, act.ENABLE) if a in exempt_actions(wishes)]
    yield Promise(
        f"{where} {', '.join(calls)} is denied without MFA, whatever else is attached",
        all(asked.denied(calls, WITHOUT_MFA, context) for context in asked.strangers()),
    )


# Limits, exemptions, the guard ---------------------------------------------------------------------------------------


def _limits(asked: Trial) -> Iterator[Promise]:
    wishes = asked.wishes
    if wishes.fresh_for is not None:
        stale = {"aws:MultiFactorAuthAge": str(wishes.fresh_for + 1)}
        yield Promise(
            f"a session older than {wishes.fresh_for} seconds changes no devices and makes no keys, whatever else is "
            "attached",
            asked.denied(NEEDS_FRESHNESS, WITH_MFA, stale),
        )
    if wishes.session_age is not None:
        stale = {"aws:MultiFactorAuthAge": str(wishes.session_age + 1)}
        yield Promise(
            f"a session with MFA older than {wishes.session_age} seconds does nothing at all",
            asked.denied((act.UNHEARD_OF, *act.DEVICE_CHANGES, act.LIST_DEVICES), WITH_MFA, stale),
        )


def _exemption(asked: Trial) -> Iterator[Promise]:
    wishes = asked.wishes
    tags = [wishes.exempt_tag[0]] if wishes.exempt_tag is not None else []
    tags += [wishes.enrolment_tag] if wishes.first_enrolment == "tag" else []
    for tag in tags:
        spelled = [{"aws:TagKeys": tag}, {"aws:TagKeys": tag.upper()}]
        yield Promise(
            f"nobody gives himself the tag {tag} or takes it from himself, whatever else is attached",
            all(asked.denied(TAGGING[:2], (*WITHOUT_MFA, *WITH_MFA), context) for context in spelled),
        )
    if wishes.exempt_tag is not None:
        key, value = wishes.exempt_tag
        exempt = {f"aws:PrincipalTag/{key}": value}
        yield Promise(
            f"of users with the tag {key} = {value} no MFA is asked",
            not _denied_to(asked, asked.users, exempt),
        )
    if wishes.exempt_path is not None:
        yield Promise(
            "nobody moves himself to another path, whatever else is attached",
            asked.denied(("iam:UpdateUser",), (*WITHOUT_MFA, *WITH_MFA)),
        )
        below = [user_of(partition, wishes.exempt_path) for partition in asked.partitions]
        yield Promise(f"of users below the path {wishes.exempt_path} no MFA is asked", not _denied_to(asked, below, {}))


def _denied_to(asked: Trial, users: Iterable[Subject], context: Mapping[str, str]) -> bool:
    decider = Decider(asked.everything)
    asks = (request_of(u, act.UNHEARD_OF, c, context, other=False) for u in users for c in WITHOUT_MFA)
    return any(decider.decide(request).decision != "allowed" for request in asks)


def _guard(asked: Trial) -> Iterator[Promise]:
    """The guard is asked about the very requests that its statements name."""
    guard = asked.composed.guard
    if guard is None:
        return
    bundle = bundle_of(Kind.SCP, guard.document, (ALLOW_ALL,), ACCOUNT)
    decider = Decider(bundle)
    stopped, open_to_roles = True, True
    for commented in guard.statements:
        statement = commented.statement
        assert statement.resource is not None
        for partition in asked.partitions:
            named = statement.resource.values[0].text.replace("arn:*:", f"arn:{partition}:")
            resource = named.replace("iam::*:", f"iam::{ACCOUNT}:").replace("user/*", "user/anybody")
            context: dict[str, str | tuple[str, ...]] = {}
            for condition in statement.conditions:
                value = condition.values[0].text.replace("arn:*:", f"arn:{partition}:")
                value = value.replace("iam::*:", f"iam::{ACCOUNT}:")
                if condition.key.text == "aws:TagKeys":
                    context["aws:TagKeys"] = (value.upper(),)
                elif condition.key.text != "aws:PrincipalArn":
                    context[condition.key.text] = value
            for action in statement.action.values:
                user = user_of(partition, "/").user_arn
                for kind in (*WITHOUT_MFA, *WITH_MFA):
                    request = Request.by_user(user, action.text, resource, credential=kind, context=context)
                    stopped = stopped and decider.decide(request).decision == "explicit_deny"
                role = f"arn:{partition}:iam::{ACCOUNT}:role/admin"
                asks = Request(action.text, resource, principal=role, context={"aws:PrincipalArn": role, **context})
                open_to_roles = open_to_roles and decider.decide(asks).decision == "allowed"
    yield Promise("no IAM user lifts the enforcement in the accounts below the guard, with or without MFA", stopped)
    yield Promise("the guard leaves roles alone", open_to_roles)
