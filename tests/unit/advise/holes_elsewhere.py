"""Known holes of who is spared, of partitions, and of what is attached to roles, accounts and organizations."""

from __future__ import annotations

import json
import re

from tests.unit.advise.holes import Doc, as_list, exempt, forcing, granting, hole, own_user, sparing

from iamfa.policy.document import Kind

# Who is spared --------------------------------------------------------------------------------------------------------


@hole("exempt-by-condition")
def a_tag_that_exempts(doc: Doc) -> None:
    sparing(doc, "StringNotEquals", "aws:PrincipalTag/robot", "true")


@hole("exempt-by-condition")
def a_tag_that_exempts_if_it_exists(doc: Doc) -> None:
    sparing(doc, "StringNotEqualsIgnoreCaseIfExists", "aws:PrincipalTag/robot", ["true", "yes"])


@hole("exempt-by-condition")
def a_tag_that_binds(doc: Doc) -> None:
    sparing(doc, "StringLike", "aws:PrincipalTag/team", "dev-*")


@hole("exempt-by-condition")
def a_tag_whose_presence_exempts(doc: Doc) -> None:
    sparing(doc, "Null", "aws:PrincipalTag/robot", "true")


@hole("exempt-by-condition")
def a_path_that_exempts(doc: Doc) -> None:
    sparing(doc, "StringNotLike", "aws:PrincipalArn", "arn:*:iam::*:user/robots/*")


@hole("exempt-by-condition")
def a_path_that_binds(doc: Doc) -> None:
    sparing(doc, "ArnLike", "aws:PrincipalArn", ["arn:*:iam::*:user/people/*"])


@hole("exempt-by-condition")
def an_arn_that_exempts(doc: Doc) -> None:
    partition = own_user(doc).split(":")[1].replace("*", "aws")
    sparing(doc, "StringNotEquals", "aws:PrincipalArn", f"arn:{partition}:iam::123456789012:user/robot")


@hole("exempt-by-condition")
def a_name_that_exempts(doc: Doc) -> None:
    sparing(doc, "StringNotEqualsIfExists", "aws:username", ["robot"])


@hole("exempt-by-condition")
def an_address_that_exempts(doc: Doc) -> None:
    sparing(doc, "NotIpAddress", "aws:SourceIp", "192.0.2.0/24")


@hole("exempt-by-condition")
def an_address_that_binds(doc: Doc) -> None:
    sparing(doc, "IpAddressIfExists", "aws:SourceIp", ["203.0.113.0/24"])


@hole("exempt-by-condition")
def a_network_that_exempts(doc: Doc) -> None:
    sparing(doc, "StringNotEquals", "aws:SourceVpce", "vpce-1a2b3c4d")


@hole("exempt-by-condition")
def forwarded_calls_that_are_exempt(doc: Doc) -> None:
    sparing(doc, "Bool", "aws:ViaAWSService", "false")


@hole("exempt-by-condition")
def a_day_from_which_it_holds(doc: Doc) -> None:
    sparing(doc, "DateGreaterThan", "aws:CurrentTime", "2025-06-01T00:00:00Z")


# Who can exempt himself -----------------------------------------------------------------------------------------------


def grant(doc: Doc, action: str | list[str], resource: str) -> None:
    doc["Statement"].append({"Effect": "Allow", "Action": action, "Resource": resource})


@hole("can-exempt-himself")
def tags_of_oneself_with_mfa(doc: Doc) -> None:
    sparing(doc, "StringNotEquals", "aws:PrincipalTag/robot", "true")
    grant(doc, "iam:TagUser", own_user(doc))


@hole("can-exempt-himself")
def tags_of_everybody_by_a_pattern(doc: Doc) -> None:
    sparing(doc, "StringNotLike", "aws:PrincipalTag/robot", "t*")
    grant(doc, ["iam:Tag*"], "*")


@hole("can-exempt-himself")
def tags_of_oneself_without_mfa(doc: Doc) -> None:
    sparing(doc, "StringNotEqualsIfExists", "aws:PrincipalTag/robot", "true")
    exempt(doc, "iam:TagUser")


