"""Whatever is sent, with a right signature, into whichever operation: AWS's answer, and never a failure of ours."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from datetime import datetime
from random import Random
from typing import Any
from urllib.parse import quote_plus

import pytest
from tests.unit.sandbox import over_http as http
from tests.unit.sandbox.over_http import Keys
from tests.unit.sandbox.random_values import value as value_of
from tests.unit.sandbox.wires import Answer, Wire

import iamfa
from iamfa.account.entities import ROOT_USER, AccessKey
from iamfa.sandbox import model
from iamfa.sandbox.apis import rows_of
from iamfa.sandbox.live import State
from iamfa.sandbox.model import Operation, Shape
from iamfa.secret import Secret

LONGEST_SECONDS = 5.0
TRUST = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}'
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
ACCOUNT = "arn:aws:iam::123456789012"
TEXTS = [
    "alice", "bob", "r", "g", "p", "phone", "administrator", "/", "/a/", "true", "", "*", "0", "-1", "123456", "000000",
    "2012-10-17", "v1", "v2", "Active", "Inactive", POLICY, TRUST, "{}", "[]", "{" * 5000, '{"Version":"2012-10-17"}',
    f"{ACCOUNT}:user/alice", f"{ACCOUNT}:role/r", f"{ACCOUNT}:mfa/phone", f"{ACCOUNT}:policy/p", f"{ACCOUNT}:root",
    "arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::999999999999:role/r", "arn:aws:s3:::bucket", "arn:",
    "arn:::::", "iam:CreateUser", "iam:*", "aws:MultiFactorAuthPresent", "aws:PrincipalTag/\u00e9", "${aws:username}",
    "123456789012", "999999999999", "o-1", "r-ab12", "ou-ab12-cdefghij", "a" * 65, "a" * 5000, "\u00e9\u2603", "\x00",
    "\ufffe", "a\rb", "<&>", "%00", "2026-01-01T00:00:00Z", "9" * 30, "\u0663", "SERVICE_CONTROL_POLICY", "string",
]  # fmt: skip


@pytest.fixture(scope="module")
def box() -> Iterator[iamfa.Sandbox]:
    with iamfa.Sandbox(seed=3, services=False) as running:
        yield running


def root_of(state: State) -> Keys:
    """A key of the root user, whom no policy of the account can shut out."""
    ids, now = state.ids, state.clock.now()
    key = AccessKey(ids.access_key(), ROOT_USER, "Active", now, Secret(ids.secret_key()))
    state.account.access_keys[key.id] = key
    assert key.secret is not None
    return Keys(key.id, key.secret.reveal())


class Pool:
    """What parameters are called with: texts that mean something somewhere, and what answers told under that name."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.known: dict[str, list[str]] = {
            "username": ["alice", "bob"], "groupname": ["g"], "rolename": ["r"], "policyname": ["p"], "tagkeys": ["k"],
            "instanceprofilename": ["i"], "virtualmfadevicename": ["phone"], "policydocument": [POLICY],
            "assumerolepolicydocument": [TRUST], "policyarn": [f"{ACCOUNT}:policy/p"], "path": ["/"], "key": ["k"],
            "permissionsboundary": [f"{ACCOUNT}:policy/p"], "pathprefix": ["/"], "rolearn": [f"{ACCOUNT}:role/r"],
            "serialnumber": [f"{ACCOUNT}:mfa/phone"], "content": [POLICY], "type": ["SERVICE_CONTROL_POLICY"],
            "actionnames": ["iam:CreateUser"], "policyinputlist": [POLICY], "name": ["FullAWSAccess"],
            "tokencode": ["123456"], "rolesessionname": ["s"], "servicename": ["iam.amazonaws.com"],
        }  # fmt: skip

    def learn(self, answer: Answer) -> None:
        """Keep what an answer tells."""
        for name, text in FOUND.findall(answer.body.decode(errors="replace")):
            for key in {name.lower(), f"{name.lower()}number"} | (
                {"policyarn", "targetid"} if name in ("Arn", "Id") else set()
            ):
                texts = self.known.setdefault(key, [])
                if text not in texts:
                    texts.append(text)
                    del texts[1 : max(1, len(texts) - 8)]

    def mixed(self, value: Any, wild: float, name: str = "") -> Any:
        """The value with some of its texts replaced."""
        if isinstance(value, str):
            if self.random.random() < wild:
                return self.random.choice(TEXTS)
            known = self.known.get(name.lower())
            return self.random.choice(known) if known and self.random.random() < 0.85 else value
        if isinstance(value, list):
            return [self.mixed(each, wild, name) for each in value]
        if isinstance(value, dict):
            return {each: self.mixed(below, wild, each) for each, below in value.items()}
        return value


FOUND = re.compile(r"[<\"](\w+)(?:>|\": ?\")([^<\"]{1,200})[<\"]")


def fields(shape: Shape, value: Any, name: str) -> Iterator[tuple[str, str]]:
    """A value as the query protocol writes it."""
    if isinstance(value, dict) and shape.kind == "structure":
        for member, below in value.items():
            yield from fields(shape.members[member], below, f"{name}.{member}" if name else member)
    elif isinstance(value, list):
        for i, each in enumerate(value, 1):
            yield from fields(shape.members["member"], each, f"{name}.member.{i}")
    elif isinstance(value, dict):
        for i, (key, each) in enumerate(value.items(), 1):
            yield f"{name}.entry.{i}.key", key
            yield from fields(shape.members["value"], each, f"{name}.entry.{i}.value")
    else:
        yield name, value.isoformat()[:19] + "Z" if isinstance(value, datetime) else str(value)


