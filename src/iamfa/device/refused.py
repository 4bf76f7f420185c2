"""A refused call of somebody who looks after his devices, explained as `check` would explain the policy behind it.

The commonest: a device that is not named as its user is. AWS's own example policies allowed nothing else until
November and December of 2022, and many copies still do (rule `device-name-tied-to-user`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from iamfa.advise.case import Case
from iamfa.advise.check import report_of
from iamfa.advise.finding import Finding
from iamfa.advise.options import CheckOptions
from iamfa.arn import mfa_arn
from iamfa.device.denied import Denied, denied_of
from iamfa.device.own_policies import HeldPolicy, OwnPolicies, read_own_policies
from iamfa.device.own_user import OwnUser
from iamfa.errors import IamfaError
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.request import Request
from iamfa.evaluate.verdict import Verdict, Why
from iamfa.gateway.faults import AccessDeniedError
from iamfa.gateway.ports import Caller

_RULE: Final = "device-name-tied-to-user"
_CREATE: Final = "iam:createvirtualmfadevice"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call was refused, as far as it could be found out; `sentences` tell it, `hint` what to do."""

    denied: Denied
    """What AWS's own message says."""
    policies: OwnPolicies | None = None
    """What of the user's policies was read; None where nobody tried."""
    because: str | None = None
    """What in these policies refuses, in words; None where they do not explain it."""
    finding: Finding | None = None
    """What `check` says of the policy `held`, where it is `device-name-tied-to-user`."""
    held: HeldPolicy | None = None
    entry: str | None = None
    """The entry of that policy that an administrator must change, and what to."""
    instead: str | None = None
    works: str | None = None
    """The name under which a device can be created today."""
    works_for_sure: bool = False
    """Whether the policies that were read allow this name; otherwise it is likely and no more."""
    with_mfa: bool = False
    """Whether the call was made in a session with the code of a device."""
    works_with_code: bool = False
    """Whether they allow the same call in a session with the code of a device."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """What happened and why, one after the other."""
        found = [str(self.denied)]
        if self.finding is not None and self.held is not None:
            found.append(f"{self.held}: {self.finding.message} ({_RULE}; {self._place})")
        elif self.because is not None:
            found.append(self.because)
        if self.works is not None and not self.works_for_sure:
            found.append(
                "policies that let a device be named only as its user is named answer so (AWS's own examples did until "
                "2022); whether yours is such a one could not be read"
            )
        elif self.policies is not None and not self.policies.is_complete and self.finding is None:
            first, *more = self.policies.not_read
            found.append(f"not everything could be read: {first}" + (f" (and {len(more)} more)" if more else ""))
        return tuple(found)

    @property
    def hint(self) -> str:
        """What to do next."""
        found: list[str] = []
        if self.works is not None:
            sure = "by the policies that could be read it works today" if self.works_for_sure else "it is worth a try"
            found.append(f"name it `{self.works}`: {sure}")
        if self.works_with_code:
            found.append("in a session with a code it is allowed: `iamfa login`")
        if self.instead is not None and self.held is not None:
            found.append(
                f"for any other name let an administrator write `{self.instead}` in place of `{self.entry}`: "
                f"`iamfa fix` repairs the whole policy, which `{self.held.command}` shows"
            )
        elif self.works is not None and not self.works_for_sure:
            found.append(f"or {self.denied.remedy}, or to repair the policy: `iamfa fix`")
        elif not self.works_with_code:
            found.append(self.denied.remedy_with_mfa if self.with_mfa else self.denied.remedy)
        return "; ".join(found)

    @property
    def _place(self) -> str:
        sid = self.finding.statement_sid if self.finding is not None else None
        statement = f"the statement `{sid}`" if sid else "the statement"
        return f"{statement} says `{self.entry}`"


def explain_refusal(
    error: AccessDeniedError,
    user: OwnUser,
    *,
    caller: Caller | None = None,
    name: str | None = None,
    with_mfa: bool = False,
) -> Refusal:
    """Explain why a call about the user's own devices was refused.

    With a *caller*, the user's own policies are read as far as he may, and judged. *name* is that of the device that
    was to be created; *with_mfa* is whether the call was made in a session with a code. Raises nothing of AWS's.
    """
    resource = str(mfa_arn(name, user.account, partition=user.partition)) if name is not None else user.arn
    denied = denied_of(error, resource)
    if denied.by_own_device_rule:
        return Refusal(denied)
    likely = _likely_name(denied, user, name)
    if caller is None:
        return Refusal(denied, works=likely, with_mfa=with_mfa)
    read = read_own_policies(caller, user)
    asked = _Asked(read, user, denied.action, "token-mfa" if with_mfa else "long-term-key")
    verdict = asked.verdict(denied.resource or resource)
    if verdict is None or verdict.decision not in ("explicit_deny", "implicit_deny"):
        return Refusal(denied, read, _not_by_these(read), with_mfa=with_mfa)
    found = Refusal(
        denied,
        read,
        _because(verdict, read),
        with_mfa=with_mfa,
        works_with_code=not with_mfa and asked.with_code(denied.resource or resource),
    )
    if name is None or denied.action.lower() != _CREATE:
        return found
    works = next((each for each in _candidates(user, name) if asked.allows_name(each)), None)
    # What was not read may allow more, or deny; so the likely name stays likely.
    found = replace(found, works=works or (None if read.is_complete else likely), works_for_sure=works is not None)
    tied = _tied_to_user(read)
    if tied is None:
        return found
    entry, instead = _change(*tied)
    return replace(found, finding=tied[0], held=tied[1], entry=entry, instead=instead)


def _not_by_these(read: OwnPolicies) -> str:
    """What is to be said where the policies that were read do not explain the refusal."""
    which = (
        "one above them does, of the organization for instance" if read.is_complete else "one that was not read does"
    )
    return f"the policies that could be read do not refuse it: {which}"


class _Asked:
    """The policies that were read, asked about one action of the user."""

    def __init__(self, read: OwnPolicies, user: OwnUser, action: str, credential: str) -> None:
        self._decider = Decider(read.bundle)
        self._user, self._action, self._credential = user, action, credential

    def verdict(self, resource: str, credential: str | None = None) -> Verdict | None:
        """What they say; None for what cannot be asked."""
        try:
            request = Request.by_user(self._user.arn, self._action, resource, credential=credential or self._credential)
            return self._decider.decide(request)
        except IamfaError:
            return None

    def allows_name(self, name: str) -> bool:
        """Whether they allow a device of this name."""
        verdict = self.verdict(str(mfa_arn(name, self._user.account, partition=self._user.partition)))
        return verdict is not None and verdict.allowed

    def with_code(self, resource: str) -> bool:
        """Whether they allow it in a session with a code."""
        verdict = self.verdict(resource, "token-mfa")
        return verdict is not None and verdict.allowed


def _candidates(user: OwnUser, name: str) -> tuple[str, ...]:
    """Names that policies may mean: the user's own, and those made from it."""
    found = (user.name, f"{user.name}-{name}", f"{user.name}_{name}", f"{user.name}.{name}", f"{name}-{user.name}")
    return tuple(each for each in found if each != name)


