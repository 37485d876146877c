"""Reminders that the clock gives: before a round closes and before a correction is due.

Run as often as one likes: the key of a notification names round or correction, end and mark, so an
office is told once of each, also after days when nothing ran (``towns.reminding.mark_of``).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.core import clock
from portal.core.actions.notifications import Notice, tell, tell_all
from portal.core.actor import SYSTEM
from portal.core.calendar import working_days_between
from portal.core.ledger import record
from portal.core.models import Notification
from towns.actions.reminding import (
    NO_UNIT,
    concerned_with,
    days_words,
    page_of,
    standing_words,
    words_of,
)
from towns.cockpit_queries import (
    CLOSING,
    CORRECTING,
    county_offices,
    filed_by,
    still_to_submit,
    units_holding,
)
from towns.constants import Filing
from towns.deadlines import ends_of
from towns.models import Application, Correction, Round, Town
from towns.reminding import CLOSING_MARKS, DUE_MARKS, OVERDUE, mark_of

# Working days of the marks lie within these days, with the longest holidays between; who was not
# told of an overdue correction for a month is told no more.
EARLIEST, LATEST = timedelta(days=20), timedelta(days=30)


def remind_of_terms() -> tuple[int, int]:
    """Every round that is running and every open correction; how many towns were told of each."""
    now = clock.now()
    extended = Q(extensions__revoked_at__isnull=True, extensions__until__gte=now)
    calls = Round.objects.filter(Q(closes_on__gte=clock.today()) | extended, trial=False)
    keys = sorted(set(calls.order_by().values_list("pk", flat=True)))
    closing = sum(remind_of_closing(pk) for pk in keys)
    today = clock.today()
    due = Correction.objects.filter(
        resolved_at__isnull=True,
        due_on__range=(today - LATEST, today + EARLIEST),
        application__trial=False,
    )
    keys = list(due.order_by("pk").values_list("pk", flat=True))
    return closing, sum(remind_of_correction(pk) for pk in keys)


@transaction.atomic
def remind_of_closing(pk: int) -> int:
    """Tell the filing units of towns that have not submitted how many working days are left.

    Of a town that no unit holds the county's office is told, as by hand.
    """
    call = Round.objects.select_for_update(of=("self",)).select_related("office__region").get(pk=pk)
    now = clock.now()
    if call.trial or now < call.opening:
        return 0
    later = ends_of(call)
    marks = {end: _mark_of_end(end, now) for end in {call.closing, *later.values()}}
    if not any(marks.values()):
        return 0
    rows = still_to_submit(call, Town.objects.all())
    due = [town for town in rows if marks[later.get(town.pk, call.closing)] is not None]
    units = units_holding(town.pk for town in due)
    filed = filed_by(call, due)
    words = words_of(end for end, mark in marks.items() if mark is not None)
    notices: list[Notice] = []
    told = set()
    known = _known(f"{CLOSING}:{call.pk}:")
    counties = county_offices(due)
    for town in due:
        application, end = filed.get(town.pk), later.get(town.pk, call.closing)
        offices = concerned_with(units.get(town.pk, {}), application)
        held = bool(offices)
        if not held and town.county_id in counties:
            offices = {counties[town.county_id]}
        name, args = page_of(call, application) if held else ("town", [town.pk])
        key = f"{CLOSING}:{call.pk}:{town.pk}:{timezone.localtime(end):%Y%m%d%H%M}:{marks[end]}"
        if new := {office for office in offices if (office, key) not in known}:
            text = f"“{call.title}”{words[end]}。{town.name}{standing_words(application)}。"
            title = f"申报即将截止：{town.name}" if held else f"没有填报单位：{town.name}"
            text += "" if held else NO_UNIT
            notices.append(Notice(new, CLOSING, key, title, text, name, args))
            told.add(town.pk)
    tell_all(notices)
    if told:
        record(
            SYSTEM,
            "remind_of_closing",
            call,
            f"截止前自动提醒 {len(told)} 个专业镇",
            data={"towns": sorted(told)},
            scope_code=call.office.region.code,
        )
    return len(told)


def _mark_of_end(end: datetime, now: datetime) -> int | None:
    if end < now:
        return None
    left = working_days_between(clock.today(), timezone.localdate(end))
    return mark_of(left, CLOSING_MARKS)


@transaction.atomic
def remind_of_correction(pk: int) -> int:
    """Tell the filing units that a correction is due soon, and once that it is overdue.

    Of an overdue one the office that asked for it is told, too.
    """
    application = (
        Application.objects.select_for_update(of=("self",))
        .select_related("town", "round")
        .get(corrections=pk)
    )
    correction = Correction.objects.get(pk=pk)
    due, today = correction.due_on, clock.today()
    waiting = application.filing.live and application.state != Filing.SUBMITTED
    if correction.resolved_at is not None or due is None or not waiting or application.trial:
        return 0
    left = working_days_between(today, due)
    mark = OVERDUE if due < today else mark_of(left, DUE_MARKS)
    if mark is None:
        return 0
    offices = {*units_holding([application.town_id]).get(application.town_id, {})}
    if application.entered_by_id is not None:
        offices.add(application.entered_by_id)
    day = f"{due:%Y-%m-%d}"
    name, args = "application", [application.pk]
    town = application.town.name
    if mark == OVERDUE:
        title, text = f"补正已逾期：{town}", f"应于 {day} 前补正后重新提交，现已逾期。"
    else:
        title = f"补正即将到期：{town}"
        text = f"应于 {day} 前补正后重新提交，{days_words(due)}。"
    key = f"{CORRECTING}:{correction.pk}:{due:%Y%m%d}:{'overdue' if mark == OVERDUE else mark}"
    new = _untold(offices, key)
    text = f"“{application.round.title}”{text}"
    tell(new, kind=CORRECTING, key=key, title=title, text=text, url_name=name, url_args=args)
    if mark == OVERDUE and (asking := _untold([correction.office_id], key)):
        tell(
            asking,
            kind=CORRECTING,
            key=key,
            title=title,
            text=text,
            url_name="round-cockpit",
            url_args=[application.round_id],
        )
        new |= asking
    if new:
        record(
            SYSTEM,
            "remind_of_correction",
            application,
            "补正期限自动提醒",
            data={"correction": correction.pk, "due_on": day, "mark": mark},
            scope_code=application.scope_code,
            audience="unit",
        )
    return int(bool(new))


def _known(prefix: str) -> set[tuple[int, str]]:
    """(office, key) of what was told before a closing under keys that begin so."""
    rows = Notification.objects.filter(kind=CLOSING, key__startswith=prefix)
    return set(rows.values_list("office_id", "key"))


def _untold(offices: Iterable[int], key: str) -> set[int]:
    """The offices that were not told under a key yet."""
    wanted = set(offices)
    if not wanted:
        return wanted
    known = Notification.objects.filter(office__in=wanted, key=key)
    return wanted - set(known.values_list("office_id", flat=True))
