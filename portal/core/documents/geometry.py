"""Measures of GB/T 9704-2012 in points, as they come out on paper.

The type area is 156 x 225 mm, 22 lines of 28 characters. The em boxes of the first and the last
line touch its edges, so the pitch is (225 mm - 16 pt) / 21; the page's own margins are half a
leading wider than the type area, because a line box is higher than its em box.
"""

from typing import Final

MM: Final = 72 / 25.4

SIZE: Final = 16.0  # 三号
SMALL_SIZE: Final = 14.0  # 四号
TITLE_SIZE: Final = 22.0  # 二号

TYPE_WIDTH: Final = 156 * MM
TYPE_HEIGHT: Final = 225 * MM
TYPE_TOP: Final = 37 * MM
LEFT: Final = 28 * MM
RIGHT: Final = 26 * MM
PAGE_HEIGHT: Final = 297 * MM

LINES: Final = 22
CHARS: Final = 28
CELL: Final = TYPE_WIDTH / CHARS
SPACING: Final = CELL - SIZE
PITCH: Final = (TYPE_HEIGHT - SIZE) / (LINES - 1)
LEADING: Final = (PITCH - SIZE) / 2

# Text pages: line boxes from half a leading above the type area to half a leading below it.
TEXT_TOP: Final = TYPE_TOP - LEADING
TEXT_HEIGHT: Final = LINES * PITCH
SLACK: Final = 0.3
TEXT_BOTTOM: Final = PAGE_HEIGHT - TEXT_TOP - TEXT_HEIGHT - SLACK

# Attachment pages: exactly the type area, so that a continued table starts at its top.
ATTACHMENT_TOP: Final = TYPE_TOP
ATTACHMENT_BOTTOM: Final = PAGE_HEIGHT - TYPE_TOP - TYPE_HEIGHT

# Page number: middle of the dash 7 mm below the type area.
NUMBER_BELOW: Final = 7 * MM

MASTHEAD_BELOW_TYPE_TOP: Final = 35 * MM
MASTHEAD_MAX_SIZE: Final = 46.0
MASTHEAD_NARROWEST: Final = 0.62
MASTHEAD_LONGEST_LINE: Final = 26
RULE_BELOW_NUMBER: Final = 4 * MM
RED_RULE: Final = 1.5
TITLE_CHARS: Final = 19

IMPRINT_PITCH: Final = 26.0
IMPRINT_THICK: Final = 0.35 * MM
IMPRINT_THIN: Final = 0.25 * MM

TABLE_SIZE: Final = 12.0
TABLE_LINE: Final = 18.0
TABLE_PAD_BLOCK: Final = 4.0
TABLE_PAD_INLINE: Final = 4.0
TABLE_RULE: Final = 0.75
ATTACHMENT_TITLE_LINE: Final = 32.0
ATTACHMENT_GAP: Final = 10.0
