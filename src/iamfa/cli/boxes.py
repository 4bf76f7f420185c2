"""A sandbox as the command line starts it: its options, its environment, and the file that says where it is."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import click

from iamfa.cli.inputs import one_policy
from iamfa.cli.told import assumptions_from
from iamfa.errors import IamfaError
from iamfa.files import read_text, write_text

if TYPE_CHECKING:
    from iamfa.sandbox.embedded import Sandbox

WHERE = "IAMFA_SANDBOX"
"""The variable that names the file of a sandbox: its endpoint and the token of its control plane."""

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def box_options(function: Decorated) -> Decorated:
    """The options of whatever starts a sandbox."""
    options = (
        click.option(
            "--account", metavar="NUMBER", default="123456789012", show_default=True, help="The account's number."
        ),
        click.option(
            "--region", metavar="REGION", default="us-east-1", show_default=True,
            help="The Region; it tells the partition, too.",
        ),
        click.option("--seed", type=int, help="Make up the same ids, keys and seeds of devices on every run."),
        click.option("--policy", metavar="FILE", help="Start with a user `own-user` under this policy."),
        click.option("--load", metavar="FILE", help="Start with what was saved, or with a snapshot of an account."),
        click.option("--save", metavar="FILE", help="Write everything there, as it changes and at the end."),
        click.option("--log", metavar="FILE", help="Write each call and its decision there, a JSON line each."),
        click.option("--assume", metavar="ID=VALUE", multiple=True, help="Settle what AWS leaves open otherwise."),
        click.option(
            "--denials", type=click.Choice(("classic", "policy-arn")), default="classic",
            show_default=True, help="Whether AccessDenied names the policy, as AWS began to in 2026.",
        ),
        click.option("--throttle", type=float, metavar="RATE", help="Answer `Throttling` above so many calls/s."),
        click.option("--lag", type=float, metavar="SECONDS", default=0.0, help="Let a change be seen so much later."),
        click.option(
            "--fault", metavar="CALL=KIND", multiple=True, help="Let calls fail: `iam:Create*=lost*1`, `*=slow:2`."
        ),
        click.option("--no-services", is_flag=True, help="Let moto answer nothing, though it is installed."),
    )  # fmt: skip
    for option in reversed(options):
        function = option(function)
    return function


def box_of(options: Mapping[str, Any], *, port: int = 0, host: str = "127.0.0.1", unsafe: bool = False) -> Sandbox:
    """The sandbox that the options ask for, not started yet."""
    from iamfa.sandbox.embedded import Sandbox

    if options["throttle"] is not None and options["throttle"] <= 0:
        raise click.UsageError("`--throttle` is a number of calls a second above 0")
    if options["lag"] < 0:
        raise click.UsageError("`--lag` is a number of seconds, not below 0")
    return Sandbox(
        account=options["account"],
        region=options["region"],
        policy=one_policy(options["policy"]) if options["policy"] is not None else None,
        seed=options["seed"],
        load=options["load"],
        port=port,
        host=host,
        unsafe_address=unsafe,
        assumptions=assumptions_from(options["assume"], None) if options["assume"] else None,
        policy_arns_in_denials=options["denials"] == "policy-arn",
        services=not options["no_services"],
        throttle=options["throttle"],
        lag=options["lag"],
        faults=options["fault"],
    )


@contextmanager
def told(box: Sandbox, folder: Path) -> Iterator[Path]:
    """While it runs, a file in *folder* that only its owner may read says where the sandbox is."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"sandbox-{box.endpoint_url.rpartition(':')[2]}.json"
    about = {"endpoint": box.endpoint_url, "token": box.token.reveal(), "process": os.getpid()}
    write_text(path, json.dumps(about) + "\n", mode=0o600)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def logged(box: Sandbox, path: str | None) -> Iterator[None]:
    """Meanwhile each call goes to the end of a file, as a JSON line. Raises `OSError` where it cannot be written."""
    if path is None:
        yield
        return
    failed: list[OSError] = []
    with open(path, "a", encoding="utf-8", buffering=1) as file:

        def tell(event: dict[str, Any]) -> None:
            # A full disk must not answer for AWS: it is said at the end.
            try:
                file.write(json.dumps(event) + "\n")
            except OSError as error:
                failed.append(error)

        box.call(lambda _: box.journal.listeners.append(tell))
        try:
            yield
        finally:
            box.call(lambda _: box.journal.listeners.remove(tell))
    if failed:
        raise failed[0]


def runtime_folder() -> Path:
    """Where running sandboxes say that they are there."""
    from platformdirs import user_state_path

    return Path(user_state_path("iamfa", appauthor=False)) / "running"


def running_box(named: str | None) -> tuple[str, str]:
    """Endpoint and token of the sandbox that is meant: *named* file, the one of the environment, or the only one."""
    path = named or os.environ.get(WHERE)
    if path is not None:
        return _read(Path(path))
    # A sandbox that was killed leaves its file.
    found = [path for path in sorted(runtime_folder().glob("sandbox-*.json")) if _listens(_read(path)[0])]
    if len(found) > 1:
        listed = ", ".join(f"`{path}`" for path in found)
        raise IamfaError(f"{len(found)} sandboxes are running", hint=f"name the file of one: --sandbox FILE; {listed}")
    if not found:
        raise IamfaError("no sandbox is running", hint="start `iamfa sandbox`, or name its file: --sandbox FILE")
    return _read(found[0])


def _listens(endpoint: str) -> bool:
    try:
        parts = urlsplit(endpoint)
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=1).close()
    except (OSError, ValueError, OverflowError):
        return False
    return True


def _read(path: Path) -> tuple[str, str]:
    try:
        about = json.loads(read_text(path))
        return str(about["endpoint"]), str(about["token"])
    except (ValueError, TypeError, KeyError) as error:
        raise IamfaError(
            f"`{path}` is not the file of a sandbox", hint="it is named when `iamfa sandbox` starts"
        ) from error


def environment_with(box: Sandbox, user: str, where: Path) -> dict[str, str]:
    """The environment of this process without anybody's AWS settings, and with those of the sandbox."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nowhere = str(where.parent / "no-such-file")
    # No profile of the user's own may come between: neither his settings nor his keys are read.
    own = {"AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere, "AWS_EC2_METADATA_DISABLED": "true"}
    # A proxy that the user goes out through does not lead back to this machine.
    bypassing = next((name for name in ("no_proxy", "NO_PROXY") if name in kept), "NO_PROXY")
    host = urlsplit(box.endpoint_url).hostname or ""
    own[bypassing] = ",".join(each for each in (kept.get(bypassing), host) if each)
    return {**kept, **own, **box.environment_of(user), WHERE: str(where)}
