"""Who may add indicators, change and retire them; each answer gives its reason in words."""

from __future__ import annotations

from criteria.concerned import pinned
from criteria.indicator_queries import has_values, users_of
from criteria.models import CriteriaSet, CriteriaSetQuerySet, Indicator
from criteria.policies import may_author
from criteria.standing import returning_days, stands_on
from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import ALLOWED, Verdict, refuse

FIXED = "文件规定的指标由平台统一维护，各级办公室只能查阅和使用。"


def may_add_indicator(actor: Actor) -> Verdict:
    """Whether the post adds indicators for its own region at all."""
    return may_author(actor)


def may_amend_indicator(actor: Actor, indicator: Indicator) -> Verdict:
    """Whether the post may change how the indicator is called and explained."""
    verdict = may_author(actor)
    if not verdict.ok:
        return verdict
    if indicator.region is None:
        return refuse(FIXED)
    if actor.office is None or indicator.region_id != actor.office.region_id:
        name = indicator.region.name
        return refuse(f"该指标由{name}领导小组办公室设立，只能由其修改和停用。")
    if indicator.retired_at is not None:
        return refuse("该指标已经停用，不能再修改。")
    return ALLOWED


def may_rename_indicator(indicator: Indicator) -> Verdict:
    """Whether name and description may still change.

    An explanation is written anew each time it is read, from the set and from the name, unit, type
    and options of its indicators: another name would stand in verdicts that were given long ago.
    The description says what the figure counts and the range which values are taken at all: with
    another one the clause would ask for something else than what was proposed or published.
    Asked by actions, after ``may_amend_indicator``.
    """
    if _used(indicator, CriteriaSet.objects.filter(state__in=("published", "withdrawn"))):
        return refuse("已发布的标准使用该指标，名称、口径、类型、单位、取值范围等都不能再改。")
    if _used(indicator, CriteriaSet.objects.filter(state="proposed")):
        return refuse(
            "待确认发布的标准使用该指标，名称、口径、类型、单位、取值范围等不能修改。"
            "确需修改的，请先由提请人取回或确认人退回该标准。"
        )
    return ALLOWED


def may_change_meaning(indicator: Indicator) -> Verdict:
    """Whether type, unit, year rule, range and choices may still change.

    Asked by actions, after ``may_amend_indicator``.
    """
    verdict = may_rename_indicator(indicator)
    if not verdict.ok:
        return verdict
    if has_values(indicator):
        return refuse("已经按该指标填报数据，类型、单位、年度口径、取值范围和选项不能再改。")
    return ALLOWED


def may_retire_indicator(actor: Actor, indicator: Indicator) -> Verdict:
    """Whether the indicator may be taken out of use: no set that is needed or drafted uses it."""
    verdict = may_amend_indicator(actor, indicator)
    if not verdict.ok:
        return verdict
    today = clock.today()
    published = CriteriaSet.objects.filter(state__in=("published", "withdrawn"))
    users = users_of(published).get(indicator.key, set())
    rows = published.filter(pk__in=users)
    if any(rows.filter(stands_on(day)).exists() for day in (today, *returning_days(today))):
        return refuse("施行中或即将施行的标准使用该指标，不能停用。请先发布不使用它的新版本。")
    if rows.filter(pinned(today)).exists():
        return refuse(
            "未截止的批次或者在办的申报仍按使用该指标的标准办理，不能停用。"
            "请待批次截止、申报办结后再停用。"
        )
    if _used(indicator, CriteriaSet.objects.filter(state__in=("draft", "proposed"))):
        return refuse("标准草稿使用该指标，不能停用。请先在草稿中删去使用它的条件。")
    return ALLOWED


def _used(indicator: Indicator, sets: CriteriaSetQuerySet) -> bool:
    return indicator.key in users_of(sets)
