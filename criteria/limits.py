"""How long and how many the parts of a set may be: the same in the editor and in a file. Pure."""

from __future__ import annotations

from decimal import Decimal

# Figures are reported from the first on; a clause names no year after the last.
FIRST_YEAR = 2000
LAST_YEAR = 2100
FIRST_DAY_YEAR = 1949

CLAUSE_LENGTH = 10_000
QUOTE_LENGTH = 2_000
NOTES_LENGTH = 2_000
RUBRIC_LENGTH = 2_000
ASK_LENGTH = 300
LINE_LENGTH = 400  # of a line among the matters left open and the notes of a set
LABEL_LENGTH = 60

MOST_COMPARISONS = 20  # groups, priorities, grounds: rows of a form
MOST_RUBRIC = 30
MOST_BANDS = 12
MOST_STEPS = 30

LARGEST_POINTS = Decimal("99999.99")
MOST_DIGITS = 2
PLACES = 4  # decimals that a number is stored with
LARGEST = Decimal(10) ** 16
