"""One HTTP request and one response as values: what the server reads, what a handler answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A whole request, its body decoded and within the limits."""

    method: str
    """`GET`, `POST`, ...: upper-case, as sent."""
    target: str
    """The raw request-target in origin form, `/path?query`, visible ASCII, nothing decoded."""
    headers: Mapping[str, str]
    """Lower-case names to trimmed values, bytes read as Latin-1; repeated ones are joined with `,`."""
    body: bytes
    """Without transfer coding."""
    client: str
    """The peer's address, for `aws:SourceIp`."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What is sent back; the server adds Content-Length and Connection itself, and leaves Date to the handler."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    """Pairs as they are sent; line breaks, Content-Length, Connection and Transfer-Encoding are refused."""
    close: bool = False
    """Whether the connection ends after this response."""
    delay: float = 0.0
    """Seconds before it is sent; later requests of the same connection wait, other connections do not."""
    lost: bool = False
    """Whether nothing is sent and the connection is cut: the request was carried out, and its client is not told."""
