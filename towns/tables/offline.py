"""The workbooks of an application that came back, as pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from portal.core.actor import Actor
from portal.core.constants import ImportState
from portal.core.models import ImportRun
from portal.core.web import office_url
from towns.declared import TABLES
from towns.models import Application
from towns.offline.report import Report, by_sheet, read_report
from towns.offline.writing import FIGURES_SHEET, FUNCTIONS_SHEET, TEXTS_SHEET

RUN_COLUMNS: Final = (
    {"label": "表格", "kind": "name"},
    {"label": "状态", "kind": "tag"},
    {"label": "检查结果", "kind": "name"},
    {"label": "上传人", "kind": "text"},
    {"label": "上传时间", "kind": "datetime"},
)
SHEETS: Final = (FIGURES_SHEET, *TABLES.values(), FUNCTIONS_SHEET, TEXTS_SHEET)
# So many lines of a sheet stand on the page; the workbook itself has all of them.
MOST: Final = 300
WORDS: Final = (("change", "改动 {} 处"), ("refuse", "问题 {} 处"), ("conflict", "冲突 {} 处"))


def state_tag(run: ImportRun) -> dict[str, str]:
    """The state in a word with its colour; what was checked is not always to be confirmed."""
    if run.state == ImportState.REHEARSED and run.counts.get("refuse"):
        return {"word": "待改正", "tone": "danger"}
    if run.state == ImportState.REHEARSED and not run.counts.get("change"):
        return {"word": "没有改动", "tone": "neutral"}
    word = "已写入" if run.state == ImportState.COMMITTED else run.get_state_display()
    return {"word": word, "tone": run.tone}


def counts_text(counts: Mapping[str, int]) -> str:
    """改动 12 处，冲突 2 处."""
    return "，".join(words.format(counts[key]) for key, words in WORDS if counts.get(key))


def run_row(run: ImportRun, actor: Actor, application: Application) -> dict[str, Any]:
    """A line of the list."""
    tag = state_tag(run)
    return {
        "id": run.pk,
        "label": run.book.name,
        "cells": [
            {
                "text": run.book.name,
                "url": office_url(actor, "offline-import", application.pk, run.pk),
            },
            {"text": tag["word"], "tone": tag["tone"]},
            run.problem or counts_text(run.counts),
            run.created_name,
            run.created_at,
        ],
    }


def report_context(run: ImportRun, typed: Mapping[str, Any]) -> dict[str, Any]:
    """What was found, sheet by sheet; ``typed``: what was chosen and what is missing."""
    report = Report()
    if run.report is not None:
        with run.report.file.open("rb") as handle:
            report = read_report(handle)
    choices = typed.get("choices") or run.arguments.get("choices", {})
    errors = typed.get("errors", {})
    for row in report.changes:
        row.chosen = choices.get(row.key, row.chosen)
    open_now = run.state == ImportState.REHEARSED
    places = {row.key: place for place, row in enumerate(report.changes)}
    clashes: list[dict[str, Any]] = [
        {"row": row, "place": places[row.key], "missing": bool(errors) and not row.chosen}
        for row in report.changes
        if row.conflict
    ]
    return {
        "problems": by_sheet(report.problems, SHEETS),
        "clashes": clashes if open_now and not report.problems else [],
        "changes": [
            {"sheet": sheet, "rows": rows[:MOST], "count": len(rows), "more": len(rows) > MOST}
            for sheet, rows in by_sheet(
                (row for row in report.changes if not (row.conflict and open_now)), SHEETS
            )
        ],
        "notes": report.notes[:MOST],
        "asks": report.asks,
        "checked": typed.get("checked", False),
        "wrong": len(report.problems),
        "total": len(report.changes),
        "can_commit": open_now and not report.problems and bool(report.changes),
        "errors": [
            *(
                {
                    "text": f"{row['row'].label}：请选择保留哪一个。",
                    "href": f"#take_{row['place']}_theirs",
                }
                for row in clashes
                if row["missing"]
            ),
            *({"text": text, "href": "#checked"} for text in errors.get("checked", ())),
        ],
    }
