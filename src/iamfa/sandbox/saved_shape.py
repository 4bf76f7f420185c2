"""What the sandbox's own section of a saved sandbox must look like, as a table."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from iamfa.account.shape import (
    any_text,
    flag,
    list_of,
    map_of,
    needed,
    number_of_account,
    one_of,
    optional,
    refuse,
    shape,
    text,
    time,
    whole,
)
from iamfa.evaluate.credential import CREDENTIALS
from iamfa.sandbox.other_credentials import saved_credential


def _seed(value: Any, place: str) -> None:
    """A seed in base32, from which codes can be made."""
    text(value, place)
    try:
        base64.b32decode(value + "=" * (-len(value) % 8))
    except (binascii.Error, ValueError):
        refuse(place, "is no seed: seeds are base32", "write it in the letters A to Z and 2 to 7")


def _hexadecimal(value: Any, place: str) -> None:
    """A key in hexadecimal."""
    text(value, place)
    try:
        bytes.fromhex(value)
    except ValueError:
        refuse(place, "is no key: keys are hexadecimal")


def _seconds(value: Any, place: str) -> None:
    """A number of seconds, whole or not."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        refuse(place, "is no number of seconds")


def _lag(value: Any, place: str) -> None:
    """A delay that the calendar can bear."""
    _seconds(value, place)
    if not 0 <= value <= _LONGEST_LAG:
        refuse(place, f"is no delay between 0 and {_LONGEST_LAG} seconds")


_LONGEST_LAG: Final = 86_400


def _pair(value: Any, place: str) -> None:
    """A tag: its key and its value."""
    list_of(any_text)(value, place)
    if len(value) != 2:
        refuse(place, f"has {len(value)} entries, and a tag is a key and a value")


_SESSION: Final = shape(
    {
        "key_id": needed(text),
        "secret": needed(text),
        "token": needed(text),
        "account": needed(number_of_account),
        "kind": needed(one_of(*CREDENTIALS)),
        "issued": needed(time),
        "expires": needed(time),
        **dict.fromkeys(("user", "user_id", "role", "role_id", "name", "source_identity"), optional(text)),
        "code_given": optional(time),
        "policies": optional(list_of(text)),
        "tags": optional(list_of(_pair)),
        "transitive": optional(list_of(text)),
        "from_mfa_session": optional(flag),
    }
)

SANDBOX: Final = shape(
    {
        "version": needed(whole),
        "seeds": optional(map_of(_seed)),
        "secret_access_keys": optional(map_of(text)),
        "passwords": optional(map_of(shape({"password": optional(any_text), "former": optional(list_of(any_text))}))),
        "other_credentials": optional(list_of(saved_credential)),
        "used_codes": optional(map_of(whole)),
        "drifts": optional(map_of(whole)),
        "out_of_step": optional(list_of(text)),
        "message_key": optional(_hexadecimal),
        "report": optional(shape({"made": needed(time), "text": needed(text)})),
        "texts": optional(map_of(any_text)),
        "clock": optional(shape({"offset_seconds": optional(_seconds), "still": optional(time)})),
        "lag_seconds": optional(_lag),
        "settings": optional(
            shape(
                {
                    "assumptions": optional(map_of(text)),
                    "policy_arns_in_denials": optional(flag),
                    "services": optional(flag),
                }
            )
        ),
        "sessions": optional(list_of(_SESSION)),
        "accounts": optional(list_of(shape({"account": needed(number_of_account)}))),
    }
)
"""The section `$.sandbox`; the further accounts in it are snapshots again, each with a section of its own."""
