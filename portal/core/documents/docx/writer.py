"""Writes a document as docx: the plan of the PDF says what stands where, the text flows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

from docx.oxml.ns import qn

from portal.core.documents import fonts, layout
from portal.core.documents import geometry as g
from portal.core.documents.annex import AttachmentLayout, lay_out_table
from portal.core.documents.blocks import TWO_CELLS, Block
from portal.core.documents.certificate import LINE as CERTIFICATE_LINE
from portal.core.documents.certificate import SIDE, TEXT_WIDTH
from portal.core.documents.composer import text_width
from portal.core.documents.content import Attachment, DocumentContent, Paragraph, tidied
from portal.core.documents.coverage import ROLE_OF_KIND
from portal.core.documents.docx import package as p
from portal.core.documents.docx.markup import RED, Shape, Span, border, element, paragraph
from portal.core.documents.docx.placing import (
    ASCENT,
    BASELINE,
    EM_TOP,
    HEIGHT,
    Flow,
    header,
    rows_of,
    span_of,
    words,
)
from portal.core.documents.docx.sections import CERTIFICATE_TOP, Section, fill, properties_of
from portal.core.documents.docx.tables import (
    Column,
    Place,
    data_table,
    grid,
    imprint_table,
    mark_table,
)
from portal.core.documents.header import Placed
from portal.core.documents.kinds import Layout
from portal.core.documents.signature import HINT_SIZE, signature
from portal.core.documents.titles import title_lines


def document_docx(content: DocumentContent) -> bytes:
    """The document as docx, for every layout."""
    content = tidied(content)
    plan = layout.lay_out(content)
    package = p.new_package(content)
    if plan.certificate is not None:
        sections = [_certificate(package, content, plan)]
    else:
        sections = _sections(package, content, plan)
    _assemble(package, sections, draft=content.draft)
    stream = BytesIO()
    package.save(stream)
    return stream.getvalue()


def _assemble(package: Any, sections: Sequence[Section], *, draft: bool) -> None:
    body = package.element.body
    for number, section in enumerate(sections, 1):
        properties = properties_of(section)
        for child in section.elements:
            body.append(child)
        if number == len(sections):
            body.append(properties)
            continue
        last = section.elements[-1]
        if last.tag != qn("w:p"):
            last = paragraph(Shape(p.GAP))
            body.append(last)
        last.find(qn("w:pPr")).append(properties)
    for section, made in zip(sections, package.sections, strict=True):
        fill(section, made, draft=draft)


def _sections(package: Any, content: DocumentContent, plan: layout.Plan) -> list[Section]:
    form = layout.FORMS[content.layout]
    text = Section()
    _header(text, content, plan)
    apart = len(plan.attachments)
    within = () if form.annexed else content.attachments[: len(content.attachments) - apart]
    text.elements += _text(content, plan, form, within)
    sections = [text]
    for attachment, planned in zip(
        content.attachments[len(content.attachments) - apart :], plan.attachments, strict=True
    ):
        if sections[-1].landscape == planned.landscape and len(sections) > 1:
            fresh = False
        else:
            sections.append(Section(landscape=planned.landscape))
            fresh = True
        sections[-1].elements += _attachment(attachment, planned, page_break=not fresh)
    _foot(package, sections, content, plan)
    return sections


# --- what stands above the text -----------------------------------------------------------------


def _header(section: Section, content: DocumentContent, plan: layout.Plan) -> None:
    """Everything down to the first line of the text, which has as many lines below it as the
    first page of the PDF."""
    head = plan.header
    # As high as the engine has it, and with as many lines below it on the page.
    lowest = (g.LINES - head.lines_left) * p.PITCH - 0.3
    first_line = max(lowest - p.PITCH + 1.3, min(head.height - g.LEADING, lowest))
    flow = Flow()
    if content.layout is Layout.LETTER:
        mark, *rest = head.placed
        top = g.TEXT_TOP + mark.top - EM_TOP * mark.size
        line_foot = top + HEIGHT * mark.size
        rule = head.rules[0]
        space = max(0, round(g.TEXT_TOP + rule.top - line_foot))
        side = (g.TYPE_WIDTH - g.LETTER_RULE_WIDTH) / 2
        red = border("bottom", g.DOUBLE_THICK, color=RED, space=space, kind="thickThinSmallGap")
        shape = Shape(p.MASTHEAD, left=side, right=side, line=HEIGHT * mark.size, bottom_border=red)
        section.lead = [paragraph(shape, [span_of(mark, color=RED)])]
        section.header_top = top
        section.foot_rules = True
        # The header pushes the text down to its own foot.
        flow.y = max(0.0, line_foot + space + g.DOUBLE_RULE - g.TYPE_TOP)
        header(flow, rest, None, g.LEADING)
    else:
        rule_below = head.rules[0] if head.rules else None
        header(flow, head.placed, rule_below, g.LEADING)
    flow.gap(first_line)
    section.elements += flow.elements


# --- the text -----------------------------------------------------------------------------------


def _text(
    content: DocumentContent,
    plan: layout.Plan,
    form: layout.Form,
    within: Sequence[Attachment],
) -> Iterable[Any]:
    if not plan.header.heading:
        yield _title(content.title)
        if not plan.header.placed and content.number:
            shape = Shape(p.NUMBER, align="center", keep_next=True)
            yield paragraph(shape, [Span(content.number, "")])
        yield _blank()
    if form.addressed and content.addressees:
        text = content.addressees
        text += "" if text[-1] in ":：" else "："
        yield paragraph(Shape(p.ADDRESSEES), [Span(text, "")])
    for number, row in enumerate(content.paragraphs, 1):
        yield _paragraph(row, last=number == len(content.paragraphs))
    for attachment in within:
        yield from _within(attachment)
    if form.annexed:
        yield from _attachment_note(content.attachments)
    if content.people:
        yield _blank()
    for person in content.people:
        label = person.label.rstrip("：:") + "："
        hang = len(label) * g.CELL
        shape = Shape(p.PEOPLE, left=TWO_CELLS + hang, first=-hang)
        yield paragraph(shape, [Span(label, fonts.HEITI), Span(person.names, "")])
    if form.signed:
        for block in signature(content):
            yield from _signature(block, keep=bool(content.note))
    if content.note:
        note = content.note if content.note.startswith(("(", "（")) else f"（{content.note}）"
        yield paragraph(Shape(p.NOTE), [Span(note, "")])


def _title(text: str) -> Any:
    return _broken(paragraph(Shape(p.TITLE)), title_lines(text))


def _broken(made: Any, lines: Sequence[str]) -> Any:
    """Lines of one paragraph, broken where they are."""
    for number, line in enumerate(lines):
        piece = element("r")
        if number:
            piece.append(element("br"))
        text = element("t")
        text.text = line
        piece.append(text)
        made.append(piece)
    return made


def _blank() -> Any:
    return paragraph(Shape(p.BODY, first=0, keep_next=True))


def _paragraph(row: Paragraph, *, last: bool) -> Any:
    heading = row.kind != "body" and not row.run_in
    if heading or row.kind not in ("heading1", "heading2"):
        style = p.BODY if row.kind == "body" else p.HEADINGS[row.kind]
        spans = [Span(row.text, ""), Span(row.run_in, "")] if row.run_in else [Span(row.text, "")]
    else:
        style = p.BODY
        named = f"{p.HEADINGS[row.kind]}Text"
        spans = [Span(row.text, "", style=named), Span(row.run_in, "")]
    return paragraph(Shape(style, keep_next=last or heading), spans)


def _within(attachment: Attachment) -> Iterable[Any]:
    """A table in the text of a plain paper, on one page with its title."""
    table = lay_out_table(attachment, g.TYPE_WIDTH)
    for line in table.title:
        yield paragraph(
            Shape(p.NUMBER, align="center", keep_next=True), [Span(line.text, fonts.XIAOBIAOSONG)]
        )
    yield data_table(attachment, table, whole=True)
    height = table.height + len(table.title) * g.PITCH
    rows = -int(-(height + g.LEADING) // g.PITCH)
    yield paragraph(Shape(p.GAP, line=max(1.0, rows * g.PITCH - height - 1)))


def _attachment_note(attachments: Sequence[Attachment]) -> Iterable[Any]:
    if not attachments:
        return
    yield _blank()
    label = "附件："
    before = TWO_CELLS + len(label) * g.CELL
    several = len(attachments) > 1
    widest = (
        text_width(f"{len(attachments)}.", fonts.FANGSONG, g.SIZE, g.SPACING) + g.SPACING
        if several
        else 0.0
    )
    for number, attachment in enumerate(attachments, 1):
        figure = f"{number}." if several else ""
        own = text_width(figure, fonts.FANGSONG, g.SIZE, g.SPACING) + g.SPACING if figure else 0.0
        hang = own + (len(label) * g.CELL if number == 1 else 0.0)
        lead = (label if number == 1 else "") + figure
        shape = Shape(p.NOTE_OF_ATTACHMENTS, left=before + widest, first=-hang)
        yield paragraph(shape, [Span(lead + attachment.title.replace("\n", ""), "")])


def _signature(block: Block, *, keep: bool) -> Iterable[Any]:
    if block.columns:
        yield _columns(block)
    elif block.css == "blank":
        for _ in block.lines:
            yield _blank()
    elif block.css == "seal-hint":
        for line in block.lines:
            shape = Shape(p.SEAL, left=line.indent, line=p.PITCH)
            yield paragraph(shape, [Span(line.text, "", HINT_SIZE)])
    else:
        for number, line in enumerate(block.lines, 1):
            shape = Shape(
                p.SIGNATURE, left=line.indent, keep_next=keep or number < len(block.lines)
            )
            yield paragraph(shape, [Span(line.text, "")])


def _columns(block: Block) -> Any:
    """Signatures beside each other; the place of each seal above its name."""
    columns: list[Column] = []
    for column in block.columns:
        if column.gap >= 1:
            columns.append(Column(column.gap, [paragraph(Shape(p.GAP))]))
        pieces: list[Any] = []
        if column.pad >= 1:
            pieces.append(paragraph(Shape(p.GAP, line=column.pad)))
        if column.hint is not None:
            shape = Shape(p.SEAL, left=column.hint.indent, line=g.PITCH)
            pieces.append(paragraph(shape, [Span(column.hint.text, "", HINT_SIZE)]))
        for line in column.lines:
            shape = Shape(p.SIGNATURE, left=max(0.0, line.indent), line=g.PITCH)
            pieces.append(paragraph(shape, [Span(line.text, "")]))
        columns.append(Column(column.width, pieces))
    return grid(columns, height=len(block.lines) * p.PITCH)


# --- attachments and the foot --------------------------------------------------------------------


def _attachment(
    attachment: Attachment, planned: AttachmentLayout, *, page_break: bool
) -> Iterable[Any]:
    if planned.label is not None:
        yield paragraph(Shape(p.LABEL, page_break=page_break), [Span(planned.label.text, "")])
        yield paragraph(Shape(p.LABEL))
        page_break = False
    lines = [line.text for line in planned.table.title]
    if lines:
        shape = Shape(p.ATTACHMENT_TITLE, after=g.ATTACHMENT_GAP, page_break=page_break)
        yield _broken(paragraph(shape), lines)
    elif page_break:
        yield paragraph(Shape(p.GAP, page_break=True))
    yield data_table(attachment, planned.table)


def _foot(
    package: Any, sections: list[Section], content: DocumentContent, plan: layout.Plan
) -> None:
    """The imprint and the verification mark of the last page."""
    place = plan.imprint_place
    if place in ("next", "blank"):
        if place == "blank" or sections[-1].landscape:
            sections.append(Section(numbered=place == "next"))
            sections[-1].elements.append(paragraph(Shape(p.GAP)))
        else:
            sections[-1].elements.append(paragraph(Shape(p.GAP, page_break=True)))
        if place == "blank":
            sections[-1].elements.append(paragraph(Shape(p.GAP, page_break=True)))
    last = sections[-1]
    if plan.imprint is not None:
        last.elements.append(imprint_table(content, plan.imprint, even=plan.pages % 2 == 0))
        last.elements.append(paragraph(Shape(p.GAP)))
    if plan.mark is not None:
        outside = plan.pages % 2 == 0 and not last.landscape
        width = plan.mark.size + 4 if plan.mark.path else 0.0
        width += max(line.width for line in plan.mark.lines) + 6
        x = g.PAGE_WIDTH - g.LEFT - width if outside else g.LEFT
        y = g.TYPE_TOP + g.TYPE_HEIGHT + plan.mark.below
        if last.landscape:
            x, y = g.TYPE_TOP, g.PAGE_WIDTH - g.RIGHT + plan.mark.below
        last.elements.append(
            mark_table(package, plan.mark, content.verify_url, Place(x, y), outside=outside)
        )
        last.elements.append(paragraph(Shape(p.GAP)))
    if last.elements[-1].tag != qn("w:p"):
        last.elements.append(paragraph(Shape(p.GAP)))


# --- certificates --------------------------------------------------------------------------------


def _certificate(package: Any, content: DocumentContent, plan: layout.Plan) -> Section:
    """One page across in a frame: title, number, text, signatures at their places."""
    planned = plan.certificate
    assert planned is not None
    flow = Flow()
    for item in planned.title:
        shape = Shape(p.TITLE, left=-SIDE, right=-SIDE)
        flow.line(item.top - CERTIFICATE_TOP, item.size, shape, [span_of(item, color=RED)])
    left = [replace(item, left=item.left - SIDE) for item in planned.placed]
    if content.number:
        words(flow, [left.pop(0)], p.NUMBER, CERTIFICATE_TOP, width=TEXT_WIDTH)
    wanted = sum(len(row.text) + len(row.run_in) for row in content.paragraphs)
    lines: list[Placed] = []
    while left and sum(len(item.line.text) for item in lines) < wanted:
        lines.append(left.pop(0))
    if lines:
        _certificate_text(flow, content.paragraphs, lines)
    for row in rows_of(left):
        words(flow, row, p.SIGNATURE, CERTIFICATE_TOP, width=TEXT_WIDTH)
    section = Section(flow.elements, certificate=True, numbered=False)
    if plan.mark is not None:
        place = Place(planned.mark_left, planned.mark_top)
        table = mark_table(package, plan.mark, content.verify_url, place, outside=False)
        # It floats; the paragraph that holds it must come before the end of the page.
        section.elements[-1:-1] = [table]
    return section


def _certificate_text(flow: Flow, rows: Sequence[Paragraph], lines: Sequence[Placed]) -> None:
    size = lines[0].size
    pitch = size * CERTIFICATE_LINE
    start = lines[0].top - CERTIFICATE_TOP - (pitch * BASELINE - ASCENT * size)
    for number, row in enumerate(rows):
        named = row.kind == "body" and row.text.endswith("：")
        shape = Shape(
            p.BODY,
            first=0.0 if named else 2 * size,
            before=max(0.0, start - flow.y) if number == 0 else None,
            line=pitch,
        )
        spans = [Span(row.text, ROLE_OF_KIND[row.kind], size), Span(row.run_in, "", size)]
        flow.elements.append(paragraph(shape, [span for span in spans if span.text]))
    flow.y = start + pitch * len(lines)
