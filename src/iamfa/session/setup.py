"""Profiles that give MFA sessions: what has to be written so that the AWS CLI and the SDKs ask this program.

Nothing is written here; each wish becomes a plan. The SDKs run `credential_process` only where nothing that comes
before it answers: a role, keys in the credentials file, single sign-on.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from iamfa.session.aws_file import AwsFile, Section, Value, section_name
from iamfa.session.profiles import KEY_ID, SECRET_KEY, TOKENS, AwsFiles, ProfileError, own_source
from iamfa.session.steps import TEMPORARY, GoneSection, NewSection, Plan, SetValue, Step, Which, together

PROCESS: Final = "credential_process"
_COPIED = ("region", "output", "ca_bundle", "endpoint_url", "services")
"""What a session's profile has in common with the one that it starts from: where AWS is, and how answers look."""
BEFORE_KEYS: Final = (
    ("role_arn", "a role"),
    ("web_identity_token_file", "web identity"),
    ("sso_session", "single sign-on"),
    ("sso_start_url", "single sign-on"),
    ("login_session", "`aws login`"),
)
"""What the SDKs look at before the keys and the process of a profile."""
_COMMENT = re.compile(r"(?:^|\s)[#;]")
_NOT_FOR_CMD = frozenset('"%&|<>^')


def process_line(command: Sequence[str], source: str, *, windows: bool = False) -> str:
    """The value of `credential_process`: *command*, e.g. an absolute path, then what makes it give credentials.

    Quoted as botocore splits it, by the shell's rules or by those of Windows; the other SDKs hand it to `sh` or `cmd`.
    Raises `ProfileError` on Windows for what `cmd` would not leave alone.
    """
    parts = [*command, "credential-process", "--profile", source]
    if not windows:
        return shlex.join(parts)
    if bad := sorted(_NOT_FOR_CMD.intersection("".join(parts))):
        raise ProfileError(
            f"`{' '.join(parts)}` cannot be written as a `credential_process`: `cmd` would read {' '.join(bad)}",
            hint="install the program in a folder, and give the profile a name, without these",
        )
    return subprocess.list2cmdline(parts)


def profile_for_sessions(
    files: AwsFiles,
    source: str,
    name: str,
    command: Sequence[str],
    *,
    roles: bool = False,
    windows: bool = False,
) -> Plan:
    """Let the profile *name* give MFA sessions of the user whose keys *source* has.

    With *roles*, each profile that assumes a role from *source* with an `mfa_serial` starts from that session instead,
    so that one code serves them all, in every SDK. Temporary keys below that name, which would go before the process,
    go. Raises `ProfileError` where something else would go before it, or where *source* is nothing to start from.
    """
    line = process_line(command, source, windows=windows)
    notes = _check_source(files, source, name)
    plan = Plan(tuple(_session_steps(files, source, name, line)), notes, (name,))
    return together((plan, roles_through(files, source, name))) if roles else plan


def roles_through(files: AwsFiles, source: str, name: str) -> Plan:
    """Let roles that are assumed from *source* with an `mfa_serial` be assumed from the sessions of *name*."""
    steps: list[Step] = []
    notes: list[str] = []
    for role in files.names():
        values = files.values(role)
        if not (values.get("role_arn") and values.get("mfa_serial")) or values.get("source_profile") != source:
            continue
        if role == source or not {KEY_ID, SECRET_KEY}.isdisjoint(values):
            notes.append(f"`{role}` assumes its role with keys of its own, and is left as it is")
            continue
        steps += set_everywhere(files, role, "source_profile", name)
        steps += set_everywhere(files, role, "mfa_serial", None)
    return Plan(tuple(steps), tuple(notes))


def changed_serial(files: AwsFiles, old: str, new: str) -> Plan:
    """Name the device *new* wherever a profile names *old*, in either file."""
    steps = tuple(
        SetValue(which, section.name, setting.name, value, new)
        for which, file in _both(files)
        for section in file.sections
        for setting in section.settings
        if setting.name in ("mfa_serial", "aws_mfa_device")
        if isinstance(value := setting.value, str) and _without_comment(value) == old
    )
    return Plan(steps)


