"""What AWS says: whether it answers and knows the key, whose it is, and which devices he has.

Only calls that change nothing are made: GetCallerIdentity, ListMFADevices, and what reads the user's own policies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import Protocol

from iamfa.device.defaults import Defaults
from iamfa.device.inventory import Inventory, inventory
from iamfa.device.journal import Journal
from iamfa.device.kept import KeptFileError
from iamfa.device.kinds import FIDO_ADVICE, Serial, name_of
from iamfa.device.own_user import NotAUserError, OwnUser, user_of
from iamfa.gateway.faults import AwsError, CredentialsError, UnreachableError
from iamfa.gateway.ports import Caller, Credentials, Identity
from iamfa.session.cache import Cache, CacheError, Kept
from iamfa.session.doctor_checkup import Checkup, shown_url, without_passwords
from iamfa.session.doctor_clock import SIGNATURES_REFUSED, clock_checkup, seconds_ahead
from iamfa.session.doctor_policies import policy_checkups
from iamfa.session.doctor_profiles import named, other_partition
from iamfa.session.means import WayOut
from iamfa.session.profiles import ENVIRONMENT
from iamfa.session.wanted import Wanted


class Line(WayOut, Caller, Protocol):
    """Every call with one set of credentials."""


Dial = Callable[[Credentials, str], Line]
"""The calls with these credentials to a service, `sts` or `iam`."""


@dataclass
class Talk:
    """One conversation with AWS, in which one answer decides what is asked next."""

    wanted: Wanted
    dial: Dial
    now: Callable[[], datetime]
    state: Path
    """Where what is remembered lies."""
    cache: Cache | None
    system: str
    """What the system calls itself, as in `/proc/version`."""
    _off: float = field(default=0.0, init=False)

    def checkups(self) -> Iterator[Checkup]:
        """Everything that can be found out."""
        identity, found = self._identity()
        yield from found
        if identity is None:
            return
        try:
            user = user_of(identity)
        except NotAUserError as error:
            yield self._nobodys_key(identity, error)
            return
        yield Checkup("key-owner", "ok", f"it is that of the user {user}", place=user.arn)
        try:
            yield from self._devices_and_policies(user)
        except UnreachableError as error:
            yield self._not_reached("IAM", error)
        except AwsError as error:
            words = f"the user's devices could not be listed: {without_passwords(error.message)}"
            yield Checkup("device-list", "unknown", words, error.hint, user.arn)

    def _identity(self) -> tuple[Identity | None, list[Checkup]]:
        wanted = self.wanted
        sts = self.dial(wanted.keys, "sts")
        asked = self.now()
        identity, error = None, None
        try:
            identity = sts.get_caller_identity()
        except AwsError as raised:
            error = raised
        heard, told = self.now(), sts.answered_at
        at = f"`{shown_url(wanted.endpoint)}`" if wanted.endpoint else f"AWS in `{wanted.region}`"
        if isinstance(error, UnreachableError) or (error is not None and not error.code):
            return None, [self._not_reached(at, error)]
        if told is not None:
            self._off = seconds_ahead(asked, heard, told)
        found = [
            Checkup("aws-reached", "ok", f"{at} answers"),
            clock_checkup(asked, heard, told, self.system),
        ]
        if error is not None:
            return None, [*found, self._refused_key(error)]
        return identity, [*found, Checkup("key", "ok", f"AWS knows the key `{wanted.keys.key_id}`")]

    @staticmethod
    def _not_reached(what: str, error: AwsError) -> Checkup:
        hint = error.hint or "look at the network, the proxies and the endpoint"
        return Checkup("aws-reached", "problem", f"{what} was not reached: {without_passwords(error.words)}", hint)

    def _refused_key(self, error: AwsError) -> Checkup:
        """Why AWS does not take the key, as far as its answer tells the cases apart."""
        wanted = self.wanted
        key, place = f"`{wanted.keys.key_id}`", f"profile `{wanted.source}`"
        other = other_partition(wanted)
        if error.code == "InvalidClientTokenId" and other is not None:
            words = f"AWS does not know the key {key} in `{wanted.region}`, and `{other}` lies in another partition"
            return Checkup("key", "problem", words, f"name a Region of `{other.partition}`: --region REGION", place)
        if error.code == "InvalidClientTokenId":
            words = (
                f"AWS does not know the key {key}: it was deleted or made inactive, or `{wanted.region}` is a Region "
                "of another partition, or one that the account has not enabled"
            )
            hint = f"look at it in the console (Security credentials), and write a new one: {self._write_anew}"
            return Checkup("key", "problem", words, hint, place)
        dated = "Signature expired" in error.words or "Signature not yet current" in error.words
        if error.code in ("SignatureDoesNotMatch", "RequestExpired") and (
            dated or abs(self._off) > SIGNATURES_REFUSED or error.code == "RequestExpired"
        ):
            words = "AWS refuses the signature, as this machine's clock is off"
            return Checkup("key", "problem", words, "set the clock, and look again", place)
        if error.code == "SignatureDoesNotMatch":
            words = f"the signature is not that of {key}: most likely the secret key beside it is another one's"
            return Checkup("key", "problem", words, f"write both anew: {self._write_anew}", place)
        return Checkup("key", "problem", f"AWS refuses the key {key}: {error.message}", error.hint, place)

    @property
    def _write_anew(self) -> str:
        source = self.wanted.source
        return (
            "export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…"
            if source == ENVIRONMENT
            else f"aws configure --profile {quote(source)}"
        )

    def _nobodys_key(self, identity: Identity, error: NotAUserError) -> Checkup:
        if identity.arn.endswith(":root"):
            words = (
                f"`{self.wanted.keys.key_id}` is an access key of the root user of the account {identity.account}: no "
                "policy limits it, and GetSessionToken with it gives the root user's session"
            )
            hint = "delete this key (sign in as root, Security credentials), and take that of an IAM user"
            return Checkup("key-owner", "problem", words, hint, identity.arn)
        return Checkup("key-owner", "problem", error.message, error.hint, identity.arn)

    # Devices ---------------------------------------------------------------------------------------------------------

    def _devices_and_policies(self, user: OwnUser) -> Iterator[Checkup]:
        wanted, kept = self.wanted, self._kept(user)
        with_key = self.dial(wanted.keys, "iam")
        # In a session with MFA more may be read.
        best = with_key if kept is None else self.dial(kept.credentials, "iam")
        try:
            found = self._inventory(best, user)
        except CredentialsError as error:
            if kept is None:
                raise
            words = f"the session that is kept is refused: {error.message}"
            hint = f"iamfa login --renew{self._option}"
            yield Checkup("session", "problem", words, hint, f"profile `{wanted.profile}`")
            kept, best = None, with_key
            found = self._inventory(best, user)
        if not found.is_complete and best is not with_key:
            found = self._inventory(with_key, user)
        yield self._list_checkup(found)
        if found.is_complete:
            yield self._devices_checkup(found)
        if wanted.mfa_serial is not None:
            yield self._profile_device(found, wanted.mfa_serial)
        devices = found.devices if found.is_complete else None
        yield from policy_checkups(best, user, devices, with_mfa=kept is not None)

    def _kept(self, user: OwnUser) -> Kept | None:
        """The user's own session, where one is kept and can be read."""
        if self.cache is not None:
            with suppress(CacheError):
                return self.cache.find(self.wanted.key(user.partition, user.account, user.name, roles=0))
        return None

    def _inventory(self, line: Line, user: OwnUser) -> Inventory:
        """The devices; nothing that is remembered is changed by it."""
        journal = Journal(self.state, endpoint=self.wanted.endpoint)
        try:
            return inventory(line, user, journal=journal, profile_serial=self.wanted.mfa_serial)
        except KeptFileError:
            return inventory(line, user, profile_serial=self.wanted.mfa_serial)

    def _list_checkup(self, found: Inventory) -> Checkup:
        user = found.user
        if found.denied is None:
            number = len(found.devices)
            words = f"AWS lists {number} device{'' if number == 1 else 's'} of {user}"
            return Checkup("device-list", "ok", words, place=user.arn)
        known = self.wanted.mfa_serial is not None and Serial.read(self.wanted.mfa_serial).usable_for_sts
        words = f"AWS does not list the user's devices: {found.denied}"
        if known:
            words += "; `iamfa login` goes by the `mfa_serial` of the profile"
            return Checkup("device-list", "warning", words, found.denied.remedy, user.arn)
        hint = f"{found.denied.remedy}; or write the serial number of a device into the profile as `mfa_serial`"
        return Checkup("device-list", "unknown", words, hint, user.arn)

    def _devices_checkup(self, found: Inventory) -> Checkup:
        user, usable = found.user, found.usable
        if not found.devices:
            words = "the user has no MFA device, so that no session with MFA can be obtained"
            return Checkup("devices", "problem", words, f"iamfa device add NAME{self._option}", user.arn)
        if not usable:
            return Checkup("devices", "problem", "the user has devices, and none gives codes", FIDO_ADVICE, user.arn)
        names = ", ".join(f"`{each.name}`" for each in usable)
        chosen = {self.wanted.mfa_serial, self._remembered(user)}
        if len(usable) > 1 and chosen.isdisjoint(each.serial for each in usable):
            words = f"several devices give codes ({names}), and none is the default: `iamfa login` asks which one"
            return Checkup(
                "devices", "warning", words, f"iamfa device default {quote(usable[0].name)}{self._option}", user.arn
            )
        return Checkup("devices", "ok", f"codes come from {names}")

    @property
    def _option(self) -> str:
        return named(self.wanted.profile)

    def _remembered(self, user: OwnUser) -> str | None:
        try:
            return Defaults(self.state).get(user)
        except KeptFileError:
            return None

    def _profile_device(self, found: Inventory, serial: str) -> Checkup:
        user, read = found.user, Serial.read(serial)
        place = f"profile `{self.wanted.profile}`"
        hint = "`iamfa login` takes another device and offers to change the profiles that name this one"
        if read.account is not None and (read.partition, read.account) != (user.partition, user.account):
            words = f"`{serial}` is a device of the account {read.account}, and the key is that of {user}"
            return Checkup("profile-device", "problem", words, hint, place)
        if not found.is_complete:
            words = f"whether `{name_of(serial)}` is the user's cannot be seen, as AWS does not list his devices"
            return Checkup("profile-device", "unknown", words, None, place)
        if serial not in {each.serial for each in found.devices}:
            words = f"the profile names `{serial}`, which is no device of the user, or not any more"
            return Checkup("profile-device", "warning", words, hint, place)
        return Checkup(
            "profile-device", "ok", f"the profile names `{name_of(serial)}`, which is the user's", place=place
        )
