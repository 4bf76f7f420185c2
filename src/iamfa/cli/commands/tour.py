"""`iamfa tour`: the whole story with nothing configured. Whatever it shows is found out while it runs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib import resources

import click

from iamfa.advise.check import check
from iamfa.advise.finding import Report, Severity
from iamfa.advise.options import CheckOptions
from iamfa.advise.repair import repair
from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.cli.stage import ACCOUNT, DEVICE, Stage, command_lines, played_lines
from iamfa.gateway.aws import Aws
from iamfa.lifecycle.result import AttackResult, FlowResult
from iamfa.platform import Assumptions
from iamfa.policy.edit import diff
from iamfa.policy.policy import Policy
from iamfa.policy.render import render
from iamfa.report.calls_text import trace_lines
from iamfa.report.check_text import finding_lines, list_lines, single_spaced
from iamfa.report.fix_text import diff_lines
from iamfa.report.flows_text import flow_lines
from iamfa.report.judged import Judged
from iamfa.report.paper import Line, Paper, Piece, line
from iamfa.sandbox.embedded import OWN_USER

PUBLISHED = "1-official-2022.json"
REQUIRED = "2-required-only.json"


@command(name="tour", formats=("text",))
@click.option("--pause", is_flag=True, help="Wait for Enter after each step, for presenting.")
def COMMAND(asked: Asked, console: Console, /, pause: bool) -> None:
    """The whole story with nothing configured: refused, checked, repaired, and then lived in a local IAM and STS.

    Nothing of your machine is read, nothing is written, and nothing is sent anywhere.
    """
    if pause and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("`--pause` waits for somebody at a terminal, and there is none")
    for i, step in enumerate(_tour(console.paper)):
        if pause and i > 1:
            click.prompt("", default="", show_default=False, prompt_suffix="", err=True)
        console.show(single_spaced(step))
        sys.stdout.flush()


def story(name: str) -> Policy:
    """A policy of the story."""
    text = resources.files("iamfa.cli.story").joinpath(name).read_text(encoding="utf-8")
    return Policy.parse(text, path=name)


def _tour(paper: Paper) -> Iterator[Iterator[Line]]:
    """The steps, each as its lines: they are found out while they are shown."""
    yield iter(
        paper.paragraph(
            paper.say(
                "The story of a policy that forces MFA, and of the day it stopped working. It needs no account: "
                "the calls go to a local IAM and STS that decides by the rules that AWS documents."
            )
        )
    )
    policy = story(REQUIRED)
    repaired: list[str] = []
    with Stage(story(PUBLISHED)) as stage:
        yield _refused(paper, stage)
        yield _checked(paper, policy)
        yield _fixed(paper, policy, repaired)
        yield _enrolled(paper, stage, repaired)
        session: list[Aws | None] = []
        yield _in_session(paper, stage, session)
        yield _leaked(paper, stage, policy)
    yield _next_steps(paper)


def _refused(paper: Paper, stage: Stage) -> Iterator[Line]:
    say = paper.say
    yield from _step(
        paper,
        1,
        say("The console asks for a device name"),
        say(
            "On 2022-11-16 AWS let a user have several MFA devices, each under a name of its own. The user of the "
            "story types a name and presses Next. The console calls, and AWS's published policy of then answers:"
        ),
    )
    yield from played_lines(paper, stage.create_device(stage.own_user, DEVICE))
    yield line()
    yield from paper.paragraph(say("A device that is named exactly as the user still passes, and no other:"))
    own = stage.create_device(stage.own_user, OWN_USER)
    yield from played_lines(paper, own)
    if own.refused is None:
        stage.administrator.delete_virtual_mfa_device(own.answer)


def _checked(paper: Paper, policy: Policy) -> Iterator[Line]:
    say = paper.say
    yield from _step(
        paper,
        2,
        say("Check it"),
        say("The same policy, cut down to what is required, under the judge. What fails, and who can enrol:"),
    )
    yield from _judged(paper, REQUIRED, check(policy))


def _fixed(paper: Paper, policy: Policy, repaired: list[str]) -> Iterator[Line]:
    say = paper.say
    result = repair(policy)
    repaired.append(result.text)
    yield from _step(paper, 3, say("Fix it"), say("The smallest repair, as a diff, and what it does besides:"))
    yield from command_lines(paper, f"iamfa fix {REQUIRED}")
    yield from diff_lines(diff(policy.source.text, result.text, REQUIRED))
    for words, sentences in (
        ("it newly permits", result.newly_permits),
        ("it introduces", [f"{f.severity.value}[{f.rule}]: {say(f.message)}" for f in result.introduced]),
    ):
        yield line(f"{say(words)}:")
        yield from list_lines(paper, sentences)
    yield line()
    yield from paper.paragraph(say("Any device name works now. What is left is said, too:"))
    yield from _judged(paper, REQUIRED, check(policy.with_text(result.text)), in_short=True)


def _enrolled(paper: Paper, stage: Stage, repaired: list[str]) -> Iterator[Line]:
    say = paper.say
    yield from _step(
        paper,
        4,
        say("Enrol the device"),
        say("The administrator puts the repaired policy in force, and the user presses Next once more:"),
    )
    yield from played_lines(paper, stage.put_in_force(render(Policy.parse(repaired[0]).document)))
    device = stage.create_device(stage.own_user, DEVICE)
    yield from played_lines(paper, device)
    yield line()
    yield from paper.paragraph(
        say("He scans the QR code, and types two codes that his phone shows one after the other:")
    )
    yield from played_lines(paper, stage.enable_device(stage.own_user, OWN_USER, device.answer))


def _in_session(paper: Paper, stage: Stage, session: list[Aws | None]) -> Iterator[Line]:
    say = paper.say
    yield from _step(
        paper,
        5,
        say("The command line"),
        say("With MFA enforced an access key alone is not enough:"),
    )
    yield from played_lines(paper, stage.list_buckets(stage.own_user, "hogehoge"))
    yield line()
    yield from paper.paragraph(
        say(
            "It takes a session. The serial number used to end with the user's name; now it ends with the name that "
            "the device was given:"
        )
    )
    for name in (OWN_USER, DEVICE):
        played, found = stage.session(stage.own_user, f"arn:aws:iam::{ACCOUNT}:mfa/{name}")
        yield from played_lines(paper, played, profile="hogehoge")
        session.append(found)
    yield line()
    yield from paper.paragraph(say("With the session's keys:"))
    if session[-1] is not None:
        yield from played_lines(paper, stage.list_buckets(session[-1], "hogehoge-mfa"))


def _leaked(paper: Paper, stage: Stage, policy: Policy) -> Iterator[Line]:
    say = paper.say
    serial = f"arn:aws:iam::{ACCOUNT}:mfa/{DEVICE}"
    yield from _step(
        paper,
        6,
        say("A leaked key"),
        say(
            "A thief has the user's access key, and no device. He reads nothing, and takes the device away from nobody:"
        ),
    )
    yield from played_lines(paper, stage.list_buckets(stage.own_user, "leaked"))
    yield from played_lines(paper, stage.deactivate_device(stage.own_user, OWN_USER, serial), profile="leaked")
    yield line()
    yield from paper.paragraph(
        say(
            "That last refusal is no policy's: it is AWS's own rule of 2023-04-21. Before it the same key got through "
            "(--platform 2022-11):"
        )
    )
    yield from trace_lines(paper, _attack(policy).trace, "  ")
    yield line()
    yield from paper.paragraph(say("And the key of a user who has no device yet, under the same policy, today:"))
    fresh = stage.new_user("new-user")
    thiefs = stage.create_device(fresh, "thief")
    yield from played_lines(paper, thiefs, profile="leaked")
    yield from played_lines(paper, stage.enable_device(fresh, "new-user", thiefs.answer), profile="leaked")
    played, session = stage.session(fresh, thiefs.answer)
    yield from played_lines(paper, played, profile="leaked")
    if session is not None:
        yield from played_lines(paper, stage.list_buckets(session, "leaked-mfa"))
    yield line()
    yield from paper.paragraph(say("Never run without MFA. A leaked key without it costs everything."), style="strong")


def _step(paper: Paper, number: int, title: str, words: str) -> Iterator[Line]:
    yield line()
    rule = paper.sign("─") * max(paper.width - len(title) - len(str(number)) - 8, 2)
    yield (Piece(f"{paper.sign('──')} {number}. {title} ", "strong"), Piece(rule, "dim"))
    yield from paper.paragraph(words)


def _judged(paper: Paper, path: str, report: Report, *, in_short: bool = False) -> Iterator[Line]:
    yield from command_lines(paper, f"iamfa check {path}")
    judged = Judged(path, report.policy.source, None, report)
    failing = [f for f in report.findings if f.severity is not Severity.NOTE]
    for finding in failing:
        if finding.severity is Severity.ERROR and not in_short:
            yield from finding_lines(paper, replace(finding, trace=()), judged)
        else:
            pieces = [Piece(f"{finding.severity.value}[{finding.rule}]", finding.severity.value)]
            yield from paper.wrapped([*pieces, Piece(f": {paper.say(finding.message)}")], hanging="  ")
    notes = len(report.findings) - len(failing)
    yield line(paper.say("and {count} notes").format(count=notes), "dim")
    yield from flow_lines(paper, _enrolment(report.flows))


def _enrolment(flows: Iterable[FlowResult]) -> list[FlowResult]:
    return [flow for flow in flows if flow.flow == "enrol-first-device"]


def _attack(policy: Policy) -> AttackResult:
    """What the same key could do before AWS's own rule."""
    options = CheckOptions(assumptions=Assumptions({"platform": "2022-11"}))
    attacks = check(policy, options=options).attacks
    return next(attack for attack in attacks if attack.attack == "leaked-key-of-enrolled-user")


