"""The server against clients that are broken, slow, or not what they say."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.sandbox.wires import HOST, Wire, ask, told

from iamfa.sandbox.messages import HttpResponse
from iamfa.sandbox.server import Limits, Server

SMALL = Limits(
    request_line_bytes=1000,
    header_bytes=4000,
    headers=20,
    body_bytes=1000,
)
IMPATIENT = Limits(header_seconds=0.2, body_seconds=0.2, idle_seconds=0.2)
OK = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"
CHUNKS = b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with Server(told, limits=SMALL) as server:
        yield server.port
        assert not server.errors


@pytest.fixture(scope="module")
def impatient() -> Iterator[int]:
    with Server(told, limits=IMPATIENT) as server:
        yield server.port


def head(*fields: bytes, line: bytes = b"GET / HTTP/1.1") -> bytes:
    return b"\r\n".join([line, *fields, b"", b""])


def post(*fields: bytes) -> bytes:
    return head(b"Host: localhost", *fields, line=b"POST / HTTP/1.1")


REFUSED = {
    "a TLS client": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    "no HTTP at all": (400, b"hello\r\n\r\n"),
    "a request line in two words": (400, head(line=b"GET /")),
    "two blanks in the request line": (400, head(b"Host: localhost", line=b"GET  / HTTP/1.1")),
    "a version that is none": (400, head(b"Host: localhost", line=b"GET / HTTP/1.1x")),
    "a version in lower case": (400, head(b"Host: localhost", line=b"GET / http/1.1")),
    "HTTP/2": (505, head(line=b"PRI * HTTP/2.0")),
    "HTTP/1.2": (505, head(b"Host: localhost", line=b"GET / HTTP/1.2")),
    "an unknown method": (501, head(b"Host: localhost", line=b"BREW / HTTP/1.1")),
    "a method in mixed case": (501, head(b"Host: localhost", line=b"Get / HTTP/1.1")),
    "TRACE": (501, head(b"Host: localhost", line=b"TRACE / HTTP/1.1")),
    "CONNECT": (501, head(b"Host: localhost", line=b"CONNECT localhost:1 HTTP/1.1")),
    "a method that is no token": (400, head(b"Host: localhost", line=b"G(T / HTTP/1.1")),
    "the asterisk": (400, head(b"Host: localhost", line=b"OPTIONS * HTTP/1.1")),
    "an empty target": (400, head(b"Host: localhost", line=b"GET  HTTP/1.1")),
    "a target without a slash": (400, head(b"Host: localhost", line=b"GET a HTTP/1.1")),
    "a fragment": (400, head(b"Host: localhost", line=b"GET /#a HTTP/1.1")),
    "a target beyond ASCII": (400, head(b"Host: localhost", line=b"GET /\xc3\xa9 HTTP/1.1")),
    "a URL of another host": (400, head(b"Host: localhost", line=b"GET http://evil.example/ HTTP/1.1")),
    "a URL with a user": (400, head(b"Host: localhost", line=b"GET http://a@localhost/ HTTP/1.1")),
    "a URL of another scheme": (400, head(b"Host: localhost", line=b"GET https://localhost/ HTTP/1.1")),
    "no Host": (400, head(b"X: 1")),
    "an empty Host": (400, head(b"Host: ")),
    "no Host in HTTP/1.0": (400, head(line=b"GET / HTTP/1.0")),
    "two Hosts": (400, head(b"Host: localhost", b"Host: localhost")),
    "a folded header": (400, head(b"Host: localhost", b"X: 1", b" 2")),
    "a folded first header": (400, head(b" X: 1", b"Host: localhost")),
    "a blank before the colon": (400, head(b"Host : localhost")),
    "a header without a colon": (400, head(b"Host: localhost", b"X")),
    "a header without a name": (400, head(b"Host: localhost", b": x")),
    "a NUL in a value": (400, head(b"Host: localhost", b"X: a\x00b")),
    "a bare CR in a value": (400, head(b"Host: localhost", b"X: a\rb")),
    "a bare CR at a line's end": (400, head(b"Host: localhost\r", b"X: b")),
    "a DEL in a value": (400, head(b"Host: localhost", b"X: \x7f")),
    "a bare LF in a value": (400, head(b"Host: localhost", b"X: a\nY: b")),
    "CR and LF the wrong way round": (400, head(b"Host: localhost", b"X: a\n\rb")),
    "lines that end in LF": (400, b"GET / HTTP/1.1\nHost: localhost\n\n"),
    "two empty lines first": (400, b"\r\n\r\n" + OK),
    "a Content-Length that is empty": (400, post(b"Content-Length:")),
    "a Content-Length with a sign": (400, post(b"Content-Length: +5")),
    "a negative Content-Length": (400, post(b"Content-Length: -1")),
    "a Content-Length in hexadecimal": (400, post(b"Content-Length: 0x5")),
    "a Content-Length with an underscore": (400, post(b"Content-Length: 1_0")),
    "a Content-Length in other digits": (400, post(b"Content-Length: \xb2")),
    "a list of Content-Lengths": (400, post(b"Content-Length: 5, 5")),
    "a huge Content-Length": (400, post(b"Content-Length: " + b"9" * 30)),
    "two Content-Lengths": (400, post(b"Content-Length: 5", b"Content-Length: 5")),
    "two different Content-Lengths": (400, post(b"Content-Length: 5", b"content-length: 6")),
    "both lengths": (400, post(b"Content-Length: 5", b"Transfer-Encoding: chunked")),
    "both lengths, the other way round": (400, post(b"Transfer-Encoding: chunked", b"Content-Length: 5")),
    "two Transfer-Encodings": (400, post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked")),
    "chunks in HTTP/1.0": (400, head(b"Host: localhost", b"Transfer-Encoding: chunked", line=b"POST / HTTP/1.0")),
    "another transfer coding": (501, post(b"Transfer-Encoding: gzip, chunked")),
    "a disguised transfer coding": (501, post(b"Transfer-Encoding: xchunked")),
    "no transfer coding": (501, post(b"Transfer-Encoding:")),
    "another expectation": (417, post(b"Expect: tea", b"Content-Length: 1")),
    "a long body": (413, post(b"Content-Length: 1001")),
    "a long body that is expected": (413, post(b"Content-Length: 1001", b"Expect: 100-continue")),
    "a long target": (414, head(b"Host: localhost", line=b"GET /" + b"a" * 1000 + b" HTTP/1.1")),
    "a long target without an end": (414, b"GET /" + b"a" * 2000),
    "many headers": (431, head(b"Host: localhost", *[b"X: 1"] * 20)),
    "a long header": (431, head(b"Host: localhost", b"X: " + b"a" * 4000)),
    "a long header without an end": (431, b"GET / HTTP/1.1\r\nX: " + b"a" * 4000),
    "a chunk without a size": (400, CHUNKS + b"\r\n"),
    "a chunk with a signed size": (400, CHUNKS + b"+1\r\na\r\n0\r\n\r\n"),
    "a chunk with an 0x size": (400, CHUNKS + b"0x1\r\na\r\n0\r\n\r\n"),
    "a chunk with a negative size": (400, CHUNKS + b"-1\r\na\r\n0\r\n\r\n"),
    "a chunk size with a bare LF": (400, CHUNKS + b"1\na\r\n0\r\n\r\n"),
    "a chunk longer than it says": (400, CHUNKS + b"1\r\nab\r\n0\r\n\r\n"),
    "a chunk that ends in LF": (400, CHUNKS + b"1\r\na\n0\r\n\r\n"),
    "a huge chunk": (413, CHUNKS + b"ffffffffffff\r\n"),
    "a chunk size beyond all bounds": (400, CHUNKS + b"f" * 20 + b"\r\n"),
    "chunks that add up to too much": (413, CHUNKS + b"258\r\n" + b"a" * 600 + b"\r\n258\r\n"),
    "a long chunk extension": (400, CHUNKS + b"1;" + b"a" * 300),
    "a control character in a chunk extension": (400, CHUNKS + b"1;\x00\r\na\r\n0\r\n\r\n"),
    "a trailer that is none": (400, CHUNKS + b"0\r\nX\r\n\r\n"),
    "a trailer with a control character": (400, CHUNKS + b"0\r\nX: a\x00\r\n\r\n"),
    "long trailers": (431, CHUNKS + b"0\r\n" + (b"X: " + b"a" * 900 + b"\r\n") * 5 + b"\r\n"),
    "another machine's name": (403, head(b"Host: evil.example")),
    "a name that begins like ours": (403, head(b"Host: localhost.evil.example")),
    "a name that ends like ours": (403, head(b"Host: evillocalhost")),
    "a name that leads here": (403, head(b"Host: bucket.s3.localhost.localstack.cloud:4566")),
    "another machine's address": (403, head(b"Host: 192.0.2.1:80")),
    "every address": (403, head(b"Host: 0.0.0.0")),
    "a short form of an address": (403, head(b"Host: 127.1")),
    "another machine's IPv6 address": (403, head(b"Host: [2001:db8::1]")),
    "a Host with a user": (400, head(b"Host: localhost@evil.example")),
    "a Host with a path": (400, head(b"Host: localhost/")),
    "a Host with a wrong port": (400, head(b"Host: localhost:port")),
    "another origin": (403, head(b"Host: localhost", b"Origin: https://evil.example")),
    "the origin of a sandboxed page": (403, head(b"Host: localhost", b"Origin: null")),
    "the origin of another port": (403, head(b"Host: localhost:4566", b"Origin: http://localhost:3000")),
    "a picture on another site": (403, head(b"Host: localhost", b"Sec-Fetch-Site: cross-site")),
    "a picture on another port": (403, head(b"Host: localhost", b"Sec-Fetch-Site: same-site")),
    "a preflight": (
        403,
        head(b"Host: localhost", b"Access-Control-Request-Method: POST", line=b"OPTIONS / HTTP/1.1"),
    ),
}


@pytest.mark.parametrize(("status", "data"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_and_the_connection_closed(port: int, status: int, data: bytes) -> None:
    with Wire(port) as wire:
        answer = wire.send(data).answer()
        assert (answer.status, answer.headers["connection"]) == (status, "close"), answer
        assert b"<Code>" in answer.body
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert wire.ended()


TAKEN = {
    "an empty line first": (b"\r\n" + OK, b"GET / 0 "),
    "a URL of this host": (head(b"Host: LOCALHOST:1", line=b"GET http://localhost:1/a?b HTTP/1.1"), b"GET /a?b 0 "),
    "a URL without a path": (head(b"Host: localhost", line=b"GET http://localhost?b HTTP/1.1"), b"GET /?b 0 "),
    "a bucket's name": (head(b"Host: bucket.localhost:4566"), b"GET / 0 "),
    "another loopback address": (head(b"Host: 127.8.8.8"), b"GET / 0 "),
    "the loopback address of IPv6": (head(b"Host: [::1]:80"), b"GET / 0 "),
    "its own origin": (head(b"Host: localhost:4566", b"Origin: http://localhost:4566"), b"GET / 0 "),
    "an address typed by the user": (head(b"Host: localhost", b"Sec-Fetch-Site: none"), b"GET / 0 "),
    "OPTIONS of a program": (head(b"Host: localhost", line=b"OPTIONS / HTTP/1.1"), b"OPTIONS / 0 "),
    "POST without a body": (post(), b"POST / 0 "),
    "a padded Content-Length": (post(b"Content-Length: 003") + b"abc", b"POST / 3 abc"),
    "no chunks": (CHUNKS + b"0\r\n\r\n", b"POST / 0 "),
    "chunks": (CHUNKS + b"3\r\nabc\r\n00A\r\n0123456789\r\n0\r\n\r\n", b"POST / 13 abc0123456789"),
    "chunks with extensions and trailers": (CHUNKS + b'1 ;a="b"\r\nx\r\n0\r\nX-Sum: 1\r\n\r\n', b"POST / 1 x"),
}


@pytest.mark.parametrize(("data", "body"), TAKEN.values(), ids=TAKEN)
def test_it_is_taken_whole_and_the_next_request_begins_after_it(port: int, data: bytes, body: bytes) -> None:
    with Wire(port) as wire:
        wire.send(data + OK)
        assert wire.answer().body == body
        assert wire.answer().body == b"GET / 0 "
    with Wire(port) as wire:
        wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(data), 7):
            wire.send(data[start : start + 7])
        assert wire.answer().body == body


def test_nothing_after_a_refused_request_is_handled(port: int) -> None:
    smuggled = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + OK
    with Wire(port) as wire:
        assert wire.send(smuggled).answer().status == 400
        assert wire.ended()


def test_a_refusal_reaches_a_client_that_is_still_sending(port: int) -> None:
    with Wire(port) as wire:
        wire.send(post(b"Content-Length: 3000000"))
        for _ in range(30):
            wire.send(bytes(100_000))
        assert wire.answer().status == 413


def test_an_unsafe_address_takes_any_host_and_still_no_other_origin() -> None:
    with Server(told, host="127.0.0.1", unsafe_address=True) as server:
        assert ask(server.port, head(b"Host: box.example:80")).status == 200
        assert ask(server.port, head(b"Host: box/")).status == 400
        assert ask(server.port, head(b"Host: box", b"Origin: http://evil.example")).status == 403


@pytest.mark.parametrize(
    ("data", "answered"),
    [
        (b"", False),
        (b"GET / HT", True),
        (head(b"Host: localhost")[:-2], True),
        (post(b"Content-Length: 5") + b"abc", True),
        (CHUNKS + b"1\r\n", True),
        (CHUNKS + b"0\r\nX: 1\r\n", True),
    ],
)
def test_a_client_that_stops_in_the_middle_is_not_waited_for(impatient: int, data: bytes, answered: bool) -> None:
    with Wire(impatient) as wire:
        wire.send(data)
        if answered:
            assert wire.answer().status == 408
        assert wire.ended()


def test_a_client_that_trickles_gets_no_more_time_than_others(impatient: int) -> None:
    begun = time.perf_counter()
    with Wire(impatient) as wire:
        wire.send(b"GET / HTTP/1.1\r\n")
        while not select.select([wire.socket], [], [], 0.02)[0]:
            wire.send(b"X")
        assert time.perf_counter() - begun > 0.15
        assert wire.answer().status == 408


def test_a_kept_connection_is_closed_when_nothing_comes(impatient: int) -> None:
    with Wire(impatient) as wire:
        assert wire.send(OK).answer().status == 200
        assert wire.ended()


def test_a_client_that_says_half_and_hangs_up_gets_no_answer(port: int) -> None:
    with Wire(port) as wire:
        wire.send(post(b"Content-Length: 5") + b"abc")
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.ended()


def test_no_more_connections_are_held_than_allowed() -> None:
    with Server(told, limits=Limits(connections=2)) as server:
        wires = [Wire(server.port).send(OK) for _ in range(2)]
        assert [wire.answer().status for wire in wires] == [200, 200]
        with Wire(server.port) as third:
            assert third.answer().status == 503
            assert third.ended()
        wires[0].close()
        server.call(lambda: None)
        assert ask(server.port, OK).status == 200
        wires[1].close()


def test_a_client_that_reads_nothing_is_not_served_on_and_on() -> None:
    handled = 0

    def handler(_: object) -> HttpResponse:
        nonlocal handled
        handled += 1
        return HttpResponse(200, bytes(1_000_000))

    with Server(handler, limits=Limits(body_seconds=0.5)) as server, Wire(server.port) as wire:
        wire.send(OK * 100)
        time.sleep(0.1)
        stuck = server.call(lambda: handled)
        assert stuck < 30
        # Whoever reads on is served on; whoever does not is cut off.
        assert wire.answer().status == 200
        for _ in range(40):
            assert len(wire.answer().body) == 1_000_000
        with Wire(server.port) as idle:
            idle.send(OK * 100)
            time.sleep(1.0)
            count = server.call(lambda: handled)
            assert ask(server.port, OK).status == 200
            assert server.call(lambda: handled) == count + 1


@pytest.mark.parametrize("answer", [HttpResponse(200, bytes(10_000_000)), HttpResponse(200, delay=60)])
def test_a_client_that_waits_for_nothing_cannot_fill_the_memory(answer: HttpResponse) -> None:
    padded = head(b"Host: localhost", b"X: " + b"x" * 60_000)
    with Server(lambda _: answer) as server, Wire(server.port) as wire:
        wire.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            for _ in range(1500):
                wire.send(padded)


def test_a_last_answer_that_nobody_reads_is_given_up() -> None:
    limits = Limits(body_seconds=0.2, connections=1)
    handler = lambda _: HttpResponse(200, bytes(8_000_000), close=True)  # noqa: E731 - as short as it is
    with Server(handler, limits=limits) as server, Wire(server.port) as wire:
        wire.send(OK)
        time.sleep(0.6)
        with Wire(server.port) as other:
            assert other.send(OK).answer().status == 200


@given(data=st.binary(max_size=60), prefix=st.sampled_from([b"", b"GET / HTTP/1.1\r\n", OK[:-2], CHUNKS, post()[:-2]]))
def test_no_bytes_make_the_server_fail(port: int, data: bytes, prefix: bytes) -> None:
    with Wire(port) as wire:
        wire.send(prefix + data)
        wire.socket.shutdown(socket.SHUT_WR)
        while received := wire.socket.recv(65536):
            assert b"InternalFailure" not in received
