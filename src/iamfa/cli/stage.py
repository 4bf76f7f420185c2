"""The stage of the tour: the story's user in a sandbox, and his calls as he would type them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from iamfa.gateway.aws import Aws
from iamfa.gateway.faults import AwsError
from iamfa.gateway.ports import Credentials
from iamfa.otp import STEP_SECONDS, code_of, step_of
from iamfa.policy.policy import Policy
from iamfa.report.paper import Line, Paper, Piece, line, printable
from iamfa.sandbox.embedded import ADMINISTRATOR, OWN_USER, Sandbox
from iamfa.secret import Secret

ACCOUNT = "999999999999"
"""The account of the story."""
DEVICE = "googleAuthentication"
"""The name that the story's user gives his device."""
POLICY = f"arn:aws:iam::{ACCOUNT}:policy/own-user-policy"

_SEED = 20221116
_NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
_READING = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a call."""

    command: str
    """As one types it."""
    refused: AwsError | None
    answer: str = ""


class Stage:
    """A sandbox in which the story's user, who may read S3 besides, is under a policy that forces MFA.

    Its clock stands still and its keys are made up from one number, so that the story is the same every time.
    """

    def __init__(self, policy: Policy) -> None:
        self.box = Sandbox(account=ACCOUNT, policy=policy, seed=_SEED, services=False)
        self.seeds: dict[str, Secret] = {}
        """Seeds of devices by their serials: what the user's phone holds."""

    def __enter__(self) -> Stage:
        self.box.start()
        self.box.clock.set(_NOON, still=True)
        self.administrator = self.aws_of(ADMINISTRATOR)
        self.own_user = self.aws_of(OWN_USER)
        self._attach(OWN_USER, _READING)
        return self

    def __exit__(self, *_: object) -> None:
        self.box.stop()

    def aws_of(self, user: str) -> Aws:
        """The calls of a user with his access key alone."""
        environment = self.box.environment_of(user)
        key = Credentials(environment["AWS_ACCESS_KEY_ID"], Secret(environment["AWS_SECRET_ACCESS_KEY"]))
        return self.aws_with(key)

    def aws_with(self, credentials: Credentials) -> Aws:
        """The calls with these credentials."""
        return Aws(credentials, region=self.box.region, endpoint_url=self.box.endpoint_url, attempts=1)

    def put_in_force(self, text: str) -> Played:
        """The administrator gives the policy a new version."""
        return self._played(
            f"aws iam create-policy-version --policy-arn {POLICY} --policy-document file://repaired.json "
            "--set-as-default --profile administrator",
            lambda: self.administrator.call(
                "iam", "CreatePolicyVersion", PolicyArn=POLICY, PolicyDocument=text, SetAsDefault=True
            )["PolicyVersion"]["VersionId"],
        )

    def create_device(self, aws: Aws, name: str) -> Played:
        """What the console calls when its page with the QR code opens."""

        def call() -> str:
            device = aws.create_virtual_mfa_device(name)
            self.seeds[device.serial] = device.seed
            return device.serial

        return self._played(f"aws iam create-virtual-mfa-device --virtual-mfa-device-name {name} ...", call)

    def enable_device(self, aws: Aws, user: str, serial: str) -> Played:
        """What the console calls when both codes were typed: those that the phone shows one after the other."""
        step = step_of(self.box.clock.now())
        first, second = (code_of(self.seeds[serial], each) for each in (step, step + 1))

        def call() -> str:
            aws.enable_mfa_device(user, serial, first, second)
            return ""

        command = f"aws iam enable-mfa-device --user-name {user} --serial-number {serial} "
        played = self._played(f"{command}--authentication-code1 {first} --authentication-code2 {second}", call)
        self.box.clock.advance(2 * STEP_SECONDS)
        return played

    def deactivate_device(self, aws: Aws, user: str, serial: str) -> Played:
        """To take the device away."""

        def call() -> str:
            aws.deactivate_mfa_device(user, serial)
            return ""

        return self._played(f"aws iam deactivate-mfa-device --user-name {user} --serial-number {serial}", call)

    def session(self, aws: Aws, serial: str) -> tuple[Played, Aws | None]:
        """A session with the code that the device shows now, and the calls with it."""
        seed = self.seeds.get(serial)
        code = code_of(seed, step_of(self.box.clock.now())) if seed is not None else "000000"
        found: list[Credentials] = []

        def call() -> str:
            found.append(aws.get_session_token(serial=serial, code=code))
            expires = found[0].expires
            return f"{found[0].key_id}, until {expires.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if expires else ""

        played = self._played(f"aws sts get-session-token --serial-number {serial} --token-code {code}", call)
        self.box.clock.advance(STEP_SECONDS)
        return played, (self.aws_with(found[0]) if found else None)

    def list_buckets(self, aws: Aws, profile: str) -> Played:
        """Something that is worth stealing."""

        def call() -> str:
            aws.call("s3", "ListBuckets")
            return "the list of buckets"

        return self._played(f"aws s3api list-buckets --profile {profile}", call)

    def new_user(self, name: str) -> Aws:
        """Another user under the same policies, who has no device yet."""
        self.administrator.call("iam", "CreateUser", UserName=name)
        self.administrator.call("iam", "CreateAccessKey", UserName=name)
        self._attach(name, POLICY)
        self._attach(name, _READING)
        return self.aws_of(name)

    def _attach(self, user: str, policy: str) -> None:
        self.administrator.call("iam", "AttachUserPolicy", UserName=user, PolicyArn=policy)

    @staticmethod
    def _played(command: str, call: Callable[[], str]) -> Played:
        try:
            return Played(command, None, call())
        except AwsError as error:
            return Played(command, error)


def played_lines(paper: Paper, played: Played, *, profile: str | None = None) -> Iterator[Line]:
    """A call as it was typed, and what came of it, in AWS's words."""
    yield from command_lines(paper, played.command + (f" --profile {profile}" if profile else ""))
    if played.refused is None:
        words = paper.say("ok") + (f": {printable(played.answer)}" if played.answer else "")
        yield from paper.wrapped([Piece(f"{paper.sign('✓')} "), Piece(words, "good")], indent="  ", hanging="    ")
        return
    words = f"{played.refused.code}: {played.refused.words}"
    yield from paper.wrapped(
        [Piece(f"{paper.sign('✗')} "), Piece(printable(words), "error")], indent="  ", hanging="    "
    )


def command_lines(paper: Paper, text: str) -> Iterator[Line]:
    """A command behind a prompt, so that it can be copied: a line that goes on says so."""
    yield line()
    lines = list(
        replace(paper, width=paper.width - 2).wrapped([Piece(text, "strong")], indent="  $ ", hanging="      ")
    )
    for each in lines[:-1]:
        yield (*each, Piece(" \\", "dim"))
    yield from lines[-1:]
