"""A refusal is explained by the policies behind it, and no more is claimed than was read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.device.stage import ARN, POLICIES, Stage

from iamfa.device.own_policies import read_own_policies
from iamfa.device.own_user import OwnUser
from iamfa.device.refused import Refusal, explain_refusal
from iamfa.errors import JudgementError
from iamfa.gateway.aws import Aws
from iamfa.gateway.faults import AccessDeniedError

OUTDATED = Path("story-1-outdated.json")
READS = {"Effect": "Allow", "Action": ["iam:Get*", "iam:List*"], "Resource": "*"}
READS_ONLY = json.dumps({"Version": "2012-10-17", "Statement": [READS]})


def readable(policy: Path) -> str:
    """The policy of a file with leave to read one's own policies, without MFA too."""
    read = json.loads((POLICIES / policy).read_text())
    read["Statement"] = [READS, *read["Statement"][1:]]
    read["Statement"][3]["NotAction"] = ["iam:Get*", "iam:List*", "iam:*VirtualMFADevice", "iam:EnableMFADevice"]
    return json.dumps(read)


def refused(stage: Stage, user: OwnUser, name: str, *, reading: bool = True) -> Refusal:
    """Why a device of this name cannot be created with the user's key."""
    own = stage.calls(user.name)
    with pytest.raises(AccessDeniedError) as error:
        own.create_virtual_mfa_device(name)
    return explain_refusal(error.value, user, caller=own if reading else None, name=name)


def test_a_freely_named_device_under_the_outdated_policy_is_explained_as_check_would(stage: Stage) -> None:
    user = stage.user(readable(OUTDATED), name="carol")
    found = refused(stage, user, "phone")
    first, why, *rest = found.sentences
    assert first == (
        f"`iam:CreateVirtualMFADevice` on `{ARN}:mfa/phone` is refused: no identity-based policy allows it"
    )
    assert found.finding is not None
    assert found.finding.rule == "device-name-tied-to-user"
    assert why == (
        "the policy `own` of the user `carol`: a virtual device under a free name cannot be created: only one named as "
        "the user himself (device-name-tied-to-user; the statement `AllowIndividualUserToManageTheirOwnMFA` says "
        "`arn:aws:iam::*:mfa/${aws:username}`)"
    )
    assert (found.works, found.works_for_sure, rest) == ("carol", True, [])
    assert found.hint == (
        "name it `carol`: by the policies that could be read it works today; for any other name let an administrator "
        "write `arn:aws:iam::*:mfa/*` in place of `arn:aws:iam::*:mfa/${aws:username}`: `iamfa fix` repairs the whole "
        "policy, which `aws iam get-user-policy --user-name carol --policy-name own --query PolicyDocument` shows"
    )
    assert stage.calls("carol").create_virtual_mfa_device("carol").serial == f"{ARN}:mfa/carol"


def test_where_the_policies_cannot_be_read_it_is_likely_and_no_more_is_said(stage: Stage) -> None:
    user = stage.user(OUTDATED, name="dave")
    for reading in (True, False):
        found = refused(stage, user, "phone", reading=reading)
        assert (found.works, found.works_for_sure, found.finding) == ("dave", False, None)
        assert any("could not be read" in each for each in found.sentences)
        assert "name it `dave`: it is worth a try" in found.hint
        assert f"ask an administrator to allow `iam:CreateVirtualMFADevice` on `{ARN}:mfa/phone`" in found.hint
    assert found.policies is None
    read = refused(stage, user, "phone").policies
    assert read is not None
    assert not read.is_complete
    assert any("`iam:ListUserPolicies`" in each for each in read.not_read)


def test_ones_own_name_is_not_proposed_to_who_asked_for_it(stage: Stage) -> None:
    user = stage.user(READS_ONLY, name="erin")
    assert refused(stage, user, "erin").works is None
    assert refused(stage, user, "erin", reading=False).works is None
    assert refused(stage, user, "phone").works is None, "all was read, and nothing allows it"


