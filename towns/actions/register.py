"""The register of towns: entering one into the pool, its facts, its name, its stage.

Mergers, splits and striking off are in ``towns.actions.reshaping``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from criteria.categories import category_label, is_category
from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import LEVELS
from portal.core.errors import Stale, require
from portal.core.ledger import canonical
from portal.core.models import Region, hold_in_scope
from towns.actions.entries import (
    REASON,
    SOURCE,
    check_after_entry,
    check_day,
    check_name,
    check_standing,
    enter_change,
    enter_in_ledger,
    enter_stage,
    given,
    lock_town,
    optional,
)
from towns.constants import POOL_MOVES, STAGES
from towns.models import StageMove, Town, TownCategory, TownName
from towns.policies import may_keep_register, may_register_town
from towns.register_queries import (
    allowed_categories,
    regions_of,
    valid_levels,
)

SEEN_ELSEWHERE = "登记事项刚刚由他人修改，请核对现在的内容后再改。"


@transaction.atomic
def register_town(
    *,
    actor: Actor,
    county: Region,
    name: str,
    industry: str,
    category: str,
    source: str,
    on: date | None = None,
    products: str = "",
    lead_bureau: str = "",
    further_counties: Iterable[Region] = (),
    reason: str = "",
) -> Town:
    """Enter a town into the cultivation pool (入库), with the document it rests on."""
    require(may_register_town(actor, county))
    on = on or clock.today()
    facts = _facts_given(industry, products, category, lead_bureau, source)
    name = given(name, "name", "专业镇名称", 120)
    check_day(on)
    check_name(county, name)
    further = _further(county, further_counties)
    town = Town.objects.create(name=name, county=county, stage="pooled", **facts)
    town.further_counties.set(further)
    hold_in_scope(town, actor)
    reason = optional(reason, "reason", "事由", REASON)
    enter_stage(actor, town, "pooled", on, reason=reason or "登记入库", source=facts["source"])
    text = f"登记专业镇{town.name}，{on} 入库"
    enter_change(actor, town, "register", on, text, reason=reason, source=facts["source"])
    enter_in_ledger(actor, "register_town", town, text, None, {**facts_of(town), "on": on})
    return town


@transaction.atomic
def amend_town(
    *,
    actor: Actor,
    town: Town,
    industry: str,
    products: str,
    category: str,
    lead_bureau: str,
    source: str,
    reason: str = "",
    further_counties: Iterable[Region] = (),
    categories: Mapping[str, str] | None = None,
    seen: str = "",
) -> Town:
    """Change what is registered of a town. Before and after go into its history.

    ``categories``: level -> the category it has in that level's own list; empty is the registered
    one. ``seen`` is the ``fingerprint`` of the facts the page was opened with.
    """
    town = lock_town(town)
    require(may_keep_register(actor, town))
    check_standing(town)
    before = facts_of(town)
    if seen and seen != fingerprint(before):
        raise Stale(SEEN_ELSEWHERE)
    facts = _facts_given(industry, products, category, lead_bureau, source)
    by_level = _by_level(town, category, categories or {})
    further = _further(town.county, further_counties)
    reason = optional(reason, "reason", "变更原因", REASON)
    for field, value in facts.items():
        setattr(town, field, value)
    town.save(update_fields=list(facts))
    town.further_counties.set(further)
    TownCategory.objects.filter(town=town).exclude(level__in=by_level).delete()
    for level, value in by_level.items():
        TownCategory.objects.update_or_create(town=town, level=level, defaults={"category": value})
    hold_in_scope(town, actor)
    after = facts_of(town)
    changed = [key for key in after if before[key] != after[key]]
    if not changed:
        raise Stale("登记事项没有变化，无需保存。")
    words = "；".join(f"{_word(key)}由“{_said(key, before[key])}”改为“{_said(key, after[key])}”"
                     for key in changed)  # fmt: skip
    enter_change(actor, town, "amend", clock.today(), words, reason=reason, source=facts["source"])
    enter_in_ledger(
        actor,
        "amend_town",
        town,
        f"变更登记事项：{'、'.join(_word(key) for key in changed)}",
        {key: before[key] for key in changed},
        {key: after[key] for key in changed},
    )
    return town


@transaction.atomic
def rename_town(
    *,
    actor: Actor,
    town: Town,
    name: str,
    on: date,
    source: str,
    reason: str = "",
    was: str = "",
) -> Town:
    """Give a town another name from a day on. What was certified or frozen keeps the old one.

    ``was`` is the name the page was opened with: whoever comes second is told of the first.
    """
    town = lock_town(town)
    require(may_keep_register(actor, town))
    check_standing(town)
    name = given(name, "name", "新名称", 120)
    source = given(source, "source", "依据文件", SOURCE)
    if name == town.name:
        raise Stale(f"该专业镇的名称已是“{name}”。")
    if was and was != town.name:
        raise Stale(f"该专业镇刚刚由“{was}”更名为“{town.name}”，请核对后再办理。")
    reason = optional(reason, "reason", "更名原因", REASON)
    check_day(on)
    check_after_entry(on, [town])
    last = town.names.first()
    if last is not None and on <= last.valid_to:
        raise ValidationError({"on": f"现名称自 {last.valid_to} 起使用，更名日期应在其后。"})
    check_name(town.county, name, own=[town.pk])
    old = town.name
    TownName.objects.create(
        town=town,
        name=old,
        valid_from=last.valid_to if last else None,
        valid_to=on,
        source=source,
    )
    town.name = name
    town.save(update_fields=["name"])
    hold_in_scope(town, actor)
    text = f"“{old}”更名为“{name}”，自 {on} 起使用"
    enter_change(actor, town, "rename", on, text, reason=reason, source=source)
    enter_in_ledger(
        actor,
        "rename_town",
        town,
        text,
        {"name": old},
        {"name": name, "on": on, "source": source, "reason": reason},
    )
    return town


@transaction.atomic
def move_stage(
    *,
    actor: Actor,
    town: Town,
    stage: str,
    on: date,
    reason: str,
    source: str = "",
    was: str = "",
) -> StageMove:
    """Move a town within the pool (入库, 培育, 申报); the levels follow from certifications."""
    town = lock_town(town)
    require(may_keep_register(actor, town))
    check_standing(town)
    if was and was != town.stage:
        raise Stale(f"{town.name}刚刚转为“{STAGES[town.stage]}”，请核对后再办理。")
    if stage == town.stage:
        raise Stale(f"{town.name}的培育阶段已是“{STAGES[stage]}”。")
    if stage not in next_stages(town):
        raise ValidationError({"stage": why_not(town, stage)})
    reason = given(reason, "reason", "事由", REASON)
    source = optional(source, "source", "依据文件", SOURCE)
    check_day(on)
    last = StageMove.objects.filter(town=town).first()
    if last is not None and on < last.on:
        raise ValidationError(
            {"on": f"{town.name} {last.on} 转为“{last.get_stage_display()}”，日期不能早于该日。"}
        )
    before = town.stage
    move = enter_stage(actor, town, stage, on, reason=reason, source=source)
    hold_in_scope(town, actor)
    enter_in_ledger(
        actor,
        "move_stage",
        town,
        f"培育阶段由“{STAGES[before]}”转为“{STAGES[stage]}”，自 {on} 起：{reason}",
        {"stage": before},
        {"stage": stage, "on": on, "reason": reason, "source": source},
    )
    return move


def next_stages(town: Town) -> tuple[str, ...]:
    """The stages a town may be moved to by hand; none while a certification is valid."""
    if valid_levels(town):
        return ()
    # A level whose certification is valid no longer leads back into the pool.
    return POOL_MOVES.get(town.stage, tuple(POOL_MOVES))


def why_not(town: Town, stage: str) -> str:
    """Why a town is not moved to a stage by hand."""
    valid = valid_levels(town)
    if stage not in POOL_MOVES:
        return "请选择入库、培育或申报；县级、市级、省级由认定产生，不在此办理。"
    if valid:
        words = "、".join(LEVELS[level].adjective for level in valid)
        return f"{town.name}有有效的{words}认定，培育阶段随认定变化，不在此办理。"
    return f"不能由“{STAGES[town.stage]}”直接转为“{STAGES[stage]}”。"


# --- facts --------------------------------------------------------------------------------------


def facts_of(town: Town) -> dict[str, Any]:
    """What is registered of a town, as plain data."""
    return {
        "name": town.name,
        "industry": town.industry,
        "products": town.products,
        "category": town.category,
        "lead_bureau": town.lead_bureau,
        "source": town.source,
        "further_counties": list(
            town.further_counties.order_by("code").values_list("name", flat=True)
        ),
        "categories": {
            LEVELS[row.level].adjective: row.get_category_display()
            for row in TownCategory.objects.filter(town=town)
        },
    }


def fingerprint(facts: Mapping[str, Any]) -> str:
    """A short mark of facts: the same facts have the same."""
    return hashlib.sha256(canonical(facts).encode()).hexdigest()[:16]


def _facts_given(
    industry: str, products: str, category: str, lead_bureau: str, source: str
) -> dict[str, str]:
    if not is_category(category):
        raise ValidationError({"category": "请选择类别。"})
    return {
        "industry": given(industry, "industry", "主导产业", 60),
        "products": optional(products, "products", "主导产品", 200),
        "category": category,
        "lead_bureau": optional(lead_bureau, "lead_bureau", "牵头部门", 120),
        "source": given(source, "source", "依据文件", SOURCE),
    }


def _further(county: Region, chosen: Iterable[Region]) -> list[Region]:
    rows = list(chosen)
    if any(row.pk == county.pk for row in rows):
        raise ValidationError({"further_counties": "所在县不用重复选择，请选择跨及的其他县。"})
    if any(row.kind not in ("county", "zone") for row in rows):
        raise ValidationError({"further_counties": "请选择县（市、区）。"})
    return rows


def _by_level(town: Town, registered: str, chosen: Mapping[str, str]) -> dict[str, str]:
    """The categories that differ from the registered one, checked against each level's list."""
    errors: dict[str, str] = {}
    lists = allowed_categories(regions_of(town.county))
    for level, category in chosen.items():
        if level not in LEVELS or (category and not is_category(category)):
            errors[f"category_{level}"] = "请选择类别。"
        elif category and lists.get(level) and category not in lists[level]:
            named = "、".join(category_label(key) for key in lists[level])
            errors[f"category_{level}"] = (
                f"{LEVELS[level].adjective}现行认定标准的类别为{named}，请从中选择。"
            )
    if errors:
        raise ValidationError(errors)
    return {level: key for level, key in chosen.items() if key and key != registered}


def _word(key: str) -> str:
    words = {"further_counties": "跨县域", "categories": "分级类别"}
    return words.get(key) or str(Town._meta.get_field(key).verbose_name)  # type: ignore[union-attr]


def _said(key: str, value: Any) -> str:
    if isinstance(value, Mapping):
        value = [f"{level}{category}" for level, category in value.items()]
    if isinstance(value, list):
        return "、".join(value) or "无"
    return (category_label(value) if key == "category" else value) or "无"
