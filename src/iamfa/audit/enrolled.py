"""The second answer: has the user a device, and if he has none, what that means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from iamfa.advise import actions as act
from iamfa.advise.targets import targets_of
from iamfa.audit.enrolling import Enrolling, Walked, as_made_by
from iamfa.audit.forcing import Forcing
from iamfa.audit.holdings import Holdings
from iamfa.audit.layers import Layers
from iamfa.audit.sets import Member, Reading
from iamfa.audit.unread import Unread
from iamfa.audit.values import Enforced, Enrolled, Refusal
from iamfa.lifecycle.moves import SESSION_TOKEN, SIGN_IN
from iamfa.lifecycle.result import AttackResult, Call

_MOST_REACHED = 20
_EVERYTHING = ("*",)
_BY = {"key": ("long-term-key", "token"), "password": ("console",)}
_WITH_MFA = {"key": "token-mfa", "password": "console-mfa"}


@dataclass
class EnrolledJudge:
    """Answers for the users of one account."""

    reading: Reading
    unread: Unread
    holdings: Holdings
    forcing: Forcing
    enrolling: Enrolling
    wanting: Callable[[Member], tuple[str, ...]]
    """Policies that reach a user, or may, and were not read."""
    _reached: dict[tuple[Layers, str], tuple[str, ...]] = field(default_factory=dict)

    def answer(self, member: Member, enforced: Enforced) -> Enrolled:
        """Whether the user has a device; *enforced* is the first answer."""
        name = member.user.name
        kinds = tuple(sorted(device.kind for device in self.holdings.devices.get(name, ())))
        has = self.holdings.has_device(name)
        if has:
            partly = self.unread.lacks("mfa_devices", of=(f"user/{name}",))
            reason = None if kinds else "the credential report says so, and which kind it is was not read"
            return Enrolled("enrolled", kinds, reason=reason, not_read=partly)
        if has is None:
            return Enrolled("unknown", reason="devices were not read", not_read=("mfa_devices",))
        key, password = self.holdings.has_key(name), self.holdings.has_password(name)
        missing = self._missing(key, password)
        if not key and not password:
            if missing:
                return Enrolled("unknown", reason="credentials were not read", not_read=missing)
            return Enrolled("none-needed")
        if self.wanting(member):
            return Enrolled("unknown", reason="; ".join(self.wanting(member)), not_read=missing)
        return self._without_device(member, enforced, bool(key), bool(password), missing)

    def _missing(self, key: bool | None, password: bool | None) -> tuple[str, ...]:
        return (*(("access_keys",) if key is None else ()), *(("login_profiles",) if password is None else ()))

    def _without_device(
        self, member: Member, enforced: Enforced, key: bool, password: bool, missing: tuple[str, ...]
    ) -> Enrolled:
        layers = self.reading.layers(member)
        walked = self.enrolling.walk(layers, member)
        begins = (*(("long-term-key",) if key else ()), *(("console",) if password else ()))
        refusal = self._refusal(member, walked, begins)
        missing = tuple(dict.fromkeys((*missing, *self.unread.lacks("organization"))))
        doubts: list[str] = []
        ways = (("key", walked.key, key), ("password", walked.password, password))
        for leaked, attack, held in ways:
            if not held:
                continue
            exposed = self._exposed(member, enforced, walked, leaked, attack, layers)
            if exposed is not None:
                trace, reaches = exposed
                return Enrolled(
                    "exposed-now",
                    (),
                    refusal,
                    trace,
                    "key" if leaked == "key" else "password",
                    reaches,
                    not_read=missing,
                )
            if attack.result not in ("stopped", "not_decided") or attack.refused is None:
                on = f"`{attack.assumption}`" if attack.assumption else attack.detail or "what was not read"
                doubts.append(f"whether a leaked {leaked} is enough hangs on {on}")
        if refusal is not None:
            hardware = walked.takes_hardware(begins)
            if enforced.answer in ("denied", "not-granted") and not hardware:
                return Enrolled("locked-out", (), refusal, not_read=missing)
            reason = "a hardware token could be enabled" if hardware else None
            return Enrolled("cannot-enrol", (), refusal, reason=reason, not_read=missing)
        return Enrolled("not-enrolled", reason="; ".join(doubts) or None, not_read=missing)

    def _refusal(self, member: Member, walked: Walked, begins: tuple[str, ...]) -> Refusal | None:
        flow = walked.refused(begins)
        if flow is None or flow.refused is None:
            return None
        call = as_made_by((flow.refused,), walked, member)[0]
        piece = walked.piece(flow.refused)
        place = None if piece is None else self.reading.place(member, piece.__eq__)
        return Refusal(call, place)

    def _exposed(
        self, member: Member, enforced: Enforced, walked: Walked, leaked: str, attack: AttackResult, layers: Layers
    ) -> tuple[tuple[Call, ...], tuple[str, ...]] | None:
        """What somebody does with what leaked, and what he reaches; None where nothing shows that he gets anything."""
        witness = enforced.witness
        if witness is not None and witness.can_be_sent and witness.credential in _BY[leaked]:
            call = Call(witness.request.action, witness.request.resource, witness.credential, "ok")
            return (*_before(leaked, witness.credential, member), call), self._reaches(layers, witness.credential)
        if attack.result == "succeeds":
            reached = self._reaches(layers, _WITH_MFA[leaked])
            return as_made_by(attack.trace, walked, member), reached
        return None

    def _reaches(self, layers: Layers, kind: str) -> tuple[str, ...]:
        """What the layers grant with this kind of credential, in patterns of theirs."""
        key = (layers, kind)
        if key not in self._reached:
            self._reached[key] = tuple(dict.fromkeys(self._patterns(layers, kind)))[:_MOST_REACHED]
        return self._reached[key]

    def _patterns(self, layers: Layers, kind: str) -> Iterator[str]:
        forcing, decider = self.forcing, self.forcing.decider(layers)

        def passes(action: str, resource: str) -> bool:
            return decider.decide(forcing.request(layers, action, resource, kind)).decision == "allowed"

        (thing,) = targets_of(act.UNHEARD_OF, forcing.subject, (), unheard=True)
        if passes(act.UNHEARD_OF, thing.arn):
            yield from _EVERYTHING
            return
        for piece in layers.identity:
            if piece.statement.effect != "Allow":
                continue
            if any(passes(action, resource) for action, resource in forcing.tried_of(piece)):
                negated = piece.statement.action.negated
                yield from (f"all but {v.text}" if negated else v.text for v in piece.statement.action.values)


def _before(leaked: str, credential: str, member: Member) -> tuple[Call, ...]:
    """What comes before the first call: a password is signed in with, a token obtained."""
    if leaked == "password":
        return (Call(SIGN_IN, member.user.arn, "console", "ok"),)
    return (Call(SESSION_TOKEN, "*", "long-term-key", "ok"),) if credential == "token" else ()
