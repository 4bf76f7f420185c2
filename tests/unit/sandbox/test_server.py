"""The server as its embedding program and a well-behaved client see it."""

from __future__ import annotations

import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.unit.sandbox.wires import HOST, Wire, ask, told

from iamfa.errors import IamfaError
from iamfa.sandbox.messages import HttpRequest, HttpResponse
from iamfa.sandbox.server import Limits, ListenError, Server, ServerStateError


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with Server(told) as server:
        yield server.port


def test_a_request_is_answered_with_its_length_and_without_a_date(port: int) -> None:
    answer = ask(port, b"POST /a?b=%20 HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n\r\nxyz")
    assert answer.body == b"POST /a?b=%20 3 xyz"
    assert answer.headers == {"content-type": "text/plain", "x-client": "127.0.0.1", "content-length": "19"}


def test_the_standard_library_gets_an_answer() -> None:
    with Server(told) as server, urllib.request.urlopen(server.endpoint_url + "/x", data=b"1", timeout=5) as answer:
        assert answer.read() == b"POST /x 1 1"


def test_a_connection_is_kept_for_the_next_request(port: int) -> None:
    with Wire(port) as wire:
        for number in range(3):
            wire.send(b"GET /%d HTTP/1.1\r\n%s\r\n" % (number, HOST))
            assert wire.answer().body == b"GET /%d 0 " % number


def test_a_request_that_trickles_in_is_put_together(port: int) -> None:
    with Wire(port) as wire:
        wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\n\r\nok":
            wire.send(bytes([byte]))
            time.sleep(0.0005)
        assert wire.answer().body == b"POST / 2 ok"


def test_pipelined_requests_are_answered_in_order(port: int) -> None:
    with Wire(port) as wire:
        wire.send(b"".join(b"POST /%d HTTP/1.1\r\n%sContent-Length: 1\r\n\r\nx" % (n, HOST) for n in range(50)))
        assert [wire.answer().body for _ in range(50)] == [b"POST /%d 1 x" % number for number in range(50)]


def test_header_names_are_lower_case_and_repeated_ones_are_joined() -> None:
    seen: list[HttpRequest] = []

    def handler(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse(204, b"never sent")

    with Server(handler) as server, Wire(server.port) as wire:
        wire.send(b"GET / HTTP/1.1\r\nHOST: localhost\r\nX-A: 1\r\nx-a:\t2 \r\nX-Empty:\r\nX-B: \xe9\r\n\r\n")
        answer = wire.answer()
        assert (answer.status, answer.body, answer.headers) == (204, b"", {})
    assert seen[0].headers == {"host": "localhost", "x-a": "1,2", "x-empty": "", "x-b": "é"}


def test_an_answer_to_head_has_the_length_and_not_the_body(port: int) -> None:
    with Wire(port) as wire:
        wire.send(b"HEAD /x HTTP/1.1\r\n" + HOST + b"\r\n")
        assert wire.answer(to_head=True).headers["content-length"] == str(len(b"HEAD /x 0 "))
        assert wire.send(b"GET /y HTTP/1.1\r\n" + HOST + b"\r\n").answer().body == b"GET /y 0 "


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET / HTTP/1.0\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.0\r\n" + HOST + b"Connection: keep-alive\r\nExpect: 100-continue\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"Connection: Close\r\n\r\n",
    ],
)
def test_a_connection_ends_where_the_client_wants_it(port: int, request_bytes: bytes) -> None:
    with Wire(port) as wire:
        answer = wire.send(request_bytes).answer()
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert wire.ended()


def test_a_connection_ends_where_the_handler_wants_it() -> None:
    with Server(lambda _: HttpResponse(200, close=True)) as server, Wire(server.port) as wire:
        wire.send((b"GET / HTTP/1.1\r\n" + HOST + b"\r\n") * 2)
        assert wire.answer().headers["connection"] == "close"
        assert wire.ended()


