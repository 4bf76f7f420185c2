"""A link into the console for a role's session, and none for others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.unit.session.test_environment import CREDENTIALS, KEPT

from iamfa.device.own_user import OwnUser
from iamfa.gateway.ports import Credentials
from iamfa.secret import Secret
from iamfa.session.console_link import NoConsoleLinkError, console_link

ROLE = replace(KEPT, roles=("arn:aws:iam::1:role/reader",))


def of_partition(partition: str) -> Any:
    return replace(ROLE, owner=OwnUser(partition, "1", "alice", "arn"))


def link(kept: Any = ROLE, **settings: Any) -> tuple[str, dict[str, str]]:
    def token_for(credentials: Credentials, endpoint: str) -> Secret:
        assert credentials == CREDENTIALS
        return Secret(f"token of {endpoint}")

    address = urlsplit(console_link(kept, token_for, **settings).reveal())
    query = {name: value for name, (value,) in parse_qs(address.query).items()}
    return f"{address.scheme}://{address.netloc}{address.path}", query


@pytest.mark.parametrize(
    ("partition", "signin", "console"),
    [
        ("aws", "https://signin.aws.amazon.com", "https://console.aws.amazon.com/"),
        ("aws-cn", "https://signin.amazonaws.cn", "https://console.amazonaws.cn/"),
        ("aws-us-gov", "https://signin.amazonaws-us-gov.com", "https://console.amazonaws-us-gov.com/"),
    ],
)
def test_each_partition_has_its_own_console(partition: str, signin: str, console: str) -> None:
    place, query = link(of_partition(partition))
    assert place == f"{signin}/federation"
    assert query == {
        "Action": "login",
        "Issuer": "iamfa",
        "Destination": f"{console}console/home",
        "SigninToken": f"token of {signin}",
    }


def test_an_endpoint_that_is_named_is_asked_and_opened() -> None:
    place, query = link(of_partition("aws-iso"), endpoint_url="http://127.0.0.1:5/")
    assert place == "http://127.0.0.1:5/federation"
    assert query["SigninToken"] == "token of http://127.0.0.1:5/"
    with pytest.raises(NoConsoleLinkError, match="`aws-iso`"):
        link(of_partition("aws-iso"))


@pytest.mark.parametrize(
    ("destination", "page"),
    [
        ("s3/home?region=eu-west-1", "https://console.aws.amazon.com/s3/home?region=eu-west-1"),
        ("/iam", "https://console.aws.amazon.com/iam"),
        ("//evil.example/x", "https://console.aws.amazon.com/evil.example/x"),
        ("https://console.aws.amazon.com/iam", "https://console.aws.amazon.com/iam"),
        ("https://eu-west-1.console.aws.amazon.com/x", "https://eu-west-1.console.aws.amazon.com/x"),
    ],
)
def test_a_page_of_the_console_is_landed_on(destination: str, page: str) -> None:
    assert link(destination=destination)[1]["Destination"] == page
    assert link(region="eu-west-1")[1]["Destination"].endswith("console/home?region=eu-west-1")


@pytest.mark.parametrize(
    "destination",
    [
        "https://evil.example/",
        "http://console.aws.amazon.com/",
        "https://console.aws.amazon.com.evil.example/",
        "https://evilconsole.aws.amazon.com/",
        "https://console.aws.amazon.com@evil.example/",
        "javascript://console.aws.amazon.com/%0aalert(1)",
        "https:///x",
        "https://evil.example\\.console.aws.amazon.com/",
        "https://evil.example\t.console.aws.amazon.com/",
    ],
)
def test_no_token_is_carried_elsewhere(destination: str) -> None:
    with pytest.raises(NoConsoleLinkError, match="is no page of the console"):
        link(destination=destination)


def test_a_users_session_has_no_link() -> None:
    with pytest.raises(NoConsoleLinkError, match="is the user's own"):
        link(KEPT)
