"""What a document says, independent of how it is set.

An OFD writer, should one be added, starts from the same objects.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from portal.core.documents.kinds import Layout
from portal.core.documents.punctuation import tidy

ParagraphKind = Literal["body", "heading1", "heading2", "heading3", "heading4"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the text.

    ``heading1`` is 一、(黑体), ``heading2`` （一）(楷体), ``heading3`` 1. and ``heading4`` （1）
    (仿宋). ``run_in`` is body text that follows a heading on the same line.
    """

    kind: ParagraphKind
    text: str
    run_in: str = ""


@dataclass(frozen=True, slots=True)
class People:
    """Who was there, in minutes: ``label`` is 出席, 请假 or 列席, ``names`` as they are printed."""

    label: str
    names: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A table that starts on a page of its own; ``landscape`` lays its pages across (横排表格).

    ``widths`` are relative column widths, ``least_lines`` the room that every row has at least, for
    tables that are filled in by hand.
    """

    title: str
    header: tuple[str, ...]
    widths: tuple[float, ...]
    rows: Sequence[Sequence[str]]
    landscape: bool = False
    least_lines: int = 1

    def __post_init__(self) -> None:
        if not self.header or len(self.header) != len(self.widths):
            raise ValueError("附件表头与列宽的列数不一致")
        if any(width <= 0 for width in self.widths):
            raise ValueError("附件列宽必须大于零")
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.header):
                raise ValueError(f"附件“{self.title}”第{number}行的列数与表头不一致")


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """A document, independent of how it is set. Everything but title and text may be empty.

    ``organs`` issue it, the one that keeps the number first; several issue it jointly (联合行文).
    ``signers`` are 签发人, named on upward documents only. A line end inside ``title`` forces a
    break there; without one the title is broken by meaning. ``seal_hint`` marks the place of the
    seal in words (用印处) and reserves it; the seal itself is put on paper or by the electronic
    seal system, it is never drawn; without it the signature is set as of a document that bears no
    seal. Minutes whose title is about something (关于……) have the organ's name in red, others their
    title. ``code`` and ``verify_url`` lead to the page that verifies it:
    printed below the type area of the last page, the address as a QR code. ``draft`` marks every
    page, 样稿 unless ``draft_word`` says otherwise.
    """

    layout: Layout
    organs: tuple[str, ...]
    number: str
    title: str
    addressees: str
    paragraphs: tuple[Paragraph, ...]
    signatories: tuple[str, ...]
    signed_on: date
    attachments: tuple[Attachment, ...] = ()
    seal_hint: str = ""
    note: str = ""
    copy_to: str | None = None
    printed_by: str = ""
    printed_on: date | None = None
    secrecy: str = ""
    urgency: str = ""
    signers: tuple[str, ...] = ()
    people: tuple[People, ...] = ()
    code: str = ""
    verify_url: str = ""
    draft: bool = False
    draft_word: str = "样稿"

    def __post_init__(self) -> None:
        if not self.organs:
            raise ValueError("公文须有发文机关")
        if not self.paragraphs and not self.attachments:
            raise ValueError("公文须有正文")

    @property
    def issuing_organ(self) -> str:
        """The organ that keeps the number (主办机关)."""
        return self.organs[0]


def chinese_date(day: date) -> str:
    """成文日期: Arabic figures, month and day without leading zeros."""
    return f"{day.year}年{day.month}月{day.day}日"


def tidied(content: DocumentContent) -> DocumentContent:
    """The same document with invisible characters removed and full-width punctuation."""
    return replace(
        content,
        organs=tuple(tidy(organ) for organ in content.organs),
        number=tidy(content.number),
        title="\n".join(tidy(line) for line in content.title.splitlines()),
        addressees=tidy(content.addressees),
        paragraphs=tuple(
            Paragraph(paragraph.kind, tidy(paragraph.text), tidy(paragraph.run_in))
            for paragraph in content.paragraphs
        ),
        signatories=tuple(tidy(signatory) for signatory in content.signatories),
        attachments=tuple(
            Attachment(
                "\n".join(tidy(line) for line in attachment.title.splitlines()),
                tuple(tidy(cell) for cell in attachment.header),
                attachment.widths,
                tuple(tuple(tidy(cell) for cell in row) for row in attachment.rows),
                attachment.landscape,
                attachment.least_lines,
            )
            for attachment in content.attachments
        ),
        seal_hint=tidy(content.seal_hint),
        note=tidy(content.note),
        copy_to=None if content.copy_to is None else tidy(content.copy_to),
        printed_by=tidy(content.printed_by),
        secrecy=tidy(content.secrecy),
        urgency=tidy(content.urgency),
        signers=tuple(tidy(name) for name in content.signers),
        people=tuple(People(tidy(row.label), tidy(row.names)) for row in content.people),
    )
