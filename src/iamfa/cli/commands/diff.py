"""`iamfa diff A B`: what one policy permits and the other does not, both ways; one pair, or line by line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.exits import ExitCode, worst
from iamfa.cli.inputs import STDIN
from iamfa.cli.lines import answer_lines
from iamfa.cli.sides import (
    KINDS,
    Side,
    must_be_alike,
    only_of,
    shown_side,
    side_of,
    side_of_document,
    what_differs_aside,
)
from iamfa.errors import IamfaError
from iamfa.evaluate.batch import LineError
from iamfa.proof.compare import compare
from iamfa.report.diff_json_v1 import diff_json, relation_json
from iamfa.report.diff_text import change_lines
from iamfa.report.shown import ShownChange


@command(name="diff")
@click.argument("side", metavar="[A] [B]", nargs=-1)
@click.option("--bundle-a", metavar="FILE", help="A is this bundle: policies by kind.")
@click.option("--bundle-b", metavar="FILE", help="B is this bundle.")
@click.option("--kind", type=click.Choice(list(KINDS)), help="What the policies are attached as; guessed.")
@click.option("--batch", metavar="FILE", help="JSON lines to answer, one each; `-` is standard input.")
def COMMAND(
    asked: Asked,
    console: Console,
    /,
    side: tuple[str, ...],
    bundle_a: str | None,
    bundle_b: str | None,
    kind: str | None,
    batch: str | None,
) -> ExitCode:
    """What one policy permits and the other does not, both ways, each with a request.

    A and B are files, `-` for standard input, or files of a git revision (`HEAD:policy.json`); a file may hold a policy
    or a bundle. Exit code 0: equivalent; 1: different; 5: unknown; 3: a policy is invalid. What a policy permits is
    what an Allow of it fits and no Deny of it does.
    """
    if batch is not None:
        if side or bundle_a or bundle_b or kind:
            raise click.UsageError("--batch stands alone: the policies come from its lines", _context())
        return _answer_batch(batch)
    shown = _compared(*_sides(side, bundle_a, bundle_b, kind))
    if asked.json:
        console.write_json(diff_json(shown))
    else:
        console.show(change_lines(console.paper, shown, quiet=console.quiet, verbose=console.verbose))
    return {"equivalent": ExitCode.CLEAN, "unknown": ExitCode.UNKNOWN}.get(shown.relation, ExitCode.FOUND)


def _context() -> click.Context:
    return click.get_current_context()


def _sides(named: tuple[str, ...], bundle_a: str | None, bundle_b: str | None, kind: str | None) -> tuple[Side, Side]:
    if len(named) + sum(each is not None for each in (bundle_a, bundle_b)) != 2:
        raise click.UsageError("name two policies to compare", _context())
    left = iter(named)
    paths = tuple(bundle if bundle is not None else next(left) for bundle in (bundle_a, bundle_b))
    if paths == (STDIN, STDIN):
        raise click.UsageError("standard input can be one of the two only", _context())
    a = side_of(paths[0], kind, bundle=bundle_a is not None)
    b = side_of(paths[1], kind, bundle=bundle_b is not None)
    must_be_alike(a, b)
    return a, b


def _compared(a: Side, b: Side) -> ShownChange:
    alike, other = what_differs_aside(a.bundle, b.bundle)
    if other:
        reason = f"{' and '.join(other)} differ, and are not compared"
        return ShownChange(a.name, b.name, "unknown", "unknown", None, None, (reason,), alike)
    change = compare(a.bundle, b.bundle)
    only_a, only_b = only_of(change)
    return ShownChange(
        a.name,
        b.name,
        change.relation,
        change.closed_relation,
        shown_side(only_a, a, b),
        shown_side(only_b, b, a),
        change.reasons,
        alike,
    )


# Line by line --------------------------------------------------------------------------------------------------------


def _answer_batch(path: str) -> ExitCode:
    return worst(
        ExitCode.INVALID if "error" in answer else ExitCode.CLEAN for answer in answer_lines(path, _answer, _unreadable)
    )


def _answer(line: Any) -> dict[str, Any]:
    if not isinstance(line, Mapping):
        return _unreadable(LineError("the line is no object"))
    try:
        kind = line.get("kind", "identity")
        change = compare(*(side_of_document(line.get(name), kind) for name in ("a", "b")))
    except IamfaError as error:
        return {**_unreadable(error), "id": line.get("id")}
    found = relation_json(change.relation, change.closed_relation, *only_of(change), change.reasons)
    return {"id": line.get("id"), **found}


def _unreadable(error: IamfaError) -> dict[str, Any]:
    unknown = relation_json("unknown", "unknown", None, None, ())
    return {"id": None, **unknown, "error": {"message": error.message, "hint": error.hint}}
