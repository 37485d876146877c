"""Lays a notice out in rows and pages before it is set, so that one pass of setting is enough.

Everything stands on the 22-line grid: the red header takes a whole number of lines of the first
page, every line of text takes one. Where pages break, how high the attached tables are and on
which page the imprint (版记) stands are therefore known beforehand.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from portal.core.documents import fonts
from portal.core.documents import geometry as g
from portal.core.documents.annex import AttachmentLayout, lay_out_attachment
from portal.core.documents.composer import Line, Run, compose, plain_line, text_width
from portal.core.documents.content import Attachment, DocumentContent, Paragraph, chinese_date
from portal.core.documents.titles import break_title, title_lines

# here: at the foot of the last page; next: on the even page after it; blank: on the even page
# after a blank odd one, and then neither of the two is numbered.
ImprintPlace = Literal["here", "next", "blank"]

ROLE_OF_KIND = {
    "body": fonts.FANGSONG,
    "heading1": fonts.HEITI,
    "heading2": fonts.KAITI,
    "heading3": fonts.FANGSONG,
    "heading4": fonts.FANGSONG,
}
TAG_OF_KIND = {"body": "p", "heading1": "h2", "heading2": "h3", "heading3": "h4", "heading4": "h5"}

TWO_CELLS = 2 * g.CELL


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together as one element of the document."""

    tag: str
    css: str
    lines: tuple[Line, ...]
    # These stay on one page with what follows: all lines, or the last two.
    keep_all: bool = False
    keep_last_two: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of text: the groups of lines on it. Blank lines are groups with empty lines."""

    groups: tuple[Block, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Masthead:
    """发文机关标志: lines, size, horizontal stretch, and where each thing stands."""

    lines: tuple["MastheadLine", ...]
    size: float
    number: Line
    number_top: float
    rule_top: float
    rows: int

    @property
    def height(self) -> float:
        return self.rows * g.PITCH


@dataclass(frozen=True, slots=True)
class MastheadLine:
    line: Line
    top: float
    width: float
    left: float
    stretch: float

    @property
    def style(self) -> str:
        place = f"top:{self.top:.3f}pt;left:{self.left:.3f}pt;width:{self.width:.3f}pt"
        return place if self.stretch == 1.0 else f"{place};transform:scaleX({self.stretch:.4f})"


@dataclass(frozen=True, slots=True)
class Imprint:
    copy_to: tuple[Line, ...]
    printed_by: Line
    printed_on: Line

    @property
    def height(self) -> float:
        rows = (len(self.copy_to) + 1) * g.IMPRINT_PITCH
        return rows + 2 * g.IMPRINT_THICK + (g.IMPRINT_THIN if self.copy_to else 0.0)


@dataclass(frozen=True, slots=True)
class NoticeLayout:
    masthead: Masthead
    sheets: tuple[Sheet, ...]
    attachments: tuple[AttachmentLayout, ...]
    imprint: Imprint
    imprint_place: ImprintPlace
    imprint_fits: bool
    pages: int

    @property
    def number_pad_text(self) -> float:
        """From the foot of a text page's content to the top of its page number."""
        middle = g.TYPE_TOP + g.TYPE_HEIGHT + g.NUMBER_BELOW
        return middle - g.SMALL_SIZE / 2 - (g.PAGE_HEIGHT - g.TEXT_BOTTOM)

    @property
    def number_pad_attachment(self) -> float:
        return g.NUMBER_BELOW - g.SMALL_SIZE / 2

    @property
    def imprint_drop(self) -> float:
        """On a page of its own the imprint is pushed down to the foot of the type area."""
        return g.TYPE_HEIGHT - self.imprint.height - 0.2


def lay_out(content: DocumentContent) -> NoticeLayout:
    """Lay out a notice whose text has been tidied (``content.tidied``)."""
    masthead = _masthead(content)
    sheets = _paginate(_blocks(content), masthead.rows)
    attachments = tuple(
        lay_out_attachment(attachment, number if len(content.attachments) > 1 else 0)
        for number, attachment in enumerate(content.attachments, 1)
    )
    imprint = _imprint(content)
    before = len(sheets) + sum(attachment.pages for attachment in attachments)
    if attachments:
        room = attachments[-1].left_on_last_page
    else:
        room = (g.LINES - sheets[-1].rows) * g.PITCH - g.LEADING
    fits = room >= imprint.height + g.PITCH / 2
    place: ImprintPlace
    if before % 2:
        place, pages = "next", before + 1
    elif fits:
        place, pages = "here", before
    else:
        place, pages = "blank", before + 2
    return NoticeLayout(masthead, sheets, attachments, imprint, place, fits, pages)


