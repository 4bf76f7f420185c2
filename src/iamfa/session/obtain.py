"""A session: out of the cache if there is one, else from STS with a code, for the user himself or through roles."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from iamfa.device.own_user import OwnUser, own_user
from iamfa.errors import IamfaError
from iamfa.gateway.faults import AccessDeniedError, AwsError, CredentialsError
from iamfa.gateway.ports import Credentials
from iamfa.session.cache import CacheError, Kept, NobodyCanAskError
from iamfa.session.cached import MARGIN_SECONDS, owner_key
from iamfa.session.chosen import Chosen
from iamfa.session.means import Means, WayOut
from iamfa.session.profiles import profile_option
from iamfa.session.turn import PATIENCE_SECONDS, Turn, WaitedInVainError
from iamfa.session.wanted import LONGEST_FROM_SESSION, Role, Wanted
from iamfa.session.watched import Notice
from iamfa.session.with_code import with_code

LEAST_SECONDS: Final = 60
"""A session that lasts this long still serves where nobody can be asked for a new one."""
_ANSWERED_SECONDS: Final = 3
"""AWS tells within this whose a key is, or the network is such that everybody had better try for himself."""


@dataclass(frozen=True, slots=True)
class Obtained:
    """A session, and how it came."""

    kept: Kept
    fresh: bool
    """Whether it was made now."""
    healed_from: str | None = None
    """The stale serial of a profile, where another device was taken."""
    is_kept: bool = True
    """Whether it is there for others; not where nothing can be written, which was told then."""


def owner_of(wanted: Wanted, means: Means) -> OwnUser:
    """The user whose key this is, remembered or asked (GetCallerIdentity, which no policy denies).

    Raises `NotAUserError` for the root user's key, and `AwsError`.
    """

    def known() -> OwnUser | None:
        return means.cache.owner(wanted.endpoint, wanted.keys.key_id)

    def ask() -> OwnUser:
        means.watcher.explain(f"aws sts get-caller-identity{profile_option(wanted.source)}")
        user = own_user(means.connect(wanted.keys, "sts"))
        with suppress(CacheError):
            # Said when the session itself cannot be kept.
            means.cache.remember_owner(wanted.endpoint, wanted.keys.key_id, user)
        return user

    found = known()
    if found is not None:
        return found
    name = sha256(owner_key(wanted.endpoint, wanted.keys.key_id).encode()).hexdigest()[:32]
    turn = Turn(means.cache.folder, f"owner-{name}.lock", known)
    try:
        return turn.take(ask, can_ask=True, patience=_ANSWERED_SECONDS)
    except (CacheError, WaitedInVainError):
        return ask()


def obtain(wanted: Wanted, means: Means) -> Obtained:
    """The session that is wanted.

    Of many processes at once one asks, and the others take what it got. Raises `NobodyCanAskError` where a code is
    needed and nobody can be asked, `CodeSourceError`, `CodesRefusedError`, `DeviceChoiceError`, `AwsError`.
    """
    user = owner_of(wanted, means)
    return _Making(wanted, user, means).session(len(wanted.roles))


class _Making:
    def __init__(self, wanted: Wanted, user: OwnUser, means: Means) -> None:
        self._wanted = wanted
        self._user = user
        self._means = means
        self._replaced: dict[str, str] = {}
        """Of a renewal: the access key ids of what was kept before it, by the sessions' names."""
        self._healed_from: str | None = None
        self._uncached = False

    def session(self, roles: int) -> Obtained:
        """The session that has gone through so many of the roles; 0 is the user's own."""
        wanted, means, user = self._wanted, self._means, self._user
        key = wanted.key(user.partition, user.account, user.name, roles=roles)
        old = means.cache.find(key, margin=0) if wanted.renew else None
        if old is not None:
            self._replaced[key] = old.credentials.key_id
        kept = self._usable(key)
        if kept is not None:
            return Obtained(kept, fresh=False)
        fresh: list[Kept] = []

        def make() -> Kept:
            fresh.append(self._made(key, roles))
            self._keep(fresh[0])
            return fresh[0]

        can_ask = means.asks or (roles > 0 and not wanted.direct)
        turn = means.cache.turn(key, find=lambda: self._usable(key))
        try:
            kept = turn.take(make, can_ask=can_ask, waiting=lambda left: means.watcher.others(PATIENCE_SECONDS - left))
        except CacheError as error:
            # Where there can be no lock, there can be no waiting for others either.
            self._say_uncached(error)
            if not can_ask:
                raise
            return Obtained(self._made(key, roles), fresh=True, healed_from=self._healed_from, is_kept=False)
        except NobodyCanAskError as error:
            kept = self._usable(key, margin=LEAST_SECONDS)
            if kept is None:
                raise NobodyCanAskError(
                    f"profile `{wanted.profile}` needs a session, and there is no terminal to ask for a code on",
                    hint=f"run `iamfa login{_how(wanted)}` in a terminal, and then this again",
                ) from error
            means.watcher.tell(
                Notice(
                    "the session ends at {time:%H:%M} UTC, and nobody can be asked for a code here: run `iamfa login "
                    "--renew{profile}` in a terminal",
                    {"time": kept.credentials.expires, "profile": profile_option(wanted.profile)},
                )
            )
        return Obtained(kept, fresh=bool(fresh), healed_from=self._healed_from, is_kept=not (fresh and self._uncached))

    def _keep(self, kept: Kept) -> None:
        """Keep it; where that cannot be, it serves this once."""
        try:
            self._means.cache.keep(kept)
        except CacheError as error:
            self._say_uncached(error)

    def _say_uncached(self, error: CacheError) -> None:
        if not self._uncached:
            self._uncached = True
            words = {"reason": error.message, "hint": f"; {error.hint}" if error.hint else ""}
            self._means.watcher.tell(Notice("the session is not kept, and is asked for anew: {reason}{hint}", words))

    def _usable(self, key: str, *, margin: int = MARGIN_SECONDS) -> Kept | None:
        """What is kept, if it lasts and its code is not too old; and not from before a renewal that is asked for."""
        age = None if self._wanted.max_age is None else timedelta(seconds=self._wanted.max_age)
        kept = self._means.cache.find(key, max_age=age, margin=margin)
        return None if kept is None or kept.credentials.key_id == self._replaced.get(key) else kept

    def _made(self, key: str, roles: int) -> Kept:
        wanted, means = self._wanted, self._means
        mfa_at: datetime | None
        serial: str | None
        if roles == 0:
            credentials, mfa_at, serial = self._with_code(None)
        elif wanted.direct:
            role = wanted.roles[0]
            means.watcher.tell(
                Notice(
                    "a session with MFA gives a role for an hour at most; for {hours:g} h the role is assumed with the "
                    "key and a code, and this code serves no other role",
                    {"hours": (role.seconds or 0) / 3600},
                )
            )
            credentials, mfa_at, serial = self._with_code(role)
        else:
            base = self.session(roles - 1).kept
            credentials = self._assumed(wanted.roles[roles - 1], base, chained=roles > 1)
            mfa_at, serial = base.mfa_at, base.serial
        through = tuple(role.arn for role in wanted.roles[:roles])
        return Kept(credentials, self._user, wanted.endpoint, means.now(), mfa_at, serial, through, key)

    def _with_code(self, role: Role | None) -> tuple[Credentials, datetime, str]:
        """A session of GetSessionToken, or of a role that is assumed with a code."""
        wanted, means = self._wanted, self._means
        sts = means.connect(wanted.keys, "sts")
        chosen = Chosen(wanted, self._user, means.connect(wanted.keys, "iam"), means)

        def use(serial: str, code: str) -> Credentials:
            if role is not None:
                means.watcher.explain(_assume_command(role, wanted.source, self._user, serial=serial))
                try:
                    return _assume(sts, role, self._user, serial=serial, code=code, seconds=role.seconds)
                except AccessDeniedError as error:
                    hint = "the call goes with the key, and a policy that denies what is done without MFA may deny it: "
                    hint += "without the duration the role is assumed from a session, for an hour; or the role's trust "
                    hint += "policy does not name the caller"
                    raise AccessDeniedError(
                        error.code, error.words, operation=error.operation, status=error.status, hint=hint
                    ) from error
            means.watcher.explain(
                f"aws sts get-session-token --serial-number {serial} --token-code CODE"
                + (f" --duration-seconds {wanted.seconds}" if wanted.seconds is not None else "")
                + profile_option(wanted.source)
            )
            return sts.get_session_token(serial=serial, code=code, seconds=wanted.seconds)

        credentials = with_code(wanted, chosen, sts, means, use)
        self._healed_from = chosen.healed_from
        return credentials, means.now(), chosen.serial

    def _assumed(self, role: Role, base: Kept, *, chained: bool) -> Credentials:
        means = self._means
        seconds = role.seconds
        if seconds is not None and seconds > LONGEST_FROM_SESSION:
            means.watcher.tell(
                Notice(
                    "AWS gives a role that is assumed by way of another one for an hour at most, so `{role}` lasts an "
                    "hour instead of {hours:g}",
                    {"role": role.arn, "hours": seconds / 3600},
                )
            )
            seconds = LONGEST_FROM_SESSION
        means.watcher.explain(_assume_command(role, "SESSION", self._user, serial=None))
        sts = means.connect(base.credentials, "sts")
        try:
            return _assume(sts, role, self._user, seconds=seconds)
        except AccessDeniedError as error:
            raise RoleRefusedError(role, base) from error
        except CredentialsError as error:
            command = f"`iamfa login --renew{profile_option(self._wanted.profile)}`"
            hint = f"the session that was kept is not accepted any more; get a new one: {command}"
            raise CredentialsError(
                error.code, error.words, operation=error.operation, status=error.status, hint=hint
            ) from error


