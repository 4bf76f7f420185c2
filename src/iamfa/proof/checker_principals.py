"""How closely a Principal element names a user of whom nothing is known but that he is one.

Forms: AWS's page reference_policies_elements_principal of the IAM User Guide. Where some user would be named and
another not, the answer reaches from the one to the other.
"""

from __future__ import annotations

from typing import Final

from iamfa.arn import is_account_id
from iamfa.evaluate.principal import Named, Naming
from iamfa.policy.document import PrincipalValue, Statement

_OTHERS: Final = ("role/", "assumed-role/", "federated-user/", "saml-provider/", "oidc-provider/")
"""What the last part of an ARN begins with when it is no user's."""


def names_any_user(statement: Statement, *, boundary: bool) -> Named:
    """At least and at most how closely the statement's element names a user; DIRECT where it has none.

    *boundary*: users have a permissions boundary, so that a Deny with NotPrincipal fits them all
    (access_policies_boundaries).
    """
    element = statement.principal
    if element is None:
        return Named(Naming.DIRECT, Naming.DIRECT)
    if element.negated:
        surely = Naming.DIRECT if boundary and statement.effect == "Deny" else Naming.NOT
        return Named(surely, Naming.DIRECT)
    found = [_entry(each) for each in element.values]
    return Named(
        max((each.surely for each in found), default=Naming.NOT),
        max((each.possibly for each in found), default=Naming.NOT),
    )


def _entry(each: PrincipalValue) -> Named:
    text = each.value.text
    if each.type not in ("*", "AWS"):
        return Named(Naming.NOT, Naming.DIRECT if each.type == "CanonicalUser" else Naming.NOT)
    if text == "*":
        return Named(Naming.DIRECT, Naming.DIRECT)
    fields = text.split(":", 5)
    if is_account_id(text) or fields[-1] == "root":
        return Named(Naming.NOT, Naming.ACCOUNT)
    if len(fields) == 6 and fields[5].startswith(_OTHERS):
        return Named(Naming.NOT, Naming.NOT)
    return Named(Naming.NOT, Naming.DIRECT)
