"""Reads a PDF back: text without line breaks, and where each piece of text stands."""

import io
from typing import Any, NamedTuple

from pypdf import PdfReader

MM = 72 / 25.4


class Piece(NamedTuple):
    """Text with its left edge and baseline, in points from the top left of the page."""

    x: float
    y: float
    text: str
    font: str


def open_pdf(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def joined_text(reader: PdfReader) -> str:
    """All text in reading order, white space removed (lines end where they are full)."""
    return "".join("".join((page.extract_text() or "").split()) for page in reader.pages)


def pieces(page: Any) -> list[Piece]:
    found: list[Piece] = []
    height = float(page.mediabox.height)

    def visit(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:
        if text.strip():
            x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
            y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            name = str(font["/BaseFont"]).split("+")[-1] if font else ""
            found.append(Piece(x, height - y, text.strip(), name))

    page.extract_text(visitor_text=visit)
    return found


def fonts_of(reader: PdfReader) -> set[str]:
    return {piece.font for page in reader.pages for piece in pieces(page)}
