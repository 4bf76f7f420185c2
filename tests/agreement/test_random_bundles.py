"""What the sandbox answers over HTTP is what `iamfa can` answers of the same request, whatever the policies are.

The request that `iamfa can` is asked is derived here: action and resource from the table in `needed`, the context from
AWS's page reference_policies_condition-keys and what the call says. Nothing of the sandbox's own takes part in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from tests.agreement.needed import APP, SHARED, Row
from tests.agreement.populated import (
    ACCOUNT,
    CALLER,
    GIT,
    PASSWORD,
    PHONE_SERIAL,
    SPARE_SERIAL,
    SPARE_TOKEN,
    administrator,
    codes_of,
    give,
    keep,
    key_of,
    populate,
)
from tests.agreement.random_bundles import Scene, scenes
from tests.agreement.signed_calls import USER_AGENT, Answer, Key, Wire
from tests.conftest import SOAK

from iamfa import Bundle, Policy, Sandbox
from iamfa.account.entities import ManagedPolicy, PolicyVersion
from iamfa.account.organization import ControlPolicy, Member, Organization, Unit
from iamfa.cli.asked import answer
from iamfa.evaluate.decide import Decider
from iamfa.evaluate.denial import Denial, parse
from iamfa.evaluate.principal import Principal
from iamfa.evaluate.verdict import Verdict
from iamfa.platform import DEFAULTS, RULES
from iamfa.policy import catalogue
from iamfa.policy.document import Kind
from iamfa.sandbox.live import State

START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
MANAGEMENT = "210987654321"
UNIT = "ou-root-people"
OWN = f"arn:aws:iam::{ACCOUNT}:mfa/own"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/one"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
FEDERATED = f"arn:aws:sts::{ACCOUNT}:federated-user/guest"
READING = ("Get", "List", "Simulate", "Generate", "Decode")
SOME = settings.default.max_examples if SOAK else 30
WITH_MFA = ("token-mfa", "console-mfa")


class Stage:
    """A filled account in an organization, the clock standing still, and a credential of each kind."""

    def __init__(self, box: Sandbox, wire: Wire) -> None:
        self.box, self.wire = box, wire
        box.clock.set(START, still=True)
        self.known = populate(box, wire)
        self.issued: dict[str, datetime] = {}
        self.keys = self._credentials()
        self.ids = box.call(
            lambda state: {"user": state.account.users["caller"].id, "role": state.account.roles["app"].id}
        )
        self._filled = box.call(keep)

    def do(self, service: str, operation: str, key: Key, **parameters: Any) -> Answer:
        found = self.wire.call(service, operation, key, parameters)
        assert found.status == 200, found
        return found

    def _credentials(self) -> dict[str, Key]:
        box, key = self.box, key_of(self.box, "caller")
        found = {"long-term-key": key}

        def got(kind: str, session: Key) -> None:
            found[kind], self.issued[kind] = session, box.clock.now()
            box.clock.advance(60)

        got("token", self.do("sts", "GetSessionToken", key).key())
        got("console", _console(box.sign_in("caller", PASSWORD)))
        root = administrator(box)
        self.do("iam", "CreateVirtualMFADevice", root, VirtualMFADeviceName="own")
        first, second = codes_of(box, OWN)
        codes = {"AuthenticationCode1": first, "AuthenticationCode2": second}
        self.do("iam", "EnableMFADevice", root, UserName="caller", SerialNumber=OWN, **codes)
        box.clock.advance(60)
        got("console-mfa", _console(box.sign_in("caller", PASSWORD, mfa_code=box.code(OWN))))
        shown = {"SerialNumber": OWN, "TokenCode": box.code(OWN)}
        got("token-mfa", self.do("sts", "GetSessionToken", key, **shown).key())
        return found

    def begin(self, scene: Scene) -> Key:
        """Put everything back, and give a credential of the scene's kind, with its session policies.

        It is fetched while everything is allowed; the scene's policies come after it.
        """
        self.box.call(self._filled)
        key = self.keys[scene.kind] if scene.kind in self.keys else self._session(scene)
        self._begun = self.box.call(keep)
        self.set(scene)
        return key

    def _session(self, scene: Scene) -> Key:
        session = {"Policy": json.dumps(scene.session[0])} if scene.session else {}
        give(self.box, [{"Effect": "Allow", "Action": "*", "Resource": "*"}])
        if scene.kind == "federated":
            return self.do("sts", "GetFederationToken", self.keys["long-term-key"], Name="guest", **session).key()
        by = self.keys["token-mfa" if scene.chained else "long-term-key"]
        return self.do("sts", "AssumeRole", by, RoleArn=APP, RoleSessionName="one", **session).key()

    def set(self, scene: Scene) -> None:
        """Let the scene's policies be those of its caller; undo what a call did."""
        self.box.call(self._begun)
        trust = json.dumps({"Version": "2012-10-17", "Statement": [scene.trust]})
        root = administrator(self.box)
        self.do("iam", "UpdateAssumeRolePolicy", root, RoleName="app", PolicyDocument=trust)
        self.box.call(lambda state: _put(state, scene))
        for name, serial in (("phone", PHONE_SERIAL), ("spare", SPARE_SERIAL), ("token", SPARE_TOKEN)):
            self.known[f"{name} 1"], self.known[f"{name} 2"] = codes_of(self.box, serial)

    def filled(self, value: Any) -> Any:
        """The value with what is known in the place of `<name>`."""
        if isinstance(value, dict):
            return {key: self.filled(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.filled(each) for each in value]
        return re.sub(r"<([^>]*)>", lambda m: self.known[m[1]], value) if isinstance(value, str) else value


def _console(session: Mapping[str, Any]) -> Key:
    return Key(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])


