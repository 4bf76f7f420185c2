"""What a user may hold besides keys and a password: keys for SSH, signing certificates, passwords for one service.

None of them signs a call of the sandbox. They are kept since they are a user's: DeleteUser asks that they be gone, and
whoever lists, deactivates or deletes them finds what was put there. AWS's page id_credentials of the IAM User Guide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args

from iamfa.account.details import time_in
from iamfa.account.documents import time_out
from iamfa.account.entities import KeyStatus
from iamfa.account.shape import needed, one_of, optional, refuse, shape, text, time
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.public_keys import read_certificate, read_public_key
from iamfa.secret import Secret

CredentialClass = Literal["ssh", "certificate", "service"]


@dataclass(frozen=True, slots=True)
class OtherCredential:
    """One of them."""

    id: str
    """`APKA…` of a public key, 32 letters of a certificate, `ACCA…` of a password for a service."""
    kind: CredentialClass
    user: str
    status: KeyStatus
    created: datetime
    text: str
    """The public key or the certificate as it was uploaded; of a password the name of its service."""
    name: str | None = None
    """The user name that goes with a password: `alice-at-123456789012`."""
    secret: Secret | None = None
    """The password."""


_FIELDS: Final = shape(
    {
        "id": needed(text),
        "kind": needed(one_of(*get_args(CredentialClass))),
        "user": needed(text),
        "status": needed(one_of(*get_args(KeyStatus))),
        "created": needed(time),
        "text": needed(text),
        "name": optional(text),
        "secret": optional(text),
    }
)


def saved_credential(value: Any, place: str) -> None:
    """Refuse what is no credential of a saved sandbox, a text that nobody could have uploaded too."""
    _FIELDS(value, place)
    read = {"ssh": read_public_key, "certificate": read_certificate}.get(value["kind"])
    try:
        if read is not None:
            read(value["text"])
    except ApiError as error:
        refuse(f"{place}.text", f"is refused: {error.message}", "write it as it was uploaded")


def credential_out(credential: OtherCredential) -> dict[str, Any]:
    """The credential, its secret too, as a saved sandbox holds it."""
    return {
        "id": credential.id,
        "kind": credential.kind,
        "user": credential.user,
        "status": credential.status,
        "created": time_out(credential.created),
        "text": credential.text,
        "name": credential.name,
        "secret": None if credential.secret is None else credential.secret.reveal(),
    }


def credential_in(value: Mapping[str, Any]) -> OtherCredential:
    """The credential that was saved; of the shape that is checked before."""
    secret = value.get("secret")
    return OtherCredential(
        value["id"],
        value["kind"],
        value["user"],
        value["status"],
        time_in(value["created"]),
        value["text"],
        value.get("name"),
        None if secret is None else Secret(secret),
    )


def delete_conflict(credentials: Iterable[OtherCredential], user: str) -> str | None:
    """Why a user cannot be deleted as long as he has these, in AWS's words, which were seen in public reports."""
    kinds = {each.kind for each in credentials if each.user == user}
    if "certificate" in kinds:
        return "must delete certificates first."
    return "must remove referenced objects first." if kinds else None
