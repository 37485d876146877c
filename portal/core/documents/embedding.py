"""Makes the fonts embedded in a PDF mean the same to every reader.

Text in a PDF names glyphs by CID. In a CFF font that is keyed by CID the standard looks a CID up in
the font's charset table; many readers take it for the glyph's number instead. The two differ in a
font that has been cut, and then some readers show other characters than others, or none. Here the
charset is rewritten so that every glyph's CID is its number, which is what WeasyPrint writes into
the text.
"""

from __future__ import annotations

import struct
from array import array
from typing import Final

ROS: Final = (12, 30)
CHARSET: Final = 15
CHARSTRINGS: Final = 17
WORD: Final = 0xFFFFFFFF


def with_plain_cids(font: bytes) -> bytes:
    """The OpenType font with each CID equal to its glyph's number; any other font as it is."""
    place = _table(font, b"CFF ")
    if place is None:
        return font
    entry, start, length = place
    cff = bytearray(font[start : start + length])
    if not _plain_charset(cff):
        return font
    changed = bytearray(font)
    changed[start : start + length] = cff
    delta = (_checksum(cff) - _checksum(font[start : start + length])) & WORD
    _add(changed, entry + 4, delta)
    head = _table(font, b"head")
    if head is not None:
        # The table and its entry in the directory both grew by the difference.
        _add(changed, head[1] + 8, -2 * delta)
    return bytes(changed)


def _table(font: bytes, tag: bytes) -> tuple[int, int, int] | None:
    """Where the table is entered in the directory, where it starts, and its length."""
    if font[:4] != b"OTTO":
        return None
    (count,) = struct.unpack_from(">H", font, 4)
    for entry in range(12, 12 + 16 * count, 16):
        name, _, start, length = struct.unpack_from(">4sIII", font, entry)
        if name == tag:
            return entry, start, length
    return None


def _checksum(table: bytes | bytearray) -> int:
    words = array("I", bytes(table) + bytes(-len(table) % 4))
    words.byteswap()
    return sum(words) & WORD


def _add(data: bytearray, position: int, amount: int) -> None:
    (value,) = struct.unpack_from(">I", data, position)
    struct.pack_into(">I", data, position, (value + amount) & WORD)


def _plain_charset(cff: bytearray) -> bool:
    """Rewrite the charset in its own place; False when there is nothing to rewrite."""
    _, after_names = _index(cff, cff[2])
    tops, _ = _index(cff, after_names)
    top = _dict(bytes(cff[tops[0] : tops[1]]))
    if ROS not in top or top.get(CHARSET, [0])[-1] <= 2:
        return False
    charset = top[CHARSET][-1]
    (glyphs,) = struct.unpack_from(">H", cff, top[CHARSTRINGS][-1])
    if glyphs < 2:
        return False
    form = cff[charset]
    (left,) = struct.unpack_from(">B" if form == 1 else ">H", cff, charset + 3)
    if (form == 0 and glyphs == 2) or (form and left == glyphs - 2):
        # One glyph, or one run of them: it begins at 1.
        struct.pack_into(">H", cff, charset + 1, 1)
    else:
        struct.pack_into(">BHH", cff, charset, 2, 1, glyphs - 2)
    return True


def _index(cff: bytes | bytearray, start: int) -> tuple[list[int], int]:
    """The offsets at which the items of an INDEX begin and end, and where the INDEX ends."""
    (count,) = struct.unpack_from(">H", cff, start)
    if not count:
        return [], start + 2
    size = cff[start + 2]
    base = start + 3 + (count + 1) * size - 1
    offsets = [
        base + int.from_bytes(cff[at : at + size], "big")
        for at in range(start + 3, start + 3 + (count + 1) * size, size)
    ]
    return offsets, offsets[-1]


def _dict(data: bytes) -> dict[int | tuple[int, int], list[int]]:
    """Operators of a DICT with their whole operands; real numbers count as 0."""
    found: dict[int | tuple[int, int], list[int]] = {}
    operands: list[int] = []
    at = 0
    while at < len(data):
        first = data[at]
        at += 1
        if first == 12:
            found[12, data[at]] = operands
            operands = []
            at += 1
        elif first <= 21:
            found[first] = operands
            operands = []
        elif first == 28:
            operands.append(int.from_bytes(data[at : at + 2], "big", signed=True))
            at += 2
        elif first == 29:
            operands.append(int.from_bytes(data[at : at + 4], "big", signed=True))
            at += 4
        elif first == 30:
            while data[at] & 0xF != 0xF and data[at] >> 4 != 0xF:
                at += 1
            at += 1
            operands.append(0)
        elif first <= 246:
            operands.append(first - 139)
        elif first <= 250:
            operands.append((first - 247) * 256 + data[at] + 108)
            at += 1
        else:
            operands.append(-(first - 251) * 256 - data[at] - 108)
            at += 1
    return found
