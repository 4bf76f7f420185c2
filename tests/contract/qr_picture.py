"""The modules of a QR code in a PNG (RFC 2083), as far as such pictures go: black and white, one bit for a pixel."""

from __future__ import annotations

import struct
import zlib


def modules(png: bytes) -> list[list[int]]:
    """Rows of modules, 1 for dark, without the quiet zone; every checksum of the picture must be right."""
    width, height, rows = _rows(png)
    pixels = [[1 - (row[x // 8] >> (7 - x % 8) & 1) for x in range(width)] for row in rows]
    dark = [y for y in range(height) if any(pixels[y])]
    top, bottom = dark[0], dark[-1] + 1
    left = min(row.index(1) for row in pixels[top:bottom] if any(row))
    finder = pixels[top][left:].index(0)
    assert finder % 7 == 0, "the finder pattern is seven modules wide"
    size = bottom - top
    step = finder // 7
    assert size % step == 0
    return [[pixels[y][x] for x in range(left, left + size, step)] for y in range(top, bottom, step)]


def size_of(png: bytes) -> tuple[int, int]:
    """Width and height of a PNG, every checksum of which must be right."""
    width, height = struct.unpack(">II", _chunks(png)[b"IHDR"][:8])
    return width, height


def _chunks(png: bytes) -> dict[bytes, bytes]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: dict[bytes, bytes] = {}
    at, kind = 8, b""
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        body = png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + body)
        chunks[kind] = chunks.get(kind, b"") + body
        at += 12 + length
    assert (at, kind) == (len(png), b"IEND")
    return chunks


def _rows(png: bytes) -> tuple[int, int, list[bytes]]:
    chunks = _chunks(png)
    width, height, depth, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, colour) == (1, 0), "one bit of grey for a pixel"
    data = zlib.decompress(chunks[b"IDAT"])
    line = 1 + (width + 7) // 8
    assert len(data) == line * height
    rows = [bytes(line - 1)]
    for at in range(0, len(data), line):
        method, row = data[at], data[at + 1 : at + line]
        assert method in (0, 2), "a row is given as it is, or as what it has more than the one above"
        rows.append(row if method == 0 else bytes((a + b) & 255 for a, b in zip(row, rows[-1], strict=True)))
    return width, height, rows[1:]
