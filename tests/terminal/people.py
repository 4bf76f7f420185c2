"""People of a sandbox as they sit at a terminal: a key, devices that show codes, a home with the files of the SDKs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.clients.setting import bare_environment

import iamfa
from iamfa.account.entities import AccessKey, Device, Role, User
from iamfa.arn import mfa_arn
from iamfa.otp import code_of, step_of
from iamfa.sandbox.live import State
from iamfa.sandbox.seeding import add_fido_device
from iamfa.secret import Secret

EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@dataclass(frozen=True)
class Person:
    """A user of the sandbox, and his home."""

    box: iamfa.Sandbox
    home: Path
    name: str
    path: str
    """Of his devices, so that everybody may have a `phone`."""

    @property
    def account(self) -> str:
        return self.box.call(lambda state: state.account.number)

    @property
    def keys(self) -> dict[str, str]:
        found = self.box.environment_of(self.name)
        return {
            "aws_access_key_id": found["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": found["AWS_SECRET_ACCESS_KEY"],
        }

    @property
    def environment(self) -> dict[str, str]:
        """Nobody's settings but those of the files in his home."""
        return bare_environment(self.home)

    @property
    def cache(self) -> Path:
        """Where his sessions are kept."""
        return self.home / ".cache" / "iamfa"

    def serial(self, device: str) -> str:
        return str(mfa_arn(device, self.account, path=self.path))

    def device(self, name: str = "phone", *, serial: str | None = None) -> str:
        """A device that shows codes; with *serial* a hardware token."""
        kind = "virtual" if serial is None else "hardware"
        place = serial or self.serial(name)

        def add(state: State) -> None:
            now = state.clock.now()
            state.account.devices[place] = Device(
                place,
                "virtual" if kind == "virtual" else "hardware",
                self.name,
                now,
                now,
                seed=Secret(state.ids.seed()),
            )

        self.box.call(add)
        return place

    def key_of_fido(self, name: str = "key") -> str:
        """A FIDO key."""
        return self.box.call(
            lambda state: (
                add_fido_device(state.account, state.ids, self.name, name, {"FIDO": "L1"}, state.clock.now()).serial
            )
        )

    def lose(self, device: str) -> None:
        """The device is taken away from him."""
        self.box.call(lambda state: state.account.devices.pop(self.serial(device)))

    def rename(self, device: str, new: str) -> None:
        """The same seed under another serial."""

        def change(state: State) -> None:
            found = state.account.devices.pop(self.serial(device))
            state.account.devices[self.serial(new)] = replace(found, serial=self.serial(new))

        self.box.call(change)

    def code(self, device: str = "phone", *, steps: int = 0) -> str:
        """What the device shows; *steps* later."""
        serial = device if not device.isalpha() else self.serial(device)

        def shown(state: State) -> str:
            seed = state.account.devices[serial].seed
            assert seed is not None
            return code_of(seed, step_of(state.clock.now()) + steps)

        return self.box.call(shown)

    def wrong(self, number: int = 0, device: str = "phone") -> str:
        """Codes that the device does not show for some minutes."""
        right = {self.code(device, steps=step) for step in range(-3, 6)}
        return [f"{guess:06}" for guess in range(100_000, 100_020) if f"{guess:06}" not in right][number]

    def profile(self, name: str = "default", *, keys: bool = False, **settings: object) -> None:
        """Write a profile into the files."""
        folder = self.home / ".aws"
        folder.mkdir(parents=True, exist_ok=True)
        header = "default" if name == "default" else f"profile {name}"
        told = {"region": self.box.region, "endpoint_url": self.box.endpoint_url, **settings}
        lines = [f"[{header}]", *(f"{key} = {value}" for key, value in told.items() if value is not None)]
        with open(folder / "config", "a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n\n")
        if keys:
            lines = [f"[{name}]", *(f"{key} = {value}" for key, value in self.keys.items())]
            with open(folder / "credentials", "a", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n\n")

    def role(
        self, name: str, *, trust: Mapping[str, Any] | None = None, longest: int = 3600, by: str | None = None
    ) -> str:
        """A role that he may assume with MFA; *by* is who may instead, an ARN."""
        arn = f"arn:aws:iam::{self.account}:role/{name}"
        principal = by or f"arn:aws:iam::{self.account}:root"
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": principal},
            "Action": "sts:AssumeRole",
            "Condition": MFA if trust is None else trust,
        }

        def add(state: State) -> None:
            state.account.roles[name] = Role(
                name,
                "/",
                state.ids.unique("AROA"),
                arn,
                state.clock.now(),
                policy(
                    statement if statement["Condition"] else {k: v for k, v in statement.items() if k != "Condition"}
                ),
                inline={"all": policy(EVERYTHING)},
                max_session=longest,
            )

        self.box.call(add)
        return arn

    def calls(self, *names: str) -> list[dict[str, Any]]:
        """What he asked of the sandbox with his key, or by these names."""
        key = self.keys["aws_access_key_id"]
        return [
            event
            for event in self.box.events
            if event.get("userIdentity", {}).get("accessKeyId") == key and (not names or event["eventName"] in names)
        ]

    def codes_tried(self) -> int:
        """How often AWS was asked with a code."""
        return sum(
            "TokenCode" in (event["requestParameters"] or {}) or "tokenCode" in (event["requestParameters"] or {})
            for event in self.calls("GetSessionToken", "AssumeRole")
        )

    def sessions(self) -> dict[str, Any]:
        """What is kept."""
        path = self.cache / "sessions.json"
        found: dict[str, Any] = json.loads(path.read_text())["sessions"] if path.exists() else {}
        return found


def person(
    box: iamfa.Sandbox,
    home: Path,
    *,
    devices: Sequence[str] = ("phone",),
    statements: Sequence[Mapping[str, Any]] = (EVERYTHING,),
    profile: bool = True,
    path: str | None = None,
) -> Person:
    """A new user with a key and devices; his own name, so that many of them share a sandbox."""

    def add(state: State) -> str:
        account, now = state.account, state.clock.now()
        name = f"user{len(account.users)}"
        arn = f"arn:aws:iam::{account.number}:user/{name}"
        account.users[name] = User(name, "/", state.ids.unique("AIDA"), arn, now, inline={"own": policy(*statements)})
        key = AccessKey(state.ids.access_key(), name, "Active", now, Secret(state.ids.secret_key()))
        account.access_keys[key.id] = key
        return name

    home.mkdir(parents=True, exist_ok=True)
    name = box.call(add)
    found = Person(box, home, name, path or f"/{name}/")
    for device in devices:
        found.device(device)
    if profile:
        found.profile(keys=True)
    return found
