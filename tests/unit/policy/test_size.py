"""Sizes as AWS counts them."""

from __future__ import annotations

import pytest

from iamfa.errors import PolicyError
from iamfa.policy.document import Kind
from iamfa.policy.forms import read_documents
from iamfa.policy.policy import Policy
from iamfa.policy.size import QUOTAS, size

TEXT = '{"Statement": [ {"Effect": "Allow", "Action": [], "Resource": "a b"} ]}'
MINIMAL = len('{"Statement":[{"Effect":"Allow","Action":[],"Resource":"a b"}]}')


@pytest.mark.parametrize("kind", [Kind.USER, Kind.GROUP, Kind.ROLE, Kind.IDENTITY, Kind.TRUST, Kind.BOUNDARY])
def test_white_space_between_values_does_not_count_in_iam(kind: Kind) -> None:
    assert size(TEXT, kind) == MINIMAL
    assert not QUOTAS[kind].counts_white_space


@pytest.mark.parametrize("kind", [Kind.SCP, Kind.RCP, Kind.SESSION])
def test_white_space_counts_in_organizations_and_sessions(kind: Kind) -> None:
    assert size(TEXT, kind) == len(TEXT)


@pytest.mark.parametrize("kind", list(Kind))
def test_comments_trailing_commas_and_the_mark_never_count(kind: Kind) -> None:
    with_more = TEXT.replace("[ {", "[/* a */ {").replace("} ]", "}, ]") + "// b"
    assert size("\ufeff" + with_more, kind) == size(TEXT, kind)


def test_escapes_count_as_they_are_written() -> None:
    assert size('["\\u0041"]', Kind.USER) == 10


def test_a_document_without_text_counts_as_it_is_rendered() -> None:
    policy = Policy.parse('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}')
    assert size(policy.document, Kind.USER) == len('{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}')
    assert size(policy.document, Kind.SCP) > size(policy.document, Kind.USER)
    assert size(policy, Kind.USER) == len('{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}')


def test_only_the_policy_itself_counts_inside_an_answer() -> None:
    inner = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
    (found,) = read_documents('{"PolicyVersion": {"Document": ' + inner + "}}")
    assert found.policy is not None
    assert size(found.policy, Kind.SCP) == len(inner)


def test_the_quotas_are_those_of_aws() -> None:
    assert {kind.value: quota.characters for kind, quota in QUOTAS.items()} == {
        "identity": 6144,
        "boundary": 6144,
        "user": 2048,
        "group": 5120,
        "role": 10240,
        "trust": 2048,
        "session": 2048,
        "scp": 10240,
        "rcp": 5120,
    }
    assert all(quota.source.startswith("https://docs.aws.amazon.com/") for quota in QUOTAS.values())


def test_a_text_that_cannot_be_read_has_no_size() -> None:
    with pytest.raises(PolicyError):
        size("{", Kind.USER)