def _put(state: State, scene: Scene) -> None:
    account, now = state.account, state.clock.now()

    def managed(name: str, text: str) -> str:
        arn = f"arn:aws:iam::{ACCOUNT}:policy/{name}"
        versions = (PolicyVersion("v1", text, now),)
        account.policies[arn] = ManagedPolicy(arn, name, "/", f"ANPA{name}", now, now, versions, "v1")
        return arn

    places = ("inline", "managed", "group inline", "group managed")
    texts: dict[str, dict[str, str]] = {place: {} for place in places}
    for i, (place, document) in enumerate(scene.identity):
        texts[place][f"given-{i}"] = json.dumps(document)
    attached, of_group = (
        tuple(managed(name, text) for name, text in texts[place].items()) for place in ("managed", "group managed")
    )
    boundary = managed("boundary", json.dumps(scene.boundary)) if scene.boundary is not None else None
    table: Any = account.roles if scene.kind == "role" else account.users
    name = "app" if scene.kind == "role" else "caller"
    more = {} if scene.kind == "role" else {"groups": ("bare",)}
    table[name] = replace(table[name], inline=texts["inline"], attached=attached, boundary=boundary, **more)
    account.groups["bare"] = replace(account.groups["bare"], inline=texts["group inline"], attached=of_group)
    state.organization = _organization(scene)
    value = "true-when-chained" if scene.chained else "false"
    state.settings.assumptions = DEFAULTS.with_value("role-session-mfa", value)


def _organization(scene: Scene) -> Organization | None:
    """The account in a unit of an organization whose levels hold these policies."""
    if scene.scps is None:
        return None
    policies: dict[str, ControlPolicy] = {}
    attached: dict[str, tuple[str, ...]] = {}
    for target, level in zip(("r-root", UNIT, ACCOUNT), scene.scps, strict=True):
        for i, document in enumerate(level):
            identifier = f"p-{target}-{i}"
            policies[identifier] = ControlPolicy(
                identifier, identifier, "SERVICE_CONTROL_POLICY", json.dumps(document), ""
            )
            attached[target] = (*attached.get(target, ()), identifier)
    members = {
        number: Member(number, number, f"{number}@example.com", parent, START)
        for number, parent in ((ACCOUNT, UNIT), (MANAGEMENT, "r-root"))
    }
    units = {UNIT: Unit(UNIT, "people", "r-root")}
    found = Organization("o-exampleorgid", MANAGEMENT, "r-root", members, units, policies, attached)
    return replace(found, enabled=("SERVICE_CONTROL_POLICY",))


# What `iamfa can` is asked --------------------------------------------------------------------------------------------


def _bundle(scene: Scene) -> Bundle:
    def read(document: Any, kind: Kind | None = None) -> Policy:
        return Policy.parse(json.dumps(document), kind=kind)

    return Bundle(
        identity=[read(document) for _, document in scene.identity],
        boundary=None if scene.boundary is None else read(scene.boundary),
        scps=None if scene.scps is None else [[read(each, Kind.SCP) for each in level] for level in scene.scps],
        session=[read(document) for document in scene.session] or None,
    )


