"""The profiles: whether they lead to a key, and whether anything goes before what they are written for."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from shlex import quote
from typing import Final

from iamfa.arn import Arn, ArnError, partition_of_region
from iamfa.device.kinds import Serial, advice_on
from iamfa.errors import InputError
from iamfa.session.doctor_checkup import Checkup, State
from iamfa.session.doctor_environment import moment_in
from iamfa.session.profiles import ENVIRONMENT, KEY_ID, SECRET_KEY, TOKENS, AwsFiles, ProfileError
from iamfa.session.setup import BEFORE_KEYS, PROCESS
from iamfa.session.wanted import Wanted, profile_in, through

_EXPIRATIONS: Final = ("expiration", "aws_expiration", "x_security_token_expires")
_WINDOWS: Final = os.name == "nt"
_ONE_FOR_ALL_SHELLS: Final = re.compile(r"[\w./\\:+-]+")
"""A word that no shell changes; `mfa_process` is run by one."""
_FARTHEST_ZONE: Final = timedelta(hours=12)
"""A moment without a zone may be anybody's: it has passed everywhere only so much later."""


def key_checkup(files: AwsFiles, wanted: Wanted | InputError, asked: str) -> Checkup:
    """Whether the profile that is asked for leads to a long-term key."""
    if isinstance(wanted, InputError):
        return Checkup("profile", "problem", wanted.message, wanted.hint, f"profile `{asked}`")
    where = "the environment" if wanted.source == ENVIRONMENT else files.where(wanted.source, KEY_ID)
    way = f"profile `{wanted.profile}`" if wanted.source != ENVIRONMENT else "the environment"
    words = f"{way} leads to the long-term key `{wanted.keys.key_id}`"
    if wanted.roles:
        words += f", and through {len(wanted.roles)} role{'s' if len(wanted.roles) > 1 else ''}"
    return Checkup("profile", "ok", words, place=where)


def named(profile: str) -> str:
    """The option that names a profile to a command; none for the keys of the environment."""
    return "" if profile == ENVIRONMENT else f" --profile {quote(profile)}"


def in_question(files: AwsFiles, profile: str | None) -> tuple[str, ...]:
    """The profiles that are looked at: all, or where an option names one, that one and those that it leads to."""
    if profile is None:
        return files.names()
    found = [profile] if profile in files.names() else []
    for name in found:
        values = files.values(name)
        process = values.get(PROCESS)
        next_ones = [values.get("source_profile"), profile_in(process) if isinstance(process, str) else None]
        found += [each for each in next_ones if isinstance(each, str) and each in files.names() and each not in found]
    return tuple(found)


def source_checkups(files: AwsFiles, names: Sequence[str], asked: str | None) -> Iterator[Checkup]:
    """Circles, sources that are missing, and whatever else makes a profile unusable; the one that is *asked* for
    stands elsewhere."""
    fine = True
    for name in names:
        if name == asked:
            continue
        try:
            profile = files.profile(name)
            if profile.credential_process is not None and profile_in(profile.credential_process) is not None:
                through(files, profile)
            files.chain(profile)
        except ProfileError as error:
            fine = False
            yield Checkup("source-profile", "warning", error.message, error.hint, f"profile `{name}`")
    if fine:
        yield Checkup("source-profile", "ok", "no profile goes in a circle or names a source that is missing")


def shadow_checkups(files: AwsFiles, names: Sequence[str]) -> Iterator[Checkup]:
    """What the SDKs look at before a `credential_process`, so that it never runs."""
    fine = True
    for name in names:
        values = files.values(name)
        if not values.get(PROCESS):
            continue
        for state, key, words, hint in _before(files, name, values):
            fine = False
            said = f"the `credential_process` of profile `{name}` {words}"
            yield Checkup("process-shadowed", state, said, hint, files.where(name, key))
    if fine:
        yield Checkup("process-shadowed", "ok", "nothing goes before a `credential_process`")


def _before(files: AwsFiles, name: str, values: Mapping[str, object]) -> Iterator[tuple[State, str, str, str]]:
    other = "give the process a profile of its own: `iamfa setup`"
    for key, what in BEFORE_KEYS:
        if values.get(key):
            yield "problem", key, f"never runs: the SDKs take {what} of the same profile first", other
            return
    section = files.credentials.section(name)
    if section is not None and not {KEY_ID, SECRET_KEY}.isdisjoint(files.credentials.values(section)):
        words = "never runs: the SDKs take the access keys of the credentials file first"
        yield "problem", KEY_ID, words, f"move these keys to another profile: `iamfa setup --profile {quote(name)}`"
    elif KEY_ID in values:
        words = "runs in botocore only: other SDKs take the access keys of the same profile first"
        yield "warning", KEY_ID, words, other


def program_checkups(files: AwsFiles, names: Sequence[str], environ: Mapping[str, str]) -> Iterator[Checkup]:
    """Whether the programs of `credential_process` and `mfa_process` are there; what they are given is not told."""
    of = {PROCESS: ("process-program", "write it anew: `iamfa setup`"), "mfa_process": ("code-command", "install it")}
    for key, (id_, hint) in of.items():
        fine, there = True, False
        for name in names:
            value = files.values(name).get(key)
            if not isinstance(value, str) or not value:
                continue
            there = True
            fault = _program_fault(value, environ, for_shell=key != PROCESS)
            if fault is not None:
                fine = False
                said = f"the `{key}` of profile `{name}` cannot run: {fault}"
                ours = profile_in(value) if key == PROCESS else None
                better = f"iamfa setup --profile {quote(ours)} --name {quote(name)}" if ours else hint
                yield Checkup(id_, "problem", said, better, files.where(name, key))
        if fine:
            words = f"each `{key}` names a program that is there" if there else f"no profile has a `{key}`"
            yield Checkup(id_, "ok", words)


