"""What no test here looks at is left out: the picture of a QR code takes longer than all the rest of a call."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from iamfa.sandbox import iam_devices


@pytest.fixture(scope="module", autouse=True)
def no_pictures() -> Iterator[None]:
    """Give every new device the same few bytes for a picture."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(iam_devices, "qr_code", lambda text: b"a picture")
        yield
