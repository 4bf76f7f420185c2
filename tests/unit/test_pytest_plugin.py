"""The plugin in a test run of its own: the fixture, its marker, and assertions that say why."""

from __future__ import annotations

import os

import pytest

from iamfa.evaluate.request import Request
from iamfa.policy.bundle import Bundle
from iamfa.policy.policy import Policy
from iamfa.pytest_plugin import assert_allowed, assert_denied

pytest_plugins = ["pytester"]

USER = "arn:aws:iam::123456789012:user/alice"
READING = (
    '{"Version": "2012-10-17", "Statement": {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}'
)
DENYING = '{"Version": "2012-10-17", "Statement": {"Sid": "No", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}}'


def asked(action: str) -> Request:
    return Request.by_user(USER, action, "arn:aws:s3:::b/k")


def run(pytester: pytest.Pytester, text: str) -> pytest.RunResult:
    """A test run of its own, in which the installed plugin is found by itself."""
    pytester.makepyfile(text)
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:xdist")


def test_clients_talk_to_the_sandbox_and_the_environment_comes_back(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://elsewhere")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid:1")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    found = run(
        pytester,
        """
        import os
        import botocore.session

        def test_one(aws_sandbox):
            sts = botocore.session.Session().create_client("sts")
            assert sts.meta.endpoint_url == aws_sandbox.endpoint_url
            assert sts.get_caller_identity()["Arn"].endswith(":user/administrator")
            aws_sandbox.call(lambda state: state.account.users.clear())

        def test_each_has_its_own(aws_sandbox):
            assert aws_sandbox.call(lambda state: [*state.account.users]) == ["administrator"]

        def test_it_is_gone_where_nobody_asks_for_it():
            assert os.environ["AWS_PROFILE"] == "work"
            assert "AWS_ENDPOINT_URL" not in os.environ
        """,
    )
    found.assert_outcomes(passed=3)
    assert os.environ["AWS_PROFILE"] == "work"


def test_the_marker_has_the_settings_of_a_sandbox(pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("policy.json").write_text(READING, encoding="utf-8")
    found = run(
        pytester,
        """
        import pytest

        @pytest.mark.aws_sandbox(policy="policy.json", seed=1, region="cn-north-1")
        def test_settings(aws_sandbox):
            import os
            assert aws_sandbox.call(lambda state: [*state.account.users]) == ["administrator", "own-user"]
            assert os.environ["AWS_REGION"] == "cn-north-1"

        @pytest.mark.aws_sandbox(colour="red")
        def test_a_setting_that_is_none(aws_sandbox):
            pass
        """,
    )
    found.assert_outcomes(passed=1, errors=1)
    found.stdout.fnmatch_lines(["*unexpected keyword argument 'colour'*"])
    assert "aws_sandbox(**settings)" in pytester.runpytest_subprocess("--markers").stdout.str()


def test_the_failure_of_an_assertion_is_the_explanation_and_nothing_else(pytester: pytest.Pytester) -> None:
    found = run(
        pytester,
        f"""
        import iamfa
        from iamfa.pytest_plugin import assert_allowed, assert_denied

        READING = iamfa.Policy.parse('''{READING}''')

        def asked(action):
            return iamfa.Request.by_user("{USER}", action, "arn:aws:s3:::b/k")

        def test_allowed():
            assert_allowed(asked("s3:PutObject"), READING)

        def test_denied():
            assert_denied(asked("s3:GetObject"), READING)
        """,
    )
    found.assert_outcomes(failed=2)
    found.stdout.fnmatch_lines(
        [
            "expected to be allowed, but",
            "denied because nothing allows it: s3:PutObject*",
            "expected to be denied, but",
            "allowed: s3:GetObject*",
        ],
    )
    found.stdout.no_fnmatch_line("*def assert_allowed*")


def test_assertions_take_one_policy_several_or_a_bundle() -> None:
    reading, denying = Policy.parse(READING), Policy.parse(DENYING)
    assert_allowed(asked("s3:GetObject"), reading)
    assert_allowed(asked("s3:GetObject"), Bundle([reading]))
    assert_denied(asked("s3:GetObject"), [reading, denying])
    assert_denied(asked("s3:PutObject"), reading)
    with pytest.raises(pytest.fail.Exception, match=r"(?s)expected to be allowed, but\n.*No"):
        assert_allowed(asked("s3:GetObject"), [reading, denying])


def test_what_is_unknown_is_neither_allowed_nor_denied() -> None:
    session = "arn:aws:sts::123456789012:assumed-role/deploy/ci"
    to_one_session = Policy.parse(READING[:-2] + f', "Principal": {{"AWS": "{session}"}}}}}}')
    some_session = Request("s3:GetObject", "arn:aws:s3:::b/k", principal="arn:aws:iam::123456789012:role/deploy")
    for expected in (assert_allowed, assert_denied):
        with pytest.raises(pytest.fail.Exception, match="unknown"):
            expected(some_session, Bundle(resource=to_one_session))
