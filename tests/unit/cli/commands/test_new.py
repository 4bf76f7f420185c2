"""`iamfa new`: nothing is asked in a pipe, each wish once on a terminal, and every format holds the policy."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit.cli.conftest import Outcome, Run
from tests.unit.report.hcl import parse, policy_of

from iamfa.advise import compose as composing_room
from iamfa.advise.compose import Composed
from iamfa.advise.promises import Promise
from iamfa.advise.wishes import Wishes
from iamfa.cli.commands import new as new_command
from iamfa.cli.commands.new import QUESTIONS
from iamfa.cli.main import run
from iamfa.policy.document import Kind
from iamfa.policy.policy import Policy


@pytest.mark.broad
def test_in_a_pipe_nothing_is_asked_and_the_defaults_are_taken(iamfa: Run) -> None:
    done = iamfa("new")
    assert done.code == 0
    policy = Policy.parse(done.out)
    assert len(policy.comments) >= len(policy.statements)
    assert "?" not in done.err
    assert "users enrol a virtual device under any name" in done.err
    assert "it leaves open" in done.err
    assert iamfa("new", "--yes").out == done.out


def test_quiet_leaves_the_policy_alone(iamfa: Run) -> None:
    done = iamfa("new", "--quiet")
    assert done.err == ""
    Policy.parse(done.out)


def test_the_composed_policy_passes_check(iamfa: Run, folder: Path) -> None:
    assert iamfa("new", "--output", "force-mfa.jsonc").code == 0
    assert iamfa("check", "force-mfa.jsonc").code == 0


@pytest.mark.broad
def test_every_option_reaches_its_wish(iamfa: Run) -> None:
    told = {
        "--enrolment": "own", "--devices": "virtual,fido", "--partition": "any", "--command-line": "both",
        "--listing": "virtual", "--password": "without-mfa", "--deletion": "without-mfa", "--first-enrolment": "tag",
        "--enrolment-tag": "enrol", "--enrolment-until": "2099-12-31,2099-11-30", "--fresh-for": "1800",
        "--session-age": "43200", "--exempt-tag": "exempt=yes=no", "--exempt-path": "/service/", "--attach": "managed",
        "--name": "MustMFA", "--group": "staff",
    }  # fmt: skip
    flags = ["--no-paths", "--no-removal", "--keys", "--login-profile", "--not-confined", "--guard"]
    arguments = [each for pair in told.items() for each in pair]
    wishes = iamfa("new", "--format", "json", *arguments, *flags).json["wishes"]
    assert wishes == {
        "enrolment": "own", "devices": ["fido", "virtual"], "partition": "any", "paths": False,
        "command_line": "both", "listing": "virtual", "password": "without-mfa", "deletion": "without-mfa",
        "removal": False, "keys": True, "login_profile": True, "first_enrolment": "tag", "enrolment_tag": "enrol",
        "enrolment_days": ["2099-11-30", "2099-12-31"], "networks": [], "fresh_for": 1800, "session_age": 43_200,
        "confined": False, "exempt_tag": ["exempt", "yes=no"], "exempt_path": "/service/", "attach": "managed",
        "name": "MustMFA", "group": "staff", "guard": True,
    }  # fmt: skip


def test_networks_and_no_limits_can_be_told(iamfa: Run) -> None:
    arguments = ("--network", "192.0.2.0/24, 2001:db8::/48", "--fresh-for", "no", "--session-age", "no")
    wishes = iamfa("new", "--format", "json", *arguments, "--exempt-tag", "no", "--exempt-path", "no").json["wishes"]
    assert wishes["networks"] == ["192.0.2.0/24", "2001:db8::/48"]
    assert (wishes["first_enrolment"], wishes["fresh_for"], wishes["session_age"]) == ("network", None, None)
    assert (wishes["exempt_tag"], wishes["exempt_path"]) == (None, None)


def test_the_json_holds_documents_sizes_promises_and_what_is_left_open(iamfa: Run) -> None:
    done = iamfa("new", "--format", "json", "--guard", "--deletion", "without-mfa")
    assert done.err == ""
    assert done.json["version"] == 1
    main, guard = done.json["documents"]
    assert (main["name"], main["kind"], main["class"]) == ("ForceMFA", "identity", "forces-by-deny")
    assert (guard["name"], guard["kind"]) == ("GuardForceMFA", "scp")
    assert Policy.parse(main["text"]).document == Policy.from_document(main["document"]).document
    assert [c["sid"] for c in main["comments"]] == [s["Sid"] for s in main["document"]["Statement"]]
    assert {"attach": "managed", "quota": 6144, "fits": True}.items() <= main["sizes"][-1].items()
    assert all(p["holds"] is True for p in done.json["promises"])
    assert [a["rule"] for a in done.json["asked_for"]] == ["delete-devices-without-mfa"]
    assert done.json["notes"]


def test_terraform_and_cloudformation_hold_the_same_policy(iamfa: Run) -> None:
    document = iamfa("new", "--format", "json").json["documents"][0]["document"]
    expected = Policy.from_document(document).document
    terraform = iamfa("new", "--format", "terraform")
    (data,) = parse(terraform.out).all("data")
    assert Policy.from_document(policy_of(data)).document == expected
    template = yaml.safe_load(iamfa("--format", "cloudformation", "new").out)
    content = template["Resources"]["ForceMFA"]["Properties"]["PolicyDocument"]
    assert Policy.from_document(content).document == expected
    assert "it promises" in terraform.err


def test_other_formats_are_refused(iamfa: Run) -> None:
    done = iamfa("new", "--format", "github")
    assert done.code == 2
    assert iamfa("check", "--format", "terraform", "1-official-2022.json").code == 2


@pytest.mark.broad
def test_a_guard_stands_behind_the_policy_or_in_a_file_of_its_own(iamfa: Run, folder: Path) -> None:
    text = iamfa("new", "--guard").out
    assert text.count('"Version"') == 2
    done = iamfa("new", "--guard", "--output", "mfa.json")
    assert done.out == ""
    assert "written: mfa.json" in done.err
    Policy.load(folder / "mfa.json")
    Policy.load(folder / "mfa.guard.json", kind=Kind.SCP)
    assert iamfa("new", "--guard", "--format", "terraform", "--output", "mfa.tf").code == 0
    assert len(parse((folder / "mfa.tf").read_text()).all("data")) == 2
    assert iamfa("new", "--format", "json", "--output", "all.json").code == 0
    assert json.loads((folder / "all.json").read_text())["version"] == 1


def test_a_file_that_is_there_is_not_written_over_unless_told(iamfa: Run, folder: Path) -> None:
    (folder / "mfa.json").write_text("mine")
    done = iamfa("new", "--output", "mfa.json")
    assert done.code == 2
    assert "is there already" in done.err
    assert "--force" in done.err
    assert (folder / "mfa.json").read_text() == "mine"
    assert iamfa("new", "--output", "mfa.json", "--force").code == 0
    Policy.load(folder / "mfa.json")


def test_a_guards_file_is_not_written_over_either_and_nothing_is_written_then(iamfa: Run, folder: Path) -> None:
    (folder / "mfa.guard.json").write_text("mine")
    assert iamfa("new", "--guard", "--output", "mfa.json").code == 2
    assert (folder / "mfa.guard.json").read_text() == "mine"
    assert not (folder / "mfa.json").exists()


def test_a_folder_that_is_not_there_is_said(iamfa: Run) -> None:
    assert iamfa("new", "--output", "none/mfa.json").code == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--devices", "fido", "--command-line", "codes"), "contradict each other: FIDO devices only, and sessions"),
        (("--devices", "sms"), "`sms` is no kind of device"),
        (("--enrolment-until", "tomorrow"), "is no list of days"),
        (("--enrolment-until", "2099-12-31,2020-01-31"), "the day `2020-01-31` is over"),
        (("--fresh-for", "soon"), "is no number of seconds"),
        (("--session-age", "-5"), "is no number of seconds"),
        (("--exempt-tag", "mfa-exempt"), "write KEY=VALUE"),
        (("--exempt-path", "service"), "is no path"),
        (("--network", "office"), "is no range of addresses"),
        (("--attach", "user", "--keys", "--first-enrolment", "tag"), "2,048 fit"),
        (("--password", "maybe"), "maybe"),
    ],
)
def test_what_cannot_be_had_is_wrong_usage(iamfa: Run, arguments: tuple[str, ...], words: str) -> None:
    done = iamfa("new", *arguments)
    assert done.code == 2
    assert done.out == ""
    assert words in done.err
    assert "help: " in done.err


def test_a_promise_that_is_not_kept_is_a_defect_and_nothing_is_given_out(
    iamfa: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_composed: Composed, _wishes: Wishes) -> list[Promise]:
        return [Promise("water runs uphill", False)]

    monkeypatch.setattr(new_command, "compose", composing_room.compose)
    monkeypatch.setattr(composing_room, "promises_of", broken)
    done = iamfa("new", "--output", "mfa.json")
    assert done.code == 5
    assert "water runs uphill" in done.err
    assert done.out == ""
    assert not (folder / "mfa.json").exists()


def test_a_promise_that_is_not_decided_is_shown_as_such(iamfa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_command, "compose", composing_room.compose)
    monkeypatch.setattr(composing_room, "promises_of", lambda *_: [Promise("it rains tomorrow", None)])
    assert "? it rains tomorrow" in iamfa("new").err
    assert iamfa("new", "--format", "json").json["promises"] == [
        {"promise": "it rains tomorrow", "holds": None, "proved": False}
    ]


@pytest.mark.broad
def test_a_size_that_does_not_fit_elsewhere_is_said(iamfa: Run) -> None:
    done = iamfa("new", "--first-enrolment", "tag", width=120)
    assert "of 2,048 does not fit as user" in done.err


# On a terminal -------------------------------------------------------------------------------------------------------


class Terminal(io.TextIOWrapper):
    """Standard input as somebody types it."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def typed(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line on a terminal, on which these lines are typed; then somebody only presses enter."""
    monkeypatch.setenv("COLUMNS", "80")

    def start(*arguments: object, answers: tuple[str, ...] = (), enters: int = 60) -> Outcome:
        lines = "".join(f"{line}\n" for line in (*answers, *[""] * enters))
        monkeypatch.setattr(sys, "stdin", Terminal(io.BytesIO(lines.encode()), encoding="utf-8"))
        monkeypatch.setattr(type(sys.stderr), "isatty", lambda _: True, raising=False)
        capsys.readouterr()
        code = run([str(each) for each in arguments])
        written = capsys.readouterr()
        return Outcome(code, written.out, written.err)

    return start


