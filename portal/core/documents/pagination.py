"""Fills pages of 22 lines with the text."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from portal.core.documents import geometry as g
from portal.core.documents.blocks import Block
from portal.core.documents.composer import Line


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of text: the groups of lines on it, and the height left below them."""

    groups: tuple[Block, ...]
    left: float


def paginate(blocks: Sequence[Block], first_height: float, first_lines: int) -> tuple[Sheet, ...]:
    """``first_height`` is taken from the first page, which has room for ``first_lines`` lines.

    A break moves up to where nothing is torn apart.
    """
    rows: list[tuple[int, Line, bool]] = []
    for index, block in enumerate(blocks):
        count = len(block.lines)
        for position, line in enumerate(block.lines):
            keep = block.keep_all or (block.keep_last_two and position >= count - 2)
            # Lines of a signature never part from one another.
            keep = keep or (block.css == "signature" and position < count - 1)
            rows.append((index, line, keep))
    sheets: list[Sheet] = []
    start = 0
    room = max(1, first_lines)
    height = g.LINES * g.PITCH - first_height
    while start < len(rows):
        end = min(start + room, len(rows))
        if end < len(rows):
            cut = end
            while cut > start and rows[cut - 1][2]:
                cut -= 1
            # A chain longer than a page has to be torn somewhere, but the first page may be short.
            if cut > start:
                end = cut
        taken = rows[start:end]
        sheets.append(Sheet(_groups(blocks, taken), height - len(taken) * g.PITCH))
        start = end
        room, height = g.LINES, g.LINES * g.PITCH
    return tuple(sheets)


def _groups(blocks: Sequence[Block], rows: Sequence[tuple[int, Line, bool]]) -> tuple[Block, ...]:
    groups: list[Block] = []
    last = -1
    for index, line, _ in rows:
        if index == last:
            groups[-1] = replace(groups[-1], lines=(*groups[-1].lines, line))
            continue
        block = blocks[index]
        # On a further page the same element begins again: it is in the outline once.
        goes_on = line is not block.lines[0]
        outline = "" if goes_on else block.outline
        groups.append(replace(block, lines=(line,), outline=outline))
        last = index
    return tuple(groups)
