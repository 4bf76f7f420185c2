"""The API calls as moves of the machine: when they can be made at all, and what they change.

A move tells nothing of permissions; `machine` asks AWS's own rules and the policies. Resources are those on which AWS
authorises each action (Service Authorization Reference, IAM): the user's ARN, but for Create and Delete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from iamfa.lifecycle.state import Actor, Device, State
from iamfa.lifecycle.subject import Subject

CREATE = "iam:CreateVirtualMFADevice"
DELETE = "iam:DeleteVirtualMFADevice"
ENABLE = "iam:EnableMFADevice"
DEACTIVATE = "iam:DeactivateMFADevice"
RESYNC = "iam:ResyncMFADevice"
LIST = "iam:ListMFADevices"
CHANGE_PASSWORD = "iam:ChangePassword"
SESSION_TOKEN = "sts:GetSessionToken"
ASSUME_ROLE = "sts:AssumeRole"
SIGN_IN = "signin:ConsoleLogin"
UNHEARD_OF = "unheard-of:NoCatalogueHoldsThisAction"
"""Stands for whatever the user works on: no policy names it, but wildcards and Not-lists take it in."""

CERTIFICATIONS = frozenset(
    {"iam:fido-certification", "iam:fido-fips-140-2-certification", "iam:fido-fips-140-3-certification"}
)
"""Keys that the second call of a FIDO enrolment carries, with values that depend on the device
(reference_policies_iam-condition-keys)."""

CODE_JUST_GIVEN = (("aws:MultiFactorAuthPresent", "true"), ("aws:MultiFactorAuthAge", "0"))
"""What a call carries into the caller's policies if the code that is given with it counts there."""

_PREFERENCE = ("token-mfa", "console-mfa", "long-term-key", "console", "token")
"""With which credential a call is tried first: who has shown a device uses that session."""

Assumed = Callable[[str], str]
"""The value of an assumption, by its id."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts, as which IAM user, on whose devices."""

    actor: Actor
    """Whose seeds and hands."""
    identity: Actor
    """As which IAM user the calls are signed: the thief acts as the user."""
    principal: str
    """That user's ARN."""
    target: Actor
    """The user whose devices are meant."""
    target_arn: str
    names: tuple[str, ...] = ()
    """Names under which virtual devices may be created."""
    another: bool = False
    """Whether his credentials are those that the state keeps as a second user's."""

    @property
    def for_himself(self) -> bool:
        """Whether the calls concern the devices of the user who signs them."""
        return self.identity is self.target


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call that can be made in a state, and the state after it went through."""

    action: str
    resource: str
    credential: str
    after: State
    context: tuple[tuple[str, str], ...] = ()
    unspecified: frozenset[str] = frozenset()
    device: Device | None = None
    """The device that is shown to STS, or signed in with."""
    by: Person | None = None
    """Who signs it, where it is another than the one of whom the problem tells."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a call puts into its context by its parameters."""

    context: tuple[tuple[str, str], ...] = ()
    unspecified: frozenset[str] = frozenset()
    """Lower-case keys that it sends with a value that is not known here."""


NOTHING_MORE = Sent()

Move = Callable[[State, Person, Subject, Assumed], Iterator[Attempt]]


def create(state: State, person: Person, subject: Subject, assumed: Assumed) -> Iterator[Attempt]:
    """CreateVirtualMFADevice under each of the names that is not taken; one spare device at hand is enough.

    A name is taken while a device has it; enrolling in the console deletes unassigned devices first, if the
    assumption `console-deletes-unassigned` holds.
    """
    if any(d.owner is None and d.kind == "virtual" and d.seed_with is person.actor for d in state.devices):
        return
    for name in person.names:
        serial = subject.device_arn(name)
        taken = state.named(serial)
        for credential in _at_hand(state, person):
            if taken is not None and not (
                taken.owner is None
                and credential.startswith("console")
                and assumed("console-deletes-unassigned") == "yes"
            ):
                continue
            device = Device(serial, "virtual", seed_with=person.actor)
            yield Attempt(CREATE, serial, credential, state.with_device(device))


