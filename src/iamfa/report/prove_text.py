"""What `prove` says: the claim, whether it holds, the request that shows that it does not, and what is not claimed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iamfa.report.paper import Line, Paper, Piece, Style, line, printable
from iamfa.report.shown import ShownAnswer, ShownCertificate
from iamfa.report.witness_text import explained_lines, request_lines

_STYLES: Mapping[str, Style] = {"proved": "good", "refuted": "error", "unknown": "warning"}


def answer_lines(paper: Paper, shown: ShownAnswer, *, quiet: bool = False, verbose: bool = False) -> Iterator[Line]:
    """The answer; with *quiet* nothing of what is proved."""
    if quiet and shown.answer == "proved":
        return
    head = [
        Piece(paper.say(shown.answer), _STYLES[shown.answer]),
        Piece(": "),
        Piece(printable(shown.statement), "strong"),
    ]
    yield from paper.wrapped(head, hanging="  ")
    if shown.outside_from_file:
        words = (
            paper.say("outside what the file itself exempts (--outside names another set)")
            if shown.outside
            else paper.say("the file itself exempts nothing")
        )
        yield from _sentence(paper, words)
    if shown.witness is not None:
        yield line()
        yield from paper.paragraph(paper.say("This request does it:"))
        yield from request_lines(paper, shown.witness, shown.credential, shown.explained, verbose=verbose)
        for each in shown.explained:
            yield line()
            yield from explained_lines(paper, each, verbose=verbose)
    yield line()
    for words in _remarks(paper, shown):
        yield from _sentence(paper, words)


def _remarks(paper: Paper, shown: ShownAnswer) -> Iterator[str]:
    if shown.reason is not None:
        yield f"{paper.say('why nothing was shown')}: {shown.reason}"
    if shown.answer == "proved":
        yield paper.say(
            "for every action and every resource, also those that AWS does not have yet (open world), and so for "
            "today's (closed world); a checker with code of its own has accepted the proof"
        )
    elif shown.answer == "refuted" and shown.of_the_catalogue is True:
        yield paper.say("in both worlds: AWS has this action today (closed world)")
    elif shown.answer == "refuted" and shown.of_the_catalogue is False:
        yield paper.say(
            "in the open world, which holds actions and resources that AWS does not have yet; that today's do it too "
            "(closed world) was not shown"
        )
    if shown.apart_from:
        actions = ", ".join(shown.apart_from)
        yield paper.say("apart from {actions}, which no policy controls").format(actions=actions)
    if shown.read:
        yield f"{paper.say('read')}: {', '.join(shown.read)}"
    if shown.not_read is not None:
        yield f"{paper.say('not read')}: {shown.not_read}"


def verified_lines(paper: Paper, shown: ShownCertificate) -> Iterator[Line]:
    """What a certificate proves, of which policies, and what it does not claim."""
    head = [Piece(paper.say("proved"), "good"), Piece(": "), Piece(printable(shown.words), "strong")]
    yield from paper.wrapped(head, hanging="  ")
    yield line()
    count = paper.say("case" if shown.cases == 1 else "cases")
    yield from _sentence(paper, f"{paper.say('checked')}: {shown.path}, {shown.cases} {count}")
    for label, digest in shown.policies:
        yield from _sentence(paper, f"{paper.say('of the policy')} {label}, SHA-256 {digest}")
    for path, digest, claimed in shown.files:
        words = paper.say("is among them" if claimed else "is NOT among them: nothing is proved of it")
        yield from _sentence(paper, f"{path} {words} (SHA-256 {digest})", "good" if claimed else "error")
    if shown.apart_from:
        actions = ", ".join(shown.apart_from)
        yield from _sentence(paper, paper.say("apart from {actions}, which no policy controls").format(actions=actions))
    for words in NOT_CLAIMED:
        yield from _sentence(paper, f"{paper.say('not claimed')}: {paper.say(words)}")


NOT_CLAIMED = (
    "that these policies are attached anywhere; the certificate holds documents, not an account",
    "anything of policies that are not in it, but for what the claim itself assumes beside them",
    "anything of root, of roles and their sessions, or of what services do on behalf of users",
)


def _sentence(paper: Paper, words: str, style: Style = "plain") -> Iterator[Line]:
    return paper.wrapped([Piece("= ", "dim"), Piece(printable(words), style)], indent="  ", hanging="    ")
