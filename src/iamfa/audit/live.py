"""What AWS says of a policy right now, and calls that may be throttled, lost, or seen late.

IAM shows a change some time after it was made (troubleshoot_general, "Changes that I make are not always immediately
visible"). So after a call the policy is looked at until it says what it should, and before a call is made again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from iamfa.account.details import text_in
from iamfa.account.entities import Tags
from iamfa.audit.plan_values import Spot, digest
from iamfa.errors import InputError, JudgementError
from iamfa.gateway.faults import AwsError, NotThereError, ThrottledError, UnreachableError
from iamfa.gateway.ports import Caller

_PAUSES: Final = (0.2, 0.4, 0.8, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)
"""Seconds between looks; half a minute in all."""
_TRIES: Final = 4
_THROTTLED_TRIES: Final = 10
_SERVER_ERROR: Final = 500


class ChangedSinceError(InputError):
    """A policy says something else than the plan or the journal expects: somebody has changed it."""


class NotShownError(JudgementError):
    """Whether a change was made is not known: AWS did not answer, or does not show it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A policy as it is."""

    text: str
    default: str | None = None
    """Of a managed policy: the version in force."""
    versions: tuple[str, ...] = ()
    """The ids of all its versions."""


@dataclass(frozen=True, slots=True)
class Live:
    """The policies of an account, through the calls of IAM; best with the texts of policies as AWS sends them."""

    iam: Caller
    wait: Callable[[float], None]

    def found(self, spot: Spot) -> Found:
        """What is there. Raises `ChangedSinceError` where the policy or its holder is gone, and `AwsError`."""
        try:
            if spot.kind == "managed":
                return self.managed(spot.arn)
            answer = self.read(f"Get{spot.word}Policy", PolicyName=spot.policy, **{f"{spot.word}Name": spot.holder})
            return Found(text_in(answer["PolicyDocument"]))
        except NotThereError as error:
            raise ChangedSinceError(f"{spot} is not there any more", hint="make the plan anew") from error

    def managed(self, arn: str) -> Found:
        """A managed policy. Raises `AwsError`, `NotThereError` where there is none."""
        default = self.read("GetPolicy", PolicyArn=arn)["Policy"]["DefaultVersionId"]
        ids: list[str] = []
        marker: str | None = None
        while True:
            page = self.read("ListPolicyVersions", PolicyArn=arn, Marker=marker)
            ids += [each["VersionId"] for each in page["Versions"]]
            marker = page.get("Marker") if page.get("IsTruncated") else None
            if marker is None:
                return Found(self.version(arn, default), default, tuple(sorted(ids, key=number_of)))

    def tags(self, arn: str) -> Tags:
        """The tags of a managed policy."""
        found = self.read("GetPolicy", PolicyArn=arn)["Policy"].get("Tags") or ()
        return tuple((each["Key"], each["Value"]) for each in found)

    def version(self, arn: str, version: str) -> str:
        """The text of a version of a managed policy."""
        return text_in(self.read("GetPolicyVersion", PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])

    def write(self, spot: Spot, text: str, *, expected: str) -> None:
        """Make the policy say this; *expected* is what it says now. A managed one gets a version that is in force.

        Raises `ChangedSinceError` where it says something else meanwhile, `NotShownError` and `AwsError`.
        """
        if spot.kind == "managed":
            call = ("CreatePolicyVersion", {"PolicyArn": spot.arn, "PolicyDocument": text, "SetAsDefault": True})
        else:
            names = {f"{spot.word}Name": spot.holder, "PolicyName": spot.policy}
            call = (f"Put{spot.word}Policy", {**names, "PolicyDocument": text})
        self.settle(spot, *call, wanted=digest(text), expected=digest(expected))

    def settle(self, spot: Spot, operation: str, given: Mapping[str, Any], *, wanted: str, expected: str) -> None:
        """Make a call that changes the policy from one digest to another, and see that it has."""

        def shows() -> bool:
            shown = digest(self.found(spot).text)
            if shown not in (wanted, expected):
                raise just_changed(spot)
            return shown == wanted

        self.until(spot, operation, given, shows)

    def until(self, spot: Spot, operation: str, given: Mapping[str, Any], shows: Callable[[], bool]) -> None:
        """Make a call, and look until it shows; again where AWS did not answer and it does not."""
        for _ in range(_TRIES):
            answered = self._tried(operation, given)
            for pause in (*_PAUSES, 0.0):
                if shows():
                    return
                self.wait(pause)
            if answered:
                break
        raise NotShownError(
            f"{spot} does not show the change that iam:{operation} makes",
            hint="wait a minute and run the same again: what is done is not done twice",
        )

    def once(self, operation: str, **given: Any) -> None:
        """Make a call whose repetition does no harm, until AWS answers; what is gone already may be gone."""
        for _ in range(_TRIES):
            try:
                if self._tried(operation, given):
                    return
            except NotThereError:
                return
        raise NotShownError(f"AWS did not answer iam:{operation}", hint="run the same again")

    def delete_version(self, arn: str, version: str) -> None:
        """Delete a version of a managed policy, and wait until it is not listed any more."""
        self.once("DeletePolicyVersion", PolicyArn=arn, VersionId=version)
        for pause in _PAUSES:
            if version not in self.managed(arn).versions:
                return
            self.wait(pause)

    def keep_version(self, arn: str, text: str) -> None:
        """See that some version of a managed policy has this text, to the letter; in force is whatever was."""
        for pause in (*_PAUSES[-_TRIES:], None):
            if any(self.version(arn, version) == text for version in self.managed(arn).versions):
                return
            if pause is None:
                break
            if not self._tried(
                "CreatePolicyVersion", {"PolicyArn": arn, "PolicyDocument": text, "SetAsDefault": False}
            ):
                self.wait(pause)
                continue
            return
        raise NotShownError("AWS did not answer iam:CreatePolicyVersion", hint="run the same again")

    def _tried(self, operation: str, given: Mapping[str, Any]) -> bool:
        """Whether AWS answered; without an answer the call may have been carried out."""
        for pause in (*(0.5 * 1.6**n for n in range(_THROTTLED_TRIES - 1)), None):
            try:
                self.iam.call("iam", operation, **given)
            except ThrottledError:
                if pause is None:
                    raise
                self.wait(pause)
            except UnreachableError:
                return False
            except AwsError as error:
                if (error.status or 0) < _SERVER_ERROR:
                    raise
                return False
            else:
                return True
        raise AssertionError("the last try returns or raises")

    def read(self, operation: str, **given: Any) -> Mapping[str, Any]:
        """A read, which can be repeated freely."""
        throttled = other = 0
        while True:
            try:
                return self.iam.call("iam", operation, **given)
            except ThrottledError:
                throttled += 1
                if throttled == _THROTTLED_TRIES:
                    raise
                self.wait(0.5 * 1.6**throttled)
            except AwsError as error:
                other += 1
                again = isinstance(error, UnreachableError) or (error.status or 0) >= _SERVER_ERROR
                if not again or other == _TRIES:
                    raise
                self.wait(0.5 * 2.0**other)


def just_changed(spot: Spot) -> ChangedSinceError:
    """The error for a policy that is neither as it was nor as a call has made it."""
    return ChangedSinceError(f"somebody else has changed {spot} just now", hint="look at it, and make the plan anew")


def number_of(version: str) -> int:
    """The number in `v7`."""
    return int(version.removeprefix("v"))
