"""The consultation of member units in rows: what a unit reads, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from criteria.explaining import Explanation
from criteria.queries import indicators, spec_of
from criteria.specs import SetSpec
from portal.core.actor import Actor
from portal.core.formatting import iso_date, iso_datetime
from portal.core.merging import digest
from portal.core.models import StoredFile
from portal.core.web import office_url
from reviews.consulting_queries import (
    Said,
    by_criterion,
    counts_of,
    narrowed,
    said_by,
    standing_of,
    titles_of,
)
from reviews.models import Case, UnitOpinion
from reviews.models.judging import OPINION_CHOICES, OPINION_TONES, ROLE_CHOICES
from reviews.policies import may_take_step
from reviews.tables import material
from towns.declared import COUNTED_FROM
from towns.models import RelaxationRequest
from towns.tables.filing import ENTERPRISE_COLUMNS, enterprise_rows, function_items

Item = dict[str, Any]
WHOLE = "全部申报材料"
VERDICTS = dict(OPINION_CHOICES)
ROLES = dict(ROLE_CHOICES)


# --- what a unit reads --------------------------------------------------------------------------


def asked_parts(
    case: Case,
    actor: Actor,
    spec: SetSpec,
    told: Explanation,
    relaxations: Mapping[str, RelaxationRequest],
    stored: Mapping[int, StoredFile],
) -> list[Item]:
    """The criteria that a unit is asked about, each with its clause, figures and evidence.

    ``spec`` and ``told`` hold these criteria alone. A register (企业名单 and so on) is shown under
    a criterion that counts from it.
    """
    snapshot = case.application.snapshot
    parts = material.criterion_parts(case, actor, spec, told, relaxations, stored)
    catalogue = indicators("town")
    for part in parts:
        own = narrowed(spec, [part["key"]]).indicators
        counted = {COUNTED_FROM[key] for key in own if key in COUNTED_FROM}
        part["figure_rows"] = material.figure_rows(
            snapshot, [row for row in catalogue if row.key in own]
        )
        part["enterprises"] = enterprise_rows(snapshot) if "enterprises" in counted else []
        part["functions"] = function_items(snapshot) if "functions" in counted else []
        part["honours"] = [
            " ".join(text for text in (row["title"], row["number"], row["holder"]) if text)
            for register in ("honours", "standards")
            if register in counted
            for row in snapshot.get(register, [])
        ]
    return parts


def asked_context(snapshot: Mapping[str, Any]) -> Item:
    """Columns that the parts of a unit's pages share."""
    return {
        "figure_columns": material.figure_columns(int(snapshot.get("year", 0))),
        "enterprise_columns": ENTERPRISE_COLUMNS,
    }


def answer_of(opinion: UnitOpinion) -> Item:
    """What a unit answered, by the fields of its form; ``seen``: the digest of it."""
    found = {"verdict": opinion.verdict, "text": opinion.text, "seen": digest(said_by(opinion))}
    for key, point in opinion.points.items():
        found |= {f"verdict_{key}": point["verdict"], f"text_{key}": point["text"]}
    return found


def own_points(opinion: UnitOpinion, spec: SetSpec) -> list[Item]:
    """What a unit said of each criterion."""
    return [
        {
            "title": f"{row.clause} {row.title}".strip(),
            "word": VERDICTS.get(point.get("verdict", ""), ""),
            "tone": OPINION_TONES.get(point.get("verdict", ""), "neutral"),
            "text": point.get("text", ""),
        }
        for row in spec.criteria
        if row.key in opinion.criteria
        for point in [opinion.points.get(row.key, {})]
    ]


# --- what came of it ----------------------------------------------------------------------------

OPINION_COLUMNS: list[Item] = [
    {"label": "成员单位", "kind": "name"},
    {"label": "征求意见的条款", "kind": "name"},
    {"label": "意见", "kind": "tag"},
    {"label": "具体意见", "kind": "name"},
    {"label": "答复人", "kind": "date"},
]
POINT_COLUMNS: list[Item] = [
    {"label": "成员单位", "kind": "name"},
    {"label": "意见", "kind": "tag"},
    {"label": "具体意见", "kind": "name"},
]
STANDINGS = {
    "silent": ("逾期未答复", "danger"),
    "waiting": ("待答复", "warning"),
    "unanswered": ("未答复", "neutral"),
}


