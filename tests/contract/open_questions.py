"""The questions that AWS's documentation leaves open and calls can settle.

Not among them: what the console alone does, what takes a hardware token or a security key, and what would touch a
setting of the whole account.
"""

from __future__ import annotations

from typing import Final

from tests.contract import ask_codes, ask_mfa, ask_policies, ask_words
from tests.contract.question import Question

QUESTIONS: Final = (
    Question(
        "totp-window",
        "how many 30-second steps may a code be off",
        ask_codes.window,
        "totp-window",
    ),
    Question(
        "code-replay",
        "is a used code remembered by device or by user",
        ask_codes.replay,
        "code-replay",
    ),
    Question(
        "older-code-after-newer",
        "is a code accepted of a step before that of one already used",
        ask_codes.older_after_newer,
    ),
    Question(
        "code-guessing-limited",
        "is the right code refused after twenty wrong ones",
        ask_codes.guessing,
        "code-guessing-limited",
    ),
    Question("late-enabling", "how late or early may the two codes of EnableMFADevice be", ask_codes.late_enabling),
    Question(
        "platform",
        "must a user who has a device show it to enable another for himself",
        ask_mfa.platform,
        "platform",
    ),
    Question(
        "own-device-rule-order",
        "does AWS's own device rule speak before or after an explicit Deny of EnableMFADevice",
        ask_mfa.rule_order,
        "own-device-rule-order",
    ),
    Question(
        "own-device-rule-reach",
        "does the rule refuse creating, deleting and resyncing too",
        ask_mfa.rule_reach,
    ),
    Question(
        "own-device-rule-after-removal",
        "does a session still count for the rule when its device was deactivated",
        ask_mfa.rule_after_removal,
    ),
    Question(
        "deny-get-session-token",
        "has an explicit Deny of sts:GetSessionToken an effect",
        ask_policies.denied_session_token,
        "deny-get-session-token",
    ),
    Question(
        "assumerole-code-counts-for-caller",
        "does a code given to AssumeRole count for the caller's own policies",
        ask_mfa.code_at_assume_role,
        "assumerole-code-counts-for-caller",
    ),
    Question(
        "role-session-mfa",
        "what does a role's session carry whose caller's session has MFA",
        ask_mfa.chained_role,
        "role-session-mfa",
    ),
    Question(
        "role-session-keys", "which MFA keys do a role's sessions carry, by how they began", ask_mfa.role_sessions
    ),
    Question("federated-session-keys", "which MFA keys does a session of GetFederationToken carry", ask_mfa.federated),
    Question("session-survival", "does a session with MFA survive its key and its device", ask_mfa.survival),
    Question(
        "resource-star-crosses-colons",
        "does a `*` in a Resource reach past the colon that ends its part of the ARN",
        ask_policies.star_across_colons,
        "resource-star-crosses-colons",
    ),
    Question("partition-wildcard", "does `arn:*:iam::…` in a Resource fit", ask_policies.partition_wildcard),
    Question("empty-tag-value", "which conditions hold on a tag without a value", ask_policies.empty_tag),
    Question(
        "arn-operator-on-text",
        "which operators for ARNs hold on a text that is none",
        ask_policies.arn_operator_on_text,
    ),
    Question("device-name-case", "are two names that differ in case alone one device", ask_words.case_of_names),
    Question("seed-length", "how many characters has a seed", ask_words.seed_length),
    Question("error-texts", "what do refusals say, literally", ask_words.texts),
)