def request(port: int, keys: Keys, operation: Operation, parameters: dict[str, Any]) -> bytes:
    service = operation.service
    if service.protocol == "json":
        body = json.dumps(parameters, default=str).encode()
        return http.signed(port, keys, body, service=service.name, target=f"{service.target_prefix}.{operation.name}")
    pairs = {"Action": operation.name, "Version": service.api_version}
    if operation.input_shape is not None:
        pairs |= dict(fields(operation.input_shape, parameters, ""))
    body = "&".join(f"{quote_plus(name)}={quote_plus(text)}" for name, text in pairs.items()).encode()
    return http.signed(port, keys, body, service=service.name)


def judge(box: iamfa.Sandbox, answer: Answer, seconds: float, what: object) -> None:
    assert not box._server.errors, (what, box._server.errors)
    assert answer.status < 500 or (answer.status == 501 and b"NotImplemented" in answer.body), (what, answer)
    assert b"Traceback" not in answer.body and b"InternalFailure" not in answer.body, (what, answer)
    assert seconds < LONGEST_SECONDS, (what, seconds)


def play(box: iamfa.Sandbox, seed: int, calls: int) -> set[str]:
    """So many calls one after the other, by everyone who has a key; gives the operations that once succeeded."""
    random = Random(seed)
    port, root = http.port_of(box), box.call(root_of)
    known = [(service, name) for service in model.SERVICES for name in rows_of(service)]
    callers, succeeded, pool = [root], set(), Pool(random)
    with Wire(port) as wire:
        for n in range(calls):
            service, name = random.choice(known)
            operation = model.operation(service, name)
            assert operation is not None
            shape = operation.input_shape
            parameters = (
                {} if shape is None else pool.mixed(value_of(random, shape), random.choice((0.0, 0.0, 0.05, 0.5)))
            )
            # Sessions and keys of whoever was made on the way; the root user most of the time, so that much succeeds.
            keys = root if random.random() < 0.8 else random.choice(callers)
            begun = time.monotonic()
            answer = wire.send(request(port, keys, operation, parameters)).answer()
            judge(box, answer, time.monotonic() - begun, (seed, n, service, name, parameters))
            if answer.status == 200:
                succeeded.add(name)
                pool.learn(answer)
                if b"<SecretAccessKey>" in answer.body:
                    callers.append(http.session_of(answer) if b"<SessionToken>" in answer.body else key_in(answer))
    return succeeded


def key_in(answer: Answer) -> Keys:
    return Keys(http.element(answer, "AccessKeyId"), http.element(answer, "SecretAccessKey"))


def test_no_parameters_make_an_operation_fail(box: iamfa.Sandbox) -> None:
    assert len(play(box, 1, 500)) > 30


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(12))
def test_no_parameters_make_an_operation_fail_however_many_are_tried(seed: int) -> None:
    begin = int(os.environ.get("IAMFA_SEED", "1000"))
    with iamfa.Sandbox(seed=seed, services=False) as box:
        succeeded = play(box, begin + seed, 2500)
        status, saved = http.controlled(box, "GET", "snapshot")
        assert status == 200 and http.controlled(box, "POST", "snapshot", saved)[0] == 200
        assert http.controlled(box, "GET", "events")[0] == http.controlled(box, "GET", "codes")[0] == 200
    assert len(succeeded) > 60


def broken(random: Random) -> bytes:
    """A body: bytes of any kind, or a call with some of its bytes changed, cut out or doubled."""
    if random.random() < 0.3:
        return random.randbytes(random.randint(0, 60))
    body = bytearray(
        http.form("iam", random.choice(("CreateUser", "ListUsers", "TagUser")), UserName="alice", Marker="x")
    )
    for _ in range(random.randint(1, 6)):
        at = random.randrange(len(body) + 1)
        body[at : at + random.randint(0, 4)] = random.choice(
            (b"&", b"=", b"%", b".", b"+", random.randbytes(2), body[at:][:9])
        )
    return bytes(body)


def tried(box: iamfa.Sandbox, seed: int, times: int) -> None:
    random, port, keys = Random(seed), http.port_of(box), http.administrator(box)
    paths = [
        b"/",
        b"/?Action=ListUsers&Version=2010-05-08",
        b"/_iamfa/clock",
        b"/_iamfa/sign-in",
        b"/%ff/..//x",
        b"/?X-Amz-Date=1",
    ]
    for _ in range(times):
        body, scope = broken(random), random.choice(("iam", "sts", "organizations", "s3", "ec2", "", "%", "é"))
        target = random.choice((None, None, "AWSOrganizationsV20161128.ListRoots", "x", "AWSOrganizationsV20161128."))
        data = http.signed(port, keys, body, scope=scope, target=target).replace(
            b"POST / ", b"POST %s " % random.choice(paths)
        )
        if random.random() < 0.2:
            at = random.randrange(data.index(b"\r\n\r\n"))
            data = data[:at] + random.randbytes(1) + data[at + 1 :]
        with Wire(port) as wire:
            begun = time.monotonic()
            wire.send(data)
            wire.socket.shutdown(1)
            answer = wire.answer()
        judge(box, answer, time.monotonic() - begun, data)


def test_no_bytes_with_a_signature_make_it_fail(box: iamfa.Sandbox) -> None:
    tried(box, 2, 200)


@pytest.mark.soak
def test_no_bytes_with_a_signature_make_it_fail_however_many_are_tried(box: iamfa.Sandbox) -> None:
    tried(box, int(os.environ.get("IAMFA_SEED", "5000")), 10_000)
