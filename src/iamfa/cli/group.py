"""The commands by name; the module of one is imported when it is asked for, so that starting stays quick."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from iamfa.cli.common import Asked, common_options, version
from iamfa.cli.settings import defaults_below


class Commands(click.Group):
    """A group whose commands are rows of a table."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the story: judge, repair, ask, read."""
        return [name for name in TABLE if name not in HIDDEN]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in TABLE:
            return None
        command = import_module(f"iamfa.cli.commands.{cmd_name.replace('-', '_')}").COMMAND
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in the help; nothing is imported for it."""
        for title, section in _SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, words) for name, words in section.items() if name not in HIDDEN])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which ones are spelled like what was written."""
        name = args[0]
        if name not in TABLE and not name.startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(name, self.list_commands(ctx))
            more = f"; did you mean `{close[0]}`?" if close else ""
            raise click.UsageError(f"there is no command `{name}`{more}", ctx)
        return super().resolve_command(ctx, args)


_SECTIONS = {
    "Policies": {
        "tour": "The whole story with nothing configured: refused, checked, repaired, enrolled.",
        "check": "Judge policies: faults, findings, which flows work for whom, who could get in.",
        "fix": "The smallest repair of the errors, as a diff or written.",
        "explain": "What each statement and each action is there for, found by leaving it out.",
        "new": "Compose a policy for what you want, and try what it promises.",
        "can": "Is this request allowed, by which statement, and why not?",
        "prove": "A claim about all requests: proved, refuted with a request, or unknown.",
        "diff": "What one policy permits and the other does not, both ways, each with a request.",
        "match": "Answer single comparisons of policy values (for conformance runs).",
        "rules": "The rules, or the page of one.",
    },
    "Accounts": {
        "audit": "Judge an account: who is forced to use MFA, who has a device, who could lift it.",
        "watch": "Audit an account again and again, and tell only what changed.",
        "plan": "Plan the repair of an account: each edit, who feels it, who can take it back.",
        "apply": "Make the changes of a plan, each written down first; run again, it goes on.",
        "undo": "Take back what was applied: every policy says again what it said.",
    },
    "Devices and sessions": {
        "device": "Your own MFA devices: list, add, resync, remove, replace, default.",
        "login": "Get a session with MFA: finds the device, asks for the code, keeps the session.",
        "exec": "Run a command with a session in its environment.",
        "env": "Print a session as lines for a shell.",
        "console": "A link into the console, for a session of a role.",
        "status": "The sessions that are kept, and how long they last.",
        "logout": "Forget the sessions that are kept.",
        "setup": "Write a profile that gives MFA sessions by itself; take over those of other tools.",
        "doctor": "Why sessions do not work here, and what to do.",
        "credential-process": "What the AWS CLI and SDKs run to get a session (`iamfa setup` writes it).",
    },
    "More": {
        "sandbox": "A local IAM and STS that really enforces: for tests, scripts and by hand.",
        "completion": "Print the completion script of a shell.",
    },
}
TABLE = {name: words for section in _SECTIONS.values() for name, words in section.items()}

HIDDEN = frozenset({"match"})
CONFIGURED = frozenset({"check", "fix", "explain", "can", "prove", "audit", "watch"})
"""The commands that take defaults from the settings."""


def _version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"iamfa {version()}")
        ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Say the version.")
@common_options
@click.pass_context
def GROUP(ctx: click.Context, /, **asked: Any) -> None:
    """Judges, proves and repairs the AWS IAM policies that force users to use MFA; enrols MFA devices and gets sessions
    for the AWS CLI and SDKs; runs a local IAM and STS.

    Exit codes: 0 nothing to report, 1 findings or denied, 2 wrong usage, 3 invalid input, 4 AWS refused or could not be
    reached, 5 unknown.
    """
    settings = defaults_below(Path.cwd()) if ctx.invoked_subcommand in CONFIGURED else {}
    audit = settings.pop("audit", {})
    if ctx.invoked_subcommand in ("audit", "watch"):
        # Rules are chosen in its own table: those of policies alone are not all that it knows.
        settings = {name: value for name, value in settings.items() if name not in ("select", "ignore")} | audit
    ctx.obj = Asked.of(asked).over(Asked(fail_on=settings.pop("fail_on", None)))
    ctx.default_map = dict.fromkeys(CONFIGURED, settings)


def complete() -> int | None:
    """Answer the shell that completes a line; None where nobody asks for that."""
    instruction = os.environ.get("_IAMFA_COMPLETE")
    if not instruction:
        return None
    from click.shell_completion import shell_complete

    return shell_complete(GROUP, {}, "iamfa", "_IAMFA_COMPLETE", instruction)
