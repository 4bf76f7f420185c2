"""What somebody wants of a policy that forces MFA, as values; and which of these wishes contradict each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Any, Literal

from iamfa.errors import IamfaError
from iamfa.policy.document import Kind

Enrolment = Literal["own", "administrator"]
DeviceWish = Literal["virtual", "hardware", "fido"]
Partition = Literal["aws", "aws-cn", "aws-us-gov", "any"]
Listing = Literal["own", "virtual", "no"]
Password = Literal["with-mfa", "without-mfa", "no"]
Deletion = Literal["no", "with-mfa", "without-mfa"]
FirstEnrolment = Literal["none", "tag", "network"]
CommandLine = Literal["codes", "login", "both", "none"]
Attach = Literal["managed", "group", "user", "scp"]

CHOICES: Mapping[str, tuple[str, ...]] = {
    "enrolment": ("own", "administrator"),
    "devices": ("virtual", "hardware", "fido"),
    "partition": ("aws", "aws-cn", "aws-us-gov", "any"),
    "command_line": ("codes", "login", "both", "none"),
    "listing": ("own", "virtual", "no"),
    "password": ("with-mfa", "without-mfa", "no"),
    "deletion": ("no", "with-mfa", "without-mfa"),
    "first_enrolment": ("none", "tag", "network"),
    "attach": ("managed", "group", "user", "scp"),
}
"""What may be wished for, where a wish is one or several of a list."""

KINDS: Mapping[str, Kind] = {"managed": Kind.IDENTITY, "group": Kind.GROUP, "user": Kind.USER, "scp": Kind.SCP}
"""What the document is judged and measured as, by what it is attached as."""

ENROLMENT_TAG = "mfa-enrolment"
OPEN = "open"
"""The value of the tag that opens a first enrolment where no last days are named."""

SHORTEST_SESSION = 900
"""Seconds; the least that GetSessionToken gives (STS API Reference, API_GetSessionToken)."""
LONGEST_SESSION = 129_600

_EVERY_IPV4, _EVERY_IPV6 = IPv4Network("0.0.0.0/0"), IPv6Network("::/0")
_TAG_TEXT = re.compile(r"(?!aws:)[A-Za-z0-9_ .:/=+@-]{1,128}", re.IGNORECASE)
"""AWS's page id_tags; only what every policy can spell."""
_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,128}")
_PATH = re.compile(r"/(?:[A-Za-z0-9_+=,.@-]+/)+")


class ContradictionError(IamfaError):
    """Wishes that cannot be had together; `contradictions` holds a sentence for each pair."""

    def __init__(self, contradictions: tuple[str, ...], *, hint: str | None = None) -> None:
        super().__init__("these wishes contradict each other: " + "; ".join(contradictions), hint=hint)
        self.contradictions = contradictions


@dataclass(frozen=True, slots=True)
class Wishes:
    """Everything that `compose` is told; `wishes_from` fills in what nobody told."""

    enrolment: Enrolment = "own"
    """Whether users enrol their first device themselves."""
    devices: frozenset[DeviceWish] = frozenset({"virtual", "hardware", "fido"})
    """The kinds that may be enrolled. A hardware token cannot be told from a virtual device when it is enabled."""
    partition: Partition = "aws"
    paths: bool = True
    """Whether users with a path are meant, too."""
    command_line: CommandLine = "codes"
    """How sessions with MFA are had on the command line: by codes (sts:GetSessionToken), by `aws login`, or not."""
    listing: Listing = "own"
    """Own devices; with `virtual` the account's list of virtual devices as well, which names their users."""
    password: Password = "with-mfa"
    """Whether users change their own password."""
    deletion: Deletion = "with-mfa"
    """Whether users delete unassigned virtual devices, such as an interrupted enrolment leaves."""
    removal: bool = True
    """Whether users deactivate own devices, with MFA."""
    keys: bool = False
    """Whether users manage their own access keys, with MFA."""
    login_profile: bool = False
    """Whether users set and delete their own console password without the old one, with MFA."""
    first_enrolment: FirstEnrolment = "none"
    """What narrows the first enrolment, for which no MFA can be asked."""
    enrolment_tag: str = ENROLMENT_TAG
    enrolment_days: tuple[date, ...] = ()
    """The last days (UTC) that the tag may name; without any the tag opens until it is taken away."""
    networks: tuple[str, ...] = ()
    """Address ranges from which a first device may be enrolled."""
    fresh_for: int | None = 3600
    """Seconds after which a session changes no devices and makes no keys any more; None: no limit."""
    session_age: int | None = None
    """Seconds after which a session with MFA does nothing at all any more; None: no limit."""
    confined: bool = True
    """Whether what needs no MFA is confined to the own user, whatever else is granted."""
    exempt_tag: tuple[str, str] | None = None
    """Key and value of the tag of those of whom no MFA is asked."""
    exempt_path: str | None = None
    """The path, such as `/service/`, of those of whom no MFA is asked."""
    attach: Attach = "managed"
    name: str = "ForceMFA"
    """The policy's name."""
    group: str | None = None
    """The group that it is attached to."""
    guard: bool = False
    """Whether a service control policy keeps IAM users from lifting the enforcement."""

    @property
    def own(self) -> bool:
        """Whether users enrol themselves."""
        return self.enrolment == "own"

    @property
    def gives_codes(self) -> bool:
        """Whether some wanted kind of device gives codes."""
        return bool(self.devices & {"virtual", "hardware"})

    @property
    def creates(self) -> bool:
        """Whether users create virtual devices; a service control policy keeps nobody from it who may enable them."""
        return self.own and ("virtual" in self.devices or (self.attach == "scp" and self.gives_codes))

    @property
    def codes(self) -> bool:
        """Whether sessions by codes are wanted."""
        return self.command_line in ("codes", "both")

    @property
    def login(self) -> bool:
        """Whether sessions by `aws login` are wanted."""
        return self.command_line in ("login", "both")

    @property
    def kind(self) -> Kind:
        """What the document is judged as."""
        return KINDS[self.attach]

    @property
    def exempts(self) -> bool:
        """Whether some identities are exempted."""
        return self.exempt_tag is not None or self.exempt_path is not None

    @property
    def arn_partition(self) -> str:
        """The partition as it stands in ARNs."""
        return "*" if self.partition == "any" else self.partition