def delete(state: State, person: Person, subject: Subject, assumed: Assumed) -> Iterator[Attempt]:
    """DeleteVirtualMFADevice on unassigned devices; assigned ones answer DeleteConflict."""
    for device in state.which(lambda d: d.kind == "virtual" and d.owner is None):
        for credential in _at_hand(state, person):
            yield Attempt(DELETE, device.serial, credential, state.without_device(device.serial))


def enable(state: State, person: Person, subject: Subject, assumed: Assumed) -> Iterator[Attempt]:
    """EnableMFADevice with two codes: any unassigned device whose seed is at hand, virtual or hardware."""
    for device in state.which(lambda d: d.gives_codes and d.owner is None and d.seed_with is person.actor):
        for credential in _at_hand(state, person):
            after = state.with_device(device.of(person.target))
            yield Attempt(ENABLE, person.target_arn, credential, after)


def register_fido(state: State, person: Person, subject: Subject, assumed: Assumed) -> Iterator[Attempt]:
    """The console's two EnableMFADevice calls for a FIDO device: first `Create`, then `Activate`."""
    serial = fido_serial(subject, person.target_arn, person.actor)
    begun = state.named(serial)
    if begun is not None and begun.owner is not None:
        return
    for credential in _at_hand(state, person):
        if not credential.startswith("console"):
            continue
        if begun is None:
            after = state.with_device(Device(serial, "fido", seed_with=person.actor))
            yield Attempt(ENABLE, person.target_arn, credential, after, (("iam:RegisterSecurityKey", "Create"),))
        else:
            after = state.with_device(begun.of(person.target))
            yield Attempt(
                ENABLE,
                person.target_arn,
                credential,
                after,
                (("iam:RegisterSecurityKey", "Activate"),),
                CERTIFICATIONS,
            )


def deactivate(state: State, person: Person, subject: Subject, assumed: Assumed) -> Iterator[Attempt]:
    """DeactivateMFADevice: a virtual device stays as an unassigned one, others are gone."""
    for device in state.owned_by(person.target):
        for credential in _at_hand(state, person):
            after = (
                state.with_device(device.of(None)) if device.kind == "virtual" else state.without_device(device.serial)
            )
            yield Attempt(DEACTIVATE, person.target_arn, credential, after)


def resync(state: State, person: Person, subject: Subject, assumed: Assumed) -> Iterator[Attempt]:
    """ResyncMFADevice with two codes of a device that is enabled for the user."""
    for device in state.owned_by(person.target):
        if device.gives_codes and device.seed_with is person.actor and not device.in_sync:
            for credential in _at_hand(state, person):
                after = state.with_device(replace(device, in_sync=True))
                yield Attempt(RESYNC, person.target_arn, credential, after)


def list_devices(state: State, person: Person, subject: Subject, assumed: Assumed) -> Iterator[Attempt]:
    """ListMFADevices of one user."""
    yield from _on_target(LIST, state, person)


def change_password(state: State, person: Person, subject: Subject, assumed: Assumed) -> Iterator[Attempt]:
    """ChangePassword by somebody who knows the old one."""
    yield from _on_target(CHANGE_PASSWORD, state, person)


def work(state: State, person: Person, subject: Subject, assumed: Assumed) -> Iterator[Attempt]:
    """An action that no catalogue holds, on a resource that nothing names."""
    service = UNHEARD_OF.partition(":")[0]
    resource = f"arn:{subject.partition}:{service}:us-east-1:{subject.account}:thing/one"
    for credential in _at_hand(state, person):
        yield Attempt(UNHEARD_OF, resource, credential, state.with_done(UNHEARD_OF))


def session_with_code(state: State, person: Person, subject: Subject, assumed: Assumed) -> Iterator[Attempt]:
    """GetSessionToken with serial and code of a device that is enabled for the caller."""
    for device in state.owned_by(person.identity):
        if device.seed_with is person.actor and device.in_sync:
            for credential in _at_hand(state, person):
                after = state.with_credential("token-mfa", of_another=person.another)
                yield Attempt(SESSION_TOKEN, "*", credential, after, device=device)


