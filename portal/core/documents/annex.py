"""Lays out an attachment: its label, title and table, and how many pages the table takes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portal.core.documents import fonts
from portal.core.documents import geometry as g
from portal.core.documents.composer import Line, Run, compose, plain_line
from portal.core.documents.content import Attachment
from portal.core.documents.titles import title_lines


@dataclass(frozen=True, slots=True)
class Cell:
    lines: tuple[Line, ...]
    css: str


@dataclass(frozen=True, slots=True)
class AttachmentLayout:
    label: Line
    title: tuple[Line, ...]
    header: tuple[Cell, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[Cell, ...], ...]
    pages: int
    left_on_last_page: float


def lay_out_attachment(attachment: Attachment, number: int) -> AttachmentLayout:
    label = plain_line(f"附件{number or ''}", fonts.HEITI, g.SIZE, spacing=g.SPACING)
    title = tuple(
        plain_line(line, fonts.XIAOBIAOSONG, g.TITLE_SIZE) for line in title_lines(attachment.title)
    )
    total = sum(attachment.widths)
    widths = tuple(g.TYPE_WIDTH * width / total for width in attachment.widths)
    header = tuple(
        Cell(_cell_lines(text, fonts.HEITI, width), "c")
        for text, width in zip(attachment.header, widths, strict=True)
    )
    columns: list[list[tuple[Line, ...]]] = [
        [_cell_lines(row[position], fonts.FANGSONG, width) for row in attachment.rows]
        for position, width in enumerate(widths)
    ]
    # A column is centred unless something in it needs several lines.
    styles = ["c" if all(len(cell) <= 1 for cell in column) else "" for column in columns]
    rows = tuple(
        tuple(Cell(column[index], style) for column, style in zip(columns, styles, strict=True))
        for index in range(len(attachment.rows))
    )
    pages, left = _table_pages(len(title), header, rows)
    return AttachmentLayout(label, title, header, widths, rows, pages, left)


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


def _table_pages(
    title_lines_count: int, header: Sequence[Cell], rows: Sequence[Sequence[Cell]]
) -> tuple[int, float]:
    """Number of pages, and the height left on the last one."""
    head = _row_height(header) + g.TABLE_RULE
    used = 2 * g.PITCH - g.LEADING + title_lines_count * g.ATTACHMENT_TITLE_LINE
    used += g.ATTACHMENT_GAP + head
    pages = 1
    for row in rows:
        height = _row_height(row)
        if used + height > g.TYPE_HEIGHT:
            pages += 1
            used = head
        used += height
    return pages, g.TYPE_HEIGHT - used
