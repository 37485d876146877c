"""A certificate (证书): one page across, a frame, everything at a place of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from portal.core.documents import fonts
from portal.core.documents import geometry as g
from portal.core.documents.composer import Line, Run, compose, plain_line
from portal.core.documents.content import DocumentContent, Paragraph, chinese_date
from portal.core.documents.coverage import ROLE_OF_KIND
from portal.core.documents.header import Placed
from portal.core.documents.titles import break_title

WIDTH: Final = g.PAGE_HEIGHT
HEIGHT: Final = g.PAGE_WIDTH
# Distances from the edges of the page.
SIDE: Final = 42 * g.MM
TEXT_WIDTH: Final = WIDTH - 2 * SIDE
TITLE_TOP: Final = 34 * g.MM
TITLE_SIZE: Final = 48.0
TITLE_WIDEST: Final = 12
NUMBER_TOP: Final = 62 * g.MM
TEXT_TOP: Final = 76 * g.MM
TEXT_FOOT: Final = 142 * g.MM
FOOT: Final = 182 * g.MM
MARK_TOP: Final = 164 * g.MM
# Where several organs sign, their names take the foot: the mark stands beside the number.
HIGH_MARK_TOP: Final = 56 * g.MM
SIZES: Final = (22.0, 20.0, 18.0, 16.0, 14.0, 12.0)
LINE: Final = 1.75
SIGNATURE_LINE: Final = 1.6
HINT_SIZE: Final = 10.5
NUMBER: Final = "编号："


@dataclass(frozen=True, slots=True)
class Certificate:
    title: tuple[Placed, ...]
    placed: tuple[Placed, ...]
    mark_top: float = MARK_TOP
    mark_left: float = SIDE


def certificate(content: DocumentContent) -> Certificate:
    """The text takes the largest size at which it fits above the signature."""
    placed = list(_number(content))
    size, lines = _text(content.paragraphs)
    height = len(lines) * size * LINE
    # Short texts stand a little below the top of their room, not at it.
    top = TEXT_TOP + max(0.0, TEXT_FOOT - TEXT_TOP - height) * 0.4
    for number, line in enumerate(lines):
        left = SIDE + line.indent
        own = replace(line, indent=0.0)
        placed.append(Placed(own, top + number * size * LINE, left, "word", size))
    placed.extend(_signatures(content, min(size, 18.0)))
    mark_top = MARK_TOP if len(content.signatories) <= 1 else HIGH_MARK_TOP
    return Certificate(tuple(_title(content)), tuple(placed), mark_top)


def _title(content: DocumentContent) -> Iterable[Placed]:
    lines = break_title(content.title, TITLE_WIDEST * 2)
    longest = max(len(line) for line in lines)
    size = min(TITLE_SIZE / (1 if len(lines) == 1 else 1.6), TEXT_WIDTH / longest)
    # Two or three characters are spread; more stand as they are.
    spacing = size * 0.8 if longest <= 4 else size * 0.05
    top = TITLE_TOP
    for text in lines:
        line = plain_line(text, fonts.XIAOBIAOSONG, size, spacing=spacing)
        yield Placed(line, top, (WIDTH - line.width) / 2, "organ", size)
        top += size * 1.25


def _number(content: DocumentContent) -> Iterable[Placed]:
    if content.number:
        line = plain_line(NUMBER + content.number, fonts.FANGSONG, g.SMALL_SIZE)
        left = WIDTH - SIDE - line.width
        yield Placed(line, NUMBER_TOP, left, "word", g.SMALL_SIZE)


def _text(paragraphs: Sequence[Paragraph]) -> tuple[float, list[Line]]:
    for size in SIZES:
        lines = [line for paragraph in paragraphs for line in _lines(paragraph, size)]
        if len(lines) * size * LINE <= TEXT_FOOT - TEXT_TOP:
            break
    return size, lines


def _lines(paragraph: Paragraph, size: float) -> list[Line]:
    """Whom it is given to (a paragraph that ends in a colon) stands at the edge."""
    runs = [Run(paragraph.text, ROLE_OF_KIND[paragraph.kind])]
    if paragraph.run_in:
        runs.append(Run(paragraph.run_in, fonts.FANGSONG))
    named = paragraph.kind == "body" and paragraph.text.endswith("：")
    indent = 0.0 if named else 2 * size
    return compose(runs, width=TEXT_WIDTH, size=size, spacing=0.0, first_indent=indent)


def _signatures(content: DocumentContent, size: float) -> Iterable[Placed]:
    """Organs beside each other, the date below the last, the places of the seals above them."""
    names = content.signatories
    if not names:
        return
    day = plain_line(chinese_date(content.signed_on), fonts.FANGSONG, size)
    pitch = TEXT_WIDTH / max(2, len(names))
    room = pitch - 2 * g.MM if len(names) > 1 else TEXT_WIDTH * 0.65
    right = WIDTH - SIDE
    columns = [_name_lines(name, size, room) for name in names]
    last = max(line.width for line in (*columns[-1], day))
    step = size * SIGNATURE_LINE
    centre = right - last / 2 if len(names) == 1 else right - pitch / 2
    date_top = FOOT - step
    for back, lines in zip(range(len(names) - 1, -1, -1), columns, strict=True):
        middle = centre - back * pitch
        top = date_top - len(lines) * step
        if content.seal_hint:
            hint = plain_line(content.seal_hint, fonts.FANGSONG, HINT_SIZE)
            place = top - HINT_SIZE * 1.8
            yield Placed(hint, place, middle - hint.width / 2, "seal-hint", HINT_SIZE)
        for number, line in enumerate(lines):
            yield Placed(line, top + number * step, middle - line.width / 2, "word", size)
    yield Placed(day, date_top, centre - day.width / 2, "word", size)


def _name_lines(name: str, size: float, room: float) -> list[Line]:
    per_line = int(room / size)
    parts = (name,) if len(name) <= per_line else break_title(name, per_line)
    return [plain_line(part, fonts.FANGSONG, size) for part in parts]
