"""Only programs of this machine are served: where the server listens, and which callers it refuses to hear.

A sandbox hands out credentials and seeds, so that it must not be reached from the network, nor by a web page that the
user happens to look at: by a request across origins, or by a name that was rebound to 127.0.0.1 (DNS rebinding).
"""

from __future__ import annotations

import errno
import ipaddress
import re
import socket
from collections.abc import Mapping
from functools import lru_cache

from iamfa.errors import IamfaError
from iamfa.sandbox.http1 import HttpError

BACKLOG = 512
_AUTHORITY = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?")
_NO_ACCESS_TO_PAGES = "requests of web pages of other origins are not served"


class ListenError(IamfaError):
    """The server cannot, or must not, listen where it was told to."""


def listen(host: str, port: int, *, unsafe_address: bool) -> socket.socket:
    """A listening socket on that address; ListenError where it is not this machine's own, or cannot be had.

    `host` is an address or `localhost`. Any other name, and any address that others can reach, needs `unsafe_address`;
    an empty one, which would mean every interface, is refused even so.
    """
    if not host or not host.strip():
        raise ListenError("no address to listen on was given", hint="write `127.0.0.1`")
    if not 0 <= port <= 65535:
        raise ListenError(f"`{port}` is no port", hint="a port is 0 (any free one) to 65535")
    family, address = _resolved(host, unsafe_address)
    try:
        # It binds the address that was looked at, not the name once more.
        return socket.create_server((address, port), family=family, backlog=BACKLOG)
    except OSError as error:
        where = f"port `{port}` of `{address}`"
        if error.errno == errno.EADDRINUSE:
            hint = "end the program that listens there, or ask for port 0 to get a free one"
            raise ListenError(f"{where} is in use", hint=hint) from error
        raise ListenError(f"cannot listen on {where}: {error.strerror}") from error


def _resolved(host: str, unsafe_address: bool) -> tuple[socket.AddressFamily, str]:
    refused = ListenError(
        f"`{host}` is not a loopback address, and others could reach the sandbox there",
        hint="listen on `127.0.0.1` or `::1`; `unsafe_address` (`--unsafe-address`) allows any other",
    )
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if host.lower() != "localhost" and not unsafe_address:
            raise refused from None
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise ListenError(f"`{host}` is no address of this machine: {error.strerror}") from error
    addresses = [(family, str(address[0])) for family, _, _, _, address in found]
    if not unsafe_address and not all(ipaddress.ip_address(address).is_loopback for _, address in addresses):
        raise refused
    return min(addresses)


def url(address: str, port: int) -> str:
    """The URL under which a server on that address is reached from this machine."""
    ip = ipaddress.ip_address(address)
    if ip.is_unspecified:
        ip = ipaddress.ip_address("127.0.0.1" if ip.version == 4 else "::1")
    return f"http://[{ip}]:{port}" if ip.version == 6 else f"http://{ip}:{port}"


@lru_cache(maxsize=256)
def _host_status(host: str) -> int:
    """0 for a host of this machine, else the status that a request to it is refused with."""
    match = _AUTHORITY.fullmatch(host)
    if not match:
        return 400
    name = match[1].lower()
    if name == "localhost" or name.endswith(".localhost"):
        return 0
    try:
        return 0 if ipaddress.ip_address(name.strip("[]")).is_loopback else 403
    except ValueError:
        return 403


def check_caller(headers: Mapping[str, str], *, unsafe_address: bool) -> None:
    """Refuses what a web page of another origin may have sent, before any handler sees it.

    Programs send neither Origin nor Sec-Fetch-Site; browsers add them, and no page can leave them out or forge them.
    """
    host = headers["host"]
    status = _host_status(host)
    if status == 400:
        raise HttpError(400, "the Host header is no host and port")
    if status and not unsafe_address:
        raise HttpError(403, "the Host header names no loopback address, `localhost` or `*.localhost`")
    if "origin" in headers and headers["origin"].lower() != f"http://{host.lower()}":
        raise HttpError(403, _NO_ACCESS_TO_PAGES)
    if headers.get("sec-fetch-site", "none").lower() not in {"none", "same-origin"}:
        raise HttpError(403, _NO_ACCESS_TO_PAGES)
    if "access-control-request-method" in headers:
        raise HttpError(403, _NO_ACCESS_TO_PAGES)
