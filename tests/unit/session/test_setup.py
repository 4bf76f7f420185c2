"""Profiles for MFA sessions: what is planned, made and undone. botocore is asked what the files mean afterwards."""

from __future__ import annotations

import os
import re
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
from botocore.compat import compat_shell_split
from botocore.configloader import load_config
from botocore.session import Session

from iamfa.errors import InputError
from iamfa.session import aws_file
from iamfa.session.applying import applied, undo
from iamfa.session.aws_file import locked
from iamfa.session.imports import imported
from iamfa.session.profiles import AwsFiles, ProfileError
from iamfa.session.setup import changed_serial, process_line, profile_for_sessions
from iamfa.session.steps import ChangedError, GoneSection, NewSection, Plan, SetValue, together

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
COMMAND = ("/opt/iam fa/bin/iamfa",)
LINE = "'/opt/iam fa/bin/iamfa' credential-process --profile work"
SERIAL = "arn:aws:iam::123456789012:mfa/alice"
CONFIG = f"""\
# mine
[default]
region = eu-west-1
[profile work]
region = us-east-1
output = json
mfa_serial = {SERIAL}
s3 =
  addressing_style = path
[profile admin]
# for emergencies
role_arn = arn:aws:iam::123456789012:role/Admin
source_profile = work
mfa_serial = {SERIAL}
[profile reader]
role_arn = arn:aws:iam::123456789012:role/Reader
source_profile = work
"""
CREDENTIALS = """\
[work]
aws_access_key_id = AKIAWORK
aws_secret_access_key = verysecret
"""
TEMPORARY = """\
[work-mfa]
aws_access_key_id = ASIAOLD
aws_secret_access_key = oldsecret
aws_session_token = oldtoken
expiration = 2020-01-01 00:00:00
"""


def files(folder: Path, config: str = CONFIG, credentials: str = CREDENTIALS) -> AwsFiles:
    (folder / ".aws").mkdir(exist_ok=True)
    (folder / ".aws" / "config").write_bytes(config.encode())
    (folder / ".aws" / "credentials").write_bytes(credentials.encode())
    return AwsFiles.read({}, folder)


def written(found: AwsFiles, profile: str) -> dict[str, object]:
    """What botocore reads of a profile, once the file is on the disk."""
    path = found.config.path.with_name("checked")
    path.write_text(found.config.text)
    return dict(load_config(str(path))["profiles"][profile])


# One profile ----------------------------------------------------------------------------------------------------------


def test_a_profile_runs_this_program_and_looks_where_its_source_looks(tmp_path: Path) -> None:
    found = files(tmp_path)
    plan = profile_for_sessions(found, "work", "work-mfa", COMMAND)
    after = plan.made(found)
    assert written(after, "work-mfa") == {"credential_process": LINE, "region": "us-east-1", "output": "json"}
    assert after.config.text.startswith(CONFIG) and after.credentials.text == CREDENTIALS
    assert plan.profiles == ("work-mfa",) and plan.notes == ()
    assert after.profile("work-mfa").credential_process == LINE


def test_the_second_time_there_is_nothing_to_do_and_a_moved_program_is_followed(tmp_path: Path) -> None:
    found = files(tmp_path)
    after = profile_for_sessions(found, "work", "work-mfa", COMMAND, roles=True).made(found)
    assert profile_for_sessions(after, "work", "work-mfa", COMMAND, roles=True).steps == ()
    (step,) = profile_for_sessions(after, "work", "work-mfa", ("/usr/bin/iamfa",)).steps
    assert isinstance(step, SetValue) and step.new == "/usr/bin/iamfa credential-process --profile work"


def test_an_empty_profile_is_filled(tmp_path: Path) -> None:
    found = files(tmp_path, CONFIG + "[profile work-mfa]\nregion = here\n")
    after = profile_for_sessions(found, "work", "work-mfa", COMMAND).made(found)
    assert written(after, "work-mfa") == {"credential_process": LINE, "region": "here", "output": "json"}