def asked(outcome: Outcome) -> list[str]:
    return [q.wish for q in QUESTIONS if q.words in outcome.err]


def test_who_presses_enter_gets_the_defaults(typed: Run) -> None:
    done = typed("new", "--color", "never")
    assert done.code == 0
    assert len(asked(done)) >= 18
    plain = typed("new", "--yes")
    assert done.out == plain.out
    assert asked(plain) == []


def test_an_option_skips_its_question(typed: Run) -> None:
    done = typed("new", "--attach", "group", "--no-paths", "--exempt-tag", "no")
    assert not {"attach", "paths", "exempt_tag"} & set(asked(done))
    assert {"group", "exempt_path"} <= set(asked(done))


def test_what_is_typed_wrongly_is_asked_again(typed: Run) -> None:
    answers = ("nonsense", "managed", "aws", "own", "virtual,sms", "virtual")
    done = typed("new", "--format", "json", answers=answers)
    assert done.json["wishes"]["devices"] == ["virtual"]
    assert "`sms` is no kind of device" in done.err
    assert done.err.count("What is it attached as?") == 2


@pytest.mark.broad
def test_details_are_asked_for_where_they_are_wanted(typed: Run) -> None:
    tag = typed("new", "--first-enrolment", "tag")
    assert {"enrolment_tag", "enrolment_days"} <= set(asked(tag))
    assert "networks" not in asked(tag)
    options = [
        "--attach", "managed", "--partition", "aws", "--enrolment", "own", "--devices", "virtual",
        "--command-line", "codes", "--paths", "--listing", "own", "--password", "no", "--deletion", "no",
        "--removal", "--no-keys", "--no-login-profile",
    ]  # fmt: skip
    network = typed("new", "--format", "json", *options, answers=("network", "", "office", "192.0.2.0/24"))
    assert network.json["wishes"]["networks"] == ["192.0.2.0/24"]
    assert "`office` is no range of addresses" in network.err


@pytest.mark.broad
def test_what_contradicts_an_answer_is_not_offered(typed: Run) -> None:
    done = typed("new", "--devices", "fido", "--attach", "scp")
    assert done.code == 0
    assert "codes" not in done.err.split("How are sessions")[-1].split("\n")[0]
    administrator = typed("new", "--enrolment", "administrator")
    assert administrator.code == 0
    assert "first_enrolment" not in asked(administrator)


def test_whoever_leaves_in_the_middle_leaves_nothing(typed: Run, folder: Path) -> None:
    done = typed("new", "--output", "mfa.json", answers=("managed",), enters=0)
    assert done.code == 130
    assert not (folder / "mfa.json").exists()


def test_without_standard_input_nothing_is_asked(iamfa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from iamfa.cli import questions

    monkeypatch.setattr(sys, "stdin", None)
    assert questions.someone_answers() is False


def test_every_wish_has_its_question() -> None:
    wished: dict[str, Any] = dict.fromkeys(Wishes.__dataclass_fields__)
    assert {question.wish for question in QUESTIONS} == set(wished)
