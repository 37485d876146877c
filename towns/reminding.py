"""When a term is near enough to be reminded of: pure, in working days."""

from __future__ import annotations

# Working days before a round closes, and before a correction is due.
CLOSING_MARKS = (7, 3, 1)
DUE_MARKS = (3, 1)
OVERDUE = -1


def mark_of(left: int, marks: tuple[int, ...]) -> int | None:
    """The mark that a number of working days stands under, None while it is further away.

    A mark that fell on days when nothing ran is made up for until the next one is reached, never
    after the term.

    >>> [mark_of(left, (7, 3, 1)) for left in (8, 7, 5, 3, 2, 1, 0, -1)]
    [None, 7, 7, 3, 3, 1, 1, None]
    """
    return min((mark for mark in marks if mark >= left >= 0), default=None)
