"""An office's own indicators: adding one, changing what may still change, taking it out of use."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from criteria.constants import INDICATOR_TYPE_CHOICES, YEAR_RULE_CHOICES
from criteria.indicator_policies import (
    may_add_indicator,
    may_amend_indicator,
    may_change_meaning,
    may_rename_indicator,
    may_retire_indicator,
)
from criteria.indicator_queries import users_of
from criteria.models import CriteriaSet, Indicator
from criteria.values import CHOSEN, pairs
from portal.core import clock
from portal.core.actor import Actor, acting_office
from portal.core.errors import Stale, require
from portal.core.ledger import canonical, record
from portal.core.models import Region

# Units that the type settles; the other types have one that the office names.
UNITS: dict[str, str] = {"money": "元", "percent": "%", "yes_no": "", "choice": "", "text": ""}
LONGEST_UNIT, LONGEST_NAME, LONGEST_TEXT, LONGEST_CHOICE = 10, 60, 300, 30
MOST_CHOICES, MOST_DECIMALS = 20, 4
LARGEST = Decimal(10) ** 16
MEANING = ("type", "unit", "source", "year_rule", "minimum", "maximum", "decimals")
NAMING = ("name", "description")


class IndicatorFacts(NamedTuple):
    """What an indicator is: as the office typed it, numbers in base units.

    ``source``: reported (年度数据) or answer (申报陈述). ``choices``: names in rising order.
    """

    name: str
    type: str
    unit: str = ""
    source: str = "reported"
    year_rule: str = "latest"
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    decimals: int = 0
    choices: Sequence[str] = ()
    description: str = ""


@transaction.atomic
def add_indicator(*, actor: Actor, facts: IndicatorFacts) -> Indicator:
    """A new indicator for the acting office's region; the same one sent twice is added once."""
    require(may_add_indicator(actor))
    region = Region.objects.select_for_update().get(pk=acting_office(actor).region_id)
    values = _checked(facts)
    values["choices"] = _numbered((), facts.choices) if facts.type == "choice" else []
    same = _namesake(region, values["name"])
    if same is not None:
        if same.region_id == region.pk and facts_of(same) == _as_data(values):
            return same
        raise ValidationError({"name": _taken(same)})
    number = Indicator.objects.filter(key__startswith=f"i{region.code}-").count() + 1
    last = Indicator.objects.order_by("-ordinal").values_list("ordinal", flat=True).first() or 0
    row = Indicator.objects.create(
        key=f"i{region.code}-{number}",
        subject="town",
        region=region,
        ordinal=min(last + 1, 32767),
        **values,
    )
    record(
        actor, "add_indicator", row, f"添加指标{row.name}", data={"key": row.key} | facts_of(row)
    )
    return row


@transaction.atomic
def amend_indicator(
    *, actor: Actor, indicator: Indicator, facts: IndicatorFacts, seen: str = ""
) -> Indicator:
    """Change what it is while nothing rests on it; with figures only its name and description.

    Options of a choice may be added at any time, at the end. ``seen``: the ``fingerprint`` that the
    page was opened with. The row is locked, as proposing and publishing lock it: what a set was
    proposed with is what is published.
    """
    row = _locked(indicator)
    require(may_amend_indicator(actor, row))
    before = facts_of(row)
    if seen and seen != fingerprint(row):
        raise Stale("该指标刚刚由他人修改，请核对现在的内容后再改。")
    values = _checked(facts)
    values["choices"] = _numbered(row.choices, facts.choices) if facts.type == "choice" else []
    if row.region is not None and values["name"] != row.name:
        same = _namesake(row.region, values["name"])
        if same is not None and same.pk != row.pk:
            raise ValidationError({"name": _taken(same)})
    after = _as_data(values)
    changed = [key for key in after if after[key] != before[key]]
    if not changed:
        return row
    _hold_meaning(row, values, changed)
    for key, value in values.items():
        setattr(row, key, value)
    row.save()
    record(
        actor,
        "amend_indicator",
        row,
        f"修改指标{row.name}",
        before={key: before[key] for key in changed},
        after={key: after[key] for key in changed},
    )
    return row


@transaction.atomic
def retire_indicator(*, actor: Actor, indicator: Indicator) -> Indicator:
    """Take it out of use: it is asked for no longer, values that were entered stay."""
    row = _locked(indicator)
    if row.retired_at is not None:
        raise Stale("该指标已经停用。")
    require(may_retire_indicator(actor, row))
    row.retired_at = clock.now()
    row.save(update_fields=["retired_at"])
    record(actor, "retire_indicator", row, f"停用指标{row.name}")
    return row


# --- facts ----------------------------------------------------------------------------------------


def facts_of(row: Indicator) -> dict[str, Any]:
    """What an indicator is, as plain data."""
    return _as_data(
        {key: getattr(row, key) for key in ("name", *MEANING, "choices", "description")}
    )


def fingerprint(row: Indicator) -> str:
    """A short mark of the facts: the same facts have the same."""
    return hashlib.sha256(canonical(facts_of(row)).encode()).hexdigest()[:16]


def hold_indicators(criteria_set: CriteriaSet) -> None:
    """Lock the indicators that a set looks at until the transaction ends, in the order of keys.

    Figures go on referring to them meanwhile; nobody changes or retires them.
    """
    used = users_of(CriteriaSet.objects.filter(pk=criteria_set.pk))
    rows = Indicator.objects.select_for_update(no_key=True).filter(key__in=used).order_by("key")
    list(rows.values_list("pk", flat=True))


def _locked(indicator: Indicator) -> Indicator:
    rows = Indicator.objects.select_for_update(of=("self",)).select_related("region")
    return rows.get(pk=indicator.pk)


