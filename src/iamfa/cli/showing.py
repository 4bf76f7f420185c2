"""How the seed of a new device gets into it: the options for that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from iamfa.cli.seeds import Showing

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def showing_options(function: Decorated) -> Callable[..., Any]:
    """Add the options, and hand them over as one `showing`."""

    def run(*args: Any, uri: bool, png: str | None, yubikey: bool, **more: Any) -> Any:
        number, touch = more.pop("ykman_device"), more.pop("touch")
        chosen = [name for name, there in (("--uri", uri), ("--png", png), ("--yubikey", yubikey)) if there]
        if len(chosen) > 1:
            raise click.UsageError(f"{' and '.join(chosen)} exclude each other")
        if (number is not None or touch) and not yubikey:
            raise click.UsageError(f"{'--ykman-device' if number is not None else '--touch'} goes with --yubikey")
        return function(*args, showing=Showing(uri, png, yubikey, number, touch), **more)

    run.__doc__ = function.__doc__
    run.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]  # click's own way
    options = (
        click.option("--uri", is_flag=True, help="Print the otpauth address, which is the seed, and nothing else."),
        click.option(
            "--png", metavar="FILE", help="The QR code as a picture, deleted when done; - is standard output."
        ),
        click.option("--yubikey", is_flag=True, help="Put it straight into a YubiKey, with Yubico's ykman."),
        click.option("--ykman-device", metavar="NUMBER", help="Which YubiKey, by its serial number."),
        click.option("--touch", is_flag=True, help="Let the YubiKey ask for a touch for each code."),
    )
    found: Callable[..., Any] = run
    for option in reversed(options):
        found = option(found)
    return found
