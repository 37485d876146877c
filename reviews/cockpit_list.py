"""The towns behind every number of a round's cockpit: state, last saved, reminders; no content.

Offices alone have this list. Of a draft it shows what ``towns.cockpit_queries`` tells.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from criteria.categories import category_choices, category_label
from portal.core import clock
from portal.core.actor import Actor
from portal.core.listing import (
    EVERYTHING,
    Batch,
    Chosen,
    ListColumn,
    ListSpec,
    register_list,
)
from portal.core.web import office_url
from reviews.cockpit_queries import RANKS, STAGES, progress_of
from reviews.models import Case
from towns.cockpit_queries import (
    NOT_STARTED,
    STANDING_CHOICES,
    STANDINGS,
    UNSUBMITTED,
    Filed,
    Told,
    filed_by,
    reminders_of,
    units_holding,
)
from towns.deadlines import ends_of
from towns.lists.common import ParentFilter, containing, offer_regions
from towns.models import Round, Town

TownBatch = Batch[Town]
UNHELD = "没有授权填报单位"


class RoundTownFilter(ParentFilter[Round]):
    """Conditions above the towns of a round."""

    parent = "round"

    round = forms.ChoiceField(label="批次", required=False)
    q = forms.CharField(label="专业镇", max_length=60, required=False)
    state = forms.ChoiceField(label="状态", choices=[EVERYTHING, *STANDING_CHOICES], required=False)
    reached = forms.ChoiceField(label="已到阶段", choices=[EVERYTHING, *STAGES[1:]], required=False)
    category = forms.ChoiceField(label="类别", required=False)
    region = forms.ChoiceField(label="行政区划", required=False)
    waiting = forms.BooleanField(label="尚未提交", required=False)
    extended = forms.BooleanField(label="已延期", required=False)
    overdue = forms.BooleanField(label="补正逾期", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bounds = offer_regions(self, self.actor)
        boxes: dict[str, Any] = self.fields
        boxes["category"].choices = [EVERYTHING, *category_choices()]
        boxes["round"].choices = [(str(row.pk), row.title) for row in self.offered]
        self.defaults = {"round": str(self.offered[0].pk)} if self.offered else {}

    def parents(self) -> QuerySet[Round]:
        """The rounds that close last first; none for who has no region."""
        rows = Round.objects.visible_to(self.actor).select_related("office__region")
        return rows if self.actor.scope is not None else rows.none()

    def chosen(self) -> dict[str, Any]:
        """What was chosen, with the round itself for the cells."""
        return {**super().chosen(), "call": self.meant}

    def narrow(self, rows: QuerySet[Town], chosen: Chosen) -> QuerySet[Town]:
        """The towns of the round that the conditions leave."""
        if self.meant is None:
            return rows.none()
        found = progress_of(self.meant, rows)
        if chosen["q"]:
            found = found.filter(**containing("name", chosen["q"].strip()))
        if chosen["state"]:
            found = found.filter(standing=chosen["state"])
        if chosen["reached"]:
            found = found.filter(reached__gte=RANKS[chosen["reached"]])
        if chosen["category"]:
            found = found.filter(category=chosen["category"])
        if chosen["waiting"]:
            found = found.filter(standing__in=UNSUBMITTED, reached__lt=RANKS["submitted"])
        for name in ("extended", "overdue"):
            if chosen[name]:
                found = found.filter(**{name: True})
        if chosen.get("region"):
            found = found.filter(**self.bounds[chosen["region"]])
        return found


# --- what is fetched for the rows of a page -------------------------------------------------------


def _call(batch: TownBatch) -> Round:
    call: Round = batch.chosen["call"]
    return call


def _filed(batch: TownBatch) -> dict[int, Filed]:
    return filed_by(_call(batch), batch.rows)


def _units(batch: TownBatch) -> dict[int, dict[int, str]]:
    return units_holding(town.pk for town in batch.rows)


def _ends(batch: TownBatch) -> dict[int, datetime]:
    return ends_of(_call(batch), batch.rows)


def _told(batch: TownBatch) -> dict[int, Told]:
    return reminders_of(_call(batch), batch.rows)


def _cases(batch: TownBatch) -> dict[int, Case]:
    rows = Case.objects.visible_to(batch.actor).filter(
        round=_call(batch), application__town__in=batch.rows
    )
    found = rows.order_by("application_id").select_related("application")
    return {case.application.town_id: case for case in found}


# --- cells ----------------------------------------------------------------------------------------


def _standing(town: Town, batch: TownBatch) -> tuple[str, str]:
    filed = batch.fetched(_filed).get(town.pk)
    return STANDINGS[filed.state if filed is not None else NOT_STARTED]


def _submitted(town: Town, batch: TownBatch) -> datetime | None:
    filed = batch.fetched(_filed).get(town.pk)
    return filed.submitted_at if filed is not None else None


def _name(town: Town, batch: TownBatch) -> dict[str, str]:
    return {"text": town.name, "url": office_url(batch.actor, "town", town.pk)}


def _state(town: Town, batch: TownBatch) -> str:
    return _standing(town, batch)[0]


def _state_cell(town: Town, batch: TownBatch) -> dict[str, str]:
    word, tone = _standing(town, batch)
    return {"text": word, "tone": tone}


def _saved(town: Town, batch: TownBatch) -> datetime | None:
    filed = batch.fetched(_filed).get(town.pk)
    return filed.saved_at if filed is not None else None


def _number(town: Town, batch: TownBatch) -> str:
    filed = batch.fetched(_filed).get(town.pk)
    return filed.number if filed is not None else ""


def _step(town: Town, batch: TownBatch) -> str:
    case = batch.fetched(_cases).get(town.pk) if _submitted(town, batch) else None
    return case.status_label if case is not None else ""


def _step_cell(town: Town, batch: TownBatch) -> Any:
    case = batch.fetched(_cases).get(town.pk) if _submitted(town, batch) else None
    if case is None:
        return ""
    return {"text": case.status_label, "url": office_url(batch.actor, "case", case.pk)}


def _held(town: Town, batch: TownBatch) -> str:
    held = batch.fetched(_units).get(town.pk)
    return "、".join(held.values()) if held else UNHELD


def _end(town: Town, batch: TownBatch) -> datetime:
    return batch.fetched(_ends).get(town.pk, _call(batch).closing)


def _end_cell(town: Town, batch: TownBatch) -> dict[str, str]:
    moment = timezone.localtime(_end(town, batch))
    note = {"note": "已延期"} if town.pk in batch.fetched(_ends) else {}
    return {"text": f"{moment:%Y-%m-%d %H:%M}", **note}


def _due(town: Town, batch: TownBatch) -> date | None:
    filed = batch.fetched(_filed).get(town.pk)
    return filed.due_on if filed is not None else None


def _due_cell(town: Town, batch: TownBatch) -> Any:
    due = _due(town, batch)
    if due is None:
        return ""
    days = (clock.today() - due).days
    late = {"tone": "danger", "note": f"已逾期 {days} 天"} if days > 0 else {}
    return {"text": due.isoformat(), **late}


def _reminded(town: Town, batch: TownBatch) -> datetime | None:
    told = batch.fetched(_told).get(town.pk)
    return told.at if told is not None else None


def _reminded_cell(town: Town, batch: TownBatch) -> Any:
    told = batch.fetched(_told).get(town.pk)
    if told is None:
        return ""
    moment = timezone.localtime(told.at)
    return {"text": f"{moment:%Y-%m-%d %H:%M}", "note": "已读" if told.read else "未读"}


def _rows(actor: Actor) -> QuerySet[Town]:
    if actor.scope is None:
        return Town.objects.none()
    return Town.objects.visible_to(actor)


def _city(town: Town, batch: TownBatch) -> str:
    return town.county.parent.name if town.county.parent else ""


ROUND_TOWNS = register_list(
    ListSpec(
        key="round-towns",
        title="批次进度",
        url_name="round-towns",
        rows=_rows,
        related=("county__parent",),
        filter=RoundTownFilter,
        noun="个专业镇",
        order_words="登记先后，新登记的在前",
        empty_title="没有符合条件的专业镇",
        columns=(
            ListColumn(
                "name",
                "专业镇",
                lambda town, batch: town.name,
                kind="name",
                cell=_name,
                fixed=True,
            ),
            ListColumn("city", "市", _city, shown=False),
            ListColumn("county", "县（市、区）", lambda town, batch: town.county.name, width=16),
            ListColumn(
                "category",
                "类别",
                lambda town, batch: category_label(town.category),
                shown=False,
            ),
            ListColumn("state", "状态", _state, kind="tag", cell=_state_cell, fixed=True),
            ListColumn("saved", "最近保存", _saved, kind="datetime"),
            ListColumn(
                "submitted",
                "首次提交",
                _submitted,
                kind="datetime",
                shown=False,
            ),
            ListColumn("number", "受理编号", _number, kind="code", shown=False),
            ListColumn("step", "办理环节", _step, cell=_step_cell, shown=False),
            ListColumn("unit", "填报单位", _held, width=30),
            ListColumn("end", "申报截止", _end, kind="datetime", cell=_end_cell, shown=False),
            ListColumn(
                "due",
                "补正期限",
                _due,
                kind="date",
                cell=_due_cell,
                shown=False,
            ),
            ListColumn("reminded", "最近通知", _reminded, kind="datetime", cell=_reminded_cell),
        ),
    )
)
