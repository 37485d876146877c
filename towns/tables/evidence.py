"""What pages show of evidence: the slots of a criterion, the index, paper copies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils import timezone

from portal.core.formatting import iso_date
from portal.core.models import Upload
from towns.evidence_index import BEYOND, Index, page_words
from towns.forms.evidence import EvidenceForm, field_name
from towns.models import Evidence, EvidenceSlot, PaperCopy

Item = dict[str, Any]


def slot_parts(
    rows: Sequence[Evidence],
    form: EvidenceForm,
    index: Index,
    pending: Mapping[str, list[Upload]],
) -> list[Item]:
    """Each slot of a criterion with what is there, what is missing and the fields to add more."""
    listed = {slot.key for slot in form.slots}
    numbers = {row.id: row for row in index.rows}
    places = {row.id: place for place, row in enumerate(index.rows)}
    parts = []
    for slot in [*form.slots, None]:
        key = slot.key if slot is not None else ""
        own = [row for row in rows if (row.slot if row.slot in listed else "") == key]
        own.sort(key=lambda row: places[row.pk])
        parts.append(
            {
                "key": key,
                "slot": slot,
                "title": slot.title if slot is not None else BEYOND,
                "rules": slot_rules(slot),
                "missing": slot is not None and slot.required and not own,
                "rows": [
                    {
                        "piece": row,
                        "number": numbers[row.pk].number,
                        "reference": numbers[row.pk].reference,
                        "look_at": page_words(row.pages),
                        "too_long": _too_long(slot, row),
                        "first": place == 0,
                        "last": place == len(own) - 1,
                    }
                    for place, row in enumerate(own)
                ],
                "open": not own or bool(pending.get(key)) or _troubled(form, key),
                "file": form[field_name("file", key)],
                "title_field": form[field_name("title", key)],
                "pages_field": form[field_name("pages", key)],
                "uploads": field_name("uploads", key),
                "pending": pending.get(key, []),
            }
        )
    return parts


def _troubled(form: EvidenceForm, key: str) -> bool:
    """Whether a field of the slot has something to correct."""
    return any(form[field_name(kind, key)].errors for kind in ("file", "title", "pages"))


def slot_rules(slot: EvidenceSlot | None) -> list[Item]:
    """What the round asks for: what, of when, how many pages."""
    if slot is None:
        return []
    most = f"不超过 {slot.pages_max} 页" if slot.pages_max is not None else ""
    rows = (("要求", slot.asked), ("材料时间", slot.period), ("页数", most))
    return [{"label": label, "value": value} for label, value in rows if value]


def _too_long(slot: EvidenceSlot | None, row: Evidence) -> str:
    pages = row.file.pages
    if slot is None or slot.pages_max is None or not pages or pages <= slot.pages_max:
        return ""
    return f"共 {pages} 页，超过要求的 {slot.pages_max} 页；不影响提交，建议精简。"


def missing_items(index: Index, address: Callable[[str], str]) -> list[Item]:
    """What must be given and is not, with the page on which it is given (``address`` of a key)."""
    return [
        {"text": f"{group.ordinal} {group.title}：{slot.title}", "href": address(group.key)}
        for group, slot in index.lacking
    ]


def paper_words(copy: PaperCopy, *, named: bool) -> str:
    """By whom and when a paper copy was received; ``named``: whether the person is told."""
    who = f"{copy.office.name}{f' {copy.received_name}' if named and copy.received_name else ''}"
    many = f"，{copy.copies} 份" if copy.copies > 1 else ""
    note = f"（{copy.note}）" if copy.note else ""
    return f"{iso_date(timezone.localdate(copy.received_at))} {who}{many}{note}"
