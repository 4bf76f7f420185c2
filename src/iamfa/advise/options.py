"""What the judge is told besides the file, and what is assumed to stand elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace

from iamfa.advise import actions as act
from iamfa.platform import DEFAULTS, Assumptions
from iamfa.policy.bundle import EVERYTHING, Bundle
from iamfa.policy.document import Document, Element, Kind, PrincipalElement, PrincipalValue, Statement, Value
from iamfa.policy.policy import Policy

ALLOW_ALL = EVERYTHING
"""Everything else that might be attached: what a Deny holds against this holds whatever else is attached."""

_OWN = tuple(Value(f"arn:*:iam::*:{form}") for form in ("user/${aws:username}", "user/*/${aws:username}", "mfa/*"))
_READS = tuple(Value(a) for a in sorted(act.COMFORT))
_CHANGES = tuple(Value(a) for a in sorted(act.FLOW_ACTIONS - act.COMFORT))
SELF_SERVICE = Document(
    (
        Statement(0, "Allow", Element("Action", _READS), Element("Resource", (Value("*"),)), sid="ReadElsewhere"),
        Statement(1, "Allow", Element("Action", _CHANGES), Element("Resource", _OWN), sid="SelfServiceElsewhere"),
    ),
    version="2012-10-17",
)
"""The grant that is assumed elsewhere where a file can only limit: boundaries and service control policies."""


@dataclass(frozen=True)
class CheckOptions:
    """What the judge is told besides the file."""

    with_policies: tuple[Policy, ...] = ()
    """Other policies that reach the same user; what they grant is evidence."""
    as_kind: Kind | None = None
    """What the file is attached as; None: guessed."""
    partition: str | None = None
    assumptions: Assumptions = DEFAULTS
    expect_exempt: tuple[str, ...] | None = None
    """I: the actions that are meant to be exempt; None: those that are."""
    select: frozenset[str] | None = None
    ignore: frozenset[str] = frozenset()
    catalogue_age_days: int | None = None
    """How old the catalogue of actions is; None: not known, and then it is taken for old."""


def bundle_of(kind: Kind, document: Document, others: tuple[Document, ...], account: str) -> Bundle:
    """What bears on the subject where *document* is attached as *kind* and *others* are his own policies.

    Beside a file that can only limit, and nothing else told, a self-service grant is assumed. *account* is that of the
    resource to which a resource-based policy is attached.
    """
    limited = others or (SELF_SERVICE,)
    match kind:
        case Kind.BOUNDARY:
            return Bundle(limited, boundary=document)
        case Kind.SCP:
            return Bundle(limited, scps=[[document, ALLOW_ALL]])
        case Kind.RCP:
            return Bundle(limited, rcps=[[document, ALLOW_ALL]])
        case Kind.SESSION:
            return Bundle(limited, session=[document])
        case Kind.RESOURCE | Kind.TRUST:
            return Bundle(others, resource=document, resource_account=account)
        case _:
            return Bundle((document, *others))


def trusted(bundle: Bundle, account: str) -> Bundle:
    """The same where every role's trust policy and every key's policy leaves the decision to the account's policies."""
    anybody = PrincipalElement("Principal", (PrincipalValue("AWS", Value(account)),))
    return replace(bundle, resource=Document((replace(ALLOW_ALL.statements[0], principal=anybody),), ALLOW_ALL.version))
