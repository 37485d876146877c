"""The simulations of an office, and the rows of one: whom a criteria set would change."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from criteria.categories import category_choices, category_label
from criteria.constants import OUTCOME_CHOICES, OUTCOMES, STATUSES
from portal.core.actor import Actor
from portal.core.constants import UNSTATED
from portal.core.formatting import iso_datetime
from portal.core.listing import (
    EVERYTHING,
    Batch,
    Chosen,
    ListColumn,
    ListFilter,
    ListSpec,
    register_list,
)
from portal.core.models import Region
from portal.core.web import office_url
from towns.constants import SIMULATION_CHANGE_CHOICES, SIMULATION_SUBJECT_CHOICES
from towns.lists.common import ParentFilter, containing, offer_regions
from towns.models import Simulation, SimulationRow
from towns.queries import reporting_years

RowBatch = Batch[SimulationRow]
SimulationBatch = Batch[Simulation]
CHANGES = dict(SIMULATION_CHANGE_CHOICES)
SUBJECTS = dict(SIMULATION_SUBJECT_CHOICES)
CHANGE_TONES = {"gains": "success", "loses": "danger", "other": "warning", "same": "neutral"}
# So many of the newest may be chosen above the rows.


# --- simulations ----------------------------------------------------------------------------------


class SimulationFilter(ListFilter):
    """Conditions above the list of simulations."""

    q = forms.CharField(label="标准名称", max_length=60, required=False)

    def narrow(self, rows: QuerySet[Simulation], chosen: Chosen) -> QuerySet[Simulation]:
        """By the title of the set."""
        if chosen["q"]:
            rows = rows.filter(**containing("criteria_set__title", chosen["q"].strip()))
        return rows


def _change(key: str) -> Any:
    def value(row: Simulation, batch: SimulationBatch) -> int | None:
        town = row.counts.get("town")
        return town["changes"][key] if town else None

    return value


def state_of(row: Simulation) -> dict[str, str]:
    """已完成, or where its job stands."""
    if row.finished_at is not None:
        return {"text": "已完成", "tone": "success"}
    if row.job is not None and row.job.state == "failed":
        return {"text": "没有完成", "tone": "danger"}
    return {"text": "进行中", "tone": "info"}


def _title(row: Simulation, batch: SimulationBatch) -> dict[str, str]:
    return {
        "text": row.criteria_set.title,
        "url": office_url(batch.actor, "simulation", row.pk),
        "note": row.criteria_set.version_label,
    }


SIMULATIONS = register_list(
    ListSpec(
        key="simulations",
        title="标准模拟",
        url_name="simulations",
        rows=lambda actor: Simulation.objects.visible_to(actor),
        related=("criteria_set", "base", "job"),
        filter=SimulationFilter,
        noun="次模拟",
        order_words="发起先后，新发起的在前",
        empty_title="还没有模拟",
        empty_text="在“认定标准”中打开一套标准，点“模拟”。",
        columns=(
            ListColumn(
                "title",
                "标准",
                lambda row, batch: row.criteria_set.title,
                kind="name",
                cell=_title,
                fixed=True,
            ),
            ListColumn(
                "base",
                "对比的现行标准",
                lambda row, batch: row.base.title if row.base is not None else "无",
            ),
            ListColumn("year", "数据年度", lambda row, batch: f"{row.year}年"),
            ListColumn("gains", "新符合", _change("gains"), kind="number", unit="个"),
            ListColumn("loses", "不再符合", _change("loses"), kind="number", unit="个"),
            ListColumn(
                "state",
                "状态",
                lambda row, batch: state_of(row)["text"],
                kind="tag",
                cell=lambda row, batch: state_of(row),
            ),
            ListColumn("name", "发起人", lambda row, batch: row.started_name),
            ListColumn("at", "发起时间", lambda row, batch: row.started_at, kind="datetime"),
        ),
    )
)


# --- rows of one ----------------------------------------------------------------------------------


class SimulationRowFilter(ParentFilter[Simulation]):
    """Conditions above the rows: which simulation, what changes, where, by which clause."""

    parent = "simulation"

    simulation = forms.ChoiceField(label="模拟", required=False)
    q = forms.CharField(label="专业镇", max_length=60, required=False)
    subject = forms.ChoiceField(
        label="对象", choices=[EVERYTHING, *SIMULATION_SUBJECT_CHOICES], required=False
    )
    change = forms.ChoiceField(
        label="变化", choices=[EVERYTHING, *SIMULATION_CHANGE_CHOICES], required=False
    )
    after = forms.ChoiceField(
        label="模拟结论", choices=[EVERYTHING, *OUTCOME_CHOICES], required=False
    )
    clause = forms.ChoiceField(label="未达到的条款", required=False)
    category = forms.ChoiceField(label="类别", required=False)
    region = forms.ChoiceField(label="行政区划", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bounds = offer_regions(self, self.actor)
        boxes: dict[str, Any] = self.fields
        boxes["simulation"].choices = [(str(row.pk), _name_of(row)) for row in self.offered]
        self.defaults = {"simulation": str(self.offered[0].pk)} if self.offered else {}
        boxes["category"].choices = [EVERYTHING, *category_choices()]
        boxes["clause"].choices = [
            EVERYTHING,
            *(
                (row["key"], f"{row['clause']} {row['title']}".strip())
                for row in (self.meant.counts.get("clauses", ()) if self.meant else ())
            ),
        ]

    def parents(self) -> QuerySet[Simulation]:
        """The newest first."""
        return Simulation.objects.visible_to(self.actor).select_related("criteria_set")

    def narrow(self, rows: QuerySet[SimulationRow], chosen: Chosen) -> QuerySet[SimulationRow]:
        """The rows of one simulation that the conditions leave."""
        if self.meant is None:
            return rows.none()
        rows = rows.filter(simulation=self.meant)
        if chosen["q"]:
            rows = rows.filter(**containing("town_name", chosen["q"].strip()))
        for name in ("subject", "change", "after", "category"):
            if chosen[name]:
                rows = rows.filter(**{name: chosen[name]})
        if chosen["clause"]:
            # Both databases write the list as text in the same way; keys are plain words.
            rows = rows.annotate(unmet=Cast("failing", TextField()))
            rows = rows.filter(unmet__contains=f'["{chosen["clause"]}", ')
        if chosen.get("region"):
            rows = rows.filter(**self.bounds[chosen["region"]])
        return rows


def _name_of(row: Simulation) -> str:
    return f"{row.criteria_set.title}（{row.year}年数据，{iso_datetime(row.started_at)}）"


def _regions(batch: RowBatch) -> dict[str, str]:
    codes = {code for row in batch.rows for code in (row.scope_code, row.city_code)}
    return dict(Region.objects.filter(code__in=codes).values_list("code", "name"))


def _region(field: str) -> Any:
    def value(row: SimulationRow, batch: RowBatch) -> str:
        code = getattr(row, field)
        return batch.fetched(_regions).get(code, code)

    return value


def _town(row: SimulationRow, batch: RowBatch) -> dict[str, str]:
    note = SUBJECTS[row.subject] if row.subject == "application" else ""
    # The same town under the same set as it stands now, explained clause by clause.
    url = office_url(batch.actor, "criteria-trial", row.simulation.criteria_set.key)
    year = row.simulation.year
    of_year = f"&year={year}" if year in reporting_years() else ""
    return {"text": row.town_name, "url": f"{url}&town={row.town_id}{of_year}", "note": note}


def _outcome(field: str) -> Any:
    def value(row: SimulationRow, batch: RowBatch) -> str:
        key = getattr(row, field)
        return OUTCOMES[key].label if key else UNSTATED

    return value


def _outcome_cell(field: str) -> Any:
    def cell(row: SimulationRow, batch: RowBatch) -> dict[str, str]:
        key = getattr(row, field)
        if not key:
            return {"text": UNSTATED, "tone": "neutral"}
        return {"text": OUTCOMES[key].label, "tone": OUTCOMES[key].tone}

    return cell


def _failing(row: SimulationRow, batch: RowBatch) -> str:
    return "；".join(
        f"{clause} {title}（{STATUSES[status].label}）".strip()
        for _, clause, title, status in row.failing
    )


def _rows(actor: Actor) -> QuerySet[SimulationRow]:
    return SimulationRow.objects.visible_to(actor)


SIMULATION_ROWS = register_list(
    ListSpec(
        key="simulation-rows",
        title="模拟结果",
        url_name="simulation-rows",
        rows=_rows,
        related=("simulation__criteria_set",),
        filter=SimulationRowFilter,
        noun="行",
        order_words="写入先后，后写入的在前",
        empty_title="没有符合条件的结果",
        columns=(
            ListColumn(
                "name",
                "专业镇",
                lambda row, batch: row.town_name,
                kind="name",
                cell=_town,
                fixed=True,
            ),
            ListColumn("subject", "对象", lambda row, batch: SUBJECTS[row.subject], shown=False),
            ListColumn("city", "市", _region("city_code"), width=14),
            ListColumn("county", "县（市、区）", _region("scope_code"), width=16, shown=False),
            ListColumn("category", "类别", lambda row, batch: category_label(row.category)),
            ListColumn(
                "before",
                "现行标准",
                _outcome("before"),
                kind="tag",
                cell=_outcome_cell("before"),
                width=24,
            ),
            ListColumn(
                "after",
                "模拟标准",
                _outcome("after"),
                kind="tag",
                cell=_outcome_cell("after"),
                width=24,
            ),
            ListColumn(
                "change",
                "变化",
                lambda row, batch: CHANGES[row.change],
                kind="tag",
                cell=lambda row, batch: {
                    "text": CHANGES[row.change],
                    "tone": CHANGE_TONES[row.change],
                },
                fixed=True,
            ),
            ListColumn("failing", "未达到的条款", _failing, kind="name", width=48),
            ListColumn(
                "points",
                "数据得分",
                lambda row, batch: row.points,
                kind="number",
                unit="分",
                shown=False,
                sheet_kind="decimal",
            ),
        ),
    )
)