def _context(stage: Stage, scene: Scene, row: Row, action: str, resource: str) -> dict[str, Any]:
    """The keys that AWS puts into the request, apart from those that every credential of the kind carries."""
    now, kind = stage.box.clock.now(), scene.kind
    identifiers = {"role": f"{stage.ids['role']}:one", "federated": f"{ACCOUNT}:guest"}
    found: dict[str, Any] = {
        "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:SourceIp": "127.0.0.1",
        "aws:RequestedRegion": "us-east-1",
        "aws:UserAgent": USER_AGENT,
        "aws:userid": identifiers.get(kind, stage.ids["user"]),
        "aws:PrincipalTag/team": "red",
        "aws:ResourceAccount": "aws" if resource.startswith("arn:aws:iam::aws:") else ACCOUNT,
    }
    if kind == "role":
        found["aws:PrincipalArn"] = APP
    if kind != "long-term-key":
        found["aws:TokenIssueTime"] = stage.issued.get(kind, now).strftime("%Y-%m-%dT%H:%M:%SZ")
    if kind in WITH_MFA:
        found["aws:MultiFactorAuthAge"] = str(int((now - stage.issued[kind]).total_seconds()))
    if scene.chained:  # the age of the code with which the session was obtained that assumed the role
        found["aws:MultiFactorAuthAge"] = str(int((now - stage.issued["token-mfa"]).total_seconds()))
    if scene.scps is not None:
        paths = [f"o-exampleorgid/r-root/{UNIT}/"]
        found |= {"aws:PrincipalOrgID": "o-exampleorgid", "aws:PrincipalOrgPaths": paths}
        if found["aws:ResourceAccount"] == ACCOUNT:
            found |= {"aws:ResourceOrgID": "o-exampleorgid", "aws:ResourceOrgPaths": paths}
    return found | _of_the_call(scene, row, action, resource)


_TAGGED = ("user/staff/caller", "user/team/bob", "user/team/bare", "role/r/app", "role/r/bare", "policy/p/shared",
    "policy/p/loose", "mfa/d/phone", "mfa/d/spare", "instance-profile/i/full", "instance-profile/i/vacant")  # fmt: skip


def _of_the_call(scene: Scene, row: Row, action: str, resource: str) -> dict[str, Any]:
    """Keys of the thing that is meant, and of the parameters (list_iam and list_sts: which action has which)."""
    found: dict[str, Any] = {}
    parameters = row.parameters
    thing = resource.partition(f"arn:aws:iam::{ACCOUNT}:")[2]
    if row.operation == "UpdateUser":
        thing = "user/team/bob"  # who is renamed, under his new name as well
    if thing in _TAGGED:
        found["aws:ResourceTag/team"] = "red"
        if thing.startswith(("user/", "role/")):
            found["iam:ResourceTag/team"] = "red"
    if action == "iam:PassRole":
        instances = f"arn:aws:ec2:*:{ACCOUNT}:instance/*"
        return found | {"iam:PassedToService": "ec2.amazonaws.com", "iam:AssociatedResourceArn": instances}
    if "Tags" in parameters:
        found |= {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in parameters["Tags"]}
        found["aws:TagKeys"] = [tag["Key"] for tag in parameters["Tags"]]
    if "TagKeys" in parameters:
        found["aws:TagKeys"] = parameters["TagKeys"]
    about = catalogue.find_action(action)
    keys = about.condition_keys if about is not None else ()
    if "iam:PolicyARN" in keys:
        found["iam:PolicyARN"] = parameters["PolicyArn"]
    if "iam:PermissionsBoundary" in keys:
        held: dict[str, str | None] = {"user/team/bob": SHARED, "role/r/app": SHARED}
        if scene.kind == "role":
            held["role/r/app"] = BOUNDARY if scene.boundary is not None else None
        else:
            held["user/staff/caller"] = BOUNDARY if scene.boundary is not None else None
        boundary = parameters.get("PermissionsBoundary") or held.get(thing)
        found |= {"iam:PermissionsBoundary": boundary} if boundary is not None else {}
    if "iam:ServiceSpecificCredentialServiceName" in keys:
        found["iam:ServiceSpecificCredentialServiceName"] = GIT  # all that there are and that are made are for it
    if row.operation == "AssumeRole":
        found["sts:RoleSessionName"] = parameters["RoleSessionName"]
        found |= {"sts:SourceIdentity": parameters["SourceIdentity"]} if "SourceIdentity" in parameters else {}
    if row.service == "s3":
        found |= {"s3:authType": "REST-HEADER", "s3:signatureversion": "AWS4-HMAC-SHA256"}
    return found


class Asked:
    """What `iamfa can` says in a scene; its policies compiled once."""

    def __init__(self, stage: Stage, scene: Scene) -> None:
        self._stage, self._scene = stage, scene
        self._principal = Principal.parse({"role": SESSION, "federated": FEDERATED}.get(scene.kind, CALLER))
        value = "true-when-chained" if scene.chained else "false"
        assumptions = DEFAULTS.with_value("role-session-mfa", value)
        bundle = _bundle(scene)
        trust = Policy.parse(json.dumps({"Version": "2012-10-17", "Statement": [scene.trust]}), kind=Kind.TRUST)
        self._decider = Decider(bundle, assumptions=assumptions)
        trusting = replace(bundle, resource=trust, resource_account=ACCOUNT)
        self._on_roles = Decider(trusting, assumptions=assumptions)

    def verdicts(self, row: Row) -> list[Verdict]:
        """What it says of everything that the call takes."""
        decider = self._on_roles if row.operation == "AssumeRole" else self._decider
        asked = row.needs or ((f"{row.service}:{row.operation}", "*"),)
        return [
            answer(decider, self._principal, self._scene.kind, action, resource, self._context(row, action, resource))
            for action, resource in asked
        ]

    def _context(self, row: Row, action: str, resource: str) -> dict[str, Any]:
        return _context(self._stage, self._scene, row, action, resource)


