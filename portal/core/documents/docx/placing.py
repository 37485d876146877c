"""Headers and certificates: what the plan puts at places of its own becomes paragraphs that come to
stand there, by exact line heights and the spacing above them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from portal.core.documents import geometry as g
from portal.core.documents.docx import package as p
from portal.core.documents.docx.markup import RED, Shape, Span, border, paragraph
from portal.core.documents.docx.tables import Column, grid
from portal.core.documents.header import FILE, Placed, Rule

# An exact line height puts the baseline at four fifths of it; our em boxes have 0.88 above it.
BASELINE: Final = 0.8
ASCENT: Final = 0.88
HEIGHT: Final = 1.25
EM_TOP: Final = HEIGHT * BASELINE - ASCENT
GREY: Final = "808080"
# A name as wide as the type area keeps to its line though widths are rounded.
SPILL: Final = 8.0


class Flow:
    """Elements one below the other; ``y`` is where the next one begins."""

    def __init__(self, y: float = 0.0) -> None:
        self.y = y
        self.elements: list[Any] = []

    def line(
        self, top: float, size: float, shape: Shape, spans: Sequence[Span], **changes: Any
    ) -> None:
        """A line of that size whose em box begins at ``top``."""
        before = max(0.0, top - EM_TOP * size - self.y)
        values = {
            name: getattr(shape, name) for name in Shape.__slots__ if name not in changes
        } | changes
        values |= {"before": before, "line": HEIGHT * size}
        self.elements.append(paragraph(Shape(**values), spans))
        self.y += before + HEIGHT * size + (values["after"] or 0.0)

    def gap(self, down_to: float) -> None:
        """Nothing, down to there."""
        height = down_to - self.y
        if height >= 1:
            self.elements.append(paragraph(Shape(p.GAP, line=height)))
            self.y = down_to


def rows_of(placed: Iterable[Placed]) -> list[list[Placed]]:
    """What stands at one height, from left to right, row by row."""
    rows: list[list[Placed]] = []
    for item in sorted(placed, key=lambda item: (round(item.top), item.left)):
        if rows and abs(rows[-1][0].top - item.top) < 1:
            rows[-1].append(item)
        else:
            rows.append([item])
    return rows


def span_of(item: Placed, *, color: str = "") -> Span:
    """Its text as it is set there."""
    return Span(
        item.line.text, item.line.role, item.size, color, item.line.spacing,
        math.floor(item.stretch * 100),
    )  # fmt: skip


def words(
    flow: Flow,
    row: Sequence[Placed],
    style: str,
    offset: float,
    *,
    width: float = g.TYPE_WIDTH,
    **changes: Any,
) -> None:
    """A row of text: in the middle, or each piece at its own tab stop."""
    first = row[0]
    color = GREY if first.css == "seal-hint" else ""
    lefts = [item.left + item.line.width * (1 - item.stretch) / 2 for item in row]
    top = first.top - offset
    spans = [span_of(item, color=color) for item in row]
    if len(row) == 1 and abs(first.left - (width - first.line.width) / 2) < 1:
        flow.line(top, first.size, Shape(style, align="center"), spans, **changes)
        return
    # Each at a tab stop of its own, but for one that touches what stands before it.
    pieces: list[Span] = [spans[0]]
    stops: list[float] = []
    for before, item, left, span in zip(row, row[1:], lefts[1:], spans[1:], strict=False):
        if left - before.left - before.line.width > g.CELL / 2:
            stops.append(left)
            pieces.append(Span("\t", span.role, span.size))
        pieces.append(replace(span, spacing=item.line.spacing))
    # What ends near the edge is set from there: figures may be wider in another program.
    end = row[-1].left + row[-1].line.width
    if len(row) == 1 and abs(end - width) < 1:
        flow.line(top, first.size, Shape(style, align="right"), pieces, **changes)
        return
    closing = bool(stops) and width - end < 3 * g.CELL
    shape = Shape(
        style,
        align="left",
        # Of the first line only, so that a rule below it is as wide as the type area.
        first=max(0.0, lefts[0]),
        tabs=stops[:-1] if closing else stops,
        right_tab=end if closing else 0.0,
    )
    flow.line(top, first.size, shape, pieces, **changes)


def header(flow: Flow, placed: Sequence[Placed], rule: Rule | None, offset: float) -> None:
    """Names in red, rows of text, and the rule below the last of them."""
    organs = [item for item in placed if item.css == "organ"]
    rows = rows_of(item for item in placed if item.css != "organ")
    above = [row for row in rows if organs and row[0].top < organs[0].top]
    for row in above:
        words(flow, row, p.NUMBER, offset)
    if len(organs) > 1 and organs[-1].line.text == FILE:
        joint_mark(flow, organs, offset)
    else:
        for item in organs:
            shape = Shape(p.MASTHEAD, left=-SPILL, right=-SPILL)
            flow.line(item.top - offset, item.size, shape, [span_of(item, color=RED)])
    below = rows[len(above) :]
    for number, row in enumerate(below, 1):
        if rule is None or number < len(below):
            words(flow, row, p.NUMBER, offset)
            continue
        foot = row[0].top - offset + (HEIGHT - EM_TOP) * row[0].size
        space = max(0, round(rule.top - offset - foot))
        red = border("bottom", rule.thick, color=RED, space=space)
        words(flow, row, p.NUMBER, offset, bottom_border=red)
        flow.y += space + rule.thick
    if rule is not None and not below:
        flow.gap(rule.top - offset - 1)
        red = border("bottom", rule.thick, color=RED)
        flow.elements.append(paragraph(Shape(p.GAP, line=1, bottom_border=red)))
        flow.y += 1 + rule.thick


def joint_mark(flow: Flow, organs: Sequence[Placed], offset: float) -> None:
    """Names of several organs one below the other, 文件 at their right in the middle."""
    *names, file = organs
    pitch = names[1].top - names[0].top if len(names) > 1 else names[0].size * HEIGHT
    shapes = [
        paragraph(Shape(p.MASTHEAD, align="left", line=pitch), [span_of(item, color=RED)])
        for item in names
    ]
    left = min(item.left + item.line.width * (1 - item.stretch) / 2 for item in names)
    top = names[0].top - offset - (pitch * BASELINE - ASCENT * names[0].size)
    flow.gap(top)
    large = paragraph(
        Shape(p.MASTHEAD, align="left", line=file.size * HEIGHT), [span_of(file, color=RED)]
    )
    flow.elements.append(
        grid(
            [Column(file.left - left, shapes), Column(file.line.width + 1, [large])],
            left=left,
            middle=True,
        )
    )
    flow.y += pitch * len(names)
