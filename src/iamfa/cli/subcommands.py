"""A group of commands whose modules are imported when one is asked for: `iamfa device add` is `device_add`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click


class Subcommands(click.Group):
    """A command with commands below it, as rows of a table: name and what it does."""

    def __init__(self, *args: object, table: Mapping[str, str], **settings: object) -> None:
        super().__init__(*args, **settings)  # type: ignore[arg-type]  # handed on as they came
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in their order."""
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in self._table:
            return None
        found = import_module(f"iamfa.cli.commands.{self.name}_{cmd_name}").COMMAND
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which ones there are."""
        if args[0] not in self._table and not args[0].startswith("-"):
            known = ", ".join(self._table)
            raise click.UsageError(f"`{ctx.command_path}` has no command `{args[0]}`: {known}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in the help; nothing is imported for it."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._table.items()))
