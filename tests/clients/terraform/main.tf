# An account's people, groups, roles and MFA, as Terraform keeps them. The provider is pointed at the sandbox by
# `endpoint`; it calls IAM, STS, S3 and Organizations there and nothing else anywhere.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

variable "endpoint" {
  description = "Where the sandbox listens, e.g. http://127.0.0.1:4566."
  type        = string
}

variable "team" {
  description = "A tag, a path and a session length follow it: changing it changes resources in place."
  type        = string
  default     = "blue"
}

provider "aws" {
  region = "us-east-1"

  # Keys come from the environment; nobody is asked at 169.254.169.254.
  skip_metadata_api_check = true
  s3_use_path_style       = true

  endpoints {
    iam = var.endpoint
    sts = var.endpoint
    s3  = var.endpoint

    organizations = var.endpoint
  }

  default_tags {
    tags = { managed-by = "terraform" }
  }
}

data "aws_caller_identity" "current" {}

data "aws_iam_policy_document" "force_mfa" {
  statement {
    sid    = "BlockMostAccessUnlessSignedInWithMFA"
    effect = "Deny"
    not_actions = [
      "iam:CreateVirtualMFADevice",
      "iam:EnableMFADevice",
      "iam:GetUser",
      "iam:ListMFADevices",
      "iam:ListVirtualMFADevices",
      "iam:ResyncMFADevice",
      "sts:GetSessionToken",
    ]
    resources = ["*"]
    condition {
      test     = "BoolIfExists"
      variable = "aws:MultiFactorAuthPresent"
      values   = ["false"]
    }
  }
}

data "aws_iam_policy_document" "own_devices" {
  statement {
    sid       = "OwnDevices"
    actions   = ["iam:CreateVirtualMFADevice"]
    resources = ["arn:aws:iam::*:mfa/*"]
  }
  statement {
    sid       = "OwnUser"
    actions   = ["iam:EnableMFADevice", "iam:ListMFADevices", "iam:ResyncMFADevice"]
    resources = ["arn:aws:iam::*:user/$${aws:username}"]
  }
}

data "aws_iam_policy_document" "trust_with_mfa" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = [aws_iam_user.alice.arn, "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
    condition {
      test     = "Bool"
      variable = "aws:MultiFactorAuthPresent"
      values   = ["true"]
    }
  }
}

data "aws_iam_policy_document" "trust_ec2" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_account_alias" "this" {
  account_alias = "iamfa-${var.team}"
}

resource "aws_iam_account_password_policy" "this" {
  minimum_password_length        = 14
  require_lowercase_characters   = true
  require_uppercase_characters   = true
  require_numbers                = true
  require_symbols                = true
  allow_users_to_change_password = true
  max_password_age               = 90
  password_reuse_prevention      = 5
}

resource "aws_iam_policy" "force_mfa" {
  name        = "force-mfa"
  description = "Nothing without MFA but setting MFA up."
  policy      = data.aws_iam_policy_document.force_mfa.json
}

resource "aws_iam_policy" "boundary" {
  name = "boundary"
  path = "/boundaries/"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = var.team == "blue" ? ["iam:*", "sts:*"] : ["iam:*", "sts:*", "s3:*"], Resource = "*" },
    ]
  })
}

resource "aws_iam_group" "people" {
  name = "people"
  path = "/people/"
}

resource "aws_iam_group_policy_attachment" "force_mfa" {
  group      = aws_iam_group.people.name
  policy_arn = aws_iam_policy.force_mfa.arn
}

resource "aws_iam_group_policy" "own_devices" {
  name   = "own-devices"
  group  = aws_iam_group.people.name
  policy = data.aws_iam_policy_document.own_devices.json
}

resource "aws_iam_user" "alice" {
  name                 = "alice"
  path                 = "/people/${var.team}/"
  permissions_boundary = aws_iam_policy.boundary.arn
  force_destroy        = true
  tags                 = { team = var.team }
}

resource "aws_iam_user" "bob" {
  name          = "bob"
  force_destroy = true
}

resource "aws_iam_group_membership" "people" {
  name  = "people"
  group = aws_iam_group.people.name
  users = [aws_iam_user.alice.name, aws_iam_user.bob.name]
}

resource "aws_iam_user_policy_attachment" "audit" {
  user       = aws_iam_user.alice.name
  policy_arn = "arn:aws:iam::aws:policy/SecurityAudit"
}

resource "aws_iam_user_policy" "inline" {
  name   = "own-devices"
  user   = aws_iam_user.bob.name
  policy = data.aws_iam_policy_document.own_devices.json
}

resource "aws_iam_access_key" "alice" {
  user   = aws_iam_user.alice.name
  status = var.team == "blue" ? "Active" : "Inactive"
}

resource "aws_iam_user_login_profile" "alice" {
  user            = aws_iam_user.alice.name
  password_length = 24

  # So that it is not set again where Terraform reads what it does not know.
  lifecycle { ignore_changes = [password_reset_required] }
}

resource "aws_iam_user_ssh_key" "alice" {
  username   = aws_iam_user.alice.name
  encoding   = "SSH"
  public_key = trimspace(file("${path.module}/id.pub"))
}

resource "aws_iam_signing_certificate" "alice" {
  user_name        = aws_iam_user.alice.name
  certificate_body = file("${path.module}/certificate.pem")
}

resource "aws_iam_service_specific_credential" "alice" {
  service_name = "codecommit.amazonaws.com"
  user_name    = aws_iam_user.alice.name
}

resource "aws_iam_virtual_mfa_device" "phone" {
  virtual_mfa_device_name = "googleAuthentication"
  tags                    = { team = var.team }
}

resource "aws_iam_role" "operator" {
  name                 = "operator"
  assume_role_policy   = data.aws_iam_policy_document.trust_with_mfa.json
  max_session_duration = var.team == "blue" ? 3600 : 7200
  permissions_boundary = aws_iam_policy.boundary.arn
  description          = "For people with MFA."
}

resource "aws_iam_role_policy_attachment" "operator" {
  role       = aws_iam_role.operator.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

resource "aws_iam_role_policy" "operator" {
  name   = "own-devices"
  role   = aws_iam_role.operator.id
  policy = data.aws_iam_policy_document.own_devices.json
}

resource "aws_iam_role" "server" {
  name               = "server"
  assume_role_policy = data.aws_iam_policy_document.trust_ec2.json
}

resource "aws_iam_instance_profile" "server" {
  name = "server"
  role = aws_iam_role.server.name
  tags = { team = var.team }
}

output "account" {
  value = data.aws_caller_identity.current.account_id
}

output "seed" {
  value     = aws_iam_virtual_mfa_device.phone.base_32_string_seed
  sensitive = true
}
