"""Every known hole, put into each well-made policy in several spellings, is found."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from iamfa.advise.case import CheckOptions
from iamfa.advise.check import check
from iamfa.policy.policy import Policy

Doc = dict[str, Any]

FOLDER = Path(__file__).parents[2] / "data" / "well-made"
BASES = (
    "aws-self-manage-mfa", "aws-own-credentials", "aws-own-mfa-only", "govcloud-self-manage", "govcloud-own-mfa-only",
    "china-self-manage", "china-own-mfa-only", "any-partition", "exempt-by-tag", "exempt-by-path", "exempt-by-address",
    "exempt-forwarded-calls", "second-deny-for-stale-sessions", "confined-to-oneself",
)  # fmt: skip
"""Those that force by a Deny with BoolIfExists and let their users enrol."""

HOLES: dict[str, tuple[str, Callable[[Doc], None]]] = {}
"""The hole's name: the rule that must find it, and how it is put in."""


def hole(rule: str) -> Callable[[Callable[[Doc], None]], Callable[[Doc], None]]:
    def register(change: Callable[[Doc], None]) -> Callable[[Doc], None]:
        HOLES[change.__name__.replace("_", " ")] = (rule, change)
        return change

    return register


def forcing(doc: Doc) -> Doc:
    return next(s for s in doc["Statement"] if "NotAction" in s)


def granting(doc: Doc, action: str) -> Doc:
    return next(s for s in doc["Statement"] if s["Effect"] == "Allow" and action in as_list(s["Action"]))


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def exempt(doc: Doc, *actions: str) -> None:
    forcing(doc)["NotAction"] = [*as_list(forcing(doc)["NotAction"]), *actions]


def drop(doc: Doc, *actions: str) -> None:
    statement = forcing(doc)
    statement["NotAction"] = [a for a in statement["NotAction"] if a not in actions]


def present(doc: Doc, operator: str, value: Any) -> None:
    condition = forcing(doc)["Condition"]
    condition["BoolIfExists"].pop("aws:MultiFactorAuthPresent")
    if not condition["BoolIfExists"]:
        del condition["BoolIfExists"]
    condition.setdefault(operator, {})["aws:MultiFactorAuthPresent"] = value


def device_resource(doc: Doc, name: str) -> None:
    statement = granting(doc, "iam:CreateVirtualMFADevice")
    entry = as_list(statement["Resource"])[0]
    statement["Resource"] = entry[: entry.index(":mfa/") + 5] + name


@hole("mfa-not-enforced")
def bool_where_bool_if_exists_is_meant(doc: Doc) -> None:
    present(doc, "Bool", "false")


@hole("mfa-not-enforced")
def bool_with_an_unquoted_false(doc: Doc) -> None:
    present(doc, "Bool", False)


@hole("mfa-not-enforced")
def string_equals_where_bool_if_exists_is_meant(doc: Doc) -> None:
    present(doc, "StringEquals", ["false"])


@hole("mfa-not-enforced")
def null_on_presence(doc: Doc) -> None:
    present(doc, "Null", "true")


@hole("mfa-not-enforced")
def a_set_operator_that_needs_the_key(doc: Doc) -> None:
    present(doc, "ForAnyValue:Bool", "false")


@hole("mfa-not-enforced")
def presence_and_age_in_one_statement(doc: Doc) -> None:
    forcing(doc)["Condition"]["NumericGreaterThan"] = {"aws:MultiFactorAuthAge": "3600"}


@hole("mfa-not-enforced")
def an_age_without_if_exists_alone(doc: Doc) -> None:
    condition = forcing(doc)["Condition"]
    condition["BoolIfExists"].pop("aws:MultiFactorAuthPresent")
    if not condition["BoolIfExists"]:
        del condition["BoolIfExists"]
    condition["NumericGreaterThan"] = {"aws:MultiFactorAuthAge": "3600"}


@hole("mfa-turned-round")
def a_condition_turned_round(doc: Doc) -> None:
    present(doc, "BoolIfExists", "true")


