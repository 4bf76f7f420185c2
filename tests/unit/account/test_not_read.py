"""What of an account was not read: written, read again, and what it bears on."""

from __future__ import annotations

import pytest

from iamfa.account.not_read import EVERYTHING, PARTS, NotRead, bearing_on

ALICE = NotRead("mfa_devices", "iam:ListMFADevices: AccessDenied: no", "user/alice")
ALL = NotRead("mfa_devices", "throttled")
POLICY = NotRead("policies", "this is no policy: 1:1", "user/alice/odd")
FOREIGN = NotRead(EVERYTHING, "the dog ate it")


@pytest.mark.parametrize("entry", [ALICE, ALL, POLICY, FOREIGN, *(NotRead(part, "why: so") for part in PARTS)])
def test_an_entry_comes_back_from_its_text(entry: NotRead) -> None:
    assert NotRead.parse(str(entry)) == entry


@pytest.mark.parametrize("text", ["", "users: AccessDenied", "mfa_devices", "mfa_devices:", "Mfa_devices: x"])
def test_what_names_no_part_is_about_everything(text: str) -> None:
    assert NotRead.parse(text) == NotRead(EVERYTHING, text)


def test_an_entry_bears_on_its_part_and_its_holder() -> None:
    entries = (ALICE, ALL, POLICY, FOREIGN)
    assert bearing_on(entries, "mfa_devices") == (ALICE, ALL, FOREIGN)
    assert bearing_on(entries, "mfa_devices", "user/bob") == (ALL, FOREIGN)
    assert bearing_on(entries, "mfa_devices", "user/alice") == (ALICE, ALL, FOREIGN)
    assert bearing_on(entries, "policies", "user/alice") == (POLICY, FOREIGN)
    assert bearing_on(entries, "policies", "user/al") == (FOREIGN,)
    assert bearing_on(entries, "organization", "user/alice") == (FOREIGN,)
