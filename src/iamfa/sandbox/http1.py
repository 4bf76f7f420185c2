"""HTTP/1.1 as bytes: a request's head and body read strictly, a response written.

Whatever two readers could understand differently (RFC 9112, sections 3, 5, 6 and 11.2) is refused, not repaired.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from http import HTTPStatus

from iamfa.errors import IamfaError
from iamfa.sandbox.messages import HttpResponse

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
CHUNKED = -1
"""The length of a body that comes in chunks."""

_VERSION = re.compile(r"HTTP/(\d)\.(\d)")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET = re.compile(r"[!\"$-~]+")
_ABSOLUTE = re.compile(r"http://([^/?]+)(/[^?]*)?(\?.*)?", re.IGNORECASE)
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,12})(?:[ \t]*;[\t\x20-\x7e]*)?")
_BREAK = re.compile(rb"(?<!\r)\n")
_BAD_FIELD = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# All that may stand in a head apart from its line breaks.
_TEXT = bytes(byte for byte in range(256) if byte == 0x09 or (byte >= 0x20 and byte != 0x7F))
_ONCE = frozenset({"host", "content-length", "transfer-encoding", "authorization", "expect", "origin"})
_OWN_FIELDS = frozenset({"content-length", "connection", "transfer-encoding"})
_LONGEST_CHUNK_LINE = 256

# The first four codes are AWS's ("Common Errors" of the query APIs); for the rest AWS documents none.
_CODES = {
    400: "MalformedHttpRequestException",
    408: "RequestTimeoutException",
    413: "RequestEntityTooLargeException",
    500: "InternalFailure",
    503: "ServiceUnavailable",
}


class HttpError(IamfaError):
    """A request that is refused before any handler sees it; the connection is closed after the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Limits:
    """How much and how long a client may send: bytes, counts, seconds."""

    request_line_bytes: int = 32 * 1024
    header_bytes: int = 64 * 1024
    """The whole head: request line and header fields."""
    headers: int = 200
    body_bytes: int = 1024 * 1024
    """After decoding."""
    header_seconds: float = 10.0
    """From a request's first byte to the end of its head, however steadily it trickles in."""
    body_seconds: float = 30.0
    """From the end of the head to the end of the body; also for a client that does not read its answer."""
    idle_seconds: float = 75.0
    """Between two requests."""
    connections: int = 256


@dataclass(frozen=True, slots=True)
class Head:
    """A request line and header fields that fit together."""

    method: str
    target: str
    headers: dict[str, str]
    length: int
    """Of the body in bytes, or `CHUNKED`."""
    keep: bool
    """Whether the client wants the connection to stay."""
    expects: bool
    """Whether it waits for `100 Continue` before it sends the body."""


def check_beginning(buffer: bytearray, scanned: int, limits: Limits) -> None:
    """Refuses a head that has not ended yet as soon as it can come to nothing; up to `scanned` this was looked at."""
    if not 0x41 <= buffer[0] <= 0x5A and buffer[0] != 0x0D:
        raise HttpError(400, "this is no HTTP request (`http://`, not `https://`, is spoken here)")
    if _BREAK.search(buffer, max(0, scanned - 1)):
        raise HttpError(400, "a line ends in a bare line feed")
    if len(buffer) > limits.request_line_bytes and buffer.find(b"\r\n", 0, limits.request_line_bytes + 2) < 0:
        raise HttpError(414, f"the request line is longer than {limits.request_line_bytes} bytes")
    if len(buffer) > limits.header_bytes:
        raise HttpError(431, f"the header section is longer than {limits.header_bytes} bytes")


def parse_head(raw: bytes, limits: Limits) -> Head:
    """The head whose bytes these are, without the empty line at its end."""
    if len(raw) > limits.header_bytes:
        raise HttpError(431, f"the header section is longer than {limits.header_bytes} bytes")
    lines = raw.decode("latin-1").split("\r\n")
    # What is left without text must be the breaks that were split at: no bare CR or LF, no control character.
    if raw.translate(None, _TEXT) != b"\r\n" * (len(lines) - 1):
        raise HttpError(400, "the header section has a control character or a bare CR or LF in it")
    if len(lines[0]) > limits.request_line_bytes:
        raise HttpError(414, f"the request line is longer than {limits.request_line_bytes} bytes")
    if len(lines) - 1 > limits.headers:
        raise HttpError(431, f"more than {limits.headers} header fields")
    method, target, minor = _request_line(lines[0])
    headers = _fields(lines)
    target = _origin_form(target, headers)
    close = "close" in headers.get("connection", "").lower()
    length = _body_length(headers, minor)
    expects = False
    if minor and "expect" in headers:
        if headers["expect"].lower() != "100-continue":
            raise HttpError(417, "only `100-continue` can be expected")
        expects = length != 0
    return Head(method, target, headers, length, keep=minor == 1 and not close, expects=expects)


def _request_line(line: str) -> tuple[str, str, int]:
    parts = line.split(" ")
    if len(parts) != 3:
        raise HttpError(400, "the request line is not `METHOD target HTTP/1.1`")
    method, target, version = parts
    if version == "HTTP/1.1":
        minor = 1
    elif version == "HTTP/1.0":
        minor = 0
    elif _VERSION.fullmatch(version):
        raise HttpError(505, "only HTTP/1.1 and HTTP/1.0 are spoken here")
    else:
        raise HttpError(400, "the request line does not end in an HTTP version")
    if method not in METHODS:
        if not _TOKEN.fullmatch(method):
            raise HttpError(400, "the method is no token")
        raise HttpError(501, "this method is not implemented")
    return method, target, minor


