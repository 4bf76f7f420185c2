"""A session written through to a profile of the credentials file, for what can run no `credential_process`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC

from iamfa.errors import InputError
from iamfa.gateway.ports import Credentials
from iamfa.session.aws_file import AwsFile, Section, locked, section_name, write
from iamfa.session.profiles import KEY_ID, SECRET_KEY, TOKENS, AwsFiles, ProfileError
from iamfa.session.setup import BEFORE_KEYS, PROCESS
from iamfa.session.steps import EXPIRATION, TEMPORARY

_LONG_TERM = "AKIA"
"""How the ids of long-term keys begin: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html"""


def require_writable(files: AwsFiles, profile: str) -> None:
    """Raise as `write_session` does, before a session is obtained for nothing."""
    section_name(profile)
    if profile == "DEFAULT":
        raise ProfileError("`[DEFAULT]` would hold for every profile of the file", hint="did you mean `default`?")
    _check(files, profile)


def write_session(
    files: AwsFiles, profile: str, session: Credentials, *, place: Mapping[str, str] | None = None
) -> None:
    """Put a session's credentials into a profile of the credentials file, over those of an earlier session.

    *place* are settings that lead to where the session is good, `region` and `endpoint_url`; they are written where
    the profile has none. Comments, other settings and the file's mode stay; other writers of this program wait. Raises
    `ProfileError` for a profile that holds long-term keys, which are never overwritten, and for one where the SDKs
    would not look at them.
    """
    if session.token is None:
        raise InputError("only a session is written to a profile, and these credentials have no token")
    path = files.credentials.path
    with locked(path):
        file = AwsFile.read(path)
        now = files.with_files(files.config, file)
        require_writable(now, profile)
        values = now.values(profile)
        wanted = {
            **{key: value for key, value in (place or {}).items() if key not in values},
            KEY_ID: session.key_id,
            SECRET_KEY: session.secret.reveal(),
            "aws_session_token": session.token.reveal(),
        }
        if session.expires is not None:
            wanted[EXPIRATION] = session.expires.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if file.section(profile) is None:
            write(file.edited(file.add_section(profile, wanted)))
            return
        # An old `aws_security_token` would be sent with the new keys, and an old end be told of them.
        for key in TEMPORARY:
            if key not in wanted:
                file = file.edited(file.remove(profile, key))
        for key, value in wanted.items():
            file = file.edited(file.put(profile, key, value))
        write(file)


def _check(files: AwsFiles, profile: str) -> None:
    values = files.values(profile)
    for key, words in BEFORE_KEYS:
        # Credentials of `aws login` come after those of this file.
        if values.get(key) and key != "login_session":
            raise ProfileError(
                f"{files.where(profile, key)}: profile `{profile}` has {words}, which the SDKs would use in place of "
                "these credentials",
                hint="write the session to another profile",
            )
    if values.get(PROCESS):
        raise ProfileError(
            f"{files.where(profile, PROCESS)}: profile `{profile}` has a `{PROCESS}`, and credentials in the file "
            "would go before it, even when they have ended",
            hint="write the session to another profile",
        )
    for file, section in files.places(profile):
        _check_keys(file, section, profile)


def _check_keys(file: AwsFile, section: Section, profile: str) -> None:
    """A session in the credentials file would go before the keys of either file."""
    own = {setting.name: setting for setting in section.settings}
    key_id = own.get(KEY_ID)
    if {KEY_ID, SECRET_KEY}.isdisjoint(own):
        return
    long_term = key_id is not None and isinstance(key_id.value, str) and key_id.value.upper().startswith(_LONG_TERM)
    if long_term or not any(own[token].value for token in TOKENS if token in own):
        line = (key_id or own[SECRET_KEY]).line
        raise ProfileError(
            f"`{file.path}`:{line}: profile `{profile}` has long-term keys, which are never overwritten",
            hint="write the session to another profile",
        )
