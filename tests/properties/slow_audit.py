"""The answers of an audit found slowly: each user alone, request by request, by the reference evaluator.

The requests are enough for `small_accounts`: each action that its statements tell apart with one that they do not, each
resource likewise, and a context that holds what its conditions name.
"""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from tests.properties.small_accounts import NUMBER, ROOT, Json, Small
from tests.reference.evaluator import Line, evaluate, read_line
from tests.reference.operators import condition_holds, read_operator
from tests.reference.principals import World

from iamfa.account.entities import Role, User

_LIKE = {"token": "console", "console": "console", "long-term-key": "long-term-key", "token-mfa": "token-mfa"}
"""Kinds of credential that carry the same."""
WITHOUT = ("long-term-key", "token", "console")
PRESENT = {"long-term-key": None, "token": "false", "console": "false", "token-mfa": "true"}
ACTIONS = (
    "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ResyncMFADevice", "iam:ListMFADevices", "iam:ListUsers",
    "iam:DetachGroupPolicy", "iam:PutUserPolicy", "iam:CreatePolicyVersion", "iam:DeleteUserPermissionsBoundary",
    "iam:RemoveUserFromGroup", "sts:AssumeRole", "s3:GetObject", "s3:PutObject", "unheard-of:Thing",
)  # fmt: skip
SELF_SERVICE = {
    "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ResyncMFADevice", "iam:ListMFADevices", "iam:ListUsers",
}  # fmt: skip
ALLOW: Json = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
TRUST: Json = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": NUMBER}, "Action": "sts:AssumeRole"}],
}
"""Where everything is granted, roles trust the account."""
PERSONAL = ("aws:principaltag/", "aws:principalarn", "aws:username")