def _program_fault(command: str, environ: Mapping[str, str], *, for_shell: bool) -> str | None:
    """Why the program of a command cannot be run; None too where only a shell knows which one it is."""
    try:
        # As setup quotes it: on Windows a backslash is a part of the path.
        words = [word.strip('"') for word in shlex.split(command, posix=False)] if _WINDOWS else shlex.split(command)
    except ValueError:
        return "its quotes do not match"
    program = words[0]
    if for_shell and not _ONE_FOR_ALL_SHELLS.fullmatch(program):
        return None
    if not os.path.dirname(program):
        found = shutil.which(program, path=environ.get("PATH", os.defpath))
        return None if found else f"there is no program `{program}` on PATH"
    if program.startswith("~"):
        return f"`{program}`: the SDKs do not know `~` here, write the whole path"
    if not os.path.isfile(program):
        return f"there is no program `{program}`"
    return None if os.access(program, os.X_OK) else f"`{program}` may not be executed"


def serial_checkups(files: AwsFiles, names: Sequence[str]) -> Iterator[Checkup]:
    """Whether each `mfa_serial` is that of a device that gives codes."""
    fine = True
    for name in names:
        serial = files.values(name).get("mfa_serial")
        if not isinstance(serial, str) or not serial:
            continue
        advice = advice_on(serial)
        if advice is not None:
            fine = False
            kind = Serial.read(serial).kind
            what = "a FIDO device" if kind == "fido" else _kind_of_arn(serial)
            words = f"the `mfa_serial` of profile `{name}` is that of {what}: `{serial}`"
            yield Checkup("mfa-serial", "problem", words, advice, files.where(name, "mfa_serial"))
    if fine:
        yield Checkup("mfa-serial", "ok", "each `mfa_serial` is that of a device that gives codes")


def _kind_of_arn(serial: str) -> str:
    try:
        arn = Arn.parse(serial)
    except ArnError:
        return "no device"
    return "a user, not of a device" if (arn.service, arn.kind) == ("iam", "user") else "no device"


def prompt_checkups(files: AwsFiles, names: Sequence[str]) -> Iterator[Checkup]:
    """Roles with an `mfa_serial`: each program asks for a code of its own, where it can ask at all."""
    fine = True
    for name in names:
        values = files.values(name)
        source = values.get("source_profile")
        if values.get("role_arn") and values.get("mfa_serial") and isinstance(source, str):
            fine = False
            yield Checkup(
                "native-prompt",
                "warning",
                f"profile `{name}` has `role_arn` and `mfa_serial`: the AWS CLI and boto3 ask for a code by "
                "themselves, each for itself, and other SDKs cannot",
                f"iamfa setup --profile {quote(source)} --roles",
                files.where(name, "mfa_serial"),
            )
    if fine:
        yield Checkup("native-prompt", "ok", "no profile makes the SDKs ask for codes by themselves")


def expired_checkups(files: AwsFiles, names: Sequence[str], asked: str | None, now: datetime) -> Iterator[Checkup]:
    """Keys of sessions that have ended, by what the tools that wrote them noted beside them."""
    fine = True
    for name in names:
        for file, section in files.places(name):
            values = file.values(section)
            if KEY_ID not in values or not any(values.get(token) for token in TOKENS):
                continue
            for key in _EXPIRATIONS:
                ended = _ended(values.get(key), now)
                if ended is None:
                    continue
                fine = False
                state: State = "problem" if name == asked else "warning"
                words = f"the keys of profile `{name}` are those of a session that ended at {ended}"
                hint = f"iamfa login --write-profile {quote(name)}, or take the keys out"
                yield Checkup("expired-keys", state, words, hint, files.where(name, key))
                break
    if fine:
        yield Checkup("expired-keys", "ok", "no profile holds keys of a session that is known to have ended")


def _ended(value: object, now: datetime) -> str | None:
    """When, as it is written, where that is over for sure."""
    moment = moment_in(value.replace(" UTC", "+00:00")) if isinstance(value, str) else None
    if moment is None or not isinstance(value, str):
        return None
    told = value.endswith(("Z", "UTC")) or "+" in value
    return value if moment + (timedelta(0) if told else _FARTHEST_ZONE) <= now else None


def region_checkup(wanted: Wanted) -> Checkup:
    """Whether the Region lies in the partition of the device and the roles that the profile names."""
    partition = partition_of_region(wanted.region).id
    other = other_partition(wanted)
    if other is None:
        return Checkup("region-partition", "ok", f"STS is asked in `{wanted.region}`, partition `{partition}`")
    return Checkup(
        "region-partition",
        "problem",
        f"the Region `{wanted.region}` lies in the partition `{partition}`, and `{other}` in `{other.partition}`: a "
        "key of the one is not known in the other",
        f"name a Region of `{other.partition}`: aws configure set region REGION --profile {quote(wanted.profile)}",
        f"profile `{wanted.profile}`",
    )


def other_partition(wanted: Wanted) -> Arn | None:
    """The first ARN of a device or a role that lies in another partition than the Region."""
    for text in (wanted.mfa_serial, *(role.arn for role in wanted.roles)):
        with suppress(ArnError):
            arn = Arn.parse(text or "")
            if arn.partition != partition_of_region(wanted.region).id:
                return arn
    return None
