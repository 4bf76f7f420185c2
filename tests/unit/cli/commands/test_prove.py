"""`iamfa prove`: proved, refuted with a request, unknown with the reason; certificates written and checked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iamfa.evaluate.decide import Decider
from iamfa.evaluate.request import Request
from iamfa.policy.bundle import EVERYTHING, Bundle
from iamfa.policy.policy import Policy
from iamfa.proof import answer as answers
from iamfa.proof.search import Stuck

Run = Callable[..., Any]

DATA = Path(__file__).parents[3] / "data" / "policies"
REQUIRED, REPAIRED = "2-required-only.json", "3-repaired.jsonc"
WITHOUT = ("--without-mfa",)
ALL = (*WITHOUT, "--plus-everything")
CREATE = "iam:CreateVirtualMFADevice"
ALICE = "arn:aws:iam::123456789012:user/alice"


def policy(*statements: dict[str, object]) -> dict[str, object]:
    """A policy of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def deny(not_action: list[str], **condition: object) -> dict[str, object]:
    """A Deny of everything else, by default without MFA."""
    asked = condition or {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    return {"Effect": "Deny", "NotAction": not_action, "Resource": "*", "Condition": asked}


def allow(action: object, resource: object = "*", **more: object) -> dict[str, object]:
    """An Allow."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def write(path: Path, value: object) -> str:
    """A file that holds the value as JSON; its name."""
    path.write_text(json.dumps(value), encoding="utf-8")
    return path.name


def words(text: str) -> str:
    """A wrapped text as one line."""
    return " ".join(text.split())


# Nothing without MFA -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["aws-p1", "aws-p2", "aws-p3", "aws-p4", "aws-p5b"])
def test_aws_s_own_policies_are_proved_whatever_else_is_attached(iamfa: Run, name: str) -> None:
    found = iamfa("prove", DATA / f"{name}.json", *ALL)
    assert found.code == 0, found.out
    assert found.out.startswith("proved: no request outside iam:")
    assert "a checker with code of its own has accepted the proof" in words(found.out)
    assert "outside what the file itself exempts" in found.out


def test_aws_s_old_page_is_refuted_with_a_long_term_key(iamfa: Run) -> None:
    found = iamfa("prove", DATA / "aws-p5a.json", *ALL, "--format", "json")
    assert (found.code, found.json["answer"], found.json["credential"]) == (1, "refuted", "long-term-key")
    assert found.json["closed"] is True
    assert "aws:MultiFactorAuthPresent" not in found.json["witness"]["context"]
    shown = iamfa("prove", DATA / "aws-p5a.json", *ALL)
    assert "with an access key alone" in shown.out
    assert "`aws:MultiFactorAuthPresent` is absent" in shown.out
    assert "identity[1] Allow `Everything`" in shown.out


def test_a_witness_is_a_request_that_the_evaluator_allows(iamfa: Run) -> None:
    witness = iamfa("prove", DATA / "aws-p5a.json", *ALL, "--format", "json").json["witness"]
    assert set(witness) == {"principal", "action", "resource", "context"}
    request = Request(witness.pop("action"), witness.pop("resource"), **witness)
    bundle = Bundle([Policy.load(DATA / "aws-p5a.json"), EVERYTHING])
    assert Decider(bundle).decide(request).decision == "allowed"


@pytest.mark.parametrize(
    ("condition", "credential"),
    [
        ({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, "long-term-key"),
        ({"Null": {"aws:MultiFactorAuthPresent": "true"}}, "token"),
        ({"NumericGreaterThan": {"aws:MultiFactorAuthAge": "3600"}}, "long-term-key"),
        (
            {
                "BoolIfExists": {"aws:MultiFactorAuthPresent": "false"},
                "NumericGreaterThan": {"aws:MultiFactorAuthAge": "3600"},
            },
            "long-term-key",
        ),
    ],
    ids=["Bool", "Null", "Age", "AgeAndPresent"],
)
def test_a_condition_with_a_hole_is_refuted_with_the_credential_that_falls_through(
    iamfa: Run, folder: Path, condition: dict[str, object], credential: str
) -> None:
    name = write(folder / "hole.json", policy(deny(["iam:ListUsers"], **condition)))
    found = iamfa("prove", name, *ALL, "--outside", "iam:ListUsers", "--format", "json")
    assert (found.code, found.json["answer"], found.json["credential"]) == (1, "refuted", credential)


def test_outside_names_the_set_and_what_it_leaves_out_refutes(iamfa: Run) -> None:
    found = iamfa("prove", REQUIRED, *WITHOUT, "--outside", "iam:*", "--format", "json")
    assert (found.code, found.json["outside"], found.json["outside_from_file"]) == (0, ["iam:*"], False)
    found = iamfa("prove", REQUIRED, *WITHOUT, "--outside", "iam:List*", "--outside", "iam:ChangePassword,iam:E*")
    assert found.code == 1
    assert f"This request does it:\n  {CREATE} on arn:aws:iam::" in found.out
    assert "what the file itself exempts" not in found.out
    assert " --> 2-required-only.json:16:" in found.out


def test_entries_with_wildcards_stand_for_their_actions_in_what_the_file_exempts(iamfa: Run, folder: Path) -> None:
    name = write(folder / "wild.json", policy(deny(["iam:List*", "iam:ChangePassword"])))
    found = iamfa("prove", name, *ALL, "--format", "json")
    assert found.code == 0
    assert found.json["outside"] == ["iam:List*", "iam:ChangePassword"]
    assert found.json["outside_from_file"] is True


def test_a_policy_that_forces_nothing_exempts_nothing_and_is_refuted(iamfa: Run, folder: Path) -> None:
    name = write(folder / "all.json", policy(allow("*")))
    found = iamfa("prove", name, *WITHOUT)
    assert found.code == 1
    assert "the file itself exempts nothing" in found.out
    assert "which may refuse it all the same" in words(found.out)


def test_all_files_reach_one_user(iamfa: Run, folder: Path) -> None:
    name = write(folder / "all.json", policy(allow("*")))
    found = iamfa("prove", name, REQUIRED, *WITHOUT)
    assert found.code == 0
    assert "read: all.json (identity[0]), 2-required-only.json (identity[1])" in words(found.out)


def test_a_policy_of_several_documents_says_to_name_one(iamfa: Run, folder: Path) -> None:
    entry = {"UserName": "a", "UserPolicyList": [{"PolicyName": n, "PolicyDocument": policy(allow("*"))} for n in "xy"]}
    name = write(folder / "dump.json", {"UserDetailList": [entry]})
    found = iamfa("prove", name, *WITHOUT)
    assert (found.code, found.out) == (3, "")
    assert "the file holds 2 policies" in found.err


def test_standard_input_is_a_file(iamfa: Run) -> None:
    found = iamfa("prove", "-", *WITHOUT, stdin=json.dumps(policy(deny(["iam:ListUsers"]))))
    assert found.code == 0


def test_a_bundle_proves_by_its_boundary(iamfa: Run, folder: Path) -> None:
    bundle = {"identity_policies": [policy(allow("*"))], "boundary": policy(allow("*"), deny(["iam:ListUsers"]))}
    name = write(folder / "bundle.json", bundle)
    found = iamfa("prove", "--bundle", name, *WITHOUT, "--outside", "iam:ListUsers")
    assert found.code == 0, found.out
    assert "read: identity[0], boundary" in words(found.out)


def test_a_resource_s_own_policy_needs_a_user(iamfa: Run, folder: Path) -> None:
    bucket = write(folder / "bucket.json", policy(allow("s3:GetObject", "arn:aws:s3:::b/*", Principal={"AWS": ALICE})))
    found = iamfa("prove", REQUIRED, bucket, *WITHOUT)
    assert found.code == 5
    assert "say which user is meant" in words(found.out)
    assert iamfa("prove", REQUIRED, bucket, *WITHOUT, "--user", ALICE).code == 0
    granted = iamfa("prove", bucket, *WITHOUT, "--user", ALICE, "--format", "json")
    assert (granted.code, granted.json["witness"]["action"]) == (1, "s3:GetObject")


def test_an_exempt_role_that_the_set_does_not_name_is_unknown_for_its_trust_policy_was_not_read(
    iamfa: Run, folder: Path
) -> None:
    name = write(folder / "role.json", policy(deny(["iam:ListUsers", "sts:AssumeRole"])))
    found = iamfa("prove", name, *ALL, "--outside", "iam:ListUsers")
    assert found.code == 5
    assert "roles that may be assumed and KMS keys" in words(found.out)
    assert iamfa("prove", name, *ALL).code == 0, "the file itself exempts it"


def test_what_is_not_shown_is_unknown_with_the_reason(iamfa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "search", lambda *_given, **_more: Stuck("more than can be looked at"))
    found = iamfa("prove", REQUIRED, *WITHOUT, "--format", "json")
    assert (found.code, found.json["answer"], found.json["witness"]) == (5, "unknown", None)
    assert found.json["reason"] == "more than can be looked at"


def test_a_proof_that_the_checker_refuses_is_no_proof(iamfa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found = answers.prove

    def forged(*given: Any, **more: Any) -> Any:
        answer = found(*given, **more)
        assert isinstance(answer, answers.Proved)
        object.__setattr__(answer.certificate, "cases", answer.certificate.cases[1:])
        return answer

    monkeypatch.setattr("iamfa.cli.proving.prove", forged)
    shown = iamfa("prove", REQUIRED, *WITHOUT, "--format", "json")
    assert (shown.code, shown.json["answer"], shown.json["certificate"]) == (5, "unknown", None)
    assert shown.json["reason"].startswith("a proof was found, and the checker does not accept it: ")


def test_quiet_says_nothing_of_what_is_proved(iamfa: Run) -> None:
    assert iamfa("prove", REQUIRED, *WITHOUT, "--quiet").out == ""
    assert iamfa("prove", DATA / "aws-p5a.json", *ALL, "--quiet").out.startswith("refuted: ")


@pytest.mark.parametrize("width", [60, 80, 200])
def test_no_line_is_wider_than_the_terminal(iamfa: Run, folder: Path, width: int) -> None:
    (folder / "p5a.json").write_bytes((DATA / "aws-p5a.json").read_bytes())
    for command in (("prove", "p5a.json", *ALL), ("prove", REQUIRED, *WITHOUT, "--verbose")):
        assert max(map(len, iamfa(*command, width=width).out.splitlines())) <= width


# Other questions -----------------------------------------------------------------------------------------------------


def test_never_says_how_somebody_can(iamfa: Run) -> None:
    found = iamfa("prove", REQUIRED, "--question", "never", "--action", CREATE, "--credential", "long-term-key")
    assert found.code == 1
    assert found.out.startswith(f"refuted: no request for {CREATE} ")
    assert "where aws:username = some-user" in found.out


@pytest.mark.parametrize("more", [(), ("--credential", "token,console"), ("--resource", "arn:aws:s3:::b/*")])
def test_never_is_proved_where_nobody_can(iamfa: Run, more: tuple[str, ...]) -> None:
    found = iamfa("prove", REQUIRED, "--question", "never", "--action", "s3:*,ec2:Run*", *more, "--format", "json")
    assert (found.code, found.json["outside"]) == (0, None)


def test_never_can_assume_that_everything_else_is_granted(iamfa: Run) -> None:
    asked = ("prove", REQUIRED, "--question", "never", "--action", "s3:*", "--plus-everything")
    assert iamfa(*asked).code == 1
    assert iamfa(*asked, "--credential", "long-term-key").code == 0


def test_lift_asks_whether_a_session_with_mfa_can_take_the_policy_away(iamfa: Run, folder: Path) -> None:
    assert iamfa("prove", REQUIRED, "--question", "lift").code == 0
    name = write(folder / "admin.json", policy(allow("iam:CreatePolicyVersion")))
    found = iamfa("prove", REQUIRED, name, "--question", "lift", "--format", "json")
    assert (found.code, found.json["credential"]) == (1, "token-mfa")
    assert found.json["witness"]["action"] == "iam:CreatePolicyVersion"


def test_implies_says_whether_the_second_permits_all_of_the_first(iamfa: Run) -> None:
    found = iamfa("prove", REQUIRED, REPAIRED, "--question", "implies", "--format", "json")
    assert (found.code, found.json["answer"]) == (0, "proved")
    assert found.json["certificate"]["claim"]["id"] == "implies"
    back = iamfa("prove", REPAIRED, REQUIRED, "--question", "implies")
    assert back.code == 1
    assert "permitted by 3-repaired.jsonc\n" in back.out
    assert "not permitted by 2-required-only.json, of which no Allow fits" in back.out


def test_implies_is_unknown_where_boundaries_differ(iamfa: Run, folder: Path) -> None:
    one = write(folder / "one.json", {"identity_policies": [policy(allow("s3:*"))], "boundary": policy(allow("*"))})
    two = write(folder / "two.json", {"identity_policies": [policy(allow("s3:*"))]})
    found = iamfa("prove", one, two, "--question", "implies")
    assert found.code == 5
    assert "the permissions boundary differ, and are not compared" in words(found.out)


@pytest.mark.parametrize("named", ["Second", "2"])
def test_a_statement_that_changes_nothing_is_dead(iamfa: Run, folder: Path, named: str) -> None:
    statements = (allow("s3:*"), {**allow("s3:GetObject"), "Sid": "Second"}, allow("ec2:*"))
    name = write(folder / "dead.json", policy(*statements))
    assert iamfa("prove", name, "--question", "dead", "--statement", named).code == 0
    found = iamfa("prove", name, "--question", "dead", "--statement", "1")
    assert found.code == 1
    assert "dead.json without `statement 1`" in found.out


def test_a_dead_deny_and_a_living_one_are_told_apart_whatever_else_is_attached(iamfa: Run, folder: Path) -> None:
    refuse = {"Effect": "Deny", "Action": "ec2:*", "Resource": "*"}
    dead = write(folder / "dead.json", policy(refuse, {**refuse, "Action": "ec2:Run*"}))
    found = iamfa("prove", dead, "--question", "dead", "--statement", "2")
    assert found.code == 0
    assert "changes no verdict, whatever else is attached" in words(found.out)
    needed = write(folder / "needed.json", policy(allow("s3:*"), refuse))
    found = iamfa("prove", needed, "--question", "dead", "--statement", "2")
    assert found.code == 1
    assert "Everything" not in found.out
    living = write(folder / "living.json", policy(allow("*"), refuse))
    found = iamfa("prove", living, "--question", "dead", "--statement", "2")
    assert found.code == 1
    assert "denied by living.json\n" in found.out


def test_the_only_statement_is_not_dead(iamfa: Run, folder: Path) -> None:
    name = write(folder / "one.json", policy(allow("s3:*")))
    assert iamfa("prove", name, "--question", "dead", "--statement", "1").code == 1


def test_a_statement_that_is_not_there_ends_with_3(iamfa: Run) -> None:
    found = iamfa("prove", REQUIRED, "--question", "dead", "--statement", "9")
    assert (found.code, found.out) == (3, "")
    assert "help: there are: AllowIndividualUserToManageTheirOwnMFA, " in found.err


# Certificates --------------------------------------------------------------------------------------------------------


def test_a_certificate_is_written_and_checked_on_its_own(iamfa: Run, folder: Path) -> None:
    found = iamfa("prove", REQUIRED, *ALL, "--certificate", "proof.json", "--format", "json")
    assert found.code == 0
    assert json.loads((folder / "proof.json").read_text()) == found.json["certificate"]
    assert "`iamfa prove --verify proof.json` checks it" in found.err
    checked = iamfa("prove", "--verify", "proof.json", width=200)
    assert checked.code == 0
    assert checked.out.startswith("proved: no request by any IAM user without MFA")
    assert "of the policy identity[0], SHA-256 " in checked.out
    assert "not claimed: that these policies are attached anywhere" in checked.out
    assert "apart from sts:GetCallerIdentity, sts:GetSessionToken" in checked.out
    assert iamfa("prove", "--verify", "proof.json", "--quiet").out == ""


def test_a_certificate_says_whether_it_is_about_a_file_whatever_its_layout(iamfa: Run, folder: Path) -> None:
    iamfa("prove", REPAIRED, *ALL, "--certificate", "proof.json")
    plain = write(folder / "plain.json", json.loads(iamfa("prove", REPAIRED, *ALL, "--format", "json").out)[
        "certificate"]["a"]["identity_policies"][0])  # fmt: skip
    found = iamfa("prove", "--verify", "proof.json", REPAIRED, plain, "--format", "json")
    assert found.code == 0
    assert [each["claimed"] for each in found.json["files"]] == [True, True]
    assert found.json["policies"][0]["sha256"] == found.json["files"][0]["sha256"]
    other = iamfa("prove", "--verify", "proof.json", REQUIRED)
    assert other.code == 1
    assert "is NOT among them: nothing is proved of it" in words(other.out)


def test_the_certificate_of_an_implication_names_both_sides(iamfa: Run) -> None:
    iamfa("prove", REQUIRED, REPAIRED, "--question", "implies", "--certificate", "proof.json")
    found = iamfa("prove", "--verify", "proof.json", "--format", "json")
    assert [each["policy"] for each in found.json["policies"]] == ["a.identity[0]", "b.identity[0]"]
    assert found.json["apart_from"] == []


def test_nothing_is_written_where_nothing_is_proved(iamfa: Run, folder: Path) -> None:
    found = iamfa("prove", DATA / "aws-p5a.json", *ALL, "--certificate", "proof.json")
    assert (found.code, (folder / "proof.json").exists()) == (1, False)
    assert "`proof.json` is not written: nothing is proved" in found.err


def test_a_certificate_that_cannot_be_written_ends_with_3(iamfa: Run) -> None:
    assert iamfa("prove", REQUIRED, *ALL, "--certificate", "no/such/folder.json").code == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "column 2 of the line"),
        ("[]", "a certificate is an object"),
        ("{}", "the certificate has no field `version`"),
        ("[" * 100_000, "nested too deeply"),
        ('{"version": 1, "version": 1}', "`version` stands twice"),
    ],
)
def test_a_certificate_that_is_none_ends_with_3(iamfa: Run, folder: Path, text: str, said: str) -> None:
    (folder / "proof.json").write_text(text)
    found = iamfa("prove", "--verify", "proof.json")
    assert (found.code, found.out) == (3, "")
    assert found.err.startswith("error: `proof.json` proves nothing: ")
    assert said in found.err


def test_a_certificate_with_another_policy_in_it_proves_nothing(iamfa: Run, folder: Path) -> None:
    iamfa("prove", REQUIRED, *ALL, "--certificate", "proof.json")
    proof = json.loads((folder / "proof.json").read_text())
    proof["a"]["identity_policies"][0]["Statement"][1]["NotAction"].append("s3:*")
    write(folder / "forged.json", proof)
    assert iamfa("prove", "--verify", "forged.json").code == 3
    proof = json.loads((folder / "proof.json").read_text())
    proof["claim"]["outside"] = []
    write(folder / "forged.json", proof)
    assert iamfa("prove", "--verify", "forged.json").code == 3


# Wrong calls ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        (REQUIRED,),
        WITHOUT,
        (REQUIRED, *WITHOUT, "--bundle", "x.json"),
        (REQUIRED, *WITHOUT, "--question", "never"),
        (REQUIRED, *WITHOUT, "--action", "s3:*"),
        (REQUIRED, *WITHOUT, "--outside", "ListUsers"),
        (REQUIRED, *WITHOUT, "--user", "alice"),
        (REQUIRED, *WITHOUT, "--user", "arn:aws:iam::123456789012:role/x"),
        (REQUIRED, *WITHOUT, "--assume", "x"),
        (REQUIRED, "--question", "nothing"),
        (REQUIRED, "--question", "never"),
        (REQUIRED, "--question", "never", "--action", "x"),
        (REQUIRED, "--question", "never", "--action", "sts:getsessiontoken"),
        (REQUIRED, "--question", "never", "--action", "s3:*", "--credential", "role"),
        (REQUIRED, "--question", "implies"),
        (REQUIRED, "--question", "dead"),
        (REQUIRED, REPAIRED, "--question", "dead", "--statement", "1"),
        ("--verify", "x.json", *WITHOUT),
        ("--verify", "x.json", "--certificate", "y.json"),
    ],
)
def test_a_question_that_cannot_be_asked_is_wrong_usage(iamfa: Run, arguments: tuple[str, ...]) -> None:
    found = iamfa("prove", *arguments)
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith("error: ")


@pytest.mark.parametrize("name", ["no-such.json", "bad.json"])
def test_a_policy_that_is_none_ends_with_3(iamfa: Run, folder: Path, name: str) -> None:
    (folder / "bad.json").write_text('{"Statement": [{"Effect": "Allow"}]}')
    found = iamfa("prove", REQUIRED, name, *WITHOUT)
    assert (found.code, found.out) == (3, "")
    assert found.err.startswith(f"error: `{name}`:")


def test_a_file_too_large_to_find_what_it_exempts_ends_with_5(iamfa: Run, folder: Path) -> None:
    large = write(folder / "large.json", policy(*[deny(["iam:ListUsers"])] * 1500))
    found = iamfa("prove", large, *WITHOUT)
    assert found.code == 5
    assert "no more than 131,072 are judged" in found.err


def test_assumptions_of_the_settings_count_and_the_checker_makes_none_of_its_own(iamfa: Run, folder: Path) -> None:
    name = write(folder / "stars.json", policy(allow("s3:GetObject", "arn:aws:s3::*:c/d")))
    asked = ("prove", name, "--question", "never", "--action", "s3:*", "--resource", "arn:aws:s3::a:b:c/d")
    assert iamfa(*asked).code == 1
    (folder / "iamfa.toml").write_text('assume = { resource-star-crosses-colons = "no" }')
    found = iamfa(*asked)
    assert found.code == 5
    assert "the checker does not accept it" in words(found.out)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.usefixtures("interruptible")
def test_interrupted_it_ends_in_silence_with_130(folder: Path) -> None:
    # A pipe that nobody writes to: the command waits for its policy until it is interrupted.
    command = [sys.executable, "-m", "iamfa", "prove", "-", "--without-mfa"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, b"", b"")
