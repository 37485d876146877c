"""The verification mark: a QR code that holds an address, and the code in text beside it."""

from dataclasses import dataclass
from functools import lru_cache

import qrcode  # type: ignore[import-untyped]

from portal.core.documents import fonts
from portal.core.documents import geometry as g
from portal.core.documents.codes import grouped
from portal.core.documents.composer import Line, plain_line
from portal.core.documents.content import DocumentContent

LABEL = "核验码"
ADVICE = "扫码可核验本件真伪"


@dataclass(frozen=True, slots=True)
class Mark:
    """``path`` draws the QR code in units of its modules, ``modules`` to a side; without an
    address there is text alone."""

    path: str
    modules: int
    size: float
    below: float
    lines: tuple[Line, ...]

    @property
    def text_in(self) -> float:
        """From the edge to the text."""
        return self.size + g.MARK_GAP if self.path else 0.0

    @property
    def across_top(self) -> float:
        """Where it begins at the inner side of an even page across."""
        return g.TYPE_WIDTH - g.MARK_WIDTH

    @property
    def text_height(self) -> float:
        return len(self.lines) * g.MARK_TEXT_PITCH

    @property
    def text_pad(self) -> float:
        """Above the text, so that it stands in the middle of the QR code."""
        return (self.size - self.text_height) / 2


def mark_of(content: DocumentContent, *, above_rule: bool = False) -> Mark | None:
    """The mark of a document that has a code; ``above_rule`` fits it between the type area and
    the red rule at the foot of a letter."""
    if not content.code:
        return None
    path, modules = drawn(content.verify_url) if content.verify_url else ("", 0)
    texts = [LABEL, grouped(content.code)]
    if modules:
        texts.append(ADVICE)
    return Mark(
        path,
        modules,
        g.LETTER_MARK_SIZE if above_rule else g.MARK_SIZE,
        g.LETTER_MARK_BELOW if above_rule else g.MARK_BELOW,
        tuple(plain_line(text, fonts.SONGTI, g.MARK_TEXT) for text in texts),
    )


@lru_cache(maxsize=64)
def drawn(url: str) -> tuple[str, int]:
    """A QR code as an SVG path of one unit to a module, and how many modules a side has."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
    code.add_data(url)
    code.make(fit=True)
    matrix = code.get_matrix()
    pieces: list[str] = []
    for top, row in enumerate(matrix):
        left = 0
        while left < len(row):
            end = left
            while end < len(row) and row[end]:
                end += 1
            if end > left:
                # A hair taller than a module: no white line between two rows.
                pieces.append(f"M{left} {top}h{end - left}v1.02h-{end - left}z")
            left = end + 1
    return "".join(pieces), len(matrix)
