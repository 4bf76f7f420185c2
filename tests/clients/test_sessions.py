"""A session with MFA as other programs take it: by `credential_process` of a profile, asked for on their terminal."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.clients.test_javascript import installed, node
from tests.terminal.people import EVERYTHING, Person, person
from tests.terminal.typist import Typist

import iamfa

NOTHING_WITHOUT_MFA = {
    "Effect": "Deny",
    "NotAction": ["iam:ListMFADevices", "sts:GetSessionToken"],
    "Resource": "*",
    "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
}
AWS = f"{sys.executable} -m awscli"
needs_awscli = pytest.mark.skipif(
    find_spec("awscli") is None, reason="the AWS CLI is not installed (pip install awscli)"
)
PLUGINS = os.environ.get("IAMFA_TERRAFORM_PLUGINS")
SECONDS = 60


@pytest.fixture(scope="module")
def box() -> Iterator[iamfa.Sandbox]:
    """One whose time goes on."""
    with iamfa.Sandbox() as found:
        yield found


@pytest.fixture
def alice(box: iamfa.Sandbox, tmp_path: Path) -> Person:
    """Somebody with a profile for his key, and one for everybody else's programs."""
    found = person(box, tmp_path / "home", statements=(EVERYTHING, NOTHING_WITHOUT_MFA), profile=False)
    found.profile("work", keys=True)
    found.profile("work-mfa", credential_process=f"{sys.executable} -m iamfa credential-process --profile work")
    return found


def typing(alice: Person, *command: str, folder: Path | None = None, **more: str) -> Typist:
    """A program at a terminal."""
    path = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    environment = {**alice.environment, **path, **more}
    return Typist(*command, environment=environment, folder=folder or alice.home, program=True)


def answered(alice: Person, program: Typist, caller: str) -> None:
    program.expect("MFA code of phone", seconds=SECONDS)
    program.expect(f"for {caller}):")
    program.type(alice.code())
    assert program.end(seconds=SECONDS) == 0, program.screen
    assert program.written.count("MFA code of phone") == 1
    assert len(alice.calls("GetSessionToken")) == 1


@needs_awscli
def test_the_aws_cli_asks_once_and_then_no_more(alice: Person) -> None:
    with typing(alice, "sh", "-c", f"{AWS} --profile work-mfa s3 mb s3://{alice.name}-bucket") as made:
        answered(alice, made, "awscli")
    with typing(alice, "sh", "-c", f"{AWS} --profile work-mfa s3 ls") as listed:
        assert listed.end(seconds=SECONDS) == 0, listed.screen
    assert f"{alice.name}-bucket" in listed.screen
    assert "MFA code" not in listed.written


def in_parallel(alice: Person, count: int) -> None:
    line = f"{AWS} --profile work-mfa sts get-caller-identity --query Arn --output text"
    script = f"for i in $(seq {count}); do {line} > out.$i & done; wait"
    with typing(alice, "sh", "-c", script) as program:
        answered(alice, program, "awscli")
    found = {(alice.home / f"out.{number}").read_text().strip() for number in range(1, count + 1)}
    assert found == {f"arn:aws:iam::{alice.account}:user/{alice.name}"}


@needs_awscli
def test_several_aws_processes_at_once_ask_once(alice: Person) -> None:
    in_parallel(alice, 2)


@needs_awscli
@pytest.mark.soak
def test_ten_aws_processes_at_once_ask_once(alice: Person) -> None:
    in_parallel(alice, 10)


@needs_awscli
def test_without_a_terminal_the_aws_cli_shows_the_command_to_run(alice: Person, tmp_path: Path) -> None:
    line = f"setsid -w {AWS} --profile work-mfa sts get-caller-identity < /dev/null > out 2> err"
    with typing(alice, "sh", "-c", line) as program:
        assert program.end(seconds=SECONDS) != 0
    assert "run `iamfa login --profile work` in a terminal" in (alice.home / "err").read_text()


def test_the_javascript_sdk_runs_it_by_its_own_chain(alice: Person) -> None:
    program, folder = node(), installed()
    with typing(alice, program, "session.mjs", folder=folder, AWS_PROFILE="work-mfa", AWS_REGION="us-east-1",
                AWS_ENDPOINT_URL=alice.box.endpoint_url) as script:  # fmt: skip
        answered(alice, script, "session.mjs")
    found = json.loads(script.screen.splitlines()[-2 if not script.screen.splitlines()[-1] else -1])
    assert found["arn"] == f"arn:aws:iam::{alice.account}:user/{alice.name}"


@pytest.mark.skipif(find_spec("boto3") is None, reason="boto3 is not installed (pip install iamfa[boto3])")
def test_boto3_asks_at_the_terminal_of_its_program(alice: Person) -> None:
    script = (
        "import iamfa; s = iamfa.boto3_session(profile='work');"
        "print(s.client('s3').list_buckets()['ResponseMetadata']['HTTPStatusCode'],"
        "s.client('sts').get_caller_identity()['Arn'])"
    )
    with typing(alice, sys.executable, "-c", script) as program:
        answered(alice, program, "a Python program")
    assert f"200 arn:aws:iam::{alice.account}:user/{alice.name}" in program.words


@pytest.mark.skipif(shutil.which("terraform") is None, reason="Terraform is not installed")
@pytest.mark.skipif(
    PLUGINS is None and os.environ.get("IAMFA_SOAK") != "1",
    reason="takes long: set IAMFA_TERRAFORM_PLUGINS to a folder of plugins with hashicorp/aws 5.100",
)
def test_terraform_takes_it_by_its_profile(alice: Person) -> None:
    (alice.home / "main.tf").write_text(
        'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws", version = "~> 5.100" }\n  }\n}\n'
        'provider "aws" {\n  profile = "work-mfa"\n  region = "us-east-1"\n  skip_metadata_api_check = true\n'
        f'  endpoints {{\n    sts = "{alice.box.endpoint_url}"\n    iam = "{alice.box.endpoint_url}"\n  }}\n}}\n'
        'data "aws_caller_identity" "me" {}\noutput "arn" {\n  value = data.aws_caller_identity.me.arn\n}\n'
    )
    more = {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    plugins = [] if PLUGINS is None else [f"-plugin-dir={PLUGINS}"]
    with typing(alice, "terraform", "init", "-input=false", "-no-color", *plugins, **more) as started:
        if started.end(seconds=600) and PLUGINS is None:
            pytest.skip("`terraform init` does not get the provider by itself; set IAMFA_TERRAFORM_PLUGINS")
    with typing(alice, "terraform", "apply", "-auto-approve", "-no-color", **more) as applied:
        answered(alice, applied, "terraform-provider-aws")
    assert f"user/{alice.name}" in applied.words
