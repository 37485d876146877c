"""Lays out tables: those of attachments, upright and across the page, and those within the text."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from portal.core.documents import fonts
from portal.core.documents import geometry as g
from portal.core.documents.composer import Line, Run, compose, plain_line, text_width
from portal.core.documents.content import Attachment
from portal.core.documents.titles import break_title

_WORD = re.compile(r"[0-9A-Za-z][0-9A-Za-z.,%‰℃/+_-]*")


@dataclass(frozen=True, slots=True)
class Cell:
    lines: tuple[Line, ...]
    css: str


@dataclass(frozen=True, slots=True)
class TableLayout:
    """A table of a given width; ``title`` stands above it."""

    title: tuple[Line, ...]
    header: tuple[Cell, ...]
    widths: tuple[float, ...]
    width: float
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def head_height(self) -> float:
        return _row_height(self.header) + g.TABLE_RULE

    @property
    def height(self) -> float:
        return self.head_height + sum(_row_height(row) for row in self.rows)


@dataclass(frozen=True, slots=True)
class AttachmentLayout:
    """An attachment on pages of its own. Without a label it is a table of a plain paper."""

    label: Line | None
    outline: str
    table: TableLayout
    landscape: bool
    pages: int
    left_on_last_page: float


def lay_out_attachment(
    attachment: Attachment, number: int, *, labelled: bool = True
) -> AttachmentLayout:
    """``number`` is 0 where there is only one. Across the page (横排) the table has the height of
    the type area for its width."""
    name = f"附件{number or ''}" if labelled else ""
    label = plain_line(name, fonts.HEITI, g.SIZE, spacing=g.SPACING) if labelled else None
    if attachment.landscape:
        width, height = g.TYPE_HEIGHT, g.TYPE_WIDTH
    else:
        width, height = g.TYPE_WIDTH, g.TYPE_HEIGHT
    table = lay_out_table(attachment, width)
    room = height - _above(table, labelled=labelled)
    if room < height / 3:  # a title as long as that has its pages for itself
        room = height - table.head_height
    table = replace(table, rows=_parted(table, room))
    pages, left = _table_pages(table, height, labelled=labelled)
    title = attachment.title.replace("\n", "")
    outline = f"{name} {title}".strip()
    return AttachmentLayout(label, outline, table, attachment.landscape, pages, left)


def lay_out_table(attachment: Attachment, width: float) -> TableLayout:
    """Its columns share the width as they ask, but none is narrower than its longest word."""
    chars = int(width / g.TITLE_SIZE)
    title = tuple(
        plain_line(line, fonts.XIAOBIAOSONG, g.TITLE_SIZE)
        for line in break_title(attachment.title, max(g.TITLE_CHARS, chars - 3))
    )
    widths = _widths(attachment, width)
    header = tuple(
        Cell(_cell_lines(text, fonts.HEITI, own), "c")
        for text, own in zip(attachment.header, widths, strict=True)
    )
    columns: list[list[tuple[Line, ...]]] = [
        [_cell_lines(row[position], fonts.FANGSONG, own) for row in attachment.rows]
        for position, own in enumerate(widths)
    ]
    # A column is centred unless something in it needs several lines.
    styles = ["c" if all(len(cell) <= 1 for cell in column) else "" for column in columns]
    rows = tuple(
        tuple(Cell(column[index], style) for column, style in zip(columns, styles, strict=True))
        for index in range(len(attachment.rows))
    )
    if attachment.least_lines > 1:
        rows = tuple(_roomy(row, attachment.least_lines) for row in rows)
    return TableLayout(title, header, widths, width, rows)


def _roomy(row: tuple[Cell, ...], least: int) -> tuple[Cell, ...]:
    """A row with room for so many lines: its last cell goes on with empty ones."""
    last = row[-1]
    # A wide blank: a break at the end of a cell alone would make no line.
    empty = plain_line("\u3000", fonts.FANGSONG, g.TABLE_SIZE)
    lines = last.lines + (empty,) * (least - len(last.lines))
    return (*row[:-1], Cell(lines, last.css))


def _widths(attachment: Attachment, width: float) -> tuple[float, ...]:
    """The widths asked for, put right where a figure or a word would have to be torn: what such a
    column lacks is taken from those that have more than they need, in proportion."""
    total = sum(attachment.widths)
    asked = [width * share / total for share in attachment.widths]
    least = [
        min(
            width / len(asked),
            max(
                _least(attachment.header[position], fonts.HEITI, chars=2),
                max((_least(row[position], fonts.FANGSONG) for row in attachment.rows), default=0),
            ),
        )
        for position in range(len(asked))
    ]
    lacking = sum(max(0.0, need - have) for need, have in zip(least, asked, strict=True))
    if lacking <= 0:
        return tuple(asked)
    spare = sum(max(0.0, have - need) for need, have in zip(least, asked, strict=True))
    return tuple(
        need if have < need else have - (have - need) * lacking / spare
        for need, have in zip(least, asked, strict=True)
    )


def _least(text: str, role: str, *, chars: int = 1) -> float:
    """What a column needs for the longest figure or word of a cell, and for some characters."""
    words = _WORD.findall(text)
    widest = max((text_width(word, role, g.TABLE_SIZE) for word in words), default=0.0)
    needed = max(widest, min(chars, len(text)) * g.TABLE_SIZE)
    return needed + 2 * g.TABLE_PAD_INLINE + g.TABLE_RULE + 0.1


def _cell_lines(text: str, role: str, width: float) -> tuple[Line, ...]:
    if not text:
        return ()
    inner = width - 2 * g.TABLE_PAD_INLINE - g.TABLE_RULE
    return tuple(
        compose((Run(text, role),), width=inner, size=g.TABLE_SIZE, spacing=0.0, justify=False)
    )


def _row_height(cells: Iterable[Cell]) -> float:
    lines = max((len(cell.lines) for cell in cells), default=1) or 1
    return lines * g.TABLE_LINE + 2 * g.TABLE_PAD_BLOCK + g.TABLE_RULE


def _parted(table: TableLayout, room: float) -> tuple[tuple[Cell, ...], ...]:
    """Its rows, those that are higher than a page cut into several."""
    most = max(1, int((room - 2 * g.TABLE_PAD_BLOCK - g.TABLE_RULE) / g.TABLE_LINE))
    rows: list[tuple[Cell, ...]] = []
    for row in table.rows:
        longest = max((len(cell.lines) for cell in row), default=0)
        if longest <= most:
            rows.append(row)
            continue
        rows.extend(
            tuple(Cell(cell.lines[start : start + most], cell.css) for cell in row)
            for start in range(0, longest, most)
        )
    return tuple(rows)


def _above(table: TableLayout, *, labelled: bool) -> float:
    """From the top of its first page to its first row."""
    used = (2 * g.PITCH - g.LEADING) if labelled else 0.0
    if table.title:
        used += len(table.title) * g.ATTACHMENT_TITLE_LINE + g.ATTACHMENT_GAP
    return used + table.head_height


def _table_pages(table: TableLayout, room: float, *, labelled: bool) -> tuple[int, float]:
    """Number of pages of that height, and the height left on the last one."""
    used = _above(table, labelled=labelled)
    pages = 1
    for row in table.rows:
        height = _row_height(row)
        if used + height > room:
            pages += 1
            used = table.head_height
        used += height
    return pages, room - used
