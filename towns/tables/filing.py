"""Cards and task lists of an application: statuses in words, thresholds with their wording."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from criteria.assessment import CriterionVerdict
from criteria.constants import STATUSES, Status
from criteria.explaining import Explanation
from criteria.joining import only_statement_missing
from criteria.specs import CriterionSpec, SetSpec
from criteria.tables.explained import card
from portal.core.actor import Actor
from portal.core.formatting import iso_date
from portal.core.models import StoredFile
from portal.core.web import office_url
from towns.constants import FUNCTION_STATE_CHOICES, ROLE_CHOICES, SERVICE_FUNCTIONS
from towns.counting import RULES
from towns.evidence_index import relaxation_slot
from towns.models import Application
from towns.queries import FigureRow
from towns.tables.draft_words import TO_WRITE, TO_WRITE_TONE

Item = dict[str, Any]
PICTURE = (
    Status.MET,
    Status.NOT_MET,
    Status.MAY_RELAX,
    Status.RELAXED,
    Status.NEEDS_JUDGEMENT,
    Status.MISSING,
)


Address = Callable[[str], str]


def counted_address(application: Application, actor: Actor) -> Address:
    """Where the rows behind a computed figure stand: today's, or those of the day of submission.

    "" for figures that are not computed.
    """
    day = ""
    if application.submitted_at is not None and not application.filing.editable:
        day = f"&on={iso_date(application.submitted_at)}"
    return lambda key: (
        office_url(actor, "town-counted", application.town_id, key) + day if key in RULES else ""
    )


def declared_values(data: Mapping[str, Any]) -> dict[str, Decimal | None]:
    """The values that a declaration was assessed on."""
    return {key: Decimal(value) for key, value in data.get("values", {}).items()}


def clause_of(text: str, clause: str, spec: SetSpec, title: str = "") -> Item:
    """A clause quoted word for word for ``components/clause.html``."""
    return {
        "text": text,
        "document_title": title,
        "document_number": spec.document_number,
        "clause_number": clause,
    }


def picture(verdicts: Iterable[CriterionVerdict], *, draft: bool = False) -> list[Item]:
    """How many criteria have each status; statuses that nobody has are left out, 达到 stays.

    ``draft``: it is still filled; what only waits for its statement is no missing data.
    """
    rows = list(verdicts)
    waiting = [row for row in rows if draft and only_statement_missing(row)]
    statuses = [row.status for row in rows if row not in waiting]
    found = [
        _pictured(STATUSES[status].label, STATUSES[status].tone, statuses.count(status))
        for status in PICTURE
        if status in statuses or status == Status.MET
    ]
    return found + ([_pictured(TO_WRITE, TO_WRITE_TONE, len(waiting))] if waiting else [])


def _pictured(word: str, tone: str, count: int) -> Item:
    """None of them is no success."""
    return {"word": word, "tone": tone if count else "neutral", "count": count}


def basics_tasks(
    application: Application,
    actor: Actor,
    figures: tuple[int, int],
    members: Mapping[str, int],
    functions: tuple[int, int],
    editable: bool,
) -> list[Item]:
    """The first part of the task list: what is said of the town itself.

    Who may not edit is led to the same part of the page that shows everything.
    """
    town, year = application.town, application.round.figures_year

    def address(part: str, name: str, *args: object, anchor: str = "") -> str:
        if not editable:
            return office_url(actor, "application-check", application.pk) + f"#{part}"
        back = "" if part == "overview" else f"&application={application.pk}"
        return office_url(actor, name, *args) + back + anchor

    texts = (application.contact, application.contact_phone, application.summary)
    filled = sum(bool(text.strip()) for text in texts)
    reported, asked = figures
    answered, present = functions
    return [
        {
            "label": "申报概述",
            "url": address("overview", "application-overview", application.pk),
            "hint": "联系人、联系电话、概述",
            **_tag(filled, len(texts)),
        },
        {
            "label": f"{year}年度数据",
            "url": address("figures", "town-figures", town.pk, year),
            "hint": f"已填 {reported} 项，共 {asked} 项",
            **_tag(reported, asked),
        },
        {
            "label": "企业名单",
            "url": address("members", "town-enterprises", town.pk),
            "hint": "、".join(f"{label} {members.get(role, 0)} 家" for role, label in ROLE_CHOICES),
            **_tag(sum(members.values()), 1),
        },
        {
            "label": "公共服务",
            "url": address("functions", "town-functions", town.pk),
            "hint": f"八项功能中具备 {present} 项",
            **_tag(answered, len(SERVICE_FUNCTIONS)),
        },
    ]


def _tag(done: int, whole: int) -> Item:
    if done >= whole:
        return {"word": "已填写", "tone": "done"}
    return {"word": "未填完" if done else "未填写", "tone": "warning" if done else "neutral"}


def criterion_tasks(
    application: Application,
    actor: Actor,
    verdicts: Iterable[CriterionVerdict],
    answers: Mapping[str, str],
    files: Mapping[str, int],
) -> list[Item]:
    """The second part: each criterion with its verdict."""
    natures = {verdict.key: verdict for verdict in verdicts}
    rows = []
    for verdict in natures.values():
        status = STATUSES[verdict.status]
        written = "已写情况说明" if answers.get(verdict.key, "").strip() else "未写情况说明"
        count = files.get(verdict.key, 0)
        rows.append(
            {
                "label": f"{verdict.clause} {verdict.title}",
                "url": office_url(actor, "application-criterion", application.pk, verdict.key),
                "hint": f"{written}，佐证材料 {count} 份",
                "word": status.label,
                "tone": status.tone,
            }
        )
    return rows


def figure_table(data: Mapping[str, Any], rows: Iterable[FigureRow], year: int) -> list[Item]:
    """The declared figures of a year and of the year before."""
    figures = data.get("figures", {})
    now, before = figures.get(str(year), {}), figures.get(str(year - 1), {})
    return [
        {
            "name": row.name,
            "unit": row.unit,
            "type": row.type,
            "choices": row.choices,
            "value": now.get(row.key),
            "last": before.get(row.key),
        }
        for row in rows
    ]


def enterprise_rows(data: Mapping[str, Any]) -> list[Item]:
    """The declared enterprises."""
    roles = dict(ROLE_CHOICES)
    return [
        {"cells": [row["name"], row["uscc"], roles[row["role"]], row["products"]]}
        for row in data.get("enterprises", [])
    ]


ENTERPRISE_COLUMNS: list[Item] = [
    {"label": "企业名称", "kind": "name"},
    {"label": "统一社会信用代码", "kind": "code"},
    {"label": "角色"},
    {"label": "主要产品"},
]


def function_items(data: Mapping[str, Any]) -> list[Item]:
    """The eight functions as names and values."""
    states = dict(FUNCTION_STATE_CHOICES)
    declared = data.get("functions", {})
    return [
        {"label": name, "value": states.get(declared.get(key, ""), "未填写")}
        for key, name in SERVICE_FUNCTIONS
    ]


def declared_criteria(
    data: Mapping[str, Any],
    explanation: Explanation,
    spec: SetSpec,
    application: Application,
    actor: Actor,
    stored: Mapping[int, StoredFile],
) -> list[Item]:
    """Every criterion explained, with its statement, requests to relax and files.

    ``stored``: the files declared by the key of their evidence.
    """
    specs: dict[str, CriterionSpec] = {row.key: row for row in spec.criteria}
    conditions = {item.key: item for row in spec.criteria for item in row.conditions}
    counted = counted_address(application, actor)
    rows = []
    for told in explanation.criteria:
        verdict = told.verdict
        own = {item.key for item in specs[verdict.key].conditions}
        rows.append(
            {
                "card": card(told, application.criteria_set, counted),
                "key": verdict.key,
                "title": verdict.title,
                "answer": data.get("answers", {}).get(verdict.key, ""),
                "relaxations": [
                    {
                        "name": conditions[key].indicator_name,
                        "reason": reason,
                        "backed": [
                            file["title"]
                            for file in data.get("evidence", [])
                            if file["criterion"] == verdict.key
                            and file.get("slot") == relaxation_slot(key)
                        ],
                    }
                    for key, reason in data.get("relaxations", {}).items()
                    if key in own
                ],
                "files": [
                    {
                        "title": file["title"],
                        "url": office_url(actor, "evidence-file", application.pk, file["id"]),
                        "stored": stored[file["id"]],
                    }
                    for file in data.get("evidence", [])
                    if file["criterion"] == verdict.key
                ],
            }
        )
    return rows
