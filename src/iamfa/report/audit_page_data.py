"""An audit as the data of its page: what users share stands there once, and each user is a short row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from iamfa.advise.finding import Severity
from iamfa.audit.values import (
    AuditFinding,
    AuditReport,
    Enforced,
    Enrolled,
    Lifted,
    Place,
    PolicyReach,
    UserAudit,
    Witnessed,
)
from iamfa.lifecycle.result import Call
from iamfa.report.audit_page_words import GROUPS, group_of
from iamfa.report.calls_text import credential_words, refused_by
from iamfa.report.paper import Paper, Translator
from iamfa.report.pieces_json import Json

_OF_EVERY_REQUEST = frozenset(
    {
        "aws:principalaccount", "aws:principalarn", "aws:principalisawsservice", "aws:principaltype",
        "aws:securetransport", "aws:userid", "aws:username", "aws:viaawsservice",
    }
)  # fmt: skip
"""Keys of the context that say nothing but who asks."""
_OF_A_LIST = frozenset({"answer", "devices", "leaked"})
"""Fields with values of closed lists, which a user may be called like."""
_NO_FINDING = 3
"""In place of the rank of the worst finding."""
_FIRST_MARK, _LAST_MARK = 0xE000, 0xF8FF


def text_key(policy: PolicyReach) -> str:
    """Under what the text of a policy is looked up: a managed policy's ARN, `user/alice/NAME` for an inline one."""
    return policy.arn or f"{policy.holder}/{policy.name}"


@dataclass
class Shared:
    """Values that stand in the data once, and are named by their number."""

    values: list[object] = field(default_factory=list)
    _known: dict[str, int] = field(default_factory=dict)

    def number(self, value: object, written: str | None = None) -> int:
        """The number of a value; *written* is its text, where that is at hand."""
        text = _written(value) if written is None else written
        if text not in self._known:
            self._known[text] = len(self.values)
            self.values.append(value)
        return self._known[text]


