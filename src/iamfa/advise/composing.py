"""From wishes to statements, each with the reason for which it is there. Nothing is checked here; see `compose`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from iamfa.advise import actions as act
from iamfa.advise.wishes import OPEN, Wishes
from iamfa.policy.document import Condition, Document, Effect, Element, Kind, Statement, Value

PRESENT = "aws:MultiFactorAuthPresent"
AGE = "aws:MultiFactorAuthAge"
SECURITY_KEY = "iam:RegisterSecurityKey"
PASSWORD_RULES = "iam:GetAccountPasswordPolicy"
OWN_READS = ("iam:GetUser", act.GET_DEVICE, act.LIST_DEVICES)
KEY_ACTIONS = (
    act.CREATE_KEY, "iam:DeleteAccessKey", "iam:GetAccessKeyLastUsed", "iam:ListAccessKeys", "iam:UpdateAccessKey",
)  # fmt: skip
LOGIN_ACTIONS = (act.CREATE_LOGIN, "iam:DeleteLoginProfile", "iam:GetLoginProfile", act.UPDATE_LOGIN)
SIGN_IN_ACTIONS = ("signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token")
"""What `aws login` needs; AWS's managed policy SignInLocalDevelopmentAccess."""
TAGGING = ("iam:TagUser", "iam:UntagUser", "sts:TagSession")
NEEDS_FRESHNESS = (
    act.CREATE, act.ENABLE, act.DEACTIVATE, act.CREATE_KEY, "iam:UpdateAccessKey", act.CREATE_LOGIN, act.UPDATE_LOGIN,
    "iam:CreateServiceSpecificCredential", "iam:ResetServiceSpecificCredential", "iam:UploadSSHPublicKey",
    "iam:UploadSigningCertificate",
)  # fmt: skip
"""With what the thief of a session makes himself at home for longer than the session lasts."""

_ON_OWN_USER = frozenset({act.ENABLE, act.RESYNC, act.CHANGE_PASSWORD, *OWN_READS})

_NO_MFA = ("BoolIfExists", PRESENT, ("false",))
_WITH_MFA = ("Bool", PRESENT, ("true",))

_Test = tuple[str, str, Sequence[str]]
"""Operator, key and values of a condition."""


@dataclass(frozen=True, slots=True)
class Commented:
    """A statement and why it is there."""

    statement: Statement
    comment: str


@dataclass(frozen=True, slots=True)
class ComposedDocument:
    """One policy, to be attached as `kind`."""

    name: str
    kind: Kind
    statements: tuple[Commented, ...]
    purpose: str
    """What the policy is for, in one sentence."""

    @property
    def document(self) -> Document:
        """The policy without its comments."""
        return Document(tuple(c.statement for c in self.statements), "2012-10-17", version_written=True)

    @property
    def comments(self) -> tuple[str, ...]:
        """The comment of each statement."""
        return tuple(c.comment for c in self.statements)


@dataclass(frozen=True, slots=True)
class Composed:
    """The policy that was wished for, and the one that guards it, where that was wished for, too."""

    wishes: Wishes
    main: ComposedDocument
    guard: ComposedDocument | None = None

    @property
    def documents(self) -> tuple[ComposedDocument, ...]:
        """All of them, the forcing one first."""
        return (self.main,) if self.guard is None else (self.main, self.guard)


def exempt_actions(wishes: Wishes) -> tuple[str, ...]:
    """What needs no MFA: the calls before which a user has none to show."""
    found: list[str] = []
    if wishes.own:
        found += [*([act.CREATE] if wishes.creates else []), act.ENABLE]
    if wishes.gives_codes:
        found.append(act.RESYNC)
    if wishes.listing != "no":
        found += OWN_READS
    if wishes.listing == "virtual":
        found.append(act.LIST_VIRTUAL)
    if wishes.deletion == "without-mfa":
        found.append(act.DELETE)
    if wishes.password == "without-mfa":
        found += (act.CHANGE_PASSWORD, PASSWORD_RULES)
    if wishes.codes:
        found.append(act.SESSION_TOKEN)
    return tuple(sorted(found))


