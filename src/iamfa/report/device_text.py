"""A user's devices as text."""

from __future__ import annotations

from collections.abc import Iterator

from iamfa.device.inventory import Inventory
from iamfa.device.kinds import FIDO_ADVICE
from iamfa.report.paper import Line, Paper, Piece, line, printable

_KNOWN_FROM = {
    "profile": "it stands in the profile",
    "default": "it is the remembered default",
    "journal": "it was begun here, and perhaps never enabled",
}


def device_lines(paper: Paper, found: Inventory) -> Iterator[Line]:
    """A paragraph for each device, then what is to be said of them all."""
    yield from paper.wrapped(
        [Piece(printable(f"{found.user.name} in account {found.user.account}"), "strong")], hanging="  "
    )
    for device in found.devices:
        mark = paper.sign("✓") if device.usable_for_sts else paper.sign("✗")
        pieces = [Piece(f"{mark} "), Piece(printable(device.name), "strong"), Piece(f": {device.kind}")]
        if device.since is not None:
            pieces.append(Piece(f", since {device.since:%Y-%m-%d}"))
        if not device.usable_for_sts:
            pieces.append(Piece(", gives no codes: not for sessions", "warning"))
        if device.is_default:
            pieces.append(Piece(", the default", "good"))
        if device.known_from in _KNOWN_FROM:
            pieces.append(Piece(f" ({_KNOWN_FROM[device.known_from]})", "dim"))
        yield from paper.wrapped(pieces, indent="  ", hanging="      ")
        if device.serial != device.name:
            yield from paper.wrapped([Piece(printable(device.serial), "dim")], indent="      ")
    if found.denied is not None:
        yield line()
        yield from paper.paragraph(
            f"AWS does not list the devices: {found.denied}. What is shown was written down here, and there may be "
            f"others. {found.denied.remedy[:1].upper()}{found.denied.remedy[1:]}.",
            style="warning",
        )
    elif not found.devices:
        yield from paper.paragraph("no MFA device; enrol one: `iamfa device add NAME`", indent="  ")
    if any(device.kind == "fido" for device in found.devices):
        yield line()
        yield from paper.paragraph(FIDO_ADVICE[:1].upper() + FIDO_ADVICE[1:] + ".", style="dim")
    if found.dropped_default is not None:
        yield from paper.paragraph(f"the default `{found.dropped_default}` is gone, and forgotten", style="warning")
