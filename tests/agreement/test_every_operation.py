"""Every operation of the sandbox needs exactly what AWS's pages say, no more and no less, and says what is wanting.

A wrong resource in the sandbox would make wrong policies look right. So the table in `needed` is written from AWS's
pages alone: whoever is allowed these actions on these resources and nothing else is let through, and whoever lacks one
of them is told which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests.agreement.needed import CREATE_ORGANIZATION, IAM, ORGANIZATIONS, STS, Row
from tests.agreement.populated import (
    CALLER,
    PHONE_SERIAL,
    SPARE_SERIAL,
    SPARE_TOKEN,
    administrator,
    codes_of,
    give,
    keep,
    key_of,
    organize,
    populate,
)
from tests.agreement.signed_calls import Wire

from iamfa import Sandbox
from iamfa.evaluate.denial import Denial, parse
from iamfa.policy import catalogue
from iamfa.policy.glob import matcher, tokens_of
from iamfa.sandbox.apis import rows_of

EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ROWS = (*IAM, *STS, *ORGANIZATIONS, CREATE_ORGANIZATION)


class Stage:
    """A filled account, put back after every call that went through."""

    def __init__(self, box: Sandbox, wire: Wire) -> None:
        self.box, self.wire = box, wire
        self.known = populate(box, wire)
        self._alone = box.call(keep)
        self.known |= organize(box, wire)
        self._organized = box.call(keep)

    def reset(self, row: Row) -> None:
        self.box.call(self._alone if row is CREATE_ORGANIZATION else self._organized)
        for name, serial in (("phone", PHONE_SERIAL), ("spare", SPARE_SERIAL), ("token", SPARE_TOKEN)):
            self.known[f"{name} 1"], self.known[f"{name} 2"] = codes_of(self.box, serial)

    def filled(self, value: Any) -> Any:
        """The value with what is known in the place of `<name>`."""
        if isinstance(value, dict):
            return {key: self.filled(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.filled(each) for each in value]
        return re.sub(r"<([^>]*)>", lambda m: self.known[m[1]], value) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Sandbox(seed=7) as box, Wire(box.endpoint_url) as wire:
        yield Stage(box, wire)


def test_the_table_has_every_operation_of_the_sandbox() -> None:
    listed = {(row.service, row.operation) for row in ROWS}
    assert listed == {(service, name) for service in ("iam", "sts", "organizations") for name in rows_of(service)}


def test_the_table_agrees_with_the_service_authorization_reference() -> None:
    """Every action is one of AWS's, and every resource of a type that AWS lists for it, or `*` where it lists none."""
    for row in ROWS:
        for action, resource in row.needs:
            found = catalogue.find_action(action)
            assert found is not None, action
            formats = catalogue.resource_formats(found.service)
            types = [formats[need.name].arn for need in found.resources]
            if action == "sts:TagSession" and "federated-user" in resource:
                continue  # AWS lists roles only, and says of GetFederationToken that it asks for this action
            if resource == "*":
                assert not types, (action, types)
                continue
            kinds = [re.sub(r"(?:o-|ou-|r-|p-)?\$\{[^}]*\}", "*", arn) for arn in types]
            assert any(matcher(tokens_of(kind))(resource) for kind in kinds), (action, resource, kinds)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.service}-{row.operation}-{'-'.join(row.parameters)}")
def test_what_the_pages_say_is_enough_and_nothing_of_it_can_be_left_out(stage: Stage, row: Row) -> None:
    stage.reset(row)
    caller = key_of(stage.box, "caller")
    statements = [
        {"Effect": "Allow", "Action": action, "Resource": stage.filled(resource)} for action, resource in row.needs
    ]
    parameters = stage.filled(row.parameters)
    for left_out in range(len(statements)):
        others = [*statements[:left_out], *statements[left_out + 1 :]]
        give(stage.box, others)
        answer = stage.wire.call(row.service, row.operation, caller, parameters)
        wanting = statements[left_out]
        assert answer.refused, (wanting, answer)
        asked = (CALLER, wanting["Action"], wanting["Resource"])
        assert parse(str(answer.message)) == Denial(*asked, "implicit", "identity")
        give(stage.box, [EVERYTHING, {**wanting, "Effect": "Deny"}])
        answer = stage.wire.call(row.service, row.operation, caller, parameters)
        assert answer.refused, (wanting, answer)
        assert parse(str(answer.message)) == Denial(*asked, "explicit", "identity")
    give(stage.box, statements)
    answer = stage.wire.call(row.service, row.operation, caller, parameters)
    assert answer.code == row.then, answer


def test_an_administrator_needs_nothing_else(stage: Stage) -> None:
    stage.reset(IAM[0])
    assert stage.wire.call("iam", "ListUsers", administrator(stage.box)).status == 200