def session_without_code(state: State, person: Person, subject: Subject, assumed: Assumed) -> Iterator[Attempt]:
    """GetSessionToken without MFA."""
    for credential in _at_hand(state, person):
        after = state.with_credential("token", of_another=person.another)
        yield Attempt(SESSION_TOKEN, "*", credential, after)


def sign_in(state: State, person: Person, subject: Subject, assumed: Assumed) -> Iterator[Attempt]:
    """Sign in to the console: a user who has a device must show one, of any kind."""
    if not state.password:
        return
    devices = tuple(state.owned_by(person.identity))
    if not devices:
        yield Attempt(SIGN_IN, person.principal, "console", state.with_credential("console"))
    for device in devices:
        if device.seed_with is person.actor and device.in_sync:
            after = state.with_credential("console-mfa")
            yield Attempt(SIGN_IN, person.principal, "console-mfa", after, device=device)


def session_with_guess(state: State, person: Person, subject: Subject, assumed: Assumed) -> Iterator[Attempt]:
    """GetSessionToken with the serial of a device and code after code, where AWS does not limit wrong ones."""
    for device in state.owned_by(person.identity):
        if device.gives_codes and assumed("code-guessing-limited") != "no":
            continue
        for credential in _at_hand(state, person):
            yield Attempt(SESSION_TOKEN, "*", credential, state.with_credential("token-mfa"), device=device)


def sign_in_with_guess(state: State, person: Person, subject: Subject, assumed: Assumed) -> Iterator[Attempt]:
    """Sign in to the console with the password and code after code; a FIDO device asks for none."""
    for device in state.owned_by(person.identity):
        if state.password and device.gives_codes and assumed("code-guessing-limited") == "no":
            after = state.with_credential("console-mfa")
            yield Attempt(SIGN_IN, person.principal, "console-mfa", after, device=device)


def calling(action: str, *resources: str, sending: Sequence[Sent] = (NOTHING_MORE,)) -> Move:
    """The move that makes one call, on any of the resources, with any of what it may send.

    The state remembers that it went through.
    """

    def move(state: State, person: Person, subject: Subject, assumed: Assumed) -> Iterator[Attempt]:
        after = state.with_done(action)
        for resource, sent in product(resources, sending):
            for credential in _at_hand(state, person):
                yield Attempt(action, resource, credential, after, sent.context, sent.unspecified)

    return move


def assuming_with_code(role: str) -> Move:
    """AssumeRole on a role with serial and code of the caller's device, as the AWS CLI does for `mfa_serial`."""

    def move(state: State, person: Person, subject: Subject, assumed: Assumed) -> Iterator[Attempt]:
        for device in state.owned_by(person.identity):
            if device.seed_with is person.actor and device.in_sync:
                for credential in _at_hand(state, person):
                    counts = device.gives_codes and assumed("assumerole-code-counts-for-caller") == "yes"
                    context = CODE_JUST_GIVEN if counts else ()
                    yield Attempt(ASSUME_ROLE, role, credential, state.with_done(ASSUME_ROLE), context, device=device)

    return move


def signed_by(person: Person, move: Move) -> Move:
    """The same move of another person: with his credentials, on the devices that he means."""

    def moved(state: State, _: Person, subject: Subject, assumed: Assumed) -> Iterator[Attempt]:
        for a in move(state, person, subject, assumed):
            yield Attempt(a.action, a.resource, a.credential, a.after, a.context, a.unspecified, a.device, person)

    return moved


def fido_serial(subject: Subject, user: str, actor: Actor) -> str:
    """A serial number as FIDO devices of this user have it (`u2f/user/NAME/DEVICE-ID`)."""
    name = user.rpartition("/")[2]
    return f"arn:{subject.partition}:iam::{subject.account}:u2f/user/{name}/passkey-of-{actor.value}"


def _on_target(action: str, state: State, person: Person) -> Iterator[Attempt]:
    for credential in _at_hand(state, person):
        yield Attempt(action, person.target_arn, credential, state.with_done(action))


def _at_hand(state: State, person: Person) -> tuple[str, ...]:
    held = state.of_another if person.another else state.credentials
    return tuple(kind for kind in _PREFERENCE if kind in held)
