"""API calls, and who refused them, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iamfa.evaluate.credential import CREDENTIALS
from iamfa.evaluate.verdict import MISSING_WORDS
from iamfa.lifecycle.result import Call
from iamfa.report.paper import Line, Paper, Piece, printable


def credential_words(paper: Paper, kind: str) -> str:
    """`an access key alone`."""
    row = CREDENTIALS.get(kind)
    return paper.say(row.words) if row is not None else kind


def trace_lines(paper: Paper, trace: Sequence[Call], indent: str = "") -> Iterator[Line]:
    """The calls numbered, each with its outcome; a refusal in AWS's own words."""
    for number, call in enumerate(trace, 1):
        lead = f"{indent}{number}. "
        hanging = " " * len(lead)
        said = paper.say("{call} on {resource} with {credential}").format(
            call=call.call, resource=call.resource, credential=credential_words(paper, call.credential)
        )
        pieces = [Piece(printable(said))]
        if call.outcome == "ok":
            pieces += [Piece(": "), Piece(paper.say("ok"), "good")]
            yield from paper.wrapped(pieces, indent=lead, hanging=hanging)
        else:
            yield from paper.wrapped([*pieces, Piece(":")], indent=lead, hanging=hanging)
            refusal = [Piece(paper.say("refused"), "error"), Piece(": "), Piece(printable(refusal_words(paper, call)))]
            yield from paper.wrapped(refusal, indent=hanging)


def refusal_words(paper: Paper, call: Call) -> str:
    """AWS's message, and who is behind it."""
    by = refused_by(paper, call)
    return f"{call.message} ({by})" if call.message else by


def refused_by(paper: Paper, call: Call) -> str:
    """Who refuses: a statement, a layer that fails to allow, AWS's own rule, or nobody who was read."""
    by = call.by
    if not call.granted:
        return paper.say("nothing that was read grants it")
    if by is None:
        return paper.say("no statement allows it")
    if by.platform is not None:
        return paper.say("AWS's own rule {rule}").format(rule=by.platform)
    label = statement_label(by.statement_index, by.statement_sid)
    if label is None:
        return paper.say("{layer} allows it").format(layer=MISSING_WORDS.get(layer_of(by.policy), "no policy"))
    if call.message is not None and "explicit deny" in call.message:
        return paper.say("denied by `{statement}`").format(statement=label)
    return paper.say("`{statement}` does not reach it").format(statement=label)


def layer_of(policy: str | None) -> str:
    """The kind of policy in a label such as `scp[1][0]`."""
    return (policy or "").partition("[")[0]


def statement_label(index: int | None, sid: str | None) -> str | None:
    """How messages name a statement."""
    if sid:
        return sid
    return None if index is None else f"statement {index + 1}"
