"""A light client: requests signed beforehand, sent again and again over kept connections, one at a time on each.

It asks nothing of an answer but its status, so that what is measured is the server. Where an answer says `Connection:
close`, as each of werkzeug's development server does, the next request goes over a new connection. Loopback only, and
it stops by itself.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

IAM = "2010-05-08"
STS = "2011-06-15"


@dataclass(frozen=True)
class Signed:
    """A request as bytes."""

    data: bytes


def signed(
    endpoint: str,
    service: str,
    body: str,
    key: str,
    secret: str,
    *,
    token: str | None = None,
    region: str = "us-east-1",
) -> Signed:
    """A call of the query protocol, signed as SDKs sign it; it is good for a quarter of an hour."""
    request = AWSRequest(
        "POST",
        endpoint + "/",
        headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
        data=body.encode(),
    )
    SigV4Auth(Credentials(key, secret, token), service, region).add_auth(request)
    prepared = request.prepare()
    lines = [f"POST / HTTP/1.1\r\nHost: {urlsplit(endpoint).netloc}\r\n"]
    lines += [
        f"{name}: {value if isinstance(value, str) else value.decode()}\r\n" for name, value in prepared.headers.items()
    ]
    lines += [] if "Content-Length" in prepared.headers else [f"Content-Length: {len(body)}\r\n"]
    return Signed("".join([*lines, "\r\n"]).encode() + body.encode())


@dataclass
class _Lane:
    """One connection."""

    connection: socket.socket
    buffer: bytes = b""


def calls_per_second(endpoint: str, requests: Sequence[Signed], *, calls: int, clients: int = 8) -> float:
    """Send *calls* requests over *clients* connections, and give the calls per second.

    Raises AssertionError for an answer that is not 200.
    """
    parts = urlsplit(endpoint)
    address = (parts.hostname or "127.0.0.1", parts.port or 80)
    selector = selectors.DefaultSelector()
    lanes = []
    for _ in range(clients):
        lane = _Lane(_connected(address))
        selector.register(lane.connection, selectors.EVENT_READ, lane)
        lanes.append(lane)
    begun = done = 0
    start = time.perf_counter()
    for lane in lanes:
        lane.connection.sendall(requests[begun % len(requests)].data)
        begun += 1
    while done < calls:
        for key, _ in selector.select():
            lane = key.data
            got = lane.connection.recv(65536)
            assert got, "the server closed the connection"
            lane.buffer += got
            if not _is_whole(lane.buffer):
                continue
            assert lane.buffer.startswith(b"HTTP/1.1 200"), lane.buffer[:2000]
            ended = b"\r\nconnection: close\r\n" in lane.buffer[:_HEAD_BYTES].lower()
            lane.buffer = b""
            done += 1
            if ended:
                selector.unregister(lane.connection)
                lane.connection.close()
            if begun < calls:
                if ended:
                    lane.connection = _connected(address)
                    selector.register(lane.connection, selectors.EVENT_READ, lane)
                lane.connection.sendall(requests[begun % len(requests)].data)
                begun += 1
    seconds = time.perf_counter() - start
    for lane in lanes:
        lane.connection.close()
    selector.close()
    return done / seconds


_HEAD_BYTES = 2000


def _connected(address: tuple[str, int]) -> socket.socket:
    connection = socket.create_connection(address)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.settimeout(30)
    return connection


def answer_to(endpoint: str, request: Signed) -> str:
    """The body of the answer to one request. Raises AssertionError for an answer that is not 200."""
    parts = urlsplit(endpoint)
    with _connected((parts.hostname or "127.0.0.1", parts.port or 80)) as connection:
        connection.sendall(request.data)
        buffer = b""
        while not _is_whole(buffer):
            got = connection.recv(65536)
            assert got, "the server closed the connection"
            buffer += got
    assert buffer.startswith(b"HTTP/1.1 200"), buffer[:2000]
    return buffer.partition(b"\r\n\r\n")[2].decode()


def _is_whole(buffer: bytes) -> bool:
    head, found, body = buffer.partition(b"\r\n\r\n")
    if not found:
        return False
    place = head.lower().find(b"content-length:")
    length = int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
    return len(body) >= length