@hole("mfa-turned-round")
def a_condition_turned_round_with_bool(doc: Doc) -> None:
    present(doc, "Bool", True)


@hole("mfa-turned-round")
def a_deny_that_became_an_allow(doc: Doc) -> None:
    forcing(doc)["Effect"] = "Allow"


@hole("mfa-turned-round")
def action_where_not_action_is_meant(doc: Doc) -> None:
    statement = forcing(doc)
    statement["Action"] = statement.pop("NotAction")


@hole("mfa-turned-round")
def a_condition_that_holds_with_and_without(doc: Doc) -> None:
    present(doc, "BoolIfExists", ["true", "false"])


@hole("device-name-tied-to-user")
def a_device_named_as_the_user(doc: Doc) -> None:
    device_resource(doc, "${aws:username}")


@hole("device-name-tied-to-user")
def a_device_named_as_the_user_in_another_case_of_the_variable(doc: Doc) -> None:
    device_resource(doc, "${AWS:UserName}")


@hole("device-name-tied-to-user")
def a_device_named_as_the_user_in_a_list(doc: Doc) -> None:
    device_resource(doc, "${aws:username}")
    statement = granting(doc, "iam:CreateVirtualMFADevice")
    statement["Resource"] = [statement["Resource"], statement["Resource"].replace(":mfa/", ":user/")]


@hole("device-name-tied-to-user")
def a_device_named_as_the_user_in_one_account(doc: Doc) -> None:
    device_resource(doc, "${aws:username}")
    statement = granting(doc, "iam:CreateVirtualMFADevice")
    statement["Resource"] = statement["Resource"].replace("::*:", "::123456789012:")


@hole("device-name-tied-to-user")
def a_literal_device_name(doc: Doc) -> None:
    device_resource(doc, "root-account-mfa-device")


@hole("device-name-tied-to-user")
def a_deny_of_other_device_names(doc: Doc) -> None:
    entry = as_list(granting(doc, "iam:CreateVirtualMFADevice")["Resource"])[0]
    doc["Statement"].append(
        {
            "Effect": "Deny",
            "Action": "iam:CreateVirtualMFADevice",
            "NotResource": entry[: entry.index(":mfa/") + 5] + "${aws:username}",
        }
    )


@hole("cannot-enrol")
def creating_not_exempt(doc: Doc) -> None:
    drop(doc, "iam:CreateVirtualMFADevice", "iam:EnableMFADevice")


@hole("cannot-enrol")
def enabling_not_exempt(doc: Doc) -> None:
    drop(doc, "iam:EnableMFADevice")


@hole("cannot-enrol")
def enabling_granted_on_devices_only(doc: Doc) -> None:
    statement = granting(doc, "iam:EnableMFADevice")
    statement["Resource"] = [entry.replace(":user/", ":mfa/") for entry in as_list(statement["Resource"])]


@hole("exempt-takes-over")
def attaching_policies_exempt(doc: Doc) -> None:
    exempt(doc, "iam:AttachUserPolicy")


@hole("exempt-takes-over")
def attaching_policies_exempt_in_another_case(doc: Doc) -> None:
    exempt(doc, "IAM:attachuserpolicy")


@hole("exempt-takes-over")
def creating_users_exempt_by_a_pattern(doc: Doc) -> None:
    exempt(doc, "iam:Create*")


@hole("exempt-takes-over")
def all_of_iam_exempt(doc: Doc) -> None:
    exempt(doc, "iam:*")


@hole("exempt-takes-over")
def policy_versions_exempt(doc: Doc) -> None:
    exempt(doc, "iam:SetDefaultPolicyVersion")


@hole("exempt-takes-over")
def passing_a_role_to_a_function_exempt(doc: Doc) -> None:
    exempt(doc, "iam:PassRole", "lambda:CreateFunction")


