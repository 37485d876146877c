"""Rows and facts of the pages of one town: names, stages, changes, categories, certifications."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from criteria.categories import category_label
from criteria.models import CriteriaSet
from portal.core.actor import Actor
from portal.core.constants import LEVELS
from portal.core.formatting import iso_date
from portal.core.models import LedgerEntry
from portal.core.names import who_did
from portal.core.web import office_url
from towns.constants import STAGES
from towns.models import Certification, StageMove, Town, TownChange
from towns.tables.registers import certification_rows as plain_rows

Item = dict[str, Any]

NAME_COLUMNS: list[Item] = [
    {"label": "名称", "kind": "name"},
    {"label": "自"},
    {"label": "至"},
    {"label": "更名依据", "kind": "name"},
]
STAGE_COLUMNS: list[Item] = [
    {"label": "日期", "kind": "date"},
    {"label": "培育阶段", "kind": "tag"},
    {"label": "事由", "kind": "name"},
    {"label": "依据", "kind": "name"},
]
CATEGORY_COLUMNS: list[Item] = [
    {"label": "层级"},
    {"label": "类别"},
    {"label": "现行认定标准", "kind": "name"},
    {"label": "该标准的类别"},
]


def town_facts(town: Town, move: StageMove | None, change_url: str = "") -> list[Item]:
    """What is registered of a town; its names and counties are read from the town."""
    city = town.county.parent
    place = f"{city.name if city else ''}{town.county.name}"
    former = "；".join(f"{row.name}（至 {row.valid_to}）" for row in town.names.all())
    stage = f"{move.on} 起" if move is not None else ""
    if move is not None and move.reason:
        stage += f"，{move.reason}"
    facts = [
        {"label": "所在县（市、区）", "value": place},
        {
            "label": "跨县域",
            "value": "、".join(r.name for r in town.further_counties.all()) or "无",
        },
        {"label": "主导产业", "value": town.industry},
        {"label": "主导产品", "value": town.products},
        {"label": "登记类别", "value": town.get_category_display()},
        {"label": "牵头部门", "value": town.lead_bureau},
        {"label": "培育阶段", "value": STAGES[town.stage], "note": stage},
        {"label": "依据", "value": town.source},
    ]
    if former:
        facts.insert(0, {"label": "曾用名", "value": former})
    return facts


def category_rows(town: Town, sets: Mapping[str, CriteriaSet], actor: Actor) -> list[Item]:
    """The town's category at each level beside the categories of the level's set in force."""
    own = {row.level: row.category for row in town.categories.all()}
    rows = []
    for level, row in LEVELS.items():
        found = sets.get(level)
        named = {str(item["key"]): str(item["name"]) for item in found.categories} if found else {}
        category = own.get(level, town.category)
        note = "" if level in own else "同登记类别"
        if named and category not in named:
            note = "不在该标准所列类别之内，请变更登记事项"
        standard: Any = "没有现行标准"
        if found is not None:
            standard = {
                "text": found.document_number,
                "url": office_url(actor, "criteria-set", found.key),
            }
        rows.append(
            {
                "cells": [
                    row.adjective,
                    {"text": category_label(category), "note": note},
                    standard,
                    "、".join(named.values()) or ("标准未列类别" if found else ""),
                ]
            }
        )
    return rows


def certification_rows(rows: list[Certification], actor: Actor) -> list[Item]:
    """Certifications with the document each rests on: the portal's own, or the one on paper."""
    found = plain_rows(rows)
    for item, row in zip(found, rows, strict=True):
        if row.document is not None:
            named: Item = {
                "text": row.document.number,
                "url": office_url(actor, "document", row.document.pk),
                "note": row.document.title,
            }
        else:
            parts = [row.source_title if row.source_number else ""]
            parts.append(f"成文日期 {iso_date(row.source_on)}" if row.source_on else "")
            named = {
                "text": row.source_number or row.source_title,
                "note": "，".join(part for part in parts if part),
            }
        item["cells"][2] = named
        if row.town_name != row.town.name:
            item["cells"][0] = {"text": item["cells"][0], "note": f"认定名称：{row.town_name}"}
    return found


# --- history ------------------------------------------------------------------------------------


def name_rows(town: Town) -> list[Item]:
    """The present name first, then the former ones."""
    former = list(town.names.all())
    since = former[0].valid_to if former else None
    ground = former[0].source if former else ""
    rows = [
        {
            "cells": [
                town.name,
                iso_date(since),
                iso_date(town.closed_on) if town.closed_on else "今",
                ground,
            ]
        }
    ]
    for number, row in enumerate(former):
        ground = former[number + 1].source if number + 1 < len(former) else ""
        rows.append({"cells": [row.name, iso_date(row.valid_from), iso_date(row.valid_to), ground]})
    return rows


def stage_rows(moves: Iterable[StageMove]) -> list[Item]:
    """The stages with their dates and reasons, newest first."""
    return [
        {
            "cells": [
                row.on,
                {"text": row.get_stage_display(), "tone": "success" if row.stage in LEVELS else
                 "info" if row.stage == "applying" else "neutral"},
                row.reason,
                row.source,
            ]
        }
        for row in moves
    ]  # fmt: skip


def change_entries(changes: Iterable[TownChange]) -> list[Item]:
    """Renames, mergers, splits and amendments as a timeline."""
    rows = []
    for row in changes:
        lines = [row.detail]
        lines += [f"事由：{row.reason}"] if row.reason else []
        lines += [f"依据：{row.source}"] if row.source else []
        rows.append(
            {
                "when": row.on,
                "action": row.get_kind_display(),
                "text": "\n".join(lines),
            }
        )
    return rows


def ledger_entries(entries: Iterable[LedgerEntry], reader: Actor) -> list[Item]:
    """The entries of the town's chain as a timeline, with the names the reader may know."""
    return [
        {
            "when": entry.at,
            "who": who_did(reader, entry),
            "office": entry.office_name,
            "action": entry.summary,
            "url": office_url(reader, "ledger-entry", entry.pk),
            "url_text": "查看台账",
        }
        for entry in entries
    ]
