"""Names of virtual devices."""

from __future__ import annotations

import pytest

from iamfa.device.names import free_name, longest_name, serial_of
from iamfa.device.own_user import OwnUser
from iamfa.device.problems import DeviceNameError


def user(partition: str) -> OwnUser:
    return OwnUser(partition, "123456789012", "alice", f"arn:{partition}:iam::123456789012:user/alice")


@pytest.mark.parametrize(("partition", "most"), [("aws", 226), ("aws-cn", 223), ("aws-us-gov", 219)])
def test_a_name_is_as_long_as_the_serial_may_be(partition: str, most: int) -> None:
    assert longest_name(user(partition)) == most
    assert len(serial_of(user(partition), "n" * most)) == 256
    with pytest.raises(DeviceNameError) as error:
        serial_of(user(partition), "n" * (most + 1))
    assert error.value.hint == f"it may have {most}"


@pytest.mark.parametrize("name", ["", "my phone", "a/b", "Telefon-ä", "phone\n"])
def test_what_aws_does_not_take_for_a_name_is_refused(name: str) -> None:
    with pytest.raises(DeviceNameError, match="cannot be the name"):
        serial_of(user("aws"), name)


def test_a_free_name_is_like_the_taken_one_and_never_too_long() -> None:
    assert free_name("phone", user("aws")) == "phone-2"
    assert free_name("phone", user("aws"), {"phone", "phone-2"}) == "phone-3"
    assert len(free_name("n" * 226, user("aws"))) == 226
