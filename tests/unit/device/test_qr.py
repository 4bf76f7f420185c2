"""The QR code for a terminal."""

from __future__ import annotations

from iamfa.device.qr import QrCode
from iamfa.otp import provisioning_uri
from iamfa.secret import Secret

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def drawn(code: QrCode, *, on_light: bool) -> list[tuple[bool, ...]]:
    """The rows of dark modules, read back off the lines of a terminal."""
    upper = {"█": False, "▀": False, "▄": True, " ": True}
    lower = {"█": False, "▀": True, "▄": False, " ": True}
    rows: list[tuple[bool, ...]] = []
    for line in code.lines(on_light=on_light):
        text = line.reveal()
        rows.append(tuple(upper[each] is not on_light for each in text))
        rows.append(tuple(lower[each] is not on_light for each in text))
    return rows


def test_it_is_drawn_in_half_the_lines_on_dark_and_on_light_terminals() -> None:
    code = QrCode.of(Secret(provisioning_uri(Secret(SEED), "phone", "123456789012")))
    for on_light in (False, True):
        rows = drawn(code, on_light=on_light)
        assert rows[: len(code.rows)] == list(code.rows)
        assert not any(rows[-1]), "what is added at the bottom is light"
    assert len(code.lines()) == code.height
    assert code.width == len(code.rows)


def test_it_says_whether_a_terminal_has_room_for_it() -> None:
    code = QrCode.of(Secret("otpauth://totp/x?secret=" + SEED))
    assert code.fits(code.width, code.height + 1)
    assert not code.fits(code.width - 1, code.height + 1)
    assert not code.fits(code.width, code.height), "a line is left for the question"
    assert code.fits(80, 40)


def test_it_does_not_show_itself() -> None:
    code = QrCode.of(Secret("otpauth://totp/x?secret=" + SEED))
    assert repr(code) == "QrCode()"
    assert repr(code.lines()[0]) == "Secret(…)"