def without_temporary_keys(files: AwsFiles, name: str) -> tuple[Step, ...]:
    """Take the temporary keys out of a profile, and its section in the credentials file where that is all.

    Raises `ProfileError` where the keys are no temporary ones.
    """
    steps: list[Step] = []
    for file, section in files.places(name):
        which: Which = "credentials" if file is files.credentials else "config"
        own = {setting.name: setting.value for setting in section.settings}
        if {KEY_ID, SECRET_KEY}.isdisjoint(own):
            continue
        if not any(own.get(token) for token in TOKENS):
            line = next(setting.line for setting in section.settings if setting.name in (KEY_ID, SECRET_KEY))
            raise ProfileError(
                f"`{file.path}`:{line}: profile `{name}` has long-term keys, and the SDKs would use them in place of "
                "an MFA session",
                hint="choose another name for the profile of the sessions",
            )
        known = {key: value for key, value in own.items() if _is_temporary(key) and isinstance(value, str)}
        if len(known) == len(own) and which == "credentials":
            steps.append(GoneSection(which, section.name, known))
        else:
            steps += [SetValue(which, section.name, key, value, None) for key, value in known.items()]
    return tuple(steps)


def _is_temporary(key: str) -> bool:
    """aws-mfa's and awsume's own settings go with the keys that they tell about."""
    own = ("assumed_role", "assumed_role_arn", "autoawsume", "source_expiration", "awsumepy_command", "manager")
    return key in TEMPORARY or key in own


def _check_source(files: AwsFiles, source: str, name: str) -> tuple[str, ...]:
    if source == name:
        raise ProfileError(
            f"profile `{name}` cannot start sessions from itself: its keys would go before the session",
            hint=f"name the profile of the sessions `{name}-mfa`",
        )
    profile = files.profile(source)
    if profile.other:
        raise ProfileError(
            f"profile `{source}` gets its credentials by {profile.other}, and no MFA session starts there"
        )
    last = files.chain(profile)[-1]
    if last.keys is None:
        return (f"`{last.name}` has no access keys yet: run `aws configure --profile {shlex.quote(last.name)}`",)
    if last.keys.token is not None:
        raise ProfileError(
            f"{files.where(last.name, KEY_ID)}: the keys of `{last.name}` are a session, and AWS starts none from it",
            hint="name the profile that has your long-term keys",
        )
    return ()


def _session_steps(files: AwsFiles, source: str, name: str, line: str) -> Iterator[Step]:
    values = files.values(name)
    for key, words in BEFORE_KEYS:
        if values.get(key):
            raise ProfileError(
                f"{files.where(name, key)}: profile `{name}` has {words}, which the SDKs would use in place of an MFA "
                "session",
                hint="choose another name for the profile of the sessions",
            )
    yield from without_temporary_keys(files, name)
    present = values.get(PROCESS)
    if present and present != line and not (isinstance(present, str) and own_source(present)):
        raise ProfileError(
            f"{files.where(name, PROCESS)}: profile `{name}` has another `credential_process`",
            hint="choose another name for the profile of the sessions, or remove that line",
        )
    wanted = {PROCESS: line, **_copied(files.values(source))}
    section = files.config.named("profile").get(name)
    if section is None:
        yield NewSection("config", section_name(name), wanted)
        return
    for key, value in wanted.items():
        if key == PROCESS and values.get(key) != value:
            yield from set_everywhere(files, name, key, value) or _put(section, key, value)
        elif key not in values:
            yield from _put(section, key, value)


def _copied(values: Mapping[str, Value]) -> dict[str, str]:
    """A comment behind a value, which botocore takes for a part of it, is not copied."""
    texts = {key: value for key in _COPIED if isinstance(value := values.get(key), str)}
    return {key: plain for key, value in texts.items() if (plain := _without_comment(value))}


def _without_comment(value: str) -> str:
    return _COMMENT.split(value, maxsplit=1)[0].rstrip()


def _put(section: Section, key: str, value: str) -> list[Step]:
    return [SetValue("config", section.name, key, None, value)]


def set_everywhere(files: AwsFiles, name: str, key: str, new: str | None) -> list[Step]:
    """Change a setting in each section of a profile that has it."""
    found: list[Step] = []
    for file, section in files.places(name):
        setting = section.find(key)
        if setting is not None and isinstance(setting.value, str) and setting.value != new:
            which: Which = "credentials" if file is files.credentials else "config"
            found.append(SetValue(which, section.name, key, setting.value, new))
    return found


def _both(files: AwsFiles) -> tuple[tuple[Which, AwsFile], ...]:
    return ("config", files.config), ("credentials", files.credentials)