@pytest.mark.parametrize(
    "parts", [["/usr/bin/iamfa"], ["/opt/iam fa/iamfa"], ["/o'brien/iamfa"], ["python3", "-m", "iamfa"], ["/a$b/*;x"]]
)
def test_a_command_is_split_by_botocore_as_it_was_meant(parts: list[str]) -> None:
    expected = [*parts, "credential-process", "--profile", "two words"]
    assert compat_shell_split(process_line(parts, "two words"), "linux") == expected


@pytest.mark.parametrize("folder", ["C:\\Python\\", "C:\\Program Files\\iamfa\\", "C:\\Users\\Åsa o'Neil\\"])
def test_a_command_is_split_on_windows_as_it_was_meant(folder: str) -> None:
    line = process_line([f"{folder}iamfa.exe"], "two words", windows=True)
    assert compat_shell_split(line, "win32") == [
        f"{folder}iamfa.exe",
        "credential-process",
        "--profile",
        "two words",
    ]


def test_what_cmd_would_take_apart_is_refused_on_windows() -> None:
    with pytest.raises(ProfileError, match="`cmd` would read % &"):
        process_line(["C:\\R&D\\iamfa.exe"], "100%", windows=True)


def test_temporary_keys_that_would_go_before_the_session_go(tmp_path: Path) -> None:
    found = files(tmp_path, CONFIG, TEMPORARY + CREDENTIALS)
    plan = profile_for_sessions(found, "work", "work-mfa", COMMAND)
    assert plan.made(found).credentials.text == CREDENTIALS
    shown = "".join(plan.diffs(found))
    assert "-[work-mfa]" in shown and "+[profile work-mfa]" in shown
    assert "oldsecret" not in shown + repr(plan) and "oldtoken" not in shown and "verysecret" not in shown
    found = files(tmp_path, CONFIG, TEMPORARY + "region = r\n")
    assert profile_for_sessions(found, "work", "work-mfa", COMMAND).made(found).credentials.text == (
        "[work-mfa]\nregion = r\n"
    )


def test_temporary_keys_in_the_config_file_go_too(tmp_path: Path) -> None:
    keys = TEMPORARY.partition("\n")[2]
    found = files(tmp_path, f"{CONFIG}[profile work-mfa]\n{keys}")
    after = profile_for_sessions(found, "work", "work-mfa", COMMAND).made(found)
    assert written(after, "work-mfa") == {"credential_process": LINE, "region": "us-east-1", "output": "json"}


@pytest.mark.parametrize(
    ("source", "name", "config", "credentials", "words"),
    [
        ("work", "work", "", "", "cannot start sessions from itself"),
        ("none", "x", "", "", "there is no profile `none`"),
        ("work", "x", "", "[x]\naws_access_key_id = AKIAX\n", r"credentials`:6: profile `x` has long-term keys"),
        ("work", "x", "[profile x]\nrole_arn = r\n", "", "profile `x` has a role, which the SDKs would use"),
        ("work", "x", "[profile x]\nsso_session = s\n", "", "profile `x` has single sign-on"),
        ("work", "x", "[profile x]\ncredential_process = other\n", "", "profile `x` has another `credential_process`"),
        ("s", "x", "[profile s]\nsso_session = s\n", "", "gets its credentials by sso"),
        ("work-mfa", "x", "", TEMPORARY, "the keys of `work-mfa` are a session"),
        ("work", "x]", "", "", "cannot be a profile's name"),
    ],
)
def test_a_profile_that_the_sdks_would_not_use_is_refused(
    tmp_path: Path, source: str, name: str, config: str, credentials: str, words: str
) -> None:
    found = files(tmp_path, CONFIG + config, CREDENTIALS + "\n" + credentials)
    with pytest.raises(InputError, match=words):
        profile_for_sessions(found, source, name, COMMAND)


def test_a_source_without_keys_is_told_what_it_needs(tmp_path: Path) -> None:
    found = files(tmp_path, CONFIG, "")
    (note,) = profile_for_sessions(found, "work", "work-mfa", COMMAND).notes
    assert "`aws configure --profile work`" in note


