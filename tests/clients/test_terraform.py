"""An account's IAM as Terraform keeps it: made, looked at again, changed, and taken away, all in the sandbox.

It takes minutes and a provider of some hundred megabytes, so it runs where IAMFA_TERRAFORM_PLUGINS names a folder of
plugins that has it, or in `make soak` where `terraform init` gets it by itself.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from tests.clients.setting import bare_environment

import iamfa
from iamfa.otp import code_of, step_of
from iamfa.sandbox.live import LiveAccount
from iamfa.secret import Secret

HERE = Path(__file__).parent / "terraform"
PLUGINS = os.environ.get("IAMFA_TERRAFORM_PLUGINS")

pytestmark = [
    pytest.mark.skipif(shutil.which("terraform") is None, reason="Terraform is not installed"),
    pytest.mark.skipif(find_spec("moto") is None, reason="its bucket needs moto (pip install iamfa[services])"),
    pytest.mark.skipif(
        PLUGINS is None and os.environ.get("IAMFA_SOAK") != "1",
        reason="takes minutes: set IAMFA_TERRAFORM_PLUGINS to a folder of plugins with hashicorp/aws 5.100",
    ),
]


class Terraform:
    """A folder with the configuration, and Terraform in it."""

    def __init__(self, box: iamfa.Sandbox, folder: Path) -> None:
        self.box = box
        self.folder = folder
        environment = box.environment
        del environment["AWS_ENDPOINT_URL"]  # only what the configuration names is called
        self.environment = {
            **bare_environment(folder),
            **environment,
            "TF_VAR_endpoint": box.endpoint_url,
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["terraform", *arguments, "-no-color"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=900,
        )

    def apply(self, command: str, **variables: str) -> list[dict[str, Any]]:
        """Apply or destroy; gives the calls that were refused on the way."""
        before = len(self.box.events)
        chosen = [f"-var={name}={value}" for name, value in variables.items()]
        done = self.run(command, "-auto-approve", "-input=false", *chosen)
        assert done.returncode == 0, done.stderr
        assert len(self.box.events) > before, "the journal is full"
        return [event for event in self.box.events[before:] if event.get("errorCode")]

    def changes(self, **variables: str) -> str:
        """What Terraform would change now; empty where nothing."""
        chosen = [f"-var={name}={value}" for name, value in variables.items()]
        done = self.run("plan", "-detailed-exitcode", "-input=false", *chosen)
        assert done.returncode in (0, 2), done.stderr
        return done.stdout if done.returncode == 2 else ""


@pytest.fixture(scope="module")
def box() -> Iterator[iamfa.Sandbox]:
    with iamfa.Sandbox() as found:
        yield found


@pytest.fixture(scope="module")
def terraform(box: iamfa.Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    folder = tmp_path_factory.mktemp("terraform")
    for each in HERE.iterdir():
        if each.is_file():
            shutil.copy(each, folder)
    found = Terraform(box, folder)
    done = found.run("init", "-input=false", *([] if PLUGINS is None else [f"-plugin-dir={PLUGINS}"]))
    if done.returncode and PLUGINS is None:
        pytest.skip("`terraform init` does not get the provider by itself; set IAMFA_TERRAFORM_PLUGINS")
    assert done.returncode == 0, done.stderr
    return found


def unexpected(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The refusals that are no look at whether something is there already or is gone."""
    absent = ("NoSuchEntity", "NoSuchBucket", "NoSuchBucketPolicy", "AWSOrganizationsNotInUseException")
    return [event for event in events if event["errorCode"] not in absent]


def everything(box: iamfa.Sandbox) -> list[str]:
    """The names of all that somebody put into the account."""

    def names(account: LiveAccount) -> list[str]:
        policies = [arn for arn, policy in account.policies.items() if not policy.is_awss]
        tables = (account.users, account.groups, account.roles, account.instance_profiles, account.devices)
        others = [*account.access_keys, *account.login_profiles, *account.other_credentials]
        settings = [each for each in (account.alias, account.password_policy and "password policy") if each]
        return sorted([*policies, *(name for table in tables for name in table), *others, *settings])

    return box.call(lambda state: names(state.account))


def test_terraform_makes_changes_and_removes_an_account_s_iam(box: iamfa.Sandbox, terraform: Terraform) -> None:
    before = everything(box)

    assert not unexpected(terraform.apply("apply"))
    assert not terraform.changes()
    account = box.call(lambda state: state.account)
    alice = account.users["alice"]
    assert (alice.path, alice.groups, dict(alice.tags)["team"]) == ("/people/blue/", ("people",), "blue")
    assert account.alias == "iamfa-blue"
    assert sorted(each.kind for each in account.other_credentials.values()) == ["certificate", "service", "ssh"]
    device = account.devices[f"arn:aws:iam::{account.number}:mfa/googleAuthentication"]
    assert json.loads(terraform.run("output", "-json", "simulated").stdout) == {"carol": True, "bob": False}
    seed = terraform.run("output", "-raw", "seed").stdout.strip()
    now = box.clock.now()
    assert device.seed is not None
    assert code_of(Secret(seed), step_of(now)) == code_of(device.seed, step_of(now))

    assert not unexpected(terraform.apply("apply", team="red"))
    assert not terraform.changes(team="red")
    account = box.call(lambda state: state.account)
    assert account.users["alice"].path == "/people/red/"
    assert account.roles["operator"].max_session == 7200
    assert len(account.policies[f"arn:aws:iam::{account.number}:policy/boundaries/boundary"].versions) == 2
    assert [key.status for key in account.access_keys.values() if key.user == "alice"] == ["Inactive"]

    # What Terraform does not know of, `force_destroy` removes with the user.
    box.call(lambda state: _give_bob_more(state.account))
    assert not unexpected(terraform.apply("destroy", team="red"))
    assert everything(box) == before
    assert box.call(lambda state: state.organization) is None


def _give_bob_more(account: LiveAccount) -> None:
    """A public key, a password for a service and a key that nobody wrote into the configuration."""
    for each in list(account.other_credentials.values()):
        if each.kind != "certificate":
            extra = replace(each, id=each.id[:-4] + "BOBS", user="bob")
            account.other_credentials[extra.id] = extra
    key = next(key for key in account.access_keys.values() if key.user == "alice")
    account.access_keys["AKIABOBSBOBSBOBSBOBS"] = replace(key, id="AKIABOBSBOBSBOBSBOBS", user="bob")
