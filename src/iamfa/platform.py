"""AWS's own rules that no policy changes, and the assumptions about what AWS does not document.

Each row says since when, with its source; an assumption has an id, its possible values (the default first) and what
they mean. Nothing here is assumed in anybody's favour: a verdict that hangs on one of them says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from iamfa.errors import IamfaError

_GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something that AWS does not document, or that changed on a date, as a named choice."""

    id: str
    values: tuple[str, ...]
    """Possible values, the default first."""
    about: str
    """What is assumed, in one sentence."""
    settled: bool = False
    """Whether AWS documents the default, so that verdicts need not hold under the other values too."""
    source: str = ""

    @property
    def default(self) -> str:
        """The value that holds unless another is named."""
        return self.values[0]


ASSUMPTIONS: Mapping[str, Assumption] = {
    row.id: row
    for row in (
        Assumption(
            "totp-window", ("1", "0", "2"), "how many 30-second steps a code may be off", source="not published"
        ),
        Assumption(
            "code-replay", ("per-device", "per-user"), "where a used code is remembered", source="not published"
        ),
        Assumption(
            "platform",
            ("2023-04", "2022-11"),
            "whether AWS demands an existing device of a user who enables or disables one for himself",
            settled=True,
            source="https://aws.amazon.com/security/security-bulletins/AWS-2023-001/",
        ),
        Assumption(
            "own-device-rule-order",
            ("after-policy", "before-policy"),
            "whether AWS checks its own device rule after or before the policies",
            source="not documented",
        ),
        Assumption(
            "deny-get-session-token",
            ("ignored", "honoured"),
            "whether an explicit Deny of sts:GetSessionToken has an effect",
            settled=True,
            source=_GUIDE + "id_credentials_temp_control-access_getsessiontoken.html",
        ),
        Assumption(
            "assumerole-code-counts-for-caller",
            ("no", "yes"),
            "whether a code given to sts:AssumeRole makes MFA present for the caller's own policies",
            source="not documented",
        ),
        Assumption(
            "role-session-mfa",
            ("false", "true-when-chained"),
            "what a role's session carries as aws:MultiFactorAuthPresent",
            source=_GUIDE + "id_credentials_mfa_configure-api-require.html",
        ),
        Assumption(
            "resource-star-crosses-colons",
            ("yes", "no"),
            "whether a `*` in a Resource reaches past the colon that ends its part of the ARN",
            settled=True,
            source=_GUIDE + "reference_policies_elements_resource.html",
        ),
        Assumption("code-guessing-limited", ("no", "yes"), "whether AWS limits wrong codes", source="not published"),
        Assumption(
            "console-deletes-unassigned",
            ("yes", "no"),
            "whether enrolling in the console deletes unassigned virtual devices of the account",
            source=_GUIDE + "id_credentials_mfa.html",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class PlatformRule:
    """A rule of AWS that no policy changes; traces name it by its id."""

    id: str
    since: str
    about: str
    message: str | None
    """AWS's words when the rule refuses a call."""
    source: str


RULES: Mapping[str, PlatformRule] = {
    row.id: row
    for row in (
        PlatformRule(
            "own-device-needs-existing-mfa",
            "2023-04-21",
            "a user who has an MFA device must be signed in with one to enable or disable a device for himself",
            "To complete this action, please ensure that you are authenticated with an MFA device that is enabled for "
            "this user.",
            "https://aws.amazon.com/security/security-bulletins/AWS-2023-001/",
        ),
        PlatformRule(
            "get-caller-identity-always-allowed",
            "documented",
            "no policy can deny sts:GetCallerIdentity",
            None,
            _GUIDE + "id_credentials_sts-comparison.html",
        ),
        PlatformRule(
            "get-session-token-needs-no-permission",
            "documented",
            "no policy controls sts:GetSessionToken",
            None,
            _GUIDE + "id_credentials_temp_control-access_getsessiontoken.html",
        ),
        PlatformRule(
            "users-may-change-own-password",
            "documented",
            "a setting of the account lets every user change his own password and read the password policy",
            None,
            _GUIDE + "id_credentials_passwords_enable-user-change.html",
        ),
        PlatformRule(
            "token-without-mfa-cannot-call-iam",
            "documented",
            "a session token obtained without MFA cannot call IAM",
            "The security token included in the request is invalid.",
            "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html",
        ),
        PlatformRule(
            "session-credentials-cannot-get-session-token",
            "observed",
            "GetSessionToken is called with long-term credentials only",
            "Cannot call GetSessionToken with session credentials",
            "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html",
        ),
        PlatformRule(
            "get-federation-token-needs-long-term-credentials",
            "documented",
            "GetFederationToken is called with long-term credentials only",
            "Cannot call GetFederationToken with session credentials",
            "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html",
        ),
        PlatformRule(
            "token-cannot-call-sts",
            "documented",
            "a session token calls of STS only AssumeRole and GetCallerIdentity",
            None,
            "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html",
        ),
        PlatformRule(
            "fido-cannot-be-used-with-sts",
            "documented",
            "a FIDO device gives no code, so it cannot be passed to STS",
            None,
            _GUIDE + "id_credentials_mfa.html",
        ),
        PlatformRule(
            "fido-enrolment-is-the-consoles",
            "documented",
            "no API call enrols a FIDO device: enrolment is the console's",
            None,
            _GUIDE + "id_credentials_mfa_enable_fido.html",
        ),
    )
}


class Assumptions(Mapping[str, str]):
    """A choice of a value for every assumption: the defaults, but for those named.

    Raises IamfaError for an unknown id or value, with the possible ones as a hint.
    """

    def __init__(self, chosen: Mapping[str, str] | None = None) -> None:
        self._named = dict(chosen or {})
        for id_, value in self._named.items():
            row = ASSUMPTIONS.get(id_)
            if row is None:
                raise IamfaError(f"`{id_}` is no assumption", hint="one of " + ", ".join(sorted(ASSUMPTIONS)))
            if value not in row.values:
                raise IamfaError(f"`{value}` is no value of `{id_}`", hint="one of " + ", ".join(row.values))

    def __getitem__(self, id_: str) -> str:
        return self._named[id_] if id_ in self._named else ASSUMPTIONS[id_].default

    def __iter__(self) -> Iterator[str]:
        return iter(ASSUMPTIONS)

    def __len__(self) -> int:
        return len(ASSUMPTIONS)

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.items())))

    def with_value(self, id_: str, value: str) -> Assumptions:
        """The same choice but for one value."""
        return Assumptions({**self._named, id_: value})

    def open(self) -> tuple[Assumption, ...]:
        """The assumptions that are neither settled by AWS's documentation nor named here."""
        return tuple(a for a in ASSUMPTIONS.values() if not a.settled and a.id not in self._named)


DEFAULTS = Assumptions()
