"""The texts of policies whose layout a snapshot's JSON objects lose, each under the place of its policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from iamfa.account.documents import document_out, keeps_layout
from iamfa.account.entities import Account
from iamfa.account.organization import Organization
from iamfa.account.shape import refuse
from iamfa.account.snapshot import written_policies

Change = Callable[[str, str], str]
"""From a policy's place, e.g. `user/alice/inline/p0`, and its text to the text that it shall have."""


def layouts(account: Account, organization: Organization | None) -> dict[str, str]:
    """The texts of a snapshot's policies that would come back otherwise than they are."""
    found: dict[str, str] = {}
    written = replace(_copy(account), policies={policy.arn: policy for policy in written_policies(account)})

    def note(place: str, text: str) -> str:
        if not keeps_layout(text):
            found[place] = text
        return text

    _changed(written, organization, note)
    return dict(sorted(found.items()))


def laid_out(
    account: Account, organization: Organization | None, texts: Mapping[str, str], place: str
) -> tuple[Account, Organization | None]:
    """The account with these texts in their places. Raises `SnapshotError` for a text that says something else."""
    left = set(texts)

    def lay(at: str, text: str) -> str:
        found = texts.get(at)
        if found is None:
            return text
        left.discard(at)
        if document_out(found) != document_out(text):
            refuse(f"{place}.texts", f"has a text for `{at}` that says something else than the policy in the snapshot")
        return found

    changed = _changed(account, organization, lay)
    if left:
        refuse(f"{place}.texts", f"has a text for `{min(left)}`, which is not in the snapshot")
    return changed


def _changed(
    account: Account, organization: Organization | None, change: Change
) -> tuple[Account, Organization | None]:
    """The same with every policy's text put through *change*."""

    def inline(kind: str, entity: Any) -> dict[str, str]:
        return {
            name: change(f"{kind}/{entity.name}/inline/{name}", text) for name, text in sorted(entity.inline.items())
        }

    found = replace(
        _copy(account),
        users={name: replace(user, inline=inline("user", user)) for name, user in account.users.items()},
        groups={name: replace(group, inline=inline("group", group)) for name, group in account.groups.items()},
        roles={
            name: replace(role, inline=inline("role", role), trust=change(f"role/{name}/trust", role.trust))
            for name, role in account.roles.items()
        },
        policies={
            arn: replace(
                policy,
                versions=tuple(
                    replace(version, text=change(f"policy/{arn}/{version.id}", version.text))
                    for version in policy.versions
                ),
            )
            for arn, policy in account.policies.items()
        },
    )
    if organization is None:
        return found, None
    policies = {
        identifier: replace(policy, text=change(f"organization/{identifier}", policy.text))
        for identifier, policy in organization.policies.items()
    }
    return found, replace(organization, policies=policies)


def _copy(account: Account) -> Account:
    """A plain account, also of one that lives."""
    return Account(**{each.name: getattr(account, each.name) for each in fields(Account)})
