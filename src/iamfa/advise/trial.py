"""A composed policy under question: its users, their flows and what can be done to them, and single requests."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from iamfa.advise import actions as act
from iamfa.advise.composing import PASSWORD_RULES, SIGN_IN_ACTIONS, Composed
from iamfa.advise.options import ALLOW_ALL, bundle_of
from iamfa.advise.wishes import OPEN, Wishes
from iamfa.evaluate.credential import WITH_MFA
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.request import Request
from iamfa.lifecycle.attacks import walk_attacks
from iamfa.lifecycle.flows import walk_flows
from iamfa.lifecycle.result import AttackName, AttackResult, FlowResult
from iamfa.lifecycle.subject import Subject
from iamfa.lifecycle.world import World
from iamfa.policy.bundle import Bundle

ACCOUNT = "123456789012"
PATH = "/division/"
_ELSEWHERE = ("203.0.113.77", "2001:db8:ffff::77")
_BEFORE = "2000-01-01T00:00:00Z"


@dataclass(frozen=True)
class Trial:
    """The composed policy under question."""

    composed: Composed
    wishes: Wishes

    @property
    def partitions(self) -> tuple[str, ...]:
        """Those in which the promises are tried."""
        return ("aws", "aws-cn", "aws-us-gov") if self.wishes.partition == "any" else (self.wishes.partition,)

    @cached_property
    def alone(self) -> Bundle:
        """The policy by itself; beside one that only limits, a grant of self-service."""
        return bundle_of(self.wishes.kind, self.composed.main.document, (), ACCOUNT)

    @cached_property
    def everything(self) -> Bundle:
        """The policy with everything allowed elsewhere."""
        return bundle_of(self.wishes.kind, self.composed.main.document, (ALLOW_ALL,), ACCOUNT)

    @cached_property
    def users(self) -> tuple[Subject, ...]:
        """A user of each partition, and one with a path, where such are meant."""
        paths = ("/", PATH) if self.wishes.paths else ("/",)
        return tuple(user_of(partition, path) for partition in self.partitions for path in paths)

    @property
    def may_enrol(self) -> Mapping[str, str]:
        """What a user shows who may enrol his first device."""
        return may_enrol(self.wishes)

    def strangers(self) -> Iterator[Mapping[str, str]]:
        """What one shows who may not, where the first enrolment is protected."""
        yield from may_not_enrol(self.wishes)

    def flows(self, context: Mapping[str, str]) -> tuple[FlowResult, ...]:
        """The flows of all users in this situation."""
        return tuple(r for u in self.users for r in walk_flows(World(self.alone, u, context=dict(context))))

    def attacks(self, context: Mapping[str, str], names: Collection[AttackName]) -> tuple[AttackResult, ...]:
        """These attacks on all users in this situation."""
        worlds = (World(self.alone, user, context=dict(context)) for user in self.users)
        return tuple(result for world in worlds for result in walk_attacks(world, only=names))

    @cached_property
    def usual_flows(self) -> tuple[FlowResult, ...]:
        """The flows of users who may enrol now."""
        return self.flows(self.may_enrol)

    def denied(
        self,
        actions: Iterable[str],
        credentials: Iterable[str],
        context: Mapping[str, str] | None = None,
        *,
        other: bool = False,
        bundle: Bundle | None = None,
    ) -> bool:
        """Whether all of this is denied explicitly, on the own user and device or on an *other* one's."""
        decider = Decider(bundle or self.everything)
        return all(
            decider.decide(request_of(user, action, credential, context or {}, other=other)).decision == "explicit_deny"
            for user in self.users
            for action in actions
            for credential in credentials
        )


def user_of(partition: str, path: str) -> Subject:
    """The user of whom promises are tried."""
    return Subject.of("own-user", account=ACCOUNT, partition=partition, path=path)


def request_of(user: Subject, action: str, credential: str, context: Mapping[str, str], *, other: bool) -> Request:
    """His request on himself or his device, or on an *other* user."""
    target = user.neighbour_arn if other else user.user_arn
    resource = user.device_arn("phone") if action in (act.CREATE, act.DELETE) else target
    if action in (act.LIST_VIRTUAL, PASSWORD_RULES):
        resource = "*"
    if action in SIGN_IN_ACTIONS:
        resource = f"arn:{user.partition}:signin:us-east-1:{user.account}:oauth2/public-client/localhost"
    if action == act.UNHEARD_OF:
        resource = f"arn:{user.partition}:unheard-of:us-east-1:{user.account}:thing/one"
    if credential in WITH_MFA and "aws:MultiFactorAuthAge" not in context:
        context = {**context, "aws:MultiFactorAuthAge": "5"}
    listed = {key: (value,) if key.lower() == "aws:tagkeys" else value for key, value in context.items()}
    return Request.by_user(user.user_arn, action, resource, credential=credential, context=listed)


def may_enrol(wishes: Wishes) -> Mapping[str, str]:
    """The tag, address and time of somebody who may enrol his first device."""
    if wishes.first_enrolment == "network":
        return {"aws:SourceIp": str(ip_network(wishes.networks[0]).network_address)}
    if wishes.first_enrolment != "tag":
        return {}
    tag = f"aws:PrincipalTag/{wishes.enrolment_tag}"
    if not wishes.enrolment_days:
        return {tag: OPEN}
    day = wishes.enrolment_days[0]
    return {tag: day.isoformat(), "aws:CurrentTime": f"{day.isoformat()}T23:59:59Z"}


def may_not_enrol(wishes: Wishes) -> Iterator[Mapping[str, str]]:
    """The tags, addresses and times of those who may not; none where nothing narrows the first enrolment."""
    if wishes.first_enrolment == "network":
        yield from ({"aws:SourceIp": str(address)} for address in _outside(wishes.networks))
        return
    if wishes.first_enrolment != "tag":
        return
    tag = f"aws:PrincipalTag/{wishes.enrolment_tag}"
    yield {"aws:CurrentTime": _BEFORE}
    yield {tag: "another", "aws:CurrentTime": _BEFORE}
    for day in wishes.enrolment_days:
        yield {tag: day.isoformat(), "aws:CurrentTime": f"{(day + timedelta(days=1)).isoformat()}T00:00:00Z"}
    last = max(wishes.enrolment_days, default=None)
    if last is not None:
        yield {tag: (last + timedelta(days=1)).isoformat(), "aws:CurrentTime": _BEFORE}


def _outside(networks: Iterable[str]) -> Iterator[IPv4Address | IPv6Address]:
    """Addresses in none of the networks: far ones, and those next to an end of one."""
    ranges = [ip_network(text) for text in networks]
    tried = [*(ip_address(text) for text in _ELSEWHERE)]
    for each in ranges:
        ends = (int(each.network_address) - 1, int(each.broadcast_address) + 1)
        kind = IPv4Address if each.version == 4 else IPv6Address
        tried += (kind(number) for number in ends if 0 <= number < 2**each.max_prefixlen)
    yield from (a for a in dict.fromkeys(tried) if not any(a in each for each in ranges))
