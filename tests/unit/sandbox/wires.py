"""Raw sockets against a running server: bytes out, whole responses back."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from types import TracebackType

from iamfa.sandbox.messages import HttpRequest, HttpResponse

HOST = b"Host: localhost\r\n"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Wire:
    """One connection; nothing is sent or read but what is asked for."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self._stream = self.socket.makefile("rb")

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send(self, data: bytes) -> Wire:
        self.socket.sendall(data)
        return self

    def answer(self, *, to_head: bool = False) -> Answer:
        line = self._stream.readline()
        assert line.startswith(b"HTTP/1.1 "), line
        headers = {}
        while (field := self._stream.readline()) != b"\r\n":
            name, _, value = field.decode().rstrip("\r\n").partition(": ")
            headers[name.lower()] = value
        length = 0 if to_head else int(headers.get("content-length", "0"))
        return Answer(int(line.split()[1]), headers, self._stream.read(length))

    def ended(self) -> bool:
        """Whether the server has closed its side; waits for it."""
        return self._stream.read(1) == b""

    def close(self) -> None:
        self._stream.close()
        self.socket.close()


def told(request: HttpRequest) -> HttpResponse:
    """A handler that answers with the request it got."""
    said = f"{request.method} {request.target} {len(request.body)} ".encode() + request.body[:100]
    return HttpResponse(200, said, (("Content-Type", "text/plain"), ("X-Client", request.client)))


def ask(port: int, data: bytes) -> Answer:
    """The answer to these bytes on a connection of their own."""
    with Wire(port) as wire:
        return wire.send(data).answer()
