"""A stored document as the engine takes it, and the parts of it that are kept as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from portal.core.documents.codes import verify_url
from portal.core.documents.content import Attachment, DocumentContent, People
from portal.core.documents.kinds import Texts
from portal.core.documents.wording import paragraphs_of

if TYPE_CHECKING:
    from portal.core.models import OfficialDocument

SEAL_HINT: Final = "（用印处）"
TEXT_FIELDS: Final = Texts._fields
# Documents issued before attachments were kept as a list: their one table has these widths.
_FIRST_WIDTHS: Final = (8.0, 38.0, 20.0, 18.0, 16.0)


def texts_of(document: OfficialDocument) -> Texts:
    """Its wording."""
    return Texts(*(getattr(document, name) for name in TEXT_FIELDS))


def table(attachment: Attachment) -> dict[str, Any]:
    """An attachment as it is kept in ``OfficialDocument.content["attachments"]``."""
    return {
        "title": attachment.title,
        "header": list(attachment.header),
        "widths": list(attachment.widths),
        "rows": [list(row) for row in attachment.rows],
        "landscape": attachment.landscape,
    }


def attachments_of(document: OfficialDocument) -> tuple[Attachment, ...]:
    """The attachments of a stored document."""
    content = document.content
    if "rows" in content:
        header = tuple(content["header"])
        widths = _FIRST_WIDTHS if len(header) == len(_FIRST_WIDTHS) else (1.0,) * len(header)
        rows = tuple(tuple(row) for row in content["rows"])
        return (Attachment(content["attachment_title"], header, widths, rows),)
    return tuple(
        Attachment(
            row["title"],
            tuple(row["header"]),
            tuple(row["widths"]),
            tuple(tuple(cells) for cells in row["rows"]),
            row.get("landscape", False),
        )
        for row in content.get("attachments", ())
    )


def people_of(document: OfficialDocument) -> tuple[People, ...]:
    """Who was there, of minutes."""
    rows: Iterable[list[str]] = document.content.get("people", ())
    return tuple(People(label, names) for label, names in rows)


def content_of(document: OfficialDocument, *, draft: bool, on: date) -> DocumentContent:
    """The document as the engine takes it; ``on`` dates one that has no date yet."""
    day = document.issued_on or on
    organs = (document.organ, *document.joint_organs)
    number = document.number
    if not number and document.spec.numbered:
        number = f"{document.word or document.office.document_word}〔{day.year}〕  号"
    code = document.code or ""
    return DocumentContent(
        layout=document.spec.layout,
        organs=organs,
        number=number,
        title=document.title,
        addressees=document.addressees,
        paragraphs=paragraphs_of(document.body),
        signatories=organs,
        signed_on=day,
        attachments=attachments_of(document),
        seal_hint=SEAL_HINT,
        note=document.note,
        copy_to=document.copy_to or None,
        printed_by=document.organ,
        printed_on=day,
        people=people_of(document),
        code=code,
        verify_url=verify_url(code) if code else "",
        draft=draft,
    )
