"""A trust policy demands MFA of somebody who can never carry it: a role, an identity provider's caller, a service.

AWS's pages id_credentials_mfa_configure-api-require ("credentials … do not include MFA information") and
reference_policies_condition-keys (the key is "not present for federated identities").
"""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.advise.case import Case
from iamfa.advise.finding import Finding, Severity, Witness
from iamfa.advise.options import ALLOW_ALL
from iamfa.advise.rule import Rule
from iamfa.advise.sessions import USER_NAME, Bearer, bearers_in
from iamfa.advise.situation import MFA_KEYS, asks_for_mfa, takes_in
from iamfa.advise.wording import listed
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.principal import Principal, PrincipalKind
from iamfa.evaluate.request import Request
from iamfa.evaluate.verdict import Verdict
from iamfa.platform import ASSUMPTIONS
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Kind, Statement

_CHAINED = "role-session-mfa"
_ASSUMES = {
    PrincipalKind.PROVIDER: ("sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"),
}
_ASSUME_ROLE = ("sts:AssumeRole",)


def _find(case: Case) -> Iterator[Finding]:
    if case.kind is not Kind.TRUST or not case.mfa_statements:
        return
    trust = _Trust(case)
    by_place: dict[int, list[tuple[Bearer, str, Statement]]] = {}
    for bearer in trust.bearers():
        found = trust.unreachable(bearer)
        if found is not None:
            by_place.setdefault(found[1].index, []).append((bearer, *found))
    for entries in by_place.values():
        yield _finding(case, trust, entries)


def _finding(case: Case, trust: _Trust, entries: list[tuple[Bearer, str, Statement]]) -> Finding:
    bearer, action, statement = entries[0]
    roles = any(b.is_role for b, _, _ in entries)
    hangs = roles and _CHAINED in {a.id for a in case.options.assumptions.open()}
    condition = next(c for c in statement.conditions if c.key.text.lower() in MFA_KEYS)
    present = bearer.present[0]
    return RULE.found(
        Severity.WARNING,
        f"the trust policy demands MFA of {listed([b.words for b, _, _ in entries])}, which can never carry it and so "
        "cannot assume the role",
        params={"principals": [b.principal.text for b, _, _ in entries], "action": action},
        statement=statement,
        span=condition.span,
        reason="only a user shows a device",
        witness=Witness(trust.request(bearer, action, present), bearer.credential(present)),
        assumption=_CHAINED if hangs else None,
        notes=(f"it hangs on {_CHAINED}: {ASSUMPTIONS[_CHAINED].about}",) if hangs else (),
    )


class _Trust:
    def __init__(self, case: Case) -> None:
        self._case = case
        self._deciders: dict[str | None, Decider] = {}
        document = case.policy.document
        self._open = {c.key.text.lower() for s in document.statements for c in s.conditions} - MFA_KEYS - {USER_NAME}

    def bearers(self) -> tuple[Bearer, ...]:
        """Whom the file trusts that is no user: named as principals, or, where only roles pass, by conditions."""
        entries: list[tuple[str, str]] = []
        for statement in self._case.policy.statements:
            if statement.effect == "Allow" and statement.principal is not None:
                for entry in statement.principal.values:
                    entries.append((entry.type, entry.value.text))
                    if entry.type in ("AWS", "*"):
                        entries += self._by_condition(statement, entry.value.text)
        return bearers_in(entries)

    def _by_condition(self, statement: Statement, text: str) -> Iterator[tuple[str, str]]:
        """Roles of an account that is trusted as a whole, if conditions leave no user of it."""
        subject = self._case.subject
        account = text if text.isdigit() else text.split(":")[4] if text.endswith(":root") else subject.account
        if text != "*" and not text.isdigit() and not text.endswith(":root"):
            return
        arns = {"role": [f"arn:{subject.partition}:iam::{account}:role/own-role"], "user": []}
        arns["user"].append(f"arn:{subject.partition}:iam::{account}:user/own-user")
        for condition in statement.conditions:
            if condition.key.text.lower() == "aws:principalarn":
                for value in condition.values:
                    for kind, found in arns.items():
                        _, slash, name = value.text.partition(f":{kind}/")
                        if slash:
                            plain = name.replace("*", "x").replace("?", "x")
                            found.append(f"arn:{subject.partition}:iam::{account}:{kind}/{plain}")
        if any(self._may(Principal.parse(user), "sts:AssumeRole", "true") for user in arns["user"]):
            return
        yield from (("AWS", role) for role in arns["role"])

    def unreachable(self, bearer: Bearer) -> tuple[str, Statement] | None:
        """The action that would pass with MFA and surely does not with what he carries, and the statement."""
        values = set(bearer.present)
        if bearer.is_role and self._case.options.assumptions[_CHAINED] != "false":
            return None
        for action in _ASSUMES.get(bearer.principal.kind, _ASSUME_ROLE):
            if not any(takes_in(s, action) for s in self._case.mfa_statements):
                continue
            verdicts = [self._verdict(bearer, action, present) for present in values]
            if any(v.decision in ("allowed", "unknown") for v in verdicts):
                continue
            with_mfa = self._verdict(bearer, action, "true")
            if with_mfa.decision not in ("allowed", "unknown"):
                continue
            denies = [r.statement for v in verdicts for r in v.reasons if r.matched and r.effect == "Deny"]
            allows = [r.statement for r in with_mfa.reasons if r.matched is not False and r.effect == "Allow"]
            statement = next((s for s in (*denies, *allows) if asks_for_mfa(s)), None)
            if statement is not None:
                return action, self._case.policy.statements[statement.index]
        return None

    def _verdict(self, bearer: Bearer, action: str, present: str | None) -> Verdict:
        return self._decider(bearer.principal).decide(self.request(bearer, action, present))

    def _decider(self, principal: Principal) -> Decider:
        account = principal.account
        if account not in self._deciders:
            bundle = Bundle((ALLOW_ALL,), resource=self._case.policy.document, resource_account=account)
            self._deciders[account] = Decider(bundle, assumptions=self._case.options.assumptions)
        return self._deciders[account]

    def request(self, bearer: Bearer, action: str, present: str | None) -> Request:
        """His request to assume the role; what the conditions name besides may have any value."""
        return bearer.request(action, self._role(bearer.principal), present, {}, unspecified=self._open)

    def _role(self, principal: Principal) -> str:
        subject = self._case.subject
        return f"arn:{subject.partition}:iam::{principal.account or subject.account}:role/trusting"

    def _may(self, user: Principal, action: str, present: str) -> bool:
        keys = {"aws:PrincipalArn": str(user.text)}
        usual = Request.by_user(str(user.text), action, self._role(user), credential="token-mfa", context=keys)
        open_keys = frozenset(self._open - {key.lower() for key in usual.context})
        request = Request(action, usual.resource, principal=user, context=usual.context, unspecified=open_keys)
        return self._decider(user).decide(request).decision in ("allowed", "unknown")


RULE = Rule(
    "trust-mfa-unreachable",
    "warning",
    "a trust policy demands MFA of a role, a SAML or OIDC caller, which can never carry it",
    _find,
)
