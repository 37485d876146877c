"""Visits as pages and papers show them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from criteria.specs import CriterionSpec
from portal.core.actor import Actor
from portal.core.formatting import iso_date, iso_datetime
from portal.core.web import office_url
from reviews.models import Visit
from reviews.models.visits import FINDING_CHOICES, FINDING_TONES

Item = dict[str, Any]

STATE_TONES = {"planned": "info", "done": "success", "cancelled": "neutral"}
FINDINGS = dict(FINDING_CHOICES)


def visit_row(actor: Actor, visit: Visit) -> Item:
    """A line of the panel on the case page; findings and photographs were fetched with it."""
    counts: dict[str, int] = {}
    for row in visit.findings.all():
        if row.finding:
            counts[row.finding] = counts.get(row.finding, 0) + 1
    return {
        "url": office_url(actor, "visit", visit.pk),
        "day": iso_date(visit.held_on),
        "place": visit.place,
        "office": visit.office_name or visit.office.name,
        "word": visit.get_state_display(),
        "tone": STATE_TONES[visit.state],
        "summary": visit.summary,
        "reason": visit.cancelled_reason,
        "counts": [f"{FINDINGS[key]} {count} 条" for key, count in counts.items()],
        "photos": len(visit.photos.all()),
    }


def visit_items(visit: Visit) -> list[Item]:
    """When, where, who, by whom."""
    rows = [
        {"label": "核查环节", "value": visit.run.get_step_display()},
        {"label": "核查机构", "value": visit.office_name or visit.office.name},
        {"label": "核查日期", "value": iso_date(visit.held_on)},
        {"label": "核查地点", "value": visit.place},
        {"label": "核查人员", "value": "、".join(visit.people.split("\n"))},
        {"label": "现场陪同人员", "value": "、".join(visit.met.split("\n")) or "未填写"},
    ]
    if visit.done_at is not None:
        done = f"{visit.done_name}，{iso_datetime(visit.done_at)}"
        rows.append({"label": "登记", "value": done})
    return rows


def finding_rows(visit: Visit, criteria: Iterable[CriterionSpec]) -> list[Item]:
    """What was found, in the order of the clauses; criteria without a finding are left out."""
    found = {row.criterion: row for row in visit.findings.all()}
    return [
        {
            "clause": spec.clause,
            "title": spec.title,
            "word": row.get_finding_display() if row.finding else "未核查",
            "tone": FINDING_TONES.get(row.finding, "neutral"),
            "text": row.text,
        }
        for spec in criteria
        if (row := found.get(spec.key)) is not None
    ]


def photo_rows(
    actor: Actor, visit: Visit, criteria: Iterable[CriterionSpec], *, removable: bool
) -> list[Item]:
    """Photographs with the clause they belong to."""
    titles = {row.key: f"{row.clause} {row.title}" for row in criteria}
    return [
        {
            "stored": photo.file,
            "title": photo.caption or photo.file.name,
            "place": titles.get(photo.criterion, "总体"),
            "added": f"{photo.added_name}，{iso_datetime(photo.added_at)}",
            "remove_url": office_url(actor, "visit-photo-remove", visit.pk, photo.pk)
            if removable
            else "",
        }
        for photo in visit.photos.select_related("file")
    ]
