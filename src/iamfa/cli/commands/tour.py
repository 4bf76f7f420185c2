"""`iamfa tour`: the whole story with nothing configured. Whatever it shows is found out while it runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib import resources
from itertools import islice

from iamfa.advise.check import check
from iamfa.advise.finding import Report, Severity
from iamfa.advise.options import CheckOptions
from iamfa.advise.repair import repair
from iamfa.cli.asked import answer
from iamfa.cli.common import Asked, command
from iamfa.cli.console import Console
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.principal import Principal
from iamfa.lifecycle.result import AttackResult, FlowResult
from iamfa.platform import Assumptions
from iamfa.policy.bundle import Bundle
from iamfa.policy.edit import diff
from iamfa.policy.policy import Policy
from iamfa.report.calls_text import trace_lines
from iamfa.report.check_text import finding_lines, list_lines, single_spaced
from iamfa.report.fix_text import diff_lines
from iamfa.report.flows_text import flow_lines
from iamfa.report.judged import Judged
from iamfa.report.paper import Line, Paper, Piece, Style, line
from iamfa.report.verdict_text import verdict_lines

PUBLISHED = "1-official-2022.json"
REQUIRED = "2-required-only.json"

_ALICE = "arn:aws:iam::123456789012:user/alice"
_DEVICES = "arn:aws:iam::123456789012:mfa/"
_CREATE = "iam:CreateVirtualMFADevice"


@command(name="tour", formats=("text",))
def COMMAND(asked: Asked, console: Console, /) -> None:
    """The whole story with nothing configured: what the outdated policy does, check it, fix it, check the result.

    Nothing is read from your machine and nothing is sent anywhere.
    """
    console.show(single_spaced(_tour(console.paper)))


def story(name: str) -> Policy:
    """A policy of the story."""
    text = resources.files("iamfa.cli.story").joinpath(name).read_text(encoding="utf-8")
    return Policy.parse(text, path=name)


def _tour(paper: Paper) -> Iterator[Line]:
    say = paper.say
    yield from paper.paragraph(
        say("The story of a policy that forces MFA, and of the day it stopped working. It needs no account.")
    )
    yield from _step(
        paper,
        1,
        say("The console asks for a device name"),
        say(
            "On 2022-11-16 AWS let a user have several MFA devices, each under a name of its own. alice types a name. "
            "AWS's published policy of then answers:"
        ),
    )
    yield from _asked(paper, story(PUBLISHED), "googleAuthentication")
    yield from paper.paragraph(say("A device that is named exactly as the user still passes, and no other:"))
    yield from _asked(paper, story(PUBLISHED), "alice", in_short=True)

    policy = story(REQUIRED)
    before = check(policy)
    yield from _step(
        paper,
        2,
        say("Check it"),
        say("The same policy, cut down to what is required, under the judge. What fails, and who can enrol:"),
    )
    yield from _judged(paper, REQUIRED, before)

    result = repair(policy)
    yield from _step(paper, 3, say("Fix it"), say("The smallest repair, as a diff, and what it does besides:"))
    yield from _command(paper, f"iamfa fix {REQUIRED}")
    yield from diff_lines(diff(policy.source.text, result.text, REQUIRED))
    for words, sentences in (
        ("it newly permits", result.newly_permits),
        ("it introduces", [f"{f.severity.value}[{f.rule}]: {say(f.message)}" for f in result.introduced]),
    ):
        yield line(f"{say(words)}:")
        yield from list_lines(paper, sentences)

    repaired = policy.with_text(result.text)
    yield from _step(paper, 4, say("Check the result"), say("Any device name works now. What is left is said, too:"))
    yield from _judged(paper, REQUIRED, check(repaired), in_short=True)

    yield from _step(
        paper,
        5,
        say("The command line"),
        say(
            "With MFA enforced the AWS CLI needs a session. The serial number used to end with the user's name; now it "
            "ends with the name that the device was given:"
        ),
    )
    for words, name in (("before", "own-user"), ("now", "googleAuthentication")):
        yield from _session_command(paper, say(words), name)

    yield from _step(
        paper,
        6,
        say("A leaked key"),
        say("What does the key of a user with a device get a thief, who has no device, under the policy of step 2?"),
    )
    yield from _leaked_key(paper, policy)
    yield from _next_steps(paper)


def _step(paper: Paper, number: int, title: str, words: str) -> Iterator[Line]:
    yield line()
    rule = paper.sign("─") * max(paper.width - len(title) - len(str(number)) - 8, 2)
    yield (Piece(f"{paper.sign('──')} {number}. {title} ", "strong"), Piece(rule, "dim"))
    yield from paper.paragraph(words)


def _command(paper: Paper, text: str) -> Iterator[Line]:
    """A command behind a prompt, so that it can be copied: a line that goes on says so."""
    yield line()
    lines = list(
        replace(paper, width=paper.width - 2).wrapped([Piece(text, "strong")], indent="  $ ", hanging="      ")
    )
    for each in lines[:-1]:
        yield (*each, Piece(" \\", "dim"))
    yield from lines[-1:]


def _asked(paper: Paper, policy: Policy, name: str, *, in_short: bool = False) -> Iterator[Line]:
    resource = _DEVICES + name
    yield from _command(paper, f"iamfa can {_CREATE} {resource} --policy {policy.path}")
    verdict = answer(Decider(Bundle([policy])), Principal.parse(_ALICE), "long-term-key", _CREATE, resource, {})
    lines = verdict_lines(paper, verdict, {"identity[0]": policy}, "long-term-key")
    yield from islice(lines, 1) if in_short else lines
    yield line()


def _judged(paper: Paper, path: str, report: Report, *, in_short: bool = False) -> Iterator[Line]:
    yield from _command(paper, f"iamfa check {path}")
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


def _session_command(paper: Paper, when: str, name: str) -> Iterator[Line]:
    serial = f"arn:aws:iam::999999999999:mfa/{name}"
    call = f"aws sts get-session-token --serial-number {serial} --token-code 000000 --profile hogehoge"
    yield line()
    yield line(f"  {when}:", "dim")
    yield from islice(_command(paper, call), 1, None)


def _leaked_key(paper: Paper, policy: Policy) -> Iterator[Line]:
    for platform, words in (("2022-11", "before AWS's own rule of 2023-04-21"), ("2023-04", "since then")):
        options = CheckOptions(assumptions=Assumptions({"platform": platform}))
        attack = _attack(check(policy, options=options))
        yield line()
        style: Style = "error" if attack.result == "succeeds" else "good"
        pieces = [Piece(f"{paper.say(words)} (--platform {platform}): "), Piece(paper.say(attack.result), style)]
        yield from paper.wrapped(pieces, hanging="  ")
        yield from trace_lines(paper, attack.trace, "  ")
    yield line()
    yield from paper.paragraph(
        paper.say(
            "A user without a device is open to it all the same: never run without MFA. A leaked key without it costs "
            "everything."
        )
    )


def _attack(report: Report) -> AttackResult:
    return next(attack for attack in report.attacks if attack.attack == "leaked-key-of-enrolled-user")


def _next_steps(paper: Paper) -> Iterator[Line]:
    yield line()
    yield line(paper.say("Now yours:"), "strong")
    for call, words in (
        ("iamfa check policy.json", "judge a file, a folder, or - for standard input"),
        ("iamfa fix policy.json", "the smallest repair, as a diff"),
        ("iamfa prove policy.json --without-mfa", "that nothing else passes without MFA, for every request"),
        ("iamfa explain policy.json", "what each statement and each action is there for"),
        ("iamfa diff HEAD:policy.json policy.json", "what an edit changes in meaning, with a request for each way"),
        ("iamfa new", "a policy for what you want, and the proof that it does it"),
        ("iamfa can ACTION ARN --policy policy.json", "one request, and why"),
        ("iamfa rules", "everything that is looked for, and why"),
    ):
        yield line(f"  {call}", "strong")
        yield from paper.paragraph(paper.say(words), indent="      ", style="dim")
