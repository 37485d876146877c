"""Archives read by hand: what the directory says must be what lies there, within a budget.

zipfile believes the central directory, other programs the local headers. Here the two must agree,
nothing may overlap, nothing may lie before or behind, and every part is unpacked to its end.
"""

from __future__ import annotations

import itertools
import re
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from portal.core.inspection.outcome import Budget, Unfit

END = b"PK\x05\x06"
END64 = b"PK\x06\x06"
DIRECTORY_LIMIT = 2 * 1024 * 1024
RATIO_LIMIT = 200
RATIO_FROM = 4 * 1024 * 1024
FULL = 0xFFFFFFFF
STEP = 256 * 1024
UNSAFE = re.compile(r"(^|/)\.\.(/|$)|^/|^[A-Za-z]:|\\|[\x00-\x1f\x7f]")


class Part(NamedTuple):
    """An entry of the directory whose local header says the same."""

    name: str
    method: int
    crc: int
    packed: int
    size: int
    start: int


class Archive:
    """An archive whose layout has been checked; ``parts`` by name."""

    def __init__(self, content: memoryview, budget: Budget) -> None:
        self.content = content
        self.budget = budget
        offset, size, count = self._end()
        if size > DIRECTORY_LIMIT:
            raise Unfit("bomb", why="内含的部件过多")
        budget.take_entries(count)
        if offset + size > len(content):
            raise Unfit("broken")
        self.parts: dict[str, Part] = {}
        self._read_directory(offset, size, count)

    def _end(self) -> tuple[int, int, int]:
        """Where the directory begins, its size and its number of entries."""
        content = self.content
        place = len(content) - 22
        if place < 0 or bytes(content[place : place + 4]) != END:
            # A comment or anything else behind the end is no part of an Office file.
            tail = bytes(content[-65_557:])
            if END in tail:
                raise Unfit("polyglot", what="文件末尾以外的数据")
            raise Unfit("broken")
        disk, other, here, count, size, offset, comment = struct.unpack_from(
            "<HHHHIIH", content, place + 4
        )
        if disk or other or here != count or comment:
            raise Unfit("broken")
        end = place
        if FULL in (size, offset) or count == 0xFFFF:
            count, size, offset, end = self._end64(place)
        if offset + size != end:
            # Something lies before the first part: the offsets are counted from elsewhere.
            raise Unfit("polyglot", what="压缩包以外的数据")
        return offset, size, count

    def _end64(self, place: int) -> tuple[int, int, int, int]:
        locator = place - 20
        if locator < 0 or bytes(self.content[locator : locator + 4]) != b"PK\x06\x07":
            raise Unfit("broken")
        (record,) = struct.unpack_from("<Q", self.content, locator + 8)
        if record + 56 > locator or bytes(self.content[record : record + 4]) != END64:
            raise Unfit("broken")
        count, size, offset = struct.unpack_from("<QQQ", self.content, record + 32)
        return count, size, offset, record

    def _read_directory(self, offset: int, size: int, count: int) -> None:
        place, end, seen = offset, offset + size, set()
        spans: list[tuple[int, int]] = []
        for _ in range(count):
            if place + 46 > end or bytes(self.content[place : place + 4]) != b"PK\x01\x02":
                raise Unfit("broken")
            fields = struct.unpack_from("<HHHHHHIIIHHHHHII", self.content, place + 4)
            flags, method, crc, packed, full = fields[2], fields[3], fields[6], fields[7], fields[8]
            named, extra, comment, header = fields[9], fields[10], fields[11], fields[15]
            raw = bytes(self.content[place + 46 : place + 46 + named])
            more = bytes(self.content[place + 46 + named : place + 46 + named + extra])
            full, packed, header = _wide(more, full, packed, header)
            name = _name(raw, flags)
            if name.lower() in seen:
                raise Unfit("lying", what="两个同名的部件")
            seen.add(name.lower())
            _fit(fields[1], flags, method)
            part, begin = self._local(name, raw, method, crc, packed, full, header, offset)
            spans.append((begin, part.start + packed))
            self.parts[name] = part
            place += 46 + named + extra + comment
        if place != end:
            raise Unfit("broken")
        spans.sort()
        for (_, before), (after, _) in itertools.pairwise(spans):
            if after < before:
                raise Unfit("bomb", why="各部件互相重叠")
        if spans and spans[0][0] != 0:
            raise Unfit("polyglot", what="压缩包以外的数据")

    def _local(
        self, name: str, raw: bytes, method: int, crc: int, packed: int, full: int, header: int,
        limit: int,
    ) -> tuple[Part, int]:  # fmt: skip
        """The entry with its place, once its local header says what the directory says."""
        if header + 30 > limit or bytes(self.content[header : header + 4]) != b"PK\x03\x04":
            raise Unfit("broken")
        flags, own_method, *_, own_crc, own_packed, own_full, named, extra = struct.unpack_from(
            "<HHHHIIIHH", self.content, header + 6
        )
        start = header + 30 + named + extra
        if start + packed > limit:
            raise Unfit("broken")
        if own_method != method or bytes(self.content[header + 30 : header + 30 + named]) != raw:
            raise Unfit("lying", what="前后不一致的目录")
        if not flags & 8:
            more = bytes(self.content[header + 30 + named : start])
            own_full, own_packed, _ = _wide(more, own_full, own_packed, 0)
            if (own_crc, own_packed, own_full) != (crc, packed, full):
                raise Unfit("lying", what="前后不一致的大小")
        return Part(name, method, crc, packed, full, start), header

    def chunks(self, part: Part) -> Iterator[bytes]:
        """Unpack one part in pieces; its size, its end and its checksum must be as said."""
        packed = self.content[part.start : part.start + part.packed]
        total, crc = 0, 0
        for piece in packed_pieces(packed) if part.method == 0 else _inflated(packed):
            total += len(piece)
            self.budget.take(len(piece))
            if total > part.size:
                raise Unfit("lying", what="比目录所写更大的内容")
            if total > RATIO_FROM and total > part.packed * RATIO_LIMIT:
                raise Unfit("bomb", why="压缩比异常")
            crc = zlib.crc32(piece, crc)
            yield piece
        if total != part.size or crc != part.crc:
            raise Unfit("broken" if total == part.size else "lying", what="与目录不符的内容")

    def read(self, part: Part, limit: int) -> bytes:
        """The whole of a small part."""
        if part.size > limit:
            raise Unfit("bomb", why="内部部件过大")
        return b"".join(self.chunks(part))


