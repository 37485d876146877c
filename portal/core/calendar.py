"""Working days (工作日): Monday to Friday with the exceptions stored in ``CalendarDay``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    return _add(exceptions, start if first_day_counts else start + timedelta(days=1), days)


def next_working_days(start: date, count: int) -> list[date]:
    """The first, second ... working day after a day; a term of n days ends on the n-th."""
    exceptions = _exceptions(start, start + timedelta(days=count * 2 + 30))
    found: list[date] = []
    day = start
    while len(found) < count:
        day += timedelta(days=1)
        if exceptions.get(day, day.weekday() < 5):
            found.append(day)
    return found


class Calendar:
    """The years of some days, read once: for what counts in many places of one page."""

    def __init__(self, days: Iterable[date]) -> None:
        known = list(days)
        begin, end = date(min(known).year, 1, 1), date(max(known).year, 12, 31)
        self._exceptions = _exceptions(begin, end)
        self._entered = {day.year for day in self._exceptions}

    def between(self, start: date, end: date) -> int:
        """As ``working_days_between``, of days in those years."""
        return _between(self._exceptions, start, end)

    def after(self, start: date, days: int) -> date:
        """As ``add_working_days``, where the term ends in those years."""
        return _add(self._exceptions, start + timedelta(days=1), days)

    def missing(self, first: date, last: date) -> list[int]:
        """As ``years_missing``, of those years."""
        return [year for year in range(first.year, last.year + 1) if year not in self._entered]


def _add(exceptions: Mapping[date, bool], day: date, left: int) -> date:
    while True:
        if exceptions.get(day, day.weekday() < 5):
            left -= 1
            if left == 0:
                return day
        day += timedelta(days=1)


def _between(exceptions: Mapping[date, bool], start: date, end: date) -> int:
    if end < start:
        return -_between(exceptions, end, start)
    count, day = 0, start
    while day < end:
        day += timedelta(days=1)
        count += exceptions.get(day, day.weekday() < 5)
    return count


def working_days_between(start: date, end: date) -> int:
    """Working days after ``start`` up to and including ``end``; negative when end is earlier."""
    return _between(_exceptions(min(start, end), max(start, end)), start, end)


def late_words(late: int) -> str:
    """What is said of a term that has passed; no number before the first working day after it."""
    return f"已逾期 {late} 个工作日" if late else "已逾期"


def arrangement_published(year: int) -> bool:
    """Whether the year's official holiday arrangement has been entered (年度安排已发布)."""
    return CalendarDay.objects.filter(day__year=year).exists()


def years_missing(first: date, last: date) -> list[int]:
    """Years from one day to another whose official arrangement has not been entered; one query."""
    begin, end = date(min(first, last).year, 1, 1), date(max(first, last).year, 12, 31)
    days = CalendarDay.objects.filter(day__range=(begin, end)).order_by()
    known = set(days.values_list("day__year", flat=True).distinct())
    return [year for year in range(begin.year, end.year + 1) if year not in known]


def missing_ahead(day: date, days: int) -> str:
    """What is said where terms of up to so many working days are offered; see missing_words."""
    return missing_words(years_missing(day, add_working_days(day, days)))


def missing_words(years: Iterable[int]) -> str:
    """What is said where a term runs into such years; "" when there are none."""
    named = "、".join(f"{year}年" for year in years)
    return f"{named}放假安排尚未录入，暂按周一至周五推算" if named else ""


def said_of_year(year: int) -> list[tuple[date, bool, str, str]]:
    """What is entered of a year: day, whether it is worked, its name and its source."""
    rows = CalendarDay.objects.filter(day__year=year).order_by("day")
    return list(rows.values_list("day", "working", "name", "source"))
