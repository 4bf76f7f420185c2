"""`iamfa can`: is this request allowed, by which statement, why not; one by one, or line by line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click
from click.core import ParameterSource

from iamfa.arn import PARTITIONS
from iamfa.cli.asked import answer, credential_of
from iamfa.cli.bundles import labelled, of_bundle_file, of_files
from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.exits import ExitCode, worst
from iamfa.cli.lines import answer_lines
from iamfa.cli.told import assumptions_from
from iamfa.errors import IamfaError
from iamfa.evaluate.batch import decide_line
from iamfa.evaluate.credential import CREDENTIALS
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.principal import Principal
from iamfa.evaluate.verdict import Verdict
from iamfa.platform import ASSUMPTIONS
from iamfa.policy.bundle import Bundle
from iamfa.policy.policy import Policy
from iamfa.report.can_json_v1 import can_json
from iamfa.report.paper import line
from iamfa.report.verdict_text import verdict_lines

_ACCOUNT = "123456789012"
_USER = "alice"


@command(name="can")
@click.argument("action", required=False)
@click.argument("resource", nargs=-1)
@click.option("--policy", metavar="FILE", multiple=True, help="A policy that bears on the requester; repeatable.")
@click.option("--bundle", metavar="FILE", help="All policies by kind: the policy fields of a batch line.")
@click.option("--user", metavar="NAME", help=f"The IAM user who asks; {_USER}.")
@click.option("--principal", metavar="ARN", help="Whoever else asks: a role, a session, root, a service.")
@click.option("--credential", type=click.Choice(list(CREDENTIALS)), help="What he shows; an access key alone.")
@click.option("--context", metavar="K=V", multiple=True, help="A key of the request's context; twice is a list.")
@click.option("--partition", type=click.Choice(sorted(PARTITIONS)), help="Where the user's account is.")
@click.option("--platform", type=click.Choice(ASSUMPTIONS["platform"].values), hidden=True)
@click.option("--assume", metavar="ID=VALUE", multiple=True, help="Settle what AWS does not document.")
@click.option("--batch", metavar="FILE", help="JSON lines to answer, one each; `-` is standard input.")
def COMMAND(asked: Asked, console: Console, /, batch: str | None, **question: Any) -> ExitCode:
    """Is this request allowed, by which statement, and why not?

    Exit code 0: allowed; 1: denied; 5: unknown. The context is the one that AWS would make for the user and the kind
    of credential, and AWS's own rules count; in a batch it is exactly what a line says, and the policies alone count.
    """
    if batch is not None:
        _nothing_besides(question)
        return _answer_batch(batch)
    if question["action"] is None or not question["resource"]:
        raise click.UsageError("name an action and a resource (`*` where the action has none)", _context())
    bundle, policies = _bundle(question)
    resources: tuple[str, ...] = question["resource"]
    for resource in resources:
        if resource != "*" and not resource.startswith("arn:"):
            raise click.UsageError(f"`{resource}` is no resource: give an ARN, or `*`", _context())
    principal = _principal(question, resources)
    credential = credential_of(principal, question["credential"])
    assumptions = assumptions_from(question["assume"], question["platform"])
    told = _told_context(question["context"])
    verdicts = [
        answer(
            Decider(_with_account(bundle, resource), assumptions=assumptions),
            principal, credential, question["action"], resource, told,
        )
        for resource in resources
    ]  # fmt: skip
    if asked.json:
        console.write_json(can_json(verdicts, credential))
    else:
        _show(console, verdicts, policies, credential)
    return worst(_CODES[verdict.decision] for verdict in verdicts)


_CODES = {
    "allowed": ExitCode.CLEAN,
    "explicit_deny": ExitCode.FOUND,
    "implicit_deny": ExitCode.FOUND,
    "unknown": ExitCode.UNKNOWN,
}


def _context() -> click.Context:
    return click.get_current_context()


def _show(
    console: Console, verdicts: Sequence[Verdict], policies: Mapping[str, Policy], credential: str | None
) -> None:
    for number, verdict in enumerate(verdicts):
        if number:
            console.show([line()])
        console.show(verdict_lines(console.paper, verdict, policies, credential, verbose=console.verbose))


# Line by line --------------------------------------------------------------------------------------------------------


def _nothing_besides(question: Mapping[str, Any]) -> None:
    """Raise a usage error for what was told besides `--batch`; what stands in the settings is left alone."""
    for name in question:
        if _context().get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--batch stands alone: `{name}` comes from its lines", _context())


def _answer_batch(path: str) -> ExitCode:
    deciders: dict[str, Decider] = {}
    found = {ExitCode.CLEAN}
    for each in answer_lines(path, lambda line: decide_line(line, deciders), _unreadable):
        if each["decision"] == "error":
            found.add(ExitCode.INVALID)
        elif each.get("met") is False:
            found.add(ExitCode.FOUND)
    return worst(found)


def _unreadable(error: IamfaError) -> dict[str, Any]:
    return {"id": None, "decision": "error", "reasons": [], "error": {"message": error.message, "hint": error.hint}}


# One by one ----------------------------------------------------------------------------------------------------------


def _bundle(question: Mapping[str, Any]) -> tuple[Bundle, dict[str, Policy]]:
    """The policies that bear on the request, and under which label reasons name each."""
    paths, bundle_file = question["policy"], question["bundle"]
    if bool(paths) == (bundle_file is not None):
        raise click.UsageError("give either --policy or --bundle", _context())
    bundle = of_files(paths) if paths else of_bundle_file(bundle_file, question["action"])
    return bundle, labelled(bundle)


def _principal(question: Mapping[str, Any], resources: Sequence[str]) -> Principal:
    """Who asks; a user is of the resource's account unless an ARN says otherwise."""
    name, arn = question["user"], question["principal"]
    if arn is not None:
        if name is not None:
            raise click.UsageError("give either --user or --principal", _context())
        return Principal.parse(arn)
    account = next((found for each in resources if (found := _account_of(each))), _ACCOUNT)
    partition = question["partition"] or next((p for each in resources if (p := _partition_of(each))), "aws")
    return Principal.parse(f"arn:{partition}:iam::{account}:user/{name or _USER}")


def _with_account(bundle: Bundle, resource: str) -> Bundle:
    """The bundle with the resource's account, where its ARN has one and the bundle does not say."""
    account = _account_of(resource)
    if bundle.resource_account is not None or account is None:
        return bundle
    return Bundle(bundle.identity, bundle.boundary, bundle.scps, bundle.rcps, bundle.session, bundle.resource, account)


def _account_of(resource: str) -> str | None:
    parts = resource.split(":", 5)
    return parts[4] if len(parts) == 6 and len(parts[4]) == 12 and parts[4].isdigit() else None


def _partition_of(resource: str) -> str | None:
    parts = resource.split(":", 5)
    return parts[1] if len(parts) == 6 and parts[1] in PARTITIONS else None


def _told_context(pairs: Sequence[str]) -> dict[str, str | list[str]]:
    """`K=V` each; a key that stands twice, or a value that is a JSON list, is a multivalued key."""
    told: dict[str, str | list[str]] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            raise click.UsageError(f"`{pair}` is no context: write KEY=VALUE", _context())
        value = _value(text, pair)
        before = told.get(key)
        if before is None:
            told[key] = value
        else:
            listed = [before] if isinstance(before, str) else before
            told[key] = [*listed, *([value] if isinstance(value, str) else value)]
    return told


def _value(text: str, pair: str) -> str | list[str]:
    if not text.startswith("["):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return text
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise click.UsageError(f"`{pair}`: the values of a list are texts", _context())
    return value
