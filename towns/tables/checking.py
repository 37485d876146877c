"""What the check page (核对页) shows of a declaration, section by section. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from portal.core.constants import UNSTATED
from portal.core.formatting import file_size, iso_datetime
from towns.constants import ROLE_CHOICES, SERVICE_FUNCTIONS
from towns.declared import Declared, criterion_section
from towns.evidence_index import Index, page_words
from towns.honours import HONOUR_KINDS, HONOUR_LEVELS, HONOUR_PART_CHOICES
from towns.missing import Gap, Waiting

Item = dict[str, Any]
Address = Callable[[str], str]
# Longer lists of enterprises are folded; what they come to stays in sight.
MANY = 20
EMPTY = "未填写"
NO_TITLES: Mapping[str, str] = {}
_PARTS = dict(HONOUR_PART_CHOICES)
# Where on the page of a section the missing field stands.
ANCHORS = {"contact": "id_contact", "contact_phone": "id_contact_phone", "summary": "id_summary"}


class Measured(Protocol):
    """An indicator, as far as a table of figures needs it."""

    key: str
    name: str


# --- what is missing ------------------------------------------------------------------------------


def missing_groups(gaps: Iterable[Gap], titles: Mapping[str, str], address: Address) -> list[Item]:
    """What is missing by section, each with the address of its very field."""
    found: dict[str, list[Item]] = {}
    for gap in gaps:
        found.setdefault(gap.section, []).append(
            {"text": gap.text, "href": address(gap.section) + anchor_of(gap)}
        )
    return [{"title": titles.get(key, key), "items": items} for key, items in found.items()]


def anchor_of(gap: Gap) -> str:
    """The field of the page of its section; "" where the page itself is meant."""
    if gap.section in ("request", "commitments"):
        return ""
    if gap.key in ANCHORS:
        return f"#{ANCHORS[gap.key]}"
    if gap.path.startswith("answers."):
        return "#id_text"
    return "#evidence" if gap.path.startswith("evidence.") else ""


def waiting_groups(waiting: Iterable[Waiting], address: Address) -> list[Item]:
    """What was typed and not saved, by section."""
    found: dict[str, Item] = {}
    for row in waiting:
        group = found.setdefault(
            row.section, {"title": row.title, "href": address(row.section), "rows": []}
        )
        group["rows"].append(
            {
                "label": row.label,
                "text": row.text or "（清空）",
                "note": f"{row.who} {iso_datetime(row.when)}" if row.when else row.who,
            }
        )
    return list(found.values())


def unanswered_items(items: Iterable[Any], address: Address) -> list[Item]:
    """What a return asked for and nobody has changed yet: items with their section."""
    return [
        {"text": f"{row.label}：{row.reason}" if row.reason else row.label, "href": address(key)}
        for key, row in items
    ]


def blanks(
    data: Declared,
    indicators: Sequence[Measured],
    years: Iterable[int],
    address: Address,
    criteria: Mapping[str, str] = NO_TITLES,
) -> list[Item]:
    """What is empty and may stay so; ``criteria``: key of each criterion -> its title."""
    rows: list[tuple[str, str]] = []
    if not (data.get("industry_text") or "").strip():
        rows.append(("industry", "主导产业和主导产品情况没有填写。"))
    figures = data.get("figures") or {}
    for year in years:
        left = [row.name for row in indicators if row.key not in figures.get(str(year), {})]
        if left:
            names = "、".join(left[:3]) + ("等" if len(left) > 3 else "")
            rows.append(("figures", f"{year}年还有 {len(left)} 项数据没有填报：{names}。"))
    if not data.get("enterprises"):
        rows.append(("enterprises", "没有登记企业，送提交人时需要确认。"))
    functions = data.get("functions") or {}
    unsaid = [label for key, label in SERVICE_FUNCTIONS if key not in functions]
    if len(unsaid) == len(SERVICE_FUNCTIONS):
        rows.append(("functions", "公共服务功能一项也没有填写，送提交人时需要确认。"))
    elif unsaid:
        rows.append(("functions", f"还有 {len(unsaid)} 项公共服务功能没有填写。"))
    if bare := unproven(data, criteria):
        rows.append((criterion_section(bare[0]), unproven_words(bare, criteria)))
    return [{"text": text, "href": address(key), "section": key} for key, text in rows]


def unproven(data: Declared, criteria: Mapping[str, str]) -> list[str]:
    """The criteria without evidence."""
    proven = {row["criterion"] for row in data.get("evidence") or []}
    return [key for key in criteria if key not in proven]


def unproven_words(bare: Sequence[str], criteria: Mapping[str, str]) -> str:
    """Says so, by their titles; "" when there are none."""
    names = "、".join(criteria[key] for key in bare)
    return f"有 {len(bare)} 条认定条件没有佐证材料：{names}。" if bare else ""


def unfilled(rows: Iterable[Item]) -> int:
    """How many parts that the task list waits for have something empty."""
    return len({row["section"] for row in rows} & {"figures", "enterprises", "functions"})


# --- sections -------------------------------------------------------------------------------------


def town_facts(data: Declared, application: Any) -> list[Item]:
    """What the register says of the town, and who can be asked."""
    town = data["town"]
    return [
        {"label": "专业镇", "value": town["name"]},
        {"label": "所在县(市、区)", "value": town["county"]},
        {"label": "主导产业", "value": town["industry"]},
        {"label": "主导产品", "value": town["products"]},
        {"label": "类别", "value": application.get_category_display()},
        {"label": "牵头部门", "value": town["lead_bureau"]},
        {"label": "联系人", "value": data["contact"] or EMPTY},
        {"label": "联系电话", "value": data["contact_phone"] or EMPTY},
    ]


def figure_lines(data: Declared, indicators: Iterable[Any], years: Sequence[int]) -> list[Item]:
    """The declared figures, newest year first."""
    figures = data.get("figures") or {}
    return [
        {
            "name": row.name,
            "unit": row.unit,
            "type": row.type,
            "choices": row.choices,
            "values": [figures.get(str(year), {}).get(row.key) for year in years],
        }
        for row in indicators
    ]


def role_words(data: Declared) -> str:
    """共 300 家：龙头 12 家、骨干 30 家、配套 258 家."""
    rows = data.get("enterprises") or []
    roles = Counter(row["role"] for row in rows)
    named = "、".join(f"{label} {roles[key]} 家" for key, label in ROLE_CHOICES)
    return f"共 {len(rows)} 家：{named}"


HONOUR_COLUMNS: list[Item] = [
    {"label": "名称", "kind": "name"},
    {"label": "种类"},
    {"label": "级别"},
    {"label": "获得者"},
    {"label": "日期", "kind": "date"},
]
STANDARD_COLUMNS: list[Item] = [
    {"label": "名称", "kind": "name"},
    {"label": "种类"},
    {"label": "标准号", "kind": "code"},
    {"label": "作用"},
    {"label": "单位"},
]


def honour_rows(data: Declared) -> list[Item]:
    """The declared honours and brands."""
    return [
        {
            "cells": [
                row["title"],
                _kind(row),
                HONOUR_LEVELS.get(row["level"], ""),
                row["holder"],
                row["awarded_on"],
            ]
        }
        for row in data.get("honours") or []
    ]


def standard_rows(data: Declared) -> list[Item]:
    """The declared standards."""
    return [
        {
            "cells": [
                row["title"],
                _kind(row),
                row["number"],
                _PARTS.get(row["part"], UNSTATED),
                row["holder"],
            ]
        }
        for row in data.get("standards") or []
    ]


def _kind(row: Mapping[str, Any]) -> str:
    kind = HONOUR_KINDS.get(row["kind"])
    return kind.label if kind is not None else str(row["kind"])


# --- evidence, request, commitments ---------------------------------------------------------------


def index_groups(index: Index, files: Mapping[int, Any], address: Address) -> list[Item]:
    """The index of evidence by criterion; ``files``: stored files by the key of their piece."""
    return [
        {
            "title": f"{group.ordinal} {group.title}",
            "url": address(f"criterion.{group.key}"),
            "rows": [
                {
                    "number": row.number,
                    "title": row.title,
                    "slot": row.slot_title if row.slot else "",
                    "name": row.name,
                    "size": file_size(row.size),
                    "pages": row.pages,
                    "look_at": page_words(row.look_at),
                    "reference": row.reference,
                    "stored": files.get(row.id),
                    "id": row.id,
                }
                for row in group.rows
            ],
            "missing": [
                f"{slot.title}{'（必须提供）' if slot.required else ''}" for slot in group.missing
            ],
        }
        for group in index.groups
        if group.rows or group.missing
    ]


def pieces_words(pieces: int, files: int) -> str:
    """How evidence is counted wherever it is: each place it stands in, and the files themselves."""
    return f"{pieces} 件，{files} 份文件"


def index_summary(index: Index) -> str:
    """How many pieces, files and pages; a file in several places is counted once."""
    if not index.rows:
        return "还没有佐证材料。"
    pages = f"，已知页数合计 {index.pages} 页" if index.pages else ""
    return (
        f"共 {pieces_words(len(index.rows), index.files)}{pages}。同一份文件在几处使用的只计一份。"
    )


def commitment_rows(texts: Iterable[str], ticked: Iterable[str] = ()) -> list[Item]:
    """The sentences to be read, with what was ticked before an error."""
    known = set(ticked)
    return [{"text": text, "ticked": text in known} for text in texts]


def signed_words(commitments: Sequence[dict[str, Any]]) -> str:
    """Who promised, and when."""
    if not commitments:
        return ""
    last = commitments[-1]
    return f"{last['name']} {iso_datetime(datetime.fromisoformat(last['at']))} 作出承诺"
