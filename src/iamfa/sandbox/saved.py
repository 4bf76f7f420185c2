"""A sandbox as a JSON value, and back: the snapshot of its account, and the secrets in a section of their own.

`$.sandbox` holds what only a sandbox knows: seeds, secret keys, passwords, sessions, used codes, the clock, settings,
and the texts of policies whose layout the snapshot's objects lose. Without it (a snapshot of a real account) devices
have no seeds, keys no secrets and passwords nothing to match: nobody can sign with them until new ones are made.

What is made up after loading: with the same seed and the same saved value the same identifiers come again, other ones
than those that were made before it was saved. Changes that readers did not see yet are seen at once after loading.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from iamfa.account import snapshot
from iamfa.account.details import Json, SnapshotError, time_in
from iamfa.account.documents import time_out
from iamfa.account.entities import Account
from iamfa.account.organization import Organization
from iamfa.account.shape import refuse
from iamfa.errors import IamfaError
from iamfa.platform import ASSUMPTIONS, Assumptions
from iamfa.sandbox.awss import awss_policies
from iamfa.sandbox.ids import Ids
from iamfa.sandbox.live import LiveAccount, Session, Settings, State
from iamfa.sandbox.other_credentials import credential_in, credential_out
from iamfa.sandbox.saved_shape import SANDBOX
from iamfa.sandbox.saved_texts import laid_out, layouts
from iamfa.sandbox.table import Lag
from iamfa.sandbox.time import SandboxClock
from iamfa.secret import Secret

_VERSION: Final = 1


def save(state: State) -> Json:
    """Everything that a sandbox holds, secrets too, as a value for JSON."""
    now = state.clock.now()
    main = snapshot.write(state.account, state.organization, now)
    others = [account for number, account in sorted(state.accounts.items()) if number != state.main]
    still = state.clock.still
    main["sandbox"] = {
        "version": _VERSION,
        **_secrets_out(state.account, state.organization),
        "clock": {
            "offset_seconds": state.clock.offset.total_seconds(),
            "still": None if still is None else time_out(still),
        },
        "lag_seconds": state.lag.seconds,
        "settings": {
            "assumptions": _named(state.settings.assumptions),
            "policy_arns_in_denials": state.settings.policy_arns_in_denials,
            "services": state.settings.services,
        },
        "message_key": state.message_key.reveal(),
        "sessions": [_session_out(state.sessions[key]) for key in sorted(state.sessions)],
        "accounts": [
            {**snapshot.write(account, None, now), "sandbox": {"version": _VERSION, **_secrets_out(account, None)}}
            for account in others
        ],
    }
    return main


def load(value: object, system: Callable[[], datetime], seed: int | None = None) -> State:
    """The sandbox that was saved, or one around the snapshot of a real account.

    *system* is the system's time, *seed* what identifiers are made up from. Raises `SnapshotError`, which names the
    place.
    """
    account, organization, _ = snapshot.read(value)
    section = _section(value, "$.sandbox")
    clock = _clock(section.get("clock") or {}, system)
    lag = Lag(clock.now, float(section.get("lag_seconds") or 0.0))
    ids = Ids(None if seed is None else _derived(seed, value))
    state = State(clock, ids, account.number, lag, settings=_settings(section.get("settings") or {}))
    if section.get("message_key"):
        state.message_key = Secret(section["message_key"])
    alive, state.organization = _alive(account, organization, section, lag, "$.sandbox")
    state.accounts[account.number] = alive
    for index, each in enumerate(section.get("accounts") or ()):
        place = f"$.sandbox.accounts[{index}]"
        try:
            other, _, _ = snapshot.read(each)
        except SnapshotError as error:
            raise SnapshotError(f"`{place}`: {error.message}", hint=error.hint) from error
        if other.number in state.accounts:
            refuse(place, f"is a second account `{other.number}`")
        state.accounts[other.number], _ = _alive(other, None, _section(each, f"{place}.sandbox"), lag, place)
    for index, each in enumerate(section.get("sessions") or ()):
        session = _session_in(each)
        if session.account not in state.accounts:
            refuse(f"$.sandbox.sessions[{index}].account", f"is `{session.account}`, which is not there")
        state.sessions[session.key_id] = session
    return state


def _section(value: Any, place: str) -> Json:
    section: Json | None = value.get("sandbox")
    if section is None:
        return {}
    SANDBOX(section, place)
    if section["version"] != _VERSION:
        refuse(f"{place}.version", f"is {section['version']}, and {_VERSION} is read", "use a newer iamfa")
    return section


def _derived(seed: int, value: object) -> int:
    """A seed that hangs on what was loaded, so that nothing new gets an identifier that is taken."""
    text = json.dumps([seed, value], sort_keys=True, separators=(",", ":"))
    return int.from_bytes(sha256(text.encode()).digest())


def _clock(value: Json, system: Callable[[], datetime]) -> SandboxClock:
    clock = SandboxClock(system)
    still = value.get("still")
    try:
        offset = timedelta(seconds=value.get("offset_seconds") or 0)
        clock.restore(offset, None if still is None else time_in(still))
    except (IamfaError, OverflowError) as error:
        refuse("$.sandbox.clock", f"cannot be taken up: {error}")
    return clock


def _named(assumptions: Assumptions) -> dict[str, str]:
    """The assumptions that somebody named, as far as naming them made a difference."""
    left = {row.id for row in assumptions.open()} | {
        row.id for row in ASSUMPTIONS.values() if row.settled and assumptions[row.id] == row.default
    }
    return {id_: value for id_, value in sorted(assumptions.items()) if id_ not in left}


def _settings(value: Json) -> Settings:
    try:
        assumptions = Assumptions(value.get("assumptions"))
    except IamfaError as error:
        refuse("$.sandbox.settings.assumptions", f"cannot be taken up: {error.message}", error.hint or "")
    arns, services = value.get("policy_arns_in_denials"), value.get("services")
    return Settings(assumptions, bool(arns), True if services is None else services)


def _secrets_out(account: LiveAccount, organization: Organization | None) -> Json:
    devices, keys, profiles = account.devices, account.access_keys, account.login_profiles
    report, others = account.report, account.other_credentials
    return {
        "seeds": {name: seed.reveal() for name in sorted(devices) if (seed := devices[name].seed) is not None},
        "secret_access_keys": {name: key.reveal() for name in sorted(keys) if (key := keys[name].secret) is not None},
        "passwords": {
            name: {
                "password": None if (password := profiles[name].password) is None else password.reveal(),
                "former": [each.reveal() for each in profiles[name].former],
            }
            for name in sorted(profiles)
        },
        "other_credentials": [credential_out(others[key]) for key in sorted(others)],
        "used_codes": dict(sorted(account.used_codes.items())),
        "drifts": dict(sorted(account.drifts.items())),
        "out_of_step": sorted(account.out_of_step),
        "report": None if report is None else {"made": time_out(report[0]), "text": report[1]},
        "texts": layouts(account, organization),
    }


def _alive(
    account: Account, organization: Organization | None, section: Json, lag: Lag, place: str
) -> tuple[LiveAccount, Organization | None]:
    """The account with its secrets and AWS's own policies, its policies laid out as they were."""
    account, organization = laid_out(account, organization, section.get("texts") or {}, place)
    found = LiveAccount.of(account, lag)
    for policy in awss_policies(account.partition):
        if policy.arn not in found.policies:
            found.policies.amend(policy.arn, policy)
    for serial, seed in (section.get("seeds") or {}).items():
        found.devices.amend(serial, replace(_held(found.devices, serial, f"{place}.seeds"), seed=Secret(seed)))
    for key, secret in (section.get("secret_access_keys") or {}).items():
        held = _held(found.access_keys, key, f"{place}.secret_access_keys")
        found.access_keys.amend(key, replace(held, secret=Secret(secret)))
    for user, passwords in (section.get("passwords") or {}).items():
        held = _held(found.login_profiles, user, f"{place}.passwords")
        password = passwords.get("password")
        former = tuple(Secret(each) for each in passwords.get("former") or ())
        secret = None if password is None else Secret(password)
        found.login_profiles.amend(user, replace(held, password=secret, former=former))
    for value in section.get("other_credentials") or ():
        other = credential_in(value)
        _held(found.users, other.user, f"{place}.other_credentials", "a credential")
        found.other_credentials.amend(other.id, other)
    found.used_codes.update(section.get("used_codes") or {})
    found.drifts.update(section.get("drifts") or {})
    found.out_of_step.update(section.get("out_of_step") or ())
    report = section.get("report")
    found.report = None if report is None else (time_in(report["made"]), report["text"])
    return found, organization


