"""What stands above the title: names in red, number, signers, secrecy, rules (版头).

Places are in points from the left edge of the type area and from the top of the first line box of
the page. A red name is placed by its ink, lines of text by their em boxes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from portal.core.documents import fonts
from portal.core.documents import geometry as g
from portal.core.documents.composer import Line, plain_line, text_width
from portal.core.documents.content import DocumentContent, chinese_date
from portal.core.documents.ink import ink
from portal.core.documents.titles import break_title

MINUTES = "纪要"
FILE = "文件"
# Between the names of joint issuers and 文件, in em of the names.
BEFORE_FILE = 0.4


@dataclass(frozen=True, slots=True)
class Placed:
    """A line at a place of its own; ``stretch`` narrows long names."""

    line: Line
    top: float
    left: float
    css: str
    size: float
    stretch: float = 1.0
    outline: str = ""

    @property
    def style(self) -> str:
        place = (
            f"top:{self.top:.3f}pt;left:{self.left:.3f}pt;width:{self.line.width:.3f}pt;"
            f"font-size:{self.size:.3f}pt;line-height:{self.size:.3f}pt"
        )
        if self.line.spacing:
            place += f";letter-spacing:{self.line.spacing:.4f}pt"
        return place if self.stretch == 1.0 else f"{place};transform:scaleX({self.stretch:.4f})"


class Rule(NamedTuple):
    """A red rule."""

    top: float
    left: float
    width: float
    thick: float


@dataclass(frozen=True, slots=True)
class Header:
    """``height`` is where the first line box of the text begins. ``heading`` is the name in red
    where that is the title of the document as well."""

    placed: tuple[Placed, ...] = ()
    rules: tuple[Rule, ...] = ()
    height: float = 0.0
    heading: str = ""

    @property
    def lines_left(self) -> int:
        """Lines of text below it on its page."""
        return int((g.LINES * g.PITCH - self.height) / g.PITCH + 0.01)


def notice_header(content: DocumentContent) -> Header:
    """文件 (clause 7): 35 mm below the upper edge of the type area."""
    top = g.MASTHEAD_BELOW_TYPE_TOP + g.LEADING
    if len(content.organs) == 1:
        organ = content.issuing_organ
        names, bottom = _mark(organ if organ.endswith(FILE) else organ + FILE, top)
    else:
        names, bottom = _joint_mark(content.organs, top)
    row = bottom + 2 * g.PITCH
    signers = _signers(content.signers, row)
    last_row = row + max(0, (len(content.signers) - 1) // 2) * g.PITCH
    placed = [*_security(content, 0.0), *names]
    if content.number:
        number = _text(content.number, last_row)
        left = g.CELL if signers else (g.TYPE_WIDTH - number.line.width) / 2
        placed.append(replace(number, left=left))
    placed += signers
    return _ruled(placed, last_row)


def letter_header(content: DocumentContent) -> Header:
    """信函 (10.1): the name 30 mm from the edge of the page, double rules, the number at the right.

    A letter of several organs bears the name of the first. The second rule is at the foot.
    """
    page_left = (g.PAGE_WIDTH - g.LETTER_RULE_WIDTH) / 2 - g.LEFT
    top = g.LETTER_NAME_TOP - g.TEXT_TOP
    name = content.issuing_organ.removesuffix(FILE)
    size = min(g.LETTER_NAME_SIZE, g.TYPE_WIDTH / len(name) / g.MASTHEAD_NARROWEST)
    line = plain_line(name, fonts.XIAOBIAOSONG, size)
    ink_top, ink_bottom = ink(name, fonts.XIAOBIAOSONG)
    left = page_left + (g.LETTER_RULE_WIDTH - line.width) / 2
    mark = Placed(
        line, top - ink_top * size, left, "organ", size, min(1.0, g.TYPE_WIDTH / line.width)
    )
    rule = top + (ink_bottom - ink_top) * size + g.LETTER_RULE_BELOW_NAME
    # Em boxes begin half a leading below the top of a line box.
    first = rule + g.DOUBLE_RULE + g.LETTER_BELOW_RULE - g.LEADING
    security = _security(content, first)
    placed = [mark, *security]
    if content.number:
        number = _text(content.number, first)
        placed.append(replace(number, left=g.TYPE_WIDTH - number.line.width))
    foot = g.PAGE_HEIGHT - g.LETTER_FOOT - g.DOUBLE_RULE - g.TEXT_TOP
    rules = (
        Rule(rule, page_left, g.LETTER_RULE_WIDTH, g.DOUBLE_THICK),
        Rule(rule + g.DOUBLE_THICK + g.DOUBLE_GAP, page_left, g.LETTER_RULE_WIDTH, g.DOUBLE_THIN),
        Rule(foot, page_left, g.LETTER_RULE_WIDTH, g.DOUBLE_THIN),
        Rule(foot + g.DOUBLE_THIN + g.DOUBLE_GAP, page_left, g.LETTER_RULE_WIDTH, g.DOUBLE_THICK),
    )
    rows = max(len(security), 1 if content.number else 0)
    return Header(tuple(placed), rules, first + (rows + 2) * g.PITCH)


def minutes_header(content: DocumentContent) -> Header:
    """纪要 (10.3): the mark, the number centred, then the organ at the left and the date at the
    right."""
    mark, heading = minutes_mark(content)
    names, row = _mark(mark, g.MASTHEAD_BELOW_TYPE_TOP + g.LEADING)
    names[0] = replace(names[0], outline=heading)
    placed = [*_security(content, 0.0), *names]
    row += 2 * g.PITCH
    if content.number:
        number = _text(content.number, row)
        placed.append(replace(number, left=(g.TYPE_WIDTH - number.line.width) / 2))
        row += g.PITCH
    day = _text(chinese_date(content.signed_on), row)
    room = g.TYPE_WIDTH - 3 * g.CELL - day.line.width
    organ = _text(content.issuing_organ, row)
    # Narrowed about its middle, so it has to be moved by half of what it loses.
    stretch = min(1.0, room / organ.line.width)
    left = g.CELL - organ.line.width * (1 - stretch) / 2
    placed.append(replace(organ, left=left, stretch=stretch))
    placed.append(replace(day, left=g.TYPE_WIDTH - g.CELL - day.line.width))
    return replace(_ruled(placed, row), heading=heading)


def minutes_mark(content: DocumentContent) -> tuple[str, str]:
    """The mark of minutes, and the same again when it is the title of the document too.

    A title about something (关于……) is printed below the rule, and the organ gives the mark.
    """
    title = content.title.replace("\n", "")
    if title.endswith(MINUTES) and "关于" not in title:
        return title, title
    return content.issuing_organ.removesuffix(MINUTES) + MINUTES, ""


def _ruled(placed: Sequence[Placed], last_row: float) -> Header:
    """The red rule 4 mm below the last row, the text two lines below the rule."""
    rule = last_row + g.LEADING + g.SIZE + g.RULE_BELOW_NUMBER
    rules = (Rule(rule, 0.0, g.TYPE_WIDTH, g.RED_RULE),)
    return Header(tuple(placed), rules, rule + g.RED_RULE + 2 * g.PITCH)


def _mark(text: str, top: float) -> tuple[list[Placed], float]:
    """A red name centred in one line or two, and its lower edge."""
    if len(text) <= g.MASTHEAD_LONGEST_LINE:
        parts: tuple[str, ...] = (text,)
    else:
        parts = break_title(text, -(-len(text) // 2) + 6)
    longest = max(len(part) for part in parts)
    largest = g.MASTHEAD_MAX_SIZE if longest <= g.MASTHEAD_SHORT else g.MASTHEAD_GRID_SIZE
    size = min(largest, g.TYPE_WIDTH / longest / g.MASTHEAD_NARROWEST)
    start = top - ink(parts[0], fonts.XIAOBIAOSONG)[0] * size
    placed: list[Placed] = []
    for number, part in enumerate(parts):
        line = plain_line(part, fonts.XIAOBIAOSONG, size)
        place = start + number * g.MASTHEAD_PITCH * size
        left = (g.TYPE_WIDTH - line.width) / 2
        stretch = min(1.0, g.TYPE_WIDTH / line.width)
        placed.append(Placed(line, place, left, "organ", size, stretch))
    return placed, top + size * (1 + g.MASTHEAD_PITCH * (len(parts) - 1))


def _joint_mark(organs: Sequence[str], top: float) -> tuple[list[Placed], float]:
    """Names one below the other, each spread to the width of the longest, 文件 at their right."""
    names = [organ.removesuffix(FILE) for organ in organs]
    rows = 1 + g.MASTHEAD_PITCH * (len(names) - 1)
    longest = max(len(name) for name in names)
    size = min(g.MASTHEAD_GRID_SIZE, g.MASTHEAD_HIGHEST / rows)
    file_size = max(size, g.MASTHEAD_GRID_SIZE)
    file = plain_line(FILE, fonts.XIAOBIAOSONG, file_size)
    size = min(size, (g.TYPE_WIDTH - file.width) / (longest + BEFORE_FILE) / g.MASTHEAD_NARROWEST)
    gap = BEFORE_FILE * size
    room = g.TYPE_WIDTH - file.width - gap
    widest = max(text_width(name, fonts.XIAOBIAOSONG, size) for name in names)
    stretch = min(1.0, room / widest)
    width = widest * stretch
    left = (g.TYPE_WIDTH - width - gap - file.width) / 2
    start = top - ink(names[0], fonts.XIAOBIAOSONG)[0] * size
    placed: list[Placed] = []
    for number, name in enumerate(names):
        natural = text_width(name, fonts.XIAOBIAOSONG, size)
        spacing = (widest - natural) / max(1, len(name) - 1)
        line = plain_line(name, fonts.XIAOBIAOSONG, size, spacing=spacing)
        # Narrowed about its middle.
        own_left = left - line.width * (1 - stretch) / 2
        place = start + number * g.MASTHEAD_PITCH * size
        placed.append(Placed(line, place, own_left, "organ", size, stretch))
    height = rows * size
    middle = start + height / 2
    placed.append(Placed(file, middle - file_size / 2, left + width + gap, "organ", file_size))
    return placed, max(start + height, middle + file_size / 2)


def _text(text: str, top: float, role: str = fonts.FANGSONG) -> Placed:
    """A line of 三号 whose line box begins at ``top``."""
    line = plain_line(text, role, g.SIZE, spacing=g.SPACING)
    return Placed(line, top + g.LEADING, 0.0, "word", g.SIZE)


def _security(content: DocumentContent, top: float) -> list[Placed]:
    """密级 and 紧急程度 one below the other at the left edge."""
    words = [word for word in (content.secrecy, content.urgency) if word]
    return [_text(word, top + number * g.PITCH, fonts.HEITI) for number, word in enumerate(words)]


def _signers(names: Sequence[str], top: float) -> list[Placed]:
    """签发人 of upward documents: one character before the right edge, two names to a row."""
    if not names:
        return []
    widths = [text_width(name, fonts.KAITI, g.SIZE, g.SPACING) for name in names]
    step = max(widths) + g.CELL
    columns = min(2, len(names))
    label = _text("签发人：", top)
    right = g.TYPE_WIDTH - g.CELL
    begin = right - (step * (columns - 1) + max(widths[1::2] or widths))
    placed = [replace(label, left=begin - 4 * g.CELL)]
    for number, name in enumerate(names):
        word = _text(name, top + number // 2 * g.PITCH, fonts.KAITI)
        placed.append(replace(word, left=begin + number % 2 * step))
    return placed
