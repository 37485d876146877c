"""Sections: page, margins, grid, page numbers, what stands in headers and footers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from docx.oxml.ns import qn

from portal.core.documents import geometry as g
from portal.core.documents.certificate import SIDE
from portal.core.documents.docx import package as p
from portal.core.documents.docx.markup import (
    RED,
    Shape,
    border,
    element,
    page_number,
    paragraph,
    put,
    twips,
    watermark,
)

DRAFT_MARK: Final = "样稿"
CERTIFICATE_TOP: Final = 20 * g.MM
CERTIFICATE_FOOT: Final = 14 * g.MM
HEADER_TOP: Final = 15 * g.MM
# The dash stands 7 mm below the type area: its line ends a little lower.
BELOW_DASH: Final = 0.43 * g.SMALL_SIZE
FOOTER_FOOT: Final = g.PAGE_HEIGHT - g.TYPE_TOP - g.TYPE_HEIGHT - g.NUMBER_BELOW - BELOW_DASH
# Differences of characters are kept in 4096ths of a point.
CHARACTER_SPACE: Final = round(g.SPACING * 4096)


@dataclass
class Section:
    """Elements on pages of one kind.

    ``lead`` stands in the header of the first page, ``header_top`` below its edge; ``foot_rules``
    puts the double rule of a letter at the foot of it.
    """

    elements: list[Any] = field(default_factory=list)
    landscape: bool = False
    numbered: bool = True
    lead: list[Any] = field(default_factory=list)
    header_top: float = HEADER_TOP
    foot_rules: bool = False
    certificate: bool = False


def properties_of(section: Section) -> Any:
    """``sectPr`` without references to headers and footers."""
    made = element("sectPr")
    put(made, "type", val="nextPage")
    size = {"w": twips(g.PAGE_WIDTH), "h": twips(g.PAGE_HEIGHT)}
    margins = {
        "top": g.TYPE_TOP,
        "right": g.RIGHT,
        "bottom": g.PAGE_HEIGHT - g.TYPE_TOP - g.TYPE_HEIGHT,
        "left": g.LEFT,
    }
    if section.landscape or section.certificate:
        size = {"w": size["h"], "h": size["w"], "orient": "landscape"}  # type: ignore[dict-item]
        # The upper edge is the binding one; what mirrored margins would change places is equal.
        across = (margins["top"] + margins["bottom"]) / 2
        margins = {"top": g.LEFT, "right": across, "bottom": g.RIGHT, "left": across}
    if section.certificate:
        margins = {"top": CERTIFICATE_TOP, "right": SIDE, "bottom": CERTIFICATE_FOOT, "left": SIDE}
    put(made, "pgSz", **size)
    put(
        made, "pgMar", **{name: twips(value) for name, value in margins.items()},
        header=twips(section.header_top), footer=twips(_footer(section)), gutter=0,
    )  # fmt: skip
    if section.certificate:
        frame = put(made, "pgBorders", offsetFrom="page")
        for side in ("top", "left", "bottom", "right"):
            frame.append(border(side, 4.5, color="B0262C", space=31, kind="thickThinSmallGap"))
    if not section.certificate:
        # A grid of lines alone: the styles space the characters, 28 to the line. A grid of
        # characters is drawn in squares by some programs, which then set 27.
        put(made, "docGrid", type="lines", linePitch=twips(p.PITCH), charSpace=CHARACTER_SPACE)
    return made


def _footer(section: Section) -> float:
    if section.landscape:
        return g.RIGHT - g.NUMBER_BELOW - BELOW_DASH
    return g.LETTER_FOOT if section.foot_rules else FOOTER_FOOT


def fill(section: Section, made: Any, *, draft: bool) -> None:
    """Headers and footers of a section of the package; ``made`` is python-docx's."""
    first = bool(section.lead) or section.foot_rules
    made.different_first_page_header_footer = first
    headers = [made.header, made.even_page_header]
    footers = [(made.footer, "right"), (made.even_page_footer, "left")]
    if first:
        headers.append(made.first_page_header)
        _replace(made.first_page_footer, [_foot_rules()] if section.foot_rules else [_empty()])
    for header in headers:
        pieces = [_empty()]
        if first and header is headers[-1]:
            pieces = section.lead or pieces
        if draft:
            pieces[0].append(watermark(DRAFT_MARK))
        _replace(header, pieces)
    for footer, align in footers:
        _replace(footer, [_number(section, align)] if section.numbered else [_empty()])


def _number(section: Section, align: str) -> Any:
    made = page_number(p.PAGE_NUMBER, align)
    indent = element("ind", **{align: twips(g.SMALL_SIZE)})
    properties = made.find(qn("w:pPr"))
    properties.insert(list(properties).index(properties.find(qn("w:jc"))), indent)
    # A letter's footers end at the rule of its first page: its numbers are lifted from there.
    if section.foot_rules:
        lift = FOOTER_FOOT - g.LETTER_FOOT
        properties.insert(list(properties).index(indent), element("spacing", after=twips(lift)))
    return made


def _foot_rules() -> Any:
    """The double rule at the foot of a letter's first page, wider than the type area."""
    side = (g.TYPE_WIDTH - g.LETTER_RULE_WIDTH) / 2
    rule = border("bottom", g.DOUBLE_THICK, color=RED, kind="thinThickSmallGap")
    return paragraph(Shape(p.GAP, left=side, right=side, line=1, bottom_border=rule))


def _empty() -> Any:
    return paragraph(Shape(p.GAP))


def _replace(part: Any, pieces: list[Any]) -> None:
    part.is_linked_to_previous = False
    root = part._element
    for child in list(root):
        root.remove(child)
    for piece in pieces:
        root.append(piece)
