"""Profiles as the SDKs put them together; botocore itself is asked wherever it gives an answer."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.configprovider import ConfiguredEndpointProvider
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from iamfa.errors import InputError
from iamfa.secret import Secret
from iamfa.session.profiles import ENVIRONMENT, AwsFiles, ProfileError, endpoint_for, own_source

CONFIG = """\
[default]
region = eu-west-1
ca_bundle = /etc/ca.pem
[profile work]
region = us-east-1
mfa_serial = arn:aws:iam::123456789012:mfa/alice
duration_seconds = 43200
[profile admin]
role_arn = arn:aws:iam::123456789012:role/Admin
source_profile = work
role_session_name = alice
external_id = x
[profile deploy]
role_arn = arn:aws:iam::123456789012:role/Deploy
source_profile = admin
[profile self]
role_arn = arn:aws:iam::123456789012:role/Self
source_profile = self
aws_access_key_id = AKIASELF
aws_secret_access_key = s3
[profile process]
credential_process = iamfa credential-process --profile work
"""
CREDENTIALS = """\
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = s1
[work]
aws_access_key_id = AKIAWORK
aws_secret_access_key = s2
region = ap-northeast-1
"""


def files(folder: Path, config: str = CONFIG, credentials: str = CREDENTIALS, **environ: str) -> AwsFiles:
    (folder / ".aws").mkdir(exist_ok=True)
    (folder / ".aws" / "config").write_text(config)
    (folder / ".aws" / "credentials").write_text(credentials)
    return AwsFiles.read(environ, folder)


def botocores(
    monkeypatch: pytest.MonkeyPatch, folder: Path, profile: str | None, environ: Mapping[str, str] | None = None
) -> Session:
    for name in [each for each in os.environ if each.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in (environ or {}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / ".aws" / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / ".aws" / "credentials"))
    return Session(profile=profile)


def secret_of(profile: Any) -> str:
    assert profile.keys is not None
    return str(profile.keys.secret.reveal())


# Profiles -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["default", "work", "self"])
def test_keys_and_region_are_those_that_botocore_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    config = CONFIG.replace("role_arn = arn:aws:iam::123456789012:role/Self\n", "")
    profile = files(tmp_path, config).profile(name)
    session = botocores(monkeypatch, tmp_path, name)
    keys = session.get_credentials()
    assert profile.keys is not None
    assert (profile.keys.key_id, secret_of(profile)) == (keys.access_key, keys.secret_key)
    assert profile.region == session.get_config_variable("region")
    assert profile.ca_bundle == session.get_config_variable("ca_bundle")


def test_a_profile_is_all_that_both_files_say_and_the_credentials_file_holds(tmp_path: Path) -> None:
    found = files(tmp_path)
    assert found.names() == ("default", "work", "admin", "deploy", "self", "process")
    work = found.profile("work")
    assert (work.region, work.duration_seconds) == ("ap-northeast-1", 43200)
    assert work.mfa_serial == "arn:aws:iam::123456789012:mfa/alice"
    admin = found.profile("admin")
    assert (admin.role_session_name, admin.external_id, admin.source_profile, admin.keys) == (
        "alice",
        "x",
        "work",
        None,
    )
    assert found.profile("process").credential_process == "iamfa credential-process --profile work"


@pytest.mark.parametrize(("token", "found"), [("aws_session_token", "t1"), ("aws_security_token", "t2")])
def test_a_token_under_either_name_makes_the_keys_a_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str, found: str
) -> None:
    text = "[a]\naws_access_key_id = ASIA\naws_secret_access_key = s\naws_session_token = t1\n"
    text += f"{token} = t2\n" if token == "aws_security_token" else ""
    keys = files(tmp_path, "", text).profile("a").keys
    assert keys is not None and keys.token == Secret(found)
    assert botocores(monkeypatch, tmp_path, "a").get_credentials().token == found


def test_keys_of_the_credentials_file_go_before_those_of_the_config_file_and_are_not_mixed(tmp_path: Path) -> None:
    config = "[profile a]\naws_access_key_id = AKIAOLD\naws_secret_access_key = old\naws_session_token = t\n"
    keys = files(tmp_path, config, "[a]\naws_access_key_id = AKIANEW\naws_secret_access_key = new\n").profile("a").keys
    assert keys is not None
    assert (keys.key_id, keys.secret, keys.token) == ("AKIANEW", Secret("new"), None)
    with pytest.raises(ProfileError, match=r"credentials`:1: profile `a` has no `aws_secret_access_key`"):
        files(tmp_path, config, "[a]\naws_access_key_id = AKIANEW\n").profile("a")


def test_no_secret_is_in_the_repr_of_anything(tmp_path: Path) -> None:
    found = files(tmp_path, AWS_ACCESS_KEY_ID="AKIAENV", AWS_SECRET_ACCESS_KEY="hidden", AWS_SESSION_TOKEN="hidden")
    shown = repr(found) + repr(found.profile(None)) + repr(found.profile("work")) + repr(found.credentials)
    assert "hidden" not in shown and "s2" not in shown


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, "default"),
        ({"AWS_PROFILE": "work"}, "work"),
        ({"AWS_DEFAULT_PROFILE": "work"}, "work"),
        ({"AWS_PROFILE": "work", "AWS_DEFAULT_PROFILE": "self"}, "work"),
        ({"AWS_PROFILE": "", "AWS_DEFAULT_PROFILE": ""}, "default"),
        ({"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "s"}, ENVIRONMENT),
        ({"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "s", "AWS_PROFILE": "work"}, "work"),
    ],
)
def test_the_profile_that_holds_where_none_is_named(tmp_path: Path, environ: dict[str, str], name: str) -> None:
    assert files(tmp_path, **environ).profile(None).name == name
    assert files(tmp_path, **environ).profile("self").name == "self"


def test_keys_of_the_environment_take_all_else_from_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {
        "AWS_ACCESS_KEY_ID": "ASIAENV",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_SESSION_TOKEN": "t",
        "AWS_CREDENTIAL_EXPIRATION": "2100-01-01T00:00:00Z",
    }
    profile = files(tmp_path, **environ).profile(None)
    session = botocores(monkeypatch, tmp_path, None, environ)
    assert profile.keys is not None and profile.keys.token == Secret(session.get_credentials().token)
    assert profile.keys.expires == datetime(2100, 1, 1, tzinfo=UTC)
    assert profile.region == session.get_config_variable("region") == "eu-west-1"
    naive = files(tmp_path, **{**environ, "AWS_CREDENTIAL_EXPIRATION": "2100-01-01 00:00:00"}).profile(None).keys
    assert naive == profile.keys
    with pytest.raises(ProfileError, match="is no time: `soon`"):
        files(tmp_path, **{**environ, "AWS_CREDENTIAL_EXPIRATION": "soon"}).profile(None)


def test_half_a_key_in_the_environment_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="`AWS_SECRET_ACCESS_KEY` is not set"):
        files(tmp_path, AWS_ACCESS_KEY_ID="AKIAENV").profile(None)
    with pytest.raises(ProfileError, match="`AWS_ACCESS_KEY_ID` is not set"):
        files(tmp_path).profile(ENVIRONMENT)


def test_the_environment_s_region_and_bundle_hold_for_every_profile(tmp_path: Path) -> None:
    assert files(tmp_path, AWS_REGION="r1", AWS_DEFAULT_REGION="r2", AWS_CA_BUNDLE="b").profile("work").region == "r1"
    profile = files(tmp_path, AWS_DEFAULT_REGION="r2", AWS_CA_BUNDLE="b").profile("default")
    assert (profile.region, profile.ca_bundle) == ("r2", "b")


def test_a_profile_that_is_not_there_is_told_with_both_files_and_the_closest_names(tmp_path: Path) -> None:
    found = files(tmp_path)
    with pytest.raises(ProfileError) as caught:
        found.profile("wrok")
    assert "`wrok`" in str(caught.value) and ".aws/config`" in str(caught.value)
    assert ".aws/credentials`" in str(caught.value) and caught.value.hint == "did you mean `work`?"
    with pytest.raises(ProfileError) as caught:
        files(tmp_path, "", "").profile(None)
    assert "no profile is named" in str(caught.value) and caught.value.hint == "run `aws configure`"
    assert isinstance(caught.value, InputError)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (
            "[profile a]\nregion = x\nduration_seconds = 1h\n",
            r"config`:3: `duration_seconds` of profile `a` is no number",
        ),
        ("[profile a]\nregion =\n  x = 1\n", r"config`:2: `region` of profile `a` has settings below it"),
        ("[profile a]\nservices = none\n", r"config`:2: profile `a` names the services `none`"),
        ("[profile a]\nservices = s\n[services s]\nsts = x\n", r"config`:3: `sts` in `\[services s\]` needs"),
        ("[profile a]\ninclude_profile = none\n", r"config`:2: profile `a` includes `none`, which is in neither file"),
        ("[profile a]\ninclude_profile = a\n", r"config`:2: profile `a` includes itself"),
    ],
)
def test_a_profile_that_cannot_be_meant_is_told_with_path_and_line(tmp_path: Path, config: str, words: str) -> None:
    with pytest.raises(ProfileError, match=words):
        files(tmp_path, config).profile("a")


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("sso_session = corp", "sso"),
        ("sso_start_url = https://x", "sso"),
        ("web_identity_token_file = /t", "web identity"),
        ("login_session = arn", "aws login"),
    ],
)
def test_what_mfa_sessions_cannot_start_from_is_said_in_words(tmp_path: Path, setting: str, words: str) -> None:
    assert files(tmp_path, f"[profile a]\n{setting}\n").profile("a").other == words


def test_what_aws_vault_includes_is_read(tmp_path: Path) -> None:
    config = """\
