"""Public keys for SSH, signing certificates and passwords for one service: kept, listed, and gone before their user."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import Any

import pytest
from tests.unit.sandbox.direct import ADMINISTRATOR, NUMBER, START, Direct
from tests.unit.sandbox.test_public_keys import JANES
from tests.unit.sandbox.uploads import CERTIFICATE, PUBLIC_KEY, another_certificate

from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.public_keys import PublicKey, read_public_key
from iamfa.sandbox.saved import load, save

GIT = "codecommit.amazonaws.com"
KEYSPACES = "cassandra.amazonaws.com"


@pytest.fixture
def box() -> Direct:
    found = Direct()
    found.user("alice")
    found.user("bob")
    return found


def refusal(box: Direct, operation: str, by: str = "administrator", **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ApiError) as caught:
        box.call(operation, by=by, **parameters)
    return caught.value.code, caught.value.message


def upload(box: Direct, text: str = PUBLIC_KEY, user: str = "alice") -> Any:
    return box.call("UploadSSHPublicKey", UserName=user, SSHPublicKeyBody=text)["SSHPublicKey"]


def certify(box: Direct, text: str = CERTIFICATE, user: str = "alice") -> Any:
    return box.call("UploadSigningCertificate", UserName=user, CertificateBody=text)["Certificate"]


def give(box: Direct, service: str = GIT, user: str = "alice") -> Any:
    found = box.call("CreateServiceSpecificCredential", UserName=user, ServiceName=service)
    return found["ServiceSpecificCredential"]


def allow_all() -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "*", "Resource": "*"}


def test_a_public_key_is_given_back_in_both_encodings(box: Direct) -> None:
    key = upload(box, JANES)
    assert key["Fingerprint"] == "7a:1d:ea:9e:b0:80:ac:f8:ec:d8:dc:e6:a7:2c:fc:51"
    assert (key["Status"], key["UserName"], key["UploadDate"]) == ("Active", "alice", START)
    assert key["SSHPublicKeyId"].startswith("APKA")
    asked = {"UserName": "alice", "SSHPublicKeyId": key["SSHPublicKeyId"]}
    ssh = box.call("GetSSHPublicKey", **asked, Encoding="SSH")["SSHPublicKey"]
    pem = box.call("GetSSHPublicKey", **asked, Encoding="PEM")["SSHPublicKey"]
    assert ssh["SSHPublicKeyBody"] == JANES
    assert read_public_key(pem["SSHPublicKeyBody"]) == read_public_key(JANES)

    other = upload(box, pem["SSHPublicKeyBody"], user="bob")
    asked = {"UserName": "bob", "SSHPublicKeyId": other["SSHPublicKeyId"]}
    assert box.call("GetSSHPublicKey", **asked, Encoding="PEM")["SSHPublicKey"] == other
    ssh = box.call("GetSSHPublicKey", **asked, Encoding="SSH")["SSHPublicKey"]
    assert ssh["SSHPublicKeyBody"] == JANES.rpartition(" ")[0]


def test_a_user_has_a_key_once_and_five_at_most(box: Direct) -> None:
    upload(box)
    same = read_public_key(PUBLIC_KEY).pem()
    assert refusal(box, "UploadSSHPublicKey", UserName="alice", SSHPublicKeyBody=same)[0] == "DuplicateSSHPublicKey"
    keys = [PublicKey((1 << 2047) + number, 65537).ssh() for number in (1, 3, 5, 7, 9)]
    for each in keys[:4]:
        upload(box, each)
    assert refusal(box, "UploadSSHPublicKey", UserName="alice", SSHPublicKeyBody=keys[4]) == (
        "LimitExceeded",
        "Cannot exceed quota for SSHPublicKeysPerUser: 5",
    )
    page = box.call("ListSSHPublicKeys", UserName="alice", MaxItems=3)
    rest = box.call("ListSSHPublicKeys", UserName="alice", Marker=page["Marker"])
    assert (len(page["SSHPublicKeys"]), len(rest["SSHPublicKeys"]), rest["IsTruncated"]) == (3, 2, False)


def test_a_status_is_changed_and_only_that_of_ones_own(box: Direct) -> None:
    named = {"UserName": "alice", "SSHPublicKeyId": upload(box)["SSHPublicKeyId"]}
    box.call("UpdateSSHPublicKey", **named, Status="Inactive")
    assert box.call("ListSSHPublicKeys", UserName="alice")["SSHPublicKeys"][0]["Status"] == "Inactive"
    assert refusal(box, "UpdateSSHPublicKey", **named, Status="Expired")[0] == "ValidationError"
    code, message = refusal(box, "DeleteSSHPublicKey", **{**named, "UserName": "bob"})
    assert (code, message) == (
        "NoSuchEntity",
        f"The SSH Public Key with id {named['SSHPublicKeyId']} cannot be found.",
    )
    # The id of something else is none.
    other = {"UserName": "alice", "ServiceSpecificCredentialId": named["SSHPublicKeyId"]}
    assert refusal(box, "DeleteServiceSpecificCredential", **other)[0] == "NoSuchEntity"
    box.call("DeleteSSHPublicKey", **named)
    assert box.call("ListSSHPublicKeys", UserName="alice")["SSHPublicKeys"] == []


def test_a_certificate_is_one_user_s_and_a_user_has_two(box: Direct) -> None:
    made = certify(box)
    assert (made["CertificateBody"], made["Status"], len(made["CertificateId"])) == (CERTIFICATE, "Active", 32)
    same = {"UserName": "bob", "CertificateBody": CERTIFICATE + "\n"}
    assert refusal(box, "UploadSigningCertificate", **same)[0] == "DuplicateCertificate"
    assert refusal(box, "UploadSigningCertificate", UserName="bob", CertificateBody=PUBLIC_KEY)[0] == (
        "MalformedCertificate"
    )
    certify(box, another_certificate(0))
    assert refusal(box, "UploadSigningCertificate", UserName="alice", CertificateBody=another_certificate(1)) == (
        "LimitExceeded",
        "Cannot exceed quota for SigningCertificatesPerUser: 2",
    )
    box.call("UpdateSigningCertificate", UserName="alice", CertificateId=made["CertificateId"], Status="Inactive")
    listed = box.call("ListSigningCertificates", UserName="alice")["Certificates"]
    assert sorted(each["Status"] for each in listed) == ["Active", "Inactive"]


def test_the_credential_report_tells_of_certificates(box: Direct) -> None:
    made = certify(box)
    box.call("UpdateSigningCertificate", UserName="alice", CertificateId=made["CertificateId"], Status="Inactive")
    box.call("GenerateCredentialReport")
    content = box.call("GetCredentialReport")["Content"].decode()
    rows = {row["user"]: row for row in csv.DictReader(content.splitlines())}
    told = ("cert_1_active", "cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated")
    assert [rows["alice"][each] for each in told] == ["false", "2026-03-01T12:00:00+00:00", "false", "N/A"]
    box.call("UpdateSigningCertificate", UserName="alice", CertificateId=made["CertificateId"], Status="Active")
    box.state.clock.advance(timedelta(hours=4).total_seconds())
    box.call("GenerateCredentialReport")
    rows = {
        row["user"]: row for row in csv.DictReader(box.call("GetCredentialReport")["Content"].decode().splitlines())
    }
    assert [rows[user]["cert_1_active"] for user in ("alice", "bob")] == ["true", "false"]


def test_a_password_for_a_service_is_seen_when_it_is_made_and_when_it_is_reset(box: Direct) -> None:
    first, second = give(box), give(box)
    assert [each["ServiceUserName"] for each in (first, second)] == [f"alice-at-{NUMBER}", f"alice+1-at-{NUMBER}"]
    assert first["ServiceSpecificCredentialId"].startswith("ACCA")
    assert refusal(box, "CreateServiceSpecificCredential", UserName="alice", ServiceName=GIT) == (
        "LimitExceeded",
        "Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2",
    )
    give(box, KEYSPACES)
    named = {"UserName": "alice", "ServiceSpecificCredentialId": first["ServiceSpecificCredentialId"]}
    again = box.call("ResetServiceSpecificCredential", **named)["ServiceSpecificCredential"]
    assert again["ServicePassword"] != first["ServicePassword"]
    listed = box.call("ListServiceSpecificCredentials", UserName="alice", ServiceName=GIT)
    assert len(listed["ServiceSpecificCredentials"]) == 2
    assert all("ServicePassword" not in each for each in listed["ServiceSpecificCredentials"])
    box.call("DeleteServiceSpecificCredential", **named)
    box.call("UpdateServiceSpecificCredential", **{
        **named, "ServiceSpecificCredentialId": second["ServiceSpecificCredentialId"]}, Status="Inactive")  # fmt: skip
    assert give(box)["ServiceUserName"] == f"alice-at-{NUMBER}"


def test_services_without_passwords_are_refused_and_api_keys_are_not_made_up(box: Direct) -> None:
    for operation in ("CreateServiceSpecificCredential", "ListServiceSpecificCredentials"):
        code, _ = refusal(box, operation, UserName="alice", ServiceName="s3.amazonaws.com")
        assert code == "NotSupportedService", operation
    asked = {"UserName": "alice", "ServiceName": "bedrock.amazonaws.com", "CredentialAgeDays": 30}
    assert refusal(box, "CreateServiceSpecificCredential", **asked)[0] == "NotImplemented"
    asked["ServiceName"] = GIT
    assert refusal(box, "CreateServiceSpecificCredential", **asked)[0] == "ValidationError"


def test_all_users_are_listed_at_once_by_who_may_do_so(box: Direct) -> None:
    give(box)
    give(box, user="bob")
    found = box.call("ListServiceSpecificCredentials", AllUsers=True)["ServiceSpecificCredentials"]
    assert sorted(each["UserName"] for each in found) == ["alice", "bob"]
    both = {"AllUsers": True, "UserName": "bob"}
    assert refusal(box, "ListServiceSpecificCredentials", **both)[0] == "ValidationError"
    own = {"Effect": "Allow", "Action": "iam:*", "Resource": f"arn:aws:iam::{NUMBER}:user/carol"}
    box.user("carol", {"Version": "2012-10-17", "Statement": own})
    assert box.call("ListServiceSpecificCredentials", by="carol")["ServiceSpecificCredentials"] == []
    assert refusal(box, "ListServiceSpecificCredentials", by="carol", AllUsers=True)[0] == "AccessDenied"
    assert refusal(box, "ListSSHPublicKeys", by="carol", UserName="alice")[0] == "AccessDenied"
    everybody = {"Effect": "Allow", "Action": "iam:*", "Resource": f"arn:aws:iam::{NUMBER}:user/*"}
    box.user("dora", {"Version": "2012-10-17", "Statement": everybody})
    assert len(box.call("ListServiceSpecificCredentials", by="dora", AllUsers=True)["ServiceSpecificCredentials"]) == 2
    box.user("eve", {"Version": "2012-10-17", "Statement": [allow_all(), {**everybody, "Effect": "Deny"}]})
    assert refusal(box, "ListServiceSpecificCredentials", by="eve", AllUsers=True)[0] == "AccessDenied"


def test_policies_tell_passwords_apart_by_their_service(box: Direct) -> None:
    only = {"StringEquals": {"iam:ServiceSpecificCredentialServiceName": GIT}}
    box.user("git", {"Version": "2012-10-17", "Statement": {**allow_all(), "Condition": only}})
    not_git = {**allow_all(), "Effect": "Deny", "Condition": only}
    box.user("rest", {"Version": "2012-10-17", "Statement": [allow_all(), not_git]})
    for service, may, may_not in ((GIT, "git", "rest"), (KEYSPACES, "rest", "git")):
        new = {"UserName": "alice", "ServiceName": service}
        held = {"UserName": "alice", "ServiceSpecificCredentialId": give(box, service)["ServiceSpecificCredentialId"]}
        for operation, parameters in (
            ("CreateServiceSpecificCredential", new),
            ("UpdateServiceSpecificCredential", {**held, "Status": "Inactive"}),
            ("ResetServiceSpecificCredential", held),
            ("DeleteServiceSpecificCredential", held),
        ):
            assert refusal(box, operation, by=may_not, **parameters)[0] == "AccessDenied", operation
            box.call(operation, by=may, **parameters)
    # The id of nothing, or of something else, has no service.
    for identifier in ("ACCA0000000000000000", upload(box)["SSHPublicKeyId"]):
        asked = {"UserName": "alice", "ServiceSpecificCredentialId": identifier}
        assert refusal(box, "ResetServiceSpecificCredential", by="git", **asked)[0] == "AccessDenied"
        assert refusal(box, "ResetServiceSpecificCredential", by="rest", **asked)[0] == "NoSuchEntity"


def test_policies_see_for_how_many_days_a_key_is_asked(box: Direct) -> None:
    at_most = {"NumericLessThanEquals": {"iam:ServiceSpecificCredentialAgeDays": "90"}}
    box.user("carol", {"Version": "2012-10-17", "Statement": {**allow_all(), "Condition": at_most}})
    asked = {"UserName": "alice", "ServiceName": "bedrock.amazonaws.com"}
    for days, code in ((90, "NotImplemented"), (91, "AccessDenied")):
        assert refusal(box, "CreateServiceSpecificCredential", by="carol", **asked, CredentialAgeDays=days)[0] == code
    assert refusal(box, "CreateServiceSpecificCredential", by="carol", **asked)[0] == "AccessDenied"


def test_a_user_who_has_any_of_them_cannot_be_deleted(box: Direct) -> None:
    for key in [key for key in box.account.access_keys.values() if key.user == "alice"]:
        box.call("DeleteAccessKey", UserName="alice", AccessKeyId=key.id)
    public, signing = upload(box), certify(box)
    assert refusal(box, "DeleteUser", UserName="alice") == (
        "DeleteConflict",
        "Cannot delete entity, must delete certificates first.",
    )
    box.call("DeleteSigningCertificate", UserName="alice", CertificateId=signing["CertificateId"])
    assert refusal(box, "DeleteUser", UserName="alice") == (
        "DeleteConflict",
        "Cannot delete entity, must remove referenced objects first.",
    )
    box.call("DeleteSSHPublicKey", UserName="alice", SSHPublicKeyId=public["SSHPublicKeyId"])
    box.call("DeleteUser", UserName="alice")


def test_they_follow_their_user_to_another_name_and_into_a_file(box: Direct) -> None:
    upload(box)
    box.call("UpdateUser", UserName="alice", NewUserName="alicia")
    assert len(box.call("ListSSHPublicKeys", UserName="alicia")["SSHPublicKeys"]) == 1
    loaded = load(save(box.state), lambda: START)
    assert [each.user for each in loaded.account.other_credentials.values()] == ["alicia"]


def test_readers_see_them_after_the_lag(box: Direct) -> None:
    box.state.lag.seconds = 5
    upload(box)
    assert box.call("ListSSHPublicKeys", UserName="alice")["SSHPublicKeys"] == []
    box.state.clock.advance(5)
    assert len(box.call("ListSSHPublicKeys", UserName="alice")["SSHPublicKeys"]) == 1


def test_awss_policy_for_ones_own_public_keys_is_enough(box: Direct) -> None:
    box.user("dora", attached=(ADMINISTRATOR.replace("AdministratorAccess", "IAMUserSSHKeys"),))
    box.call("UploadSSHPublicKey", by="dora", UserName="dora", SSHPublicKeyBody=PUBLIC_KEY)
    assert refusal(box, "UploadSSHPublicKey", "dora", UserName="bob", SSHPublicKeyBody=PUBLIC_KEY)[0] == "AccessDenied"
