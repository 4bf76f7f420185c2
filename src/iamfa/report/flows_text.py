"""Which flows work, as a small table: a row for each flow and credential, a column for each kind of device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from iamfa.lifecycle.result import AttackResult, FlowResult
from iamfa.report.calls_text import refused_by, trace_lines
from iamfa.report.paper import Line, Paper, Piece, Style, cells, line, printable

_DEVICES = ("virtual-any-name", "virtual-own-name", "hardware", "fido")
_HEADS = {"virtual-any-name": "any name", "virtual-own-name": "own name", "hardware": "hardware", "fido": "FIDO"}
_SIGNS: Mapping[str, tuple[str, Style]] = {
    "works": ("✓", "good"),
    "blocked": ("✗", "error"),
    "depends": ("?", "warning"),
    "not_decided": ("–", "note"),
}
RESULTS = {"works": "works", "blocked": "blocked", "depends": "depends", "not_decided": "not decided here"}
_FLOW, _CREDENTIAL, _CELL = 29, 15, 9
_ATTACK = 29
_TABLE = 2 + _FLOW + _CREDENTIAL + 3 * _CELL + 6
"""The least width that a table needs; narrower, there is a list."""


@dataclass
class _Footnotes:
    """The causes, each numbered once."""

    paper: Paper
    texts: dict[str, int] = field(default_factory=dict)

    def number(self, flow: FlowResult) -> int | None:
        """The number of the cause of a result that does not simply work."""
        cause = _cause(self.paper, flow)
        return None if cause is None else self.texts.setdefault(cause, len(self.texts) + 1)

    def lines(self) -> Iterator[Line]:
        for text, number in self.texts.items():
            lead = f"  [{number}] "
            yield from self.paper.paragraph(text, indent=lead, hanging=" " * len(lead), style="dim")


def flow_lines(paper: Paper, flows: Sequence[FlowResult]) -> Iterator[Line]:
    """The table with its legend and causes, or the list where there is no room; nothing where no flow was walked."""
    if not flows:
        return
    notes = _Footnotes(paper)
    yield line()
    if paper.width >= _TABLE:
        yield from _table(paper, flows, notes)
    else:
        yield from _list(paper, flows, notes)
    yield from paper.wrapped(_legend(paper, flows), indent="  ")
    yield from notes.lines()


def _rows(flows: Sequence[FlowResult]) -> Iterator[tuple[str, str, Mapping[str | None, FlowResult]]]:
    found: dict[tuple[str, str], dict[str | None, FlowResult]] = {}
    for flow in flows:
        found.setdefault((flow.flow, flow.credential), {})[flow.device] = flow
    for (name, credential), devices in found.items():
        yield name, credential, devices


def _table(paper: Paper, flows: Sequence[FlowResult], notes: _Footnotes) -> Iterator[Line]:
    heads = "".join(paper.say(_HEADS[device]).ljust(_CELL) for device in _DEVICES)
    head = paper.say("which flows work").ljust(_FLOW + 2) + paper.say("with").ljust(_CREDENTIAL)
    yield (Piece(head, "strong"), Piece(heads, "dim"))
    last = None
    for name, credential, devices in _merged(paper, flows, notes):
        pieces = [Piece("  " + ("" if name == last else name).ljust(_FLOW))]
        last = name
        if None in devices:
            pieces += [Piece(f"{credential}  "), *_cell(paper, devices[None], notes)]
        else:
            pieces.append(Piece(credential.ljust(_CREDENTIAL)))
            for device in _DEVICES:
                cell = _cell(paper, devices[device], notes) if device in devices else [Piece("")]
                width = sum(cells(piece.text) for piece in cell)
                pieces += [*cell, Piece(" " * max(_CELL - width, 1))]
        yield tuple(pieces)


def _merged(
    paper: Paper, flows: Sequence[FlowResult], notes: _Footnotes
) -> Iterator[tuple[str, str, Mapping[str | None, FlowResult]]]:
    """The rows; those of one flow without devices and with one result are one row."""
    waiting: tuple[str, str, Mapping[str | None, FlowResult]] | None = None
    for name, credential, devices in _rows(flows):
        if waiting is not None:
            joined = f"{waiting[1]}, {credential}"
            if (
                waiting[0] == name
                and None in devices
                and None in waiting[2]
                and _same(waiting[2][None], devices[None], notes)
                and len(joined) <= paper.width - _FLOW - (5 if devices[None].result == "works" else 9)
            ):
                waiting = (name, joined, devices)
                continue
            yield waiting
        waiting = (name, credential, devices)
    if waiting is not None:
        yield waiting


def _same(one: FlowResult, other: FlowResult, notes: _Footnotes) -> bool:
    return one.result == other.result and _cause(notes.paper, one) == _cause(notes.paper, other)


def _cell(paper: Paper, flow: FlowResult, notes: _Footnotes) -> list[Piece]:
    sign, style = _SIGNS[flow.result]
    number = notes.number(flow)
    return [Piece(paper.sign(sign), style), Piece(f" [{number}]" if number is not None else "", "dim")]


def _list(paper: Paper, flows: Sequence[FlowResult], notes: _Footnotes) -> Iterator[Line]:
    yield line(paper.say("which flows work"), "strong")
    last = None
    for name, credential, devices in _merged(paper, flows, notes):
        if name != last:
            yield line(f"  {name}")
            last = name
        pieces = [Piece(f"{credential}:")]
        for device, flow in devices.items():
            head = f" {paper.say(_HEADS[device])}\N{NO-BREAK SPACE}" if device else " "
            pieces.append(Piece(head))
            pieces += [Piece(p.text.replace(" ", "\N{NO-BREAK SPACE}"), p.style) for p in _cell(paper, flow, notes)]
        for each in paper.wrapped(pieces, indent="    ", hanging="      "):
            yield tuple(Piece(p.text.replace("\N{NO-BREAK SPACE}", " "), p.style) for p in each)


def _legend(paper: Paper, flows: Sequence[FlowResult]) -> list[Piece]:
    pieces: list[Piece] = []
    used = {flow.result for flow in flows}
    for result, (sign, style) in _SIGNS.items():
        if result in used:
            pieces += [Piece(" " if pieces else ""), Piece(paper.sign(sign), style)]
            pieces.append(Piece(f" {paper.say(RESULTS[result])} ", "dim"))
    return pieces


def _cause(paper: Paper, flow: FlowResult) -> str | None:
    """Why a flow does not simply work."""
    if flow.result == "works":
        return None
    if flow.detail is not None:
        name = f"{flow.assumption}: " if flow.assumption else ""
        return name + paper.say(flow.detail)
    refused = flow.refused
    if refused is None:
        return paper.say("no call leads there")
    return f"{refused.call}: {refused_by(paper, refused)}"


_RESULTS: Mapping[str, tuple[str, Style]] = {
    "stopped": ("stopped", "good"),
    "succeeds": ("succeeds", "error"),
    "depends": ("depends", "warning"),
    "not_decided": ("not decided here", "note"),
}


def attack_lines(paper: Paper, attacks: Sequence[AttackResult], *, verbose: bool = False) -> Iterator[Line]:
    """Who could get in, one line each; with *verbose* the calls too."""
    if not attacks:
        return
    yield line()
    yield line(paper.say("who could get in"), "strong")
    for attack in attacks:
        words, style = _RESULTS[attack.result]
        pieces = [Piece(paper.say(words), style), Piece(f": {printable(_how(paper, attack))}")]
        lead = f"  {attack.attack.ljust(_ATTACK)}" if paper.width >= _TABLE else f"  {attack.attack} "
        hanging = " " * len(lead) if paper.width >= _TABLE else "      "
        yield from paper.wrapped(pieces, indent=lead, hanging=hanging)
        if verbose:
            yield from _variant_lines(paper, attack)


def _variant_lines(paper: Paper, attack: AttackResult) -> Iterator[Line]:
    """The calls of each variant of an attack."""
    for variant in attack.variants:
        words, style = _RESULTS[variant.result]
        yield from paper.wrapped(
            [Piece(f"{printable(variant.device)}: "), Piece(paper.say(words), style)], indent="      "
        )
        yield from trace_lines(paper, variant.trace, "        ")


def _how(paper: Paper, attack: AttackResult) -> str:
    if attack.assumption is not None:
        return paper.say("on the assumption {id}").format(id=attack.assumption)
    refused = attack.refused
    if refused is not None and attack.result == "stopped":
        return paper.say("{call} is refused, {by}").format(call=refused.call, by=refused_by(paper, refused))
    if attack.detail is not None and attack.result == "depends":
        return paper.say(attack.detail)
    some = next((v for v in attack.variants if v.result == "succeeds" and v.trace == attack.trace), None)
    calls = ", ".join(_short(call.call) for call in attack.trace)
    if attack.result == "not_decided" and some is not None:
        return paper.say("it would succeed for {who} ({calls})").format(who=some.device, calls=calls)
    if attack.detail is not None and attack.result != "succeeds":
        return paper.say(attack.detail)
    if some is not None and len(attack.variants) > 1:
        return paper.say("with {device}: {calls}").format(device=some.device, calls=calls)
    return calls or paper.say("no call leads there")


def _short(action: str) -> str:
    return action.partition(":")[2] or action
