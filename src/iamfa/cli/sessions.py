"""What the commands about sessions and devices share: options, files, the way out, who is asked, and what is shown."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

import click

from iamfa import clock
from iamfa.cli.common import Asked
from iamfa.cli.console import Console
from iamfa.cli.terminal import Terminal, choose, count_down, open_terminal
from iamfa.device.defaults import Defaults
from iamfa.device.inventory import OwnDevice
from iamfa.errors import IamfaError
from iamfa.gateway.aws import Aws
from iamfa.gateway.ports import Credentials
from iamfa.report.paper import Piece, printable
from iamfa.secret import Secret
from iamfa.session.cache import Cache, cache_folder
from iamfa.session.codes import CodeFromCommand, CodeSource, GivenCode, NoCodes, Question, Ran, code_in
from iamfa.session.ledger import Ledger
from iamfa.session.means import Means
from iamfa.session.profiles import AwsFiles
from iamfa.session.wanted import Wanted, wanted
from iamfa.session.watched import Notice

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

_PATIENT_SECONDS = 8
"""So long nobody wonders who waits for another process; one that asks on the same terminal is answered by then."""
COMMAND_SECONDS = 60
"""How long a program may take to give a code; a person may have to touch a key for it."""


class Duration(click.ParamType[int]):
    """Seconds, or a number with a unit: `3600`, `90m`, `12h`."""

    name = "duration"
    _form = re.compile(r"([0-9]{1,6})\s*([smh]?)")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """As seconds."""
        if isinstance(value, int):
            return value
        found = self._form.fullmatch(str(value).strip().lower())
        if found is None:
            self.fail(f"`{value}` is no duration: write seconds, or a number with m or h, e.g. 3600 or 12h", param, ctx)
        return int(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]]


def session_options(function: Decorated) -> Decorated:
    """The options of whatever needs a session."""
    options = (
        click.option("--device", metavar="NAME", help="The MFA device, by name or serial, where you have several."),
        click.option(
            "--duration", type=Duration(), metavar="TIME", help="How long the session lasts: 3600, 90m, 12h; AWS: 12h."
        ),
        click.option(
            "--max-age", type=Duration(), metavar="TIME", help="Ask again where the code was given longer ago."
        ),
        click.option("--renew", is_flag=True, help="Get a new session, though one is kept."),
        click.option(
            "--token-code", metavar="CODE", help="The code; - reads it from standard input, where nobody else sees it."
        ),
        click.option("--code-command", metavar="COMMAND", help="A command that prints the code; else `mfa_process`."),
        click.option("--keyring", is_flag=True, help="Keep the session in the system's keyring (IAMFA_KEYRING=1)."),
        click.option("--explain", is_flag=True, help="Show the AWS CLI command that does the same."),
    )
    for option in reversed(options):
        function = option(function)
    return function


@dataclass(frozen=True)
class Here:
    """This process, its files and its environment."""

    asked: Asked
    console: Console
    caller: str | None = None
    """Which program asks, for the prompt."""
    explaining: bool = False

    @cached_property
    def home(self) -> Path:
        """The user's folder; raises `IamfaError` where there is none."""
        try:
            return Path.home()
        except RuntimeError as error:
            raise IamfaError("this user has no home folder", hint="set HOME") from error

    @cached_property
    def files(self) -> AwsFiles:
        """The AWS config and credentials."""
        return AwsFiles.read(os.environ, self.home)

    @cached_property
    def terminal(self) -> Terminal | None:
        """The terminal, where there is one."""
        return open_terminal()

    @cached_property
    def state(self) -> Path:
        """Where what is remembered lies."""
        from platformdirs import user_state_path

        return Path(user_state_path("iamfa", appauthor=False))

    def cache(self, *, keyring: bool = False) -> Cache:
        """The sessions that are kept."""
        store = None
        if keyring or os.environ.get("IAMFA_KEYRING") == "1":
            from iamfa.session.keyring_store import system_keyring

            store = system_keyring()
        return Cache(cache_folder(os.environ), now=clock.now, keyring=store)

    def wanted(self, options: Mapping[str, Any]) -> Wanted:
        """The session that the options ask for."""
        return wanted(
            self.files,
            os.environ,
            self.asked.profile,
            region=self.asked.region,
            endpoint_url=self.asked.endpoint_url,
            device=options.get("device"),
            seconds=options.get("duration"),
            max_age=options.get("max_age"),
            renew=bool(options.get("renew")),
        )

    @contextmanager
    def means(self, asked_for: Wanted, options: Mapping[str, Any]) -> Iterator[Means]:
        """What making a session takes; the terminal is given back at the end."""
        cache = self.cache(keyring=bool(options.get("keyring")))
        terminal = self.terminal
        try:
            source = self._source(asked_for, options, terminal)
            yield Means(
                cache=cache,
                ledger=Ledger(cache.folder),
                defaults=Defaults(self.state),
                connect=connector(asked_for),
                source=source,
                watcher=Shown(self.console, terminal, explaining=self.explaining),
                now=clock.now,
                choose=None if terminal is None else _chooser(terminal),
                asks=not isinstance(source, NoCodes),
            )
        finally:
            if terminal is not None:
                terminal.close()

    def _source(self, asked_for: Wanted, options: Mapping[str, Any], terminal: Terminal | None) -> CodeSource:
        given = options.get("token_code")
        if given == "-" and not (terminal is not None and sys.stdin.isatty()):
            return GivenCode(Secret(_line_of_input()), words="standard input")
        if given not in (None, "-"):
            return GivenCode(Secret(given))
        command, where = options.get("code_command"), "`--code-command`"
        if command is None:
            command, where = asked_for.mfa_process, f"`mfa_process` of profile `{asked_for.profile}`"
        if command is not None:
            return CodeFromCommand(command, partial(run_shell, show=terminal.write if terminal else None), where)
        if terminal is not None:
            return TypedCode(terminal, self.caller)
        if options.get("piped") and (line := _piped_line()):
            return GivenCode(Secret(line), words="standard input")
        return NoCodes("there is no terminal to ask on")


