"""A sandbox as the account of a profile: what is only done in accounts is tried on it, without waiting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.contract.venue import LiveVenue

import iamfa

PROFILE = "rented"
_UNSET = ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL")


@contextmanager
def rented(monkeypatch: pytest.MonkeyPatch, folder: Path, permissions: str | None = None) -> Iterator[iamfa.Sandbox]:
    """A sandbox that the profile `rented` leads to; its clock stands still until somebody sleeps.

    The profile is the administrator's, or that of a user with these *permissions*, a policy.
    """
    with iamfa.Sandbox(policy=permissions) as box:
        box.clock.set(box.clock.now(), still=True)
        environment = box.environment if permissions is None else box.environment_of("own-user")
        config = folder / "config"
        config.write_text(
            f"[profile {PROFILE}]\nregion = us-east-1\nendpoint_url = {environment['AWS_ENDPOINT_URL']}\n"
            f"aws_access_key_id = {environment['AWS_ACCESS_KEY_ID']}\n"
            f"aws_secret_access_key = {environment['AWS_SECRET_ACCESS_KEY']}\n"
        )
        for name in (*_UNSET, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "none"))
        yield box


def live_in(box: iamfa.Sandbox, account: str = "123456789012", profile: str = PROFILE) -> LiveVenue:
    """The venue of that account, whose sleep moves the sandbox's clock."""
    return LiveVenue(profile, account, now=box.clock.now, sleep=box.clock.advance)


def entities(box: iamfa.Sandbox) -> set[str]:
    """Names and serials of everything in the account."""
    account = box.snapshot()
    details = account["authorization_details"]
    names = {each[f"{kind}Name"] for kind in ("User", "Role") for each in details[f"{kind}DetailList"]}
    return names | {each["PolicyName"] for each in details["Policies"]} | {str(each) for each in account["mfa_devices"]}
