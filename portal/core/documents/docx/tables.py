"""Tables: those of attachments, the imprint, and the borderless ones that hold things in place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from typing import Any, Final, NamedTuple

import qrcode  # type: ignore[import-untyped]

from portal.core.documents import fonts
from portal.core.documents import geometry as g
from portal.core.documents.annex import Cell, TableLayout
from portal.core.documents.composer import text_width
from portal.core.documents.content import Attachment, DocumentContent
from portal.core.documents.docx import package as p
from portal.core.documents.docx.markup import (
    Shape,
    Span,
    border,
    element,
    paragraph,
    put,
    run,
    twips,
)
from portal.core.documents.imprint import COPY_TO, Imprint
from portal.core.documents.marks import Mark

# A little less at the sides than the engine's: what just fits there has to fit here.
CELL_PAD: Final = g.TABLE_PAD_INLINE - 1.5
_MIXED: Final = re.compile(
    r"(?<=[0-9A-Za-z])(?=[\u2e80-\u9fff])|(?<=[\u2e80-\u9fff])(?=[0-9A-Za-z])"
)
SIDES: Final = ("top", "left", "bottom", "right")


class Column(NamedTuple):
    """A cell of a borderless row: its width and what stands in it."""

    width: float
    content: Sequence[Any]


class Place(NamedTuple):
    """Where a floating table stands. Points from the edge of the page, or the foot of the type
    area."""

    x: float | None = None
    y: float | None = None


def _table(widths: Sequence[float], *, left: float = 0.0, place: Place | None = None) -> Any:
    table = element("tbl")
    properties = put(table, "tblPr")
    if place is not None:
        floating = put(
            properties, "tblpPr",
            vertAnchor="margin" if place.y is None else "page",
            horzAnchor="margin" if place.x is None else "page",
        )  # fmt: skip
        _position(floating, place)
        put(properties, "tblOverlap", val="never")
    put(properties, "tblW", w=twips(sum(widths)), type="dxa")
    if left:
        put(properties, "tblInd", w=twips(left), type="dxa")
    put(properties, "tblLayout", type="fixed")
    _margins(properties, 0.0, 0.0)
    columns = put(table, "tblGrid")
    for width in widths:
        put(columns, "gridCol", w=twips(width))
    return table


def _margins(properties: Any, block: float, inline: float) -> None:
    margins = put(properties, "tblCellMar")
    for side, width in zip(SIDES, (block, inline) * 2, strict=True):
        put(margins, side, w=twips(width), type="dxa")


def _borders(properties: Any, **widths: float) -> None:
    borders = element("tblBorders")
    for side in (*SIDES, "insideH", "insideV"):
        if side in widths:
            borders.append(border(side, widths[side]))
    properties.insert(list(properties).index(properties.find(_w("tblLayout"))), borders)


def _position(floating: Any, place: Place) -> None:
    names = {"x": ("tblpX", "tblpXSpec", "left"), "y": ("tblpY", "tblpYSpec", "bottom")}
    for axis, value in zip("xy", place, strict=True):
        own, spec, where = names[axis]
        if value is None:
            floating.set(_w(spec), where)
        else:
            floating.set(_w(own), str(twips(value)))


def _w(name: str) -> str:
    return f"{{http://schemas.openxmlformats.org/wordprocessingml/2006/main}}{name}"


def _cell(row: Any, width: float, content: Sequence[Any], *, middle: bool = True) -> Any:
    cell = put(row, "tc")
    properties = put(cell, "tcPr")
    put(properties, "tcW", w=twips(width), type="dxa")
    if middle:
        put(properties, "vAlign", val="center")
    for piece in content:
        cell.append(piece)
    return cell


def grid(
    columns: Sequence[Column],
    *,
    left: float = 0.0,
    place: Place | None = None,
    middle: bool = False,
    height: float = 0.0,
) -> Any:
    """A borderless table of one row."""
    table = _table([column.width for column in columns], left=left, place=place)
    row = put(table, "tr")
    properties = put(row, "trPr")
    put(properties, "cantSplit")
    if height:
        put(properties, "trHeight", val=twips(height), hRule="exact")
    for column in columns:
        _cell(row, column.width, column.content, middle=middle)
    return table


def data_table(attachment: Attachment, layout: TableLayout, *, whole: bool = False) -> Any:
    """A table: its header on every page, no row torn; ``whole`` keeps it with what follows."""
    table = _table(layout.widths)
    properties = table[0]
    _borders(properties, **dict.fromkeys((*SIDES, "insideH", "insideV"), g.TABLE_RULE))
    properties.remove(properties.find(_w("tblCellMar")))
    _margins(properties, g.TABLE_PAD_BLOCK, CELL_PAD)
    rows: list[Sequence[str]] = [attachment.header, *attachment.rows]
    for number, (texts, cells) in enumerate(zip(rows, (layout.header, *layout.rows), strict=True)):
        row = put(table, "tr")
        settings = put(row, "trPr")
        put(settings, "cantSplit")
        lines = max((len(cell.lines) for cell in cells), default=1) or 1
        height = lines * g.TABLE_LINE + 2 * g.TABLE_PAD_BLOCK + g.TABLE_RULE
        put(settings, "trHeight", val=twips(height), hRule="atLeast")
        if number == 0:
            put(settings, "tblHeader")
        for text, cell, width in zip(texts, cells, layout.widths, strict=True):
            style = p.CELL if number else p.HEAD_CELL
            shape = Shape(style, align="center" if cell.css == "c" else "", keep_next=whole)
            spacing = _tightened(text, cell, width, fonts.FANGSONG if number else fonts.HEITI)
            spans = [Span(text, "", spacing=spacing)] if text else []
            _cell(row, width, [paragraph(shape, spans)])
    return table


def _tightened(text: str, cell: Cell, width: float, role: str) -> float:
    """Spacing at which a cell takes no more lines than planned, where words are broken by other
    programs: marks do not stick out there, and some set figures apart from Chinese text."""
    lines = len(cell.lines)
    if not lines:
        return 0.0
    room = width - 2 * CELL_PAD - g.TABLE_RULE
    apart = len(_MIXED.findall(text)) * g.TABLE_SIZE / 4
    # A line may end a character early, and the last one has room to spare.
    spare = 0.0 if lines == 1 else g.TABLE_SIZE
    needed = text_width(text, role, g.TABLE_SIZE) + apart + spare * (lines - 1)
    lacking = needed - room * lines
    return -min(1.0, lacking / len(text) + 0.05) if lacking > 0 else 0.0


def imprint_table(content: DocumentContent, imprint: Imprint, *, even: bool) -> Any:
    """版记 at the foot of the type area: copies, then printing office and date."""
    table = _table([g.TYPE_WIDTH], place=Place(g.RIGHT if even else g.LEFT))
    properties = table[0]
    if imprint.ruled:
        thick = g.IMPRINT_THICK
        _borders(properties, top=thick, bottom=thick, insideH=g.IMPRINT_THIN)
    em = g.SMALL_SIZE
    if imprint.copy_to:
        label = text_width(COPY_TO, fonts.FANGSONG, em)
        text = "".join(line.text for line in imprint.copy_to)
        shape = Shape(p.IMPRINT, left=em + label, right=em, first=-label, align="both")
        _cell(_row(table), g.TYPE_WIDTH, [paragraph(shape, [Span(text, "")])])
    if imprint.printed_by is not None and imprint.printed_on is not None:
        day = imprint.printed_on
        shape = Shape(p.IMPRINT, left=em, right=0, right_tab=g.TYPE_WIDTH - em)
        spans = [Span(f"{imprint.printed_by.text}\t{day.text}", "")]
        _cell(_row(table), g.TYPE_WIDTH, [paragraph(shape, spans)])
    return table


def _row(table: Any) -> Any:
    row = put(table, "tr")
    put(put(row, "trPr"), "cantSplit")
    return row


def mark_table(document: Any, mark: Mark, url: str, place: Place, *, outside: bool) -> Any:
    """The verification mark: QR code and text beside each other; ``outside`` has the code right."""
    align = "right" if outside else "left"
    texts = [
        paragraph(Shape(p.MARK, align=align), [Span(line.text, fonts.SONGTI)])
        for line in mark.lines
    ]
    widest = max(line.width for line in mark.lines) + 6
    columns = [Column(widest, texts)]
    if mark.path:
        picture = _picture(document, url, mark.size)
        code = Column(mark.size + 4, [picture])
        columns = [*columns, code] if outside else [code, *columns]
    return grid(columns, place=place, middle=True)


def _picture(document: Any, url: str, size: float) -> Any:
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0, box_size=8)
    code.add_data(url)
    code.make(fit=True)
    stream = BytesIO()
    code.make_image().save(stream)
    stream.seek(0)
    inline = document.part.new_pic_inline(stream, round(size * 12700), round(size * 12700))
    made = paragraph(Shape(p.MARK, line=None))
    spacing = put(made[0], "spacing", line=240, lineRule="auto")
    made[0].remove(spacing)
    made[0].insert(1, spacing)
    holder = run(Span("", ""))
    put(holder, "drawing").append(inline)
    made.append(holder)
    return made
