"""IAM's operations on a user's public keys for SSH, signing certificates, and passwords for one service.

AWS's pages: the API_… pages of the IAM API Reference of the same names; quotas from reference_iam-quotas. The texts of
errors are not documented, the codes are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from iamfa.arn import user_arn
from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.iam_users import asked_user, user_of
from iamfa.sandbox.other_credentials import CredentialClass, OtherCredential
from iamfa.sandbox.paging import page
from iamfa.sandbox.public_keys import read_certificate, read_public_key
from iamfa.sandbox.refusals import limit_exceeded, validation_error
from iamfa.sandbox.targets import user_named
from iamfa.sandbox.work import Handler, Parameters, Result, Row, Target, Work
from iamfa.secret import Secret

_MOST_PUBLIC_KEYS: Final = 5
_MOST_CERTIFICATES: Final = 2
_MOST_PASSWORDS: Final = 2
"""For each service."""

_PASSWORD_SERVICES: Final = ("codecommit.amazonaws.com", "cassandra.amazonaws.com")
"""Those that take a user name and a password."""
_API_KEY_SERVICES: Final = tuple(
    f"{name}.amazonaws.com" for name in ("bedrock", "aws-external-anthropic", "cloudwatch", "logs")
)
"""Those that take API keys, of page id_credentials_api_keys_for_aws_services; they are not played."""


@dataclass(frozen=True, slots=True)
class _Class:
    """One class of credential, as the operations on it name it."""

    kind: CredentialClass
    id: str
    """The parameter that holds its id."""
    told: str
    """How it is called where it cannot be found."""


_PUBLIC_KEY = _Class("ssh", "SSHPublicKeyId", "SSH Public Key")
_SIGNING = _Class("certificate", "CertificateId", "Certificate")
_PASSWORD = _Class("service", "ServiceSpecificCredentialId", "service specific credential")


# What is common ------------------------------------------------------------------------------------------------------


def _of_user(credentials: Iterable[OtherCredential], of: _Class, user: str | None = None) -> Iterator[OtherCredential]:
    return (each for each in credentials if each.kind == of.kind and user in (None, each.user))


def _found(work: Work, parameters: Parameters, of: _Class) -> OtherCredential:
    """The credential that a call names, to be read or changed. Raises AWS's NoSuchEntity for another user's too."""
    user, identifier = asked_user(work, parameters, work.account).name, parameters[of.id]
    found = work.account.other_credentials.get(identifier)
    if found is None or found.kind != of.kind or found.user != user:
        raise ApiError("NoSuchEntity", f"The {of.told} with id {identifier} cannot be found.", 404)
    return found


def _require_room(work: Work, held: Iterable[OtherCredential], quota: str, most: int) -> None:
    if sum(1 for _ in held) >= most:
        raise limit_exceeded(quota, most)


def _update(of: _Class) -> Handler:
    def update(work: Work, parameters: Parameters) -> None:
        """AWS's pages let a caller say Active and Inactive only, though their models have a third value."""
        found = _found(work, parameters, of)
        if parameters["Status"] == "Expired":
            raise validation_error("A status is set to Active or Inactive.")
        work.account.other_credentials[found.id] = replace(found, status=parameters["Status"])

    return update


def _delete(of: _Class) -> Handler:
    def delete(work: Work, parameters: Parameters) -> None:
        del work.account.other_credentials[_found(work, parameters, of).id]

    return delete


def _list(of: _Class, member: str, out: Callable[[OtherCredential], dict[str, Any]]) -> Handler:
    def listed(work: Work, parameters: Parameters) -> Result:
        held = work.account.other_credentials.visible.values()
        user = None if parameters.get("AllUsers") else asked_user(work, parameters, work.seen).name
        service = parameters.get("ServiceName")
        wanted = (each for each in _of_user(held, of, user) if service in (None, each.text))
        found, rest = page(wanted, parameters, lambda each: each.id)
        return {member: [out(each) for each in found], **rest}

    return listed


# Public keys for SSH -------------------------------------------------------------------------------------------------


def _public_key_out(key: OtherCredential) -> dict[str, Any]:
    return {"UserName": key.user, "SSHPublicKeyId": key.id, "Status": key.status, "UploadDate": key.created}


