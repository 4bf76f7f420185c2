"""`iamfa sandbox code DEVICE`: the present code of a device of a running sandbox."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

import click

from iamfa.cli.boxes import running_box
from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.errors import IamfaError


@command(name="code")
@click.argument("device")
@click.option("--sandbox", metavar="FILE", help="The file of the sandbox that is meant, where several run.")
def COMMAND(asked: Asked, console: Console, /, device: str, sandbox: str | None) -> None:
    """Print the present code of a device, by its serial or its name: the sandbox holds the seeds."""
    endpoint, token = running_box(sandbox)
    codes = _codes(endpoint, token)
    found = [each for each in codes if device in (each["serial"], str(each["serial"]).rpartition("/")[2])]
    if len(found) != 1:
        known = ", ".join(str(each["serial"]) for each in codes) or "there is none"
        message = f"{len(found)} devices are named `{device}`" if found else f"there is no device `{device}`"
        raise IamfaError(message, hint=f"devices: {known}")
    if found[0]["code"] is None:
        raise IamfaError(f"the device `{device}` gives no codes here: its seed is not known")
    if asked.json:
        console.write_json({"version": 1, **found[0]})
    else:
        console.write(f"{found[0]['code']}\n")


def _codes(endpoint: str, token: str) -> list[dict[str, Any]]:
    try:
        status, found = _get(endpoint, token)
    except (OSError, HTTPException, ValueError, OverflowError) as error:
        raise IamfaError(f"no sandbox answers at {endpoint}", hint="start `iamfa sandbox`") from error
    if not isinstance(found, dict) or status != 200 or "codes" not in found:
        told = found if isinstance(found, dict) else {}
        raise IamfaError(f"what answers at {endpoint} tells no codes: {told.get('error')}", hint=told.get("hint"))
    codes: list[dict[str, Any]] = found["codes"]
    return codes


def _get(endpoint: str, token: str) -> tuple[int, object]:
    parts = urlsplit(endpoint)
    connection = HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=10)
    try:
        connection.request("GET", "/_iamfa/codes", headers={"Authorization": f"Bearer {token}"})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()