def main_document(wishes: Wishes) -> ComposedDocument:
    """The policy that forces MFA and grants what was wished for; as a service control policy it grants nothing."""
    parts = [*_denies(wishes)] if wishes.attach == "scp" else [*_grants(wishes), *_denies(wishes)]
    statements = tuple(Commented(_numbered(c.statement, i), c.comment) for i, c in enumerate(parts))
    purpose = "Without MFA nothing but the listed actions, whatever else is attached."
    return ComposedDocument(wishes.name, wishes.kind, statements, purpose)


def _numbered(statement: Statement, index: int) -> Statement:
    return Statement(
        index, statement.effect, statement.action, statement.resource, None, statement.conditions, statement.sid
    )


# Grants --------------------------------------------------------------------------------------------------------------


def _grants(wishes: Wishes) -> Iterator[Commented]:
    own = own_users(wishes)
    account = [
        *([act.LIST_VIRTUAL] if wishes.listing == "virtual" else []),
        *([PASSWORD_RULES] if wishes.password != "no" else []),
    ]
    if account:
        yield _allow("ReadAccount", account, ["*"], _account_words(wishes))
    if wishes.creates:
        yield _allow(
            "CreateVirtualDevices", [act.CREATE], [_arn(wishes, "mfa/*")],
            "A virtual device may have any name: AWS authorises this call on the device, which belongs to nobody yet.",
        )  # fmt: skip
    without = [a for a in exempt_actions(wishes) if a in _ON_OWN_USER]
    if without:
        yield _allow("ManageOwn", without, own, _without_words(wishes))
    if wishes.deletion != "no":
        yield _deletion(wishes)
    with_mfa = _with_mfa(wishes)
    if with_mfa:
        words = "Only with MFA: " + ", ".join(with_mfa) + "."
        yield _allow("ManageOwnWithMFA", [a for each in with_mfa.values() for a in each], own, words, [_WITH_MFA])
    if wishes.login:
        yield _allow(
            "SignInOnTheCommandLine", SIGN_IN_ACTIONS,
            [f"arn:{wishes.arn_partition}:signin:*:*:oauth2/public-client/*"],
            "`aws login` makes sessions for the command line of a console session with MFA, passkeys included.",
            [_WITH_MFA],
        )  # fmt: skip


def _account_words(wishes: Wishes) -> str:
    words = []
    if wishes.listing == "virtual":
        words.append("The list of virtual devices shows the names of all their users; no flow needs it.")
    if wishes.password != "no":
        words.append("Whoever chooses a password sees the rules for it.")
    return " ".join(words)


def _without_words(wishes: Wishes) -> str:
    words = []
    if wishes.listing != "no":
        words.append("One's own user and devices can be seen; iam:ListUsers is not needed for it.")
    if wishes.own:
        words.append("Enabling a first device cannot ask for MFA.")
    if wishes.gives_codes:
        words.append("A device that is out of step gives no valid code, so resynchronising cannot ask for MFA.")
    if wishes.password == "without-mfa":
        words.append("A first password can be changed before a device is there; AWS calls this a security risk.")
    words.append("AWS authorises all of these on the user.")
    return " ".join(words)


def _deletion(wishes: Wishes) -> Commented:
    device = [_arn(wishes, "mfa/*")]
    if wishes.deletion == "with-mfa":
        words = (
            "With MFA unassigned devices can be deleted, such as an interrupted enrolment leaves; those of others, "
            "too, since AWS cannot tell whose they were."
        )
        return _allow("DeleteUnassignedDevices", [act.DELETE], device, words, [_WITH_MFA])
    words = (
        "Whoever broke an enrolment off can begin again under the same name. The price: a key alone can delete "
        "everybody's unassigned devices and spoil their enrolments."
    )
    return _allow("DeleteUnassignedDevices", [act.DELETE], device, words)


def _with_mfa(wishes: Wishes) -> dict[str, tuple[str, ...]]:
    """What is granted on the own user with MFA only, by what it is for."""
    found: dict[str, tuple[str, ...]] = {}
    if wishes.removal:
        found["taking a device away"] = (act.DEACTIVATE,)
    if wishes.password == "with-mfa":
        found["changing the own password"] = (act.CHANGE_PASSWORD,)
    if wishes.keys:
        found["managing own access keys"] = KEY_ACTIONS
    if wishes.login_profile:
        found["setting the own console password without the old one"] = LOGIN_ACTIONS
    return found


# Denies --------------------------------------------------------------------------------------------------------------