def role_of(opinion: UnitOpinion) -> str:
    """牵头 or 配合, empty where neither was said."""
    return str(opinion.get_role_display()) if opinion.role else ""


def word_of(opinion: UnitOpinion, *, live: bool = True) -> tuple[str, str]:
    """What a unit's answer comes to, or why there is none; and its tone."""
    state = standing_of(opinion, live=live)
    if state in STANDINGS:
        return STANDINGS[state]
    return str(opinion.get_verdict_display()), OPINION_TONES[opinion.verdict]


def remark_of(opinion: UnitOpinion) -> str:
    """逾期答复, 维持原意见, or nothing."""
    words = [
        word
        for word, holds in (
            ("逾期答复", standing_of(opinion) == "late"),
            ("材料无变化，维持原意见", opinion.reaffirmed),
        )
        if holds
    ]
    return "，".join(words)


def criteria_of(opinion: UnitOpinion, spec: SetSpec) -> str:
    """The criteria that a unit was asked about, in words."""
    return "；".join(titles_of(spec.criteria, opinion.criteria)) if opinion.criteria else WHOLE


def opinion_rows(
    opinions: Iterable[UnitOpinion], spec: SetSpec, open_run: int | None
) -> list[Item]:
    """Every unit that was asked; one still awaited or silent says so."""
    rows = []
    for row in opinions:
        word, tone = word_of(row, live=row.run_id == open_run)
        rows.append(
            {
                "cells": [
                    {"text": row.organ, "note": role_of(row)},
                    criteria_of(row, spec),
                    {"text": word, "tone": tone, "note": remark_of(row)},
                    row.text,
                    {"text": row.given_name, "note": iso_datetime(row.given_at)}
                    if row.given_at
                    else {"text": "", "note": f"期限 {iso_date(row.due_on)}" if row.due_on else ""},
                ]
            }
        )
    return rows


def _point_row(said: Said, live: bool) -> Item:
    word, tone = (
        (VERDICTS[said.verdict], OPINION_TONES[said.verdict])
        if said.verdict
        else word_of(said.opinion, live=live)
    )
    who = {"text": said.opinion.organ, "note": ROLES.get(said.role, "")}
    return {"cells": [who, {"text": word, "tone": tone}, said.text]}


def criterion_rows(
    opinions: Sequence[UnitOpinion], spec: SetSpec, open_run: int | None
) -> list[Item]:
    """What was said of each criterion, the leading units first."""
    return [
        {
            "title": f"{criterion.clause} {criterion.title}".strip(),
            "rows": [
                _point_row(row, row.opinion.run_id == open_run)
                for row in sorted(said, key=lambda row: row.role != "lead")
            ],
        }
        for criterion, said in by_criterion(spec, opinions)
    ]


def counts_text(opinions: Sequence[UnitOpinion]) -> str:
    """征求 3 个单位意见：同意 2 个；逾期未答复 1 个。"""
    counts = [f"{label} {count} 个" for label, count in counts_of(opinions).items() if count]
    return f"征求 {len(opinions)} 个单位意见：{'；'.join(counts) or '未答复'}。"


def consulted(
    case: Case, actor: Actor, opinions: Sequence[UnitOpinion], open_run: int | None
) -> Item | None:
    """会审意见汇总 of those whom the actor may read: the last consultation, earlier ones folded."""
    if not opinions:
        return None
    spec = spec_of(case.application.criteria_set)
    last = max(row.run_id for row in opinions)
    latest = [row for row in opinions if row.run_id == last]
    return {
        "columns": OPINION_COLUMNS,
        "rows": opinion_rows(latest, spec, open_run),
        "counts": counts_text(latest),
        "point_columns": POINT_COLUMNS,
        "criteria": criterion_rows(latest, spec, open_run),
        "extend": [
            {
                "text": f"延长{row.organ}的答复期限",
                "url": office_url(actor, "opinion-extend", case.pk, row.pk),
            }
            for row in latest
            if row.run_id == open_run
            and standing_of(row) == "waiting"
            and row.due_on is not None
            and may_take_step(actor, case, case.current).ok
        ],
        "earlier": opinion_rows((row for row in opinions if row.run_id != last), spec, None),
        "paper_url": office_url(actor, "paper", "opinions", case.pk),
    }
