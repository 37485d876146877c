"""Lays a document out in rows and pages before it is set, so that one pass of setting is enough.

Everything stands on lines of one pitch, 22 to the page. Where pages break, how high the tables are
and on which page the imprint (版记) stands are therefore known beforehand.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from portal.core.documents import blocks as b
from portal.core.documents import geometry as g
from portal.core.documents.annex import AttachmentLayout, lay_out_attachment, lay_out_table
from portal.core.documents.blocks import Block
from portal.core.documents.certificate import Certificate, certificate
from portal.core.documents.content import Attachment, DocumentContent
from portal.core.documents.header import Header, letter_header, minutes_header, notice_header
from portal.core.documents.imprint import Imprint, ImprintPlace, bare_imprint, full_imprint
from portal.core.documents.kinds import Layout
from portal.core.documents.marks import Mark, mark_of
from portal.core.documents.pagination import Sheet, paginate
from portal.core.documents.signature import signature


@dataclass(frozen=True, slots=True)
class Form:
    """What sets one layout apart from the others.

    ``even``: the imprint stands on an even page, so the document has an even number of them.
    """

    header: Callable[[DocumentContent], Header]
    imprint: Callable[[DocumentContent], Imprint | None]
    even: bool = False
    addressed: bool = True
    signed: bool = True
    first_numbered: bool = True
    # Attachments are labelled and listed below the text; otherwise their tables are part of it.
    annexed: bool = True


def _no_header(content: DocumentContent) -> Header:
    """Nothing is printed above the title, which begins on the second line."""
    return Header(height=g.PITCH)


def _no_imprint(content: DocumentContent) -> None:
    return None


FORMS: Final[dict[Layout, Form]] = {
    Layout.NOTICE: Form(notice_header, full_imprint, even=True),
    Layout.LETTER: Form(letter_header, bare_imprint, first_numbered=False),
    Layout.MINUTES: Form(minutes_header, full_imprint, even=True, signed=False),
    Layout.PUBLICITY: Form(_no_header, _no_imprint),
    Layout.PLAIN: Form(_no_header, _no_imprint, annexed=False),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A document laid out. ``pages`` is how many it has; a certificate has no sheets."""

    header: Header
    sheets: tuple[Sheet, ...]
    attachments: tuple[AttachmentLayout, ...]
    imprint: Imprint | None
    imprint_place: ImprintPlace
    imprint_fits: bool
    pages: int
    even: bool = False
    first_numbered: bool = True
    mark: Mark | None = None
    certificate: Certificate | None = None

    @property
    def number_pad_text(self) -> float:
        """From the foot of a text page's content to the top of its page number."""
        middle = g.TYPE_TOP + g.TYPE_HEIGHT + g.NUMBER_BELOW
        return middle - g.SMALL_SIZE / 2 - (g.PAGE_HEIGHT - g.TEXT_BOTTOM)

    @property
    def number_pad_attachment(self) -> float:
        return g.NUMBER_BELOW - g.SMALL_SIZE / 2

    @property
    def has_landscape(self) -> bool:
        return any(attachment.landscape for attachment in self.attachments)

    @property
    def half_small(self) -> float:
        return g.SMALL_SIZE / 2

    @property
    def number_across(self) -> float:
        """From the edge of a page across to the middle of its page number."""
        return g.ATTACHMENT_BOTTOM - g.NUMBER_BELOW

    @property
    def ends_left(self) -> bool:
        """The last page is a left-hand one, so that its inner side is the right."""
        return self.pages % 2 == 0

    @property
    def mark_drop(self) -> float:
        """From the foot of the type area down to that of the mark."""
        return 0.0 if self.mark is None else self.mark.below + self.mark.size

    @property
    def mark_drop_sheet(self) -> float:
        """The same from the foot of a page of text, half a leading lower."""
        return self.mark_drop - g.LEADING

    @property
    def mark_in(self) -> str:
        """Which element of the last page holds the verification mark."""
        if self.mark is None:
            return ""
        if self.imprint_place in ("next", "blank"):
            return "imprint"
        return "attachment" if self.attachments else "sheet"