def _masthead(content: DocumentContent) -> Masthead:
    organ = content.issuing_organ
    text = organ if organ.endswith("文件") else organ + "文件"
    if len(text) <= g.MASTHEAD_LONGEST_LINE:
        texts: tuple[str, ...] = (text,)
    else:
        texts = break_title(text, -(-len(text) // 2) + 6)
    longest = max(len(line) for line in texts)
    size = min(g.MASTHEAD_MAX_SIZE, g.TYPE_WIDTH / longest / g.MASTHEAD_NARROWEST)
    top = g.MASTHEAD_BELOW_TYPE_TOP + g.LEADING
    lines: list[MastheadLine] = []
    for line_text in texts:
        line = plain_line(line_text, fonts.XIAOBIAOSONG, size)
        stretch = min(1.0, g.TYPE_WIDTH / line.width)
        lines.append(MastheadLine(line, top, line.width, (g.TYPE_WIDTH - line.width) / 2, stretch))
        top += size * 1.2
    bottom = lines[-1].top + size
    number_top = bottom + 2 * g.PITCH
    rule_top = number_top + g.LEADING + g.SIZE + g.RULE_BELOW_NUMBER
    number = plain_line(content.number, fonts.FANGSONG, g.SIZE, spacing=g.SPACING)
    rows = round((rule_top + g.RED_RULE) / g.PITCH + 2)
    return Masthead(tuple(lines), size, number, number_top, rule_top, rows)


def _blank(rows: int, *, keep: bool = False) -> Block:
    empty = Line((), 0.0, g.SPACING, 0.0, fonts.FANGSONG)
    return Block("div", "blank", (empty,) * rows, keep_all=keep)


def _blocks(content: DocumentContent) -> list[Block]:
    title = tuple(
        plain_line(line, fonts.XIAOBIAOSONG, g.TITLE_SIZE) for line in title_lines(content.title)
    )
    addressees = content.addressees
    if addressees and addressees[-1] not in ":：":
        addressees += "："
    blocks = [Block("h1", "title", title, keep_all=True), _blank(1, keep=True)]
    if addressees:
        blocks.append(Block("p", "addressees", _text(addressees, fonts.FANGSONG), keep_all=True))
    body = [_paragraph(paragraph) for paragraph in content.paragraphs]
    body[-1] = replace(body[-1], keep_last_two=True)
    blocks.extend(body)
    blocks.extend(_attachment_note(content.attachments))
    blocks.extend(_signature(content))
    return blocks


def _text(
    text: str, role: str, *, first_indent: float = 0.0, indent: float = 0.0
) -> tuple[Line, ...]:
    return tuple(
        compose(
            (Run(text, role),),
            width=g.TYPE_WIDTH,
            size=g.SIZE,
            spacing=g.SPACING,
            first_indent=first_indent,
            indent=indent,
        )
    )


def _paragraph(paragraph: Paragraph) -> Block:
    role = ROLE_OF_KIND[paragraph.kind]
    runs = [Run(paragraph.text, role)]
    if paragraph.run_in:
        runs.append(Run(paragraph.run_in, fonts.FANGSONG))
    lines = compose(
        runs, width=g.TYPE_WIDTH, size=g.SIZE, spacing=g.SPACING, first_indent=TWO_CELLS
    )
    heading = paragraph.kind != "body" and not paragraph.run_in
    return Block(TAG_OF_KIND[paragraph.kind], paragraph.kind, tuple(lines), keep_all=heading)


def _attachment_note(attachments: Sequence[Attachment]) -> Iterable[Block]:
    """附件：1.… one line below the text; names are aligned under their first character."""
    if not attachments:
        return
    yield _blank(1, keep=True)
    label = "附件："
    after_label = TWO_CELLS + len(label) * g.CELL
    for number, attachment in enumerate(attachments, 1):
        figure = f"{number}." if len(attachments) > 1 else ""
        figure_width = text_width(figure, fonts.FANGSONG, g.SIZE, g.SPACING) + g.SPACING
        hang = after_label + (figure_width if figure else 0.0)
        lead = label + figure if number == 1 else figure
        yield Block(
            "p",
            "attachment-note",
            _text(
                lead + attachment.title.replace("\n", ""),
                fonts.FANGSONG,
                first_indent=TWO_CELLS if number == 1 else after_label,
                indent=hang,
            ),
            keep_all=True,
        )


def _signature(content: DocumentContent) -> Iterable[Block]:
    """署名 and date for a sealed document: the date four cells in, names centred on it."""
    day = chinese_date(content.signed_on)
    day_width = text_width(day, fonts.FANGSONG, g.SIZE, g.SPACING)
    room = g.TYPE_WIDTH - g.CELL
    names: list[Line] = []
    for signatory in content.signatories:
        names.extend(
            compose(
                (Run(signatory, fonts.FANGSONG),),
                width=room,
                size=g.SIZE,
                spacing=g.SPACING,
                justify=False,
            )
        )
    widest = max(line.width for line in names)
    centre = min(g.TYPE_WIDTH - 4 * g.CELL - day_width / 2, g.TYPE_WIDTH - g.CELL - widest / 2)
    centre = max(centre, widest / 2)
    yield _blank(1, keep=True)
    if content.seal_hint:
        hint = plain_line(content.seal_hint, fonts.FANGSONG, 10.5)
        hint = replace(hint, indent=max(0.0, centre - hint.width / 2))
        yield Block("div", "seal-hint", (hint,), keep_all=True)
    else:
        yield _blank(1, keep=True)
    date_line = plain_line(day, fonts.FANGSONG, g.SIZE, spacing=g.SPACING)
    yield Block(
        "div",
        "signature",
        (
            *(replace(line, indent=centre - line.width / 2) for line in names),
            replace(date_line, indent=centre - day_width / 2),
        ),
        keep_all=bool(content.note),
    )
    if content.note:
        note = content.note
        if not note.startswith(("(", "（")):
            note = f"（{note}）"
        yield Block("p", "note", _text(note, fonts.FANGSONG, first_indent=TWO_CELLS))


def _paginate(blocks: Sequence[Block], first_rows_taken: int) -> tuple[Sheet, ...]:
    """Fill pages of 22 lines; a break moves up to where nothing is torn apart."""
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
    room = max(1, g.LINES - first_rows_taken)
    while start < len(rows):
        end = min(start + room, len(rows))
        if end < len(rows):
            cut = end
            while cut > start and rows[cut - 1][2]:
                cut -= 1
            # A chain longer than a page has to be torn somewhere.
            if cut > start:
                end = cut
        taken = rows[start:end]
        used = len(taken) + (first_rows_taken if not sheets else 0)
        sheets.append(Sheet(_groups(blocks, taken), used))
        start = end
        room = g.LINES
    return tuple(sheets)


def _groups(blocks: Sequence[Block], rows: Sequence[tuple[int, Line, bool]]) -> tuple[Block, ...]:
    groups: list[Block] = []
    last = -1
    for index, line, _ in rows:
        if index == last:
            groups[-1] = replace(groups[-1], lines=(*groups[-1].lines, line))
        else:
            groups.append(replace(blocks[index], lines=(line,)))
            last = index
    return tuple(groups)


def _imprint(content: DocumentContent) -> Imprint:
    size = g.SMALL_SIZE
    room = g.TYPE_WIDTH - size
    copy_to: tuple[Line, ...] = ()
    if content.copy_to:
        label = "抄送："
        names = content.copy_to.removeprefix(label).rstrip("。") + "。"
        copy_to = tuple(
            compose(
                (Run(label + names, fonts.FANGSONG),),
                width=room,
                size=size,
                spacing=0.0,
                first_indent=size,
                indent=size + text_width(label, fonts.FANGSONG, size),
            )
        )
    printed_by = content.printed_by or content.issuing_organ
    printed_on = chinese_date(content.printed_on or content.signed_on) + "印发"
    return Imprint(
        copy_to,
        plain_line(printed_by, fonts.FANGSONG, size),
        plain_line(printed_on, fonts.FANGSONG, size),
    )
