"""MFA sessions: from a profile to credentials, kept so that nobody is asked twice."""