def test_a_client_that_expects_100_continue_is_told_to_go_on(port: int) -> None:
    with Wire(port) as wire:
        wire.send(b"PUT / HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        assert wire.answer().status == 100
        assert wire.send(b"bo").send(b"dy").answer().body == b"PUT / 4 body"
        # Nobody waits where there is no body, or where the body is already there.
        wire.send(b"PUT / HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\n\r\n")
        assert wire.answer().status == 200
        wire.send(b"PUT / HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 1\r\n\r\nx")
        assert wire.answer().status == 200


def test_a_delayed_answer_keeps_its_place_and_holds_up_nobody_else() -> None:
    def handler(request: HttpRequest) -> HttpResponse:
        return HttpResponse(200, request.target.encode(), delay=0.3 if request.target == "/slow" else 0)

    with Server(handler) as server, Wire(server.port) as first:
        first.send(b"".join(b"GET %s HTTP/1.1\r\n%s\r\n" % (path, HOST) for path in (b"/slow", b"/fast", b"/slow")))
        begun = time.perf_counter()
        assert ask(server.port, b"GET /other HTTP/1.1\r\n" + HOST + b"\r\n").body == b"/other"
        assert time.perf_counter() - begun < 0.25
        assert [first.answer().body for _ in range(3)] == [b"/slow", b"/fast", b"/slow"]
        assert time.perf_counter() - begun > 0.5


def test_a_client_that_has_said_all_still_gets_its_delayed_answer() -> None:
    with Server(lambda _: HttpResponse(200, b"late", delay=0.05)) as server, Wire(server.port) as wire:
        wire.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.answer().body == b"late"
        assert wire.ended()


def test_a_client_that_leaves_before_its_answer_does_no_harm() -> None:
    with Server(lambda request: HttpResponse(200, b"late", delay=0.05 if request.target == "/s" else 0)) as server:
        Wire(server.port).send(b"GET /s HTTP/1.1\r\n" + HOST + b"\r\n").close()
        time.sleep(0.1)
        assert ask(server.port, b"GET / HTTP/1.1\r\n" + HOST + b"\r\n").status == 200
        assert not server.errors


@pytest.mark.parametrize(
    "bad",
    [
        HttpResponse(200, headers=(("X", "a\r\nSet-Cookie: b"),)),
        HttpResponse(200, headers=(("X Y", "a"),)),
        HttpResponse(200, headers=(("content-length", "3"),)),
        HttpResponse(200, headers=(("X", "漢"),)),
        HttpResponse(100),
        HttpResponse(299),
    ],
)
def test_a_response_that_cannot_be_sent_is_a_failure_of_the_handler(bad: HttpResponse) -> None:
    with Server(lambda _: bad) as server:
        assert ask(server.port, b"GET / HTTP/1.1\r\n" + HOST + b"\r\n").status == 500
        assert isinstance(server.errors[0], ValueError)


def test_what_a_handler_raises_is_handed_on_and_not_shown() -> None:
    failed: list[Exception] = []

    def handler(request: HttpRequest) -> HttpResponse:
        raise KeyError("seed JBSWY3DP")

    with Server(handler, on_error=failed.append) as server, Wire(server.port) as wire:
        answer = wire.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n").answer()
        assert (answer.status, answer.headers["connection"]) == (500, "close")
        assert b"InternalFailure" in answer.body
        assert b"JBSWY3DP" not in answer.body and b"Traceback" not in answer.body
        assert wire.ended()
        assert [str(error) for error in failed] == ["'seed JBSWY3DP'"] and list(server.errors) == failed


def test_a_call_runs_in_the_thread_of_the_handler_and_answers_or_raises() -> None:
    threads: list[str] = []

    def handler(request: HttpRequest) -> HttpResponse:
        threads.append(threading.current_thread().name)
        # From the loop's own thread it must not wait for itself.
        return HttpResponse(200, server.call(lambda: b"within"))

    def failing() -> None:
        raise LookupError("no such user")

    with Server(handler) as server:
        assert ask(server.port, b"GET / HTTP/1.1\r\n" + HOST + b"\r\n").body == b"within"
        assert server.call(lambda: threading.current_thread().name) == threads[0] != threading.current_thread().name
        with pytest.raises(LookupError, match="no such user"):
            server.call(failing)
        results: list[int] = []
        callers = [threading.Thread(target=lambda: results.append(server.call(lambda: 1))) for _ in range(8)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join(5)
        assert results == [1] * 8


def test_a_call_to_a_server_that_does_not_run_is_an_error() -> None:
    server = Server(told)
    with pytest.raises(ServerStateError, match="does not run"):
        server.call(lambda: 1)
    with pytest.raises(ServerStateError, match="no port"):
        server.endpoint_url  # noqa: B018 - the property is what raises
    server.stop()
    server.start()
    server.stop()
    server.stop()
    with pytest.raises(ServerStateError, match="does not run"):
        server.call(lambda: 1)
    with pytest.raises(ServerStateError, match="before"):
        server.start()


def test_a_call_may_be_made_though_it_does_not_run_one_at_a_time_and_calls_may_stand_in_calls() -> None:
    server = Server(told)
    busy: list[int] = []

    def work() -> int:
        busy.append(1)
        time.sleep(0.002)
        assert len(busy) == 1
        busy.pop()
        return server.call(lambda: 7, idle=True)

    with ThreadPoolExecutor(8) as pool:
        before = list(pool.map(lambda _: server.call(work, idle=True), range(16)))
        server.start()
        server.stop()
        after = list(pool.map(lambda _: server.call(work, idle=True), range(16)))
    assert before == after == [7] * 16


def test_stopping_closes_idle_connections_at_once_and_finishes_what_is_due() -> None:
    server = Server(lambda _: HttpResponse(200, b"due", delay=0.1))
    server.start()
    with Wire(server.port) as idle, Wire(server.port) as due:
        due.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        server.call(lambda: time.sleep(0.02))
        begun = time.perf_counter()
        threading.Thread(target=server.stop).start()
        assert idle.ended()
        answer = due.answer()
        assert (answer.body, answer.headers.get("connection")) == (b"due", None)
        assert due.ended()
        server.stop()
        assert time.perf_counter() - begun < 1
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=1)


def test_stopping_waits_half_a_second_and_no_longer() -> None:
    with Server(lambda _: HttpResponse(200, delay=30)) as server, Wire(server.port) as wire:
        wire.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        server.call(lambda: None)
        begun = time.perf_counter()
        server.stop()
        assert time.perf_counter() - begun < 1


def test_a_handler_may_stop_the_server() -> None:
    def handler(request: HttpRequest) -> HttpResponse:
        server.stop()
        return HttpResponse(200, b"bye")

    server = Server(handler)
    server.start()
    assert ask(server.port, b"GET / HTTP/1.1\r\n" + HOST + b"\r\n").body == b"bye"
    server.stop()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.53", "localhost"])
def test_loopback_addresses_are_listened_on(host: str) -> None:
    with Server(told, host=host) as server:
        assert server.endpoint_url.startswith("http://127.0.0.")
        with urllib.request.urlopen(server.endpoint_url, timeout=5) as answer:
            assert answer.status == 200


def test_the_loopback_address_of_ipv6_is_listened_on() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with Server(told, host="::1") as server:
        assert server.endpoint_url == f"http://[::1]:{server.port}"
        with urllib.request.urlopen(server.endpoint_url, timeout=5) as answer:
            assert answer.headers["x-client"] == "::1"


@pytest.mark.parametrize(
    "host",
    ["", " ", None, "0.0.0.0", "0", "::", "192.0.2.1", "::ffff:0.0.0.0", "example.com", "10.1", "localhost.evil"],
)
def test_no_address_that_others_can_reach_is_listened_on(host: str) -> None:
    with pytest.raises(ListenError):
        Server(told, host=host).start()


@pytest.mark.parametrize("host", ["", None])
def test_every_interface_is_not_listened_on_without_being_named(host: str) -> None:
    with pytest.raises(ListenError, match="no address"):
        Server(told, host=host, unsafe_address=True).start()


def test_a_localhost_that_leads_elsewhere_is_not_listened_on(monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: elsewhere)
    with pytest.raises(ListenError, match="not a loopback address"):
        Server(told, host="localhost").start()


def test_any_address_is_listened_on_when_it_is_called_unsafe() -> None:
    with Server(told, host="0.0.0.0", unsafe_address=True) as server:
        assert server.endpoint_url == f"http://127.0.0.1:{server.port}"
        assert ask(server.port, b"GET / HTTP/1.1\r\nHost: box.example\r\n\r\n").status == 200


@pytest.mark.parametrize("host", ["192.0.2.1", "no such name"])
def test_an_address_of_another_machine_is_an_error(host: str) -> None:
    with pytest.raises(ListenError):
        Server(told, host=host, unsafe_address=True).start()


def test_a_port_in_use_is_named_with_what_to_do() -> None:
    with Server(told) as server:
        with pytest.raises(IamfaError, match=f"port `{server.port}` of `127.0.0.1` is in use") as caught:
            Server(told, port=server.port).start()
        assert caught.value.hint and "port 0" in caught.value.hint


@pytest.mark.parametrize("port", [-1, 65536])
def test_what_is_no_port_is_an_error(port: int) -> None:
    with pytest.raises(ListenError, match="is no port"):
        Server(told, port=port).start()


def test_a_body_may_be_as_long_as_the_limit() -> None:
    with Server(
        lambda request: HttpResponse(200, str(len(request.body)).encode()), limits=Limits(body_bytes=5_000_000)
    ) as server:
        data = b"PUT / HTTP/1.1\r\n" + HOST + b"Content-Length: 5000000\r\n\r\n" + bytes(5_000_000)
        assert ask(server.port, data).body == b"5000000"