def test_botocore_runs_what_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "two words" / "iamfa"
    program.parent.mkdir()
    program.write_text(
        "import json, sys\nassert sys.argv[1:] == ['credential-process', '--profile', 'work']\n"
        "sys.stdout.write(json.dumps({'Version': 1, 'AccessKeyId': 'ASIA', 'SecretAccessKey': 's'}))\n"
    )
    found = files(tmp_path, CONFIG, CREDENTIALS + TEMPORARY)
    plan = profile_for_sessions(found, "work", "work-mfa", (sys.executable, "-S", str(program)))
    after = applied(plan, found, tmp_path / "state", NOW)
    for name in [each for each in os.environ if each.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(after.config.path))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(after.credentials.path))
    session = Session(profile="work-mfa")
    assert session.get_credentials().access_key == "ASIA"
    assert session.get_config_variable("region") == "us-east-1"


# Roles and devices ----------------------------------------------------------------------------------------------------


def test_roles_start_from_the_one_session(tmp_path: Path) -> None:
    own = "[profile own]\nrole_arn = r\nsource_profile = work\nmfa_serial = m\naws_secret_access_key = s\n"
    found = files(tmp_path, CONFIG + own)
    plan = profile_for_sessions(found, "work", "work-mfa", COMMAND, roles=True)
    after = plan.made(found)
    assert written(after, "admin") == {
        "role_arn": "arn:aws:iam::123456789012:role/Admin",
        "source_profile": "work-mfa",
    }
    assert written(after, "reader")["source_profile"] == "work" and "# for emergencies" in after.config.text
    assert [each.name for each in after.chain(after.profile("admin"))] == ["admin", "work-mfa", "work"]
    assert plan.notes == ("`own` assumes its role with keys of its own, and is left as it is",)


def test_a_new_device_is_named_wherever_the_old_one_was(tmp_path: Path) -> None:
    found = files(tmp_path, CONFIG, f"[a-long-term]\naws_mfa_device = {SERIAL}\n")
    new = f"{SERIAL}-phone"
    after = changed_serial(found, SERIAL, new).made(found)
    assert after.config.text == CONFIG.replace(SERIAL, new)
    assert after.credentials.text == f"[a-long-term]\naws_mfa_device = {new}\n"
    assert changed_serial(found, "other", new).steps == ()


def test_a_comment_behind_a_value_is_no_part_of_it(tmp_path: Path) -> None:
    config = f"[profile work]\nregion = us-east-1 # near\nmfa_serial = {SERIAL} ; phone\n"
    found = files(tmp_path, config)
    after = changed_serial(found, SERIAL, "new").made(found)
    assert after.config.text == "[profile work]\nregion = us-east-1 # near\n; phone\nmfa_serial = new\n"
    assert written(profile_for_sessions(found, "work", "x", COMMAND).made(found), "x")["region"] == "us-east-1"


# Other tools ----------------------------------------------------------------------------------------------------------


def test_aws_vault_s_profiles_are_taken_over(tmp_path: Path) -> None:
    config = f"""\
[profile common]
region = eu-west-1
mfa_serial = {SERIAL}
source_profile = home
[profile home]
include_profile = common
mfa_process = ykman oath accounts code --single aws
credential_process = /usr/local/bin/aws-vault exec home --json
[profile admin]
include_profile = common
role_arn = r
"""
    found = files(tmp_path, config, "")
    plan = imported(found, "aws-vault", COMMAND)
    after = plan.made(found)
    assert written(after, "home") == {
        "include_profile": "common",
        "mfa_process": "ykman oath accounts code --single aws",
        "region": "eu-west-1",
        "mfa_serial": SERIAL,
    }
    assert written(after, "home-mfa") == {
        "credential_process": LINE.replace("work", "home"),
        "region": "eu-west-1",
    }
    assert written(after, "admin") == {
        "include_profile": "common",
        "role_arn": "r",
        "region": "eu-west-1",
        "source_profile": "home-mfa",
    }
    notes = " ".join(plan.notes)
    assert "`aws-vault export --no-session --format=json home`" in notes and "`mfa_process` stays" in notes
    assert plan.profiles == ("home-mfa",)
    assert imported(after, "aws-vault", COMMAND).steps == ()


