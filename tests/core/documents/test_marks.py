"""The verification mark on paper: where it stands, and that its QR code holds the address."""

from typing import Any

import pypdfium2 as pdfium
import pytest
import qrcode  # type: ignore[import-untyped]

from portal.core.documents.content import DocumentContent, Paragraph
from portal.core.documents.kinds import Layout
from portal.core.documents.typesetting import render_pdf
from tests.core.documents.pdf import joined_text, open_pdf
from tests.core.documents.samples import BODY, CODE, CODE_PRINTED, VERIFY_URL, sample_of, wide

# Pixels to a millimetre.
SCALE = 20
CODED: dict[str, Any] = {"code": CODE, "verify_url": VERIFY_URL}
ONE_PAGE = {"paragraphs": BODY[:1], "copy_to": None, "note": ""}


class Paper:
    """The last page of a document in grey, and what is black on it, in millimetres."""

    def __init__(self, content: DocumentContent) -> None:
        document = pdfium.PdfDocument(render_pdf(content))
        self.number = len(document)
        page = document[self.number - 1]
        self.image = page.render(scale=SCALE * 25.4 / 72, grayscale=True).to_pil()

    def black(self, left: float, top: float, right: float, bottom: float) -> Any:
        """The box of what is printed within a region, or None."""
        box = tuple(round(edge * SCALE) for edge in (left, top, right, bottom))
        found = self.image.crop(box).point(lambda grey: 255 if grey < 128 else 0).getbbox()
        if found is None:
            return None
        x, y = box[:2]
        return tuple(
            (edge + start) / SCALE for edge, start in zip(found, (x, y, x, y), strict=True)
        )

    def modules(self, left: float, top: float, size: float, count: int) -> list[list[bool]]:
        step = size / count
        return [
            [
                self.image.getpixel(
                    (
                        round((left + (column + 0.5) * step) * SCALE),
                        round((top + (row + 0.5) * step) * SCALE),
                    )
                )
                < 128
                for column in range(count)
            ]
            for row in range(count)
        ]


def matrix() -> list[list[bool]]:
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
    code.add_data(VERIFY_URL)
    found: list[list[bool]] = code.get_matrix()
    return found


def holds_the_address(paper: Paper, left: float, top: float, size: float) -> None:
    expected = matrix()
    assert paper.modules(left, top, size, len(expected)) == expected


@pytest.mark.parametrize("layout", [Layout.NOTICE, Layout.MINUTES])
def test_on_an_even_page_it_stands_at_the_right(layout: Layout) -> None:
    paper = Paper(sample_of(layout, 0, **CODED))
    assert paper.number % 2 == 0
    # The type area of an even page is 26 to 182 mm; the page number stands at the left.
    box = paper.black(166, 262.5, 210, 297)
    assert box == pytest.approx((166, 266, 182, 282), abs=0.15)
    holds_the_address(paper, 166, 266, 16)
    number = paper.black(0, 262.5, 100, 297)
    assert number[2] < 60
    # Nothing between the type area and the mark.
    assert paper.black(60, 262.5, 210, 265.8) is None


def test_on_an_odd_page_it_stands_at_the_left() -> None:
    paper = Paper(sample_of(Layout.PUBLICITY, 0, **ONE_PAGE, **CODED))
    assert paper.number == 1
    assert paper.black(0, 262.5, 44.2, 297) == pytest.approx((28, 266, 44, 282), abs=0.25)
    holds_the_address(paper, 28, 266, 16)
    number = paper.black(110, 262.5, 210, 297)
    assert number[0] > 150


def test_on_the_first_page_of_a_letter_it_stands_above_the_red_rule() -> None:
    paper = Paper(sample_of(Layout.LETTER, 0, **ONE_PAGE, **CODED))
    assert paper.number == 1
    box = paper.black(26, 262.2, 40.6, 275.3)
    assert box == pytest.approx((28, 263, 39.5, 274.5), abs=0.15)
    holds_the_address(paper, 28, 263, 11.5)


def test_on_a_page_across_it_stands_at_the_foot_of_the_paper_held_upright() -> None:
    paper = Paper(sample_of(Layout.PUBLICITY, attachments=(wide(12),), **CODED))
    assert paper.number % 2 == 0
    # The foot of the paper is the left edge of the page; its inner side, on the back, is below.
    box = paper.black(0, 166, 34.5, 210)
    assert box == pytest.approx((15, 166, 31, 182), abs=0.15)
    number = paper.black(0, 0, 34.5, 100)
    assert (number[0] + number[2]) / 2 == pytest.approx(28, abs=0.6)
    assert number[1] == pytest.approx(26 + 14 * 25.4 / 72, abs=0.8)


@pytest.mark.parametrize("layout", Layout)
def test_the_code_is_in_the_text_and_nothing_is_there_without_one(layout: Layout) -> None:
    body: dict[str, Any] = {"paragraphs": (Paragraph("body", "现予公布。"),)}
    content = sample_of(layout, 0, **body, code=CODE)
    text = joined_text(open_pdf(render_pdf(content)))
    # Where the portal does not know its own address there is no QR code, only the code.
    assert f"核验码{CODE_PRINTED}" in text
    assert "扫码" not in text
    assert "核验码" not in joined_text(open_pdf(render_pdf(sample_of(layout, 0, **body))))