def _how(wanted: Wanted) -> str:
    """The options with which somebody gets at the terminal what could not be asked for here."""
    renew = " --renew" if wanted.renew else ""
    age = f" --max-age {wanted.max_age}" if wanted.max_age is not None else ""
    return f"{renew}{age}{profile_option(wanted.profile)}"


class RoleRefusedError(AwsError):
    """A role that may not be assumed, though the session has MFA."""

    def __init__(self, role: Role, base: Kept) -> None:
        who = base.roles[-1] if base.roles else base.owner.arn
        super().__init__(
            "AccessDenied",
            f"`{who}` may not assume `{role.arn}` (profile `{role.profile}`)",
            operation="sts:AssumeRole",
            hint="two policies decide: one of the caller must allow sts:AssumeRole on the role, and the role's trust "
            "policy must name the caller (an external id, a tag or an address may be demanded there)"
            + (
                "; a trust policy that demands MFA refuses a role that is assumed by another role"
                if base.roles
                else f"; the session has MFA, with the device `{base.serial}`"
            ),
        )


def _assume(
    sts: WayOut,
    role: Role,
    user: OwnUser,
    *,
    seconds: int | None,
    serial: str | None = None,
    code: str | None = None,
) -> Credentials:
    return sts.assume_role(
        role.arn,
        role.session_name or user.name,
        serial=serial,
        code=code,
        seconds=seconds,
        external_id=role.external_id,
    )


def _assume_command(role: Role, profile: str, user: OwnUser, *, serial: str | None) -> str:
    parts = [f"aws sts assume-role --role-arn {role.arn} --role-session-name {role.session_name or user.name}"]
    if role.external_id is not None:
        parts.append(f"--external-id {role.external_id}")
    if serial is not None:
        parts.append(f"--serial-number {serial} --token-code CODE")
    if role.seconds is not None:
        parts.append(f"--duration-seconds {role.seconds}")
    return " ".join(parts) + profile_option(profile)


def remaining(kept: Kept, now: datetime) -> timedelta:
    """How long the session lasts yet; nothing where it has ended."""
    if kept.credentials.expires is None:
        raise IamfaError(f"the session of `{kept.owner.arn}` does not say when it ends")
    return max(kept.credentials.expires - now, timedelta(0))