def _fields(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not _TOKEN.fullmatch(name):
            # Folded lines and blanks before the colon end here as well.
            raise HttpError(400, "a header line is not `Name: value`")
        name = name.lower()
        value = value.strip(" \t")
        if name in headers:
            if name in _ONCE:
                raise HttpError(400, f"the header `{name}` is there twice")
            value = f"{headers[name]},{value}"
        headers[name] = value
    if not headers.get("host"):
        raise HttpError(400, "the Host header is missing")
    return headers


def _origin_form(target: str, headers: dict[str, str]) -> str:
    """The target as `/path?query`; a full URL is taken where it names the host that Host names."""
    if not _TARGET.fullmatch(target):
        raise HttpError(400, "the request target has a character in it that must be percent-encoded")
    if target[0] == "/":
        return target
    absolute = _ABSOLUTE.fullmatch(target)
    if not absolute or absolute[1].lower() != headers["host"].lower():
        raise HttpError(400, "the request target is neither a path nor a URL of this host")
    return (absolute[2] or "/") + (absolute[3] or "")


def _body_length(headers: dict[str, str], minor: int) -> int:
    length = headers.get("content-length")
    coding = headers.get("transfer-encoding")
    if coding is None:
        if length is None:
            return 0
        if not (length.isascii() and length.isdigit() and len(length) <= 18):
            raise HttpError(400, "Content-Length is no number of bytes")
        return int(length)
    if length is not None:
        raise HttpError(400, "both Content-Length and Transfer-Encoding")
    if minor == 0:
        raise HttpError(400, "Transfer-Encoding in HTTP/1.0")
    if coding.lower() != "chunked":
        raise HttpError(501, "no transfer coding but `chunked` is implemented")
    return CHUNKED


class Chunks:
    """A chunked body being put together (RFC 9112, 7.1); extensions and trailers are read over."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._body = bytearray()
        self._left = 0
        self._trailer: int | None = None

    def take(self, buffer: bytearray) -> bytes | None:
        """Takes what is whole from the front of the buffer; the body once it has ended."""
        while self._trailer is None:
            if self._left:
                if len(buffer) < self._left + 2:
                    return None
                if buffer[self._left : self._left + 2] != b"\r\n":
                    raise HttpError(400, "a chunk is longer than it says")
                self._body += buffer[: self._left]
                del buffer[: self._left + 2]
                self._left = 0
            line = self._line(buffer, _LONGEST_CHUNK_LINE, 400)
            if line is None:
                return None
            size = _CHUNK_LINE.fullmatch(line)
            if not size:
                raise HttpError(400, "a chunk does not begin with its size")
            self._left = int(size[1], 16)
            if len(self._body) + self._left > self._limits.body_bytes:
                raise HttpError(413, f"the body is longer than {self._limits.body_bytes} bytes")
            if not self._left:
                self._trailer = self._limits.header_bytes
        while (line := self._line(buffer, self._trailer, 431)) is not None:
            if not line:
                return bytes(self._body)
            self._trailer -= len(line)
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon or not _TOKEN.fullmatch(name) or _BAD_FIELD.search(value):
                raise HttpError(400, "a trailer line is not `Name: value`")
        return None

    @staticmethod
    def _line(buffer: bytearray, longest: int, status: int) -> bytes | None:
        end = buffer.find(b"\r\n", 0, longest + 2)
        if end < 0:
            if len(buffer) >= longest + 2:
                raise HttpError(status, "a line of the chunked body is too long")
            return None
        line = bytes(buffer[:end])
        del buffer[: end + 2]
        return line


def render(response: HttpResponse, *, close: bool, without_body: bool) -> bytes:
    """The bytes of a response; ValueError for one that must not be sent as it is."""
    status = HTTPStatus(response.status)
    if status < 200:
        raise ValueError(f"{status} is no final status")
    parts = [f"HTTP/1.1 {status.value} {status.phrase}\r\n"]
    for name, value in response.headers:
        if not _TOKEN.fullmatch(name) or _BAD_FIELD.search(value) or name.lower() in _OWN_FIELDS:
            raise ValueError(f"the header `{name}` cannot be sent by a handler")
        parts.append(f"{name}: {value}\r\n")
    bodiless = status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
    if not bodiless:
        parts.append(f"Content-Length: {len(response.body)}\r\n")
    parts.append("Connection: close\r\n\r\n" if close else "\r\n")
    head = "".join(parts).encode("latin-1")
    return head if without_body or bodiless else head + response.body


def refusal(status: int, message: str) -> HttpResponse:
    """An answer of the server itself, in the form of the query protocol's errors, which every SDK can read."""
    code = _CODES.get(status) or HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")
    kind = "Sender" if status < 500 else "Receiver"
    body = (
        f"<ErrorResponse><Error><Type>{kind}</Type><Code>{escape(code, quote=False)}</Code>"
        f"<Message>{escape(message, quote=False)}</Message></Error></ErrorResponse>"
    )
    return HttpResponse(status, body.encode(), (("Content-Type", "text/xml"),), close=True)
