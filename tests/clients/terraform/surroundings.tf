# What stands around the people: exclusive attachments, a simulation, a bucket with a policy of its own, and an
# organization whose control policy forces MFA.

resource "aws_iam_user" "carol" {
  name          = "carol"
  force_destroy = true
}

resource "aws_iam_group" "readers" {
  name = "readers"
}

resource "aws_iam_user_group_membership" "carol" {
  user   = aws_iam_user.carol.name
  groups = [aws_iam_group.readers.name]
}

resource "aws_iam_policy" "list_buckets" {
  name   = "list-buckets"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:ListAllMyBuckets", Resource = "*" }] })
}

resource "aws_iam_policy_attachment" "list_buckets" {
  name       = "list-buckets"
  users      = [aws_iam_user.carol.name]
  groups     = [aws_iam_group.readers.name]
  policy_arn = aws_iam_policy.list_buckets.arn
}

resource "aws_iam_user_policy_attachments_exclusive" "carol" {
  user_name   = aws_iam_user.carol.name
  policy_arns = [aws_iam_policy.list_buckets.arn]
  depends_on  = [aws_iam_policy_attachment.list_buckets]
}

resource "aws_iam_user_policies_exclusive" "carol" {
  user_name    = aws_iam_user.carol.name
  policy_names = []
}

# The provider asks SimulatePrincipalPolicy, for the user as he is then.
data "aws_iam_principal_policy_simulation" "carol" {
  action_names      = ["s3:ListAllMyBuckets"]
  policy_source_arn = aws_iam_user.carol.arn
  depends_on        = [aws_iam_user_policy_attachments_exclusive.carol]
}

data "aws_iam_principal_policy_simulation" "bob" {
  action_names      = ["s3:ListAllMyBuckets"]
  policy_source_arn = aws_iam_user.bob.arn
  depends_on        = [aws_iam_group_membership.people, aws_iam_group_policy_attachment.force_mfa]
}

data "aws_iam_policy" "audit" {
  name = "SecurityAudit"
}

data "aws_iam_session_context" "operator" {
  arn = "arn:aws:sts::${data.aws_caller_identity.current.account_id}:assumed-role/${aws_iam_role.operator.name}/tuesday"
}

data "aws_iam_access_keys" "administrator" {
  user = "administrator"
}

resource "aws_s3_bucket" "notes" {
  bucket        = "notes-of-iamfa"
  force_destroy = true
}

resource "aws_s3_bucket_policy" "notes" {
  bucket = aws_s3_bucket.notes.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "s3:GetObject"
      Resource  = "${aws_s3_bucket.notes.arn}/*"
      Principal = { AWS = aws_iam_user.carol.arn }
    }]
  })
}

resource "aws_s3_object" "note" {
  bucket  = aws_s3_bucket.notes.id
  key     = "note.txt"
  content = "never run without MFA"

  # Policies may go by an object's tags: the sandbox, which does not decide by them, refuses them.
  override_provider {
    default_tags { tags = {} }
  }
}

resource "aws_organizations_organization" "this" {
  feature_set = "ALL"

  # API_CreateOrganization: service control policies are enabled from the beginning. Terraform expects that they are not.
  lifecycle { ignore_changes = [enabled_policy_types] }
}

resource "aws_organizations_organizational_unit" "people" {
  name      = "people"
  parent_id = aws_organizations_organization.this.roots[0].id
}

resource "aws_organizations_policy" "force_mfa" {
  name       = "force-mfa"
  content    = data.aws_iam_policy_document.force_mfa.json
  depends_on = [aws_organizations_organization.this]
}

resource "aws_organizations_policy_attachment" "force_mfa" {
  policy_id = aws_organizations_policy.force_mfa.id
  target_id = aws_organizations_organizational_unit.people.id
}

output "simulated" {
  value = {
    carol = data.aws_iam_principal_policy_simulation.carol.all_allowed
    bob   = data.aws_iam_principal_policy_simulation.bob.all_allowed
  }
}
