"""The list of towns."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from criteria.categories import category_choices, category_label
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
from portal.core.web import office_url
from towns.constants import STAGE_CHOICES
from towns.lists.common import containing, offer_regions
from towns.models import Membership, StageMove, Town, TownFigure, TownName
from towns.queries import reporting_years
from towns.tables.registers import STAGES, stage_tag

TownBatch = Batch[Town]


class TownFilter(ListFilter):
    """Conditions above the list of towns."""

    q = forms.CharField(label="名称、产业", max_length=60, required=False)
    category = forms.ChoiceField(label="类别", required=False)
    stage = forms.ChoiceField(
        label="培育阶段", choices=[EVERYTHING, *STAGE_CHOICES], required=False
    )
    region = forms.ChoiceField(label="行政区划", required=False)
    closed = forms.BooleanField(label="含已撤并", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [EVERYTHING, *category_choices()]  # type: ignore[attr-defined]
        self.bounds = offer_regions(self, self.actor)

    def narrow(self, rows: QuerySet[Town], chosen: Chosen) -> QuerySet[Town]:
        """Name or former name, industry, category, stage, region; standing ones unless asked."""
        if chosen["q"]:
            text = chosen["q"].strip()
            former = TownName.objects.filter(**containing("name", text))
            rows = rows.filter(
                Q(**containing("name", text))
                | Q(**containing("industry", text))
                | Q(pk__in=former.order_by().values("town_id"))
            )
        for name in ("category", "stage"):
            if chosen[name]:
                rows = rows.filter(**{name: chosen[name]})
        if chosen.get("region"):
            rows = rows.filter(**self.bounds[chosen["region"]])
        return rows if chosen["closed"] else rows.filter(closed_on__isnull=True)


# --- what is fetched for the rows of a page -------------------------------------------------------


def _outputs(batch: TownBatch) -> dict[int, Decimal]:
    rows = TownFigure.objects.filter(
        town__in=batch.rows, year=reporting_years()[0], indicator__key="output_value"
    )
    return dict(rows.values_list("town_id", "value"))


def _members(batch: TownBatch) -> dict[tuple[int, str], int]:
    """(town, role) -> enterprises in it today; an empty role counts all."""
    rows = Membership.objects.visible_to(batch.actor).on().filter(town__in=batch.rows)
    counted = rows.order_by().values_list("town_id", "role").annotate(n=Count("pk"))
    found: dict[tuple[int, str], int] = {}
    for town, role, n in counted:
        found[town, role] = n
        found[town, ""] = found.get((town, ""), 0) + n
    return found


def _moves(batch: TownBatch) -> dict[int, date]:
    rows = StageMove.objects.filter(town__in=batch.rows).order_by("on", "pk")
    return dict(rows.values_list("town_id", "on"))


def _former(batch: TownBatch) -> dict[int, str]:
    rows = TownName.objects.filter(town__in=batch.rows).order_by("valid_to", "pk")
    found: dict[int, list[str]] = {}
    for town, name in rows.values_list("town_id", "name"):
        found.setdefault(town, []).append(name)
    return {town: "、".join(names) for town, names in found.items()}


# --- cells ----------------------------------------------------------------------------------------


def _name(town: Town, batch: TownBatch) -> dict[str, str]:
    note = f"{town.closed_on} 撤并" if town.closed_on else town.demo_note
    return {"text": town.name, "url": office_url(batch.actor, "town", town.pk), "note": note}


def _city(town: Town, batch: TownBatch) -> str:
    return town.county.parent.name if town.county.parent else ""


def _count(role: str) -> Any:
    return lambda town, batch: batch.fetched(_members).get((town.pk, role), 0)


def _with_output(rows: QuerySet[Town], chosen: Chosen) -> QuerySet[Town]:
    figures = TownFigure.objects.filter(
        town=OuterRef("pk"), year=reporting_years()[0], indicator__key="output_value"
    )
    return rows.annotate(output=Subquery(figures.values("value")[:1]))


def _output_label(chosen: Chosen) -> str:
    return f"{reporting_years()[0]}年产值"


def _towns(actor: Actor) -> QuerySet[Town]:
    return Town.objects.visible_to(actor)


TOWNS = register_list(
    ListSpec(
        key="towns",
        title="专业镇",
        url_name="towns",
        rows=_towns,
        related=("county__parent",),
        filter=TownFilter,
        noun="个",
        empty_title="没有符合条件的专业镇",
        columns=(
            ListColumn(
                "name",
                "专业镇",
                lambda town, batch: town.name,
                kind="name",
                cell=_name,
                fixed=True,
                sorting=Sorting("name"),
            ),
            ListColumn(
                "former",
                "曾用名",
                lambda town, batch: batch.fetched(_former).get(town.pk, ""),
                shown=False,
            ),
            ListColumn("city", "市", _city, width=14),
            ListColumn(
                "county",
                "县（市、区）",
                lambda town, batch: town.county.name,
                width=16,
                sorting=Sorting("scope_code"),
            ),
            ListColumn("industry", "主导产业", lambda town, batch: town.industry),
            ListColumn("products", "主导产品", lambda town, batch: town.products, shown=False),
            ListColumn("category", "类别", lambda town, batch: category_label(town.category)),
            ListColumn("bureau", "牵头部门", lambda town, batch: town.lead_bureau, shown=False),
            ListColumn(
                "members",
                "企业数",
                _count(""),
                kind="number",
                unit="家",
            ),
            ListColumn(
                "leading", "龙头企业数", _count("leading"), kind="number", unit="家", shown=False
            ),
            ListColumn(
                "output",
                _output_label,
                lambda town, batch: batch.fetched(_outputs).get(town.pk),
                kind="money",
                sorting=Sorting(
                    "output", nullable=True, descending_first=True, prepare=_with_output
                ),
            ),
            ListColumn(
                "stage",
                "培育阶段",
                lambda town, batch: STAGES[town.stage],
                kind="tag",
                cell=lambda town, batch: stage_tag(town),
            ),
            ListColumn(
                "stage_on",
                "阶段日期",
                lambda town, batch: batch.fetched(_moves).get(town.pk),
                kind="date",
                shown=False,
            ),
            ListColumn("source", "依据", lambda town, batch: town.source, shown=False, width=36),
        ),
    )
)