class Slow:
    """One user of a small account."""

    def __init__(self, small: Small, user: User) -> None:
        self.small, self.user = small, user
        self._found: dict[str, set[str]] = {}
        self._may: Callable[[str, str], bool] | None = None
        account = small.account
        self.held: list[tuple[str, str, str | None, Json]] = []
        """Holder, name, ARN and document."""
        for holder, entity in ((f"user/{user.name}", user), *((f"group/{g}", account.groups[g]) for g in user.groups)):
            self.held += [(holder, name, None, small.document(text)) for name, text in entity.inline.items()]
            self.held += [(holder, arn, arn, small.document(account.policies[arn].text)) for arn in entity.attached]
        self.boundary = None if user.boundary is None else small.document(account.policies[user.boundary].text)
        self.scps = None
        if small.organization is not None:
            self.scps = [small.controls, [ALLOW]]
        name = user.name
        self.resources = (
            user.arn, *(f"{ROOT}:user/{each}" for each in (name, "bob", "else", f"ops/{name}x")),
            *(f"{ROOT}:user/{each}/{name}" for each in ("x", name)),  # what ends so and begins so, under a path
            *(f"{ROOT}:mfa/{each}" for each in (name, f"{name}-1", "bobx", "phone", "free")),
            *(f"{ROOT}:role/{each}" for each in ("r0", f"of-{name}")), f"{ROOT}:group/g0", f"{ROOT}:group/alice",
            *(f"{ROOT}:policy/{each}" for each in ("p0", "p1", "z")),
            *(f"arn:aws:s3:::{each}" for each in (f"home/{name}/a", "home/bob/a", "home/alice/a", "z")),
        )  # fmt: skip

    def context(self, kind: str) -> dict[str, str]:
        user = self.user
        found = {
            "aws:username": user.name, "aws:PrincipalArn": user.arn, "aws:PrincipalAccount": NUMBER,
            "aws:userid": user.id, "aws:PrincipalType": "User",
        } | {f"aws:PrincipalTag/{key}": value for key, value in user.tags}  # fmt: skip
        if PRESENT[kind] is not None:
            found["aws:MultiFactorAuthPresent"] = str(PRESENT[kind])
        if PRESENT[kind] == "true":
            found["aws:MultiFactorAuthAge"] = "5"
        return found

    def asking(
        self, kind: str, identity: list[Json], *, trusted: bool = False, **more: Any
    ) -> Callable[[str, str], bool]:
        """Whether a request passes with these policies: they are read once for many requests."""

        def read(action: str, resource: str) -> Line:
            context = self.context(kind)
            request = {"principal": self.user.arn, "action": action, "resource": resource, "context": context}
            line = {"request": request, "identity_policies": identity, **more}
            if action == "sts:AssumeRole" and "resource_policy" not in more and trusted:
                line["resource_policy"] = TRUST
            return read_line(line if self.scps is None else {**line, "scps": self.scps})

        plain = read("s3:GetObject", "*") if "resource_policy" not in more else read("sts:AssumeRole", "*")
        roles: dict[str, Line] = {}

        def passes(action: str, resource: str) -> bool:
            if action == "sts:AssumeRole":
                if action not in roles:
                    roles[action] = read(action, resource)
                return evaluate(roles[action]._replace(resource=resource), World()) == "allowed"
            return evaluate(plain._replace(action=action, resource=resource), World()) == "allowed"

        return passes

    def asked(self, action: str, resource: str, kind: str, identity: list[Json], **more: Any) -> str:
        return "allowed" if self.asking(kind, identity, **more)(action, resource) else "denied"

    def on(self, action: str) -> tuple[str, ...]:
        """The resources on which AWS authorises it."""
        service, name = action.split(":")
        kinds = {"s3": ":s3:::", "sts": ":role/"}.get(service)
        if service == "iam":
            kinds = next(
                (f":{k.lower()}/" for k in ("Group", "User", "Policy") if k in name and "List" not in name), ":user/"
            )
            kinds = ":policy/" if name == "CreatePolicyVersion" else ":mfa/" if "CreateVirtual" in name else kinds
            kinds = ":group/" if "Group" in name else kinds
        return ("*",) if kinds is None or name == "ListUsers" else tuple(r for r in self.resources if kinds in r)

    def documents(self) -> list[Json]:
        return [document for *_, document in self.held]

    # Enforced

    def passing(self, denies: list[Json], kinds: tuple[str, ...], scps: Any = "own") -> set[str]:
        """The actions that pass without MFA if everything is granted."""
        key = repr((denies, kinds, scps))
        if key not in self._found:  # of one user, since the others' turns ask the same again
            kept, self.scps = self.scps, self.scps if scps == "own" else scps
            self._found[key] = self.passes([*denies, ALLOW], kinds, trusted=True)
            self.scps = kept
        return self._found[key]

    def passes(self, identity: list[Json], kinds: tuple[str, ...], **more: Any) -> set[str]:
        asked = [self.asking(kind, identity, **more) for kind in dict.fromkeys(map(_LIKE.get, kinds))]
        return {a for a in ACTIONS if any(passes(a, resource) for passes in asked for resource in self.on(a))}

    def denies(self, documents: list[Json]) -> list[Json]:
        found = []
        for document in documents:
            statements = [s for s in document["Statement"] if s["Effect"] == "Deny"]
            if statements:
                found.append({"Version": document["Version"], "Statement": statements})
        return found

    def is_denied(self, documents: list[Json], kinds: tuple[str, ...], scps: Any = "own") -> bool:
        """Whether what passes is named by the lists of the Denies, so that everything else is denied."""
        passing = self.passing(documents, kinds, scps)
        named = self.named(documents, scps)
        return all(any(fnmatchcase(action, entry) for entry in named) for action in passing)

    def named(self, documents: list[Json], scps: Any = "own") -> list[str]:
        """What the lists of the Denies that bear on the user leave out."""
        levels = (self.scps if scps == "own" else scps) or []
        return [
            entry
            for document in [*documents, *(d for level in levels for d in level)]
            for statement in document["Statement"]
            if statement["Effect"] == "Deny" and self.bears(statement)
            for entry in statement.get("NotAction", ())
        ]

    def bears(self, statement: Json) -> bool:
        """Whether no condition of the user's own keys keeps the statement from him."""
        return not self.sparing(statement)

    def sparing(self, statement: Json) -> list[tuple[str, str]]:
        context = {key.lower(): value for key, value in self.context("long-term-key").items()}
        return [
            (operator, key)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
            if key.lower().startswith(PERSONAL)
            and not condition_holds(
                read_operator(operator),
                values if isinstance(values, list) else [values],
                context.get(key.lower()),
                context,
                True,
            )
        ]

    def spared(self) -> list[Json]:
        """The Denies that ask for MFA without the conditions by which they spare the user."""
        found = []
        for document in [*self.documents(), *([self.boundary] if self.boundary else []), *self.small.controls]:
            for statement in document["Statement"]:
                asks = "MultiFactorAuth" in str(statement.get("Condition", {}))
                if statement["Effect"] == "Deny" and asks and self.sparing(statement):
                    condition = {
                        operator: rest
                        for operator, keys in statement["Condition"].items()
                        if (rest := {k: v for k, v in keys.items() if not k.lower().startswith(PERSONAL)})
                    }
                    found.append({"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition}]})
        return found

    def core(self, without: tuple[int, ...] = (), *, boundary: bool = True) -> list[Json]:
        left = [held[3] for i, held in enumerate(self.held) if i not in without]
        return self.denies([*left, *([self.boundary] if self.boundary and boundary else [])])

    def granted(self, kinds: tuple[str, ...], *, trusted: bool = False) -> set[str]:
        more = {} if self.boundary is None else {"boundary": self.boundary}
        return self.passes(self.documents(), kinds, trusted=trusted, **more)

    def enforced(self, kinds: tuple[str, ...]) -> str:
        core = self.core()
        nothing = not self.granted((*WITHOUT, "token-mfa"), trusted=True)
        if self.is_denied(core, kinds):
            return "no-permissions" if nothing else "denied"
        if nothing:
            return "no-permissions"
        spared = self.spared()
        if spared and self.is_denied([*core, *spared], kinds):
            return "exempt-undeclared"
        return "not-granted" if self.granted(kinds) <= SELF_SERVICE else "not-enforced"

    # Lifting

    def lifters(self, others: list[Slow], kinds: tuple[str, ...]) -> set[str]:
        """Of those who may hold a credential, who can take the enforcement away."""
        if self.scps is not None and self.is_denied([], kinds):
            return set()
        found = set()
        for actor in others:
            forcing = [i for i, (*_, document) in enumerate(self.held) if self.forces(document)]
            taken = tuple(i for i in forcing if any(actor.may(*call) for call in self.calls(i)))
            frees = (
                self.boundary is not None
                and self.forces(self.boundary)
                and any(actor.may(*call) for call in self.of_boundary())
            )
            if (taken or frees) and not self.is_denied(self.core(taken, boundary=not frees), kinds):
                found.add(actor.user.name)
        return found

    def forces(self, document: Json) -> bool:
        return any(
            s["Effect"] == "Deny" and "MultiFactorAuth" in str(s.get("Condition", {})) and self.bears(s)
            for s in document["Statement"]
        )

    def calls(self, index: int) -> list[tuple[str, str]]:
        holder, _, arn, _ = self.held[index]
        group = holder.startswith("group/")
        resource = self.small.account.groups[holder[6:]].arn if group else self.user.arn
        word = "Group" if group else "User"
        found = [("iam:CreatePolicyVersion", arn)] if arn is not None else []
        if arn is not None:
            found.append((f"iam:Detach{word}Policy", resource))
        else:
            found += [(f"iam:Delete{word}Policy", resource), (f"iam:Put{word}Policy", resource)]
        if group:
            found.append(("iam:RemoveUserFromGroup", resource))
        return found

    def of_boundary(self) -> list[tuple[str, str]]:
        assert self.user.boundary is not None
        calls = ("iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary")
        return [("iam:CreatePolicyVersion", self.user.boundary), *((call, self.user.arn) for call in calls)]

    def may(self, action: str, resource: str) -> bool:
        if self._may is None:
            more = {} if self.boundary is None else {"boundary": self.boundary}
            self._may = self.asking("token-mfa", self.documents(), **more)
        return self._may(action, resource)

    # Roles

    def assumes(self, role: Role, kinds: tuple[str, ...]) -> bool:
        more: dict[str, Any] = {} if self.boundary is None else {"boundary": self.boundary}
        more |= {"resource_policy": self.small.document(role.trust), "resource_account": NUMBER}
        return any(
            self.asked("sts:AssumeRole", role.arn, kind, self.documents(), **more) == "allowed" for kind in kinds
        )