def test_a_name_that_fits_the_pattern_of_a_groups_managed_policy_is_found(stage: Stage) -> None:
    user, admin = stage.user(READS_ONLY, name="frank"), stage.admin
    pattern = {"Effect": "Allow", "Action": "iam:CreateVirtualMFADevice",
               "Resource": "arn:aws:iam::*:mfa/${aws:username}-*"}  # fmt: skip
    document = json.dumps({"Version": "2012-10-17", "Statement": [pattern]})
    arn = admin.call("iam", "CreatePolicy", PolicyName="names", PolicyDocument=document)["Policy"]["Arn"]
    admin.call("iam", "CreateGroup", GroupName="developers")
    admin.call("iam", "AttachGroupPolicy", GroupName="developers", PolicyArn=arn)
    admin.call("iam", "PutGroupPolicy", GroupName="developers", PolicyName="more", PolicyDocument=READS_ONLY)
    admin.call("iam", "AddUserToGroup", GroupName="developers", UserName="frank")
    found = refused(stage, user, "phone")
    assert (found.works, found.works_for_sure) == ("frank-phone", True)
    assert found.held is not None
    assert (str(found.held), found.held.arn) == ("the policy `names` of the group `developers`", arn)
    assert found.held.command == (
        f"aws iam get-policy-version --policy-arn {arn} --version-id v1 --query PolicyVersion.Document"
    )


def test_another_refused_call_names_the_statement_that_refuses(stage: Stage) -> None:
    deny = {"Sid": "NoDevices", "Effect": "Deny", "Action": "iam:CreateVirtualMFADevice", "Resource": "*"}
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    user = stage.user(json.dumps({"Version": "2012-10-17", "Statement": [deny, allow]}))
    found = refused(stage, user, "phone")
    assert found.because == f"the statement `NoDevices` in the policy `own` of the user `{user.name}` denies it"
    assert found.because in found.sentences
    assert "exempt `iam:CreateVirtualMFADevice`" in found.hint
    assert (found.works, found.works_with_code) == (None, False)


def test_what_is_allowed_with_a_code_is_said_so(stage: Stage) -> None:
    allow = {"Effect": "Allow", "Action": "iam:Get*", "Resource": "*"}
    deny = {"Sid": "Mfa", "Effect": "Deny", "NotAction": ["iam:Get*", "iam:List*", "iam:CreateVirtualMFADevice"],
            "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}  # fmt: skip
    more = {"Effect": "Allow", "Action": "iam:*MFADevice", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [READS, allow, more, deny]})
    user = stage.user(policy)
    own = stage.calls(user.name)
    with pytest.raises(AccessDeniedError) as error:
        own.deactivate_mfa_device(user.name, f"{ARN}:mfa/any")
    found = explain_refusal(error.value, user, caller=own)
    assert found.works_with_code
    assert found.hint == "in a session with a code it is allowed: `iamfa login`"
    assert "`Mfa`" in str(found.because)


def test_a_user_with_a_path_is_told_that_the_resource_does_not_fit(stage: Stage) -> None:
    own = {"Sid": "Own", "Effect": "Allow", "Action": "iam:EnableMFADevice",
           "Resource": "arn:aws:iam::*:user/${aws:username}"}  # fmt: skip
    user = stage.user(json.dumps({"Version": "2012-10-17", "Statement": [READS, own]}), name="gina", path="/red/")
    calls = stage.calls("gina")
    with pytest.raises(AccessDeniedError) as error:
        calls.enable_mfa_device("gina", f"{ARN}:mfa/any", "123456", "234567")
    found = explain_refusal(error.value, user, caller=calls)
    assert found.because == (
        "the statement `Own` in the policy `own` of the user `gina` allows the action, but not on this resource"
    )


def test_a_boundary_is_read_too_and_what_stands_above_is_said_to(stage: Stage) -> None:
    everything = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    )
    user, admin = stage.user(everything, name="hana"), stage.admin
    boundary = admin.call("iam", "CreatePolicy", PolicyName="limit", PolicyDocument=READS_ONLY)["Policy"]["Arn"]
    admin.call("iam", "PutUserPermissionsBoundary", UserName="hana", PermissionsBoundary=boundary)
    found = refused(stage, user, "phone")
    assert found.policies is not None
    assert found.policies.boundary is not None
    assert found.denied.why == "no permissions boundary allows it"
    assert (found.works, found.because) == (None, None)
    words = f"User: {user.arn} is not authorized to perform: iam:GetUser on resource: {user.arn} with an explicit deny "
    error = AccessDeniedError("AccessDenied", words + "in a service control policy", operation="iam:GetUser")
    above = explain_refusal(error, user, caller=stage.calls("hana"))
    assert str(above.because).endswith("do not refuse it: one above them does, of the organization for instance")
    assert above.because in above.sentences