def wishes_from(told: Mapping[str, Any]) -> Wishes:
    """The wishes that were told, and for the others what goes best with them; None counts as not told.

    Forms are those of `Wishes`; a limit, exemption or group of `no` is none. Raises IamfaError for a wish or value that
    does not exist, ContradictionError for wishes that exclude each other.
    """
    wishes = resolved(told)
    well_formed(wishes)
    found = tuple(contradictions(wishes))
    if found:
        raise ContradictionError(found, hint="leave one of each pair out, and its default goes with the rest")
    return wishes


_MAY_BE_NONE = ("fresh_for", "session_age", "exempt_tag", "exempt_path", "group")


def resolved(told: Mapping[str, Any]) -> Wishes:
    """The wishes that were told with the defaults that go with them, contradictions and all.

    A limit, exemption or group of `no` is none. Raises IamfaError for a wish or value that does not exist.
    """
    known = {field.name for field in fields(Wishes)}
    given = {name: value for name, value in told.items() if value is not None}
    for name, value in given.items():
        if name not in known:
            raise IamfaError(f"`{name}` is no wish", hint="one of " + ", ".join(sorted(known)))
        for each in value if name == "devices" else (value,):
            if name in CHOICES and each not in CHOICES[name]:
                raise IamfaError(f"`{each}` is no value of {_words(name)}", hint="one of " + ", ".join(CHOICES[name]))
    if "devices" in given:
        given["devices"] = frozenset(given["devices"])
    given |= {name: None for name in _MAY_BE_NONE if given.get(name) == "no"}
    return Wishes(**(_defaults(given) | given))


