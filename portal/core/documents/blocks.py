"""The text of a document in lines: title, addressees, paragraphs, people, note on attachments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from portal.core.documents import fonts
from portal.core.documents import geometry as g
from portal.core.documents.annex import TableLayout
from portal.core.documents.composer import Line, Run, compose, plain_line, text_width
from portal.core.documents.content import Attachment, Paragraph, People
from portal.core.documents.coverage import ROLE_OF_KIND
from portal.core.documents.titles import title_lines

TAG_OF_KIND = {"body": "p", "heading1": "h2", "heading2": "h3", "heading3": "h4", "heading4": "h5"}
# Levels in the outline of the PDF; the title and the attachments are 1.
OUTLINE = {"heading1": 2, "heading2": 3}

TWO_CELLS = 2 * g.CELL


@dataclass(frozen=True, slots=True)
class Column:
    """A signature beside others: its lines, and where its box begins after the one before it."""

    lines: tuple[Line, ...]
    hint: Line | None
    gap: float
    width: float
    pad: float


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together as one element of the document.

    ``columns`` or ``table`` are printed in their place: the lines then only say how high it is.
    """

    tag: str
    css: str
    lines: tuple[Line, ...]
    # These stay on one page with what follows: all lines, or the last two.
    keep_all: bool = False
    keep_last_two: bool = False
    outline: str = ""
    level: int = 0
    columns: tuple[Column, ...] = ()
    table: TableLayout | None = None

    @property
    def height(self) -> float:
        return len(self.lines) * g.PITCH


def blank(rows: int, *, keep: bool = False) -> Block:
    empty = Line((), 0.0, g.SPACING, 0.0, fonts.FANGSONG)
    return Block("div", "blank", (empty,) * rows, keep_all=keep)


def reserved(css: str, rows: int) -> Block:
    """Room for something that is not lines of text; it stays on one page with what follows."""
    return replace(blank(rows, keep=True), css=css)


def title(text: str) -> Block:
    lines = tuple(plain_line(line, fonts.XIAOBIAOSONG, g.TITLE_SIZE) for line in title_lines(text))
    return Block("h1", "title", lines, keep_all=True, outline="".join(title_lines(text)), level=1)


def addressees(text: str) -> Block:
    if text[-1] not in ":：":
        text += "："
    return Block("p", "addressees", set_text(text, fonts.FANGSONG), keep_all=True)


def centred(text: str, css: str) -> Block:
    line = plain_line(text, fonts.FANGSONG, g.SIZE, spacing=g.SPACING)
    line = replace(line, indent=max(0.0, (g.TYPE_WIDTH - line.width) / 2))
    return Block("p", css, (line,), keep_all=True)


def set_text(
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


def paragraphs(texts: Sequence[Paragraph]) -> list[Block]:
    """The text; its last two lines stay with what follows."""
    blocks = [_paragraph(paragraph) for paragraph in texts]
    if blocks:
        blocks[-1] = replace(blocks[-1], keep_last_two=True)
    return blocks


def _paragraph(paragraph: Paragraph) -> Block:
    role = ROLE_OF_KIND[paragraph.kind]
    runs = [Run(paragraph.text, role)]
    if paragraph.run_in:
        runs.append(Run(paragraph.run_in, fonts.FANGSONG))
    lines = compose(
        runs, width=g.TYPE_WIDTH, size=g.SIZE, spacing=g.SPACING, first_indent=TWO_CELLS
    )
    heading = paragraph.kind != "body" and not paragraph.run_in
    level = OUTLINE.get(paragraph.kind, 0)
    return Block(
        TAG_OF_KIND[paragraph.kind] if heading else "p",
        paragraph.kind,
        tuple(lines),
        keep_all=heading,
        outline=paragraph.text.rstrip("。") if level else "",
        level=level,
    )


def people(rows: Sequence[People]) -> Iterable[Block]:
    """出席, 请假, 列席 of minutes: one line below the text, names aligned after the colon."""
    if rows:
        yield blank(1, keep=True)
    for row in rows:
        label = row.label.rstrip("：:") + "："
        lines = compose(
            (Run(label, fonts.HEITI), Run(row.names, fonts.FANGSONG)),
            width=g.TYPE_WIDTH,
            size=g.SIZE,
            spacing=g.SPACING,
            first_indent=TWO_CELLS,
            indent=TWO_CELLS + len(label) * g.CELL,
        )
        yield Block("p", "people", tuple(lines))


def attachment_note(attachments: Sequence[Attachment]) -> Iterable[Block]:
    """附件：1.… one line below the text; names are aligned under their first character."""
    if not attachments:
        return
    yield blank(1, keep=True)
    label = "附件："
    after_label = TWO_CELLS + len(label) * g.CELL
    widest = text_width(f"{len(attachments)}.", fonts.FANGSONG, g.SIZE, g.SPACING) + g.SPACING
    for number, attachment in enumerate(attachments, 1):
        figure = f"{number}." if len(attachments) > 1 else ""
        own = text_width(figure, fonts.FANGSONG, g.SIZE, g.SPACING) + g.SPACING
        before = after_label + (widest - own if figure else 0.0)
        yield Block(
            "p",
            "attachment-note",
            set_text(
                (label if number == 1 else "") + figure + attachment.title.replace("\n", ""),
                fonts.FANGSONG,
                first_indent=TWO_CELLS if number == 1 else before,
                indent=after_label + (widest if figure else 0.0),
            ),
            keep_all=True,
        )


def note(text: str) -> Block:
    """附注: two characters in, in parentheses."""
    if not text.startswith(("(", "（")):
        text = f"（{text}）"
    return Block("p", "note", set_text(text, fonts.FANGSONG, first_indent=TWO_CELLS))