def test_what_a_group_allows_and_may_not_be_read_leaves_the_own_name_likely(stage: Stage) -> None:
    deny = {"Effect": "Deny", "Action": ["iam:ListAttachedUserPolicies", "iam:ListGroupsForUser"], "Resource": "*"}
    user = stage.user(json.dumps({"Version": "2012-10-17", "Statement": [READS, deny]}), name="iris")
    found = refused(stage, user, "phone")
    assert (found.works, found.works_for_sure, found.because) == ("iris", False, None)
    assert "whether yours is such a one could not be read" in found.sentences[-1]
    assert found.policies is not None
    assert found.policies.not_read[1].startswith(f"`iam:ListGroupsForUser` on `{user.arn}` is refused")
    words = f"User: {user.arn} is not authorized to perform: iam:GetUser on resource: {user.arn}"
    error = AccessDeniedError("AccessDenied", words, operation="iam:GetUser")
    other = explain_refusal(error, user, caller=stage.calls("iris"))
    assert str(other.because).endswith("one that was not read does")
    assert other.sentences[-1].startswith(
        f"not everything could be read: `iam:ListAttachedUserPolicies` on `{user.arn}` is"
    )
    assert other.sentences[-1].endswith(" (and 1 more)")


def test_a_policy_that_cannot_be_judged_or_read_to_its_end_is_left_out_and_said(stage: Stage) -> None:
    user = stage.user(READS_ONLY, name="jane")
    managed = stage.admin.call("iam", "CreatePolicy", PolicyName="jane", PolicyDocument=READS_ONLY)["Policy"]["Arn"]
    stage.admin.call("iam", "AttachUserPolicy", UserName="jane", PolicyArn=managed)
    calls = stage.calls("jane")
    assert [each.arn for each in read_own_policies(calls, user).identity] == [None, managed]
    for operation in ("GetUserPolicy", "GetPolicy", "GetPolicyVersion"):
        stage.fault(f"iam:{operation}=failure*1")
        found = read_own_policies(calls, user)
        assert len(found.identity) == 1
        assert "asked for by a fault" in found.not_read[0]


class _Odd(Aws):
    """Answers that no sandbox gives: one entry a page, and a document that is no policy."""

    def __init__(self, real: Aws) -> None:
        self.real = real

    def call(self, service: str, operation: str, **parameters: Any) -> Any:
        if operation in ("ListUserPolicies", "ListGroupsForUser"):
            parameters["MaxItems"] = 1
        found = dict(self.real.call(service, operation, **parameters))
        return {**found, "PolicyDocument": {"Version": "1999"}} if parameters.get("PolicyName") == "odd" else found


def test_every_page_is_read_and_what_is_no_policy_is_said(stage: Stage) -> None:
    user = stage.user(READS_ONLY, name="kate")
    for name in ("more", "odd"):
        stage.admin.call("iam", "PutUserPolicy", UserName="kate", PolicyName=name, PolicyDocument=READS_ONLY)
    found = read_own_policies(_Odd(stage.calls("kate")), user)
    assert [each.name for each in found.identity] == ["more", "own"]
    assert "`odd` of the user `kate` cannot be read: " in found.not_read[0]


def test_awss_own_rule_is_no_policys(stage: Stage) -> None:
    user = stage.user()
    stage.enrolled(user, "rule")
    calls = stage.calls(user.name)
    with pytest.raises(AccessDeniedError) as error:
        calls.deactivate_mfa_device(user.name, f"{ARN}:mfa/rule")
    found = explain_refusal(error.value, user, caller=calls)
    assert found.policies is None
    assert found.hint == "obtain a session with a code first: `iamfa login`"


def test_what_cannot_be_judged_is_not_guessed_at(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    user = stage.user(readable(OUTDATED), name="lena")
    calls = stage.calls("lena")
    words = f"User: {user.arn} is not authorized to perform: iam:* on resource: {user.arn}"
    strange = AccessDeniedError("AccessDenied", words, operation="iam:GetUser")
    assert "do not refuse it" in str(explain_refusal(strange, user, caller=calls).because)

    def too_large(*_: object, **__: object) -> None:
        raise JudgementError("too large")

    monkeypatch.setattr("iamfa.device.refused.report_of", too_large)
    found = refused(stage, user, "phone")
    assert (found.finding, found.works, found.works_for_sure) == (None, "lena", True)
    assert "allows the action, but not on this resource" in str(found.because)
