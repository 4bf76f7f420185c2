"""The options that tell the judge about a policy's surroundings; `check` and `fix` share them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import click

from iamfa.advise.options import CheckOptions
from iamfa.advise.rules import rule_ids
from iamfa.arn import PARTITIONS
from iamfa.cli.inputs import one_policy
from iamfa.cli.told import assumptions_from, close_to, names
from iamfa.clock import now
from iamfa.platform import ASSUMPTIONS
from iamfa.policy import catalogue
from iamfa.policy.document import Kind

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def judging_options(function: Decorated) -> Decorated:
    """Add the options."""
    platforms = ASSUMPTIONS["platform"].values
    options = (
        click.option(
            "--with", "with_", metavar="FILE", multiple=True, help="Another policy that reaches the same user."
        ),
        click.option(
            "--as", "as_", type=click.Choice([kind.value for kind in Kind]), help="What the file is attached as."
        ),
        click.option("--partition", type=click.Choice(sorted(PARTITIONS)), help="Where the account is."),
        click.option("--platform", type=click.Choice(platforms), help=f"AWS's own rules of when; {platforms[0]}."),
        click.option("--assume", metavar="ID=VALUE", multiple=True, help="Settle what AWS does not document."),
        click.option("--expect-exempt", metavar="ACTION,...", multiple=True, help="What is meant to pass without MFA."),
        click.option("--select", metavar="RULE,...", multiple=True, help="Only these rules."),
        click.option("--ignore", metavar="RULE,...", multiple=True, help="All rules but these."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def options_from(parameters: Mapping[str, Any]) -> CheckOptions:
    """What the judge is told, from the options on the command line.

    Raises IamfaError for an unknown rule or assumption, PolicyError for a policy of `--with` that is none.
    """
    select, ignore = names(parameters["select"]), names(parameters["ignore"])
    known_rules((*(select or ()), *(ignore or ())))
    as_kind = Kind(parameters["as_"]) if parameters["as_"] else None
    return CheckOptions(
        with_policies=tuple(one_policy(path) for path in parameters["with_"]),
        as_kind=as_kind,
        partition=parameters["partition"],
        assumptions=assumptions_from(parameters["assume"], parameters["platform"]),
        expect_exempt=names(parameters["expect_exempt"]),
        select=None if select is None else frozenset(select),
        ignore=frozenset(ignore or ()),
        catalogue_age_days=catalogue_age(),
    )


def known_rules(ids: Iterable[str]) -> None:
    """Raise a usage error for the first id that is no rule's, with those that are spelled like it."""
    for rule_id in ids:
        if rule_id not in rule_ids():
            raise click.UsageError(
                f"`{rule_id}` is no rule{close_to(rule_id, rule_ids())}", click.get_current_context()
            )


def catalogue_age() -> int:
    """How many days ago the catalogue of actions was drawn."""
    return catalogue.age(now()).days
