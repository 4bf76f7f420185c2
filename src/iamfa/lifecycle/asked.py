"""What each flow and each attack asks the policies about: on other actions it does not depend.

Between two policies that say the same about those actions, a flow or an attack ends the same way.
"""

from __future__ import annotations

from collections.abc import Mapping

from iamfa.lifecycle.moves import (
    ASSUME_ROLE,
    CHANGE_PASSWORD,
    CREATE,
    DEACTIVATE,
    DELETE,
    ENABLE,
    LIST,
    RESYNC,
    SESSION_TOKEN,
    UNHEARD_OF,
)
from iamfa.lifecycle.onward import AUTHORIZE, CREATE_TOKEN
from iamfa.lifecycle.persistence import LASTING, LIFTING
from iamfa.lifecycle.result import AttackName, FlowName

FLOWS_ASK: Mapping[FlowName, tuple[str, ...]] = {
    "enrol-first-device": (CREATE, ENABLE, SESSION_TOKEN),
    "get-session": (SESSION_TOKEN,),
    "work-with-mfa": (UNHEARD_OF,),
    "enrol-second-device": (CREATE, ENABLE, SESSION_TOKEN),
    "resync-device": (RESYNC, SESSION_TOKEN),
    "remove-device": (DEACTIVATE, SESSION_TOKEN),
    "retry-abandoned-enrolment": (CREATE, ENABLE, DELETE),
    "list-own-devices": (LIST,),
    "change-own-password": (CHANGE_PASSWORD,),
    "replace-lost-device": (CREATE, ENABLE, DEACTIVATE, DELETE, SESSION_TOKEN),
    "lost-only-device": (CREATE, ENABLE, DELETE),
    "cli-with-passkey": (AUTHORIZE, CREATE_TOKEN),
    "assume-role-with-code": (ASSUME_ROLE,),
    "assume-role-from-mfa-session": (ASSUME_ROLE,),
}

_WITH_KEY = (CREATE, DELETE, ENABLE, DEACTIVATE, SESSION_TOKEN)
_WITHOUT_SESSION = (CREATE, DELETE, ENABLE, DEACTIVATE)

ATTACKS_ASK: Mapping[AttackName, tuple[str, ...]] = {
    "leaked-key-of-fresh-user": _WITH_KEY,
    "leaked-key-of-enrolled-user": _WITH_KEY,
    "stolen-password": _WITHOUT_SESSION,
    "neighbour": _WITHOUT_SESSION,
    "stolen-mfa-session": (CREATE, ENABLE, *LASTING),
    "guess-the-code": (SESSION_TOKEN,),
    "reset-window": _WITH_KEY,
    "two-keys": _WITH_KEY,
    "foreign-seed": _WITH_KEY,
    "lift-enforcement": LIFTING,
}

ASKED: tuple[str, ...] = tuple(dict.fromkeys(action for actions in FLOWS_ASK.values() for action in actions))
"""Every action about which a flow asks."""

AFTER_MFA: frozenset[AttackName] = frozenset({"stolen-mfa-session", "lift-enforcement"})
"""Attacks that begin with a session which has shown MFA: a policy that asks for MFA has let it pass already."""
