"""From other tools to this one: what aws-vault, awsume and aws-mfa wrote into the SDKs' files, as a plan and as notes.

aws-vault keeps keys in the system's keyring and settings in the config file (its `USAGE.md`: `include_profile`,
`mfa_process`, `credential_process = aws-vault …`). awsume reads plain profiles, and keeps refreshed role sessions in
`[autoawsume-…]`. aws-mfa keeps long-term keys in `[NAME-long-term]` with `aws_mfa_device`, and writes sessions to
`[NAME]`.
"""

from __future__ import annotations

import functools
import shlex
from collections.abc import Callable, Sequence
from typing import Final, Literal, TypeAlias, get_args

from iamfa.errors import InputError
from iamfa.session.aws_file import section_name
from iamfa.session.profiles import KEY_ID, AwsFiles
from iamfa.session.setup import PROCESS, profile_for_sessions, set_everywhere, without_temporary_keys
from iamfa.session.steps import NewSection, Plan, SetValue, Step, together

Tool: TypeAlias = Literal["aws-vault", "awsume", "aws-mfa"]
TOOLS: Final[tuple[str, ...]] = get_args(Tool)
_LONG_TERM = "-long-term"
_MADE_KNOWN = (
    "region",
    "role_arn",
    "external_id",
    "role_session_name",
    "duration_seconds",
    "source_profile",
    "mfa_serial",
)
"""What the SDKs know too, of what aws-vault takes from an included profile."""


def imported(files: AwsFiles, tool: str, command: Sequence[str], *, windows: bool = False) -> Plan:
    """What has to be written so that the profiles of another tool give their sessions through this program.

    The plan's notes say what cannot be taken over, and why, and what is left to do by hand. Raises `InputError` for a
    tool that is not in `TOOLS`.
    """
    readers: dict[str, Callable[[_Taking], None]] = {"aws-vault": _vault, "awsume": _awsume, "aws-mfa": _mfa}
    if tool not in readers:
        raise InputError(f"nothing is known about `{tool}`", hint=f"one of {', '.join(readers)}")
    taking = _Taking(files, command, windows=windows)
    readers[tool](taking)
    return together(taking.plans)


class _Taking:
    """Plans made one after the other, each for the files that the ones before leave."""

    def __init__(self, files: AwsFiles, command: Sequence[str], *, windows: bool) -> None:
        self.files = files
        self.plans: list[Plan] = []
        self._command = command
        self._windows = windows

    def add(self, steps: Sequence[Step] = (), *notes: str) -> None:
        self._take(Plan(tuple(steps), notes))

    def sessions(self, source: str, name: str, *, roles: bool) -> bool:
        """Whether the profile *name* can give the sessions of *source*; a note says why not."""
        return self.attempt(
            source,
            lambda: profile_for_sessions(self.files, source, name, self._command, roles=roles, windows=self._windows),
        )

    def attempt(self, name: str, plan: Callable[[], Plan]) -> bool:
        """Take a plan for a profile, or note why there is none."""
        try:
            made = plan()
        except InputError as error:
            hint = f" ({error.hint})" if error.hint else ""
            self.add((), f"`{name}` is not taken over: {error}{hint}")
            return False
        self._take(made)
        return True

    def _take(self, plan: Plan) -> None:
        self.plans.append(plan)
        self.files = plan.made(self.files)


def _vault(taking: _Taking) -> None:
    for name in taking.files.names():
        values = taking.files.values(name)
        if "include_profile" in values:
            taking.add(_spelled_out(taking.files, name))
        process = values.get(PROCESS)
        if isinstance(process, str) and _runs(process, "aws-vault"):
            taking.add(set_everywhere(taking.files, name, PROCESS, None))
        if "mfa_process" in values:
            taking.add((), f"`{name}`: `mfa_process` stays, and gives this program its codes too")
    for base in _bases(taking.files):
        if KEY_ID not in taking.files.values(base):
            quoted = shlex.quote(base)
            # `--format=ini` writes a second `[profile …]`, and with that the SDKs refuse the whole config file.
            taking.add(
                (),
                f"the keys of `{base}` are in aws-vault's keyring: once this is applied, print them with `aws-vault "
                f"export --no-session --format=json {quoted}`, enter them with `aws configure --profile {quoted}`, and "
                f"take them out of the keyring with `aws-vault remove {quoted}`",
            )
        taking.sessions(base, f"{base}-mfa", roles=True)