def test_a_profile_of_aws_vault_whose_keys_are_in_a_file_needs_no_export(tmp_path: Path) -> None:
    credentials = CREDENTIALS + "[odd]\ninclude_profile = work\n"
    found = files(tmp_path, CONFIG + "[profile chained]\nsource_profile = admin\nmfa_serial = m\n", credentials)
    plan = imported(found, "aws-vault", COMMAND)
    assert plan.profiles == ("work-mfa",) and "export" not in " ".join(plan.notes)


def test_awsume_s_profiles_are_taken_over_and_its_sessions_go(tmp_path: Path) -> None:
    refreshed = "[autoawsume-admin]\naws_access_key_id = ASIA\naws_secret_access_key = s\naws_session_token = t\n"
    refreshed += (
        "autoawsume = true\nexpiration = 2020-01-01 00:00:00\nsource_expiration = x\nawsumepy_command = admin -a\n"
    )
    found = files(tmp_path, CONFIG, CREDENTIALS + refreshed)
    plan = imported(found, "awsume", COMMAND)
    after = plan.made(found)
    assert after.credentials.text == CREDENTIALS
    assert written(after, "admin")["source_profile"] == "work-mfa" and "`awsume -k`" in plan.notes[0]
    assert imported(after, "awsume", COMMAND).steps == ()


def test_aws_mfa_s_profiles_are_taken_over(tmp_path: Path) -> None:
    credentials = f"""\
[default-long-term]
aws_access_key_id = AKIA1
aws_secret_access_key = s
aws_mfa_device = {SERIAL}
[default]
assumed_role = False
aws_access_key_id = ASIA1
aws_secret_access_key = s
aws_session_token = t
aws_security_token = t
expiration = 2020-01-01 00:00:00
[dev-long-term]
aws_access_key_id = AKIA2
aws_secret_access_key = s
aws_mfa_device = {SERIAL}
assume_role = arn:aws:iam::123456789012:role/Dev
[ops-long-term]
aws_access_key_id = AKIA3
aws_secret_access_key = s
[ops]
aws_access_key_id = ASIA3
aws_secret_access_key = s
aws_session_token = t
assumed_role = True
assumed_role_arn = arn:aws:iam::123456789012:role/Ops
[odd]
aws_mfa_device = {SERIAL}
"""
    found = files(tmp_path, "[default]\nregion = r\n[profile dev]\nregion = r\n", credentials)
    plan = imported(found, "aws-mfa", COMMAND)
    after = plan.made(found)
    assert after.profile("default").keys is None and after.profile("default-long-term").mfa_serial == SERIAL
    assert written(after, "default") == {
        "region": "r",
        "credential_process": LINE.replace("work", "default-long-term"),
    }
    assert written(after, "dev")["source_profile"] == "dev-mfa"
    assert "dev-long-term" in str(written(after, "dev-mfa")["credential_process"])
    assert "role/Ops` last" in " ".join(plan.notes) and "`odd` names a device" in " ".join(plan.notes)
    assert imported(after, "aws-mfa", COMMAND).steps == ()


def test_a_role_of_aws_mfa_gets_a_profile_where_there_is_none(tmp_path: Path) -> None:
    credentials = "[dev-long-term]\naws_access_key_id = AKIA2\naws_secret_access_key = s\nassume_role = r\n"
    found = files(tmp_path, "", credentials)
    after = imported(found, "aws-mfa", COMMAND).made(found)
    assert written(after, "dev") == {"role_arn": "r", "source_profile": "dev-mfa"}


