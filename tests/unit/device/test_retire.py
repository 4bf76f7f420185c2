"""A device is removed: deactivated, deleted where that is allowed, and never the last one by accident."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.device.stage import ARN, NOTHING, Stage

from iamfa.device.defaults import Defaults
from iamfa.device.inventory import Inventory, inventory
from iamfa.device.journal import Journal
from iamfa.device.own_user import OwnUser
from iamfa.device.problems import LastDeviceError, NeedsMfaSessionError, NoSuchDeviceError, NotKnownError
from iamfa.device.retire import Retired, one_of, require_another, retire
from iamfa.gateway.faults import AccessDeniedError
from iamfa.gateway.ports import Devices
from iamfa.sandbox.seeding import add_fido_device, add_hardware_device
from iamfa.secret import Secret

P1 = Path("aws-p1.json")
WITHOUT_LISTING = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "NotAction": "iam:ListMFADevices",
  "Resource": "*"}]}"""


def of(stage: Stage, user: OwnUser) -> Inventory:
    return inventory(stage.calls(user.name), user)


def removed(
    devices: Devices,
    found: Inventory,
    name: str,
    folder: Path,
    stage: Stage,
    *,
    with_mfa: bool = True,
    last: bool = False,
) -> Retired:
    return retire(
        devices,
        found,
        one_of(found, name),
        with_mfa=with_mfa,
        journal=Journal(folder),
        defaults=Defaults(folder),
        now=stage.box.clock.now(),
        last_too=last,
    )


def with_two(stage: Stage, user: OwnUser, name: str) -> tuple[str, str]:
    """The serials of two devices of a user."""
    return stage.enrolled(user, f"{name}-1"), stage.enrolled(user, f"{name}-2")


def test_a_virtual_device_is_deactivated_and_deleted_and_its_default_forgotten(stage: Stage, tmp_path: Path) -> None:
    user = stage.user()
    kept, gone = with_two(stage, user, "delete")
    Defaults(tmp_path).set(user, gone)
    found = removed(stage.with_code(user, kept), of(stage, user), "delete-2", tmp_path, stage)
    assert (found.end, found.was_default, found.denied) == ("deleted", True, None)
    assert str(found) == f"`{gone}` is removed"
    assert gone not in stage.devices()
    assert Defaults(tmp_path).get(user) is None
    assert Journal(tmp_path).pending() == ()


def test_where_deletion_is_denied_the_device_is_his_no_more_and_the_name_stays_taken(
    stage: Stage, tmp_path: Path
) -> None:
    user = stage.user(P1)
    kept, gone = with_two(stage, user, "undeletable")
    found = removed(stage.with_code(user, kept), of(stage, user), gone, tmp_path, stage)
    assert (found.end, found.was_default) == ("unassigned", False)
    assert found.orphan is not None
    assert found.orphan.administrator_command == f"aws iam delete-virtual-mfa-device --serial-number {gone}"
    assert f"`iam:DeleteVirtualMFADevice` on `{gone}` is refused" in str(found)
    assert stage.devices()[gone] is None
    assert Journal(tmp_path).find(gone) is not None, "so that the name can be used again by whoever may delete it"


def test_the_last_device_is_kept_unless_it_is_said_that_it_may_go(stage: Stage, tmp_path: Path) -> None:
    user = stage.user()
    only = stage.enrolled(user, "only")
    session, found = stage.with_code(user, only), of(stage, user)
    with pytest.raises(LastDeviceError) as error:
        removed(session, found, "only", tmp_path, stage)
    assert "your only device" in error.value.message
    assert error.value.hint == "replace it: `iamfa device replace only`; or say `--last`"
    assert stage.devices()[only] == user.name
    assert removed(session, found, "only", tmp_path, stage, last=True).end == "deleted"


def test_the_last_device_that_gives_codes_is_kept_beside_a_fido_device(stage: Stage, tmp_path: Path) -> None:
    user = stage.user()
    phone = stage.enrolled(user, "phone-beside-key")
    session = stage.with_code(user, phone)
    stage.box.call(lambda s: add_fido_device(s.account, s.ids, user.name, "blue", {}, s.clock.now()))
    found = of(stage, user)
    with pytest.raises(LastDeviceError, match="no session could be obtained"):
        removed(session, found, "phone-beside-key", tmp_path, stage)
    require_another(found, one_of(found, "blue"))
    fido = removed(session, found, "blue", tmp_path, stage)
    assert (fido.end, fido.orphan) == ("deleted", None)
    assert fido.serial not in stage.devices()


