"""One file under judgement: its class, its subject, what it exempts, its flows; each found once, when asked for.

The class and E (what the file exempts) are decided over the actions that the file names, those of the catalogue that
its wildcards take in, and one action that no catalogue holds, for all kinds of credential.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from iamfa.advise import actions as act
from iamfa.advise.finding import FileClass
from iamfa.advise.options import ALLOW_ALL, CheckOptions, bundle_of, trusted
from iamfa.advise.people import bears_on, subjects_for
from iamfa.advise.situation import MFA_KEYS, asks_for_mfa, mfa_conditions_hold, ordinary_context, request_keys, takes_in
from iamfa.advise.targets import Exempt, Target, actions_in, named_by, targets_of
from iamfa.evaluate.credential import CREDENTIALS, WITH_MFA, WITHOUT_MFA, carried
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.request import Request
from iamfa.evaluate.verdict import Verdict
from iamfa.lifecycle.attacks import walk_attacks
from iamfa.lifecycle.flows import walk_flows
from iamfa.lifecycle.result import AttackResult, FlowResult
from iamfa.lifecycle.subject import Subject
from iamfa.lifecycle.world import FRESH_AGE, World
from iamfa.policy.bundle import Bundle
from iamfa.policy.document import Document, Kind, Statement, Value
from iamfa.policy.policy import Policy

__all__ = ["Case", "CheckOptions", "Exempt", "mfa_conditions_hold"]

_IDENTITY_KINDS = frozenset({Kind.IDENTITY, Kind.USER, Kind.GROUP, Kind.ROLE})
_ANOTHER_ACCOUNT = "210987654321"


@dataclass
class Case:
    """A policy, what it is judged with, and what was found so far."""

    policy: Policy
    options: CheckOptions = field(default_factory=CheckOptions)
    of_the_request: bool = False
    """Whether keys that belong to single requests are given values as well; see `sets`."""

    @cached_property
    def kind(self) -> Kind:
        """What the file is judged as."""
        return self.options.as_kind or self.policy.kind

    @cached_property
    def others(self) -> tuple[Document, ...]:
        """The documents that reach the same user besides the file's own."""
        return tuple(p.document for p in self.options.with_policies)

    @cached_property
    def alone(self) -> Bundle:
        """The policies that were read, and no more."""
        return self._bundle(self.others)

    @cached_property
    def everything(self) -> Bundle:
        """The same with everything allowed elsewhere."""
        return self._bundle((*self.others, ALLOW_ALL))

    @cached_property
    def file_only(self) -> Bundle:
        """The file without what was named besides; where it can only limit, all that it lets through."""
        return self._bundle((ALLOW_ALL,) if self.limits_only else ())

    @cached_property
    def abroad(self) -> Bundle:
        """The file as the policy of a resource in another account, where it must grant, too."""
        return bundle_of(self.kind, self.policy.document, (*self.others, ALLOW_ALL), _ANOTHER_ACCOUNT)

    def _bundle(self, others: tuple[Document, ...]) -> Bundle:
        return bundle_of(self.kind, self.policy.document, others, self.subject.account)

    @property
    def _is_about_users(self) -> bool:
        """Whether the file bears on all that a user does; a resource's own policy bears on that resource."""
        return self.kind not in (Kind.RESOURCE, Kind.TRUST)

    @property
    def limits_only(self) -> bool:
        """Whether the file can only take away, so that grants are assumed elsewhere."""
        return self.kind in (Kind.BOUNDARY, Kind.SCP, Kind.RCP, Kind.SESSION)

    @property
    def is_identity(self) -> bool:
        """Whether the file is attached to users, groups or roles."""
        return self.kind in _IDENTITY_KINDS

    @cached_property
    def subject(self) -> Subject:
        """The user who is judged: no path, a name and account that the file's literal ARNs fit where they name some."""
        documents = (self.policy.document, *self.others)
        found = list(subjects_for(documents, self.options.partition))
        return next((s for s in found if self._bears_on(s)), found[0]) if len(found) > 1 else found[0]

    def _bears_on(self, subject: Subject) -> bool:
        denies = tuple(s for s in self.mfa_statements if s.effect == "Deny")
        document = Document(denies or self.mfa_statements, self.policy.document.version)
        return bears_on(document, self.kind, subject, self.context)

    @cached_property
    def subject_with_path(self) -> Subject:
        """The same user with a path: his own, where the file is meant for users with one."""
        path = self.subject.path if self.subject.path != "/" else "/division/"
        return Subject.of(self.subject.name, account=self.subject.account, partition=self.subject.partition, path=path)

    @cached_property
    def context(self) -> Mapping[str, str]:
        """The ordinary situation: values of the keys that neither user nor credential decides."""
        return ordinary_context((self.policy.document, *self.others), of_the_request=self.of_the_request)

    @cached_property
    def sets(self) -> Case:
        """The same case for requests that carry what statements which ask for MFA name, such as a resource's tag."""
        wider = Case(self.policy, self.options, of_the_request=True)
        return self if wider.context == self.context else wider

    # Asking ----------------------------------------------------------------------------------------------------------

    @cached_property
    def _deciders(self) -> dict[int, Decider]:
        return {}

    @cached_property
    def _answers(self) -> dict[tuple[int, str, str, str, str], Verdict]:
        return {}

    def verdict(
        self, bundle: Bundle, action: str, resource: str, credential: str, *, user: str | None = None
    ) -> Verdict:
        """What *bundle* says to the subject (or the user with the ARN *user*) with this kind of credential."""
        who = user or self.subject.user_arn
        key = (id(bundle), action, resource, credential, who)
        found = self._answers.get(key)
        if found is None:
            decider = self._deciders.get(id(bundle))
            if decider is None:
                decider = self._deciders[id(bundle)] = Decider(bundle, assumptions=self.options.assumptions)
            found = self._answers[key] = decider.decide(self.request(action, resource, credential, who))
        return found

    def request(self, action: str, resource: str, credential: str, user: str | None = None) -> Request:
        """The request of the subject in the ordinary situation."""
        who = user or self.subject.user_arn
        known = self._requesters.get((who, credential))
        if known is not None:
            return known.asking(action, resource)
        context = carried(self.context, credential)
        if CREDENTIALS[credential].mfa_age:
            context["aws:multifactorauthage"] = FRESH_AGE
        made = Request.by_user(who, action, resource, credential=credential, context=context)
        if not made.unspecified:
            self._requesters[who, credential] = made
        return made

    @cached_property
    def _requesters(self) -> dict[tuple[str, str], Request]:
        return {}

    def allowed(self, action: str, resource: str, credential: str, *, user: str | None = None) -> bool:
        """Whether the policies that were read allow it; an unknown verdict counts as allowed where no MFA is shown."""
        decision = self.verdict(self.alone, action, resource, credential, user=user).decision
        return decision == "allowed" or (decision == "unknown" and credential in WITHOUT_MFA)

    def stopped(self, action: str, resource: str, credential: str, *, user: str | None = None) -> bool:
        """Whether it is denied whatever else is attached; a role's trust or a key's policy may allow it elsewhere."""
        verdict = self.verdict(self.everything, action, resource, credential, user=user)
        if verdict.decision == "implicit_deny":
            return verdict.missing != "resource"
        return verdict.decision == "explicit_deny"

    # What the file names ---------------------------------------------------------------------------------------------

    @cached_property
    def actions(self) -> tuple[str, ...]:
        """Every action that the policies tell apart: named ones, those that wildcards take in, and an unheard one."""
        found: dict[str, str] = {}
        for text in dict.fromkeys(value.text for value in self._action_values()):
            for action in actions_in(text):
                found.setdefault(action.lower(), action)
        for action in (*act.DEVICE_CHANGES, act.LIST_DEVICES, act.GET_DEVICE, act.CHANGE_PASSWORD):
            found.setdefault(action.lower(), action)
        if any(s.effect == "Deny" and s.resource is not None and s.resource.negated for s in self.mfa_statements):
            for action in (*act.TAKES_OVER, *sorted(act.OWN_CREDENTIALS)):
                found.setdefault(action.lower(), action)
        found.setdefault(act.UNHEARD_OF.lower(), act.UNHEARD_OF)
        return tuple(found.values())

    def _action_values(self) -> Iterator[Value]:
        for document in (self.policy.document, *self.others):
            for statement in document.statements:
                yield from statement.action.values

    def targets(self, action: str) -> tuple[Target, ...]:
        """The resources on which *action* is tried: own, others', named by the file, and one that nothing names."""
        found = self._targets.get(action)
        if found is None:
            found = self._targets[action] = targets_of(
                action, self.subject, (self.policy.document, *self.others), unheard=action == act.UNHEARD_OF
            )
        return found

    @cached_property
    def named_resources(self) -> tuple[Target, ...]:
        """An example of each resource that a statement names."""
        documents = (self.policy.document, *self.others)
        found = (t for d in documents for t in named_by(d.statements, self.subject, variables=d.variables))
        return tuple(dict.fromkeys(found))

    @cached_property
    def _targets(self) -> dict[str, tuple[Target, ...]]:
        return {}

    # The class -------------------------------------------------------------------------------------------------------

    @cached_property
    def forced_kinds(self) -> tuple[str, ...]:
        """Kinds of credential without MFA for which everything outside a list is denied by an explicit Deny."""
        return tuple(c for c in WITHOUT_MFA if self._unheard_denied(c))

    def _unheard_denied(self, credential: str) -> bool:
        return all(
            self.verdict(self.everything, act.UNHEARD_OF, t.arn, credential).decision == "explicit_deny"
            for t in self.targets(act.UNHEARD_OF)
        )

    @cached_property
    def mfa_statements(self) -> tuple[Statement, ...]:
        """The file's statements with a condition on one of the two MFA keys."""
        return tuple(s for s in self.policy.document.statements if asks_for_mfa(s))

    @cached_property
    def granted_by_mfa_kinds(self) -> tuple[str, ...]:
        """Kinds with MFA for which the file grants an action that no catalogue holds."""
        return tuple(c for c in WITH_MFA if self._unheard_granted(c))

    @cached_property
    def _granted_without_mfa(self) -> tuple[str, ...]:
        return tuple(c for c in WITHOUT_MFA if self._unheard_granted(c))

    def _unheard_granted(self, credential: str) -> bool:
        return any(
            self.verdict(self.file_only, act.UNHEARD_OF, t.arn, credential).decision == "allowed"
            for t in self.targets(act.UNHEARD_OF)
        )

    @property
    def _has_failing_deny(self) -> bool:
        """Whether a Deny of everything but a list asks for what nobody fulfils as written.

        One that a fresh MFA session fulfils is turned round instead, and another rule speaks.
        """
        return any(
            s.effect == "Deny" and not self._fulfilling(s) and set(self._keys(act.UNHEARD_OF)) <= set(self._taken_in(s))
            for s in self.mfa_statements
        )

    def _keys(self, action: str) -> Iterator[tuple[str, str]]:
        yield from ((action, target.arn) for target in self.targets(action))

    def _taken_in(self, statement: Statement) -> tuple[tuple[str, str], ...]:
        """What the statement would bear on if it had no MFA condition, as action and resource."""
        rest = tuple(c for c in statement.conditions if c.key.text.lower() not in MFA_KEYS)
        bare = replace(statement, effect="Deny", principal=None, conditions=rest)
        decider = Decider(Bundle([Document((bare,), self.policy.document.version)]))
        asked = (key for action in self.actions if takes_in(statement, action) for key in self._keys(action))
        return tuple(k for k in asked if decider.decide(self.request(*k, "long-term-key")).decision == "explicit_deny")

    def _fulfilling(self, statement: Statement) -> tuple[str, ...]:
        """The kinds of credential of which the statement's MFA conditions hold."""
        asked = ((c, self.request(act.UNHEARD_OF, "*", c)) for c in (*WITHOUT_MFA, *WITH_MFA))
        return tuple(c for c, request in asked if mfa_conditions_hold(statement, request))

    @cached_property
    def toothless(self) -> tuple[Statement, ...]:
        """Statements that ask for MFA and never get it, where no other demands it: Denies whose conditions hold for
        nobody as written, Allows whose conditions hold for everybody."""
        return tuple(s for s in self.mfa_statements if self._never_bites(s))

    def _never_bites(self, statement: Statement) -> bool:
        denies = statement.effect == "Deny"
        if len(self._fulfilling(statement)) != (0 if denies else len((*WITHOUT_MFA, *WITH_MFA))):
            return False
        asked = [(*key, c) for key in self._taken_in(statement) for c in WITHOUT_MFA]
        return not all(self._needs_mfa(*each) if denies else not self.allowed(*each) for each in asked)

    @cached_property
    def file_class(self) -> FileClass:
        """The first class that fits, in the order in which the five are listed."""
        if self.is_deny_class:
            return "forces-by-deny"
        if self._is_about_users and self.granted_by_mfa_kinds and len(self._granted_without_mfa) < len(WITHOUT_MFA):
            return "forces-by-grant"
        if self.sets.protected or self.sets.toothless:
            return "protects-a-set"
        if self.grants_devices:
            return "self-service"
        return "other"

    @property
    def is_deny_class(self) -> bool:
        """Whether a Deny with an MFA condition takes in everything but a list."""
        if not self.mfa_statements or not self._is_about_users:
            return False
        return bool(self._forced_by_mfa) or self._has_failing_deny

    @cached_property
    def _forced_by_mfa(self) -> tuple[str, ...]:
        """The forced kinds, if it is a matter of MFA: some session with MFA passes, or the Deny names an MFA key."""
        own = Decider(self._bundle((ALLOW_ALL,)))
        forced = []
        for credential in WITHOUT_MFA:
            verdicts = [
                own.decide(self.request(act.UNHEARD_OF, t.arn, credential)) for t in self.targets(act.UNHEARD_OF)
            ]
            if all(v.decision == "explicit_deny" for v in verdicts) and any(
                r.matched and r.effect == "Deny" and any(c.key.text.lower() in MFA_KEYS for c in r.statement.conditions)
                for r in verdicts[0].reasons
            ):
                forced.append(credential)
        return tuple(forced)

    @property
    def forces(self) -> bool:
        """Whether the file forces, by Deny or by grant."""
        return self.file_class in ("forces-by-deny", "forces-by-grant")

    @cached_property
    def unforced_kinds(self) -> tuple[str, ...]:
        """Kinds of credential without MFA that pass a file that means to force."""
        if self.file_class == "forces-by-deny":
            return tuple(c for c in WITHOUT_MFA if c not in self.forced_kinds)
        unheard = [t.arn for t in self.targets(act.UNHEARD_OF)]
        return tuple(
            c
            for c in WITHOUT_MFA
            if c in self._granted_without_mfa or any(self.allowed(act.UNHEARD_OF, arn, c) for arn in unheard)
        )

    @cached_property
    def held_kinds(self) -> tuple[str, ...]:
        """Kinds of credential without MFA for which the file does force."""
        return tuple(c for c in WITHOUT_MFA if c not in self.unforced_kinds)

    @cached_property
    def protected(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """What needs MFA: (action, resource) -> the kinds without MFA that are stopped there; device actions not."""
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        if not self.mfa_statements:
            return found
        skip = {a.lower() for a in act.ENROLMENT_NEEDS}
        for action in self.actions:
            if action.lower() in skip or not self.asks_about(action):
                continue
            for target in (*self.targets(action), *(self.named_resources if action == act.UNHEARD_OF else ())):
                stopped = tuple(c for c in WITHOUT_MFA if self._needs_mfa(action, target.arn, c))
                if stopped:
                    found[action, target.arn] = stopped
        return found

    def _needs_mfa(self, action: str, resource: str, credential: str) -> bool:
        """Whether the file stops this without MFA and lets it pass with MFA."""
        abroad = (self.abroad,) if self.kind is Kind.RESOURCE else ()
        for bundle in (self.everything, self.alone, *abroad):
            with_mfa = [self.verdict(bundle, action, resource, c).decision for c in WITH_MFA]
            if "allowed" in with_mfa and self.verdict(bundle, action, resource, credential).decision != "allowed":
                return True
        return False

    @cached_property
    def grants_devices(self) -> bool:
        """Whether the file grants a device action that it names without a wildcard."""
        allows = (s for s in self.policy.statements if s.effect == "Allow" and not s.action.negated)
        changes = {a.lower() for a in act.DEVICE_CHANGES}
        return any(v.text.lower() in changes for s in allows for v in s.action.values)

    # E ---------------------------------------------------------------------------------------------------------------

    @cached_property
    def exempt(self) -> Mapping[str, Exempt]:
        """E: what passes without MFA in the worst case, by action, for the kinds for which the file forces."""
        if not self.forces:
            return {}
        found = {}
        for action in self.actions:
            tried = self.targets(action) + (self.named_resources if action == act.UNHEARD_OF else ())
            targets = tuple(t for t in tried if self._passes(action, t.arn))
            if targets:
                granted = tuple(t for t in targets if any(self.allowed(action, t.arn, c) for c in self.held_kinds))
                found[action] = Exempt(action, targets, targets if self._is_grant else granted)
        return found

    @property
    def _is_grant(self) -> bool:
        return self.file_class == "forces-by-grant" and not self.limits_only

    def _passes(self, action: str, resource: str) -> bool:
        if self._is_grant:
            return any(self._granted_at_worst(action, resource, c) for c in self.held_kinds)
        return any(not self.stopped(action, resource, c) for c in self.held_kinds)

    def _granted_at_worst(self, action: str, resource: str, credential: str) -> bool:
        """Whether it is granted to a request that meets a grant's conditions, where the role's trust leaves it so."""
        usual = self.request(action, resource, credential)
        keys = request_keys((self.policy.document, *self.others)) | usual.unspecified
        worst = Request(action, resource, principal=usual.principal, context=usual.context, unspecified=keys)
        return self._generous.decide(worst).decision in ("allowed", "unknown")

    @cached_property
    def _generous(self) -> Decider:
        return Decider(trusted(self.alone, self.subject.account), assumptions=self.options.assumptions)

    # The lifecycle ---------------------------------------------------------------------------------------------------

    @cached_property
    def world(self) -> World:
        """The subject under the policies that were read."""
        return World(self.alone, self.subject, self.options.assumptions, self.context)

    @cached_property
    def flows(self) -> tuple[FlowResult, ...]:
        """Which flows work for which credential and device."""
        return walk_flows(self.world) if self.concerns_devices else ()

    @cached_property
    def attacks(self) -> tuple[AttackResult, ...]:
        """Who could get in."""
        return walk_attacks(self.world) if self.concerns_devices else ()

    @property
    def concerns_devices(self) -> bool:
        """Whether flows and attacks say anything about this file."""
        return self.file_class in ("forces-by-deny", "forces-by-grant", "self-service") and (
            self.is_identity or self.limits_only
        )

    def asks_about(self, action: str) -> bool:
        """Whether a statement that asks for MFA takes the action in: otherwise its verdicts cannot depend on MFA."""
        return any(takes_in(s, action) for s in self.mfa_statements)

    def statements_taking_in(self, action: str, effect: str) -> tuple[Statement, ...]:
        """The file's statements of this effect whose Action or NotAction takes the action in."""
        return tuple(s for s in self.policy.document.statements if s.effect == effect and takes_in(s, action))