@hole("can-exempt-himself")
def a_binding_tag_taken_off_with_mfa(doc: Doc) -> None:
    sparing(doc, "StringEquals", "aws:PrincipalTag/team", "dev")
    grant(doc, ["iam:UntagUser"], own_user(doc))


@hole("can-exempt-himself")
def a_binding_tag_taken_off_without_mfa(doc: Doc) -> None:
    sparing(doc, "Null", "aws:PrincipalTag/team", "false")
    exempt(doc, "iam:Untag*")


@hole("can-exempt-himself")
def a_move_to_the_exempt_path_with_mfa(doc: Doc) -> None:
    sparing(doc, "StringNotLike", "aws:PrincipalArn", "arn:*:iam::*:user/robots/*")
    grant(doc, "iam:UpdateUser", own_user(doc).replace("${aws:username}", "*"))


@hole("can-exempt-himself")
def a_move_out_of_the_bound_path_without_mfa(doc: Doc) -> None:
    sparing(doc, "ArnLike", "aws:PrincipalArn", "arn:*:iam::*:user/people/*")
    exempt(doc, "iam:UpdateUser")


@hole("can-exempt-himself")
def a_new_name_with_mfa(doc: Doc) -> None:
    sparing(doc, "StringNotLike", "aws:username", "robot-*")
    grant(doc, "iam:Update*", "*")


@hole("can-exempt-himself", kind=Kind.GROUP)
def leaving_the_group_with_mfa(doc: Doc) -> None:
    grant(doc, "iam:RemoveUserFromGroup", "*")


@hole("can-exempt-himself", kind=Kind.GROUP)
def leaving_the_group_without_mfa(doc: Doc) -> None:
    exempt(doc, "iam:Remove*")


# Partitions -----------------------------------------------------------------------------------------------------------


def moved(text: str, partition: str) -> str:
    return ":".join(("arn", partition, *text.split(":")[2:]))


def other_than(doc: Doc) -> str:
    return "aws-us-gov" if "arn:aws-cn:" in json.dumps(doc) else "aws-cn"


@hole("wrong-partition")
def devices_of_another_partition(doc: Doc) -> None:
    other = other_than(doc)
    statement = granting(doc, "iam:CreateVirtualMFADevice")
    named = [moved(entry, "aws") if ":*:iam" in entry else entry for entry in as_list(own_user(doc))]
    granting(doc, "iam:EnableMFADevice")["Resource"] = named
    statement["Resource"] = [moved(as_list(statement["Resource"])[0], other)]


@hole("wrong-partition")
def an_exempted_path_of_another_partition(doc: Doc) -> None:
    sparing(doc, "ArnNotEquals", "aws:PrincipalArn", f"arn:{other_than(doc)}:iam::*:user/robots/*")
    granting(doc, "iam:EnableMFADevice")["Resource"] = own_user(doc).replace("arn:*:", "arn:aws:")


def for_every_partition(doc: Doc) -> None:
    doc["Statement"] = json.loads(re.sub(r"arn:aws[a-z-]*:", "arn:*:", json.dumps(doc)))["Statement"]


@hole("wrong-partition", partition="aws-iso", mended=for_every_partition)
def a_copy_of_the_page_of_another_partition(doc: Doc) -> None:
    statement = granting(doc, "iam:CreateVirtualMFADevice")
    statement["Resource"] = moved(as_list(statement["Resource"])[0], "aws")


# Service control policies ---------------------------------------------------------------------------------------------

WITHOUT = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}


@hole("scp-stops-roles", kind=Kind.SCP)
def roles_not_spared(doc: Doc) -> None:
    forcing(doc)["Condition"] = dict(WITHOUT)


@hole("scp-stops-roles", kind=Kind.SCP)
def roles_named_beside_users(doc: Doc) -> None:
    everybody = ["arn:*:iam::*:user/*", "arn:*:iam::*:role/*"]
    forcing(doc)["Condition"] = {**WITHOUT, "ArnLike": {"aws:PrincipalArn": everybody}}


