"""Tags of users, roles, policies and devices: at most fifty, keys unique without regard to case.

AWS's page id_tags of the IAM User Guide ("Rules for tagging in IAM and AWS STS").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from iamfa.account.entities import Tags
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.refusals import limit_exceeded

_MOST = 50


def new_tags(tags: Sequence[Mapping[str, Any]] | None) -> Tags:
    """The tags of a new entity."""
    return merged_tags((), tags or ())


def merged_tags(held: Tags, tags: Sequence[Mapping[str, Any]]) -> Tags:
    """The tags with these added or changed. Raises `ApiError` for a key given twice, a reserved one, and too many."""
    added = [(tag["Key"], tag["Value"]) for tag in tags]
    keys = [key.lower() for key, _ in added]
    if len(set(keys)) < len(keys):
        raise ApiError("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.", 400)
    for key, _ in added:
        if key.lower().startswith("aws:"):
            raise ApiError("InvalidInput", f"Tag keys beginning with 'aws:' are reserved: {key}", 400)
    found = tuple((key, value) for key, value in held if key.lower() not in keys) + tuple(added)
    if len(found) > _MOST:
        raise limit_exceeded("TagsPerResource", _MOST)
    return found


def without_tags(held: Tags, keys: Iterable[str]) -> Tags:
    """The tags without those of these keys; keys that are not there are no error."""
    gone = {key.lower() for key in keys}
    return tuple((key, value) for key, value in held if key.lower() not in gone)