@dataclass
class PageData:
    """Builds the data; values from outside stand there as they are, and the script shows them as texts."""

    report: AuditReport
    policies: Mapping[str, str]
    say: Translator
    _places: dict[tuple[str, str | None], int] = field(default_factory=dict)
    _names: dict[str, int] = field(default_factory=dict)
    _answers: dict[Enforced | Enrolled | Lifted, tuple[Json, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, policy in enumerate(self.report.policies):
            self._places[(policy.arn, None) if policy.arn else (policy.name, policy.holder)] = number
        self._names = {user.name: number for number, user in enumerate(self.report.users)}

    def shape(self) -> Json:
        """All of it."""
        report = self.report
        told = [(self._told(u.enforced), self._told(u.enrolled), self._told(u.lifted)) for u in report.users]
        marks = _marks({written for three in told for _, written in three})
        answers = (Shared(), Shared(), Shared())
        sets, texts = Shared(), Shared()
        reached = self._policies_of_users()
        worst = self._worst()
        groups = {group.id: number for number, group in enumerate(GROUPS)}
        base = f"arn:{report.partition}:iam::{report.account}:user"
        users = []
        for number, (user, three) in enumerate(zip(report.users, told, strict=True)):
            name = _written(user.name)[1:-1]
            numbers = [
                shared.number(_marked(shape, user, marks)) if name in written else shared.number(shape, written)
                for shared, (shape, written) in zip(answers, three, strict=True)
            ]
            users.append(
                [
                    user.name,
                    _path(user, base),
                    *numbers,
                    sets.number(reached[number]),
                    _three(user.has_key) + 3 * _three(user.has_password),
                    groups[group_of(user)],
                    worst.get(number, _NO_FINDING),
                ]
            )
        return {
            "account": report.account,
            "partition": report.partition,
            "base": base,
            "marks": list(marks),
            "users": users,
            "answers": [shared.values for shared in answers],
            "policies": [self._policy(policy, texts) for policy in report.policies],
            "sets": sets.values,
            "texts": texts.values,
            "findings": [self._finding(finding) for finding in report.findings],
        }

    def _told(self, answer: Enforced | Enrolled | Lifted) -> tuple[Json, str]:
        """An answer and its text; most users share theirs with others."""
        if answer not in self._answers:
            if isinstance(answer, Enforced):
                shape = self._enforced(answer)
            elif isinstance(answer, Enrolled):
                shape = self._enrolled(answer)
            else:
                shape = _lifted(answer)
            self._answers[answer] = shape, _written(shape)
        return self._answers[answer]

    def _policies_of_users(self) -> list[list[int]]:
        found: list[list[int]] = [[] for _ in self.report.users]
        for number, policy in enumerate(self.report.policies):
            for name in policy.users:
                if name in self._names:
                    found[self._names[name]].append(number)
        return found

    def _worst(self) -> dict[int, int]:
        """The rank of the worst finding that names a user."""
        found: dict[int, int] = {}
        for finding in self.report.findings:
            for name in finding.reaches:
                number = self._names.get(name)
                if number is not None:
                    found[number] = min(found.get(number, Severity.NOTE.rank), finding.severity.rank)
        return found

    def _policy(self, policy: PolicyReach, texts: Shared) -> Json:
        text = self.policies.get(text_key(policy))
        return _without_nothing(
            {
                "name": policy.name,
                "holder": policy.holder,
                "arn": policy.arn,
                "attached": list(policy.attached_to),
                "class": policy.file_class,
                "reason": policy.reason,
                "text": None if text is None else texts.number(text, text),
            }
        )

    def _finding(self, finding: AuditFinding) -> Json:
        numbers = [self._names[name] for name in finding.reaches if name in self._names]
        return _without_nothing(
            {
                "id": finding.id,
                "severity": finding.severity.rank,
                "message": finding.message,
                "users": ranges(numbers),
                "things": [name for name in finding.reaches if name not in self._names],
                "place": self._place(finding.place),
                "witness": self._witness(finding.witness),
                "trace": self.trace(finding.trace),
                "hint": finding.hint,
                "not_read": list(finding.not_read),
            }
        )

    def _enforced(self, answer: Enforced) -> Json:
        declared = answer.declared
        return _without_nothing(
            {
                "answer": answer.answer,
                "kinds": [credential_words(Paper(say=self.say), kind) for kind in answer.kinds],
                "exempt": list(answer.exempt),
                "witness": self._witness(answer.witness),
                "spared": [
                    {"key": e.key, "operator": e.operator, "values": list(e.values), "place": self._place(e.place)}
                    for e in answer.spared_by
                ],
                "declared": declared
                and {
                    "reason": declared.reason,
                    "owner": declared.owner,
                    "expires": declared.expires.isoformat() if declared.expires else None,
                    "control": declared.compensating_control,
                },
                "by": [self._place(place) for place in answer.by],
                "reason": answer.reason,
                "not_read": list(answer.not_read),
            }
        )

    def _enrolled(self, answer: Enrolled) -> Json:
        refusal = answer.refusal
        return _without_nothing(
            {
                "answer": answer.answer,
                "devices": list(answer.devices),
                "refusal": refusal and {"call": self._call(refusal.call), "place": self._place(refusal.place)},
                "trace": self.trace(answer.trace),
                "leaked": answer.leaked,
                "reaches": list(answer.reaches),
                "reason": answer.reason,
                "not_read": list(answer.not_read),
            }
        )

    def _place(self, place: Place | None) -> list[object] | None:
        """Number of the policy or None, number of the statement, its Sid, the policy's name, its holder."""
        if place is None:
            return None
        key = (place.arn, None) if place.arn else (place.policy, place.holder)
        return [self._places.get(key), place.statement_index, place.statement_sid, place.policy, place.holder]

    def _witness(self, witness: Witnessed | None) -> Json | None:
        if witness is None:
            return None
        request = witness.request
        return {
            "action": request.action,
            "resource": request.resource,
            "credential": credential_words(Paper(say=self.say), witness.credential),
            "context": [
                [key, value if isinstance(value, str) else ", ".join(value)]
                for key, value in request.context.items()
                if key.lower() not in _OF_EVERY_REQUEST
            ],
        }

    def trace(self, trace: Iterable[Call]) -> list[list[object]]:
        """The calls of a trace."""
        return [self._call(call) for call in trace]

    def _call(self, call: Call) -> list[object]:
        """The action, its resource, the credential, whether it passes, who refuses it, AWS's words."""
        paper = Paper(say=self.say)
        told: list[object] = [call.call, call.resource, credential_words(paper, call.credential), call.outcome == "ok"]
        return told if call.outcome == "ok" else [*told, refused_by(paper, call), call.message]


def _lifted(answer: Lifted) -> Json:
    return _without_nothing(
        {
            "answer": answer.answer,
            "lifters": [[each.user, list(each.calls), each.certain] for each in answer.principals],
            "count": answer.count or None,
            "reason": answer.reason,
            "not_read": list(answer.not_read),
        }
    )


def ranges(numbers: Iterable[int]) -> str:
    """`0-4,7` for 0, 1, 2, 3, 4, 7."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def _path(user: UserAudit, base: str) -> str:
    """What stands between the base of users' ARNs and the name; the whole ARN where it is built otherwise."""
    arn = user.arn
    fits = arn.startswith(f"{base}/") and arn.endswith(f"/{user.name}")
    return arn[len(base) : -len(user.name)] if fits else arn


def _three(known: bool | None) -> int:
    """0 for no, 1 for yes, 2 for unknown."""
    return 2 if known is None else int(known)


def _without_nothing(shape: Json) -> Json:
    return {key: value for key, value in shape.items() if value is not None and value not in ("", [])}


def _written(value: object) -> str:
    """A value as JSON in which every character stands for itself, so that names are found in it."""
    return json.dumps(value, ensure_ascii=False)


def _marks(written: Iterable[str]) -> tuple[str, str]:
    """Two characters that stand in none of the texts: for a user's ARN, and for his name at the end of a path."""
    used = set().union(*written)
    free = (chr(code) for code in range(_FIRST_MARK, _LAST_MARK + 1) if chr(code) not in used)
    return next(free), next(free)


def _marked(value: object, user: UserAudit, marks: tuple[str, str]) -> object:
    """The value with the user's own ARN and name replaced, so that users who are alike share it."""
    if isinstance(value, str):
        text = value.replace(user.arn, marks[0])
        if text == user.name:
            return marks[1]
        ending = f"/{user.name}"
        return text[: -len(user.name)] + marks[1] if text.endswith(ending) else text
    if isinstance(value, Mapping):
        return {key: each if key in _OF_A_LIST else _marked(each, user, marks) for key, each in value.items()}
    if isinstance(value, list):
        return [_marked(each, user, marks) for each in value]
    return value