[profile common]
region = eu-west-1
mfa_serial = arn:aws:iam::1:mfa/a
mfa_process = ykman oath accounts code aws
output = text
[profile between]
include_profile = common
source_profile = default
[profile a]
include_profile = between
region = us-east-1
"""
    profile = files(tmp_path, config).profile("a")
    assert (profile.region, profile.mfa_serial) == ("us-east-1", "arn:aws:iam::1:mfa/a")
    assert (profile.mfa_process, profile.source_profile) == ("ykman oath accounts code aws", "default")


def test_a_fault_of_an_included_profile_is_told(tmp_path: Path) -> None:
    found = files(tmp_path, "[profile a]\ninclude_profile = b\n[profile b]\nmfa_serial =\n  x = 1\nregion = r\n")
    with pytest.raises(ProfileError, match=r"config`: `mfa_serial` of profile `a` has settings below it"):
        found.profile("a")


def test_the_files_are_where_the_environment_says(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("[profile a]\nregion = x\n")
    (tmp_path / "keys").write_text("[b]\n")
    found = AwsFiles.read(
        {"AWS_CONFIG_FILE": "~/mine", "AWS_SHARED_CREDENTIALS_FILE": "${D}/keys", "D": str(tmp_path)}, tmp_path
    )
    assert found.names() == ("a", "b")
    found = AwsFiles.read({"AWS_CONFIG_FILE": "$D/mine", "D": str(tmp_path)}, tmp_path / "none")
    assert found.names() == ("a",) and found.config.path == tmp_path / "mine"
    assert AwsFiles.read({"AWS_CONFIG_FILE": "$NONE/x"}, tmp_path).config.path == Path("$NONE/x")


# Chains ---------------------------------------------------------------------------------------------------------------


def names(found: AwsFiles, name: str) -> list[str]:
    return [profile.name for profile in found.chain(found.profile(name))]


def test_a_chain_goes_down_to_the_profile_with_keys(tmp_path: Path) -> None:
    found = files(tmp_path)
    assert names(found, "work") == ["work"]
    assert names(found, "deploy") == ["deploy", "admin", "work"]
    chain = found.chain(found.profile("deploy"))
    assert [each.role_arn and each.role_arn[-6:] for each in chain] == ["Deploy", "/Admin", None]
    assert secret_of(chain[-1]) == "s2"


def test_a_profile_may_name_itself_where_it_has_keys(tmp_path: Path) -> None:
    found = files(tmp_path)
    top, base = found.chain(found.profile("self"))
    assert top.role_arn is not None and base.role_arn is None and secret_of(base) == "s3"


def test_a_source_with_keys_is_used_for_them_and_its_own_role_left_out(tmp_path: Path) -> None:
    config = CONFIG.replace(
        "[profile deploy]", "[profile outer]\nrole_arn = r\nsource_profile = self\n[profile deploy]"
    )
    found = files(tmp_path, config)
    chain = found.chain(found.profile("outer"))
    assert [(each.name, each.role_arn) for each in chain] == [("outer", "r"), ("self", None)]


def test_the_environment_may_be_a_role_s_source(tmp_path: Path) -> None:
    config = "[profile a]\nrole_arn = r\ncredential_source = Environment\n"
    found = files(tmp_path, config, AWS_ACCESS_KEY_ID="AKIAENV", AWS_SECRET_ACCESS_KEY="s")
    assert names(found, "a") == ["a", ENVIRONMENT]
    found = files(tmp_path, config)
    with pytest.raises(ProfileError, match="`AWS_ACCESS_KEY_ID` is not set"):
        found.chain(found.profile("a"))


def test_a_source_without_a_role_is_followed_as_aws_vault_and_awsume_do(tmp_path: Path) -> None:
    found = files(tmp_path, "[profile a]\nsource_profile = work\nmfa_serial = m\n[profile b]\nsource_profile = b\n")
    assert names(found, "a") == ["a", "work"]
    assert names(found, "b") == ["b"]


def test_a_profile_that_runs_this_program_starts_from_the_one_it_names(tmp_path: Path) -> None:
    config = CONFIG + "[profile via]\nrole_arn = r\nsource_profile = process\n"
    assert names(files(tmp_path, config), "via") == ["via", "process", "work"]


@pytest.mark.parametrize(
    ("process", "source"),
    [
        ("iamfa credential-process --profile work", "work"),
        ("'/opt/iam fa/bin/iamfa' credential-process --profile 'two words'", "two words"),
        ('"C:\\Program Files\\iamfa.exe" credential-process --profile "two words"', "two words"),
        ("/usr/bin/python3 -m iamfa credential-process --profile work", "work"),
        ("iamfa credential-process --profile 'work", None),
        ("iamfa credential-process --profile work --other", None),
        ("other credential-process --profile work", None),
        (None, None),
    ],
)
def test_this_program_s_own_command_is_known(process: str | None, source: str | None) -> None:
    assert own_source(process) == source


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("[profile a]\nrole_arn = r\nsource_profile = none\n", r":3: profile `a` names the source profile `none`"),
        ("[profile a]\nrole_arn = r\nsource_profile = a\n", r":3: the source profiles go in a circle: a → a"),
        (
            "[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\nrole_arn = r\nsource_profile = a\n",
            r":6: the source profiles go in a circle: a → b → a",
        ),
        (
            "[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\nregion = x\n",
            r":3: profile `a` takes its credentials from `b`, which has none",
        ),
        ("[profile a]\nrole_arn = r\n", r":2: profile `a` has a role, and neither"),
        (
            "[profile a]\nrole_arn = r\nsource_profile = default\ncredential_source = Environment\n",
            r":4: profile `a` has both",
        ),
    ],
)
def test_a_chain_that_botocore_refuses_is_refused_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: str, words: str
) -> None:
    found = files(tmp_path, config)
    with pytest.raises(ProfileError, match=words):
        found.chain(found.profile("a"))
    with pytest.raises(BotoCoreError):
        botocores(monkeypatch, tmp_path, "a").get_credentials()


def test_credentials_of_the_machine_are_nothing_that_mfa_starts_from(tmp_path: Path) -> None:
    found = files(tmp_path, "[profile a]\nrole_arn = r\ncredential_source = Ec2InstanceMetadata\n")
    with pytest.raises(ProfileError, match=r":3: profile `a` takes its credentials from `Ec2InstanceMetadata`"):
        found.chain(found.profile("a"))


# Endpoints ------------------------------------------------------------------------------------------------------------

ENDPOINTS = """\
[profile a]
endpoint_url = http://all
services = local
[profile b]
services = local
ignore_configured_endpoint_urls = TRUE
[services local]
sts =
  endpoint_url = http://sts
  other = 1
