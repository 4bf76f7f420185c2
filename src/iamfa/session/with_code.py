"""A call to STS that takes a code: asked for, tried, told apart from one that was used before, asked for again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Final

from iamfa.errors import OutsideError
from iamfa.gateway.faults import CodeError
from iamfa.gateway.ports import Credentials
from iamfa.otp import STEP_SECONDS
from iamfa.secret import Secret
from iamfa.session.cache import CacheError
from iamfa.session.chosen import Chosen
from iamfa.session.codes import CodeSourceError
from iamfa.session.means import Means, WayOut
from iamfa.session.wanted import Wanted
from iamfa.session.watched import Notice

ATTEMPTS: Final = 3
_MOST_QUESTIONS: Final = 8
"""So often at most a source is asked, also where it gives what is no code or was used before."""
_UNKNOWN_DEVICE: Final = "unable to validate MFA code"
"""What STS says of a serial that is no device of this user."""
_NOTABLE_SECONDS: Final = STEP_SECONDS
"""A clock that is off by so much shows other codes."""


class CodesRefusedError(OutsideError):
    """AWS accepted no code."""


def with_code(
    wanted: Wanted,
    chosen: Chosen,
    sts: WayOut,
    means: Means,
    use: Callable[[str, str], Credentials],
) -> Credentials:
    """The credentials that *use* gives for a serial and a code, asked for until one is accepted.

    STS says the same of a wrong code and of one that was used before (id_credentials_mfa_troubleshoot tells to wait
    for another). So codes that were accepted are remembered, as hashes, and a second use is told before AWS is asked.
    Raises `CodesRefusedError` when the codes are at an end, with everything that is known of the reason.
    """
    return _Attempts(wanted, chosen, sts, means, use).run()


class _Attempts:
    def __init__(
        self, wanted: Wanted, chosen: Chosen, sts: WayOut, means: Means, use: Callable[[str, str], Credentials]
    ) -> None:
        self._wanted = wanted
        self._chosen = chosen
        self._sts = sts
        self._means = means
        self._use = use
        self._refused: list[Secret] = []

    def run(self) -> Credentials:
        means, source = self._means, self._means.source
        complaint: Notice | None = None
        no_code: CodeSourceError | None = None
        for _ in range(_MOST_QUESTIONS):
            try:
                code = source.code(self._chosen.question(complaint))
            except CodeSourceError as error:
                # A hand slips; a program would say the same again.
                if not source.again or source.here:
                    raise
                complaint = Notice("{words}", {"words": error.message})
                no_code = error
                continue
            complaint, seen = None, self._seen_before(code)
            if seen is not None:
                if not source.again:
                    raise CodesRefusedError(str(seen), hint="wait for the device's next code")
                means.watcher.wait(_until_next_step(means.now()), seen)
                continue
            found, complaint = self._tried(code)
            if found is not None:
                return found
            if len(self._refused) >= ATTEMPTS or not source.again or (source.here and self._skew() is not None):
                # With a clock that is off the next code made here would be as wrong.
                break
        if not self._refused and no_code is not None:
            raise no_code
        raise self._given_up()

    def _seen_before(self, code: Secret) -> Notice | None:
        """Why AWS need not be asked: this code was used, or refused, and the device shows the next one in a moment."""
        used = self._means.ledger.used(self._chosen.serial, code, self._means.now())
        if used is not None:
            return Notice(
                "this code of `{device}` was used at {time} UTC, and AWS takes each code once",
                {"device": self._chosen.name, "time": f"{used:%H:%M:%S}"},
            )
        if code in self._refused:
            return Notice("this code was refused just now", {})
        return None

    def _tried(self, code: Secret) -> tuple[Credentials | None, Notice | None]:
        means, chosen = self._means, self._chosen
        try:
            found = self._use(chosen.serial, code.reveal())
        except CodeError as error:
            if _UNKNOWN_DEVICE in error.words:
                if chosen.heal():
                    return self._tried(code)
                raise self._unknown_device(error) from error
            self._refused.append(code)
            return None, Notice("AWS refused the code of `{device}`", {"device": chosen.name})
        with suppress(CacheError):
            # Then a second use is told from a wrong code by nobody; the session is had all the same.
            means.ledger.record(chosen.serial, code, means.now())
        return found, None

    def _skew(self) -> float | None:
        """By how many seconds this machine's clock is ahead of AWS's, where that is enough to matter."""
        theirs = self._sts.answered_at
        if theirs is None:
            return None
        ahead = (self._means.now() - theirs).total_seconds()
        return ahead if abs(ahead) > _NOTABLE_SECONDS else None

    def _unknown_device(self, error: CodeError) -> CodesRefusedError:
        chosen = self._chosen
        others = ", ".join(f"`{each}`" for each in chosen.others)
        return CodesRefusedError(
            f"AWS does not know `{chosen.serial}` as a device of this user: {error.words}",
            hint=(f"the user's devices are {others}: name one with --device" if others else "")
            or "look it up: `iamfa device list`, or in the console under Security credentials; then --device SERIAL",
        )

    def _given_up(self) -> CodesRefusedError:
        """Everything that may be the reason, the likely ones first."""
        chosen, count = self._chosen, len(self._refused)
        reasons = ["wait for the next code"]
        skew = self._skew()
        if skew is not None:
            way = "ahead of" if skew > 0 else "behind"
            reasons.insert(0, f"set this machine's clock: it is {round(abs(skew))} s {way} AWS's")
        if chosen.others:
            reasons.append(
                "look whether it is the code of another device of yours (--device): " + ", ".join(chosen.others)
            )
        reasons.append("look at the clock of the device itself")
        reasons.append(f"if its codes stay refused: `iamfa device resync {chosen.name}`")
        times = "the code" if count == 1 else f"{count} codes"
        return CodesRefusedError(f"AWS refused {times} of the device `{chosen.serial}`", hint="; ".join(reasons))


def _until_next_step(now: datetime) -> float:
    return STEP_SECONDS - now.timestamp() % STEP_SECONDS
