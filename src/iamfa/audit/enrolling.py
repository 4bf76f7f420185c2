"""What a user without a device, and whoever has his key or his password, gets done: walked once for all who are alike.

The walks call CreateVirtualMFADevice and DeleteVirtualMFADevice on devices, EnableMFADevice and DeactivateMFADevice on
the user's own ARN, and GetSessionToken, and nothing else. So their verdicts hang on the statements that take in one of
these actions, on whether the Resource of each fits the user's ARN, and on the names of devices that entries tell apart.
Users are alike if their statements of this kind are equal, if these fit or do not fit the ARNs of both, and if entries
for devices name the user through `${aws:username}` alone. Where an entry writes names of devices out, or the user is
called as the machine calls devices of its own, he is walked by himself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from iamfa.account.entities import Account
from iamfa.audit.layers import Layers, Piece
from iamfa.audit.sets import Member
from iamfa.evaluate.match import CompiledStatement, action_matches
from iamfa.evaluate.request import Request
from iamfa.lifecycle import moves
from iamfa.lifecycle.attacks import walk_attacks
from iamfa.lifecycle.flows import walk_flows
from iamfa.lifecycle.names import READABLE, left_quotient
from iamfa.lifecycle.result import AttackResult, Call, FlowName, FlowResult
from iamfa.lifecycle.subject import Subject
from iamfa.lifecycle.world import World
from iamfa.platform import Assumptions
from iamfa.policy.variables import Template

ASKED = (moves.CREATE, moves.DELETE, moves.ENABLE, moves.DEACTIVATE, moves.SESSION_TOKEN)
_FLOWS: tuple[FlowName, ...] = ("enrol-first-device",)
_RESERVED = frozenset((*READABLE, "first-phone", "lost-phone", "old-phone", "neighbour", "own-user"))
_ANY_NAME = "zq0any0user0qz"
_PLAIN = frozenset("*?-_.@+=,")


@dataclass(frozen=True, slots=True)
class Walked:
    """What the walks found, for the user that they were walked as."""

    flows: tuple[FlowResult, ...]
    key: AttackResult
    password: AttackResult
    layers: Layers
    name: str
    arn: str

    def refused(self, credentials: tuple[str, ...]) -> FlowResult | None:
        """Why neither a virtual nor a FIDO device can be enrolled with one of the credentials; None where one may be.

        What nothing grants is refused: all that could grant it was read. Hardware tokens few have at hand.
        """
        flows = [flow for flow in self.flows if flow.credential in credentials and flow.device != "hardware"]
        if not all(map(_is_refused, flows)):
            return None
        return next(iter(sorted(flows, key=lambda flow: flow.result != "blocked")), None)

    def takes_hardware(self, credentials: tuple[str, ...]) -> bool:
        """Whether a hardware token can be enrolled, or may be."""
        flows = [flow for flow in self.flows if flow.credential in credentials and flow.device == "hardware"]
        return not all(map(_is_refused, flows))

    def piece(self, call: Call) -> Piece | None:
        """The statement that refuses a call."""
        by = call.by
        if by is None or by.policy is None or by.statement_index is None:
            return None
        return self.layers.at(by.policy, by.statement_index)


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    """What of some layers the walks ask about."""

    layers: Layers
    statements: tuple[CompiledStatement, ...]
    names_devices: bool
    """Whether a policy may tell a user's devices apart by more than that they are named after him."""

    def fits(self, member: Member) -> tuple[bool, ...]:
        """Whether the Resource of each statement takes in the user's own ARN."""
        if all(each.takes_every_resource for each in self.statements):
            return ()
        request = Request(moves.ENABLE, member.user.arn, context=dict(member.keys))
        return tuple(each.resource_fits(request) is True for each in self.statements)


def _is_refused(flow: FlowResult) -> bool:
    return flow.refused is not None and flow.result in ("blocked", "not_decided")


