"""A year's arrangement of holidays (放假安排) as lines of text, one stretch of days a line.

``2027-10-01 至 2027-10-07 放假 国庆节`` and ``2027-09-26 上班 国庆节调休``: days, 放假 or 上班, a
name. No database, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

WORDS = {"放假": False, "休": False, "上班": True, "班": True}
LONGEST, LINES, NAME_LENGTH = 31, 80, 40
_DAY = r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?"
_LINE = re.compile(rf"{_DAY}(?:\s*(?:至|到|~|—|－)\s*{_DAY})?\s+(放假|上班|休|班)(?:\s+(\S.*))?")


class Marked(NamedTuple):
    """A day that is marked: worked or not, and why."""

    day: date
    working: bool
    name: str

    @property
    def departs(self) -> bool:
        """Whether it departs from Monday to Friday."""
        return self.working != (self.day.weekday() < 5)


def read_lines(text: str, year: int) -> tuple[list[Marked], list[str]]:
    """The marked days of a year, and what is wrong with which line."""
    found: dict[date, Marked] = {}
    problems: list[str] = []
    lines = [line.strip() for line in text.splitlines()]
    if sum(map(bool, lines)) > LINES:
        return [], [f"最多 {LINES} 行，请检查是否粘贴了其他内容。"]
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        rows, problem = _read(line, year)
        if not problem:
            twice = [row.day for row in rows if row.day in found]
            problem = f"{twice[0]:%Y-%m-%d} 写了两次。" if twice else ""
        if problem:
            problems.append(f"第 {number} 行“{line[:40]}”：{problem}")
        else:
            found |= {row.day: row for row in rows}
    return [found[day] for day in sorted(found)], problems


def _read(line: str, year: int) -> tuple[list[Marked], str]:
    match = _LINE.fullmatch(line)
    if match is None:
        return [], "写法应为“日期 放假 名称”或“日期 至 日期 放假 名称”，调休上班写“上班”。"
    *parts, word, name = match.groups()
    try:
        first = date(int(parts[0]), int(parts[1]), int(parts[2]))
        last = date(int(parts[3]), int(parts[4]), int(parts[5])) if parts[3] else first
    except ValueError:
        return [], "没有这个日期。"
    if {first.year, last.year} != {year}:
        return [], f"日期应在 {year} 年以内；跨年的分成两行，分别录入两年。"
    length = (last - first).days + 1
    if not 0 < length <= LONGEST:
        return [], f"止日不能早于起日，一行最多 {LONGEST} 天。"
    if name and len(name) > NAME_LENGTH:
        return [], f"名称最多 {NAME_LENGTH} 字。"
    days = (first + timedelta(days=place) for place in range(length))
    return [Marked(day, WORDS[word], name or "") for day in days], ""


def lines_of(rows: Iterable[tuple[date, bool, str]]) -> str:
    """The lines that say the same, days that follow each other under one name on one line."""
    spans: list[tuple[date, date, bool, str]] = []
    for day, working, name in sorted(rows):
        if spans and spans[-1][1] == day - timedelta(days=1) and spans[-1][2:] == (working, name):
            spans[-1] = (spans[-1][0], day, working, name)
        else:
            spans.append((day, day, working, name))
    return "\n".join(
        f"{first:%Y-%m-%d}{'' if first == last else f' 至 {last:%Y-%m-%d}'} "
        f"{'上班' if working else '放假'} {name}".rstrip()
        for first, last, working, name in spans
    )
