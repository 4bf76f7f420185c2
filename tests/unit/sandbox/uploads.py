"""What people upload to IAM: a public key and a certificate whose private keys nobody has kept."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parents[2] / "clients" / "terraform"

PUBLIC_KEY = (_FOLDER / "id.pub").read_text(encoding="ascii").strip()
"""RSA of 2048 bits, as `ssh-keygen` writes it."""
CERTIFICATE = (_FOLDER / "certificate.pem").read_text(encoding="ascii").strip()
"""X.509, signed by itself."""


def another_certificate(number: int) -> str:
    """A certificate that differs in one letter: nobody checks who signed it."""
    lines = CERTIFICATE.splitlines()
    return "\n".join([*lines[:3], "AB"[number] + lines[3][1:], *lines[4:]])
