"""A sandbox over real HTTP: requests signed here, step by step as AWS's page has it, and sent as bytes."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from tests.unit.sandbox.wires import Answer, Wire

import iamfa
from iamfa.otp import code_of, step_of

VERSIONS = {"iam": "2010-05-08", "sts": "2011-06-15"}
ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"


@dataclass(frozen=True)
class Keys:
    """What a client signs with."""

    id: str
    secret: str = field(repr=False)
    token: str | None = None


def port_of(box: iamfa.Sandbox) -> int:
    return int(box.endpoint_url.rpartition(":")[2])


def administrator(box: iamfa.Sandbox) -> Keys:
    return Keys(box.environment["AWS_ACCESS_KEY_ID"], box.environment["AWS_SECRET_ACCESS_KEY"])


def form(service: str, action: str, **parameters: str) -> bytes:
    return urlencode({"Action": action, "Version": VERSIONS[service], **parameters}).encode()


def signed(
    port: int,
    keys: Keys,
    body: bytes,
    *,
    service: str = "iam",
    scope: str | None = None,
    now: datetime | None = None,
    date: str | None = None,
    headers: dict[str, str] | None = None,
    target: str | None = None,
) -> bytes:
    """The bytes of a signed POST; *scope* is the service that the signature names, *headers* are not signed.

    *target* is the operation of a JSON service, as in `X-Amz-Target`.
    """
    moment = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    day, of = date or moment[:8], scope or service
    fields = {"host": f"127.0.0.1:{port}", "x-amz-date": moment}
    if keys.token is not None:
        fields["x-amz-security-token"] = keys.token
    if target is not None:
        fields["x-amz-target"] = target
    digest = hashlib.sha256(body).hexdigest()
    if of.startswith("s3"):
        fields["x-amz-content-sha256"] = digest
    names = ";".join(sorted(fields))
    lines = "".join(f"{name}:{fields[name]}\n" for name in sorted(fields))
    canonical = f"POST\n/\n\n{lines}\n{names}\n{digest}"
    place = f"{day}/us-east-1/{of}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{place}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{keys.secret}".encode()
    for part in place.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    authorization = f"AWS4-HMAC-SHA256 Credential={keys.id}/{place}, SignedHeaders={names}, Signature={signature}"
    sent = {
        **fields,
        "content-type": "application/x-www-form-urlencoded; charset=utf-8"
        if target is None
        else "application/x-amz-json-1.1",
        "content-length": str(len(body)),
        "authorization": authorization,
        **(headers or {}),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    return f"POST / HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


def sent(box: iamfa.Sandbox, data: bytes) -> Answer:
    """The answer to these bytes on a connection of their own."""
    with Wire(port_of(box)) as wire:
        return wire.send(data).answer()


def called(box: iamfa.Sandbox, keys: Keys, service: str, action: str, **parameters: str) -> Answer:
    return sent(box, signed(port_of(box), keys, form(service, action, **parameters), service=service))


def code(answer: Answer) -> str:
    """AWS's code of a refusal; empty for an answer that is none."""
    return element(answer, "Code") if answer.status != 200 else ""


def element(answer: Answer, name: str) -> str:
    found = re.search(f"<{name}>(.*?)</{name}>", answer.body.decode(), re.DOTALL)
    assert found is not None, answer
    return found[1]


def person(box: iamfa.Sandbox, name: str) -> Keys:
    """A new user with every right, by his first key."""
    root = administrator(box)
    assert called(box, root, "iam", "CreateUser", UserName=name).status == 200
    called(box, root, "iam", "AttachUserPolicy", UserName=name, PolicyArn=ADMINISTRATOR_ACCESS)
    return new_key(box, name)


def new_key(box: iamfa.Sandbox, name: str) -> Keys:
    made = called(box, administrator(box), "iam", "CreateAccessKey", UserName=name)
    return Keys(element(made, "AccessKeyId"), element(made, "SecretAccessKey"))


def forget_person(box: iamfa.Sandbox, name: str, *keys: Keys) -> None:
    root = administrator(box)
    called(box, root, "iam", "DetachUserPolicy", UserName=name, PolicyArn=ADMINISTRATOR_ACCESS)
    for each in keys:
        called(box, root, "iam", "DeleteAccessKey", UserName=name, AccessKeyId=each.id)
    assert called(box, root, "iam", "DeleteUser", UserName=name).status == 200


def session_of(answer: Answer) -> Keys:
    return Keys(element(answer, "AccessKeyId"), element(answer, "SecretAccessKey"), element(answer, "SessionToken"))


def without_token(keys: Keys) -> Keys:
    return replace(keys, token=None)


def shown(box: iamfa.Sandbox, serial: str, off: int = 0) -> str:
    """The code that a device shows, *off* steps from now."""
    seed = box.call(lambda state: state.account.devices[serial].seed)
    assert seed is not None
    return code_of(seed, step_of(box.clock.now()) + off)


def enrolled(box: iamfa.Sandbox, name: str) -> str:
    """The serial of a user's new device, enabled a while ago."""
    root = administrator(box)
    serial = element(
        called(box, root, "iam", "CreateVirtualMFADevice", VirtualMFADeviceName=f"{name}-phone"), "SerialNumber"
    )
    codes = {"AuthenticationCode1": shown(box, serial, -1), "AuthenticationCode2": shown(box, serial)}
    assert called(box, root, "iam", "EnableMFADevice", UserName=name, SerialNumber=serial, **codes).status == 200
    box.clock.advance(300)
    return serial


def controlled(
    box: iamfa.Sandbox, method: str, name: str, body: Any = None, *, token: str | None = "own", **headers: str
) -> tuple[int, Any]:
    """Status and JSON of an answer of the control plane; *body* is bytes or a value."""
    data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {"host": f"127.0.0.1:{port_of(box)}", "content-length": str(len(data))}
    if token is not None:
        told["authorization"] = f"Bearer {box.token.reveal() if token == 'own' else token}"
    told |= {key.replace("_", "-"): value for key, value in headers.items()}
    head = "".join(f"{key}: {value}\r\n" for key, value in told.items())
    answer = sent(box, f"{method} /_iamfa/{name} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + data)
    return answer.status, json.loads(answer.body) if answer.body.startswith(b"{") else answer.body
