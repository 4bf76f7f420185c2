"""The state of an account drawn: one square a user, and bars of what is forced by who has a device."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape

from iamfa.audit.values import UserAudit
from iamfa.report.audit_page_words import ENFORCED, ENROLLED, GROUPS, Group, Tone, group_of
from iamfa.report.paper import Translator, printable

_LAYOUTS = ((60, 20, 20), (400, 40, 14), (1500, 70, 9))
"""Up to how many squares: how many stand in a row, and how far apart they are."""
_WIDEST = (100, 7)
_MOST_SQUARES = 10_000
_BAR, _BAR_HEIGHT, _THINNEST = 1000, 34, 6
"""A bar's greatest length, its height, and the shortest piece that is still seen."""


def text(words: str) -> str:
    """Words from anywhere, fit to stand between tags and in a quoted attribute."""
    return escape(printable(words))


def patterns() -> str:
    """What squares and bars are filled with; each tone has a colour and a pattern of its own."""
    inks: tuple[tuple[Tone, str], ...] = (
        ("bad", ""),
        ("open", '<path class="on" d="M-1 1l2-2M0 6l6-6M5 7l2-2"/>'),
        ("warn", '<circle class="dot" cx="3" cy="3" r="1.2"/>'),
        ("unknown", '<path class="on" d="M0 0l6 6M0 6l6-6"/>'),
        ("locked", '<path class="on" d="M0 3h6"/>'),
        ("stuck", '<circle class="dot" cx="3" cy="3" r="1.6"/>'),
        ("info", '<path class="on" d="M3 0v6"/>'),
        ("wait", '<path class="on" d="M0 3h6M3 0v6"/>'),
        ("weak", '<path class="on" d="M-1 5l2 2M0 0l6 6M5-1l2 2"/>'),
        ("good", ""),
        ("idle", ""),
    )
    drawn = "".join(
        f'<pattern id="p-{tone}" width="6" height="6" patternUnits="userSpaceOnUse">'
        f'<rect class="c-{tone}" width="6" height="6"/>{ink}</pattern>'
        for tone, ink in inks
    )
    return f'<svg class="patterns" width="0" height="0" aria-hidden="true" focusable="false"><defs>{drawn}</defs></svg>'


def swatch(tone: Tone) -> str:
    """A small piece of a tone, beside words that say what it means."""
    return (
        f'<svg class="swatch" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true" focusable="false">'
        f'<rect class="t-{tone}" x=".5" y=".5" width="11" height="11" rx="2"/></svg>'
    )


def squares(users: Sequence[UserAudit], say: Translator) -> str:
    """One square a user, in groups, the worst first; of very many users a square stands for several."""
    counts = Counter(map(group_of, users))
    each = -(-len(users) // _MOST_SQUARES) or 1
    columns, pitch = next(((c, p) for most, c, p in _LAYOUTS if len(users) <= most), _WIDEST)
    caption = say("one square a user") if each == 1 else say("one square for {count} users").format(count=each)
    groups = "".join(_group(group, counts[group.id], each, columns, pitch, say) for group in GROUPS if counts[group.id])
    return f'<p class="dim">{text(caption)}</p><ul class="groups">{groups}</ul>'


def _group(group: Group, count: int, each: int, columns: int, pitch: int, say: Translator) -> str:
    drawn = -(-count // each)
    rows = -(-drawn // columns)
    size = pitch - max(1, pitch // 6)
    path = "".join(
        f"M{number % columns * pitch} {number // columns * pitch}h{size}v{size}h-{size}z" for number in range(drawn)
    )
    wide, high = columns * pitch, rows * pitch
    return (
        f'<li><a class="group" href="#group={group.id}"><span class="count">{count:,}</span> '
        f'<strong>{swatch(group.tone)}{text(say(group.label))}</strong> <span class="dim">{text(say(group.about))}'
        "</span></a>"
        f'<svg class="squares" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" aria-hidden="true" '
        f'focusable="false"><path class="t-{group.tone}" d="{path}"/></svg></li>'
    )


def bars(users: Sequence[UserAudit], say: Translator) -> str:
    """A bar for each answer about what is forced, made of what is said about devices; each in words, too."""
    table: dict[str, Counter[str]] = {}
    for user in users:
        table.setdefault(user.enforced.answer, Counter())[user.enrolled.answer] += 1
    most = max((sum(row.values()) for row in table.values()), default=1)
    drawn = "".join(_bar(answer, table[answer], most, say) for answer in ENFORCED if answer in table)
    return f'<ul class="bars">{drawn}</ul>'


def _bar(answer: str, row: Counter[str], most: int, say: Translator) -> str:
    total = sum(row.values())
    kinds = [kind for kind in ENROLLED if row[kind]]
    words = "".join(
        f'<li><a href="#enforced={answer}&amp;enrolled={kind}">{swatch(ENROLLED[kind].tone)}'
        f"<span>{row[kind]:,} {text(say(ENROLLED[kind].label))}</span></a></li>"
        for kind in kinds
    )
    pieces = "".join(
        f'<rect class="t-{ENROLLED[kind].tone}" x="{start:g}" width="{length:g}" height="{_BAR_HEIGHT}"/>'
        for kind, start, length in _pieces(row, kinds, most)
    )
    return (
        f'<li><p><a href="#enforced={answer}"><strong>{text(say(ENFORCED[answer].label))}</strong> '
        f'<span class="count">{total:,}</span></a></p>'
        f'<svg class="bar" viewBox="0 0 {_BAR} {_BAR_HEIGHT}" preserveAspectRatio="none" aria-hidden="true" '
        f'focusable="false">{pieces}</svg><ul class="pieces">{words}</ul></li>'
    )


def _pieces(row: Counter[str], kinds: Sequence[str], most: int) -> Iterator[tuple[str, float, float]]:
    """Where each piece of a bar begins, and its length; none is too short to be seen, and none leaves the bar."""
    start = 0.0
    room = _BAR - _THINNEST * len(kinds)
    for kind in kinds:
        length = round(_THINNEST + room * row[kind] / most, 1)
        yield kind, start, length - 2
        start += length