def _next_steps(paper: Paper) -> Iterator[Line]:
    yield line()
    yield line(paper.say("Now yours:"), "strong")
    for call, words in (
        ("iamfa sandbox --policy policy.json", "the same stage for your own policy, for the AWS CLI, SDKs and scripts"),
        ("iamfa check policy.json", "judge a file, a folder, or - for standard input"),
        ("iamfa fix policy.json", "the smallest repair, as a diff"),
        ("iamfa prove policy.json --without-mfa", "that nothing else passes without MFA, for every request"),
        ("iamfa explain policy.json", "what each statement and each action is there for"),
        ("iamfa diff HEAD:policy.json policy.json", "what an edit changes in meaning, with a request for each way"),
        ("iamfa new", "a policy for what you want, and the proof that it does it"),
        ("iamfa can ACTION ARN --policy policy.json", "one request, and why"),
        ("iamfa device add NAME", "enrol an MFA device of your own under any name; `list`, `replace`, `remove`"),
        ("iamfa login", "a session with MFA for the AWS CLI and SDKs; `iamfa setup` lets them get it by themselves"),
        ("iamfa rules", "everything that is looked for, and why"),
    ):
        yield line(f"  {call}", "strong")
        yield from paper.paragraph(paper.say(words), indent="      ", style="dim")