@hole("exempt-takes-over")
def own_user_with_a_star_behind(doc: Doc) -> None:
    statement = granting(doc, "iam:EnableMFADevice")
    statement["Resource"] = [f"{entry}*" for entry in as_list(statement["Resource"])]


@hole("exempt-takes-over")
def keys_of_everybody_exempt_and_granted(doc: Doc) -> None:
    exempt(doc, "iam:CreateAccessKey")
    doc["Statement"].append({"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "*"})


@hole("exempt-too-broad")
def reading_objects_exempt(doc: Doc) -> None:
    exempt(doc, "s3:GetObject")


@hole("exempt-too-broad")
def all_of_a_service_exempt(doc: Doc) -> None:
    exempt(doc, "s3:*")


@hole("exempt-too-broad")
def federation_tokens_exempt(doc: Doc) -> None:
    exempt(doc, "sts:GetFederationToken")


@hole("exempt-assume-role")
def assuming_roles_exempt(doc: Doc) -> None:
    exempt(doc, "sts:AssumeRole")


@hole("exempt-reaches-other-users")
def device_actions_granted_on_everybody(doc: Doc) -> None:
    doc["Statement"].append({"Effect": "Allow", "Action": "iam:EnableMFADevice", "Resource": "*"})


@hole("deactivate-without-mfa")
def deactivating_exempt(doc: Doc) -> None:
    exempt(doc, "iam:DeactivateMFADevice")


@hole("delete-devices-without-mfa")
def deleting_exempt(doc: Doc) -> None:
    exempt(doc, "iam:DeleteVirtualMFADevice")


@hole("new-key-without-mfa")
def own_keys_exempt(doc: Doc) -> None:
    exempt(doc, "iam:CreateAccessKey")


@hole("login-profile-without-mfa")
def own_password_by_login_profile_exempt(doc: Doc) -> None:
    exempt(doc, "iam:UpdateLoginProfile")


@hole("variables-in-old-version")
def the_old_version(doc: Doc) -> None:
    doc["Version"] = "2008-10-17"


@hole("variables-in-old-version")
def no_version(doc: Doc) -> None:
    del doc["Version"]


@hole("unknown-action")
def an_action_misspelt(doc: Doc) -> None:
    exempt(doc, "iam:ListMFADevice")


@hole("unknown-key")
def a_key_misspelt(doc: Doc) -> None:
    forcing(doc)["Condition"]["BoolIfExists"]["aws:MultifactorAuthenticationPresent"] = "false"


@hole("wrong-operator-for-key")
def a_number_operator_on_presence(doc: Doc) -> None:
    present(doc, "NumericEquals", "0")


NOT_APPLICABLE = {
    "confined-to-oneself": {
        "device actions granted on everybody": "its second Deny keeps them to the own user",
        "own user with a star behind": "its second Deny keeps them to the own user",
    },
}


def spellings(doc: Doc) -> Iterator[tuple[str, Doc]]:
    """The same policy written otherwise."""
    yield "as it stands", doc
    other = copy.deepcopy(doc)
    for number, statement in enumerate(other["Statement"]):
        statement["Sid"] = f"S{number}"
    other["Statement"].reverse()
    yield "other Sids, turned over", other


@pytest.mark.parametrize("name", sorted(HOLES))
@pytest.mark.parametrize("base", BASES)
def test_the_hole_is_found(base: str, name: str) -> None:
    reason = NOT_APPLICABLE.get(base, {}).get(name)
    rule, change = HOLES[name]
    for spelling, start in spellings(document_of(base)):
        doc = copy.deepcopy(start)
        change(doc)
        report = check(Policy.from_document(doc), options=CheckOptions(catalogue_age_days=0))
        found = {f.rule for f in report.findings}
        if reason is not None:
            assert rule not in found, f"{spelling}: {reason}"
        else:
            assert rule in found, f"{spelling}: {sorted(found)}"


def document_of(base: str) -> Doc:
    text = (FOLDER / f"{base}.jsonc").read_text(encoding="utf-8")
    found: Doc = json.loads(text[text.index("\n") :])
    return found
