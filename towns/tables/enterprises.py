"""Rows and cells of an enterprise's page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from criteria.models import Indicator
from portal.core.actor import Actor
from portal.core.formatting import DASH, change_of, quantity
from portal.core.web import office_url
from towns.constants import ROLE_CHOICES
from towns.enterprise_queries import Event, Place
from towns.models import Enterprise, Membership, Town

Cell = dict[str, Any]
ROLES = dict(ROLE_CHOICES)
SEAT_COLUMNS: list[Cell] = [
    {"label": "专业镇", "kind": "name"},
    {"label": "县（市、区）"},
    {"label": "角色"},
    {"label": "主要产品"},
    {"label": "加入日期", "kind": "date"},
    {"label": "退出日期", "kind": "date"},
]
EVENT_COLUMNS: list[Cell] = [
    {"label": "日期", "kind": "date"},
    {"label": "事项", "kind": "name"},
    {"label": "依据或事由"},
]


def enterprise_facts(enterprise: Enterprise) -> list[Cell]:
    """What is known of the enterprise itself."""
    former = [f"{row.name}（至 {row.valid_to}）" for row in enterprise.names.all()]
    return [
        {"label": "统一社会信用代码", "value": enterprise.uscc},
        {"label": "主体类型", "value": enterprise.get_entity_display()},
        {"label": "曾用名", "value": "\n".join(former) or "无"},
    ]


def seat_rows(seats: Iterable[Membership], actor: Actor, kept: set[int]) -> list[Cell]:
    """The towns it is or was part of; changes are offered in those the actor keeps."""
    rows: list[Cell] = []
    for seat in seats:
        url = office_url(actor, "town-enterprises", seat.town_id)
        row: Cell = {
            "cells": [
                {"text": seat.town.name, "url": url},
                seat.town.county.name,
                ROLES[seat.role],
                seat.main_products,
                seat.since,
                {"text": seat.until, "note": seat.end_reason},
            ],
            "actions": [],
        }
        if seat.until is None and seat.town_id in kept:
            row["actions"] = [
                {
                    "text": text,
                    "url": office_url(actor, name, seat.town_id, seat.pk),
                    "label": f"{text}：{seat.town.name}",
                }
                for text, name in (("变更角色", "member-role"), ("修改", "member-amend"))
            ]
        rows.append(row)
    # The head has 操作 if the first row has; then every row has a cell for it.
    if any(row["actions"] for row in rows):
        rows.sort(key=lambda row: not row["actions"])
    return rows


def year_columns(catalogue: Iterable[Indicator], towns: Iterable[Town]) -> list[Cell]:
    """A year's indicators, and its place inside each town."""
    return [
        {"label": "年度"},
        *({"label": row.name.removeprefix("企业"), "kind": "number"} for row in catalogue),
        *({"label": f"{town.name}内收入位次", "kind": "number"} for town in towns),
    ]


def year_rows(
    years: Sequence[int],
    catalogue: Sequence[Indicator],
    values: Mapping[tuple[int, str], Decimal],
    places: Sequence[Mapping[int, Place]],
) -> list[Cell]:
    """Years with their figures and the change against the year before."""
    rows = []
    for year in years:
        cells: list[Any] = [f"{year}年"]
        for row in catalogue:
            value, before = values.get((year, row.key)), values.get((year - 1, row.key))
            change = change_of(value, before, row.unit)
            cells.append(
                {
                    "text": quantity(value, row.unit),
                    "note": f"较上年 {change}" if change != DASH else "",
                }
            )
        for ranking in places:
            place = ranking.get(year)
            cells.append(f"第 {place.rank} 位，共 {place.of} 家" if place else None)
        rows.append({"cells": cells})
    return rows


def event_rows(events: Iterable[Event]) -> list[Cell]:
    """What happened, the latest first."""
    return [{"cells": [event.on, event.text, event.note]} for event in events]
