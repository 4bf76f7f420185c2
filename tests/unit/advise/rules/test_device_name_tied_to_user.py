"""A virtual device under a free name cannot be created: found in every spelling, mended, else silent."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import (
    ANY_DEVICE,
    CREATE,
    DELETE,
    ENABLE,
    EVERYTHING_WITH_MFA,
    LIST,
    OWN_DEVICE,
    OWN_USER,
    RESYNC,
    WITH,
    Doc,
    allow,
    deny,
    forcing,
    grants,
    judge,
    judge_text,
    mended,
    replayed,
    severities,
    silent,
    the,
    underlined,
)

from iamfa.policy.document import Kind
from iamfa.policy.edit import apply

RULE = "device-name-tied-to-user"
MANAGE = grants()[1]


def tied(resource: Any = OWN_DEVICE, action: Any = CREATE, **more: Any) -> Doc:
    return allow(action, resource, **more)


@pytest.mark.parametrize(
    ("statements", "entry"),
    [
        ([tied(), MANAGE, forcing()], OWN_DEVICE),
        ([forcing(), MANAGE, tied(Sid="Other")], OWN_DEVICE),
        ([tied([OWN_DEVICE, OWN_USER]), MANAGE, forcing()], OWN_DEVICE),
        ([tied([OWN_USER, OWN_DEVICE], [CREATE, ENABLE, LIST, RESYNC]), forcing()], OWN_DEVICE),
        ([tied("arn:aws:iam::123456789012:mfa/${aws:username}"), MANAGE, forcing()], None),
        ([tied("arn:aws:iam::*:mfa/${AWS:UserName}"), MANAGE, forcing()], None),
        ([tied("arn:*:iam::*:mfa/${aws:username}"), MANAGE, forcing()], None),
        ([tied("arn:aws:iam::*:mfa/root-account-mfa-device"), MANAGE, forcing()], None),
        ([tied(action="IAM:createvirtualmfadevice"), MANAGE, forcing()], OWN_DEVICE),
        ([tied(action="iam:*VirtualMFADevice"), MANAGE, forcing()], OWN_DEVICE),
        ([tied(action="iam:*"), MANAGE, forcing()], OWN_DEVICE),
        ([tied([OWN_DEVICE, OWN_USER], "*"), forcing()], OWN_DEVICE),
        ([tied(action="iam:Create?irtualMFADevice"), MANAGE], OWN_DEVICE),
        ([tied(), MANAGE], OWN_DEVICE),
        ([tied(), MANAGE, EVERYTHING_WITH_MFA, deny(CREATE, "*", None, NotResource=OWN_DEVICE)], OWN_DEVICE),
        ([tied(), MANAGE, allow("ec2:StopInstances", "*", WITH)], OWN_DEVICE),
        ([*grants(), deny(CREATE, condition=None, NotResource=OWN_DEVICE), forcing()], OWN_DEVICE),
        ([*grants(), deny(["iam:*"], "*", None, NotResource=[OWN_USER, OWN_DEVICE]), forcing()], OWN_DEVICE),
        ([tied(), MANAGE, forcing(condition={"Null": {"aws:MultiFactorAuthAge": "true"}})], OWN_DEVICE),
        ([*grants(create="arn:aws-us-gov:iam::*:mfa/${aws:username}", user="arn:aws-us-gov:iam::*:user/*")], None),
    ],
)
def test_it_finds_that_only_the_own_name_fits(statements: list[Doc], entry: str | None) -> None:
    report = judge(*statements)
    finding = the(report, RULE, "error")
    assert "under a free name cannot be created" in finding.message
    text = underlined(report, finding)
    assert ":mfa/" in text
    assert entry is None or text == f'"{entry}"'
    assert replayed(report, finding) in ("implicit_deny", "explicit_deny")
    assert finding.witness is not None
    assert finding.witness.request.resource.rpartition("/")[2] in finding.params["refused"]  # type: ignore[operator] # a list in fact
    mended(report, finding)


def test_it_names_who_and_where() -> None:
    report = judge(tied(Sid="OwnNameOnly"), MANAGE, forcing())
    finding = the(report, RULE)
    assert finding.message.endswith("only one named as the user himself")
    assert finding.reason == "fits only a device named exactly as the user"
    assert (finding.statement_index, finding.statement_sid) == (0, "OwnNameOnly")
    assert finding.notes == ("the console asks for a device name; any other than `own-user` is refused",)
    assert [c.call for c in finding.trace if c.outcome == "refused"] == [CREATE]
    assert finding.witness is not None
    assert finding.witness.credential == "long-term-key"


def test_a_literal_name_is_called_the_only_one() -> None:
    finding = the(judge(tied("arn:aws:iam::*:mfa/shared-phone"), MANAGE, forcing()), RULE, "error")
    assert finding.message.endswith("only one named `shared-phone`")
    assert finding.reason == "fits only this one name"


def test_a_name_made_from_a_tag_that_the_user_lacks_fits_nothing() -> None:
    finding = the(judge(tied("arn:aws:iam::*:mfa/${aws:PrincipalTag/device}"), MANAGE, forcing()), RULE, "error")
    assert finding.message.endswith("no name fits")
    assert finding.notes == ("no device name at all fits",)
    assert finding.reason == "fits no device name that is free to choose"


@pytest.mark.parametrize("user", ["arn:aws:iam::123456789012:user/bob", "arn:aws:iam::123456789012:user/division/bob"])
def test_a_file_for_one_user_is_judged_as_him(user: str) -> None:
    device = "arn:aws:iam::123456789012:mfa/bob"
    report = judge(tied(device), allow([ENABLE, LIST, RESYNC], user), forcing())
    finding = the(report, RULE, "error")
    assert finding.message.endswith("only one named as the user himself")
    assert finding.reason == "fits only this one name"
    assert underlined(report, finding) == f'"{device}"'
    assert finding.witness is not None
    assert finding.witness.request.principal.text == user
    mended(report, finding)


@pytest.mark.parametrize("kind", [Kind.BOUNDARY, Kind.SESSION, Kind.SCP])
def test_it_finds_the_tie_in_what_can_only_limit(kind: Kind) -> None:
    guard = deny(CREATE, condition=None, NotResource=OWN_DEVICE)
    report = judge(allow("*"), guard, kind=kind)
    assert underlined(report, the(report, RULE, "error")) == f'"{OWN_DEVICE}"'
    mended(report, the(report, RULE))
    if kind is not Kind.SCP:
        merely_allowed = judge(allow(["iam:*", "s3:GetObject"], [OWN_DEVICE, OWN_USER, "arn:aws:s3:::b/*"]), kind=kind)
        assert underlined(merely_allowed, the(merely_allowed, RULE, "error")) == f'"{OWN_DEVICE}"'


@pytest.mark.parametrize(
    "name", ["${aws:username}-*", "*-${aws:username}", "${aws:username}*", "team-*", "${aws:username}/*", "phone-?"]
)
def test_a_deliberate_pattern_is_a_note_that_tells_which_names_work(name: str) -> None:
    report = judge(tied(f"arn:aws:iam::*:mfa/{name}"), MANAGE, forcing())
    finding = the(report, RULE, "note")
    assert finding.message.startswith("virtual devices can be created only under ")
    assert "`bob-*` covers those of `bob-smith`" in finding.notes[0]
    assert finding.repair is None
    assert underlined(report, finding) == f'"arn:aws:iam::*:mfa/{name}"'


def test_the_note_names_one_that_works_and_one_that_does_not() -> None:
    finding = the(judge(tied("arn:aws:iam::*:mfa/${aws:username}-*"), MANAGE, forcing()), RULE)
    assert "like `own-user-phone`" in finding.message
    assert finding.reason == "a device named `googleAuthentication` does not fit"
    only_paths = the(judge(tied("arn:aws:iam::*:mfa/${aws:username}/*"), MANAGE, forcing()), RULE)
    assert "only under a path, which the console never gives" in only_paths.message


@pytest.mark.parametrize(
    "statements",
    [
        [*grants(), forcing()],
        [*grants(create="*"), forcing()],
        [*grants(create="arn:aws:iam::123456789012:mfa/?*"), forcing()],
        [*grants(create="arn:aws:iam::123456789012:*"), forcing()],
        [*grants(create=["arn:aws:iam::*:mfa/${aws:username}", ANY_DEVICE]), forcing()],
        [tied(), *grants(), forcing()],
        [*grants(), deny(CREATE, "arn:aws:iam::*:mfa/root-account-mfa-device", None), forcing()],
        [*grants(), deny(CREATE, condition=None, NotResource=ANY_DEVICE), forcing()],
        [forcing()],
        [allow([ENABLE, LIST], OWN_USER), forcing()],
        [tied(action=[DELETE]), *grants(), forcing()],
        [allow(CREATE, ANY_DEVICE, WITH), MANAGE, forcing()],
        [allow("*")],
        [allow("ec2:*", OWN_DEVICE)],
    ],
)
def test_it_is_silent_where_names_are_free_or_not_its_matter(statements: list[Doc]) -> None:
    assert silent(judge(*statements), RULE)


def test_what_another_policy_grants_counts() -> None:
    assert silent(judge(tied(), MANAGE, forcing(), beside=[allow(CREATE, ANY_DEVICE)]), RULE)
    assert silent(judge(forcing(), beside=[tied(), MANAGE]), RULE)


def test_a_resource_policy_is_not_its_matter() -> None:
    statement = allow("s3:*", "arn:aws:s3:::b", Principal="*")
    assert silent(judge(statement, kind=Kind.RESOURCE), RULE)


def test_all_entries_are_mended_at_once_and_comments_stay() -> None:
    text = """{ // the whole
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "iam:CreateVirtualMFADevice", /* why */
     "Resource": ["arn:aws:iam::*:mfa/${aws:username}", "arn:aws:iam::123456789012:mfa/${aws:username}"]},
    {"Effect": "Deny", "Action": "iam:CreateVirtualMFADevice",
     "NotResource": "arn:aws:iam::*:mfa/${aws:username}"}, // and this
  ]
}"""
    report = judge_text(text)
    finding = the(report, RULE)
    assert finding.repair is not None
    assert finding.repair.title == "let a device have any name"
    after = apply(text, finding.repair.edits)
    assert after == text.replace("mfa/${aws:username}", "mfa/*")
    again = mended(report, finding)
    assert ("error", RULE) not in severities(again)