@pytest.mark.parametrize(
    ("tool", "credentials", "words"),
    [
        ("awsume", f"{CREDENTIALS}[work-mfa]\naws_access_key_id = AKIAX\n", "`work` is not taken over: "),
        ("awsume", "[autoawsume-x]\naws_access_key_id = AKIAX\n", "`autoawsume-x` is not taken over: "),
        ("aws-mfa", "[a-long-term]\naws_access_key_id = AKIAX\n", "`a-long-term` is not taken over: "),
        (
            "aws-mfa",
            "[a-long-term]\naws_access_key_id = AKIAX\naws_secret_access_key = s\nassume_role = r\n"
            "[a]\naws_access_key_id = AKIAX\n",
            "`a` is not taken over: ",
        ),
    ],
)
def test_what_cannot_be_taken_over_is_noted_with_its_reason(
    tmp_path: Path, tool: str, credentials: str, words: str
) -> None:
    plan = imported(files(tmp_path, CONFIG, credentials), tool, COMMAND)
    (note,) = (note for note in plan.notes if note.startswith(words))
    assert ".aws/credentials`:" in note


def test_a_tool_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing is known about `granted`"):
        imported(files(tmp_path), "granted", COMMAND)


# Made and undone ------------------------------------------------------------------------------------------------------


def planned(found: AwsFiles) -> Plan:
    return profile_for_sessions(found, "work", "work-mfa", COMMAND, roles=True)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_plan_is_made_and_undone_to_the_byte(tmp_path: Path) -> None:
    found = files(tmp_path, CONFIG.replace("\n", "\r\n"), TEMPORARY + CREDENTIALS)
    found.config.path.chmod(0o640)
    state = tmp_path / "state"
    after = applied(planned(found), found, state, NOW)
    assert found.config.path.read_bytes().decode() == after.config.text != found.config.text
    assert found.credentials.path.read_text() == CREDENTIALS and mode(found.config.path) == 0o640
    (journal,) = (state / "undo").iterdir()
    assert mode(journal) == 0o600 and mode(state / "undo") == 0o700
    assert not {"oldsecret", "oldtoken"} & set(re.findall(r"\w+", journal.read_text()))
    assert set(undo(state)) == {found.config.path, found.credentials.path}
    assert found.config.path.read_bytes().decode() == found.config.text
    # Temporary keys are no loss, and are written down nowhere.
    assert found.credentials.path.read_text() == CREDENTIALS
    with pytest.raises(InputError, match="nothing to undo"):
        undo(state)


def test_new_files_are_the_user_s_alone_and_go_again(tmp_path: Path) -> None:
    found = AwsFiles.read({}, tmp_path)
    steps = (NewSection("config", "profile x", {"region": "r"}), NewSection("credentials", "x", {"a": "b"}))
    applied(Plan(steps), found, tmp_path / "state", NOW)
    assert mode(found.config.path) == mode(found.credentials.path) == 0o600
    assert mode(found.config.path.parent) == 0o700
    undo(tmp_path / "state")
    assert not found.config.path.exists() and not found.credentials.path.exists()


def test_an_empty_plan_writes_nothing(tmp_path: Path) -> None:
    found = files(tmp_path)
    assert applied(Plan(), found, tmp_path / "state", NOW) is found and not (tmp_path / "state").exists()


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    found = files(tmp_path)
    target = tmp_path / "dotfiles"
    os.replace(found.config.path, target)
    found.config.path.symlink_to(target)
    applied(planned(found), found, tmp_path / "state", NOW)
    assert found.config.path.is_symlink() and "work-mfa" in target.read_text()


def test_what_is_undone_last_was_done_last(tmp_path: Path) -> None:
    found, state = files(tmp_path), tmp_path / "state"
    first = applied(planned(found), found, state, NOW)
    applied(changed_serial(first, SERIAL, "new"), first, state, NOW)
    undo(state)
    assert found.config.path.read_text() == first.config.text
    undo(state)
    assert found.config.path.read_text() == CONFIG


def test_a_file_that_went_on_changing_is_undone_where_it_still_fits(tmp_path: Path) -> None:
    found, state = files(tmp_path, CONFIG, TEMPORARY + CREDENTIALS), tmp_path / "state"
    after = applied(planned(found), found, state, NOW)
    found.config.path.write_text(after.config.text + "\n[profile later]\nregion = x\n")
    found.credentials.path.write_text("# added\n" + CREDENTIALS)
    undo(state)
    now = AwsFiles.read({}, tmp_path)
    assert "work-mfa" not in now.config.text and now.values("later") == {"region": "x"}
    assert now.values("admin") == found.values("admin") and now.values("work-mfa") == {}
    assert now.credentials.text.startswith("# added\n[work]")


