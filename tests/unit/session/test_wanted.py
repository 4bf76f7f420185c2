"""Which session is asked for, by profile, environment and options."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iamfa.errors import InputError
from iamfa.session.profiles import AwsFiles, ProfileError
from iamfa.session.wanted import Role, Wanted, wanted

ROLE = "arn:aws:iam::123456789012:role/"
KEYS = "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = secret\n"
CONFIG = f"""
[default]
{KEYS}
mfa_serial = arn:aws:iam::123456789012:mfa/phone
mfa_process = pass code

[profile reader]
role_arn = {ROLE}reader
source_profile = default
external_id = eleven
role_session_name = tuesday

[profile chained]
role_arn = {ROLE}second
source_profile = reader
duration_seconds = 1800

[profile brief]
role_arn = {ROLE}second
source_profile = reader
duration_seconds = 100

[profile process]
credential_process = /opt/bin/iamfa credential-process --profile reader

[profile plain]
credential_process = "/opt/my tools/python" -m iamfa credential-process

[profile equals]
credential_process = iamfa credential-process --max-age 1h --profile=reader

[profile circle]
credential_process = iamfa credential-process --profile circle

[profile another]
credential_process = other-program credential-process

[profile broken]
credential_process = iamfa credential-process 'x

[profile portal]
sso_session = x

[profile empty]
region = eu-west-1

[profile session]
{KEYS}aws_session_token = token

[profile china]
{KEYS}mfa_serial = arn:aws-cn:iam::123456789012:mfa/phone

[profile token]
{KEYS}mfa_serial = GAHT12345678

[profile local]
{KEYS}endpoint_url = http://127.0.0.1:5000
services = mine
ca_bundle = /etc/own.pem
region = eu-central-1

[services mine]
s3 =
  endpoint_url = http://127.0.0.1:6000
"""


@pytest.fixture
def ask(tmp_path: Path) -> Any:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text(CONFIG)

    def asked(name: str | None = None, environ: dict[str, str] | None = None, **options: Any) -> Wanted:
        return wanted(AwsFiles.read(environ or {}, tmp_path), environ or {}, name, **options)

    return asked


def test_a_users_own_session_is_found_with_all_that_the_profile_says(ask: Any) -> None:
    found = ask()
    assert (found.profile, found.source, found.roles) == ("default", "default", ())
    assert (found.mfa_serial, found.mfa_process) == ("arn:aws:iam::123456789012:mfa/phone", "pass code")
    assert (found.region, found.region_told, found.endpoint) == ("us-east-1", None, "")
    assert not found.direct
    assert found.key("aws", "1", "alice").endswith(" aws 1 alice mfa")


def test_roles_stand_in_the_order_in_which_they_are_assumed(ask: Any) -> None:
    found = ask("chained")
    assert found.roles == (
        Role(f"{ROLE}reader", "reader", "tuesday", "eleven", None),
        Role(f"{ROLE}second", "chained", None, None, 1800),
    )
    assert (found.source, found.mfa_serial) == ("default", "arn:aws:iam::123456789012:mfa/phone")
    whole, first, own = (found.key("aws", "1", "alice", roles=number) for number in (None, 1, 0))
    assert whole.startswith(first)
    assert own.endswith(" mfa")


def test_a_duration_goes_to_the_last_role_or_to_the_users_session(ask: Any) -> None:
    assert ask(seconds=900).seconds == 900
    found = ask("reader", seconds=7200)
    assert (found.seconds, found.roles[-1].seconds, found.direct) == (None, 7200, True)
    assert [role.seconds for role in ask("chained", seconds=7200).roles] == [None, 7200]
    assert not ask("chained", seconds=7200).direct


@pytest.mark.parametrize(("profile", "seconds"), [(None, 899), (None, 129_601), ("reader", 899), ("reader", 43_201)])
def test_a_duration_that_aws_does_not_take_is_refused_before_it_is_asked(ask: Any, profile: Any, seconds: int) -> None:
    with pytest.raises(InputError, match=f"cannot last {seconds} seconds"):
        ask(profile, seconds=seconds)


@pytest.mark.parametrize(("profile", "stands_for"), [("process", "reader"), ("equals", "reader"), ("plain", "default")])
def test_a_profile_that_runs_this_program_stands_for_the_one_it_names(ask: Any, profile: str, stands_for: str) -> None:
    found, meant = ask(profile), ask(stands_for)
    assert (found.roles, found.keys, found.source) == (meant.roles, meant.keys, meant.source)
    assert found.profile == profile


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ("circle", "leads back to itself"),
        ("another", "gets its credentials from another program"),
        ("broken", "gets its credentials from another program"),
        ("portal", "signs in by sso"),
        ("empty", "has no access key"),
        ("session", "are temporary ones"),
        ("nobody", "there is no profile `nobody`"),
    ],
)
def test_a_profile_that_leads_to_no_long_term_key_says_why(ask: Any, profile: str, words: str) -> None:
    with pytest.raises(ProfileError, match=words) as told:
        ask(profile)
    assert told.value.hint or profile == "circle"


def test_the_region_is_of_the_partition_where_nobody_names_one(ask: Any) -> None:
    assert ask("china").region == "cn-north-1"
    assert ask("token").region == "us-east-1"
    assert (ask("local").region, ask("local", region="us-west-2").region) == ("eu-central-1", "us-west-2")


def test_endpoints_are_those_of_option_environment_and_profile(ask: Any) -> None:
    found = ask("local")
    assert found.endpoint == "http://127.0.0.1:5000"
    assert found.named_endpoints == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:5000",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:6000",
    }
    assert found.ca_bundle == "/etc/own.pem"
    given = ask("local", endpoint_url="http://127.0.0.1:7000")
    assert given.endpoints == dict.fromkeys(("sts", "iam", "signin"), "http://127.0.0.1:7000")
    assert given.named_endpoints == {"AWS_ENDPOINT_URL": "http://127.0.0.1:7000"}
    by_environment = ask("local", {"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:8000"})
    assert by_environment.endpoints["sts"] == "http://127.0.0.1:8000"
    assert by_environment.endpoints["iam"] == "http://127.0.0.1:5000"


def test_keys_of_the_environment_are_a_profile_too(ask: Any) -> None:
    found = ask(None, {"AWS_ACCESS_KEY_ID": "AKIAOTHER", "AWS_SECRET_ACCESS_KEY": "x"})
    assert (found.profile, found.keys.key_id) == ("environment variables", "AKIAOTHER")