@hole("scp-stops-roles", kind=Kind.SCP)
def one_role_spared(doc: Doc) -> None:
    forcing(doc)["Condition"] = {**WITHOUT, "ArnNotLike": {"aws:PrincipalArn": "arn:*:iam::*:role/admin"}}


@hole("scp-stops-roles", kind=Kind.SCP)
def roles_spared_by_their_age_only(doc: Doc) -> None:
    forcing(doc)["Condition"] = {"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "3600"}}


@hole("scp-stops-roles", kind=Kind.SCP)
def a_second_deny_of_a_set_for_everybody(doc: Doc) -> None:
    doc["Statement"].append(
        {"Effect": "Deny", "Action": "ec2:TerminateInstances", "Resource": "*", "Condition": dict(WITHOUT)}
    )


@hole("enrolment-needs-an-administrator", kind=Kind.SCP)
def enrolment_denied_by_the_organization(doc: Doc) -> None:
    statement = forcing(doc)
    statement["NotAction"] = [a for a in as_list(statement["NotAction"]) if "VirtualMFA" not in a and "Enable" not in a]


# Trust policies -------------------------------------------------------------------------------------------------------

ROLE = "arn:aws:iam::123456789012:role/build"
SAML = "arn:aws:iam::123456789012:saml-provider/okta"


def demanding(doc: Doc) -> Doc:
    return next(s for s in doc["Statement"] if "aws:MultiFactorAuthPresent" in json.dumps(s.get("Condition", {})))


@hole("trust-mfa-unreachable", kind=Kind.TRUST)
def a_role_that_must_show_mfa(doc: Doc) -> None:
    demanding(doc)["Principal"] = {"AWS": ROLE}
    demanding(doc)["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


@hole("trust-mfa-unreachable", kind=Kind.TRUST)
def a_role_beside_users_that_must_show_mfa(doc: Doc) -> None:
    statement = demanding(doc)
    statement["Principal"] = {"AWS": [*as_list(statement["Principal"]["AWS"]), ROLE]}
    statement["Condition"] = {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}


@hole("trust-mfa-unreachable", kind=Kind.TRUST)
def a_provider_that_must_show_mfa(doc: Doc) -> None:
    doc["Statement"] = [s for s in doc["Statement"] if "Federated" not in s["Principal"]]
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "StringEquals": {"SAML:aud": "https://x.example/saml"}}
    doc["Statement"].append(
        {
            "Effect": "Allow",
            "Principal": {"Federated": SAML},
            "Action": "sts:AssumeRoleWithSAML",
            "Condition": condition,
        }
    )


@hole("trust-mfa-unreachable", kind=Kind.TRUST)
def roles_by_a_condition_that_must_show_mfa(doc: Doc) -> None:
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:role/*"}}
    demanding(doc)["Condition"] = condition


@hole("trust-mfa-unreachable", kind=Kind.TRUST)
def a_deny_without_mfa_beside_a_trusted_role(doc: Doc) -> None:
    doc["Statement"] = [
        {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "sts:AssumeRole"},
        {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:*", "Condition": dict(WITHOUT)},
    ]


@hole("variable-without-value", kind=Kind.TRUST)
def a_provider_whose_sessions_bear_a_user_s_name(doc: Doc) -> None:
    condition = {"StringLike": {"sts:RoleSessionName": "${aws:username}-*"}}
    doc["Statement"].append(
        {
            "Effect": "Allow",
            "Principal": {"Federated": SAML},
            "Action": "sts:AssumeRoleWithSAML",
            "Condition": condition,
        }
    )
    doc["Statement"] = [s for s in doc["Statement"] if s.get("Condition") == condition or "AWS" in s["Principal"]]


@hole("variable-without-value", kind=Kind.TRUST)
def a_role_whose_sessions_bear_a_user_s_name(doc: Doc) -> None:
    condition = {"StringEquals": {"sts:RoleSessionName": "${AWS:username}"}}
    doc["Statement"] = [
        {"Effect": "Allow", "Principal": {"AWS": [ROLE]}, "Action": "sts:AssumeRole", "Condition": condition}
    ]
