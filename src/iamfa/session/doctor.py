"""Why do MFA sessions not work here? Everything that is looked at, in order, brought together.

Nothing is changed anywhere, and no secret goes into what is said: ids of keys, names and paths at most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from iamfa.errors import InputError
from iamfa.session.cache import Cache, CacheError, cache_folder
from iamfa.session.doctor_aws import Dial, Talk
from iamfa.session.doctor_checkup import ROWS, Checkup
from iamfa.session.doctor_environment import (
    certificates_checkup,
    endpoint_checkups,
    files_checkups,
    keys_checkup,
    profile_checkups,
    proxy_checkup,
)
from iamfa.session.doctor_files import aws_file_checkups, cache_checkups, state_checkups
from iamfa.session.doctor_profiles import (
    expired_checkups,
    in_question,
    key_checkup,
    program_checkups,
    prompt_checkups,
    region_checkup,
    serial_checkups,
    shadow_checkups,
    source_checkups,
)
from iamfa.session.doctor_sessions import keyring_checkup, session_checkup
from iamfa.session.keyring_store import Keyring
from iamfa.session.profiles import AwsFiles
from iamfa.session.wanted import Wanted, wanted

_ORDER: Final = {row.id: place for place, row in enumerate(ROWS)}


@dataclass(frozen=True, slots=True)
class House:
    """What is looked at: this machine as one user has it, and what he asked for."""

    environ: Mapping[str, str]
    home: Path
    state: Path
    """Where what is remembered lies."""
    now: Callable[[], datetime]
    profile: str | None = None
    """The profile that an option names."""
    region: str | None = None
    endpoint_url: str | None = None
    system: str = ""
    """What the system calls itself, as in `/proc/version`."""
    open_keyring: Callable[[], Keyring] | None = None
    """None where sessions are kept in a file."""


def examine(house: House, connect: Callable[[Wanted], Dial] | None) -> tuple[Checkup, ...]:
    """Look at everything; without *connect* nothing is asked of AWS.

    Raises nothing of the files' or AWS's: what is wrong with them is what is told.
    """
    return tuple(sorted(_found(house, connect), key=lambda each: _ORDER[each.id]))


def _found(house: House, connect: Callable[[Wanted], Dial] | None) -> Iterator[Checkup]:
    environ = house.environ
    files, asked_for = _read(house)
    yield keys_checkup(environ, house.profile, house.now())
    yield from profile_checkups(environ, files)
    yield from files_checkups(environ, house.home)
    yield from endpoint_checkups(environ)
    bundle = asked_for.ca_bundle if isinstance(asked_for, Wanted) else environ.get("AWS_CA_BUNDLE") or None
    certificates = certificates_checkup(bundle, environ)
    yield certificates
    endpoints = asked_for.endpoints.values() if isinstance(asked_for, Wanted) else ()
    yield proxy_checkup(environ, [url for url in endpoints if url])
    if files is None:
        yield Checkup("profile", "unknown", "the profiles cannot be read, see the files")
    else:
        yield from _profiles(house, files, asked_for)
    yield from aws_file_checkups(environ, house.home)
    found, keyring = keyring_checkup(house.open_keyring)
    yield found
    cache = _cache(house, keyring)
    yield from cache_checkups(environ, cache)
    endpoint = asked_for.endpoint if isinstance(asked_for, Wanted) else house.endpoint_url or ""
    yield from state_checkups(house.state, endpoint)
    if not isinstance(asked_for, Wanted):
        return
    if cache is not None:
        yield session_checkup(asked_for, cache, house.now())
    if connect is not None and certificates.state == "ok":
        yield from Talk(asked_for, connect(asked_for), house.now, house.state, cache, house.system).checkups()


def _read(house: House) -> tuple[AwsFiles | None, Wanted | InputError]:
    """The files, and the way to the key; the error where there is none."""
    try:
        files = AwsFiles.read(house.environ, house.home)
    except InputError as error:
        return None, error
    except OSError as error:
        return None, InputError((error.strerror or str(error)).lower())
    try:
        return files, wanted(files, house.environ, house.profile, region=house.region, endpoint_url=house.endpoint_url)
    except InputError as error:
        return files, error


def _profiles(house: House, files: AwsFiles, asked_for: Wanted | InputError) -> Iterator[Checkup]:
    environ = house.environ
    names = in_question(files, house.profile)
    chosen = house.profile or environ.get("AWS_PROFILE") or environ.get("AWS_DEFAULT_PROFILE") or "default"
    told = house.profile is None and chosen != "default" and chosen not in files.names()
    if not told:
        # Otherwise it was said of the variable that names it.
        yield key_checkup(files, asked_for, chosen)
    yield from source_checkups(files, names, chosen)
    yield from shadow_checkups(files, names)
    yield from program_checkups(files, names, environ)
    yield from serial_checkups(files, names)
    yield from prompt_checkups(files, names)
    yield from expired_checkups(files, names, chosen, house.now())
    if isinstance(asked_for, Wanted):
        yield region_checkup(asked_for)


def _cache(house: House, keyring: Keyring | None) -> Cache | None:
    try:
        return Cache(cache_folder(house.environ), now=house.now, keyring=keyring)
    except CacheError:
        return None
