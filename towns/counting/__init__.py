"""Computed indicators: one rule for each, the rows that it counts, at any date."""

from towns.counting.books import Books
from towns.counting.describing import CountedRow, since_words
from towns.counting.rules import (
    INDICATORS,
    RULES,
    Counted,
    Rule,
    count_all,
    count_indicator,
    numbers_of,
)

__all__ = [
    "INDICATORS",
    "RULES",
    "Books",
    "Counted",
    "CountedRow",
    "Rule",
    "count_all",
    "count_indicator",
    "numbers_of",
    "since_words",
]
