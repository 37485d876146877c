"""The drafting sheet (发文稿纸) as it is read and printed, and the record of every act on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portal.core.actor import Actor
from portal.core.document_tables.steps import Item, present
from portal.core.documents.stored import attachments_of
from portal.core.formatting import local_date
from portal.core.models import Cosigner, OfficialDocument, SheetEntry
from portal.core.names import knows_people_of

RECORD_COLUMNS = [
    {"label": "环节", "kind": "tag"},
    {"label": "办理", "kind": "tag"},
    {"label": "机关", "kind": "name"},
    {"label": "办理人", "kind": "name"},
    {"label": "意见", "kind": "name"},
    {"label": "稿次", "kind": "number"},
    {"label": "时间", "kind": "datetime"},
]
TONES = {"submit": "info", "agree": "success", "return": "danger", "recall": "warning"}


def sheet_of(
    actor: Actor,
    document: OfficialDocument,
    lines: Sequence[SheetEntry],
    cosigners: Sequence[Cosigner],
) -> Item:
    """The sheet: what stands on the text as it is; fetch the lines with their offices' regions."""
    standing = present(lines)
    by_step = {row.step: row for row in standing if row.decision in ("submit", "agree")}
    by_organ = {row.organ_name: row for row in standing if row.step == "cosign"}
    named = knows_people_of(actor, document.office)
    draft = _said(actor, by_step.get("draft"))
    if not draft["name"] and named:
        draft["name"] = document.drafter
    return {
        "document": document,
        "genre": document.spec.genre,
        "number": document.number or ("印发时编定" if document.spec.numbered else "不编号"),
        "organs": "、".join((document.organ, *document.joint_organs)),
        "attachments": [row.title for row in attachments_of(document)],
        "draft": draft,
        "check": _said(actor, by_step.get("check")),
        "cosign": [
            {
                "organ": row.organ_name,
                "joint": row.joint,
                "word": row.get_state_display(),
                **_said(actor, by_organ.get(row.organ_name)),
            }
            for row in cosigners
        ],
        "issue": _said(actor, by_step.get("issue")),
    }


def _said(actor: Actor, line: SheetEntry | None) -> Item:
    if line is None:
        return {"opinion": "", "name": "", "at": None, "word": ""}
    return {
        "opinion": line.opinion
        or ("" if line.decision == "submit" else line.get_decision_display()),
        "name": _name(actor, line),
        "at": local_date(line.at),
        "word": line.get_decision_display(),
    }


def _name(actor: Actor, line: SheetEntry) -> str:
    return line.name if knows_people_of(actor, line.office) else line.organ_name


def record_of(actor: Actor, lines: Sequence[SheetEntry]) -> list[Item]:
    """Every act on the text in its order, returns and recalls with the reason."""
    return [{"cells": _cells(actor, line)} for line in lines]


def _cells(actor: Actor, line: SheetEntry) -> list[Any]:
    known = knows_people_of(actor, line.office)
    return [
        {"text": line.get_step_display(), "tone": "neutral"},
        {"text": line.get_decision_display(), "tone": TONES[line.decision]},
        line.organ_name,
        {"text": line.name, "note": line.post_label} if known else "",
        line.opinion,
        line.revision + 1,
        line.at,
    ]