def _defaults(given: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults that hang on other wishes."""
    found: dict[str, Any] = {}
    if given.get("partition") == "aws-cn":
        found["devices"] = frozenset({"virtual"})
    devices = given.get("devices", found.get("devices", Wishes().devices))
    own = given.get("enrolment", "own") == "own"
    if not devices & {"virtual", "hardware"}:
        found["command_line"] = "none" if given.get("attach") == "scp" else "login"
    if "virtual" not in devices or not own:
        found["deletion"] = "no"
    found["removal"] = own
    if given.get("attach") == "scp":
        found["password"] = "no"
        found["listing"] = "own"
        found["deletion"] = "no"
    if given.get("attach") == "group":
        found["group"] = "users-with-mfa"
    if given.get("networks"):
        found["first_enrolment"] = "network"
    elif given.get("enrolment_days") or given.get("enrolment_tag"):
        found["first_enrolment"] = "tag"
    age = given.get("session_age")
    if age is not None and age <= (Wishes().fresh_for or 0):
        found["fresh_for"] = None
    return found


def contradictions(wishes: Wishes) -> Iterator[str]:
    """A sentence for each pair of wishes that cannot be had together."""
    if not wishes.devices:
        yield "no kind of device, and a policy that asks for one"
    if wishes.codes and not wishes.gives_codes:
        yield "FIDO devices only, and sessions on the command line by codes: a FIDO device gives no code to STS"
    if wishes.partition == "aws-cn" and "hardware" in wishes.devices:
        yield "hardware tokens, and the partition aws-cn, where AWS has none"
    if wishes.deletion == "without-mfa" and "virtual" not in wishes.devices:
        yield "no virtual devices, and deleting abandoned ones without MFA: there are none to delete"
    if not wishes.own:
        yield from _against_an_administrator(wishes)
    yield from _of_the_first_enrolment(wishes)
    if wishes.session_age is not None and wishes.fresh_for is not None and wishes.fresh_for >= wishes.session_age:
        yield (
            f"sessions that end after {wishes.session_age} seconds, and a limit of {wishes.fresh_for} seconds for "
            "devices and keys: the second never bears"
        )
    if wishes.attach == "scp":
        yield from _against_an_scp(wishes)
    if wishes.group is None and wishes.attach == "group":
        yield "no group, and an inline policy of one"
    if wishes.group is not None and wishes.attach in ("user", "scp"):
        yield f"a group, and a policy that is attached as {wishes.attach}"


def _against_an_administrator(wishes: Wishes) -> Iterator[str]:
    if wishes.first_enrolment != "none":
        yield "enrolment by an administrator, and a protection of the first enrolment: users have none of their own"
    if wishes.deletion == "without-mfa":
        yield "enrolment by an administrator, and deleting abandoned devices without MFA: users leave none"
    if wishes.attach == "scp":
        yield (
            "enrolment by an administrator, and a service control policy: it would keep the users of every account "
            "from their first device, whatever their own administrators decide"
        )


def _of_the_first_enrolment(wishes: Wishes) -> Iterator[str]:
    if wishes.enrolment_days and wishes.first_enrolment != "tag":
        yield f"last days for a tag, and the first enrolment protected by {wishes.first_enrolment}"
    if wishes.enrolment_tag != ENROLMENT_TAG and wishes.first_enrolment != "tag":
        yield f"a tag for the first enrolment, and the first enrolment protected by {wishes.first_enrolment}"
    if wishes.networks and wishes.first_enrolment != "network":
        yield f"networks for the first enrolment, and the first enrolment protected by {wishes.first_enrolment}"
    if wishes.first_enrolment == "network" and not wishes.networks:
        yield "a first enrolment from given networks only, and no network given"
    # Tags of IAM are told apart without regard to case.
    tag = wishes.enrolment_tag.lower()
    if wishes.first_enrolment == "tag" and wishes.exempt_tag is not None and wishes.exempt_tag[0].lower() == tag:
        yield f"the tag `{wishes.enrolment_tag}` for the first enrolment, and the same tag for the exemption"


def _against_an_scp(wishes: Wishes) -> Iterator[str]:
    what = "a service control policy, which grants nothing"
    if wishes.keys:
        yield f"the management of own access keys, and {what}"
    if wishes.login_profile:
        yield f"the management of the own console password, and {what}"
    if wishes.password == "with-mfa":
        yield f"changing the own password with MFA, and {what}"
    if wishes.deletion == "with-mfa":
        yield f"deleting abandoned devices with MFA, and {what}"
    if wishes.login:
        yield f"sessions by `aws login`, and {what}"
    if wishes.guard:
        yield "a guard against lifting the enforcement, and a service control policy, which no account can lift"


def well_formed(wishes: Wishes) -> None:
    """Raise IamfaError for texts that no policy can hold; wildcards and variables would mean more than they say."""
    for text in (wishes.enrolment_tag, *(wishes.exempt_tag or ())):
        if not _TAG_TEXT.fullmatch(text):
            raise IamfaError(
                f"`{text}` is no key or value of a tag", hint="letters, digits, spaces and . : / = + @ - _"
            )
    for text in (wishes.name, *((wishes.group,) if wishes.group is not None else ())):
        if not _NAME.fullmatch(text):
            raise IamfaError(f"`{text}` is no name of a policy or group", hint="letters, digits and + = , . @ - _")
    if wishes.exempt_path is not None and not _PATH.fullmatch(wishes.exempt_path):
        raise IamfaError(f"`{wishes.exempt_path}` is no path below the root", hint="write it like `/service/`")
    networks = []
    for text in wishes.networks:
        try:
            networks.append(ip_network(text))
        except ValueError as error:
            raise IamfaError(f"`{text}` is no range of addresses: {error}", hint="e.g. 192.0.2.0/24") from error
    fours = [*collapse_addresses(each for each in networks if isinstance(each, IPv4Network))]
    sixes = [*collapse_addresses(each for each in networks if isinstance(each, IPv6Network))]
    if fours == [_EVERY_IPV4] or sixes == [_EVERY_IPV6]:
        raise IamfaError("the networks are all addresses, so they protect nothing", hint="name fewer")
    for seconds in (wishes.fresh_for, wishes.session_age):
        if seconds is not None and not (300 <= seconds <= LONGEST_SESSION):
            raise IamfaError(f"`{seconds}` seconds is no age of a session", hint=f"between 300 and {LONGEST_SESSION}")
    if wishes.session_age is not None and wishes.session_age < SHORTEST_SESSION:
        raise IamfaError(f"no session is shorter than {SHORTEST_SESSION} seconds", hint="name a longer age")


def _words(name: str) -> str:
    return name.replace("_", " ")
