"""Judges, proves and repairs the AWS IAM policies that force users to use MFA."""

__version__ = "0.1.0"
