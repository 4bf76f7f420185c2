"""The rules, each a function from a case to findings, in an explicit list: the order is that of reports."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from iamfa.advise.rule import Rule
from iamfa.advise.rules import (
    abandoned_device_blocks_name,
    can_exempt_himself,
    cannot_enrol,
    deactivate_without_mfa,
    dead_statement,
    delete_devices_without_mfa,
    device_name_tied_to_user,
    enrolment_needs_an_administrator,
    exempt_assume_role,
    exempt_by_condition,
    exempt_reaches_other_users,
    exempt_takes_over,
    exempt_too_broad,
    first_sign_in_deadlock,
    forced_by_grant_only,
    get_mfa_device_inconsistent,
    login_profile_without_mfa,
    mfa_not_enforced,
    mfa_turned_round,
    new_key_without_mfa,
    policy_too_large,
    resource_never_authorised,
    scp_stops_roles,
    shows_whom_to_attack,
    trust_mfa_unreachable,
    unenrolled_user_can_be_claimed,
    unknown_action,
    unknown_key,
    user_path_not_matched,
    variable_without_value,
    variables_in_old_version,
    wrong_operator_for_key,
    wrong_partition,
)
from iamfa.errors import IamfaError

RULES: tuple[Rule, ...] = tuple(
    module.RULE
    for module in (
        device_name_tied_to_user,
        cannot_enrol,
        mfa_not_enforced,
        mfa_turned_round,
        forced_by_grant_only,
        exempt_takes_over,
        exempt_too_broad,
        exempt_assume_role,
        exempt_by_condition,
        can_exempt_himself,
        exempt_reaches_other_users,
        deactivate_without_mfa,
        delete_devices_without_mfa,
        login_profile_without_mfa,
        new_key_without_mfa,
        enrolment_needs_an_administrator,
        unenrolled_user_can_be_claimed,
        abandoned_device_blocks_name,
        user_path_not_matched,
        wrong_partition,
        resource_never_authorised,
        first_sign_in_deadlock,
        get_mfa_device_inconsistent,
        shows_whom_to_attack,
        variables_in_old_version,
        variable_without_value,
        trust_mfa_unreachable,
        scp_stops_roles,
        unknown_action,
        unknown_key,
        wrong_operator_for_key,
        dead_statement,
        policy_too_large,
    )
)


@cache
def rule_ids() -> frozenset[str]:
    """The ids of all rules."""
    return frozenset(rule.id for rule in RULES)


def page(rule_id: str) -> str:
    """The rule's page of the documentation, as Markdown. Raises IamfaError for an unknown rule."""
    if rule_id not in rule_ids():
        raise IamfaError(f"`{rule_id}` is no rule", hint="`iamfa rules` lists them")
    from importlib import resources  # a slow import that judging does without

    packaged = resources.files("iamfa.advise.rules").joinpath("pages", f"{rule_id}.md")
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    return (Path(__file__).parents[4] / "docs" / "rules" / f"{rule_id}.md").read_text(encoding="utf-8")
