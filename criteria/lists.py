"""The list of indicators (指标目录): of the documents, and of the offices above and below."""

from __future__ import annotations

from django import forms
from django.db.models import Q, QuerySet

from criteria.constants import INDICATOR_TYPE_CHOICES
from criteria.indicator_queries import users_of
from criteria.models import CriteriaSet, Indicator
from criteria.values import pairs, shown
from portal.core.actor import Actor
from portal.core.listing import (
    EVERYTHING,
    Batch,
    Chosen,
    ListColumn,
    ListFilter,
    ListSpec,
    Sorting,
    register_list,
)
from portal.core.paging import Order

SUPPLIERS: dict[str, str] = {"reported": "年度数据", "computed": "台账计算", "answer": "申报陈述"}
SUBJECTS: dict[str, str] = {"town": "专业镇", "enterprise": "企业"}
ORIGINS = [("documents", "文件规定"), ("own", "本办公室设立"), ("others", "上下级设立")]
TYPES = dict(INDICATOR_TYPE_CHOICES)
YEAR_RULES: dict[str, str] = {"latest": "最近年度", "stated": "注明年度"}
IndicatorBatch = Batch[Indicator]


class IndicatorFilter(ListFilter):
    """Conditions above the list."""

    q = forms.CharField(label="名称、口径", max_length=60, required=False)
    type = forms.ChoiceField(
        label="类型", choices=[EVERYTHING, *INDICATOR_TYPE_CHOICES], required=False
    )
    source = forms.ChoiceField(
        label="由谁提供", choices=[EVERYTHING, *SUPPLIERS.items()], required=False
    )
    origin = forms.ChoiceField(label="设立", choices=[EVERYTHING, *ORIGINS], required=False)
    retired = forms.BooleanField(label="含已停用", required=False)

    def narrow(self, rows: QuerySet[Indicator], chosen: Chosen) -> QuerySet[Indicator]:
        """By name, type, supplier, and whose they are; standing ones unless asked."""
        if chosen["q"]:
            text = chosen["q"].strip()
            rows = rows.filter(Q(name__icontains=text) | Q(description__icontains=text))
        for name in ("type", "source"):
            if chosen[name]:
                rows = rows.filter(**{name: chosen[name]})
        home = self.actor.office.region_id if self.actor.office is not None else None
        if chosen["origin"] == "documents":
            rows = rows.filter(region__isnull=True)
        elif chosen["origin"] == "own":
            rows = rows.filter(region=home)
        elif chosen["origin"] == "others":
            rows = rows.filter(region__isnull=False).exclude(region=home)
        return rows if chosen["retired"] else rows.filter(retired_at__isnull=True)


def _users(batch: IndicatorBatch) -> dict[str, set[int]]:
    return users_of(CriteriaSet.objects.visible_to(batch.actor))


def _used(row: Indicator, batch: IndicatorBatch) -> int:
    return len(batch.fetched(_users).get(row.key, ()))


def _name(row: Indicator, batch: IndicatorBatch) -> dict[str, str]:
    return {"text": row.name, "note": row.description}


def _range(row: Indicator, batch: IndicatorBatch) -> str:
    if row.choices:
        return "、".join(name for _, name in pairs(row.choices))
    low, high = (
        "" if bound is None else shown(bound, row.type, row.unit, digits=4)
        for bound in (row.minimum, row.maximum)
    )
    if low and high:
        return f"{low} 至 {high}"
    return f"不小于 {low}" if low else f"不大于 {high}" if high else ""


def _whose(row: Indicator, batch: IndicatorBatch) -> str:
    return row.region.name if row.region is not None else "文件规定"


def _state(row: Indicator, batch: IndicatorBatch) -> str:
    return "已停用" if row.retired_at is not None else "使用中"


def _state_cell(row: Indicator, batch: IndicatorBatch) -> dict[str, str]:
    tone = "neutral" if row.retired_at is not None else "success"
    return {"text": _state(row, batch), "tone": tone}


def _catalogue(actor: Actor) -> QuerySet[Indicator]:
    return Indicator.objects.visible_to(actor)


INDICATORS = register_list(
    ListSpec(
        key="indicators",
        title="指标目录",
        url_name="indicators",
        rows=_catalogue,
        related=("region",),
        filter=IndicatorFilter,
        default_order=Order("ordinal", descending=False),
        order_words="目录次序",
        noun="项",
        empty_title="没有符合条件的指标",
        columns=(
            ListColumn(
                "name",
                "指标",
                lambda row, batch: row.name,
                kind="name",
                cell=_name,
                fixed=True,
                sorting=Sorting("name"),
            ),
            ListColumn("type", "类型", lambda row, batch: TYPES[row.type]),
            ListColumn("unit", "单位", lambda row, batch: row.unit),
            ListColumn("source", "由谁提供", lambda row, batch: SUPPLIERS[row.source], width=14),
            ListColumn("year_rule", "年度口径", lambda row, batch: YEAR_RULES[row.year_rule]),
            ListColumn("range", "取值范围", _range, width=24),
            ListColumn("used", "使用的标准", _used, kind="number", unit="套"),
            ListColumn("whose", "设立", _whose, width=14),
            ListColumn("state", "状态", _state, kind="tag", cell=_state_cell),
            ListColumn("subject", "对象", lambda row, batch: SUBJECTS[row.subject], shown=False),
            ListColumn(
                "description", "口径", lambda row, batch: row.description, shown=False, width=60
            ),
            ListColumn("key", "编码", lambda row, batch: row.key, kind="code", shown=False),
        ),
    )
)
