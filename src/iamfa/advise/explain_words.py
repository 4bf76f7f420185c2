"""Why a part is judged as it is, in one sentence that goes on after the judgement."""

from __future__ import annotations

from collections.abc import Sequence

from iamfa.advise.actions import SESSION_TOKEN, UNHEARD_OF
from iamfa.advise.case import Case
from iamfa.advise.effects import Effects, FlowChange
from iamfa.advise.explained import MAIN_FLOWS, Explained
from iamfa.advise.parts import Part
from iamfa.advise.passing import Passing
from iamfa.advise.situation import asks_for_mfa
from iamfa.advise.wording import kinds_in_words, listed
from iamfa.evaluate.credential import CREDENTIALS, WITH_MFA, WITHOUT_MFA
from iamfa.lifecycle.asked import ASKED
from iamfa.lifecycle.result import Call, FlowName
from iamfa.platform import RULES


def reason_of(case: Case, explained: Explained) -> str:
    """The sentence; lower-case, without a full stop."""
    effects, part = explained.effects, explained.part
    match explained.judgement:
        case "required":
            return _required(case, part, effects)
        case "optional":
            if effects.flows_lost:
                return f"only {_flows(case, part, effects.flows_lost)}"
            return f"without it other files decide what becomes of an attack: {listed(_opened(effects))}"
        case "harmful":
            return _harmful(explained)
        case "not_decided":
            return _not_decided(case, explained)
        case _:
            return _not_needed(case, explained)


def _required(case: Case, part: Part, effects: Effects) -> str:
    main = [change for change in effects.flows_lost if change.before.flow in MAIN_FLOWS]
    said = []
    if main:
        said.append(_flows(case, part, (*main, *(c for c in effects.flows_lost if c not in main))))
    if effects.passes:
        said.append(_lost(case, part, effects.passes))
    elif effects.unprotected:
        said.append(f"nothing else lets {listed(effects.unprotected)} pass with MFA only")
    if effects.attacks_opened and part.widens and not effects.passes:
        said.append(f"without it an attack is easier: {listed(_opened(effects))}")
    if not said and effects.findings_new:
        finding = effects.findings_new[0]
        said.append(f"without it {finding.severity.value}[{finding.rule}]: {finding.message}")
    return "; ".join(said)


def _opened(effects: Effects) -> list[str]:
    return list(dict.fromkeys(change.before.attack for change in effects.attacks_opened))


def _flows(case: Case, part: Part, changes: Sequence[FlowChange]) -> str:
    """`enrol-first-device breaks without it, and so do resync-device, list-own-devices: …`."""
    # What hangs on more is told of where nothing ends otherwise.
    changes = [c for c in changes if c.before.result != c.after.result] or changes
    name = changes[0].before.flow
    first = min((c for c in changes if c.before.flow == name), key=lambda c: _denied(c) is part.of_allow)
    others = list(dict.fromkeys(c.before.flow for c in changes if c.before.flow != name))
    if first.after.result == first.before.result:
        verb, likewise = "hangs on more", ("does", "do")
    elif first.after.result == "depends":
        verb, likewise = "is uncertain", ("is", "are")
    else:
        verb, likewise = "breaks", ("does", "do")
    whose = " of users with a path" if first.with_path else ""
    also = f", and so {likewise[len(others) > 1]} {listed(others, 7)}" if others else ""
    return f"{name}{whose} {verb} without it{also}{_cause(case, part, first)}"


def _denied(change: FlowChange) -> bool:
    """Whether a Deny is what breaks the flow, and not the want of a grant."""
    call = change.after.refused
    return call is not None and call.message is not None and "explicit deny" in call.message


def _cause(case: Case, part: Part, change: FlowChange) -> str:
    call = change.after.refused
    told = change.after.result == "depends" or change.after.result == change.before.result
    if change.after.detail is not None and (call is None or told):
        wanting = change.after.detail.startswith("only if ")
        return f": {'it works ' if wanting else ''}{change.after.detail}"
    return "" if call is None else f": {_refusal(case, part, call)}"


def _refusal(case: Case, part: Part, call: Call) -> str:
    by = call.by
    what = "it" if part.value is not None and part.value.text.lower() == call.call.lower() else call.call
    if by is not None and by.platform is not None:
        return f"AWS itself refuses {what} ({by.platform})"
    if not call.granted or by is None or by.statement_index is None:
        return f"nothing else grants {what}"
    index = _index(case, part, by.policy, by.statement_index)
    own = index == part.statement.index and (by.policy == "identity[0]") is case.is_identity
    label = "the statement" if own else f"`{by.statement_sid}`" if by.statement_sid else f"statement {index + 1}"
    if call.message is not None and "explicit deny" in call.message:
        return f"{label} then denies {what} with {CREDENTIALS[call.credential].words}"
    if own:
        return f"no other entry lets {what} reach `{call.resource}`"
    return f"{label} does not let {what} reach `{call.resource}`"


def _index(case: Case, part: Part, policy: str | None, index: int) -> int:
    """Where a statement of the policy without the part stands in the policy with it."""
    own = (policy == "identity[0]") is case.is_identity
    gone = own and (part.element is None or part.stands_for_statement) and part.statement.index <= index
    return index + gone


