"""Mergers, splits and striking off of towns, always with a source document.

Figures, honours of the town itself, certifications and past memberships stay with the old town for
its years; what goes on (enterprises, grants, platforms, services) goes on in the new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core.actor import Actor
from portal.core.constants import LEVELS
from portal.core.errors import require
from portal.core.models import Region, hold_in_scope
from towns.actions.entries import (
    REASON,
    SOURCE,
    check_after_entry,
    check_day,
    check_name,
    check_not_filing,
    check_standing,
    enter_change,
    enter_in_ledger,
    enter_stage,
    given,
    lock_towns,
    optional,
)
from towns.actions.passing_on import (
    end_members,
    end_platforms,
    end_services,
    pass_grants,
    pass_members,
    pass_platforms,
    pass_services,
    running_after,
)
from towns.models import Membership, Platform, Town
from towns.policies import may_keep_register
from towns.register_queries import valid_levels

MOST_PARTS = 5


@transaction.atomic
def merge_towns(
    *,
    actor: Actor,
    towns: Sequence[Town],
    on: date,
    source: str,
    reason: str = "",
    into: Town | None = None,
    name: str = "",
) -> Town:
    """Merge towns from a day on: into one of them, or into a new one called ``name``.

    A new town takes county, industry, category and lead bureau of the first.
    """
    first = towns[0].pk if towns else 0
    rows = {row.pk: row for row in lock_towns([row.pk for row in (*towns, *filter(None, [into]))])}
    for row in rows.values():
        require(may_keep_register(actor, row))
    for row in rows.values():
        check_standing(row)
    ending = [row for row in rows.values() if into is None or row.pk != into.pk]
    if len(rows) < 2:
        raise ValidationError({"towns": "请至少选择另一个专业镇合并。"})
    source = given(source, "source", "依据文件", SOURCE)
    reason = optional(reason, "reason", "合并原因", REASON)
    check_day(on)
    check_after_entry(on, rows.values())
    check_not_filing(list(rows.values()), "towns")
    made = into is None
    if into is None:
        model = rows[first]
        name = given(name, "name", "合并后的名称", 120)
        check_name(model.county, name, own=[row.pk for row in ending])
        _close(ending, on)
        into = _new_town(actor, model, name, on, source, "合并设立")
    else:
        into = rows[into.pk]
        _close(ending, on)
    Town.objects.filter(pk__in=[row.pk for row in ending]).update(successor=into)
    _take_over(ending, into, on)
    counties = {row.county_id for row in ending} - {into.county_id}
    counties |= set(_further(ending)) - {into.county_id}
    into.further_counties.add(*counties)
    into.refresh_from_db()
    text = f"{_named(ending)}合并{'成立' if made else '并入'}“{into.name}”，自 {on} 起"
    everyone = [*ending, into]
    _enter_all(actor, "merge", "merge_towns", everyone, on, text, reason, source, into.name)
    return into


@transaction.atomic
def split_town(
    *,
    actor: Actor,
    town: Town,
    names: Sequence[str],
    on: date,
    source: str,
    reason: str = "",
    members: Mapping[int, int] | None = None,
    platforms: Mapping[int, int] | None = None,
) -> list[Town]:
    """Split a town into several new ones from a day on.

    ``members``: membership -> which of the names (from 0) its enterprise goes to, with all its
    rows; the first takes the rest, and the services. ``platforms`` likewise.
    """
    town = lock_towns([town.pk])[0]
    require(may_keep_register(actor, town))
    check_standing(town)
    wanted = [given(text, "names", "新专业镇名称", 120) for text in names if text.strip()]
    if not 2 <= len(wanted) <= MOST_PARTS or len(set(wanted)) != len(wanted):
        raise ValidationError({"names": f"请填写 2 至 {MOST_PARTS} 个不同的新专业镇名称。"})
    source = given(source, "source", "依据文件", SOURCE)
    reason = optional(reason, "reason", "分设原因", REASON)
    check_day(on)
    check_after_entry(on, [town])
    check_not_filing([town], "names")
    for text in wanted:
        check_name(town.county, text, "names", own=[town.pk])
    seats = list(Membership.objects.filter(running_after(on), town=town).order_by("pk"))
    halls = list(Platform.objects.filter(town=town, until__isnull=True).order_by("pk"))
    to_members = _shares(members, {row.pk for row in seats}, len(wanted), "members")
    going = {row.enterprise_id: to_members[row.pk] for row in seats if row.pk in to_members}
    to_platforms = _shares(platforms, {row.pk for row in halls}, len(wanted), "platforms")
    _close([town], on)
    made = [_new_town(actor, town, text, on, source, "分设设立") for text in wanted]
    Town.objects.filter(pk=town.pk).update(successor=made[0])
    for number, part in enumerate(made):
        own = [row for row in seats if going.get(row.enterprise_id, 0) == number]
        pass_members(own, part, on, f"专业镇分设，划入{part.name}")
        pass_platforms([row for row in halls if to_platforms.get(row.pk, 0) == number], part, on)
        pass_grants([town], part)
        part.further_counties.set(_further([town]))
    pass_services([town], made[0], on)
    end_services([town], on)
    text = f"“{town.name}”分设为{_named(made)}，自 {on} 起"
    everyone = [town, *made]
    _enter_all(actor, "split", "split_town", everyone, on, text, reason, source, _named(made))
    return made


@transaction.atomic
def strike_off_town(*, actor: Actor, town: Town, on: date, reason: str, source: str) -> Town:
    """Take a town out of the cultivation pool (退出); its history stays."""
    town = lock_towns([town.pk])[0]
    require(may_keep_register(actor, town))
    check_standing(town)
    reason = given(reason, "reason", "退出原因", REASON)
    source = given(source, "source", "依据文件", SOURCE)
    check_day(on)
    check_after_entry(on, [town])
    check_not_filing([town], "on")
    valid = valid_levels(town)
    if valid:
        words = "、".join(LEVELS[level].adjective for level in valid)
        raise ValidationError(
            {"on": f"{town.name}有有效的{words}认定。认定撤销以前，不能退出培育库。"}
        )
    _close([town], on)
    end_members(Membership.objects.filter(running_after(on), town=town), on, "专业镇退出培育库")
    end_platforms([town], on)
    end_services([town], on)
    town.refresh_from_db()
    text = f"{town.name}退出培育库，自 {on} 起：{reason}"
    _enter_all(actor, "strike_off", "strike_off_town", [town], on, text, reason, source, "")
    return town


# --- what they share ----------------------------------------------------------------------------


def _close(towns: Iterable[Town], on: date) -> None:
    Town.objects.filter(pk__in=[row.pk for row in towns]).update(closed_on=on)


def _new_town(actor: Actor, model: Town, name: str, on: date, source: str, reason: str) -> Town:
    """A town that begins with a merger or a split, registered like another one."""
    town = Town.objects.create(
        name=name,
        county=model.county,
        industry=model.industry,
        products=model.products,
        category=model.category,
        lead_bureau=model.lead_bureau,
        stage="pooled",
        source=source,
        demo_note=model.demo_note,
    )
    enter_stage(actor, town, "pooled", on, reason=reason, source=source)
    return town


def _take_over(ending: Sequence[Town], into: Town, on: date) -> None:
    """What goes on moves to the town that stays, each thing once."""
    keys = [row.pk for row in ending]
    seats = Membership.objects.filter(running_after(on), town__in=keys).order_by("pk")
    pass_members(list(seats), into, on, f"专业镇并入{into.name}")
    halls = Platform.objects.filter(town__in=keys, until__isnull=True).order_by("pk")
    pass_platforms(list(halls), into, on)
    pass_services(ending, into, on)
    end_services(ending, on)
    pass_grants(ending, into)


def _shares(
    chosen: Mapping[int, int] | None, held: set[int], parts: int, field: str
) -> dict[int, int]:
    found = dict(chosen or {})
    if set(found) - held or not all(0 <= number < parts for number in found.values()):
        raise ValidationError({field: "企业和平台在打开页面后有变化，请刷新后重新分配。"})
    return found


def _further(towns: Iterable[Town]) -> list[int]:
    return list(
        Region.objects.filter(
            pk__in=Town.further_counties.through.objects.filter(
                town_id__in=[row.pk for row in towns]
            ).values("region_id")
        ).values_list("pk", flat=True)
    )


def _named(towns: Iterable[Town]) -> str:
    return "、".join(f"“{row.name}”" for row in towns)


def _enter_all(
    actor: Actor,
    kind: str,
    verb: str,
    towns: Sequence[Town],
    on: date,
    text: str,
    reason: str,
    source: str,
    into: str,
) -> None:
    """A row in the history and an entry in the chain of every town concerned, by their keys."""
    after: dict[str, Any] = {"on": on, "reason": reason, "source": source}
    if into:
        after["town_into"] = into
    for row in sorted(towns, key=lambda row: row.pk):
        hold_in_scope(row, actor)
        enter_change(actor, row, kind, on, text, reason=reason, source=source, related=towns)
        enter_in_ledger(actor, verb, row, text, None, after)