def _awsume(taking: _Taking) -> None:
    refreshed = False
    for name in taking.files.names():
        if name.startswith("autoawsume-") or taking.files.values(name).get("autoawsume"):
            refreshed |= taking.attempt(name, functools.partial(_without_keys, taking.files, name))
    if refreshed:
        taking.add((), "awsume refreshes sessions in the background: stop it with `awsume -k` before this is applied")
    for base in _bases(taking.files):
        taking.sessions(base, f"{base}-mfa", roles=True)


def _without_keys(files: AwsFiles, name: str) -> Plan:
    return Plan(without_temporary_keys(files, name))


def _mfa(taking: _Taking) -> None:
    for section in taking.files.credentials.sections:
        values = taking.files.credentials.values(section)
        if not section.name.endswith(_LONG_TERM):
            if "aws_mfa_device" in values:
                note = f"`{section.name}` names a device and does not end in `{_LONG_TERM}`: it is left as it is"
                taking.add((), note)
            continue
        source, name = section.name, section.name.removesuffix(_LONG_TERM)
        device, role = values.get("aws_mfa_device"), values.get("assume_role")
        last = taking.files.values(name).get("assumed_role_arn")
        if isinstance(device, str) and device and "mfa_serial" not in values:
            taking.add((SetValue("credentials", source, "mfa_serial", None, device),))
        if isinstance(role, str) and role:
            if taking.sessions(source, f"{name}-mfa", roles=False):
                taking.attempt(name, functools.partial(_role, taking.files, name, role, f"{name}-mfa"))
        elif taking.sessions(source, name, roles=False) and last:
            taking.add(
                (), f"`{name}` was a session of `{last}` last, by an option of aws-mfa: write a role profile for it"
            )


def _role(files: AwsFiles, name: str, role: str, source: str) -> Plan:
    """The role that aws-mfa assumed by itself, as a profile that the SDKs assume it by."""
    steps = list(without_temporary_keys(files, name))
    section = files.config.named("profile").get(name)
    wanted = {"role_arn": role, "source_profile": source}
    if section is None:
        steps.append(NewSection("config", section_name(name), wanted))
    else:
        absent = {key: value for key, value in wanted.items() if section.find(key) is None}
        steps += [SetValue("config", section.name, key, None, value) for key, value in absent.items()]
    return Plan(tuple(steps))


def _bases(files: AwsFiles) -> tuple[str, ...]:
    """The profiles whose keys the sessions start from: with a device and no role, or named by a role with a device."""
    found: dict[str, None] = {}
    for name in files.names():
        values = files.values(name)
        source = values.get("source_profile")
        if not values.get("mfa_serial") or values.get("autoawsume"):
            continue
        if not values.get("role_arn") and (KEY_ID in values or source in (None, name)):
            found[name] = None
        elif isinstance(source, str) and source != name and _has_own_keys(files, source):
            found[source] = None
    return tuple(found)


def _has_own_keys(files: AwsFiles, name: str) -> bool:
    """Whether a profile's keys are written somewhere, or kept in a keyring under its name."""
    values = files.values(name)
    return name in files.names() and not values.get("role_arn") and not values.get(PROCESS)


def _spelled_out(files: AwsFiles, name: str) -> tuple[Step, ...]:
    """What a profile includes, written into the profile itself, since the SDKs do not follow `include_profile`."""
    section = files.config.named("profile").get(name)
    if section is None:
        return ()
    own, included = files.values(name), files.with_included(name)
    source = own.get("source_profile")
    taken_over = isinstance(source, str) and PROCESS in files.values(source)
    return tuple(
        SetValue("config", section.name, key, None, value)
        for key in _MADE_KNOWN
        if key not in own and isinstance(value := included.get(key), str) and value != name
        # A role that starts from a session needs no device.
        if not (key == "mfa_serial" and taken_over)
    )


def _runs(process: str, program: str) -> bool:
    """Whether a command line starts that program, by whatever path."""
    first = process.replace("\\", "/").split(maxsplit=1)[:1]
    return bool(first) and first[0].strip("\"'").rsplit("/", 1)[-1].removesuffix(".exe") == program
