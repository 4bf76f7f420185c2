"""The characters that a name may hold: what a witness is spelled with, and what a proof ranges over."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase, digits, punctuation

from iamfa.policy.glob import ascii_lower


@dataclass(frozen=True, slots=True)
class Alphabet:
    """A finite set of characters, the ones that read best first; ValueError where one stands twice."""

    characters: str
    """Every allowed character, in the order in which a witness prefers them: letters before punctuation."""

    def __post_init__(self) -> None:
        if len(set(self.characters)) != len(self.characters):
            raise ValueError(f"a character stands twice in the alphabet `{self.characters}`")

    def __contains__(self, character: str) -> bool:
        """Whether a name may hold this one character."""
        return len(character) == 1 and character in self.characters


def compared(text: str, case_insensitive: bool) -> str:
    """The text as it is compared: A-Z count as a-z where case is ignored, as everywhere in the language."""
    return ascii_lower(text) if case_insensitive else text


@lru_cache(maxsize=32)
def spellings(alphabet: Alphabet, case_insensitive: bool) -> dict[str, str]:
    """Each character that can be told apart, with its first spelling; in the alphabet's order."""
    first: dict[str, str] = {}
    for character in alphabet.characters:
        first.setdefault(compared(character, case_insensitive), character)
    return first


_WORD = ascii_lowercase + ascii_uppercase + digits
_JOINING = "-_/."

USER_NAME = Alphabet(_WORD + "_-.@+=,")
"""`[\\w+=,.@-]` of CreateUser in the IAM API Reference, `\\w` being ASCII there."""

DEVICE_NAME = USER_NAME
"""`[\\w+=,.@-]` of CreateVirtualMFADevice in the IAM API Reference: the same characters as a user's name."""

ACTION_NAME = Alphabet(_WORD)
"""What follows the colon of an action; a glob that holds the service's prefix and the colon fits nothing over it."""

ARN_TAIL = Alphabet(
    _WORD
    + _JOINING
    + "".join(character for character in punctuation if character not in _JOINING)
    + " "
    + "".join(map(chr, range(0xA1, 0x100)))
)
"""The resource part of an ARN: every printable character that a policy can mention (U+0020 to U+00FF, without U+00A0).

What no policy can mention (an S3 key in another script) fits the same globs as any character here that the globs at
hand do not mention; so a proof holds for it too, unless the globs mention all of these one by one.
"""

ANY_TEXT = Alphabet(ARN_TAIL.characters + "\xa0\t\n\r" + "\u212a\u212b\u1e9e" + "\u0100")
"""Any text: every character that a policy can mention, the three whose lower case is one of these (KELVIN SIGN and the
like, for comparisons without regard to case), and one that no policy can mention, for all the others."""

ANY_ACTION = Alphabet(ascii_lowercase + digits + ":-_")
"""`service:Name` in lower case: actions differ in case freely."""