def _as_data(values: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: values[key] for key in ("name", *MEANING, "description")}
    for key in ("minimum", "maximum"):
        found[key] = None if found[key] is None else f"{found[key].normalize():f}"
    return {**found, "choices": [name for _, name in pairs(values["choices"])]}


def _hold_meaning(row: Indicator, values: Mapping[str, Any], changed: Sequence[str]) -> None:
    """ValidationError beside what may not change any more."""
    errors: dict[str, str] = {}
    verdict = may_rename_indicator(row)
    if not verdict.ok:
        errors.update({key: verdict.reason for key in NAMING if key in changed})
    fixed = [key for key in MEANING if key in changed]
    held = pairs(row.choices)
    if "choices" in changed and pairs(values["choices"])[: len(held)] != held:
        fixed.append("choices")
    verdict = may_change_meaning(row) if fixed else verdict
    if fixed and not verdict.ok:
        more = "选项只能在末尾增加。" if "choices" in fixed else ""
        errors.update(dict.fromkeys(fixed, f"{verdict.reason}{more}"))
    if errors:
        raise ValidationError(errors)


def _checked(facts: IndicatorFacts) -> dict[str, Any]:
    """The columns of the row; ValidationError keyed by field."""
    errors: dict[str, str] = {}
    name, unit = "".join(facts.name.split()), UNITS.get(facts.type, facts.unit.strip())
    if not name or len(name) > LONGEST_NAME:
        errors["name"] = f"请填写指标名称，不超过 {LONGEST_NAME} 个字。"
    if facts.type not in dict(INDICATOR_TYPE_CHOICES):
        errors["type"] = "请选择类型。"
    elif facts.type not in UNITS and not 0 < len(unit) <= LONGEST_UNIT:
        errors["unit"] = f"请填写单位，例如“家”“项”，不超过 {LONGEST_UNIT} 个字。"
    if facts.year_rule not in dict(YEAR_RULE_CHOICES):
        errors["year_rule"] = "请选择年度口径。"
    if (facts.type == "text") != (facts.source == "answer"):
        errors["source"] = "文字由申报陈述提供，其他类型由年度数据提供，请改选类型或来源。"
    elif facts.source not in ("reported", "answer"):
        errors["source"] = "请选择由谁提供。台账计算的指标由平台设立。"
    if len(facts.description) > LONGEST_TEXT:
        errors["description"] = f"口径不超过 {LONGEST_TEXT} 个字，请精简。"
    numbers = _range(facts, errors)
    _check_choices(facts, errors)
    if errors:
        raise ValidationError(errors)
    return {
        "name": name,
        "type": facts.type,
        "unit": unit,
        "source": facts.source,
        "year_rule": facts.year_rule,
        "description": facts.description.strip(),
        **numbers,
    }


def _range(facts: IndicatorFacts, errors: dict[str, str]) -> dict[str, Any]:
    if facts.type in (*CHOSEN, "text"):
        return {"minimum": None, "maximum": None, "decimals": 0}
    decimals = {"money": 2, "entries": 0}.get(facts.type, facts.decimals)
    if not 0 <= decimals <= MOST_DECIMALS:
        errors["decimals"] = f"小数位数为 0 至 {MOST_DECIMALS} 位。"
    for key, bound in (("minimum", facts.minimum), ("maximum", facts.maximum)):
        if bound is not None and abs(bound) >= LARGEST:
            errors[key] = "数值过大，请核对。"
        elif bound is not None and bound != round(bound, 4):
            errors[key] = "最多 4 位小数。"
    low, high = facts.minimum, facts.maximum
    if low is not None and high is not None and low >= high:
        errors["maximum"] = "最大值应大于最小值，请核对。"
    return {"minimum": low, "maximum": high, "decimals": decimals}


def _check_choices(facts: IndicatorFacts, errors: dict[str, str]) -> None:
    if facts.type != "choice":
        return
    names = [name.strip() for name in facts.choices]
    if not 2 <= len(names) <= MOST_CHOICES:
        errors["choices"] = f"请填写 2 至 {MOST_CHOICES} 个选项，每行一个。"
    elif len(set(names)) != len(names):
        errors["choices"] = "选项有重复，请删去。"
    elif any(not 0 < len(name) <= LONGEST_CHOICE for name in names):
        errors["choices"] = f"每个选项不超过 {LONGEST_CHOICE} 个字。"


def _numbered(held: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[dict[str, Any]]:
    """Options with their keys, whole numbers in rising order; those that stand keep theirs."""
    wanted = [name.strip() for name in names]
    known = [str(item["name"]) for item in held]
    if wanted[: len(known)] == known:
        first = max((int(item["key"]) for item in held), default=0) + 1
        added = wanted[len(known) :]
        return [*map(dict, held), *({"key": first + n, "name": x} for n, x in enumerate(added))]
    return [{"key": number, "name": name} for number, name in enumerate(wanted, start=1)]


def _namesake(region: Region, name: str) -> Indicator | None:
    """A standing indicator of the same name above, in or below the region."""
    rows = Indicator.objects.filter(name=name, subject="town", retired_at__isnull=True)
    return (
        rows.filter(
            Q(region__isnull=True)
            | Q(region__scope_from__lte=region.code, region__scope_to__gt=region.code)
            | Q(region__code__gte=region.scope_from, region__code__lt=region.scope_to)
        )
        .select_related("region")
        .first()
    )


def _taken(row: Indicator) -> str:
    whose = f"{row.region.name}设立的" if row.region is not None else "文件规定的"
    return f"已有同名指标（{whose}），可以直接选用；口径不同的，请换一个名称。"
