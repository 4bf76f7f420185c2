"""What stands in the way of sessions on this machine is found, with what to do; on a sound one nothing is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import botocore.session
import pytest
from tests.unit.session.examples import ALICE, SERIAL, session
from tests.unit.session.houses import KEY_ID, KEYS, NOON, SECRET, SESSION_KEYS, Ward

from iamfa.device.defaults import FILE_NAME as DEFAULTS
from iamfa.device.journal import Journal
from iamfa.errors import IamfaError
from iamfa.session.doctor_checkup import ROWS, Checkup, shown_url, without_passwords
from iamfa.session.keyring_store import Keyring

Sicken = Callable[[Ward], None]
OFFLINE = tuple(row.id for row in ROWS if row.family in ("environment", "profiles", "files", "sessions"))
BASE = "[default]\nregion = us-east-1\n"


def env(**values: str) -> Sicken:
    return lambda ward: ward.environ.update(values)


def config(text: str) -> Sicken:
    return lambda ward: ward.config(text)


def credentials(text: str) -> Sicken:
    return lambda ward: ward.credentials(text)


def mode(name: str, bits: int) -> Sicken:
    return lambda ward: (ward.home / name).chmod(bits)


def both(*each: Sicken) -> Sicken:
    def sicken(ward: Ward) -> None:
        for one in each:
            one(ward)

    return sicken


def linked_to_nothing(ward: Ward) -> None:
    (ward.aws / "config").unlink()
    (ward.aws / "config").symlink_to("/nowhere/config")


def a_folder_for_credentials(ward: Ward) -> None:
    (ward.aws / "credentials").unlink()
    (ward.aws / "credentials").mkdir()


def in_a_repository(ward: Ward) -> None:
    (ward.home / "dotfiles" / ".git").mkdir(parents=True)
    (ward.aws / "credentials").rename(ward.home / "dotfiles" / "credentials")
    (ward.aws / "credentials").symlink_to(ward.home / "dotfiles" / "credentials")


def another_owner(ward: Ward) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(ward.aws / "credentials", 54321, 54321)


def cache_below_a_file(ward: Ward) -> None:
    (ward.home / "plain").write_text("")
    ward.environ["IAMFA_CACHE_DIR"] = str(ward.home / "plain" / "cache")


def cache_a_file(ward: Ward) -> None:
    (ward.home / "cache").write_text("")


def cache_linked(ward: Ward) -> None:
    (ward.home / "cache").symlink_to(ward.home)


def cache_open(ward: Ward) -> None:
    (ward.home / "cache").mkdir()
    (ward.home / "cache").chmod(0o777)


def cache_damaged(ward: Ward) -> None:
    ward.cache().keep(session())
    path = ward.home / "cache" / "sessions.json"
    path.write_text("{")
    path.chmod(0o600)


def state_broken(ward: Ward) -> None:
    ward.state.mkdir()
    (ward.state / DEFAULTS).write_text("no JSON")


def journal_broken(ward: Ward) -> None:
    ward.state.mkdir()
    (ward.state / "pending-devices.json").write_text("{}")


def state_below_a_file(ward: Ward) -> None:
    ward.state.write_text("")


def begun(ward: Ward) -> None:
    Journal(ward.state).add(SERIAL, NOON)


def ending_soon(ward: Ward) -> None:
    ward.cache().remember_owner("", KEY_ID, ALICE)
    ward.cache().keep(session(hours=0.2))


def no_keyring(ward: Ward) -> None:
    def refused() -> Keyring:
        raise IamfaError("the package is not installed", hint="`pip install 'iamfa[keyring]'`")

    ward.options["open_keyring"] = refused


KEY_OF_SESSION = {"AWS_ACCESS_KEY_ID": "ASIAX", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"}
ROLE = "role_arn = arn:aws:iam::123456789012:role/admin\nsource_profile = default\n"
PROCESS = "credential_process = /bin/cat credential-process --profile default\n"
ENDED = "expiration = 2026-05-31T12:00:00Z\n"
USER_ARN = "arn:aws:iam::123456789012:user/alice"
FIDO = "arn:aws:iam::123456789012:u2f/user/alice/key-AAAAAAAAAAAAAAAAAAAAAAAAAA"

SICK: tuple[tuple[str, str, Sicken, str], ...] = (
    ("environment-keys", "problem", env(AWS_ACCESS_KEY_ID=KEY_ID), "`AWS_SECRET_ACCESS_KEY` is not"),
    ("environment-keys", "warning", env(AWS_SECRET_ACCESS_KEY="x"), "`AWS_ACCESS_KEY_ID` is not"),
    ("environment-keys", "warning", env(AWS_SESSION_TOKEN="old"), "left over from a session"),
    (
        "environment-keys",
        "warning",
        env(AWS_ACCESS_KEY_ID=KEY_ID, AWS_SECRET_ACCESS_KEY="x"),
        "in place of every profile",
    ),
    (
        "environment-keys",
        "warning",
        env(AWS_ACCESS_KEY_ID=KEY_ID, AWS_SECRET_ACCESS_KEY="x", AWS_PROFILE="default"),
        "goes before profile `default` in the AWS CLI",
    ),
    ("environment-keys", "problem", env(**KEY_OF_SESSION | {"AWS_ACCESS_KEY_ID": KEY_ID}), "belongs to another one"),
    (
        "environment-keys",
        "problem",
        env(**KEY_OF_SESSION | {"AWS_SESSION_TOKEN": ""}),
        "`AWS_SESSION_TOKEN` is not set",
    ),
    (
        "environment-keys",
        "problem",
        env(**KEY_OF_SESSION, AWS_CREDENTIAL_EXPIRATION="2026-06-01T11:59:00Z"),
        "ended at 2026-06-01 11:59 UTC",
    ),
    ("environment-keys", "warning", env(**KEY_OF_SESSION), "does not say until when"),
    ("environment-keys", "warning", env(**KEY_OF_SESSION, AWS_PROFILE="default"), "goes before profile `default`"),
    ("environment-profile", "problem", env(AWS_PROFILE="wrok"), "there is no profile `wrok`"),
    (
        "environment-profile",
        "problem",
        env(AWS_PROFILE="default", AWS_DEFAULT_PROFILE="other"),
        "botocore takes the latter",
    ),
    ("environment-files", "problem", env(AWS_CONFIG_FILE="/nowhere/config"), "there is nothing"),
    ("environment-files", "warning", env(AWS_SHARED_CREDENTIALS_FILE="~/.aws/config"), "nobody reads it"),
    ("environment-endpoints", "warning", env(AWS_ENDPOINT_URL_STS="http://127.0.0.1:1"), "AWS's endpoint of STS"),
    ("environment-endpoints", "problem", env(AWS_ENDPOINT_URL="127.0.0.1:4566"), "is no address"),
    ("environment-endpoints", "problem", env(AWS_ENDPOINT_URL_IAM="http://[::1"), "is no address"),
    ("ca-bundle", "problem", env(AWS_CA_BUNDLE="/nowhere/bundle.pem"), "there is no such file"),
    ("ca-bundle", "problem", config(BASE + "ca_bundle = /nowhere/bundle.pem\n"), "`ca_bundle` names"),
    (
        "proxies",
        "problem",
        env(AWS_ENDPOINT_URL="http://127.0.0.1:4566", http_proxy="http://me:hush@proxy:3128"),
        "to the proxy `http://…@proxy:3128`",
    ),
    ("profile", "problem", credentials(""), "has no access key"),
    ("profile", "problem", credentials(f"[default]\n{SESSION_KEYS}"), "temporary ones"),
    ("profile", "unknown", config("[default\n"), "cannot be read"),
    (
        "source-profile",
        "warning",
        config(
            BASE + f"[profile a]\n{ROLE.replace('= default', '= b')}[profile b]\n{ROLE.replace('= default', '= a')}"
        ),
        "go in a circle",
    ),
    (
        "source-profile",
        "warning",
        config(BASE + f"[profile a]\n{ROLE.replace('= default', '= gone')}"),
        "in neither file",
    ),
    (
        "source-profile",
        "warning",
        config(BASE + "[profile a]\ncredential_process = iamfa credential-process --profile gone\n"),
        "there is no profile `gone`",
    ),
    ("process-shadowed", "problem", credentials(f"[default]\n{KEYS}{PROCESS}"), "the credentials file first"),
    (
        "process-shadowed",
        "problem",
        config(BASE + f"[profile a]\n{ROLE}{PROCESS}"),
        "take a role of the same profile first",
    ),
    ("process-shadowed", "warning", config(BASE + f"[profile a]\n{KEYS}{PROCESS}"), "runs in botocore only"),
    (
        "process-program",
        "problem",
        config(BASE + "[profile a]\ncredential_process = /gone/iamfa credential-process --profile default\n"),
        "there is no program `/gone/iamfa`",
    ),
    (
        "process-program",
        "problem",
        config(BASE + "[profile a]\ncredential_process = ~/bin/iamfa x\n"),
        "do not know `~`",
    ),
    (
        "process-program",
        "problem",
        config(BASE + "[profile a]\ncredential_process = /etc/passwd\n"),
        "may not be executed",
    ),
    ("process-program", "problem", config(BASE + "[profile a]\ncredential_process = 'x\n"), "its quotes do not match"),
    ("process-program", "problem", config(BASE + "[profile a]\ncredential_process = #c\n"), "no program `#c` on PATH"),
    ("process-program", "problem", config(BASE + "[profile a]\ncredential_process = ''\n"), "no program `` on PATH"),
    ("mfa-serial", "problem", config(BASE + f"mfa_serial = {USER_ARN}\n"), "that of a user, not of a device"),
    ("mfa-serial", "problem", config(BASE + f"mfa_serial = {FIDO}\n"), "that of a FIDO device"),
    ("mfa-serial", "problem", config(BASE + "mfa_serial = arn:aws:s3:::bucket\n"), "that of no device"),
    ("mfa-serial", "problem", config(BASE + "mfa_serial = abc\n"), "that of no device"),
    (
        "native-prompt",
        "warning",
        config(BASE + f"[profile a]\n{ROLE}mfa_serial = {SERIAL}\n"),
        "ask for a code by themselves",
    ),
    ("expired-keys", "problem", credentials(f"[default]\n{SESSION_KEYS}{ENDED}"), "ended at 2026-05-31T12:00:00Z"),
    (
        "expired-keys",
        "warning",
        credentials(f"[default]\n{KEYS}[old]\n{SESSION_KEYS}aws_expiration = 2026-05-31 12:00:00\n"),
        "ended at 2026-05-31 12:00:00",
    ),
    ("region-partition", "problem", env(AWS_REGION="cn-north-1"), "a key of the one is not known in the other"),
    (
        "code-command",
        "problem",
        config(BASE + "mfa_process = ykman-gone oath code x\n"),
        "no program `ykman-gone` on PATH",
    ),
    ("config-file", "problem", config("[default\n"), "config`:1"),
    ("config-file", "problem", linked_to_nothing, "a symbolic link to `/nowhere/config`"),
    ("config-file", "problem", mode(".aws/config", 0o646), "others may write"),
    ("config-file", "problem", both(config(f"[default]\n{KEYS}"), mode(".aws/config", 0o644)), "others may read"),
    ("credentials-file", "problem", mode(".aws/credentials", 0o644), "others may read"),
    ("credentials-file", "problem", mode(".aws", 0o707), "put another file in the place of `credentials`"),
    ("credentials-file", "problem", a_folder_for_credentials, "is no file"),
    ("credentials-file", "warning", in_a_repository, "lies in a working copy of git"),
    ("credentials-file", "problem", another_owner, "belongs to another user (uid 54321)"),
    ("credentials-file", "problem", env(AWS_SHARED_CREDENTIALS_FILE="/" + "x" * 300), "cannot be looked at"),
    ("cache-folder", "problem", env(IAMFA_CACHE_DIR="relative"), "there is no folder to keep sessions in"),
    ("cache-folder", "problem", cache_below_a_file, "it cannot be looked at: not a directory"),
    ("cache-folder", "problem", cache_linked, "it is a symbolic link"),
    ("cache-folder", "problem", cache_open, "others may write into it"),
    ("cache-folder", "problem", cache_a_file, "it is not a folder"),
    ("cache-file", "problem", cache_damaged, "it is damaged"),
    ("state-files", "problem", state_broken, "is no JSON"),
    ("state-files", "warning", state_below_a_file, "nothing can be written into"),
    ("pending-devices", "warning", begun, "was begun at 2026-06-01 12:00 UTC and not enabled"),
    ("pending-devices", "unknown", journal_broken, "cannot be read"),
    ("session", "warning", ending_soon, "lasts 0 h 12 min"),
    ("keyring", "problem", no_keyring, "not installed"),
)


@pytest.fixture
def ward(tmp_path: Path) -> Ward:
    return Ward.sound(tmp_path)


def test_where_all_is_well_everything_is_looked_at_and_nothing_found(ward: Ward) -> None:
    ward.config(
        f"[default]\nregion = us-east-1\nmfa_serial = {SERIAL}\n[profile mfa]\n{PROCESS}mfa_process = cat -\n"
        f"[profile admin]\n{ROLE.replace('= default', '= mfa')}"
    )
    ward.credentials(f"[default]\n{KEYS}[tmp]\n{SESSION_KEYS}expiration = 2026-06-01T12:30:00Z\n")
    ward.cache().keep(session())
    found = ward.examined()
    assert [each for each in found if each.state != "ok"] == []
    assert tuple(dict.fromkeys(each.id for each in found)) == OFFLINE


@pytest.mark.parametrize(("id_", "state", "sicken", "words"), SICK)
def test_what_is_wrong_is_told_with_what_to_do(ward: Ward, id_: str, state: str, sicken: Sicken, words: str) -> None:
    if id_ == "region-partition":
        ward.config(BASE + f"mfa_serial = {SERIAL}\n")
    sicken(ward)
    found = [each for each in ward.examined() if each.id == id_ and each.state != "ok"]
    assert (found[0].state, words in found[0].sentence) == (state, True), found
    assert found[0].hint or found[0].state == "unknown"
    assert SECRET not in repr(found)
    assert "hush" not in repr(found)


def test_everything_that_is_looked_at_here_can_be_sick() -> None:
    assert {id_ for id_, *_ in SICK} == set(OFFLINE)


def test_nothing_is_looked_at_that_is_not_in_the_list() -> None:
    with pytest.raises(ValueError, match="nothing that is looked at"):
        Checkup("no-such-thing", "ok", "fine")


def test_botocore_takes_keys_of_the_environment_before_a_profile_that_a_variable_names(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward.credentials(f"[default]\n{KEYS}[other]\n{KEYS.replace(KEY_ID, 'AKIAOTHER')}")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(ward.aws / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(ward.aws / "config"))
    monkeypatch.setenv("AWS_PROFILE", "other")
    monkeypatch.setenv("AWS_DEFAULT_PROFILE", "default")
    assert botocore.session.Session().get_credentials().access_key == KEY_ID
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    assert botocore.session.Session().get_credentials().access_key == "AKIAENVIRONMENT"
    assert botocore.session.Session(profile="other").get_credentials().access_key == "AKIAOTHER"


def test_botocore_runs_a_process_after_the_credentials_file_and_before_the_config_file(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    told = ward.home / "told.json"
    told.write_text('{"Version": 1, "AccessKeyId": "AKIAPROCESS", "SecretAccessKey": "x"}')
    process = f"credential_process = {shutil.which('cat')} {told}\n"
    ward.config(f"[default]\n{process}[profile b]\n{KEYS}{process}")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(ward.aws / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(ward.aws / "config"))
    assert botocore.session.Session(profile="default").get_credentials().access_key == KEY_ID
    assert botocore.session.Session(profile="b").get_credentials().access_key == "AKIAPROCESS"
    found = {each.place: each.state for each in ward.examined() if each.id == "process-shadowed"}
    assert sorted(found.values()) == ["problem", "warning"]


def test_a_session_in_the_environment_that_lasts_is_what_exec_gives(ward: Ward) -> None:
    ward.environ |= KEY_OF_SESSION | {"AWS_CREDENTIAL_EXPIRATION": "2026-06-01T20:00:00Z"}
    assert "environment-keys" not in ward.sick()


def test_with_a_profile_named_others_are_left_alone_but_those_that_it_leads_to(ward: Ward) -> None:
    gone = "credential_process = /gone/iamfa credential-process --profile default\n"
    ward.config(
        BASE + f"[profile a]\n{gone}[profile b]\nsource_profile = a\n{ROLE.partition('source')[0]}[profile c]\n{gone}"
    )
    ward.options["profile"] = "b"
    found = [each for each in ward.examined() if each.id == "process-program"]
    assert len(found) == 1
    assert "profile `a`" in found[0].sentence
    assert found[0].hint == "iamfa setup --profile default --name a"
    ward.options["profile"] = "none"
    assert "there is no profile `none`" in ward.sick()["profile"].sentence


def test_endpoints_that_are_ignored_lead_nobody_away(ward: Ward) -> None:
    ward.environ |= {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
    assert "environment-endpoints" not in ward.sick()


@pytest.mark.parametrize("exempt", ["127.0.0.1", "*", "localhost,127.0.0.1"])
def test_a_proxy_that_leaves_this_machine_out_is_fine(ward: Ward, exempt: str) -> None:
    ward.environ |= {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "HTTP_PROXY": "http://proxy:3128", "NO_PROXY": exempt}
    assert "proxies" not in ward.sick()


def test_a_proxy_on_the_way_to_aws_is_told_and_fine(ward: Ward) -> None:
    ward.environ |= {"HTTPS_PROXY": "http://u:p@proxy:3128", "AWS_ENDPOINT_URL": "https://example.com"}
    (found,) = [each for each in ward.examined() if each.id == "proxies"]
    assert (found.state, found.sentence) == ("ok", "calls go through the proxy `http://…@proxy:3128`")


@pytest.mark.parametrize(
    ("url", "shown"),
    [("http://u:p/w@host/x", "http://…@host/x"), ("u:p@host:1", "…@host:1"), ("https://host/x", "https://host/x")],
)
def test_no_address_shows_the_password_in_it(url: str, shown: str) -> None:
    assert shown_url(url) == shown


def test_no_text_of_others_shows_the_password_of_a_proxy() -> None:
    shown = without_passwords('Failed to connect to proxy URL: "http://me:hush@proxy:3128" for a@b')
    assert shown == 'Failed to connect to proxy URL: "http://…@proxy:3128" for a@b'


def test_a_profile_that_is_not_there_is_told_of_once(ward: Ward) -> None:
    ward.environ["AWS_PROFILE"] = "wrok"
    assert set(ward.sick()) == {"environment-profile"}


def test_a_file_of_certificates_that_is_there_is_trusted(ward: Ward) -> None:
    bundle = ward.home / "bundle.pem"
    bundle.write_text("")
    ward.environ["AWS_CA_BUNDLE"] = str(bundle)
    assert "ca-bundle" not in ward.sick()


def test_a_moment_without_a_zone_has_passed_only_when_it_has_everywhere(ward: Ward) -> None:
    ward.credentials(f"[default]\n{KEYS}[old]\n{SESSION_KEYS}expiration = 2026-06-01 06:00:00\n")
    assert "expired-keys" not in ward.sick()
    ward.now = NOON + timedelta(hours=6, seconds=1)
    assert "expired-keys" in ward.sick()


def test_a_session_that_lasts_is_told(ward: Ward) -> None:
    ward.cache().remember_owner("", KEY_ID, ALICE)
    ward.cache().keep(session())
    (found,) = [each for each in ward.examined() if each.id == "session"]
    assert (found.state, found.sentence) == ("ok", "the session of profile `default` lasts 12 h 0 min")


def test_keys_of_the_environment_are_what_is_looked_at_where_no_profile_is_named(ward: Ward) -> None:
    ward.environ |= {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": "x"}
    found, kept = (each for each in ward.examined() if each.id in ("profile", "session"))
    assert kept.hint == "`iamfa login` gets one"
    assert (found.place, found.sentence) == (
        "the environment",
        f"the environment leads to the long-term key `{KEY_ID}`",
    )


def test_a_keyring_that_is_there_is_told(ward: Ward) -> None:
    ward.options["open_keyring"] = dict
    (found,) = [each for each in ward.examined() if each.id == "keyring"]
    assert found.sentence == "sessions are kept in the keyring of the system"


def test_a_folder_that_cannot_be_entered_is_told_and_not_raised(ward: Ward) -> None:
    ward.environ["AWS_CONFIG_FILE"] = "/" + "x" * 300
    found = ward.sick()
    assert "file name too long" in found["config-file"].sentence
    assert found["profile"].state in ("unknown", "problem")


def test_where_nothing_can_be_written_each_program_asks_for_itself(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    # A folder that root cannot write to is hard to come by.
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK | os.X_OK)
    found = ward.sick()
    assert "nothing can be written" in found["cache-folder"].sentence
    assert "nothing can be written" in found["state-files"].sentence


@pytest.mark.parametrize("command", ["~/bin/code", "KEY=1 code", "$HOME/code"])
def test_of_a_command_for_the_shell_nothing_is_claimed(ward: Ward, command: str) -> None:
    ward.config(BASE + f"mfa_process = {command}\n")
    assert "code-command" not in ward.sick()


def test_a_role_on_the_way_is_told(ward: Ward) -> None:
    ward.config(BASE + f"[profile admin]\n{ROLE}")
    ward.options["profile"] = "admin"
    (found,) = [each for each in ward.examined() if each.id == "profile"]
    assert (found.state, found.sentence.endswith("and through 1 role")) == ("ok", True)
    assert found.place == f"`{ward.aws / 'credentials'}`:2"
