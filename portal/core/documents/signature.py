"""署名 and date (GB/T 9704-2012, 7.3.5): sealed or not, by one organ or by several."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from portal.core.documents import fonts
from portal.core.documents import geometry as g
from portal.core.documents.blocks import TWO_CELLS, Block, Column, blank, reserved
from portal.core.documents.composer import Line, Run, compose, plain_line
from portal.core.documents.content import DocumentContent, chinese_date
from portal.core.documents.titles import break_title

HINT_SIZE = 10.5
PER_ROW = 3


def signature(content: DocumentContent) -> Iterable[Block]:
    """The blocks below the text; the place of each seal is named in words, never drawn."""
    if not content.signatories:
        return
    keep = bool(content.note)
    if not content.seal_hint:
        yield from _unsealed(content, keep)
    elif len(content.signatories) == 1:
        yield from _sealed(content, keep)
    else:
        yield from _sealed_jointly(content, keep)


def _date(content: DocumentContent) -> Line:
    day = chinese_date(content.signed_on)
    return plain_line(day, fonts.FANGSONG, g.SIZE, spacing=g.SPACING)


def _names(text: str, room: float) -> list[Line]:
    return compose(
        (Run(text, fonts.FANGSONG),), width=room, size=g.SIZE, spacing=g.SPACING, justify=False
    )


def _date_centre(day: Line) -> float:
    """Middle of a date that ends four characters before the edge."""
    return g.TYPE_WIDTH - 4 * g.CELL - day.width / 2


def _hint(content: DocumentContent) -> Line:
    return plain_line(content.seal_hint, fonts.FANGSONG, HINT_SIZE)


def _sealed(content: DocumentContent, keep: bool) -> Iterable[Block]:
    """The date four characters in, the name centred on it."""
    day = _date(content)
    names = _names(content.signatories[0], g.TYPE_WIDTH - g.CELL)
    widest = max(line.width for line in names)
    centre = min(_date_centre(day), g.TYPE_WIDTH - g.CELL - widest / 2)
    centre = max(centre, widest / 2)
    hint = _hint(content)
    yield blank(1, keep=True)
    hint = replace(hint, indent=max(0.0, centre - hint.width / 2))
    yield Block("div", "seal-hint", (hint,), keep_all=True)
    lines = [replace(line, indent=centre - line.width / 2) for line in (*names, day)]
    yield Block("div", "signature", tuple(lines), keep_all=keep)


def _unsealed(content: DocumentContent, keep: bool) -> Iterable[Block]:
    """Names one below the other, the longest two characters in; the date begins two characters
    after them, or ends two characters in when it is the longer one."""
    day = _date(content)
    names = [
        line for name in content.signatories for line in _names(name, g.TYPE_WIDTH - TWO_CELLS)
    ]
    right = g.TYPE_WIDTH - TWO_CELLS
    left = right - max(line.width for line in names)
    left = max(0.0, min(left, right - day.width - TWO_CELLS))
    lines = [replace(line, indent=left) for line in names]
    lines.append(replace(day, indent=left + TWO_CELLS))
    yield blank(1, keep=True)
    yield Block("div", "signature", tuple(lines), keep_all=keep)


def _per_row(names: Sequence[str]) -> int:
    """Three beside each other when their names fit on a line or there are five of them."""
    narrow = all(len(name) * g.CELL <= g.SEAL_COLUMN for name in names)
    if len(names) >= PER_ROW and len(names) != PER_ROW + 1 and (narrow or len(names) > PER_ROW):
        return PER_ROW
    return 2


def _sealed_jointly(content: DocumentContent, keep: bool) -> Iterable[Block]:
    """Rows of organs in their order, as far apart as their seals ask; the last one stands centred
    on the date below it."""
    day = _date(content)
    names = content.signatories
    per_row = _per_row(names)
    pitch = g.SEAL_COLUMN if per_row == PER_ROW else g.WIDE_SEAL_COLUMN
    room = pitch - g.CELL / 2
    last_centre = _date_centre(day)
    centres = [last_centre - pitch * back for back in range(per_row - 1, -1, -1)]
    first = True
    for start in range(0, len(names), per_row):
        row = names[start : start + per_row]
        places = centres[:] if len(row) == per_row else centres[per_row - len(row) :]
        columns: list[list[Line]] = [_column_lines(name, room) for name in row]
        rows = max(len(lines) for lines in columns)
        height = (rows + 2) if first else max(g.SEAL_ROWS, rows + 2)
        boxes: list[Column] = []
        end = 0.0
        for lines, centre in zip(columns, places, strict=True):
            left = max(end, centre - room / 2)
            hint = _hint(content)
            boxes.append(
                Column(
                    tuple(replace(line, indent=(room - line.width) / 2) for line in lines),
                    replace(hint, indent=(room - hint.width) / 2),
                    left - end,
                    room,
                    (height - len(lines) - 1) * g.PITCH,
                )
            )
            end = left + room
        yield replace(reserved("signatories", height), columns=tuple(boxes))
        first = False
    centred = replace(day, indent=last_centre - day.width / 2)
    yield Block("div", "signature", (centred,), keep_all=keep)


def _column_lines(name: str, room: float) -> list[Line]:
    """A name in as few lines as its column allows, broken by meaning."""
    per_line = int((room + 0.5) / g.CELL)
    parts = (name,) if len(name) <= per_line else break_title(name, per_line)
    return [line for part in parts for line in _names(part, room + 0.5)]
