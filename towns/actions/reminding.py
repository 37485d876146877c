"""Reminding the towns of a round by hand: told in the portal, once a town and day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from portal.core import clock
from portal.core.actions.notifications import Notice, tell_all
from portal.core.actor import Actor, acting_office
from portal.core.calendar import working_days_between
from portal.core.errors import require
from portal.core.ledger import record
from portal.core.models import Region
from towns.cockpit_policies import may_remind_towns
from towns.cockpit_queries import (
    FILLING,
    REMINDED,
    UNSTARTED,
    UNSUBMITTED,
    Filed,
    county_offices,
    filed_by,
    reminders_of,
    start_of_today,
    still_to_submit,
    units_holding,
)
from towns.constants import Filing
from towns.deadlines import ends_of, moment_words
from towns.models import Round, Town

# Whom to remind -> the states of the towns.
WHOM: dict[str, tuple[str, ...]] = {"all": UNSUBMITTED, "none": UNSTARTED, "filling": FILLING}
NAMED = 8
NO_UNIT = "该镇没有授权给填报单位，请先办理填报授权。"


class Reminded(NamedTuple):
    """What came of a reminder: towns told, told before today, without a filing unit, counties."""

    told: int
    earlier: int
    unheld: int
    counties: int


@transaction.atomic
def remind_towns(
    *, actor: Actor, call: Round, whom: str = "all", region: Region | None = None
) -> Reminded:
    """Tell the filing units of the towns that have not submitted, and their counties' offices.

    ``whom``: ``all``, ``none`` (not started) or ``filling``; ``region``: one city or county.
    Only towns that the actor sees and that can still file; each once a day.
    """
    call = (
        Round.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related("office__region")
        .get(pk=call.pk)
    )
    require(may_remind_towns(actor, call))
    if whom not in WHOM:
        raise ValidationError("请选择提醒哪些专业镇。")
    rows = still_to_submit(call, Town.objects.visible_to(actor)).filter(standing__in=WHOM[whom])
    if region is not None and actor.scope is not None and region.code not in actor.scope:
        raise ValidationError("只能提醒本辖区的专业镇，请在表中选择。")
    if region is not None:
        rows = rows.filter(scope_code__gte=region.scope_from, scope_code__lt=region.scope_to)
    now, later = clock.now(), ends_of(call)
    towns = [town for town in rows if now <= later.get(town.pk, call.closing)]
    units = units_holding(town.pk for town in towns)
    counties = county_offices(towns)
    before = reminders_of(call, towns, start_of_today())
    fresh = [town for town in towns if town.pk not in before]
    filed = filed_by(call, fresh)
    concerned = {t.pk: concerned_with(units.get(t.pk, {}), filed.get(t.pk)) for t in fresh}
    told = [town for town in fresh if concerned[town.pk] or town.county_id in counties]
    words = words_of({call.closing, *later.values()})
    own = acting_office(actor).pk
    summaries = list(
        _to_counties(
            call,
            [town for town in told if concerned[town.pk]],
            {county: office for county, office in counties.items() if office != own},
        )
    )
    to_units = [
        _to_unit(
            actor,
            call,
            town,
            offices=concerned[town.pk] or {counties[town.county_id]},
            held=bool(concerned[town.pk]),
            filed=filed.get(town.pk),
            left=words[later.get(town.pk, call.closing)],
        )
        for town in told
    ]
    tell_all([*to_units, *summaries])
    result = Reminded(
        told=sum(bool(concerned[town.pk]) for town in told),
        earlier=len(towns) - len(fresh),
        unheld=sum(not concerned[town.pk] for town in fresh),
        counties=len(summaries),
    )
    if told:
        place = region.name if region is not None else acting_office(actor).region.name
        record(
            actor,
            "remind_towns",
            call,
            f"提醒{place} {len(told)} 个专业镇抓紧申报",
            data={**result._asdict(), "whom": whom, "towns": [town.pk for town in told]},
        )
    return result


def term_words(end: datetime) -> str:
    """Until when, and how many working days that is."""
    return f"于{moment_words(end)}截止，{days_words(timezone.localdate(end))}"


def words_of(ends: Iterable[datetime]) -> dict[datetime, str]:
    """The words of some ends, each worked out once."""
    return {end: term_words(end) for end in ends}


def days_words(last: date) -> str:
    """How many working days are left until a day, the day itself included."""
    if last == clock.today():
        return "今天是最后一天"
    days = working_days_between(clock.today(), last)
    return f"还有 {days} 个工作日" if days else "此前没有工作日"


def standing_words(filed: Filed | None) -> str:
    """How far a town has come, to those who fill it."""
    if filed is None:
        return "尚未开始填报"
    if filed.state == Filing.READY:
        return "已送提交人，尚未提交"
    return "正在填报，尚未提交"


def concerned_with(units: Iterable[int], filed: Filed | None) -> set[int]:
    """Who fills a town: the units that hold it, and the office that enters it for them (代录)."""
    entering = {filed.entered_by_id} if filed is not None and filed.entered_by_id else set()
    return {*units} | entering


def page_of(call: Round, filed: Filed | None) -> tuple[str, list[int]]:
    """The page that a filing unit goes to: its application, or the round to begin one."""
    return ("application", [filed.pk]) if filed is not None else ("round", [call.pk])


def _to_unit(
    actor: Actor,
    call: Round,
    town: Town,
    *,
    offices: Collection[int],
    held: bool,
    filed: Filed | None,
    left: str,
) -> Notice:
    name, args = page_of(call, filed)
    what = f"“{call.title}”{left}。{town.name}{standing_words(filed)}。"
    by = f"由{acting_office(actor).name}提醒。"
    return Notice(
        offices,
        kind=REMINDED,
        key=f"{REMINDED}:{call.pk}:{town.pk}:{clock.today():%Y%m%d}",
        title=f"请抓紧申报：{town.name}" if held else f"没有填报单位：{town.name}",
        text=what + by if held else f"{what}{NO_UNIT}{by}",
        url_name=name if held else "town",
        url_args=args if held else [town.pk],
    )


def _to_counties(
    call: Round, towns: Iterable[Town], offices: Mapping[int, int]
) -> Iterator[Notice]:
    """Each county's office hears, in one line, which of its towns were reminded."""
    by_county: dict[int, list[Town]] = defaultdict(list)
    for town in towns:
        by_county[town.county_id].append(town)
    left = term_words(call.closing)
    for county, reminded in by_county.items():
        if county not in offices:
            continue
        names = "、".join(town.name for town in reminded[:NAMED])
        more = f"等 {len(reminded)} 个" if len(reminded) > NAMED else ""
        first = min(town.pk for town in reminded)
        yield Notice(
            [offices[county]],
            kind=REMINDED,
            # A town is reminded once a day, so the first of them names this reminder.
            key=f"{REMINDED}-county:{call.pk}:{county}:{clock.today():%Y%m%d}:{first}",
            title=f"已提醒辖区 {len(reminded)} 个专业镇抓紧申报",
            text=f"“{call.title}”{left}。尚未提交：{names}{more}。",
            url_name="round-cockpit",
            url_args=[call.pk],
        )
