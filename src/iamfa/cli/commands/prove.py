"""`iamfa prove FILE…`: a question about all requests: proved, refuted with a request, or unknown with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from iamfa.advise.actions import LIFTS
from iamfa.advise.claims import exempt_of
from iamfa.cli.bundles import labelled, of_bundle_file, of_files
from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.exits import ExitCode
from iamfa.cli.inputs import one_policy
from iamfa.cli.proving import Asking, dead, implied
from iamfa.cli.sides import side_of
from iamfa.cli.told import assumptions_from, names
from iamfa.cli.verifying import verified
from iamfa.errors import Fault, PolicyError
from iamfa.evaluate.credential import CREDENTIALS, WITH_MFA
from iamfa.files import write_text
from iamfa.platform import Assumptions
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Statement
from iamfa.policy.policy import Policy
from iamfa.proof.question import APART_FROM, Question, never, without_mfa
from iamfa.report.paper import line
from iamfa.report.prove_json_v1 import prove_json, verified_json
from iamfa.report.prove_text import answer_lines, verified_lines
from iamfa.report.shown import ShownAnswer

_QUESTIONS = ("without-mfa", "never", "lift", "implies", "dead")
_KINDS = tuple(row.kind for row in CREDENTIALS.values() if row.by_user)
_BELONGS: Mapping[str, tuple[str, ...]] = {
    "without-mfa": ("bundle", "outside", "plus_everything", "user"),
    "never": ("bundle", "action", "resource", "credential", "plus_everything", "user"),
    "lift": ("bundle", "plus_everything", "user"),
    "implies": (),
    "dead": ("statement",),
}
"""The options that each question takes."""


@command(name="prove")
@click.argument("file", nargs=-1)
@click.option("--bundle", metavar="FILE", help="All policies by kind instead of files.")
@click.option("--without-mfa", is_flag=True, help="Does nothing outside a set pass without MFA?")
@click.option("--outside", metavar="ACTION,...", multiple=True, help="The set; what the file itself exempts.")
@click.option("--plus-everything", is_flag=True, help="Whatever else is attached to the user.")
@click.option("--user", metavar="ARN", help="One user; any user of any account.")
@click.option("--question", type=click.Choice(_QUESTIONS), help="Another question; see above.")
@click.option("--action", metavar="ACTION,...", multiple=True, help="never: the actions.")
@click.option("--resource", metavar="ARN,...", multiple=True, help="never: the resources; all.")
@click.option("--credential", metavar="KIND,...", multiple=True, help="never: what he shows; all kinds.")
@click.option("--statement", metavar="SID|N", help="dead: its Sid, or its number counted from 1.")
@click.option("--assume", metavar="ID=VALUE", multiple=True, help="Settle what AWS does not document.")
@click.option("--certificate", metavar="FILE", help="Write the proof for others to check.")
@click.option("--verify", metavar="CERTIFICATE", help="Check a proof on its own; FILE: is it about this policy?")
def COMMAND(
    asked: Asked, console: Console, /, file: tuple[str, ...], certificate: str | None, verify: str | None, **told: Any
) -> ExitCode:
    """A question over all requests: proved, refuted with a request that shows it, or unknown with the reason.

    All FILEs reach one user. Exit code 0: proved; 1: refuted; 5: unknown; 3: a policy is invalid, or a certificate
    proves nothing. Every proof has been accepted by a checker that shares no code with the search.

    \b
    --without-mfa        without MFA nothing passes outside a set
    --question never     nobody can do this (refuted: here is how)
    --question lift      nobody with MFA can lift the Deny
    --question implies   what FILE permits, the second FILE permits too
    --question dead      a statement changes nothing
    """
    if verify is not None:
        _nothing_besides(told, certificate)
        shown = verified(verify, file)
        if asked.json:
            console.write_json(verified_json(shown))
        elif not console.quiet:
            console.show(verified_lines(console.paper, shown))
        return ExitCode.CLEAN if all(claimed for _, _, claimed in shown.files) else ExitCode.FOUND
    answer = _answer(_question(told), file, told)
    if certificate is not None:
        _write(console, certificate, answer)
    if asked.json:
        console.write_json(prove_json(answer))
    else:
        console.show(answer_lines(console.paper, answer, quiet=console.quiet, verbose=console.verbose))
    return _CODES[answer.answer]


_CODES = {"proved": ExitCode.CLEAN, "refuted": ExitCode.FOUND, "unknown": ExitCode.UNKNOWN}


def _wrong(message: str) -> click.UsageError:
    return click.UsageError(message, click.get_current_context())


def _question(told: Mapping[str, Any]) -> str:
    """Which question is asked, with nothing that belongs to another."""
    question: str | None = told["question"]
    if told["without_mfa"]:
        if question not in (None, "without-mfa"):
            raise _wrong(f"ask either --without-mfa or --question {question}")
        question = "without-mfa"
    if question is None:
        raise _wrong("say what is to be proved: --without-mfa, or --question")
    for name in sorted({name for belongs in _BELONGS.values() for name in belongs} - set(_BELONGS[question])):
        if told[name]:
            raise _wrong(f"--{name.replace('_', '-')} does not belong to the question `{question}`")
    return question


def _nothing_besides(told: Mapping[str, Any], certificate: str | None) -> None:
    given = [name for name, value in {**told, "certificate": certificate}.items() if value and name != "assume"]
    if given:
        raise _wrong(f"--verify takes no --{given[0].replace('_', '-')}: the certificate says what is claimed")


def _answer(question: str, files: tuple[str, ...], told: Mapping[str, Any]) -> ShownAnswer:
    if question == "implies":
        if len(files) != 2:
            raise _wrong("name two policies: what the first permits, does the second?")
        return implied(side_of(files[0]), side_of(files[1]))
    if question == "dead":
        if len(files) != 1 or told["statement"] is None:
            raise _wrong("name one policy, and a statement of it with --statement")
        policy = one_policy(files[0])
        return dead(policy, _statement(policy, told["statement"]), files[0])
    if bool(files) == (told["bundle"] is not None):
        raise _wrong("give either files or --bundle")
    bundle = of_files(files) if files else of_bundle_file(told["bundle"])
    assumptions = assumptions_from(told["assume"], None)
    asked, from_file = _asked(question, bundle, assumptions, told)
    return Asking(asked, bundle, assumptions, from_file).answer()


def _asked(question: str, bundle: Bundle, assumptions: Assumptions, told: Mapping[str, Any]) -> tuple[Question, bool]:
    """The question, and whether its set was taken from the file."""
    common = {"user": told["user"], "plus_everything": told["plus_everything"]}
    if question == "without-mfa":
        outside = names(told["outside"])
        exempt = exempt_of(_of_the_user(bundle), assumptions=assumptions) if outside is None else outside
        return without_mfa(outside=_actions(exempt), **common), outside is None
    if question == "lift":
        return never(LIFTS, credentials=WITH_MFA, **common), False
    actions = _actions(names(told["action"]) or ())
    if not actions:
        raise _wrong("say with --action what nobody is to do")
    apart = {action.lower() for action in APART_FROM}
    for action in actions:
        if action.lower() in apart:
            raise _wrong(f"no policy controls `{action}`: nothing can be proved of it")
    return never(actions, names(told["resource"]), credentials=names(told["credential"]) or _KINDS, **common), False


def _of_the_user(bundle: Bundle) -> list[Policy]:
    return [policy for label, policy in labelled(bundle).items() if label.startswith("identity")]


def _actions(texts: tuple[str, ...]) -> tuple[str, ...]:
    for text in texts:
        service, colon, name = text.partition(":")
        if text != "*" and not (colon and service and name and text.isascii() and " " not in text):
            raise _wrong(f"`{text}` is no action: write `service:Name`, with wildcards where you like")
    return texts


def _statement(policy: Policy, named: str) -> Statement:
    for statement in policy.statements:
        if named == statement.sid:
            return statement
    if named.isascii() and named.isdigit() and 0 < int(named) <= len(policy.statements):
        return policy.statements[int(named) - 1]
    there = ", ".join(s.label for s in policy.statements[:20])
    fault = Fault(1, 1, f"there is no statement `{named}`", f"there are: {there}")
    raise PolicyError(fault.message, (fault,), path=policy.path)


def _write(console: Console, path: str, answer: ShownAnswer) -> None:
    import json

    if answer.certificate is None:
        console.tell([line(f"`{path}` is not written: nothing is proved")], always=True)
        return
    write_text(path, json.dumps(answer.certificate, indent=2) + "\n")
    console.tell([line(f"the proof is written to `{path}`; `iamfa prove --verify {path}` checks it")])
