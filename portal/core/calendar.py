"""Working days (工作日): Monday to Friday with the exceptions stored in ``CalendarDay``."""

from __future__ import annotations

from datetime import date, timedelta

from portal.core.models.calendar import CalendarDay


def _exceptions(first: date, last: date) -> dict[date, bool]:
    rows = CalendarDay.objects.filter(day__range=(first, last))
    return dict(rows.values_list("day", "working"))


def add_working_days(start: date, days: int, *, first_day_counts: bool = False) -> date:
    """The last day of a period of working days.

    ``first_day_counts``: the start itself is day one when it is a working day (公示 in most
    notices read); otherwise the count begins on the next day, as for terms of handling.
    """
    if days <= 0:
        return start
    exceptions = _exceptions(start, start + timedelta(days=days * 2 + 30))
    day = start if first_day_counts else start + timedelta(days=1)
    left = days
    while True:
        if exceptions.get(day, day.weekday() < 5):
            left -= 1
            if left == 0:
                return day
        day += timedelta(days=1)


def working_days_between(start: date, end: date) -> int:
    """Working days after ``start`` up to and including ``end``; negative when end is earlier."""
    if end < start:
        return -working_days_between(end, start)
    exceptions = _exceptions(start, end)
    count, day = 0, start
    while day < end:
        day += timedelta(days=1)
        count += exceptions.get(day, day.weekday() < 5)
    return count


def arrangement_published(year: int) -> bool:
    """Whether the year's official holiday arrangement has been entered (年度安排已发布)."""
    return CalendarDay.objects.filter(day__year=year).exists()
