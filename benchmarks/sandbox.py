"""The sandbox under load, in a process of its own, beside moto_server in another, in turns.

Everything is on in the sandbox: signatures, policies, the record of each call. moto_server is taken as it starts, which
is without any of these. It closes the connection after each answer (`Connection: close`), so that its client makes a
new one for each call; boto3 has to do the same.
"""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from benchmarks.load import IAM, STS, Signed, answer_to, calls_per_second, signed
from benchmarks.measure import Row, medians, ratio, seconds_of
from iamfa.clock import now
from iamfa.otp import code_of, step_of
from iamfa.secret import Secret

CLIENTS = 8
CALLS = 250
"""Of each kind in each turn."""
TURNS = 5
STARTS = 7
USER = "alice"
ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"

KINDS = {
    "ListMFADevices, a user with 2": ("iam", f"Action=ListMFADevices&UserName={USER}&Version={IAM}"),
    "GetSessionToken, long-term key": ("sts", f"Action=GetSessionToken&Version={STS}"),
    "GetCallerIdentity": ("sts", f"Action=GetCallerIdentity&Version={STS}"),
    "ListUsers": ("iam", f"Action=ListUsers&Version={IAM}"),
}


@dataclass(frozen=True)
class Peer:
    """A server under load, with the key of a user with two devices."""

    endpoint: str
    process: int
    key: str
    secret: str

    def requests(self, kind: str) -> list[Signed]:
        """The call of a kind, signed by the user."""
        service, body = KINDS[kind]
        return [signed(self.endpoint, service, body, self.key, self.secret)]


def rows() -> list[Row]:
    """The rows of the table."""
    with served_sandbox() as box:
        found = _speeds(box)
        found += _memory(box)
    return [*found, *_starts()]


def _speeds(box: Peer) -> list[Row]:
    if find_spec("moto") is None or find_spec("flask") is None:
        turns = seconds_of(*(_job(box, kind) for kind in KINDS), turns=TURNS)
        own = [Row(f"{kind}, {CLIENTS} clients", _rate(s)) for kind, s in zip(KINDS, medians(turns), strict=True)]
        return [*own, Row("moto_server is not installed: nothing to compare with", "")]
    with _moto() as moto:
        before = _cpu_seconds(box.process)
        turns = seconds_of(*(_job(peer, kind) for kind in KINDS for peer in (box, moto)), turns=TURNS)
        spent = _cpu_seconds(box.process) - before
    taken = medians(turns)
    found = []
    for n, kind in enumerate(KINDS):
        times = ratio(turns, 2 * n + 1, 2 * n)
        found.append(Row(f"{kind}, {CLIENTS} clients", _rate(taken[2 * n])))
        found.append(Row("  moto_server, a connection for each call", _rate(taken[2 * n + 1])))
        found.append(Row("  times as many", f"{times:.1f}", "5", times >= 5))
    if spent:
        calls = len(KINDS) * CALLS * (TURNS + 1)
        found.append(Row("processor time of one call, mean of the four", f"{spent / calls * 1e6:.0f} µs"))
    return found


def _job(peer: Peer, kind: str) -> partial[float]:
    return partial(calls_per_second, peer.endpoint, peer.requests(kind), calls=CALLS, clients=CLIENTS)


def _rate(seconds: float) -> str:
    return f"{CALLS / seconds:,.0f}/s"


def _memory(box: Peer) -> list[Row]:
    """Growth over calls that leave nothing behind; a session that was given out is state, and counted by itself."""
    if not Path("/proc/self/statm").exists():
        return []
    reading = [box.requests(kind)[0] for kind in KINDS if not kind.startswith("GetSessionToken")]
    load = partial(calls_per_second, box.endpoint, reading, clients=CLIENTS)
    load(calls=20_000)
    early = resident_bytes(box.process)
    load(calls=80_000)
    late = resident_bytes(box.process)
    calls_per_second(box.endpoint, box.requests("GetSessionToken, long-term key"), calls=10_000, clients=CLIENTS)
    sessions = resident_bytes(box.process) - late
    grown = (late - early) / 1e6
    return [
        Row("memory after 100,000 calls", f"{late / 1e6:.0f} MB"),
        Row("  grown since call 20,000", f"{grown:.1f} MB", "less than 2 MB", grown < 2),
        Row("  for each session given out", f"{sessions / 10_000 / 1e3:.1f} kB"),
    ]


