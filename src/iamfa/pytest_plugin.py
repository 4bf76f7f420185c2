"""For pytest: the fixture `aws_sandbox`, and assertions whose failure says why a request is allowed or not.

from iamfa.pytest_plugin import assert_allowed, assert_denied

def test_a_key_alone_reaches_nothing(aws_sandbox):
    with pytest.raises(ClientError):
        boto3.client("s3").list_buckets()
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from iamfa.evaluate.request import Request
    from iamfa.evaluate.verdict import Verdict
    from iamfa.policy.bundle import Bundle, PolicyLike
    from iamfa.sandbox.embedded import Sandbox

_OF_OTHERS = (
    "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_EXPIRATION",
    "AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_S3", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
)  # fmt: skip
"""What would lead a client elsewhere than to the sandbox."""


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers", "aws_sandbox(**settings): how the fixture `aws_sandbox` is started, as `iamfa.Sandbox` takes it"
    )


@pytest.fixture
def aws_sandbox(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sandbox]:
    """A fresh account with an administrator; clients that are made in the test talk to it and to nothing else.

    `@pytest.mark.aws_sandbox(policy="force-mfa.json", seed=1)` gives it the settings of `iamfa.Sandbox`.
    """
    from iamfa.sandbox.embedded import Sandbox

    marker = request.node.get_closest_marker("aws_sandbox")
    with Sandbox(**(marker.kwargs if marker is not None else {})) as box:
        nowhere = str(tmp_path_factory.mktemp("aws") / "no-such-file")
        for name in _OF_OTHERS:
            monkeypatch.delenv(name, raising=False)
        own = {"AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere, "AWS_EC2_METADATA_DISABLED": "true"}
        for name, value in {**own, **box.environment}.items():
            monkeypatch.setenv(name, value)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.setenv(name, "127.0.0.1", prepend=",")
        yield box


def assert_allowed(request: Request, policies: Bundle | PolicyLike | Sequence[PolicyLike]) -> None:
    """Fail unless these policies allow the request; the failure is the verdict's explanation."""
    verdict = _verdict(request, policies)
    if verdict.decision != "allowed":
        pytest.fail(f"expected to be allowed, but\n{verdict}", pytrace=False)


def assert_denied(request: Request, policies: Bundle | PolicyLike | Sequence[PolicyLike]) -> None:
    """Fail unless these policies deny the request; one whose verdict is unknown is not denied for sure, and fails."""
    verdict = _verdict(request, policies)
    if verdict.decision not in ("explicit_deny", "implicit_deny"):
        pytest.fail(f"expected to be denied, but\n{verdict}", pytrace=False)


def _verdict(request: Request, policies: Bundle | PolicyLike | Sequence[PolicyLike]) -> Verdict:
    from iamfa.evaluate.decide import decide
    from iamfa.policy.bundle import Bundle

    if isinstance(policies, Bundle):
        return decide(request, policies)
    return decide(request, Bundle(policies if isinstance(policies, Sequence) else [policies]))
