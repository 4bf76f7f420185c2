"""`iamfa audit [PATH]`: judge an account, user by user."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import click

from iamfa.account.details import SnapshotError, time_in
from iamfa.advise.finding import Severity
from iamfa.advise.rules import RULES, page, rule_ids
from iamfa.audit.audit import audit
from iamfa.audit.hangs_on import weakening
from iamfa.audit.narrowed import about_users, with_findings
from iamfa.audit.rules import AUDIT_RULES
from iamfa.audit.since import since
from iamfa.audit.values import AuditReport, Exemption
from iamfa.cli.accounts import collected_live, live_options
from iamfa.cli.common import Asked, command, version
from iamfa.cli.console import Console
from iamfa.cli.exits import ExitCode, code_of, complain, worst
from iamfa.cli.register import register_of
from iamfa.cli.sessions import Here
from iamfa.cli.told import assumptions_from, close_to, names
from iamfa.errors import IamfaError
from iamfa.gateway.collect_assembled import Collected
from iamfa.gateway.collect_files import from_path
from iamfa.platform import Assumptions
from iamfa.report.audit_csv import audit_csv
from iamfa.report.audit_html import page as html_page
from iamfa.report.audit_html import policy_texts
from iamfa.report.audit_json_v1 import audit_json
from iamfa.report.audit_ocsf import audit_ocsf
from iamfa.report.audit_sarif import audit_sarif
from iamfa.report.audit_since_text import since_lines
from iamfa.report.audit_text import audited_lines
from iamfa.report.audited import Audited
from iamfa.report.paper import line, printable
from iamfa.report.sarif_v1 import Run

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def judging_options(function: Decorated) -> Decorated:
    """The options of whatever judges accounts."""
    options = (
        click.option("--register", metavar="FILE", help="The register of exceptions; else that of the settings."),
        click.option("--select", metavar="RULE,...", multiple=True, help="Only findings of these rules."),
        click.option("--ignore", metavar="RULE,...", multiple=True, help="All findings but those of these rules."),
        click.option("--assume", metavar="ID=VALUE", multiple=True, help="Settle what AWS does not document."),
    )
    for option in reversed(options):
        function = option(function)
    return function


@command(name="audit", formats=("text", "json", "html", "csv", "sarif", "ocsf"), aws=True)
@click.argument("path", required=False)
@click.option("--save-snapshot", metavar="FILE", help="Write what was read to FILE, to be audited again.")
@click.option("--since", "before", metavar="SNAPSHOT", help="Tell what got better and worse since this one was taken.")
@click.option("--user", metavar="NAME", multiple=True, help="Only this user; may be given several times.")
@judging_options
@live_options
def COMMAND(
    asked: Asked, console: Console, /, path: str | None, save_snapshot: str | None, before: str | None, **told: Any
) -> ExitCode:
    """Judge an account user by user: is he forced to use MFA, and by what? Has he a device, and if not, is his key or
    password enough? Who could lift it?

    PATH is a snapshot, an answer of GetAccountAuthorizationDetails, or a folder of such and of credential reports and
    lists of devices and keys, by account. Without PATH the account of the profile is read over the API, with a session
    with MFA that is kept or a new one. What could not be read is told, and weakens every answer that hangs on it.

    Exit code 0: nothing at or above --fail-on; 1: findings; 3: a file is no account (the others are judged all the
    same); 4: AWS refused or could not be reached; 5: parts on which answers hang were not read.
    """
    context = click.get_current_context()
    audits = replace(
        audits_of(context, told),
        users=told["user"],
        before={} if before is None else _earlier(before),
        with_texts=asked.format == "html",
    )
    if path is None:
        accounts: Sequence[Collected] = (collected_live(Here(asked, console), told),)
        refused: Sequence[IamfaError] = ()
    else:
        saved = from_path(path)
        accounts, refused = saved.accounts, saved.refused
    if asked.format == "html" and len(accounts) != 1:
        raise click.UsageError(f"a page is for one account, and there are {len(accounts)}", context)
    if save_snapshot is not None:
        _save(console, accounts, save_snapshot, context)
    audits.known_users(accounts, context)
    for error in refused:
        complain(error.message, error.hint)
    failing = Severity(asked.failing)
    judged: list[Audited] = []
    faults = list(refused)
    for each in accounts:
        try:
            audited = audits.judged(each)
        except IamfaError as error:
            complain(f"account `{each.account.number}`: {error.message}", error.hint)
            faults.append(error)
            continue
        if asked.format in (None, "text"):
            if judged and not console.quiet:
                console.show([line()])
            _show(console, audited, failing)
        judged.append(audited)
    code = worst((*map(code_of, faults), *_codes(judged, failing)))
    writer = _WRITERS.get(asked.format or "text")
    if writer is not None:
        writer(console, judged, faults, code)
    return code


# What is judged, and how ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Audits:
    """How accounts are audited: what the options say."""

    exceptions: tuple[Exemption, ...] = ()
    assumptions: Assumptions = field(default_factory=Assumptions)
    users: tuple[str, ...] = ()
    """Only these, where any are named."""
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    before: Mapping[str, Collected] = field(default_factory=dict)
    """Earlier snapshots by account."""
    with_texts: bool = False
    """Whether the texts of policies are shown, too."""

    def judged(self, collected: Collected) -> Audited:
        """One account. Raises IamfaError where it cannot be judged."""
        report = self.report(collected)
        found = Audited(report, collected.source, texts=policy_texts(collected.account) if self.with_texts else {})
        if not self.before:
            return found
        earlier = self.before.get(collected.account.number)
        if earlier is None:
            raise SnapshotError("the earlier snapshot does not hold it", hint="give one of the same account to --since")
        return replace(found, since=since(self.report(earlier), report))

    def known_users(self, accounts: Iterable[Collected], context: click.Context) -> None:
        """Raise a usage error for a user whom no account has."""
        there = {name for each in accounts for name in each.account.users}
        for name in self.users:
            if name not in there:
                raise click.UsageError(f"there is no user `{name}`{close_to(name, there)}", context)

    def report(self, collected: Collected) -> AuditReport:
        """What an audit says of the account. Raises IamfaError where it cannot be judged."""
        taken = collected.snapshot
        found = audit(
            collected.account,
            collected.organization,
            [str(each) for each in collected.not_read],
            now=time_in(taken["taken_at"]),
            report=taken.get("credential_report") or (),
            exceptions=self.exceptions,
            assumptions=self.assumptions,
        )
        if self.users:
            found = about_users(found, self.users)
        return with_findings(found, select=self.select, ignore=self.ignore)


def audits_of(context: click.Context, told: Mapping[str, Any]) -> Audits:
    """How accounts are audited, by `judging_options` and the settings."""
    return Audits(
        exceptions=_exceptions(context, told["register"]),
        assumptions=assumptions_from(told["assume"], None),
        select=_rules(context, told["select"]),
        ignore=_rules(context, told["ignore"]) or (),
    )


def _exceptions(context: click.Context, register: str | None) -> tuple[Exemption, ...]:
    if register is not None:
        return register_of(register)
    found: tuple[Exemption, ...] = (context.default_map or {}).get("exceptions", ())
    return found


def _rules(context: click.Context, values: Sequence[str]) -> tuple[str, ...] | None:
    """The rules that are named; a usage error for one that is none."""
    found = names(values)
    known = {*AUDIT_RULES, *rule_ids()}
    for rule in found or ():
        if rule not in known:
            raise click.UsageError(f"`{rule}` is no rule{close_to(rule, known)}", context)
    return found


def _earlier(path: str) -> dict[str, Collected]:
    saved = from_path(path)
    for error in saved.refused:
        complain(error.message, error.hint)
    return {each.account.number: each for each in saved.accounts}


def _save(console: Console, accounts: Sequence[Collected], path: str, context: click.Context) -> None:
    if len(accounts) != 1:
        raise click.UsageError(f"--save-snapshot is for one account, and there are {len(accounts)}", context)
    accounts[0].save(path)
    console.tell([line(printable(f"the snapshot is in `{path}`"))])


def _codes(judged: Iterable[Audited], failing: Severity) -> Iterator[ExitCode]:
    for each in judged:
        if weakening(each.report.not_read):
            yield ExitCode.UNKNOWN
        if any(finding.severity.rank <= failing.rank for finding in each.report.findings):
            yield ExitCode.FOUND


# How it is told ------------------------------------------------------------------------------------------------------


def _show(console: Console, audited: Audited, failing: Severity) -> None:
    console.show(audited_lines(console.paper, audited, failing=failing, quiet=console.quiet, verbose=console.verbose))
    if audited.since is not None:
        console.show([line()])
        console.show(since_lines(console.paper, audited.since))


Writer = Callable[[Console, Sequence[Audited], Sequence[IamfaError], ExitCode], None]


def _write_json(console: Console, judged: Sequence[Audited], faults: Sequence[IamfaError], code: ExitCode) -> None:
    console.write_json(audit_json(judged, faults))


def _write_html(console: Console, judged: Sequence[Audited], faults: Sequence[IamfaError], code: ExitCode) -> None:
    for each in judged:
        console.write_bytes(html_page(each.report, each.texts, say=console.paper.say).encode("utf-8"))


def _write_csv(console: Console, judged: Sequence[Audited], faults: Sequence[IamfaError], code: ExitCode) -> None:
    # As bytes: its lines end as RFC 4180 says on every system.
    console.write_bytes(audit_csv(judged).encode("utf-8"))


def _write_sarif(console: Console, judged: Sequence[Audited], faults: Sequence[IamfaError], code: ExitCode) -> None:
    rules = tuple((rule, page(rule.id)) for rule in RULES)
    console.write_json(audit_sarif(judged, Run(version(), rules, os.getcwd(), code)))


def _write_ocsf(console: Console, judged: Sequence[Audited], faults: Sequence[IamfaError], code: ExitCode) -> None:
    console.write_json(audit_ocsf(judged, version()))


_WRITERS: Mapping[str, Writer] = {
    "json": _write_json,
    "html": _write_html,
    "csv": _write_csv,
    "sarif": _write_sarif,
    "ocsf": _write_ocsf,
}
"""What is written when all accounts are judged, by format; text is shown account by account."""
