"""The keys of the context that a user brings into each of his requests, by who he is."""

from __future__ import annotations

OF_THE_USER = frozenset({"aws:username", "aws:principalarn", "aws:principalaccount", "aws:userid"})
TAG = "aws:principaltag/"


def is_personal(key: str) -> bool:
    """Whether the value of a key (lower case) in any request of a user is told by who he is."""
    return key in OF_THE_USER or key.startswith(TAG)