def _upload_public_key(work: Work, parameters: Parameters) -> Result:
    user = user_of(work.account, parameters["UserName"])
    key = read_public_key(parameters["SSHPublicKeyBody"])
    held = list(_of_user(work.account.other_credentials.values(), _PUBLIC_KEY, user.name))
    if any(read_public_key(each.text) == key for each in held):
        message = f"The SSH public key is already associated with the user {user.name}."
        raise ApiError("DuplicateSSHPublicKey", message, 400)
    _require_room(work, held, "SSHPublicKeysPerUser", _MOST_PUBLIC_KEYS)
    identifier = work.state.ids.access_key("APKA")
    found = OtherCredential(identifier, "ssh", user.name, "Active", work.now, parameters["SSHPublicKeyBody"])
    work.account.other_credentials[identifier] = found
    told = {"Fingerprint": key.fingerprint, "SSHPublicKeyBody": found.text}
    return {"SSHPublicKey": {**_public_key_out(found), **told}}


def _get_public_key(work: Work, parameters: Parameters) -> Result:
    """The key in the encoding that is asked for; in its own it is given back as it came."""
    found = _found(work, parameters, _PUBLIC_KEY)
    key = read_public_key(found.text)
    own = "SSH" if found.text.startswith("ssh-rsa") else "PEM"
    other = key.ssh() if parameters["Encoding"] == "SSH" else key.pem()
    body = found.text if parameters["Encoding"] == own else other
    return {
        "SSHPublicKey": {**_public_key_out(found), "Fingerprint": key.fingerprint, "SSHPublicKeyBody": body},
    }


# Signing certificates ------------------------------------------------------------------------------------------------


def _certificate_out(certificate: OtherCredential) -> dict[str, Any]:
    return {
        "UserName": certificate.user,
        "CertificateId": certificate.id,
        "CertificateBody": certificate.text,
        "Status": certificate.status,
        "UploadDate": certificate.created,
    }


def _upload_certificate(work: Work, parameters: Parameters) -> Result:
    """Kept as it came. That it is PEM around one DER sequence is checked; whether it has expired is not."""
    user, text = asked_user(work, parameters, work.account), parameters["CertificateBody"]
    der = read_certificate(text)
    held = work.account.other_credentials.values()
    if any(each.kind == "certificate" and read_certificate(each.text) == der for each in held):
        raise ApiError("DuplicateCertificate", "The same certificate is associated with a user already.", 409)
    _require_room(work, _of_user(held, _SIGNING, user.name), "SigningCertificatesPerUser", _MOST_CERTIFICATES)
    # AWS's sample shows 26 letters or so; real ones have 32.
    identifier = work.state.ids.unique("")[:16] + work.state.ids.unique("")[:16]
    found = OtherCredential(identifier, "certificate", user.name, "Active", work.now, text)
    work.account.other_credentials[identifier] = found
    return {"Certificate": _certificate_out(found)}


# Passwords for one service -------------------------------------------------------------------------------------------


def _password_out(credential: OtherCredential) -> dict[str, Any]:
    return {
        "UserName": credential.user,
        "Status": credential.status,
        "ServiceUserName": credential.name,
        "CreateDate": credential.created,
        "ServiceSpecificCredentialId": credential.id,
        "ServiceName": credential.text,
    }


def _with_password(credential: OtherCredential) -> Result:
    password = credential.secret.reveal() if credential.secret is not None else None
    return {"ServiceSpecificCredential": {**_password_out(credential), "ServicePassword": password}}


