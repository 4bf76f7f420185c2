"""Readers see changes late, and each as late as it was made."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.unit.sandbox.direct import START, Direct

from iamfa.sandbox.table import Lag, Table


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 0

    def lag(self) -> Lag:
        return Lag(lambda: START + timedelta(seconds=self.seconds), 10)


def test_each_change_is_seen_ten_seconds_after_it_was_made() -> None:
    clock = Clock()
    table: Table[str] = Table(clock.lag(), {"a": "first"})
    for clock.seconds, value in ((0, "second"), (6, "third")):
        table["a"] = value
    seen = {}
    for clock.seconds in (6, 9, 10, 15, 16):
        seen[clock.seconds] = table.visible["a"]
    assert seen == {6: "first", 9: "first", 10: "second", 15: "second", 16: "third"}
    assert table.visible is table


def test_what_is_changed_again_and_again_is_seen_nevertheless() -> None:
    clock = Clock()
    table: Table[int] = Table(clock.lag(), {"a": -1})
    for clock.seconds in range(60):
        table["a"] = clock.seconds
    assert table.visible["a"] == 49


def test_what_comes_and_goes_is_there_for_readers_while_it_was() -> None:
    clock = Clock()
    table: Table[str] = Table(clock.lag(), {"kept": "k", "gone": "g"})
    del table["gone"]
    table["new"] = "n"
    assert dict(table.visible) == {"kept": "k", "gone": "g"} and len(table.visible) == 2
    with pytest.raises(KeyError):
        table.visible["new"]
    clock.seconds = 4
    del table["new"]
    clock.seconds = 12
    assert dict(table.visible) == {"kept": "k", "new": "n"}
    clock.seconds = 14
    assert dict(table.visible) == {"kept": "k"}


def test_a_user_leaves_a_group_before_it_goes_however_often_he_is_changed() -> None:
    box = Direct()
    box.user("alice")
    box.call("CreateGroup", GroupName="developers")
    box.call("AddUserToGroup", GroupName="developers", UserName="alice")
    box.state.lag.seconds = 10
    box.state.clock.set(START, still=True)
    box.call("RemoveUserFromGroup", GroupName="developers", UserName="alice")
    box.state.clock.advance(1)
    box.call("DeleteGroup", GroupName="developers")
    box.state.clock.advance(4)
    box.call("TagUser", UserName="alice", Tags=[{"Key": "team", "Value": "red"}])
    for _ in range(12):
        groups = [each["GroupName"] for each in box.call("ListGroupsForUser", UserName="alice")["Groups"]]
        assert set(groups) <= set(box.account.visible().groups)
        box.state.clock.advance(1)
    assert groups == []