def _piped_line() -> str:
    """A line that was piped in, empty where nothing is: a pipe in which nothing comes is not waited for."""
    try:
        handle = sys.stdin.fileno()
        if os.isatty(handle) or not select.select([handle], [], [], _PIPE_SECONDS)[0]:
            return ""
    except (AttributeError, OSError, ValueError):
        # There is no standard input, or (Windows) nobody can tell whether anything is in it.
        return ""
    return _line_of_input()


_PIPE_SECONDS = 1.0


def connector(asked_for: Wanted) -> Callable[[Credentials, str], Aws]:
    """The calls with credentials to a service, made once for each."""
    made: dict[tuple[str, str], Aws] = {}

    def connect(credentials: Credentials, service: str) -> Aws:
        place = (credentials.key_id, service)
        if place not in made:
            made[place] = Aws(
                credentials,
                region=asked_for.region,
                endpoint_url=asked_for.endpoints[service],
                ca_bundle=asked_for.ca_bundle,
            )
        return made[place]

    return connect


_LONGEST_LINE = 1000


def _line_of_input() -> str:
    """One line of standard input, and no byte more: what stands behind it is for the program that is run then."""
    try:
        handle = sys.stdin.fileno()
    except (OSError, ValueError):
        return sys.stdin.readline(_LONGEST_LINE)
    data = b""
    while not data.endswith(b"\n") and len(data) < _LONGEST_LINE and (byte := os.read(handle, 1)):
        data += byte
    return data.decode("utf-8", "replace")


