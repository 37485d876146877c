"""Measures a PDF as it comes out on paper: lines of text, rules, pictures, page boxes.

Lengths are millimetres from the upper left corner of the page, sizes of type are points. What is
measured is read from the file by PDFium; a second reader (poppler) gives the text and the places of
its words on its own (``words``, ``text_by_poppler``).
"""

from __future__ import annotations

import ctypes
import html
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import hypot
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pypdfium2 as pdfium
import pypdfium2.raw as raw

MM: Final = 72 / 25.4
# The part of an em box above the baseline, in the faces as they are installed.
ASCENT: Final = 0.88

# Pieces of one baseline further apart than this many ems are lines of their own (cells, dates).
GAP: Final = 1.2

Colour = tuple[int, int, int]
BLACK: Final[Colour] = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Char:
    """A glyph: where it starts and ends on its baseline, and the box of its ink."""

    text: str
    left: float
    right: float
    baseline: float
    size: float
    face: str
    colour: Colour
    ink: tuple[float, float, float, float]
    turned: bool


@dataclass(frozen=True)
class Line:
    chars: tuple[Char, ...]

    @cached_property
    def text(self) -> str:
        return "".join(char.text for char in self.chars)

    @property
    def left(self) -> float:
        return self.chars[0].left

    @property
    def right(self) -> float:
        return self.chars[-1].right

    @property
    def centre(self) -> float:
        return (self.left + self.right) / 2

    @property
    def baseline(self) -> float:
        return self.chars[0].baseline

    @property
    def faces(self) -> set[str]:
        return {char.face for char in self.chars}

    @property
    def size(self) -> float:
        """The largest size in the line, in points."""
        return max(char.size for char in self.chars)

    @property
    def colours(self) -> set[Colour]:
        return {char.colour for char in self.chars}

    @property
    def top(self) -> float:
        """Upper edge of the em box."""
        return self.baseline - ASCENT * self.size / MM

    @property
    def bottom(self) -> float:
        """Lower edge of the em box."""
        return self.top + self.size / MM

    @property
    def ink(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of what is black (or red)."""
        boxes = [char.ink for char in self.chars]
        return (
            min(box[0] for box in boxes),
            min(box[1] for box in boxes),
            max(box[2] for box in boxes),
            max(box[3] for box in boxes),
        )


@dataclass(frozen=True, slots=True)
class Box:
    """A drawn rectangle or rule, or a picture."""

    left: float
    top: float
    right: float
    bottom: float
    colour: Colour

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True)
class Page:
    number: int
    width: float
    height: float
    chars: tuple[Char, ...]
    drawn: tuple[Box, ...]
    pictures: tuple[Box, ...]

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """From top to bottom, and from left to right on one baseline."""
        found = list(_lines(self.chars))
        return tuple(sorted(found, key=lambda line: (round(line.baseline, 1), line.left)))

    @property
    def text(self) -> str:
        """In the order of the file."""
        return "".join(char.text for char in self.chars)

    def line(self, text: str) -> Line:
        """The first line from the top that has ``text`` in it."""
        for line in self.lines:
            if text in line.text:
                return line
        raise AssertionError(f"{text} is not on page {self.number}: {self.text}")

    def has(self, text: str) -> bool:
        return any(text in line.text for line in self.lines)

    def rules(self, *, at_least: float = 100.0, thinner_than: float = 2.0) -> list[Box]:
        """Horizontal rules, from top to bottom."""
        found = [box for box in self.drawn if box.width >= at_least and box.height <= thinner_than]
        return sorted(found, key=lambda box: box.top)

    @property
    def type_left(self) -> float:
        """Left edge of the type area: the binding (订口) is left on odd pages, right on even."""
        return 28.0 if self.number % 2 else 26.0

    @property
    def type_right(self) -> float:
        return self.type_left + 156.0

    @property
    def folio(self) -> Line | None:
        """The page number with its dashes; on a page across it is turned."""
        turned = tuple(char for char in self.chars if char.turned)
        lines = (*self.lines, Line(turned)) if turned else self.lines
        return next((line for line in lines if re.fullmatch(r"—\d+—", line.text)), None)

    @property
    def body(self) -> list[Line]:
        """Lines between the upper and the lower edge of the type area."""
        return [line for line in self.lines if line.top > 36 and line.bottom < 263]


def measure(pdf: bytes) -> list[Page]:
    """All pages of the file."""
    document = pdfium.PdfDocument(pdf)
    try:
        return [_page(document, index) for index in range(len(document))]
    finally:
        document.close()


def _page(document: pdfium.PdfDocument, index: int) -> Page:
    page = document[index]
    width, height = page.get_size()
    drawn, pictures = [], []
    for found in page.get_objects():
        if found.type == raw.FPDF_PAGEOBJ_PATH:
            drawn.append(_box(found, height))
        elif found.type == raw.FPDF_PAGEOBJ_IMAGE:
            pictures.append(_box(found, height))
    text = page.get_textpage()
    chars = tuple(_chars(text, height))
    text.close()
    page.close()
    return Page(index + 1, width / MM, height / MM, chars, tuple(drawn), tuple(pictures))


def _clips(found: pdfium.PdfObject) -> Iterator[tuple[float, float, float, float]]:
    """The boxes of the paths that the object is cut by: borders are rings cut to one side."""
    clip = raw.FPDFPageObj_GetClipPath(found)
    x, y = ctypes.c_float(), ctypes.c_float()
    for path in range(max(0, raw.FPDFClipPath_CountPaths(clip))):
        points: list[tuple[float, float]] = []
        for index in range(raw.FPDFClipPath_CountPathSegments(clip, path)):
            segment = raw.FPDFClipPath_GetPathSegment(clip, path, index)
            raw.FPDFPathSegment_GetPoint(segment, x, y)
            points.append((x.value, y.value))
        if points:
            across, upward = zip(*points, strict=True)
            yield min(across), min(upward), max(across), max(upward)


def _box(found: pdfium.PdfObject, height: float) -> Box:
    left, bottom, right, top = found.get_bounds()
    for clip in _clips(found):
        left, bottom = max(left, clip[0]), max(bottom, clip[1])
        right, top = min(right, clip[2]), min(top, clip[3])
    parts = [ctypes.c_uint() for _ in range(4)]
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(found, fill, stroke)
    colour_of = raw.FPDFPageObj_GetFillColor if fill.value else raw.FPDFPageObj_GetStrokeColor
    colour_of(found, *parts)
    red, green, blue = (part.value for part in parts[:3])
    return Box(
        left / MM, (height - top) / MM, right / MM, (height - bottom) / MM, (red, green, blue)
    )


def _chars(text: pdfium.PdfTextPage, height: float) -> Iterator[Char]:
    box = [ctypes.c_double() for _ in range(4)]
    loose, matrix = raw.FS_RECTF(), raw.FS_MATRIX()
    x, y = ctypes.c_double(), ctypes.c_double()
    parts = [ctypes.c_uint() for _ in range(4)]
    name = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    for index in range(raw.FPDFText_CountChars(text)):
        char = chr(raw.FPDFText_GetUnicode(text, index))
        if raw.FPDFText_IsGenerated(text, index) or char.isspace():
            continue
        raw.FPDFText_GetCharBox(text, index, box[0], box[1], box[2], box[3])
        raw.FPDFText_GetLooseCharBox(text, index, loose)
        raw.FPDFText_GetCharOrigin(text, index, x, y)
        raw.FPDFText_GetMatrix(text, index, matrix)
        raw.FPDFText_GetFillColor(text, index, *parts)
        raw.FPDFText_GetFontInfo(text, index, name, len(name), flags)
        left, right, bottom, top = (value.value for value in box)
        red, green, blue = (part.value for part in parts[:3])
        yield Char(
            char,
            x.value / MM,
            loose.right / MM,
            (height - y.value) / MM,
            hypot(matrix.b, matrix.d) * raw.FPDFText_GetFontSize(text, index),
            name.value.decode().split("+")[-1],
            (red, green, blue),
            (left / MM, (height - top) / MM, right / MM, (height - bottom) / MM),
            abs(matrix.b) > 1e-3,
        )


def _lines(chars: tuple[Char, ...]) -> Iterator[Line]:
    rows: dict[int, list[Char]] = {}
    for char in chars:
        # A thousandth of a millimetre is less than what rounding in the file moves.
        key = round(char.baseline * 20)
        key = next((near for near in (key, key - 1, key + 1) if near in rows), key)
        rows.setdefault(key, []).append(char)
    for row in rows.values():
        row.sort(key=lambda char: char.left)
        piece: list[Char] = []
        for char in row:
            if piece and (
                char.left - piece[-1].right > GAP * char.size / MM
                or char.turned != piece[-1].turned
            ):
                yield Line(tuple(piece))
                piece = []
            piece.append(char)
        yield Line(tuple(piece))


@dataclass(frozen=True, slots=True)
class Word:
    """A word as poppler finds it."""

    page: int
    left: float
    top: float
    right: float
    bottom: float
    text: str


def _pdftotext(pdf: bytes, *options: str) -> str:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "file.pdf"
        file.write_bytes(pdf)
        done = subprocess.run(
            ["pdftotext", *options, str(file), "-"], check=True, capture_output=True
        )
    return done.stdout.decode()


def text_by_poppler(pdf: bytes) -> str:
    """All text in the order of the file, without white space."""
    return "".join(_pdftotext(pdf, "-raw", "-enc", "UTF-8").split())


def words(pdf: bytes) -> list[Word]:
    """Words with their places, by poppler."""
    found: list[Word] = []
    page = 0
    pattern = re.compile(
        r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>'
    )
    for row in _pdftotext(pdf, "-bbox").splitlines():
        page += "<page " in row
        match = pattern.search(row)
        if match:
            left, top, right, bottom = (float(value) / MM for value in match.groups()[:4])
            found.append(Word(page, left, top, right, bottom, html.unescape(match[5])))
    return found
