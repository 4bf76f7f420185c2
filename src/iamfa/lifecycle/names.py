"""Names of virtual devices that stand for every legal name.

CreateVirtualMFADevice and DeleteVirtualMFADevice are authorised on the device's ARN, and of a request nothing but that
ARN holds the name. So two names that fit the same entries of Resource and NotResource have the same verdicts, and one
name of each class is enough. The user's own name is a class by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from iamfa.evaluate.match import action_matches
from iamfa.evaluate.request import Request
from iamfa.lifecycle.subject import Subject
from iamfa.policy.bundle import Bundle
from iamfa.policy.glob import Glob, Token, Wild, normalised
from iamfa.policy.variables import Template, lookup_in
from iamfa.proof.alphabet import Alphabet
from iamfa.proof.language import DEVICE_NAME, STATES, Unknown, representatives

ON_DEVICES = ("iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice")
"""The calls of the machine that are authorised on the ARN of a virtual device (Service Authorization Reference)."""

READABLE = ("googleAuthentication", "phone", "authenticator", "security-key")
"""Names such as people give; the first stands for all where no policy tells names apart."""

WITH_PATH = Alphabet(DEVICE_NAME.characters + "/")
"""What the names of groups and policies are made of, with the paths before them."""

_LONGEST_WITH_PATH = 512 + 128
"""Path and name (CreatePolicy and CreateGroup in the IAM API Reference)."""

_SERIAL_LENGTH = 256
"""The longest serial number (EnableMFADevice in the IAM API Reference); a virtual device's is its ARN."""


@dataclass(frozen=True, slots=True)
class DeviceNames:
    """One name for each way in which the policies can tell names apart."""

    own: str
    """The user's own name."""
    free: tuple[str, ...]
    """The others, the most readable first; never empty."""
    literal: tuple[str, ...]
    """Those of the free ones that stand for themselves alone, since an entry without wildcards names them."""

    @property
    def all(self) -> tuple[str, ...]:
        """Every representative."""
        return (*self.free, self.own)


def device_names(
    bundle: Bundle,
    subject: Subject,
    *,
    user: str | None = None,
    context: Mapping[str, str | Sequence[str]] | None = None,
    limit: int = STATES,
) -> DeviceNames | None:
    """Find representatives of all legal device names for the requests of the subject, or of the *user* of this ARN.

    *context* gives values to the variables that user and credential do not decide. None where more than *limit*
    states would be needed: then nothing may be concluded about every name.
    """
    who = user or subject.user_arn
    own = who.rpartition("/")[2]
    prefix = subject.device_prefix
    globs = [Glob.literal(own)]
    for tokens in _entries(bundle, who, context or {}):
        globs += (glob for glob in left_quotient(tokens, prefix) if glob not in globs)
    prefer = (own, *READABLE, *(f"{own}{joint}phone" for joint in "-_.@"), *(f"phone{joint}{own}" for joint in "-_.@"))
    classes = representatives(
        globs, alphabet=DEVICE_NAME, min_length=1, max_length=_SERIAL_LENGTH - len(prefix), prefer=prefer, limit=limit
    )
    if isinstance(classes, Unknown):
        return None
    rank = {name: place for place, name in enumerate(prefer)}
    classes.sort(key=lambda each: (rank.get(each.witness, len(rank)), each.witness))
    # INVARIANT: index 0 is the glob of the own name, and only that name fits it.
    free = tuple(each.witness for each in classes if 0 not in each.member_of)
    alone = {i for i, glob in enumerate(globs) if i and glob.is_literal}
    return DeviceNames(own, free, tuple(each.witness for each in classes if each.member_of & alone))


def names_under(
    bundle: Bundle,
    prefix: str,
    actions: Sequence[str],
    *,
    user: str,
    context: Mapping[str, str | Sequence[str]] | None = None,
    prefer: Sequence[str] = (),
    limit: int = STATES,
) -> tuple[str, ...] | None:
    """Representatives of what may follow *prefix* in the ARNs on which the user asks for *actions*.

    For groups and policies, whose ARNs hold a path besides the name. None where more than *limit* states are needed.
    """
    globs: list[Glob] = []
    for tokens in _entries(bundle, user, context or {}, actions):
        globs += (glob for glob in left_quotient(tokens, prefix, WITH_PATH) if glob not in globs)
    classes = representatives(
        globs, alphabet=WITH_PATH, min_length=1, max_length=_LONGEST_WITH_PATH, prefer=prefer, limit=limit
    )
    return None if isinstance(classes, Unknown) else tuple(each.witness for each in classes)


def left_quotient(tokens: Sequence[Token], prefix: str, alphabet: Alphabet = DEVICE_NAME) -> list[Glob]:
    """The globs of what may follow *prefix* in texts that fit the pattern, as far as names can spell it.

    A text that begins with the prefix fits the pattern exactly if the rest of it fits one of the globs; globs that
    every name fits, or none, are left out.
    """
    units = [unit for token in tokens for unit in (token if isinstance(token, str) else (token,))]
    places = {0}
    for character in prefix:
        following: set[int] = set()
        for place in _past_stars(units, places):
            if units[place] is Wild.STAR:
                following.add(place)
            elif units[place] is Wild.ANY or units[place] == character:
                following.add(place + 1)
        places = following
    found: list[Glob] = []
    for place in sorted(places):
        rest = normalised(units[place:])
        spelled = all(character in alphabet for token in rest if isinstance(token, str) for character in token)
        if rest and spelled and rest not in ((Wild.STAR,), (Wild.ANY, Wild.STAR)):
            found.append(Glob(rest))
    return found


def _past_stars(units: Sequence[Token], places: Iterable[int]) -> Iterator[int]:
    """The places, and those that lie behind them once the stars there have matched enough; none past the end."""
    seen: set[int] = set()
    for start in places:
        place = start
        while place < len(units) and place not in seen:
            seen.add(place)
            yield place
            if units[place] is not Wild.STAR:
                break
            place += 1


def _entries(
    bundle: Bundle, user: str, context: Mapping[str, str | Sequence[str]], actions: Sequence[str] = ON_DEVICES
) -> Iterator[tuple[Token, ...]]:
    """Every entry of Resource and NotResource that bears on these actions, its variables filled in."""
    contexts = [
        Request.by_user(user, actions[0], "*", credential=kind, context=context).keys
        for kind in ("long-term-key", "token-mfa")
    ]
    for layer in bundle.layers():
        for statement in layer.document.statements:
            if statement.resource is None:
                continue
            taken_in = {
                any(action_matches(value.text, action) for value in statement.action.values) for action in actions
            }
            if taken_in == {statement.action.negated}:
                continue
            for value in statement.resource.values:
                template = Template.of_resource(value.text, variables=layer.document.variables)
                for keys in contexts if template.has_variables else contexts[:1]:
                    tokens = template.resolve(lookup_in(keys))
                    if tokens is not None:
                        yield tokens