def run_shell(command: str | Sequence[str], show: Callable[[str], None] | None = None) -> Ran:
    """Run a program that gives a code; *show* is told each line of its error output as it comes: "touch the key".

    It is waited for no longer than COMMAND_SECONDS, and then not for what it started itself either.
    """
    reading, writing = os.pipe()
    try:
        process = subprocess.Popen(command, shell=isinstance(command, str), stdout=subprocess.PIPE, stderr=writing)
    except OSError as error:
        os.close(reading)
        return Ran(127, Secret(""), str(error))
    finally:
        os.close(writing)
    said: list[str] = []

    def listen() -> None:
        with os.fdopen(reading, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                said.append(line)
                if show is not None:
                    show(printable(line.rstrip("\r\n")) + "\n")

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        out, _ = process.communicate(timeout=COMMAND_SECONDS)
    except subprocess.TimeoutExpired:
        return Ran(124, Secret(""), f"it took longer than {COMMAND_SECONDS} s")
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    listener.join(1)
    return Ran(process.returncode, Secret(out.decode("utf-8", "replace")), "".join(said))


def run_with_input(arguments: Sequence[str], given: Secret | None) -> tuple[int, str, str]:
    """Run a program that reads a secret on its standard input; what it says for people it says itself."""
    done = subprocess.run(
        list(arguments),
        input=given.reveal() if given is not None else "",
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
    )
    return done.returncode, done.stdout, done.stderr


class TypedCode:
    """A code that somebody types on the terminal; no digit of it is shown."""

    words = "the terminal"
    again = True
    here = False

    def __init__(self, terminal: Terminal, caller: str | None) -> None:
        self._terminal = terminal
        self._caller = caller

    def code(self, question: Question) -> Secret:
        """Ask, naming account, user, device and who asks."""
        by = f", for {self._caller}" if self._caller is not None else ""
        words = printable(f"MFA code of {question.device} ({question.user} in account {question.account}{by}): ")
        if question.complaint is not None:
            # With the question, from which on nothing that is typed is shown.
            words = f"{printable(str(question.complaint))}\n{words}"
        typed = self._terminal.read_hidden(words)
        if typed is None:
            raise CodeSourceClosedError("the terminal was closed before a code was typed")
        return code_in(typed, "what was typed")


class CodeSourceClosedError(IamfaError):
    """Nobody is there any more to answer."""


def _chooser(terminal: Terminal) -> Callable[[Sequence[OwnDevice], Question], OwnDevice]:
    def ask(devices: Sequence[OwnDevice], question: Question) -> OwnDevice:
        title = f"{question.user} in account {question.account} has {len(devices)} devices that give codes:"
        lines = [printable(f"{each.name}  ({each.kind}{since(each.since)})") for each in devices]
        number = choose(terminal, printable(title), lines, "Which one? It is remembered: ")
        if number is None:
            raise CodeSourceClosedError("the terminal was closed before a device was chosen")
        return devices[number]

    return ask


def since(moment: datetime | None) -> str:
    """`, since 2026-03-01`, where it is known."""
    return f", since {moment:%Y-%m-%d}" if moment is not None else ""


class Shown:
    """Notices to stderr, or to the terminal where a program took that; waiting is seen on the terminal."""

    def __init__(self, console: Console, terminal: Terminal | None, *, explaining: bool = False) -> None:
        self._console = console
        self._terminal = terminal
        self._explaining = explaining
        self._others_told = False

    def tell(self, notice: Notice) -> None:
        """Say it."""
        words = printable(self._console.paper.say(notice.text).format_map(notice.values))
        if self._terminal is not None and not sys.stderr.isatty():
            self._terminal.write(words + "\n")
        else:
            self._console.tell(self._console.paper.wrapped([Piece(words)], hanging="  "))

    def explain(self, command: str) -> None:
        """Show the command, where that is asked for."""
        if self._explaining:
            self._console.tell([(Piece("$ ", "dim"), Piece(printable(command), "strong"))], always=True)

    def others(self, seconds: float) -> None:
        """Say so, once, where somebody sees it who may look at another terminal."""
        if seconds >= _PATIENT_SECONDS and not self._others_told and sys.stderr.isatty():
            self._others_told = True
            self.tell(Notice("another process asks for the code of this session; this one waits for what it gets", {}))

    def wait(self, seconds: float, why: Notice) -> None:
        """Say why, and wait, counting down."""
        self.tell(why)
        count_down(seconds, self._console.paper.say("waiting for the next code"), self._terminal)


_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "busybox"})


def caller_name() -> str | None:
    """The program that started this one, by its name alone: its arguments may hold anything. None where unknown."""
    process = os.getppid()
    for _ in range(3):
        words = _command_of(process)
        if not (len(words) > 1 and words[1] == "-c" and os.path.basename(words[0]) in _SHELLS):
            return _program_in(words)
        # Some SDKs run the command by way of a shell, which is nobody.
        process = _parent_of(process)
    return None


def _command_of(process: int) -> list[str]:
    try:
        raw = Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return []
    return [word for word in raw.decode("utf-8", "replace").split("\0") if word]


def _parent_of(process: int) -> int:
    try:
        # "pid (name) state parent …", and the name may hold anything (proc_pid_stat(5)).
        return int(Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def _program_in(words: Sequence[str]) -> str | None:
    """The script or the module of an interpreter, else the program."""
    names = [os.path.basename(word) for word in words[:3]]
    if len(names) > 1 and re.fullmatch(r"(python|node|ruby|java)[0-9.]*", names[0]):
        if names[1] == "-m" and len(names) > 2:
            return names[2]
        if not names[1].startswith("-"):
            return names[1]
    # Terraform's plugins carry their version in the name.
    return re.sub(r"_v[0-9]+(\.[0-9]+)*(_x[0-9]+)?$", "", names[0]) if names else None