def _denies(wishes: Wishes) -> Iterator[Commented]:
    yield _forcing(wishes)
    on_user = [a for a in exempt_actions(wishes) if a in (act.ENABLE, act.RESYNC, act.CHANGE_PASSWORD)]
    if wishes.confined and on_user:
        yield _deny(
            wishes, "DenyOthersIfNoMFA", on_user, [_NO_MFA], "What needs no MFA reaches the own user only, even where "
            "another policy grants it broadly.", not_resource=own_users(wishes, always_paths=True),
        )  # fmt: skip
    yield from _device_kinds(wishes)
    yield from _first_enrolment(wishes)
    yield from _limits(wishes)
    yield from _against_exempting_oneself(wishes)


def _forcing(wishes: Wishes) -> Commented:
    exempt = exempt_actions(wishes)
    words = (
        "Without MFA nothing but what an enrolment needs, whatever else is attached. BoolIfExists, since a request "
        "signed with an access key carries no such key at all."
    )
    tests: list[_Test] = [_NO_MFA]
    if wishes.exempt_tag is not None:
        key, value = wishes.exempt_tag
        tests.append(("StringNotEquals", f"aws:PrincipalTag/{key}", [value]))
        words += f" Not for users with the tag {key} = {value}."
    if wishes.exempt_path is not None:
        pattern = _arn(wishes, f"user{wishes.exempt_path}*")
        tests.append(("ArnNotLike", "aws:PrincipalArn", [pattern]))
        words += f" Not for users below the path {wishes.exempt_path}."
    if not exempt:
        return _deny(wishes, "DenyAllIfNoMFA", ["*"], tests, words)
    return _deny(wishes, "DenyAllExceptListedIfNoMFA", exempt, tests, words, negated=True)


def _device_kinds(wishes: Wishes) -> Iterator[Commented]:
    """Keep the kinds of device out that were not wished for, as far as AWS tells them apart."""
    if not wishes.own:
        return
    own = own_users(wishes, always_paths=True)
    if not wishes.gives_codes:
        yield _deny(
            wishes, "DenyDevicesWithCodes", [act.ENABLE], [("Null", SECURITY_KEY, ["true"])],
            "FIDO devices only: enabling any other kind carries no iam:RegisterSecurityKey.", resource=own,
        )  # fmt: skip
    elif "fido" not in wishes.devices:
        yield _deny(
            wishes, "DenySecurityKeys", [act.ENABLE], [("Null", SECURITY_KEY, ["false"])],
            "No FIDO devices: they give no code, so no session on the command line comes of them.", resource=own,
        )  # fmt: skip


def _first_enrolment(wishes: Wishes) -> Iterator[Commented]:
    if wishes.first_enrolment == "none":
        return
    calls = [*([act.CREATE] if wishes.creates else []), act.ENABLE]
    if wishes.first_enrolment == "network":
        yield _deny(
            wishes, "DenyFirstDeviceElsewhere", calls, [_NO_MFA, ("NotIpAddress", "aws:SourceIp", wishes.networks)],
            "A first device is enrolled from these networks only, so that a stolen key or password of a new user is "
            "not enough elsewhere.",
        )  # fmt: skip
        return
    tag = f"aws:PrincipalTag/{wishes.enrolment_tag}"
    days = [day.isoformat() for day in wishes.enrolment_days]
    words = (
        f"A first device is enrolled only while the helpdesk has put the tag {wishes.enrolment_tag} on the user: "
        + ("the last day on which he may, one of these." if days else f"{OPEN}, until it is taken away again.")
    )
    yield _deny(wishes, "DenyFirstDeviceWithoutTag", calls, [_NO_MFA, ("StringNotEquals", tag, days or [OPEN])], words)
    for day in wishes.enrolment_days:
        after = (day + timedelta(days=1)).isoformat() + "T00:00:00Z"
        tests: list[_Test] = [
            _NO_MFA, ("StringEquals", tag, [day.isoformat()]), ("DateGreaterThanEquals", "aws:CurrentTime", [after]),
        ]  # fmt: skip
        yield _deny(
            wishes, f"DenyFirstDeviceAfter{day:%Y%m%d}", calls, tests,
            f"The tag {day.isoformat()} is worth nothing once that day (UTC) is over. A date cannot be compared with a "
            "tag, so each day has a statement.",
        )  # fmt: skip


