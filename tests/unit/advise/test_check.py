"""The judge: every rule asked, findings in order, those chosen or left out, and the report's other parts."""

from __future__ import annotations

import pytest
from tests.unit.advise.judged import (
    EVERYTHING_WITH_MFA,
    OWN_DEVICE,
    PRESENT,
    WITHOUT,
    Doc,
    allow,
    deny,
    forcing,
    grants,
    judge,
    policy,
)

from iamfa.advise import actions
from iamfa.advise.budget import CHARACTERS
from iamfa.advise.case import Case
from iamfa.advise.check import check, report_of
from iamfa.advise.finding import Severity
from iamfa.advise.options import CheckOptions
from iamfa.advise.rules import RULES, page, rule_ids
from iamfa.errors import IamfaError, JudgementError
from iamfa.policy import catalogue
from iamfa.policy.document import Kind
from iamfa.policy.forms import read_documents

STATEMENTS = (*grants(create=OWN_DEVICE), forcing("s3:GetObject", condition={"Bool": {PRESENT: "false"}}))


def test_findings_come_worst_first_and_then_in_the_order_of_the_text() -> None:
    report = judge(*STATEMENTS)
    keys = [(f.severity.rank, f.span.start if f.span else 0) for f in report.findings]
    assert keys == sorted(keys)
    assert [f.rule for f in report.findings][:3] == [
        "device-name-tied-to-user", "mfa-not-enforced", "exempt-too-broad",
    ]  # fmt: skip
    assert report.worst() is Severity.ERROR


def test_every_finding_is_of_a_known_rule_with_a_place_and_a_lower_case_sentence() -> None:
    for finding in judge(*STATEMENTS).findings:
        assert finding.rule in rule_ids()
        assert finding.span is not None
        assert not finding.message[:1].isupper() or finding.message.startswith(("MFA", "AWS"))
        assert "\n" not in finding.message
        assert str(finding) == finding.message


def test_rules_can_be_selected_and_left_out() -> None:
    chosen = frozenset({"mfa-not-enforced", "exempt-too-broad"})
    assert {f.rule for f in judge(*STATEMENTS, select=chosen).findings} == chosen
    without = judge(*STATEMENTS, ignore=chosen)
    assert not chosen & {f.rule for f in without.findings}
    assert "device-name-tied-to-user" in {f.rule for f in without.findings}
    assert judge(*STATEMENTS, select=chosen, ignore=frozenset({"exempt-too-broad"})).worst() is Severity.ERROR
    assert judge(*STATEMENTS, select=frozenset()).findings == ()


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (
            (forcing(),),
            "forces MFA by Deny, whatever else is attached (proved for every kind of credential: no other",
        ),
        ((EVERYTHING_WITH_MFA,), "forces MFA by grant: it holds only while nothing else grants ("),
        ((deny("s3:DeleteBucket"),), "protects a named set: some actions or resources need MFA ("),
        (tuple(grants()), "self-service grant: device actions are granted, nothing is forced ("),
        ((allow("*"),), "other: its verdicts do not depend on MFA ("),
    ],
)
def test_the_class_is_said_in_one_line_with_the_way_it_was_decided(statements: tuple[Doc, ...], words: str) -> None:
    report = judge(*statements)
    assert report.class_words.startswith(words)
    assert "for every kind of credential" in report.class_words


def test_the_situation_in_which_a_verdict_holds_is_said() -> None:
    tagged = forcing(condition={**WITHOUT, "StringEquals": {"aws:PrincipalTag/human": "yes"}})
    assert "for requests that its further conditions name: aws:PrincipalTag/human" in judge(tagged).class_words
    assert "further conditions" not in judge(forcing()).class_words


def test_the_report_tells_what_is_exempt() -> None:
    assert judge(*grants(), forcing("s3:GetObject")).exempt == tuple(sorted({
        "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "iam:ResyncMFADevice",
        "s3:GetObject", "sts:GetSessionToken",
    }))  # fmt: skip


def test_options_may_be_left_out() -> None:
    made = policy(*STATEMENTS)
    plain, told = check(made), check(made, options=CheckOptions())
    assert plain.findings == told.findings
    assert report_of(Case(made)).findings == plain.findings
    assert check(policy(allow("iam:Nonsense"))).findings[0].severity is Severity.NOTE, (
        "the catalogue's age is not known"
    )


def test_nothing_to_say_has_no_worst() -> None:
    report = judge(allow("*"))
    assert report.worst() is None
    assert report.findings == report.suppressed == report.faults == ()


def test_a_kind_that_was_told_is_the_kind_that_is_judged() -> None:
    told = judge(forcing(but=("iam:EnableMFADevice",)), kind=Kind.SCP)
    assert ("error", "enrolment-needs-an-administrator") in {(f.severity.value, f.rule) for f in told.findings}


def test_a_file_of_more_than_can_be_looked_at_is_refused_as_a_whole() -> None:
    with pytest.raises(JudgementError, match="no more than"):
        judge(allow("s3:GetObject", ["arn:aws:s3:::" + "x" * CHARACTERS]))
    many = [f"arn:aws:s3:::{number:08}/*" for number in range(3_000)]
    with pytest.raises(JudgementError, match="more than can be looked at"):
        judge(deny("s3:*", many))
    assert judge(allow("s3:*", many)).findings, "without a demand for MFA there is little to ask"


def test_each_rule_has_a_page() -> None:
    for rule in RULES:
        assert page(rule.id).startswith("# ")
        assert rule.severity
        assert rule.summary[:1].islower() or rule.summary.startswith(("ListUsers", "${"))
    with pytest.raises(IamfaError, match="`no-such-rule` is no rule"):
        page("no-such-rule")


def test_the_actions_that_rules_speak_of_are_in_the_catalogue() -> None:
    named = {
        *actions.DEVICE_CHANGES, *actions.FLOW_ACTIONS, *actions.COMFORT, *actions.ENROLMENT_NEEDS,
        *actions.OWN_CREDENTIALS, *actions.TAKES_OVER, *actions.USES_A_ROLE, actions.FEDERATION_TOKEN,
        actions.PASS_ROLE, actions.ASSUME_ROLE,
    }  # fmt: skip
    assert {name for name in named if str(catalogue.find_action(name) or "") != name} == set()
    assert catalogue.find_action(actions.UNHEARD_OF) is None


def test_of_a_dump_each_policy_counts_its_own_comments_only() -> None:
    def inline(name: str, comment: str) -> str:
        return (
            f'{{"PolicyName": "{name}", "PolicyDocument": {{"Version": "2012-10-17", "Statement": [{{\n'
            f'"Effect": "Allow", "Action": "iam:CreateVirtualMFADevice", {comment}\n'
            f'"Resource": "{OWN_DEVICE}"}}]}}}}'
        )

    comment = "\n// iamfa: ignore[device-name-tied-to-user] on purpose"
    policies = ", ".join((inline("one", comment), inline("two", "")))
    text = f'{{"UserDetailList": [{{"UserName": "alice", "UserPolicyList": [{policies}]}}], "GroupDetailList": [], '
    text += '"RoleDetailList": [], "Policies": []}'
    reports = [check(found.policy) for found in read_documents(text) if found.policy is not None]
    assert [[f.rule for f in report.suppressed] for report in reports] == [["device-name-tied-to-user"], []]
    assert [report.faults for report in reports] == [(), ()]