def _lost(case: Case, part: Part, passes: Sequence[Passing]) -> str:
    """What is enforced no more."""
    actions = list(dict.fromkeys(p.action for p in passes))
    if UNHEARD_OF in actions:
        what = "everything that no list names" if part.statement.action.negated else "everything it names"
    else:
        what = listed(actions)
    kinds = list(dict.fromkeys(p.credential for p in passes))
    if tuple(kinds) == WITHOUT_MFA:
        how = "without MFA"
    elif tuple(kinds) == WITH_MFA and not all(p.stale for p in passes):
        how = "with MFA"
    elif all(p.stale for p in passes):
        how = "with a session whose code was given long ago"
    elif {*kinds} == {k for k, row in CREDENTIALS.items() if row.by_user}:
        how = "with or without MFA"
    else:
        how = f"with {kinds_in_words(kinds)}"
    verb = "passes" if len(actions) == 1 or UNHEARD_OF in actions else "pass"
    lost = "the enforcement is lost" if asks_for_mfa(part.statement) else "its protection is lost"
    return f"{lost} without it: {what} {verb} {how}"


def _harmful(explained: Explained) -> str:
    said = [f"{f.severity.value}[{f.rule}] goes without it: {f.message}" for f in explained.harm]
    closed = [change.before.attack for change in explained.effects.attacks_closed]
    if closed:
        said.append(_closed(closed))
    flows = list(dict.fromkeys(change.before.flow for change in explained.effects.flows_lost))
    said.append(f"the price: {listed(flows)}" if flows else "no flow is lost")
    if explained.effects.attacks_opened and explained.part.widens:
        said.append(f"an attack is easier without it: {listed(_opened(explained.effects))}")
    repairs = [f.repair.title for f in explained.harm if f.repair is not None and explained.part.element is None]
    if repairs:
        said.append(f"or repair it: {repairs[0]}")
    return "; ".join(said)


def _closed(attacks: Sequence[str]) -> str:
    return f"{listed(attacks)} {'does' if len(attacks) == 1 else 'do'} not succeed without it"


def _not_decided(case: Case, explained: Explained) -> str:
    effects, part = explained.effects, explained.part
    if not effects.bears and not part.widens:
        return "it is about others than the user who was walked"
    if not effects.bears:
        keys = list(dict.fromkeys(c.key.text for c in part.statement.conditions))
        where = f" (its conditions: {listed(keys)})" if keys else ""
        return f"it bears on nothing that was asked{where}"
    if part.widens and explained.changes_verdicts:
        return "nothing that was asked passes without it, and other requests do"
    if case.concerns_devices:
        flows = [flow for flow in blocked_flows(case, part) if flow in MAIN_FLOWS]
        return f"{listed(flows)} would call it and works for nobody as it is"
    return "no flow is walked for a file of this class, so only its owner knows whether the grant is wanted"


def _not_needed(case: Case, explained: Explained) -> str:
    part = explained.part
    said = []
    if explained.changes_verdicts is False:
        said.append("it changes no verdict at all")
    elif part.widens:
        said.append("nothing more passes without it")
    elif explained.twins:
        said.append("no flow changes without it")
    else:
        said.append(_unused(case, part))
    if explained.changes_verdicts is True:
        said.append("what it decides are requests that no flow makes")
    if explained.twins:
        said.append(f"it is needed as soon as {_others(explained)} is gone")
    closed = [change.before.attack for change in explained.effects.attacks_closed]
    if closed:
        said.append(_closed(closed))
    won = list(dict.fromkeys(change.before.flow for change in explained.effects.flows_won))
    if won:
        said.append(f"{listed(won)} is better off without it")
    return "; ".join(said)


def _unused(case: Case, part: Part) -> str:
    touched = [a for a in ASKED if part.touches(a)]
    if touched == [SESSION_TOKEN]:
        return f"no flow changes: {RULES['get-session-token-needs-no-permission'].about}"
    blocked = blocked_flows(case, part)
    if blocked:
        verb = "is" if len(blocked) == 1 else "are"
        return f"no flow changes: {listed(blocked)} would call it and {verb} refused all the same"
    return "no flow needs it" if case.concerns_devices and not touched else "no flow changes without it"


def blocked_flows(case: Case, part: Part) -> tuple[FlowName, ...]:
    """Flows that work for nobody and are refused a call that the part, not a resource alone, is about."""
    if part.element is not None and part.element is part.statement.resource:
        return ()
    found: list[FlowName] = []
    for flow in dict.fromkeys(f.flow for f in case.flows):
        rows = [f for f in case.flows if f.flow == flow]
        calls = {call.call for f in rows for call in f.trace if f.result != "works"}
        if all(f.result != "works" for f in rows) and any(part.touches(call) for call in calls):
            found.append(flow)
    return tuple(found)


def _others(explained: Explained) -> str:
    names = []
    for twin in explained.twins:
        name = f"`{twin.value}`" if twin.value is not None else _statement(twin)
        if name not in names:
            names.append(name)
    return listed(names)


def _statement(part: Part) -> str:
    return f"`{part.statement.sid}`" if part.statement.sid else part.statement.label
