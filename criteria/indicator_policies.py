"""Who may add indicators, change and retire them; each answer gives its reason in words."""

from __future__ import annotations

from criteria.indicator_queries import has_values, users_of
from criteria.models import CriteriaSet, CriteriaSetQuerySet, Indicator
from criteria.policies import may_author
from criteria.standing import replaced_on
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


def may_change_meaning(indicator: Indicator) -> Verdict:
    """Whether type, unit, year rule, range and choices may still change.

    Asked by actions, after ``may_amend_indicator``.
    """
    published = CriteriaSet.objects.filter(state__in=("published", "withdrawn"))
    if _used(indicator, published):
        return refuse("已发布的标准使用该指标，类型、单位、年度口径、取值范围和选项不能再改。")
    if has_values(indicator):
        return refuse("已经按该指标填报数据，类型、单位、年度口径、取值范围和选项不能再改。")
    return ALLOWED


def may_retire_indicator(actor: Actor, indicator: Indicator) -> Verdict:
    """Whether the indicator may be taken out of use: no set that stands or is drafted needs it."""
    verdict = may_amend_indicator(actor, indicator)
    if not verdict.ok:
        return verdict
    today = clock.today()
    published = CriteriaSet.objects.filter(state="published").exclude(effective_to__lt=today)
    if _used(indicator, published.exclude(replaced_on(today))):
        return refuse("施行中或即将施行的标准使用该指标，不能停用。请先发布不使用它的新版本。")
    if _used(indicator, CriteriaSet.objects.filter(state__in=("draft", "proposed"))):
        return refuse("标准草稿使用该指标，不能停用。请先在草稿中删去使用它的条件。")
    return ALLOWED


def _used(indicator: Indicator, sets: CriteriaSetQuerySet) -> bool:
    return indicator.key in users_of(sets)
