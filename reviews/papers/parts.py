"""Pieces that several papers are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from portal.core.documents.content import Attachment, DocumentContent, Paragraph
from portal.core.documents.kinds import Layout

_DIGITS: Final = "零一二三四五六七八九"


def body(text: str) -> Paragraph:
    """A paragraph of text."""
    return Paragraph("body", text)


def heading(number: int, text: str) -> Paragraph:
    """一、 and its words."""
    return Paragraph("heading1", f"{chinese(number)}、{text}")


def subheading(number: int, text: str, rest: str = "") -> Paragraph:
    """（一） and its words; ``rest`` follows on the line."""
    return Paragraph("heading2", f"（{chinese(number)}）{text}。", rest)


def facts(items: Iterable[Mapping[str, Any]]) -> list[Paragraph]:
    """Names and values as lines of text; those without a value are left out."""
    return [
        body(f"{row['label']}：{row['value']}{f'（{note}）' if (note := row.get('note')) else ''}")
        for row in items
        if row["value"]
    ]


def plain(
    title: str,
    organ: str,
    day: date,
    paragraphs: Iterable[Paragraph],
    *,
    attachments: tuple[Attachment, ...] = (),
    signed: bool = True,
    addressees: str = "",
) -> DocumentContent:
    """A plain paper. ``signed``: the office's name and the day stand under it."""
    return DocumentContent(
        layout=Layout.PLAIN,
        organs=(organ,),
        number="",
        title=title,
        addressees=addressees,
        paragraphs=tuple(paragraphs),
        signatories=(organ,) if signed else (),
        signed_on=day,
        attachments=attachments,
    )


def chinese(number: int) -> str:
    """一 to 九百九十九, as headings are numbered."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += "十" if tens == 1 and not hundreds else f"{_DIGITS[tens]}十"
    elif hundreds and ones:
        text += "零"
    return text + (_DIGITS[ones] if ones else "")


def grouped(digest: str) -> str:
    """A digest in groups of eight, so that lines may break between them."""
    return " ".join(digest[start : start + 8] for start in range(0, len(digest), 8))
