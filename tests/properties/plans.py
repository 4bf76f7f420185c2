"""What each flow and each attack is, written a second time: starts, moves and goals for the slow walk.

From docs/semantics.md; of the machine only the moves are used. Names are tried from a small pool, one for each way in
which the policies of the test tell names apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from tests.properties.slow_walk import Plan

from iamfa.lifecycle import moves
from iamfa.lifecycle.moves import NOTHING_MORE, Move, Person, Sent
from iamfa.lifecycle.state import Actor, Device, State, state_of
from iamfa.lifecycle.subject import Subject

ALICE = Subject.of("alice")
ARN = ALICE.user_arn
ROLE = "arn:aws:iam::123456789012:role/some-role"
CLIENT = "arn:aws:signin:us-east-1:123456789012:oauth2/public-client/localhost"
THING = "arn:aws:unheard-of:us-east-1:123456789012:thing/one"
NAMES = ("phone", "tablet", "alice-x")
"""One for each way in which the patterns below tell names apart, besides the own name."""
AGES = ("0", "5", "300", "301", "900", "901", "129600")
KEY, CONSOLE, TOKEN_MFA, CONSOLE_MFA = "long-term-key", "console", "token-mfa", "console-mfa"
CONSOLE_OPEN = ("console-deletes-unassigned",)

# What each flow is

Goal = Callable[[State], bool]
Asks = tuple[str, ...]


def device(name: str = "first", owner: Actor | None = Actor.USER, seed: Actor | None = Actor.USER) -> Device:
    return Device(ALICE.device_arn(name), "virtual", owner, seed)


TOKEN = Device("GAHT00000001", "hardware", Actor.USER, Actor.USER)
FIDO = Device("arn:aws:iam::123456789012:u2f/user/alice/mine", "fido", Actor.USER, Actor.USER)
MINE = {"virtual-any-name": device("tablet"), "virtual-own-name": device("alice"), "hardware": TOKEN, "fido": FIDO}
NEW_TOKEN = Device("GAHT00000002", "hardware", None, Actor.USER)


def plan(start: State, steps: tuple[Move, ...], goal: Goal, names: tuple[str, ...] = (), asks: Asks = ()) -> Plan:
    """What the user himself sets out to do."""
    return Plan(Person(Actor.USER, Actor.USER, ARN, Actor.USER, ARN, names), start, steps, goal, asks)


def done(state: State) -> bool:
    return bool(state.done)


def in_sync(state: State) -> bool:
    return all(device.in_sync for device in state.devices)


def owned(state: State) -> int:
    return sum(device.owner is Actor.USER for device in state.devices)


def with_seed(state: State) -> int:
    return sum(d.owner is Actor.USER and d.seed_with is Actor.USER for d in state.devices)


def names_of(kind: str) -> tuple[str, ...]:
    return ("alice",) if kind == "virtual-own-name" else NAMES


def plans(flow: str, credential: str, kind: str | None) -> Iterator[Plan]:
    """Each plan for a name that the user may choose; all of them must come to the goal."""
    key = (moves.session_with_code,)
    start = state_of((), (credential,))
    console = CONSOLE_OPEN if credential.startswith("console") else ()
    match flow:
        case "enrol-first-device" | "enrol-second-device":
            wanted = 1 if flow == "enrol-first-device" else 2
            start = state_of([device()] * (wanted - 1), (credential,))
            yield from new_device(kind, start, key, lambda s: with_seed(s) >= wanted, console)
        case "get-session":
            yield plan(state_of((MINE[str(kind)],), (KEY,)), key, lambda s: TOKEN_MFA in s.credentials)
        case "work-with-mfa":
            yield plan(start, (moves.calling(moves.UNHEARD_OF, THING),), done)
        case "resync-device":
            drifted = replace(MINE[str(kind)], in_sync=False)
            yield plan(state_of((drifted,), (credential,)), (*key, moves.resync), in_sync)
        case "remove-device":
            yield plan(state_of((MINE[str(kind)],), (credential,)), (*key, moves.deactivate), lambda s: not owned(s))
        case "retry-abandoned-enrolment":
            for name in names_of(str(kind)):
                begun = state_of((device(name, None, None),), (credential,))
                steps = (moves.create, moves.enable, moves.delete)
                yield plan(begun, steps, lambda s: with_seed(s) == 1, (name,), console)
        case "list-own-devices":
            yield plan(start, (moves.calling("iam:ListMFADevices", ARN),), done)
        case "change-own-password":
            yield plan(start, (moves.calling("iam:ChangePassword", ARN),), done)
        case "replace-lost-device":
            begun = state_of((device(), lost(str(kind), Actor.USER)), (credential,))
            before = (*key, moves.deactivate, *((moves.delete,) if str(kind).startswith("virtual") else ()))
            yield from new_device(kind, begun, before, lambda s: with_seed(s) == 2 == owned(s), console)
        case "lost-only-device":
            left = lost(str(kind), None)
            begun = state_of((left,) if left.kind == "virtual" else (), (), password=True)
            before = (moves.sign_in, *((moves.delete,) if left.kind == "virtual" else ()))
            yield from new_device(kind, begun, before, lambda s: CONSOLE_MFA in s.credentials, CONSOLE_OPEN)
        case "cli-with-passkey":
            calls = [moves.calling(f"signin:{name}", CLIENT) for name in ("AuthorizeOAuth2Access", "CreateOAuth2Token")]
            yield plan(state_of((FIDO,), (CONSOLE_MFA,)), tuple(calls), lambda s: len(s.done) == 2)
        case "assume-role-with-code":
            begun = state_of((MINE[str(kind)],), (KEY,))
            asks = ("assumerole-code-counts-for-caller",)
            yield plan(begun, (moves.assuming_with_code(ROLE),), done, (), asks)
        case "assume-role-from-mfa-session":
            yield plan(start, (moves.calling("sts:AssumeRole", ROLE),), done)
        case _:
            raise AssertionError(f"no plan for {flow}")


def lost(kind: str, owner: Actor | None) -> Device:
    if kind.startswith("virtual"):
        return device("alice" if kind == "virtual-own-name" else "lost", owner, None)
    return replace(MINE[kind], serial=MINE[kind].serial + "9", owner=owner, seed_with=None)


def new_device(kind: str | None, start: State, before: tuple[Move, ...], goal: Goal, asks: Asks) -> Iterator[Plan]:
    if kind == "hardware":
        yield plan(start.with_device(NEW_TOKEN), (*before, moves.enable), goal)
    elif kind == "fido":
        yield plan(start, (*before, moves.register_fido), goal)
    else:
        for name in names_of(str(kind)):
            yield plan(start, (*before, moves.create, moves.enable), goal, (name,), asks)


# What each attack is

THIEF = Person(Actor.THIEF, Actor.USER, ARN, Actor.USER, ARN, ("alice", *NAMES))
WITH_KEY = (
    moves.session_with_code, moves.session_without_code, moves.create, moves.enable, moves.deactivate, moves.delete,
)  # fmt: skip
WITH_PASSWORD = (moves.sign_in, moves.create, moves.enable, moves.register_fido, moves.deactivate, moves.delete)
OWNED = [*(device(name) for name in ("first", "alice", *NAMES)), TOKEN, FIDO]
LASTING = (
    "iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:UploadSSHPublicKey",
    "iam:UploadSigningCertificate", "iam:CreateServiceSpecificCredential", "iam:ResetServiceSpecificCredential",
)  # fmt: skip
USERS = (ARN, ALICE.neighbour_arn, ALICE.neighbour_with_prefix)
_GIT, _BEDROCK, _LOGS = (
    (("iam:ServiceSpecificCredentialServiceName", f"{name}.amazonaws.com"),)
    for name in ("codecommit", "bedrock", "logs")
)
_ANY_AGE = (Sent(_GIT), Sent(_BEDROCK), Sent(_LOGS))
FOR_A_SERVICE = {
    "iam:ResetServiceSpecificCredential": _ANY_AGE,
    "iam:CreateServiceSpecificCredential": (
        *_ANY_AGE,
        *(
            Sent((*service, ("iam:ServiceSpecificCredentialAgeDays", days)))
            for service in (_BEDROCK, _LOGS)
            for days in ("1", "91")
        ),
    ),
}
"""What else the calls send about credentials for one service, as far as the policies here tell it apart."""
Calls = Mapping[str, tuple[str, ...]]
GROUP = ("arn:aws:iam::123456789012:group/everybody",)
MANAGED = ("arn:aws:iam::123456789012:policy/ForceMFA", "arn:aws:iam::123456789012:policy/other")
LIFTS: Calls = {
    "iam:DetachUserPolicy": (ARN,), "iam:DeleteUserPolicy": (ARN,), "iam:PutUserPolicy": (ARN,),
    "iam:DetachGroupPolicy": GROUP, "iam:DeleteGroupPolicy": GROUP, "iam:PutGroupPolicy": GROUP,
    "iam:RemoveUserFromGroup": GROUP,
}  # fmt: skip
LIFTS_GRANT: Calls = {
    "iam:AttachUserPolicy": (ARN,),
    "iam:PutUserPolicy": (ARN,),
    "iam:AttachGroupPolicy": GROUP,
    "iam:PutGroupPolicy": GROUP,
    "iam:AddUserToGroup": GROUP,
}
LIFTS_BOUNDARY: Calls = {"iam:DeleteUserPermissionsBoundary": (ARN,), "iam:PutUserPermissionsBoundary": (ARN,)}
LIFTS_EITHER: Calls = {
    "iam:CreatePolicyVersion": MANAGED, "iam:SetDefaultPolicyVersion": MANAGED,
}  # fmt: skip


def with_key(*devices: Device) -> Plan:
    return Plan(THIEF, state_of(devices, (KEY,)), WITH_KEY, lambda s: TOKEN_MFA in s.credentials)


def guesses(owned_device: Device) -> Iterator[Plan]:
    asks = ("code-guessing-limited",)
    key = state_of((owned_device,), (KEY,))
    yield Plan(THIEF, key, (moves.session_with_guess,), lambda s: TOKEN_MFA in s.credentials, asks)
    password = state_of((owned_device,), (), password=True)
    yield Plan(THIEF, password, (moves.sign_in_with_guess,), lambda s: CONSOLE_MFA in s.credentials, asks)


def attempts(attack: str) -> list[Plan]:
    """Every variant of an attack on one user; it succeeds if one does."""
    match attack:
        case "leaked-key-of-fresh-user":
            return [with_key()]
        case "leaked-key-of-enrolled-user":
            return [with_key(each) for each in OWNED]
        case "stolen-password":
            start = state_of((), (), password=True)
            return [Plan(THIEF, start, WITH_PASSWORD, lambda s: CONSOLE_MFA in s.credentials, CONSOLE_OPEN)]
        case "guess-the-code":
            return [plan for each in OWNED for plan in guesses(each)]
        case "reset-window":
            return [with_key(), *(with_key(device(name, None, None)) for name in ("first", "alice", *NAMES))]
        case "foreign-seed":
            his = device("old", None, Actor.THIEF)
            return [with_key(his), *(with_key(his, each) for each in (device(), TOKEN, FIDO))]
        case _:
            raise AssertionError(f"no plan for {attack}")


PAIRS = ((ALICE.neighbour_arn, ARN), (ARN, ALICE.neighbour_with_prefix))


def names_for(arn: str) -> tuple[str, ...]:
    own = arn.rpartition("/")[2]
    return (own, "tablet", "phone", f"{own}-x")


def against(neighbour: str, target: str) -> Plan:
    """The neighbour's own key, on the user's devices."""
    person = Person(Actor.NEIGHBOUR, Actor.NEIGHBOUR, neighbour, Actor.USER, target, names_for(neighbour))
    start = state_of((device(),), (KEY,))
    return Plan(person, start, WITH_KEY[2:], lambda s: {d for d in s.devices if d.owner is Actor.USER} != {device()})


def two_keys(one: str, other: str) -> Plan:
    """Both keys in one hand, each on the devices of both."""
    arns = {Actor.USER: one, Actor.NEIGHBOUR: other}
    steps = [
        moves.signed_by(
            Person(Actor.THIEF, identity, arn, target, arns[target], names_for(arn)[:3], identity is Actor.NEIGHBOUR),
            move,
        )
        for identity, arn in arns.items()
        for target in arns
        for move in WITH_KEY
        if move is not moves.session_without_code
    ]
    start = state_of((device(), device("second", Actor.NEIGHBOUR, Actor.NEIGHBOUR)), (KEY,))
    start = replace(start, of_another=frozenset({KEY}))
    return Plan(THIEF, start, tuple(steps), lambda s: TOKEN_MFA in s.credentials | s.of_another)


def persists(credential: str) -> Plan:
    """A session in other hands that leaves something behind."""
    takes = tuple(
        moves.calling(action, *USERS, sending=FOR_A_SERVICE.get(action, (NOTHING_MORE,))) for action in LASTING
    )
    steps = (moves.create, moves.enable, *takes, *((moves.register_fido,) if credential == CONSOLE_MFA else ()))

    def goal(state: State) -> bool:
        return bool(state.done) or any(d.owner is Actor.USER and d.seed_with is Actor.THIEF for d in state.devices)

    return Plan(THIEF, state_of((device(),), (credential,)), steps, goal)


def lifting(calls: Calls) -> Plan:
    steps = tuple(moves.calling(action, *resources) for action, resources in calls.items())
    return Plan(THIEF, state_of((), (TOKEN_MFA, CONSOLE_MFA)), steps, done)
