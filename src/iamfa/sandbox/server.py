"""A small, strict HTTP/1.1 server for programs of this machine, in a thread of its own.

The handler runs in the loop's thread, one request at a time: what it works on needs no locks, and whoever else wants
to touch it goes through `Server.call`. Not written for the open network.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from iamfa.errors import IamfaError
from iamfa.sandbox.connection import Connection, Shared
from iamfa.sandbox.http1 import Limits
from iamfa.sandbox.loopback import BACKLOG, ListenError, listen, url
from iamfa.sandbox.messages import HttpRequest, HttpResponse

__all__ = ["Limits", "ListenError", "Server", "ServerStateError"]

_Result = TypeVar("_Result")
_DEFAULT_LIMITS = Limits()
_GRACE_SECONDS = 0.5
_LAST_ERRORS = 16


class ServerStateError(IamfaError):
    """Something was asked of a server that is not running, or that was started before."""


class Server:
    """Answers each request with what `handler` returns for it.

    What the handler raises is answered with 500 and no details, handed to `on_error` in the loop's thread, and kept in
    `errors`. It listens on loopback addresses only, unless `unsafe_address` is set; port 0 takes any free one.
    """

    def __init__(
        self,
        handler: Callable[[HttpRequest], HttpResponse],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        limits: Limits = _DEFAULT_LIMITS,
        unsafe_address: bool = False,
        on_error: Callable[[Exception], None] | None = None,
    ) -> None:
        self._handler = handler
        self._host = host
        self._wished_port = port
        self._limits = limits
        self._unsafe_address = unsafe_address
        self._on_error = on_error
        self._address = ""
        self._port = 0
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self.errors: deque[Exception] = deque(maxlen=_LAST_ERRORS)
        """What the handler raised last, the newest at the end."""

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        if not self._port:
            raise ServerStateError("the server has not been started, and has no port yet", hint="call `start()` first")
        return self._port

    @property
    def endpoint_url(self) -> str:
        """What an SDK takes as `endpoint_url`; always an address, so that no name has to be looked up."""
        return url(self._address, self.port)

    def start(self) -> None:
        """Listens, and returns when requests are answered; ListenError where it cannot, or must not, listen there."""
        with self._lock:
            if self._thread:
                raise ServerStateError("the server was started before", hint="make a new one")
            sock = listen(self._host, self._wished_port, unsafe_address=self._unsafe_address)
            self._address, self._port = sock.getsockname()[:2]
            listening = threading.Event()
            # A daemon: a handler that never returns must not keep the program from ending.
            self._thread = threading.Thread(
                target=lambda: asyncio.run(self._serve(sock, listening)), name="iamfa-sandbox", daemon=True
            )
            self._thread.start()
            listening.wait()

    def stop(self) -> None:
        """Takes no more requests, lets answers that are due go out for half a second, and ends; harmless when ended."""
        with self._lock:
            if self._loop and self._stop:
                self._loop.call_soon_threadsafe(self._stop.set)
                self._loop = None
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join()

    def call(self, function: Callable[[], _Result], *, idle: bool = False) -> _Result:
        """What the function returns, or raises, in the loop's thread, between two requests.

        From the loop's own thread it is called at once. When the server does not run (any more) it is called here if
        *idle*, one at a time; otherwise ServerStateError.
        """
        if self._thread is threading.current_thread():
            return function()

        async def called() -> _Result:
            return function()

        with self._lock:
            future = asyncio.run_coroutine_threadsafe(called(), self._loop) if self._loop else None
        if future is not None:
            # INVARIANT: `stop` comes through the same queue, and so after every call that was let in.
            return future.result()
        if not idle:
            raise ServerStateError("the server does not run", hint="call `start()` first, and not after `stop()`")
        if self._thread:
            self._thread.join()
        with self._lock:
            return function()

    async def _serve(self, sock: socket.socket, listening: threading.Event) -> None:
        loop = asyncio.get_running_loop()
        shared = Shared(self._handler, self._limits, self._unsafe_address, loop, self._failed)
        server = await loop.create_server(lambda: Connection(shared), sock=sock, backlog=BACKLOG)
        stop = asyncio.Event()
        self._loop, self._stop = loop, stop
        listening.set()
        try:
            await self._watch(shared, stop)
        finally:
            with self._lock:
                self._loop = None
            server.close()
        await self._end(shared)

    async def _watch(self, shared: Shared, stop: asyncio.Event) -> None:
        """Ends connections whose time is up, until the server is stopped."""
        limits = self._limits
        pause = min(limits.header_seconds, limits.body_seconds, limits.idle_seconds, 2.0) / 4
        while not stop.is_set():
            try:
                await asyncio.wait_for(stop.wait(), pause)
            except TimeoutError:
                now = shared.loop.time()
                for connection in list(shared.connections):
                    connection.expire(now)

    @staticmethod
    async def _end(shared: Shared) -> None:
        shared.ending = True
        for connection in list(shared.connections):
            connection.end()
        last = shared.loop.time() + _GRACE_SECONDS
        while shared.connections and shared.loop.time() < last:
            await asyncio.sleep(0.005)
        for connection in list(shared.connections):
            connection.abort()
        await asyncio.sleep(0)

    def _failed(self, error: Exception) -> None:
        self.errors.append(error)
        if self._on_error:
            self._on_error(error)
