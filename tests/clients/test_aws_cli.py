"""The story, typed: AWS's own command line against the sandbox.

Each command is a process of half a second or more, so that the normal run has the story only; the rest is for `soak`.
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from base64 import b64decode
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from tests.clients.setting import ACCOUNT, POLICIES, bare_environment, client, next_code, two_codes

import iamfa

pytestmark = pytest.mark.skipif(find_spec("awscli") is None, reason="the AWS CLI is not installed (pip install awscli)")

SERIAL = f"arn:aws:iam::{ACCOUNT}:mfa/googleAuthentication"
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass
class Done:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


class Terminal:
    """A shell in an empty home, with profiles of the sandbox's users."""

    def __init__(self, box: iamfa.Sandbox, home: Path) -> None:
        self.home = home
        self.environment = bare_environment(home)
        self.profiles: dict[str, dict[str, str]] = {}
        for user in ("administrator", "own-user"):
            keys = box.environment_of(user)
            self.profile(user, box, keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"])

    def profile(self, name: str, box: iamfa.Sandbox, key: str, secret: str, token: str | None = None) -> None:
        """Write a profile into the file of settings, as a person does."""
        self.add(
            name, region=box.region, endpoint_url=box.endpoint_url, aws_access_key_id=key, aws_secret_access_key=secret,
            **({} if token is None else {"aws_session_token": token}),
        )  # fmt: skip

    def add(self, name: str, **settings: str) -> None:
        self.profiles[name] = settings
        folder = self.home / ".aws"
        folder.mkdir(exist_ok=True)
        lines = [
            f"[profile {name}]\n" + "".join(f"{key} = {value}\n" for key, value in each.items())
            for name, each in self.profiles.items()
        ]
        (folder / "config").write_text("\n".join(lines))

    def aws(self, line: str, *more: str, typed: str | None = None) -> Done:
        """Run `aws …`; what is *typed* answers its prompts, for it has no terminal of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "awscli", *line.split(), *more],
            input=typed or "",
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=60,
            start_new_session=True,
        )
        return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def terminal(box: iamfa.Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    return Terminal(box, tmp_path_factory.mktemp("home"))


def test_the_story_as_one_types_it(box: iamfa.Sandbox, terminal: Terminal) -> None:
    refused = terminal.aws("s3api list-buckets --profile own-user")
    assert refused.code in (254, 255)
    assert "An error occurred (AccessDenied) when calling the ListBuckets operation" in refused.err
    assert "with an explicit deny" in refused.err

    made = terminal.aws(
        "iam create-virtual-mfa-device --virtual-mfa-device-name googleAuthentication --profile own-user "
        "--outfile seed.txt --bootstrap-method Base32StringSeed"
    )
    assert made.json == {"VirtualMFADevice": {"SerialNumber": SERIAL}}
    seed = (terminal.home / "seed.txt").read_text().strip()
    assert len(seed) == 64

    first, second = two_codes(box, seed)
    enabled = terminal.aws(
        f"iam enable-mfa-device --user-name own-user --serial-number {SERIAL} --profile own-user "
        f"--authentication-code1 {first} --authentication-code2 {second}"
    )
    assert (enabled.code, enabled.out) == (0, ""), enabled.err

    code = next_code(box, SERIAL)
    session = terminal.aws(
        f"sts get-session-token --serial-number {SERIAL} --token-code {code} --profile own-user"
    ).json["Credentials"]
    terminal.profile("mfa", box, session["AccessKeyId"], session["SecretAccessKey"], token=session["SessionToken"])
    assert terminal.aws("s3api list-buckets --profile mfa").json["Buckets"] == []


def test_a_profile_with_a_role_asks_for_a_code(box: iamfa.Sandbox, terminal: Terminal) -> None:
    iam = client(box, "iam")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="administrators")["VirtualMFADevice"]
    serial = device["SerialNumber"]
    first, second = two_codes(box, device["Base32StringSeed"].decode())
    iam.enable_mfa_device(
        UserName="administrator", SerialNumber=serial, AuthenticationCode1=first, AuthenticationCode2=second
    )
    role = f"arn:aws:iam::{ACCOUNT}:role/operator"
    settings = {"role_arn": role, "source_profile": "administrator", "role_session_name": "tuesday"}
    settings |= {"region": box.region, "endpoint_url": box.endpoint_url}
    terminal.add("operator", **settings, mfa_serial=serial)

    answer = terminal.aws("sts get-caller-identity --profile operator", typed=next_code(box, serial) + "\n")
    assert answer.json["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/operator/tuesday"


def test_a_command_is_run_against_a_sandbox_of_its_own(tmp_path: Path) -> None:
    line = f"sandbox run --account {ACCOUNT} --policy {POLICIES / 'story-3-repaired.jsonc'} --"
    command = [sys.executable, "-m", "iamfa", *line.split(), sys.executable, "-m", "awscli", "iam", "list-mfa-devices"]
    # It is the sandbox's own settings that reach the command: those of the file are not read.
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("[default]\nendpoint_url = http://127.0.0.1:1\noutput = text\n")
    done = subprocess.run(
        command, env=bare_environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, json.loads(done.stdout)) == (0, {"MFADevices": []}), done.stderr


@pytest.mark.soak
def test_a_qr_code_is_written_as_a_picture(terminal: Terminal) -> None:
    made = terminal.aws(
        "iam create-virtual-mfa-device --virtual-mfa-device-name tablet --profile own-user "
        "--outfile qr.png --bootstrap-method QRCodePNG"
    )
    assert made.json["VirtualMFADevice"]["SerialNumber"].endswith(":mfa/tablet")
    assert (terminal.home / "qr.png").read_bytes().startswith(PNG)
    listed = terminal.aws("iam list-virtual-mfa-devices --assignment-status Unassigned --profile administrator")
    assert [each["SerialNumber"] for each in listed.json["VirtualMFADevices"]] == [f"arn:aws:iam::{ACCOUNT}:mfa/tablet"]


@pytest.mark.soak
def test_refusals_read_as_awss_own(box: iamfa.Sandbox, terminal: Terminal) -> None:
    wrong = terminal.aws(
        f"sts get-session-token --serial-number arn:aws:iam::{ACCOUNT}:mfa/own-user --token-code 000000 "
        "--profile own-user"
    )
    assert "An error occurred (AccessDenied) when calling the GetSessionToken operation: " in wrong.err
    assert "MultiFactorAuthentication failed" in wrong.err
    role = f"arn:aws:iam::{ACCOUNT}:role/operator"
    without = terminal.aws(f"sts assume-role --role-arn {role} --role-session-name tuesday --profile administrator")
    assert "An error occurred (AccessDenied) when calling the AssumeRole operation: " in without.err
    nobody = terminal.aws("iam get-user --user-name nobody --profile administrator")
    assert (
        "An error occurred (NoSuchEntity) when calling the GetUser operation: "
        "The user with name nobody cannot be found." in nobody.err
    )


@pytest.mark.soak
def test_lists_come_in_pages(box: iamfa.Sandbox, terminal: Terminal) -> None:
    names = [f"member-{number:03}" for number in range(7)]
    iam = client(box, "iam")
    for name in names:
        iam.create_user(UserName=name, Path="/members/")
    command = "iam list-users --path-prefix /members/ --profile administrator"
    whole = terminal.aws(f"{command} --page-size 2").json
    assert [each["UserName"] for each in whole["Users"]] == names
    first = terminal.aws(f"{command} --max-items 3").json
    rest = terminal.aws(f"{command} --starting-token {first['NextToken']}").json
    assert [each["UserName"] for each in first["Users"] + rest["Users"]] == names
    assert "NextToken" not in rest


@pytest.mark.soak
def test_an_account_is_read_as_a_whole(box: iamfa.Sandbox, terminal: Terminal) -> None:
    details = terminal.aws("iam get-account-authorization-details --filter User --profile administrator").json
    own = next(each for each in details["UserDetailList"] if each["UserName"] == "own-user")
    assert len(own["AttachedManagedPolicies"]) == 2

    assert terminal.aws("iam generate-credential-report --profile administrator").json["State"] in (
        "STARTED",
        "COMPLETE",
    )
    report = terminal.aws("iam get-credential-report --profile administrator").json
    rows = list(csv.DictReader(io.StringIO(b64decode(report["Content"]).decode())))
    assert rows[0]["user"] == "<root_account>"
    assert {row["user"] for row in rows} >= {"administrator", "own-user"}


@pytest.mark.soak
def test_a_simulation_says_what_mfa_changes(terminal: Terminal) -> None:
    command = (
        f"iam simulate-principal-policy --policy-source-arn arn:aws:iam::{ACCOUNT}:user/own-user "
        "--action-names s3:ListAllMyBuckets --profile administrator --context-entries "
        "ContextKeyName=aws:MultiFactorAuthPresent,ContextKeyType=boolean,ContextKeyValues="
    )
    decisions = [
        terminal.aws(command + value).json["EvaluationResults"][0]["EvalDecision"] for value in ("false", "true")
    ]
    assert decisions == ["explicitDeny", "allowed"]


@pytest.mark.soak
def test_buckets_and_objects_come_and_go(box: iamfa.Sandbox, terminal: Terminal) -> None:
    if find_spec("moto") is None:
        pytest.skip("there are buckets with moto only (pip install iamfa[services])")
    (terminal.home / "note.txt").write_text("never run without MFA\n")
    for line in ("s3 mb s3://clients-of-iamfa", "s3 cp note.txt s3://clients-of-iamfa/a/note.txt"):
        assert terminal.aws(f"{line} --profile administrator").code == 0, line
    assert "clients-of-iamfa" in terminal.aws("s3 ls --profile administrator").out
    assert terminal.aws("s3 cp s3://clients-of-iamfa/a/note.txt - --profile administrator").out == (
        "never run without MFA\n"
    )
    refused = terminal.aws("s3 ls s3://clients-of-iamfa --profile own-user")
    assert refused.code != 0
    assert "AccessDenied" in refused.err
    assert terminal.aws("s3 rb s3://clients-of-iamfa --force --profile administrator").code == 0