# The comparison -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Sandbox(seed=7, services=False) as box, Wire(box.endpoint_url) as wire:
        yield Stage(box, wire)


def _call(stage: Stage, row: Row, key: Key) -> Answer:
    if row.service == "s3":
        method, path = row.operation.split()
        return stage.wire.s3(method, path, key)
    return stage.wire.call(row.service, row.operation, key, stage.filled(row.parameters))


def _expected(verdict: Verdict) -> Denial:
    """The denial that a verdict makes, said without the words of the sandbox."""
    request = verdict.request
    layer: Any
    if verdict.decision == "explicit_deny":
        kind: Any = "explicit"
        layer = verdict.deciding[0].policy.partition("[")[0]
    else:
        kind, layer = "implicit", verdict.missing
    if layer == "resource":
        layer = "trust"
    return Denial(str(request.principal.text), request.action, request.resource, kind, layer)


def _without_permission(scene: Scene, row: Row) -> str | None:
    """The code with which AWS refuses the credential itself, whatever policies say (API_GetFederationToken).

    `iamfa can` leaves it out: a federated user may come from the console, where it does not hold.
    """
    if scene.kind != "federated" or row.operation == "GetCallerIdentity":
        return None
    return {"iam": "InvalidClientTokenId", "sts": "AccessDenied"}.get(row.service)


def _compare(scene: Scene, row: Row, verdicts: list[Verdict], answered: Answer) -> None:
    told = (scene.kind, row, verdicts, answered)
    code = _without_permission(scene, row)
    if code is not None:
        assert answered.code == code, told
        return
    refused = [verdict for verdict in verdicts if not verdict.allowed]
    platform = next((verdict.platform for verdict in refused if verdict.platform), None)
    if platform is not None:
        in_iam = row.service == "iam"
        assert answered.code == ("InvalidClientTokenId" if in_iam else "AccessDenied"), told
        if not in_iam:
            assert answered.message == f"Cannot call {row.operation} with session credentials", told
    elif any(_open(verdict) for verdict in verdicts):
        assert scene.kind == "federated", told  # he alone carries a key of which the pages say too little
        assert answered.refused or all(verdict.decision in ("allowed", "unknown") for verdict in verdicts), told
    elif refused:
        assert answered.refused, told
        if answered.message is not None:  # an answer to HEAD has no body
            expected = [_expected(verdict) for verdict in refused]
            if row.operation == "GET /":  # S3 names no resource where there is none
                expected = [replace(denial, resource=None) for denial in expected]
            assert parse(answered.message) in expected, told
    elif _own_device_rule(scene, row):
        assert (answered.code, answered.message) == ("AccessDenied", RULES["own-device-needs-existing-mfa"].message), (
            told
        )
    else:
        assert answered.status < 300 or answered.code not in ("AccessDenied", "InvalidClientTokenId"), told


def _open(verdict: Verdict) -> bool:
    """Whether something in it hangs on a key whose value no page tells: the MFA key of a federated user."""
    return verdict.decision == "unknown" or any(reason.matched is None for reason in verdict.reasons)


def _own_device_rule(scene: Scene, row: Row) -> bool:
    """Whether AWS's rule of 2023 stands against it, of which `iamfa can` says that it does not ask it."""
    own = row.parameters.get("UserName", "caller") == "caller"
    of_user = scene.kind not in ("role", "federated", *WITH_MFA)
    return of_user and own and row.operation in ("EnableMFADevice", "DeactivateMFADevice")


def _has_no_user(scene: Scene, row: Row) -> bool:
    """Whether the call is about the caller's own user, and he has none."""
    own = any(resource == CALLER for _, resource in row.needs) and "UserName" not in row.parameters
    return scene.kind == "role" and own


@settings(max_examples=SOME)
@given(scene=scenes())
def test_the_sandbox_answers_as_iamfa_can_does(stage: Stage, scene: Scene) -> None:
    key, asked = stage.begin(scene), Asked(stage, scene)
    for row in scene.calls:
        answered = _call(stage, row, key)
        if _has_no_user(scene, row):
            assert answered.status >= 400
        else:
            _compare(scene, row, asked.verdicts(row), answered)
        if answered.status < 300 and not row.operation.startswith(READING):
            stage.set(scene)