def test_a_hardware_token_is_gone_with_its_deactivation(stage: Stage, tmp_path: Path) -> None:
    user = stage.user()
    phone = stage.enrolled(user, "phone-beside-token")
    stage.box.call(lambda s: add_hardware_device(s.account, "GAHT87654321", Secret("A" * 32), s.clock.now(), user.name))
    before = len(stage.called("DeleteVirtualMFADevice"))
    found = removed(stage.with_code(user, phone), of(stage, user), "GAHT87654321", tmp_path, stage)
    assert found.end == "deleted"
    assert len(stage.called("DeleteVirtualMFADevice")) == before


def test_without_a_session_with_a_code_it_is_said_how_to_get_one_and_what_helps_if_all_is_lost(
    stage: Stage, tmp_path: Path
) -> None:
    user = stage.user()
    one, two = with_two(stage, user, "no-session")
    found, own = of(stage, user), stage.calls(user.name)
    with pytest.raises(NeedsMfaSessionError) as error:
        removed(own, found, two, tmp_path, stage, with_mfa=False)
    assert error.value.serials == (one, two)
    command = f"aws iam deactivate-mfa-device --user-name {user.name} --serial-number {two}"
    assert command in str(error.value.hint)
    with pytest.raises(NeedsMfaSessionError) as told_by_aws:
        removed(own, found, two, tmp_path, stage, with_mfa=True)
    assert command in str(told_by_aws.value.hint)
    assert stage.devices()[two] == user.name


def test_a_policys_refusal_stays_one(stage: Stage, tmp_path: Path) -> None:
    user = stage.user(NOTHING)
    kept, gone = with_two(stage, user, "policy")
    with pytest.raises(AccessDeniedError):
        removed(stage.with_code(user, kept), of(stage, user), gone, tmp_path, stage, last=True)


def test_a_lost_answer_is_looked_up(stage: Stage, tmp_path: Path) -> None:
    user = stage.user()
    kept, gone = with_two(stage, user, "lost")
    found, session = of(stage, user), stage.with_code(user, kept)
    stage.fault("iam:DeactivateMFADevice=lost*1")
    assert removed(session, found, gone, tmp_path, stage).end == "deleted"
    with pytest.raises(LastDeviceError):
        require_another(of(stage, user), one_of(found, kept))


def test_a_lost_answer_that_cannot_be_looked_up_is_said_and_may_be_tried_again(stage: Stage, tmp_path: Path) -> None:
    user = stage.user(WITHOUT_LISTING)
    kept, gone = with_two(stage, user, "lost-unlisted")
    found, session = of(stage, user), stage.with_code(user, kept)
    stage.fault("iam:DeactivateMFADevice=lost*1")
    with pytest.raises(NotKnownError, match="whether it was carried out is not known"):
        removed(session, found, gone, tmp_path, stage, last=True)
    assert stage.devices()[gone] is None
    with pytest.raises(NoSuchDeviceError, match="AWS knows no device"):
        removed(session, found, gone, tmp_path, stage, last=True)


def test_whether_it_is_the_last_one_must_be_said_where_listing_is_denied(stage: Stage, tmp_path: Path) -> None:
    user = stage.user(WITHOUT_LISTING)
    found = of(stage, user)
    with pytest.raises(LastDeviceError, match="is not known: `iam:ListMFADevices`"):
        removed(stage.admin, found, f"{ARN}:mfa/any", tmp_path, stage)


def test_a_device_is_named_by_its_name_or_serial(stage: Stage) -> None:
    user = stage.user()
    with_two(stage, user, "named")
    found = of(stage, user)
    assert one_of(found, "named-1").name == "named-1"
    with pytest.raises(NoSuchDeviceError) as error:
        one_of(found, "nameless")
    assert error.value.hint == "your devices: `named-1`, `named-2`"
    with pytest.raises(NoSuchDeviceError) as none:
        one_of(of(stage, stage.user()), "phone")
    assert none.value.hint == "your devices: there is none"
    with pytest.raises(NoSuchDeviceError, match="is not known here"):
        one_of(of(stage, stage.user(WITHOUT_LISTING)), "phone")


def test_two_devices_of_one_name_under_different_paths_are_told_apart_by_their_serials(stage: Stage) -> None:
    user = stage.user()
    for path in ("/", "/team/"):
        serial = stage.admin.call("iam", "CreateVirtualMFADevice", VirtualMFADeviceName="twin", Path=path)
        number = serial["VirtualMFADevice"]["SerialNumber"]
        codes = [stage.box.code(number)]
        stage.box.clock.advance(30)
        codes.append(stage.box.code(number))
        stage.admin.enable_mfa_device(user.name, number, *codes)
    with pytest.raises(NoSuchDeviceError) as error:
        one_of(of(stage, user), "twin")
    assert f"{ARN}:mfa/team/twin" in str(error.value.hint)
