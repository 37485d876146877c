"""Keeping the working calendar (工作日历): a day, or a whole year's arrangement with its source.

Terms that run already keep their day; the office that handles a case may extend one.
"""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actor import Actor, acting_office
from portal.core.calendar import arrangement_published, said_of_year
from portal.core.calendar_text import NAME_LENGTH, Marked, lines_of, read_lines
from portal.core.errors import require
from portal.core.ledger import record
from portal.core.merging import require_seen
from portal.core.models import CalendarDay, Office
from portal.core.policies.calendar import may_keep_calendar

FIRST_YEAR, YEARS_AHEAD = 2020, 2
SOURCE_LENGTH = 120
OVERTAKEN = "您打开本页以后，{year} 年的安排已被他人修改，没有保存。"


@transaction.atomic
def set_calendar_day(
    *, actor: Actor, day: date, working: bool, name: str, source: str
) -> CalendarDay:
    """Say of one day that it is worked or not, and on what ground, in a year that is entered.

    A year counts as arranged by what is entered of it: one day alone would pass for the whole.
    """
    office = _lock(actor)
    name, source = name.strip(), source.strip()
    _check(day.year, source)
    if not name or len(name) > NAME_LENGTH:
        raise ValidationError({"name": f"请填写名称，最多 {NAME_LENGTH} 字，如“国庆节调休”。"})
    marked = Marked(day, working, name)
    if not marked.departs:
        usual = "工作日" if working else "休息日"
        raise ValidationError(
            {"working": f"{day:%Y-%m-%d} 按周一至周五推算本来就是{usual}，不需要录入。"}
        )
    if not arrangement_published(day.year):
        raise ValidationError(
            {
                "day": f"{day.year}年放假安排尚未录入。请先在该年页面点“录入全年安排”，"
                "录入国务院办公厅通知的全部日期，再修改其中一天。"
            }
        )
    before = CalendarDay.objects.filter(day=day).first()
    row, _ = CalendarDay.objects.update_or_create(
        day=day,
        defaults={
            "working": working,
            "name": name,
            "source": source,
            "entered_name": actor.name,
            "entered_at": clock.now(),
        },
    )
    record(
        actor,
        "set_calendar_day",
        office,
        f"工作日历：{day:%Y-%m-%d} {_word(working)}（{name}）",
        before=_plain(before) if before else None,
        after=_plain(row),
    )
    return row


@transaction.atomic
def clear_calendar_day(*, actor: Actor, day: date) -> None:
    """Take a day's mark off: it counts as its day of the week again.

    The last one of a year takes the year's arrangement with it: it is not entered any more.
    """
    office = _lock(actor)
    row = CalendarDay.objects.filter(day=day).first()
    if row is None:
        raise ValidationError({"day": f"{day:%Y-%m-%d} 没有录入，不需要删除。"})
    before = _plain(row)
    row.delete()
    record(
        actor,
        "clear_calendar_day",
        office,
        f"工作日历：{day:%Y-%m-%d} 恢复按周一至周五推算",
        before=before,
    )


@transaction.atomic
def set_calendar_year(
    *, actor: Actor, year: int, text: str, source: str, seen: str | None = None
) -> int:
    """Enter a year's whole arrangement; what was entered of that year before gives way to it.

    The number of days that depart from Monday to Friday. ``seen``: the digest of the year that the
    form was opened on (``said_of_year``).
    """
    office = _lock(actor)
    source = source.strip()
    _check(year, source)
    rows, problems = read_lines(text, year)
    if problems:
        raise ValidationError({"text": problems})
    rows = [row for row in rows if row.departs]
    if not rows:
        raise ValidationError(
            {"text": "没有与平日不同的日子。请逐行填写放假和调休上班的日期，周末本来休息的不算。"}
        )
    mine = [(row.day, row.working, row.name, source) for row in sorted(rows)]
    require_seen(seen, said_of_year(year), mine, OVERTAKEN.format(year=year))
    days = CalendarDay.objects.filter(day__year=year)
    before = lines_of(days.values_list("day", "working", "name"))
    days.delete()
    now = clock.now()
    CalendarDay.objects.bulk_create(
        CalendarDay(
            day=row.day,
            working=row.working,
            name=row.name,
            source=source,
            entered_name=actor.name,
            entered_at=now,
        )
        for row in rows
    )
    record(
        actor,
        "set_calendar_year",
        office,
        f"录入 {year} 年放假安排，{len(rows)} 天与平日不同",
        data={"source": source},
        before={"days": before} if before else None,
        after={"days": lines_of(rows)},
    )
    return len(rows)


def _lock(actor: Actor) -> Office:
    require(may_keep_calendar(actor))
    own = acting_office(actor).pk
    return Office.objects.select_for_update(of=("self",), no_key=True).get(pk=own)


def _check(year: int, source: str) -> None:
    last = clock.today().year + YEARS_AHEAD
    if not FIRST_YEAR <= year <= last:
        raise ValidationError({"day": f"只能录入 {FIRST_YEAR} 至 {last} 年的日期。"})
    if not source or len(source) > SOURCE_LENGTH:
        raise ValidationError(
            {"source": f"请填写依据的文件，最多 {SOURCE_LENGTH} 字，如国务院办公厅的放假通知。"}
        )


def _word(working: bool) -> str:
    return "上班" if working else "放假"


def _plain(row: CalendarDay) -> dict[str, object]:
    return {
        "day": f"{row.day:%Y-%m-%d}",
        "working": row.working,
        "name": row.name,
        "source": row.source,
    }
