"""Which session is asked for: profile, environment and options brought together, before anything is asked of AWS."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from iamfa.arn import Arn, ArnError
from iamfa.errors import InputError
from iamfa.gateway.ports import Credentials
from iamfa.session.cached import session_key
from iamfa.session.profiles import AwsFiles, Profile, ProfileError, endpoint_for

SHORTEST: Final = 900
LONGEST: Final = 129_600
"""Of GetSessionToken, in seconds (API_GetSessionToken): 15 minutes to 36 hours."""
LONGEST_ROLE: Final = 43_200
"""Of AssumeRole, where the role allows it (API_AssumeRole); 3600 is what a role allows unless it is told otherwise."""
LONGEST_FROM_SESSION: Final = 3_600
"""Of a role that is assumed with temporary credentials: those of another role (id_roles, terms and concepts: role
chaining), and by public reports those of GetSessionToken as well."""

_FIRST_REGION: Final = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-eusc": "eusc-de-east-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1",
}
"""Where STS is asked when nobody names a Region, by partition."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role to assume on the way."""

    arn: str
    profile: str
    session_name: str | None = None
    external_id: str | None = None
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A session that is asked for."""

    profile: str
    """The profile that was named."""
    source: str
    """The profile that holds the long-term key."""
    keys: Credentials
    region: str
    """Where STS is asked."""
    endpoints: Mapping[str, str | None]
    """Of `sts`, `iam` and `signin`; None is AWS itself."""
    roles: tuple[Role, ...] = ()
    """In the order in which they are assumed."""
    mfa_serial: str | None = None
    mfa_process: str | None = None
    device: str | None = None
    """Name or serial of the device that shall be used."""
    seconds: int | None = None
    """How long, where it was said."""
    max_age: int | None = None
    """How long ago the code may have been given, in seconds."""
    renew: bool = False
    """Whether a session that is kept does not do."""
    ca_bundle: str | None = None
    region_told: str | None = None
    """The Region that an option, the environment or the profile names; None where none does."""
    named_endpoints: Mapping[str, str] = field(default_factory=dict)
    """Variables that lead a program to the endpoints which an option or the profile named."""

    @property
    def endpoint(self) -> str:
        """Of STS, as sessions are kept by it: empty for AWS itself."""
        return self.endpoints["sts"] or ""

    @property
    def direct(self) -> bool:
        """Whether the role is assumed with key and code at once, since it shall last longer than a session can give."""
        return len(self.roles) == 1 and (self.roles[0].seconds or 0) > LONGEST_FROM_SESSION

    def key(self, partition: str, account: str, user: str, *, roles: int | None = None) -> str:
        """The name under which the session is kept that has gone through so many of the roles; all unless told."""
        through = self.roles if roles is None else self.roles[:roles]
        carries: list[str] = []
        for role in through:
            carries += ["role", role.arn, role.session_name or "", role.external_id or ""]
        return session_key(self.endpoint, partition, account, user, *(carries or ["mfa"]))


def wanted(
    files: AwsFiles,
    environ: Mapping[str, str],
    name: str | None,
    *,
    region: str | None = None,
    endpoint_url: str | None = None,
    device: str | None = None,
    seconds: int | None = None,
    max_age: int | None = None,
    renew: bool = False,
) -> Wanted:
    """What is asked for with a profile's name (None: as the SDKs choose it) and the options.

    A profile that itself gets its credentials from `iamfa credential-process` stands for the one that it names.
    Raises `ProfileError` where the profile does not lead to a long-term key, `InputError` for a duration that AWS does
    not take.
    """
    asked = files.profile(name)
    profile = through(files, asked)
    chain = files.chain(profile)
    last = chain[-1]
    keys = _long_term(last)
    roles = tuple(
        Role(each.role_arn, each.name, each.role_session_name, each.external_id, each.duration_seconds)
        for each in reversed(chain)
        if each.role_arn is not None
    )
    serial = next((each.mfa_serial for each in chain if each.mfa_serial is not None), None)
    if seconds is not None:
        longest, of = (LONGEST_ROLE, "a role's session") if roles else (LONGEST, "a session")
        if not SHORTEST <= seconds <= longest:
            raise InputError(
                f"{of} cannot last {seconds} seconds", hint=f"AWS takes {SHORTEST} to {longest} seconds here"
            )
        if roles:
            final = roles[-1]
            roles = (*roles[:-1], Role(final.arn, final.profile, final.session_name, final.external_id, seconds))
    for role in roles:
        if role.seconds is not None and not SHORTEST <= role.seconds <= LONGEST_ROLE:
            # Before a code is used up for what AWS refuses.
            raise ProfileError(
                f"{files.where(role.profile, 'duration_seconds')}: a session of a role cannot last {role.seconds} "
                f"seconds (`duration_seconds` of profile `{role.profile}`)",
                hint=f"AWS takes {SHORTEST} to {LONGEST_ROLE} seconds here",
            )
    told = region or next((each.region for each in chain if each.region is not None), None)
    return Wanted(
        profile=asked.name,
        source=last.name,
        keys=keys,
        region=told or _region_of([serial or "", *(role.arn for role in roles)]),
        endpoints={
            service: endpoint_for(service, last if service != "sts" else profile, environ, endpoint_url)
            for service in ("sts", "iam", "signin")
        },
        roles=roles,
        mfa_serial=serial,
        mfa_process=next((each.mfa_process for each in chain if each.mfa_process is not None), None),
        device=device,
        seconds=None if roles else seconds,
        max_age=max_age,
        renew=renew,
        ca_bundle=next((each.ca_bundle for each in chain if each.ca_bundle is not None), None),
        region_told=told,
        named_endpoints=_named_endpoints(profile, endpoint_url),
    )


def _named_endpoints(profile: Profile, given: str | None) -> dict[str, str]:
    """As variables of the environment (page Service-specific endpoints of the AWS SDKs and Tools Reference Guide)."""
    if given is not None:
        return {"AWS_ENDPOINT_URL": given}
    return {
        "AWS_ENDPOINT_URL" + (f"_{service.upper().replace(' ', '_')}" if service else ""): url
        for service, url in profile.endpoints.items()
    }


def through(files: AwsFiles, profile: Profile) -> Profile:
    """The profile that a `credential_process` of this program names, the profile itself where there is none.

    Raises `ProfileError` for a process of another program: what it gives is not ours to know.
    """
    seen = {profile.name}
    while profile.keys is None and profile.role_arn is None and profile.credential_process is not None:
        named = profile_in(profile.credential_process)
        if named is None:
            raise ProfileError(
                f"profile `{profile.name}` gets its credentials from another program (`credential_process`)",
                hint="name the profile that holds the access key: --profile NAME",
            )
        if named in seen:
            raise ProfileError(f"profile `{named}` leads back to itself by `credential_process`")
        seen.add(named)
        profile = files.profile(named)
    return profile


def profile_in(command: str) -> str | None:
    """The profile in `… credential-process … --profile NAME`; None where it is not this program's."""
    try:
        words: Sequence[str] = shlex.split(command)
    except ValueError:
        return None
    if "credential-process" not in words or not any("iamfa" in word for word in words[:4]):
        return None
    behind = words[words.index("credential-process") + 1 :]
    for i, word in enumerate(behind):
        if word == "--profile" and i + 1 < len(behind):
            return behind[i + 1]
        if word.startswith("--profile="):
            return word.partition("=")[2]
    return "default"


def _long_term(profile: Profile) -> Credentials:
    if profile.other is not None:
        raise ProfileError(
            f"profile `{profile.name}` signs in by {profile.other}, not with an IAM user's access key",
            hint="MFA sessions are for access keys of IAM users; such a profile needs none of them",
        )
    if profile.keys is None:
        raise ProfileError(
            f"profile `{profile.name}` has no access key",
            hint=f"write one with `aws configure --profile {profile.name}`, or name another profile: --profile NAME",
        )
    if profile.keys.token is not None:
        raise ProfileError(
            f"the credentials of {profile.name} are temporary ones, and AWS gives no session for a session",
            hint="name the profile that holds the long-term access key: --profile NAME; "
            "inside `iamfa exec` you have a session already",
        )
    return profile.keys


def _region_of(arns: Sequence[str]) -> str:
    """A Region of the partition that the ARNs lie in."""
    for text in arns:
        try:
            return _FIRST_REGION.get(Arn.parse(text).partition, _FIRST_REGION["aws"])
        except ArnError:
            continue
    return _FIRST_REGION["aws"]
