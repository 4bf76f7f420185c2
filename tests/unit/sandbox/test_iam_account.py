"""The alias of an account."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.sandbox.direct import Direct

from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.live import add_account


def refusal(box: Direct, operation: str, **parameters: Any) -> tuple[str, int, str]:
    with pytest.raises(ApiError) as raised:
        box.call(operation, **parameters)
    return raised.value.code, raised.value.status, raised.value.message


def test_an_account_has_one_alias_and_a_new_one_takes_the_place_of_the_old() -> None:
    box = Direct()
    assert box.call("ListAccountAliases") == {"AccountAliases": [], "IsTruncated": False}
    for alias in ("example", "example-corporation"):
        box.call("CreateAccountAlias", AccountAlias=alias)
        assert box.call("ListAccountAliases")["AccountAliases"] == [alias]
    box.call("DeleteAccountAlias", AccountAlias="example-corporation")
    assert box.account.alias is None


def test_an_alias_that_some_account_has_already_is_refused() -> None:
    box = Direct()
    add_account(box.state, "210987654321", "aws").alias = "taken"
    box.call("CreateAccountAlias", AccountAlias="ours")
    for alias in ("taken", "ours"):
        expected = ("EntityAlreadyExists", 409, f"The account alias {alias} already exists.")
        assert refusal(box, "CreateAccountAlias", AccountAlias=alias) == expected
    assert box.account.alias == "ours"


@pytest.mark.parametrize("alias", ["ab", "-abc", "abc-", "a--b", "Abc", "a" * 64, "123456789012"])
def test_an_alias_of_another_form_is_refused(alias: str) -> None:
    code, status, _ = refusal(Direct(), "CreateAccountAlias", AccountAlias=alias)
    assert (code, status) == ("ValidationError", 400)


def test_only_the_alias_that_the_account_has_can_be_deleted() -> None:
    box = Direct()
    box.call("CreateAccountAlias", AccountAlias="ours")
    expected = ("NoSuchEntity", 404, "The account alias theirs cannot be found.")
    assert refusal(box, "DeleteAccountAlias", AccountAlias="theirs") == expected
    assert box.account.alias == "ours"


@pytest.mark.parametrize("operation", ["CreateAccountAlias", "DeleteAccountAlias", "ListAccountAliases"])
def test_the_alias_is_nothing_for_whoever_has_no_permission(operation: str) -> None:
    box = Direct()
    box.user("alice")
    parameters = {} if operation.startswith("List") else {"AccountAlias": "ours"}
    assert refusal(box, operation, by="alice", **parameters)[0] == "AccessDenied"
    assert box.account.alias is None
