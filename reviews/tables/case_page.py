"""Parts of the case page: what was released and done, changes since an approval, phrases, notes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from portal.core.actor import Actor
from portal.core.formatting import cn_date
from portal.core.models import LedgerEntry
from portal.core.names import knows_inside, who_did
from reviews.chain import OUTCOMES, Move, step_names
from reviews.models import Case, CaseNote, Phrase, StepRun
from reviews.policies import sees_inside
from reviews.reaffirming import Since

Item = dict[str, Any]
MANY = 6


# --- the ledger in words --------------------------------------------------------------------------


def timeline(entries: Iterable[LedgerEntry], actor: Actor) -> list[Item]:
    """The ledger's entries: what was done and by whom; opinions to whom they concern."""
    return [
        {
            "when": entry.at,
            "who": who_did(actor, entry),
            "office": entry.office_name,
            "action": entry.summary,
            "text": _said(entry) if knows_inside(actor, entry) else "",
        }
        for entry in entries
    ]


def _said(entry: LedgerEntry) -> str:
    """What an entry says beyond its summary: opinion, reason, what was asked to be corrected."""
    data = json.loads(entry.payload or "{}")
    lines = [
        f"{label}：{data[key]}"
        for key, label in (("opinion", "意见"), ("reason", "理由"))
        if data.get(key) and str(data[key]) not in entry.summary
    ]
    asked = [str(row.get("label", "")) for row in data.get("corrections") or []]
    if asked:
        named = "、".join(asked[:MANY])
        more = f"等 {len(asked)} 项" if len(asked) > MANY else ""
        lines.append(f"要求补正：{named}{more}")
    return "\n".join(lines)


# --- what earlier steps released ------------------------------------------------------------------


def decided(rows: Iterable[Item], case: Case, runs: Iterable[StepRun], actor: Actor) -> list[Item]:
    """What every finished step came to, newest first: ``rows`` and what was released with them."""
    return sorted([*rows, *_released(case, runs, actor)], key=lambda row: row["when"], reverse=True)


def _released(case: Case, runs: Iterable[StepRun], actor: Actor) -> list[Item]:
    """Approvals of steps that are released and lie outside the actor's own region.

    Without name and opinion: these stay with the office that decided.
    """
    rows = []
    for run in runs:
        outcome = run.outcome_row
        if run.finished_at is None or run.voided or outcome is None or outcome.move != Move.NEXT:
            continue
        step = case.chain.step(run.step)
        if not step.released or sees_inside(actor, run):
            continue
        name = step.name if actor.scope is not None else step.applicant_name
        rows.append(
            {
                "when": run.finished_at,
                "action": name,
                "word": outcome.done,
                "tone": "success",
                "office": run.organ,
            }
        )
    return rows


# --- since the own approval -----------------------------------------------------------------------


def since_panel(since: Since | None) -> Item | None:
    """What the office approved before a return made it void, and what is different now."""
    if since is None:
        return None
    run, outcome = since.run, since.run.outcome_row
    assert run.finished_at is not None and outcome is not None
    return {
        "before": f"{cn_date(run.finished_at)}{run.decided_name}办理为“{outcome.done}”",
        "opinion": run.opinion,
        "revision": run.revision,
        "rows": since.rows,
        "hidden": since.hidden,
        "may_stand": since.may_stand,
        "outcome": outcome.label,
    }


# --- phrases and notes ----------------------------------------------------------------------------

PHRASE_COLUMNS: list[Item] = [
    {"label": "内容", "kind": "name"},
    {"label": "适用环节"},
    {"label": "适用办理结果"},
    {"label": "范围", "kind": "tag"},
]


def phrase_rows(phrases: Sequence[Phrase], actor: Actor, address: str) -> list[Item]:
    """The library: one's own may be changed, what others of the office share is used."""
    names = step_names()
    rows = []
    for row in phrases:
        own = actor.post is not None and row.post_id == actor.post.pk
        word = "本办公室共享" if row.shared else "仅本岗位"
        rows.append(
            {
                "id": row.pk,
                "label": row.text[:20],
                "cells": [
                    {
                        "text": row.text,
                        "note": "" if own else f"由“{row.post.title}”岗位维护",
                    },
                    names.get(row.step, "不限"),
                    OUTCOMES[row.outcome].label if row.outcome in OUTCOMES else "不限",
                    {"text": word, "tone": "info" if row.shared else "neutral"},
                ],
                "actions": [
                    {
                        "text": "修改",
                        "url": f"{address}&edit={row.pk}",
                        "label": f"修改或删除 {row.text[:20]}",
                    }
                ]
                if own
                else [],
            }
        )
    return rows


def offered(phrases: Iterable[Phrase], step: str, outcomes: Sequence[str]) -> list[Item]:
    """Sentences to insert: those of the step first, then those for any, then the rest."""

    def place(row: Phrase) -> tuple[int, int, int]:
        rank = 0 if row.step == step else 1 if not row.step else 2
        fits = 0 if row.outcome in outcomes else 1 if not row.outcome else 2
        return rank, fits, row.pk

    return [
        {
            "pk": row.pk,
            "text": row.text,
            "outcome": OUTCOMES[row.outcome].label if row.outcome in OUTCOMES else "",
        }
        for row in sorted(phrases, key=place)
    ]


def note_rows(notes: Iterable[CaseNote]) -> list[Item]:
    """Internal notes, the newest first."""
    return [
        {
            "when": row.created_at,
            "office": row.office_name,
            "who": row.created_name,
            "word": row.get_audience_display(),
            "text": row.text,
        }
        for row in notes
    ]
