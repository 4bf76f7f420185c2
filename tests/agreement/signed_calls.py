"""Calls to a running sandbox as bytes over one kept connection: signed by botocore, read without any of its models.

So nothing that the sandbox is built of takes part in what is sent or in how the answer is understood.
"""

from __future__ import annotations

import json
import re
import socket
import sys
from collections.abc import Mapping
from html import unescape
from types import TracebackType
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

VERSIONS = {"iam": "2010-05-08", "sts": "2011-06-15"}
REGION = "us-east-1"
USER_AGENT = "agreement/1"
REFUSALS = ("AccessDenied", "AccessDeniedException", "AccessDeniedForDependencyException")


class Key(NamedTuple):
    """What signs."""

    id: str
    secret: str
    token: str | None = None


class Answer(NamedTuple):
    """What came back."""

    status: int
    code: str | None
    """AWS's code of the error; None for a result."""
    message: str | None
    body: str

    @property
    def refused(self) -> bool:
        """Whether it is an AccessDenied of one of the services."""
        return self.code in REFUSALS

    def text(self, element: str) -> str:
        """The first element of this name in an XML answer."""
        found = re.search(f"<{element}>([^<]*)</{element}>", self.body)
        assert found is not None, self
        return unescape(found[1])

    def key(self) -> Key:
        """The credentials in an answer of STS."""
        return Key(self.text("AccessKeyId"), self.text("SecretAccessKey"), self.text("SessionToken"))


class Wire:
    """One connection to a sandbox."""

    def __init__(self, endpoint: str) -> None:
        parts = urlsplit(endpoint)
        self._endpoint = endpoint
        self._socket = socket.create_connection((parts.hostname or "", parts.port or 80), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = self._socket.makefile("rb")

    def __enter__(self) -> Wire:
        # Client and server are threads of one process and wait for each other all the time.
        self._interval = sys.getswitchinterval()
        sys.setswitchinterval(0.0002)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.setswitchinterval(self._interval)
        self._reader.close()
        self._socket.close()

    def call(self, service: str, operation: str, key: Key, parameters: Mapping[str, Any] | None = None) -> Answer:
        """A call of IAM, STS or Organizations, by AWS's names."""
        if service == "organizations":
            target = f"AWSOrganizationsV20161128.{operation}"
            headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
            return self._send("POST", "/", service, key, json.dumps(parameters or {}), headers)
        form = {"Action": operation, "Version": VERSIONS[service], **dict(_flat("", parameters or {}))}
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        return self._send("POST", "/", service, key, urlencode(form), headers)

    def s3(self, method: str, path: str, key: Key) -> Answer:
        """A request to S3 in path style."""
        return self._send(method, path, "s3", key, "", {})

    def _send(self, method: str, path: str, service: str, key: Key, body: str, headers: dict[str, str]) -> Answer:
        headers = {**headers, "User-Agent": USER_AGENT}
        request = AWSRequest(method, self._endpoint + path, headers=headers, data=body.encode())
        signer = S3SigV4Auth if service == "s3" else SigV4Auth
        signer(Credentials(*key), service, REGION).add_auth(request)
        told = {"Host": urlsplit(self._endpoint).netloc, "Content-Length": len(body.encode()), **dict(request.headers)}
        lines = (f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items()), "", body)
        self._socket.sendall("\r\n".join(lines).encode())  # in one piece: the server wakes once
        return self._answer(method)

    def _answer(self, method: str) -> Answer:
        status = int(self._reader.readline().split()[1])
        length = 0
        while line := self._reader.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return _read(status, "" if method == "HEAD" else self._reader.read(length).decode())


def _flat(name: str, value: Any) -> list[tuple[str, str]]:
    """A value as parameters of the query protocol: `Tags.member.1.Key`."""
    if isinstance(value, dict):
        pairs = ((f"{name}.{key}" if name else key, each) for key, each in value.items())
    elif isinstance(value, list):
        pairs = ((f"{name}.member.{i}", each) for i, each in enumerate(value, 1))
    else:
        return [(name, str(value).lower() if isinstance(value, bool) else str(value))]
    return [pair for key, each in pairs for pair in _flat(key, each)]


def _read(status: int, body: str) -> Answer:
    if status < 300:
        return Answer(status, None, None, body)
    if body.startswith("{"):
        found = json.loads(body)
        return Answer(status, found["__type"].rpartition("#")[2], found.get("Message", found.get("message")), body)
    code, message = (re.search(f"<{name}>(.*?)</{name}>", body, re.DOTALL) for name in ("Code", "Message"))
    # An answer to HEAD has no body: its status is all that it says.
    named = unescape(code[1]) if code else {403: "AccessDenied", 404: "NotFound"}.get(status, str(status))
    return Answer(status, named, unescape(message[1]) if message else None, body)
