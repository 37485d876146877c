"""Measures of GB/T 9704-2012 in points, as they come out on paper.

The type area is 156 x 225 mm, 22 lines of 28 characters. The em boxes of the first and the last
line touch its edges, so the pitch is (225 mm - 16 pt) / 21; the page's own margins are half a
leading wider than the type area, because a line box is higher than its em box. Paper is printed on
both sides: on even pages the left and the right margin change places.
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
PAGE_WIDTH: Final = 210 * MM
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

# Name of the organ in red. Its size is free: with MASTHEAD_GRID_SIZE on one line the text below
# stands on the grid, so that is taken for all names but short ones.
MASTHEAD_BELOW_TYPE_TOP: Final = 35 * MM
MASTHEAD_MAX_SIZE: Final = 46.0
MASTHEAD_GRID_SIZE: Final = 36.0
MASTHEAD_SHORT: Final = 10
MASTHEAD_NARROWEST: Final = 0.62
MASTHEAD_LONGEST_LINE: Final = 26
MASTHEAD_PITCH: Final = 1.2
# Joint issuers: what their names may take of the first page, so that text stands on it.
MASTHEAD_HIGHEST: Final = 150.0
RULE_BELOW_NUMBER: Final = 4 * MM
RED_RULE: Final = 1.5
TITLE_CHARS: Final = 19

# 信函 (10.1): distances from the edges of the page.
LETTER_NAME_TOP: Final = 30 * MM
LETTER_NAME_SIZE: Final = 40.0
LETTER_RULE_WIDTH: Final = 170 * MM
LETTER_RULE_BELOW_NAME: Final = 4 * MM
LETTER_FOOT: Final = 20 * MM
LETTER_BELOW_RULE: Final = SIZE * 7 / 8
DOUBLE_THICK: Final = 2.0
DOUBLE_GAP: Final = 1.5
DOUBLE_THIN: Final = 0.75
DOUBLE_RULE: Final = DOUBLE_THICK + DOUBLE_GAP + DOUBLE_THIN

# Signatures of joint issuers: as wide as a seal (42 mm) and the distance between two.
SEAL_COLUMN: Final = 46 * MM
WIDE_SEAL_COLUMN: Final = 68 * MM
SEAL_ROWS: Final = 5

# Verification mark below the type area; on the first page of a letter it ends above the red rule.
MARK_BELOW: Final = 4 * MM
MARK_SIZE: Final = 16 * MM
LETTER_MARK_BELOW: Final = 1 * MM
LETTER_MARK_SIZE: Final = 11.5 * MM
MARK_TEXT: Final = 9.0
MARK_TEXT_PITCH: Final = 13.0
MARK_GAP: Final = 2 * MM
MARK_WIDTH: Final = 60 * MM

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
