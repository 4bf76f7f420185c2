"""What AWS's refusal of a call says: which action, on what, by which kind of policy; and what to ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from iamfa.evaluate.denial import Denial
from iamfa.gateway.faults import AccessDeniedError

OWN_DEVICE_RULE_WORDS: Final = "please ensure that you are authenticated with an MFA device"
"""How AWS refuses to add or remove a device of a user who has one and shows none (AWS-2023-001)."""

_LAYERS: Final = {
    "identity": "identity-based policy",
    "boundary": "permissions boundary",
    "scp": "service control policy",
    "rcp": "resource control policy",
    "session": "session policy",
    "resource": "resource-based policy",
    "trust": "trust policy of the role",
    "vpc-endpoint": "policy of the VPC endpoint",
}


@dataclass(frozen=True, slots=True)
class Denied:
    """A refused call; `str()` is one sentence."""

    action: str
    """`iam:ListMFADevices`."""
    resource: str | None
    """What it was about; None where AWS does not say it."""
    denial: Denial | None
    """AWS's message read; None where it says nothing of who, what and why."""
    words: str
    """AWS's message itself."""

    @property
    def by_own_device_rule(self) -> bool:
        """Whether no policy refused but AWS's own rule that a user who has a device shows it first."""
        return OWN_DEVICE_RULE_WORDS in self.words

    @property
    def why(self) -> str:
        """Why, as far as AWS says it: `no identity-based policy allows it`."""
        if self.by_own_device_rule:
            return "AWS demands a session with the code of a device that the user has already"
        if self.denial is None or self.denial.layer is None or self.denial.kind == "unspecified":
            explicitly = self.denial is not None and self.denial.kind == "explicit"
            return "a policy denies it explicitly" if explicitly else "AWS does not say which policy refuses it"
        layer = _LAYERS[self.denial.layer]
        if self.denial.kind == "implicit":
            return f"no {layer} allows it"
        named = f" ({self.denial.policy_arn})" if self.denial.policy_arn is not None else ""
        return f"{_with_article(layer)} denies it explicitly{named}"

    @property
    def remedy(self) -> str:
        """What an administrator is to be asked for."""
        if self.by_own_device_rule:
            return "obtain a session with a code first: `iamfa login`"
        on = f" on `{self.resource}`" if self.resource is not None else ""
        if self.denial is not None and self.denial.kind == "explicit":
            return (
                f"without MFA a policy may well deny this: try in a session with a code (`iamfa login`); if it is "
                f"refused there too, ask an administrator to exempt `{self.action}`{on} from the Deny"
            )
        return f"ask an administrator to allow `{self.action}`{on}"

    @property
    def remedy_with_mfa(self) -> str:
        """What an administrator is to be asked for, where the call was made in a session with a code."""
        if self.by_own_device_rule or self.denial is None or self.denial.kind != "explicit":
            return self.remedy
        on = f" on `{self.resource}`" if self.resource is not None else ""
        return f"ask an administrator to exempt `{self.action}`{on} from the Deny"

    def __str__(self) -> str:
        on = f" on `{self.resource}`" if self.resource is not None else ""
        return f"`{self.action}`{on} is refused: {self.why}"


def denied_of(error: AccessDeniedError, resource: str | None = None) -> Denied:
    """What a refusal says; *resource* is what the call was about, for messages that leave it out."""
    denial = error.denial
    told = denial.resource if denial is not None else None
    return Denied(denial.action if denial is not None else error.operation, told or resource, denial, error.words)


def _with_article(text: str) -> str:
    return f"{'an' if text[0] in 'aeiou' else 'a'} {text}"