def _likely_name(denied: Denied, user: OwnUser, name: str | None) -> str | None:
    """The user's own name, where AWS's message is the one that policies give which allow that name only."""
    if name is None or name == user.name or denied.action.lower() != _CREATE or denied.denial is None:
        return None
    is_such = denied.denial.kind != "explicit" and denied.denial.layer in (None, "identity")
    return user.name if is_such else None


def _because(verdict: Verdict, read: OwnPolicies) -> str | None:
    """The statement that denies, or the one that would allow, were it not for the resource or a condition."""
    if verdict.decision == "explicit_deny":
        reason = verdict.deciding[0]
        return f"the statement `{reason.statement.label}` in {read.at(reason.policy)} denies it"
    for reason in verdict.reasons:
        held = read.at(reason.policy)
        if reason.effect == "Allow" and held is not None and reason.why in _NEARLY:
            return f"the statement `{reason.statement.label}` in {held} allows the action, but {_NEARLY[reason.why]}"
    return None


_NEARLY: Final = {
    Why.RESOURCE_NOT_LISTED: "not on this resource",
    Why.VARIABLE_WITHOUT_VALUE: "a variable in it has no value here",
    Why.CONDITION_NOT_FULFILLED: "under a condition that is not fulfilled",
}


def _tied_to_user(read: OwnPolicies) -> tuple[Finding, HeldPolicy] | None:
    """The finding of the rule, and the policy that it is about."""
    options = CheckOptions(select=frozenset({_RULE}))
    for held in read.identity:
        try:
            found = report_of(Case(held.policy, options), walked=False).findings
        except IamfaError:
            continue
        if found:
            return found[0], held
    return None


def _change(finding: Finding, held: HeldPolicy) -> tuple[str | None, str | None]:
    """The entry that the finding underlines, and what its repair writes there."""
    start, end = finding.span or (0, 0)
    entry = held.policy.source.text[start:end].strip('"')
    edits = finding.repair.edits if finding.repair is not None else ()
    return entry or None, next((each.text.strip('"') for each in edits if each.start == start), None)
