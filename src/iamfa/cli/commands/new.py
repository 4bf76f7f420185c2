"""`iamfa new`: composes a policy for what you want, tries what it promises, and gives it out only if that holds."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click

from iamfa.advise.compose import Composition, compose
from iamfa.advise.wishes import CHOICES, wishes_from
from iamfa.cli.common import Asked, Callback, command
from iamfa.cli.console import Console
from iamfa.cli.exits import ExitCode
from iamfa.cli.questions import Question, ask, someone_answers
from iamfa.clock import now
from iamfa.errors import IamfaError
from iamfa.files import write_text
from iamfa.report.cloudformation import cloudformation
from iamfa.report.new_json_v1 import new_json
from iamfa.report.new_text import composition_lines, composition_text
from iamfa.report.paper import line
from iamfa.report.terraform import terraform


class WishError(IamfaError):
    """What was typed is no value of a wish."""


def _items(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",") if each.strip())


def _devices(text: str) -> tuple[str, ...]:
    for each in _items(text):
        if each not in CHOICES["devices"]:
            raise click.UsageError(f"`{each}` is no kind of device: {', '.join(CHOICES['devices'])}")
    return _items(text)


def _days(text: str) -> tuple[date, ...]:
    """`2026-12-31,2027-01-31` as days, in order."""
    if text == "no":
        return ()
    try:
        days = tuple(sorted({date.fromisoformat(each) for each in _items(text)}))
    except ValueError as error:
        raise click.UsageError(f"`{text}` is no list of days like 2026-12-31") from error
    if days and days[0] < now().date():
        raise click.UsageError(f"the day `{days[0]}` is over")
    return days


def _networks(text: str) -> tuple[str, ...]:
    return () if text == "no" else _items(text)


def _seconds(text: str) -> int | str:
    if text == "no":
        return "no"
    if not (text.isascii() and text.isdigit()):
        raise click.UsageError(f"`{text}` is no number of seconds, and not `no`")
    return int(text)


def _tag(text: str) -> tuple[str, str] | str:
    if text == "no":
        return text
    key, equals, value = text.partition("=")
    if not equals or not key or not value:
        raise click.UsageError(f"`{text}` is no tag: write KEY=VALUE")
    return key, value


QUESTIONS = (
    Question("attach", "What is it attached as?"),
    Question("partition", "Where is the account?"),
    Question("enrolment", "Who enrols a first device?"),
    Question("devices", "Which kinds of device (virtual, hardware, fido)?", _devices),
    Question("command_line", "How are sessions had on the command line?", sensible=lambda w: bool(w.devices)),
    Question("paths", "Have users paths?", sensible=lambda w: w.attach != "scp"),
    Question("listing", "What can users list?"),
    Question("password", "Do users change their own password?"),
    Question("deletion", "Do users delete abandoned virtual devices?", sensible=lambda w: "virtual" in w.devices),
    Question("removal", "Do users take own devices away, with MFA?", sensible=lambda w: w.attach != "scp"),
    Question("keys", "Do users manage their own access keys, with MFA?", sensible=lambda w: w.attach != "scp"),
    Question("login_profile", "Do users set their own console password, with MFA?",
             sensible=lambda w: w.attach != "scp"),
    Question("first_enrolment", "What narrows the first enrolment?", sensible=lambda w: w.own),
    Question("enrolment_tag", "By which tag?", str, lambda w: w.first_enrolment == "tag"),
    Question("enrolment_days", "Which last days may it name (2026-12-31,...; no: open until it is taken away)?", _days,
             lambda w: w.first_enrolment == "tag"),
    Question("networks", "From which networks (192.0.2.0/24,...)?", _networks,
             lambda w: w.first_enrolment == "network"),
    Question("fresh_for", "After how many seconds does a session change no devices and keys any more?", _seconds),
    Question("session_age", "After how many seconds does it do nothing at all any more?", _seconds),
    Question("confined", "Confine what needs no MFA to the own user?"),
    Question("exempt_tag", "Of users with which tag is no MFA asked (KEY=VALUE)?", _tag),
    Question("exempt_path", "Of users below which path is no MFA asked (/service/)?", str),
    Question("name", "What is it called?", str),
    Question("group", "Which group carries it?", str, lambda w: w.attach in ("managed", "group")),
    Question("guard", "Keep IAM users from lifting it, by a service control policy?",
             sensible=lambda w: w.attach != "scp"),
)  # fmt: skip
"""In the order in which they are asked."""


def _wish(
    wish: str, *names: str, read: Callable[[str], Any] | None = None, **settings: Any
) -> Callable[[Callback], Callback]:
    """An option that answers the question of a wish; *read* reads its text."""

    def callback(_context: click.Context, _parameter: click.Parameter, value: Any) -> Any:
        return read(value) if read is not None and value is not None else value

    if wish in CHOICES and read is None:
        settings["type"] = click.Choice(CHOICES[wish])
    return click.option(*names, wish, default=None, callback=callback, **settings)


@command(name="new", formats=("text", "json", "terraform", "cloudformation"))
@_wish("enrolment", "--enrolment", help="Who enrols a first device; own.")
@_wish("devices", "--devices", read=_devices, metavar="KIND,...", help="Kinds: virtual, hardware, fido; all.")
@_wish("partition", "--partition", help="Where the account is; aws.")
@_wish("paths", "--paths/--no-paths", help="Whether users have paths; yes.")
@_wish("command_line", "--command-line", help="How sessions are had there; codes.")
@_wish("listing", "--listing", help="What users list: own devices, all virtual ones; own.")
@_wish("password", "--password", help="Whether users change their own password; with-mfa.")
@_wish("deletion", "--deletion", help="Whether users delete abandoned virtual devices; with-mfa.")
@_wish("removal", "--removal/--no-removal", help="Whether users take own devices away with MFA; yes.")
@_wish("keys", "--keys/--no-keys", help="Whether users manage their access keys with MFA; no.")
@_wish("login_profile", "--login-profile/--no-login-profile", help="Whether they set their console password; no.")
@_wish("first_enrolment", "--first-enrolment", help="What narrows the first enrolment; none.")
@_wish("enrolment_tag", "--enrolment-tag", metavar="KEY", help="The tag that opens it; mfa-enrolment.")
@_wish("enrolment_days", "--enrolment-until", read=_days, metavar="DAY,...", help="The last days that it may name.")
@_wish("networks", "--network", read=_networks, metavar="RANGE,...", help="Networks of a first enrolment.")
@_wish("fresh_for", "--fresh-for", read=_seconds, metavar="SECONDS|no", help="For changes of devices and keys; 3600.")
@_wish("session_age", "--session-age", read=_seconds, metavar="SECONDS|no", help="For everything; no.")
@_wish("confined", "--confined/--not-confined", help="Whether exempt actions reach the own user only; yes.")
@_wish("exempt_tag", "--exempt-tag", read=_tag, metavar="KEY=VALUE", help="Users of whom no MFA is asked.")
@_wish("exempt_path", "--exempt-path", metavar="PATH", help="Users of whom no MFA is asked.")
@_wish("attach", "--attach", help="What it is attached as; managed.")
@_wish("name", "--name", help="The policy's name; ForceMFA.")
@_wish("group", "--group", help="The group that carries it.")
@_wish("guard", "--guard/--no-guard", help="A service control policy against lifting it; no.")
@click.option("--yes", is_flag=True, help="Ask nothing: take the defaults for all that no option says.")
@click.option("--output", metavar="FILE", help="Write it to a file instead of standard output.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def COMMAND(asked: Asked, console: Console, /, yes: bool, output: str | None, force: bool, **told: Any) -> ExitCode:
    """Compose a policy that forces MFA, and try what it promises.

    On a terminal each wish that no option tells is asked for; enter takes the default. In a pipe, or with --yes,
    nothing is asked. The policy goes to stdout, or to FILE, and what it promises to stderr. Wishes that contradict
    each other are refused (2); a policy that does not keep a promise is a defect, and is not given out (5).
    """
    if output is not None:
        _must_be_new(output, force=force)
    interactive = not yes and someone_answers()
    composition = compose(wishes_from(ask(QUESTIONS, told) if interactive else told))
    if output is None:
        console.write(_whole(asked, composition))
    else:
        files = list(_files(asked, composition, output))
        for path, _ in files:
            _must_be_new(path, force=force)
        for path, text in files:
            write_text(path, text)
            console.tell([line(f"{console.paper.say('written')}: {path}", "good")])
    if not asked.json:
        console.tell(composition_lines(console.paper, composition))
    return ExitCode.CLEAN


def _must_be_new(path: str, *, force: bool) -> None:
    if not force and os.path.lexists(path):
        raise WishError(f"`{path}` is there already", hint="--force writes over it")


def _whole(asked: Asked, composition: Composition) -> str:
    """Everything in one text."""
    match asked.format:
        case "json":
            return json.dumps(new_json(composition), indent=2) + "\n"
        case "terraform":
            return terraform(composition)
        case "cloudformation":
            return cloudformation(composition)
        case _:
            return composition_text(composition)


def _files(asked: Asked, composition: Composition, output: str) -> Iterator[tuple[str, str]]:
    """What is written where: as text a guard has a file of its own, `mfa.guard.json` beside `mfa.json`."""
    if asked.format not in (None, "text"):
        yield output, _whole(asked, composition)
        return
    main, *guards = composition.written
    yield output, main.policy.source.text
    for guard in guards:
        path = Path(output)
        yield str(path.with_name(f"{path.stem}.guard{path.suffix}")), guard.policy.source.text
