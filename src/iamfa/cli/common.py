"""The options that stand everywhere, before and behind the command's name, and what is asked with them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeAlias, TypeVar

import click

from iamfa.cli.console import ColourChoice, Console

SEVERITIES = ("error", "warning", "note")
FORMATS = ("text", "json")

Callback: TypeAlias = Callable[..., Any]
Decorated = TypeVar("Decorated", bound=Callback)


@dataclass(frozen=True, slots=True)
class Asked:
    """How a command shall speak; None where nobody said."""

    format: str | None = None
    fail_on: str | None = None
    color: ColourChoice | None = None
    quiet: bool | None = None
    verbose: bool | None = None
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> Asked:
        """Take the options that stand everywhere out of a command's parameters."""
        return cls(**{field.name: parameters.get(field.name) for field in fields(cls)})

    def over(self, outer: Asked) -> Asked:
        """These options, and where they say nothing those of *outer*."""
        return Asked(
            **{
                field.name: getattr(outer, field.name)
                if getattr(self, field.name) is None
                else getattr(self, field.name)
                for field in fields(self)
            }
        )

    @property
    def json(self) -> bool:
        """Whether programs read the answer."""
        return self.format == "json"

    @property
    def failing(self) -> str:
        """The mildest severity that fails."""
        return self.fail_on or "warning"

    def console(self) -> Console:
        """The console for this command."""
        return Console.here(self.color or "auto", quiet=bool(self.quiet), verbose=bool(self.verbose))


def version() -> str:
    """The version of this program. The face is for others: nothing inside imports it, but it is there already."""
    found: str = sys.modules["iamfa"].__version__
    return found


def common_options(function: Decorated) -> Decorated:
    """Add the options that stand everywhere."""
    formats = (*FORMATS, "github", "sarif", "html", "csv", "ocsf", "markdown", "terraform", "cloudformation")
    return _with_options(aws_options(function), formats)


def aws_options(function: Decorated) -> Decorated:
    """Add the options of whatever asks AWS."""
    options = (
        click.option("--profile", metavar="NAME", help="Profile of the AWS config; else AWS_PROFILE, default."),
        click.option("--region", metavar="REGION", help="Region in which AWS is asked."),
        click.option("--endpoint-url", metavar="URL", help="Ask this endpoint instead of AWS."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def command(
    *, formats: Sequence[str] = FORMATS, aws: bool = False, **settings: Any
) -> Callable[[Callback], click.Command]:
    """Make a command of a function that takes `Asked` and `Console` first, and then its own options.

    With *aws* it asks AWS, and has the options for that.
    """

    def decorate(function: Callback) -> click.Command:
        def run(**parameters: Any) -> Any:
            context = click.get_current_context()
            given = parameters if aws else {k: v for k, v in parameters.items() if k not in _AWS_NAMES}
            asked = Asked.of(given).over(context.find_root().obj)
            if (asked.format or "text") not in formats:
                raise click.UsageError(f"`{context.info_name}` has no format `{asked.format}`: {', '.join(formats)}")
            shared = _NAMES if aws else _NAMES - _AWS_NAMES
            own = {name: value for name, value in parameters.items() if name not in shared}
            return function(asked, asked.console(), **own)

        run.__doc__ = function.__doc__
        run.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]  # click's own way
        made: click.Command = click.command(**{"cls": _Command, **settings})(
            _with_options(aws_options(run) if aws else run, formats)
        )
        return made

    return decorate


_SEVERAL = frozenset({"--with", "--policy", "--context"})
"""Options that take every value up to the next option."""


class _Command(click.Command):
    """A command some of whose options take several values: `can ACTION ARN --policy a.json b.json`.

    What is judged or asked stands before them then. Where nothing does (`check --with a.json b.json`), such an option
    takes one value, as everywhere.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, self._spread(args))

    def _spread(self, args: list[str]) -> list[str]:
        options = {name: p for p in self.params if isinstance(p, click.Option) for name in p.opts}
        spread: list[str] = []
        repeated: str | None = None
        asked = False
        position = 0
        while position < len(args):
            token = args[position]
            position += 1
            if token == "--":
                return [*spread, *args[position - 1 :]]
            if token.startswith("-") and token != "-":
                name, equals, _ = token.partition("=")
                option = options.get(name)
                repeated = name if name in _SEVERAL else None
                spread.append(token)
                if option is not None and not option.is_flag and not equals and position < len(args):
                    spread.append(args[position])
                    position += 1
            elif repeated is not None and asked:
                spread += (repeated, token)
            else:
                asked = True
                spread.append(token)
        return spread


_NAMES = frozenset(field.name for field in fields(Asked))
_AWS_NAMES = frozenset({"profile", "region", "endpoint_url"})


def _with_options(function: Decorated, formats: Sequence[str]) -> Decorated:
    options = (
        click.option("--format", type=click.Choice(formats), help="How the answer is written; text unless told."),
        click.option(
            "--fail-on", type=click.Choice(SEVERITIES), help="The mildest finding that makes exit code 1; warning."
        ),
        click.option(
            "--color", type=click.Choice(("auto", "always", "never")), help="Colours; auto heeds NO_COLOR and pipes."
        ),
        click.option("--quiet", is_flag=True, default=None, help="Only what fails."),
        click.option("--verbose", is_flag=True, default=None, help="Everything there is to say."),
    )
    for option in reversed(options):
        function = option(function)
    return function
