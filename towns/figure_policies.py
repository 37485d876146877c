"""Who confirms and returns a town's yearly figures, and who keeps an enterprise's."""

from __future__ import annotations

from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.errors import ALLOWED, Verdict, refuse
from towns.models import FigureCorrection, Town, TownYear

FOUR_EYES = "填报人和确认人不能是同一人，请由本办公室其他人员核对确认。"


def may_judge_figures(actor: Actor, town: Town) -> Verdict:
    """Posts of the leading-group office next above the town's own county that confirm figures.

    That is the city's; for a county or zone directly under the province, the province's.
    """
    above = town.county.parent
    name = f"{above.name}领导小组办公室" if above is not None else "上级领导小组办公室"
    words = f"{town.name}的年度数据由{name}的主任、副主任、经办或审核岗位确认、退回。"
    office = actor.office
    if not actor.can(Can.CONFIRM) or actor.level is None or office is None:
        return refuse(words)
    return ALLOWED if office.region_id == town.county.parent_id else refuse(words)


def may_confirm_figures(actor: Actor, town: Town, row: TownYear) -> Verdict:
    """As above; whoever reported or corrected the year does not confirm it."""
    verdict = may_judge_figures(actor, town)
    if not verdict.ok:
        return verdict
    if actor.user is None:
        return ALLOWED
    corrected = FigureCorrection.objects.filter(town=town, year=row.year, made_by=actor.user)
    if row.confirmed_at is not None:
        corrected = corrected.filter(created_at__gt=row.confirmed_at)
    if row.reported_by_id == actor.user.pk or corrected.exists():
        return refuse(FOUR_EYES)
    return ALLOWED
