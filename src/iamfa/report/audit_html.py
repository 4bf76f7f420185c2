"""An audit as one page of HTML that asks no server for anything: the state drawn, who is exposed, search and filters.

The summary, who is exposed and what was not read are written here and need no script. All else is data that the
page's script shows; it sets texts and never markup, and a Content-Security-Policy lets nothing else run.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from importlib import resources
from urllib.parse import quote

from iamfa.account.entities import Account
from iamfa.advise.finding import Severity
from iamfa.audit.values import AuditReport, UserAudit
from iamfa.lifecycle.result import Call
from iamfa.report.audit_page_data import PageData, text_key
from iamfa.report.audit_page_drawing import bars, patterns, squares, swatch, text
from iamfa.report.audit_page_words import (
    CLASSES,
    DEVICES,
    ENFORCED,
    ENROLLED,
    GROUPS,
    LIFTED,
    PARTS,
    Answer,
    Tone,
)
from iamfa.report.calls_text import credential_words, refusal_words
from iamfa.report.paper import Paper, Translator, english, printable

__all__ = ["page", "policy_texts", "text_key"]

_SLOT = re.compile(r"\{\{(=?)(.+?)\}\}", re.DOTALL)
_SAID = re.compile(r"""\bsay\(\s*"((?:[^"\\]|\\.)*)\"""")
_TICKS = re.compile(r"`([^`]+)`")
_MOST_OPEN = 12
"""How many ways of being exposed are shown at once, and names of users in each."""
_SEVERITY_TONES: Mapping[Severity, Tone] = {Severity.ERROR: "bad", Severity.WARNING: "open", Severity.NOTE: "info"}


def page(report: AuditReport, policies: Mapping[str, str], *, say: Translator = english, language: str = "en") -> str:
    """The whole page as text, to be written in UTF-8; the same report makes the same page.

    *policies* are the texts of policies by ARN, or by `user/alice/NAME` for an inline one (`policy_texts`); one whose
    text is not there is shown without statements. *say* gives the wording in the reader's language, whose tag is
    *language*.
    """
    style = _part("audit_page.css")
    script = f'"use strict";\n{{\n{_part("audit_page.js")}{_part("audit_page_views.js")}}}\n'
    exposed = [user for user in report.users if user.enrolled.answer == "exposed-now"]
    account = text(report.account)
    title = f"{say('MFA audit')} {report.account}"
    slots: dict[str, Callable[[], str]] = {
        "language": lambda: text(language),
        "csp": lambda: _csp(style, script),
        "title": lambda: text(title),
        "style": lambda: style,
        "script": lambda: script,
        "data": lambda: _data(report, policies, say, script),
        "patterns": patterns,
        "account": lambda: account if report.partition == "aws" else f"{account} ({text(report.partition)})",
        "taken": lambda: text(_taken(report, say)),
        "headline": lambda: _headline(report, exposed, say),
        "squares": lambda: squares(report.users, say),
        "bars": lambda: bars(report.users, say),
        "root": lambda: _root(report, say),
        "severities": lambda: _severities(report, say),
        "exposed": lambda: _exposed(report, exposed, say),
        "exposed_count": lambda: f"{len(exposed):,}",
        "not_read": lambda: _not_read(report, say),
        "not_read_count": lambda: f"{len(report.not_read):,}",
        "meanings": lambda: _meanings(say),
    }
    return _SLOT.sub(lambda m: slots[m[2]]() if m[1] else text(say(m[2])), _part("audit_page.html"))


def policy_texts(account: Account) -> dict[str, str]:
    """The texts of an account's policies as `page` takes them: managed ones in the version that is in force."""
    found = {
        arn: version.text
        for arn, policy in account.policies.items()
        for version in policy.versions
        if version.id == policy.default
    }
    for kind, holders in (("user", account.users), ("group", account.groups)):
        for holder in holders.values():
            found.update({f"{kind}/{holder.name}/{name}": inline for name, inline in holder.inline.items()})
    return found


def _part(name: str) -> str:
    return resources.files("iamfa.report").joinpath(name).read_text(encoding="utf-8")


