"""Known holes of a file that forces MFA by Deny and lets its users enrol: in the Deny and in grants."""

from __future__ import annotations

import json

from tests.unit.advise.holes import Doc, as_list, device_resource, drop, exempt, forcing, granting, hole, present

from iamfa.policy.document import Kind


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


@hole("resource-never-authorised")
def enabling_named_on_devices_as_well(doc: Doc) -> None:
    statement = granting(doc, "iam:EnableMFADevice")
    entries = as_list(statement["Resource"])
    statement["Resource"] = [*entries, entries[0].replace(":user/", ":mfa/")]


def neither_granted_nor_exempt(doc: Doc) -> None:
    for statement in doc["Statement"]:
        if statement["Effect"] == "Allow":
            statement["Action"] = [a for a in as_list(statement["Action"]) if a != "iam:GetMFADevice"]
    drop(doc, "iam:GetMFADevice")


@hole("get-mfa-device-inconsistent", mended=neither_granted_nor_exempt)
def reading_a_device_exempt_and_not_granted(doc: Doc) -> None:
    exempt(doc, "iam:GetMFADevice")


@hole("get-mfa-device-inconsistent", mended=neither_granted_nor_exempt)
def reading_a_device_granted_and_not_exempt(doc: Doc) -> None:
    own = granting(doc, "iam:EnableMFADevice")["Resource"]
    doc["Statement"].append({"Effect": "Allow", "Action": ["iam:GetMFADevice"], "Resource": own})


@hole("policy-too-large")
def six_thousand_characters_more(doc: Doc) -> None:
    exempt(doc, *(f"iam:Get{'X' * 60}{number:03}" for number in range(90)))


@hole("first-sign-in-deadlock", mended=lambda doc: exempt(doc, "iam:ChangePassword"))
def changing_the_password_not_exempt(doc: Doc) -> None:
    drop(doc, "iam:ChangePassword")


@hole("user-path-not-matched", mended=lambda doc: with_paths(doc))
def users_with_a_path_left_out(doc: Doc) -> None:
    for statement in doc["Statement"]:
        entries = [e for e in as_list(statement.get("Resource", [])) if not e.endswith("user/*/${aws:username}")]
        if entries and "Resource" in statement:
            statement["Resource"] = entries


def with_paths(doc: Doc) -> None:
    """Name users with a path wherever the own user is named."""
    for statement in doc["Statement"]:
        for element in ("Resource", "NotResource"):
            if element in statement:
                entries = as_list(statement[element])
                more = [e.replace("user/$", "user/*/$") for e in entries if e.endswith(":user/${aws:username}")]
                statement[element] = list(dict.fromkeys([*entries, *more]))


@hole("shows-whom-to-attack", mended=lambda doc: drop(doc, "iam:ListUsers", "iam:ListVirtualMFADevices"))
def everybody_s_names_without_mfa(doc: Doc) -> None:
    exempt(doc, "iam:ListUsers", "iam:ListVirtualMFADevices")
    doc["Statement"].append(
        {"Effect": "Allow", "Action": ["iam:ListUsers", "iam:ListVirtualMFADevices"], "Resource": "*"}
    )


@hole("variable-without-value", kind=Kind.ROLE, mended=lambda doc: without_user_names(doc))
def attached_to_a_role(doc: Doc) -> None:
    mended = json.dumps(doc).replace("-of-nobody", "${aws:username}")
    doc["Statement"] = json.loads(mended)["Statement"]


def without_user_names(doc: Doc) -> None:
    """Write a literal name where the variable stands."""
    doc["Statement"] = json.loads(json.dumps(doc).replace("${aws:username}", "-of-nobody"))["Statement"]


@hole("forced-by-grant-only")
def a_grant_with_mfa_in_place_of_the_deny(doc: Doc) -> None:
    statement = forcing(doc)
    del statement["NotAction"]
    statement |= {"Effect": "Allow", "Action": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}


@hole("forced-by-grant-only")
def a_grant_with_a_fresh_code_in_place_of_the_deny(doc: Doc) -> None:
    statement = forcing(doc)
    del statement["NotAction"]
    statement |= {"Effect": "Allow", "Action": ["*"]}
    statement["Condition"] = {"NumericLessThanEquals": {"aws:MultiFactorAuthAge": 3600}}