def _limits(wishes: Wishes) -> Iterator[Commented]:
    if wishes.fresh_for is not None:
        age: _Test = ("NumericGreaterThan", AGE, [str(wishes.fresh_for)])
        yield _deny(
            wishes, "DenyLastingChangesIfStale", NEEDS_FRESHNESS, [age],
            f"Once {wishes.fresh_for} seconds have gone by since the code, a session, a stolen one above all, changes "
            "no device and makes no key that would outlive it. Without IfExists: who has shown no MFA has no age.",
        )  # fmt: skip
    if wishes.session_age is not None:
        yield _deny(
            wishes, "DenyAllIfTooOld", ["*"], [("NumericGreaterThan", AGE, [str(wishes.session_age)])],
            f"After {wishes.session_age} seconds a new code is asked for.",
        )  # fmt: skip


def _against_exempting_oneself(wishes: Wishes) -> Iterator[Commented]:
    tags = [wishes.enrolment_tag] if wishes.first_enrolment == "tag" else []
    tags += [wishes.exempt_tag[0]] if wishes.exempt_tag is not None else []
    own = own_users(wishes, always_paths=True)
    if tags:
        yield _deny(
            wishes, "DenyOwnTags", TAGGING, [("ForAnyValue:StringEqualsIgnoreCase", "aws:TagKeys", tags)],
            "Nobody gives himself or his sessions the tag that this policy heeds. IAM tells the keys of users' tags "
            "apart without regard to case.",
            resource=[*own, f"arn:{wishes.arn_partition}:sts::*:federated-user/*"],
        )  # fmt: skip
    if wishes.exempt_path is not None:
        yield _deny(
            wishes, "DenyMovingOneself", ["iam:UpdateUser"], [],
            "Nobody moves himself below the path that is exempt; this call changes path and name.", resource=own,
        )  # fmt: skip


# Pieces --------------------------------------------------------------------------------------------------------------


def own_users(wishes: Wishes, *, always_paths: bool = False) -> list[str]:
    """The ARNs of the requester himself; with a path his name stands behind it, and names hold no slash."""
    found = [_arn(wishes, "user/${aws:username}")]
    if wishes.paths or always_paths:
        found.append(_arn(wishes, "user/*/${aws:username}"))
    return found


def _arn(wishes: Wishes, resource: str) -> str:
    return f"arn:{wishes.arn_partition}:iam::*:{resource}"


def _allow(
    sid: str, actions: Sequence[str], resources: Sequence[str], words: str, tests: Sequence[_Test] = ()
) -> Commented:
    return Commented(_statement(sid, "Allow", ("Action", actions), ("Resource", resources), tests), words)


def _deny(
    wishes: Wishes,
    sid: str,
    actions: Sequence[str],
    tests: Sequence[_Test],
    words: str,
    *,
    negated: bool = False,
    resource: Sequence[str] = ("*",),
    not_resource: Sequence[str] = (),
) -> Commented:
    on: tuple[str, Sequence[str]] = ("NotResource", not_resource) if not_resource else ("Resource", resource)
    if wishes.attach == "scp":
        tests = [*tests, users_only(wishes)]
    return Commented(_statement(sid, "Deny", ("NotAction" if negated else "Action", actions), on, tests), words)


def users_only(wishes: Wishes) -> _Test:
    """The condition that leaves roles and federated sessions alone, which never carry MFA."""
    return ("ArnLike", "aws:PrincipalArn", [_arn(wishes, "user/*")])


def deny_users(
    wishes: Wishes, index: int, sid: str, actions: Sequence[str], resources: Sequence[str], tests: Sequence[_Test] = ()
) -> Statement:
    """A Deny of a service control policy that bears on IAM users only."""
    made = _statement(sid, "Deny", ("Action", actions), ("Resource", resources), [*tests, users_only(wishes)])
    return _numbered(made, index)


def _statement(
    sid: str,
    effect: Effect,
    action: tuple[str, Sequence[str]],
    resource: tuple[str, Sequence[str]],
    tests: Sequence[_Test],
) -> Statement:
    conditions = tuple(Condition(Value(op), Value(key), _values(values)) for op, key, values in tests)
    return Statement(
        0,
        effect,
        Element(action[0], _values(action[1])),
        Element(resource[0], _values(resource[1])),
        None,
        conditions,
        sid,
    )


def _values(texts: Sequence[str]) -> tuple[Value, ...]:
    return tuple(Value(text) for text in texts)