def _fit(version: int, flags: int, method: int) -> None:
    if flags & 0x2041:
        raise Unfit("encrypted")
    if version & 0xFF > 63 or method not in (0, 8):
        raise Unfit("broken")


def _name(raw: bytes, flags: int) -> str:
    try:
        name = raw.decode("utf-8" if flags & 0x800 else "cp437")
    except UnicodeDecodeError:
        raise Unfit("broken") from None
    if not name or UNSAFE.search(name):
        raise Unfit("traversal")
    return name


def _wide(extra: bytes, full: int, packed: int, header: int) -> tuple[int, int, int]:
    """Sizes that do not fit into 32 bits stand in an extra field."""
    if FULL not in (full, packed, header):
        return full, packed, header
    place = 0
    while place + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, place)
        if kind == 1:
            values = iter(struct.unpack_from(f"<{size // 8}Q", extra, place + 4))
            return (
                next(values, full) if full == FULL else full,
                next(values, packed) if packed == FULL else packed,
                next(values, header) if header == FULL else header,
            )
        place += 4 + size
    raise Unfit("broken")


def packed_pieces(content: memoryview) -> Iterator[bytes]:
    """Stored content, piece by piece."""
    for place in range(0, len(content), STEP):
        yield bytes(content[place : place + STEP])


def _inflated(content: memoryview) -> Iterator[bytes]:
    machine = zlib.decompressobj(-15)
    try:
        for piece in packed_pieces(content):
            data = piece
            while data and not machine.eof:
                out = machine.decompress(data, STEP)
                data = machine.unconsumed_tail
                if out:
                    yield out
        while not machine.eof:
            out = machine.decompress(machine.unconsumed_tail, STEP)
            if not out:
                raise Unfit("broken")
            yield out
    except zlib.error:
        raise Unfit("broken") from None
    if machine.unused_data:
        raise Unfit("lying", what="目录之外的数据")
