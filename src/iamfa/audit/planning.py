"""The plan that repairs an account: the smallest edit in each place, who feels it, and who can take it back.

Steps are weighed one after another, each on the account as the ones before leave it. What fails a test is left out with
the reason, and the others go on without it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from iamfa.account.bearing import parsed
from iamfa.account.entities import Account, PolicyVersion, Tags
from iamfa.account.not_read import EVERYTHING, NotRead
from iamfa.account.organization import Organization
from iamfa.advise.check import check
from iamfa.advise.finding import Finding, Severity
from iamfa.advise.options import CheckOptions
from iamfa.advise.repair import RepairResult, repair
from iamfa.audit.holdings import Holdings
from iamfa.audit.plan_checks import Checker, first_refusal, others_who_may_undo
from iamfa.audit.plan_effects import Effects
from iamfa.audit.plan_places import (
    MOST_VERSIONS,
    Candidate,
    awss_in_use,
    candidates,
    kept_elsewhere,
    tagged,
    to_managed,
    too_long,
    while_undone,
)
from iamfa.audit.plan_values import Actor, LeftOut, Mended, Plan, PlanOptions, Spot, Step
from iamfa.audit.unread import PARTS, Unread
from iamfa.errors import IamfaError, InputError, JudgementError, UnknownOperatorError
from iamfa.gateway.faults import AwsError
from iamfa.platform import DEFAULTS, Assumptions
from iamfa.policy.document import Kind

_WHOLE = "authorization_details"


def plan(
    account: Account,
    organization: Organization | None = None,
    not_read: Iterable[str] = (),
    *,
    operator: Actor,
    now: datetime,
    options: PlanOptions | None = None,
    report: Iterable[Mapping[str, str]] = (),
    assumptions: Assumptions = DEFAULTS,
    tags_of: Callable[[str], Tags] | None = None,
) -> Plan:
    """Plan the repair of an account; *operator* is who will make it, *now* when the account was read.
    *tags_of* asks for the tags of a managed policy, which no list of AWS tells; None: those of the account are all.

    A snapshot keeps no layout of policies, so a step holds what the policy says, not how it is laid out. Raises
    `InputError` for an operator, a second principal or a canary who is not in the account, and `JudgementError` where
    users and policies were not read wholly: nobody could say whom a step reaches.
    """
    options = options or PlanOptions()
    entries = tuple(not_read)
    unread = whole(entries)
    checker = Checker(account, organization, assumptions)
    for actor in (operator, *((options.second,) if options.second is not None else ())):
        checker.holder(actor)
    planner = _Planner(
        account, organization, operator, options, assumptions, Holdings.of(account, unread, report), tags_of
    )
    planner.weigh(_in_order(account, candidates(account), options.canary))
    planner.advise(awss_in_use(account))
    notes = [
        f"`{name}` says the same in {count} places: each is a step of its own" for name, count in planner.same_texts()
    ]
    if tags_of is None and any(step.spot.kind == "managed" for step in planner.steps):
        notes.append("tags of policies are known as far as the files hold them; `apply` asks AWS for them")
    if unread.lacks("organization"):
        notes.append("policies of an organization were not read: what they deny is not weighed")
    return Plan(
        account.number, account.partition, now, operator, _with_canary(planner.steps), tuple(planner.left_out),
        tuple(notes), entries, options.lose, options.even_managed,
    )  # fmt: skip


def weighed(entries: Iterable[str]) -> Unread:
    """What was not read, without what bears on no plan, such as the account's alias."""
    parts = (*PARTS, EVERYTHING)
    return Unread.of(each for each in entries if NotRead.parse(each).part in parts)


def whole(entries: Iterable[str]) -> Unread:
    """The same, where all users and policies were read. Raises `JudgementError` otherwise."""
    unread = weighed(entries)
    if unread.lacks(_WHOLE):
        raise JudgementError(
            "users and policies were not read wholly, so nobody can say whom a change reaches",
            hint="read the account as somebody who may call iam:GetAccountAuthorizationDetails",
        )
    return unread