def test_what_does_not_fit_is_left_and_told(tmp_path: Path) -> None:
    found, state = files(tmp_path, CONFIG, TEMPORARY + "region = r\n"), tmp_path / "state"
    after = applied(planned(found), found, state, NOW)
    text = after.config.text.replace("source_profile = work-mfa", "source_profile = reader")
    found.config.path.write_text(text)
    with pytest.raises(ChangedError) as caught:
        undo(state)
    hint = caught.value.hint or ""
    assert "remove `[profile work-mfa]`" in hint and "set `source_profile` in `[profile admin]` back" in hint
    assert found.config.path.read_text() == text and list((state / "undo").iterdir())


def test_the_ways_to_undo_by_hand_are_all_told(tmp_path: Path) -> None:
    steps = (
        GoneSection("config", "default", {"region": "eu-west-1"}),
        SetValue("config", "profile work", "x", None, "1"),
    )
    found, state = files(tmp_path), tmp_path / "state"
    applied(Plan(steps), found, state, NOW)
    found.config.path.write_text("[default]\n")
    with pytest.raises(ChangedError) as caught:
        undo(state)
    assert "write `[default]` again" in str(caught.value.hint)
    assert "remove `x` from `[profile work]`" in str(caught.value.hint)


def test_steps_that_were_planned_for_another_text_are_refused(tmp_path: Path) -> None:
    found = files(tmp_path)
    plan = planned(found)
    found.config.path.write_text(CONFIG.replace("source_profile = work\nmfa", "source_profile = reader\nmfa"))
    with pytest.raises(ChangedError, match="`source_profile` in `\\[profile admin\\]` is another one"):
        applied(plan, found, tmp_path / "state", NOW)
    assert not (tmp_path / "state").exists()
    with pytest.raises(ChangedError, match=r"`\[default\]` says something else now"):
        Plan((GoneSection("config", "default", {}),)).made(found)
    with pytest.raises(ChangedError, match=r"has a section `\[default\]` now"):
        Plan((NewSection("config", "default", {}),)).made(found)


def test_a_journal_that_is_broken_is_told(tmp_path: Path) -> None:
    (tmp_path / "undo").mkdir()
    for text in ("{", "[]", '{"version": 2}'):
        (tmp_path / "undo" / "x.json").write_text(text)
        with pytest.raises(InputError, match="cannot be read"):
            undo(tmp_path)


def test_one_file_for_both_is_refused(tmp_path: Path) -> None:
    found = files(tmp_path)
    same = found.with_files(found.config, found.config)
    with pytest.raises(InputError, match="both the config file and the credentials file"):
        applied(planned(found), same, tmp_path / "state", NOW)


def test_plans_made_at_once_all_land(tmp_path: Path) -> None:
    found = files(tmp_path)
    plans = [Plan((NewSection("config", f"profile p{n}", {"region": "r"}),)) for n in range(8)]
    threads = [Thread(target=applied, args=(plan, found, tmp_path / "state", NOW)) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    now = AwsFiles.read({}, tmp_path)
    assert {f"p{n}" for n in range(8)} <= set(now.names()) and now.config.text.startswith(CONFIG)
    for _ in plans:
        undo(tmp_path / "state")
    assert AwsFiles.read({}, tmp_path).names() == found.names()


def test_a_file_that_another_process_holds_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_file, "_PATIENCE_SECONDS", 0)
    path = tmp_path / "config"
    with locked(path), pytest.raises(InputError, match="is held by another process"), locked(path):
        pass


def test_plans_together_keep_their_order_and_say_nothing_twice() -> None:
    steps = (NewSection("config", "a", {}), GoneSection("config", "a", {}))
    both = together((Plan(steps[:1], ("n",), ("p",)), Plan(steps[1:], ("n",), ("p",))))
    assert both == Plan(steps, ("n",), ("p",))
