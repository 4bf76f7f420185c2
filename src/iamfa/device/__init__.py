"""A user's own MFA devices: listed, enrolled, looked after, removed."""