def _in_order(account: Account, found: Iterable[Candidate], canary: str | None) -> list[Candidate]:
    """What reaches the canary first; then what reaches the fewest users, and at last what reaches nobody."""
    kind, _, name = (canary or "").rpartition("/")
    if canary is not None:
        tables = {"user": account.users, "group": account.groups}
        asked = [tables[kind]] if kind in tables else [*tables.values()]
        if not any(name in table for table in asked):
            raise InputError(f"the canary `{canary}` is no user or group of the account")

    def is_canarys(each: Candidate) -> bool:
        return (kind != "group" and name in each.users) or (kind != "user" and name in each.groups)

    def key(each: Candidate) -> tuple[object, ...]:
        reach = len(each.users) + len(each.roles)
        return canary is not None and not is_canarys(each), reach == 0, reach, str(each.spot)

    return sorted(found, key=key)


def _with_canary(steps: list[Step]) -> tuple[Step, ...]:
    """The first step is the canary where it reaches somebody and another one follows."""
    if len(steps) > 1 and (steps[0].users or steps[0].roles):
        return (replace(steps[0], canary=True), *steps[1:])
    return tuple(steps)


@dataclass
class _Planner:
    account: Account
    """As the steps so far leave it."""
    organization: Organization | None
    operator: Actor
    options: PlanOptions
    assumptions: Assumptions
    holdings: Holdings
    tags_of: Callable[[str], Tags] | None = None
    steps: list[Step] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    _repaired: dict[tuple[str, Kind], RepairResult] = field(default_factory=dict)
    _second: Actor | None = None

    def __post_init__(self) -> None:
        self._effects = Effects(self.organization, self.assumptions, frozenset(self.options.lose))
        self._checker = Checker(self.account, self.organization, self.assumptions)
        self._second = self.options.second

    def same_texts(self) -> list[tuple[str, int]]:
        """Policies that say the same in several places, with how many there are."""
        found = Counter(step.before for step in self.steps)
        firsts = {step.before: step.spot.policy for step in reversed(self.steps)}
        return [(firsts[text], count) for text, count in found.items() if count > 1]

    def weigh(self, found: Iterable[Candidate]) -> None:
        """Make each candidate that can be repaired a step, or leave it out with the reason."""
        for candidate in found:
            result = self._result(candidate)
            if result is None:
                continue
            if not result.changes:
                self._note_what_stays(candidate, result)
                continue
            reason = self._step(candidate, result)
            if reason is not None:
                self._leave_out(candidate, result, *reason)

    def advise(self, found: Iterable[Candidate]) -> None:
        """AWS's own policies cannot be changed; say what to attach instead of one that is outdated."""
        for candidate in found:
            result = self._result(candidate)
            if result is not None and result.changes:
                self._leave_out(
                    candidate,
                    result,
                    "AWS manages it, and nobody else can change it",
                    "write the text below as a policy of your own (`iamfa new` composes one), attach it, "
                    "and detach this one",
                )

    def _result(self, candidate: Candidate) -> RepairResult | None:
        result = self._repair_as(candidate, candidate.kind)
        if result is None or result.refused is None or candidate.spot.holder is None:
            return result
        # A repair is refused that makes the text too long for where it is; as a managed policy it may have room.
        roomy = self._repair_as(candidate, Kind.IDENTITY)
        too_long_here = roomy is not None and too_long(self.account, candidate.spot, roomy.text) is not None
        return roomy if too_long_here else result

    def _repair_as(self, candidate: Candidate, kind: Kind) -> RepairResult | None:
        key = candidate.text, kind
        if key not in self._repaired:
            try:
                self._repaired[key] = repair(
                    parsed(candidate.text),
                    options=self._judging(kind),
                    rules=self.options.rules,
                    hardened=self.options.hardened,
                )
            except (JudgementError, UnknownOperatorError) as error:
                self._leave_out(candidate, None, f"it cannot be judged: {error.message}", error.hint)
                return None
            except IamfaError as error:
                self._leave_out(candidate, None, f"it is no valid policy: {error.message}", error.hint)
                return None
        return self._repaired[key]

    def _judging(self, kind: Kind) -> CheckOptions:
        return CheckOptions(
            as_kind=kind,
            partition=self.account.partition,
            assumptions=self.assumptions,
            catalogue_age_days=self.options.catalogue_age_days,
        )

    def _note_what_stays(self, candidate: Candidate, result: RepairResult) -> None:
        """Errors that no repair mends are not passed over in silence."""
        only = self.options.rules
        left = [f for f in result.remaining if (f.severity is Severity.ERROR if only is None else f.rule in only)]
        if left:
            reason = result.refused or f"no repair is known for {left[0].rule}: {left[0].message}"
            self._leave_out(candidate, result, reason, f"`iamfa rules {left[0].rule}` tells what to do", left)

    # One step --------------------------------------------------------------------------------------------------------

    def _step(self, candidate: Candidate, result: RepairResult) -> tuple[str, str | None] | None:
        """Add the step; the reason and what to do where it must not be made."""
        spot = candidate.spot
        if spot.kind == "managed" and self.tags_of is not None:
            try:
                tags = self.tags_of(spot.arn)
            except AwsError as error:
                return f"its tags cannot be read: {error.message}", error.hint
            self.account, candidate = tagged(self.account, spot.arn, tags), replace(candidate, tags=tags)
        deletes, reason = self._room(candidate, result)
        if reason is not None:
            return reason
        long = too_long(self.account, spot, result.text)
        moving: tuple[str, ...] = ()
        if long is not None:
            spot, hindrance = to_managed(self.account, spot, result.text)
            if hindrance is not None:
                return f"{long}; {hindrance}", "make it shorter, or make room for it, and plan anew"
            moving = (f"{long}: it becomes a managed policy of its own",)
        moments = while_undone(self.account, spot, result.text, deletes)
        after = moments[0]
        new = parsed(result.text)
        effects, harm = self._effects.of(self.account, after, candidate.users, result.policy, new)
        if harm is not None:
            flows = "name the flows that may go: --lose FLOW" if harm.lost else None
            return str(harm), flows or "look at `iamfa audit`, and repair it by hand"
        restoring = (*spot.undoing, *(("iam:CreatePolicyVersion",) if deletes is not None else ()))
        checkers = [self._checker.after(each) for each in moments]
        # Halfway the operator goes on as well as back.
        refusal = first_refusal(checkers, self.operator, spot, (*spot.reading, *restoring, *spot.finishing))
        if refusal is not None:
            return (
                f"the operator ({self.operator}) could not undo it any more: {refusal}",
                "work with credentials that the change leaves their permissions, e.g. a session with MFA",
            )
        second = self._other(checkers, spot, restoring)
        if second is None:
            return (
                "nobody besides the operator could undo it",
                "name somebody who can: --second USER|ROLE, or give a second person the permissions first",
            )
        self.steps.append(
            Step(
                number=len(self.steps) + 1,
                spot=spot,
                mends=tuple(Mended(f.rule, f.message) for f in result.applied),
                before=candidate.text,
                after=result.text,
                users=candidate.users,
                proof=_proof_words(result),
                can_undo=(self.operator, second),
                roles=candidate.roles,
                boundary_of=candidate.boundary_of,
                effects=effects,
                notes=(*moving, *_notes(candidate, result)),
                default_version=candidate.managed.default if candidate.managed is not None else None,
                deletes=deletes,
            )
        )
        self.account = after
        return None

    def _room(
        self, candidate: Candidate, result: RepairResult
    ) -> tuple[PolicyVersion | None, tuple[str, str | None] | None]:
        """Whether the text can and may be written there, apart from what it does; the version that has to go."""
        spot = candidate.spot
        keeper = kept_elsewhere(candidate)
        if keeper is not None and not self.options.even_managed:
            tool, sign = keeper
            what = "configuration" if tool == "Terraform" else "template"
            return None, (
                f"{tool} seems to keep it ({sign}), and would write its own text again",
                f"make the change in the {what} of {tool}; or change it here all the same: --even-managed",
            )
        if candidate.in_both_ways and self._worse_as_boundary(result):
            return None, (
                "it is attached to some and the boundary of others, and the change is not good as a boundary",
                "give the two uses policies of their own",
            )
        if candidate.roles and result.newly_refuses:
            return None, (
                f"it also reaches roles ({', '.join(candidate.roles)}), whose sessions carry no MFA: what they would "
                "lose is not known",
                "give users and roles policies of their own",
            )
        policy = candidate.managed
        if policy is None:
            return None, None
        long = too_long(self.account, spot, result.text)
        if long is not None:
            return None, (long, "split it in two")
        if len(policy.versions) < MOST_VERSIONS:
            return None, None
        oldest = min((v for v in policy.versions if v.id != policy.default), key=lambda v: int(v.id[1:]))
        if not self.options.allow_version_loss:
            return None, (
                f"it has {MOST_VERSIONS} versions, and no more are allowed",
                f"delete one, or let the oldest, {oldest.id}, go: --allow-version-loss (its text is kept in the plan)",
            )
        return oldest, None

    def _worse_as_boundary(self, result: RepairResult) -> bool:
        before, after = (
            Counter(f.rule for f in check(policy, options=self._judging(Kind.BOUNDARY)).findings if _is_error(f))
            for policy in (result.policy, parsed(result.text))
        )
        return any(after[rule] > before[rule] for rule in after)

    def _other(self, checkers: list[Checker], spot: Spot, actions: tuple[str, ...]) -> Actor | None:
        """Somebody besides the operator who can undo the step: whoever could before, as long as he can."""
        if self._second is not None and first_refusal(checkers, self._second, spot, actions) is None:
            return self._second
        if self.options.second is not None:
            return None
        for actor in others_who_may_undo(self.account, self.holdings, self.operator):
            if first_refusal(checkers, actor, spot, actions) is None:
                self._second = actor
                return actor
        return None

    def _leave_out(
        self,
        candidate: Candidate,
        result: RepairResult | None,
        reason: str,
        advice: str | None = None,
        findings: Iterable[Finding] = (),
    ) -> None:
        spot, changes = candidate.spot, result is not None and result.changes
        applied = tuple(findings) or (result.applied if result is not None else ())
        self.left_out.append(
            LeftOut(
                spot.policy,
                spot.held_by,
                spot.arn if spot.holder is None else None,
                reason,
                advice,
                tuple(dict.fromkeys(f.rule for f in applied)),
                candidate.users,
                candidate.text if changes else None,
                result.text if result is not None and changes else None,
            )
        )


def _is_error(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR


def _notes(candidate: Candidate, result: RepairResult) -> tuple[str, ...]:
    notes = [f"it introduces {f.rule} ({f.severity.value}): {f.message}" for f in result.introduced]
    if candidate.in_both_ways:
        notes.append("it is attached to some and the boundary of others; both uses were judged")
    if candidate.roles:
        notes.append(f"it also reaches the roles {', '.join(candidate.roles)}; nothing is refused to them anew")
    if not candidate.users and not candidate.roles:
        notes.append("nobody has it")
    if result.refused is not None:
        notes.append(result.refused)
    return tuple(notes)


def _proof_words(result: RepairResult) -> str:
    proof = result.proof
    assert proof is not None
    ways = (("permits", proof.permits), ("refuses", proof.refuses))
    told = [
        f"newly {way} nothing" + (f" but {', '.join(actions)}" if actions else "")
        for way, actions in ways
        if actions is not None
    ]
    open_ways = [way for way, actions in ways if actions is None]
    words = f"for every request as AWS makes it, whatever else is attached, it {' and '.join(told)}" if told else ""
    if open_ways:
        examples = f"what it newly {' and '.join(open_ways)} was not proved, and is told by examples"
        return f"{words}; {examples}" if told else examples
    return words
