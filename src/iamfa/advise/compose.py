"""Composes the policy that somebody wishes for, and gives it out only when it does what it promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from iamfa.advise.check import check
from iamfa.advise.composing import Composed, ComposedDocument, exempt_actions, main_document
from iamfa.advise.finding import Finding, Report, Severity
from iamfa.advise.lifting import guard_document
from iamfa.advise.options import CheckOptions
from iamfa.advise.promises import Promise, promises_of
from iamfa.advise.wishes import ContradictionError, Wishes
from iamfa.errors import JudgementError, PolicyError
from iamfa.policy.commented import render_commented
from iamfa.policy.document import Kind
from iamfa.policy.policy import Policy
from iamfa.policy.size import QUOTAS, size

__all__ = ["Composed", "Composition", "Measure", "Written", "compose", "promises_of"]

_MEASURED = {"user": Kind.USER, "group": Kind.GROUP, "managed": Kind.IDENTITY, "scp": Kind.SCP}


@dataclass(frozen=True, slots=True)
class Measure:
    """How large a document is as AWS counts it for one kind of attachment, and how large it may be."""

    attach: str
    characters: int
    quota: int

    @property
    def fits(self) -> bool:
        """Whether AWS takes it."""
        return self.characters <= self.quota


@dataclass(frozen=True, slots=True)
class Written:
    """One composed document as text, and what the judge says of it."""

    composed: ComposedDocument
    policy: Policy
    """Parsed again from the text with comments."""
    report: Report
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Composition:
    """What was composed, with its proof of worth."""

    wishes: Wishes
    composed: Composed
    written: tuple[Written, ...]
    promises: tuple[Promise, ...]
    asked_for: tuple[tuple[Finding, str], ...]
    """Warnings of the judge that a wish brings with it, and that wish in words."""
    notes: tuple[str, ...]
    """What the policy does not do, and what is left to whoever attaches it."""


def compose(wishes: Wishes) -> Composition:
    """The policy that was wished for, with comments, parsed again, judged, and with its promises looked at.

    Raises ContradictionError where what was wished for does not fit into what it is attached as, and JudgementError
    where the policy does not do what it promises: that is a defect of this program, and nothing is given out.
    """
    guard = guard_document(wishes) if wishes.guard else None
    composed = Composed(wishes, main_document(wishes), guard)
    _must_fit(composed)
    written = tuple(_write(document, wishes.partition) for document in composed.documents)
    asked_for = tuple(_expected(wishes, written))
    promises = tuple(promises_of(composed, wishes))
    broken = [promise.words for promise in promises if promise.holds is False]
    if broken:
        raise JudgementError(f"the composed policy does not keep its promise: {broken[0]}", hint=_DEFECT)
    return Composition(wishes, composed, written, promises, asked_for, tuple(notes_of(wishes)))


_DEFECT = "this is a defect of iamfa: report it with the options that led here; nothing was written"


def _must_fit(composed: Composed) -> None:
    found = []
    for document in composed.documents:
        count, quota = size(document.document, document.kind), QUOTAS[document.kind].characters
        if count > quota:
            attached = next(name for name, kind in _MEASURED.items() if kind is document.kind)
            found.append(f"all of this, and a policy attached as {attached}: {count:,} characters, and {quota:,} fit")
    if found:
        raise ContradictionError(tuple(found), hint="a managed policy takes more, or leave something out")


def _write(document: ComposedDocument, partition: str) -> Written:
    text = render_commented(document.document, document.comments, head=[f"{document.name}: {document.purpose}"])
    try:
        policy = Policy.parse(text, kind=document.kind, name=document.name)
    except PolicyError as error:
        raise JudgementError(f"the composed policy is none: {error.message}", hint=_DEFECT) from error
    if policy.document != document.document:
        raise JudgementError("the composed policy is read otherwise than it was meant", hint=_DEFECT)
    within = None if partition == "any" else partition
    report = check(policy, options=CheckOptions(as_kind=document.kind, partition=within, catalogue_age_days=0))
    return Written(document, policy, report, tuple(measures(document)))


def measures(document: ComposedDocument) -> Iterator[Measure]:
    """The size against every quota that may come to bear."""
    for attach, kind in _MEASURED.items():
        if (kind is Kind.SCP) == (document.kind is Kind.SCP):
            yield Measure(attach, size(document.document, kind), QUOTAS[kind].characters)


def _expected(wishes: Wishes, written: tuple[Written, ...]) -> Iterator[tuple[Finding, str]]:
    """The warnings that wishes bring with them; any other is a defect, and so is another class."""
    main = written[0].report
    if main.file_class != "forces-by-deny":
        raise JudgementError(f"the composed policy is of the class {main.file_class}", hint=_DEFECT)
    for each in written:
        for finding in each.report.findings:
            if finding.severity is Severity.NOTE:
                continue
            wish = _BROUGHT_BY.get(finding.rule) if finding.severity is Severity.WARNING else None
            if wish is None or getattr(wishes, wish[0]) != wish[1]:
                raise JudgementError(f"the judge says of the composed policy: {finding.message}", hint=_DEFECT)
            yield finding, wish[2]
    more = set(main.exempt) - set(exempt_actions(wishes))
    if more:
        raise JudgementError(f"the composed policy exempts {', '.join(sorted(more))}, too", hint=_DEFECT)


_BROUGHT_BY = {
    "delete-devices-without-mfa": ("deletion", "without-mfa", "deleting abandoned devices without MFA"),
}
"""The rule that warns, the wish and its value that ask for it, and the wish in words."""


def notes_of(wishes: Wishes) -> Iterator[str]:
    """What stays open, said and not hidden."""
    if wishes.attach == "scp":
        yield "the management account stays outside, and so do roles and federated sessions, which never carry MFA"
        yield "a service control policy grants nothing: give users self-service by a policy in their account"
    else:
        yield "roles, once assumed, are not covered: demand MFA in their trust policies"
    if wishes.own and wishes.first_enrolment == "none":
        yield (
            "whoever holds the key or password of a user without a device can enrol one of his own: enrol before "
            "handing it over, or narrow the first enrolment to a tag or a network"
        )
    if wishes.first_enrolment == "tag":
        yield (
            f"whoever may call TagUser on others opens an enrolment by the tag {wishes.enrolment_tag}: leave that to "
            "the helpdesk"
        )
        if wishes.enrolment_days:
            last = max(wishes.enrolment_days).isoformat()
            yield f"after {last} no tag opens an enrolment: compose the policy again with later days"
        else:
            yield "the tag opens until somebody takes it away; with last days (--enrolment-until) it ends by itself"
    if wishes.first_enrolment == "network":
        yield "through a VPC endpoint no address is seen, and a first enrolment is denied there"
    if wishes.own and wishes.devices & {"virtual", "hardware"} and len(wishes.devices & {"virtual", "hardware"}) == 1:
        yield "AWS cannot tell a hardware token from a virtual device when it is enabled"
    if wishes.password == "without-mfa":
        yield "AWS calls changing a password without MFA a security risk; whoever does it must know the old one"
    if wishes.fresh_for is not None:
        yield (
            f"administrators whom the policy reaches need a code not older than {wishes.fresh_for} seconds to make "
            "keys and devices for others"
        )
    if wishes.login_profile:
        fresh = f" in its first {wishes.fresh_for} seconds" if wishes.fresh_for is not None else ""
        yield f"who steals a session with MFA can{fresh} set the console password without knowing the old one"
    if wishes.exempts:
        yield (
            "whoever may create users, or change others' tags or paths, can exempt somebody from MFA; the exempt ones "
            "need another protection, e.g. addresses"
        )
    if wishes.guard:
        yield "the guard binds IAM users of member accounts; the management account, roles and the root user stay free"
        if wishes.attach == "managed" and wishes.group is None:
            yield "where a group carries the policy, name it (--group), or its members can be taken out of it"
    if wishes.attach == "managed" and wishes.group is None:
        yield "nothing is forced until the policy is attached to users or groups"
    if wishes.partition == "any":
        yield "`arn:*:` is used by AWS's own policies and not documented for identity policies"