def _held(table: dict[str, Any], key: str, place: str, what: str = "a secret") -> Any:
    """What a secret, or *what* else, belongs to."""
    if key not in table:
        refuse(place, f"has {what} for `{key}`, which is not in the snapshot")
    return table[key]


def _session_out(session: Session) -> Json:
    given = session.code_given
    return {
        "key_id": session.key_id,
        "secret": session.secret.reveal(),
        "token": session.token.reveal(),
        "account": session.account,
        "kind": session.kind,
        "issued": time_out(session.issued),
        "expires": time_out(session.expires),
        "user": session.user,
        "user_id": session.user_id,
        "role": session.role,
        "role_id": session.role_id,
        "name": session.name,
        "code_given": None if given is None else time_out(given),
        "policies": None if session.policies is None else list(session.policies),
        "tags": [list(tag) for tag in session.tags],
        "transitive": list(session.transitive),
        "source_identity": session.source_identity,
        "from_mfa_session": session.from_mfa_session,
    }


def _session_in(value: Json) -> Session:
    given, policies = value.get("code_given"), value.get("policies")
    return Session(
        value["key_id"],
        Secret(value["secret"]),
        Secret(value["token"]),
        value["account"],
        value["kind"],
        time_in(value["issued"]),
        time_in(value["expires"]),
        value.get("user"),
        value.get("user_id"),
        value.get("role"),
        value.get("role_id"),
        value.get("name"),
        None if given is None else time_in(given),
        None if policies is None else tuple(policies),
        tuple((key, text) for key, text in value.get("tags") or ()),
        tuple(value.get("transitive") or ()),
        value.get("source_identity"),
        bool(value.get("from_mfa_session")),
    )