def _csp(style: str, script: str) -> str:
    """Nothing may be fetched, and only these two texts may style and run; no text ever becomes markup."""

    def digest(content: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; style-src {digest(style)}; script-src {digest(script)}; base-uri 'none'; "
        "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _data(report: AuditReport, policies: Mapping[str, str], say: Translator, script: str) -> str:
    """The data as JSON in ASCII, in which no tag can begin or end."""

    def words(answers: Mapping[str, Answer]) -> list[list[str]]:
        return [[key, say(a.label), a.tone, say(a.sentence)] for key, a in answers.items()]

    shape = PageData(report, policies, say).shape()
    shape["words"] = {said: say(said) for said in _SAID.findall(script) if say(said) != said}
    shape["meanings"] = [words(answers) for answers in (ENFORCED, ENROLLED, LIFTED)]
    shape["groups"] = [[g.id, say(g.label), g.tone] for g in GROUPS]
    shape["severities"] = [[s.value, say(s.value), _SEVERITY_TONES[s]] for s in Severity]
    shape["classes"] = {key: say(words) for key, words in CLASSES.items()}
    shape["devices"] = {key: say(words) for key, words in DEVICES.items()}
    shape["parts"] = {key: say(words) for key, words in PARTS.items()}
    return json.dumps(shape, separators=(",", ":")).replace("<", "\\u003c")


def _rich(words: str) -> str:
    """A message, with what stands in backticks set apart."""
    return _TICKS.sub(lambda m: f"<code>{m[1]}</code>", text(words))


def _taken(report: AuditReport, say: Translator) -> str:
    count = say("1 user") if len(report.users) == 1 else say("{count} users").format(count=f"{len(report.users):,}")
    return say("{count}, as of {time}").format(count=count, time=f"{report.taken_at:%Y-%m-%d %H:%M %Z}".rstrip())


def _headline(report: AuditReport, exposed: list[UserAudit], say: Translator) -> str:
    total, enforced = len(report.users), Counter(user.enforced.answer for user in report.users)
    unknown = sum("unknown" in (user.enforced.answer, user.enrolled.answer) for user in report.users)
    tone: Tone = "unknown"
    count = 0
    if not total:
        words = say("No user was read")
    elif exposed:
        words, tone, count = say("{count} of {total} users are exposed now"), "bad", len(exposed)
    elif enforced["not-enforced"]:
        words, tone, count = say("{count} of {total} users are not forced to use MFA"), "open", enforced["not-enforced"]
    elif unknown or report.not_read:
        words = say("Of {total} users none was found exposed, with what was read")
    else:
        words, tone = say("Of {total} users none is exposed now"), "good"
    said = words.format(count=f"{count:,}", total=f"{total:,}")
    rest = say(
        "{denied} are forced to use MFA by Deny and {granted} while nothing else grants; {open} are not forced; "
        "{exempt} are exempt; {undecided} could not be decided."
    ).format(
        denied=f"{enforced['denied']:,}",
        granted=f"{enforced['not-granted']:,}",
        open=f"{enforced['not-enforced']:,}",
        exempt=f"{enforced['exempt-declared'] + enforced['exempt-undeclared']:,}",
        undecided=f"{enforced['unknown']:,}",
    )
    caution = ""
    if report.not_read:
        told = say("Not everything was read, which weakens what is said here")
        link = say("what is missing")
        caution = f'<p class="caution">{swatch("unknown")}{text(told)}: <a href="#not-read">{text(link)}</a>.</p>'
    return f'<p class="headline h-{tone}">{text(said)}.</p><p class="lead">{text(rest)}</p>{caution}'


def _root(report: AuditReport, say: Translator) -> str:
    root = report.root
    rows = (
        (say("MFA device"), root.has_device, True, ", ".join(say(DEVICES[d]) for d in root.devices)),
        (say("access key"), root.has_keys, False, ""),
        (say("password"), root.has_password, None, ""),
    )
    words = {True: say("yes"), False: say("no"), None: say("not read")}
    drawn = ""
    for label, value, wanted, more in rows:
        tone: Tone = "idle" if wanted is None else "good" if value is wanted else "bad"
        tone = "unknown" if value is None else tone
        told = f"{words[value]} ({more})" if more else words[value]
        drawn += f"<dt>{text(label)}</dt><dd>{swatch(tone)}{text(told)}</dd>"
    if root.last_used is not None:
        drawn += f"<dt>{text(say('last used'))}</dt><dd>{root.last_used:%Y-%m-%d}</dd>"
    return f'<dl class="facts">{drawn}</dl>'


def _severities(report: AuditReport, say: Translator) -> str:
    counts = Counter(finding.severity for finding in report.findings)
    drawn = "".join(
        f'<dt>{swatch(_SEVERITY_TONES[each])}{text(say(each.value))}</dt><dd class="count">{counts[each]:,}</dd>'
        for each in Severity
    )
    return f'<dl class="facts">{drawn}</dl>'


# Who is exposed -------------------------------------------------------------------------------------------------------


def _exposed(report: AuditReport, exposed: list[UserAudit], say: Translator) -> str:
    """Each way in once, with its calls; below it who can be reached that way, by what is behind."""
    if not exposed:
        return f'<p class="panel">{text(say("Nobody was found exposed, with what was read."))}</p>'
    alike: dict[tuple[object, ...], list[UserAudit]] = {}
    for user in exposed:
        enrolled = user.enrolled
        calls = tuple((c.call, c.credential, c.outcome) for c in enrolled.trace)
        alike.setdefault((enrolled.leaked, calls, enrolled.not_read), []).append(user)
    ways = sorted(alike.values(), key=lambda users: (not any(map(_reaches_all, users)), -len(users), users[0].name))
    about = say(
        "There is no device in the way: whoever has the key or the password can make these calls, one after the other."
    )
    shown = "".join(_way(users, say) for users in ways[:_MOST_OPEN])
    rest = _folded(say("{count} further ways"), len(ways) - _MOST_OPEN, (_way(w, say) for w in ways[_MOST_OPEN:]))
    return f'<p class="lead">{text(about)}</p>{shown}{rest}'


def _folded(words: str, count: int, drawn: Iterable[str]) -> str:
    """What is opened by who wants to see it; nothing where there is nothing."""
    if count <= 0:
        return ""
    summary = text(words.format(count=f"{count:,}"))
    return f'<details class="more"><summary>{summary}</summary>{"".join(drawn)}</details>'


def _reaches_all(user: UserAudit) -> bool:
    return user.enrolled.reaches == ("*",)


def _way(users: list[UserAudit], say: Translator) -> str:
    by_reach: dict[tuple[str, ...], list[UserAudit]] = {}
    for user in users:
        by_reach.setdefault(user.enrolled.reaches, []).append(user)
    reaches = sorted(by_reach.values(), key=lambda some: (not _reaches_all(some[0]), -len(some), some[0].name))
    first = reaches[0][0]
    shown = first.enrolled
    count = say("1 user") if len(users) == 1 else say("{count} users").format(count=f"{len(users):,}")
    leaked = say("a password alone is enough") if shown.leaked == "password" else say("an access key alone is enough")
    calls = say("in 1 call") if len(shown.trace) == 1 else say("in {count} calls").format(count=len(shown.trace))
    steps = "".join(f"<li>{_step(call, say)}</li>" for call in shown.trace)
    shown_for = ""
    if len(users) > 1:
        shown_for = f'<p class="dim">{text(say("shown for"))} <code>{text(first.name)}</code></p>'
    missing = [say(PARTS.get(part, part)) for part in shown.not_read]
    unread = _listed(say("Hangs on what was not read"), missing) if missing else ""
    rows = "".join(_reach(some, say) for some in reaches[:_MOST_OPEN])
    more = reaches[_MOST_OPEN:]
    rest = _folded(
        say("{count} further sets of what is within reach"),
        len(more),
        ['<ul class="reach">', *(_reach(some, say) for some in more), "</ul>"],
    )
    label = text(say("Who, and what is within reach then"))
    return (
        f'<article class="card way"><h3>{swatch("bad")}{text(count)}: {text(leaked)}, {text(calls)}</h3>'
        f'<ol class="trace">{steps}</ol>{shown_for}{unread}'
        f'<p class="label">{label}</p><ul class="reach">{rows}</ul>{rest}</article>'
    )


def _reach(users: list[UserAudit], say: Translator) -> str:
    reaches = users[0].enrolled.reaches
    if _reaches_all(users[0]):
        what = f"<strong>{text(say('everything'))}</strong>"
    elif reaches:
        what = f'<ul class="codes">{"".join(f"<li><code>{text(each)}</code></li>" for each in reaches)}</ul>'
    else:
        what = text(say("what was granted"))
    return f"<li><div>{_names(users, say)}</div><div>{what}</div></li>"


def _step(call: Call, say: Translator) -> str:
    paper = Paper(say=say)
    ok = call.outcome == "ok"
    outcome = (
        f'<span class="ok">{text(say("passes"))}</span>'
        if ok
        else f'<span class="refused">{text(say("refused"))}</span>: {_rich(refusal_words(paper, call))}'
    )
    on = f' {text(say("on"))} <code class="res">{text(call.resource)}</code>' if call.resource != "*" else ""
    with_ = text(f"{say('with')} {credential_words(paper, call.credential)}")
    return f'<code class="call">{text(call.call)}</code>{on} <span class="dim">{with_}</span> {outcome}'


def _names(users: list[UserAudit], say: Translator) -> str:
    def names(some: Iterable[UserAudit]) -> str:
        return "".join(f'<li><a href="#open={_quoted(u.name)}"><bdi>{text(u.name)}</bdi></a></li>' for u in some)

    first, rest = users[:_MOST_OPEN], users[_MOST_OPEN:]
    more = _folded(say("and {count} more"), len(rest), ('<ul class="names">', names(rest), "</ul>"))
    return f'<ul class="names">{names(first)}</ul>{more}'


def _quoted(name: str) -> str:
    """A name as it stands in a fragment."""
    return quote(name, safe="", errors="surrogatepass")


def _listed(label: str, items: Iterable[str]) -> str:
    drawn = "".join(f"<li><code>{text(item)}</code></li>" for item in items)
    return f'<p class="label">{text(label)}</p><ul class="codes">{drawn}</ul>'


# What was not read ----------------------------------------------------------------------------------------------------


def _not_read(report: AuditReport, say: Translator) -> str:
    parts = _drawn_parts(report, say)
    if report.not_read:
        entries = "".join(f"<li><code>{text(entry)}</code></li>" for entry in report.not_read)
        told = f'<ul class="unread">{entries}</ul>'
    else:
        told = f"<p>{text(say('Everything that was asked for was read.'))}</p>"
    return f'<div class="panel">{told}{parts}</div>'


def _drawn_parts(report: AuditReport, say: Translator) -> str:
    """How many answers hang on each part."""
    columns = (say("enforced?"), say("enrolled?"), say("who can lift it?"), say("findings"))
    table: dict[str, list[int]] = {}
    for user in report.users:
        for column, parts in enumerate((user.enforced.not_read, user.enrolled.not_read, user.lifted.not_read)):
            for part in parts:
                table.setdefault(part, [0] * len(columns))[column] += 1
    for finding in report.findings:
        for part in finding.not_read:
            if part not in report.not_read:
                table.setdefault(part, [0] * len(columns))[-1] += 1
    if not table:
        return ""
    heads = "".join(f'<th scope="col">{text(each)}</th>' for each in columns)
    rows = "".join(
        f'<tr><th scope="row">{text(say(PARTS.get(part, part)))}</th>'
        + "".join(f'<td class="number">{n:,}</td>' for n in counts)
        + "</tr>"
        for part, counts in sorted(table.items(), key=lambda row: (-sum(row[1]), printable(row[0])))
    )
    about = text(say("How many answers might be others, had this been read"))
    return (
        f'<div class="scroll"><table class="plain"><caption>{about}</caption><thead><tr><td></td>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _meanings(say: Translator) -> str:
    columns = (
        (say("Is this user forced to use MFA?"), ENFORCED),
        (say("Is there a device?"), ENROLLED),
        (say("Who can lift what forces this user?"), LIFTED),
    )
    drawn = ""
    for question, answers in columns:
        rows = "".join(
            f"<dt>{swatch(a.tone)}{text(say(a.label))}</dt><dd>{text(say(a.sentence))}</dd>" for a in answers.values()
        )
        drawn += f'<div class="panel"><h3>{text(question)}</h3><dl class="meanings">{rows}</dl></div>'
    return f'<div class="three">{drawn}</div>'
