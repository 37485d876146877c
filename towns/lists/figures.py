"""The list of a year's figures: which towns have reported, what waits to be confirmed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet

from portal.core import clock
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
from towns.constants import YEAR_TONES
from towns.figure_queries import NOTHING, WAITS, figures_waiting
from towns.lists.common import containing, offer_regions, scope_of, year_choices
from towns.models import Town, TownFigure, TownYear
from towns.tables.figures import STATE_WORDS

TownBatch = Batch[Town]
STATE_CHOICES = [(WAITS, "待本办公室确认"), *STATE_WORDS.items()]


def shown_years() -> list[tuple[str, str]]:
    """The last complete year first, the present one last."""
    current = clock.today().year
    return [*year_choices(), (str(current), f"{current}年")]


class FiguresFilter(ListFilter):
    """Conditions above the list: a year, how far it is, where."""

    year = forms.ChoiceField(label="年度", required=False)
    q = forms.CharField(label="专业镇", max_length=60, required=False)
    state = forms.ChoiceField(label="状态", choices=[EVERYTHING, *STATE_CHOICES], required=False)
    region = forms.ChoiceField(label="行政区划", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_regions(self, self.actor)
        self.fields["year"].choices = shown_years()  # type: ignore[attr-defined]
        self.defaults = {"year": shown_years()[0][0]}
        # What the other conditions leave: the counts beside the states.
        self.whatever_state: QuerySet[Town] = Town.objects.none()

    def narrow(self, rows: QuerySet[Town], chosen: Chosen) -> QuerySet[Town]:
        """Towns by name, region and the state of their figures of the year."""
        if chosen["q"]:
            rows = rows.filter(**containing("name", chosen["q"].strip()))
        if chosen.get("region"):
            rows = rows.filter(**scope_of(chosen["region"]))
        self.whatever_state = rows
        years = TownYear.objects.visible_to(self.actor).filter(year=int(chosen["year"]))
        if chosen["state"] == NOTHING:
            return rows.exclude(pk__in=years.order_by().values("town_id"))
        if chosen["state"] == WAITS:
            waiting = figures_waiting(self.actor).filter(year=int(chosen["year"]))
            return rows.filter(pk__in=waiting.order_by().values("town_id"))
        if chosen["state"]:
            years = years.filter(state=chosen["state"])
            return rows.filter(pk__in=years.order_by().values("town_id"))
        return rows


# --- what is fetched for the rows of a page -------------------------------------------------------


def _years(batch: TownBatch) -> dict[int, TownYear]:
    rows = TownYear.objects.visible_to(batch.actor)
    rows = rows.filter(town__in=batch.rows, year=int(batch.chosen["year"]))
    return {row.town_id: row for row in rows}


def _values(batch: TownBatch) -> dict[tuple[int, str], Decimal]:
    rows = TownFigure.objects.filter(town__in=batch.rows, year=int(batch.chosen["year"]))
    found = rows.values_list("town_id", "indicator__key", "value")
    return {(town, key): value for town, key, value in found}


def _reported(batch: TownBatch) -> dict[int, int]:
    """Town -> how many indicators have a value."""
    counted: dict[int, int] = {}
    for town, _ in batch.fetched(_values):
        counted[town] = counted.get(town, 0) + 1
    return counted


# --- cells ----------------------------------------------------------------------------------------


def _name(town: Town, batch: TownBatch) -> dict[str, str]:
    url = office_url(batch.actor, "town-data", town.pk)
    return {"text": town.name, "url": url, "note": town.demo_note}


def _state(town: Town, batch: TownBatch) -> str:
    row = batch.fetched(_years).get(town.pk)
    return STATE_WORDS[row.state if row else NOTHING]


def _state_cell(town: Town, batch: TownBatch) -> dict[str, str]:
    row = batch.fetched(_years).get(town.pk)
    return {"text": _state(town, batch), "tone": YEAR_TONES[row.state] if row else "neutral"}


def _of_year(name: str) -> Any:
    def value(town: Town, batch: TownBatch) -> Any:
        row = batch.fetched(_years).get(town.pk)
        return getattr(row, name) if row else None

    return value


def _figure(key: str) -> Any:
    return lambda town, batch: batch.fetched(_values).get((town.pk, key))


def _filled(town: Town, batch: TownBatch) -> int:
    return batch.fetched(_reported).get(town.pk, 0)


def _standing(actor: Actor) -> QuerySet[Town]:
    return Town.objects.visible_to(actor).standing()


FIGURES = register_list(
    ListSpec(
        key="figures",
        title="年度数据",
        url_name="figures",
        rows=_standing,
        related=("county__parent",),
        filter=FiguresFilter,
        noun="个专业镇",
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
                "city",
                "市",
                lambda town, batch: town.county.parent.name if town.county.parent else "",
                width=14,
            ),
            ListColumn(
                "county",
                "县（市、区）",
                lambda town, batch: town.county.name,
                width=16,
                sorting=Sorting("scope_code"),
            ),
            ListColumn(
                "state",
                lambda chosen: f"{chosen['year']}年状态",
                _state,
                kind="tag",
                cell=_state_cell,
                fixed=True,
            ),
            ListColumn("filled", "已填指标", _filled, kind="number", unit="项"),
            ListColumn("output_value", "产值", _figure("output_value"), kind="money"),
            ListColumn("revenue", "营业收入", _figure("revenue"), kind="money", shown=False),
            ListColumn("employment", "就业人数", _figure("employment"), kind="number", unit="人"),
            ListColumn("tax", "税收", _figure("tax"), kind="money", shown=False),
            ListColumn("reported_name", "填报人", _of_year("reported_name")),
            ListColumn("reported_at", "填报时间", _of_year("reported_at"), kind="datetime"),
            ListColumn("confirmed_name", "确认人", _of_year("confirmed_name"), shown=False),
            ListColumn(
                "confirmed_at", "确认时间", _of_year("confirmed_at"), kind="datetime", shown=False
            ),
            ListColumn("returned", "退回原因", _of_year("return_reason"), shown=False, width=36),
        ),
    )
)
