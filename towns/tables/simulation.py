"""What a simulation found, in sentences, tables and bars."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from criteria.categories import category_label
from criteria.constants import OUTCOMES
from portal.core.formatting import number
from towns.models import Simulation

Item = dict[str, Any]
PLACE_COLUMNS = [
    {"label": "类别", "kind": "name"},
    {"label": "专业镇", "kind": "number", "unit": "个"},
    {"label": "现行符合", "kind": "number", "unit": "个"},
    {"label": "模拟符合", "kind": "number", "unit": "个"},
    {"label": "新符合", "kind": "number", "unit": "个"},
    {"label": "不再符合", "kind": "number", "unit": "个"},
    {"label": "其他变化", "kind": "number", "unit": "个"},
]
CLAUSE_COLUMNS = [
    {"label": "条款", "kind": "name"},
    {"label": "未达到", "kind": "number", "unit": "个"},
    {"label": "缺数据", "kind": "number", "unit": "个"},
    {"label": "可申请放宽", "kind": "number", "unit": "个"},
    {"label": "其中不再符合", "kind": "number", "unit": "个"},
    {"label": "在办申报", "kind": "number", "unit": "件"},
]
OUTCOME_COLUMNS = [
    {"label": "结论", "kind": "tag"},
    {"label": "专业镇：现行标准", "kind": "number", "unit": "个"},
    {"label": "专业镇：模拟标准", "kind": "number", "unit": "个"},
    {"label": "在办申报：现行标准", "kind": "number", "unit": "件"},
    {"label": "在办申报：模拟标准", "kind": "number", "unit": "件"},
]


def with_conditions(address: str, **chosen: str) -> str:
    """The address of the rows that a number stands for."""
    return f"{address}&{urlencode({key: value for key, value in chosen.items() if value})}"


def headline(found: Simulation) -> str:
    """The numbers in a sentence."""
    town, filed = found.counts["town"], found.counts["application"]
    if not town["total"] and not filed["total"]:
        return "范围内没有在库专业镇，也没有在办申报。"
    passed = town["after"]["qualifies"] + town["after"]["to_judge"]
    parts = [f"在库专业镇 {number(town['total'])} 个，模拟标准下符合 {number(passed)} 个"]
    if found.base is None:
        parts.append("本级没有现行标准，没有可以对比的结果。")
    else:
        parts.append(f"{_changes(town['changes'], '个')}。")
    text = "；".join(parts)
    if filed["total"]:
        text += f"在办申报 {number(filed['total'])} 件，{_changes(filed['changes'], '件')}。"
    return text


def _changes(changes: Item, unit: str) -> str:
    words = (("gains", "新符合"), ("loses", "不再符合"), ("other", "有其他变化"), ("same", "不变"))
    return "，".join(f"{word} {number(changes[key])} {unit}" for key, word in words)


def outcome_rows(found: Simulation) -> list[Item]:
    """Each outcome with its numbers before and after."""
    town, filed = found.counts["town"], found.counts["application"]
    compared = found.base is not None
    return [
        {
            "cells": [
                {"text": row.label, "tone": row.tone},
                town["before"][key] if compared else None,
                town["after"][key],
                filed["before"][key] if compared else None,
                filed["after"][key],
            ]
        }
        for key, row in OUTCOMES.items()
    ]


def clause_rows(found: Simulation, address: str) -> list[Item]:
    """The clauses that fail most, each linked to its rows."""
    return [
        {
            "cells": [
                {
                    "text": f"{row['clause']} {row['title']}".strip(),
                    "url": with_conditions(address, clause=row["key"]),
                },
                row["not_met"],
                row["missing"],
                row["may_relax"],
                row["loses"],
                row["applications"],
            ]
        }
        for row in found.counts["clauses"]
    ]


def clause_bars(found: Simulation) -> list[Item]:
    """How many towns each clause stops, as bars."""
    return [
        {"label": f"{row['clause']} {row['title']}".strip(), "value": row["total"]}
        for row in found.counts["clauses"]
        if row["total"]
    ]


def place_rows(found: Simulation, address: str) -> list[Item]:
    """City or county by category."""
    return [
        {
            "cells": [
                {
                    "text": row["name"],
                    "url": with_conditions(
                        address, subject="town", region=row["place"], category=row["category"]
                    )
                    if row["linked"]
                    else "",
                },
                category_label(row["category"]),
                *(row[key] for key in ("total", "before", "after", "gains", "loses", "other")),
            ]
        }
        for row in found.summary
    ]


def place_bars(found: Simulation) -> list[Item]:
    """How many towns of a place qualify under the set, with the number before in words."""
    places: dict[str, Item] = {}
    for row in found.summary:
        place = places.setdefault(
            row["place"], {"label": row["name"], "value": 0, "before": 0, "total": 0}
        )
        place["value"] += row["after"]
        place["before"] += row["before"]
        place["total"] += row["total"]
    return [
        {
            "label": row["label"],
            "value": row["value"],
            "note": f"共 {number(row['total'])} 个"
            + (f"，现行标准符合 {number(row['before'])} 个" if found.base is not None else ""),
        }
        for row in places.values()
    ]
