"""Which device names a file lets a user create, over every legal name."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.advise.judged import (
    ANY_DEVICE,
    CREATE,
    OWN_DEVICE,
    WITH,
    Doc,
    allow,
    case_of,
    deny,
    forcing,
    grants,
)

from iamfa.advise.names import NameSet, names_that_work
from iamfa.lifecycle.world import World
from iamfa.policy.document import Kind


def names(*statements: Doc, **more: Any) -> NameSet | None:
    return names_that_work(case_of(*statements, **more))


@pytest.mark.parametrize(
    ("pattern", "works", "refused", "is_pattern"),
    [
        ("${aws:username}", {"own-user"}, {"googleAuthentication"}, False),
        ("${aws:username}-*", {"own-user-phone"}, {"own-user", "googleAuthentication"}, True),
        ("*-${aws:username}", {"phone-own-user"}, {"own-user"}, True),
        ("phone", {"phone"}, {"own-user"}, False),
        ("team/*", set(), {"own-user", "googleAuthentication"}, True),
        ("${aws:PrincipalTag/device}", set(), {"own-user", "googleAuthentication"}, False),
    ],
)
def test_what_a_pattern_of_the_grant_lets_through(
    pattern: str, works: set[str], refused: set[str], is_pattern: bool
) -> None:
    found = names(allow(CREATE, f"arn:aws:iam::*:mfa/{pattern}"))
    assert found is not None
    assert works <= set(found.works)
    assert bool(found.works) is bool(works)
    assert refused <= set(found.refused)
    assert found.is_pattern is is_pattern
    assert found.credential == "long-term-key"
    assert found.arn_of("x") == "arn:aws:iam::123456789012:mfa/x"


@pytest.mark.parametrize(
    "statements",
    [
        grants(),
        [allow(CREATE, "*")],
        [forcing()],
        [allow("s3:*")],
        [allow(CREATE, "arn:aws:s3:::bucket")],
        [allow(CREATE, ANY_DEVICE, WITH)],
        [allow(CREATE, [OWN_DEVICE, "arn:aws:iam::123456789012:mfa/*"])],
    ],
)
def test_a_file_that_refuses_no_name_has_no_such_set(statements: list[Doc]) -> None:
    assert names(*statements) is None


def test_names_are_tried_with_mfa_where_creation_needs_it() -> None:
    found = names(allow(CREATE, OWN_DEVICE, WITH))
    assert found is not None
    assert found.credential == "token-mfa"
    assert found.works == ("own-user",)


def test_a_deny_by_not_resource_is_tried_against_everything_allowed() -> None:
    found = names(deny(CREATE, condition=None, NotResource=OWN_DEVICE))
    assert found is not None
    assert found.works == ("own-user",)
    boundary = names(allow(["iam:*"], [OWN_DEVICE]), kind=Kind.BOUNDARY)
    assert boundary is not None
    assert boundary.works == ("own-user",)


def test_names_written_out_are_no_pattern() -> None:
    found = names(allow(CREATE, ["arn:aws:iam::*:mfa/phone", "arn:aws:iam::*:mfa/tablet"]))
    assert found is not None
    assert set(found.works) == {"phone", "tablet"}
    assert not found.is_pattern


def test_where_the_names_cannot_be_counted_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(World, "names", lambda self, user=None: None)
    assert names(allow(CREATE, OWN_DEVICE)) is None
