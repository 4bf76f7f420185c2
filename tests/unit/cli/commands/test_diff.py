"""`iamfa diff`: what one policy permits and the other does not; files, bundles, revisions, and line by line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iamfa.evaluate.decide import permits
from iamfa.evaluate.request import Request
from iamfa.policy.document import Kind
from iamfa.policy.policy import Policy

Run = Callable[..., Any]

REQUIRED, REPAIRED, OFFICIAL = "2-required-only.json", "3-repaired.jsonc", "1-official-2022.json"
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def policy(action: object = "s3:*", **more: object) -> dict[str, object]:
    """A policy of one Allow."""
    statement = {"Effect": "Allow", "Action": action, "Resource": "*", **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def write(path: Path, value: object) -> str:
    """A file that holds the value as JSON; its name."""
    path.write_text(json.dumps(value), encoding="utf-8")
    return path.name


def words(text: str) -> str:
    """A wrapped text as one line."""
    return " ".join(text.split())


def permitted(value: object, request: dict[str, Any], kind: Kind | None = None) -> bool | None:
    """Whether a policy by itself permits a request as an answer spells it."""
    told = dict(request)
    asked = Request(told.pop("action"), told.pop("resource"), **told)
    return permits([Policy.from_document(value, kind=kind).document], asked)


# One pair ------------------------------------------------------------------------------------------------------------


def test_the_repair_permits_more_and_the_request_and_the_statements_show_it(iamfa: Run) -> None:
    found = iamfa("diff", REQUIRED, REPAIRED)
    assert found.code == 1
    assert found.out.startswith("`2-required-only.json` permits less than `3-repaired.jsonc`\n")
    assert "Only `3-repaired.jsonc` permits, for example:\n  iam:CreateVirtualMFADevice on arn:aws:iam::" in found.out
    assert "permitted by 3-repaired.jsonc\n    identity[0] Allow `AllowIndividualUserToManageTheirOwnMFA`" in found.out
    assert "not permitted by 2-required-only.json, of which no Allow fits" in found.out
    assert " --> 2-required-only.json:16:7" in found.out
    assert "open world: " in found.out
    assert "closed world (the actions of today" in found.out


def test_the_other_way_round_it_permits_less(iamfa: Run) -> None:
    assert "`3-repaired.jsonc` permits more than `2-required-only.json`" in words(iamfa("diff", REPAIRED, REQUIRED).out)


def test_equivalent_policies_end_with_0(iamfa: Run, folder: Path) -> None:
    other = write(folder / "other.json", policy(["s3:*", "s3:Get*"]))
    one = write(folder / "one.json", policy())
    found = iamfa("diff", one, other)
    assert (found.code, found.out.splitlines()[0]) == (0, "`one.json` and `other.json` permit the same")
    assert iamfa("diff", one, other, "--quiet").out == ""


def test_the_json_has_the_agreed_fields_and_requests_that_replay(iamfa: Run, folder: Path) -> None:
    a, b = policy(["s3:Get*", "ec2:*"]), policy("s3:*")
    found = iamfa("diff", write(folder / "a.json", a), write(folder / "b.json", b), "--format", "json")
    assert found.code == 1
    assert set(found.json) == {"version", "relation", "closed_relation", "only_a", "only_b", "reasons"}
    assert (found.json["version"], found.json["relation"], found.json["closed_relation"]) == (
        1,
        "incomparable",
        "incomparable",
    )
    for only, here, there in ((found.json["only_a"], a, b), (found.json["only_b"], b, a)):
        assert set(only) == {"principal", "action", "resource", "context"}
        assert (permitted(here, only), permitted(there, only)) == (True, False)


def test_a_deny_that_stops_it_over_there_is_named(iamfa: Run, folder: Path) -> None:
    one = write(folder / "one.json", policy("*"))
    found = iamfa("diff", REQUIRED, one)
    assert f"denied by {REQUIRED}\n    identity[0] Deny `BlockMostAccessUnlessSignedInWithMFA`" in found.out


def test_the_worlds_may_differ(iamfa: Run, folder: Path) -> None:
    one = write(folder / "one.json", policy("sts:GetCallerIdentity"))
    two = write(folder / "two.json", policy(["sts:GetCallerIdentity", "sts:NoSuchThing*"]))
    found = iamfa("diff", one, two, "--format", "json")
    assert (found.json["relation"], found.json["closed_relation"]) == ("a_less", "equivalent")
    shown = words(iamfa("diff", one, two).out)
    assert "as AWS makes them): the two permit the same" in shown


def test_standard_input_is_one_of_the_two(iamfa: Run) -> None:
    found = iamfa("diff", "-", REQUIRED, stdin=json.dumps(policy("*")))
    assert found.code == 1
    assert found.out.startswith("`<stdin>` permits more than `2-required-only.json`")
    assert iamfa("diff", "-", "-").code == 2


@pytest.mark.parametrize("width", [60, 80, 200])
def test_no_line_is_wider_than_the_terminal(iamfa: Run, width: int) -> None:
    assert max(map(len, iamfa("diff", OFFICIAL, REPAIRED, "--verbose", width=width).out.splitlines())) <= width


def test_policies_with_a_principal_are_compared_for_everybody_they_tell_apart(iamfa: Run, folder: Path) -> None:
    root = {"AWS": "arn:aws:iam::123456789012:root"}
    one = write(folder / "one.json", policy("s3:GetObject", Principal=root))
    two = write(folder / "two.json", policy("s3:GetObject", Principal="*"))
    found = iamfa("diff", one, two, "--format", "json")
    assert (found.code, found.json["relation"]) == (1, "a_less")
    shown = iamfa("diff", one, two)
    assert "resource Allow `statement 1`" in shown.out
    assert "  as " in shown.out


def test_trust_policies_are_read_as_such(iamfa: Run, folder: Path) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
    mfa = {**trust, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
    one = write(folder / "one.json", {"Version": "2012-10-17", "Statement": [mfa]})
    two = write(folder / "two.json", {"Version": "2012-10-17", "Statement": [trust]})
    assert iamfa("diff", one, two, "--kind", "trust", "--format", "json").json["relation"] == "a_less"
    assert iamfa("diff", one, two, "--format", "json").json["relation"] == "a_less"
    assert iamfa("diff", one, two, "--kind", "identity").code == 3


def test_an_identity_policy_and_a_resource_s_own_cannot_be_compared(iamfa: Run, folder: Path) -> None:
    bucket = write(folder / "bucket.json", policy("s3:GetObject", Principal="*"))
    found = iamfa("diff", REQUIRED, bucket)
    assert (found.code, found.out) == (3, "")
    assert "is a policy with a Principal" in found.err


# Bundles -------------------------------------------------------------------------------------------------------------


def test_bundles_are_compared_by_what_their_policies_permit_together(iamfa: Run, folder: Path) -> None:
    two = write(folder / "two.json", {"identity_policies": [policy("s3:Get*"), policy("s3:Put*")]})
    one = write(folder / "one.json", policy(["s3:Put*", "s3:Get*"]))
    assert iamfa("diff", one, two).code == 0
    assert iamfa("diff", "--bundle-a", two, one).code == 0
    assert iamfa("diff", one, "--bundle-b", two).code == 0
    assert iamfa("diff", "--bundle-a", two, "--bundle-b", two).code == 0


def test_what_stands_on_both_sides_alike_is_left_aside_and_said(iamfa: Run, folder: Path) -> None:
    limits = {"boundary": policy("*"), "scps": [[policy("*")]]}
    one = write(folder / "one.json", {"identity_policies": [policy("s3:Get*")], **limits})
    two = write(folder / "two.json", {"identity_policies": [policy("s3:*")], **limits})
    found = iamfa("diff", one, two)
    assert found.code == 1
    assert "left aside: the permissions boundary" in words(found.out)
    assert "left aside: the service control policies" in words(found.out)


def test_limits_that_differ_make_the_relation_unknown(iamfa: Run, folder: Path) -> None:
    one = write(folder / "one.json", {"identity_policies": [policy()], "boundary": policy("s3:Get*")})
    two = write(folder / "two.json", {"identity_policies": [policy()], "boundary": policy("s3:*")})
    found = iamfa("diff", one, two, "--format", "json")
    assert (found.code, found.json["relation"], found.json["closed_relation"]) == (5, "unknown", "unknown")
    assert found.json["reasons"] == ["the permissions boundary differ, and are not compared"]
    assert "not known: the permissions boundary" in words(iamfa("diff", one, two).out)


# Revisions -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def repository(folder: Path) -> Path:
    """The working folder as a repository whose last revision holds the required policy as policy.json."""

    def git(*arguments: str) -> None:
        settings = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
        subprocess.run(("git", *settings, *arguments), cwd=folder, check=True, capture_output=True)

    git("init", "-q")
    (folder / "policy.json").write_bytes((folder / REQUIRED).read_bytes())
    (folder / "below").mkdir()
    (folder / "below" / "policy.json").write_bytes((folder / REPAIRED).read_bytes())
    git("add", ".")
    git("commit", "-q", "-m", "as it was")
    (folder / "policy.json").write_bytes((folder / REPAIRED).read_bytes())
    return folder


@needs_git
def test_a_revision_is_compared_with_the_file_as_it_stands(iamfa: Run, repository: Path) -> None:
    found = iamfa("diff", "HEAD:policy.json", "policy.json", width=200)
    assert found.code == 1
    assert found.out.startswith("`HEAD:policy.json` permits less than `policy.json`\n")
    assert " --> HEAD:policy.json:16:7" in found.out
    assert iamfa("diff", "HEAD:policy.json", REQUIRED).code == 0


@needs_git
def test_a_revision_s_file_is_named_from_the_top_or_from_here(
    iamfa: Run, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "below")
    assert iamfa("diff", "HEAD:below/policy.json", "policy.json").code == 0
    assert iamfa("diff", "HEAD:./policy.json", "policy.json").code == 0


@needs_git
def test_a_file_that_is_there_under_that_name_goes_before(iamfa: Run, repository: Path) -> None:
    (repository / "HEAD:policy.json").write_bytes((repository / REPAIRED).read_bytes())
    assert iamfa("diff", "HEAD:policy.json", REPAIRED).code == 0


@needs_git
@pytest.mark.parametrize("named", ["HEAD:no-such.json", "no-such:policy.json", "HEAD:below"])
def test_a_revision_that_git_has_not_ends_with_3(iamfa: Run, repository: Path, named: str) -> None:
    found = iamfa("diff", named, "policy.json")
    assert (found.code, found.out) == (3, "")
    assert found.err.startswith(f"error: `{named}`: there is no such file, and git has none: ")
    assert "help: a revision's file is named from the top of the repository" in found.err


def test_without_git_a_revision_ends_with_3(iamfa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    found = iamfa("diff", "HEAD:policy.json", REQUIRED)
    assert (found.code, found.out) == (3, "")
    assert found.err == "error: `HEAD:policy.json`: git is not installed\nhelp: name a file, or install git\n"


def test_what_git_would_take_for_an_option_is_not_given_to_it(iamfa: Run) -> None:
    found = iamfa("diff", REQUIRED, "--", "--batch:x")
    assert found.code == 3
    assert "a revision does not begin with `-`" in found.err


# Line by line --------------------------------------------------------------------------------------------------------


def lines(*values: object) -> str:
    """JSON lines."""
    return "".join((value if isinstance(value, str) else json.dumps(value)) + "\n" for value in values)


def test_a_batch_answers_each_line_in_order(iamfa: Run) -> None:
    bucket = policy("s3:GetObject", Principal="*")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    found = iamfa(
        "diff", "--batch", "-",
        stdin=lines(
            {"id": "1", "kind": "identity", "a": policy("s3:Get*"), "b": policy()},
            {"id": 2, "kind": "resource", "a": bucket, "b": bucket},
            {"id": "3", "kind": "trust", "a": trust, "b": {**trust, "Statement": [{**statement, "Effect": "Deny"}]}},
            {"id": "4", "a": policy(), "b": policy("s3:Get*")},
        ),
    )  # fmt: skip
    assert (found.code, found.err) == (0, "")
    assert [(each["id"], each["relation"]) for each in found.lines] == [
        ("1", "a_less"), (2, "equivalent"), ("3", "b_less"), ("4", "b_less"),
    ]  # fmt: skip
    assert set(found.lines[0]) == {"id", "relation", "closed_relation", "only_a", "only_b", "reasons"}
    assert permitted(policy(), found.lines[0]["only_b"]) is True


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "of the line: "),
        ("[]", "the line is no object"),
        ({"id": "x", "kind": "nothing", "a": policy(), "b": policy()}, "`nothing` is no kind of policy to compare"),
        ({"id": "x", "kind": ["identity"], "a": policy(), "b": policy()}, "is no kind of policy to compare"),
        ({"id": "x", "kind": "identity", "a": policy()}, "the line needs the policies `a` and `b`"),
        ({"id": "x", "kind": "identity", "a": policy(), "b": {"Statement": 1}}, "is no valid policy"),
        ({"id": "x", "kind": "resource", "a": policy(), "b": policy()}, "is no valid policy"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_bad_line_is_its_own_answer_and_the_rest_goes_on(iamfa: Run, line: object, said: str) -> None:
    good = {"id": "good", "kind": "identity", "a": policy(), "b": policy()}
    found = iamfa("diff", "--batch", "-", stdin=lines(line, "", good))
    bad, answer = found.lines
    assert found.code == 3
    assert (bad["relation"], bad["closed_relation"], bad["only_a"], bad["only_b"]) == ("unknown", "unknown", None, None)
    assert said in bad["error"]["message"]
    assert bad["id"] == (line["id"] if isinstance(line, dict) else None)
    assert (answer["id"], answer["relation"]) == ("good", "equivalent")


def test_each_answer_is_there_before_the_next_line_is_read(folder: Path) -> None:
    line = lines({"id": "1", "kind": "identity", "a": policy("s3:Get*"), "b": policy()}).encode()
    command = [sys.executable, "-m", "iamfa", "diff", "--batch", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(2):
            process.stdin.write(line)
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["relation"] == "a_less"
        process.stdin.close()
        assert process.wait(30) == 0


def test_a_reader_that_goes_away_ends_it_in_silence(folder: Path) -> None:
    line = lines({"id": "1", "kind": "identity", "a": policy("s3:Get*"), "b": policy()}) * 400
    (folder / "many.jsonl").write_text(line)
    command = [sys.executable, "-m", "iamfa", "diff", "--batch", "many.jsonl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141


# Wrong calls ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        (REQUIRED,),
        (REQUIRED, REPAIRED, OFFICIAL),
        (REQUIRED, REPAIRED, "--bundle-a", "x.json"),
        (REQUIRED, REPAIRED, "--kind", "session"),
        (REQUIRED, REPAIRED, "--batch", "-"),
        ("--batch", "-", "--kind", "trust"),
    ],
)
def test_a_comparison_that_cannot_be_asked_is_wrong_usage(iamfa: Run, arguments: tuple[str, ...]) -> None:
    found = iamfa("diff", *arguments)
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith("error: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("no-such.json", REQUIRED),
        (REQUIRED, "bad.json"),
        ("--bundle-a", "bad.json", REQUIRED),
        ("--bundle-a", REQUIRED, REQUIRED),
        ("--batch", "no-such.jsonl"),
        (".", REQUIRED),
    ],
)
def test_an_input_that_is_none_ends_with_3(iamfa: Run, folder: Path, arguments: tuple[str, ...]) -> None:
    (folder / "bad.json").write_text("{")
    found = iamfa("diff", *arguments)
    assert (found.code, found.out) == (3, "")
    assert found.err.startswith("error: ")