s3 =
  addressing_style = path
"""


@pytest.mark.parametrize("service", ["sts", "iam", "s3"])
@pytest.mark.parametrize(
    "environ",
    [{}, {"AWS_ENDPOINT_URL": "http://env"}, {"AWS_ENDPOINT_URL": "http://env", "AWS_ENDPOINT_URL_STS": "http://own"}],
)
def test_an_endpoint_is_the_one_that_botocore_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], service: str
) -> None:
    profile = files(tmp_path, ENDPOINTS).profile("a")
    session = botocores(monkeypatch, tmp_path, "a")
    theirs = ConfiguredEndpointProvider(session.full_config, session.get_scoped_config(), service, environ).provide()
    assert endpoint_for(service, profile, environ, None) == theirs


def test_the_given_endpoint_goes_first_and_the_rest_can_be_ignored(tmp_path: Path) -> None:
    found = files(tmp_path, ENDPOINTS)
    a, b = found.profile("a"), found.profile("b")
    ignore = {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "AWS_ENDPOINT_URL": "http://env"}
    assert endpoint_for("sts", a, ignore, "http://given") == "http://given"
    assert endpoint_for("sts", a, ignore, None) is None is endpoint_for("sts", b, {}, None)
    heed = {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"}
    assert endpoint_for("sts", b, heed, None) == "http://sts"
    assert endpoint_for("iam", b, heed, None) is None
