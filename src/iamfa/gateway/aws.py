"""Calls through AWS's own SDK, botocore: to AWS, or to any endpoint that speaks like it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError
from botocore.handlers import json_decode_policies
from botocore.httpsession import URLLib3Session
from botocore.parsers import ResponseParserError
from botocore.utils import get_environ_proxies

from iamfa.gateway.faults import AwsError, UnreachableError, fault_of
from iamfa.gateway.ports import Credentials, Identity, ListedDevice, NewDevice
from iamfa.secret import Secret

_TIMEOUT_SECONDS = 20


class Aws:
    """The calls of one set of credentials; it is all the ports at once.

    *endpoint_url* None is AWS itself, as the SDK finds it for the Region. *ca_bundle* is a file of certificates that
    are trusted instead of the usual ones. With *texts_of_policies* IAM's policies come as the texts that AWS sends,
    URL-encoded, and not as JSON values, which lose what stands twice. Nothing is read from files, and from the
    environment only what the SDK itself reads for its transport (proxies, certificates); no proxy leads to loopback.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        region: str,
        endpoint_url: str | None = None,
        attempts: int = 3,
        ca_bundle: str | None = None,
        texts_of_policies: bool = False,
    ) -> None:
        self._texts_of_policies = texts_of_policies
        self._credentials = credentials
        self._region = region
        self._endpoint = endpoint_url
        self._ca_bundle = ca_bundle
        self.answered_at: datetime | None = None
        """What the other side's clock showed at its last answer (the `Date` header); None before the first."""
        self._config = Config(
            connect_timeout=_TIMEOUT_SECONDS,
            read_timeout=_TIMEOUT_SECONDS,
            retries={"mode": "standard", "total_max_attempts": attempts},
            user_agent_extra="iamfa",
            **(_STRAIGHT if _is_loopback(endpoint_url) else {}),
        )
        self._clients: dict[str, Any] = {}

    def call(self, service: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
        """Any operation by AWS's names: `call("iam", "ListUsers", MaxItems=10)`; what is None is left out."""
        given = {name: value for name, value in parameters.items() if value is not None}
        name = f"{service}:{operation}"
        try:
            found: dict[str, Any] = self._client(service)._make_api_call(operation, given)
        except ClientError as error:
            told = error.response.get("Error", {})
            about = error.response.get("ResponseMetadata", {})
            self._look_at_clock(about)
            raise fault_of(
                str(told.get("Code", "")),
                str(told.get("Message", "")),
                operation=name,
                status=about.get("HTTPStatusCode"),
            ) from error
        except (HTTPClientError, ConnectionError, ResponseParserError) as error:
            hint = "look at the network, the Region and the endpoint; whether the call was carried out is not known"
            raise UnreachableError("", _words(error), operation=name, hint=hint) from error
        except BotoCoreError as error:
            raise AwsError("", _words(error), operation=name, hint="nothing was sent") from error
        self._look_at_clock(found.get("ResponseMetadata", {}))
        return {key: value for key, value in found.items() if key != "ResponseMetadata"}

    def _look_at_clock(self, about: Mapping[str, Any]) -> None:
        with suppress(TypeError, ValueError):
            found = parsedate_to_datetime(about.get("HTTPHeaders", {}).get("date"))
            # RFC 9110 5.6.7: it is always GMT; one without a zone says nothing that may be relied on.
            self.answered_at = found if found.tzinfo is not None else None

    def get_caller_identity(self) -> Identity:
        """Who this is; no policy can deny it."""
        found = self.call("sts", "GetCallerIdentity")
        return Identity(found["Account"], found["Arn"], found["UserId"])

    def get_session_token(
        self, *, serial: str | None = None, code: str | None = None, seconds: int | None = None
    ) -> Credentials:
        """A session of the user, with MFA where serial and code are given."""
        found = self.call("sts", "GetSessionToken", SerialNumber=serial, TokenCode=code, DurationSeconds=seconds)
        return _credentials(found["Credentials"])

    def assume_role(
        self,
        role: str,
        name: str,
        *,
        serial: str | None = None,
        code: str | None = None,
        seconds: int | None = None,
        external_id: str | None = None,
    ) -> Credentials:
        """A session of the role with this ARN."""
        found = self.call(
            "sts",
            "AssumeRole",
            RoleArn=role,
            RoleSessionName=name,
            SerialNumber=serial,
            TokenCode=code,
            DurationSeconds=seconds,
            ExternalId=external_id,
        )
        return _credentials(found["Credentials"])

    def create_virtual_mfa_device(self, name: str, *, tags: Mapping[str, str] | None = None) -> NewDevice:
        """A new device, assigned to nobody; its seed is told this once."""
        listed = [{"Key": key, "Value": value} for key, value in tags.items()] if tags else None
        found = self.call("iam", "CreateVirtualMFADevice", VirtualMFADeviceName=name, Tags=listed)["VirtualMFADevice"]
        seed = found["Base32StringSeed"]
        text = seed.decode("ascii") if isinstance(seed, bytes) else str(seed)
        return NewDevice(found["SerialNumber"], Secret(text), found["QRCodePNG"])

    def enable_mfa_device(self, user: str, serial: str, first: str, second: str) -> None:
        """Assign a device to a user, with two codes in a row."""
        self.call("iam", "EnableMFADevice", **_with_codes(user, serial, first, second))

    def resync_mfa_device(self, user: str, serial: str, first: str, second: str) -> None:
        """Tell AWS where the device's clock stands, with two codes in a row."""
        self.call("iam", "ResyncMFADevice", **_with_codes(user, serial, first, second))

    def deactivate_mfa_device(self, user: str, serial: str) -> None:
        """Take a device away from its user; a virtual one stays, unassigned."""
        self.call("iam", "DeactivateMFADevice", UserName=user, SerialNumber=serial)

    def delete_virtual_mfa_device(self, serial: str) -> None:
        """Delete a device that is assigned to nobody."""
        self.call("iam", "DeleteVirtualMFADevice", SerialNumber=serial)

    def list_mfa_devices(self, user: str) -> Sequence[ListedDevice]:
        """All devices of a user. The name is always told: narrow policies refuse the call without it."""
        found: list[ListedDevice] = []
        marker: str | None = None
        while True:
            page = self.call("iam", "ListMFADevices", UserName=user, Marker=marker)
            found += [
                ListedDevice(each["SerialNumber"], each.get("UserName"), each.get("EnableDate"))
                for each in page["MFADevices"]
            ]
            marker = page.get("Marker") if page.get("IsTruncated") else None
            if marker is None:
                return found

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            held = self._credentials
            try:
                self._clients[service] = _session().create_client(
                    service,
                    region_name=self._region,
                    endpoint_url=self._endpoint,
                    aws_access_key_id=held.key_id,
                    aws_secret_access_key=held.secret.reveal(),
                    aws_session_token=held.token.reveal() if held.token is not None else None,
                    config=self._config,
                    verify=self._ca_bundle,
                )
            except (BotoCoreError, ValueError) as error:
                raise AwsError(
                    "", _words(error), operation=service, hint="look at the Region and the endpoint"
                ) from error
            if self._texts_of_policies:
                self._clients[service].meta.events.unregister("after-call.iam", json_decode_policies)
        return self._clients[service]


@cache
def _session() -> Any:
    """The SDK's models and endpoint rules, read once; no profile and no file: credentials come in as an argument."""
    nothing = {"profile": None, "config_file": os.devnull, "credentials_file": os.devnull}
    return botocore.session.Session({name: (None, None, value, None) for name, value in nothing.items()})


_STRAIGHT: Final[Mapping[str, Any]] = {"proxies": {}, "use_fips_endpoint": False, "use_dualstack_endpoint": False}
"""To a sandbox no proxy leads, and it is the endpoint itself."""


def _is_loopback(endpoint: str | None) -> bool:
    host = urlsplit(endpoint or "").hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _words(error: Exception) -> str:
    """The SDK's message in one line; of an answer that is not AWS's its beginning."""
    text = " ".join(str(error).split())
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


_LONGEST = 300


def _with_codes(user: str, serial: str, first: str, second: str) -> dict[str, str]:
    return {
        "UserName": user,
        "SerialNumber": serial,
        "AuthenticationCode1": first,
        "AuthenticationCode2": second,
    }


def _credentials(found: Mapping[str, Any]) -> Credentials:
    return Credentials(
        found["AccessKeyId"], Secret(found["SecretAccessKey"]), Secret(found["SessionToken"]), found["Expiration"]
    )


def refreshing_session(refresh: Callable[[], Credentials], *, profile: str | None, region: str | None) -> Any:
    """A session of boto3 whose clients take the credentials that *refresh* gives, anew shortly before they end.

    All else (endpoints, certificates, settings of services) they take from *profile*, None: as the SDK chooses it.
    Raises `AwsError` where boto3 is not installed.
    """
    try:
        import boto3
    except ModuleNotFoundError as error:
        raise AwsError("", "boto3 is not installed", operation="boto3", hint="pip install 'iamfa[boto3]'") from error

    def found() -> dict[str, str]:
        held = refresh()
        if held.token is None or held.expires is None:
            raise AwsError("", "these are no credentials of a session", operation="boto3")
        return {
            "access_key": held.key_id,
            "secret_key": held.secret.reveal(),
            "token": held.token.reveal(),
            "expiry_time": held.expires.isoformat(),
        }

    core = botocore.session.Session(profile=profile)
    # There is no public way to hand over credentials that refresh themselves.
    core._credentials = DeferredRefreshableCredentials(refresh_using=found, method="iamfa")
    return boto3.Session(botocore_session=core, region_name=region)


def signin_token(credentials: Credentials, endpoint_url: str, *, ca_bundle: str | None = None) -> Secret:
    """The token with which the console lets a role's session in, for 15 minutes; *endpoint_url* is that of sign-in.

    The credentials go in the body of a POST, so that no address holds them
    (id_roles_providers_enable-console-custom-url). Raises `AwsError`, `UnreachableError`.
    """
    operation = "signin:getSigninToken"
    url = f"{endpoint_url.rstrip('/')}/federation"
    told = {
        "sessionId": credentials.key_id,
        "sessionKey": credentials.secret.reveal(),
        "sessionToken": credentials.token.reveal() if credentials.token is not None else "",
    }
    straight = _is_loopback(endpoint_url)
    if not straight and urlsplit(endpoint_url).scheme != "https":
        raise AwsError(
            "", f"`{endpoint_url}` would get the secrets in the clear", operation=operation, hint="name it with https"
        )
    http = URLLib3Session(
        verify=ca_bundle or True,
        proxies={} if straight else get_environ_proxies(url),
        timeout=_TIMEOUT_SECONDS,
    )
    request = AWSRequest("POST", url, data={"Action": "getSigninToken", "Session": json.dumps(told)})
    try:
        answer = http.send(request.prepare())
    except (HTTPClientError, ConnectionError) as error:
        # Without its cause: some quote the request.
        raise UnreachableError(
            "", _words(error), operation=operation, hint="look at the network and the endpoint"
        ) from None
    text = answer.content.decode("utf-8", "replace")
    try:
        return Secret(str(json.loads(text)["SigninToken"]))
    except (ValueError, TypeError, KeyError):
        words = "no token came" if answer.status_code == 200 else text.strip()
        raise AwsError(
            "", f"{answer.status_code}: {words[:_LONGEST]}", operation=operation, status=answer.status_code
        ) from None