def _create_password(work: Work, parameters: Parameters) -> Result:
    """AWS's user name is the user's and the account's; a second one gets a number (sample of the API's page)."""
    account, user, service = work.account, user_of(work.account, parameters["UserName"]), parameters["ServiceName"]
    _require_supported(service)
    if service in _API_KEY_SERVICES:
        raise ApiError("NotImplemented", f"The sandbox does not have API keys for {service}.", 501)
    if "CredentialAgeDays" in parameters:
        raise validation_error(f"CredentialAgeDays is not valid for {service}: it has no long-term API keys.")
    every = account.other_credentials.values()
    held = [each for each in _of_user(every, _PASSWORD, user.name) if each.text == service]
    _require_room(work, held, "ServiceSpecificCredentialsPerUser", _MOST_PASSWORDS)
    names = (f"{user.name}{number}-at-{account.number}" for number in ("", "+1", "+2"))
    name = next(each for each in names if each not in {other.name for other in held})
    ids = work.state.ids
    found = OtherCredential(
        ids.access_key("ACCA"), "service", user.name, "Active", work.now, service, name, _password(work)
    )
    account.other_credentials[found.id] = found
    return _with_password(found)


def _require_supported(service: str) -> None:
    if service not in _PASSWORD_SERVICES + _API_KEY_SERVICES:
        message = f"The service {service} does not support service-specific credentials."
        raise ApiError("NotSupportedService", message, 404)


def _list_passwords(work: Work, parameters: Parameters) -> Result:
    if parameters.get("AllUsers") and "UserName" in parameters:
        raise validation_error("AllUsers cannot be specified together with UserName.")
    if "ServiceName" in parameters:
        _require_supported(parameters["ServiceName"])
    return _list(_PASSWORD, "ServiceSpecificCredentials", _password_out)(work, parameters) or {}


def _reset_password(work: Work, parameters: Parameters) -> Result:
    found = replace(_found(work, parameters, _PASSWORD), secret=_password(work))
    work.account.other_credentials[found.id] = found
    return _with_password(found)


def _password(work: Work) -> Secret:
    return Secret(work.state.ids.secret_key() + "=")


def _one_or_all(work: Work, parameters: Parameters) -> Iterable[Target]:
    """The user, or `user/*` for all of them: list_iam requires a user, and AWS does not say which a list of all has."""
    if not parameters.get("AllUsers"):
        return _SELF(work, parameters)
    return (Target(str(user_arn("*", work.account.number, partition=work.account.partition))),)


def _for_a_service(work: Work, parameters: Parameters) -> Iterable[Target]:
    """The user, with the service of the password and the age that it is to have.

    Page reference_policies_iam-condition-keys: iam:ServiceSpecificCredentialServiceName, which operations on a password
    that is there have as well, and iam:ServiceSpecificCredentialAgeDays.
    """
    found = work.account.other_credentials.get(parameters.get(_PASSWORD.id, ""))
    service = found.text if found is not None and found.kind == _PASSWORD.kind else parameters.get("ServiceName")
    context = {} if service is None else {"iam:ServiceSpecificCredentialServiceName": service}
    if "CredentialAgeDays" in parameters:
        context["iam:ServiceSpecificCredentialAgeDays"] = str(parameters["CredentialAgeDays"])
    return [Target(each.resource, {**each.context, **context}) for each in _SELF(work, parameters)]


_SELF = user_named()

OPERATIONS = (
    Row("UploadSSHPublicKey", _upload_public_key, _SELF),
    Row("GetSSHPublicKey", _get_public_key, _SELF),
    Row("ListSSHPublicKeys", _list(_PUBLIC_KEY, "SSHPublicKeys", _public_key_out), _SELF),
    Row("UpdateSSHPublicKey", _update(_PUBLIC_KEY), _SELF),
    Row("DeleteSSHPublicKey", _delete(_PUBLIC_KEY), _SELF),
    Row("UploadSigningCertificate", _upload_certificate, _SELF),
    Row("ListSigningCertificates", _list(_SIGNING, "Certificates", _certificate_out), _SELF),
    Row("UpdateSigningCertificate", _update(_SIGNING), _SELF),
    Row("DeleteSigningCertificate", _delete(_SIGNING), _SELF),
    Row("CreateServiceSpecificCredential", _create_password, _for_a_service),
    Row("ListServiceSpecificCredentials", _list_passwords, _one_or_all),
    Row("UpdateServiceSpecificCredential", _update(_PASSWORD), _for_a_service),
    Row("ResetServiceSpecificCredential", _reset_password, _for_a_service),
    Row("DeleteServiceSpecificCredential", _delete(_PASSWORD), _for_a_service),
)
