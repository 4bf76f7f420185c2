"""A plan as a file: the same when it is read again, and refused where it contradicts itself."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.unit.audit.repairing import (
    NOW,
    OUTDATED,
    account_of,
    allow,
    managed,
    of,
    operator,
    remembered_repairs,
    with_policy,
)

from iamfa.audit import plan_file
from iamfa.audit.plan_file import PlanFileError
from iamfa.audit.plan_values import Plan, PlanOptions, digest
from iamfa.audit.planning import plan

Break = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module", autouse=True)
def _remembered() -> Iterator[None]:
    with remembered_repairs():
        yield


@cache
def made() -> Plan:
    """With a step of every kind but a group's, one of them at its last version, and something left out."""
    full = managed("Full", *[allow("s3:ListAllMyBuckets")] * 4, OUTDATED)
    kept = managed("Kept", OUTDATED, tags=(("managed-by", "terraform"),))
    found = with_policy(with_policy(account_of(), full, "alice"), kept, "alice")
    return plan(found, operator=operator(), now=NOW, options=PlanOptions(allow_version_loss=True))


def value() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(plan_file.plan_text(made()))
    return found


def first(kind: str, found: dict[str, Any]) -> dict[str, Any]:
    step: dict[str, Any] = next(each for each in found["steps"] if each["kind"] == kind)
    return step


def test_what_is_read_again_is_what_was_written_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    plan_file.write(made(), path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert plan_file.read(path) == made()
    assert plan_file.name_of(plan_file.read(path)) == plan_file.name_of(made())


def test_the_file_shows_each_change_as_a_diff_and_how_to_undo_it() -> None:
    step = first("managed", value())
    assert "+" in step["diff"] and "mfa/*" in step["diff"]
    assert step["undo_by_hand"][0].startswith("aws iam set-default-policy-version")
    assert step["expects"]["digest"] == digest(step["before"])
    assert value()["left_out"][0]["diff"]


def test_layout_tells_no_policies_apart_and_meaning_does() -> None:
    assert digest('{"Version": "2012-10-17", "Statement": []}') == digest('{"Statement":[],"Version":"2012-10-17"}')
    assert digest('{"a": 1, "a": 1}') != digest('{"a": 1}'), "what stands twice is no JSON value"


def whole(name: str, to: object) -> Break:
    return lambda found: found.update({name: to})


def in_step(name: str, to: object, kind: str = "managed") -> Break:
    return lambda found: first(kind, found).update({name: to})


def in_versions(**to: object) -> Break:
    def change(found: dict[str, Any]) -> None:
        next(step for step in found["steps"] if step["deletes_version"])["deletes_version"].update(to)

    return change


BROKEN: dict[str, Break] = {
    "this is no plan of version 1": whole("version", 2),
    "`$.kind` is missing": whole("kind", None),
    "`$.version` is missing": whole("version", True),
    "`$.account` is no number": whole("account", "12"),
    "`$.taken_at`": whole("taken_at", "yesterday"),
    "`$.operator` is no object": whole("operator", 3),
    "`$.notes` holds something else": whole("notes", [1]),
    "`$.operator.credential` is no kind": lambda f: f["operator"].update(credential="magic"),
    "`$.operator.arn` is nothing of IAM": lambda f: f["operator"].update(arn="arn:aws:iam::999999999999:user/x"),
    "`$.operator.arn`: ": lambda f: f["operator"].update(arn="x"),
    "are not numbered from 1": in_step("number", 7),
    ".kind` is none of managed": in_step("kind", "role-inline"),
    ".holder` does not fit to `managed`": in_step("holder", "alice"),
    "is no name of IAM": in_step("policy", "a/b"),
    "is nothing of IAM in the account": in_step("arn", "arn:aws:iam::aws:policy/AdministratorAccess"),
    "is not where the step says": in_step("arn", of("Other", "policy")),
    "is not where the step says that it works": in_step("arn", of("alice"), "user-inline"),
    ".after` is no policy": in_step("after", "{"),
    "is not the one that its digest was made of": in_step("after", allow("*")),
    "changes nothing": lambda f: first("managed", f).update(
        after=first("managed", f)["before"], after_digest=first("managed", f)["expects"]["digest"]
    ),
    "the versions do not fit": lambda f: first("managed", f)["expects"].update(default_version=None),
    "the versions do not fit to": in_versions(id="newest"),
    "would delete the version in force": in_versions(id="v5"),
    ".created`: ": in_versions(created="once"),
    ".document` is missing": in_versions(document=None),
}


@pytest.mark.parametrize("said", list(BROKEN))
def test_what_contradicts_itself_is_refused_with_its_place(said: str, tmp_path: Path) -> None:
    found = value()
    BROKEN[said](found)
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    with pytest.raises(PlanFileError) as refused:
        plan_file.read(path)
    assert said in refused.value.message
    assert str(path) in refused.value.message


@pytest.mark.parametrize(("text", "said"), [("[]", "`$` is no object"), ("{", "is no JSON"), ("\udc80", "not UTF-8")])
def test_what_is_no_plan_at_all_is_refused(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(PlanFileError, match=re.escape(said)):
        plan_file.read(path)


def test_an_empty_plan_is_one() -> None:
    empty = replace(made(), steps=(), left_out=())
    assert plan_file.plan_in(plan_file.plan_json(empty)) == empty