def lay_out(content: DocumentContent) -> Plan:
    """Lay out a document whose text has been tidied (``content.tidied``)."""
    if content.layout is Layout.CERTIFICATE:
        return Plan(
            Header(), (), (), None, "none", imprint_fits=True, pages=1,
            mark=mark_of(content), certificate=certificate(content),
        )  # fmt: skip
    form = FORMS[content.layout]
    within, apart = _tables(content, form)
    header = form.header(content)
    sheets = paginate(_blocks(content, form, header, within), header.height, header.lines_left)
    attachments = tuple(
        lay_out_attachment(attachment, number if len(apart) > 1 else 0, labelled=form.annexed)
        for number, attachment in enumerate(apart, 1)
    )
    imprint = form.imprint(content)
    before = len(sheets) + sum(attachment.pages for attachment in attachments)
    fits = imprint is not None and _room(sheets, attachments) >= imprint.height + g.PITCH / 2
    place, pages = _place(imprint, before, fits=fits, even=form.even)
    return Plan(
        header,
        sheets,
        attachments,
        imprint,
        place,
        fits,
        pages,
        form.even,
        form.first_numbered,
        mark_of(content, above_rule=not form.first_numbered and pages == 1),
    )


def _room(sheets: Sequence[Sheet], attachments: Sequence[AttachmentLayout]) -> float:
    """Height left for an imprint on the last page; there is none on a page across."""
    if not attachments:
        return sheets[-1].left - g.LEADING
    return 0.0 if attachments[-1].landscape else attachments[-1].left_on_last_page


def _place(
    imprint: Imprint | None, before: int, *, fits: bool, even: bool
) -> tuple[ImprintPlace, int]:
    if imprint is None:
        return "none", before
    if not even:
        return ("here", before) if fits else ("next", before + 1)
    if before % 2:
        return "next", before + 1
    return ("here", before) if fits else ("blank", before + 2)


def _tables(content: DocumentContent, form: Form) -> tuple[list[Block], tuple[Attachment, ...]]:
    """Tables within the text of a plain paper, and the attachments on pages of their own.

    A table stands in the text when all of it, with its title, fits on a page with what is above
    it; once one does not, the later ones follow it.
    """
    if form.annexed:
        return [], content.attachments
    within: list[Block] = []
    for number, attachment in enumerate(content.attachments):
        block = None if attachment.landscape else _within(attachment)
        if block is None:
            return within, content.attachments[number:]
        within.append(block)
    return within, ()


def _within(attachment: Attachment) -> Block | None:
    table = lay_out_table(attachment, g.TYPE_WIDTH)
    height = table.height
    if table.title:
        height += len(table.title) * g.PITCH
    rows = -int(-(height + g.LEADING) // g.PITCH)
    if rows > g.LINES - LINES_ABOVE_TABLE:
        return None
    return replace(b.reserved("table", rows), table=table)


# What a page with a table in the text keeps for the title, some text and the signature.
LINES_ABOVE_TABLE: Final = 8


def _blocks(
    content: DocumentContent, form: Form, header: Header, within: Iterable[Block]
) -> list[Block]:
    found: list[Block] = []
    if not header.heading:
        found += [b.title(content.title), b.blank(1, keep=True)]
    if not header.placed and content.number:
        found[1:1] = [b.centred(content.number, "number")]
    if form.addressed and content.addressees:
        found.append(b.addressees(content.addressees))
    found += b.paragraphs(content.paragraphs)
    found += within
    if form.annexed:
        found += b.attachment_note(content.attachments)
    found += b.people(content.people)
    if form.signed:
        found += signature(content)
    if content.note:
        found.append(b.note(content.note))
    return found
