"""Which device a code is to be of: the one that was named, the profile's, the remembered one, the only one, or chosen.

A serial that stands in a profile may be stale: until 2022 virtual devices were named as their users, and a device that
is replaced has another name. So where AWS does not know it, the devices are listed and it is healed.
"""

from __future__ import annotations

from iamfa.arn import mfa_arn
from iamfa.device.inventory import Inventory, OwnDevice, inventory
from iamfa.device.kept import KeptFileError, NotKeptError
from iamfa.device.kinds import Serial, advice_on
from iamfa.device.own_user import OwnUser
from iamfa.errors import IamfaError
from iamfa.session.codes import Question
from iamfa.session.means import Means, WayOut
from iamfa.session.profiles import profile_option
from iamfa.session.wanted import Wanted
from iamfa.session.watched import Notice


class DeviceChoiceError(IamfaError):
    """No device can be taken: the user has none, none that gives codes, or several of which nobody chose one."""


class Chosen:
    """The device of one session's making, and how it was found; it can be healed once."""

    def __init__(self, wanted: Wanted, user: OwnUser, iam: WayOut, means: Means) -> None:
        self._wanted = wanted
        self._user = user
        self._iam = iam
        self._means = means
        self._inventory: Inventory | None = None
        self._forgetful = False
        self.healed_from: str | None = None
        """The stale serial of the profile, once another one is taken instead."""
        self.serial = self._first()
        """The serial that codes go with."""

    @property
    def name(self) -> str:
        """The device's name, for people."""
        return Serial.read(self.serial).name

    @property
    def others(self) -> tuple[str, ...]:
        """The names of the user's other devices that give codes, as far as they were listed."""
        found = self._inventory.usable if self._inventory is not None else ()
        return tuple(each.name for each in found if each.serial != self.serial)

    def heal(self) -> bool:
        """Take the device that the user has today, where AWS does not know the serial; False where nothing is better.

        The code that was refused with the wrong serial has not been used up, so it is tried with the right one.
        """
        if self.healed_from is not None or self._wanted.device is not None:
            return False
        known = self._listed()
        if not known.is_complete or any(each.serial == self.serial for each in known.devices):
            return False
        if not known.usable:
            raise self._none(known)
        stale, self.healed_from = self.serial, self.serial
        self.serial = (known.meant or self._ask(known)).serial
        self._means.watcher.tell(
            Notice(
                "the device `{stale}` is not yours any more; `{serial}` is taken instead",
                {"stale": stale, "serial": self.serial},
            )
        )
        return True

    def question(self, complaint: Notice | None = None) -> Question:
        """What is asked for."""
        user = self._user
        return Question(user.account, user.name, self.serial, self.name, self._wanted.profile, complaint)

    def _first(self) -> str:
        if self._wanted.device is not None:
            return self._named(self._wanted.device)
        serial = self._wanted.mfa_serial
        if serial is not None:
            advice = advice_on(serial)
            if advice is None:
                return serial
            self._means.watcher.tell(
                Notice("the `mfa_serial` of the profile is not taken: {advice}", {"advice": advice})
            )
        known = self._listed()
        if known.meant is not None:
            return known.meant.serial
        if not known.usable:
            raise self._none(known)
        return self._ask(known).serial

    def _named(self, text: str) -> str:
        """The serial of the device that was named by name or serial."""
        read = Serial.read(text)
        if text.startswith("arn:") or (read.kind == "unknown" and ":" in text):
            if not read.usable_for_sts:
                raise DeviceChoiceError(f"the device `{text}` cannot be taken", hint=advice_on(text))
            return text
        known = self._listed()
        found = known.named(text)
        if not found and not known.is_complete:
            # AWS lists nothing, so it is taken at the user's word: a virtual device of this name.
            return str(mfa_arn(text, self._user.account, partition=self._user.partition))
        if not found:
            listed = ", ".join(f"`{each.name}`" for each in known.devices)
            raise DeviceChoiceError(
                f"the user {self._user} has no device `{text}`",
                hint=f"there are: {listed}" if listed else "enrol one: `iamfa device add NAME`",
            )
        usable = [each for each in found if each.usable_for_sts]
        if not usable:
            raise DeviceChoiceError(f"the device `{text}` cannot be taken", hint=advice_on(found[0].serial))
        if len(usable) > 1:
            raise DeviceChoiceError(
                f"{len(usable)} devices are called `{text}`",
                hint="name one by its serial: " + ", ".join(f"`{each.serial}`" for each in usable),
            )
        return usable[0].serial

    def _listed(self) -> Inventory:
        if self._inventory is None:
            user, means = self._user, self._means
            means.watcher.explain(
                f"aws iam list-mfa-devices --user-name {user.name}{profile_option(self._wanted.source)}"
            )
            serial = self._wanted.mfa_serial
            try:
                self._inventory = inventory(self._iam, user, defaults=means.defaults, profile_serial=serial)
            except (KeptFileError, NotKeptError) as error:
                self._say_not_remembered(error)
                self._inventory = inventory(self._iam, user, profile_serial=serial)
            if self._inventory.dropped_default is not None:
                self._means.watcher.tell(
                    Notice(
                        "the default device `{serial}` is gone; it is forgotten",
                        {"serial": self._inventory.dropped_default},
                    )
                )
        return self._inventory

    def _ask(self, known: Inventory) -> OwnDevice:
        if self._means.choose is None:
            names = ", ".join(f"`{each.name}`" for each in known.usable)
            raise DeviceChoiceError(
                f"the user {self._user} has {len(known.usable)} devices: {names}",
                hint=f"name one with --device, or choose one for good: `iamfa device default {known.usable[0].name}"
                f"{profile_option(self._wanted.source)}`",
            )
        question = Question(self._user.account, self._user.name, "", "", self._wanted.profile)
        found = self._means.choose(known.usable, question)
        try:
            self._means.defaults.set(self._user, found.serial)
        except (KeptFileError, NotKeptError) as error:
            self._say_not_remembered(error)
        return found

    def _say_not_remembered(self, error: IamfaError) -> None:
        if self._forgetful:
            return
        self._forgetful = True
        words = {"reason": error.message, "hint": f"; {error.hint}" if error.hint else ""}
        self._means.watcher.tell(Notice("no default device is remembered: {reason}{hint}", words))

    def _none(self, known: Inventory) -> DeviceChoiceError:
        """Why there is no device to take, and what to do."""
        if known.denied is not None:
            return DeviceChoiceError(
                f"the devices of the user {self._user} cannot be listed: {known.denied}",
                hint="name yours with its serial, e.g. --device "
                f"{mfa_arn('NAME', self._user.account, partition=self._user.partition)}; it stands in the console "
                f"under Security credentials. {known.denied.remedy}",
            )
        if known.devices:
            return DeviceChoiceError(
                f"the user {self._user} has only devices that give no codes",
                hint=advice_on(known.devices[0].serial),
            )
        return DeviceChoiceError(
            f"the user {self._user} has no MFA device",
            hint=f"enrol one: `iamfa device add NAME{profile_option(self._wanted.source)}`",
        )
