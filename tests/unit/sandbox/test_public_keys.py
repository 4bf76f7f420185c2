"""Public keys and certificates: read, written in the other encoding, told apart, and refused."""

from __future__ import annotations

import base64

import pytest
from tests.unit.sandbox.uploads import CERTIFICATE, PUBLIC_KEY

from iamfa.sandbox.api_error import ApiError
from iamfa.sandbox.public_keys import PublicKey, read_certificate, read_public_key

JANES = (
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCy75ak72GGaoZNy0cjUERIn"
    "+mrga0C30kmkiwOeN4H6YtvCdUksVppjPOhm485WFRzvIcxaMEuZ9ISAkp8AfefybxH0PdQWhELSu0p"
    "HaMnADAU7dOn3CCerO8+0sycbu4ES4P+cdK1qet3ptsG/zeQNLLmOK5zjIRa1MAS3KnwLwHEVPEe4JD"
    "+xfghuO0nwzUgpneGNwk7m7qihYLFnNCFdeU8OeIr9Fmc75g5olHm6ZoC/bccAHurHkfcDpanJTLNfL"
    "R5Oj14CZSsRP4kNdm+oe5+IPM78w4J9v4pXU4mizYDE21G4gUDVxOrs0X66lMihX6ArVgmEK+NK5GQg"
    "n9z jane@example.com"
)
"""The sample of API_UploadSSHPublicKey; its answer there holds the fingerprint below."""


def refusal(text: str) -> str:
    with pytest.raises(ApiError) as caught:
        read_public_key(text)
    return caught.value.code


def edited(change: bytes, at: int) -> str:
    """The key with other bytes at a place of what is encoded."""
    data = bytearray(base64.b64decode(PUBLIC_KEY.split()[1]))
    data[at : at + len(change)] = change
    return "ssh-rsa " + base64.b64encode(data).decode()


def test_the_key_of_awss_sample_has_the_fingerprint_of_its_answer() -> None:
    key = read_public_key(JANES)
    assert key.fingerprint == "7a:1d:ea:9e:b0:80:ac:f8:ec:d8:dc:e6:a7:2c:fc:51"
    assert (key.exponent, key.modulus.bit_length()) == (65537, 2048)
    assert key.ssh() == JANES.rpartition(" ")[0]


def test_a_key_is_the_same_in_both_encodings() -> None:
    key = read_public_key(PUBLIC_KEY)
    pem = key.pem()
    assert pem.startswith("-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A")
    assert max(map(len, pem.splitlines())) == 64
    assert read_public_key(pem) == read_public_key(pem.replace("\n", "\r\n") + "\n") == key


def test_a_small_exponent_is_written_in_one_byte() -> None:
    key = PublicKey(read_public_key(JANES).modulus, 3)
    assert read_public_key(key.pem()) == read_public_key(key.ssh() + " a comment") == key


@pytest.mark.parametrize("text", ["", " ", "ssh-rsa", "ssh-ed25519 AAAA", "-----BEGIN PUBLIC KEY-----", CERTIFICATE])
def test_what_is_in_neither_encoding_is_not_recognized(text: str) -> None:
    assert refusal(text) == "UnrecognizedPublicKeyEncoding"


@pytest.mark.parametrize(
    "text",
    [
        "ssh-rsa ????",
        "ssh-rsa AAAA",
        PUBLIC_KEY[:200],
        edited(b"\x01", 0),
        edited(b"dss", 8),
        edited(b"\x00", 15),
        f"ssh-rsa {base64.b64encode(read_public_key(JANES).blob + b'more').decode()}",
        "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----".replace("!", "MA=="),
        read_public_key(JANES).pem().replace("MIIB", "MIIC"),
        read_public_key(JANES).pem().replace("BgkqhkiG9w0BAQEF", "BgkqhkiG9w0BAQEE"),
        CERTIFICATE.replace("CERTIFICATE", "PUBLIC KEY"),
    ],
)
def test_a_broken_key_is_invalid(text: str) -> None:
    assert refusal(text) == "InvalidPublicKey"


def test_a_key_that_is_too_short_is_invalid_in_either_encoding() -> None:
    short = PublicKey((1 << 2046) + 1, 65537)
    assert refusal(short.ssh()) == refusal(short.pem()) == "InvalidPublicKey"


def test_a_certificate_is_pem_around_one_value() -> None:
    assert read_certificate(CERTIFICATE + "\n")[:1] == b"\x30"


@pytest.mark.parametrize(
    "text",
    [
        "",
        PUBLIC_KEY,
        CERTIFICATE.replace("MII", "AII"),
        CERTIFICATE.replace("\nMII", "\n====MII"),
        "-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----",
    ],
)
def test_anything_else_is_no_certificate(text: str) -> None:
    with pytest.raises(ApiError) as caught:
        read_certificate(text)
    assert (caught.value.code, caught.value.status) == ("MalformedCertificate", 400)
