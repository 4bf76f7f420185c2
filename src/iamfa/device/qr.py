"""The QR code of a device for a terminal, in half blocks: two rows of it in each line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from iamfa.secret import Secret

_QUIET: Final = 2
"""Empty rows and columns around it: ISO/IEC 18004 asks for four, readers of phones are content with two."""
_BLOCKS: Final = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
"""By whether the upper and the lower module is dark: on a dark terminal the light ones are drawn."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code as rows of modules; whoever sees it has the seed, so it does not show itself in `repr`."""

    rows: tuple[tuple[bool, ...], ...] = field(repr=False)
    """From above, each from the left; True is dark. The quiet zone is part of it."""

    @classmethod
    def of(cls, uri: Secret) -> QrCode:
        """The smallest QR code of an `otpauth` URI, with the best correction of errors that fits into that size."""
        # Not at the top: it loads an HTTP client.
        import segno

        made = segno.make_qr(uri.reveal(), error="l", boost_error=True)
        return cls(tuple(tuple(bool(module) for module in row) for row in made.matrix_iter(border=_QUIET)))

    @property
    def width(self) -> int:
        """How many columns of a terminal it takes."""
        return len(self.rows[0])

    @property
    def height(self) -> int:
        """How many lines of a terminal it takes."""
        return (len(self.rows) + 1) // 2

    def fits(self, width: int, height: int) -> bool:
        """Whether a terminal of so many columns and lines shows it whole, with a line below it for the question."""
        return self.width <= width and self.height < height

    def lines(self, *, on_light: bool = False) -> tuple[Secret, ...]:
        """The lines for a terminal with light text on a dark ground, or dark text on a light one."""
        return tuple(
            Secret("".join(_BLOCKS[u is not on_light, lo is not on_light] for u, lo in zip(upper, lower, strict=True)))
            for upper, lower in zip(self.rows[::2], self._lower_rows(), strict=True)
        )

    def _lower_rows(self) -> tuple[tuple[bool, ...], ...]:
        found = self.rows[1::2]
        missing = len(self.rows) % 2
        return (*found, *((False,) * self.width for _ in range(missing)))
