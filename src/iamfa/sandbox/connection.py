"""One connection of the server: requests are read, handled and answered one after the other, in order.

INVARIANT: what a client can make the server keep is one head, one body and one read of the socket. While an answer
waits (a delay, a client that does not read), nothing more is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

from iamfa.sandbox.http1 import (
    CHUNKED,
    CONTINUE,
    Chunks,
    Head,
    HttpError,
    Limits,
    check_beginning,
    parse_head,
    refusal,
    render,
)
from iamfa.sandbox.loopback import check_caller
from iamfa.sandbox.messages import HttpRequest, HttpResponse

_LINGER_SECONDS = 1.0


@dataclass(slots=True)
class Shared:
    """What all connections of one server have in common."""

    handler: Callable[[HttpRequest], HttpResponse]
    limits: Limits
    unsafe_address: bool
    loop: asyncio.AbstractEventLoop
    on_error: Callable[[Exception], None]
    """Is handed what a handler raised."""
    connections: set[Connection] = field(default_factory=set)
    ending: bool = False
    """Whether the server is stopping: no connection is kept after its present answer."""


class _HandedOn:
    """A block whose exception goes to `on_error`: the client is told nothing of it, and it is not lost either."""

    __slots__ = ("_on_error",)

    def __init__(self, on_error: Callable[[Exception], None]) -> None:
        self._on_error = on_error

    def __enter__(self) -> None:
        return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        self._on_error(error)
        return True


class Connection(asyncio.Protocol):
    """Reads requests off one transport; `expire` is called now and then, to end it when the client is too slow."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._transport: asyncio.Transport = None  # type: ignore[assignment]  # asyncio hands it over before any use
        self._client = ""
        self._buffer = bytearray()
        self._scanned = 0
        self._head: Head | None = None
        self._chunks: Chunks | None = None
        self._told_to_continue = False
        self._delayed: asyncio.TimerHandle | None = None
        self._unread = False
        self._over = False
        self._deadline = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._client = str((transport.get_extra_info("peername") or ("",))[0])
        if len(self._shared.connections) >= self._shared.limits.connections:
            self._over = True
            transport.write(render(refusal(503, "too many connections"), close=True, without_body=False))
            transport.close()
            return
        self._shared.connections.add(self)
        self._deadline = self._shared.loop.time() + self._shared.limits.header_seconds

    def connection_lost(self, error: Exception | None) -> None:
        self._over = True
        self._shared.connections.discard(self)
        if self._delayed:
            self._delayed.cancel()

    def data_received(self, data: bytes) -> None:
        if self._over:
            # The rest of a refused request: read and dropped, so that the refusal reaches its client.
            return
        if not self._buffer and self._head is None:
            self._deadline = self._shared.loop.time() + self._shared.limits.header_seconds
        self._buffer += data
        self._proceed()

    def pause_writing(self) -> None:
        self._unread = True
        self._transport.pause_reading()
        self._deadline = self._shared.loop.time() + self._shared.limits.body_seconds

    def resume_writing(self) -> None:
        self._unread = False
        self._go_on()

    def expire(self, now: float) -> None:
        """Ends the connection if its client has taken longer than it may; `now` is the loop's time."""
        if now < self._deadline or self._delayed:
            return
        if self._over or self._unread:
            self._transport.abort()
        elif self._head is not None or self._buffer:
            self._refuse(HttpError(408, "the request did not arrive in time"))
        else:
            self._transport.close()

    def end(self) -> None:
        """Ends the connection now if it is idle, else with the answer that is due."""
        if not self._held_up and not self._over:
            self._transport.close()

    def abort(self) -> None:
        """Ends the connection whatever it is at."""
        self._transport.abort()

    @property
    def _held_up(self) -> bool:
        return self._delayed is not None or self._unread

    def _go_on(self) -> None:
        if self._held_up or self._over:
            return
        self._transport.resume_reading()
        self._proceed()

    def _proceed(self) -> None:
        try:
            while not (self._held_up or self._over):
                request = self._next_request()
                if request is None:
                    return
                self._answer(request)
        except HttpError as error:
            self._refuse(error)

    def _next_request(self) -> HttpRequest | None:
        head = self._head
        if head is None:
            head = self._read_head()
            if head is None:
                return None
            self._head = head
            self._chunks = Chunks(self._shared.limits) if head.length == CHUNKED else None
            self._told_to_continue = False
        body = self._read_body(head)
        if body is None:
            if head.expects and not self._told_to_continue and not self._buffer:
                self._told_to_continue = True
                self._transport.write(CONTINUE)
            return None
        return HttpRequest(head.method, head.target, head.headers, body, self._client)

    def _read_head(self) -> Head | None:
        buffer = self._buffer
        limits = self._shared.limits
        if not self._scanned and buffer.startswith(b"\r\n"):
            # One empty line before a request is read over (RFC 9112, 2.2).
            del buffer[:2]
        if not buffer:
            return None
        end = buffer.find(b"\r\n\r\n", max(0, self._scanned - 3))
        if end < 0:
            check_beginning(buffer, self._scanned, limits)
            self._scanned = len(buffer)
            return None
        self._scanned = 0
        head = parse_head(bytes(buffer[:end]), limits)
        del buffer[: end + 4]
        check_caller(head.headers, unsafe_address=self._shared.unsafe_address)
        if head.length > limits.body_bytes:
            raise HttpError(413, f"the body is longer than {limits.body_bytes} bytes")
        if head.length:
            self._deadline = self._shared.loop.time() + limits.body_seconds
        return head

    def _read_body(self, head: Head) -> bytes | None:
        if not head.length:
            return b""
        if self._chunks:
            return self._chunks.take(self._buffer)
        if len(self._buffer) < head.length:
            return None
        body = bytes(self._buffer[: head.length])
        del self._buffer[: head.length]
        return body

    def _answer(self, request: HttpRequest) -> None:
        head = self._head
        assert head is not None
        self._head = self._chunks = None
        close = not head.keep or self._shared.ending
        without_body = head.method == "HEAD"
        data = None
        delay = 0.0
        with _HandedOn(self._shared.on_error):
            response = self._shared.handler(request)
            if response.lost:
                self._over = True
                self._transport.abort()
                return
            close = close or response.close
            data = render(response, close=close, without_body=without_body)
            delay = response.delay
        if data is None:
            failure = refusal(500, "the request could not be handled because of an internal failure")
            close = True
            data = render(failure, close=True, without_body=without_body)
        if delay > 0:
            self._transport.pause_reading()
            self._delayed = self._shared.loop.call_later(delay, self._send_delayed, data, close)
        else:
            self._send(data, close)

    def _send_delayed(self, data: bytes, close: bool) -> None:
        self._delayed = None
        self._send(data, close or self._shared.ending)
        self._go_on()

    def _send(self, data: bytes, close: bool) -> None:
        now = self._shared.loop.time()
        limits = self._shared.limits
        self._deadline = now + (limits.header_seconds if self._buffer else limits.idle_seconds)
        self._transport.write(data)
        if close:
            self._finish(now)

    def _refuse(self, error: HttpError) -> None:
        without_body = self._head is not None and self._head.method == "HEAD"
        self._transport.write(render(refusal(error.status, error.message), close=True, without_body=without_body))
        self._finish(self._shared.loop.time())

    def _finish(self, now: float) -> None:
        """Sends no more, and drops what still comes for a moment: a reset would take the answer from the client."""
        self._over = True
        self._buffer.clear()
        unsent = self._transport.get_write_buffer_size()
        self._deadline = now + (self._shared.limits.body_seconds if unsent else _LINGER_SECONDS)
        self._transport.write_eof()
        self._transport.resume_reading()
