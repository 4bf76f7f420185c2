"""Questions about codes: how far off they may be, where a used one is remembered, what wrong ones lead to.

Codes are tried with GetSessionToken, which takes no permission.
"""

from __future__ import annotations

from tests.contract.question import Found, Unsettled, require
from tests.contract.stage import Stage, attempt, refusal
from tests.contract.values import Device, Person

from iamfa.otp import step_of

_FARTHEST = 3
_LATE = (-240, -100, -20, -5, -2, 2)
_GUESSES = 20


def accepted(stage: Stage, person: Person, device: Device, step: int) -> bool:
    """Whether a session is given for the code of this step."""
    present = step_of(stage.venue.now())
    stage.evidence.note(f"the code of the step {step - present:+d} from the present one")
    parameters = {"SerialNumber": device.serial, "TokenCode": stage.code(device, step)}
    found = attempt(stage.client("sts", person).get_session_token, **parameters)
    if found is None:
        stage.spend(device, step)
        return True
    if found.code == "AccessDenied" and "invalid MFA one time pass code" in found.message:
        return False
    raise Unsettled(f"a code is refused in other words than a wrong one: {found.code}: {found.message}")


def window(stage: Stage) -> Found:
    """Each offset is tried with a user and a device of its own: nothing that was used before can matter."""
    holders = {}
    for offset in range(-_FARTHEST, _FARTHEST + 1):
        person = stage.user()
        holders[offset] = (person, stage.enable(person))
    newest = max(device.used for _, device in holders.values())
    present = stage.reach(newest + _FARTHEST + 1, room=20)
    found = [offset for offset, held in holders.items() if accepted(stage, *held, present + offset)]
    require(step_of(stage.venue.now()) == present, "all codes are tried within one step")
    require(0 in found, "the present code is accepted")
    widest = max(map(abs, found))
    return str(widest) if found == list(range(-widest, widest + 1)) else f"offsets {found}"


def replay(stage: Stage) -> Found:
    """A code of one device, then the code of the same step of another device of the same user."""
    person = stage.user()
    first, second = stage.enable(person), stage.enable(person)
    step = stage.reach(second.used + 2, room=20)
    require(accepted(stage, person, first, step), "the first device's code is accepted")
    require(not accepted(stage, person, first, step), "the same code is not accepted again")
    if accepted(stage, person, second, step):
        return "per-device"
    step = stage.reach(step + 1)
    require(accepted(stage, person, second, step), "the second device's next code is accepted")
    return "per-user"


def older_after_newer(stage: Stage) -> Found:
    """A code of the step before the one whose code was used; the window must be at least one step."""
    person = stage.user()
    device, control = stage.enable(person), stage.enable(person)
    step = stage.reach(control.used + 3, room=20)
    require(accepted(stage, person, control, step - 1), "a code one step old is accepted at all")
    step = stage.reach(step + 2, room=20)
    require(accepted(stage, person, device, step), "the present code is accepted")
    return "accepted" if accepted(stage, person, device, step - 1) else "refused"


def guessing(stage: Stage) -> Found:
    """Many wrong codes in a row, then the right one."""
    person = stage.user()
    device = stage.enable(person)
    step = stage.reach(device.used + 2, room=25)
    near = {stage.code(device, step + off) for off in range(-5, 6)}
    wrong = [code for code in (f"{number:06d}" for number in range(_GUESSES + len(near))) if code not in near]
    sts = stage.client("sts", person)
    for code in wrong[:_GUESSES]:
        refusal(sts.get_session_token, SerialNumber=device.serial, TokenCode=code)
    step = stage.reach(device.used + 2)
    right = {"SerialNumber": device.serial, "TokenCode": stage.code(device, step)}
    found = attempt(sts.get_session_token, **right)
    stage.spend(device, step)
    return "no" if found is None else "yes"


def late_enabling(stage: Stage) -> Found:
    """Pairs of codes that are early or late, the oldest first so that none is older than one used before."""
    person = stage.user()
    found = {}
    for offset in _LATE:
        device = stage.device()
        device.owner = person.name
        step = stage.step()
        parameters = {"UserName": person.name, "SerialNumber": device.serial, **stage.pair_of(device, step + offset)}
        stage.evidence.note(f"the second code is of the step {offset:+d} from the present one")
        refused = attempt(stage.iam.enable_mfa_device, **parameters)
        stage.spend(device, step + max(offset, 0))
        found[f"{offset:+d} steps"] = "enabled" if refused is None else refused.code
    return found