def _starts() -> list[Row]:
    """From the start of the command to its first answer."""
    taken = medians(seconds_of(_start_and_ask, turns=STARTS))[0]
    return [Row("iamfa sandbox, until its first answer", f"{taken:.2f} s", "0.6 s", taken < 0.6)]


def _start_and_ask() -> None:
    with _started("-m", "iamfa", "sandbox", "--format", "json") as (about, _):
        environment = about["environment"]
        key, secret = environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]
        answer_to(about["endpoint"], signed(about["endpoint"], "sts", KINDS["GetCallerIdentity"][1], key, secret))
        # The time to end is not the time to start; so it is not waited for.


def resident_bytes(process: int) -> int:
    """The memory of a process that is in RAM, from Linux's /proc."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _cpu_seconds(process: int) -> float:
    """The processor time of a process, from Linux's /proc; 0 elsewhere."""
    path = Path(f"/proc/{process}/stat")
    if not path.exists():
        return 0.0
    fields = path.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _started(*arguments: str) -> Iterator[tuple[dict[str, dict[str, str]], int]]:
    """A Python whose first line says in JSON where it is; ended in the end."""
    process = subprocess.Popen(
        [sys.executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline()), process.pid
    finally:
        process.terminate()
        process.communicate()


@contextmanager
def served_sandbox() -> Iterator[Peer]:
    """A sandbox in a process of its own, with a user who has two devices."""
    with _started("-m", "benchmarks.served") as (about, process):
        environment = about["environment"]
        key, secret = environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]
        yield _peopled(Peer(str(about["endpoint"]), process, key, secret))


@contextmanager
def _moto() -> Iterator[Peer]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    starting = f"from moto.server import main; main(['-H', '127.0.0.1', '-p', '{port}'])"
    process = subprocess.Popen([sys.executable, "-c", starting], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield _peopled(Peer(f"http://127.0.0.1:{port}", process.pid, "AKIAIOSFODNN7EXAMPLE", "none"))
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    last = time.monotonic() + 30
    while time.monotonic() < last:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("moto_server does not answer")


def _peopled(peer: Peer) -> Peer:
    """Make the user, his devices and his key, over the wire."""

    def ask(action: str, **parameters: str) -> str:
        body = "&".join((f"Action={action}&Version={IAM}", *(f"{name}={text}" for name, text in parameters.items())))
        return answer_to(peer.endpoint, signed(peer.endpoint, "iam", body, peer.key, peer.secret))

    ask("CreateUser", UserName=USER)
    if peer.key != "AKIAIOSFODNN7EXAMPLE":
        ask("AttachUserPolicy", UserName=USER, PolicyArn=ADMINISTRATOR_ACCESS)
    for name in ("phone", "laptop"):
        made = ask("CreateVirtualMFADevice", VirtualMFADeviceName=name)
        codes = _codes(_element(made, "Base32StringSeed"))
        ask(
            "EnableMFADevice", UserName=USER, SerialNumber=_element(made, "SerialNumber"),
            AuthenticationCode1=codes[0], AuthenticationCode2=codes[1],
        )  # fmt: skip
    key = ask("CreateAccessKey", UserName=USER)
    return Peer(peer.endpoint, peer.process, _element(key, "AccessKeyId"), _element(key, "SecretAccessKey"))


def _codes(seed: str) -> tuple[str, str]:
    """The last code and the present one; of what moto gives as a seed, any: it takes any."""
    try:
        device = Secret(base64.b64decode(seed).decode("ascii"))
        step = step_of(now())
        return code_of(device, step - 1), code_of(device, step)
    except ValueError:
        return "123456", "654321"


def _element(xml: str, name: str) -> str:
    found = re.search(f"<{name}>(.*?)</{name}>", xml, re.DOTALL)
    assert found is not None, f"no {name} in {xml}"
    return found[1]


if __name__ == "__main__":
    from benchmarks.measure import table

    print(table(rows()))
