"""`iamfa sandbox`: a local IAM and STS that decides every call; `run` and `code` go with it."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from iamfa.cli.boxes import box_of, box_options, logged, runtime_folder, told
from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.exits import ExitCode
from iamfa.cli.subcommands import Subcommands
from iamfa.report.paper import Line, Paper, Piece, line

if TYPE_CHECKING:
    from pathlib import Path

    from iamfa.sandbox.embedded import Sandbox

_SUBCOMMANDS = {
    "run": "Run a command against a fresh sandbox, and return its exit code.",
    "code": "Print the present code of a device of a running sandbox.",
}


@command(name="sandbox", cls=Subcommands, table=_SUBCOMMANDS, invoke_without_command=True)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Where it listens; any free port unless told.")
@click.option(
    "--host", metavar="ADDRESS", default="127.0.0.1", help="The loopback address it listens on; 127.0.0.1 unless told."
)
@click.option("--unsafe-address", is_flag=True, help="Let `--host` be an address that others reach.")
@click.option("--assumptions", is_flag=True, help="List what AWS does not document, and how it is settled.")
@box_options
def COMMAND(
    asked: Asked, console: Console, /, port: int, host: str, unsafe_address: bool, assumptions: bool, **options: Any
) -> ExitCode:
    """A local IAM and STS that really enforces: policies, signatures, codes, sessions.

    It prints the endpoint, the environment and a profile for clients of AWS, and on a terminal each call, how it was
    decided, and why it was refused. Ctrl-C ends it. With `--format json` it writes JSON lines: first where it is, then
    each call.
    """
    context = click.get_current_context()
    if context.invoked_subcommand is not None:
        _require_no_options(context)
        return ExitCode.CLEAN
    if assumptions:
        return _list_assumptions(asked, console, options)
    box = box_of(options, port=port, host=host, unsafe=unsafe_address)
    with box, logged(box, options["log"]), told(box, runtime_folder()) as where:
        if asked.json:
            about = {"endpoint": box.endpoint_url, "environment": box.environment, "file": str(where)}
            console.write(json.dumps(about) + "\n")
        else:
            console.show(_hello(console.paper, box, where, own_user=options["policy"] is not None))
        sys.stdout.flush()
        _serve(box, console, asked, options["save"])
    return ExitCode.CLEAN


def _require_no_options(context: click.Context) -> None:
    """What stands in front of `run` would be lost: `sandbox --policy FILE run` must not run without the policy."""
    for parameter in context.command.params:
        if context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"`{parameter.opts[0]}` stands behind `{context.invoked_subcommand}`", context)


def _serve(box: Sandbox, console: Console, asked: Asked, save: str | None) -> None:
    """Run until somebody says stop; what happens is shown and saved meanwhile."""
    stop = threading.Event()
    seen = 0
    log = _Log(console, json_lines=asked.json, shown=sys.stderr.isatty() and not console.quiet, stop=stop)
    box.call(lambda _: box.journal.listeners.append(log.tell))
    before = {each: signal.signal(each, lambda *_: stop.set()) for each in _ENDING}
    try:
        while not stop.wait(_TICK_SECONDS):
            seen = _saved(box, save, log.calls, seen)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        _saved(box, save, -1, seen)
    if log.broken is not None:
        raise log.broken


def _saved(box: Sandbox, save: str | None, calls: int, seen: int) -> int:
    """Save where something was called since the last time."""
    if save is not None and calls != seen:
        box.save(save)
    return calls


_TICK_SECONDS = 0.5
_ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Windows has no SIGHUP, which tells that the terminal is gone."""


class _Log:
    """Shows each call as it comes."""

    def __init__(self, console: Console, *, json_lines: bool, shown: bool, stop: threading.Event) -> None:
        self.calls = 0
        self.broken: OSError | None = None
        self._console = console
        self._json = json_lines
        self._shown = shown
        self._stop = stop

    def tell(self, event: dict[str, Any]) -> None:
        self.calls += 1
        try:
            if self._json:
                self._console.write(json.dumps(event) + "\n")
                sys.stdout.flush()
            elif self._shown:
                from iamfa.report.event_text import event_lines

                self._console.tell(event_lines(self._console.paper, event))
                sys.stderr.flush()
        except OSError as error:
            self.broken = error
            self._stop.set()


def _hello(paper: Paper, box: Sandbox, where: Path, *, own_user: bool) -> Iterator[Line]:
    from iamfa.sandbox.embedded import ADMINISTRATOR, OWN_USER

    say = paper.say
    yield line(say("A local IAM and STS at {url}").format(url=box.endpoint_url), "strong")
    for user in (ADMINISTRATOR, *((OWN_USER,) if own_user else ())):
        yield line()
        yield line(say("as {user}:").format(user=user), "dim")
        for name, value in box.environment_of(user).items():
            yield (Piece(f"export {name}={value}"),)
    yield line()
    yield line(say("or as profiles in ~/.aws/config, for `aws --profile sandbox`:"), "dim")
    for user in (ADMINISTRATOR, *((OWN_USER,) if own_user else ())):
        environment = box.environment_of(user)
        yield line(f"[profile {'sandbox' if user == ADMINISTRATOR else user}]")
        yield line(f"region = {environment['AWS_REGION']}")
        yield line(f"endpoint_url = {environment['AWS_ENDPOINT_URL']}")
        yield line(f"aws_access_key_id = {environment['AWS_ACCESS_KEY_ID']}")
        yield line(f"aws_secret_access_key = {environment['AWS_SECRET_ACCESS_KEY']}")
    yield line()
    yield from paper.paragraph(
        say(
            "`iamfa sandbox code DEVICE` prints the present code of a device. Where several sandboxes run, this one is "
            "named `--sandbox {file}`. Ctrl-C ends it."
        ).format(file=where),
        style="dim",
    )


def _list_assumptions(asked: Asked, console: Console, options: dict[str, Any]) -> ExitCode:
    from iamfa.cli.told import assumptions_from
    from iamfa.platform import ASSUMPTIONS
    from iamfa.sandbox.live import NOT_PLAYED

    chosen = assumptions_from(options["assume"], None)
    if asked.json:
        rows = [
            {
                "id": row.id,
                "value": chosen[row.id],
                "values": list(row.values),
                "about": row.about,
                "source": row.source,
                "played": row.id not in NOT_PLAYED,
            }
            for row in ASSUMPTIONS.values()
        ]
        console.write_json({"version": 1, "assumptions": rows})
        return ExitCode.CLEAN
    paper = console.paper
    lines: list[Line] = []
    for row in ASSUMPTIONS.values():
        lines.append((Piece(f"{row.id} = {chosen[row.id]}", "strong"),))
        others = ", ".join(value for value in row.values if value != chosen[row.id])
        lines += paper.paragraph(f"{paper.say(row.about)} ({paper.say('or')} {others})", indent="    ")
        lines += paper.paragraph(paper.say("source: {source}").format(source=row.source), indent="    ", style="dim")
        if row.id in NOT_PLAYED:
            lines += paper.paragraph(
                paper.say("the sandbox does not play it: no value changes anything"), indent="    "
            )
    console.show(lines)
    return ExitCode.CLEAN