class Enrolling:
    """The walks of one account."""

    def __init__(self, account: Account, assumptions: Assumptions) -> None:
        self._account = account
        self._assumptions = assumptions
        self._walked: dict[object, Walked] = {}
        self._shapes: dict[Layers, _Shape] = {}

    def walk(self, layers: Layers, member: Member) -> Walked:
        """What was walked for the user, or for one like him."""
        shape = self._shapes.get(layers)
        if shape is None:
            shape = self._shapes[layers] = self._shape(layers)
        alone = shape.names_devices or member.user.name in _RESERVED
        key = (shape.layers, shape.fits(member), member.user.name if alone else None)
        if key not in self._walked:
            self._walked[key] = self._walk(shape.layers, member)
        return self._walked[key]

    def _shape(self, layers: Layers) -> _Shape:
        touched = layers.where(_touches)
        prefix = f"arn:{self._account.partition}:iam::{self._account.number}:mfa/"
        told = {key: value for key, value in layers.filled if value is not None} | {"aws:username": _ANY_NAME}
        names_devices = any(_writes_names_out(piece, prefix, told) for piece in touched.pieces())
        return _Shape(touched, tuple(_compiled(piece) for piece in touched.pieces()), names_devices)

    def _walk(self, layers: Layers, member: Member) -> Walked:
        user = member.user
        subject = Subject.of(user.name, account=self._account.number, partition=self._account.partition, path=user.path)
        told = {key: value for key, value in layers.filled if value is not None}
        world = World(layers.bundle(), subject, self._assumptions, told)
        flows = walk_flows(world, only=_FLOWS)
        key, password = walk_attacks(world, only=("leaked-key-of-fresh-user", "stolen-password"))
        return Walked(flows, key, password, layers, user.name, user.arn)


def _touches(piece: Piece) -> bool:
    """Whether the statement takes in an action that the walks ask about."""
    action = piece.statement.action
    return any(
        any(action_matches(value.text, asked) for value in action.values) is not action.negated for asked in ASKED
    )


def _compiled(piece: Piece) -> CompiledStatement:
    return CompiledStatement("", piece.statement, piece.document)


def _writes_names_out(piece: Piece, prefix: str, told: dict[str, str]) -> bool:
    """Whether an entry of its Resource takes in some devices of the account by a name that it spells."""
    for value in piece.statement.resource.values if piece.statement.resource is not None else ():
        tokens = Template.of_resource(value.text, variables=piece.variables).resolve(told.get)
        if tokens is None:
            continue
        for glob in left_quotient(tokens, prefix):
            spelled = "".join(token for token in glob.tokens if isinstance(token, str))
            if set(spelled.replace(_ANY_NAME, "")) - _PLAIN:
                return True
    return False


def as_made_by(trace: tuple[Call, ...], walked: Walked, member: Member) -> tuple[Call, ...]:
    """A trace with the user's own ARN and name in it, where it was walked as another who is like him.

    Labels of policies are those of the walk, and left out: `Walked.piece` finds the statement.
    """
    return tuple(_as_made_by(call, walked, member.user.arn, member.user.name) for call in trace)


def _as_made_by(call: Call, walked: Walked, arn: str, name: str) -> Call:
    by = call.by if call.by is not None and call.by.platform is not None else None
    if walked.arn == arn:
        return replace(call, by=by)
    resource = _renamed(call.resource, walked, arn, name)
    message = call.message
    if message is not None:
        message = message.replace(walked.arn, arn)
        message = message.replace(call.resource, resource) if call.resource != walked.arn else message
    return replace(call, resource=resource, message=message, by=by)


def _renamed(resource: str, walked: Walked, arn: str, name: str) -> str:
    if resource == walked.arn:
        return arn
    head, slash, device = resource.partition(":mfa/")
    if not slash or device in READABLE:
        return resource
    if device.startswith(walked.name):
        return f"{head}{slash}{name}{device[len(walked.name) :]}"
    if device.endswith(walked.name):
        return f"{head}{slash}{device[: -len(walked.name)]}{name}"
    return resource
